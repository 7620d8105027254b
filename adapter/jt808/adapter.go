package jt808

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"fengsui/adapter"
)

// Adapter is the protocol's name, in deliveries and for a device's key.
const Adapter = "jt808"

// Config says where data goes, who may send and how much is taken. Zero limits
// mean their defaults.
type Config struct {
	Sink adapter.Sink
	// Registered is the key under which the registry has a terminal (Phone.Terminal),
	// which may be its number with zeros in front; empty: it has none. An error says
	// why that cannot be said now.
	Registered func(terminal string) (key string, err error)

	Secret []byte // makes the authentication codes; whoever has it can speak for every terminal
	Datum  Datum  // of all terminals; WGS84
	Refuse bool   // a terminal that is not known is sent away; otherwise what it says waits in quarantine

	Idle        time.Duration // without a frame for so long a terminal is lost; 3 min
	Connections int           // 20,000
	PerAddress  int           // connections from one IP address; 2,000, since mobile operators put many terminals behind one
	Fragments   int64         // bytes of all messages in reassembly together; 64 MiB
	Log         *slog.Logger
}

const (
	loginTime  = 30 * time.Second // from the connection to its authentication, TLS included
	answerTime = 10 * time.Second // to write answers
	awayTime   = 2 * time.Second  // after the door was away, new connections wait until so much has passed
	mistakes   = 5                // authentications that may fail on one connection
	resendTick = 5 * time.Second  // how often missing fragments are looked for
)

// reason is why a connection, frame or message is refused.
type reason int

const (
	full        reason = iota // too many connections
	address                   // too many of one address
	login                     // not authenticated in time, or too many mistakes
	idle                      // nothing came for too long
	badFrame                  // a frame that cannot be read
	badBody                   // a message that cannot be read
	encrypted                 // a body that we have no key for
	unsupported               // a message that this package does not read
	stranger                  // a frame of another terminal on an authenticated connection
	early                     // a frame before the authentication
	unknown                   // a terminal that nobody registered, where such are sent away
	wrongCode                 // an authentication that fails
	fragment                  // one beyond what is held
	lost                      // a message whose fragments did not all come
	door                      // a delivery that will never be taken
	unavailable               // a delivery that was not taken now
	unheard                   // a presence that could not be kept for telling
	panicked
)

var reasons = [...]string{
	full: "full", address: "address", login: "login", idle: "idle", badFrame: "frame", badBody: "body", encrypted: "encrypted",
	unsupported: "unsupported", stranger: "stranger", early: "early", unknown: "unknown", wrongCode: "code", fragment: "fragments",
	lost: "lost", door: "door", unavailable: "unavailable", unheard: "unheard", panicked: "panic",
}

// tally counts refusals for one reason; each is logged once a minute at most.
type tally struct{ n, logged, at atomic.Int64 }

// Server takes terminals' connections.
type Server struct {
	c         Config
	log       *slog.Logger
	work      sync.Pool // *work
	news      *newsdesk
	fragments atomic.Int64 // bytes in reassembly
	away      atomic.Int64 // until when new connections wait, Unix ns

	links     sync.Mutex
	open      map[*session]struct{} // guarded by links
	addresses map[string]int        // guarded by links; connections by IP address
	terminals map[string]*session   // guarded by links; those authenticated

	frames, positions, resent, replaced atomic.Int64
	refusals                            [len(reasons)]tally
}

// New makes a Server.
func New(c Config) (*Server, error) {
	if c.Sink == nil || c.Registered == nil || len(c.Secret) < 16 {
		return nil, errors.New("jt808: Config needs Sink, Registered and a Secret of at least 16 bytes")
	}
	switch c.Datum {
	case "":
		c.Datum = WGS84
	case WGS84, GCJ02:
	default:
		return nil, fmt.Errorf("jt808: there is no datum %q: give %s or %s", c.Datum, WGS84, GCJ02)
	}
	if c.Idle == 0 {
		c.Idle = 3 * time.Minute
	}
	if c.Connections == 0 {
		c.Connections = 20_000
	}
	if c.PerAddress == 0 {
		c.PerAddress = 2000
	}
	if c.Fragments == 0 {
		c.Fragments = 64 << 20
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{c: c, log: c.Log, open: map[*session]struct{}{}, addresses: map[string]int{}, terminals: map[string]*session{}}
	s.work.New = func() any { return &work{} }
	s.news = newNewsdesk(s, c.Connections)
	return s, nil
}

// Counts is what the server did since it was made.
type Counts struct {
	Connections int64 // open now
	Terminals   int64 // of these, authenticated
	Frames      int64 // read
	Positions   int64 // kept
	Resent      int64 // of these, sent later
	Replaced    int64 // connections that a new one of the same terminal ended
	Refused     map[string]int64
}

// Counts are the server's counters.
func (s *Server) Counts() Counts {
	c := Counts{Frames: s.frames.Load(), Positions: s.positions.Load(), Resent: s.resent.Load(), Replaced: s.replaced.Load(), Refused: map[string]int64{}}
	s.links.Lock()
	c.Connections, c.Terminals = int64(len(s.open)), int64(len(s.terminals))
	s.links.Unlock()
	for i, r := range reasons {
		c.Refused[r] = s.refusals[i].n.Load()
	}
	return c
}

// refuse counts a refusal.
func (s *Server) refuse(why reason, terminal, remote string, err error) {
	t := &s.refusals[why]
	n := t.n.Add(1)
	now, last := time.Now().Unix(), t.at.Load()
	if now < last+60 || !t.at.CompareAndSwap(last, now) {
		return
	}
	s.log.Warn("jt808 refused", "reason", reasons[why], "count", n-t.logged.Swap(n), "device", terminal, "remote", remote, "err", err)
}

// codeBytes is how much of the hash an authentication code carries: 96 bits, in a
// text that terminals with little room for it can keep.
const codeBytes = 12

// code is a terminal's authentication code: the edition of its registration, which
// later frames do not tell, and a hash of that and its number. Nothing is stored, and
// another secret makes every terminal register anew.
func (s *Server) code(terminal string, e Edition) AuthCode {
	year := fmt.Sprintf("%02d", e%100)
	h := hmac.New(sha256.New, s.c.Secret)
	h.Write([]byte(year + terminal))
	return AuthCode(year + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:codeBytes]))
}

