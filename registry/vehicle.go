package registry

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"fengsui"
	"fengsui/store"
)

// Device reads one device.
func (r *Registry) Device(ctx context.Context, s fengsui.Scope, id fengsui.ID) (d fengsui.Device, err error) {
	where, args := store.Scoped(s, joined, []any{id})
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		return scanDevice(tx.QueryRow(`SELECT `+deviceColumns+` FROM device d JOIN enterprise e ON e.id = d.enterprise WHERE d.id = $1`+where, args...), &d)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = fengsui.Errorf(fengsui.NotFound, "no_device", "there is no such device, or it is not yours to see")
	}
	return d, err
}

// Vehicle is an asset of the kind vehicle with the devices that are fitted to it.
type Vehicle struct {
	Asset      *fengsui.Asset
	Enterprise *fengsui.Enterprise
	Devices    []*fengsui.Device // by code
}

// Vehicles are the vehicles inside a scope, by plate; enterprise and text (in plate,
// name or code) narrow them. It asks memory alone.
func (r *Registry) Vehicles(_ context.Context, s fengsui.Scope, enterprise fengsui.ID, text string) []Vehicle {
	var list []Vehicle
	for _, v := range r.vehicles() {
		e, a := v.Enterprise, v.Asset
		if !s.Sees(e.ID, e.Zone, e.Sector, fengsui.None) || enterprise != "" && e.ID != enterprise {
			continue
		}
		if text == "" || strings.Contains(a.Attrs["plate"], text) || strings.Contains(a.Name, text) || strings.Contains(a.Code, text) {
			list = append(list, v)
		}
	}
	return list
}

// fleet are a district's vehicles by plate, put in order once.
type fleet struct {
	of       *fengsui.District
	vehicles []Vehicle
}

// vehicles are the district's vehicles; who asks first after a change puts them in
// order.
func (r *Registry) vehicles() []Vehicle {
	d := r.District()
	if f := r.fleet.Load(); f != nil && f.of == d {
		return f.vehicles
	}
	type plated struct {
		plate string
		Vehicle
	}
	fitted := map[fengsui.ID][]*fengsui.Device{}
	for _, v := range d.Devices {
		if v.Asset != "" {
			fitted[v.Asset] = append(fitted[v.Asset], v)
		}
	}
	var list []plated
	for id, a := range d.Assets {
		if e := d.Enterprises[a.Enterprise]; a.Kind == "vehicle" && e != nil {
			devices := fitted[id]
			slices.SortFunc(devices, func(a, b *fengsui.Device) int { return strings.Compare(a.Code, b.Code) })
			list = append(list, plated{a.Attrs["plate"], Vehicle{a, e, devices}})
		}
	}
	slices.SortFunc(list, func(a, b plated) int {
		return cmp.Or(strings.Compare(a.plate, b.plate), cmp.Compare(a.Asset.ID, b.Asset.ID))
	})
	f := &fleet{of: d, vehicles: make([]Vehicle, len(list))}
	for i := range list {
		f.vehicles[i] = list[i].Vehicle
	}
	r.fleet.Store(f)
	return f.vehicles
}
