package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"fengsui"
)

// scopeCase says how a route is called. whose is nil for what belongs to nobody.
type scopeCase struct {
	path func(x things) string // nil: the route's own
	body func(x things) string
	// act is the right that the object asks for, where it is not the route's.
	act fengsui.Act
	// or is a second right that will do.
	or fengsui.Act
	// scoped routes are a list or an object of the district; the others belong to
	// nobody (policies, accounts) or to oneself.
	scoped bool
	// bySector things belong to a sector and no enterprise: of those who may do the
	// act, a regulator alone has a theirs.
	bySector bool
	// byParty things are handed to zones and regulators: an enterprise has none.
	byParty bool
	// fresh cases leave something behind that would disturb the next.
	fresh bool
	// refuse is the answer of the last word, for a request that everybody may make
	// but that goes no further here.
	refuse int
}

func text(s string) func(things) string { return func(things) string { return s } }

func ofWarning(suffix string) func(things) string {
	return func(x things) string { return "/warnings/" + string(x.warning.ID) + suffix }
}

func ofOrder(k fengsui.OrderKind, suffix string) func(things) string {
	return func(x things) string { return "/orders/" + string(x.orders[k].ID) + suffix }
}

func ofOutage(suffix string) func(things) string {
	return func(x things) string { return "/outages/outage-" + string(x.enterprise.ID) + suffix }
}

func ofComplaint(suffix string) func(things) string {
	return func(x things) string { return "/complaints/complaint-" + string(x.enterprise.ID) + suffix }
}

func ofEnterprise(suffix string) func(things) string {
	return func(x things) string { return "/enterprises/" + string(x.enterprise.ID) + suffix }
}

const why = `"why":"because"`

