-- The records of a small platform as the first version wrote them: four warnings from
-- raised to cleared, false alarm or open, their orders, asks and pushes (those of the false
-- alarm were left out, for size), the seal. Text, so that it can be read. It is never made
-- anew: app.TestUpgrade brings it to today's version.
BEGIN TRANSACTION;
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
, issued_by TEXT NOT NULL DEFAULT '', revoked_by TEXT NOT NULL DEFAULT '');
INSERT INTO "account_token" VALUES('01a21d6c-aea6-784b-ab2f-4dda24e5ecdd','01a21d6c-a29e-70ac-9906-4a6aaeafbad8','display','ded48727b90c2ff88edd695500744893001e7759831dc0ae9168f79125699372',0,1,1795789991590,1811428391589,0,'Administrator','');
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
INSERT INTO "account_user" VALUES('01a21d6c-7007-70d9-98a9-3c3044e2a228','admin','Administrator','admin','01a21d6c-6fad-7287-8d61-7f23570e706d',0,0,'$argon2id$v=19$m=65536,t=3,p=4$HW2YymzAA18kGOdahV7TkA$XkvhCnEfk8wQ0VaxhQzcLuYQbXt0mClx9nAc382TMK0',1);
INSERT INTO "account_user" VALUES('01a21d6c-8a6c-720e-a2a2-60aba89c76e2','duty','duty','duty','01a21d6c-6fad-7287-8d61-7f23570e706d',0,0,'$argon2id$v=19$m=65536,t=3,p=4$NYTrrzVTjwsOCseDXsSumw$/oXdondqlG0UlrPdeTm2h+rgwntEXkPce1yRbS+2ifA',1);
INSERT INTO "account_user" VALUES('01a21d6c-927f-7060-9646-0fc0f26c9531','firm','firm','enterprise','01a21d6c-8983-701e-b98f-67d9efa0ffb8',0,0,'$argon2id$v=19$m=65536,t=3,p=4$ekhKY7d2K4VR+jX4jdd+Bg$TTSZNfbRORoZ387K7ICyj1Wtleq552+CR14FiPkuMuk',1);
INSERT INTO "account_user" VALUES('01a21d6c-9b57-7928-9f30-a29e22e5fd97','zone','zone','zone','01a21d6c-6fad-79a1-b172-3a95778ac136',0,0,'$argon2id$v=19$m=65536,t=3,p=4$DduHBV5WyZzVv7X/zaPSJg$hcT+vPGW08/Ke4uTGuIOZ337VZKDd+6fCTUkmF5FmdQ',1);
INSERT INTO "account_user" VALUES('01a21d6c-a29e-70ac-9906-4a6aaeafbad8','bureau','bureau','bureau','01a21d6c-6fad-74db-ac75-ef13f4f2a118',0,0,'$argon2id$v=19$m=65536,t=3,p=4$aB6zZlb11oi7SH8glxTP/g$McvKI0fk/oB7VP1LLpKWnYMq8cZsbYkeq2TvEgX1HTo',1);
CREATE TABLE asset (
  id         TEXT PRIMARY KEY,
  enterprise TEXT NOT NULL,
  code       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  name       TEXT NOT NULL,
  place      TEXT NOT NULL, lon DOUBLE PRECISION NOT NULL DEFAULT 0, lat DOUBLE PRECISION NOT NULL DEFAULT 0, attrs TEXT NOT NULL DEFAULT '{}',
  UNIQUE (enterprise, code)
);
CREATE TABLE device (
  id         TEXT PRIMARY KEY,
  num        BIGINT NOT NULL UNIQUE,
  enterprise TEXT NOT NULL,
  code       TEXT NOT NULL,
  name       TEXT NOT NULL,
  keys       TEXT NOT NULL, asset TEXT NOT NULL DEFAULT '', -- JSON object
  UNIQUE (enterprise, code)
);
INSERT INTO "device" VALUES('01a21d6c-ae73-70ea-9064-67dd921943eb',1,'01a21d6c-8983-701e-b98f-67d9efa0ffb8','GW1','Gateway 1','{"mqtt":"4711","push":"GW-1"}','');
CREATE TABLE device_key (
  protocol TEXT NOT NULL,
  key      TEXT NOT NULL,
  device   TEXT NOT NULL,
  PRIMARY KEY (protocol, key)
);
INSERT INTO "device_key" VALUES('mqtt','4711','01a21d6c-ae73-70ea-9064-67dd921943eb');
INSERT INTO "device_key" VALUES('push','GW-1','01a21d6c-ae73-70ea-9064-67dd921943eb');
CREATE TABLE disposal_ask (
  id        TEXT PRIMARY KEY,
  warning   TEXT NOT NULL REFERENCES disposal_case (warning),
  party     TEXT NOT NULL,
  by_name   TEXT NOT NULL,
  at        BIGINT NOT NULL,
  to_level  BIGINT NOT NULL,
  ending    BIGINT NOT NULL,
  why       TEXT NOT NULL,
  closed_at BIGINT NOT NULL, -- 0: pending
  outcome   TEXT NOT NULL
);
INSERT INTO "disposal_ask" VALUES('01a21d6c-c72c-78bb-86fa-34a40d8407f7','01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','firm',1795789997868,0,1,'please',0,'');
CREATE TABLE disposal_case (
  warning    TEXT PRIMARY KEY,
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL
);
INSERT INTO "disposal_case" VALUES('01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem');
INSERT INTO "disposal_case" VALUES('01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem');
INSERT INTO "disposal_case" VALUES('01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem');
INSERT INTO "disposal_case" VALUES('01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem');
CREATE TABLE disposal_evidence (
  file    TEXT NOT NULL REFERENCES disposal_file (id),
  warning TEXT NOT NULL REFERENCES disposal_case (warning),
  PRIMARY KEY (file, warning)
);
CREATE TABLE disposal_file (
  id      TEXT PRIMARY KEY,
  name    TEXT NOT NULL,
  type    TEXT NOT NULL,
  size    BIGINT NOT NULL,
  sha256  TEXT NOT NULL,
  at      BIGINT NOT NULL,
  by_user TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE TABLE disposal_order (
  id        TEXT PRIMARY KEY,
  kind      TEXT NOT NULL,
  warning   TEXT NOT NULL REFERENCES disposal_case (warning),
  period    BIGINT NOT NULL,
  number    BIGINT NOT NULL, -- of the step
  party     TEXT NOT NULL,
  plan      TEXT NOT NULL,
  level     BIGINT NOT NULL,
  assignee  TEXT NOT NULL,
  checklist TEXT NOT NULL,   -- JSON
  opened_at BIGINT NOT NULL,
  done_at   BIGINT NOT NULL, -- 0: open
  result    TEXT NOT NULL,
  evidence  TEXT NOT NULL,   -- JSON list of files
  version   BIGINT NOT NULL
);
INSERT INTO "disposal_order" VALUES('01a21d6c-af19-7bc4-8eb5-53c8404baace','routine','01a21d6c-af18-74ff-bcc2-b6e24c9d1993',1,1,'01a21d6c-8983-701e-b98f-67d9efa0ffb8','',1,'','null',1795789991683,1795789992077,'checked','null',2);
INSERT INTO "disposal_order" VALUES('01a21d6c-c62c-7bf2-acdb-5012c8e7cec9','supervise','01a21d6c-aebb-7f90-985a-4f26647f8fc7',1,1,'01a21d6c-6fad-74db-ac75-ef13f4f2a118','',3,'','null',1795789997611,0,'','[]',1);
INSERT INTO "disposal_order" VALUES('01a21d6c-c6e0-7465-a8b3-a1e46407c01e','supervise','01a21d6c-af69-701c-91da-cb4ad6f368a5',1,1,'01a21d6c-6fad-74db-ac75-ef13f4f2a118','',3,'','null',1795789997786,0,'','[]',1);
INSERT INTO "disposal_order" VALUES('01a21d6c-c71f-717e-a02a-8d54bf922f06','supervise','01a21d6c-af8d-7509-908f-39391657782f',1,1,'01a21d6c-6fad-74db-ac75-ef13f4f2a118','',4,'','null',1795789997854,0,'','[]',1);
INSERT INTO "disposal_order" VALUES('01a21d6c-ddc9-7f31-a8c3-d73c9c3b6dda','supervise','01a21d6c-aebb-7f90-985a-4f26647f8fc7',2,1,'01a21d6c-6fad-74db-ac75-ef13f4f2a118','',4,'','null',1795790003656,0,'','[]',1);
CREATE TABLE enterprise (
  id          TEXT PRIMARY KEY,
  num         BIGINT NOT NULL UNIQUE,
  code        TEXT NOT NULL UNIQUE,
  credit_code TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  short_name  TEXT NOT NULL,
  sector      TEXT NOT NULL,
  zone        TEXT NOT NULL,
  address     TEXT NOT NULL,
  lon         DOUBLE PRECISION NOT NULL, -- degrees, WGS-84; 0 and 0: unknown
  lat         DOUBLE PRECISION NOT NULL,
  version     BIGINT NOT NULL
);
INSERT INTO "enterprise" VALUES('01a21d6c-8983-701e-b98f-67d9efa0ffb8',1,'PLANT','91120116MA00000001','PLANT','','hazchem','01a21d6c-6fad-79a1-b172-3a95778ac136','',0.0,0.0,1);
INSERT INTO "enterprise" VALUES('01a21d6c-8985-7fba-8721-05b92b93c28b',2,'BULK0','91120116MA00000014','BULK0','','hazchem','01a21d6c-6fad-79a1-b172-3a95778ac136','',0.0,0.0,1);
INSERT INTO "enterprise" VALUES('01a21d6c-8985-7848-8bbb-8aaa0a673191',3,'BULK1','91120116MA00000027','BULK1','','hazchem','01a21d6c-6fad-79a1-b172-3a95778ac136','',0.0,0.0,1);
INSERT INTO "enterprise" VALUES('01a21d6c-8985-7a59-95fd-af642afe005f',4,'BULK2','91120116MA0000003A','BULK2','','hazchem','01a21d6c-6fad-79a1-b172-3a95778ac136','',0.0,0.0,1);
INSERT INTO "enterprise" VALUES('01a21d6c-8985-7d90-8a3a-0903b0d567e4',5,'BULK3','91120116MA0000004D','BULK3','','hazchem','01a21d6c-6fad-79a1-b172-3a95778ac136','',0.0,0.0,1);
CREATE TABLE evidence_curve (
  warning    TEXT NOT NULL,
  part       TEXT NOT NULL,  -- before, after
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  peak       BIGINT NOT NULL, -- follows the warning's
  model      TEXT NOT NULL,  -- key@version
  raised_at  BIGINT NOT NULL,
  signal_at  BIGINT NOT NULL,
  from_at    BIGINT NOT NULL,
  to_at      BIGINT NOT NULL, -- exclusive
  points     TEXT NOT NULL,  -- JSON: as they were called when it was raised
  reach      BIGINT NOT NULL, -- history must have all that was received until then
  due_at     BIGINT NOT NULL, -- 0: done
  attempts   BIGINT NOT NULL, -- that failed
  why        TEXT NOT NULL,  -- the last one
  done_at    BIGINT NOT NULL,
  size       BIGINT NOT NULL,
  sha256     TEXT NOT NULL,
  samples    BIGINT NOT NULL,
  PRIMARY KEY (warning, part)
);
CREATE TABLE failure (
  who   TEXT PRIMARY KEY, -- login:... or from:...
  count BIGINT NOT NULL,
  first BIGINT NOT NULL,
  until BIGINT NOT NULL   -- locked until then, 0: not
);
INSERT INTO "failure" VALUES('from:127.0.0.1',0,1795789981366,0);
CREATE TABLE fence (
  id         TEXT PRIMARY KEY,
  enterprise TEXT NOT NULL, -- empty: the district's
  code       TEXT NOT NULL,
  body       TEXT NOT NULL, -- JSON of fengsui.Fence
  UNIQUE (enterprise, code)
);
INSERT INTO "fence" VALUES('01a21d6c-ae9b-7028-8776-ed3ce569ff46','','F1','{"id":"01a21d6c-ae9b-7028-8776-ed3ce569ff46","code":"F1","name":"Plant","rule":"keep_in","centre":[117.7,39],"radius":5000,"version":1}');
CREATE TABLE finding (
  id        TEXT PRIMARY KEY,
  partition BIGINT NOT NULL,
  seq       BIGINT NOT NULL,
  place     BIGINT NOT NULL,
  model     TEXT NOT NULL,
  subject   TEXT NOT NULL,
  version   BIGINT NOT NULL,
  warning   TEXT NOT NULL,
  level     BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  learnt    BIGINT NOT NULL,
  late      BIGINT NOT NULL,
  gap_from  BIGINT NOT NULL,
  gap_to    BIGINT NOT NULL,
  rung      TEXT NOT NULL,
  value     DOUBLE PRECISION NOT NULL,
  bound     DOUBLE PRECISION NOT NULL,
  unit      TEXT NOT NULL,
  evidence  BYTEA            -- a sample block
, parts TEXT NOT NULL DEFAULT '');
INSERT INTO "finding" VALUES('01a21d6c-aeba-7417-9100-f9b472fbb794',0,11,0,'limits','point/1',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7',3,1795789991594,1795789991606,0,0,0,'H',12.5,12.0,'m',X'0A010110D4BAE5D6C3681A010022080000000000002940','');
INSERT INTO "finding" VALUES('01a21d6c-af03-7618-a23f-640c52415f18',0,12,0,'limits','point/2',1,'01a21d6c-af18-74ff-bcc2-b6e24c9d1993',1,1795789991644,1795789991648,0,0,0,'L',1.5,2.0,'m',X'0A010210B8BBE5D6C3681A01002208000000000000F83F','');
INSERT INTO "finding" VALUES('01a21d6c-af68-7c83-bd6a-477b49a7ca8e',0,13,0,'limits','point/3',1,'01a21d6c-af69-701c-91da-cb4ad6f368a5',3,1795789991698,1795789991744,0,0,0,'H',12.5,12.0,'m',X'0A010310A4BCE5D6C3681A010022080000000000002940','');
INSERT INTO "finding" VALUES('01a21d6c-af8c-70dc-9408-5dafc67cf499',0,14,0,'limits','point/4',1,'01a21d6c-af8d-7509-908f-39391657782f',4,1795789991748,1795789991756,0,0,0,'HH',14.0,13.5,'m',X'0A01041088BDE5D6C3681A010022080000000000002C40','');
INSERT INTO "finding" VALUES('01a21d6c-b0b4-7f16-b4a8-f52700a069da',0,15,0,'limits','point/2',1,'01a21d6c-af18-74ff-bcc2-b6e24c9d1993',0,1795789992093,1795789992095,0,0,0,'',5.0,2.0,'m',X'0A02020210B8BBE5D6C3681A030082072210000000000000F83F0000000000001440','');
INSERT INTO "finding" VALUES('01a21d6c-c656-70d1-a73a-489094a9b6dd',0,22,0,'limits','point/1',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7',4,1795789997624,1795789997629,0,0,0,'HH',14.0,13.5,'m',X'0A02010110D4BAE5D6C3681A03009C5E221000000000000029400000000000002C40','');
INSERT INTO "finding" VALUES('01a21d6c-c752-7200-a483-3c0d680823ee',0,23,0,'limits','point/3',1,'01a21d6c-af69-701c-91da-cb4ad6f368a5',0,1795789997895,1795789997896,0,0,0,'',5.0,12.0,'m',X'0A02030310A4BCE5D6C3681A0300EA60221000000000000029400000000000001440','');
INSERT INTO "finding" VALUES('01a21d6c-ddf6-7586-a735-5548bf8bcaa5',0,30,0,'limits','point/1',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7',0,1795790003697,1795790003698,0,0,0,'',5.0,13.5,'m',X'0A0301010110D4BAE5D6C3681A05009C5EF25E221800000000000029400000000000002C400000000000001440','');
CREATE TABLE hold (
  model    TEXT NOT NULL,
  subject  TEXT NOT NULL,
  warning  TEXT NOT NULL,
  held     BIGINT NOT NULL,  -- the level measured at the verdict
  until    BIGINT NOT NULL,  -- 0: as long as the condition does not change
  measured BIGINT NOT NULL,  -- the level measured now
  at       BIGINT NOT NULL,
  rung     TEXT NOT NULL,
  value    DOUBLE PRECISION NOT NULL,
  bound    DOUBLE PRECISION NOT NULL,
  unit     TEXT NOT NULL,
  verdict  TEXT NOT NULL,
  PRIMARY KEY (model, subject)
);
CREATE TABLE interference_mark (
  received BIGINT PRIMARY KEY, -- ms; the log held here what was received then
  seq      BIGINT NOT NULL,
  idx      BIGINT NOT NULL
);
CREATE TABLE interference_place (
  name TEXT PRIMARY KEY, -- log: read up to there; journal: settings settled up to there; hour: the last one done
  seq  BIGINT NOT NULL,
  idx  BIGINT NOT NULL
);
CREATE TABLE interference_standing (
  model      TEXT   NOT NULL,
  subject    TEXT   NOT NULL,
  version    BIGINT NOT NULL, -- of the signs by which it was told last
  enterprise BIGINT NOT NULL, -- num
  rung       TEXT   NOT NULL,
  until      BIGINT NOT NULL, -- ms: the end of what was told
  usual      DOUBLE PRECISION NOT NULL, -- noise that must show again before it has returned; 0: none
  PRIMARY KEY (model, subject)
);
CREATE TABLE journal (
  pos        INTEGER PRIMARY KEY, -- commit order, no holes
  at         BIGINT NOT NULL,
  kind       TEXT NOT NULL,       -- what the row is about
  object     TEXT NOT NULL,
  act        TEXT NOT NULL,
  by_user    TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  by_role    TEXT NOT NULL,
  by_from    TEXT NOT NULL,
  why        TEXT NOT NULL,
  before     TEXT NOT NULL,       -- JSON or empty
  after      TEXT NOT NULL,
  tell       TEXT NOT NULL,       -- JSON list of steps or empty
  warning    TEXT NOT NULL,
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  peak       BIGINT NOT NULL,
  key        TEXT NOT NULL        -- the call's Idempotency-Key
, call TEXT NOT NULL DEFAULT '');
INSERT INTO "journal" VALUES(1,1795789974785,'model','limits','released','','platform/risk','','','shipped with the program','','{"version":1,"state":"live","hash":"1d3760f72e454c5b1948ae7c88826995309c647f49cdffc0bbf4b592e9d99fdd"}','','','','','',0,'','');
INSERT INTO "journal" VALUES(2,1795789975489,'party','01a21d6c-6fad-74db-ac75-ef13f4f2a118','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"bureau","code":"yjj","name":"区应急局","nameEn":"District Emergency Management Bureau","sectors":["hazchem","hazchem_pipeline","pipeline"]}','','','','','',0,'','');
INSERT INTO "journal" VALUES(3,1795789975499,'party','01a21d6c-6fad-7204-948a-c60cb7e76b25','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7204-948a-c60cb7e76b25","kind":"committee","code":"awb","name":"区安委办","nameEn":"Office of the District Work Safety Committee","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','','',0,'','');
INSERT INTO "journal" VALUES(4,1795789975499,'party','01a21d6c-6fad-7c9e-a62a-d186b7538a3a','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7c9e-a62a-d186b7538a3a","kind":"regulator","code":"jyj","name":"区交运局","nameEn":"District Transport Bureau","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","sectors":["vehicles"]}','','','','','',0,'','');
INSERT INTO "journal" VALUES(5,1795789975499,'party','01a21d6c-6fad-7ace-bbfa-5f905347af82','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7ace-bbfa-5f905347af82","kind":"regulator","code":"jjzd","name":"交警支队","nameEn":"Traffic Police Detachment","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","sectors":["vehicles"]}','','','','','',0,'','');
INSERT INTO "journal" VALUES(6,1795789975500,'party','01a21d6c-6fad-7ea0-97df-edab67e7454a','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7ea0-97df-edab67e7454a","kind":"regulator","code":"xfzd","name":"消防救援支队","nameEn":"Fire and Rescue Detachment","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","sectors":["fire"]}','','','','','',0,'','');
INSERT INTO "journal" VALUES(7,1795789975500,'party','01a21d6c-6fad-7c81-ae5c-9374f8fbf662','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7c81-ae5c-9374f8fbf662","kind":"regulator","code":"zjw","name":"区住建委","nameEn":"District Housing and Construction Commission","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","sectors":["construction"]}','','','','','',0,'','');
INSERT INTO "journal" VALUES(8,1795789975500,'party','01a21d6c-6fad-7c53-a3a6-92b4d1b9f81b','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7c53-a3a6-92b4d1b9f81b","kind":"regulator","code":"fgw","name":"区发改委","nameEn":"District Development and Reform Commission","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","sectors":["pipeline"]}','','','','','',0,'','');
INSERT INTO "journal" VALUES(9,1795789975500,'party','01a21d6c-6fad-7287-8d61-7f23570e706d','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7287-8d61-7f23570e706d","kind":"operator","code":"yygs","name":"运营公司","nameEn":"Operating Company","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','','',0,'','');
INSERT INTO "journal" VALUES(10,1795789975500,'party','01a21d6c-6fad-78b1-b023-2359925a4483','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-78b1-b023-2359925a4483","kind":"municipal","code":"sj","name":"市级监测预警系统","nameEn":"Municipal Monitoring and Warning System"}','','','','','',0,'','');
INSERT INTO "journal" VALUES(11,1795789975500,'party','01a21d6c-6fad-7c3b-92a5-0be6d13d8092','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7c3b-92a5-0be6d13d8092","kind":"discipline","code":"jwjw","name":"区纪委监委","nameEn":"District Commission for Discipline Inspection and Supervision"}','','','','','',0,'','');
INSERT INTO "journal" VALUES(12,1795789975500,'party','01a21d6c-6fad-79a1-b172-3a95778ac136','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-79a1-b172-3a95778ac136","kind":"zone","code":"120116400","name":"天津经济技术开发区（其他片区）","nameEn":"TEDA (other parts)","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-79a1-b172-3a95778ac136','',0,'','');
INSERT INTO "journal" VALUES(13,1795789975500,'party','01a21d6c-6fad-775b-bc4c-270c8e9b78b9','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-775b-bc4c-270c8e9b78b9","kind":"zone","code":"120116401","name":"天津港保税区","nameEn":"Tianjin Port Free Trade Zone","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-775b-bc4c-270c8e9b78b9','',0,'','');
INSERT INTO "journal" VALUES(14,1795789975500,'party','01a21d6c-6fad-71f8-bebd-ef8b745cc1ae','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-71f8-bebd-ef8b745cc1ae","kind":"zone","code":"120116402","name":"天津滨海新区高新技术产业开发区","nameEn":"Tianjin Binhai Hi-Tech Industrial Development Area","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-71f8-bebd-ef8b745cc1ae','',0,'','');
INSERT INTO "journal" VALUES(15,1795789975500,'party','01a21d6c-6fad-7e7b-87ff-e8647f0749b1','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7e7b-87ff-e8647f0749b1","kind":"zone","code":"120116403","name":"东疆保税港区","nameEn":"Dongjiang Bonded Port Area","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7e7b-87ff-e8647f0749b1','',0,'','');
INSERT INTO "journal" VALUES(16,1795789975500,'party','01a21d6c-6fad-71ba-9b39-c5a75f52d79a','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-71ba-9b39-c5a75f52d79a","kind":"zone","code":"120116406","name":"中新天津生态城","nameEn":"Sino-Singapore Tianjin Eco-City","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-71ba-9b39-c5a75f52d79a','',0,'','');
INSERT INTO "journal" VALUES(17,1795789975500,'party','01a21d6c-6fad-7cb6-a28d-8ac0f3b0dca8','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7cb6-a28d-8ac0f3b0dca8","kind":"zone","code":"120116001","name":"塘沽街道","nameEn":"Tanggu Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7cb6-a28d-8ac0f3b0dca8','',0,'','');
INSERT INTO "journal" VALUES(18,1795789975500,'party','01a21d6c-6fad-7402-868d-d314cf7df93d','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7402-868d-d314cf7df93d","kind":"zone","code":"120116005","name":"杭州道街道","nameEn":"Hangzhoudao Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7402-868d-d314cf7df93d','',0,'','');
INSERT INTO "journal" VALUES(19,1795789975500,'party','01a21d6c-6fad-7250-ae7f-1cca224ccbfc','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7250-ae7f-1cca224ccbfc","kind":"zone","code":"120116006","name":"新河街道","nameEn":"Xinhe Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7250-ae7f-1cca224ccbfc','',0,'','');
INSERT INTO "journal" VALUES(20,1795789975500,'party','01a21d6c-6fad-7b94-9cc5-ea095f0fcc78','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7b94-9cc5-ea095f0fcc78","kind":"zone","code":"120116007","name":"大沽街道","nameEn":"Dagu Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7b94-9cc5-ea095f0fcc78','',0,'','');
INSERT INTO "journal" VALUES(21,1795789975500,'party','01a21d6c-6fad-7199-9652-20a36916b904','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7199-9652-20a36916b904","kind":"zone","code":"120116008","name":"新北街道","nameEn":"Xinbei Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7199-9652-20a36916b904','',0,'','');
INSERT INTO "journal" VALUES(22,1795789975500,'party','01a21d6c-6fad-701a-8102-0b34bce04f46','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-701a-8102-0b34bce04f46","kind":"zone","code":"120116009","name":"北塘街道","nameEn":"Beitang Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-701a-8102-0b34bce04f46','',0,'','');
INSERT INTO "journal" VALUES(23,1795789975500,'party','01a21d6c-6fad-7f26-bf7e-035aa41910e7','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7f26-bf7e-035aa41910e7","kind":"zone","code":"120116011","name":"胡家园街道","nameEn":"Hujiayuan Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7f26-bf7e-035aa41910e7','',0,'','');
INSERT INTO "journal" VALUES(24,1795789975500,'party','01a21d6c-6fad-7bc9-9f2b-c5f0ea812584','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7bc9-9f2b-c5f0ea812584","kind":"zone","code":"120116012","name":"新港街道","nameEn":"Xingang Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7bc9-9f2b-c5f0ea812584','',0,'','');
INSERT INTO "journal" VALUES(25,1795789975501,'party','01a21d6c-6fad-7eb4-8a07-a974f43adf1e','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7eb4-8a07-a974f43adf1e","kind":"zone","code":"120116013","name":"新村街道","nameEn":"Xincun Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7eb4-8a07-a974f43adf1e','',0,'','');
INSERT INTO "journal" VALUES(26,1795789975501,'party','01a21d6c-6fad-7660-8588-465999c1a43c','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7660-8588-465999c1a43c","kind":"zone","code":"120116014","name":"天津经济技术开发区东区泰达街道","nameEn":"TEDA East (Taida Subdistrict)","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7660-8588-465999c1a43c','',0,'','');
INSERT INTO "journal" VALUES(27,1795789975501,'party','01a21d6c-6fad-7ca8-a8b3-ee61bdec1faf','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7ca8-a8b3-ee61bdec1faf","kind":"zone","code":"120116031","name":"汉沽街道","nameEn":"Hangu Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7ca8-a8b3-ee61bdec1faf','',0,'','');
INSERT INTO "journal" VALUES(28,1795789975501,'party','01a21d6c-6fad-7fe4-b312-32c22482c83c','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7fe4-b312-32c22482c83c","kind":"zone","code":"120116032","name":"寨上街道","nameEn":"Zhaishang Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7fe4-b312-32c22482c83c','',0,'','');
INSERT INTO "journal" VALUES(29,1795789975501,'party','01a21d6c-6fad-7238-81d0-edf762b6f586','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7238-81d0-edf762b6f586","kind":"zone","code":"120116033","name":"茶淀街道","nameEn":"Chadian Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7238-81d0-edf762b6f586','',0,'','');
INSERT INTO "journal" VALUES(30,1795789975501,'party','01a21d6c-6fad-7534-ba4f-ba78c4b76a84','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7534-ba4f-ba78c4b76a84","kind":"zone","code":"120116051","name":"大港街道","nameEn":"Dagang Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7534-ba4f-ba78c4b76a84','',0,'','');
INSERT INTO "journal" VALUES(31,1795789975501,'party','01a21d6c-6fad-7020-8ec4-7f9dd13b4595','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7020-8ec4-7f9dd13b4595","kind":"zone","code":"120116053","name":"古林街道","nameEn":"Gulin Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7020-8ec4-7f9dd13b4595','',0,'','');
INSERT INTO "journal" VALUES(32,1795789975538,'party','01a21d6c-6fad-769e-954d-c584c2741fdc','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-769e-954d-c584c2741fdc","kind":"zone","code":"120116054","name":"海滨街道","nameEn":"Haibin Subdistrict","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-769e-954d-c584c2741fdc','',0,'','');
INSERT INTO "journal" VALUES(33,1795789975538,'party','01a21d6c-6fad-7c7a-a6eb-411f3689be7f','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7c7a-a6eb-411f3689be7f","kind":"zone","code":"120116100","name":"新城镇","nameEn":"Xincheng Town","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7c7a-a6eb-411f3689be7f','',0,'','');
INSERT INTO "journal" VALUES(34,1795789975538,'party','01a21d6c-6fad-7221-b9be-044caf7b2727','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7221-b9be-044caf7b2727","kind":"zone","code":"120116135","name":"杨家泊镇","nameEn":"Yangjiabo Town","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7221-b9be-044caf7b2727','',0,'','');
INSERT INTO "journal" VALUES(35,1795789975538,'party','01a21d6c-6fad-7871-acff-c67e79fd4667','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-7871-acff-c67e79fd4667","kind":"zone","code":"120116156","name":"太平镇","nameEn":"Taiping Town","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-7871-acff-c67e79fd4667','',0,'','');
INSERT INTO "journal" VALUES(36,1795789975538,'party','01a21d6c-6fad-78a5-9d35-c7d70ef83fc4','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-78a5-9d35-c7d70ef83fc4","kind":"zone","code":"120116157","name":"小王庄镇","nameEn":"Xiaowangzhuang Town","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-78a5-9d35-c7d70ef83fc4','',0,'','');
INSERT INTO "journal" VALUES(37,1795789975538,'party','01a21d6c-6fad-79c9-b24b-32f8a1e7c585','created','','platform/registry','','','binhai.yaml','','{"id":"01a21d6c-6fad-79c9-b24b-32f8a1e7c585","kind":"zone","code":"120116158","name":"中塘镇","nameEn":"Zhongtang Town","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','','','','01a21d6c-6fad-79c9-b24b-32f8a1e7c585','',0,'','');
INSERT INTO "journal" VALUES(38,1795789979627,'user','01a21d6c-7007-70d9-98a9-3c3044e2a228','created','','admin command','','','','','{"id":"01a21d6c-7007-70d9-98a9-3c3044e2a228","login":"admin","name":"Administrator","role":"admin","party":"01a21d6c-6fad-7287-8d61-7f23570e706d","least":"none","disabled":false,"version":1}','','','','','',0,'','');
INSERT INTO "journal" VALUES(39,1795789982076,'sign_in','01a21d6c-7007-70d9-98a9-3c3044e2a228','signed_in','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','','','','','','',0,'','');
INSERT INTO "journal" VALUES(40,1795789982084,'enterprise','01a21d6c-8983-701e-b98f-67d9efa0ffb8','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","num":1,"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT","shortName":"","sector":"hazchem","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","version":1}','','','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'import-000001','ecc8bcddacc9544c54887f51a6a12e91360bc68a4e125dbe53ba482352fd6de5');
INSERT INTO "journal" VALUES(41,1795789982084,'party','01a21d6c-8983-701e-b98f-67d9efa0ffb8','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"enterprise","code":"PLANT","name":"PLANT","parent":"01a21d6c-6fad-79a1-b172-3a95778ac136"}','','','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','',0,'','');
INSERT INTO "journal" VALUES(42,1795789982085,'enterprise','01a21d6c-8985-7fba-8721-05b92b93c28b','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8985-7fba-8721-05b92b93c28b","num":2,"code":"BULK0","creditCode":"91120116MA00000014","name":"BULK0","shortName":"","sector":"hazchem","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","version":1}','','','01a21d6c-8985-7fba-8721-05b92b93c28b','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(43,1795789982085,'party','01a21d6c-8985-7fba-8721-05b92b93c28b','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8985-7fba-8721-05b92b93c28b","kind":"enterprise","code":"BULK0","name":"BULK0","parent":"01a21d6c-6fad-79a1-b172-3a95778ac136"}','','','01a21d6c-8985-7fba-8721-05b92b93c28b','01a21d6c-6fad-79a1-b172-3a95778ac136','',0,'','');
INSERT INTO "journal" VALUES(44,1795789982085,'enterprise','01a21d6c-8985-7848-8bbb-8aaa0a673191','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8985-7848-8bbb-8aaa0a673191","num":3,"code":"BULK1","creditCode":"91120116MA00000027","name":"BULK1","shortName":"","sector":"hazchem","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","version":1}','','','01a21d6c-8985-7848-8bbb-8aaa0a673191','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(45,1795789982085,'party','01a21d6c-8985-7848-8bbb-8aaa0a673191','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8985-7848-8bbb-8aaa0a673191","kind":"enterprise","code":"BULK1","name":"BULK1","parent":"01a21d6c-6fad-79a1-b172-3a95778ac136"}','','','01a21d6c-8985-7848-8bbb-8aaa0a673191','01a21d6c-6fad-79a1-b172-3a95778ac136','',0,'','');
INSERT INTO "journal" VALUES(46,1795789982085,'enterprise','01a21d6c-8985-7a59-95fd-af642afe005f','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8985-7a59-95fd-af642afe005f","num":4,"code":"BULK2","creditCode":"91120116MA0000003A","name":"BULK2","shortName":"","sector":"hazchem","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","version":1}','','','01a21d6c-8985-7a59-95fd-af642afe005f','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(47,1795789982085,'party','01a21d6c-8985-7a59-95fd-af642afe005f','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8985-7a59-95fd-af642afe005f","kind":"enterprise","code":"BULK2","name":"BULK2","parent":"01a21d6c-6fad-79a1-b172-3a95778ac136"}','','','01a21d6c-8985-7a59-95fd-af642afe005f','01a21d6c-6fad-79a1-b172-3a95778ac136','',0,'','');
INSERT INTO "journal" VALUES(48,1795789982085,'enterprise','01a21d6c-8985-7d90-8a3a-0903b0d567e4','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8985-7d90-8a3a-0903b0d567e4","num":5,"code":"BULK3","creditCode":"91120116MA0000004D","name":"BULK3","shortName":"","sector":"hazchem","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","version":1}','','','01a21d6c-8985-7d90-8a3a-0903b0d567e4','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(49,1795789982086,'party','01a21d6c-8985-7d90-8a3a-0903b0d567e4','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8985-7d90-8a3a-0903b0d567e4","kind":"enterprise","code":"BULK3","name":"BULK3","parent":"01a21d6c-6fad-79a1-b172-3a95778ac136"}','','','01a21d6c-8985-7d90-8a3a-0903b0d567e4','01a21d6c-6fad-79a1-b172-3a95778ac136','',0,'','');
INSERT INTO "journal" VALUES(50,1795789982120,'point','01a21d6c-89a8-76a7-8768-3b5a930ab7a5','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-89a8-76a7-8768-3b5a930ab7a5","num":1,"enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","code":"S0000","name":"S0000","quantity":"level","unit":"m","rangeLow":0,"rangeHigh":15,"ll":1,"l":2,"h":12,"hh":13.5,"every":"5m0s","key":false,"version":1}','','','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'import-000002','7b611be9b387a7fe15fa833034915d698e0df3046d5ae2937f3ef37e1530a5c8');
INSERT INTO "journal" VALUES(51,1795789982121,'point','01a21d6c-89a9-7e53-a778-0d62f775fa2e','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-89a9-7e53-a778-0d62f775fa2e","num":2,"enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","code":"S0001","name":"S0001","quantity":"level","unit":"m","rangeLow":0,"rangeHigh":15,"ll":1,"l":2,"h":12,"hh":13.5,"every":"5m0s","key":false,"version":1}','','','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(52,1795789982121,'point','01a21d6c-89a9-79d7-ade5-232c531fd366','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-89a9-79d7-ade5-232c531fd366","num":3,"enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","code":"S0002","name":"S0002","quantity":"level","unit":"m","rangeLow":0,"rangeHigh":15,"ll":1,"l":2,"h":12,"hh":13.5,"every":"5m0s","key":false,"version":1}','','','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(53,1795789982122,'point','01a21d6c-89aa-74d7-9352-df458a959249','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-89aa-74d7-9352-df458a959249","num":4,"enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","code":"S0003","name":"S0003","quantity":"level","unit":"m","rangeLow":0,"rangeHigh":15,"ll":1,"l":2,"h":12,"hh":13.5,"every":"5m0s","key":false,"version":1}','','','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(54,1795789982124,'point','01a21d6c-89ac-7e90-b241-9a3e08ad5ccb','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-89ac-7e90-b241-9a3e08ad5ccb","num":5,"enterprise":"01a21d6c-8985-7fba-8721-05b92b93c28b","code":"B00","name":"B000","quantity":"level","unit":"m","rangeLow":0,"rangeHigh":15,"ll":1,"l":2,"h":12,"hh":13.5,"every":"5m0s","key":false,"version":1}','','','01a21d6c-8985-7fba-8721-05b92b93c28b','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(55,1795789982125,'point','01a21d6c-89ad-7444-ade3-8d7bd23a1ada','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-89ad-7444-ade3-8d7bd23a1ada","num":6,"enterprise":"01a21d6c-8985-7848-8bbb-8aaa0a673191","code":"B00","name":"B100","quantity":"level","unit":"m","rangeLow":0,"rangeHigh":15,"ll":1,"l":2,"h":12,"hh":13.5,"every":"5m0s","key":false,"version":1}','','','01a21d6c-8985-7848-8bbb-8aaa0a673191','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(56,1795789982125,'point','01a21d6c-89ad-7dc8-b880-efb1504b06d6','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-89ad-7dc8-b880-efb1504b06d6","num":7,"enterprise":"01a21d6c-8985-7a59-95fd-af642afe005f","code":"B00","name":"B200","quantity":"level","unit":"m","rangeLow":0,"rangeHigh":15,"ll":1,"l":2,"h":12,"hh":13.5,"every":"5m0s","key":false,"version":1}','','','01a21d6c-8985-7a59-95fd-af642afe005f','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(57,1795789982125,'point','01a21d6c-89ad-7d7c-a2ed-06fd48fbc73c','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-89ad-7d7c-a2ed-06fd48fbc73c","num":8,"enterprise":"01a21d6c-8985-7d90-8a3a-0903b0d567e4","code":"B00","name":"B300","quantity":"level","unit":"m","rangeLow":0,"rangeHigh":15,"ll":1,"l":2,"h":12,"hh":13.5,"every":"5m0s","key":false,"version":1}','','','01a21d6c-8985-7d90-8a3a-0903b0d567e4','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'','');
INSERT INTO "journal" VALUES(58,1795789982167,'party','01a21d6c-8983-701e-b98f-67d9efa0ffb8','changed','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','{"id":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"enterprise","code":"PLANT","name":"PLANT","parent":"01a21d6c-6fad-79a1-b172-3a95778ac136"}','{"id":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"enterprise","code":"PLANT","name":"PLANT","parent":"01a21d6c-6fad-79a1-b172-3a95778ac136","contacts":[{"name":"PLANT","duty":"duty_desk","channels":[{"kind":"webhook","address":"http://127.0.0.1:36755/PLANT"}]}]}','','','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','',0,'import-000003','da973304098c760b7d07b51c4ea8cac9bbe9945f26c0fa61d43364c7b175834d');
INSERT INTO "journal" VALUES(59,1795789982167,'party','01a21d6c-6fad-74db-ac75-ef13f4f2a118','changed','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','{"id":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"bureau","code":"yjj","name":"区应急局","nameEn":"District Emergency Management Bureau","sectors":["hazchem","hazchem_pipeline","pipeline"]}','{"id":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"bureau","code":"yjj","name":"区应急局","nameEn":"District Emergency Management Bureau","sectors":["hazchem","hazchem_pipeline","pipeline"],"contacts":[{"name":"yjj","duty":"duty_desk","channels":[{"kind":"webhook","address":"http://127.0.0.1:36755/yjj"}]}]}','','','','','',0,'','');
INSERT INTO "journal" VALUES(60,1795789982167,'party','01a21d6c-6fad-79a1-b172-3a95778ac136','changed','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','{"id":"01a21d6c-6fad-79a1-b172-3a95778ac136","kind":"zone","code":"120116400","name":"天津经济技术开发区（其他片区）","nameEn":"TEDA (other parts)","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118"}','{"id":"01a21d6c-6fad-79a1-b172-3a95778ac136","kind":"zone","code":"120116400","name":"天津经济技术开发区（其他片区）","nameEn":"TEDA (other parts)","parent":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","contacts":[{"name":"120116400","duty":"duty_desk","channels":[{"kind":"webhook","address":"http://127.0.0.1:36755/120116400"}]}]}','','','','01a21d6c-6fad-79a1-b172-3a95778ac136','',0,'','');
INSERT INTO "journal" VALUES(61,1795789983139,'user','01a21d6c-8a6c-720e-a2a2-60aba89c76e2','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-8a6c-720e-a2a2-60aba89c76e2","login":"duty","name":"duty","role":"duty","party":"01a21d6c-6fad-7287-8d61-7f23570e706d","least":"none","disabled":false,"version":1}','','','','','',0,'user-000004','95ff12f677f02f72c82b66b5cd5d422bd38ba5653aafee4cda37bdedbee1f4cf');
INSERT INTO "journal" VALUES(62,1795789984371,'sign_in','01a21d6c-8a6c-720e-a2a2-60aba89c76e2','signed_in','01a21d6c-8a6c-720e-a2a2-60aba89c76e2','duty','duty','127.0.0.1','','','','','','','','',0,'','');
INSERT INTO "journal" VALUES(63,1795789985955,'user','01a21d6c-927f-7060-9646-0fc0f26c9531','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-927f-7060-9646-0fc0f26c9531","login":"firm","name":"firm","role":"enterprise","party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","least":"none","disabled":false,"version":1}','','','','','',0,'user-000005','ea51beafcc637e5f3d19588ae22f93223824e56fe490053855d979d33cdd151b');
INSERT INTO "journal" VALUES(64,1795789986643,'sign_in','01a21d6c-927f-7060-9646-0fc0f26c9531','signed_in','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','','','','','','','','',0,'','');
INSERT INTO "journal" VALUES(65,1795789987610,'user','01a21d6c-9b57-7928-9f30-a29e22e5fd97','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-9b57-7928-9f30-a29e22e5fd97","login":"zone","name":"zone","role":"zone","party":"01a21d6c-6fad-79a1-b172-3a95778ac136","least":"none","disabled":false,"version":1}','','','','','',0,'user-000006','df15294db2732b93e98c6db17b2fb61ae156a6caf19b310c45523e246273a273');
INSERT INTO "journal" VALUES(66,1795789988504,'sign_in','01a21d6c-9b57-7928-9f30-a29e22e5fd97','signed_in','01a21d6c-9b57-7928-9f30-a29e22e5fd97','zone','zone','127.0.0.1','','','','','','','','',0,'','');
INSERT INTO "journal" VALUES(67,1795789989279,'user','01a21d6c-a29e-70ac-9906-4a6aaeafbad8','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-a29e-70ac-9906-4a6aaeafbad8","login":"bureau","name":"bureau","role":"bureau","party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","least":"none","disabled":false,"version":1}','','','','','',0,'user-000007','0c3165d3deeb6a3ea49c7add9554c1a9d1b8c0ae4162f50aa8f4df4af8b02210');
INSERT INTO "journal" VALUES(68,1795789990075,'sign_in','01a21d6c-a29e-70ac-9906-4a6aaeafbad8','signed_in','01a21d6c-a29e-70ac-9906-4a6aaeafbad8','bureau','bureau','127.0.0.1','','','','','','','','',0,'','');
INSERT INTO "journal" VALUES(69,1795789990082,'push_key','efdb243292ec25ea','issued','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"efdb243292ec25ea","enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","state":"active","issuedAt":1795789990082,"issuedBy":"Administrator"}','','','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'issue-000008','cd661748531477882b1c171dc48c01d46035203d459ca394733fa8f2737b92a6');
INSERT INTO "journal" VALUES(70,1795789990092,'push_key','b7c977fd2ce680b7','issued','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"b7c977fd2ce680b7","enterprise":"01a21d6c-8985-7fba-8721-05b92b93c28b","state":"active","issuedAt":1795789990092,"issuedBy":"Administrator"}','','','01a21d6c-8985-7fba-8721-05b92b93c28b','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'issue-000009','264e742ee71f9e99f45032b8083b5f4f62445142bef3e31c7086240e27c60423');
INSERT INTO "journal" VALUES(71,1795789990195,'push_key','102beae2f329aa72','issued','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"102beae2f329aa72","enterprise":"01a21d6c-8985-7848-8bbb-8aaa0a673191","state":"active","issuedAt":1795789990194,"issuedBy":"Administrator"}','','','01a21d6c-8985-7848-8bbb-8aaa0a673191','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'issue-000010','986a55c2ba3398b0c7afef1966505e91c079d7826461803a7019be0e7934fc8b');
INSERT INTO "journal" VALUES(72,1795789990208,'push_key','e24dec90448eaa47','issued','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"e24dec90448eaa47","enterprise":"01a21d6c-8985-7a59-95fd-af642afe005f","state":"active","issuedAt":1795789990208,"issuedBy":"Administrator"}','','','01a21d6c-8985-7a59-95fd-af642afe005f','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'issue-000011','7901ea3ad3b01f4c41f3d00b78a16468e8a7f525a49e8b8eeac716bc60bb82a8');
INSERT INTO "journal" VALUES(73,1795789990213,'push_key','1355074dd299061e','issued','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"1355074dd299061e","enterprise":"01a21d6c-8985-7d90-8a3a-0903b0d567e4","state":"active","issuedAt":1795789990213,"issuedBy":"Administrator"}','','','01a21d6c-8985-7d90-8a3a-0903b0d567e4','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'issue-000012','de90db91556b6ccd9864afe98095415e0f79772a8d08d86a30a41143c2c23946');
INSERT INTO "journal" VALUES(74,1795789991494,'sign_in','01a21d6c-7007-70d9-98a9-3c3044e2a228','signed_in','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','','','','','','',0,'','');
INSERT INTO "journal" VALUES(75,1795789991540,'device','01a21d6c-ae73-70ea-9064-67dd921943eb','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-ae73-70ea-9064-67dd921943eb","num":1,"enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","code":"GW1","name":"Gateway 1","keys":{"mqtt":"4711","push":"GW-1"}}','','','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',0,'import-000013','378d52475692dccbd38203d437bc15a83889ca4ff2f5b785e27d986530d032e1');
INSERT INTO "journal" VALUES(76,1795789991580,'fence','01a21d6c-ae9b-7028-8776-ed3ce569ff46','created','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-ae9b-7028-8776-ed3ce569ff46","code":"F1","name":"Plant","rule":"keep_in","centre":[117.7,39],"radius":5000,"version":1}','','','','','',0,'fence-000014','0ff40e5791f96d192897863321353017e205b087f7d68879f2c23b1cbf76754c');
INSERT INTO "journal" VALUES(77,1795789991590,'token','01a21d6c-aea6-784b-ab2f-4dda24e5ecdd','issued','01a21d6c-7007-70d9-98a9-3c3044e2a228','Administrator','admin','127.0.0.1','','','{"id":"01a21d6c-aea6-784b-ab2f-4dda24e5ecdd","user":"01a21d6c-a29e-70ac-9906-4a6aaeafbad8","login":"bureau","name":"display","least":"none","readOnly":true,"issuedAt":1795789991590,"issuedBy":"Administrator","until":1811428391589}','','','','','',0,'token-000015','77e9bb498412b9d439888f7950d0cfba3c532cf09582f42348b50119c4164373');
INSERT INTO "journal" VALUES(78,1795789991610,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','raised','','platform/warning','','','','','{"level":"orange","measured":"orange","condition":"active","work":"new","end":"open","period":1,"rung":"H","value":12.5,"limit":12,"unit":"m","at":1795789991594}','[{"id":"01a21d6c-aebb-7f02-a2e3-2a14cf0164b8","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":1,"kind":"push","number":1,"level":"orange","dueAt":1795789991610,"firedAt":1795789991610,"missed":0,"article":"22","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]}]','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'','');
INSERT INTO "journal" VALUES(79,1795789991638,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','confirmed','01a21d6c-8a6c-720e-a2a2-60aba89c76e2','duty','duty','127.0.0.1','','{"level":"orange","measured":"orange","condition":"active","work":"new","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"new","end":"open","period":1}','','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'duty-000017','81771396b7a79fc86821e8c2a5766c958de23606b739d9b7a12db8b1e18385ab');
INSERT INTO "journal" VALUES(80,1795789991660,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','verified','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','seen','{"level":"orange","measured":"orange","condition":"active","work":"new","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"verified","end":"open","period":1,"detail":{"finding":"true"}}','','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'firm-000019','c7b394d1edc26446de36acad3ba07ed071af91888fca20967121377c48cd0fe2');
INSERT INTO "journal" VALUES(81,1795789991683,'warning','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','raised','','platform/warning','','','','','{"level":"blue","measured":"blue","condition":"active","work":"new","end":"open","period":1,"rung":"L","value":1.5,"limit":2,"unit":"m","at":1795789991644}','[{"id":"01a21d6c-af18-750a-b5cf-6a176106102b","warning":"01a21d6c-af18-74ff-bcc2-b6e24c9d1993","period":1,"kind":"push","number":1,"level":"blue","dueAt":1795789991683,"firedAt":1795789991683,"missed":0,"article":"20","to":[{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]},{"id":"01a21d6c-af18-70e3-9c75-dadb7acfcef9","warning":"01a21d6c-af18-74ff-bcc2-b6e24c9d1993","period":1,"kind":"routine","number":1,"level":"blue","dueAt":1795789991683,"firedAt":1795789991683,"missed":0,"article":"20","to":[{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]}]','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1,'','');
INSERT INTO "journal" VALUES(82,1795789991705,'order','01a21d6c-af19-7bc4-8eb5-53c8404baace','order_opened','','platform/disposal','','','','','{"id":"01a21d6c-af19-7bc4-8eb5-53c8404baace","kind":"routine","warning":"01a21d6c-af18-74ff-bcc2-b6e24c9d1993","enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","sector":"hazchem","level":"blue","party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","openedAt":1795789991683,"version":1}','','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1,'','');
INSERT INTO "journal" VALUES(83,1795789991784,'warning','01a21d6c-af69-701c-91da-cb4ad6f368a5','raised','','platform/warning','','','','','{"level":"orange","measured":"orange","condition":"active","work":"new","end":"open","period":1,"rung":"H","value":12.5,"limit":12,"unit":"m","at":1795789991698}','[{"id":"01a21d6c-af69-7179-bea0-b509589bb512","warning":"01a21d6c-af69-701c-91da-cb4ad6f368a5","period":1,"kind":"push","number":1,"level":"orange","dueAt":1795789991784,"firedAt":1795789991784,"missed":0,"article":"22","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]}]','01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'','');
INSERT INTO "journal" VALUES(84,1795789991794,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','handling','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','at it','{"level":"orange","measured":"orange","condition":"active","work":"verified","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1,"detail":{}}','','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'firm-000022','8fd2d4d832383bb2f1148d933a49fefad314f63a8a978998a6ffd921fece18c8');
INSERT INTO "journal" VALUES(85,1795789991807,'warning','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','confirmed','01a21d6c-8a6c-720e-a2a2-60aba89c76e2','duty','duty','127.0.0.1','','{"level":"blue","measured":"blue","condition":"active","work":"new","end":"open","period":1}','{"level":"blue","measured":"blue","condition":"active","work":"new","end":"open","period":1}','','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1,'duty-000023','dcf8b330dc003f3f7d6da390a168c2b3bd8a561c390eb573b239fca359161053');
INSERT INTO "journal" VALUES(86,1795789991820,'warning','01a21d6c-af8d-7509-908f-39391657782f','raised','','platform/warning','','','','','{"level":"red","measured":"red","condition":"active","work":"new","end":"open","period":1,"rung":"HH","value":14,"limit":13.5,"unit":"m","at":1795789991748}','[{"id":"01a21d6c-af8d-758a-9978-10cc3ff0b0b7","warning":"01a21d6c-af8d-7509-908f-39391657782f","period":1,"kind":"push","number":1,"level":"red","dueAt":1795789991820,"firedAt":1795789991820,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["bureau","regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]},{"id":"01a21d6c-af8d-7db9-aebc-af6a65f869c3","warning":"01a21d6c-af8d-7509-908f-39391657782f","period":1,"kind":"uplink","number":1,"level":"red","dueAt":1795789991820,"firedAt":1795789991820,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'','');
INSERT INTO "journal" VALUES(87,1795789991846,'warning','01a21d6c-af69-701c-91da-cb4ad6f368a5','confirmed','01a21d6c-8a6c-720e-a2a2-60aba89c76e2','duty','duty','127.0.0.1','','{"level":"orange","measured":"orange","condition":"active","work":"new","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"new","end":"open","period":1}','','01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'duty-000024','94fb22a7b269a8270306844d8f91187e90820f7e86edab9c244b0706d44556c0');
INSERT INTO "journal" VALUES(88,1795789991865,'warning','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','verified','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','seen','{"level":"blue","measured":"blue","condition":"active","work":"new","end":"open","period":1}','{"level":"blue","measured":"blue","condition":"active","work":"verified","end":"open","period":1,"detail":{"finding":"true"}}','','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1,'firm-000025','7cb684d896fce60e8cd5eab3f46ca972315668739ad022e627643b6a7870a6c4');
INSERT INTO "journal" VALUES(89,1795789991902,'warning','01a21d6c-af8d-7509-908f-39391657782f','confirmed','01a21d6c-8a6c-720e-a2a2-60aba89c76e2','duty','duty','127.0.0.1','','{"level":"red","measured":"red","condition":"active","work":"new","end":"open","period":1}','{"level":"red","measured":"red","condition":"active","work":"new","end":"open","period":1}','[{"id":"01a21d6c-affd-796d-938e-b647a57d8bd2","warning":"01a21d6c-af8d-7509-908f-39391657782f","period":1,"kind":"uplink","number":2,"level":"red","dueAt":1795789991902,"firedAt":1795789991902,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'duty-000026','e1872595c0d80354108bc4056cb3ac785073fab3a5d20e8252606f6d7388a901');
INSERT INTO "journal" VALUES(90,1795789992033,'warning','01a21d6c-af69-701c-91da-cb4ad6f368a5','verified','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','seen','{"level":"orange","measured":"orange","condition":"active","work":"new","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"verified","end":"open","period":1,"detail":{"finding":"true"}}','','01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'firm-000027','9510c3705b9e537b3c730037c049b6a629d0103e2a36c8b6151d3c19c1c2be59');
INSERT INTO "journal" VALUES(91,1795789992047,'warning','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','handling','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','at it','{"level":"blue","measured":"blue","condition":"active","work":"verified","end":"open","period":1}','{"level":"blue","measured":"blue","condition":"active","work":"handling","end":"open","period":1,"detail":{}}','','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1,'firm-000028','f7f0189336a8d785428b038c4b967547b2a709ee7329f3dc9441f63d4daed471');
INSERT INTO "journal" VALUES(92,1795789992058,'warning','01a21d6c-af8d-7509-908f-39391657782f','verified','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','seen','{"level":"red","measured":"red","condition":"active","work":"new","end":"open","period":1}','{"level":"red","measured":"red","condition":"active","work":"verified","end":"open","period":1,"detail":{"finding":"true"}}','[{"id":"01a21d6c-b07b-718d-98bc-a13605905a4f","warning":"01a21d6c-af8d-7509-908f-39391657782f","period":1,"kind":"uplink","number":3,"level":"red","dueAt":1795789992058,"firedAt":1795789992058,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'firm-000029','081debae3d250246d0851678ebbd87e5517eb653f56c7fb809608048104267ec');
INSERT INTO "journal" VALUES(93,1795789992066,'warning','01a21d6c-af69-701c-91da-cb4ad6f368a5','handling','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','at it','{"level":"orange","measured":"orange","condition":"active","work":"verified","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1,"detail":{}}','','01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'firm-000030','9a9626470d41b0b189c050addb27eb719de9490c1459496a5c2f80b262b0a678');
INSERT INTO "journal" VALUES(94,1795789992077,'warning','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','order_result','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','checked','{"level":"blue","measured":"blue","condition":"active","work":"handling","end":"open","period":1}','{"level":"blue","measured":"blue","condition":"active","work":"handling","end":"open","period":1,"detail":{"order":{"id":"01a21d6c-af19-7bc4-8eb5-53c8404baace","kind":"routine","warning":"01a21d6c-af18-74ff-bcc2-b6e24c9d1993","enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","sector":"hazchem","level":"blue","party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","openedAt":1795789991683,"doneAt":1795789992077,"result":"checked","version":2}}}','','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1,'firm-000031','ec278e3624b9f384cd10be52b42846b6fad19c96942f9730b4fdf594696a206d');
INSERT INTO "journal" VALUES(95,1795789992099,'warning','01a21d6c-af8d-7509-908f-39391657782f','handling','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','at it','{"level":"red","measured":"red","condition":"active","work":"verified","end":"open","period":1}','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":1,"detail":{}}','[{"id":"01a21d6c-b0a4-7a59-babd-21e6db17b1e6","warning":"01a21d6c-af8d-7509-908f-39391657782f","period":1,"kind":"uplink","number":4,"level":"red","dueAt":1795789992099,"firedAt":1795789992099,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'firm-000032','89c67d09b5949b74930f4c3199d5ac43361a59add92678326215dae5afa0e335');
INSERT INTO "journal" VALUES(96,1795789992116,'warning','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','returned','','platform/warning','','','','{"level":"blue","measured":"blue","condition":"active","work":"handling","end":"open","period":1}','{"level":"blue","measured":"none","condition":"returned","work":"handling","end":"open","period":1,"at":1795789992093}','','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1,'','');
INSERT INTO "journal" VALUES(97,1795789992144,'warning','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','cleared','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','dealt with','{"level":"blue","measured":"none","condition":"returned","work":"handling","end":"open","period":1}','{"level":"blue","measured":"none","condition":"returned","work":"handling","end":"cleared","period":1}','[{"id":"01a21d6c-b0d1-7f43-ac0f-a8441c707c74","warning":"01a21d6c-af18-74ff-bcc2-b6e24c9d1993","period":1,"kind":"ended","number":1,"level":"blue","dueAt":1795789992144,"firedAt":1795789992144,"missed":0,"article":"20","to":[{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]}]','01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1,'firm-000034','01078a1318734635eb5a07dfccb7efa48d31c7f467894d4ba506c2a105c72a79');
INSERT INTO "journal" VALUES(98,1795789995612,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','notice','','platform/warning','','','','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1}','[{"id":"01a21d6c-be5e-792a-841b-53de067dafb9","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":1,"kind":"notice","number":1,"level":"orange","dueAt":1795789995610,"firedAt":1795789995612,"missed":0,"article":"22","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]}]','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'','');
INSERT INTO "journal" VALUES(99,1795789995785,'warning','01a21d6c-af69-701c-91da-cb4ad6f368a5','notice','','platform/warning','','','','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1}','[{"id":"01a21d6c-bf0a-7d34-94be-3c52ca7728df","warning":"01a21d6c-af69-701c-91da-cb4ad6f368a5","period":1,"kind":"notice","number":1,"level":"orange","dueAt":1795789995784,"firedAt":1795789995785,"missed":0,"article":"22","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]}]','01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'','');
INSERT INTO "journal" VALUES(100,1795789995823,'warning','01a21d6c-af8d-7509-908f-39391657782f','notice','','platform/warning','','','','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":1}','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":1}','[{"id":"01a21d6c-bf30-7837-a89f-9f25c6ab3690","warning":"01a21d6c-af8d-7509-908f-39391657782f","period":1,"kind":"notice","number":1,"level":"red","dueAt":1795789995820,"firedAt":1795789995823,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]},{"id":"01a21d6c-bf30-7c46-9f61-e8f87a495f3c","warning":"01a21d6c-af8d-7509-908f-39391657782f","period":1,"kind":"uplink","number":5,"level":"red","dueAt":1795789995823,"firedAt":1795789995823,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'','');
INSERT INTO "journal" VALUES(101,1795789997611,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','supervise','','platform/warning','','','','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1}','[{"id":"01a21d6c-c62c-7bee-8f8b-786a6a8d0c4f","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":1,"kind":"supervise","number":1,"level":"orange","dueAt":1795789997610,"firedAt":1795789997611,"missed":0,"article":"22","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]}]','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'','');
INSERT INTO "journal" VALUES(102,1795789997612,'order','01a21d6c-c62c-7bf2-acdb-5012c8e7cec9','order_opened','','platform/disposal','','','','','{"id":"01a21d6c-c62c-7bf2-acdb-5012c8e7cec9","kind":"supervise","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","sector":"hazchem","level":"orange","party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","openedAt":1795789997611,"version":1}','','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'','');
INSERT INTO "journal" VALUES(103,1795789997654,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','upgraded','','platform/warning','','','','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1}','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":2,"rung":"HH","value":14,"limit":13.5,"unit":"m","at":1795789997624}','[{"id":"01a21d6c-c657-7f2f-8385-b11f962ca945","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":2,"kind":"push","number":1,"level":"red","dueAt":1795789997654,"firedAt":1795789997654,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["bureau","regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]},{"id":"01a21d6c-c657-7880-a5cc-04c0f2ed9308","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":2,"kind":"uplink","number":1,"level":"red","dueAt":1795789997654,"firedAt":1795789997654,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'','');
INSERT INTO "journal" VALUES(104,1795789997786,'warning','01a21d6c-af69-701c-91da-cb4ad6f368a5','supervise','','platform/warning','','','','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1}','[{"id":"01a21d6c-c6da-7cbe-a29f-87bd67f08c2c","warning":"01a21d6c-af69-701c-91da-cb4ad6f368a5","period":1,"kind":"supervise","number":1,"level":"orange","dueAt":1795789997784,"firedAt":1795789997786,"missed":0,"article":"22","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]}]','01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'','');
INSERT INTO "journal" VALUES(105,1795789997792,'order','01a21d6c-c6e0-7465-a8b3-a1e46407c01e','order_opened','','platform/disposal','','','','','{"id":"01a21d6c-c6e0-7465-a8b3-a1e46407c01e","kind":"supervise","warning":"01a21d6c-af69-701c-91da-cb4ad6f368a5","enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","sector":"hazchem","level":"orange","party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","openedAt":1795789997786,"version":1}','','01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'','');
INSERT INTO "journal" VALUES(106,1795789997854,'warning','01a21d6c-af8d-7509-908f-39391657782f','supervise','','platform/warning','','','','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":1}','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":1}','[{"id":"01a21d6c-c71e-7254-9687-f95bb1b91261","warning":"01a21d6c-af8d-7509-908f-39391657782f","period":1,"kind":"supervise","number":1,"level":"red","dueAt":1795789997820,"firedAt":1795789997854,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]},{"id":"01a21d6c-c71e-70fd-b02b-25d4148a1b05","warning":"01a21d6c-af8d-7509-908f-39391657782f","period":1,"kind":"uplink","number":6,"level":"red","dueAt":1795789997854,"firedAt":1795789997854,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'','');
INSERT INTO "journal" VALUES(107,1795789997855,'order','01a21d6c-c71f-717e-a02a-8d54bf922f06','order_opened','','platform/disposal','','','','','{"id":"01a21d6c-c71f-717e-a02a-8d54bf922f06","kind":"supervise","warning":"01a21d6c-af8d-7509-908f-39391657782f","enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","sector":"hazchem","level":"red","party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","openedAt":1795789997854,"version":1}','','01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'','');
INSERT INTO "journal" VALUES(108,1795789997868,'warning','01a21d6c-af8d-7509-908f-39391657782f','asked','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','please','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":1}','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":1,"detail":{"ask":{"id":"01a21d6c-c72c-78bb-86fa-34a40d8407f7","warning":"01a21d6c-af8d-7509-908f-39391657782f","party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","by":"firm","at":1795789997868,"to":"none","end":"cleared","why":"please"}}}','[{"id":"01a21d6c-c72d-7a7c-8bd9-54decacda204","warning":"01a21d6c-af8d-7509-908f-39391657782f","period":1,"kind":"uplink","number":7,"level":"red","dueAt":1795789997868,"firedAt":1795789997868,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'firm-000036','48b0883cae775916a648c8098cf5657ea5ea05a49b7901eb539212c466386940');
INSERT INTO "journal" VALUES(109,1795789997883,'warning','01a21d6c-af69-701c-91da-cb4ad6f368a5','false_alarm','01a21d6c-a29e-70ac-9906-4a6aaeafbad8','bureau','bureau','127.0.0.1','dealt with','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"open","period":1}','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"false_alarm","period":1}','[{"id":"01a21d6c-c73d-712b-a19b-81103d467699","warning":"01a21d6c-af69-701c-91da-cb4ad6f368a5","period":1,"kind":"ended","number":1,"level":"orange","dueAt":1795789997883,"firedAt":1795789997883,"missed":0,"article":"22","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]}]','01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'bureau-000037','cb6c37eea27324b210a490bd36216dc90caa6747e99450f310560197da9878b8');
INSERT INTO "journal" VALUES(110,1795789997906,'warning','01a21d6c-af69-701c-91da-cb4ad6f368a5','returned','','platform/warning','','','','{"level":"orange","measured":"orange","condition":"active","work":"handling","end":"false_alarm","period":1}','{"level":"orange","measured":"none","condition":"returned","work":"handling","end":"false_alarm","period":1,"at":1795789997895,"verdict":{"at":1795789997883,"by":"bureau","why":"dealt with","to":"none","end":"false_alarm"}}','','01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3,'','');
INSERT INTO "journal" VALUES(111,1795790001657,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','notice','','platform/warning','','','','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":2}','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":2}','[{"id":"01a21d6c-d5f9-7676-bc55-5958c07292f6","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":2,"kind":"notice","number":1,"level":"red","dueAt":1795790001654,"firedAt":1795790001657,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]},{"id":"01a21d6c-d5f9-7c9e-ad91-fcfffe5b60dc","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":2,"kind":"uplink","number":2,"level":"red","dueAt":1795790001657,"firedAt":1795790001657,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'','');
INSERT INTO "journal" VALUES(112,1795790003656,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','supervise','','platform/warning','','','','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":2}','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":2}','[{"id":"01a21d6c-ddc8-74b1-b980-666d2b495ebd","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":2,"kind":"supervise","number":1,"level":"red","dueAt":1795790003654,"firedAt":1795790003656,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]},{"id":"01a21d6c-ddc8-7697-9ff9-26f6bded34d1","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":2,"kind":"uplink","number":3,"level":"red","dueAt":1795790003656,"firedAt":1795790003656,"missed":0,"article":"23","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'','');
INSERT INTO "journal" VALUES(113,1795790003657,'order','01a21d6c-ddc9-7f31-a8c3-d73c9c3b6dda','order_opened','','platform/disposal','','','','','{"id":"01a21d6c-ddc9-7f31-a8c3-d73c9c3b6dda","kind":"supervise","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","enterprise":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","zone":"01a21d6c-6fad-79a1-b172-3a95778ac136","sector":"hazchem","level":"red","party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","openedAt":1795790003656,"version":1}','','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'','');
INSERT INTO "journal" VALUES(114,1795790003682,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','lowered','01a21d6c-a29e-70ac-9906-4a6aaeafbad8','bureau','bureau','127.0.0.1','contained','{"level":"red","measured":"red","condition":"active","work":"handling","end":"open","period":2}','{"level":"yellow","measured":"red","condition":"active","work":"handling","end":"open","period":3}','[{"id":"01a21d6c-dde3-7570-8a18-c1721fc8c8cb","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":3,"kind":"lowered","number":1,"level":"yellow","dueAt":1795790003682,"firedAt":1795790003682,"missed":0,"article":"21","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["bureau","regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]},{"id":"01a21d6c-dde3-7ef8-b7e7-d6fbad1dc043","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":3,"kind":"uplink","number":4,"level":"yellow","dueAt":1795790003682,"firedAt":1795790003682,"missed":0,"article":"21","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'bureau-000039','37300ac63b0d0e2f666008385a41d522604ce1bd31aa7978361db1980f765811');
INSERT INTO "journal" VALUES(115,1795790003702,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','returned','','platform/warning','','','','{"level":"yellow","measured":"red","condition":"active","work":"handling","end":"open","period":3}','{"level":"yellow","measured":"none","condition":"returned","work":"handling","end":"open","period":3,"at":1795790003697,"verdict":{"at":1795790003682,"by":"bureau","why":"contained","to":"yellow","end":"open"}}','[{"id":"01a21d6c-ddf7-7e8a-8c06-f32a454183f1","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":3,"kind":"uplink","number":5,"level":"yellow","dueAt":1795790003702,"firedAt":1795790003702,"missed":0,"article":"21","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'','');
INSERT INTO "journal" VALUES(116,1795790003724,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','reported','01a21d6c-927f-7060-9646-0fc0f26c9531','firm','enterprise','127.0.0.1','done','{"level":"yellow","measured":"none","condition":"returned","work":"handling","end":"open","period":3}','{"level":"yellow","measured":"none","condition":"returned","work":"reported","end":"open","period":3,"detail":{}}','[{"id":"01a21d6c-de0c-7608-a623-4fa95c5097e0","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":3,"kind":"uplink","number":6,"level":"yellow","dueAt":1795790003724,"firedAt":1795790003724,"missed":0,"article":"21","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'firm-000041','d86a4d54f7c8965286f8608aadefb21a48f4e5ec5a8d183947480f241be39c15');
INSERT INTO "journal" VALUES(117,1795790003744,'warning','01a21d6c-aebb-7f90-985a-4f26647f8fc7','cleared','01a21d6c-9b57-7928-9f30-a29e22e5fd97','zone','zone','127.0.0.1','dealt with','{"level":"yellow","measured":"none","condition":"returned","work":"reported","end":"open","period":3}','{"level":"yellow","measured":"none","condition":"returned","work":"reported","end":"cleared","period":3}','[{"id":"01a21d6c-de21-708e-a8b0-dd162853ca25","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":3,"kind":"ended","number":1,"level":"yellow","dueAt":1795790003744,"firedAt":1795790003744,"missed":0,"article":"21","to":[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["bureau","regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]},{"id":"01a21d6c-de21-71d7-9096-bb012abc15aa","warning":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","period":3,"kind":"uplink","number":7,"level":"yellow","dueAt":1795790003744,"firedAt":1795790003744,"missed":0,"article":"21","to":[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]}]','01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4,'zone-000042','c7f81e2d8abd586d41ee8b53f30715e76b58db8ffe28a714c522876b6a2fb078');
CREATE TABLE journal_place (
  reader TEXT PRIMARY KEY,
  pos    BIGINT NOT NULL -- the reader has turned the journal up to here into what it keeps
);
INSERT INTO "journal_place" VALUES('notify',117);
INSERT INTO "journal_place" VALUES('seal',117);
CREATE TABLE notify_address (
  id         TEXT PRIMARY KEY,
  channel    TEXT NOT NULL,
  address    TEXT NOT NULL,
  party      TEXT NOT NULL,   -- whose it was when it was first used
  contact    TEXT NOT NULL,
  fails      BIGINT NOT NULL, -- in a row
  dead_since BIGINT NOT NULL, -- 0: not known to be dead
  probe_at   BIGINT NOT NULL, -- a dead one is tried again from then on
  next_at    BIGINT NOT NULL, -- when the oldest of what waits is tried, 0: nothing waits
  answer     TEXT NOT NULL    -- its last words
);
INSERT INTO "notify_address" VALUES('01a21d6c-aecf-78cd-95e0-472ba892298c','webhook','http://127.0.0.1:36755/yjj','01a21d6c-6fad-74db-ac75-ef13f4f2a118','yjj',0,0,0,0,'200 OK');
INSERT INTO "notify_address" VALUES('01a21d6c-aed0-7397-8a35-471e40fd9eed','webhook','http://127.0.0.1:36755/120116400','01a21d6c-6fad-79a1-b172-3a95778ac136','120116400',0,0,0,0,'200 OK');
INSERT INTO "notify_address" VALUES('01a21d6c-aed0-7dfb-8c0e-88c0b78f7455','webhook','http://127.0.0.1:36755/PLANT','01a21d6c-8983-701e-b98f-67d9efa0ffb8','PLANT',0,0,0,0,'200 OK');
INSERT INTO "notify_address" VALUES('01a21d6c-b06b-737a-b6d3-c322073dddf5','municipal','party/01a21d6c-6fad-78b1-b023-2359925a4483','01a21d6c-6fad-78b1-b023-2359925a4483','市级监测预警系统',0,0,0,0,'200 OK');
CREATE TABLE notify_delivery (
  id       TEXT PRIMARY KEY,
  push     TEXT NOT NULL REFERENCES notify_push (id),
  contact  TEXT NOT NULL,
  place    BIGINT NOT NULL,   -- of the contact in its party; -1 the console, -2 nobody
  seq      BIGINT NOT NULL,   -- of the channel at the contact
  channel  TEXT NOT NULL,
  address  TEXT NOT NULL,     -- notify_address, empty for the console
  rest     TEXT NOT NULL,     -- JSON: the contact's further channels
  pos      BIGINT NOT NULL,   -- of the push: the order at an address
  ord      BIGINT NOT NULL,
  state    TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  in_doubt BIGINT NOT NULL,   -- attempts whose answer was lost
  flying   BIGINT NOT NULL,   -- 1: begun, not answered
  answer   TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at  BIGINT NOT NULL
, fails BIGINT NOT NULL DEFAULT 0, held_until BIGINT NOT NULL DEFAULT 0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-aece-7efc-a988-8caa148e6eb0','01a21d6c-aece-751b-94ef-b9074738a267','',-1,0,'console','','[]',78,0,'sent',0,0,0,'',1795789991630,1795789991630,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-aecf-75a6-b320-5ab37d13710e','01a21d6c-aece-751b-94ef-b9074738a267','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',78,0,'sent',1,0,0,'200 OK',1795789991641,1795789991853,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-aed0-761a-9c4c-515ee1996c75','01a21d6c-aed0-7a2a-a56b-a32376154336','',-1,0,'console','','[]',78,0,'sent',0,0,0,'',1795789991632,1795789991632,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-aed0-7f8e-a7bb-ae9b5d7bc8e2','01a21d6c-aed0-7a2a-a56b-a32376154336','120116400',0,0,'webhook','01a21d6c-aed0-7397-8a35-471e40fd9eed','[]',78,0,'sent',1,0,0,'200 OK',1795789991641,1795789991769,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-aed0-73d3-9bdb-6d928be32660','01a21d6c-aed0-78d0-bfef-4a59c7c04b4b','',-1,0,'console','','[]',78,0,'sent',0,0,0,'',1795789991632,1795789991632,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-aed0-7540-b2bd-f61a1ae36f6e','01a21d6c-aed0-78d0-bfef-4a59c7c04b4b','PLANT',0,0,'webhook','01a21d6c-aed0-7dfb-8c0e-88c0b78f7455','[]',78,0,'sent',1,0,0,'200 OK',1795789991641,1795789991853,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-af83-79a5-9f9b-dd5330517fa8','01a21d6c-af83-7fd4-9ce9-fd92350525d5','',-1,0,'console','','[]',81,0,'sent',0,0,0,'',1795789991811,1795789991811,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-af83-7224-8017-10e883ee7651','01a21d6c-af83-7fd4-9ce9-fd92350525d5','PLANT',0,0,'webhook','01a21d6c-aed0-7dfb-8c0e-88c0b78f7455','[]',81,0,'sent',1,0,0,'200 OK',1795789991853,1795789992188,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-af84-786e-8be5-f405dd88d47b','01a21d6c-af84-7a3d-ae95-c10b149f430d','',-1,0,'console','','[]',81,0,'sent',0,0,0,'',1795789991812,1795789991812,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-af84-7d90-a411-fa6203136ae8','01a21d6c-af84-7a3d-ae95-c10b149f430d','PLANT',0,0,'webhook','01a21d6c-aed0-7dfb-8c0e-88c0b78f7455','[]',81,0,'sent',1,0,0,'200 OK',1795789992189,1795789992207,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b068-7533-88cd-af46306a124b','01a21d6c-b067-78e3-82ce-3fbedfa7c8e9','',-1,0,'console','','[]',86,0,'sent',0,0,0,'',1795789992040,1795789992040,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b068-7d1d-a385-fbf991301383','01a21d6c-b067-78e3-82ce-3fbedfa7c8e9','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',86,0,'sent',1,0,0,'200 OK',1795789992189,1795789992207,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b069-78f9-951a-9cf4250b8ce1','01a21d6c-b069-74c5-b081-6d09682d9f73','',-1,0,'console','','[]',86,0,'sent',0,0,0,'',1795789992041,1795789992041,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b069-7fe6-926c-9a25e579cdff','01a21d6c-b069-74c5-b081-6d09682d9f73','120116400',0,0,'webhook','01a21d6c-aed0-7397-8a35-471e40fd9eed','[]',86,0,'sent',1,0,0,'200 OK',1795789992189,1795789992207,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b06a-7965-b4f1-3191610aac4f','01a21d6c-b06a-7875-9dd8-1eee0c44e2f4','',-1,0,'console','','[]',86,0,'sent',0,0,0,'',1795789992042,1795789992042,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b06a-7a8c-92e4-bc270baebc3a','01a21d6c-b06a-7875-9dd8-1eee0c44e2f4','PLANT',0,0,'webhook','01a21d6c-aed0-7dfb-8c0e-88c0b78f7455','[]',86,0,'sent',1,0,0,'200 OK',1795789992216,1795789992247,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b06b-7ea1-a5e0-c39c30efbd0a','01a21d6c-b06b-7551-ae19-675fe9e2b177','',-1,0,'console','','[]',86,0,'sent',0,0,0,'',1795789992043,1795789992043,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b06b-7bd1-ab16-59b849a0d64e','01a21d6c-b06b-7551-ae19-675fe9e2b177','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',86,0,'sent',1,0,0,'200 OK',1795789992054,1795789992189,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b080-76a2-8629-b37c5a5dc3ca','01a21d6c-b07f-7b55-a02d-67e66dd9755b','',-1,0,'console','','[]',89,0,'sent',0,0,0,'',1795789992064,1795789992064,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b080-7335-a591-081c8e8b0650','01a21d6c-b07f-7b55-a02d-67e66dd9755b','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',89,0,'sent',1,0,0,'200 OK',1795789992189,1795789992207,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b09d-718a-9edd-39295db15bc9','01a21d6c-b09d-73c9-be96-dc9ca2686738','',-1,0,'console','','[]',92,0,'sent',0,0,0,'',1795789992093,1795789992093,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b09f-7ad2-a1dc-46de6806e6a6','01a21d6c-b09d-73c9-be96-dc9ca2686738','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',92,0,'sent',1,0,0,'200 OK',1795789992207,1795789992227,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b0ed-746a-9736-8bbc5a64b4a8','01a21d6c-b0ed-7789-829c-139172c53b98','',-1,0,'console','','[]',95,0,'sent',0,0,0,'',1795789992173,1795789992173,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b0ed-7bff-a334-909d099eb03e','01a21d6c-b0ed-7789-829c-139172c53b98','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',95,0,'sent',1,0,0,'200 OK',1795789992228,1795789992257,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b107-7e28-a832-fe1dc7d86dc1','01a21d6c-b106-7905-a7c9-68dcbfd66d0e','',-1,0,'console','','[]',97,0,'sent',0,0,0,'',1795789992199,1795789992199,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-b109-759b-a8ad-9b42a94d4474','01a21d6c-b106-7905-a7c9-68dcbfd66d0e','PLANT',0,0,'webhook','01a21d6c-aed0-7dfb-8c0e-88c0b78f7455','[]',97,0,'sent',1,0,0,'200 OK',1795789992248,1795789992259,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-be82-77d0-ae10-54b6f493fb6a','01a21d6c-be82-7b7f-aab9-7dc28e702b87','',-1,0,'console','','[]',98,0,'sent',0,0,0,'',1795789995650,1795789995650,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-be82-7049-8c2b-27f85818ca92','01a21d6c-be82-7b7f-aab9-7dc28e702b87','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',98,0,'sent',1,0,0,'200 OK',1795789995652,1795789995655,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-bf37-7376-a5a4-2beaa665a01b','01a21d6c-bf36-77a1-89bf-9c7582a8f99b','',-1,0,'console','','[]',100,0,'sent',0,0,0,'',1795789995831,1795789995831,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-bf3a-716b-8576-8ad90c9986f3','01a21d6c-bf36-77a1-89bf-9c7582a8f99b','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',100,0,'sent',1,0,0,'200 OK',1795789995843,1795789995850,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-bf3a-7ed5-8bd6-97cb48990786','01a21d6c-bf3a-7f2a-a67a-8ed90d9f0fba','',-1,0,'console','','[]',100,0,'sent',0,0,0,'',1795789995834,1795789995834,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-bf3a-7295-823d-150111fb2264','01a21d6c-bf3a-7f2a-a67a-8ed90d9f0fba','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',100,0,'sent',1,0,0,'200 OK',1795789995843,1795789995850,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c63b-7840-bbb3-c13badd5df14','01a21d6c-c636-7ce0-ad8a-746bb7ab2b55','',-1,0,'console','','[]',101,0,'sent',0,0,0,'',1795789997627,1795789997627,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c63b-71a4-b79c-757d48b4722a','01a21d6c-c636-7ce0-ad8a-746bb7ab2b55','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',101,0,'sent',1,0,0,'200 OK',1795789997668,1795789997700,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c66b-7b28-aac0-988de9277a08','01a21d6c-c66a-719f-bb04-2dfcdd545cec','',-1,0,'console','','[]',103,0,'sent',0,0,0,'',1795789997675,1795789997675,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c66b-7127-b4a8-ada30ed6098b','01a21d6c-c66a-719f-bb04-2dfcdd545cec','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',103,0,'sent',1,0,0,'200 OK',1795789997700,1795789997748,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c66b-7195-8c2b-e032f658348e','01a21d6c-c66b-73c7-b10d-9ae4281d61e8','',-1,0,'console','','[]',103,0,'sent',0,0,0,'',1795789997675,1795789997675,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c66b-723f-8867-ff93cd6831f8','01a21d6c-c66b-73c7-b10d-9ae4281d61e8','120116400',0,0,'webhook','01a21d6c-aed0-7397-8a35-471e40fd9eed','[]',103,0,'sent',1,0,0,'200 OK',1795789997700,1795789997744,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c66b-7c16-9bc2-38367f68660d','01a21d6c-c66b-7585-84d3-d08aa4e57839','',-1,0,'console','','[]',103,0,'sent',0,0,0,'',1795789997675,1795789997675,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c66b-775d-9741-4a951425a3f8','01a21d6c-c66b-7585-84d3-d08aa4e57839','PLANT',0,0,'webhook','01a21d6c-aed0-7dfb-8c0e-88c0b78f7455','[]',103,0,'sent',1,0,0,'200 OK',1795789997700,1795789997748,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c66b-78e4-baeb-e281e0f4a583','01a21d6c-c66b-7d35-a8ba-c241a414f3fa','',-1,0,'console','','[]',103,0,'sent',0,0,0,'',1795789997675,1795789997675,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c66b-79fe-a9d3-094caffd2a26','01a21d6c-c66b-7d35-a8ba-c241a414f3fa','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',103,0,'sent',1,0,0,'200 OK',1795789997700,1795789997747,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c721-7293-a857-106153e37a7d','01a21d6c-c721-723b-9c7a-43a7bd3baa26','',-1,0,'console','','[]',106,0,'sent',0,0,0,'',1795789997857,1795789997857,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c721-7392-9584-38c4c30b93f8','01a21d6c-c721-723b-9c7a-43a7bd3baa26','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',106,0,'sent',1,0,0,'200 OK',1795789997858,1795789997867,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c721-75da-836e-5464cecdcda3','01a21d6c-c721-753c-aaa8-400dad9800a8','',-1,0,'console','','[]',106,0,'sent',0,0,0,'',1795789997857,1795789997857,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c722-7402-95ad-80125b5cc0f9','01a21d6c-c721-753c-aaa8-400dad9800a8','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',106,0,'sent',1,0,0,'200 OK',1795789997858,1795789997861,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c72f-7293-8e21-e9ac78edb26c','01a21d6c-c72f-71cd-8a3c-03eda5c8d5c7','',-1,0,'console','','[]',108,0,'sent',0,0,0,'',1795789997871,1795789997871,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-c730-7029-8390-8aad633d201c','01a21d6c-c72f-71cd-8a3c-03eda5c8d5c7','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',108,0,'sent',1,0,0,'200 OK',1795789997872,1795789997874,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-d5fe-7b26-98c0-25d45c593ab3','01a21d6c-d5fd-7504-a637-1511509039d6','',-1,0,'console','','[]',111,0,'sent',0,0,0,'',1795790001662,1795790001662,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-d5fe-7e9f-b55d-508833a15353','01a21d6c-d5fd-7504-a637-1511509039d6','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',111,0,'sent',1,0,0,'200 OK',1795790001665,1795790001667,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-d5ff-78a4-a1d5-81d05a7ed513','01a21d6c-d5ff-7844-a4b3-63f7c5a6a924','',-1,0,'console','','[]',111,0,'sent',0,0,0,'',1795790001663,1795790001663,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-d5ff-7d53-bc6a-45ed7603f670','01a21d6c-d5ff-7844-a4b3-63f7c5a6a924','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',111,0,'sent',1,0,0,'200 OK',1795790001665,1795790001668,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-ddcb-743a-b0bd-272f206adf80','01a21d6c-ddcb-79b8-9632-7f21713871eb','',-1,0,'console','','[]',112,0,'sent',0,0,0,'',1795790003659,1795790003659,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-ddcc-708e-a2f4-3c7734834e89','01a21d6c-ddcb-79b8-9632-7f21713871eb','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',112,0,'sent',1,0,0,'200 OK',1795790003668,1795790003678,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-ddcc-7259-864f-978c0368cad9','01a21d6c-ddcc-7c43-9d1f-17177d8df04f','',-1,0,'console','','[]',112,0,'sent',0,0,0,'',1795790003660,1795790003660,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-ddcc-7d21-8394-bcfa36104ba6','01a21d6c-ddcc-7c43-9d1f-17177d8df04f','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',112,0,'sent',1,0,0,'200 OK',1795790003668,1795790003675,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-dde7-7bfe-ae9c-bbc3fce2dc19','01a21d6c-dde7-7d38-80b7-d6ddc73284cb','',-1,0,'console','','[]',114,0,'sent',0,0,0,'',1795790003687,1795790003687,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-dde7-714f-96c3-671422876aec','01a21d6c-dde7-7d38-80b7-d6ddc73284cb','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',114,0,'sent',1,0,0,'200 OK',1795790003698,1795790003707,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-dde7-7074-8949-cec5564ee577','01a21d6c-dde7-71f7-93d7-e9da8e646f0c','',-1,0,'console','','[]',114,0,'sent',0,0,0,'',1795790003687,1795790003687,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-dde7-75b5-909b-d513b3d1750f','01a21d6c-dde7-71f7-93d7-e9da8e646f0c','120116400',0,0,'webhook','01a21d6c-aed0-7397-8a35-471e40fd9eed','[]',114,0,'sent',1,0,0,'200 OK',1795790003698,1795790003713,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-dde7-7140-a335-496e6dcf7fc0','01a21d6c-dde7-7b86-8602-64d1f8d39455','',-1,0,'console','','[]',114,0,'sent',0,0,0,'',1795790003687,1795790003687,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-dde8-7d60-8793-f998d0b286f6','01a21d6c-dde7-7b86-8602-64d1f8d39455','PLANT',0,0,'webhook','01a21d6c-aed0-7dfb-8c0e-88c0b78f7455','[]',114,0,'sent',1,0,0,'200 OK',1795790003698,1795790003713,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-dde8-7d60-8f96-3e466dc30ccf','01a21d6c-dde8-7390-9779-1d52c8050000','',-1,0,'console','','[]',114,0,'sent',0,0,0,'',1795790003688,1795790003688,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-dde8-7429-bc29-fb4defc5a66e','01a21d6c-dde8-7390-9779-1d52c8050000','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',114,0,'sent',1,0,0,'200 OK',1795790003698,1795790003713,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-ddfd-7ed5-a16e-57eaa54dc04a','01a21d6c-ddfd-7bde-9900-6c443b9c1dea','',-1,0,'console','','[]',115,0,'sent',0,0,0,'',1795790003709,1795790003709,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-ddfe-7d71-8ff1-ff50ad742a7b','01a21d6c-ddfd-7bde-9900-6c443b9c1dea','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',115,0,'sent',1,0,0,'200 OK',1795790003713,1795790003717,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-de15-793d-8d56-2c2831290391','01a21d6c-de15-7c9f-9789-8f36d86a52d6','',-1,0,'console','','[]',116,0,'sent',0,0,0,'',1795790003733,1795790003733,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-de16-7476-b44a-5468629b22f1','01a21d6c-de15-7c9f-9789-8f36d86a52d6','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',116,0,'sent',1,0,0,'200 OK',1795790003738,1795790003741,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-de24-7998-b8bd-e2b9daa1c79e','01a21d6c-de24-76e6-97aa-53b850bbf4b2','',-1,0,'console','','[]',117,0,'sent',0,0,0,'',1795790003748,1795790003748,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-de25-75dc-9393-f424c47cde2b','01a21d6c-de24-76e6-97aa-53b850bbf4b2','yjj',0,0,'webhook','01a21d6c-aecf-78cd-95e0-472ba892298c','[]',117,0,'sent',1,0,0,'200 OK',1795790003751,1795790003757,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-de25-75ee-8252-3dec82a1769f','01a21d6c-de25-768c-97a0-7b2cb35fc7b1','',-1,0,'console','','[]',117,0,'sent',0,0,0,'',1795790003749,1795790003749,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-de25-790f-a240-b72d632db98f','01a21d6c-de25-768c-97a0-7b2cb35fc7b1','120116400',0,0,'webhook','01a21d6c-aed0-7397-8a35-471e40fd9eed','[]',117,0,'sent',1,0,0,'200 OK',1795790003751,1795790003757,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-de25-7088-a9ac-baa7e7fbd9bc','01a21d6c-de25-76b8-8f6e-79cddb707419','',-1,0,'console','','[]',117,0,'sent',0,0,0,'',1795790003749,1795790003749,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-de25-7293-814a-ccc3f497df09','01a21d6c-de25-76b8-8f6e-79cddb707419','PLANT',0,0,'webhook','01a21d6c-aed0-7dfb-8c0e-88c0b78f7455','[]',117,0,'sent',1,0,0,'200 OK',1795790003751,1795790003757,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-de25-726a-bbaf-2ceb995b6b73','01a21d6c-de25-7b2c-b798-83b817144087','',-1,0,'console','','[]',117,0,'sent',0,0,0,'',1795790003749,1795790003749,0,0);
INSERT INTO "notify_delivery" VALUES('01a21d6c-de25-7657-8bab-52f159858408','01a21d6c-de25-7b2c-b798-83b817144087','市级监测预警系统',0,0,'municipal','01a21d6c-b06b-737a-b6d3-c322073dddf5','[]',117,0,'sent',1,0,0,'200 OK',1795790003751,1795790003755,0,0);
CREATE TABLE notify_push (
  id         TEXT PRIMARY KEY,
  key        TEXT NOT NULL, -- <step>/<party>: the idempotency key outward
  pos        BIGINT NOT NULL,
  step       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  number     BIGINT NOT NULL,
  warning    TEXT NOT NULL,
  party      TEXT NOT NULL,
  capacities TEXT NOT NULL, -- JSON
  level      BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  message    TEXT NOT NULL, -- JSON: what every attempt carries
  enterprise TEXT NOT NULL,
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  peak       BIGINT NOT NULL
);
INSERT INTO "notify_push" VALUES('01a21d6c-aece-751b-94ef-b9074738a267','01a21d6c-aebb-7f02-a2e3-2a14cf0164b8/01a21d6c-6fad-74db-ac75-ef13f4f2a118',78,'01a21d6c-aebb-7f02-a2e3-2a14cf0164b8','push',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["regulator"]',3,1795789991610,'{"key":"01a21d6c-aebb-7f02-a2e3-2a14cf0164b8/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"push","number":1,"level":"orange","article":"22","dueAt":1795789991610,"at":1795789991610,"to":{"code":"yjj","name":"区应急局","capacities":["regulator"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"orange","peak":"orange","condition":"active","work":"new","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"H","value":12.5,"limit":12,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"raised","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[ORANGE (serious) warning] PLANT S0000","body":"Level: ORANGE (serious)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 12.5 m, limit (H): 12 m\nCondition: still beyond the limit; handling: nobody has looked\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\n\nWhat to do now: follow how it is handled; a notice comes if it is not downgraded in time\nYou are told as: regulator\nBy Article 22 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:11 (UTC+8)","next":"follow how it is handled; a notice comes if it is not downgraded in time"},"zh":{"title":"【橙色（较大风险）预警】PLANT S0000","body":"级别：橙色（较大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：12.5 m，限值（H）：12 m\n现状：仍在越限；处置：未处置\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n\n下一步：跟踪处置情况，时限内未降级将收到警示通报\n贵方身份：行业监管部门\n依据：《管理办法》第22条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:11","next":"跟踪处置情况，时限内未降级将收到警示通报"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3);
INSERT INTO "notify_push" VALUES('01a21d6c-aed0-7a2a-a56b-a32376154336','01a21d6c-aebb-7f02-a2e3-2a14cf0164b8/01a21d6c-6fad-79a1-b172-3a95778ac136',78,'01a21d6c-aebb-7f02-a2e3-2a14cf0164b8','push',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-79a1-b172-3a95778ac136','["zone"]',3,1795789991610,'{"key":"01a21d6c-aebb-7f02-a2e3-2a14cf0164b8/01a21d6c-6fad-79a1-b172-3a95778ac136","kind":"push","number":1,"level":"orange","article":"22","dueAt":1795789991610,"at":1795789991610,"to":{"code":"120116400","name":"天津经济技术开发区（其他片区）","capacities":["zone"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"orange","peak":"orange","condition":"active","work":"new","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"H","value":12.5,"limit":12,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"raised","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[ORANGE (serious) warning] PLANT S0000","body":"Level: ORANGE (serious)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 12.5 m, limit (H): 12 m\nCondition: still beyond the limit; handling: nobody has looked\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\n\nWhat to do now: follow how the enterprise handles it\nYou are told as: zone\nBy Article 22 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:11 (UTC+8)","next":"follow how the enterprise handles it"},"zh":{"title":"【橙色（较大风险）预警】PLANT S0000","body":"级别：橙色（较大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：12.5 m，限值（H）：12 m\n现状：仍在越限；处置：未处置\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n\n下一步：跟踪企业处置情况\n贵方身份：功能区安全管理部门\n依据：《管理办法》第22条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:11","next":"跟踪企业处置情况"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3);
INSERT INTO "notify_push" VALUES('01a21d6c-aed0-78d0-bfef-4a59c7c04b4b','01a21d6c-aebb-7f02-a2e3-2a14cf0164b8/01a21d6c-8983-701e-b98f-67d9efa0ffb8',78,'01a21d6c-aebb-7f02-a2e3-2a14cf0164b8','push',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','["enterprise"]',3,1795789991610,'{"key":"01a21d6c-aebb-7f02-a2e3-2a14cf0164b8/01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"push","number":1,"level":"orange","article":"22","dueAt":1795789991610,"at":1795789991610,"to":{"code":"PLANT","name":"PLANT","capacities":["enterprise"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"orange","peak":"orange","condition":"active","work":"new","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"H","value":12.5,"limit":12,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"raised","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[ORANGE (serious) warning] PLANT S0000","body":"Level: ORANGE (serious)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 12.5 m, limit (H): 12 m\nCondition: still beyond the limit; handling: nobody has looked\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\n\nWhat to do now: verify, handle and report at once; if it is an accident start the emergency plan\nYou are told as: enterprise\nBy Article 22 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:11 (UTC+8)","next":"verify, handle and report at once; if it is an accident start the emergency plan"},"zh":{"title":"【橙色（较大风险）预警】PLANT S0000","body":"级别：橙色（较大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：12.5 m，限值（H）：12 m\n现状：仍在越限；处置：未处置\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n\n下一步：立即核实、处置并反馈结果；判定为事故的，立即启动应急预案\n贵方身份：企业\n依据：《管理办法》第22条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:11","next":"立即核实、处置并反馈结果；判定为事故的，立即启动应急预案"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3);
INSERT INTO "notify_push" VALUES('01a21d6c-af83-7fd4-9ce9-fd92350525d5','01a21d6c-af18-750a-b5cf-6a176106102b/01a21d6c-8983-701e-b98f-67d9efa0ffb8',81,'01a21d6c-af18-750a-b5cf-6a176106102b','push',1,'01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','["enterprise"]',1,1795789991683,'{"key":"01a21d6c-af18-750a-b5cf-6a176106102b/01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"push","number":1,"level":"blue","article":"20","dueAt":1795789991683,"at":1795789991683,"to":{"code":"PLANT","name":"PLANT","capacities":["enterprise"]},"warning":{"id":"01a21d6c-af18-74ff-bcc2-b6e24c9d1993","level":"blue","peak":"blue","condition":"active","work":"new","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0001","quantity":"level","rung":"L","value":1.5,"limit":2,"unit":"m","signalAt":1795789991644,"raisedAt":1795789991683,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"raised","link":"http://127.0.0.1:26371/warnings/01a21d6c-af18-74ff-bcc2-b6e24c9d1993","texts":{"en":{"title":"[BLUE (low) warning] PLANT S0001","body":"Level: BLUE (low)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0001\nMeasured: 1.5 m, limit (L): 2 m\nCondition: still beyond the limit; handling: nobody has looked\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\n\nWhat to do now: verify, handle and report at once; if it is an accident start the emergency plan\nYou are told as: enterprise\nBy Article 20 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af18-74ff-bcc2-b6e24c9d1993\nSent: 2026-11-27 22:33:11 (UTC+8)","next":"verify, handle and report at once; if it is an accident start the emergency plan"},"zh":{"title":"【蓝色（低风险）预警】PLANT S0001","body":"级别：蓝色（低风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0001\n监测值：1.5 m，限值（L）：2 m\n现状：仍在越限；处置：未处置\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n\n下一步：立即核实、处置并反馈结果；判定为事故的，立即启动应急预案\n贵方身份：企业\n依据：《管理办法》第20条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af18-74ff-bcc2-b6e24c9d1993\n发出时间：2026-11-27 22:33:11","next":"立即核实、处置并反馈结果；判定为事故的，立即启动应急预案"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1);
INSERT INTO "notify_push" VALUES('01a21d6c-af84-7a3d-ae95-c10b149f430d','01a21d6c-af18-70e3-9c75-dadb7acfcef9/01a21d6c-8983-701e-b98f-67d9efa0ffb8',81,'01a21d6c-af18-70e3-9c75-dadb7acfcef9','routine',1,'01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','["enterprise"]',1,1795789991683,'{"key":"01a21d6c-af18-70e3-9c75-dadb7acfcef9/01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"routine","number":1,"level":"blue","article":"20","dueAt":1795789991683,"at":1795789991683,"to":{"code":"PLANT","name":"PLANT","capacities":["enterprise"]},"warning":{"id":"01a21d6c-af18-74ff-bcc2-b6e24c9d1993","level":"blue","peak":"blue","condition":"active","work":"new","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0001","quantity":"level","rung":"L","value":1.5,"limit":2,"unit":"m","signalAt":1795789991644,"raisedAt":1795789991683,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"raised","link":"http://127.0.0.1:26371/warnings/01a21d6c-af18-74ff-bcc2-b6e24c9d1993","texts":{"en":{"title":"[Routine item] PLANT S0001","body":"Level: BLUE (low)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0001\nMeasured: 1.5 m, limit (L): 2 m\nCondition: still beyond the limit; handling: nobody has looked\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThe blue warning is on the list of the routine inspection.\n\nWhat to do now: remove what raises the risk, record the result, then clear it\nYou are told as: enterprise\nBy Article 20 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af18-74ff-bcc2-b6e24c9d1993\nSent: 2026-11-27 22:33:11 (UTC+8)","next":"remove what raises the risk, record the result, then clear it"},"zh":{"title":"【日常巡查项】PLANT S0001","body":"级别：蓝色（低风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0001\n监测值：1.5 m，限值（L）：2 m\n现状：仍在越限；处置：未处置\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n蓝色预警已列入日常巡查。\n\n下一步：消除风险上升因素，在平台记录巡查结果后消警\n贵方身份：企业\n依据：《管理办法》第20条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af18-74ff-bcc2-b6e24c9d1993\n发出时间：2026-11-27 22:33:11","next":"消除风险上升因素，在平台记录巡查结果后消警"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1);
INSERT INTO "notify_push" VALUES('01a21d6c-b067-78e3-82ce-3fbedfa7c8e9','01a21d6c-af8d-758a-9978-10cc3ff0b0b7/01a21d6c-6fad-74db-ac75-ef13f4f2a118',86,'01a21d6c-af8d-758a-9978-10cc3ff0b0b7','push',1,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["bureau","regulator"]',4,1795789991820,'{"key":"01a21d6c-af8d-758a-9978-10cc3ff0b0b7/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"push","number":1,"level":"red","article":"23","dueAt":1795789991820,"at":1795789991820,"to":{"code":"yjj","name":"区应急局","capacities":["bureau","regulator"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"new","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"raised","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[RED (grave) warning] PLANT S0003","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: nobody has looked\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\n\nWhat to do now: watch the handling and take command where needed\nYou are told as: emergency bureau, regulator\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:11 (UTC+8)","next":"watch the handling and take command where needed"},"zh":{"title":"【红色（重大风险）预警】PLANT S0003","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：未处置\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n\n下一步：掌握处置进展，必要时指挥调度\n贵方身份：区应急局, 行业监管部门\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:11","next":"掌握处置进展，必要时指挥调度"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-b069-74c5-b081-6d09682d9f73','01a21d6c-af8d-758a-9978-10cc3ff0b0b7/01a21d6c-6fad-79a1-b172-3a95778ac136',86,'01a21d6c-af8d-758a-9978-10cc3ff0b0b7','push',1,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-79a1-b172-3a95778ac136','["zone"]',4,1795789991820,'{"key":"01a21d6c-af8d-758a-9978-10cc3ff0b0b7/01a21d6c-6fad-79a1-b172-3a95778ac136","kind":"push","number":1,"level":"red","article":"23","dueAt":1795789991820,"at":1795789991820,"to":{"code":"120116400","name":"天津经济技术开发区（其他片区）","capacities":["zone"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"new","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"raised","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[RED (grave) warning] PLANT S0003","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: nobody has looked\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\n\nWhat to do now: follow how the enterprise handles it\nYou are told as: zone\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:11 (UTC+8)","next":"follow how the enterprise handles it"},"zh":{"title":"【红色（重大风险）预警】PLANT S0003","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：未处置\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n\n下一步：跟踪企业处置情况\n贵方身份：功能区安全管理部门\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:11","next":"跟踪企业处置情况"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-b06a-7875-9dd8-1eee0c44e2f4','01a21d6c-af8d-758a-9978-10cc3ff0b0b7/01a21d6c-8983-701e-b98f-67d9efa0ffb8',86,'01a21d6c-af8d-758a-9978-10cc3ff0b0b7','push',1,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','["enterprise"]',4,1795789991820,'{"key":"01a21d6c-af8d-758a-9978-10cc3ff0b0b7/01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"push","number":1,"level":"red","article":"23","dueAt":1795789991820,"at":1795789991820,"to":{"code":"PLANT","name":"PLANT","capacities":["enterprise"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"new","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"raised","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[RED (grave) warning] PLANT S0003","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: nobody has looked\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\n\nWhat to do now: verify, handle and report at once; if it is an accident start the emergency plan\nYou are told as: enterprise\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:11 (UTC+8)","next":"verify, handle and report at once; if it is an accident start the emergency plan"},"zh":{"title":"【红色（重大风险）预警】PLANT S0003","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：未处置\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n\n下一步：立即核实、处置并反馈结果；判定为事故的，立即启动应急预案\n贵方身份：企业\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:11","next":"立即核实、处置并反馈结果；判定为事故的，立即启动应急预案"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-b06b-7551-ae19-675fe9e2b177','01a21d6c-af8d-7db9-aebc-af6a65f869c3/01a21d6c-6fad-78b1-b023-2359925a4483',86,'01a21d6c-af8d-7db9-aebc-af6a65f869c3','uplink',1,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',4,1795789991820,'{"key":"01a21d6c-af8d-7db9-aebc-af6a65f869c3/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":1,"level":"red","article":"23","dueAt":1795789991820,"at":1795789991820,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"new","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"raised","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[RED (grave) warning] PLANT S0003: raised","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: nobody has looked\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: raised\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:11 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0003：产生预警","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：未处置\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：产生预警\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:11","next":"掌握情况"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-b07f-7b55-a02d-67e66dd9755b','01a21d6c-affd-796d-938e-b647a57d8bd2/01a21d6c-6fad-78b1-b023-2359925a4483',89,'01a21d6c-affd-796d-938e-b647a57d8bd2','uplink',2,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',4,1795789991902,'{"key":"01a21d6c-affd-796d-938e-b647a57d8bd2/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":2,"level":"red","article":"23","dueAt":1795789991902,"at":1795789991902,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"new","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"confirmed","by":"duty","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[RED (grave) warning] PLANT S0003: confirmed by the duty desk","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: nobody has looked\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: confirmed by the duty desk (duty)\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:11 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0003：接警","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：未处置\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：接警（duty）\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:11","next":"掌握情况"}},"references":[{"key":"01a21d6c-af8d-7db9-aebc-af6a65f869c3/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789991820}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-b09d-73c9-be96-dc9ca2686738','01a21d6c-b07b-718d-98bc-a13605905a4f/01a21d6c-6fad-78b1-b023-2359925a4483',92,'01a21d6c-b07b-718d-98bc-a13605905a4f','uplink',3,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',4,1795789992058,'{"key":"01a21d6c-b07b-718d-98bc-a13605905a4f/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":3,"level":"red","article":"23","dueAt":1795789992058,"at":1795789992058,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"verified","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"verified","by":"firm","why":"seen","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[RED (grave) warning] PLANT S0003: verified","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: verified\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: verified (firm)\nRemark: seen\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:12 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0003：核实","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：已核实\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：核实（firm）\n说明：seen\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:12","next":"掌握情况"}},"references":[{"key":"01a21d6c-af8d-7db9-aebc-af6a65f869c3/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789991820},{"key":"01a21d6c-affd-796d-938e-b647a57d8bd2/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789991902}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-b0ed-7789-829c-139172c53b98','01a21d6c-b0a4-7a59-babd-21e6db17b1e6/01a21d6c-6fad-78b1-b023-2359925a4483',95,'01a21d6c-b0a4-7a59-babd-21e6db17b1e6','uplink',4,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',4,1795789992099,'{"key":"01a21d6c-b0a4-7a59-babd-21e6db17b1e6/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":4,"level":"red","article":"23","dueAt":1795789992099,"at":1795789992099,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"handling","by":"firm","why":"at it","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[RED (grave) warning] PLANT S0003: being handled","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: being handled (firm)\nRemark: at it\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:12 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0003：处置","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：处置（firm）\n说明：at it\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:12","next":"掌握情况"}},"references":[{"key":"01a21d6c-af8d-7db9-aebc-af6a65f869c3/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789991820},{"key":"01a21d6c-b07b-718d-98bc-a13605905a4f/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789992058}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-b106-7905-a7c9-68dcbfd66d0e','01a21d6c-b0d1-7f43-ac0f-a8441c707c74/01a21d6c-8983-701e-b98f-67d9efa0ffb8',97,'01a21d6c-b0d1-7f43-ac0f-a8441c707c74','ended',1,'01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','["enterprise"]',1,1795789992144,'{"key":"01a21d6c-b0d1-7f43-ac0f-a8441c707c74/01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"ended","number":1,"level":"blue","article":"20","dueAt":1795789992144,"at":1795789992144,"to":{"code":"PLANT","name":"PLANT","capacities":["enterprise"]},"warning":{"id":"01a21d6c-af18-74ff-bcc2-b6e24c9d1993","level":"blue","peak":"blue","condition":"returned","work":"handling","end":"cleared","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0001","quantity":"level","rung":"L","value":1.5,"limit":2,"unit":"m","signalAt":1795789991644,"raisedAt":1795789991683,"endedAt":1795789992144,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"cleared","by":"firm","why":"dealt with","link":"http://127.0.0.1:26371/warnings/01a21d6c-af18-74ff-bcc2-b6e24c9d1993","texts":{"en":{"title":"[Ended] PLANT S0001: cleared","body":"Level: BLUE (low)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0001\nMeasured: 1.5 m, limit (L): 2 m\nCondition: back within limits; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nResult: cleared. Decided by firm: dealt with\n\nWhat to do now: nothing\nYou are told as: enterprise\nBy Article 20 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af18-74ff-bcc2-b6e24c9d1993\nSent: 2026-11-27 22:33:12 (UTC+8)","next":"nothing"},"zh":{"title":"【已结束】PLANT S0001 已消警","body":"级别：蓝色（低风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0001\n监测值：1.5 m，限值（L）：2 m\n现状：已恢复；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n结果：已消警；决定人：firm；理由：dealt with\n\n下一步：无需处置\n贵方身份：企业\n依据：《管理办法》第20条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af18-74ff-bcc2-b6e24c9d1993\n发出时间：2026-11-27 22:33:12","next":"无需处置"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1);
INSERT INTO "notify_push" VALUES('01a21d6c-be82-7b7f-aab9-7dc28e702b87','01a21d6c-be5e-792a-841b-53de067dafb9/01a21d6c-6fad-74db-ac75-ef13f4f2a118',98,'01a21d6c-be5e-792a-841b-53de067dafb9','notice',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["regulator"]',3,1795789995612,'{"key":"01a21d6c-be5e-792a-841b-53de067dafb9/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"notice","number":1,"level":"orange","article":"22","dueAt":1795789995610,"at":1795789995612,"to":{"code":"yjj","name":"区应急局","capacities":["regulator"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"orange","peak":"orange","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"H","value":12.5,"limit":12,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"notice","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[Notice 1] PLANT S0000: ORANGE (serious) warning not downgraded","body":"Level: ORANGE (serious)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 12.5 m, limit (H): 12 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nIt was to be downgraded by 2026-11-27 22:33:15 and is not. This is notice 1.\n\nWhat to do now: press the enterprise to handle it; downgrade when that is justified\nYou are told as: regulator\nBy Article 22 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:15 (UTC+8)","next":"press the enterprise to handle it; downgrade when that is justified"},"zh":{"title":"【警示通报 第1次】PLANT S0000 橙色（较大风险）预警未降级","body":"级别：橙色（较大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：12.5 m，限值（H）：12 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n应于 2026-11-27 22:33:15 前降级，至今未降级。本次为第 1 次警示通报。\n\n下一步：督促企业立即处置，符合条件时降级\n贵方身份：行业监管部门\n依据：《管理办法》第22条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:15","next":"督促企业立即处置，符合条件时降级"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3);
INSERT INTO "notify_push" VALUES('01a21d6c-bf36-77a1-89bf-9c7582a8f99b','01a21d6c-bf30-7837-a89f-9f25c6ab3690/01a21d6c-6fad-74db-ac75-ef13f4f2a118',100,'01a21d6c-bf30-7837-a89f-9f25c6ab3690','notice',1,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["regulator"]',4,1795789995823,'{"key":"01a21d6c-bf30-7837-a89f-9f25c6ab3690/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"notice","number":1,"level":"red","article":"23","dueAt":1795789995820,"at":1795789995823,"to":{"code":"yjj","name":"区应急局","capacities":["regulator"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"notice","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[Notice 1] PLANT S0003: RED (grave) warning not downgraded","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nIt was to be downgraded by 2026-11-27 22:33:15 and is not. This is notice 1.\n\nWhat to do now: press the enterprise to handle it; downgrade when that is justified\nYou are told as: regulator\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:15 (UTC+8)","next":"press the enterprise to handle it; downgrade when that is justified"},"zh":{"title":"【警示通报 第1次】PLANT S0003 红色（重大风险）预警未降级","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n应于 2026-11-27 22:33:15 前降级，至今未降级。本次为第 1 次警示通报。\n\n下一步：督促企业立即处置，符合条件时降级\n贵方身份：行业监管部门\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:15","next":"督促企业立即处置，符合条件时降级"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-bf3a-7f2a-a67a-8ed90d9f0fba','01a21d6c-bf30-7c46-9f61-e8f87a495f3c/01a21d6c-6fad-78b1-b023-2359925a4483',100,'01a21d6c-bf30-7c46-9f61-e8f87a495f3c','uplink',5,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',4,1795789995823,'{"key":"01a21d6c-bf30-7c46-9f61-e8f87a495f3c/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":5,"level":"red","article":"23","dueAt":1795789995823,"at":1795789995823,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"notice","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[RED (grave) warning] PLANT S0003: notice","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: notice\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:15 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0003：警示通报","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：警示通报\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:15","next":"掌握情况"}},"references":[{"key":"01a21d6c-af8d-7db9-aebc-af6a65f869c3/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789991820},{"key":"01a21d6c-b0a4-7a59-babd-21e6db17b1e6/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789992099}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-c636-7ce0-ad8a-746bb7ab2b55','01a21d6c-c62c-7bee-8f8b-786a6a8d0c4f/01a21d6c-6fad-74db-ac75-ef13f4f2a118',101,'01a21d6c-c62c-7bee-8f8b-786a6a8d0c4f','supervise',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["regulator"]',3,1795789997611,'{"key":"01a21d6c-c62c-7bee-8f8b-786a6a8d0c4f/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"supervise","number":1,"level":"orange","article":"22","dueAt":1795789997610,"at":1795789997611,"to":{"code":"yjj","name":"区应急局","capacities":["regulator"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"orange","peak":"orange","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"H","value":12.5,"limit":12,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"supervise","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[On-site supervision] PLANT S0000: ORANGE (serious) warning","body":"Level: ORANGE (serious)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 12.5 m, limit (H): 12 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThe limit of 2026-11-27 22:33:17 has passed without a downgrade: on-site verification and supervision is due.\n\nWhat to do now: send someone to the site and record result and evidence on the platform\nYou are told as: regulator\nBy Article 22 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:17 (UTC+8)","next":"send someone to the site and record result and evidence on the platform"},"zh":{"title":"【现场核查督办】PLANT S0000 橙色（较大风险）预警","body":"级别：橙色（较大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：12.5 m，限值（H）：12 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n时限 2026-11-27 22:33:17 已到，预警仍未降级，须组织现场核查督办。\n\n下一步：指派人员到现场核查，并在平台记录结果和证据\n贵方身份：行业监管部门\n依据：《管理办法》第22条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:17","next":"指派人员到现场核查，并在平台记录结果和证据"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',3);
INSERT INTO "notify_push" VALUES('01a21d6c-c66a-719f-bb04-2dfcdd545cec','01a21d6c-c657-7f2f-8385-b11f962ca945/01a21d6c-6fad-74db-ac75-ef13f4f2a118',103,'01a21d6c-c657-7f2f-8385-b11f962ca945','push',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["bureau","regulator"]',4,1795789997654,'{"key":"01a21d6c-c657-7f2f-8385-b11f962ca945/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"push","number":1,"level":"red","article":"23","dueAt":1795789997654,"at":1795789997654,"to":{"code":"yjj","name":"区应急局","capacities":["bureau","regulator"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"upgraded","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[RED (grave) warning] PLANT S0000","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\n\nWhat to do now: watch the handling and take command where needed\nYou are told as: emergency bureau, regulator\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:17 (UTC+8)","next":"watch the handling and take command where needed"},"zh":{"title":"【红色（重大风险）预警】PLANT S0000","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n\n下一步：掌握处置进展，必要时指挥调度\n贵方身份：区应急局, 行业监管部门\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:17","next":"掌握处置进展，必要时指挥调度"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-c66b-73c7-b10d-9ae4281d61e8','01a21d6c-c657-7f2f-8385-b11f962ca945/01a21d6c-6fad-79a1-b172-3a95778ac136',103,'01a21d6c-c657-7f2f-8385-b11f962ca945','push',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-79a1-b172-3a95778ac136','["zone"]',4,1795789997654,'{"key":"01a21d6c-c657-7f2f-8385-b11f962ca945/01a21d6c-6fad-79a1-b172-3a95778ac136","kind":"push","number":1,"level":"red","article":"23","dueAt":1795789997654,"at":1795789997654,"to":{"code":"120116400","name":"天津经济技术开发区（其他片区）","capacities":["zone"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"upgraded","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[RED (grave) warning] PLANT S0000","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\n\nWhat to do now: follow how the enterprise handles it\nYou are told as: zone\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:17 (UTC+8)","next":"follow how the enterprise handles it"},"zh":{"title":"【红色（重大风险）预警】PLANT S0000","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n\n下一步：跟踪企业处置情况\n贵方身份：功能区安全管理部门\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:17","next":"跟踪企业处置情况"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-c66b-7585-84d3-d08aa4e57839','01a21d6c-c657-7f2f-8385-b11f962ca945/01a21d6c-8983-701e-b98f-67d9efa0ffb8',103,'01a21d6c-c657-7f2f-8385-b11f962ca945','push',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','["enterprise"]',4,1795789997654,'{"key":"01a21d6c-c657-7f2f-8385-b11f962ca945/01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"push","number":1,"level":"red","article":"23","dueAt":1795789997654,"at":1795789997654,"to":{"code":"PLANT","name":"PLANT","capacities":["enterprise"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"upgraded","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[RED (grave) warning] PLANT S0000","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\n\nWhat to do now: verify, handle and report at once; if it is an accident start the emergency plan\nYou are told as: enterprise\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:17 (UTC+8)","next":"verify, handle and report at once; if it is an accident start the emergency plan"},"zh":{"title":"【红色（重大风险）预警】PLANT S0000","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n\n下一步：立即核实、处置并反馈结果；判定为事故的，立即启动应急预案\n贵方身份：企业\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:17","next":"立即核实、处置并反馈结果；判定为事故的，立即启动应急预案"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-c66b-7d35-a8ba-c241a414f3fa','01a21d6c-c657-7880-a5cc-04c0f2ed9308/01a21d6c-6fad-78b1-b023-2359925a4483',103,'01a21d6c-c657-7880-a5cc-04c0f2ed9308','uplink',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',4,1795789997654,'{"key":"01a21d6c-c657-7880-a5cc-04c0f2ed9308/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":1,"level":"red","article":"23","dueAt":1795789997654,"at":1795789997654,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"upgraded","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[RED (grave) warning] PLANT S0000: upgraded","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: upgraded\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:17 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0000：升级","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：升级\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:17","next":"掌握情况"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-c721-723b-9c7a-43a7bd3baa26','01a21d6c-c71e-7254-9687-f95bb1b91261/01a21d6c-6fad-74db-ac75-ef13f4f2a118',106,'01a21d6c-c71e-7254-9687-f95bb1b91261','supervise',1,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["regulator"]',4,1795789997854,'{"key":"01a21d6c-c71e-7254-9687-f95bb1b91261/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"supervise","number":1,"level":"red","article":"23","dueAt":1795789997820,"at":1795789997854,"to":{"code":"yjj","name":"区应急局","capacities":["regulator"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"supervise","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[On-site supervision] PLANT S0003: RED (grave) warning","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThe limit of 2026-11-27 22:33:17 has passed without a downgrade: on-site verification and supervision is due.\n\nWhat to do now: send someone to the site and record result and evidence on the platform\nYou are told as: regulator\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:17 (UTC+8)","next":"send someone to the site and record result and evidence on the platform"},"zh":{"title":"【现场核查督办】PLANT S0003 红色（重大风险）预警","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n时限 2026-11-27 22:33:17 已到，预警仍未降级，须组织现场核查督办。\n\n下一步：指派人员到现场核查，并在平台记录结果和证据\n贵方身份：行业监管部门\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:17","next":"指派人员到现场核查，并在平台记录结果和证据"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-c721-753c-aaa8-400dad9800a8','01a21d6c-c71e-70fd-b02b-25d4148a1b05/01a21d6c-6fad-78b1-b023-2359925a4483',106,'01a21d6c-c71e-70fd-b02b-25d4148a1b05','uplink',6,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',4,1795789997854,'{"key":"01a21d6c-c71e-70fd-b02b-25d4148a1b05/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":6,"level":"red","article":"23","dueAt":1795789997854,"at":1795789997854,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"supervise","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[RED (grave) warning] PLANT S0003: on-site supervision","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: on-site supervision\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:17 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0003：现场核查督办","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：现场核查督办\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:17","next":"掌握情况"}},"references":[{"key":"01a21d6c-af8d-7db9-aebc-af6a65f869c3/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789991820},{"key":"01a21d6c-bf30-7c46-9f61-e8f87a495f3c/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789995823}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-c72f-71cd-8a3c-03eda5c8d5c7','01a21d6c-c72d-7a7c-8bd9-54decacda204/01a21d6c-6fad-78b1-b023-2359925a4483',108,'01a21d6c-c72d-7a7c-8bd9-54decacda204','uplink',7,'01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',4,1795789997868,'{"key":"01a21d6c-c72d-7a7c-8bd9-54decacda204/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":7,"level":"red","article":"23","dueAt":1795789997868,"at":1795789997868,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-af8d-7509-908f-39391657782f","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0003","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991748,"raisedAt":1795789991820,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"asked","by":"firm","why":"please","link":"http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f","texts":{"en":{"title":"[RED (grave) warning] PLANT S0003: downgrade or clearing asked for","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0003\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: downgrade or clearing asked for (firm)\nRemark: please\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\nSent: 2026-11-27 22:33:17 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0003：申请降级或消警","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0003\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：申请降级或消警（firm）\n说明：please\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-af8d-7509-908f-39391657782f\n发出时间：2026-11-27 22:33:17","next":"掌握情况"}},"references":[{"key":"01a21d6c-af8d-7db9-aebc-af6a65f869c3/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789991820},{"key":"01a21d6c-c71e-70fd-b02b-25d4148a1b05/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789997854}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-d5fd-7504-a637-1511509039d6','01a21d6c-d5f9-7676-bc55-5958c07292f6/01a21d6c-6fad-74db-ac75-ef13f4f2a118',111,'01a21d6c-d5f9-7676-bc55-5958c07292f6','notice',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["regulator"]',4,1795790001657,'{"key":"01a21d6c-d5f9-7676-bc55-5958c07292f6/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"notice","number":1,"level":"red","article":"23","dueAt":1795790001654,"at":1795790001657,"to":{"code":"yjj","name":"区应急局","capacities":["regulator"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"notice","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[Notice 1] PLANT S0000: RED (grave) warning not downgraded","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nIt was to be downgraded by 2026-11-27 22:33:21 and is not. This is notice 1.\n\nWhat to do now: press the enterprise to handle it; downgrade when that is justified\nYou are told as: regulator\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:21 (UTC+8)","next":"press the enterprise to handle it; downgrade when that is justified"},"zh":{"title":"【警示通报 第1次】PLANT S0000 红色（重大风险）预警未降级","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n应于 2026-11-27 22:33:21 前降级，至今未降级。本次为第 1 次警示通报。\n\n下一步：督促企业立即处置，符合条件时降级\n贵方身份：行业监管部门\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:21","next":"督促企业立即处置，符合条件时降级"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-d5ff-7844-a4b3-63f7c5a6a924','01a21d6c-d5f9-7c9e-ad91-fcfffe5b60dc/01a21d6c-6fad-78b1-b023-2359925a4483',111,'01a21d6c-d5f9-7c9e-ad91-fcfffe5b60dc','uplink',2,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',4,1795790001657,'{"key":"01a21d6c-d5f9-7c9e-ad91-fcfffe5b60dc/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":2,"level":"red","article":"23","dueAt":1795790001657,"at":1795790001657,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"notice","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[RED (grave) warning] PLANT S0000: notice","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: notice\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:21 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0000：警示通报","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：警示通报\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:21","next":"掌握情况"}},"references":[{"key":"01a21d6c-c657-7880-a5cc-04c0f2ed9308/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789997654}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-ddcb-79b8-9632-7f21713871eb','01a21d6c-ddc8-74b1-b980-666d2b495ebd/01a21d6c-6fad-74db-ac75-ef13f4f2a118',112,'01a21d6c-ddc8-74b1-b980-666d2b495ebd','supervise',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["regulator"]',4,1795790003656,'{"key":"01a21d6c-ddc8-74b1-b980-666d2b495ebd/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"supervise","number":1,"level":"red","article":"23","dueAt":1795790003654,"at":1795790003656,"to":{"code":"yjj","name":"区应急局","capacities":["regulator"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"supervise","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[On-site supervision] PLANT S0000: RED (grave) warning","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThe limit of 2026-11-27 22:33:23 has passed without a downgrade: on-site verification and supervision is due.\n\nWhat to do now: send someone to the site and record result and evidence on the platform\nYou are told as: regulator\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"send someone to the site and record result and evidence on the platform"},"zh":{"title":"【现场核查督办】PLANT S0000 红色（重大风险）预警","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n时限 2026-11-27 22:33:23 已到，预警仍未降级，须组织现场核查督办。\n\n下一步：指派人员到现场核查，并在平台记录结果和证据\n贵方身份：行业监管部门\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"指派人员到现场核查，并在平台记录结果和证据"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-ddcc-7c43-9d1f-17177d8df04f','01a21d6c-ddc8-7697-9ff9-26f6bded34d1/01a21d6c-6fad-78b1-b023-2359925a4483',112,'01a21d6c-ddc8-7697-9ff9-26f6bded34d1','uplink',3,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',4,1795790003656,'{"key":"01a21d6c-ddc8-7697-9ff9-26f6bded34d1/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":3,"level":"red","article":"23","dueAt":1795790003656,"at":1795790003656,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"red","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"supervise","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[RED (grave) warning] PLANT S0000: on-site supervision","body":"Level: RED (grave)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: on-site supervision\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 23 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0000：现场核查督办","body":"级别：红色（重大风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：现场核查督办\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第23条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"掌握情况"}},"references":[{"key":"01a21d6c-c657-7880-a5cc-04c0f2ed9308/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789997654},{"key":"01a21d6c-d5f9-7c9e-ad91-fcfffe5b60dc/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795790001657}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-dde7-7d38-80b7-d6ddc73284cb','01a21d6c-dde3-7570-8a18-c1721fc8c8cb/01a21d6c-6fad-74db-ac75-ef13f4f2a118',114,'01a21d6c-dde3-7570-8a18-c1721fc8c8cb','lowered',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["bureau","regulator"]',2,1795790003682,'{"key":"01a21d6c-dde3-7570-8a18-c1721fc8c8cb/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"lowered","number":1,"level":"yellow","article":"21","dueAt":1795790003682,"at":1795790003682,"to":{"code":"yjj","name":"区应急局","capacities":["bureau","regulator"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"yellow","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"lowered","by":"bureau","why":"contained","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[Downgraded] PLANT S0000 to YELLOW (general)","body":"Level: YELLOW (general)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nDecided by bureau: contained\n\nWhat to do now: follow it at the new level\nYou are told as: emergency bureau, regulator\nBy Article 21 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"follow it at the new level"},"zh":{"title":"【已降级】PLANT S0000 降为黄色（一般风险）","body":"级别：黄色（一般风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n决定人：bureau；理由：contained\n\n下一步：按新级别跟踪\n贵方身份：区应急局, 行业监管部门\n依据：《管理办法》第21条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"按新级别跟踪"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-dde7-71f7-93d7-e9da8e646f0c','01a21d6c-dde3-7570-8a18-c1721fc8c8cb/01a21d6c-6fad-79a1-b172-3a95778ac136',114,'01a21d6c-dde3-7570-8a18-c1721fc8c8cb','lowered',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-79a1-b172-3a95778ac136','["zone"]',2,1795790003682,'{"key":"01a21d6c-dde3-7570-8a18-c1721fc8c8cb/01a21d6c-6fad-79a1-b172-3a95778ac136","kind":"lowered","number":1,"level":"yellow","article":"21","dueAt":1795790003682,"at":1795790003682,"to":{"code":"120116400","name":"天津经济技术开发区（其他片区）","capacities":["zone"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"yellow","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"lowered","by":"bureau","why":"contained","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[Downgraded] PLANT S0000 to YELLOW (general)","body":"Level: YELLOW (general)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nDecided by bureau: contained\n\nWhat to do now: follow it at the new level\nYou are told as: zone\nBy Article 21 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"follow it at the new level"},"zh":{"title":"【已降级】PLANT S0000 降为黄色（一般风险）","body":"级别：黄色（一般风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n决定人：bureau；理由：contained\n\n下一步：按新级别跟踪\n贵方身份：功能区安全管理部门\n依据：《管理办法》第21条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"按新级别跟踪"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-dde7-7b86-8602-64d1f8d39455','01a21d6c-dde3-7570-8a18-c1721fc8c8cb/01a21d6c-8983-701e-b98f-67d9efa0ffb8',114,'01a21d6c-dde3-7570-8a18-c1721fc8c8cb','lowered',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','["enterprise"]',2,1795790003682,'{"key":"01a21d6c-dde3-7570-8a18-c1721fc8c8cb/01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"lowered","number":1,"level":"yellow","article":"21","dueAt":1795790003682,"at":1795790003682,"to":{"code":"PLANT","name":"PLANT","capacities":["enterprise"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"yellow","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"lowered","by":"bureau","why":"contained","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[Downgraded] PLANT S0000 to YELLOW (general)","body":"Level: YELLOW (general)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nDecided by bureau: contained\n\nWhat to do now: go on until it is cleared\nYou are told as: enterprise\nBy Article 21 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"go on until it is cleared"},"zh":{"title":"【已降级】PLANT S0000 降为黄色（一般风险）","body":"级别：黄色（一般风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n决定人：bureau；理由：contained\n\n下一步：继续处置，直至消警\n贵方身份：企业\n依据：《管理办法》第21条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"继续处置，直至消警"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-dde8-7390-9779-1d52c8050000','01a21d6c-dde3-7ef8-b7e7-d6fbad1dc043/01a21d6c-6fad-78b1-b023-2359925a4483',114,'01a21d6c-dde3-7ef8-b7e7-d6fbad1dc043','uplink',4,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',2,1795790003682,'{"key":"01a21d6c-dde3-7ef8-b7e7-d6fbad1dc043/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":4,"level":"yellow","article":"21","dueAt":1795790003682,"at":1795790003682,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"yellow","peak":"red","condition":"active","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"lowered","by":"bureau","why":"contained","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[RED (grave) warning] PLANT S0000: downgraded","body":"Level: YELLOW (general)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: still beyond the limit; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: downgraded (bureau)\nRemark: contained\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 21 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0000：降级","body":"级别：黄色（一般风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：仍在越限；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：降级（bureau）\n说明：contained\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第21条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"掌握情况"}},"references":[{"key":"01a21d6c-c657-7880-a5cc-04c0f2ed9308/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789997654},{"key":"01a21d6c-ddc8-7697-9ff9-26f6bded34d1/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795790003656}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-ddfd-7bde-9900-6c443b9c1dea','01a21d6c-ddf7-7e8a-8c06-f32a454183f1/01a21d6c-6fad-78b1-b023-2359925a4483',115,'01a21d6c-ddf7-7e8a-8c06-f32a454183f1','uplink',5,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',2,1795790003702,'{"key":"01a21d6c-ddf7-7e8a-8c06-f32a454183f1/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":5,"level":"yellow","article":"21","dueAt":1795790003702,"at":1795790003702,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"yellow","peak":"red","condition":"returned","work":"handling","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"returned","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[RED (grave) warning] PLANT S0000: measured value back within limits","body":"Level: YELLOW (general)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: back within limits; handling: being handled\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: measured value back within limits\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 21 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0000：监测值恢复","body":"级别：黄色（一般风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：已恢复；处置：处置中\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：监测值恢复\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第21条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"掌握情况"}},"references":[{"key":"01a21d6c-c657-7880-a5cc-04c0f2ed9308/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789997654},{"key":"01a21d6c-dde3-7ef8-b7e7-d6fbad1dc043/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795790003682}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-de15-7c9f-9789-8f36d86a52d6','01a21d6c-de0c-7608-a623-4fa95c5097e0/01a21d6c-6fad-78b1-b023-2359925a4483',116,'01a21d6c-de0c-7608-a623-4fa95c5097e0','uplink',6,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',2,1795790003724,'{"key":"01a21d6c-de0c-7608-a623-4fa95c5097e0/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":6,"level":"yellow","article":"21","dueAt":1795790003724,"at":1795790003724,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"yellow","peak":"red","condition":"returned","work":"reported","end":"open","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"reported","by":"firm","why":"done","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[RED (grave) warning] PLANT S0000: result reported","body":"Level: YELLOW (general)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: back within limits; handling: result reported\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: result reported (firm)\nRemark: done\nEnd: open\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 21 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0000：反馈结果","body":"级别：黄色（一般风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：已恢复；处置：已反馈\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：反馈结果（firm）\n说明：done\n结束情况：未结束\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第21条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"掌握情况"}},"references":[{"key":"01a21d6c-c657-7880-a5cc-04c0f2ed9308/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789997654},{"key":"01a21d6c-ddf7-7e8a-8c06-f32a454183f1/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795790003702}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-de24-76e6-97aa-53b850bbf4b2','01a21d6c-de21-708e-a8b0-dd162853ca25/01a21d6c-6fad-74db-ac75-ef13f4f2a118',117,'01a21d6c-de21-708e-a8b0-dd162853ca25','ended',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["bureau","regulator"]',2,1795790003744,'{"key":"01a21d6c-de21-708e-a8b0-dd162853ca25/01a21d6c-6fad-74db-ac75-ef13f4f2a118","kind":"ended","number":1,"level":"yellow","article":"21","dueAt":1795790003744,"at":1795790003744,"to":{"code":"yjj","name":"区应急局","capacities":["bureau","regulator"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"yellow","peak":"red","condition":"returned","work":"reported","end":"cleared","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"endedAt":1795790003744,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"cleared","by":"zone","why":"dealt with","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[Ended] PLANT S0000: cleared","body":"Level: YELLOW (general)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: back within limits; handling: result reported\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nResult: cleared. Decided by zone: dealt with\n\nWhat to do now: nothing\nYou are told as: emergency bureau, regulator\nBy Article 21 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"nothing"},"zh":{"title":"【已结束】PLANT S0000 已消警","body":"级别：黄色（一般风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：已恢复；处置：已反馈\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n结果：已消警；决定人：zone；理由：dealt with\n\n下一步：无需处置\n贵方身份：区应急局, 行业监管部门\n依据：《管理办法》第21条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"无需处置"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-de25-768c-97a0-7b2cb35fc7b1','01a21d6c-de21-708e-a8b0-dd162853ca25/01a21d6c-6fad-79a1-b172-3a95778ac136',117,'01a21d6c-de21-708e-a8b0-dd162853ca25','ended',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-79a1-b172-3a95778ac136','["zone"]',2,1795790003744,'{"key":"01a21d6c-de21-708e-a8b0-dd162853ca25/01a21d6c-6fad-79a1-b172-3a95778ac136","kind":"ended","number":1,"level":"yellow","article":"21","dueAt":1795790003744,"at":1795790003744,"to":{"code":"120116400","name":"天津经济技术开发区（其他片区）","capacities":["zone"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"yellow","peak":"red","condition":"returned","work":"reported","end":"cleared","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"endedAt":1795790003744,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"cleared","by":"zone","why":"dealt with","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[Ended] PLANT S0000: cleared","body":"Level: YELLOW (general)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: back within limits; handling: result reported\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nResult: cleared. Decided by zone: dealt with\n\nWhat to do now: nothing\nYou are told as: zone\nBy Article 21 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"nothing"},"zh":{"title":"【已结束】PLANT S0000 已消警","body":"级别：黄色（一般风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：已恢复；处置：已反馈\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n结果：已消警；决定人：zone；理由：dealt with\n\n下一步：无需处置\n贵方身份：功能区安全管理部门\n依据：《管理办法》第21条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"无需处置"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-de25-76b8-8f6e-79cddb707419','01a21d6c-de21-708e-a8b0-dd162853ca25/01a21d6c-8983-701e-b98f-67d9efa0ffb8',117,'01a21d6c-de21-708e-a8b0-dd162853ca25','ended',1,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','["enterprise"]',2,1795790003744,'{"key":"01a21d6c-de21-708e-a8b0-dd162853ca25/01a21d6c-8983-701e-b98f-67d9efa0ffb8","kind":"ended","number":1,"level":"yellow","article":"21","dueAt":1795790003744,"at":1795790003744,"to":{"code":"PLANT","name":"PLANT","capacities":["enterprise"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"yellow","peak":"red","condition":"returned","work":"reported","end":"cleared","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"endedAt":1795790003744,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"cleared","by":"zone","why":"dealt with","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[Ended] PLANT S0000: cleared","body":"Level: YELLOW (general)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: back within limits; handling: result reported\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nResult: cleared. Decided by zone: dealt with\n\nWhat to do now: nothing\nYou are told as: enterprise\nBy Article 21 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"nothing"},"zh":{"title":"【已结束】PLANT S0000 已消警","body":"级别：黄色（一般风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：已恢复；处置：已反馈\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n结果：已消警；决定人：zone；理由：dealt with\n\n下一步：无需处置\n贵方身份：企业\n依据：《管理办法》第21条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"无需处置"}}}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
INSERT INTO "notify_push" VALUES('01a21d6c-de25-7b2c-b798-83b817144087','01a21d6c-de21-71d7-9096-bb012abc15aa/01a21d6c-6fad-78b1-b023-2359925a4483',117,'01a21d6c-de21-71d7-9096-bb012abc15aa','uplink',7,'01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-6fad-78b1-b023-2359925a4483','["municipal"]',2,1795790003744,'{"key":"01a21d6c-de21-71d7-9096-bb012abc15aa/01a21d6c-6fad-78b1-b023-2359925a4483","kind":"uplink","number":7,"level":"yellow","article":"21","dueAt":1795790003744,"at":1795790003744,"to":{"code":"sj","name":"市级监测预警系统","capacities":["municipal"]},"warning":{"id":"01a21d6c-aebb-7f90-985a-4f26647f8fc7","level":"yellow","peak":"red","condition":"returned","work":"reported","end":"cleared","late":false,"model":"limits","modelVersion":1,"sector":"hazchem","subject":"S0000","quantity":"level","rung":"HH","value":14,"limit":13.5,"unit":"m","signalAt":1795789991594,"raisedAt":1795789991610,"endedAt":1795790003744,"enterprise":{"code":"PLANT","creditCode":"91120116MA00000001","name":"PLANT"},"zone":{"code":"120116400","name":"天津经济技术开发区（其他片区）"}},"act":"cleared","by":"zone","why":"dealt with","link":"http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7","texts":{"en":{"title":"[RED (grave) warning] PLANT S0000: cleared","body":"Level: YELLOW (general)\nEnterprise: PLANT (天津经济技术开发区（其他片区）)\nWhere: S0000\nMeasured: 14 m, limit (HH): 13.5 m\nCondition: back within limits; handling: result reported\nSignal: 2026-11-27 22:33:11\nRaised: 2026-11-27 22:33:11\nThis change: cleared (zone)\nRemark: dealt with\nEnd: cleared\n\nWhat to do now: take note\nYou are told as: municipal platform\nBy Article 21 of the regulation\nDetails: http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\nSent: 2026-11-27 22:33:23 (UTC+8)","next":"take note"},"zh":{"title":"【红色（重大风险）预警情况】PLANT S0000：消警","body":"级别：黄色（一般风险）\n企业：PLANT（天津经济技术开发区（其他片区））\n部位：S0000\n监测值：14 m，限值（HH）：13.5 m\n现状：已恢复；处置：已反馈\n信号时间：2026-11-27 22:33:11\n预警时间：2026-11-27 22:33:11\n本次变化：消警（zone）\n说明：dealt with\n结束情况：已消警\n\n下一步：掌握情况\n贵方身份：市级监测预警系统\n依据：《管理办法》第21条\n详情：http://127.0.0.1:26371/warnings/01a21d6c-aebb-7f90-985a-4f26647f8fc7\n发出时间：2026-11-27 22:33:23","next":"掌握情况"}},"references":[{"key":"01a21d6c-c657-7880-a5cc-04c0f2ed9308/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795789997654},{"key":"01a21d6c-de0c-7608-a623-4fa95c5097e0/01a21d6c-6fad-78b1-b023-2359925a4483","at":1795790003724}]}','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',4);
CREATE TABLE number (
  series TEXT PRIMARY KEY,
  last   BIGINT NOT NULL
);
INSERT INTO "number" VALUES('risk_model_set',1);
INSERT INTO "number" VALUES('enterprise',5);
INSERT INTO "number" VALUES('point',8);
INSERT INTO "number" VALUES('device',1);
CREATE TABLE party (
  id       TEXT PRIMARY KEY,
  kind     TEXT NOT NULL,
  code     TEXT NOT NULL,
  name     TEXT NOT NULL,
  name_en  TEXT NOT NULL,
  parent   TEXT NOT NULL,
  sectors  TEXT NOT NULL, -- JSON list
  contacts TEXT NOT NULL, -- JSON list
  UNIQUE (kind, code)
);
INSERT INTO "party" VALUES('01a21d6c-6fad-74db-ac75-ef13f4f2a118','bureau','yjj','区应急局','District Emergency Management Bureau','','["hazchem","hazchem_pipeline","pipeline"]','[{"name":"yjj","duty":"duty_desk","channels":[{"kind":"webhook","address":"http://127.0.0.1:36755/yjj"}]}]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7204-948a-c60cb7e76b25','committee','awb','区安委办','Office of the District Work Safety Committee','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7c9e-a62a-d186b7538a3a','regulator','jyj','区交运局','District Transport Bureau','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["vehicles"]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7ace-bbfa-5f905347af82','regulator','jjzd','交警支队','Traffic Police Detachment','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["vehicles"]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7ea0-97df-edab67e7454a','regulator','xfzd','消防救援支队','Fire and Rescue Detachment','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["fire"]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7c81-ae5c-9374f8fbf662','regulator','zjw','区住建委','District Housing and Construction Commission','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["construction"]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7c53-a3a6-92b4d1b9f81b','regulator','fgw','区发改委','District Development and Reform Commission','01a21d6c-6fad-74db-ac75-ef13f4f2a118','["pipeline"]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7287-8d61-7f23570e706d','operator','yygs','运营公司','Operating Company','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-78b1-b023-2359925a4483','municipal','sj','市级监测预警系统','Municipal Monitoring and Warning System','','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7c3b-92a5-0be6d13d8092','discipline','jwjw','区纪委监委','District Commission for Discipline Inspection and Supervision','','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-79a1-b172-3a95778ac136','zone','120116400','天津经济技术开发区（其他片区）','TEDA (other parts)','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[{"name":"120116400","duty":"duty_desk","channels":[{"kind":"webhook","address":"http://127.0.0.1:36755/120116400"}]}]');
INSERT INTO "party" VALUES('01a21d6c-6fad-775b-bc4c-270c8e9b78b9','zone','120116401','天津港保税区','Tianjin Port Free Trade Zone','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-71f8-bebd-ef8b745cc1ae','zone','120116402','天津滨海新区高新技术产业开发区','Tianjin Binhai Hi-Tech Industrial Development Area','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7e7b-87ff-e8647f0749b1','zone','120116403','东疆保税港区','Dongjiang Bonded Port Area','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-71ba-9b39-c5a75f52d79a','zone','120116406','中新天津生态城','Sino-Singapore Tianjin Eco-City','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7cb6-a28d-8ac0f3b0dca8','zone','120116001','塘沽街道','Tanggu Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7402-868d-d314cf7df93d','zone','120116005','杭州道街道','Hangzhoudao Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7250-ae7f-1cca224ccbfc','zone','120116006','新河街道','Xinhe Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7b94-9cc5-ea095f0fcc78','zone','120116007','大沽街道','Dagu Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7199-9652-20a36916b904','zone','120116008','新北街道','Xinbei Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-701a-8102-0b34bce04f46','zone','120116009','北塘街道','Beitang Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7f26-bf7e-035aa41910e7','zone','120116011','胡家园街道','Hujiayuan Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7bc9-9f2b-c5f0ea812584','zone','120116012','新港街道','Xingang Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7eb4-8a07-a974f43adf1e','zone','120116013','新村街道','Xincun Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7660-8588-465999c1a43c','zone','120116014','天津经济技术开发区东区泰达街道','TEDA East (Taida Subdistrict)','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7ca8-a8b3-ee61bdec1faf','zone','120116031','汉沽街道','Hangu Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7fe4-b312-32c22482c83c','zone','120116032','寨上街道','Zhaishang Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7238-81d0-edf762b6f586','zone','120116033','茶淀街道','Chadian Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7534-ba4f-ba78c4b76a84','zone','120116051','大港街道','Dagang Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7020-8ec4-7f9dd13b4595','zone','120116053','古林街道','Gulin Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-769e-954d-c584c2741fdc','zone','120116054','海滨街道','Haibin Subdistrict','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7c7a-a6eb-411f3689be7f','zone','120116100','新城镇','Xincheng Town','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7221-b9be-044caf7b2727','zone','120116135','杨家泊镇','Yangjiabo Town','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-7871-acff-c67e79fd4667','zone','120116156','太平镇','Taiping Town','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-78a5-9d35-c7d70ef83fc4','zone','120116157','小王庄镇','Xiaowangzhuang Town','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-6fad-79c9-b24b-32f8a1e7c585','zone','120116158','中塘镇','Zhongtang Town','01a21d6c-6fad-74db-ac75-ef13f4f2a118','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-8983-701e-b98f-67d9efa0ffb8','enterprise','PLANT','PLANT','','01a21d6c-6fad-79a1-b172-3a95778ac136','[]','[{"name":"PLANT","duty":"duty_desk","channels":[{"kind":"webhook","address":"http://127.0.0.1:36755/PLANT"}]}]');
INSERT INTO "party" VALUES('01a21d6c-8985-7fba-8721-05b92b93c28b','enterprise','BULK0','BULK0','','01a21d6c-6fad-79a1-b172-3a95778ac136','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-8985-7848-8bbb-8aaa0a673191','enterprise','BULK1','BULK1','','01a21d6c-6fad-79a1-b172-3a95778ac136','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-8985-7a59-95fd-af642afe005f','enterprise','BULK2','BULK2','','01a21d6c-6fad-79a1-b172-3a95778ac136','[]','[]');
INSERT INTO "party" VALUES('01a21d6c-8985-7d90-8a3a-0903b0d567e4','enterprise','BULK3','BULK3','','01a21d6c-6fad-79a1-b172-3a95778ac136','[]','[]');
CREATE TABLE period (
  warning    TEXT NOT NULL,
  number     BIGINT NOT NULL,
  level      BIGINT NOT NULL,
  began      BIGINT NOT NULL,
  ended      BIGINT NOT NULL,
  anchor     BIGINT NOT NULL, -- the clock as it was when the period ended
  noticed    BIGINT NOT NULL,
  supervised BIGINT NOT NULL,
  why        TEXT NOT NULL,
  PRIMARY KEY (warning, number)
);
INSERT INTO "period" VALUES('01a21d6c-aebb-7f90-985a-4f26647f8fc7',1,3,1795789991610,1795789997654,1795789991610,1,1,'');
INSERT INTO "period" VALUES('01a21d6c-af18-74ff-bcc2-b6e24c9d1993',1,1,1795789991683,1795789992144,1795789991683,0,0,'');
INSERT INTO "period" VALUES('01a21d6c-af69-701c-91da-cb4ad6f368a5',1,3,1795789991784,1795789997883,1795789991784,1,1,'');
INSERT INTO "period" VALUES('01a21d6c-af8d-7509-908f-39391657782f',1,4,1795789991820,0,0,0,0,'');
INSERT INTO "period" VALUES('01a21d6c-aebb-7f90-985a-4f26647f8fc7',2,4,1795789997654,1795790003682,1795789997654,1,1,'');
INSERT INTO "period" VALUES('01a21d6c-aebb-7f90-985a-4f26647f8fc7',3,2,1795790003682,1795790003744,1795790003682,0,0,'contained');
CREATE TABLE point (
  id         TEXT PRIMARY KEY,
  num        BIGINT NOT NULL UNIQUE,
  enterprise TEXT NOT NULL,
  asset      TEXT NOT NULL,
  device     TEXT NOT NULL,
  code       TEXT NOT NULL,
  name       TEXT NOT NULL,
  quantity   TEXT NOT NULL,
  unit       TEXT NOT NULL,
  range_low  DOUBLE PRECISION NOT NULL,
  range_high DOUBLE PRECISION NOT NULL,
  ll         DOUBLE PRECISION,
  l          DOUBLE PRECISION,
  h          DOUBLE PRECISION,
  hh         DOUBLE PRECISION,
  every      BIGINT NOT NULL,
  key        BIGINT NOT NULL,
  retired_at BIGINT NOT NULL, -- 0: in use; else its code was given to another point
  version    BIGINT NOT NULL
);
INSERT INTO "point" VALUES('01a21d6c-89a8-76a7-8768-3b5a930ab7a5',1,'01a21d6c-8983-701e-b98f-67d9efa0ffb8','','','S0000','S0000','level','m',0.0,15.0,1.0,2.0,12.0,13.5,300000,0,0,1);
INSERT INTO "point" VALUES('01a21d6c-89a9-7e53-a778-0d62f775fa2e',2,'01a21d6c-8983-701e-b98f-67d9efa0ffb8','','','S0001','S0001','level','m',0.0,15.0,1.0,2.0,12.0,13.5,300000,0,0,1);
INSERT INTO "point" VALUES('01a21d6c-89a9-79d7-ade5-232c531fd366',3,'01a21d6c-8983-701e-b98f-67d9efa0ffb8','','','S0002','S0002','level','m',0.0,15.0,1.0,2.0,12.0,13.5,300000,0,0,1);
INSERT INTO "point" VALUES('01a21d6c-89aa-74d7-9352-df458a959249',4,'01a21d6c-8983-701e-b98f-67d9efa0ffb8','','','S0003','S0003','level','m',0.0,15.0,1.0,2.0,12.0,13.5,300000,0,0,1);
INSERT INTO "point" VALUES('01a21d6c-89ac-7e90-b241-9a3e08ad5ccb',5,'01a21d6c-8985-7fba-8721-05b92b93c28b','','','B00','B000','level','m',0.0,15.0,1.0,2.0,12.0,13.5,300000,0,0,1);
INSERT INTO "point" VALUES('01a21d6c-89ad-7444-ade3-8d7bd23a1ada',6,'01a21d6c-8985-7848-8bbb-8aaa0a673191','','','B00','B100','level','m',0.0,15.0,1.0,2.0,12.0,13.5,300000,0,0,1);
INSERT INTO "point" VALUES('01a21d6c-89ad-7dc8-b880-efb1504b06d6',7,'01a21d6c-8985-7a59-95fd-af642afe005f','','','B00','B200','level','m',0.0,15.0,1.0,2.0,12.0,13.5,300000,0,0,1);
INSERT INTO "point" VALUES('01a21d6c-89ad-7d7c-a2ed-06fd48fbc73c',8,'01a21d6c-8985-7d90-8a3a-0903b0d567e4','','','B00','B300','level','m',0.0,15.0,1.0,2.0,12.0,13.5,300000,0,0,1);
CREATE TABLE push_key (
  id         TEXT PRIMARY KEY,
  enterprise TEXT NOT NULL,
  state      TEXT NOT NULL,
  sealed     BYTEA NOT NULL, -- nonce and AES-256-GCM under the master key, AAD: id and enterprise
  issued_at  BIGINT NOT NULL,
  issued_by  TEXT NOT NULL,
  revoked_at BIGINT NOT NULL
);
INSERT INTO "push_key" VALUES('efdb243292ec25ea','01a21d6c-8983-701e-b98f-67d9efa0ffb8','active',X'CCBF0FA2A44798E85FC2D40ED78DDD2BF707ED8C3D500B0D20ACCD94B0C5BCB31CE2F26957AA6BDB306607DF66367B816DAC5E11192AA302262EAC27',1795789990082,'Administrator',0);
INSERT INTO "push_key" VALUES('b7c977fd2ce680b7','01a21d6c-8985-7fba-8721-05b92b93c28b','active',X'7D7A4D16FB8F6CF771F473AA124B4C18921CFBE05C4E914298D7CD7242CC46BBF65224D3C89CCF7A02F363C2D7F9EEAA28E96323ED8F8BF8EB08B43C',1795789990092,'Administrator',0);
INSERT INTO "push_key" VALUES('102beae2f329aa72','01a21d6c-8985-7848-8bbb-8aaa0a673191','active',X'BD1C7494D055333DFC7FF3A894A474F047404CAD6B102808EDA4F2FAC998915AA80CF3551C61BA2C29423AA65BAAC6F43FD186A0E91BBC4A0FE6D167',1795789990194,'Administrator',0);
INSERT INTO "push_key" VALUES('e24dec90448eaa47','01a21d6c-8985-7a59-95fd-af642afe005f','active',X'59A79F4A4A84E7B8B72CD6A98D60F7C2DFB9E0CA286AAD8A6CB5440280D41DB57B9761329C77AB5308F6FFA22A08D3237769448C65336F2E9BEAFCDE',1795789990208,'Administrator',0);
INSERT INTO "push_key" VALUES('1355074dd299061e','01a21d6c-8985-7d90-8a3a-0903b0d567e4','active',X'D1B27273BACB3F74447023AD64430D71EB133C23D0ABABCFC113462FD9ACDC37E6501B2D45B473056AED476A2DCEAA78712E16D4C186771AE47D0BED',1795789990213,'Administrator',0);
CREATE TABLE risk_grading (
  key          TEXT   NOT NULL,
  version      BIGINT NOT NULL,
  revision     BIGINT NOT NULL,
  state        TEXT   NOT NULL, -- draft, guided, superseded
  sector       TEXT   NOT NULL,
  title_zh     TEXT   NOT NULL,
  title_en     TEXT   NOT NULL,
  criteria     TEXT   NOT NULL, -- JSON: level and criterion in both languages
  source       TEXT   NOT NULL,
  drafter      TEXT   NOT NULL,
  drafter_name TEXT   NOT NULL,
  drafter_role TEXT   NOT NULL,
  drafted_at   BIGINT NOT NULL,
  guide        TEXT   NOT NULL,
  guide_name   TEXT   NOT NULL,
  guide_role   TEXT   NOT NULL,
  guide_party  TEXT   NOT NULL,
  guided_at    BIGINT NOT NULL, -- 0: nobody yet
  guidance     TEXT   NOT NULL,
  PRIMARY KEY (key, version)
);
CREATE TABLE risk_late (
  partition  BIGINT NOT NULL,
  seq        BIGINT NOT NULL, -- the record they came in
  idx        BIGINT NOT NULL,
  enterprise BIGINT NOT NULL,
  device     BIGINT NOT NULL,
  received   BIGINT NOT NULL, -- ms
  clock      BIGINT NOT NULL, -- the models' time of receipt
  offset_ms  BIGINT NOT NULL, -- receipt minus the sender's clock
  bytes      BYTEA  NOT NULL, -- the late samples as a block
  PRIMARY KEY (partition, seq, idx)
);
CREATE TABLE risk_model (
  id            TEXT   NOT NULL,
  version       BIGINT NOT NULL,
  revision      BIGINT NOT NULL, -- raised by every change of the row
  state         TEXT   NOT NULL, -- draft, submitted, live, retired, refused
  sector        TEXT   NOT NULL, -- '' for every sector
  kind          TEXT   NOT NULL,
  title_zh      TEXT   NOT NULL,
  title_en      TEXT   NOT NULL,
  grading       TEXT   NOT NULL, -- key@version, '' for none
  yaml          TEXT   NOT NULL,
  hash          TEXT   NOT NULL, -- SHA-256 of yaml
  author        TEXT   NOT NULL, -- '' for the platform
  author_name   TEXT   NOT NULL,
  author_role   TEXT   NOT NULL,
  authored_at   BIGINT NOT NULL,
  hands         TEXT   NOT NULL, -- JSON: everyone who wrote or submitted it
  approver      TEXT   NOT NULL, -- who released or refused it
  approver_name TEXT   NOT NULL,
  approver_role TEXT   NOT NULL,
  approved_at   BIGINT NOT NULL, -- 0: nobody yet
  why           TEXT   NOT NULL,
  set_number    BIGINT NOT NULL, -- of the set of models that its last release or retirement made
  PRIMARY KEY (id, version)
);
INSERT INTO "risk_model" VALUES('limits',1,1,'live','','ladder','越限','limits','','# Four limits, four colours, nothing that delays. No model of silence or pace: those
# would say how long the platform lay dead, and that differs from run to run.
id: limits
version: 1
kind: ladder
scope: {}
ladder:
  - {rung: L, level: blue}
  - {rung: LL, level: yellow}
  - {rung: H, level: orange}
  - {rung: HH, level: red}
evidence: 4
source:
  - {standard: none, clause: for tests}
text:
  zh: {title: 越限, cause: 无, consequence: 无, action: 无, response: 无}
  en: {title: limits, cause: none, consequence: none, action: none, response: none}
','1d3760f72e454c5b1948ae7c88826995309c647f49cdffc0bbf4b592e9d99fdd','','platform/risk','',1795789974784,'null','','platform/risk','',1795789974784,'shipped with the program',1);
CREATE TABLE risk_place (
  partition BIGINT PRIMARY KEY,
  epoch     BIGINT NOT NULL, -- raised by each holder when it takes over
  seq       BIGINT NOT NULL, -- the last record judged
  idx       BIGINT NOT NULL,
  clock     BIGINT NOT NULL, -- the models' time: ticks added up, gaps left out
  tick      BIGINT NOT NULL, -- the last tick, ms
  grace     BIGINT NOT NULL  -- the clock when ticks last went on after a gap
, applied_seq BIGINT NOT NULL DEFAULT 0, applied_idx BIGINT NOT NULL DEFAULT 0, generation BIGINT NOT NULL DEFAULT 0);
INSERT INTO "risk_place" VALUES(0,1,39,0,1795790011345,1795790011345,0,30,0,6);
CREATE TABLE risk_replay (
  hash  TEXT   PRIMARY KEY, -- of the candidate's text
  model TEXT   NOT NULL,
  ended BIGINT NOT NULL,
  bytes BYTEA  NOT NULL     -- the report as JSON
);
CREATE TABLE risk_shard (
  partition  BIGINT NOT NULL,
  shard      BIGINT NOT NULL, -- num modulo 64
  generation BIGINT NOT NULL, -- of the checkpoint that wrote it
  version    BIGINT NOT NULL, -- of the encoding
  bytes      BYTEA  NOT NULL,
  PRIMARY KEY (partition, shard, generation)
);
INSERT INTO "risk_shard" VALUES(0,2,3,3,X'03C294E6D6C368000100040201835201835201835201875200000000000014400001875200000000000014400181590002018959000000000000F83F000187520000000000001440000000');
INSERT INTO "risk_shard" VALUES(0,4,3,3,X'03C294E6D6C36801066C696D6974730104014C01024C4C02014803024848040100080201A95701A95701A95701B9570000000000002C400001B9570000000000002C4001A957010101B9570000000000002C4000010009030302020101A95701B957030101A95701B95701A95700');
INSERT INTO "risk_shard" VALUES(0,3,4,3,X'03D4E2E6D6C368000100060201C34501C34501C34501C54500000000000014400001C545000000000000144001D3A501000201AFA60100000000000029400001C5450000000000001440000000');
INSERT INTO "risk_shard" VALUES(0,1,5,3,X'03C6C0E7D6C368000100020201E14801E14801E14801E34800000000000014400001E348000000000000144001D98502000301F1850200000000000029400001D5A7010000000000002C400001E348000000000000144000000100020201E14800');
CREATE TABLE risk_told (
  partition  BIGINT NOT NULL,
  seq        BIGINT NOT NULL, -- the record judged
  idx        BIGINT NOT NULL,
  model      TEXT   NOT NULL,
  subject    TEXT   NOT NULL,
  version    BIGINT NOT NULL, -- of the model
  enterprise BIGINT NOT NULL, -- num
  rung       TEXT   NOT NULL, level BIGINT NOT NULL DEFAULT -1, -- '' for returned
  PRIMARY KEY (partition, seq, idx, model, subject)
);
CREATE TABLE seal_hash (
  id   INTEGER PRIMARY KEY, -- in the order in which the tree completes its nodes
  hash BYTEA NOT NULL
);
INSERT INTO "seal_hash" VALUES(0,X'AE9268579B59062AABB36E3775263089CB610FF6EBC5256C2B909D44DFF44735');
INSERT INTO "seal_hash" VALUES(1,X'072398FF085A0C27C5B7CD3A17E9235B25722448D39A74AFB5A81063D0B6401C');
INSERT INTO "seal_hash" VALUES(2,X'A214AB7DD31FB749428F28A4C1C8B8E8C0D26F2AAB120C26363B742DF2773341');
INSERT INTO "seal_hash" VALUES(3,X'7833D0C351F87FEDFBA3DABBB717AE7599B3C48CB59778B161410273E8B8DABD');
INSERT INTO "seal_hash" VALUES(4,X'AAAB3566BCF32028A285F58FF5CBB906568D6F5209FF12D9CAAF8277838729F3');
INSERT INTO "seal_hash" VALUES(5,X'2CA4E3677DB4874549D1C1E167F02C7ED51714F3FECD372DDADBFCAAB532C6AA');
INSERT INTO "seal_hash" VALUES(6,X'42D9F08D109FA70A8F7A12A266271ACF050011563B56C5A85A7D07E25EE79ADE');
INSERT INTO "seal_hash" VALUES(7,X'7E50D83F7E5C67EECF78991221E3288C488424DC97C11DC6269CC70DAB4762F2');
INSERT INTO "seal_hash" VALUES(8,X'8B9A681AD353B781ACAE8ADF93CFC17A689A099C7AD5DAA4FCB69F4A810218EE');
INSERT INTO "seal_hash" VALUES(9,X'5DBEF75370D9F9D270BE2F66A35B22AF74075797B2BA7733D5BE75E834FFE93C');
INSERT INTO "seal_hash" VALUES(10,X'9DB2043EF622C077FE20B208D4B5B6302111DB5513265CD3528D967789169CEF');
INSERT INTO "seal_hash" VALUES(11,X'092DE30B36AC8B68628D242CD5F8E3AEC3A8AEFB332D832E92EA19D33C774F42');
INSERT INTO "seal_hash" VALUES(12,X'1E49D78F228DCAE4499C837C17C8A7235A3AB4291EDDA788058EE1D489A98535');
INSERT INTO "seal_hash" VALUES(13,X'0DF1724932CC14178FDE835AA3A7AECAFCBADABE97FA4CBDE783F35CCB34EDF0');
INSERT INTO "seal_hash" VALUES(14,X'3721CA10FC2C204B7955C156250A59ABBCBE66991FD623443DD2BBE66C1D47EF');
INSERT INTO "seal_hash" VALUES(15,X'79B28761283DA9F0378C59B9E3479F931FD405941280EC2B77C7FBAA39E911B0');
INSERT INTO "seal_hash" VALUES(16,X'FB418700ACB611325BCA3A225A87BB1E1CA616773588C07912C71EEE10BBCF3A');
INSERT INTO "seal_hash" VALUES(17,X'BB1AB52DD20CDFE47A21B39148CF0C01FE9FB3DA3103CFB28DB8F076AB81F5C8');
INSERT INTO "seal_hash" VALUES(18,X'CFEB0B4B8C73B576557D5CFF52BADA03EA164A399BC9A2219B24F713C2A2AD1E');
INSERT INTO "seal_hash" VALUES(19,X'7AFAB3377C10DFFA46D46A9C71371A0A1FBF945D962C1B04932A8859870471E7');
INSERT INTO "seal_hash" VALUES(20,X'89D37BBC2C6D63D50A373A292094E629B1030B59898E29451178B21484425DD2');
INSERT INTO "seal_hash" VALUES(21,X'1F3FBA4031A17E780986568AE5390621DFA84B40DCBE22FCFB63C42046B67635');
INSERT INTO "seal_hash" VALUES(22,X'07121E995A11147FE61E78256D07D90F44BFA442AABBCE8F3AA11BEC86BA8A0B');
INSERT INTO "seal_hash" VALUES(23,X'B678E5AC00C37E1641355805573F1C56D5B7681A5C6A2AA2B431F0B17C770823');
INSERT INTO "seal_hash" VALUES(24,X'806DCD9277912A0ED92EB92D35D5DF294BBB536F4D0BA15A62686593B0A9A792');
INSERT INTO "seal_hash" VALUES(25,X'36B362B7D10D1B274846E3041047C98C16D0EFE3C3878B36F40CD4FAC5542365');
INSERT INTO "seal_hash" VALUES(26,X'01026AE3EAB877BA51FA99FFF09F4413F84043C85DFE303FE4F9CF81FC5A431E');
INSERT INTO "seal_hash" VALUES(27,X'D334005DA51271B4381897FDEB5C914ACA570AA691847E8F6C1F2930D4B0132E');
INSERT INTO "seal_hash" VALUES(28,X'292F7BA5BEB55B2C682F1BB9FAA6CB8B6D185903C9ADF37092A496EED75AD705');
INSERT INTO "seal_hash" VALUES(29,X'A4355372AC7DF231890439C85E4626117D93F80BB79F3AA417644BC18A5C6E91');
INSERT INTO "seal_hash" VALUES(30,X'B5025AE7462BD58505A8C2742677542F8BDDD436071C23C1761909D81260B177');
INSERT INTO "seal_hash" VALUES(31,X'9F3207B9A88FA2399B3EBBFE3B2D547EF18A39BC91286681AECBC1B91CEEE663');
INSERT INTO "seal_hash" VALUES(32,X'D7AE4BA69AE9321F9878061B7A7F112382C21B1596020E8FF530610D0DF21329');
INSERT INTO "seal_hash" VALUES(33,X'BF5BC6172437C16D796019B42ED3D52DEDDF731B151E395E30A35405159B696F');
INSERT INTO "seal_hash" VALUES(34,X'91EC2791EDF59A904C79379F7EEBB59A21E368326EAFB4B81C73560EA5399DBE');
INSERT INTO "seal_hash" VALUES(35,X'2F60B7FADDE371E5F4B2BEBD0BEE3DE1B707D61BA341F6AE6C8BC288A1D9C272');
INSERT INTO "seal_hash" VALUES(36,X'502E5D292517E7DF2173A3D645D1204C3160AE8D302251E9D61608C6E588D8D4');
INSERT INTO "seal_hash" VALUES(37,X'21B028C7C8C0DC3A58E755089C7332C0FA41710DF2228AD08C02AD342D8E1B62');
INSERT INTO "seal_hash" VALUES(38,X'BED2A2C6B10D47C8B2F521478201CCC6BB82A9F5BC8DAD406657B334DF242411');
INSERT INTO "seal_hash" VALUES(39,X'14BD6C9C2133703DBBA77A0127B92C815D419854A9D760308A0F2B97A5D255D9');
INSERT INTO "seal_hash" VALUES(40,X'2F71BE67986978F428BD60F73ACE934CBB5D78C0DB44589678638260EF969859');
INSERT INTO "seal_hash" VALUES(41,X'A2612037FF76B888E909BD91500680C2B20C5F90DA27C6983C15F0931EC50A0C');
INSERT INTO "seal_hash" VALUES(42,X'E71AB795E0AD26690306610EE3C94F491228C5839D351C2B5512C36755DA34D9');
INSERT INTO "seal_hash" VALUES(43,X'2FC0E23A5A34F37307DFD141179FB5EA76D35BD34A5F3618FF53DCA62E16D7FE');
INSERT INTO "seal_hash" VALUES(44,X'2BCF5B59262D25624AB2E88046ECBA91E3D63FA2B034FF5FD6A81A95B60EBBC0');
INSERT INTO "seal_hash" VALUES(45,X'8DF3B153295B31B4859502CC8CE65BBB9B99C905AB250B1052B902678063937A');
INSERT INTO "seal_hash" VALUES(46,X'92F63FFA9446107EC65866C5E55D1806F39A9863A50BA973B1588C9A2E4BA701');
INSERT INTO "seal_hash" VALUES(47,X'862EE2D456EEF1AB57223A35E17A6C3459BE8664803ADB6C4EDCA1323383EDA5');
INSERT INTO "seal_hash" VALUES(48,X'F1E75013E2D2202D33870E8E09FD4B9B9FE3B3F6980C6DB0A83E4AC5C666B0F2');
INSERT INTO "seal_hash" VALUES(49,X'903FA99AAC749EFCAA2FDC55CF148CAE2891BB5F6BF8C75338186AE2092E5351');
INSERT INTO "seal_hash" VALUES(50,X'DE4FD1D5A40963C6BC4D196816EBA68A8F6253E4DA80C8ECC56C53D94309833C');
INSERT INTO "seal_hash" VALUES(51,X'6AFDA9543471072EE85F6F5E85809C7FCCDDDF1D077FB27FE60923C5C6D308D1');
INSERT INTO "seal_hash" VALUES(52,X'8249C613D0DC85004967613DA406ECC5F4D99F1EAEB9EBE0D85182F8322F58C1');
INSERT INTO "seal_hash" VALUES(53,X'7914077DF87A53C9542B22855A52AD40F8275D69C6C48B1C75A7E5B1D0193B5E');
INSERT INTO "seal_hash" VALUES(54,X'6E043857FF02EB722A5F9D9D94E3E10F3C0F38BC0D15EC2A499DE10CBB75587F');
INSERT INTO "seal_hash" VALUES(55,X'6CCCF7839E3CA571A5B6026ECD6BCB9292A0DEC26F4DE9CD387B3948305BBB00');
INSERT INTO "seal_hash" VALUES(56,X'50CAD8377E84F139CF71BB9E01DE64D7EF51741D0B99F44697CF29CBBE370D89');
INSERT INTO "seal_hash" VALUES(57,X'4D7889FF2481EC997E929BD61799A537FB9C60C36664A633B9D462FA5BA35CF4');
INSERT INTO "seal_hash" VALUES(58,X'28972F78E5987B62DEE91DAA8B0899423733B84EA35466375E2FF386B86F1E2E');
INSERT INTO "seal_hash" VALUES(59,X'6E0F04B9DE905E875708C7040B07EB28D90FA2125FD56A998514A0AFFA3A56AC');
INSERT INTO "seal_hash" VALUES(60,X'37E3F251FDBDC93CB2261A02CF3DCAF7390DC63E257B20A2EF692268857A1023');
INSERT INTO "seal_hash" VALUES(61,X'2122DDBDA93FCB74073F087E0CBCF24215600EFD2293A41AC027BB27C99B72D3');
INSERT INTO "seal_hash" VALUES(62,X'6C85B8A737870973BAD5FA0E20A682591521B5F254D44D39AAA5FA1085CFD83D');
INSERT INTO "seal_hash" VALUES(63,X'02CE7D80F82C3808790D971EDCA56406EC1B9CF0E3EE89007F1D60AC5A7C1A41');
INSERT INTO "seal_hash" VALUES(64,X'2E03167E6B685A056818A14726C06DF97C76D94C9A0B3898A348DD11A54B7EF7');
INSERT INTO "seal_hash" VALUES(65,X'732E1C6B5F5F49FA2697AC058482ADFF91EE7668E5718E6F1FE680AFACA5EDC4');
INSERT INTO "seal_hash" VALUES(66,X'75E2354D622AB2BF2A4ACAC3CB8B26ED01A621BC60F91B5E1A7E8976EC35E8F9');
INSERT INTO "seal_hash" VALUES(67,X'B160E2E15E12A1AF6273CCFF9326B20FF26765A81E82933A0B5D82FF4F8BD660');
INSERT INTO "seal_hash" VALUES(68,X'E9C5E7CA4D60052D6407D45715BCFB1EB37694C6CC48E694AFCFD14BDF598AAF');
INSERT INTO "seal_hash" VALUES(69,X'277B19CBDDCC1E628C1B433098CE1E75343EEA0959DC61FD3BC6A93BF7B0B467');
INSERT INTO "seal_hash" VALUES(70,X'386BBBC946911E3DE1934AD6DFB823075D480C2BFA45612011932B1F88CF6D76');
INSERT INTO "seal_hash" VALUES(71,X'68FD7E36C60231F0D18AD1B387D1EA569C475C7519644EF5507A7285839760BE');
INSERT INTO "seal_hash" VALUES(72,X'89217ED5F72F5347B111D898AC2E6906FEEF273B01C77C4A3FB968CD3EDA382C');
INSERT INTO "seal_hash" VALUES(73,X'74A0FDF899B3CC61A9CE0C97755A876CB068FADE4BBB58B456347A9969B169A8');
INSERT INTO "seal_hash" VALUES(74,X'9D7568ACCC06E992BF03512B4496545B90D40B6B1032C9F5836468BAA8516F1A');
INSERT INTO "seal_hash" VALUES(75,X'98AEEE669823AC94EA034563A3DDF40C19CC72AACC5125A16BE7B3C8D3E4103B');
INSERT INTO "seal_hash" VALUES(76,X'937E690C70B0941AAA2AC31F8C3E5C3ABF21651118AC1D2578FD7710A9AFF81A');
INSERT INTO "seal_hash" VALUES(77,X'315F9153073E5C4C6139B3B4FE302B956797C522EB0988FED09D5EE773B09A65');
INSERT INTO "seal_hash" VALUES(78,X'261A52B3C0F72CC807304AD481CD11AC24ED6F696F734D4A9F2CDEC652FABCE1');
INSERT INTO "seal_hash" VALUES(79,X'917EAE54441172D4B52F396D3E9D1DF58DAB1562243BF5B9EC64EB42E2DD994E');
INSERT INTO "seal_hash" VALUES(80,X'516BB0A4F178A9214E6D315FCCCFF7DF2FC14C0DBE13EDF2981D0BC0C94132A5');
INSERT INTO "seal_hash" VALUES(81,X'BB9D3BE96E89359DD898D13C68FE837EB9D279CA145B8FEB683D183298017CFB');
INSERT INTO "seal_hash" VALUES(82,X'F7AFA20449B2AF60E42E92952815230461F0B0F5B6CFD9E9357BD7ACBAE9CFD6');
INSERT INTO "seal_hash" VALUES(83,X'92F87A29A4143A15D954B34574177511361B8574326DEB0D6AAAC0939A4EDC68');
INSERT INTO "seal_hash" VALUES(84,X'D81EC9D65CF2A192241A32A391BFE5548DE83170C5B8B08D4D03B33E619CEEFB');
INSERT INTO "seal_hash" VALUES(85,X'79D107718CE391C1DD61DB4BF683C4338D0698E55D8BC9FDDC51034DE0BC0C5A');
INSERT INTO "seal_hash" VALUES(86,X'1AD46B9C19574569AFC44E422E8F51CBA1AD6997D707C3135C69FCC989844E61');
INSERT INTO "seal_hash" VALUES(87,X'208D3C8DE0996DB5163BC5F33320E408CCFCBC503CFD1DB6B5D1AEB527AA9B07');
INSERT INTO "seal_hash" VALUES(88,X'625003F8C4CF92FD87EE16361F8D3F93D66D73FE30F0EEC123CF2CDDFA481456');
INSERT INTO "seal_hash" VALUES(89,X'9C346F6F117EF7649ED06F3A8E7D68D04D0D9365B06639BB5FEE8F18747C8109');
INSERT INTO "seal_hash" VALUES(90,X'F696CA2DAC9931FB9ED4C08A4A0138A006EDCDE81B5A7C2D25E8C8E2A58DA500');
INSERT INTO "seal_hash" VALUES(91,X'9165B3032E0FA02FB0C3257D74EF8552E96C9EBD302097CAAB6B0EDAB88B6AE2');
INSERT INTO "seal_hash" VALUES(92,X'BCD17BD3CA2CCEBE1B2F6456F26DFDC09F342AC2E8BB525C3E7E0D63F573066D');
INSERT INTO "seal_hash" VALUES(93,X'4CE49D0762B37C505C18088411F85257C6A329BDA470E7B480A17FE183664E9D');
INSERT INTO "seal_hash" VALUES(94,X'2F21F7B6E0C677BC670C394638382DB0C44B7A1C7A3A1166858C8462306EA3D3');
INSERT INTO "seal_hash" VALUES(95,X'27DA75438C0235FA439B09657CD39B787401D33F3092DEBCEDD686E799D58A54');
INSERT INTO "seal_hash" VALUES(96,X'C8937B3F52552DF8D3B361E6A571449A9E801E8663E54E371A5C949F52AE04CD');
INSERT INTO "seal_hash" VALUES(97,X'C5DF3520871FD25860285B25FF6870DEF00AF29B2035BF845B33590781CE25A1');
INSERT INTO "seal_hash" VALUES(98,X'05A08D979A9EC68714C668CD636C6C29A09DDD283A33B3861CB13FF068A3D4BF');
INSERT INTO "seal_hash" VALUES(99,X'D5DD65A52A0184F25F7AC224F5C37F41F43A86CA2101C0F3A89A1D878E2DE094');
INSERT INTO "seal_hash" VALUES(100,X'E76FB473D931963F2E9958C52519F21E375B7DCBC207D382746A736961C81A75');
INSERT INTO "seal_hash" VALUES(101,X'5704C8662CCE7B0078B4AC087E4EEB1D78B2457EB224C39622B3E9F6387807A3');
INSERT INTO "seal_hash" VALUES(102,X'A46729C6FBF357F540284B48E2C607DC5617093D3A00DDB7E11D2A215ABC3DD7');
INSERT INTO "seal_hash" VALUES(103,X'99F85120049C4522D85108020F7965B7E121997A68269650E3065BED4F287E36');
INSERT INTO "seal_hash" VALUES(104,X'6F5E457BC85425066EA6F9F4408A34FAB5B159D59C39C3BDE7D4E6717B484957');
INSERT INTO "seal_hash" VALUES(105,X'F299AD8E93A919315F5DC408EA656F7C64E43D53F9660DA6CDD10090F21A600F');
INSERT INTO "seal_hash" VALUES(106,X'0CFF25B2BB4FDA5E9B7D9B21A637833CEA8D0E5791B95A9150D4440CB1F7A53B');
INSERT INTO "seal_hash" VALUES(107,X'FB0EF7424BC62A2EAA27344631505FFE725C4C851AF74714C81F1A6163168C5A');
INSERT INTO "seal_hash" VALUES(108,X'057D29ADCC90EFA55EBE5B9FBF7600265430261426D2F4FD069530323995CD61');
INSERT INTO "seal_hash" VALUES(109,X'BC977B795E06A78E77948858A0E8EB8A2B17F104986CF2E102B755875A681BA3');
INSERT INTO "seal_hash" VALUES(110,X'19B8178AB81326E891B9B9542A098372F90FBED989B572D82FA5DED23FDBC5D8');
INSERT INTO "seal_hash" VALUES(111,X'41A0166BC6EEB9E1BF8D9ABA987DEA9640A9F9A0BB80FE1569F1F8FF59C5EFF1');
INSERT INTO "seal_hash" VALUES(112,X'D2E4B30313546BD8916573F607F68DCF766D55D2792CE034AC7383D9CDE00706');
INSERT INTO "seal_hash" VALUES(113,X'CAACD70AB83561C45A3C182F9A1D0BEFBF955CEFF414241FDDF98339993E1445');
INSERT INTO "seal_hash" VALUES(114,X'BA92CD8D441924101B5444C7374D00CC5F4D63F80251B05F2420113487C9432C');
INSERT INTO "seal_hash" VALUES(115,X'76A3FE5019A881E5E67C57F7C1E49DF94C81F55FF1EF6B9D3182B6A4B338546E');
INSERT INTO "seal_hash" VALUES(116,X'80DDFB3B8AA1270D94269B03C3073FD4B12DB79028AAD7C5FEF95B3CA3E381AC');
INSERT INTO "seal_hash" VALUES(117,X'691736339267A188CE1C8701410DFD8B6690AA5B29DC86C23BD556F888F88634');
INSERT INTO "seal_hash" VALUES(118,X'37E3F4C06AD02FD4D74EF98721A16532D326D517A943FE9FCB60ADBA0075E1FD');
INSERT INTO "seal_hash" VALUES(119,X'DC2FC26156C71E923AF0CC99C248363485ECBFE77D0FAC913937D4A55A68E3D3');
INSERT INTO "seal_hash" VALUES(120,X'E93C7C8FF6069B875D82E6146F080937370F56AF67B7EFA495A656D7308D94F4');
INSERT INTO "seal_hash" VALUES(121,X'F39627EFC418916DD6B4F05AB626FA2DA26A849B2D3106A979DD27E630461262');
INSERT INTO "seal_hash" VALUES(122,X'866E0A0E27F2ECACC06F0B53AB319E181F15613C725C564AAA74B918149037AF');
INSERT INTO "seal_hash" VALUES(123,X'AC67D81C3F7CD3F8610AA2826EB77E049B91D619522A29BFF97755F068B9FF33');
INSERT INTO "seal_hash" VALUES(124,X'BC1D6B8966DC1CDB4CDEAEE8E58B91995E3F66C48913043A841A9E81BBBFE46D');
INSERT INTO "seal_hash" VALUES(125,X'E26E005816D19A18722BFC8E6BA63155B60581565717CFF5E1A1F634ACA87C87');
INSERT INTO "seal_hash" VALUES(126,X'A1BFB01E733A3370C88A8D46C7E4992BB7218AB3CEDF7A23B690DD70E9A396CC');
INSERT INTO "seal_hash" VALUES(127,X'3F4DE75FDCF53A5A5423E9E7F5CF6A41AAC8C52039904F1B66D3DC89D22BC9C4');
INSERT INTO "seal_hash" VALUES(128,X'C89F2FC4AE75EE013AF744348AF70AE1FDB48654C72658B0C684E60C66754D93');
INSERT INTO "seal_hash" VALUES(129,X'C37CB55C571F6F458E68F8909997A80DE79BFFA9FB51541D87AB4E25B2C3F937');
INSERT INTO "seal_hash" VALUES(130,X'5FA9828485521C5CC0726684AFC827AAE10CB0382A870506C9A51BF0FF61F914');
INSERT INTO "seal_hash" VALUES(131,X'61421C2595957DD5B795D07517478C68790B7B56698996CE483295B650BA13F6');
INSERT INTO "seal_hash" VALUES(132,X'2CF415A051F8A6E13DBCE8D0778E1630736A072D620650498EA49DE91D8F412D');
INSERT INTO "seal_hash" VALUES(133,X'D42C0045266DBDF1EEDD762698161D206E7EB39ED6747EA68935718547160EF4');
INSERT INTO "seal_hash" VALUES(134,X'9A40085DE57A0F9A7A455C2224DD756637911080A04F2FF5643B821F3A1690C3');
INSERT INTO "seal_hash" VALUES(135,X'5080CDB8F97CCECD0FDAAE0E53736FB1076266471FE23953A0CD955E4D9D6B13');
INSERT INTO "seal_hash" VALUES(136,X'E363F81A5A6E3DC8D9016574408CB693C8F77447615A71F0FED29A9A06BA0ABF');
INSERT INTO "seal_hash" VALUES(137,X'BBE79242A547596E0DC93E1FFB88498BD2FC2AF47E67793577C25EDFBEC8203B');
INSERT INTO "seal_hash" VALUES(138,X'16EE089DEC718E2815E09252065196D3598858D4B85422C8084BA29E6F38E3FF');
INSERT INTO "seal_hash" VALUES(139,X'223D5A7EB0A3102957FED42226176C9753502487198F3F4A610BE04BA65249C7');
INSERT INTO "seal_hash" VALUES(140,X'4F9BD70AB68EB9962888B811F763D6AE57FB9A7F7E63A86B4A66E699DD679C7D');
INSERT INTO "seal_hash" VALUES(141,X'B436A44161D0E698DD3B71B0D24E31C3D6DA4B0330511B8AFCBBD498E39091DB');
INSERT INTO "seal_hash" VALUES(142,X'B5F57279E032394ACFA8B006CD4A67EC2598D899131259350F0C5D826731281E');
INSERT INTO "seal_hash" VALUES(143,X'2374F1132CCCD27428F5B66114D6699B6444098FED0851CF70D307A128BBCD7A');
INSERT INTO "seal_hash" VALUES(144,X'3148ACD5362DD4ABBD8C525653C30FC5995DE064E7CD0248C9700E8F0B9516F0');
INSERT INTO "seal_hash" VALUES(145,X'6AC3A36D3F8BCB044FE14C2A0E83E60A43F236A0EB4E849A984605A7D217705F');
INSERT INTO "seal_hash" VALUES(146,X'CF73712DE6E70C01696C2FF7D3D89D8694F17EEE56DACE6E4178D019E9830FA6');
INSERT INTO "seal_hash" VALUES(147,X'898EFB7B8510AB4218961EB9E24A1D3B74D6D2755BA83F9CD45A5FFB87CE97FE');
INSERT INTO "seal_hash" VALUES(148,X'D84AC20C92EB979DAAE84C53348885F099F0106053DD9D8C3DF0B1568D44150D');
INSERT INTO "seal_hash" VALUES(149,X'E74C745E66A1F9EAD8C6CA19004F73FD99B1E7834CC0D87B60EC4E8F31F97B17');
INSERT INTO "seal_hash" VALUES(150,X'34C6FDDF2EFDE5FE10D377A69D1B96BEE5487A0A00B0F18798EACCB1D6A60DEB');
INSERT INTO "seal_hash" VALUES(151,X'9825CA6D6638B440C75E72AE95DA78666DD4C3D7E1FDB27CCD97FF21593E9F3F');
INSERT INTO "seal_hash" VALUES(152,X'1F1F6D0EED9646AFE10D0C2A858DFA6F19A51B76952D6847E40687736E0DB312');
INSERT INTO "seal_hash" VALUES(153,X'7152BE16E8C59C9F1949A2B4A7AFB8F953846923F7B04A9187FCC6BCD755161C');
INSERT INTO "seal_hash" VALUES(154,X'F3552EB05E5679AFAC313F46AE74072F40FA0E1C7AC9836D83E02B6E83687E9F');
INSERT INTO "seal_hash" VALUES(155,X'5D764873CF68B00F86DE1B31AF4B67A8091B4BC44B1148F81DCB3FDF028B108C');
INSERT INTO "seal_hash" VALUES(156,X'43723741691C317976680547EDD8955E98ED0DC86F6877C0BD18F352ADB9EA87');
INSERT INTO "seal_hash" VALUES(157,X'0F0FF1D16BD97382AF4B9AFC913CA616A89D415B6F04C0C124F49FBD7FDD0239');
INSERT INTO "seal_hash" VALUES(158,X'48CEACCFB074EB389B5CEAA3FFEA99087F2EA6F1BE1EE5748D94CB2498DF7801');
INSERT INTO "seal_hash" VALUES(159,X'1DB982B6895CC360FACADC4F9484CBDC201836936944406FA8D160CA9344878D');
INSERT INTO "seal_hash" VALUES(160,X'EF09692BCEA7AB84B148D92721661885AFB29AB9AE4277FA78916B7083273747');
INSERT INTO "seal_hash" VALUES(161,X'8444DC2C0A65A87059803A842DE110CB22010E2A565C48247A16DC5CB287A2CB');
INSERT INTO "seal_hash" VALUES(162,X'EC3627B0F6F5FB07E93BDDF684CE7A3555EA8B7EB54AC3086FAFADEAF9BA66C9');
INSERT INTO "seal_hash" VALUES(163,X'A54B616DA953AAE8593AFE7156C24FF2758F15D4166A986CDF87F61A5F8AB67B');
INSERT INTO "seal_hash" VALUES(164,X'AD603E6D37C3BA876C3834F29CEC9448712E56565D4D5C2096A437118292E7D1');
INSERT INTO "seal_hash" VALUES(165,X'0770A0D1BB9D055711DE288AA16A8AEB08062DE708FC135C2733909EE67730DB');
INSERT INTO "seal_hash" VALUES(166,X'9912675158A005AE76F07EDA0210EE3F22E68767FFD62942448BE4C54583B0BA');
INSERT INTO "seal_hash" VALUES(167,X'890705C4CE605DCDA12359DA7C7FAC05A0EDB2B2AEDB8AB854C3E615D05E7EC7');
INSERT INTO "seal_hash" VALUES(168,X'2195BBE879A8FE32DA606A66FF3BC53102B3EC2E2FEC7694BAACCF466970F112');
INSERT INTO "seal_hash" VALUES(169,X'D1D8BC5051FD1C6683E7A3A298B8E1957A7721DCF26F663058778208F0BE4C24');
INSERT INTO "seal_hash" VALUES(170,X'AA93654CA0C61F5D915B9E747F0402D529709330C9FE5D9B8F787975DA299105');
INSERT INTO "seal_hash" VALUES(171,X'E283EDE0E2BD2FD39E814EBBA4BB1F9AF4B37B363562BF3363038928EF89F288');
INSERT INTO "seal_hash" VALUES(172,X'0EA61C5123B682A1FE15D8641D04466D35F4EBE6DEE9AD305454B38F2F88448C');
INSERT INTO "seal_hash" VALUES(173,X'17083781D5FB2A63B82ADCDDC0AB215003BEA4D00485B0843E20A4EB1B6591FA');
INSERT INTO "seal_hash" VALUES(174,X'1558B03815532E0B28BCC1F1D3C8D84F64CD3DCC3658580F371121EC3BE54ED5');
INSERT INTO "seal_hash" VALUES(175,X'7D10DF14CC36AE588C0E4A03B3FDD16783C1ADAD8DE9CABE268185C3AF5A0FFE');
INSERT INTO "seal_hash" VALUES(176,X'8E33980DBA05A9B70C593B965B1F15E6AE46869424D917221D448C577F0BD79E');
INSERT INTO "seal_hash" VALUES(177,X'5B93CB6ED384AA552A914612C8A7D6692FB93D0B49D645D65E94AB3A4C5552DB');
INSERT INTO "seal_hash" VALUES(178,X'147A4295BD2FF4B0128A0D7ADE3CA473BACD8203FE1AE662B273939D9AD87886');
INSERT INTO "seal_hash" VALUES(179,X'A70B55256D01BD8E9EA74DA0EDFA556F9AA06C403AA829FA6DB9B15ECB214ED8');
INSERT INTO "seal_hash" VALUES(180,X'BD82B0734D9E66B6D5E14F31C099770F0B17FBEAB76ECBBF8DBCE47A0C8A64E7');
INSERT INTO "seal_hash" VALUES(181,X'98B4821F497E247C5EBFEED06956EF693E94505A234FF9DECBD0BC9EB4786670');
INSERT INTO "seal_hash" VALUES(182,X'24F332734DCAA15B89EDEBD640C834F7E133F6B238071643ACFAB09EFCD20138');
INSERT INTO "seal_hash" VALUES(183,X'E0513C83F70C59789A658601595B2B9D782BB24F72136938D6519CAAC0A8BAE2');
INSERT INTO "seal_hash" VALUES(184,X'B51C17E891D09CDB7982EEC0F89A9B56D7AC1F37AED9B28F52DCE0BC45572C11');
INSERT INTO "seal_hash" VALUES(185,X'53478DDD9610FF296B1E03F376DCDBD09748A9B30E6C65C6DEE40D5DD2E439AF');
INSERT INTO "seal_hash" VALUES(186,X'E059F2A4A3F1002690E7ADA3B38D311E29FE7AA4F8544C5EA0E14A103403AC09');
INSERT INTO "seal_hash" VALUES(187,X'EE5EEFA6BC20D14588CA7CA5FD377B9548F76C5AE0DEC28BCD67235D6BD9BD70');
INSERT INTO "seal_hash" VALUES(188,X'366F168476D0BB3A028AFD7E509E96B01B5A05FBB669E7C9FAE653D74AEC8A0F');
INSERT INTO "seal_hash" VALUES(189,X'66F4516AA8FF3C645676DA41E8FE83EC37FCD1565EC1ABE4567A777715FF26AA');
INSERT INTO "seal_hash" VALUES(190,X'BC61DC4A6A28494452425B56489CCE2FED1E6AB1932A2B069A228A2C96404EC1');
INSERT INTO "seal_hash" VALUES(191,X'B074F3C5CC20BB4AB5DA4837F0AE3D01779E77B415DEA782186A6ACF9B7A2A51');
INSERT INTO "seal_hash" VALUES(192,X'510F92554074ED1F3CAF16F7C83AE795762474CFA9F276B0BAF8C03CDDA1CF29');
INSERT INTO "seal_hash" VALUES(193,X'A3B9D3958272471F56267E8938E8D7B7CDEF64EA22E5084A450BC253918F0A8E');
INSERT INTO "seal_hash" VALUES(194,X'A810ACA0C4EE2D51199171B7E97C39F219357CC5A8723BA6D825A384F58AB821');
INSERT INTO "seal_hash" VALUES(195,X'CDB3DA74CEA7C314532FBD37CF69FD023A7877CD4EDA85B07BC5B823C9B26F93');
INSERT INTO "seal_hash" VALUES(196,X'8529FBF5AAD4C38C131040BDFAA36824EACE92E89016558DDF6708E52B274090');
INSERT INTO "seal_hash" VALUES(197,X'829967726D620FC7600A2632A0F292F9024646E966344042CCF187A08895B5AD');
INSERT INTO "seal_hash" VALUES(198,X'60FD0AD67595236761D42BCF86817C7DB9403B3B6F3614AB6EEFC443FBE9FA2A');
INSERT INTO "seal_hash" VALUES(199,X'C6F3BA1E59FE3915371C28B3E7831FD04BD9661D8AB8433CD18F0110D5861959');
INSERT INTO "seal_hash" VALUES(200,X'BFEE15F9EA41C2C3A0C9510B78AC2A105E548EF1F47C706EC903BB560EAFCDD4');
INSERT INTO "seal_hash" VALUES(201,X'731DD75DD189656E56DF34398C384FDFA6E0D763EA2AE8192D409BF583DA591E');
INSERT INTO "seal_hash" VALUES(202,X'CD1D58ED0B375FD16791DFA4D9547329ADF8966013AFCDA5C2DAE60AF0A6169D');
INSERT INTO "seal_hash" VALUES(203,X'8DDC48D051376A8BB586374157B1884831F09ACCEB5416ED4D7CDC4842807CFA');
INSERT INTO "seal_hash" VALUES(204,X'E916D05905505695DED40C0BAF6682A26590A1436B25BAE231672C33824D2AA2');
INSERT INTO "seal_hash" VALUES(205,X'C2489E16410519DDA692407A239ACAE3C24A67D9ABA6F5E8374CB447A398AACD');
INSERT INTO "seal_hash" VALUES(206,X'E6D375C838A096CD8F5E4D31F9D3CA441E0679E7E938B7F8750ED2389584483F');
INSERT INTO "seal_hash" VALUES(207,X'E2B2C3A4B1A192D8B46FE65F3A887841AAE5A1A5BF930AB88ECA6363AAC66B4C');
INSERT INTO "seal_hash" VALUES(208,X'0732E6123F08483DE60ED641D883995546B6958C55CABA66F09B06C226BA0154');
INSERT INTO "seal_hash" VALUES(209,X'2D46AAC7B6C1F960171317919C63E2E6443D40720D98B0E72C71D87A9D0F595E');
INSERT INTO "seal_hash" VALUES(210,X'47F1105CF495D668AD5FF01BB9B189CBF8140307700DF9CA12AE86C220397C3C');
INSERT INTO "seal_hash" VALUES(211,X'20A23D14EA411E35CCBDDAF02A99EFF97E8944783E11808A1425E09D58388376');
INSERT INTO "seal_hash" VALUES(212,X'16685D7E1F075EB8D70A27C94CD1F8521956048D1B08B13BF062B6E7B7F6A548');
INSERT INTO "seal_hash" VALUES(213,X'A7D6740DCE37F7C5D87651AEED629C9B959165E984DA467081EDB518B35AD436');
INSERT INTO "seal_hash" VALUES(214,X'1EABF8E5A6C336B0C4A492726F3BE98889A50EADBDF9361F05C11E5B05ABE29B');
INSERT INTO "seal_hash" VALUES(215,X'3172952D5AFD2EC1897A52C13CA0BB292A3D7F4922327A9219E47C6A4C3750DD');
INSERT INTO "seal_hash" VALUES(216,X'265F74AAFBF460792883CC9F1E75481123A7749BCE5A65F70F4C3DF098029D09');
INSERT INTO "seal_hash" VALUES(217,X'85F5AB6894852C554BBD79554A712475180A30ED97B8A2488DF286F72A6FF6B4');
INSERT INTO "seal_hash" VALUES(218,X'5E7AE5B2E64490102938959A120A4AD48B5321CC19574B6A291AF571E5D096FA');
INSERT INTO "seal_hash" VALUES(219,X'115A97DA02BCD7B223876B053862B6B03EE7EC9600E2A56D69666471F7726FFF');
INSERT INTO "seal_hash" VALUES(220,X'15EEA23171EB3149408CA3DE0BFF6E62F382B94D356B4BE596776701ED79D44B');
INSERT INTO "seal_hash" VALUES(221,X'62C77D0B704A174D1EA654423DD9FDB7BAB6AD2BF4FB5BBE1A327D5224706EF0');
INSERT INTO "seal_hash" VALUES(222,X'DBD054930CD43FF7A59237701F4C917832F179EB96D017779E8B6D91D1B5BAF1');
INSERT INTO "seal_hash" VALUES(223,X'0E4A1107F2976EA203C23870496204EB4C6E7D2623802553A163F7097A8BF7DF');
INSERT INTO "seal_hash" VALUES(224,X'AE67790BA5F5FE0E21F2BDEA8F6F84F12880A9CE8D06F5500DE1C8B0623CA1A8');
INSERT INTO "seal_hash" VALUES(225,X'947825C0C47B0C46784B49317BDC7021216CCEC19F81966F13CE4C7B3337B7C4');
INSERT INTO "seal_hash" VALUES(226,X'FD0778CC5F6A35FF7E35427BBE3A2A6D8562432EA2174BDECD949E863CEA3B82');
INSERT INTO "seal_hash" VALUES(227,X'D51D1D2A34ACE9AB6EFD3B38C93550BCD854CA0C0FD9D795F8F39081922FF47B');
INSERT INTO "seal_hash" VALUES(228,X'B3E59F705435DE966EBB446B4A79A28F16B499B264A045E7781CF2869F28C481');
CREATE TABLE seal_head (
  at    BIGINT PRIMARY KEY,
  size  BIGINT NOT NULL, -- how many leaves it signs
  note  TEXT NOT NULL,
  day   TEXT NOT NULL,   -- handed out as the head of this day; else empty
  given BIGINT NOT NULL, -- 1: its file is written
  kept  BIGINT NOT NULL  -- 0: the next one takes its place
);
INSERT INTO "seal_head" VALUES(1795789981922,38,'fengsui
38
LQKR6V5OEOtR1c4eQuEXLYsZk1kO009tjieqsdZXXI4=
time 2026-11-27T14:33:01.922Z

— fengsui tfmo5TKvJCtGaJkQm1rdN3i7LDBDBLk6C7lGY7QIf7endvvHQkVM0uafr3bPUVgGIqAI9SrPVrU4YQkSPaTXvQkDHgU=
','',0,1);
INSERT INTO "seal_head" VALUES(1795790004689,117,'fengsui
117
CnCnUuSochPefNIIE4YZ1y9ZLkvM37LoGmiJSATwYUM=
time 2026-11-27T14:33:24.689Z

— fengsui tfmo5WDJ2m2bfZqVELmd+OxROVoXQ0qsGrn7rum5c0kIE133PZ7C8xC4Kd2X1Iq+Nq/F/snS4HJlbHBRdDar+lWOvgs=
','',0,0);
CREATE TABLE seal_key (
  key   TEXT PRIMARY KEY, -- public
  since BIGINT NOT NULL
);
INSERT INTO "seal_key" VALUES('fengsui+b5f9a8e5+AQKAtwnwXSYvQJTvUhc0oFZL1qn/+xilZFcRge4SBH8I',1795789981922);
CREATE TABLE seal_leaf (
  leaf    INTEGER PRIMARY KEY, -- number in the tree, from 0
  pos     BIGINT NOT NULL,     -- of the journal row
  nth     BIGINT NOT NULL,     -- of its warning's rows, from 1; 0: it is of none
  salt    BYTEA NOT NULL,      -- 32 bytes: 16 of the origin, 16 of the content; empty: erased
  origin  BYTEA NOT NULL,      -- hash in the place of what was erased; else empty
  content BYTEA NOT NULL,
  hint    BYTEA NOT NULL       -- 4 bytes a column: which one was altered
);
INSERT INTO "seal_leaf" VALUES(0,1,0,X'133A6600A6973A8F9F89EF61E59FA1193F964E3576373F7D5537587AF4CDA5DE',X'',X'',X'53FBF8D63ED77E32B642817AE3CD3D8AA90981FD93149CA25EE841939280B8FFAF72EDE504E87CF38B9EDA61AF11F03684CE4AE714900C125C81147E9A5C005741C98D0213C581A7237F0CDEB5478E2A');
INSERT INTO "seal_leaf" VALUES(1,2,0,X'6742F15B98748F4FC32089A9CE57EF0E527F51E96358916F74B8B9B2607436AC',X'',X'',X'219903D82A0E4290D262941DA36444E29F73F59A8FBE7E96D95DC571126FE81E31FE426512120FFB74D1B0DC82EBA9CC920651F67A05ED6D27181F693595B9030CEBFD4BAA30B4253BDD2FCF9424C00B');
INSERT INTO "seal_leaf" VALUES(2,3,0,X'8FCAA1D7A7D2A0758AA986E7FBE980CB22DFF6FE33DBA93A87D8BE787535BC5A',X'',X'',X'2277CFCD5F51D80BC1CDD763AD4E54F31C1EBA95771B1C233D277535DD8FC315FD02E4145E7EDD4086EB01512C965B0E7F3376A94FFFB3732EC1299B6DEB2267D546E3E6A64183552250A20A76AFC700');
INSERT INTO "seal_leaf" VALUES(3,4,0,X'1A5D666FF6B3C1DC69A8BE9132D74B7EA075B5BA65EF1B86FDF050413C9DB548',X'',X'',X'FA93FF2147A954994D6F4EFDB6BA13F5CD60EC7C2340701BBA6D8C33C84BC4E4FC5AF5C31C2D4FA8EA1D40A90163EA474B73D7E5104F269A6B1932BCCB5EA21BA7B5F1080F0E2F2C3268BAAF07EA1BA3');
INSERT INTO "seal_leaf" VALUES(4,5,0,X'AB4E2D7D182ADE16FB6299DF97169A68F49E8B4F47A73AE54FAB48E303762624',X'',X'',X'3E6561ECF0253CB4E6AB0C4404E572F388D095686C4E6B86356DCD553832D57FD27C15448BCFEA02FBFCC6F5DBC8A54A2089FB8B39EF868C4F14A75B4C4E59ABC1EAC8BB5A3292FDD992666A475575CE');
INSERT INTO "seal_leaf" VALUES(5,6,0,X'4CFA0A8B5B92EFA8021B1358476EA437D26D379D16AD07E44E061C1840015FF1',X'',X'',X'FC316AF8352382D45AC1644B6A1DB772D39649687F8E8C7E01FA3AF81AAE9D941C223A5B150F849A0D28209252AA4CE2A5B51BF3B5478E6AAE8F559B32AF34C82943E098DC48CB4977A663627BCFD2DE');
INSERT INTO "seal_leaf" VALUES(6,7,0,X'BA6093CE6488E8ACF1E4ABF3EC4A7DF08B3B40B79A463ADFAB12673C1E8A7179',X'',X'',X'C0540540E768742E3625C2387FC3E4A064E8B3F32DF4B2C8E9F3CA88C3989CDB5E47EC06068F0C2E0726C560C7A0A448B6A795E1DDCE8349B84CF366527BBE42E22921CCBD83620F50CF3C020B33FDFB');
INSERT INTO "seal_leaf" VALUES(7,8,0,X'3454933952D1B42CAA737E2B45CF56DF513C5935AEA8480B653F40D042EF9ED2',X'',X'',X'56145FFAC1375B90285A5BA56BE7D193938B86799F784BB0C51BAB450AF1A4339496BAE82BF0AA22E2D6DB2A4C1B1160A855B6672E0665EABC0B9C16929CEB043AE71D5E2D1888819425FCCDFBD7AE30');
INSERT INTO "seal_leaf" VALUES(8,9,0,X'EA62A2A831BC762DC8F337E129034A370D7F81FF295E4208D4E82397A913001D',X'',X'',X'8F333EF2EBDEB50247F2875024C35945B2FCCBE164B673CDB31D2DA8DEE00411E96E777FB07618ADD1DC2B2F31E39E63E11541A359B3F81223EBF2DB7CABBB744BFC7F207BBC1E2508B68B91F76D2311');
INSERT INTO "seal_leaf" VALUES(9,10,0,X'043088F120F1A970FBA56B2FF808FE6332A230F2F1A3FE196E44FDA19EA45A64',X'',X'',X'99863ECC84F5DDB734AF194310585FD14349239BF6B718195CE0E0113478940909190F2F2B64270DDE4649D8FF0AB4EE2C72625086AD2C35B6DA10CF9E98D6C4A74B5B37695F2AEF8235D3A0E4211CDC');
INSERT INTO "seal_leaf" VALUES(10,11,0,X'EF638B599BC7FB21EBC12D81445EE4C113BE2F2CA8BC5DC7E31461DAE175EBFC',X'',X'',X'547F207192986ECB8933EA5D376D075F90768ABF9171FCA32F52476AA83CCAD3E7AF67D957B5FEABD05981236D39E53F7B41C2CB1AD91FEED4BC80F37234269E5739BE3A602206BADF6B1CA23F7C2509');
INSERT INTO "seal_leaf" VALUES(11,12,0,X'6D39FDE461428D9FAEA7E9199B268EAEBD838EB7527491508C3CE4AB00DDB27D',X'',X'',X'7F89518900B017633431BEDA365114B721B3507990C408C01245B6CF833680F551849506653E0EC7F9F35F34C0F28443658A4945E985C3F34AE810138771FAFD6FA830F28C7B8843CD290B03025CFB05');
INSERT INTO "seal_leaf" VALUES(12,13,0,X'74D4F396F4DADE9296243A90E00A3B4BEDB8FA8FC7E61F2CCEB01618519399CF',X'',X'',X'A157354B17F5F9BBECC2D6934D8ACC0260C7B0160FEF6B946FF23D03FBCBE22A01F8C1D7B30199C147C4A7A1CB210A00A92F9CDC0B180C9A84B64AD64BE4DE3901778F4EB6A94014D9C49B1476D837D6');
INSERT INTO "seal_leaf" VALUES(13,14,0,X'C8D52C4EC61B9B39D218CF89AF2F5A90533FDEEB2A6F7F5E651F23517B8D41B3',X'',X'',X'F3A5F394957F1C6949FD9B172AE699059F6D5AE27BE9407B4E4D4A428A6E9FEB016B0FCE49AF5B73CEA94ED9CF2CA84BB2FFE94441CAD6D77F9F499337F64396CA20A5421058F365C5141DD78CEB3904');
INSERT INTO "seal_leaf" VALUES(14,15,0,X'1BA0C82598DBF7D94C071F7503432D96D810CBDBFE09F01595CE86B35982F345',X'',X'',X'3CB288C0AECBBEA6D451921B8F78A6DE124AA0D55BD0B1FE81FB08F1520B91CA93AF0B15352FBF15E2F449202C0EDBA52FA3BCA1FB4874602BF40A767D6154E892928170912106AEFFBE845AB8419C1D');
INSERT INTO "seal_leaf" VALUES(15,16,0,X'8229945C65C9A81C331ED9F3EAE104DD2F7A961AE242DF50F066769155BE0DDB',X'',X'',X'A6C07F3A0AF8C80C70A97E653B400818BC5F06502B405C702FAB032B913B61F00ED0FDFC4619A0B5B94CA773C06649A017CADCF39D48F0858D4FC50739E4D8F7917D85C9EBF874D6D26E49133DFD9B0A');
INSERT INTO "seal_leaf" VALUES(16,17,0,X'9830AC85F4EF311B229533309BC984B6BE5EF26BEBEF514C16DCD5863E1A2020',X'',X'',X'457066B868BFCE83D5E7953AF320E1E7AE1A3895507AE25B63551BAD340BBFD86F0FB960D386CFF6A16EB4A80513212FD770FD4B481F7D475A3CF64B7DC6321034E6AA4647CF51074FC7CFB8510A1136');
INSERT INTO "seal_leaf" VALUES(17,18,0,X'A441780A8487F228A58D1241F4D61B881DBBF1ED920C4E1557D948612F812702',X'',X'',X'B64B9EE3380EC00E9234C54EAE5ACC58476CB08D415C4264F01BBBE7B6474B3D10E1C0FC78BC043C1035364817A4BE9179C2350BFFA51BCE72FC2CBA71D6E9F62877FB6FC0BA930C880F79172A2CB1FB');
INSERT INTO "seal_leaf" VALUES(18,19,0,X'8B954B71AD63078FD28B147D106E4057C352AB1B5BA0E057C26092705F4BB9A1',X'',X'',X'EE060484E3D82463C4D8FABA47B214E3D895BE22241C0274F623B3ED16B49F2DEB7D790AA258C0AEFEE1E4F7615557FD708BFDDE70CDEB392A9B79590411A2D89A8BFA1D6C19885D9FB434B1121CC7E0');
INSERT INTO "seal_leaf" VALUES(19,20,0,X'AF43A8B607D855E2C49578BDA78FEEA3E574472F28EA2895941824233B2BF875',X'',X'',X'B1208D3C4D348524CEDDC6FE40FFFCB5A9D136A5BE5E231390B9F4C438F7F13C6C4B99A2C8E9E4634F1A6F7567A50A35C3642966319E5D97780ACABEC3EE094784824A11F7BD506E70CB71957EFD1435');
INSERT INTO "seal_leaf" VALUES(20,21,0,X'2E4BDDD0A10EDAE31E06C6457CF979DCD9924502047C0B5BDEC5977829D33888',X'',X'',X'9E4A97096AE324B416241D7EB46EE7CD27CD7A588AB8CFEE7590C1063BC1402FCF7A67FFB3E677013B8927265DA5BB24D81006F8EF64B360BF45F820FCF03BC3EE4D1A2AE81E80D414FDB298DB3388B8');
INSERT INTO "seal_leaf" VALUES(21,22,0,X'FE6941D70E68AB7740B97339A8E88F7511B39B14205C20C436DC78F02179EB35',X'',X'',X'E6BCE847FAB2B7C459852D9F91BC63584B74DAD6541F1148C256DBCE32FE2D0441E6175051D527DED10B69104BD55D2854B71FB7D930AA45BC8189AB75B573ECD720840F3226EE29254905D828044F43');
INSERT INTO "seal_leaf" VALUES(22,23,0,X'EEDE828DF8901E7F7802059B7292AF2CA99CEEC8BED32C5000E653F903F06A69',X'',X'',X'DB2C1F2647DB65DE6E82D419EECB230B53AA974A83674DFE67409350B1AE092FDF19EC4207BAC7512AE2D637357A72391D9E469B501F7D15BED0F3BED40DB45411386BE1E4DE59C8436E71328EDB7109');
INSERT INTO "seal_leaf" VALUES(23,24,0,X'7816A287F4F171E7B11B28B1117EA38B145F319E37B2EFDCBC27D60F87F6059E',X'',X'',X'D4526F42CDF5AA0F01337EDB0D729940406DCD0CF770C0E28DC5A196A58E16B06A91BF35B521881BC0F0E7E1AD2A9D813887EF0EC8E4EF0078198B15268EF16BEA908636796BE9C7431048886AA698D3');
INSERT INTO "seal_leaf" VALUES(24,25,0,X'ECE0E2E70EE36D00B132CC7E3BE29E27D82F7F18A92C0FF926F6E2D2B68922F1',X'',X'',X'B16E47FC85BDED2B92BA3886CE5DA941E3C56CE8B566C00874EBAB07C90F291D936356056C5A3F783C4EF56D3BFE1C7DB8DB065CAB31B3353BF0A35F7DCF9F1CC8A37946AA50C7E15DBD54A0F6726BE4');
INSERT INTO "seal_leaf" VALUES(25,26,0,X'710CAFFABE15E2A9D1CE77BC577E31EFC937F0676F260A85A7DB2B09348F4FD8',X'',X'',X'E9E07B1FE7B1BC630EBDF3F0119E16B84F2D25B9A111E4FEEDC1C143345C0757455FFE8B14001D163F5118B0706FDAD15EFBE0DD7BCE521D5A4C592FDADB3C9DEC164A2C11099ADA40B77B09E99FEB7C');
INSERT INTO "seal_leaf" VALUES(26,27,0,X'97634C1576BF93C4BA126BCFAE32EFB56BE2E1CAE5122942450A6651F85C9B03',X'',X'',X'1CE027D3224CF0FC1B8508580A2DCABD709F86D30A20E6C4C1DBCB4117C5CD6FF1F2DDE3AD63314DA385CE859E7A09E83E0097CF5C317F0D69F38111C1DCD154F076D2A28D81CC2468CE3182DD7C9BF8');
INSERT INTO "seal_leaf" VALUES(27,28,0,X'255470307086E8EB067C030FAA60FB10DAE633A1EDF41B2173E5C0C94B6B01EA',X'',X'',X'22F9841B77D555BB4DA1241BB17754B1FE886D23A6416B901949FCFCCF87B1BFE2BBF07CB94C3E44D4C8A6530F04D19FF2D7249C78FC9456BB343EB3295CA4F7ACC5D9549ADCBA14AC3046E679A0D8C1');
INSERT INTO "seal_leaf" VALUES(28,29,0,X'19334A4959584BF0EA402526D22D7A4B129C6226D1745CDC292BCE58F769C7EA',X'',X'',X'F5106594F6ADAA8CB875E1F8409ABD4F92C05D1871AD00910A8FAAA5688723BBCBFF8B6775A56EC53525208312087814F3F3CE6A2196E2E82FB5ACEFA3C8011742D80716004F07F1341AB1D1E9525E5B');
INSERT INTO "seal_leaf" VALUES(29,30,0,X'A59ED685C3F0C48B244AA5FA1657566DA353DEB9614EC8AFB5D192BD4A248D45',X'',X'',X'778ECC1E1B2F201607D02E623E6C23E9A2BD7900CC5B7148DB8F2142DEB2FEB0746EAD1C4977933307E7D36188D48B0E29F6B13CDB21BAC2C8F8D241A39C05A4DABE4EE8948D95DBC7986146E1A82B92');
INSERT INTO "seal_leaf" VALUES(30,31,0,X'CF7A4DF581746F639312F1484E6DA3257DD575F30F6AD8E40A457F0541B2A24A',X'',X'',X'2684033DCB6C3F126C6193401A7B743B3B3591B240AA9B405B93C049C0122BAB92D9CD6EFFC0D8A5B5F4838ABEA36D99D8236687AB263F784ADE158FD1415E52286E226045EBAF43EB54463E8FB44FFF');
INSERT INTO "seal_leaf" VALUES(31,32,0,X'128A795A9D7D47C5D2BCF7B72C07B106F48920E167329BDA12B85BA452E3D001',X'',X'',X'9F98CD5E83F80E058A3D322AF286A5110D954C3B5E152C4AD39B431E1186EE27249EF0741B54DF84E47E6546E8AE1767C0296AFEF997ED3C575E4731B335F7984C3B176BEE0B110E7B407737DDE4439F');
INSERT INTO "seal_leaf" VALUES(32,33,0,X'74594C4F12ED49DA76C3EC6732A7014E06DA4EB5487AE4EF75F8318DC4FBA7A7',X'',X'',X'FC650698BA4FD628010924504A6EA401F8B037A74907B9875CC3C80D52B1A64CD5F69AB68C854B804248056090448F7BA72BDC4D220E01A1849A4B4A31C982CA804D2EE2C575E94513A242046E299656');
INSERT INTO "seal_leaf" VALUES(33,34,0,X'B2CB7AF5D6038DEA4E20469A0CD76568129E8FC001940D4CA9542BC1D6517333',X'',X'',X'031EE4A0A19784FFCF72E5349DC8D896B1940658E6C259288C2F506FC8EFF9D625648CDD369423CF94889A4AC1E3DD1FB7B2C678BE7261545C507FCD4573A3A115E478F834687AE54162A3D895EDEE1A');
INSERT INTO "seal_leaf" VALUES(34,35,0,X'10E78756386D713AB57D9524B0E12B1D84D9EBB715D5CC5F70FDDDAE174081CC',X'',X'',X'56B3A308FBD79A8DE352881B05F437551FA03F59280099CD2A075E81BFDEB45394BCFAB4527ED505EF4A71A8C3275DC377356E28171E28366405222513441F48CF23140CB9DB938492C77F88F4C8AE79');
INSERT INTO "seal_leaf" VALUES(35,36,0,X'13E8A7520DB6C736D324B2D47DB9E51B3C3E446FED07FBA70971CFE3DF5099F3',X'',X'',X'471CFEC9C965C24757C6DB6C4D45075B021B76995E8BCA707D27984357A78974C5ED7F2052F3AEC02198CF1871172BF365BD2C712042A0F20B1ADB21982DEAF9A5F9766A3D9D13AA56ACD7755632539B');
INSERT INTO "seal_leaf" VALUES(36,37,0,X'79CC73C79AC8DA893BB39FA55F3E76C024627118FA6AD03E04A55BCAEB23C090',X'',X'',X'A0B9A96E85206A40522710B6B7092BA8BEA4BA3C0D4797672A519FFE577809A67647D3D5955671CB5B7FC0191831946C5662980BF52A24683EA311455F6ED315469B22DBA8A4E2471AA2FFDE207D79A6');
INSERT INTO "seal_leaf" VALUES(37,38,0,X'8BCD137FC09246D21AF0B8EBEA8257467F7DE5E9DEF069E1E12E69A468CFC188',X'',X'',X'6B9379B8DBF2B25CD538AA8CA593C0CC9DA2E76DD558409338001DAC966BBF2A3A14EED207C9C16458A748458786C3ECD65791C120B3DC3332731313C20ABAA81F77708142400BC72BB4209F41C84337');
INSERT INTO "seal_leaf" VALUES(38,39,0,X'051697D08C61461219ED931054DEF8503A057E01D59615BA424693A95089D081',X'',X'',X'9620208E6832410E32BFFF44D964B698955392810EA469D1F8AC1126054E1B8354D77D1923357CA5EC5B643EB5A7EF8C078605AA28E561243BA27FD505CBED948FF865C93FAD0442169B1D7BAD9141F8');
INSERT INTO "seal_leaf" VALUES(39,40,0,X'43A113CD9BE50840C818B1B4623A402872EACC2CE6399F3E9C778B53A48D5BF2',X'',X'',X'58D81EBC60C3E2CAC65719377F713B8027D7EFCD5396EC67968C0E3331288249BD0C3D3572F98DE25292D490490F5DA7A463F367B74C89F05F2825A65EB35E94018D9ECD58B5BB06682DA40F3CEDEDE2');
INSERT INTO "seal_leaf" VALUES(40,41,0,X'F29A25C60B20A5BBA4F449329E15FC0EFB57B90481B67D4EA6559BB93BE67CEB',X'',X'',X'AF503F4655F4B7E14E078940C557F9FAC0F88C0EF096D7B6E890D6B21D783FACD1D5BFA7FC4168F0CE034257158CF22EE2F86527E522E9D025AD0E1ED0C10CB90F0581542F3F3D8E6DDC37AA2C3D2174');
INSERT INTO "seal_leaf" VALUES(41,42,0,X'704E694596E69A69E60F19A9B063FCBAEC8152FF6E074B79AE0384DFC4297826',X'',X'',X'3C2E051CFB248B520D6FF7C8F2EA56B08B06A2045585815BF348D32A737901DE2DC656C755218539775E51C2EBEB304328D3411AC49C803F15D57AF8E78D894DB74FDD262670B9C69C8F7258ACED7166');
INSERT INTO "seal_leaf" VALUES(42,43,0,X'DBC4FE9FDAD944854F7104D7CCC499D2FB56B9A7A874161013BD91B8E9D21749',X'',X'',X'EFF0A0FA6045F6F723A3510ECABB810AE7EC2A66377FEEAE1F6287475B10DB35C538C7CFB3A02D9B5BABD392FDE5224E954D5226CDFC4A370247F08C092B66F21E414D244D17C207D71BF17DBFD8EA41');
INSERT INTO "seal_leaf" VALUES(43,44,0,X'E049912A52B492FD179CF4D9C38277C175EBEAE47DF3E706FF9332A2B90F8DF1',X'',X'',X'92DC9643C5BBF999DAC1751D6E241FCA500A4F795E95EADB81FCA0FFFC770C3D11B799DFCB2B07704272B83209B604EAE7EF789F8BE3331AA1F6095361976B01405548B854716132FCDAB37A298B5E58');
INSERT INTO "seal_leaf" VALUES(44,45,0,X'3A0D0279531721691B8CA0F234E4099A58889165C04A3A2E28C51808F74B5A42',X'',X'',X'615274125B8EA3F9499C511C201FB8337B2B8382DEC4C49E8260FFFB7BBFE8C153F958B58C0423C8B7DDE31EA352A21B9B3C4F5048B559D041F115C08ADA1C76E4D040E12A7ADC5B78A6E874C3FC5072');
INSERT INTO "seal_leaf" VALUES(45,46,0,X'CA878295801379A716AF3882B5827937566396E4CC1C6F9A3517B441EB683C34',X'',X'',X'4D2E0B345483A68C7C6440ED8FDF966A16877AE743685DC499C40709E66F9A6F509852ACE9094EA9EA4868ED41D8B6FA746634DD84DB27B9ED5B1409F175149AA64FAD98B5B099367B0F08F0DA787073');
INSERT INTO "seal_leaf" VALUES(46,47,0,X'25B5F6AD948369DA88A6F6EF7418030BAB1049C9E11FE3DFED2779C274B8D1AA',X'',X'',X'CA9ABA309F60E70B0FB1E3DB900C0C0DBB033E821EBB1AE81368D5CFC1B36397298E7537F09D4F1F3DD1903656995897B1C3EFA691D65FC4BB6C73C9CBAD4AB6B3C0175FD7C13C179FE6FABC8B07DDBD');
INSERT INTO "seal_leaf" VALUES(47,48,0,X'3266C7F5621153E6FC9C3D9C90DF6971ADA860A340F56472E50C517C3D993FAF',X'',X'',X'BA18B1DEDAD80D2B65A18408DC87ADAC682EA0F7C3B7A021B951E42851B2409639F9693E5F9D5F53AD880F60C5CC1238B7A6931465B29F02EB09BE9651256997102B11CBE06F46836D453ABEE27BE87D');
INSERT INTO "seal_leaf" VALUES(48,49,0,X'393ADB5A10374CCD05499ABDAAA35AC3D72350210882A599C6C2D8AF128D8DCF',X'',X'',X'A5BBE68E24961FEE99297BEC8BEA6EC24A803D1A21E47EECED1C3B29BC6D06DD12F3E68B29922138FED35D519FA9FCBE45325EAB7E13AA7BF3B7042DDCC92C6B986DCA4BF5E88BD3C853AC01402049BB');
INSERT INTO "seal_leaf" VALUES(49,50,0,X'5B2F8AE0360D3DDE8D2291FC1693B2FAFC73868A6A919E785F48395D02C41EE2',X'',X'',X'990DC42EB7A753A74521A7999070900AFF1957253F3CF099E8080EAB25A1112EBB7C1B8C1F59F65EFE0D4A6CDBF32DA3F212913BE3BA5907D63258374EFF6B30882430678774095C68FF1574ED4137AA');
INSERT INTO "seal_leaf" VALUES(50,51,0,X'EB5924C3C64E6B805AAB444BBCC3AA35DC0930B04055892965BADBAE49ECADB6',X'',X'',X'144DA2E8EFA154C4336B9FD1C44250DA7DE006F2477366B85BBF61CC19023E9E61EA361DC26244AAF7327FEAA28858D0AA6DAF35E478BA0B02BED948696FDCBF92ED2882BC7194C63449279EA3EA4357');
INSERT INTO "seal_leaf" VALUES(51,52,0,X'D3C137904945E0E3F09E2552FC5B224C50ABA7F4F0AB75E8DEDEB04848640BEF',X'',X'',X'E0C9057F647795CBE9C4A62EDA621BD0A672240A681633FD40516B917A5377C8FB11033D4E95C3CD7784CFA1618B72F544659A819C394195E8487F077106B7B541951E6D3FA8F383511841ED7389674F');
INSERT INTO "seal_leaf" VALUES(52,53,0,X'26B63E2C9180E700D88D1F1BE506AC07339DD69802A5A9C086F745368A0B7BFA',X'',X'',X'385F2C59566A300511B72490435590E8F7455232D85AB130BB72C7F7027500DCF0A1C19F01B413D612051D7A4AF463C6F04213A1199B199ED61611BAA3ACC3FC626B51EBEB75069EE3731B684D130F7C');
INSERT INTO "seal_leaf" VALUES(53,54,0,X'453AFDEF375A2B103DFC02D1497443FEBB0DF96E578ACABC1941A5DF060948AC',X'',X'',X'70F7E1ED1CC41C69299AFFDBCC7CCED7711A430F6F95E2271E4A5709C204B15B022999B5F4356B76F1917B5E09BFB9023644CF973248E81696F51139FDD57F6C00255D6858F0A15D94DD098191923B17');
INSERT INTO "seal_leaf" VALUES(54,55,0,X'0F79A909049CAA1AAF79CE303A3F492E7B8D44C2DBB3B7121353984C2A93769C',X'',X'',X'03DC32F89A24E5FA20F5897D4A6DFE5B1147E0BF6BCF1BC5AB670F357350FEF1EC4491F17FF46D8866E2C420974D6D41D2EA748F50248635CB164B00219BAFF4B96A4C4E2A0516D274D26890C8C7CDAC');
INSERT INTO "seal_leaf" VALUES(55,56,0,X'FC22552C87CBC3DFFB3907512AA4023B6C696ADD423DD6360FC04C7A47C3A12C',X'',X'',X'7573AE949D7AD84E78BCB664A807AB7BB52F8A35F0BC3A981C621C521C8CA6913C5E032A6525368B1FF7D1565846D2036708005BE0E9A4B1901B876B0BF7D2CA257C3FA1E12348F1D0110039204ACC93');
INSERT INTO "seal_leaf" VALUES(56,57,0,X'B27974327D777B0B5A317DA6F2EC5DDCFCD414B4BB3F4A4C78A8632FA1A36417',X'',X'',X'7ADA3B17FB9AB0C1BAA221238CE0025FD9C476320215E073A583154C91727C76190EF1C1FB211644533BCCE392FCAB242F4967B6B9C6E0D5BAF5957C3A4CFE65568E0A4E157C572958CAADCDF8C2BEB8');
INSERT INTO "seal_leaf" VALUES(57,58,0,X'4F13F56E8850BD3145F332D4C1A5CFA4B0961BD5662BC767671B61061B95841B',X'',X'',X'00B9A54C24F30134A7189EDAF05B8150966CC1159F4CE4E9ED513D7C9EFF0E651FB169E0C8419FEF19AFF11BF940FBB33907FADF16BD3FC35C8E7ABF7FCB2917D8D39B47046D12320F55C8565C04EF85');
INSERT INTO "seal_leaf" VALUES(58,59,0,X'9C9047E4F82297A395BADD5284834E4E78E82C7090C19D286616B2DF28A8373E',X'',X'',X'1DD0C781A9ADF40E56A7F3CB99ED1D6C63A579DDE383B0F7C33F9CA3CAAA7D109EC69C3B7D2247FF9EF153740D782356A1564BA616AB6A96A23C6AE0534A350DBCF56EC7C5FC40445210D2C79F96E1E5');
INSERT INTO "seal_leaf" VALUES(59,60,0,X'F67831B0D32E69108398BB381F524FC61FFC6D71049F28AC8A5BFB801B2E5FB4',X'',X'',X'DF1B7FE12E3ACC13B9ECF71945CE42F49256BF8F8206075D1CAA365E37A1DE97DD428F6FCB6683657FB77777419E81B8970DA13DE02516DBB75169809CA48CAE23EE62FE1C91F9B5AB71F133F6FA99FF');
INSERT INTO "seal_leaf" VALUES(60,61,0,X'B1E9DE64DA9CA1F132747B9947DBAF3A7072FBC10B0C7AEC75977129C3B456C5',X'',X'',X'84B3A06EB1DA39BB5C6CE47FDCD1D913181D37E05505EC307966975802BD55283BEFCCFFFC249F00AE2F9E5D111F650D29BDF2F241CC498C3AC15B48C7C5093487BF29E667DD035947C433DD2A19D114');
INSERT INTO "seal_leaf" VALUES(61,62,0,X'46FF5C02F27FA022A792395084EADD3861FA717B12D7A004C1C52C2BCFA4CD55',X'',X'',X'733F67758BD96282A7BC666DC9F81B71F065A88141E43E16E08B3D00495B6534865268E530E87FE5F234A077DBCCBE0BE042B65E080DECB3AB9F66E087474982350B468F41661484629BEE9461477560');
INSERT INTO "seal_leaf" VALUES(62,63,0,X'8676F38FB07EF24E231099A2162EF48CE06B5D4F3EF3B2CF41B53841D9DC6BEA',X'',X'',X'5988A62D955B26ACDA798D73A772016D4E717FF5839753E8D9D345EE32B31DB5F059F1048FDB9E6682422EBE3455C9FF912C62514FA0D5F12C8C1836B8739F3B1F9DC4C955C8DF259CDB88A83BFB1660');
INSERT INTO "seal_leaf" VALUES(63,64,0,X'184D6C77A39D795286C1D471DFB5FED3DF757E246FF162D127AC3EEAE5F382F7',X'',X'',X'4B9D248B7295BB6EC30809576152672659976F282A5E25D8AD036FAC0612592ABBC73D2CABAEC0CF0B6E86D554B4381885E44B83EC0C2B5C00788FE7A5A95B8E7B8ED5448F95AC11849A89416377535A');
INSERT INTO "seal_leaf" VALUES(64,65,0,X'767CDB10788ECBDB34CC8B1E47A8F4771DF542953AB5FE59BD7A4DCFA8088B37',X'',X'',X'8057233E16039D1971B1A64F76F45652C9502B42B9114AD1BD3F85F65DD731DB1F432DB0C3060E899CCBE09522A19697AF02A8F7642C2BD24F46EAB97B5A53059D57198317FB0EA9E13A533CC1F72D2B');
INSERT INTO "seal_leaf" VALUES(65,66,0,X'F3FC0C03E9CFB254C493D761891FC9F9E3DDA6F0388430DC05106E0F8BB3249D',X'',X'',X'3293C1F4D500B6143AFD718CF7934445C0A8863ACE224D9DF0B7A0E3B3FF0F7B1C4342C70721B6F92FE21AF550B45CCBBEDC57926308A2E0086D387A0C7A0B44A388E02F255585E90B4723843C7EC688');
INSERT INTO "seal_leaf" VALUES(66,67,0,X'A2097DFA719B8D8AA432C049E8A40E67F44FEB0D353C004DD80C00DE35133E52',X'',X'',X'AB97FB674B6B5EFA1B58936961946FF88CF8B0EB4699BB25A2E1C9CDC2E037BB84D7CDFC5B38DB31C37A0FC060B21173DDA11E971ADD0FF6E99E4EE8FE21B64F340D0AEF44755775856B3AF0C07B8F8A');
INSERT INTO "seal_leaf" VALUES(67,68,0,X'E07BAC887113C619B8002C525E66BD7F5DFA67661F24F647A331CDFD0759FB23',X'',X'',X'E8ED92C17218A892E9723E973E398A42EAA66CC4906EF3BA2E608AFB10528A8891DCDC6D428D691FAB695857B350D2403F2FD6985B9965F12D74192D81EA1EA0F04CCD988AC055C1954A7B18E2843894');
INSERT INTO "seal_leaf" VALUES(68,69,0,X'C52D65716581749C08940B45BF63BDD7A1A2F507D78EFC478863734C293420B0',X'',X'',X'2092896E3CB07C72509B2CF489BEA6F4EA94843C884E7D726AA348F81B754E405459DF94FF74B51B422019963453E38202AC856A40CA1F4D98F58B807C2BE95DB6263BD8F816A2B552AA9A48A32211A3');
INSERT INTO "seal_leaf" VALUES(69,70,0,X'E3FAA4FD2ACC7F15314F34B23034A7DA459A78886A4DDD1517D6FC7934A226BE',X'',X'',X'9A2C58B3739AB61C5313D2FBE3DA956965A7235860EA47555497DC2C16FC682C5B9706B1DB684DA9EF9EB2F52D069F53DD4C1AA520394B12B6F36FAA9230979D1C357B76C511B21D5D60786F2ADAB899');
INSERT INTO "seal_leaf" VALUES(70,71,0,X'48117E571723D39E3A3B2096447CB4B38C2DB328F6D35DF0E992D3A048353BB2',X'',X'',X'4534D8834C134CDE7C73FF457EE5D611833EA9A46BCB0F51597D28DA985377F30173B064B9A36EABD89C4FF213E19E7FB0FAAF43E571CC1ECC5B9A60581261C754F445FDDE4B7AC87C69EFB256BEC59D');
INSERT INTO "seal_leaf" VALUES(71,72,0,X'58C49F363649CC02F8243D1B3D7941DF37A6DE98AFDDD13969A13ADD022DCE14',X'',X'',X'CFA07007677BBE43F57C1FD644034CD8AA1221B210E6B75CE28DEEB898ECE760EBB48934438BEE0D3BDFD99000861A4A4CDE5869868D596F4D8E8E5C7D5AEC68032EEFAF298905AEFAC09BAC6B9CB726');
INSERT INTO "seal_leaf" VALUES(72,73,0,X'A9342FAB96528905136A87F651BBD9C3E27D7C0DEF6BAFE876D73FE5C60DC7B9',X'',X'',X'163D0E7273A2D10498FDCDB73E2674CE6450F92069C1A465213707725F875829D49029A3492806D9131F6E8694DA799DCAADA451260E03EF3BDFA9F6D012D41261D73A200CD4D731ABB9B986A1BCC21F');
INSERT INTO "seal_leaf" VALUES(73,74,0,X'989645D13EAE2A3A3A8AB8BFAE511DD85DB6A117F7A9C3AA77E78A46E2E5BCCE',X'',X'',X'91465270162EF1D4267F0AC0269CD3900A3874E644EA26948E920CFB0C325C0275F378E9A2F5C8E6814989E4CF552286ECDD7B219822D3BF077D9CAE8D8FD5837FE1B45D59B0333C6737B3F91548DFA5');
INSERT INTO "seal_leaf" VALUES(74,75,0,X'523A5174D14EB1A47AA028DDAF02AAFC4713B6D8B5F3625F0C052CA5E719E277',X'',X'',X'7A39D1BD8BF94BA55C7D2D0ED6D2AB748C36F0BCC8B47C20FCFF561494C661C7D2953ACA4AB0C468919587445CE53A3139B8449E81AAABF88DBCFA6D502D033AE83AAB355F62BE9FB02F60F05C173D7B');
INSERT INTO "seal_leaf" VALUES(75,76,0,X'F0E0CA0CFA15F07A5FB6EB84615A79381C4411F5C4B61F6E5A1FC8A45E221D37',X'',X'',X'83B6F8546ECF92BBFC7973D0849C11B86C4DAEA3399957D8767A705CBC23C10B5ACD52CDB73816FAC030C9C851A80087532E914022FFF0DB95359BDE927B9F583661F11966DAD5446AC3E205C273392F');
INSERT INTO "seal_leaf" VALUES(76,77,0,X'EE0BFF7857920856E5878D05BDB62005B020CC6AD809120F14D97430489C6DE7',X'',X'',X'A78F401BDE05438D54D08C847427B547DB97B895C80D704B3FEA28620890CA0882FA499086E3624473B568CA98B8195B57844B5932CA4978C66EBE89AD72BB7DCC3937A3B306FBE0D4D412CBA53D0E3E');
INSERT INTO "seal_leaf" VALUES(77,78,1,X'E55C6F36FB5923629DB5F4934021E57C807B2DF2B2631EC6477BF489405DB448',X'',X'',X'A674F57048041A8D32AC2F8BE7D3FF89864ABAC4B5AF17DB23B3CD7AF27A5ED78867AAE16163AE7F96333FD060B8F2D602A9A2790AF478AF1D6328D7F2EB5F1EE0199EC95A45637F80DB7960D253ACCF');
INSERT INTO "seal_leaf" VALUES(78,79,2,X'47D410A19D108616344BCD453154D89AE8A0F1D0771130225C64974C738C65C1',X'',X'',X'A0FE6F2CE2F93ACA4BB23ABECA00AB1241591728ED2F24355B332088CDCAC5AB9FFD5DF7C0793FBA08B7B8B2E79AB69610369DAE7FDCFCB6A7D2309529FF978CFABDE08BDC2EA212F837E95FBF5A77CC');
INSERT INTO "seal_leaf" VALUES(79,80,3,X'35E7795CCF4FB4B1E98DD9F527B77E5B0416B9285C65B39E6EA647643E6D8A5A',X'',X'',X'C8AFA1752EB87B36033F1B0B1D1D3127CF1BE5B428B75F2AB7CC59DC40216CACB0FCEE6CEF7500FCD261D701623548FACC1A4A9C363082AFF49BE2638E23E8A0430B26E2036B371934187C42CE3CE17D');
INSERT INTO "seal_leaf" VALUES(80,81,1,X'0CB1C54CDA52EB363786507C41CF282D45605DEE1CB7131003F6999D29740CE6',X'',X'',X'9E71C999C3758A99DCF4D335ACB2A4DB3BC7A04A217B495B16DEBB8060CA1D85552DAF640A64684B2A19BCA7856A8CDD1FB3E2BC15D9BD1AB7E220EE91937949324CE1DB1530248435E745EE36175D7E');
INSERT INTO "seal_leaf" VALUES(81,82,2,X'6B839B234D181506B8167425BC762C69031E1D914803324C789BC48C304FA10E',X'',X'',X'4678DBFACC831542E21CADE250889C3F397EF33120A39D55C284157D6F0AD0B949DB371FDC2C4B264575C31B40E16E7A065B06FEE07C4D0A15B3A9AFD0B303B91604EC01604A3E2974752262BDDDBF13');
INSERT INTO "seal_leaf" VALUES(82,83,1,X'419F6CA846C51C3A810838DCB17044AA74DC165B33E2DE40B6D6369E0C1F3670',X'',X'',X'305A7B5018CDAEA92262CC841799441AA9E6429C8FB9ED4A3FB11AF10844AE0F8B33FE6BEB2796E0943CD1490799259A33322DB8C7C81A4B5AEBFAB0DBFF01796BB985DD1AD24CE400308233565F029D');
INSERT INTO "seal_leaf" VALUES(83,84,4,X'A95082DBC37F9E7FBCB9A18DCB755AA77C04818F6BD9341BC4BABB66074CB79C',X'',X'',X'8BBC93B0423B3AEE4415B67DA4B967F5B78F630958D75BBF6B519ACA46709345CD4D0BA2D50C546CBDD2E8264420B57C21005FFB662D2A633CB4F2E93F578383CEBF1088661E108D827FC40557A85B14');
INSERT INTO "seal_leaf" VALUES(84,85,3,X'DC7865F7A31DB00A779CF31FD916F3F861343410CD6EF0C55A0FE152F289D1DE',X'',X'',X'6AA87FA358151776F34F4CFAC3F823574D65E5F3FF5BBF7DEF63DD13A52C99870D8613E7B6CD8FC788B2A7B4B4508C2D21E8864051381B3BDB1E1DCAC2624FF76EB19E2A5A28F34BDBFB89C9FC7638D0');
INSERT INTO "seal_leaf" VALUES(85,86,1,X'95CDC2E833D1BBE6FAA3D58D5D47090C681753D4CD8D4DCC1E9DE71911339AEC',X'',X'',X'6D9242BF6616CCE2EDC9B270F3ED371091E8F819527461534FF8FF60E4E0123F6D02CA54D68B64E90B82EC6766315F469CA7245C170340977D7F00698A07FF570D8ED1BE051427FF27CF189BB28B4DA4');
INSERT INTO "seal_leaf" VALUES(86,87,2,X'FBECF22CDC2C2125035CAE23415D3710900457BB7B50840AE0818A687C3F097E',X'',X'',X'B7D65A4C95215A6BDC9DA628B56FBEB4DB41241DBDBAF40E969A51056DC93DB042C5BBC87D09E312214EDC1CF71745683FCFE4AE5F6F5D2EA539152A4289F67B26B7E234B8E239F8F5C9830B7E53F0DC');
INSERT INTO "seal_leaf" VALUES(87,88,4,X'B23490CC13A95F98AA4629858AA283CC76D31E70F85AC39592079919D317C29F',X'',X'',X'A90FB07BCBDF77902F12335CB96B3EB578BAE07F5722288F06E44583DB147A14C89C15E4FFF0A23D1E213CC6FB5A93AE7E1EDBED091328CE5FCC38F3D9C689F237637FA89992079279B30FA6C9B0A47E');
INSERT INTO "seal_leaf" VALUES(88,89,2,X'39CA7E188CE3B2F526705900F3EE7C51C4CB8D2F7977547B56DC4D201DE85F06',X'',X'',X'1A1FC0AE58E67C90B3A9674358B3447F5EACB58D4ABECA5DF09E1A41A36A3340D5A7830B4A44D8ED0AF05EF59DF77540A3E57ECAFADFFE47CCADB4D315FA74C7BA5CA4B082ECD7051C2EBC7A5500D7ED');
INSERT INTO "seal_leaf" VALUES(89,90,3,X'A5991C42AB6397AC4DEFC26A1BEA68C16F2164E5B9DCFB80573233FDB7D3ED66',X'',X'',X'73EEE7B02448F928CC95EFD25F9F57A0B1CD26CFCF9E06B1B0755C645A85F0DD2134A3A655CDAA713EE52A19E1581F89B277F7CB5C860A16CD5F28C94C614B1D654F5A44DEAFDA573360483CEB8F7841');
INSERT INTO "seal_leaf" VALUES(90,91,5,X'5F77AA16E05F6165DE659A0B0B7572A9EB5C24C8FD4FC82B8CE0C33AB522F74B',X'',X'',X'D6866BF5643946F74166EA718D99759B47221B6B62427BAFCE0C44C56C743B885FB997088C6F954DBF50D698180F86630E068C1DE404ECDD828D518BE53CF61EEA964DCDE8DFBA914DBEED0D36323044');
INSERT INTO "seal_leaf" VALUES(91,92,3,X'8D4E7C5E9C3AAAF02E783F62CB65B46D3AC1AF29CF44BA1239BAD7FB2264490E',X'',X'',X'EDE06BFB34D60450E6760D5A25733A89ED32B9D3A820B75A712CC82834D36E314BDBAF966976105699F3ED8AA4D2C38958212C0670358F4D24296038B5B5F672F10306382E39F87597B76114E5A8170A');
INSERT INTO "seal_leaf" VALUES(92,93,4,X'03F093407C14B3A7D1CD7FEC4E29501A4D7B486A72D72FCD996C9FA5EFD3FBE2',X'',X'',X'CF6D32E849DDAA97AF0A7271804105FCBCF243268E2D922506744C685170B8516406FE03E2736284E09CD0FC3E124550BCF1711990BD74FCAB68B023060B99522F13E5A59CCA6F5C440CB52DB4B37682');
INSERT INTO "seal_leaf" VALUES(93,94,6,X'8B7E43C12E99B1FCD7971D095124A79BBF219172984402288868336ACC2A3E28',X'',X'',X'BCA2BF25911C97F2FA82D5B4FE67FAA0C6356C3533CCA648B4A77B87D1833D95291C7002BDD5CCF76BF015394E21D52DDE903416BDF88BFE775BF40D588DE6680974737DEFA9B8672FBF82424F2DDA28');
INSERT INTO "seal_leaf" VALUES(94,95,4,X'66886BD74891734385BAEC410B5C3FE43D4C527108F22495AB6C669698E7EEB1',X'',X'',X'B25E791455B528492E708AFC96B69842DFDE90861DE73CD0CBB0F84ACC1FF3262BFDC008E7730632D8E6CD948B22A51C2110BE34F0B2B509B24760E2178A1D9477DF45CFDDCD8BA90DBB9CA9C3095EC3');
INSERT INTO "seal_leaf" VALUES(95,96,7,X'E029BFC3780788A79B0DB9FC7F8927B5092FDA4A84248D430338648845C5C8F8',X'',X'',X'CD48BED76BE8F51E868D26DC9A499F3432423E02E0DDE63E4C1578A97C8905FFA524E980F7BD4EDFAB2624567B06B9A632CE10F5C0D33CCBC6458ED0067FD1F244F4FEEA8D252335F07808795EAAAC7B');
INSERT INTO "seal_leaf" VALUES(96,97,8,X'629CBA06742CDF05C4038B74D046FFD7F768BEFDECE601449022BA15E0115050',X'',X'',X'69315662114B519790070BE95F179D24E5631E34B4FC1A1AC92F152B8E03D11B0DB3082892E3342E6CDE3A2595760A6B0111ED789A3AD8EBA7B3D3FFABAAE4072990BECEB6F42BFCD44C0EDEA442BBC8');
INSERT INTO "seal_leaf" VALUES(97,98,5,X'24FC3853B8A28FB371E9849F9BC86685967712C3D08DED55B5A267BC2DB8C4B7',X'',X'',X'3F7731A0A0C566D01C35816B28ECC2A48265DA843B6EB0EF4929567E8A779B8BBE8E1C9C3CCF5F5FFCFA124D7C91EF7AE51D046633BA1024FE7A336B12A35AC7DCD3CCE91AA5A8B85BEF88A20E3D614C');
INSERT INTO "seal_leaf" VALUES(98,99,5,X'4B3C23AC631D5740C81B229301A539C9D699CD3E964A7C2C03B24027396E707E',X'',X'',X'DA0EE79A9ACD30B6DBF7BD6CEB1A0E0775F734338E3DB954092125FFF7F79A99343574CEAB1D5FC83C4A4806AB4B56705E1A2866DE17659FDA86ED02DA3849CBDD93F3F39AB9DFC038B6487731B5F597');
INSERT INTO "seal_leaf" VALUES(99,100,5,X'FB17D37CF7D6AA87F829DF9657BC896A5C34752E131494BF96C2BEA456B09F39',X'',X'',X'7A49908C5CF42895DD3EF58F0363C9DB517EF5E8AE6470219BACB5317AA0993CCAC3690D54B9A917841FD81FD7D1137465D3A772BFD753A729A3019941AE3060BD3C3712874DCC2259477E660ADE8D48');
INSERT INTO "seal_leaf" VALUES(100,101,6,X'A5BBBBFD19A17BA9016A46B2296EFFAC61847C368DA220ED04E65208B900B596',X'',X'',X'DB499A624B066B1D6FAEF5662369C763EF505CE5B10D012DEA469029F57D47E41791CEB5E1D5296358769CABBD48C254A108BCD04B8E82A35E93301AF69F9223CC8941B20405A4197BC10263A1EA509B');
INSERT INTO "seal_leaf" VALUES(101,102,7,X'F673B85F46F89FD4E432A8812E87F97DB2671889EAA80D6651AE398AFE607E93',X'',X'',X'48E427F93D4F487A93D62795DC15DC77893D2BFE29E3592CD485D8B7F68FC4B38E4A2D0E02EBC11CCEDD507C8C86A6585ED6CE313370A3905639132C2240FFD9362D90E1C753F7C865B09330389BEA68');
INSERT INTO "seal_leaf" VALUES(102,103,8,X'C789A7E3C8AD47549502D68CF48D4BBD9BA022FE09CA2A4E989B39271E3287BF',X'',X'',X'EF1F63FCB0D75EB51EBB1816DEC7541FE7E693FA2ACA7F3DDBB4C92F6B9A7C896AD94E61630C47F6C4BBC681F636D799190764E786BFE493E257EB8A4ABB0CA40EA630E76F29B2FE97B903C18F9D251C');
INSERT INTO "seal_leaf" VALUES(103,104,6,X'9C21CF90811ECF6D7C32F03D7B42EF5B3DDE020EF4F9653E3FA454C288A3DAA4',X'',X'',X'42D320AF04D7704555DBDCB8D832E5DE4EE31CB8C0FDB0197F9D12EA4B178B10805A9F686C73912848CE3CED12870747876C559B60DEBBEF690F255A38B7BFA569924674D7D0A1C14E0C9E884A373159');
INSERT INTO "seal_leaf" VALUES(104,105,7,X'038ED3324EED92992652925B62B1235D1C17022B73923FDBA4B830DA199B870C',X'',X'',X'0F4050BD3A34B39821F791AF7EB4CA401DB591D3200E80E39DE9AB74FF010B43C7E146B7D1525E87012FC62CA49B6D77D33D1593997851F095CCEEB0DA986AEA45AE0E7E5BABA3F3D261F71E7D0AF071');
INSERT INTO "seal_leaf" VALUES(105,106,6,X'C87AF831383FC4DEC962C1CE64EFC66E5AD6F1DAB69409B14BD2AFEEC8616FA4',X'',X'',X'FB9A925BF1B91C466EA980B5D3E1D94392DA9E9E3156CAC4818A4BB3D68EF10EE640A4E8B2A4428076B910CF076507626A32B93826563AD1D95AA594EF80BC92FB6F976152E4C4F0FA297C407FBC515D');
INSERT INTO "seal_leaf" VALUES(106,107,7,X'F625D353D01643646B5E7A49EC265DDB87BFDB332D2FB7E4CBC6FBE4765B09E1',X'',X'',X'86E52DA892BA1A937D8EAA8AEAE3CB3BB3536FCFF41C2665A7FA7A08CD32ABDF5547ACFDFD26D1AB5C57D6B0DF9B42824CEE732BAF2C5E43C9ABA9AA763B67F969FBC353FD17277C63FCE3E058C79CC8');
INSERT INTO "seal_leaf" VALUES(107,108,8,X'EBB171348A8ED6DEA3641A23CD08C41B2370CD348425B7B6883FE30EADBA1D54',X'',X'',X'A3CA200C314957FF44F0F7AFE21C211114E5E25DC76302FCFC19A1C02DB721F10513F700D925B16F4BF61131EA765594C02D2F38C3CFDBEECADB7A8F00AE8477BD2E557D8DDE7456593E438B38B8CE88');
INSERT INTO "seal_leaf" VALUES(108,109,8,X'9998DE14D30B4EB89A4BD9895283C1577ED8FFEE03BDD2E33FD946B202EE2287',X'',X'',X'929AF0835185612DFA3CDA62D536E1E62567E293665FEB8DC0B78BEF6C91B6ACE664090425F02EC3EFD933A51EBC295BE6982AD829228ED5A9D8C3D5A9A2E1E3B083090028BB89355E56E4BADF80B79D');
INSERT INTO "seal_leaf" VALUES(109,110,9,X'1BF186FB01D0DB54680CC44A823CB84FC94364F97674F93727741BEF4B3395AD',X'',X'',X'19F9AFD9C9141E1A006E866BEDE367679667675054C886D9F146272E62E6117A44EB2EA840A0B3E504E36F1C48E535377CC382AD4C18075BD25ABABE24009C6287C590C2211E3F0A4B62E7904EEEA367');
INSERT INTO "seal_leaf" VALUES(110,111,9,X'D571F429EBCEE7CE2A2482371FA772EABA240B4E9B373567ECB1E93BC71FEF92',X'',X'',X'CF03FE51A1146A9F2A487D855BE16B1AD8A23F392C78B7F299FC0517543C51659E9BCDCE0F13E8FD5EE0D9011CAF9EBDFFBEA9449092BFEBA07AD134DB129066B34C44F52ED3F9CA0DA9F6F89BBF00B2');
INSERT INTO "seal_leaf" VALUES(111,112,10,X'5ECFF88EFBC89E1C607ECB5085EF9B3185B87F4EC7C2D7B7162C213FD9956E78',X'',X'',X'9CAB4F1E94A0A629A83F245A1D9178C17BB2957527F8382280FBA0E1852EB5E7D92F0AD79524ED1564EA5F821B156273CBD711AED54713FB542A9CAF1D631863B3AFCB8B1D5C15F79076AE76FA1579D7');
INSERT INTO "seal_leaf" VALUES(112,113,11,X'62D5722A6A5CD7F5250D7FA8C2978FB6A74527B7176E4B94E323273299AB7731',X'',X'',X'D735C6547F21F80390201C8A09A879C9FB3A90E4F4BB5CA7B563ABEAB24655EE76CD5FC01D558548A8D15E35DF303A1AE8AB24818248949628D080DE57D5DEE9135A797D40ADEC5E19F8A8ADD4F66B84');
INSERT INTO "seal_leaf" VALUES(113,114,12,X'B428F29A14BC910086E288D8130AAB4CF4968B2EB8C10F0C07C04A23656A665D',X'',X'',X'AF2AF5FBBF320DD6E9F341A605689FA43BDF3714E155CF707F7F7899A8D909F8A0A17E2E85265ACF4E998920389B1860887857B4E39A27594C99085BA793B5D8C03D51E8EA04D22F2222E39F54DC5A19');
INSERT INTO "seal_leaf" VALUES(114,115,13,X'652755C5AA4BBA3FC1BF1B3AB7DA350E76CA1D97EE2B3D083BD0D4725945EDA5',X'',X'',X'3249F2C1877758A9E2E13746F86417741357FFF2EB33D5499CA0EAB1D74F600145FB43F9B0A9AA7D9949FAB0CCF8F5F47FDB3089D5CAF4B8ADFE675CE94A596B713D95DDCF08ED50D9A7F9C6984828DA');
INSERT INTO "seal_leaf" VALUES(115,116,14,X'8D8E22A77F7C21FBB84EF6DA0E476BEC75DE8B640B977DF482FF1A4228B09BAB',X'',X'',X'C84F7348BA87BB9A09FB47D377035CE7B7F72CC1A3A3E20C36F0D17C640D274473C54D790D0BFAF84DBDF1D2EF339DA556DFF471547DE8D881E56212D8FE72375D0915A829CC4303020D49E545F34D7E');
INSERT INTO "seal_leaf" VALUES(116,117,15,X'CE999BBE24EF75C9FA8D3D74F42EA4934A2D035223C377862C7A90130B375C40',X'',X'',X'AD4A2BE41FCD36B93AFD0E327C4FA1E9E361412D605F08C539DEACE1E498E33FCC66EA34FD3A62FE67F1FF7DBE25C9828BDE8762C2A5FE6A996884986AAE72A2237F5CDBE16D32D706F193F2C9DB6165');
CREATE TABLE session (
  secret  TEXT PRIMARY KEY, -- SHA-256, hex
  user_id TEXT NOT NULL,
  used_at BIGINT NOT NULL,  -- to the minute
  until   BIGINT NOT NULL
);
INSERT INTO "session" VALUES('8bd910b51684249061d4f8bd56612d2c5d893e05222ba6d2faefe32caf9c32ba','01a21d6c-7007-70d9-98a9-3c3044e2a228',1795789982075,1795833182075);
INSERT INTO "session" VALUES('647f41fa4c98c805ef195f95343e1ea9050dbbffb7e617fa35d1cc29794c64c8','01a21d6c-8a6c-720e-a2a2-60aba89c76e2',1795789984371,1795833184370);
INSERT INTO "session" VALUES('73a17ff950df80635cc0dd147067e4308da575d66417ae678edaceae2152236a','01a21d6c-927f-7060-9646-0fc0f26c9531',1795789986642,1795833186642);
INSERT INTO "session" VALUES('9120a70431f4ede11fd9542cb5336b55357d5388e63d68bc3f92fa5473e6bae9','01a21d6c-9b57-7928-9f30-a29e22e5fd97',1795789988504,1795833188504);
INSERT INTO "session" VALUES('b0146b0d5e5849e9c844f8244a82f5c06e6d8689b3a4d0dca3fa14bd9d56f6cb','01a21d6c-a29e-70ac-9906-4a6aaeafbad8',1795789990075,1795833190075);
INSERT INTO "session" VALUES('f812595e122d1e985a599a5aa208dcdf0afca6e9988b38fe4e06b09a9b9d6434','01a21d6c-7007-70d9-98a9-3c3044e2a228',1795789991493,1795833191493);
CREATE TABLE step (
  id       TEXT NOT NULL,
  warning  TEXT NOT NULL,
  period   BIGINT NOT NULL,
  kind     TEXT NOT NULL,
  number   BIGINT NOT NULL,
  level    BIGINT NOT NULL,
  due_at   BIGINT NOT NULL,
  fired_at BIGINT NOT NULL,
  missed   BIGINT NOT NULL,
  article  TEXT NOT NULL,
  told     TEXT NOT NULL    -- JSON
, clock TEXT NOT NULL DEFAULT '');
INSERT INTO "step" VALUES('01a21d6c-aebb-7f02-a2e3-2a14cf0164b8','01a21d6c-aebb-7f90-985a-4f26647f8fc7',1,'push',1,3,1795789991610,1795789991610,0,'22','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]','');
INSERT INTO "step" VALUES('01a21d6c-af18-750a-b5cf-6a176106102b','01a21d6c-af18-74ff-bcc2-b6e24c9d1993',1,'push',1,1,1795789991683,1795789991683,0,'20','[{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]','');
INSERT INTO "step" VALUES('01a21d6c-af18-70e3-9c75-dadb7acfcef9','01a21d6c-af18-74ff-bcc2-b6e24c9d1993',1,'routine',1,1,1795789991683,1795789991683,0,'20','[{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]','');
INSERT INTO "step" VALUES('01a21d6c-af69-7179-bea0-b509589bb512','01a21d6c-af69-701c-91da-cb4ad6f368a5',1,'push',1,3,1795789991784,1795789991784,0,'22','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]','');
INSERT INTO "step" VALUES('01a21d6c-af8d-758a-9978-10cc3ff0b0b7','01a21d6c-af8d-7509-908f-39391657782f',1,'push',1,4,1795789991820,1795789991820,0,'23','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["bureau","regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]','');
INSERT INTO "step" VALUES('01a21d6c-af8d-7db9-aebc-af6a65f869c3','01a21d6c-af8d-7509-908f-39391657782f',1,'uplink',1,4,1795789991820,1795789991820,0,'23','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-affd-796d-938e-b647a57d8bd2','01a21d6c-af8d-7509-908f-39391657782f',1,'uplink',2,4,1795789991902,1795789991902,0,'23','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-b07b-718d-98bc-a13605905a4f','01a21d6c-af8d-7509-908f-39391657782f',1,'uplink',3,4,1795789992058,1795789992058,0,'23','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-b0a4-7a59-babd-21e6db17b1e6','01a21d6c-af8d-7509-908f-39391657782f',1,'uplink',4,4,1795789992099,1795789992099,0,'23','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-b0d1-7f43-ac0f-a8441c707c74','01a21d6c-af18-74ff-bcc2-b6e24c9d1993',1,'ended',1,1,1795789992144,1795789992144,0,'20','[{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]','');
INSERT INTO "step" VALUES('01a21d6c-be5e-792a-841b-53de067dafb9','01a21d6c-aebb-7f90-985a-4f26647f8fc7',1,'notice',1,3,1795789995610,1795789995612,0,'22','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]','');
INSERT INTO "step" VALUES('01a21d6c-bf0a-7d34-94be-3c52ca7728df','01a21d6c-af69-701c-91da-cb4ad6f368a5',1,'notice',1,3,1795789995784,1795789995785,0,'22','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]','');
INSERT INTO "step" VALUES('01a21d6c-bf30-7837-a89f-9f25c6ab3690','01a21d6c-af8d-7509-908f-39391657782f',1,'notice',1,4,1795789995820,1795789995823,0,'23','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]','');
INSERT INTO "step" VALUES('01a21d6c-bf30-7c46-9f61-e8f87a495f3c','01a21d6c-af8d-7509-908f-39391657782f',1,'uplink',5,4,1795789995823,1795789995823,0,'23','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-c62c-7bee-8f8b-786a6a8d0c4f','01a21d6c-aebb-7f90-985a-4f26647f8fc7',1,'supervise',1,3,1795789997610,1795789997611,0,'22','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]','');
INSERT INTO "step" VALUES('01a21d6c-c657-7f2f-8385-b11f962ca945','01a21d6c-aebb-7f90-985a-4f26647f8fc7',2,'push',1,4,1795789997654,1795789997654,0,'23','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["bureau","regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]','');
INSERT INTO "step" VALUES('01a21d6c-c657-7880-a5cc-04c0f2ed9308','01a21d6c-aebb-7f90-985a-4f26647f8fc7',2,'uplink',1,4,1795789997654,1795789997654,0,'23','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-c6da-7cbe-a29f-87bd67f08c2c','01a21d6c-af69-701c-91da-cb4ad6f368a5',1,'supervise',1,3,1795789997784,1795789997786,0,'22','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]','');
INSERT INTO "step" VALUES('01a21d6c-c71e-7254-9687-f95bb1b91261','01a21d6c-af8d-7509-908f-39391657782f',1,'supervise',1,4,1795789997820,1795789997854,0,'23','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]','');
INSERT INTO "step" VALUES('01a21d6c-c71e-70fd-b02b-25d4148a1b05','01a21d6c-af8d-7509-908f-39391657782f',1,'uplink',6,4,1795789997854,1795789997854,0,'23','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-c72d-7a7c-8bd9-54decacda204','01a21d6c-af8d-7509-908f-39391657782f',1,'uplink',7,4,1795789997868,1795789997868,0,'23','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-c73d-712b-a19b-81103d467699','01a21d6c-af69-701c-91da-cb4ad6f368a5',1,'ended',1,3,1795789997883,1795789997883,0,'22','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]','');
INSERT INTO "step" VALUES('01a21d6c-d5f9-7676-bc55-5958c07292f6','01a21d6c-aebb-7f90-985a-4f26647f8fc7',2,'notice',1,4,1795790001654,1795790001657,0,'23','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]','');
INSERT INTO "step" VALUES('01a21d6c-d5f9-7c9e-ad91-fcfffe5b60dc','01a21d6c-aebb-7f90-985a-4f26647f8fc7',2,'uplink',2,4,1795790001657,1795790001657,0,'23','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-ddc8-74b1-b980-666d2b495ebd','01a21d6c-aebb-7f90-985a-4f26647f8fc7',2,'supervise',1,4,1795790003654,1795790003656,0,'23','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["regulator"]}]','');
INSERT INTO "step" VALUES('01a21d6c-ddc8-7697-9ff9-26f6bded34d1','01a21d6c-aebb-7f90-985a-4f26647f8fc7',2,'uplink',3,4,1795790003656,1795790003656,0,'23','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-dde3-7570-8a18-c1721fc8c8cb','01a21d6c-aebb-7f90-985a-4f26647f8fc7',3,'lowered',1,2,1795790003682,1795790003682,0,'21','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["bureau","regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]','');
INSERT INTO "step" VALUES('01a21d6c-dde3-7ef8-b7e7-d6fbad1dc043','01a21d6c-aebb-7f90-985a-4f26647f8fc7',3,'uplink',4,2,1795790003682,1795790003682,0,'21','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-ddf7-7e8a-8c06-f32a454183f1','01a21d6c-aebb-7f90-985a-4f26647f8fc7',3,'uplink',5,2,1795790003702,1795790003702,0,'21','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-de0c-7608-a623-4fa95c5097e0','01a21d6c-aebb-7f90-985a-4f26647f8fc7',3,'uplink',6,2,1795790003724,1795790003724,0,'21','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
INSERT INTO "step" VALUES('01a21d6c-de21-708e-a8b0-dd162853ca25','01a21d6c-aebb-7f90-985a-4f26647f8fc7',3,'ended',1,2,1795790003744,1795790003744,0,'21','[{"party":"01a21d6c-6fad-74db-ac75-ef13f4f2a118","capacities":["bureau","regulator"]},{"party":"01a21d6c-6fad-79a1-b172-3a95778ac136","capacities":["zone"]},{"party":"01a21d6c-8983-701e-b98f-67d9efa0ffb8","capacities":["enterprise"]}]','');
INSERT INTO "step" VALUES('01a21d6c-de21-71d7-9096-bb012abc15aa','01a21d6c-aebb-7f90-985a-4f26647f8fc7',3,'uplink',7,2,1795790003744,1795790003744,0,'21','[{"party":"01a21d6c-6fad-78b1-b023-2359925a4483","capacities":["municipal"]}]','');
CREATE TABLE stray (
  enterprise TEXT NOT NULL,
  code       TEXT NOT NULL, -- of the point or device that nobody knows
  zone       TEXT NOT NULL,
  sector     TEXT NOT NULL,
  first_at   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  count      BIGINT NOT NULL,
  last_value DOUBLE PRECISION NOT NULL,
  last_event TEXT NOT NULL,
  PRIMARY KEY (enterprise, code)
);
INSERT INTO "stray" VALUES('01a21d6c-8983-701e-b98f-67d9efa0ffb8','UNKNOWN','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem',1795790003753,1795790003753,1,1.0,'');
CREATE TABLE version_account (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_account" VALUES(1,0,1,'2026-11-27 14:32:47');
INSERT INTO "version_account" VALUES(2,1,1,'2026-11-27 14:32:48');
INSERT INTO "version_account" VALUES(3,2,1,'2026-11-27 14:32:48');
CREATE TABLE version_disposal (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_disposal" VALUES(1,0,1,'2026-11-27 14:32:49');
INSERT INTO "version_disposal" VALUES(2,1,1,'2026-11-27 14:32:49');
CREATE TABLE version_evidence (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_evidence" VALUES(1,0,1,'2026-11-27 14:32:49');
INSERT INTO "version_evidence" VALUES(2,1,1,'2026-11-27 14:32:49');
INSERT INTO "version_evidence" VALUES(3,2,1,'2026-11-27 14:32:49');
CREATE TABLE version_ingest (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_ingest" VALUES(1,0,1,'2026-11-27 14:32:48');
INSERT INTO "version_ingest" VALUES(2,1,1,'2026-11-27 14:32:48');
CREATE TABLE version_interference (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_interference" VALUES(1,0,1,'2026-11-27 14:32:48');
INSERT INTO "version_interference" VALUES(2,1,1,'2026-11-27 14:32:48');
CREATE TABLE version_notify (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_notify" VALUES(1,0,1,'2026-11-27 14:32:49');
INSERT INTO "version_notify" VALUES(2,1,1,'2026-11-27 14:32:49');
INSERT INTO "version_notify" VALUES(3,2,1,'2026-11-27 14:32:49');
CREATE TABLE version_registry (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_registry" VALUES(1,0,1,'2026-11-27 14:32:47');
INSERT INTO "version_registry" VALUES(2,1,1,'2026-11-27 14:32:47');
INSERT INTO "version_registry" VALUES(3,2,1,'2026-11-27 14:32:47');
INSERT INTO "version_registry" VALUES(4,3,1,'2026-11-27 14:32:47');
INSERT INTO "version_registry" VALUES(5,4,1,'2026-11-27 14:32:47');
CREATE TABLE version_risk (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_risk" VALUES(1,0,1,'2026-11-27 14:32:48');
INSERT INTO "version_risk" VALUES(2,1,1,'2026-11-27 14:32:48');
INSERT INTO "version_risk" VALUES(3,2,1,'2026-11-27 14:32:48');
INSERT INTO "version_risk" VALUES(4,3,1,'2026-11-27 14:32:48');
INSERT INTO "version_risk" VALUES(5,4,1,'2026-11-27 14:32:48');
CREATE TABLE version_seal (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_seal" VALUES(1,0,1,'2026-11-27 14:32:49');
INSERT INTO "version_seal" VALUES(2,1,1,'2026-11-27 14:32:50');
CREATE TABLE version_store (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_store" VALUES(1,0,1,'2026-11-27 14:32:47');
INSERT INTO "version_store" VALUES(2,1,1,'2026-11-27 14:32:47');
INSERT INTO "version_store" VALUES(3,2,1,'2026-11-27 14:32:47');
INSERT INTO "version_store" VALUES(4,3,1,'2026-11-27 14:32:47');
CREATE TABLE version_warning (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "version_warning" VALUES(1,0,1,'2026-11-27 14:32:48');
INSERT INTO "version_warning" VALUES(2,1,1,'2026-11-27 14:32:48');
INSERT INTO "version_warning" VALUES(3,2,1,'2026-11-27 14:32:49');
INSERT INTO "version_warning" VALUES(4,3,1,'2026-11-27 14:32:49');
INSERT INTO "version_warning" VALUES(5,4,1,'2026-11-27 14:32:49');
CREATE TABLE warning (
  id            TEXT PRIMARY KEY,
  enterprise    TEXT NOT NULL,
  zone          TEXT NOT NULL,
  sector        TEXT NOT NULL,
  subject       TEXT NOT NULL,
  model         TEXT NOT NULL,
  model_version BIGINT NOT NULL,
  occurrence    BIGINT NOT NULL,
  after_id      TEXT NOT NULL,
  policy        TEXT NOT NULL,
  name          TEXT NOT NULL,   -- lower case, what a search looks in
  level         BIGINT NOT NULL,
  peak          BIGINT NOT NULL,
  measured      BIGINT NOT NULL,
  condition     BIGINT NOT NULL,
  work          BIGINT NOT NULL,
  ending        BIGINT NOT NULL,
  late          BIGINT NOT NULL,
  rung          TEXT NOT NULL,
  value         DOUBLE PRECISION NOT NULL,
  bound         DOUBLE PRECISION NOT NULL,
  unit          TEXT NOT NULL,
  signal_at     BIGINT NOT NULL,
  raised_at     BIGINT NOT NULL,
  ended_at      BIGINT NOT NULL,
  period        BIGINT NOT NULL,
  since         BIGINT NOT NULL,
  anchor        BIGINT NOT NULL,
  noticed       BIGINT NOT NULL,
  supervised    BIGINT NOT NULL,
  due_at        BIGINT NOT NULL, -- the clock's or the hold's, 0 for never
  wake          BIGINT NOT NULL, -- when the loop must look at it: due_at or the end of shelving
  hold_until    BIGINT NOT NULL,
  hold_measured BIGINT NOT NULL,
  verdict       TEXT NOT NULL,   -- JSON: the verdict that holds
  confirmed_at  BIGINT NOT NULL,
  confirmed_by  TEXT NOT NULL,
  assigned_to   TEXT NOT NULL,
  shelved_until BIGINT NOT NULL,
  merged_into   TEXT NOT NULL,
  uplinks       BIGINT NOT NULL, -- changes passed on to the municipal platform
  version       BIGINT NOT NULL
);
INSERT INTO "warning" VALUES('01a21d6c-aebb-7f90-985a-4f26647f8fc7','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem','point/1','limits',1,1,'','kill@1','plant

plant
s0000
s0000',2,4,0,2,4,1,0,'HH',14.0,13.5,'m',1795789991594,1795789991610,1795790003744,3,1795790003682,1795790003682,0,0,0,0,0,0,'',0,'','',0,'',7,7);
INSERT INTO "warning" VALUES('01a21d6c-af18-74ff-bcc2-b6e24c9d1993','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem','point/2','limits',1,1,'','kill@1','plant

plant
s0001
s0001',1,1,0,2,3,1,0,'L',1.5,2.0,'m',1795789991644,1795789991683,1795789992144,1,1795789991683,1795789991683,0,0,0,0,0,0,'',1795789991807,'duty','',0,'',0,4);
INSERT INTO "warning" VALUES('01a21d6c-af69-701c-91da-cb4ad6f368a5','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem','point/3','limits',1,1,'','kill@1','plant

plant
s0002
s0002',3,3,0,2,3,2,0,'H',12.5,12.0,'m',1795789991698,1795789991784,1795789997883,1,1795789991784,1795789991784,1,1,0,0,0,0,'',1795789991846,'duty','',0,'',0,4);
INSERT INTO "warning" VALUES('01a21d6c-af8d-7509-908f-39391657782f','01a21d6c-8983-701e-b98f-67d9efa0ffb8','01a21d6c-6fad-79a1-b172-3a95778ac136','hazchem','point/4','limits',1,1,'','kill@1','plant

plant
s0003
s0003',4,4,4,1,3,0,0,'HH',14.0,13.5,'m',1795789991748,1795789991820,0,1,1795789991820,1795789991820,1,1,1795790025820,1795790025820,0,0,'',1795789991902,'duty','',0,'',7,3);
CREATE UNIQUE INDEX journal_key ON journal (by_user, key) WHERE key <> '';
CREATE INDEX journal_warning ON journal (warning, pos) WHERE warning <> '';
CREATE INDEX journal_object ON journal (object, pos);
CREATE INDEX journal_enterprise ON journal (enterprise, pos);
CREATE INDEX enterprise_zone ON enterprise (zone);
CREATE INDEX enterprise_sector ON enterprise (sector);
CREATE UNIQUE INDEX point_code ON point (enterprise, code) WHERE retired_at = 0;
CREATE INDEX push_key_enterprise ON push_key (enterprise, issued_at);
CREATE INDEX point_retired ON point (enterprise) WHERE retired_at > 0;
CREATE INDEX device_key_device ON device_key (device);
CREATE INDEX "session_user" ON session (user_id);
CREATE INDEX stray_last ON stray (last_at);
CREATE UNIQUE INDEX risk_model_live ON risk_model (id) WHERE state = 'live';
CREATE UNIQUE INDEX risk_model_open ON risk_model (id) WHERE state IN ('draft', 'submitted');
CREATE UNIQUE INDEX risk_grading_draft ON risk_grading (key) WHERE state = 'draft';
CREATE UNIQUE INDEX risk_grading_guided ON risk_grading (key) WHERE state = 'guided';
CREATE INDEX warning_subject ON warning (model, subject, occurrence);
CREATE INDEX warning_wake ON warning (level, wake) WHERE wake > 0;
CREATE INDEX warning_queue ON warning ((confirmed_at > 0), level DESC, (due_at = 0), due_at) WHERE ended_at = 0;
CREATE INDEX warning_counts ON warning (level, confirmed_at, shelved_until, merged_into, enterprise, zone, sector, peak) WHERE ended_at = 0;
CREATE INDEX warning_raised ON warning (raised_at);
CREATE INDEX warning_enterprise ON warning (enterprise, raised_at);
CREATE INDEX warning_merged ON warning (merged_into) WHERE merged_into <> '';
CREATE INDEX finding_warning ON finding (warning, learnt) WHERE warning <> '';
CREATE INDEX hold_until ON hold (until) WHERE until > 0;
CREATE UNIQUE INDEX warning_open ON warning (model, subject) WHERE ended_at = 0;
CREATE UNIQUE INDEX step_once ON step (warning, period, kind, number);
CREATE UNIQUE INDEX finding_once ON finding (partition, seq, place, model, subject);
CREATE UNIQUE INDEX disposal_order_cause ON disposal_order (warning, kind, period, number, party, plan);
CREATE INDEX disposal_order_open ON disposal_order (party, opened_at) WHERE done_at = 0;
CREATE UNIQUE INDEX disposal_ask_pending ON disposal_ask (warning, party) WHERE closed_at = 0;
CREATE INDEX disposal_ask_warning ON disposal_ask (warning, at);
CREATE UNIQUE INDEX notify_push_key ON notify_push (key);
CREATE INDEX notify_push_warning ON notify_push (warning, pos) WHERE warning <> '';
CREATE INDEX notify_push_party ON notify_push (party, pos);
CREATE UNIQUE INDEX notify_address_once ON notify_address (channel, address);
CREATE INDEX notify_address_next ON notify_address (next_at) WHERE next_at > 0;
CREATE INDEX notify_address_dead ON notify_address (dead_since) WHERE dead_since > 0;
CREATE UNIQUE INDEX notify_delivery_once ON notify_delivery (push, place, seq);
CREATE INDEX notify_delivery_waiting ON notify_delivery (address, pos, ord) WHERE state = 'waiting';
CREATE INDEX notify_delivery_flying ON notify_delivery (flying) WHERE flying = 1;
CREATE INDEX notify_delivery_held ON notify_delivery (address, held_until) WHERE state = 'waiting' AND held_until > 0;
CREATE INDEX evidence_curve_due ON evidence_curve (due_at) WHERE due_at > 0;
CREATE UNIQUE INDEX seal_leaf_pos ON seal_leaf (pos);
CREATE INDEX seal_head_size ON seal_head (size, at);
CREATE UNIQUE INDEX seal_head_day ON seal_head (day) WHERE day <> '';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('version_store',4);
INSERT INTO "sqlite_sequence" VALUES('version_registry',5);
INSERT INTO "sqlite_sequence" VALUES('version_account',3);
INSERT INTO "sqlite_sequence" VALUES('version_ingest',2);
INSERT INTO "sqlite_sequence" VALUES('version_risk',5);
INSERT INTO "sqlite_sequence" VALUES('version_interference',2);
INSERT INTO "sqlite_sequence" VALUES('version_warning',5);
INSERT INTO "sqlite_sequence" VALUES('version_disposal',2);
INSERT INTO "sqlite_sequence" VALUES('version_notify',3);
INSERT INTO "sqlite_sequence" VALUES('version_evidence',3);
INSERT INTO "sqlite_sequence" VALUES('version_seal',2);
COMMIT;
