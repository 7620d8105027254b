package warning

import (
	"reflect"
	"strings"
	"testing"

	"fengsui"
)

// TestPolicy reads the shipped policies and holds binhai against Articles 20-23.
func TestPolicy(t *testing.T) {
	const minute, hour = fengsui.Span(60_000), fengsui.Span(3_600_000)
	p, err := Load("binhai")
	if err != nil {
		t.Fatal(err)
	}
	type rule struct {
		article              string
		tell                 string
		track, notice, visit fengsui.Capacity
		after, every, order  fengsui.Span
		routine, uplink      bool
		verdict              fengsui.Capacity
		hold                 fengsui.Span
	}
	for level, want := range map[fengsui.Level]rule{
		blue:   {article: "20", tell: "enterprise", track: "enterprise", routine: true, verdict: "enterprise"},
		yellow: {"21", "zone enterprise", "zone", "enterprise", "zone", hour, hour, 24 * hour, false, false, "zone", 8 * hour},
		orange: {"22", "regulator zone enterprise", "regulator", "regulator", "regulator", hour, hour, 12 * hour, false, false, "regulator", 2 * hour},
		red:    {"23", "bureau regulator zone enterprise", "regulator", "regulator", "regulator", 30 * minute, 30 * minute, 2 * hour, false, true, "regulator", 30 * minute},
	} {
		r := p.Rules[level]
		var tell []string
		for _, c := range r.Tell {
			tell = append(tell, string(c))
		}
		got := rule{r.Article, strings.Join(tell, " "), r.Track, r.Notice.To, r.Supervise.By, r.Notice.After, r.Notice.Every, r.Supervise.After, r.Routine, r.Uplink, r.Verdict, r.Hold}
		if got != want {
			t.Errorf("A%s %s: got %+v, want %+v", want.article, level, got, want)
		}
	}
	if p.Relapse != hour || p.Key() != "binhai@1" || p.Scale != "" {
		t.Errorf("got relapse %v, key %s, scale %q", p.Relapse.Duration(), p.Key(), p.Scale)
	}

	// The show differs in its times alone: minutes for hours.
	demo, err := Load("demo")
	if err != nil {
		t.Fatal(err)
	}
	if demo.Scale == "" {
		t.Error("demo does not say that it is a show")
	}
	for level, r := range p.Rules {
		scaled := *r
		for _, s := range []*fengsui.Span{&scaled.Notice.After, &scaled.Notice.Every, &scaled.Supervise.After, &scaled.Hold} {
			*s /= 60
		}
		if !reflect.DeepEqual(demo.Rules[level], &scaled) {
			t.Errorf("demo %s: got %+v, want %+v", level, demo.Rules[level], scaled)
		}
	}
	if demo.Relapse != p.Relapse/60 {
		t.Errorf("demo relapse: got %v", demo.Relapse.Duration())
	}
	if _, err := Load("nowhere"); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("a policy that is not there: %v", err)
	}
}

func TestPolicyIsChecked(t *testing.T) {
	good, err := policies.ReadFile("policy/binhai.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, says string }{
		{"not YAML", "levels:", "levels: [", "cannot be read"},
		{"unknown key", "relapse: 1h", "relapses: 1h", "cannot be read"},
		{"no span", "relapse: 1h", "relapse: soon", "cannot be read"},
		{"unknown level", "\n  red:", "\n  purple:", "cannot be read"},
		{"no name", "name: binhai", `name: ""`, "a name"},
		{"no version", "version: 1", "version: 0", "version"},
		{"no date", `since: "2022-09-01"`, "since: soon", "date"},
		{"negative relapse", "relapse: 1h", "relapse: -1h", "relapse"},
		{"a level without a rule", "\n  blue:\n    article: \"20\"\n    tell: [enterprise]\n    track: enterprise\n    routine: true\n    verdict: enterprise\n", "\n", "blue has no rule"},
		{"a rule for none", "\n  blue:", "\n  none: {article: x, tell: [zone], track: zone, verdict: zone}\n  blue:", "5 rules"},
		{"no article", `article: "23"`, `article: ""`, "article"},
		{"tells nobody", "tell: [enterprise]", "tell: []", "tells nobody"},
		{"unknown capacity", "verdict: zone", "verdict: mayor", `"mayor"`},
		{"a lower level tells more", "tell: [bureau, regulator, zone, enterprise]", "tell: [bureau, regulator, zone]", "enterprise"},
		{"a negative time", "hold: 30m", "hold: -30m", "negative"},
		{"a repeat without a first", "notice: {after: 30m, every: 30m, to: regulator}", "notice: {every: 30m, to: regulator}", "never sends first"},
	} {
		text := strings.Replace(string(good), c.old, c.new, 1)
		if text == string(good) {
			t.Errorf("%s: the case changes nothing", c.name)
		}
		_, err := Parse([]byte(text))
		if fengsui.CodeOf(err) != fengsui.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want it to say %q", c.name, err, c.says)
		}
	}
	if _, err := Parse(good); err != nil {
		t.Errorf("the unchanged file: %v", err)
	}
}

func FuzzPolicy(f *testing.F) {
	for _, name := range []string{"binhai", "demo"} {
		b, err := policies.ReadFile("policy/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			return
		}
		for l := fengsui.None; l <= fengsui.Red; l++ { // what passes can be used
			p.Due(l, fengsui.Clock{Anchor: 1}, 1<<40)
			p.Next(l, fengsui.Clock{Anchor: 1})
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	p, err := Load("binhai")
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t)
	defer l.stop()
	for name, c := range map[string]Config{
		"no store":        {District: l.config.District, Policies: l.config.Policies},
		"no district":     {DB: l.db, Policies: l.config.Policies},
		"no policy":       {DB: l.db, District: l.config.District},
		"a policy twice":  {DB: l.db, District: l.config.District, Policies: []*fengsui.Escalation{p, p}},
		"an empty policy": {DB: l.db, District: l.config.District, Policies: []*fengsui.Escalation{{}}},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
