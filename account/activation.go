package account

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"fengsui"
	"fengsui/store"
)

// Kinds of links.
const (
	LinkFirst = "first" // the first administrator makes an account
	LinkNew   = "new"   // a new person sets a password
	LinkReset = "reset" // a person who forgot it sets another
)

const (
	// firstLife is how long the first administrator has.
	firstLife = 24 * time.Hour

	// linkLife is how long everybody else has.
	linkLife = 7 * 24 * time.Hour
)

// neverSet is the time at which the password of an account was set that has none yet.
const neverSet fengsui.Millis = -1

var errLink = fengsui.Errorf(fengsui.NotFound, "link_over", "this link was used, is over, or another took its place; ask whoever gave it to you for a new one")

// Link (激活链接) is how a person comes to a password that nobody else has known. It is
// used once.
type Link struct {
	Kind  string         `json:"kind" enum:"first,new,reset"`
	Until fengsui.Millis `json:"until"`
	Login string         `json:"login"` // empty for the first administrator, who chooses it
	Name  string         `json:"name"`
}

// First makes the link by which the first administrator of a platform makes an account:
// one who gives rights, and makes the accounts of everybody else. It is refused when
// there are accounts, and while another such link lives, unless again replaces it.
func (a *Accounts) First(ctx context.Context, again bool) (secret string, l Link, err error) {
	secret = newSecret()
	l = Link{Kind: LinkFirst, Until: now().Add(fengsui.SpanOf(firstLife))}
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		if err := noAccounts(tx); err != nil {
			return err
		}
		var until fengsui.Millis
		err := tx.QueryRow(`SELECT until FROM account_activation WHERE user_id = ''`).Scan(&until)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil && until > now() && !again {
			return fengsui.Errorf(fengsui.Conflict, "init_done", "this platform was made ready already, and the link that was given then is good until %s; when it was lost, ask for another by --again", until.Time().In(fengsui.Civil).Format("2006-01-02 15:04"))
		}
		if err := putLink(tx, "", secret, l); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "user"}, Act: "link_made", By: fengsui.Platform("account"), After: l})
	})
	return secret, l, err
}

func noAccounts(tx *store.Tx) error {
	var n int
	if err := tx.QueryRow(`SELECT COUNT(*) FROM account_user`).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return fengsui.Errorf(fengsui.Conflict, "init_over", "this platform has accounts: its security administrator makes others. When the last one cannot sign in any more: fengsui admin reset")
	}
	return nil
}

// Empty reports whether there are no accounts yet.
func (a *Accounts) Empty(ctx context.Context) (empty bool, err error) {
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		var n int
		err := tx.QueryRow(`SELECT COUNT(*) FROM account_user`).Scan(&n)
		empty = n == 0
		return err
	})
	return empty, err
}

func putLink(tx *store.Tx, user fengsui.ID, secret string, l Link) error {
	_, err := tx.Exec(`INSERT INTO account_activation (user_id, secret, kind, made_at, until) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, kind = excluded.kind, made_at = excluded.made_at, until = excluded.until`,
		user, digest(secret), l.Kind, now(), l.Until)
	return err
}

// Invite makes a person's link: to the first password, or to another. The one they had
// is void; the password that they have stays until the link is used.
func (a *Accounts) Invite(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) (secret string, l Link, err error) {
	if err := s.Allow(fengsui.ActAccounts, fengsui.None); err != nil {
		return "", l, err
	}
	return a.invite(ctx, s, by, id, func(fengsui.User) error { return nil })
}

// InvitePeer is Invite by the one who answers for the accounts of an organisation, for
// the others of it.
func (a *Accounts) InvitePeer(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) (secret string, l Link, err error) {
	if err := a.leads(ctx, s); err != nil {
		return "", l, err
	}
	return a.invite(ctx, s, by, id, func(u fengsui.User) error {
		if u.Party != s.Party {
			return fengsui.Errorf(fengsui.NotFound, "no_user", "there is no such account, or it is not of your organisation")
		}
		if u.Lead || u.Role.Administrative() {
			return fengsui.Errorf(fengsui.Forbidden, "not_a_peer", "this account answers for others, or administers the platform: a security administrator sets it back")
		}
		return nil
	})
}

func (a *Accounts) invite(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, check func(fengsui.User) error) (secret string, l Link, err error) {
	secret = newSecret()
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		u, _, err := user(tx, id)
		if err != nil {
			return err
		}
		if err := check(u); err != nil {
			return err
		}
		var at fengsui.Millis
		if err := tx.QueryRow(`SELECT password_at FROM account_user WHERE id = $1`, u.ID).Scan(&at); err != nil {
			return err
		}
		switch {
		case u.ID == s.User:
			return errOwnRights
		case u.Disabled:
			return fengsui.Errorf(fengsui.Conflict, "user_off", "the account is switched off; switch it on first")
		}
		l = Link{Kind: LinkReset, Until: now().Add(fengsui.SpanOf(linkLife)), Login: u.Login, Name: u.Name}
		if at == neverSet {
			l.Kind = LinkNew
		}
		if err := putLink(tx, u.ID, secret, l); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "user", ID: u.ID}, Act: "link_made", By: by, After: map[string]any{"kind": l.Kind, "until": l.Until}})
	})
	return secret, l, err
}

