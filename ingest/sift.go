package ingest

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"

	"fengsui"
	"fengsui/adapter"
)

const (
	// clockSlack is how far an own time may lead receipt before the clock is
	// wrong, and trail it before the sample is late (DESIGN §5.2).
	clockSlack = 10 * 60 * 1000
	// longest is how far back data kept in a gateway can go; beyond it a clock
	// was never set.
	longest = 90 * 24 * 3600 * 1000
	// year10000 ends what counts as a time.
	year10000 = 253402300800000
	// beyond is how far outside its range a value may lie, as a part of the span
	// (risk-models §5).
	beyond = 0.02

	maxEventCode = 64   // bytes, see fengsui.Event
	maxEventText = 1024 // bytes
	maxExtra     = 4096 // bytes beside a position
	maxListed    = 10_000

	// unknownPoint is the num of events whose point nobody knows: they are in
	// the log, and the evaluator finds no such point.
	unknownPoint = -1
)

// job is the memory of one delivery.
type job struct {
	bounds  []bound
	seen    []int32 // samples per code, filled when one trails
	read    []fengsui.Sample
	changed []fengsui.Sample
	block   []byte
	record  []byte
	out     fengsui.Record
	strays  []stray

	samples, refused, marked int
}

// bound is what a sample of a code is held against.
type bound struct {
	num       int64
	low, high float64
}

// The codes of item errors; the log stores their index, so they are only ever
// added to.
var itemCodes = [...]struct{ code, message string }{
	{"unknown_point", "the enterprise has no point with this code; the item was put aside until it is registered"},
	{"unknown_device", "the enterprise has no device with this code; register it first"},
	{"out_of_range", "the value lies more than 2 % of the span outside the point's range; it is kept with a mark and not judged as a value"},
	{"wrong_clock", "the time is more than 10 minutes ahead or off by a constant; the item is kept with its time, marked, and judged by its receipt"},
	{"no_time", "the item has no time that can be used; it is kept under the time of its receipt"},
	{"bad_value", "the value is not a finite number; the item was not kept"},
	{"bad_quality", "the quality is none of good, uncertain and bad; the item was not kept"},
	{"bad_event", "an event needs a code of 1 to 64 bytes; the item was not kept"},
	{"text_cut", "the text has more than 1024 bytes and was cut"},
	{"more", "so many further items have an error; they are not listed"},
	{"bad_position", "the place is not on the globe, or one of its numbers is none; the item was not kept"},
}

const (
	unknownPointError = iota
	unknownDeviceError
	outOfRangeError
	wrongClockError
	noTimeError
	badValueError
	badQualityError
	badEventError
	textCutError
	moreError
	badPositionError
)

var itemKinds = [...]string{"sample", "event", "source", "device", "position"}

const (
	aSample = iota
	anEvent
	aSource
	aDevice
	aPosition
)

// note lists an item in the receipt.
func (j *job) note(r *adapter.Receipt, kind, index, code int, kept bool) {
	switch {
	case code == unknownPointError || code == unknownDeviceError:
	case kept:
		j.marked++
	default:
		j.refused++
	}
	if len(r.Errors) < maxListed {
		r.Errors = append(r.Errors, itemError(kind, index, code, kept))
		return
	}
	if len(r.Errors) == maxListed {
		r.Errors = append(r.Errors, itemError(kind, 0, moreError, false))
	}
	r.Errors[maxListed].Index++
}

func itemError(kind, index, code int, kept bool) adapter.ItemError {
	return adapter.ItemError{Kind: itemKinds[kind], Index: index, Code: itemCodes[code].code, Message: itemCodes[code].message, Kept: kept}
}

// sender is who a delivery is from. Nobody knows an enterprise of a key that is
// not registered.
type sender struct {
	enterprise *fengsui.Enterprise
	device     *fengsui.Device
}

func (s sender) num() int64 {
	if s.enterprise == nil {
		return 0
	}
	return s.enterprise.Num
}

const maxKey = 64 // bytes of a device's key in a protocol

