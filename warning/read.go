package warning

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"fengsui"
	"fengsui/store"
)

// maxPage bounds a page that is asked for; defaultPage is one that is not.
const (
	maxPage     = 1000
	defaultPage = 50
)

// all reads rows to their end and closes them.
func all[T any](rows *sql.Rows, scan func(scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	list := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// Warning reads one warning.
func (e *Engine) Warning(ctx context.Context, s fengsui.Scope, id fengsui.ID) (w fengsui.Warning, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		w, err = read(tx, s, id)
		return err
	})
	return w, err
}

func read(tx *store.Tx, s fengsui.Scope, id fengsui.ID) (fengsui.Warning, error) {
	cond, args := store.Scoped(s, scopeColumns, []any{id})
	w, err := scanWarning(tx.QueryRow(selectWarning+`id=$1`+cond, args...))
	if err != nil {
		return fengsui.Warning{}, err
	}
	if w == nil {
		return fengsui.Warning{}, errNotFound
	}
	return w.Warning, nil
}

// shown leaves out what shelving or merging took off the lists of open ones.
const shown = ` AND shelved_until=0 AND merged_into=''`

// queueOrder is the duty desk's: unconfirmed, level, time left.
const queueOrder = " ORDER BY (confirmed_at > 0), level DESC, (due_at = 0), due_at, id"

