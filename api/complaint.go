package api

import (
	"context"
	"net/http"

	"fengsui"
)

// Complaints takes in what people report, and follows it to its end.
type Complaints interface {
	Rules() *fengsui.ComplaintRules
	Report(ctx context.Context, key, call string, in fengsui.Intake) (fengsui.Receipt, error)
	TakeDown(ctx context.Context, s fengsui.Scope, by fengsui.Actor, in fengsui.Intake) (fengsui.Receipt, error)
	Again(ctx context.Context, id fengsui.ID) (fengsui.Receipt, error)
	Look(ctx context.Context, r fengsui.Receipt) (fengsui.Complaint, error)
	Complaints(ctx context.Context, s fengsui.Scope, f fengsui.ComplaintFilter, p fengsui.Page) ([]fengsui.Complaint, int, error)
	Complaint(ctx context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Complaint, error)
	Assign(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, party, enterprise fengsui.ID, text string) error
	Answer(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, text string) error
	Close(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, outcome, text string) error
	Reveal(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, why string) error
	Reporter(ctx context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Reporter, error)
	Erase(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, why string) error
}

// IntakeBody is what somebody reports.
type IntakeBody struct {
	Kind    string `json:"kind" enum:"complaint,report,lead"`
	Topic   string `json:"topic" minLength:"1" maxLength:"40"`
	Text    string `json:"text" minLength:"1" maxLength:"4000"`
	Place   string `json:"place,omitempty" maxLength:"200" doc:"which enterprise, body or place"`
	Contact string `json:"contact,omitempty" maxLength:"200" doc:"name, telephone; may be left out, and is sealed"`
}

func (b IntakeBody) intake() fengsui.Intake {
	return fengsui.Intake{Kind: b.Kind, Topic: b.Topic, Text: b.Text, Place: b.Place, Contact: b.Contact}
}

// ReceiptBody shows a receipt.
type ReceiptBody struct {
	Number string `json:"number" minLength:"1" maxLength:"20"`
	Secret string `json:"secret" minLength:"1" maxLength:"40"`
}

// PublicComplaint is how a complaint stands, for who has its receipt: no officer is named.
type PublicComplaint struct {
	Number     string                 `json:"number"`
	Kind       string                 `json:"kind" enum:"complaint,report,lead"`
	Topic      fengsui.Bilingual      `json:"topic"`
	At         fengsui.Millis         `json:"at"`
	State      fengsui.ComplaintState `json:"state" enum:"new,assigned,answered,closed"`
	PartyName  string                 `json:"partyName,omitempty"` // that deals with it
	Due        fengsui.Millis         `json:"due,omitempty"`
	Answer     string                 `json:"answer,omitempty"`
	AnsweredAt fengsui.Millis         `json:"answeredAt,omitempty"`
	Outcome    *fengsui.Bilingual     `json:"outcome,omitempty"`
	ClosedAt   fengsui.Millis         `json:"closedAt,omitempty"`
}

// TakenDown is the answer to an officer who took something down: the receipt to read out.
type TakenDown struct {
	Done
	fengsui.Receipt
}

// ComplaintView is a complaint with the names and what the reader may do.
type ComplaintView struct {
	fengsui.Complaint
	TopicText      fengsui.Bilingual  `json:"topicText"`
	OutcomeText    *fengsui.Bilingual `json:"outcomeText,omitempty"`
	PartyName      string             `json:"partyName,omitempty"`
	EnterpriseName string             `json:"enterpriseName,omitempty"`
	Overdue        bool               `json:"overdue"`
	Acts           []Verb             `json:"acts" nullable:"false"` // assign, answer, close, reporter, erase
}

// ComplaintList is a page of complaints.
type ComplaintList struct {
	Items []ComplaintView `json:"items" nullable:"false"`
	Total int             `json:"total"`
}

// ReporterView is who reported something.
type ReporterView struct {
	Done
	fengsui.Reporter
}

type complaintQuery struct {
	State   string     `query:"state" enum:"new,assigned,answered,closed"`
	Open    bool       `query:"open"`
	Overdue bool       `query:"overdue"`
	Topic   string     `query:"topic" maxLength:"40"`
	Party   fengsui.ID `query:"party" maxLength:"64"`
	Paged
}

// DispatchBody hands a complaint to a party.
type DispatchBody struct {
	Version    int64      `json:"version"`
	Party      fengsui.ID `json:"party" minLength:"1" maxLength:"64"`
	Enterprise fengsui.ID `json:"enterprise,omitempty" maxLength:"64" doc:"that it is about"`
	Text       string     `json:"text" minLength:"1" maxLength:"4000"`
}

