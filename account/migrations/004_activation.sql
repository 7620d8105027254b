-- +goose Up
-- One-time links: by which the first administrator of a platform makes an account
-- (user_id is empty), a new person sets a password, or one who forgot it sets another.
-- A person has one at most.
CREATE TABLE account_activation (
  user_id TEXT PRIMARY KEY,
  secret  TEXT NOT NULL UNIQUE, -- SHA-256, hex
  kind    TEXT NOT NULL,        -- first, new, reset
  made_at BIGINT NOT NULL,
  until   BIGINT NOT NULL
);
-- lead: the person may hand out links to the other accounts of the own party.
ALTER TABLE account_user ADD COLUMN lead BIGINT NOT NULL DEFAULT 0;
