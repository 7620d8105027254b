-- +goose Up
-- What enterprises asked to have out of use, and what became of it (A36).
CREATE TABLE outage (
  id         TEXT PRIMARY KEY,
  number     TEXT NOT NULL,
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  state      TEXT NOT NULL,
  from_at    BIGINT NOT NULL,
  to_at      BIGINT NOT NULL,
  end_at     BIGINT NOT NULL, -- of an approved one, early or not; 0: not approved
  asked_at   BIGINT NOT NULL,
  body       TEXT NOT NULL,   -- JSON: all of it
  version    BIGINT NOT NULL
);
CREATE UNIQUE INDEX outage_number ON outage (number);
CREATE INDEX outage_running ON outage (end_at) WHERE end_at > 0;
CREATE INDEX outage_firm ON outage (enterprise, asked_at);
CREATE TABLE outage_target (
  outage TEXT NOT NULL REFERENCES outage (id),
  target TEXT NOT NULL,
  PRIMARY KEY (outage, target)
);
CREATE INDEX outage_target_by ON outage_target (target);
-- Every stretch in which a model of silence held: declared ones are no warning.
CREATE TABLE outage_silence (
  id         TEXT PRIMARY KEY,
  finding    TEXT NOT NULL,   -- the finding's identity
  model      TEXT NOT NULL,
  subject    TEXT NOT NULL,
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  from_at    BIGINT NOT NULL, -- nothing came since
  at         BIGINT NOT NULL, -- found then
  until_at   BIGINT NOT NULL, -- 0: it stands
  outage     TEXT NOT NULL,   -- that holds it back; '': none
  body       TEXT NOT NULL,   -- JSON of the finding that is held; ''
  raised     BIGINT NOT NULL  -- 1: its outage ended before it did
);
CREATE UNIQUE INDEX outage_silence_finding ON outage_silence (finding);
CREATE UNIQUE INDEX outage_silence_stands ON outage_silence (model, subject) WHERE until_at = 0;
CREATE INDEX outage_silence_of ON outage_silence (outage) WHERE outage <> '';
CREATE INDEX outage_silence_firm ON outage_silence (enterprise) WHERE until_at = 0;
-- Under what a person sorted a failure (A37); the newest of a warning counts.
CREATE TABLE outage_sorting (
  id         TEXT PRIMARY KEY,
  warning    TEXT NOT NULL,
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  peak       BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  class      TEXT NOT NULL,
  body       TEXT NOT NULL    -- JSON
);
CREATE INDEX outage_sorting_warning ON outage_sorting (warning, at);
