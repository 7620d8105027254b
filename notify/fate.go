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
	Fate Fate   `yaml:"fate"` // refused, held or waits
	Why  string `yaml:"why"`
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

// fate is what an attempt's outcome means. A 4xx that the table does not name is a
// complaint about the request (RFC 9110 clause 15.5) that nobody has called final.
func (r *Retry) fate(err error) Fate {
	if err == nil {
		return Taken
	}
	no, ok := errors.AsType[NotTaken](err)
	if !ok {
		return Waits
	}
	if a, ok := r.Answers[no.Status]; ok {
		return a.Fate
	}
	if no.Status/100 == 4 {
		return Held
	}
	return Waits
}

// outcome is what an attempt changes, beside the delivery's own record.
type outcome struct {
	fate Fate
	gone bool               // the message leaves the line without having been taken
	dies bool               // the line counts as dead from now on
	back bool               // the line was dead and is not
	tell []fengsui.StepKind // what the duty desk hears of it
}

// outcome judges an attempt by its channel's table. A line dies of failures in a
// row, of which a held message is one however often it is tried: where others get
// through, one message that does not is no sign of a dead channel.
func (n *Notifier) outcome(a *attempt) (o outcome) {
	r := n.c.Retry[a.channel]
	o.fate = r.fate(a.err)
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
