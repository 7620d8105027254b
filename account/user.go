package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"fengsui"
	"fengsui/store"
)

const userColumns = `u.id, u.login, u.name, u.role, u.party, u.least, u.disabled, u.lead, u.version`

type scanner interface{ Scan(...any) error }

func scanUser(row scanner, u *fengsui.User, more ...any) error {
	return row.Scan(append([]any{&u.ID, &u.Login, &u.Name, &u.Role, &u.Party, &u.Least, &u.Disabled, &u.Lead, &u.Version}, more...)...)
}

// seats says at which parties a role may sit: a wrong one would see the whole
// district.
var seats = map[fengsui.Role][]fengsui.PartyKind{
	fengsui.RoleDuty:       {fengsui.Operator},
	fengsui.RoleShift:      {fengsui.Operator},
	fengsui.RoleEnterprise: {fengsui.Firm},
	fengsui.RoleZone:       {fengsui.Zone},
	fengsui.RoleRegulator:  {fengsui.Regulator},
	fengsui.RoleBureau:     {fengsui.Bureau},
	fengsui.RoleCommittee:  {fengsui.Committee},
	fengsui.RoleLeader:     {fengsui.Bureau, fengsui.Committee},
	fengsui.RoleDiscipline: {fengsui.Discipline},
	fengsui.RoleAdmin:      {fengsui.Operator, fengsui.Bureau},
	fengsui.RoleSecurity:   {fengsui.Operator, fengsui.Bureau},
	fengsui.RoleAuditor:    {fengsui.Operator, fengsui.Bureau, fengsui.Committee, fengsui.Discipline},
}

var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{1,79}$`)

func (a *Accounts) check(u *fengsui.User) error {
	u.Name = strings.TrimSpace(u.Name)
	if u.Name == "" || len(u.Name) > 80 {
		return fengsui.Errorf(fengsui.Invalid, "user_name", "an account needs a name of at most 80 bytes")
	}
	if u.Least > fengsui.Red {
		return fengsui.Errorf(fengsui.Invalid, "user_least", "there is no such level")
	}
	kinds, ok := seats[u.Role]
	if !ok {
		return fengsui.Errorf(fengsui.Invalid, "user_role", "there is no role %q", u.Role)
	}
	if s := (fengsui.Scope{Role: u.Role}); u.Lead && !s.May(fengsui.ActPeople, fengsui.None) {
		return fengsui.Errorf(fengsui.Invalid, "user_lead", "the role %s does not answer for the accounts of others", u.Role)
	}
	p := a.c.Party(u.Party)
	if p == nil {
		return fengsui.Errorf(fengsui.Invalid, "user_party", "there is no such party")
	}
	if !slices.Contains(kinds, p.Kind) {
		return fengsui.Errorf(fengsui.Invalid, "user_seat", "the role %s does not sit at %s (%s); it sits at: %v", u.Role, p.Name, p.Kind, kinds)
	}
	return nil
}

// Users lists accounts by login, and how many there are in all; text, in the login or
// the name, narrows them.
func (a *Accounts) Users(ctx context.Context, s fengsui.Scope, text string, p fengsui.Page) (list []fengsui.User, total int, err error) {
	if err := s.Allow(fengsui.ActAccounts, fengsui.None); err != nil {
		return nil, 0, err
	}
	var where string
	var args []any
	if text != "" {
		where, args = ` WHERE (LOWER(u.login) LIKE $1 ESCAPE '\' OR LOWER(u.name) LIKE $1 ESCAPE '\')`, []any{store.Like(text)}
	}
	return a.users(ctx, where, p, args...)
}

