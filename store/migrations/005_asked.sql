-- +goose Up
-- +additive
-- What an audit searches the journal by, beside the object, the warning and the
-- enterprise.
CREATE INDEX journal_at ON journal (at);
CREATE INDEX journal_act ON journal (act, at);
CREATE INDEX journal_person ON journal (by_user, at) WHERE by_user <> '';
