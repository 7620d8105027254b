package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter/push"
)

// pause is between two tries, and between two batches of a sender.
const (
	tryPause  = 50 * time.Millisecond
	bulkPause = 50 * time.Millisecond
	bulkBatch = 50 // samples in a batch
)

// wait passes a moment, unless ctx ends.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// push sends a batch under a key, life after life, until it is answered.
func (s *siege) push(c *push.Client, key string, b *push.Batch) error {
	for {
		life, err := s.alive()
		if err != nil {
			if s.ctx.Err() != nil {
				return err
			}
			wait(s.ctx, tryPause)
			continue
		}
		r, err := c.Send(life, key, b)
		if err == nil {
			if r.Accepted != len(b.Samples) || len(r.Errors) > 0 {
				s.blame("delivery %s: %d of %d samples accepted, %v", key, r.Accepted, len(b.Samples), r.Errors)
			}
			s.mu.Lock()
			s.deliveries[key] = digestOf(b.Samples)
			s.mu.Unlock()
			s.samples.Add(int64(len(b.Samples)))
			s.answered()
			return nil
		}
		if _, lasting := errors.AsType[*push.Refused](err); lasting && life.Err() == nil {
			s.blame("delivery %s: %v", key, err)
			return err
		}
	}
}

// answered is called at every answer that acknowledges something.
func (s *siege) answered() {
	if f := s.onAnswer.Swap(nil); f != nil {
		(*f)()
	}
}

// digestOf is what a delivery's samples must still be when they are read back.
func digestOf(list []push.Sample) uint64 {
	var d digest
	for _, x := range list {
		d.add(x.At, x.Value)
	}
	return uint64(d)
}

// digest is of samples in their order: FNV-1a over words, since millions are digested.
type digest uint64

func (d *digest) add(at fengsui.Millis, value float64) {
	for _, word := range [...]uint64{uint64(at), math.Float64bits(value)} {
		*d = (*d ^ digest(word)) * 1_099_511_628_211
	}
}

// pour sends batches as one enterprise until ctx ends; what it began it brings to
// its end.
func (s *siege) pour(ctx context.Context, i int) {
	for n := 0; ctx.Err() == nil; n++ {
		b := &push.Batch{}
		at := fengsui.At(time.Now())
		for j := range bulkBatch {
			b.Samples = append(b.Samples, push.Sample{Code: fmt.Sprintf("B%02d", j), At: at, Value: 5 + math.Sin(float64(n+j))})
		}
		if s.push(s.bulk[i], fmt.Sprintf("bulk-%d-%d", i, n), b) != nil {
			return
		}
		wait(ctx, bulkPause)
	}
}

// act carries out an act under one key until it is answered.
func (p *person) act(path string, body any) error {
	s := p.s
	key := s.key(p.login)
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	for {
		life, err := s.alive()
		if err != nil {
			if s.ctx.Err() != nil {
				return err
			}
			wait(s.ctx, tryPause)
			continue
		}
		status, answer, err := s.send(life, p, "POST", path, key, "application/json", b)
		var said struct {
			Pos             int64
			Reason, Message string
		}
		if err == nil {
			err = json.Unmarshal(answer, &said)
		}
		switch {
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case err != nil:
		case status == http.StatusOK:
			s.mu.Lock()
			s.acted[actKey{p.id, key}] = said.Pos
			s.mu.Unlock()
			s.acts.Add(1)
			s.answered()
			return nil
		case status == http.StatusServiceUnavailable:
			s.mu.Lock()
			s.refused[said.Reason]++
			s.mu.Unlock()
			if said.Message == "" {
				s.blame("%s %s was refused without a sentence", p.login, path)
			}
		default:
			err := fmt.Errorf("%s %s: %d %s %s", p.login, path, status, said.Reason, said.Message)
			s.blame("%v", err)
			return err
		}
		wait(life, tryPause)
	}
}

// read reads until it is answered.
func (p *person) read(path string, out any) error {
	s := p.s
	for {
		life, err := s.alive()
		if err == nil {
			status, answer, err := s.send(life, p, "GET", path, "", "", nil)
			switch {
			case err == nil && status == http.StatusOK:
				return json.Unmarshal(answer, out)
			case err == nil && status/100 == 4:
				s.blame("%s reads %s: %d %s", p.login, path, status, answer)
				return fmt.Errorf("%s reads %s: %d", p.login, path, status)
			}
		}
		if !wait(s.ctx, tryPause) {
			return s.ctx.Err()
		}
	}
}

