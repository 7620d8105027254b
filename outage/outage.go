// Package outage keeps declared outages (停用申报, A36): what an enterprise asks to have
// out of use, what the bureau found and answered, and which silence was held back for it;
// and what becomes of silence that nobody declared (A37).
//
// While an approved outage runs, findings of silence about exactly what it covers
// (fengsui.CoverOf) become no warning: Hear keeps them in the findings' own transaction,
// counted and shown, and hands everything else on. No other finding is touched. What
// still stands when the outage ends, early or not, becomes a warning at once, within the
// act that ended it or by Run, which looks every few seconds. Nothing is held before the
// bureau has approved, so a warning that was raised earlier stays open and its clock runs.
//
// Order and loss are the caller's: a finding is held in the transaction in which it would
// have been applied, and the same finding again changes nothing. The rules are data,
// policy/*.yaml. Each act of a person is one journalled change or none, and names the
// version that the person saw.
//
// The package owns no goroutines; Run is one that app starts under the evaluator's lease.
package outage

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed policy/*.yaml
var policies embed.FS

// Tables is what this stage keeps; all of it changes by acts of people or by findings.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "outage", FS: sub}
}

// Warnings is the warning stage's part, inside the caller's transaction.
type Warnings interface {
	Apply(ctx context.Context, tx *store.Tx, findings []fengsui.Finding) error
	Annotate(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, act, why string, acted *fengsui.Acted, detail any) (fengsui.Warning, error)
}

// Files lays evidence to something of an enterprise: whoever sees that can open it.
type Files interface {
	Attach(tx *store.Tx, s fengsui.Scope, to, enterprise, zone fengsui.ID, sector fengsui.Sector, files []fengsui.ID) ([]fengsui.File, error)
}

// Config plugs outages into the platform.
type Config struct {
	DB       *store.DB
	District func() *fengsui.District
	Rules    *fengsui.OutageRules    // [the shipped ones]
	Silent   func(model string) bool // whether a model's findings say "offline"; true of one that is not in force any more
	Warnings Warnings
	Files    Files
	Log      *slog.Logger
}

// Desk keeps the outages.
type Desk struct{ c Config }

// New checks the rules and makes a Desk.
func New(c Config) (*Desk, error) {
	if c.DB == nil || c.District == nil || c.Silent == nil || c.Warnings == nil || c.Files == nil {
		return nil, errors.New("outage: DB, District, Silent, Warnings and Files are needed")
	}
	if c.Rules == nil {
		r, err := Load("binhai")
		if err != nil {
			return nil, err
		}
		c.Rules = r
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Desk{c}, nil
}

// Load reads shipped rules by name.
func Load(name string) (*fengsui.OutageRules, error) {
	b, err := policies.ReadFile("policy/" + name + ".yaml")
	if err != nil {
		return nil, err
	}
	return Parse(b)
}

// Parse reads rules and says what is wrong with them.
func Parse(b []byte) (*fengsui.OutageRules, error) {
	r := new(fengsui.OutageRules)
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("outage rules: %w", err)
	}
	both := func(t fengsui.Bilingual) bool { return t.Zh != "" && t.En != "" }
	if r.Name == "" || r.Version <= 0 || r.Source == "" || r.Targets <= 0 || len(r.Reasons) == 0 || len(r.Silence) == 0 || len(r.Counted) == 0 || len(r.Lines) == 0 || len(r.Classes) == 0 {
		return nil, errors.New("outage rules: name, version, source, targets, reasons, silence, counted, lines and classes are needed")
	}
	keys := map[string]bool{}
	for _, x := range r.Reasons {
		if x.Key == "" || keys[x.Key] || !both(x.Text) || x.Longest <= r.Shortest || x.Answer <= 0 || x.Urgent == (x.Ahead > 0) {
			return nil, fmt.Errorf("outage rules: the reason %q needs a key of its own, a text in zh and en, longest, answer, and ahead unless it is urgent", x.Key)
		}
		keys[x.Key] = true
	}
	for _, x := range r.Lines {
		if x.Key == "" || keys[x.Key] || !both(x.Text) || x.Article == "" || x.Over <= 0 {
			return nil, fmt.Errorf("outage rules: the line %q needs a key of its own, an article, a text in zh and en, and over", x.Key)
		}
		keys[x.Key] = true
	}
	for _, x := range r.Classes {
		if x.Key == "" || keys[x.Key] || !both(x.Text) || !both(x.Effect) || x.Article == "" || len(x.Signs) == 0 {
			return nil, fmt.Errorf("outage rules: the class %q needs a key of its own, an article, text and effect in zh and en, and signs", x.Key)
		}
		keys[x.Key] = true
	}
	return r, nil
}

// Rules are the rules in force.
func (d *Desk) Rules() *fengsui.OutageRules { return d.c.Rules }

// What a person's text may be at most, in characters.
const (
	maxText = 2000
	maxWord = 100
)

// said checks a person's text.
func said(text string, most int) (string, error) {
	text = strings.TrimSpace(text)
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > most {
		return "", fengsui.Errorf(fengsui.Invalid, "text_too_long", "the text must be readable and at most %d characters long", most)
	}
	return text, nil
}

// must is said of a text that may not be missing.
func must(text string) (string, error) {
	text, err := said(text, maxText)
	if err == nil && text == "" {
		err = fengsui.Errorf(fengsui.Invalid, "text_missing", "write what was found or done: the text must not be empty")
	}
	return text, err
}

var (
	errStale    = fengsui.Errorf(fengsui.Conflict, "stale", "someone changed this meanwhile: load it again and repeat what is still right")
	errNoOutage = fengsui.Errorf(fengsui.NotFound, "no_outage", "there is no such declared outage, or it is not yours to see")
	errPhase    = fengsui.Errorf(fengsui.Conflict, "outage_phase", "the outage does not stand so any more that this could be done: load it again")
)

func now() fengsui.Millis { return fengsui.At(time.Now()) }

func sign(by fengsui.Actor, at fengsui.Millis) fengsui.Signature {
	return fengsui.Signature{User: by.User, Name: by.Name, Role: by.Role, At: at}
}

// limit is how many rows a page has at most.
func limit(p fengsui.Page) (int, int) {
	n := p.Limit
	if n <= 0 {
		n = 50
	}
	return min(n, 500), max(p.Offset, 0)
}
