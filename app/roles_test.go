package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"fengsui"
	"fengsui/store/storetest"
)

// A role that there is not, and a part of the roles without a store and a log that the
// others reach, refuse to start with a sentence.
func TestRolesFit(t *testing.T) {
	for _, c := range []struct {
		roles      Roles
		store, log string
		want       string
	}{
		{nil, "", "", ""},
		{Roles{"notify", "history", "api", "evaluate", "intake"}, "", "", ""},
		{Roles{"intake", "judge"}, "", "", `no role "judge"`},
		{Roles{"intake"}, "", "", "store.url and bus.url"},
		{Roles{"intake"}, "postgres://u@localhost/y", "", "store.url and bus.url"},
		{Roles{"intake"}, "postgres://u@localhost/y", "nats://127.0.0.1:4222", ""},
	} {
		conf := Defaults()
		conf.Roles, conf.Store.URL, conf.Bus.URL = c.roles, c.store, c.log
		switch err := conf.Validate(); {
		case c.want == "" && err != nil:
			t.Errorf("%v: %v", c.roles, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%v: got %v, want an error with %q", c.roles, err, c.want)
		}
	}
}

// Two platforms on one database: the second is refused, with its own log as well as on a
// copy that went elsewhere; the first goes on (N01). A process answers what its roles are
// for and nothing else.
func TestTwoPlatforms(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, run by make test: it starts PostgreSQL")
	}
	server := storetest.Start(t, "../scripts/postgres.sh")
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	one := besiege(t, mkdir(t, "one")).c
	one.Store.URL = server.Database(t, "shared")
	two := one
	two.Data = filepath.Join(t.TempDir(), "two")
	start := func(c Config) (*Platform, error) {
		return Open(t.Context(), c, slog.New(slog.DiscardHandler))
	}
	p, err := start(one)
	if err != nil {
		t.Fatal(err)
	}
	answers := func(path string) bool {
		w := httptest.NewRecorder()
		p.handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		return w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed // the console's pages are only read
	}
	for _, c := range []struct {
		roles     Roles
		push, api bool
	}{{nil, true, true}, {Roles{roleIntake}, true, false}, {Roles{roleAPI}, false, true}, {Roles{roleEvaluate}, false, false}} {
		p.c.Roles = c.roles
		if got := answers("/push/v1/data"); got != c.push {
			t.Errorf("with the roles %v the software interface answers: %v, want %v", c.roles, got, c.push)
		}
		if got := answers("/api/v1/session"); got != c.api {
			t.Errorf("with the roles %v the API answers: %v, want %v", c.roles, got, c.api)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if p, err := start(two); fengsui.CodeOf(err) != fengsui.Conflict {
		if err == nil {
			p.Close()
		}
		t.Errorf("a second platform on the same database: %v, want it refused", err)
	} else if !strings.Contains(err.Error(), "another platform") {
		t.Errorf("the second platform is refused with %q", err)
	}
	if p, err = start(one); err != nil {
		t.Fatalf("the first platform does not start again: %v", err)
	}
	p.Close()
}
