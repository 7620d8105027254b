package registry

import (
	"cmp"
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fengsui"
	"fengsui/book"
	"fengsui/store"
)

// Export writes everything that ImportBook reads as a workbook (.xlsx): imported again it
// changes nothing. mark says who took it out and when. Contacts stand there in full: the
// journal row that Export writes says that they were seen.
func (r *Registry) Export(ctx context.Context, s fengsui.Scope, by fengsui.Actor, mark string, w io.Writer) error {
	if err := s.Allow(fengsui.ActRegistry, fengsui.None); err != nil {
		return err
	}
	if !s.All {
		return fengsui.Errorf(fengsui.Forbidden, "may_not", "the whole registry is for those to take out who see all of it")
	}
	d := r.District()
	sheets := r.sheets(d)
	rows := map[string]int{}
	for _, what := range Sheets {
		rows[what] = len(sheets[what])
	}
	err := r.c.DB.Change(ctx, func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "export", ID: "registry"}, Act: "exported", By: by, Why: mark, After: rows})
	})
	if err != nil {
		return err
	}
	out := book.NewWriter()
	defer out.Close()
	if err := out.Sheet(r.data.Titles["about"], 0); err != nil {
		return err
	}
	about := [][]any{{"fengsui"}, {r.data.District.Zh, r.data.District.Code}, {"导出", mark}}
	for _, what := range Sheets {
		about = append(about, []any{r.data.Titles[what], rows[what]})
	}
	for _, line := range about {
		if err := out.Row(line...); err != nil {
			return err
		}
	}
	for _, what := range Sheets {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := writeSheet(out, r.data.Titles[what], r.data.Sheets[what], sheets[what]); err != nil {
			return err
		}
	}
	_, err = out.WriteTo(w)
	return err
}

// sheets are the rows of each sheet, by column key, in an order that depends on nothing
// but what they say.
func (r *Registry) sheets(d *fengsui.District) map[string][]map[string]string {
	x := newSpeller(r.data, d)
	out := map[string][]map[string]string{}
	add := func(what string, cells map[string]string) { out[what] = append(out[what], cells) }
	for _, e := range d.Enterprises {
		add("enterprises", x.enterprise(e))
	}
	for _, a := range d.Assets {
		add("assets", x.asset(a))
	}
	for _, v := range d.Devices {
		add("devices", x.device(v))
	}
	for _, p := range d.Points {
		add("points", x.point(p))
	}
	for _, f := range d.Fences {
		add("fences", x.fence(f))
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b map[string]string) int {
			return cmp.Or(strings.Compare(a["enterprise"], b["enterprise"]), strings.Compare(a["code"], b["code"]))
		})
	}
	for _, p := range slices.SortedFunc(maps.Values(d.Parties), func(a, b *fengsui.Party) int { return strings.Compare(a.Code, b.Code) }) {
		for i := range p.Contacts {
			add("contacts", x.contact(p.ID, &p.Contacts[i]))
		}
	}
	return out
}

// writeSheet writes one sheet with a header; columns that hold nothing and need not be
// there are left out, those that may be there several times come in order.
func writeSheet(w *book.Writer, title string, columns []column, rows []map[string]string) error {
	if err := w.Sheet(title, 1); err != nil {
		return err
	}
	used := map[string]bool{}
	for _, cells := range rows {
		for key, text := range cells {
			used[key] = used[key] || text != ""
		}
	}
	var keys []string
	var header []any
	var numbers []bool
	for _, c := range columns {
		if !strings.HasSuffix(c.Key, ":") {
			if c.Must || used[c.Key] || len(rows) == 0 {
				keys, header, numbers = append(keys, c.Key), append(header, c.Zh), append(numbers, c.Number)
			}
			continue
		}
		var more []string
		for key := range used {
			if strings.HasPrefix(key, c.Key) && used[key] {
				more = append(more, key)
			}
		}
		slices.SortFunc(more, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
		for _, key := range more {
			keys, header, numbers = append(keys, key), append(header, c.Zh+strings.TrimPrefix(key, c.Key)), append(numbers, false)
		}
	}
	if err := w.Row(header...); err != nil {
		return err
	}
	line := make([]any, len(keys))
	for _, cells := range rows {
		for k, key := range keys {
			line[k] = nil
			if text := cells[key]; text != "" {
				line[k] = text
				if v, err := strconv.ParseFloat(text, 64); numbers[k] && err == nil {
					line[k] = v
				}
			}
		}
		if err := w.Row(line...); err != nil {
			return err
		}
	}
	return nil
}
