-- +goose Up
-- A stretch of time in which a part of the platform did not work (A41). Opening and
-- ending it is machine state; settling it is a person's act, with its journal row.
CREATE TABLE health_fault (
  id         TEXT PRIMARY KEY,
  part       TEXT NOT NULL,
  process    TEXT NOT NULL,   -- which of several; empty: there is one
  why        TEXT NOT NULL,
  since      BIGINT NOT NULL,
  last       BIGINT NOT NULL, -- seen broken
  over_at    BIGINT NOT NULL, -- 0: it stands
  settled_at BIGINT NOT NULL,
  settled_by TEXT NOT NULL,   -- the person's name
  note       TEXT NOT NULL
);
-- A part of a process has one fault at a time, whoever else looks.
CREATE UNIQUE INDEX health_fault_stands ON health_fault (part, process) WHERE over_at = 0;
CREATE INDEX health_fault_since ON health_fault (since);
