package warning

import (
	"context"
	"fmt"
	"time"

	"fengsui"
	"fengsui/store"
)

// Standing lists the warnings that stood open at a moment with the level that they had
// then, the gravest first, and how many there were. What a row of today is hidden by,
// shelving and merging, hides none of them.
func (e *Engine) Standing(ctx context.Context, s fengsui.Scope, at fengsui.Millis, page fengsui.Page) (list []fengsui.Stood, total int, err error) {
	cond, args := store.Scoped(s, scopeColumns, []any{at})
	from := ` FROM warning w JOIN period p ON p.warning = w.id WHERE w.raised_at <= $1 AND (w.ended_at = 0 OR w.ended_at > $1)
		AND p.began <= $1 AND (p.ended = 0 OR p.ended > $1)` + cond
	limit := page.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*)`+from, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT w.id, w.enterprise, w.subject, w.model, p.level, w.raised_at`+from+
			fmt.Sprintf(` ORDER BY p.level DESC, w.raised_at DESC, w.id LIMIT %d OFFSET %d`, min(limit, maxPage), max(page.Offset, 0)), args...)
		if err != nil {
			return err
		}
		list, err = all(rows, func(r scanner) (w fengsui.Stood, err error) {
			err = r.Scan(&w.ID, &w.Enterprise, &w.Subject, &w.Model, &w.Level, &w.RaisedAt)
			return w, err
		})
		return err
	})
	return list, total, err
}

// Months counts what was raised for an enterprise in each of the last n civil months,
// that of now included, oldest first.
func (e *Engine) Months(ctx context.Context, s fengsui.Scope, enterprise fengsui.ID, now fengsui.Millis, n int) (list []fengsui.WarningMonth, err error) {
	y, m, _ := now.Time().In(fengsui.Civil).Date()
	first := func(back int) time.Time { return time.Date(y, m-time.Month(back), 1, 0, 0, 0, 0, fengsui.Civil) }
	err = e.db.View(ctx, func(tx *store.Tx) error {
		for back := n - 1; back >= 0; back-- {
			month := fengsui.WarningMonth{Month: first(back).Format("2006-01"), Raised: map[fengsui.Level]int{}}
			for l := fengsui.Blue; l <= fengsui.Red; l++ {
				month.Raised[l] = 0
			}
			cond, args := store.Scoped(s, scopeColumns, []any{enterprise, fengsui.At(first(back)), fengsui.At(first(back - 1)), fengsui.FalseAlarm})
			rows, err := tx.Query(`SELECT peak, COUNT(*), SUM(CASE WHEN ending = $4 THEN 1 ELSE 0 END) FROM warning
				WHERE enterprise = $1 AND raised_at >= $2 AND raised_at < $3`+cond+` GROUP BY peak`, args...)
			if err != nil {
				return err
			}
			counts, err := all(rows, func(r scanner) (c [2]int, err error) {
				var l fengsui.Level
				err = r.Scan(&l, &c[0], &c[1])
				month.Raised[l] = c[0]
				return c, err
			})
			if err != nil {
				return err
			}
			for _, c := range counts {
				month.False += c[1]
			}
			list = append(list, month)
		}
		return nil
	})
	return list, err
}