// scopeCases has every route. A route of the OpenAPI document without a case
// fails the test.
func scopeCases() map[string][]scopeCase {
	one := func(c scopeCase) []scopeCase { return []scopeCase{c} }
	act := func(suffix, json string) []scopeCase {
		return one(scopeCase{path: ofWarning(suffix), body: text(json), scoped: true})
	}
	orders := func(suffix, json string, or fengsui.Act) (list []scopeCase) {
		for _, k := range []fengsui.OrderKind{fengsui.OrderSupervise, fengsui.OrderRoutine, fengsui.OrderPlan} {
			list = append(list, scopeCase{path: ofOrder(k, suffix), body: text(json), scoped: true, act: orderActs[k], or: or})
		}
		return list
	}
	model := func(suffix, json string) []scopeCase {
		return one(scopeCase{path: func(x things) string { return "/inventory/" + string(x.enterprise.Sector) + suffix }, body: text(json), scoped: true, bySector: true})
	}
	return map[string][]scopeCase{
		"POST /session":          one(scopeCase{fresh: true, body: text(`{"login":"u-duty","password":"` + password + `"}`)}),
		"GET /session":           one(scopeCase{}),
		"DELETE /session":        one(scopeCase{fresh: true}),
		"POST /session/password": one(scopeCase{body: text(`{"old":"wrong","new":"something longer"}`), refuse: http.StatusUnprocessableEntity}),

		"POST /session/proof":         one(scopeCase{body: text(`{"password":"` + password + `"}`)}),
		"GET /session/totp":           one(scopeCase{}),
		"POST /session/totp":          one(scopeCase{}),
		"POST /session/totp/confirm":  one(scopeCase{body: text(`{"code":"1"}`), refuse: http.StatusUnprocessableEntity}),
		"POST /session/totp/recovery": one(scopeCase{refuse: http.StatusConflict}),
		"DELETE /session/totp":        one(scopeCase{}),
		"GET /sessions":               one(scopeCase{}),
		"DELETE /sessions":            one(scopeCase{}),
		"DELETE /sessions/{id}":       one(scopeCase{path: func(things) string { return "/sessions/none" }, refuse: http.StatusNotFound}),
		"DELETE /users/{id}/totp":     one(scopeCase{path: func(things) string { return "/users/none/totp" }, refuse: http.StatusNotFound}),

		"GET /warnings":               one(scopeCase{scoped: true}),
		"GET /warnings/counts":        one(scopeCase{scoped: true}),
		"GET /warnings/{id}":          one(scopeCase{path: ofWarning(""), scoped: true}),
		"GET /warnings/{id}/timeline": one(scopeCase{path: ofWarning("/timeline"), scoped: true}),

		"GET /warnings/{id}/proof": one(scopeCase{path: ofWarning("/proof"), scoped: true}),
		"GET /seal":                one(scopeCase{}),

		"GET /warnings/{id}/curve/{part}": one(scopeCase{path: ofWarning("/curve/before"), scoped: true}),

		"POST /warnings/{id}/confirm":  act("/confirm", ""),
		"POST /warnings/{id}/assign":   act("/assign", `{"version":1,"to":"Li"}`),
		"POST /warnings/{id}/shelve":   act("/shelve", `{"version":1,"until":2000,`+why+`}`),
		"POST /warnings/{id}/unshelve": act("/unshelve", `{"version":1}`),
		"POST /warnings/{id}/verify":   act("/verify", `{"version":1,"finding":"true",`+why+`}`),
		"POST /warnings/{id}/handle":   act("/handle", `{"version":1,`+why+`}`),
		"POST /warnings/{id}/report":   act("/report", `{"version":1,`+why+`}`),
		"POST /warnings/{id}/ask":      act("/ask", `{"version":1,"to":"blue","end":"open",`+why+`}`),
		"POST /warnings/{id}/decide":   act("/decide", `{"version":1,"to":"none","end":"cleared",`+why+`}`),
		"POST /warnings/{id}/accident": act("/accident", `{"version":1,"plan":"fire",`+why+`}`),
		"POST /warnings/{id}/note":     act("/note", `{"kind":"call",`+why+`}`),
		"POST /warnings/{id}/remind":   act("/remind", `{`+why+`}`),
		"POST /warnings/{id}/receive":  act("/receive", ""),
		"POST /deliveries/{id}/resend": one(scopeCase{path: func(x things) string { return "/deliveries/" + string(x.warning.ID) + "/resend" }, body: text(`{` + why + `}`), scoped: true}),
		"GET /operation":               one(scopeCase{}),
		"GET /faults":                  one(scopeCase{}),
		"POST /faults/{id}/settle":     one(scopeCase{path: func(things) string { return "/faults/broken/settle" }, body: text(`{"note":"mended"}`)}),
		"GET /pushes/trouble":          one(scopeCase{scoped: true}),
		"GET /watch":                   one(scopeCase{}),
		"GET /watch/draft":             one(scopeCase{}),
		"GET /colleagues":              one(scopeCase{}),
		"GET /handovers":               one(scopeCase{}),
		"GET /handovers/{id}":          one(scopeCase{path: func(things) string { return "/handovers/h1" }}),
		"GET /handovers/{id}/warnings": one(scopeCase{path: func(things) string { return "/handovers/h1/warnings" }}),
		"POST /handovers":              one(scopeCase{body: text(`{"taker":"none","note":""}`), refuse: http.StatusUnprocessableEntity}),
		"POST /handovers/{id}/sign":    one(scopeCase{path: func(things) string { return "/handovers/h1/sign" }, body: text(`{"version":1,"answer":""}`)}),
		"POST /handovers/{id}/return":  one(scopeCase{path: func(things) string { return "/handovers/h1/return" }, body: text(`{"version":1,"answer":"no"}`)}),
		"GET /views":                   one(scopeCase{}),
		"POST /views":                  one(scopeCase{body: text(`{"page":"warnings","name":"x","query":""}`)}),
		"DELETE /views/{id}":           one(scopeCase{path: func(things) string { return "/views/v1" }}),
		"GET /roster":                  one(scopeCase{}),
		"POST /roster/look":            one(scopeCase{body: text(`{}`)}),
		"PUT /roster":                  one(scopeCase{body: text(`{"version":0,"contacts":[],"shifts":[{"from":"08:00","to":"20:00","who":["nobody"]}],"away":[],"chase":{"after":"5m","least":"red"}}`), refuse: http.StatusUnprocessableEntity}),
		"POST /warnings/{id}/merge": one(scopeCase{path: ofWarning("/merge"), scoped: true,
			body: func(x things) string { return fmt.Sprintf(`{"version":1,"into":%q}`, x.other.ID) }}),

		"GET /orders":              one(scopeCase{scoped: true}),
		"GET /orders/{id}":         one(scopeCase{path: ofOrder(fengsui.OrderPlan, ""), scoped: true}),
		"POST /orders/{id}/assign": orders("/assign", `{"version":1,"to":"Li"}`, fengsui.ActAssign),
		"POST /orders/{id}/result": orders("/result", `{"version":1,"result":"done"}`, ""),
		"POST /orders/{id}/check":  orders("/check", `{"version":1,"item":"call"}`, ""),

		"GET /outages":                   one(scopeCase{scoped: true}),
		"GET /outages/rules":             one(scopeCase{}),
		"GET /outages/offline":           one(scopeCase{scoped: true}),
		"GET /outages/sorted":            one(scopeCase{scoped: true}),
		"GET /outages/{id}":              one(scopeCase{path: ofOutage(""), scoped: true}),
		"GET /outages/{id}/held":         one(scopeCase{path: ofOutage("/held"), scoped: true}),
		"POST /outages":                  one(scopeCase{body: text(`{"reason":"breakdown","targets":[],"from":1,"to":2,"why":"x","measures":"x"}`)}),
		"POST /outages/{id}/verify":      one(scopeCase{path: ofOutage("/verify"), scoped: true, body: text(`{"version":1,"text":"x"}`)}),
		"POST /outages/{id}/decide":      one(scopeCase{path: ofOutage("/decide"), scoped: true, body: text(`{"version":1,"until":0,"text":"x"}`)}),
		"POST /outages/{id}/cancel":      one(scopeCase{path: ofOutage("/cancel"), scoped: true, body: text(`{"version":1,"text":"x"}`)}),
		"POST /outages/{id}/end":         one(scopeCase{path: ofOutage("/end"), scoped: true, or: fengsui.ActLeave, body: text(`{"version":1,"text":"x"}`)}),
		"POST /warnings/{id}/sort":       act("/sort", `{"class":"serious","text":"x"}`),
		"GET /public/complaints/rules":   one(scopeCase{}),
		"POST /public/complaints":        one(scopeCase{fresh: true, body: text(`{"kind":"report","topic":"danger","text":"x"}`)}),
		"POST /public/complaints/look":   one(scopeCase{body: text(`{"number":"x","secret":"x"}`), refuse: http.StatusNotFound}),
		"POST /complaints":               one(scopeCase{body: text(`{"kind":"report","topic":"danger","text":"x"}`)}),
		"GET /complaints":                one(scopeCase{scoped: true}),
		"GET /complaints/{id}":           one(scopeCase{path: ofComplaint(""), scoped: true, byParty: true}),
		"POST /complaints/{id}/assign":   one(scopeCase{path: ofComplaint("/assign"), scoped: true, byParty: true, body: text(`{"version":1,"party":"x","text":"x"}`)}),
		"POST /complaints/{id}/answer":   one(scopeCase{path: ofComplaint("/answer"), scoped: true, byParty: true, body: text(`{"version":1,"text":"x"}`)}),
		"POST /complaints/{id}/close":    one(scopeCase{path: ofComplaint("/close"), scoped: true, byParty: true, body: text(`{"version":1,"outcome":"x","text":"x"}`)}),
		"POST /complaints/{id}/erase":    one(scopeCase{path: ofComplaint("/erase"), scoped: true, byParty: true, body: text(`{"version":1,"text":"x"}`)}),
		"POST /complaints/{id}/reporter": one(scopeCase{path: ofComplaint("/reporter"), scoped: true, byParty: true, body: text(`{` + why + `}`)}),

		"POST /files":     one(scopeCase{}),
		"GET /files/{id}": one(scopeCase{path: func(x things) string { return "/files/" + string(x.file.ID) }, scoped: true}),

		"GET /inventory":                one(scopeCase{}),
		"GET /models/vocabulary":        one(scopeCase{scoped: true}),
		"POST /inventory/check":         one(scopeCase{body: text(`{"text":"id: x"}`)}),
		"GET /inventory/{id}":           model("", ""),
		"PUT /inventory/{id}/draft":     model("/draft", `{"revision":0,"text":"id: x"}`),
		"POST /inventory/{id}/submit":   model("/submit", `{"revision":1}`),
		"POST /inventory/{id}/release":  model("/release", `{"revision":1,`+why+`}`),
		"POST /inventory/{id}/refuse":   model("/refuse", `{"revision":1,`+why+`}`),
		"POST /inventory/{id}/retire":   model("/retire", `{"revision":1,`+why+`}`),
		"GET /inventory/{id}/replay":    model("/replay", ""),
		"POST /inventory/{id}/replay":   model("/replay", `{"revision":1,"from":1,"to":2}`),
		"DELETE /inventory/{id}/replay": model("/replay", ""),
		"GET /gradings":                 one(scopeCase{}),
		"PUT /gradings/{id}/draft": one(scopeCase{path: func(x things) string { return "/gradings/" + string(x.enterprise.Sector) + "/draft" }, scoped: true, bySector: true,
			body: func(x things) string { return gradingBody(x.enterprise.Sector) }}),
		"POST /gradings/{id}/guide": one(scopeCase{path: func(x things) string { return "/gradings/" + string(x.enterprise.Sector) + "/guide" }, scoped: true, bySector: true,
			body: text(`{"revision":1,"agreed":true,"guidance":"so"}`)}),

		"GET /enterprises":                    one(scopeCase{scoped: true}),
		"GET /enterprises/{id}":               one(scopeCase{path: ofEnterprise(""), scoped: true}),
		"GET /enterprises/{id}/points":        one(scopeCase{path: ofEnterprise("/points"), scoped: true}),
		"POST /enterprises/{id}/contacts":     one(scopeCase{path: ofEnterprise("/contacts"), scoped: true}),
		"GET /enterprises/{id}/keys":          one(scopeCase{path: ofEnterprise("/keys"), scoped: true}),
		"POST /enterprises/{id}/keys":         one(scopeCase{path: ofEnterprise("/keys"), scoped: true, refuse: http.StatusConflict}),
		"POST /enterprises/{id}/keys/rotate":  one(scopeCase{path: ofEnterprise("/keys/rotate"), scoped: true, fresh: true}),
		"DELETE /enterprises/{id}/keys/{key}": one(scopeCase{path: func(x things) string { return ofEnterprise("/keys/")(x) + x.key }, scoped: true, fresh: true}),
		"GET /points/{id}":                    one(scopeCase{path: func(x things) string { return "/points/" + string(x.point.ID) }, scoped: true}),
		"GET /points/{id}/trend":              one(scopeCase{path: func(x things) string { return "/points/" + string(x.point.ID) + "/trend?from=1&to=2" }, scoped: true}),
		"GET /enterprises/{id}/process":       one(scopeCase{path: ofEnterprise("/process"), scoped: true}),
		"GET /enterprises/{id}/months":        one(scopeCase{path: ofEnterprise("/months"), scoped: true}),
		"GET /enterprises/{id}/quality":       one(scopeCase{path: ofEnterprise("/quality"), scoped: true}),
		"GET /quality":                        one(scopeCase{scoped: true}),
		"GET /warnings/standing":              one(scopeCase{path: text("/warnings/standing?at=2000"), scoped: true}),
		"GET /assets/{id}":                    one(scopeCase{path: func(x things) string { return "/assets/" + string(x.point.Asset) }, scoped: true}),
		"GET /map/search":                     one(scopeCase{path: text("/map/search?text=-1"), scoped: true}),
		"GET /map/inside":                     one(scopeCase{path: text("/map/inside?lon=117.7&lat=39&radius=2000"), scoped: true}),
		"GET /map/assets":                     one(scopeCase{path: text("/map/assets?box=117,38,118,40"), scoped: true}),
		"GET /vehicles":                       {{scoped: true}, {path: text("/vehicles?at=1700000000000"), scoped: true}},
		"GET /kinds":                          one(scopeCase{}),
		"GET /devices":                        one(scopeCase{scoped: true}),
		"GET /devices/{id}":                   one(scopeCase{path: func(x things) string { return "/devices/" + string(x.device.ID) }, scoped: true}),
		"GET /devices/{id}/track":             one(scopeCase{path: func(x things) string { return "/devices/" + string(x.device.ID) + "/track?from=1&to=2" }, scoped: true}),
		"POST /strays/adopt": one(scopeCase{fresh: true, body: func(x things) string {
			return fmt.Sprintf(`{"protocol":"jt808","key":"new","enterprise":%q,"code":"D9","name":"x"}`, x.enterprise.ID)
		}}),
		"GET /fences":  one(scopeCase{scoped: true}),
		"POST /fences": one(scopeCase{fresh: true, body: text(`{"code":"F9","name":"x","rule":"keep_in","centre":[117.7,39],"radius":5}`)}),
		"PUT /fences/{id}": one(scopeCase{fresh: true, path: func(x things) string { return "/fences/" + string(x.fence.ID) }, scoped: true, body: func(x things) string {
			return fmt.Sprintf(`{"version":1,"code":"F1","name":"x","enterprise":%q,"rule":"slow","speedLimit":30,"centre":[117.7,39],"radius":5}`, x.enterprise.ID)
		}}),
		"DELETE /fences/{id}":            one(scopeCase{fresh: true, path: func(x things) string { return "/fences/" + string(x.fence.ID) }, scoped: true}),
		"GET /journal":                   one(scopeCase{scoped: true}),
		"GET /journal/proof":             one(scopeCase{scoped: true}),
		"GET /audit/limits":              one(scopeCase{scoped: true}),
		"GET /audit/false-alarms":        one(scopeCase{}),
		"GET /audit/gaps":                one(scopeCase{scoped: true}),
		"GET /audit/thresholds":          one(scopeCase{scoped: true}),
		"GET /performance":               one(scopeCase{scoped: true}),
		"GET /performance/chattering":    one(scopeCase{scoped: true}),
		"GET /journal/feed":              one(scopeCase{scoped: true}),
		"GET /wall":                      one(scopeCase{scoped: true}),
		"GET /wall/feed":                 one(scopeCase{scoped: true}),
		"POST /wall/open":                one(scopeCase{body: text(`{"secret":"none"}`), refuse: http.StatusUnauthorized}),
		"GET /strays":                    one(scopeCase{scoped: true}),
		"GET /channels/dead":             one(scopeCase{}),
		"GET /parties":                   one(scopeCase{}),
		"GET /models":                    one(scopeCase{}),
		"GET /plans":                     one(scopeCase{}),
		"GET /policy":                    one(scopeCase{}),
		"GET /health":                    one(scopeCase{}),
		"GET /held":                      one(scopeCase{scoped: true}),
		"GET /held/pushes":               one(scopeCase{scoped: true}),
		"POST /held/pushes":              one(scopeCase{body: text(`{"pushes":["push"],"send":true,` + why + `}`)}),
		"POST /held/release":             one(scopeCase{body: text(`{"which":"later",` + why + `}`)}),
		"GET /clock":                     one(scopeCase{}),
		"POST /clock/release":            one(scopeCase{body: text(`{` + why + `}`)}),
		"POST /import/{what}":            one(scopeCase{path: func(things) string { return "/import/enterprises?dry=true" }, body: text("credit_code,name,sector,zone\n")}),
		"POST /import":                   one(scopeCase{path: func(things) string { return "/import?dry=true" }, body: text("x"), refuse: http.StatusUnprocessableEntity}),
		"GET /export/registry":           one(scopeCase{}),
		"GET /export/warnings":           one(scopeCase{scoped: true}),
		"GET /export/steps":              one(scopeCase{scoped: true}),
		"GET /export/orders":             one(scopeCase{scoped: true}),
		"GET /export/journal":            one(scopeCase{scoped: true}),
		"GET /users":                     one(scopeCase{}),
		"POST /users":                    one(scopeCase{body: text(`{"login":"xx","name":"x","role":"duty","party":"x","password":"x"}`), refuse: http.StatusUnprocessableEntity}),
		"GET /users/{id}":                one(scopeCase{path: func(things) string { return "/users/none" }, refuse: http.StatusNotFound}),
		"POST /users/{id}":               one(scopeCase{path: func(things) string { return "/users/none" }, body: text(`{"version":1,"name":"x","role":"duty","party":"x","disabled":false}`), refuse: http.StatusNotFound}),
		"POST /users/{id}/password":      one(scopeCase{path: func(things) string { return "/users/none/password" }, body: text(`{"password":"x"}`), refuse: http.StatusNotFound}),
		"POST /users/{id}/unlock":        one(scopeCase{path: func(things) string { return "/users/none/unlock" }, refuse: http.StatusNotFound}),
		"POST /users/{id}/link":          one(scopeCase{path: func(things) string { return "/users/none/link" }, refuse: http.StatusNotFound}),
		"GET /people":                    one(scopeCase{refuse: http.StatusForbidden}), // of nobody who was not named for it
		"POST /people/{id}/link":         one(scopeCase{path: func(things) string { return "/people/none/link" }, refuse: http.StatusForbidden}),
		"POST /activation":               one(scopeCase{body: text(`{"secret":"none","password":"x"}`), refuse: http.StatusNotFound}),
		"POST /activation/look":          one(scopeCase{body: text(`{"secret":"none"}`), refuse: http.StatusNotFound}),
		"GET /approvals":                 one(scopeCase{}),
		"POST /approvals":                one(scopeCase{body: text(`{"method":"POST","path":"/held/release","body":{"which":"later",` + why + `},` + why + `}`), refuse: http.StatusUnprocessableEntity}), // in a district without such a list
		"POST /approvals/{id}/decide":    one(scopeCase{path: func(things) string { return "/approvals/none/decide" }, body: text(`{"approve":true,"reason":"x"}`), refuse: http.StatusNotFound}),
		"POST /approvals/{id}/withdraw":  one(scopeCase{path: func(things) string { return "/approvals/none/withdraw" }, refuse: http.StatusNotFound}),
		"POST /approvals/{id}/carry-out": one(scopeCase{path: func(things) string { return "/approvals/none/carry-out" }, refuse: http.StatusNotFound}),
		"GET /tokens":                    one(scopeCase{}),
		"POST /tokens":                   one(scopeCase{body: text(`{"user":"none","name":"x","readOnly":true,"until":1}`), refuse: http.StatusNotFound}),
		"DELETE /tokens/{id}":            one(scopeCase{path: func(things) string { return "/tokens/none" }, refuse: http.StatusNotFound}),
	}
}

