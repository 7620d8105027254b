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
	ID       fengsui.ID // of the session, empty for a token
	User     fengsui.User
	Scope    fengsui.Scope
	Party    fengsui.Party
	ReadOnly bool           // a token that may only look
	Token    fengsui.ID     // the API token, empty for a signed-in person
	Until    fengsui.Millis // ends then, or earlier when unused
	ProvedAt fengsui.Millis // when the person last gave password or code; 0 for a token
	Must     Must           // what the person has to do before anything else
}

// Must is what a person has to do before anything else; empty: nothing.
type Must string

const (
	MustPassword Must = "password" // change a password that another set, or that is too old
	MustTOTP     Must = "totp"     // set up the second factor that the role needs
)

// Credentials are what a person signs in with, and from where.
type Credentials struct {
	Login, Password string
	Code            string // of the authenticator, or a recovery code; empty: none was given
	From            string // remote address
	Agent           string // what the browser calls itself
	Old             string // secret of the session that the browser had; it ends
}

// usedStep is how exactly the last use of a session is written down.
const usedStep = fengsui.Span(60_000)

var (
	errLogin   = fengsui.Errorf(fengsui.Forbidden, "wrong_login", "login or password is wrong")
	errSession = fengsui.Errorf(fengsui.Forbidden, "session", "the session is over; please sign in again")
	errToken   = fengsui.Errorf(fengsui.Forbidden, "session", "the token is unknown, over or revoked")
	errWall    = fengsui.Errorf(fengsui.Forbidden, "wall_over", "the link of this wall is unknown, over or revoked; ask the security administrator for a new one")
	errLocked  = fengsui.Errorf(fengsui.Forbidden, "locked", "this login is locked after too many failures; try again later, or ask an administrator")
	errSlow    = fengsui.Errorf(fengsui.Unavailable, "slow_down", "too many sign-ins failed from your address; try again later")
)

// SignIn opens a session under a new secret, which is the cookie; only its digest is
// kept. A person has at most Config.Sessions at once: one more ends the one that was
// unused for longest.
func (a *Accounts) SignIn(ctx context.Context, c Credentials) (secret string, s Session, err error) {
	login := strings.ToLower(strings.TrimSpace(c.Login))
	u, hash, err := a.byLogin(ctx, login)
	if err != nil {
		return "", s, err
	}
	by := fengsui.Actor{User: u.ID, Name: u.Name, Role: u.Role, From: c.From}
	if u.ID == "" {
		by.Name, hash = "unknown login", a.decoy // what was typed may be a password
	}
	tries, err := a.count(ctx, login, c.From)
	if err != nil {
		return "", s, err
	}
	ok, again, err := a.matches(ctx, hash, c.Password)
	if err != nil {
		return "", s, err
	}
	ok = ok && u.ID != "" && !u.Disabled
	if ok {
		if s, err = a.session(u); err != nil {
			return "", s, err
		}
		if again {
			if hash, err = a.newHash(ctx, c.Password); err != nil {
				return "", s, err
			}
		}
		secret, s.Until = newSecret(), now().Add(fengsui.SpanOf(a.c.Absolute))
		s.ID, s.ProvedAt = fengsui.NewID(), now()
	}
	var refuse error
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		refuse = nil
		note := func(act string, after any) error {
			return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "sign_in", ID: u.ID}, Act: act, By: by, After: after})
		}
		failed := func(err error) error {
			refuse = err
			if tries >= a.c.Failures {
				return note("login_locked", nil)
			}
			return note("sign_in_failed", nil)
		}
		if !ok {
			return failed(errLogin)
		}
		f, _, err := a.factor(tx, u.ID)
		if err != nil {
			return err
		}
		signed := map[string]any{}
		if f.since > 0 {
			if c.Code == "" {
				refuse = errNeedCode // the first half went well: it is no failure
				if err := forgive(tx, login, c.From); err != nil {
					return err
				}
				return note("code_asked", nil)
			}
			how, err := a.spend(tx, u.ID, f, c.Code)
			if err != nil {
				return err
			}
			if how == "" {
				return failed(errCode)
			}
			signed["factor"] = how
		}
		if err := forgive(tx, login, c.From); err != nil {
			return err
		}
		if again {
			if _, err := tx.Exec(`UPDATE account_user SET password = $1 WHERE id = $2`, hash, u.ID); err != nil {
				return err
			}
		}
		// The age of a password of before its time was kept counts from here.
		if _, err := tx.Exec(`UPDATE account_user SET password_at = $1 WHERE id = $2 AND password_at = 0`, s.ProvedAt, u.ID); err != nil {
			return err
		}
		ended, err := a.begin(tx, s, secret, c)
		if err != nil {
			return err
		}
		if ended > 0 {
			signed["sessionsEnded"] = ended
		}
		if s.Must, err = a.must(tx, u, f); err != nil {
			return err
		}
		if len(signed) == 0 {
			return note("signed_in", nil)
		}
		return note("signed_in", signed)
	})
	if err == nil {
		err = refuse
	}
	if err != nil {
		return "", Session{}, err
	}
	return secret, s, nil
}

