// Package account knows who signs in: users, their passwords, sessions and API
// tokens.
//
// Passwords are kept as argon2id; the cost stands in each hash, so that it can be
// raised without a new password for everybody. Five failures lock a login for a
// while, many failures from one address slow that address; an unknown login costs
// the same time and hears the same words as a wrong password. Users and tokens
// change only with a journal row; sessions are machine state (store.Keep), their
// secrets are kept hashed and never logged. What a session may see is
// fengsui.ScopeOf of its user and party, worked out anew at each request, so that
// a change of role acts at once.
//
// account does not decide what a role may do (fengsui.Scope does) and knows no
// HTTP. It owns no goroutines.
package account

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"sync"
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

// Cost is what one argon2id hash costs.
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32
	Threads uint8
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
	Address  int           // failures of one address within Lock before it must wait [50]
	Cost     Cost          // [64 MiB, 1 pass, 2 threads]: RFC 9106 asks 64 MiB and 3; see decision in the hash itself
}

// Accounts are the users, sessions and tokens of the platform.
type Accounts struct {
	c     Config
	decoy string        // a hash nobody knows the password of
	slots chan struct{} // hashes under way: each takes Cost.Memory

	mu   sync.Mutex
	seen map[string]fengsui.Millis // guarded by mu: when a session was last written as used
}

// Session is a signed-in person or an API token at work.
type Session struct {
	User     fengsui.User
	Scope    fengsui.Scope
	Party    fengsui.Party
	ReadOnly bool           // a token that may only look
	Token    fengsui.ID     // the API token, empty for a signed-in person
	Until    fengsui.Millis // ends then, or earlier when unused

	id string
}

// Token (接口令牌) is an API token, without its secret.
type Token struct {
	ID       fengsui.ID     `json:"id"`
	User     fengsui.ID     `json:"user"`
	Name     string         `json:"name"`
	Least    fengsui.Level  `json:"least"`
	ReadOnly bool           `json:"readOnly"`
	IssuedAt fengsui.Millis `json:"issuedAt"`
	Until    fengsui.Millis `json:"until"`
	Revoked  bool           `json:"revoked"`
}

var _ = context.Background
