package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fengsui"
	"fengsui/store"
)

// initial is a configuration file of a platform that there is not yet.
func initial(t *testing.T) (file string, c Config) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "fengsui.yaml")
	text := fmt.Sprintf("data: %s/data\nmaster_key_file: %s/keys/master.key\nhttp: \"\"\nhttps: \"\"\nbase_url: https://fs.example/\nhistory: {on: false}\n", dir, dir)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, c
}

// said runs something and returns what it printed.
func said(t *testing.T, run func() error) (string, error) {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	stdout := os.Stdout
	os.Stdout = out
	failed := run()
	os.Stdout = stdout
	b, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b), failed
}

var linkForm = regexp.MustCompile(`(?m)^ +https://fs\.example/activate#([A-Za-z0-9_-]{43})$`)

// A new platform is made ready once: keys that their owner alone reads, the district, and
// a link, with which the first administrator makes an account in the browser. Without
// init the first start leaves the link in a file of its own (N08).
func TestInit(t *testing.T) {
	file, c := initial(t)
	text, err := said(t, func() error { return (&InitCommand{Config: file}).Run(t.Context()) })
	if err != nil || !linkForm.MatchString(text) || strings.Count(text, "keep a copy") != 2 {
		t.Fatalf("init says %q, %v", text, err)
	}
	lost := linkForm.FindStringSubmatch(text)[1]
	keys := map[string][]byte{}
	for _, name := range []string{c.MasterKeyFile, c.sealKeyFile()} {
		if i, err := os.Stat(name); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, i, err)
		}
		keys[name], _ = os.ReadFile(name)
	}
	if text, err := said(t, func() error { return (&InitCommand{Config: file}).Run(t.Context()) }); err == nil || !strings.Contains(err.Error(), "--again") || strings.Contains(text, "#") {
		t.Errorf("a second init: %q, %v", text, err)
	}
	text, err = said(t, func() error { return (&InitCommand{Config: file, Again: true}).Run(t.Context()) })
	if err != nil || !linkForm.MatchString(text) || strings.Contains(text, "keep a copy") {
		t.Fatalf("init --again says %q, %v", text, err)
	}
	secret := linkForm.FindStringSubmatch(text)[1]
	for name, b := range keys {
		if now, _ := os.ReadFile(name); !bytes.Equal(now, b) {
			t.Errorf("%s was made anew", name)
		}
	}

	var log bytes.Buffer
	p, err := Open(t.Context(), c, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { p.Close() }()
	if err := p.firstStart(t.Context(), os.Stdout); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.data.file(firstLinkFile)); !os.IsNotExist(err) {
		t.Errorf("a link was left in a file beside the one that init gave: %v", err)
	}
	post := func(path, body string) (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		p.handler().ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	body := func(secret string) string {
		return fmt.Sprintf(`{"secret":%q,"login":"boss","name":"Boss","password":"correct horse battery"}`, secret)
	}
	if code, text := post("/activation", body(lost)); code != http.StatusNotFound {
		t.Errorf("the link that was lost: %d %s", code, text)
	}
	if code, text := post("/activation", body(secret)); code != http.StatusOK {
		t.Fatalf("the link: %d %s", code, text)
	}
	code, text := post("/session", `{"login":"boss","password":"correct horse battery"}`)
	var me struct {
		User fengsui.User
		Must string
	}
	if err := json.Unmarshal([]byte(text), &me); err != nil || code != http.StatusOK || me.User.Role != fengsui.RoleSecurity || me.Must != "totp" {
		t.Errorf("signing in: %d %s", code, text)
	}
	entries, _, err := p.DB.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "user"})
	if err != nil || len(entries) != 3 || entries[2].Act != "created" {
		t.Errorf("the journal says %+v, %v", entries, err)
	}
	if strings.Contains(log.String(), secret) || strings.Contains(fmt.Sprint(entries), secret) {
		t.Error("log or journal hold the secret")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := said(t, func() error { return (&InitCommand{Config: file, Again: true}).Run(t.Context()) }); err == nil || !strings.Contains(err.Error(), "has accounts") {
		t.Errorf("init of a platform with accounts: %v", err)
	}

	// Without init.
	_, c = initial(t)
	if p, err = Open(t.Context(), c, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatal(err)
	}
	if err := p.Registry.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	log.Reset()
	text, err = said(t, func() error { return p.firstStart(t.Context(), os.Stdout) })
	name := p.data.file(firstLinkFile)
	b, failed := os.ReadFile(name)
	i, _ := os.Stat(name)
	if err != nil || failed != nil || !linkForm.Match(b) || i.Mode().Perm() != 0o600 || text != "" || strings.Contains(log.String(), "activate") {
		t.Fatalf("the first start leaves %q (%v, %v), prints %q and logs %q", b, err, failed, text, log.String())
	}
	if code, text := post("/activation", body(linkForm.FindStringSubmatch(string(b))[1])); code != http.StatusOK {
		t.Errorf("the link of the file: %d %s", code, text)
	}
	if err := p.firstStart(t.Context(), os.Stdout); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("the file of a link that was used is still there: %v", err)
	}
}