// begin keeps a new session, and ends those that are over, the one that the browser
// had, and of the person's others the ones too many.
func (a *Accounts) begin(tx *store.Tx, s Session, secret string, c Credentials) (ended int, err error) {
	t := s.ProvedAt
	if _, err := tx.Exec(`DELETE FROM session WHERE until <= $1 OR used_at <= $2 OR secret = $3`, t, t.Add(-fengsui.SpanOf(a.c.Idle)-usedStep), digest(c.Old)); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`INSERT INTO session (secret, id, user_id, began_at, used_at, proved_at, until, remote, agent) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		digest(secret), s.ID, s.User.ID, t, t, t, s.Until, cut(c.From, 64), cut(c.Agent, 200)); err != nil {
		return 0, err
	}
	rows, err := tx.Query(`SELECT id FROM session WHERE user_id = $1 AND id <> $2 ORDER BY used_at DESC, id DESC LIMIT 1000 OFFSET $3`, s.User.ID, s.ID, a.c.Sessions-1)
	if err != nil {
		return 0, err
	}
	var over []fengsui.ID
	for rows.Next() {
		var id fengsui.ID
		if err := rows.Scan(&id); err != nil {
			return 0, errors.Join(err, rows.Close())
		}
		over = append(over, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	for _, id := range over {
		if _, err := tx.Exec(`DELETE FROM session WHERE id = $1`, id); err != nil {
			return 0, err
		}
	}
	return len(over), nil
}

// cut is a text of at most n bytes, whole characters of UTF-8 alone.
func cut(s string, n int) string {
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}

// forgive takes back what count counted: the attempt was right.
func forgive(tx *store.Tx, login, from string) error {
	if _, err := tx.Exec(`DELETE FROM failure WHERE who = $1`, "login:"+login); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE failure SET count = count - 1, until = 0 WHERE who = $1`, "from:"+from)
	return err
}

// must is what a person has to do first.
func (a *Accounts) must(tx *store.Tx, u fengsui.User, f factor) (m Must, err error) {
	var initial bool
	var at fengsui.Millis
	if err := tx.QueryRow(`SELECT initial, password_at FROM account_user WHERE id = $1`, u.ID).Scan(&initial, &at); err != nil {
		return "", err
	}
	return a.mustOf(u.Role, initial, at, f.since), nil
}

func (a *Accounts) mustOf(r fengsui.Role, initial bool, passwordAt, factorSince fengsui.Millis) Must {
	switch age := a.c.Rules.Age; {
	case initial || age > 0 && passwordAt > 0 && now() >= passwordAt.Add(fengsui.SpanOf(age)):
		return MustPassword
	case factorSince == 0 && a.needsFactor(r):
		return MustTOTP
	}
	return ""
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
	found, used, err := a.find(ctx, secret)
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
	s, err := a.session(found.User)
	s.ID, s.Until, s.ProvedAt, s.Must = found.ID, found.Until, found.ProvedAt, found.Must
	return s, err
}

