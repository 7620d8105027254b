package jt808_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter"
	"fengsui/adapter/adaptertest"
	"fengsui/adapter/jt808"
)

var noon = time.Date(2024, 6, 1, 12, 0, 0, 0, fengsui.Civil)

// said is what a frame came to: its answer, and what was to be taken.
type said struct {
	Answer    jt808.Result
	Resent    bool     `json:",omitempty"`
	Positions []string `json:",omitempty"`
	Extra     []string `json:",omitempty"`
	Events    []string `json:",omitempty"`
	Samples   []string `json:",omitempty"`
}

func clock(m fengsui.Millis) string {
	if m == 0 {
		return "no time"
	}
	return m.Time().Format(time.RFC3339)
}

func sayDelivery(d *adapter.Delivery, r jt808.Result) said {
	v := said{Answer: r, Resent: d.Resent}
	for _, p := range d.Positions {
		fix := "no fix"
		if p.Fix {
			fix = "fix"
		}
		v.Positions = append(v.Positions, fmt.Sprintf("%s %.7f %.7f %gm %gkm/h %g° %s", clock(p.At), p.Lon, p.Lat, p.Altitude, p.Speed, p.Heading, fix))
		v.Extra = append(v.Extra, hex.EncodeToString(p.Extra))
	}
	for _, e := range d.Events {
		text := fmt.Sprintf("%s %s %t", clock(e.At), e.Code, e.On)
		if e.Urgent {
			text += " urgent"
		}
		if e.Text != "" {
			text += " " + e.Text
		}
		v.Events = append(v.Events, text)
	}
	for _, s := range d.Samples {
		v.Samples = append(v.Samples, fmt.Sprintf("%s %s %g", clock(s.At), d.Codes[s.Point], s.Value))
	}
	return v
}

type stream struct{ r *jt808.Reader }

func (s stream) Feed(b []byte) (items []any) {
	s.r.Feed(b, noon, func(d *adapter.Delivery, r jt808.Result, err error) {
		if err != nil {
			items = append(items, err)
			return
		}
		items = append(items, sayDelivery(d, r))
	})
	return items
}

// everyone is a registry that knows every terminal.
func everyone(terminal string) (string, error) { return terminal, nil }

