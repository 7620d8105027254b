package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// lab is what the parts of a run share.
type lab struct {
	*Report
	dir    string
	keys   []key
	list   []*plant // those that send
	probes []*plant // those that raise warnings
	at     place
	server *running
	rivals map[string]*rival
	full   float64 // samples a second with compact bodies
}

// seconds is how long a stretch of load lasts.
func seconds(n int) time.Duration {
	if long() {
		n *= 4
	}
	return time.Duration(n) * time.Second
}

// part measures one part of a run.
func part(b *testing.B, name string, f func(*testing.B)) {
	ran := false
	b.Run(name, func(b *testing.B) {
		for b.Loop() {
			f(b)
		}
		ran = !b.Failed()
	})
	if ran {
		all.ran = append(all.ran, name)
	}
}

// BenchmarkFigures is most of it, in an order: one platform goes through the load,
// the feed and the kill; what follows stands alone.
func BenchmarkFigures(b *testing.B) {
	l := &lab{Report: &all, dir: b.TempDir(), rivals: map[string]*rival{}}
	part(b, "push", func(b *testing.B) {
		l.furnish(b)
		clocks := l.copyOfStore(b) // before the platform begins to write
		l.launch(b)
		defer l.end(b)
		l.sustained(b)
		l.single(b)
		l.feed(b)
		l.restart(b)
		l.console(b)
		l.end(b)
		l.clocks(b, clocks)
	})
	part(b, "vehicles", l.vehicles)
	part(b, "disk", l.disk)
	part(b, "models", func(b *testing.B) { l.models(b) })
	part(b, "processes", l.processes)
}

func (l *lab) furnish(b testing.TB) {
	l.at = place{Dir: filepath.Join(l.dir, "platform"), Plain: "127.0.0.1:0", Secure: "127.0.0.1:0"}
	m := measure(nil)
	var err error
	if l.keys, err = furnish(b.Context(), l.at, size{plants, points, probePlants}); err != nil {
		b.Fatal(err)
	}
	c := m.stop()
	l.add("registry: points brought in", plants*points/c.wall.Seconds(), "points/s", nil, c, "%d enterprises, %d points, with journal rows", plants+probePlants, plants*points+probePlants*probePoints)
	for i, k := range l.keys {
		if i < plants {
			l.list = append(l.list, newPlant(i, k, points))
		} else {
			l.probes = append(l.probes, newPlant(i, k, probePoints))
		}
	}
}

// copyOfStore sets the furnished data aside.
func (l *lab) copyOfStore(b testing.TB) place {
	at := l.at
	at.Dir = filepath.Join(l.dir, "clocks")
	if err := os.CopyFS(at.Dir, os.DirFS(l.at.Dir)); err != nil {
		b.Fatal(err)
	}
	return at
}

