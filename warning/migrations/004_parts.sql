-- +goose Up
-- What a finding about an index is made of, JSON; '' for none.
ALTER TABLE finding ADD COLUMN parts TEXT NOT NULL DEFAULT '';
