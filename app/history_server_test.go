package app

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/series/remote"
)

// runScript runs a script of ours and gives what it prints.
func runScript(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command("../scripts/"+args[0], args[1:]...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, said.String())
	}
	return strings.TrimSpace(string(out))
}

// serverDir is a directory for a server that a script runs until the test ends.
func serverDir(t testing.TB, script string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fengsui-server-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { runScript(t, script, "stop", dir) })
	return dir
}

func freePort(t testing.TB) string {
	t.Helper()
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// tick appends what the log has each second when nothing else comes.
func (b *historyBed) tick(t *testing.T, at fengsui.Millis) {
	if _, err := b.log.Append(t.Context(), fengsui.AppendRecord(nil, &fengsui.Record{Tick: true, Received: at})); err != nil {
		t.Error(err)
	}
}

// TestHistoryServer: with a server in the place of the engine inside (issue 4.1), every
// good sample of the log is in it, once, though the server is away when the history
// starts, is killed when it has just answered, and loses what it had not written down.
func TestHistoryServer(t *testing.T) {
	t.Parallel() // most of it is waiting
	dir, port := serverDir(t, "victoria.sh"), freePort(t)
	b := newHistory(t, t.TempDir())
	b.child.c.Server = remote.Config{URL: "http://127.0.0.1:" + port, Retention: 400 * 24 * time.Hour}
	b.run(t)
	b.load(t, 5)
	until(t, func() string { return "said that the server is away" }, func() bool {
		s, err := b.client.Ready(t.Context())
		return err == nil && s.Why != ""
	})
	runScript(t, "victoria.sh", "start", dir, port)
	b.load(t, 20)
	if s := b.caughtUp(t); s.Why != "" {
		t.Errorf("it has caught up and says %q", s.Why)
	}
	b.complete(t)

	b.load(t, 20)
	b.caughtUp(t)
	runScript(t, "victoria.sh", "kill", dir)
	b.load(t, 5)
	until(t, func() string { return "said that the server is away" }, func() bool {
		s, err := b.client.Ready(t.Context())
		return err == nil && s.Why != ""
	})
	runScript(t, "victoria.sh", "start", dir, port)
	// The log's ticks are what makes the history look.
	stop := make(chan struct{})
	done := make(chan struct{})
	at := b.clock
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				b.tick(t, at)
			}
		}
	}()
	b.complete(t)
	close(stop)
	<-done
	if s := b.caughtUp(t); s.Free == 0 || s.Full {
		t.Errorf("got %+v, want the server's room", s)
	}
}
