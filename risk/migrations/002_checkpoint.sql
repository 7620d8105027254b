-- +goose Up
-- Findings are applied before the state that they came from is saved: the place
-- of the last applied ones, and what they told beyond the saved place.
ALTER TABLE risk_place ADD COLUMN applied_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE risk_place ADD COLUMN applied_idx BIGINT NOT NULL DEFAULT 0;
ALTER TABLE risk_place ADD COLUMN generation BIGINT NOT NULL DEFAULT 0; -- the checkpoint that seq and idx belong to
CREATE TABLE risk_told (
  partition  BIGINT NOT NULL,
  seq        BIGINT NOT NULL, -- the record judged
  idx        BIGINT NOT NULL,
  model      TEXT   NOT NULL,
  subject    TEXT   NOT NULL,
  version    BIGINT NOT NULL, -- of the model
  enterprise BIGINT NOT NULL, -- num
  rung       TEXT   NOT NULL, -- '' for returned
  PRIMARY KEY (partition, seq, idx, model, subject)
);
CREATE TABLE risk_shard (
  partition  BIGINT NOT NULL,
  shard      BIGINT NOT NULL, -- num modulo 64
  generation BIGINT NOT NULL, -- of the checkpoint that wrote it
  version    BIGINT NOT NULL, -- of the encoding
  bytes      BYTEA  NOT NULL,
  PRIMARY KEY (partition, shard, generation)
);
INSERT INTO risk_shard (partition, shard, generation, version, bytes) SELECT partition, shard, 0, version, bytes FROM risk_state;
DROP TABLE risk_state;
