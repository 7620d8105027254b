package api

import (
	"context"

	"fengsui"
)

// Quality is how the data of enterprises came, as it was counted (A29-A31).
type Quality interface {
	Policy() *fengsui.QualityPolicy
	Firms(ctx context.Context, s fengsui.Scope, f fengsui.QualityFilter, p fengsui.Page) ([]fengsui.FirmQuality, int, error)
	Points(ctx context.Context, s fengsui.Scope, f fengsui.QualityFilter, p fengsui.Page) ([]fengsui.PointQuality, int, error)
}

type qualityQuery struct {
	Last   int64      `query:"last" minimum:"0" doc:"some moment of the last day; absent: today"`
	Days   int        `query:"days" minimum:"1" maximum:"31" default:"7" doc:"civil days, the last one included"`
	Zone   fengsui.ID `query:"zone" maxLength:"64"`
	Sector string     `query:"sector" maxLength:"40"`
	Over   bool       `query:"over" doc:"only those above the line of the policy"`
	Paged
}

type pointQualityQuery struct {
	ID   fengsui.ID `path:"id" maxLength:"64"`
	Last int64      `query:"last" minimum:"0" doc:"some moment of the last day; absent: today"`
	Days int        `query:"days" minimum:"1" maximum:"31" default:"7"`
	Paged
}

// FirmQualityList is a page of enterprises by how much of their data is missing, the
// most first. Those of which nothing is counted in these days are not there.
type FirmQualityList struct {
	Items  []FirmQualityView     `json:"items" nullable:"false"`
	Total  int                   `json:"total"`
	From   fengsui.Millis        `json:"from"` // the first day began
	To     fengsui.Millis        `json:"to"`   // the last day ends
	Policy fengsui.QualityPolicy `json:"policy"`
}

// FirmQualityView is how the data of an enterprise came, and how it is now.
type FirmQualityView struct {
	fengsui.FirmQuality
	EnterpriseName string     `json:"enterpriseName"`
	ZoneName       string     `json:"zoneName"`
	Now            PointsNow  `json:"now"`
	Devices        DevicesNow `json:"devices"`
}

// PointsNow counts an enterprise's points as they are now.
type PointsNow struct {
	Points int   `json:"points"`
	Online int   `json:"online"`                  // a value came within the periods that may be missed
	Never  int   `json:"never"`                   // nothing came yet
	Beyond []int `json:"beyond" nullable:"false"` // silent for longer than each number of days of the policy
}

// DevicesNow counts its devices likewise.
type DevicesNow struct {
	Devices int   `json:"devices"`
	Online  int   `json:"online"`
	Never   int   `json:"never"`
	Beyond  []int `json:"beyond" nullable:"false"`
}

// PointQualityList is a page of an enterprise's points, those of which most is missing
// first.
type PointQualityList struct {
	Enterprise     fengsui.ID            `json:"enterprise"`
	EnterpriseName string                `json:"enterpriseName"`
	Items          []PointQualityView    `json:"items" nullable:"false"`
	Total          int                   `json:"total"`
	From           fengsui.Millis        `json:"from"`
	To             fengsui.Millis        `json:"to"`
	Policy         fengsui.QualityPolicy `json:"policy"`
}

// PointQualityView is how the data of a point came, with its name and newest value.
type PointQualityView struct {
	fengsui.PointQuality
	ID      fengsui.ID      `json:"id"`
	Code    string          `json:"code"`
	Name    string          `json:"name"`
	Unit    string          `json:"unit"`
	Every   fengsui.Span    `json:"every"`
	Retired bool            `json:"retired"` // its code was given to another point since
	Latest  *fengsui.Latest `json:"latest,omitempty"`
	Beyond  int             `json:"beyond"` // silent now for longer than so many of the policy's numbers of days
}

func (a *API) qualityRoutes() {
	get(a, "/quality", fengsui.ActSee, "quality", "Enterprises by how much of their data is missing", a.quality)
	get(a, "/enterprises/{id}/quality", fengsui.ActSee, "pointQuality", "An enterprise's points by how much of their data is missing", a.pointQuality)
}

