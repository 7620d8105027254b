-- +goose Up
CREATE TABLE risk_place (
  partition BIGINT PRIMARY KEY,
  epoch     BIGINT NOT NULL, -- raised by each holder when it takes over
  seq       BIGINT NOT NULL, -- the last record judged
  idx       BIGINT NOT NULL,
  clock     BIGINT NOT NULL, -- the models' time: ticks added up, gaps left out
  tick      BIGINT NOT NULL, -- the last tick, ms
  grace     BIGINT NOT NULL  -- the clock when ticks last went on after a gap
);
CREATE TABLE risk_state (
  partition BIGINT NOT NULL,
  shard     BIGINT NOT NULL, -- num modulo 64
  epoch     BIGINT NOT NULL, -- of the holder that wrote it
  version   BIGINT NOT NULL, -- of the encoding
  bytes     BYTEA  NOT NULL,
  PRIMARY KEY (partition, shard)
);
CREATE TABLE risk_late (
  partition  BIGINT NOT NULL,
  seq        BIGINT NOT NULL, -- the record they came in
  idx        BIGINT NOT NULL,
  enterprise BIGINT NOT NULL,
  device     BIGINT NOT NULL,
  received   BIGINT NOT NULL, -- ms
  clock      BIGINT NOT NULL, -- the models' time of receipt
  offset_ms  BIGINT NOT NULL, -- receipt minus the sender's clock
  bytes      BYTEA  NOT NULL, -- the late samples as a block
  PRIMARY KEY (partition, seq, idx)
);
