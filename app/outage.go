package app

import (
	"context"
	"slices"
	"time"

	"fengsui"
	"fengsui/outage"
	"fengsui/risk"
	"fengsui/store"
)

// openOutages opens the declared outages (A36).
func (p *Platform) openOutages() (*outage.Desk, error) {
	rules, err := outage.Load("binhai")
	if err != nil {
		return nil, err
	}
	return outage.New(outage.Config{
		DB: p.DB, District: p.Registry.District, Rules: rules, Warnings: p.Warnings, Files: p.Disposal, Log: p.log,
		Silent: func(model string) bool {
			set := p.Models.Set()
			i := slices.IndexFunc(set.Models, func(m risk.Model) bool { return m.ID == model })
			return i < 0 || slices.Contains(rules.Silence, string(set.Models[i].Kind))
		},
	})
}

// over is when a warning or an outage was over, by whichever of them the ID is; 0: it is
// open still.
func (p *Platform) over(ctx context.Context, id fengsui.ID) (fengsui.Millis, fengsui.Level, error) {
	w, err := p.Warnings.Warning(ctx, fengsui.Everything(), id)
	if fengsui.CodeOf(err) != fengsui.NotFound {
		return w.EndedAt, w.Peak, err
	}
	o, err := p.Outages.Outage(ctx, fengsui.Everything(), id)
	return o.Over(fengsui.At(time.Now())), fengsui.None, err
}

// conclude makes warnings of people's findings, but for the silence that a declared
// outage holds back.
func (p *Platform) conclude(ctx context.Context, tx *store.Tx, findings []fengsui.Finding) error {
	rest, err := p.Outages.Hear(tx, findings)
	if err != nil || len(rest) == 0 {
		return err
	}
	return p.Warnings.Apply(ctx, tx, rest)
}

// silences are the models in force that watch for silence.
func (p *Platform) silences() []string {
	kinds := p.Outages.Rules().Silence
	var list []string
	for _, m := range p.Models.Set().Models {
		if slices.Contains(kinds, string(m.Kind)) {
			list = append(list, m.ID)
		}
	}
	return list
}
