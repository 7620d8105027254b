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

// Apply applies findings in their order, in the caller's transaction. A finding
// that was applied before changes nothing. Apply always leaves at least one
// journal row when there are findings, so the caller's Change can commit.
func (e *Engine) Apply(ctx context.Context, tx *store.Tx, findings []fengsui.Finding) error {
	t := e.turn(tx)
	fresh := 0
	for i := range findings {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		f := &findings[i]
		id := fengsui.NewID()
		parts, err := partsText(f.Parts)
		if err != nil {
			return err
		}
		n, err := tx.Exec(insertFinding, id, f.Partition, int64(f.Place.Seq), f.Place.Index, f.Model, f.Subject, f.Version,
			f.Level, f.At, f.Learnt, bit(f.Late), f.GapFrom, f.GapTo, f.Rung, f.Value, f.Limit, f.Unit, fengsui.AppendSamples(nil, f.Evidence), parts)
		if err != nil {
			return fmt.Errorf("keep finding %s: %w", f.Key(), err)
		}
		if n == 0 {
			continue
		}
		fresh++
		warning, err := t.apply(f)
		if err == nil && warning != "" {
			_, err = tx.Exec(joinFinding, warning, id)
		}
		if err != nil {
			return fmt.Errorf("apply finding %s: %w", f.Key(), err)
		}
	}
	if len(findings) > 0 && fresh == 0 {
		return tx.Record(fengsui.Change{
			Of: fengsui.Ref{Kind: "finding", ID: fengsui.ID(findings[0].Key())}, Act: "repeated", By: fengsui.Platform(stage), At: t.now, After: len(findings),
		})
	}
	return nil
}

// partsText is parts as the table keeps them.
func partsText(parts []fengsui.Part) (string, error) {
	if len(parts) == 0 {
		return "", nil
	}
	b, err := json.Marshal(parts)
	return string(b), err
}

// apply gives the warning that the finding belongs to, if any.
func (t *turn) apply(f *fengsui.Finding) (fengsui.ID, error) {
	ent := t.d.Enterprise(f.Enterprise)
	switch {
	case ent == nil:
		return "", t.stray("unknown_enterprise", f, nil)
	case f.Level > fengsui.Red:
		return "", t.stray("unknown_level", f, ent)
	}
	h, err := scanHeld(t.tx.QueryRow(selectHold, f.Model, f.Subject))
	if err != nil {
		return "", err
	}
	if h != nil && h.until > 0 && h.until <= t.now && h.measured >= t.floor {
		// It ran out before the loop came to it.
		if err := t.lapse(h); err != nil {
			return "", err
		}
		h = nil
	}
	if h != nil && f.Level <= h.held {
		return h.warning, t.underHold(h, f)
	}
	w, err := scanWarning(t.tx.QueryRow(selectLast, f.Model, f.Subject))
	if err != nil {
		return "", err
	}
	if f.Level != fengsui.None {
		if raised, err := t.raise(f, ent, w, h); err != nil || raised != "" {
			return raised, err
		}
	}
	if w == nil || w.End != fengsui.Open {
		return "", t.stray("returned", f, ent)
	}
	c, err := t.take(w)
	if err != nil {
		return "", err
	}
	// What was due under the old level comes first.
	if _, err := c.fire(); err != nil {
		return "", err
	}
	if err := c.hear(f); err != nil {
		return "", err
	}
	return w.ID, c.save()
}

