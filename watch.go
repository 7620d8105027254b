package fengsui

// DeskRules (值守规则) are the numbers by which a duty room works. They are the room's
// practice, no law: no clock hangs on them.
type DeskRules struct {
	Name     string    `json:"name" yaml:"name"`
	Version  int       `json:"version" yaml:"version"`
	Source   string    `json:"source" yaml:"source"`
	Shelve   ShelfRule `json:"shelve" yaml:"shelve"`
	Flood    FloodRule `json:"flood" yaml:"flood"`
	TakeBack Span      `json:"takeBack" yaml:"take_back"` // how long an act of the desk waits in the page
	Announce Span      `json:"announce" yaml:"announce"`  // at most one announcement in it
	Acted    ActedRule `json:"acted" yaml:"acted"`
	Wall     WallRule  `json:"wall" yaml:"wall"`
}

// WallRule says how the wall shows a red warning that is new.
type WallRule struct {
	Show Span `json:"show" yaml:"show"` // so long, then the next one or the whole district again
}

// ShelfRule says how long a warning's row may be shelved. A red one may never be (A23).
type ShelfRule struct {
	Longest Span   `json:"longest" yaml:"longest"`
	Offer   []Span `json:"offer" yaml:"offer" nullable:"false"` // what the page offers
}

// FloodRule says when more comes than a person can take.
type FloodRule struct {
	Count  int  `json:"count" yaml:"count"` // above so many new ones ...
	Within Span `json:"within" yaml:"within"`
}

// Check says what is wrong with the rules of a desk, or nil.
func (r *DeskRules) Check() error {
	bad := func(what string) error {
		return Errorf(Invalid, "bad_desk", "the rules of the desk %s: %s", r.Name, what)
	}
	switch {
	case r.Name == "" || r.Version < 1 || r.Source == "":
		return bad("they must have a name, a version from 1 on and a source")
	case r.Shelve.Longest <= 0 || len(r.Shelve.Offer) == 0:
		return bad("name the longest time of shelving and what the page offers")
	case r.Flood.Count < 1 || r.Flood.Within <= 0:
		return bad("name the count and the time of a flood")
	case r.TakeBack <= 0 || r.Announce <= 0:
		return bad("take_back and announce must be times")
	case r.Acted.Ahead <= 0 || r.Acted.Back <= r.Acted.Ahead || r.Acted.Differ <= 0:
		return bad("acted: ahead, back and differ must be times, and back the longer one")
	case r.Wall.Show <= 0:
		return bad("wall.show must be a time")
	}
	for _, s := range r.Shelve.Offer {
		if s <= 0 || s > r.Shelve.Longest {
			return bad("what is offered for shelving must lie within the longest time")
		}
	}
	return nil
}

// Turn (值班期) is a stretch of time in which the same people are on duty.
type Turn struct {
	From Millis   `json:"from,omitempty"` // 0: the roster names no beginning
	To   Millis   `json:"to,omitempty"`   // 0: nor an end
	Who  []string `json:"who" nullable:"false"`
}

// TurnAt is the turn of a moment: from the latest change of a shift to the next. Between
// shifts nobody is on duty, and the turn is that hole.
func (r *Roster) TurnAt(at Millis) Turn {
	t := Turn{Who: []string{}}
	if r == nil {
		return t
	}
	if who := r.OnDuty(at); who != nil {
		t.Who = who
	}
	// A shift ends within a day of its beginning; what begins is looked for as long.
	for i := range r.Shifts {
		s := &r.Shifts[i]
		for days := -1; days <= 1; days++ {
			from, to := spanOf(s.From, s.To, at, days)
			if !s.covers(from) {
				continue
			}
			for _, edge := range []Millis{from, to} {
				switch {
				case edge <= at && edge > t.From:
					t.From = edge
				case edge > at && (t.To == 0 || edge < t.To):
					t.To = edge
				}
			}
		}
	}
	return t
}

// Handover (交接班) is the watch as it goes from one person to the next: what is open,
// with the last word about each, what the shift did, and both signatures. It is never
// changed: who takes over signs it, or sends it back and another is written.
type Handover struct {
	ID      ID              `json:"id"`
	Party   ID              `json:"party"`
	State   HandoverState   `json:"state" enum:"offered,signed,returned"`
	From    Millis          `json:"from"`                  // since the handover before; of the first, since the turn began
	To      Millis          `json:"to"`                    // when it was offered
	Turn    []string        `json:"turn" nullable:"false"` // who was on duty by the roster
	By      Signatory       `json:"by"`                    // hands over
	Taker   Signatory       `json:"taker"`                 // takes over; without a time: is asked to
	Note    string          `json:"note"`
	Answer  string          `json:"answer,omitempty"` // of the one who takes over or sends back
	Open    map[Level]int   `json:"open"`
	Numbers HandoverNumbers `json:"numbers"`
	Version int64           `json:"version"`
}

// HandoverState is offered until somebody signs or sends it back.
type HandoverState string

const (
	HandoverOffered  HandoverState = "offered"
	HandoverSigned   HandoverState = "signed"
	HandoverReturned HandoverState = "returned"
)

// Signatory is who signs, and when; At 0: not yet.
type Signatory struct {
	User ID     `json:"user"`
	Name string `json:"name"`
	At   Millis `json:"at,omitempty"`
}

// HandoverNumbers is what happened in a shift, by the word of the journal for it.
type HandoverNumbers struct {
	Raised map[Level]int  `json:"raised"` // new warnings by the level that they have reached
	Acts   map[string]int `json:"acts"`   // every other act on warnings
}

// HandoverItem is a warning as it was open at a handover, with the last word about it.
type HandoverItem struct {
	Warning      ID      `json:"warning"`
	Enterprise   ID      `json:"enterprise"`
	Level        Level   `json:"level"`
	Subject      Subject `json:"subject"`
	Model        string  `json:"model"`
	Work         Work    `json:"work"`
	RaisedAt     Millis  `json:"raisedAt"`
	DueAt        Millis  `json:"dueAt,omitempty"`
	ConfirmedAt  Millis  `json:"confirmedAt,omitempty"`
	AssignedTo   string  `json:"assignedTo,omitempty"`
	ShelvedUntil Millis  `json:"shelvedUntil,omitempty"`
	MergedInto   ID      `json:"mergedInto,omitempty"`
	Last         *Word   `json:"last,omitempty"` // absent: nobody has said anything about it
}

// Word is what somebody put on the record of a warning.
type Word struct {
	Act string `json:"act"`
	By  string `json:"by"`
	At  Millis `json:"at"`
	Why string `json:"why"`
}

// Watch (值守) is who has the watch now.
type Watch struct {
	Turn Turn      `json:"turn"`
	Next []string  `json:"next" nullable:"false"` // on duty after it
	Last *Handover `json:"last,omitempty"`        // the newest that was signed
	Open *Handover `json:"open,omitempty"`        // waits for a signature
}

// SavedView (常用筛选) is the filters of a list under a name of its owner's.
type SavedView struct {
	ID    ID     `json:"id"`
	Page  string `json:"page"`
	Name  string `json:"name"`
	Query string `json:"query"` // of the page's address
	At    Millis `json:"at"`
}

// Colleague is a person of one's own organisation who may hold a warning.
type Colleague struct {
	ID    ID     `json:"id"`
	Name  string `json:"name"`
	Role  Role   `json:"role"`
	Takes bool   `json:"takes"` // may take the watch over
}
