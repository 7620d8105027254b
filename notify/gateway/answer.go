package gateway

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"fengsui/notify"
)

// judge says what an answer means by the provider's table, and whether that knows it.
func (p *Provider) judge(said []byte) (receipt string, err error, known bool) {
	v := read(said)
	for i := range p.Answer {
		a := &p.Answer[i]
		if a.match != nil && !a.match.Match(said) || a.match == nil && !slices.Contains(a.Is, at(v, a.Path)) {
			continue
		}
		if a.Fate != notify.Taken {
			return "", notify.Judged{Fate: a.Fate, Why: a.Why}, true
		}
		if p.Receipt != "" {
			receipt = at(v, p.Receipt)
		}
		return receipt, nil, true
	}
	return "", notify.Judged{Fate: notify.Held, Why: "the provider's table does not know this answer"}, false
}

// read is JSON with its numbers as they stand; what is no JSON is nothing.
func read(b []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// at is the value at a path of names and indices, as text; empty when there is none.
func at(v any, path string) string {
	switch x := find(v, path).(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

func find(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}
