package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fengsui/adapter/jt808"
)

// Fleet is vehicles at work: every terminal speaks JT/T 808 over a connection of its
// own. A report that was not answered is sent again, of editions that have it as a
// batch from a blind area (0x0704).
type Fleet struct {
	Vehicles []*Vehicle
	Dial     func(ctx context.Context) (net.Conn, error)
	Every    time.Duration // between two reports while driving; 10 s. Standing: five times that
	Quiet    bool          // nothing goes wrong by itself
	Log      *slog.Logger

	connected                  atomic.Int64
	reports, answered, refused atomic.Int64
	connects                   atomic.Int64
}

// FleetCounts is what a fleet did.
type FleetCounts struct {
	Connected int64 // now
	Reports   int64 // made
	Answered  int64 // of these, acknowledged
	Refused   int64 // answers that were not 0
	Connects  int64
}

// Counts are the fleet's counters.
func (f *Fleet) Counts() FleetCounts {
	return FleetCounts{f.connected.Load(), f.reports.Load(), f.answered.Load(), f.refused.Load(), f.connects.Load()}
}

const (
	heartbeat  = time.Minute
	patience   = 30 * time.Second // for an answer; then the terminal connects anew
	maxHeld    = 2000             // reports that a terminal keeps; the oldest go first
	maxBatched = 40               // of them in one message
)

// Run drives until ctx ends. Each vehicle is one goroutine and one more for what it
// hears, and Run waits for all.
func (f *Fleet) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for i, v := range f.Vehicles {
		all.Go(func() { f.drive(ctx, i, v) })
	}
	all.Wait()
	return nil
}

// terminal is one vehicle's end of its connection.
type terminal struct {
	f    *Fleet
	v    *Vehicle
	conn net.Conn
	said chan struct{} // holds one: something was heard
	done chan struct{} // closed when nothing more is heard

	serial uint16
	count  int // of messages
	sent   time.Time

	mu      sync.Mutex
	waiting map[uint16]sending // guarded by mu; by serial number
	code    jt808.AuthCode     // guarded by mu
	let     bool               // guarded by mu: authenticated
	gone    error              // guarded by mu
}

// sending is a message that is not answered yet.
type sending struct {
	n       int
	id      uint16
	reports []jt808.Position
	at      time.Time
}

// drive is a vehicle's day.
func (f *Fleet) drive(ctx context.Context, i int, v *Vehicle) {
	every := f.Every
	if every == 0 {
		every = 10 * time.Second
	}
	// Spread over the period, so that vehicles do not report at one moment.
	tick := time.NewTimer(time.Duration(float64(every) * math.Mod(float64(i)*0.618, 1)))
	defer tick.Stop()
	var t *terminal
	var held []jt808.Position
	hangUp := func() {
		if t != nil {
			held = append(t.close(), held...)
			held = held[max(0, len(held)-maxHeld):]
			t = nil
			f.connected.Add(-1)
		}
	}
	defer hangUp()
	last, next := time.Now(), time.Time{} // of the last step, the next attempt to connect
	pause := time.Second
	for reported := (time.Time{}); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		tick.Reset(every)
		v.step(now.Sub(last).Seconds(), now, f.Quiet)
		last = now
		if t != nil && t.lost(now) {
			hangUp()
		}
		if v.now["tunnel"] > 0 || v.now["reconnect"] > 0 {
			hangUp()
			delete(v.now, "reconnect")
		}
		standing := v.speed == 0 && v.dwell > 0
		if !standing || now.Sub(reported) >= 5*every {
			held, reported = append(held, v.report(now)), now
			f.reports.Add(1)
		}
		if t == nil && v.now["tunnel"] <= 0 && !now.Before(next) {
			var err error
			if t, err = f.connect(ctx, v); err != nil {
				next, pause = now.Add(pause), min(2*pause, 30*time.Second)
				f.Log.Debug("terminal not connected", "device", v.Number, "err", err)
				continue
			}
			pause = time.Second
			f.connected.Add(1)
		}
		if t == nil {
			continue
		}
		if v.now["garbage"] > 0 {
			delete(v.now, "garbage")
			t.write([]byte{0x24, 0x24, 0x7e, 0x02, 0x00, 0x7e})
		}
		held = t.report(held)
		if now.Sub(t.sent) >= heartbeat {
			t.send(jt808.Heartbeat{}, nil)
		}
	}
}

