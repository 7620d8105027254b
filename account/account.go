// Package account knows who signs in: users, their passwords, sessions and API
// tokens.
//
// Passwords are kept as argon2id; the cost stands in each hash, so that it can be
// raised without a new password for everybody. Some failures lock a login for a
// while, many from one address make that address wait; an unknown login costs the
// same time and hears the same words as a wrong password. An attempt is counted
// before it is checked, so that no number of them at once gets past the lock.
//
// Users and tokens change only with a journal row, and so does a sign-in that
// succeeds, fails or locks; sessions and counters are machine state (store.Keep).
// Secrets of sessions and tokens are kept hashed and never logged. What a session
// may see is fengsui.ScopeOf of its user and party, worked out anew at each call,
// so that a change of role acts at once.
//
// account does not decide what a role may do (fengsui.Scope does) and knows no
// HTTP. It owns no goroutines.
package account

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what account keeps.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "account", FS: sub, Kept: []string{"session", "failure"}}
}

// Config says how strict sign-in is. Zero fields take the default in brackets.
type Config struct {
	DB    *store.DB
	Party func(fengsui.ID) *fengsui.Party
	Log   *slog.Logger

	Idle     time.Duration // a session ends when unused so long [30 min]
	Absolute time.Duration // and in any case after this [12 h]
	Failures int           // of one login before it is locked [5]
	Lock     time.Duration // for how long [15 min]
	Address  int           // failures from one address within Lock before it must wait [50]
	Cost     Cost          // [RFC 9106's second choice: 64 MiB, 3 passes, 4 lanes]
}

// Accounts are the users, sessions and tokens of the platform.
type Accounts struct {
	c     Config
	decoy string        // a hash to check when there is no user
	slots chan struct{} // hashes under way: each takes Cost.Memory
}

// Open makes the accounts ready.
func Open(_ context.Context, c Config) (*Accounts, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Idle == 0 {
		c.Idle = 30 * time.Minute
	}
	if c.Absolute == 0 {
		c.Absolute = 12 * time.Hour
	}
	if c.Failures == 0 {
		c.Failures = 5
	}
	if c.Lock == 0 {
		c.Lock = 15 * time.Minute
	}
	if c.Address == 0 {
		c.Address = 50
	}
	if c.Cost == (Cost{}) {
		c.Cost = Cost{Memory: 64 << 10, Passes: 3, Lanes: 4}
	}
	return &Accounts{c: c, decoy: c.Cost.hash(newSecret()), slots: make(chan struct{}, hashes)}, nil
}

// Idle is how long a session lives unused.
func (a *Accounts) Idle() time.Duration { return a.c.Idle }

func now() fengsui.Millis { return fengsui.At(time.Now()) }
