package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"

	"fengsui"
	"fengsui/ingest"
	"fengsui/notify"
	"fengsui/risk"
	"fengsui/store"
)

// watched is a whole platform under fake time, whose stages can be stopped one by one.
type watched struct {
	t    *testing.T
	p    *Platform
	door doorway
	log  cutLog
	deaf atomic.Bool // the live feed shows nothing

	mu    sync.Mutex
	stop  map[string]func()
	start map[string]func()
	heard []heardMessage // guarded by mu: by the duty desk's telephone
}

type heardMessage struct {
	at time.Time
	notify.Message
}

// Send is the telephone.
func (w *watched) Send(_ context.Context, m notify.Message) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = append(w.heard, heardMessage{time.Now(), m})
	return "yes", nil
}

// hears is the first message of a kind after a time.
func (w *watched) hears(kind fengsui.StepKind, after time.Time) *heardMessage {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.heard {
		if w.heard[i].Kind == kind && !w.heard[i].at.Before(after) {
			return &w.heard[i]
		}
	}
	return nil
}

// doorway is the software interface without its listener: a socket would stop the fake
// clock. TestCanaryListens has the sockets.
type doorway struct {
	http.Handler
	shut atomic.Bool
}

func (d *doorway) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.shut.Load() {
		return nil, errors.New("connection refused")
	}
	r.RemoteAddr = "127.0.0.1:1"
	answer := httptest.NewRecorder()
	d.ServeHTTP(answer, r)
	return answer.Result(), nil
}

// cutLog is a log that may refuse.
type cutLog struct {
	ingest.Log
	cut atomic.Bool
}

func (l *cutLog) Append(ctx context.Context, record []byte) (fengsui.Place, error) {
	if l.cut.Load() {
		return fengsui.Place{}, fengsui.Errorf(fengsui.Unavailable, "log_away", "the log gives no answer")
	}
	return l.Log.Append(ctx, record)
}

