package app

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"

	"fengsui"
	"fengsui/adapter/mqtt"
	"fengsui/registry"
	"fengsui/sim"
)

// TestGateways: ten simulated gateways speak MQTT over TLS to the whole platform (H16),
// as the show's do, with broken lines, repeats and clocks that are off. The newest value
// of every point is there, under the gateway's own time; what came twice was kept once.
func TestGateways(t *testing.T) {
	ats.Register() // as in TestStory
	synctest.Test(t, func(t *testing.T) {
		const every = 10 * time.Second
		s := &storyteller{t: t, codes: map[fengsui.Subject]string{}, past: map[int64][]fengsui.Sample{}}
		s.open(tempOnMemory(t))
		district, err := sim.Generate(1, 10, 40, fengsui.SpanOf(every))
		if err != nil {
			t.Fatal(err)
		}
		if err := furnishEnterprises(t.Context(), s.p, district); err != nil {
			t.Fatal(err)
		}
		field := &sim.Field{District: district, Log: slog.New(slog.DiscardHandler)}
		counts := &sim.GatewayCounts{}
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		cert, err := certificates(s.p.data, s.c.hosts(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		roots, err := trusted(s.p.data.file("tls", "ca.pem"))
		if err != nil {
			t.Fatal(err)
		}
		var gateways []*sim.Gateway
		for i, f := range district.Firms {
			g := sim.GatewayOf(i, 1, false)
			if g.Key, g.Secret, err = s.p.issue(t.Context(), f.Code); err != nil {
				t.Fatal(err)
			}
			g.Enterprise, g.Counts = f.Code, counts
			g.Dial = func(ctx context.Context) (net.Conn, error) {
				conn, err := l.dial(ctx)
				if err != nil {
					return nil, err
				}
				return tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}), nil
			}
			gateways, field.Senders = append(gateways, g), append(field.Senders, g)
		}
		if err := furnishField(t.Context(), s.p, district, "http://127.0.0.1:9"); err != nil {
			t.Fatal(err)
		}
		s.stop()
		s.c.MQTT.TLS = "127.0.0.1:0" // nobody listens there: the gateways come through pipes
		s.start()
		defer s.stop()

		serve, cancel := context.WithCancel(t.Context())
		send, end := context.WithCancel(t.Context())
		var all, sending sync.WaitGroup
		all.Go(func() {
			conf := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
			if err := s.p.MQTT.Run(serve, tls.NewListener(l, conf)); err != nil {
				t.Error(err)
			}
		})
		sending.Go(func() { field.Run(send) })
		time.Sleep(30*time.Minute + time.Millisecond)
		end()
		sending.Wait()
		now := fengsui.At(time.Now())
		time.Sleep(10 * time.Second) // the evaluator follows
		synctest.Wait()
		for i, f := range district.Firms {
			e := s.p.Registry.District().EnterpriseByCode(f.Code)
			for _, p := range f.Points {
				num := s.p.Registry.District().PointByCode(e.Num, p.Code).Num
				got, ok := s.p.Risk.Latest(num)
				trueTime := got.At.Add(-fengsui.SpanOf(gateways[i].Clock))
				if age := now - trueTime; !ok || age < 0 || age > fengsui.Millis(2*every.Milliseconds()) { // twice: a line that breaks takes a while
					t.Errorf("%s %s: got a value %d ms old, %t, want at most %s", f.Code, p.Code, age, ok, 2*every)
				}
			}
		}
		sent, failed := field.Counts()
		kept, served := s.p.Door.Counts(), s.p.MQTT.Counts()
		if kept.Samples != sent || failed != 0 {
			t.Errorf("got %d values sent, %d failed, %d kept, want as many kept as sent", sent, failed, kept.Samples)
		}
		if repeats, cuts := counts.Repeats.Load(), counts.Cuts.Load(); served.Repeats == 0 || served.Repeats > repeats || cuts == 0 || served.Lost != cuts {
			t.Errorf("got %d repeats of %d sent, %d lost of %d cuts, want some of each, and every cut", served.Repeats, repeats, served.Lost, cuts)
		}
		if _, total, err := s.p.Door.Strays(t.Context(), fengsui.Everything(), fengsui.Page{Limit: 9}); err != nil || total != 0 {
			t.Errorf("quarantine: got %d, %v, want nothing", total, err)
		}
		cancel()
		all.Wait()
	})
}

