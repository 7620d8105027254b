package registry

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fengsui"
	"fengsui/store"
)

// Batch is what Put brings in: found by its natural key and changed, or new.
// Put fills in IDs, nums and versions.
type Batch struct {
	Enterprises []fengsui.Enterprise // by credit code; Code may be left empty
	Assets      []fengsui.Asset      // by enterprise and code
	Devices     []fengsui.Device
	Points      []fengsui.Point
	Fences      []fengsui.Fence
	Contacts    []PartyContacts
}

// PartyContacts are all contacts of a party, in the order in which they are told.
type PartyContacts struct {
	Party    fengsui.ID
	Contacts []fengsui.Contact

	keepQuiet bool // from a sheet without quiet hours: those of the same name stay
}

// Report is what Put or Import did, or would have done when it was a dry run.
// With any error nothing was changed.
type Report struct {
	Rows    int
	Created int
	Changed int
	Same    int
	Dry     bool
	Errors  []RowError
	More    int // errors beyond the first maxErrors

	Sheets      []SheetReport // of an import, in the order of Sheets
	Changes     []RowChange   // what an import made new or changed, in the order of the rows
	MoreChanges int           // beyond the first maxChanges
}

// RowError is what is wrong with one cell.
type RowError struct {
	Sheet   string // one of Sheets; empty: of a batch
	Row     int    // of a sheet: 1 is the header; of a batch: the index, from 1
	Column  string
	Reason  string
	Message string
}

// maxErrors is how many errors of a sheet are listed.
const maxErrors = 1000

func (r *Report) add(sheet string, row int, column string, err *fengsui.Error) {
	if len(r.Errors) == maxErrors {
		r.More++
		return
	}
	r.Errors = append(r.Errors, RowError{sheet, row, column, err.Reason, err.Message})
}

// outcome is what became of one item.
type outcome int

const (
	same outcome = iota
	created
	changed
)

func (r *Report) count(o outcome) {
	switch o {
	case created:
		r.Created++
	case changed:
		r.Changed++
	default:
		r.Same++
	}
}

// errStop rolls a change back: an error was found, a dry run is over, or nothing
// was to be done.
var errStop = errors.New("registry: nothing is kept")

// Put brings a batch in, all of it or nothing. What is wrong with its items
// stands in the report.
func (r *Registry) Put(ctx context.Context, s fengsui.Scope, by fengsui.Actor, b *Batch) (Report, error) {
	return r.keep(ctx, s, by, Report{}, func(w *writer, rep *Report) error {
		return w.batch(b, func(i int, o outcome, column string, err *fengsui.Error) {
			if err != nil {
				rep.add("", i+1, column, err)
			} else {
				rep.count(o)
			}
		})
	})
}

// keep writes something in one change, which is kept when there was no error, no dry
// run, and something to do. found is what was wrong or known before.
func (r *Registry) keep(ctx context.Context, s fengsui.Scope, by fengsui.Actor, found Report, write func(*writer, *Report) error) (rep Report, err error) {
	if err := s.Allow(fengsui.ActRegistry, fengsui.None); err != nil {
		return found, err
	}
	err = r.change(ctx, func(tx *store.Tx) error {
		rep = found // a change may be tried again
		rep.Errors = slices.Clip(found.Errors)
		w := &writer{r: r, tx: tx, by: by, scope: s, enterprises: map[fengsui.ID]*fengsui.Enterprise{}}
		err := write(w, &rep)
		if err == nil && (len(rep.Errors) > 0 || rep.Dry || rep.Created+rep.Changed == 0) {
			err = errStop
		}
		return err
	})
	if errors.Is(err, errStop) {
		err = nil
	}
	slices.SortStableFunc(rep.Errors, func(a, b RowError) int {
		return cmp.Or(slices.Index(Sheets, a.Sheet)-slices.Index(Sheets, b.Sheet), a.Row-b.Row)
	})
	return rep, err
}

