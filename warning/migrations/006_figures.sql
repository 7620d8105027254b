-- +goose Up
-- +additive
-- What figures and the questions of an audit ask by time.
CREATE INDEX step_missed ON step (due_at) WHERE kind IN ('notice','supervise');
CREATE INDEX finding_learnt ON finding (learnt) WHERE warning <> '';
