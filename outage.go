package fengsui

import (
	"cmp"
	"slices"
)

// Outage (停用申报) is an enterprise's request that points be out of use for a time,
// and what became of it (A36). Nothing is held back before the bureau has approved it
// in writing, and nothing outside the time that it approved.
type Outage struct {
	ID         ID             `json:"id"`
	Number     string         `json:"number"` // by which people call it: 2026-0012
	Enterprise ID             `json:"enterprise"`
	Zone       ID             `json:"zone"`
	Sector     Sector         `json:"sector"`
	Reason     string         `json:"reason"` // key of an OutageReason
	Targets    []OutageTarget `json:"targets" nullable:"false"`
	From       Millis         `json:"from"`
	To         Millis         `json:"to"` // as asked
	Why        string         `json:"why"`
	Permit     string         `json:"permit,omitempty"` // number of the work permit (作业票)
	Measures   string         `json:"measures"`         // what watches in their place meanwhile
	Files      []File         `json:"files" nullable:"false"`
	Asked      Signature      `json:"asked"`

	State    OutageState `json:"state" enum:"asked,approved,refused,cancelled"`
	AnswerBy Millis      `json:"answerBy"`           // the bureau is to answer until then
	Until    Millis      `json:"until,omitempty"`    // as approved, at most To
	Verified *Said       `json:"verified,omitempty"` // what the verification found (核实)
	Decided  *Said       `json:"decided,omitempty"`  // the written answer (书面答复)
	Ended    *Said       `json:"ended,omitempty"`    // before its time, or taken back
	Version  int64       `json:"version"`
}

// Said is what someone wrote about something, with pictures.
type Said struct {
	Signature
	Party ID     `json:"party,omitempty"`
	Text  string `json:"text"`
	Files []File `json:"files,omitempty" nullable:"false"`
}

// OutageState is what was decided about an outage; whether an approved one runs is the
// clock's matter, see Phase.
type OutageState string

const (
	OutageAsked     OutageState = "asked"
	OutageApproved  OutageState = "approved"
	OutageRefused   OutageState = "refused"
	OutageCancelled OutageState = "cancelled" // by who asked, before it began
)

// OutagePhase is how an outage stands at a moment.
type OutagePhase string

const (
	OutagePending OutagePhase = "pending" // nobody has decided
	OutageAhead   OutagePhase = "ahead"   // approved, not begun
	OutageRuns    OutagePhase = "runs"
	OutageOver    OutagePhase = "over" // it ran; or it never will
)

// OutageTarget is what is out of use.
type OutageTarget struct {
	Kind string `json:"kind" enum:"point,device,asset"`
	ID   ID     `json:"id"`
}

// End is when an approved outage ends, or ended.
func (o *Outage) End() Millis {
	if o.Ended != nil {
		return min(o.Until, o.Ended.At)
	}
	return o.Until
}

// Phase is how the outage stands at a moment. The end belongs to it no more.
func (o *Outage) Phase(at Millis) OutagePhase {
	switch {
	case o.State == OutageAsked:
		return OutagePending
	case o.State != OutageApproved || at >= o.End():
		return OutageOver
	case at < o.From:
		return OutageAhead
	}
	return OutageRuns
}

// Over is since when an outage is over, however it came to that; 0: it is not, at a
// moment.
func (o *Outage) Over(at Millis) Millis {
	switch {
	case o.Phase(at) != OutageOver:
		return 0
	case o.State == OutageApproved:
		return o.End()
	case o.Ended != nil:
		return o.Ended.At
	case o.Decided != nil:
		return o.Decided.At
	}
	return o.Asked.At // nothing else is known of it
}

