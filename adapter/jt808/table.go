package jt808

import (
	"fmt"
	"iter"
	"math/bits"
)

// The tables of JT/T 808 and of what JT/T 1078 adds to it. Tables of regions and
// vendors are not here: their codes contradict each other and come with a profile.

// Bit is the meaning of one bit. Editions outside From and Until leave it
// reserved; zero is no bound.
type Bit struct {
	Bit         uint8
	Code        string
	From, Until Edition
	Once        bool // of an alarm: it stands until the platform answers; otherwise until the condition ends
	Urgent      bool // the duty desk hears of it at once, whoever sent it
}

// set goes through the bits of v that are set, by their meaning in an edition. A
// reserved bit comes as well, named by its number: it may be an alarm.
func set(v uint32, table []Bit, e Edition) iter.Seq[Bit] {
	return func(yield func(Bit) bool) {
		for ; v != 0; v &= v - 1 {
			if !yield(meaning(uint8(bits.TrailingZeros32(v)), table, e)) {
				return
			}
		}
	}
}

func meaning(n uint8, table []Bit, e Edition) Bit {
	for _, b := range table {
		if b.Bit == n && e >= b.From && (b.Until == 0 || e <= b.Until) {
			return b
		}
	}
	return Bit{Bit: n, Code: fmt.Sprintf("bit_%d", n)}
}

// Alarm (报警标志) is the first word of a position report. An alarm begins where
// its bit rises and ends where it falls.
type Alarm uint32

// All goes through the alarms that are set.
func (a Alarm) All(e Edition) iter.Seq[Bit] { return set(uint32(a), alarmBits, e) }

// JT/T 808-2011, -2013 and -2019, message 0x0200, alarm word.
var alarmBits = []Bit{
	{Bit: 0, Code: "emergency", Once: true, Urgent: true},
	{Bit: 1, Code: "overspeed"},
	{Bit: 2, Code: "fatigue"},
	{Bit: 3, Code: "danger", Once: true, Urgent: true},
	{Bit: 4, Code: "gnss_fault"},
	{Bit: 5, Code: "gnss_antenna_cut"},
	{Bit: 6, Code: "gnss_antenna_short"},
	{Bit: 7, Code: "power_low"},
	{Bit: 8, Code: "power_lost"},
	{Bit: 9, Code: "display_fault"},
	{Bit: 10, Code: "tts_fault"},
	{Bit: 11, Code: "camera_fault"},
	{Bit: 12, Code: "ic_card_fault", From: Edition2013},
	{Bit: 13, Code: "overspeed_ahead", From: Edition2013},
	{Bit: 14, Code: "fatigue_ahead", From: Edition2013},
	{Bit: 15, Code: "irregular_driving", From: Edition2019},
	{Bit: 16, Code: "tyre_pressure", From: Edition2019},
	{Bit: 17, Code: "right_turn_blind_spot", From: Edition2019},
	{Bit: 18, Code: "daily_driving_time"},
	{Bit: 19, Code: "parked_too_long"},
	{Bit: 20, Code: "area_crossed", Once: true},
	{Bit: 21, Code: "route_crossed", Once: true},
	{Bit: 22, Code: "segment_time", Once: true},
	{Bit: 23, Code: "off_route"},
	{Bit: 24, Code: "vss_fault"},
	{Bit: 25, Code: "fuel_abnormal"},
	{Bit: 26, Code: "stolen", Urgent: true},
	{Bit: 27, Code: "illegal_ignition", Once: true},
	{Bit: 28, Code: "illegal_move", Once: true},
	{Bit: 29, Code: "collision_or_rollover", Until: Edition2011, Urgent: true},
	{Bit: 29, Code: "collision", From: Edition2013, Urgent: true},
	{Bit: 30, Code: "rollover", From: Edition2013, Urgent: true},
	{Bit: 31, Code: "illegal_door_opening", From: Edition2013, Once: true},
}

// Status (状态位) is the second word of a position report.
type Status uint32

// Status bits that decide how a report is read.
const (
	Positioned Status = 1 << 1
	South      Status = 1 << 2
	West       Status = 1 << 3
	Encrypted  Status = 1 << 5 // the coordinates, by the secrecy plug-in
)

// All goes through the bits that are set, the two of Load left out.
func (s Status) All(e Edition) iter.Seq[Bit] { return set(uint32(s&^loadBits), statusBits, e) }

const loadBits Status = 3 << 8

// Load is how full the vehicle is: 0 empty, 1 half, 2 reserved, 3 full.
func (s Status) Load() uint8 { return uint8(s & loadBits >> 8) }

