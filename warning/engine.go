package warning

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"fengsui"
	"fengsui/store"
)

// Kinds of steps that belong to no rule of the regulation: they tell the duty
// desk what it must look after.
const (
	stepClockHeld fengsui.StepKind = "clock_held" // steps wait for an officer
	stepLacking   fengsui.StepKind = "no_"        // + capacity: the district names no such party
)

const stage = "warning"

// Config is what an Engine needs.
type Config struct {
	DB       *store.DB
	District func() *fengsui.District
	// Policies are all that open warnings may have begun under, as Law gives them. The
	// last is the district's; until its date comes the one before it is for new warnings.
	Policies []*fengsui.Escalation
	// OnStep is called for on-site supervision and routine steps in the
	// transaction that writes them; nil for none.
	OnStep func(*store.Tx, fengsui.Warning, fengsui.Step) error
	Desk   *fengsui.DeskRules // nil: the shipped ones
	Aims   *fengsui.AlarmAims // nil: the shipped ones
	Now    func() time.Time   // the wall clock; nil: time.Now
	Log    *slog.Logger       // nil: slog.Default
}

// Validate says what is missing.
func (c *Config) Validate() error {
	if c.DB == nil || c.District == nil || len(c.Policies) == 0 {
		return fmt.Errorf("warning: a store, a district and at least one policy are needed")
	}
	seen := map[string]bool{}
	for _, p := range c.Policies {
		if err := Validate(p); err != nil {
			return err
		}
		if seen[p.Key()] {
			return fmt.Errorf("warning: policy %s is there twice", p.Key())
		}
		seen[p.Key()] = true
	}
	if c.Aims != nil {
		if err := c.Aims.Check(); err != nil {
			return err
		}
	}
	if c.Desk != nil {
		return c.Desk.Check()
	}
	return nil
}

// Engine is the one writer of warnings.
type Engine struct {
	db       *store.DB
	district func() *fengsui.District
	law      law
	desk     *fengsui.DeskRules
	aims     *fengsui.AlarmAims
	onStep   func(*store.Tx, fengsui.Warning, fengsui.Step) error
	clock    *clock
	stands   atomic.Pointer[error] // why Run cannot carry anything out; nil: it can
	log      *slog.Logger
}

// New makes an engine. Its clock stands still until Run.
func New(c Config) (*Engine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Desk == nil {
		var err error
		if c.Desk, err = LoadDesk(); err != nil {
			return nil, err
		}
	}
	if c.Aims == nil {
		var err error
		if c.Aims, err = LoadAims(); err != nil {
			return nil, err
		}
	}
	if c.OnStep == nil {
		c.OnStep = func(*store.Tx, fengsui.Warning, fengsui.Step) error { return nil }
	}
	return &Engine{
		db: c.DB, district: c.District, law: law{list: c.Policies}, desk: c.Desk, aims: c.Aims, onStep: c.OnStep,
		clock: newClock(c.Now), log: cmp.Or(c.Log, slog.Default()),
	}, nil
}

// Desk is the rules of the duty room.
func (e *Engine) Desk() fengsui.DeskRules { return *e.desk }

// turn is one transaction of the engine: one time, one district, whoever acts.
type turn struct {
	e     *Engine
	tx    *store.Tx
	d     *fengsui.District
	now   fengsui.Millis
	clock string        // by which now was read: fengsui.Monotonic, or empty for the wall clock
	floor fengsui.Level // what is due below it waits
}

func (e *Engine) turn(tx *store.Tx) *turn {
	t := e.clock.read()
	clock := ""
	if t.doubt != "" {
		clock = fengsui.Monotonic
	}
	return &turn{e: e, tx: tx, d: e.district(), now: t.now, clock: clock, floor: t.floor}
}

// change is one warning under way in a turn.
type change struct {
	*turn
	w       *row
	policy  *fengsui.Escalation
	rule    *fengsui.Rule
	before  state
	old     row                // as read
	uplink  bool               // open when it was read: what happens now still goes up
	lacking []fengsui.Capacity // found to be nobody's, not said yet
	said    []fengsui.Capacity // dealt with in this change
}

