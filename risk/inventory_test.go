package risk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/store"
)

// person is somebody with a seat.
type person struct {
	by fengsui.Actor
	s  fengsui.Scope
}

func seat(name string, role fengsui.Role, sectors ...fengsui.Sector) person {
	p := person{by: fengsui.Actor{User: fengsui.ID("u-" + name), Name: name, Role: role}}
	p.s = fengsui.ScopeOf(p.by.User, role, &fengsui.Party{ID: fengsui.ID("party-" + name), Sectors: sectors}, fengsui.None)
	return p
}

var (
	shift     = seat("Zhao", fengsui.RoleShift)
	bureau    = seat("Qian", fengsui.RoleBureau)
	colleague = seat("Sun", fengsui.RoleBureau)
	chem      = seat("Li", fengsui.RoleRegulator, "hazchem")
	chemTwo   = seat("Zhou", fengsui.RoleRegulator, "hazchem")
	fire      = seat("Wu", fengsui.RoleRegulator, "fire")
	duty      = seat("Zheng", fengsui.RoleDuty)
	firm      = seat("Wang", fengsui.RoleEnterprise)
)

// written is a model as a text.
func written(t testing.TB, m Model) string {
	t.Helper()
	b, err := yaml.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tank is the test's model of a sector.
func tank(version int, change func(*Model)) Model {
	m := bare(Ladder, change)
	m.ID, m.Sector, m.Version = "tank", "hazchem", version
	return m
}

func openInventory(t testing.TB, db *store.DB, log Past, shipped ...string) *Inventory {
	t.Helper()
	d := testDistrict(levelPoint(1))
	i, err := OpenInventory(t.Context(), InventoryConfig{DB: db, Shipped: shipped, Sectors: []fengsui.Sector{"hazchem", "fire", "vehicles", "warehousing", "trade"}, Log: log,
		District: func() *fengsui.District { return d }, Logger: strictLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// refusal checks a refusal by its reason.
func refusal(t *testing.T, what string, err error, code fengsui.Code, reason string) {
	t.Helper()
	e, ok := errors.AsType[*fengsui.Error](err)
	if !ok || e.Code != code || e.Reason != reason || e.Message == "" {
		t.Errorf("%s: got %v, want %s %s", what, err, code, reason)
	}
}

// newest is the newest version of a model.
func newest(t *testing.T, i *Inventory, id string) fengsui.ModelVersion {
	t.Helper()
	d, err := i.Model(t.Context(), bureau.s, id)
	if err != nil {
		t.Fatal(err)
	}
	return d.Versions[0]
}

// What another process releases or retires is in force here too, by the journal.
func TestInventoryFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newField(t)
		db := openQuick(t)
		texts := []string{written(t, tank(1, nil)), written(t, bare(Silence, nil))}
		here, there := openInventory(t, db, f.log, texts...), openInventory(t, db, f.log, texts...)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { here.Run(ctx) })
		defer running.Wait()
		defer cancel()
		synctest.Wait()
		before := here.Set()
		must(t, there.Retire(ctx, bureau.s, bureau.by, string(Silence), newest(t, there, string(Silence)).Revision, "not needed"))
		synctest.Wait()
		after := here.Set()
		if len(before.Models) != 2 || len(after.Models) != 1 || after.Number != there.Set().Number {
			t.Errorf("%d models before, %d after another process retired one, set %d of %d", len(before.Models), len(after.Models), after.Number, there.Set().Number)
		}
		must(t, db.Change(ctx, func(tx *store.Tx) error {
			return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "x", ID: "x"}, Act: "x", By: fengsui.Platform("test")})
		}))
		synctest.Wait()
		if here.Set() != after {
			t.Error("another change loads the models again")
		}
	})
}