// JT/T 808-2011, -2013 and -2019, message 0x0200, status word.
var statusBits = []Bit{
	{Bit: 0, Code: "acc_on"},
	{Bit: 1, Code: "positioned"},
	{Bit: 2, Code: "south"},
	{Bit: 3, Code: "west"},
	{Bit: 4, Code: "out_of_operation"},
	{Bit: 5, Code: "coordinates_encrypted"},
	{Bit: 6, Code: "forward_collision", From: Edition2019},
	{Bit: 7, Code: "lane_departure", From: Edition2019},
	{Bit: 10, Code: "oil_cut"},
	{Bit: 11, Code: "circuit_cut"},
	{Bit: 12, Code: "doors_locked"},
	{Bit: 13, Code: "front_door_open"},
	{Bit: 14, Code: "middle_door_open"},
	{Bit: 15, Code: "rear_door_open"},
	{Bit: 16, Code: "driver_door_open"},
	{Bit: 17, Code: "custom_door_open"},
	{Bit: 18, Code: "gps"},
	{Bit: 19, Code: "beidou"},
	{Bit: 20, Code: "glonass"},
	{Bit: 21, Code: "galileo"},
	{Bit: 22, Code: "moving", From: Edition2019},
}

// Form is how an item's value is laid out.
type Form uint8

const (
	FormNumber  Form = iota // Item.Number
	FormSigned              // Item.Number
	FormBits                // Item.Number, and the kind's Set
	FormBytes               // one value a byte, 0xff: none
	FormAnalog              // Item.Analog
	FormPlace               // Item.Overspeed
	FormCross               // Item.Crossing
	FormSegment             // Item.Segment
	FormDriving             // Item.Driving
)

// ItemKind is a row of the table of items.
type ItemKind struct {
	ID      byte
	Name    string
	From    Edition // the first that has it
	Lengths []int   // bytes of its value; another length is malformed
	Form    Form
	Scale   float64 // Number times Scale is in Unit; 0 where there is no unit
	Unit    string
	Alarms  bool // its bits are alarms, said as those of the alarm word are
	bits    []Bit
}

// Set goes through the bits of v that are set, for kinds whose value has bits.
func (k ItemKind) Set(v uint32) iter.Seq[Bit] { return set(v, k.bits, Edition2019) }

const (
	itemOverspeed = 0x11
	itemCrossing  = 0x12
	itemSegment   = 0x13
	itemDriving   = 0x18
	itemAnalog    = 0x2b
)

var itemKinds = []ItemKind{
	// JT/T 808, message 0x0200, additional items.
	{ID: 0x01, Name: "mileage", From: Edition2011, Lengths: []int{4}, Scale: 0.1, Unit: "km"},
	{ID: 0x02, Name: "fuel", From: Edition2011, Lengths: []int{2}, Scale: 0.1, Unit: "L"},
	{ID: 0x03, Name: "recorder_speed", From: Edition2011, Lengths: []int{2}, Scale: 0.1, Unit: "km/h"},
	{ID: 0x04, Name: "alarm_to_confirm", From: Edition2011, Lengths: []int{2}},
	// The standard says Pa; a byte of it would hold no tyre, and devices send kPa.
	{ID: 0x05, Name: "tyre_pressures", From: Edition2019, Lengths: []int{30}, Form: FormBytes, Scale: 1, Unit: "kPa"},
	{ID: 0x06, Name: "compartment_temperature", From: Edition2019, Lengths: []int{2}, Form: FormSigned, Scale: 1, Unit: "°C"},
	{ID: itemOverspeed, Name: "overspeed_place", From: Edition2011, Lengths: []int{1, 5}, Form: FormPlace},
	{ID: itemCrossing, Name: "crossing", From: Edition2011, Lengths: []int{6}, Form: FormCross},
	{ID: itemSegment, Name: "segment_time", From: Edition2011, Lengths: []int{7}, Form: FormSegment},
	{ID: 0x25, Name: "vehicle_signals", From: Edition2013, Lengths: []int{4}, Form: FormBits, bits: vehicleSignals},
	{ID: 0x2a, Name: "io", From: Edition2013, Lengths: []int{2}, Form: FormBits, bits: ioBits},
	{ID: itemAnalog, Name: "analog", From: Edition2013, Lengths: []int{4}, Form: FormAnalog},
	{ID: 0x30, Name: "radio_strength", From: Edition2013, Lengths: []int{1}},
	{ID: 0x31, Name: "satellites", From: Edition2013, Lengths: []int{1}},
	{ID: 0xe0, Name: "custom_length", From: Edition2013, Lengths: []int{1}},

	// JT/T 1078-2016, additional items of the position report. It extends 2011 and
	// later editions alike.
	{ID: 0x14, Name: "video_alarms", Lengths: []int{4}, Form: FormBits, Alarms: true, bits: videoAlarms},
	{ID: 0x15, Name: "channels_lost", Lengths: []int{4}, Form: FormBits, Alarms: true, bits: channels(32)},
	{ID: 0x16, Name: "channels_covered", Lengths: []int{4}, Form: FormBits, Alarms: true, bits: channels(32)},
	{ID: 0x17, Name: "stores_failed", Lengths: []int{2}, Form: FormBits, Alarms: true, bits: stores()},
	{ID: itemDriving, Name: "abnormal_driving", Lengths: []int{2, 3}, Form: FormDriving, Alarms: true, bits: drivingBits},
}

