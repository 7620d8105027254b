package municipal

import (
	_ "embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fengsui"
	"fengsui/notify"
)

// The OASIS Common Alerting Protocol, version 1.2 (1 July 2010). The order of the
// fields below is that of its schema (clause 3.4).

const namespace = "urn:oasis:names:tc:emergency:cap:1.2"

//go:embed cap.json
var mapping []byte

// words says how our values read in CAP: data, see cap.json.
type words struct {
	Source     string                      `json:"source"`
	Levels     map[fengsui.Level]grade     `json:"levels"`
	Categories map[fengsui.Sector][]string `json:"categories"` // "" for sectors not named
	Languages  map[string]struct {
		Code  string `json:"code"`
		Event string `json:"event"`
	} `json:"languages"`
}

type grade struct {
	Urgency   string `json:"urgency"`
	Severity  string `json:"severity"`
	Certainty string `json:"certainty"`
}

// What CAP allows (clause 3.2.2).
var (
	categories  = []string{"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"}
	urgencies   = []string{"Immediate", "Expected", "Future", "Past", "Unknown"}
	severities  = []string{"Extreme", "Severe", "Moderate", "Minor", "Unknown"}
	certainties = []string{"Observed", "Likely", "Possible", "Unlikely", "Unknown"}
)

func loadWords(b []byte) (words, error) {
	var w words
	if err := json.Unmarshal(b, &w); err != nil {
		return w, fmt.Errorf("municipal: CAP words: %w", err)
	}
	for l := fengsui.None; l <= fengsui.Red; l++ {
		g := w.Levels[l]
		if !slices.Contains(urgencies, g.Urgency) || !slices.Contains(severities, g.Severity) || !slices.Contains(certainties, g.Certainty) {
			return w, fmt.Errorf("municipal: level %s reads %+v, which CAP does not know", l, g)
		}
	}
	for sector, list := range w.Categories {
		for _, c := range list {
			if !slices.Contains(categories, c) {
				return w, fmt.Errorf("municipal: sector %q reads %s, which CAP does not know", sector, c)
			}
		}
	}
	if len(w.Categories[""]) == 0 || w.Languages["zh"].Code == "" {
		return w, fmt.Errorf("municipal: CAP words need a category for every sector and the language zh")
	}
	return w, nil
}

type alert struct {
	XMLName    xml.Name `xml:"urn:oasis:names:tc:emergency:cap:1.2 alert"`
	Identifier string   `xml:"identifier"`
	Sender     string   `xml:"sender"`
	Sent       string   `xml:"sent"`
	Status     string   `xml:"status"`
	MsgType    string   `xml:"msgType"`
	Scope      string   `xml:"scope"`
	Addresses  string   `xml:"addresses"`
	Note       string   `xml:"note,omitempty"`
	References string   `xml:"references,omitempty"`
	Incidents  string   `xml:"incidents,omitempty"`
	Info       []info   `xml:"info"`
}

type info struct {
	Language     string   `xml:"language"`
	Category     []string `xml:"category"`
	Event        string   `xml:"event"`
	ResponseType string   `xml:"responseType,omitempty"`
	Urgency      string   `xml:"urgency"`
	Severity     string   `xml:"severity"`
	Certainty    string   `xml:"certainty"`
	Effective    string   `xml:"effective"`
	Onset        string   `xml:"onset,omitempty"`
	SenderName   string   `xml:"senderName,omitempty"`
	Headline     string   `xml:"headline"`
	Description  string   `xml:"description"`
	Instruction  string   `xml:"instruction"`
	Web          string   `xml:"web,omitempty"`
	Parameter    []pair   `xml:"parameter"`
	Area         *area    `xml:"area,omitempty"`
}

type pair struct {
	Name  string `xml:"valueName"`
	Value string `xml:"value"`
}

type area struct {
	Desc    string `xml:"areaDesc"`
	Circle  string `xml:"circle,omitempty"`
	Geocode []pair `xml:"geocode"`
}

// stamp is a moment as CAP writes it (clause 3.3.2): with a numeric offset, never
// "Z", whole seconds.
func stamp(m fengsui.Millis) string {
	if m == 0 {
		return ""
	}
	return m.Time().In(fengsui.Civil).Format("2006-01-02T15:04:05-07:00")
}

