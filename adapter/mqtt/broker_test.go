package mqtt

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"fengsui"
	"fengsui/adapter"
	"fengsui/adapter/adaptertest"
	"fengsui/adapter/push"
)

// keys is a ring whose keys can be revoked.
type keys struct {
	mu sync.Mutex
	ring
}

func (k *keys) Secret(enterprise, keyID string) ([]byte, fengsui.KeyState, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ring.Secret(enterprise, keyID)
}

func (k *keys) revoke(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.ring, name)
}

// stage is a broker in a bubble, and what it has kept.
type stage struct {
	t    *testing.T
	sink *adaptertest.Sink
	keys *keys
	b    *Broker
	f    *adaptertest.Field
}

func story(t *testing.T, c Config, tell func(s *stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, sink: &adaptertest.Sink{}, keys: &keys{ring: ring{"E1/k1": secret, "E2/k2": secret}}}
		c.Keys, c.Tables = s.keys, shipped(t)
		if c.Sink == nil {
			c.Sink = s.sink
		}
		s.b = New(c)
		run := &adaptertest.Session{Run: func(ctx context.Context, l net.Listener, _ adapter.Sink) error { return s.b.Run(ctx, l) }}
		s.f = run.Start(t, s.sink)
		defer s.f.Stop()
		tell(s)
	})
}

// dial connects with a CONNECT and says by which reason it was answered.
func (s *stage) dial(p packets.Packet) (*client, byte) {
	s.t.Helper()
	c := &client{s.t, s.f.Dial(true), p.ProtocolVersion}
	list := c.do(p)
	if len(list) == 0 || list[0].FixedHeader.Type != packets.Connack {
		s.t.Fatalf("CONNECT: got %+v, want a CONNACK", list)
	}
	return c, list[0].ReasonCode
}

func (s *stage) kept() (list []string) {
	for _, d := range s.sink.Taken() {
		v := viewOf(&d)
		text := d.Enterprise + " " + v.Device
		for _, x := range v.Samples {
			text += ", " + strings.Join(strings.Fields(x)[:2], "=")
		}
		for _, x := range v.Events {
			text += ", event " + x.Code
		}
		for _, x := range v.Sources {
			text += fmt.Sprintf(", online %t", x.Online)
		}
		list = append(list, text)
	}
	return list
}

func (s *stage) want(what string, want ...string) {
	s.t.Helper()
	synctest.Wait()
	if got := s.kept(); !slices.Equal(got, want) {
		s.t.Errorf("%s: kept\n%q, want\n%q", what, got, want)
	}
}

type client struct {
	t *testing.T
	*adaptertest.Conn
	version byte
}

func (c *client) do(list ...packets.Packet) []packets.Packet {
	c.t.Helper()
	for _, p := range list {
		p.ProtocolVersion = c.version
		c.Write(encode(c.t, p))
	}
	return decode(c.t, c.Received(), c.version)
}

func (c *client) expect(what string, got []packets.Packet, want ...string) {
	c.t.Helper()
	var list []string
	for _, p := range got {
		text := packets.PacketNames[p.FixedHeader.Type]
		if len(p.ReasonCodes) > 0 {
			text += fmt.Sprintf(" %x", p.ReasonCodes)
		} else if p.FixedHeader.Type == packets.Publish {
			text += " " + p.TopicName + " " + string(p.Payload)
		} else {
			text += fmt.Sprintf(" %02x", p.ReasonCode)
		}
		list = append(list, text)
	}
	if !slices.Equal(list, want) {
		c.t.Errorf("%s: got %q, want %q", what, list, want)
	}
}

func five(p packets.Packet) packets.Packet {
	p.ProtocolVersion = 5
	return p
}

func as(p packets.Packet, user, client string) packets.Packet {
	p.Connect.Username, p.Connect.ClientIdentifier = []byte(user), client
	return p
}