// batch writes a batch and says of each item what became of it, or what is wrong with
// it.
func (w *writer) batch(b *Batch, say func(i int, o outcome, column string, err *fengsui.Error)) error {
	each := func(n int, put func(i int) (outcome, string, error)) error {
		for i := range n {
			o, column, err := put(i)
			e, ok := errors.AsType[*fengsui.Error](err)
			if err != nil && (!ok || e.Code == fengsui.Unavailable || errors.Is(err, store.Repeated)) {
				return err
			}
			say(i, o, column, e)
		}
		return nil
	}
	return errors.Join(
		each(len(b.Enterprises), func(i int) (outcome, string, error) { return w.enterprise(&b.Enterprises[i]) }),
		each(len(b.Assets), func(i int) (outcome, string, error) { return w.asset(&b.Assets[i]) }),
		each(len(b.Devices), func(i int) (outcome, string, error) { return w.device(&b.Devices[i]) }),
		each(len(b.Points), func(i int) (outcome, string, error) { return w.point(&b.Points[i]) }),
		each(len(b.Fences), func(i int) (outcome, string, error) { return w.fence(&b.Fences[i]) }),
		each(len(b.Contacts), func(i int) (outcome, string, error) { return w.contacts(&b.Contacts[i]) }),
	)
}

// writer writes the items of a batch in one transaction.
type writer struct {
	r           *Registry
	tx          *store.Tx
	by          fengsui.Actor
	scope       fengsui.Scope
	enterprises map[fengsui.ID]*fengsui.Enterprise // read so far
}

// record writes the journal row of a change that belongs to an enterprise.
func record(tx *store.Tx, by fengsui.Actor, e *fengsui.Enterprise, of fengsui.Ref, act, why string, before, after any) error {
	return tx.Record(fengsui.Change{Of: of, Act: act, By: by, Why: why, Before: before, After: after,
		Enterprise: e.ID, Zone: e.Zone, Sector: e.Sector})
}

func putParty(tx *store.Tx, by fengsui.Actor, was *fengsui.Party, p fengsui.Party, why string) error {
	sectors, err := json.Marshal(list(p.Sectors))
	if err != nil {
		return err
	}
	contacts, err := json.Marshal(list(p.Contacts))
	if err != nil {
		return err
	}
	act, before := "created", any(nil)
	if was != nil {
		act, before = "changed", *was
	}
	if _, err := tx.Exec(`INSERT INTO party (id, kind, code, name, name_en, parent, sectors, contacts) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, parent = excluded.parent, sectors = excluded.sectors, contacts = excluded.contacts`,
		p.ID, p.Kind, p.Code, p.Name, p.NameEn, p.Parent, string(sectors), string(contacts)); err != nil {
		return fmt.Errorf("write party %s: %w", p.Code, err)
	}
	c := fengsui.Change{Of: fengsui.Ref{Kind: "party", ID: p.ID}, Act: act, By: by, Why: why, Before: before, After: p}
	switch p.Kind {
	case fengsui.Firm:
		c.Enterprise, c.Zone = p.ID, p.Parent
	case fengsui.Zone:
		c.Zone = p.ID
	}
	return tx.Record(c)
}

// list is never null in JSON.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

