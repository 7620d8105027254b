package jt808_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/adapter"
	"fengsui/adapter/adaptertest"
	"fengsui/adapter/jt808"
)

// yard is a server with a door, in a bubble of fake time.
type yard struct {
	*adaptertest.Field
	t    *testing.T
	s    *jt808.Server
	sink *adaptertest.Sink
}

func story(t *testing.T, c jt808.Config, f func(y *yard)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		y := &yard{t: t, sink: &adaptertest.Sink{}}
		c.Sink = y.sink
		y.s = newServer(t, c)
		session := &adaptertest.Session{Run: func(ctx context.Context, l net.Listener, _ adapter.Sink) error { return y.s.Run(ctx, l) }}
		y.Field = session.Start(t, y.sink)
		f(y)
		y.Stop()
		if got := y.s.Counts(); got.Connections != 0 || got.Terminals != 0 || y.s.Held() != 0 {
			t.Errorf("after the end: got %+v and %d bytes held, want nothing open", got, y.s.Held())
		}
	})
}

// enter connects a terminal and authenticates it.
func (y *yard) enter(k *truck) *adaptertest.Conn {
	y.t.Helper()
	c := y.Dial(true)
	c.Write(k.frame(jt808.Authentication{Code: y.s.Code(k.phone.Terminal(), k.edition)}))
	if got := k.acks(c.Received()); got[jt808.OK] != 1 {
		y.t.Fatalf("authentication: got %v, want one 0", got)
	}
	return c
}

// heard are the positions' latitudes and the presences that were kept, in order.
func (y *yard) heard() (list []string) {
	for _, d := range y.sink.Taken() {
		if d.Adapter != jt808.Adapter {
			y.t.Errorf("got adapter %q, want %q", d.Adapter, jt808.Adapter)
		}
		for _, s := range d.Sources {
			list = append(list, map[bool]string{true: d.Key + " online", false: d.Key + " lost"}[s.Online])
		}
		var line []string
		for _, p := range d.Positions {
			line = append(line, fmt.Sprintf("%.4f", p.Lat))
		}
		if len(line) > 0 {
			if d.Resent {
				line = append(line, "resent")
			}
			list = append(list, d.Key+" "+strings.Join(line, " "))
		}
	}
	return list
}

func (y *yard) want(lines ...string) {
	y.t.Helper()
	if got := y.heard(); !slices.Equal(got, lines) {
		y.t.Errorf("kept: got %q, want %q", got, lines)
	}
}

func (y *yard) refused(reason string, want int64) {
	y.t.Helper()
	if got := y.s.Counts().Refused[reason]; got != want {
		y.t.Errorf("refused as %s: got %d, want %d", reason, got, want)
	}
}

// TestTogether: what is read at once is one delivery, answered in its order; a bad
// frame in the middle costs itself, and resent positions are a delivery of their own.
func TestTogether(t *testing.T) {
	story(t, jt808.Config{}, func(y *yard) {
		k := newTruck(t, "13912345678", jt808.Edition2019)
		c := y.enter(k)
		release := y.sink.Block()
		bad := k.numbered(9, k.at(9))
		bad[len(bad)-2] ^= 1
		batch := jt808.Batch{Resent: true}
		batch.Append(k.at(20))
		batch.Append(k.at(21))
		var b []byte
		for _, f := range [][]byte{k.numbered(101, k.at(1)), bad, k.numbered(102, jt808.Heartbeat{}), k.numbered(103, k.at(2)), k.numbered(104, batch), k.numbered(105, k.at(3))} {
			b = append(b, f...)
		}
		c.Write(b)
		if got := c.Received(); len(got) > 0 {
			t.Fatalf("before Take: got %x, want no answer", got)
		}
		release()
		var serials []uint16
		for _, m := range k.hears(c.Received()) {
			a := m.(jt808.PlatformAnswer)
			serials = append(serials, a.Serial)
			if a.Result != jt808.OK {
				t.Errorf("serial %d: got %d, want 0", a.Serial, a.Result)
			}
		}
		if want := []uint16{101, 102, 103, 104, 105}; !slices.Equal(serials, want) {
			t.Errorf("answered: got %d, want %d", serials, want)
		}
		y.want("13912345678 online", "13912345678 39.0101 39.0102", "13912345678 39.0120 39.0121 resent", "13912345678 39.0103")
		y.refused("frame", 1)
		if got := y.s.Counts(); got.Positions != 5 || got.Resent != 2 {
			t.Errorf("got %d positions, %d resent, want 5 and 2", got.Positions, got.Resent)
		}
	})
}

