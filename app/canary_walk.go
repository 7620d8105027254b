package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"fengsui"
	"fengsui/adapter/push"
	"fengsui/notify"
	"fengsui/store"
)

const (
	// canaryKept is how long its pushes stay before they are removed.
	canaryKept = 10 * time.Minute
	// tellWait bounds how long the journal is waited for when the duty desk is told.
	tellWait = 6 * time.Second
	// askWait bounds one look at the records.
	askWait = 2 * time.Second
	// wholeAfter is how many canaries must come round in a row before the duty desk is told
	// that all is well again, and tellAgain how long it is spared another stage's name: one
	// telephone, whatever flickers.
	wholeAfter = 3
	tellAgain  = 10 * time.Minute
	// walkGrace is what the walk itself may be late by before it counts as broken.
	walkGrace = 5 * time.Second
)

// walk sends the canary out again and again and sees how far it comes (DESIGN §5.9). In
// the process that keeps the models' clock it goes in at that process's own door; the
// others see it come by in the journal.
type walk struct {
	p      *Platform
	every  time.Duration
	within time.Duration
	door   *push.Client // nil: this process has none
	feed   func(context.Context, http.ResponseWriter) error

	fed atomic.Int64 // the live feed showed the journal up to it

	mu      sync.Mutex
	loop    fengsui.Loop // guarded by mu
	started time.Time    // guarded by mu: of run

	// Only run touches these.
	sure    bool    // value is what the canary's point has
	value   float64 // sent last
	heard   int64   // the newest row of a canary that another process sent
	heardAt time.Time
	homes   int           // canaries that came round in a row
	told    fengsui.Stage // what the duty desk knows; empty: that all is well
	toldAt  time.Time
	telling chan error    // nil: nobody is being told
	saying  fengsui.Stage // what is being told
	cleared time.Time
}

// round is one canary on its way.
type round struct {
	at     fengsui.Millis // of its sample, by which it is known
	began  time.Time
	value  float64
	after  int64         // the journal's head when it set out
	answer chan error    // of the door
	kept   bool          // the door said that it has it
	pos    int64         // of its row; 0: not there yet
	told   bool          // its row tells the canary's party
	went   bool          // a channel took that
	lost   fengsui.Stage // where it is, as far as it is known
	why    error
}

func (p *Platform) newWalk() *walk {
	c := p.c.Canary
	w := &walk{p: p, every: c.Every, within: c.Within}
	w.feed = func(ctx context.Context, to http.ResponseWriter) error { return p.API.Watch(ctx, to) }
	w.loop = fengsui.Loop{OK: true, Every: fengsui.SpanOf(c.Every)}
	return w
}

// Loop says how the canary fares.
func (p *Platform) Loop() fengsui.Loop {
	w := p.walk
	if w == nil {
		return fengsui.Loop{OK: true}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.loop
	last := l.Last.Time()
	if l.Last == 0 {
		last = w.started
	}
	// The walk itself may have stopped.
	if quiet := time.Since(last); l.OK && !w.started.IsZero() && quiet > w.every+w.within+walkGrace {
		l.OK, l.Lost, l.Since, l.Why = false, fengsui.AtDoor, fengsui.At(time.Now()), fmt.Sprintf("no canary was seen for %s", quiet.Round(time.Second))
	}
	return l
}

// doorClient speaks to the platform's own software interface like any enterprise, with a
// new connection each time: what listens there is what must work.
func (p *Platform) doorClient(url string, t http.RoundTripper) *push.Client {
	return &push.Client{URL: url, Enterprise: canaryCode, Key: p.canary.key, Secret: p.canary.secret, Gzip: true, HTTP: &http.Client{Transport: t}}
}

// ownDoor is the client for a listener of this process: with TLS where it has one.
func (p *Platform) ownDoor(plain, secure string) *push.Client {
	if p.canary == nil || !p.c.Roles.has(roleIntake) || plain == "" && secure == "" {
		return nil
	}
	t := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{
		MinVersion: tls.VersionTLS12,
		// It asks for no name: it must be the very certificate that we show.
		InsecureSkipVerify: true, VerifyConnection: p.ownCertificate,
	}}
	if secure != "" {
		return p.doorClient("https://"+here(secure), t)
	}
	return p.doorClient("http://"+here(plain), t)
}

