-- +goose Up
-- +additive
-- The policies that this district worked under: a warning keeps the one it began under,
-- also when its file is another one by now.
CREATE TABLE law (
  key     TEXT PRIMARY KEY, -- name@version
  kept_at BIGINT NOT NULL,
  body    TEXT NOT NULL     -- JSON
);
