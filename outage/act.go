package outage

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fengsui"
	"fengsui/store"
)

// Kinds of steps by which the parties hear of an outage.
const (
	StepAsked   fengsui.StepKind = "outage_asked"   // the bureau, the regulator, the zone
	StepDecided fengsui.StepKind = "outage_decided" // the enterprise, the duty desk, the zone
	StepEnded   fengsui.StepKind = "outage_ended"   // everyone that heard of it
)

const (
	sqlInsert = `INSERT INTO outage (id, number, enterprise, zone, sector, state, from_at, to_at, end_at, asked_at, body, version) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`
	sqlSave   = `UPDATE outage SET state = $3, end_at = $4, body = $5, version = version + 1 WHERE id = $1 AND version = $2`
	sqlTarget = `INSERT INTO outage_target (outage, target) VALUES ($1,$2) ON CONFLICT (outage, target) DO NOTHING`
)

// Ask declares an outage (A36): the enterprise asks, and nothing is held yet. Of o count
// Reason, Targets, From, To, Why, Permit and Measures.
func (d *Desk) Ask(ctx context.Context, s fengsui.Scope, by fengsui.Actor, o fengsui.Outage, files []fengsui.ID) (fengsui.Outage, error) {
	if err := s.Allow(fengsui.ActDeclare, fengsui.None); err != nil {
		return o, err
	}
	district := d.c.District()
	e := district.Enterprises[s.Enterprise]
	if e == nil {
		return o, fengsui.Errorf(fengsui.Forbidden, "no_enterprise", "an outage is declared by the enterprise itself")
	}
	for text, most := range map[*string]int{&o.Why: maxText, &o.Measures: maxText, &o.Permit: maxWord} {
		var err error
		if *text, err = said(*text, most); err != nil {
			return o, err
		}
	}
	at := now()
	slices.SortFunc(o.Targets, func(a, b fengsui.OutageTarget) int { return cmpTarget(a, b) })
	o.Targets = slices.Compact(o.Targets)
	if err := d.c.Rules.Check(&o, at); err != nil {
		return o, err
	}
	for _, t := range o.Targets {
		if !owns(district, e.ID, t) {
			return o, fengsui.Errorf(fengsui.Invalid, "outage_foreign", "the %s %s is none of this enterprise's: choose it from the list", t.Kind, t.ID)
		}
	}
	o.ID, o.Enterprise, o.Zone, o.Sector, o.State, o.Version = fengsui.NewID(), e.ID, e.Zone, e.Sector, fengsui.OutageAsked, 1
	o.Asked, o.AnswerBy = sign(by, at), at.Add(d.c.Rules.Reason(o.Reason).Answer)
	o.Until, o.Verified, o.Decided, o.Ended = 0, nil, nil, nil
	err := d.c.DB.Change(ctx, func(tx *store.Tx) (err error) {
		year := at.Time().In(fengsui.Civil).Year()
		n, err := tx.Next(fmt.Sprintf("outage/%d", year))
		if err != nil {
			return err
		}
		o.Number = fmt.Sprintf("%d-%04d", year, n)
		if o.Files, err = d.c.Files.Attach(tx, s, o.ID, o.Enterprise, o.Zone, o.Sector, files); err != nil {
			return err
		}
		b, err := json.Marshal(o)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(sqlInsert, o.ID, o.Number, o.Enterprise, o.Zone, o.Sector, o.State, o.From, o.To, 0, at, string(b), o.Version); err != nil {
			return err
		}
		for _, t := range o.Targets {
			if _, err := tx.Exec(sqlTarget, o.ID, t.ID); err != nil {
				return err
			}
		}
		return d.record(tx, by, "outage_asked", o.Why, nil, o, StepAsked, fengsui.AsBureau, fengsui.AsRegulator, fengsui.AsZone)
	})
	return o, err
}

func cmpTarget(a, b fengsui.OutageTarget) int {
	return slices.Compare([]string{a.Kind, string(a.ID)}, []string{b.Kind, string(b.ID)})
}

// owns says whether a target is an enterprise's.
func owns(d *fengsui.District, enterprise fengsui.ID, t fengsui.OutageTarget) bool {
	switch t.Kind {
	case "point":
		p := d.Points[t.ID]
		return p != nil && p.Enterprise == enterprise
	case "device":
		v := d.Devices[t.ID]
		return v != nil && v.Enterprise == enterprise
	case "asset":
		a := d.Assets[t.ID]
		return a != nil && a.Enterprise == enterprise
	}
	return false
}

// Verify records what a verification found (核实), by the bureau or the regulator.
func (d *Desk) Verify(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, text string, files []fengsui.ID) error {
	return d.act(ctx, s, by, id, version, text, files, fengsui.ActExamine, func(_ *store.Tx, o *fengsui.Outage, w *fengsui.Said) (string, fengsui.StepKind, error) {
		if o.State != fengsui.OutageAsked {
			return "", "", errPhase
		}
		o.Verified = w
		return "outage_verified", "", nil
	})
}

