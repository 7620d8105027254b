package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter/push"
	"fengsui/api"
)

// feed measures how long a signal takes to become a red warning on the live feed
// of a signed-in person, at half of the full load.
func (l *lab) feed(b testing.TB) {
	half := l.full / 2
	r := l.signals(b, half, seconds(12))
	l.add("signal in → red warning on the feed, median", ms(percentile(r.took, 50)), "ms", atMost(20), r.cost,
		"%d warnings, %d of which did not come within 30 s; %s samples/s beside them, half load is %s", len(r.took), r.missing,
		short(digits(r.beside)), short(digits(half))).spread(r.took)
	l.add("signal in → red warning on the feed, p99", ms(percentile(r.took, 99)), "ms", atMost(250), cost{}, "of the same")
	l.add("answer to a batch at half load, median", ms(percentile(r.answers, 50)), "ms", nil, cost{}, "counted from when it was due to be sent").spread(r.answers)
}

// signalled is what came of signals under load.
type signalled struct {
	cost
	took    []time.Duration // from when a signal was due to its warning; sorted
	missing int             // of these, did not come within 30 s
	answers []time.Duration // to the batches beside them; sorted
	beside  float64         // samples a second of those
}

// signals has a red warning raised every 25 ms for a while, beside a load.
func (l *lab) signals(b testing.TB, rate float64, d time.Duration) (r signalled) {
	f, err := openFeed(b.Context(), l.server)
	if err != nil {
		b.Fatal(err)
	}
	defer f.close()
	stop := make(chan struct{})
	var loading sync.WaitGroup
	var loadErr error
	m := measure(l.server)
	loading.Go(func() { r.answers, loadErr = pace(rate/batch, 2*senders, l.list, stop) })
	time.Sleep(2 * time.Second)
	done := l.server.profile("feed", 8)

	const every = 25 * time.Millisecond
	n := probePlants * min(probePoints, int(d/every)/probePlants)
	begin := time.Now()
	var probing sync.WaitGroup
	var failed sync.Map
	for i := range n {
		due := begin.Add(time.Duration(i) * every)
		time.Sleep(time.Until(due))
		p, point := l.probes[i%probePlants], i/probePlants
		f.expect(l.keys[len(l.list)+i%probePlants].Enterprise, due)
		probing.Go(func() {
			one := &push.Batch{Samples: []push.Sample{{Code: p.codes[point], At: fengsui.At(time.Now()), Value: 95}}}
			if r, err := p.Send(b.Context(), fmt.Sprintf("%s-probe-%d", p.run, i), one); err != nil || r.Accepted != 1 {
				failed.Store(i, fmt.Errorf("probe: %+v: %w", r, err))
			}
		})
	}
	probing.Wait()
	r.took, r.missing, err = f.wait(n, 30*time.Second)
	close(stop)
	loading.Wait()
	r.cost = m.stop()
	failed.Range(func(_, v any) bool { err = errors.Join(err, v.(error)); return true })
	if err = errors.Join(err, loadErr, done()); err != nil {
		b.Fatal(err)
	}
	l.drain(b)
	r.beside = float64(len(r.answers)*batch) / r.wall.Seconds()
	slices.Sort(r.took)
	slices.Sort(r.answers)
	return r
}

// feed is a reader of the live feed that knows which red warnings must come.
type feed struct {
	*stream

	mu    sync.Mutex // guards all below
	due   map[fengsui.ID][]time.Time
	took  []time.Duration
	extra int
}

func openFeed(ctx context.Context, s *running) (*feed, error) {
	who, err := s.signIn(login)
	if err != nil {
		return nil, err
	}
	f := &feed{due: map[fengsui.ID][]time.Time{}}
	f.stream, err = s.listen(ctx, who, f.hear)
	return f, err
}

// session is somebody who is signed in.
type session []*http.Cookie

// signIn signs somebody in; the platform takes a few at a time.
func (s *running) signIn(login string) (session, error) {
	body, err := json.Marshal(api.SignIn{Login: login, Password: password})
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		r, err := http.Post(s.Plain+api.Prefix+"/session", "application/json", bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Body.Close()
		switch {
		case r.StatusCode < 300:
			return r.Cookies(), nil
		case r.StatusCode != http.StatusServiceUnavailable || time.Now().After(end):
			return nil, fmt.Errorf("sign in as %s: %s", login, r.Status)
		}
	}
}

// call makes one call of the API and reads its answer into out, unless that is nil.
func (s *running) call(ctx context.Context, who session, method, path string, body, out any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	q, err := http.NewRequestWithContext(ctx, method, s.Plain+api.Prefix+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	for _, c := range who {
		q.AddCookie(c)
	}
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("Idempotency-Key", rand.Text())
	}
	r, err := s.http.Do(q)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	text, err = io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s %.200s", method, path, r.Status, text)
	}
	if err == nil && out != nil {
		err = json.Unmarshal(text, out)
	}
	return err
}

// stream is an open live feed.
type stream struct {
	answer *http.Response
	ended  chan error // its one value never waits
}

// listen opens the live feed; hear is told of every change, one after the other.
func (s *running) listen(ctx context.Context, who session, hear func(c api.FeedChange, now time.Time)) (*stream, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Plain+api.Prefix+"/journal/feed", nil)
	if err != nil {
		return nil, err
	}
	for _, c := range who {
		q.AddCookie(c)
	}
	f := &stream{ended: make(chan error, 1)}
	if f.answer, err = http.DefaultClient.Do(q); err != nil {
		return nil, err
	}
	if f.answer.StatusCode != http.StatusOK {
		f.answer.Body.Close()
		return nil, fmt.Errorf("open the feed: %s", f.answer.Status)
	}
	go func() { f.ended <- f.read(hear) }()
	return f, nil
}

func (f *stream) read(hear func(api.FeedChange, time.Time)) error {
	in := bufio.NewScanner(f.answer.Body)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		text, ok := strings.CutPrefix(in.Text(), "data: ")
		if !ok {
			continue
		}
		now := time.Now()
		var c api.FeedChange
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return err
		}
		hear(c, now)
	}
	return in.Err()
}

func (f *stream) close() { f.answer.Body.Close() }

func (f *feed) hear(c api.FeedChange, now time.Time) {
	if c.Act != "raised" || c.Peak != fengsui.Red {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	// Of one enterprise they come in the order in which they were sent.
	if list := f.due[c.Enterprise]; len(list) > 0 {
		f.took = append(f.took, now.Sub(list[0]))
		f.due[c.Enterprise] = list[1:]
	} else {
		f.extra++
	}
}

// expect says that a red warning of an enterprise is due to be caused at a time.
func (f *feed) expect(enterprise fengsui.ID, due time.Time) {
	f.mu.Lock()
	f.due[enterprise] = append(f.due[enterprise], due)
	f.mu.Unlock()
}

// wait waits until n warnings have come. Those that have not come by then count
// as having taken as long as they were waited for.
func (f *feed) wait(n int, most time.Duration) (took []time.Duration, missing int, err error) {
	for end := time.Now().Add(most); ; time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-f.ended:
			return nil, 0, fmt.Errorf("the feed ended: %w", err)
		default:
		}
		f.mu.Lock()
		got, extra := len(f.took), f.extra
		f.mu.Unlock()
		switch {
		case extra > 0:
			return nil, 0, fmt.Errorf("%d red warnings came that nobody caused", extra)
		case got == n:
			return f.took, 0, nil
		case time.Now().Before(end):
			continue
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		took = f.took
		for _, list := range f.due {
			for _, due := range list {
				took = append(took, time.Since(due))
			}
		}
		return took, n - len(f.took), nil
	}
}
