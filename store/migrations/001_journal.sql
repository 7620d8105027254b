-- +goose Up
CREATE TABLE journal (
  pos        INTEGER PRIMARY KEY, -- commit order, no holes
  at         BIGINT NOT NULL,
  kind       TEXT NOT NULL,       -- what the row is about
  object     TEXT NOT NULL,
  act        TEXT NOT NULL,
  by_user    TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  by_role    TEXT NOT NULL,
  by_from    TEXT NOT NULL,
  why        TEXT NOT NULL,
  before     TEXT NOT NULL,       -- JSON or empty
  after      TEXT NOT NULL,
  tell       TEXT NOT NULL,       -- JSON list of steps or empty
  warning    TEXT NOT NULL,
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  peak       BIGINT NOT NULL,
  key        TEXT NOT NULL        -- the call's Idempotency-Key
);
CREATE UNIQUE INDEX journal_key ON journal (by_user, key) WHERE key <> '';
CREATE INDEX journal_warning ON journal (warning, pos) WHERE warning <> '';
CREATE INDEX journal_object ON journal (object, pos);
CREATE INDEX journal_enterprise ON journal (enterprise, pos);
CREATE TABLE number (
  series TEXT PRIMARY KEY,
  last   BIGINT NOT NULL
);
