package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter/jt808"
	"fengsui/app"
	"fengsui/registry"
)

// Terminals that are registered, and those of them that send positions. A process
// that may open 20,000 files holds one end of 15,000 connections.
const (
	terminals = 15_000
	driving   = 2_000
	burst     = 5 // positions that a terminal writes at once, then it waits for its answers
)

// vehicles measures positions from sockets to answers, judged and in the history,
// and what a connected terminal costs.
func (l *lab) vehicles(b *testing.B) {
	at := place{Dir: filepath.Join(l.dir, "vehicles"), Plain: "127.0.0.1:0", Secure: "127.0.0.1:0", Terminals: "127.0.0.1:0"}
	if _, err := furnish(b.Context(), at, size{plants: 20, points: 1}); err != nil {
		b.Fatal(err)
	}
	if err := furnishTerminals(b.Context(), at, terminals, driving); err != nil {
		b.Fatal(err)
	}
	s, err := launch(at)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.end(); err != nil {
			b.Errorf("the platform ended with %v", err)
		}
	}()
	l.sustainedPositions(b, s)
	l.connected(b, s)
}

func (l *lab) sustainedPositions(b testing.TB, s *running) {
	list, err := enterAll(b.Context(), s, 0, driving)
	if err != nil {
		b.Fatal(err)
	}
	defer leaveAll(list)
	post := func(_ context.Context, t *terminal) error { return t.post() }
	if _, err := flood(len(list), time.Second, list, post); err != nil { // new series, once
		b.Fatal(err)
	}
	if err := s.drain(); err != nil {
		b.Fatal(err)
	}
	settle(30*time.Second, s)
	before, err := s.progress()
	if err != nil {
		b.Fatal(err)
	}
	m := measure(s)
	done := s.profile("vehicles", int(seconds(10)/time.Second))
	took, err := flood(len(list), seconds(10), list, post)
	if err != nil {
		b.Fatal(err)
	}
	sent := time.Since(m.begun)
	if err := s.drain(); err != nil {
		b.Fatal(err)
	}
	c := m.stop()
	if err := done(); err != nil {
		b.Fatal(err)
	}
	after, err := s.progress()
	if err != nil {
		b.Fatal(err)
	}
	n := int64(burst * len(took))
	if got := after.Positions - before.Positions; got != n {
		b.Errorf("%d positions were kept, %d were answered", got, n)
	}
	l.add("JT/T 808 positions sustained", float64(n)/c.wall.Seconds(), "positions/s", atLeast(20_000), c,
		"%s from %s terminals, %d at once each, 0 unanswered, answered at %s/s; %s samples judged; %s positions per CPU-s",
		short(float64(n)), short(float64(len(list))), burst, short(digits(float64(n)/sent.Seconds())), short(float64(after.Samples-before.Samples)),
		short(digits(float64(n)/(c.server+c.history+c.client).Seconds()))).spread(took)
}

// connected measures the memory of terminals that are there and heart-beat.
func (l *lab) connected(b testing.TB, s *running) {
	before, err := s.memory()
	if err != nil {
		b.Fatal(err)
	}
	m := measure(s)
	list, err := enterAll(b.Context(), s, 0, terminals)
	if err != nil {
		b.Fatal(err)
	}
	defer leaveAll(list)
	entered := time.Since(m.begun)
	took, err := flood(64, seconds(10), list, func(_ context.Context, t *terminal) error { return t.beat() })
	if err != nil {
		b.Fatal(err)
	}
	if err := s.drain(); err != nil {
		b.Fatal(err)
	}
	c := m.stop()
	after, err := s.memory()
	if err != nil {
		b.Fatal(err)
	}
	l.add("terminals connected and heart-beating: memory of ours", float64(after-before)/float64(len(list)), "bytes each", atMost(8<<10), c,
		"%s terminals entered in %s, %s heartbeats answered, 0 not; heap and stacks in use after a collection", short(float64(len(list))),
		entered.Round(time.Millisecond), short(float64(len(took)))).spread(took)
}

