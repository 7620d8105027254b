package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/blob"
	"fengsui/store"
	"fengsui/store/storetest"
)

// past stands in for history: every point has one sample a second from the
// beginning of time, its own second as value, as far as history has come.
type past struct {
	mu      sync.Mutex
	away    bool // guarded by mu, like all below: nobody answers
	half    bool // it answers how far it has come and nothing else
	empty   bool // there is not one sample
	behind  time.Duration
	asked   []fengsui.Millis // when Reached was asked
	fetched map[int64]int    // Range calls by point
}

var errAway = fengsui.Errorf(fengsui.Unavailable, "history_away", "history is away")

func (p *past) set(f func(p *past)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
}

func (p *past) Reached(context.Context) (fengsui.Millis, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, now())
	if p.away {
		return 0, errAway
	}
	return fengsui.At(time.Now().Add(-p.behind)), nil
}

func (p *past) Range(_ context.Context, num int64, from, to fengsui.Millis) (list []fengsui.Sample, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fetched == nil {
		p.fetched = map[int64]int{}
	}
	p.fetched[num]++
	if p.away || p.half {
		return nil, errAway
	}
	if p.empty {
		return nil, nil
	}
	// What was written in the last 15 s cannot be read yet.
	to = min(to, fengsui.At(time.Now().Add(-p.behind-15*time.Second)))
	for at := (from + 999) / 1000 * 1000; at < to; at += 1000 {
		list = append(list, fengsui.Sample{Point: num, At: at, Value: float64(at / 1000)})
	}
	return list, nil
}

// office is a keeper over a real store and real blobs.
type office struct {
	*Keeper
	t    *testing.T
	dir  string
	db   *store.DB
	blob *blob.Dir
	past *past
	zero time.Time
	stop func()

	mu       sync.Mutex
	warnings map[fengsui.ID]fengsui.Warning // guarded by mu
}

// bubble opens an office in a bubble, at a full second.
func bubble(t *testing.T, f func(t *testing.T, o *office)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		o := &office{t: t, dir: dir, past: &past{}, zero: time.Now(), warnings: map[fengsui.ID]fengsui.Warning{}}
		o.open()
		defer o.close()
		o.run()
		f(t, o)
	})
}

func (o *office) open() {
	o.t.Helper()
	var err error
	if o.db, err = store.Open(o.t.Context(), storetest.Place(o.t, filepath.Join(o.dir, "t.db")), Tables()); err != nil {
		o.t.Fatal(err)
	}
	if o.blob, err = blob.Open(filepath.Join(o.dir, "blob")); err != nil {
		o.t.Fatal(err)
	}
	o.Keeper, err = New(Config{DB: o.db, Blob: o.blob, District: district, Warning: o.warning, History: o.past})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) run() {
	ctx, cancel := context.WithCancelCause(o.t.Context())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	enough := errors.New("enough")
	o.stop = func() {
		cancel(enough)
		if err := <-done; !errors.Is(err, enough) && !errors.Is(err, context.Canceled) {
			o.t.Errorf("Run ended by itself: %v", err)
		}
	}
}

func (o *office) close() {
	o.stop()
	o.db.Close()
}

// restart is the platform ended and started again, after change if there is one.
func (o *office) restart(change func()) {
	o.close()
	o.open()
	if change != nil {
		change()
	}
	o.run()
}

// until sleeps to a time of the story and lets everyone finish.
func (o *office) until(d time.Duration) {
	time.Sleep(time.Until(o.zero.Add(d)))
	synctest.Wait()
}

func (o *office) warning(_ context.Context, id fengsui.ID) (fengsui.Warning, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w, ok := o.warnings[id]
	if !ok {
		return w, fengsui.Errorf(fengsui.NotFound, "no_warning", "there is no such warning")
	}
	return w, nil
}

// raise journals a warning as the warning stage does.
func (o *office) raise(subject fengsui.Subject, change ...func(*fengsui.Warning)) fengsui.ID {
	o.t.Helper()
	at := now()
	w := fengsui.Warning{ID: fengsui.NewID(), Enterprise: "firm", Zone: "zone", Sector: "fire", Subject: subject, Model: "tank-level", ModelVersion: 3,
		Level: fengsui.Yellow, Peak: fengsui.Yellow, RaisedAt: at, SignalAt: at}
	for _, f := range change {
		f(&w)
	}
	o.mu.Lock()
	o.warnings[w.ID] = w
	o.mu.Unlock()
	o.journal(w, "raised")
	return w.ID
}

