package fengsui

// What the questions of an audit find (A10): each is a list that belongs to a time.

// LimitMissed (超时限) is a level period of a warning whose limit passed before the warning
// was lowered or ended: a notice or an on-site supervision fell due (A21-A23).
type LimitMissed struct {
	Warning      ID      `json:"warning"`
	Enterprise   ID      `json:"enterprise"`
	Subject      Subject `json:"subject"`
	Model        string  `json:"model"`
	Period       int     `json:"period"`
	Level        Level   `json:"level"`
	Article      string  `json:"article"`
	DueAt        Millis  `json:"dueAt"`                  // the first of its limits in the time asked for
	Notices      int     `json:"notices"`                // that were sent
	Missed       int     `json:"missed"`                 // that an outage swallowed
	SupervisedAt Millis  `json:"supervisedAt,omitempty"` // on-site supervision fell due
	EndedAt      Millis  `json:"endedAt,omitempty"`      // the period ended; 0: it runs
	AssignedTo   string  `json:"assignedTo,omitempty"`
}

// FalseAlarms counts what one person ended as a false alarm.
type FalseAlarms struct {
	User    ID            `json:"user"`
	Name    string        `json:"name"` // empty: erased
	Role    Role          `json:"role"`
	Count   int           `json:"count"`
	Levels  map[Level]int `json:"levels"`  // by the highest level that they had reached
	Cleared int           `json:"cleared"` // ended by the same person as cleared
	Again   int           `json:"again"`   // of the false alarms: raised anew soon after
}

// Gap (数据中断) is a stretch without data in an enterprise while another warning of it
// was open.
type Gap struct {
	Warning    ID      `json:"warning"`
	Enterprise ID      `json:"enterprise"`
	Subject    Subject `json:"subject"`
	Model      string  `json:"model"`
	Peak       Level   `json:"peak"`
	RaisedAt   Millis  `json:"raisedAt"`
	EndedAt    Millis  `json:"endedAt,omitempty"`
	Silence    ID      `json:"silence"` // the warning about the gap
	Silent     Subject `json:"silent"`  // what said nothing
	From       Millis  `json:"from"`
	Until      Millis  `json:"until,omitempty"` // 0: it lasts
}

// LimitChange is a change of limits that was made before an accident or a red warning.
type LimitChange struct {
	Pos        int64    `json:"pos"` // in the journal
	At         Millis   `json:"at"`
	Of         Ref      `json:"of"` // point, model or grading
	Act        string   `json:"act"`
	By         Actor    `json:"by"`
	Why        string   `json:"why,omitempty"`
	Enterprise ID       `json:"enterprise,omitempty"` // of a point
	Name       string   `json:"name,omitempty"`       // of a point
	Before     []Limit  `json:"before" nullable:"false"`
	After      []Limit  `json:"after" nullable:"false"`
	Followed   Affected `json:"followed"`  // the first that followed
	Following  int      `json:"following"` // how many did
}

// Affected is the warning that followed a change.
type Affected struct {
	Warning    ID      `json:"warning"`
	Enterprise ID      `json:"enterprise"`
	Subject    Subject `json:"subject"`
	Model      string  `json:"model"`
	Peak       Level   `json:"peak"`
	At         Millis  `json:"at"` // raised, or judged to be an accident
	Accident   bool    `json:"accident"`
}

// Limit is one of a point's limits.
type Limit struct {
	Name  string  `json:"name"` // LL, L, H, HH, low, high
	Value float64 `json:"value"`
}