// raise makes a new warning after the last one of (model, subject), unless the
// unique index says that one is open: then it gives no ID. The index decides and
// no look beforehand, so that it holds whoever else writes.
func (t *turn) raise(f *fengsui.Finding, ent *fengsui.Enterprise, last *row, h *held) (fengsui.ID, error) {
	p := t.e.law.inForce(t.now)
	w := &row{
		Warning: fengsui.Warning{
			ID: fengsui.NewID(), Enterprise: ent.ID, Zone: ent.Zone, Sector: f.Sector, Subject: f.Subject, Model: f.Model, ModelVersion: f.Version,
			Occurrence: 1, Policy: p.Key(), Level: f.Level, Peak: f.Level, Measured: f.Level, Condition: fengsui.Active, Work: fengsui.New,
			Late: f.Late, Rung: f.Rung, Value: f.Value, Limit: f.Limit, Unit: f.Unit, SignalAt: f.At, RaisedAt: t.now,
			Period: 1, Since: t.now, Clock: fengsui.Clock{Anchor: t.now}, Version: 1,
		},
		name: t.name(f.Subject, ent),
	}
	if w.Sector == "" {
		w.Sector = ent.Sector
	}
	if f.Late {
		// Judged after the fact: the condition is as it stands now.
		w.Measured, w.Condition = fengsui.None, fengsui.Returned
		if h != nil {
			w.Measured, w.Condition = h.measured, fengsui.Active
		}
	}
	if last != nil {
		w.Occurrence, w.After = last.Occurrence+1, last.ID
		if last.End != fengsui.Open {
			var err error
			if w.Clock, err = t.clockOf(last.ID, f.Level, p); err != nil {
				return "", err
			}
		}
	}
	w.schedule(p)
	if once, err := w.insert(t.tx); err != nil || !once {
		return "", err
	}
	after := heard(f)
	if h != nil {
		after.Verdict = h.verdict
		if _, err := t.tx.Exec(deleteHold, f.Model, f.Subject); err != nil {
			return "", err
		}
	}
	c := &change{turn: t, w: w, policy: p, rule: p.Rules[w.Level], old: *w, uplink: true}
	if _, err := t.tx.Exec(insertPeriod, w.ID, w.Period, w.Level, w.Since, why(after.Verdict)); err != nil {
		return "", err
	}
	if err := c.record("raised", fengsui.Platform(stage), why(after.Verdict), after, c.pushes()...); err != nil {
		return "", err
	}
	return w.ID, c.save()
}

// pushes are the steps of a level that a raise entered: everyone of it is told at
// once, and blue becomes a routine item (A20-A23).
func (c *change) pushes() []fengsui.Step {
	list := []fengsui.Step{c.step(fengsui.StepPush, 1, c.now, c.reach(c.rule.Tell...))}
	if c.rule.Routine {
		list = append(list, c.step(fengsui.StepRoutine, 1, c.now, c.reach(c.rule.Track)))
	}
	return list
}

// hear takes a finding into an open warning. A level is only ever raised here.
func (c *change) hear(f *fengsui.Finding) error {
	w, act, after := c.w, "active", heard(f)
	if f.Late {
		act = "late" // it says nothing about now
	} else {
		w.Measured, w.Condition = f.Level, fengsui.Active
		if f.Level == fengsui.None {
			act, w.Condition = "returned", fengsui.Returned
			after.Verdict = w.release()
		}
	}
	raised := f.Level > w.Level && f.Level > w.HoldMeasured
	if f.Level != fengsui.None && (raised || !f.Late) {
		w.Rung, w.Value, w.Limit = f.Rung, f.Value, f.Limit
	}
	if !raised {
		return c.record(act, fengsui.Platform(stage), "", after)
	}
	w.Late = w.Late || f.Late
	after.Verdict = w.release()
	return c.upgrade(f.Level, why(after.Verdict), after)
}

// upgrade enters a higher level and tells everyone of it at once.
func (c *change) upgrade(to fengsui.Level, reason string, after seen) error {
	c.w.ConfirmedAt, c.w.ConfirmedBy = 0, "" // a new level is new to the duty desk
	if to == fengsui.Red {
		c.w.ShelvedUntil = 0 // red is never shelved
		if c.w.MergedInto != "" {
			// What it was laid behind is another matter now.
			c.w.MergedInto = ""
			if err := c.record("unmerged", fengsui.Platform(stage), reason, seen{}); err != nil {
				return err
			}
		}
	}
	if err := c.enter(to, reason); err != nil {
		return err
	}
	return c.record("upgraded", fengsui.Platform(stage), reason, after, c.pushes()...)
}

// enter ends the level period that runs and begins one at another level. A level
// that was left within the policy's relapse goes on with its old clock.
func (c *change) enter(to fengsui.Level, reason string) error {
	if err := c.leave(); err != nil {
		return err
	}
	w := c.w
	w.Period++
	w.Level, w.Peak, w.Since = to, max(w.Peak, to), c.now
	w.Version++
	c.rule = c.policy.Rules[to]
	var err error
	if w.Clock, err = c.clockOf(w.ID, to, c.policy); err != nil {
		return err
	}
	_, err = c.tx.Exec(insertPeriod, w.ID, w.Period, to, c.now, reason)
	return err
}

// clockOf is the clock of a level that is entered now: the one that it was left with
// within the policy's relapse, in the warning or in those that it follows, so that no
// verdict on the way gives more time; else a new one.
func (t *turn) clockOf(warning fengsui.ID, l fengsui.Level, p *fengsui.Escalation) (fengsui.Clock, error) {
	k := fengsui.Clock{Anchor: t.now}
	err := t.tx.QueryRow(lastPeriod, warning, l, t.now-fengsui.Millis(p.Relapse)).Scan(&k.Anchor, &k.Noticed, &k.Supervised)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return k, err
}

