package fengsui

import "maps"

// PartyKind says what a party (责任主体) is.
type PartyKind string

const (
	Bureau     PartyKind = "bureau"     // 区应急局
	Committee  PartyKind = "committee"  // 区安委办
	Regulator  PartyKind = "regulator"  // 区行业监管部门
	Zone       PartyKind = "zone"       // 功能区安全管理部门, and the streets and towns outside zones
	Operator   PartyKind = "operator"   // 运营公司
	Firm       PartyKind = "enterprise" // 企业; its party has the enterprise's ID
	Municipal  PartyKind = "municipal"  // 市级监测预警系统
	Discipline PartyKind = "discipline" // 区纪委监委
)

// Capacity (身份) is in what part a party is told or acts. A party may hold
// several for one warning: for hazchem the bureau is also the regulator.
type Capacity string

const (
	AsEnterprise Capacity = "enterprise"
	AsZone       Capacity = "zone"
	AsRegulator  Capacity = "regulator"
	AsBureau     Capacity = "bureau"
	AsDuty       Capacity = "duty"
	AsMunicipal  Capacity = "municipal"
)

// Sector (行业) is one of the eight of Article 6, or a further one that the
// district's data names.
type Sector string

// Party is someone who is told, acts or is watched. Parties form a tree.
type Party struct {
	ID       ID        `json:"id"`
	Kind     PartyKind `json:"kind"`
	Code     string    `json:"code"` // GB/T 2260 code of a street, zone code, platform code of an enterprise
	Name     string    `json:"name"`
	NameEn   string    `json:"nameEn,omitempty"`
	Parent   ID        `json:"parent,omitempty"`
	Sectors  []Sector  `json:"sectors,omitempty" nullable:"false"` // a regulator's
	Contacts []Contact `json:"contacts,omitempty" nullable:"false"`
}

// Contact (联系人) is one person or machine of a party, in the order in which it
// is told. Channels are tried in their order: a dead one falls over to the next.
type Contact struct {
	Name     string    `json:"name"`
	Duty     string    `json:"duty"` // principal, safety_head, duty_desk, ...
	Phone    string    `json:"phone,omitempty"`
	Channels []Channel `json:"channels,omitempty" nullable:"false"`
	Quiet    *Quiet    `json:"quiet,omitempty"` // absent: those of the party's roster
}

// Channel is one way to reach a contact. The console is always there and needs
// no entry.
type Channel struct {
	Kind    string `json:"kind"`            // as registry/channels.yaml names them: email, sms, voice, ...
	Address string `json:"address"`         // mailbox, telephone number or URL
	Least   Level  `json:"least,omitempty"` // used from this level on; none: for everything
}

// Enterprise (企业) is a unit whose safety state is watched. Its ID is also the
// ID of its party.
type Enterprise struct {
	ID         ID      `json:"id"`
	Num        int64   `json:"num"`        // given once, never reused; log and history use it
	Code       string  `json:"code"`       // platform code, issued by the platform (H16)
	CreditCode string  `json:"creditCode"` // 统一社会信用代码, GB 32100
	Name       string  `json:"name"`
	ShortName  string  `json:"shortName"`
	Sector     Sector  `json:"sector"`
	Zone       ID      `json:"zone"`
	Address    string  `json:"address,omitempty"`
	Lon        float64 `json:"lon,omitempty"` // degrees, WGS-84
	Lat        float64 `json:"lat,omitempty"`
	Version    int64   `json:"version"`
}

// Asset (资产) is a thing of an enterprise that is watched: a tank, a detector's
// place, a reactor, a vehicle.
type Asset struct {
	ID         ID                `json:"id"`
	Enterprise ID                `json:"enterprise"`
	Code       string            `json:"code"`
	Kind       string            `json:"kind"` // tank, gas_area, process_unit, vehicle
	Name       string            `json:"name"`
	Place      string            `json:"place,omitempty"`
	Lon        float64           `json:"lon,omitempty"` // degrees, WGS-84; 0 and 0: unknown, or it moves
	Lat        float64           `json:"lat,omitempty"`
	Attrs      map[string]string `json:"attrs,omitempty"` // by the key of its kind, registry/sheets.yaml: plate, class (V10), medium
}

// Same reports whether b says the same about an asset, its ID aside.
func (a *Asset) Same(b *Asset) bool {
	return a.Enterprise == b.Enterprise && a.Code == b.Code && a.Kind == b.Kind && a.Name == b.Name && a.Place == b.Place &&
		a.Lon == b.Lon && a.Lat == b.Lat && maps.Equal(a.Attrs, b.Attrs)
}

