package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sort"

	"fengsui"
	"fengsui/store"
)

type warningQuery struct {
	Level      []string   `query:"level,explode" enum:"blue,yellow,orange,red" doc:"of these levels; absent: all"`
	Open       bool       `query:"open"`
	Ended      bool       `query:"ended"`
	Overdue    bool       `query:"overdue"`
	Shelved    bool       `query:"shelved"`
	Declared   bool       `query:"declared" doc:"only those about what is out of use with leave"`
	Merged     bool       `query:"merged" doc:"only open ones behind another"`
	Into       fengsui.ID `query:"into" maxLength:"64" doc:"only those behind this one"`
	Mine       bool       `query:"mine" doc:"only those that the caller holds"`
	Enterprise fengsui.ID `query:"enterprise" maxLength:"64"`
	Zone       fengsui.ID `query:"zone" maxLength:"64"`
	Sector     string     `query:"sector" maxLength:"40"`
	Model      string     `query:"model" maxLength:"80"`
	Device     fengsui.ID `query:"device" maxLength:"64" doc:"about this device or one of its points"`
	Point      fengsui.ID `query:"point" maxLength:"64" doc:"about this point"`
	Text       string     `query:"text" maxLength:"100"`
	From       int64      `query:"from" minimum:"0"`
	To         int64      `query:"to" minimum:"0"`
	Queue      bool       `query:"queue" doc:"in the order of the duty desk; otherwise newest first"`
	Paged
}

// The bodies of the acts on a warning. Version is the one that the person saw.

// AssignBody hands something to somebody.
type AssignBody struct {
	Version int64  `json:"version"`
	To      string `json:"to" minLength:"1" maxLength:"80"`
}

// HandBody hands a warning to somebody: by name, or to a colleague's account.
type HandBody struct {
	Version int64      `json:"version"`
	To      string     `json:"to" minLength:"1" maxLength:"80"`
	Holder  fengsui.ID `json:"holder,omitempty" maxLength:"64" doc:"a colleague; the name is then the account's"`
}

// ShelveBody hides a warning's row for a while.
type ShelveBody struct {
	Version int64          `json:"version"`
	Until   fengsui.Millis `json:"until"`
	Why     string         `json:"why" minLength:"1" maxLength:"2000"`
}

// UnshelveBody shows it again.
type UnshelveBody struct {
	Version int64 `json:"version"`
}

// MergeBody hides a warning's row behind another; into empty brings it back.
type MergeBody struct {
	Version int64      `json:"version"`
	Into    fengsui.ID `json:"into" maxLength:"64"`
}

// ActedBody is when something was done, by the clock of the telephone that kept it.
type ActedBody struct {
	At     fengsui.Millis `json:"at" minimum:"0" doc:"by the telephone's clock, put right by offset"`
	Offset *int64         `json:"offset,omitempty" minimum:"-1000000000000000" maximum:"1000000000000000" doc:"ms that were added to that clock; absent: it was never compared with the server's"`
}

func (b *ActedBody) acted() *fengsui.Acted {
	if b == nil {
		return nil
	}
	return &fengsui.Acted{At: b.At, Offset: b.Offset}
}

// VerifyBody is what a verification found. With acted it may have waited in a telephone:
// then version may be one of before.
type VerifyBody struct {
	Version int64        `json:"version"`
	Finding string       `json:"finding" enum:"true,false,unsure"`
	Why     string       `json:"why" maxLength:"2000"`
	Files   []fengsui.ID `json:"files,omitempty" nullable:"false" maxItems:"20"`
	Acted   *ActedBody   `json:"acted,omitempty"`
}

// WorkBody is a step of the handling, or its report; acted as in VerifyBody.
type WorkBody struct {
	Version int64        `json:"version"`
	Why     string       `json:"why" minLength:"1" maxLength:"2000"`
	Files   []fengsui.ID `json:"files,omitempty" nullable:"false" maxItems:"20"`
	Acted   *ActedBody   `json:"acted,omitempty"`
}

