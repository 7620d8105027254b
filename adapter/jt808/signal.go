package jt808

import (
	"fmt"
	"math/bits"

	"fengsui"
	"fengsui/adapter"
)

// Datum is what a terminal's coordinates are in. Terminals send WGS-84 as their
// receivers have it; some fleets have theirs send what their maps want.
type Datum string

const (
	WGS84 Datum = "wgs84"
	GCJ02 Datum = "gcj02" // turned into WGS-84
)

// maxExtra is how many bytes of items a position takes along; ingest refuses more.
// A frame holds a quarter of it, only a position within fragments could go beyond.
const maxExtra = 4096

// The words whose bits are said as events: alarm, status and the items of alarms.
// Codes are those of the tables, "emergency"; those of an item have its name before
// them, "abnormal_driving/fatigue"; reserved bits are "alarm/bit_15".
type word struct {
	prefix string
	item   byte // 0: none
	bits   []Bit
}

const (
	alarmWord  = 0
	statusWord = 1
	maxWords   = 8
)

var words, wordOf = func() (list []word, of [256]uint8) {
	list = []word{{prefix: "alarm", bits: alarmBits}, {prefix: "status", bits: statusBits}}
	for _, k := range itemKinds {
		if k.Alarms {
			of[k.ID] = uint8(len(list))
			list = append(list, word{k.Name, k.ID, k.bits})
		}
	}
	if len(list) > maxWords {
		panic("jt808: more words of alarms than a state has room for")
	}
	return list, of
}()

// bitCode is what a bit is called in an event.
type bitCode struct {
	code          string
	known, urgent bool
}

// bitCodes has them by word, edition and bit: an edge allocates nothing.
var bitCodes = func() (codes [maxWords]map[Edition]*[32]bitCode) {
	for w := range words {
		codes[w] = map[Edition]*[32]bitCode{}
		for e := range registrations {
			list := &[32]bitCode{}
			for n := range list {
				b := meaning(uint8(n), words[w].bits, e)
				c := bitCode{code: b.Code, urgent: b.Urgent, known: b.Code != fmt.Sprintf("bit_%d", n)}
				if w > statusWord || !c.known {
					c.code = words[w].prefix + "/" + b.Code
				}
				list[n] = c
			}
			codes[w][e] = list
		}
	}
	return codes
}()

// state is what the words of a terminal said last.
type state struct {
	last [maxWords]uint32
	said uint8 // a bit for each word that was said once
}

// turn appends the events of a word's new value: where a bit rose and where it fell.
// Of a word that was not said before, whole says the state of every bit of its table
// and not those alone that are set.
func (s *state) turn(list []adapter.Event, w int, value uint32, e Edition, at fengsui.Millis, whole bool) []adapter.Event {
	first := s.said&(1<<w) == 0
	changed := s.last[w] ^ value
	if changed == 0 && !(first && whole) {
		return list
	}
	codes := bitCodes[w][e]
	if first && whole {
		for n := range codes {
			if codes[n].known {
				changed |= 1 << n
			}
		}
	}
	s.last[w], s.said = value, s.said|1<<w
	for ; changed != 0; changed &= changed - 1 {
		n := bits.TrailingZeros32(changed)
		list = append(list, adapter.Event{Code: codes[n].code, At: at, On: value&(1<<n) != 0, Urgent: codes[n].urgent})
	}
	return list
}

// Slots of the codes of numbers that travel with a position: the device's own
// points "/speed", "/mileage", … in the units of the table of items. Places 4 and
// up are the items' ids.
const (
	slotSpeed = iota // km/h
	slotLoad         // 0 empty, 1 half, 3 full
	slotAnalog0
	slotAnalog1
	slotItems
)

var slotCodes = func() (codes [slotItems + 256]string) {
	codes[slotSpeed], codes[slotLoad], codes[slotAnalog0], codes[slotAnalog1] = "/speed", "/load", "/analog_0", "/analog_1"
	for _, k := range itemKinds {
		if !k.Alarms && (k.Form == FormNumber || k.Form == FormSigned || k.Form == FormBits) {
			codes[slotItems+int(k.ID)] = "/" + k.Name
		}
	}
	return codes
}()