// users is a page of accounts by login, and how many there are in all.
func (a *Accounts) users(ctx context.Context, where string, p fengsui.Page, args ...any) (list []fengsui.User, total int, err error) {
	err = a.c.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM account_user u`+where, args...).Scan(&total); err != nil {
			return err
		}
		list, err = readUsers(tx, where+` ORDER BY u.login`+limit(p), args...)
		return err
	})
	return list, total, err
}

// readUsers reads the accounts that the end of a query chooses.
func readUsers(tx *store.Tx, end string, args ...any) (list []fengsui.User, err error) {
	rows, err := tx.Query(`SELECT `+userColumns+` FROM account_user u`+end, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u fengsui.User
		if err := scanUser(rows, &u); err != nil {
			return nil, err
		}
		list = append(list, u)
	}
	return list, rows.Err()
}

func limit(p fengsui.Page) string {
	n := p.Limit
	if n <= 0 || n > 1000 {
		n = 1000
	}
	return fmt.Sprintf(" LIMIT %d OFFSET %d", n, max(p.Offset, 0))
}

// User reads one account.
func (a *Accounts) User(ctx context.Context, s fengsui.Scope, id fengsui.ID) (u fengsui.User, err error) {
	if err := s.Allow(fengsui.ActAccounts, fengsui.None); err != nil {
		return u, err
	}
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		u, _, err = user(tx, id)
		return err
	})
	return u, err
}

func user(tx *store.Tx, id fengsui.ID) (u fengsui.User, hash string, err error) {
	err = scanUser(tx.QueryRow(`SELECT `+userColumns+`, u.password FROM account_user u WHERE u.id = $1`, id), &u, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = fengsui.Errorf(fengsui.NotFound, "no_user", "there is no such account")
	}
	return u, hash, err
}

func record(tx *store.Tx, by fengsui.Actor, kind string, id fengsui.ID, act string, before, after any) error {
	return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: kind, ID: id}, Act: act, By: by, Before: before, After: after})
}

// CreateUser makes an account. A password that another person chose is changed at the
// first sign-in; one that came from the machine's own command line stays. Without one
// nobody signs in before the person sets it by a link (Invite).
func (a *Accounts) CreateUser(ctx context.Context, s fengsui.Scope, by fengsui.Actor, u fengsui.User, password string) (fengsui.User, error) {
	if err := s.Allow(fengsui.ActAccounts, fengsui.None); err != nil {
		return u, err
	}
	u.ID, u.Version, u.Login = fengsui.NewID(), 1, strings.ToLower(strings.TrimSpace(u.Login))
	if err := a.checkNew(&u); err != nil {
		return u, err
	}
	at, initial := now(), by.User != ""
	if password == "" {
		password, at, initial = newSecret(), neverSet, false // nobody knows it
	} else if err := a.c.Rules.check(u.Login, password, a.common); err != nil {
		return u, err
	}
	hash, err := a.newHash(ctx, password)
	if err != nil {
		return u, err
	}
	return u, a.c.DB.Change(ctx, func(tx *store.Tx) error { return insert(tx, by, u, hash, at, initial) })
}

// checkNew is check of an account that there is not yet.
func (a *Accounts) checkNew(u *fengsui.User) error {
	if !loginForm.MatchString(u.Login) {
		return fengsui.Errorf(fengsui.Invalid, "user_login", "a login has 2 to 80 of a-z, 0-9, point, hyphen, underscore and @")
	}
	return a.check(u)
}

// insert keeps a new account; initial says that its password must be changed.
func insert(tx *store.Tx, by fengsui.Actor, u fengsui.User, hash string, at fengsui.Millis, initial bool) error {
	_, err := tx.Exec(`INSERT INTO account_user (id, login, name, role, party, least, disabled, lead, password, version, password_at, initial) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
		u.ID, u.Login, u.Name, u.Role, u.Party, int64(u.Least), flag(u.Disabled), flag(u.Lead), hash, u.Version, at, flag(initial))
	if store.Unique(err) {
		return fengsui.Errorf(fengsui.Conflict, "login_taken", "there is an account with the login %s already", u.Login)
	}
	if err != nil {
		return err
	}
	return record(tx, by, "user", u.ID, "created", nil, u)
}