// TestOutside: bytes outside frames cost nothing but themselves, and are counted.
func TestOutside(t *testing.T) {
	story(t, jt808.Config{}, func(y *yard) {
		k := newTruck(t, "13912345678", jt808.Edition2019)
		c := y.Dial(true)
		c.Write([]byte("AT\r\n"))
		c.Write(append([]byte("OK\r\n"), k.frame(jt808.Authentication{Code: y.s.Code(k.phone.Terminal(), k.edition)})...))
		if got := k.acks(c.Received()); got[jt808.OK] != 1 {
			t.Errorf("authentication: got %v, want one 0", got)
		}
		c.Write(k.numbered(2, jt808.Heartbeat{}))
		c.Received()
		y.refused("outside", 2)
		y.refused("frame", 0)
	})
}

// TestPresence: a terminal is online from its authentication on and lost with its
// connection or its silence, heartbeats keep it; the door hears it when it can.
func TestPresence(t *testing.T) {
	story(t, jt808.Config{}, func(y *yard) {
		k := newTruck(t, "13912345678", jt808.Edition2013)
		c := y.enter(k)
		for range 10 {
			time.Sleep(time.Minute)
			c.Write(k.frame(jt808.Heartbeat{}))
			if got := k.acks(c.Received()); got[jt808.OK] != 1 {
				t.Fatalf("heartbeat: got %v, want one 0", got)
			}
		}
		y.want("13912345678 online")
		time.Sleep(2 * time.Minute)
		c.Write([]byte("no frame")) // is no sign of life
		time.Sleep(time.Minute + time.Second)
		if !c.Closed() {
			t.Error("a silent connection: got it open, want it closed")
		}
		y.refused("idle", 1)
		y.want("13912345678 online", "13912345678 lost")

		y.sink.Fail(fengsui.Errorf(fengsui.Unavailable, "test", "nothing was kept"))
		c = y.enter(k)
		c.Hangup()
		time.Sleep(time.Minute)
		y.sink.Fail(nil)
		time.Sleep(2 * time.Second)
		y.want("13912345678 online", "13912345678 lost", "13912345678 lost") // the newest word alone

		c = y.enter(k)
		c.Write(k.frame(jt808.Logout{}))
		if got := k.acks(c.Received()); got[jt808.OK] != 1 || c.Closed() {
			t.Errorf("logout: got %v and closed %v, want one 0 on an open connection", got, c.Closed())
		}
		c.Write(k.frame(k.at(1)))
		if got := c.Received(); len(got) > 0 {
			t.Errorf("a position after logout: got %x, want no answer", got)
		}
		y.enter(k) // stays: when the platform stops nobody is lost
		time.Sleep(time.Second)
	})
}

// TestReplace: a second connection of a terminal ends the first, and what the first
// had read is kept before.
func TestReplace(t *testing.T) {
	story(t, jt808.Config{}, func(y *yard) {
		k := newTruck(t, "13912345678", jt808.Edition2013)
		first := y.enter(k)
		release := y.sink.Block()
		first.Write(k.frame(k.at(1)))
		synctest.Wait()
		second := y.Dial(true)
		second.Write(append(k.frame(jt808.Authentication{Code: y.s.Code("13912345678", k.edition)}), k.frame(k.at(2))...))
		if got := second.Received(); len(got) > 0 {
			t.Errorf("while the first is at the door: got %x, want no answer", got)
		}
		release()
		if got := k.acks(second.Received()); got[jt808.OK] != 2 || !first.Closed() {
			t.Errorf("got %v and the first closed %v, want two 0 and true", got, first.Closed())
		}
		if got := y.s.Counts(); got.Replaced != 1 || got.Terminals != 1 || got.Connections != 1 {
			t.Errorf("got %+v, want one replaced and one left", got)
		}
		got := slices.DeleteFunc(y.heard(), func(s string) bool { return strings.HasSuffix(s, "online") })
		if want := []string{"13912345678 39.0101", "13912345678 39.0102"}; !slices.Equal(got, want) {
			t.Errorf("kept: got %q, want %q", got, want)
		}
		second.Hangup()
		if got := y.heard(); got[len(got)-1] != "13912345678 lost" {
			t.Errorf("after both: got %q last, want the terminal lost", got)
		}
	})
}

