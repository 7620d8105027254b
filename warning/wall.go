package warning

import (
	"context"
	"strconv"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	// wallBack is how far the wall's curve looks back, and how many stretches it is cut
	// into: a day by quarters of an hour (console-ux §3.9).
	wallBack    = 24 * time.Hour
	wallSteps   = 96
	wallNewest  = 5
	selectOpen  = `SELECT id, enterprise, level, since, raised_at FROM warning WHERE ended_at=0`
	selectLeft  = `SELECT p.level, p.began, p.ended FROM period p JOIN warning w ON w.id = p.warning WHERE p.ended > $1 AND p.began <= $2`
	selectToday = `SELECT peak, COUNT(*) FROM warning WHERE raised_at >= $1 AND raised_at <= $2`

	// Periods that were left for a higher level without a notice decide nothing.
	selectClocks = `SELECT w.policy, p.level, CASE WHEN p.noticed > 0 THEN 1 ELSE 0 END, COUNT(*) FROM period p JOIN warning w ON w.id = p.warning
		WHERE p.ended >= $1 AND p.ended < $2 AND (p.noticed > 0 OR NOT EXISTS
		(SELECT 1 FROM period n WHERE n.warning = p.warning AND n.number = p.number + 1 AND n.level > p.level))`
	groupClocks = ` GROUP BY w.policy, p.level, CASE WHEN p.noticed > 0 THEN 1 ELSE 0 END`
	selectLate  = `SELECT COUNT(*) FROM warning WHERE ended_at=0 AND noticed>0`
)

// Wall reads what the wall shows of a scope: what is open, what stood in the day before
// now, what came since midnight.
func (e *Engine) Wall(ctx context.Context, s fengsui.Scope, now fengsui.Millis) (x fengsui.WallWarnings, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		every := fengsui.SpanOf(wallBack / wallSteps)
		c := curve{WallCurve: fengsui.WallCurve{From: now.Add(-wallSteps * every), Every: every, Open: map[fengsui.Level][]int{}}}
		x = fengsui.WallWarnings{Open: map[fengsui.Level]int{}, Worst: map[fengsui.ID]fengsui.Level{}, Raised: map[fengsui.Level]int{}}
		for l := fengsui.Blue; l <= fengsui.Red; l++ {
			x.Open[l], x.Raised[l], c.Open[l] = 0, 0, make([]int, wallSteps+1)
		}

		cond, args := store.Scoped(s, scopeColumns, nil)
		rows, err := tx.Query(selectOpen+cond, args...)
		if err != nil {
			return err
		}
		type open struct {
			id, enterprise fengsui.ID
			level          fengsui.Level
			since, raised  fengsui.Millis
		}
		found, err := all(rows, func(r scanner) (o open, err error) {
			err = r.Scan(&o.id, &o.enterprise, &o.level, &o.since, &o.raised)
			return o, err
		})
		if err != nil {
			return err
		}
		var oldest open
		for _, o := range found {
			x.Open[o.level]++
			x.Worst[o.enterprise] = max(x.Worst[o.enterprise], o.level)
			c.stood(o.level, o.since, now+1)
			if oldest.id == "" || o.raised < oldest.raised || o.raised == oldest.raised && o.id < oldest.id {
				oldest = o
			}
		}
		if oldest.id != "" {
			w, err := read(tx, s, oldest.id)
			if err != nil {
				return err
			}
			x.Oldest = &w
		}

		cond, args = store.Scoped(s, scopeColumns, []any{c.From, now})
		if rows, err = tx.Query(selectLeft+cond, args...); err != nil {
			return err
		}
		if _, err := all(rows, func(r scanner) (none struct{}, err error) {
			var l fengsui.Level
			var began, ended fengsui.Millis
			if err = r.Scan(&l, &began, &ended); err == nil {
				c.stood(l, began, ended)
			}
			return none, err
		}); err != nil {
			return err
		}
		x.Curve = c.sum()

		cond, args = store.Scoped(s, scopeColumns, nil)
		if x.Newest, err = some(tx, `1=1`+cond+` ORDER BY raised_at DESC, id DESC LIMIT $`, args, wallNewest); err != nil {
			return err
		}
		cond, args = store.Scoped(s, scopeColumns, []any{fengsui.Orange})
		if x.Grave, err = some(tx, `ended_at=0 AND level>=$1`+cond+` ORDER BY level DESC, raised_at DESC, id DESC LIMIT $`, args, fengsui.MaxGrave); err != nil {
			return err
		}
		x.Graves = x.Open[fengsui.Orange] + x.Open[fengsui.Red]

		cond, args = store.Scoped(s, scopeColumns, []any{fengsui.DayOf(now), now})
		if rows, err = tx.Query(selectToday+cond+` GROUP BY peak`, args...); err != nil {
			return err
		}
		_, err = all(rows, func(r scanner) (none struct{}, err error) {
			var l fengsui.Level
			var n int
			err = r.Scan(&l, &n)
			x.Raised[l] = n
			return none, err
		})
		return err
	})
	return x, err
}

