package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"fengsui"
	"fengsui/registry"
)

type vehicleQuery struct {
	Enterprise fengsui.ID `query:"enterprise" maxLength:"64"`
	Text       string     `query:"text" maxLength:"100" doc:"in the plate, name or code"`
	Box        string     `query:"box" maxLength:"100" doc:"west,south,east,north in degrees of WGS-84: only those whose newest place lies in it"`
	At         int64      `query:"at" minimum:"0" doc:"where they were at that moment, as history has it; not together with a box"`
	Paged
}

type trackQuery struct {
	ID     fengsui.ID `path:"id" maxLength:"64"`
	From   int64      `query:"from" required:"true" minimum:"0"`
	To     int64      `query:"to" required:"true" minimum:"1"`
	Points int        `query:"points" minimum:"2" maximum:"5000" default:"2000" doc:"at most so many: corners and stops stay"`
}

// VehicleView is a vehicle with the devices that are fitted to it and where it is.
type VehicleView struct {
	fengsui.Asset
	EnterpriseName string               `json:"enterpriseName"`
	Devices        []DeviceName         `json:"devices" nullable:"false"`
	Where          *fengsui.Whereabouts `json:"where,omitempty"` // absent: no device of it has said yet
}

// DeviceName names a device.
type DeviceName struct {
	ID   fengsui.ID `json:"id"`
	Code string     `json:"code"`
	Name string     `json:"name"`
}

// VehicleList is a page of vehicles, by plate.
type VehicleList struct {
	Items []VehicleView `json:"items" nullable:"false"`
	Total int           `json:"total"`
}

type deviceQuery struct {
	Enterprise fengsui.ID `query:"enterprise" maxLength:"64"`
	Zone       fengsui.ID `query:"zone" maxLength:"64"`
	Kind       string     `query:"kind" maxLength:"40" doc:"of the asset that it is fitted to: vehicle, tank, ..."`
	State      string     `query:"state" enum:"online,silent" doc:"silent: nothing came for as long as the platform is set to"`
	Text       string     `query:"text" maxLength:"100" doc:"in the name, code or a key, or in the asset's name or plate"`
	Paged
}

// DeviceView is a device with what it is fitted to and when it was heard.
type DeviceView struct {
	fengsui.Device
	EnterpriseName string               `json:"enterpriseName"`
	Fitted         *fengsui.Asset       `json:"fitted,omitempty"`
	Heard          fengsui.Millis       `json:"heard,omitempty"` // receipt of its newest value or place; absent: never since the platform keeps them
	Silent         bool                 `json:"silent"`          // not heard for as long as the platform is set to
	Where          *fengsui.Whereabouts `json:"where,omitempty"` // of one that says where it is
}

// DeviceList is a page of devices, by enterprise and code.
type DeviceList struct {
	Items []DeviceView `json:"items" nullable:"false"`
	Total int          `json:"total"`
}

// DeviceDetail is a device with its warnings that are open or were raised today,
// newest first.
type DeviceDetail struct {
	DeviceView
	Today    fengsui.Millis `json:"today"` // when the district's day began
	Warnings []WarningView  `json:"warnings" nullable:"false"`
}

// Track is where a device was, thinned to the points asked for.
type Track struct {
	Device     fengsui.ID     `json:"device"`
	Enterprise fengsui.ID     `json:"enterprise"`
	From       fengsui.Millis `json:"from"`
	To         fengsui.Millis `json:"to"`
	Points     []TrackPoint   `json:"points" nullable:"false"`
}

// TrackPoint is one place of a track.
type TrackPoint struct {
	At      fengsui.Millis `json:"at"`
	Lon     float64        `json:"lon"` // degrees, WGS-84
	Lat     float64        `json:"lat"`
	Speed   float64        `json:"speed"`   // km/h
	Heading float64        `json:"heading"` // degrees clockwise from north
}

// Adoption says what an unknown device of the quarantine is.
type Adoption struct {
	Protocol   string     `json:"protocol" minLength:"1" maxLength:"64"`
	Key        string     `json:"key" minLength:"1" maxLength:"64"`
	Enterprise fengsui.ID `json:"enterprise" minLength:"1" maxLength:"64"`
	Code       string     `json:"code" minLength:"1" maxLength:"64"`
	Name       string     `json:"name" minLength:"1" maxLength:"300"`
	Asset      fengsui.ID `json:"asset,omitempty" maxLength:"64" doc:"what it is fitted to, when that is there already"`
	NewAsset   *NewAsset  `json:"newAsset,omitempty" doc:"or what is registered with it"`
}

// Kinds are the kinds of assets.
type Kinds struct {
	Items []KindView `json:"items" nullable:"false"`
}