// call makes a role's request for a case about x and reads the whole answer; a
// feed is left once it has told what was there.
func (c scopeCase) call(f *fixture, role fengsui.Role, r Route, x things) *httptest.ResponseRecorder {
	path := r.Path
	if c.path != nil {
		path = c.path(x)
	}
	text := ""
	if c.body != nil {
		text = c.body(x)
	}
	req := f.as(role, r.Method, path, text)
	switch r.Path {
	case "/files":
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		part, _ := m.CreateFormFile("file", "a.jpg")
		part.Write([]byte("picture"))
		m.Close()
		req = f.as(role, r.Method, path, form.String())
		req.Header.Set("Content-Type", m.FormDataContentType())
	case "/import/{what}":
		req.Header.Set("Content-Type", "text/csv")
	case "/import":
		req.Header.Set("Content-Type", bookType)
	case "/journal/feed", "/wall/feed":
		ctx, leave := context.WithCancel(req.Context())
		defer leave()
		req.Header.Set("Last-Event-ID", "0")
		n := 0
		w := &flushed{httptest.NewRecorder(), func() {
			if n++; n == 2 { // the first beat, then what was there
				leave()
			}
		}}
		f.api.ServeHTTP(w, req.WithContext(ctx))
		return w.ResponseRecorder
	}
	return f.send(req)
}