// check reports whether a code is a terminal's, and the edition that it carries.
func (s *Server) check(terminal string, given AuthCode) (Edition, bool) {
	for _, e := range []Edition{Edition2011, Edition2013, Edition2019} {
		if hmac.Equal([]byte(given), []byte(s.code(terminal, e))) {
			return e, true
		}
	}
	return 0, false
}

// Run takes connections from the listeners, which it closes, until ctx ends; it
// fails when a listener does. TLS is the listener's. It returns when every
// connection has ended.
func (s *Server) Run(ctx context.Context, listeners ...net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	all.Go(func() { s.news.run(ctx) })
	for _, l := range listeners {
		all.Go(func() {
			if err := s.accept(ctx, l, &all); err != nil {
				cancel(fmt.Errorf("jt808 on %s: %w", l.Addr(), err))
			}
		})
	}
	<-ctx.Done()
	for _, l := range listeners {
		l.Close()
	}
	s.links.Lock()
	for k := range s.open {
		k.conn.Close()
	}
	s.links.Unlock()
	all.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// accept takes connections until the listener is closed.
func (s *Server) accept(ctx context.Context, l net.Listener, all *sync.WaitGroup) error {
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil { // no files left, or hung up already
			s.log.Warn("connection not accepted", "err", err)
			rest(ctx, 100*time.Millisecond)
			continue
		}
		k := &session{s: s, conn: conn, done: make(chan struct{})}
		if why, ok := s.admit(ctx, k); !ok {
			s.refuse(why, "", conn.RemoteAddr().String(), nil)
			conn.Close()
			continue
		}
		all.Go(func() { s.serve(ctx, k) })
	}
}

// rest waits, or less when ctx ends.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// admit counts a connection, or says why it is not taken.
func (s *Server) admit(ctx context.Context, k *session) (why reason, ok bool) {
	host := host(k.conn)
	s.links.Lock()
	defer s.links.Unlock()
	switch {
	case len(s.open) >= s.c.Connections || ctx.Err() != nil:
		return full, false
	case s.addresses[host] >= s.c.PerAddress:
		return address, false
	}
	s.open[k] = struct{}{}
	s.addresses[host]++
	return 0, true
}

// host is the address that a connection counts for.
func host(c net.Conn) string {
	h, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return c.RemoteAddr().String()
	}
	return h
}

// serve runs one connection to its end.
func (s *Server) serve(ctx context.Context, k *session) {
	defer func() {
		if p := recover(); p != nil {
			k.refuse(panicked, fmt.Errorf("panic: %v", p))
		}
		k.conn.Close()
		k.forget()
		s.links.Lock()
		delete(s.open, k)
		h := host(k.conn)
		if s.addresses[h]--; s.addresses[h] <= 0 {
			delete(s.addresses, h)
		}
		s.links.Unlock()
		k.leave(ctx)
		close(k.done)
	}()
	if wait := time.Until(time.Unix(0, s.away.Load())); wait > 0 {
		rest(ctx, wait)
	}
	k.run(ctx)
}

// replace makes k the terminal's connection, after the one before has ended: what
// it read is in order before what k reads.
func (s *Server) replace(ctx context.Context, k *session) {
	for {
		s.links.Lock()
		old := s.terminals[k.terminal]
		if old == nil || old == k {
			s.terminals[k.terminal] = k
			s.links.Unlock()
			return
		}
		old.replaced = true
		s.links.Unlock()
		s.replaced.Add(1)
		old.conn.Close()
		select {
		case <-old.done:
		case <-ctx.Done():
			return
		}
	}
}

// vacate says that k is not its terminal's connection any more, and whether the
// terminal is lost by that.
func (s *Server) vacate(k *session) bool {
	s.links.Lock()
	defer s.links.Unlock()
	if s.terminals[k.terminal] != k {
		return false
	}
	delete(s.terminals, k.terminal)
	return !k.replaced
}
