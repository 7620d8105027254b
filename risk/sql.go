package risk

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"slices"

	"fengsui"
	"fengsui/fault"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what this stage keeps. All of it is machine state.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "risk", FS: sub, Kept: []string{"risk_place", "risk_shard", "risk_late", "risk_told"}}
}

// ErrLost says that another evaluator has taken the partition over. What this one
// held in memory is worth nothing any more.
var ErrLost = fengsui.Errorf(fengsui.Conflict, "partition_lost", "another evaluator has taken this partition over: this one has stopped")

const (
	sqlTake = `INSERT INTO risk_place (partition, epoch, seq, idx, clock, tick, grace) VALUES ($1, 1, 0, 0, 0, 0, 0)
		ON CONFLICT (partition) DO UPDATE SET epoch = risk_place.epoch + 1`
	sqlPlace = `SELECT epoch, generation, seq, idx, clock, tick, grace, applied_seq, applied_idx FROM risk_place WHERE partition = $1`
	// What a checkpoint left behind that was never completed.
	sqlDropShards = `DELETE FROM risk_shard WHERE partition = $1 AND generation > $2`
	sqlDropLates  = `DELETE FROM risk_late WHERE partition = $1 AND (seq > $2 OR (seq = $2 AND idx > $3))`
	sqlShards     = `SELECT shard, bytes, generation FROM risk_shard WHERE partition = $1 ORDER BY shard, generation`
	sqlLates      = `SELECT seq, idx, enterprise, device, received, clock, offset_ms, bytes, words FROM risk_late WHERE partition = $1 ORDER BY seq, idx`
	sqlTold       = `SELECT seq, idx, model, subject, version, enterprise, rung, level FROM risk_told WHERE partition = $1 ORDER BY seq, idx, model, subject`

	sqlApplied = `UPDATE risk_place SET applied_seq = $1, applied_idx = $2 WHERE partition = $3 AND epoch = $4`
	sqlTell    = `INSERT INTO risk_told (partition, seq, idx, model, subject, version, enterprise, rung, level) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (partition, seq, idx, model, subject) DO NOTHING`

	sqlHold      = `UPDATE risk_place SET epoch = epoch WHERE partition = $1 AND epoch = $2`
	sqlSaveShard = `INSERT INTO risk_shard (partition, shard, generation, version, bytes) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (partition, shard, generation) DO UPDATE SET version = excluded.version, bytes = excluded.bytes`
	sqlSaveLate = `INSERT INTO risk_late (partition, seq, idx, enterprise, device, received, clock, offset_ms, bytes, words) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (partition, seq, idx) DO NOTHING`
	sqlFlip    = `UPDATE risk_place SET generation = $1, seq = $2, idx = $3, clock = $4, tick = $5, grace = $6 WHERE partition = $7`
	sqlDropOld = `DELETE FROM risk_shard WHERE partition = $1 AND generation < $2
		AND shard IN (SELECT n.shard FROM risk_shard n WHERE n.partition = $1 AND n.generation = $2)`
	sqlDropLate = `DELETE FROM risk_late WHERE partition = $1 AND enterprise = $2 AND device = $3 AND (seq < $4 OR (seq = $4 AND idx <= $5))`
	sqlForget   = `DELETE FROM risk_told WHERE partition = $1 AND (seq < $2 OR (seq = $2 AND idx <= $3))`
)

// load takes the partition over and reads where its last holder was.
func (e *Evaluator) load(ctx context.Context) error {
	e.reset(e.c.District())
	var s stored
	err := e.c.DB.Keep(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(sqlTake, e.c.Partition); err != nil {
			return err
		}
		if err := s.where(tx, e.c.Partition); err != nil {
			return err
		}
		if _, err := tx.Exec(sqlDropShards, e.c.Partition, s.generation); err != nil {
			return err
		}
		if _, err := tx.Exec(sqlDropLates, e.c.Partition, int64(s.place.Seq), s.place.Index); err != nil {
			return err
		}
		return s.read(tx, e.c.Partition)
	})
	if err != nil {
		return err
	}
	e.epoch, e.generation = s.epoch, s.generation
	e.takeUp(&s)
	return nil
}

// look reads the state that the partition's holder saved last, and takes nothing over.
// A checkpoint that is being written is passed over.
func (e *Evaluator) look(ctx context.Context) error {
	e.reset(e.c.District())
	var s stored
	err := e.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := s.where(tx, e.c.Partition); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return nil // nobody held it yet
			}
			return err
		}
		return s.states(tx, e.c.Partition)
	})
	if err == nil {
		s.applied = fengsui.Place{} // nothing that this one concludes is told
		e.takeUp(&s)
	}
	return err
}

