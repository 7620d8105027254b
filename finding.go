package fengsui

import (
	"fmt"
	"strconv"
	"strings"
)

// Subject is what a finding is about: "point/12", "device/3" or
// "enterprise/7", with the num.
type Subject string

// SubjectOf makes a Subject.
func SubjectOf(kind string, num int64) Subject {
	return Subject(kind + "/" + strconv.FormatInt(num, 10))
}

// Split takes a Subject apart; num is 0 when it is malformed.
func (s Subject) Split() (kind string, num int64) {
	kind, n, _ := strings.Cut(string(s), "/")
	num, _ = strconv.ParseInt(n, 10, 64)
	return kind, num
}

// Finding (研判结论) is what a model concluded about one subject: a level it now
// measures, or None for "returned". (Partition, Place, Model, Subject) is its
// identity: the same finding comes once, whatever is replayed.
type Finding struct {
	Partition  int
	Place      Place
	Model      string
	Version    int    // of the model
	Sector     Sector // the model's; empty: the enterprise's own
	Subject    Subject
	Enterprise int64 // num
	Level      Level
	At         Millis // when it was so: corrected own time
	Learnt     Millis // when the platform had it
	Late       bool   // judged after the fact (DESIGN §5.2): pushed once, Gap as evidence
	GapFrom    Millis
	GapTo      Millis
	Rung       string // the ladder's rung: "HH"
	Value      float64
	Limit      float64
	Unit       string
	Evidence   []Sample // the samples that decided, own time order, at most 64
	Parts      []Part   // of an index: what it is made of, the largest first, at most MaxParts
}

// MaxParts is how many parts a finding names: what is smaller comes last, as one
// part without a subject.
const MaxParts = 64

// Part (构成项) is what one thing adds to an enterprise's risk index.
type Part struct {
	Term    Term    `json:"term" enum:"base,active,duration,repeats,offline,work,missing"`
	Subject Subject `json:"subject,omitempty"` // empty: the enterprise as a whole, or those too small to be named
	Model   string  `json:"model,omitempty"`   // whose finding stands there
	Rung    string  `json:"rung,omitempty"`
	Level   Level   `json:"level"`           // of that finding
	Since   Millis  `json:"since,omitempty"` // it stands, by the models' time
	Count   int     `json:"count,omitempty"` // repeats: raised so often; work: so many points say it; without a subject: so many parts
	Weight  float64 `json:"weight"`          // by the model
	Score   float64 `json:"score"`           // of the index: the weight as far as the term's cap lets it count
	Share   float64 `json:"share"`           // the score's share of the index, 0 to 1
}

// Term is a term of the sum that an index is.
type Term string

const (
	TermBase     Term = "base"     // what the enterprise is, whatever is measured
	TermActive   Term = "active"   // findings that stand
	TermDuration Term = "duration" // how long the oldest of them has stood
	TermRepeats  Term = "repeats"  // the same point raised again and again
	TermOffline  Term = "offline"  // points that say nothing
	TermWork     Term = "work"     // what goes on: special work, starting up
	TermMissing  Term = "missing"  // what should have been said and was not: the day's commitment
)

// Key is the finding's identity as text.
func (f *Finding) Key() string {
	return fmt.Sprintf("%d/%d/%d/%s/%s", f.Partition, f.Place.Seq, f.Place.Index, f.Model, f.Subject)
}
