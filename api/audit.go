package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
	"fengsui/store"
)

// Asked are the questions that an audit has ready (A10; console-ux §3.8).
type Asked interface {
	Missed(ctx context.Context, s fengsui.Scope, from, to fengsui.Millis, p fengsui.Page) ([]fengsui.LimitMissed, int, error)
	FalseAlarms(ctx context.Context, s fengsui.Scope, from, to fengsui.Millis, p fengsui.Page) ([]fengsui.FalseAlarms, int, error)
	Gaps(ctx context.Context, s fengsui.Scope, silent []string, from, to fengsui.Millis, p fengsui.Page) ([]fengsui.Gap, int, error)
	LimitChanges(ctx context.Context, s fengsui.Scope, from, to fengsui.Millis, p fengsui.Page) ([]fengsui.LimitChange, int, error)
}

const (
	// foundMost is how many rows a proof of what was looked for holds, as the seal does.
	foundMost = 5000

	// lookAgain is for how long the look of one person at one case is one look: its page
	// is read anew whenever the case changes.
	lookAgain = fengsui.Span(10 * 60 * 1000)
)

// Searched are the filters of the journal.
type Searched struct {
	Warning    fengsui.ID `query:"warning" maxLength:"64"`
	Object     fengsui.ID `query:"object" maxLength:"64"`
	Enterprise fengsui.ID `query:"enterprise" maxLength:"64"`
	Kind       string     `query:"kind" maxLength:"40"`
	Act        string     `query:"act" maxLength:"40"`
	User       fengsui.ID `query:"user" maxLength:"64"`
	Person     string     `query:"person" maxLength:"100" doc:"in the name of who acted"`
	From       int64      `query:"from" minimum:"0"`
	To         int64      `query:"to" minimum:"0" doc:"exclusive"`
	Upto       int64      `query:"upto" minimum:"0" doc:"no row behind this position: so that the pages of one search fit together"`
	Pos        []int64    `query:"pos,explode" maxItems:"500" doc:"these positions alone"`
}

func (q *Searched) filter() store.Filter {
	f := store.Filter{Warning: q.Warning, Object: q.Object, Firm: q.Enterprise, Kind: q.Kind, Act: q.Act, User: q.User, Person: strings.TrimSpace(q.Person),
		From: fengsui.Millis(q.From), To: fengsui.Millis(q.To), Upto: q.Upto, Pos: q.Pos}
	if q.Kind != fengsui.KindCanary {
		f.Without = []string{fengsui.KindCanary} // who asks for them by name sees them
	}
	return f
}

// words are the filters that were set, as a look and a proof keep them.
func (q *Searched) words() map[string]string {
	w := map[string]string{}
	for name, v := range map[string]string{"warning": string(q.Warning), "object": string(q.Object), "enterprise": string(q.Enterprise), "kind": q.Kind, "act": q.Act,
		"user": string(q.User), "person": strings.TrimSpace(q.Person)} {
		if v != "" {
			w[name] = v
		}
	}
	for name, v := range map[string]int64{"from": q.From, "to": q.To, "upto": q.Upto} {
		if v != 0 {
			w[name] = strconv.FormatInt(v, 10)
		}
	}
	if len(q.Pos) > 0 {
		w["pos"] = strings.Trim(strings.ReplaceAll(fmt.Sprint(q.Pos), " ", ","), "[]")
	}
	return w
}

type auditQuery struct {
	Searched
	Paged
}

// Audit is a page of the journal.
type Audit struct {
	Items []AuditEntry `json:"items" nullable:"false"`
	Total int          `json:"total"`
	Upto  int64        `json:"upto"` // the newest row that was looked at: give it back to turn the page
}

// AuditEntry is a row of the journal and how it stands under the seal.
type AuditEntry struct {
	store.Entry
	EnterpriseName string          `json:"enterpriseName,omitempty"`
	Seal           fengsui.RowSeal `json:"seal"`
}

type askedQuery struct {
	From int64 `query:"from" minimum:"0" doc:"absent: as far back as the rules of the audit say"`
	To   int64 `query:"to" minimum:"0" doc:"exclusive; absent: now"`
	Paged
}

func (a *API) times(in *askedQuery) (from, to fengsui.Millis) {
	from, to = fengsui.Millis(in.From), fengsui.Millis(in.To)
	if to == 0 {
		to = now()
	}
	if from == 0 {
		rules := a.c.Figures.Aims().Audit
		from = fengsui.DayOf(to.Add(-rules.Back))
	}
	return from, to
}

