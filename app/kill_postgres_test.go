package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What is killed of a platform of three processes.
const (
	theHolder   = "the holder"             // started again at once
	theReplaced = "the holder, replaced"   // started again once another one judges
	inItsChange = "in an open transaction" // the holder
	theDoor     = "a door at an answer"
	thePostgres = "PostgreSQL"
	theLog      = "the NATS server that leads"
)

// TestKillPostgres is TestKill over PostgreSQL and three NATS servers, with three
// processes that share the platform: they, the database and the log's leader are killed
// under load, and what is there afterwards is what an unkilled platform of one process
// has (N01, DESIGN §5.1). FENGSUI_KILLS says how often [6], FENGSUI_SOAK=1 is 120.
func TestKillPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, run by make test: takes a minute")
	}
	kills := 6
	if os.Getenv("FENGSUI_SOAK") != "" {
		kills = 120
	}
	if n, err := strconv.Atoi(os.Getenv("FENGSUI_KILLS")); err == nil {
		kills = n
	}
	seed := killSeed(t)
	r := rand.New(rand.NewPCG(seed, 4))
	six := []string{theHolder, theReplaced, inItsChange, theDoor, thePostgres, theLog}
	plan := make([]string, kills)
	for i := range plan {
		plan[i] = six[i%len(six)]
	}
	r.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	kinds := plot(seed, kills*perKill, "red", "upgraded", "false", "red")
	binary := faultBinary(t)
	t.Parallel() // most of it is waiting
	var want *facts
	var other sync.WaitGroup
	other.Go(func() { want = unkilled(t, binary, kinds) })

	s := besiege(t, mkdir(t, "fleet"))
	s.binary = binary
	f := found(t, s, 3, 3)
	s.furnish(len(kinds))
	stop := s.load()
	x := &tale{s: s, kinds: kinds}
	began, longest := time.Now(), time.Duration(0)
	var samples, acts, due int64
	for i, what := range plan {
		x.release(perKill - 1)
		until(t, func() string {
			return fmt.Sprintf("loaded before kill %d of %s: %d samples, %d acts, %d due steps", i+1, what, s.samples.Load()-samples, s.acts.Load()-acts, s.feed.dueSteps()-due)
		}, func() bool {
			return s.samples.Load()-samples >= quotaSamples && s.acts.Load()-acts >= quotaActs && s.feed.dueSteps()-due >= 1
		})
		hit := time.Now()
		point := storyPoint(x.next)
		f.strike(what, r, func() { x.release(1) })
		gap := took(hit, func() bool { return s.feed.raised(point + "#1") })
		longest = max(longest, gap)
		t.Logf("kill of %s: what was raised then was told after %s", what, gap.Round(10*time.Millisecond))
		samples, acts, due = s.samples.Load(), s.acts.Load(), s.feed.dueSteps()
	}
	x.all.Wait()
	s.quiet()
	stop()
	s.stop()
	t.Logf("%d kills in %s, longest gap %s; %d messages were sent again under their key", kills, time.Since(began).Round(time.Second), longest.Round(time.Millisecond), s.ear.twice())
	got := s.facts()
	other.Wait()
	if t.Failed() {
		return
	}
	s.compare(want, got).report(t)
	t.Logf("held against an unkilled run: %d warnings, %d steps, %d pushes, %d orders, %d journal rows, %d messages heard outside; %d acknowledged deliveries (%d samples), %d acknowledged acts",
		len(want.warnings), len(want.steps), len(want.pushes), len(want.orders), len(want.journal), len(want.heard), len(s.deliveries), s.samples.Load(), len(s.acted))
}

// strike kills something, begins a story as it dies, and brings it back.
func (f *fleet) strike(what string, r *rand.Rand, story func()) {
	s, t := f.s, f.s.t
	t.Helper()
	switch what {
	case thePostgres:
		f.postgres.Kill(t)
		story()
		f.postgres.Restart(t)
	case theLog:
		i := f.leader()
		if out, err := exec.Command("../scripts/nats.sh", "kill", f.logs, strconv.Itoa(i)).CombinedOutput(); err != nil {
			t.Fatalf("kill NATS server %d: %v %s", i, err, out)
		}
		story()
		wait(s.ctx, time.Second)
		f.startLog(s.c.Bus.Replicas)
	case theDoor:
		m := f.members[r.IntN(len(f.members))]
		dead := make(chan struct{})
		die := sync.OnceFunc(func() { close(dead); m.proc.cmd.Process.Kill() })
		s.onAnswer.Store(&die)
		story()
		<-dead
		f.again(m)
	case inItsChange:
		m := f.held(leaseEvaluate)
		fmt.Fprintln(m.proc.arm, "in-change", 1+r.IntN(5))
		story()
		select {
		case <-m.proc.stands:
		case <-time.After(30 * time.Second):
			t.Fatalf("nothing came by to be killed %s", what)
		}
		f.kill(m)
		f.again(m)
	default:
		m := f.held(leaseEvaluate)
		f.kill(m)
		story()
		if what == theReplaced {
			until(t, func() string { return "another one holds the lease" }, func() bool { next := f.holder(leaseEvaluate); return next != nil && next != m })
		}
		f.again(m)
	}
}

// again starts a member that was killed.
func (f *fleet) again(m *member) {
	f.s.t.Helper()
	<-m.proc.gone
	m.down()
	f.begin(m)
	f.live(m)
}

// leader is the number of the NATS server that leads the newest part of the log.
func (f *fleet) leader() (number int) {
	t := f.s.t
	t.Helper()
	conn, err := nats.Connect(f.s.c.Bus.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() string { return "a leader of the log" }, func() bool {
		ctx, cancel := context.WithTimeout(f.s.ctx, 5*time.Second)
		defer cancel()
		newest := ""
		names := js.StreamNames(ctx)
		for name := range names.Name() {
			if strings.HasPrefix(name, "log-") {
				newest = max(newest, name)
			}
		}
		stream, err := js.Stream(ctx, newest)
		if err = errors.Join(names.Err(), err); err != nil {
			return false
		}
		c := stream.CachedInfo().Cluster
		if c == nil || c.Leader == "" {
			return false
		}
		n, _ := fmt.Sscanf(c.Leader, "n%d", &number)
		return n == 1
	})
	return number
}
