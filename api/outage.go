package api

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"fengsui"
)

// Outages are the declared outages, and what becomes of silence that nobody declared.
type Outages interface {
	Rules() *fengsui.OutageRules
	Outages(ctx context.Context, s fengsui.Scope, f fengsui.OutageFilter, p fengsui.Page) ([]fengsui.Outage, int, error)
	Outage(ctx context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Outage, error)
	Held(ctx context.Context, s fengsui.Scope, id fengsui.ID, p fengsui.Page) ([]fengsui.HeldSilence, int, error)
	Cover(ctx context.Context) (fengsui.OutageCover, error)
	Declared(ctx context.Context, s fengsui.Scope, p *fengsui.Point, from, to fengsui.Millis) ([]fengsui.DeclaredStretch, error)
	Standing(ctx context.Context, s fengsui.Scope) (int, error)
	Offline(ctx context.Context, s fengsui.Scope, p fengsui.Page) ([]fengsui.Offline, int, error)
	Ask(ctx context.Context, s fengsui.Scope, by fengsui.Actor, o fengsui.Outage, files []fengsui.ID) (fengsui.Outage, error)
	Verify(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, text string, files []fengsui.ID) error
	Decide(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, until fengsui.Millis, text string) error
	Cancel(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, text string) error
	End(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, at fengsui.Millis, text string) error
	Sort(ctx context.Context, s fengsui.Scope, by fengsui.Actor, warning fengsui.ID, class, text string, files []fengsui.ID) error
	Sorted(ctx context.Context, s fengsui.Scope, warning fengsui.ID) (*fengsui.Sorting, error)
	Sortings(ctx context.Context, s fengsui.Scope, class string, p fengsui.Page) ([]fengsui.SortingView, int, error)
}

// OutageView is a declared outage with its names, how it stands and what the reader may do.
type OutageView struct {
	fengsui.Outage
	Phase          fengsui.OutagePhase `json:"phase" enum:"pending,ahead,runs,over"`
	End            fengsui.Millis      `json:"end,omitempty"` // of an approved one, early or not
	EnterpriseName string              `json:"enterpriseName"`
	ZoneName       string              `json:"zoneName"`
	ReasonText     fengsui.Bilingual   `json:"reasonText"`
	Urgent         bool                `json:"urgent"`
	Named          []TargetView        `json:"named" nullable:"false"`
	Acts           []Verb              `json:"acts" nullable:"false"` // verify, decide, cancel, end
}

// TargetView names what is out of use.
type TargetView struct {
	fengsui.OutageTarget
	Name string `json:"name"`
}

// OutageList is a page of declared outages.
type OutageList struct {
	Items []OutageView `json:"items" nullable:"false"`
	Total int          `json:"total"`
}

// OutageMark says that something is out of use, with leave.
type OutageMark struct {
	ID     fengsui.ID     `json:"id"`
	Number string         `json:"number"`
	Until  fengsui.Millis `json:"until"`
}

// HeldSilenceView is a silence that was held back, with the names.
type HeldSilenceView struct {
	fengsui.HeldSilence
	SubjectName string `json:"subjectName"`
}

// HeldSilences is a page of them.
type HeldSilences struct {
	Items []HeldSilenceView `json:"items" nullable:"false"`
	Total int               `json:"total"`
}

// OfflineView is an enterprise that is silent without leave.
type OfflineView struct {
	fengsui.Offline
	EnterpriseName string `json:"enterpriseName"`
	ZoneName       string `json:"zoneName"`
}

// OfflineList is a page of them.
type OfflineList struct {
	Items []OfflineView `json:"items" nullable:"false"`
	Total int           `json:"total"`
}

// SortingItem is a failure that was sorted under Article 25.
type SortingItem struct {
	fengsui.SortingView
	EnterpriseName string              `json:"enterpriseName"`
	PartyName      string              `json:"partyName"`
	Rule           *fengsui.Misconduct `json:"rule,omitempty"`
}

// SortingList is a page of them.
type SortingList struct {
	Items []SortingItem `json:"items" nullable:"false"`
	Total int           `json:"total"`
}

type outageQuery struct {
	Phase      string     `query:"phase" enum:"pending,ahead,runs,over"`
	Enterprise fengsui.ID `query:"enterprise" maxLength:"64"`
	Target     fengsui.ID `query:"target" maxLength:"64" doc:"only those that name this point, device or asset"`
	Paged
}

