package adaptertest

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/adapter"
)

// Session describes an adapter's connections.
type Session struct {
	// Run serves connections until ctx ends, as the adapter does in earnest, and
	// closes the listener.
	Run func(ctx context.Context, l net.Listener, sink adapter.Sink) error
	// Open brings a new connection to where deliveries may come. Nil: nothing to say.
	Open func(c *Conn)
	// Frame is the n-th delivery on the wire: the same data for the same n, other data
	// for another. It is called anew for each time that the delivery is sent.
	Frame func(n int) []byte
	// Answers counts the deliveries that the bytes received after Open acknowledge.
	Answers func(received []byte) int

	// Idle is how long a silent connection lives at least, IdleMost at most. Zero:
	// NoIdle says why it lives on.
	Idle, IdleMost time.Duration
	// Begun is what a device has sent when it falls silent; nil: nothing more than
	// Open does.
	Begun  func() []byte
	NoIdle string
}

// prompt is how soon Run must return, in fake time.
const prompt = 5 * time.Second

// Conn is the device's end of a connection. What the platform sends is read at
// once.
type Conn struct {
	t    testing.TB
	conn net.Conn

	mu  sync.Mutex
	got []byte // guarded by mu
	end bool   // guarded by mu: the platform has closed
}

// Write sends bytes.
func (c *Conn) Write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil && !c.Closed() {
		c.t.Fatalf("the device cannot write: %v", err)
	}
}

// Received waits until nothing moves any more and gives what came since the last
// call.
func (c *Conn) Received() []byte {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.got
	c.got = nil
	return b
}

// Closed reports whether the platform has ended the connection.
func (c *Conn) Closed() bool {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

func (c *Conn) listen() {
	b := make([]byte, 4096)
	for {
		n, err := c.conn.Read(b)
		c.mu.Lock()
		c.got = append(c.got, b[:n]...)
		c.end = err != nil
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// Sink keeps what it is given. It can hang, and it can fail.
type Sink struct {
	mu      sync.Mutex
	list    []adapter.Delivery // guarded by mu
	block   chan struct{}      // guarded by mu; Take waits until it is closed
	err     error              // guarded by mu
	waiting int                // guarded by mu
	failed  int                // guarded by mu
}

// Block makes Take hang from now on; release ends it.
func (s *Sink) Block() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	block := make(chan struct{})
	s.block = block
	return sync.OnceFunc(func() {
		s.mu.Lock()
		s.block = nil
		s.mu.Unlock()
		close(block)
	})
}

// Fail makes Take fail from now on; nil ends it.
func (s *Sink) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Taken are the deliveries that were kept.
func (s *Sink) Taken() []adapter.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]adapter.Delivery(nil), s.list...)
}

// Waiting is how many deliveries hang in Take.
func (s *Sink) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting
}

// Failed is how often Take has failed.
func (s *Sink) Failed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// Take is adapter.Sink's.
func (s *Sink) Take(ctx context.Context, d *adapter.Delivery) (adapter.Receipt, error) {
	s.mu.Lock()
	block := s.block
	s.waiting++
	s.mu.Unlock()
	var err error
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting--
	if err == nil {
		err = s.err
	}
	if err != nil {
		s.failed++
		return adapter.Receipt{}, err
	}
	c := Clone(d)
	s.list = append(s.list, c)
	return adapter.Receipt{Accepted: len(c.Samples) + len(c.Events) + len(c.Sources) + len(c.Positions)}, nil
}

// Clone copies a delivery to where its adapter cannot reach; a block becomes the
// samples that it holds.
func Clone(d *adapter.Delivery) adapter.Delivery {
	c := *d
	c.Codes = append([]string(nil), d.Codes...)
	c.Samples = append([]fengsui.Sample(nil), d.Samples...)
	if d.Block != nil {
		c.Samples, _ = fengsui.ReadSamples(c.Samples, d.Block, nil)
		c.Block = nil
	}
	c.Events = append([]adapter.Event(nil), d.Events...)
	c.Sources = append([]adapter.Source(nil), d.Sources...)
	c.Positions = append([]fengsui.Position(nil), d.Positions...)
	for i := range c.Positions {
		c.Positions[i].Extra = append([]byte(nil), c.Positions[i].Extra...)
	}
	return c
}

// Field is one run of an adapter with devices that connect to it. It lives inside
// a synctest bubble.
type Field struct {
	t      testing.TB
	s      *Session
	sink   *Sink
	pipes  *pipes
	cancel context.CancelFunc
	done   chan error
	began  time.Time
}

// Start runs an adapter; the caller ends it by Stop. It is for an adapter's own
// stories, beside those of the suite.
func (s *Session) Start(t testing.TB, sink *Sink) *Field {
	ctx, cancel := context.WithCancel(context.Background())
	f := &Field{t: t, s: s, sink: sink, pipes: &pipes{conns: make(chan net.Conn), done: make(chan struct{})}, cancel: cancel, done: make(chan error, 1)}
	go func() { f.done <- s.Run(ctx, f.pipes, sink) }()
	return f
}

