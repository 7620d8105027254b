-- +goose Up
-- Grave acts that two people do: one proposes, another approves, the first carries out.
CREATE TABLE account_approval (
  id           TEXT PRIMARY KEY,
  act          TEXT NOT NULL,   -- the route, as the list of such acts names it
  path         TEXT NOT NULL,   -- what is called
  sealed       BYTEA NOT NULL,  -- its body: nonce and AES-256-GCM under a key of the master key; empty once it is over
  shown        TEXT NOT NULL,   -- the body without secrets, JSON
  subject      TEXT NOT NULL,   -- the account that it is about; empty: none
  why          TEXT NOT NULL,
  by_user      TEXT NOT NULL,
  by_name      TEXT NOT NULL,
  by_role      TEXT NOT NULL,
  at           BIGINT NOT NULL,
  until        BIGINT NOT NULL,
  state        TEXT NOT NULL,   -- proposed, approved, refused, withdrawn, done
  decided_by   TEXT NOT NULL DEFAULT '',
  decided_name TEXT NOT NULL DEFAULT '',
  decided_at   BIGINT NOT NULL DEFAULT 0,
  reason       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX "account_approval_by" ON account_approval (by_user, at);
CREATE INDEX "account_approval_act" ON account_approval (act, at);
