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
	// Device is the code of an enterprise's device by its key in a table's
	// device_key, empty when the enterprise has none with it. Nil: none has.
	Device func(enterprise, key string) (code string)

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
	memory adapter.Budget
	bodies sync.Pool // *work
	pace   paces

	news     *adapter.News
	listener *adapter.Listener
	refusals *adapter.Refusals

	mu       sync.Mutex
	sessions map[string]int // guarded by mu; by enterprise. What expires in silence is seen when they are counted anew, every 10 s

	taken, repeats, lost, receipts atomic.Int64
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
	b := &Broker{
		c: c, log: c.Log, memory: adapter.Budget{Size: c.Memory}, pace: paces{rate: c.Messages}, sessions: map[string]int{},
		refusals: adapter.NewRefusals(Adapter, c.Log, adapter.Full, "protocol", "key", "starting", "sessions", "topic", "will", "body", "door", "unavailable", "panic"),
	}
	b.news = adapter.NewNews(c.Sink, c.Clients, func(d *adapter.Delivery) {
		if !d.Sources[0].Online {
			b.lost.Add(1)
		}
	}, func(d *adapter.Delivery, err error) {
		b.refusals.Add(slog.LevelWarn, "door", "enterprise", adapter.Cut(d.Enterprise, 64), "device", adapter.Cut(d.Device, 64), "err", err)
	})
	b.listener = &adapter.Listener{
		Name: Adapter, Most: c.Clients, Log: c.Log,
		Refused: func(reason string, conn net.Conn) { b.refuse(reason, &link{Conn: conn}, nil) },
	}
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
	return Counts{
		Taken: b.taken.Load(), Repeats: b.repeats.Load(), Lost: b.lost.Load(), Receipts: b.receipts.Load(), Clients: int64(b.listener.Open()), Refused: b.refusals.Counts(),
	}
}

// refuse counts a refusal.
func (b *Broker) refuse(reason string, l *link, err error) {
	b.refusals.Add(slog.LevelWarn, reason, "enterprise", adapter.Cut(l.enterprise, 64), "remote", l.RemoteAddr().String(), "err", err)
}

// Run takes connections from the listeners, which it closes, until ctx ends; it
// fails when a listener does. TLS is the listener's.
func (b *Broker) Run(ctx context.Context, listeners ...net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
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
	all.Go(func() { b.news.Run(ctx) })
	all.Go(func() { b.count(ctx, r.server) })
	err := b.listener.Run(ctx, func(_ context.Context, conn net.Conn) { b.serve(r, conn) }, func(open []net.Conn) {
		cancel()
		for _, conn := range open {
			conn.SetDeadline(time.Now().Add(partingTime))
		}
		for _, cl := range r.server.Clients.GetAll() {
			if !cl.Net.Inline {
				_ = r.server.DisconnectClient(cl, packets.ErrServerShuttingDown)
			}
		}
	}, listeners...)
	all.Wait()
	return errors.Join(err, r.server.Close())
}

// serve runs one connection to its end.
func (b *Broker) serve(r *run, conn net.Conn) {
	k := &link{Conn: conn, frames: frames{most: b.c.MaxPacket, memory: &b.memory}}
	defer func() {
		if p := recover(); p != nil {
			b.refuse("panic", k, fmt.Errorf("panic: %v", p))
		}
		k.Close()
		k.frames.close()
		_, kept := r.server.Clients.Get(k.client)
		b.mu.Lock()
		if k.enterprise != "" && !kept {
			b.sessions[k.enterprise] = max(b.sessions[k.enterprise]-1, 0)
		}
		b.mu.Unlock()
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
		b.mu.Lock()
		b.sessions = n
		b.mu.Unlock()
	}
}