// Stop ends the adapter and says how long it took.
func (f *Field) Stop() time.Duration {
	f.t.Helper()
	began := time.Now()
	f.cancel()
	if err := <-f.done; err != nil && !errors.Is(err, context.Canceled) {
		f.t.Errorf("Run: got %v, want nil", err)
	}
	return time.Since(began)
}

// Dial connects a device; silent leaves it before Open.
func (f *Field) Dial(silent bool) *Conn {
	f.t.Helper()
	ours, theirs := net.Pipe()
	f.pipes.conns <- theirs
	c := &Conn{t: f.t, conn: ours}
	go c.listen()
	f.t.Cleanup(func() { ours.Close() })
	if !silent && f.s.Open != nil {
		f.s.Open(c)
	}
	c.Received()
	return c
}

// Hangup ends a connection as a cut line does.
func (c *Conn) Hangup() {
	c.conn.Close()
	synctest.Wait()
}

func (s *Session) run(t *testing.T) {
	story := func(name string, f func(t *testing.T, sink *Sink, f *Field)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := &Sink{}
				field := s.Start(t, sink)
				stopped := false
				defer func() {
					if !stopped {
						field.Stop()
					}
				}()
				f(t, sink, field)
				stopped = true
				if took := field.Stop(); took > prompt {
					t.Errorf("Run returned %s after the end of its context, want at most %s", took, prompt)
				}
			})
		})
	}
	story("no acknowledgement before Take", func(t *testing.T, sink *Sink, f *Field) {
		release := sink.Block()
		defer release()
		c := f.Dial(false)
		before := sink.Waiting() // an adapter may tell of the connection itself
		c.Write(s.Frame(0))
		if got := s.Answers(c.Received()); got != 0 || sink.Waiting() <= before {
			t.Fatalf("while Take hangs: got %d acknowledged and %d in Take, want 0 and more than %d", got, sink.Waiting(), before)
		}
		release()
		if got := s.Answers(c.Received()); got != 1 {
			t.Fatalf("after Take: got %d acknowledged, want 1", got)
		}
		for n := 1; n < 4; n++ {
			c.Write(s.Frame(n))
			if got := s.Answers(c.Received()); got != 1 {
				t.Errorf("delivery %d: got %d acknowledged, want 1", n, got)
			}
		}
		if got := len(sink.Taken()); got < 4 {
			t.Errorf("got %d deliveries, want at least 4", got)
		}
	})
	story("none when Take fails", func(t *testing.T, sink *Sink, f *Field) {
		c := f.Dial(false)
		sink.Fail(fengsui.Errorf(fengsui.Unavailable, "test", "nothing was kept"))
		c.Write(s.Frame(0))
		if got := s.Answers(c.Received()); got != 0 || sink.Failed() == 0 {
			t.Fatalf("after a failed Take: got %d acknowledged and %d failed, want 0 and some", got, sink.Failed())
		}
		sink.Fail(nil)
		if c.Closed() {
			c = f.Dial(false)
		}
		before := len(sink.Taken())
		c.Write(s.Frame(0))
		if got := s.Answers(c.Received()); got != 1 || len(sink.Taken()) != before+1 {
			t.Fatalf("sent again: got %d acknowledged and %d kept, want 1 and 1", got, len(sink.Taken())-before)
		}
	})
	story("stop while a device is silent", func(t *testing.T, _ *Sink, f *Field) {
		f.Dial(true)
		f.Dial(false)
	})
	story("stop while Take hangs", func(t *testing.T, sink *Sink, f *Field) {
		c := f.Dial(false)
		sink.Block()
		c.Write(s.Frame(0))
		if got := s.Answers(c.Received()); got != 0 || sink.Waiting() == 0 {
			t.Fatalf("got %d acknowledged and %d in Take, want 0 and some", got, sink.Waiting())
		}
	})
	if s.Idle == 0 {
		if s.NoIdle == "" {
			t.Error("the description has neither Idle nor the reason why there is none")
		}
		t.Log("a silent connection lives on: " + s.NoIdle)
		return
	}
	story("idle", func(t *testing.T, _ *Sink, f *Field) {
		c := f.Dial(false)
		if s.Begun != nil {
			c.Write(s.Begun())
		}
		time.Sleep(s.Idle - time.Second)
		if c.Closed() {
			t.Fatalf("a silent connection was closed within %s", s.Idle)
		}
		time.Sleep(s.IdleMost - s.Idle + 2*time.Second)
		if !c.Closed() {
			t.Fatalf("a silent connection is open after %s", s.IdleMost)
		}
	})
}
