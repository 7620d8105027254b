package warning

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui"
)

//go:embed policy/*.yaml
var policies embed.FS

//go:embed desk.yaml
var desk []byte

// LoadDesk reads the shipped rules of the duty room. Keys it does not know are refused.
func LoadDesk() (*fengsui.DeskRules, error) {
	var r fengsui.DeskRules
	d := yaml.NewDecoder(bytes.NewReader(desk))
	d.KnownFields(true)
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("read the rules of the desk: %w", err)
	}
	return &r, r.Check()
}

// Load reads a policy that is shipped: "binhai", or "demo" for shows.
func Load(name string) (*fengsui.Escalation, error) {
	b, err := policies.ReadFile("policy/" + name + ".yaml")
	if err != nil {
		return nil, fengsui.Errorf(fengsui.NotFound, "no_policy", "there is no escalation policy %q; name one of those in warning/policy", name)
	}
	return Parse(b)
}

// Parse reads a policy file. Keys it does not know are refused.
func Parse(b []byte) (*fengsui.Escalation, error) {
	var p fengsui.Escalation
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&p); err != nil {
		return nil, fengsui.Errorf(fengsui.Invalid, "bad_policy", "the escalation policy cannot be read: %v", err)
	}
	if err := Validate(&p); err != nil {
		return nil, err
	}
	return &p, nil
}

// Validate says what is wrong with a policy, or nil. A policy that passes has a
// rule for each of the four levels, and whoever is told of a level is told of
// every higher one too (A20-A23).
func Validate(p *fengsui.Escalation) error {
	bad := func(format string, args ...any) error {
		return fengsui.Errorf(fengsui.Invalid, "bad_policy", "escalation policy %s: %s", p.Key(), fmt.Sprintf(format, args...))
	}
	if p.Name == "" || p.Version < 1 || p.Source == "" {
		return bad("it must have a name, a version from 1 on and a source")
	}
	if _, err := time.Parse(time.DateOnly, p.Since); err != nil {
		return bad("since must be a date such as 2022-09-01, it is %q", p.Since)
	}
	if p.Relapse < 0 {
		return bad("relapse must not be negative")
	}
	known := []fengsui.Capacity{fengsui.AsEnterprise, fengsui.AsZone, fengsui.AsRegulator, fengsui.AsBureau, fengsui.AsDuty, fengsui.AsMunicipal}
	var below []fengsui.Capacity
	for l := fengsui.Blue; l <= fengsui.Red; l++ {
		r := p.Rules[l]
		switch {
		case r == nil:
			return bad("%s has no rule", l)
		case r.Article == "":
			return bad("%s names no article", l)
		case len(r.Tell) == 0:
			return bad("%s tells nobody", l)
		case r.Notice.After < 0 || r.Notice.Every < 0 || r.Supervise.After < 0 || r.Hold < 0:
			return bad("%s has a negative time", l)
		case r.Notice.Every > 0 && r.Notice.After == 0:
			return bad("%s repeats a notice that it never sends first: set notice.after", l)
		}
		for _, c := range below {
			if !slices.Contains(r.Tell, c) {
				return bad("%s does not tell the %s, a lower level does", l, c)
			}
		}
		below = r.Tell
		who := append(slices.Clone(r.Tell), r.Track, r.Verdict)
		if r.Notice.After > 0 {
			who = append(who, r.Notice.To)
		}
		if r.Supervise.After > 0 {
			who = append(who, r.Supervise.By)
		}
		for _, c := range who {
			if !slices.Contains(known, c) {
				return bad("%s names %q; a capacity is one of %v", l, c, known)
			}
		}
	}
	if len(p.Rules) != 4 {
		return bad("it has %d rules; the levels are blue, yellow, orange and red", len(p.Rules))
	}
	return nil
}
