package app

import (
	"bytes"
	"context"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"

	"fengsui"
	"fengsui/seal"
	"fengsui/store"
)

// TestSealCommands: a running platform seals what it writes; verify, proof and
// check-proof say so without it, and name what somebody altered in its data (A10, A25).
func TestSealCommands(t *testing.T) {
	ats.Register() // as in TestStory
	dir := tempOnMemory(t)
	data := filepath.Join(dir, "data")
	verify := func(ctx context.Context, against ...string) (string, error) {
		var out bytes.Buffer
		c := VerifyCommand{Data: data, Against: against}
		err := c.verify(ctx, &out)
		return out.String(), err
	}
	kept := filepath.Join(dir, "kept.note")
	var heads []fs.DirEntry
	synctest.Test(t, func(t *testing.T) {
		s := &storyteller{t: t}
		s.open(dir)
		defer s.stop()
		for range 3 {
			err := s.p.DB.Change(t.Context(), func(tx *store.Tx) error {
				return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: "w1"}, Act: "noted", By: fengsui.Actor{Name: "Li"}, Why: "a note", Warning: "w1"})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Minute)
		h, err := s.p.Seal.Latest(t.Context(), fengsui.Everything())
		if err != nil || h.Size != s.p.DB.Head() {
			t.Errorf("got a head of %d rows, %v, want %d", h.Size, err, s.p.DB.Head())
		}
		if !slices.Contains(s.p.Health(t.Context()), fengsui.Health{Name: "seal", OK: true}) {
			t.Errorf("health says %v, want a seal that works", s.p.Health(t.Context()))
		}
		if err := os.WriteFile(kept, []byte(h.Note), 0o600); err != nil {
			t.Error(err)
		}
		if heads, err = os.ReadDir(filepath.Join(data, "blob", "heads")); err != nil || len(heads) != 1 || heads[0].Name() != "2026-07-01.note" {
			t.Errorf("handed out: got %v, %v, want the head of 2026-07-01", heads, err)
		}
		if out, err := verify(t.Context(), kept); err != nil || !strings.Contains(out, " sealed rows compared") { // while it runs
			t.Errorf("got %v, %s, want no fault", err, out)
		}
	})
	info, err := os.Stat(filepath.Join(dir, "seal.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the seal's key: got %v, %v, want it beside the master key for its owner alone", info, err)
	}
	if out, err := verify(t.Context(), filepath.Dir(kept)); err != nil || !strings.Contains(out, "with 5 heads") {
		t.Errorf("got %v, %s, want five heads (the last of the row that says it was verified) and no fault", err, out)
	}
	if _, err := verify(t.Context(), data); err == nil {
		t.Error("a directory without heads passes for one with heads")
	}

	var proof bytes.Buffer
	if err := seal.ProvePlace(t.Context(), recordsFile(data), "w1", &proof); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "case.json")
	check := func(b []byte) (string, error) {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		c := CheckProofCommand{File: file}
		err := c.check(&out)
		return out.String(), err
	}
	if out, err := check(proof.Bytes()); err != nil || strings.Count(out, "noted") != 3 || !strings.Contains(out, "3 rows of warning w1 are what was sealed by 2026-07-01 08:0") {
		t.Errorf("got %v, %s, want three rows", err, out)
	}
	if _, err := check(bytes.Replace(proof.Bytes(), []byte("a note"), []byte("a word"), 1)); err == nil {
		t.Error("an altered proof passes")
	}

	db, err := sql.Open("sqlite", recordsFile(data))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var pos string
	if err := db.QueryRow(`UPDATE journal SET why = 'a word' WHERE pos = (SELECT MAX(pos) FROM journal WHERE warning = 'w1') RETURNING pos`).Scan(&pos); err != nil {
		t.Fatal(err)
	}
	out, err := verify(t.Context(), kept)
	if want := "altered: position " + pos + ": why\n"; err == nil || !strings.HasPrefix(out, want) {
		t.Errorf("got %v, %s, want %s", err, out, want)
	}
}
