package jt808

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"fengsui/adapter/frame"
)

// Edition is a year of JT/T 808.
type Edition uint16

const (
	Edition2011 Edition = 2011
	Edition2013 Edition = 2013
	Edition2019 Edition = 2019
)

const (
	mark   = 0x7e // at both ends of a frame; 7d 02 inside it
	escape = 0x7d // 7d 01 inside it

	maxBody    = 1<<10 - 1 // the length has ten bits
	header2013 = 12
	header2019 = 17
	partBytes  = 4 // total and number of a fragment, after the header
	maxRaw     = header2019 + partBytes + maxBody + 1
	maxWire    = 2 + 2*maxRaw // every byte escaped, and the marks

	attrLength    = 1<<10 - 1
	attrEncrypted = 7 << 10
	attrPart      = 1 << 13
	attr2019      = 1 << 14
)

// Phone is a terminal's number as it was sent: 6 bytes of BCD until 2013, 10
// since 2019. Answers carry the same bytes. Two Phones are equal when their bytes
// are.
type Phone struct {
	bcd [10]byte
	n   uint8
}

// PhoneOf makes the number for an edition from up to 12 or 20 digits, padded with
// zeros in front.
func PhoneOf(digits string, e Edition) (Phone, error) {
	p := Phone{n: phoneBytes(e)}
	if missing := 2*int(p.n) - len(digits); missing >= 0 {
		if _, err := hex.Decode(p.bcd[:], []byte(strings.Repeat("0", missing)+digits)); err == nil {
			return p, nil
		}
	}
	return Phone{}, fmt.Errorf("%q is no terminal number: give at most %d digits", digits, 2*p.n)
}

func phoneBytes(e Edition) uint8 {
	if e == Edition2019 {
		return 10
	}
	return 6
}

// Terminal is the number without leading zeros, "0" when there is nothing else:
// one name for a terminal, whatever the edition of its frames. Halves that are no
// decimal digits occur in the field and are kept as a to f.
func (p Phone) Terminal() string {
	if s := strings.TrimLeft(p.String(), "0"); s != "" {
		return s
	}
	return "0"
}

// String is the number with its padding.
func (p Phone) String() string { return hex.EncodeToString(p.bcd[:p.n]) }

// MarshalText writes the number with its padding.
func (p Phone) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Header (消息头) stands before every body.
type Header struct {
	ID         uint16
	Encryption uint8 // bits 10-12 of the attributes: 0 none, 1 RSA
	Version    uint8 // 2019: 1 for its first issue; 0 says that the frame is of 2011 or 2013, which share one header
	Phone      Phone
	Serial     uint16 // the sender's own, wraps; some never raise it
	Parts      uint16 // of a message in fragments; 0: it is whole
	Part       uint16 // the fragment's number, from 1
}

// Is2019 tells the header of 2019 from the one before.
func (h Header) Is2019() bool { return h.Version != 0 }

// Frame is one frame without marks, escapes and checksum. Its Body is valid until
// the next call of the Decoder's Space.
type Frame struct {
	Header
	Body []byte
}

// Decoder cuts a byte stream into frames. A frame that cannot be read costs
// itself only: the next one begins at the next mark. Its memory is one buffer of
// 1 KiB, 4 KiB while a long frame is coming in.
//
//	n, err := conn.Read(d.Space())
//	d.Filled(n)
//	for {
//		f, ok, err := d.Next()
//		…
//	}
type Decoder struct {
	// Force2019 reads every header as one of 2019. It is for terminals that leave
	// the version mark out, which nothing in a frame can tell.
	Force2019 bool

	buf  []byte // bytes read and not consumed are buf[at:]
	at   int
	seen int    // of buf[at+1:], how many bytes are known to be no mark
	junk uint64 // bytes outside frames
}

const (
	smallBuffer = 1 << 10
	largeBuffer = 4 << 10 // holds maxWire and leaves room to read on
)

