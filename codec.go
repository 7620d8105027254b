package fengsui

import (
	"encoding/binary"
	"math"
)

// The log's encoding. One record is
//
//	version(1) flags(1) received(varint)
//	and unless it is a tick: adapter, enterprise, device, key id, nonce,
//	idempotency key, body hash(8), clock offset, answer, points, block, events,
//	presences; from version 2 on also sender, positions
//
// with uvarint lengths and zig-zag varints for signed numbers. The sample block
// is a protobuf message of packed columns, so that a compact push body carries
// the very same bytes (adapter/push/push.proto, message Samples):
//
//	1 point   repeated uint32/uint64, packed
//	2 base    sint64, the first sample's time
//	3 delta   repeated sint64, packed: each time minus the one before
//	4 value   repeated double, packed
//	5 quality repeated uint32, packed; absent when every sample is good

const (
	recordVersion = 2 // 1, without sender and positions, is read still

	flagTick   = 1 << 0
	flagResent = 1 << 1

	// MaxRecord is the largest record that ReadRecord accepts.
	MaxRecord = 16 << 20
)

var errRecord = Errorf(Invalid, "bad_record", "the log record cannot be read")

// ErrBlock says that a sample block is malformed.
var ErrBlock = Errorf(Invalid, "bad_block", "the sample block cannot be read")

// AppendSamples appends the block of s to dst.
func AppendSamples(dst []byte, s []Sample) []byte {
	if len(s) == 0 {
		return dst
	}
	n, good := 0, true
	for i := range s {
		n += uvarintLen(uint64(s[i].Point))
		good = good && s[i].Quality == Good
	}
	dst = append(dst, 1<<3|2)
	dst = binary.AppendUvarint(dst, uint64(n))
	for i := range s {
		dst = binary.AppendUvarint(dst, uint64(s[i].Point))
	}
	dst = append(dst, 2<<3)
	dst = binary.AppendVarint(dst, int64(s[0].At))
	n = 0
	for i, last := range s {
		n += varintLen(int64(last.At - s[max(i-1, 0)].At))
	}
	dst = append(dst, 3<<3|2)
	dst = binary.AppendUvarint(dst, uint64(n))
	for i := range s {
		dst = binary.AppendVarint(dst, int64(s[i].At-s[max(i-1, 0)].At))
	}
	dst = append(dst, 4<<3|2)
	dst = binary.AppendUvarint(dst, uint64(8*len(s)))
	for i := range s {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(s[i].Value))
	}
	if !good {
		n = 0
		for i := range s {
			n += uvarintLen(uint64(s[i].Quality))
		}
		dst = append(dst, 5<<3|2)
		dst = binary.AppendUvarint(dst, uint64(n))
		for i := range s {
			dst = binary.AppendUvarint(dst, uint64(s[i].Quality))
		}
	}
	return dst
}

// ReadSamples appends the samples of a block to dst. With a table, Point is the
// index into it and samples whose entry is 0 are left out. Values that are not
// finite make the block malformed: the door has refused them.
func ReadSamples(dst []Sample, block []byte, table []int64) ([]Sample, error) {
	var point, delta, value, quality []byte
	base := int64(0)
	for len(block) > 0 {
		tag := block[0]
		block = block[1:]
		if tag == 2<<3 {
			v, n := binary.Varint(block)
			if n <= 0 {
				return dst, ErrBlock
			}
			base, block = v, block[n:]
			continue
		}
		size, n := binary.Uvarint(block)
		if n <= 0 || size > uint64(len(block)-n) {
			return dst, ErrBlock
		}
		col := block[n : n+int(size)]
		block = block[n+int(size):]
		switch tag {
		case 1<<3 | 2:
			point = col
		case 3<<3 | 2:
			delta = col
		case 4<<3 | 2:
			value = col
		case 5<<3 | 2:
			quality = col
		default:
			return dst, ErrBlock
		}
	}
	if len(value)%8 != 0 {
		return dst, ErrBlock
	}
	at := base
	for len(value) > 0 {
		p, n := uvarint(point)
		d, m := uvarint(delta)
		if n <= 0 || m <= 0 {
			return dst, ErrBlock
		}
		point, delta = point[n:], delta[m:]
		at += int64(d>>1) ^ -int64(d&1)
		v := math.Float64frombits(binary.LittleEndian.Uint64(value))
		value = value[8:]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return dst, ErrBlock
		}
		q := uint64(0)
		if quality != nil {
			if q, n = uvarint(quality); n <= 0 || q > 255 {
				return dst, ErrBlock
			}
			quality = quality[n:]
		}
		num := int64(p)
		if table != nil {
			if p >= uint64(len(table)) {
				return dst, ErrBlock
			}
			if num = table[p]; num == 0 {
				continue
			}
		}
		dst = append(dst, Sample{Point: num, At: Millis(at), Value: v, Quality: Quality(q)})
	}
	if len(point) > 0 || len(delta) > 0 || len(quality) > 0 {
		return dst, ErrBlock
	}
	return dst, nil
}