func (o *office) journal(w fengsui.Warning, act string) {
	o.t.Helper()
	if err := o.db.Change(o.t.Context(), func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: w.ID}, Act: act, By: fengsui.Platform("warning"),
			Warning: w.ID, Enterprise: w.Enterprise, Zone: w.Zone, Sector: w.Sector, Level: w.Peak})
	}); err != nil {
		o.t.Fatal(err)
	}
}

// files are the keys of everything in blob.
func (o *office) files() (keys []string) {
	o.t.Helper()
	list, err := o.blob.List(o.t.Context(), "")
	if err != nil {
		o.t.Fatal(err)
	}
	for _, i := range list {
		keys = append(keys, i.Key)
	}
	return keys
}

// curve is a part as it was read: its header by name and its samples by point.
type curve struct {
	head    map[string][]string
	points  []string
	samples map[string][]fengsui.Sample
}

func (o *office) curve(id fengsui.ID, part string) curve {
	o.t.Helper()
	r, err := o.Open(o.t.Context(), fengsui.Everything(), id, part)
	if err != nil {
		o.t.Fatalf("open %s: %v", part, err)
	}
	defer r.Close()
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	rows, err := in.ReadAll()
	if err != nil {
		o.t.Fatal(err)
	}
	c := curve{head: map[string][]string{}, samples: map[string][]fengsui.Sample{}}
	for i, row := range rows {
		name, comment := strings.CutPrefix(row[0], "# ")
		switch {
		case comment && name == "point":
			c.points = append(c.points, strings.Join(row[1:], " "))
		case comment:
			c.head[name] = row[1:]
		case row[0] == "time":
			if got, want := strings.Join(row, ","), "time,point,value,quality"; got != want {
				o.t.Errorf("line %d names the columns %s, want %s", i, got, want)
			}
		default:
			at, err1 := strconv.ParseInt(row[0], 10, 64)
			value, err2 := strconv.ParseFloat(row[2], 64)
			quality, err3 := strconv.ParseUint(row[3], 10, 8)
			if err := errors.Join(err1, err2, err3); err != nil {
				o.t.Fatalf("line %d: %v", i, err)
			}
			c.samples[row[1]] = append(c.samples[row[1]], fengsui.Sample{At: fengsui.Millis(at), Value: value, Quality: fengsui.Quality(quality)})
		}
	}
	return c
}

// check checks that a point has a sample for every second of [from, to].
func (o *office) check(what string, list []fengsui.Sample, from, to fengsui.Millis) {
	o.t.Helper()
	if want := int(to-from)/1000 + 1; len(list) != want {
		o.t.Errorf("%s: %d samples, want %d", what, len(list), want)
		return
	}
	for i, s := range list {
		if at := from + fengsui.Millis(i)*1000; s.At != at || s.Value != float64(at/1000) {
			o.t.Errorf("%s: sample %d is %v at %d, want %d at %d", what, i, s.Value, s.At, at/1000, at)
			return
		}
	}
}

