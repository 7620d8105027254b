-- +goose Up
-- +additive
-- How much there was of each kind of data, as each process measured it: a week of it
-- says when a disk will be full.
CREATE TABLE health_measure (
  process TEXT NOT NULL,
  kind    TEXT NOT NULL,
  at      BIGINT NOT NULL,
  bytes   BIGINT NOT NULL,
  came    BIGINT NOT NULL, -- bytes that came in a day, -1: the difference says it
  PRIMARY KEY (process, kind, at)
);
