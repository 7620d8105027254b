package fengsui

import (
	"maps"
	"slices"
	"strings"
)

// District is who and what there is, as one immutable snapshot: stages ask it
// instead of the store. registry builds it and puts a new one in place after
// each change.
type District struct {
	Parties     map[ID]*Party
	Enterprises map[ID]*Enterprise
	Assets      map[ID]*Asset
	Devices     map[ID]*Device
	Points      map[ID]*Point
	Fences      map[ID]*Fence  // see WithFences
	Rosters     map[ID]*Roster // by party, see WithRosters

	byNum    map[int64]*Enterprise
	byCode   map[string]*Enterprise
	points   map[int64]*Point
	devices  map[int64]*Device
	codes    map[int64]map[string]*Point  // enterprise num -> code
	gateways map[int64]map[string]*Device // enterprise num -> code
	keys     map[deviceKey]*Device
	kinds    map[PartyKind][]*Party // in order of Code
}

// NewDistrict indexes the parts. It keeps the pointers: nobody changes them
// afterwards.
func NewDistrict(parties []*Party, enterprises []*Enterprise, assets []*Asset, devices []*Device, points []*Point) *District {
	d := &District{
		Parties: map[ID]*Party{}, Enterprises: map[ID]*Enterprise{}, Assets: map[ID]*Asset{},
		Devices: map[ID]*Device{}, Points: make(map[ID]*Point, len(points)), Fences: map[ID]*Fence{},
		byNum: map[int64]*Enterprise{}, byCode: map[string]*Enterprise{},
		points: make(map[int64]*Point, len(points)), devices: map[int64]*Device{},
		codes: map[int64]map[string]*Point{}, gateways: map[int64]map[string]*Device{},
		keys:  map[deviceKey]*Device{},
		kinds: map[PartyKind][]*Party{},
	}
	for _, p := range parties {
		d.Parties[p.ID] = p
		d.kinds[p.Kind] = append(d.kinds[p.Kind], p)
	}
	for _, list := range d.kinds {
		slices.SortFunc(list, byCode)
	}
	for _, e := range enterprises {
		d.Enterprises[e.ID], d.byNum[e.Num], d.byCode[e.Code] = e, e, e
		d.codes[e.Num], d.gateways[e.Num] = map[string]*Point{}, map[string]*Device{}
	}
	for _, a := range assets {
		d.Assets[a.ID] = a
	}
	for _, v := range devices {
		d.Devices[v.ID], d.devices[v.Num] = v, v
		for protocol, key := range v.Keys {
			d.keys[deviceKey{protocol, key}] = v
		}
		if e := d.Enterprises[v.Enterprise]; e != nil {
			d.gateways[e.Num][v.Code] = v
		}
	}
	for _, p := range points {
		d.Points[p.ID], d.points[p.Num] = p, p
		if e := d.Enterprises[p.Enterprise]; e != nil {
			d.codes[e.Num][p.Code] = p
		}
	}
	return d
}

// Holdings are an enterprise and all that it has.
type Holdings struct {
	Enterprise *Enterprise
	Assets     []*Asset
	Devices    []*Device
	Points     []*Point
}

// With is the district after parties and enterprises came or changed; holdings take
// the place of what their enterprise had. It shares with d, which stays as it was,
// everything else, an index that nothing touched above all. A point of the same
// Version stays the same pointer: followers see by that what changed. Assets and
// devices are never taken away, points are; no code and no num ever changes.
func (d *District) With(parties []*Party, holdings []Holdings) *District {
	n := *d
	if len(parties) > 0 {
		n.Parties, n.kinds = maps.Clone(d.Parties), maps.Clone(d.kinds)
	}
	own := map[PartyKind]bool{} // lists that are not d's any more
	for _, p := range parties {
		n.Parties[p.ID] = p
		if !own[p.Kind] {
			own[p.Kind], n.kinds[p.Kind] = true, slices.Clone(d.kinds[p.Kind])
		}
		at, found := slices.BinarySearchFunc(n.kinds[p.Kind], p, byCode)
		if found {
			n.kinds[p.Kind][at] = p
		} else {
			n.kinds[p.Kind] = slices.Insert(n.kinds[p.Kind], at, p)
		}
	}
	if len(holdings) == 0 {
		return &n
	}
	n.Enterprises, n.byNum, n.byCode = maps.Clone(d.Enterprises), maps.Clone(d.byNum), maps.Clone(d.byCode)
	n.codes, n.gateways = maps.Clone(d.codes), maps.Clone(d.gateways)
	var assets []*Asset
	var devices, before []*Device
	var points, gone []*Point
	for _, h := range holdings {
		e := h.Enterprise
		n.Enterprises[e.ID], n.byNum[e.Num], n.byCode[e.Code] = e, e, e
		for _, a := range h.Assets {
			if old := d.Assets[a.ID]; old == nil || !old.Same(a) {
				assets = append(assets, a)
			}
		}
		n.gateways[e.Num] = make(map[string]*Device, len(h.Devices))
		for _, v := range h.Devices {
			if old := d.Devices[v.ID]; old == nil {
				devices = append(devices, v)
			} else if !old.Same(v) {
				devices, before = append(devices, v), append(before, old)
			} else {
				v = old
			}
			n.gateways[e.Num][v.Code] = v
		}
		n.codes[e.Num] = make(map[string]*Point, len(h.Points))
		for _, p := range h.Points {
			if old := d.Points[p.ID]; old != nil && old.Version == p.Version {
				p = old
			} else {
				points = append(points, p)
			}
			n.codes[e.Num][p.Code] = p
		}
		for code, old := range d.codes[e.Num] {
			if p := n.codes[e.Num][code]; p == nil || p.ID != old.ID {
				gone = append(gone, old)
			}
		}
	}
	if len(assets) > 0 {
		n.Assets = maps.Clone(d.Assets)
		for _, a := range assets {
			n.Assets[a.ID] = a
		}
	}
	if len(devices) > 0 {
		n.Devices, n.devices, n.keys = maps.Clone(d.Devices), maps.Clone(d.devices), maps.Clone(d.keys)
		for _, v := range before {
			for protocol, key := range v.Keys {
				delete(n.keys, deviceKey{protocol, key})
			}
		}
		for _, v := range devices {
			n.Devices[v.ID], n.devices[v.Num] = v, v
			for protocol, key := range v.Keys {
				n.keys[deviceKey{protocol, key}] = v
			}
		}
	}
	if len(points)+len(gone) > 0 {
		n.Points, n.points = maps.Clone(d.Points), maps.Clone(d.points)
		for _, p := range gone {
			delete(n.Points, p.ID)
			delete(n.points, p.Num)
		}
		for _, p := range points {
			n.Points[p.ID], n.points[p.Num] = p, p
		}
	}
	return &n
}

