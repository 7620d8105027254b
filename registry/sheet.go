package registry

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fengsui"
)

// Sheets lists what Import takes, in the order in which one builds on the other.
var Sheets = []string{"enterprises", "assets", "devices", "points", "fences", "contacts"}

const (
	// MaxSheet is the largest sheet that Import reads, in bytes.
	MaxSheet = 16 << 20

	maxRows = 50_000
)

// Import brings a CSV sheet in (UTF-8, with or without a byte order mark; headers
// in English or Chinese): all of it or nothing. What is wrong stands in the
// report, per row and column; an error means that the sheet as a whole cannot be
// read, or that the caller may not.
func (r *Registry) Import(ctx context.Context, s fengsui.Scope, by fengsui.Actor, what string, sheet []byte, dry bool) (Report, error) {
	rep := Report{Dry: dry}
	if err := s.Allow(fengsui.ActRegistry, fengsui.None); err != nil {
		return rep, err
	}
	columns := r.data.Sheets[what]
	if columns == nil {
		return rep, fengsui.Errorf(fengsui.NotFound, "no_sheet", "there is no sheet %q; use one of %v", what, Sheets)
	}
	rows, err := readSheet(sheet, columns, &rep)
	if err != nil {
		return rep, err
	}
	rep.Rows = len(rows)
	p := newParser(r, &rep)
	b, numbers := p.batch(what, rows)
	return r.put(ctx, s, by, b, rep, numbers)
}

// row is one row of a sheet: its number and its cells by column key.
type row struct {
	number int
	cells  map[string]string
}

// readSheet splits a sheet into rows. Rows that do not fit the header, and empty
// cells that may not be, go to the report.
func readSheet(sheet []byte, columns []column, rep *Report) ([]row, error) {
	if len(sheet) > MaxSheet {
		return nil, fengsui.Errorf(fengsui.Invalid, "too_large", "the sheet has %d bytes; at most %d are read, split it", len(sheet), MaxSheet)
	}
	sheet = bytes.TrimPrefix(sheet, []byte("\ufeff"))
	if !utf8.Valid(sheet) {
		return nil, fengsui.Errorf(fengsui.Invalid, "not_utf8", "the sheet is not UTF-8; save it as \"CSV UTF-8\" and try again")
	}
	in := csv.NewReader(bytes.NewReader(sheet))
	in.FieldsPerRecord = -1
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return nil, fengsui.Errorf(fengsui.Invalid, "no_header", "the sheet has no header row")
	}
	keys := make([]string, len(header))
	there := map[string]bool{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		for _, c := range columns {
			if key, ok := c.named(name); ok {
				keys[i] = key
			}
		}
		switch {
		case keys[i] == "":
			return nil, fengsui.Errorf(fengsui.Invalid, "unknown_column", "the sheet has no use for the column %q; it may have %s", name, names(columns))
		case there[keys[i]]:
			return nil, fengsui.Errorf(fengsui.Invalid, "column_twice", "the column %q stands there twice", name)
		}
		there[keys[i]] = true
	}
	for _, c := range columns {
		if c.Must && !there[c.Key] {
			return nil, fengsui.Errorf(fengsui.Invalid, "column_missing", "the column %s (%s) is missing", c.Key, c.Zh)
		}
	}
	var rows []row
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		// Rows are counted as a spreadsheet counts them: a cell with a line break
		// stays one row, empty lines are left out.
		number := len(rows) + 2
		if err != nil {
			if e, ok := errors.AsType[*csv.ParseError](err); ok {
				return nil, fengsui.Errorf(fengsui.Invalid, "bad_csv", "line %d of the sheet cannot be read: %v", e.Line, e.Err)
			}
			return nil, fmt.Errorf("read sheet: %w", err)
		}
		if len(rows) == maxRows {
			return nil, fengsui.Errorf(fengsui.Invalid, "too_many_rows", "the sheet has more than %d rows; split it", maxRows)
		}
		x := row{number, make(map[string]string, len(keys))}
		rows = append(rows, x)
		if len(cells) != len(keys) {
			rep.add(number, "", fengsui.Errorf(fengsui.Invalid, "cell_count", "the row has %d cells, the header has %d", len(cells), len(keys)))
			rows[len(rows)-1].cells = nil
			continue
		}
		for i, cell := range cells {
			x.cells[keys[i]] = strings.TrimSpace(cell)
		}
		for _, c := range columns {
			if c.Must && x.cells[c.Key] == "" {
				rep.add(number, c.Key, errEmpty)
				rows[len(rows)-1].cells = nil
			}
		}
	}
}

