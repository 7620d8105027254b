package fengsui

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCoverage keeps docs/coverage.md honest: one line for each of the 143
// requirements, and every test that a line names exists.
func TestCoverage(t *testing.T) {
	b, err := os.ReadFile("docs/coverage.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"A": 37, "V": 14, "H": 28, "F": 12, "C": 14, "P": 14, "L": 11, "N": 13}
	wantAll := 0
	for _, n := range want {
		wantAll += n
	}
	row := regexp.MustCompile(`(?m)^\| ([AVHFCPLN])(\d\d) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$`)
	got, seen, all := map[string]int{}, map[string]bool{}, 0
	for _, m := range row.FindAllStringSubmatch(string(b), -1) {
		id := m[1] + m[2]
		if seen[id] {
			t.Errorf("%s has two lines", id)
		}
		seen[id] = true
		got[m[1]]++
		all++
		state, where, tests := strings.TrimSpace(m[3]), strings.TrimSpace(m[4]), strings.TrimSpace(m[5])
		switch state {
		case "not yet":
			if where != "-" || tests != "-" {
				t.Errorf("%s is not yet there, and yet names %q and %q", id, where, tests)
			}
		case "built", "in part":
			for _, dir := range strings.Fields(where) {
				if _, err := os.Stat(dir); err != nil {
					t.Errorf("%s names %s, which is not there", id, dir)
				}
			}
			if tests == "-" || tests == "" {
				t.Errorf("%s is %s and names no test", id, state)
			}
			for _, name := range strings.Fields(tests) {
				if why := missingTest(name); why != "" {
					t.Errorf("%s names %s: %s", id, name, why)
				}
			}
		default:
			t.Errorf("%s has the state %q: it must be built, in part or not yet", id, state)
		}
	}
	for letter, n := range want {
		if got[letter] != n {
			t.Errorf("%d lines for %s.., want %d", got[letter], letter, n)
		}
	}
	if all != wantAll {
		t.Errorf("%d lines, want %d", all, wantAll)
	}
}

// missingTest says why dir.TestName (or dir.TestName/case, with the case's name
// in the test file or as a file in testdata; web/e2e.NAME for a browser's walk) is
// not there, or nothing.
func missingTest(name string) string {
	dir, test, ok := strings.Cut(name, ".")
	if !ok {
		return "write it as dir.TestName"
	}
	if dir == "root" {
		dir = "."
	}
	test, sub, _ := strings.Cut(test, "/")
	files, _ := filepath.Glob(filepath.Join(dir, "*_test.go"))
	found, text := false, ""
	for _, f := range files {
		b, _ := os.ReadFile(f)
		text += string(b)
	}
	if dir == "web/e2e" {
		_, err := os.Stat(filepath.Join(dir, test+".spec.ts"))
		found = err == nil
	} else {
		found = regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(test) + `\(`).MatchString(text)
	}
	if !found {
		return "there is no such test"
	}
	if sub == "" {
		return ""
	}
	if stories, _ := filepath.Glob(filepath.Join(dir, "testdata", "story", sub+"*.txtar")); len(stories) > 0 {
		return ""
	}
	if strings.Contains(text, `"`+sub+`"`) {
		return ""
	}
	return "the test has no such case"
}
