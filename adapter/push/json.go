package push

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"fengsui"
	"fengsui/adapter"
)

// badQuality marks a quality word that is none of the three; the door refuses the
// item.
const badQuality fengsui.Quality = 3

// bodyError says where a body stops making sense.
type bodyError struct {
	at   int
	what string
}

func (e *bodyError) Error() string { return fmt.Sprintf("at byte %d: %s", e.at, e.what) }

// batch is a decoded body. It is used again for the next request: what it gives
// out is good until then.
type batch struct {
	device  string
	resent  bool
	codes   []string
	samples []fengsui.Sample
	block   []byte // set by a compact body whose samples are clean; samples is then empty
	events  []adapter.Event
	sources []adapter.Source
	ignored int  // unknown fields
	garbled bool // a text was not UTF-8

	known map[string]*code // every code seen lately, so that a text is made once
	round uint64           // the body that code.index belongs to

	b       []byte
	i       int
	scratch []byte
	ends    []int            // of the codes in scratch, reused
	points  []fengsui.Sample // reused
}

// code is a point code as a string, and its index in the body of round.
type code struct {
	text  string
	index int64
	round uint64
}

const (
	maxKnown = 1 << 16 // codes remembered by one batch; forgotten all at once when more
	maxDepth = 64      // of unknown values

	// A body of 8 MiB could hold millions of empty items, each of which costs
	// memory many times its bytes.
	maxCodes  = 1 << 18 // samples of a JSON body, codes of a compact one
	maxEvents = 1 << 16 // and sources
)

var errTooMany = errors.New("the body holds too many items")

func (d *batch) count(n, most int) error {
	if n > most {
		return errTooMany
	}
	return nil
}

func (d *batch) reset(b []byte) {
	d.b, d.i = b, 0
	d.device, d.resent, d.block, d.ignored, d.garbled = "", false, nil, 0, false
	d.codes, d.samples = d.codes[:0], d.samples[:0]
	clear(d.events)
	clear(d.sources)
	d.events, d.sources = d.events[:0], d.sources[:0]
	d.round++
	if d.known == nil || len(d.known) > maxKnown {
		d.known = map[string]*code{}
	}
}

// text makes a string of a code, once for all bodies that have it.
func (d *batch) text(b []byte) *code {
	c := d.known[string(b)]
	if c == nil {
		c = &code{text: string(b)}
		if !utf8.Valid(b) {
			d.garbled = true
			return c
		}
		d.known[c.text] = c
	}
	return c
}

// index gives a code its place in codes.
func (d *batch) index(b []byte) int64 {
	c := d.text(b)
	if c.round != d.round {
		c.round, c.index = d.round, int64(len(d.codes))
		d.codes = append(d.codes, c.text)
	}
	return c.index
}

// readJSON reads a JSON body. Fields that it does not know are skipped and
// counted; of fields that come twice the last one counts. What is wrong with one
// sample's value, time or quality is left for the door to refuse by item: the
// value becomes NaN, the time 0, the quality 3.
func (d *batch) readJSON(b []byte) error {
	if !utf8.Valid(b) {
		d.reset(b)
		return &bodyError{0, "the body is not UTF-8"}
	}
	d.reset(b)
	err := d.object(func(key []byte) error {
		switch string(key) {
		case "device":
			s, err := d.optional()
			d.device = string(s)
			return err
		case "resent":
			switch v, err := d.word(); {
			case err != nil:
				return err
			case v == "true":
				d.resent = true
			case v == "false" || v == "null":
				d.resent = false
			}
			return nil
		case "samples":
			d.samples = d.samples[:0]
			return d.array(d.sample)
		case "events":
			d.events = d.events[:0]
			return d.array(d.event)
		case "sources":
			d.sources = d.sources[:0]
			return d.array(d.source)
		}
		d.ignored++
		return d.skip(0)
	})
	if err != nil {
		return err
	}
	if d.space(); d.i < len(d.b) {
		return d.fail("something follows the end of the object")
	}
	return nil
}

