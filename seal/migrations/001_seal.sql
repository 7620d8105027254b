-- +goose Up
-- Nothing here is secret but the salts: a salt lets its reader try what a row said.
CREATE TABLE seal_leaf (
  leaf    INTEGER PRIMARY KEY, -- number in the tree, from 0
  pos     BIGINT NOT NULL,     -- of the journal row
  nth     BIGINT NOT NULL,     -- of its warning's rows, from 1; 0: it is of none
  salt    BYTEA NOT NULL,      -- 32 bytes: 16 of the origin, 16 of the content; empty: erased
  origin  BYTEA NOT NULL,      -- hash in the place of what was erased; else empty
  content BYTEA NOT NULL,
  hint    BYTEA NOT NULL       -- 4 bytes a column: which one was altered
);
CREATE UNIQUE INDEX seal_leaf_pos ON seal_leaf (pos);
CREATE TABLE seal_hash (
  id   INTEGER PRIMARY KEY, -- in the order in which the tree completes its nodes
  hash BYTEA NOT NULL
);
CREATE TABLE seal_head (
  at    BIGINT PRIMARY KEY,
  size  BIGINT NOT NULL, -- how many leaves it signs
  note  TEXT NOT NULL,
  day   TEXT NOT NULL,   -- handed out as the head of this day; else empty
  given BIGINT NOT NULL, -- 1: its file is written
  kept  BIGINT NOT NULL  -- 0: the next one takes its place
);
CREATE INDEX seal_head_size ON seal_head (size, at);
CREATE UNIQUE INDEX seal_head_day ON seal_head (day) WHERE day <> '';
CREATE TABLE seal_key (
  key   TEXT PRIMARY KEY, -- public
  since BIGINT NOT NULL
);
