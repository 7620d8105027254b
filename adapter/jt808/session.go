package jt808

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"fengsui"
	"fengsui/adapter"
)

// session is one connection. Its goroutine reads what is there, takes what those
// frames carry as one delivery, and answers them in one write, in their order. So
// a terminal costs one goroutine and 1 KiB of buffer, its order is kept, a slow
// disk slows its socket, and many connections share the commits of the log.
type session struct {
	s    *Server
	conn net.Conn
	done chan struct{} // closed when the connection has ended

	replaced bool // guarded by s.links: a newer connection of the terminal has come

	dec      Decoder
	junk     uint64  // of dec's, those counted
	join     *Joiner // made with the first fragment
	held     int     // bytes of join that are counted in s.fragments
	gone     uint64  // of join's lost messages, those counted
	phone    Phone   // as it was sent last
	terminal string  // its number; empty: not authenticated
	key      string  // by which the door knows it
	strange  bool    // nobody registered it
	known    Edition // 2011 or 2013, by its registration
	text     string  // what it said of itself when it registered on this connection
	serial   uint16  // of our next message
	failed   int     // authentications

	now  state // what its words said last
	past state // the same of what it sends later
}

// work is the memory of what was read at once; connections share it.
type work struct {
	signals signals
	answers []answer
	out     []byte
	body    []byte
	err     error // the door did not take it now
	refused bool  // the door will never take it
	unread  int   // messages in signals that are not read
}

// answer is one that waits for the delivery to be kept.
type answer struct {
	head   Header // of the answered message, or of its last fragment
	body   []byte // of another answer than the general one
	id     uint16 // of that
	result Result
	data   bool // it acknowledges what the delivery carries
	whole  bool // the last fragment of a message: of the others the terminal heard already that they came
}

func (k *session) refuse(why string, err error) {
	k.s.refuse(why, k.terminal, k.conn.RemoteAddr().String(), err)
}

// run reads until the connection ends.
func (k *session) run(ctx context.Context) {
	began := time.Now()
	heard := began
	for ctx.Err() == nil {
		until, why := heard.Add(k.s.c.Idle), idle
		if k.terminal == "" {
			until, why = began.Add(loginTime), login
		}
		wait := until
		if k.join != nil && k.join.Open() > 0 {
			wait = time.Now().Add(min(resendTick, time.Until(until)))
		}
		k.conn.SetReadDeadline(wait)
		n, err := k.conn.Read(k.dec.Space())
		now := time.Now()
		if n > 0 {
			k.dec.Filled(n)
			good, err := k.take(ctx, now)
			if good {
				heard = now
			}
			if err != nil {
				return
			}
		}
		switch {
		case err == nil:
		case !timeout(err):
			return
		case !now.Before(until):
			k.refuse(why, nil)
			return
		}
		if k.join != nil && !k.ask(now) {
			return
		}
	}
}

func timeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// errEnough ends a connection.
var errEnough = errors.New("the connection has ended")

// take handles the frames that are there and reports whether one of them was good.
func (k *session) take(ctx context.Context, now time.Time) (good bool, err error) {
	if k.terminal != "" { // it may have come into the registry since, or gone
		switch key, err := k.s.c.Registered(k.terminal); {
		case err != nil:
		case key != "":
			k.key, k.strange = key, false
		case k.s.c.Refuse:
			k.refuse(unknown, nil)
			return false, errEnough
		default:
			k.key, k.strange = k.terminal, true
		}
	}
	w := k.s.work.Get().(*work)
	defer func() {
		clear(w.answers)
		w.answers, w.out, w.err, w.refused = w.answers[:0], w.out[:0], nil, false
		w.unread = 0
		w.signals.reset()
		k.s.work.Put(w)
	}()
	ended := false
	for !ended && w.err == nil {
		f, ok, err := k.dec.Next()
		if err != nil {
			k.refuse(badFrame, err)
			continue
		}
		if !ok {
			break
		}
		good = true
		k.s.frames.Add(1)
		ended = !k.frame(ctx, w, f, fengsui.At(now))
	}
	if junk := k.dec.Junk(); junk > k.junk {
		k.refuse(outside, fmt.Errorf("%d bytes", junk-k.junk))
		k.junk = junk
	}
	k.keep(ctx, w, fengsui.At(now))
	if err := k.answer(w); err != nil {
		return good, err
	}
	if w.err != nil || ended {
		return good, errEnough
	}
	return good, nil
}

