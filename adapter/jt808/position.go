package jt808

import (
	"encoding/binary"
	"fmt"
	"iter"
	"time"

	"fengsui"
	"fengsui/adapter/frame"
)

// Position (位置信息汇报) is one report, its values as they travelled.
type Position struct {
	Alarm     Alarm
	Status    Status
	Latitude  uint32 // 10^-6 degree, absolute; see Coordinates
	Longitude uint32
	Altitude  int16  // m
	Speed     uint16 // 0.1 km/h
	Course    uint16 // degrees from north, clockwise
	Time      Time
	Items     Items
	Malformed int // items that do not have the form of their kind; the report is good all the same
}

const fixedPosition = 28

// ReadPosition reads the body of a position report, which stands alone (0x0200),
// in a batch, and in other messages. Only a body shorter than the fixed part is an
// error: items are never a reason to lose a position. It shares the body's memory
// and allocates nothing.
func ReadPosition(body []byte) (Position, error) {
	if len(body) < fixedPosition {
		return Position{}, &frame.Error{Offset: len(body), Reason: "too short for a position"}
	}
	b := body[:fixedPosition]
	items := Items(body[fixedPosition:len(body):len(body)])
	return Position{
		Alarm:     Alarm(binary.BigEndian.Uint32(b)),
		Status:    Status(binary.BigEndian.Uint32(b[4:])),
		Latitude:  binary.BigEndian.Uint32(b[8:]),
		Longitude: binary.BigEndian.Uint32(b[12:]),
		Altitude:  int16(binary.BigEndian.Uint16(b[16:])),
		Speed:     binary.BigEndian.Uint16(b[18:]),
		Course:    binary.BigEndian.Uint16(b[20:]),
		Time:      Time(b[22:]),
		Items:     items,
		Malformed: items.malformed(),
	}, nil
}

func (Position) ID() uint16 { return MsgPosition }

func (p Position) AppendBody(dst []byte, _ Edition) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(p.Alarm))
	dst = binary.BigEndian.AppendUint32(dst, uint32(p.Status))
	dst = binary.BigEndian.AppendUint32(dst, p.Latitude)
	dst = binary.BigEndian.AppendUint32(dst, p.Longitude)
	dst = binary.BigEndian.AppendUint16(dst, uint16(p.Altitude))
	dst = binary.BigEndian.AppendUint16(dst, p.Speed)
	dst = binary.BigEndian.AppendUint16(dst, p.Course)
	dst = append(dst, p.Time[:]...)
	return append(dst, p.Items...), nil
}

// Coordinates are the place in 10^-6 degree, south and west negative, in the
// datum the terminal uses. Without ok there is no place: the terminal has no fix
// and repeats its last place or zeros, the coordinates are encrypted, or they are
// none on earth. Such a report shows that the terminal lives and moves nothing.
func (p Position) Coordinates() (latitude, longitude int32, ok bool) {
	if p.Status&Positioned == 0 || p.Status&Encrypted != 0 || p.Latitude > 90e6 || p.Longitude > 180e6 {
		return 0, 0, false
	}
	latitude, longitude = int32(p.Latitude), int32(p.Longitude)
	if p.Status&South != 0 {
		latitude = -latitude
	}
	if p.Status&West != 0 {
		longitude = -longitude
	}
	return latitude, longitude, true
}

// Time is a moment as BCD, YYMMDDhhmmss in Beijing time, of this century.
type Time [6]byte

// TimeOf writes a moment of 2000 to 2099 to the second.
func TimeOf(m fengsui.Millis) Time {
	c := m.Time().In(fengsui.Civil)
	return Time{frame.ToBCD(c.Year() % 100), frame.ToBCD(int(c.Month())), frame.ToBCD(c.Day()), frame.ToBCD(c.Hour()), frame.ToBCD(c.Minute()), frame.ToBCD(c.Second())}
}

