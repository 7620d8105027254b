package risk

import (
	"context"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"fengsui"
	"fengsui/store"
)

// A partition that was kept when findings and state were one transaction goes on
// where it was: what was told is not told again, and its return is.
func TestMigrate(t *testing.T) {
	first, err := fs.ReadFile(migrations, "migrations/001_risk.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fengsui.db")
	old, err := store.Open(t.Context(), path, store.Tables{Stage: "risk", FS: fstest.MapFS{"001_risk.sql": {Data: first}}, Kept: []string{"risk_place", "risk_state", "risk_late"}})
	if err != nil {
		t.Fatal(err)
	}
	d := testDistrict(levelPoint(1))
	models := []Model{bare(Ladder, nil)}
	j := newJudge(0, models, d, strictLog(t))
	f := newField(t)
	f.say(1, 11.5)
	for _, b := range f.log.batches {
		j.take(b)
	}
	check(t, j.out, told{0, "point/1", "HH", fengsui.Red})
	err = old.Keep(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO risk_state (partition, shard, epoch, version, bytes) VALUES (0, 1, 1, 1, $1)`, j.appendState(nil, 1)); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO risk_place (partition, epoch, seq, idx, clock, tick, grace) VALUES (0, 1, $1, 0, $2, $3, 0)`, int64(j.place.Seq), j.clock, j.lastTick)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}

	db, err := store.Open(context.Background(), path, Tables(), foundTables)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f.pass(sec)
	f.say(1, 5)
	out := &found{}
	drain(t, Config{DB: db, Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: models})
	check(t, out.list, told{sec, "point/1", "", fengsui.None})
}
