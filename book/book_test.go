package book

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"fengsui"
)

func reason(err error) string {
	if e, ok := errors.AsType[*fengsui.Error](err); ok {
		return e.Reason
	}
	return fmt.Sprint(err)
}

// written is a workbook of ours.
func written(t testing.TB) []byte {
	t.Helper()
	w := NewWriter()
	defer w.Close()
	var b bytes.Buffer
	err := errors.Join(w.Sheet("企业", 1), w.Row("编码", "数值"), w.Row("0012", 7.5), w.Row(), w.Row("=1+1", 0.30000000000000004), w.Row(nil, 3),
		w.Sheet("测点", 0), w.Row("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is written is read again, by us and by a peer.
func TestWrite(t *testing.T) {
	file := written(t)
	got, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "[{企业 [{1 [编码 数值]} {2 [0012 7.5]} {4 [=1+1 0.30000000000000004]} {5 [ 3]}]} {测点 [{1 [x]}]}]"
	if fmt.Sprint(got) != want {
		t.Errorf("read %v\nwant %s", got, want)
	}
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("企业", excelize.Options{RawCellValue: true})
	if err != nil || fmt.Sprint(rows) != "[[编码 数值] [0012 7.5] [] [=1+1 0.30000000000000004] [ 3]]" {
		t.Errorf("the peer reads %v, %v", rows, err)
	}
	if formula, _ := f.GetCellFormula("企业", "A4"); formula != "" {
		t.Errorf("a text became the formula %s", formula)
	}
}

// What a spreadsheet program writes: shared strings, texts in pieces, numbers with
// exponents, truth values, formulas, a hidden sheet.
func TestRead(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	err := errors.Join(f.SetCellValue("Sheet1", "B2", "text"), f.SetCellValue("Sheet1", "C2", true), f.SetCellValue("Sheet1", "D2", 13800001234.0), f.SetCellValue("Sheet1", "E2", 1e-7),
		f.SetCellRichText("Sheet1", "B3", []excelize.RichTextRun{{Text: "two "}, {Text: "pieces", Font: &excelize.Font{Bold: true}}}),
		f.SetCellFormula("Sheet1", "C3", "1+1"))
	if _, failed := f.NewSheet("hidden"); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	if err := errors.Join(f.SetCellValue("hidden", "A1", "x"), f.SetSheetVisible("hidden", false)); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := Read(b.Bytes())
	if want := "[{Sheet1 [{2 [ text 1 13800001234 0.0000001]} {3 [ two pieces]}]}]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("read %v, %v\nwant %s", got, err, want)
	}
}

// hostile is a workbook with parts of one's own; a part is written by a function.
func hostile(t testing.TB, parts map[string]func(io.Writer)) []byte {
	t.Helper()
	text := func(s string) func(io.Writer) { return func(w io.Writer) { io.WriteString(w, s) } }
	all := map[string]func(io.Writer){
		"xl/workbook.xml":            text(`<workbook xmlns:r="r"><sheets><sheet name="企业" sheetId="1" r:id="rId1"/></sheets></workbook>`),
		"xl/_rels/workbook.xml.rels": text(`<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`),
		"xl/worksheets/sheet1.xml":   text(`<worksheet><sheetData/></worksheet>`),
	}
	maps.Copy(all, parts)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name](w)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Hostile files are refused with a sentence, and cost neither memory nor time (N08).
func TestHostile(t *testing.T) {
	const part = "xl/worksheets/sheet1.xml"
	many := func(n int, before, each, after string) func(io.Writer) {
		return func(w io.Writer) {
			io.WriteString(w, before)
			chunk := strings.Repeat(each, 1000)
			for range n / 1000 {
				io.WriteString(w, chunk)
			}
			io.WriteString(w, after)
		}
	}
	sheet := func(cells string) func(io.Writer) {
		return func(w io.Writer) { io.WriteString(w, `<worksheet><sheetData>`+cells+`</sheetData></worksheet>`) }
	}
	one := func(f func(io.Writer)) []byte { return hostile(t, map[string]func(io.Writer){part: f}) }
	whole := one(sheet(`<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>`))
	for what, x := range map[string]struct {
		file   []byte
		reason string
	}{
		"no zip":              {[]byte("enterprise,code\n"), "bad_book"},
		"half a file":         {whole[:len(whole)/2], "bad_book"},
		"a bomb":              {one(many(5_000_000, "<worksheet>", " >", "</worksheet>")), "book_large"},
		"a bomb of elements":  {one(many(100_000, "<worksheet>", "<a/>", "")), "bad_book"},
		"depth":               {one(many(100_000, "", "<a>", "")), "bad_book"},
		"depth in a cell":     {one(many(100_000, `<worksheet><sheetData><row><c><v>`, "<a>", "")), "bad_book"},
		"a tag without end":   {one(many(1_000_000, "<worksheet ", `a="" `, "/>")), "book_large"},
		"a text without end":  {one(many(5_000_000, "<worksheet><sheetData><row><c><v>", "9", "</v></c></row></sheetData></worksheet>")), "book_large"},
		"many rows":           {one(many(60_000, "<worksheet><sheetData>", `<row><c t="str"><v>x</v></c></row>`, "</sheetData></worksheet>")), "too_many_rows"},
		"rows of nothing":     {one(many(100_000, "<worksheet><sheetData>", `<row/>`, "</sheetData></worksheet>")), ""},
		"many cells":          {one(many(20_000, "<worksheet><sheetData>", `<row><c r="GR1" t="str"><v>x</v></c></row>`, "</sheetData></worksheet>")), "book_large"},
		"a far cell":          {one(sheet(`<row r="1"><c r="XFD1" t="str"><v>x</v></c></row>`)), "too_many_columns"},
		"a place out of all":  {one(sheet(`<row r="1"><c r="ZZZZZZZZZZZZZ1" t="str"><v>x</v></c></row>`)), "too_many_columns"},
		"rows backwards":      {one(sheet(`<row r="5"/><row r="4"/>`)), "bad_book"},
		"cells backwards":     {one(sheet(`<row r="1"><c r="B1"/><c r="A1"/></row>`)), "bad_book"},
		"a text that is not":  {one(sheet(`<row r="1"><c t="s"><v>7</v></c></row>`)), "bad_book"},
		"a formula's error":   {one(sheet(`<row r="1"><c t="e"><v>#N/A</v></c></row>`)), "bad_formula"},
		"XML that breaks off": {one(func(w io.Writer) { io.WriteString(w, `<worksheet><sheetData><row><c t="str"><v>x</v></c></row>`) }), "bad_book"},
		"an entity": {one(func(w io.Writer) {
			io.WriteString(w, `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>`)
		}), "bad_book"},
		"many shared strings": {hostile(t, map[string]func(io.Writer){"xl/sharedStrings.xml": many(600_000, "<sst>", "<si/>", "</sst>")}), "book_large"},
		"a sheet that is not": {hostile(t, map[string]func(io.Writer){"xl/workbook.xml": func(w io.Writer) {
			io.WriteString(w, `<workbook><sheets><sheet name="x" id="rId9"/></sheets></workbook>`)
		}}), "bad_book"},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		list, err := read(x.file, 8<<20) // an eighth: a bomb takes an eighth of the time
		runtime.ReadMemStats(&after)
		if x.reason == "" && (err != nil || len(list) != 1 || len(list[0].Rows) != 0) || x.reason != "" && reason(err) != x.reason {
			t.Errorf("%s (%d bytes): %v, want %s", what, len(x.file), err, x.reason)
		}
		if strings.HasPrefix(what, "depth") && !strings.Contains(fmt.Sprint(err), "too deep") {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: the error is %d bytes long", what, len(err.Error()))
		}
		if grown := int64(after.Sys) - int64(before.Sys); grown > 300<<20 {
			t.Errorf("%s: the process grew by %d MiB", what, grown>>20)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(hostile(f, nil))
	f.Add(written(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		sheets, err := Read(file)
		if _, ok := errors.AsType[*fengsui.Error](err); err != nil && !ok {
			t.Fatalf("an error that is not for people: %v", err)
		}
		for _, s := range sheets {
			for _, x := range s.Rows {
				if len(x.Cells) == 0 || len(x.Cells) > MaxColumns {
					t.Fatalf("a row of %d cells", len(x.Cells))
				}
			}
		}
	})
}