var platformCode = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{2,23}$`)

func (w *writer) enterprise(e *fengsui.Enterprise) (outcome, string, error) {
	e.CreditCode = strings.ToUpper(e.CreditCode)
	if err := fengsui.CheckCreditCode(e.CreditCode); err != nil {
		return 0, "credit_code", err
	}
	for _, f := range []struct {
		column, text string
		must         bool
	}{{"name", e.Name, true}, {"short_name", e.ShortName, false}, {"address", e.Address, false}} {
		if err := checkText(f.text, f.must); err != nil {
			return 0, f.column, err
		}
	}
	if !slices.ContainsFunc(w.r.data.Sectors, func(s SectorName) bool { return s.Key == e.Sector }) {
		return 0, "sector", fengsui.Errorf(fengsui.Invalid, "unknown_sector", "there is no sector %q", e.Sector)
	}
	zone := w.r.District().Parties[e.Zone]
	if zone == nil || zone.Kind != fengsui.Zone {
		return 0, "zone", fengsui.Errorf(fengsui.Invalid, "unknown_zone", "there is no zone, street or town %q", e.Zone)
	}
	if e.Lon < -180 || e.Lon > 180 || e.Lat < -90 || e.Lat > 90 {
		return 0, "lon", fengsui.Errorf(fengsui.Invalid, "bad_place", "longitude %g and latitude %g are not a place on earth", e.Lon, e.Lat)
	}
	var was fengsui.Enterprise
	err := scanEnterprise(w.tx.QueryRow(`SELECT `+enterpriseColumns+` FROM enterprise e WHERE e.credit_code = $1`, e.CreditCode), &was)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, "", err
	}
	if err == nil {
		if e.Code != "" && e.Code != was.Code {
			return 0, "code", fengsui.Errorf(fengsui.Conflict, "code_fixed", "the enterprise has the platform code %s, which never changes", was.Code)
		}
		e.ID, e.Num, e.Code, e.Version = was.ID, was.Num, was.Code, was.Version
		if *e == was {
			return same, "", nil
		}
		e.Version++
		if _, err := w.tx.Exec(`UPDATE enterprise SET name=$1, short_name=$2, sector=$3, zone=$4, address=$5, lon=$6, lat=$7, version=$8 WHERE id=$9`,
			e.Name, e.ShortName, e.Sector, e.Zone, e.Address, e.Lon, e.Lat, e.Version, e.ID); err != nil {
			return 0, "", err
		}
		if err := record(w.tx, w.by, e, fengsui.Ref{Kind: "enterprise", ID: e.ID}, "changed", "", was, e); err != nil {
			return 0, "", err
		}
		if was.Name != e.Name || was.Zone != e.Zone {
			var p fengsui.Party
			if err := scanParty(w.tx.QueryRow(`SELECT `+partyColumns+` FROM party WHERE id = $1`, e.ID), &p); err != nil {
				return 0, "", err
			}
			old := p
			p.Name, p.Parent = e.Name, e.Zone
			err = putParty(w.tx, w.by, &old, p, "")
		}
		return changed, "", err
	}

	e.ID, e.Version = fengsui.NewID(), 1
	if e.Num, err = w.tx.Next("enterprise"); err != nil {
		return 0, "", err
	}
	if e.Code == "" {
		e.Code = fmt.Sprintf("BH%06d", e.Num)
	}
	if !platformCode.MatchString(e.Code) {
		return 0, "code", fengsui.Errorf(fengsui.Invalid, "bad_code", "the platform code %q must have 3 to 24 of A-Z, 0-9 and -", e.Code)
	}
	var taken int
	if err := w.tx.QueryRow(`SELECT COUNT(*) FROM enterprise WHERE code = $1`, e.Code).Scan(&taken); err != nil {
		return 0, "", err
	}
	if taken > 0 {
		return 0, "code", fengsui.Errorf(fengsui.Conflict, "code_taken", "another enterprise has the platform code %s", e.Code)
	}
	if _, err := w.tx.Exec(`INSERT INTO enterprise (id, num, code, credit_code, name, short_name, sector, zone, address, lon, lat, version) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
		e.ID, e.Num, e.Code, e.CreditCode, e.Name, e.ShortName, e.Sector, e.Zone, e.Address, e.Lon, e.Lat, e.Version); err != nil {
		return 0, "", err
	}
	if err := record(w.tx, w.by, e, fengsui.Ref{Kind: "enterprise", ID: e.ID}, "created", "", nil, e); err != nil {
		return 0, "", err
	}
	return created, "", putParty(w.tx, w.by, nil, fengsui.Party{ID: e.ID, Kind: fengsui.Firm, Code: e.Code, Name: e.Name, Parent: e.Zone}, "")
}

// of finds the enterprise that something belongs to.
func (w *writer) of(id fengsui.ID) (*fengsui.Enterprise, error) {
	if e := w.enterprises[id]; e != nil {
		return e, nil
	}
	e, err := enterpriseOf(w.tx, w.scope, id)
	if err != nil {
		return nil, err
	}
	w.enterprises[id] = &e
	return &e, nil
}

