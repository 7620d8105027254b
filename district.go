package fengsui

import "slices"

// District is who and what there is, as one immutable snapshot: stages ask it
// instead of the store. registry builds it and puts a new one in place after
// each change.
type District struct {
	Parties     map[ID]*Party
	Enterprises map[ID]*Enterprise
	Assets      map[ID]*Asset
	Devices     map[ID]*Device
	Points      map[ID]*Point

	byNum    map[int64]*Enterprise
	byCode   map[string]*Enterprise
	points   map[int64]*Point
	devices  map[int64]*Device
	codes    map[int64]map[string]*Point  // enterprise num -> code
	gateways map[int64]map[string]*Device // enterprise num -> code
	kinds    map[PartyKind][]*Party       // in order of Code
}

// NewDistrict indexes the parts. It keeps the pointers: nobody changes them
// afterwards.
func NewDistrict(parties []*Party, enterprises []*Enterprise, assets []*Asset, devices []*Device, points []*Point) *District {
	d := &District{
		Parties: map[ID]*Party{}, Enterprises: map[ID]*Enterprise{}, Assets: map[ID]*Asset{},
		Devices: map[ID]*Device{}, Points: make(map[ID]*Point, len(points)),
		byNum: map[int64]*Enterprise{}, byCode: map[string]*Enterprise{},
		points: make(map[int64]*Point, len(points)), devices: map[int64]*Device{},
		codes: map[int64]map[string]*Point{}, gateways: map[int64]map[string]*Device{},
		kinds: map[PartyKind][]*Party{},
	}
	for _, p := range parties {
		d.Parties[p.ID] = p
		d.kinds[p.Kind] = append(d.kinds[p.Kind], p)
	}
	for _, list := range d.kinds {
		slices.SortFunc(list, func(a, b *Party) int {
			switch {
			case a.Code < b.Code:
				return -1
			case a.Code > b.Code:
				return 1
			}
			return 0
		})
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
