package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go/jetstream"

	"fengsui"
	"fengsui/blob"
)

func openLog(t testing.TB, c Config) *Log {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	if c.MinFree == 0 {
		c.MinFree = 1
	}
	l, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func openBlobs(t *testing.T) *blob.Dir {
	t.Helper()
	b, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// forgetful makes a log keep no more than the newest message in memory, so that
// readers meet segments and archives.
func forgetful(l *Log) *Log {
	l.keepRecent = 0
	return l
}

// run runs l.Run until the test ends.
func run(t *testing.T, l *Log) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { l.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
}

func segments(l *Log) (list []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segs {
		list = append(list, fmt.Sprintf("%d-%d", s.first, s.last))
	}
	return list
}

// TestSegments: a segment is closed by bytes, and the numbers go on; a restart
// finds the same segments.
func TestSegments(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, Config{Dir: dir, SegmentBytes: 10_000})
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprint(i)+strings.Repeat("x", 2400))
		if p := add(t, l, want[i]); p.Seq != uint64(i+1) {
			t.Fatalf("record %d has place %v", i, p)
		}
	}
	segs := []string{"1-4", "5-8", "9-12", "13-16", "17-20"}
	if got := segments(l); !slices.Equal(got, segs) {
		t.Errorf("segments are %v, want %v", got, segs)
	}
	l.Close()
	l = openLog(t, Config{Dir: dir, SegmentBytes: 10_000})
	if got := segments(l); !slices.Equal(got, segs) {
		t.Errorf("opened again, segments are %v, want %v", got, segs)
	}
	r := l.Reader(fengsui.Place{})
	if got, _ := take(t, r, 20); !slices.Equal(got, want) {
		t.Error("what was read is not what was appended")
	}
}

// TestSettings reads back what must not be left to the engine's defaults.
func TestSettings(t *testing.T) {
	l := openLog(t, Config{})
	c := l.eng.(*embedded).srv.JetStreamConfig()
	if c == nil || !c.SyncAlways || c.MaxStore != 1<<60 {
		t.Errorf("the engine has %+v, want sync always and no bound of its own", c)
	}
	if a := l.eng.(*embedded).srv.Addr(); a != nil {
		t.Errorf("the engine listens on %v", a)
	}
	s, err := l.eng.(*embedded).js.Stream(t.Context(), segmentName(1))
	if err != nil {
		t.Fatal(err)
	}
	if c := s.CachedInfo().Config; c.MaxAge != 0 || c.MaxBytes > 0 || c.MaxMsgs > 0 || c.Discard != jetstream.DiscardNew || c.Storage != jetstream.FileStorage || c.PersistMode != jetstream.DefaultPersistMode {
		t.Errorf("a segment is %+v, want one that drops nothing", c)
	}
}