// TestWho: who has no valid key is not let in, who lets it be revoked is sent away,
// nobody writes for another enterprise or takes over its session (H16, N10).
func TestWho(t *testing.T) {
	story(t, Config{}, func(s *stage) {
		wrong := connect("x")
		wrong.Connect.Password = []byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
		for name, p := range map[string]packets.Packet{
			"wrong secret": wrong, "unknown key": as(connect("x"), "E1/k9", "x"), "another's key": as(connect("x"), "E2/k1", "x"), "no key": as(connect("x"), "E1", "x"), "nothing": as(connect("x"), "/", "x"),
		} {
			if c, code := s.dial(p); code != packets.Err3NotAuthorized.Code || !c.Closed() {
				t.Errorf("%s: got code %d and closed %t, want %d and true", name, code, c.Closed(), packets.Err3NotAuthorized.Code)
			}
		}
		one, _ := s.dial(connect("same"))
		two, _ := s.dial(as(five(connect("same")), "E2/k2", "same"))
		if one.Closed() {
			t.Error("another enterprise's client took the session over")
		}
		two.expect("another's topic", two.do(publish(1, 1, "fengsui/v1/E1/GW1", jsonBody("A", noon, 1))), "Puback 87")
		two.expect("no topic", two.do(publish(1, 1, "fengsui/v1/E2/GW1/more", jsonBody("A", noon, 1))), "Puback 87")
		two.expect("nobody's topic", two.do(publish(1, 2, "$share/x/y", jsonBody("A", noon, 1))), "Puback 87")
		two.expect("own", two.do(publish(1, 3, "fengsui/v1/E2/GW2", jsonBody("A", noon, 1))), "Puback 00")
		s.keys.revoke("E1/k1")
		if one.do(publish(1, 1, "fengsui/v1/E1/GW1", jsonBody("A", noon, 1))); !one.Closed() {
			t.Error("the client of a revoked key is still there")
		}
		s.want("all", "E2 GW2, A=1")
		if got := s.b.Counts().Refused; got["key"] != 6 || got["topic"] != 3 {
			t.Errorf("counted %v, want 6 keys and 3 topics", got)
		}
	})
	away := fengsui.Errorf(fengsui.Unavailable, "starting", "starting")
	story(t, Config{Ready: func() error { return away }}, func(s *stage) {
		if _, code := s.dial(as(connect("x"), "E1/k9", "x")); code != packets.Err3ServerUnavailable.Code {
			t.Errorf("an unknown key before the keys are there: got %d, want %d", code, packets.Err3ServerUnavailable.Code)
		}
	})
}

// TestHears: nothing reaches in but the receipts of one's own enterprise, and no
// client hears another, will and retain flag included (A26).
func TestHears(t *testing.T) {
	story(t, Config{}, func(s *stage) {
		c, _ := s.dial(five(connect("reader")))
		filters := packets.Subscriptions{}
		for _, f := range []string{"#", "+/v1/E1/GW1/receipt", "fengsui/v1/E1/#", "fengsui/v1/E1/GW1", "fengsui/v1/E2/GW1/receipt", "fengsui/v1/+/+/receipt", "$share/g/fengsui/v1/E1/GW1/receipt", "$SYS/#", "site/+/+", "fengsui/v1/E1/#/receipt",
			"fengsui/v1/E1/GW1/receipt", "fengsui/v1/E1/+/receipt", "fengsui/v1/E1/receipt"} {
			filters = append(filters, packets.Subscription{Filter: f, Qos: 1})
		}
		got := c.do(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 9, Filters: filters})
		c.expect("subscribe", got, "Suback 8787878787878787878f010101")

		other := as(connect("writer"), "E2/k2", "writer")
		other.Connect.WillFlag, other.Connect.WillTopic, other.Connect.WillPayload = true, "fengsui/v1/E1/GW1/receipt", []byte("evil")
		w, _ := s.dial(other)
		p := publish(1, 1, "fengsui/v1/E2/GW2", jsonBody("A", noon, 1))
		p.FixedHeader.Retain = true
		w.expect("retained", w.do(p), "Puback 00")
		w.do(publish(0, 0, "fengsui/v1/E1/GW1/receipt", []byte("evil")))
		w.Hangup()
		time.Sleep(time.Minute)
		c.expect("heard of others", decode(t, c.Received(), 5))

		// A message that cannot be read: kept in part, refused in MQTT 5, and told.
		got = c.do(publish(1, 1, "fengsui/v1/E1/GW1", []byte(`{"samples":1}`)))
		said := `Publish fengsui/v1/E1/GW1/receipt {"topic":"fengsui/v1/E1/GW1","code":"refused","message":"at byte 11: an array is expected","accepted":0}`
		slices.SortFunc(got, func(a, b packets.Packet) int { return int(b.FixedHeader.Type) - int(a.FixedHeader.Type) })
		c.expect("unreadable", got, "Puback 99", said)
		three, _ := s.dial(connect("three"))
		three.expect("unreadable in 3.1.1", three.do(publish(1, 1, "site/S1/status", []byte("maybe"))), "Puback 00")
		three.expect("unreadable in 3.1.1, twice", three.do(publish(2, 2, "gateway/G1/data", []byte("\xff\xfe"))), "Pubrec 00")
		s.want("all", "E2 GW2, A=1", "E1 GW1, event mqtt_refused", "E1 S1, event mqtt_refused", "E1 G1, event mqtt_refused")
	})
}

