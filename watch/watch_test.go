package watch

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

// open are the warnings that a test says are open.
type open []fengsui.Warning

func (o *open) OpenNow(*store.Tx, fengsui.Scope) ([]fengsui.Warning, error) { return *o, nil }

type room struct {
	*Room
	t    *testing.T
	db   *store.DB
	open open
	keys int
}

var (
	zhao = fengsui.Scope{User: "zhao", Role: fengsui.RoleShift, Party: "OP", All: true}
	wang = fengsui.Scope{User: "wang", Role: fengsui.RoleDuty, Party: "OP", All: true}
)

// newRoom is a duty room whose roster has two shifts, 08:00 to 20:00 and the night.
func newRoom(t *testing.T) *room {
	r := &room{t: t}
	var err error
	if r.db, err = store.Open(t.Context(), storetest.Place(t, filepath.Join(t.TempDir(), "t.db")), Tables()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.db.Close() })
	d := fengsui.NewDistrict([]*fengsui.Party{{ID: "OP", Kind: fengsui.Operator}}, nil, nil, nil, nil).
		WithRosters([]*fengsui.Roster{{Party: "OP", Shifts: []fengsui.Shift{{From: 8 * 60, To: 20 * 60, Who: []string{"赵"}}, {From: 20 * 60, To: 8 * 60, Who: []string{"王"}}}}})
	if r.Room, err = New(Config{DB: r.db, District: func() *fengsui.District { return d }, Warnings: &r.open}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *room) by(s fengsui.Scope) fengsui.Actor {
	r.keys++
	return fengsui.Actor{User: s.User, Name: "Name " + string(s.User), Role: s.Role, Key: fmt.Sprintf("test-key-%d", r.keys)}
}

// says puts a row about a warning on the journal.
func (r *room) says(warning fengsui.ID, act, by, why string, peak fengsui.Level) {
	r.t.Helper()
	who := fengsui.Platform("warning")
	if by != "" {
		who = fengsui.Actor{User: fengsui.ID(by), Name: by}
	}
	err := r.db.Change(r.t.Context(), func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: warning}, Act: act, By: who, Why: why, Warning: warning, Level: peak})
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) offer(s, to fengsui.Scope, note string) error {
	return r.Offer(r.t.Context(), s, r.by(s), fengsui.Colleague{ID: to.User, Name: "Name " + string(to.User), Role: to.Role, Takes: to.May(fengsui.ActHandover, fengsui.None)}, note)
}

// waiting is the handover that waits for its signature.
func (r *room) waiting() fengsui.Handover {
	r.t.Helper()
	w, err := r.Watch(r.t.Context(), zhao)
	if err != nil || w.Open == nil {
		r.t.Fatalf("nothing waits: %+v, %v", w, err)
	}
	return *w.Open
}

func refused(t *testing.T, what string, err error, code fengsui.Code, reason string) {
	t.Helper()
	var e *fengsui.Error
	if !errors.As(err, &e) || e.Code != code || e.Reason != reason {
		t.Errorf("%s: got %v, want %s %s", what, err, code, reason)
	}
}

