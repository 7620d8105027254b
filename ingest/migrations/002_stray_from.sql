-- +goose Up
-- What helps to find out whose an unknown device is: where it came from, what it said.
ALTER TABLE stray ADD COLUMN remote TEXT NOT NULL DEFAULT '';
ALTER TABLE stray ADD COLUMN raw TEXT NOT NULL DEFAULT ''; -- the beginning: text, or hexadecimal behind 0x