// Every route, as every role, for what is theirs to see and what is not: out of
// scope is 404, in scope without the right is 403, and no list, total or stream
// shows what is another's (DESIGN §4, A05).
func TestScope(t *testing.T) {
	cases := scopeCases()
	fresh := func() *fixture { return newFixture(t) }
	f := fresh()

	// The routes come from the document, so that no new one is left out.
	var documented []string
	for path, item := range f.api.huma.OpenAPI().Paths {
		for method, op := range map[string]any{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if b, _ := json.Marshal(op); string(b) != "null" {
				documented = append(documented, method+" "+path)
			}
		}
	}
	var declared []string
	for _, r := range f.api.Routes() {
		declared = append(declared, r.Method+" "+r.Path)
	}
	slices.Sort(documented)
	slices.Sort(declared)
	if !slices.Equal(documented, declared) {
		t.Errorf("the document has %v, the routes are %v", documented, declared)
	}
	for name := range cases {
		if !slices.Contains(declared, name) {
			t.Errorf("the case %s has no route", name)
		}
	}

	all := map[fengsui.Role]bool{fengsui.RoleDuty: true, fengsui.RoleShift: true, fengsui.RoleBureau: true, fengsui.RoleCommittee: true,
		fengsui.RoleLeader: true, fengsui.RoleDiscipline: true, fengsui.RoleAdmin: true, fengsui.RoleSecurity: true, fengsui.RoleAuditor: true}
	checked := 0
	for _, r := range f.api.Routes() {
		name := r.Method + " " + r.Path
		list := cases[name]
		if list == nil {
			t.Errorf("%s has no case: say how it is called, and what of it is scoped", name)
		}
		// Nobody is let in unsigned.
		if !r.Open {
			for _, c := range list {
				path := r.Path
				if c.path != nil {
					path = c.path(f.mine)
				}
				req := f.request(r.Method, path, "")
				req.Header.Set(keyHeader, "unsigned-1")
				if w := f.send(req); w.Code != http.StatusUnauthorized {
					t.Errorf("%s unsigned: got %d %s, want 401", name, w.Code, w.Body)
				}
			}
		}
		for _, role := range fengsui.Roles {
			for i, c := range list {
				f := f
				if c.fresh {
					f = fresh()
				}
				what := fmt.Sprintf("%s case %d as %s", name, i, role)
				scope := fengsui.ScopeOf(f.users[role].ID, role, f.reg.District().Parties[f.users[role].Party], fengsui.None)
				right := r.Act
				if c.act != "" {
					right = c.act
				}
				peak := fengsui.None
				if strings.HasPrefix(r.Path, "/warnings/{id}") || strings.HasPrefix(r.Path, "/orders/{id}") {
					peak = fengsui.Red
				}
				may := right == "" || scope.May(right, peak) || c.or != "" && scope.May(c.or, peak)
				want := http.StatusOK
				switch {
				case r.Open && c.refuse == 0:
				case !may:
					want = http.StatusForbidden
				case c.refuse != 0:
					want = c.refuse
				}
				f.calls = nil
				w := c.call(f, role, r, f.mine)
				checked++
				if w.Code != want {
					t.Errorf("%s, mine: got %d %s, want %d", what, w.Code, w.Body, want)
				}
				if w.Code == http.StatusOK && strings.Contains(r.Path, "{id}") && c.scoped && !r.Mutates {
					if got := w.Body.String(); !strings.Contains(got, string(f.mine.enterprise.ID)) && r.Path != "/files/{id}" && r.Path != "/enterprises/{id}/keys" && r.Path != "/points/{id}/trend" && r.Path != "/warnings/{id}/timeline" {
						t.Errorf("%s, mine: the answer does not show it: %s", what, got)
					}
				}
				if w.Code == http.StatusOK {
					f.checkCall(t, what, role, r.Mutates)
				}
				if !c.scoped {
					continue
				}
				if strings.Contains(r.Path, "{id}") {
					if all[role] || c.bySector && role != fengsui.RoleRegulator || c.byParty && role == fengsui.RoleEnterprise {
						continue // there is no theirs
					}
					f.calls = nil
					w := c.call(f, role, r, f.theirs)
					checked++
					if w.Code != http.StatusNotFound {
						t.Errorf("%s, theirs: got %d %s, want 404", what, w.Code, w.Body)
					}
					if n := len(f.calls); n > 1 {
						t.Errorf("%s, theirs: the stages were asked %v", what, f.calls)
					}
					continue
				}
				// Lists, totals and the stream.
				if w.Code != http.StatusOK {
					continue
				}
				shows := func(x things) bool {
					for _, text := range []string{string(x.enterprise.ID), string(x.warning.ID), x.enterprise.Name, string(x.orders[fengsui.OrderPlan].ID)} {
						if strings.Contains(w.Body.String(), text) {
							return true
						}
					}
					return false
				}
				if r.Path != "/warnings/counts" && !shows(f.mine) {
					t.Errorf("%s: what is mine is not there: %s", what, w.Body)
				}
				if shows(f.theirs) && !all[role] {
					t.Errorf("%s: it shows what is theirs: %s", what, w.Body)
				}
				totals := map[string][2]int{"/warnings": {2, 4}, "/orders": {3, 6}, "/enterprises": {1, 2}, "/vehicles": {1, 2}, "/devices": {2, 4}, "/fences": {1, 2}, "/pushes/trouble": {1, 2}, "/quality": {1, 2}, "/warnings/standing": {2, 4}, "/map/assets": {1, 2}}
				if n, ok := totals[r.Path]; ok {
					total := n[0]
					if all[role] {
						total = n[1]
					}
					if got := answer[struct{ Total int }](t, w).Total; got != total {
						t.Errorf("%s: total %d, want %d", what, got, total)
					}
				}
				if r.Path == "/warnings/counts" {
					red := 1
					if all[role] {
						red = 2
					}
					if got := answer[fengsui.WarningCounts](t, w).Open[fengsui.Red]; got != red {
						t.Errorf("%s: %d red ones, want %d", what, got, red)
					}
				}
			}
		}
	}
	t.Logf("%d routes, %d requests", len(declared), checked)
}