func (w *writer) asset(a *fengsui.Asset) (outcome, string, error) {
	e, err := w.of(a.Enterprise)
	if err != nil {
		return 0, "enterprise", err
	}
	if err := checkCode(a.Code); err != nil {
		return 0, "code", err
	}
	if err := checkText(a.Name, true); err != nil {
		return 0, "name", err
	}
	if err := checkText(a.Kind, true); err != nil {
		return 0, "kind", err
	}
	if err := checkText(a.Place, false); err != nil {
		return 0, "place", err
	}
	if a.Lon < -180 || a.Lon > 180 || a.Lat < -90 || a.Lat > 90 {
		return 0, "lon", fengsui.Errorf(fengsui.Invalid, "bad_place", "longitude %g and latitude %g are not a place on earth", a.Lon, a.Lat)
	}
	if column, err := w.r.data.checkAttrs(a); err != nil {
		return 0, column, err
	}
	attrs, err := json.Marshal(a.Attrs)
	if err != nil {
		return 0, "", err
	}
	var was fengsui.Asset
	err = scanAsset(w.tx.QueryRow(`SELECT `+assetColumns+` FROM asset a WHERE a.enterprise = $1 AND a.code = $2`, a.Enterprise, a.Code), &was)
	switch {
	case err == nil:
		a.ID = was.ID
		if a.Same(&was) {
			return same, "", nil
		}
		if _, err := w.tx.Exec(`UPDATE asset SET kind=$1, name=$2, place=$3, lon=$4, lat=$5, attrs=$6 WHERE id=$7`, a.Kind, a.Name, a.Place, a.Lon, a.Lat, string(attrs), a.ID); err != nil {
			return 0, "", err
		}
		return changed, "", record(w.tx, w.by, e, fengsui.Ref{Kind: "asset", ID: a.ID}, "changed", "", was, a)
	case !errors.Is(err, sql.ErrNoRows):
		return 0, "", err
	}
	a.ID = fengsui.NewID()
	if _, err := w.tx.Exec(`INSERT INTO asset (id, enterprise, code, kind, name, place, lon, lat, attrs) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		a.ID, a.Enterprise, a.Code, a.Kind, a.Name, a.Place, a.Lon, a.Lat, string(attrs)); err != nil {
		return 0, "", err
	}
	return created, "", record(w.tx, w.by, e, fengsui.Ref{Kind: "asset", ID: a.ID}, "created", "", nil, a)
}

// checkAttrs says what is wrong with an asset's attributes, and puts the words that
// are kept in the place of those that people write.
func (d *data) checkAttrs(a *fengsui.Asset) (column string, err error) {
	list, attrs := d.Attrs[a.Kind], make(map[string]string, len(a.Attrs))
	for key, text := range a.Attrs {
		column := "attr:" + key
		i := slices.IndexFunc(list, func(x attribute) bool { return x.Key == key })
		if i < 0 {
			return column, fengsui.Errorf(fengsui.Invalid, "unknown_attr", "an asset of the kind %s has no %q; it may have %s", a.Kind, key, attrNames(list))
		}
		x := list[i]
		if err := checkText(text, false); err != nil {
			return column, err
		}
		if w, ok := x.Words[text]; ok {
			text = w
		}
		words := slices.Compact(slices.Sorted(maps.Values(x.Words)))
		if len(words) > 0 && text != "" && !slices.Contains(words, text) {
			return column, fengsui.Errorf(fengsui.Invalid, "unknown_word", "there is no %s %q; use one of %s", key, text, strings.Join(words, ", "))
		}
		if v, err := strconv.ParseFloat(text, 64); x.Number && text != "" && (err != nil || !(v > 0 && v < 1e9)) {
			return column, fengsui.Errorf(fengsui.Invalid, "not_a_number", "%s must be a number above 0, not %q", key, text)
		}
		if text != "" {
			attrs[key] = text
		}
	}
	for _, x := range list {
		if x.Must && attrs[x.Key] == "" {
			return "attr:" + x.Key, fengsui.Errorf(fengsui.Invalid, "empty", "an asset of the kind %s needs its %s", a.Kind, x.Key)
		}
	}
	a.Attrs = attrs
	return "", nil
}

func attrNames(list []attribute) string {
	if len(list) == 0 {
		return "none"
	}
	columns := make([]column, len(list))
	for i, x := range list {
		columns[i] = x.column
	}
	return names(columns)
}

func (w *writer) device(d *fengsui.Device) (outcome, string, error) {
	e, err := w.of(d.Enterprise)
	if err != nil {
		return 0, "enterprise", err
	}
	if err := checkCode(d.Code); err != nil {
		return 0, "code", err
	}
	if err := checkText(d.Name, true); err != nil {
		return 0, "name", err
	}
	if err := w.has(d.Enterprise, "asset", d.Asset); err != nil {
		return 0, "asset", err
	}
	for protocol, key := range d.Keys {
		if checkCode(protocol) != nil || checkCode(key) != nil {
			return 0, "keys", fengsui.Errorf(fengsui.Invalid, "bad_keys", "write the keys as protocol=key, several with ; between them")
		}
	}
	if d.Keys == nil {
		d.Keys = map[string]string{}
	}
	keys, err := json.Marshal(d.Keys)
	if err != nil {
		return 0, "", err
	}
	var was fengsui.Device
	err = scanDevice(w.tx.QueryRow(`SELECT `+deviceColumns+` FROM device d WHERE d.enterprise = $1 AND d.code = $2`, d.Enterprise, d.Code), &was)
	switch {
	case err == nil:
		d.ID, d.Num = was.ID, was.Num
		if d.Same(&was) {
			return same, "", nil
		}
		if column, err := w.hold(d); err != nil {
			return 0, column, err
		}
		if _, err := w.tx.Exec(`UPDATE device SET name=$1, asset=$2, keys=$3 WHERE id=$4`, d.Name, d.Asset, string(keys), d.ID); err != nil {
			return 0, "", err
		}
		return changed, "", record(w.tx, w.by, e, fengsui.Ref{Kind: "device", ID: d.ID}, "changed", "", was, d)
	case !errors.Is(err, sql.ErrNoRows):
		return 0, "", err
	}
	d.ID = fengsui.NewID()
	if column, err := w.hold(d); err != nil {
		return 0, column, err
	}
	if d.Num, err = w.tx.Next("device"); err != nil {
		return 0, "", err
	}
	if _, err := w.tx.Exec(`INSERT INTO device (id, num, enterprise, code, name, asset, keys) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
		d.ID, d.Num, d.Enterprise, d.Code, d.Name, d.Asset, string(keys)); err != nil {
		return 0, "", err
	}
	return created, "", record(w.tx, w.by, e, fengsui.Ref{Kind: "device", ID: d.ID}, "created", "", nil, d)
}