func openWatched(t *testing.T) *watched {
	time.Sleep(time.Until(time.Date(2026, 7, 1, 8, 0, 0, 0, fengsui.Civil)))
	dir := tempOnMemory(t)
	c := Defaults()
	c.Data, c.MasterKeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "master.key")
	c.History.On, c.Disk.MinFree = false, 1
	w := &watched{t: t, stop: map[string]func(){}, start: map[string]func(){}}
	models, err := risk.Load(os.DirFS("testdata/story"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelError + 1}))
	w.p, err = Open(ctx, c, log, WithModels(models), WithChannel("sms", w), WithDoor(func(d *ingest.Config) {
		w.log.Log = d.Log
		d.Log = &w.log
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.p.Registry.Seed(ctx); err != nil {
		t.Fatal(err)
	}
	admin, desk := adminScope(), w.p.Registry.District().Kind(fengsui.Operator)[0]
	o, err := w.p.Registry.Organisation(ctx, admin, desk.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.Roster.Party = desk.ID
	contacts := []fengsui.Contact{{Name: "Wang", Duty: "duty_desk", Channels: []fengsui.Channel{{Kind: "sms", Address: "13800000001"}}}}
	if err := w.p.Registry.Organise(ctx, admin, fengsui.Actor{Name: "test"}, contacts, o.Roster); err != nil {
		t.Fatal(err)
	}
	w.door.Handler = w.p.Push
	w.p.walk.feed = func(ctx context.Context, to http.ResponseWriter) error {
		return w.p.API.Watch(ctx, deafEar{to, &w.deaf})
	}

	var all sync.WaitGroup
	run := func(name string, stage func(context.Context) error) {
		start := func() {
			own, stop := context.WithCancel(ctx)
			done := make(chan struct{})
			all.Go(func() {
				defer close(done)
				w.p.keep(own, name, stage)
			})
			w.stop[name] = func() { stop(); <-done }
		}
		w.start[name] = start
		start()
	}
	s := w.p.stages()
	for name, stage := range s.free {
		run(name, stage)
	}
	for _, group := range s.leased {
		for name, stage := range group {
			run(name, stage)
		}
	}
	all.Go(func() { w.p.watchman(ctx, w.p.doorClient("https://door", &w.door)) })
	t.Cleanup(func() {
		cancel()
		all.Wait()
		if err := w.p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	synctest.Wait()
	return w
}

// deafEar lets nothing of the feed through while it is deaf.
type deafEar struct {
	http.ResponseWriter
	deaf *atomic.Bool
}

func (e deafEar) Flush() {}

func (e deafEar) Write(b []byte) (int, error) {
	if e.deaf.Load() {
		return len(b), nil
	}
	return e.ResponseWriter.Write(b)
}

// sql changes the database past the stages.
func (w *watched) sql(text string) {
	w.t.Helper()
	err := w.p.DB.Change(context.Background(), func(tx *store.Tx) error {
		if _, err := tx.Exec(text); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "test", ID: "test"}, Act: "broken", By: fengsui.Platform("test")})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// count asks the database for a number.
func (w *watched) count(query string) (n int) {
	w.t.Helper()
	if err := w.p.DB.View(context.Background(), func(tx *store.Tx) error { return tx.QueryRow(query).Scan(&n) }); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// round waits for the next canary that comes round.
func (w *watched) round() {
	w.t.Helper()
	for before, waited := w.p.Loop().Last, 0; w.p.Loop().Last == before; waited++ {
		if waited == 1200 {
			w.t.Fatalf("no canary came round in 2 min: %+v", w.p.Loop())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestCanary breaks each stage of the way from a signal to a person in turn: the duty
// desk hears within 60 s at which one the platform's own signal stays, and that it comes
// round again; the outbound heartbeat is silent meanwhile (A41; DESIGN §5.9).
func TestCanary(t *testing.T) {
	ats.Register()
	for _, c := range []struct {
		name  string
		stage fengsui.Stage // or, when records cannot be written, that before it: the evaluator waits for them too
		take  func(*watched) (mend func())
	}{
		{"door closed", fengsui.AtDoor, func(w *watched) func() {
			w.door.shut.Store(true)
			return func() { w.door.shut.Store(false) }
		}},
		{"log refuses", fengsui.AtLog, func(w *watched) func() {
			w.log.cut.Store(true)
			return func() { w.log.cut.Store(false) }
		}},
		{"risk stopped", fengsui.AtRisk, func(w *watched) func() {
			w.stop["risk"]()
			return w.start["risk"]
		}},
		{"warnings cannot be written", fengsui.AtWarning, func(w *watched) func() {
			w.sql(`ALTER TABLE warning RENAME TO warning_aside`)
			return func() { w.sql(`ALTER TABLE warning_aside RENAME TO warning`) }
		}},
		{"store gone", fengsui.AtWarning, func(w *watched) func() {
			move := func(from, to string) {
				for _, n := range []string{"", "-wal", "-shm"} {
					if err := os.Rename(filepath.Join(w.p.c.Data, "fengsui.db"+from+n), filepath.Join(w.p.c.Data, "fengsui.db"+to+n)); err != nil {
						w.t.Error(err)
					}
				}
			}
			move("", ".aside")
			return func() { move(".aside", "") }
		}},
		{"store locked", fengsui.AtWarning, func(w *watched) func() {
			lock := conn(w.t, filepath.Join(w.p.c.Data, "fengsui.db"))
			if _, err := lock.ExecContext(w.t.Context(), `BEGIN EXCLUSIVE`); err != nil {
				w.t.Fatal(err)
			}
			return func() {
				if _, err := lock.ExecContext(w.t.Context(), `ROLLBACK`); err != nil {
					w.t.Error(err)
				}
				lock.Close()
			}
		}},
		{"notify stopped", fengsui.AtNotify, func(w *watched) func() {
			w.stop["notify"]()
			return w.start["notify"]
		}},
		{"feed deaf", fengsui.AtFeed, func(w *watched) func() {
			w.deaf.Store(true)
			return func() { w.deaf.Store(false) }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := openWatched(t)
				w.round()
				if err := w.p.unwell(t.Context()); err != nil {
					t.Errorf("a platform that is well: %v", err)
				}
				w.round() // the next one comes in 30 s: the worst moment
				began := time.Now()
				mend := c.take(w)
				for w.hears(notify.StepLost, began) == nil && time.Since(began) < 2*time.Minute {
					time.Sleep(100 * time.Millisecond)
				}
				said := w.hears(notify.StepLost, began)
				if said == nil {
					t.Fatalf("the duty desk heard nothing in 2 min: %+v", w.p.Loop())
				}
				if took := said.at.Sub(began); took > time.Minute {
					t.Errorf("the duty desk heard after %s, want 60 s at most", took)
				}
				l := w.p.Loop()
				fits := l.Lost == c.stage || l.Lost == fengsui.AtRisk && strings.HasPrefix(c.name, "store")
				if l.OK || !fits || l.Since == 0 {
					t.Errorf("the loop is %+v, want it lost at %s", l, c.stage)
				}
				if said.Act != "lost_"+string(l.Lost) {
					t.Errorf("the duty desk was told %s (%s)", said.Act, said.Why)
				}
				if zh := said.Texts["zh"].Title; !strings.Contains(zh, "预警可能无法送达") {
					t.Errorf("it was told in the words %q", zh)
				}
				if w.p.unwell(t.Context()) == nil {
					t.Error("the heartbeat goes on")
				}
				ok := true
				for _, h := range w.p.Health(t.Context()) {
					ok = ok && (h.Name != "loop" || h.OK)
				}
				if ok {
					t.Error("health says that it comes round")
				}
				time.Sleep(30 * time.Second)
				mended := time.Now()
				mend()
				time.Sleep(2 * time.Minute)
				if l := w.p.Loop(); !l.OK {
					t.Errorf("mended, and the loop is %+v", l)
				}
				if w.hears(notify.StepWhole, mended) == nil {
					t.Error("nobody was told that it comes round again")
				}
				w.mu.Lock() // a push may come in twice: directly, and when delivery works again
				if n := len(w.heard); n > 3 {
					t.Errorf("the telephone rang %d times for one break", n)
				}
				w.mu.Unlock()
				if n := w.count(`SELECT COUNT(*) FROM health_fault WHERE part = 'loop'`); n != 1 {
					t.Errorf("%d faults of the loop, want 1", n)
				}
				w.unseen()
			})
		})
	}
}

// unseen: nothing of the canary is where people look.
func (w *watched) unseen() {
	w.t.Helper()
	ctx := context.Background()
	_, total, err := w.p.Warnings.Warnings(ctx, fengsui.Everything(), fengsui.WarningFilter{}, fengsui.Page{Limit: 10})
	if err != nil || total != 0 {
		w.t.Errorf("%d warnings (%v), want none", total, err)
	}
	for _, table := range []string{"warning", "finding", "step", "disposal_order", "enterprise"} {
		if n := w.count(`SELECT COUNT(*) FROM ` + table); n != 0 {
			w.t.Errorf("%d rows in %s, want none", n, table)
		}
	}
	rows, _, err := w.p.DB.Entries(ctx, fengsui.Everything(), store.Filter{Without: []string{fengsui.KindCanary}, Limit: 500})
	for _, e := range rows {
		if strings.Contains(fmt.Sprint(e), `"canary"`) {
			w.t.Errorf("the journal shows %+v", e)
		}
	}
	if err != nil {
		w.t.Error(err)
	}
}

// TestCanaryCalm: a day of canaries leaves nothing behind but journal rows, and a history
// that is dead shows as such and alarms nobody.
func TestCanaryCalm(t *testing.T) {
	ats.Register()
	synctest.Test(t, func(t *testing.T) {
		w := openWatched(t)
		dead, err := w.p.openHistory() // never started
		if err != nil {
			t.Fatal(err)
		}
		w.p.History = dead
		w.round()
		time.Sleep(20 * time.Minute)
		if l := w.p.Loop(); !l.OK || l.Took > fengsui.SpanOf(5*time.Second) {
			t.Errorf("the loop is %+v", l)
		}
		ok := true
		for _, h := range w.p.Health(t.Context()) {
			if !h.OK && h.Name != "history" {
				t.Errorf("%s: %s", h.Name, h.Why)
			}
			ok = ok && (h.Name != "history" || h.OK)
		}
		if ok {
			t.Error("health says that the history works")
		}
		list, total, err := w.p.Faults.Faults(t.Context(), adminScope(), true, fengsui.Page{Limit: 10})
		if err != nil || total != 1 || list[0].Part != "history" || list[0].OverAt != 0 {
			t.Errorf("faults: %+v (%v), want the history's alone", list, err)
		}
		if len(w.heard) != 0 {
			t.Errorf("the telephone rang: %+v", w.heard)
		}
		if n := w.count(`SELECT COUNT(*) FROM journal WHERE kind = 'canary'`); n < 38 || n > 43 {
			t.Errorf("%d rows of canaries in 20 min, want one in 30 s", n)
		}
		if n := w.count(`SELECT COUNT(*) FROM notify_push`); n > 41 {
			t.Errorf("%d pushes of canaries are kept", n)
		}
		if n := w.count(`SELECT COUNT(*) FROM notify_push WHERE at < ` + fmt.Sprint(fengsui.At(time.Now().Add(-2*canaryKept-time.Minute)))); n != 0 {
			t.Errorf("%d old pushes of canaries are kept", n)
		}
		w.unseen()
	})
}

// TestCanaryOverheard: a process that has no door sees the canaries of another come by in
// the journal, and notices when none does.
func TestCanaryOverheard(t *testing.T) {
	ats.Register()
	synctest.Test(t, func(t *testing.T) {
		w := openWatched(t)
		other := w.p.newWalk()
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			other.run(ctx)
		}()
		defer func() { stop(); <-done }()
		loop := func() fengsui.Loop {
			other.mu.Lock()
			defer other.mu.Unlock()
			return other.loop
		}
		time.Sleep(5 * time.Minute)
		if l := loop(); !l.OK || time.Since(l.Last.Time()) > time.Minute {
			t.Errorf("canaries come by, and it says %+v", l)
		}
		w.door.shut.Store(true)
		time.Sleep(time.Minute)
		if l := loop(); l.OK || l.Lost != fengsui.AtDoor {
			t.Errorf("none comes by, and it says %+v", l)
		}
		w.door.shut.Store(false)
		time.Sleep(time.Minute)
		if l := loop(); !l.OK {
			t.Errorf("they come by again, and it says %+v", l)
		}
	})
}
