package registry

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fengsui"
	"fengsui/book"
	"fengsui/store"
)

// furnish makes a district with something of everything that a workbook holds.
func furnish(t *testing.T, r *Registry) {
	t.Helper()
	plant(t, r)
	var ring strings.Builder
	for i := range fengsui.MaxRing - 1 { // more than a cell holds
		at := 2 * math.Pi * float64(i) / float64(fengsui.MaxRing-1)
		fmt.Fprintf(&ring, "%v %v;", 117.7+math.Cos(at)/7, 39+math.Sin(at)/9)
	}
	for _, s := range [][2]string{
		{"enterprises", "credit_code,name,short_name,sector,zone,code,address,lon,lat\n" + credit(2) + ",=北方运输,北运,vehicles,120116401,BY-2,一号路,117.70000000000002,39.1\n"},
		{"assets", "enterprise,code,kind,name,place,attr:grade\nBH-1,MH;1,重大危险源,罐区,东侧,二级\n"},
		{"assets", "enterprise,code,kind,name,attr:plate,attr:class,attr:speed_limit\nBY-2,V1,车辆,一号车,津A12345,危险货物运输车,80\n"},
		{"devices", "enterprise,code,name,asset,key:jt808,key:mqtt\nBY-2,D1,终端,V1,013800001234,\"a;b=c\"\n"},
		{"points", "enterprise,code,name,quantity,unit,range_low,range_high,ll,l,h,hh,key,every\nBH-1,PT102,压力,压力,MPa,-0.1,1.6,-0.05,0,0.30000000000000004,1.5,否,1500ms\nBH-1,0012,温度,temperature,℃,-50,300,,,,,0,1h\n"},
		{"fences", "code,name,rule,centre,radius\nC1,全区,禁入,117.7 39,500\n"},
		{"fences", "enterprise,code,name,rule,speed_limit,classes,assets,ring\nBY-2,R1,限速区,限速,40,hazmat;ship,V1,\"" + ring.String() + "\"\n"},
		{"fences", "code,name,rule,assets,centre,radius\nC2,一车,禁出,BY-2/V1;BH-1/MH\\;1,117.7 39,500\n"},
		{"contacts", "party,name,duty,phone,channels,quiet\nBH-1,张三,主要负责人,13800001234,email:a@example.cn;voice/red:13800001234,22:00-07:00 orange\nBH-1,李四,safety_head,,\"webhook:https://example.cn/a\\;b\",\n120116401,王五,值班室,022-12345678,,\n"},
	} {
		if rep := imports(t, r, s[0], s[1]); rep.Created+rep.Changed != rep.Rows && s[0] != "contacts" || len(rep.Errors) > 0 {
			t.Fatalf("%s: %+v", s[0], rep)
		}
	}
}

