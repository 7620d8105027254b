package api

import (
	"context"

	"fengsui"
)

// hold is the fixture's restored platform: each enterprise has a push that waits.
type hold struct{ f *fixture }

func (x hold) pushes(s fengsui.Scope) (list []fengsui.HeldPush) {
	for _, t := range []things{x.f.mine, x.f.theirs} {
		if s.Sees(t.enterprise.ID, t.enterprise.Zone, t.enterprise.Sector, fengsui.None) {
			list = append(list, fengsui.HeldPush{Push: fengsui.Push{ID: "push", Party: t.enterprise.ID, Warning: t.warning.ID, Capacities: []fengsui.Capacity{}, Deliveries: []fengsui.Delivery{}}})
		}
	}
	return list
}

func (x hold) Held(_ context.Context, s fengsui.Scope) (fengsui.Held, error) {
	h := fengsui.Held{Held: true, Restored: &fengsui.Restored{Backup: "20261127T150405Z"}, Receivers: []fengsui.HeldReceiver{}}
	for _, p := range x.pushes(s) {
		h.Pushes++
		h.Receivers = append(h.Receivers, fengsui.HeldReceiver{Party: p.Party, Pushes: 1})
	}
	return h, x.f.saw("Held", s, fengsui.Actor{})
}

func (x hold) HeldPushes(_ context.Context, s fengsui.Scope, _ fengsui.HeldFilter, _ fengsui.Page) ([]fengsui.HeldPush, int, error) {
	list := x.pushes(s)
	return list, len(list), x.f.saw("HeldPushes", s, fengsui.Actor{})
}

func (x hold) Pick(ctx context.Context, s fengsui.Scope, by fengsui.Actor, _ []fengsui.ID, _ bool, _ string) error {
	return x.f.act(ctx, "pick", s, by, fengsui.Ref{Kind: "restore", ID: "restore"}, fengsui.Warning{}, true)
}

func (x hold) Release(ctx context.Context, s fengsui.Scope, by fengsui.Actor, _ fengsui.HeldRelease, _ string) error {
	return x.f.act(ctx, "release", s, by, fengsui.Ref{Kind: "restore", ID: "restore"}, fengsui.Warning{}, true)
}
