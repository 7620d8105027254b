package fengsui

// Escalation (处置时限) is Articles 18-23 as a value: one rule a level. It is
// loaded from warning/policy/*.yaml; a warning keeps the one it began under.
type Escalation struct {
	Name     string          `yaml:"name" json:"name"`
	Version  int             `yaml:"version" json:"version"`
	Since    string          `yaml:"since" json:"since"` // date it applies from
	Source   string          `yaml:"source" json:"source"`
	Scale    string          `yaml:"scale" json:"scale,omitempty"` // set when this is a show: what counts for what
	Relapse  Span            `yaml:"relapse" json:"relapse"`       // a level entered again within it goes on with its old clock
	Rules    map[Level]*Rule `yaml:"levels" json:"levels"`
	Inferred []string        `yaml:"inferred" json:"inferred" nullable:"false"` // where the law is silent, what was taken
}

// Rule is one level's row.
type Rule struct {
	Article string     `yaml:"article" json:"article"`
	Tell    []Capacity `yaml:"tell" json:"tell" nullable:"false"` // at once
	Track   Capacity   `yaml:"track" json:"track"`                // who follows the disposal
	Notice  struct {
		After Span     `yaml:"after" json:"after"` // 0: no notice
		Every Span     `yaml:"every" json:"every"`
		To    Capacity `yaml:"to" json:"to"`
	} `yaml:"notice" json:"notice"`
	Supervise struct {
		After Span     `yaml:"after" json:"after"` // 0: none
		By    Capacity `yaml:"by" json:"by"`
	} `yaml:"supervise" json:"supervise"`
	Routine bool     `yaml:"routine" json:"routine"` // becomes a routine item of the enterprise
	Uplink  bool     `yaml:"uplink" json:"uplink"`   // every change goes to the municipal platform until it ends
	Verdict Capacity `yaml:"verdict" json:"verdict"` // who may lower or end
	Hold    Span     `yaml:"hold" json:"hold"`       // how long a verdict against an active condition stands
}

// Key is the policy's name and version, as a warning keeps it.
func (e *Escalation) Key() string { return e.Name + "@" + itoa(e.Version) }

// Clock (处置时钟) is what one level period has behind it.
type Clock struct {
	Anchor     Millis `json:"anchor"`     // our commit of the level; the grid of notices hangs on it
	Noticed    int    `json:"noticed"`    // number of the last notice
	Supervised bool   `json:"supervised"` // the order is out
}

// Due is one step that the clock asks for.
type Due struct {
	Kind   StepKind
	Number int
	At     Millis // when it fell due
	Missed int    // notices before it that were never sent
}

// Due says what has fallen due for a warning at a level, at now, in the order in
// which it is carried out. After an outage it asks for one notice, the latest,
// and says how many were missed; the grid stays where it was anchored.
// A21, A22, A23.
func (e *Escalation) Due(l Level, c Clock, now Millis) []Due {
	r := e.Rules[l]
	if r == nil {
		return nil
	}
	var list []Due
	if r.Notice.After > 0 {
		if number := e.noticesBy(r, c, now); number > c.Noticed {
			list = append(list, Due{StepNotice, number, noticeAt(r, c, number), number - c.Noticed - 1})
		}
	}
	if at := c.Anchor.Add(r.Supervise.After); r.Supervise.After > 0 && !c.Supervised && now >= at {
		list = append(list, Due{StepSupervise, 1, at, 0})
	}
	return list
}

// Next is when the clock next asks for something, 0 for never.
func (e *Escalation) Next(l Level, c Clock) Millis {
	r := e.Rules[l]
	if r == nil {
		return 0
	}
	var next Millis
	if r.Notice.After > 0 && (r.Notice.Every > 0 || c.Noticed == 0) {
		next = noticeAt(r, c, c.Noticed+1)
	}
	if at := c.Anchor.Add(r.Supervise.After); r.Supervise.After > 0 && !c.Supervised && (next == 0 || at < next) {
		next = at
	}
	return next
}

// Done is the clock after a step was carried out.
func (c Clock) Done(d Due) Clock {
	switch d.Kind {
	case StepNotice:
		c.Noticed = d.Number
	case StepSupervise:
		c.Supervised = true
	}
	return c
}

func (e *Escalation) noticesBy(r *Rule, c Clock, now Millis) int {
	past := now - c.Anchor.Add(r.Notice.After)
	switch {
	case past < 0:
		return 0
	case r.Notice.Every <= 0:
		return 1
	}
	return 1 + int(past/Millis(r.Notice.Every))
}

func noticeAt(r *Rule, c Clock, number int) Millis {
	return c.Anchor.Add(r.Notice.After + Span(number-1)*r.Notice.Every)
}
