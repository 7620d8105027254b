package complaint

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

func district() *fengsui.District {
	party := func(id, kind string, sectors ...fengsui.Sector) *fengsui.Party {
		return &fengsui.Party{ID: fengsui.ID(id), Kind: fengsui.PartyKind(kind), Code: id, Name: id, Sectors: sectors}
	}
	return fengsui.NewDistrict(
		[]*fengsui.Party{party("bureau", "bureau"), party("reg", "regulator", "fire"), party("zone", "zone"), party("zone2", "zone"), party("desk", "operator"), party("watchdog", "discipline"), party("f", "enterprise")},
		[]*fengsui.Enterprise{{ID: "f", Num: 1, Code: "F", Zone: "zone", Sector: "fire"}}, nil, nil, nil)
}

func scope(role fengsui.Role, party fengsui.ID) fengsui.Scope {
	return fengsui.ScopeOf("user-"+party, role, district().Parties[party], fengsui.None)
}

var (
	firm   = scope(fengsui.RoleEnterprise, "f")
	zone   = scope(fengsui.RoleZone, "zone")
	zone2  = scope(fengsui.RoleZone, "zone2")
	reg    = scope(fengsui.RoleRegulator, "reg")
	bureau = scope(fengsui.RoleBureau, "bureau")
	duty   = scope(fengsui.RoleDuty, "desk")
	leader = scope(fengsui.RoleLeader, "bureau")
)

func by(s fengsui.Scope) fengsui.Actor {
	return fengsui.Actor{User: s.User, Name: "Wang", Role: s.Role, From: "10.0.0.1"}
}

type lab struct {
	*Desk
	t  *testing.T
	db *store.DB
}