// Decide is the bureau's written answer: approved until a moment, the one asked for or
// an earlier one, or refused (until 0). Nobody approves what nobody verified.
func (d *Desk) Decide(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, until fengsui.Millis, text string) error {
	return d.act(ctx, s, by, id, version, text, nil, fengsui.ActLeave, func(_ *store.Tx, o *fengsui.Outage, w *fengsui.Said) (string, fengsui.StepKind, error) {
		if o.State != fengsui.OutageAsked {
			return "", "", errPhase
		}
		o.Decided = w
		if until == 0 {
			o.State = fengsui.OutageRefused
			return "outage_refused", StepDecided, nil
		}
		if o.Verified == nil {
			return "", "", fengsui.Errorf(fengsui.Conflict, "outage_unverified", "record first what the verification found: leave is given on what was verified")
		}
		if err := d.c.Rules.Grant(o, until, w.At); err != nil {
			return "", "", err
		}
		o.State, o.Until = fengsui.OutageApproved, until
		return "outage_approved", StepDecided, nil
	})
}

// Cancel takes a request back before anyone decided.
func (d *Desk) Cancel(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, text string) error {
	return d.act(ctx, s, by, id, version, text, nil, fengsui.ActDeclare, func(_ *store.Tx, o *fengsui.Outage, w *fengsui.Said) (string, fengsui.StepKind, error) {
		if o.State != fengsui.OutageAsked {
			return "", "", errPhase
		}
		o.State, o.Ended = fengsui.OutageCancelled, w
		return "outage_cancelled", "", nil
	})
}

// End ends an approved outage before its time, at once (at 0) or at a moment: the
// enterprise that is back, or the bureau that shortens it or takes its leave back. What
// is still silent when it ends at once is a warning in the same act.
func (d *Desk) End(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, at fengsui.Millis, text string) error {
	right := fengsui.ActDeclare
	if s.May(fengsui.ActLeave, fengsui.None) {
		right = fengsui.ActLeave
	}
	return d.act(ctx, s, by, id, version, text, nil, right, func(tx *store.Tx, o *fengsui.Outage, w *fengsui.Said) (string, fengsui.StepKind, error) {
		act := "outage_ended"
		switch {
		case o.State != fengsui.OutageApproved || w.At >= o.End():
			return "", "", errPhase
		case at > w.At && at >= o.End():
			return "", "", fengsui.Errorf(fengsui.Invalid, "outage_longer", "the outage can be made shorter than approved, not longer: ask for another one")
		case at > w.At:
			act, w.At = "outage_shortened", at
		}
		o.Ended = w
		return act, StepEnded, nil
	})
}

// act runs one act on an outage of the version that the person saw.
func (d *Desk) act(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, text string, files []fengsui.ID, right fengsui.Act,
	do func(*store.Tx, *fengsui.Outage, *fengsui.Said) (act string, tell fengsui.StepKind, err error)) error {
	text, err := must(text)
	if err != nil {
		return err
	}
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		o, err := read(tx, s, id)
		if err != nil {
			return err
		}
		if err := s.Allow(right, fengsui.None); err != nil {
			return err
		}
		if o.Version != version {
			return errStale
		}
		before, w := o, &fengsui.Said{Signature: sign(by, now()), Party: s.Party, Text: text}
		if w.Files, err = d.c.Files.Attach(tx, s, o.ID, o.Enterprise, o.Zone, o.Sector, files); err != nil {
			return err
		}
		at := w.At
		act, tell, err := do(tx, &o, w)
		if err != nil {
			return err
		}
		o.Version++
		b, err := json.Marshal(o)
		if err != nil {
			return err
		}
		end := fengsui.Millis(0)
		if o.State == fengsui.OutageApproved {
			end = o.End()
		}
		n, err := tx.Exec(sqlSave, o.ID, version, o.State, end, string(b))
		if err == nil && n == 0 {
			err = errStale
		}
		if err != nil {
			return err
		}
		to := []fengsui.Capacity{fengsui.AsEnterprise, fengsui.AsZone, fengsui.AsDuty}
		if tell == StepEnded {
			to = append(to, fengsui.AsBureau, fengsui.AsRegulator)
		}
		if err := d.record(tx, by, act, text, before, o, tell, to...); err != nil {
			return err
		}
		if act == "outage_ended" {
			return d.release(ctx, tx, at)
		}
		return nil
	})
}

// record writes an act down and tells the parties that hold the capacities, whoever acts
// excepted.
func (d *Desk) record(tx *store.Tx, by fengsui.Actor, act, why string, before any, o fengsui.Outage, kind fengsui.StepKind, to ...fengsui.Capacity) error {
	c := fengsui.Change{Of: fengsui.Ref{Kind: "outage", ID: o.ID}, Act: act, By: by, Why: why, Before: before, After: o, Enterprise: o.Enterprise, Zone: o.Zone, Sector: o.Sector}
	if kind == "" {
		return tx.Record(c)
	}
	district := d.c.District()
	step := fengsui.Step{ID: fengsui.NewID(), Kind: kind, Number: 1, FiredAt: fengsui.At(time.Now()), Article: "25"}
	if e := district.Enterprises[o.Enterprise]; e != nil {
		for _, capacity := range to {
			for _, p := range district.Holders(capacity, e, o.Sector) {
				i := slices.IndexFunc(step.To, func(t fengsui.Told) bool { return t.Party == p.ID })
				if i < 0 {
					step.To = append(step.To, fengsui.Told{Party: p.ID})
					i = len(step.To) - 1
				}
				step.To[i].Capacities = append(step.To[i].Capacities, capacity)
			}
		}
	}
	if len(step.To) > 0 {
		c.Tell = []fengsui.Step{step}
	}
	return tx.Record(c)
}
