package health

import (
	"context"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	sqlMeasure  = `INSERT INTO health_measure (process, kind, at, bytes, came) VALUES ($1,$2,$3,$4,$5) ON CONFLICT DO NOTHING`
	sqlForget   = `DELETE FROM health_measure WHERE at < $1`
	sqlMeasures = `SELECT kind, at, bytes, came FROM health_measure WHERE process = $1 AND at >= $2 ORDER BY at, kind`
)

// Measured takes down how much there is of each kind of data. What is older than the
// pace is taken over (fengsui.PaceOver) goes, of every process.
func (g *Stage) Measured(ctx context.Context, process string, list []fengsui.Measure) error {
	return g.db.Keep(ctx, func(tx *store.Tx) error {
		for _, m := range list {
			if _, err := tx.Exec(sqlMeasure, process, m.Kind, m.At, m.Bytes, m.Came); err != nil {
				return err
			}
		}
		_, err := tx.Exec(sqlForget, paceFrom())
		return err
	})
}

// Measures are those of a process over which the pace is taken, oldest first.
func (g *Stage) Measures(ctx context.Context, process string) (list []fengsui.Measure, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		list, err = Measures(tx, process)
		return err
	})
	return list, err
}

// Measures is Stage.Measures for who only looks at a store.
func Measures(tx *store.Tx, process string) (list []fengsui.Measure, err error) {
	rows, err := tx.Query(sqlMeasures, process, paceFrom())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m fengsui.Measure
		if err := rows.Scan(&m.Kind, &m.At, &m.Bytes, &m.Came); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

func paceFrom() fengsui.Millis { return fengsui.At(time.Now()).Add(-fengsui.PaceOver) }

// Measuring are the processes that measured over the pace, in the order of their names.
func Measuring(tx *store.Tx) (list []string, err error) {
	rows, err := tx.Query(`SELECT DISTINCT process FROM health_measure WHERE at >= $1 ORDER BY process`, paceFrom())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, rows.Err()
}
