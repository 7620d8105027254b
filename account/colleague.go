package account

import (
	"context"

	"fengsui"
	"fengsui/store"
)

// Colleagues lists the people of the caller's own organisation who work on warnings, by
// name, and how many there are; nothing of them but name and role.
func (a *Accounts) Colleagues(ctx context.Context, s fengsui.Scope, p fengsui.Page) (list []fengsui.Colleague, total int, err error) {
	if err := s.Allow(fengsui.ActNote, fengsui.None); err != nil {
		return nil, 0, err
	}
	where, args := ` WHERE u.party = $1 AND u.disabled = 0 AND u.role IN (''`, []any{s.Party}
	for _, r := range fengsui.Roles {
		if (&fengsui.Scope{Role: r}).May(fengsui.ActNote, fengsui.None) {
			where += `,'` + string(r) + `'`
		}
	}
	where += `)`
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM account_user u`+where, args...).Scan(&total); err != nil {
			return err
		}
		users, err := readUsers(tx, where+` ORDER BY u.name, u.id`+limit(p), args...)
		for _, u := range users {
			list = append(list, colleague(u))
		}
		return err
	})
	return list, total, err
}

// Colleague finds one of them.
func (a *Accounts) Colleague(ctx context.Context, s fengsui.Scope, id fengsui.ID) (c fengsui.Colleague, err error) {
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		u, _, err := user(tx, id)
		if err != nil && fengsui.CodeOf(err) != fengsui.NotFound {
			return err
		}
		if err != nil || u.Party != s.Party || u.Disabled || !(&fengsui.Scope{Role: u.Role}).May(fengsui.ActNote, fengsui.None) {
			return fengsui.Errorf(fengsui.Invalid, "no_colleague", "this person has no account of your organisation that works on warnings: choose one of the list")
		}
		c = colleague(u)
		return nil
	})
	return c, err
}

func colleague(u fengsui.User) fengsui.Colleague {
	return fengsui.Colleague{ID: u.ID, Name: u.Name, Role: u.Role, Takes: (&fengsui.Scope{Role: u.Role}).May(fengsui.ActHandover, fengsui.None)}
}