// Warnings reads a page of those that the filter chooses, and how many there are.
func (e *Engine) Warnings(ctx context.Context, s fengsui.Scope, f fengsui.WarningFilter, page fengsui.Page) (list []fengsui.Warning, total int, err error) {
	cond, args := store.Scoped(s, scopeColumns, nil)
	where := "1=1" + cond
	add := func(text string, v any) {
		args = append(args, v)
		where += fmt.Sprintf(" AND "+text, len(args))
	}
	if len(f.Levels) > 0 {
		in := make([]string, len(f.Levels))
		for i, l := range f.Levels {
			args = append(args, l)
			in[i] = fmt.Sprintf("$%d", len(args))
		}
		where += " AND level IN (" + strings.Join(in, ",") + ")"
	}
	if f.Open || f.Queue || f.Overdue || f.Shelved || f.Merged {
		where += " AND ended_at=0"
	}
	switch {
	case f.Shelved:
		where += " AND shelved_until>0"
	case f.Merged:
		where += " AND merged_into<>''"
	case f.Open || f.Queue:
		where += shown
	}
	if f.Ended {
		where += " AND ended_at>0"
	}
	if f.Overdue {
		where += " AND noticed>0"
	}
	if f.Into != "" {
		add("merged_into<>'' AND merged_into=$%d", f.Into)
	}
	if f.Holder != "" {
		add("holder<>'' AND holder=$%d", f.Holder)
	}
	if f.Enterprise != "" {
		add("enterprise=$%d", f.Enterprise)
	}
	if f.Zone != "" {
		add("zone=$%d", f.Zone)
	}
	if f.Sector != "" {
		add("sector=$%d", f.Sector)
	}
	if f.Model != "" {
		add("model=$%d", f.Model)
	}
	if len(f.Subjects) > 0 {
		in := make([]string, len(f.Subjects))
		for i, s := range f.Subjects {
			args = append(args, s)
			in[i] = fmt.Sprintf("$%d", len(args))
		}
		where += " AND subject IN (" + strings.Join(in, ",") + ")"
	}
	if f.Text != "" {
		add(`name LIKE $%d ESCAPE '\'`, store.Like(strings.ToLower(f.Text)))
	}
	if f.From > 0 {
		add("raised_at>=$%d", f.From)
	}
	if f.To > 0 {
		add("raised_at<$%d", f.To)
	}
	order := " ORDER BY raised_at DESC, id DESC"
	if f.Queue {
		order = queueOrder
	}
	limit := page.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM warning WHERE `+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(selectWarning+where+order+fmt.Sprintf(" LIMIT %d OFFSET %d", min(limit, maxPage), max(page.Offset, 0)), args...)
		if err != nil {
			return err
		}
		found, err := all(rows, scanWarning)
		list = make([]fengsui.Warning, len(found))
		for i, w := range found {
			list[i] = w.Warning
		}
		return err
	})
	return list, total, err
}

// OpenNow reads what is open inside a scope, shelved and merged ones too, in the order of
// the duty desk and in the caller's transaction.
func (e *Engine) OpenNow(tx *store.Tx, s fengsui.Scope) ([]fengsui.Warning, error) {
	cond, args := store.Scoped(s, scopeColumns, nil)
	rows, err := tx.Query(selectWarning+`ended_at=0`+cond+queueOrder, args...)
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

// Counts reads the counters of every page. What is shelved or merged is not in
// the first two.
func (e *Engine) Counts(ctx context.Context, s fengsui.Scope) (fengsui.WarningCounts, error) {
	n := fengsui.WarningCounts{Open: map[fengsui.Level]int{}, Unconfirmed: map[fengsui.Level]int{}}
	for l := fengsui.Blue; l <= fengsui.Red; l++ {
		n.Open[l], n.Unconfirmed[l] = 0, 0
	}
	cond, args := store.Scoped(s, scopeColumns, nil)
	err := e.db.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT level, COUNT(*), SUM(CASE WHEN confirmed_at=0 THEN 1 ELSE 0 END) FROM warning WHERE ended_at=0`+shown+cond+` GROUP BY level`, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l fengsui.Level
			var open, unconfirmed int
			if err := rows.Scan(&l, &open, &unconfirmed); err != nil {
				return err
			}
			n.Open[l], n.Unconfirmed[l] = open, unconfirmed
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT COUNT(*) FROM warning WHERE ended_at=0 AND shelved_until>0`+cond, args...).Scan(&n.Shelved)
	})
	return n, err
}

// Periods reads a warning's level periods, oldest first. That which runs has the
// clock as it is.
func (e *Engine) Periods(ctx context.Context, s fengsui.Scope, id fengsui.ID) (list []fengsui.Period, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		w, err := read(tx, s, id)
		if err != nil {
			return err
		}
		rows, err := tx.Query(selectPeriod, id)
		if err != nil {
			return err
		}
		list, err = all(rows, func(r scanner) (fengsui.Period, error) {
			p := fengsui.Period{Warning: id}
			err := r.Scan(&p.Number, &p.Level, &p.Began, &p.Ended, &p.Clock.Anchor, &p.Clock.Noticed, &p.Clock.Supervised, &p.Why)
			if p.Number == w.Period {
				p.Clock = w.Clock
			}
			return p, err
		})
		return err
	})
	return list, err
}

// Steps reads a warning's steps, oldest first.
func (e *Engine) Steps(ctx context.Context, s fengsui.Scope, id fengsui.ID) (list []fengsui.Step, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if _, err := read(tx, s, id); err != nil {
			return err
		}
		rows, err := tx.Query(selectStep, id)
		if err != nil {
			return err
		}
		list, err = all(rows, scanTimedStep)
		return err
	})
	return list, err
}

// Parts reads what the newest finding about a warning is made of, the largest first;
// none where the model does not say.
func (e *Engine) Parts(ctx context.Context, s fengsui.Scope, id fengsui.ID) (list []fengsui.Part, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if _, err := read(tx, s, id); err != nil {
			return err
		}
		var parts string
		err := tx.QueryRow(selectParts, id).Scan(&parts)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(parts), &list)
	})
	return list, err
}

// Findings reads what was found about a warning, with the samples that decided,
// oldest first.
func (e *Engine) Findings(ctx context.Context, s fengsui.Scope, id fengsui.ID, page fengsui.Page) (list []fengsui.Finding, total int, err error) {
	limit := page.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		w, err := read(tx, s, id)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT COUNT(*) FROM finding WHERE warning=$1 AND warning<>''`, id).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(selectFinding, id, min(limit, maxPage), max(page.Offset, 0))
		if err != nil {
			return err
		}
		list, err = all(rows, func(r scanner) (fengsui.Finding, error) {
			f := fengsui.Finding{Sector: w.Sector}
			var evidence []byte
			var parts string
			err := r.Scan(&f.Partition, &f.Place.Seq, &f.Place.Index, &f.Model, &f.Subject, &f.Version, &f.Level, &f.At, &f.Learnt, &f.Late,
				&f.GapFrom, &f.GapTo, &f.Rung, &f.Value, &f.Limit, &f.Unit, &evidence, &parts)
			if err == nil {
				f.Evidence, err = fengsui.ReadSamples(nil, evidence, nil)
			}
			if err == nil && parts != "" {
				err = json.Unmarshal([]byte(parts), &f.Parts)
			}
			return f, err
		})
		return err
	})
	return list, total, err
}
