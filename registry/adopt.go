package registry

import (
	"context"
	"errors"

	"fengsui"
	"fengsui/store"
)

// Adoption says what an unknown device is, which until then lies in quarantine under
// its key in a protocol.
type Adoption struct {
	Protocol, Key string
	Device        fengsui.Device // enterprise, code and name; asset, when it is there already
	Asset         *fengsui.Asset // a new one that the device is fitted to; nil: none
}

// Adopt registers an unknown device, and what it is fitted to, in one change: what it
// sends next is known. It changes nothing that is there.
func (r *Registry) Adopt(ctx context.Context, s fengsui.Scope, by fengsui.Actor, a Adoption) (fengsui.Device, error) {
	d := a.Device
	if err := s.Allow(fengsui.ActRegistry, fengsui.None); err != nil {
		return d, err
	}
	if a.Protocol == "" || a.Key == "" {
		return d, fengsui.Errorf(fengsui.Invalid, "bad_keys", "name the protocol and the key by which the device is known")
	}
	if a.Asset != nil && d.Asset != "" {
		return d, fengsui.Errorf(fengsui.Invalid, "two_assets", "the device is fitted to an asset that is there or to a new one, not to both")
	}
	d.Keys = map[string]string{a.Protocol: a.Key}
	err := r.change(ctx, func(tx *store.Tx) error {
		w := &writer{r: r, tx: tx, by: by, scope: s, enterprises: map[fengsui.ID]*fengsui.Enterprise{}}
		if a.Asset != nil {
			x := *a.Asset
			x.Enterprise = d.Enterprise
			if err := fresh("asset", x.Code)(w.asset(&x)); err != nil {
				return err
			}
			d.Asset = x.ID
		}
		return fresh("device", d.Code)(w.device(&d))
	})
	return d, err
}

// fresh refuses what was there already, and says of an error where it lies.
func fresh(what, code string) func(o outcome, column string, err error) error {
	return func(o outcome, column string, err error) error {
		e, ok := errors.AsType[*fengsui.Error](err)
		switch {
		case ok && column != "" && e.Code == fengsui.Invalid:
			return fengsui.Errorf(e.Code, e.Reason, "%s, %s: %s", what, column, e.Message)
		case err != nil:
			return err
		case o != created:
			return fengsui.Errorf(fengsui.Conflict, "code_taken", "the enterprise has the %s %s already; give another code, or change that one with a sheet", what, code)
		}
		return nil
	}
}
