package api

import (
	"context"
	"net/http"

	"fengsui"
)

// Inventory is every version of every risk model, and the grading standards that
// they implement (A18, A35).
type Inventory interface {
	Models(ctx context.Context, s fengsui.Scope, f fengsui.ModelFilter, p fengsui.Page) ([]fengsui.ModelVersion, int, error)
	Model(ctx context.Context, s fengsui.Scope, id string) (fengsui.ModelDetail, error)
	Check(ctx context.Context, s fengsui.Scope, text string) (fengsui.ModelCheck, error)
	Vocabulary(ctx context.Context, s fengsui.Scope) (fengsui.ModelVocabulary, error)
	Draft(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, text string) error
	Submit(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64) error
	Release(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, why string) error
	Refuse(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, why string) error
	Retire(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, why string) error
	StartReplay(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, from, to fengsui.Millis) error
	CancelReplay(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string) error
	ReplayOf(ctx context.Context, s fengsui.Scope, id string) (fengsui.Replay, error)
	Gradings(ctx context.Context, s fengsui.Scope, f fengsui.GradingFilter, p fengsui.Page) ([]fengsui.Grading, int, error)
	DraftGrading(ctx context.Context, s fengsui.Scope, by fengsui.Actor, g fengsui.Grading) error
	GuideGrading(ctx context.Context, s fengsui.Scope, by fengsui.Actor, key string, revision int64, agreed bool, guidance string) error
}

type modelQuery struct {
	State  string `query:"state" enum:"draft,submitted,live,retired,refused"`
	Sector string `query:"sector" maxLength:"40"`
	Model  string `query:"model" maxLength:"64"`
	Paged
}

type gradingQuery struct {
	State  string `query:"state" enum:"draft,guided,superseded"`
	Sector string `query:"sector" maxLength:"40"`
	Key    string `query:"key" maxLength:"64"`
	Paged
}

// ModelList is a page of versions of models, without their texts.
type ModelList struct {
	Items []fengsui.ModelVersion `json:"items" nullable:"false"`
	Total int                    `json:"total"`
}

// GradingList is a page of versions of grading standards.
type GradingList struct {
	Items []fengsui.Grading `json:"items" nullable:"false"`
	Total int               `json:"total"`
}

// TextBody is the text of a model, to be looked at.
type TextBody struct {
	Text string `json:"text" minLength:"1" maxLength:"32768" doc:"YAML"`
}

// ModelBody is the text of a model, to be kept. Revision is that of the open
// version that was read, 0 when there is none.
type ModelBody struct {
	Revision int64  `json:"revision" minimum:"0"`
	Text     string `json:"text" minLength:"1" maxLength:"32768" doc:"YAML"`
}

// RevisionBody names what was read.
type RevisionBody struct {
	Revision int64 `json:"revision" minimum:"1"`
}

// DecisionBody decides on what was read, and says why.
type DecisionBody struct {
	Revision int64  `json:"revision" minimum:"1"`
	Why      string `json:"why" minLength:"1" maxLength:"2000"`
}

// ReplayBody asks for a replay of what was read, over what was received from a
// moment up to another, exclusive.
type ReplayBody struct {
	Revision int64          `json:"revision" minimum:"1"`
	From     fengsui.Millis `json:"from" minimum:"1"`
	To       fengsui.Millis `json:"to" minimum:"1"`
}

// GradingBody is the draft of a grading standard. Revision is that of the draft that
// was read, 0 when there is none.
type GradingBody struct {
	Revision int64                `json:"revision" minimum:"0"`
	Sector   fengsui.Sector       `json:"sector,omitempty" maxLength:"40"`
	Title    fengsui.Bilingual    `json:"title"`
	Rows     []fengsui.GradingRow `json:"rows" nullable:"false" minItems:"4" maxItems:"100"`
	Source   string               `json:"source" minLength:"1" maxLength:"1000"`
}

// GuidanceBody is what a regulator thinks of a draft.
type GuidanceBody struct {
	Revision int64  `json:"revision" minimum:"1"`
	Agreed   bool   `json:"agreed" doc:"it comes into force; otherwise it stays a draft with the guidance"`
	Guidance string `json:"guidance" minLength:"1" maxLength:"2000"`
}

type textInput struct{ Body TextBody }

