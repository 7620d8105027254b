package jt808

import (
	"encoding/binary"
	"fmt"

	"fengsui/adapter/frame"
)

// Numbers of messages, JT/T 808. Without a year: in all three editions.
const (
	MsgTerminalAnswer     = 0x0001
	MsgHeartbeat          = 0x0002
	MsgLogout             = 0x0003
	MsgTimeRequest        = 0x0004 // 2019
	MsgTerminalResend     = 0x0005 // 2019
	MsgRegistration       = 0x0100
	MsgAuthentication     = 0x0102
	MsgPosition           = 0x0200
	MsgBatch              = 0x0704
	MsgPlatformAnswer     = 0x8001
	MsgPlatformResend     = 0x8003
	MsgTimeAnswer         = 0x8004 // 2019
	MsgRegistrationAnswer = 0x8100
)

// Message is a body in its own type. AppendBody appends it as that edition
// writes it, and fails when a value does not fit its field.
type Message interface {
	ID() uint16
	AppendBody(dst []byte, e Edition) ([]byte, error)
}

// Edition is the edition by which to read the frame's body: 2019 when its header
// says so, else what is known of the terminal, 2013 when nothing is.
func (h Header) Edition(known Edition) Edition {
	switch {
	case h.Is2019():
		return Edition2019
	case known == Edition2011:
		return Edition2011
	}
	return Edition2013
}

// Decode reads a whole frame's body; known is the edition that the terminal's
// registration showed, 0 before. A message that is not in the list is Other. Bytes
// beyond what a message needs are vendors' additions and ignored. The message may
// share the frame's memory. An error is a *frame.Error whose offset counts from
// the start of the body.
func Decode(f Frame, known Edition) (Message, error) {
	switch {
	case f.Encryption != 0:
		return nil, &frame.Error{Reason: "the body is encrypted, which this platform does not agree to"}
	case f.Parts != 0:
		return nil, &frame.Error{Reason: "a fragment is read after it was joined with the others"}
	}
	e := f.Header.Edition(known)
	r := frame.NewReader(f.Body)
	var m Message
	switch f.ID {
	case MsgTerminalAnswer:
		m = TerminalAnswer(readAnswer(&r))
	case MsgPlatformAnswer:
		m = PlatformAnswer(readAnswer(&r))
	case MsgHeartbeat:
		m = Heartbeat{}
	case MsgLogout:
		m = Logout{}
	case MsgTimeRequest:
		m = TimeRequest{}
	case MsgTimeAnswer:
		m = readTimeAnswer(&r)
	case MsgTerminalResend:
		m = TerminalResend(readResend(&r, e))
	case MsgPlatformResend:
		m = PlatformResend(readResend(&r, e))
	case MsgRegistration:
		m = readRegistration(f.Body, e, &r)
	case MsgRegistrationAnswer:
		m = readRegistrationAnswer(&r)
	case MsgAuthentication:
		m = readAuthentication(&r, e)
	case MsgPosition:
		p, err := ReadPosition(f.Body)
		if err != nil {
			return nil, err
		}
		return p, nil
	case MsgBatch:
		m = readBatch(&r)
	default:
		m = Other{f.ID, f.Body}
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

// Result (结果) is what a general answer says.
type Result uint8

const (
	OK           Result = 0
	Failed       Result = 1
	BadMessage   Result = 2
	Unsupported  Result = 3
	AlarmHandled Result = 4 // the platform's only: the alarm is confirmed
)

// Answer is the body of both general answers (通用应答).
type Answer struct {
	Serial uint16 // of the answered message
	To     uint16 // the answered message's id
	Result Result
}

func readAnswer(r *frame.Reader) Answer { return Answer{r.U16(), r.U16(), Result(r.U8())} }

func (a Answer) appendBody(dst []byte) ([]byte, error) {
	dst = binary.BigEndian.AppendUint16(dst, a.Serial)
	dst = binary.BigEndian.AppendUint16(dst, a.To)
	return append(dst, byte(a.Result)), nil
}

// TerminalAnswer (终端通用应答) answers a platform's order.
type TerminalAnswer Answer

func (TerminalAnswer) ID() uint16 { return MsgTerminalAnswer }
func (a TerminalAnswer) AppendBody(dst []byte, _ Edition) ([]byte, error) {
	return Answer(a).appendBody(dst)
}

// PlatformAnswer (平台通用应答) acknowledges a terminal's message: to be sent when
// its data is on disk.
type PlatformAnswer Answer

func (PlatformAnswer) ID() uint16 { return MsgPlatformAnswer }
func (a PlatformAnswer) AppendBody(dst []byte, _ Edition) ([]byte, error) {
	return Answer(a).appendBody(dst)
}

// Heartbeat (终端心跳) has no body; what devices put there is ignored.
type Heartbeat struct{}

func (Heartbeat) ID() uint16                                       { return MsgHeartbeat }
func (Heartbeat) AppendBody(dst []byte, _ Edition) ([]byte, error) { return dst, nil }

// Logout (终端注销) has no body; what devices put there is ignored.
type Logout struct{}

func (Logout) ID() uint16                                       { return MsgLogout }
func (Logout) AppendBody(dst []byte, _ Edition) ([]byte, error) { return dst, nil }

// TimeRequest (查询服务器时间请求, 2019) asks what time it is.
type TimeRequest struct{}

func (TimeRequest) ID() uint16                                       { return MsgTimeRequest }
func (TimeRequest) AppendBody(dst []byte, _ Edition) ([]byte, error) { return dst, nil }

// TimeAnswer (查询服务器时间应答, 2019) tells it. That it is Beijing time, as all of
// the standard's times, is known from other implementations only.
type TimeAnswer struct{ Time Time }

func readTimeAnswer(r *frame.Reader) (m TimeAnswer) {
	copy(m.Time[:], r.Bytes(len(m.Time)))
	return m
}

func (TimeAnswer) ID() uint16 { return MsgTimeAnswer }
func (m TimeAnswer) AppendBody(dst []byte, _ Edition) ([]byte, error) {
	return append(dst, m.Time[:]...), nil
}

// Resend is the body of both requests for fragments (补传分包请求).
type Resend struct {
	Serial uint16   // of the message's first fragment
	Parts  []uint16 // numbers of those that are missing
}

// The count is a byte until 2013 and a word since 2019. The latter is known from
// other implementations only.
func readResend(r *frame.Reader, e Edition) Resend {
	m := Resend{Serial: r.U16()}
	var n int
	if e == Edition2019 {
		n = int(r.U16())
	} else {
		n = int(r.U8())
	}
	if list := r.Bytes(2 * n); len(list) > 0 {
		m.Parts = make([]uint16, n)
		for i := range m.Parts {
			m.Parts[i] = binary.BigEndian.Uint16(list[2*i:])
		}
	}
	return m
}

func (m Resend) appendBody(dst []byte, e Edition) ([]byte, error) {
	most := maxResend
	if e == Edition2019 {
		most = 1<<16 - 1
	}
	if len(m.Parts) > most {
		return dst, fmt.Errorf("a request for %d fragments is too long: ask for %d at a time", len(m.Parts), most)
	}
	dst = binary.BigEndian.AppendUint16(dst, m.Serial)
	if e == Edition2019 {
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(m.Parts)))
	} else {
		dst = append(dst, byte(len(m.Parts)))
	}
	for _, n := range m.Parts {
		dst = binary.BigEndian.AppendUint16(dst, n)
	}
	return dst, nil
}