// A model's way: drafted by one person, tried over history, released by another,
// in force at once, retired with a reason (A18, DESIGN §6).
func TestInventory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newField(t)
		f.series(1, minute, 5, 10.5, 5, 11.5, 5, 5)
		db := openQuick(t)
		i := openInventory(t, db, f.log, written(t, tank(1, nil)), written(t, bare(Silence, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { i.Run(ctx) })
		defer running.Wait()
		defer cancel()

		first := i.Set()
		if len(first.Models) != 2 || first.Number != 1 || first.Signed["tank"].Author.Name != "platform/risk" || first.Signed["tank"].Approver == nil {
			t.Fatalf("in force at first: %+v", first)
		}

		// Saved only when it can be one.
		save := func(p person, revision int64, text string) error {
			return i.Draft(ctx, p.s, p.by, "tank", revision, text)
		}
		two := written(t, tank(2, func(m *Model) { m.Ladder[2].Level = fengsui.Orange }))
		refusal(t, "another id", i.Draft(ctx, shift.s, shift.by, "tonk", 0, two), fengsui.Invalid, "model_id")
		refusal(t, "a version that is there", save(shift, 0, written(t, tank(1, nil))), fengsui.Invalid, "model_version")
		refusal(t, "a revision of nothing", save(shift, 3, two), fengsui.Conflict, "changed")
		refusal(t, "no such sector", save(shift, 0, strings.Replace(two, "hazchem", "hazchm", 1)), fengsui.Invalid, "model_invalid")
		refusal(t, "two in one", save(shift, 0, two+"---\n"+two), fengsui.Invalid, "model_invalid")
		refusal(t, "a word too many", save(shift, 0, two+"colour: red\n"), fengsui.Invalid, "model_unreadable")
		refusal(t, "too long", save(shift, 0, two+strings.Repeat("#", MaxText)), fengsui.Invalid, "model_invalid")
		refusal(t, "no standard", save(shift, 0, two+"grading: tanks@1\n"), fengsui.Invalid, "no_grading")
		hostile := two + "formula: {inputs: [{code: a, zh: 甲, en: A}], expr: '[1,2,3].all(x, [1,2,3].all(y, x * y > a))'}\n"
		refusal(t, "a hostile rule", save(shift, 0, hostile), fengsui.Invalid, "formula_invalid")
		if c, err := i.Check(ctx, shift.s, hostile); err != nil || c.OK || len(c.Problems) != 1 || !strings.Contains(c.Problems[0].Text, "uses") || c.Problems[0].Reason != "formula_invalid" {
			t.Errorf("a hostile rule is checked as %+v, %v", c, err)
		}
		refusal(t, "drafted by who may not", save(duty, 0, two), fengsui.Forbidden, "may_not")
		refusal(t, "drafted by another sector's", save(fire, 0, two), fengsui.Conflict, "model_taken")
		if c, err := i.Check(ctx, shift.s, two); err != nil || !c.OK || c.Read.Version != 2 || c.Read.Sector != "hazchem" {
			t.Errorf("a good text is checked as %+v, %v", c, err)
		}
		if n := scanInt(t, db, `SELECT COUNT(*) FROM risk_model`); n != 2 {
			t.Fatalf("after refusals and checks there are %d versions", n)
		}
		must(t, save(shift, 0, two))
		refusal(t, "a second draft", save(chem, 0, two), fengsui.Conflict, "changed")
		got := newest(t, i, "tank")
		if got.State != fengsui.ModelDraft || got.Version != 2 || got.Author.Name != "Zhao" || got.Text != two || got.Approver != nil {
			t.Fatalf("the draft is %+v", got)
		}

		// Not released before it was submitted, tried, and seen by another.
		release := func(p person, revision int64) error { return i.Release(ctx, p.s, p.by, "tank", revision, "fits") }
		refusal(t, "a draft", release(chem, 1), fengsui.Conflict, "model_state")
		must(t, i.Submit(ctx, chem.s, chem.by, "tank", 1))
		refusal(t, "not tried", release(bureau, 2), fengsui.Conflict, "no_replay")
		refusal(t, "by its author's colleague at the desk", release(shift, 2), fengsui.Forbidden, "may_not")
		refusal(t, "by who submitted it", release(chem, 2), fengsui.Forbidden, "four_eyes")
		refusal(t, "without a reason", i.Release(ctx, bureau.s, bureau.by, "tank", 2, " "), fengsui.Invalid, "why")
		refusal(t, "of another sector", release(fire, 2), fengsui.NotFound, "no_model")

		replay := func(p person, revision int64, from, to fengsui.Millis) error {
			return i.StartReplay(ctx, p.s, p.by, "tank", revision, from, to)
		}
		refusal(t, "no time", replay(shift, 2, t0, t0), fengsui.Invalid, "replay_time")
		refusal(t, "two years", replay(shift, 2, t0, t0+fengsui.Millis(731*24*60)*minute), fengsui.Invalid, "replay_time")
		refusal(t, "of what was not read", replay(shift, 1, t0, f.now), fengsui.Conflict, "changed")
		if _, err := i.ReplayOf(ctx, duty.s, "tank"); fengsui.CodeOf(err) != fengsui.NotFound {
			t.Errorf("before there was one: %v", err)
		}
		// One that meets nothing shows nothing.
		must(t, replay(shift, 2, t0-minute, t0))
		synctest.Wait()
		refusal(t, "tried over nothing", release(bureau, 2), fengsui.Conflict, "replay_empty")
		must(t, replay(shift, 2, t0, f.now))
		synctest.Wait()
		r, err := i.ReplayOf(ctx, duty.s, "tank")
		if err != nil || r.State != fengsui.ReplayDone || r.Hash != got.Hash || r.By.Name != "Zhao" || r.Changed.Total != 1 || r.Samples != 6 || r.New.Total+r.Missing.Total != 0 {
			t.Fatalf("the replay is %+v, %v", r, err)
		}
		if x := r.Changed.Items[0]; x.Live.Level != fengsui.Yellow || x.Candidate.Level != fengsui.Orange || x.Live.Value != 10.5 || x.Live.To == 0 {
			t.Errorf("it changed %+v", x)
		}

		// Another text is another thing, a replay grows old, and who wrote once has
		// had a hand in it.
		must(t, save(bureau, 2, two+"# looked over\n"))
		must(t, i.Submit(ctx, shift.s, shift.by, "tank", 3))
		refusal(t, "another text than was tried", release(colleague, 4), fengsui.Conflict, "no_replay")
		must(t, replay(shift, 4, t0, f.now))
		synctest.Wait()
		if n := scanInt(t, db, `SELECT COUNT(*) FROM risk_replay`); n != 1 {
			t.Errorf("%d replays are kept of one text", n)
		}
		refusal(t, "who wrote a line of it", release(bureau, 4), fengsui.Forbidden, "four_eyes")
		time.Sleep(8 * 24 * time.Hour)
		refusal(t, "an old replay", release(colleague, 4), fengsui.Conflict, "replay_old")
		must(t, replay(shift, 4, t0, f.now))
		synctest.Wait()
		refusal(t, "an older revision", release(colleague, 3), fengsui.Conflict, "changed")
		must(t, release(colleague, 4))
		refusal(t, "twice", release(colleague, 5), fengsui.Conflict, "model_state")

		set := i.Set()
		k := slices.IndexFunc(set.Models, func(m Model) bool { return m.ID == "tank" })
		if set.Number != first.Number+1 || len(set.Models) != 2 || set.Models[k].Version != 2 || set.Models[k].Ladder[2].Level != fengsui.Orange || set.Signed["tank"].Approver.Name != "Sun" {
			t.Errorf("in force after the release: %+v", set)
		}
		if first.Models[k].Version != 1 {
			t.Error("a release changed a set that was given away")
		}
		d, err := i.Model(ctx, chem.s, "tank")
		if err != nil || d.Next != 3 || len(d.Versions) != 2 || d.Versions[1].State != fengsui.ModelRetired {
			t.Errorf("the model is %+v, %v", d, err)
		}
		var acts []string
		for _, a := range d.History {
			acts = append(acts, fmt.Sprintf("%s %d %s", a.Name, a.Version, a.Act))
		}
		slices.Reverse(acts)
		if got, want := strings.Join(acts, "; "), "platform/risk 1 released; Zhao 2 drafted; Li 2 submitted; Zhao 2 replay_started; platform/risk 2 replayed; Zhao 2 replay_started; platform/risk 2 replayed; "+
			"Qian 2 drafted; Zhao 2 submitted; Zhao 2 replay_started; platform/risk 2 replayed; Zhao 2 replay_started; platform/risk 2 replayed; Sun 2 released; Sun 1 retired"; got != want {
			t.Errorf("the history is\n%s, want\n%s", got, want)
		}

		// Refused: the number is gone.
		must(t, save(chem, 0, written(t, tank(3, nil))))
		refusal(t, "refused without a reason", i.Refuse(ctx, chemTwo.s, chemTwo.by, "tank", 1, ""), fengsui.Invalid, "why")
		must(t, i.Refuse(ctx, chemTwo.s, chemTwo.by, "tank", 1, "no need"))
		if got := newest(t, i, "tank"); got.State != fengsui.ModelRefused || got.Why != "no need" || got.Approver.Name != "Zhou" {
			t.Errorf("the refused one is %+v", got)
		}
		must(t, save(chem, 0, written(t, tank(4, nil))))

		// Retired: not the last, and not those of every sector by a regulator.
		refusal(t, "a regulator retires what is everyone's", i.Retire(ctx, chem.s, chem.by, "silence", 1, "quiet"), fengsui.Forbidden, "not_your_sector")
		must(t, i.Retire(ctx, chem.s, chem.by, "tank", newestIn(t, i, "tank", fengsui.ModelLive).Revision, "replaced by hand"))
		if s := i.Set(); s.Number != set.Number+1 || len(s.Models) != 1 {
			t.Errorf("after the retirement %+v is in force", s)
		}
		refusal(t, "the last", i.Retire(ctx, bureau.s, bureau.by, "silence", 1, "quiet"), fengsui.Conflict, "last_model")

		// Opened again, it is as it was.
		if again := openInventory(t, db, f.log, written(t, tank(1, nil)), written(t, bare(Silence, nil))).Set(); again.Number != set.Number+1 || len(again.Models) != 1 {
			t.Errorf("opened again, %+v is in force", again)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newestIn(t *testing.T, i *Inventory, id string, state fengsui.ModelState) fengsui.ModelVersion {
	t.Helper()
	d, err := i.Model(t.Context(), bureau.s, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range d.Versions {
		if v.State == state {
			return v
		}
	}
	t.Fatalf("no version of %s is %s", id, state)
	return fengsui.ModelVersion{}
}

// One replay at a time; it can be called off, while it waits and while it runs.
func TestOneReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newField(t)
		f.series(1, minute, 5, 10.5, 5)
		var busy atomic.Bool
		busy.Store(true)
		d := testDistrict(levelPoint(1))
		i, err := OpenInventory(t.Context(), InventoryConfig{DB: openQuick(t), Shipped: []string{written(t, tank(1, nil))}, Log: f.log,
			District: func() *fengsui.District { time.Sleep(workTime); return d }, Busy: busy.Load})
		must(t, err)
		must(t, i.Draft(t.Context(), shift.s, shift.by, "tank", 0, written(t, tank(2, nil))))
		start := func() error { return i.StartReplay(t.Context(), shift.s, shift.by, "tank", 1, t0, f.now) }
		cancel := func(p person) error { return i.CancelReplay(t.Context(), p.s, p.by, "tank") }
		state := func(want fengsui.ReplayState) {
			t.Helper()
			if r, err := i.ReplayOf(t.Context(), duty.s, "tank"); err != nil || r.State != want {
				t.Errorf("the replay is %s %q, %v, want %s", r.State, r.Why, err, want)
			}
		}
		refusal(t, "canceled before there is one", cancel(shift), fengsui.Conflict, "no_replay")
		must(t, start())
		state(fengsui.ReplayWaiting)
		refusal(t, "a second", start(), fengsui.Conflict, "replay_busy")
		must(t, cancel(shift))

		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { i.Run(ctx) })
		time.Sleep(time.Second)
		state(fengsui.ReplayCanceled)

		lame := &lameLog{memLog: f.log}
		i.c.Log = lame
		must(t, start())
		time.Sleep(10 * time.Second)
		state(fengsui.ReplayRunning) // the platform is busy, so it rests
		refusal(t, "a second", start(), fengsui.Conflict, "replay_busy")
		refusal(t, "canceled by who may not", cancel(duty), fengsui.Forbidden, "may_not")
		refusal(t, "canceled by another sector's", cancel(fire), fengsui.NotFound, "no_model")
		must(t, cancel(bureau))
		synctest.Wait()
		state(fengsui.ReplayCanceled)
		refusal(t, "canceled twice", cancel(shift), fengsui.Conflict, "no_replay")

		must(t, start())
		time.Sleep(10 * time.Second)
		busy.Store(false)
		time.Sleep(time.Minute)
		state(fengsui.ReplayDone)

		// A log that cannot be read is said, and the next replay is not in its way.
		lame.fail = errors.New("the disk is on fire")
		must(t, start())
		time.Sleep(time.Minute)
		state(fengsui.ReplayFailed)
		lame.fail = nil
		must(t, start())
		time.Sleep(time.Minute)
		state(fengsui.ReplayDone)
		stop()
		running.Wait()
	})
}