// LinkSent writes down where a link was sent, masked, or why it was not; never the link.
func (a *Accounts) LinkSent(ctx context.Context, by fengsui.Actor, user fengsui.ID, channel, masked string, failed error) error {
	by.Key, by.Call = "", "" // the making of the link has them
	act, why := "link_sent", ""
	if failed != nil {
		act, why = "link_not_sent", failed.Error()
	}
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "user", ID: user}, Act: act, By: by, Why: why, After: map[string]string{"channel": channel, "to": masked}})
	})
}

// leads refuses who does not answer for the accounts of the own organisation.
func (a *Accounts) leads(ctx context.Context, s fengsui.Scope) error {
	if err := s.Allow(fengsui.ActPeople, fengsui.None); err != nil {
		return err
	}
	return a.c.DB.View(ctx, func(tx *store.Tx) error {
		u, _, err := user(tx, s.User)
		if err == nil && (!u.Lead || u.Disabled) {
			err = fengsui.Errorf(fengsui.Forbidden, "not_lead", "your account does not answer for the accounts of your organisation; a security administrator says whose does")
		}
		return err
	})
}

// People lists the accounts of the caller's own organisation, for the one who answers
// for them.
func (a *Accounts) People(ctx context.Context, s fengsui.Scope, p fengsui.Page) (list []fengsui.User, total int, err error) {
	if err := a.leads(ctx, s); err != nil {
		return nil, 0, err
	}
	return a.users(ctx, ` WHERE u.party = $1`, p, s.Party)
}

// Look says whose a link is, without using it.
func (a *Accounts) Look(ctx context.Context, secret string) (l Link, err error) {
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		l, _, err = a.link(tx, secret)
		return err
	})
	return l, err
}

// link finds a link that is still good, and its account; of the first administrator's
// there is none.
func (a *Accounts) link(tx *store.Tx, secret string) (l Link, u fengsui.User, err error) {
	err = tx.QueryRow(`SELECT user_id, kind, until FROM account_activation WHERE secret = $1 AND until > $2`, digest(secret), now()).Scan(&u.ID, &l.Kind, &l.Until)
	if errors.Is(err, sql.ErrNoRows) {
		return l, u, errLink
	}
	if err != nil || l.Kind == LinkFirst {
		return l, u, err
	}
	if u, _, err = user(tx, u.ID); err == nil && u.Disabled {
		err = errLink
	}
	l.Login, l.Name = u.Login, u.Name
	return l, u, err
}

// Activation is what a person makes of a link.
type Activation struct {
	Secret      string
	Login, Name string     // of the first administrator alone
	Party       fengsui.ID // the same: where that one sits
	Password    string
}

// Activate uses a link: the password is the person's own choice from here on, their
// sessions end and their login is unlocked. from is the address that they call from.
func (a *Accounts) Activate(ctx context.Context, x Activation, from string) (fengsui.User, error) {
	l, err := a.Look(ctx, x.Secret) // nobody makes us hash without a link
	if err != nil {
		return fengsui.User{}, err
	}
	if l.Kind == LinkFirst {
		return a.activateFirst(ctx, x, from)
	}
	if err := a.c.Rules.check(l.Login, x.Password, a.common); err != nil {
		return fengsui.User{}, err
	}
	var u fengsui.User
	err = a.c.DB.View(ctx, func(tx *store.Tx) (err error) {
		_, u, err = a.link(tx, x.Secret)
		return err
	})
	if err != nil {
		return u, err
	}
	if l.Kind == LinkReset {
		if err := a.unused(ctx, u.ID, x.Password); err != nil {
			return u, err
		}
	}
	hash, err := a.newHash(ctx, x.Password)
	if err != nil {
		return u, err
	}
	by := fengsui.Actor{User: u.ID, Name: u.Name, Role: u.Role, From: from}
	return u, a.c.DB.Change(ctx, func(tx *store.Tx) error {
		if _, u, err = a.link(tx, x.Secret); err != nil {
			return err
		}
		if err := spendLink(tx, x.Secret); err != nil {
			return err
		}
		if err := a.putPassword(tx, u, hash, now(), false); err != nil {
			return err
		}
		if err := endSessions(tx, u.ID, ""); err != nil {
			return err
		}
		if err := forgive(tx, u.Login, from); err != nil {
			return err
		}
		return record(tx, by, "user", u.ID, "activated", nil, map[string]string{"kind": l.Kind})
	})
}

// activateFirst makes the first administrator.
func (a *Accounts) activateFirst(ctx context.Context, x Activation, from string) (fengsui.User, error) {
	u := fengsui.User{ID: fengsui.NewID(), Login: strings.ToLower(strings.TrimSpace(x.Login)), Name: x.Name, Role: fengsui.RoleSecurity, Party: x.Party, Version: 1}
	if err := a.checkNew(&u); err != nil {
		return u, err
	}
	if err := a.c.Rules.check(u.Login, x.Password, a.common); err != nil {
		return u, err
	}
	hash, err := a.newHash(ctx, x.Password)
	if err != nil {
		return u, err
	}
	return u, a.c.DB.Change(ctx, func(tx *store.Tx) error {
		if err := spendLink(tx, x.Secret); err != nil {
			return err
		}
		if err := noAccounts(tx); err != nil {
			return err
		}
		return insert(tx, fengsui.Actor{Name: u.Name, Role: u.Role, From: from}, u, hash, now(), false)
	})
}

// spendLink takes a link away; of two who use it at once one finds it gone.
func spendLink(tx *store.Tx, secret string) error {
	n, err := tx.Exec(`DELETE FROM account_activation WHERE secret = $1 AND until > $2`, digest(secret), now())
	if err == nil && n != 1 {
		err = errLink
	}
	return err
}
