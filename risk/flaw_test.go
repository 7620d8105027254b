package risk

import (
	"fmt"
	"strings"
	"testing"
)

// What is wrong with a text is said with a reason and with its place in it.
func TestProblems(t *testing.T) {
	formula := strings.Replace(goodModel, "kind: ladder", "kind: formula\nwindow: 1m\nformula:\n  inputs: [{code: a, zh: 甲, en: a}]\n  expr: a > 1\ninputs: [{code: a, suffix: x}]", 1)
	formula = strings.Replace(formula, "ladder: [{rung: H, level: yellow}, {rung: HH, level: red}]", "ladder: [{rung: H, level: yellow, at: 1}]", 1)
	if _, err := Parse([]byte(formula)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text, old, new string
		want                 []string // reason line:column
	}{
		{"an unknown key", goodModel, "deadBand:", "deadband:", []string{"model_unreadable 7:0"}},
		{"two at once", goodModel, "version: 1", "version: x\nvarsion: 1", []string{"model_unreadable 3:0", "model_unreadable 4:0"}},
		{"no YAML", goodModel, "kind: ladder", "kind: [" /* where its reader says */, []string{"model_unreadable 3:0"}},
		{"a kind", goodModel, "kind: ladder", "kind: magic", []string{"model_kind 4:7"}},
		{"a rung", goodModel, "rung: HH,", "rung: HHH,", []string{"model_rungs 6:43"}},
		{"a limit where there is none", goodModel, "level: red}", "level: red, at: 1}", []string{"model_limits 6:63"}},
		{"what is not there", goodModel, "  en: {title: a, cause: b, consequence: c, action: d, response: e}\n", "", []string{"model_texts 10:3"}},
		{"a formula", formula, "expr: a > 1", "expr: a > b", []string{"formula_invalid 8:13 formula.expr 1:5"}},
		{"its grammar", formula, "expr: a > 1", "expr: a > > 1", []string{"formula_invalid 8:13 formula.expr 1:5"}},
		{"in quotes", formula, "expr: a > 1", "expr: 'a > > 1'", []string{"formula_invalid 8:14 formula.expr 1:5"}},
		{"over lines", formula, "expr: a > 1", "expr: |\n    a >\n      1 > > 2", []string{"formula_invalid 10:11 formula.expr 2:7"}},
		{"its input", formula, "en: a}]", "en: ''}]", []string{"formula_invalid 7:12"}},
	} {
		text := strings.Replace(c.text, c.old, c.new, 1)
		if text == c.text {
			t.Fatalf("%s: %q is not in the text", c.name, c.old)
		}
		_, err := Parse([]byte(text))
		if err == nil {
			t.Errorf("%s: it is taken", c.name)
			continue
		}
		var got []string
		for _, p := range problems(text, err) {
			x := fmt.Sprintf("%s %d:%d", p.Reason, p.Line, p.Column)
			if p.Within != nil {
				x += fmt.Sprintf(" %s %d:%d", p.Path, p.Within.Line, p.Within.Column)
			}
			got = append(got, x)
			if p.Text == "" {
				t.Errorf("%s: no sentence", c.name)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}
