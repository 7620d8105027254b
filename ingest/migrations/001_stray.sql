-- +goose Up
CREATE TABLE stray (
  enterprise TEXT NOT NULL,
  code       TEXT NOT NULL, -- of the point or device that nobody knows
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  first_at   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  count      BIGINT NOT NULL,
  last_value DOUBLE PRECISION NOT NULL,
  last_event TEXT NOT NULL,
  PRIMARY KEY (enterprise, code)
);
CREATE INDEX stray_last ON stray (last_at);
