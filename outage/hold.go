package outage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	// look is how often Run looks for outages that ended with something held.
	look = 5 * time.Second

	silenceColumns = `id, finding, model, subject, from_at, outage, body`

	sqlKnown   = `SELECT outage FROM outage_silence WHERE finding = $1`
	sqlStands  = `SELECT ` + silenceColumns + ` FROM outage_silence WHERE model = $1 AND subject = $2 AND until_at = 0`
	sqlOver    = `SELECT ` + silenceColumns + ` FROM outage_silence WHERE until_at = 0 AND outage IN (SELECT id FROM outage WHERE end_at > 0 AND end_at <= $1) ORDER BY at, id LIMIT 500`
	sqlBegin   = `INSERT INTO outage_silence (id, finding, model, subject, enterprise, zone, sector, from_at, at, until_at, outage, body, raised) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,0,$10,$11,0)`
	sqlGraver  = `UPDATE outage_silence SET finding = $2, body = $3 WHERE id = $1`
	sqlClose   = `UPDATE outage_silence SET until_at = $2, raised = $3 WHERE id = $1`
	sqlMove    = `UPDATE outage_silence SET outage = $2 WHERE id = $1`
	sqlRunning = `SELECT body FROM outage WHERE end_at > $1 AND from_at <= $1 ORDER BY id`
)

// silence is one that stands.
type silence struct {
	id      fengsui.ID
	finding string
	model   string
	subject fengsui.Subject
	from    fengsui.Millis
	outage  fengsui.ID
	body    string
}

func scanSilence(r interface{ Scan(...any) error }) (x silence, err error) {
	err = r.Scan(&x.id, &x.finding, &x.model, &x.subject, &x.from, &x.outage, &x.body)
	return x, err
}

// Hear takes findings before they become warnings, in their transaction, and gives those
// that shall: all but silence about what an outage covers that ran when the platform
// learnt it. It leaves a journal row when it keeps anything back.
func (d *Desk) Hear(tx *store.Tx, findings []fengsui.Finding) ([]fengsui.Finding, error) {
	covers := map[fengsui.Millis]fengsui.OutageCover{}
	var rest []fengsui.Finding
	kept, told := 0, 0
	for i := range findings {
		f := &findings[i]
		if f.Late || !d.c.Silent(f.Model) {
			rest = append(rest, *f)
			continue
		}
		held, wrote, err := d.hear(tx, f, covers)
		if err != nil {
			return nil, err
		}
		if !held {
			rest = append(rest, *f)
			continue
		}
		kept++
		if wrote {
			told++
		}
	}
	if kept > 0 && told == 0 && len(rest) == 0 {
		return nil, tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "finding", ID: fengsui.ID(findings[0].Key())}, Act: "repeated", By: fengsui.Platform("outage"), After: kept})
	}
	return rest, nil
}

// hear is Hear for one finding of silence: whether it is kept back, and whether that was
// written down now.
func (d *Desk) hear(tx *store.Tx, f *fengsui.Finding, covers map[fengsui.Millis]fengsui.OutageCover) (held, wrote bool, err error) {
	var by fengsui.ID
	err = tx.QueryRow(sqlKnown, f.Key()).Scan(&by)
	if err == nil {
		return by != "", false, nil // it comes again
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return false, false, err
	}
	old, err := scanSilence(tx.QueryRow(sqlStands, f.Model, f.Subject))
	stands := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, false, err
	}
	switch {
	case f.Level == fengsui.None && !stands:
		return false, false, nil
	case f.Level == fengsui.None:
		if _, err := tx.Exec(sqlClose, old.id, f.Learnt, 0); err != nil || old.outage == "" {
			return false, false, err
		}
		return true, true, d.recordHeld(tx, "outage_back", f, old.outage)
	case stands && old.outage == "":
		return false, false, nil // its warning is open already
	}
	b, err := json.Marshal(f)
	if err != nil {
		return false, false, err
	}
	if stands {
		if _, err := tx.Exec(sqlGraver, old.id, f.Key(), string(b)); err != nil {
			return false, false, err
		}
		return true, true, d.recordHeld(tx, "outage_held", f, old.outage)
	}
	cover, seen := covers[f.Learnt]
	if !seen {
		if cover, err = d.cover(tx, f.Learnt); err != nil {
			return false, false, err
		}
		covers[f.Learnt] = cover
	}
	from := f.Learnt - fengsui.Millis(f.Value*1000) // of silence the value is how long it has lasted
	o := cover[f.Subject]
	if o == nil {
		return false, false, d.begin(tx, f, f.Key(), from, "", "")
	}
	if err := d.begin(tx, f, f.Key(), from, o.ID, string(b)); err != nil {
		return false, false, err
	}
	return true, true, d.recordHeld(tx, "outage_held", f, o.ID)
}

