package api

import (
	"context"
	"net/http"

	"fengsui"
)

// Held is what a platform holds that was restored from a backup (N01).
type Held interface {
	Held(ctx context.Context, s fengsui.Scope) (fengsui.Held, error)
	HeldPushes(ctx context.Context, s fengsui.Scope, f fengsui.HeldFilter, p fengsui.Page) ([]fengsui.HeldPush, int, error)
	Pick(ctx context.Context, s fengsui.Scope, by fengsui.Actor, pushes []fengsui.ID, send bool, why string) error
	Release(ctx context.Context, s fengsui.Scope, by fengsui.Actor, which fengsui.HeldRelease, why string) error
}

// HeldView is fengsui.Held with names.
type HeldView struct {
	fengsui.Held
	Receivers []HeldReceiverView `json:"receivers" nullable:"false"`
}

// HeldReceiverView is a receiver with its name.
type HeldReceiverView struct {
	fengsui.HeldReceiver
	PartyName string `json:"partyName"`
}

// HeldPushView is a held push with its receiver's name.
type HeldPushView struct {
	fengsui.HeldPush
	PartyName string `json:"partyName"`
}

// HeldPushList is a part of what would go out.
type HeldPushList struct {
	Items []HeldPushView `json:"items" nullable:"false"`
	Total int            `json:"total"`
}

type heldInput struct {
	Paged
	Party   fengsui.ID `query:"party"`
	Earlier bool       `query:"earlier" doc:"Only those that may have gone out before the restore."`
}

type pickInput struct {
	Body struct {
		Pushes []fengsui.ID `json:"pushes" minItems:"1" maxItems:"500" nullable:"false"`
		Send   bool         `json:"send" doc:"false: they are withheld; true: they go out, with the release or at once after it."`
		Why    string       `json:"why" minLength:"1" maxLength:"500"`
	}
}

type releaseHeldInput struct {
	Body struct {
		Which fengsui.HeldRelease `json:"which" enum:"all,later" doc:"later: what may have gone out before the restore is withheld."`
		Why   string              `json:"why" minLength:"1" maxLength:"500"`
	}
}

func (a *API) heldRoutes() {
	get(a, "/held", fengsui.ActPushes, "held", "Whether the platform was restored and holds its pushes, and how many wait for whom", func(ctx context.Context, c call, _ *nothing) (HeldView, error) {
		h, err := a.c.Held.Held(ctx, c.scope)
		v := HeldView{Held: h, Receivers: []HeldReceiverView{}}
		for _, r := range h.Receivers {
			v.Receivers = append(v.Receivers, HeldReceiverView{r, a.partyName(r.Party)})
		}
		return v, err
	})
	get(a, "/held/pushes", fengsui.ActPushes, "heldPushes", "Pushes that would go out, and those that were withheld, oldest first", func(ctx context.Context, c call, in *heldInput) (HeldPushList, error) {
		items, total, err := a.c.Held.HeldPushes(ctx, c.scope, fengsui.HeldFilter{Party: in.Party, Earlier: in.Earlier}, in.page())
		out := HeldPushList{[]HeldPushView{}, total}
		for _, p := range items {
			out.Items = append(out.Items, HeldPushView{p, a.partyName(p.Party)})
		}
		return out, err
	})
	do(a, http.MethodPost, "/held/pushes", fengsui.ActRelease, "pickHeld", "Withhold pushes, or let them go again", func(ctx context.Context, c call, in *pickInput) error {
		return a.c.Held.Pick(ctx, c.scope, c.by, in.Body.Pushes, in.Body.Send, in.Body.Why)
	})
	do(a, http.MethodPost, "/held/release", fengsui.ActRelease, "releaseHeld", "Let the pushes of a restored platform out", func(ctx context.Context, c call, in *releaseHeldInput) error {
		return a.c.Held.Release(ctx, c.scope, c.by, in.Body.Which, in.Body.Why)
	})
}
