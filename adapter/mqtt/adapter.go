package mqtt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	broker "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"fengsui"
	"fengsui/adapter"
	"fengsui/adapter/push"
)

// Config says where data goes and how much is taken. Zero limits mean their
// defaults.
type Config struct {
	Sink   adapter.Sink
	Keys   push.Keys
	Ready  func() error // asked before an unknown key is called one; nil: always ready
	Tables []*Table

	MaxPacket int     // bytes of a packet; 1 MiB
	Memory    int64   // bytes of all packets of 8 KiB and more together; 64 MiB
	Clients   int     // connections; 10,000
	Sessions  int     // of one enterprise, those that lost their connection included; 1,000
	Messages  float64 // of one enterprise a second; 1,000
	Log       *slog.Logger
}

const (
	connectTime   = 10 * time.Second // from the connection to its CONNECT, TLS included
	answerTime    = 10 * time.Second // to write an acknowledgement
	partingTime   = time.Second      // to tell all clients that we go
	sessionExpiry = 10 * time.Minute
	inFlight      = 256 // messages of QoS 2 of one client that wait for their PUBREL
	pending       = 64  // receipts that wait for one client; the next is left out and counted
)

// Broker takes what clients publish.
type Broker struct {
	c      Config
	log    *slog.Logger
	memory budget
	bodies sync.Pool // *work
	pace   paces
	news   *newsdesk

	links    sync.Mutex
	open     map[*link]struct{} // guarded by links
	sessions map[string]int     // guarded by links; by enterprise. What expires in silence is seen when they are counted anew, every 10 s

	taken, repeats, lost, receipts atomic.Int64
	refusals                       [len(reasons)]tally
}

// run is one life of the broker.
type run struct {
	ctx    context.Context
	server *broker.Server
}

// work is the memory of one message.
type work struct {
	body push.Body
	read []fengsui.Sample // what a block holds
}

// reasons are the words by which connections and messages are refused.
var reasons = [...]string{"full", "protocol", "key", "starting", "sessions", "topic", "will", "body", "door", "unavailable", "panic"}

// tally counts refusals for one reason; each is logged once a minute at most.
type tally struct{ n, logged, at atomic.Int64 }

// New makes a Broker. Sink and Keys must be there.
func New(c Config) *Broker {
	if c.Sink == nil || c.Keys == nil {
		panic("mqtt: Config needs Sink and Keys")
	}
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&c.MaxPacket, 1<<20)
	def(&c.Clients, 10_000)
	def(&c.Sessions, 1000)
	if c.Memory == 0 {
		c.Memory = 64 << 20
	}
	if c.Messages == 0 {
		c.Messages = 1000
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	b := &Broker{c: c, log: c.Log, memory: budget{size: c.Memory}, pace: paces{rate: c.Messages}, open: map[*link]struct{}{}, sessions: map[string]int{}}
	b.news = newNewsdesk(b, c.Clients)
	return b
}

// Counts says how many messages were taken, how many of those were repeats, how
// many clients were told lost, how many receipts were sent, how many are connected
// and how many connections and messages were refused for which reason.
type Counts struct {
	Taken    int64
	Repeats  int64
	Lost     int64
	Receipts int64
	Clients  int64
	Refused  map[string]int64
}

// Counts are the broker's counters since it was made.
func (b *Broker) Counts() Counts {
	c := Counts{Taken: b.taken.Load(), Repeats: b.repeats.Load(), Lost: b.lost.Load(), Receipts: b.receipts.Load(), Refused: map[string]int64{}}
	b.links.Lock()
	c.Clients = int64(len(b.open))
	b.links.Unlock()
	for i, r := range reasons {
		c.Refused[r] = b.refusals[i].n.Load()
	}
	return c
}

// refuse counts a refusal.
func (b *Broker) refuse(reason string, l *link, err error) {
	for i, r := range reasons {
		if r != reason {
			continue
		}
		t := &b.refusals[i]
		n := t.n.Add(1)
		now, last := time.Now().Unix(), t.at.Load()
		if now < last+60 || !t.at.CompareAndSwap(last, now) {
			return
		}
		b.log.Warn("mqtt refused", "reason", reason, "count", n-t.logged.Swap(n), "enterprise", cut(l.enterprise, 64), "remote", l.RemoteAddr().String(), "err", err)
		return
	}
}