func newServer(t testing.TB, c jt808.Config) *jt808.Server {
	t.Helper()
	if c.Sink == nil {
		c.Sink = &adaptertest.Sink{}
	}
	if c.Registered == nil {
		c.Registered = everyone
	}
	c.Secret = []byte("0123456789abcdef")
	s, err := jt808.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func describe(t testing.TB) adaptertest.Adapter {
	truck := newTruck(t, "13912345678", jt808.Edition2013)
	servers := map[bool]*jt808.Server{false: newServer(t, jt808.Config{Unread: 1 << 30}), true: newServer(t, jt808.Config{Unread: 1 << 30, Datum: jt808.GCJ02})}
	a := adaptertest.Adapter{
		Cases: os.DirFS("testdata/signals"),
		Open: func(c *adaptertest.Case) adaptertest.Stream {
			year, err := strconv.Atoi(c.Name[:4])
			if err != nil {
				panic(c.Name + ": want a name that begins with an edition")
			}
			return stream{jt808.NewReader(servers[strings.Contains(c.Name, "gcj02")], jt808.Edition(year))}
		},
		Garbage:  [][]byte{[]byte("$$"), {0x7e, 0x7e, 0x7e}, unhex(t, "7e000200000139"), unhex(t, "7e7d05"), []byte("GET / HTTP/1.1\r\n\r\n")},
		NoEncode: "a delivery does not hold the frame that it came from; TestFrames writes frames and messages again",
		Session: &adaptertest.Session{
			Run: func(ctx context.Context, l net.Listener, sink adapter.Sink) error {
				return newServer(t, jt808.Config{Sink: sink}).Run(ctx, l)
			},
			Open: func(c *adaptertest.Conn) {
				c.Write(truck.frame(jt808.Registration{Plate: "津A12345", Colour: 1}))
				code := truck.registered(c.Received())
				c.Write(truck.frame(jt808.Authentication{Code: code}))
				if got := truck.acks(c.Received()); got[jt808.OK] != 1 {
					t.Fatalf("authentication: got %v, want one 0", got)
				}
			},
			Frame:   func(n int) []byte { return truck.numbered(uint16(n), truck.at(n)) },
			Answers: func(b []byte) int { return truck.acks(b)[jt808.OK] },
			Idle:    3 * time.Minute, IdleMost: 3*time.Minute + time.Second,
		},
	}
	if *update {
		a.Update = func(name string, b []byte) error {
			return os.WriteFile(filepath.Join("testdata/signals", name), b, 0o644)
		}
	}
	return a
}

// TestConformance is the suite of all adapters (V06).
func TestConformance(t *testing.T) { adaptertest.Run(t, describe(t)) }

// FuzzSignals: no stream breaks what is read from it, nor is read otherwise in two
// pieces.
func FuzzSignals(f *testing.F) { adaptertest.Fuzz(f, describe(f)) }

// truck is a terminal: what it says, and what it hears.
type truck struct {
	t       testing.TB
	phone   jt808.Phone
	edition jt808.Edition
	serial  uint16
}

func newTruck(t testing.TB, number string, e jt808.Edition) *truck {
	p, err := jt808.PhoneOf(number, e)
	if err != nil {
		t.Fatal(err)
	}
	return &truck{t: t, phone: p, edition: e}
}

func (k *truck) header(id, serial uint16) jt808.Header {
	h := jt808.Header{ID: id, Phone: k.phone, Serial: serial}
	if k.edition == jt808.Edition2019 {
		h.Version = 1
	}
	return h
}

// frame is a message under the next serial number.
func (k *truck) frame(m jt808.Message) []byte {
	k.serial++
	return k.numbered(k.serial, m)
}

func (k *truck) numbered(serial uint16, m jt808.Message) []byte {
	body, err := m.AppendBody(nil, k.edition)
	if err != nil {
		k.t.Fatal(err)
	}
	b, _, err := jt808.AppendFrames(nil, k.header(m.ID(), serial), body)
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

// at is the n-th position of a drive.
func (k *truck) at(n int) jt808.Position {
	return jt808.Position{
		Status: 3, Latitude: 39_010_000 + uint32(n)*100, Longitude: 117_700_000, Speed: 600, Course: 90, Time: jt808.TimeOf(fengsui.At(noon.Add(time.Duration(n) * time.Second))),
		Items: jt808.Items(nil).Append(0x01, 0, 0, 1, 0),
	}
}

// hears reads what the platform sent: frames under rising serial numbers, in the
// form of the terminal's own.
func (k *truck) hears(b []byte) (list []jt808.Message) {
	k.t.Helper()
	feed(&jt808.Decoder{}, b, max(len(b), 1), func(f jt808.Frame, err error) {
		if err != nil || f.Phone != k.phone || f.Is2019() != (k.edition == jt808.Edition2019) {
			k.t.Fatalf("the platform sent %+v, %v, want a frame for %s", f, err, k.phone)
		}
		m, err := jt808.Decode(f, k.edition)
		if err != nil {
			k.t.Fatal(err)
		}
		list = append(list, m)
	})
	return list
}

// acks counts the general answers by result.
func (k *truck) acks(b []byte) map[jt808.Result]int {
	k.t.Helper()
	n := map[jt808.Result]int{}
	for _, m := range k.hears(b) {
		if a, ok := m.(jt808.PlatformAnswer); ok {
			n[a.Result]++
		}
	}
	return n
}

// registered is the code of the registration's answer.
func (k *truck) registered(b []byte) jt808.AuthCode {
	k.t.Helper()
	list := k.hears(b)
	if len(list) == 1 {
		if a, ok := list[0].(jt808.RegistrationAnswer); ok && a.Result == jt808.Registered && a.Code != "" {
			return a.Code
		}
	}
	k.t.Fatalf("registration: got %+v, want one answer with a code", list)
	return ""
}
