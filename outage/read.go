package outage

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fengsui"
	"fengsui/store"
)

var columns = store.Columns{Enterprise: "enterprise", Zone: "zone", Sector: "sector"}

func scanBody(r interface{ Scan(...any) error }) (o fengsui.Outage, err error) {
	var b string
	if err = r.Scan(&b); err == nil {
		err = json.Unmarshal([]byte(b), &o)
	}
	return o, err
}

// bodies reads outages to the end of the rows.
func bodies(rows *sql.Rows) (list []fengsui.Outage, err error) {
	defer rows.Close()
	for rows.Next() {
		o, err := scanBody(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// read reads one outage inside a scope.
func read(tx *store.Tx, s fengsui.Scope, id fengsui.ID) (fengsui.Outage, error) {
	where, args := store.Scoped(s, columns, []any{id})
	o, err := scanBody(tx.QueryRow(`SELECT body FROM outage WHERE id = $1`+where, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return o, errNoOutage
	}
	return o, err
}

// Outage reads one.
func (d *Desk) Outage(ctx context.Context, s fengsui.Scope, id fengsui.ID) (o fengsui.Outage, err error) {
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		o, err = read(tx, s, id)
		return err
	})
	return o, err
}

// Outages lists those in scope: pending ones first, the one that waits longest on top,
// then the newest.
func (d *Desk) Outages(ctx context.Context, s fengsui.Scope, f fengsui.OutageFilter, p fengsui.Page) (list []fengsui.Outage, total int, err error) {
	where, args := store.Scoped(s, columns, nil)
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.Enterprise != "" {
		where += " AND enterprise = " + arg(f.Enterprise)
	}
	if f.Target != "" {
		where += " AND id IN (SELECT outage FROM outage_target WHERE target = " + arg(f.Target) + ")"
	}
	switch f.Phase {
	case fengsui.OutagePending:
		where += " AND state = 'asked'"
	case fengsui.OutageAhead:
		at := arg(now())
		where += " AND from_at > " + at + " AND end_at > " + at
	case fengsui.OutageRuns:
		at := arg(now())
		where += " AND from_at <= " + at + " AND end_at > " + at
	case fengsui.OutageOver:
		where += " AND state <> 'asked' AND end_at <= " + arg(now())
	}
	rows, offset := limit(p)
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM outage WHERE 1=1`+where, args...).Scan(&total); err != nil {
			return err
		}
		found, err := tx.Query(`SELECT body FROM outage WHERE 1=1`+where+fmt.Sprintf(
			` ORDER BY CASE WHEN state = 'asked' THEN asked_at ELSE 9000000000000000 - asked_at END, id DESC LIMIT %d OFFSET %d`, rows, offset), args...)
		if err != nil {
			return err
		}
		list, err = bodies(found)
		return err
	})
	return list, total, err
}

// Held lists what an outage held back, what stands first, then the newest.
func (d *Desk) Held(ctx context.Context, s fengsui.Scope, id fengsui.ID, p fengsui.Page) (list []fengsui.HeldSilence, total int, err error) {
	rows, offset := limit(p)
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := read(tx, s, id); err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT COUNT(*) FROM outage_silence WHERE outage = $1 AND outage <> ''`, id).Scan(&total); err != nil {
			return err
		}
		found, err := tx.Query(fmt.Sprintf(`SELECT subject, model, from_at, at, until_at, raised, body FROM outage_silence WHERE outage = $1 AND outage <> ''
			ORDER BY CASE WHEN until_at = 0 THEN 0 ELSE 1 END, at DESC, until_at DESC, id LIMIT %d OFFSET %d`, rows, offset), id)
		if err != nil {
			return err
		}
		defer found.Close()
		for found.Next() {
			var h fengsui.HeldSilence
			var f fengsui.Finding
			var raised int
			var b string
			if err := found.Scan(&h.Subject, &h.Model, &h.From, &h.At, &h.Until, &raised, &b); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(b), &f); err != nil {
				return err
			}
			h.Level, h.Raised = f.Level, raised == 1
			list = append(list, h)
		}
		return found.Err()
	})
	return list, total, err
}

