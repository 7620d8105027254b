-- +goose Up
-- What only one process of a platform does at a time. Nothing in it is a time: who
-- waits for a lease measures with its own clock how long beat stands still.
CREATE TABLE lease (
  name   TEXT PRIMARY KEY,
  epoch  BIGINT NOT NULL, -- raised by each holder when it takes the lease: its transactions name it
  beat   BIGINT NOT NULL, -- raised by each renewal
  holder TEXT NOT NULL,   -- empty: given up
  note   TEXT NOT NULL    -- what the holder says with each renewal
);
-- Which log and which processes these records belong to.
CREATE TABLE lease_home (
  id  BIGINT PRIMARY KEY, -- always 1
  log TEXT NOT NULL
);
