package risk

import (
	"bytes"
	"embed"
	"io/fs"
	"math"
	"slices"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/store"
)

//go:embed interference/interference.yaml
var shippedSigns []byte

//go:embed interference/*.sql
var interferenceMigrations embed.FS

// InterferenceTables is what the Inspector keeps: machine state, and the
// suspicions that stand.
func InterferenceTables() store.Tables {
	sub, _ := fs.Sub(interferenceMigrations, "interference")
	return store.Tables{Stage: "interference", FS: sub, Kept: []string{"interference_place", "interference_mark", "interference_standing"}}
}

// The signs, which are also the ids of the models that the findings name.
const (
	signFlat     = "interference.flat"
	signSmoothed = "interference.smoothed"
	signClipped  = "interference.clipped"
	signRepeated = "interference.repeated"
	signCopied   = "interference.copied"
	signGap      = "interference.gap"
	signAltered  = "interference.altered"
	signClock    = "interference.clock"
	signSetting  = "interference.setting"
)

var allSigns = []string{signFlat, signSmoothed, signClipped, signRepeated, signCopied, signGap, signAltered, signClock, signSetting}

// suspected is the rung of the signs that know no limit.
const suspected = "suspected"

// Suspicion (疑似干扰) is one sign of interference with one subject (A25): a reason
// to look, never a proof.
type Suspicion struct {
	Kind    string             `json:"kind"` // id of the sign
	Subject fengsui.Subject    `json:"subject"`
	From    fengsui.Millis     `json:"from"`
	To      fengsui.Millis     `json:"to"`
	Rung    string             `json:"rung"`    // the limit it is about: "HH"; else "suspected"
	Score   float64            `json:"score"`   // how unlikely by chance: negative decimal logarithm, at most 99
	Numbers map[string]float64 `json:"numbers"` // what it was measured by, each under a word
	Cites   []string           `json:"cites,omitempty"`

	usual float64          // noise that must show again before it has returned; 0: none
	proof []fengsui.Sample // at most 64
}

// Signs are the thresholds of the detectors and the texts of what they find, as
// data with a version (A25).
type Signs struct {
	ID      string       `yaml:"id"`
	Version int          `yaml:"version"`
	Source  []Source     `yaml:"source"`
	Day     fengsui.Span `yaml:"day"`     // what a run judges
	Window  fengsui.Span `yaml:"window"`  // with what is usual before it
	Samples int          `yaml:"samples"` // of one point
	Points  int          `yaml:"points"`  // of one enterprise in one run
	Late    int          `yaml:"late"`    // late samples in one run
	Records int          `yaml:"records"` // log records in one run
	Visible float64      `yaml:"visible"` // resolutions

	Flat struct {
		Hold    fengsui.Span `yaml:"hold"`
		Samples int          `yaml:"samples"`
		Changes float64      `yaml:"changes"`
	} `yaml:"flat"`
	Smoothed struct {
		Samples int          `yaml:"samples"`
		Hold    fengsui.Span `yaml:"hold"`
		Ratio   float64      `yaml:"ratio"`
	} `yaml:"smoothed"`
	Rest       float64 `yaml:"rest"`       // of the span
	Neighbours float64 `yaml:"neighbours"` // share
	Together   int     `yaml:"together"`   // points
	Clipped    struct {
		Near    float64 `yaml:"near"` // of the span
		Samples int     `yaml:"samples"`
		Times   float64 `yaml:"times"`
	} `yaml:"clipped"`
	Repeated struct {
		Window  int     `yaml:"window"` // samples
		Samples int     `yaml:"samples"`
		Bits    float64 `yaml:"bits"`
		Show    float64 `yaml:"show"` // resolutions
	} `yaml:"repeated"`
	Copied struct {
		Samples int     `yaml:"samples"`
		Block   int     `yaml:"block"` // samples
		Blocks  int     `yaml:"blocks"`
		Alike   float64 `yaml:"alike"`
		Pairs   int     `yaml:"pairs"`
	} `yaml:"copied"`
	Gap struct {
		Periods float64      `yaml:"periods"`
		Least   fengsui.Span `yaml:"least"`
		Times   int          `yaml:"times"`
		Chance  float64      `yaml:"chance"`
		Near    float64      `yaml:"near"` // of the span
	} `yaml:"gap"`
	Altered struct {
		Samples   int          `yaml:"samples"`
		Tolerance float64      `yaml:"tolerance"` // of the span
		Search    fengsui.Span `yaml:"search"`
	} `yaml:"altered"`
	Clock struct {
		Least   fengsui.Span `yaml:"least"`
		Most    fengsui.Span `yaml:"most"`
		Steady  fengsui.Span `yaml:"steady"`
		Records int          `yaml:"records"`
	} `yaml:"clock"`
	Setting struct {
		Before fengsui.Span `yaml:"before"`
		After  fengsui.Span `yaml:"after"`
	} `yaml:"setting"`

	Cards []signCard `yaml:"cards"`
}

