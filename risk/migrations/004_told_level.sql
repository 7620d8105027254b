-- +goose Up
-- The level that was told: a release may give a rung another one before the next
-- checkpoint, and then it is told anew.
ALTER TABLE risk_told ADD COLUMN level BIGINT NOT NULL DEFAULT -1; -- -1: not known
