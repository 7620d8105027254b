-- +goose Up
-- +additive
-- When a file was deleted because its time was over (retention.files); 0: it is there.
ALTER TABLE disposal_file ADD COLUMN gone_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX disposal_file_kept ON disposal_file (at, id) WHERE gone_at = 0;
