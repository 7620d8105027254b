package warning

import (
	"context"
	"slices"
	"strings"

	"fengsui"
	"fengsui/store"
)

var (
	errNotFound = fengsui.Errorf(fengsui.NotFound, "no_warning", "there is no such warning in your part of the district")
	errChanged  = fengsui.Errorf(fengsui.Conflict, "changed", "the warning has changed since you opened it; look at it again, then repeat")
	errEnded    = fengsui.Errorf(fengsui.Conflict, "ended", "the warning has ended; if it comes back there will be a new one")
	errNoReason = fengsui.Errorf(fengsui.Invalid, "no_reason", "give a reason: it stays on the record")
)

var scopeColumns = store.Columns{Enterprise: "enterprise", Zone: "zone", Sector: "sector", Peak: "peak"}

// load begins a change of a warning inside a scope.
func (t *turn) load(s fengsui.Scope, id fengsui.ID) (*change, error) {
	cond, args := store.Scoped(s, scopeColumns, []any{id})
	w, err := scanWarning(t.tx.QueryRow(selectWarning+`id=$1`+cond, args...))
	if err != nil {
		return nil, err
	}
	if w == nil {
		return nil, errNotFound
	}
	return t.take(w)
}

// may checks the right, that the warning is open and that the person saw its
// newest version.
func (c *change) may(s fengsui.Scope, a fengsui.Act, version int64) error {
	if err := s.Allow(a, c.w.Peak); err != nil {
		return err
	}
	if c.w.End != fengsui.Open {
		return errEnded
	}
	if version != c.w.Version {
		return errChanged
	}
	return nil
}

// Decide carries out a verdict in the caller's transaction: it lowers the level
// or ends the warning (DESIGN §7). Who may is the policy's: the party that holds
// the level's verdict, or the bureau where the district names none.
func (e *Engine) Decide(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, v fengsui.Verdict) (fengsui.Warning, error) {
	c, err := e.turn(tx).load(s, v.Warning)
	if err != nil {
		return fengsui.Warning{}, err
	}
	w := c.w
	if err := c.may(s, fengsui.ActDecide, v.Version); err != nil {
		return w.Warning, err
	}
	if err := c.decider(s); err != nil {
		return w.Warning, err
	}
	switch {
	case strings.TrimSpace(v.Why) == "":
		return w.Warning, errNoReason
	case v.End > fengsui.FalseAlarm || v.End != fengsui.Open && v.To != fengsui.None:
		return w.Warning, fengsui.Errorf(fengsui.Invalid, "bad_verdict", "a verdict either lowers to a level or ends the warning, not both")
	case v.End == fengsui.Open && (v.To == fengsui.None || v.To >= w.Level):
		return w.Warning, fengsui.Errorf(fengsui.Invalid, "bad_verdict", "a verdict lowers: name a level below %s, or end the warning", w.Level)
	}
	active := w.Condition == fengsui.Active
	if w.HoldMeasured != fengsui.None && w.HoldUntil > 0 && w.HoldUntil <= c.now && active && w.Measured > w.Level && w.Level >= c.floor {
		return w.Warning, errChanged // an earlier verdict ran out this moment: it is being raised again
	}
	// What was due before the verdict stays due: it is recorded after it, since
	// the first row is the person's and carries the call's key.
	late := c.overdue()
	hold := held{}
	if active && w.Measured > v.To {
		hold.held = w.Measured
		if span := c.policy.Rules[w.Measured].Hold; span > 0 {
			hold.until = c.now.Add(span)
		}
	}
	w.release()
	verdict := &cite{At: c.now, By: by.Name, Why: v.Why, To: v.To, End: v.End}
	if v.End == fengsui.Open {
		err = c.lower(by, verdict, hold)
	} else {
		err = c.end(by, verdict, hold)
	}
	if err != nil {
		return w.Warning, err
	}
	for _, step := range late {
		if err := c.record(string(step.Kind), fengsui.Platform(stage), "", seen{}, step); err != nil {
			return w.Warning, err
		}
	}
	return w.Warning, c.save()
}

// decider refuses a verdict of a party that does not hold it.
func (c *change) decider(s fengsui.Scope) error {
	var names []string
	for _, p := range c.deciders() {
		if p.ID == s.Party {
			return nil
		}
		names = append(names, p.Name)
	}
	return fengsui.Errorf(fengsui.Forbidden, "not_the_decider", "a %s warning is lowered or ended by: %s; ask for it", c.w.Level, strings.Join(names, ", "))
}

func (c *change) deciders() []*fengsui.Party {
	if list := c.d.Holders(c.rule.Verdict, c.enterprise(), c.w.Sector); len(list) > 0 {
		return list
	}
	return c.d.Holders(fengsui.AsBureau, c.enterprise(), "")
}

// Deciders are the parties that may lower or end a warning as it is now.
func (e *Engine) Deciders(w fengsui.Warning) []*fengsui.Party {
	c, err := (&turn{e: e, d: e.district(), now: e.clock.read().now}).take(&row{Warning: w})
	if err != nil {
		return nil
	}
	return c.deciders()
}

