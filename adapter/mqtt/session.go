package mqtt

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"strings"
	"time"

	broker "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"fengsui"
	"fengsui/adapter"
	"fengsui/adapter/push"
	"fengsui/fault"
)

// hook is where the broker asks us. It calls each method from the goroutine of the
// client's connection.
type hook struct {
	broker.HookBase
	b *Broker
	r *run
}

// ID names the hook.
func (h *hook) ID() string { return Adapter }

// Provides lists what the broker asks.
func (h *hook) Provides(b byte) bool {
	switch b {
	case broker.OnConnect, broker.OnConnectAuthenticate, broker.OnSessionEstablished, broker.OnDisconnect,
		broker.OnACLCheck, broker.OnPacketRead, broker.OnPacketEncode, broker.OnPublish, broker.OnPublishDropped:
		return true
	}
	return false
}

// OnConnect says who it is. What it finds is used by OnConnectAuthenticate.
func (h *hook) OnConnect(cl *broker.Client, pk packets.Packet) error {
	k, b := cl.Net.Conn.(*link), h.b
	var enterprise, keyID string
	if user := string(pk.Connect.Username); strings.Contains(user, "/") {
		i := strings.LastIndexByte(user, '/')
		enterprise, keyID = user[:i], user[i+1:]
	}
	given, err := push.ParseSecret(string(pk.Connect.Password))
	if err != nil {
		given = make([]byte, push.SecretBytes)
	}
	secret, _, known := b.c.Keys.Secret(enterprise, keyID)
	right := known && err == nil && subtle.ConstantTimeCompare(given, secret) == 1
	if !right {
		if b.c.Ready != nil && !known {
			if err := b.c.Ready(); err != nil {
				b.refuse("starting", k, err)
				return h.deny(cl, packets.ErrServerUnavailable)
			}
		}
		b.refuse("key", k, nil)
		return nil // OnConnectAuthenticate refuses it
	}
	id := enterprise + "/" + cl.ID // within the enterprise: nobody takes another's session over
	_, old := h.r.server.Clients.Get(id)
	b.mu.Lock()
	full := !old && (b.sessions[enterprise] >= b.c.Sessions || h.r.server.Clients.Len() >= 2*b.c.Clients)
	if !full && !old {
		b.sessions[enterprise]++
	}
	b.mu.Unlock()
	if full {
		b.refuse("sessions", k, nil)
		return h.deny(cl, packets.ErrQuotaExceeded)
	}
	cl.ID, k.client, k.enterprise, k.keyID = id, id, strings.Clone(enterprise), strings.Clone(keyID)
	h.takeWill(cl, k, pk.Connect.WillFlag)
	return nil
}

// deny answers a CONNECT with a reason and ends the connection.
func (h *hook) deny(cl *broker.Client, reason packets.Code) error {
	if err := h.r.server.SendConnack(cl, reason, false, nil); err != nil {
		return err
	}
	return reason
}

// takeWill keeps what is to be said when the client is lost. The broker is left
// without a will: it would publish it to whoever listens.
func (h *hook) takeWill(cl *broker.Client, k *link, has bool) {
	said := cl.Properties.Will
	cl.Properties.Will = broker.Will{}
	if !has {
		return
	}
	r, ok := h.b.route(k.enterprise, said.TopicName)
	if !ok {
		h.b.refuse("will", k, nil)
		return
	}
	k.will = &will{delivery: adapter.Delivery{Adapter: Adapter, Enterprise: k.enterprise, Device: r.deviceName(), KeyID: k.keyID}}
	if cl.Properties.ProtocolVersion == 5 {
		k.will.delay = min(time.Duration(said.WillDelayInterval)*time.Second, sessionExpiry)
	}
}

// will is what is to be said of a client that has one: that its device is there, or
// lost.
type will struct {
	delivery adapter.Delivery
	delay    time.Duration // MQTT 5: how long it may be away before it is lost
}

// tell says that the device of a client's will is there, or lost; false: too many
// were lost at once.
func (b *Broker) tell(k *link, online bool) bool {
	due := time.Now()
	d := k.will.delivery
	d.Received = fengsui.At(due)
	// By name: of a device that nobody registered "itself" would be its enterprise.
	d.Sources = []adapter.Source{{Device: d.Device, At: d.Received, Online: online}}
	if !online {
		due = due.Add(k.will.delay)
	}
	return b.news.Put(k.client, d, due)
}

