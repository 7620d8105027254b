package notify

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"

	"gopkg.in/yaml.v3"

	"fengsui"
)

//go:embed texts/*.yaml
var shippedTexts embed.FS

// Text is a message in one language.
type Text struct {
	Title string `json:"title"`
	Body  string `json:"body"`
	Next  string `json:"next"` // what to do now
}

// Kinds are the kinds of steps that have a text of their own. A kind that is not
// among them is told by "other", one that says that the district names no such
// party (no_regulator) by "no_party".
var Kinds = []fengsui.StepKind{fengsui.StepPush, fengsui.StepNotice, fengsui.StepSupervise, fengsui.StepRoutine, fengsui.StepLowered, fengsui.StepEnded,
	fengsui.StepUplink, fengsui.StepRemind, "clock_held", StepLost, StepWhole, StepDisk, StepLink, "no_party", StepDead, StepBack, StepRefused, StepHeld,
	"outage_asked", "outage_decided", "outage_ended", "complaint_new", "complaint_assigned", "complaint_answered", "other"}

var (
	levels     = []fengsui.Level{fengsui.None, fengsui.Blue, fengsui.Yellow, fengsui.Orange, fengsui.Red}
	capacities = []fengsui.Capacity{fengsui.AsEnterprise, fengsui.AsZone, fengsui.AsRegulator, fengsui.AsBureau, fengsui.AsDuty, fengsui.AsMunicipal}
)

// Texts are the words of messages, one file a language, see texts/*.yaml.
type Texts struct {
	list map[string]*language
}

// language is one file.
type language struct {
	Levels     map[fengsui.Level]string     `yaml:"levels"`
	Conditions map[fengsui.Condition]string `yaml:"conditions"`
	Works      map[fengsui.Work]string      `yaml:"works"`
	Ends       map[fengsui.End]string       `yaml:"ends"`
	Capacities map[fengsui.Capacity]string  `yaml:"capacities"`
	Acts       map[string]string            `yaml:"acts"`  // of the journal; one without a word is shown as it is
	Comma      string                       `yaml:"comma"` // between names
	More       string                       `yaml:"more"`  // after those that are named, where there are others
	Facts      string                       `yaml:"facts"`
	Frame      string                       `yaml:"frame"`
	Kinds      map[fengsui.StepKind]struct {
		Title string                      `yaml:"title"`
		Body  string                      `yaml:"body"`
		Next  map[fengsui.Capacity]string `yaml:"next"` // by capacity; "other" for those not named
	} `yaml:"kinds"`

	parsed *template.Template
}

// face is what a template sees: words of its language and plain text.
type face struct {
	Kind, Level, Peak, Condition, Work, End  string
	As                                       string // capacities of the receiver
	Lacking                                  string // the capacity that nobody holds, of no_party
	Enterprise, Zone, Subject, Place         string
	Rung, Value, Limit, Unit                 string
	At, Due, Signal, Raised                  string // civil time
	Article, Act, By, Why, Link, Scale       string
	Clock                                    string // monotonic, or empty
	Number, Missed                           int
	Late                                     bool
	Channel, Address, Contact, Answer, Party string
	Since                                    string
	Paper                                    string // number of a declared outage or a complaint
	From, Until                              string // of a declared outage, civil time
	Total                                    int    // of what is out of use
	Next                                     string
}

// LoadTexts reads every language under fsys and proves that nothing is missing:
// each kind, level and capacity in each language.
func LoadTexts(fsys fs.FS) (*Texts, error) {
	t := &Texts{list: map[string]*language{}}
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		l := new(language)
		d := yaml.NewDecoder(bytes.NewReader(b))
		d.KnownFields(true)
		err = d.Decode(l)
		if err == nil {
			err = l.check()
		}
		if err != nil {
			return fmt.Errorf("texts %s: %w", name, err)
		}
		t.list[strings.TrimSuffix(path.Base(name), ".yaml")] = l
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, must := range []string{"zh", "en"} {
		if t.list[must] == nil {
			return nil, fmt.Errorf("texts: the language %s is missing", must)
		}
	}
	return t, nil
}

