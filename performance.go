package fengsui

// AlarmAims (报警绩效目标) is what a duty room's warnings are measured by, and how far the
// questions of an audit look. They are practice and no law. It is loaded from
// warning/aims.yaml.
type AlarmAims struct {
	Name     string    `json:"name" yaml:"name"`
	Version  int       `json:"version" yaml:"version"`
	Source   string    `json:"source" yaml:"source"`
	Rate     float64   `json:"rate" yaml:"rate"` // warnings a person and hour, at most
	Peak     FloodRule `json:"peak" yaml:"peak"` // at most so many a person in any such time
	Stale    StaleRule `json:"stale" yaml:"stale"`
	Chatter  FloodRule `json:"chatter" yaml:"chatter"`   // from so many raises of one subject in such a time on; the aim is none
	Frequent int       `json:"frequent" yaml:"frequent"` // how many of the most frequent are shown
	Share    ShareRule `json:"share" yaml:"share"`
	Audit    AuditRule `json:"audit" yaml:"audit"`
	Unsure   []string  `json:"unsure" yaml:"unsure" nullable:"false"` // where the sources give no figure, or none that was read in print
}

// StaleRule says from when on an open warning stands too long, and below how many such
// there shall be.
type StaleRule struct {
	After Span `json:"after" yaml:"after"`
	Below int  `json:"below" yaml:"below"`
}

// ShareRule is how warnings shall spread over the levels, 0 to 1: red and orange at
// most, yellow and blue together at least.
type ShareRule struct {
	Red    float64 `json:"red" yaml:"red"`
	Orange float64 `json:"orange" yaml:"orange"`
	Rest   float64 `json:"rest" yaml:"rest"`
}

// AuditRule says how far the questions of an audit look.
type AuditRule struct {
	Back   Span `json:"back" yaml:"back"`     // without a time they are about the time since then
	Before Span `json:"before" yaml:"before"` // changes of limits count that were made so long before
	Again  Span `json:"again" yaml:"again"`   // a false alarm raised anew within it is counted
}

// Check says what is wrong with the aims, or nil.
func (a *AlarmAims) Check() error {
	bad := func(what string) error {
		return Errorf(Invalid, "bad_aims", "the aims %s: %s", a.Name, what)
	}
	part := func(x float64) bool { return x >= 0 && x <= 1 }
	switch {
	case a.Name == "" || a.Version < 1 || a.Source == "":
		return bad("they must have a name, a version from 1 on and a source")
	case !(a.Rate > 0) || a.Peak.Count < 1 || a.Peak.Within <= 0:
		return bad("rate and peak must be above nought")
	case a.Stale.After <= 0 || a.Stale.Below < 1:
		return bad("stale names the time after which, and below how many")
	case a.Chatter.Count < 2 || a.Chatter.Within <= 0:
		return bad("chatter is two raises or more in a time")
	case a.Frequent < 1 || a.Frequent > 100:
		return bad("frequent lies between 1 and 100")
	case !part(a.Share.Red) || !part(a.Share.Orange) || !part(a.Share.Rest):
		return bad("shares lie between 0 and 1")
	case a.Audit.Back <= 0 || a.Audit.Before <= 0 || a.Audit.Again <= 0:
		return bad("back, before and again must be times")
	}
	return nil
}

// Performance (报警绩效) is what the warnings of a time asked of the duty room. What was
// raised counts by the highest level that it has reached.
type Performance struct {
	From    Millis        `json:"from"`
	Since   Millis        `json:"since"` // counted from here: the time asked for begins, or the platform's records do
	Upto    Millis        `json:"upto"`  // to here: the end of the time asked for, or now
	Raised  map[Level]int `json:"raised"`
	Total   int           `json:"total"`
	Hours   []HourFigure  `json:"hours" nullable:"false"`
	Persons float64       `json:"persons"` // hours that people were on duty, by the roster as it is now; without a name in it, one person
	Rate    float64       `json:"rate"`    // warnings a person and hour
	Peak    Crowd         `json:"peak"`    // the most in any such time of the aims, a person

	Stale   int `json:"stale"`   // open now for longer than the aims say
	Shelved int `json:"shelved"` // of them, hidden by shelving or merging

	Frequent   []FrequentFigure `json:"frequent" nullable:"false"` // the most frequent, as many as the aims say
	Chattering int              `json:"chattering"`                // subjects that did in this time
	People     []PersonFigure   `json:"people" nullable:"false"`   // by whom warnings were taken in, the most first
}

// HourFigure is an hour of it.
type HourFigure struct {
	At     Millis  `json:"at"` // it began
	Raised int     `json:"raised"`
	OnDuty int     `json:"onDuty"` // people, at least one
	Rate   float64 `json:"rate"`   // warnings a person
}

// Crowd is the fullest stretch of a time.
type Crowd struct {
	Count  int     `json:"count"`
	OnDuty int     `json:"onDuty"`
	Person float64 `json:"person"`       // warnings a person
	At     Millis  `json:"at,omitempty"` // when its last was raised
}

// FrequentFigure counts what one model raised about one subject.
type FrequentFigure struct {
	Model      string  `json:"model"`
	Subject    Subject `json:"subject"`
	Enterprise ID      `json:"enterprise"`
	Count      int     `json:"count"`
	Share      float64 `json:"share"` // of all, 0 to 1
	Last       Millis  `json:"last"`  // raised then
	Warning    ID      `json:"warning"`
}

// Chatter (频繁翻转) is a subject whose condition came again and again within a short
// time, whether each time made a warning or not.
type Chatter struct {
	Model      string  `json:"model"`
	Subject    Subject `json:"subject"`
	Enterprise ID      `json:"enterprise"`
	Warning    ID      `json:"warning"` // the newest of them
	Most       int     `json:"most"`    // raises in the fullest stretch
	At         Millis  `json:"at"`      // when that one ended
	Times      int     `json:"times"`   // raises in the time asked for
}

// PersonFigure is what one person of the duty room took in.
type PersonFigure struct {
	Name      string `json:"name"`
	Confirmed int    `json:"confirmed"`
	Mean      Span   `json:"mean"`    // from the raise to it
	Longest   Span   `json:"longest"` // of them
	Peak      int    `json:"peak"`    // the most in any such time of the aims
}

// PeriodOf is the civil day, week (from Monday) or month that a moment lies in; a word
// that is none of these is the day.
func PeriodOf(word string, at Millis) (from, to Millis) {
	from = DayOf(at)
	t := from.Time().In(Civil)
	switch word {
	case "week":
		from = At(t.AddDate(0, 0, -(int(t.Weekday())+6)%7))
		return from, from.Add(7 * Day)
	case "month":
		first := t.AddDate(0, 0, 1-t.Day())
		return At(first), At(first.AddDate(0, 1, 0))
	}
	return from, from.Add(Day)
}
