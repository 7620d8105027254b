package fengsui

// Stage names a part of the way from a signal to a person, as the canary goes it.
type Stage string

const (
	AtDoor    Stage = "door"    // the listener, its TLS, signature and cipher
	AtLog     Stage = "log"     // kept on disk
	AtRisk    Stage = "risk"    // judged by a model
	AtWarning Stage = "warning" // committed with the warning's transaction
	AtNotify  Stage = "notify"  // brought to a channel
	AtFeed    Stage = "feed"    // shown by the live feed
)

// Stages are all of them, in their order.
var Stages = []Stage{AtDoor, AtLog, AtRisk, AtWarning, AtNotify, AtFeed}

// Loop (回路自检) says whether the canary comes round: a signal of the platform's own
// goes in at the door every Every and must reach the live feed.
type Loop struct {
	On    bool   `json:"on"` // this process sends or watches canaries
	OK    bool   `json:"ok"` // it came round the last time, or has not been sent yet
	Lost  Stage  `json:"lost,omitempty" enum:"door,log,risk,warning,notify,feed"`
	Why   string `json:"why,omitempty"`
	Since Millis `json:"since,omitempty"` // it is lost since then
	Last  Millis `json:"last,omitempty"`  // the newest that came round was sent then; 0: none yet
	Took  Span   `json:"took,omitempty"`  // it took so long
	Every Span   `json:"every,omitempty"`
}

// Fault (故障) is one stretch of time in which a part of the platform did not work, and
// who settled it (A41).
type Fault struct {
	ID        ID     `json:"id"`
	Part      string `json:"part"`              // as Health names it
	Process   string `json:"process,omitempty"` // which of several; empty: there is one
	Why       string `json:"why"`               // as it was last seen
	Since     Millis `json:"since"`
	Last      Millis `json:"last"`             // it was last seen broken
	OverAt    Millis `json:"overAt,omitempty"` // 0: it stands
	SettledAt Millis `json:"settledAt,omitempty"`
	SettledBy string `json:"settledBy,omitempty"` // the person's name
	Note      string `json:"note,omitempty"`      // what was found and done
}

// Operation (运行状态) is what one process of the platform knows of itself (A41).
type Operation struct {
	Process    string        `json:"process"`
	Roles      []string      `json:"roles" nullable:"false"` // empty: everything
	Started    Millis        `json:"started"`
	Version    string        `json:"version"` // of the program
	Go         string        `json:"go"`
	Policy     string        `json:"policy"` // name@version in force
	Engines    []Engine      `json:"engines" nullable:"false"`
	Loop       Loop          `json:"loop"`
	Disks      []Disk        `json:"disks" nullable:"false"`
	Kept       []Kept        `json:"kept" nullable:"false"`
	Lag        Lag           `json:"lag"`
	Doors      []Door        `json:"doors" nullable:"false"`
	Intake     []Count       `json:"intake" nullable:"false"` // since the start
	Refused    []Count       `json:"refused" nullable:"false"`
	Certs      []Certificate `json:"certificates" nullable:"false"`
	Goroutines int           `json:"goroutines"`
	Memory     int64         `json:"memoryBytes"` // taken from the machine by this process
	Files      int           `json:"openFiles"`
}

// Door (接入协议) is a protocol by which data come, as this process listens to it.
type Door struct {
	Protocol string `json:"protocol" enum:"push,mqtt,jt808"`
	Address  string `json:"address,omitempty"` // absent: not in use
	Clients  *int64 `json:"clients,omitempty"` // connected now; absent where each request is its own
	Taken    int64  `json:"taken"`             // requests, publications or frames since the start
	Refused  int64  `json:"refused"`
}

// Engine is what keeps something: inside the process, or a server outside.
type Engine struct {
	Name    string `json:"name"` // log, store, history, blob
	Outside bool   `json:"outside"`
	Sealed  string `json:"sealed,omitempty"` // by the platform, with which suite: aes, sm; empty: not by it
}

// DiskSeal says whether a disk is encrypted, as far as the machine tells.
type DiskSeal string

// What a disk can be.
const (
	DiskSealed  DiskSeal = "sealed"
	DiskOpen    DiskSeal = "open"
	DiskUnknown DiskSeal = "unknown"
)

// Disk is a file system that the platform writes to.
type Disk struct {
	Name     string   `json:"name"` // data
	Free     int64    `json:"freeBytes"`
	Size     int64    `json:"sizeBytes"`
	Least    int64    `json:"leastBytes"`                        // below it intake refuses
	Sealed   DiskSeal `json:"sealed" enum:"sealed,open,unknown"` // encrypted below the file system
	FullDays float64  `json:"fullDays,omitempty"`                // until then at the pace of the last seven days; 0: it does not fill up, or it is too early to tell
	FullAt   Millis   `json:"fullAt,omitempty"`                  // the same as a day; 0 also where that is more than a century ahead
}

// Lag is how far the readers of the log are behind.
type Lag struct {
	Samples int64 `json:"samples"` // that wait for evaluation
	Behind  Span  `json:"behind"`  // the newest record judged is so old
	History Span  `json:"history"` // the same of the history
}

// Count is one counter by its name.
type Count struct {
	Name string `json:"name"`
	N    int64  `json:"n"`
}

// Certificate is one that the platform shows.
type Certificate struct {
	Name  string `json:"name"` // https
	Until Millis `json:"until"`
}

// KindCanary is of everything that the platform's canary leaves behind: journal rows above
// all, which people's lists and feeds leave out.
const KindCanary = "canary"

// KindLook is of a look at the journal or at a case: who audits is written down too. It
// changes nothing, so the live feed leaves it out.
const KindLook = "look"