func (d *batch) sample() error {
	s := fengsui.Sample{Point: -1, Value: math.NaN()}
	err := d.object(func(key []byte) (err error) {
		switch string(key) {
		case "code":
			var b []byte
			if b, err = d.optional(); err == nil {
				s.Point = d.index(b)
			}
		case "at":
			s.At, err = d.time()
		case "value":
			s.Value, err = d.value()
		case "quality":
			s.Quality, err = d.quality()
		default:
			d.ignored++
			err = d.skip(0)
		}
		return err
	})
	if s.Point < 0 {
		s.Point = d.index(nil)
	}
	d.samples = append(d.samples, s)
	if err == nil {
		err = d.count(len(d.samples), maxCodes)
	}
	return err
}

func (d *batch) event() error {
	e := adapter.Event{On: true}
	err := d.object(func(key []byte) (err error) {
		var b []byte
		switch string(key) {
		case "code":
			b, err = d.optional()
			e.Code = d.text(b).text
		case "point":
			b, err = d.optional()
			e.Point = d.text(b).text
		case "at":
			e.At, err = d.time()
		case "on":
			e.On, err = d.truth()
		case "text":
			b, err = d.optional()
			e.Text = string(b)
		default:
			d.ignored++
			err = d.skip(0)
		}
		return err
	})
	d.events = append(d.events, e)
	if err == nil {
		err = d.count(len(d.events), maxEvents)
	}
	return err
}

func (d *batch) source() error {
	s := adapter.Source{Online: true}
	err := d.object(func(key []byte) (err error) {
		var b []byte
		switch string(key) {
		case "device":
			b, err = d.optional()
			s.Device = d.text(b).text
		case "at":
			s.At, err = d.time()
		case "online":
			s.Online, err = d.truth()
		default:
			d.ignored++
			err = d.skip(0)
		}
		return err
	})
	d.sources = append(d.sources, s)
	if err == nil {
		err = d.count(len(d.sources), maxEvents)
	}
	return err
}

// The grammar of RFC 8259, by hand: a body of 500 samples is read without an
// allocation.

func (d *batch) fail(format string, args ...any) error {
	return &bodyError{d.i, fmt.Sprintf(format, args...)}
}

func (d *batch) space() {
	for d.i < len(d.b) {
		switch d.b[d.i] {
		case ' ', '\t', '\n', '\r':
			d.i++
		default:
			return
		}
	}
}

// next is the first byte after white space, 0 at the end.
func (d *batch) next() byte {
	d.space()
	if d.i == len(d.b) {
		return 0
	}
	return d.b[d.i]
}

func (d *batch) object(field func(key []byte) error) error {
	if d.next() != '{' {
		return d.fail("an object is expected")
	}
	d.i++
	if d.next() == '}' {
		d.i++
		return nil
	}
	for {
		if d.next() != '"' {
			return d.fail("a field name in quotes is expected")
		}
		key, err := d.string()
		if err != nil {
			return err
		}
		if d.next() != ':' {
			return d.fail("a colon is expected")
		}
		d.i++
		if err := field(key); err != nil {
			return err
		}
		switch d.next() {
		case ',':
			d.i++
		case '}':
			d.i++
			return nil
		default:
			return d.fail("a comma or } is expected")
		}
	}
}

// array reads an array; null counts as an empty one.
func (d *batch) array(item func() error) error {
	if d.next() == 'n' {
		return d.literal("null")
	}
	if d.next() != '[' {
		return d.fail("an array is expected")
	}
	d.i++
	if d.next() == ']' {
		d.i++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch d.next() {
		case ',':
			d.i++
		case ']':
			d.i++
			return nil
		default:
			return d.fail("a comma or ] is expected")
		}
	}
}

