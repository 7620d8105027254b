-- +goose Up
-- Who issued and revoked a token, by name; empty for those of before.
ALTER TABLE account_token ADD COLUMN issued_by TEXT NOT NULL DEFAULT '';
ALTER TABLE account_token ADD COLUMN revoked_by TEXT NOT NULL DEFAULT '';