// ReplyBody answers a complaint.
type ReplyBody struct {
	Version int64  `json:"version"`
	Text    string `json:"text" minLength:"1" maxLength:"4000" doc:"the reporter reads it"`
}

// CloseBody closes a complaint.
type CloseBody struct {
	Version int64  `json:"version"`
	Outcome string `json:"outcome" minLength:"1" maxLength:"40"`
	Text    string `json:"text" minLength:"1" maxLength:"4000"`
}

// EraseBody erases who reported something.
type EraseBody struct {
	Version int64  `json:"version"`
	Text    string `json:"text" minLength:"1" maxLength:"4000" doc:"why; it stays"`
}

type intakeInput struct{ Body IntakeBody }
type receiptInput struct{ Body ReceiptBody }

// publicCalls are what anybody may send without an account: an address may do so often.
var publicCalls = map[string]bool{"/public/complaints": true, "/public/complaints/look": true}

func complaintAct[B any](a *API, verb Verb, act fengsui.Act, id, summary string, h func(context.Context, call, *on[B]) error) {
	do(a, http.MethodPost, "/complaints/{id}/"+string(verb), act, id, summary, func(ctx context.Context, c call, in *on[B]) error {
		if err := a.mayComplaint(ctx, c, in.ID, act); err != nil {
			return err
		}
		return h(ctx, c, in)
	})
}

// mayComplaint finds a complaint inside the scope and asks for the right to an act.
func (a *API) mayComplaint(ctx context.Context, c call, id fengsui.ID, act fengsui.Act) error {
	if _, err := a.c.Complaints.Complaint(ctx, c.scope, id); err != nil {
		return err
	}
	return c.scope.Allow(act, fengsui.None)
}

