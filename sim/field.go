package sim

import (
	"context"
	"io"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Reading is one value of one point.
type Reading struct {
	Code  string
	At    time.Time
	Value float64
}

// Sender delivers readings of one firm to a platform and returns when the
// platform has them. resent says that they were kept back.
type Sender interface {
	Send(ctx context.Context, device string, resent bool, batch []Reading) error
}

// Field is the district at work: every firm sends its points' values at their
// rate through its own sender.
type Field struct {
	District *District
	Script   Script
	Senders  []Sender // one a firm
	Log      *slog.Logger

	sent, failed atomic.Int64
}

// keepBack bounds what a firm holds while its link is cut; the oldest goes first,
// as a gateway's memory would.
const keepBack = 20_000

// maxBatch is how many readings one delivery carries when a firm catches up.
const maxBatch = 2_000

// Counts are the readings that were taken and those whose delivery failed.
func (f *Field) Counts() (sent, failed int64) { return f.sent.Load(), f.failed.Load() }

// Run sends until ctx ends. Each firm is one goroutine, and Run waits for all.
func (f *Field) Run(ctx context.Context) error {
	begin := time.Now()
	var all sync.WaitGroup
	for i := range f.District.Firms {
		all.Go(func() { f.firm(ctx, i, begin) })
	}
	all.Wait()
	return nil
}

// firm sends one firm's values: all points in one delivery at their rate, spread
// over the period so that firms do not send at one moment.
func (f *Field) firm(ctx context.Context, i int, begin time.Time) {
	firm := f.District.Firms[i]
	if len(firm.Points) == 0 {
		return
	}
	if c, ok := f.Senders[i].(io.Closer); ok {
		defer c.Close()
	}
	every := firm.Points[0].Every.Duration()
	// A script that wants something soon needs its firm to send soon.
	first := time.Duration(float64(every) * math.Mod(float64(i)*0.618, 1))
	tick := time.NewTimer(first)
	defer tick.Stop()
	var held []Reading
	var last float64 = -1e9
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		s := now.Sub(begin).Seconds()
		m := f.Script.at(i, s)
		next := every
		if f.alarmed(i, s) {
			next = min(next, alarmEvery)
		}
		tick.Reset(next)
		if m.silent || m.slow > 0 && s-last < m.slow {
			continue
		}
		last = s
		batch := make([]Reading, 0, len(firm.Points))
		for _, p := range firm.Points {
			batch = append(batch, Reading{p.Code, now, round(f.Script.value(i, p, s), p.RangeHigh-p.RangeLow)})
		}
		if m.cut {
			held = append(held, batch...)
			if len(held) > keepBack {
				held = held[len(held)-keepBack:]
			}
			continue
		}
		for len(held) > 0 {
			n := min(len(held), maxBatch)
			if !f.send(ctx, i, true, held[:n]) {
				break
			}
			held = held[n:]
		}
		if !f.send(ctx, i, false, batch) {
			held = append(held, batch...)
		}
	}
}

// alarmEvery is the rate after an alarm: at least every 10 s (H17).
const alarmEvery = 5 * time.Second

// alarmed says whether an incident bends a value of the firm now.
func (f *Field) alarmed(i int, s float64) bool {
	for _, in := range f.Script.running(i, s) {
		if in.Point != "" && in.Slow == 0 && in.into < in.Rise+in.Stay+in.Fall {
			return true
		}
	}
	return false
}

func (f *Field) send(ctx context.Context, i int, resent bool, batch []Reading) bool {
	err := f.Senders[i].Send(ctx, f.District.Firms[i].Gateway, resent, batch)
	if err != nil {
		f.failed.Add(int64(len(batch)))
		if ctx.Err() == nil {
			f.Log.Warn("delivery refused", "enterprise", f.District.Firms[i].Code, "err", err)
		}
		return false
	}
	f.sent.Add(int64(len(batch)))
	return true
}

// round keeps as many digits as an instrument of this span would show.
func round(v, span float64) float64 {
	steps := math.Pow(10, 3-math.Floor(math.Log10(span)))
	return math.Round(v*steps) / steps
}