// OutageRules (停用申报规则) is Article 25, and what Articles 29 to 31 make of a silence
// that goes on, as a value: loaded from outage/policy/*.yaml. The 5 % of the same articles
// is QualityPolicy's.
type OutageRules struct {
	Name     string         `yaml:"name" json:"name"`
	Version  int            `yaml:"version" json:"version"`
	Source   string         `yaml:"source" json:"source"`
	Targets  int            `yaml:"targets" json:"targets"`   // of one outage at most
	Shortest Span           `yaml:"shortest" json:"shortest"` // what is shorter needs none
	Reasons  []OutageReason `yaml:"reasons" json:"reasons" nullable:"false"`
	Silence  []string       `yaml:"silence" json:"silence" nullable:"false"` // kinds of models whose warnings are held
	Counted  []string       `yaml:"counted" json:"counted" nullable:"false"` // models by which a sensor counts as offline
	Lines    []OfflineLine  `yaml:"lines" json:"lines" nullable:"false"`
	Classes  []Misconduct   `yaml:"classes" json:"classes" nullable:"false"`
	Inferred []string       `yaml:"inferred" json:"inferred" nullable:"false"` // what the file takes where the law is silent
}

// OutageReason is a reason for which points may be out of use, and what it asks for.
type OutageReason struct {
	Key     string    `yaml:"key" json:"key"`
	Text    Bilingual `yaml:"text" json:"text"`
	Urgent  bool      `yaml:"urgent" json:"urgent"`   // it may have begun when it is asked for
	Ahead   Span      `yaml:"ahead" json:"ahead"`     // so long before it begins it is asked for
	Back    Span      `yaml:"back" json:"back"`       // of an urgent one: so long ago it began at most
	Longest Span      `yaml:"longest" json:"longest"` // then it is asked for anew
	Answer  Span      `yaml:"answer" json:"answer"`   // within which the bureau answers
	Permit  bool      `yaml:"permit" json:"permit"`   // the number of the work permit is needed
}

// OfflineLine is a line beyond which being offline without leave has a consequence.
type OfflineLine struct {
	Key     string    `yaml:"key" json:"key"`
	Over    Span      `yaml:"over" json:"over"` // offline for longer
	Article string    `yaml:"article" json:"article"`
	Text    Bilingual `yaml:"text" json:"text"`
}

// Misconduct (违法行为分类) is what Article 25 sorts a failure under, in its own words.
type Misconduct struct {
	Key     string    `yaml:"key" json:"key"`
	Article string    `yaml:"article" json:"article"`
	Text    Bilingual `yaml:"text" json:"text"`
	Effect  Bilingual `yaml:"effect" json:"effect"`                          // what follows by law
	Public  bool      `yaml:"public" json:"public"`                          // made public (公开通报)
	Signs   []string  `yaml:"signs" json:"signs,omitempty" nullable:"false"` // models whose warnings may be this; an ending * for all that begin so
}

// Sorting is under what a failure was sorted (A37).
type Sorting struct {
	Warning ID `json:"warning"`
	Said
	Class  string `json:"class"` // key of a Misconduct
	Public bool   `json:"public"`
}

// SortingView is a sorting in a list: whose it is.
type SortingView struct {
	Sorting
	Enterprise ID `json:"enterprise"`
}

// Reason finds a reason, nil if there is none.
func (r *OutageRules) Reason(key string) *OutageReason {
	for i := range r.Reasons {
		if r.Reasons[i].Key == key {
			return &r.Reasons[i]
		}
	}
	return nil
}

// Class finds a class of misconduct, nil if there is none.
func (r *OutageRules) Class(key string) *Misconduct {
	for i := range r.Classes {
		if r.Classes[i].Key == key {
			return &r.Classes[i]
		}
	}
	return nil
}

// ClassesOf are the classes that a model's warning may be sorted under.
func (r *OutageRules) ClassesOf(model string) []Misconduct {
	var list []Misconduct
	for _, c := range r.Classes {
		for _, sign := range c.Signs {
			if head, all := cutStar(sign); sign == model || all && len(model) >= len(head) && model[:len(head)] == head {
				list = append(list, c)
				break
			}
		}
	}
	return list
}

