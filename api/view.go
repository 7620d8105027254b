package api

import (
	"encoding/json"

	"fengsui"
	"fengsui/account"
	"fengsui/registry"
)

// The answers that are more than a root type. Names of people's things are
// filled in here, so that a page needs no second call.

// Me is who is signed in.
type Me struct {
	User     fengsui.User      `json:"user"`
	Party    PartyView         `json:"party"`
	Scope    ScopeView         `json:"scope"`
	Acts     []fengsui.Act     `json:"acts" nullable:"false"`               // what the role may do at all
	ReadOnly bool              `json:"readOnly"`                            // an API token that may only look
	Must     account.Must      `json:"must,omitempty" enum:"password,totp"` // what the person has to do before anything else
	Until    fengsui.Millis    `json:"until"`                               // the session ends then at the latest
	IdleMs   int64             `json:"idleMs"`                              // and earlier when unused so long
	Policy   string            `json:"policy"`                              // name@version in force
	Desk     fengsui.DeskRules `json:"desk"`                                // by which the duty room works
	Scale    string            `json:"scale,omitempty"`                     // set when this is a show: every page says it
}

// ScopeView is what part of the district a person sees.
type ScopeView struct {
	All        bool             `json:"all"`
	Enterprise fengsui.ID       `json:"enterprise,omitempty"`
	Zone       fengsui.ID       `json:"zone,omitempty"`
	Sectors    []fengsui.Sector `json:"sectors" nullable:"false"`
	Least      fengsui.Level    `json:"least"`
	Name       string           `json:"name"` // of the enterprise, zone or party
	NameEn     string           `json:"nameEn,omitempty"`
}

// Done is the answer to an act: where it stands in the journal.
type Done struct {
	Pos int64       `json:"pos"`
	Of  fengsui.Ref `json:"of"`
}

// WarningView is a warning with the names, the next step of its clock and what
// the reader may do about it now.
type WarningView struct {
	fengsui.Warning
	EnterpriseName string          `json:"enterpriseName"`
	EnterpriseSeen bool            `json:"enterpriseSeen"` // by the reader: its file and points go by its own zone and sector, not the warning's
	ZoneName       string          `json:"zoneName"`
	SubjectName    string          `json:"subjectName"`
	SubjectID      fengsui.ID      `json:"subjectId,omitempty"` // of the point, device or enterprise
	Place          string          `json:"place"`
	NextStep       *NextStep       `json:"nextStep,omitempty"` // absent: the clock asks for nothing more
	Rule           *fengsui.Rule   `json:"rule,omitempty"`     // of its level, under the policy it began with
	Latest         *fengsui.Latest `json:"latest,omitempty"`   // what its point measures now, while it is open
	Outage         *OutageMark     `json:"outage,omitempty"`   // its subject is out of use with leave
	Acts           []Verb          `json:"acts" nullable:"false"`
}

// Verb is an act on a warning as it stands in the address: confirm, assign, ...
type Verb string

// NextStep is what the clock asks for next.
type NextStep struct {
	Kind    fengsui.StepKind `json:"kind"`
	Number  int              `json:"number"`
	At      fengsui.Millis   `json:"at"`
	Article string           `json:"article"`
}

// WarningList is a page of warnings.
type WarningList struct {
	Items []WarningView `json:"items" nullable:"false"`
	Total int           `json:"total"`
}

// WarningDetail is a warning with everything that hangs on it.
type WarningDetail struct {
	WarningView
	Periods      []fengsui.Period     `json:"periods" nullable:"false"`
	Steps        []StepView           `json:"steps" nullable:"false"`
	Pushes       []PushView           `json:"pushes" nullable:"false"` // empty for who may not see receivers
	Orders       []OrderView          `json:"orders" nullable:"false"`
	Asks         []AskView            `json:"asks" nullable:"false"`
	Parts        []fengsui.Part       `json:"parts" nullable:"false"`   // what its newest finding is made of, the largest first; of an index or of neighbours
	Classes      []fengsui.Misconduct `json:"classes" nullable:"false"` // under which Article 25 sorts what this model finds
	Sorted       *SortingItem         `json:"sorted,omitempty"`         // under what it was sorted
	Plan         string               `json:"plan,omitempty"`           // key of the emergency plan that fits an accident here
	PolicyName   string               `json:"policyName"`
	PolicySource string               `json:"policySource"`
	Scale        string               `json:"scale,omitempty"`
	Inferred     []string             `json:"inferred" nullable:"false"` // what the policy takes where the law is silent
}

// StepView is a step with the names of those told.
type StepView struct {
	fengsui.Step
	Told []ToldView `json:"told" nullable:"false"`
}

// ToldView names a party that is told.
type ToldView struct {
	Party      fengsui.ID         `json:"party"`
	Name       string             `json:"name"`
	Capacities []fengsui.Capacity `json:"capacities" nullable:"false"`
}

