// Package account knows who signs in: users, their passwords, sessions and API
// tokens.
//
// Passwords are kept as argon2id; the cost stands in each hash, so that it can be
// raised without a new password for everybody. A password that another person set is
// changed at the first sign-in, and one that is too old at the next. The second factor
// is TOTP, its secret sealed under the master key, no code taken twice; roles may be
// made to have one. Some failures lock a login for a
// while, many from one address make that address wait; an unknown login costs the
// same time and hears the same words as a wrong password. An attempt is counted
// before it is checked, so that no number of them at once gets past the lock.
//
// Users and tokens change only with a journal row, and so does a sign-in that
// succeeds, fails or locks; sessions and counters are machine state (store.Keep).
// Secrets of sessions and tokens are kept hashed and never logged. What a session
// may see is fengsui.ScopeOf of its user and party, worked out anew at each call,
// so that a change of role acts at once. Nobody changes rights of their own.
//
// account does not decide what a role may do (fengsui.Scope does) and knows no
// HTTP. It owns no goroutines.
package account

import (
	"context"
	"crypto/cipher"
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
	DB     *store.DB
	Master []byte // 32 bytes; a key of it seals second factors
	Party  func(fengsui.ID) *fengsui.Party
	Log    *slog.Logger

	Idle     time.Duration // a session ends when unused so long [30 min]
	Absolute time.Duration // and in any case after this [12 h]
	Failures int           // of one login before it is locked [5]
	Lock     time.Duration // for how long [15 min]
	Address  int           // failures from one address within Lock before it must wait [50]
	Sessions int           // of one person at once [10]
	Fresh    time.Duration // a grave act needs password or code given within it [10 min]
	Rules    Rules
	TOTP     []fengsui.Role // must have a second factor; nil: nobody must
	Cost     Cost           // [RFC 9106's second choice: 64 MiB, 3 passes, 4 lanes]
}

// Accounts are the users, sessions and tokens of the platform.
type Accounts struct {
	c      Config
	sealer cipher.AEAD
	common map[string]bool // passwords that are guessed first
	decoy  string          // a hash to check when there is no user
	slots  chan struct{}   // hashes under way: each takes Cost.Memory
}

// Open makes the accounts ready.
func Open(ctx context.Context, c Config) (*Accounts, error) {
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
	if c.Sessions == 0 {
		c.Sessions = 10
	}
	if c.Fresh == 0 {
		c.Fresh = 10 * time.Minute
	}
	c.Rules.defaults()
	sealer, err := newSealer(c.Master)
	if err != nil {
		return nil, err
	}
	a := &Accounts{c: c, sealer: sealer, common: commonest(), decoy: c.Cost.decoy(), slots: make(chan struct{}, hashes)}
	return a, a.recordMoved(ctx)
}

// recordMoved writes down whom a migration gave another role.
func (a *Accounts) recordMoved(ctx context.Context) error {
	var moved []fengsui.User
	err := a.c.DB.View(ctx, func(tx *store.Tx) (err error) {
		moved, err = readUsers(tx, ` WHERE u.moved = 1 ORDER BY u.id`)
		return err
	})
	if err != nil || len(moved) == 0 {
		return err
	}
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		for _, u := range moved {
			was := u
			was.Role = fengsui.RoleAdmin
			c := fengsui.Change{Of: fengsui.Ref{Kind: "user", ID: u.ID}, Act: "changed", By: fengsui.Platform("account"), Before: was, After: u,
				Why: "the administrator's rights are apart from now on: this account gives rights, others keep the system and read the journal"}
			if err := tx.Record(c); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE account_user SET moved = 0 WHERE moved = 1`)
		return err
	})
}

// Idle is how long a session lives unused.
func (a *Accounts) Idle() time.Duration { return a.c.Idle }

// Fresh is how long a grave act may follow the giving of password or code.
func (a *Accounts) Fresh() time.Duration { return a.c.Fresh }

func now() fengsui.Millis { return fengsui.At(time.Now()) }
