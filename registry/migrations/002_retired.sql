-- +goose Up
CREATE INDEX point_retired ON point (enterprise) WHERE retired_at > 0;
