package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fengsui"
)

// PlacedKind says what a thing on the map is.
type PlacedKind string

const (
	placedFirm    PlacedKind = "firm"
	placedVehicle PlacedKind = "vehicle"
	placedAsset   PlacedKind = "asset"  // tank, unit, area: what does not move
	placedDevice  PlacedKind = "device" // at its own newest place, or at that of what it is fitted to
)

var placedKinds = []PlacedKind{placedFirm, placedVehicle, placedAsset, placedDevice}

type insideQuery struct {
	Lon    float64 `query:"lon" required:"true" minimum:"-180" maximum:"180" doc:"degrees, WGS-84"`
	Lat    float64 `query:"lat" required:"true" minimum:"-90" maximum:"90"`
	Radius float64 `query:"radius" required:"true" minimum:"1" maximum:"100000" doc:"m: as far as distances on a plane are right to 0.1 %"`
	Kind   string  `query:"kind" enum:"firm,vehicle,asset,device" doc:"things of this kind alone; the counts are of all"`
	Paged
}

type searchQuery struct {
	Text string `query:"text" required:"true" minLength:"1" maxLength:"100" doc:"in the name, short name, code or plate"`
	Kind string `query:"kind" enum:"firm,vehicle,asset,device"`
	Paged
}

type assetQuery struct {
	Box string `query:"box" required:"true" minLength:"1" maxLength:"100" doc:"west,south,east,north in degrees of WGS-84"`
	Paged
}

// Placed is something that has a name and mostly a place on the map.
type Placed struct {
	Kind           PlacedKind    `json:"kind" enum:"firm,vehicle,asset,device"`
	ID             fengsui.ID    `json:"id"`
	Name           string        `json:"name"`
	Code           string        `json:"code"`
	Enterprise     fengsui.ID    `json:"enterprise"`
	EnterpriseName string        `json:"enterpriseName"`
	Place          *[2]float64   `json:"place,omitempty"`                     // longitude and latitude, WGS-84; absent: nobody said
	Metres         float64       `json:"metres,omitempty"`                    // from the centre of a circle
	What           string        `json:"what,omitempty"`                      // kind of an asset
	Worst          fengsui.Level `json:"worst"`                               // of an asset or vehicle: the state that its newest values are in
	Readings       []Reading     `json:"readings,omitempty" nullable:"false"` // of an asset in view
	Outage         *OutageMark   `json:"outage,omitempty"`                    // of an asset in view: something on it is out of use with leave

	text string // what a search looks in
}

// Reading is a newest value as it stands beside a thing on the map.
type Reading struct {
	Name  string         `json:"name"`
	Value float64        `json:"value"`
	Unit  string         `json:"unit"`
	At    fengsui.Millis `json:"at"`
	Every fengsui.Span   `json:"every"` // older than two of them it is not new any more
}

// Inside is what lies within a circle, the nearest first.
type Inside struct {
	Items    []Placed `json:"items" nullable:"false"`
	Total    int      `json:"total"` // of the kind asked for
	Firms    int      `json:"firms"`
	Vehicles int      `json:"vehicles"`
	Assets   int      `json:"assets"`
	Devices  int      `json:"devices"`
	Contacts int      `json:"contacts"` // people whom the enterprises inside have named
}

// PlacedList is a page of what a search found, or of what is in view.
type PlacedList struct {
	Items []Placed `json:"items" nullable:"false"`
	Total int      `json:"total"`
}

func (a *API) placeRoutes() {
	get(a, "/map/search", fengsui.ActSee, "search", "Enterprises, vehicles, assets and devices by name, code or plate", a.search)
	get(a, "/map/inside", fengsui.ActSee, "inside", "What lies within a circle", a.inside)
	get(a, "/map/assets", fengsui.ActSee, "placedAssets", "Assets that stand in a part of the map, with the state of their values; the gravest first", a.placedAssets)
	// The numbers of a place are never null, and there are two.
	p := a.huma.OpenAPI().Components.Schemas.Map()["Placed"].Properties["place"]
	two := 2
	p.MinItems, p.MaxItems = &two, &two
}