// TestLogin: nothing is taken before the authentication, whose code is the
// terminal's own and tells the edition of its registration.
func TestLogin(t *testing.T) {
	story(t, jt808.Config{}, func(y *yard) {
		k := newTruck(t, "13912345678", jt808.Edition2011)
		c := y.Dial(true)
		c.Write(slices.Concat(k.frame(jt808.Heartbeat{}), k.frame(k.at(1)), k.frame(jt808.Authentication{Code: "guess"})))
		if got := k.acks(c.Received()); !reflect.DeepEqual(got, map[jt808.Result]int{jt808.Failed: 1}) {
			t.Errorf("before the authentication: got %v, want its failure alone", got)
		}
		y.refused("early", 2)
		y.refused("code", 1)
		c.Write(k.frame(jt808.Registration{Province: 12, City: 116, Maker: "BSJ", Model: "GF-06", Terminal: "id1", Plate: "津A12345", Colour: 2}))
		code := k.registered(c.Received())
		other := newTruck(t, "13900000000", jt808.Edition2011)
		o := y.Dial(true)
		o.Write(other.frame(jt808.Authentication{Code: code}))
		if got := other.acks(o.Received()); got[jt808.Failed] != 1 {
			t.Errorf("the code of another: got %v, want it refused", got)
		}
		c.Write(k.frame(jt808.Authentication{Code: code}))
		if got := k.acks(c.Received()); got[jt808.OK] != 1 {
			t.Fatalf("got %v, want one 0", got)
		}
		d := y.sink.Taken()[0]
		if len(d.Events) != 1 || d.Events[0].Code != "registration" || d.Events[0].Urgent ||
			d.Events[0].Text != "plate 津A12345, colour yellow, terminal id1, model GF-06, maker BSJ, region 120116, edition 2011" {
			t.Errorf("the registration: got %+v", d.Events)
		}
		c.Hangup()

		c = y.Dial(true)
		c.Write(k.frame(jt808.Authentication{Code: code}))
		c.Received()
		p := k.at(1)
		p.Alarm = 1 << 29
		c.Write(k.frame(p))
		if got := k.acks(c.Received()); got[jt808.OK] != 1 {
			t.Fatalf("got %v, want one 0", got)
		}
		list := y.sink.Taken()
		events := list[len(list)-1].Events
		at := slices.IndexFunc(events, func(e adapter.Event) bool { return e.Code == "collision_or_rollover" })
		if at < 0 || !events[at].On || !events[at].Urgent {
			t.Errorf("alarm bit 29 of 2011 on a later connection: got %+v", events)
		}
		c.Write(other.frame(other.at(1)))
		if got := other.acks(c.Received()); got[jt808.Failed] != 1 {
			t.Errorf("another terminal's frame: got %v, want it refused", got)
		}
		y.refused("stranger", 1)
	})
	story(t, jt808.Config{}, func(y *yard) {
		silent := y.Dial(true)
		k := newTruck(t, "1", jt808.Edition2019)
		guesser := y.Dial(true)
		for n := range 5 {
			if guesser.Closed() {
				t.Fatalf("closed after %d mistakes, want 5", n)
			}
			guesser.Write(k.frame(jt808.Authentication{Code: "guess"}))
			if got := k.acks(guesser.Received()); got[jt808.Failed] != 1 {
				t.Errorf("mistake %d: got %v, want its failure", n, got)
			}
		}
		if !guesser.Closed() {
			t.Error("after 5 mistakes: got it open, want it closed")
		}
		time.Sleep(29 * time.Second)
		if silent.Closed() {
			t.Error("within 30 s: got it closed, want it open")
		}
		time.Sleep(2 * time.Second)
		if !silent.Closed() {
			t.Error("30 s without authentication: got it open, want it closed")
		}
		y.want()
	})
}

