package warning

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"fengsui"
	"fengsui/store"
)

// The questions of an audit (A10). Each reads by an index on the time that it is asked
// about.

// maxChanges is how many changes and warnings are compared at once.
const maxChanges = 5000

// Missed lists the level periods whose limits passed in [from, to), the newest first, and
// how many there are.
func (e *Engine) Missed(ctx context.Context, s fengsui.Scope, from, to fengsui.Millis, page fengsui.Page) (list []fengsui.LimitMissed, total int, err error) {
	cond, args := store.Scoped(s, joinedScope, []any{from, to})
	groups := `SELECT s.warning AS warning, s.period AS period, MAX(s.level) AS level, MIN(s.due_at) AS due_at, MIN(s.article) AS article,
		CAST(SUM(CASE WHEN s.kind = 'notice' THEN 1 ELSE 0 END) AS BIGINT) AS notices, CAST(SUM(s.missed) AS BIGINT) AS missed,
		MAX(CASE WHEN s.kind = 'supervise' THEN s.due_at ELSE 0 END) AS supervised
		FROM step s JOIN warning w ON w.id = s.warning WHERE s.kind IN ('notice','supervise') AND s.due_at >= $1 AND s.due_at < $2` + cond + `
		GROUP BY s.warning, s.period`
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM (`+groups+`) g`, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT g.warning, w.enterprise, w.subject, w.model, g.period, g.level, g.article, g.due_at, g.notices, g.missed, g.supervised, p.ended, w.assigned_to
			FROM (`+groups+`) g JOIN warning w ON w.id = g.warning JOIN period p ON p.warning = g.warning AND p.number = g.period
			ORDER BY g.due_at DESC, g.warning, g.period`+cut(page), args...)
		if err != nil {
			return err
		}
		list, err = all(rows, func(r scanner) (m fengsui.LimitMissed, err error) {
			err = r.Scan(&m.Warning, &m.Enterprise, &m.Subject, &m.Model, &m.Period, &m.Level, &m.Article, &m.DueAt, &m.Notices, &m.Missed, &m.SupervisedAt, &m.EndedAt, &m.AssignedTo)
			return m, err
		})
		return err
	})
	return list, total, err
}

// FalseAlarms lists who ended warnings as false alarms in [from, to), the most first, and
// how many people there are.
func (e *Engine) FalseAlarms(ctx context.Context, s fengsui.Scope, from, to fengsui.Millis, page fengsui.Page) (list []fengsui.FalseAlarms, total int, err error) {
	cond, args := store.Scoped(s, store.Columns{Enterprise: "j.enterprise", Zone: "j.zone", Sector: "j.sector", Peak: "j.peak"}, []any{from, to, e.aims.Audit.Again})
	sum := func(as, what string) string {
		return `, CAST(SUM(CASE WHEN ` + what + ` THEN 1 ELSE 0 END) AS BIGINT) AS ` + as
	}
	const untrue = `j.act = 'false_alarm'`
	levels := ""
	for l := fengsui.Blue; l <= fengsui.Red; l++ {
		levels += sum(l.String(), fmt.Sprintf(untrue+` AND j.peak = %d`, l))
	}
	// A subject's warnings are numbered: the next one is found by its number.
	groups := `SELECT j.by_user AS by_user, MAX(j.by_name) AS by_name, MAX(j.by_role) AS by_role` + sum("untrue", untrue) + levels + sum("cleared", `j.act = 'cleared'`) +
		sum("again", untrue+` AND EXISTS (SELECT 1 FROM warning n WHERE n.model = w.model AND n.subject = w.subject AND n.occurrence = w.occurrence + 1 AND n.raised_at < j.at + $3)`) + `
		FROM journal j JOIN warning w ON w.id = j.warning WHERE j.act IN ('false_alarm','cleared') AND j.at >= $1 AND j.at < $2 AND j.kind = 'warning' AND j.by_user <> ''` + cond + `
		GROUP BY j.by_user HAVING SUM(CASE WHEN ` + untrue + ` THEN 1 ELSE 0 END) > 0`
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM (`+groups+`) g`, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT by_user, by_name, by_role, untrue, blue, yellow, orange, red, cleared, again FROM (`+groups+`) g ORDER BY untrue DESC, by_user`+cut(page), args...)
		if err != nil {
			return err
		}
		list, err = all(rows, func(r scanner) (fengsui.FalseAlarms, error) {
			f := fengsui.FalseAlarms{Levels: map[fengsui.Level]int{}}
			var n [5]int
			err := r.Scan(&f.User, &f.Name, &f.Role, &f.Count, &n[1], &n[2], &n[3], &n[4], &f.Cleared, &f.Again)
			for l := fengsui.Blue; l <= fengsui.Red; l++ {
				f.Levels[l] = n[l]
			}
			return f, err
		})
		return err
	})
	return list, total, err
}

