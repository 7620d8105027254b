package mqtt

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"fengsui"
	"fengsui/adapter"
	"fengsui/adapter/push"
)

// root is where our own topics begin; what is behind it is
// <enterprise>[/<device>], and with receipt at the end what we answer.
const (
	root    = "fengsui/v1/"
	receipt = "receipt"
)

// Adapter is the name of this adapter in deliveries and log records.
const Adapter = "mqtt"

// EventRefused is the code of the event that stands for a message that could not
// be taken as it was.
const EventRefused = "mqtt_refused"

// message is what a client published.
type message struct {
	topic       string
	body        []byte
	key         string // of MQTT 5: stated by the user property Idempotency-Key
	contentType string // of MQTT 5
}

// route says what a topic stands for.
type route struct {
	own    bool
	device string // of an own topic
	table  *Table
	named  map[string]string
	known  func(key string) string // code of the enterprise's device that has a key
}

// route finds what a topic means for an enterprise's clients.
func (b *Broker) route(enterprise, topic string) (r route, ok bool) {
	if rest, own := strings.CutPrefix(topic, root); own {
		who, device, more := strings.Cut(rest, "/")
		ok := who == enterprise && device != receipt && !strings.Contains(device, "/") && (!more || device != "")
		return route{own: true, device: device}, ok
	}
	for _, t := range b.c.Tables {
		if named, ok := t.match(enterprise, topic); ok {
			r := route{table: t, named: named}
			if b.c.Device != nil {
				r.known = func(key string) string { return b.c.Device(enterprise, key) }
			}
			return r, true
		}
	}
	return r, false
}

// hears reports whether a filter asks for an enterprise's receipts and nothing else.
func hears(enterprise, filter string) bool {
	rest, ok := strings.CutPrefix(filter, root+enterprise+"/")
	if !ok {
		return false
	}
	device, last, more := strings.Cut(rest, "/")
	return !more && device == receipt || more && last == receipt && device != "#"
}

func receiptTopic(enterprise, device string) string {
	if device == "" {
		return root + enterprise + "/" + receipt
	}
	return root + enterprise + "/" + device + "/" + receipt
}

// deviceName is the one that a topic names: of a message that cannot be read no more
// is known.
func (r *route) deviceName() string {
	if r.own {
		return r.device
	}
	return (&reader{t: r.table, named: r.named, known: r.known}).device()
}

var errKey = fmt.Errorf("the Idempotency-Key must have 1 to %d characters", maxKey)

const maxKey = 128

// read fills d with what a message says. d has sender and time of receipt.
func (r *route) read(d *adapter.Delivery, m *message, body *push.Body, read []fengsui.Sample) ([]fengsui.Sample, error) {
	stated := m.key
	if r.own {
		compact := m.contentType == push.TypeCompact
		if m.contentType != push.TypeJSON && !compact {
			// "{" begins a group in protobuf, which no compact body has.
			compact = len(m.body) == 0 || m.body[0] != '{'
		}
		if _, err := body.Read(m.body, compact, d); err != nil {
			return read, err
		}
		if r.device != "" {
			d.Device = r.device
		}
	} else {
		id, err := r.table.read(d, r.named, r.known, m.body)
		if err != nil {
			return read, err
		}
		if id != "" && stated == "" {
			stated = r.table.Name + ":" + id
			if len(stated) > maxKey {
				stated = sumKey("id", stated, nil)
			}
		}
	}
	if len(stated) > maxKey {
		return read, errKey
	}
	d.BodyHash = bodyHash(m)
	read, timed, err := allTimed(d, r.table, read)
	if err != nil {
		return read, err
	}
	switch {
	case stated != "":
		d.Idempotency = "key:" + stated
	case timed:
		d.Idempotency = sumKey("sum", m.topic, m.body)
	}
	return read, nil
}

// allTimed reports whether everything that a delivery says has its own time: the
// same bytes are then the same data.
func allTimed(d *adapter.Delivery, t *Table, buf []fengsui.Sample) ([]fengsui.Sample, bool, error) {
	if t != nil && t.time == nil {
		return buf, false, nil
	}
	samples := d.Samples
	if d.Block != nil {
		var err error
		if buf, err = fengsui.ReadSamples(buf[:0], d.Block, nil); err != nil {
			return buf, false, err
		}
		samples = buf
	}
	timed := true
	for i := range samples {
		timed = timed && samples[i].At > 0
	}
	for i := range d.Events {
		timed = timed && d.Events[i].At > 0
	}
	for i := range d.Sources {
		timed = timed && d.Sources[i].At > 0
	}
	return buf, timed, nil
}

func sumOf(topic string, body []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(binary.AppendUvarint(nil, uint64(len(topic))))
	h.Write([]byte(topic))
	h.Write(body)
	return [sha256.Size]byte(h.Sum(nil))
}

func bodyHash(m *message) uint64 {
	sum := sumOf(m.topic, m.body)
	return binary.LittleEndian.Uint64(sum[:])
}

func sumKey(kind, topic string, body []byte) string {
	sum := sumOf(topic, body)
	return kind + ":" + hex.EncodeToString(sum[:16])
}

// refused is what is kept of a message that cannot be taken: why, and its
// beginning. The same bytes are kept once.
func refused(enterprise, keyID string, r *route, m *message, now fengsui.Millis, why error) *adapter.Delivery {
	return &adapter.Delivery{
		Adapter: Adapter, Enterprise: enterprise, Device: r.deviceName(), KeyID: keyID, Received: now,
		Idempotency: sumKey("refused", m.topic, m.body), BodyHash: bodyHash(m),
		Events: []adapter.Event{{Code: EventRefused, At: now, On: true, Text: fmt.Sprintf("%s: %s: %q", adapter.Cut(m.topic, 200), adapter.Cut(sentence(why), 200), adapter.Cut(string(m.body[:min(len(m.body), 200)]), 200))}},
	}
}
