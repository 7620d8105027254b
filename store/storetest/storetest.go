// Package storetest says where tests open their store, and runs PostgreSQL for them.
package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// variable holds the URL of a PostgreSQL server whose user may create databases.
const variable = "FENGSUI_TEST_STORE"

var made sync.Map // names of the databases that this process made

// Place is where a test opens its store: the file at path; or, where
// FENGSUI_TEST_STORE names a PostgreSQL server, a database that is made for this path
// and goes with the test.
func Place(t testing.TB, path string) string {
	t.Helper()
	server := os.Getenv(variable)
	if server == "" {
		return path
	}
	sum := sha256.Sum256([]byte(path))
	name := "fengsui_" + hex.EncodeToString(sum[:12])
	if _, there := made.LoadOrStore(name, true); !there {
		create(t, server, name)
	}
	return with(t, server, name, "listen=off") // a listener would stop a bubble's clock
}

// OnServer says that Place gives databases of a PostgreSQL server.
func OnServer() bool { return os.Getenv(variable) != "" }

func create(t testing.TB, server, name string) {
	t.Helper()
	run := func(text string) error {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, text)
		return err
	}
	if err := run(`CREATE DATABASE ` + name); err != nil {
		t.Fatalf("create a database on the server of %s: %v", variable, err)
	}
	t.Cleanup(func() {
		if err := run(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			t.Logf("drop a test's database: %v", err)
		}
	})
}

// with is a server's URL with another database and more parameters.
func with(t testing.TB, server, database string, more ...string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + database
	u.RawQuery = strings.Join(append(strings.FieldsFunc(u.RawQuery, func(r rune) bool { return r == '&' }), more...), "&")
	return u.String()
}

// Server is a PostgreSQL server that scripts/postgres.sh runs.
type Server struct {
	script, dir, url string
}

// Start starts a server; it fails the test with a sentence where there is none to start.
// settings are PostgreSQL's, name=value.
func Start(t testing.TB, script string, settings ...string) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "fengsui-pg-")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{script: script, dir: dir}
	s.Restart(t, settings...)
	return s
}

// Restart starts a server that was killed.
func (s *Server) Restart(t testing.TB, settings ...string) {
	t.Helper()
	s.url = strings.TrimSpace(s.run(t, append([]string{"start", s.dir}, settings...)...))
}

// Kill ends a server and all that it started with kill -9.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.run(t, "kill", s.dir)
}

// Stop ends a server and removes its data.
func (s *Server) Stop() error { return exec.Command(s.script, "stop", s.dir).Run() }

func (s *Server) run(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(s.script, args...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", s.script, strings.Join(args, " "), err, said.String())
	}
	return string(out)
}

// Database is the URL of a new database that goes with the test.
func (s *Server) Database(t testing.TB, name string, more ...string) string {
	t.Helper()
	create(t, s.url, name)
	return with(t, s.url, name, more...)
}
