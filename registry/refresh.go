package registry

import (
	"context"
	"fmt"

	"fengsui"
	"fengsui/store"
)

const (
	// What was touched after a position: parties by their own ID, everything else by
	// its enterprise's, which is its party's too.
	sqlTouched = `SELECT CASE kind WHEN 'party' THEN object ELSE enterprise END, MIN(CASE kind WHEN 'push_key' THEN 1 ELSE 0 END) FROM journal
		WHERE pos > $1 AND kind IN ('party','enterprise','asset','device','point','push_key') GROUP BY 1`

	sqlHead = `SELECT COALESCE(MAX(pos),0) FROM journal`
)

// refresh takes over what was changed since the snapshot: all that is there when
// there is none yet.
func (r *Registry) refresh(ctx context.Context) error {
	r.load.Lock()
	defer r.load.Unlock()
	was := r.now.Load()
	now := snapshot{district: was.district}
	var fresh []things
	var fenced []fengsui.Fence
	var gone []fengsui.ID
	var rostered []fengsui.Roster
	err := r.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(sqlHead).Scan(&now.pos); err != nil {
			return err
		}
		ids := []touched{{}} // the empty ID: everything
		if was.pos > 0 {
			var err error
			ids, err = query(tx, sqlTouched, func(row scanner, t *touched) error { return row.Scan(&t.id, &t.keys) }, was.pos)
			if err != nil {
				return err
			}
		}
		for _, t := range ids {
			x, err := r.read(tx, t)
			if err != nil {
				return err
			}
			fresh = append(fresh, x)
		}
		var err error
		if rostered, err = rosters(tx, was.pos); err != nil {
			return err
		}
		fenced, gone, err = fences(tx, was.pos)
		return err
	})
	if err != nil {
		return fmt.Errorf("read registry: %w", err)
	}
	var parties []*fengsui.Party
	var holdings []fengsui.Holdings
	for _, x := range fresh {
		for code, keys := range x.secrets {
			r.secrets.Store(code, keys)
		}
		for i := range x.retired { // before the district forgets them
			r.retired.Store(x.retired[i].Num, &x.retired[i])
		}
		parties = append(parties, pointers(x.parties)...)
		if len(x.enterprises) == 1 {
			holdings = append(holdings, fengsui.Holdings{Enterprise: &x.enterprises[0], Assets: pointers(x.assets), Devices: pointers(x.devices), Points: pointers(x.points)})
		}
	}
	switch {
	case was.pos == 0:
		x := fresh[0]
		now.district = fengsui.NewDistrict(parties, pointers(x.enterprises), pointers(x.assets), pointers(x.devices), pointers(x.points))
	case len(parties) > 0:
		now.district = was.district.With(parties, holdings)
	}
	if len(fenced)+len(gone) > 0 {
		now.district = now.district.WithFences(pointers(fenced), gone)
	}
	if len(rostered) > 0 {
		now.district = now.district.WithRosters(pointers(rostered))
	}
	r.now.Store(&now)
	return nil
}

// touched is a party, or an enterprise with all that it has.
type touched struct {
	id   fengsui.ID // empty: all of them
	keys bool       // nothing but its push keys
}

// things are what lies in the tables.
type things struct {
	parties     []fengsui.Party
	enterprises []fengsui.Enterprise
	assets      []fengsui.Asset
	devices     []fengsui.Device
	points      []fengsui.Point
	retired     []fengsui.Point
	secrets     map[string]map[string]secret // platform code -> key id
}

func (r *Registry) read(tx *store.Tx, t touched) (x things, err error) {
	var args []any
	of := func(column string) string {
		if t.id == "" {
			return ""
		}
		return " AND " + column + " = $1"
	}
	if t.id != "" {
		args = []any{t.id}
	}
	if x.secrets, err = r.readSecrets(tx, of("k.enterprise"), args); err != nil || t.keys {
		return x, err
	}
	if x.parties, err = query(tx, `SELECT `+partyColumns+` FROM party WHERE 1=1`+of("id"), scanParty, args...); err != nil {
		return x, err
	}
	if x.enterprises, err = query(tx, `SELECT `+enterpriseColumns+` FROM enterprise e WHERE 1=1`+of("e.id"), scanEnterprise, args...); err != nil {
		return x, err
	}
	if x.assets, err = query(tx, `SELECT `+assetColumns+` FROM asset a WHERE 1=1`+of("a.enterprise"), scanAsset, args...); err != nil {
		return x, err
	}
	if x.devices, err = query(tx, `SELECT `+deviceColumns+` FROM device d WHERE 1=1`+of("d.enterprise"), scanDevice, args...); err != nil {
		return x, err
	}
	if x.points, err = query(tx, `SELECT `+pointColumns+` FROM point p WHERE p.retired_at = 0`+of("p.enterprise"), scanPoint, args...); err != nil {
		return x, err
	}
	x.retired, err = query(tx, `SELECT `+pointColumns+` FROM point p WHERE p.retired_at > 0`+of("p.enterprise"), scanPoint, args...)
	return x, err
}

func (r *Registry) readSecrets(tx *store.Tx, where string, args []any) (map[string]map[string]secret, error) {
	type row struct {
		secret
		id, code   string
		enterprise fengsui.ID
		sealed     []byte
	}
	rows, err := query(tx, `SELECT k.id, k.enterprise, e.code, k.state, k.sealed FROM push_key k JOIN enterprise e ON e.id = k.enterprise WHERE 1=1`+where,
		func(s scanner, k *row) error { return s.Scan(&k.id, &k.enterprise, &k.code, &k.state, &k.sealed) }, args...)
	if err != nil {
		return nil, err
	}
	secrets := map[string]map[string]secret{}
	for _, k := range rows {
		if k.state != fengsui.KeyRevoked {
			if k.bytes, err = r.open(k.id, k.enterprise, k.sealed); err != nil {
				return nil, fmt.Errorf("push key %s: %w", k.id, err)
			}
		}
		if secrets[k.code] == nil {
			secrets[k.code] = map[string]secret{}
		}
		secrets[k.code][k.id] = k.secret
	}
	return secrets, nil
}

func pointers[T any](list []T) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}
