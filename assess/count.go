package assess

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"time"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what this stage keeps.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "assess", FS: sub, Kept: []string{"assess_heard"}}
}

// History is what is stored of points.
type History interface {
	// Heard says of each of n equal stretches of [from, to) whether a value of a point
	// lies in it.
	Heard(ctx context.Context, point int64, from, to fengsui.Millis, n int) ([]bool, error)
	// Reached is up to when it holds what was received.
	Reached(ctx context.Context) (fengsui.Millis, error)
}

// Config plugs the stage into the platform.
type Config struct {
	DB       *store.DB
	District func() *fengsui.District
	History  History // nil: nothing is counted in this process
	Policy   *fengsui.QualityPolicy
	// Excused are the stretches in which a point was out of use with leave (A36); nil: none.
	Excused func(ctx context.Context, p *fengsui.Point, from, to fengsui.Millis) ([]fengsui.Stretch, error)
	Now     func() time.Time // [time.Now]
	Log     *slog.Logger
}

// Assessor counts, and reads what was counted.
type Assessor struct{ c Config }

// New makes an Assessor.
func New(c Config) *Assessor {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Assessor{c}
}

// Policy is what is counted by.
func (a *Assessor) Policy() *fengsui.QualityPolicy { return a.c.Policy }

// count is one row: a point's day.
type count struct {
	point            int64
	day              fengsui.Millis
	since, upto      fengsui.Millis
	stretches, heard int
	settled          bool
}

const (
	columns = `point, day, enterprise, zone, sector, since, upto, stretches, heard, settled`

	// open are the days of an enterprise's points that are still to be counted, and the
	// newest of each point.
	sqlOpen = `SELECT point, day, since, upto, stretches, heard, settled FROM assess_heard h WHERE enterprise = $1
		AND (settled = 0 OR day = (SELECT MAX(x.day) FROM assess_heard x WHERE x.point = h.point)) ORDER BY point, day`
	sqlPut = `INSERT INTO assess_heard (` + columns + `) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)
		ON CONFLICT (point, day) DO UPDATE SET enterprise = excluded.enterprise, zone = excluded.zone, sector = excluded.sector,
		since = excluded.since, upto = excluded.upto, stretches = excluded.stretches, heard = excluded.heard, settled = excluded.settled`
	sqlForget = `DELETE FROM assess_heard WHERE day < $1`
)

// lag is how far behind the history's own place values can surely be read: its engine
// shows them some seconds late.
const lag = fengsui.Span(time.Minute / time.Millisecond)

// looks are how often in each stretch Run looks whether one more is over.
const looks = 5

// rests are how much longer than at work counting rests: nobody waits for it, and people
// wait for the curves that the same history draws.
const rests = 3

