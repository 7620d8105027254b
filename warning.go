package fengsui

// Warning (预警) is what someone must deal with. Level, Condition, Work and End
// are four fields and never one state (DESIGN §7): a model only raises Level and
// sets Condition; only a Verdict lowers Level or ends.
type Warning struct {
	ID           ID      `json:"id"`
	Enterprise   ID      `json:"enterprise"`
	Zone         ID      `json:"zone"`
	Sector       Sector  `json:"sector"` // the model's: it finds the regulators
	Subject      Subject `json:"subject"`
	Model        string  `json:"model"`
	ModelVersion int     `json:"modelVersion"`
	Occurrence   int     `json:"occurrence"` // counts the warnings of (subject, model) from 1
	After        ID      `json:"after,omitempty"`
	Policy       string  `json:"policy"` // name@version it began under

	Level     Level     `json:"level"`
	Peak      Level     `json:"peak"`     // the highest it ever was
	Measured  Level     `json:"measured"` // what the model measures now
	Condition Condition `json:"condition"`
	Work      Work      `json:"work"`
	End       End       `json:"end"`
	Late      bool      `json:"late"`

	Rung  string  `json:"rung"`
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
	Unit  string  `json:"unit"`

	SignalAt Millis `json:"signalAt"` // own time of the signal that raised it
	RaisedAt Millis `json:"raisedAt"` // our commit
	EndedAt  Millis `json:"endedAt,omitempty"`

	Period int    `json:"period"` // number of the level period that runs, from 1
	Since  Millis `json:"since"`  // when it began
	Clock  Clock  `json:"clock"`
	DueAt  Millis `json:"dueAt,omitempty"` // earliest of the clock and the verdict's hold; 0: nothing falls due

	HoldUntil    Millis `json:"holdUntil,omitempty"` // a verdict against an active condition stands until then
	HoldMeasured Level  `json:"holdMeasured"`

	ConfirmedAt  Millis `json:"confirmedAt,omitempty"` // the duty desk's: stops blink and sound only
	ConfirmedBy  string `json:"confirmedBy,omitempty"`
	AssignedTo   string `json:"assignedTo,omitempty"`
	Holder       ID     `json:"holder,omitempty"`       // account of AssignedTo, where it has one
	ShelvedUntil Millis `json:"shelvedUntil,omitempty"` // hides the row, never touches a clock
	MergedInto   ID     `json:"mergedInto,omitempty"`

	Version int64 `json:"version"` // what an act must name; machine columns do not raise it
}

// StepKind says what fell due.
type StepKind string

const (
	StepPush      StepKind = "push"      // a level was entered: everyone of it is told at once
	StepNotice    StepKind = "notice"    // 警示通报
	StepSupervise StepKind = "supervise" // 现场核查督办
	StepRoutine   StepKind = "routine"   // blue: an item of the enterprise's routine inspection (A20)
	StepLowered   StepKind = "lowered"   // told to those who knew the higher level
	StepEnded     StepKind = "ended"
	StepUplink    StepKind = "uplink" // a red warning's change, to the municipal platform (A44)
	StepRemind    StepKind = "remind" // 催办: a person reminds the enterprise and the body that tracks
)

// Step (处置节点) is one thing that fell due, written in the warning's own
// transaction. (Warning, Period, Kind, Number) is unique.
type Step struct {
	ID      ID       `json:"id"`
	Warning ID       `json:"warning"`
	Period  int      `json:"period"`
	Kind    StepKind `json:"kind"`
	Number  int      `json:"number"`
	Level   Level    `json:"level"`
	DueAt   Millis   `json:"dueAt"`
	FiredAt Millis   `json:"firedAt"`
	Missed  int      `json:"missed"` // notices that an outage swallowed before this one
	Article string   `json:"article"`
	To      []Told   `json:"to" nullable:"false"`
	Clock   string   `json:"clock,omitempty"` // by which it was timed: Monotonic, or empty for the wall clock
}

// Monotonic is the clock of a step while the wall clock is in doubt (A20-A23 go
// on meanwhile; DESIGN §5.4).
const Monotonic = "monotonic"

// Told is a party with the capacities in which it is told.
type Told struct {
	Party      ID         `json:"party"`
	Capacities []Capacity `json:"capacities" nullable:"false"`
}

// Verdict (研判决定) is what a person decided about a warning: lower it or end it.
type Verdict struct {
	Warning ID     `json:"warning"`
	Version int64  `json:"version"` // the one the person saw
	To      Level  `json:"to"`      // the lower level; None with an End
	End     End    `json:"end"`     // Cleared or FalseAlarm; Open when only lowered
	Why     string `json:"why"`
}

// OrderKind says what kind of work an order is.
type OrderKind string

const (
	OrderSupervise OrderKind = "supervise" // on-site verification and supervision (A21-A23)
	OrderRoutine   OrderKind = "routine"   // blue routine item (A20)
	OrderPlan      OrderKind = "plan"      // an emergency plan that runs (A19)
)

// Order (任务) is what a person must do; it stays open until its result is
// recorded, whatever becomes of the warning.
type Order struct {
	ID         ID        `json:"id"`
	Kind       OrderKind `json:"kind"`
	Warning    ID        `json:"warning"`
	Enterprise ID        `json:"enterprise"`
	Zone       ID        `json:"zone"`
	Sector     Sector    `json:"sector"`
	Level      Level     `json:"level"`
	Party      ID        `json:"party"` // who must do it
	Assignee   string    `json:"assignee,omitempty"`
	Plan       string    `json:"plan,omitempty"` // the emergency plan's key
	Checklist  []Check   `json:"checklist,omitempty" nullable:"false"`
	OpenedAt   Millis    `json:"openedAt"`
	DoneAt     Millis    `json:"doneAt,omitempty"`
	Result     string    `json:"result,omitempty"`
	Evidence   []ID      `json:"evidence,omitempty" nullable:"false"` // files
	Acted      *Acted    `json:"acted,omitempty"`                     // when a telephone says that the result was found
	Version    int64     `json:"version"`
}

// Check is one item of a checklist.
type Check struct {
	Item   string `json:"item"` // key of the text in the plan's data
	DoneAt Millis `json:"doneAt,omitempty"`
	DoneBy string `json:"doneBy,omitempty"`
	Note   string `json:"note,omitempty"`
	Acted  *Acted `json:"acted,omitempty"` // when a telephone says that it was done
}