// named is the key of a column with a header; a column whose key ends with a colon
// may be there several times, each with a rest of its own.
func (c column) named(header string) (key string, ok bool) {
	if !strings.HasSuffix(c.Key, ":") {
		return c.Key, header == c.Zh || strings.EqualFold(header, c.Key)
	}
	for _, begin := range []string{c.Zh, c.Key} {
		if n := len(begin); len(header) > n && strings.EqualFold(header[:n], begin) {
			return c.Key + strings.ToLower(header[n:]), true
		}
	}
	return "", false
}

func names(columns []column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Key
	}
	return strings.Join(list, ", ")
}

// parser turns rows into a batch. What cannot be understood goes to the report.
type parser struct {
	data     *data
	district *fengsui.District
	rep      *Report
	bad      bool // the current row has an error
	row      row

	credit map[string]*fengsui.Enterprise
	zones  map[string]fengsui.ID
	party  map[string]fengsui.ID
	assets map[[2]string]fengsui.ID // enterprise ID and code
}

func newParser(r *Registry, rep *Report) *parser {
	d := r.District()
	p := &parser{data: r.data, district: d, rep: rep, credit: map[string]*fengsui.Enterprise{}, zones: map[string]fengsui.ID{}, party: map[string]fengsui.ID{}, assets: map[[2]string]fengsui.ID{}}
	for _, e := range d.Enterprises {
		p.credit[e.CreditCode] = e
	}
	for _, z := range d.Kind(fengsui.Zone) {
		p.zones[z.Code], p.zones[z.Name] = z.ID, z.ID
	}
	for _, x := range d.Parties {
		p.party[x.Code] = x.ID
	}
	for _, a := range d.Assets {
		p.assets[[2]string{string(a.Enterprise), a.Code}] = a.ID
	}
	return p
}

