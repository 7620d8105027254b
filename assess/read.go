package assess

import (
	"context"
	"fmt"
	"strings"

	"fengsui"
	"fengsui/store"
)

var scopeColumns = store.Columns{Enterprise: "enterprise", Zone: "zone", Sector: "sector"}

// maxPage is the longest page of a list.
const maxPage = 1000

func limit(p fengsui.Page) string {
	n := p.Limit
	if n <= 0 || n > maxPage {
		n = maxPage
	}
	return fmt.Sprintf(" LIMIT %d OFFSET %d", n, max(p.Offset, 0))
}

// where is the condition of a filter inside a scope.
func where(f fengsui.QualityFilter, s fengsui.Scope) (string, []any) {
	cond, args := store.Scoped(s, scopeColumns, []any{f.From, f.To})
	cond = "stretches > 0 AND day >= $1 AND day < $2" + cond
	add := func(column string, v any) {
		args = append(args, v)
		cond += fmt.Sprintf(" AND %s = $%d", column, len(args))
	}
	if f.Enterprise != "" {
		add("enterprise", f.Enterprise)
	}
	if f.Zone != "" {
		add("zone", f.Zone)
	}
	if f.Sector != "" {
		add("sector", f.Sector)
	}
	return cond, args
}

// Firms lists enterprises by how much of their data is missing, the most first, and how
// many there are. Those of which nothing is counted are not among them.
func (a *Assessor) Firms(ctx context.Context, s fengsui.Scope, f fengsui.QualityFilter, p fengsui.Page) (list []fengsui.FirmQuality, total int, err error) {
	cond, args := where(f, s)
	// The mean of the days, so that a short day weighs as much as a whole one (A29).
	firms := `SELECT enterprise, AVG(offline) AS offline, MAX(upto) AS upto FROM (
		SELECT enterprise, day, 1.0 - SUM(heard) * 1.0 / SUM(stretches) AS offline, MAX(upto) AS upto FROM assess_heard WHERE ` + cond + `
		GROUP BY enterprise, day) d GROUP BY enterprise`
	if f.Over {
		args = append(args, a.c.Policy.Offline.Line)
		firms += fmt.Sprintf(" HAVING AVG(offline) > $%d", len(args))
	}
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM (`+firms+`) f`, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(firms+` ORDER BY offline DESC, enterprise`+limit(p), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			c := fengsui.FirmQuality{Days: []fengsui.DayQuality{}}
			if err := rows.Scan(&c.Enterprise, &c.Offline, &c.Upto); err != nil {
				return err
			}
			list = append(list, c)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return days(tx, list, f)
	})
	return list, total, err
}

// days fills in the days of enterprises that the scope let through.
func days(tx *store.Tx, list []fengsui.FirmQuality, f fengsui.QualityFilter) error {
	if len(list) == 0 {
		return nil
	}
	args := []any{f.From, f.To}
	at, in := map[fengsui.ID]int{}, make([]string, len(list))
	for i := range list {
		args = append(args, list[i].Enterprise)
		at[list[i].Enterprise], in[i] = i, fmt.Sprintf("$%d", len(args))
	}
	rows, err := tx.Query(`SELECT enterprise, day, COUNT(*), CAST(SUM(stretches) AS BIGINT), CAST(SUM(heard) AS BIGINT) FROM assess_heard
		WHERE stretches > 0 AND day >= $1 AND day < $2 AND enterprise IN (`+strings.Join(in, ",")+`) GROUP BY enterprise, day ORDER BY day`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id fengsui.ID
		var d fengsui.DayQuality
		if err := rows.Scan(&id, &d.Day, &d.Points, &d.Stretches, &d.Heard); err != nil {
			return err
		}
		d.Offline = 1 - float64(d.Heard)/float64(d.Stretches)
		list[at[id]].Days = append(list[at[id]].Days, d)
	}
	return rows.Err()
}

// Points lists points by how much of their data is missing, the most first, and how
// many there are. A retired point stays as long as its counts.
func (a *Assessor) Points(ctx context.Context, s fengsui.Scope, f fengsui.QualityFilter, p fengsui.Page) (list []fengsui.PointQuality, total int, err error) {
	cond, args := where(f, s)
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(DISTINCT point) FROM assess_heard WHERE `+cond, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT point, CAST(SUM(stretches) AS BIGINT), CAST(SUM(heard) AS BIGINT), MIN(since), MAX(upto) FROM assess_heard WHERE `+cond+`
			GROUP BY point ORDER BY SUM(heard) * 1.0 / SUM(stretches), point`+limit(p), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c fengsui.PointQuality
			if err := rows.Scan(&c.Point, &c.Stretches, &c.Heard, &c.Since, &c.Upto); err != nil {
				return err
			}
			c.Offline = 1 - float64(c.Heard)/float64(c.Stretches)
			list = append(list, c)
		}
		return rows.Err()
	})
	return list, total, err
}