// stored is a partition as the store has it.
type stored struct {
	epoch, generation  int64
	place, applied     fengsui.Place
	clock, tick, grace fengsui.Millis
	shards             []storedShard
	lates              []lateRow
	told               []toldRow
}

type storedShard struct {
	shard      int
	bytes      []byte
	generation int64
}

// where reads the partition's row.
func (s *stored) where(tx *store.Tx, partition int) error {
	return tx.QueryRow(sqlPlace, partition).Scan(&s.epoch, &s.generation, &s.place.Seq, &s.place.Index, &s.clock, &s.tick, &s.grace, &s.applied.Seq, &s.applied.Index)
}

// states reads the models' state of the row's generation.
func (s *stored) states(tx *store.Tx, partition int) (err error) {
	s.shards, err = list(tx, sqlShards, partition, func(r *storedShard, scan scanner) error { return scan(&r.shard, &r.bytes, &r.generation) })
	s.shards = slices.DeleteFunc(s.shards, func(r storedShard) bool { return r.generation > s.generation })
	return err
}

// read reads all that belongs to the row.
func (s *stored) read(tx *store.Tx, partition int) (err error) {
	if err := s.states(tx, partition); err != nil {
		return err
	}
	if s.lates, err = list(tx, sqlLates, partition, func(r *lateRow, scan scanner) error {
		return scan(&r.place.Seq, &r.place.Index, &r.key.enterprise, &r.key.device, &r.received, &r.clock, &r.offset, &r.block, &r.words)
	}); err != nil {
		return err
	}
	s.told, err = list(tx, sqlTold, partition, func(r *toldRow, scan scanner) error {
		return scan(&r.place.Seq, &r.place.Index, &r.model, &r.subject, &r.version, &r.enterprise, &r.rung, &r.level)
	})
	return err
}

// takeUp goes on from what the store had.
func (e *Evaluator) takeUp(s *stored) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.place, e.saved, e.done = s.place, s.place, s.place
	e.clock, e.lastTick, e.grace = s.clock, s.tick, s.grace
	e.replay.until, e.replay.rows = s.applied, s.told
	for _, r := range s.shards {
		x, err := readState(r.bytes, e.models)
		if err != nil {
			// Judging goes on from nothing there: what still holds is raised again.
			e.c.Logger.Error("model state cannot be read", "shard", r.shard, "err", err)
			continue
		}
		e.adopt(x)
	}
	for _, r := range s.lates {
		samples, err := fengsui.ReadSamples(nil, r.block, nil)
		if err != nil {
			e.c.Logger.Error("late samples cannot be read", "seq", r.place.Seq, "err", err)
			continue
		}
		var words fengsui.Record
		if len(r.words) > 0 {
			if words, err = fengsui.ReadRecord(r.words); err != nil {
				e.c.Logger.Error("late events and positions cannot be read", "seq", r.place.Seq, "err", err)
			}
		}
		e.keepLate(r, samples, &words)
	}
	e.redistrict(e.c.District())
}

type scanner func(dest ...any) error

// list reads the rows of a partition.
func list[T any](tx *store.Tx, query string, partition int, read func(*T, scanner) error) (all []T, err error) {
	rows, err := tx.Query(query, partition)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var x T
		if err := read(&x, rows.Scan); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, rows.Err()
}

// apply hands the findings on and notes what they told, and the place up to which
// there are no others, in one transaction.
func (e *Evaluator) apply(ctx context.Context) error {
	if fault.On(fault.EarlyPlace) {
		if err := e.checkpoint(ctx); err != nil {
			return err
		}
	}
	return e.c.DB.Change(ctx, func(tx *store.Tx) error {
		if err := held(tx.Exec(sqlApplied, int64(e.place.Seq), e.place.Index, e.c.Partition, e.epoch)); err != nil {
			return err
		}
		if err := e.handOn(ctx, tx); err != nil {
			return err
		}
		for i := range e.out {
			f := &e.out[i]
			if _, err := tx.Exec(sqlTell, e.c.Partition, int64(f.Place.Seq), f.Place.Index, f.Model, f.Subject, f.Version, f.Enterprise, f.Rung, f.Level); err != nil {
				return err
			}
		}
		return nil
	})
}

// held turns a guarded update that met no row into ErrLost.
func held(n int64, err error) error {
	if err == nil && n == 0 {
		return ErrLost
	}
	return err
}

// handOn gives the findings to Apply. When all of them were known already nothing has
// been recorded; a row of our own then carries the transaction, because Apply may
// have written machine columns in it.
func (e *Evaluator) handOn(ctx context.Context, tx *store.Tx) error {
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
