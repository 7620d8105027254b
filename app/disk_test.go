package app

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"fengsui"
	"fengsui/adapter/push"
)

const namespaceEnv = "FENGSUI_TEST_NAMESPACE"

// inNamespace runs the test again where it may mount disks of its own, and
// reports whether we are there. Where that is refused the test fails: it is about
// full disks, and nobody lends it one.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(namespaceEnv) == t.Name() {
		return true
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "-Urm", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), namespaceEnv+"="+t.Name())
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("in a namespace with disks of its own (it needs unshare -Urm and may mount tmpfs there): %v", err)
	}
	return false
}

// mountDisk puts a small disk at dir.
func mountDisk(t *testing.T, dir string, size int64) {
	t.Helper()
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", size))
	}
	if err != nil {
		t.Fatalf("mounting a small disk at %s was refused: %v; this test must run where unshare -Urm may mount tmpfs", dir, err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
}

// fillDisk leaves so many bytes of a disk free, and says how to make room again.
func fillDisk(t *testing.T, dir string, leave int64) (makeRoom func()) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 1<<16); len(block) > 0; {
		if free := freeOn(t, dir); leave > 0 && free-int64(len(block)) < leave {
			break
		}
		if _, err := f.Write(block); errors.Is(err, unix.ENOSPC) {
			block = block[:len(block)/2] // to the last byte
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := errors.Join(os.Remove(f.Name()), f.Close()); err != nil {
			t.Error(err)
		}
	}
}

func freeOn(t *testing.T, dir string) int64 {
	t.Helper()
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	return int64(s.Bavail) * s.Bsize
}

// diskStories are the script of the tests of this file.
func diskStories(seed uint64) []string {
	return append(plot(seed, 12, "red", "upgraded", "again", "blue", "false"), "red", "upgraded", "again", "blue", "false")
}

// undisturbed is a run of the script in this process that nothing happens to.
func undisturbed(t *testing.T, kinds []string) *facts {
	s := besiege(t, mkdir(t, "undisturbed"))
	s.c.Disk.MinFree = 1
	s.furnish(len(kinds))
	stop := s.load()
	(&tale{s: s, kinds: kinds}).through()
	s.quiet()
	stop()
	s.stop()
	return s.facts()
}

// TestHistoryDies kills the history process again and again and fills its disk to
// the last byte, under load: warnings, steps and pushes are those of a run that
// nothing happened to, and the history completes by itself (DESIGN §3).
func TestHistoryDies(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel() // most of it is waiting
	if !inNamespace(t) {
		return
	}
	kinds := diskStories(killSeed(t))
	var want *facts
	var other sync.WaitGroup
	other.Go(func() { want = undisturbed(t, kinds) })

	s := besiege(t, mkdir(t, "disturbed"))
	disk := filepath.Join(s.c.Data, "history")
	mountDisk(t, disk, 64<<20)
	s.c.Disk.MinFree = 1 << 20
	s.c.History.On, s.c.History.MemoryBytes = true, 256<<20
	pids := make(chan int, 1000)
	s.historyStarted = func(pid int) { pids <- pid }
	s.furnish(len(kinds))
	stop := s.load()
	l := &tale{s: s, kinds: kinds}
	kills := 0
	kill := func() {
		select {
		case pid := <-pids:
			// It has begun to write when it dies.
			wait(s.ctx, time.Second)
			syscall.Kill(pid, syscall.SIGKILL)
			kills++
		case <-time.After(30 * time.Second):
			t.Fatal("the history process is not started again")
		}
	}
	for range 3 {
		l.release(len(kinds) / 4)
		kill()
	}
	makeRoom := fillDisk(t, disk, 0)
	before := s.samples.Load()
	l.release(len(kinds))
	for range 3 {
		kill() // it also starts on a full disk, or is tried until it can
	}
	if n := s.samples.Load() - before; n == 0 {
		t.Error("nothing was taken while the history's disk was full")
	} else {
		t.Logf("%d samples were taken while the history's disk was full", n)
	}
	l.all.Wait()
	makeRoom()
	kill()
	s.quiet()
	stop()

	tail, began := s.p.Bus.Tail(), time.Now()
	client := s.p.History.Client()
	defer client.Close()
	total := int64(0)
	until(t, func() string {
		return fmt.Sprintf("complete: %d of %d samples are in the history", total, s.samples.Load())
	}, func() bool {
		state, err := client.Ready(s.ctx)
		if err != nil || state.Place.Less(tail) {
			return false
		}
		n, err := client.Count(s.ctx, 0, fengsui.At(time.Now())+3_600_000)
		total = n.Samples
		return err == nil && total == s.samples.Load()
	})
	t.Logf("the history was killed %d times and its disk filled; it was complete %s after there was room: %d samples", kills, time.Since(began).Round(time.Millisecond), total)
	s.stop()
	got := s.facts()
	other.Wait()
	if t.Failed() {
		return
	}
	s.compare(want, got).report(t)
	t.Logf("%d warnings, %d steps, %d pushes as in the undisturbed run", len(got.warnings), len(got.steps), len(got.pushes))
}