// done are the parts that are copied, with the seconds of the story they were
// copied at.
func (o *office) done(id fengsui.ID) (list []string) {
	o.t.Helper()
	parts, err := o.Curve(o.t.Context(), fengsui.Everything(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, p := range parts {
		if p.At > 0 {
			list = append(list, fmt.Sprint(p.Name, " ", p.At.Time().Sub(o.zero).Round(time.Second)))
		}
	}
	return list
}

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// district has a tank with 20 points, a tank with one, and a point without one.
func district() *fengsui.District {
	var points []*fengsui.Point
	for i := range 20 {
		points = append(points, &fengsui.Point{ID: fengsui.ID(fmt.Sprint("p", i)), Num: int64(100 + i), Enterprise: "firm", Asset: "tank", Code: fmt.Sprintf("T1-%02d", i), Name: "液位, \"1\"", Unit: "m"})
	}
	points = append(points,
		&fengsui.Point{ID: "q", Num: 200, Enterprise: "firm", Asset: "other", Code: "T2-00", Unit: "kPa"},
		&fengsui.Point{ID: "r", Num: 201, Enterprise: "firm", Code: "LOOSE-1", Unit: "%LEL"},
		&fengsui.Point{ID: "s", Num: 202, Enterprise: "firm", Code: "LOOSE-2", Unit: "%LEL"})
	return fengsui.NewDistrict(nil, []*fengsui.Enterprise{{ID: "firm", Num: 1, Zone: "zone", Sector: "fire"}},
		[]*fengsui.Asset{{ID: "tank"}, {ID: "other"}}, nil, points)
}

// TestCurve: the part before is there within a minute, the part after at minute
// 31; together they have every sample once, of the point and its asset's others,
// and say what they are about (A18).
func TestCurve(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.past.behind = 2 * time.Second // as history is when all is well
		o.until(time.Hour)
		at := now()
		id := o.raise("point/103")
		o.until(time.Hour + 40*time.Second)
		same(t, "copied at once", o.done(id), []string{"before 1h0m25s"})
		if _, err := o.Open(t.Context(), fengsui.Everything(), id, after); !errors.Is(err, errLater) {
			t.Errorf("the part after is opened early: %v", err)
		}
		o.until(time.Hour + 31*time.Minute - time.Second)
		same(t, "copied before minute 31", o.done(id), []string{"before 1h0m25s"})
		o.until(time.Hour + 32*time.Minute)
		same(t, "copied after minute 31", o.done(id), []string{"before 1h0m25s", "after 1h31m20s"})
		same(t, "files", o.files(), []string{blobKey(id, after), blobKey(id, before)})

		b, a := o.curve(id, before), o.curve(id, after)
		points := []string{"103 T1-03 液位, \"1\" m"}
		for i := range 17 {
			if i != 3 {
				points = append(points, fmt.Sprintf("%d T1-%02d 液位, \"1\" m", 100+i, i))
			}
		}
		same(t, "points before", b.points, points)
		same(t, "points after", a.points, points)
		for i := range 17 {
			code := fmt.Sprintf("T1-%02d", i)
			o.check(code+" before", b.samples[code], at-30*60_000+1000, at)
			o.check(code+" after", a.samples[code], at+1000, at+30*60_000)
		}
		if got, want := len(b.samples)+len(a.samples), 2*17; got != want {
			t.Errorf("%d points have samples, want %d: the warning's and 16 others", got, want)
		}
		for name, want := range map[string]string{"warning": string(id), "model": "tank-level@3", "part": "before", "raised_at": fmt.Sprint(at), "signal_at": fmt.Sprint(at)} {
			same(t, "header "+name, b.head[name], []string{want})
		}

		parts, err := o.Curve(t.Context(), fengsui.Everything(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			file, err := os.ReadFile(filepath.Join(o.dir, "blob", blobKey(id, p.Name)))
			sum := sha256.Sum256(file)
			if err != nil || p.Size != int64(len(file)) || p.SHA256 != hex.EncodeToString(sum[:]) {
				t.Errorf("%s: the record says %d bytes with %s, the file has %d with %x (%v)", p.Name, p.Size, p.SHA256, len(file), sum, err)
			}
		}
		t.Logf("17 points, 30 min at 1 Hz: %d bytes", parts[0].Size)
	})
}

// TestWhich: what is copied and what is not.
func TestWhich(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.until(time.Hour)
		for subject, want := range map[fengsui.Subject][]string{
			"point/200":    {"200 T2-00  kPa"},
			"point/201":    {"201 LOOSE-1  %LEL"}, // points without an asset are no company
			"point/999":    {"999   "},            // gone from the district meanwhile
			"device/7":     nil,
			"enterprise/1": nil,
			"point/x":      nil,
		} {
			id := o.raise(subject)
			synctest.Wait()
			time.Sleep(40 * time.Second)
			if want == nil {
				if _, err := o.Curve(t.Context(), fengsui.Everything(), id); !errors.Is(err, errNone) {
					t.Errorf("%s: got %v, want no curve", subject, err)
				}
				continue
			}
			same(t, string(subject), o.curve(id, before).points, want)
		}
		// Neither a journal row about nothing nor any other act stops the reader.
		o.journal(fengsui.Warning{ID: "lost"}, "raised")
		o.journal(fengsui.Warning{ID: "lost"}, "returned")
		id := o.raise("point/200")
		time.Sleep(40 * time.Second)
		same(t, "the parts after a lost one", o.done(id), []string{fmt.Sprint("before ", now().Time().Sub(o.zero)-15*time.Second)})
	})
}