func (d *batch) literal(word string) error {
	if len(d.b)-d.i < len(word) || string(d.b[d.i:d.i+len(word)]) != word {
		return d.fail("a JSON value is expected")
	}
	d.i += len(word)
	return nil
}

// word reads true, false or null.
func (d *batch) word() (string, error) {
	w := ""
	switch d.next() {
	case 't':
		w = "true"
	case 'f':
		w = "false"
	case 'n':
		w = "null"
	default:
		return "", d.fail("true or false is expected")
	}
	return w, d.literal(w)
}

// truth reads a flag that is true unless it says false.
func (d *batch) truth() (bool, error) {
	w, err := d.word()
	return w != "false", err
}

// optional reads a string or null. Its bytes are good until the next string.
func (d *batch) optional() ([]byte, error) {
	switch d.next() {
	case '"':
		return d.string()
	case 'n':
		return nil, d.literal("null")
	}
	return nil, d.fail("a string is expected")
}

func (d *batch) string() ([]byte, error) {
	start := d.i + 1
	for i := start; i < len(d.b); i++ {
		switch c := d.b[i]; {
		case c == '"':
			d.i = i + 1
			return d.b[start:i], nil
		case c == '\\':
			return d.escaped(start, i)
		case c < ' ':
			d.i = i
			return nil, d.fail("a control character stands in a string")
		}
	}
	d.i = len(d.b)
	return nil, d.fail("a string has no end")
}

// escaped goes on where the first escape of a string stands.
func (d *batch) escaped(start, i int) ([]byte, error) {
	out := append(d.scratch[:0], d.b[start:i]...)
	defer func() { d.scratch = out }()
	for i < len(d.b) {
		c := d.b[i]
		switch {
		case c == '"':
			d.i = i + 1
			return out, nil
		case c < ' ':
			d.i = i
			return nil, d.fail("a control character stands in a string")
		case c != '\\':
			out = append(out, c)
			i++
			continue
		}
		if i++; i == len(d.b) {
			break
		}
		c = d.b[i]
		i++
		switch c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, ok := d.hex4(i)
			if !ok {
				d.i = i
				return nil, d.fail("four hexadecimal digits are expected")
			}
			i += 4
			if utf16.IsSurrogate(r) {
				// Half a pair alone is the replacement character, as everywhere.
				pair := utf8.RuneError
				if i+1 < len(d.b) && d.b[i] == '\\' && d.b[i+1] == 'u' {
					if low, ok := d.hex4(i + 2); ok {
						if pair = utf16.DecodeRune(r, low); pair != utf8.RuneError {
							i += 6
						}
					}
				}
				r = pair
			}
			out = utf8.AppendRune(out, r)
		default:
			d.i = i - 1
			return nil, d.fail("there is no escape \\%c", c)
		}
	}
	d.i = len(d.b)
	return nil, d.fail("a string has no end")
}