// ear is everyone who is told outside the platform: the parties' webhooks and the
// municipal platform. A message counts once it is answered.
type ear struct {
	url string

	mu    sync.Mutex
	heard map[string]map[string]int // path -> key -> how often
	hold  func()                    // taken by the next message: the platform is killed while it waits for our answer
	keep  bool
}

func newEar(t testing.TB) *ear {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{url: "http://" + l.Addr().String(), heard: map[string]map[string]int{}}
	server := &http.Server{Handler: e, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() { defer close(done); server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-done })
	return e
}

// ServeHTTP takes one message.
func (e *ear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return // half a message: its sender died
	}
	path, key := r.URL.Path[1:], r.Header.Get("Idempotency-Key")
	e.mu.Lock()
	hold, keep := e.hold, e.keep
	e.hold = nil
	if hold == nil || keep {
		if e.heard[path] == nil {
			e.heard[path] = map[string]int{}
		}
		e.heard[path][key]++
	}
	e.mu.Unlock()
	if hold != nil {
		hold()
		panic(http.ErrAbortHandler) // no answer
	}
}

// catch has f called while the platform waits for the answer to its next message.
// keep says whether the receiver remembers that message.
func (e *ear) catch(keep bool, f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hold, e.keep = f, keep
}

// feedEar follows the live feed across all lives.
type feedEar struct {
	mu      sync.Mutex
	last    int64
	due     int64                         // notices and supervisions
	counts  map[fengsui.ID]map[string]int // warning -> act
	byStory map[string]fengsui.ID         // point#occurrence
	moved   chan struct{}                 // closed when anything changes
}

func newFeedEar() *feedEar {
	return &feedEar{counts: map[fengsui.ID]map[string]int{}, byStory: map[string]fengsui.ID{}, moved: make(chan struct{})}
}

type feedEvent struct {
	Pos, Prev int64
	Act       string
	Warning   fengsui.ID
}

// follow reads the feed until ctx ends.
func (s *siege) follow(ctx context.Context) {
	p := s.people["duty"]
	for ctx.Err() == nil {
		if life, err := s.alive(); err == nil {
			s.followOnce(ctx, life, p)
		}
		wait(ctx, tryPause)
	}
}

func (s *siege) followOnce(ctx, life context.Context, p *person) {
	once, cancel := context.WithCancel(life)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	r, err := http.NewRequestWithContext(once, http.MethodGet, s.c.BaseURL+"/api/v1/journal/feed", nil)
	if err != nil {
		return
	}
	cookie, _, _ := strings.Cut(p.cookie, ";")
	r.Header.Set("Cookie", cookie)
	s.feed.mu.Lock()
	r.Header.Set("Last-Event-ID", strconv.FormatInt(s.feed.last, 10))
	s.feed.mu.Unlock()
	stream := http.Client{Transport: s.web.Transport} // it lasts
	a, err := stream.Do(r)
	if err != nil {
		return
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		if a.StatusCode/100 == 4 {
			s.blame("the feed answers %d", a.StatusCode)
		}
		return
	}
	lines := bufio.NewScanner(a.Body)
	lines.Buffer(nil, 1<<20)
	kind := ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			kind = value
		case "data":
			var e feedEvent
			if json.Unmarshal([]byte(value), &e) != nil {
				return // cut off
			}
			if !s.hear(kind, e) {
				return
			}
		}
	}
}

