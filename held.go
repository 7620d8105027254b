package fengsui

// Restored says that the records are an older copy: what the journal keeps of it. Until
// an officer releases it nothing that was to be told leaves the platform.
type Restored struct {
	Backup string `json:"backup"`
	Head   int64  `json:"head"`   // journal position up to which the copy goes
	Newest Millis `json:"newest"` // its time: what people did afterwards is lost
	Heard  Millis `json:"heard"`  // the newest that the log holds: what devices said until then is judged again
	Tail   int64  `json:"tail"`   // log message that it stands in
}

// Held (恢复后暂停外发) is a platform that was restored: what waits, by receiver.
type Held struct {
	Held      bool           `json:"held"`
	Since     Millis         `json:"since,omitempty"`
	Restored  *Restored      `json:"restored,omitempty"` // of the newest restore, released or not
	Pushes    int            `json:"pushes"`             // that would go out
	Earlier   int            `json:"earlier"`            // of them: may have gone out before
	Withheld  int            `json:"withheld"`           // taken out by an officer
	Receivers []HeldReceiver `json:"receivers" nullable:"false"`
}

// HeldReceiver is a party that pushes wait for.
type HeldReceiver struct {
	Party    ID  `json:"party"`
	Pushes   int `json:"pushes"`
	Earlier  int `json:"earlier"`
	Withheld int `json:"withheld"`
}

// HeldPush is a push that would go out.
type HeldPush struct {
	Push
	Model      string  `json:"model,omitempty"` // with subject and occurrence: which warning it is, whatever its id
	Subject    Subject `json:"subject,omitempty"`
	Occurrence int     `json:"occurrence,omitempty"`
	Title      string  `json:"title"`   // in the platform's first language
	Earlier    bool    `json:"earlier"` // it tells of what happened before the restore, so it may have gone out
	Withheld   bool    `json:"withheld"`
}

// HeldFilter chooses held pushes. Zero fields choose all.
type HeldFilter struct {
	Party   ID
	Earlier bool // only those that may have gone out before
}

// HeldRelease says what an officer lets out.
type HeldRelease string

const (
	ReleaseAll   HeldRelease = "all"   // everything that is not withheld
	ReleaseLater HeldRelease = "later" // what tells of things after the restore; the rest is withheld
)
