package fengsui

// Acted (现场操作时间) is when a person did what reached the platform later: a telephone
// without a link keeps the act and sends it once it has one (A07, A19). It is the
// telephone's word. What the platform knows by itself is the arrival, which is the
// journal row's own time, and every clock runs on that alone.
type Acted struct {
	At     Millis `json:"at"`               // by the telephone's clock, put right by Offset
	Offset *int64 `json:"offset,omitempty"` // ms that were added to that clock; nil: it was never compared with ours
	Saw    int64  `json:"saw,omitempty"`    // version of the warning that the person saw before a step of its work; 0: the one that it still had at arrival
	Doubt  Doubt  `json:"doubt,omitempty"`  // why the word is not believed; empty: it can be true
}

// Doubt is what speaks against an act's own time.
type Doubt string

const (
	DoubtAhead  Doubt = "ahead"  // it lies after the arrival: the telephone's clock is wrong
	DoubtBefore Doubt = "before" // it lies before what the act is about: so it is as well
	DoubtOld    Doubt = "old"    // it lies so far back that nobody can tell any more
)

// ActedRule says what is believed of an act's own time.
type ActedRule struct {
	Ahead  Span `json:"ahead" yaml:"ahead"`   // two clocks may differ by so much
	Back   Span `json:"back" yaml:"back"`     // what is older stands in doubt
	Differ Span `json:"differ" yaml:"differ"` // from here on both times are shown
}

// Judge is what speaks against the time of an act that arrived now and is about something
// that began then. An act in doubt is kept all the same, with the mark: what was found and
// photographed on the spot is evidence whatever a clock says, and who reads it sees both
// times. To refuse it would lose the evidence; to believe it would let a clock that was
// set by hand write the record.
func (r ActedRule) Judge(at, arrived, began Millis) Doubt {
	switch {
	case at > arrived.Add(r.Ahead):
		return DoubtAhead
	case at < began.Add(-r.Ahead):
		return DoubtBefore
	case at < arrived.Add(-r.Back):
		return DoubtOld
	}
	return ""
}

// Judged is an act with what speaks against its time; nil: it is done as it arrives. What
// was doubted once, for the narrower thing that it is about, stays in doubt.
func (r ActedRule) Judged(a *Acted, arrived, began Millis) *Acted {
	if a == nil || a.Doubt != "" {
		return a
	}
	judged := *a
	judged.Doubt = r.Judge(a.At, arrived, began)
	return &judged
}