// TestLate: a late warning's curve lies around its signal, both parts fall due by
// when the platform learnt it; one of a clock that is ahead waits for its own time.
func TestLate(t *testing.T) {
	for _, c := range []struct {
		name   string
		signal time.Duration // against the raise
		want   []string
	}{
		{"late", -90 * time.Minute, []string{"before 3h0m25s", "after 3h31m20s"}},
		{"ahead", 4 * time.Minute, []string{"before 3h4m25s", "after 3h35m20s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, o *office) {
				o.until(3 * time.Hour)
				signal := fengsui.At(time.Now().Add(c.signal))
				id := o.raise("point/200", func(w *fengsui.Warning) { w.SignalAt = signal })
				o.until(4 * time.Hour)
				same(t, "copied", o.done(id), c.want)
				o.check("before", o.curve(id, before).samples["T2-00"], signal-30*60_000+1000, signal)
				o.check("after", o.curve(id, after).samples["T2-00"], signal+1000, signal+30*60_000)
			})
		})
	}
}

// TestHistory: whatever history does, the copies are made whole once it is
// itself again, and one made while it could not tell all is never taken for one
// (A25, DESIGN §3).
func TestHistory(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  func(*past)
		good func(*past)
		want []string // for history itself again at 4:00:00
	}{
		{"away", func(p *past) { p.away = true }, func(p *past) { p.away = false }, []string{"before", "after"}},
		{"late", func(p *past) { p.behind = 4 * time.Hour }, func(p *past) { p.behind = 0 }, []string{"before", "after"}},
		{"half", func(p *past) { p.half = true }, func(p *past) { p.half = false }, []string{"before", "after"}},
		// Lost and being built again from the log: it answers, with nothing, and says
		// how far it has come.
		{"empty and late", func(p *past) { p.empty, p.behind = true, 4*time.Hour }, func(p *past) { p.empty, p.behind = false, 0 }, []string{"before", "after"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, o *office) {
				o.past.set(c.bad)
				o.until(time.Hour)
				at := now()
				id := o.raise("point/200")
				o.until(2*time.Hour + 30*time.Minute)
				o.restart(nil)
				o.until(4 * time.Hour)
				same(t, "copied while history was bad", o.done(id), nil)
				same(t, "files while history was bad", o.files(), nil)
				o.past.set(c.good)
				// A copy that failed comes again within 10 minutes, one that waited within 2.
				o.until(4*time.Hour + 12*time.Minute)
				o.check("before", o.curve(id, before).samples["T2-00"], at-30*60_000+1000, at)
				o.check("after", o.curve(id, after).samples["T2-00"], at+1000, at+30*60_000)
				same(t, "files", o.files(), []string{blobKey(id, after), blobKey(id, before)})
				// Three hours of asking are minutes apart, not seconds.
				if got := len(o.past.asked); c.name == "away" && got > 250 {
					t.Errorf("history was asked %d times while it was away", got)
				}
			})
		})
	}
}

// TestSilent: a point that said nothing gets a part that says so; nobody waits for
// samples that never were.
func TestSilent(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.past.empty = true
		o.until(time.Hour)
		id := o.raise("point/200")
		o.until(time.Hour + 40*time.Minute)
		same(t, "copied", o.done(id), []string{"before 1h0m25s", "after 1h31m20s"})
		if c := o.curve(id, before); len(c.samples) != 0 || len(c.points) != 1 {
			t.Errorf("an empty part: got %v", c)
		}
	})
}