// batch reads the rows of a sheet; numbers are the rows of its items.
func (p *parser) batch(what string, rows []row) (b *Batch, numbers []int) {
	b = new(Batch)
	first := map[string]int{} // natural key -> row
	parties := map[fengsui.ID]int{}
	for _, x := range rows {
		if x.cells == nil {
			continue // reported already
		}
		p.row, p.bad = x, false
		var key string
		var add func()
		switch what {
		case "enterprises":
			e := fengsui.Enterprise{Code: p.text("code"), CreditCode: p.text("credit_code"), Name: p.text("name"), ShortName: p.text("short_name"),
				Sector: p.sector("sector"), Zone: p.find("zone", p.zones, "unknown_zone"), Address: p.text("address"), Lon: p.number("lon"), Lat: p.number("lat")}
			key, add = strings.ToUpper(e.CreditCode), func() { b.Enterprises = append(b.Enterprises, e) }
		case "assets":
			a := fengsui.Asset{Enterprise: p.enterprise(), Code: p.text("code"), Kind: p.word("kind"), Name: p.text("name"), Place: p.text("place"),
				Lon: p.number("lon"), Lat: p.number("lat"), Attrs: p.cells("attr:")}
			key, add = string(a.Enterprise)+"\x00"+a.Code, func() { b.Assets = append(b.Assets, a) }
		case "devices":
			d := fengsui.Device{Enterprise: p.enterprise(), Code: p.text("code"), Name: p.text("name"), Keys: p.keys("keys")}
			d.Asset = p.asset(d.Enterprise)
			key, add = string(d.Enterprise)+"\x00"+d.Code, func() { b.Devices = append(b.Devices, d) }
		case "points":
			x := fengsui.Point{Enterprise: p.enterprise(), Code: p.text("code"), Name: p.text("name"), Quantity: fengsui.Quantity(p.word("quantity")), Unit: p.text("unit"),
				RangeLow: p.number("range_low"), RangeHigh: p.number("range_high"), LL: p.limit("ll"), L: p.limit("l"), H: p.limit("h"), HH: p.limit("hh"),
				Every: p.span("every"), Key: p.word("key") == "yes"}
			x.Asset, x.Device = p.asset(x.Enterprise), p.device(x.Enterprise)
			key, add = string(x.Enterprise)+"\x00"+x.Code, func() { b.Points = append(b.Points, x) }
		case "fences":
			f := fengsui.Fence{Code: p.text("code"), Name: p.text("name"), Rule: fengsui.FenceRule(p.word("rule")), SpeedLimit: p.number("speed_limit"),
				Classes: p.several("classes"), Ring: p.places("ring"), Radius: p.number("radius")}
			if p.text("enterprise") != "" {
				f.Enterprise = p.enterprise()
			}
			for _, code := range p.several("assets") {
				f.Assets = append(f.Assets, p.assetBy("assets", f.Enterprise, code))
			}
			if centre := p.places("centre"); len(centre) == 1 {
				f.Centre = centre[0]
			} else if len(centre) > 1 {
				p.fail("centre", fengsui.Errorf(fengsui.Invalid, "bad_places", "a circle has one centre"))
			}
			key, add = string(f.Enterprise)+"\x00"+f.Code, func() { b.Fences = append(b.Fences, f) }
		case "contacts":
			// Rows of one party need not stand together; together they are its contacts.
			party := p.find("party", p.party, "no_party")
			c := fengsui.Contact{Name: p.text("name"), Duty: p.word("duty"), Phone: p.text("phone"), Channels: p.channels("channels")}
			if column, err := checkContact(c); err != nil {
				p.fail(column, err)
			}
			if p.bad {
				continue
			}
			i, ok := parties[party]
			if !ok {
				i = len(b.Contacts)
				parties[party] = i
				b.Contacts, numbers = append(b.Contacts, PartyContacts{Party: party}), append(numbers, x.number)
			}
			b.Contacts[i].Contacts = append(b.Contacts[i].Contacts, c)
			continue
		}
		if was, ok := first[key]; ok && !p.bad {
			p.fail("", fengsui.Errorf(fengsui.Invalid, "row_twice", "the row is about the same thing as row %d", was))
		}
		if !p.bad {
			first[key] = x.number
			add()
			numbers = append(numbers, x.number)
		}
	}
	return b, numbers
}

func (p *parser) fail(column string, err error) {
	p.bad = true
	e, ok := errors.AsType[*fengsui.Error](err)
	if !ok {
		e = fengsui.Errorf(fengsui.Invalid, "bad_cell", "%v", err)
	}
	p.rep.add(p.row.number, column, e)
}

func (p *parser) text(column string) string { return p.row.cells[column] }

// word translates a word of the sheet by the district's data; what it does not
// know is left as it is.
func (p *parser) word(column string) string {
	text := p.text(column)
	if w, ok := p.data.Words[column][strings.ToLower(text)]; ok {
		return w
	}
	if column == "key" && text != "yes" && text != "no" {
		p.fail(column, fengsui.Errorf(fengsui.Invalid, "yes_or_no", "write yes or no, not %q", text))
	}
	return text
}

func (p *parser) number(column string) float64 {
	text := p.text(column)
	if text == "" {
		return 0
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		p.fail(column, fengsui.Errorf(fengsui.Invalid, "not_a_number", "%q is not a number", text))
	}
	return v
}

func (p *parser) limit(column string) *float64 {
	if p.text(column) == "" {
		return nil
	}
	v := p.number(column)
	return &v
}

func (p *parser) span(column string) fengsui.Span {
	text := p.text(column)
	if text == "" {
		return 0
	}
	if n, err := strconv.ParseInt(text, 10, 32); err == nil {
		return fengsui.Span(n * 1000)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		p.fail(column, fengsui.Errorf(fengsui.Invalid, "not_a_time", "%q is no length of time; write 10s or 5m", text))
	}
	return fengsui.SpanOf(d)
}

func (p *parser) find(column string, in map[string]fengsui.ID, reason string) fengsui.ID {
	id, ok := in[p.text(column)]
	if !ok {
		p.fail(column, fengsui.Errorf(fengsui.Invalid, reason, "%q is not known here", p.text(column)))
	}
	return id
}

