-- +goose Up
-- What may exist only once. The engine does not look beforehand: it inserts and
-- lets these decide.
CREATE UNIQUE INDEX warning_open ON warning (model, subject) WHERE ended_at = 0;
CREATE UNIQUE INDEX step_once ON step (warning, period, kind, number);
CREATE UNIQUE INDEX finding_once ON finding (partition, seq, place, model, subject);
