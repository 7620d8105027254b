package risk

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"fengsui"
)

// flaw is what is wrong with a model, and where: a path of keys and indexes in its
// text, "ladder.1.at", and in a formula's expression a line and a column from 1.
type flaw struct {
	err          *fengsui.Error
	cause        error  // of YAML's reader, which says where by itself; nil for others
	path         string // empty: not known
	line, column int
}

func (f *flaw) Error() string { return f.err.Message }
func (f *flaw) Unwrap() []error {
	if f.cause == nil {
		return []error{f.err}
	}
	return []error{f.err, f.cause}
}

// yamlLine is where YAML's reader says that something is.
var yamlLine = regexp.MustCompile(`\bline (\d+): `)

// problems are what is wrong with a text, as err says it: with the place, where it is
// known.
func problems(text string, err error) []fengsui.ModelProblem {
	p := fengsui.ModelProblem{Reason: "internal", Text: err.Error()}
	if e, ok := errors.AsType[*fengsui.Error](err); ok {
		p.Reason = e.Reason
	}
	var unread *yaml.TypeError
	if errors.As(err, &unread) { // it names several at once
		var list []fengsui.ModelProblem
		for _, what := range unread.Errors {
			x := p
			x.Line, x.Text = lineOf(what)
			list = append(list, x)
		}
		return list
	}
	f, ok := errors.AsType[*flaw](err)
	if !ok || f.path == "" {
		p.Line, _ = lineOf(p.Text)
		return []fengsui.ModelProblem{p}
	}
	p.Path = f.path
	if f.line > 0 {
		p.Within = &fengsui.Spot{Line: f.line, Column: f.column}
	}
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 {
		return []fengsui.ModelProblem{p}
	}
	at, whole := find(doc.Content[0], f.path)
	p.Line, p.Column = at.Line, at.Column
	if whole && f.line > 0 {
		p.Line, p.Column = within(text, at, f.line, f.column)
	}
	return []fengsui.ModelProblem{p}
}

// lineOf takes the line out of a complaint of YAML's reader.
func lineOf(what string) (line int, text string) {
	m := yamlLine.FindStringSubmatchIndex(what)
	if m == nil {
		return 0, what
	}
	line, _ = strconv.Atoi(what[m[2]:m[3]])
	return line, what[:m[0]] + what[m[1]:]
}

// find is the node at a path, or the nearest above it that is there; whole reports
// whether it is the one.
func find(n *yaml.Node, path string) (at *yaml.Node, whole bool) {
	for step := range strings.SplitSeq(path, ".") {
		var next *yaml.Node
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == step {
					next = n.Content[i+1]
				}
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
				next = n.Content[i]
			}
		}
		if next == nil {
			return n, false
		}
		n = next
	}
	return n, true
}

// within is the place of a line and column of a scalar's value in the text; the
// column is 0 where the value's lines are not the text's.
func within(text string, n *yaml.Node, line, column int) (int, int) {
	lines := strings.Split(text, "\n")
	switch {
	case n.Style&yaml.LiteralStyle != 0 && n.Line+line <= len(lines): // it begins below the |
		first := strings.TrimLeft(strings.Join(lines[n.Line:], "\n"), "\n") // whose indentation is taken off all
		return n.Line + line, len(first) - len(strings.TrimLeft(first, " ")) + column
	case n.Style&yaml.FoldedStyle != 0:
		return n.Line + 1, 0
	case line > 1:
		return n.Line, 0
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		column++
	}
	return n.Line, n.Column + column - 1
}