// Run takes connections from the listeners, which it closes, until ctx ends; it
// fails when a listener does. TLS is the listener's.
func (b *Broker) Run(ctx context.Context, listeners ...net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The library's log shows packets, and with them secrets.
	r := &run{ctx: ctx, server: broker.New(&broker.Options{
		Logger: slog.New(slog.DiscardHandler), InlineClient: true, SysTopicResendInterval: 24 * 3600,
		Capabilities: &broker.Capabilities{
			MaximumClients: int64(b.c.Clients), MaximumPacketSize: uint32(b.c.MaxPacket) + 1, MaximumMessageExpiryInterval: 24 * 3600,
			MaximumClientWritesPending: pending, MaximumSessionExpiryInterval: uint32(sessionExpiry.Seconds()),
			ReceiveMaximum: inFlight, MaximumInflight: inFlight, MinimumProtocolVersion: 4, MaximumQos: 2,
			RetainAvailable: 1, WildcardSubAvailable: 1, SubIDAvailable: 1,
			Compatibilities: broker.Compatibilities{NoInheritedPropertiesOnAck: true},
		},
	})}
	if err := r.server.AddHook(&hook{b: b, r: r}, nil); err != nil {
		return err
	}
	if err := r.server.Serve(); err != nil {
		return err
	}
	var all sync.WaitGroup
	all.Go(func() { b.news.run(ctx) })
	all.Go(func() { b.count(ctx, r.server) })
	for _, l := range listeners {
		all.Go(func() {
			if err := b.accept(r, l, &all); err != nil {
				cancel(fmt.Errorf("mqtt on %s: %w", l.Addr(), err))
			}
		})
	}
	<-ctx.Done()
	for _, l := range listeners {
		l.Close()
	}
	b.links.Lock()
	for l := range b.open {
		l.SetDeadline(time.Now().Add(partingTime))
	}
	b.links.Unlock()
	for _, cl := range r.server.Clients.GetAll() {
		if !cl.Net.Inline {
			_ = r.server.DisconnectClient(cl, packets.ErrServerShuttingDown)
		}
	}
	b.links.Lock()
	for l := range b.open {
		l.Close()
	}
	b.links.Unlock()
	all.Wait()
	err := r.server.Close()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return err
}

// accept takes connections until the listener is closed.
func (b *Broker) accept(r *run, l net.Listener, all *sync.WaitGroup) error {
	for {
		conn, err := l.Accept()
		if r.ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil { // no files left, or hung up already
			b.log.Warn("connection not accepted", "err", err)
			pause := time.NewTimer(100 * time.Millisecond)
			select {
			case <-pause.C:
			case <-r.ctx.Done():
				pause.Stop()
			}
			continue
		}
		k := &link{Conn: conn, frames: frames{most: b.c.MaxPacket, memory: &b.memory}}
		b.links.Lock()
		full := len(b.open) >= b.c.Clients || r.ctx.Err() != nil
		if !full {
			b.open[k] = struct{}{}
		}
		b.links.Unlock()
		if full {
			b.refuse("full", k, nil)
			conn.Close()
			continue
		}
		all.Go(func() { b.serve(r, k) })
	}
}

// serve runs one connection to its end.
func (b *Broker) serve(r *run, k *link) {
	defer func() {
		if p := recover(); p != nil {
			b.refuse("panic", k, fmt.Errorf("panic: %v", p))
		}
		k.Close()
		k.frames.close()
		_, kept := r.server.Clients.Get(k.client)
		b.links.Lock()
		delete(b.open, k)
		if k.enterprise != "" && !kept {
			b.sessions[k.enterprise] = max(b.sessions[k.enterprise]-1, 0)
		}
		b.links.Unlock()
	}()
	k.SetDeadline(time.Now().Add(connectTime))
	err := r.server.EstablishConnection("", k)
	code, said := errors.AsType[packets.Code](err)
	switch {
	case said && code.Code >= packets.ErrMalformedPacket.Code && code.Code <= packets.ErrProtocolViolation.Code,
		errors.Is(err, errTooLarge), errors.Is(err, errLength), errors.Is(err, errMemory):
		b.refuse("protocol", k, err)
	case k.enterprise == "" && err != nil && !said && !errors.Is(err, io.EOF) && r.ctx.Err() == nil: // no TLS, no MQTT, or too slow
		b.refuse("protocol", k, err)
	}
}

// count counts the sessions of each enterprise anew.
func (b *Broker) count(ctx context.Context, server *broker.Server) {
	t := time.NewTicker(10 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		n := map[string]int{}
		for _, cl := range server.Clients.GetAll() {
			if k, ok := cl.Net.Conn.(*link); ok {
				n[k.enterprise]++
			}
		}
		b.links.Lock()
		b.sessions = n
		b.links.Unlock()
	}
}
