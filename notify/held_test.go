package notify

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

var officer = fengsui.Scope{User: "o", Role: fengsui.RoleBureau, Party: "bureau", All: true}

// restore makes the records those of a restored platform, as they stand.
func (p *post) restore() {
	p.t.Helper()
	r := fengsui.Restored{Backup: "b1", Head: p.db.Head(), Newest: now(), Heard: now()}
	if err := p.db.Change(p.t.Context(), func(tx *store.Tx) error { return Hold(tx, fengsui.Platform("restore"), r) }); err != nil {
		p.t.Fatal(err)
	}
}

func because(t *testing.T, what string, err error, want string) {
	t.Helper()
	if e, ok := errors.AsType[*fengsui.Error](err); !ok || e.Reason != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// held is what a scope sees of what waits: pushes, those that may have gone out before,
// those withheld, and receivers.
func (p *post) held(s fengsui.Scope) string {
	p.t.Helper()
	h, err := p.Held(p.t.Context(), s)
	if err != nil {
		p.t.Fatal(err)
	}
	list, total, err := p.HeldPushes(p.t.Context(), s, fengsui.HeldFilter{}, fengsui.Page{Limit: 100})
	if err != nil || total != len(list) {
		p.t.Fatalf("%d of %d held pushes, %v", len(list), total, err)
	}
	return fmt.Sprintf("%v %d/%d/%d of %d, listed %d", h.Held, h.Pushes, h.Earlier, h.Withheld, len(h.Receivers), total)
}

// TestHeldReleaseAll: nothing leaves a restored platform before an officer looked; all is
// all but what was withheld, each once; what was withheld goes out later, one by one
// (decision 0010).
func TestHeldReleaseAll(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		ctx := t.Context()
		w := newWire()
		p := open(t, path, w)
		before := p.raise("w1", fengsui.StepPush, "firm") // waits in the copy
		p.restore()
		p.start()
		defer p.close()
		after := p.raise("w2", fengsui.StepPush, "firm", "bureau")
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := w.got("wang@f.cn"); len(got) != 0 {
			t.Errorf("while it is held %v went out", got)
		}
		if got, want := p.held(officer), "true 3/1/0 of 2, listed 3"; got != want {
			t.Errorf("held: %s, want %s", got, want)
		}
		if got, want := p.held(fengsui.Scope{Role: fengsui.RoleZone, Zone: "none"}), "true 0/0/0 of 0, listed 0"; got != want {
			t.Errorf("another zone sees %s, want %s", got, want)
		}
		if holding, err := p.Holding(ctx); err != nil || !holding {
			t.Errorf("holding: %v, %v", holding, err)
		}

		by := fengsui.Actor{User: "o", Name: "Zhao", Role: fengsui.RoleBureau}
		because(t, "the firm releases", p.Release(ctx, fengsui.Scope{Role: fengsui.RoleEnterprise, Enterprise: "firm"}, by, fengsui.ReleaseAll, ""), "may_not")
		because(t, "a part of the district releases", p.Release(ctx, fengsui.Scope{Role: fengsui.RoleBureau, Zone: "zone"}, by, fengsui.ReleaseAll, ""), "district_only")
		because(t, "some other way", p.Release(ctx, officer, by, "some", ""), "which")
		because(t, "none named", p.Pick(ctx, officer, by, nil, false, ""), "how_many")
		because(t, "what is not held", p.Pick(ctx, officer, by, []fengsui.ID{"x"}, false, ""), "not_held")

		list, _, err := p.HeldPushes(ctx, officer, fengsui.HeldFilter{Party: "firm"}, fengsui.Page{Limit: 10})
		if err != nil || len(list) != 2 || list[0].Key != string(before)+"/firm" || !list[0].Earlier || list[1].Earlier || list[0].Title == "" || list[0].Model != "tank" {
			t.Fatalf("held for the firm: %+v, %v", list, err)
		}
		if one, total, err := p.HeldPushes(ctx, officer, fengsui.HeldFilter{Earlier: true}, fengsui.Page{Limit: 10}); err != nil || total != 1 || one[0].ID != list[0].ID {
			t.Errorf("what may have gone out before: %+v of %d, %v", one, total, err)
		}
		if one, total, err := p.HeldPushes(ctx, officer, fengsui.HeldFilter{}, fengsui.Page{Offset: 1, Limit: 1}); err != nil || total != 3 || len(one) != 1 {
			t.Errorf("the second page: %d of %d, %v", len(one), total, err)
		}
		if err := p.Pick(ctx, officer, by, []fengsui.ID{list[0].ID}, false, "it went out on Monday"); err != nil {
			t.Fatal(err)
		}
		if got, want := p.held(officer), "true 2/0/1 of 2, listed 3"; got != want {
			t.Errorf("one withheld: %s, want %s", got, want)
		}

		if err := p.Release(ctx, officer, by, fengsui.ReleaseAll, "looked through"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		same(t, "Wang got", w.got("wang@f.cn"), []string{string(after) + "/firm"})
		same(t, "the bureau got", w.got("zhao@b.cn"), []string{string(after) + "/bureau"})
		if got, want := p.held(officer), "false 0/0/1 of 1, listed 1"; got != want {
			t.Errorf("released: %s, want %s", got, want)
		}
		because(t, "a second release", p.Release(ctx, officer, by, fengsui.ReleaseAll, ""), "not_held")
		because(t, "withheld when all is out", p.Pick(ctx, officer, by, []fengsui.ID{list[1].ID}, false, ""), "released")

		if err := p.Pick(ctx, officer, by, []fengsui.ID{list[0].ID}, true, "it did not go out after all"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		same(t, "Wang got in the end", w.got("wang@f.cn"), []string{string(after) + "/firm", string(before) + "/firm"})
		if got, want := p.held(officer), "false 0/0/0 of 0, listed 0"; got != want {
			t.Errorf("all is out: %s, want %s", got, want)
		}
		rows, _, err := p.db.Entries(ctx, fengsui.Everything(), store.Filter{Kind: "restore"})
		acts := ""
		for _, r := range rows {
			acts += r.Act + ":" + r.Why + "; "
		}
		if want := "restored:; restore_picked:it went out on Monday; restore_released:looked through; restore_picked:it did not go out after all; "; err != nil || acts != want {
			t.Errorf("the journal has %s, %v, want %s", acts, err, want)
		}
		// A restart finds it released.
		p.stop()
		p.out.Store(false)
		p.start()
		third := p.raise("w3", fengsui.StepPush, "firm")
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := w.got("wang@f.cn"); len(got) != 3 || got[2] != string(third)+"/firm" {
			t.Errorf("after a restart Wang got %v", got)
		}
	})
}

// TestHeldReleaseLater: what may have gone out before the restore stays, and waits for
// someone to send it one by one.
func TestHeldReleaseLater(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		ctx := t.Context()
		w := newWire()
		p := open(t, path, w)
		because(t, "a pick where nothing was restored", p.Pick(ctx, officer, fengsui.Actor{}, []fengsui.ID{"x"}, true, ""), "not_restored")
		because(t, "a release there", p.Release(ctx, officer, fengsui.Actor{}, fengsui.ReleaseAll, ""), "not_held")
		p.raise("w1", fengsui.StepPush, "firm")
		p.restore()
		p.start()
		defer p.close()
		after := p.raise("w2", fengsui.StepPush, "firm")
		time.Sleep(time.Minute)
		synctest.Wait()
		by := fengsui.Actor{User: "o", Name: "Zhao", Role: fengsui.RoleBureau}
		if err := p.Release(ctx, officer, by, fengsui.ReleaseLater, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		same(t, "Wang got", w.got("wang@f.cn"), []string{string(after) + "/firm"})
		if got, want := p.held(officer), "false 0/0/1 of 1, listed 1"; got != want {
			t.Errorf("released: %s, want %s", got, want)
		}
	})
}

// TestHeldNotCaughtUp: while the past is still judged again nobody releases: what is
// found then could not be told from what is new.
func TestHeldNotCaughtUp(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		p := open(t, path, newWire())
		p.restore()
		judging := fengsui.Errorf(fengsui.Unavailable, "still_judging", "wait")
		p.c.Caught = func(context.Context, fengsui.Restored) error { return judging }
		by := fengsui.Actor{User: "o", Role: fengsui.RoleBureau}
		because(t, "while it judges", p.Release(t.Context(), officer, by, fengsui.ReleaseAll, ""), "still_judging")
		// Judged, but the rows are not pushes yet: it waits a little for them, and says so.
		p.c.Caught = nil
		p.raise("w", fengsui.StepPush, "firm")
		began := time.Now()
		because(t, "before the pushes are made", p.Release(t.Context(), officer, by, fengsui.ReleaseAll, ""), "still_judging")
		if took := time.Since(began); took < time.Second || took > 10*time.Second {
			t.Errorf("it waited for %s", took)
		}
		p.start()
		defer p.close()
		synctest.Wait()
		if err := p.Release(t.Context(), officer, by, fengsui.ReleaseAll, ""); err != nil {
			t.Error(err)
		}
	})
}