// checkCall checks that a stage was given the caller's own scope, and for an act
// their name.
func (f *fixture) checkCall(t *testing.T, what string, role fengsui.Role, mutates bool) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.calls) == 0 {
		return // registry and accounts are real: the journal tells
	}
	u := f.users[role]
	s, by := f.last.scope, f.last.by
	if s.User != u.ID || s.Role != role || s.Party != u.Party {
		t.Errorf("%s: the stage was given the scope %+v", what, s)
	}
	if mutates && (by.User != u.ID || by.Name != u.Name || by.Role != role || by.From != "10.1.2.3" || !strings.HasPrefix(by.Key, "test-key-")) {
		t.Errorf("%s: the stage was given the actor %+v", what, by)
	}
}

// A person who is shown only red warnings finds no other by its address, in a
// list, or in the feed.
func TestLeast(t *testing.T) {
	f := newFixture(t)
	u := f.users[fengsui.RoleLeader]
	u.Least = fengsui.Red
	if _, err := f.acc.ChangeUser(t.Context(), security, fengsui.Platform("test"), u); err != nil {
		t.Fatal(err)
	}
	get := func(path string) *httptest.ResponseRecorder {
		return f.do(fengsui.RoleLeader, http.MethodGet, path, "")
	}
	refused(t, "a blue one", get("/warnings/"+string(f.mine.other.ID)), http.StatusNotFound, "not_here")
	if w := get("/warnings/" + string(f.mine.warning.ID)); w.Code != http.StatusOK {
		t.Errorf("a red one: %d %s", w.Code, w.Body)
	}
	if got := answer[WarningList](t, get("/warnings")); got.Total != 2 {
		t.Errorf("the list has %d, want the 2 red ones", got.Total)
	}
	c := scopeCase{}
	feed := c.call(f, fengsui.RoleLeader, Route{Method: http.MethodGet, Path: "/journal/feed"}, f.mine).Body.String()
	if strings.Contains(feed, string(f.mine.other.ID)) || !strings.Contains(feed, string(f.mine.warning.ID)) {
		t.Errorf("the feed is %s", feed)
	}
}
