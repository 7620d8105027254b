-- +goose Up
-- Passwords: when they were set (0: before this was written down), whether the next
-- sign-in must change them, and those of before.
ALTER TABLE account_user ADD COLUMN password_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account_user ADD COLUMN initial BIGINT NOT NULL DEFAULT 0;
CREATE TABLE account_password (
  user_id TEXT NOT NULL,
  hash    TEXT NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (user_id, hash)
);
-- The second factor. since is 0 until its first code was shown to be right; step is
-- the newest time step whose code was taken, so that no code is taken twice.
CREATE TABLE account_totp (
  user_id TEXT PRIMARY KEY,
  sealed  BYTEA NOT NULL, -- nonce and AES-256-GCM under a key of the master key, AAD: the user's id
  since   BIGINT NOT NULL,
  step    BIGINT NOT NULL
);
CREATE TABLE account_recovery (
  user_id TEXT NOT NULL,
  code    TEXT NOT NULL, -- SHA-256, hex
  PRIMARY KEY (user_id, code)
);
-- A session has a name that its owner may see, and says where and when. Those of
-- before end: people sign in again.
DROP TABLE session;
CREATE TABLE session (
  secret    TEXT PRIMARY KEY, -- SHA-256, hex
  id        TEXT NOT NULL UNIQUE,
  user_id   TEXT NOT NULL,
  began_at  BIGINT NOT NULL,
  used_at   BIGINT NOT NULL, -- to the minute
  proved_at BIGINT NOT NULL, -- when password or code was given last
  until     BIGINT NOT NULL,
  remote    TEXT NOT NULL,
  agent     TEXT NOT NULL
);
CREATE INDEX "session_user" ON session (user_id);
-- The administrator of before held the rights of two who are apart from now on. The
-- oldest gives rights from here, and makes accounts for the others; the rest keep the
-- system. moved is journalled and cleared at the next start.
ALTER TABLE account_user ADD COLUMN moved BIGINT NOT NULL DEFAULT 0;
UPDATE account_user SET role = 'security', version = version + 1, moved = 1
  WHERE id = (SELECT MIN(u.id) FROM account_user u WHERE u.role = 'admin' AND u.disabled = 0);
