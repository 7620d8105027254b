// Package lease lets one process at a time do what only one may do, when several
// share a platform's records (DESIGN §3; decision 0009).
//
// A lease is a row. Its holder renews it every fifth of the term; who waits for it
// looks ten times a term and takes it when the row has stood still for six fifths,
// given up, or was its own before it was started again. A holder that could not renew
// it for a term ends its work by itself, so that at most one works as long as clocks
// run alike; no clock of one machine is compared with another's.
//
// What makes it sure is not time: each taking raises the row's epoch, and every
// transaction of the work asks by Held for the epoch that it was begun under. A holder
// that was stopped, or cut off, and comes back is refused in the transaction itself.
// Writers of all processes run one after the other (decision 0007), so nothing comes
// between the question and the commit.
//
// A store that is away for everybody moves no lease: whoever waits begins to count
// anew when it is back. Run starts two goroutines, the work and a renewal, and waits
// for both.
package lease

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what is kept here: nobody's acts.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "lease", FS: sub, Kept: []string{"lease", "lease_home"}}
}

// ErrLost says that another process has taken over, or may have.
var ErrLost = fengsui.Errorf(fengsui.Unavailable, "lease_lost", "another process of the platform has taken this over; nothing was changed")

// DefaultTerm lets a dead holder be replaced within 7 s.
const DefaultTerm = 5 * time.Second

// Config says what is leased and who we are.
type Config struct {
	DB     *store.DB
	Name   string
	Holder string        // the same after a restart, and nobody else's: it takes its own leases at once
	Term   time.Duration // 0: DefaultTerm
	Note   func() string // said with each renewal; nil: nothing
	Log    *slog.Logger
}

// Lease is one lease as one process has it or waits for it.
type Lease struct {
	c       Config
	epoch   atomic.Int64 // that we hold; 0: we do not
	refused atomic.Int64
	tries   sync.WaitGroup // renewals under way
}

// New makes a Lease. It takes nothing.
func New(c Config) (*Lease, error) {
	if c.DB == nil || c.Name == "" || c.Holder == "" {
		return nil, errors.New("lease: DB, Name and Holder are needed")
	}
	c.Term = cmp.Or(c.Term, DefaultTerm)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Note == nil {
		c.Note = func() string { return "" }
	}
	return &Lease{c: c}, nil
}

const (
	sqlLook = `SELECT epoch, beat, holder, note FROM lease WHERE name = $1`
	sqlNew  = `INSERT INTO lease (name, epoch, beat, holder, note) VALUES ($1, 1, 0, $2, '') ON CONFLICT (name) DO NOTHING`
	// Nobody else took or renewed it since it was looked at.
	sqlTake  = `UPDATE lease SET epoch = epoch + 1, beat = 0, holder = $2, note = '' WHERE name = $1 AND epoch = $3 AND beat = $4`
	sqlRenew = `UPDATE lease SET beat = beat + 1, note = $3 WHERE name = $1 AND epoch = $2`
	sqlLeave = `UPDATE lease SET holder = '', note = '' WHERE name = $1 AND epoch = $2`
	sqlHeld  = `SELECT COUNT(*) FROM lease WHERE name = $1 AND epoch = $2`
)

// Held is nil while the lease is ours, in a transaction that must not be written
// otherwise.
func (l *Lease) Held(tx *store.Tx) error {
	n := 0
	epoch := l.epoch.Load()
	if epoch > 0 {
		if err := tx.QueryRow(sqlHeld, l.c.Name, epoch).Scan(&n); err != nil {
			return err
		}
	}
	if n == 0 {
		l.refused.Add(1)
		l.c.Log.Warn("a late write was refused: another process has taken over", "lease", l.c.Name, "epoch", epoch)
		return ErrLost
	}
	return nil
}

// Holds says whether the lease is ours as far as we know.
func (l *Lease) Holds() bool { return l.epoch.Load() > 0 }

// Refused is how many writes Held has refused.
func (l *Lease) Refused() int64 { return l.refused.Load() }

// Run waits for the lease and runs work while it is ours, again and again, until ctx
// ends; idle runs while it is not, nil for nothing. The context of both ends when that
// changes, and they must return then. At the end the lease is given up, so that who
// waits for it need not wait long.
func (l *Lease) Run(ctx context.Context, work, idle func(context.Context)) error {
	if idle == nil {
		idle = func(ctx context.Context) { <-ctx.Done() }
	}
	defer l.tries.Wait()
	for ctx.Err() == nil {
		var since time.Time
		err := beside(ctx, idle, func(ctx context.Context) (err error) {
			since, err = l.await(ctx)
			return err
		})
		if err != nil {
			return err
		}
		l.c.Log.Info("lease taken", "lease", l.c.Name, "epoch", l.epoch.Load())
		epoch := l.epoch.Load()
		err = beside(ctx, work, func(ctx context.Context) error { return l.renew(ctx, epoch, since) })
		l.epoch.Store(0)
		if ctx.Err() != nil {
			l.leave(ctx, epoch)
			return context.Cause(ctx)
		}
		l.c.Log.Error("lease lost", "lease", l.c.Name, "epoch", epoch, "err", err)
	}
	return context.Cause(ctx)
}