// A shift goes to the next with what is open and what was done, both sign, and the next
// handover counts from there (A11).
func TestHandover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins on 2000-01-01 08:00 civil time
		r, ctx := newRoom(t), t.Context()
		r.says("W0", "raised", "", "", fengsui.Blue)
		time.Sleep(11 * time.Hour)
		r.says("W1", "raised", "", "", fengsui.Red)
		r.says("W1", "confirmed", "zhao", "", fengsui.Red)
		r.says("W1", "called", "zhao", "they close the valve", fengsui.Red)
		r.says("W1", "notice", "", "by the clock", fengsui.Red)
		r.says("W2", "raised", "", "", fengsui.Yellow)
		r.open = open{
			{ID: "W1", Enterprise: "E1", Zone: "Z", Sector: "fire", Level: fengsui.Red, Peak: fengsui.Red, DueAt: 9, AssignedTo: "赵"},
			{ID: "W2", Enterprise: "E2", Zone: "Z", Sector: "fire", Level: fengsui.Yellow, Peak: fengsui.Orange},
		}
		w, err := r.Watch(ctx, wang)
		if err != nil || strings.Join(w.Turn.Who, " ") != "赵" || strings.Join(w.Next, " ") != "王" || w.Last != nil || w.Open != nil {
			t.Errorf("the watch is %+v, %v", w, err)
		}
		if from, to := w.Turn.From.Time().In(fengsui.Civil).Format("02 15:04"), w.Turn.To.Time().In(fengsui.Civil).Format("02 15:04"); from != "01 08:00" || to != "01 20:00" {
			t.Errorf("the turn is from %s to %s", from, to)
		}

		refused(t, "to oneself", r.offer(zhao, zhao, ""), fengsui.Invalid, "taker_self")
		refused(t, "to a leader", r.offer(zhao, fengsui.Scope{User: "lead", Role: fengsui.RoleLeader}, ""), fengsui.Invalid, "taker_role")
		refused(t, "by an enterprise", r.offer(fengsui.Scope{User: "x", Role: fengsui.RoleEnterprise, Enterprise: "E1"}, wang, ""), fengsui.Forbidden, "may_not")
		draft, words, err := r.Draft(ctx, zhao, r.by(zhao), fengsui.Page{Limit: 1})
		if err != nil || draft.ID != "" || draft.Open[fengsui.Red] != 1 || draft.Numbers.Acts["called"] != 1 || len(words) != 1 || words[0].Last == nil || words[0].Last.Why != "they close the valve" {
			t.Errorf("before it is signed: %+v %+v, %v", draft, words, err)
		}
		if _, words, err := r.Draft(ctx, zhao, r.by(zhao), fengsui.Page{Offset: 1}); err != nil || len(words) != 1 || words[0].Warning != "W2" || words[0].Last != nil {
			t.Errorf("the second page: %+v, %v", words, err)
		}
		if err := r.offer(zhao, wang, " TK-101 is being repaired "); err != nil {
			t.Fatal(err)
		}
		refused(t, "a second one", r.offer(wang, zhao, ""), fengsui.Conflict, "handover_open")
		h := r.waiting()
		got, _ := json.Marshal(h.Numbers)
		if want := `{"raised":{"blue":1,"orange":0,"red":1,"yellow":1},"acts":{"called":1,"confirmed":1,"notice":1}}`; string(got) != want {
			t.Errorf("the numbers are %s, want %s", got, want)
		}
		if h.Note != "TK-101 is being repaired" || h.Open[fengsui.Red] != 1 || h.Open[fengsui.Yellow] != 1 || h.Open[fengsui.Blue] != 0 || h.From != w.Turn.From || h.Taker.At != 0 || h.By.At == 0 {
			t.Errorf("it is %+v", h)
		}

		// What comes later changes nothing in it.
		time.Sleep(time.Minute)
		r.says("W1", "called", "wang", "they have closed it", fengsui.Red)
		r.open = nil
		items, n, err := r.HandoverItems(ctx, wang, h.ID, fengsui.Page{})
		if err != nil || n != 2 || items[0].Warning != "W1" || items[0].Last == nil || items[0].Last.Why != "they close the valve" || items[0].Last.By != "zhao" || items[0].AssignedTo != "赵" || items[1].Last != nil {
			t.Errorf("%d were open: %+v, %v", n, items, err)
		}
		least := wang
		least.Least = fengsui.Red
		if _, n, err := r.HandoverItems(ctx, least, h.ID, fengsui.Page{}); err != nil || n != 1 {
			t.Errorf("who is shown red ones alone sees %d, %v", n, err)
		}

		refused(t, "signed by who offered it", r.Sign(ctx, zhao, r.by(zhao), h.ID, h.Version, ""), fengsui.Forbidden, "not_the_taker")
		refused(t, "of another version", r.Sign(ctx, wang, r.by(wang), h.ID, h.Version+1, ""), fengsui.Conflict, "handover_closed")
		if err := r.Sign(ctx, wang, r.by(wang), h.ID, h.Version, "seen"); err != nil {
			t.Fatal(err)
		}
		refused(t, "signed twice", r.Sign(ctx, wang, r.by(wang), h.ID, h.Version, ""), fengsui.Conflict, "handover_closed")
		if w, err = r.Watch(ctx, zhao); err != nil || w.Open != nil || w.Last == nil || w.Last.State != fengsui.HandoverSigned || w.Last.Taker.At == 0 || w.Last.Answer != "seen" {
			t.Errorf("the watch is %+v, %v", w, err)
		}

		// The next one begins where this one was offered: the call came after.
		time.Sleep(11 * time.Hour)
		if err := r.offer(wang, zhao, ""); err != nil {
			t.Fatal(err)
		}
		next := r.waiting()
		if next.From != h.To || len(next.Numbers.Acts) != 1 || next.Numbers.Acts["called"] != 1 || next.Numbers.Raised[fengsui.Red] != 0 {
			t.Errorf("the next is %+v", next)
		}
		refused(t, "sent back without a reason", r.Return(ctx, zhao, r.by(zhao), next.ID, 1, " "), fengsui.Invalid, "text_missing")
		stranger := fengsui.Scope{User: "li", Role: fengsui.RoleShift, Party: "OP", All: true}
		refused(t, "sent back by a third", r.Return(ctx, stranger, r.by(stranger), next.ID, 1, "no"), fengsui.Forbidden, "not_the_taker")
		if err := r.Return(ctx, wang, r.by(wang), next.ID, 1, "too early"); err != nil {
			t.Fatal(err)
		}
		if list, n, err := r.Handovers(ctx, zhao, fengsui.Page{Limit: 1}); err != nil || n != 2 || len(list) != 1 || list[0].State != fengsui.HandoverReturned {
			t.Errorf("%d handovers: %+v, %v", n, list, err)
		}
		acts := ""
		list, _, err := r.db.Entries(ctx, fengsui.Everything(), store.Filter{Kind: "handover"})
		for _, e := range list {
			acts += e.Act + " by " + e.By.Name + "; "
		}
		if want := "handover_offered by Name zhao; handover_signed by Name wang; handover_offered by Name wang; handover_returned by Name wang; "; err != nil || acts != want {
			t.Errorf("the journal has %s, want %s (%v)", acts, want, err)
		}
	})
}

