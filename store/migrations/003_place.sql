-- +goose Up
CREATE TABLE journal_place (
  reader TEXT PRIMARY KEY,
  pos    BIGINT NOT NULL -- the reader has turned the journal up to here into what it keeps
);
