-- +goose Up
-- The models as people write, try and release them, and what they grade by. They
-- are people's acts: each change has its row in the journal (A18, A35).
CREATE TABLE risk_model (
  id            TEXT   NOT NULL,
  version       BIGINT NOT NULL,
  revision      BIGINT NOT NULL, -- raised by every change of the row
  state         TEXT   NOT NULL, -- draft, submitted, live, retired, refused
  sector        TEXT   NOT NULL, -- '' for every sector
  kind          TEXT   NOT NULL,
  title_zh      TEXT   NOT NULL,
  title_en      TEXT   NOT NULL,
  grading       TEXT   NOT NULL, -- key@version, '' for none
  yaml          TEXT   NOT NULL,
  hash          TEXT   NOT NULL, -- SHA-256 of yaml
  author        TEXT   NOT NULL, -- '' for the platform
  author_name   TEXT   NOT NULL,
  author_role   TEXT   NOT NULL,
  authored_at   BIGINT NOT NULL,
  hands         TEXT   NOT NULL, -- JSON: everyone who wrote or submitted it
  approver      TEXT   NOT NULL, -- who released or refused it
  approver_name TEXT   NOT NULL,
  approver_role TEXT   NOT NULL,
  approved_at   BIGINT NOT NULL, -- 0: nobody yet
  why           TEXT   NOT NULL,
  set_number    BIGINT NOT NULL, -- of the set of models that its last release or retirement made
  PRIMARY KEY (id, version)
);
CREATE UNIQUE INDEX risk_model_live ON risk_model (id) WHERE state = 'live';
CREATE UNIQUE INDEX risk_model_open ON risk_model (id) WHERE state IN ('draft', 'submitted');
CREATE TABLE risk_replay (
  hash  TEXT   PRIMARY KEY, -- of the candidate's text
  model TEXT   NOT NULL,
  ended BIGINT NOT NULL,
  bytes BYTEA  NOT NULL     -- the report as JSON
);
CREATE TABLE risk_grading (
  key          TEXT   NOT NULL,
  version      BIGINT NOT NULL,
  revision     BIGINT NOT NULL,
  state        TEXT   NOT NULL, -- draft, guided, superseded
  sector       TEXT   NOT NULL,
  title_zh     TEXT   NOT NULL,
  title_en     TEXT   NOT NULL,
  criteria     TEXT   NOT NULL, -- JSON: level and criterion in both languages
  source       TEXT   NOT NULL,
  drafter      TEXT   NOT NULL,
  drafter_name TEXT   NOT NULL,
  drafter_role TEXT   NOT NULL,
  drafted_at   BIGINT NOT NULL,
  guide        TEXT   NOT NULL,
  guide_name   TEXT   NOT NULL,
  guide_role   TEXT   NOT NULL,
  guide_party  TEXT   NOT NULL,
  guided_at    BIGINT NOT NULL, -- 0: nobody yet
  guidance     TEXT   NOT NULL,
  PRIMARY KEY (key, version)
);
CREATE UNIQUE INDEX risk_grading_draft ON risk_grading (key) WHERE state = 'draft';
CREATE UNIQUE INDEX risk_grading_guided ON risk_grading (key) WHERE state = 'guided';