// TestVirtualTime: the log lives in a synctest bubble, and Close leaves no
// goroutine (the bubble would not end). Segments close by age, are archived, and
// go after Keep; archives after ArchiveKeep.
func TestVirtualTime(t *testing.T) {
	ats.Register()
	defer ats.Unregister()
	synctest.Test(t, func(t *testing.T) {
		blobs := openBlobs(t)
		l, err := Open(t.Context(), Config{
			Dir: t.TempDir(), MinFree: 1, SegmentAge: 2 * time.Minute, Keep: 5 * time.Minute,
			Archive: blobs, ArchiveKeep: 20 * time.Minute, Readers: []string{"risk"},
		})
		if err != nil {
			t.Fatal(err)
		}
		forgetful(l)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { l.Run(ctx) })
		var read atomic.Int64
		wg.Go(func() {
			r := l.Reader(fengsui.Place{})
			defer r.Close()
			for {
				b, err := r.Next(ctx)
				if err != nil {
					return
				}
				read.Add(int64(len(b.Records)))
				l.Passed("risk", b.Last())
			}
		})
		began := now()
		for i := range 600 { // ten minutes, one a second
			add(t, l, fmt.Sprint(i))
			time.Sleep(time.Second)
		}
		if got := read.Load(); got != 600 {
			t.Errorf("read %d of 600 live", got)
		}
		// The last message of a segment goes with the next that is passed.
		if got, want := segments(l), []string{"121-240", "241-360", "361-480", "481-600"}; len(got) == 0 || !slices.Contains([]string{strings.Join(want, " "), strings.Join(want[1:], " ")}, strings.Join(got, " ")) {
			t.Errorf("after ten minutes the segments are %v, want about %v", got, want)
		}
		r := l.Reader(fengsui.Place{})
		if got, _ := take(t, r, 600); got[0] != "0" || got[599] != "599" {
			t.Errorf("read again from the archive: %s to %s", got[0], got[599])
		}
		r.Close()
		for i := range 600 {
			p := l.Before(began + fengsui.Millis(i)*1000)
			r := l.Reader(p)
			got, places := take(t, r, 600-int(p.Seq))
			r.Close()
			// An archive is written within a minute after its segment was closed.
			if places[0].Seq > uint64(i)+1 || i-int(p.Seq) > 2*120+60 || got[i-int(p.Seq)] != fmt.Sprint(i) {
				t.Fatalf("Before second %d is %v, behind which comes %s", i, p, got[0])
			}
		}
		time.Sleep(20 * time.Minute)
		items, err := blobs.List(t.Context(), "log/")
		if err != nil || len(items) > 1 {
			t.Errorf("after 30 minutes the archive has %v, %v; want at most the newest", items, err)
		}
		if _, err := l.Reader(fengsui.Place{Seq: 3}).Next(t.Context()); fengsui.CodeOf(err) != fengsui.NotFound || !strings.Contains(err.Error(), "message 3;") {
			t.Errorf("a reader in the gap: %v, want not found and the gap named", err)
		}
		cancel()
		wg.Wait()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestTrim: a closed segment stays until it is archived, every reader has passed
// it and Keep is over; when the disk runs low only "risk" counts.
func TestTrim(t *testing.T) {
	blobs := openBlobs(t)
	dir := t.TempDir()
	l := forgetful(openLog(t, Config{Dir: dir, SegmentBytes: 10_000, Archive: blobs, Keep: time.Nanosecond, Readers: []string{"risk", "history"}}))
	var want []string
	for i := range 14 {
		want = append(want, fmt.Sprint(i)+strings.Repeat("x", 2400))
		add(t, l, want[i])
	}
	check := func(why string, segs ...string) {
		t.Helper()
		l.tidy(t.Context())
		if got := segments(l); !slices.Equal(got, segs) {
			t.Errorf("%s: segments are %v, want %v", why, got, segs)
		}
		r := l.Reader(fengsui.Place{})
		defer r.Close()
		if got, _ := take(t, r, 14); !slices.Equal(got, want) {
			t.Errorf("%s: what was read is not what was appended", why)
		}
		for _, from := range []uint64{1, 4, 6, 8, 13} {
			r := l.Reader(fengsui.Place{Seq: from})
			defer r.Close()
			if got, _ := take(t, r, 14-int(from)); !slices.Equal(got, want[from:]) {
				t.Errorf("%s: what was read after %d is not what was appended", why, from)
			}
		}
	}
	check("nobody has passed", "1-4", "5-8", "9-12", "13-14")
	l.Passed("risk", fengsui.Place{Seq: 9})
	check("risk has passed", "1-4", "5-8", "9-12", "13-14")
	l.Passed("history", fengsui.Place{Seq: 4})
	check("history is in the last message", "1-4", "5-8", "9-12", "13-14")
	l.Passed("history", fengsui.Place{Seq: 5})
	check("history has passed one", "5-8", "9-12", "13-14")
	l.Passed("history", fengsui.Place{Seq: 2})
	if items, _ := blobs.List(t.Context(), "log/"); len(items) != 3 {
		t.Errorf("the archive has %v, want 3", items)
	}
	l.minFree, l.free = 100, func() (int64, int64, error) { return 150, 1000, nil }
	check("the disk runs low", "9-12", "13-14")

	l.Close()
	l = forgetful(openLog(t, Config{Dir: dir, SegmentBytes: 10_000, Archive: blobs, Keep: time.Nanosecond}))
	check("opened again, nobody reads", "13-14")
	add(t, l, "more")
	want = append(want, "more")
	r := l.Reader(fengsui.Place{})
	defer r.Close()
	if got, _ := take(t, r, 15); !slices.Equal(got, want) {
		t.Error("what was read from archives and segment is not what was appended")
	}
}

// TestArchiveAlone: a log whose directory was lost goes on behind its archives.
func TestArchiveAlone(t *testing.T) {
	blobs := openBlobs(t)
	l := forgetful(openLog(t, Config{SegmentBytes: 10_000, Archive: blobs, Keep: time.Nanosecond}))
	for range 10 {
		add(t, l, strings.Repeat("x", 2400))
	}
	l.tidy(t.Context())
	l.Close()
	l = forgetful(openLog(t, Config{Archive: blobs}))
	if got := l.Tail(); got.Seq != 8 {
		t.Errorf("Tail = %v, want the end of the archives, 8", got)
	}
	if p := add(t, l, "new"); p != (fengsui.Place{Seq: 9}) {
		t.Errorf("the next place is %v, want 9", p)
	}
	r := l.Reader(fengsui.Place{})
	defer r.Close()
	if got, _ := take(t, r, 9); got[8] != "new" {
		t.Errorf("the last record is %.20q", got[8])
	}
}

// TestArchiveSoFar: what was appended up to a moment is in archives, though the segment
// was neither full nor old, while the log goes on and its places stay; and a log that
// holds nothing but archives says so.
func TestArchiveSoFar(t *testing.T) {
	blobs, dir := openBlobs(t), t.TempDir()
	l := openLog(t, Config{Dir: dir, Archive: blobs})
	if !l.Empty() {
		t.Error("a new log is not empty")
	}
	run(t, l)
	add := func() uint64 {
		p, err := l.Append(t.Context(), []byte("record"))
		if err != nil {
			t.Fatal(err)
		}
		return p.Seq
	}
	add()
	last := add()
	over, cancel := context.WithCancel(t.Context())
	var ticks sync.WaitGroup
	ticks.Go(func() {
		for over.Err() == nil {
			add()
			time.Sleep(10 * time.Millisecond)
		}
	})
	err := l.ArchiveSoFar(t.Context())
	cancel()
	ticks.Wait()
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	archives, segs := slices.Clone(l.archives), len(l.segs)
	l.mu.Unlock()
	if n := len(archives); n == 0 || archives[0].first != 1 || archives[n-1].last < last || segs < 2 {
		t.Errorf("archives are %+v beside %d segments, want all up to %d", archives, segs, last)
	}
	if l.Empty() {
		t.Error("a log with messages is empty")
	}
	if next := add(); next != l.Tail().Seq {
		t.Errorf("it goes on with %d", next)
	}
	// Nothing is appended: it waits as long as it may.
	add()
	brief, end := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer end()
	if err := l.ArchiveSoFar(brief); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a next record it answers %v", err)
	}
}

// TestBrokenArchive: an archive that cannot be read is an error, not an end.
func TestBrokenArchive(t *testing.T) {
	blobs := openBlobs(t)
	l := forgetful(openLog(t, Config{SegmentBytes: 10_000, Archive: blobs, Keep: time.Nanosecond}))
	for range 10 {
		add(t, l, strings.Repeat("x", 2400))
	}
	l.tidy(t.Context())
	a := archive{first: 1, last: 4}
	if _, _, err := blobs.Put(t.Context(), a.key(), strings.NewReader("garbage")); err != nil {
		t.Fatal(err)
	}
	r := l.Reader(fengsui.Place{})
	defer r.Close()
	if b, err := r.Next(t.Context()); err == nil || !strings.Contains(err.Error(), a.key()) {
		t.Errorf("Next = message %d, %v; want an error that names %s", b.Seq, err, a.key())
	}
}

// TestHole: messages that the disk lost are an error that names them, unless the
// archive has them; what lies behind them can be read.
func TestHole(t *testing.T) {
	dir := t.TempDir()
	blobs := openBlobs(t)
	open := func() *Log {
		return forgetful(openLog(t, Config{Dir: dir, SegmentBytes: 20 << 20, Archive: blobs}))
	}
	l := open()
	for i := range 6 { // in blocks of 8 MiB, two messages each, numbered from 2
		add(t, l, strings.Repeat(fmt.Sprint(i), 3<<20))
	}
	l.Close()
	damage := func() {
		msgs := filepath.Join(dir, "jetstream", "$G", "streams", segmentName(1), "msgs")
		f, err := os.OpenFile(filepath.Join(msgs, "3.blk"), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("damage"), 1<<20); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(msgs, "index.db")); err != nil {
			t.Fatal(err)
		}
	}
	l = open()
	for range 2 {
		add(t, l, strings.Repeat("7", 3<<20)) // closes the segment
	}
	l.tidy(t.Context())
	l.Close()
	damage()

	l = open()
	r := l.Reader(fengsui.Place{})
	defer r.Close()
	got, _ := take(t, r, 8)
	for i := range 6 {
		if got[i] != strings.Repeat(fmt.Sprint(i), 3<<20) {
			t.Errorf("record %d is %.3s", i, got[i])
		}
	}
	a := archive{first: 1, last: 6}
	if err := blobs.Delete(t.Context(), a.key()); err != nil {
		t.Fatal(err)
	}
	l.Close()
	l = open()
	r = l.Reader(fengsui.Place{})
	defer r.Close()
	take(t, r, 2)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := r.Next(ctx); fengsui.CodeOf(err) != fengsui.NotFound || !strings.Contains(err.Error(), "message 3;") {
		t.Errorf("in the hole: %v, want not found and message 3 named", err)
	}
	r = l.Reader(fengsui.Place{Seq: 4, Index: unknown})
	defer r.Close()
	if got, err := r.Next(ctx); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("after the hole: %d, %v", got.Seq, err)
	}
	r = l.Reader(fengsui.Place{Seq: 5, Index: unknown})
	defer r.Close()
	take(t, r, 3)
}