// TestUnknown: a terminal that nobody registered is taken into quarantine, or sent
// away where that is set, also when it is taken out of the registry later.
func TestUnknown(t *testing.T) {
	var mu sync.Mutex
	known := map[string]string{"1": "000000000001"}
	away := error(nil)
	ask := func(terminal string) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		return known[terminal], away
	}
	k := newTruck(t, "2", jt808.Edition2013)
	story(t, jt808.Config{Registered: ask}, func(y *yard) {
		c := y.Dial(true)
		c.Write(k.frame(jt808.Registration{}))
		c.Write(k.frame(jt808.Authentication{Code: k.registered(c.Received())}))
		c.Received()
		c.Write(k.frame(k.at(1)))
		if got := k.acks(c.Received()); got[jt808.OK] != 1 {
			t.Errorf("got %v, want one 0", got)
		}
		mu.Lock()
		known["2"] = "000000000002" // it comes into the registry, with zeros in front
		mu.Unlock()
		c.Write(k.frame(k.at(2)))
		c.Received()
		mu.Lock()
		delete(known, "2")
		mu.Unlock()
		y.want("2 online", "2 39.0101", "000000000002 39.0102")
	})
	story(t, jt808.Config{Registered: ask, Refuse: true}, func(y *yard) {
		c := y.Dial(true)
		c.Write(k.frame(jt808.Registration{}))
		if got := k.hears(c.Received()); len(got) != 1 || got[0].(jt808.RegistrationAnswer).Result != jt808.NoSuchTerminal {
			t.Errorf("registration: got %+v, want no such terminal", got)
		}
		c.Write(k.frame(jt808.Authentication{Code: y.s.Code("2", k.edition)}))
		if got := k.acks(c.Received()); got[jt808.Failed] != 1 {
			t.Errorf("authentication: got %v, want its failure", got)
		}
		y.refused("unknown", 2)
		first := newTruck(t, "1", jt808.Edition2013)
		d := y.enter(first)
		mu.Lock()
		delete(known, "1")
		mu.Unlock()
		d.Write(first.frame(first.at(1)))
		if got := d.Received(); len(got) > 0 || !d.Closed() {
			t.Errorf("taken out of the registry: got %x and closed %v, want no answer and true", got, d.Closed())
		}
		mu.Lock()
		away = fengsui.Errorf(fengsui.Unavailable, "test", "the registry is not there")
		mu.Unlock()
		c.Write(k.frame(jt808.Registration{}))
		if got := c.Received(); len(got) > 0 || !c.Closed() {
			t.Errorf("without a registry: got %x and closed %v, want no answer and true", got, c.Closed())
		}
		mu.Lock()
		away = nil
		mu.Unlock()
	})
}

// TestAway: when the door is away the connection ends without an answer, and new
// ones wait two seconds.
func TestAway(t *testing.T) {
	story(t, jt808.Config{}, func(y *yard) {
		k := newTruck(t, "13912345678", jt808.Edition2013)
		c := y.enter(k)
		y.sink.Fail(fengsui.Errorf(fengsui.Unavailable, "test", "nothing was kept"))
		c.Write(append(k.frame(jt808.Heartbeat{}), k.frame(k.at(1))...))
		if got := k.acks(c.Received()); got[jt808.OK] != 1 || !c.Closed() {
			t.Errorf("got %v and closed %v, want the heartbeat's answer alone and true", got, c.Closed())
		}
		y.sink.Fail(nil)
		began := time.Now()
		c = y.Dial(true)
		c.Write(k.frame(jt808.Authentication{Code: y.s.Code("13912345678", k.edition)})) // waits until it is read
		if got := time.Since(began); got != 2*time.Second {
			t.Errorf("a new connection was read after %s, want 2s", got)
		}
		c.Write(k.frame(k.at(1)))
		if got := k.acks(c.Received()); got[jt808.OK] != 2 {
			t.Errorf("sent again: got %v, want two 0", got)
		}
		y.sink.Fail(fengsui.Errorf(fengsui.Invalid, "test", "it will never be taken"))
		c.Write(k.frame(k.at(2)))
		if got := k.acks(c.Received()); got[jt808.Failed] != 1 || c.Closed() {
			t.Errorf("refused for good: got %v and closed %v, want its failure on an open connection", got, c.Closed())
		}
		y.refused("door", 1)
	})
}

