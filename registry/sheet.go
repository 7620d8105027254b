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
	"fengsui/book"
)

// Sheets lists what Import takes, in the order in which one builds on the other.
var Sheets = []string{"enterprises", "assets", "devices", "points", "fences", "contacts"}

const (
	// MaxSheet is the largest sheet that Import reads, in bytes.
	MaxSheet = book.MaxFile

	maxRows = book.MaxRows
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
	rows, err := readSheet(sheet, what, columns, &rep)
	if err != nil {
		return rep, err
	}
	return r.bring(ctx, s, by, []table{{what, rows}}, rep)
}

// table is what one sheet says.
type table struct {
	what string // one of Sheets
	rows []row
}

// bring writes tables in one change, each when those that it builds on are written: a
// device finds the asset that came with it.
func (r *Registry) bring(ctx context.Context, s fengsui.Scope, by fengsui.Actor, tables []table, found Report) (Report, error) {
	return r.keep(ctx, s, by, found, func(w *writer, rep *Report) error {
		p := newParser(r, rep)
		for _, what := range Sheets {
			for _, t := range tables {
				if t.what != what {
					continue
				}
				before := *rep
				b, numbers := p.batch(t)
				err := w.batch(b, func(i int, o outcome, column string, err *fengsui.Error) {
					if err != nil {
						rep.add(what, numbers[i], column, err)
						return
					}
					rep.count(o)
					p.learn(b, what, i)
					rep.show(what, numbers[i], o, func() (name string, fields []FieldChange) { return p.spell.change(p.district, b, what, i) })
				})
				if err != nil {
					return err
				}
				rep.Rows += len(t.rows)
				rep.Sheets = append(rep.Sheets, SheetReport{what, len(t.rows), rep.Created - before.Created, rep.Changed - before.Changed, rep.Same - before.Same})
			}
		}
		return nil
	})
}

// row is one row of a sheet: its number and its cells by column key.
type row struct {
	number int
	cells  map[string]string
}

// readSheet splits a sheet into rows. Rows that do not fit the header, and empty
// cells that may not be, go to the report.
func readSheet(sheet []byte, what string, columns []column, rep *Report) ([]row, error) {
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
	keys, err := headerKeys(header, columns)
	if err != nil {
		return nil, err
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
		rows = append(rows, rowOf(what, number, cells, keys, columns, rep))
	}
}

// headerKeys are the keys of a header's columns.
func headerKeys(header []string, columns []column) ([]string, error) {
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
			return nil, fengsui.Errorf(fengsui.Invalid, "unknown_column", "the sheet has no use for the column %.60q; it may have %s", name, names(columns))
		case there[keys[i]]:
			return nil, fengsui.Errorf(fengsui.Invalid, "column_twice", "the column %.60q stands there twice", name)
		}
		there[keys[i]] = true
	}
	for _, c := range columns {
		if c.Must && !there[c.Key] {
			return nil, fengsui.Errorf(fengsui.Invalid, "column_missing", "the column %s (%s) is missing", c.Key, c.Zh)
		}
	}
	return keys, nil
}

// rowOf is a row by its columns' keys; without cells when it does not fit them, which
// goes to the report.
func rowOf(what string, number int, cells, keys []string, columns []column, rep *Report) row {
	x := row{number: number}
	if len(cells) != len(keys) {
		rep.add(what, number, "", fengsui.Errorf(fengsui.Invalid, "cell_count", "the row has %d cells, the header has %d", len(cells), len(keys)))
		return x
	}
	x.cells = make(map[string]string, len(keys))
	for i, cell := range cells {
		x.cells[keys[i]] = strings.TrimSpace(cell)
	}
	whole := true
	for _, c := range columns {
		if c.Must && x.cells[c.Key] == "" {
			rep.add(what, number, c.Key, errEmpty)
			whole = false
		}
	}
	if !whole {
		x.cells = nil
	}
	return x
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

	what   string                // the current sheet
	credit map[string]fengsui.ID // enterprises by credit code and by platform code
	zones  map[string]fengsui.ID
	party  map[string]fengsui.ID
	assets map[[2]string]fengsui.ID // enterprise ID and code
	units  map[[2]string]fengsui.ID // devices, the same
	spell  *speller
}

