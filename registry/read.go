package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"fengsui"
	"fengsui/store"
)

// joined are the scope's columns of a query that joins enterprise as e.
var joined = store.Columns{Enterprise: "e.id", Zone: "e.zone", Sector: "e.sector"}

const (
	partyColumns      = `id, kind, code, name, name_en, parent, sectors, contacts`
	enterpriseColumns = `e.id, e.num, e.code, e.credit_code, e.name, e.short_name, e.sector, e.zone, e.address, e.lon, e.lat, e.version`
	assetColumns      = `a.id, a.enterprise, a.code, a.kind, a.name, a.place, a.lon, a.lat, a.attrs`
	deviceColumns     = `d.id, d.num, d.enterprise, d.code, d.name, d.asset, d.keys`
	pointColumns      = `p.id, p.num, p.enterprise, p.asset, p.device, p.code, p.name, p.quantity, p.unit, p.range_low, p.range_high, p.ll, p.l, p.h, p.hh, p.every, p.key, p.version`
)

type scanner interface{ Scan(...any) error }

// query scans all rows of a query.
func query[T any](tx *store.Tx, text string, scan func(scanner, *T) error, args ...any) ([]T, error) {
	rows, err := tx.Query(text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

func scanParty(row scanner, p *fengsui.Party) error {
	var sectors, contacts string
	if err := row.Scan(&p.ID, &p.Kind, &p.Code, &p.Name, &p.NameEn, &p.Parent, &sectors, &contacts); err != nil {
		return err
	}
	return errors.Join(json.Unmarshal([]byte(sectors), &p.Sectors), json.Unmarshal([]byte(contacts), &p.Contacts))
}

func scanEnterprise(row scanner, e *fengsui.Enterprise) error {
	return row.Scan(&e.ID, &e.Num, &e.Code, &e.CreditCode, &e.Name, &e.ShortName, &e.Sector, &e.Zone, &e.Address, &e.Lon, &e.Lat, &e.Version)
}

func scanAsset(row scanner, a *fengsui.Asset) error {
	var attrs string
	if err := row.Scan(&a.ID, &a.Enterprise, &a.Code, &a.Kind, &a.Name, &a.Place, &a.Lon, &a.Lat, &attrs); err != nil {
		return err
	}
	return json.Unmarshal([]byte(attrs), &a.Attrs)
}

func scanDevice(row scanner, d *fengsui.Device) error {
	var keys string
	if err := row.Scan(&d.ID, &d.Num, &d.Enterprise, &d.Code, &d.Name, &d.Asset, &keys); err != nil {
		return err
	}
	return json.Unmarshal([]byte(keys), &d.Keys)
}

func scanPoint(row scanner, p *fengsui.Point) error {
	return row.Scan(&p.ID, &p.Num, &p.Enterprise, &p.Asset, &p.Device, &p.Code, &p.Name, &p.Quantity, &p.Unit,
		&p.RangeLow, &p.RangeHigh, &p.LL, &p.L, &p.H, &p.HH, &p.Every, &p.Key, &p.Version)
}

// maxPage is the longest page of a list.
const maxPage = 1000

func limit(p fengsui.Page) string {
	n := p.Limit
	if n <= 0 || n > maxPage {
		n = maxPage
	}
	return fmt.Sprintf(" LIMIT %d OFFSET %d", n, max(p.Offset, 0))
}

// Enterprises lists enterprises by name, and how many there are in all.
func (r *Registry) Enterprises(ctx context.Context, s fengsui.Scope, f fengsui.EnterpriseFilter, p fengsui.Page) (list []fengsui.Enterprise, total int, err error) {
	where, args := store.Scoped(s, joined, nil)
	add := func(cond string, v any) {
		args = append(args, v)
		where += fmt.Sprintf(" AND "+cond, len(args))
	}
	if f.Text != "" {
		add(`(LOWER(e.name) LIKE $%[1]d ESCAPE '\' OR LOWER(e.short_name) LIKE $%[1]d ESCAPE '\' OR LOWER(e.code) LIKE $%[1]d ESCAPE '\' OR LOWER(e.credit_code) LIKE $%[1]d ESCAPE '\')`, store.Like(f.Text))
	}
	if f.Zone != "" {
		add(`e.zone = $%d`, f.Zone)
	}
	if f.Sector != "" {
		add(`e.sector = $%d`, f.Sector)
	}
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM enterprise e WHERE 1=1`+where, args...).Scan(&total); err != nil {
			return err
		}
		list, err = query(tx, `SELECT `+enterpriseColumns+` FROM enterprise e WHERE 1=1`+where+` ORDER BY e.name, e.id`+limit(p), scanEnterprise, args...)
		return err
	})
	return list, total, err
}

func errNoEnterprise() error {
	return fengsui.Errorf(fengsui.NotFound, "no_enterprise", "there is no such enterprise, or it is not yours to see")
}

func enterpriseOf(tx *store.Tx, s fengsui.Scope, id fengsui.ID) (e fengsui.Enterprise, err error) {
	where, args := store.Scoped(s, joined, []any{id})
	err = scanEnterprise(tx.QueryRow(`SELECT `+enterpriseColumns+` FROM enterprise e WHERE e.id = $1`+where, args...), &e)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoEnterprise()
	}
	return e, err
}

// Enterprise reads one enterprise.
func (r *Registry) Enterprise(ctx context.Context, s fengsui.Scope, id fengsui.ID) (e fengsui.Enterprise, err error) {
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		e, err = enterpriseOf(tx, s, id)
		return err
	})
	return e, err
}

// Contacts are an enterprise's contacts in the order in which they are told,
// telephone numbers in full: the caller masks them, or asks Reveal first.
func (r *Registry) Contacts(ctx context.Context, s fengsui.Scope, enterprise fengsui.ID) (list []fengsui.Contact, err error) {
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := enterpriseOf(tx, s, enterprise); err != nil {
			return err
		}
		var p fengsui.Party
		err := scanParty(tx.QueryRow(`SELECT `+partyColumns+` FROM party WHERE id = $1`, enterprise), &p)
		list = p.Contacts
		return err
	})
	return list, err
}

// Reveal records that somebody looked at an enterprise's telephone numbers.
func (r *Registry) Reveal(ctx context.Context, s fengsui.Scope, by fengsui.Actor, enterprise fengsui.ID) error {
	return r.c.DB.Change(ctx, func(tx *store.Tx) error {
		e, err := enterpriseOf(tx, s, enterprise)
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActContacts, fengsui.None); err != nil {
			return err
		}
		return record(tx, by, &e, fengsui.Ref{Kind: "contacts", ID: e.ID}, "seen", "", nil, nil)
	})
}

// Assets lists an enterprise's assets by code.
func (r *Registry) Assets(ctx context.Context, s fengsui.Scope, enterprise fengsui.ID) (list []fengsui.Asset, err error) {
	where, args := store.Scoped(s, joined, []any{enterprise})
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		list, err = query(tx, `SELECT `+assetColumns+` FROM asset a JOIN enterprise e ON e.id = a.enterprise WHERE a.enterprise = $1`+where+` ORDER BY a.code LIMIT 10000`, scanAsset, args...)
		return err
	})
	return list, err
}

// Devices lists an enterprise's devices by code.
func (r *Registry) Devices(ctx context.Context, s fengsui.Scope, enterprise fengsui.ID) (list []fengsui.Device, err error) {
	where, args := store.Scoped(s, joined, []any{enterprise})
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		list, err = query(tx, `SELECT `+deviceColumns+` FROM device d JOIN enterprise e ON e.id = d.enterprise WHERE d.enterprise = $1`+where+` ORDER BY d.code LIMIT 10000`, scanDevice, args...)
		return err
	})
	return list, err
}

// Points lists an enterprise's points by code, and how many there are in all.
func (r *Registry) Points(ctx context.Context, s fengsui.Scope, enterprise fengsui.ID, p fengsui.Page) (list []fengsui.Point, total int, err error) {
	where, args := store.Scoped(s, joined, []any{enterprise})
	const from = ` FROM point p JOIN enterprise e ON e.id = p.enterprise WHERE p.retired_at = 0 AND p.enterprise = $1`
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*)`+from+where, args...).Scan(&total); err != nil {
			return err
		}
		list, err = query(tx, `SELECT `+pointColumns+from+where+` ORDER BY p.code`+limit(p), scanPoint, args...)
		return err
	})
	return list, total, err
}

// Point reads one point, a retired one too.
func (r *Registry) Point(ctx context.Context, s fengsui.Scope, id fengsui.ID) (p fengsui.Point, err error) {
	where, args := store.Scoped(s, joined, []any{id})
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		return scanPoint(tx.QueryRow(`SELECT `+pointColumns+` FROM point p JOIN enterprise e ON e.id = p.enterprise WHERE p.id = $1`+where, args...), &p)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = fengsui.Errorf(fengsui.NotFound, "no_point", "there is no such point, or it is not yours to see")
	}
	return p, err
}
