package fengsui

// Complaint (投诉举报) is what somebody reported, who deals with it and what came of it
// (A42). Who reported it is sealed and never part of it.
type Complaint struct {
	ID         ID             `json:"id"`
	Number     string         `json:"number"`                            // of the receipt: C2026-0012
	Kind       string         `json:"kind" enum:"complaint,report,lead"` // 投诉, 举报, 问题线索
	Topic      string         `json:"topic"`                             // key of a ComplaintTopic
	Via        string         `json:"via" enum:"public,desk"`            // the public page, or taken down by an officer
	Text       string         `json:"text"`
	Place      string         `json:"place,omitempty"`      // which enterprise, body or place, in the reporter's words
	Reachable  bool           `json:"reachable"`            // the reporter left name or telephone
	Enterprise ID             `json:"enterprise,omitempty"` // the one that it is about, as the bureau found
	At         Millis         `json:"at"`
	Taken      Signature      `json:"taken"` // by whom; nobody for the public page
	State      ComplaintState `json:"state" enum:"new,assigned,answered,closed"`
	Party      ID             `json:"party,omitempty"` // that deals with it
	Due        Millis         `json:"due,omitempty"`   // of the next step; 0: closed
	Assigned   *Said          `json:"assigned,omitempty"`
	Answered   *Said          `json:"answered,omitempty"` // the reporter reads it
	Closed     *Said          `json:"closed,omitempty"`
	Outcome    string         `json:"outcome,omitempty"` // key of the rules, of a closed one
	Erased     *Said          `json:"erased,omitempty"`  // who reported it was erased, and why
	Version    int64          `json:"version"`
}

// ComplaintState says where a complaint is on its way.
type ComplaintState string

const (
	ComplaintNew      ComplaintState = "new"
	ComplaintAssigned ComplaintState = "assigned" // a party deals with it
	ComplaintAnswered ComplaintState = "answered" // the party has answered
	ComplaintClosed   ComplaintState = "closed"
)

// ComplaintRules (投诉举报规则) says what may be reported and within which times: loaded
// from complaint/policy/*.yaml.
type ComplaintRules struct {
	Name     string           `yaml:"name" json:"name"`
	Version  int              `yaml:"version" json:"version"`
	Source   string           `yaml:"source" json:"source"`
	Text     int              `yaml:"text" json:"text"`       // characters at most
	Place    int              `yaml:"place" json:"place"`     // the same
	Contact  int              `yaml:"contact" json:"contact"` // the same
	Daily    int              `yaml:"daily" json:"daily"`     // of the public page in 24 hours, so that a flood fills no disk
	Assign   Span             `yaml:"assign" json:"assign"`   // after it came in
	Answer   Span             `yaml:"answer" json:"answer"`   // after it was assigned
	Close    Span             `yaml:"close" json:"close"`     // after it was answered
	Topics   []ComplaintTopic `yaml:"topics" json:"topics" nullable:"false"`
	Outcomes []ComplaintTopic `yaml:"outcomes" json:"outcomes" nullable:"false"`
	Inferred []string         `yaml:"inferred" json:"inferred" nullable:"false"`
}

// ComplaintTopic is a word of the rules.
type ComplaintTopic struct {
	Key  string    `yaml:"key" json:"key"`
	Text Bilingual `yaml:"text" json:"text"`
}

// DueOf is when the next step of a complaint falls due.
func (r *ComplaintRules) DueOf(c *Complaint) Millis {
	switch {
	case c.State == ComplaintNew:
		return c.At.Add(r.Assign)
	case c.State == ComplaintAssigned && c.Assigned != nil:
		return c.Assigned.At.Add(r.Answer)
	case c.State == ComplaintAnswered && c.Answered != nil:
		return c.Answered.At.Add(r.Close)
	}
	return 0
}

// ComplaintFilter chooses complaints. Zero fields choose all.
type ComplaintFilter struct {
	State   ComplaintState
	Open    bool // only those that are not closed
	Overdue bool // only those whose next step is overdue
	Topic   string
	Party   ID
}

// Receipt is what who reported something keeps: with both they learn later how it stands.
type Receipt struct {
	Number string `json:"number"`
	Secret string `json:"secret"`
}

// Reporter (举报人) is who reported something, as far as they said.
type Reporter struct {
	Contact string `json:"contact"`
}

// Intake is what somebody reports.
type Intake struct {
	Kind, Topic, Text, Place string
	Contact                  string // as far as they say; sealed
}
