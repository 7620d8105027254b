package registry

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"fengsui"
	"fengsui/store"
)

const (
	sqlFences      = `SELECT body FROM fence`
	sqlFence       = `SELECT body FROM fence WHERE id = $1`
	sqlFenceByCode = `SELECT body FROM fence WHERE enterprise = $1 AND code = $2`
	sqlFenceWrite  = `INSERT INTO fence (id, enterprise, code, body) VALUES ($1,$2,$3,$4) ON CONFLICT (id) DO UPDATE SET code = excluded.code, body = excluded.body`
	sqlFenceDelete = `DELETE FROM fence WHERE id = $1`
	// The fences that were touched after a position.
	sqlFenced = `SELECT object FROM journal WHERE pos > $1 AND kind = 'fence'`
)

func scanFence(row scanner, f *fengsui.Fence) error {
	var body []byte
	if err := row.Scan(&body); err != nil {
		return err
	}
	return json.Unmarshal(body, f)
}

// fences reads the fences that were touched after a position, and which of them are
// gone; after 0 all of them.
func fences(tx *store.Tx, after int64) (list []fengsui.Fence, gone []fengsui.ID, err error) {
	if after == 0 {
		list, err = query(tx, sqlFences, scanFence)
		return list, nil, err
	}
	ids, err := query(tx, sqlFenced, func(row scanner, id *fengsui.ID) error { return row.Scan(id) }, after)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		var f fengsui.Fence
		err := scanFence(tx.QueryRow(sqlFence, id), &f)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			gone = append(gone, id)
		case err != nil:
			return nil, nil, err
		default:
			list = append(list, f)
		}
	}
	return list, gone, nil
}