func (a *API) complaintRoutes() {
	add(a, Route{Method: http.MethodGet, Path: "/public/complaints/rules", Open: true}, "complaintRules", "What may be reported, and within which times it is dealt with",
		func(context.Context, call, *nothing) (fengsui.ComplaintRules, error) {
			return *a.c.Complaints.Rules(), nil
		})
	add(a, Route{Method: http.MethodPost, Path: "/public/complaints", Open: true, Mutates: true}, "reportMatter", "Report something without an account; the answer is the receipt, shown this once",
		func(ctx context.Context, c call, in *intakeInput) (r fengsui.Receipt, err error) {
			if c.by.Key = c.request.Header.Get(keyHeader); len(c.by.Key) < 8 || len(c.by.Key) > 80 {
				return r, errKey
			}
			d, err := a.once(ctx, c, func() (err error) {
				r, err = a.c.Complaints.Report(ctx, c.by.Key, c.by.Call, in.Body.intake())
				return err
			})
			if err != nil {
				return fengsui.Receipt{}, err
			}
			return a.c.Complaints.Again(ctx, d.Of.ID) // the same, however often it is asked for
		})
	add(a, Route{Method: http.MethodPost, Path: "/public/complaints/look", Open: true}, "lookComplaint", "How a complaint stands, for who has its receipt",
		func(ctx context.Context, _ call, in *receiptInput) (PublicComplaint, error) {
			x, err := a.c.Complaints.Look(ctx, fengsui.Receipt{Number: in.Body.Number, Secret: in.Body.Secret})
			if err != nil {
				return PublicComplaint{}, err
			}
			v := a.complaintView(call{}, x)
			out := PublicComplaint{Number: x.Number, Kind: x.Kind, Topic: v.TopicText, At: x.At, State: x.State, PartyName: v.PartyName, Due: x.Due, Outcome: v.OutcomeText}
			if x.Answered != nil && x.State != fengsui.ComplaintAssigned {
				out.Answer, out.AnsweredAt = x.Answered.Text, x.Answered.At
			}
			if x.Closed != nil {
				out.ClosedAt = x.Closed.At
			}
			return out, nil
		})
	add(a, Route{Method: http.MethodPost, Path: "/complaints", Act: fengsui.ActIntake, Mutates: true}, "takeDown", "Take down what came by telephone, letter or in person",
		func(ctx context.Context, c call, in *intakeInput) (TakenDown, error) {
			d, err := a.once(ctx, c, func() error {
				_, err := a.c.Complaints.TakeDown(ctx, c.scope, c.by, in.Body.intake())
				return err
			})
			if err != nil {
				return TakenDown{}, err
			}
			r, err := a.c.Complaints.Again(ctx, d.Of.ID)
			return TakenDown{d, r}, err
		})
	get(a, "/complaints", fengsui.ActComplaints, "complaints", "Complaints, reports and leads", func(ctx context.Context, c call, in *complaintQuery) (ComplaintList, error) {
		found, total, err := a.c.Complaints.Complaints(ctx, c.scope, fengsui.ComplaintFilter{State: fengsui.ComplaintState(in.State), Open: in.Open, Overdue: in.Overdue, Topic: in.Topic, Party: in.Party}, in.page())
		out := ComplaintList{Items: make([]ComplaintView, len(found)), Total: total}
		for i, x := range found {
			out.Items[i] = a.complaintView(c, x)
		}
		return out, err
	})
	get(a, "/complaints/{id}", fengsui.ActComplaints, "complaint", "A complaint", func(ctx context.Context, c call, in *byID) (ComplaintView, error) {
		if err := a.mayComplaint(ctx, c, in.ID, fengsui.ActComplaints); err != nil {
			return ComplaintView{}, err
		}
		x, err := a.c.Complaints.Complaint(ctx, c.scope, in.ID)
		return a.complaintView(c, x), err
	})
	complaintAct(a, "assign", fengsui.ActDispatch, "assignComplaint", "Hand a complaint to the party that is to deal with it", func(ctx context.Context, c call, in *on[DispatchBody]) error {
		return a.c.Complaints.Assign(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Party, in.Body.Enterprise, in.Body.Text)
	})
	complaintAct(a, "answer", fengsui.ActRespond, "answerComplaint", "Answer a complaint; the reporter reads it", func(ctx context.Context, c call, in *on[ReplyBody]) error {
		return a.c.Complaints.Answer(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Text)
	})
	complaintAct(a, "close", fengsui.ActDispatch, "closeComplaint", "Close a complaint with its outcome", func(ctx context.Context, c call, in *on[CloseBody]) error {
		return a.c.Complaints.Close(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Outcome, in.Body.Text)
	})
	complaintAct(a, "erase", fengsui.ActDispatch, "eraseReporter", "Erase who reported it, for good; the complaint stays", func(ctx context.Context, c call, in *on[EraseBody]) error {
		return a.c.Complaints.Erase(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Text)
	})
	add(a, Route{Method: http.MethodPost, Path: "/complaints/{id}/reporter", Act: fengsui.ActReporter, Mutates: true}, "revealReporter", "Who reported it; each look is journalled with its reason",
		func(ctx context.Context, c call, in *on[WhyBody]) (ReporterView, error) {
			if err := a.mayComplaint(ctx, c, in.ID, fengsui.ActReporter); err != nil {
				return ReporterView{}, err
			}
			d, err := a.once(ctx, c, func() error { return a.c.Complaints.Reveal(ctx, c.scope, c.by, in.ID, in.Body.Why) })
			if err != nil {
				return ReporterView{}, err
			}
			r, err := a.c.Complaints.Reporter(ctx, c.scope, in.ID)
			return ReporterView{d, r}, err
		})
}

func (a *API) complaintView(c call, x fengsui.Complaint) ComplaintView {
	v := ComplaintView{Complaint: x, PartyName: a.partyName(x.Party), EnterpriseName: a.firmName(x.Enterprise), Overdue: x.Due > 0 && x.Due < now(), Acts: []Verb{}}
	rules := a.c.Complaints.Rules()
	for _, t := range rules.Topics {
		if t.Key == x.Topic {
			v.TopicText = t.Text
		}
	}
	for _, t := range rules.Outcomes {
		if t.Key == x.Outcome {
			v.OutcomeText = &t.Text
		}
	}
	add := func(verb Verb, act fengsui.Act, when bool) {
		if when && !c.session.ReadOnly && c.scope.May(act, fengsui.None) {
			v.Acts = append(v.Acts, verb)
		}
	}
	add("assign", fengsui.ActDispatch, x.State != fengsui.ComplaintClosed)
	add("answer", fengsui.ActRespond, x.State == fengsui.ComplaintAssigned && x.Party == c.scope.Party)
	add("close", fengsui.ActDispatch, x.State == fengsui.ComplaintNew || x.State == fengsui.ComplaintAnswered)
	add("reporter", fengsui.ActReporter, x.Reachable)
	add("erase", fengsui.ActDispatch, x.Reachable)
	return v
}