// Another organisation's handovers are not there; who oversees reads them and signs none.
func TestHandoverScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, ctx := newRoom(t), t.Context()
		if err := r.offer(zhao, wang, ""); err != nil {
			t.Fatal(err)
		}
		id := r.waiting().ID
		other := fengsui.Scope{User: "o", Role: fengsui.RoleShift, Party: "OTHER", All: true}
		bureau := fengsui.Scope{User: "b", Role: fengsui.RoleBureau, Party: "B", All: true}
		zone := fengsui.Scope{User: "z", Role: fengsui.RoleZone, Party: "Z", Zone: "Z"}
		_, err := r.Handover(ctx, other, id)
		refused(t, "another room reads", err, fengsui.NotFound, "no_handover")
		_, _, err = r.HandoverItems(ctx, other, id, fengsui.Page{})
		refused(t, "another room reads what is open", err, fengsui.NotFound, "no_handover")
		refused(t, "another room signs", r.Sign(ctx, other, r.by(other), id, 1, ""), fengsui.NotFound, "no_handover")
		if _, n, err := r.Handovers(ctx, other, fengsui.Page{}); err != nil || n != 0 {
			t.Errorf("another room lists %d, %v", n, err)
		}
		if h, err := r.Handover(ctx, bureau, id); err != nil || h.ID != id {
			t.Errorf("the bureau reads %+v, %v", h, err)
		}
		refused(t, "the bureau signs", r.Sign(ctx, bureau, r.by(bureau), id, 1, ""), fengsui.Forbidden, "may_not")
		_, _, err = r.Handovers(ctx, zone, fengsui.Page{})
		refused(t, "a zone lists", err, fengsui.Forbidden, "may_not")
		_, _, err = r.Draft(ctx, bureau, r.by(bureau), fengsui.Page{})
		refused(t, "the bureau's draft", err, fengsui.Forbidden, "may_not")
		_, err = r.Watch(ctx, bureau)
		refused(t, "the bureau's watch", err, fengsui.Forbidden, "may_not")
	})
}

// Without a roster the first handover counts from the first row of the journal.
func TestHandoverWithoutRoster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		r.c.District = func() *fengsui.District { return &fengsui.District{} }
		began := fengsui.At(time.Now())
		r.says("W1", "raised", "", "", fengsui.Red)
		time.Sleep(time.Hour)
		if err := r.offer(zhao, wang, ""); err != nil {
			t.Fatal(err)
		}
		if h := r.waiting(); h.From != began || h.Numbers.Raised[fengsui.Red] != 1 || len(h.Turn) != 0 {
			t.Errorf("it is %+v", h)
		}
	})
}

// A person's views are their own; the same name again means the new filters.
func TestViews(t *testing.T) {
	r, ctx := newRoom(t), t.Context()
	save := func(s fengsui.Scope, name, query string) error {
		return r.SaveView(ctx, s, r.by(s), fengsui.SavedView{Page: "warnings", Name: name, Query: query})
	}
	names := func(s fengsui.Scope) string {
		list, err := r.Views(ctx, s, "warnings")
		if err != nil {
			t.Fatal(err)
		}
		var text []string
		for _, v := range list {
			text = append(text, v.Name+"?"+v.Query)
		}
		return strings.Join(text, " ")
	}
	for _, err := range []error{save(zhao, "red", "level=red"), save(zhao, "red", "level=red&open=1"), save(zhao, "all", ""), save(wang, "mine", "mine=1")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := names(zhao); got != "all? red?level=red&open=1" {
		t.Errorf("zhao has %s", got)
	}
	refused(t, "no name", save(zhao, " ", "x=1"), fengsui.Invalid, "text_missing")
	refused(t, "a long name", save(zhao, strings.Repeat("长", 41), "x=1"), fengsui.Invalid, "text_too_long")
	refused(t, "long filters", save(zhao, "x", strings.Repeat("x", 2001)), fengsui.Invalid, "bad_view")
	refused(t, "no filters", save(zhao, "x", "%zz"), fengsui.Invalid, "bad_view")
	list, _ := r.Views(ctx, zhao, "warnings")
	refused(t, "another's", r.DropView(ctx, wang, r.by(wang), list[0].ID), fengsui.NotFound, "no_view")
	if err := r.DropView(ctx, zhao, r.by(zhao), list[0].ID); err != nil || names(zhao) != "red?level=red&open=1" {
		t.Errorf("after one is gone: %s, %v", names(zhao), err)
	}
	for i := range maxViews {
		err := save(zhao, fmt.Sprintf("v%02d", i), "")
		if i < maxViews-1 && err != nil {
			t.Fatal(err)
		}
		if i == maxViews-1 {
			refused(t, "one too many", err, fengsui.Conflict, "views_full")
		}
	}
	if err := save(zhao, "red", "level=orange"); err != nil {
		t.Errorf("a full list takes no change: %v", err)
	}
}
