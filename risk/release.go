package risk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fengsui"
	"fengsui/store"
)

var (
	errChanged = fengsui.Errorf(fengsui.Conflict, "changed", "someone changed this meanwhile: load it again and repeat what is still right")
	errSector  = fengsui.Errorf(fengsui.Forbidden, "not_your_sector", "you may act on the models and standards of your own sectors only; those of every sector belong to the bureau")
	errOwnWork = fengsui.Errorf(fengsui.Forbidden, "four_eyes", "you had a hand in this yourself: another person must decide on it")
	errWhy     = fengsui.Errorf(fengsui.Invalid, "why", "say why, in at most 2000 bytes")
)

// Draft keeps a text as the open version of its model; revision is 0 for a new
// version, otherwise the one that was read. A submitted version becomes a draft
// again.
func (i *Inventory) Draft(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, text string) error {
	if err := s.Allow(fengsui.ActDraft, fengsui.None); err != nil {
		return err
	}
	m, err := i.read(text)
	if err != nil {
		return err
	}
	if m.ID != id {
		return fengsui.Errorf(fengsui.Invalid, "model_id", "the text says id: %s, the address %s: they must be the same", m.ID, id)
	}
	e := newEntry(&m, text)
	e.State, e.Author = fengsui.ModelDraft, sign(by)
	return i.c.DB.Change(ctx, func(tx *store.Tx) error {
		all, err := versions(tx, id)
		if err != nil {
			return err
		}
		if err := i.fits(tx, s, all, &e); err != nil {
			return err
		}
		was := in(all, fengsui.ModelDraft, fengsui.ModelSubmitted)
		if was == nil {
			if revision != 0 {
				return errChanged
			}
			e.hands = []fengsui.ID{by.User}
			return errors.Join(insert(tx, &e), record(tx, by, "drafted", &e))
		}
		if revision != was.Revision {
			return errChanged
		}
		e.hands = withHand(was.hands, by.User)
		hands, err := json.Marshal(e.hands)
		if err != nil {
			return err
		}
		n, err := tx.Exec(sqlRewriteModel, e.Sector, e.Kind, e.Title.Zh, e.Title.En, e.Grading, e.Text, e.Hash,
			e.Author.User, e.Author.Name, e.Author.Role, e.Author.At, string(hands), e.Why, id, e.Version, revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return errChanged
		}
		return record(tx, by, "drafted", &e)
	})
}

func sign(by fengsui.Actor) fengsui.Signature {
	return fengsui.Signature{User: by.User, Name: by.Name, Role: by.Role, At: fengsui.At(time.Now())}
}

// withHand is a list of people with one more, once.
func withHand(list []fengsui.ID, id fengsui.ID) []fengsui.ID {
	if slices.Contains(list, id) {
		return list
	}
	return append(slices.Clone(list), id)
}

// version finds the version of a model in one of the states, as far as a scope
// reaches, and the others of the model.
func version(tx *store.Tx, s fengsui.Scope, id string, revision int64, states ...fengsui.ModelState) (*entry, []entry, error) {
	all, err := versions(tx, id)
	if err != nil {
		return nil, nil, err
	}
	if !slices.ContainsFunc(all, func(e entry) bool { return sees(s, &e) }) {
		return nil, nil, errNoModel
	}
	e := in(all, states...)
	switch {
	case !reaches(s, all[0].Sector) || e != nil && !reaches(s, e.Sector):
		return nil, nil, errSector
	case e == nil:
		return nil, nil, fengsui.Errorf(fengsui.Conflict, "model_state", "no version of the model is %s: load it again and look how far it is", words(states))
	case e.Revision != revision:
		return nil, nil, errChanged
	}
	return e, all, nil
}

// words are states for a sentence.
func words(states []fengsui.ModelState) string {
	text := make([]string, len(states))
	for k, x := range states {
		text[k] = string(x)
	}
	return strings.Join(text, " or ")
}

// reason checks what a person gives as a reason.
func reason(why string) error {
	if strings.TrimSpace(why) == "" || len(why) > 2000 {
		return errWhy
	}
	return nil
}

// Submit hands a draft to another person.
func (i *Inventory) Submit(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64) error {
	if err := s.Allow(fengsui.ActDraft, fengsui.None); err != nil {
		return err
	}
	return i.c.DB.Change(ctx, func(tx *store.Tx) error {
		e, _, err := version(tx, s, id, revision, fengsui.ModelDraft)
		if err != nil {
			return err
		}
		e.State, e.Why, e.hands = fengsui.ModelSubmitted, "", withHand(e.hands, by.User)
		return errors.Join(move(tx, e), record(tx, by, "submitted", e))
	})
}

