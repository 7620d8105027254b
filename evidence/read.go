package evidence

import (
	"context"
	"encoding/json"
	"fmt"

	"fengsui"
	"fengsui/store"
)

// maxOthers is how many other points of the asset go with the warning's own.
const maxOthers = 16

const (
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

// read turns journal rows into orders.
func (k *Keeper) read(ctx context.Context) error {
	return k.c.DB.Follow(ctx, store.Reader{Name: "evidence", Log: k.c.Log, Read: k.take, Kept: k.stir})
}

// take makes the orders of a batch of journal rows.
func (k *Keeper) take(ctx context.Context, rows []store.Entry) (func(*store.Tx) error, error) {
	var orders []order
	for i := range rows {
		if e := &rows[i]; e.Of.Kind == "warning" && e.Act == "raised" {
			list, err := k.orders(ctx, e)
			if err != nil {
				return nil, err
			}
			orders = append(orders, list...)
		}
	}
	return func(tx *store.Tx) error {
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
		return nil
	}, nil
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
