package risk

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fengsui"
)

// maxGroups bounds the groups of points of a vocabulary: kinds of assets, quantities and
// units are few, and a list that is longer helps nobody who types.
const maxGroups = 500

// Vocabulary is what a formula may be made of: the language, and the points in scope by
// kind of asset, quantity and unit, those that are most first. Points that hang on no
// asset are not among them: a formula's inputs are those of one asset.
func (i *Inventory) Vocabulary(_ context.Context, s fengsui.Scope) (v fengsui.ModelVocabulary, err error) {
	if err := s.Allow(fengsui.ActDraft, fengsui.None); err != nil {
		return v, err
	}
	type key struct {
		asset    string
		quantity fengsui.Quantity
		unit     string
	}
	d, groups := i.c.District(), map[key]*fengsui.PointGroup{}
	for _, p := range d.Points {
		e, a := d.Enterprises[p.Enterprise], d.Assets[p.Asset]
		if e == nil || a == nil || !s.Sees(e.ID, e.Zone, e.Sector, fengsui.None) {
			continue
		}
		k := key{a.Kind, p.Quantity, p.Unit}
		g := groups[k]
		if g == nil {
			g = &fengsui.PointGroup{Asset: k.asset, Quantity: k.quantity, Unit: k.unit, Code: p.Code, Name: p.Name}
			groups[k] = g
		}
		g.Points++
		if p.Code < g.Code || p.Code == g.Code && p.Name < g.Name { // always the same one
			g.Code, g.Name = p.Code, p.Name
		}
	}
	v = fengsui.ModelVocabulary{Functions: Functions(), Inputs: maxInputs, Bytes: maxFormula, Cost: MaxCost, Points: []fengsui.PointGroup{}, Total: len(groups)}
	for _, g := range groups {
		v.Points = append(v.Points, *g)
	}
	slices.SortFunc(v.Points, func(a, b fengsui.PointGroup) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), strings.Compare(a.Asset, b.Asset), strings.Compare(string(a.Quantity), string(b.Quantity)), strings.Compare(a.Unit, b.Unit))
	})
	v.Points = v.Points[:min(len(v.Points), maxGroups)]
	return v, nil
}
