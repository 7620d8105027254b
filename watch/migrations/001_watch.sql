-- +goose Up
CREATE TABLE watch_handover (
  id         TEXT PRIMARY KEY,
  party      TEXT NOT NULL,
  state      TEXT NOT NULL,   -- offered, signed, returned
  from_at    BIGINT NOT NULL,
  to_at      BIGINT NOT NULL, -- when it was offered: the first signature
  turn       TEXT NOT NULL,   -- JSON list of names
  by_user    TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  taker      TEXT NOT NULL,
  taker_name TEXT NOT NULL,
  signed_at  BIGINT NOT NULL, -- 0: not signed
  note       TEXT NOT NULL,
  answer     TEXT NOT NULL,
  open       TEXT NOT NULL,   -- JSON, by level
  numbers    TEXT NOT NULL,   -- JSON
  version    BIGINT NOT NULL,
  upto       BIGINT NOT NULL  -- journal position up to which it counts
);
CREATE UNIQUE INDEX watch_offered ON watch_handover (party) WHERE state = 'offered';
CREATE INDEX watch_newest ON watch_handover (party, to_at);

CREATE TABLE watch_item (
  handover      TEXT NOT NULL,
  place         BIGINT NOT NULL,
  warning       TEXT NOT NULL,
  enterprise    TEXT NOT NULL,
  zone          TEXT NOT NULL,
  sector        TEXT NOT NULL,
  peak          BIGINT NOT NULL,
  level         BIGINT NOT NULL,
  subject       TEXT NOT NULL,
  model         TEXT NOT NULL,
  work          BIGINT NOT NULL,
  raised_at     BIGINT NOT NULL,
  due_at        BIGINT NOT NULL,
  confirmed_at  BIGINT NOT NULL,
  assigned_to   TEXT NOT NULL,
  shelved_until BIGINT NOT NULL,
  merged_into   TEXT NOT NULL,
  last          BIGINT NOT NULL, -- journal position of the last word about it; 0: none
  PRIMARY KEY (handover, place)
);

CREATE TABLE watch_view (
  id    TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  page  TEXT NOT NULL,
  name  TEXT NOT NULL,
  query TEXT NOT NULL,
  at    BIGINT NOT NULL,
  UNIQUE (owner, page, name)
);