func newLab(t *testing.T) lab {
	t.Helper()
	db, err := store.Open(context.Background(), storetest.Place(t, filepath.Join(t.TempDir(), "t.db")), Tables())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	block, _ := aes.NewCipher(make([]byte, 32))
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(Config{DB: db, District: district, Seal: box, Secret: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return lab{d, t, db}
}

func (l lab) refused(what, want string, err error) {
	l.t.Helper()
	got := ""
	if e, ok := errors.AsType[*fengsui.Error](err); ok {
		got = e.Reason
	} else if err != nil {
		got = err.Error()
	}
	if got != want {
		l.t.Errorf("%s: %v (%q), want %q", what, err, got, want)
	}
}

const words = "The tank at the east gate leaks since Monday"

func report() fengsui.Intake {
	return fengsui.Intake{Kind: "report", Topic: "danger", Text: words, Place: "F, east gate", Contact: "Li Lei, 13800001234"}
}

// one takes something in and finds it.
func (l lab) one(key string) (fengsui.Complaint, fengsui.Receipt) {
	l.t.Helper()
	r, err := l.Report(context.Background(), key, "hash", report())
	if err != nil {
		l.t.Fatal(err)
	}
	list, _, err := l.Complaints(context.Background(), bureau, fengsui.ComplaintFilter{}, fengsui.Page{Limit: 500})
	for _, c := range list {
		if c.Number == r.Number {
			return c, r
		}
	}
	l.t.Fatalf("%s is not listed: %v", r.Number, err)
	return fengsui.Complaint{}, r
}

// TestPublic holds A42: it comes in without an account, the receipt alone shows how it
// stands, and nothing of who reported it lies open anywhere.
func TestPublic(t *testing.T) {
	l, ctx := newLab(t), context.Background()
	c, r := l.one("key-1")
	if c.State != fengsui.ComplaintNew || c.Text != words || !c.Reachable || c.Due != c.At.Add(l.Rules().Assign) || c.Taken.Name != "" {
		t.Errorf("taken in: %+v", c)
	}
	got, err := l.Look(ctx, fengsui.Receipt{Number: strings.ToLower(r.Number), Secret: " " + strings.ToLower(strings.ReplaceAll(r.Secret, "-", " "))})
	if err != nil || got.ID != c.ID {
		t.Errorf("by the receipt: %+v, %v", got, err)
	}
	for _, bad := range []fengsui.Receipt{{}, {Number: r.Number}, {Number: r.Number, Secret: "AAAA-AAAA-AAAA-AAAA"}, {Number: "C2026-9999", Secret: r.Secret}} {
		_, err := l.Look(ctx, bad)
		l.refused("by a wrong receipt", "no_receipt", err)
	}
	again, err := l.Again(ctx, c.ID)
	if err != nil || again != r {
		t.Errorf("asked again: %+v, want %+v (%v)", again, r, err)
	}
	_, err = l.Report(ctx, "key-1", "hash", report())
	l.refused("the same call again", "repeated", err)

	// Neither name nor telephone, nor the words, nor an address are in the journal; the
	// column is sealed.
	rows, _, err := l.db.Entries(ctx, fengsui.Everything(), store.Filter{Limit: 10})
	if err != nil || len(rows) != 1 || len(rows[0].Tell) != 1 || rows[0].Tell[0].To[0].Party != "bureau" {
		t.Fatalf("the journal: %+v, %v", rows, err)
	}
	if text := string(rows[0].After) + rows[0].Why; strings.Contains(text, "1380") || strings.Contains(text, "leaks") || rows[0].By.From != "" {
		t.Errorf("the journal says %s from %q", text, rows[0].By.From)
	}
	var sealed []byte
	if err := l.db.View(ctx, func(tx *store.Tx) error { return tx.QueryRow(`SELECT reporter FROM complaint`).Scan(&sealed) }); err != nil || len(sealed) < 40 || bytes.Contains(sealed, []byte("1380")) {
		t.Errorf("the reporter lies as %q, %v", sealed, err)
	}
}

// What is hostile or empty is refused with a sentence; a flood ends with the day.
func TestIntake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLab(t), context.Background()
		n := 0
		f := func(want string, change func(*fengsui.Intake)) {
			t.Helper()
			in := report()
			change(&in)
			n++
			_, err := l.Report(ctx, "key-"+strings.Repeat("x", n), "hash", in)
			l.refused("a report", want, err)
		}
		f("complaint_kind", func(in *fengsui.Intake) { in.Kind = "joke" })
		f("complaint_topic", func(in *fengsui.Intake) { in.Topic = "" })
		f("text_missing", func(in *fengsui.Intake) { in.Text = " \n " })
		f("text_too_long", func(in *fengsui.Intake) { in.Text = strings.Repeat("火", l.Rules().Text+1) })
		f("text_too_long", func(in *fengsui.Intake) { in.Place = "\xff" })
		f("text_too_long", func(in *fengsui.Intake) { in.Contact = strings.Repeat("1", l.Rules().Contact+1) })
		l.c.Rules.Daily = 2
		f("", func(in *fengsui.Intake) { in.Contact = "" })
		f("", func(in *fengsui.Intake) {})
		f("complaints_full", func(in *fengsui.Intake) {})
		if _, err := l.TakeDown(ctx, duty, by(duty), report()); err != nil {
			t.Errorf("an officer is not bound by it: %v", err)
		}
		time.Sleep(24*time.Hour + time.Millisecond)
		f("", func(in *fengsui.Intake) {})
	})
}

