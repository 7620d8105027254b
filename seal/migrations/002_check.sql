-- +goose Up
-- The verifications of the whole journal that the platform made itself.
CREATE TABLE seal_check (
  at     BIGINT PRIMARY KEY, -- it began
  took   BIGINT NOT NULL,    -- ms
  compared BIGINT NOT NULL,  -- sealed rows
  erased BIGINT NOT NULL,    -- of these
  heads  BIGINT NOT NULL,    -- compared, those that were handed out among them
  faults BIGINT NOT NULL,
  said   TEXT NOT NULL       -- the first of the faults; '' for none
);
