package outage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"fengsui"
	"fengsui/store"
)

var sortingColumns = store.Columns{Enterprise: "enterprise", Zone: "zone", Sector: "sector", Peak: "peak"}

// Sort sorts a failure under a class of Article 25 (A37): a person's finding on the
// record of a warning, by the bureau or the regulator. It changes nothing about the
// warning; sorted again, the newest counts.
func (d *Desk) Sort(ctx context.Context, s fengsui.Scope, by fengsui.Actor, warning fengsui.ID, class, text string, files []fengsui.ID) error {
	text, err := must(text)
	if err != nil {
		return err
	}
	c := d.c.Rules.Class(class)
	if c == nil {
		return fengsui.Errorf(fengsui.Invalid, "no_class", "the regulation has no class %q: choose one of the list", class)
	}
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		x := fengsui.Sorting{Warning: warning, Class: class, Public: c.Public, Said: fengsui.Said{Signature: sign(by, now()), Party: s.Party, Text: text}}
		w, err := d.c.Warnings.Annotate(tx, s, by, warning, "sorted", text, nil, struct {
			Class  string `json:"class"`
			Public bool   `json:"public"`
		}{class, c.Public})
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActExamine, w.Peak); err != nil {
			return err
		}
		fits := false
		for _, may := range d.c.Rules.ClassesOf(w.Model) {
			fits = fits || may.Key == class
		}
		if !fits {
			return fengsui.Errorf(fengsui.Invalid, "class_unfit", "what this model finds is not sorted under this class: choose one of those that the case shows")
		}
		if x.Files, err = d.c.Files.Attach(tx, s, w.ID, w.Enterprise, w.Zone, w.Sector, files); err != nil {
			return err
		}
		b, err := json.Marshal(x)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO outage_sorting (id, warning, enterprise, zone, sector, peak, at, class, body) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
			fengsui.NewID(), w.ID, w.Enterprise, w.Zone, w.Sector, w.Peak, x.At, class, string(b))
		return err
	})
}

// Sorted is under what a warning was sorted last, nil if nobody did.
func (d *Desk) Sorted(ctx context.Context, s fengsui.Scope, warning fengsui.ID) (x *fengsui.Sorting, err error) {
	where, args := store.Scoped(s, sortingColumns, []any{warning})
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		var b string
		err := tx.QueryRow(`SELECT body FROM outage_sorting WHERE warning = $1`+where+` ORDER BY at DESC, id DESC LIMIT 1`, args...).Scan(&b)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(b), &x)
	})
	return x, err
}

// Sortings lists what was sorted, the newest of each warning, newest first; public only
// those that are made public.
func (d *Desk) Sortings(ctx context.Context, s fengsui.Scope, class string, p fengsui.Page) (list []fengsui.SortingView, total int, err error) {
	where, args := store.Scoped(s, sortingColumns, nil)
	where += ` AND NOT EXISTS (SELECT 1 FROM outage_sorting n WHERE n.warning = outage_sorting.warning AND (n.at > outage_sorting.at OR n.at = outage_sorting.at AND n.id > outage_sorting.id))`
	if class != "" {
		args = append(args, class)
		where += fmt.Sprintf(" AND class = $%d", len(args))
	}
	rows, offset := limit(p)
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM outage_sorting WHERE 1=1`+where, args...).Scan(&total); err != nil {
			return err
		}
		found, err := tx.Query(`SELECT enterprise, body FROM outage_sorting WHERE 1=1`+where+fmt.Sprintf(` ORDER BY at DESC, id LIMIT %d OFFSET %d`, rows, offset), args...)
		if err != nil {
			return err
		}
		defer found.Close()
		for found.Next() {
			var v fengsui.SortingView
			var b string
			if err := found.Scan(&v.Enterprise, &b); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(b), &v.Sorting); err != nil {
				return err
			}
			list = append(list, v)
		}
		return found.Err()
	})
	return list, total, err
}