// TestRestart: orders outlive the platform, and what fell due meanwhile is made
// when it is back.
func TestRestart(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.until(time.Hour)
		id := o.raise("point/200")
		o.until(time.Hour + 7*time.Second) // it waits for history to show what it has
		o.restart(nil)
		o.until(time.Hour + time.Minute)
		same(t, "copied after the first start", o.done(id), []string{"before 1h0m27s"})
		o.restart(func() { o.until(2 * time.Hour) })
		o.until(2*time.Hour + time.Minute)
		same(t, "copied after an hour's outage", o.done(id), []string{"before 1h0m27s", "after 2h0m20s"})
		// A warning that was raised while nobody read.
		var missed fengsui.ID
		o.restart(func() { missed = o.raise("point/201"); o.until(2*time.Hour + 3*time.Minute) })
		o.until(2*time.Hour + 4*time.Minute)
		same(t, "copied of one that was missed", o.done(missed), []string{"before 2h3m20s"})
	})
}

// TestReplay: a journal that is read again orders nothing again; a part that is
// there is not made again.
func TestReplay(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.until(time.Hour)
		var ids []fengsui.ID
		for range 5 {
			ids = append(ids, o.raise("point/200"))
		}
		o.until(2 * time.Hour)
		fetched := o.past.fetched[200]
		if want := 10; fetched != want {
			t.Fatalf("history was asked for %d stretches, want %d", fetched, want)
		}
		for _, place := range []int{0, 3} {
			o.restart(func() {
				if err := o.db.Keep(t.Context(), func(tx *store.Tx) error {
					_, err := tx.Exec(`UPDATE journal_place SET pos = $1`, place)
					return err
				}); err != nil {
					t.Fatal(err)
				}
			})
			time.Sleep(time.Hour)
			synctest.Wait()
		}
		if got := o.past.fetched[200]; got != fetched {
			t.Errorf("reading the journal again fetched %d more stretches", got-fetched)
		}
		if got, want := len(o.files()), 2*len(ids); got != want {
			t.Errorf("%d files, want %d", got, want)
		}
	})
}

// TestKilled: killed between the file and its record, the part is made again
// under the same name.
func TestKilled(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.until(time.Hour)
		at := now()
		id := o.raise("point/200")
		o.until(time.Hour + time.Minute)
		o.restart(func() {
			// As a kill leaves it: the file is there, half of another age, and no record.
			if _, _, err := o.blob.Put(t.Context(), blobKey(id, before), strings.NewReader("half")); err != nil {
				t.Fatal(err)
			}
			if err := o.db.Keep(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE evidence_curve SET due_at = $1, done_at = 0 WHERE part = 'before'`, now())
				return err
			}); err != nil {
				t.Fatal(err)
			}
		})
		o.until(time.Hour + 2*time.Minute)
		o.check("before", o.curve(id, before).samples["T2-00"], at-30*60_000+1000, at)
		same(t, "files", o.files(), []string{blobKey(id, before)})
	})
}

// TestDisk: a blob that cannot be written is tried again, ever more seldom, and
// holds up nobody else for long.
func TestDisk(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.until(time.Hour)
		dir := filepath.Join(o.dir, "blob", "evidence")
		if err := os.WriteFile(dir, nil, 0o600); err != nil { // no directory can be made there
			t.Fatal(err)
		}
		id := o.raise("point/200")
		o.until(2 * time.Hour)
		same(t, "copied without a disk", o.done(id), nil)
		var why string
		var attempts int
		if err := o.db.View(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT why, attempts FROM evidence_curve WHERE part = 'before'`).Scan(&why, &attempts)
		}); err != nil {
			t.Fatal(err)
		}
		if attempts < 5 || attempts > 15 || !strings.Contains(why, "put blob") {
			t.Errorf("in an hour it was tried %d times (%q), want 5 to 15 and why", attempts, why)
		}
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		o.until(2*time.Hour + 12*time.Minute)
		if got := len(o.done(id)); got != 2 {
			t.Errorf("%d parts are there after the disk is back, want 2", got)
		}
	})
}

