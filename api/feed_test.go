package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

// event is one server-sent event.
type event struct {
	Kind    string
	Pos     int64
	Prev    int64
	ID      int64 // of the event, for Last-Event-ID
	Act     string
	Warning fengsui.ID
	By      string
	Peak    fengsui.Level
	Lost    fengsui.Stage
}

func events(t *testing.T, text string) (list []event) {
	t.Helper()
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		var e event
		in := bufio.NewScanner(strings.NewReader(block))
		for in.Scan() {
			key, value, _ := strings.Cut(in.Text(), ": ")
			switch key {
			case "event":
				e.Kind = value
			case "id":
				fmt.Sscan(value, &e.ID)
			case "data":
				if err := json.Unmarshal([]byte(value), &e); err != nil {
					t.Fatalf("%q: %v", value, err)
				}
			}
		}
		list = append(list, e)
	}
	return list
}

// listen opens a feed, calls on at each flush with how often it was flushed, and
// returns what came until on says enough or the server ends it.
func (f *fixture) listen(role fengsui.Role, last string, on func(n int) (enough bool)) []event {
	f.t.Helper()
	req := f.as(role, http.MethodGet, "/journal/feed", "")
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	ctx, leave := context.WithCancel(req.Context())
	defer leave()
	n := 0
	w := &flushed{httptest.NewRecorder(), func() {
		if n++; on(n) {
			leave()
		}
	}}
	f.api.ServeHTTP(w, req.WithContext(ctx))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/event-stream" {
		f.t.Fatalf("the feed: %d %s", w.Code, w.Body)
	}
	return events(f.t.(*testing.T), w.Body.String())
}

func (f *fixture) raise(w fengsui.Warning, act string) {
	f.t.Helper()
	if err := f.db.Change(f.t.Context(), func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: w.ID}, Act: act, By: fengsui.Platform("warning"), Why: "not for the feed",
			Warning: w.ID, Enterprise: w.Enterprise, Zone: w.Zone, Sector: w.Sector, Level: w.Peak})
	}); err != nil {
		f.t.Fatal(err)
	}
}

// Each event carries its position and the one sent before it; whoever comes back
// with its last position misses nothing (DESIGN §5.5).
func TestFeedResume(t *testing.T) {
	f := newFixture(t)
	f.signIn(fengsui.RoleZone)
	head := f.db.Head()
	got := f.listen(fengsui.RoleZone, "", func(n int) bool {
		switch n {
		case 1:
			f.raise(f.mine.warning, "one")
			f.raise(f.theirs.warning, "hidden")
			f.raise(f.mine.warning, "two")
		}
		return n == 2
	})
	// The first beat says where the feed begins; what lies between is another's.
	if len(got) != 3 || got[0].Kind != "beat" || got[0].Pos != head || got[0].Prev != head ||
		got[1].Act != "one" || got[1].Pos != head+1 || got[1].Prev != head || got[1].ID != head+1 || got[1].Peak != fengsui.Red || got[1].Warning != f.mine.warning.ID ||
		got[2].Act != "two" || got[2].Pos != head+3 || got[2].Prev != head+1 {
		t.Fatalf("got %+v, head was %d", got, head)
	}

	// Away: three more, one of them another's. Back with the last position.
	f.raise(f.mine.warning, "three")
	f.raise(f.theirs.warning, "hidden")
	f.raise(f.mine.warning, "four")
	got = f.listen(fengsui.RoleZone, fmt.Sprint(head+1), func(n int) bool { return n == 2 })
	var acts []string
	prev := head + 1
	for _, e := range got[1:] {
		acts = append(acts, e.Act)
		if e.Prev != prev {
			t.Errorf("%s follows %d, want %d", e.Act, e.Prev, prev)
		}
		prev = e.Pos
	}
	if got[0].Prev != head+1 || strings.Join(acts, " ") != "two three four" {
		t.Errorf("resumed: %+v", got)
	}

	// A position that cannot be: the page sees that prev is not its own last.
	for _, last := range []string{"999999", "-1", "moon"} {
		got = f.listen(fengsui.RoleZone, last, func(n int) bool { return n == 1 })
		if len(got) != 1 || got[0].Prev != f.db.Head() {
			t.Errorf("resumed at %s: %+v", last, got)
		}
	}
}

