package fengsui

// ModelState says where a version of a risk model is on its way.
type ModelState string

const (
	ModelDraft     ModelState = "draft"     // being written
	ModelSubmitted ModelState = "submitted" // waits for another person
	ModelLive      ModelState = "live"      // judges; at most one version of a model
	ModelRetired   ModelState = "retired"   // judged once
	ModelRefused   ModelState = "refused"   // never judged
)

// Signature is who did something, and when. The platform signs without a User.
type Signature struct {
	User ID     `json:"user,omitempty"`
	Name string `json:"name"`
	Role Role   `json:"role,omitempty"`
	At   Millis `json:"at"`
}

// ModelVersion (模型版本) is one version of a risk model as it was written (A18).
// The platform is the author of what it was shipped with.
type ModelVersion struct {
	Model    string     `json:"model"`
	Version  int        `json:"version"`
	Revision int64      `json:"revision"` // raised by every change of it; an act names the one that was read
	State    ModelState `json:"state" enum:"draft,submitted,live,retired,refused"`
	Sector   Sector     `json:"sector,omitempty"` // empty: of every sector
	Kind     string     `json:"kind"`
	Title    Bilingual  `json:"title"`
	Grading  string     `json:"grading,omitempty"` // key@version of the grading standard that it implements (A35)
	Hash     string     `json:"hash"`              // SHA-256 of the text, hex
	Text     string     `json:"text,omitempty"`    // YAML; lists leave it out
	Author   Signature  `json:"author"`
	Approver *Signature `json:"approver,omitempty"` // who released or refused it
	Why      string     `json:"why,omitempty"`      // of the last act on it
}

// ModelFilter chooses versions of models. Zero fields choose all.
type ModelFilter struct {
	State  ModelState
	Sector Sector
	Model  string
}

// ModelDetail is a model with its versions, newest first, and what was done with
// it, newest first: at most the last 20 and 200.
type ModelDetail struct {
	Model    string         `json:"model"`
	Next     int            `json:"next"` // the number of the next version
	Versions []ModelVersion `json:"versions" nullable:"false"`
	History  []ModelAct     `json:"history" nullable:"false"`
}

// ModelAct is something that was done with a model.
type ModelAct struct {
	Signature
	Act     string `json:"act"`
	Version int    `json:"version"`
	Why     string `json:"why,omitempty"`
}

// ModelCheck is what is wrong with the text of a model; nothing when it may be
// saved. Notes are no obstacle yet, but stand in the way of a release.
type ModelCheck struct {
	OK       bool           `json:"ok"`
	Problems []ModelProblem `json:"problems" nullable:"false"`
	Notes    []string       `json:"notes" nullable:"false"`
	Read     ModelVersion   `json:"read"`              // as far as it could be read
	Formula  *FormulaCheck  `json:"formula,omitempty"` // of a model with a formula that can be read
}

// FormulaCheck is what one evaluation of a formula costs, in the units of CEL's own
// estimate, and what comes out of it.
type FormulaCheck struct {
	Cost      uint64 `json:"cost"`      // at most
	Most      uint64 `json:"most"`      // that is allowed
	Condition bool   `json:"condition"` // true is 1, false 0; otherwise it is a number
}

// ModelProblem is one thing that is wrong with the text of a model.
type ModelProblem struct {
	Reason string `json:"reason"`           // of the refusal that it would be
	Text   string `json:"text"`             // the English sentence
	Line   int    `json:"line,omitempty"`   // of the text, from 1; absent where it is not known
	Column int    `json:"column,omitempty"` // likewise, in bytes
	Path   string `json:"path,omitempty"`   // keys and indexes of what is wrong: formula.expr; absent where it is not known
	Within *Spot  `json:"within,omitempty"` // where in the text at the path: of an expression
}

// Spot is a place in a text, both from 1.
type Spot struct {
	Line   int `json:"line"`
	Column int `json:"column"` // in characters
}

// ModelVocabulary is what a formula may be made of: the functions of the language, and
// the points that a person sees, from which its inputs are chosen.
type ModelVocabulary struct {
	Functions []FormulaFunction `json:"functions" nullable:"false"`
	Inputs    int               `json:"inputs"` // of a formula at most
	Bytes     int               `json:"bytes"`  // of an expression at most
	Cost      uint64            `json:"cost"`   // of an evaluation at most
	Points    []PointGroup      `json:"points" nullable:"false"`
	Total     int               `json:"total"` // of the groups of points
}

// FormulaFunction is a function that an expression may call.
type FormulaFunction struct {
	Name string `json:"name"`
	Args int    `json:"args"`
}

// PointGroup counts the points of a quantity and unit on a kind of asset. A formula
// names its inputs by quantity, or by how their codes end.
type PointGroup struct {
	Asset    string   `json:"asset"` // kind
	Quantity Quantity `json:"quantity"`
	Unit     string   `json:"unit"`
	Points   int      `json:"points"`
	Code     string   `json:"code"` // of one of them
	Name     string   `json:"name"` // of the same
}

// ReplayState says how far a replay is.
type ReplayState string

const (
	ReplayWaiting  ReplayState = "waiting"
	ReplayRunning  ReplayState = "running"
	ReplayDone     ReplayState = "done"
	ReplayFailed   ReplayState = "failed"
	ReplayCanceled ReplayState = "canceled"
)

