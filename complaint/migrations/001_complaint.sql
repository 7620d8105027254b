-- +goose Up
-- What people reported (A42). Who reported it lies sealed in its own column and in no
-- journal row.
CREATE TABLE complaint (
  id       TEXT PRIMARY KEY,
  number   TEXT NOT NULL,
  at       BIGINT NOT NULL,
  via      TEXT NOT NULL,
  topic    TEXT NOT NULL,
  state    TEXT NOT NULL,
  party    TEXT NOT NULL,   -- that deals with it; '': nobody yet
  due      BIGINT NOT NULL, -- 0: closed
  body     TEXT NOT NULL,   -- JSON: all of it
  reporter BYTEA NOT NULL,  -- sealed; empty: not said
  version  BIGINT NOT NULL
);
CREATE UNIQUE INDEX complaint_number ON complaint (number);
CREATE INDEX complaint_open ON complaint (due) WHERE due > 0;
CREATE INDEX complaint_party ON complaint (party, at);
CREATE INDEX complaint_via ON complaint (via, at);