func cutStar(s string) (head string, all bool) {
	if n := len(s); n > 0 && s[n-1] == '*' {
		return s[:n-1], true
	}
	return s, false
}

// Check says why an outage cannot be asked for as it is; nil when it can.
func (r *OutageRules) Check(o *Outage, now Millis) error {
	bad := func(reason, format string, args ...any) error { return Errorf(Invalid, reason, format, args...) }
	y := r.Reason(o.Reason)
	switch {
	case y == nil:
		return bad("outage_reason", "there is no reason %q: choose one of the list", o.Reason)
	case len(o.Targets) == 0:
		return bad("outage_nothing", "say which points, devices or assets are out of use")
	case len(o.Targets) > r.Targets:
		return bad("outage_too_much", "one request names at most %d points, devices or assets: choose the asset or the gateway instead of its points, or write two requests", r.Targets)
	case o.From <= 0 || o.To <= o.From:
		return bad("outage_times", "the outage must end after it begins")
	case Span(o.To-o.From) < r.Shortest:
		return bad("outage_short", "what lasts less than %s needs no request: choose a later end", r.Shortest.Duration())
	case Span(o.To-o.From) > y.Longest:
		return bad("outage_long", "for this reason an outage lasts at most %s: choose an earlier end and ask anew before it", y.Longest.Duration())
	case o.To <= now:
		return bad("outage_past", "this time is over: what was not declared cannot be declared afterwards")
	case y.Urgent && o.From < now.Add(-y.Back):
		return bad("outage_past", "an urgent outage began at most %s ago: what lies before was not declared", y.Back.Duration())
	case !y.Urgent && o.From < now.Add(y.Ahead):
		return bad("outage_late", "a planned outage is asked for at least %s ahead: choose a later beginning, or the reason for a breakdown if it is one", y.Ahead.Duration())
	case o.Why == "":
		return bad("outage_why", "write why they must be out of use")
	case o.Measures == "":
		return bad("outage_measures", "write what watches in their place meanwhile: rounds, portable detectors, people on guard")
	case y.Permit && o.Permit == "":
		return bad("outage_permit", "give the number of the work permit")
	}
	return nil
}

// Grant says why an outage cannot be approved until a moment; nil when it can.
func (r *OutageRules) Grant(o *Outage, until, now Millis) error {
	switch {
	case until <= now || until <= o.From:
		return Errorf(Invalid, "outage_until", "the outage must end after it begins, and in the future")
	case until > o.To:
		return Errorf(Invalid, "outage_longer", "the outage can be made shorter than asked for, not longer")
	}
	return nil
}

// OutageCover is what running outages cover: by subject the outage. It holds exactly
// their points, and the sources (a gateway, an enterprise's own points) all of whose
// key points it holds: a silence of the source is then theirs alone.
type OutageCover map[Subject]*Outage

