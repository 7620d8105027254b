-- +goose Up
CREATE TABLE account_user (
  id       TEXT PRIMARY KEY,
  login    TEXT NOT NULL UNIQUE, -- lower case
  name     TEXT NOT NULL,
  role     TEXT NOT NULL,
  party    TEXT NOT NULL,
  least    BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  password TEXT NOT NULL,        -- $argon2id$v=19$m=..,t=..,p=..$salt$hash
  version  BIGINT NOT NULL
);
CREATE TABLE account_token (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL,
  name       TEXT NOT NULL,
  secret     TEXT NOT NULL UNIQUE, -- SHA-256, hex
  least      BIGINT NOT NULL,
  read_only  BIGINT NOT NULL,
  issued_at  BIGINT NOT NULL,
  until      BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
);
CREATE TABLE session (
  secret  TEXT PRIMARY KEY, -- SHA-256, hex
  user_id TEXT NOT NULL,
  used_at BIGINT NOT NULL,  -- to the minute
  until   BIGINT NOT NULL
);
CREATE INDEX "session_user" ON session (user_id);
CREATE TABLE failure (
  who   TEXT PRIMARY KEY, -- login:... or from:...
  count BIGINT NOT NULL,
  first BIGINT NOT NULL,
  until BIGINT NOT NULL   -- locked until then, 0: not
);
