-- +goose Up
-- By which clock a step fell due and was carried out: empty for the wall clock,
-- "monotonic" while that one was in doubt (DESIGN §5.4).
ALTER TABLE step ADD COLUMN clock TEXT NOT NULL DEFAULT '';
