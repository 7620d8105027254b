package api

import (
	"context"
	"net/http"

	"fengsui"
)

// Room is the duty room: handovers, and the views that each person keeps.
type Room interface {
	Watch(ctx context.Context, s fengsui.Scope) (fengsui.Watch, error)
	Draft(ctx context.Context, s fengsui.Scope, by fengsui.Actor, p fengsui.Page) (fengsui.Handover, []fengsui.HandoverItem, error)
	Handovers(ctx context.Context, s fengsui.Scope, p fengsui.Page) ([]fengsui.Handover, int, error)
	Handover(ctx context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Handover, error)
	HandoverItems(ctx context.Context, s fengsui.Scope, id fengsui.ID, p fengsui.Page) ([]fengsui.HandoverItem, int, error)
	Offer(ctx context.Context, s fengsui.Scope, by fengsui.Actor, taker fengsui.Colleague, note string) error
	Sign(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, answer string) error
	Return(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, why string) error
	Views(ctx context.Context, s fengsui.Scope, page string) ([]fengsui.SavedView, error)
	SaveView(ctx context.Context, s fengsui.Scope, by fengsui.Actor, v fengsui.SavedView) error
	DropView(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error
}

// Colleagues are people of one's own organisation.
type Colleagues struct {
	Items []fengsui.Colleague `json:"items" nullable:"false"`
	Total int                 `json:"total"`
}

// HandoverList is a page of handovers.
type HandoverList struct {
	Items []HandoverView `json:"items" nullable:"false"`
	Total int            `json:"total"`
}

// HandoverView is a handover with what the reader may do about it.
type HandoverView struct {
	fengsui.Handover
	PartyName string `json:"partyName"`
	Acts      []Verb `json:"acts" nullable:"false"` // sign, return
}

// HandoverItems is a page of what was open at a handover.
type HandoverItems struct {
	Items []HandoverItemView `json:"items" nullable:"false"`
	Total int                `json:"total"`
}

// HandoverItemView is a warning of a handover with its names as they are now.
type HandoverItemView struct {
	fengsui.HandoverItem
	EnterpriseName string `json:"enterpriseName"`
	SubjectName    string `json:"subjectName"`
}

// HandoverDraft is what the caller would hand over now, with a page of what is open.
type HandoverDraft struct {
	HandoverView
	HandoverItems
}

// OfferBody hands the watch over.
type OfferBody struct {
	Taker fengsui.ID `json:"taker" minLength:"1" maxLength:"64"`
	Note  string     `json:"note" maxLength:"4000"`
}

// AnswerBody takes the watch over, or sends it back.
type AnswerBody struct {
	Version int64  `json:"version"`
	Answer  string `json:"answer" maxLength:"4000"`
}

// ViewBody is the filters of a page under a name.
type ViewBody struct {
	Page  string `json:"page" minLength:"1" maxLength:"31"`
	Name  string `json:"name" minLength:"1" maxLength:"40"`
	Query string `json:"query" maxLength:"2000"`
}

// SavedViews are a person's own views of a page; the server keeps few enough for one
// answer.
type SavedViews struct {
	Items []fengsui.SavedView `json:"items" nullable:"false"`
}

func (a *API) watchRoutes() {
	get(a, "/watch", fengsui.ActHandover, "watch", "Who has the watch, and how its last handover stands", func(ctx context.Context, c call, _ *nothing) (fengsui.Watch, error) {
		return a.c.Room.Watch(ctx, c.scope)
	})
	get(a, "/colleagues", fengsui.ActNote, "colleagues", "People of one's own organisation who work on warnings", func(ctx context.Context, c call, in *struct{ Paged }) (Colleagues, error) {
		found, total, err := a.c.Accounts.Colleagues(ctx, c.scope, in.page())
		return Colleagues{list(found), total}, err
	})
	get(a, "/handovers", fengsui.ActWatch, "handovers", "Handovers of the watch, newest first", func(ctx context.Context, c call, in *struct{ Paged }) (HandoverList, error) {
		found, total, err := a.c.Room.Handovers(ctx, c.scope, in.page())
		out := HandoverList{Items: make([]HandoverView, len(found)), Total: total}
		for i, h := range found {
			out.Items[i] = a.handoverView(c, h)
		}
		return out, err
	})
	get(a, "/handovers/{id}", fengsui.ActWatch, "handover", "One handover", func(ctx context.Context, c call, in *byID) (HandoverView, error) {
		h, err := a.c.Room.Handover(ctx, c.scope, in.ID)
		return a.handoverView(c, h), err
	})
	get(a, "/handovers/{id}/warnings", fengsui.ActWatch, "handoverWarnings", "What was open at a handover, the most urgent first", func(ctx context.Context, c call, in *struct {
		ID fengsui.ID `path:"id" maxLength:"64"`
		Paged
	}) (HandoverItems, error) {
		found, total, err := a.c.Room.HandoverItems(ctx, c.scope, in.ID, in.page())
		return a.handoverItems(c, found, total), err
	})
	get(a, "/watch/draft", fengsui.ActHandover, "handoverDraft", "What one would hand over now: to be read before it is signed", func(ctx context.Context, c call, in *struct{ Paged }) (HandoverDraft, error) {
		h, found, err := a.c.Room.Draft(ctx, c.scope, c.by, in.page())
		total := 0
		for _, n := range h.Open {
			total += n
		}
		return HandoverDraft{a.handoverView(c, h), a.handoverItems(c, found, total)}, err
	})
	do(a, http.MethodPost, "/handovers", fengsui.ActHandover, "offerHandover", "Hand the watch over: the first signature", func(ctx context.Context, c call, in *struct{ Body OfferBody }) error {
		taker, err := a.c.Accounts.Colleague(ctx, c.scope, in.Body.Taker)
		if err != nil {
			return err
		}
		return a.c.Room.Offer(ctx, c.scope, c.by, taker, in.Body.Note)
	})
	do(a, http.MethodPost, "/handovers/{id}/sign", fengsui.ActHandover, "signHandover", "Take the watch over: the second signature", func(ctx context.Context, c call, in *on[AnswerBody]) error {
		return a.c.Room.Sign(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Answer)
	})
	do(a, http.MethodPost, "/handovers/{id}/return", fengsui.ActHandover, "returnHandover", "Send a handover back with a reason, or take one's own back", func(ctx context.Context, c call, in *on[AnswerBody]) error {
		return a.c.Room.Return(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Answer)
	})
	get(a, "/views", fengsui.ActSee, "views", "One's own views of a page", func(ctx context.Context, c call, in *struct {
		Page string `query:"page" maxLength:"31"`
	}) (SavedViews, error) {
		found, err := a.c.Room.Views(ctx, c.scope, in.Page)
		return SavedViews{list(found)}, err
	})
	do(a, http.MethodPost, "/views", fengsui.ActSee, "saveView", "Keep the filters of a page under a name", func(ctx context.Context, c call, in *struct{ Body ViewBody }) error {
		return a.c.Room.SaveView(ctx, c.scope, c.by, fengsui.SavedView{Page: in.Body.Page, Name: in.Body.Name, Query: in.Body.Query})
	})
	do(a, http.MethodDelete, "/views/{id}", fengsui.ActSee, "dropView", "Take one of one's own views out", func(ctx context.Context, c call, in *byID) error {
		return a.c.Room.DropView(ctx, c.scope, c.by, in.ID)
	})
}

func (a *API) handoverItems(c call, found []fengsui.HandoverItem, total int) HandoverItems {
	out := HandoverItems{Items: make([]HandoverItemView, len(found)), Total: total}
	for i, x := range found {
		v := a.warningView(c, fengsui.Warning{Enterprise: x.Enterprise, Subject: x.Subject})
		out.Items[i] = HandoverItemView{x, v.EnterpriseName, v.SubjectName}
	}
	return out
}

func (a *API) handoverView(c call, h fengsui.Handover) HandoverView {
	h.Turn = list(h.Turn)
	v := HandoverView{Handover: h, PartyName: a.partyName(h.Party), Acts: []Verb{}}
	if h.State == fengsui.HandoverOffered && c.scope.May(fengsui.ActHandover, fengsui.None) && !c.session.ReadOnly {
		if c.scope.User == h.Taker.User {
			v.Acts = append(v.Acts, "sign")
		}
		if c.scope.User == h.Taker.User || c.scope.User == h.By.User {
			v.Acts = append(v.Acts, "return")
		}
	}
	return v
}