// Fences are the fences that a scope sees, by code: the district's, which are for
// everybody, and those of its enterprises. It asks memory alone.
func (r *Registry) Fences(_ context.Context, s fengsui.Scope) []*fengsui.Fence {
	d := r.District()
	var list []*fengsui.Fence
	for _, f := range d.Fences {
		if sees(d, s, f) {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *fengsui.Fence) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func sees(d *fengsui.District, s fengsui.Scope, f *fengsui.Fence) bool {
	if f.Enterprise == "" {
		return s.User != "" || s.All // whoever is signed in
	}
	e := d.Enterprises[f.Enterprise]
	return e != nil && s.Sees(e.ID, e.Zone, e.Sector, fengsui.None)
}

// Fence finds one fence.
func (r *Registry) Fence(_ context.Context, s fengsui.Scope, id fengsui.ID) (*fengsui.Fence, error) {
	d := r.District()
	if f := d.Fences[id]; f != nil && sees(d, s, f) {
		return f, nil
	}
	return nil, errNoFence()
}

func errNoFence() error {
	return fengsui.Errorf(fengsui.NotFound, "no_fence", "there is no such fence, or it is not yours to see")
}

// PutFence makes a fence, when f has no ID, or changes the one whose ID and version it
// has.
func (r *Registry) PutFence(ctx context.Context, s fengsui.Scope, by fengsui.Actor, f fengsui.Fence) (fengsui.Fence, error) {
	if err := s.Allow(fengsui.ActRegistry, fengsui.None); err != nil {
		return f, err
	}
	made := f.ID == ""
	err := r.change(ctx, func(tx *store.Tx) error {
		w := &writer{r: r, tx: tx, by: by, scope: s, enterprises: map[fengsui.ID]*fengsui.Enterprise{}}
		if made {
			return fresh("fence", f.Code)(w.fence(&f))
		}
		_, _, err := w.fence(&f)
		return err
	})
	return f, err
}

// DeleteFence takes a fence away; the journal keeps what it was.
func (r *Registry) DeleteFence(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	if err := s.Allow(fengsui.ActRegistry, fengsui.None); err != nil {
		return err
	}
	return r.change(ctx, func(tx *store.Tx) error {
		w := &writer{r: r, tx: tx, by: by, scope: s, enterprises: map[fengsui.ID]*fengsui.Enterprise{}}
		var was fengsui.Fence
		err := scanFence(tx.QueryRow(sqlFence, id), &was)
		if errors.Is(err, sql.ErrNoRows) {
			err = errNoFence()
		}
		if err != nil {
			return err
		}
		e, err := w.fenced(&was)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(sqlFenceDelete, id); err != nil {
			return err
		}
		return record(tx, by, e, fengsui.Ref{Kind: "fence", ID: id}, "deleted", "", was, nil)
	})
}

// fenced is whose a fence is: a nameless enterprise stands for the district, whose
// fences only those change who see all of it.
func (w *writer) fenced(f *fengsui.Fence) (*fengsui.Enterprise, error) {
	if f.Enterprise != "" {
		return w.of(f.Enterprise)
	}
	if !w.scope.All {
		return nil, fengsui.Errorf(fengsui.Forbidden, "may_not", "a fence of the whole district is for those to draw who see all of it")
	}
	return &fengsui.Enterprise{}, nil
}

func (w *writer) fence(f *fengsui.Fence) (outcome, string, error) {
	e, err := w.fenced(f)
	if err != nil {
		return 0, "enterprise", err
	}
	if err := checkCode(f.Code); err != nil {
		return 0, "code", err
	}
	if err := checkText(f.Name, true); err != nil {
		return 0, "name", err
	}
	if n := len(f.Ring); n > 2 && f.Ring[0] != f.Ring[n-1] {
		f.Ring = append(slices.Clone(f.Ring), f.Ring[0])
	}
	if err := f.Check(); err != nil {
		return 0, "fence", err
	}
	if err := w.r.data.checkClasses(f); err != nil {
		return 0, "classes", err
	}
	for _, id := range f.Assets {
		var n int
		if err := w.tx.QueryRow(`SELECT COUNT(*) FROM asset WHERE id = $1 AND ($2 = '' OR enterprise = $2)`, id, f.Enterprise).Scan(&n); err != nil {
			return 0, "", err
		}
		if n == 0 {
			return 0, "assets", fengsui.Errorf(fengsui.Invalid, "unknown_asset", "there is no asset %q there", id)
		}
	}
	var there, was fengsui.Fence
	err = scanFence(w.tx.QueryRow(sqlFenceByCode, f.Enterprise, f.Code), &there)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, "", err
	}
	o, act, before := changed, "changed", any(nil)
	switch {
	case f.ID == "" && err != nil:
		o, act = created, "created"
		f.ID, f.Version = fengsui.NewID(), 1
	case f.ID == "":
		f.ID, f.Version = there.ID, there.Version
		if equal(f, there) {
			return same, "", nil
		}
		was = there
	case err == nil && there.ID != f.ID:
		return 0, "code", fengsui.Errorf(fengsui.Conflict, "code_taken", "another fence there has the code %s; give this one another", f.Code)
	default:
		err := scanFence(w.tx.QueryRow(sqlFence, f.ID), &was)
		if errors.Is(err, sql.ErrNoRows) || err == nil && was.Enterprise != f.Enterprise {
			err = errNoFence()
		}
		if err != nil {
			return 0, "", err
		}
		if was.Version != f.Version {
			return 0, "", fengsui.Errorf(fengsui.Conflict, "changed", "the fence has changed since you opened it; look at it again, then repeat")
		}
	}
	if o == changed {
		before = was
		f.Version++
	}
	body, err := json.Marshal(f)
	if err != nil {
		return 0, "", err
	}
	if _, err := w.tx.Exec(sqlFenceWrite, f.ID, f.Enterprise, f.Code, string(body)); err != nil {
		return 0, "", err
	}
	return o, "", record(w.tx, w.by, e, fengsui.Ref{Kind: "fence", ID: f.ID}, act, "", before, f)
}

// checkClasses refuses vehicle classes that there are not, and puts the words that are
// kept in the place of those that people write.
func (d *data) checkClasses(f *fengsui.Fence) error {
	for _, x := range d.Attrs["vehicle"] {
		if x.Key != "class" {
			continue
		}
		words := slices.Sorted(maps.Values(x.Words))
		classes := slices.Clone(f.Classes)
		for i, c := range classes {
			if w, ok := x.Words[c]; ok {
				classes[i] = w
			} else if !slices.Contains(words, c) {
				return fengsui.Errorf(fengsui.Invalid, "unknown_word", "there is no vehicle class %q; use one of %s", c, strings.Join(words, ", "))
			}
		}
		f.Classes = classes
	}
	return nil
}