// KindView is a kind of asset: tank, vehicle, ...
type KindView struct {
	Key        string          `json:"key"`
	Attributes []AttributeView `json:"attributes" nullable:"false"`
}

// AttributeView is one thing that an asset of a kind says about itself.
type AttributeView struct {
	Key    string   `json:"key"`
	Must   bool     `json:"must"`
	Number bool     `json:"number"`                 // a decimal above 0
	Words  []string `json:"words" nullable:"false"` // its only values; empty: any text
}

// NewAsset is an asset that is registered with its device.
type NewAsset struct {
	Code  string            `json:"code" minLength:"1" maxLength:"64"`
	Kind  string            `json:"kind" minLength:"1" maxLength:"300"`
	Name  string            `json:"name" minLength:"1" maxLength:"300"`
	Place string            `json:"place,omitempty" maxLength:"300"`
	Attrs map[string]string `json:"attrs,omitempty" doc:"by the key of the kind: plate, class, ..."`
}

type adoptInput struct{ Body Adoption }

func (a *API) deviceRoutes() {
	get(a, "/vehicles", fengsui.ActSee, "vehicles", "Vehicles with their newest places", a.vehicles)
	get(a, "/kinds", fengsui.ActSee, "kinds", "The kinds of assets, and what one of each says about itself", func(_ context.Context, _ call, _ *nothing) (Kinds, error) {
		out := Kinds{Items: []KindView{}}
		for _, k := range a.c.Registry.Kinds() {
			v := KindView{Key: k.Key, Attributes: []AttributeView{}}
			for _, x := range k.Attributes {
				v.Attributes = append(v.Attributes, AttributeView{x.Key, x.Must, x.Number, list(x.Words)})
			}
			out.Items = append(out.Items, v)
		}
		return out, nil
	})
	get(a, "/devices", fengsui.ActSee, "devices", "Devices: what they are fitted to, and when they were heard", a.devices)
	get(a, "/devices/{id}", fengsui.ActSee, "device", "A device with its newest place and its warnings", a.device)
	get(a, "/devices/{id}/track", fengsui.ActSee, "track", "Where a device was", a.track)
	do(a, http.MethodPost, "/strays/adopt", fengsui.ActRegistry, "adopt", "Register an unknown device, and what it is fitted to: what it sends next is known",
		func(ctx context.Context, c call, in *adoptInput) error {
			b := in.Body
			x := registry.Adoption{Protocol: b.Protocol, Key: b.Key, Device: fengsui.Device{Enterprise: b.Enterprise, Code: b.Code, Name: b.Name, Asset: b.Asset}}
			if n := b.NewAsset; n != nil {
				x.Asset = &fengsui.Asset{Code: n.Code, Kind: n.Kind, Name: n.Name, Place: n.Place, Attrs: n.Attrs}
			}
			_, err := a.c.Registry.Adopt(ctx, c.scope, c.by, x)
			return err
		})
}

func (a *API) vehicles(ctx context.Context, c call, in *vehicleQuery) (VehicleList, error) {
	out := VehicleList{Items: []VehicleView{}}
	inside, err := boxOf(in.Box)
	if err != nil {
		return out, err
	}
	if in.At > 0 {
		if inside != nil {
			return out, fengsui.Errorf(fengsui.Invalid, "at_box", "ask for the places at a moment, or for those in a box, not for both")
		}
		return a.vehiclesAt(ctx, c, in)
	}
	for _, v := range a.c.Registry.Vehicles(ctx, c.scope, in.Enterprise, in.Text) {
		if inside == nil { // only those on the page need their place
			if out.Total++; out.Total > in.Offset && len(out.Items) < in.Limit {
				out.Items = append(out.Items, vehicleView(v, a.whereabouts(v)))
			}
			continue
		}
		w := a.whereabouts(v)
		if w == nil || !inside(w) {
			continue
		}
		if out.Total++; out.Total > in.Offset && len(out.Items) < in.Limit {
			out.Items = append(out.Items, vehicleView(v, w))
		}
	}
	return out, nil
}

