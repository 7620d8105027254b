package evidence

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	// turn is how many due copies are read from the store at once.
	turn = 64

	// Pauses while history is away or late, and of a copy that failed.
	firstPause = time.Second
	lastPause  = time.Minute
	nearing    = 5 * time.Second // it is there and comes nearer
	firstAgain = fengsui.Millis(10_000)
	lastAgain  = fengsui.Millis(600_000)

	// longest is how long the copier sleeps at most: a clock that was set is then
	// noticed.
	longest = time.Minute
)

const (
	sqlNext = `SELECT COALESCE(MIN(due_at),0) FROM evidence_curve WHERE due_at > 0`
	sqlDue  = `SELECT warning, part, model, raised_at, signal_at, from_at, to_at, points, attempts FROM evidence_curve
	WHERE due_at > 0 AND due_at <= $1 AND reach <= $2 ORDER BY due_at, warning, part LIMIT $3`
	sqlDone  = `UPDATE evidence_curve SET due_at = 0, why = '', done_at = $3, size = $4, sha256 = $5, samples = $6 WHERE warning = $1 AND part = $2`
	sqlAgain = `UPDATE evidence_curve SET due_at = $3, attempts = $4, why = $5 WHERE warning = $1 AND part = $2`
)

// copy makes the copies that are due and sleeps until the next is.
func (k *Keeper) copy(ctx context.Context) error {
	pause, away := firstPause, false
	for {
		next, err := k.next(ctx)
		if err != nil {
			return err
		}
		if wait := next.Time().Sub(now().Time()); next == 0 || wait > 0 {
			if next == 0 || wait > longest {
				wait = longest
			}
			if err := k.sleep(ctx, wait, k.wake); err != nil {
				return err
			}
			continue
		}
		reached, err := k.c.History.Reached(ctx)
		if (err != nil) != away {
			if away = err != nil; away {
				k.c.Log.Warn("history is away, the curves of warnings wait for it", "err", err)
			} else {
				k.c.Log.Info("history is back, the curves of warnings are copied")
			}
		}
		made, failed := 0, false
		if err == nil {
			if made, failed, err = k.round(ctx, reached); err != nil {
				return err
			}
		}
		if made > 0 && !failed {
			pause = firstPause
			continue
		}
		// Away, behind, or failing: a wake says nothing about that.
		if err := k.sleep(ctx, pause, nil); err != nil {
			return err
		}
		pause = min(2*pause, lastPause)
		if !away && !failed {
			pause = min(pause, nearing)
		}
	}
}

// next is when the earliest copy is due, 0 when none is.
func (k *Keeper) next(ctx context.Context) (at fengsui.Millis, err error) {
	err = k.c.DB.View(ctx, func(tx *store.Tx) error { return tx.QueryRow(sqlNext).Scan(&at) })
	return at, err
}

// sleep returns after a time, or when wake has something.
func (k *Keeper) sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-wake:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// round makes every copy that is due and whose samples history has. One that
// fails ends it: the next round asks first whether history is still there.
func (k *Keeper) round(ctx context.Context, reached fengsui.Millis) (made int, failed bool, err error) {
	for {
		list, err := k.due(ctx, reached)
		if err != nil || len(list) == 0 {
			return made, false, err
		}
		if made == 0 {
			if err := k.sleep(ctx, settle, nil); err != nil {
				return made, false, err
			}
		}
		for i := range list {
			o := &list[i]
			if err := k.keep(ctx, o); err != nil {
				if ctx.Err() != nil {
					return made, false, context.Cause(ctx)
				}
				k.c.Log.Warn("a curve was not copied and is tried again", "warning", o.warning, "part", o.part, "attempts", o.attempts+1, "err", err)
				return made, true, k.again(ctx, o, err)
			}
			made++
		}
	}
}

func (k *Keeper) due(ctx context.Context, reached fengsui.Millis) (list []order, err error) {
	err = k.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(sqlDue, now(), reached, turn)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var o order
			var points string
			if err := rows.Scan(&o.warning, &o.part, &o.model, &o.raisedAt, &o.signalAt, &o.from, &o.to, &points, &o.attempts); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(points), &o.points); err != nil {
				return fmt.Errorf("read the points of %s: %w", o.warning, err)
			}
			list = append(list, o)
		}
		return rows.Err()
	})
	return list, err
}

// again puts a copy off that failed.
func (k *Keeper) again(ctx context.Context, o *order, why error) error {
	wait := min(firstAgain<<min(o.attempts, 16), lastAgain)
	return k.c.DB.Keep(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(sqlAgain, o.warning, o.part, now()+wait, o.attempts+1, why.Error())
		return err
	})
}

// keep makes one copy. Killed between the file and the row it makes the same
// file again.
func (k *Keeper) keep(ctx context.Context, o *order) error {
	var file bytes.Buffer // 17 points at one sample a second: 0.2 MB
	samples, err := k.write(ctx, &file, o)
	if err != nil {
		return err
	}
	size, sum, err := k.c.Blob.Put(ctx, blobKey(o.warning, o.part), &file)
	if err != nil {
		return err
	}
	return k.c.DB.Keep(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(sqlDone, o.warning, o.part, now(), size, sum, samples)
		return err
	})
}

// write writes a part: lines with # say what it is and name the points, then one
// line a sample, point by point in time order.
func (k *Keeper) write(ctx context.Context, w io.Writer, o *order) (samples int, err error) {
	zip := gzip.NewWriter(w)
	out := csv.NewWriter(zip)
	ms := func(m fengsui.Millis) string { return strconv.FormatInt(int64(m), 10) }
	out.WriteAll([][]string{
		{"# warning", string(o.warning)}, {"# model", o.model}, {"# raised_at", ms(o.raisedAt)}, {"# signal_at", ms(o.signalAt)},
		{"# part", o.part}, {"# from", ms(o.from)}, {"# until", ms(o.to)}, {"# copied_at", ms(now())},
		{"# quality", "history leaves bad values out and keeps no quality of the others: they read 0"},
	})
	for _, p := range o.points {
		out.Write([]string{"# point", strconv.FormatInt(p.Num, 10), p.Code, p.Name, p.Unit})
	}
	out.Write([]string{"time", "point", "value", "quality"})
	for _, p := range o.points {
		list, err := k.c.History.Range(ctx, p.Num, o.from, o.to)
		if err != nil {
			return 0, fmt.Errorf("read %s from history: %w", p.Code, err)
		}
		for _, s := range list {
			out.Write([]string{ms(s.At), p.Code, strconv.FormatFloat(s.Value, 'g', -1, 64), strconv.Itoa(int(s.Quality))})
		}
		samples += len(list)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return 0, err
	}
	return samples, zip.Close()
}
