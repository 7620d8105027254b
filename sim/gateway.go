package sim

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"fengsui"
	"fengsui/adapter/push"
)

// Gateway sends one firm's values over MQTT with QoS 1: bodies of the software
// interface, or plain topics that a table of the platform knows. It connects when
// there is something to send and again when its line broke.
type Gateway struct {
	Dial       func(ctx context.Context) (net.Conn, error)
	Enterprise string // platform code
	Key        string // id of the enterprise's key
	Secret     []byte
	Client     string        // its client id; empty: the device that it sends for
	Protocol   byte          // 4: MQTT 3.1.1; 5: MQTT 5.0
	Plain      bool          // by topics of the shipped tables "array" and "site-presence"
	Clock      time.Duration // how far its clock is ahead of the true time
	Faults     *mathrand.Rand
	Counts     *GatewayCounts // of all gateways that share it; nil: not counted

	conn   net.Conn
	in     *bufio.Reader
	packet uint16 // id of the last PUBLISH
}

// GatewayCounts is what gateways did.
type GatewayCounts struct {
	Connects atomic.Int64
	Messages atomic.Int64 // acknowledged, repeats not counted
	Repeats  atomic.Int64 // the same bytes once more
	Cuts     atomic.Int64 // lines broken between a message and its acknowledgement
	Refused  atomic.Int64 // answers with a reason of failure
}

const (
	gatewayKeepAlive = 60  // seconds
	gatewayMessage   = 500 // readings in one message; 1 MiB holds ten times as many
)

// What goes wrong by itself, of one in so many messages.
const (
	oneCut    = 150 // the line breaks before the acknowledgement, and the message comes again
	oneRepeat = 60  // the acknowledgement is overheard: the message comes again marked DUP
)

// GatewayOf is the i-th of many gateways: of ten, four speak MQTT 5, three MQTT 3.1.1
// and three, also by 3.1.1, plain topics; of five the clocks of two are off. Dial,
// Enterprise, Key and Secret are the caller's.
func GatewayOf(i int, seed uint64, quiet bool) *Gateway {
	g := &Gateway{Protocol: 4}
	switch n := i % 10; {
	case n < 4:
		g.Protocol = 5
	case n >= 7:
		g.Plain = true
	}
	if quiet {
		return g
	}
	g.Faults = mathrand.New(mathrand.NewPCG(seed, uint64(i)))
	switch i % 5 {
	case 1:
		g.Clock = -4 * time.Minute
	case 3:
		g.Clock = 90 * time.Second
	}
	return g
}

// Send delivers one batch and returns when everything in it is acknowledged.
func (g *Gateway) Send(ctx context.Context, device string, resent bool, batch []Reading) error {
	for len(batch) > 0 {
		n := min(len(batch), gatewayMessage)
		m, err := g.message(device, resent, batch[:n])
		if err != nil {
			return err
		}
		if err := g.deliver(ctx, device, m); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

// Close says good-bye, so that the device is not taken for lost.
func (g *Gateway) Close() error {
	if g.conn == nil {
		return nil
	}
	err := g.write(&packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
	return errors.Join(err, g.hangUp())
}

func (g *Gateway) hangUp() error {
	if g.conn == nil {
		return nil
	}
	err := g.conn.Close()
	g.conn = nil
	return err
}

// plainReading is a reading as the table "array" knows it.
type plainReading struct {
	Code  string         `json:"code"`
	Value float64        `json:"value"`
	Time  fengsui.Millis `json:"time"`
}

// message is a PUBLISH with these readings.
func (g *Gateway) message(device string, resent bool, batch []Reading) (*packets.Packet, error) {
	m := &packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}}
	if g.Plain {
		v := struct {
			ID       string         `json:"id"`
			Readings []plainReading `json:"readings"`
		}{ID: rand.Text()}
		for _, r := range batch {
			v.Readings = append(v.Readings, plainReading{r.Code, r.Value, fengsui.At(r.At.Add(g.Clock))})
		}
		m.TopicName = "gateway/" + device + "/data"
		var err error
		m.Payload, err = json.Marshal(v)
		return m, err
	}
	b := push.Batch{Resent: resent}
	for _, r := range batch {
		b.Samples = append(b.Samples, push.Sample{Code: r.Code, At: fengsui.At(r.At.Add(g.Clock)), Value: r.Value})
	}
	m.TopicName = "fengsui/v1/" + g.Enterprise + "/" + device
	if g.Protocol < 5 {
		m.Payload = push.AppendJSON(nil, &b)
		return m, nil
	}
	m.Payload = push.AppendCompact(nil, &b)
	m.Properties.ContentType = push.TypeCompact
	m.Properties.User = []packets.UserProperty{{Key: push.HeaderIdempotency, Val: rand.Text()}}
	return m, nil
}

// deliver sends a message until it is acknowledged: once more on a new connection
// when the old one turns out to be broken.
func (g *Gateway) deliver(ctx context.Context, device string, m *packets.Packet) error {
	old := g.conn != nil
	if g.happens(oneCut) && g.connect(ctx, device) == nil {
		if err := g.publish(m); err == nil {
			g.count(func(c *GatewayCounts) { c.Cuts.Add(1); c.Repeats.Add(1) })
		}
		g.hangUp()
	}
	err := g.attempt(ctx, device, m)
	if err != nil && old && g.conn == nil && ctx.Err() == nil {
		err = g.attempt(ctx, device, m)
	}
	if err != nil {
		return err
	}
	g.count(func(c *GatewayCounts) { c.Messages.Add(1) })
	if g.happens(oneRepeat) {
		again := *m
		again.FixedHeader.Dup = true
		if err := g.write(&again); err == nil {
			err = g.acknowledged(m.PacketID)
		}
		if err != nil {
			g.hangUp() // the message itself is kept
		}
		g.count(func(c *GatewayCounts) { c.Repeats.Add(1) })
	}
	return nil
}

// happens decides about a fault of one in so many.
func (g *Gateway) happens(in int) bool { return g.Faults != nil && g.Faults.IntN(in) == 0 }

func (g *Gateway) count(f func(c *GatewayCounts)) {
	if g.Counts != nil {
		f(g.Counts)
	}
}

// attempt publishes and waits. Any failure but a refusal ends the connection.
func (g *Gateway) attempt(ctx context.Context, device string, m *packets.Packet) error {
	if err := g.connect(ctx, device); err != nil {
		return err
	}
	conn := g.conn
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	err := g.publish(m)
	if err == nil {
		err = g.acknowledged(m.PacketID)
	}
	if _, refused := errors.AsType[refusal](err); err != nil && !refused {
		g.hangUp()
	}
	return err
}

// refusal is an answer's reason of failure.
type refusal struct {
	what   string
	reason byte
}

func (r refusal) Error() string {
	return fmt.Sprintf("the platform refused the %s with %#02x", r.what, r.reason)
}

// connect opens a connection unless there is one.
func (g *Gateway) connect(ctx context.Context, device string) error {
	if g.conn != nil {
		return nil
	}
	conn, err := g.Dial(ctx)
	if err != nil {
		return err
	}
	g.count(func(c *GatewayCounts) { c.Connects.Add(1) })
	g.conn, g.in = conn, bufio.NewReader(conn)
	will := "fengsui/v1/" + g.Enterprise + "/" + device
	if g.Plain {
		will = "site/" + device + "/status"
	}
	err = g.write(&packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect},
		Connect: packets.ConnectParams{
			ProtocolName: []byte("MQTT"), Clean: true, Keepalive: gatewayKeepAlive, ClientIdentifier: cmp.Or(g.Client, device),
			UsernameFlag: true, Username: []byte(g.Enterprise + "/" + g.Key),
			PasswordFlag: true, Password: []byte(base64.StdEncoding.EncodeToString(g.Secret)),
			WillFlag: true, WillTopic: will, WillPayload: []byte("offline"),
		},
	})
	var answer packets.Packet
	if err == nil {
		answer, err = g.read()
	}
	switch {
	case err != nil:
	case answer.FixedHeader.Type != packets.Connack:
		err = fmt.Errorf("the platform answered the CONNECT with a packet of type %d", answer.FixedHeader.Type)
	case answer.ReasonCode != 0:
		err = refusal{"CONNECT", answer.ReasonCode}
		g.count(func(c *GatewayCounts) { c.Refused.Add(1) })
	}
	if err != nil {
		g.hangUp()
		return fmt.Errorf("connect: %w", err)
	}
	return nil
}