func (d *batch) hex4(i int) (rune, bool) {
	if len(d.b)-i < 4 {
		return 0, false
	}
	r := rune(0)
	for _, c := range d.b[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// number is a JSON number taken apart: its text, and its digits as far as they
// fit, so that most need no second look.
type number struct {
	text     []byte
	mantissa uint64
	scale    int // value = ±mantissa × 10^scale when exact
	negative bool
	exact    bool
	integer  bool // neither fraction nor exponent
}

func (d *batch) number() (number, error) {
	b, i := d.b, d.i
	n := number{exact: true, integer: true}
	digits := 0
	if i < len(b) && b[i] == '-' {
		n.negative = true
		i++
	}
	first := i
	for i < len(b) && b[i]-'0' < 10 {
		n.mantissa = n.mantissa*10 + uint64(b[i]-'0')
		digits++
		i++
	}
	if i == first || b[first] == '0' && i > first+1 {
		return n, d.fail("a number is expected")
	}
	if i < len(b) && b[i] == '.' {
		n.integer = false
		i++
		first = i
		for i < len(b) && b[i]-'0' < 10 {
			n.mantissa = n.mantissa*10 + uint64(b[i]-'0')
			digits++
			i++
		}
		if i == first {
			return n, d.fail("a number is expected")
		}
		n.scale = first - i
	}
	// 19 digits always fit into 64 bits.
	n.exact = digits <= 19
	if i < len(b) && b[i]|0x20 == 'e' {
		n.integer = false
		i++
		minus := false
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			minus = b[i] == '-'
			i++
		}
		first = i
		exp := 0
		for i < len(b) && b[i]-'0' < 10 {
			if exp < 10000 {
				exp = exp*10 + int(b[i]-'0')
			}
			i++
		}
		if i == first {
			return n, d.fail("a number is expected")
		}
		if minus {
			exp = -exp
		}
		n.scale += exp
	}
	n.text = b[d.i:i]
	d.i = i
	return n, nil
}

// pow10 are the powers of ten that a float64 holds exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// float is the nearest float64; infinite beyond its range. With a mantissa below
// 2^53 and a power of ten that is exact, one operation rounds correctly.
func (n *number) float() float64 {
	if n.exact && n.mantissa < 1<<53 && n.scale > -len(pow10) && n.scale < len(pow10) {
		f := float64(n.mantissa)
		if n.scale < 0 {
			f /= pow10[-n.scale]
		} else {
			f *= pow10[n.scale]
		}
		if n.negative {
			f = -f
		}
		return f
	}
	f, _ := strconv.ParseFloat(string(n.text), 64) // its error means infinite
	return f
}

// value reads a sample's value; anything but a number in range is not finite,
// for the door to refuse.
func (d *batch) value() (float64, error) {
	if c := d.next(); c != '-' && c-'0' >= 10 {
		return math.NaN(), d.skip(0)
	}
	n, err := d.number()
	if err != nil {
		return 0, err
	}
	return n.float(), nil
}

// latest is the end of year 9999: a time beyond it is none.
const latest = 253402300800000

// time reads UTC milliseconds or RFC 3339; anything else is 0, which means
// "none" to the door.
func (d *batch) time() (fengsui.Millis, error) {
	c := d.next()
	if c == '"' {
		b, err := d.string()
		var t time.Time
		if err != nil || t.UnmarshalText(b) != nil {
			return 0, err
		}
		return sane(float64(t.UnixMilli())), nil
	}
	if c != '-' && c-'0' >= 10 {
		return 0, d.skip(0)
	}
	n, err := d.number()
	if err != nil {
		return 0, err
	}
	if n.integer && n.exact && !n.negative && n.mantissa < latest {
		return fengsui.Millis(n.mantissa), nil
	}
	return sane(n.float()), nil
}

func sane(ms float64) fengsui.Millis {
	if !(ms > 0 && ms < latest) {
		return 0
	}
	return fengsui.Millis(ms)
}

func (d *batch) quality() (fengsui.Quality, error) {
	switch d.next() {
	case 'n':
		return fengsui.Good, d.literal("null")
	case '"':
		b, err := d.string()
		switch string(b) {
		case "good":
			return fengsui.Good, err
		case "uncertain":
			return fengsui.Uncertain, err
		case "bad":
			return fengsui.Bad, err
		}
		return badQuality, err
	}
	return badQuality, d.skip(0)
}

// skip reads any value and forgets it.
func (d *batch) skip(depth int) error {
	if depth > maxDepth {
		return d.fail("values are nested too deeply")
	}
	switch c := d.next(); c {
	case '{':
		return d.object(func([]byte) error { return d.skip(depth + 1) })
	case '[':
		return d.array(func() error { return d.skip(depth + 1) })
	case '"':
		_, err := d.string()
		return err
	case 't':
		return d.literal("true")
	case 'f':
		return d.literal("false")
	case 'n':
		return d.literal("null")
	default:
		if c == '-' || c-'0' < 10 {
			_, err := d.number()
			return err
		}
		return d.fail("a JSON value is expected")
	}
}
