package mqtt

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/adapter"
)

// Table says what a third party's topic means. Its texts may hold places: {name}
// is that segment of the topic, {.a.b} a member of the reading, {$.a.b} one of the
// whole message, {key} the reading's own name in an object, {reading} the table's
// Reading. A path is members and indices with dots between; one that begins with
// "$" goes from the whole message, any other from the reading. Readings are samples
// or, where Event is set, events.
type Table struct {
	Name   string `yaml:"name"`
	Source string `yaml:"source"` // who defines these topics, and where

	Topic      string `yaml:"topic"`      // + is any segment, {name} a named one; {enterprise} must be the client's
	Enterprise string `yaml:"enterprise"` // platform code: for its clients alone; empty: for all
	Format     string `yaml:"format"`     // json; scalar, one value; presence, online or offline

	Device    string `yaml:"device"`     // code of the device
	DeviceKey string `yaml:"device_key"` // instead: its key, a serial number for example, by which the registry knows it
	ID        string `yaml:"id"`         // path of the message's own id; it is kept once
	Each      string `yaml:"each"`       // path of an array or object of readings; empty: the message is one
	Reading   string `yaml:"reading"`    // name of a reading, as Scale has it
	Code      string `yaml:"code"`       // code of its point; of an event: empty is the device's own

	Event string            `yaml:"event"` // the third party's word for what happened
	Codes map[string]string `yaml:"codes"` // code of the event by that word; of others it is "<name of the table>/<word>"
	State string            `yaml:"state"` // path of what says whether it began or ended; empty: the reading itself
	On    []string          `yaml:"on"`    // words of State: it began. Without on and off every event begins
	Off   []string          `yaml:"off"`   // it ended; what is in neither counts as begun, and its text says the word
	Text  string            `yaml:"text"`

	Value    string             `yaml:"value"` // path; empty: the reading itself
	Words    map[string]float64 `yaml:"words"` // texts that stand for values
	Scale    map[string]Scale   `yaml:"scale"` // by reading
	Time     string             `yaml:"time"`  // path; empty: it is measured when it comes
	TimeForm string             `yaml:"time_form"`

	Quality   string            `yaml:"quality"`   // path; empty: good
	Qualities map[string]string `yaml:"qualities"` // its words: good, uncertain or bad; others are uncertain

	Online  []string `yaml:"online"` // what a presence says
	Offline []string `yaml:"offline"`

	topic                 []segment
	device, reading, code []part
	event, text           []part
	id, each, value, time *place
	quality, state        *place
	qualities             map[string]fengsui.Quality
}

// Scale turns a reading's number into the point's unit: number × Factor + Offset.
type Scale struct {
	Factor float64 `yaml:"factor"`
	Offset float64 `yaml:"offset"`
}

// UnmarshalYAML gives Factor its default, 1.
func (s *Scale) UnmarshalYAML(n *yaml.Node) error {
	type plain Scale
	p := plain{Factor: 1}
	err := n.Decode(&p)
	*s = Scale(p)
	return err
}

// The forms of a time.
var timeForms = map[string]func(v any) (fengsui.Millis, bool){
	"unix_ms": func(v any) (fengsui.Millis, bool) { return unix(v, 1) },
	"unix_s":  func(v any) (fengsui.Millis, bool) { return unix(v, 1000) },
	"rfc3339": func(v any) (fengsui.Millis, bool) { return clock(v, time.RFC3339Nano) },
	// The district's civil time without a zone, as many gateways write it.
	"civil": func(v any) (fengsui.Millis, bool) { return clock(v, time.DateTime) },
}

func unix(v any, factor float64) (fengsui.Millis, bool) {
	f := number(v, nil) * factor
	return fengsui.Millis(f), f > 0 && f < 1e15
}

func clock(v any, layout string) (fengsui.Millis, bool) {
	s, _ := v.(string)
	t, err := time.ParseInLocation(layout, s, fengsui.Civil)
	return fengsui.At(t), err == nil
}

// segment is one level of a topic: a text, or a place with a name; both empty: any.
type segment struct{ text, name string }

// part is a piece of a text: as it is, or to be filled in.
type part struct {
	text  string
	topic string // name of a segment
	place *place
	word  string // key or reading
}

// place is where something lies in a message.
type place struct {
	whole bool // from the message and not from the reading
	steps []string
}

//go:embed tables/*.yaml
var library embed.FS

// Library are the tables that are shipped.
func Library() ([]*Table, error) {
	sub, err := fs.Sub(library, "tables")
	if err != nil {
		return nil, err
	}
	return Load(sub)
}

