package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"fengsui"
	"fengsui/bus"
	"fengsui/series"
)

const historyTestDir = "FENGSUI_TEST_HISTORY"

// TestHistoryRole is the history process of the other tests; by itself it has
// nothing to do.
func TestHistoryRole(t *testing.T) {
	dir := os.Getenv(historyTestDir)
	if dir == "" {
		t.Skip("it is the history process of other tests")
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := History(context.Background(), HistoryConfig{Dir: dir, Log: log}); err != nil {
		log.Error("history", "err", err)
		os.Exit(1)
	}
}

// TestHistoryParent is a platform that is killed; by itself it has nothing to do.
func TestHistoryParent(t *testing.T) {
	dir := os.Getenv(historyTestDir)
	if dir == "" {
		t.Skip("it is the platform of another test")
	}
	h := newHistory(t, dir)
	h.child.started = func(pid int) { fmt.Printf("child %d\n", pid) }
	h.child.Run(context.Background())
}

// historyBed is a log with a history child beside it.
type historyBed struct {
	dir    string
	log    *bus.Log
	child  *HistoryChild
	client *series.Client
	pids   chan int
	want   map[int64][]fengsui.Sample
	track  []fengsui.Position // of device 5
	clock  fengsui.Millis
}

func newHistory(t testing.TB, dir string) *historyBed {
	t.Helper()
	log, err := bus.Open(t.Context(), bus.Config{Dir: filepath.Join(dir, "bus"), Readers: []string{"history"}, MinFree: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	out := testLog{t}
	child, err := NewHistoryChild(HistoryConfig{Dir: dir, Memory: 256 << 20, MinFree: 1 << 20, Log: slog.New(slog.NewTextHandler(out, nil))}, log)
	if err != nil {
		t.Fatal(err)
	}
	b := &historyBed{dir: dir, log: log, child: child, client: child.Client(), pids: make(chan int, 100), want: map[int64][]fengsui.Sample{}}
	t.Cleanup(b.client.Close)
	child.command = []string{os.Args[0], "-test.run=^TestHistoryRole$"}
	child.env = []string{historyTestDir + "=" + dir}
	child.started = func(pid int) { b.pids <- pid }
	b.clock = fengsui.At(time.Now()) - 3*60*60*1000
	return b
}

// run starts the child's keeper; the function it returns ends it.
func (b *historyBed) run(t testing.TB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.child.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// testLog writes a test's log.
type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// load appends n records of 50 samples and 4 positions and a tick after each, and says
// how many of them belong in the history.
func (b *historyBed) load(t *testing.T, n int) (good int64) {
	t.Helper()
	for range n {
		b.clock += 1000
		r := fengsui.Record{Received: b.clock, Adapter: "push", Enterprise: 1, Points: []int64{7, 0, 9}}
		var block []fengsui.Sample
		for i := range fengsui.Millis(50) {
			s := fengsui.Sample{Point: int64(i % 3), At: b.clock - 60_500 + i, Value: float64(b.clock%100_000) + float64(i)/8}
			kept := fengsui.Sample{Point: r.Points[i%3], At: s.At, Value: s.Value}
			switch {
			case i == 9: // point 7
				s.Quality = fengsui.Bad | fengsui.OutOfRange
				kept.Point = 0
			case i == 12: // point 7, two years ahead
				s.Quality, s.At = fengsui.WrongClock|fengsui.Uncertain, s.At+2*365*24*3600*1000
				kept.At = r.Received
			case i == 15:
				s.Quality = fengsui.Uncertain
			}
			block = append(block, s)
			if kept.Point != 0 {
				b.want[kept.Point] = append(b.want[kept.Point], kept)
				good++
			}
		}
		r.Block = fengsui.AppendSamples(nil, block)
		at := fengsui.Position{Device: 5, At: b.clock, Lon: 117.7 + float64(len(b.track))/1e6, Lat: 39.000001, Speed: 62.5, Heading: 359.9, Fix: true}
		late, lost, nobody := at, at, at
		late.At -= 2*60*60*1000 + 1
		lost.At, lost.Fix = lost.At+1, false
		nobody.Device = 0
		r.Positions = []fengsui.Position{at, late, lost, nobody}
		b.track = append(b.track, at, late)
		good += 2
		for _, rec := range []fengsui.Record{r, {Tick: true, Received: b.clock}} {
			if _, err := b.log.Append(t.Context(), fengsui.AppendRecord(nil, &rec)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return good
}

// until asks every 20 ms until ok; another process has no fake clock.
func until(t testing.TB, what func() string, ok func() bool) {
	t.Helper()
	if !within(longestWait, ok) {
		t.Fatalf("after %s: not %s", longestWait, what())
	}
}

// longestWait is for what comes within seconds on a machine that has time: it says no more
// than that it comes.
const longestWait = 3 * time.Minute

// within asks every 20 ms until ok or until it took too long.
func within(most time.Duration, ok func() bool) bool {
	limit := time.After(most)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			return false
		}
	}
	return true
}

// caughtUp waits until the child has written the whole log.
func (b *historyBed) caughtUp(t testing.TB) (s series.State) {
	t.Helper()
	until(t, func() string { return fmt.Sprintf("caught up: %+v, the log ends at %v", s, b.log.Tail()) }, func() bool {
		var err error
		s, err = b.client.Ready(t.Context())
		return err == nil && s.Place == b.log.Tail()
	})
	return s
}

// complete waits until the history can be read as it should be, each sample once.
func (b *historyBed) complete(t *testing.T) {
	t.Helper()
	end := b.clock + 24*3600*1000
	n := int64(0)
	for _, list := range b.want {
		n += int64(len(list))
	}
	var got series.Totals
	until(t, func() string { return fmt.Sprintf("complete: %d of %d samples are there", got.Samples, n) }, func() bool {
		var err error
		got, err = b.client.Count(t.Context(), 0, end)
		return err == nil && got.Samples == n
	})
	for p, want := range b.want {
		got, err := b.client.Range(t.Context(), p, 0, end)
		want := slices.Clone(want)
		slices.SortFunc(want, func(a, b fengsui.Sample) int { return int(a.At - b.At) })
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("point %d: got %d samples, %v, want %d", p, len(got), err, len(want))
		}
	}
	// Samples that can be read say nothing of positions: the store shows each part
	// of what it was given when that part is sorted.
	want := slices.Clone(b.track)
	slices.SortFunc(want, func(a, b fengsui.Position) int { return int(a.At - b.At) })
	var track []fengsui.Position
	until(t, func() string {
		return fmt.Sprintf("complete: device 5 has %d positions, want %d, late ones in their place", len(track), len(want))
	}, func() bool {
		var err error
		track, err = b.client.Track(t.Context(), 5, 0, end, 0)
		return err == nil && slices.EqualFunc(track, want, func(a, b fengsui.Position) bool {
			a.Lon, b.Lon = math.Round(a.Lon*1e6), math.Round(b.Lon*1e6)
			return reflect.DeepEqual(a, b)
		})
	})
}

// environ reads the environment that a process was started with. It is empty
// for a moment after the start: the kernel closes the pipe by which a parent
// learns of a child's exec before it lays out the child's memory.
func environ(t *testing.T, pid int) (string, error) {
	t.Helper()
	for range 1000 {
		env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil || len(env) > 0 {
			return string(env), err
		}
		time.Sleep(time.Millisecond)
	}
	return "", fmt.Errorf("process %d shows no environment after a second", pid)
}

// TestHistoryChild goes through the lives of a child: it starts, is killed and
// completes, ends in order and goes on where it was (DESIGN §3, N03).
func TestHistoryChild(t *testing.T) {
	b := newHistory(t, t.TempDir())
	if _, err := b.client.Ready(t.Context()); fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("before the start: got %v, want it unavailable", err)
	}
	stop := b.run(t)
	pid := <-b.pids
	if env, err := environ(t, pid); err != nil || !strings.Contains(env, "\x00GOMEMLIMIT=201326592\x00") {
		t.Errorf("memory limit of the child: got %q, %v, want 192 MiB", env, err)
	}
	first := b.load(t, 40)
	s := b.caughtUp(t)
	if s.Written != first || s.Refused != 0 || s.Unreadable != 0 || s.Full || s.Free <= 0 || s.Received != b.clock || s.Behind <= 0 {
		t.Errorf("got %+v, want %d written", s, first)
	}

	// It steps back behind the platform, with every thread.
	ours, err := unix.Getpriority(unix.PRIO_PROCESS, os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, th := range threads {
		id, _ := strconv.Atoi(th.Name())
		// The call answers 20 less the nice value.
		if got, err := unix.Getpriority(unix.PRIO_PROCESS, id); err == nil && got != max(ours-historyNice, 1) {
			t.Errorf("a thread of the child has the nice value %d, the platform %d, want %d more", 20-got, 20-ours, historyNice)
		}
	}

	// Killed: what was not on disk is read again, what comes meanwhile too.
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := b.load(t, 40)
	pid = <-b.pids
	if s := b.caughtUp(t); s.Written != first+second || s.Saved != (fengsui.Place{}) {
		t.Errorf("after a kill: got %+v, want %d written again from the start", s, first+second)
	}
	b.complete(t)

	// Ended in order: all is on disk, and nothing is read twice.
	at := b.log.Tail()
	stop()
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("child %d after the end: got %v, want it gone", pid, err)
	}
	third := b.load(t, 10)
	b.run(t)
	pid = <-b.pids
	if s := b.caughtUp(t); s.Written != third || s.Saved != at {
		t.Errorf("after an orderly end: got %+v, want only %d written from %v", s, third, at)
	}

	// Killed again: it goes on from the saved place, not from the beginning.
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-b.pids
	if s := b.caughtUp(t); s.Written != third || s.Saved != at {
		t.Errorf("after the second kill: got %+v, want %d written from %v", s, third, at)
	}
	b.complete(t)
}

// TestHistoryGap: what the log no longer has is missed and said; what it has is
// written, all of it.
func TestHistoryGap(t *testing.T) {
	dir := t.TempDir()
	short, err := bus.Open(t.Context(), bus.Config{Dir: filepath.Join(dir, "bus"), SegmentBytes: 8 << 10, Keep: time.Millisecond, MinFree: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	b := &historyBed{dir: dir, log: short, want: map[int64][]fengsui.Sample{}, clock: fengsui.At(time.Now()) - 3*60*60*1000}
	b.load(t, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- short.Run(ctx) }()
	until(t, func() string { return "trimmed" }, func() bool {
		list, err := filepath.Glob(filepath.Join(dir, "bus", "jetstream", "*", "streams", "log-*"))
		return err == nil && len(list) == 1
	})
	cancel()
	<-done
	short.Close()

	os.Mkdir(filepath.Join(dir, "history"), 0o700)
	if err := os.WriteFile(filepath.Join(dir, "history", "place"), appendPlace(nil, fengsui.Place{Seq: 20}), 0o600); err != nil {
		t.Fatal(err)
	}
	b = newHistory(t, dir)
	want := int64(0)
	r := b.log.Reader(fengsui.Place{})
	for last := (fengsui.Place{}); last != b.log.Tail(); {
		batch, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h := &historian{}
		h.decode(batch.Records)
		want += int64(len(h.buf) + len(h.track))
		last = batch.Last()
	}
	r.Close()
	b.run(t)
	if s := b.caughtUp(t); s.Written != want || want == 0 || want == 100*34 {
		t.Errorf("got %d written, want %d", s.Written, want)
	}
	if got := len(b.pids); got != 1 {
		t.Errorf("got %d lives, want 1: a gap is no reason to die", got)
	}
}

// TestHistoryDiskFull: the child's disk fills under load until not a byte is
// left. Whether the child stands still or dies of it, the log goes on, and once
// there is room the history completes by itself.
func TestHistoryDiskFull(t *testing.T) {
	t.Parallel() // most of it is waiting
	if os.Getenv(historyTestDir) == "" {
		dir := t.TempDir()
		os.Mkdir(filepath.Join(dir, "history"), 0o700)
		cmd := exec.Command("unshare", "-Urm", "sh", "-c", `mount -t tmpfs -o size=64m,mode=700 tmpfs "$1/history" && exec "$0" -test.run='^TestHistoryDiskFull$' -test.v`, os.Args[0], dir)
		cmd.Env = append(os.Environ(), historyTestDir+"="+dir)
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Fatalf("in a namespace with a small disk (it needs unshare -Urm and tmpfs): %v", err)
		}
		return
	}
	b := newHistory(t, os.Getenv(historyTestDir))
	b.run(t)
	pid := <-b.pids
	b.load(t, 20)
	b.caughtUp(t)
	b.complete(t)

	fill, err := os.Create(filepath.Join(b.dir, "history", "fill"))
	if err != nil {
		t.Fatal(err)
	}
	defer fill.Close()
	filled := int64(0)
	for block := make([]byte, 1<<16); len(block) > 0; {
		n, err := fill.Write(block)
		filled += int64(n)
		if err != nil {
			block = block[:len(block)/2] // to the last byte
		}
	}
	t.Logf("%d bytes fill the disk", filled)
	died := false // whichever: both are allowed
	until(t, func() string { return "full or dead" }, func() bool {
		b.load(t, 1)
		select {
		case pid = <-b.pids:
			died = true
		default:
		}
		s, err := b.client.Ready(t.Context())
		return died || err == nil && s.Full && s.Place != b.log.Tail()
	})
	t.Logf("died of it: %t", died)
	// It must also be able to start on a full disk, or be tried until it can.
	syscall.Kill(pid, syscall.SIGKILL)
	<-b.pids
	b.load(t, 20)
	os.Remove(fill.Name())
	fill.Close()
	b.caughtUp(t)
	b.complete(t)
}

// TestHistoryOrphan: the child ends when its parent dies, so that the next
// platform finds the lock free.
func TestHistoryOrphan(t *testing.T) {
	dir := t.TempDir()
	parent := exec.Command(os.Args[0], "-test.run=^TestHistoryParent$", "-test.v")
	parent.Env = append(os.Environ(), historyTestDir+"="+dir)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	child := 0
	for in := bufio.NewScanner(out); child == 0 && in.Scan(); {
		if num, ok := strings.CutPrefix(in.Text(), "child "); ok {
			child, _ = strconv.Atoi(num)
		}
	}
	if child == 0 {
		t.Fatal("the parent started no child")
	}
	until(t, func() string { return "serving" }, func() bool {
		_, err := os.Stat(filepath.Join(dir, "run", "history.sock"))
		return err == nil
	})
	parent.Process.Kill()
	parent.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	lock, err := waitLock(ctx, filepath.Join(dir, "history", "LOCK"))
	if err != nil {
		t.Fatalf("child %d outlives its parent: %v", child, err)
	}
	lock.Close()
}

// TestHistoryRestartsSlowly: a child that cannot start is tried again ever more
// slowly.
func TestHistoryRestartsSlowly(t *testing.T) {
	b := newHistory(t, t.TempDir())
	b.child.command = []string{"/bin/false"}
	stop := b.run(t)
	var at []time.Time
	for range 4 {
		<-b.pids
		at = append(at, time.Now())
	}
	stop()
	for i, least := range []time.Duration{historyFirstRestart, 2 * historyFirstRestart, 4 * historyFirstRestart} {
		if got := at[i+1].Sub(at[i]); got < least {
			t.Errorf("restart %d came after %s, want at least %s", i+1, got, least)
		}
	}
	if _, err := b.client.Range(t.Context(), 1, 1, 2); fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("got %v, want it unavailable", err)
	}
}

// TestHistoryPlace: the saved place is never younger than a minute, so that a
// kill loses nothing, and not much older.
func TestHistoryPlace(t *testing.T) {
	h := &historian{c: HistoryConfig{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}, engine: historyInside{}}
	os.Mkdir(h.c.path("history"), 0o700)
	now := time.Now()
	for i := range 2000 { // 100 ms a batch
		now = now.Add(100 * time.Millisecond)
		h.place = fengsui.Place{Seq: uint64(i + 1), Index: 3}
		if _, err := h.mark(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		behind := time.Duration(h.place.Seq-h.saved.Seq) * 100 * time.Millisecond
		if h.saved.Seq > 0 && behind < historyReplay || behind > historyReplay+historySaveEvery+2*historyMarkEvery {
			t.Fatalf("batch %d: the saved place is %s old", i, behind)
		}
		if len(h.marks) > int((historyReplay+historySaveEvery)/historyMarkEvery)+2 {
			t.Fatalf("batch %d: %d marks are kept", i, len(h.marks))
		}
	}
	again := &historian{c: h.c}
	again.load()
	if again.saved != h.saved || again.place != h.saved || h.saved.Seq == 0 {
		t.Errorf("read back: got %v, want %v", again.saved, h.saved)
	}
}

// TestHistoryDefaults: nothing is left to the engine's own defaults.
func TestHistoryDefaults(t *testing.T) {
	c := HistoryConfig{Dir: t.TempDir()}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	e := c.engine()
	if want := 5 * 365 * 24 * time.Hour; e.Retention != want {
		t.Errorf("retention: got %s, want %s", e.Retention, want)
	}
	if e.Memory != 512<<20 {
		t.Errorf("memory: got %d, want 512 MiB", e.Memory)
	}
	if e.MinFree < 1<<20 || e.MinFree > 5<<29 {
		t.Errorf("minimum of free disk: got %d, want 6 %% of the disk, at most 2.5 GiB", e.MinFree)
	}
	if err := new(HistoryConfig).Validate(); err == nil {
		t.Error("no directory: got no error")
	}
	if err := History(t.Context(), HistoryConfig{Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "not by hand") {
		t.Errorf("without a parent: got %v, want it refused", err)
	}
}

func FuzzHistoryPlace(f *testing.F) {
	for _, s := range []string{"", "history 1 2\n", "history 1 2", "history -1 2\n", "history 18446744073709551615 4294967295\n", "history 1 2\nx"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := readPlace(b)
		if err == nil && string(appendPlace(nil, p)) != string(b) {
			t.Errorf("%q: got %v", b, p)
		}
		if got, err := readPlace(appendPlace(nil, p)); err != nil || got != p {
			t.Errorf("%v: got %v, %v", p, got, err)
		}
	})
}

// BenchmarkHistory: a backlog of the log, deliveries of 500 samples over 100,000
// points, read through the socket and written by the child.
func BenchmarkHistory(bm *testing.B) {
	const points, size, records = 100_000, 500, 8000
	b := newHistory(bm, bm.TempDir())
	b.child.c.Memory = 1 << 30
	num := int64(0)
	load := func(n int) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range n / 8 {
					block := make([]fengsui.Sample, size)
					at := b.clock
					first := atomic.AddInt64(&num, size) - size
					for i := range block {
						n := first + int64(i)
						block[i] = fengsui.Sample{Point: n%points + 1, At: at + fengsui.Millis(n/points)*1000, Value: float64(n%1000) / 8}
					}
					r := fengsui.Record{Received: at, Adapter: "push", Enterprise: 1, Block: fengsui.AppendSamples(nil, block)}
					if _, err := b.log.Append(bm.Context(), fengsui.AppendRecord(nil, &r)); err != nil {
						bm.Error(err)
					}
				}
			})
		}
		all.Wait()
	}
	for load(points / size * 8); bm.Loop(); { // the points are known before the clock starts
		bm.StopTimer()
		stop := b.run(bm)
		b.caughtUp(bm)
		stop()
		load(records)
		bm.StartTimer()
		begin := time.Now()
		stop = b.run(bm)
		b.caughtUp(bm)
		bm.ReportMetric(records*size/time.Since(begin).Seconds(), "samples/s")
		bm.StopTimer()
		stop()
		bm.StartTimer()
	}
}