// lameLog takes its time.
type lameLog struct {
	*memLog
	fail error
}

func (l *lameLog) Reader(from fengsui.Place) Reader { return lameReader{l.memLog.Reader(from), l} }

type lameReader struct {
	Reader
	l *lameLog
}

func (r lameReader) Next(ctx context.Context) (Batch, error) {
	time.Sleep(workTime)
	b, err := r.Reader.Next(ctx)
	return b, errors.Join(err, r.l.fail)
}

// What the program comes with is in force from the first start; a newer version
// replaces what nobody changed and says so; what people changed stays.
func TestShippedModels(t *testing.T) {
	db := openQuick(t)
	live := func(i *Inventory) string {
		var list []string
		for _, m := range i.Set().Models {
			list = append(list, m.Key())
		}
		return strings.Join(list, " ")
	}
	named := func(id string, version int) string {
		return written(t, bare(Ladder, func(m *Model) { m.ID, m.Version = id, version }))
	}
	open := func(want string, texts ...string) *Inventory {
		t.Helper()
		i := openInventory(t, db, newMemLog(), texts...)
		if got := live(i); got != want {
			t.Errorf("in force is %q, want %q", got, want)
		}
		return i
	}
	rows := func() int64 { return scanInt(t, db, `SELECT COUNT(*) FROM journal WHERE kind = 'model'`) }
	open("a@1 b@1 c@1", named("a", 1), named("b", 1), named("c", 1))
	n := rows()
	i := open("a@1 b@1 c@1", named("a", 1), named("b", 1), named("c", 1))
	if rows() != n || i.Set().Number != 1 {
		t.Errorf("a start that changes nothing wrote %d rows", rows()-n)
	}
	must(t, i.Draft(t.Context(), bureau.s, bureau.by, "b", 0, named("b", 2)))
	must(t, i.Retire(t.Context(), bureau.s, bureau.by, "c", 1, "not here"))
	i = open("a@2 b@1", named("a", 2), named("b", 3), named("c", 2))
	if d, err := i.Model(t.Context(), bureau.s, "a"); err != nil || d.History[0].Act+" "+d.History[1].Act != "released retired" || d.History[1].Why != "version 2 came with the program" {
		t.Errorf("the newer version is told as %+v, %v", d.History, err)
	}
	must(t, i.Refuse(t.Context(), colleague.s, colleague.by, "b", 1, "no"))
	open("a@2 b@3", named("a", 2), named("b", 3))                                             // the draft is out of the way
	open("a@2 b@3", strings.Replace(named("a", 2), "title: t", "title: x", 1), named("b", 3)) // the same number: another text is an error, not a change
	open("b@3 d@1", named("b", 3), named("d", 1))                                             // a is shipped no more
	if _, err := OpenInventory(t.Context(), InventoryConfig{DB: db, Shipped: []string{named("a", 1), named("a", 2)}}); fengsui.CodeOf(err) != fengsui.Invalid {
		t.Errorf("two of one name: %v", err)
	}

	// The library itself.
	texts, err := Shipped()
	must(t, err)
	all := openInventory(t, openQuick(t), newMemLog(), texts...)
	lib, err := Library()
	must(t, err)
	if len(all.Set().Models) != len(lib) || len(lib) == 0 {
		t.Errorf("%d of %d shipped models are in force", len(all.Set().Models), len(lib))
	}
}