// CoverOf is the cover of outages of a district. Where two cover the same, the one that
// ends later counts; a source is covered until the first of its points is not.
func CoverOf(d *District, list []*Outage) OutageCover {
	c := OutageCover{}
	mark := func(s Subject, o *Outage) {
		if old := c[s]; old == nil || old.End() < o.End() {
			c[s] = o
		}
	}
	firms := map[ID]bool{}
	for _, o := range list {
		e := d.Enterprises[o.Enterprise]
		if e == nil {
			continue
		}
		firms[e.ID] = true
		named := map[OutageTarget]bool{}
		for _, t := range o.Targets {
			named[t] = true
			if v := d.Devices[t.ID]; t.Kind == "device" && v != nil && v.Enterprise == e.ID {
				mark(SubjectOf("device", v.Num), o)
			}
		}
		for _, v := range d.Devices {
			if v.Enterprise == e.ID && v.Asset != "" && named[OutageTarget{"asset", v.Asset}] {
				named[OutageTarget{"device", v.ID}] = true
				mark(SubjectOf("device", v.Num), o)
			}
		}
		for _, p := range d.PointsOf(e.Num) {
			if named[OutageTarget{"point", p.ID}] || p.Asset != "" && named[OutageTarget{"asset", p.Asset}] || p.Device != "" && named[OutageTarget{"device", p.Device}] {
				mark(SubjectOf("point", p.Num), o)
			}
		}
	}
	for id := range firms {
		e := d.Enterprises[id]
		sources := map[Subject]*Outage{} // nil: a key point of it is not covered
		for _, p := range d.PointsOf(e.Num) {
			if !p.Key {
				continue
			}
			s := SourceOf(d, p)
			o := c[SubjectOf("point", p.Num)]
			if old, seen := sources[s]; seen && (old == nil || o != nil && old.End() <= o.End()) {
				continue
			}
			sources[s] = o
		}
		for s, o := range sources {
			if o != nil && c[s] == nil {
				c[s] = o
			}
		}
	}
	return c
}

// SourceOf is what a point hangs on: the device that it names, or else its enterprise.
func SourceOf(d *District, p *Point) Subject {
	if v := d.Devices[p.Device]; p.Device != "" && v != nil {
		return SubjectOf("device", v.Num)
	}
	if e := d.Enterprises[p.Enterprise]; e != nil {
		return SubjectOf("enterprise", e.Num)
	}
	return ""
}

// Stretch is a stretch of time; To 0 means that it has not ended.
type Stretch struct {
	From Millis `json:"from"`
	To   Millis `json:"to,omitempty"`
}

// DeclaredStretch is a stretch of time in which something was out of use with leave.
type DeclaredStretch struct {
	Outage ID     `json:"outage"`
	Number string `json:"number"`
	From   Millis `json:"from"`
	To     Millis `json:"to"`
}

// Unexcused is how much of a silence that lasts until a moment lies in no excused
// stretch. What overlaps counts once.
func Unexcused(from, to Millis, excused []Stretch) Span {
	list := slices.Clone(excused)
	slices.SortFunc(list, func(a, b Stretch) int { return cmp.Compare(a.From, b.From) })
	sum, at := Span(0), from // counted up to at
	for _, x := range list {
		if x.From > at {
			sum += Span(min(x.From, to) - at)
		}
		if x.To == 0 {
			return sum
		}
		if at = max(at, x.To); at >= to {
			return sum
		}
	}
	return sum + Span(to-at)
}

// Beyond are the lines that a silence lies beyond: strictly, exactly at the limit is no
// breach.
func (r *OutageRules) Beyond(silence Span) []OfflineLine {
	list := []OfflineLine{}
	for _, l := range r.Lines {
		if silence > l.Over {
			list = append(list, l)
		}
	}
	return list
}

// Offline (未申报离线) is how an enterprise stands that is silent without leave.
type Offline struct {
	Enterprise ID            `json:"enterprise"`
	Points     int           `json:"points"`                 // its key points
	Silent     int           `json:"silent"`                 // of them silent without leave
	Longest    Span          `json:"longest"`                // of them, without the time that was declared
	Lines      []OfflineLine `json:"lines" nullable:"false"` // beyond which it is
}

// OutageFilter chooses outages. Zero fields choose all.
type OutageFilter struct {
	Enterprise ID
	Phase      OutagePhase
	Target     ID // only those that name it
}

// HeldSilence is a silence that an outage held back: no warning came of it.
type HeldSilence struct {
	Subject Subject `json:"subject"`
	Model   string  `json:"model"`
	Level   Level   `json:"level"`
	From    Millis  `json:"from"` // nothing came since
	At      Millis  `json:"at"`   // it would have been a warning then
	Until   Millis  `json:"until,omitempty"`
	Raised  bool    `json:"raised"` // it still stood at the end, and became a warning
}