// some reads at most n warnings.
func some(tx *store.Tx, where string, args []any, n int) ([]fengsui.Warning, error) {
	rows, err := tx.Query(selectWarning+where+strconv.Itoa(len(args)+1), append(args, n)...)
	if err != nil {
		return nil, err
	}
	return all(rows, func(r scanner) (fengsui.Warning, error) {
		w, err := scanWarning(r)
		if err != nil {
			return fengsui.Warning{}, err
		}
		return w.Warning, nil
	})
}

// curve counts by differences: one more where a period begins, one less where it ends.
type curve struct{ fengsui.WallCurve }

// stood adds a period [began, ended) at a level. One that ended before the curve begins
// is none of it.
func (c *curve) stood(l fengsui.Level, began, ended fengsui.Millis) {
	// The first moment of the curve at or after t.
	at := func(t fengsui.Millis) int {
		past := fengsui.Span(t - c.From)
		return int(max(0, (past+c.Every-1)/c.Every))
	}
	list := c.Open[l]
	if from, to := at(began), at(ended); from < len(list) && from < to {
		list[from]++
		if to < len(list) {
			list[to]--
		}
	}
}

func (c *curve) sum() fengsui.WallCurve {
	for _, list := range c.Open {
		for i := 1; i < len(list); i++ {
			list[i] += list[i-1]
		}
	}
	return c.WallCurve
}

// OnTime counts the clocks of the civil month of now inside a scope.
func (e *Engine) OnTime(ctx context.Context, s fengsui.Scope, now fengsui.Millis) (x fengsui.OnTime, err error) {
	y, m, _ := now.Time().In(fengsui.Civil).Date()
	first := time.Date(y, m, 1, 0, 0, 0, 0, fengsui.Civil)
	x.Month = first.Format("2006-01")
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cond, args := store.Scoped(s, scopeColumns, []any{fengsui.At(first), fengsui.At(first.AddDate(0, 1, 0))})
		rows, err := tx.Query(selectClocks+cond+groupClocks, args...)
		if err != nil {
			return err
		}
		type clocks struct {
			policy string
			level  fengsui.Level
			late   bool
			n      int
		}
		found, err := all(rows, func(r scanner) (c clocks, err error) {
			err = r.Scan(&c.policy, &c.level, &c.late, &c.n)
			return c, err
		})
		if err != nil {
			return err
		}
		x.Met, x.Late = 0, 0
		for _, c := range found {
			switch p := e.Policy(c.policy); {
			case c.late:
				x.Late += c.n
			case p != nil && p.Rules[c.level] != nil && p.Rules[c.level].Notice.After > 0:
				x.Met += c.n
			}
		}
		var running int
		cond, args = store.Scoped(s, scopeColumns, nil)
		if err := tx.QueryRow(selectLate+cond, args...).Scan(&running); err != nil {
			return err
		}
		x.Late += running
		return nil
	})
	return x, err
}
