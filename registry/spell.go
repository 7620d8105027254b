package registry

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"fengsui"
	"fengsui/book"
)

// speller writes what there is as the cells of its sheet, by column key, so that
// parser reads the same again.
type speller struct {
	data  *data
	words map[string]map[string]string // column -> what is kept -> what people write
	codes map[fengsui.ID]string        // of enterprises, assets and devices
	owner map[fengsui.ID]fengsui.ID    // enterprise of an asset
	names map[fengsui.ID]string        // of zones, as the parser finds them
	party map[fengsui.ID]string        // codes
}

func newSpeller(data *data, d *fengsui.District) *speller {
	x := &speller{data: data, words: map[string]map[string]string{}, codes: map[fengsui.ID]string{}, owner: map[fengsui.ID]fengsui.ID{}, names: map[fengsui.ID]string{}, party: map[fengsui.ID]string{}}
	add := func(column string, words map[string]string) {
		back := map[string]string{}
		for _, text := range slices.Backward(slices.Sorted(maps.Keys(words))) {
			if text != "" {
				back[words[text]] = text // Chinese sorts last and is written first: it wins only where nothing else is
			}
		}
		for _, text := range slices.Sorted(maps.Keys(words)) {
			if text > "\u2e80" {
				back[words[text]] = text
			}
		}
		x.words[column] = back
	}
	for column, words := range data.Words {
		add(column, words)
	}
	for kind, list := range data.Attrs {
		for _, a := range list {
			add(kind+" "+a.Key, a.Words)
		}
	}
	for _, e := range d.Enterprises {
		x.codes[e.ID] = e.Code
	}
	for _, a := range d.Assets {
		x.codes[a.ID], x.owner[a.ID] = a.Code, a.Enterprise
	}
	for _, v := range d.Devices {
		x.codes[v.ID] = v.Code
	}
	twice := map[string]int{}
	for _, z := range d.Kind(fengsui.Zone) {
		twice[z.Name]++
	}
	for _, p := range d.Parties {
		x.party[p.ID] = p.Code
		if x.names[p.ID] = p.Name; twice[p.Name] != 1 {
			x.names[p.ID] = p.Code
		}
	}
	return x
}

func (x *speller) word(column, kept string) string {
	if text, ok := x.words[column][kept]; ok {
		return text
	}
	return kept
}