func (l *language) check() error {
	var errs []error
	need := func(ok bool, what string, name any) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s %v has no text", what, name))
		}
	}
	for _, x := range levels {
		need(l.Levels[x] != "", "level", x)
	}
	for _, x := range capacities {
		need(l.Capacities[x] != "", "capacity", x)
	}
	for _, x := range []fengsui.Condition{fengsui.Active, fengsui.Returned} {
		need(l.Conditions[x] != "", "condition", x)
	}
	for _, x := range []fengsui.Work{fengsui.New, fengsui.Verified, fengsui.Handling, fengsui.Reported} {
		need(l.Works[x] != "", "work", x)
	}
	for _, x := range []fengsui.End{fengsui.Open, fengsui.Cleared, fengsui.FalseAlarm} {
		need(l.Ends[x] != "", "end", x)
	}
	need(l.Comma != "" && l.More != "", "comma and", "more")
	l.parsed = template.New("")
	parse := func(name, text string) {
		_, err := l.parsed.New(name).Parse(strings.TrimSpace(text))
		errs = append(errs, err)
		need(strings.TrimSpace(text) != "", "template", name)
	}
	parse("facts", l.Facts)
	parse("frame", l.Frame)
	for _, k := range Kinds {
		kind, ok := l.Kinds[k]
		need(ok, "kind", k)
		need(kind.Next["other"] != "", "next step of", k)
		parse(string(k)+".title", kind.Title)
		parse(string(k)+".body", kind.Body)
	}
	for k := range l.Kinds {
		need(slices.Contains(Kinds, k), "unknown kind", k)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	// Each template runs once, so that a mistyped field shows now.
	for _, k := range Kinds {
		for _, f := range []face{{}, {Value: "1", Limit: "1", Missed: 1, Late: true, Scale: "x", Why: "x", By: "x", Rung: "x", Place: "x", Link: "x", Clock: "x"}} {
			f.Kind = string(k)
			if _, err := l.render(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *language) render(f face) (Text, error) {
	run := func(name string) (string, error) {
		var b strings.Builder
		err := l.parsed.ExecuteTemplate(&b, name, f)
		return strings.TrimSpace(b.String()), err
	}
	title, err1 := run(f.Kind + ".title")
	body, err2 := run(f.Kind + ".body")
	frame, err3 := run("frame")
	if f.Scale != "" {
		// A show says so where it cannot be overlooked.
		title = f.Scale + " " + title
	}
	return Text{Title: strings.Join(strings.Fields(title), " "), Body: body + "\n\n" + frame, Next: f.Next}, errors.Join(err1, err2, err3)
}

// render makes the message's text in every language.
func (t *Texts) render(m *Message) (map[string]Text, error) {
	texts := make(map[string]Text, len(t.list))
	for name, l := range t.list {
		text, err := l.render(l.face(m))
		if err != nil {
			return nil, fmt.Errorf("text %s of %s: %w", name, m.Kind, err)
		}
		texts[name] = text
	}
	return texts, nil
}

// face says a message in the words of a language.
func (l *language) face(m *Message) face {
	f := face{Kind: string(m.Kind), Level: l.Levels[m.Level], Number: m.Number, Missed: m.Missed, At: civil(m.At), Due: civil(m.DueAt), Clock: m.Clock,
		Article: m.Article, By: m.By, Why: m.Why, Link: m.Link, Scale: m.Scale, Act: m.Act, Party: m.To.Name}
	if lacking, ok := strings.CutPrefix(f.Kind, "no_"); ok {
		f.Kind, f.Lacking = "no_party", l.Capacities[fengsui.Capacity(lacking)]
	}
	if !slices.Contains(Kinds, fengsui.StepKind(f.Kind)) {
		f.Kind = "other"
	}
	if word := l.Acts[m.Act]; word != "" {
		f.Act = word
	}
	next := l.Kinds[fengsui.StepKind(f.Kind)].Next
	f.Next = next["other"]
	var as []string
	for _, c := range slices.Backward(m.To.Capacities) {
		as = append(as, l.Capacities[c])
		if next[c] != "" {
			f.Next = next[c] // of the first capacity that has one
		}
	}
	slices.Reverse(as)
	f.As = strings.Join(as, ", ")
	if c := m.Case; c != nil {
		f.Peak, f.Condition, f.Work, f.End = l.Levels[c.Peak], l.Conditions[c.Condition], l.Works[c.Work], l.Ends[c.End]
		f.Enterprise, f.Zone, f.Subject, f.Place = c.Enterprise.Name, c.Zone.Name, c.Subject, c.Place
		f.Late, f.Signal, f.Raised = c.Late, civil(c.SignalAt), civil(c.RaisedAt)
		if c.Rung != "" {
			f.Rung, f.Value, f.Limit, f.Unit = c.Rung, number(c.Value), number(c.Limit), c.Unit
		}
	}
	if o := m.Outage; o != nil {
		f.Paper, f.Enterprise, f.Zone, f.Subject, f.Total = o.Number, o.Enterprise, o.Zone, strings.Join(o.What, l.Comma), o.Total
		f.From, f.Until = civil(o.From), civil(o.To)
		if o.Total > len(o.What) {
			f.Subject += l.More
		}
	}
	if c := m.Complaint; c != nil {
		f.Paper = c.Number
	}
	if d := m.Dead; d != nil {
		f.Channel, f.Address, f.Contact, f.Answer, f.Since = d.Channel, d.Address, d.Contact, d.Answer, civil(d.Since)
	}
	return f
}