// picky is a door that says something about items.
type picky struct {
	adaptertest.Sink
	err error
}

func (p *picky) Take(ctx context.Context, d *adapter.Delivery) (adapter.Receipt, error) {
	if len(d.Samples) > 0 && p.err != nil {
		return adapter.Receipt{}, p.err
	}
	r, err := p.Sink.Take(ctx, d)
	r.Errors = append(r.Errors, adapter.ItemError{Kind: "sample", Code: "unknown_point", Message: "unknown", Kept: true})
	return r, err
}

// TestReceipt: items that were not taken are named on the device's receipt topic,
// and what the door refuses for good does not come back for ever.
func TestReceipt(t *testing.T) {
	door := &picky{}
	story(t, Config{Sink: door}, func(s *stage) {
		c, _ := s.dial(five(connect("c")))
		c.do(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 9, Filters: packets.Subscriptions{{Filter: "fengsui/v1/E1/+/receipt", Qos: 0}}})
		p := publish(1, 1, "fengsui/v1/E1/GW1", jsonBody("A", noon, 1))
		p.Properties.User = []packets.UserProperty{{Key: "idempotency-key", Val: "batch-7"}}
		got := c.do(p)
		slices.SortFunc(got, func(a, b packets.Packet) int { return int(b.FixedHeader.Type) - int(a.FixedHeader.Type) })
		c.expect("unknown point", got, "Puback 00",
			`Publish fengsui/v1/E1/GW1/receipt {"topic":"fengsui/v1/E1/GW1","key":"batch-7","accepted":1,"errors":[{"kind":"sample","index":0,"code":"unknown_point","message":"unknown","kept":true}]}`)
		if d := door.Taken(); len(d) != 1 || d[0].Idempotency != "key:batch-7" || d[0].KeyID != "k1" || d[0].BodyHash == 0 {
			t.Errorf("taken %+v", d)
		}
		door.err = fengsui.Errorf(fengsui.Conflict, "key_reused", "reused")
		p.PacketID = 2
		if got := c.do(p); got[len(got)-1].ReasonCode != 0x99 && got[0].ReasonCode != 0x99 {
			t.Errorf("a conflict: got %+v, want a PUBACK 99", got)
		}
		door.err = fengsui.Errorf(fengsui.Forbidden, "unknown_enterprise", "unknown")
		p.PacketID = 3
		if c.do(p); !c.Closed() {
			t.Error("an unknown enterprise's client is still there")
		}
		if d := door.Taken(); len(d) != 2 || d[1].Events[0].Code != EventRefused || !strings.Contains(d[1].Events[0].Text, "reused") {
			t.Errorf("taken %+v", d)
		}
	})
}

// TestExactlyOnce: PUBREC comes after Take, a PUBLISH that comes twice is taken
// once, in either version (MQTT 5.0, 4.3.3).
func TestExactlyOnce(t *testing.T) {
	for _, version := range []byte{4, 5} {
		story(t, Config{}, func(s *stage) {
			p := connect("c")
			p.ProtocolVersion = version
			c, _ := s.dial(p)
			release := s.sink.Block()
			m := publish(2, 7, "site/S1/temp", []byte("21"))
			c.expect("while Take hangs", c.do(m))
			release()
			c.expect("after Take", decode(t, c.Received(), version), "Pubrec 00")
			m.FixedHeader.Dup = true
			c.expect("sent twice", c.do(m), "Pubrec 00")
			c.expect("released", c.do(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: 7}), "Pubcomp 00")
			s.want("all", "E1 S1, S1/temp=21")
		})
	}
}

