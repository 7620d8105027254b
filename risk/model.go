package risk

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"fengsui"
)

// Kind says which machine runs a model.
type Kind string

const (
	Ladder  Kind = "ladder"  // the value against the point's limits; measure.go has those with limits of their own
	Silence Kind = "silence" // no signal for several periods (H17)
	Pace    Kind = "pace"    // too slow after an alarm (H17)
)

// Model (风险模型) is one rule by which signals become findings, as data (A18).
type Model struct {
	ID      string         `yaml:"id" json:"id"`
	Version int            `yaml:"version" json:"version"`
	Sector  fengsui.Sector `yaml:"sector" json:"sector,omitempty"` // empty: the enterprise's own
	Kind    Kind           `yaml:"kind" json:"kind"`
	Scope   Scope          `yaml:"scope" json:"scope"`

	// Ladder is in rising order of gravity on each side: L, LL, H, HH for limits;
	// late, fault, offline for silence; slow for pace. The rungs of an event are at
	// most four and have names of their own, as a rule the event's code.
	Ladder   []Rung       `yaml:"ladder" json:"ladder" nullable:"false"`
	DeadBand DeadBand     `yaml:"deadBand" json:"deadBand"`
	Off      fengsui.Span `yaml:"off" json:"off"`           // off-delay: normal for so long before it has returned
	Evidence int          `yaml:"evidence" json:"evidence"` // samples to keep with a finding, at most 64
	Every    fengsui.Span `yaml:"every" json:"every"`       // silence: the longest period allowed; pace: the period
	Defaults []Defaults   `yaml:"defaults" json:"defaults,omitempty" nullable:"false"`

	// Grading is the grading standard that the model implements, key@version (A35).
	Grading string   `yaml:"grading,omitempty" json:"grading,omitempty"`
	Formula *Formula `yaml:"formula,omitempty" json:"formula,omitempty"`

	Window    fengsui.Span       `yaml:"window" json:"window,omitempty"`       // rate, count, entries, neighbours: looked back on; relation, formula: how old an input may be
	Tolerance float64            `yaml:"tolerance" json:"tolerance,omitempty"` // stuck: a value within it has not moved, in the point's unit
	Codes     []string           `yaml:"codes" json:"codes,omitempty" nullable:"false"`
	Lasts     fengsui.Span       `yaml:"lasts" json:"lasts,omitempty"`           // event: over so long after it was said, though nobody says that it ended; 0: never
	Of        *Of                `yaml:"of,omitempty" json:"of,omitempty"`       // entries, neighbours
	With      *Of                `yaml:"with,omitempty" json:"with,omitempty"`   // neighbours: none counts unless one of them is at such a rung
	Index     *Index             `yaml:"index,omitempty" json:"index,omitempty"` // index
	Op        Op                 `yaml:"op" json:"op,omitempty"`                 // relation
	Inputs    []Role             `yaml:"inputs" json:"inputs,omitempty" nullable:"false"`
	Unit      string             `yaml:"unit" json:"unit,omitempty"`       // relation, formula: of what comes out
	Limit     float64            `yaml:"limit" json:"limit,omitempty"`     // speed, km/h: where neither class, vehicle nor fence says; 0: none
	Classes   map[string]float64 `yaml:"classes" json:"classes,omitempty"` // speed, km/h: by vehicle class (V10)

	Source []Source        `yaml:"source" json:"source" nullable:"false"`
	Text   map[string]Text `yaml:"text" json:"text"` // by language: zh, en
}