// Gaps lists the stretches without data, as the models that watch for silence found them,
// while another warning of the same enterprise was open that was raised in [from, to): the
// newest first, and how many there are. What a declared outage held back is none (A36).
func (e *Engine) Gaps(ctx context.Context, s fengsui.Scope, silent []string, from, to fengsui.Millis, page fengsui.Page) (list []fengsui.Gap, total int, err error) {
	if len(silent) == 0 {
		return nil, 0, nil
	}
	args := []any{from, to}
	in := make([]string, len(silent))
	for i, m := range silent {
		args = append(args, m)
		in[i] = fmt.Sprintf("$%d", len(args))
	}
	models := "(" + strings.Join(in, ",") + ")"
	cond, args := store.Scoped(s, joinedScope, args)
	// A gap began with its signal. It is over once its condition returned, whatever people
	// have decided about its warning.
	const over = `CASE WHEN g.condition = 2 THEN COALESCE((SELECT MAX(f.learnt) FROM finding f WHERE f.warning = g.id AND f.warning <> '' AND f.level = 0), g.ended_at) ELSE 0 END`
	gaps := `SELECT w.id AS id, w.enterprise AS enterprise, w.subject AS subject, w.model AS model, w.peak AS peak, w.raised_at AS raised_at, w.ended_at AS ended_at,
		g.id AS silence, g.subject AS silent, g.signal_at AS began, ` + over + ` AS upto
		FROM warning w JOIN warning g ON g.enterprise = w.enterprise AND g.id <> w.id AND (w.ended_at = 0 OR g.raised_at < w.ended_at)
		WHERE w.raised_at >= $1 AND w.raised_at < $2 AND w.model NOT IN ` + models + ` AND g.model IN ` + models + cond
	where := ` FROM (` + gaps + `) x WHERE upto = 0 OR upto > raised_at`
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*)`+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT id, enterprise, subject, model, peak, raised_at, ended_at, silence, silent, began, upto`+where+` ORDER BY raised_at DESC, id, began DESC, silence`+cut(page), args...)
		if err != nil {
			return err
		}
		list, err = all(rows, func(r scanner) (g fengsui.Gap, err error) {
			err = r.Scan(&g.Warning, &g.Enterprise, &g.Subject, &g.Model, &g.Peak, &g.RaisedAt, &g.EndedAt, &g.Silence, &g.Silent, &g.From, &g.Until)
			return g, err
		})
		return err
	})
	return list, total, err
}

// LimitChanges lists the changes of limits that were made within the time of the aims
// before a warning became an accident or was raised that reached red, in [from, to): the
// newest first, and how many there are. A change of a point is about warnings of its
// enterprise; one of a model or a grading standard about those of its sector, and of every
// sector where it names none.
func (e *Engine) LimitChanges(ctx context.Context, s fengsui.Scope, from, to fengsui.Millis, page fengsui.Page) (list []fengsui.LimitChange, total int, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		grave, err := grave(tx, s, from, to)
		if err != nil || len(grave) == 0 {
			return err
		}
		first, last := grave[0].At, grave[len(grave)-1].At
		list, err = limitChanges(tx, s, first-fengsui.Millis(e.aims.Audit.Before), last, func(c *fengsui.LimitChange, sector fengsui.Sector) {
			i := sort.Search(len(grave), func(i int) bool { return grave[i].At > c.At })
			for ; i < len(grave) && grave[i].At <= c.At.Add(e.aims.Audit.Before); i++ {
				g := &grave[i]
				if c.Enterprise != "" && c.Enterprise != g.Enterprise || c.Enterprise == "" && sector != "" && sector != g.sector {
					continue
				}
				if c.Following++; c.Following == 1 {
					c.Followed = g.Affected
				}
			}
		})
		return err
	})
	total = len(list)
	list = list[min(max(page.Offset, 0), total):]
	limit := page.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	return list[:min(limit, len(list))], total, err
}

// affected is a grave warning with its sector.
type affected struct {
	fengsui.Affected
	sector fengsui.Sector
}

var errTooMany = fengsui.Errorf(fengsui.Invalid, "too_many", "there is more in this time than can be compared at once (%d): choose a shorter one", maxChanges)

