-- +goose Up
INSERT INTO journal_place (reader, pos) SELECT 'evidence', pos FROM evidence_place;
DROP TABLE evidence_place;
