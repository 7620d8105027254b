-- +goose Up
CREATE TABLE evidence_place (
  reader TEXT PRIMARY KEY,
  pos    BIGINT NOT NULL     -- the journal is turned into copies up to here
);
CREATE TABLE evidence_curve (
  warning    TEXT NOT NULL,
  part       TEXT NOT NULL,  -- before, after
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  peak       BIGINT NOT NULL, -- follows the warning's
  model      TEXT NOT NULL,  -- key@version
  raised_at  BIGINT NOT NULL,
  signal_at  BIGINT NOT NULL,
  from_at    BIGINT NOT NULL,
  to_at      BIGINT NOT NULL, -- exclusive
  points     TEXT NOT NULL,  -- JSON: as they were called when it was raised
  reach      BIGINT NOT NULL, -- history must have all that was received until then
  due_at     BIGINT NOT NULL, -- 0: done
  attempts   BIGINT NOT NULL, -- that failed
  why        TEXT NOT NULL,  -- the last one
  done_at    BIGINT NOT NULL,
  size       BIGINT NOT NULL,
  sha256     TEXT NOT NULL,
  samples    BIGINT NOT NULL,
  PRIMARY KEY (warning, part)
);
CREATE INDEX evidence_curve_due ON evidence_curve (due_at) WHERE due_at > 0;
