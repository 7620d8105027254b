-- +goose Up
-- +additive
-- When a telephone says that the result was found, JSON; null: as it arrived.
ALTER TABLE disposal_order ADD COLUMN acted TEXT NOT NULL DEFAULT 'null';