// Alive reports whether a session is still there, without making it last longer.
// When the store cannot say, it is.
func (a *Accounts) Alive(ctx context.Context, secret string) bool {
	_, _, err := a.find(ctx, secret)
	return err == nil || !errors.Is(err, errSession)
}

// find reads a session's row; scope and party are not worked out.
func (a *Accounts) find(ctx context.Context, secret string) (s Session, used fengsui.Millis, err error) {
	var initial bool
	var passwordAt, since fengsui.Millis
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		return scanUser(tx.QueryRow(`SELECT `+userColumns+`, s.id, s.used_at, s.until, s.proved_at, u.initial, u.password_at, COALESCE(f.since, 0)
			FROM session s JOIN account_user u ON u.id = s.user_id LEFT JOIN account_totp f ON f.user_id = u.id WHERE s.secret = $1`, digest(secret)),
			&s.User, &s.ID, &used, &s.Until, &s.ProvedAt, &initial, &passwordAt, &since)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return s, 0, errSession
	}
	if t := now(); err == nil && (t >= s.Until || t >= used.Add(fengsui.SpanOf(a.c.Idle)) || s.User.Disabled) {
		err = errSession
	}
	s.Must = a.mustOf(s.User.Role, initial, passwordAt, since)
	return s, used, err
}

// Prove takes the caller's password, or a code of their second factor, once more:
// what they do in the next Config.Fresh may be grave. A wrong one counts like a
// failed sign-in.
func (a *Accounts) Prove(ctx context.Context, s fengsui.Scope, by fengsui.Actor, secret, password, code string) error {
	if secret == "" {
		return errByToken
	}
	u, err := a.verify(ctx, s, by, password, code)
	if err != nil {
		return err
	}
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		if err := forgive(tx, u.Login, by.From); err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE session SET proved_at = $1 WHERE secret = $2`, now(), digest(secret))
		if err == nil && n == 0 {
			err = errSession
		}
		if err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "sign_in", ID: u.ID}, Act: "proved", By: by})
	})
}

// verify checks that the caller is who signed in: by code when one is given, else by
// password. What is wrong is counted and journalled.
func (a *Accounts) verify(ctx context.Context, s fengsui.Scope, by fengsui.Actor, password, code string) (fengsui.User, error) {
	var u fengsui.User
	var hash string
	err := a.c.DB.View(ctx, func(tx *store.Tx) (err error) {
		u, hash, err = user(tx, s.User)
		return err
	})
	if err != nil {
		return u, err
	}
	if _, err := a.count(ctx, u.Login, by.From); err != nil {
		return u, err
	}
	by.Key = "" // the call's key is for what succeeds
	note := func(tx *store.Tx, act string) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "sign_in", ID: u.ID}, Act: act, By: by})
	}
	if code == "" {
		ok, _, err := a.matches(ctx, hash, password)
		if err != nil || ok {
			return u, err
		}
		if err := a.c.DB.Change(ctx, func(tx *store.Tx) error { return note(tx, "proof_failed") }); err != nil {
			return u, err
		}
		return u, fengsui.Errorf(fengsui.Invalid, "wrong_password", "the password is wrong")
	}
	how := ""
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		f, _, err := a.factor(tx, u.ID)
		if err == nil && f.since > 0 {
			how, err = a.spend(tx, u.ID, f, code)
		}
		if err != nil {
			return err
		}
		if how == "" {
			return note(tx, "proof_failed")
		}
		return note(tx, "code_spent")
	})
	if err == nil && how == "" {
		err = fengsui.Errorf(fengsui.Invalid, "totp_code", "%s", errCode.Message)
	}
	return u, err
}

// SignedIn (登录会话) is a session as its owner sees it.
type SignedIn struct {
	ID      fengsui.ID     `json:"id"`
	BeganAt fengsui.Millis `json:"beganAt"`
	UsedAt  fengsui.Millis `json:"usedAt"` // to the minute
	Until   fengsui.Millis `json:"until"`
	From    string         `json:"from"`    // remote address
	Agent   string         `json:"agent"`   // what the browser calls itself
	Current bool           `json:"current"` // the one that asks
}

// Sessions lists the caller's own sessions, newest use first, and how many there
// are; own is the one that asks.
func (a *Accounts) Sessions(ctx context.Context, s fengsui.Scope, own fengsui.ID, p fengsui.Page) (list []SignedIn, total int, err error) {
	t := now()
	args := []any{s.User, t, t.Add(-fengsui.SpanOf(a.c.Idle))}
	const from = ` FROM session WHERE user_id = $1 AND until > $2 AND used_at > $3`
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*)`+from, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT id, began_at, used_at, until, remote, agent`+from+` ORDER BY used_at DESC, id DESC`+limit(p), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var x SignedIn
			if err := rows.Scan(&x.ID, &x.BeganAt, &x.UsedAt, &x.Until, &x.From, &x.Agent); err != nil {
				return err
			}
			x.Current = x.ID == own
			list = append(list, x)
		}
		return rows.Err()
	})
	return list, total, err
}

// EndSession ends one of the caller's own sessions.
func (a *Accounts) EndSession(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`DELETE FROM session WHERE id = $1 AND user_id = $2`, id, s.User)
		if err != nil {
			return err
		}
		if n == 0 {
			return fengsui.Errorf(fengsui.NotFound, "no_session", "there is no such session, or it is over already")
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "sign_in", ID: s.User}, Act: "session_ended", By: by})
	})
}

// EndOthers ends every session of the caller but the one that asks.
func (a *Accounts) EndOthers(ctx context.Context, s fengsui.Scope, by fengsui.Actor, secret string) error {
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		if err := endSessions(tx, s.User, digest(secret)); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "sign_in", ID: s.User}, Act: "sessions_ended", By: by})
	})
}

// SignOut ends a session. One that is over already is no error.
func (a *Accounts) SignOut(ctx context.Context, secret string) error {
	return a.c.DB.Keep(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM session WHERE secret = $1`, digest(secret))
		return err
	})
}