// VerdictBody lowers a warning or ends it.
type VerdictBody struct {
	Version int64         `json:"version"`
	To      fengsui.Level `json:"to" enum:"none,blue,yellow,orange" doc:"the lower level; none with an end"`
	End     fengsui.End   `json:"end" enum:"open,cleared,false_alarm" doc:"open when it is only lowered"`
	Why     string        `json:"why" minLength:"1" maxLength:"2000"`
}

// AskBody asks for a verdict. With acted it may have waited in a telephone.
type AskBody struct {
	VerdictBody
	Acted *ActedBody `json:"acted,omitempty"`
}

// AccidentBody says that it is an accident, and which plan starts (A19).
type AccidentBody struct {
	Version int64  `json:"version"`
	Plan    string `json:"plan" minLength:"1" maxLength:"80"`
	Why     string `json:"why" minLength:"1" maxLength:"2000"`
}

// NoteBody is a note or a telephone call on the record; acted as in AskBody.
type NoteBody struct {
	Kind  string     `json:"kind" enum:"note,call"`
	Why   string     `json:"why" minLength:"1" maxLength:"2000"`
	Acted *ActedBody `json:"acted,omitempty"`
}

// RemindBody reminds whoever is at it.
type RemindBody struct {
	Why string `json:"why" maxLength:"2000"`
}

type on[B any] struct {
	ID   fengsui.ID `path:"id" maxLength:"64"`
	Body B
}

// warningAct declares an act on a warning: found inside the scope, allowed at its
// peak, then handed to the stage that owns it.
func warningAct[B any](a *API, verb Verb, act fengsui.Act, id, summary string, h func(context.Context, call, *on[B]) error) {
	do(a, http.MethodPost, "/warnings/{id}/"+string(verb), act, id, summary,
		func(ctx context.Context, c call, in *on[B]) error {
			if _, err := a.mayWarning(ctx, c, in.ID, act); err != nil {
				return err
			}
			return h(ctx, c, in)
		})
}

func (a *API) mayWarning(ctx context.Context, c call, id fengsui.ID, act fengsui.Act) (fengsui.Warning, error) {
	w, err := a.c.Warnings.Warning(ctx, c.scope, id)
	if err != nil {
		return w, err
	}
	return w, c.scope.Allow(act, w.Peak)
}