// ChangeUser changes name, role, party, least level and whether the account is
// switched off. u names the version it saw.
func (a *Accounts) ChangeUser(ctx context.Context, s fengsui.Scope, by fengsui.Actor, u fengsui.User) (fengsui.User, error) {
	if err := s.Allow(fengsui.ActAccounts, fengsui.None); err != nil {
		return u, err
	}
	err := a.c.DB.Change(ctx, func(tx *store.Tx) error {
		was, _, err := user(tx, u.ID)
		if err != nil {
			return err
		}
		u.Login = was.Login
		if err := a.check(&u); err != nil {
			return err
		}
		if u.ID == s.User && (u.Role != was.Role || u.Party != was.Party || u.Least != was.Least || u.Disabled != was.Disabled || u.Lead != was.Lead) {
			return errOwnRights
		}
		if was.Version != u.Version {
			return fengsui.Errorf(fengsui.Conflict, "changed", "the account has changed since you looked; look again")
		}
		u.Version++
		if n, err := tx.Exec(`UPDATE account_user SET name=$1, role=$2, party=$3, least=$4, disabled=$5, lead=$6, version=$7 WHERE id=$8 AND version=$9`,
			u.Name, u.Role, u.Party, int64(u.Least), flag(u.Disabled), flag(u.Lead), u.Version, u.ID, was.Version); err != nil || n != 1 {
			return errors.Join(err, checkOne(n))
		}
		if u.Disabled {
			if err := endSessions(tx, u.ID, ""); err != nil {
				return err
			}
		}
		var left int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM account_user WHERE role = $1 AND disabled = 0`, fengsui.RoleSecurity).Scan(&left); err != nil {
			return err
		}
		if left == 0 && was.Role == fengsui.RoleSecurity && !was.Disabled {
			return fengsui.Errorf(fengsui.Conflict, "last_admin", "this is the last security administrator, without whom nobody could give rights; make another one first")
		}
		return record(tx, by, "user", u.ID, "changed", was, u)
	})
	return u, err
}

func checkOne(n int64) error {
	if n == 1 {
		return nil
	}
	return fmt.Errorf("account: %d rows were changed instead of one", n)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// endSessions ends a user's sessions but one.
func endSessions(tx *store.Tx, user fengsui.ID, but string) error {
	_, err := tx.Exec(`DELETE FROM session WHERE user_id = $1 AND secret <> $2`, user, but)
	return err
}

// SetPassword sets another's password, which they change at their next sign-in; their
// sessions end and their login is unlocked.
func (a *Accounts) SetPassword(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, password string) error {
	u, err := a.User(ctx, s, id)
	if err != nil {
		return err
	}
	if u.ID == s.User {
		return errOwnRights
	}
	return a.setPassword(ctx, by, u, password, "", true)
}

// setPassword keeps a new password and the old one's hash; sessions other than but
// (a digest) end. another says that it is not the person's own choice.
func (a *Accounts) setPassword(ctx context.Context, by fengsui.Actor, u fengsui.User, password, but string, another bool) error {
	if err := a.c.Rules.check(u.Login, password, a.common); err != nil {
		return err
	}
	hash, err := a.newHash(ctx, password)
	if err != nil {
		return err
	}
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		t := now()
		if err := a.putPassword(tx, u, hash, t, another); err != nil {
			return err
		}
		if err := endSessions(tx, u.ID, but); err != nil {
			return err
		}
		if err := forgive(tx, u.Login, by.From); err != nil {
			return err
		}
		if another {
			return record(tx, by, "user", u.ID, "password_set", nil, nil)
		}
		if _, err := tx.Exec(`UPDATE session SET proved_at = $1 WHERE secret = $2`, t, but); err != nil {
			return err
		}
		return record(tx, by, "user", u.ID, "password_changed", nil, nil)
	})
}

// putPassword puts a new password in the place of the old one, which is remembered. A
// link to a password is void with it.
func (a *Accounts) putPassword(tx *store.Tx, u fengsui.User, hash string, t fengsui.Millis, another bool) error {
	if _, err := tx.Exec(`INSERT INTO account_password (user_id, hash, at) SELECT id, password, CAST($1 AS BIGINT) FROM account_user WHERE id = $2 ON CONFLICT (user_id, hash) DO NOTHING`, t, u.ID); err != nil {
		return err
	}
	if n, err := tx.Exec(`UPDATE account_user SET password = $1, password_at = $2, initial = $3 WHERE id = $4`, hash, t, flag(another), u.ID); err != nil || n != 1 {
		return errors.Join(err, checkOne(n))
	}
	if _, err := tx.Exec(`DELETE FROM account_activation WHERE user_id = $1`, u.ID); err != nil {
		return err
	}
	return a.forget(tx, u.ID)
}

// earlier reads the passwords of before, newest first, of which so many count.
func earlier(tx *store.Tx, user fengsui.ID, most int) (list []string, err error) {
	rows, err := tx.Query(`SELECT hash FROM account_password WHERE user_id = $1 ORDER BY at DESC, hash LIMIT $2`, user, most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var hash string
		if err := rows.Scan(&hash); err != nil {
			return nil, err
		}
		list = append(list, hash)
	}
	return list, rows.Err()
}

// forget drops the passwords of before that no longer count.
func (a *Accounts) forget(tx *store.Tx, user fengsui.ID) error {
	keep, err := earlier(tx, user, max(a.c.Rules.Kept-1, 0))
	if err != nil {
		return err
	}
	all, err := earlier(tx, user, 1000)
	if err != nil {
		return err
	}
	for _, hash := range all[len(keep):] {
		if _, err := tx.Exec(`DELETE FROM account_password WHERE user_id = $1 AND hash = $2`, user, hash); err != nil {
			return err
		}
	}
	return nil
}

// ChangePassword is a person's own: the old password is asked for, their other
// sessions end. Wrong old ones count like failed sign-ins.
func (a *Accounts) ChangePassword(ctx context.Context, s fengsui.Scope, by fengsui.Actor, secret, old, password string) error {
	if secret == "" {
		return errByToken
	}
	u, err := a.verify(ctx, s, by, old, "")
	if err != nil {
		return err
	}
	if err := a.c.Rules.check(u.Login, password, a.common); err != nil {
		return err
	}
	if err := a.unused(ctx, u.ID, password); err != nil {
		return err
	}
	return a.setPassword(ctx, by, u, password, digest(secret), false)
}

// unused refuses the password that a person has and those they had before.
func (a *Accounts) unused(ctx context.Context, id fengsui.ID, password string) error {
	if a.c.Rules.Kept < 1 {
		return nil
	}
	var had []string
	err := a.c.DB.View(ctx, func(tx *store.Tx) error {
		_, hash, err := user(tx, id)
		if err != nil {
			return err
		}
		had, err = earlier(tx, id, a.c.Rules.Kept-1)
		had = append(had, hash)
		return err
	})
	if err != nil {
		return err
	}
	for _, hash := range had {
		same, _, err := a.matches(ctx, hash, password)
		if err != nil {
			return err
		}
		if same {
			return fengsui.Errorf(fengsui.Invalid, "password_used", "you have this password or had it not long ago; take one that differs from the last %d", a.c.Rules.Kept)
		}
	}
	return nil
}

// Unlock lets a login be tried again before its time.
func (a *Accounts) Unlock(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	u, err := a.User(ctx, s, id)
	if err != nil {
		return err
	}
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM failure WHERE who = $1`, "login:"+u.Login); err != nil {
			return err
		}
		return record(tx, by, "user", u.ID, "unlocked", nil, nil)
	})
}

