package notify

import (
	"errors"
	"fmt"

	"fengsui"
)

// Fate is what becomes of a message after an attempt.
type Fate string

const (
	Taken   Fate = "taken"   // the receiver said yes
	Refused Fate = "refused" // it refuses this message for good: the next one goes on
	Held    Fate = "held"    // it did not take this one and may later: its warning waits, others go on
	Waits   Fate = "waits"   // the address is in trouble: everything for it waits
)

// Answer says what an HTTP status means for the message that got it.
type Answer struct {
	Fate  Fate   `yaml:"fate"`  // refused, held or waits
	Pause bool   `yaml:"pause"` // its Retry-After is about everything for the address
	Why   string `yaml:"why"`
}

func (a Answer) check() error {
	if a.Fate != Refused && a.Fate != Held && a.Fate != Waits {
		return fmt.Errorf("the fate is refused, held or waits, not %q", a.Fate)
	}
	if a.Why == "" {
		return errors.New("it needs a why")
	}
	return nil
}

// Judged is the error of a receiver whose answer says itself what becomes of the
// message, whatever its HTTP status.
type Judged struct {
	Fate Fate // refused or held
	Why  string
}

func (j Judged) Error() string { return j.Why }

// fate is what an attempt's outcome means. Who answers by HTTP is there, so that its
// no is about this message: what the table does not name, a 5xx above all, nobody has
// called final (RFC 9110 clauses 15.5, 15.6). Without an answer the address is in
// trouble.
func (r *Retry) fate(err error) Fate {
	if err == nil {
		return Taken
	}
	if j, ok := errors.AsType[Judged](err); ok {
		return j.Fate
	}
	no, ok := errors.AsType[NotTaken](err)
	if !ok {
		return Waits
	}
	if a, ok := r.Answers[no.Status]; ok {
		return a.Fate
	}
	return Held
}

// after is how long a receiver asked us to wait, at most RetryAfter, and whether that
// is about everything for its address.
func (r *Retry) after(err error) (wait fengsui.Span, all bool) {
	no, _ := errors.AsType[NotTaken](err)
	return min(no.After, r.RetryAfter), r.Answers[no.Status].Pause
}

// outcome is what an attempt changes, beside the delivery's own record.
type outcome struct {
	fate Fate
	gone bool               // the message leaves the line without having been taken
	dies bool               // the line counts as dead from now on
	back bool               // the line was dead and is not
	wait fengsui.Span       // not before it, the receiver asks
	all  bool               // nor anything else for the address
	tell []fengsui.StepKind // what the duty desk hears of it
}

// outcome judges an attempt by its channel's table. A line dies of failures in a
// row, of which a held message is one however often it is tried: where others get
// through, one message that does not is no sign of a dead channel.
func (n *Notifier) outcome(a *attempt) (o outcome) {
	r := n.c.Retry[a.channel]
	o.fate = r.fate(a.err)
	o.wait, o.all = r.after(a.err)
	spent := a.tries >= len(r.Delays) // each pause was made
	switch o.fate {
	case Taken, Refused:
		o.back = a.dead > 0
		o.gone = o.fate == Refused
	case Held:
		o.dies = a.dead == 0 && a.fails >= len(r.Delays) && a.tries == 0
		o.gone = a.dead == 0 && !o.dies && spent && !r.Forever
	case Waits:
		o.dies = a.dead == 0 && a.fails >= len(r.Delays)
	}
	switch {
	case o.dies:
		o.tell = append(o.tell, StepDead)
	case o.back:
		o.tell = append(o.tell, StepBack)
	}
	switch {
	case o.gone:
		o.tell = append(o.tell, StepRefused)
	case o.fate == Held && a.dead == 0 && !o.dies && a.tries == len(r.Delays):
		o.tell = append(o.tell, StepHeld)
	}
	return o
}
