package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/store/storetest"
)

// sidePlants is how many enterprises the comparison of processes has: it brings them in
// twice.
const sidePlants = 50

// clerks is how many people act at once.
const clerks = 8

// processes measures the same field, clients and load on three processes that share a
// platform over PostgreSQL and a NATS server, and on one process with its own engines.
func (l *lab) processes(b *testing.B) {
	store := storetest.Start(b, "../scripts/postgres.sh")
	b.Cleanup(func() {
		if err := store.Stop(); err != nil {
			b.Errorf("stop PostgreSQL: %v", err)
		}
	})
	logs := filepath.Join(l.dir, "nats")
	b.Cleanup(func() { exec.Command("../scripts/nats.sh", "stop", logs).Run() })
	nats := script(b, "start", logs, "1")
	database := store.Database(b, "fengsui")
	pid, err := strconv.Atoi(script(b, "pid", logs, "1"))
	if err != nil {
		b.Fatal(err)
	}

	three := l.side(b, place{Dir: filepath.Join(l.dir, "three"), Plain: "127.0.0.1:0", Secure: "127.0.0.1:0", Store: database, Log: nats, Roles: []string{"intake", "api"}})
	three.server.engines = []int{postmaster(b, database), pid}
	for i, roles := range [][]string{{"evaluate", "notify"}, {"history"}} {
		o, err := launch(three.member(b, strconv.Itoa(i+2), roles))
		if err != nil {
			b.Fatal(err)
		}
		three.server.others = append(three.server.others, o)
	}
	many := three.compare(b, 0)
	three.end(b)

	one := l.side(b, place{Dir: filepath.Join(l.dir, "one"), Plain: "127.0.0.1:0", Secure: "127.0.0.1:0"})
	alone := one.compare(b, many.beside)
	one.end(b)

	const embedded, outside = "one process, embedded: ", "three processes, PostgreSQL and NATS: "
	note := fmt.Sprintf("%d enterprises with %d points each; ", sidePlants, points)
	for _, x := range []struct {
		name, note string
		compared
	}{{embedded, note + "the same field, clients and machine", alone}, {outside, note + "intake and api, evaluate and notify, history; the engines' CPU is the server's", many}} {
		s := x.sustained
		l.add(x.name+"samples sustained, compact", s.rate(), "samples/s", nil, s.cost, "%s samples, acknowledged at %s/s, %s samples per CPU-s; %s",
			short(s.samples), short(digits(s.acked())), short(digits(s.efficiency())), x.note).spread(s.took)
		r := x.signals
		l.add(x.name+"signal in → red warning on the feed, median", ms(percentile(r.took, 50)), "ms", nil, r.cost, "%d warnings, %d of which did not come within 30 s; %s samples/s beside them, half of what the three sustain is %s",
			len(r.took), r.missing, short(digits(r.beside)), short(digits(x.beside))).spread(r.took)
		l.add(x.name+"acts of people, recorded and answered", x.acts, "acts/s", nil, x.acting, "notes on warnings, %d people at once", clerks).spread(x.answers)
	}
}

// compared is what one side of the comparison did.
type compared struct {
	sustained round
	signals   signalled
	beside    float64 // samples a second beside the signals
	acts      float64 // a second
	acting    cost
	answers   []time.Duration // to acts; sorted
}

// compare measures a side. beside is the load beside the signals; 0: half of what it sustains.
func (l *lab) compare(b *testing.B, beside float64) (c compared) {
	for i := range 2 * len(l.list) {
		if err := l.list[i%len(l.list)].post(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	l.drain(b)
	l.rest(30 * time.Second)
	c.sustained = l.load(b, seconds(8), batch, senders)
	l.rest(30 * time.Second)
	if c.beside = beside; beside == 0 {
		c.beside = c.sustained.rate() / 2
	}
	c.signals = l.signals(b, c.beside, seconds(10))
	l.rest(30 * time.Second)
	l.acts(b, &c)
	return c
}

// clerk is a person who writes notes on a warning.
type clerk struct {
	session
	warning fengsui.ID
}

// acts has people act as fast as they are answered.
func (l *lab) acts(b testing.TB, c *compared) {
	var list []clerk
	for range clerks {
		who, err := l.server.signIn(login)
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, clerk{session: who})
	}
	var open struct{ Items []struct{ ID fengsui.ID } }
	if err := l.server.call(b.Context(), list[0].session, http.MethodGet, fmt.Sprintf("/warnings?open=true&limit=%d", clerks), nil, &open); err != nil {
		b.Fatal(err)
	}
	if len(open.Items) < clerks {
		b.Fatalf("%d warnings are open, want %d to act on", len(open.Items), clerks)
	}
	for i := range list {
		list[i].warning = open.Items[i].ID
	}
	m := measure(l.server)
	var err error
	c.answers, err = flood(clerks, seconds(5), list, func(ctx context.Context, k clerk) error {
		return l.server.call(ctx, k.session, http.MethodPost, "/warnings/"+string(k.warning)+"/note", map[string]string{"kind": "note", "why": "seen"}, nil)
	})
	if err != nil {
		b.Fatal(err)
	}
	c.acting = m.stop()
	c.acts = float64(len(c.answers)) / c.acting.wall.Seconds()
	slices.Sort(c.answers)
}

// side is a lab of its own whose platform runs, or the one with the doors of it.
func (l *lab) side(b *testing.B, at place) *lab {
	s := &lab{Report: &Report{}, dir: at.Dir, at: at, rivals: map[string]*rival{}}
	whole := at
	whole.Roles = nil
	var err error
	if s.keys, err = furnish(b.Context(), whole, size{sidePlants, points, probePlants}); err != nil {
		b.Fatal(err)
	}
	for i, k := range s.keys {
		if i < sidePlants {
			s.list = append(s.list, newPlant(i, k, points))
		} else {
			s.probes = append(s.probes, newPlant(i, k, probePoints))
		}
	}
	if s.server, err = launch(at); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.server.kill)
	s.toward(true)
	return s
}

// member is the place of another process of the platform: files of blobs, certificates
// and keys are everybody's.
func (l *lab) member(b *testing.B, name string, roles []string) place {
	at := l.at
	at.Dir, at.Plain, at.Secure, at.Roles = filepath.Join(l.dir, name), "", "", roles
	if err := os.MkdirAll(at.data(), 0o700); err != nil {
		b.Fatal(err)
	}
	for _, sub := range []string{"blob", "tls"} {
		if err := os.Symlink(l.at.data(sub), at.data(sub)); err != nil {
			b.Fatal(err)
		}
	}
	for _, key := range []string{"master.key", "seal.key"} {
		text, err := os.ReadFile(filepath.Join(l.at.Dir, key))
		if err == nil {
			err = os.WriteFile(filepath.Join(at.Dir, key), text, 0o600)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	return at
}

func script(b *testing.B, args ...string) string {
	cmd := exec.Command("../scripts/nats.sh", args...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("scripts/nats.sh %s: %v: %s", strings.Join(args, " "), err, said.String())
	}
	return strings.TrimSpace(string(out))
}

// postmaster is the process id of the server of a database's URL, which lies in the
// directory of its socket.
func postmaster(b *testing.B, database string) int {
	u, err := url.Parse(database)
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(u.Query().Get("host"), "data", "postmaster.pid"))
	if err != nil {
		b.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		b.Fatal(err)
	}
	return pid
}
