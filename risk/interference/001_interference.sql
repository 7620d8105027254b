-- +goose Up
CREATE TABLE interference_place (
  name TEXT PRIMARY KEY, -- log: read up to there; journal: settings settled up to there; hour: the last one done
  seq  BIGINT NOT NULL,
  idx  BIGINT NOT NULL
);
CREATE TABLE interference_mark (
  received BIGINT PRIMARY KEY, -- ms; the log held here what was received then
  seq      BIGINT NOT NULL,
  idx      BIGINT NOT NULL
);
CREATE TABLE interference_standing (
  model      TEXT   NOT NULL,
  subject    TEXT   NOT NULL,
  version    BIGINT NOT NULL, -- of the signs by which it was told last
  enterprise BIGINT NOT NULL, -- num
  rung       TEXT   NOT NULL,
  until      BIGINT NOT NULL, -- ms: the end of what was told
  usual      DOUBLE PRECISION NOT NULL, -- noise that must show again before it has returned; 0: none
  PRIMARY KEY (model, subject)
);