// AskedTime is what a question was about.
type AskedTime struct {
	From  fengsui.Millis    `json:"from"`
	To    fengsui.Millis    `json:"to"`
	Rules fengsui.AuditRule `json:"rules"`
}

// MissedList is a page of limits that passed, the newest first.
type MissedList struct {
	AskedTime
	Items []MissedView `json:"items" nullable:"false"`
	Total int          `json:"total"`
}

// MissedView is a limit that passed, with names.
type MissedView struct {
	fengsui.LimitMissed
	About
}

// FalseAlarmList is a page of people by how much they ended as a false alarm.
type FalseAlarmList struct {
	AskedTime
	Items []fengsui.FalseAlarms `json:"items" nullable:"false"`
	Total int                   `json:"total"`
}

// GapList is a page of gaps in data while a warning was open, the newest first.
type GapList struct {
	AskedTime
	Items []GapView `json:"items" nullable:"false"`
	Total int       `json:"total"`
}

// GapView is a gap with names.
type GapView struct {
	fengsui.Gap
	About
	SilentName string `json:"silentName"`
}

// LimitChangeList is a page of changes of limits, the newest first.
type LimitChangeList struct {
	AskedTime
	Items []LimitChangeView `json:"items" nullable:"false"`
	Total int               `json:"total"`
}

// LimitChangeView is a change of limits with the names of what followed.
type LimitChangeView struct {
	fengsui.LimitChange
	About About `json:"about"` // of the warning that followed
}

func (a *API) auditRoutes() {
	get(a, "/journal", fengsui.ActAudit, "journal", "The journal, newest first, each row with its state under the seal; the look is a row itself", a.journal)
	ask := func(name string) string { return "/audit/" + name }
	get(a, ask("limits"), fengsui.ActAudit, "limitsMissed", "Warnings whose limits passed before they were lowered or ended", func(ctx context.Context, c call, in *askedQuery) (out MissedList, err error) {
		if out.AskedTime, err = a.asked(ctx, c, in, "limits"); err != nil {
			return out, err
		}
		found, total, err := a.c.Asked.Missed(ctx, c.scope, out.From, out.To, in.page())
		out.Items, out.Total = make([]MissedView, len(found)), total
		for i, x := range found {
			out.Items[i] = MissedView{x, a.about(c, x.Enterprise, x.Subject)}
		}
		return out, err
	})
	get(a, ask("false-alarms"), fengsui.ActAudit, "falseAlarms", "Warnings ended as false alarms, by who did", func(ctx context.Context, c call, in *askedQuery) (out FalseAlarmList, err error) {
		if out.AskedTime, err = a.asked(ctx, c, in, "false_alarms"); err != nil {
			return out, err
		}
		found, total, err := a.c.Asked.FalseAlarms(ctx, c.scope, out.From, out.To, in.page())
		out.Items, out.Total = list(found), total
		return out, err
	})
	get(a, ask("gaps"), fengsui.ActAudit, "gaps", "Gaps in an enterprise's data while a warning of it was open", func(ctx context.Context, c call, in *askedQuery) (out GapList, err error) {
		if out.AskedTime, err = a.asked(ctx, c, in, "gaps"); err != nil {
			return out, err
		}
		found, total, err := a.c.Asked.Gaps(ctx, c.scope, a.c.Silences(), out.From, out.To, in.page())
		out.Items, out.Total = make([]GapView, len(found)), total
		for i, x := range found {
			out.Items[i] = GapView{x, a.about(c, x.Enterprise, x.Subject), a.about(c, x.Enterprise, x.Silent).SubjectName}
		}
		return out, err
	})
	get(a, ask("thresholds"), fengsui.ActAudit, "limitChanges", "Changes of limits shortly before an accident or a red warning", func(ctx context.Context, c call, in *askedQuery) (out LimitChangeList, err error) {
		if out.AskedTime, err = a.asked(ctx, c, in, "thresholds"); err != nil {
			return out, err
		}
		found, total, err := a.c.Asked.LimitChanges(ctx, c.scope, out.From, out.To, in.page())
		out.Items, out.Total = make([]LimitChangeView, len(found)), total
		for i, x := range found {
			x.Before, x.After = list(x.Before), list(x.After)
			out.Items[i] = LimitChangeView{x, a.about(c, x.Followed.Enterprise, x.Followed.Subject)}
		}
		return out, err
	})

	r := Route{Method: http.MethodGet, Path: "/journal/proof", Act: fengsui.ActAudit}
	op := a.operation(r, "journalProof", "The proof of the rows that a search finds: a file that verifies without the platform; journalled", nil)
	op.Responses["200"] = &huma.Response{Description: "docs/seal.md says how it is checked", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}}}
	huma.Register(a.huma, op, func(ctx context.Context, in *Searched) (*streamed, error) {
		c := called(ctx)
		f := in.filter()
		if f.Upto == 0 {
			f.Upto = a.c.DB.Head()
		}
		f.Limit = foundMost
		found, total, err := a.c.DB.Entries(ctx, c.scope, f)
		if err == nil && total > foundMost {
			err = fengsui.Errorf(fengsui.Invalid, "too_many", "a proof holds %d rows and %d were found: choose a shorter time, a person or an enterprise", foundMost, total)
		}
		if err == nil && total == 0 {
			err = fengsui.Errorf(fengsui.NotFound, "nothing_found", "nothing was found, so there is nothing to prove: search for something else")
		}
		if err != nil {
			return nil, a.fail(r, err)
		}
		asked := in.words()
		asked["by"] = mark(c, time.Now())
		err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
			return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "export", ID: "proof"}, Act: "exported", By: c.by, After: map[string]any{"what": "proof", "rows": total, "asked": asked}, Enterprise: c.scope.Enterprise, Zone: c.scope.Zone})
		})
		if err != nil {
			return nil, a.fail(r, err)
		}
		positions, hidden := make([]int64, len(found)), map[int64]bool{}
		for i, e := range found {
			positions[i] = e.Pos
			hidden[e.Pos] = namesContacts(e.Before) || namesContacts(e.After)
		}
		return &streamed{func(huma.Context) {
			a.proof(c, r, "journal", func(w io.Writer) error {
				return a.c.Seal.ProveFound(ctx, c.scope, asked, positions, func(pos int64) bool { return hidden[pos] }, w)
			})
		}}, nil
	})
}