// launch starts platform and rivals, and has every point send once: the store
// makes 100,000 new series only once.
func (l *lab) launch(b testing.TB) {
	var err error
	if l.server, err = launch(l.at); err != nil {
		b.Fatal(err)
	}
	for _, door := range []string{"block", "write"} {
		if l.rivals[door], err = startRival(door, filepath.Join(l.dir, door), l.server); err != nil {
			b.Fatal(err)
		}
	}
	l.toward(true)
	for i := range 2 * len(l.list) {
		if err := l.list[i%len(l.list)].post(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		for _, r := range l.rivals {
			if err := r.post(b.Context(), l.list[i%len(l.list)]); err != nil {
				b.Fatal(err)
			}
		}
	}
	l.drain(b)
	l.rest(time.Minute)
}

// rest lets the processes finish what the load before left them, so that one does
// not pay for another.
func (l *lab) rest(most time.Duration) {
	users := []user{l.server}
	for _, r := range l.rivals {
		users = append(users, r)
	}
	settle(most, users...)
}

func (l *lab) toward(compact bool) {
	for _, p := range append(l.list[:len(l.list):len(l.list)], l.probes...) {
		p.toward(l.server, compact)
	}
}

func (l *lab) drain(b testing.TB) {
	if err := l.server.drain(); err != nil {
		b.Fatal(err)
	}
}

func (l *lab) end(b testing.TB) {
	for _, r := range l.rivals {
		r.end()
	}
	if l.server != nil {
		if err := l.server.end(); err != nil {
			b.Errorf("the platform ended with %v", err)
		}
	}
}

// senders is how many batches are under way at once.
const senders = 24

// round is a stretch of full load: until everything that was sent is judged and in
// the history.
type round struct {
	cost
	samples float64
	took    []time.Duration
	sent    time.Duration // until the last answer
}

func (r round) plus(s round) round {
	return round{r.cost.plus(s.cost), r.samples + s.samples, append(r.took, s.took...), r.sent + s.sent}
}

func (r round) rate() float64  { return r.samples / r.wall.Seconds() }
func (r round) acked() float64 { return r.samples / r.sent.Seconds() }

// efficiency is samples per CPU-second of all sides.
func (r round) efficiency() float64 {
	return r.samples / (r.server + r.history + r.client).Seconds()
}

func (l *lab) load(b testing.TB, d time.Duration, n, workers int) (r round) {
	m := measure(l.server)
	took, err := flood(workers, d, l.list, func(ctx context.Context, p *plant) error { return p.post(ctx, n) })
	if err != nil {
		b.Fatal(err)
	}
	r.took, r.sent, r.samples = took, time.Since(m.begun), float64(n*len(took))
	l.drain(b)
	r.cost = m.stop()
	return r
}

func (l *lab) against(b testing.TB, v *rival, d time.Duration) (r round) {
	m := measure(v.child)
	took, err := flood(senders, d, l.list, v.post)
	if err != nil {
		b.Fatal(err)
	}
	r.took, r.samples = took, float64(batch*len(took))
	r.cost = m.stop()
	r.sent = r.wall
	return r
}

// sustained measures the whole path with batches and, in turn with it, the bare
// store, so that what else the machine does meets both.
func (l *lab) sustained(b testing.TB) {
	var compact, text round
	bare := map[string]round{}
	const rounds = 3
	done := func() error { return nil }
	for i := range rounds {
		l.rest(10 * time.Second)
		if i == 0 {
			done = l.server.profile("compact", int(seconds(4)/time.Second))
		}
		compact = compact.plus(l.load(b, seconds(4), batch, senders))
		if i == 0 {
			if err := done(); err != nil {
				b.Fatal(err)
			}
		}
		for door, v := range l.rivals {
			l.rest(10 * time.Second)
			bare[door] = bare[door].plus(l.against(b, v, seconds(3)))
		}
	}
	l.toward(false)
	l.rest(10 * time.Second)
	done = l.server.profile("json", int(seconds(5)/time.Second))
	text = l.load(b, seconds(6), batch, senders)
	if err := done(); err != nil {
		b.Fatal(err)
	}
	l.toward(true)
	l.full = compact.rate()
	note := func(r round) string {
		return fmt.Sprintf("%s samples, acknowledged at %s/s, %s samples per CPU-s", short(r.samples), short(digits(r.acked())), short(digits(r.efficiency())))
	}
	l.add("samples sustained, compact, batches of 500", compact.rate(), "samples/s", atLeast(500_000), compact.cost, "%s", note(compact)).spread(compact.took)
	l.add("samples sustained, JSON, batches of 500", text.rate(), "samples/s", atLeast(250_000), text.cost, "%s", note(text)).spread(text.took)
	for _, door := range []string{"block", "write"} {
		r := bare[door]
		what := map[string]string{"block": "its library behind HTTPS, our compact samples", "write": "its own remote write behind HTTPS"}[door]
		l.add("bare store: "+what, r.rate(), "samples/s", nil, r.cost, "%s", note(r)).spread(r.took)
		l.add("compact against it", compact.rate()/r.rate(), "×", atLeast(0.6), cost{}, "%s × by samples per CPU-s", short(digits(compact.efficiency()/r.efficiency())))
		l.rivals[door].end() // it must not merge beside what follows
	}
}

// single measures requests of one sample.
func (l *lab) single(b testing.TB) {
	l.rest(10 * time.Second)
	done := l.server.profile("single", int(seconds(5)/time.Second))
	r := l.load(b, seconds(6), 1, 128)
	if err := done(); err != nil {
		b.Fatal(err)
	}
	l.add("one sample a request", r.acked(), "requests/s", atLeast(8_000), r.cost, "128 at once; %s in all", short(r.samples)).spread(r.took)
}
