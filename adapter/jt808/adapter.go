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
	Unread      int           // messages that are not read, kept as they came, of one terminal in one day; 50, negative: none
	Log         *slog.Logger
}

const (
	loginTime  = 30 * time.Second // from the connection to its authentication, TLS included
	answerTime = 10 * time.Second // to write answers
	awayTime   = 2 * time.Second  // after the door was away, new connections wait until so much has passed
	mistakes   = 5                // authentications that may fail on one connection
	resendTick = 5 * time.Second  // how often missing fragments are looked for
)

// The reasons for which a connection, frame or message is refused, beside those of
// adapter.Listener.
const (
	login       = "login"       // not authenticated in time, or too many mistakes
	idle        = "idle"        // nothing came for too long
	badFrame    = "frame"       // a frame that cannot be read
	outside     = "outside"     // a reading in which bytes lay outside frames or in one without an end
	badBody     = "body"        // a message that cannot be read
	encrypted   = "encrypted"   // a body that we have no key for
	unsupported = "unsupported" // a message that this package does not read
	unread      = "unread"      // one of the last three that is not kept: the terminal sent too many of them today
	stranger    = "stranger"    // a frame of another terminal on an authenticated connection
	early       = "early"       // a frame before the authentication
	unknown     = "unknown"     // a terminal that nobody registered, where such are sent away
	wrongCode   = "code"        // an authentication that fails
	fragment    = "fragments"   // one beyond what is held
	lost        = "lost"        // a message whose fragments did not all come
	door        = "door"        // a delivery that will never be taken
	unavailable = "unavailable" // a delivery that was not taken now
	unheard     = "unheard"     // a presence that could not be kept for telling
	panicked    = "panic"
)

// Server takes terminals' connections.
type Server struct {
	c         Config
	log       *slog.Logger
	work      sync.Pool // *work
	news      *adapter.News
	listener  *adapter.Listener
	refusals  *adapter.Refusals
	raw       allowance
	fragments atomic.Int64 // bytes in reassembly
	away      atomic.Int64 // until when new connections wait, Unix ns

	links     sync.Mutex
	terminals map[string]*session // guarded by links; those authenticated

	frames, positions, resent, replaced, kept atomic.Int64
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
	if c.Unread == 0 {
		c.Unread = 50
	}
	s := &Server{
		c: c, log: c.Log, terminals: map[string]*session{},
		raw: allowance{each: c.Unread, most: 4 * c.Connections},
		refusals: adapter.NewRefusals(Adapter, c.Log, adapter.Full, adapter.Address, login, idle, badFrame, outside, badBody, encrypted, unsupported, unread,
			stranger, early, unknown, wrongCode, fragment, lost, door, unavailable, unheard, panicked),
	}
	s.news = adapter.NewNews(c.Sink, c.Connections, nil, func(d *adapter.Delivery, err error) { s.refuse(door, d.Key, d.From, err) })
	s.work.New = func() any { return &work{} }
	s.listener = &adapter.Listener{
		Name: Adapter, Most: c.Connections, PerAddress: c.PerAddress, Log: c.Log,
		Refused: func(reason string, conn net.Conn) { s.refuse(reason, "", conn.RemoteAddr().String(), nil) },
	}
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
	Unread      int64 // messages that are not read and were kept as they came
	Refused     map[string]int64
}

// Counts are the server's counters.
func (s *Server) Counts() Counts {
	c := Counts{
		Connections: int64(s.listener.Open()), Frames: s.frames.Load(), Positions: s.positions.Load(), Resent: s.resent.Load(), Replaced: s.replaced.Load(),
		Unread: s.kept.Load(), Refused: s.refusals.Counts(),
	}
	s.links.Lock()
	c.Terminals = int64(len(s.terminals))
	s.links.Unlock()
	return c
}

// refuse counts a refusal.
func (s *Server) refuse(reason, terminal, remote string, err error) {
	s.refusals.Add(slog.LevelWarn, reason, "device", terminal, "remote", remote, "err", err)
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
	ctx, cancel := context.WithCancel(ctx)
	var news sync.WaitGroup
	news.Go(func() { s.news.Run(ctx) })
	err := s.listener.Run(ctx, s.serve, nil, listeners...)
	cancel()
	news.Wait()
	return err
}

// serve runs one connection to its end.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	k := &session{s: s, conn: conn, done: make(chan struct{})}
	defer func() {
		if p := recover(); p != nil {
			k.refuse(panicked, fmt.Errorf("panic: %v", p))
		}
		k.conn.Close()
		k.forget()
		k.leave(ctx)
		close(k.done)
	}()
	if wait := time.Until(time.Unix(0, s.away.Load())); wait > 0 {
		adapter.Rest(ctx, wait)
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
