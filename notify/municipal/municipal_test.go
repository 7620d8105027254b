package municipal

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fengsui"
	"fengsui/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

func message() notify.Message {
	k := &notify.Case{ID: "0190aaaa-0000-7000-8000-000000000001", Level: fengsui.Red, Peak: fengsui.Red, Condition: fengsui.Active, Work: fengsui.Verified,
		Model: "tank.level", ModelVersion: 3, Sector: "hazchem", Subject: "T-101 液位", Rung: "HH", Value: 11.25, Limit: 11, Unit: "m",
		SignalAt: 1656633909000, RaisedAt: 1656633910123}
	k.Enterprise.Code, k.Enterprise.CreditCode, k.Enterprise.Name = "120116001", "91120116MA05XXXX0A", "甲 & 乙 <化工>"
	k.Enterprise.Address, k.Enterprise.Lon, k.Enterprise.Lat = "南港工业区", 117.7, 38.75
	k.Zone.Code, k.Zone.Name = "120116-tj", "经开区"
	return notify.Message{Key: "0190aaaa-0000-7000-8000-00000000000a/0190aaaa-0000-7000-8000-00000000000b", Kind: fengsui.StepUplink, Number: 1, Level: fengsui.Red,
		Article: "23", Act: "raised", At: 1656633910123, To: notify.Receiver{Code: "sj", Name: "市级监测预警系统", Capacities: []fengsui.Capacity{fengsui.AsMunicipal}},
		Case: k, Link: "https://fengsui.example/warnings/0190aaaa-0000-7000-8000-000000000001",
		Texts: map[string]notify.Text{
			"zh": {Title: "【红色预警情况】甲：产生预警", Body: "级别：红色（重大风险）\n监测值：11.25 m", Next: "掌握情况"},
			"en": {Title: "[RED warning] raised", Body: "Level: RED\nMeasured: 11.25 m", Next: "take note"},
		}}
}

// cases are the messages of a warning's life.
func cases() map[string]notify.Message {
	alert := message()
	second := message()
	second.Key, second.Act, second.At = "step2/party", "verified", 1656634000000
	second.References = []notify.Reference{{Key: alert.Key, At: alert.At}}
	third := second
	third.Key, third.Act, third.At = "step3/party", "lowered", 1656635000000
	third.Level = fengsui.Orange
	third.References = append(slices.Clone(second.References), notify.Reference{Key: second.Key, At: second.At})
	cancel := third
	k := *third.Case
	k.End, k.EndedAt, k.Condition = fengsui.Cleared, 1656636000000, fengsui.Returned
	cancel.Key, cancel.Act, cancel.At, cancel.Case, cancel.Level = "step4/party", "cleared", 1656636000000, &k, fengsui.None
	timed := second
	timed.Act, timed.Clock = "supervise", fengsui.Monotonic
	show := message()
	show.Scale = "一分钟代表一小时"
	bare := message()
	bare.Case, bare.Link, bare.Article, bare.To = nil, "", "", notify.Receiver{}
	return map[string]notify.Message{"alert": alert, "update": second, "lowered": third, "cancel": cancel, "exercise": show, "bare": bare, "monotonic": timed}
}

// TestCAP holds the messages of a warning's life to golden files and to the
// structure of CAP 1.2 (A44).
func TestCAP(t *testing.T) {
	c, err := New(Config{SenderName: "滨海新区大应急融合平台"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Fatal("this test needs xmllint: run apt-get install libxml2-utils")
	}
	types := map[string]string{"alert": "Alert", "update": "Update", "lowered": "Update", "cancel": "Cancel", "exercise": "Alert", "bare": "Alert", "monotonic": "Update"}
	for name, m := range cases() {
		got, err := c.compose(m)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".xml")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
		lint := exec.Command("xmllint", "--noout", "--nonet", "-")
		lint.Stdin = bytes.NewReader(got)
		if out, err := lint.CombinedOutput(); err != nil {
			t.Errorf("%s: xmllint: %s", name, out)
		}
		root, err := structure(got)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if msgType := root.text("msgType"); msgType != types[name] {
			t.Errorf("%s: msgType %s, want %s", name, msgType, types[name])
		}
		if status := root.text("status"); (status == "Exercise") != (name == "exercise") || status != "Exercise" && status != "Actual" {
			t.Errorf("%s: status %s", name, status)
		}
	}
}

// TestStructure: the checks of structure notice what is wrong.
func TestStructure(t *testing.T) {
	c, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	good, err := c.compose(cases()["update"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := structure(good); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string][2]string{
		"another namespace":        {namespace, "urn:oasis:names:tc:emergency:cap:1.1"},
		"an unknown status":        {"<status>Actual", "<status>Real"},
		"an identifier with a gap": {"<identifier>step2", "<identifier>step 2"},
		"a time in Z":              {"+08:00</sent>", "Z</sent>"},
		"no msgType":               {"<msgType>Update</msgType>", ""},
		"the order reversed":       {"<status>Actual</status>\n  <msgType>Update</msgType>", "<msgType>Update</msgType>\n  <status>Actual</status>"},
		"an unknown element":       {"<scope>", "<colour>red</colour><scope>"},
		"an unknown severity":      {"<severity>Extreme", "<severity>Grave"},
		"no references":            {"<references>", "<references></references><incidents>x</incidents><!--"},
		"a circle the wrong way":   {"<circle>38.750000,117.700000 0", "<circle>117.700000,38.750000 0"},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Errorf("%s: the case changes nothing", what)
		}
		if _, err := structure([]byte(bad)); err == nil {
			t.Errorf("%s was not noticed", what)
		}
	}
}