// signCard is a sign's levels and what people read about it.
type signCard struct {
	ID     string          `yaml:"id"`
	Ladder []Rung          `yaml:"ladder"`
	Text   map[string]Text `yaml:"text"` // by language: zh, en
}

// ShippedSigns are the signs that are shipped.
func ShippedSigns() (*Signs, error) { return ParseSigns(shippedSigns) }

// ParseSigns reads signs. Unknown keys are refused.
func ParseSigns(b []byte) (*Signs, error) {
	var s Signs
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		return nil, fengsui.Errorf(fengsui.Invalid, "signs_unreadable", "the signs of interference cannot be read: %v", err)
	}
	return &s, s.check()
}

func (s *Signs) check() error {
	bad := func(format string, args ...any) error {
		return fengsui.Errorf(fengsui.Invalid, "signs_invalid", "the signs of interference: "+format, args...)
	}
	if s.Version < 1 || len(s.Source) == 0 || s.Source[0].Standard == "" {
		return bad("a version from 1 on and a source are needed")
	}
	for name, v := range map[string]float64{
		"day": float64(s.Day), "points": float64(s.Points), "late": float64(s.Late), "records": float64(s.Records), "visible": s.Visible,
		"flat.hold": float64(s.Flat.Hold), "flat.samples": float64(s.Flat.Samples), "flat.changes": s.Flat.Changes,
		"smoothed.samples": float64(s.Smoothed.Samples), "smoothed.ratio": s.Smoothed.Ratio, "neighbours": s.Neighbours, "together": float64(s.Together),
		"clipped.near": s.Clipped.Near, "clipped.samples": float64(s.Clipped.Samples), "clipped.times": s.Clipped.Times,
		"repeated.window": float64(s.Repeated.Window), "repeated.samples": float64(s.Repeated.Samples), "repeated.bits": s.Repeated.Bits,
		"copied.block": float64(s.Copied.Block), "copied.blocks": float64(s.Copied.Blocks), "copied.alike": s.Copied.Alike, "copied.pairs": float64(s.Copied.Pairs),
		"gap.periods": s.Gap.Periods, "gap.least": float64(s.Gap.Least), "gap.times": float64(s.Gap.Times), "gap.chance": s.Gap.Chance, "gap.near": s.Gap.Near,
		"altered.samples": float64(s.Altered.Samples), "altered.search": float64(s.Altered.Search),
		"clock.least": float64(s.Clock.Least), "clock.most": float64(s.Clock.Most), "clock.steady": float64(s.Clock.Steady), "clock.records": float64(s.Clock.Records),
		"setting.before": float64(s.Setting.Before), "setting.after": float64(s.Setting.After),
	} {
		if !(v > 0) {
			return bad("%s must be above 0", name)
		}
	}
	switch {
	case s.Window < s.Day:
		return bad("window must not be shorter than day")
	case s.Samples < 1000 || s.Samples > 500_000:
		return bad("samples must lie between 1,000 and 500,000")
	case s.Copied.Samples < 256 || s.Copied.Samples > 1<<16:
		return bad("copied.samples must lie between 256 and 65,536")
	}
	for _, id := range allSigns {
		i := slices.IndexFunc(s.Cards, func(c signCard) bool { return c.ID == id })
		if i < 0 || len(s.Cards[i].Ladder) == 0 {
			return bad("%s needs a card with a ladder", id)
		}
		for _, r := range s.Cards[i].Ladder {
			if r.Name == "" || r.Level == fengsui.None || r.Level > fengsui.Red {
				return bad("a rung of %s needs a name and a level", id)
			}
		}
		for _, lang := range []string{"zh", "en"} {
			t := s.Cards[i].Text[lang]
			if slices.Contains([]string{t.Title, t.Cause, t.Consequence, t.Action, t.Response}, "") {
				return bad("a text of %s in %q is missing", id, lang)
			}
		}
	}
	if len(s.Cards) != len(allSigns) {
		return bad("there is a card for no sign, or one twice")
	}
	return nil
}