func number(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func limitCell(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

func joinCells(parts []string) string {
	list := make([]string, len(parts))
	for i, p := range parts {
		list[i] = strings.ReplaceAll(p, ";", `\;`)
	}
	return strings.Join(list, ";")
}

func (x *speller) enterprise(e *fengsui.Enterprise) map[string]string {
	sector := string(e.Sector)
	for _, s := range x.data.Sectors {
		if s.Key == e.Sector {
			sector = s.Zh
		}
	}
	return map[string]string{"code": e.Code, "credit_code": e.CreditCode, "name": e.Name, "short_name": e.ShortName, "sector": sector,
		"zone": x.names[e.Zone], "address": e.Address, "lon": number(e.Lon), "lat": number(e.Lat)}
}

func (x *speller) asset(a *fengsui.Asset) map[string]string {
	m := map[string]string{"enterprise": x.codes[a.Enterprise], "code": a.Code, "kind": x.word("kind", a.Kind), "name": a.Name, "place": a.Place, "lon": number(a.Lon), "lat": number(a.Lat)}
	for key, v := range a.Attrs {
		m["attr:"+key] = x.word(a.Kind+" "+key, v)
	}
	return m
}

func (x *speller) device(d *fengsui.Device) map[string]string {
	m := map[string]string{"enterprise": x.codes[d.Enterprise], "code": d.Code, "name": d.Name, "asset": x.codes[d.Asset]}
	for protocol, key := range d.Keys {
		m["key:"+protocol] = key
	}
	return m
}

func (x *speller) point(p *fengsui.Point) map[string]string {
	key := "no"
	if p.Key {
		key = "yes"
	}
	return map[string]string{"enterprise": x.codes[p.Enterprise], "code": p.Code, "name": p.Name, "asset": x.codes[p.Asset], "device": x.codes[p.Device],
		"quantity": x.word("quantity", string(p.Quantity)), "unit": p.Unit, "range_low": limitCell(&p.RangeLow), "range_high": limitCell(&p.RangeHigh),
		"ll": limitCell(p.LL), "l": limitCell(p.L), "h": limitCell(p.H), "hh": limitCell(p.HH), "every": spanCell(p.Every), "key": x.word("key", key)}
}

// spanCell writes 10s, 5m, 1500ms.
func spanCell(s fengsui.Span) string {
	switch ms := int64(s); {
	case ms%60_000 == 0:
		return fmt.Sprintf("%dm", ms/60_000)
	case ms%1000 == 0:
		return fmt.Sprintf("%ds", ms/1000)
	default:
		return (time.Duration(ms) * time.Millisecond).String()
	}
}

func (x *speller) fence(f *fengsui.Fence) map[string]string {
	m := map[string]string{"code": f.Code, "name": f.Name, "enterprise": x.codes[f.Enterprise], "rule": x.word("rule", string(f.Rule)), "speed_limit": number(f.SpeedLimit), "radius": number(f.Radius)}
	classes := make([]string, len(f.Classes))
	for i, c := range f.Classes {
		classes[i] = x.word("vehicle class", c)
	}
	m["classes"] = joinCells(classes)
	assets := make([]string, len(f.Assets))
	for i, id := range f.Assets {
		if assets[i] = x.codes[id]; f.Enterprise == "" {
			assets[i] = x.codes[x.owner[id]] + "/" + x.codes[id]
		}
	}
	spread(m, "assets", assets)
	ring := make([]string, len(f.Ring))
	for i, at := range f.Ring {
		ring[i] = place(at)
	}
	spread(m, "ring", ring)
	if len(f.Ring) == 0 {
		m["centre"] = place(f.Centre)
	}
	return m
}

func place(at [2]float64) string {
	return strconv.FormatFloat(at[0], 'f', -1, 64) + " " + strconv.FormatFloat(at[1], 'f', -1, 64)
}

// spread writes a list into one cell, and into column:2 and on what that does not hold.
func spread(m map[string]string, column string, list []string) {
	from, size, cell := 0, 0, 1
	put := func(to int) {
		key := column
		if cell > 1 {
			key = fmt.Sprintf("%s:%d", column, cell)
		}
		m[key] = joinCells(list[from:to])
		from, size = to, 0
		cell++
	}
	for i, part := range list {
		n := 2*len(part) + 1 // every byte at most one unit, and a ; is written with two
		if size+n > book.MaxCell {
			put(i)
		}
		size += n
	}
	put(len(list))
}

func (x *speller) contact(party fengsui.ID, c *fengsui.Contact) map[string]string {
	channels := make([]string, len(c.Channels))
	for i, ch := range c.Channels {
		kind := ch.Kind
		if ch.Least != fengsui.None {
			kind += "/" + ch.Least.String()
		}
		channels[i] = kind + ":" + ch.Address
	}
	m := map[string]string{"party": x.party[party], "name": c.Name, "duty": x.word("duty", c.Duty), "phone": c.Phone, "channels": joinCells(channels)}
	if q := c.Quiet; q != nil {
		from, _ := q.From.MarshalText()
		to, _ := q.To.MarshalText()
		m["quiet"] = string(from) + "-" + string(to) + " " + q.Upto.String()
	}
	return m
}

// SheetReport is what became of one sheet.
type SheetReport struct {
	Sheet   string `json:"sheet"`
	Rows    int    `json:"rows"`
	Created int    `json:"created"`
	Changed int    `json:"changed"`
	Same    int    `json:"same"`
}

// RowChange is what became of a row that is new or says something else than is known.
type RowChange struct {
	Sheet  string        `json:"sheet"`
	Row    int           `json:"row"`
	New    bool          `json:"new"`
	Name   string        `json:"name"`
	Fields []FieldChange `json:"fields" nullable:"false"` // of a new one: none
}

// FieldChange is a cell that differs from what is known.
type FieldChange struct {
	Column string `json:"column"`
	Was    string `json:"was"`
	Is     string `json:"is"`
}

// maxChanges is how many changes a report shows.
const maxChanges = 500

// show adds what became of a row.
func (r *Report) show(sheet string, row int, o outcome, of func() (string, []FieldChange)) {
	if o == same {
		return
	}
	if len(r.Changes) == maxChanges {
		r.MoreChanges++
		return
	}
	c := RowChange{Sheet: sheet, Row: row, New: o == created, Fields: []FieldChange{}}
	var fields []FieldChange
	if c.Name, fields = of(); !c.New {
		c.Fields = append(c.Fields, fields...)
	}
	r.Changes = append(r.Changes, c)
}

// change is what an item of a batch is called, and in which cells it differs from what
// the district has.
func (x *speller) change(d *fengsui.District, b *Batch, what string, i int) (name string, fields []FieldChange) {
	var was, is map[string]string
	switch what {
	case "enterprises":
		e := &b.Enterprises[i]
		name, is = e.Name, x.enterprise(e)
		if old := d.Enterprises[e.ID]; old != nil {
			was = x.enterprise(old)
		}
	case "assets":
		a := &b.Assets[i]
		name, is = x.codes[a.Enterprise]+" "+a.Code, x.asset(a)
		if old := d.Assets[a.ID]; old != nil {
			was = x.asset(old)
		}
	case "devices":
		v := &b.Devices[i]
		name, is = x.codes[v.Enterprise]+" "+v.Code, x.device(v)
		if old := d.Devices[v.ID]; old != nil {
			was = x.device(old)
		}
	case "points":
		p := &b.Points[i]
		name, is = x.codes[p.Enterprise]+" "+p.Code, x.point(p)
		if e := d.Enterprises[p.Enterprise]; e != nil { // by code: a code may come to stand for another point
			if old := d.PointByCode(e.Num, p.Code); old != nil {
				was = x.point(old)
			}
		}
	case "fences":
		f := &b.Fences[i]
		name, is = strings.TrimSpace(x.codes[f.Enterprise]+" "+f.Code), x.fence(f)
		if old := d.Fences[f.ID]; old != nil {
			was = x.fence(old)
		}
	case "contacts":
		c := &b.Contacts[i]
		name, is, was = x.party[c.Party], map[string]string{}, map[string]string{}
		if p := d.Parties[c.Party]; p != nil {
			name = p.Name
			x.people(was, c.Party, p.Contacts)
		}
		x.people(is, c.Party, c.Contacts)
	}
	if was == nil {
		return name, nil
	}
	all := maps.Clone(was)
	maps.Copy(all, is)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if was[key] != is[key] {
			fields = append(fields, FieldChange{key, was[key], is[key]})
		}
	}
	return name, fields
}

// people are a party's contacts in words, by their place.
func (x *speller) people(m map[string]string, party fengsui.ID, list []fengsui.Contact) {
	for i := range list {
		c := x.contact(party, &list[i])
		m[strconv.Itoa(i+1)] = strings.TrimSpace(strings.Join([]string{c["name"], c["duty"], c["phone"], c["channels"], c["quiet"]}, " "))
	}
}