// Token (接口令牌) is an API token, without its secret. It can do at most what its
// user can.
type Token struct {
	ID        fengsui.ID     `json:"id"`
	User      fengsui.ID     `json:"user"`
	Login     string         `json:"login"` // the user's
	Name      string         `json:"name"`
	Least     fengsui.Level  `json:"least"`    // shows no warning below it
	ReadOnly  bool           `json:"readOnly"` // may only look
	Wall      bool           `json:"wall"`     // the link of a wall: opens that and nothing else
	IssuedAt  fengsui.Millis `json:"issuedAt"`
	IssuedBy  string         `json:"issuedBy"`
	Until     fengsui.Millis `json:"until"`
	RevokedAt fengsui.Millis `json:"revokedAt,omitempty"`
	RevokedBy string         `json:"revokedBy,omitempty"`
}

// maxToken is how long a token may live.
const maxToken = 366 * 24 * time.Hour

// Tokens lists API tokens, newest first, and how many there are in all.
func (a *Accounts) Tokens(ctx context.Context, s fengsui.Scope, p fengsui.Page) (list []Token, total int, err error) {
	if err := s.Allow(fengsui.ActAccounts, fengsui.None); err != nil {
		return nil, 0, err
	}
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM account_token`).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT t.id, t.user_id, u.login, t.name, t.least, t.read_only, t.wall, t.issued_at, t.issued_by, t.until, t.revoked_at, t.revoked_by
			FROM account_token t JOIN account_user u ON u.id = t.user_id ORDER BY t.issued_at DESC, t.id DESC` + limit(p))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var t Token
			if err := rows.Scan(&t.ID, &t.User, &t.Login, &t.Name, &t.Least, &t.ReadOnly, &t.Wall, &t.IssuedAt, &t.IssuedBy, &t.Until, &t.RevokedAt, &t.RevokedBy); err != nil {
				return err
			}
			list = append(list, t)
		}
		return rows.Err()
	})
	return list, total, err
}