// TestDeviceKey: a table may know a device by its key in the registry; the key of
// another enterprise's device is nobody's.
func TestDeviceKey(t *testing.T) {
	ats.Register() // as in TestStory
	synctest.Test(t, func(t *testing.T) {
		s := &storyteller{t: t, codes: map[fengsui.Subject]string{}, past: map[int64][]fengsui.Sample{}}
		dir := tempOnMemory(t)
		s.open(dir)
		s.furnish("enterprise ENT1 warehousing 120116401\nenterprise ENT2 warehousing 120116401")
		meter := fengsui.Device{Enterprise: s.p.Registry.District().EnterpriseByCode("ENT1").ID, Code: "METER", Name: "METER", Keys: map[string]string{mqtt.Adapter: "SN-1"}}
		if err := s.p.put(t.Context(), registry.Batch{Devices: []fengsui.Device{meter}}); err != nil {
			t.Fatal(err)
		}
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		var gateways []*sim.Gateway
		for _, code := range []string{"ENT1", "ENT2"} {
			g := &sim.Gateway{Enterprise: code, Protocol: 4, Plain: true, Dial: l.dial}
			var err error
			if g.Key, g.Secret, err = s.p.issue(t.Context(), code); err != nil {
				t.Fatal(err)
			}
			gateways = append(gateways, g)
		}
		s.stop()
		table := "- {name: array, source: this test, topic: 'gateway/{sn}/data', format: json, device_key: '{sn}', each: $.readings, code: '{.code}', value: .value}"
		if err := os.WriteFile(filepath.Join(dir, "table.yaml"), []byte(table), 0o600); err != nil {
			t.Fatal(err)
		}
		s.c.MQTT.Plain, s.c.MQTT.Tables = "127.0.0.1:0", dir
		s.start()
		defer s.stop()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.p.MQTT.Run(ctx, l) }()
		for _, g := range gateways {
			if err := g.Send(t.Context(), "SN-1", false, []sim.Reading{{Code: "A", At: time.Now(), Value: 1}}); err != nil {
				t.Error(err)
			}
			g.Close()
		}
		time.Sleep(5 * time.Second) // until quarantine is stored
		list, _, err := s.p.Door.Strays(ctx, fengsui.Everything(), fengsui.Page{Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range list {
			got = append(got, s.p.Registry.District().Parties[x.Enterprise].Name+" "+x.Code)
		}
		slices.Sort(got)
		if want := []string{"ENT1 A", "ENT2 A", "ENT2 SN-1"}; !slices.Equal(got, want) {
			t.Errorf("quarantine: got %q, want %q", got, want)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestReadKeys: a file of keys for a load; a line that is none is named.
func TestReadKeys(t *testing.T) {
	secret := strings.Repeat("07", 32)
	for text, want := range map[string]string{
		"# ours\n\nE1 k1 " + secret + "\nE2 k2 " + secret: "",
		"":                              "no key",
		"E1 k1 " + secret + "\nE1 k1\n": "line 2",
		"E1 k1 short":                   "line 1",
	} {
		name := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := readKeys(name)
		if want == "" && (err != nil || len(list) != 2 || list[1].enterprise != "E2" || list[1].id != "k2" || list[1].secret[0] != 7) {
			t.Errorf("%q: got %v, %v, want two keys", text, list, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want something about %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%q: the error shows a secret: %v", text, err)
		}
	}
}