// token takes out what CAP forbids in identifier, sender and references.
func token(s string) string {
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c == ',' || c == '<' || c == '&' {
			return '_'
		}
		return c
	}, s)
}

// compose makes the CAP message: an Alert first, Updates that name the first and
// the last message before them, a Cancel when the warning has ended.
func (c *Channel) compose(m notify.Message) ([]byte, error) {
	a := alert{Identifier: token(m.Key), Sender: token(c.c.Sender), Sent: stamp(m.At), Status: "Actual", MsgType: "Alert", Scope: "Private", Addresses: token(m.To.Code)}
	if a.Addresses == "" {
		a.Addresses = "municipal"
	}
	ended := m.Case != nil && m.Case.End != fengsui.Open
	if len(m.References) > 0 {
		a.MsgType = "Update"
		if ended {
			a.MsgType = "Cancel"
		}
	}
	if m.Scale != "" {
		a.Status, a.Note = "Exercise", m.Scale
	}
	var refs []string
	for _, r := range m.References {
		refs = append(refs, a.Sender+","+token(r.Key)+","+stamp(r.At))
	}
	a.References = strings.Join(refs, " ")
	level := m.Level
	if ended {
		level = fengsui.None
	}
	grade := c.words.Levels[level]
	base := info{Category: c.words.Categories[""], ResponseType: "Monitor", Urgency: grade.Urgency, Severity: grade.Severity, Certainty: grade.Certainty,
		Effective: a.Sent, SenderName: c.c.SenderName, Web: m.Link}
	if ended {
		base.ResponseType = "AllClear"
	}
	add := func(name, value string) {
		if value != "" {
			base.Parameter = append(base.Parameter, pair{name, value})
		}
	}
	add("act", m.Act)
	add("level", m.Level.String())
	add("article", m.Article)
	add("clock", m.Clock)
	if k := m.Case; k != nil {
		a.Incidents = token(string(k.ID))
		base.Onset = stamp(k.SignalAt)
		if list := c.words.Categories[k.Sector]; len(list) > 0 {
			base.Category = list
		}
		add("warning", string(k.ID))
		add("peak", k.Peak.String())
		add("condition", k.Condition.String())
		add("work", k.Work.String())
		add("end", k.End.String())
		add("model", k.Model+"@"+strconv.Itoa(k.ModelVersion))
		add("subject", k.Subject)
		if k.Rung != "" {
			add("rung", k.Rung)
			add("value", strconv.FormatFloat(k.Value, 'g', -1, 64))
			add("limit", strconv.FormatFloat(k.Limit, 'g', -1, 64))
			add("unit", k.Unit)
		}
		add("enterpriseCode", k.Enterprise.Code)
		add("creditCode", k.Enterprise.CreditCode)
		add("raisedAt", stamp(k.RaisedAt))
		add("endedAt", stamp(k.EndedAt))
		place := &area{Desc: strings.TrimSpace(k.Enterprise.Name + " " + k.Enterprise.Address)}
		if place.Desc == "" {
			place.Desc = k.Subject
		}
		if k.Enterprise.Lat != 0 || k.Enterprise.Lon != 0 {
			// WGS-84 latitude first, radius in km (clause 3.2.4): the plant itself.
			place.Circle = fmt.Sprintf("%.6f,%.6f 0", k.Enterprise.Lat, k.Enterprise.Lon)
		}
		if k.Zone.Code != "" {
			place.Geocode = []pair{{"zone", k.Zone.Code}}
		}
		base.Area = place
	}
	for _, lang := range []string{"zh", "en"} {
		word, text := c.words.Languages[lang], m.Texts[lang]
		if word.Code == "" || text.Title == "" {
			continue
		}
		i := base
		i.Language, i.Event, i.Headline, i.Description, i.Instruction = word.Code, word.Event, text.Title, text.Body, text.Next
		a.Info = append(a.Info, i)
	}
	b, err := xml.MarshalIndent(a, "", "  ")
	return append([]byte(xml.Header), append(b, '\n')...), err
}
