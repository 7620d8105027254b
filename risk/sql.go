package risk

import (
	"context"
	"embed"
	"io/fs"

	"fengsui"
	"fengsui/fault"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what this stage keeps. All of it is machine state.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "risk", FS: sub, Kept: []string{"risk_place", "risk_state", "risk_late"}}
}

// ErrLost says that another evaluator has taken the partition over. What this one
// held in memory is worth nothing any more.
var ErrLost = fengsui.Errorf(fengsui.Conflict, "partition_lost", "another evaluator has taken this partition over: this one has stopped")

const (
	sqlTake = `INSERT INTO risk_place (partition, epoch, seq, idx, clock, tick, grace) VALUES ($1, 1, 0, 0, 0, 0, 0)
		ON CONFLICT (partition) DO UPDATE SET epoch = risk_place.epoch + 1`
	sqlPlace     = `SELECT epoch, seq, idx, clock, tick, grace FROM risk_place WHERE partition = $1`
	sqlStates    = `SELECT shard, version, bytes FROM risk_state WHERE partition = $1 ORDER BY shard`
	sqlLates     = `SELECT seq, idx, enterprise, device, received, clock, offset_ms, bytes FROM risk_late WHERE partition = $1 ORDER BY seq, idx`
	sqlSave      = `UPDATE risk_place SET seq = $1, idx = $2, clock = $3, tick = $4, grace = $5 WHERE partition = $6 AND epoch = $7`
	sqlSaveState = `INSERT INTO risk_state (partition, shard, epoch, version, bytes) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (partition, shard) DO UPDATE SET epoch = excluded.epoch, version = excluded.version, bytes = excluded.bytes
		WHERE risk_state.epoch <= excluded.epoch`
	sqlSaveLate = `INSERT INTO risk_late (partition, seq, idx, enterprise, device, received, clock, offset_ms, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	sqlDropLate = `DELETE FROM risk_late WHERE partition = $1 AND enterprise = $2 AND device = $3`
)

// load takes the partition over and reads where its last holder was.
func (e *Evaluator) load(ctx context.Context) error {
	e.mu.Lock()
	e.reset()
	e.mu.Unlock()
	type row struct {
		shard int
		bytes []byte
	}
	var states []row
	var lates []lateRow
	var place fengsui.Place
	var clock, tick, grace fengsui.Millis
	err := e.c.DB.Keep(ctx, func(tx *store.Tx) error {
		states, lates = nil, nil
		if _, err := tx.Exec(sqlTake, e.c.Partition); err != nil {
			return err
		}
		if err := tx.QueryRow(sqlPlace, e.c.Partition).Scan(&e.epoch, &place.Seq, &place.Index, &clock, &tick, &grace); err != nil {
			return err
		}
		rows, err := tx.Query(sqlStates, e.c.Partition)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			var version int
			if err := rows.Scan(&r.shard, &version, &r.bytes); err != nil {
				return err
			}
			states = append(states, r)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		late, err := tx.Query(sqlLates, e.c.Partition)
		if err != nil {
			return err
		}
		defer late.Close()
		for late.Next() {
			var r lateRow
			if err := late.Scan(&r.place.Seq, &r.place.Index, &r.key.enterprise, &r.key.device, &r.received, &r.clock, &r.offset, &r.block); err != nil {
				return err
			}
			lates = append(lates, r)
		}
		return late.Err()
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.place, e.saved, e.done = place, place, place
	e.clock, e.lastTick, e.grace = clock, tick, grace
	for _, r := range states {
		s, err := readState(r.bytes, e.models)
		if err != nil {
			// Judging goes on from nothing there: what still holds is raised again.
			e.c.Logger.Error("model state cannot be read", "shard", r.shard, "err", err)
			continue
		}
		for _, p := range s.points {
			if e.points[p.num] == nil {
				e.add(p)
			}
		}
		for _, src := range s.sources {
			if e.sources[sourceKey{src.device, src.num}] == nil {
				e.addSource(src)
			}
		}
	}
	for _, r := range lates {
		samples, err := fengsui.ReadSamples(nil, r.block, nil)
		if err != nil {
			e.c.Logger.Error("late samples cannot be read", "seq", r.place.Seq, "err", err)
			continue
		}
		e.keepLate(r, samples)
	}
	e.redistrict(e.c.District())
	return nil
}

// save commits what was concluded, what it was concluded from, and the place, in
// one transaction.
func (e *Evaluator) save(ctx context.Context) error {
	if fault.On(fault.EarlyPlace) {
		if err := e.c.DB.Keep(ctx, e.savePlace); err != nil {
			return err
		}
	}
	write := e.c.DB.Keep
	if len(e.out) > 0 {
		write = e.c.DB.Change
	}
	return write(ctx, func(tx *store.Tx) error {
		if err := e.savePlace(tx); err != nil {
			return err
		}
		if len(e.out) > 0 {
			if err := e.apply(ctx, tx); err != nil {
				return err
			}
		}
		for k := range e.shards {
			if !e.shards[k].dirty {
				continue
			}
			e.blob = e.appendState(e.blob[:0], k)
			if n, err := tx.Exec(sqlSaveState, e.c.Partition, k, e.epoch, stateVersion, e.blob); err != nil {
				return err
			} else if n == 0 {
				return ErrLost
			}
		}
		for _, r := range e.lateRows {
			var err error
			if r.done {
				_, err = tx.Exec(sqlDropLate, e.c.Partition, r.key.enterprise, r.key.device)
			} else {
				_, err = tx.Exec(sqlSaveLate, e.c.Partition, int64(r.place.Seq), r.place.Index, r.key.enterprise, r.key.device, r.received, r.clock, r.offset, r.block)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *Evaluator) savePlace(tx *store.Tx) error {
	n, err := tx.Exec(sqlSave, int64(e.place.Seq), e.place.Index, e.clock, e.lastTick, e.grace, e.c.Partition, e.epoch)
	if err == nil && n == 0 {
		err = ErrLost
	}
	return err
}

// apply hands the findings on. When all of them were known already nothing has
// been recorded; a row of our own then carries the transaction, because Apply may
// have written machine columns in it.
func (e *Evaluator) apply(ctx context.Context, tx *store.Tx) error {
	before, err := head(tx)
	if err != nil {
		return err
	}
	if err := e.c.Apply(ctx, tx, e.out); err != nil {
		return err
	}
	after, err := head(tx)
	if err != nil || after > before {
		return err
	}
	return tx.Record(fengsui.Change{
		Of: fengsui.Ref{Kind: "findings", ID: fengsui.ID(e.out[0].Key())}, Act: "repeated", By: fengsui.Platform("risk"),
		After: struct {
			Findings int `json:"findings"`
		}{len(e.out)},
	})
}

// head is the newest journal position inside the transaction.
func head(tx *store.Tx) (pos int64, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MAX(pos), 0) FROM journal`).Scan(&pos)
	return pos, err
}
