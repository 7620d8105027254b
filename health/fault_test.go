package health

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

// TestFaults: a fault is one row from the first look that finds it to the first that does
// not; one that comes soon again is the same; a person settles it once (A41).
func TestFaults(t *testing.T) { synctest.Test(t, testFaults) }

func testFaults(t *testing.T) {
	db, err := store.Open(t.Context(), storetest.Place(t, filepath.Join(t.TempDir(), "t.db")), Tables())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	g := New(db)
	desk := fengsui.Scope{Role: fengsui.RoleDuty, All: true}
	note := func(parts ...fengsui.Health) {
		t.Helper()
		if err := g.Note(t.Context(), "", parts); err != nil {
			t.Fatal(err)
		}
	}
	faults := func(unsettled bool) []fengsui.Fault {
		t.Helper()
		list, total, err := g.Faults(t.Context(), desk, unsettled, fengsui.Page{Limit: 10})
		if err != nil || total != len(list) {
			t.Fatalf("%d of %d faults, %v", len(list), total, err)
		}
		return list
	}
	well, ill := fengsui.Health{Name: "history", OK: true}, fengsui.Health{Name: "history", Why: "it is full"}
	other := fengsui.Health{Name: "store", OK: true}
	note(well, other)
	if list := faults(false); len(list) != 0 {
		t.Errorf("all is well, and there is %+v", list)
	}
	began := fengsui.At(time.Now())
	note(ill, other)
	time.Sleep(10 * time.Second) // of the bubble
	note(fengsui.Health{Name: "history", Why: "it is gone"}, other)
	list := faults(true)
	if len(list) != 1 || list[0].Part != "history" || list[0].Why != "it is gone" || list[0].Since < began || list[0].Last <= list[0].Since || list[0].OverAt != 0 {
		t.Fatalf("got %+v, want one that stands", list)
	}
	id := list[0].ID
	note(well, other)
	if list = faults(true); len(list) != 1 || list[0].OverAt == 0 {
		t.Errorf("it works again: %+v", list)
	}
	note(ill, other)
	if list = faults(true); len(list) != 1 || list[0].ID != id || list[0].OverAt != 0 {
		t.Errorf("it came back at once: %+v, want the same fault", list)
	}

	by := fengsui.Actor{User: "u1", Name: "Li", Role: fengsui.RoleDuty, Key: "key-00001"}
	for _, s := range []fengsui.Scope{{Role: fengsui.RoleEnterprise, Enterprise: "e"}, {Role: fengsui.RoleLeader, All: true}, {}} {
		if _, _, err := g.Faults(t.Context(), s, true, fengsui.Page{Limit: 1}); err == nil {
			t.Errorf("%+v sees the faults", s)
		}
		if err := g.Settle(t.Context(), s, by, id, "mended"); err == nil {
			t.Errorf("%+v settles a fault", s)
		}
	}
	if err := g.Settle(t.Context(), desk, by, id, " "); fengsui.CodeOf(err) != fengsui.Invalid {
		t.Errorf("settled without words: %v", err)
	}
	if err := g.Settle(t.Context(), desk, by, "none", "mended"); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("settled what is not there: %v", err)
	}
	if err := g.Settle(t.Context(), desk, by, id, "a larger disk was put in"); err != nil {
		t.Fatal(err)
	}
	by.Key = "key-00002"
	if err := g.Settle(t.Context(), desk, by, id, "again"); fengsui.CodeOf(err) != fengsui.Conflict {
		t.Errorf("settled twice: %v", err)
	}
	if list = faults(true); len(list) != 1 || list[0].SettledBy != "Li" || list[0].Note != "a larger disk was put in" || list[0].OverAt != 0 {
		t.Errorf("settled while it stands: %+v, want it shown", list)
	}
	note(well, other)
	if list = faults(true); len(list) != 0 {
		t.Errorf("over and settled: %+v", list)
	}
	note(ill, other)
	if list = faults(false); len(list) != 2 || list[0].ID == id {
		t.Errorf("it comes back after it was settled: %+v, want a new fault", list)
	}
	rows, _, err := db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "fault"})
	if err != nil || len(rows) != 1 || rows[0].Act != "fault_settled" || rows[0].Why != "a larger disk was put in" {
		t.Errorf("the journal has %+v, %v", rows, err)
	}
}

// TestMeasures: a process's measures of a week are kept, whatever else measures, and
// what is older goes.
func TestMeasures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), storetest.Place(t, filepath.Join(t.TempDir(), "t.db")), Tables())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		g := New(db)
		for i := range 10 * 24 {
			at := fengsui.At(time.Now())
			list := []fengsui.Measure{{Kind: "log", At: at, Bytes: int64(i), Came: 24}, {Kind: fengsui.MeasureFree, At: at, Bytes: int64(1000 - i), Came: -1}}
			if err := g.Measured(t.Context(), "a", list); err != nil {
				t.Fatal(err)
			}
			if err := g.Measured(t.Context(), "b", list[:1]); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
		}
		got, err := g.Measures(t.Context(), "a")
		if err != nil || len(got) != 2*7*24 {
			t.Fatalf("%d measures, %v, want two an hour of seven days", len(got), err)
		}
		if got[0].At >= got[len(got)-1].At || got[len(got)-1] != (fengsui.Measure{Kind: "log", At: got[len(got)-1].At, Bytes: 239, Came: 24}) {
			t.Errorf("from %+v to %+v", got[0], got[len(got)-1])
		}
		var rows int
		if err := db.View(t.Context(), func(tx *store.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM health_measure`).Scan(&rows) }); err != nil || rows > 3*(7*24+1) {
			t.Errorf("%d rows are kept, %v", rows, err)
		}
		kept, days := fengsui.Forecast([]fengsui.Retention{{Kind: "log", Keep: 1000 * fengsui.PaceOver, Here: true}}, got, 240)
		if days != 10 || kept[0].PerDay != 24 || kept[0].Bytes != 239 {
			t.Errorf("24 bytes a day and room for 240: full in %g days, %+v", days, kept)
		}
	})
}