func senderOf(district *fengsui.District, v *adapter.Delivery) (s sender, err error) {
	if v.Key != "" {
		if len(v.Key) > maxKey {
			return s, fengsui.Errorf(fengsui.Invalid, "bad_key", "a device's key has at most %d bytes", maxKey)
		}
		if s.device = district.DeviceByKey(v.Adapter, v.Key); s.device != nil {
			s.enterprise = district.Enterprises[s.device.Enterprise]
		}
		return s, nil
	}
	if s.enterprise = district.EnterpriseByCode(v.Enterprise); s.enterprise == nil {
		return s, fengsui.Errorf(fengsui.Forbidden, "unknown_enterprise", "no enterprise has the code %q; have it registered first", v.Enterprise)
	}
	if v.Device != "" {
		s.device = district.DeviceByCode(s.enterprise.Num, v.Device)
	}
	return s, nil
}

// strayCode is how quarantine calls the device that sent a delivery.
func strayCode(v *adapter.Delivery) string {
	if v.Key != "" {
		return v.Adapter + ":" + v.Key
	}
	return v.Device
}

// sift fills j.out with what of a delivery is kept, and says what was not.
func (d *Door) sift(j *job, district *fengsui.District, from sender, v *adapter.Delivery) (adapter.Receipt, error) {
	var r adapter.Receipt
	j.strays, j.samples, j.refused, j.marked = j.strays[:0], 0, 0, 0
	out := &j.out
	*out = fengsui.Record{
		Received: v.Received, Adapter: v.Adapter, Enterprise: from.num(), Sender: v.Key, KeyID: v.KeyID, Nonce: v.Nonce,
		Idempotency: v.Idempotency, BodyHash: v.BodyHash, Resent: v.Resent, ClockOffset: v.ClockOffset,
		Points: out.Points[:0], Events: out.Events[:0], Presences: out.Presences[:0], Positions: out.Positions[:0],
	}
	switch {
	case from.device != nil:
		out.Device = from.device.Num
	case strayCode(v) != "":
		j.note(&r, aDevice, 0, unknownDeviceError, true)
		j.strays = append(j.strays, stray{code: strayCode(v), at: v.Received, event: "device"})
	}
	if from.enterprise != nil {
		if err := d.siftSamples(j, district, from, v, &r); err != nil {
			return r, err
		}
	}
	siftEvents(j, district, from, v, &r)
	if from.enterprise != nil {
		siftSources(j, district, from.enterprise, v, &r)
	}
	siftPositions(j, v, &r)
	r.Accepted += j.samples
	return r, nil
}

func (d *Door) siftSamples(j *job, district *fengsui.District, from sender, v *adapter.Delivery, r *adapter.Receipt) error {
	samples := v.Samples
	if v.Block != nil {
		var err error
		if j.read, err = fengsui.ReadSamples(j.read[:0], v.Block, nil); err != nil {
			return err
		}
		samples = j.read
	}
	if len(samples) == 0 {
		return nil
	}
	bounds := d.resolve(j, district, from, v.Codes)
	// As long as nothing is marked or refused the sender's samples are copied as
	// they are; from the first change on, those that are kept are gathered.
	changed := j.changed[:0]
	clean, counted := true, false
	for i := range samples {
		s := samples[i]
		if uint64(s.Point) >= uint64(len(bounds)) {
			return fengsui.Errorf(fengsui.Invalid, "bad_block", "sample %d names a point that is not in the list of codes", i)
		}
		b := &bounds[s.Point]
		refuse, mark := -1, fengsui.Quality(0)
		switch {
		case s.Value-s.Value != 0: // infinite or not a number
			refuse = badValueError
		case s.Quality > fengsui.Bad:
			refuse = badQualityError
		case b.num == 0 && v.Spare:
			continue // the block names it, and its point is none
		case b.num == 0:
			j.note(r, aSample, i, unknownPointError, true)
			j.strays = append(j.strays, stray{code: v.Codes[s.Point], at: v.Received, value: s.Value})
			continue
		}
		if refuse < 0 {
			if s.Value < b.low || s.Value > b.high {
				mark = fengsui.OutOfRange
				j.note(r, aSample, i, outOfRangeError, true)
			}
			if s.At <= 0 || s.At >= year10000 {
				s.At = v.Received
				mark |= fengsui.WrongClock
				j.note(r, aSample, i, noTimeError, true)
			} else if behind := int64(v.Received) - int64(s.At) - int64(v.ClockOffset); behind > clockSlack || behind < -clockSlack {
				wrong := behind < 0 || behind > longest
				if !wrong && !v.Resent {
					if !counted {
						j.count(samples, len(bounds))
						counted = true
					}
					wrong = j.seen[s.Point] == 1 && d.clocks.constant(b.num, behind, v.Received)
				}
				if wrong {
					mark |= fengsui.WrongClock
					j.note(r, aSample, i, wrongClockError, true)
				}
			}
		}
		if clean && (refuse >= 0 || mark != 0) {
			clean = false
			for _, s := range samples[:i] {
				if bounds[s.Point].num != 0 {
					changed = append(changed, s)
				}
			}
		}
		if refuse >= 0 {
			j.note(r, aSample, i, refuse, false)
			continue
		}
		j.samples++
		if !clean {
			s.Quality |= mark
			changed = append(changed, s)
		}
	}
	j.changed = changed
	switch {
	case v.Spare && j.samples == 0:
		j.out.Points = j.out.Points[:0]
	case !clean:
		j.block = fengsui.AppendSamples(j.block[:0], changed)
		j.out.Block = j.block
	case v.Block != nil:
		j.out.Block = v.Block
	default:
		j.block = fengsui.AppendSamples(j.block[:0], samples)
		j.out.Block = j.block
	}
	return nil
}

