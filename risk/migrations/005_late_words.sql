-- +goose Up
-- Late events and positions wait with the late samples for the rest of their batch.
ALTER TABLE risk_late ADD COLUMN words BYTEA NOT NULL DEFAULT ''; -- as a record; nothing for none
