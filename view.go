package fengsui

// User (账号) is a person who signs in.
type User struct {
	ID       ID     `json:"id"`
	Login    string `json:"login"`
	Name     string `json:"name"`
	Role     Role   `json:"role"`
	Party    ID     `json:"party"`
	Least    Level  `json:"least"` // warnings below it are not shown; none: all
	Disabled bool   `json:"disabled"`
	Lead     bool   `json:"lead"` // answers for the accounts of the own party (ActPeople)
	Version  int64  `json:"version"`
}

// WarningFilter chooses warnings. Zero fields choose all.
type WarningFilter struct {
	Levels     []Level
	Open       bool // only those that have not ended
	Ended      bool // only those that have
	Overdue    bool // open ones whose clock has sent a notice
	Shelved    bool // only shelved ones; otherwise they are left out of Open lists
	Merged     bool // only open ones behind another; otherwise they are left out of Open lists
	Into       ID   // only those behind this one
	Holder     ID   // only those that this account holds
	Enterprise ID
	Zone       ID
	Sector     Sector
	Model      string
	Subjects   []Subject // about one of these; empty: about anything
	Text       string    // in the enterprise's or the subject's name
	From, To   Millis    // RaisedAt, To exclusive
	Queue      bool      // order of the duty desk: unconfirmed, level, time left; otherwise newest first
}

// WarningCounts are the four counters of every page: by level, those open and of
// them those that nobody confirmed.
type WarningCounts struct {
	Open        map[Level]int `json:"open"`
	Unconfirmed map[Level]int `json:"unconfirmed"`
	Shelved     int           `json:"shelved"`
	Declared    int           `json:"declared"` // open ones about what is out of use with leave: counted here alone (A36)
	Held        int           `json:"held"`     // silences that declared outages hold back: no warnings
}

// Period (级别时段) is a stretch of a warning's life at one level. All are kept.
type Period struct {
	Warning ID     `json:"warning"`
	Number  int    `json:"number"`
	Level   Level  `json:"level"`
	Began   Millis `json:"began"`
	Ended   Millis `json:"ended,omitempty"`
	Clock   Clock  `json:"clock"`
	Why     string `json:"why,omitempty"`
}

// Push (推送) is one message to one party about one step. Its Key is the
// idempotency key outward.
type Push struct {
	ID         ID         `json:"id"`
	Key        string     `json:"key"` // <step id>/<party id>
	Step       ID         `json:"step"`
	Kind       StepKind   `json:"kind"`
	Number     int        `json:"number"`
	Warning    ID         `json:"warning"`
	Party      ID         `json:"party"`
	Capacities []Capacity `json:"capacities" nullable:"false"`
	Level      Level      `json:"level"`
	At         Millis     `json:"at"`
	Deliveries []Delivery `json:"deliveries" nullable:"false"`

	ConfirmedAt Millis `json:"confirmedAt,omitempty"` // someone of the party acted on the warning or answered a call; absent: nobody yet
	ConfirmedBy string `json:"confirmedBy,omitempty"`
	NextAt      Millis `json:"nextAt,omitempty"` // further contacts are told then, unless someone confirms
}

// Delivery (送达记录) is the state of one push at one receiver by one channel.
type Delivery struct {
	ID       ID            `json:"id"`
	Contact  string        `json:"contact"`
	Channel  string        `json:"channel"` // console, email, webhook, municipal
	Address  string        `json:"address"`
	State    DeliveryState `json:"state"`
	Attempts int           `json:"attempts"`
	InDoubt  int           `json:"inDoubt"` // attempts whose answer was lost
	Answer   string        `json:"answer"`  // the receiver's last words
	FirstAt  Millis        `json:"firstAt,omitempty"`
	LastAt   Millis        `json:"lastAt,omitempty"`
	NextAt   Millis        `json:"nextAt,omitempty"`
}

// Trouble (送达异常) is a delivery that did not arrive, with its push.
type Trouble struct {
	Push       Push     `json:"push"` // without its other deliveries
	Enterprise ID       `json:"enterprise,omitempty"`
	Delivery   Delivery `json:"delivery"`
}

// TroubleFilter chooses troubles: refused, gave_up, held (not taken so far), or empty
// for all three.
type TroubleFilter struct{ State string }

// DeliveryState says how far a delivery has come.
type DeliveryState string

const (
	Waiting    DeliveryState = "waiting"
	Sent       DeliveryState = "sent"        // the receiver answered yes
	FellOver   DeliveryState = "fell_over"   // given up here, the contact's next channel took over
	GaveUp     DeliveryState = "gave_up"     // the last channel is dead too; the duty desk is told
	Refused    DeliveryState = "refused"     // the receiver does not take this message, ever; the duty desk is told
	NotReached DeliveryState = "not_reached" // the party has no contact with a channel: console only
	Withheld   DeliveryState = "withheld"    // an officer kept it back after a restore: it may have gone out before
)

// File is a piece of evidence that someone uploaded.
type File struct {
	ID     ID     `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"` // media type
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	At     Millis `json:"at"`
	By     string `json:"by"`
}

// KeyState is where a push key is in its life.
type KeyState string

const (
	KeyActive   KeyState = "active"
	KeyRotating KeyState = "rotating" // still valid, its successor is issued
	KeyRevoked  KeyState = "revoked"
)

// Key (接入密钥) is one of an enterprise's push keys, without its secret.
type Key struct {
	ID         string   `json:"id"` // public, goes with each request
	Enterprise ID       `json:"enterprise"`
	State      KeyState `json:"state"`
	IssuedAt   Millis   `json:"issuedAt"`
	IssuedBy   string   `json:"issuedBy"`
	RevokedAt  Millis   `json:"revokedAt,omitempty"`
}

