package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	f, err := openFeed(b.Context(), l.server)
	if err != nil {
		b.Fatal(err)
	}
	defer f.close()
	stop := make(chan struct{})
	half := l.full / 2
	var loading sync.WaitGroup
	var answers []time.Duration
	var loadErr error
	m := measure(l.server.child)
	loading.Go(func() { answers, loadErr = pace(half/batch, 2*senders, l.list, stop) })
	time.Sleep(2 * time.Second)
	done := l.server.profile("feed", 8)

	const every = 25 * time.Millisecond
	n := probePlants * min(probePoints, int(seconds(12)/every)/probePlants)
	begin := time.Now()
	var probing sync.WaitGroup
	var failed sync.Map
	for i := range n {
		due := begin.Add(time.Duration(i) * every)
		time.Sleep(time.Until(due))
		p, point := l.probes[i%probePlants], i/probePlants
		f.expect(l.keys[plants+i%probePlants].Enterprise, due)
		probing.Go(func() {
			one := &push.Batch{Samples: []push.Sample{{Code: p.codes[point], At: fengsui.At(time.Now()), Value: 95}}}
			if r, err := p.Send(b.Context(), fmt.Sprintf("%s-probe-%d", p.run, i), one); err != nil || r.Accepted != 1 {
				failed.Store(i, fmt.Errorf("probe: %+v: %w", r, err))
			}
		})
	}
	probing.Wait()
	took, missing, err := f.wait(n, 30*time.Second)
	close(stop)
	loading.Wait()
	c := m.stop()
	failed.Range(func(_, v any) bool { err = errors.Join(err, v.(error)); return true })
	if err = errors.Join(err, loadErr, done()); err != nil {
		b.Fatal(err)
	}
	l.drain(b)
	slices.Sort(took)
	l.add("signal in → red warning on the feed, median", ms(percentile(took, 50)), "ms", atMost(20), c,
		"%d warnings, %d of which did not come within 30 s; %s samples/s beside them, half load is %s", n, missing,
		short(digits(float64(len(answers)*batch)/c.wall.Seconds())), short(digits(half))).spread(took)
	l.add("signal in → red warning on the feed, p99", ms(percentile(took, 99)), "ms", atMost(250), cost{}, "of the same")
	slices.Sort(answers)
	l.add("answer to a batch at half load, median", ms(percentile(answers, 50)), "ms", nil, cost{}, "counted from when it was due to be sent").spread(answers)
}

// feed is a reader of the live feed that knows which red warnings must come.
type feed struct {
	answer *http.Response
	ended  chan error

	mu    sync.Mutex // guards all below
	due   map[fengsui.ID][]time.Time
	took  []time.Duration
	extra int
}

func openFeed(ctx context.Context, s *running) (*feed, error) {
	body, err := json.Marshal(api.SignIn{Login: login, Password: password})
	if err != nil {
		return nil, err
	}
	r, err := http.Post(s.Plain+api.Prefix+"/session", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Body.Close()
	if r.StatusCode >= 300 {
		return nil, fmt.Errorf("sign in: %s", r.Status)
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Plain+api.Prefix+"/journal/feed", nil)
	if err != nil {
		return nil, err
	}
	for _, c := range r.Cookies() {
		q.AddCookie(c)
	}
	f := &feed{ended: make(chan error, 1), due: map[fengsui.ID][]time.Time{}}
	if f.answer, err = http.DefaultClient.Do(q); err != nil {
		return nil, err
	}
	if f.answer.StatusCode != http.StatusOK {
		f.answer.Body.Close()
		return nil, fmt.Errorf("open the feed: %s", f.answer.Status)
	}
	go func() { f.ended <- f.read() }()
	return f, nil
}

func (f *feed) read() error {
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
		if c.Act != "raised" || c.Peak != fengsui.Red {
			continue
		}
		f.mu.Lock()
		// Of one enterprise they come in the order in which they were sent.
		if list := f.due[c.Enterprise]; len(list) > 0 {
			f.took = append(f.took, now.Sub(list[0]))
			f.due[c.Enterprise] = list[1:]
		} else {
			f.extra++
		}
		f.mu.Unlock()
	}
	return in.Err()
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

func (f *feed) close() { f.answer.Body.Close() }