// placed are the things of a kind inside a scope; an empty kind is every one.
func (a *API) placed(s fengsui.Scope, kind PlacedKind, yield func(*Placed)) {
	d := a.c.Registry.District()
	mine := func(e *fengsui.Enterprise) bool { return e != nil && s.Sees(e.ID, e.Zone, e.Sector, fengsui.None) }
	is := func(k PlacedKind) bool { return kind == "" || kind == k }
	at := func(lon, lat float64) *[2]float64 {
		if lon == 0 && lat == 0 {
			return nil
		}
		return &[2]float64{lon, lat}
	}
	if is(placedFirm) {
		for _, e := range d.Enterprises {
			if mine(e) {
				yield(&Placed{Kind: placedFirm, ID: e.ID, Name: e.Name, Code: e.Code, Enterprise: e.ID, EnterpriseName: name(e), Place: at(e.Lon, e.Lat), text: e.Name + " " + e.ShortName + " " + e.Code})
			}
		}
	}
	if is(placedAsset) {
		for _, x := range d.Assets {
			if e := d.Enterprises[x.Enterprise]; x.Kind != "vehicle" && mine(e) {
				yield(&Placed{Kind: placedAsset, ID: x.ID, Name: x.Name, Code: x.Code, Enterprise: e.ID, EnterpriseName: name(e), Place: at(x.Lon, x.Lat), What: x.Kind, text: x.Name + " " + x.Code + " " + x.Place})
			}
		}
	}
	if is(placedVehicle) {
		for _, v := range a.c.Registry.Vehicles(context.Background(), s, "", "") {
			p := &Placed{Kind: placedVehicle, ID: v.Asset.ID, Name: v.Asset.Name, Code: v.Asset.Code, Enterprise: v.Enterprise.ID, EnterpriseName: name(v.Enterprise), text: v.Asset.Attrs["plate"] + " " + v.Asset.Name + " " + v.Asset.Code}
			if w := a.whereabouts(v); w != nil {
				p.Place, p.Worst = at(w.Lon, w.Lat), w.Level
			}
			yield(p)
		}
	}
	if is(placedDevice) {
		for _, v := range d.Devices {
			e, x := d.Enterprises[v.Enterprise], d.Assets[v.Asset]
			if !mine(e) {
				continue
			}
			p := &Placed{Kind: placedDevice, ID: v.ID, Name: v.Name, Code: v.Code, Enterprise: e.ID, EnterpriseName: name(e), text: v.Name + " " + v.Code}
			for _, key := range v.Keys {
				p.text += " " + key
			}
			if w, _, _, ok := a.c.Where(v.Num); ok {
				p.Place = at(w.Lon, w.Lat)
			} else if x != nil {
				p.Place = at(x.Lon, x.Lat)
			}
			yield(p)
		}
	}
}

func (a *API) search(_ context.Context, c call, in *searchQuery) (PlacedList, error) {
	words := strings.Fields(strings.ToLower(in.Text))
	if len(words) == 0 {
		return PlacedList{}, fengsui.Errorf(fengsui.Invalid, "no_text", "write a name, a code or a plate to look for")
	}
	var found []*Placed
	a.placed(c.scope, PlacedKind(in.Kind), func(p *Placed) {
		text := strings.ToLower(p.text)
		for _, w := range words {
			if !strings.Contains(text, w) {
				return
			}
		}
		found = append(found, p)
	})
	slices.SortFunc(found, func(x, y *Placed) int {
		return cmp.Or(cmp.Compare(slices.Index(placedKinds, x.Kind), slices.Index(placedKinds, y.Kind)), strings.Compare(x.Name, y.Name), strings.Compare(string(x.ID), string(y.ID)))
	})
	return a.placedPage(found, in.Paged), nil
}

func (a *API) inside(_ context.Context, c call, in *insideQuery) (Inside, error) {
	out := Inside{}
	d := a.c.Registry.District()
	var found []*Placed
	a.placed(c.scope, "", func(p *Placed) {
		if p.Place == nil {
			return
		}
		if p.Metres = fengsui.Metres(in.Lon, in.Lat, p.Place[0], p.Place[1]); p.Metres > in.Radius {
			return
		}
		switch p.Kind {
		case placedFirm:
			out.Firms++
			if party := d.Parties[p.ID]; party != nil {
				out.Contacts += len(party.Contacts)
			}
		case placedVehicle:
			out.Vehicles++
		case placedAsset:
			out.Assets++
		case placedDevice:
			out.Devices++
		}
		if in.Kind == "" || in.Kind == string(p.Kind) {
			found = append(found, p)
		}
	})
	slices.SortFunc(found, func(x, y *Placed) int {
		return cmp.Or(cmp.Compare(x.Metres, y.Metres), strings.Compare(string(x.ID), string(y.ID)))
	})
	page := a.placedPage(found, in.Paged)
	out.Items, out.Total = page.Items, page.Total
	return out, nil
}

func (a *API) placedAssets(ctx context.Context, c call, in *assetQuery) (PlacedList, error) {
	within, err := boxOf(in.Box)
	if err != nil {
		return PlacedList{}, err
	}
	points := map[fengsui.ID][]*fengsui.Point{}
	for _, p := range a.c.Registry.District().Points {
		points[p.Asset] = append(points[p.Asset], p)
	}
	var found []*Placed
	a.placed(c.scope, placedAsset, func(p *Placed) {
		if p.Place != nil && within(&fengsui.Whereabouts{Lon: p.Place[0], Lat: p.Place[1]}) {
			p.Worst = a.worst(points[p.ID])
			found = append(found, p)
		}
	})
	slices.SortFunc(found, func(x, y *Placed) int {
		return cmp.Or(cmp.Compare(y.Worst, x.Worst), strings.Compare(x.Code, y.Code), strings.Compare(string(x.ID), string(y.ID)))
	})
	page, cover := a.placedPage(found, in.Paged), a.cover(ctx)
	for i := range page.Items {
		of := points[page.Items[i].ID]
		page.Items[i].Outage = outOfUseOf(cover, of)
		slices.SortFunc(of, func(x, y *fengsui.Point) int { return strings.Compare(x.Code, y.Code) })
		for _, p := range of {
			if l, ok := a.c.Latest(p.Num); ok {
				page.Items[i].Readings = append(page.Items[i].Readings, Reading{p.Name, l.Value, p.Unit, l.At, p.Every})
			}
		}
	}
	return page, nil
}

func (a *API) placedPage(found []*Placed, p Paged) PlacedList {
	out := PlacedList{Items: []Placed{}, Total: len(found)}
	for _, x := range found[min(p.Offset, len(found)):min(p.Offset+p.Limit, len(found))] {
		out.Items = append(out.Items, *x)
	}
	return out
}