// pieces are a backlog's frames: a message in fragments.
func pieces(t *testing.T, k *truck, serial uint16, positions int) (list [][]byte) {
	batch := jt808.Batch{Resent: true}
	for n := range positions {
		batch.Append(k.at(n))
	}
	body, err := batch.AppendBody(nil, k.edition)
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := jt808.AppendFrames(nil, k.header(batch.ID(), serial), body)
	if err != nil {
		t.Fatal(err)
	}
	feed(&jt808.Decoder{}, b, len(b), func(f jt808.Frame, err error) {
		one, err2 := f.Append(nil)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		list = append(list, one)
	})
	return list
}

// TestFragments: every fragment is answered, the one that completes the message when
// that is kept; missing ones are asked for.
func TestFragments(t *testing.T) {
	k := newTruck(t, "13912345678", jt808.Edition2019)
	story(t, jt808.Config{}, func(y *yard) {
		c := y.enter(k)
		list := pieces(t, k, 7, 100)
		if len(list) != 4 {
			t.Fatalf("got %d fragments, want 4", len(list))
		}
		for _, n := range []int{0, 3, 2} {
			c.Write(list[n])
			if got := k.acks(c.Received()); got[jt808.OK] != 1 {
				t.Errorf("fragment %d: got %v, want one 0", n+1, got)
			}
		}
		time.Sleep(16 * time.Second)
		got := k.hears(c.Received())
		if want := (jt808.PlatformResend{Serial: 7, Parts: []uint16{2}}); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Fatalf("after 16 s: got %+v, want %+v", got, want)
		}
		release := y.sink.Block()
		c.Write(list[1])
		if got := c.Received(); len(got) > 0 {
			t.Errorf("before Take: got %x, want no answer", got)
		}
		release()
		if got := k.acks(c.Received()); got[jt808.OK] != 1 {
			t.Errorf("after Take: got %v, want one 0", got)
		}
		if got := y.s.Counts(); got.Positions != 100 || got.Resent != 100 {
			t.Errorf("got %d positions, %d resent, want 100", got.Positions, got.Resent)
		}

		c.Write(list[0])
		c.Received()
		time.Sleep(36 * time.Second)
		y.refused("lost", 1)
		if y.s.Held() != 0 || c.Closed() {
			t.Errorf("given up: got %d bytes held and closed %v, want 0 on an open connection", y.s.Held(), c.Closed())
		}

		y.sink.Fail(fengsui.Errorf(fengsui.Unavailable, "test", "nothing was kept"))
		c.Write(slices.Concat(list...))
		if got := k.acks(c.Received()); got[jt808.OK] != 3 || got[jt808.Failed] != 1 || !c.Closed() {
			t.Errorf("while the door is away: got %v and closed %v, want the last one failed and true", got, c.Closed())
		}
	})
	story(t, jt808.Config{Fragments: 2000}, func(y *yard) {
		c := y.enter(k)
		list := pieces(t, k, 7, 100)
		c.Write(list[0])
		c.Write(list[1])
		if got := k.acks(c.Received()); got[jt808.OK] != 1 || got[jt808.Failed] != 1 {
			t.Errorf("beyond the memory for fragments: got %v, want one taken and one not", got)
		}
		y.refused("fragments", 1)
		if y.s.Held() != 0 {
			t.Errorf("got %d bytes held, want all given up", y.s.Held())
		}
		c.Write(list[0])
		synctest.Wait()
		c.Hangup()
		if y.s.Held() != 0 {
			t.Errorf("after the connection: got %d bytes held, want 0", y.s.Held())
		}
	})
}

// TestBounds: connections are bounded, all and of one address.
func TestBounds(t *testing.T) {
	for reason, c := range map[string]jt808.Config{"full": {Connections: 2}, "address": {PerAddress: 2}} {
		story(t, c, func(y *yard) {
			first, second := y.Dial(true), y.Dial(true)
			if third := y.Dial(true); !third.Closed() || first.Closed() || second.Closed() {
				t.Errorf("%s: got closed %v %v %v, want the third alone", reason, first.Closed(), second.Closed(), third.Closed())
			}
			y.refused(reason, 1)
			first.Hangup()
			if again := y.Dial(true); again.Closed() {
				t.Errorf("%s: got a connection closed after another had ended, want it open", reason)
			}
		})
	}
}