func newParser(r *Registry, rep *Report) *parser {
	d := r.District()
	p := &parser{data: r.data, district: d, rep: rep, credit: map[string]fengsui.ID{}, zones: map[string]fengsui.ID{}, party: map[string]fengsui.ID{}, assets: map[[2]string]fengsui.ID{}, units: map[[2]string]fengsui.ID{},
		spell: newSpeller(r.data, d)}
	for _, e := range d.Enterprises {
		p.credit[e.CreditCode], p.credit[e.Code] = e.ID, e.ID
	}
	for _, v := range d.Devices {
		p.units[[2]string{string(v.Enterprise), v.Code}] = v.ID
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

// learn takes what was written into account for the tables that build on it.
func (p *parser) learn(b *Batch, what string, i int) {
	switch what {
	case "enterprises":
		e := &b.Enterprises[i]
		p.credit[e.CreditCode], p.credit[e.Code], p.party[e.Code] = e.ID, e.ID, e.ID
		p.spell.codes[e.ID], p.spell.party[e.ID] = e.Code, e.Code
	case "assets":
		a := &b.Assets[i]
		p.assets[[2]string{string(a.Enterprise), a.Code}], p.spell.codes[a.ID] = a.ID, a.Code
		p.spell.owner[a.ID] = a.Enterprise
	case "devices":
		d := &b.Devices[i]
		p.units[[2]string{string(d.Enterprise), d.Code}], p.spell.codes[d.ID] = d.ID, d.Code
	}
}

// batch reads the rows of a sheet; numbers are the rows of its items.
func (p *parser) batch(t table) (b *Batch, numbers []int) {
	what, rows := t.what, t.rows
	p.what = what
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
				owner := f.Enterprise
				if first, rest, ok := strings.Cut(code, "/"); owner == "" && ok {
					owner, code = p.credit[first], rest
				}
				f.Assets = append(f.Assets, p.assetBy("assets", owner, code))
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
			c := fengsui.Contact{Name: p.text("name"), Duty: p.word("duty"), Phone: p.text("phone"), Channels: p.channels("channels"), Quiet: p.quiet("quiet")}
			if column, err := p.data.checkContact(c); err != nil {
				p.fail(column, err)
			}
			if p.bad {
				continue
			}
			i, ok := parties[party]
			if !ok {
				i = len(b.Contacts)
				parties[party] = i
				_, said := p.row.cells["quiet"]
				b.Contacts, numbers = append(b.Contacts, PartyContacts{Party: party, keepQuiet: !said}), append(numbers, x.number)
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
	p.rep.add(p.what, p.row.number, column, e)
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
		p.fail(column, fengsui.Errorf(fengsui.Invalid, "yes_or_no", "write yes or no, not %.60q", text))
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
		p.fail(column, fengsui.Errorf(fengsui.Invalid, "not_a_number", "%.60q is not a number", text))
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
		p.fail(column, fengsui.Errorf(fengsui.Invalid, "not_a_time", "%.60q is no length of time; write 10s or 5m", text))
	}
	return fengsui.SpanOf(d)
}

func (p *parser) find(column string, in map[string]fengsui.ID, reason string) fengsui.ID {
	id, ok := in[p.text(column)]
	if !ok {
		p.fail(column, fengsui.Errorf(fengsui.Invalid, reason, "%.60q is not known here", p.text(column)))
	}
	return id
}

func (p *parser) sector(column string) fengsui.Sector {
	for _, s := range p.data.Sectors {
		if text := p.text(column); text == string(s.Key) || text == s.Zh {
			return s.Key
		}
	}
	p.fail(column, fengsui.Errorf(fengsui.Invalid, "unknown_sector", "there is no sector %.60q", p.text(column)))
	return ""
}

func (p *parser) enterprise() fengsui.ID {
	id, ok := p.credit[strings.ToUpper(p.text("enterprise"))]
	if !ok {
		p.fail("enterprise", fengsui.Errorf(fengsui.Invalid, "no_enterprise", "there is no enterprise with the platform code or credit code %.60q", p.text("enterprise")))
	}
	return id
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
		p.fail(column, fengsui.Errorf(fengsui.Invalid, "unknown_asset", "the enterprise has no asset %.60q", code))
	}
	return id
}

// several reads a;b;c, from a cell and from those that go on with it: ring:2, ring:3.
func (p *parser) several(column string) []string {
	list := split(p.text(column))
	for n := 2; n <= moreCells; n++ {
		list = append(list, split(p.text(fmt.Sprintf("%s:%d", column, n)))...)
	}
	return list
}

// moreCells is how many cells one text may be spread over.
const moreCells = 30

// split takes a;b;c apart; a ; inside a part is written \;.
func split(text string) (list []string) {
	var part strings.Builder
	end := func() {
		if s := strings.TrimSpace(part.String()); s != "" {
			list = append(list, s)
		}
		part.Reset()
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == ';':
			i++
			part.WriteByte(';')
		case text[i] == ';':
			end()
		default:
			part.WriteByte(text[i])
		}
	}
	end()
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
			p.fail(column, fengsui.Errorf(fengsui.Invalid, "bad_places", "%.60q is no place; write longitude and latitude with a space between them, places with ; between them", part))
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
	id, ok := p.units[[2]string{string(enterprise), code}]
	if !ok {
		p.fail("device", fengsui.Errorf(fengsui.Invalid, "unknown_device", "the enterprise has no device %.60q", code))
	}
	return id
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

// channels reads email:a@b.cn;voice/red:13800001234;webhook:https://host/path: kind,
// the level from which on it is used, address.
func (p *parser) channels(column string) []fengsui.Channel {
	var list []fengsui.Channel
	for _, part := range split(p.text(column)) {
		kind, address, ok := strings.Cut(part, ":")
		if !ok {
			p.fail(column, fengsui.Errorf(fengsui.Invalid, "bad_channel", "write the channels as email:address;voice/red:number"))
			return nil
		}
		ch := fengsui.Channel{Address: strings.TrimSpace(address)}
		kind, least, limited := strings.Cut(kind, "/")
		if ch.Kind = strings.TrimSpace(kind); limited {
			if err := ch.Least.UnmarshalText([]byte(strings.TrimSpace(least))); err != nil {
				p.fail(column, fengsui.Errorf(fengsui.Invalid, "bad_channel", "%.60q is no level; write blue, yellow, orange or red after the kind", least))
				return nil
			}
		}
		list = append(list, ch)
	}
	return list
}

// quiet reads 22:00-07:00 orange: hours of each day, and the level up to which messages
// wait for their end.
func (p *parser) quiet(column string) *fengsui.Quiet {
	text := p.text(column)
	if text == "" {
		return nil
	}
	q := new(fengsui.Quiet)
	hours, level, _ := strings.Cut(text, " ")
	from, to, _ := strings.Cut(hours, "-")
	if errors.Join(q.From.UnmarshalText([]byte(from)), q.To.UnmarshalText([]byte(to)), q.Upto.UnmarshalText([]byte(strings.TrimSpace(level)))) != nil {
		p.fail(column, fengsui.Errorf(fengsui.Invalid, "bad_quiet", "%.60q are no quiet hours; write 22:00-07:00 orange", text))
		return nil
	}
	return q
}
