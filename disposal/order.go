package disposal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"fengsui"
	"fengsui/store"
)

const (
	sqlOpen = `INSERT INTO disposal_order (id, kind, warning, period, number, party, plan, level, assignee, checklist, opened_at, done_at, result, evidence, version)
	VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'',$9,$10,0,'','[]',1) ON CONFLICT (warning, kind, period, number, party, plan) DO NOTHING`

	sqlOrders = ` FROM disposal_order o JOIN disposal_case c ON c.warning = o.warning WHERE 1=1`

	orderColumns = `o.id, o.kind, o.warning, c.enterprise, c.zone, c.sector, o.level, o.party, o.assignee, o.plan, o.checklist, o.opened_at, o.done_at, o.result, o.evidence, o.acted, o.version, ` + peak

	sqlSave = `UPDATE disposal_order SET assignee = $3, checklist = $4, done_at = $5, result = $6, evidence = $7, acted = $8, version = version + 1 WHERE id = $1 AND version = $2`
)

// peak is how high the warning ever stood: the journal knows at once when it is
// raised, so what hangs on a warning is seen by whoever sees the warning.
const peak = `COALESCE((SELECT MAX(j.peak) FROM journal j WHERE j.warning = c.warning AND j.warning <> ''), 0)`

var caseColumns = store.Columns{Enterprise: "c.enterprise", Zone: "c.zone", Sector: "c.sector", Peak: peak}

// standing is an order with how high its warning ever stood.
type standing struct {
	fengsui.Order
	peak fengsui.Level
}

// ticked is an order as a tick leaves it, with the time of what the row is about.
type ticked struct {
	fengsui.Order
	Acted *fengsui.Acted `json:"acted,omitempty"`
}

// open opens an order and says whether it was not there before.
func (d *Desk) open(tx *store.Tx, by fengsui.Actor, w fengsui.Warning, period, number int, o fengsui.Order, why string) (bool, error) {
	o.ID, o.Warning, o.Enterprise, o.Zone, o.Sector, o.Version = fengsui.NewID(), w.ID, w.Enterprise, w.Zone, w.Sector, 1
	list, err := json.Marshal(o.Checklist)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(sqlOpen, o.ID, o.Kind, o.Warning, period, number, o.Party, o.Plan, o.Level, string(list), o.OpenedAt)
	if err != nil || n == 0 {
		return false, err
	}
	return true, d.record(tx, by, standing{Order: o, peak: w.Peak}, "order_opened", why, nil, o)
}

func (d *Desk) record(tx *store.Tx, by fengsui.Actor, o standing, act, why string, before, after any) error {
	return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "order", ID: o.ID}, Act: act, By: by, Why: why, Before: before, After: after,
		Warning: o.Warning, Enterprise: o.Enterprise, Zone: o.Zone, Sector: o.Sector, Level: o.peak})
}

func scanOrder(r interface{ Scan(...any) error }) (standing, error) {
	var o standing
	var list, evidence, acted string
	err := r.Scan(&o.ID, &o.Kind, &o.Warning, &o.Enterprise, &o.Zone, &o.Sector, &o.Level, &o.Party, &o.Assignee, &o.Plan,
		&list, &o.OpenedAt, &o.DoneAt, &o.Result, &evidence, &acted, &o.Version, &o.peak)
	if err == nil {
		err = errors.Join(json.Unmarshal([]byte(list), &o.Checklist), json.Unmarshal([]byte(evidence), &o.Evidence), json.Unmarshal([]byte(acted), &o.Acted))
	}
	return o, err
}