// lower goes on at a lower level. Everyone told until now hears of it.
func (c *change) lower(by fengsui.Actor, v *cite, hold held) error {
	told, err := c.told()
	if err != nil {
		return err
	}
	if err := c.enter(v.To, v.Why); err != nil {
		return err
	}
	if hold.held != fengsui.None {
		c.w.HoldMeasured, c.w.HoldUntil, c.w.verdict = hold.held, hold.until, v
	}
	steps := []fengsui.Step{c.step(fengsui.StepLowered, 1, c.now, told)}
	if c.rule.Routine {
		steps = append(steps, c.step(fengsui.StepRoutine, 1, c.now, c.reach(c.rule.Track)))
	}
	return c.record("lowered", by, v.Why, seen{}, steps...)
}

// end ends the warning. Everyone told until now hears of it. A hold outlives it
// in a row of its own.
func (c *change) end(by fengsui.Actor, v *cite, hold held) error {
	w := c.w
	told, err := c.told()
	if err != nil {
		return err
	}
	if err := c.leave(); err != nil {
		return err
	}
	w.End, w.EndedAt, w.ShelvedUntil = v.End, c.now, 0
	w.Version++
	if hold.held != fengsui.None {
		hold.model, hold.subject, hold.warning, hold.verdict = w.Model, w.Subject, w.ID, v
		hold.measured, hold.at, hold.rung, hold.value, hold.bound, hold.unit = w.Measured, w.SignalAt, w.Rung, w.Value, w.Limit, w.Unit
		if err := saveHeld(c.tx, &hold); err != nil {
			return err
		}
	}
	if err := c.record(v.End.String(), by, v.Why, seen{}, c.step(fengsui.StepEnded, 1, c.now, told)); err != nil {
		return err
	}
	return c.freeMerged()
}

// freeMerged brings the rows back that were merged into a warning that ends: an
// open one must not stay hidden behind it.
func (c *change) freeMerged() error {
	rows, err := c.tx.Query(selectMerged, c.w.ID)
	if err != nil {
		return err
	}
	list, err := all(rows, scanWarning)
	if err != nil {
		return err
	}
	for _, w := range list {
		m, err := c.take(w)
		if err != nil {
			return err
		}
		w.MergedInto = ""
		if err := m.record("unmerged", fengsui.Platform(stage), "", seen{}); err != nil {
			return err
		}
		if err := m.save(); err != nil {
			return err
		}
	}
	return nil
}

// Progress moves the work on: verified, handling, reported. act is what the
// journal calls it.
//
// With acted it is something that was done where the warning was and may have waited in a
// telephone. That the warning changed meanwhile does not undo it: it goes on the record
// with the version that the person saw, if the warning is open still and the work does not
// go backwards. Nil: the person must have seen the newest version.
func (e *Engine) Progress(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, act string, to fengsui.Work, reason string, acted *fengsui.Acted, detail any) (fengsui.Warning, error) {
	c, err := e.turn(tx).load(s, id)
	if err != nil {
		return fengsui.Warning{}, err
	}
	right, ok := map[fengsui.Work]fengsui.Act{fengsui.Verified: fengsui.ActVerify, fengsui.Handling: fengsui.ActHandle, fengsui.Reported: fengsui.ActReport}[to]
	if !ok {
		return c.w.Warning, fengsui.Errorf(fengsui.Invalid, "bad_work", "the work goes on to verified, handling or reported, not to %s", to)
	}
	if acted != nil && version < c.w.Version {
		saw := *acted
		saw.Saw = version
		acted, version = &saw, c.w.Version
	}
	if err := c.may(s, right, version); err != nil {
		return c.w.Warning, err
	}
	if to < c.w.Work && (c.w.Work != fengsui.Reported || to != fengsui.Handling) {
		return c.w.Warning, fengsui.Errorf(fengsui.Conflict, "work_backwards", "the work is %s already and does not go back to %s", c.w.Work, to)
	}
	c.w.Work = to
	c.w.Version++
	if err := c.record(act, by, reason, seen{Acted: c.judged(acted), Detail: detail}); err != nil {
		return c.w.Warning, err
	}
	return c.w.Warning, c.save()
}

// judged says of an act on the warning whether the time can be true that came with it.
func (c *change) judged(acted *fengsui.Acted) *fengsui.Acted {
	return c.e.desk.Acted.Judged(acted, c.now, c.w.RaisedAt)
}

// Annotate puts a row on the record of a warning and changes nothing else. The
// caller has checked the right to act; here only the scope is. acted as in Progress.
func (e *Engine) Annotate(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, act, reason string, acted *fengsui.Acted, detail any) (fengsui.Warning, error) {
	c, err := e.turn(tx).load(s, id)
	if err != nil {
		return fengsui.Warning{}, err
	}
	if err := c.record(act, by, reason, seen{Acted: c.judged(acted), Detail: detail}); err != nil {
		return c.w.Warning, err
	}
	return c.w.Warning, c.save()
}

