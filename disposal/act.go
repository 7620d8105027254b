package disposal

import (
	"context"
	"slices"

	"fengsui"
	"fengsui/store"
)

// detail is what an act leaves in the journal besides its words.
type detail struct {
	Finding string         `json:"finding,omitempty"`
	Files   []fengsui.File `json:"files,omitempty"`
	Plan    string         `json:"plan,omitempty"`
	Ask     *fengsui.Ask   `json:"ask,omitempty"`
	Order   *fengsui.Order `json:"order,omitempty"`
}

// Verify records what the enterprise found: true, false or unsure (A07, A19). A
// finding of "false" ends nothing: that is a decision. acted is when it was done, if that
// may have been before it arrived; nil: it is done now, on the newest version.
func (d *Desk) Verify(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, finding, why string, files []fengsui.ID, acted *fengsui.Acted) error {
	if !slices.Contains([]string{"true", "false", "unsure"}, finding) {
		return fengsui.Errorf(fengsui.Invalid, "finding", "say whether the warning is true, false or unsure")
	}
	return d.progress(ctx, s, by, id, version, fengsui.ActVerify, "verified", fengsui.Verified, finding, why, files, acted, finding != "true")
}

// Handle records that the enterprise is dealing with it.
func (d *Desk) Handle(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, why string, files []fengsui.ID, acted *fengsui.Acted) error {
	return d.progress(ctx, s, by, id, version, fengsui.ActHandle, "handling", fengsui.Handling, "", why, files, acted, false)
}

// Report records the result that the enterprise reports (A07, A19).
func (d *Desk) Report(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, why string, files []fengsui.ID, acted *fengsui.Acted) error {
	return d.progress(ctx, s, by, id, version, fengsui.ActReport, "reported", fengsui.Reported, "", why, files, acted, true)
}

func (d *Desk) progress(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, right fengsui.Act, act string, to fengsui.Work, finding, why string, files []fengsui.ID, acted *fengsui.Acted, must bool) error {
	why, err := said(why, must)
	if err != nil {
		return err
	}
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		found, err := usable(tx, s, files)
		if err != nil {
			return err
		}
		w, err := d.c.Warnings.Progress(tx, s, by, id, version, act, to, why, acted, detail{Finding: finding, Files: found})
		if err != nil {
			return err
		}
		if err := s.Allow(right, w.Peak); err != nil {
			return err
		}
		if err := belongs(tx, w); err != nil {
			return err
		}
		return attach(tx, id, files)
	})
}

// Ask records that a party wishes the warning lowered or ended. No clock stops;
// the ask is pending until someone decides, or the same party asks anew. acted as in Verify,
// but about the newest version.
func (d *Desk) Ask(ctx context.Context, s fengsui.Scope, by fengsui.Actor, v fengsui.Verdict, acted *fengsui.Acted) error {
	why, err := said(v.Why, true)
	if err != nil {
		return err
	}
	a := fengsui.Ask{ID: fengsui.NewID(), Warning: v.Warning, Party: s.Party, By: by.Name, At: now(), To: v.To, End: v.End, Why: why}
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		w, err := d.c.Warnings.Annotate(tx, s, by, v.Warning, "asked", why, acted, detail{Ask: &a})
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActAsk, w.Peak); err != nil {
			return err
		}
		switch {
		case w.Version != v.Version:
			return errStale
		case w.End != fengsui.Open:
			return errEnded
		case v.End == fengsui.Open && (v.To == fengsui.None || v.To >= w.Level), v.End != fengsui.Open && v.To != fengsui.None:
			return fengsui.Errorf(fengsui.Invalid, "ask_what", "ask for a level below the present one, or for the warning's end")
		}
		if err := belongs(tx, w); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE disposal_ask SET closed_at = $3, outcome = $4 WHERE warning = $1 AND party = $2 AND closed_at = 0`, a.Warning, a.Party, a.At, fengsui.AskReplaced); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO disposal_ask (id, warning, party, by_name, at, to_level, ending, why, closed_at, outcome) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,'')`,
			a.ID, a.Warning, a.Party, a.By, a.At, a.To, a.End, a.Why)
		return err
	})
}

// Asks lists what was asked about a warning, newest first.
func (d *Desk) Asks(ctx context.Context, s fengsui.Scope, warning fengsui.ID) (list []fengsui.Ask, err error) {
	where, args := store.Scoped(s, caseColumns, []any{warning})
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT a.id, a.warning, a.party, a.by_name, a.at, a.to_level, a.ending, a.why, a.closed_at, a.outcome
			FROM disposal_ask a JOIN disposal_case c ON c.warning = a.warning WHERE a.warning = $1`+where+` ORDER BY a.at DESC, (a.outcome = 'replaced'), a.id LIMIT 500`, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var a fengsui.Ask
			if err := rows.Scan(&a.ID, &a.Warning, &a.Party, &a.By, &a.At, &a.To, &a.End, &a.Why, &a.ClosedAt, &a.Outcome); err != nil {
				return err
			}
			list = append(list, a)
		}
		return rows.Err()
	})
	return list, err
}

// Decide carries out a verdict; who may is the policy's matter, which the warning
// stage knows. Whatever was asked is answered by it.
func (d *Desk) Decide(ctx context.Context, s fengsui.Scope, by fengsui.Actor, v fengsui.Verdict) error {
	why, err := said(v.Why, true)
	if err != nil {
		return err
	}
	v.Why = why
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		w, err := d.c.Warnings.Decide(tx, s, by, v)
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActDecide, w.Peak); err != nil {
			return err
		}
		if err := belongs(tx, w); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE disposal_ask SET closed_at = $2, outcome = $3 WHERE warning = $1 AND closed_at = 0`, w.ID, now(), fengsui.AskDecided)
		return err
	})
}

