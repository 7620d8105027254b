package api

import (
	"context"
	"encoding/base64"
	"net/http"

	"fengsui"
)

type enterpriseQuery struct {
	Text   string     `query:"text" maxLength:"100" doc:"in the name, short name, code or credit code"`
	Zone   fengsui.ID `query:"zone" maxLength:"64"`
	Sector string     `query:"sector" maxLength:"40"`
	Paged
}

type pageOf struct {
	ID fengsui.ID `path:"id" maxLength:"64"`
	Paged
}

type trendQuery struct {
	ID      fengsui.ID `path:"id" maxLength:"64"`
	From    int64      `query:"from" required:"true" minimum:"0"`
	To      int64      `query:"to" required:"true" minimum:"1"`
	Buckets int        `query:"buckets" minimum:"10" maximum:"5000" default:"500"`
}

type keyInput struct {
	ID  fengsui.ID `path:"id" maxLength:"64"`
	Key string     `path:"key" maxLength:"64"`
}

func (a *API) enterpriseRoutes() {
	get(a, "/enterprises", fengsui.ActSee, "enterprises", "Enterprises", a.enterprises)
	get(a, "/enterprises/{id}", fengsui.ActSee, "enterprise", "An enterprise with its contacts, assets, devices and open warnings", a.enterprise)
	get(a, "/enterprises/{id}/points", fengsui.ActSee, "points", "An enterprise's points with their newest values", a.points)
	get(a, "/points/{id}", fengsui.ActSee, "point", "A point", func(ctx context.Context, c call, in *byID) (PointView, error) {
		p, err := a.c.Registry.Point(ctx, c.scope, in.ID)
		if err != nil {
			return PointView{}, err
		}
		v := a.pointView(p)
		v.Outage = outOfUse(a.cover(ctx), fengsui.SubjectOf("point", p.Num))
		return v, nil
	})
	get(a, "/points/{id}/trend", fengsui.ActSee, "trend", "A point's history", a.trend)
	add(a, Route{Method: http.MethodPost, Path: "/enterprises/{id}/contacts", Act: fengsui.ActContacts, Mutates: true}, "contacts",
		"The contacts with their telephone numbers in full; each look is journalled", a.contacts)

	get(a, "/enterprises/{id}/keys", fengsui.ActKeys, "keys", "An enterprise's push keys", func(ctx context.Context, c call, in *byID) (Keys, error) {
		if err := a.mayEnterprise(ctx, c, in.ID, fengsui.ActKeys); err != nil {
			return Keys{}, err
		}
		keys, err := a.c.Registry.Keys(ctx, c.scope, in.ID)
		return Keys{list(keys)}, err
	})
	issue := func(path, id, summary string, h func(context.Context, fengsui.Scope, fengsui.Actor, fengsui.ID) (fengsui.Key, []byte, error)) {
		add(a, Route{Method: http.MethodPost, Path: path, Act: fengsui.ActKeys, Mutates: true}, id, summary,
			func(ctx context.Context, c call, in *byID) (IssuedKey, error) {
				if err := a.mayEnterprise(ctx, c, in.ID, fengsui.ActKeys); err != nil {
					return IssuedKey{}, err
				}
				var out IssuedKey
				var err error
				out.Done, err = a.once(ctx, c, func() error {
					_, secret, err := h(ctx, c.scope, c.by, in.ID)
					out.Secret = base64.StdEncoding.EncodeToString(secret)
					return err
				})
				out.Key = string(out.Of.ID)
				return out, err
			})
	}
	issue("/enterprises/{id}/keys", "issueKey", "Issue a push key; its secret is shown once", a.c.Registry.Issue)
	issue("/enterprises/{id}/keys/rotate", "rotateKey", "Issue a successor; the old key stays valid until it is revoked", a.c.Registry.Rotate)
	do(a, http.MethodDelete, "/enterprises/{id}/keys/{key}", fengsui.ActKeys, "revokeKey", "Revoke a push key: it is refused within a second",
		func(ctx context.Context, c call, in *keyInput) error {
			if err := a.mayEnterprise(ctx, c, in.ID, fengsui.ActKeys); err != nil {
				return err
			}
			return a.c.Registry.Revoke(ctx, c.scope, c.by, in.ID, in.Key)
		})
}

func (a *API) mayEnterprise(ctx context.Context, c call, id fengsui.ID, act fengsui.Act) error {
	if _, err := a.c.Registry.Enterprise(ctx, c.scope, id); err != nil {
		return err
	}
	return c.scope.Allow(act, fengsui.None)
}

func (a *API) enterprises(ctx context.Context, c call, in *enterpriseQuery) (EnterpriseList, error) {
	found, total, err := a.c.Registry.Enterprises(ctx, c.scope, fengsui.EnterpriseFilter{Text: in.Text, Zone: in.Zone, Sector: fengsui.Sector(in.Sector)}, in.page())
	out := EnterpriseList{Items: make([]EnterpriseView, len(found)), Total: total}
	cover := a.cover(ctx)
	for i, e := range found {
		out.Items[i] = a.enterpriseView(e, cover)
	}
	return out, err
}