// Standing counts the silences in scope that outages hold back now.
func (d *Desk) Standing(ctx context.Context, s fengsui.Scope) (n int, err error) {
	where, args := store.Scoped(s, columns, nil)
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM outage_silence WHERE until_at = 0 AND outage <> ''`+where, args...).Scan(&n)
	})
	return n, err
}

// Offline lists the enterprises in scope that are silent without leave, those beyond the
// most lines first (A37, A29-A31).
func (d *Desk) Offline(ctx context.Context, s fengsui.Scope, p fengsui.Page) ([]fengsui.Offline, int, error) {
	at := now()
	where, args := store.Scoped(s, columns, nil)
	var in []string
	for _, m := range d.c.Rules.Counted {
		args = append(args, m)
		in = append(in, fmt.Sprintf("$%d", len(args)))
	}
	since := map[fengsui.ID]map[fengsui.Subject]fengsui.Millis{} // by enterprise: silent since
	excused := map[fengsui.ID]excuses{}
	err := d.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT enterprise, subject, from_at FROM outage_silence WHERE outage = '' AND until_at = 0`+where+` AND model IN (`+strings.Join(in, ",")+`)`, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id fengsui.ID
			var subject fengsui.Subject
			var from fengsui.Millis
			if err := rows.Scan(&id, &subject, &from); err != nil {
				rows.Close()
				return err
			}
			if since[id] == nil {
				since[id] = map[fengsui.Subject]fengsui.Millis{}
			}
			since[id][subject] = from
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		for id, firm := range since {
			if excused[id], err = d.excuses(tx, id, slices.Min(slices.Collect(maps.Values(firm))), at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	district := d.c.District()
	list := []fengsui.Offline{}
	for id, firm := range since {
		e := district.Enterprises[id]
		if e == nil {
			continue
		}
		o := fengsui.Offline{Enterprise: id}
		for _, p := range district.PointsOf(e.Num) {
			if !p.Key {
				continue
			}
			o.Points++
			point := fengsui.SubjectOf("point", p.Num)
			from, silent := firm[point]
			if !silent {
				from, silent = firm[fengsui.SourceOf(district, p)]
			}
			if silent {
				o.Silent++
				o.Longest = max(o.Longest, fengsui.Unexcused(from, at, excused[id][point]))
			}
		}
		if o.Silent > 0 {
			o.Lines = d.c.Rules.Beyond(o.Longest)
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b fengsui.Offline) int {
		return cmp.Or(cmp.Compare(len(b.Lines), len(a.Lines)), cmp.Compare(b.Longest, a.Longest), cmp.Compare(a.Enterprise, b.Enterprise))
	})
	rows, offset := limit(p)
	total := len(list)
	return list[min(offset, total):min(offset+rows, total)], total, nil
}

// excuses are the stretches in which an enterprise's subjects were out of use with leave.
type excuses map[fengsui.Subject][]fengsui.Stretch

// ran are an enterprise's outages that ran between two moments, or do, the earliest first.
func ran(tx *store.Tx, s fengsui.Scope, enterprise fengsui.ID, from, to fengsui.Millis) ([]fengsui.Outage, error) {
	where, args := store.Scoped(s, columns, []any{enterprise, from, to})
	rows, err := tx.Query(`SELECT body FROM outage WHERE enterprise = $1 AND end_at > $2 AND from_at < $3`+where+` ORDER BY from_at, id`, args...)
	if err != nil {
		return nil, err
	}
	return bodies(rows)
}

func (d *Desk) excuses(tx *store.Tx, enterprise fengsui.ID, from, to fengsui.Millis) (excuses, error) {
	list, err := ran(tx, fengsui.Everything(), enterprise, from, to)
	out := excuses{}
	for i := range list {
		o := &list[i]
		for s := range fengsui.CoverOf(d.c.District(), []*fengsui.Outage{o}) {
			out[s] = append(out[s], fengsui.Stretch{From: o.From, To: o.End()})
		}
	}
	return out, err
}

// Excused are the stretches between two moments in which a point was out of use with
// leave: nobody counts it as offline then.
func (d *Desk) Excused(ctx context.Context, p *fengsui.Point, from, to fengsui.Millis) (list []fengsui.Stretch, err error) {
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		x, err := d.excuses(tx, p.Enterprise, from, to)
		list = x[fengsui.SubjectOf("point", p.Num)]
		return err
	})
	return list, err
}

// Declared are the same stretches with the outages that they belong to, the earliest
// first: what a curve says of them.
func (d *Desk) Declared(ctx context.Context, s fengsui.Scope, p *fengsui.Point, from, to fengsui.Millis) ([]fengsui.DeclaredStretch, error) {
	out := []fengsui.DeclaredStretch{}
	err := d.c.DB.View(ctx, func(tx *store.Tx) error {
		list, err := ran(tx, s, p.Enterprise, from, to)
		for i := range list {
			o := &list[i]
			if fengsui.CoverOf(d.c.District(), []*fengsui.Outage{o})[fengsui.SubjectOf("point", p.Num)] != nil {
				out = append(out, fengsui.DeclaredStretch{Outage: o.ID, Number: o.Number, From: o.From, To: o.End()})
			}
		}
		return err
	})
	return out, err
}