// Models are the signs as models, for what people read about their findings. No
// machine of the evaluator runs them.
func (s *Signs) Models() []Model {
	list := make([]Model, len(s.Cards))
	for i, c := range s.Cards {
		list[i] = Model{ID: c.ID, Version: s.Version, Kind: "interference", Ladder: c.Ladder, Source: s.Source, Text: c.Text}
	}
	return list
}

// level is the level of a sign's rung; one without a rung of its own takes the
// card's first.
func (s *Signs) level(id, rung string) fengsui.Level {
	for _, c := range s.Cards {
		if c.ID != id {
			continue
		}
		for _, r := range c.Ladder {
			if r.Name == rung {
				return r.Level
			}
		}
		return c.Ladder[0].Level
	}
	return fengsui.None
}

// span is a point's range; without one that of its values.
func (t *trace) span() float64 {
	if s := t.p.RangeHigh - t.p.RangeLow; s > 0 {
		return s
	}
	return max(slices.Max(t.v)-slices.Min(t.v), t.step)
}

// trace is one point's values over a window: the last day is judged, what lies
// before says what is usual.
type trace struct {
	p      *fengsui.Point
	at     []fengsui.Millis
	v      []float64
	day    int            // index of the first value that is judged
	period fengsui.Millis // the usual time between two values
	step   float64        // resolution: the smallest usual difference

	changes []float64 // changes[i]: values among the first i that differ from the one before
	power   []float64 // power[i]: sum of the squared third differences among the first i
	third   []float64 // third differences over √20, on the noise's scale, at most 3 times it
	noisy   float64   // noise over all, by the median
	usual   float64   // the calmest noise over smoothed.samples before the day
}

// minTrace is how many values a day needs to be judged.
const minTrace = 100