// hold gives a device its keys, and lets go of those that it had. A key belongs to
// one device: the refusal names the holder to whoever may see it.
func (w *writer) hold(d *fengsui.Device) (column string, err error) {
	if _, err := w.tx.Exec(`DELETE FROM device_key WHERE device = $1`, d.ID); err != nil {
		return "", err
	}
	for _, protocol := range slices.Sorted(maps.Keys(d.Keys)) {
		key := d.Keys[protocol]
		n, err := w.tx.Exec(`INSERT INTO device_key (protocol, key, device) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING`, protocol, key, d.ID)
		if err != nil {
			return "", err
		}
		if n > 0 {
			continue
		}
		var code, name string
		where, args := store.Scoped(w.scope, joined, []any{protocol, key})
		err = w.tx.QueryRow(`SELECT d.code, e.name FROM device_key k JOIN device d ON d.id = k.device JOIN enterprise e ON e.id = d.enterprise
			WHERE k.protocol = $1 AND k.key = $2`+where, args...).Scan(&code, &name)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return "keys", fengsui.Errorf(fengsui.Conflict, "key_taken", "another enterprise's device has the key %s=%s; ask the platform's administrator", protocol, key)
		case err != nil:
			return "", err
		}
		return "keys", fengsui.Errorf(fengsui.Conflict, "key_taken", "the device %s of %s has the key %s=%s; take it away there first", code, name, protocol, key)
	}
	return "", nil
}

// has refuses an asset or device that the enterprise does not have.
func (w *writer) has(enterprise fengsui.ID, table string, id fengsui.ID) error {
	if id == "" {
		return nil
	}
	var n int
	if err := w.tx.QueryRow(`SELECT COUNT(*) FROM `+table+` WHERE id = $1 AND enterprise = $2`, id, enterprise).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return fengsui.Errorf(fengsui.Invalid, "unknown_"+table, "the enterprise has no such %s", table)
	}
	return nil
}

