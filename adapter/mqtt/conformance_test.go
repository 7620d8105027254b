package mqtt

import (
	"bytes"
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"fengsui"
	"fengsui/adapter"
	"fengsui/adapter/adaptertest"
	"fengsui/adapter/push"
)

var update = flag.Bool("update", false, "write want.json of the golden cases")

const noon = fengsui.Millis(1790000000000)

// view is a delivery as want.json has it.
type view struct {
	Device      string           `json:"device,omitempty"`
	Idempotency string           `json:"idempotency,omitempty"`
	Resent      bool             `json:"resent,omitempty"`
	Samples     []string         `json:"samples,omitempty"`
	Events      []adapter.Event  `json:"events,omitempty"`
	Sources     []adapter.Source `json:"sources,omitempty"`
}

func viewOf(d *adapter.Delivery) view {
	c := adaptertest.Clone(d)
	v := view{Device: c.Device, Idempotency: c.Idempotency, Resent: c.Resent, Events: c.Events, Sources: c.Sources}
	for _, s := range c.Samples {
		at := "no time"
		if s.At != 0 {
			at = s.At.Time().Format(time.RFC3339Nano)
		}
		v.Samples = append(v.Samples, fmt.Sprintf("%s %g %s quality %d", c.Codes[s.Point], s.Value, at, s.Quality))
	}
	return v
}