// hear takes one event; false ends the feed.
func (s *siege) hear(kind string, e feedEvent) bool {
	f := s.feed
	f.mu.Lock()
	// A journal that is too long to be told from its beginning is heard from its end on.
	if begins := f.last == 0 && kind == "beat"; e.Prev != f.last && !begins {
		s.blame("the feed went from %d to %d (%s), and we had %d", e.Prev, e.Pos, kind, f.last)
	}
	f.mu.Unlock()
	story := ""
	if kind == "change" && e.Act == "raised" {
		var w struct {
			SubjectName string
			Occurrence  int
		}
		if s.people["duty"].read("/warnings/"+string(e.Warning), &w) != nil {
			return false
		}
		story = fmt.Sprintf("%s#%d", w.SubjectName, w.Occurrence)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = e.Pos
	if kind != "change" || e.Warning == "" {
		return true
	}
	if f.counts[e.Warning] == nil {
		f.counts[e.Warning] = map[string]int{}
	}
	f.counts[e.Warning][e.Act]++
	if story != "" {
		f.byStory[story] = e.Warning
	}
	if e.Act == string(fengsui.StepNotice) || e.Act == string(fengsui.StepSupervise) {
		f.due++
	}
	close(f.moved)
	f.moved = make(chan struct{})
	return true
}

func (f *feedEar) dueSteps() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.due
}

// story is one warning's life, driven by what the feed says and by nothing else,
// so that it goes the same way however long the platform lies dead.
type story struct {
	s     *siege
	i     int
	kind  string
	point string
	occ   int
	id    fengsui.ID
	due   int // notices that the script has waited for
}

// await waits until a row of the act stands in the warning's journal for the nth
// time.
func (x *story) await(act string, n int) error {
	f := x.s.feed
	deadline := time.After(x.s.patience)
	for {
		f.mu.Lock()
		if x.id == "" {
			x.id = f.byStory[fmt.Sprintf("%s#%d", x.point, x.occ)]
		}
		got, moved := f.counts[x.id][act], f.moved
		f.mu.Unlock()
		if x.id != "" && got >= n {
			return nil
		}
		select {
		case <-moved:
		case <-deadline:
			return fmt.Errorf("waits in vain for %s %d, has %d", act, n, got)
		case <-x.s.ctx.Done():
			return x.s.ctx.Err()
		}
	}
}

// value has the point measure something.
func (x *story) value(v float64) error {
	return x.s.push(x.s.plant, x.s.key("story"), &push.Batch{Samples: []push.Sample{{Code: x.point, At: fengsui.At(time.Now()), Value: v}}})
}

// raise begins a warning on the point.
func (x *story) raise(v float64) error {
	x.occ, x.id, x.due = x.occ+1, "", 0
	if err := x.value(v); err != nil {
		return err
	}
	return x.await("raised", 1)
}

// does has a person act on the warning.
func (x *story) does(who, verb string, body map[string]any) error {
	p := x.s.people[who]
	if body != nil {
		var w struct{ Version int64 }
		if err := p.read("/warnings/"+string(x.id), &w); err != nil {
			return err
		}
		body["version"] = w.Version
	}
	return p.act("/warnings/"+string(x.id)+"/"+verb, body)
}

// ends ends the warning. No notice may have come that the script does not know of:
// then the machine, or an outage, was too slow for the clocks, and two runs cannot
// be compared.
func (x *story) ends(who, how string) error {
	err := steps(
		func() error {
			return x.does(who, "decide", map[string]any{"to": "none", "end": how, "why": "dealt with"})
		},
		func() error { return x.await(how, 1) })
	if err != nil {
		return err
	}
	x.s.feed.mu.Lock()
	defer x.s.feed.mu.Unlock()
	if n := x.s.feed.counts[x.id]["notice"]; n != x.due {
		return fmt.Errorf("%d notices came before its end and the script has %d: this machine is too slow for the clocks of testdata/kill/policy.yaml", n, x.due)
	}
	return nil
}

// first is what every story begins with.
func (x *story) first(v float64) error {
	return steps(
		func() error { return x.raise(v) },
		func() error { return x.does("duty", "confirm", nil) },
		func() error { return x.does("firm", "verify", map[string]any{"finding": "true", "why": "seen"}) },
		func() error { return x.does("firm", "handle", map[string]any{"why": "at it"}) },
	)
}

// clocks waits until what is due after 4 and 6 s has been carried out. The next
// is due at 34 s: whatever follows has that long.
func (x *story) clocks(n int) error {
	return steps(func() error { return x.notice(n) }, func() error { return x.await("supervise", n) })
}

func (x *story) notice(n int) error {
	x.due = n
	return x.await("notice", n)
}