// Scope says which points a model judges. Empty lists match all.
type Scope struct {
	Quantities []fengsui.Quantity `yaml:"quantities" json:"quantities,omitempty" nullable:"false"`
	Assets     []string           `yaml:"assets" json:"assets,omitempty" nullable:"false"` // asset kinds
	Except     []string           `yaml:"except" json:"except,omitempty" nullable:"false"` // asset kinds left to other models
	Key        bool               `yaml:"key" json:"key,omitempty"`                        // key points alone

	Units     []string `yaml:"units" json:"units,omitempty" nullable:"false"`         // of points, whatever their case: limits in a model are in some unit
	Devices   bool     `yaml:"devices" json:"devices,omitempty"`                      // it judges devices and not points; assets are what they are fitted to
	Protocols []string `yaml:"protocols" json:"protocols,omitempty" nullable:"false"` // devices with a key in one of them

	Sectors []fengsui.Sector `yaml:"sectors,omitempty" json:"sectors,omitempty" nullable:"false"` // of an index: the enterprises that it judges
}

// Rung is one step of a ladder.
type Rung struct {
	Name   string        `yaml:"rung" json:"rung"`
	Level  fengsui.Level `yaml:"level" json:"level"`                            // none, of a silence or an event: seen and counted, no finding
	Hold   fengsui.Span  `yaml:"hold" json:"hold,omitempty"`                    // on-delay: it must hold for so long without a break
	Missed int           `yaml:"missed" json:"missed,omitempty"`                // silence, pace: periods missed
	At     *float64      `yaml:"at" json:"at,omitempty"`                        // measures: the limit; of a speed in percent above the limit in force
	Codes  []string      `yaml:"codes" json:"codes,omitempty" nullable:"false"` // event: those that it stands for; empty: its name
}

// DeadBand is how far a value must come back before it has returned: percent of
// the point's span, or absolute in its unit. The larger of the two counts.
type DeadBand struct {
	Percent  float64 `yaml:"percent" json:"percent,omitempty"`
	Absolute float64 `yaml:"absolute" json:"absolute,omitempty"`
}

// Defaults are the limits of a point that has none itself, if its unit is one of
// Units.
type Defaults struct {
	Units []string `yaml:"units" json:"units" nullable:"false"`
	LL    *float64 `yaml:"ll" json:"ll,omitempty"`
	L     *float64 `yaml:"l" json:"l,omitempty"`
	H     *float64 `yaml:"h" json:"h,omitempty"`
	HH    *float64 `yaml:"hh" json:"hh,omitempty"`
}

// Source is where a model's numbers come from.
type Source struct {
	Standard string `yaml:"standard" json:"standard"`
	Clause   string `yaml:"clause" json:"clause,omitempty"`
}

// Text is what a person reads about a model's findings, in one language.
type Text struct {
	Title       string `yaml:"title" json:"title"`
	Cause       string `yaml:"cause" json:"cause"`             // likely cause
	Consequence string `yaml:"consequence" json:"consequence"` // if nobody acts
	Action      string `yaml:"action" json:"action"`           // what to do first
	Response    string `yaml:"response" json:"response"`       // in what time
}

// Key is the model's id and version, as a warning keeps them.
func (m *Model) Key() string { return fmt.Sprintf("%s@%d", m.ID, m.Version) }

//go:embed library/*/*.yaml
var library embed.FS

// Library is the models that are shipped, by ID.
func Library() ([]Model, error) {
	sub, err := fs.Sub(library, "library")
	if err != nil {
		return nil, err
	}
	return Load(sub)
}

// Load reads the models of <sector>/*.yaml in fsys, by ID.
func Load(fsys fs.FS) ([]Model, error) {
	names, err := fs.Glob(fsys, "*/*.yaml")
	if err != nil {
		return nil, err
	}
	var list []Model
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		m, err := Parse(b)
		if err != nil {
			return nil, fmt.Errorf("model %s: %w", name, err)
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b Model) int { return strings.Compare(a.ID, b.ID) })
	for i := 1; i < len(list); i++ {
		if list[i].ID == list[i-1].ID {
			return nil, fengsui.Errorf(fengsui.Invalid, "model_twice", "two models are called %q: give one of them another id", list[i].ID)
		}
	}
	return list, nil
}

