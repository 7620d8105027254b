package sim

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/adapter"
	"fengsui/adapter/adaptertest"
	"fengsui/adapter/mqtt"
	"fengsui/adapter/push"
)

type gatewayKeys struct{ secret []byte }

func (k gatewayKeys) Secret(string, string) ([]byte, fengsui.KeyState, bool) {
	return k.secret, fengsui.KeyActive, true
}

// TestGateways: ten gateways send for an hour by the real broker, with faults; every
// reading is kept under its own time, and what comes twice comes under the same key.
func TestGateways(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const every = 10 * time.Second
		d, err := Generate(1, 10, 100, fengsui.SpanOf(every))
		if err != nil {
			t.Fatal(err)
		}
		tables, err := mqtt.Library()
		if err != nil {
			t.Fatal(err)
		}
		keys := gatewayKeys{bytes.Repeat([]byte{7}, push.SecretBytes)}
		sink := &adaptertest.Sink{}
		b := mqtt.New(mqtt.Config{Sink: sink, Keys: keys, Tables: tables})
		conns := make(chan net.Conn)
		counts := &GatewayCounts{}
		f := &Field{District: d, Log: slog.New(slog.DiscardHandler)}
		for i, firm := range d.Firms {
			g := GatewayOf(i, 1, false)
			g.Enterprise, g.Key, g.Secret, g.Counts = firm.Code, "k1", keys.secret, counts
			g.Dial = func(context.Context) (net.Conn, error) {
				ours, theirs := net.Pipe()
				conns <- theirs
				return ours, nil
			}
			f.Senders = append(f.Senders, g)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- b.Run(ctx, chanListener(conns)) }()
		field, end := context.WithCancel(t.Context())
		ended := make(chan error)
		began := time.Now()
		go func() { ended <- f.Run(field) }()

		// The door is away for two minutes: what is not acknowledged comes again.
		time.Sleep(10 * time.Minute)
		sink.Fail(fengsui.Errorf(fengsui.Unavailable, "test", "nothing was kept"))
		time.Sleep(2 * time.Minute)
		sink.Fail(nil)
		time.Sleep(48*time.Minute + time.Millisecond)
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		now := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}

		type place struct{ enterprise, code string }
		first := map[string]adapter.Delivery{}
		got := map[place]map[fengsui.Millis]bool{}
		lost, online := 0, 0
		for _, v := range sink.Taken() {
			for _, s := range v.Sources {
				if s.Online {
					online++
				} else {
					lost++
				}
			}
			if len(v.Samples) == 0 {
				continue
			}
			if v.Idempotency == "" {
				t.Fatalf("%s: got a delivery without a key", v.Enterprise)
			}
			key := v.Enterprise + v.Idempotency
			if old, again := first[key]; again {
				if fmt.Sprint(old.Samples) != fmt.Sprint(v.Samples) {
					t.Fatalf("%s: got another content under the key %s", v.Enterprise, v.Idempotency)
				}
				continue
			}
			first[key] = v
			for _, s := range v.Samples {
				p := place{v.Enterprise, v.Codes[s.Point]}
				if got[p] == nil {
					got[p] = map[fengsui.Millis]bool{}
				}
				got[p][s.At] = true
			}
		}
		for i, firm := range d.Firms {
			g := f.Senders[i].(*Gateway)
			for _, p := range firm.Points {
				all := got[place{firm.Code, p.Code}]
				spread := time.Duration(float64(every) * math.Mod(float64(i)*0.618, 1))
				if want := 1 + int((now.Sub(began)-spread)/every); len(all) != want {
					t.Fatalf("%s %s: got values of %d times, want %d", firm.Code, p.Code, len(all), want)
				}
				for at := range all {
					if true := at.Time().Add(-g.Clock); true.Before(began) || true.After(now) {
						t.Fatalf("%s: got the time %s with a clock that is %s ahead", firm.Code, at.Time(), g.Clock)
					}
				}
			}
		}
		n := func() []int64 {
			return []int64{counts.Messages.Load(), counts.Repeats.Load(), counts.Cuts.Load(), counts.Refused.Load(), counts.Connects.Load()}
		}()
		t.Logf("messages, repeats, cuts, refused, connects %d; %d online, %d lost; %d failed values", n, online, lost, failedOf(f))
		if n[1] == 0 || n[2] == 0 || n[3] != 0 || lost == 0 || online < 10 || failedOf(f) == 0 {
			t.Errorf("got messages, repeats, cuts, refused, connects %d, %d online, %d lost: want every fault, and no refusal", n, online, lost)
		}
		if c := b.Counts(); c.Refused["body"]+c.Refused["topic"]+c.Refused["will"]+c.Refused["protocol"]+c.Refused["key"] != 0 {
			t.Errorf("the broker refused %v, want nothing", c.Refused)
		}
	})
}

func failedOf(f *Field) int64 { _, n := f.Counts(); return n }

// chanListener is handed its connections.
type chanListener chan net.Conn

func (l chanListener) Accept() (net.Conn, error) {
	c, ok := <-l
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (l chanListener) Close() error   { close(l); return nil }
func (l chanListener) Addr() net.Addr { return &net.TCPAddr{} }