// OnConnectAuthenticate lets in whom OnConnect knows.
func (h *hook) OnConnectAuthenticate(cl *broker.Client, _ packets.Packet) bool {
	return cl.Net.Conn.(*link).enterprise != ""
}

// OnSessionEstablished says that a device with a will is there.
func (h *hook) OnSessionEstablished(cl *broker.Client, _ packets.Packet) {
	k := cl.Net.Conn.(*link)
	h.b.log.Debug("mqtt client connected", "enterprise", k.enterprise, "client", adapter.Cut(k.client, 64), "remote", cl.Net.Remote)
	if k.will != nil {
		h.b.tell(k, true)
	}
}

// OnDisconnect says that a client with a will is lost, unless it said good-bye, came
// back on another connection, or was sent away by us.
func (h *hook) OnDisconnect(cl *broker.Client, _ error, _ bool) {
	k, ok := cl.Net.Conn.(*link)
	if !ok {
		return
	}
	cause := cl.StopCause()
	h.b.log.Debug("mqtt client disconnected", "enterprise", k.enterprise, "client", adapter.Cut(k.client, 64), "remote", cl.Net.Remote, "err", cause)
	if k.will == nil || h.r.ctx.Err() != nil {
		return
	}
	for _, ours := range []packets.Code{packets.CodeDisconnect, packets.ErrSessionTakenOver, packets.ErrServerShuttingDown, packets.ErrServerBusy} {
		if errors.Is(cause, ours) {
			return
		}
	}
	if !h.b.tell(k, false) {
		h.b.refuse("will", k, errors.New("too many clients were lost at once"))
	}
}

// OnPacketRead ends the connection of a client that writes to the broker's own
// topics: the library would neither answer nor say so.
func (h *hook) OnPacketRead(cl *broker.Client, pk packets.Packet) (packets.Packet, error) {
	if pk.FixedHeader.Type == packets.Publish && len(pk.TopicName) >= 4 && strings.EqualFold(pk.TopicName[:4], broker.SysPrefix) {
		h.b.refuse("topic", cl.Net.Conn.(*link), nil)
		return pk, packets.ErrRejectPacket
	}
	return pk, nil
}

// OnPacketEncode says in CONNACK how large a packet may be, and answers a PUBLISH
// of QoS 2 that came twice as the first one was: it was kept (MQTT 5.0, 4.3.3).
func (h *hook) OnPacketEncode(_ *broker.Client, pk packets.Packet) packets.Packet {
	switch {
	case pk.FixedHeader.Type == packets.Connack && pk.ReasonCode < packets.ErrUnspecifiedError.Code:
		pk.Properties.MaximumPacketSize = uint32(h.b.c.MaxPacket)
	case pk.FixedHeader.Type == packets.Pubrec && pk.ReasonCode == packets.ErrPacketIdentifierInUse.Code:
		pk.ReasonCode, pk.Properties.ReasonString = packets.CodeSuccess.Code, ""
	}
	return pk
}

// OnACLCheck says whether a client may write to a topic, or read from it.
func (h *hook) OnACLCheck(cl *broker.Client, topic string, write bool) bool {
	k, ok := cl.Net.Conn.(*link)
	if !ok {
		return false
	}
	if _, _, valid := h.b.c.Keys.Secret(k.enterprise, k.keyID); !valid {
		h.b.refuse("key", k, errors.New("the key was revoked"))
		return false
	}
	if !write {
		return hears(k.enterprise, topic)
	}
	if _, ok := h.b.route(k.enterprise, topic); !ok {
		h.b.refuse("topic", k, errors.New("no table knows the topic "+adapter.Cut(topic, 128)))
		return false
	}
	return true
}

// OnPublishDropped counts a receipt that a slow client did not fetch.
func (h *hook) OnPublishDropped(*broker.Client, packets.Packet) { h.b.receipts.Add(-1) }

