package store

import (
	"fmt"
	"strings"

	"fengsui"
)

// Columns names the columns by which a table's rows belong somewhere. An empty
// name means that the table has no such column.
type Columns struct {
	Enterprise, Zone, Sector, Peak string
}

// Scoped is the condition that keeps a query inside a scope, with a leading
// " AND ", and args with what it needs appended. The zero Scope matches nothing.
func Scoped(s fengsui.Scope, c Columns, args []any) (string, []any) {
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	cond := ""
	if !s.All {
		var or []string
		if s.Enterprise != "" && c.Enterprise != "" {
			or = append(or, c.Enterprise+" = "+arg(s.Enterprise))
		}
		if s.Zone != "" && c.Zone != "" {
			or = append(or, c.Zone+" = "+arg(s.Zone))
		}
		var in []string
		for _, x := range s.Sectors {
			if x != "" && c.Sector != "" {
				in = append(in, arg(x))
			}
		}
		if len(in) > 0 {
			or = append(or, c.Sector+" IN ("+strings.Join(in, ",")+")")
		}
		if len(or) == 0 {
			return " AND 1=0", args
		}
		cond = " AND (" + strings.Join(or, " OR ") + ")"
	}
	if s.Least > 0 && c.Peak != "" {
		// Rows without a level are not hidden by it.
		cond += " AND (" + c.Peak + " = 0 OR " + c.Peak + " >= " + arg(s.Least) + ")"
	}
	return cond, args
}

// Like is the pattern of LOWER(column) LIKE pattern ESCAPE '\' for a text that is
// searched for: contains, any place, either case of ASCII letters.
func Like(text string) string {
	lower := func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.Map(lower, text)) + "%"
}