func (a *API) warningRoutes() {
	get(a, "/warnings", fengsui.ActSee, "warnings", "Warnings", a.warnings)
	get(a, "/warnings/counts", fengsui.ActSee, "warningCounts", "The four counters", func(ctx context.Context, c call, _ *nothing) (fengsui.WarningCounts, error) {
		n, err := a.c.Warnings.Counts(ctx, c.scope)
		if err != nil {
			return n, err
		}
		return n, a.apart(ctx, c, &n)
	})
	get(a, "/warnings/{id}", fengsui.ActSee, "warning", "A warning with everything that hangs on it", a.warning)
	get(a, "/warnings/{id}/timeline", fengsui.ActSee, "timeline", "Everything that happened to a warning, in order", a.timeline)

	do(a, http.MethodPost, "/warnings/{id}/confirm", fengsui.ActConfirm, "confirm", "Take a warning in: stops blink and sound only",
		func(ctx context.Context, c call, in *byID) error {
			if _, err := a.mayWarning(ctx, c, in.ID, fengsui.ActConfirm); err != nil {
				return err
			}
			return a.c.Desk.Confirm(ctx, c.scope, c.by, in.ID)
		})
	warningAct(a, "assign", fengsui.ActAssign, "assign", "Hand a warning to somebody", func(ctx context.Context, c call, in *on[HandBody]) error {
		to := in.Body.To
		if in.Body.Holder != "" {
			holder, err := a.c.Accounts.Colleague(ctx, c.scope, in.Body.Holder)
			if err != nil {
				return err
			}
			to = holder.Name
		}
		return a.c.Desk.Assign(ctx, c.scope, c.by, in.ID, in.Body.Version, to, in.Body.Holder)
	})
	warningAct(a, "shelve", fengsui.ActShelve, "shelve", "Hide a warning's row for a while; no clock stops", func(ctx context.Context, c call, in *on[ShelveBody]) error {
		return a.c.Desk.Shelve(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Until, in.Body.Why)
	})
	warningAct(a, "unshelve", fengsui.ActShelve, "unshelve", "Show a shelved warning again", func(ctx context.Context, c call, in *on[UnshelveBody]) error {
		w, err := a.c.Warnings.Warning(ctx, c.scope, in.ID)
		if err != nil {
			return err
		}
		if w.Version != in.Body.Version {
			return fengsui.Errorf(fengsui.Conflict, "changed", "the warning has changed since you looked; look again")
		}
		return a.c.Desk.Unshelve(ctx, c.scope, c.by, in.ID)
	})
	warningAct(a, "merge", fengsui.ActMerge, "merge", "Hide a warning's row behind another; no clock stops", func(ctx context.Context, c call, in *on[MergeBody]) error {
		if in.Body.Into != "" {
			if _, err := a.mayWarning(ctx, c, in.Body.Into, fengsui.ActMerge); err != nil {
				return err
			}
		}
		return a.c.Desk.Merge(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Into)
	})
	warningAct(a, "verify", fengsui.ActVerify, "verify", "Say what the verification found", func(ctx context.Context, c call, in *on[VerifyBody]) error {
		return a.c.Disposal.Verify(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Finding, in.Body.Why, in.Body.Files, in.Body.Acted.acted())
	})
	warningAct(a, "handle", fengsui.ActHandle, "handle", "Record a step of the handling", func(ctx context.Context, c call, in *on[WorkBody]) error {
		return a.c.Disposal.Handle(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Why, in.Body.Files, in.Body.Acted.acted())
	})
	warningAct(a, "report", fengsui.ActReport, "report", "Report the result of the handling", func(ctx context.Context, c call, in *on[WorkBody]) error {
		return a.c.Disposal.Report(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Why, in.Body.Files, in.Body.Acted.acted())
	})
	warningAct(a, "ask", fengsui.ActAsk, "ask", "Ask for a lower level or the end; no clock stops", func(ctx context.Context, c call, in *on[AskBody]) error {
		return a.c.Disposal.Ask(ctx, c.scope, c.by, in.Body.verdict(in.ID), in.Body.Acted.acted())
	})
	warningAct(a, "decide", fengsui.ActDecide, "decide", "Lower a warning or end it", func(ctx context.Context, c call, in *on[VerdictBody]) error {
		return a.c.Disposal.Decide(ctx, c.scope, c.by, in.Body.verdict(in.ID))
	})
	warningAct(a, "accident", fengsui.ActAccident, "accident", "Say that it is an accident: its plan starts beside the clock", func(ctx context.Context, c call, in *on[AccidentBody]) error {
		return a.c.Disposal.Accident(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Plan, in.Body.Why)
	})
	warningAct(a, "note", fengsui.ActNote, "note", "Put a note or a call on the record", func(ctx context.Context, c call, in *on[NoteBody]) error {
		return a.c.Disposal.Note(ctx, c.scope, c.by, in.ID, in.Body.Kind, in.Body.Why, in.Body.Acted.acted())
	})
	warningAct(a, "remind", fengsui.ActRemind, "remind", "Remind whoever is at it", func(ctx context.Context, c call, in *on[RemindBody]) error {
		return a.c.Disposal.Remind(ctx, c.scope, c.by, in.ID, in.Body.Why)
	})
}

func (b VerdictBody) verdict(id fengsui.ID) fengsui.Verdict {
	return fengsui.Verdict{Warning: id, Version: b.Version, To: b.To, End: b.End, Why: b.Why}
}