// TestFlood: of three hundred warnings at once each has its part before within
// the minute: history is waited for once and not for each turn.
func TestFlood(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.past.empty = true // the store and the blobs are real, history costs nothing
		o.until(time.Hour)
		const n = 300
		if err := o.db.Change(t.Context(), func(tx *store.Tx) error {
			for range n {
				w := fengsui.Warning{ID: fengsui.NewID(), Subject: "point/200", RaisedAt: now(), SignalAt: now()}
				o.mu.Lock()
				o.warnings[w.ID] = w
				o.mu.Unlock()
				if err := tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: w.ID}, Act: "raised"}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		o.until(time.Hour + time.Minute)
		if got := len(o.files()); got != n {
			t.Errorf("%d parts are there after a minute, want %d", got, n)
		}
	})
}

// TestScope: a curve is seen by those who see its warning, by its peak as it is
// now, and is not there for any other (A05).
func TestScope(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.until(time.Hour)
		id := o.raise("point/200")
		w := o.warnings[id]
		o.until(2 * time.Hour)
		check := func(when string, want map[string]bool) {
			t.Helper()
			for name, s := range map[string]fengsui.Scope{
				"nobody":       {},
				"everyone":     fengsui.Everything(),
				"the firm":     {Enterprise: "firm"},
				"another":      {Enterprise: "firm2"},
				"the zone":     {Zone: "zone"},
				"another zone": {Zone: "zone2"},
				"the sector":   {Sectors: []fengsui.Sector{"hazchem", "fire"}},
				"another's":    {Sectors: []fengsui.Sector{"hazchem"}},
				"reds only":    {All: true, Least: fengsui.Red},
			} {
				parts, err1 := o.Curve(t.Context(), s, id)
				for _, part := range []string{before, after} {
					r, err2 := o.Open(t.Context(), s, id, part)
					if err2 == nil {
						r.Close()
					}
					if want[name] && (err1 != nil || err2 != nil || len(parts) != 2) {
						t.Errorf("%s, %s: does not see %s: %v, %v", when, name, part, err1, err2)
					}
					if !want[name] && (!errors.Is(err1, errNone) || !errors.Is(err2, errNone)) {
						t.Errorf("%s, %s: sees %s: %v, %v", when, name, part, err1, err2)
					}
				}
			}
			for _, part := range []string{"", "middle", "../before"} {
				if _, err := o.Open(t.Context(), fengsui.Everything(), id, part); !errors.Is(err, errNone) {
					t.Errorf("part %q: %v, want none", part, err)
				}
			}
		}
		see := map[string]bool{"everyone": true, "the firm": true, "the zone": true, "the sector": true}
		check("yellow", see)
		w.Peak = fengsui.Red
		o.journal(w, "upgraded")
		synctest.Wait()
		see["reds only"] = true
		check("red", see)
		same(t, "an upgrade copies nothing again", o.done(id), []string{"before 1h0m25s", "after 1h31m20s"})
	})
}

// TestBroken: a file that rotted is refused where it is read, not shown as whole.
func TestBroken(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.until(time.Hour)
		id := o.raise("point/200")
		o.until(time.Hour + time.Minute)
		name := filepath.Join(o.dir, "blob", blobKey(id, before))
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for what, bytes := range map[string][]byte{"cut": file[:len(file)-100], "flipped": flip(file, len(file)-6), "no gzip": []byte("time,point")} {
			if err := os.WriteFile(name, bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := o.Open(t.Context(), fengsui.Everything(), id, before)
			if err == nil {
				_, err = io.ReadAll(r)
				r.Close()
			}
			if err == nil {
				t.Errorf("%s: it was read without an error", what)
			}
		}
	})
}

func flip(b []byte, i int) []byte {
	b = slices.Clone(b)
	b[i] ^= 1
	return b
}

// TestPlaceMoves: a database from before the journal's readers were one goes on
// where it was.
func TestPlaceMoves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.db")
	first, err := migrations.ReadFile("migrations/001_evidence.sql")
	if err != nil {
		t.Fatal(err)
	}
	old, err := store.Open(t.Context(), path, store.Tables{Stage: "evidence", FS: fstest.MapFS{"001_evidence.sql": {Data: first}}, Kept: []string{"evidence_place"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Keep(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO evidence_place (reader, pos) VALUES ('curve', 42)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), path, Tables())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var pos int
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT pos FROM journal_place WHERE reader = 'evidence'`).Scan(&pos)
	}); err != nil || pos != 42 {
		t.Errorf("the place is %d (%v), want 42", pos, err)
	}
}