// stretch is the civil days that a query asks for.
func stretch(last int64, days int) (from, to fengsui.Millis) {
	at := fengsui.Millis(last)
	if at == 0 {
		at = now()
	}
	to = fengsui.DayOf(at).Add(fengsui.Day)
	return to.Add(-fengsui.Span(days) * fengsui.Day), to
}

func (a *API) quality(ctx context.Context, c call, in *qualityQuery) (FirmQualityList, error) {
	out := FirmQualityList{Items: []FirmQualityView{}, Policy: *a.c.Quality.Policy()}
	out.From, out.To = stretch(in.Last, in.Days)
	found, total, err := a.c.Quality.Firms(ctx, c.scope, fengsui.QualityFilter{From: out.From, To: out.To, Zone: in.Zone, Sector: fengsui.Sector(in.Sector), Over: in.Over}, in.page())
	if err != nil {
		return out, err
	}
	out.Total = total
	h := hearing{a: a, at: now()}
	devices := map[fengsui.ID][]*fengsui.Device{}
	d := a.c.Registry.District()
	for _, v := range d.Devices {
		devices[v.Enterprise] = append(devices[v.Enterprise], v)
	}
	for _, q := range found {
		v := FirmQualityView{FirmQuality: q}
		if e := d.Enterprises[q.Enterprise]; e != nil {
			v.EnterpriseName, v.ZoneName = name(e), a.partyName(e.Zone)
			v.Now, v.Devices = a.pointsNow(&h, d.PointsOf(e.Num)), a.devicesNow(&h, devices[e.ID])
		}
		v.Now.Beyond, v.Devices.Beyond = list(v.Now.Beyond), list(v.Devices.Beyond)
		out.Items = append(out.Items, v)
	}
	return out, nil
}

func (a *API) pointsNow(h *hearing, points []*fengsui.Point) PointsNow {
	o := &a.c.Quality.Policy().Offline
	n := PointsNow{Points: len(points), Beyond: make([]int, len(o.Days))}
	for _, p := range points {
		l, ok := a.c.Latest(p.Num)
		if !ok {
			n.Never++
			continue
		}
		silence := fengsui.Span(h.at - l.Received)
		if silence <= o.Away(p) {
			n.Online++
		}
		for i := range o.Beyond(silence) {
			n.Beyond[i]++
		}
	}
	return n
}

func (a *API) devicesNow(h *hearing, devices []*fengsui.Device) DevicesNow {
	o := &a.c.Quality.Policy().Offline
	n := DevicesNow{Devices: len(devices), Beyond: make([]int, len(o.Days))}
	for _, v := range devices {
		heard := h.of(v)
		switch {
		case heard == 0:
			n.Never++
			continue
		case !h.silent(heard):
			n.Online++
		}
		for i := range o.Beyond(fengsui.Span(h.at - heard)) {
			n.Beyond[i]++
		}
	}
	return n
}

func (a *API) pointQuality(ctx context.Context, c call, in *pointQualityQuery) (PointQualityList, error) {
	e, err := a.c.Registry.Enterprise(ctx, c.scope, in.ID)
	if err != nil {
		return PointQualityList{}, err
	}
	out := PointQualityList{Enterprise: e.ID, EnterpriseName: name(&e), Items: []PointQualityView{}, Policy: *a.c.Quality.Policy()}
	out.From, out.To = stretch(in.Last, in.Days)
	found, total, err := a.c.Quality.Points(ctx, c.scope, fengsui.QualityFilter{From: out.From, To: out.To, Enterprise: e.ID}, in.page())
	if err != nil {
		return out, err
	}
	out.Total = total
	d, o := a.c.Registry.District(), &out.Policy.Offline
	for _, q := range found {
		v := PointQualityView{PointQuality: q}
		p := d.Point(q.Point)
		if p == nil {
			p, v.Retired = a.c.Registry.Retired(q.Point), true
		}
		if p != nil {
			v.ID, v.Code, v.Name, v.Unit, v.Every = p.ID, p.Code, p.Name, p.Unit, p.Every
		}
		if l, ok := a.c.Latest(q.Point); ok {
			v.Latest, v.Beyond = &l, o.Beyond(fengsui.Span(now()-l.Received))
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}