// vehiclesAt are vehicles with the last place that their devices sent before a moment, as
// long as a device may say nothing before it is silent. Only those on the page are looked
// for in the history: a few questions each.
func (a *API) vehiclesAt(ctx context.Context, c call, in *vehicleQuery) (VehicleList, error) {
	out, at := VehicleList{Items: []VehicleView{}}, fengsui.Millis(in.At)
	found := a.c.Registry.Vehicles(ctx, c.scope, in.Enterprise, in.Text)
	out.Total = len(found)
	for _, v := range found[min(in.Offset, len(found)):min(in.Offset+in.Limit, len(found))] {
		var w *fengsui.Whereabouts
		for _, d := range v.Devices {
			list, err := a.c.History.Track(ctx, d.Num, max(0, at-fengsui.Millis(a.c.Silent.Milliseconds())), at+1, 2) // thinned, its ends stay
			if err != nil {
				return out, err
			}
			if n := len(list); n > 0 && (w == nil || list[n-1].At > w.At) {
				p := list[n-1]
				w = &fengsui.Whereabouts{Device: d.ID, Enterprise: d.Enterprise, Asset: d.Asset, At: p.At, Received: p.At, Lon: p.Lon, Lat: p.Lat, Speed: p.Speed, Heading: p.Heading, Fix: p.Fix}
			}
		}
		out.Items = append(out.Items, vehicleView(v, w))
	}
	return out, nil
}

func vehicleView(v registry.Vehicle, w *fengsui.Whereabouts) VehicleView {
	view := VehicleView{Asset: *v.Asset, EnterpriseName: name(v.Enterprise), Devices: make([]DeviceName, len(v.Devices)), Where: w}
	for i, d := range v.Devices {
		view.Devices[i] = DeviceName{d.ID, d.Code, d.Name}
	}
	return view
}

func (a *API) devices(ctx context.Context, c call, in *deviceQuery) (DeviceList, error) {
	out := DeviceList{Items: []DeviceView{}}
	h := hearing{a: a, at: now()}
	f := registry.DeviceFilter{Enterprise: in.Enterprise, Zone: in.Zone, Kind: in.Kind, Text: in.Text}
	for _, x := range a.c.Registry.FindDevices(ctx, c.scope, f) {
		if in.State != "" && h.silent(h.of(x.Device)) != (in.State == "silent") {
			continue
		}
		if out.Total++; out.Total > in.Offset && len(out.Items) < in.Limit {
			out.Items = append(out.Items, h.view(x))
		}
	}
	return out, nil
}

func (a *API) device(ctx context.Context, c call, in *byID) (DeviceDetail, error) {
	v, err := a.c.Registry.Device(ctx, c.scope, in.ID)
	if err != nil {
		return DeviceDetail{}, err
	}
	d, h := a.c.Registry.District(), hearing{a: a, at: now()}
	out := DeviceDetail{DeviceView: h.view(registry.Fitted{Device: &v, Asset: d.Assets[v.Asset], Enterprise: d.Enterprises[v.Enterprise]})}
	y, m, day := h.at.Time().In(fengsui.Civil).Date()
	out.Today = fengsui.At(time.Date(y, m, day, 0, 0, 0, 0, fengsui.Civil))
	out.Warnings, err = a.warningsOf(ctx, c, &v, out.Today)
	return out, err
}

// subjectsOf are what warnings about a device are about: itself and its points.
func (a *API) subjectsOf(v *fengsui.Device) []fengsui.Subject {
	list := []fengsui.Subject{fengsui.SubjectOf("device", v.Num)}
	d := a.c.Registry.District()
	if e := d.Enterprises[v.Enterprise]; e != nil {
		for _, p := range d.PointsOf(e.Num) {
			if p.Device == v.ID {
				list = append(list, fengsui.SubjectOf("point", p.Num))
			}
		}
	}
	return list
}

// warningsOf are the warnings about a device and its points that are open, or were
// raised since.
func (a *API) warningsOf(ctx context.Context, c call, v *fengsui.Device, since fengsui.Millis) ([]WarningView, error) {
	list, there := []WarningView{}, map[fengsui.ID]bool{}
	about := a.subjectsOf(v)
	for _, f := range []fengsui.WarningFilter{{Open: true}, {Shelved: true}, {From: since}} {
		f.Enterprise, f.Subjects = v.Enterprise, about
		for offset := 0; ; {
			found, total, err := a.c.Warnings.Warnings(ctx, c.scope, f, fengsui.Page{Offset: offset, Limit: 500})
			if err != nil {
				return nil, err
			}
			for _, w := range found {
				if !there[w.ID] {
					there[w.ID] = true
					list = append(list, a.warningView(c, w))
				}
			}
			if offset += len(found); len(found) == 0 || offset >= total {
				break
			}
		}
	}
	slices.SortFunc(list, func(a, b WarningView) int { return cmp.Compare(b.RaisedAt, a.RaisedAt) })
	return list, nil
}

// hearing knows when devices were heard: by their own places, or by their points.
type hearing struct {
	a      *API
	at     fengsui.Millis
	points map[fengsui.ID]map[fengsui.ID]fengsui.Millis // enterprise, device: receipt of its points' newest value
}