// WithFences is the district after fences came, changed or went away. It shares
// everything else with d, which stays as it was.
func (d *District) WithFences(fences []*Fence, gone []ID) *District {
	n := *d
	n.Fences = maps.Clone(d.Fences)
	for _, id := range gone {
		delete(n.Fences, id)
	}
	for _, f := range fences {
		n.Fences[f.ID] = f
	}
	return &n
}

// WithRosters is the district after rosters came or changed. It shares everything
// else with d, which stays as it was.
func (d *District) WithRosters(rosters []*Roster) *District {
	n := *d
	n.Rosters = maps.Clone(d.Rosters)
	if n.Rosters == nil {
		n.Rosters = map[ID]*Roster{}
	}
	for _, r := range rosters {
		n.Rosters[r.Party] = r
	}
	return &n
}

func byCode(a, b *Party) int { return strings.Compare(a.Code, b.Code) }

// Enterprise finds an enterprise by its num, nil if there is none.
func (d *District) Enterprise(num int64) *Enterprise { return d.byNum[num] }

// EnterpriseByCode finds an enterprise by its platform code, nil if none.
func (d *District) EnterpriseByCode(code string) *Enterprise { return d.byCode[code] }

// Point finds a point by its num, nil if there is none.
func (d *District) Point(num int64) *Point { return d.points[num] }

// Device finds a device by its num, nil if there is none.
func (d *District) Device(num int64) *Device { return d.devices[num] }

// PointByCode finds a point by its enterprise's num and own code, nil if none.
func (d *District) PointByCode(enterprise int64, code string) *Point {
	return d.codes[enterprise][code]
}

// DeviceByCode finds a device by its enterprise's num and code, nil if none.
func (d *District) DeviceByCode(enterprise int64, code string) *Device {
	return d.gateways[enterprise][code]
}

// DeviceByKey finds a device by its key in a protocol, nil if none. The registry
// gives a key to one device alone.
func (d *District) DeviceByKey(protocol, key string) *Device {
	return d.keys[deviceKey{protocol, key}]
}

type deviceKey struct{ protocol, key string }

// PointsOf are an enterprise's points, by code.
func (d *District) PointsOf(enterprise int64) []*Point {
	list := make([]*Point, 0, len(d.codes[enterprise]))
	for _, p := range d.codes[enterprise] {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *Point) int {
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
	return list
}

// Kind lists the parties of a kind by code.
func (d *District) Kind(k PartyKind) []*Party { return d.kinds[k] }

// Holders are the parties that hold a capacity towards an enterprise, for a
// warning of the given sector (A12: the regulator comes from the model's sector).
// Empty means the district's data names none.
func (d *District) Holders(c Capacity, e *Enterprise, sector Sector) []*Party {
	var list []*Party
	switch c {
	case AsEnterprise:
		if p := d.Parties[e.ID]; p != nil {
			list = append(list, p)
		}
	case AsZone:
		if p := d.Parties[e.Zone]; p != nil {
			list = append(list, p)
		}
	case AsRegulator:
		// The bureau may be the regulator of a sector too.
		for _, k := range []PartyKind{Regulator, Bureau} {
			for _, p := range d.kinds[k] {
				if slices.Contains(p.Sectors, sector) {
					list = append(list, p)
				}
			}
		}
	case AsBureau:
		list = d.kinds[Bureau]
	case AsDuty:
		list = d.kinds[Operator]
	case AsMunicipal:
		list = d.kinds[Municipal]
	}
	return list
}
