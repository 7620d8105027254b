-- +goose Up
CREATE TABLE warning (
  id            TEXT PRIMARY KEY,
  enterprise    TEXT NOT NULL,
  zone          TEXT NOT NULL,
  sector        TEXT NOT NULL,
  subject       TEXT NOT NULL,
  model         TEXT NOT NULL,
  model_version BIGINT NOT NULL,
  occurrence    BIGINT NOT NULL,
  after_id      TEXT NOT NULL,
  policy        TEXT NOT NULL,
  name          TEXT NOT NULL,   -- lower case, what a search looks in
  level         BIGINT NOT NULL,
  peak          BIGINT NOT NULL,
  measured      BIGINT NOT NULL,
  condition     BIGINT NOT NULL,
  work          BIGINT NOT NULL,
  ending        BIGINT NOT NULL,
  late          BIGINT NOT NULL,
  rung          TEXT NOT NULL,
  value         DOUBLE PRECISION NOT NULL,
  bound         DOUBLE PRECISION NOT NULL,
  unit          TEXT NOT NULL,
  signal_at     BIGINT NOT NULL,
  raised_at     BIGINT NOT NULL,
  ended_at      BIGINT NOT NULL,
  period        BIGINT NOT NULL,
  since         BIGINT NOT NULL,
  anchor        BIGINT NOT NULL,
  noticed       BIGINT NOT NULL,
  supervised    BIGINT NOT NULL,
  due_at        BIGINT NOT NULL, -- the clock's or the hold's, 0 for never
  wake          BIGINT NOT NULL, -- when the loop must look at it: due_at or the end of shelving
  hold_until    BIGINT NOT NULL,
  hold_measured BIGINT NOT NULL,
  verdict       TEXT NOT NULL,   -- JSON: the verdict that holds
  confirmed_at  BIGINT NOT NULL,
  confirmed_by  TEXT NOT NULL,
  assigned_to   TEXT NOT NULL,
  shelved_until BIGINT NOT NULL,
  merged_into   TEXT NOT NULL,
  uplinks       BIGINT NOT NULL, -- changes passed on to the municipal platform
  version       BIGINT NOT NULL
);
CREATE INDEX warning_subject ON warning (model, subject, occurrence);
CREATE INDEX warning_wake ON warning (level, wake) WHERE wake > 0;
CREATE INDEX warning_queue ON warning ((confirmed_at > 0), level DESC, (due_at = 0), due_at) WHERE ended_at = 0;
CREATE INDEX warning_counts ON warning (level, confirmed_at, shelved_until, merged_into, enterprise, zone, sector, peak) WHERE ended_at = 0;
CREATE INDEX warning_raised ON warning (raised_at);
CREATE INDEX warning_enterprise ON warning (enterprise, raised_at);
CREATE INDEX warning_merged ON warning (merged_into) WHERE merged_into <> '';

CREATE TABLE period (
  warning    TEXT NOT NULL,
  number     BIGINT NOT NULL,
  level      BIGINT NOT NULL,
  began      BIGINT NOT NULL,
  ended      BIGINT NOT NULL,
  anchor     BIGINT NOT NULL, -- the clock as it was when the period ended
  noticed    BIGINT NOT NULL,
  supervised BIGINT NOT NULL,
  why        TEXT NOT NULL,
  PRIMARY KEY (warning, number)
);

CREATE TABLE step (
  id       TEXT NOT NULL,
  warning  TEXT NOT NULL,
  period   BIGINT NOT NULL,
  kind     TEXT NOT NULL,
  number   BIGINT NOT NULL,
  level    BIGINT NOT NULL,
  due_at   BIGINT NOT NULL,
  fired_at BIGINT NOT NULL,
  missed   BIGINT NOT NULL,
  article  TEXT NOT NULL,
  told     TEXT NOT NULL    -- JSON
);

CREATE TABLE finding (
  id        TEXT PRIMARY KEY,
  partition BIGINT NOT NULL,
  seq       BIGINT NOT NULL,
  place     BIGINT NOT NULL,
  model     TEXT NOT NULL,
  subject   TEXT NOT NULL,
  version   BIGINT NOT NULL,
  warning   TEXT NOT NULL,
  level     BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  learnt    BIGINT NOT NULL,
  late      BIGINT NOT NULL,
  gap_from  BIGINT NOT NULL,
  gap_to    BIGINT NOT NULL,
  rung      TEXT NOT NULL,
  value     DOUBLE PRECISION NOT NULL,
  bound     DOUBLE PRECISION NOT NULL,
  unit      TEXT NOT NULL,
  evidence  BYTEA            -- a sample block
);
CREATE INDEX finding_warning ON finding (warning, learnt) WHERE warning <> '';

-- A verdict that ended a warning while its condition was active.
CREATE TABLE hold (
  model    TEXT NOT NULL,
  subject  TEXT NOT NULL,
  warning  TEXT NOT NULL,
  held     BIGINT NOT NULL,  -- the level measured at the verdict
  until    BIGINT NOT NULL,  -- 0: as long as the condition does not change
  measured BIGINT NOT NULL,  -- the level measured now
  at       BIGINT NOT NULL,
  rung     TEXT NOT NULL,
  value    DOUBLE PRECISION NOT NULL,
  bound    DOUBLE PRECISION NOT NULL,
  unit     TEXT NOT NULL,
  verdict  TEXT NOT NULL,
  PRIMARY KEY (model, subject)
);
CREATE INDEX hold_until ON hold (until) WHERE until > 0;