// Millis is the moment, or false when the bytes are none. Terminals without a fix
// send zeros.
func (t Time) Millis() (fengsui.Millis, bool) {
	var n [6]int
	for i, b := range t {
		v, ok := frame.BCD(b)
		if !ok {
			return 0, false
		}
		n[i] = v
	}
	if n[1] < 1 || n[1] > 12 || n[2] < 1 || n[3] > 23 || n[4] > 59 || n[5] > 59 {
		return 0, false
	}
	c := time.Date(2000+n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, fengsui.Civil)
	if c.Day() != n[2] { // the 31st of a month of 30 days
		return 0, false
	}
	return fengsui.At(c), true
}

// MarshalText writes the moment with its offset, or the digits as they are when
// they are no moment.
func (t Time) MarshalText() ([]byte, error) {
	if m, ok := t.Millis(); ok {
		return []byte(m.Time().In(fengsui.Civil).Format(time.RFC3339)), nil
	}
	return fmt.Appendf(nil, "%x", t[:]), nil
}

// Items (位置附加信息) are what follows the fixed part: id, length and value, one
// after another. They are read when someone asks.
type Items []byte

// Item is one of them. Value shares the report's memory.
type Item struct {
	ID    byte
	Value []byte

	// Malformed says that the length is none that the item's kind has, or that
	// the item runs over the end of the report; Value is what there is.
	Malformed bool
}

// All goes through the items in their order. Nothing is left out: what does not
// have the form of its kind is Malformed and kept.
func (its Items) All() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for len(its) > 0 {
			var it Item
			if it, its = its.cut(); !yield(it) {
				return
			}
		}
	}
}

func (its Items) cut() (Item, Items) {
	if len(its) < 2 {
		return Item{ID: its[0], Malformed: true}, nil
	}
	end := 2 + int(its[1])
	if end > len(its) {
		return Item{its[0], its[2:], true}, nil
	}
	return Item{its[0], its[2:end:end], !fits(its[0], end-2)}, its[end:]
}

func (its Items) malformed() (n int) {
	for len(its) >= 2 {
		size := int(its[1])
		if size > len(its)-2 {
			return n + 1
		}
		if !fits(its[0], size) {
			n++
		}
		its = its[2+size:]
	}
	return n + len(its)
}

// Append appends an item. Its value has at most 255 bytes.
func (its Items) Append(id byte, value ...byte) Items {
	if len(value) > 255 {
		panic(fmt.Sprintf("jt808: an item of %d bytes", len(value)))
	}
	return append(append(its, id, byte(len(value))), value...)
}

// Kind is the item's row in the table of items, or false when it has none.
func (it Item) Kind() (ItemKind, bool) {
	if k := itemByID[it.ID]; k != nil {
		return *k, true
	}
	return ItemKind{}, false
}

// Number is the value of an item that is one number or a set of bits. Times the
// kind's Scale it is in the kind's Unit.
func (it Item) Number() (int64, bool) {
	k := itemByID[it.ID]
	if k == nil || it.Malformed {
		return 0, false
	}
	var v int64
	for _, b := range it.Value {
		v = v<<8 | int64(b)
	}
	switch k.Form {
	case FormNumber, FormBits:
		return v, true
	case FormSigned:
		// The standard's bit 15 is a sign before a magnitude, and devices send two's
		// complement as well. No temperature has both readings above absolute zero.
		switch size := v & 0x7fff; {
		case v < 1<<15:
			return v, true
		case size <= 273:
			return -size, true
		default:
			return v - 1<<16, true
		}
	}
	return 0, false
}

// Place (区域) is the circle, rectangle, polygon or segment an alarm is about.
type Place struct {
	Kind uint8  // 0 none, 1 circle, 2 rectangle, 3 polygon or route, 4 segment
	Area uint32 // the id it was set by, 0 when Kind is 0
}

// Overspeed (超速报警附加信息) is where alarm bit 1 was raised, item 0x11.
func (it Item) Overspeed() (Place, bool) {
	if it.ID != itemOverspeed || it.Malformed {
		return Place{}, false
	}
	p := Place{Kind: it.Value[0]}
	if len(it.Value) == 5 {
		p.Area = binary.BigEndian.Uint32(it.Value[1:])
	}
	return p, true
}

