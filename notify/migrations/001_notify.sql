-- +goose Up
CREATE TABLE notify_place (
  reader TEXT PRIMARY KEY,
  pos    BIGINT NOT NULL    -- the journal is turned into pushes up to here
);
CREATE TABLE notify_push (
  id         TEXT PRIMARY KEY,
  key        TEXT NOT NULL, -- <step>/<party>: the idempotency key outward
  pos        BIGINT NOT NULL,
  step       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  number     BIGINT NOT NULL,
  warning    TEXT NOT NULL,
  party      TEXT NOT NULL,
  capacities TEXT NOT NULL, -- JSON
  level      BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  message    TEXT NOT NULL, -- JSON: what every attempt carries
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  peak       BIGINT NOT NULL
);
-- One push per cause and party, whatever is read twice.
CREATE UNIQUE INDEX notify_push_key ON notify_push (key);
CREATE INDEX notify_push_warning ON notify_push (warning, pos) WHERE warning <> '';
CREATE INDEX notify_push_party ON notify_push (party, pos);
CREATE TABLE notify_address (
  id         TEXT PRIMARY KEY,
  channel    TEXT NOT NULL,
  address    TEXT NOT NULL,
  party      TEXT NOT NULL,   -- whose it was when it was first used
  contact    TEXT NOT NULL,
  fails      BIGINT NOT NULL, -- in a row
  dead_since BIGINT NOT NULL, -- 0: not known to be dead
  probe_at   BIGINT NOT NULL, -- a dead one is tried again from then on
  next_at    BIGINT NOT NULL, -- when the oldest of what waits is tried, 0: nothing waits
  answer     TEXT NOT NULL    -- its last words
);
CREATE UNIQUE INDEX notify_address_once ON notify_address (channel, address);
CREATE INDEX notify_address_next ON notify_address (next_at) WHERE next_at > 0;
CREATE INDEX notify_address_dead ON notify_address (dead_since) WHERE dead_since > 0;
CREATE TABLE notify_delivery (
  id       TEXT PRIMARY KEY,
  push     TEXT NOT NULL REFERENCES notify_push (id),
  contact  TEXT NOT NULL,
  place    BIGINT NOT NULL,   -- of the contact in its party; -1 the console, -2 nobody
  seq      BIGINT NOT NULL,   -- of the channel at the contact
  channel  TEXT NOT NULL,
  address  TEXT NOT NULL,     -- notify_address, empty for the console
  rest     TEXT NOT NULL,     -- JSON: the contact's further channels
  pos      BIGINT NOT NULL,   -- of the push: the order at an address
  ord      BIGINT NOT NULL,
  state    TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  in_doubt BIGINT NOT NULL,   -- attempts whose answer was lost
  flying   BIGINT NOT NULL,   -- 1: begun, not answered
  answer   TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX notify_delivery_once ON notify_delivery (push, place, seq);
CREATE INDEX notify_delivery_waiting ON notify_delivery (address, pos, ord) WHERE state = 'waiting';
CREATE INDEX notify_delivery_flying ON notify_delivery (flying) WHERE flying = 1;