// node is an XML element.
type node struct {
	name string
	data string
	kids []*node
}

func (n *node) text(name string) string {
	for _, k := range n.kids {
		if k.name == name {
			return strings.TrimSpace(k.data)
		}
	}
	return ""
}

// rule is an element of a sequence: how often it may come and what it may say.
type rule struct {
	name     string
	least    int
	most     int // 0: any number
	pattern  string
	children []rule
}

const (
	someTime  = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d`
	someToken = `[^\s,<&]+`
	somewhere = `[-+]?([0-8]?\d|90)(\.\d+)?,[-+]?(1[0-7]\d|\d{1,2}|180)(\.\d+)? \d+(\.\d+)?`
)

func oneOf(list []string) string { return strings.Join(list, "|") }

// sequence is CAP 1.2's alert, in the order of its clauses 3.2.1 to 3.2.4.
var sequence = []rule{
	{name: "identifier", least: 1, most: 1, pattern: someToken}, {name: "sender", least: 1, most: 1, pattern: someToken},
	{name: "sent", least: 1, most: 1, pattern: someTime}, {name: "status", least: 1, most: 1, pattern: "Actual|Exercise|System|Test|Draft"},
	{name: "msgType", least: 1, most: 1, pattern: "Alert|Update|Cancel|Ack|Error"}, {name: "source", most: 1}, {name: "scope", least: 1, most: 1, pattern: "Public|Restricted|Private"},
	{name: "restriction", most: 1}, {name: "addresses", most: 1}, {name: "code"}, {name: "note", most: 1},
	{name: "references", most: 1, pattern: someToken + "," + someToken + "," + someTime + "( " + someToken + "," + someToken + "," + someTime + ")*"}, {name: "incidents", most: 1},
	{name: "info", children: []rule{
		{name: "language", most: 1, pattern: "[a-z]{2}(-[A-Z]{2})?"}, {name: "category", least: 1, pattern: oneOf(categories)}, {name: "event", least: 1, most: 1},
		{name: "responseType", pattern: "Shelter|Evacuate|Prepare|Execute|Avoid|Monitor|Assess|AllClear|None"},
		{name: "urgency", least: 1, most: 1, pattern: oneOf(urgencies)}, {name: "severity", least: 1, most: 1, pattern: oneOf(severities)}, {name: "certainty", least: 1, most: 1, pattern: oneOf(certainties)},
		{name: "audience", most: 1}, {name: "eventCode", children: []rule{{name: "valueName", least: 1, most: 1}, {name: "value", least: 1, most: 1}}},
		{name: "effective", most: 1, pattern: someTime}, {name: "onset", most: 1, pattern: someTime}, {name: "expires", most: 1, pattern: someTime},
		{name: "senderName", most: 1}, {name: "headline", most: 1}, {name: "description", most: 1}, {name: "instruction", most: 1},
		{name: "web", most: 1, pattern: "https?://.*"}, {name: "contact", most: 1},
		{name: "parameter", children: []rule{{name: "valueName", least: 1, most: 1}, {name: "value", least: 1, most: 1}}},
		{name: "area", children: []rule{{name: "areaDesc", least: 1, most: 1}, {name: "polygon"}, {name: "circle", pattern: somewhere},
			{name: "geocode", children: []rule{{name: "valueName", least: 1, most: 1}, {name: "value", least: 1, most: 1}}}}},
	}},
}

// structure reads a CAP message and says what breaks the protocol.
func structure(b []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	root := &node{}
	open := []*node{root}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		at := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Space != namespace {
				return nil, fmt.Errorf("%s is in the namespace %q", t.Name.Local, t.Name.Space)
			}
			n := &node{name: t.Name.Local}
			at.kids = append(at.kids, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			at.data += string(t)
		}
	}
	if len(root.kids) != 1 || root.kids[0].name != "alert" {
		return nil, errors.New("the root is not one alert")
	}
	a := root.kids[0]
	if err := conform(a, sequence); err != nil {
		return nil, err
	}
	// What the clauses say beyond the schema.
	msgType, scope := a.text("msgType"), a.text("scope")
	switch {
	case (msgType == "Update" || msgType == "Cancel") && a.text("references") == "":
		return nil, fmt.Errorf("%s names no earlier message (clause 3.2.1)", msgType)
	case scope == "Private" && a.text("addresses") == "":
		return nil, errors.New("a private message names no addressees (clause 3.2.1)")
	case a.text("status") == "Exercise" && a.text("note") == "":
		return nil, errors.New("an exercise has no note (clause 3.2.1)")
	case a.text("sender") == "" || len(a.kids) == 0:
		return nil, errors.New("nobody sends it")
	}
	return a, nil
}

func conform(n *node, rules []rule) error {
	at := 0
	for _, r := range rules {
		count := 0
		for at < len(n.kids) && n.kids[at].name == r.name {
			k := n.kids[at]
			if r.children != nil {
				if err := conform(k, r.children); err != nil {
					return err
				}
			} else if text := strings.TrimSpace(k.data); text == "" || r.pattern != "" && !regexp.MustCompile("^("+r.pattern+")$").MatchString(text) {
				return fmt.Errorf("%s may not say %q", r.name, text)
			}
			at++
			count++
		}
		if count < r.least || r.most > 0 && count > r.most {
			return fmt.Errorf("%s has %d of %s", n.name, count, r.name)
		}
	}
	if at < len(n.kids) {
		return fmt.Errorf("%s is out of order or unknown in %s", n.kids[at].name, n.name)
	}
	return nil
}

// TestSend: both formats over a real TLS socket; what the city answers decides.
func TestSend(t *testing.T) {
	status := 200
	var got []*http.Request
	var bodies [][]byte
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, bodies = append(got, r), append(bodies, b)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		io.WriteString(w, "收到")
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	for _, format := range []string{"cap", "json"} {
		c, err := New(Config{URL: server.URL + "/in", Format: format, Token: notify.NewSecret("a-token"), Roots: roots, Sender: "fengsui.binhai",
			Head: func(context.Context) string { return "a head\n— signed\n" }})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			status int
			ok     bool
		}{{200, true}, {201, true}, {302, false}, {401, false}, {422, false}, {503, false}} {
			status = x.status
			answer, err := c.Send(t.Context(), message())
			if (err == nil) != x.ok || !strings.HasPrefix(answer, fmt.Sprint(x.status)) || !strings.HasSuffix(answer, "收到") {
				t.Errorf("%s %d: %q, %v", format, x.status, answer, err)
			}
		}
		last, body := got[len(got)-1], bodies[len(bodies)-1]
		if !bytes.Equal(body, bodies[len(bodies)-6]) {
			t.Errorf("%s: a repeat carries another body than the first attempt", format)
		}
		if last.Header.Get("Idempotency-Key") != message().Key || last.Header.Get("Authorization") != "Bearer a-token" || last.URL.Path != "/in" {
			t.Errorf("%s: headers %v", format, last.Header)
		}
		if head, err := base64.StdEncoding.DecodeString(last.Header.Get("Fengsui-Head")); err != nil || string(head) != "a head\n— signed\n" {
			t.Errorf("%s: the head of the seal came as %q, %v", format, head, err)
		}
		kind := last.Header.Get("Content-Type")
		if format == "cap" {
			if a, err := structure(body); err != nil || kind != "application/cap+xml" || a.text("sender") != "fengsui.binhai" || a.text("identifier") != message().Key {
				t.Errorf("%s: %v\n%s", kind, err, body)
			}
			continue
		}
		var m struct {
			Sender string `json:"sender"`
			notify.Message
		}
		if err := json.Unmarshal(body, &m); err != nil || kind != "application/json" || m.Sender != "fengsui.binhai" || m.Key != message().Key || m.Case == nil || m.Case.Value != 11.25 || m.Level != fengsui.Red {
			t.Errorf("%s: %v\n%s", kind, err, body)
		}
	}
	if len(got) != 12 {
		t.Errorf("%d requests arrived, want 12: no redirect is followed", len(got))
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []Config{{Format: "xml"}, {URL: "http://city.example/in"}, {URL: "city"}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	c, err := New(Config{Token: notify.NewSecret("a-token")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), message()); err == nil || !strings.Contains(err.Error(), "no address") {
		t.Errorf("without an address: %v", err)
	}
	if s := fmt.Sprintf("%+v %#v", c, c.c); strings.Contains(s, "a-token") {
		t.Errorf("the token prints: %s", s)
	}
	for what, change := range map[string][2]string{"a level": {`"Extreme"`, `"Grave"`}, "a category": {`"Fire"`, `"Flood"`}, "no zh": {`"zh"`, `"cn"`}, "no json": {"{", ""}} {
		if _, err := loadWords([]byte(strings.Replace(string(mapping), change[0], change[1], 1))); err == nil {
			t.Errorf("words with %s wrong were taken", what)
		}
	}
}

// FuzzDecode: whatever the texts and names hold, what goes out is CAP.
func FuzzDecode(f *testing.F) {
	c, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("标题", "a & b <c>", "step/party")
	f.Add("]]>", "\x00\x1b\xff", "a, b")
	f.Fuzz(func(t *testing.T, title, name, key string) {
		m := message()
		m.Key, m.Case.Enterprise.Name = "k"+key, "n"+name
		m.Texts["zh"] = notify.Text{Title: "t" + title, Body: "b" + name, Next: "n"}
		m.References = []notify.Reference{{Key: "r" + key, At: 1}}
		b, err := c.compose(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := structure(b); err != nil {
			t.Errorf("%v in\n%s", err, b)
		}
	})
}
