-- +goose Up
ALTER TABLE asset ADD COLUMN lon DOUBLE PRECISION NOT NULL DEFAULT 0; -- degrees, WGS-84; 0 and 0: unknown
ALTER TABLE asset ADD COLUMN lat DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE asset ADD COLUMN attrs TEXT NOT NULL DEFAULT '{}'; -- JSON object
ALTER TABLE device ADD COLUMN asset TEXT NOT NULL DEFAULT '';
CREATE TABLE device_key (
  protocol TEXT NOT NULL,
  key      TEXT NOT NULL,
  device   TEXT NOT NULL,
  PRIMARY KEY (protocol, key)
);
CREATE INDEX device_key_device ON device_key (device);
-- +sqlite Begin
-- Of keys that two devices were given before, the older device holds it.
INSERT INTO device_key (protocol, key, device)
  SELECT k.key, k.value, d.id FROM device d, json_each(d.keys) k WHERE true ORDER BY d.num
  ON CONFLICT DO NOTHING;
UPDATE device SET keys = (SELECT json_group_object(k.protocol, k.key) FROM device_key k WHERE k.device = device.id);
-- +sqlite End
