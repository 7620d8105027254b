-- +goose Up
CREATE TABLE roster (
  party   TEXT PRIMARY KEY,
  body    TEXT NOT NULL,  -- JSON of fengsui.Roster
  version BIGINT NOT NULL -- of the roster and the party's contacts together
);
