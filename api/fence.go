package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
)

// maxFence is the largest body of a fence, in bytes: fengsui.MaxRing places at full
// length fit.
const maxFence = 256 << 10

// FenceBody is what a fence is to be: a ring of places, or a centre and a radius.
type FenceBody struct {
	Version    int64             `json:"version,omitempty" doc:"of the fence that is changed"`
	Code       string            `json:"code" minLength:"1" maxLength:"64"`
	Name       string            `json:"name" minLength:"1" maxLength:"300"`
	Enterprise fengsui.ID        `json:"enterprise,omitempty" maxLength:"64" doc:"empty: the district's, for everybody; never changes"`
	Rule       fengsui.FenceRule `json:"rule" enum:"keep_in,keep_out,slow"`
	SpeedLimit float64           `json:"speedLimit,omitempty" doc:"km/h, of the rule slow"`
	Classes    []string          `json:"classes,omitempty" maxItems:"100" doc:"of vehicles; empty: all"`
	Assets     []fengsui.ID      `json:"assets,omitempty" maxItems:"2000" doc:"those alone; empty: all"`
	Ring       [][2]float64      `json:"ring,omitempty" maxItems:"2000" doc:"longitude and latitude in degrees of WGS-84; it closes itself"`
	Centre     *[2]float64       `json:"centre,omitempty" doc:"of a circle"`
	Radius     float64           `json:"radius,omitempty" doc:"m, of a circle"`
}

func (b *FenceBody) fence(id fengsui.ID) fengsui.Fence {
	f := fengsui.Fence{ID: id, Code: b.Code, Name: b.Name, Enterprise: b.Enterprise, Rule: b.Rule, SpeedLimit: b.SpeedLimit,
		Classes: b.Classes, Assets: b.Assets, Ring: b.Ring, Radius: b.Radius, Version: b.Version}
	if b.Centre != nil {
		f.Centre = *b.Centre
	}
	return f
}

// FenceView is a fence with the name of its enterprise.
type FenceView struct {
	fengsui.Fence
	EnterpriseName string `json:"enterpriseName,omitempty"`
}

// FenceList is a page of fences, by code.
type FenceList struct {
	Items []FenceView `json:"items" nullable:"false"`
	Total int         `json:"total"`
}

type fenceInput struct{ Body FenceBody }

func (a *API) fenceRoutes() {
	get(a, "/fences", fengsui.ActSee, "fences", "Fences: the district's, and those of the enterprises in scope", func(ctx context.Context, c call, in *pageInput) (FenceList, error) {
		found := a.c.Registry.Fences(ctx, c.scope)
		out := FenceList{Items: []FenceView{}, Total: len(found)}
		for _, f := range found[min(in.Offset, len(found)):min(in.Offset+in.Limit, len(found))] {
			out.Items = append(out.Items, FenceView{*f, a.partyName(f.Enterprise)})
		}
		return out, nil
	})
	larger := func(op *huma.Operation) { op.MaxBodyBytes = maxFence }
	add(a, Route{Method: http.MethodPost, Path: "/fences", Act: fengsui.ActRegistry, Mutates: true}, "makeFence", "Make a fence",
		func(ctx context.Context, c call, in *fenceInput) (Done, error) {
			return a.once(ctx, c, func() error {
				_, err := a.c.Registry.PutFence(ctx, c.scope, c.by, in.Body.fence(""))
				return err
			})
		}, larger)
	add(a, Route{Method: http.MethodPut, Path: "/fences/{id}", Act: fengsui.ActRegistry, Mutates: true}, "changeFence", "Change a fence",
		func(ctx context.Context, c call, in *on[FenceBody]) (Done, error) {
			return a.once(ctx, c, func() error {
				if err := a.mayFence(ctx, c, in.ID); err != nil {
					return err
				}
				_, err := a.c.Registry.PutFence(ctx, c.scope, c.by, in.Body.fence(in.ID))
				return err
			})
		}, larger)
	do(a, http.MethodDelete, "/fences/{id}", fengsui.ActRegistry, "deleteFence", "Take a fence away; the journal keeps what it was",
		func(ctx context.Context, c call, in *byID) error {
			if err := a.mayFence(ctx, c, in.ID); err != nil {
				return err
			}
			return a.c.Registry.DeleteFence(ctx, c.scope, c.by, in.ID)
		})
	// No tag reaches the list within the list: its places are never null.
	for _, name := range []string{"FenceBody", "FenceView"} {
		a.huma.OpenAPI().Components.Schemas.Map()[name].Properties["ring"].Items.Nullable = false
	}
}

func (a *API) mayFence(ctx context.Context, c call, id fengsui.ID) error {
	if _, err := a.c.Registry.Fence(ctx, c.scope, id); err != nil {
		return err
	}
	return c.scope.Allow(fengsui.ActRegistry, fengsui.None)
}