// TestDiskLow: Append refuses before the engine meets a full disk, and resumes
// by itself.
func TestDiskLow(t *testing.T) {
	var free atomic.Int64
	free.Store(1000)
	l := openLog(t, Config{MinFree: 500})
	l.free = func() (int64, int64, error) { return free.Load(), 10_000, nil }
	add(t, l, "one")
	free.Store(499)
	for _, err := range []error{l.Ready(), func() error { _, err := l.Append(t.Context(), []byte("two")); return err }()} {
		e, ok := err.(*fengsui.Error)
		if !ok || e.Code != fengsui.Unavailable || e.Reason != "disk_low" {
			t.Errorf("with a low disk: %v, want unavailable, disk_low", err)
		}
	}
	free.Store(500)
	if err := l.Ready(); err != nil {
		t.Errorf("with room again, Ready = %v", err)
	}
	if p := add(t, l, "three"); p.Seq != 2 {
		t.Errorf("after the refusal the place is %v, want 2", p)
	}
	// The bound by default is the smaller of 5 % and 2 GiB.
	l, err := Open(t.Context(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, total, err := l.free(); err != nil || l.minFree != min(total/20, 2<<30) {
		t.Errorf("MinFree by default is %d of %d, %v", l.minFree, total, err)
	}
}

// TestRestart: after a failed write appends are refused, Run starts the engine
// again, readers go on, and nothing acknowledged is lost.
func TestRestart(t *testing.T) {
	l := openLog(t, Config{})
	r := l.Reader(fengsui.Place{})
	defer r.Close()
	want := []string{"one"}
	add(t, l, "one")
	take(t, r, 1)
	for i := range 3 {
		l.eng.(*embedded).srv.Shutdown() // as it does when its disk fails
		_, err := l.Append(t.Context(), []byte("lost"))
		if e, ok := err.(*fengsui.Error); !ok || e.Reason != "log_away" {
			t.Fatalf("Append to a dead engine = %v, want log_away", err)
		}
		if e, ok := l.Ready().(*fengsui.Error); !ok || e.Reason != "log_away" {
			t.Fatalf("Ready = %v, want log_away", e)
		}
		if i == 0 {
			run(t, l)
		}
		l.mu.Lock()
		moved, away := l.moved, l.away
		l.mu.Unlock()
		if away {
			<-moved
		}
		rec := fmt.Sprintf("after %d", i)
		add(t, l, rec)
		want = append(want, rec)
		if got, _ := take(t, r, 1); got[0] != rec {
			t.Errorf("the reader reads %q, want %q", got, rec)
		}
	}
	again := l.Reader(fengsui.Place{})
	defer again.Close()
	if got, _ := take(t, again, len(want)); !slices.Equal(got, want) {
		t.Errorf("the log has %q, want %q", got, want)
	}
}

// TestSlowReader: a reader that lags beyond what memory holds holds up nobody,
// and gets everything from the disk.
func TestSlowReader(t *testing.T) {
	l := openLog(t, Config{SegmentBytes: 20 << 20})
	r := l.Reader(fengsui.Place{})
	defer r.Close()
	add(t, l, "0")
	take(t, r, 1)
	pad := strings.Repeat("z", 200_000)
	const n = 250 // 50 MB, of which memory holds 16
	for i := range n {
		add(t, l, fmt.Sprintf("%d %s", i, pad))
	}
	l.mu.Lock()
	held := l.recentN
	l.mu.Unlock()
	if held > maxRecent {
		t.Errorf("memory holds %d bytes, bound is %d", held, maxRecent)
	}
	got, _ := take(t, r, n)
	for i := range got {
		if got[i] != fmt.Sprintf("%d %s", i, pad) {
			t.Fatalf("record %d is %.20q", i, got[i])
		}
	}
}

// TestBound: what waits is bounded; Append waits for room, and its context ends
// the wait.
func TestBound(t *testing.T) {
	l := openLog(t, Config{})
	gate, entered := make(chan struct{}), make(chan struct{}, 1)
	l.free = func() (int64, int64, error) {
		select {
		case entered <- struct{}{}:
		default:
		}
		<-gate
		return 1 << 40, 1 << 41, nil
	}
	var wg sync.WaitGroup
	record := make([]byte, maxRecord)
	for range 5 { // 80 MiB for 64
		wg.Go(func() {
			if _, err := l.Append(t.Context(), record); err != nil {
				t.Error(err)
			}
		})
	}
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for ctx.Err() == nil {
		if _, err := l.Append(ctx, record); err == nil {
			t.Error("an append went through a closed gate")
		}
	}
	l.mu.Lock()
	waiting := l.waiting
	l.mu.Unlock()
	if waiting > maxWaiting {
		t.Errorf("%d bytes wait, bound is %d", waiting, maxWaiting)
	}
	close(gate)
	wg.Wait()
	if l.Tail().Seq < 5 {
		t.Errorf("Tail = %v, want at least 5 messages", l.Tail())
	}
}

const fullEnv = "BUS_TEST_FULL"

// TestFullDisk: even when something else fills the disk to the last byte under
// our bound, nothing acknowledged is lost, and appends resume after room is made.
func TestFullDisk(t *testing.T) {
	if os.Getenv(fullEnv) == "" {
		cmd := exec.Command("unshare", "-Urm", os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
		cmd.Env = append(os.Environ(), fullEnv+"="+t.TempDir())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("in a mount namespace of its own: %v\n%s", err, out)
		}
		return
	}
	dir := os.Getenv(fullEnv)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Fatalf("mount a small disk: %v %s", err, out)
	}
	l := openLog(t, Config{Dir: filepath.Join(dir, "bus")})
	realFree := l.free
	l.free = func() (int64, int64, error) { return 1 << 40, 1 << 41, nil } // the bound sees nothing
	ballast := filepath.Join(dir, "ballast")
	run(t, l)
	var want []string
	record := func() string { return fmt.Sprint(len(want), strings.Repeat("r", 10_000)) }
	for range 20 {
		want = append(want, record())
		add(t, l, want[len(want)-1])
	}
	for round := range 2 {
		// Leave the log about 300 KB.
		free, _, err := realFree()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ballast, bytes.Repeat([]byte{1}, int(free)-300_000), 0o600); err != nil {
			t.Fatal(err)
		}
		refused := 0
		for i := 0; refused == 0; i++ {
			if i > 100 {
				t.Fatal("a full disk refuses nothing")
			}
			rec := record()
			if _, err := l.Append(t.Context(), []byte(rec)); err == nil {
				want = append(want, rec)
			} else if fengsui.CodeOf(err) != fengsui.Unavailable {
				t.Fatalf("on a full disk: %v, want unavailable", err)
			} else {
				t.Logf("round %d: refused after %d: %v", round, i, err)
				refused++
			}
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		since := time.Now()
		for l.Ready() != nil {
			l.mu.Lock()
			moved := l.moved
			l.mu.Unlock()
			select {
			case <-moved:
			case <-time.After(20 * time.Millisecond):
			}
			if time.Since(since) > 30*time.Second {
				t.Fatalf("30 s after room was made: %v", l.Ready())
			}
		}
		t.Logf("round %d: ready %v after room was made", round, time.Since(since))
		want = append(want, record())
		add(t, l, want[len(want)-1])
	}
	r := l.Reader(fengsui.Place{})
	defer r.Close()
	// A record that was refused may be there, once: it is not half there.
	i := 0
	for r.from != l.Tail() {
		b, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range b.Records {
			if i < len(want) && string(rec) == want[i] {
				i++
			} else if !strings.HasSuffix(string(rec), strings.Repeat("r", 10_000)) {
				t.Fatalf("half a record: %.20q", rec)
			}
		}
	}
	if i != len(want) {
		t.Errorf("%d of %d acknowledged records are there", i, len(want))
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct{ size, writers int }{{200, 1}, {200, 64}, {6 << 10, 1}, {6 << 10, 64}} {
		b.Run(fmt.Sprintf("%dB/%d", c.size, c.writers), func(b *testing.B) {
			l := openLog(b, Config{})
			record := bytes.Repeat([]byte("fengsui "), c.size/8)
			var left atomic.Int64
			left.Store(int64(b.N))
			times := make([][]time.Duration, c.writers)
			b.SetBytes(int64(c.size))
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range c.writers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						start := time.Now()
						if _, err := l.Append(b.Context(), record); err != nil {
							b.Error(err)
							return
						}
						times[w] = append(times[w], time.Since(start))
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			all := slices.Sorted(slices.Values(slices.Concat(times...)))
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(l.Tail().Seq)/b.Elapsed().Seconds(), "commits/s")
			b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkRead reads what is on the disk, and what is in the archive.
func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	blobs, err := blob.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	l := openLog(b, Config{Dir: dir})
	record := make([]byte, 100_000)
	const n = 1000
	for i := range n {
		for j := range record {
			record[j] = byte(i*j) & 0x3f
		}
		if _, err := l.Append(b.Context(), record); err != nil {
			b.Fatal(err)
		}
	}
	l.Close()
	read := func(b *testing.B, l *Log) {
		b.SetBytes(n * int64(len(record)))
		for b.Loop() {
			r := l.Reader(fengsui.Place{})
			for range n {
				if _, err := r.Next(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			r.Close()
		}
	}
	b.Run("segment", func(b *testing.B) { read(b, openLog(b, Config{Dir: dir})) })
	b.Run("archive", func(b *testing.B) {
		l := openLog(b, Config{Dir: dir, SegmentBytes: 1, Archive: blobs, Keep: time.Nanosecond})
		if _, err := l.Append(b.Context(), record); err != nil {
			b.Fatal(err)
		}
		l.tidy(b.Context())
		if got := segments(l); len(got) != 1 {
			b.Fatalf("segments are %v", got)
		}
		read(b, l)
	})
}

// BenchmarkLive is how long a record takes from Append to a reader that waits.
func BenchmarkLive(b *testing.B) {
	dir := b.TempDir()
	l := openLog(b, Config{Dir: filepath.Join(dir, "bus")})
	path := filepath.Join(dir, "bus.sock")
	defer serveSocket(b, l, path)()
	remote, err := Dial(path, "secret")
	if err != nil {
		b.Fatal(err)
	}
	defer remote.Close()
	record := make([]byte, 200)
	for _, c := range []struct {
		name string
		read func() nexter
	}{
		{"here", func() nexter { return l.Reader(l.Tail()) }},
		{"socket", func() nexter { return remote.Reader(l.Tail()) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := c.read()
			seen := make(chan struct{})
			go func() {
				for range b.N {
					if _, err := r.Next(b.Context()); err != nil {
						b.Error(err)
					}
					seen <- struct{}{}
				}
			}()
			var behind []time.Duration
			for range b.N {
				if _, err := l.Append(b.Context(), record); err != nil {
					b.Fatal(err)
				}
				acked := time.Now()
				<-seen
				behind = append(behind, time.Since(acked))
			}
			slices.Sort(behind)
			b.ReportMetric(float64(behind[len(behind)/2].Microseconds()), "behind-p50-µs")
			b.ReportMetric(float64(behind[len(behind)*99/100].Microseconds()), "behind-p99-µs")
		})
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(join(join(nil, []byte("one")), []byte("two")))
	f.Add([]byte{0})
	f.Add([]byte{5, 1})
	f.Add([]byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := split(data)
		if err != nil {
			return
		}
		var again []byte
		for _, r := range records {
			if len(r) == 0 {
				t.Fatal("an empty record")
			}
			again = join(again, r)
		}
		if back, err := split(again); err != nil || !slices.EqualFunc(back, records, bytes.Equal) {
			t.Fatalf("%x splits otherwise when put together again", data)
		}
	})
}

func FuzzArchive(f *testing.F) {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, plain := range [][]byte{join(join(nil, []byte("one")), []byte("two")), {0}, {0xff, 0xff, 0xff, 0xff, 0x0f}, nil} {
		f.Add(z.EncodeAll(plain, nil))
	}
	f.Add([]byte("garbage"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := readArchive(io.NopCloser(bytes.NewReader(data)), archive{first: 7, last: 8})
		if err != nil {
			return
		}
		defer r.close()
		for want := uint64(7); ; want++ {
			m, err := r.message()
			if err == io.EOF && want != 9 {
				t.Fatalf("an archive of 7 to 8 ends before %d", want)
			}
			if err != nil {
				return
			}
			if m.seq != want {
				t.Fatalf("message %d where %d should be", m.seq, want)
			}
		}
	})
}