// Release puts a submitted version in force: by a person who had no hand in it
// (four eyes), with a replay of exactly this text that is not too old, and with its
// grading standard guided. The version before it is retired.
func (i *Inventory) Release(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, why string) error {
	if err := s.Allow(fengsui.ActApprove, fengsui.None); err != nil {
		return err
	}
	if err := reason(why); err != nil {
		return err
	}
	return i.change(ctx, func(tx *store.Tx) error {
		e, all, err := version(tx, s, id, revision, fengsui.ModelSubmitted)
		if err != nil {
			return err
		}
		if by.User == "" || slices.Contains(e.hands, by.User) {
			return errOwnWork
		}
		if _, err := i.read(e.Text); err != nil {
			return err // the program has become stricter since
		}
		if err := i.tried(tx, e); err != nil {
			return err
		}
		if why, err := ungraded(tx, e.Grading); err != nil || why != nil {
			return errors.Join(err, why)
		}
		number, err := tx.Next("risk_model_set")
		if err != nil {
			return err
		}
		old := in(all, fengsui.ModelLive)
		e.State, e.Why, e.set = fengsui.ModelLive, why, number
		a := sign(by)
		e.Approver = &a
		// The row of the act itself carries the call's key, so it is recorded first;
		// the version before it makes room before it comes.
		if err := record(tx, by, "released", e); err != nil {
			return err
		}
		if old != nil {
			old.State, old.Why, old.set = fengsui.ModelRetired, fmt.Sprintf("version %d took its place", e.Version), number
			if err := errors.Join(move(tx, old), record(tx, by, "retired", old)); err != nil {
				return err
			}
		}
		return move(tx, e)
	})
}

// tried says why there is no replay that a release may rest on, or nil.
func (i *Inventory) tried(tx *store.Tx, e *entry) error {
	r, err := replayOf(tx, e.Hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fengsui.Errorf(fengsui.Conflict, "no_replay", "no replay shows what exactly this text would have raised: run one first")
	case err != nil:
		return err
	case r.Ended < fengsui.At(time.Now()).Add(-i.c.ReplayAge):
		return fengsui.Errorf(fengsui.Conflict, "replay_old", "the replay of this text is from %s: run it again, it may be %s old", r.Ended.Time().In(fengsui.Civil).Format(time.DateOnly), i.c.ReplayAge.Duration())
	case r.Samples == 0:
		return fengsui.Errorf(fengsui.Conflict, "replay_empty", "the replay of this text met no sample: choose a time from which there are some")
	}
	return nil
}

// Refuse ends a draft or a submitted version; its number is not given again.
func (i *Inventory) Refuse(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, why string) error {
	if err := s.Allow(fengsui.ActApprove, fengsui.None); err != nil {
		return err
	}
	if err := reason(why); err != nil {
		return err
	}
	return i.c.DB.Change(ctx, func(tx *store.Tx) error {
		e, _, err := version(tx, s, id, revision, fengsui.ModelDraft, fengsui.ModelSubmitted)
		if err != nil {
			return err
		}
		a := sign(by)
		e.State, e.Why, e.Approver = fengsui.ModelRefused, why, &a
		return errors.Join(move(tx, e), record(tx, by, "refused", e))
	})
}

// Retire takes a live version out of force. What it raised returns with the next
// tick.
func (i *Inventory) Retire(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, why string) error {
	if err := s.Allow(fengsui.ActApprove, fengsui.None); err != nil {
		return err
	}
	if err := reason(why); err != nil {
		return err
	}
	return i.change(ctx, func(tx *store.Tx) error {
		e, _, err := version(tx, s, id, revision, fengsui.ModelLive)
		if err != nil {
			return err
		}
		var live int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM risk_model WHERE state = 'live'`).Scan(&live); err != nil {
			return err
		}
		if live == 1 {
			return fengsui.Errorf(fengsui.Conflict, "last_model", "this is the last model in force: without one nothing is judged")
		}
		if e.set, err = tx.Next("risk_model_set"); err != nil {
			return err
		}
		e.State, e.Why = fengsui.ModelRetired, why
		return errors.Join(move(tx, e), record(tx, by, "retired", e))
	})
}