// Load reads every *.yaml of a directory, in the order of their names. A topic is
// the first table's that fits.
func Load(dir fs.FS) ([]*Table, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, err
	}
	var list []*Table
	for _, name := range names {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read table: %w", err)
		}
		more, err := Parse(b)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
		list = append(list, more...)
	}
	return list, nil
}

// Parse reads the tables of one file: a list. Keys that it does not know are
// errors.
func Parse(b []byte) ([]*Table, error) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	var list []*Table
	if err := d.Decode(&list); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for i, t := range list {
		if t == nil {
			return nil, fmt.Errorf("number %d is empty", i+1)
		}
		if err := t.compile(); err != nil {
			return nil, fmt.Errorf("%q: %w", t.Name, err)
		}
	}
	return list, nil
}

func (t *Table) compile() error {
	if t.Name == "" || t.Source == "" || t.Topic == "" {
		return errors.New("a table needs name, source and topic")
	}
	if strings.HasPrefix(t.Topic+"/", root) {
		return fmt.Errorf("topics below %s have their meaning already", root)
	}
	names := []string{}
	for s := range strings.SplitSeq(t.Topic, "/") {
		switch {
		case s == "+":
			t.topic = append(t.topic, segment{})
		case strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") && len(s) > 2:
			t.topic = append(t.topic, segment{name: s[1 : len(s)-1]})
			names = append(names, s[1:len(s)-1])
		case s == "" || strings.ContainsAny(s, "+#{}"):
			return fmt.Errorf("topic: the segment %q is none", s)
		default:
			t.topic = append(t.topic, segment{text: s})
		}
	}
	var errs []error
	text := func(key, s string, words ...string) []part {
		p, err := parts(s, names, t.Format == "json", words)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
		return p
	}
	at := func(s string) *place {
		if s == "" {
			return nil
		}
		p := parsePlace(s)
		return &p
	}
	t.device = text("device", t.Device)
	if t.DeviceKey != "" {
		if t.Device != "" {
			errs = append(errs, errors.New("device and device_key are two ways to say the same: give one"))
		}
		t.device = text("device_key", t.DeviceKey)
	}
	t.reading = text("reading", t.Reading, "key")
	t.code = text("code", t.Code, "key", "reading")
	t.event = text("event", t.Event, "key", "reading")
	t.text = text("text", t.Text, "key", "reading")
	t.id, t.each, t.value, t.time, t.quality, t.state = at(t.ID), at(t.Each), at(t.Value), at(t.Time), at(t.Quality), at(t.State)
	switch t.Format {
	case "presence":
		if len(t.Online)+len(t.Offline) == 0 || t.device == nil {
			errs = append(errs, errors.New("a presence needs device, online and offline"))
		}
	case "scalar", "json":
		if t.Code == "" && t.Event == "" {
			errs = append(errs, errors.New("code is missing"))
		}
	default:
		errs = append(errs, fmt.Errorf("format %q is none of json, scalar and presence", t.Format))
	}
	if t.Format != "json" && (t.id != nil || t.each != nil || t.value != nil || t.time != nil || t.quality != nil || t.state != nil) {
		errs = append(errs, errors.New("id, each, value, time, quality and state are paths into JSON"))
	}
	switch told := len(t.Codes)+len(t.On)+len(t.Off)+len(t.State)+len(t.Text) > 0; {
	case t.Event == "" && told:
		errs = append(errs, errors.New("codes, state, on, off and text belong to an event: event is missing"))
	case t.Event == "":
	case t.Format == "presence" || len(t.Codes) == 0:
		errs = append(errs, errors.New("an event has the format json or scalar, and codes"))
	case t.value != nil || t.quality != nil || t.Words != nil || t.Scale != nil:
		errs = append(errs, errors.New("value, words, scale and quality belong to samples, which an event has not"))
	}
	for word, code := range t.Codes {
		if code == "" || len(code) > maxEvent {
			errs = append(errs, fmt.Errorf("codes: %q needs a code of 1 to %d bytes", word, maxEvent))
		}
	}
	if _, ok := timeForms[t.TimeForm]; ok != (t.time != nil) {
		errs = append(errs, errors.New("time needs a time_form: unix_ms, unix_s, rfc3339 or civil"))
	}
	words := map[string]fengsui.Quality{"good": fengsui.Good, "uncertain": fengsui.Uncertain, "bad": fengsui.Bad}
	t.qualities = map[string]fengsui.Quality{}
	for from, to := range t.Qualities {
		q, ok := words[to]
		if !ok {
			errs = append(errs, fmt.Errorf("qualities: %q is none of good, uncertain and bad", to))
		}
		t.qualities[from] = q
	}
	return errors.Join(errs...)
}