// resolve finds the points that codes name, fills j.out.Points with their nums and
// gives their bounds, which stay as they are until the next delivery. A code that
// nobody knows has num 0.
func (d *Door) resolve(j *job, district *fengsui.District, from sender, codes []string) []bound {
	var k listKey
	e := from.enterprise
	whole := len(codes) >= fewCodes // worth to remember
	if whole {
		k = listKey{e.Num, j.out.Device, codes[0], len(codes)}
		if l, ok := d.codes.find(district, k, codes); ok {
			j.out.Points = append(j.out.Points, l.points...)
			return l.bounds
		}
	}
	j.bounds = j.bounds[:0]
	for _, code := range codes {
		b := bound{}
		if from.device != nil && strings.HasPrefix(code, "/") {
			code = from.device.Code + code
		}
		if p := district.PointByCode(e.Num, code); p != nil {
			slack := beyond * (p.RangeHigh - p.RangeLow)
			b = bound{num: p.Num, low: p.RangeLow - slack, high: p.RangeHigh + slack}
		}
		whole = whole && b.num != 0
		j.bounds = append(j.bounds, b)
		j.out.Points = append(j.out.Points, b.num)
	}
	if whole {
		known := make([]string, len(codes)) // the district's strings: the delivery's would keep it in memory
		for i := range known {
			code := district.Point(j.bounds[i].num).Code
			known[i] = code[len(code)-len(codes[i]):] // without the device's, if it is one of its own
		}
		k.first = known[0]
		d.codes.put(district, k, codeList{known, slices.Clone(j.bounds), slices.Clone(j.out.Points)})
	}
	return j.bounds
}

// count fills seen with the number of samples per code.
func (j *job) count(samples []fengsui.Sample, codes int) {
	j.seen = append(j.seen[:0], make([]int32, codes)...)
	for i := range samples {
		if p := samples[i].Point; uint64(p) < uint64(codes) {
			j.seen[p]++
		}
	}
}

func siftEvents(j *job, district *fengsui.District, from sender, v *adapter.Delivery, r *adapter.Receipt) {
	for i := range v.Events {
		x := &v.Events[i]
		if x.Code == "" || len(x.Code) > maxEventCode {
			j.note(r, anEvent, i, badEventError, false)
			continue
		}
		y := fengsui.Event{Code: x.Code, At: x.At, On: x.On, Text: x.Text}
		if len(y.Text) > maxEventText {
			y.Text = adapter.Cut(y.Text, maxEventText)
			j.note(r, anEvent, i, textCutError, true)
		}
		if y.At <= 0 || y.At >= year10000 {
			y.At = v.Received
			j.note(r, anEvent, i, noTimeError, true)
		} else if ahead := int64(y.At) + int64(v.ClockOffset) - int64(v.Received); ahead > clockSlack || ahead < -longest {
			j.note(r, anEvent, i, wrongClockError, true)
		}
		astray, unknown := "", unknownPointError
		switch {
		case x.Point == "" && from.device == nil && (x.Urgent && x.On || v.Key == ""):
			// A protocol that knows devices by their keys says what is urgent. Where
			// an enterprise chose its own codes nothing is known of them.
			astray, unknown = cmp.Or(strayCode(v), noCode), unknownDeviceError
		case x.Point == "":
		case from.enterprise == nil:
			astray = x.Point
		default:
			if p := district.PointByCode(from.num(), x.Point); p != nil {
				y.Point = p.Num
			} else {
				astray = x.Point
			}
		}
		if astray != "" {
			y.Point = unknownPoint
			y.Text = strayText(astray, y.Text)
			j.note(r, anEvent, i, unknown, true)
			j.strays = append(j.strays, stray{code: astray, at: v.Received, event: x.Code, raised: x.On})
			j.out.Events = append(j.out.Events, y)
			continue
		}
		r.Accepted++
		j.out.Events = append(j.out.Events, y)
	}
}

