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
	f("municipal: {format: fax}", "fax")
	f("bus: {segment_age: 1s}", "one minute")
	f("history: {url: \"http://vm1:8428\"}", "https alone")
	f("history: {url: \"https://u:hidden@vm1\"}", "keys of their own")
	f("blob: {url: \"s3://b?endpoint=http://s3:9000\", key_file: k}", "https endpoint")
	f("blob: {url: \"s3://b?endpoint=https://s3:9000\"}", "key_file")
	f("blob: {url: \"/srv/blob\"}", "s3://")
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
	policies, err := c.policies()
	if err != nil || len(policies) != 1 || policies[0].Key() != "kill@1" {
		t.Errorf("policies: %v, %v, want kill@1 alone", policies, err)
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
		if _, err := c.policies(); err == nil || !strings.Contains(err.Error(), path) {
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
