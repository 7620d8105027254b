-- +goose Up
-- Where a warning that people have dealt with belongs: one row, so that what
-- hangs on it is seen by whoever sees the warning.
CREATE TABLE disposal_case (
  warning    TEXT PRIMARY KEY,
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL
);
CREATE TABLE disposal_order (
  id        TEXT PRIMARY KEY,
  kind      TEXT NOT NULL,
  warning   TEXT NOT NULL REFERENCES disposal_case (warning),
  period    BIGINT NOT NULL,
  number    BIGINT NOT NULL, -- of the step
  party     TEXT NOT NULL,
  plan      TEXT NOT NULL,
  level     BIGINT NOT NULL,
  assignee  TEXT NOT NULL,
  checklist TEXT NOT NULL,   -- JSON
  opened_at BIGINT NOT NULL,
  done_at   BIGINT NOT NULL, -- 0: open
  result    TEXT NOT NULL,
  evidence  TEXT NOT NULL,   -- JSON list of files
  version   BIGINT NOT NULL
);
-- One order per cause, whatever is repeated.
CREATE UNIQUE INDEX disposal_order_cause ON disposal_order (warning, kind, period, number, party, plan);
CREATE INDEX disposal_order_open ON disposal_order (party, opened_at) WHERE done_at = 0;
CREATE TABLE disposal_ask (
  id        TEXT PRIMARY KEY,
  warning   TEXT NOT NULL REFERENCES disposal_case (warning),
  party     TEXT NOT NULL,
  by_name   TEXT NOT NULL,
  at        BIGINT NOT NULL,
  to_level  BIGINT NOT NULL,
  ending    BIGINT NOT NULL,
  why       TEXT NOT NULL,
  closed_at BIGINT NOT NULL, -- 0: pending
  outcome   TEXT NOT NULL
);
CREATE UNIQUE INDEX disposal_ask_pending ON disposal_ask (warning, party) WHERE closed_at = 0;
CREATE INDEX disposal_ask_warning ON disposal_ask (warning, at);
CREATE TABLE disposal_file (
  id      TEXT PRIMARY KEY,
  name    TEXT NOT NULL,
  type    TEXT NOT NULL,
  size    BIGINT NOT NULL,
  sha256  TEXT NOT NULL,
  at      BIGINT NOT NULL,
  by_user TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE TABLE disposal_evidence (
  file    TEXT NOT NULL REFERENCES disposal_file (id),
  warning TEXT NOT NULL REFERENCES disposal_case (warning),
  PRIMARY KEY (file, warning)
);