// Rates (H17): a key parameter at least every 5 min; nothing less often than once
// a day.
const (
	keyRate  = fengsui.Span(5 * 60 * 1000)
	slowRate = fengsui.Span(24 * 3600 * 1000)
)

func (w *writer) point(p *fengsui.Point) (outcome, string, error) {
	e, err := w.of(p.Enterprise)
	if err != nil {
		return 0, "enterprise", err
	}
	if column, err := w.checkPoint(p); err != nil {
		return 0, column, err
	}
	var was fengsui.Point
	err = scanPoint(w.tx.QueryRow(`SELECT `+pointColumns+` FROM point p WHERE p.enterprise = $1 AND p.code = $2 AND p.retired_at = 0`, p.Enterprise, p.Code), &was)
	switch {
	case err == nil && was.Quantity == p.Quantity && was.Unit == p.Unit && was.Asset == p.Asset:
		p.ID, p.Num, p.Version = was.ID, was.Num, was.Version
		if equal(*p, was) {
			return same, "", nil
		}
		p.Version++
		if _, err := w.tx.Exec(`UPDATE point SET device=$1, name=$2, range_low=$3, range_high=$4, ll=$5, l=$6, h=$7, hh=$8, every=$9, key=$10, version=$11 WHERE id=$12`,
			p.Device, p.Name, p.RangeLow, p.RangeHigh, p.LL, p.L, p.H, p.HH, p.Every, flag(p.Key), p.Version, p.ID); err != nil {
			return 0, "", err
		}
		return changed, "", record(w.tx, w.by, e, fengsui.Ref{Kind: "point", ID: p.ID}, "changed", "", was, p)
	case err == nil:
		// The code stands for something else now: what was measured under it stays
		// with the old num.
		if _, err := w.tx.Exec(`UPDATE point SET retired_at=$1, version=version+1 WHERE id=$2`, fengsui.At(time.Now()), was.ID); err != nil {
			return 0, "", err
		}
		if err := record(w.tx, w.by, e, fengsui.Ref{Kind: "point", ID: was.ID}, "retired", "its code "+was.Code+" was given to another point", was, nil); err != nil {
			return 0, "", err
		}
		_, column, err := w.newPoint(e, p)
		return changed, column, err
	case !errors.Is(err, sql.ErrNoRows):
		return 0, "", err
	}
	return w.newPoint(e, p)
}

func (w *writer) newPoint(e *fengsui.Enterprise, p *fengsui.Point) (_ outcome, _ string, err error) {
	p.ID, p.Version = fengsui.NewID(), 1
	if p.Num, err = w.tx.Next("point"); err != nil {
		return 0, "", err
	}
	if _, err := w.tx.Exec(`INSERT INTO point (id, num, enterprise, asset, device, code, name, quantity, unit, range_low, range_high, ll, l, h, hh, every, key, retired_at, version)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,0,$18)`,
		p.ID, p.Num, p.Enterprise, p.Asset, p.Device, p.Code, p.Name, p.Quantity, p.Unit, p.RangeLow, p.RangeHigh, p.LL, p.L, p.H, p.HH, p.Every, flag(p.Key), p.Version); err != nil {
		return 0, "", err
	}
	return created, "", record(w.tx, w.by, e, fengsui.Ref{Kind: "point", ID: p.ID}, "created", "", nil, p)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (w *writer) checkPoint(p *fengsui.Point) (column string, err error) {
	if err := checkCode(p.Code); err != nil {
		return "code", err
	}
	if err := checkText(p.Name, true); err != nil {
		return "name", err
	}
	if err := checkText(p.Unit, true); err != nil {
		return "unit", err
	}
	switch p.Quantity {
	case fengsui.Temperature, fengsui.Pressure, fengsui.LevelOf, fengsui.Combustible, fengsui.Toxic, fengsui.Oxygen, fengsui.Flow, fengsui.Other, fengsui.State:
	default:
		return "quantity", fengsui.Errorf(fengsui.Invalid, "unknown_quantity", "there is no quantity %q; use temperature, pressure, level, combustible, toxic, oxygen, flow or other", p.Quantity)
	}
	if err := p.Check(); err != nil {
		e, _ := errors.AsType[*fengsui.Error](err)
		if e != nil && e.Reason == "point_range" {
			return "range_low", err
		}
		return "limits", err
	}
	if p.Every == 0 {
		p.Every = keyRate
	}
	switch {
	case p.Every < 1000 || p.Every > slowRate:
		return "every", fengsui.Errorf(fengsui.Invalid, "point_rate", "the rate of %s must lie between 1 s and 24 h", p.Code)
	case p.Key && p.Every > keyRate:
		return "every", fengsui.Errorf(fengsui.Invalid, "key_rate", "%s is a key parameter: it must come at least every 5 min", p.Code)
	}
	if err := w.has(p.Enterprise, "asset", p.Asset); err != nil {
		return "asset", err
	}
	if err := w.has(p.Enterprise, "device", p.Device); err != nil {
		return "device", err
	}
	return "", nil
}

// maxContacts is how many contacts a party may have.
const maxContacts = 50

var (
	dutyWord = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)
	phone    = regexp.MustCompile(`^[+0-9][0-9 ()-]{4,24}$`)
)