// ownCertificate refuses a listener that is not ours, and a certificate that no sender
// would take any more.
func (p *Platform) ownCertificate(s tls.ConnectionState) error {
	leaf := s.PeerCertificates[0]
	if now := time.Now(); now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return x509.CertificateInvalidError{Cert: leaf, Reason: x509.Expired}
	}
	live := p.identity.live.Load()
	if live == nil || !bytes.Equal(live.web.Certificates[0].Certificate[0], leaf.Raw) {
		return errors.New("the listener shows a certificate that is not the platform's")
	}
	return nil
}

// here is how a listener's address is reached from its own machine.
func here(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (ip == nil || ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// run walks until ctx ends.
func (w *walk) run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	began := time.Now()
	w.mu.Lock()
	w.started, w.loop.On = began, true
	w.mu.Unlock()
	w.heard, w.heardAt = w.p.DB.Head(), began
	if w.p.c.Roles.has(roleAPI) {
		all.Go(func() { w.listen(ctx) })
	}
	look := time.NewTicker(max(min(w.within/20, time.Second), 10*time.Millisecond))
	defer look.Stop()
	next := began.Add(w.every)
	var r *round
	for {
		select {
		case err := <-w.telling: // never while it is nil
			w.telling = nil
			if err == nil {
				w.told, w.toldAt = w.saying, time.Now()
			} else {
				w.p.log.Error("the duty desk could not be told", "err", err)
			}
			continue
		case <-look.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		now := time.Now()
		if r == nil {
			switch {
			case w.speaks():
				w.heard, w.heardAt = w.p.DB.Head(), now
				if !now.Before(next) {
					r = w.begin(ctx, &all)
					if next = next.Add(w.every); next.Before(now) {
						next = now.Add(w.every)
					}
				}
			default:
				next = now.Add(w.every)
				r = w.overhear(ctx, now)
			}
		}
		if r != nil {
			switch home := w.follow(ctx, r); {
			case home:
				w.home(r)
				r = nil
			case now.Sub(r.began) >= w.within:
				w.lose(r)
				r = nil
			}
			w.tell(ctx, &all)
		}
		w.clear(ctx, now)
	}
}

// speaks says whether this process is the one that sends canaries.
func (w *walk) speaks() bool { return w.door != nil && w.p.holds(leaseTick) }

// begin sends a canary. Its value is the other one than its point has; when that is not
// sure, the low one goes before the high one.
func (w *walk) begin(ctx context.Context, all *sync.WaitGroup) *round {
	now := time.Now()
	r := &round{at: fengsui.At(now), began: now, after: w.p.DB.Head(), answer: make(chan error, 1), lost: fengsui.AtDoor, why: errors.New("the door gave no answer")}
	values := []float64{0, 1}
	if w.sure {
		values = []float64{1 - w.value}
	}
	r.value = values[len(values)-1]
	answer, own := r.answer, r.at
	all.Go(func() {
		// Its answer is there before the round is over.
		post, cancel := context.WithTimeout(ctx, w.within*3/4)
		defer cancel()
		for i, v := range values {
			at := own - fengsui.Millis(len(values)-1-i)
			b := push.Batch{Samples: []push.Sample{{Code: canaryCode, At: at, Value: v}}}
			receipt, err := w.door.Send(post, string(fengsui.NewID()), &b)
			if err == nil && receipt.Accepted != 1 {
				err = fmt.Errorf("the door took %d of 1 sample: %v", receipt.Accepted, receipt.Errors)
			}
			if err != nil {
				answer <- err
				return
			}
		}
		answer <- nil
	})
	return r
}

// overhear takes up the newest canary that another process sent, or says after a time
// that none came by.
func (w *walk) overhear(ctx context.Context, now time.Time) *round {
	ask, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	rows, _, err := w.p.DB.Entries(ask, fengsui.Everything(), store.Filter{Kind: fengsui.KindCanary, After: w.heard})
	if n := len(rows); n > 0 {
		w.heard, w.heardAt = rows[n-1].Pos, now
		r := &round{began: now, kept: true, pos: rows[n-1].Pos, told: len(rows[n-1].Tell) > 0}
		var row canaryRow
		if json.Unmarshal(rows[n-1].After, &row) == nil {
			r.at = row.At
		}
		return r
	}
	if quiet := now.Sub(w.heardAt); quiet > w.every+w.within {
		w.heardAt = now
		if err == nil {
			err = fmt.Errorf("no process sent one that came as far as the records for %s", quiet.Round(time.Second))
		}
		return &round{began: now.Add(-w.within), lost: fengsui.AtDoor, why: err}
	}
	return nil
}

// follow sees how far a canary came, and says whether it is home.
func (w *walk) follow(ctx context.Context, r *round) bool {
	ask, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	at := func(s fengsui.Stage, err error) bool {
		r.lost, r.why = s, err
		return false
	}
	if !r.kept {
		select {
		case err := <-r.answer:
			if err != nil {
				r.answer = nil // it is lost there
				return at(w.refusedAt(err), err)
			}
			r.kept = true
		default:
			if err := w.p.Bus.Ready(); err != nil && r.answer != nil {
				return at(fengsui.AtLog, err)
			}
			return false
		}
	}
	if r.pos == 0 {
		pos, told, err := w.p.canary.passed(ask, r.after, r.at)
		if pos == 0 {
			if err == nil {
				err = w.p.DB.Ready(ask)
			}
			l, _ := w.p.Risk.Latest(canaryNum)
			if l.At < r.at {
				if _, behind := w.p.lag(); err == nil {
					err = fmt.Errorf("it is not judged; the evaluator is %s behind", behind.Round(time.Second))
				}
				return at(fengsui.AtRisk, err)
			}
			if said := w.p.canary.refusal(r.at); said != nil {
				err = said
			}
			if err == nil {
				err = errors.New("it is judged, and its transaction does not commit")
			}
			return at(fengsui.AtWarning, err)
		}
		r.pos, r.told = pos, told
	}
	if r.told && !r.went {
		went, err := w.p.Notify.Went(ask, canaryParty, r.pos)
		if !went {
			if err == nil {
				err = errors.New("no channel was given its message")
			}
			return at(fengsui.AtNotify, err)
		}
		r.went = true
	}
	if w.p.c.Roles.has(roleAPI) && w.fed.Load() < r.pos {
		return at(fengsui.AtFeed, errors.New("the live feed did not show it"))
	}
	return true
}

// refusedAt is which part it was that had the door say no.
func (w *walk) refusedAt(err error) fengsui.Stage {
	if w.p.Bus.Ready() != nil {
		return fengsui.AtLog
	}
	var no *push.Refused
	if !errors.As(err, &no) || no.Code != "unavailable" || w.p.Door.Ready() != nil {
		return fengsui.AtDoor
	}
	if _, behind := w.p.lag(); behind > w.within {
		return fengsui.AtRisk // the door sends away while it is too far behind
	}
	return fengsui.AtLog
}

func (w *walk) home(r *round) {
	w.sure, w.value = r.answer != nil, r.value
	w.homes++
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loop.OK, w.loop.Lost, w.loop.Why, w.loop.Since = true, "", "", 0
	w.loop.Last, w.loop.Took = fengsui.At(r.began), fengsui.SpanOf(time.Since(r.began))
}

func (w *walk) lose(r *round) {
	w.sure, w.homes = false, 0
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loop.OK {
		w.loop.Since = fengsui.At(time.Now())
		w.p.log.Error("the canary did not come round", "stage", r.lost, "err", r.why)
	}
	w.loop.OK, w.loop.Lost, w.loop.Why = false, r.lost, r.why.Error()
}

// tell lets the duty desk know when what it knows is not so any more. One process does:
// the one that sends canaries, or while nobody does, the one that keeps the pushes.
func (w *walk) tell(ctx context.Context, all *sync.WaitGroup) {
	l := w.p.Loop()
	switch {
	case l.Lost == w.told || w.telling != nil || !w.speaks() && !(w.p.c.Roles.has(roleNotify) && w.p.holds(leaseNotify)):
		return
	case l.OK && w.homes < wholeAfter, !l.OK && w.told != "" && time.Since(w.toldAt) < tellAgain:
		return
	}
	done := make(chan error, 1)
	w.telling, w.saying = done, l.Lost
	before := w.told
	all.Go(func() { done <- w.say(ctx, l, before) })
}

// say tells the duty desk by the journal, like everything else; and where records or
// delivery may be what is broken, by the channels themselves.
func (w *walk) say(ctx context.Context, l fengsui.Loop, before fengsui.Stage) error {
	now := fengsui.At(time.Now())
	step := fengsui.Step{ID: fengsui.NewID(), Kind: notify.StepLost, Number: 1, Level: fengsui.Red, FiredAt: now}
	c := fengsui.Change{Of: fengsui.Ref{Kind: "loop", ID: "loop"}, Act: "lost_" + string(l.Lost), By: fengsui.Platform(canaryName), Why: l.Why, After: l}
	if l.OK {
		step.Kind, c.Act, c.Why = notify.StepWhole, "loop_whole", ""
	}
	for _, party := range w.p.Registry.District().Kind(fengsui.Operator) {
		step.To = append(step.To, fengsui.Told{Party: party.ID, Capacities: []fengsui.Capacity{fengsui.AsDuty}})
	}
	c.Tell = []fengsui.Step{step}
	write, cancel := context.WithTimeout(ctx, tellWait)
	defer cancel()
	err := w.p.DB.Change(write, func(tx *store.Tx) error { return tx.Record(c) })
	if err == nil && l.Lost != fengsui.AtNotify {
		return nil
	}
	told, failed := w.p.Notify.Direct(ctx, c, step)
	if told == 0 && failed == nil && err != nil {
		failed = errors.New("the duty desk has no contact with a channel")
	}
	if told > 0 || err == nil {
		if failed != nil {
			w.p.log.Warn("a contact of the duty desk was not reached directly", "err", failed)
		}
		return nil // there, or on the console at the least
	}
	return errors.Join(err, failed)
}

// clear removes what old canaries left with notify.
func (w *walk) clear(ctx context.Context, now time.Time) {
	if !w.speaks() || now.Sub(w.cleared) < canaryKept {
		return
	}
	w.cleared = now
	ask, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	if err := w.p.Notify.Forget(ask, canaryParty, fengsui.At(now.Add(-canaryKept))); err != nil {
		w.p.log.Warn("old canaries were not removed", "err", err)
	}
}

// listen keeps a live feed open, as the console does.
func (w *walk) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := w.feed(ctx, &walkEar{header: http.Header{}, heard: &w.fed}); err != nil && ctx.Err() == nil {
			w.p.log.Warn("the canary's live feed ended", "err", err)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// walkEar is a reader of the live feed that notes how far it was shown.
type walkEar struct {
	header http.Header
	line   []byte // begun; a feed's lines are short, and what is too long is let go
	heard  *atomic.Int64
}

const maxEarLine = 64 << 10

func (e *walkEar) Header() http.Header { return e.header }
func (e *walkEar) WriteHeader(int)     {}
func (e *walkEar) Flush()              {}

func (e *walkEar) Write(b []byte) (int, error) {
	for _, x := range b {
		if x != '\n' {
			if len(e.line) < maxEarLine {
				e.line = append(e.line, x)
			}
			continue
		}
		if id, ok := bytes.CutPrefix(e.line, []byte("id: ")); ok {
			if pos, err := strconv.ParseInt(string(id), 10, 64); err == nil {
				e.heard.Store(pos)
			}
		}
		e.line = e.line[:0]
	}
	return len(b), nil
}

// watchman runs what watches the platform, once it listens, until ctx ends.
func (p *Platform) watchman(ctx context.Context, door *push.Client) {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { p.keep(ctx, "faults", p.keepFaults) })
	sizes := p.keepMeasures
	if p.History != nil {
		sizes = p.History.after(sizes)
	}
	all.Go(func() { p.keep(ctx, "sizes", sizes) })
	if p.walk != nil {
		p.walk.door = door
		all.Go(func() { p.keep(ctx, "canary", p.walk.run) })
	}
	if p.c.Heartbeat.URL != "" {
		all.Go(func() { p.keep(ctx, "heartbeat", p.beat) })
	}
}