// Replay (回放) is what the models would have raised over stored history with a
// candidate among them, beside the same with the models as they are (A18). Both
// judge the same records, by the district as it is now.
type Replay struct {
	Model   string      `json:"model"`
	Version int         `json:"version"`
	Hash    string      `json:"hash"` // of the candidate's text
	State   ReplayState `json:"state" enum:"waiting,running,done,failed,canceled"`
	Why     string      `json:"why,omitempty"` // it failed
	By      Signature   `json:"by"`
	From    Millis      `json:"from"`
	To      Millis      `json:"to"`    // exclusive
	Since   Millis      `json:"since"` // judging began, so that states are warm at From; 0: no record yet
	At      Millis      `json:"at"`    // judged up to here
	Ended   Millis      `json:"ended"`
	Cut     bool        `json:"cut"` // ended early, at At: one side raised too much to be kept

	Records int64 `json:"records"` // between From and To
	Samples int64 `json:"samples"`

	Models  []ReplayModel `json:"models" nullable:"false"` // the candidate and those that differ
	Firms   FirmsReplayed `json:"firms"`                   // by these models
	New     RaisedList    `json:"new"`
	Missing RaisedList    `json:"missing"`
	Changed ChangedList   `json:"changed"`
}

// ReplayModel compares one model's two sides.
type ReplayModel struct {
	Model     string      `json:"model"`
	Live      ReplayCount `json:"live"`
	Candidate ReplayCount `json:"candidate"`
	New       int         `json:"new"`
	Missing   int         `json:"missing"`
	Changed   int         `json:"changed"`
	Same      int         `json:"same"`
	Days      []ReplayDay `json:"days" nullable:"false"`
}

// ReplayCount counts findings, and what was raised by its highest level.
type ReplayCount struct {
	Findings int           `json:"findings"`
	Late     int           `json:"late"`
	Levels   map[Level]int `json:"levels"`
}

// ReplayDay counts what was raised on a day of the district's civil time.
type ReplayDay struct {
	Day       string        `json:"day"` // 2026-11-27
	Live      map[Level]int `json:"live"`
	Candidate map[Level]int `json:"candidate"`
}

// FirmsReplayed is the first of the enterprises for which something was raised, those
// with the most differences first, and how many there are.
type FirmsReplayed struct {
	Items []ReplayFirm `json:"items" nullable:"false"`
	Total int          `json:"total"`
}

// ReplayFirm compares what the two sides raised for one enterprise.
type ReplayFirm struct {
	Enterprise int64         `json:"enterprise"` // num
	Live       map[Level]int `json:"live"`
	Candidate  map[Level]int `json:"candidate"`
	New        int           `json:"new"`
	Missing    int           `json:"missing"`
	Changed    int           `json:"changed"`
	Same       int           `json:"same"`
}

// Raised is one stretch of time during which a subject was in a model's finding.
type Raised struct {
	Model      string  `json:"model"`
	Subject    Subject `json:"subject"`
	Enterprise int64   `json:"enterprise"` // num
	Level      Level   `json:"level"`      // the highest
	Rung       string  `json:"rung"`
	From       Millis  `json:"from"`
	To         Millis  `json:"to"` // 0: it still stood at the end
	Late       bool    `json:"late"`
	Value      float64 `json:"value"` // at the highest level
	Limit      float64 `json:"limit"`
	Unit       string  `json:"unit"`
	Parts      []Part  `json:"parts,omitempty"` // of an index, at the highest level
}

// RaisedList is the first of a list of what was raised, and how many there are.
type RaisedList struct {
	Items []Raised `json:"items" nullable:"false"`
	Total int      `json:"total"`
}

// ChangedList is the first of a list of what was raised otherwise, and how many
// there are.
type ChangedList struct {
	Items []ReplayChange `json:"items" nullable:"false"`
	Total int            `json:"total"`
}

// ReplayChange is what both sides raised, at another level or another time.
type ReplayChange struct {
	Live      Raised `json:"live"`
	Candidate Raised `json:"candidate"`
}

// GradingState says where a version of a grading standard is on its way.
type GradingState string

const (
	GradingDraft      GradingState = "draft"      // of the operator, or with guidance to take up
	GradingGuided     GradingState = "guided"     // a regulator stands behind it: it is in force
	GradingSuperseded GradingState = "superseded" // a later version is in force; kept for ever
)

// Grading (分级预警标准) is what makes a risk of a scenario red, orange, yellow or
// blue: the operator drafts it, a regulator guides it (A35).
type Grading struct {
	Key      string       `json:"key"` // of the scenario
	Version  int          `json:"version"`
	Revision int64        `json:"revision"` // raised by every change of it
	State    GradingState `json:"state" enum:"draft,guided,superseded"`
	Sector   Sector       `json:"sector,omitempty"` // empty: of every sector
	Title    Bilingual    `json:"title"`
	Rows     []GradingRow `json:"rows" nullable:"false"`
	Source   string       `json:"source"` // the standard or decision behind it
	Drafted  Signature    `json:"drafted"`
	Guided   *Signature   `json:"guided,omitempty"`
	Party    ID           `json:"party,omitempty"`    // whose officer guided
	Guidance string       `json:"guidance,omitempty"` // what the regulator said
}

// GradingRow is one criterion and the level that it makes.
type GradingRow struct {
	Level     Level     `json:"level" enum:"blue,yellow,orange,red"`
	Criterion Bilingual `json:"criterion"`
}

// GradingFilter chooses grading standards. Zero fields choose all.
type GradingFilter struct {
	State  GradingState
	Sector Sector
	Key    string
}