func (a *API) warnings(ctx context.Context, c call, in *warningQuery) (WarningList, error) {
	f := fengsui.WarningFilter{Open: in.Open, Ended: in.Ended, Overdue: in.Overdue, Shelved: in.Shelved, Merged: in.Merged, Into: in.Into, Enterprise: in.Enterprise, Zone: in.Zone,
		Sector: fengsui.Sector(in.Sector), Model: in.Model, Text: in.Text, From: fengsui.Millis(in.From), To: fengsui.Millis(in.To), Queue: in.Queue}
	if in.Mine {
		f.Holder = c.scope.User
	}
	if in.Device != "" {
		v, err := a.c.Registry.Device(ctx, c.scope, in.Device)
		if err != nil {
			return WarningList{}, err
		}
		f.Subjects = a.subjectsOf(&v)
	}
	if in.Point != "" {
		p, err := a.c.Registry.Point(ctx, c.scope, in.Point)
		if err != nil {
			return WarningList{}, err
		}
		if about := fengsui.SubjectOf("point", p.Num); in.Device == "" || slices.Contains(f.Subjects, about) {
			f.Subjects = []fengsui.Subject{about}
		} else {
			return WarningList{Items: []WarningView{}}, nil // of another device
		}
	}
	for _, word := range in.Level {
		var l fengsui.Level
		if err := l.UnmarshalText([]byte(word)); err != nil {
			return WarningList{}, err
		}
		f.Levels = append(f.Levels, l)
	}
	if in.Declared {
		if f.Subjects = slices.Collect(maps.Keys(a.cover(ctx))); len(f.Subjects) == 0 {
			return WarningList{Items: []WarningView{}}, nil
		}
	}
	found, total, err := a.c.Warnings.Warnings(ctx, c.scope, f, in.page())
	if err != nil {
		return WarningList{}, err
	}
	return WarningList{a.warningViews(c, found), total}, nil
}

func (a *API) warningViews(c call, found []fengsui.Warning) []WarningView {
	views := make([]WarningView, len(found))
	cover := a.cover(c.request.Context())
	for i, w := range found {
		views[i] = a.warningView(c, w)
		views[i].Outage = outOfUse(cover, w.Subject)
	}
	return views
}

func (a *API) warningView(c call, w fengsui.Warning) WarningView {
	d := a.c.Registry.District()
	v := WarningView{Warning: w, Acts: a.verbs(c, w)}
	if e := d.Enterprises[w.Enterprise]; e != nil {
		v.EnterpriseName, v.Place = name(e), e.Address
		v.EnterpriseSeen = c.scope.Sees(e.ID, e.Zone, e.Sector, fengsui.None)
	}
	if z := d.Parties[w.Zone]; z != nil {
		v.ZoneName = z.Name
	}
	switch kind, num := w.Subject.Split(); kind {
	case "point":
		p := d.Point(num)
		if p == nil {
			p = a.c.Registry.Retired(num)
		}
		if p != nil {
			v.SubjectName, v.SubjectID = p.Name, p.ID
			if asset := d.Assets[p.Asset]; asset != nil {
				v.Place = place(asset)
			}
			if w.ID != "" && w.End == fengsui.Open {
				v.Latest = a.latest(num)
			}
		}
	case "device":
		if p := d.Device(num); p != nil {
			v.SubjectName, v.SubjectID = p.Name, p.ID
		}
	case "enterprise":
		if e := d.Enterprise(num); e != nil {
			v.SubjectName, v.SubjectID = name(e), e.ID
		}
	}
	if p := a.c.Policy(w.Policy); p != nil {
		v.Rule = p.Rules[w.Level]
		if w.End == fengsui.Open {
			v.NextStep = nextStep(p, w)
		}
	}
	return v
}

// latest is the newest value of a point, nil before there is one.
func (a *API) latest(point int64) *fengsui.Latest {
	l, ok := a.c.Latest(point)
	if !ok {
		return nil
	}
	return &l
}

// name is how people call an enterprise.
func name(e *fengsui.Enterprise) string {
	if e.ShortName != "" {
		return e.ShortName
	}
	return e.Name
}

