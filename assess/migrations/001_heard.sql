-- +goose Up
-- In how many stretches of a civil day a point was heard. Machine state: counted from
-- the history, and counted again until the day is settled.
CREATE TABLE assess_heard (
  point      BIGINT NOT NULL, -- num
  day        BIGINT NOT NULL, -- when it began
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  since      BIGINT NOT NULL, -- counted from here
  upto       BIGINT NOT NULL, -- to here
  stretches  BIGINT NOT NULL,
  heard      BIGINT NOT NULL,
  settled    BIGINT NOT NULL, -- 1: counted for the last time
  PRIMARY KEY (point, day)
);
CREATE INDEX assess_heard_day ON assess_heard (day, enterprise);
CREATE INDEX assess_heard_enterprise ON assess_heard (enterprise, day);
