package registry

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"fengsui"
)

// DeviceFilter chooses devices. Zero fields choose all.
type DeviceFilter struct {
	Enterprise fengsui.ID
	Zone       fengsui.ID
	Kind       string // of the asset that it is fitted to
	Text       string // in the name, code or a key, or in the asset's name or plate
}

// Fitted is a device with what it is fitted to.
type Fitted struct {
	Device     *fengsui.Device
	Asset      *fengsui.Asset // nil: nothing
	Enterprise *fengsui.Enterprise
}

// FindDevices are the devices inside a scope, by enterprise and code. It asks memory
// alone.
func (r *Registry) FindDevices(_ context.Context, s fengsui.Scope, f DeviceFilter) []Fitted {
	d := r.District()
	var list []Fitted
	for _, v := range d.Devices {
		x := Fitted{v, d.Assets[v.Asset], d.Enterprises[v.Enterprise]}
		if e := x.Enterprise; e != nil && s.Sees(e.ID, e.Zone, e.Sector, fengsui.None) && f.chooses(x) {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, func(a, b Fitted) int {
		return cmp.Or(strings.Compare(a.Enterprise.Code, b.Enterprise.Code), strings.Compare(a.Device.Code, b.Device.Code))
	})
	return list
}

func (f *DeviceFilter) chooses(x Fitted) bool {
	if f.Enterprise != "" && x.Enterprise.ID != f.Enterprise || f.Zone != "" && x.Enterprise.Zone != f.Zone ||
		f.Kind != "" && (x.Asset == nil || x.Asset.Kind != f.Kind) {
		return false
	}
	has := func(text string) bool { return strings.Contains(text, f.Text) }
	if has(x.Device.Name) || has(x.Device.Code) || x.Asset != nil && (has(x.Asset.Name) || has(x.Asset.Attrs["plate"])) {
		return true
	}
	for _, key := range x.Device.Keys {
		if has(key) {
			return true
		}
	}
	return false
}

// Kind is a kind of asset and what one of it says about itself beside its name.
type Kind struct {
	Key        string
	Attributes []Attribute
}

// Attribute is one thing that an asset says about itself.
type Attribute struct {
	Key    string
	Must   bool
	Number bool     // a decimal above 0
	Words  []string // the only values that it may have; empty: any text
}

// Kinds are the kinds of assets that sheets name, by key; an asset may be of another.
func (r *Registry) Kinds() []Kind {
	var list []Kind
	for _, key := range slices.Sorted(maps.Values(r.data.Words["kind"])) {
		k := Kind{Key: key}
		for _, a := range r.data.Attrs[key] {
			k.Attributes = append(k.Attributes, Attribute{a.Key, a.Must, a.Number, slices.Sorted(maps.Values(a.Words))})
		}
		list = append(list, k)
	}
	return list
}