func place(asset *fengsui.Asset) string {
	if asset.Place != "" {
		return asset.Name + " · " + asset.Place
	}
	return asset.Name
}

// nextStep is what the clock asks for next, nil when it asks for nothing more.
func nextStep(p *fengsui.Escalation, w fengsui.Warning) *NextStep {
	at := p.Next(w.Level, w.Clock)
	if at == 0 {
		return nil
	}
	due := p.Due(w.Level, w.Clock, at)
	if len(due) == 0 {
		return nil
	}
	return &NextStep{Kind: due[0].Kind, Number: due[0].Number, At: at, Article: p.Rules[w.Level].Article}
}

// verbs are what a person may do about a warning as it stands. It guides the
// page; the stage that carries an act out has the last word.
func (a *API) verbs(c call, w fengsui.Warning) []Verb {
	verbs := []Verb{}
	add := func(act fengsui.Act, verb Verb, when bool) {
		if when && !c.session.ReadOnly && c.scope.May(act, w.Peak) {
			verbs = append(verbs, verb)
		}
	}
	open := w.End == fengsui.Open
	shelved := w.ShelvedUntil > now()
	add(fengsui.ActConfirm, "confirm", open && w.ConfirmedAt == 0)
	add(fengsui.ActVerify, "verify", open && w.Work <= fengsui.Verified)
	add(fengsui.ActHandle, "handle", open && w.Work >= fengsui.Verified)
	add(fengsui.ActReport, "report", open && w.Work >= fengsui.Verified)
	add(fengsui.ActAsk, "ask", open)
	add(fengsui.ActDecide, "decide", open && a.decides(c, w))
	add(fengsui.ActAccident, "accident", open)
	add(fengsui.ActReceive, "receive", open && w.Work == fengsui.New)
	add(fengsui.ActAssign, "assign", open)
	add(fengsui.ActShelve, "shelve", open && !shelved && w.Level != fengsui.Red)
	add(fengsui.ActShelve, "unshelve", open && shelved)
	add(fengsui.ActMerge, "merge", open)
	add(fengsui.ActRemind, "remind", open)
	add(fengsui.ActNote, "note", true)
	return verbs
}

// decides reports whether the caller's party holds the capacity that the policy
// names for a verdict at the warning's level; the bureau where nobody does.
func (a *API) decides(c call, w fengsui.Warning) bool {
	p, d := a.c.Policy(w.Policy), a.c.Registry.District()
	e := d.Enterprises[w.Enterprise]
	if p == nil || p.Rules[w.Level] == nil || e == nil {
		return false
	}
	holders := d.Holders(p.Rules[w.Level].Verdict, e, w.Sector)
	if len(holders) == 0 {
		holders = d.Kind(fengsui.Bureau)
	}
	return slices.ContainsFunc(holders, func(x *fengsui.Party) bool { return x.ID == c.scope.Party })
}

func (a *API) warning(ctx context.Context, c call, in *byID) (WarningDetail, error) {
	var v WarningDetail
	w, err := a.c.Warnings.Warning(ctx, c.scope, in.ID)
	if err != nil {
		return v, err
	}
	v.WarningView = a.warningView(c, w)
	v.Outage, v.Classes = outOfUse(a.cover(ctx), w.Subject), list(a.c.Outages.Rules().ClassesOf(w.Model))
	if v.Sorted, err = a.sorted(ctx, c, w); err != nil {
		return v, err
	}
	if v.Periods, err = a.c.Warnings.Periods(ctx, c.scope, in.ID); err != nil {
		return v, err
	}
	steps, err := a.c.Warnings.Steps(ctx, c.scope, in.ID)
	if err != nil {
		return v, err
	}
	if v.Pushes, err = a.pushes(ctx, c, w); err != nil {
		return v, err
	}
	orders, _, err := a.c.Orders.Orders(ctx, c.scope, fengsui.OrderFilter{Warning: in.ID}, fengsui.Page{Limit: 100})
	if err != nil {
		return v, err
	}
	parts, err := a.c.Warnings.Parts(ctx, c.scope, in.ID)
	if err != nil {
		return v, err
	}
	v.Parts = list(parts)
	asks, err := a.c.Disposal.Asks(ctx, c.scope, in.ID)
	if err != nil {
		return v, err
	}
	v.Asks = make([]AskView, len(asks))
	for i, ask := range asks {
		v.Asks[i] = AskView{ask, a.partyName(ask.Party)}
	}
	if plan := a.c.Plans.PlanFor(w); plan != nil {
		v.Plan = plan.Key
	}
	v.Orders, v.Steps, v.Periods, v.Inferred = a.orderViews(c, orders), a.stepViews(steps), list(v.Periods), []string{}
	if p := a.c.Policy(w.Policy); p != nil {
		v.PolicyName, v.PolicySource, v.Scale, v.Inferred = p.Name, p.Source, p.Scale, list(p.Inferred)
	}
	return v, nil
}

