package api

import (
	"context"
	"net/http"

	"fengsui"
)

// Faults are the platform's own, and who settled them (A41).
type Faults interface {
	Faults(ctx context.Context, s fengsui.Scope, unsettled bool, p fengsui.Page) ([]fengsui.Fault, int, error)
	Settle(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, note string) error
}

// FaultList is a page of faults: those that stand, then the newest.
type FaultList struct {
	Items []fengsui.Fault `json:"items" nullable:"false"`
	Total int             `json:"total"`
}

type faultQuery struct {
	Unsettled bool `query:"unsettled" doc:"leaves out what is over and settled"`
	Paged
}

type settleInput struct {
	ID   fengsui.ID `path:"id" maxLength:"64"`
	Body struct {
		Note string `json:"note" minLength:"1" maxLength:"2000" doc:"what was found and done"`
	}
}

func (a *API) healthRoutes() {
	get(a, "/operation", fengsui.ActHealth, "operation", "What this process of the platform knows of itself: engines, disks, lag, counters, certificates, versions", func(ctx context.Context, _ call, _ *nothing) (fengsui.Operation, error) {
		return a.c.Operates(ctx), nil
	})
	get(a, "/faults", fengsui.ActHealth, "faults", "When which part of the platform did not work, and who settled it", func(ctx context.Context, c call, in *faultQuery) (FaultList, error) {
		items, total, err := a.c.Faults.Faults(ctx, c.scope, in.Unsettled, in.page())
		return FaultList{list(items), total}, err
	})
	do(a, http.MethodPost, "/faults/{id}/settle", fengsui.ActHealth, "settleFault", "Write down what was found and done about a fault", func(ctx context.Context, c call, in *settleInput) error {
		return a.c.Faults.Settle(ctx, c.scope, c.by, in.ID, in.Body.Note)
	})
}

// lost is where the platform's own signal stays, for those who watch the feed.
func (a *API) lost() fengsui.Stage {
	if a.c.Loop == nil {
		return ""
	}
	return a.c.Loop().Lost
}

// Watch writes the live feed of everything to the platform's own watchman, canaries
// included, until ctx ends or the feed fails. It is the feed that people have, without
// their sign-in.
func (a *API) Watch(ctx context.Context, w http.ResponseWriter) error {
	return a.feed(ctx, call{scope: fengsui.Everything(), writer: w, watch: true}, "")
}