// Samples appends the record's samples to dst, as nums.
func (r *Record) Samples(dst []Sample) ([]Sample, error) {
	return ReadSamples(dst, r.Block, r.Points)
}

// AppendRecord appends r to dst.
func AppendRecord(dst []byte, r *Record) []byte {
	flags := byte(0)
	if r.Tick {
		flags |= flagTick
	}
	if r.Resent {
		flags |= flagResent
	}
	dst = append(dst, recordVersion, flags)
	dst = binary.AppendVarint(dst, int64(r.Received))
	if r.Tick {
		return dst
	}
	dst = appendText(dst, r.Adapter)
	dst = binary.AppendVarint(dst, r.Enterprise)
	dst = binary.AppendVarint(dst, r.Device)
	dst = appendText(dst, r.KeyID)
	dst = appendText(dst, r.Nonce)
	dst = appendText(dst, r.Idempotency)
	dst = binary.LittleEndian.AppendUint64(dst, r.BodyHash)
	dst = binary.AppendVarint(dst, int64(r.ClockOffset))
	dst = appendText(dst, r.Answer)
	dst = binary.AppendUvarint(dst, uint64(len(r.Points)))
	for _, p := range r.Points {
		dst = binary.AppendVarint(dst, p)
	}
	dst = appendText(dst, r.Block)
	dst = binary.AppendUvarint(dst, uint64(len(r.Events)))
	for i := range r.Events {
		e := &r.Events[i]
		dst = binary.AppendVarint(dst, e.Point)
		dst = appendText(dst, e.Code)
		dst = binary.AppendVarint(dst, int64(e.At))
		dst = append(dst, bit(e.On))
		dst = appendText(dst, e.Text)
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Presences)))
	for _, p := range r.Presences {
		dst = binary.AppendVarint(dst, p.Device)
		dst = binary.AppendVarint(dst, int64(p.At))
		dst = append(dst, bit(p.Online))
	}
	dst = appendText(dst, r.Sender)
	dst = binary.AppendUvarint(dst, uint64(len(r.Positions)))
	for i := range r.Positions {
		p := &r.Positions[i]
		dst = binary.AppendVarint(dst, p.Device)
		dst = binary.AppendVarint(dst, int64(p.At))
		dst = binary.AppendVarint(dst, int64(math.Round(p.Lon*degree)))
		dst = binary.AppendVarint(dst, int64(math.Round(p.Lat*degree)))
		dst = binary.AppendVarint(dst, int64(math.Round(p.Altitude*tenth)))
		dst = binary.AppendVarint(dst, int64(math.Round(p.Speed*tenth)))
		dst = binary.AppendVarint(dst, int64(math.Round(p.Heading*tenth)))
		dst = append(dst, bit(p.Fix))
		dst = appendText(dst, p.Extra)
	}
	return dst
}

// How fine the log keeps a position's numbers: parts of their unit.
const (
	degree = 1e7
	tenth  = 10

	maxAltitude = 100_000 // m
	maxSpeed    = 10_000  // km/h
)

