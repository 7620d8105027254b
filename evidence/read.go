package evidence

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"fengsui"
	"fengsui/store"
)

const (
	// readerName is the one reader of the journal that orders copies.
	readerName = "curve"

	// batch is how many journal rows become copies in one transaction: the acts of
	// people must not wait for it.
	batch = 100

	// maxOthers is how many other points of the asset go with the warning's own.
	maxOthers = 16
)

const (
	sqlPlace     = `SELECT pos FROM evidence_place WHERE reader = $1`
	sqlSavePlace = `INSERT INTO evidence_place (reader, pos) VALUES ($1,$2) ON CONFLICT (reader) DO UPDATE SET pos = excluded.pos`

	sqlOrder = `INSERT INTO evidence_curve (warning, part, enterprise, zone, sector, peak, model, raised_at, signal_at, from_at, to_at, points, reach, due_at, attempts, why, done_at, size, sha256, samples)
	VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,0,'',0,0,'',0) ON CONFLICT (warning, part) DO NOTHING`
	sqlPeak = `UPDATE evidence_curve SET peak = $2 WHERE warning = $1 AND peak < $2`
)

// point is a point as it was called when the warning was raised.
type point struct {
	Num  int64  `json:"num"`
	Code string `json:"code"`
	Name string `json:"name"`
	Unit string `json:"unit"`
}

// order is one part that is to be copied.
type order struct {
	warning   fengsui.ID
	part      string
	model     string
	raisedAt  fengsui.Millis
	signalAt  fengsui.Millis
	from, to  fengsui.Millis
	points    []point
	reach     fengsui.Millis
	dueAt     fengsui.Millis
	attempts  int
	belonging store.Entry // its enterprise, zone, sector, peak
}

// read turns journal rows into orders, from the saved place on.
func (k *Keeper) read(ctx context.Context) error {
	place := int64(0)
	err := k.c.DB.View(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(sqlPlace, readerName).Scan(&place)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	for {
		if _, err := k.c.DB.Wait(ctx, place); err != nil {
			return err
		}
		rows, _, err := k.c.DB.Entries(ctx, fengsui.Everything(), store.Filter{After: place, Limit: batch})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			continue
		}
		var orders []order
		for i := range rows {
			if e := &rows[i]; e.Of.Kind == "warning" && e.Act == "raised" {
				list, err := k.orders(ctx, e)
				if err != nil {
					return err
				}
				orders = append(orders, list...)
			}
		}
		err = k.c.DB.Keep(ctx, func(tx *store.Tx) error {
			for i := range orders {
				if err := orders[i].insert(tx); err != nil {
					return err
				}
			}
			for i := range rows {
				// A warning that rose is shown to those who see its peak.
				if e := &rows[i]; e.Of.Kind == "warning" && e.Act == "upgraded" {
					if _, err := tx.Exec(sqlPeak, e.Of.ID, e.Peak); err != nil {
						return err
					}
				}
			}
			place = rows[len(rows)-1].Pos
			_, err := tx.Exec(sqlSavePlace, readerName, place)
			return err
		})
		if err != nil {
			return err
		}
		if len(orders) > 0 {
			k.stir()
		}
	}
}

// stir tells the copier that something may be due.
func (k *Keeper) stir() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// orders are the two copies of a warning about a point, none of any other.
func (k *Keeper) orders(ctx context.Context, e *store.Entry) ([]order, error) {
	w, err := k.c.Warning(ctx, e.Of.ID)
	if fengsui.CodeOf(err) == fengsui.NotFound {
		k.c.Log.Warn("the journal tells of a warning that is not there", "warning", e.Of.ID)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	kind, num := w.Subject.Split()
	if kind != "point" || num == 0 {
		return nil, nil
	}
	// A late warning's signal is long past, and one by a fast clock lies ahead: the
	// curve lies around the signal, the copies fall due by what is later.
	cut, base := w.SignalAt+1, max(w.RaisedAt, w.SignalAt)
	o := order{warning: w.ID, model: fmt.Sprintf("%s@%d", w.Model, w.ModelVersion), raisedAt: w.RaisedAt, signalAt: w.SignalAt, points: k.points(num), belonging: *e}
	first, second := o, o
	first.part, first.from, first.to, first.reach, first.dueAt = before, cut-span, cut, base, base+lag
	second.part, second.from, second.to, second.reach, second.dueAt = after, cut, cut+span, base+dueAt-lag, base+dueAt
	return []order{first, second}, nil
}

// points are a warning's point, first, and others of the same asset by code.
func (k *Keeper) points(num int64) []point {
	d := k.c.District()
	p := d.Point(num)
	if p == nil {
		return []point{{Num: num}}
	}
	list := []point{{p.Num, p.Code, p.Name, p.Unit}}
	ent := d.Enterprises[p.Enterprise]
	if ent == nil || p.Asset == "" {
		return list
	}
	for _, q := range d.PointsOf(ent.Num) {
		if q.Asset == p.Asset && q.Num != num && len(list) <= maxOthers {
			list = append(list, point{q.Num, q.Code, q.Name, q.Unit})
		}
	}
	return list
}

func (o *order) insert(tx *store.Tx) error {
	points, err := json.Marshal(o.points)
	if err != nil {
		return err
	}
	e := &o.belonging
	_, err = tx.Exec(sqlOrder, o.warning, o.part, e.Enterprise, e.Zone, e.Sector, e.Peak, o.model, o.raisedAt, o.signalAt, o.from, o.to, string(points), o.reach, o.dueAt)
	return err
}