// TestDeaf: a terminal that does not read its answers loses its connection.
func TestDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, jt808.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		l := &oneConn{conns: make(chan net.Conn)}
		done := make(chan error)
		go func() { done <- s.Run(ctx, l) }()
		ours, theirs := net.Pipe()
		l.conns <- theirs
		k := newTruck(t, "1", jt808.Edition2013)
		if _, err := ours.Write(k.frame(jt808.Registration{})); err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Second)
		if got := s.Counts().Connections; got != 0 {
			t.Errorf("after 11 s: got %d connections, want none", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// oneConn is a listener that is handed its connections.
type oneConn struct {
	conns chan net.Conn
	once  sync.Once
}

func (l *oneConn) Accept() (net.Conn, error) {
	c, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (l *oneConn) Close() error   { l.once.Do(func() { close(l.conns) }); return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// FuzzSession: no stream breaks a session or makes it hold on to anything, and
// nothing is taken without the terminal's code.
func FuzzSession(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.stream, true)
		f.Add(g.stream, false)
	}
	f.Fuzz(func(t *testing.T, stream []byte, authenticated bool) {
		sink, guest := &adaptertest.Sink{}, !authenticated
		s := newServer(t, jt808.Config{Sink: sink})
		ctx, cancel := context.WithCancel(t.Context())
		l := &oneConn{conns: make(chan net.Conn)}
		done := make(chan error)
		go func() { done <- s.Run(ctx, l) }()
		ours, theirs := net.Pipe()
		l.conns <- theirs
		var all sync.WaitGroup
		all.Go(func() {
			b := make([]byte, 512)
			for {
				if _, err := ours.Read(b); err != nil {
					return
				}
			}
		})
		if authenticated {
			// As whichever terminal speaks first.
			feed(&jt808.Decoder{}, slices.Clone(stream), max(len(stream), 1), func(fr jt808.Frame, err error) {
				if err == nil && authenticated {
					authenticated = false
					e := jt808.Edition2013
					if fr.Is2019() {
						e = jt808.Edition2019
					}
					m := jt808.Authentication{Code: s.Code(fr.Phone.Terminal(), e)}
					body, err := m.AppendBody(nil, e)
					if err != nil {
						t.Fatal(err)
					}
					b, _, err := jt808.AppendFrames(nil, jt808.Header{ID: m.ID(), Version: fr.Version, Phone: fr.Phone}, body)
					if err != nil {
						t.Fatal(err)
					}
					ours.Write(b)
				}
			})
		}
		ours.Write(stream) // an error: the session had enough
		ours.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		all.Wait()
		if got := s.Counts(); got.Connections != 0 || got.Terminals != 0 || got.Refused["panic"] != 0 || s.Held() != 0 {
			t.Errorf("got %+v and %d bytes held, want nothing left", got, s.Held())
		}
		for _, d := range sink.Taken() {
			if guest || d.Key == "" {
				t.Errorf("taken of a terminal that did not authenticate: %+v", d)
			}
		}
	})
}

// TestStranger: of a terminal that nobody registered the door hears where it comes from
// and what it sent, frame by frame; of others it does not.
func TestStranger(t *testing.T) {
	registered := ""
	story(t, jt808.Config{Registered: func(string) (string, error) { return registered, nil }}, func(y *yard) {
		k := newTruck(t, "13912345678", jt808.Edition2013)
		c := y.enter(k)
		frame := k.numbered(50, k.at(1))
		c.Write(frame)
		c.Received()
		last := func() adapter.Delivery { list := y.sink.Taken(); return list[len(list)-1] }
		if d := last(); len(d.Positions) != 1 || d.From != "pipe" || !bytes.Equal(d.Raw, frame) {
			t.Errorf("of a stranger: from %q, raw %x, want pipe and %x", d.From, d.Raw, frame)
		}
		if d := y.sink.Taken()[0]; len(d.Sources) != 1 || d.From != "pipe" {
			t.Errorf("its presence came from %q, want pipe", d.From)
		}
		registered = "13912345678"
		c.Write(k.numbered(51, k.at(2)))
		c.Received()
		if d := last(); len(d.Positions) != 1 || d.From != "" || d.Raw != nil {
			t.Errorf("registered since: from %q, raw %x, want none", d.From, d.Raw)
		}
	})
}

// TestUnread: a message that is not read is kept as it came before it is answered,
// beside the positions around it; so many of one terminal in a day, and of one in
// fragments the first.
func TestUnread(t *testing.T) {
	other := func(n int) jt808.Other { return jt808.Other{Number: 0x0900, Body: []byte{0xf0, byte(n)}} }
	story(t, jt808.Config{Unread: 3}, func(y *yard) {
		texts := func() (list []string) {
			for _, d := range y.sink.Taken() {
				for _, e := range d.Events {
					if e.Code == jt808.EventUnread {
						list = append(list, fmt.Sprintf("%s %t %s", d.Key, d.Resent, e.Text))
					}
				}
			}
			return list
		}
		want := func(lines ...string) {
			t.Helper()
			if got := texts(); !slices.Equal(got, lines) {
				t.Fatalf("kept as they came:\ngot  %q\nwant %q", got, lines)
			}
			if got := y.s.Counts().Unread; got != int64(len(lines)) {
				t.Errorf("counted: got %d, want %d", got, len(lines))
			}
		}
		k := newTruck(t, "13912345678", jt808.Edition2013)
		c := y.enter(k)
		batch := jt808.Batch{Resent: true}
		batch.Append(k.at(20))
		release := y.sink.Block()
		var b []byte
		for i, m := range []jt808.Message{k.at(1), batch, other(1), k.at(2)} {
			b = append(b, k.numbered(uint16(50+i), m)...)
		}
		c.Write(b)
		if got := c.Received(); len(got) > 0 {
			t.Fatalf("before Take: got %x, want no answer", got)
		}
		release()
		if got := k.acks(c.Received()); got[jt808.OK] != 3 || got[jt808.Unsupported] != 1 {
			t.Fatalf("got %v, want three 0 and one 3", got)
		}
		first := "13912345678 false unsupported 0x0900 serial 52, 2 bytes: f001"
		want(first)
		y.want("13912345678 online", "13912345678 39.0101", "13912345678 39.0120 resent", "13912345678 39.0102")

		y.sink.Fail(fengsui.Errorf(fengsui.Unavailable, "test", "nothing was kept"))
		c.Write(k.numbered(60, other(2)))
		if got := k.acks(c.Received()); len(got) != 0 || !c.Closed() {
			t.Fatalf("the door is away: got %v, want no answer and the end", got)
		}
		y.sink.Fail(nil)
		time.Sleep(3 * time.Second)

		c = y.enter(k)
		picture := make([]byte, 2500)
		frames, n, err := jt808.AppendFrames(nil, k.header(0x0801, 70), picture)
		if err != nil {
			t.Fatal(err)
		}
		c.Write(frames)
		if got := k.acks(c.Received()); got[jt808.Unsupported] != n || n < 3 {
			t.Fatalf("a picture in %d fragments: got %v", n, got)
		}
		if got := texts(); len(got) != 2 || !strings.HasPrefix(got[1], "13912345678 false unsupported 0x0801 serial 70, ") || !strings.HasSuffix(got[1], "00...") || len(got[1]) > 1024 {
			t.Fatalf("the first fragment: got %q", got)
		}
		c.Write(k.numbered(80, other(3)))
		if got := k.acks(c.Received()); got[jt808.Unsupported] != 1 || len(texts()) != 2 {
			t.Errorf("beyond those of a day: got %v and %q", got, texts())
		}
		y.refused("unread", 1)
		y.refused("unsupported", int64(3+n))

		time.Sleep(24 * time.Hour) // the connection is lost
		c = y.enter(k)
		c.Write(k.numbered(90, other(4)))
		c.Received()
		if got := texts(); len(got) != 3 || got[2] != "13912345678 false unsupported 0x0900 serial 90, 2 bytes: f004" {
			t.Errorf("the next day: got %q", got)
		}
	})
	story(t, jt808.Config{Unread: -1}, func(y *yard) { // none is kept
		k := newTruck(t, "13912345678", jt808.Edition2013)
		c := y.enter(k)
		c.Write(k.numbered(50, other(1)))
		if got := k.acks(c.Received()); got[jt808.Unsupported] != 1 || y.s.Counts().Unread != 0 {
			t.Errorf("none is kept: got %v and %d", got, y.s.Counts().Unread)
		}
		y.refused("unread", 1)
	})
}