// Device (设备) sends signals: a gateway, a transmitter. It may be known by
// several keys, one per protocol.
type Device struct {
	ID         ID                `json:"id"`
	Num        int64             `json:"num"`
	Enterprise ID                `json:"enterprise"`
	Code       string            `json:"code"`
	Name       string            `json:"name"`
	Asset      ID                `json:"asset,omitempty"` // what it is fitted to: a vehicle's terminal
	Keys       map[string]string `json:"keys,omitempty"`  // protocol -> key, e.g. push -> gateway code
}

// Same reports whether b says the same about a device, ID and num aside.
func (d *Device) Same(b *Device) bool {
	return d.Enterprise == b.Enterprise && d.Code == b.Code && d.Name == b.Name && d.Asset == b.Asset && maps.Equal(d.Keys, b.Keys)
}

// Point (监测点) is one quantity that is measured.
type Point struct {
	ID         ID       `json:"id"`
	Num        int64    `json:"num"` // re-mapping a code makes a new num
	Enterprise ID       `json:"enterprise"`
	Asset      ID       `json:"asset,omitempty"`
	Device     ID       `json:"device,omitempty"`
	Code       string   `json:"code"` // the enterprise's own, unique in it
	Name       string   `json:"name"`
	Quantity   Quantity `json:"quantity"`
	Unit       string   `json:"unit"`
	RangeLow   float64  `json:"rangeLow"`
	RangeHigh  float64  `json:"rangeHigh"`
	LL         *float64 `json:"ll,omitempty"` // absent: no such limit
	L          *float64 `json:"l,omitempty"`
	H          *float64 `json:"h,omitempty"`
	HH         *float64 `json:"hh,omitempty"`
	Every      Span     `json:"every"` // required rate, ms (H17: at most 5 min)
	Key        bool     `json:"key"`   // a key parameter: silence is judged
	Version    int64    `json:"version"`
}

// Quantity (指标类型) is what a point measures.
type Quantity string

const (
	Temperature Quantity = "temperature"
	Pressure    Quantity = "pressure"
	LevelOf     Quantity = "level" // of a liquid; m
	Combustible Quantity = "combustible"
	Toxic       Quantity = "toxic"
	Oxygen      Quantity = "oxygen"
	Flow        Quantity = "flow"
	Other       Quantity = "other"
	State       Quantity = "state" // said in events and not in values: of a safety instrumented function, of work
)

// Check says what is wrong with a point's limits, or nil (risk-models §5):
// range_low <= LL < L < H < HH <= range_high, those present.
func (p *Point) Check() error {
	last, name := p.RangeLow, "the lower end of the range"
	if p.RangeLow >= p.RangeHigh {
		return Errorf(Invalid, "point_range", "the range of %s must rise: %g is not below %g", p.Code, p.RangeLow, p.RangeHigh)
	}
	first := true
	for _, lim := range []struct {
		name  string
		value *float64
	}{{"LL", p.LL}, {"L", p.L}, {"H", p.H}, {"HH", p.HH}} {
		if lim.value == nil {
			continue
		}
		if *lim.value < last || *lim.value == last && !first {
			return Errorf(Invalid, "point_limits", "%s of %s is %g: it must lie above %s (%g)", lim.name, p.Code, *lim.value, name, last)
		}
		last, name, first = *lim.value, lim.name, false
	}
	if last > p.RangeHigh {
		return Errorf(Invalid, "point_limits", "%s of %s is %g: it must not lie above the range (%g)", name, p.Code, last, p.RangeHigh)
	}
	return nil
}

// CheckCreditCode checks a 统一社会信用代码 (GB 32100-2015: 18 characters of
// 0-9A-Z without I O S V Z, weights 3^i mod 31).
func CheckCreditCode(code string) error {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(code) != 18 {
		return Errorf(Invalid, "credit_code", "the credit code %q must have 18 characters", code)
	}
	sum, weight := 0, 1
	for i := range 18 {
		v := -1
		for j := range alphabet {
			if alphabet[j] == code[i] {
				v = j
			}
		}
		if v < 0 {
			return Errorf(Invalid, "credit_code", "the credit code %q has %q at place %d, which such codes never have", code, code[i], i+1)
		}
		if i == 17 {
			if (31-sum%31)%31 != v {
				return Errorf(Invalid, "credit_code", "the check digit of the credit code %q is wrong: look for a mistyped character", code)
			}
			return nil
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return nil
}