func (a *API) enterpriseView(e fengsui.Enterprise, cover fengsui.OutageCover) EnterpriseView {
	points := a.c.Registry.District().PointsOf(e.Num)
	v := EnterpriseView{Enterprise: e, ZoneName: a.partyName(e.Zone), Points: len(points), Outage: outOfUseOf(cover, points)}
	if v.Outage != nil {
		for _, p := range points {
			if cover[fengsui.SubjectOf("point", p.Num)] != nil {
				v.Declared++
			}
		}
	}
	return v
}

func (a *API) enterprise(ctx context.Context, c call, in *byID) (EnterpriseDetail, error) {
	var v EnterpriseDetail
	e, err := a.c.Registry.Enterprise(ctx, c.scope, in.ID)
	if err != nil {
		return v, err
	}
	v.EnterpriseView = a.enterpriseView(e, a.cover(ctx))
	contacts, err := a.c.Registry.Contacts(ctx, c.scope, in.ID)
	if err != nil {
		return v, err
	}
	v.Contacts = make([]fengsui.Contact, len(contacts))
	for i, contact := range contacts {
		v.Contacts[i] = masked(contact)
	}
	if v.Assets, err = a.c.Registry.Assets(ctx, c.scope, in.ID); err != nil {
		return v, err
	}
	if v.Devices, err = a.c.Registry.Devices(ctx, c.scope, in.ID); err != nil {
		return v, err
	}
	open, total, err := a.c.Warnings.Warnings(ctx, c.scope, fengsui.WarningFilter{Open: true, Enterprise: in.ID}, fengsui.Page{Limit: 100})
	if err != nil {
		return v, err
	}
	v.Assets, v.Devices, v.Warnings, v.OpenTotal = list(v.Assets), list(v.Devices), a.warningViews(c, open), total
	return v, nil
}

// masked hides the middle of a contact's telephone number and its addresses.
func masked(c fengsui.Contact) fengsui.Contact {
	c.Phone = maskPhone(c.Phone)
	c.Channels = nil
	return c
}

// maskPhone leaves the first three and the last two digits of a number: enough to
// recognise it, too little to call it.
func maskPhone(phone string) string {
	digits := 0
	for _, r := range phone {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	out, n := []rune(phone), 0
	for i, r := range out {
		if r >= '0' && r <= '9' {
			if n++; digits < 7 || n > 3 && n <= digits-2 {
				out[i] = '*'
			}
		}
	}
	return string(out)
}

func (a *API) contacts(ctx context.Context, c call, in *byID) (Contacts, error) {
	if err := a.mayEnterprise(ctx, c, in.ID, fengsui.ActContacts); err != nil {
		return Contacts{}, err
	}
	d, err := a.once(ctx, c, func() error { return a.c.Registry.Reveal(ctx, c.scope, c.by, in.ID) })
	if err != nil {
		return Contacts{}, err
	}
	found, err := a.c.Registry.Contacts(ctx, c.scope, in.ID)
	return Contacts{d, list(found)}, err
}

func (a *API) points(ctx context.Context, c call, in *pageOf) (PointList, error) {
	if _, err := a.c.Registry.Enterprise(ctx, c.scope, in.ID); err != nil {
		return PointList{}, err
	}
	found, total, err := a.c.Registry.Points(ctx, c.scope, in.ID, in.page())
	out, cover := PointList{Items: make([]PointView, len(found)), Total: total}, a.cover(ctx)
	for i, p := range found {
		out.Items[i] = a.pointView(p)
		out.Items[i].Outage = outOfUse(cover, fengsui.SubjectOf("point", p.Num))
	}
	return out, err
}

func (a *API) pointView(p fengsui.Point) PointView {
	d := a.c.Registry.District()
	v := PointView{Point: p}
	if e := d.Enterprises[p.Enterprise]; e != nil {
		v.EnterpriseName = name(e)
	}
	if x := d.Assets[p.Asset]; x != nil {
		v.AssetName = x.Name
	}
	if x := d.Devices[p.Device]; x != nil {
		v.DeviceName = x.Name
	}
	if l, ok := a.c.Latest(p.Num); ok {
		v.Latest = &l
	}
	return v
}

func (a *API) trend(ctx context.Context, c call, in *trendQuery) (Trend, error) {
	p, err := a.c.Registry.Point(ctx, c.scope, in.ID)
	if err != nil {
		return Trend{}, err
	}
	from, to := fengsui.Millis(in.From), fengsui.Millis(in.To)
	if from >= to {
		return Trend{}, fengsui.Errorf(fengsui.Invalid, "trend_range", "the trend must begin before it ends")
	}
	buckets, err := a.c.History.Trend(ctx, p.Num, from, to, in.Buckets)
	if err != nil {
		return Trend{}, err
	}
	outages, err := a.c.Outages.Declared(ctx, c.scope, &p, from, to)
	if err != nil && ctx.Err() == nil { // the curve is there without them, as with cover
		a.c.Log.Warn("declared outages cannot be read", "err", err)
	}
	return Trend{p.ID, from, to, list(buckets), list(outages)}, nil
}