var errEnded = fengsui.Errorf(fengsui.Conflict, "warning_ended", "this warning has ended")

// Accident marks that the handling found an accident and starts the matching
// plan at once (A19): an order of the enterprise with the plan's checklist. An
// empty plan takes the one that fits the warning. The clock of the warning runs
// on beside it.
func (d *Desk) Accident(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, plan, why string) error {
	why, err := said(why, true)
	if err != nil {
		return err
	}
	if plan != "" && d.plan(plan) == nil {
		return fengsui.Errorf(fengsui.Invalid, "no_plan", "there is no emergency plan %q: choose one of the list", plan)
	}
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		w, err := d.c.Warnings.Annotate(tx, s, by, id, "accident", why, nil, detail{Plan: plan})
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActAccident, w.Peak); err != nil {
			return err
		}
		switch {
		case w.Version != version:
			return errStale
		case w.End != fengsui.Open:
			return errEnded
		}
		p := d.plan(plan)
		if p == nil {
			p = d.PlanFor(w)
		}
		o := fengsui.Order{Kind: fengsui.OrderPlan, Level: w.Level, Party: w.Enterprise, Plan: p.Key, OpenedAt: now()}
		for _, item := range p.Items {
			o.Checklist = append(o.Checklist, fengsui.Check{Item: item.Key})
		}
		if err := belongs(tx, w); err != nil {
			return err
		}
		// A plan runs once per warning: period and number stay 0.
		opened, err := d.open(tx, by, w, 0, 0, o, why)
		if err == nil && !opened {
			return fengsui.Errorf(fengsui.Conflict, "plan_runs", "this plan was started for the warning already")
		}
		return err
	})
}

// Note puts a note or a telephone call on the record; acted as in Verify.
func (d *Desk) Note(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, kind, why string, acted *fengsui.Acted) error {
	act, ok := map[string]string{"note": "noted", "call": "called"}[kind]
	if !ok {
		return fengsui.Errorf(fengsui.Invalid, "note_kind", "a note is of the kind note or call")
	}
	why, err := said(why, true)
	if err != nil {
		return err
	}
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		w, err := d.c.Warnings.Annotate(tx, s, by, id, act, why, acted, nil)
		if err != nil {
			return err
		}
		return s.Allow(fengsui.ActNote, w.Peak)
	})
}

// Remind (催办) tells the enterprise and the body that tracks that the warning
// waits for them.
func (d *Desk) Remind(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, why string) error {
	why, err := said(why, false)
	if err != nil {
		return err
	}
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		w, err := d.c.Warnings.Annotate(tx, s, by, id, "reminded", why, nil, nil)
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActRemind, w.Peak); err != nil {
			return err
		}
		if w.End != fengsui.Open {
			return errEnded
		}
		number, err := tx.Next("remind/" + string(w.ID))
		if err != nil {
			return err
		}
		at := now()
		step := fengsui.Step{ID: fengsui.NewID(), Warning: w.ID, Period: w.Period, Kind: fengsui.StepRemind, Number: int(number),
			Level: w.Level, DueAt: at, FiredAt: at, To: d.reminded(w, s.Party)}
		if r := d.rule(w); r != nil {
			step.Article = r.Article
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "step", ID: step.ID}, Act: "remind", By: fengsui.Platform("disposal"), Why: why, After: step,
			Tell: []fengsui.Step{step}, Warning: w.ID, Enterprise: w.Enterprise, Zone: w.Zone, Sector: w.Sector, Level: w.Peak})
	})
}

// rule is the policy's row that a warning stands under, nil if it is not known.
func (d *Desk) rule(w fengsui.Warning) *fengsui.Rule {
	if p := d.c.Policy(w.Policy); p != nil {
		return p.Rules[w.Level]
	}
	return nil
}

// reminded are the enterprise and the body that tracks, without who reminds.
func (d *Desk) reminded(w fengsui.Warning, but fengsui.ID) []fengsui.Told {
	district := d.c.District()
	e := district.Enterprises[w.Enterprise]
	if e == nil {
		return nil
	}
	capacities := []fengsui.Capacity{fengsui.AsEnterprise}
	if r := d.rule(w); r != nil && r.Track != "" && r.Track != fengsui.AsEnterprise {
		capacities = append(capacities, r.Track)
	}
	var list []fengsui.Told
	for _, c := range capacities {
		for _, p := range district.Holders(c, e, w.Sector) {
			if p.ID != but {
				list = append(list, fengsui.Told{Party: p.ID, Capacities: []fengsui.Capacity{c}})
			}
		}
	}
	return list
}
