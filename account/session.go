package account

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"fengsui"
	"fengsui/store"
)

// Session is a signed-in person or an API token at work.
type Session struct {
	User     fengsui.User
	Scope    fengsui.Scope
	Party    fengsui.Party
	ReadOnly bool           // a token that may only look
	Token    fengsui.ID     // the API token, empty for a signed-in person
	Until    fengsui.Millis // ends then, or earlier when unused
}

// usedStep is how exactly the last use of a session is written down.
const usedStep = fengsui.Span(60_000)

var (
	errLogin   = fengsui.Errorf(fengsui.Forbidden, "wrong_login", "login or password is wrong")
	errSession = fengsui.Errorf(fengsui.Forbidden, "session", "the session is over; please sign in again")
	errToken   = fengsui.Errorf(fengsui.Forbidden, "session", "the token is unknown, over or revoked")
	errLocked  = fengsui.Errorf(fengsui.Forbidden, "locked", "this login is locked after too many failures; try again later, or ask an administrator")
	errSlow    = fengsui.Errorf(fengsui.Unavailable, "slow_down", "too many sign-ins failed from your address; try again later")
)

// SignIn opens a session. Its secret is the cookie; only its digest is kept.
func (a *Accounts) SignIn(ctx context.Context, login, password, from string) (secret string, s Session, err error) {
	login = strings.ToLower(strings.TrimSpace(login))
	u, hash, err := a.byLogin(ctx, login)
	if err != nil {
		return "", s, err
	}
	by := fengsui.Actor{User: u.ID, Name: u.Name, Role: u.Role, From: from}
	if u.ID == "" {
		by.Name, hash = "unknown login", a.decoy // what was typed may be a password
	}
	tries, err := a.count(ctx, login, from)
	if err != nil {
		return "", s, err
	}
	ok, again, err := a.matches(ctx, hash, password)
	if err != nil {
		return "", s, err
	}
	ok = ok && u.ID != "" && !u.Disabled
	if ok {
		if s, err = a.session(u); err != nil {
			return "", s, err
		}
		if again {
			if hash, err = a.newHash(ctx, password); err != nil {
				return "", s, err
			}
		}
		secret, s.Until = newSecret(), now().Add(fengsui.SpanOf(a.c.Absolute))
	}
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		of := fengsui.Ref{Kind: "sign_in", ID: u.ID}
		if !ok {
			act := "sign_in_failed"
			if tries >= a.c.Failures {
				act = "login_locked"
			}
			return tx.Record(fengsui.Change{Of: of, Act: act, By: by})
		}
		t := now()
		if _, err := tx.Exec(`DELETE FROM failure WHERE who = $1`, "login:"+login); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE failure SET count = count - 1, until = 0 WHERE who = $1`, "from:"+from); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM session WHERE until <= $1 OR used_at <= $2`, t, t.Add(-fengsui.SpanOf(a.c.Idle)-usedStep)); err != nil {
			return err
		}
		if again {
			if _, err := tx.Exec(`UPDATE account_user SET password = $1 WHERE id = $2`, hash, u.ID); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`INSERT INTO session (secret, user_id, used_at, until) VALUES ($1,$2,$3,$4)`, digest(secret), u.ID, t, s.Until); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: of, Act: "signed_in", By: by})
	})
	if err != nil {
		return "", Session{}, err
	}
	if !ok {
		return "", Session{}, errLogin
	}
	return secret, s, nil
}

// byLogin finds a user and the password's hash; no user is no error.
func (a *Accounts) byLogin(ctx context.Context, login string) (u fengsui.User, hash string, err error) {
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		return scanUser(tx.QueryRow(`SELECT `+userColumns+`, u.password FROM account_user u WHERE u.login = $1`, login), &u, &hash)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return fengsui.User{}, "", nil
	}
	return u, hash, err
}