// leave ends the level period that runs and keeps its clock.
func (c *change) leave() error {
	w := c.w
	_, err := c.tx.Exec(endPeriod, c.now, w.Clock.Anchor, w.Clock.Noticed, bit(w.Clock.Supervised), w.ID, w.Period)
	return err
}

// underHold hears a finding about an ended warning whose verdict holds.
func (t *turn) underHold(h *held, f *fengsui.Finding) error {
	w, err := scanWarning(t.tx.QueryRow(selectWarning+`id=$1`, h.warning))
	if err != nil {
		return err
	}
	if w == nil {
		return fmt.Errorf("warning %s of a hold is not there", h.warning)
	}
	c, err := t.take(w)
	if err != nil {
		return err
	}
	after, act := heard(f), "late"
	switch {
	case f.Late:
	case f.Level == fengsui.None:
		act, after.Verdict = "returned", h.verdict
		w.Measured, w.Condition = fengsui.None, fengsui.Returned
		_, err = t.tx.Exec(deleteHold, h.model, h.subject)
	default:
		act = "active"
		w.Measured, w.Condition = f.Level, fengsui.Active
		h.measured, h.at, h.rung, h.value, h.bound, h.unit = f.Level, f.At, f.Rung, f.Value, f.Limit, f.Unit
		err = saveHeld(t.tx, h)
	}
	if err != nil {
		return err
	}
	if err := c.record(act, fengsui.Platform(stage), "", after); err != nil {
		return err
	}
	return c.save()
}

// lapse ends the hold of an ended warning: the condition is active still, so a
// new warning is raised, citing the verdict.
func (t *turn) lapse(h *held) error {
	old, err := scanWarning(t.tx.QueryRow(selectWarning+`id=$1`, h.warning))
	if err != nil {
		return err
	}
	if old == nil {
		return fmt.Errorf("warning %s of a hold is not there", h.warning)
	}
	ent := t.d.Enterprises[old.Enterprise]
	if ent == nil {
		ent = &fengsui.Enterprise{ID: old.Enterprise, Zone: old.Zone, Sector: old.Sector}
	}
	f := &fengsui.Finding{
		Model: h.model, Version: old.ModelVersion, Sector: old.Sector, Subject: h.subject, Enterprise: ent.Num, Level: h.measured,
		At: h.at, Rung: h.rung, Value: h.value, Limit: h.bound, Unit: h.unit,
	}
	last, err := scanWarning(t.tx.QueryRow(selectLast, h.model, h.subject))
	if err != nil {
		return err
	}
	raised, err := t.raise(f, ent, last, h)
	if err == nil && raised == "" {
		err = fmt.Errorf("%s of %s is held and open at once", h.model, h.subject)
	}
	return err
}

// stray journals a finding that belongs to no warning.
func (t *turn) stray(act string, f *fengsui.Finding, ent *fengsui.Enterprise) error {
	c := fengsui.Change{Of: fengsui.Ref{Kind: "subject", ID: fengsui.ID(f.Subject)}, Act: act, By: fengsui.Platform(stage), At: t.now, Why: f.Model, After: heard(f)}
	if ent != nil {
		c.Enterprise, c.Zone, c.Sector = ent.ID, ent.Zone, ent.Sector
	}
	return t.tx.Record(c)
}

// heard is what the journal keeps of a finding.
func heard(f *fengsui.Finding) seen {
	s := seen{Rung: f.Rung, At: f.At, Late: f.Late, GapFrom: f.GapFrom, GapTo: f.GapTo}
	if f.Rung != "" {
		s.Value, s.Limit, s.Unit = &f.Value, &f.Limit, f.Unit
	}
	return s
}

// name is what a search for a warning looks in.
func (t *turn) name(s fengsui.Subject, ent *fengsui.Enterprise) string {
	words := []string{ent.Name, ent.ShortName, ent.Code}
	switch kind, num := s.Split(); kind {
	case "point":
		if p := t.d.Point(num); p != nil {
			words = append(words, p.Code, p.Name)
			if a := t.d.Assets[p.Asset]; a != nil {
				words = append(words, a.Code, a.Name, a.Place)
			}
		}
	case "device":
		if v := t.d.Device(num); v != nil {
			words = append(words, v.Code, v.Name)
		}
	}
	return strings.ToLower(strings.Join(words, "\n"))
}
