-- +goose Up
-- +additive
-- What was left lately: the curve of a day and the clocks of a month (the wall) look at
-- that alone.
CREATE INDEX period_ended ON period (ended);