func siftSources(j *job, district *fengsui.District, e *fengsui.Enterprise, v *adapter.Delivery, r *adapter.Receipt) {
	for i := range v.Sources {
		x := &v.Sources[i]
		y := fengsui.Presence{Device: j.out.Device, At: x.At, Online: x.Online}
		if x.Device != "" {
			device := district.DeviceByCode(e.Num, x.Device)
			if device == nil {
				j.note(r, aSource, i, unknownDeviceError, true)
				j.strays = append(j.strays, stray{code: x.Device, at: v.Received, event: "device"})
				continue
			}
			y.Device = device.Num
		}
		if y.At <= 0 || y.At >= year10000 {
			y.At = v.Received
			j.note(r, aSource, i, noTimeError, true)
		}
		r.Accepted++
		j.out.Presences = append(j.out.Presences, y)
	}
}

func siftPositions(j *job, v *adapter.Delivery, r *adapter.Receipt) {
	for i := range v.Positions {
		p := v.Positions[i]
		if p.Check() != nil || len(p.Extra) > maxExtra {
			j.note(r, aPosition, i, badPositionError, false)
			continue
		}
		p.Device = j.out.Device
		// Its clock is the satellites': a time off the receipt is told, not corrected.
		if p.At <= 0 || p.At >= year10000 {
			p.At = v.Received
			j.note(r, aPosition, i, noTimeError, true)
		} else if ahead := int64(p.At) + int64(v.ClockOffset) - int64(v.Received); ahead > clockSlack || ahead < -longest {
			p.At = v.Received
			j.note(r, aPosition, i, wrongClockError, true)
		}
		r.Accepted++
		j.out.Positions = append(j.out.Positions, p)
	}
}

// clocks tells a wrong clock from late data: for each point whose single samples
// trail, by how much the last one did. Late data is sent faster than it was
// measured, so that it trails less and less; a clock that is wrong trails by the
// same each time (DESIGN §5.2). The first one that trails is taken as late.
type clocks struct {
	mu    sync.Mutex
	trail map[int64]trail // guarded by mu; by point
}

type trail struct {
	behind   int64 // ms
	received fengsui.Millis
	wrong    bool
}

const (
	maxTrails = 200_000       // more points than a district has; forgotten all at once when more
	trailKeep = 24 * 3600_000 // ms after which a trail says nothing
	trailRise = 1000          // ms that must pass between two samples, or their order in the log says nothing
	jitter    = 5000          // ms by which a constant may vary ...
	drift     = 0.05          // ... and a part of what passed between the two
)

// constant notes by how much a point's sample trails and reports whether the one
// before did by the same.
func (c *clocks) constant(point, behind int64, received fengsui.Millis) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, ok := c.trail[point]
	passed, change := float64(received-last.received), math.Abs(float64(behind-last.behind))
	if ok && passed >= 0 && passed < trailRise {
		return last.wrong && change <= jitter
	}
	if c.trail == nil || len(c.trail) >= maxTrails {
		c.trail = map[int64]trail{}
	}
	// A sample that is sent twice trails by what passed between: that is no
	// constant either.
	wrong := ok && passed > 0 && passed < trailKeep && change < passed && change <= jitter+drift*passed
	c.trail[point] = trail{behind, received, wrong}
	return wrong
}