// keep hands what was gathered to the door.
func (k *session) keep(ctx context.Context, w *work, now fengsui.Millis) {
	d := &w.signals.d
	if len(d.Positions)+len(d.Events) == 0 || w.err != nil {
		return
	}
	resent := d.Resent
	n, raw := int64(len(d.Positions)), int64(w.unread)
	d.Adapter, d.Key, d.Received, d.Spare = Adapter, k.key, now, true
	if k.strange {
		d.From = k.conn.RemoteAddr().String()
	}
	_, err := k.s.c.Sink.Take(ctx, d)
	w.signals.reset()
	w.unread, d.Resent = 0, resent
	switch {
	case err == nil:
		k.s.positions.Add(n)
		k.s.kept.Add(raw)
		if resent {
			k.s.resent.Add(n)
		}
	case adapter.Final(err):
		k.refuse(door, err)
		w.refused = true
	default:
		k.later(ctx, w, err)
	}
}

// later ends the connection without the answers that are not due yet: the terminal
// connects again and sends again. Since new connections wait a moment, all of them
// together do not storm a door that is away.
func (k *session) later(ctx context.Context, w *work, err error) bool {
	w.err = err
	if ctx.Err() == nil {
		k.refuse(unavailable, err)
		k.s.away.Store(time.Now().Add(awayTime).UnixNano())
	}
	return false
}

// answer writes the answers. When the door was away, what it did not take is left
// without one, but for the last fragment of a message: that is told to have failed,
// since of the fragments before it the terminal knows that they came.
func (k *session) answer(w *work) error {
	for i := range w.answers {
		a := &w.answers[i]
		switch {
		case !a.data:
		case w.err != nil && !a.whole:
			continue
		case w.err != nil || w.refused:
			a.result = Failed
		}
		id, body := a.id, a.body
		if id == 0 {
			id = MsgPlatformAnswer
			w.body, _ = PlatformAnswer{a.head.Serial, a.head.ID, a.result}.AppendBody(w.body[:0], 0)
			body = w.body
		}
		k.append(w, a.head, id, body)
	}
	return k.write(w.out)
}

// append appends a message to the terminal in the form of the frame that it answers.
func (k *session) append(w *work, to Header, id uint16, body []byte) {
	h := Header{ID: id, Version: to.Version, Phone: to.Phone, Serial: k.serial}
	var serials int
	w.out, serials, _ = AppendFrames(w.out, h, body) // ours are short, and go by the terminal's own number
	k.serial += uint16(serials)
}

func (k *session) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	k.conn.SetWriteDeadline(time.Now().Add(answerTime))
	_, err := k.conn.Write(b)
	return err
}

