package jt808

import (
	"slices"

	"fengsui"
	"fengsui/adapter/frame"
)

// Limits of reassembly (分包). The standard sets none but the 16 bits of the
// total; 1,000 fragments are 1 MB, more than any picture in use.
const (
	maxParts = 1000
	maxOpen  = 4       // messages of one terminal in reassembly at a time
	maxHeld  = 1 << 20 // bytes of all of them

	askAfter  = fengsui.Span(10_000) // without a new fragment the missing ones are asked for
	giveUp    = fengsui.Span(30_000) // without one for so long the message is lost
	maxResend = 255                  // numbers in one request: the count is a byte until 2013
)

// Joiner puts the fragments of one terminal's messages together. What a stranger
// states never allocates: a fragment takes memory when it is there. The zero value
// is ready.
type Joiner struct {
	open []*open // few, the one with the latest fragment last
	held int
	lost uint64
}

// open is a message of which fragments are missing.
type open struct {
	head  Header // of fragment 1, whether it has come or not, with Part 0
	parts map[uint16][]byte
	bytes int
	last  fengsui.Millis // when a new fragment came
	asked fengsui.Millis // when missing ones were asked for, or a new one came
}

// Add takes a frame and, when it completes a message, gives the whole one, which
// owns its body and has the serial number of its first fragment. Frames that are
// no fragments come back as they are. A repeated fragment is ignored. Beyond the
// limits the messages longest without a fragment are given up; a message that is
// too large by itself is an error.
func (j *Joiner) Add(f Frame, now fengsui.Millis) (whole Frame, ok bool, err error) {
	switch {
	case f.Parts == 0:
		return f, true, nil
	case f.Parts == 1:
		f.Parts, f.Part = 0, 0
		return f, true, nil
	case f.Parts > maxParts:
		return Frame{}, false, &frame.Error{Reason: "the message has more fragments than are taken"}
	}
	head := f.Header
	head.Serial, head.Part = f.Serial-f.Part+1, 0
	at := slices.IndexFunc(j.open, func(o *open) bool { return o.head == head })
	if at < 0 {
		if len(j.open) == maxOpen {
			j.drop(0)
		}
		at = len(j.open)
		j.open = append(j.open, &open{head: head, parts: map[uint16][]byte{}})
	}
	o := j.open[at]
	if _, again := o.parts[f.Part]; again {
		return Frame{}, false, nil
	}
	// The one at work goes last, so that those before it are given up first.
	j.open = append(slices.Delete(j.open, at, at+1), o)
	for j.held+len(f.Body) > maxHeld {
		alone := len(j.open) == 1
		j.drop(0)
		if alone {
			return Frame{}, false, &frame.Error{Reason: "the fragments of the message are larger together than is taken"}
		}
	}
	o.parts[f.Part] = slices.Clone(f.Body)
	o.bytes, j.held = o.bytes+len(f.Body), j.held+len(f.Body)
	o.last, o.asked = now, now
	if len(o.parts) < int(head.Parts) {
		return Frame{}, false, nil
	}
	body := make([]byte, 0, o.bytes)
	for n := uint16(1); n <= head.Parts; n++ {
		body = append(body, o.parts[n]...)
	}
	j.remove(len(j.open) - 1)
	head.Parts = 0
	return Frame{head, body}, true, nil
}

// Due is what is to be asked for now, oldest first: the missing fragments of
// messages that got none for 10 s, at most 255 of each. It gives up messages
// that got none for 30 s.
func (j *Joiner) Due(now fengsui.Millis) []Resend {
	for i := 0; i < len(j.open); {
		if now >= j.open[i].last.Add(giveUp) {
			j.drop(i)
			continue
		}
		i++
	}
	var ask []Resend
	for _, o := range j.open {
		if now < o.asked.Add(askAfter) {
			continue
		}
		o.asked = now
		r := Resend{Serial: o.head.Serial}
		for n := uint16(1); n <= o.head.Parts && len(r.Parts) < maxResend; n++ {
			if _, ok := o.parts[n]; !ok {
				r.Parts = append(r.Parts, n)
			}
		}
		ask = append(ask, r)
	}
	return ask
}

// Open is how many messages lack fragments.
func (j *Joiner) Open() int { return len(j.open) }

// Lost is how many messages were given up.
func (j *Joiner) Lost() uint64 { return j.lost }

func (j *Joiner) drop(i int) {
	j.remove(i)
	j.lost++
}

func (j *Joiner) remove(i int) {
	j.held -= j.open[i].bytes
	j.open = slices.Delete(j.open, i, i+1)
}
