package risk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	sqlSaveReplay = `INSERT INTO risk_replay (hash, model, ended, bytes) VALUES ($1, $2, $3, $4)
		ON CONFLICT (hash) DO UPDATE SET model = excluded.model, ended = excluded.ended, bytes = excluded.bytes`
	// A text that was written over will never be released.
	sqlDropReplays = `DELETE FROM risk_replay WHERE model = $1 AND hash <> $2 AND hash NOT IN (SELECT hash FROM risk_model WHERE id = $1)`
)

// request is a replay that somebody asked for.
type request struct {
	model Model
	entry entry

	mu       sync.Mutex // guards what follows
	state    fengsui.Replay
	cancel   context.CancelCauseFunc // nil: it waits
	canceled bool                    // while it waited
	ended    bool
}

var errCanceled = errors.New("the replay was canceled")

// status is how far a request is.
func (q *request) status() fengsui.Replay {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.state
}

func (q *request) update(f func(*fengsui.Replay)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f(&q.state)
}

// StartReplay tries the open version of a model over what was received from a moment
// up to another, exclusive. One replay runs at a time.
func (i *Inventory) StartReplay(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, from, to fengsui.Millis) error {
	if err := s.Allow(fengsui.ActDraft, fengsui.None); err != nil {
		return err
	}
	if from <= 0 || from >= to || to-from > fengsui.Millis(i.c.Longest) {
		return fengsui.Errorf(fengsui.Invalid, "replay_time", "a replay looks at the time from a moment to a later one, %s at most", i.c.Longest.Duration())
	}
	q := &request{state: fengsui.Replay{State: fengsui.ReplayWaiting, By: sign(by), From: from, To: to, Models: []fengsui.ReplayModel{}}}
	q.state.New, q.state.Missing, q.state.Changed, q.state.Firms.Items = raisedList(nil), raisedList(nil), changedList(nil), []fengsui.ReplayFirm{}
	i.mu.Lock()
	last := i.now
	if last != nil && !last.over() {
		i.mu.Unlock()
		return fengsui.Errorf(fengsui.Conflict, "replay_busy", "a replay of %s is under way: wait for it, or cancel it", last.status().Model)
	}
	i.now = q
	i.mu.Unlock()
	err := i.c.DB.Change(ctx, func(tx *store.Tx) error {
		e, _, err := version(tx, s, id, revision, fengsui.ModelDraft, fengsui.ModelSubmitted)
		if err != nil {
			return err
		}
		if q.model, err = i.read(e.Text); err != nil {
			return err
		}
		q.entry = *e
		e.Why = ""
		q.update(func(r *fengsui.Replay) { r.Model, r.Version, r.Hash = e.Model, e.Version, e.Hash })
		return record(tx, by, "replay_started", e)
	})
	if err != nil {
		i.mu.Lock()
		i.now = last
		i.mu.Unlock()
		return err
	}
	i.requests <- q // there is room: no other is under way
	return nil
}

func (q *request) over() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ended
}

// CancelReplay ends the replay of a model that waits or runs.
func (i *Inventory) CancelReplay(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string) error {
	if err := s.Allow(fengsui.ActDraft, fengsui.None); err != nil {
		return err
	}
	i.mu.Lock()
	q := i.now
	i.mu.Unlock()
	err := i.c.DB.Change(ctx, func(tx *store.Tx) error {
		all, err := versions(tx, id)
		if err != nil {
			return err
		}
		switch {
		case len(all) == 0 || !sees(s, &all[0]):
			return errNoModel
		case !reaches(s, all[0].Sector):
			return errSector
		case q == nil || q.over() || q.status().Model != id:
			return fengsui.Errorf(fengsui.Conflict, "no_replay", "no replay of this model is under way")
		}
		e := q.entry
		e.Why = ""
		return record(tx, by, "replay_canceled", &e)
	})
	if err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.canceled = true
	if q.cancel != nil {
		q.cancel(errCanceled)
	}
	return nil
}

