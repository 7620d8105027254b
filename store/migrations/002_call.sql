-- +goose Up
-- What the key stood for: a keyed hash of the call's method, address and body;
-- empty for what was written before this column was.
ALTER TABLE journal ADD COLUMN call TEXT NOT NULL DEFAULT '';
