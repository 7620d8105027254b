-- +goose Up
-- A push waits for someone of its party to confirm it; until then further contacts are
-- told at chase_at.
ALTER TABLE notify_push ADD COLUMN confirmed_at BIGINT NOT NULL DEFAULT 0; -- 0: nobody yet
ALTER TABLE notify_push ADD COLUMN confirmed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE notify_push ADD COLUMN chase_at BIGINT NOT NULL DEFAULT 0;     -- 0: nobody further is told
ALTER TABLE notify_push ADD COLUMN chased BIGINT NOT NULL DEFAULT 0;       -- how often further contacts were
CREATE INDEX notify_push_chase ON notify_push (chase_at) WHERE chase_at > 0;
-- not_before: quiet hours, or the pause before a call is repeated; it blocks nothing
-- behind it. rounds: how often it was taken and is sent again. receipt: the gateway's
-- own name for it.
ALTER TABLE notify_delivery ADD COLUMN not_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notify_delivery ADD COLUMN rounds BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notify_delivery ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
CREATE INDEX notify_delivery_receipt ON notify_delivery (receipt) WHERE receipt <> '';
CREATE INDEX notify_delivery_lost ON notify_delivery (last_at) WHERE state IN ('refused', 'gave_up');