// ReplayOf is the replay of a model that is under way or ended last since the
// platform started, or else the one kept of its newest version that has one.
func (i *Inventory) ReplayOf(ctx context.Context, s fengsui.Scope, id string) (r fengsui.Replay, err error) {
	if err := s.Allow(fengsui.ActModels, fengsui.None); err != nil {
		return r, err
	}
	err = i.c.DB.View(ctx, func(tx *store.Tx) error {
		all, err := versions(tx, id)
		if err != nil {
			return err
		}
		seen := false
		i.mu.Lock()
		q := i.now
		i.mu.Unlock()
		for k := range all {
			e := &all[k]
			if !sees(s, e) {
				continue
			}
			seen = true
			if q != nil {
				if r = q.status(); r.Model == id && r.Version == e.Version && r.State != fengsui.ReplayDone {
					return nil
				}
			}
			if r, err = replayOf(tx, e.Hash); !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		if !seen {
			return errNoModel
		}
		return fengsui.Errorf(fengsui.NotFound, "no_replay", "no version of this model was tried over history yet")
	})
	return r, err
}

// replayOf is the kept replay of a text.
func replayOf(tx *store.Tx, hash string) (r fengsui.Replay, err error) {
	var b []byte
	if err := tx.QueryRow(`SELECT bytes FROM risk_replay WHERE hash = $1`, hash).Scan(&b); err != nil {
		return r, err
	}
	err = json.Unmarshal(b, &r)
	if r.Firms.Items == nil { // of a report from before it had them
		r.Firms.Items = []fengsui.ReplayFirm{}
	}
	return r, err
}

// Run carries out the replays that are asked for, one at a time, until ctx ends, and
// follows the journal meanwhile. A replay under way is lost then and must be asked for
// again.
func (i *Inventory) Run(ctx context.Context) error {
	var following sync.WaitGroup
	defer following.Wait()
	following.Go(func() { i.follow(ctx) })
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case q := <-i.requests:
			i.rehearse(ctx, q)
		}
	}
}

// follow takes over what other processes release and retire. When the store is away
// the models in force stay, and it tries again.
func (i *Inventory) follow(ctx context.Context) {
	place := i.opened
	for ctx.Err() == nil {
		head, err := i.c.DB.Wait(ctx, place)
		if ctx.Err() != nil {
			return
		}
		known := i.Set().Number
		var number int64
		if err == nil {
			err = i.c.DB.View(ctx, func(tx *store.Tx) error { return tx.QueryRow(sqlSetNumber).Scan(&number) })
		}
		if err == nil && number != known {
			err = i.refresh(ctx)
		}
		if err == nil {
			place = head
			continue
		}
		if ctx.Err() != nil {
			return
		}
		i.c.Logger.Warn("models in force cannot be read, keeping what is known", "err", err)
		if pause(ctx, waitMost) != nil {
			return
		}
	}
}

// rehearse carries out one replay and keeps its report.
func (i *Inventory) rehearse(ctx context.Context, q *request) {
	defer func() {
		q.mu.Lock()
		q.ended = true
		q.mu.Unlock()
	}()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	q.mu.Lock()
	q.state.State = fengsui.ReplayRunning
	q.cancel = cancel
	if q.canceled {
		cancel(errCanceled)
	}
	asked := q.state
	q.mu.Unlock()
	r, err := Replay(ctx, ReplayConfig{
		Log: i.c.Log, District: i.c.District(), Live: i.Set().Models, Candidate: q.model, From: asked.From, To: asked.To, Busy: i.c.Busy,
		Progress: func(at fengsui.Millis, records, samples int64) {
			q.update(func(r *fengsui.Replay) { r.At, r.Records, r.Samples = at, records, samples })
		},
	})
	r.Hash, r.By, r.Ended, r.State = asked.Hash, asked.By, fengsui.At(time.Now()), fengsui.ReplayDone
	switch {
	case errors.Is(err, errCanceled):
		r.State = fengsui.ReplayCanceled
	case err != nil:
		r.State, r.Why = fengsui.ReplayFailed, err.Error()
		i.c.Logger.Error("replay failed", "model", r.Model, "err", err)
	default:
		if err := i.keep(ctx, q, &r); err != nil {
			r.State, r.Why = fengsui.ReplayFailed, fmt.Sprintf("its report was not kept: %v", err)
			i.c.Logger.Error("replay's report was not kept", "model", r.Model, "err", err)
		}
	}
	q.update(func(state *fengsui.Replay) { *state = r })
}

// keep writes a report, and that there is one.
func (i *Inventory) keep(ctx context.Context, q *request, r *fengsui.Replay) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return i.c.DB.Change(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(sqlSaveReplay, r.Hash, r.Model, r.Ended, b); err != nil {
			return err
		}
		if _, err := tx.Exec(sqlDropReplays, r.Model, r.Hash); err != nil {
			return err
		}
		e := &q.entry
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "model", ID: fengsui.ID(r.Model)}, Act: "replayed", By: fengsui.Platform("risk"), Sector: e.Sector, After: struct {
			versioned
			From    fengsui.Millis `json:"from"`
			To      fengsui.Millis `json:"to"`
			Samples int64          `json:"samples"`
			New     int            `json:"new"`
			Missing int            `json:"missing"`
			Changed int            `json:"changed"`
		}{versioned{r.Version, e.State, r.Hash}, r.From, r.To, r.Samples, r.New.Total, r.Missing.Total, r.Changed.Total}})
	})
}