// TestTerminals runs the terminals' apparatus once on a few, so that it does not rot.
func TestTerminals(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	at := place{Dir: t.TempDir(), Plain: "127.0.0.1:0", Secure: "127.0.0.1:0", Terminals: "127.0.0.1:0"}
	if _, err := furnish(t.Context(), at, size{plants: 1, points: 1}); err != nil {
		t.Fatal(err)
	}
	if err := furnishTerminals(t.Context(), at, 4, 2); err != nil {
		t.Fatal(err)
	}
	s, err := launch(at)
	if err != nil {
		t.Fatal(err)
	}
	defer s.kill()
	list, err := enterAll(t.Context(), s, 0, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer leaveAll(list)
	for _, k := range list {
		if err := errors.Join(k.post(), k.beat()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.drain(); err != nil {
		t.Fatal(err)
	}
	p, err := s.progress()
	if err != nil || p.Positions != 4*burst || p.Samples != 2*burst {
		t.Errorf("got %d positions kept and %d speeds judged, %v, want %d and %d", p.Positions, p.Samples, err, 4*burst, 2*burst)
	}
	if n, err := s.memory(); err != nil || n == 0 {
		t.Errorf("memory: got %d, %v", n, err)
	}
	if err := s.end(); err != nil {
		t.Errorf("the platform ended with %v", err)
	}
}

// furnishTerminals brings in terminals; the first of them have a point for their
// speed, which all models judge.
func furnishTerminals(ctx context.Context, at place, n, judged int) error {
	c := at.config()
	c.History.On = false
	p, err := app.Open(ctx, c, slog.New(slog.DiscardHandler), app.WithModels(models()))
	if err != nil {
		return err
	}
	defer p.Close()
	put := func(b registry.Batch) error {
		r, err := p.Registry.Put(ctx, everything(), fengsui.Actor{Name: "bench"}, &b)
		if err == nil && len(r.Errors) > 0 {
			err = fmt.Errorf("%+v", r.Errors[0])
		}
		return err
	}
	var owners []fengsui.ID
	for id := range p.Registry.District().Enterprises {
		owners = append(owners, id)
	}
	var b registry.Batch
	for i := range n {
		b.Devices = append(b.Devices, fengsui.Device{
			Enterprise: owners[i%len(owners)], Code: "T-" + number(i), Name: number(i), Keys: map[string]string{jt808.Adapter: number(i)},
		})
	}
	if err := put(b); err != nil {
		return fmt.Errorf("terminals: %w", err)
	}
	ll, low, h, hh := 5.0, 10.0, 80.0, 90.0
	var speeds registry.Batch
	for i := range judged {
		e := p.Registry.District().Enterprises[owners[i%len(owners)]]
		device := p.Registry.District().DeviceByCode(e.Num, "T-"+number(i))
		speeds.Points = append(speeds.Points, fengsui.Point{
			Enterprise: e.ID, Device: device.ID, Code: device.Code + "/speed", Name: "Speed", Quantity: fengsui.Other, Unit: "km/h",
			RangeHigh: 200, LL: &ll, L: &low, H: &h, HH: &hh, Every: fengsui.SpanOf(10 * time.Second),
		})
	}
	if err := put(speeds); err != nil {
		return fmt.Errorf("speeds: %w", err)
	}
	return nil
}

func number(i int) string { return "1" + fmt.Sprintf("%010d", i) }

// terminal is one that sends. One goroutine at a time uses it.
type terminal struct {
	conn   net.Conn
	dec    jt808.Decoder
	header jt808.Header
	body   []byte
	out    []byte
	at     fengsui.Millis
	n      int
}

// enterAll connects terminals, each registered and authenticated, once the platform
// takes data.
func enterAll(ctx context.Context, s *running, first, n int) ([]*terminal, error) {
	for ready := false; !ready; time.Sleep(20 * time.Millisecond) {
		r, err := http.Get(s.Plain + "/healthz")
		if err != nil {
			return nil, err
		}
		r.Body.Close()
		ready = r.StatusCode == http.StatusOK
	}
	list, errs := make([]*terminal, n), make([]error, n)
	var all sync.WaitGroup
	next := make(chan int)
	for range 128 {
		all.Go(func() {
			for i := range next {
				list[i], errs[i] = enter(ctx, s.Terminals, first+i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		leaveAll(list)
		return nil, err
	}
	return list, nil
}

func leaveAll(list []*terminal) {
	for _, t := range list {
		if t != nil {
			t.conn.Close()
		}
	}
}

func enter(ctx context.Context, to string, i int) (*terminal, error) {
	conn, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, "tcp", to)
	if err != nil {
		return nil, err
	}
	phone, err := jt808.PhoneOf(number(i), jt808.Edition2013)
	if err != nil {
		return nil, err
	}
	t := &terminal{conn: conn, header: jt808.Header{Phone: phone}, at: fengsui.At(time.Now().Add(-5 * time.Minute))}
	var code jt808.AuthCode
	if err := t.ask(jt808.Registration{Plate: strconv.Itoa(i)}); err != nil {
		return t, err
	}
	err = t.hear(1, func(m jt808.Message) bool {
		a, ok := m.(jt808.RegistrationAnswer)
		code = a.Code
		return ok && a.Result == jt808.Registered
	})
	if err != nil {
		return t, fmt.Errorf("register: %w", err)
	}
	if err := t.ask(jt808.Authentication{Code: code}); err != nil {
		return t, err
	}
	return t, t.hear(1, good)
}

func good(m jt808.Message) bool {
	a, ok := m.(jt808.PlatformAnswer)
	return ok && a.Result == jt808.OK
}

// ask writes a message.
func (t *terminal) ask(m jt808.Message) (err error) {
	t.out = t.out[:0]
	if err = t.add(m); err == nil {
		_, err = t.conn.Write(t.out)
	}
	return err
}

func (t *terminal) add(m jt808.Message) (err error) {
	if t.body, err = m.AppendBody(t.body[:0], jt808.Edition2013); err != nil {
		return err
	}
	t.header.ID = m.ID()
	t.out, err = jt808.Frame{Header: t.header, Body: t.body}.Append(t.out)
	t.header.Serial++
	return err
}

// hear waits for n answers that are as they should be.
func (t *terminal) hear(n int, right func(jt808.Message) bool) error {
	t.conn.SetReadDeadline(time.Now().Add(time.Minute))
	for n > 0 {
		f, ok, err := t.dec.Next()
		if err != nil {
			return err
		}
		if !ok {
			k, err := t.conn.Read(t.dec.Space())
			if err != nil {
				return fmt.Errorf("%d answers are missing: %w", n, err)
			}
			t.dec.Filled(k)
			continue
		}
		m, err := jt808.Decode(f, jt808.Edition2013)
		if err != nil {
			return err
		}
		if !right(m) {
			return fmt.Errorf("the platform answered %+v", m)
		}
		n--
	}
	return nil
}

var benchItems = jt808.Items(nil).Append(0x01, 0, 1, 0xe2, 0x40).Append(0x02, 1, 0xf4).Append(0x03, 2, 0x6c).Append(0x25, 0, 0, 4, 0x10).
	Append(0x2a, 0, 2).Append(0x2b, 0, 0x64, 0, 0x32).Append(0x30, 0x1f).Append(0x31, 0x0c)

// post sends a burst of positions with eight items and waits for its answers.
func (t *terminal) post() error {
	t.out = t.out[:0]
	for range burst {
		t.n++
		t.at = t.at.Add(1000)
		if err := t.add(jt808.Position{
			Status: 3, Latitude: 39_000_000 + uint32(t.n*100), Longitude: 117_700_000, Altitude: 5, Speed: 300 + uint16(t.n%300), Course: 90,
			Time: jt808.TimeOf(t.at), Items: benchItems,
		}); err != nil {
			return err
		}
	}
	if _, err := t.conn.Write(t.out); err != nil {
		return err
	}
	return t.hear(burst, good)
}

// beat sends a heartbeat and waits for its answer.
func (t *terminal) beat() error {
	if err := t.ask(jt808.Heartbeat{}); err != nil {
		return err
	}
	return t.hear(1, good)
}

// memory is what the platform's heap and stacks hold after a collection.
func (s *running) memory() (n uint64, err error) {
	r, err := http.Get(s.Control + "/memory")
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	return n, json.NewDecoder(r.Body).Decode(&n)
}