// signals gathers what positions of one terminal say into one delivery: what is
// read together shares one commit.
type signals struct {
	d    adapter.Delivery
	slot [slotItems + 256]uint16 // of each code, its index in d.Codes and one more; 0: not there
}

// reset empties it and keeps its memory.
func (g *signals) reset() {
	d := &g.d
	clear(g.slot[:])
	clear(d.Positions) // their Extra is memory of a connection
	*d = adapter.Delivery{Codes: d.Codes[:0], Samples: d.Samples[:0], Events: d.Events[:0], Positions: d.Positions[:0]}
}

// full says that the delivery is large enough: what a terminal sends in one message
// must not decide how much memory it takes.
func (g *signals) full() bool { return len(g.d.Positions) >= 128 || len(g.d.Events) >= 256 }

// add adds a report, read by an edition and in a datum, with the changes since s.
// The report's memory must live until the delivery is taken.
func (g *signals) add(p *Position, e Edition, datum Datum, s *state, whole bool) {
	d := &g.d
	at, _ := p.Time.Millis() // 0, none: ingest takes the receipt's and says so
	y := fengsui.Position{
		At: at, Altitude: float64(p.Altitude), Speed: float64(p.Speed) / 10, Heading: float64(p.Course % 360),
		Extra: p.Items[:min(len(p.Items), maxExtra)],
	}
	y.Lon, y.Lat, y.Fix = p.place(datum)
	d.Positions = append(d.Positions, y)

	d.Events = s.turn(d.Events, alarmWord, uint32(p.Alarm), e, at, whole)
	d.Events = s.turn(d.Events, statusWord, uint32(p.Status&^loadBits), e, at, whole)
	g.sample(slotSpeed, at, y.Speed)
	g.sample(slotLoad, at, float64(p.Status.Load()))
	var there uint8
	for items := p.Items; len(items) > 0; {
		var it Item
		if it, items = items.cut(); it.Malformed {
			continue
		}
		if w := int(wordOf[it.ID]); w != 0 {
			v, _ := it.Number()
			if driving, ok := it.Driving(); ok {
				v = int64(driving.Bits)
			}
			there |= 1 << w
			d.Events = s.turn(d.Events, w, uint32(v), e, at, whole)
		} else if it.ID == itemAnalog {
			ad0, ad1, _ := it.Analog()
			g.sample(slotAnalog0, at, float64(ad0))
			g.sample(slotAnalog1, at, float64(ad1))
		} else if v, ok := it.Number(); ok {
			k := itemByID[it.ID]
			scaled := float64(v)
			if k.Scale != 0 {
				scaled *= k.Scale
			}
			g.sample(slotItems+int(it.ID), at, scaled)
		}
	}
	// A report without an item of alarms has none of them: terminals leave it out.
	for w := statusWord + 1; w < len(words); w++ {
		if s.last[w] != 0 && there&(1<<w) == 0 {
			d.Events = s.turn(d.Events, w, 0, e, at, whole)
		}
	}
}

func (g *signals) sample(slot int, at fengsui.Millis, v float64) {
	d := &g.d
	if g.slot[slot] == 0 {
		d.Codes = append(d.Codes, slotCodes[slot])
		g.slot[slot] = uint16(len(d.Codes))
	}
	d.Samples = append(d.Samples, fengsui.Sample{Point: int64(g.slot[slot] - 1), At: at, Value: v})
}

// place is where the report was made, in degrees and WGS-84. Without a fix it is
// the place that the terminal repeats, or 0, 0 when it sent none that can be one.
func (p *Position) place(datum Datum) (lon, lat float64, fix bool) {
	q := *p
	q.Status |= Positioned
	y, x, ok := q.Coordinates()
	if !ok {
		return 0, 0, false
	}
	lon, lat = float64(x)/1e6, float64(y)/1e6
	if datum == GCJ02 {
		lon, lat = fengsui.FromGCJ02(lon, lat)
	}
	return lon, lat, p.Status&Positioned != 0
}