// TestWill: a client that is lost makes its device lost, one that says good-bye,
// comes back in time or is sent away by us does not; a door that is away is asked
// again.
func TestWill(t *testing.T) {
	willing := func(delay uint32) packets.Packet {
		p := five(connect("c"))
		p.Connect.WillFlag, p.Connect.WillTopic, p.Connect.WillPayload = true, "fengsui/v1/E1/GW1", []byte("gone")
		p.Connect.WillProperties.WillDelayInterval = delay
		p.Properties.SessionExpiryInterval, p.Properties.SessionExpiryIntervalFlag = 300, true
		p.Connect.Clean = false
		return p
	}
	const there, gone = "E1 GW1, online true", "E1 GW1, online false"
	story(t, Config{}, func(s *stage) {
		c, _ := s.dial(willing(0))
		s.want("there", there)
		c.Hangup()
		s.want("cut", there, gone)
		c, _ = s.dial(willing(0))
		c.do(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
		time.Sleep(time.Hour)
		s.want("good-bye", there, gone, there)
		s.dial(willing(0))
		s.dial(willing(0))
		s.want("taken over", there, gone, there, there, there)
	})
	story(t, Config{}, func(s *stage) {
		c, _ := s.dial(willing(30))
		c.Hangup()
		time.Sleep(29 * time.Second)
		s.want("away for 29 s", there)
		c, _ = s.dial(willing(30))
		time.Sleep(time.Minute / 2)
		s.want("back in time", there, there)
		time.Sleep(time.Hour) // its keep-alive ends
		s.want("silent", there, there, gone)
		if got := s.b.Counts(); got.Lost != 1 || got.Clients != 0 {
			t.Errorf("counted %+v, want 1 lost and nobody connected", got)
		}
	})
	story(t, Config{}, func(s *stage) {
		c, _ := s.dial(willing(0))
		s.sink.Fail(fengsui.Errorf(fengsui.Unavailable, "test", "away"))
		c.Hangup()
		time.Sleep(10 * time.Second)
		if n := s.sink.Failed(); n < 9 || n > 11 {
			t.Errorf("the door was asked %d times in 10 s, want about 10", n)
		}
		s.sink.Fail(nil)
		time.Sleep(2 * time.Second)
		s.want("told later", there, gone)
	})
}

// TestBounds: connections, sessions, packets and their memory, messages a second.
func TestBounds(t *testing.T) {
	story(t, Config{Clients: 2}, func(s *stage) {
		s.dial(connect("a"))
		s.dial(connect("b"))
		if c := s.f.Dial(true); !c.Closed() {
			t.Error("a third connection of two was taken")
		}
	})
	story(t, Config{Sessions: 2}, func(s *stage) {
		for _, id := range []string{"a", "b", "a"} {
			if _, code := s.dial(five(connect(id))); code != 0 {
				t.Fatalf("session %s: got %x, want 0", id, code)
			}
		}
		if c, code := s.dial(five(connect("c"))); code != packets.ErrQuotaExceeded.Code || !c.Closed() {
			t.Errorf("the third session: got %x and closed %t, want %x and true", code, c.Closed(), packets.ErrQuotaExceeded.Code)
		}
		if _, code := s.dial(as(five(connect("c")), "E2/k2", "c")); code != 0 {
			t.Errorf("another enterprise's session: got %x, want 0", code)
		}
		time.Sleep(2 * time.Minute) // the clients are silent and end
		if _, code := s.dial(five(connect("c"))); code != 0 {
			t.Errorf("a session after others ended: got %x, want 0", code)
		}
	})
	story(t, Config{}, func(s *stage) {
		c := s.f.Dial(true)
		time.Sleep(connectTime + time.Second)
		if !c.Closed() {
			t.Error("a connection without CONNECT is open")
		}
		large, _ := s.dial(connect("c"))
		large.Write([]byte{packets.Publish << 4, 0x81, 0x80, 0x40}) // 1 MiB and one byte
		if !large.Closed() {
			t.Error("a packet beyond the limit was begun")
		}
		s.f.Dial(true).Write([]byte("GET / HTTP/1.1\r\n"))
		synctest.Wait()
		if got := s.b.Counts().Refused["protocol"]; got != 3 {
			t.Errorf("counted %d connections that broke the protocol, want 3", got)
		}
	})
	story(t, Config{Messages: 10}, func(s *stage) {
		c, _ := s.dial(connect("c"))
		began := time.Now()
		for i := range 100 {
			c.Write(encode(t, publish(1, uint16(i+1), "site/S1/temp", []byte("21"))))
		}
		synctest.Wait()
		c.Received()
		if took := time.Since(began); took < 4*time.Second || took > 6*time.Second {
			t.Errorf("100 messages at 10 a second, 50 of them at once, took %s, want 5 s", took)
		}
	})
}

// TestFrames: lengths are followed however the stream is cut, and none is believed
// beyond the bounds.
func TestFrames(t *testing.T) {
	stream := encode(t, connect("c"))
	for _, n := range []int{0, 1, 100, 127, 128, 5000, 20_000} {
		stream = append(stream, encode(t, publish(1, 1, "a", make([]byte, n)))...)
		stream = append(stream, encode(t, packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})...)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		m := &adapter.Budget{Size: 1 << 20}
		f := frames{most: 1 << 20, memory: m}
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(300))
			if err := f.scan(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if f.kind != 0 || f.digits != 0 {
			t.Fatalf("the stream ends inside a packet: %+v", f)
		}
		if got := m.Taken(); got < 40_000 {
			t.Fatalf("got %d bytes asked for, want those of the large packet", got)
		}
		if f.close(); m.Taken() != 0 {
			t.Fatalf("%d bytes were not given back", m.Taken())
		}
	}
	hello := encode(t, connect("c"))
	for _, c := range []struct {
		name string
		b    []byte
		want error
	}{
		{"no CONNECT", []byte{packets.Publish << 4}, errNotConnect},
		{"HTTP", []byte("GET / HTTP/1.1\r\n"), errNotConnect},
		{"a CONNECT of a megabyte", []byte{packetConnect, 0x80, 0x80, 0x40}, errTooLarge},
		{"too large", append(slices.Clone(hello), 0x30, 0x81, 0x80, 0x40), errTooLarge},
		{"length of five bytes", append(slices.Clone(hello), 0x30, 0x80, 0x80, 0x80, 0x80), errLength},
		{"no memory", append(slices.Clone(hello), 0x30, 0x80, 0x80, 0x20), errMemory},
	} {
		f := frames{most: 1 << 20, memory: &adapter.Budget{Size: 100_000}}
		if got := f.scan(c.b); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// FuzzFrames: in two pieces a stream is followed as in one, and memory is within its
// budget and given back.
func FuzzFrames(f *testing.F) {
	f.Add(append(encode(f, connect("c")), encode(f, publish(1, 1, "a", make([]byte, 10_000)))...), uint16(30))
	f.Fuzz(func(t *testing.T, b []byte, at uint16) {
		m := &adapter.Budget{Size: 100_000}
		whole, cut := frames{most: 1 << 20, memory: m}, frames{most: 1 << 20, memory: &adapter.Budget{Size: 100_000}}
		err := whole.scan(b)
		i := int(at) % (len(b) + 1)
		other := cut.scan(b[:i])
		if other == nil {
			other = cut.scan(b[i:])
		}
		cut.memory = m
		if err != other || whole != cut {
			t.Fatalf("cut at byte %d: got %v %+v, want %v %+v", i, other, cut, err, whole)
		}
		if got := m.Taken(); got > m.Size {
			t.Fatalf("%d bytes of %d are taken", got, m.Size)
		}
		if whole.close(); m.Taken() != 0 {
			t.Fatalf("%d bytes were not given back", m.Taken())
		}
	})
}

// FuzzConnection: whatever a client sends after its CONNECT or in its place, the
// broker stands, keeps its word about acknowledgements and is there for the next.
func FuzzConnection(f *testing.F) {
	f.Add(encode(f, publish(1, 1, "site/S1/temp", []byte("21"))), true)
	f.Add(encode(f, publish(2, 1, "fengsui/v1/E1", push.AppendCompact(nil, &push.Batch{Samples: []push.Sample{{Code: "A", At: noon, Value: 1}}}))), true)
	f.Add(encode(f, packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 9, Filters: packets.Subscriptions{{Filter: "#"}}}), true)
	f.Add(encode(f, connect("x")), false)
	f.Add(encode(f, five(connect("x"))), false)
	sink := &adaptertest.Sink{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	b := New(Config{Sink: sink, Keys: ring{"E1/k1": secret}, Tables: shipped(f), Messages: 1e9})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx, l) }()
	f.Cleanup(func() { cancel(); <-done })
	hello, bye := encode(f, connect("")), encode(f, packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
	talk := func(t *testing.T, b ...[]byte) []byte {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(5 * time.Second))
		c.Write(bytes.Join(b, nil)) // it may be cut off already
		c.(*net.TCPConn).CloseWrite()
		var got bytes.Buffer
		got.ReadFrom(c)
		return got.Bytes()
	}
	f.Fuzz(func(t *testing.T, body []byte, connected bool) {
		if connected {
			talk(t, hello, body, bye)
		} else {
			talk(t, body)
		}
		if got := talk(t, hello, bye); len(got) < 4 || got[0] != packets.Connack<<4 || got[3] != 0 {
			t.Fatalf("the next client got %x, want a CONNACK", got)
		}
		if n := b.Counts().Refused["panic"]; n > 0 {
			t.Fatalf("%d connections ended in a panic", n)
		}
	})
}
