-- +goose Up
CREATE TABLE party (
  id       TEXT PRIMARY KEY,
  kind     TEXT NOT NULL,
  code     TEXT NOT NULL,
  name     TEXT NOT NULL,
  name_en  TEXT NOT NULL,
  parent   TEXT NOT NULL,
  sectors  TEXT NOT NULL, -- JSON list
  contacts TEXT NOT NULL, -- JSON list
  UNIQUE (kind, code)
);
CREATE TABLE enterprise (
  id          TEXT PRIMARY KEY,
  num         BIGINT NOT NULL UNIQUE,
  code        TEXT NOT NULL UNIQUE,
  credit_code TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  short_name  TEXT NOT NULL,
  sector      TEXT NOT NULL,
  zone        TEXT NOT NULL,
  address     TEXT NOT NULL,
  lon         DOUBLE PRECISION NOT NULL, -- degrees, WGS-84; 0 and 0: unknown
  lat         DOUBLE PRECISION NOT NULL,
  version     BIGINT NOT NULL
);
CREATE INDEX enterprise_zone ON enterprise (zone);
CREATE INDEX enterprise_sector ON enterprise (sector);
CREATE TABLE asset (
  id         TEXT PRIMARY KEY,
  enterprise TEXT NOT NULL,
  code       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  name       TEXT NOT NULL,
  place      TEXT NOT NULL,
  UNIQUE (enterprise, code)
);
CREATE TABLE device (
  id         TEXT PRIMARY KEY,
  num        BIGINT NOT NULL UNIQUE,
  enterprise TEXT NOT NULL,
  code       TEXT NOT NULL,
  name       TEXT NOT NULL,
  keys       TEXT NOT NULL, -- JSON object
  UNIQUE (enterprise, code)
);
CREATE TABLE point (
  id         TEXT PRIMARY KEY,
  num        BIGINT NOT NULL UNIQUE,
  enterprise TEXT NOT NULL,
  asset      TEXT NOT NULL,
  device     TEXT NOT NULL,
  code       TEXT NOT NULL,
  name       TEXT NOT NULL,
  quantity   TEXT NOT NULL,
  unit       TEXT NOT NULL,
  range_low  DOUBLE PRECISION NOT NULL,
  range_high DOUBLE PRECISION NOT NULL,
  ll         DOUBLE PRECISION,
  l          DOUBLE PRECISION,
  h          DOUBLE PRECISION,
  hh         DOUBLE PRECISION,
  every      BIGINT NOT NULL,
  key        BIGINT NOT NULL,
  retired_at BIGINT NOT NULL, -- 0: in use; else its code was given to another point
  version    BIGINT NOT NULL
);
CREATE UNIQUE INDEX point_code ON point (enterprise, code) WHERE retired_at = 0;
CREATE TABLE push_key (
  id         TEXT PRIMARY KEY,
  enterprise TEXT NOT NULL,
  state      TEXT NOT NULL,
  sealed     BYTEA NOT NULL, -- nonce and AES-256-GCM under the master key, AAD: id and enterprise
  issued_at  BIGINT NOT NULL,
  issued_by  TEXT NOT NULL,
  revoked_at BIGINT NOT NULL
);
CREATE INDEX push_key_enterprise ON push_key (enterprise, issued_at);
