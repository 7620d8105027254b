package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fengsui"
)

type processQuery struct {
	ID   fengsui.ID `path:"id" maxLength:"64"`
	Kind string     `query:"kind" maxLength:"40" doc:"assets of this kind alone; none: points that hang on no asset"`
	Paged
}

// Process is a page of an enterprise's assets with what is measured on them, by kind and
// code; points that hang on no asset come last, as one.
type Process struct {
	Enterprise fengsui.ID    `json:"enterprise"`
	Kinds      []ProcessKind `json:"kinds" nullable:"false"` // of the whole enterprise
	Items      []AssetView   `json:"items" nullable:"false"`
	Total      int           `json:"total"`
}

// ProcessKind counts the assets of a kind on which something is measured.
type ProcessKind struct {
	Kind   string        `json:"kind"` // empty: points that hang on no asset
	Assets int           `json:"assets"`
	Points int           `json:"points"`
	Worst  fengsui.Level `json:"worst"` // of the states that its values are in now
}

// AssetView is an asset with its points and their newest values.
type AssetView struct {
	fengsui.Asset                // of points that hang on no asset: empty but for the enterprise
	EnterpriseName string        `json:"enterpriseName"`
	Worst          fengsui.Level `json:"worst"` // of the states that its values are in now
	Points         []PointView   `json:"points" nullable:"false"`
	Devices        []DeviceName  `json:"devices" nullable:"false"` // fitted to it
}

func (a *API) processRoutes() {
	get(a, "/enterprises/{id}/process", fengsui.ActSee, "process", "An enterprise's tanks, units and areas with their newest values", a.process)
	get(a, "/assets/{id}", fengsui.ActSee, "asset", "An asset with its newest values", a.asset)
}

func (a *API) process(ctx context.Context, c call, in *processQuery) (Process, error) {
	e, err := a.c.Registry.Enterprise(ctx, c.scope, in.ID)
	if err != nil {
		return Process{}, err
	}
	out := Process{Enterprise: e.ID, Kinds: []ProcessKind{}, Items: []AssetView{}}
	d, cover := a.c.Registry.District(), a.cover(ctx)
	by := map[fengsui.ID][]*fengsui.Point{}
	for _, p := range d.PointsOf(e.Num) {
		id := p.Asset
		if d.Assets[id] == nil {
			id = ""
		}
		by[id] = append(by[id], p)
	}
	assets := make([]*fengsui.Asset, 0, len(by))
	for id := range by {
		x := d.Assets[id]
		if x == nil {
			x = &fengsui.Asset{Enterprise: e.ID}
		}
		assets = append(assets, x)
	}
	slices.SortFunc(assets, func(x, y *fengsui.Asset) int {
		if (x.ID == "") != (y.ID == "") {
			return cmp.Compare(y.ID, x.ID) // those without an asset come last
		}
		return cmp.Or(strings.Compare(x.Kind, y.Kind), strings.Compare(x.Code, y.Code))
	})
	for _, x := range assets {
		worst := a.worst(by[x.ID])
		if n := len(out.Kinds); n == 0 || out.Kinds[n-1].Kind != x.Kind {
			out.Kinds = append(out.Kinds, ProcessKind{Kind: x.Kind})
		}
		k := &out.Kinds[len(out.Kinds)-1]
		k.Assets, k.Points, k.Worst = k.Assets+1, k.Points+len(by[x.ID]), max(k.Worst, worst)
		if in.Kind != "" && in.Kind != cmp.Or(x.Kind, "none") {
			continue
		}
		if out.Total++; out.Total > in.Offset && len(out.Items) < in.Limit {
			v := AssetView{Asset: *x, EnterpriseName: name(&e), Worst: worst, Points: make([]PointView, len(by[x.ID])), Devices: []DeviceName{}}
			for i, p := range by[x.ID] {
				v.Points[i] = a.pointView(*p)
				v.Points[i].Outage = outOfUse(cover, fengsui.SubjectOf("point", p.Num))
			}
			out.Items = append(out.Items, v)
		}
	}
	return out, nil
}

func (a *API) asset(ctx context.Context, c call, in *byID) (AssetView, error) {
	d := a.c.Registry.District()
	x := d.Assets[in.ID]
	var e *fengsui.Enterprise
	if x != nil {
		e = d.Enterprises[x.Enterprise]
	}
	if e == nil || !c.scope.Sees(e.ID, e.Zone, e.Sector, fengsui.None) {
		return AssetView{}, fengsui.Errorf(fengsui.NotFound, "no_asset", "there is no such tank, unit or area, or it is not yours to see")
	}
	if err := c.scope.Allow(fengsui.ActSee, fengsui.None); err != nil {
		return AssetView{}, err
	}
	v := AssetView{Asset: *x, EnterpriseName: name(e), Points: []PointView{}, Devices: []DeviceName{}}
	cover := a.cover(ctx)
	for _, p := range d.PointsOf(e.Num) {
		if p.Asset == x.ID {
			v.Points = append(v.Points, a.pointView(*p))
			v.Points[len(v.Points)-1].Outage = outOfUse(cover, fengsui.SubjectOf("point", p.Num))
			v.Worst = max(v.Worst, a.worst([]*fengsui.Point{p}))
		}
	}
	for _, dev := range d.Devices {
		if dev.Asset == x.ID {
			v.Devices = append(v.Devices, DeviceName{dev.ID, dev.Code, dev.Name})
		}
	}
	slices.SortFunc(v.Devices, func(x, y DeviceName) int { return strings.Compare(x.Code, y.Code) })
	return v, nil
}

// worst is the gravest state that the newest values of points are in. A value that is
// too old is in none.
func (a *API) worst(points []*fengsui.Point) (l fengsui.Level) {
	for _, p := range points {
		if x, ok := a.c.Latest(p.Num); ok && !x.Silent {
			l = max(l, x.State)
		}
	}
	return l
}