func (p *parser) sector(column string) fengsui.Sector {
	for _, s := range p.data.Sectors {
		if text := p.text(column); text == string(s.Key) || text == s.Zh {
			return s.Key
		}
	}
	p.fail(column, fengsui.Errorf(fengsui.Invalid, "unknown_sector", "there is no sector %q", p.text(column)))
	return ""
}

func (p *parser) enterprise() fengsui.ID {
	text := p.text("enterprise")
	e := p.district.EnterpriseByCode(text)
	if e == nil {
		e = p.credit[strings.ToUpper(text)]
	}
	if e == nil {
		p.fail("enterprise", fengsui.Errorf(fengsui.Invalid, "no_enterprise", "there is no enterprise with the platform code or credit code %q", text))
		return ""
	}
	return e.ID
}

func (p *parser) asset(enterprise fengsui.ID) fengsui.ID {
	code := p.text("asset")
	if code == "" || enterprise == "" {
		return ""
	}
	return p.assetBy("asset", enterprise, code)
}

func (p *parser) assetBy(column string, enterprise fengsui.ID, code string) fengsui.ID {
	id, ok := p.assets[[2]string{string(enterprise), code}]
	if !ok {
		p.fail(column, fengsui.Errorf(fengsui.Invalid, "unknown_asset", "the enterprise has no asset %q", code))
	}
	return id
}

// several reads a;b;c.
func (p *parser) several(column string) []string {
	var list []string
	for part := range strings.SplitSeq(p.text(column), ";") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// places reads 117.7 39.0;117.8 39.0: longitude and latitude in degrees of WGS-84.
func (p *parser) places(column string) [][2]float64 {
	var list [][2]float64
	for _, part := range p.several(column) {
		lon, lat, _ := strings.Cut(part, " ")
		x, err := strconv.ParseFloat(lon, 64)
		y, err2 := strconv.ParseFloat(strings.TrimSpace(lat), 64)
		if err != nil || err2 != nil || math.IsNaN(x+y) || math.IsInf(x+y, 0) {
			p.fail(column, fengsui.Errorf(fengsui.Invalid, "bad_places", "%q is no place; write longitude and latitude with a space between them, places with ; between them", part))
			return nil
		}
		list = append(list, [2]float64{x, y})
	}
	return list
}

func (p *parser) device(enterprise fengsui.ID) fengsui.ID {
	code := p.text("device")
	if code == "" || enterprise == "" {
		return ""
	}
	d := p.district.DeviceByCode(p.district.Enterprises[enterprise].Num, code)
	if d == nil {
		p.fail("device", fengsui.Errorf(fengsui.Invalid, "unknown_device", "the enterprise has no device %q", code))
		return ""
	}
	return d.ID
}

// cells are the cells of the columns that begin with a word, those that hold
// something, by the rest of their key.
func (p *parser) cells(begin string) map[string]string {
	m := map[string]string{}
	for key, cell := range p.row.cells {
		if rest, ok := strings.CutPrefix(key, begin); ok && cell != "" {
			m[rest] = cell
		}
	}
	return m
}

// keys reads push=GW-1;mqtt=4711, beside the columns key:push and key:mqtt.
func (p *parser) keys(column string) map[string]string {
	m := p.cells("key:")
	for part := range strings.SplitSeq(p.text(column), ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		protocol, key, ok := strings.Cut(part, "=")
		protocol, key = strings.TrimSpace(protocol), strings.TrimSpace(key)
		if _, twice := m[protocol]; !ok || twice || protocol == "" || key == "" {
			p.fail(column, fengsui.Errorf(fengsui.Invalid, "bad_keys", "write the keys as protocol=key, each protocol once, with ; between them"))
			return m
		}
		m[protocol] = key
	}
	return m
}

// channels reads email:a@b.cn;webhook:https://host/path.
func (p *parser) channels(column string) []fengsui.Channel {
	var list []fengsui.Channel
	for part := range strings.SplitSeq(p.text(column), ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		kind, address, ok := strings.Cut(part, ":")
		if !ok {
			p.fail(column, fengsui.Errorf(fengsui.Invalid, "bad_channel", "write the channels as email:address;webhook:address"))
			return nil
		}
		list = append(list, fengsui.Channel{Kind: strings.TrimSpace(kind), Address: strings.TrimSpace(address)})
	}
	return list
}