// TestWay walks a complaint to its end (A42): who may do what, and what is overdue.
func TestWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLab(t), context.Background()
		c, r := l.one("key-1")
		l.refused("a zone hands it on", "no_complaint", l.Assign(ctx, zone, by(zone), c.ID, 1, "zone", "", "x"))
		l.refused("the duty desk hands it on", "may_not", l.Assign(ctx, duty, by(duty), c.ID, 1, "zone", "", "x"))
		l.refused("to an enterprise", "complaint_party", l.Assign(ctx, bureau, by(bureau), c.ID, 1, "f", "", "x"))
		l.refused("about nobody", "no_enterprise", l.Assign(ctx, bureau, by(bureau), c.ID, 1, "zone", "nobody", "x"))
		l.refused("closed unanswered", "complaint_unanswered", l.Close(ctx, bureau, by(bureau), c.ID, 1, "substantiated", "x"))

		overdue := func(want int) {
			t.Helper()
			if _, total, err := l.Complaints(ctx, bureau, fengsui.ComplaintFilter{Overdue: true}, fengsui.Page{}); total != want || err != nil {
				t.Errorf("%d are overdue, want %d (%v)", total, want, err)
			}
		}
		time.Sleep(l.Rules().Assign.Duration())
		overdue(0) // exactly at the limit
		time.Sleep(time.Millisecond)
		overdue(1)
		l.refused("handed on", "", l.Assign(ctx, bureau, by(bureau), c.ID, 1, "zone2", "f", "look there"))
		overdue(0)
		l.refused("of an old version", "stale", l.Assign(ctx, bureau, by(bureau), c.ID, 1, "zone", "", "x"))
		l.refused("handed on to the right one", "", l.Assign(ctx, bureau, by(bureau), c.ID, 2, "zone", "f", "it is yours"))
		l.refused("the one before", "no_complaint", l.Answer(ctx, zone2, by(zone2), c.ID, 3, "x"))
		l.refused("the bureau itself", "not_your_complaint", l.Answer(ctx, bureau, by(bureau), c.ID, 3, "x"))
		l.refused("the zone", "", l.Answer(ctx, zone, by(zone), c.ID, 3, "the flange was tightened"))
		l.refused("without an outcome", "complaint_outcome", l.Close(ctx, bureau, by(bureau), c.ID, 4, "", "x"))
		l.refused("the bureau closes it", "", l.Close(ctx, bureau, by(bureau), c.ID, 4, "substantiated", "fined"))
		l.refused("and no more", "complaint_state", l.Assign(ctx, bureau, by(bureau), c.ID, 5, "zone", "", "x"))
		got, err := l.Look(ctx, r)
		if err != nil || got.State != fengsui.ComplaintClosed || got.Answered.Text != "the flange was tightened" || got.Outcome != "substantiated" || got.Due != 0 {
			t.Errorf("at the end: %+v, %v", got, err)
		}
		other, _ := l.one("key-2")
		l.refused("not taken up", "", l.Close(ctx, bureau, by(bureau), other.ID, 1, "not_accepted", "a private quarrel"))
		time.Sleep(10000 * time.Hour)
		overdue(0)
	})
}

// Everyone whose work it is sees all, a zone or regulator its own, an enterprise none.
func TestSees(t *testing.T) {
	l, ctx := newLab(t), context.Background()
	a, _ := l.one("key-1")
	b, _ := l.one("key-2")
	for id, party := range map[fengsui.ID]fengsui.ID{a.ID: "zone", b.ID: "reg"} {
		if err := l.Assign(ctx, bureau, by(bureau), id, 1, party, "f", "x"); err != nil {
			t.Fatal(err)
		}
	}
	f := func(s fengsui.Scope, reason string, want ...fengsui.ID) {
		t.Helper()
		list, total, err := l.Complaints(ctx, s, fengsui.ComplaintFilter{}, fengsui.Page{})
		l.refused(string(s.Party), reason, err)
		if total != len(want) || len(list) != len(want) || len(want) == 1 && list[0].ID != want[0] {
			t.Errorf("%s sees %d", s.Party, total)
		}
	}
	f(bureau, "", a.ID, b.ID)
	f(duty, "", a.ID, b.ID)
	f(zone, "", a.ID)
	f(reg, "", b.ID)
	f(zone2, "")
	f(firm, "may_not")
	f(leader, "may_not")
	_, err := l.Complaint(ctx, zone, b.ID)
	l.refused("another's", "no_complaint", err)
}

