-- +goose Up
-- The account of whom a warning is assigned to; '' for a name without one.
ALTER TABLE warning ADD COLUMN holder TEXT NOT NULL DEFAULT '';
CREATE INDEX warning_holder ON warning (holder) WHERE holder <> '';
