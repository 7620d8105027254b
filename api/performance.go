package api

import (
	"context"

	"fengsui"
)

// Figures are what warnings ask of the duty room (A11; console-ux §4.9).
type Figures interface {
	Aims() fengsui.AlarmAims
	Performance(ctx context.Context, s fengsui.Scope, from, to, now fengsui.Millis) (fengsui.Performance, error)
	Chattering(ctx context.Context, s fengsui.Scope, from, to fengsui.Millis, p fengsui.Page) ([]fengsui.Chatter, int, error)
}

// PeriodQuery names a civil period.
type PeriodQuery struct {
	Period string `query:"period" enum:"day,week,month" default:"week" doc:"civil; a week begins on Monday"`
	At     int64  `query:"at" minimum:"0" doc:"some moment of it; absent: now"`
}

func (q *PeriodQuery) of() (from, to fengsui.Millis) {
	at := fengsui.Millis(q.At)
	if at == 0 {
		at = now()
	}
	return fengsui.PeriodOf(q.Period, at)
}

// PerformanceView is the figures of a period beside the aims, with names.
type PerformanceView struct {
	fengsui.Performance
	To       fengsui.Millis    `json:"to"` // the period ends
	Aims     fengsui.AlarmAims `json:"aims"`
	Frequent []FrequentView    `json:"frequent" nullable:"false"`
}

// FrequentView is a frequent subject with its names.
type FrequentView struct {
	fengsui.FrequentFigure
	About
}

// ChatterList is a page of the subjects that chattered, the worst first.
type ChatterList struct {
	Items []ChatterView `json:"items" nullable:"false"`
	Total int           `json:"total"`
}

// ChatterView is a subject that chattered with its names.
type ChatterView struct {
	fengsui.Chatter
	About
}

// About names an enterprise and a subject as they are called now.
type About struct {
	EnterpriseName string     `json:"enterpriseName"`
	SubjectName    string     `json:"subjectName"`
	SubjectID      fengsui.ID `json:"subjectId,omitempty"` // of the point, device or enterprise
}

func (a *API) about(c call, enterprise fengsui.ID, subject fengsui.Subject) About {
	v := a.warningView(c, fengsui.Warning{Enterprise: enterprise, Subject: subject})
	return About{v.EnterpriseName, v.SubjectName, v.SubjectID}
}

func (a *API) performanceRoutes() {
	get(a, "/performance", fengsui.ActFigures, "performance", "What the warnings of a day, week or month asked of the duty room, beside the aims", func(ctx context.Context, c call, in *PeriodQuery) (PerformanceView, error) {
		v := PerformanceView{Aims: a.c.Figures.Aims(), Frequent: []FrequentView{}}
		from, to := in.of()
		var err error
		v.Performance, err = a.c.Figures.Performance(ctx, c.scope, from, to, now())
		v.To = to
		for _, f := range v.Performance.Frequent {
			v.Frequent = append(v.Frequent, FrequentView{f, a.about(c, f.Enterprise, f.Subject)})
		}
		v.Hours, v.People = list(v.Hours), list(v.People)
		v.Aims.Unsure = list(v.Aims.Unsure)
		return v, err
	})
	get(a, "/performance/chattering", fengsui.ActFigures, "chattering", "Subjects that were raised again and again within a short time, the worst first", func(ctx context.Context, c call, in *struct {
		PeriodQuery
		Paged
	}) (ChatterList, error) {
		from, to := in.of()
		found, total, err := a.c.Figures.Chattering(ctx, c.scope, from, to, in.page())
		out := ChatterList{Items: make([]ChatterView, len(found)), Total: total}
		for i, x := range found {
			out.Items[i] = ChatterView{x, a.about(c, x.Enterprise, x.Subject)}
		}
		return out, err
	})
}