// state is what the journal keeps of a warning before and after.
type state struct {
	Level     fengsui.Level     `json:"level"`
	Measured  fengsui.Level     `json:"measured"`
	Condition fengsui.Condition `json:"condition"`
	Work      fengsui.Work      `json:"work"`
	End       fengsui.End       `json:"end"`
	Period    int               `json:"period"`
}

// seen is what the journal keeps beside the state: why the machine acted, or
// what a person added.
type seen struct {
	state
	Rung    string         `json:"rung,omitempty"`
	Value   *float64       `json:"value,omitempty"`
	Limit   *float64       `json:"limit,omitempty"`
	Unit    string         `json:"unit,omitempty"`
	At      fengsui.Millis `json:"at,omitempty"` // own time of the signal
	Late    bool           `json:"late,omitempty"`
	GapFrom fengsui.Millis `json:"gapFrom,omitempty"`
	GapTo   fengsui.Millis `json:"gapTo,omitempty"`
	Verdict *cite          `json:"verdict,omitempty"` // the one that held until now
	Clock   string         `json:"clock,omitempty"`   // fengsui.Monotonic while the wall clock is in doubt
	Acted   *fengsui.Acted `json:"acted,omitempty"`   // when a telephone says that it was done
	Detail  any            `json:"detail,omitempty"`
}

func (w *row) state() state {
	return state{w.Level, w.Measured, w.Condition, w.Work, w.End, w.Period}
}

// take begins a change of a stored warning.
func (t *turn) take(w *row) (*change, error) {
	p, err := t.e.law.of(t.tx, w.Policy)
	if err != nil && (w.End == fengsui.Open || fengsui.CodeOf(err) != fengsui.NotFound) {
		return nil, err
	}
	if err != nil { // an ended one needs no clock, and its policy may be gone
		p = t.e.law.inForce(t.now)
	}
	return &change{turn: t, w: w, policy: p, rule: p.Rules[w.Level], before: w.state(), old: *w, uplink: w.End == fengsui.Open}, nil
}

// enterprise is the warning's, as far as the district still knows it.
func (c *change) enterprise() *fengsui.Enterprise {
	if e := c.d.Enterprises[c.w.Enterprise]; e != nil {
		return e
	}
	return &fengsui.Enterprise{ID: c.w.Enterprise, Zone: c.w.Zone, Sector: c.w.Sector}
}

// reach finds who is to be told in the given capacities, one entry a party.
// Where the district names nobody, bureau and duty desk are told in the missing
// capacity (A12, inferred).
func (c *change) reach(caps ...fengsui.Capacity) []fengsui.Told {
	var list []fengsui.Told
	for _, capacity := range caps {
		holders := c.d.Holders(capacity, c.enterprise(), c.w.Sector)
		for _, p := range holders {
			list = add(list, p.ID, capacity)
		}
		if len(holders) > 0 {
			continue
		}
		c.lacking = append(c.lacking, capacity)
		if capacity == fengsui.AsMunicipal {
			continue // the uplink is no message to people
		}
		for _, t := range c.standIns() {
			list = add(list, t.Party, capacity)
		}
	}
	return list
}

// standIns are told where a party is missing.
func (t *turn) standIns() []fengsui.Told {
	var list []fengsui.Told
	for _, capacity := range []fengsui.Capacity{fengsui.AsBureau, fengsui.AsDuty} {
		for _, p := range t.d.Holders(capacity, nil, "") {
			list = add(list, p.ID, capacity)
		}
	}
	return list
}

func add(list []fengsui.Told, party fengsui.ID, caps ...fengsui.Capacity) []fengsui.Told {
	i := slices.IndexFunc(list, func(t fengsui.Told) bool { return t.Party == party })
	if i < 0 {
		list, i = append(list, fengsui.Told{Party: party, Capacities: []fengsui.Capacity{}}), len(list)
	}
	for _, capacity := range caps {
		if !slices.Contains(list[i].Capacities, capacity) {
			list[i].Capacities = append(list[i].Capacities, capacity)
		}
	}
	return list
}