// Run counts on until ctx ends.
func (a *Assessor) Run(ctx context.Context) error {
	every := time.NewTicker(a.c.Policy.Offline.Stretch.Duration() / looks)
	defer every.Stop()
	for {
		if err := a.Count(ctx); err != nil && ctx.Err() == nil {
			a.c.Log.Warn("data are not counted", "err", err)
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Count counts what can be counted now, an enterprise after the other; those that it
// did not come to are counted the next time.
func (a *Assessor) Count(ctx context.Context) error {
	reached, err := a.c.History.Reached(ctx)
	if err != nil {
		return err
	}
	o := &a.c.Policy.Offline
	now := fengsui.At(a.c.Now())
	today := fengsui.DayOf(now)
	upto := min(now, reached) - fengsui.Millis(lag)
	upto -= (upto - fengsui.DayOf(upto)) % fengsui.Millis(o.Stretch)
	if upto <= 0 {
		return nil // the history holds nothing yet
	}
	d := a.c.District()
	for _, id := range slices.Sorted(maps.Keys(d.Enterprises)) {
		began := time.Now()
		if err := a.enterprise(ctx, d, d.Enterprises[id], now, upto); err != nil {
			return err
		}
		select {
		case <-time.After(rests * time.Since(began)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return a.c.DB.Keep(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(sqlForget, today.Add(-o.Keep))
		return err
	})
}

func (a *Assessor) enterprise(ctx context.Context, d *fengsui.District, e *fengsui.Enterprise, now, upto fengsui.Millis) error {
	points := d.PointsOf(e.Num)
	if len(points) == 0 {
		return nil
	}
	known := map[int64][]count{}
	err := a.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(sqlOpen, e.ID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c count
			if err := rows.Scan(&c.point, &c.day, &c.since, &c.upto, &c.stretches, &c.heard, &c.settled); err != nil {
				return err
			}
			known[c.point] = append(known[c.point], c)
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	var changed []count
	for _, p := range points {
		list, err := a.point(ctx, p, known[p.Num], now, upto)
		if err != nil {
			return fmt.Errorf("count point %s of %s: %w", p.Code, e.Code, err)
		}
		changed = append(changed, list...)
	}
	if len(changed) == 0 {
		return nil
	}
	return a.c.DB.Keep(ctx, func(tx *store.Tx) error {
		for _, c := range changed {
			settled := 0
			if c.settled {
				settled = 1
			}
			if _, err := tx.Exec(sqlPut, c.point, c.day, e.ID, e.Zone, e.Sector, c.since, c.upto, c.stretches, c.heard, settled); err != nil {
				return err
			}
		}
		return nil
	})
}

// point counts a point's days up to upto and says which changed. known are its days
// that are open, and its newest.
func (a *Assessor) point(ctx context.Context, p *fengsui.Point, known []count, now, upto fengsui.Millis) (changed []count, err error) {
	o := &a.c.Policy.Offline
	if len(known) == 0 {
		begin, err := a.first(ctx, p, upto)
		if err != nil {
			return nil, err
		}
		c := count{point: p.Num, day: fengsui.DayOf(begin), since: begin, upto: begin}
		known, changed = []count{c}, []count{c}
	}
	if c := known[0]; len(known) == 1 && c.heard == 0 && !c.settled && upto > c.upto {
		begin, err := a.later(ctx, p, c.since, upto)
		if err != nil {
			return nil, err
		}
		if begin > c.since {
			begin = min(begin, c.day.Add(fengsui.Day))
			known[0] = count{point: p.Num, day: c.day, since: begin, upto: begin}
			changed = []count{known[0]}
		}
	}
	put := func(c count) {
		changed = slices.DeleteFunc(changed, func(x count) bool { return x.day == c.day })
		changed = append(changed, c)
	}
	for i := 0; i < len(known); i++ { // oldest first; the newest grows into new days
		c := known[i]
		end := c.day.Add(fengsui.Day)
		if c.settled && i < len(known)-1 {
			continue
		}
		if to := min(upto, end); to > c.upto {
			n, heard, err := a.count(ctx, p, c.upto, to)
			if err != nil {
				return nil, err
			}
			c.upto, c.stretches, c.heard = to, c.stretches+n, c.heard+heard
			put(c)
		}
		if !c.settled && c.upto == end && now >= end.Add(o.Settle) {
			if c.stretches, c.heard, err = a.count(ctx, p, c.since, end); err != nil {
				return nil, err
			}
			c.settled = true
			put(c)
		}
		if i == len(known)-1 && c.upto == end && upto > end {
			known = append(known, count{point: p.Num, day: end, since: end, upto: end})
		}
	}
	return changed, nil
}

// first is from when on a point that was never counted is counted: its first stored
// value as far as the first count looks back, or now.
func (a *Assessor) first(ctx context.Context, p *fengsui.Point, upto fengsui.Millis) (fengsui.Millis, error) {
	o := &a.c.Policy.Offline
	n := int(o.Back / o.Stretch)
	from := upto.Add(-fengsui.Span(n) * o.Stretch)
	there, err := a.c.History.Heard(ctx, p.Num, from, upto, n)
	if err != nil {
		return 0, err
	}
	if i := slices.Index(there, true); i >= 0 {
		return from.Add(fengsui.Span(i) * o.Stretch), nil
	}
	return upto, nil
}

// later is the stretch of the first stored value of a point that has none since it was
// first looked for, as far as a clock may lead; 0 when there is none, or none so soon.
// A device whose clock leads has sent in the stretches before, under later times.
func (a *Assessor) later(ctx context.Context, p *fengsui.Point, since, upto fengsui.Millis) (fengsui.Millis, error) {
	o := &a.c.Policy.Offline
	if upto > since.Add(o.Ahead) {
		return 0, nil
	}
	n := int((fengsui.Span(upto-since) + o.Ahead) / o.Stretch)
	there, err := a.c.History.Heard(ctx, p.Num, since, since.Add(fengsui.Span(n)*o.Stretch), n)
	if err != nil {
		return 0, err
	}
	i := slices.Index(there, true)
	if i < 0 || fengsui.Span(i)*o.Stretch > o.Ahead {
		return 0, nil
	}
	return since.Add(fengsui.Span(i) * o.Stretch), nil
}

// count counts the stretches of a point in [from, to), and those of them that were
// heard.
func (a *Assessor) count(ctx context.Context, p *fengsui.Point, from, to fengsui.Millis) (stretches, heard int, err error) {
	o := &a.c.Policy.Offline
	carried := int((o.Away(p) - 1) / o.Stretch) // for so many stretches after its own a value still counts
	stretches = int(fengsui.Span(to-from) / o.Stretch)
	there, err := a.c.History.Heard(ctx, p.Num, from.Add(-fengsui.Span(carried)*o.Stretch), to, stretches+carried)
	if err != nil {
		return 0, 0, err
	}
	var excused []fengsui.Stretch
	if a.c.Excused != nil {
		if excused, err = a.c.Excused(ctx, p, from, to); err != nil {
			return 0, 0, err
		}
	}
	since := carried + 1 // stretches since the newest value
	for i, yes := range there {
		since++
		if yes {
			since = 0
		}
		switch at := from.Add(fengsui.Span(i-carried) * o.Stretch); {
		case i < carried:
		case since <= carried:
			heard++
		case slices.ContainsFunc(excused, func(x fengsui.Stretch) bool { return at >= x.From && at < x.To }):
			stretches-- // nobody waited for a value
		}
	}
	return stretches, heard, nil
}