// Latest is a point's newest live value.
type Latest struct {
	Point    int64   `json:"point"`
	At       Millis  `json:"at"`
	Received Millis  `json:"received"`
	Value    float64 `json:"value"`
	Quality  Quality `json:"quality"`
	State    Level   `json:"state"` // the highest level that any model measures there now
	Silent   bool    `json:"silent"`
}

// Whereabouts is where a device that moves is now.
type Whereabouts struct {
	Device     ID      `json:"device"`
	Enterprise ID      `json:"enterprise"`
	Asset      ID      `json:"asset,omitempty"`
	At         Millis  `json:"at"` // its own time
	Received   Millis  `json:"received"`
	Lon        float64 `json:"lon"` // degrees, WGS-84
	Lat        float64 `json:"lat"`
	Speed      float64 `json:"speed"`   // km/h
	Heading    float64 `json:"heading"` // degrees clockwise from north
	Fix        bool    `json:"fix"`     // without one it is the last place that the receiver knew
	Level      Level   `json:"level"`   // the highest that any model measures there now
}

// Stray (隔离数据) is something that came from an unknown point: kept until
// someone says what it is.
type Stray struct {
	Enterprise ID      `json:"enterprise"`
	Code       string  `json:"code"`
	First      Millis  `json:"first"`
	Last       Millis  `json:"last"`
	Count      int64   `json:"count"`
	LastValue  float64 `json:"lastValue"`
	LastEvent  string  `json:"lastEvent,omitempty"`
	From       string  `json:"from,omitempty"` // the address of the last delivery of which one is known
	Raw        string  `json:"raw,omitempty"`  // the beginning of what came last: as text if it is one, else hexadecimal behind 0x
}

// EnterpriseFilter chooses enterprises. Zero fields choose all.
type EnterpriseFilter struct {
	Text   string // in the name, short name, code or credit code
	Zone   ID
	Sector Sector
}

// OrderFilter chooses orders. Zero fields choose all.
type OrderFilter struct {
	Kind       OrderKind
	Warning    ID
	Enterprise ID
	Party      ID   // who must do it
	Open       bool // only those without a result
	Done       bool // only those with one
}

// Bucket is a stretch of a point's history.
type Bucket struct {
	At   Millis  `json:"at"` // of the last sample in it
	Min  float64 `json:"min"`
	Max  float64 `json:"max"`
	Last float64 `json:"last"`
}

// ModelCard is what a risk model says about itself (A18).
type ModelCard struct {
	Key      string    `json:"key"`
	Version  int       `json:"version"`
	Sector   Sector    `json:"sector,omitempty"`
	Name     Bilingual `json:"name"`
	Source   string    `json:"source"` // the standard its limits come from
	Author   string    `json:"author"`
	Approver string    `json:"approver"`
	Rungs    []Rung    `json:"rungs" nullable:"false"`
	Advice   Advice    `json:"advice"`
}

// Rung is one step of a model's ladder.
type Rung struct {
	Name  string `json:"name"` // HH
	Level Level  `json:"level"`
}

// Advice is what a model tells whoever must act.
type Advice struct {
	Cause       Bilingual `json:"cause"`
	Consequence Bilingual `json:"consequence"`
	Action      Bilingual `json:"action"`
	Response    Bilingual `json:"response"` // in what time
}

// Bilingual is a text from the district's data in both languages.
type Bilingual struct {
	Zh string `json:"zh" yaml:"zh"`
	En string `json:"en" yaml:"en"`
}

// Health is how one part of the platform is.
type Health struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Why  string `json:"why,omitempty"`
}

// Ask (申请) is a party's wish that a warning be lowered or ended. It stops no
// clock, and is pending until someone decides or the party asks anew.
type Ask struct {
	ID       ID         `json:"id"`
	Warning  ID         `json:"warning"`
	Party    ID         `json:"party"`
	By       string     `json:"by"`
	At       Millis     `json:"at"`
	To       Level      `json:"to"`
	End      End        `json:"end"`
	Why      string     `json:"why"`
	ClosedAt Millis     `json:"closedAt,omitempty"` // 0: pending
	Outcome  AskOutcome `json:"outcome,omitempty"`
}

// AskOutcome says why an ask is no longer pending.
type AskOutcome string

const (
	AskDecided  AskOutcome = "decided"  // a verdict was given, whatever it was
	AskReplaced AskOutcome = "replaced" // the same party asked anew
)

// Plan (应急预案) is an emergency plan's checklist: data of the district.
type Plan struct {
	Key    string     `yaml:"key" json:"key"`
	Name   Bilingual  `yaml:"name" json:"name"`
	Source string     `yaml:"source" json:"source"`
	Items  []PlanItem `yaml:"items" json:"items" nullable:"false"`
}

// PlanItem is one thing to be done.
type PlanItem struct {
	Key  string    `yaml:"key" json:"key"`
	Text Bilingual `yaml:"text" json:"text"`
}

// DeadChannel is an address that nobody answers at: what is meant for it goes
// over to the contact's next channel.
type DeadChannel struct {
	ID      ID     `json:"id"`
	Channel string `json:"channel"`
	Address string `json:"address"` // masked for those who may not see receivers
	Party   ID     `json:"party"`
	Contact string `json:"contact"`
	Since   Millis `json:"since"`
	Waiting int    `json:"waiting"` // deliveries that are kept for it
	Answer  string `json:"answer"`  // its last words
}