func exports(t testing.TB, r *Registry) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.Export(t.Context(), admin, by(""), "2026-11-27T15:00:00Z wang (yygs) 10.1.2.3", &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func importBook(t testing.TB, r *Registry, file []byte, dry bool) Report {
	t.Helper()
	rep, err := r.ImportBook(t.Context(), admin, by(""), file, dry)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// What is exported says the same when it is imported again: here it changes nothing, in
// an empty district it makes everything as it was.
func TestBookAgain(t *testing.T) {
	r := open(t)
	furnish(t, r)
	file := exports(t, r)
	head := r.c.DB.Head()
	if rep := importBook(t, r, file, false); rep.Created+rep.Changed+len(rep.Errors) != 0 || rep.Rows == 0 || r.c.DB.Head() != head {
		t.Errorf("importing what was exported changed something: %+v", rep)
	}
	other := open(t)
	if rep := importBook(t, other, file, true); rep.Created == 0 || len(other.District().Enterprises) != 0 {
		t.Errorf("a dry run into an empty district: %+v", rep)
	}
	rep := importBook(t, other, file, false)
	if len(rep.Errors) > 0 || len(rep.Sheets) != len(Sheets) {
		t.Fatalf("into an empty district: %+v", rep)
	}
	got, want := other.sheets(other.District()), r.sheets(r.District())
	for _, what := range Sheets {
		if len(want[what]) == 0 {
			t.Errorf("the test has nothing of %s", what)
		}
		if !reflect.DeepEqual(got[what], want[what]) {
			t.Errorf("%s came back as\n%v\nwant\n%v", what, got[what], want[what])
		}
	}
	d, o := r.District(), other.District()
	for _, p := range d.Points {
		e := d.Enterprises[p.Enterprise]
		q := o.PointByCode(o.EnterpriseByCode(e.Code).Num, p.Code)
		if q.RangeLow != p.RangeLow || !reflect.DeepEqual(q.H, p.H) || q.Every != p.Every {
			t.Errorf("the point %s came back as %+v, want %+v", p.Code, q, p)
		}
	}
	if a, b := d.DeviceByKey("mqtt", "a;b=c"), o.DeviceByKey("mqtt", "a;b=c"); a == nil || b == nil {
		t.Error("a key with marks in it got lost")
	}
	entries := journal(t, r, "export")
	if len(entries) != 1 || !strings.Contains(entries[0], "wang (yygs)") {
		t.Errorf("the journal says of the export: %v", entries)
	}
}

// The file says who took it out, codes are texts, no text is a formula, and what no cell
// holds is spread over several.
func TestBookSheets(t *testing.T) {
	r := open(t)
	furnish(t, r)
	list, err := book.Read(exports(t, r))
	if err != nil {
		t.Fatal(err)
	}
	sheets := map[string][][]string{}
	var titles []string
	for _, s := range list {
		titles = append(titles, s.Name)
		for _, x := range s.Rows {
			sheets[s.Name] = append(sheets[s.Name], x.Cells)
		}
	}
	if !slices.Equal(titles, []string{"说明", "企业", "资产", "设备", "测点", "围栏", "联系人"}) {
		t.Errorf("the sheets are %v", titles)
	}
	for what, ok := range map[string]bool{
		"the mark":   slices.Contains(sheets["说明"][2], "2026-11-27T15:00:00Z wang (yygs) 10.1.2.3"),
		"the header": sheets["企业"][0][1] == "统一社会信用代码",
		"a formula":  slices.Contains(sheets["企业"][2], "=北方运输"),
		"a code":     sheets["测点"][1][1] == "0012",
		"a number":   slices.Contains(sheets["测点"][3], "-0.1"),
		"a ring":     slices.Contains(sheets["围栏"][0], "边界:2"),
		"words":      slices.Contains(sheets["资产"][3], "危险货物运输车"),
	} {
		if !ok {
			t.Errorf("%s is not there as it should be: %.2000v", what, sheets)
		}
	}
}

// bookOf is a workbook; an empty row is nil.
func bookOf(t testing.TB, sheets map[string][][]any) []byte {
	t.Helper()
	w := book.NewWriter()
	defer w.Close()
	for _, name := range slices.Sorted(maps.Keys(sheets)) {
		if err := w.Sheet(name, 1); err != nil {
			t.Fatal(err)
		}
		for _, row := range sheets[name] {
			if err := w.Row(slices.Clone(row)...); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// One workbook brings in what builds on each other; what is wrong stands by sheet, row
// and column, and then nothing comes in; a dry run says what would change.
func TestBookWhole(t *testing.T) {
	r := open(t)
	plant(t, r)
	sheets := map[string][][]any{
		"企业":  {{"统一社会信用代码", "企业名称", "行业", "功能区", "企业编码", "经度"}, nil, {credit(2), "新企业", "hazchem", "120116401", "BH-2", 117.5}},
		"资产":  {{"企业", "资产编码", "资产类型", "资产名称"}, {credit(2), "T9", "储罐", "九号罐"}},
		"设备":  {{"企业", "设备编码", "设备名称", "资产编码", "标识:push"}, {"BH-2", 4711, "网关", "T9", 13800001234.0}},
		"测点":  {{"企业", "测点编码", "测点名称", "指标类型", "计量单位", "量程下限", "量程上限", "高高限", "资产编码", "设备编码", "关键参数"}, {"BH-2", "L1", "液位", "液位", "m", 0, 10, 9.5, "T9", "4711", true}, {"BH-1", "LT101", "液位", "液位", "m", 0, 12, 9, "T1", "G1", "是"}},
		"联系人": {{"单位", "姓名", "职责", "电话"}, {"BH-2", "张三", "主要负责人", 13800001234.0}},
	}
	file := bookOf(t, sheets)
	head := r.c.DB.Head()
	dry := importBook(t, r, file, true)
	if dry.Created != 4 || dry.Changed != 2 || dry.Rows != 6 || len(dry.Errors) > 0 || r.c.DB.Head() != head || r.District().EnterpriseByCode("BH-2") != nil {
		t.Fatalf("the dry run: %+v", dry)
	}
	var said []string
	for _, c := range dry.Changes {
		said = append(said, fmt.Sprintf("%s %d %v %s %v", c.Sheet, c.Row, c.New, c.Name, c.Fields))
	}
	want := []string{"enterprises 3 true 新企业 []", "assets 2 true BH-2 T9 []", "devices 2 true BH-2 4711 []", "points 2 true BH-2 L1 []",
		"points 3 false BH-1 LT101 [{every 1m 5m} {range_high 10 12}]", "contacts 2 false BH-2 [{1  张三 主要负责人 13800001234}]"}
	if !slices.Equal(said, want) {
		t.Errorf("the dry run says\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	for what, change := range map[string]struct {
		row, column int
		to          any
		reason      string
	}{
		"测点 3 limits":     {2, 7, 99, "point_limits"},
		"设备 2 asset":      {1, 3, "T8", "unknown_asset"},
		"资产 2 enterprise": {1, 0, "BH-3", "no_enterprise"},
		"企业 3 zone":       {2, 3, "", "empty"},
		"联系人 2 phone":     {1, 3, "call me", "bad_phone"},
	} {
		sheet, _, _ := strings.Cut(what, " ")
		rows := slices.Clone(sheets[sheet])
		rows[change.row] = slices.Clone(rows[change.row])
		rows[change.row][change.column] = change.to
		wrong := maps.Clone(sheets)
		wrong[sheet] = rows
		rep := importBook(t, r, bookOf(t, wrong), false)
		found := slices.ContainsFunc(rep.Errors, func(e RowError) bool {
			return fmt.Sprintf("%s %d %s", r.data.Titles[e.Sheet], e.Row, e.Column) == what && e.Message != "" && (e.Reason == change.reason || change.reason == "point_limits")
		})
		if !found || r.c.DB.Head() != head {
			t.Errorf("%s: %+v; head %d, want %d", what, rep.Errors, r.c.DB.Head(), head)
		}
	}
	if rep := importBook(t, r, file, false); rep.Created != 4 || len(rep.Errors) > 0 {
		t.Fatalf("%+v", rep)
	}
	d := r.District()
	p := d.PointByCode(d.EnterpriseByCode("BH-2").Num, "L1")
	if p == nil || d.Devices[p.Device].Code != "4711" || d.Devices[p.Device].Keys["push"] != "13800001234" || d.Assets[d.Devices[p.Device].Asset].Code != "T9" || !p.Key {
		t.Errorf("the point came in as %+v", p)
	}
	for name, file := range map[string][]byte{
		"unknown_sheet":  bookOf(t, map[string][][]any{"别的": {{"x"}}}),
		"sheet_twice":    bookOf(t, map[string][][]any{"企业": {{"统一社会信用代码", "企业名称", "行业", "功能区"}}, "enterprises": {{"统一社会信用代码", "企业名称", "行业", "功能区"}}}),
		"unknown_column": bookOf(t, map[string][][]any{"企业": {{"颜色"}}}),
		"empty_book":     bookOf(t, nil),
	} {
		if _, err := r.ImportBook(t.Context(), admin, by(""), file, false); reason(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.ImportBook(t.Context(), fengsui.Scope{Role: fengsui.RoleDuty, All: true}, by(""), file, true); fengsui.CodeOf(err) != fengsui.Forbidden {
		t.Errorf("an import by the duty desk: %v", err)
	}
	if err := r.Export(t.Context(), fengsui.Scope{Role: fengsui.RoleDuty, All: true}, by(""), "", io.Discard); fengsui.CodeOf(err) != fengsui.Forbidden {
		t.Errorf("an export by the duty desk: %v", err)
	}
}

func journal(t *testing.T, r *Registry, kind string) (list []string) {
	t.Helper()
	entries, _, err := r.c.DB.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Act+" "+e.Why)
	}
	return list
}
