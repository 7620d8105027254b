package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fengsui"
	"fengsui/book"
)

// ImportBook brings a workbook (.xlsx) in: a sheet for each table, named as Export names
// it or by its key, in any number and order; all of it or nothing. Otherwise it is as
// Import.
func (r *Registry) ImportBook(ctx context.Context, s fengsui.Scope, by fengsui.Actor, file []byte, dry bool) (Report, error) {
	rep := Report{Dry: dry}
	if err := s.Allow(fengsui.ActRegistry, fengsui.None); err != nil {
		return rep, err
	}
	sheets, err := book.Read(file)
	if err != nil {
		return rep, err
	}
	var tables []table
	for _, sheet := range sheets {
		what := r.data.sheetNamed(sheet.Name)
		if what == "about" || len(sheet.Rows) == 0 {
			continue
		}
		if what == "" {
			return rep, fengsui.Errorf(fengsui.Invalid, "unknown_sheet", "the workbook has no use for the sheet %.40q; it may have %s", sheet.Name, r.data.sheetNames())
		}
		if slices.ContainsFunc(tables, func(t table) bool { return t.what == what }) {
			return rep, fengsui.Errorf(fengsui.Invalid, "sheet_twice", "the sheet %.40q stands there twice", sheet.Name)
		}
		columns := r.data.Sheets[what]
		keys, err := headerKeys(sheet.Rows[0].Cells, columns)
		if err != nil {
			return rep, book.Within(fmt.Sprintf("sheet %q", sheet.Name), err)
		}
		t := table{what: what}
		for _, x := range sheet.Rows[1:] {
			for len(x.Cells) < len(keys) { // cells at the end that nobody filled
				x.Cells = append(x.Cells, "")
			}
			t.rows = append(t.rows, rowOf(what, x.Number, x.Cells, keys, columns, &rep))
		}
		tables = append(tables, t)
	}
	if len(tables) == 0 {
		return rep, fengsui.Errorf(fengsui.Invalid, "empty_book", "the workbook has no rows; it may have the sheets %s", r.data.sheetNames())
	}
	return r.bring(ctx, s, by, tables, rep)
}

// sheetNamed is the table that a sheet of a workbook stands for; empty: none.
func (d *data) sheetNamed(name string) string {
	name = strings.TrimSpace(name)
	for _, what := range append([]string{"about"}, Sheets...) {
		if strings.EqualFold(name, what) || name == d.Titles[what] {
			return what
		}
	}
	return ""
}

func (d *data) sheetNames() string {
	var list []string
	for _, what := range Sheets {
		list = append(list, d.Titles[what]+" ("+what+")")
	}
	return strings.Join(list, ", ")
}
