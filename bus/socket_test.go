package bus

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui"
)

// serveSocket serves l until the returned function is called.
func serveSocket(t testing.TB, l *Log, path string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := l.ServeSocket(ctx, path, "secret"); err != nil {
			t.Error(err)
		}
	})
	for { // until it listens
		if info, err := os.Stat(path); err == nil && info.Mode().Perm() == 0o600 {
			break
		}
	}
	return func() { cancel(); wg.Wait() }
}

// TestSocket: another process reads through the socket what a reader here reads,
// reports its place, and goes on after the other side was gone.
func TestSocket(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bus.sock")
	l := openLog(t, Config{Dir: filepath.Join(dir, "bus")})
	stop := serveSocket(t, l, path)

	if _, err := Dial(path, "guess"); err == nil {
		t.Error("Dial with a wrong token succeeded")
	}
	remote, err := Dial(path, "secret")
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()

	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprint(i)+strings.Repeat("x", i*500))
		add(t, l, want[i])
	}
	r := remote.Reader(fengsui.Place{})
	defer r.Close()
	got, places := take(t, r, 100)
	if !slices.Equal(got, want) {
		t.Error("what was read is not what was appended")
	}
	mid := remote.Reader(places[60])
	defer mid.Close()
	if got, _ := take(t, mid, 39); !slices.Equal(got, want[61:]) {
		t.Error("what was read after a place is not what follows it")
	}
	gone := remote.Reader(fengsui.Place{Seq: 1000})
	defer gone.Close()
	if _, err := gone.Next(t.Context()); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("a place after the end: %v, want not found", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { _, err := r.Next(ctx); ended <- err }()
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Errorf("an ended context gives %v", err)
	}

	// The engine is started again: the other side does not notice.
	run(t, l)
	l.eng.(*embedded).srv.Shutdown()
	if _, err := l.Append(t.Context(), []byte("lost")); err == nil {
		t.Fatal("a dead engine took a record")
	}
	l.mu.Lock()
	moved, away := l.moved, l.away
	l.mu.Unlock()
	if away {
		<-moved
	}
	add(t, l, "again")
	if got, _ := take(t, r, 1); got[0] != "again" {
		t.Errorf("after the engine's restart: %q", got)
	}

	// The whole socket goes and comes back.
	stop()
	last := add(t, l, "meanwhile")
	defer serveSocket(t, l, path)()
	if got, at := take(t, r, 1); got[0] != "meanwhile" || at[0] != last {
		t.Errorf("after the socket came back: %q at %v", got, at)
	}
	remote.Passed("history", last)
	for deadline := time.Now().Add(10 * time.Second); l.Reached("history") != last; {
		if time.Now().After(deadline) {
			t.Fatalf("history is at %v, want %v", l.Reached("history"), last)
		}
		remote.Passed("history", last)
	}
}

// TestSocketSlow: a reader that does not read stops neither appends nor the end
// of the server.
func TestSocketSlow(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bus.sock")
	l := openLog(t, Config{Dir: filepath.Join(dir, "bus")})
	stop := serveSocket(t, l, path)
	remote, err := Dial(path, "secret")
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	r := remote.Reader(fengsui.Place{})
	defer r.Close()
	add(t, l, "first")
	take(t, r, 1)
	for range 100 {
		add(t, l, strings.Repeat("x", 100_000))
	}
	stop()
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("m\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x02ab"))
	f.Add([]byte("e\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02{}"))
	f.Add([]byte("m\x00\x00\x00\x00\x00\x00\x00\x07\xff\xff\xff\xffab"))
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, m, err := readFrame(bytes.NewReader(data))
		if err == nil && (kind == 'e' || len(m.data)+frameHead > len(data)) {
			t.Errorf("%x reads as %c with %d bytes", data, kind, len(m.data))
		}
	})
}
