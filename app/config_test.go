package app

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"fengsui/risk"
)

// TestSampleConfig holds the sample to the truth: it loads, and says the defaults.
func TestSampleConfig(t *testing.T) {
	got, err := Load("../docs/fengsui.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if want := Defaults(); !reflect.DeepEqual(got, want) {
		t.Errorf("the sample says\n%+v\nthe defaults are\n%+v", got, want)
	}
}

func TestConfigRefuses(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%q) = %v, want an error with %q", text, err, want)
		}
	}
	f("dta: x", "dta")
	f("data: /x\nmaster_key_file: /x/key", "inside data")
	f("data: /x\nseal_key_file: /x/key", "seal_key_file: /x/key lies inside data")
	f("http: 0.0.0.0:80", "loopback")
	f("mqtt: {plain: \"0.0.0.0:1883\"}", "mqtt.tls")
	f("jt808: {datum: bd09}", "bd09")
	f("jt808: {unknown: ignore}", "ignore")
	f("jt808: {idle: 1s}", "at least 10s")
	f("jt808: {unread: -1}", "jt808.unread")
	f("devices: {silent: 1s}", "at least 1m")
	f("seal_verify: -1h", "seal_verify")
	f("municipal: {format: fax}", "fax")
	f("bus: {segment_age: 1s}", "one minute")
	f("history: {url: \"http://vm1:8428\"}", "https alone")
	f("history: {url: \"https://u:hidden@vm1\"}", "keys of their own")
	f("blob: {url: \"s3://b?endpoint=http://s3:9000\", key_file: k}", "https endpoint")
	f("blob: {url: \"s3://b?endpoint=https://s3:9000\"}", "key_file")
	f("blob: {url: \"/srv/blob\"}", "s3://")
	f("at_rest: {files: des}", "at_rest.files")
	f("data: /x\nat_rest: {key_file: /x/key}", "inside data")
	f("data: /x\nat_rest: {former_key_files: [/x/key]}", "inside data")
	f("accounts: {pairs: /none.json}", "accounts.pairs")
	f("accounts: {pair_time: 1s}", "pair_time")
	f("store: {url: \"mysql://x/y\"}", "postgres://")
	f("store: {url: \"postgres://u@%zz/y\"}", "not what PostgreSQL understands")
	f("store: {url: \"postgres://u@localhost/y?passfile=/none&sslmode=verify-full&sslrootcert=/none\"}", "files that it names")
	for _, url := range []string{"postgres://u@db1/y", "postgres://u@db1/y?sslmode=require", "postgres://u@localhost,db1/y?sslmode=prefer", "postgres://u@/y?host=db1"} {
		f("store: {url: \""+url+"\"}", "verify-full")
	}
	for _, url := range []string{"postgres://u:hidden@localhost/y", "postgres://u@localhost/y?password=hidden", "postgres://u:hid%den@localhost/y"} {
		f("store: {url: \""+url+"\"}", "passfile=")
		if err := recordsURL(url); strings.Contains(err.Error(), "hid") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

// TestRecordsURL: these are reached without a password on the way.
func TestRecordsURL(t *testing.T) {
	for _, url := range []string{"", "postgres://u@localhost/y", "postgresql://u@127.0.0.1:5432/y?passfile=/none", "postgres://u@[::1]/y", "postgres://u@/y?host=/run/postgresql",
		"postgres://u@db1:5432,db2:5432/y?sslmode=verify-full", "postgres://u@db1/y?sslmode=verify-ca"} {
		if err := recordsURL(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestDataDirIsLocked(t *testing.T) {
	dir := t.TempDir()
	d, err := openData(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openData(dir); err == nil || !strings.Contains(err.Error(), "another fengsui") {
		t.Errorf("second open = %v, want a refusal", err)
	}
	if err := emptyData(dir); err == nil {
		t.Error("a directory at work was emptied")
	}
	d.close()
	if err := os.WriteFile(d.file("VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openData(dir); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("open of a newer layout = %v, want a refusal", err)
	}
}

func TestCertificates(t *testing.T) {
	d, err := openData(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	now := time.Now()
	first, err := certificates(d, []string{"localhost", "127.0.0.1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := certificates(d, []string{"localhost", "127.0.0.1"}, now)
	if err != nil || !first.Leaf.Equal(again.Leaf) {
		t.Errorf("the second start made a new certificate (%v)", err)
	}
	renewed, err := certificates(d, []string{"localhost", "127.0.0.1"}, now.Add(serverLife-renewAhead+time.Hour))
	if err != nil || renewed.Leaf.Equal(first.Leaf) {
		t.Errorf("a certificate about to expire was not renewed (%v)", err)
	}
	if err := first.Leaf.VerifyHostname("127.0.0.1"); err != nil {
		t.Error(err)
	}
}

// TestOwnLaw: a district's own policy and models are read from files, and what is
// wrong with them stops the start.
func TestOwnLaw(t *testing.T) {
	c := Defaults()
	c.Policy, c.Models = "testdata/kill/policy.yaml", "testdata/kill/models"
	policy, err := c.policy()
	if err != nil || policy.Key() != "kill@1" {
		t.Errorf("policy: %v, %v, want kill@1", policy, err)
	}
	models, err := c.models()
	if err != nil || len(models) != 1 {
		t.Fatalf("models: %v, %v, want one", models, err)
	}
	if m, err := risk.Parse([]byte(models[0])); err != nil || m.Key() != "limits@1" {
		t.Errorf("model: %s, %v, want limits@1", m.Key(), err)
	}
	for _, path := range []string{"../docs/fengsui.yaml", "none.yaml", "none"} {
		c.Policy = path
		if _, err := c.policy(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("policy %s: %v, want an error that names it", path, err)
		}
	}
	if list, err := c.topics(); err != nil || len(list) < 3 {
		t.Errorf("tables of topics: %d, %v, want the shipped ones", len(list), err)
	}
	for _, path := range []string{t.TempDir(), "none", "testdata/kill"} {
		c.MQTT.Tables = path
		if _, err := c.topics(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("tables of topics %s: %v, want an error that names it", path, err)
		}
	}
	for _, path := range []string{t.TempDir(), "none"} {
		c.Models = path
		if _, err := c.models(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("models %s: %v, want an error that names it", path, err)
		}
	}
}

// TestRetention: what is kept for less than the law asks for refuses to start, with the
// law's name; each kind has a source for its least time, and the defaults fit all of them.
func TestRetention(t *testing.T) {
	c := Defaults()
	list, err := c.retentions()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.lawful(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	kinds := map[string]bool{}
	for _, r := range list {
		kinds[r.Kind] = true
		if r.Within != "" && !kinds[r.Within] {
			t.Errorf("%s lies within %q, which does not come before it", r.Kind, r.Within)
		}
		for _, l := range r.Law {
			if l.Source.Zh == "" || l.Source.En == "" || l.Keep <= 0 {
				t.Errorf("%s: a law without words or time: %+v", r.Kind, l)
			}
		}
		if !r.Here {
			t.Errorf("%s is not in the data directory, where everything is", r.Kind)
		}
		switch r.Kind {
		case "log", "sessions", "strays", "other":
		default:
			if r.Least == 0 {
				t.Errorf("nothing says how long %s must be kept", r.Kind)
			}
		}
	}
	c.Blob.URL, c.History.URL = "s3://x", "https://vm"
	if list, err = c.retentions(); err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if want := map[string]bool{"log": true, "records": true, "sessions": true, "strays": true}[r.Kind]; r.Here != want {
			t.Errorf("with blobs and history outside %s is here: %v", r.Kind, r.Here)
		}
	}

	f := func(text string, want ...string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v, want an error with %q", text, err, w)
			}
		}
		if len(want) == 0 && err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	f("retention: {archive: 719h}", "retention.archive: 719h0m0s is less than the 720h0m0s", "Order 40", "Set it to 4392h0m0s or more")
	f("retention: {archive: 4391h}", "6 months", "to be checked")
	f("retention: {archive: 4392h, history: 26280h, evidence: 26280h, files: 26280h, strays: 1h, log: 1h}")
	f("retention: {history: 26279h}", "retention.history", "GB/T 37537-2019")
	f("retention: {history: 4391h}", "GB/T 35658-2017")
	f("retention: {evidence: 24h, files: 24h}", "retention.evidence", "retention.files")
	f("retention: {history: 1h}", "at least 24h")
	f("retention: {log: 0s}", "above 0")
	f("retention: {strays: -1s}", "0 (always) or more")
	f("retention: {evidence: 0s, files: 0s, strays: 0s}")
	f("disk: {warn_days: -1}", "warn_days")
	// What was called otherwise before says where it went.
	f("bus: {keep: 72h}", "bus.keep is retention.log now")
	f("bus: {archive_keep: 72h}\nhistory: {retention: 24h}", "bus.archive_keep is retention.archive now", "history.retention is retention.history now")
}
