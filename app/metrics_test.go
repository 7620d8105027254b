package app

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fengsui"
	"fengsui/account"
)

// TestCanaryListens: over a real socket with TLS, signature and cipher the canary comes
// round; the heartbeat goes out; health and metrics say what they may to whom they may.
func TestCanaryListens(t *testing.T) {
	var beats atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.Header.Get("Authorization") == "Bearer tick" {
			beats.Add(1)
		}
	}))
	defer elsewhere.Close()
	dir := t.TempDir()
	c := Defaults()
	c.Data, c.MasterKeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "master.key")
	c.HTTP, c.HTTPS = "127.0.0.1:0", "127.0.0.1:0"
	c.History.On = false
	c.Canary.Every, c.Canary.Within = 2*time.Second, 2*time.Second
	c.Heartbeat.URL, c.Heartbeat.Every, c.Heartbeat.TokenFile = elsewhere.URL, time.Second, filepath.Join(dir, "token")
	if err := os.WriteFile(c.Heartbeat.TokenFile, []byte("tick\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p, err := Open(ctx, c, slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Registry.Seed(ctx); err != nil {
		t.Fatal(err)
	}
	ready, done := make(chan [2]string, 1), make(chan error, 1)
	go func() { done <- p.ListenAndRun(ctx, func(plain, secure string) { ready <- [2]string{plain, secure} }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the platform ended with %v", err)
		}
		p.Close()
	})
	var at [2]string
	select {
	case at = <-ready:
	case err := <-done:
		done <- nil
		t.Fatal(err)
	}
	until(t, func() string { return "come round, and told elsewhere" }, func() bool { l := p.Loop(); return l.OK && l.Last > 0 && beats.Load() > 1 })
	if n := p.Push.Counts().Taken; n == 0 {
		t.Error("nothing came in by the software interface")
	}

	client, _, err := p.trustingClient()
	if err != nil {
		t.Fatal(err)
	}
	ask := func(url string, header ...string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(b)
	}
	if status, body := ask("https://" + at[1] + "/healthz"); status != http.StatusOK || strings.TrimSpace(body) != `{"ok":true}` {
		t.Errorf("healthz says %d %s to anyone", status, body)
	}
	if status, body := ask("https://"+at[1]+"/healthz", "Authorization", "Bearer nobody"); status != http.StatusOK || strings.Contains(body, "parts") {
		t.Errorf("healthz says %d %s to an unknown token", status, body)
	}
	tokens := map[fengsui.Role]string{}
	for _, role := range []fengsui.Role{fengsui.RoleBureau, fengsui.RoleLeader} {
		tokens[role] = apiToken(t, p, role)
	}
	if status, body := ask("https://"+at[1]+"/healthz", "Authorization", "Bearer "+tokens[fengsui.RoleBureau]); status != http.StatusOK || !strings.Contains(body, `{"name":"loop","ok":true}`) {
		t.Errorf("healthz says %d %s to the bureau", status, body)
	}
	if _, body := ask("https://"+at[1]+"/healthz", "Authorization", "Bearer "+tokens[fengsui.RoleLeader]); strings.Contains(body, "parts") {
		t.Errorf("healthz says %s to a leader", body)
	}

	if status, _ := ask("https://" + at[1] + "/metrics"); status != http.StatusForbidden {
		t.Errorf("metrics over the open address: %d, want 403", status)
	}
	if status, _ := ask("http://"+at[0]+"/metrics", "X-Forwarded-For", "10.0.0.1"); status != http.StatusForbidden {
		t.Errorf("metrics through a proxy: %d, want 403", status)
	}
	status, body := ask("http://" + at[0] + "/metrics")
	if status != http.StatusOK || !strings.Contains(body, "\nfengsui_loop_ok 1\n") || !strings.Contains(body, `fengsui_part_ok{part="store"} 1`) {
		t.Errorf("metrics: %d\n%s", status, body)
	}
	known := metricNames(t)
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (fengsui_\w+) `).FindAllStringSubmatch(body, -1) {
		if !slices.Contains(known, m[1]) {
			t.Errorf("%s is scraped and not found in metrics.go: the test below reads it wrongly", m[1])
		}
	}
}

// apiToken makes an account of a role and a token of it.
func apiToken(t *testing.T, p *Platform, role fengsui.Role) string {
	t.Helper()
	by := fengsui.Actor{Name: "test"}
	u, err := p.Accounts.CreateUser(t.Context(), securityScope(), by, fengsui.User{Login: "u-" + string(role), Name: string(role), Role: role, Party: p.Registry.District().Kind(fengsui.Bureau)[0].ID}, demoPassword)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := p.Accounts.IssueToken(t.Context(), securityScope(), by, account.Token{User: u.ID, Name: "health", ReadOnly: true, Until: fengsui.At(time.Now().Add(time.Hour))})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// metricNames are the metrics that metrics.go sends.
func metricNames(t *testing.T) (list []string) {
	t.Helper()
	b, err := os.ReadFile("metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\b(?:gauge|counter|by)\("(\w+)",`).FindAllStringSubmatch(string(b), -1) {
		list = append(list, "fengsui_"+m[1])
	}
	return list
}

// TestDashboard: every metric that the dashboard asks for is there.
func TestDashboard(t *testing.T) {
	b, err := os.ReadFile("../dist/grafana/fengsui.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	// What client_golang's own collectors send.
	known := append(metricNames(t), "go_goroutines", "process_open_fds", "process_resident_memory_bytes", "process_cpu_seconds_total")
	used := map[string]bool{}
	for _, p := range d.Panels {
		for _, x := range p.Targets {
			names := regexp.MustCompile(`\b(?:fengsui|go|process)_\w+`).FindAllString(x.Expr, -1)
			if len(names) == 0 {
				t.Errorf("%s asks for nothing of ours: %s", p.Title, x.Expr)
			}
			for _, n := range names {
				used[n] = true
				if !slices.Contains(known, n) {
					t.Errorf("%s asks for %s, which nobody sends", p.Title, n)
				}
			}
		}
	}
	for _, n := range []string{"fengsui_kept_bytes", "fengsui_kept_per_day_bytes", "fengsui_disk_full_days"} {
		if !used[n] {
			t.Errorf("the dashboard does not show %s: nobody sees there what retention costs", n)
		}
	}
	if len(used) < 25 {
		t.Errorf("the dashboard shows %d metrics", len(used))
	}
}

// TestWatchConfig: what could not warn in time refuses to start.
func TestWatchConfig(t *testing.T) {
	f := func(want string, set func(*Config)) {
		t.Helper()
		c := Defaults()
		set(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	f("at most 1m", func(c *Config) { c.Canary.Every = 50 * time.Second })
	f("no longer than every", func(c *Config) { c.Canary.Every, c.Canary.Within = time.Second, 2*time.Second })
	f("heartbeat.url", func(c *Config) { c.Heartbeat.URL = "monitor" })
	f("by https alone", func(c *Config) { c.Heartbeat.URL, c.Heartbeat.TokenFile = "http://monitor.example/x", "token" })
	f("PUT", func(c *Config) { c.Heartbeat.URL, c.Heartbeat.Method = "https://monitor.example/x", "PUT" })
	f("heartbeat.every", func(c *Config) { c.Heartbeat.URL, c.Heartbeat.Every = "https://monitor.example/x", time.Millisecond })
	c := Defaults()
	c.Canary.Every = 0
	if err := c.Validate(); err != nil {
		t.Errorf("without a canary: %v", err)
	}
}
