-- +goose Up
INSERT INTO journal_place (reader, pos) SELECT 'notify', pos FROM notify_place;
DROP TABLE notify_place;
-- A message that its receiver did not take is held by itself: fails counts its
-- refusals in a row, and it and what is behind it of the same warning are not tried
-- before held_until. Everything else at the address goes on.
ALTER TABLE notify_delivery ADD COLUMN fails BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notify_delivery ADD COLUMN held_until BIGINT NOT NULL DEFAULT 0;
CREATE INDEX notify_delivery_held ON notify_delivery (address, held_until) WHERE state = 'waiting' AND held_until > 0;
