package disposal

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"fengsui"
)

//go:embed plans/*.yaml
var shipped embed.FS

// Plan is an emergency plan with what it is for.
type Plan struct {
	fengsui.Plan `yaml:",inline"`

	For struct {
		Models     []string           `yaml:"models"`     // beginnings of model keys
		Quantities []fengsui.Quantity `yaml:"quantities"` // of the point that the warning is about
		Any        bool               `yaml:"any"`        // fits what nothing else fits
	} `yaml:"for"`
}

// LoadPlans reads every YAML file under fsys, one plan each, in order of name.
func LoadPlans(fsys fs.FS) ([]Plan, error) {
	var list []Plan
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		var p Plan
		d := yaml.NewDecoder(bytes.NewReader(b))
		d.KnownFields(true)
		if err := d.Decode(&p); err != nil {
			return fmt.Errorf("plan %s: %w", name, err)
		}
		if err := p.check(); err != nil {
			return fmt.Errorf("plan %s: %w", name, err)
		}
		list = append(list, p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	any := 0
	keys := map[string]bool{}
	for i := range list {
		if keys[list[i].Key] {
			return nil, fmt.Errorf("two plans have the key %s", list[i].Key)
		}
		keys[list[i].Key] = true
		if list[i].For.Any {
			any++
		}
	}
	if any != 1 {
		return nil, fmt.Errorf("exactly one plan must fit any warning, not %d", any)
	}
	return list, nil
}

func (p *Plan) check() error {
	both := func(t fengsui.Bilingual) bool { return t.Zh != "" && t.En != "" }
	if p.Key == "" || !both(p.Name) || p.Source == "" || len(p.Items) == 0 {
		return fmt.Errorf("key, name in zh and en, source and items are needed")
	}
	seen := map[string]bool{}
	for _, item := range p.Items {
		if item.Key == "" || !both(item.Text) {
			return fmt.Errorf("item %q needs a key and a text in zh and en", item.Key)
		}
		if seen[item.Key] {
			return fmt.Errorf("item %q is there twice", item.Key)
		}
		seen[item.Key] = true
	}
	return nil
}

// Plans lists the emergency plans.
func (d *Desk) Plans() []fengsui.Plan {
	list := make([]fengsui.Plan, len(d.c.Plans))
	for i := range d.c.Plans {
		list[i] = d.c.Plans[i].Plan
	}
	return list
}

func (d *Desk) plan(key string) *fengsui.Plan {
	for i := range d.c.Plans {
		if d.c.Plans[i].Key == key {
			return &d.c.Plans[i].Plan
		}
	}
	return nil
}

// PlanFor is the plan that fits a warning (A19): by its model, then by what its
// point measures, then the general one.
func (d *Desk) PlanFor(w fengsui.Warning) *fengsui.Plan {
	var quantity fengsui.Quantity
	if kind, num := w.Subject.Split(); kind == "point" {
		if p := d.c.District().Point(num); p != nil {
			quantity = p.Quantity
		}
	}
	fits := []func(*Plan) bool{
		func(p *Plan) bool {
			return slices.ContainsFunc(p.For.Models, func(m string) bool { return strings.HasPrefix(w.Model, m) })
		},
		func(p *Plan) bool { return slices.Contains(p.For.Quantities, quantity) },
		func(p *Plan) bool { return p.For.Any },
	}
	for _, fit := range fits {
		for i := range d.c.Plans {
			if fit(&d.c.Plans[i]) {
				return &d.c.Plans[i].Plan
			}
		}
	}
	return nil
}
