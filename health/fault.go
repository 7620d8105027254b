// Package health keeps the platform's faults (A41): since when a part did not work, why,
// when it worked again, and who settled it with which words.
//
// Note is given how the parts are, again and again, by app. A fault begins with the first
// look that finds a part broken and ends with the first that finds it well; one that comes
// back within again is the same fault, so a part that flaps is one row and not hundreds.
// Settle is a person's act and journalled; it neither ends nor hides what is broken.
//
// Measured is given how much there is of each kind of data, and keeps a week of it, by
// which fengsui.Forecast says when a disk will be full.
//
// The package decides nothing about what is broken and owns no goroutines. While the store
// is away Note fails and nothing is lost but the precise time.
package health

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"strings"
	"time"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what this stage keeps.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "health", FS: sub, Kept: []string{"health_fault", "health_measure"}}
}

const (
	// again is how soon after its end a fault that comes back is still the same.
	again = 2 * time.Minute

	maxNote = 2000 // bytes

	columns = `id, part, process, why, since, last, over_at, settled_at, settled_by, note`

	sqlStanding = `SELECT part FROM health_fault WHERE process = $1 AND over_at = 0`
	sqlSeen     = `UPDATE health_fault SET why = $3, last = $4 WHERE part = $1 AND process = $2 AND over_at = 0`
	sqlAgain    = `UPDATE health_fault SET why = $3, last = $4, over_at = 0 WHERE id = (SELECT f.id FROM health_fault f
		WHERE f.part = $1 AND f.process = $2 AND f.settled_at = 0 AND f.over_at > $5 ORDER BY f.over_at DESC LIMIT 1)`
	sqlBegin  = `INSERT INTO health_fault (` + columns + `) VALUES ($1,$2,$3,$4,$5,$5,0,0,'','') ON CONFLICT DO NOTHING`
	sqlOver   = `UPDATE health_fault SET over_at = $3 WHERE part = $1 AND process = $2 AND over_at = 0`
	sqlFault  = `SELECT ` + columns + ` FROM health_fault WHERE id = $1`
	sqlSettle = `UPDATE health_fault SET settled_at = $2, settled_by = $3, note = $4 WHERE id = $1 AND settled_at = 0`
)

// Stage is the faults of a platform.
type Stage struct{ db *store.DB }

// New opens the faults.
func New(db *store.DB) *Stage { return &Stage{db} }

// Note takes down how the parts of a process are now. It writes nothing while all is well
// and was.
func (g *Stage) Note(ctx context.Context, process string, parts []fengsui.Health) error {
	standing := map[string]bool{}
	err := g.db.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(sqlStanding, process)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var part string
			if err := rows.Scan(&part); err != nil {
				return err
			}
			standing[part] = true
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	type change struct {
		part, why string
		over      bool
	}
	var list []change
	for _, h := range parts {
		switch {
		case !h.OK:
			list = append(list, change{part: h.Name, why: h.Why})
		case standing[h.Name]:
			list = append(list, change{part: h.Name, over: true})
		}
	}
	if len(list) == 0 {
		return nil
	}
	now := fengsui.At(time.Now())
	return g.db.Keep(ctx, func(tx *store.Tx) error {
		for _, c := range list {
			if c.over {
				if _, err := tx.Exec(sqlOver, c.part, process, now); err != nil {
					return err
				}
				continue
			}
			if err := broken(tx, c.part, process, c.why, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// broken goes on with a fault that stands, takes up one that was just over, or begins one.
func broken(tx *store.Tx, part, process, why string, now fengsui.Millis) error {
	n, err := tx.Exec(sqlSeen, part, process, why, now)
	if err != nil || n > 0 {
		return err
	}
	if n, err = tx.Exec(sqlAgain, part, process, why, now, now.Add(-fengsui.SpanOf(again))); err != nil || n > 0 {
		return err
	}
	_, err = tx.Exec(sqlBegin, fengsui.NewID(), part, process, why, now)
	return err
}

var (
	errNoFault = fengsui.Errorf(fengsui.NotFound, "no_fault", "there is no such fault")
	errNote    = fengsui.Errorf(fengsui.Invalid, "note", "say what was found and done, in at most %d bytes", maxNote)
	errSettled = fengsui.Errorf(fengsui.Conflict, "fault_settled", "someone has settled this fault already: load the list again")
)

// whole keeps everything about the platform itself to those who see the whole district and
// may do so.
func whole(s fengsui.Scope) error {
	if err := s.Allow(fengsui.ActHealth, fengsui.None); err != nil || s.All {
		return err
	}
	return errNoFault
}

// Faults lists faults, those that stand first, then the newest; unsettled leaves out what
// is over and settled.
func (g *Stage) Faults(ctx context.Context, s fengsui.Scope, unsettled bool, p fengsui.Page) (list []fengsui.Fault, total int, err error) {
	if err := whole(s); err != nil {
		return nil, 0, err
	}
	where := ""
	if unsettled {
		where = ` WHERE over_at = 0 OR settled_at = 0`
	}
	err = g.db.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM health_fault` + where).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT `+columns+` FROM health_fault`+where+` ORDER BY CASE WHEN over_at = 0 THEN 0 ELSE 1 END, since DESC, id LIMIT $1 OFFSET $2`, p.Limit, p.Offset)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			f, err := scan(rows)
			if err != nil {
				return err
			}
			list = append(list, f)
		}
		return rows.Err()
	})
	return list, total, err
}

// Settle writes down what a person found and did about a fault, once.
func (g *Stage) Settle(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, note string) error {
	if err := whole(s); err != nil {
		return err
	}
	if note = strings.TrimSpace(note); note == "" || len(note) > maxNote {
		return errNote
	}
	return g.db.Change(ctx, func(tx *store.Tx) error {
		f, err := scan(tx.QueryRow(sqlFault, id))
		if errors.Is(err, sql.ErrNoRows) {
			return errNoFault
		}
		if err != nil {
			return err
		}
		before := f
		f.SettledAt, f.SettledBy, f.Note = fengsui.At(time.Now()), by.Name, note
		// The row carries the call's key: a repeat is known by it before the fault is.
		if err := tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "fault", ID: id}, Act: "fault_settled", By: by, Why: note, Before: before, After: f}); err != nil {
			return err
		}
		n, err := tx.Exec(sqlSettle, id, f.SettledAt, f.SettledBy, f.Note)
		if err == nil && n == 0 {
			err = errSettled
		}
		return err
	})
}

func scan(row interface{ Scan(...any) error }) (f fengsui.Fault, err error) {
	err = row.Scan(&f.ID, &f.Part, &f.Process, &f.Why, &f.Since, &f.Last, &f.OverAt, &f.SettledAt, &f.SettledBy, &f.Note)
	return f, err
}
