package watch

import (
	"context"
	"net/url"
	"regexp"

	"fengsui"
	"fengsui/store"
)

// How many views a person may keep, and how long the filters of one are, in bytes.
const (
	maxViews = 50
	maxQuery = 2000
)

const (
	selectViews = `SELECT id, page, name, query, at FROM watch_view WHERE owner = $1 AND page = $2 ORDER BY name, id LIMIT 50` // maxViews
	countViews  = `SELECT COUNT(*) FROM watch_view WHERE owner = $1 AND NOT (page = $2 AND name = $3)`
	saveView    = `INSERT INTO watch_view (id, owner, page, name, query, at) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (owner, page, name) DO UPDATE SET query = $5, at = $6`
	findView    = `SELECT id FROM watch_view WHERE owner = $1 AND page = $2 AND name = $3`
	dropView    = `DELETE FROM watch_view WHERE id = $1 AND owner = $2`
)

var pageName = regexp.MustCompile(`^[a-z][a-z-]{0,30}$`)

// Views lists the caller's own views of a page, by name.
func (r *Room) Views(ctx context.Context, s fengsui.Scope, page string) (list []fengsui.SavedView, err error) {
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(selectViews, s.User, page)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v fengsui.SavedView
			if err := rows.Scan(&v.ID, &v.Page, &v.Name, &v.Query, &v.At); err != nil {
				return err
			}
			list = append(list, v)
		}
		return rows.Err()
	})
	return list, err
}

// SaveView keeps the filters of a page under a name; the same name again means the new
// filters.
func (r *Room) SaveView(ctx context.Context, s fengsui.Scope, by fengsui.Actor, v fengsui.SavedView) error {
	name, err := said(v.Name, maxName, true)
	if err != nil {
		return err
	}
	if _, bad := url.ParseQuery(v.Query); bad != nil || len(v.Query) > maxQuery {
		return fengsui.Errorf(fengsui.Invalid, "bad_view", "these filters cannot be kept: they must be those of an address and at most %d bytes long", maxQuery)
	}
	if !pageName.MatchString(v.Page) {
		return fengsui.Errorf(fengsui.Invalid, "bad_view", "name the page whose view this is")
	}
	v.Name, v.At, v.ID = name, now(), fengsui.NewID()
	return r.c.DB.Change(ctx, func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRow(countViews, s.User, v.Page, v.Name).Scan(&n); err != nil {
			return err
		}
		if n >= maxViews {
			return fengsui.Errorf(fengsui.Conflict, "views_full", "you keep %d views already: take one out first", maxViews)
		}
		if _, err := tx.Exec(saveView, v.ID, s.User, v.Page, v.Name, v.Query, v.At); err != nil {
			return err
		}
		if err := tx.QueryRow(findView, s.User, v.Page, v.Name).Scan(&v.ID); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "view", ID: v.ID}, Act: "view_saved", By: by, After: v})
	})
}

// DropView takes one of the caller's own views out.
func (r *Room) DropView(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	return r.c.DB.Change(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(dropView, id, s.User)
		if err != nil {
			return err
		}
		if n == 0 {
			return fengsui.Errorf(fengsui.NotFound, "no_view", "there is no such view of yours")
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "view", ID: id}, Act: "view_dropped", By: by})
	})
}