type sortingQuery struct {
	Class string `query:"class" maxLength:"40"`
	Paged
}

// OutageBody declares an outage.
type OutageBody struct {
	Reason   string                 `json:"reason" maxLength:"40"`
	Targets  []fengsui.OutageTarget `json:"targets" nullable:"false" maxItems:"1000"`
	From     fengsui.Millis         `json:"from"`
	To       fengsui.Millis         `json:"to"`
	Why      string                 `json:"why" maxLength:"2000"`
	Permit   string                 `json:"permit,omitempty" maxLength:"100"`
	Measures string                 `json:"measures" maxLength:"2000"`
	Files    []fengsui.ID           `json:"files,omitempty" nullable:"false" maxItems:"20"`
}

// FoundBody is what a verification found.
type FoundBody struct {
	Version int64        `json:"version"`
	Text    string       `json:"text" minLength:"1" maxLength:"2000"`
	Files   []fengsui.ID `json:"files,omitempty" nullable:"false" maxItems:"20"`
}

// LeaveBody is the written answer.
type LeaveBody struct {
	Version int64          `json:"version"`
	Until   fengsui.Millis `json:"until" doc:"approved until then, as asked or earlier; 0: refused"`
	Text    string         `json:"text" minLength:"1" maxLength:"2000"`
}

// CancelBody takes a request back.
type CancelBody struct {
	Version int64  `json:"version"`
	Text    string `json:"text" minLength:"1" maxLength:"2000"`
}

// EndBody ends an outage early.
type EndBody struct {
	Version int64          `json:"version"`
	At      fengsui.Millis `json:"at,omitempty" doc:"absent: now"`
	Text    string         `json:"text" minLength:"1" maxLength:"2000"`
}

// SortBody sorts a failure under Article 25.
type SortBody struct {
	Class string       `json:"class" minLength:"1" maxLength:"40"`
	Text  string       `json:"text" minLength:"1" maxLength:"2000"`
	Files []fengsui.ID `json:"files,omitempty" nullable:"false" maxItems:"20"`
}

type outageInput struct{ Body OutageBody }

// outageAct declares an act on a declared outage: found inside the scope, then allowed.
func outageAct[B any](a *API, verb Verb, act, or fengsui.Act, id, summary string, h func(context.Context, call, *on[B]) error) {
	do(a, http.MethodPost, "/outages/{id}/"+string(verb), act, id, summary, func(ctx context.Context, c call, in *on[B]) error {
		if _, err := a.c.Outages.Outage(ctx, c.scope, in.ID); err != nil {
			return err
		}
		if or == "" || !c.scope.May(or, fengsui.None) {
			if err := c.scope.Allow(act, fengsui.None); err != nil {
				return err
			}
		}
		return h(ctx, c, in)
	})
}