// A live text that this program cannot read is left out and named.
func TestUnreadModel(t *testing.T) {
	db := openQuick(t)
	openInventory(t, db, newMemLog(), written(t, tank(1, nil)), written(t, bare(Silence, nil)))
	must(t, db.Change(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE risk_model SET yaml = 'kind: dowsing' WHERE id = 'tank'`)
		return errors.Join(err, tx.Record(fengsui.Change{Act: "broken"}))
	}))
	i, err := OpenInventory(t.Context(), InventoryConfig{DB: db, Shipped: []string{written(t, tank(1, nil)), written(t, bare(Silence, nil))}})
	must(t, err)
	if err := i.Ready(); len(i.Set().Models) != 1 || err == nil || !strings.Contains(err.Error(), "tank") {
		t.Errorf("%d models in force, Ready says %v", len(i.Set().Models), err)
	}
}

// A regulator reads, drafts and releases within the own sectors, and reads what is
// everyone's; lists and totals show no more (A05).
func TestModelScope(t *testing.T) {
	ctx := t.Context()
	flames := bare(Ladder, func(m *Model) { m.ID, m.Sector = "flames", "fire" })
	i := openInventory(t, openQuick(t), newMemLog(), written(t, tank(1, nil)), written(t, flames), written(t, bare(Silence, nil)))
	must(t, i.Draft(ctx, bureau.s, bureau.by, "silence", 0, written(t, bare(Silence, func(m *Model) { m.Version = 2 }))))
	must(t, i.Draft(ctx, chem.s, chem.by, "tank", 0, written(t, tank(2, nil))))
	f := func(p person, filter fengsui.ModelFilter, page fengsui.Page, want string, total int) {
		t.Helper()
		list, n, err := i.Models(ctx, p.s, filter, page)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range list {
			got = append(got, fmt.Sprintf("%s@%d", v.Model, v.Version))
			if v.Text != "" {
				t.Errorf("the list carries the text of %s", v.Model)
			}
		}
		if strings.Join(got, " ") != want || n != total {
			t.Errorf("%s, %+v: got %v of %d, want %s of %d", p.by.Name, filter, got, n, want, total)
		}
	}
	f(bureau, fengsui.ModelFilter{}, fengsui.Page{}, "flames@1 silence@2 silence@1 tank@2 tank@1", 5)
	f(bureau, fengsui.ModelFilter{State: fengsui.ModelDraft}, fengsui.Page{}, "silence@2 tank@2", 2)
	f(bureau, fengsui.ModelFilter{Sector: "fire"}, fengsui.Page{}, "flames@1", 1)
	f(bureau, fengsui.ModelFilter{Model: "tank"}, fengsui.Page{}, "tank@2 tank@1", 2)
	f(bureau, fengsui.ModelFilter{}, fengsui.Page{Offset: 1, Limit: 2}, "silence@2 silence@1", 5)
	f(chem, fengsui.ModelFilter{}, fengsui.Page{}, "silence@1 tank@2 tank@1", 3)
	f(fire, fengsui.ModelFilter{}, fengsui.Page{}, "flames@1 silence@1", 2)
	f(fire, fengsui.ModelFilter{Sector: "hazchem"}, fengsui.Page{}, "", 0)
	if _, _, err := i.Models(ctx, firm.s, fengsui.ModelFilter{}, fengsui.Page{}); fengsui.CodeOf(err) != fengsui.Forbidden {
		t.Errorf("an enterprise reads the inventory: %v", err)
	}
	if d, err := i.Model(ctx, fire.s, "silence"); err != nil || len(d.Versions) != 1 || len(d.History) != 1 {
		t.Errorf("a draft of every sector shows itself to a regulator: %+v, %v", d, err)
	}
	_, err := i.Model(ctx, fire.s, "tank")
	refusal(t, "another sector's model", err, fengsui.NotFound, "no_model")
	_, err = i.ReplayOf(ctx, fire.s, "tank")
	refusal(t, "another sector's replay", err, fengsui.NotFound, "no_model")
	refusal(t, "another sector's replay, started", i.StartReplay(ctx, fire.s, fire.by, "tank", 1, 1, 2), fengsui.NotFound, "no_model")
	refusal(t, "submitted by another sector's", i.Submit(ctx, fire.s, fire.by, "tank", 1), fengsui.NotFound, "no_model")
	refusal(t, "refused by another sector's", i.Refuse(ctx, fire.s, fire.by, "tank", 1, "no"), fengsui.NotFound, "no_model")
	refusal(t, "retired by another sector's", i.Retire(ctx, fire.s, fire.by, "tank", 1, "no"), fengsui.NotFound, "no_model")
	refusal(t, "a regulator drafts for everyone", i.Draft(ctx, chem.s, chem.by, "mine", 0, written(t, bare(Pace, func(m *Model) { m.ID = "mine" }))), fengsui.Forbidden, "not_your_sector")
	refusal(t, "a regulator takes a model to another sector", i.Draft(ctx, chem.s, chem.by, "tank", 1, strings.Replace(written(t, tank(2, nil)), "hazchem", "fire", 1)), fengsui.Forbidden, "not_your_sector")
	refusal(t, "a regulator changes what is everyone's", i.Draft(ctx, chem.s, chem.by, "silence", 1, written(t, bare(Silence, func(m *Model) { m.Version, m.Sector = 2, "hazchem" }))), fengsui.Forbidden, "not_your_sector")
}

// A grading standard: the operator drafts, a regulator guides; who, when and which
// version is kept, and a model is released only by one that is in force (A35).
func TestGrading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		f := newField(t)
		f.series(1, minute, 5, 10.5, 5)
		db := openQuick(t)
		i := openInventory(t, db, f.log, written(t, tank(1, nil)))
		word := func(s string) fengsui.Bilingual { return fengsui.Bilingual{Zh: "准则 " + s, En: "criterion " + s} }
		g := fengsui.Grading{Key: "tanks", Sector: "hazchem", Title: word("t"), Source: "AQ 3036-2010"}
		for l := fengsui.Red; l >= fengsui.Blue; l-- {
			g.Rows = append(g.Rows, fengsui.GradingRow{Level: l, Criterion: word(l.String())})
		}
		short := g
		short.Rows = g.Rows[1:]
		refusal(t, "no red", i.DraftGrading(ctx, shift.s, shift.by, short), fengsui.Invalid, "grading_invalid")
		refusal(t, "by who may not", i.DraftGrading(ctx, duty.s, duty.by, g), fengsui.Forbidden, "may_not")
		refusal(t, "for another sector", i.DraftGrading(ctx, fire.s, fire.by, g), fengsui.Forbidden, "not_your_sector")
		must(t, i.DraftGrading(ctx, shift.s, shift.by, g))
		list := func(p person) []fengsui.Grading {
			t.Helper()
			all, n, err := i.Gradings(ctx, p.s, fengsui.GradingFilter{}, fengsui.Page{})
			if err != nil || n != len(all) {
				t.Fatalf("%d of %d: %v", len(all), n, err)
			}
			return all
		}
		guide := func(p person, revision int64, agreed bool) error {
			return i.GuideGrading(ctx, p.s, p.by, "tanks", revision, agreed, "as the law says")
		}
		refusal(t, "guided by another sector's", guide(fire, 1, true), fengsui.NotFound, "no_grading")
		refusal(t, "guided by the operator", guide(shift, 1, true), fengsui.Forbidden, "may_not")
		must(t, guide(chem, 1, false))
		refusal(t, "an older revision", i.DraftGrading(ctx, shift.s, shift.by, g), fengsui.Conflict, "changed")
		g.Revision, g.Title = 2, word("better")
		must(t, i.DraftGrading(ctx, shift.s, shift.by, g))
		if got := list(chem)[0]; got.State != fengsui.GradingDraft || got.Guidance != "as the law says" || got.Title != g.Title || got.Revision != 3 {
			t.Errorf("the draft after guidance is %+v", got)
		}

		// A model may be written by a draft, not released by it.
		by := written(t, tank(2, func(m *Model) { m.Grading = "tanks@1" }))
		if c, err := i.Check(ctx, shift.s, by); err != nil || !c.OK || len(c.Notes) != 1 {
			t.Errorf("a model by a draft is checked as %+v, %v", c, err)
		}
		must(t, i.Draft(ctx, shift.s, shift.by, "tank", 0, by))
		must(t, i.Submit(ctx, shift.s, shift.by, "tank", 1))
		run, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		running.Go(func() { i.Run(run) })
		must(t, i.StartReplay(ctx, shift.s, shift.by, "tank", 2, t0, f.now))
		synctest.Wait()
		refusal(t, "by a draft", i.Release(ctx, chem.s, chem.by, "tank", 2, "fits"), fengsui.Conflict, "not_guided")
		must(t, guide(chem, 3, true))
		refusal(t, "guided twice", guide(chem, 4, true), fengsui.Conflict, "grading_state")
		must(t, i.Release(ctx, chem.s, chem.by, "tank", 2, "fits"))
		stop()
		running.Wait()

		// The next version; the first is kept for ever.
		g.Revision, g.Rows = 0, append(g.Rows, fengsui.GradingRow{Level: fengsui.Blue, Criterion: word("more")})
		must(t, i.DraftGrading(ctx, chem.s, chem.by, g))
		refusal(t, "guided by who drafted it", guide(chem, 1, true), fengsui.Forbidden, "four_eyes")
		must(t, guide(chemTwo, 1, true))
		all := list(chem)
		if len(all) != 2 || all[0].Version != 2 || all[0].State != fengsui.GradingGuided || len(all[0].Rows) != 5 || all[0].Guided.Name != "Zhou" || all[0].Party != "party-Zhou" ||
			all[1].State != fengsui.GradingSuperseded || all[1].Drafted.Name != "Zhao" || all[1].Guided.Name != "Li" || all[1].Guided.At == 0 || len(all[1].Rows) != 4 {
			t.Errorf("what is kept is %+v", all)
		}
		if n := len(list(fire)); n != 0 {
			t.Errorf("another sector's regulator sees %d", n)
		}
		if n := scanInt(t, db, `SELECT COUNT(*) FROM journal WHERE kind = 'grading'`); n != 6 {
			t.Errorf("%d rows in the journal, want 6", n)
		}
	})
}
