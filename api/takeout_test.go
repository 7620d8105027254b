package api

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/account"
	"fengsui/book"
	"fengsui/store"
)

// The registry leaves as a workbook and comes in again to the very same; who took it out
// stands in the file and in the journal.
func TestBook(t *testing.T) {
	f := newFixture(t)
	w := f.do(fengsui.RoleAdmin, http.MethodGet, "/export/registry", "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != bookType || !strings.Contains(w.Header().Get("Content-Disposition"), ".xlsx") {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	file := w.Body.String()
	sheets, err := book.Read([]byte(file))
	if err != nil || !strings.Contains(fmt.Sprint(sheets[0]), "u-admin (") || !strings.Contains(fmt.Sprint(sheets[0]), "10.1.2.3") {
		t.Errorf("the file says of itself %v, %v", sheets[0], err)
	}
	send := func(path, file string) ImportReport {
		t.Helper()
		req := f.as(fengsui.RoleAdmin, http.MethodPost, path, file)
		req.Header.Set("Content-Type", bookType)
		w := f.send(req)
		if w.Code != http.StatusOK {
			t.Fatal(w.Code, w.Body)
		}
		return answer[ImportReport](t, w)
	}
	if r := send("/import", file); r.Created+r.Changed+len(r.Errors) != 0 || r.Rows == 0 || len(r.Sheets) != 6 {
		t.Errorf("imported again: %+v", r)
	}
	b := book.NewWriter()
	defer b.Close()
	b.Sheet("测点", 1)
	b.Row("企业", "测点编码", "测点名称", "指标类型", "计量单位", "量程下限", "量程上限", "资产编码", "设备编码")
	b.Row("MINE-1", "P1", "测点 MINE-1", "液位", "m", 0, 12, "T1", "G1")
	b.Row("MINE-1", "P2", "新测点", "液位", "m", 0, -1, "T1", "G1")
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	r := send("/import?dry=true", out.String())
	if len(r.Errors) != 1 || r.Errors[0].Sheet != "points" || r.Errors[0].Row != 3 || len(r.Changes) != 1 || fmt.Sprint(r.Changes[0].Fields) != "[{range_high 10 12}]" {
		t.Errorf("a dry run: %+v", r)
	}
	entries, _, err := f.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "export"})
	if err != nil || len(entries) != 1 || entries[0].By.User != f.users[fengsui.RoleAdmin].ID {
		t.Errorf("the journal says %+v, %v", entries, err)
	}
}

// What leaves as a whole asks for the password again, and is not for a token (N08).
func TestTakeoutIsGrave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		_, secret, err := f.acc.IssueToken(t.Context(), security, fengsui.Platform("test"), account.Token{User: f.users[fengsui.RoleBureau].ID, Name: "x", Until: now() + 60_000})
		if err != nil {
			t.Fatal(err)
		}
		r := f.request(http.MethodGet, "/export/warnings", "")
		r.Header.Set("Authorization", "Bearer "+secret)
		refused(t, "a token", f.send(r), http.StatusForbidden, "not_by_token")
		files := map[string]fengsui.Role{"registry": fengsui.RoleAdmin, "journal": fengsui.RoleAuditor, "warnings": fengsui.RoleEnterprise, "steps": fengsui.RoleBureau, "orders": fengsui.RoleZone}
		for _, role := range files {
			f.do(role, http.MethodGet, "/session", "") // they sign in
		}
		time.Sleep(10*time.Minute + time.Second)
		for path, role := range files {
			refused(t, path, f.do(role, http.MethodGet, "/export/"+path, ""), http.StatusForbidden, "step_up")
			if w := f.do(role, http.MethodPost, "/session/proof", `{"password":"`+password+`"}`); w.Code != http.StatusOK {
				t.Fatal(w.Code, w.Body)
			}
			if w := f.do(role, http.MethodGet, "/export/"+path, ""); w.Code != http.StatusOK || w.Body.Len() == 0 {
				t.Errorf("%s after the password: %d", path, w.Code)
			}
		}
		if got := f.journalled("export"); got["exported"] != 5 {
			t.Errorf("the journal has %v", got)
		}
	})
}

// Lists leave as CSV and as workbooks, with who took them; no text is a formula to a
// spreadsheet.
func TestTakeout(t *testing.T) {
	f := newFixture(t)
	e := *f.mine.enterprise
	sheet := fmt.Sprintf("credit_code,name,sector,zone\n%s,=1+1 我方,%s,120116401\n", e.CreditCode, e.Sector)
	if rep, err := f.reg.Import(t.Context(), admin, fengsui.Platform("test"), "enterprises", []byte(sheet), false); err != nil || rep.Changed != 1 {
		t.Fatal(rep, err)
	}
	for _, what := range []string{"warnings", "steps", "orders", "journal"} {
		role, rows := fengsui.RoleEnterprise, map[string]int{"warnings": 2, "steps": 2, "orders": 3}[what]
		if what == "journal" {
			role = fengsui.RoleAuditor
		}
		w := f.do(role, http.MethodGet, "/export/"+what+"?language=en", "")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "\ufeff") {
			t.Fatalf("%s: %d %s", what, w.Code, w.Body)
		}
		in := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff")))
		in.FieldsPerRecord = -1
		lines, err := in.ReadAll()
		if err != nil || len(lines) < 3 || rows > 0 && len(lines) != rows+2 || !strings.Contains(lines[0][2], "u-"+string(role)+" (") {
			t.Fatalf("%s: %v, %v", what, lines, err)
		}
		if what == "warnings" && (lines[2][1] != "'=1+1 我方" || lines[1][1] != "Enterprise" || len(lines[2]) != len(lines[1])) {
			t.Errorf("warnings: %q", lines)
		}
		if what == "journal" && strings.Contains(w.Body.String(), "13800001234") {
			t.Error("the journal tells telephone numbers")
		}
		w = f.do(role, http.MethodGet, "/export/"+what+"?format=xlsx", "")
		sheets, err := book.Read(w.Body.Bytes())
		if err != nil || len(sheets) != 1 || len(sheets[0].Rows) < 3 || rows > 0 && len(sheets[0].Rows) != rows+2 {
			t.Errorf("%s as a workbook: %v, %v", what, sheets, err)
		}
	}
	if w := f.do(fengsui.RoleEnterprise, http.MethodGet, "/export/warnings?from=2000", ""); strings.Count(w.Body.String(), "\n") < 2 {
		t.Errorf("from a time on: %s", w.Body)
	}
	entries, _, err := f.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "export"})
	if err != nil || len(entries) != 9 || entries[0].Act != "exported" {
		t.Errorf("the journal has %d rows of it, %v, want 9", len(entries), err)
	}
}