// told is everyone who was told of this warning until now, the uplink aside.
func (c *change) told() ([]fengsui.Told, error) {
	rows, err := c.tx.Query(selectTold, c.w.ID)
	if err != nil {
		return nil, err
	}
	each, err := all(rows, func(r scanner) (some []fengsui.Told, err error) {
		var text string
		if err = r.Scan(&text); err == nil {
			err = json.Unmarshal([]byte(text), &some)
		}
		return some, err
	})
	var list []fengsui.Told
	for _, t := range slices.Concat(each...) {
		list = add(list, t.Party, t.Capacities...)
	}
	return list, err
}

// step makes a step of the period that runs.
func (c *change) step(kind fengsui.StepKind, number int, due fengsui.Millis, to []fengsui.Told) fengsui.Step {
	return fengsui.Step{
		ID: fengsui.NewID(), Warning: c.w.ID, Period: c.w.Period, Kind: kind, Number: number, Level: c.w.Level,
		DueAt: due, FiredAt: c.now, Article: c.rule.Article, To: to, Clock: c.clock,
	}
}

// write keeps a step; false when the unique index has it already.
func (t *turn) write(s fengsui.Step) (bool, error) {
	if s.To == nil {
		s.To = []fengsui.Told{}
	}
	told, err := json.Marshal(s.To)
	if err != nil {
		return false, err
	}
	n, err := t.tx.Exec(insertStep, s.ID, s.Warning, s.Period, s.Kind, s.Number, s.Level, s.DueAt, s.FiredAt, s.Missed, s.Article, string(told), s.Clock)
	return n == 1, err
}

// record writes steps and the journal row that tells of them.
func (c *change) record(act string, by fengsui.Actor, why string, after seen, steps ...fengsui.Step) error {
	var tell []fengsui.Step
	for _, s := range steps {
		once, err := c.write(s)
		if err != nil {
			return err
		}
		if once {
			tell = append(tell, s)
		}
	}
	return c.journal(act, by, why, after, tell)
}

// journal writes the row of a change, passes it on to the municipal platform
// while the warning is open and is or was of a level that goes up (A44), and has
// orders opened.
func (c *change) journal(act string, by fengsui.Actor, why string, after seen, tell []fengsui.Step) error {
	if c.uplink && c.policy.Rules[c.w.Peak].Uplink {
		if to := c.reach(fengsui.AsMunicipal); len(to) > 0 {
			c.w.uplinks++
			s := c.step(fengsui.StepUplink, c.w.uplinks, c.now, to)
			if _, err := c.write(s); err != nil {
				return err
			}
			tell = append(tell, s)
		}
	}
	after.state, after.Clock = c.w.state(), c.clock
	var before any
	if c.before != (state{}) {
		before = c.before
	}
	err := c.tx.Record(fengsui.Change{
		Of: fengsui.Ref{Kind: "warning", ID: c.w.ID}, Act: act, By: by, At: c.now, Why: why, Before: before, After: after, Tell: tell,
		Warning: c.w.ID, Enterprise: c.w.Enterprise, Zone: c.w.Zone, Sector: c.w.Sector, Level: c.w.Peak,
	})
	if err != nil {
		return err
	}
	c.before = c.w.state()
	for _, s := range tell {
		if s.Kind == fengsui.StepSupervise || s.Kind == fengsui.StepRoutine {
			if err := c.e.onStep(c.tx, c.w.Warning, s); err != nil {
				return fmt.Errorf("open the order of a %s step: %w", s.Kind, err)
			}
		}
	}
	return c.sayLacking()
}

// sayLacking tells bureau and duty desk, once a warning, of each party that the
// district's data does not name.
func (c *change) sayLacking() error {
	lacking := c.lacking
	c.lacking = nil
	for _, capacity := range lacking {
		if slices.Contains(c.said, capacity) {
			continue
		}
		c.said = append(c.said, capacity)
		kind := stepLacking + fengsui.StepKind(capacity)
		s := c.step(kind, 1, c.now, c.standIns())
		s.Period = 0 // of the warning, not of a level
		once, err := c.write(s)
		if err == nil && once {
			err = c.journal(string(kind), fengsui.Platform(stage), "", seen{}, []fengsui.Step{s})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