// publish writes a message under the next packet id.
func (g *Gateway) publish(m *packets.Packet) error {
	if g.packet++; g.packet == 0 {
		g.packet = 1
	}
	m.PacketID = g.packet
	return g.write(m)
}

// acknowledged waits for a message's PUBACK.
func (g *Gateway) acknowledged(id uint16) error {
	for {
		p, err := g.read()
		switch {
		case err != nil:
			return err
		case p.FixedHeader.Type == packets.Disconnect:
			return fmt.Errorf("the platform ended the connection with %#02x", p.ReasonCode)
		case p.FixedHeader.Type != packets.Puback || p.PacketID != id:
		case p.ReasonCode >= packets.ErrUnspecifiedError.Code:
			g.count(func(c *GatewayCounts) { c.Refused.Add(1) })
			return refusal{"message", p.ReasonCode}
		default:
			return nil
		}
	}
}

func (g *Gateway) write(p *packets.Packet) error {
	p.ProtocolVersion = g.Protocol
	var b bytes.Buffer
	var err error
	switch p.FixedHeader.Type {
	case packets.Connect:
		err = p.ConnectEncode(&b)
	case packets.Publish:
		err = p.PublishEncode(&b)
	case packets.Disconnect:
		err = p.DisconnectEncode(&b)
	}
	if err != nil {
		return err
	}
	g.conn.SetWriteDeadline(time.Now().Add(patience))
	_, err = g.conn.Write(b.Bytes())
	return err
}

// maxAnswer is how large a packet may be that the platform sends.
const maxAnswer = 1 << 16

// read reads one packet of those that the platform sends without being asked for more.
func (g *Gateway) read() (p packets.Packet, err error) {
	g.conn.SetReadDeadline(time.Now().Add(patience))
	p.ProtocolVersion = g.Protocol
	kind, err := g.in.ReadByte()
	if err != nil {
		return p, err
	}
	if err := p.FixedHeader.Decode(kind); err != nil {
		return p, err
	}
	if p.FixedHeader.Remaining, _, err = packets.DecodeLength(g.in); err != nil {
		return p, err
	}
	if p.FixedHeader.Remaining > maxAnswer {
		return p, fmt.Errorf("the platform sent a packet of %d bytes", p.FixedHeader.Remaining)
	}
	body := make([]byte, p.FixedHeader.Remaining)
	if _, err := io.ReadFull(g.in, body); err != nil {
		return p, err
	}
	switch p.FixedHeader.Type {
	case packets.Connack:
		err = p.ConnackDecode(body)
	case packets.Puback:
		err = p.PubackDecode(body)
	case packets.Disconnect:
		err = p.DisconnectDecode(body)
	}
	return p, err
}