// connect opens a connection, registers if need be, and authenticates.
func (f *Fleet) connect(ctx context.Context, v *Vehicle) (*terminal, error) {
	conn, err := f.Dial(ctx)
	if err != nil {
		return nil, err
	}
	f.connects.Add(1)
	t := &terminal{f: f, v: v, conn: conn, said: make(chan struct{}, 1), done: make(chan struct{}), waiting: map[uint16]sending{}}
	go t.listen()
	until := time.Now().Add(patience)
	if v.code == "" {
		t.send(jt808.Registration{Province: 12, City: 116, Maker: v.w.Maker, Model: v.w.Model, Terminal: v.Number[len(v.Number)-7:], Colour: v.colour, Plate: v.Plate}, nil)
		if err := t.wait(ctx, until, func() bool { return t.code != "" }); err != nil {
			t.close()
			return nil, fmt.Errorf("register: %w", err)
		}
		v.code = t.code
	}
	t.send(jt808.Authentication{Code: v.code, IMEI: "860000000000000", Version: "1.0"}, nil)
	if err := t.wait(ctx, until, func() bool { return t.let }); err != nil {
		t.close()
		v.code = "" // it may be of another platform
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	return t, nil
}

// wait waits until something was heard.
func (t *terminal) wait(ctx context.Context, until time.Time, heard func() bool) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	for {
		t.mu.Lock()
		ok, gone := heard(), t.gone
		t.mu.Unlock()
		switch {
		case ok:
			return nil
		case gone != nil:
			return gone
		}
		select {
		case <-t.said:
		case <-timer.C:
			return errors.New("the platform does not answer")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// report sends what is held. A batch is one message; without one in its edition the
// terminal sends what is old as it would have then.
func (t *terminal) report(held []jt808.Position) []jt808.Position {
	for len(held) > 1 && t.v.Edition != jt808.Edition2011 {
		n := min(len(held)-1, maxBatched)
		batch := jt808.Batch{Resent: true}
		for _, p := range held[:n] {
			batch.Append(p)
		}
		t.send(batch, held[:n:n])
		held = held[n:]
	}
	for _, p := range held {
		t.send(p, []jt808.Position{p})
	}
	return nil
}

// send sends a message; a failure shows in lost.
func (t *terminal) send(m jt808.Message, reports []jt808.Position) {
	b, serials, err := t.v.frame(nil, t.serial, m)
	if err != nil {
		t.end(err)
		return
	}
	now := time.Now()
	t.mu.Lock()
	// Its last fragment's answer is a message's.
	t.waiting[t.serial+uint16(serials)-1] = sending{t.count, m.ID(), reports, now}
	t.mu.Unlock()
	t.serial += uint16(serials)
	t.count++
	t.sent = now
	t.write(b)
}

func (t *terminal) write(b []byte) {
	t.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := t.conn.Write(b); err != nil {
		t.end(err)
	}
}

func (t *terminal) end(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone == nil {
		t.gone = err
	}
}

// lost reports whether the connection is of no use any more.
func (t *terminal) lost(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range t.waiting {
		if now.Sub(w.at) > patience {
			return true
		}
	}
	return t.gone != nil
}

// close ends the connection and gives back the reports that were not answered, in
// their order.
func (t *terminal) close() (again []jt808.Position) {
	t.conn.Close()
	<-t.done
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range slices.SortedFunc(maps.Values(t.waiting), func(a, b sending) int { return a.n - b.n }) {
		again = append(again, w.reports...)
	}
	return again
}

// listen reads what the platform says until the connection ends.
func (t *terminal) listen() {
	defer close(t.done)
	var d jt808.Decoder
	for {
		n, err := t.conn.Read(d.Space())
		d.Filled(n)
		for {
			f, ok, bad := d.Next()
			if bad != nil {
				t.end(fmt.Errorf("the platform sent what is no frame: %w", bad))
				continue
			}
			if !ok {
				break
			}
			if m, bad := jt808.Decode(f, t.v.Edition); bad == nil {
				t.hear(m)
			}
		}
		if err != nil {
			t.end(err)
		}
		select {
		case t.said <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// hear takes an answer.
func (t *terminal) hear(m jt808.Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch m := m.(type) {
	case jt808.RegistrationAnswer:
		delete(t.waiting, m.Serial)
		if m.Result == jt808.Registered {
			t.code = m.Code
		} else if t.gone == nil {
			t.gone = fmt.Errorf("the platform refused the registration with %d", m.Result)
		}
	case jt808.PlatformAnswer:
		w, ok := t.waiting[m.Serial]
		if !ok || w.id != m.To {
			return // of a fragment before the last
		}
		delete(t.waiting, m.Serial)
		switch {
		case m.Result != jt808.OK:
			t.f.refused.Add(1)
			if m.To == jt808.MsgAuthentication && t.gone == nil {
				t.gone = errors.New("the platform refused the authentication")
			}
		case m.To == jt808.MsgAuthentication:
			t.let = true
		default:
			t.f.answered.Add(int64(len(w.reports)))
		}
	}
}
