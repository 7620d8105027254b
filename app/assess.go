package app

import (
	"context"

	"fengsui"
	"fengsui/assess"
)

// heardOf is the history as what counts data asks it.
type heardOf struct{ curves }

// Heard says in which of n equal stretches of [from, to) a point has a value.
func (c heardOf) Heard(ctx context.Context, point int64, from, to fengsui.Millis, n int) ([]bool, error) {
	found, err := c.Thin(ctx, point, from, to, n)
	if err != nil {
		return nil, err
	}
	list, span := make([]bool, n), int64(to-from)
	for _, b := range found {
		list[int64(b.First.At-from)*int64(n)/span] = true
	}
	return list, nil
}

// openAssess opens what counts the data that came. Without a history it shows what was
// counted and is not run.
func (p *Platform) openAssess() (*assess.Assessor, error) {
	policy, err := assess.Load("binhai")
	if err != nil {
		return nil, err
	}
	c := assess.Config{DB: p.DB, District: p.Registry.District, Policy: policy, Excused: p.Outages.Excused, Log: p.log}
	if p.asks != nil {
		c.History = heardOf{curves{p.asks}}
	}
	return assess.New(c), nil
}