func (h *hearing) of(v *fengsui.Device) (heard fengsui.Millis) {
	if _, received, _, ok := h.a.c.Where(v.Num); ok {
		heard = received
	}
	by := h.points[v.Enterprise]
	if by == nil {
		by = map[fengsui.ID]fengsui.Millis{}
		d := h.a.c.Registry.District()
		if e := d.Enterprises[v.Enterprise]; e != nil {
			for _, p := range d.PointsOf(e.Num) {
				if l, ok := h.a.c.Latest(p.Num); ok {
					by[p.Device] = max(by[p.Device], l.Received)
				}
			}
		}
		if h.points == nil {
			h.points = map[fengsui.ID]map[fengsui.ID]fengsui.Millis{}
		}
		h.points[v.Enterprise] = by
	}
	return max(heard, by[v.ID])
}

func (h *hearing) silent(heard fengsui.Millis) bool {
	return h.at-heard > fengsui.Millis(h.a.c.Silent.Milliseconds())
}

func (h *hearing) view(x registry.Fitted) DeviceView {
	v := DeviceView{Device: *x.Device, Fitted: x.Asset, Heard: h.of(x.Device)}
	v.Silent = h.silent(v.Heard)
	if x.Enterprise != nil {
		v.EnterpriseName = name(x.Enterprise)
	}
	v.Where = h.a.whereabouts(registry.Vehicle{Devices: []*fengsui.Device{x.Device}})
	return v
}

// whereabouts is the newest place that a vehicle's devices know, nil for none.
func (a *API) whereabouts(v registry.Vehicle) (w *fengsui.Whereabouts) {
	for _, d := range v.Devices {
		p, received, level, ok := a.c.Where(d.Num)
		if ok && (w == nil || p.At > w.At) {
			w = &fengsui.Whereabouts{Device: d.ID, Enterprise: d.Enterprise, Asset: d.Asset, At: p.At, Received: received,
				Lon: p.Lon, Lat: p.Lat, Speed: p.Speed, Heading: p.Heading, Fix: p.Fix, Level: level}
		}
	}
	return w
}

// boxOf reads west,south,east,north; nil without one. A box may cross the 180th
// meridian: then its west is greater than its east.
func boxOf(text string) (func(*fengsui.Whereabouts) bool, error) {
	if text == "" {
		return nil, nil
	}
	bad := fengsui.Errorf(fengsui.Invalid, "bad_box", "write the box as west,south,east,north in degrees, not %q", text)
	parts := strings.Split(text, ",")
	if len(parts) != 4 {
		return nil, bad
	}
	var v [4]float64
	for i, part := range parts {
		var err error
		if v[i], err = strconv.ParseFloat(part, 64); err != nil || !(v[i] >= -180 && v[i] <= 180) {
			return nil, bad
		}
	}
	west, south, east, north := v[0], v[1], v[2], v[3]
	if south > north {
		return nil, bad
	}
	return func(w *fengsui.Whereabouts) bool {
		across := w.Lon >= west && w.Lon <= east || west > east && (w.Lon >= west || w.Lon <= east)
		return across && w.Lat >= south && w.Lat <= north
	}, nil
}

func (a *API) track(ctx context.Context, c call, in *trackQuery) (Track, error) {
	d, err := a.c.Registry.Device(ctx, c.scope, in.ID)
	if err != nil {
		return Track{}, err
	}
	out := Track{Device: d.ID, Enterprise: d.Enterprise, From: fengsui.Millis(in.From), To: fengsui.Millis(in.To)}
	if out.From >= out.To {
		return out, fengsui.Errorf(fengsui.Invalid, "trend_range", "the track must begin before it ends")
	}
	found, err := a.c.History.Track(ctx, d.Num, out.From, out.To, in.Points)
	out.Points = make([]TrackPoint, len(found))
	for i, p := range found {
		out.Points[i] = TrackPoint{p.At, p.Lon, p.Lat, p.Speed, p.Heading}
	}
	return out, err
}

// strayView is a stray with what a form to register it begins with.
func (a *API) strayView(s fengsui.Stray) StrayView {
	v, d := StrayView{Stray: s}, a.c.Registry.District()
	e := d.Enterprises[s.Enterprise]
	protocol, key, keyed := strings.Cut(s.Code, ":")
	switch {
	case e != nil:
		v.EnterpriseName = name(e)
		v.Known = d.PointByCode(e.Num, s.Code) != nil || d.DeviceByCode(e.Num, s.Code) != nil
		v.Point = &StrayPoint{Enterprise: e.Code, Code: s.Code}
		if s.Count > 1 {
			v.Point.Every = fengsui.Span(int64(s.Last-s.First) / (s.Count - 1))
		}
	case s.Enterprise == "" && keyed:
		v.Known = d.DeviceByKey(protocol, key) != nil
		v.Device = &StrayDevice{protocol, key}
	}
	return v
}