// Space is where the next bytes of the stream are to be put; it is never empty.
// Call it after Next has said that there is no further frame.
func (d *Decoder) Space() []byte {
	left := len(d.buf) - d.at
	if left > maxWire {
		panic("jt808: Space is asked before Next has given all frames")
	}
	size := smallBuffer
	if left > smallBuffer/2 {
		size = largeBuffer
	}
	to := d.buf[:0]
	if cap(d.buf) != size {
		to = make([]byte, 0, size)
	}
	d.buf, d.at = append(to, d.buf[d.at:]...), 0
	return d.buf[left:cap(d.buf)]
}

// Filled says that n bytes were put into Space.
func (d *Decoder) Filled(n int) { d.buf = d.buf[:len(d.buf)+n] }

// Junk is how many bytes lay outside frames or in one without an end.
func (d *Decoder) Junk() uint64 { return d.junk }

// Next is the next frame. Without ok there is none yet; with an error a frame was
// left out and Next is to be called again. The error is a *frame.Error whose
// offset counts from the message id, escapes removed.
func (d *Decoder) Next() (f Frame, ok bool, err error) {
	for {
		in := d.buf[d.at:]
		if len(in) == 0 {
			return Frame{}, false, nil
		}
		if in[0] != mark {
			n := bytes.IndexByte(in, mark)
			if n < 0 {
				n = len(in)
			}
			d.at, d.junk = d.at+n, d.junk+uint64(n)
			continue
		}
		n := bytes.IndexByte(in[1+d.seen:], mark)
		end := 1 + d.seen + n
		if n < 0 {
			end = len(in)
			if end < maxWire {
				d.seen = end - 1
				return Frame{}, false, nil
			}
		}
		// The end mark stays: it may be the next frame's start.
		d.at, d.seen = d.at+end, 0
		switch {
		case end == 1:
			continue
		case end >= maxWire:
			d.junk += uint64(end)
			return Frame{}, false, &frame.Error{Offset: maxWire, Reason: "no end mark within the longest frame"}
		}
		f, err = parse(in[1:end], d.Force2019)
		return f, err == nil, err
	}
}

// parse reads what lies between two marks. It removes escapes in place.
func parse(raw []byte, force2019 bool) (Frame, error) {
	raw, err := unescape(raw)
	if err != nil {
		return Frame{}, err
	}
	if len(raw) < header2013+1 {
		return Frame{}, &frame.Error{Offset: len(raw), Reason: "too short for a header and a checksum"}
	}
	if xor(raw) != 0 {
		return Frame{}, &frame.Error{Offset: len(raw) - 1, Reason: "wrong checksum"}
	}
	raw = raw[:len(raw)-1]
	attr := binary.BigEndian.Uint16(raw[2:])
	f := Frame{Header: Header{ID: binary.BigEndian.Uint16(raw), Encryption: uint8(attr & attrEncrypted >> 10)}}
	rest := raw[4:]
	f.Phone.n = 6
	if attr&attr2019 != 0 || force2019 {
		// A version of 0 would be read as the older header, so the mark counts as 1.
		f.Version, rest = max(rest[0], 1), rest[1:]
		f.Phone.n = 10
	}
	n := int(f.Phone.n) + 2
	if attr&attrPart != 0 {
		n += partBytes
	}
	if len(rest) < n {
		return Frame{}, &frame.Error{Offset: len(raw), Reason: "too short for its header"}
	}
	head, body := rest[:n], rest[n:]
	copy(f.Phone.bcd[:], head[:f.Phone.n])
	head = head[f.Phone.n:]
	f.Serial = binary.BigEndian.Uint16(head)
	if attr&attrPart != 0 {
		f.Parts, f.Part = binary.BigEndian.Uint16(head[2:]), binary.BigEndian.Uint16(head[4:])
		if f.Part == 0 || f.Part > f.Parts {
			return Frame{}, &frame.Error{Offset: len(raw) - len(body) - 2, Reason: fmt.Sprintf("there is no fragment %d of %d", f.Part, f.Parts)}
		}
	}
	if want := int(attr & attrLength); want != len(body) {
		return Frame{}, &frame.Error{Offset: 2, Reason: fmt.Sprintf("the header says %d bytes of body, the frame has %d", want, len(body))}
	}
	f.Body = body[:len(body):len(body)]
	return f, nil
}