func (a *API) modelRoutes() {
	get(a, "/inventory", fengsui.ActModels, "modelVersions", "Every version of the risk models, by model, newest version first", func(ctx context.Context, c call, in *modelQuery) (ModelList, error) {
		found, total, err := a.c.Inventory.Models(ctx, c.scope, fengsui.ModelFilter{State: fengsui.ModelState(in.State), Sector: fengsui.Sector(in.Sector), Model: in.Model}, in.page())
		return ModelList{list(found), total}, err
	})
	add(a, Route{Method: http.MethodPost, Path: "/inventory/check", Act: fengsui.ActDraft}, "checkModel", "Say what is wrong with a model's text, without keeping it",
		func(ctx context.Context, c call, in *textInput) (fengsui.ModelCheck, error) {
			return a.c.Inventory.Check(ctx, c.scope, in.Body.Text)
		})
	get(a, "/models/vocabulary", fengsui.ActDraft, "modelVocabulary", "What a formula may be made of: functions, and the points in scope by kind of asset, quantity and unit", func(ctx context.Context, c call, _ *nothing) (fengsui.ModelVocabulary, error) {
		return a.c.Inventory.Vocabulary(ctx, c.scope)
	})
	get(a, "/inventory/{id}", fengsui.ActModels, "modelDetail", "A risk model with its versions and what was done with it", func(ctx context.Context, c call, in *byID) (fengsui.ModelDetail, error) {
		return a.c.Inventory.Model(ctx, c.scope, string(in.ID))
	})
	do(a, http.MethodPut, "/inventory/{id}/draft", fengsui.ActDraft, "draftModel", "Keep a text as the draft of a model's next version", func(ctx context.Context, c call, in *on[ModelBody]) error {
		return a.c.Inventory.Draft(ctx, c.scope, c.by, string(in.ID), in.Body.Revision, in.Body.Text)
	})
	do(a, http.MethodPost, "/inventory/{id}/submit", fengsui.ActDraft, "submitModel", "Hand a draft to another person", func(ctx context.Context, c call, in *on[RevisionBody]) error {
		return a.c.Inventory.Submit(ctx, c.scope, c.by, string(in.ID), in.Body.Revision)
	})
	do(a, http.MethodPost, "/inventory/{id}/release", fengsui.ActApprove, "releaseModel", "Put a submitted version in force: not by who wrote it, and only after a replay", func(ctx context.Context, c call, in *on[DecisionBody]) error {
		return a.c.Inventory.Release(ctx, c.scope, c.by, string(in.ID), in.Body.Revision, in.Body.Why)
	})
	do(a, http.MethodPost, "/inventory/{id}/refuse", fengsui.ActApprove, "refuseModel", "End a draft or a submitted version", func(ctx context.Context, c call, in *on[DecisionBody]) error {
		return a.c.Inventory.Refuse(ctx, c.scope, c.by, string(in.ID), in.Body.Revision, in.Body.Why)
	})
	do(a, http.MethodPost, "/inventory/{id}/retire", fengsui.ActApprove, "retireModel", "Take a live version out of force", func(ctx context.Context, c call, in *on[DecisionBody]) error {
		return a.c.Inventory.Retire(ctx, c.scope, c.by, string(in.ID), in.Body.Revision, in.Body.Why)
	})
	get(a, "/inventory/{id}/replay", fengsui.ActModels, "modelReplay", "How far the replay of a model is, and what it found", func(ctx context.Context, c call, in *byID) (fengsui.Replay, error) {
		return a.c.Inventory.ReplayOf(ctx, c.scope, string(in.ID))
	})
	do(a, http.MethodPost, "/inventory/{id}/replay", fengsui.ActDraft, "startReplay", "Try the open version of a model over history, beside the models in force", func(ctx context.Context, c call, in *on[ReplayBody]) error {
		return a.c.Inventory.StartReplay(ctx, c.scope, c.by, string(in.ID), in.Body.Revision, in.Body.From, in.Body.To)
	})
	do(a, http.MethodDelete, "/inventory/{id}/replay", fengsui.ActDraft, "cancelReplay", "Call the replay of a model off", func(ctx context.Context, c call, in *byID) error {
		return a.c.Inventory.CancelReplay(ctx, c.scope, c.by, string(in.ID))
	})

	get(a, "/gradings", fengsui.ActModels, "gradings", "Every version of the grading standards, by key, newest first", func(ctx context.Context, c call, in *gradingQuery) (GradingList, error) {
		found, total, err := a.c.Inventory.Gradings(ctx, c.scope, fengsui.GradingFilter{State: fengsui.GradingState(in.State), Sector: fengsui.Sector(in.Sector), Key: in.Key}, in.page())
		return GradingList{list(found), total}, err
	})
	do(a, http.MethodPut, "/gradings/{id}/draft", fengsui.ActDraft, "draftGrading", "Keep the draft of a grading standard's next version", func(ctx context.Context, c call, in *on[GradingBody]) error {
		b := in.Body
		return a.c.Inventory.DraftGrading(ctx, c.scope, c.by, fengsui.Grading{Key: string(in.ID), Revision: b.Revision, Sector: b.Sector, Title: b.Title, Rows: b.Rows, Source: b.Source})
	})
	do(a, http.MethodPost, "/gradings/{id}/guide", fengsui.ActApprove, "guideGrading", "Guide a draft: agree to it, or say what is missing", func(ctx context.Context, c call, in *on[GuidanceBody]) error {
		return a.c.Inventory.GuideGrading(ctx, c.scope, c.by, string(in.ID), in.Body.Revision, in.Body.Agreed, in.Body.Guidance)
	})
}