func (a *API) outageRoutes() {
	get(a, "/outages", fengsui.ActSee, "outages", "Declared outages", func(ctx context.Context, c call, in *outageQuery) (OutageList, error) {
		found, total, err := a.c.Outages.Outages(ctx, c.scope, fengsui.OutageFilter{Phase: fengsui.OutagePhase(in.Phase), Enterprise: in.Enterprise, Target: in.Target}, in.page())
		out := OutageList{Items: make([]OutageView, len(found)), Total: total}
		for i := range found {
			out.Items[i] = a.outageView(c, found[i])
		}
		return out, err
	})
	get(a, "/outages/rules", fengsui.ActSee, "outageRules", "The rules of declared outages", func(context.Context, call, *nothing) (fengsui.OutageRules, error) {
		return *a.c.Outages.Rules(), nil
	})
	get(a, "/outages/offline", fengsui.ActSee, "offline", "Who is silent without leave, and beyond which line of the regulation", func(ctx context.Context, c call, in *pageInput) (OfflineList, error) {
		found, total, err := a.c.Outages.Offline(ctx, c.scope, in.page())
		out := OfflineList{Items: make([]OfflineView, len(found)), Total: total}
		for i, o := range found {
			o.Lines = list(o.Lines)
			out.Items[i] = OfflineView{Offline: o, EnterpriseName: a.firmName(o.Enterprise)}
			if e := a.c.Registry.District().Enterprises[o.Enterprise]; e != nil {
				out.Items[i].ZoneName = a.partyName(e.Zone)
			}
		}
		return out, err
	})
	get(a, "/outages/sorted", fengsui.ActSee, "sortings", "Failures that were sorted under Article 25", func(ctx context.Context, c call, in *sortingQuery) (SortingList, error) {
		found, total, err := a.c.Outages.Sortings(ctx, c.scope, in.Class, in.page())
		out := SortingList{Items: make([]SortingItem, len(found)), Total: total}
		for i, x := range found {
			x.Files = list(x.Files)
			out.Items[i] = SortingItem{x, a.firmName(x.Enterprise), a.partyName(x.Party), a.c.Outages.Rules().Class(x.Class)}
		}
		return out, err
	})
	get(a, "/outages/{id}", fengsui.ActSee, "outage", "A declared outage", func(ctx context.Context, c call, in *byID) (OutageView, error) {
		o, err := a.c.Outages.Outage(ctx, c.scope, in.ID)
		if err != nil {
			return OutageView{}, err
		}
		return a.outageView(c, o), nil
	})
	get(a, "/outages/{id}/held", fengsui.ActSee, "heldSilence", "What a declared outage held back", func(ctx context.Context, c call, in *pageOf) (HeldSilences, error) {
		found, total, err := a.c.Outages.Held(ctx, c.scope, in.ID, in.page())
		out := HeldSilences{Items: make([]HeldSilenceView, len(found)), Total: total}
		for i, h := range found {
			out.Items[i] = HeldSilenceView{h, a.warningView(c, fengsui.Warning{Subject: h.Subject}).SubjectName}
		}
		return out, err
	})
	do(a, http.MethodPost, "/outages", fengsui.ActDeclare, "declareOutage", "Declare an outage: nothing is held before the bureau approves", func(ctx context.Context, c call, in *outageInput) error {
		b := in.Body
		_, err := a.c.Outages.Ask(ctx, c.scope, c.by, fengsui.Outage{Reason: b.Reason, Targets: b.Targets, From: b.From, To: b.To, Why: b.Why, Permit: b.Permit, Measures: b.Measures}, b.Files)
		return err
	})
	outageAct(a, "verify", fengsui.ActExamine, "", "verifyOutage", "Record what the verification found", func(ctx context.Context, c call, in *on[FoundBody]) error {
		return a.c.Outages.Verify(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Text, in.Body.Files)
	})
	outageAct(a, "decide", fengsui.ActLeave, "", "decideOutage", "Approve, shorten or refuse, in writing", func(ctx context.Context, c call, in *on[LeaveBody]) error {
		return a.c.Outages.Decide(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Until, in.Body.Text)
	})
	outageAct(a, "cancel", fengsui.ActDeclare, "", "cancelOutage", "Take a request back before it is answered", func(ctx context.Context, c call, in *on[CancelBody]) error {
		return a.c.Outages.Cancel(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Text)
	})
	outageAct(a, "end", fengsui.ActDeclare, fengsui.ActLeave, "endOutage", "End an outage before its time; what is still silent is a warning at once", func(ctx context.Context, c call, in *on[EndBody]) error {
		return a.c.Outages.End(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.At, in.Body.Text)
	})
	warningAct(a, "sort", fengsui.ActExamine, "sortWarning", "Sort a failure under Article 25", func(ctx context.Context, c call, in *on[SortBody]) error {
		return a.c.Outages.Sort(ctx, c.scope, c.by, in.ID, in.Body.Class, in.Body.Text, in.Body.Files)
	})
}

func (a *API) firmName(id fengsui.ID) string {
	if e := a.c.Registry.District().Enterprises[id]; e != nil {
		return name(e)
	}
	return ""
}