func (w *writer) contacts(c *PartyContacts) (outcome, string, error) {
	var p fengsui.Party
	err := scanParty(w.tx.QueryRow(`SELECT `+partyColumns+` FROM party WHERE id = $1`, c.Party), &p)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "party", fengsui.Errorf(fengsui.NotFound, "no_party", "there is no such party")
	}
	if err != nil {
		return 0, "", err
	}
	if len(c.Contacts) > maxContacts {
		return 0, "party", fengsui.Errorf(fengsui.Invalid, "contacts_many", "%s has %d contacts; at most %d are kept", p.Name, len(c.Contacts), maxContacts)
	}
	for _, x := range c.Contacts {
		if column, err := w.r.data.checkContact(x); err != nil {
			return 0, column, err
		}
	}
	for i := range c.Contacts {
		for _, was := range p.Contacts {
			if x := &c.Contacts[i]; c.keepQuiet && x.Quiet == nil && was.Name == x.Name {
				x.Quiet = was.Quiet
			}
		}
	}
	if equal(list(p.Contacts), list(c.Contacts)) {
		return same, "", nil
	}
	was := p
	p.Contacts = c.Contacts
	if err := touch(w.tx, p.ID); err != nil {
		return 0, "", err
	}
	return changed, "", putParty(w.tx, w.by, &was, p, "")
}

func (d *data) checkContact(c fengsui.Contact) (column string, err error) {
	if err := checkText(c.Name, true); err != nil {
		return "name", err
	}
	if !dutyWord.MatchString(c.Duty) {
		return "duty", fengsui.Errorf(fengsui.Invalid, "bad_duty", "%q is no duty; use a word like principal, safety_head, duty_desk or contact", c.Duty)
	}
	if c.Phone != "" && !phone.MatchString(c.Phone) {
		return "phone", fengsui.Errorf(fengsui.Invalid, "bad_phone", "%q is no telephone number", c.Phone)
	}
	for _, ch := range c.Channels {
		if err := d.checkChannel(ch); err != nil {
			return "channels", err
		}
	}
	return "quiet", c.Quiet.Check()
}

// equal compares two values as the journal would show them.
func equal(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// checkText refuses what no name or address holds.
func checkText(s string, must bool) error {
	switch {
	case must && s == "":
		return errEmpty
	case len(s) > 300:
		return fengsui.Errorf(fengsui.Invalid, "too_long", "at most 300 bytes are kept, this has %d", len(s))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return fengsui.Errorf(fengsui.Invalid, "bad_text", "the text holds characters that cannot be shown")
	}
	return nil
}

var errEmpty = fengsui.Errorf(fengsui.Invalid, "empty", "this may not be empty")

// checkCode refuses what no code of a point or device holds.
func checkCode(s string) error {
	if s == "" {
		return errEmpty
	}
	if len(s) > 64 || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return fengsui.Errorf(fengsui.Invalid, "bad_code", "a code has at most 64 bytes and no spaces")
	}
	return nil
}