// frame handles one frame; false ends the connection once the answers are written.
func (k *session) frame(ctx context.Context, w *work, f Frame, now fengsui.Millis) bool {
	a := answer{head: f.Header}
	say := func(r Result) bool {
		a.result = r
		w.answers = append(w.answers, a)
		return true
	}
	switch {
	case k.terminal == "" && f.ID != MsgRegistration && f.ID != MsgAuthentication:
		k.refuse(early, nil)
		return true
	case k.terminal != "" && f.Phone != k.phone && f.Phone.Terminal() != k.terminal:
		k.refuse(stranger, fmt.Errorf("a frame of terminal %s", f.Phone.Terminal()))
		return say(Failed)
	}
	k.phone = f.Phone
	first := f.Part <= 1 // of its fragments, if it has some
	unread := func(reason string, r Result, err error) bool {
		k.refuse(reason, err)
		if first {
			a.data = k.raw(ctx, w, f, reason, now)
		}
		return say(r)
	}
	if f.Encryption != 0 {
		return unread(encrypted, Unsupported, nil)
	}
	if f.Parts > 1 {
		whole, ok, err := k.fragment(f, now)
		if err != nil {
			return say(Failed)
		}
		if !ok {
			return say(OK)
		}
		f, a.whole = whole, true
	} else {
		f.Parts, f.Part = 0, 0
	}
	if k.strange {
		w.signals.d.Raw, _, _ = AppendFrames(nil, f.Header, f.Body[:min(len(f.Body), maxBody)])
	}
	m, err := Decode(f, k.known)
	if err != nil {
		return unread(badBody, BadMessage, err)
	}
	e := f.Header.Edition(k.known)
	switch m := m.(type) {
	case Position:
		a.data = true
		k.gather(ctx, w, &m, e, false, now)
	case Batch:
		a.data = true
		for p, err := range m.Positions() {
			if err != nil {
				k.refuse(badBody, err)
				continue
			}
			k.gather(ctx, w, &p, e, m.Resent, now)
		}
	case Heartbeat:
	case Registration:
		return k.register(ctx, w, &a, m)
	case Authentication:
		return k.authenticate(ctx, w, &a, m, now)
	case Logout:
		k.keep(ctx, w, now)
		k.leave(ctx)
	case TimeRequest:
		a.id = MsgTimeAnswer
		a.body, _ = TimeAnswer{TimeOf(now)}.AppendBody(nil, e)
	case TerminalAnswer:
		return true // of something that we did not ask
	default:
		return unread(unsupported, Unsupported, fmt.Errorf("message %#04x", m.ID()))
	}
	return say(OK)
}

// gather adds a position. What is sent later is a delivery of its own.
func (k *session) gather(ctx context.Context, w *work, p *Position, e Edition, resent bool, now fengsui.Millis) {
	g := &w.signals
	if len(g.d.Positions)+len(g.d.Events) > 0 && (g.d.Resent != resent || g.full()) {
		k.keep(ctx, w, now)
	}
	if w.err != nil {
		return
	}
	g.d.Resent = resent
	if resent {
		g.add(p, e, k.s.c.Datum, &k.past, false)
	} else {
		g.add(p, e, k.s.c.Datum, &k.now, true)
	}
}

// register answers a registration with the authentication code.
func (k *session) register(ctx context.Context, w *work, a *answer, m Registration) bool {
	terminal := a.head.Phone.Terminal()
	key, err := k.s.c.Registered(terminal)
	if err != nil {
		return k.later(ctx, w, err)
	}
	reply := RegistrationAnswer{Serial: a.head.Serial, Result: NoSuchTerminal}
	if key != "" || !k.s.c.Refuse {
		reply.Result, reply.Code = Registered, k.s.code(terminal, m.Edition)
		k.text = m.text()
	} else {
		k.refuse(unknown, fmt.Errorf("terminal %s is not registered", terminal))
	}
	a.id = reply.ID()
	a.body, _ = reply.AppendBody(nil, m.Edition)
	w.answers = append(w.answers, *a)
	return true
}

// text is what a terminal says of itself, for whoever has to find out whose it is.
func (m Registration) text() string {
	colour := m.Colour.Code()
	if colour == "" {
		colour = fmt.Sprint(uint8(m.Colour))
	}
	return strings.Join(strings.Fields(fmt.Sprintf("plate %s, colour %s, terminal %s, model %s, maker %s, region %02d%04d, edition %d",
		m.Plate, colour, m.Terminal, m.Model, m.Maker, m.Province, m.City, m.Edition)), " ")
}