// parts takes a text apart: names are the topic's, words those that a text about a
// reading may use.
func parts(s string, names []string, json bool, words []string) ([]part, error) {
	var list []part
	for s != "" {
		before, rest, open := strings.Cut(s, "{")
		if before != "" {
			list = append(list, part{text: before})
		}
		if !open {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		s = after
		switch {
		case !closed:
			return nil, fmt.Errorf("a brace of %q is not closed", rest)
		case slices.Contains(names, name):
			list = append(list, part{topic: name})
		case json && (strings.HasPrefix(name, "$.") || words != nil && strings.HasPrefix(name, ".")):
			p := parsePlace(name)
			list = append(list, part{place: &p})
		case slices.Contains(words, name):
			list = append(list, part{word: name})
		default:
			return nil, fmt.Errorf("{%s} is neither a segment of the topic nor a path", name)
		}
	}
	return list, nil
}

func parsePlace(s string) place {
	p := place{}
	if s, p.whole = strings.CutPrefix(s, "$"); s == "" || s == "." {
		return p
	}
	p.steps = strings.Split(strings.TrimPrefix(s, "."), ".")
	return p
}

// match reports whether a topic is the table's, and gives its named segments.
func (t *Table) match(enterprise, topic string) (map[string]string, bool) {
	if t.Enterprise != "" && t.Enterprise != enterprise {
		return nil, false
	}
	named := map[string]string{}
	rest, more := topic, true
	for _, s := range t.topic {
		if !more {
			return nil, false
		}
		var have string
		have, rest, more = strings.Cut(rest, "/")
		switch {
		case s.name == "enterprise" && have != enterprise, s.text != "" && have != s.text, have == "":
			return nil, false
		case s.name != "":
			named[s.name] = have
		}
	}
	return named, !more
}

// Bounds of one message of a table.
const (
	maxReadings = 1 << 14
	maxCode     = 256 // bytes
	maxEvent    = 64  // bytes of an event's code
)

var (
	errNoObject = errors.New("there are no readings where the table says")
	errMany     = fmt.Errorf("a message has at most %d readings", maxReadings)
)

// read turns a message into a delivery; stated is the id that it states itself.
// Members of an object that are neither numbers, truths nor known words are no
// readings and are passed over.
func (t *Table) read(d *adapter.Delivery, named map[string]string, known func(key string) string, body []byte) (stated string, err error) {
	m := &reader{t: t, d: d, named: named, known: known, index: map[string]int64{}}
	switch t.Format {
	case "presence":
		said := strings.TrimSpace(string(body))
		online := slices.Contains(t.Online, said)
		if !online && !slices.Contains(t.Offline, said) {
			return "", fmt.Errorf("the table %s does not know the presence %q", t.Name, adapter.Cut(said, 64))
		}
		d.Device = m.device()
		d.Sources = append(d.Sources, adapter.Source{Device: d.Device, At: d.Received, Online: online})
		return "", nil
	case "scalar":
		d.Device = m.device()
		return "", m.add(strings.TrimSpace(string(body)))
	}
	j := json.NewDecoder(bytes.NewReader(body))
	j.UseNumber()
	if err := j.Decode(&m.whole); err != nil {
		return "", fmt.Errorf("the body is no JSON: %w", err)
	}
	if _, err := j.Token(); err != io.EOF {
		return "", errors.New("something follows the JSON value")
	}
	d.Device = m.device()
	if t.id != nil {
		stated = plain(t.id.in(m.whole))
	}
	if t.each == nil {
		return stated, m.add(m.whole)
	}
	switch all := t.each.in(m.whole).(type) {
	case []any:
		for _, one := range all {
			if err := m.add(one); err != nil {
				return "", err
			}
		}
	case map[string]any:
		keys := make([]string, 0, len(all))
		for k := range all {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, m.key = range keys {
			if t.Event == "" && t.value == nil && math.IsNaN(number(all[m.key], t.Words)) {
				continue
			}
			if err := m.add(all[m.key]); err != nil {
				return "", err
			}
		}
	default:
		return "", errNoObject
	}
	return stated, nil
}

// reader fills one delivery.
type reader struct {
	t     *Table
	d     *adapter.Delivery
	named map[string]string
	known func(key string) string // code of the device that has a key; nil: none has
	whole any
	one   any // the reading
	key   string
	name  string
	index map[string]int64
}

// device is the code of the device that a message is about. One whose key nobody
// registered is called by the key, so that quarantine shows it.
func (m *reader) device() string {
	said := m.fill(m.t.device)
	if m.t.DeviceKey == "" || said == "" || m.known == nil {
		return said
	}
	if code := m.known(said); code != "" {
		return code
	}
	return said
}

func (m *reader) add(one any) error {
	if len(m.d.Samples)+len(m.d.Events) == maxReadings {
		return errMany
	}
	t := m.t
	m.one = one
	m.name = m.fill(t.reading)
	code := m.fill(t.code)
	if t.Event != "" {
		return m.addEvent(code)
	}
	if code == "" || len(code) > maxCode {
		return fmt.Errorf("the reading %d has no code of 1 to %d bytes", len(m.d.Samples), maxCode)
	}
	s := fengsui.Sample{Value: number(m.at(t.value), t.Words)}
	if x, ok := t.Scale[m.name]; ok {
		s.Value = s.Value*x.Factor + x.Offset
	}
	s.At = m.time()
	if t.quality != nil {
		if v := m.at(t.quality); v != nil {
			q, ok := t.qualities[plain(v)]
			if s.Quality = q; !ok {
				s.Quality = fengsui.Uncertain
			}
		}
	}
	p, ok := m.index[code]
	if !ok {
		p = int64(len(m.d.Codes))
		m.index[code] = p
		m.d.Codes = append(m.d.Codes, code)
	}
	s.Point = p
	m.d.Samples = append(m.d.Samples, s)
	return nil
}

// addEvent adds a reading that is an event of a point, or of the device itself.
func (m *reader) addEvent(point string) error {
	t := m.t
	word := m.fill(t.event)
	if word == "" || len(point) > maxCode {
		return fmt.Errorf("the event %d has no word, or a point with more than %d bytes", len(m.d.Events), maxCode)
	}
	e := adapter.Event{Point: point, Code: t.Codes[word], At: m.time(), On: true, Text: m.fill(t.text)}
	if e.Code == "" {
		e.Code = adapter.Cut(t.Name+"/"+word, maxEvent)
	}
	if len(t.On)+len(t.Off) > 0 {
		said := plain(m.at(t.state))
		if e.On = !slices.Contains(t.Off, said); e.On && !slices.Contains(t.On, said) {
			e.Text = strings.TrimSpace(fmt.Sprintf("%s (%q)", e.Text, adapter.Cut(said, 64)))
		}
	}
	m.d.Events = append(m.d.Events, e)
	return nil
}

// time is the reading's own time, that of the receipt when it has none, and 0 for
// one that cannot be read: the door says so.
func (m *reader) time() fengsui.Millis {
	if m.t.time == nil {
		return m.d.Received
	}
	at, ok := timeForms[m.t.TimeForm](m.at(m.t.time))
	if !ok {
		return 0
	}
	return at
}

func (m *reader) at(p *place) any {
	switch {
	case p == nil:
		return m.one
	case p.whole:
		return p.in(m.whole)
	}
	return p.in(m.one)
}

func (m *reader) fill(list []part) string {
	var b strings.Builder
	for _, p := range list {
		switch {
		case p.topic != "":
			b.WriteString(m.named[p.topic])
		case p.place != nil:
			b.WriteString(plain(m.at(p.place)))
		case p.word == "key":
			b.WriteString(m.key)
		case p.word == "reading":
			b.WriteString(m.name)
		default:
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// in finds a place; nil when there is none.
func (p *place) in(v any) any {
	for _, step := range p.steps {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// plain is a JSON text, number or truth as text; empty for anything else.
func plain(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// number is what a value is as a number, NaN when it is none: the door refuses it
// by item. A truth is 1 or 0, a text what the words say, or the number that it
// spells.
func number(v any, words map[string]float64) float64 {
	switch x := v.(type) {
	case json.Number:
		if f, err := x.Float64(); err == nil {
			return f
		}
	case bool:
		if x {
			return 1
		}
		return 0
	case string:
		if f, ok := words[x]; ok {
			return f
		}
		// ParseFloat reads more than numbers are written with.
		if f, err := strconv.ParseFloat(x, 64); err == nil && strings.Trim(x, "+-.0123456789eE") == "" {
			return f
		}
	}
	return math.NaN()
}
