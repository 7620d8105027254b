-- +goose Up
CREATE TABLE fence (
  id         TEXT PRIMARY KEY,
  enterprise TEXT NOT NULL, -- empty: the district's
  code       TEXT NOT NULL,
  body       TEXT NOT NULL, -- JSON of fengsui.Fence
  UNIQUE (enterprise, code)
);
