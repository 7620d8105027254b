package api

import (
	"context"

	"fengsui"
)

// Past is what the warning stage knows of what was.
type Past interface {
	Standing(ctx context.Context, s fengsui.Scope, at fengsui.Millis, p fengsui.Page) ([]fengsui.Stood, int, error)
	Months(ctx context.Context, s fengsui.Scope, enterprise fengsui.ID, now fengsui.Millis, n int) ([]fengsui.WarningMonth, error)
}

type standingQuery struct {
	At int64 `query:"at" required:"true" minimum:"1"`
	Paged
}

// Standing is a page of the warnings that stood open at a moment, the gravest first.
type Standing struct {
	At    fengsui.Millis `json:"at"`
	Items []StoodView    `json:"items" nullable:"false"`
	Total int            `json:"total"`
}

// StoodView is one of them with its names.
type StoodView struct {
	fengsui.Stood
	EnterpriseName string     `json:"enterpriseName"`
	SubjectName    string     `json:"subjectName"`
	SubjectID      fengsui.ID `json:"subjectId,omitempty"`
}

// FirmMonths are the last twelve civil months of an enterprise, that of now included.
type FirmMonths struct {
	Enterprise fengsui.ID             `json:"enterprise"`
	Items      []fengsui.WarningMonth `json:"items" nullable:"false"`
}

// year is how many months an enterprise's file looks back (console-ux §3.5).
const year = 12

func (a *API) momentRoutes() {
	get(a, "/warnings/standing", fengsui.ActSee, "standing", "The warnings that stood open at a moment, with the level that they had then", func(ctx context.Context, c call, in *standingQuery) (Standing, error) {
		found, total, err := a.c.Past.Standing(ctx, c.scope, fengsui.Millis(in.At), in.page())
		out := Standing{At: fengsui.Millis(in.At), Items: make([]StoodView, len(found)), Total: total}
		for i, w := range found {
			v := a.warningView(c, fengsui.Warning{Enterprise: w.Enterprise, Subject: w.Subject, Model: w.Model})
			out.Items[i] = StoodView{w, v.EnterpriseName, v.SubjectName, v.SubjectID}
		}
		return out, err
	})
	get(a, "/enterprises/{id}/months", fengsui.ActSee, "months", "What was raised for an enterprise in each of the last twelve months", func(ctx context.Context, c call, in *byID) (FirmMonths, error) {
		if _, err := a.c.Registry.Enterprise(ctx, c.scope, in.ID); err != nil {
			return FirmMonths{}, err
		}
		found, err := a.c.Past.Months(ctx, c.scope, in.ID, now(), year)
		return FirmMonths{in.ID, list(found)}, err
	})
}
