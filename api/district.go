package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"fengsui"
)

// WhyBody gives the reason for an act.
type WhyBody struct {
	Why string `json:"why" minLength:"1" maxLength:"2000"`
}

type whyInput struct{ Body WhyBody }
type pageInput struct{ Paged }

func now() fengsui.Millis { return fengsui.At(time.Now()) }

func (a *API) districtRoutes() {
	get(a, "/parties", fengsui.ActSee, "parties", "The district's parties and sectors; enterprises are listed apart", a.parties)
	get(a, "/models", fengsui.ActSee, "models", "The risk models in use", func(_ context.Context, _ call, _ *nothing) (Models, error) {
		return Models{list(a.c.Models())}, nil
	})
	get(a, "/plans", fengsui.ActSee, "plans", "The emergency plans that an accident may start", func(_ context.Context, _ call, _ *nothing) (PlanList, error) {
		return PlanList{list(a.c.Plans.Plans())}, nil
	})
	get(a, "/policy", fengsui.ActSee, "policy", "The escalation policy", func(_ context.Context, _ call, _ *nothing) (Policy, error) {
		p := Policy{Earlier: []fengsui.Escalation{}}
		all := a.c.Policies()
		for i, e := range all {
			e := *e
			e.Inferred = list(e.Inferred)
			if i == len(all)-1 {
				p.InForce = e
			} else {
				p.Earlier = append(p.Earlier, e)
			}
		}
		return p, nil
	})
	get(a, "/strays", fengsui.ActQuarantine, "strays", "What came from unknown points and devices", func(ctx context.Context, c call, in *pageInput) (Strays, error) {
		found, total, err := a.c.Strays(ctx, c.scope, in.page())
		// What raised an alarm stands on top of its page: of the unknown it may be the
		// one that matters.
		slices.SortStableFunc(found, func(x, y fengsui.Stray) int {
			switch {
			case (x.LastEvent != "") == (y.LastEvent != ""):
				return 0
			case x.LastEvent != "":
				return -1
			}
			return 1
		})
		out := Strays{Items: make([]StrayView, len(found)), Total: total}
		for i, s := range found {
			out.Items[i] = a.strayView(s)
		}
		return out, err
	})
	get(a, "/channels/dead", fengsui.ActSee, "deadChannels", "Addresses that nobody answers at: the district's, or the own party's", func(ctx context.Context, c call, _ *nothing) (DeadChannels, error) {
		found, err := a.c.Pushes.Dead(ctx, c.scope)
		out := DeadChannels{make([]DeadChannelView, len(found))}
		for i, d := range found {
			out.Items[i] = DeadChannelView{d, a.partyName(d.Party)}
		}
		return out, err
	})
	get(a, "/health", fengsui.ActSee, "health", "How the parts of the platform are", func(ctx context.Context, _ call, _ *nothing) (HealthList, error) {
		h := HealthList{OK: true, Now: now(), Items: list(a.c.Health(ctx))}
		for _, i := range h.Items {
			h.OK = h.OK && i.OK
		}
		return h, nil
	})
	get(a, "/clock", fengsui.ActSee, "clock", "Whether the escalation clock is held", func(_ context.Context, _ call, _ *nothing) (ClockView, error) {
		held, why := a.c.Clock.Held()
		return ClockView{now(), held, why}, nil
	})
	do(a, http.MethodPost, "/clock/release", fengsui.ActRelease, "releaseClock", "Let a held clock run on",
		func(ctx context.Context, c call, in *whyInput) error {
			return a.c.Clock.Release(ctx, c.scope, c.by, in.Body.Why)
		})
}

func (a *API) parties(_ context.Context, _ call, _ *nothing) (Parties, error) {
	out := Parties{Items: []PartyView{}, Sectors: []SectorView{}}
	d := a.c.Registry.District()
	for _, k := range []fengsui.PartyKind{fengsui.Bureau, fengsui.Committee, fengsui.Regulator, fengsui.Zone, fengsui.Operator, fengsui.Municipal, fengsui.Discipline} {
		for _, p := range d.Kind(k) {
			out.Items = append(out.Items, partyView(p))
		}
	}
	for _, s := range a.c.Registry.Sectors() {
		out.Sectors = append(out.Sectors, SectorView{s.Key, s.Zh, s.En})
	}
	return out, nil
}

func partyView(p *fengsui.Party) PartyView {
	return PartyView{p.ID, p.Kind, p.Code, p.Name, p.NameEn, p.Parent, list(p.Sectors)}
}