// ReadRecord reads one record that fills b. Answer, Block and what
// positions carry beside them point into b.
func ReadRecord(b []byte) (Record, error) {
	var r Record
	if len(b) < 2 || len(b) > MaxRecord || b[0] < 1 || b[0] > recordVersion {
		return r, errRecord
	}
	d := decoder{b: b[2:]}
	r.Tick, r.Resent = b[1]&flagTick != 0, b[1]&flagResent != 0
	r.Received = Millis(d.varint())
	if !r.Tick {
		r.Adapter = string(d.bytes())
		r.Enterprise = d.varint()
		r.Device = d.varint()
		r.KeyID = string(d.bytes())
		r.Nonce = string(d.bytes())
		r.Idempotency = string(d.bytes())
		if h := d.take(8); h != nil {
			r.BodyHash = binary.LittleEndian.Uint64(h)
		}
		r.ClockOffset = Span(d.varint())
		r.Answer = d.bytes()
		if n := d.count(1); n > 0 {
			r.Points = make([]int64, n)
			for i := range r.Points {
				r.Points[i] = d.varint()
			}
		}
		r.Block = d.bytes()
		if n := d.count(5); n > 0 {
			r.Events = make([]Event, n)
			for i := range r.Events {
				r.Events[i] = Event{Point: d.varint(), Code: string(d.bytes()), At: Millis(d.varint()), On: d.bool(), Text: string(d.bytes())}
			}
		}
		if n := d.count(3); n > 0 {
			r.Presences = make([]Presence, n)
			for i := range r.Presences {
				r.Presences[i] = Presence{Device: d.varint(), At: Millis(d.varint()), Online: d.bool()}
			}
		}
		if b[0] >= 2 {
			r.Sender = string(d.bytes())
			if n := d.count(9); n > 0 {
				r.Positions = make([]Position, n)
				for i := range r.Positions {
					r.Positions[i] = Position{
						Device: d.varint(), At: Millis(d.varint()), Lon: d.part(degree, -180, 180), Lat: d.part(degree, -90, 90),
						Altitude: d.part(tenth, -maxAltitude, maxAltitude), Speed: d.part(tenth, 0, maxSpeed), Heading: d.part(tenth, 0, 360),
						Fix: d.bool(), Extra: d.bytes(),
					}
				}
			}
		}
	}
	if d.bad || len(d.b) > 0 {
		return Record{}, errRecord
	}
	return r, nil
}

// decoder reads from the front of b; after the first fault it returns zeros.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

// part reads a number kept in parts of its unit; outside its bounds the door
// would not have let it in.
func (d *decoder) part(of, low, high float64) float64 {
	v := float64(d.varint()) / of
	if v < low || v > high {
		d.fail()
		return 0
	}
	return v
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) bytes() []byte {
	n, m := binary.Uvarint(d.b)
	if m <= 0 {
		d.fail()
		return nil
	}
	d.b = d.b[m:]
	if n == 0 {
		return nil
	}
	return d.take(n)
}

// count reads how many items of at least size bytes follow, so that a hostile
// count cannot make us allocate more than the input could hold.
func (d *decoder) count(size int) int {
	n, m := binary.Uvarint(d.b)
	if m <= 0 || n > uint64(len(d.b)-m)/uint64(size) {
		d.fail()
		return 0
	}
	d.b = d.b[m:]
	return int(n)
}

func (d *decoder) bool() bool {
	b := d.take(1)
	return b != nil && b[0] == 1
}

func (d *decoder) fail() { d.b, d.bad = nil, true }

func appendText[T ~string | ~[]byte](dst []byte, s T) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// uvarint is binary.Uvarint with the one- and two-byte cases in line.
func uvarint(b []byte) (uint64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	if len(b) > 1 && b[1] < 0x80 {
		return uint64(b[0]&0x7f) | uint64(b[1])<<7, 2
	}
	return binary.Uvarint(b)
}

func uvarintLen(v uint64) int {
	n := 1
	for v >= 0x80 {
		v >>= 7
		n++
	}
	return n
}

func varintLen(v int64) int { return uvarintLen(uint64(v<<1) ^ uint64(v>>63)) }
