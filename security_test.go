package fengsui

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityTable keeps docs/security.md honest: a control that is built names its
// tests, and every test that is named exists (N08).
func TestSecurityTable(t *testing.T) {
	b, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| (8\.1\.\d[^|]*) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$`)
	seen := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(string(b), -1) {
		clause, state, how, tests := strings.TrimSpace(m[1]), strings.TrimSpace(m[3]), strings.TrimSpace(m[4]), strings.TrimSpace(m[5])
		if seen[clause] {
			t.Errorf("%s has two lines", clause)
		}
		seen[clause] = true
		switch state {
		case "built", "in part":
			if how == "-" || tests == "-" && clause != "8.1.4.11 a" { // that nothing else is kept is seen in the tables
				t.Errorf("%s is %s, and does not say how or which test holds it", clause, state)
			}
		case "operator":
		default:
			t.Errorf("%s has the state %q: it must be built, in part or operator", clause, state)
		}
		if tests == "-" {
			continue
		}
		for _, name := range strings.Fields(tests) {
			if why := missingTest(name); why != "" {
				t.Errorf("%s names %s: %s", clause, name, why)
			}
		}
	}
	if len(seen) < 28 {
		t.Errorf("the tables have %d controls, want 28 at least", len(seen))
	}
	for _, part := range []string{"## The operator's job", "## Missing", "## What is sealed"} {
		if !strings.Contains(string(b), part) {
			t.Errorf("%q is not there", part)
		}
	}
}
