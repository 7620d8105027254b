-- +goose Up
-- +additive
-- Which older programs can work with the tables of a stage: those that know it at least
-- up to here.
CREATE TABLE reader (
  stage TEXT PRIMARY KEY,
  least BIGINT NOT NULL
);
