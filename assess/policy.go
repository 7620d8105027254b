package assess

import (
	"bytes"
	"embed"

	"gopkg.in/yaml.v3"

	"fengsui"
)

//go:embed policy/*.yaml
var policies embed.FS

// Load reads a policy that is shipped: "binhai".
func Load(name string) (*fengsui.QualityPolicy, error) {
	b, err := policies.ReadFile("policy/" + name + ".yaml")
	if err != nil {
		return nil, fengsui.Errorf(fengsui.NotFound, "no_policy", "there is no assessment policy %q; name one of those in assess/policy", name)
	}
	return Parse(b)
}

// Parse reads a policy file. Keys it does not know are refused.
func Parse(b []byte) (*fengsui.QualityPolicy, error) {
	bad := func(format string, args ...any) error {
		return fengsui.Errorf(fengsui.Invalid, "bad_policy", "the assessment policy cannot be read: "+format, args...)
	}
	var p fengsui.QualityPolicy
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&p); err != nil {
		return nil, bad("%v", err)
	}
	o := &p.Offline
	switch {
	case p.Name == "" || p.Version < 1 || p.Source == "":
		return nil, bad("it must have a name, a version from 1 on and a source")
	case !(o.Line >= 0 && o.Line < 1):
		return nil, bad("offline.line must be a share from 0 to below 1, it is %g", o.Line)
	case o.Stretch <= 0 || fengsui.Day%o.Stretch != 0:
		return nil, bad("offline.stretch must divide a day, it is %s", o.Stretch.Duration())
	case o.Missed < 1:
		return nil, bad("offline.missed must be 1 or more")
	case o.Ahead < 0 || o.Ahead%o.Stretch != 0:
		return nil, bad("offline.ahead must be a number of stretches, it is %s", o.Ahead.Duration())
	case o.Settle < 0 || o.Back < fengsui.Day || o.Keep < o.Back:
		return nil, bad("offline.settle must not be negative, back at least a day and keep not shorter than back")
	case len(o.Days) == 0:
		return nil, bad("offline.days names no number of days")
	}
	last := 0
	for _, n := range o.Days {
		if n <= last {
			return nil, bad("offline.days must rise from 1 on, they are %v", o.Days)
		}
		last = n
	}
	return &p, nil
}
