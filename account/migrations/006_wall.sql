-- +goose Up
-- +additive
-- 1: the token is the link of a wall. Its secret is kept under a digest of its own kind,
-- so that no door of other tokens knows it, nor does a program older than this column.
ALTER TABLE account_token ADD COLUMN wall BIGINT NOT NULL DEFAULT 0;