func (a *API) journal(ctx context.Context, c call, in *auditQuery) (Audit, error) {
	f := in.filter()
	if f.Upto == 0 {
		f.Upto = a.c.DB.Head()
	}
	// The look is written first: nothing is seen without it.
	asked := in.words()
	if in.Offset > 0 {
		asked["offset"] = strconv.Itoa(in.Offset)
	}
	if err := a.looked(ctx, c, "journal", asked); err != nil {
		return Audit{}, err
	}
	f.Newest, f.Offset, f.Limit = true, in.Offset, in.page().Limit
	found, total, err := a.c.DB.Entries(ctx, c.scope, f)
	if err != nil {
		return Audit{}, err
	}
	positions := make([]int64, len(found))
	for i, e := range found {
		positions[i] = e.Pos
	}
	states, err := a.c.Seal.States(ctx, c.scope, positions)
	out := Audit{Items: make([]AuditEntry, len(found)), Total: total, Upto: f.Upto}
	for i, e := range found {
		e.Before, e.After = hideContacts(e.Before), hideContacts(e.After)
		out.Items[i] = AuditEntry{e, a.partyName(e.Enterprise), states[e.Pos]}
	}
	return out, err
}

// asked writes down that somebody asks a question, and says what time it is about.
func (a *API) asked(ctx context.Context, c call, in *askedQuery, question string) (t AskedTime, err error) {
	t.From, t.To = a.times(in)
	t.Rules = a.c.Figures.Aims().Audit
	return t, a.looked(ctx, c, fengsui.ID(question), map[string]string{"from": fmt.Sprint(int64(t.From)), "to": fmt.Sprint(int64(t.To)), "offset": strconv.Itoa(in.Offset)})
}

// looked journals a look: who audits is written down too (A10). The row names what was
// looked at and belongs to no warning, or the proof of a case would differ each time.
func (a *API) looked(ctx context.Context, c call, at fengsui.ID, asked map[string]string) error {
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: fengsui.KindLook, ID: at}, Act: "looked", By: c.by, After: asked})
	})
}

// lookedAt journals the look of an auditor at a case, once in a while.
func (a *API) lookedAt(ctx context.Context, c call, w fengsui.Warning) error {
	if c.scope.Role != fengsui.RoleDiscipline && c.scope.Role != fengsui.RoleAuditor {
		return nil // for the others it is the day's work
	}
	seen, _, err := a.c.DB.Entries(ctx, fengsui.Everything(), store.Filter{Object: w.ID, Kind: fengsui.KindLook, User: c.scope.User, From: now().Add(-lookAgain), Limit: 1})
	if err != nil || len(seen) > 0 {
		return err
	}
	return a.looked(ctx, c, w.ID, map[string]string{})
}