func (x *story) returns() error {
	return steps(func() error { return x.value(5) }, func() error { return x.await("returned", 1) })
}

func (x *story) report() error { return x.does("firm", "report", map[string]any{"why": "done"}) }

func steps(list ...func() error) error {
	for _, f := range list {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

var storyKinds = map[string]func(*story) error{
	"red": func(x *story) error {
		return steps(func() error { return x.first(14) }, func() error { return x.clocks(1) }, x.report, x.returns, func() error { return x.ends("bureau", "cleared") })
	},
	// Twice on one point: the second is another warning.
	"again": func(x *story) error {
		for range 2 {
			err := steps(func() error { return x.first(14) }, func() error { return x.clocks(1) }, x.returns, func() error { return x.ends("bureau", "cleared") })
			if err != nil {
				return err
			}
		}
		return nil
	},
	// A second notice, then cleared before the third.
	"repeated": func(x *story) error {
		return steps(func() error { return x.first(14) }, func() error { return x.clocks(1) }, func() error { return x.notice(2) }, x.returns, func() error { return x.ends("bureau", "cleared") })
	},
	// Orange, red, lowered to yellow while the condition is active, returned, cleared.
	"upgraded": func(x *story) error {
		return steps(
			func() error { return x.first(12.5) }, func() error { return x.clocks(1) },
			func() error { return x.value(14) }, func() error { return x.await("upgraded", 1) }, func() error { return x.clocks(2) },
			func() error {
				return x.does("bureau", "decide", map[string]any{"to": "yellow", "end": "open", "why": "contained"})
			},
			x.returns, x.report, func() error { return x.ends("zone", "cleared") })
	},
	// A routine item of the enterprise, with its result.
	"blue": func(x *story) error {
		return steps(func() error { return x.first(1.5) }, func() error { return x.await("order_opened", 1) }, x.routine, x.returns, func() error { return x.ends("firm", "cleared") })
	},
	// Ended while the condition is active.
	"false": func(x *story) error {
		return steps(func() error { return x.first(12.5) }, func() error { return x.clocks(1) }, func() error { return x.ends("bureau", "false_alarm") }, x.returns)
	},
}

func (x *story) routine() error {
	p := x.s.people["firm"]
	var list struct {
		Items []struct {
			ID      fengsui.ID
			Version int64
		}
	}
	if err := p.read("/orders?warning="+string(x.id), &list); err != nil {
		return err
	}
	if len(list.Items) != 1 {
		return fmt.Errorf("has %d orders, want 1", len(list.Items))
	}
	return p.act("/orders/"+string(list.Items[0].ID)+"/result", map[string]any{"version": list.Items[0].Version, "result": "checked"})
}

// plot chooses what n stories are, from the seed alone.
func plot(seed uint64, n int, kinds ...string) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	list := make([]string, n)
	for i := range list {
		list[i] = kinds[r.IntN(len(kinds))]
	}
	return list
}

// tale runs stories as they are released.
type tale struct {
	s     *siege
	kinds []string
	next  int
	all   sync.WaitGroup
	over  atomic.Int64 // stories that have come to their end
}

// through tells all stories, at most sixteen at a time.
func (l *tale) through() {
	for l.next < len(l.kinds) {
		if l.next-int(l.over.Load()) < 16 {
			l.release(1)
		}
		wait(l.s.ctx, tryPause)
	}
	l.all.Wait()
}

// release begins the next n stories.
func (l *tale) release(n int) {
	for ; n > 0 && l.next < len(l.kinds); n-- {
		x := &story{s: l.s, i: l.next, kind: l.kinds[l.next], point: storyPoint(l.next)}
		l.next++
		l.all.Go(func() {
			defer l.over.Add(1)
			if err := storyKinds[x.kind](x); err != nil {
				x.s.blame("story %d (%s on %s): %v", x.i, x.kind, x.point, err)
			}
		})
	}
}

// load runs the bulk senders and the feed until the function that it returns is
// called.
func (s *siege) load() (stop func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	var all sync.WaitGroup
	for i := range s.bulk {
		all.Go(func() { s.pour(ctx, i) })
	}
	all.Go(func() { s.follow(ctx) })
	return func() {
		cancel()
		all.Wait()
	}
}