// TerminalResend (终端补传分包请求, 2019) asks the platform for fragments.
type TerminalResend Resend

func (TerminalResend) ID() uint16 { return MsgTerminalResend }
func (m TerminalResend) AppendBody(dst []byte, e Edition) ([]byte, error) {
	return Resend(m).appendBody(dst, e)
}

// PlatformResend (服务器补传分包请求) asks a terminal for fragments.
type PlatformResend Resend

func (PlatformResend) ID() uint16 { return MsgPlatformResend }
func (m PlatformResend) AppendBody(dst []byte, e Edition) ([]byte, error) {
	return Resend(m).appendBody(dst, e)
}

// Registration (终端注册) is a terminal that makes itself known.
type Registration struct {
	Edition  Edition // as the body's form shows
	Province uint16  // GB/T 2260, the first two digits: 12 is Tianjin
	City     uint16  // GB/T 2260, the last four: 116 is Binhai
	Maker    string
	Model    string
	Terminal string // the maker's id of the terminal
	Colour   PlateColour
	Plate    string // since 2013 the VIN when Colour is NoPlate
}

func (Registration) ID() uint16 { return MsgRegistration }

// readRegistration tells 2011 from 2013 by the length: a body shorter than the
// fixed part of 2013 is of 2011. One of 2011 with a long plate would pass for
// 2013, so without a colour where 2013 has it, one where 2011 has it decides: not
// 0 there, which is the padding of a model of 2013.
func readRegistration(body []byte, e Edition, r *frame.Reader) Registration {
	if e != Edition2019 {
		e = Edition2013
		short, long := registrations[Edition2011].fixed(), registrations[Edition2013].fixed()
		if len(body) < long {
			e = Edition2011
		} else if in2013, in2011 := PlateColour(body[long-1]), PlateColour(body[short-1]); !in2013.Known() && in2011.Known() && in2011 != NoPlate {
			e = Edition2011
		}
	}
	w := registrations[e]
	return Registration{e, r.U16(), r.U16(), r.Text(w.maker), r.Text(w.model), r.Text(w.terminal), PlateColour(r.U8()), frame.Text(r.Rest())}
}

