package app

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"

	"fengsui"
	"fengsui/adapter/jt808"
	"fengsui/registry"
	"fengsui/sim"
)

// TestTerminals: vehicles of the simulated fleet speak to the whole platform (V03,
// V06). Those that are registered are known by their numbers, however many zeros the
// registry has in front; the one that is not waits in quarantine.
func TestTerminals(t *testing.T) {
	ats.Register() // as in TestStory
	synctest.Test(t, func(t *testing.T) {
		s := &storyteller{t: t, codes: map[fengsui.Subject]string{}, past: map[int64][]fengsui.Sample{}}
		s.open(tempOnMemory(t))
		s.furnish("enterprise ENT1 warehousing 120116401")
		list, err := sim.GenerateVehicles(&sim.District{Seed: 1, Firms: []*sim.Firm{{Code: "ENT1", Lon: 117.6, Lat: 39}}}, 0, 3)
		if err != nil {
			t.Fatal(err)
		}
		if err := furnishVehicles(t.Context(), s.p, list[:1]); err != nil {
			t.Fatal(err)
		}
		e := s.p.Registry.District().EnterpriseByCode("ENT1")
		padded := fengsui.Device{Enterprise: e.ID, Code: "T-2", Name: "T-2", Keys: map[string]string{jt808.Adapter: "0" + list[1].Number}}
		if err := s.p.put(t.Context(), registry.Batch{Devices: []fengsui.Device{padded}}); err != nil {
			t.Fatal(err)
		}
		s.stop()
		s.c.JT808.Address = "127.0.0.1:0" // nobody listens there: the terminals come through pipes
		s.start()
		defer s.stop()

		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		fleet := &sim.Fleet{Vehicles: list, Dial: l.dial, Quiet: true, Log: slog.New(slog.DiscardHandler)}
		var all sync.WaitGroup
		all.Go(func() {
			if err := s.p.JT808.Run(ctx, l); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() { fleet.Run(ctx) })
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		made, kept, served := fleet.Counts(), s.p.Door.Counts(), s.p.JT808.Counts()
		if made.Answered != made.Reports || kept.Positions != made.Reports || served.Positions != made.Reports || made.Reports < 3*24 {
			t.Errorf("got %d reports, %d answered, %d kept, want as many of each and at least 72", made.Reports, made.Answered, kept.Positions)
		}
		if served.Terminals != 3 || made.Connects != 3 {
			t.Errorf("got %d terminals and %d connects, want 3 and 3", served.Terminals, made.Connects)
		}
		strays, total, err := s.p.Door.Strays(ctx, fengsui.Everything(), fengsui.Page{Limit: 9})
		if err != nil || total != 1 || strays[0].Code != "jt808:"+list[2].Number {
			t.Errorf("quarantine: got %+v, %v, want the third terminal alone", strays, err)
		}
		for _, h := range s.p.Health(ctx) {
			if h.Name == "terminals" && !h.OK {
				t.Errorf("health: got %+v, want it well", h)
			}
		}
		cancel()
		all.Wait()
	})
}

// pipes is a listener of pipes: a real socket would stop the fake clock.
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
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