// pushes are a warning's, for those who may see receivers.
func (a *API) pushes(ctx context.Context, c call, w fengsui.Warning) ([]PushView, error) {
	views := []PushView{}
	if !c.scope.May(fengsui.ActPushes, w.Peak) {
		return views, nil
	}
	found, err := a.c.Pushes.Pushes(ctx, c.scope, w.ID)
	for _, p := range found {
		p.Capacities, p.Deliveries = list(p.Capacities), list(p.Deliveries)
		views = append(views, PushView{p, a.partyName(p.Party)})
	}
	return views, err
}

func (a *API) stepViews(steps []fengsui.Step) []StepView {
	views := make([]StepView, len(steps))
	for i, s := range steps {
		views[i] = StepView{Step: s, Told: make([]ToldView, len(s.To))}
		views[i].To = make([]fengsui.Told, len(s.To))
		for j, t := range s.To {
			t.Capacities = list(t.Capacities)
			views[i].To[j], views[i].Told[j] = t, ToldView{t.Party, a.partyName(t.Party), t.Capacities}
		}
	}
	return views
}

func (a *API) partyName(id fengsui.ID) string {
	if p := a.c.Registry.District().Parties[id]; p != nil {
		return p.Name
	}
	return ""
}

func (a *API) timeline(ctx context.Context, c call, in *byID) (Timeline, error) {
	w, err := a.c.Warnings.Warning(ctx, c.scope, in.ID)
	if err != nil {
		return Timeline{}, err
	}
	if err := a.lookedAt(ctx, c, w); err != nil {
		return Timeline{}, err
	}
	t := Timeline{Items: []TimelineItem{}}
	// Where people sit is for those who read the journal, which says it anyway.
	from := func(e store.Entry) string { return "" }
	if c.scope.May(fengsui.ActAudit, w.Peak) {
		from = func(e store.Entry) string { return e.By.From }
	}
	for after := int64(0); ; {
		entries, _, err := a.c.DB.Entries(ctx, c.scope, store.Filter{Warning: in.ID, After: after, Limit: timelinePage})
		if err != nil {
			return t, err
		}
		for _, e := range entries {
			of := e.Of
			t.Items = append(t.Items, TimelineItem{Kind: "change", At: e.At, Pos: e.Pos, Of: &of, Act: e.Act, ByName: e.By.Name, ByRole: e.By.Role, ByFrom: from(e),
				Why: e.Why, Before: e.Before, After: e.After, Steps: a.stepViews(e.Tell)})
			after = e.Pos
		}
		if len(entries) < timelinePage {
			break
		}
	}
	pushes, err := a.pushes(ctx, c, w)
	if err != nil {
		return t, err
	}
	for i := range pushes {
		t.Items = append(t.Items, TimelineItem{Kind: "push", At: pushes[i].At, Push: &pushes[i]})
	}
	sort.SliceStable(t.Items, func(i, j int) bool { return t.Items[i].At < t.Items[j].At })
	return t, nil
}

// timelinePage is how many journal rows are read at a time.
const timelinePage = 500