// PushView is a push with the name of its party.
type PushView struct {
	fengsui.Push
	PartyName string `json:"partyName"`
}

// Timeline is everything that happened to a warning, in order.
type Timeline struct {
	Items []TimelineItem `json:"items" nullable:"false"`
}

// TimelineItem is a change or a push.
type TimelineItem struct {
	Kind   string          `json:"kind" enum:"change,push"`
	At     fengsui.Millis  `json:"at"`
	Pos    int64           `json:"pos,omitempty"`
	Of     *fengsui.Ref    `json:"of,omitempty"`
	Act    string          `json:"act,omitempty"`
	ByName string          `json:"byName,omitempty"`
	ByRole fengsui.Role    `json:"byRole,omitempty"`
	ByFrom string          `json:"byFrom,omitempty"` // remote address, for those who read the journal
	Why    string          `json:"why,omitempty"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	Steps  []StepView      `json:"steps,omitempty" nullable:"false"`
	Push   *PushView       `json:"push,omitempty"`
}

// OrderView is an order with the names.
type OrderView struct {
	fengsui.Order
	EnterpriseName string `json:"enterpriseName"`
	PartyName      string `json:"partyName"`
	Acts           []Verb `json:"acts" nullable:"false"` // assign, result, check
}

// AskView is an ask with the name of the party that asks.
type AskView struct {
	fengsui.Ask
	PartyName string `json:"partyName"`
}

// PlanList are the emergency plans.
type PlanList struct {
	Items []fengsui.Plan `json:"items" nullable:"false"`
}

// OrderList is a page of orders.
type OrderList struct {
	Items []OrderView `json:"items" nullable:"false"`
	Total int         `json:"total"`
}

// EnterpriseView is an enterprise with the name of its zone and how it stands.
type EnterpriseView struct {
	fengsui.Enterprise
	ZoneName string      `json:"zoneName"`
	Points   int         `json:"points"`
	Declared int         `json:"declared"`         // of them out of use now, with leave
	Outage   *OutageMark `json:"outage,omitempty"` // of these outages the one that ends last
}

// EnterpriseList is a page of enterprises.
type EnterpriseList struct {
	Items []EnterpriseView `json:"items" nullable:"false"`
	Total int              `json:"total"`
}

// EnterpriseDetail is an enterprise with its contacts (telephone numbers masked)
// and its open warnings, the first 100 of them.
type EnterpriseDetail struct {
	EnterpriseView
	Contacts  []fengsui.Contact `json:"contacts" nullable:"false"`
	Assets    []fengsui.Asset   `json:"assets" nullable:"false"`
	Devices   []fengsui.Device  `json:"devices" nullable:"false"`
	Warnings  []WarningView     `json:"warnings" nullable:"false"`
	OpenTotal int               `json:"openTotal"`
}

// Contacts are the contacts of a party with their telephone numbers in full.
type Contacts struct {
	Done
	Contacts []fengsui.Contact `json:"contacts" nullable:"false"`
}

// PointView is a point with its names and newest value.
type PointView struct {
	fengsui.Point
	EnterpriseName string          `json:"enterpriseName"`
	AssetName      string          `json:"assetName,omitempty"`
	DeviceName     string          `json:"deviceName,omitempty"`
	Latest         *fengsui.Latest `json:"latest,omitempty"` // absent: nothing came yet
	Outage         *OutageMark     `json:"outage,omitempty"` // it is out of use with leave
}

// PointList is a page of points.
type PointList struct {
	Items []PointView `json:"items" nullable:"false"`
	Total int         `json:"total"`
}

// Trend is a point's history, thinned to the buckets asked for.
type Trend struct {
	Point   fengsui.ID       `json:"point"`
	From    fengsui.Millis   `json:"from"`
	To      fengsui.Millis   `json:"to"`
	Buckets []fengsui.Bucket `json:"buckets" nullable:"false"`

	Outages []fengsui.DeclaredStretch `json:"outages" nullable:"false"` // in which it was out of use with leave
}

// PartyView is a party without its contacts.
type PartyView struct {
	ID      fengsui.ID        `json:"id"`
	Kind    fengsui.PartyKind `json:"kind"`
	Code    string            `json:"code"`
	Name    string            `json:"name"`
	NameEn  string            `json:"nameEn,omitempty"`
	Parent  fengsui.ID        `json:"parent,omitempty"`
	Sectors []fengsui.Sector  `json:"sectors" nullable:"false"`
}

// Parties are the district's parties and sectors; enterprises are listed apart.
type Parties struct {
	Items   []PartyView  `json:"items" nullable:"false"`
	Sectors []SectorView `json:"sectors" nullable:"false"`
}

// SectorView names a sector.
type SectorView struct {
	Key fengsui.Sector `json:"key"`
	Zh  string         `json:"zh"`
	En  string         `json:"en"`
}

// Models are the risk models in use.
type Models struct {
	Items []fengsui.ModelCard `json:"items" nullable:"false"`
}

// Policy is the escalation policy in force and those that older warnings began
// under.
type Policy struct {
	InForce fengsui.Escalation   `json:"inForce"`
	Earlier []fengsui.Escalation `json:"earlier" nullable:"false"`
}

// Strays are what came from unknown points and devices.
type Strays struct {
	Items []StrayView `json:"items" nullable:"false"`
	Total int         `json:"total"`
}

// StrayView is a stray with the name of its enterprise and what a form to register it
// begins with.
type StrayView struct {
	fengsui.Stray
	EnterpriseName string       `json:"enterpriseName"`
	Known          bool         `json:"known"`            // registered since; it goes within the hour
	Point          *StrayPoint  `json:"point,omitempty"`  // of an enterprise: to be imported as a point
	Device         *StrayDevice `json:"device,omitempty"` // of nobody: to be adopted
}

// StrayPoint is what is known of an unknown point, as the points sheet has it.
type StrayPoint struct {
	Enterprise string       `json:"enterprise"` // platform code
	Code       string       `json:"code"`
	Every      fengsui.Span `json:"every,omitempty"` // as it came, ms; absent: it came once
}

// StrayDevice is by what an unknown device is known.
type StrayDevice struct {
	Protocol string `json:"protocol"`
	Key      string `json:"key"`
}

// DeadChannels are the addresses that nobody answers at, longest dead first.
type DeadChannels struct {
	Items []DeadChannelView `json:"items" nullable:"false"`
}

// DeadChannelView is a dead channel with the name of its party.
type DeadChannelView struct {
	fengsui.DeadChannel
	PartyName string `json:"partyName"`
}

// HealthList is how the parts of the platform are.
type HealthList struct {
	OK    bool             `json:"ok"`
	Now   fengsui.Millis   `json:"now"`
	Items []fengsui.Health `json:"items" nullable:"false"`
}

// ClockView is the escalation clock: whether steps are held, and why.
type ClockView struct {
	Now  fengsui.Millis `json:"now"`
	Held bool           `json:"held"`
	Why  string         `json:"why,omitempty"`
}

// Keys are an enterprise's push keys.
type Keys struct {
	Items []fengsui.Key `json:"items" nullable:"false"`
}

// IssuedKey is a new push key. Its secret is shown this once; a repeat of the
// call is answered without it.
type IssuedKey struct {
	Done
	Key    string `json:"key"`
	Secret string `json:"secret,omitempty"` // base64
}

// Users is a page of users.
type Users struct {
	Items []fengsui.User `json:"items" nullable:"false"`
	Total int            `json:"total"`
	Links []string       `json:"linkChannels" nullable:"false"` // kinds of channels by which a link can be sent
}

// IssuedToken is a new API token. Its secret is shown this once; a repeat of the
// call is answered without it.
type IssuedToken struct {
	Done
	Token  fengsui.ID `json:"token"`
	Secret string     `json:"secret,omitempty"`
}

// ImportReport is what an import did, or would do when it is a dry run. With any
// error nothing was imported.
type ImportReport struct {
	Done
	Rows    int        `json:"rows"`
	Created int        `json:"created"`
	Changed int        `json:"changed"`
	Same    int        `json:"same"`
	Dry     bool       `json:"dry"`
	Errors  []RowError `json:"errors" nullable:"false"`
	More    int        `json:"more"` // errors beyond those listed

	Sheets      []registry.SheetReport `json:"sheets" nullable:"false"`
	Changes     []registry.RowChange   `json:"changes" nullable:"false"`
	MoreChanges int                    `json:"moreChanges"` // beyond those listed
}

// RowError is what is wrong with one cell of an import.
type RowError struct {
	Sheet   string `json:"sheet"`
	Row     int    `json:"row"` // 1 is the header
	Column  string `json:"column"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// FeedChange is a change inside the reader's scope, as the live feed tells it.
type FeedChange struct {
	Pos        int64          `json:"pos"`
	Prev       int64          `json:"prev"` // the last position sent on this connection
	At         fengsui.Millis `json:"at"`
	Of         fengsui.Ref    `json:"of"`
	Act        string         `json:"act"`
	By         string         `json:"by"`
	Warning    fengsui.ID     `json:"warning,omitempty"`
	Enterprise fengsui.ID     `json:"enterprise,omitempty"`
	Peak       fengsui.Level  `json:"peak"`
}

// FeedBeat says that the feed lives and up to where it has looked.
type FeedBeat struct {
	Pos  int64          `json:"pos"`
	Prev int64          `json:"prev"`
	At   fengsui.Millis `json:"at"`
	Lost fengsui.Stage  `json:"lost,omitempty"` // where the platform's own signal stays; empty: it comes round
}