// order reads an order inside a scope.
func order(tx *store.Tx, s fengsui.Scope, id fengsui.ID) (standing, error) {
	where, args := store.Scoped(s, caseColumns, []any{id})
	o, err := scanOrder(tx.QueryRow(`SELECT `+orderColumns+sqlOrders+` AND o.id = $1`+where, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return o, errNoOrder
	}
	return o, err
}

// Orders lists the orders in scope, those longest open first, then those done,
// newest first.
func (d *Desk) Orders(ctx context.Context, s fengsui.Scope, f fengsui.OrderFilter, p fengsui.Page) (list []fengsui.Order, total int, err error) {
	where, args := store.Scoped(s, caseColumns, nil)
	is := func(column string, v any, set bool) {
		if set {
			args = append(args, v)
			where += fmt.Sprintf(" AND %s = $%d", column, len(args))
		}
	}
	is("o.kind", f.Kind, f.Kind != "")
	is("o.warning", f.Warning, f.Warning != "")
	is("o.party", f.Party, f.Party != "")
	is("c.enterprise", f.Enterprise, f.Enterprise != "")
	if f.Open {
		where += " AND o.done_at = 0"
	}
	if f.Done {
		where += " AND o.done_at > 0"
	}
	rows, offset := limit(p)
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*)`+sqlOrders+where, args...).Scan(&total); err != nil {
			return err
		}
		list, err = orders(tx, where, fmt.Sprintf(" LIMIT %d OFFSET %d", rows, offset), args)
		return err
	})
	return list, total, err
}

// OrdersOf lists a warning's orders.
func (d *Desk) OrdersOf(ctx context.Context, s fengsui.Scope, warning fengsui.ID) (list []fengsui.Order, err error) {
	where, args := store.Scoped(s, caseColumns, []any{warning})
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		list, err = orders(tx, " AND o.warning = $1"+where, "", args)
		return err
	})
	return list, err
}

func orders(tx *store.Tx, where, part string, args []any) ([]fengsui.Order, error) {
	rows, err := tx.Query(`SELECT `+orderColumns+sqlOrders+where+` ORDER BY CASE WHEN o.done_at = 0 THEN 0 ELSE 1 END, o.done_at DESC, o.opened_at, o.id`+part, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []fengsui.Order
	for rows.Next() {
		o, err := scanOrder(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, o.Order)
	}
	return list, rows.Err()
}

// Order reads one order.
func (d *Desk) Order(ctx context.Context, s fengsui.Scope, id fengsui.ID) (o fengsui.Order, err error) {
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		x, err := order(tx, s, id)
		o = x.Order
		return err
	})
	return o, err
}

// actOf is the right that carrying out an order of a kind asks for.
func actOf(k fengsui.OrderKind) fengsui.Act {
	switch k {
	case fengsui.OrderRoutine:
		return fengsui.ActRoutine
	case fengsui.OrderPlan:
		return fengsui.ActPlan
	}
	return fengsui.ActOrder
}

// mine says whether an order is the person's own to carry out: their party's, or,
// for the bureau, anyone's (A08).
func mine(s fengsui.Scope, o standing) error {
	if err := s.Allow(actOf(o.Kind), o.peak); err != nil {
		return err
	}
	if o.Party != s.Party && s.Role != fengsui.RoleBureau {
		return fengsui.Errorf(fengsui.Forbidden, "not_your_order", "this order is another body's: only who holds it can carry it out")
	}
	return nil
}

// change runs an act on one open order of the version that the person saw.
func (d *Desk) change(ctx context.Context, s fengsui.Scope, id fengsui.ID, version int64, act func(*store.Tx, *standing) error) error {
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		o, err := order(tx, s, id)
		switch {
		case err != nil:
			return err
		case o.DoneAt != 0:
			return fengsui.Errorf(fengsui.Conflict, "order_done", "the result of this order is recorded: it cannot be changed any more")
		case o.Version != version:
			return errStale
		}
		if err := act(tx, &o); err != nil {
			return err
		}
		return nil
	})
}

func save(tx *store.Tx, o *standing) error {
	list, err1 := json.Marshal(o.Checklist)
	evidence, err2 := json.Marshal(o.Evidence)
	acted, err3 := json.Marshal(o.Acted)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	n, err := tx.Exec(sqlSave, o.ID, o.Version, o.Assignee, string(list), o.DoneAt, o.Result, string(evidence), string(acted))
	if err == nil && n == 0 {
		return errStale
	}
	o.Version++
	return err
}

// AssignOrder names who carries an order out: the body that holds it, or whoever
// may assign.
func (d *Desk) AssignOrder(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, to string) error {
	to, err := said(to, true)
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(to) > 100 {
		return fengsui.Errorf(fengsui.Invalid, "name_too_long", "name the person in at most 100 characters")
	}
	return d.change(ctx, s, id, version, func(tx *store.Tx, o *standing) error {
		if !s.May(fengsui.ActAssign, o.peak) {
			if err := mine(s, *o); err != nil {
				return err
			}
		}
		before := o.Order
		o.Assignee = to
		if err := save(tx, o); err != nil {
			return err
		}
		return d.record(tx, by, *o, "order_assigned", "", before, o.Order)
	})
}

// OrderResult records what came out of an order and closes it: the on-site
// supervision (A21-A23), the routine item (A20), the plan that has run (A19).
// The warning and its clock stay as they are. acted as in Verify, but on the newest version.
func (d *Desk) OrderResult(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, result string, files []fengsui.ID, acted *fengsui.Acted) error {
	result, err := said(result, true)
	if err != nil {
		return err
	}
	return d.change(ctx, s, id, version, func(tx *store.Tx, o *standing) error {
		if err := mine(s, *o); err != nil {
			return err
		}
		found, err := usable(tx, s, files)
		if err != nil {
			return err
		}
		o.Result, o.DoneAt, o.Evidence = result, now(), files
		o.Acted = d.c.Acted.Judged(acted, o.DoneAt, o.OpenedAt)
		if err := save(tx, o); err != nil {
			return err
		}
		// On the warning's record, ended or not: how the disposal of a red one
		// goes is passed on to the municipal platform (A44).
		if _, err := d.c.Warnings.Annotate(tx, s, by, o.Warning, "order_result", result, o.Acted, detail{Order: &o.Order, Files: found}); err != nil {
			return err
		}
		return attach(tx, o.Warning, files)
	})
}

// TickPlan marks one item of a running plan as done (A19); acted as in OrderResult.
func (d *Desk) TickPlan(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, item, note string, acted *fengsui.Acted) error {
	note, err := said(note, false)
	if err != nil {
		return err
	}
	return d.change(ctx, s, id, version, func(tx *store.Tx, o *standing) error {
		if err := mine(s, *o); err != nil {
			return err
		}
		at := -1
		for i := range o.Checklist {
			if o.Checklist[i].Item == item {
				at = i
			}
		}
		switch {
		case at < 0:
			return fengsui.Errorf(fengsui.NotFound, "no_item", "the plan has no item %q", item)
		case o.Checklist[at].DoneAt != 0:
			return fengsui.Errorf(fengsui.Conflict, "item_done", "%s has ticked this item already", o.Checklist[at].DoneBy)
		}
		c := &o.Checklist[at]
		c.DoneAt, c.DoneBy, c.Note = now(), by.Name, note
		c.Acted = d.c.Acted.Judged(acted, c.DoneAt, o.OpenedAt)
		if err := save(tx, o); err != nil {
			return err
		}
		return d.record(tx, by, *o, "plan_ticked", item, nil, ticked{o.Order, c.Acted})
	})
}