func (m Registration) AppendBody(dst []byte, e Edition) ([]byte, error) {
	w, ok := registrations[e]
	if !ok {
		return dst, fmt.Errorf("JT/T 808 has no edition of %d", e)
	}
	dst = binary.BigEndian.AppendUint16(dst, m.Province)
	dst = binary.BigEndian.AppendUint16(dst, m.City)
	for _, f := range []struct {
		text  string
		width int
	}{{m.Maker, w.maker}, {m.Model, w.model}, {m.Terminal, w.terminal}} {
		var err error
		if dst, err = frame.AppendFixed(dst, f.text, f.width); err != nil {
			return dst, err
		}
	}
	return frame.AppendText(append(dst, byte(m.Colour)), m.Plate)
}

// RegistrationResult is what a RegistrationAnswer says.
type RegistrationResult uint8

const (
	Registered         RegistrationResult = 0
	VehicleRegistered  RegistrationResult = 1 // already
	NoSuchVehicle      RegistrationResult = 2
	TerminalRegistered RegistrationResult = 3 // already
	NoSuchTerminal     RegistrationResult = 4
)

// RegistrationAnswer (终端注册应答) gives the terminal its authentication code.
type RegistrationAnswer struct {
	Serial uint16 // of the registration
	Result RegistrationResult
	Code   AuthCode // only when Registered
}

func (RegistrationAnswer) ID() uint16 { return MsgRegistrationAnswer }

func readRegistrationAnswer(r *frame.Reader) RegistrationAnswer {
	m := RegistrationAnswer{Serial: r.U16(), Result: RegistrationResult(r.U8())}
	if m.Result == Registered {
		m.Code = AuthCode(r.Rest())
	}
	return m
}

func (m RegistrationAnswer) AppendBody(dst []byte, _ Edition) ([]byte, error) {
	dst = append(binary.BigEndian.AppendUint16(dst, m.Serial), byte(m.Result))
	if m.Result == Registered {
		dst = append(dst, m.Code...)
	}
	return dst, nil
}

// AuthCode (鉴权码) is all that a terminal proves itself by: a secret, byte for
// byte as it was given, that prints as *** however it is printed.
type AuthCode string

// Format prints *** for every verb.
func (AuthCode) Format(f fmt.State, _ rune) { f.Write([]byte("***")) }

// MarshalText writes *** into JSON and logs.
func (AuthCode) MarshalText() ([]byte, error) { return []byte("***"), nil }

// Authentication (终端鉴权) follows each connect.
type Authentication struct {
	Code    AuthCode
	IMEI    string // 2019
	Version string // of the terminal's software, 2019
}

const (
	imeiBytes    = 15 // 2019
	versionBytes = 20 // 2019
)

func (Authentication) ID() uint16 { return MsgAuthentication }

func readAuthentication(r *frame.Reader, e Edition) Authentication {
	if e != Edition2019 {
		return Authentication{Code: AuthCode(r.Rest())}
	}
	return Authentication{AuthCode(r.Bytes(int(r.U8()))), r.Text(imeiBytes), r.Text(versionBytes)}
}

func (m Authentication) AppendBody(dst []byte, e Edition) ([]byte, error) {
	if e != Edition2019 {
		return append(dst, m.Code...), nil
	}
	if len(m.Code) > 255 {
		return dst, fmt.Errorf("an authentication code of %d bytes is too long: at most 255", len(m.Code))
	}
	dst = append(append(dst, byte(len(m.Code))), m.Code...)
	dst, err := frame.AppendFixed(dst, m.IMEI, imeiBytes)
	if err != nil {
		return dst, err
	}
	return frame.AppendFixed(dst, m.Version, versionBytes)
}

// Other is a message that this package does not read.
type Other struct {
	Number uint16
	Body   []byte
}

func (m Other) ID() uint16 { return m.Number }
func (m Other) AppendBody(dst []byte, _ Edition) ([]byte, error) {
	return append(dst, m.Body...), nil
}