// JT/T 808-2013, item 0x25.
var vehicleSignals = []Bit{
	{Bit: 0, Code: "low_beam"}, {Bit: 1, Code: "high_beam"}, {Bit: 2, Code: "right_turn"}, {Bit: 3, Code: "left_turn"},
	{Bit: 4, Code: "brake"}, {Bit: 5, Code: "reverse"}, {Bit: 6, Code: "fog_light"}, {Bit: 7, Code: "outline_light"},
	{Bit: 8, Code: "horn"}, {Bit: 9, Code: "air_conditioning"}, {Bit: 10, Code: "neutral"}, {Bit: 11, Code: "retarder"},
	{Bit: 12, Code: "abs"}, {Bit: 13, Code: "heater"}, {Bit: 14, Code: "clutch"},
}

// JT/T 808-2013, item 0x2a.
var ioBits = []Bit{{Bit: 0, Code: "deep_sleep"}, {Bit: 1, Code: "sleep"}}

// JT/T 1078-2016, item 0x14.
var videoAlarms = []Bit{
	{Bit: 0, Code: "video_lost"}, {Bit: 1, Code: "video_covered"}, {Bit: 2, Code: "store_fault"}, {Bit: 3, Code: "video_device_fault"},
	{Bit: 4, Code: "overloaded_with_passengers"}, {Bit: 5, Code: "abnormal_driving"}, {Bit: 6, Code: "recording_limit", Once: true},
}

// JT/T 1078-2016, item 0x18.
var drivingBits = []Bit{{Bit: 0, Code: "fatigue"}, {Bit: 1, Code: "phone"}, {Bit: 2, Code: "smoking"}}

// channels are the bits of items 0x15 and 0x16: bit n is logical channel n+1.
func channels(n uint8) (list []Bit) {
	for i := range n {
		list = append(list, Bit{Bit: i, Code: fmt.Sprintf("channel_%d", i+1)})
	}
	return list
}

// stores are the bits of item 0x17: 0-11 main stores, 12-15 those for disasters.
func stores() (list []Bit) {
	for i := range uint8(12) {
		list = append(list, Bit{Bit: i, Code: fmt.Sprintf("store_%d", i+1)})
	}
	for i := range uint8(4) {
		list = append(list, Bit{Bit: 12 + i, Code: fmt.Sprintf("disaster_store_%d", i+1)})
	}
	return list
}

// itemByID and itemLengths are the table by id; a mask of lengths has bit n for
// length n, and 0 where any length will do.
var itemByID, itemLengths = func() (kinds [256]*ItemKind, lengths [256]uint64) {
	for i := range itemKinds {
		k := &itemKinds[i]
		kinds[k.ID] = k
		for _, n := range k.Lengths {
			lengths[k.ID] |= 1 << n
		}
	}
	return kinds, lengths
}()

// fits says whether an item may have that length.
func fits(id byte, size int) bool {
	m := itemLengths[id]
	return m == 0 || m>>uint(size)&1 != 0
}

// registrations are the widths of the fixed texts of message 0x0100, in bytes.
// Those of 2019 are known from other implementations.
var registrations = map[Edition]registration{
	Edition2011: {maker: 5, model: 8, terminal: 7},
	Edition2013: {maker: 5, model: 20, terminal: 7},
	Edition2019: {maker: 11, model: 30, terminal: 30},
}

type registration struct{ maker, model, terminal int }

// fixed is the length of all that stands before the plate: two words of region,
// the texts and the colour.
func (r registration) fixed() int { return 4 + r.maker + r.model + r.terminal + 1 }

// PlateColour (车牌颜色) is coded by JT/T 415-2006 and JT/T 697.7-2014; 91 and up
// are of JT/T 809-2019.
type PlateColour uint8

// NoPlate is the colour of a vehicle that has no plate yet.
const NoPlate PlateColour = 0

var plateColours = map[PlateColour]string{
	NoPlate: "none", 1: "blue", 2: "yellow", 3: "black", 4: "white", 5: "green", 9: "other",
	91: "farm_yellow", 92: "farm_green", 93: "yellow_green", 94: "gradient_green",
}

// Known says whether the table has the colour.
func (c PlateColour) Known() bool { _, ok := plateColours[c]; return ok }

// Code names the colour, "" when the table does not have it.
func (c PlateColour) Code() string { return plateColours[c] }