// Away for too long: the feed begins at the head, and the page fetches.
func TestFeedFarBehind(t *testing.T) {
	f := newFixture(t)
	f.signIn(fengsui.RoleZone)
	if err := f.db.Change(t.Context(), func(tx *store.Tx) error {
		for range feedBehind + 1 {
			if err := tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "x", ID: "x"}, Zone: f.mine.enterprise.Zone}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	head := f.db.Head()
	if got := f.listen(fengsui.RoleZone, fmt.Sprint(head-feedBehind-1), func(n int) bool { return n == 1 }); got[0].Prev != head {
		t.Errorf("got %+v, want to begin at %d", got, head)
	}
	// As far as it goes, all of it comes, in several reads.
	got := f.listen(fengsui.RoleZone, fmt.Sprint(head-feedBehind), func(n int) bool { return n == 1+feedBehind/feedPage+1 })
	if len(got) != 1+feedBehind {
		t.Fatalf("%d events, want the beat and %d rows", len(got), feedBehind)
	}
	for i, e := range got[1:] {
		if e.Pos != head-feedBehind+int64(i)+1 || e.Prev != e.Pos-1 {
			t.Fatalf("event %d is %+v", i, e)
		}
	}
}

// A beat comes every 10 s and says how far the feed has looked; it ends with the
// session, which it does not prolong.
func TestFeedBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.signIn(fengsui.RoleZone)
		head, begin := f.db.Head(), time.Now()
		got := f.listen(fengsui.RoleZone, "", func(n int) bool {
			if n == 2 {
				f.raise(f.theirs.warning, "hidden")
			}
			return false
		})
		lived := time.Since(begin)
		if lived < 30*time.Minute || lived > 30*time.Minute+10*time.Second {
			t.Errorf("the feed lived %v, want as long as the session", lived)
		}
		if n := len(got); n < 180 || n > 181 {
			t.Errorf("%d beats in 30 min, want one every 10 s", n)
		}
		for i, e := range got {
			prev := head
			if i > 1 {
				prev = head + 1
			}
			if e.Kind != "beat" || i > 0 && e.Prev != got[i-1].Pos || e.Pos < prev {
				t.Fatalf("beat %d is %+v", i, e)
			}
		}
		if last := got[len(got)-1]; last.Pos != head+1 {
			t.Errorf("the last beat has looked up to %d, want %d", last.Pos, head+1)
		}
		if len(f.api.feeds) != 0 {
			t.Error("the feed's slot is not free again")
		}
	})
}

// In a busy district the beat comes all the same.
func TestFeedBeatBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.signIn(fengsui.RoleZone)
		begin, beats := time.Now(), 0
		got := f.listen(fengsui.RoleZone, "", func(n int) bool {
			time.Sleep(time.Second)
			f.raise(f.mine.warning, "again")
			return time.Since(begin) > 65*time.Second
		})
		for _, e := range got {
			if e.Kind == "beat" {
				beats++
			}
		}
		if beats < 6 {
			t.Errorf("%d beats in 65 s of a row a second, want at least 6", beats)
		}
	})
}

func TestFeedsFull(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Feeds = 1 })
	f.listen(fengsui.RoleZone, "", func(n int) bool {
		w := f.do(fengsui.RoleDuty, http.MethodGet, "/journal/feed", "")
		refused(t, "one feed too many", w, http.StatusServiceUnavailable, "feeds_full")
		return true
	})
	f.listen(fengsui.RoleZone, "", func(n int) bool { return true }) // the slot is free again
}

// slow is a reader that takes nothing: a write blocks until its deadline.
type slow struct {
	*httptest.ResponseRecorder
	deadline time.Time
	stuck    bool
}

func (w *slow) SetWriteDeadline(t time.Time) error {
	w.deadline = t
	return nil
}

func (w *slow) Write(b []byte) (int, error) {
	if !w.stuck {
		return w.ResponseRecorder.Write(b)
	}
	time.Sleep(time.Until(w.deadline))
	return 0, os.ErrDeadlineExceeded
}

func (w *slow) FlushError() error {
	w.stuck = true
	return nil
}

// A reader that does not read is cut off after 10 s; nothing piles up for it.
func TestFeedSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		req := f.as(fengsui.RoleZone, http.MethodGet, "/journal/feed", "")
		begin := time.Now()
		f.api.ServeHTTP(&slow{ResponseRecorder: httptest.NewRecorder()}, req)
		if lived := time.Since(begin); lived != f.api.c.Beat+feedWrite {
			t.Errorf("it was cut off after %v, want %v", lived, f.api.c.Beat+feedWrite)
		}
		if len(f.api.feeds) != 0 {
			t.Error("the feed's slot is not free again")
		}
	})
}