// newTrace takes a point's samples in own-time order; from is where the judged
// day begins. It is nil when there is too little to say anything.
func (s *Signs) newTrace(p *fengsui.Point, samples []fengsui.Sample, from fengsui.Millis) *trace {
	t := &trace{p: p, at: make([]fengsui.Millis, 0, len(samples)), v: make([]float64, 0, len(samples))}
	for i := range samples {
		x := &samples[i]
		if !usable(x.Quality) || len(t.at) > 0 && x.At <= t.at[len(t.at)-1] {
			continue
		}
		if x.At < from {
			t.day = len(t.at) + 1
		}
		t.at, t.v = append(t.at, x.At), append(t.v, x.Value)
	}
	if len(t.v)-t.day < minTrace {
		return nil
	}
	between := make([]fengsui.Millis, len(t.at)-1)
	var moves []float64
	for i := range between {
		between[i] = t.at[i+1] - t.at[i]
		if d := math.Abs(t.v[i+1] - t.v[i]); d > 0 {
			moves = append(moves, d)
		}
	}
	slices.Sort(between)
	t.period = between[len(between)/2]
	slices.Sort(moves)
	if len(moves) > 0 {
		t.step = moves[len(moves)/100]
	}
	n := len(t.v)
	t.changes, t.power, t.third = make([]float64, n+1), make([]float64, n+1), make([]float64, n)
	size := make([]float64, 0, n)
	for i := 3; i < n; i++ {
		if !t.broken(i) && !t.broken(i-1) && !t.broken(i-2) {
			t.third[i] = (t.v[i] - 3*(t.v[i-1]-t.v[i-2]) - t.v[i-3]) / math.Sqrt(20)
			size = append(size, math.Abs(t.third[i]))
		}
	}
	if slices.Sort(size); len(size) > 0 {
		t.noisy = size[len(size)/2] / 0.6745 // as of a normal distribution
	}
	// The corners of a batch must not outweigh the noise.
	most := 3 * max(t.noisy, t.step/2)
	for i := range t.v {
		c, d := 0.0, min(max(t.third[i], -most), most)
		if i > 0 && math.Abs(t.v[i]-t.v[i-1]) > t.step/2 {
			c = 1
		}
		t.third[i] = d
		t.changes[i+1], t.power[i+1] = t.changes[i]+c, t.power[i]+d*d
	}
	t.usual = math.Inf(1)
	if !t.before(s.Smoothed.Samples, func(a, b int) { t.usual = min(t.usual, t.noise(a, b)) }) {
		t.usual = 0
	}
	return t
}

// broken reports whether data stopped before value i.
func (t *trace) broken(i int) bool { return t.at[i]-t.at[i-1] > 3*t.period }

// noise is the noise of the values [a, b).
func (t *trace) noise(a, b int) float64 {
	return math.Sqrt(max(t.power[b]-t.power[a], 0) / float64(b-a))
}

func (t *trace) changed(a, b int) float64 { return t.changes[b] - t.changes[a] }

// before calls f with the stretches of n values before the judged day, a quarter
// apart. It reports false when the days before are too short to say what is usual.
func (t *trace) before(n int, f func(a, b int)) bool {
	if t.day < 3*n {
		return false
	}
	for a := 0; a+n <= t.day; a += max(n/4, 1) {
		f(a, a+n)
	}
	return true
}

// resting reports whether a value is where a closed valve or an empty tank leaves
// it.
func (t *trace) resting(s *Signs, v float64) bool {
	near := s.Rest * t.span()
	return math.Abs(v) <= near || v <= t.p.RangeLow+near || v >= t.p.RangeHigh-near
}

// suspect makes a suspicion about the values [a, b).
func (t *trace) suspect(kind, rung string, a, b int, score float64, numbers map[string]float64) Suspicion {
	x := Suspicion{
		Kind: kind, Subject: fengsui.SubjectOf("point", t.p.Num), From: t.at[a], To: t.at[b-1], Rung: rung,
		Score: math.Round(10*min(score, 99)) / 10, Numbers: numbers,
	}
	every := max((b-a+63)/64, 1)
	for i := a; i < b; i += every {
		x.proof = append(x.proof, fengsui.Sample{Point: t.p.Num, At: t.at[i], Value: t.v[i]})
	}
	return x
}

// stretch is the values [a, b) of a trace.
type stretch struct{ a, b int }

// look runs the detectors that need one point alone.
func (s *Signs) look(t *trace) (list []Suspicion, calms []calm) {
	calms = s.flat(t)
	flat := len(calms)
	for _, c := range s.smoothed(t) {
		// Around a flat stretch everything is calm: it is one sign, not two.
		if !slices.ContainsFunc(calms[:flat], func(f calm) bool { return c.From < f.To && c.To > f.From }) {
			calms = append(calms, c)
		}
	}
	list = append(s.clipped(t), s.gaps(t)...)
	return append(list, s.repeated(t)...), calms
}