// count counts an attempt before it is checked, and refuses it when its login or
// address is locked. tries is how many the login has used up.
func (a *Accounts) count(ctx context.Context, login, from string) (tries int, err error) {
	var refuse error
	err = a.c.DB.Keep(ctx, func(tx *store.Tx) error {
		refuse = nil
		t := now()
		if _, err := tx.Exec(`DELETE FROM failure WHERE until > 0 AND until <= $1 OR until = 0 AND first <= $2`, t, t.Add(-fengsui.SpanOf(a.c.Lock))); err != nil {
			return err
		}
		for _, x := range []struct {
			who  string
			most int
			err  error
		}{{"from:" + from, a.c.Address, errSlow}, {"login:" + login, a.c.Failures, errLocked}} {
			var until fengsui.Millis
			err := tx.QueryRow(`SELECT count, until FROM failure WHERE who = $1`, x.who).Scan(&tries, &until)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			if err != nil {
				tries = 0
			}
			if until > t || tries >= x.most {
				refuse = x.err
				return nil
			}
			tries++
			until = 0
			if tries >= x.most {
				until = t.Add(fengsui.SpanOf(a.c.Lock))
			}
			if _, err := tx.Exec(`INSERT INTO failure (who, count, first, until) VALUES ($1,$2,$3,$4)
				ON CONFLICT (who) DO UPDATE SET count = excluded.count, until = excluded.until`, x.who, tries, t, until); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = refuse
	}
	return tries, err
}

// session is what a user may see now.
func (a *Accounts) session(u fengsui.User) (Session, error) {
	p := a.c.Party(u.Party)
	if p == nil {
		return Session{}, fengsui.Errorf(fengsui.Forbidden, "no_party", "your account belongs to no party of the district; ask an administrator")
	}
	return Session{User: u, Party: *p, Scope: fengsui.ScopeOf(u.ID, u.Role, p, u.Least)}, nil
}

// Session finds a session by its secret and makes it last on.
func (a *Accounts) Session(ctx context.Context, secret string) (Session, error) {
	u, used, until, err := a.find(ctx, secret)
	if err != nil {
		return Session{}, err
	}
	t := now()
	if t >= used.Add(usedStep) {
		err := a.c.DB.Keep(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE session SET used_at = $1 WHERE secret = $2 AND used_at < $1`, t, digest(secret))
			return err
		})
		if err != nil {
			// Reading goes on while nothing can be written; the session may end early.
			a.c.Log.Warn("session not prolonged", "err", err)
		}
	}
	s, err := a.session(u)
	s.Until = until
	return s, err
}

// Alive reports whether a session is still there, without making it last longer.
// When the store cannot say, it is.
func (a *Accounts) Alive(ctx context.Context, secret string) bool {
	_, _, _, err := a.find(ctx, secret)
	return err == nil || !errors.Is(err, errSession)
}

func (a *Accounts) find(ctx context.Context, secret string) (u fengsui.User, used, until fengsui.Millis, err error) {
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		return scanUser(tx.QueryRow(`SELECT `+userColumns+`, s.used_at, s.until FROM session s JOIN account_user u ON u.id = s.user_id WHERE s.secret = $1`, digest(secret)), &u, &used, &until)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return u, 0, 0, errSession
	}
	if t := now(); err == nil && (t >= until || t >= used.Add(fengsui.SpanOf(a.c.Idle)) || u.Disabled) {
		err = errSession
	}
	return u, used, until, err
}

// SignOut ends a session. One that is over already is no error.
func (a *Accounts) SignOut(ctx context.Context, secret string) error {
	return a.c.DB.Keep(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM session WHERE secret = $1`, digest(secret))
		return err
	})
}

// Bearer finds an API token by its secret.
func (a *Accounts) Bearer(ctx context.Context, secret string) (Session, error) {
	var u fengsui.User
	var t Token
	err := a.c.DB.View(ctx, func(tx *store.Tx) error {
		return scanUser(tx.QueryRow(`SELECT `+userColumns+`, t.id, t.name, t.least, t.read_only, t.until FROM account_token t JOIN account_user u ON u.id = t.user_id
			WHERE t.secret = $1 AND t.revoked_at = 0`, digest(secret)), &u, &t.ID, &t.Name, &t.Least, &t.ReadOnly, &t.Until)
	})
	if errors.Is(err, sql.ErrNoRows) || err == nil && (u.Disabled || now() >= t.Until) {
		return Session{}, errToken
	}
	if err != nil {
		return Session{}, err
	}
	u.Least = max(u.Least, t.Least)
	s, err := a.session(u)
	s.User.Name += " (" + t.Name + ")"
	s.ReadOnly, s.Token, s.Until = t.ReadOnly, t.ID, t.Until
	return s, err
}