// Parse reads one model. Unknown keys are refused: a misspelt limit must not be
// a limit that is not there.
func Parse(b []byte) (Model, error) {
	var m Model
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&m); err != nil {
		return m, &flaw{err: fengsui.Errorf(fengsui.Invalid, "model_unreadable", "the model cannot be read: %v", err), cause: err}
	}
	return m, m.Check()
}

// gradingPattern is the key of a grading standard with its version.
var gradingPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}@[1-9][0-9]{0,8}$`)

// names are the rungs that each kind knows.
var names = map[Kind][]string{
	Ladder:  limitNames,
	Silence: {"late", "fault", "offline"},
	Pace:    {"slow"},
	Event:   {},
	Rate:    limitNames, Stuck: limitNames, Count: limitNames, Speed: limitNames, Fenced: limitNames, Relation: limitNames, FormulaOf: limitNames,
	Entries: limitNames, Neighbours: limitNames, IndexOf: {"blue", "yellow", "orange", "red"},
}

var limitNames = []string{"L", "LL", "H", "HH"}

// Check says what is wrong with a model, or nil.
func (m *Model) Check() error {
	bad := func(reason, path, format string, args ...any) error {
		return &flaw{err: fengsui.Errorf(fengsui.Invalid, reason, "model %q: "+format, append([]any{m.ID}, args...)...), path: path}
	}
	known := names[m.Kind]
	switch {
	case m.ID == "" || strings.ContainsAny(m.ID, "/ "):
		return bad("model_name", "id", "an id is needed, without slash or space")
	case m.Version < 1:
		return bad("model_number", "version", "its version counts from 1")
	case known == nil:
		return bad("model_kind", "kind", "there is no kind %q", m.Kind)
	case len(m.Ladder) == 0:
		return bad("model_rungs", "ladder", "it has no rung")
	case m.Evidence < 0 || m.Evidence > 64:
		return bad("model_evidence", "evidence", "evidence is %d samples: 0 to 64 are kept", m.Evidence)
	case m.Off < 0:
		return bad("model_delays", "off", "the off-delay is out of range")
	case m.DeadBand.Percent < 0 || m.DeadBand.Percent > 50 || m.DeadBand.Absolute < 0:
		return bad("model_delays", "deadBand", "the dead band is out of range")
	case !m.Kind.ladder() && m.Every <= 0:
		return bad("model_period", "every", "it needs a period, every")
	case len(m.Ladder) > 4:
		return bad("model_rungs", "ladder", "it has %d rungs, at most 4 are judged: make two models of it", len(m.Ladder))
	case len(m.Source) == 0 || m.Source[0].Standard == "":
		return bad("model_source", "source", "it must say where its numbers come from")
	}
	if m.Formula != nil {
		if err := m.Formula.Compile(); err != nil {
			f, ok := errors.AsType[*flaw](err)
			if !ok {
				return err
			}
			f.err = fengsui.Errorf(f.err.Code, f.err.Reason, "model %q: %s", m.ID, f.err.Message)
			return f
		}
		if m.Kind != FormulaOf {
			return bad("model_kind", "formula", "a %s judges by no formula", m.Kind)
		}
	}
	if reason, path, why := m.wrong(); why != "" {
		return bad(reason, path, "%s", why)
	}
	if m.Grading != "" && !gradingPattern.MatchString(m.Grading) {
		return bad("model_grading", "grading", "grading is %q: write key@version", m.Grading)
	}
	last, missed := -1, 0
	for i, r := range m.Ladder {
		path := fmt.Sprint("ladder.", i)
		at := slices.Index(known, r.Name)
		if m.Kind == Event {
			at = last + 1 // its codes are its own
		}
		switch {
		case at <= last:
			return bad("model_rungs", path+".rung", "rung %q is unknown, there twice or out of order: %s", r.Name, strings.Join(known, ", "))
		case r.Level > fengsui.Red:
			return bad("model_rungs", path+".level", "rung %q has a level out of range", r.Name)
		case r.Hold < 0:
			return bad("model_delays", path+".hold", "rung %q has a hold time out of range", r.Name)
		case m.Kind.ladder() && m.Kind != Event && r.Level == fengsui.None:
			return bad("model_rungs", path+".level", "rung %q needs a level", r.Name)
		case !m.Kind.ladder() && (r.Missed < 1 || r.Missed < missed):
			return bad("model_rungs", path+".missed", "rung %q needs a number of missed periods, not fewer than the rung before", r.Name)
		}
		last, missed = at, r.Missed
	}
	for _, lang := range []string{"zh", "en"} {
		t := m.Text[lang]
		if slices.Contains([]string{t.Title, t.Cause, t.Consequence, t.Action, t.Response}, "") {
			return bad("model_texts", "text."+lang, "a text in %q is missing", lang)
		}
	}
	return nil
}

// judges reports whether a point, on an asset of a kind (empty for none), is in
// the model's scope.
func (m *Model) judges(p *fengsui.Point, asset string) bool {
	s := &m.Scope
	return (len(s.Quantities) == 0 || slices.Contains(s.Quantities, p.Quantity)) &&
		(len(s.Assets) == 0 || slices.Contains(s.Assets, asset)) &&
		!slices.Contains(s.Except, asset) && (!s.Key || p.Key) &&
		(len(s.Units) == 0 || slices.ContainsFunc(s.Units, func(u string) bool { return strings.EqualFold(u, p.Unit) }))
}

func (m *Model) level(rung int8) fengsui.Level {
	if rung < 0 {
		return fengsui.None
	}
	return m.Ladder[rung].Level
}

func (m *Model) rung(name string) int8 {
	return int8(slices.IndexFunc(m.Ladder, func(r Rung) bool { return r.Name == name }))
}

// limit is one rung of a ladder on one point. A rung for which the point has no
// limit is NaN and never entered.
type limit struct {
	at, back float64 // entered beyond at, left at or inside back
	high     bool
	hold     fengsui.Span
}

// limits resolves the ladder on a point; ok is false when the point has no limit
// that the model uses.
func (m *Model) limits(p *fengsui.Point) (list []limit, ok bool) {
	at := map[string]*float64{"LL": p.LL, "L": p.L, "H": p.H, "HH": p.HH}
	if p.LL == nil && p.L == nil && p.H == nil && p.HH == nil {
		for _, d := range m.Defaults {
			if slices.ContainsFunc(d.Units, func(u string) bool { return strings.EqualFold(u, p.Unit) }) {
				at = map[string]*float64{"LL": d.LL, "L": d.L, "H": d.H, "HH": d.HH}
				break
			}
		}
	}
	list = make([]limit, len(m.Ladder))
	for i, r := range m.Ladder {
		l := limit{at: math.NaN(), back: math.NaN(), high: r.Name[0] == 'H', hold: r.Hold}
		if v := at[r.Name]; v != nil {
			ok = true
			l.at, l.back = *v, m.back(*v, l.high, p, at["L"], at["H"])
		}
		list[i] = l
	}
	return list, ok
}

// back is the value at which a limit is left again. The dead band never takes
// more than half of the room that the value has: a detector with an alarm at 10
// and a range to 1,000 could not return otherwise.
func (m *Model) back(at float64, high bool, p *fengsui.Point, l, h *float64) float64 {
	band := max(m.DeadBand.Percent/100*(p.RangeHigh-p.RangeLow), m.DeadBand.Absolute)
	room := p.RangeHigh - at
	if high {
		room = at - p.RangeLow
	}
	if l != nil && h != nil {
		room = min(room, *h-*l)
	}
	if room > 0 {
		band = min(band, room/2)
	}
	if high {
		band = -band
	}
	// To nine places, so that 10 m less 2 % of 12 m is the 9.76 that people mean.
	return math.Round((at+band)*1e9) / 1e9
}