func shipped(t testing.TB) []*Table {
	t.Helper()
	list, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// documentedTables are the tables of the interface document: an example that is
// shown must work.
func documentedTables(t testing.TB) []*Table {
	t.Helper()
	text, err := os.ReadFile("../../docs/mqtt.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```yaml\n")
	example, _, closed := strings.Cut(example, "```")
	list, err := Parse([]byte(example))
	if err != nil || !closed || len(list) == 0 {
		t.Fatalf("the tables in docs/mqtt.md: got %d, %v, want some", len(list), err)
	}
	return list
}

func describe(t testing.TB) adaptertest.Adapter {
	tables, documented := shipped(t), documentedTables(t)
	a := adaptertest.Adapter{
		Cases: os.DirFS("testdata"),
		Read: func(c *adaptertest.Case) []any {
			b := &Broker{c: Config{Tables: tables, Device: func(enterprise, key string) string {
				return map[string]string{"E1/SN-2207": "FP-1"}[enterprise+"/"+key]
			}}}
			if strings.HasPrefix(c.Name, "events_") {
				b.c.Tables = documented
			}
			m := &message{topic: strings.TrimSpace(string(c.Files["topic"])), contentType: strings.TrimSpace(string(c.Files["type"])), body: c.Frame}
			r, ok := b.route("E1", m.topic)
			if !ok {
				return []any{fmt.Errorf("no table knows the topic")}
			}
			d := &adapter.Delivery{Received: noon}
			if _, err := r.read(d, m, &push.Body{}, nil); err != nil {
				return []any{err}
			}
			return []any{viewOf(d)}
		},
		NoCut:     "MQTT says how long a body is; the beginning of a value is a value",
		NoGarbage: "MQTT says how long a body is; a text with something around it is another text",
		NoStream:  "the broker's library frames MQTT; what guards it is held by TestFrames and FuzzFrames",
		NoEncode:  "bodies are written by package push, whose own tests read them back, and by third parties",
		Session: &adaptertest.Session{
			Run: func(ctx context.Context, l net.Listener, sink adapter.Sink) error {
				return New(Config{Sink: sink, Keys: ring{"E1/k1": secret, "E2/k2": secret}, Tables: tables}).Run(ctx, l)
			},
			Open: func(c *adaptertest.Conn) {
				c.Write(encode(t, connect("gateway")))
				if got := decode(t, c.Received(), 4); len(got) != 1 || got[0].FixedHeader.Type != packets.Connack || got[0].ReasonCode != 0 {
					t.Fatalf("CONNECT: got %+v, want one CONNACK with 0", got)
				}
			},
			Frame: func(n int) []byte {
				return encode(t, publish(1, uint16(n+1), "fengsui/v1/E1/GW1", jsonBody("A", noon+fengsui.Millis(n), float64(n))))
			},
			Answers: func(b []byte) (n int) {
				for _, p := range decode(t, b, 4) {
					if p.FixedHeader.Type == packets.Puback {
						n++
					}
				}
				return n
			},
			Idle: 90 * time.Second, IdleMost: 91 * time.Second, // one and a half times the keep-alive of connect
		},
	}
	if *update {
		a.Update = func(name string, b []byte) error { return os.WriteFile(filepath.Join("testdata", name), b, 0o644) }
	}
	return a
}

// TestConformance is the suite of all adapters.
func TestConformance(t *testing.T) { adaptertest.Run(t, describe(t)) }

// FuzzDecode reads bodies by every route that has a golden case.
func FuzzDecode(f *testing.F) { adaptertest.Fuzz(f, describe(f)) }

var secret = bytes.Repeat([]byte{7}, push.SecretBytes)

// ring holds keys by "enterprise/key id".
type ring map[string][]byte

func (r ring) Secret(enterprise, keyID string) ([]byte, fengsui.KeyState, bool) {
	s, ok := r[enterprise+"/"+keyID]
	return s, fengsui.KeyActive, ok
}

func jsonBody(code string, at fengsui.Millis, value float64) []byte {
	return push.AppendJSON(nil, &push.Batch{Samples: []push.Sample{{Code: code, At: at, Value: value}}})
}

func connect(client string) packets.Packet {
	return packets.Packet{
		ProtocolVersion: 4, FixedHeader: packets.FixedHeader{Type: packets.Connect},
		Connect: packets.ConnectParams{
			ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: client,
			UsernameFlag: true, Username: []byte("E1/k1"), PasswordFlag: true, Password: []byte(base64.StdEncoding.EncodeToString(secret)),
		},
	}
}

func publish(qos byte, id uint16, topic string, body []byte) packets.Packet {
	return packets.Packet{ProtocolVersion: 4, FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, PacketID: id, TopicName: topic, Payload: body}
}

func encode(t testing.TB, p packets.Packet) []byte {
	t.Helper()
	write := map[byte]func(*bytes.Buffer) error{
		packets.Connect: p.ConnectEncode, packets.Publish: p.PublishEncode, packets.Pubrel: p.PubrelEncode, packets.Subscribe: p.SubscribeEncode,
		packets.Pingreq: p.PingreqEncode, packets.Disconnect: p.DisconnectEncode,
	}[p.FixedHeader.Type]
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decode reads what the platform sent: whole packets.
func decode(t testing.TB, b []byte, version byte) (list []packets.Packet) {
	t.Helper()
	for r := bytes.NewReader(b); r.Len() > 0; {
		p := packets.Packet{ProtocolVersion: version}
		kind, _ := r.ReadByte()
		err := p.FixedHeader.Decode(kind)
		if err == nil {
			p.FixedHeader.Remaining, _, err = packets.DecodeLength(r)
		}
		body := make([]byte, p.FixedHeader.Remaining)
		n, _ := r.Read(body)
		read, known := map[byte]func([]byte) error{
			packets.Connack: p.ConnackDecode, packets.Puback: p.PubackDecode, packets.Pubrec: p.PubrecDecode, packets.Pubcomp: p.PubcompDecode,
			packets.Suback: p.SubackDecode, packets.Publish: p.PublishDecode, packets.Disconnect: p.DisconnectDecode,
			packets.Pingresp: func([]byte) error { return nil },
		}[p.FixedHeader.Type]
		if err != nil || n != len(body) || !known {
			t.Fatalf("the platform sent %x: %v", b, err)
		}
		if err := read(body); err != nil {
			t.Fatalf("the platform sent %x: %v", b, err)
		}
		list = append(list, p)
	}
	return list
}

// TestLibrary: every shipped table has a golden case, and a mistake in a table is
// an error with a sentence.
func TestLibrary(t *testing.T) {
	b := &Broker{c: Config{Tables: shipped(t)}}
	used := map[string]bool{}
	for _, c := range adaptertest.Load(t, os.DirFS("testdata")) {
		if r, ok := b.route("E1", strings.TrimSpace(string(c.Files["topic"]))); ok && r.table != nil {
			used[r.table.Name] = true
		}
	}
	for _, table := range b.c.Tables {
		if !used[table.Name] {
			t.Errorf("the table %s has no golden case, those that have: %q", table.Name, slices.Sorted(maps.Keys(used)))
		}
	}
	const head = "- {name: x, source: s, topic: 'a/{p}', "
	if _, err := Parse([]byte(head + "format: scalar, code: '{p}'}")); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		head + "format: scalar, code: '{q}'}":                                    "{q}",
		head + "format: scalar, code: '{.a}'}":                                   "{.a}",
		head + "format: scalar, code: '{p'}":                                     "not closed",
		head + "format: json}":                                                   "code is missing",
		head + "format: csv, code: x}":                                           "csv",
		head + "format: scalar, code: x, value: .v}":                             "JSON",
		head + "format: json, code: x, time: .t}":                                "time_form",
		head + "format: json, code: x, qualities: {a: fine}}":                    "fine",
		head + "format: presence, device: d}":                                    "online",
		head + "format: json, code: x, colour: red}":                             "colour",
		"- {name: x, source: s, topic: 'a/#', format: scalar, code: x}":          "#",
		"- {name: x, source: s, topic: 'fengsui/v1/+', format: scalar, code: x}": "fengsui/v1",
		"- {name: x, topic: a, format: scalar, code: x}":                         "source",
		"-": "empty",
		head + "format: json, code: x, device: '{.d}'}":                                               "{.d}",
		head + "format: json, code: x, device: d, device_key: k}":                                     "device_key",
		head + "format: json, event: '{.e}'}":                                                         "codes",
		head + "format: json, event: '{.e}', codes: {a: ''}}":                                         "code of 1",
		head + "format: json, event: '{.e}', codes: {a: b}, value: .v}":                               "samples",
		head + "format: json, code: x, codes: {a: b}}":                                                "event is missing",
		head + "format: scalar, event: '{p}', codes: {a: b}, state: .s}":                              "JSON",
		head + "format: presence, event: '{p}', codes: {a: b}, device: d, online: [a], offline: [b]}": "json or scalar",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want something about %q", text, err, want)
		}
	}
}