func unescape(b []byte) ([]byte, error) {
	from := bytes.IndexByte(b, escape)
	if from < 0 {
		return b, nil
	}
	to := from
	for ; from < len(b); from++ {
		c := b[from]
		if c == escape {
			from++
			switch {
			case from < len(b) && b[from] == 1:
			case from < len(b) && b[from] == 2:
				c = mark
			default:
				return nil, &frame.Error{Offset: to, Reason: "7d is followed by neither 01 nor 02"}
			}
		}
		b[to] = c
		to++
	}
	return b[:to], nil
}

func xor(b []byte) (sum byte) {
	var wide uint64
	for ; len(b) >= 8; b = b[8:] {
		wide ^= binary.LittleEndian.Uint64(b)
	}
	wide ^= wide >> 32
	wide ^= wide >> 16
	sum = byte(wide ^ wide>>8)
	for _, c := range b {
		sum ^= c
	}
	return sum
}

// Append appends the frame as it travels. It is an error when the body does not
// fit into one frame.
func (f Frame) Append(dst []byte) ([]byte, error) {
	if len(f.Body) > maxBody {
		return dst, fmt.Errorf("a body of %d bytes needs fragments: one frame takes %d", len(f.Body), maxBody)
	}
	attr := uint16(len(f.Body)) | uint16(f.Encryption&7)<<10
	if f.Parts != 0 {
		attr |= attrPart
	}
	if f.Is2019() {
		attr |= attr2019
	}
	if n := f.Phone.n; n != 6 && !f.Is2019() || n != 10 && f.Is2019() {
		return dst, fmt.Errorf("a number of %d bytes is not for a frame of version %d", n, f.Version)
	}
	var scratch [maxRaw]byte
	raw := binary.BigEndian.AppendUint16(scratch[:0], f.ID)
	raw = binary.BigEndian.AppendUint16(raw, attr)
	if f.Is2019() {
		raw = append(raw, f.Version)
	}
	raw = append(raw, f.Phone.bcd[:f.Phone.n]...)
	raw = binary.BigEndian.AppendUint16(raw, f.Serial)
	if f.Parts != 0 {
		raw = binary.BigEndian.AppendUint16(raw, f.Parts)
		raw = binary.BigEndian.AppendUint16(raw, f.Part)
	}
	raw = append(raw, f.Body...)
	raw = append(raw, xor(raw))
	dst = append(dst, mark)
	for _, c := range raw {
		switch c {
		case mark:
			dst = append(dst, escape, 2)
		case escape:
			dst = append(dst, escape, 1)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, mark), nil
}

// AppendFrames appends a message in as many frames as it needs and says how many
// serial numbers they took, counted from h.Serial.
func AppendFrames(dst []byte, h Header, body []byte) (out []byte, serials int, err error) {
	parts := (len(body) + maxBody - 1) / maxBody
	if parts <= 1 {
		h.Parts, h.Part = 0, 0
		dst, err = Frame{h, body}.Append(dst)
		return dst, 1, err
	}
	if parts > maxParts {
		return dst, 0, fmt.Errorf("a body of %d bytes takes %d fragments, at most %d are allowed", len(body), parts, maxParts)
	}
	h.Parts = uint16(parts)
	for h.Part = 1; h.Part <= h.Parts; h.Part++ {
		n := min(len(body), maxBody)
		if dst, err = (Frame{h, body[:n]}).Append(dst); err != nil {
			return dst, 0, err
		}
		body, h.Serial = body[n:], h.Serial+1
	}
	return dst, parts, nil
}