// Bearer finds an API token by its secret. The link of a wall is none.
func (a *Accounts) Bearer(ctx context.Context, secret string) (Session, error) {
	return a.token(ctx, digest(secret), errToken)
}

// Wall finds the link of a wall by its secret.
func (a *Accounts) Wall(ctx context.Context, secret string) (Session, error) {
	return a.token(ctx, wallDigest(secret), errWall)
}

// OpenWall is Wall where a screen begins to show it, which the journal keeps.
func (a *Accounts) OpenWall(ctx context.Context, by fengsui.Actor, secret string) (Session, error) {
	s, err := a.Wall(ctx, secret)
	if err != nil {
		return s, err
	}
	by.User, by.Name, by.Role = s.User.ID, s.User.Name, s.User.Role
	return s, a.c.DB.Change(ctx, func(tx *store.Tx) error {
		return record(tx, by, "token", s.Token, "wall_opened", nil, nil)
	})
}

// wallDigest is under what the secret of a wall's link is kept: no digest of another
// token is like it.
func wallDigest(secret string) string { return digest("wall " + secret) }

// token finds a token that is good still by what its secret is kept under.
func (a *Accounts) token(ctx context.Context, kept string, refuse error) (Session, error) {
	var u fengsui.User
	var t Token
	err := a.c.DB.View(ctx, func(tx *store.Tx) error {
		return scanUser(tx.QueryRow(`SELECT `+userColumns+`, t.id, t.name, t.least, t.read_only, t.wall, t.until FROM account_token t JOIN account_user u ON u.id = t.user_id
			WHERE t.secret = $1 AND t.revoked_at = 0`, kept), &u, &t.ID, &t.Name, &t.Least, &t.ReadOnly, &t.Wall, &t.Until)
	})
	if errors.Is(err, sql.ErrNoRows) || err == nil && (u.Disabled || now() >= t.Until || t.Wall && u.Role != fengsui.RoleLeader) {
		return Session{}, refuse
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
