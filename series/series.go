// Package series is the history (历史库) as the rest of the platform sees it: the
// values of every point and the places of every device that moves, over years, asked
// for by the num.
//
// It holds the values that come back (Bucket, State), the Client that every
// stage and the API use, and the Handler that serves an engine to that client
// over a unix socket or in the same process. The engine on one machine is
// series/victoria, inside a child process; a server or a cluster is series/remote.
//
// What it promises: samples in own-time order, one per millisecond and point; of
// two values at one moment the larger, so corrections and quality changes are
// rows in store and never here; no NaN, nothing invented: where nothing was
// stored there is nothing, so a gap stays a gap. Values are kept as decimals of
// about 15 digits. A sample can be read some seconds after it was taken (latest
// values come from risk, not from here).
//
// What it does not promise: to be there. History may die, fill up or be slow;
// every call has a time-out and says Unavailable "history_away", and no warning,
// clock or push waits for it (DESIGN §3).
//
// series owns no goroutines.
package series

import (
	"cmp"
	"slices"

	"fengsui"
)

// Limits of one question.
const (
	MaxSamples = 500_000 // of one Range or Track: a longer one is refused, thin it
	MaxBuckets = 10_000  // of one Thin
)

var (
	// ErrFull says that nothing was written because too little disk is free.
	ErrFull = fengsui.Errorf(fengsui.Unavailable, "history_full", "too little disk is free for the history; make room, it then goes on by itself")
	// ErrAway says that the history cannot be asked or written.
	ErrAway = fengsui.Errorf(fengsui.Unavailable, "history_away", "past values cannot be shown at the moment; they are kept and will be back, please try again in a minute")
	// ErrRange and ErrTrack refuse more than MaxSamples.
	ErrRange = fengsui.Errorf(fengsui.Invalid, "range_too_long", "the range holds more than %d samples; ask for a shorter one or for a thinned one", MaxSamples)
	ErrTrack = fengsui.Errorf(fengsui.Invalid, "range_too_long", "the range holds more than %d positions; ask for a shorter one", MaxSamples)
)

// Value is one stored value at its own time.
type Value struct {
	At    fengsui.Millis `json:"at"`
	Value float64        `json:"value"`
}

// Bucket sums up one stretch of a thinned range. A stretch without samples has
// no bucket.
type Bucket struct {
	From  fengsui.Millis `json:"from"` // where the stretch begins
	Count int            `json:"count"`
	First Value          `json:"first"`
	Min   Value          `json:"min"`
	Max   Value          `json:"max"`
	Last  Value          `json:"last"`
}

// Points are the bucket's values for a chart, in time order and each once: at
// most four. With one bucket for two pixels a chart draws at most two points a
// pixel and loses no peak.
func (b Bucket) Points() []Value {
	list := []Value{b.First, b.Min, b.Max, b.Last}
	slices.SortStableFunc(list, func(x, y Value) int { return cmp.Compare(x.At, y.At) })
	return slices.CompactFunc(list, func(x, y Value) bool { return x.At == y.At })
}

// Thinner cuts [from, to) into equal stretches and sums up what Add is given.
type Thinner struct {
	from, to fengsui.Millis
	buckets  int64
	list     []Bucket
}

// NewThinner makes a Thinner; from < to and 1 ≤ buckets ≤ MaxBuckets.
func NewThinner(from, to fengsui.Millis, buckets int) *Thinner {
	return &Thinner{from: from, to: to, buckets: int64(buckets)}
}

// Add takes the next value; times must not fall, and lie in [from, to).
func (t *Thinner) Add(at fengsui.Millis, value float64) {
	span := int64(t.to - t.from)
	i := int64(at-t.from) * t.buckets / span
	start := t.from + fengsui.Millis((i*span+t.buckets-1)/t.buckets)
	v := Value{At: at, Value: value}
	if n := len(t.list); n == 0 || t.list[n-1].From != start {
		t.list = append(t.list, Bucket{From: start, Count: 1, First: v, Min: v, Max: v, Last: v})
		return
	}
	b := &t.list[len(t.list)-1]
	b.Count++
	b.Last = v
	if value < b.Min.Value {
		b.Min = v
	}
	if value > b.Max.Value {
		b.Max = v
	}
}

// Buckets are the stretches that had values, in time order.
func (t *Thinner) Buckets() []Bucket { return t.list }

// State is how far history has come and how it is.
type State struct {
	Place    fengsui.Place  `json:"place"`    // of the newest record that is written
	Saved    fengsui.Place  `json:"saved"`    // a restart goes on from here
	Received fengsui.Millis `json:"received"` // of the newest record; the log ticks every second
	Behind   fengsui.Span   `json:"behind"`   // now minus Received; 0 before the first record

	Written    int64 `json:"written"`    // samples and positions since the start
	Refused    int64 `json:"refused"`    // those outside retention or future limit
	Unreadable int64 `json:"unreadable"` // records that could not be read

	Why  string `json:"why"`  // nothing is written at the moment; empty: all is well
	Full bool   `json:"full"` // too little disk is free: nothing is written until there is room
	Free int64  `json:"free"` // bytes on the disk
	Used int64  `json:"used"` // bytes of the history
}

// Totals count what is stored in a stretch of time, each (point, millisecond)
// once.
type Totals struct {
	Points  int64 `json:"points"`
	Samples int64 `json:"samples"`
}
