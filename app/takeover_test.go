package app

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What takes over, and from whom.
const (
	wereKilled  = "killed"
	wereCutOff  = "cut off"
	wereStopped = "stopped"
	wereEnded   = "ended in order"
)

// longestGap is what is promised (N01; issue 4.2). What the same takes while nobody is away
// is not part of it, and beyond that a machine that is busy with other things adds to it:
// a test fails beyond twice that.
const longestGap = 10 * time.Second

// TestTakeover has the one process that judges and the one that sends killed, cut off
// from store and log, stopped, and ended in order, under load: another one goes on
// within 10 s, what the former holder still writes is refused, and nothing is lost or
// doubled (N01, DESIGN §3). Of three processes one does everything, one all but judging,
// and one judges alone, in a network of its own.
func TestTakeover(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, run by make test: takes a minute")
	}
	line := newIsland(t)
	seed := killSeed(t)
	steps := []string{wereKilled, wereCutOff, wereStopped, wereEnded}
	kinds := plot(seed, len(steps)*perKill, "red", "upgraded", "false", "red")
	for i := perKill - 1; i < len(kinds); i += perKill {
		kinds[i] = "red" // raised while nobody holds the lease
	}
	binary := faultBinary(t)
	t.Parallel() // most of it is waiting
	var want *facts
	var other sync.WaitGroup
	other.Go(func() { want = unkilled(t, binary, kinds) })

	s := besiege(t, mkdir(t, "fleet"))
	s.binary = binary
	f := found(t, s, 3, 1)
	f.members[1].roles = "intake,api,notify"
	f.isolate(f.members[2], line)
	f.members[2].roles = "evaluate"
	s.furnish(len(kinds))
	end := s.load()
	x := &tale{s: s, kinds: kinds}
	for i, how := range steps {
		acts, due := s.acts.Load(), s.feed.dueSteps()
		calm, before := time.Now(), storyPoint(x.next)
		x.release(perKill - 1)
		usuallyJudged := took(calm, func() bool { return s.feed.raised(before + "#1") })
		usuallySent := took(calm, func() bool { return s.heardOf(before) })
		until(t, func() string { return "loaded before it is " + how }, func() bool { return s.acts.Load()-acts >= quotaActs && s.feed.dueSteps()-due >= 1 })
		old := f.held(leaseEvaluate)
		if want := f.members[i%2*2]; old != want {
			t.Fatalf("%s holds the lease before it is %s, want %s", old.name, how, want.name)
		}
		life := old.proc
		began := time.Now()
		switch how {
		case wereKilled:
			f.kill(old)
		case wereCutOff:
			line.cut()
		case wereStopped:
			life.cmd.Process.Signal(syscall.SIGSTOP)
		case wereEnded:
			s.endProcess(life)
		}
		point := storyPoint(x.next)
		x.release(1)
		judged := took(began, func() bool { return s.feed.raised(point + "#1") })
		sent := took(began, func() bool { return s.heardOf(point) })
		t.Logf("holder %s: another one judges after %s, and has sent after %s; otherwise it takes %s and %s", how, judged.Round(10*time.Millisecond), sent.Round(10*time.Millisecond),
			usuallyJudged.Round(10*time.Millisecond), usuallySent.Round(10*time.Millisecond))
		if judged-usuallyJudged > 2*longestGap || sent-usuallySent > 2*longestGap+5*time.Second {
			t.Errorf("holder %s: the gap is %s until judged and %s until sent, want %s beside the %s and %s of any other time", how, judged, sent, longestGap, usuallyJudged, usuallySent)
		}
		switch how {
		case wereKilled, wereEnded:
			f.begin(old)
			f.live(old)
			continue
		case wereCutOff:
			line.heal()
		case wereStopped:
			life.cmd.Process.Signal(syscall.SIGCONT)
		}
		if !within(30*time.Second, func() bool { return life.says("lease lost", leaseEvaluate) }) {
			t.Errorf("%s came back and does not know that it was replaced:\n%s", old.name, life.lastWords())
		}
	}
	x.all.Wait()
	s.quiet()
	end()
	s.stop()
	refused := 0
	for _, m := range f.members {
		for _, text := range m.proc.leases {
			if strings.Contains(text, "late write was refused") {
				refused++
			}
		}
	}
	t.Logf("%d late writes were refused; %d messages were sent again under their key", refused, s.ear.twice())
	got := s.facts()
	other.Wait()
	if t.Failed() {
		return
	}
	s.compare(want, got).report(t)
	t.Logf("held against an unkilled run: %d warnings, %d steps, %d pushes, %d journal rows; %d acknowledged deliveries, %d acknowledged acts: none lost, none doubled",
		len(want.warnings), len(want.steps), len(want.pushes), len(want.journal), len(s.deliveries), len(s.acted))
}

// took is how long after a moment something is so.
func took(since time.Time, ok func() bool) time.Duration {
	within(time.Minute, ok)
	return time.Since(since)
}

// raised says whether the feed told of a story's warning.
func (f *feedEar) raised(story string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.byStory[story] != ""
}

// heardOf says whether somebody outside was told of a point's warning.
func (s *siege) heardOf(point string) bool {
	db := s.open()
	defer db.Close()
	n := 0
	err := db.QueryRow(`SELECT COUNT(*) FROM notify_delivery d JOIN notify_push p ON p.id = d.push JOIN warning w ON w.id = p.warning JOIN point n ON 'point/' || n.num = w.subject
		WHERE n.code = '` + point + `' AND d.state = 'sent' AND d.channel = 'webhook'`).Scan(&n)
	return err == nil && n > 0
}

// says looks for something that a process said of a lease.
func (p *process) says(what, name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range p.leases {
		if strings.Contains(text, what) && strings.Contains(text, "lease="+name) {
			return true
		}
	}
	return false
}

// isolate puts a process into a network of its own. It has no door, and reaches store
// and log by one line.
func (f *fleet) isolate(m *member, line *island) {
	m.door, m.c.HTTP, m.c.HTTPS = false, "", ""
	m.wrap = []string{"ip", "netns", "exec", line.name}
	_, place, _ := strings.Cut(f.s.c.Store.URL, "host=")
	line.reach(f.s.ctx, "127.0.0.1:5432", "unix", place+"/.s.PGSQL.5432")
	m.c.Store.URL = "postgres://fengsui@127.0.0.1:5432/fengsui?sslmode=disable"
	servers := strings.Split(f.s.c.Bus.URL, ",")
	for i, server := range servers {
		at := net.JoinHostPort("127.0.0.1", fmt.Sprint(4222+i))
		line.reach(f.s.ctx, at, "tcp", strings.TrimPrefix(server, "nats://"))
		servers[i] = "nats://" + at
	}
	m.c.Bus.URL = strings.Join(servers, ",")
}
