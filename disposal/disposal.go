// Package disposal is what people do about a warning (A07, A19): verify, handle,
// report, ask, decide, declare an accident, note, remind; the orders that follow
// from it (A20 routine items, A21-A23 on-site supervision, A19 plans) and the
// evidence files that go with all of this.
//
// It never writes a warning: level, work and end change through the acts of the
// warning stage, in the same transaction. It stops no clock. An order is opened
// once per cause and stays open until its result is recorded, whatever becomes of
// the warning. Each act is one journalled change or none; each names the version
// that the person saw.
//
// disposal owns no goroutines.
package disposal

import (
	"context"
	"embed"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what disposal keeps; all of it changes by acts of people or by steps.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "disposal", FS: sub}
}

// Warnings is the warning stage's part of an act, inside the act's transaction.
// Each checks the scope and writes its own journal row.
type Warnings interface {
	Decide(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, v fengsui.Verdict) (fengsui.Warning, error)
	Progress(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, act string, to fengsui.Work, why string, acted *fengsui.Acted, detail any) (fengsui.Warning, error)
	Annotate(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, act, why string, acted *fengsui.Acted, detail any) (fengsui.Warning, error)
}

// Blob keeps the bytes of evidence.
type Blob interface {
	Put(ctx context.Context, key string, r io.Reader) (size int64, sha256 string, err error)
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	Delete(ctx context.Context, key string) error
}

// Config plugs disposal into the platform.
type Config struct {
	DB       *store.DB
	District func() *fengsui.District
	Blob     Blob
	Warnings Warnings
	Policy   func(key string) *fengsui.Escalation // who tracks at which level, for reminders; nil where it is not known
	Acted    fengsui.ActedRule                    // of acts on orders; those on a warning are judged by its stage
	// Over is when that was over which a file is laid to, a warning or what another stage
	// keeps; 0: it is open. Needed with Keep.
	Over  func(context.Context, fengsui.ID) (over fengsui.Millis, peak fengsui.Level, err error)
	Keep  fengsui.Span // files go so long after their upload and the end of all that they are laid to; 0: never
	Plans []Plan       // [the shipped ones]
	Log   *slog.Logger
}

// Desk carries out what people do.
type Desk struct {
	c     Config
	files fileRules
}

// New checks the data and makes a Desk.
func New(c Config) (*Desk, error) {
	if c.DB == nil || c.District == nil || c.Blob == nil || c.Warnings == nil || c.Policy == nil || c.Acted == (fengsui.ActedRule{}) {
		return nil, errors.New("disposal: DB, District, Blob, Warnings, Policy and Acted are needed")
	}
	if c.Keep < 0 || c.Keep > 0 && c.Over == nil {
		return nil, errors.New("disposal: Keep must not be negative, and needs Over")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Plans == nil {
		list, err := LoadPlans(shipped)
		if err != nil {
			return nil, err
		}
		c.Plans = list
	}
	rules, err := loadFileRules(fileTypes)
	if err != nil {
		return nil, err
	}
	return &Desk{c: c, files: rules}, nil
}

// What a person's text and attachments may be at most.
const (
	maxText  = 4000 // runes
	maxFiles = 20   // of one act
)

// said checks a person's text; must says that it may not be missing.
func said(text string, must bool) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case must && text == "":
		return "", fengsui.Errorf(fengsui.Invalid, "text_missing", "write what was found or done: the text must not be empty")
	case !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxText:
		return "", fengsui.Errorf(fengsui.Invalid, "text_too_long", "the text must be readable and at most %d characters long", maxText)
	}
	return text, nil
}

var (
	errStale   = fengsui.Errorf(fengsui.Conflict, "stale", "someone changed this meanwhile: load it again and repeat what is still right")
	errNoOrder = fengsui.Errorf(fengsui.NotFound, "no_order", "there is no such order")
	errNoFile  = fengsui.Errorf(fengsui.NotFound, "no_file", "there is no such file")
)

func now() fengsui.Millis { return fengsui.At(time.Now()) }

// limit is how many rows a page has at most.
func limit(p fengsui.Page) (int, int) {
	n := p.Limit
	if n <= 0 {
		n = 50
	}
	return min(n, 500), max(p.Offset, 0)
}

// belongs keeps where the warning belongs, so that what hangs on it can be scoped.
func belongs(tx *store.Tx, w fengsui.Warning) error {
	_, err := tx.Exec(`INSERT INTO disposal_case (warning, enterprise, zone, sector) VALUES ($1,$2,$3,$4) ON CONFLICT (warning) DO NOTHING`,
		w.ID, w.Enterprise, w.Zone, w.Sector)
	return err
}

// OnStep is what a step of the clock means for the people: a supervision or a
// routine item opens an order for each party that the step names (A20-A23). The
// warning stage calls it inside the step's own transaction; the same step again
// changes nothing.
func (d *Desk) OnStep(tx *store.Tx, w fengsui.Warning, s fengsui.Step) error {
	var kind fengsui.OrderKind
	switch s.Kind {
	case fengsui.StepSupervise:
		kind = fengsui.OrderSupervise
	case fengsui.StepRoutine:
		kind = fengsui.OrderRoutine
	default:
		return nil
	}
	if err := belongs(tx, w); err != nil {
		return err
	}
	parties := make([]fengsui.ID, 0, len(s.To))
	for _, to := range s.To {
		// The duty desk may stand in for a missing regulator as one who is told; it
		// supervises nobody (A05).
		if p := d.c.District().Parties[to.Party]; p != nil && p.Kind == fengsui.Operator {
			continue
		}
		parties = append(parties, to.Party)
	}
	if len(parties) == 0 {
		// An order that nobody holds would be lost: the bureau finds who does it.
		for _, p := range d.c.District().Kind(fengsui.Bureau) {
			parties = append(parties, p.ID)
		}
	}
	if len(parties) == 0 {
		parties = append(parties, "")
	}
	for _, p := range slices.Compact(slices.Sorted(slices.Values(parties))) {
		o := fengsui.Order{Kind: kind, Level: s.Level, Party: p, OpenedAt: s.FiredAt}
		if _, err := d.open(tx, fengsui.Platform("disposal"), w, s.Period, s.Number, o, ""); err != nil {
			return err
		}
	}
	return nil
}