// grave lists the warnings that became accidents or reached red, by time.
func grave(tx *store.Tx, s fengsui.Scope, from, to fengsui.Millis) (list []affected, err error) {
	cond, args := store.Scoped(s, joinedScope, []any{from, to, fengsui.Red})
	rows, err := tx.Query(`SELECT w.id, w.enterprise, w.subject, w.model, w.peak, w.raised_at, 0, w.sector FROM warning w WHERE w.raised_at >= $1 AND w.raised_at < $2 AND w.peak = $3`+cond+`
		UNION ALL SELECT w.id, w.enterprise, w.subject, w.model, w.peak, j.at, 1, w.sector FROM journal j JOIN warning w ON w.id = j.warning
		WHERE j.act = 'accident' AND j.at >= $1 AND j.at < $2 AND w.peak <= $3`+cond+fmt.Sprintf(` ORDER BY 6 LIMIT %d`, maxChanges+1), args...)
	if err != nil {
		return nil, err
	}
	list, err = all(rows, func(r scanner) (a affected, err error) {
		err = r.Scan(&a.Warning, &a.Enterprise, &a.Subject, &a.Model, &a.Peak, &a.At, &a.Accident, &a.sector)
		return a, err
	})
	if len(list) > maxChanges {
		err = errTooMany
	}
	return list, err
}

// limitChanges lists the changes in [from, to) that something followed, newest first.
func limitChanges(tx *store.Tx, s fengsui.Scope, from, to fengsui.Millis, follow func(*fengsui.LimitChange, fengsui.Sector)) (list []fengsui.LimitChange, err error) {
	// Models belong to no enterprise: whoever may see the journal at all sees them.
	cond, args := store.Scoped(s, store.Columns{Enterprise: "enterprise", Zone: "zone", Sector: "sector"}, []any{from, to})
	// What something began with is no change: the models that the platform was shipped with.
	rows, err := tx.Query(`SELECT pos, at, kind, object, act, by_user, by_name, by_role, why, before, after, enterprise, sector FROM journal
		WHERE (kind = 'point' OR EXISTS (SELECT 1 FROM journal o WHERE o.object = journal.object AND o.pos < journal.pos)) AND act IN ('changed','released','retired','guided') AND at >= $1 AND at < $2 AND kind IN ('point','model','grading')`+cond+fmt.Sprintf(` ORDER BY at DESC, pos DESC LIMIT %d`, maxChanges+1), args...)
	if err != nil {
		return nil, err
	}
	found, err := all(rows, func(r scanner) (*fengsui.LimitChange, error) {
		c := fengsui.LimitChange{Before: []fengsui.Limit{}, After: []fengsui.Limit{}}
		var before, after string
		var sector fengsui.Sector
		err := r.Scan(&c.Pos, &c.At, &c.Of.Kind, &c.Of.ID, &c.Act, &c.By.User, &c.By.Name, &c.By.Role, &c.Why, &before, &after, &c.Enterprise, &sector)
		if err == nil && c.Of.Kind == "point" {
			var was, is fengsui.Point
			// What was erased says nothing any more, and is shown as a change.
			if json.Unmarshal([]byte(before), &was) == nil && json.Unmarshal([]byte(after), &is) == nil {
				if c.Before, c.After, c.Name = limitsOf(&was), limitsOf(&is), is.Name; slices.Equal(c.Before, c.After) {
					return &c, nil
				}
			}
		}
		follow(&c, sector)
		return &c, err
	})
	if len(found) > maxChanges {
		return nil, errTooMany
	}
	for _, c := range found {
		if c.Following > 0 {
			list = append(list, *c)
		}
	}
	slices.SortStableFunc(list, func(a, b fengsui.LimitChange) int { return cmp.Compare(b.Pos, a.Pos) })
	return list, err
}

// limitsOf are a point's limits and the ends of its range, from below.
func limitsOf(p *fengsui.Point) []fengsui.Limit {
	list := []fengsui.Limit{{Name: "low", Value: p.RangeLow}}
	for _, x := range []struct {
		name  string
		value *float64
	}{{"LL", p.LL}, {"L", p.L}, {"H", p.H}, {"HH", p.HH}} {
		if x.value != nil {
			list = append(list, fengsui.Limit{Name: x.name, Value: *x.value})
		}
	}
	return append(list, fengsui.Limit{Name: "high", Value: p.RangeHigh})
}

// cut is a page of a list, as SQL has it.
func cut(page fengsui.Page) string {
	limit := page.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	return fmt.Sprintf(" LIMIT %d OFFSET %d", min(limit, maxPage), max(page.Offset, 0))
}