// authenticate opens the connection for data when the code is the terminal's.
func (k *session) authenticate(ctx context.Context, w *work, a *answer, m Authentication, now fengsui.Millis) bool {
	terminal := a.head.Phone.Terminal()
	key, err := k.s.c.Registered(terminal)
	if err != nil {
		return k.later(ctx, w, err)
	}
	e, right := k.s.check(terminal, m.Code)
	if !right || key == "" && k.s.c.Refuse {
		why := wrongCode
		if right {
			why = unknown
		}
		k.refuse(why, fmt.Errorf("terminal %s", terminal))
		a.result = Failed
		w.answers = append(w.answers, *a)
		k.failed++
		return k.failed < mistakes
	}
	k.known = e
	if k.terminal == "" {
		k.terminal, k.key, k.strange = terminal, cmp.Or(key, terminal), key == ""
		k.s.replace(ctx, k)
		k.tell(true, now)
		k.text = ""
	}
	w.answers = append(w.answers, *a)
	return true
}

// leave ends the terminal's time on this connection. When the platform stops nobody
// is lost.
func (k *session) leave(ctx context.Context) {
	if k.terminal == "" {
		return
	}
	if k.s.vacate(k) && ctx.Err() == nil {
		k.tell(false, fengsui.At(time.Now()))
	}
	k.terminal = ""
}

// tell says that the terminal is there, or lost. An authentication is answered
// without waiting for that: nothing of the terminal's is in it.
func (k *session) tell(online bool, at fengsui.Millis) {
	d := adapter.Delivery{Adapter: Adapter, Key: k.key, Received: at, Sources: []adapter.Source{{At: at, Online: online}}}
	if k.strange {
		d.From = k.conn.RemoteAddr().String()
	}
	if online && k.text != "" {
		d.Events = []adapter.Event{{Code: "registration", At: at, On: true, Text: k.text}}
	}
	if !k.s.news.Put(k.terminal, d, at.Time()) {
		k.refuse(unheard, nil)
	}
}

// fragment puts a message together.
func (k *session) fragment(f Frame, now fengsui.Millis) (whole Frame, ok bool, err error) {
	if f.ID != MsgPosition && f.ID != MsgBatch {
		// Of what is not read nothing is held; each fragment is answered for itself.
		f.Parts, f.Part = 0, 0
		return f, true, nil
	}
	if k.join == nil {
		k.join = &Joiner{}
	}
	whole, ok, err = k.join.Add(f, now)
	grown := k.join.held - k.held
	if total := k.s.fragments.Add(int64(grown)); grown > 0 && total > k.s.c.Fragments {
		k.s.fragments.Add(-int64(grown))
		k.forget()
		return whole, false, k.over(errors.New("too many messages in fragments are under way"))
	}
	k.held = k.join.held
	k.count()
	if err != nil {
		return whole, false, k.over(err)
	}
	return whole, ok, nil
}

func (k *session) over(err error) error {
	k.refuse(fragment, err)
	return err
}

// forget gives up the messages in fragments.
func (k *session) forget() {
	k.s.fragments.Add(-int64(k.held))
	k.join, k.held, k.gone = nil, 0, 0
}

// count counts the messages that lacked fragments for too long.
func (k *session) count() {
	for ; k.gone < k.join.Lost(); k.gone++ {
		k.refuse(lost, nil)
	}
}

// ask asks for missing fragments; false: the connection has ended.
func (k *session) ask(now time.Time) bool {
	list := k.join.Due(fengsui.At(now))
	k.s.fragments.Add(int64(k.join.held - k.held))
	k.held = k.join.held
	k.count()
	if len(list) == 0 {
		return true
	}
	w := k.s.work.Get().(*work)
	defer func() {
		w.out = w.out[:0]
		k.s.work.Put(w)
	}()
	to := Header{Phone: k.phone}
	if k.phone.n == phoneBytes(Edition2019) {
		to.Version = 1
	}
	for _, r := range list {
		body, err := PlatformResend(r).AppendBody(nil, to.Edition(k.known))
		if err == nil {
			k.append(w, to, MsgPlatformResend, body)
		}
	}
	return k.write(w.out) == nil
}