// act is one act of a person as a transaction of its own.
func (e *Engine) act(ctx context.Context, s fengsui.Scope, id fengsui.ID, fn func(*change) error) error {
	return e.db.Change(ctx, func(tx *store.Tx) error {
		c, err := e.turn(tx).load(s, id)
		if err != nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
		return c.save()
	})
}

// Confirm is the duty desk's "we have seen it": it stops blink and sound and
// nothing else. It does not raise the version.
func (e *Engine) Confirm(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	return e.act(ctx, s, id, func(c *change) error {
		if err := c.may(s, fengsui.ActConfirm, c.w.Version); err != nil {
			return err
		}
		if c.w.ConfirmedAt != 0 {
			return fengsui.Errorf(fengsui.Conflict, "confirmed", "%s has confirmed it already", c.w.ConfirmedBy)
		}
		c.w.ConfirmedAt, c.w.ConfirmedBy = c.now, by.Name
		return c.record("confirmed", by, "", seen{})
	})
}

// Assign says who holds the warning now: a name, and the account of whoever has one.
func (e *Engine) Assign(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, to string, holder fengsui.ID) error {
	return e.act(ctx, s, id, func(c *change) error {
		if err := c.may(s, fengsui.ActAssign, version); err != nil {
			return err
		}
		if strings.TrimSpace(to) == "" {
			return fengsui.Errorf(fengsui.Invalid, "no_assignee", "name who takes it over")
		}
		c.w.AssignedTo, c.w.Holder = to, holder
		c.w.Version++
		return c.record("assigned", by, "", seen{Detail: to})
	})
}

// Shelve hides the row for at most the time that the desk's rules give, never a red one. It touches no clock,
// and the row comes back by itself, at once when the warning becomes red.
func (e *Engine) Shelve(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, until fengsui.Millis, reason string) error {
	return e.act(ctx, s, id, func(c *change) error {
		if err := c.may(s, fengsui.ActShelve, version); err != nil {
			return err
		}
		switch {
		case c.w.Level == fengsui.Red:
			return fengsui.Errorf(fengsui.Conflict, "red_not_shelved", "a red warning cannot be shelved")
		case strings.TrimSpace(reason) == "":
			return errNoReason
		case until <= c.now || until > c.now.Add(c.e.desk.Shelve.Longest):
			return fengsui.Errorf(fengsui.Invalid, "shelf_time", "name an end that lies ahead, at most %s from now", c.e.desk.Shelve.Longest.Duration())
		}
		c.w.ShelvedUntil = until
		c.w.Version++
		return c.record("shelved", by, reason, seen{Detail: until})
	})
}

// Unshelve brings a shelved row back.
func (e *Engine) Unshelve(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	return e.act(ctx, s, id, func(c *change) error {
		if err := c.may(s, fengsui.ActShelve, c.w.Version); err != nil {
			return err
		}
		if c.w.ShelvedUntil == 0 {
			return fengsui.Errorf(fengsui.Conflict, "not_shelved", "the warning is not shelved")
		}
		c.w.ShelvedUntil = 0
		return c.record("unshelved", by, "", seen{})
	})
}

// Merge hides the row behind another open one of the same cause; into empty
// brings it back. It touches no clock, and it ends when the other one does.
func (e *Engine) Merge(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, into fengsui.ID) error {
	return e.act(ctx, s, id, func(c *change) error {
		if err := c.may(s, fengsui.ActMerge, version); err != nil {
			return err
		}
		act := "unmerged"
		if into != "" {
			act = "merged"
			if err := c.mayMerge(s, into); err != nil {
				return err
			}
		} else if c.w.MergedInto == "" {
			return fengsui.Errorf(fengsui.Conflict, "not_merged", "the warning is not merged into another")
		}
		c.w.MergedInto = into
		c.w.Version++
		return c.record(act, by, "", seen{Detail: into})
	})
}

// mayMerge keeps merging one level deep, so that no row is hidden behind a
// hidden one.
func (c *change) mayMerge(s fengsui.Scope, into fengsui.ID) error {
	if into == c.w.ID {
		return fengsui.Errorf(fengsui.Invalid, "merge_self", "a warning cannot be merged into itself")
	}
	other, err := c.load(s, into)
	if err != nil {
		return err
	}
	if other.w.End != fengsui.Open {
		return fengsui.Errorf(fengsui.Conflict, "merge_ended", "the other warning has ended: merge into an open one")
	}
	if other.w.MergedInto != "" {
		return fengsui.Errorf(fengsui.Conflict, "merge_chain", "the other warning is itself merged: merge into the one that it is merged into")
	}
	rows, err := c.tx.Query(selectMerged, c.w.ID)
	if err != nil {
		return err
	}
	behind, err := all(rows, scanWarning)
	if err == nil && slices.ContainsFunc(behind, func(w *row) bool { return w.ID != into }) {
		err = fengsui.Errorf(fengsui.Conflict, "merge_chain", "other warnings are merged into this one: bring them back first")
	}
	return err
}
