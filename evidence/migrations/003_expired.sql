-- +goose Up
-- +additive
-- When a part was deleted because its time was over (retention.evidence); 0: it is there.
ALTER TABLE evidence_curve ADD COLUMN gone_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX evidence_curve_kept ON evidence_curve (raised_at, warning) WHERE gone_at = 0;