// Crossing (进出区域/路线报警附加信息) belongs to alarm bits 20 and 21, item 0x12.
type Crossing struct {
	Place
	Out bool
}

// Crossing is the item's value.
func (it Item) Crossing() (Crossing, bool) {
	if it.ID != itemCrossing || it.Malformed {
		return Crossing{}, false
	}
	return Crossing{Place{it.Value[0], binary.BigEndian.Uint32(it.Value[1:])}, it.Value[5] == 1}, true
}

// Segment (路段行驶时间不足/过长报警附加信息) belongs to alarm bit 22, item 0x13.
type Segment struct {
	ID      uint32
	Seconds uint16
	Long    bool // too long; otherwise too short
}

// Segment is the item's value.
func (it Item) Segment() (Segment, bool) {
	if it.ID != itemSegment || it.Malformed {
		return Segment{}, false
	}
	return Segment{binary.BigEndian.Uint32(it.Value), binary.BigEndian.Uint16(it.Value[4:]), it.Value[6] == 1}, true
}

// Analog (模拟量) is the two inputs of item 0x2b.
func (it Item) Analog() (ad0, ad1 uint16, ok bool) {
	if it.ID != itemAnalog || it.Malformed {
		return 0, 0, false
	}
	return binary.BigEndian.Uint16(it.Value[2:]), binary.BigEndian.Uint16(it.Value), true
}

// Driving (异常驾驶行为) is item 0x18 of JT/T 1078.
type Driving struct {
	Bits    uint16 // see its ItemKind
	Fatigue uint8  // degree, 0-100; 0 when the terminal leaves it out
}

// Driving is the item's value. The standard's list gives it two bytes, its own
// table three: both are taken.
func (it Item) Driving() (Driving, bool) {
	if it.ID != itemDriving || it.Malformed {
		return Driving{}, false
	}
	d := Driving{Bits: binary.BigEndian.Uint16(it.Value)}
	if len(it.Value) == 3 {
		d.Fatigue = it.Value[2]
	}
	return d, true
}

// Batch (定位数据批量上传) holds positions that were kept back.
type Batch struct {
	Count   uint16 // as stated
	Resent  bool   // from a blind area, so history; otherwise reported together
	Entries []byte // each a length of two bytes and a position
}

func (Batch) ID() uint16 { return MsgBatch }

func readBatch(r *frame.Reader) Batch { return Batch{r.U16(), r.U8() == 1, r.Rest()} }

func (m Batch) AppendBody(dst []byte, _ Edition) ([]byte, error) {
	dst = binary.BigEndian.AppendUint16(dst, m.Count)
	resent := byte(0)
	if m.Resent {
		resent = 1
	}
	return append(append(dst, resent), m.Entries...), nil
}

// Append adds a position.
func (m *Batch) Append(p Position) {
	at := len(m.Entries)
	m.Entries = append(m.Entries, 0, 0)
	m.Entries, _ = p.AppendBody(m.Entries, 0)
	binary.BigEndian.PutUint16(m.Entries[at:], uint16(len(m.Entries)-at-2))
	m.Count++
}

// Positions goes through the positions in their order. One that cannot be read
// comes as an error and the next one follows; an error at the end says that the
// stated count or a length is wrong. Offsets count from the first entry.
func (m Batch) Positions() iter.Seq2[Position, error] {
	return func(yield func(Position, error) bool) {
		r := frame.NewReader(m.Entries)
		n := 0
		for ; r.Len() > 0; n++ {
			at := r.Offset()
			body := r.Bytes(int(r.U16()))
			if r.Err() != nil {
				yield(Position{}, r.Err())
				return
			}
			p, err := ReadPosition(body)
			if err != nil {
				err = &frame.Error{Offset: at, Reason: "too short for a position"}
			}
			if !yield(p, err) {
				return
			}
		}
		if n != int(m.Count) {
			yield(Position{}, &frame.Error{Offset: r.Offset(), Reason: fmt.Sprintf("the batch says %d positions and has %d", m.Count, n)})
		}
	}
}
