package app

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fengsui"
	"fengsui/account"
	"fengsui/seal"
	"fengsui/store"
)

// frozen is a data directory as the first version left it: store/testdata/v1 as files.
func frozen(t *testing.T) Config {
	t.Helper()
	const from = "../store/testdata/v1"
	dir := t.TempDir()
	c := Defaults()
	c.Data, c.MasterKeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "master.key")
	c.Policy, c.Models = "testdata/kill/policy.yaml", "testdata/kill/models"
	c.History.On = false
	c.Disk.MinFree = 1
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	put := func(b []byte, parts ...string) {
		path := filepath.Join(append([]string{dir}, parts...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(read("master.key"), "master.key")
	put(read("seal.key"), "seal.key")
	put(read("VERSION"), "data", "VERSION")
	const log = "00000000000000000001-00000000000000000039.zst"
	archive, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(read("log-"+log+".b64")), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	put(archive, "data", "blob", "log", log)
	db, err := sql.Open("sqlite", recordsFile(c.Data))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(string(read("records.sql"))); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

// contents are what the records hold, without a change to them.
func contents(t *testing.T, c Config) store.Contents {
	t.Helper()
	there, err := store.Export(t.Context(), c.place(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return there
}

func open(t *testing.T, c Config) *Platform {
	t.Helper()
	p, err := Open(t.Context(), c, slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestUpgrade brings the records of the first version to today's: they are kept before,
// every stage reads them and goes on with them, and the way back is open (A41, N01).
func TestUpgrade(t *testing.T) {
	c := frozen(t)
	first := contents(t, c)
	p := open(t, c)
	kept, err := filepath.Glob(filepath.Join(c.Data, upgradeDir, "*"+recordsExt))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept before the upgrade: %v, %v", kept, err)
	}

	ctx, all := t.Context(), fengsui.Everything()
	page := fengsui.Page{Limit: 100}
	list, total, err := p.Warnings.Warnings(ctx, all, fengsui.WarningFilter{}, page)
	if err != nil || total != 4 {
		t.Fatalf("%d warnings, %v", total, err)
	}
	counts := map[string]int{}
	var running fengsui.Warning
	for _, w := range list {
		if w.End == fengsui.Open {
			running = w
		}
		periods, err1 := p.Warnings.Periods(ctx, all, w.ID)
		steps, err2 := p.Warnings.Steps(ctx, all, w.ID)
		findings, _, err3 := p.Warnings.Findings(ctx, all, w.ID, page)
		pushes, err4 := p.Notify.Pushes(ctx, all, w.ID)
		asks, err5 := p.Disposal.Asks(ctx, all, w.ID)
		for _, err := range []error{err1, err2, err3, err4, err5} {
			if err != nil {
				t.Error(err)
			}
		}
		counts["periods"] += len(periods)
		counts["steps"] += len(steps)
		counts["findings"] += len(findings)
		counts["pushes"] += len(pushes)
		counts["asks"] += len(asks)
		for _, x := range pushes {
			counts["deliveries"] += len(x.Deliveries)
		}
	}
	_, counts["orders"], err = p.Disposal.Orders(ctx, all, fengsui.OrderFilter{}, page)
	if err != nil {
		t.Error(err)
	}
	_, counts["strays"], err = p.Door.Strays(ctx, all, page)
	if err != nil {
		t.Error(err)
	}
	district := p.Registry.District()
	counts["enterprises"], counts["devices"], counts["points"] = len(district.Enterprises), len(district.Devices), len(district.Points)
	counts["fences"] = len(district.Fences)
	counts["models"] = len(p.Models.Set().Models)
	want := map[string]int{}
	for _, x := range first.Tables {
		want[x.Name] = int(x.Rows)
	}
	for what, table := range map[string]string{
		"periods": "period", "steps": "step", "findings": "finding", "asks": "disposal_ask", "orders": "disposal_order", "strays": "stray", "deliveries": "notify_delivery",
		"pushes": "notify_push", "enterprises": "enterprise", "devices": "device", "points": "point", "fences": "fence", "models": "risk_model",
	} {
		if counts[what] != want[table] || want[table] == 0 {
			t.Errorf("%d %s are read, and %d rows were in %s", counts[what], what, want[table], table)
		}
	}
	if _, _, err := p.Accounts.SignIn(ctx, account.Credentials{Login: "bureau", Password: siegePassword}); err != nil {
		t.Errorf("a person of the first version cannot sign in: %v", err)
	}

	// It goes on: the clock of the open warning, the log from where it was, the seal.
	run, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- p.Run(run) }()
	head := p.DB.Head()
	until(t, func() string { return "the upgraded platform goes on with its open warning" }, func() bool {
		steps, err := p.Warnings.Steps(ctx, all, running.ID)
		if err != nil {
			t.Fatal(err)
		}
		late := slices.ContainsFunc(steps, func(s fengsui.Step) bool { return s.Kind == fengsui.StepNotice && s.Missed > 0 })
		return late && p.Risk.Done().Seq >= 39
	})
	if p.DB.Head() <= head {
		t.Error("nothing was written")
	}
	stop()
	<-done
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	r, err := seal.Verify(ctx, seal.Check{Place: c.place()}, func(f seal.Fault) { t.Errorf("the seal finds %s", f) })
	if err != nil || r.Rows < first.Head {
		t.Errorf("%d rows are sealed of %d, %v", r.Rows, first.Head, err)
	}

	// A second start changes nothing and keeps nothing more.
	p = open(t, c)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if again, _ := filepath.Glob(filepath.Join(c.Data, upgradeDir, "*")); len(again) != 1 {
		t.Errorf("a start without an upgrade leaves %v", again)
	}

	// The way back: the records as they were, row by row, for the program of that time.
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Remove(recordsFile(c.Data) + suffix)
	}
	file := filepath.Join(t.TempDir(), "fengsui.yaml")
	if err := os.WriteFile(file, []byte(fmt.Sprintf("data: %s\nmaster_key_file: %s\n", c.Data, c.MasterKeyFile)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&RecordsCommand{Config: file, From: kept[0]}).run(ctx, io.Discard); err != nil {
		t.Fatal(err)
	}
	if back := contents(t, c); !slices.Equal(back.Tables, first.Tables) || !maps.Equal(back.Versions, first.Versions) {
		t.Errorf("put back they are %+v, and were %+v", back, first)
	}
	if err := (&RecordsCommand{Config: file, From: kept[0]}).run(ctx, io.Discard); err == nil {
		t.Error("records that are there are overwritten")
	}
}

// TestUpgradeRefused: a database of a newer program, a stage that nobody here knows, and
// a disk without room are refused with a sentence, and nothing is changed (A41).
func TestUpgradeRefused(t *testing.T) {
	for name, x := range map[string]struct {
		text string // run on the records
		c    func(*Config)
		want string
	}{
		"newer":  {text: `INSERT INTO version_warning (version_id, is_applied) VALUES (99, 1)`, want: "warning is at version 99 and this program knows"},
		"stage":  {text: `CREATE TABLE version_oracle (id INTEGER PRIMARY KEY, version_id INTEGER, is_applied INTEGER); INSERT INTO version_oracle (version_id, is_applied) VALUES (1, 1)`, want: `it keeps "oracle"`},
		"room":   {c: func(c *Config) { c.Disk.MinFree = 1 << 60 }, want: "make room, nothing was changed"},
		"layout": {c: func(c *Config) { os.WriteFile(filepath.Join(c.Data, "VERSION"), []byte("2\n"), 0o600) }, want: "layout 2, this program has 1"},
	} {
		t.Run(name, func(t *testing.T) {
			c := frozen(t)
			if x.text != "" {
				db, err := sql.Open("sqlite", recordsFile(c.Data))
				if err == nil {
					_, err = db.Exec(x.text)
				}
				if err != nil {
					t.Fatal(err)
				}
				db.Close()
			}
			if x.c != nil {
				x.c(&c)
			}
			before := contents(t, c)
			p, err := Open(t.Context(), c, slog.New(slog.DiscardHandler))
			if err == nil {
				p.Close()
			}
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("it starts with %v, want %q", err, x.want)
			}
			if after := contents(t, c); !slices.Equal(after.Tables, before.Tables) || !maps.Equal(after.Versions, before.Versions) {
				t.Error("the records were changed")
			}
			if kept, _ := filepath.Glob(filepath.Join(c.Data, upgradeDir, "*")); len(kept) > 0 {
				t.Errorf("it left %v", kept)
			}
		})
	}
}

// TestUpgradeKeeps: of what is kept before upgrades the newest three stay.
func TestUpgradeKeeps(t *testing.T) {
	c := frozen(t)
	dir := filepath.Join(c.Data, upgradeDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("2020010%dT000000Z%s", i+1, recordsExt)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(t, c).Close(); err != nil {
		t.Fatal(err)
	}
	kept, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(kept) != keptRecords || !strings.Contains(kept[0], "20200103") || strings.Contains(kept[2], "2020") {
		t.Errorf("kept are %v", kept)
	}
}
