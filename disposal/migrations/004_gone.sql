-- +goose Up
-- +additive
-- Whose row was marked last: its bytes may be there still.
CREATE INDEX disposal_file_gone ON disposal_file (gone_at) WHERE gone_at > 0;