// OnPublish takes a message. The broker acknowledges after it has returned
// CodeSuccessIgnore, which keeps the message from everyone else, and not at all
// after ErrRejectPacket; any other error it would acknowledge.
func (h *hook) OnPublish(cl *broker.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline {
		return pk, nil // a receipt of ours
	}
	b, k := h.b, cl.Net.Conn.(*link)
	leave := func() (packets.Packet, error) {
		_ = h.r.server.DisconnectClient(cl, packets.ErrServerBusy)
		return pk, packets.ErrRejectPacket
	}
	route, ok := b.route(k.enterprise, pk.TopicName)
	if !ok { // OnACLCheck said so already
		return leave()
	}
	if err := b.pace.wait(h.r.ctx, k.enterprise); err != nil {
		return leave()
	}
	m := &message{topic: pk.TopicName, body: pk.Payload, contentType: pk.Properties.ContentType}
	for _, p := range pk.Properties.User {
		if strings.EqualFold(p.Key, push.HeaderIdempotency) {
			m.key = p.Val
		}
	}
	if fault.On(fault.EarlyPuback) && pk.FixedHeader.Qos == 1 {
		ack := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID}
		if err := cl.WritePacket(ack); err != nil {
			cl.Stop(err)
		}
		_, _, _ = b.take(h.r, k, &route, m)
		return pk, packets.ErrRejectPacket
	}
	r, why, err := b.take(h.r, k, &route, m)
	// The broker set its deadline when it began to read: the door took its time.
	k.SetDeadline(time.Now().Add(answerTime))
	if err != nil {
		b.refuse("unavailable", k, err)
		return leave()
	}
	b.taken.Add(1)
	if r.Repeat {
		b.repeats.Add(1)
	}
	if why != nil || len(r.Errors) > 0 {
		b.answer(h.r, k, &route, m, r, why)
	}
	if why == nil || cl.Properties.ProtocolVersion < 5 || pk.FixedHeader.Qos == 0 {
		return pk, packets.CodeSuccessIgnore
	}
	ack := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID, ReasonCode: packets.ErrPayloadFormatInvalid.Code,
		Properties: packets.Properties{ReasonString: adapter.Cut(sentence(why), 256)},
	}
	if pk.FixedHeader.Qos == 2 {
		ack.FixedHeader.Type = packets.Pubrec
	}
	if err := cl.WritePacket(ack); err != nil {
		cl.Stop(err)
	}
	return pk, packets.ErrRejectPacket
}

// take hands a message to the door. why is what was wrong with it; what is kept of
// it then is the event that says so.
func (b *Broker) take(run *run, k *link, route *route, m *message) (r adapter.Receipt, why, err error) {
	w, _ := b.bodies.Get().(*work)
	if w == nil {
		w = &work{}
	}
	defer b.bodies.Put(w)
	now := fengsui.At(time.Now())
	d := &adapter.Delivery{Adapter: Adapter, Enterprise: k.enterprise, KeyID: k.keyID, Received: now, From: k.RemoteAddr().String(), Raw: m.body}
	if w.read, why = route.read(d, m, &w.body, w.read); why != nil {
		b.refuse("body", k, why)
	} else if r, err = b.c.Sink.Take(run.ctx, d); err == nil {
		return r, nil, nil
	} else if code := fengsui.CodeOf(err); code != fengsui.Invalid && code != fengsui.Conflict {
		return r, nil, err
	} else {
		why = err
		b.refuse("door", k, why)
	}
	r, err = b.c.Sink.Take(run.ctx, refused(k.enterprise, k.keyID, route, m, now, why))
	return r, why, err
}

// note is what a receipt's topic hears.
type note struct {
	Topic   string              `json:"topic"`
	Key     string              `json:"key,omitempty"` // as the client stated it
	Code    string              `json:"code,omitempty"`
	Message string              `json:"message,omitempty"`
	Taken   int                 `json:"accepted"`
	Errors  []adapter.ItemError `json:"errors,omitempty"`
}

// answer publishes a receipt to the enterprise's clients that listen.
func (b *Broker) answer(r *run, k *link, route *route, m *message, got adapter.Receipt, why error) {
	n := note{Topic: m.topic, Key: m.key, Taken: got.Accepted, Errors: got.Errors}
	if why != nil {
		n.Code, n.Message, n.Taken, n.Errors = "refused", sentence(why), 0, nil
	}
	body, err := json.Marshal(n)
	if err != nil {
		return
	}
	device := route.deviceName()
	if strings.ContainsAny(device, "/+#") {
		device = ""
	}
	b.receipts.Add(1)
	if err := r.server.Publish(receiptTopic(k.enterprise, device), body, false, 1); err != nil {
		b.log.Debug("receipt not published", "enterprise", k.enterprise, "err", err)
	}
}

// sentence is an error as a sentence for the sender.
func sentence(err error) string {
	if e, ok := errors.AsType[*fengsui.Error](err); ok {
		return e.Message
	}
	return err.Error()
}