func (a *API) outageView(c call, o fengsui.Outage) OutageView {
	at, d := now(), a.c.Registry.District()
	v := OutageView{Outage: o, Phase: o.Phase(at), EnterpriseName: a.firmName(o.Enterprise), ZoneName: a.partyName(o.Zone), Named: make([]TargetView, len(o.Targets)), Acts: []Verb{}}
	v.Files, v.Targets = list(o.Files), list(o.Targets)
	if o.State == fengsui.OutageApproved {
		v.End = o.End()
	}
	if r := a.c.Outages.Rules().Reason(o.Reason); r != nil {
		v.ReasonText, v.Urgent = r.Text, r.Urgent
	}
	for i, t := range o.Targets {
		v.Named[i] = TargetView{OutageTarget: t}
		switch t.Kind {
		case "point":
			if p := d.Points[t.ID]; p != nil {
				v.Named[i].Name = p.Name
			}
		case "device":
			if p := d.Devices[t.ID]; p != nil {
				v.Named[i].Name = p.Name
			}
		case "asset":
			if p := d.Assets[t.ID]; p != nil {
				v.Named[i].Name = p.Name
			}
		}
	}
	add := func(verb Verb, act fengsui.Act, when bool) {
		if when && !c.session.ReadOnly && c.scope.May(act, fengsui.None) {
			v.Acts = append(v.Acts, verb)
		}
	}
	add("verify", fengsui.ActExamine, o.State == fengsui.OutageAsked)
	add("decide", fengsui.ActLeave, o.State == fengsui.OutageAsked)
	add("cancel", fengsui.ActDeclare, o.State == fengsui.OutageAsked)
	running := v.Phase == fengsui.OutageRuns || v.Phase == fengsui.OutageAhead
	add("end", fengsui.ActDeclare, running)
	add("end", fengsui.ActLeave, running)
	return v
}

// outOfUse is what an outage that covers a subject says of it; nil: nothing does.
func outOfUse(cover fengsui.OutageCover, s fengsui.Subject) *OutageMark {
	o := cover[s]
	if o == nil {
		return nil
	}
	return &OutageMark{o.ID, o.Number, o.End()}
}

// outOfUseOf is what covers any of several points, the one that ends last; nil: nothing does.
func outOfUseOf(cover fengsui.OutageCover, points []*fengsui.Point) *OutageMark {
	if len(cover) == 0 {
		return nil
	}
	var last *fengsui.Outage
	for _, p := range points {
		if o := cover[fengsui.SubjectOf("point", p.Num)]; o != nil && (last == nil || o.End() > last.End()) {
			last = o
		}
	}
	if last == nil {
		return nil
	}
	return &OutageMark{last.ID, last.Number, last.End()}
}

// cover is what is out of use now. What only marks things with it goes on without, for
// the records may be away.
func (a *API) cover(ctx context.Context) fengsui.OutageCover {
	cover, err := a.c.Outages.Cover(ctx)
	if err != nil && ctx.Err() == nil { // nobody waits for it any more otherwise
		a.c.Log.Warn("declared outages cannot be read", "err", err)
	}
	return cover
}

// sorted is under what a warning was sorted last, nil if nobody did.
func (a *API) sorted(ctx context.Context, c call, w fengsui.Warning) (*SortingItem, error) {
	x, err := a.c.Outages.Sorted(ctx, c.scope, w.ID)
	if x == nil || err != nil {
		return nil, err
	}
	x.Files = list(x.Files)
	return &SortingItem{fengsui.SortingView{Sorting: *x, Enterprise: w.Enterprise}, a.firmName(w.Enterprise), a.partyName(x.Party), a.c.Outages.Rules().Class(x.Class)}, nil
}

// apart takes the warnings about what is out of use with leave out of the counters and
// counts them apart (A36). They are in every list, and their clocks run.
func (a *API) apart(ctx context.Context, c call, n *fengsui.WarningCounts) (err error) {
	if n.Held, err = a.c.Outages.Standing(ctx, c.scope); err != nil {
		return err
	}
	for part := range slices.Chunk(slices.Collect(maps.Keys(a.cover(ctx))), 5000) {
		for page := (fengsui.Page{Limit: 500}); ; {
			found, total, err := a.c.Warnings.Warnings(ctx, c.scope, fengsui.WarningFilter{Open: true, Subjects: part}, page)
			if err != nil {
				return err
			}
			for i := range found {
				n.Declared++
				n.Open[found[i].Level]--
				if found[i].ConfirmedAt == 0 {
					n.Unconfirmed[found[i].Level]--
				}
			}
			if page.Offset += len(found); len(found) == 0 || page.Offset >= total {
				break
			}
		}
	}
	return nil
}