// begin writes down that something is silent from now on.
func (d *Desk) begin(tx *store.Tx, f *fengsui.Finding, key string, from fengsui.Millis, outage fengsui.ID, body string) error {
	e := d.c.District().Enterprise(f.Enterprise)
	if e == nil {
		e = &fengsui.Enterprise{}
	}
	_, err := tx.Exec(sqlBegin, fengsui.NewID(), key, f.Model, f.Subject, e.ID, e.Zone, e.Sector, from, f.Learnt, outage, body)
	return err
}

func (d *Desk) recordHeld(tx *store.Tx, act string, f *fengsui.Finding, outage fengsui.ID) error {
	c := fengsui.Change{Of: fengsui.Ref{Kind: "outage", ID: outage}, Act: act, By: fengsui.Platform("outage"), Why: f.Model,
		After: struct {
			Subject fengsui.Subject `json:"subject"`
			Rung    string          `json:"rung,omitempty"`
		}{f.Subject, f.Rung}}
	if e := d.c.District().Enterprise(f.Enterprise); e != nil {
		c.Enterprise, c.Zone, c.Sector = e.ID, e.Zone, e.Sector
	}
	return tx.Record(c)
}

// cover is what the outages cover that run at a moment.
func (d *Desk) cover(tx *store.Tx, at fengsui.Millis) (fengsui.OutageCover, error) {
	rows, err := tx.Query(sqlRunning, at)
	if err != nil {
		return nil, err
	}
	list, err := bodies(rows)
	if err != nil {
		return nil, err
	}
	running := make([]*fengsui.Outage, len(list))
	for i := range list {
		running[i] = &list[i]
	}
	return fengsui.CoverOf(d.c.District(), running), nil
}

// Cover is what is out of use now, for whoever shows points and warnings. It is asked
// for within the scope of those.
func (d *Desk) Cover(ctx context.Context) (c fengsui.OutageCover, err error) {
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		c, err = d.cover(tx, now())
		return err
	})
	return c, err
}

// release makes warnings of what was held back by outages that are over and is still
// silent; what another outage covers goes on under that one.
func (d *Desk) release(ctx context.Context, tx *store.Tx, at fengsui.Millis) error {
	rows, err := tx.Query(sqlOver, at)
	if err != nil {
		return err
	}
	var list []silence
	for rows.Next() {
		x, err := scanSilence(rows)
		if err != nil {
			rows.Close()
			return err
		}
		list = append(list, x)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(list) == 0 {
		return err
	}
	cover, err := d.cover(tx, at)
	if err != nil {
		return err
	}
	var findings []fengsui.Finding
	for _, x := range list {
		var f fengsui.Finding
		if err := json.Unmarshal([]byte(x.body), &f); err != nil {
			return err
		}
		if o := cover[x.subject]; o != nil {
			if _, err := tx.Exec(sqlMove, x.id, o.ID); err != nil {
				return err
			}
			if err := d.recordHeld(tx, "outage_held", &f, o.ID); err != nil {
				return err
			}
			continue
		}
		if _, err := tx.Exec(sqlClose, x.id, at, 1); err != nil {
			return err
		}
		f.Learnt, f.Value = at, float64(at-x.from)/1000
		// Without leave it is silent from now on.
		if err := d.begin(tx, &f, x.finding+"/after/"+string(x.id), at, "", ""); err != nil {
			return err
		}
		findings = append(findings, f)
	}
	return d.c.Warnings.Apply(ctx, tx, findings)
}

// Run releases what was held when outages end, until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	t := time.NewTicker(look)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.C:
		}
		for {
			at, due := now(), 0
			err := d.c.DB.View(ctx, func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT COUNT(*) FROM outage_silence WHERE until_at = 0 AND outage IN (SELECT id FROM outage WHERE end_at > 0 AND end_at <= $1)`, at).Scan(&due)
			})
			if err == nil && due == 0 {
				break
			}
			if err == nil {
				err = d.c.DB.Change(ctx, func(tx *store.Tx) error { return d.release(ctx, tx, at) })
			}
			if err != nil {
				return err
			}
		}
	}
}