// IssueToken makes an API token, or the link of a wall, which is a leader's and only
// looks. Its secret is returned this once.
func (a *Accounts) IssueToken(ctx context.Context, s fengsui.Scope, by fengsui.Actor, t Token) (_ Token, secret string, err error) {
	u, err := a.User(ctx, s, t.User)
	if err != nil {
		return t, "", err
	}
	if u.Role.Administrative() {
		return t, "", fengsui.Errorf(fengsui.Forbidden, "token_admin", "no token acts for an administrator: whoever issued it would hold their rights")
	}
	t.Name = strings.TrimSpace(t.Name)
	t = Token{ID: fengsui.NewID(), User: u.ID, Login: u.Login, Name: t.Name, Least: max(t.Least, u.Least), ReadOnly: t.ReadOnly || t.Wall, Wall: t.Wall, IssuedAt: now(), IssuedBy: by.Name, Until: t.Until}
	switch {
	case t.Name == "" || len(t.Name) > 80:
		return t, "", fengsui.Errorf(fengsui.Invalid, "token_name", "a token needs a name of at most 80 bytes")
	case t.Until <= t.IssuedAt || t.Until > t.IssuedAt.Add(fengsui.SpanOf(maxToken)):
		return t, "", fengsui.Errorf(fengsui.Invalid, "token_until", "a token must end, within a year from now")
	case t.Wall && u.Role != fengsui.RoleLeader:
		return t, "", fengsui.Errorf(fengsui.Invalid, "wall_leader", "the link of a wall belongs to a leader's account, whose view it shows; choose one with the role leader")
	}
	secret = "fst_" + newSecret()
	kept := digest(secret)
	if t.Wall {
		secret = "fsw_" + newSecret()
		kept = wallDigest(secret)
	}
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO account_token (id, user_id, name, secret, least, read_only, wall, issued_at, issued_by, until, revoked_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,0)`,
			t.ID, t.User, t.Name, kept, int64(t.Least), flag(t.ReadOnly), flag(t.Wall), t.IssuedAt, t.IssuedBy, t.Until); err != nil {
			return err
		}
		return record(tx, by, "token", t.ID, "issued", nil, t)
	})
	if err != nil {
		return t, "", err
	}
	return t, secret, nil
}

// RevokeToken ends an API token at once.
func (a *Accounts) RevokeToken(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	if err := s.Allow(fengsui.ActAccounts, fengsui.None); err != nil {
		return err
	}
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE account_token SET revoked_at = $1, revoked_by = $2 WHERE id = $3 AND revoked_at = 0`, now(), by.Name, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fengsui.Errorf(fengsui.NotFound, "no_token", "there is no such token, or it is revoked already")
		}
		return record(tx, by, "token", id, "revoked", nil, nil)
	})
}