// TestDiskFull fills the platform's own disk under load, first below the mark,
// then to the last byte: intake refuses with 503 and says when to come again, it
// resumes by itself once there is room, and nothing acknowledged is lost (N03).
func TestDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel() // most of it is waiting
	if !inNamespace(t) {
		return
	}
	const mark = 24 << 20
	kinds := diskStories(killSeed(t))
	var want *facts
	var other sync.WaitGroup
	other.Go(func() { want = undisturbed(t, kinds) })

	dir := mkdir(t, "small")
	mountDisk(t, dir, 256<<20)
	s := besiege(t, dir)
	s.c.Disk.MinFree = mark
	s.furnish(len(kinds) + 1)
	stop := s.load()
	l := &tale{s: s, kinds: kinds}
	// One more warning, without a clock, takes the notes that fill the store.
	noted := &story{s: s, point: storyPoint(len(kinds))}
	if err := noted.raise(0.5); err != nil {
		t.Fatal(err)
	}
	notes := &noting{x: noted}
	for _, leave := range []int64{mark / 2, 0} {
		l.release(len(kinds) / 3)
		had := s.samples.Load()
		until(t, func() string { return "under load" }, func() bool { return s.samples.Load()-had >= quotaSamples })
		refused, acts := s.answers[http.StatusServiceUnavailable].Load(), s.refusals()
		makeRoom := fillDisk(t, dir, leave)
		s.refusedNow()
		full := s.samples.Load()
		if leave == 0 {
			notes.untilRefused()
		} else {
			wait(s.ctx, 3*time.Second)
		}
		taken := s.samples.Load() - full
		free := freeOn(t, dir)
		began := time.Now()
		makeRoom()
		had = s.samples.Load()
		until(t, func() string { return "resumed" }, func() bool { return s.samples.Load()-had >= quotaSamples })
		t.Logf("%d bytes free: %d pushes and %d acts refused with 503, %d samples taken; %d samples taken again %s after there was room",
			free, s.answers[http.StatusServiceUnavailable].Load()-refused, s.refusals()-acts, taken, quotaSamples, time.Since(began).Round(time.Millisecond))
		if taken > 0 {
			t.Errorf("%d samples were taken below the mark", taken)
		}
	}
	l.release(len(kinds))
	l.all.Wait()
	notes.all.Wait()
	s.quiet()
	stop()
	s.stop()
	if n := s.answers[0].Load(); n > 0 {
		t.Errorf("%d pushes were answered otherwise than by 200, 429, or 503 with Retry-After", n)
	}
	got := s.facts()
	other.Wait()
	if t.Failed() {
		return
	}
	if n := got.journal[noted.point+"#1 noted"]; n != notes.taken {
		t.Errorf("%d notes stand in the journal, %d were acknowledged", n, notes.taken)
	}
	got.forget(noted.point)
	s.compare(want, got).report(t)
	t.Logf("%d deliveries, %d acts, %d warnings, %d steps, %d pushes: nothing acknowledged is lost, all as in the undisturbed run",
		len(s.deliveries), len(s.acted), len(got.warnings), len(got.steps), len(got.pushes))
}

// noting writes long notes on a warning.
type noting struct {
	x   *story
	all sync.WaitGroup

	mu    sync.Mutex
	taken int
}

// untilRefused writes until the store has met the full disk too. What was refused
// is repeated until it is taken.
func (n *noting) untilRefused() {
	s := n.x.s
	s.t.Helper()
	before := s.refusals()
	for range 4 {
		n.all.Go(func() {
			for s.refusals() == before && s.ctx.Err() == nil {
				if n.x.s.people["duty"].act("/warnings/"+string(n.x.id)+"/note", map[string]any{"kind": "note", "why": strings.Repeat("full ", 390)}) == nil {
					n.mu.Lock()
					n.taken++
					n.mu.Unlock()
				}
			}
		})
	}
	until(s.t, func() string { return "refused: the store does not meet the full disk" }, func() bool { return s.refusals() > before })
}

// forget drops what a point brought about.
func (f *facts) forget(point string) {
	for _, m := range []map[string]int{f.warnings, f.steps, f.pushes, f.orders, f.journal, f.heard} {
		maps.DeleteFunc(m, func(name string, _ int) bool { return strings.Contains(name, point+"#") })
	}
}

// refusals is how many acts were refused with 503.
func (s *siege) refusals() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.refused {
		n += k
	}
	return n
}

// refusedNow makes one push that the platform must refuse.
func (s *siege) refusedNow() {
	s.t.Helper()
	life, err := s.alive()
	if err != nil {
		s.t.Fatal(err)
	}
	b := push.AppendCompact(nil, &push.Batch{Samples: []push.Sample{{Code: "B00", At: fengsui.At(time.Now()), Value: 5}}})
	r, err := s.bulk[0].Request(life, s.key("refused"), push.TypeCompact, b)
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := s.device.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	said, _ := io.ReadAll(a.Body)
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		s.t.Errorf("on a full disk: %d, Retry-After %q, %s, want 503 with Retry-After", a.StatusCode, a.Header.Get("Retry-After"), said)
	}
}