// TestReporter holds A42: who reported it is shown to those who may, and each look is
// journalled with its reason.
func TestReporter(t *testing.T) {
	l, ctx := newLab(t), context.Background()
	c, _ := l.one("key-1")
	l.refused("the duty desk", "may_not", l.Reveal(ctx, duty, by(duty), c.ID, "curious"))
	_, err := l.Reporter(ctx, duty, c.ID)
	l.refused("the duty desk without a word", "may_not", err)
	l.refused("without a reason", "text_missing", l.Reveal(ctx, bureau, by(bureau), c.ID, ""))
	l.refused("a zone that does not have it", "no_complaint", l.Reveal(ctx, zone, by(zone), c.ID, "x"))
	l.refused("the bureau", "", l.Reveal(ctx, bureau, by(bureau), c.ID, "to call back"))
	r, err := l.Reporter(ctx, bureau, c.ID)
	if err != nil || r.Contact != "Li Lei, 13800001234" {
		t.Errorf("shown %+v, %v", r, err)
	}
	rows, _, _ := l.db.Entries(ctx, fengsui.Everything(), store.Filter{Limit: 10})
	if last := rows[len(rows)-1]; last.Act != "reporter_seen" || last.Why != "to call back" || last.By.User != bureau.User || strings.Contains(string(last.After), "1380") {
		t.Errorf("journalled %+v", last)
	}
}

// TestErase holds A42: who reported it is erased for good by whom the law lets, once, and
// the complaint goes on; the journal says that it was, and not what.
func TestErase(t *testing.T) {
	l, ctx := newLab(t), context.Background()
	c, _ := l.one("key-1")
	l.refused("the duty desk", "may_not", l.Erase(ctx, duty, by(duty), c.ID, c.Version, "wish"))
	l.refused("a zone that does not have it", "no_complaint", l.Erase(ctx, zone, by(zone), c.ID, c.Version, "wish"))
	l.refused("without a reason", "text_missing", l.Erase(ctx, bureau, by(bureau), c.ID, c.Version, " "))
	l.refused("by an older version", "stale", l.Erase(ctx, bureau, by(bureau), c.ID, c.Version+1, "wish"))
	l.refused("the bureau", "", l.Erase(ctx, bureau, by(bureau), c.ID, c.Version, "at the reporter's own wish"))
	after, err := l.Complaint(ctx, bureau, c.ID)
	if err != nil || after.Reachable || after.Erased == nil || after.Erased.Text != "at the reporter's own wish" || after.Text != words || after.State != c.State || after.Due != c.Due || after.Version != c.Version+1 {
		t.Errorf("afterwards %+v, %v", after, err)
	}
	if r, err := l.Reporter(ctx, bureau, c.ID); err != nil || r.Contact != "" {
		t.Errorf("still there: %+v, %v", r, err)
	}
	if err := l.db.View(ctx, func(tx *store.Tx) error {
		var n int
		err := tx.QueryRow(`SELECT COUNT(*) FROM complaint WHERE id = $1 AND reporter <> $2`, c.ID, []byte{}).Scan(&n)
		if n != 0 {
			t.Error("the sealed words are still in the table")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	l.refused("once more", "no_reporter", l.Erase(ctx, bureau, by(bureau), c.ID, after.Version, "wish"))
	rows, _, _ := l.db.Entries(ctx, fengsui.Everything(), store.Filter{Limit: 10})
	if last := rows[len(rows)-1]; last.Act != "reporter_erased" || last.By.User != bureau.User || strings.Contains(string(last.After), "1380") {
		t.Errorf("journalled %+v", last)
	}
	l.refused("it goes on", "", l.Assign(ctx, bureau, by(bureau), c.ID, after.Version, "zone", "", "look into it"))
}

func TestRules(t *testing.T) {
	for _, text := range []string{"", "name: x", "nonsense: 1"} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