// beside runs f, and another beside it whose context ends with f; it waits for both.
func beside(ctx context.Context, other func(context.Context), f func(context.Context) error) error {
	inner, stop := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		other(inner)
	}()
	err := f(ctx)
	stop(cmp.Or(err, error(ErrLost)))
	<-done
	return err
}

// row is a lease as it is stored.
type row struct {
	epoch, beat int64
	holder      string
	note        string
}

// await waits until the lease is ours, and says since when at the earliest.
func (l *Lease) await(ctx context.Context) (since time.Time, err error) {
	look := time.NewTicker(l.c.Term / 10)
	defer look.Stop()
	var seen row
	var still time.Time // since when seen did not change; zero: it was not looked at
	for {
		since = time.Now()
		now, there, err := l.look(ctx)
		switch {
		case err != nil:
			still = time.Time{} // the holder cannot renew it either
		case !there || now.holder == "" || now.holder == l.c.Holder || !still.IsZero() && now.epoch == seen.epoch && now.beat == seen.beat && time.Since(still) >= l.c.Term*6/5:
			since = time.Now()
			if took, err := l.take(ctx, now, there); took && err == nil {
				return since, nil
			}
			still = time.Time{}
		case still.IsZero() || now.epoch != seen.epoch || now.beat != seen.beat:
			seen, still = now, time.Now()
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return since, context.Cause(ctx)
		}
	}
}

func (l *Lease) look(ctx context.Context) (r row, there bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.c.Term)
	defer cancel()
	all, err := states(ctx, l.c.DB)
	r, there = all[l.c.Name]
	return r, there, err
}

// take takes the lease as it was seen; false: somebody was first.
func (l *Lease) take(ctx context.Context, seen row, there bool) (took bool, err error) {
	epoch := int64(1)
	err = l.c.DB.Keep(ctx, func(tx *store.Tx) error {
		var n int64
		var err error
		if there {
			epoch = seen.epoch + 1
			n, err = tx.Exec(sqlTake, l.c.Name, l.c.Holder, seen.epoch, seen.beat)
		} else {
			n, err = tx.Exec(sqlNew, l.c.Name, l.c.Holder)
		}
		took = n == 1
		return err
	})
	if took && err == nil {
		l.epoch.Store(epoch)
	}
	return took, err
}

// renew renews the lease until it is lost. since is when it was taken or renewed last.
func (l *Lease) renew(ctx context.Context, epoch int64, since time.Time) error {
	beat := time.NewTicker(l.c.Term / 5)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		began := time.Now()
		try, cancel := context.WithDeadlineCause(ctx, since.Add(l.c.Term), ErrLost)
		answer := make(chan error, 1) // its one value never waits
		l.tries.Go(func() { answer <- l.beat(try, epoch) })
		var err error
		select {
		case err = <-answer:
		case <-try.Done(): // a store that is cut off may let us wait for longer than the term
			err = context.Cause(try)
		}
		cancel()
		switch {
		case err == nil:
			since = began
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, ErrLost) || time.Since(since) >= l.c.Term:
			return errors.Join(ErrLost, err)
		default:
			l.c.Log.Warn("lease not renewed", "lease", l.c.Name, "err", err)
		}
	}
}

// beat renews the lease once.
func (l *Lease) beat(ctx context.Context, epoch int64) error {
	return l.c.DB.Keep(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(sqlRenew, l.c.Name, epoch, l.c.Note())
		if err == nil && n == 0 {
			err = ErrLost
		}
		return err
	})
}

// leave gives the lease up.
func (l *Lease) leave(ctx context.Context, epoch int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	err := l.c.DB.Keep(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(sqlLeave, l.c.Name, epoch)
		return err
	})
	if err != nil {
		l.c.Log.Warn("lease not given up: who waits for it waits longer", "lease", l.c.Name, "err", err)
	}
}

// states are all leases by name.
func states(ctx context.Context, db *store.DB) (map[string]row, error) {
	all := map[string]row{}
	err := db.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT name, epoch, beat, holder, note FROM lease`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var r row
			if err := rows.Scan(&name, &r.epoch, &r.beat, &r.holder, &r.note); err != nil {
				return err
			}
			all[name] = r
		}
		return rows.Err()
	})
	return all, err
}
