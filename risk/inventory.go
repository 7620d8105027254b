package risk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/store"
)

const (
	// MaxText is the longest text of a model, in bytes.
	MaxText = 32 << 10

	maxVersions = 20  // of a model that are shown
	maxHistory  = 200 // acts of a model that are shown
)

// modelID is what a model may be called: it stands in addresses and in the history.
var modelID = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// InventoryConfig plugs the inventory into the platform. Shipped, DB, Log and
// District must be set.
type InventoryConfig struct {
	DB       *store.DB
	Shipped  []string // the texts of the models that this program comes with
	Sectors  []fengsui.Sector
	Log      Past
	District func() *fengsui.District

	Busy      func() bool  // while it is true a replay rests
	ReplayAge fengsui.Span // how old a replay may be at a release [7 days]
	Longest   fengsui.Span // of the time that a replay looks at [366 days]
	Logger    *slog.Logger
}

// Inventory (模型库) is every version of every model: written by one person, tried
// over history, released by another (A18), and the grading standards that they
// implement (A35). Every act is in the journal. What is released is in force at
// once: Set is what the evaluator asks.
type Inventory struct {
	c        InventoryConfig
	set      atomic.Pointer[ModelSet]
	load     sync.Mutex // one load at a time, so that an older never replaces a newer
	opened   int64      // the journal's position before the first load
	unread   []string   // guarded by load: live models whose text this program cannot read
	requests chan *request

	mu  sync.Mutex
	now *request // guarded by mu: the replay that waits, runs or ran last
}

// ModelSet is the models in force, as one immutable snapshot. Number rises with
// every release and retirement.
type ModelSet struct {
	Number int64
	Models []Model                         // by ID
	Signed map[string]fengsui.ModelVersion // by ID: who wrote and who released it
}

// Texts are the texts of the models in <sector>/*.yaml of fsys, as Load reads them.
func Texts(fsys fs.FS) ([]string, error) {
	if _, err := Load(fsys); err != nil {
		return nil, err
	}
	names, err := fs.Glob(fsys, "*/*.yaml")
	if err != nil {
		return nil, err
	}
	var list []string
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		list = append(list, string(b))
	}
	return list, nil
}

// Shipped are the texts of the library.
func Shipped() ([]string, error) {
	sub, err := fs.Sub(library, "library")
	if err != nil {
		return nil, err
	}
	return Texts(sub)
}

// OpenInventory takes over what the program is shipped with and reads what is in
// force. A model whose text cannot be read any more is left out and named by Ready.
func OpenInventory(ctx context.Context, c InventoryConfig) (*Inventory, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.ReplayAge == 0 {
		c.ReplayAge = fengsui.SpanOf(7 * 24 * time.Hour)
	}
	if c.Longest == 0 {
		c.Longest = fengsui.SpanOf(366 * 24 * time.Hour)
	}
	i := &Inventory{c: c, requests: make(chan *request, 1)}
	i.opened = c.DB.Head()
	if err := i.ship(ctx); err != nil {
		return nil, fmt.Errorf("take over the shipped models: %w", err)
	}
	return i, i.refresh(ctx)
}

// Set is the models in force.
func (i *Inventory) Set() *ModelSet { return i.set.Load() }

// Ready says whether every live model can be read.
func (i *Inventory) Ready() error {
	i.load.Lock()
	defer i.load.Unlock()
	if len(i.unread) > 0 {
		return fmt.Errorf("these live models cannot be read by this program and do not judge: %s", strings.Join(i.unread, ", "))
	}
	return nil
}

const (
	modelColumns = `id, version, revision, state, sector, kind, title_zh, title_en, grading, hash, author, author_name, author_role, authored_at, approver, approver_name, approver_role, approved_at, why`

	sqlLive        = `SELECT ` + modelColumns + `, yaml, set_number FROM risk_model WHERE state = 'live' ORDER BY id`
	sqlSetNumber   = `SELECT COALESCE(MAX(set_number), 0) FROM risk_model`
	sqlVersions    = `SELECT ` + modelColumns + `, yaml, hands FROM risk_model WHERE id = $1 ORDER BY version DESC`
	sqlInsertModel = `INSERT INTO risk_model (id, version, revision, state, sector, kind, title_zh, title_en, grading, yaml, hash,
		author, author_name, author_role, authored_at, hands, approver, approver_name, approver_role, approved_at, why, set_number)
		VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`
	sqlRewriteModel = `UPDATE risk_model SET revision = revision + 1, state = 'draft', sector = $1, kind = $2, title_zh = $3, title_en = $4, grading = $5, yaml = $6, hash = $7,
		author = $8, author_name = $9, author_role = $10, authored_at = $11, hands = $12, why = $13 WHERE id = $14 AND version = $15 AND revision = $16`
	sqlMoveModel = `UPDATE risk_model SET revision = revision + 1, state = $1, hands = $2, approver = $3, approver_name = $4, approver_role = $5, approved_at = $6, why = $7, set_number = $8
		WHERE id = $9 AND version = $10 AND revision = $11`
)

// entry is a row of risk_model.
type entry struct {
	fengsui.ModelVersion
	hands []fengsui.ID
	set   int64
}

func (e *entry) signature() fengsui.Signature {
	if e.Approver == nil {
		return fengsui.Signature{}
	}
	return *e.Approver
}

// scan reads modelColumns and what follows them.
func (e *entry) scan(row interface{ Scan(...any) error }, more ...any) error {
	var a fengsui.Signature
	err := row.Scan(append([]any{&e.Model, &e.Version, &e.Revision, &e.State, &e.Sector, &e.Kind, &e.Title.Zh, &e.Title.En, &e.Grading, &e.Hash,
		&e.Author.User, &e.Author.Name, &e.Author.Role, &e.Author.At, &a.User, &a.Name, &a.Role, &a.At, &e.Why}, more...)...)
	if a.At != 0 {
		e.Approver = &a
	}
	return err
}

// versions are all versions of a model, newest first.
func versions(tx *store.Tx, id string) (list []entry, err error) {
	rows, err := tx.Query(sqlVersions, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e entry
		var hands string
		if err := e.scan(rows, &e.Text, &hands); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(hands), &e.hands); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

// in finds the version that is in one of the states; at most one is.
func in(list []entry, states ...fengsui.ModelState) *entry {
	if k := slices.IndexFunc(list, func(e entry) bool { return slices.Contains(states, e.State) }); k >= 0 {
		return &list[k]
	}
	return nil
}

// next is the number of the next version.
func next(list []entry) int {
	if len(list) == 0 {
		return 1
	}
	return list[0].Version + 1
}

// refresh reads the models in force.
func (i *Inventory) refresh(ctx context.Context) error {
	i.load.Lock()
	defer i.load.Unlock()
	set := &ModelSet{Signed: map[string]fengsui.ModelVersion{}}
	var unread []string
	err := i.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(sqlSetNumber).Scan(&set.Number); err != nil {
			return err
		}
		rows, err := tx.Query(sqlLive)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e entry
			if err := e.scan(rows, &e.Text, &e.set); err != nil {
				return err
			}
			m, err := Parse([]byte(e.Text))
			if err != nil {
				i.c.Logger.Error("live model cannot be read and does not judge", "model", e.Model, "err", err)
				unread = append(unread, e.Model)
				continue
			}
			set.Models = append(set.Models, m)
			e.Text = ""
			set.Signed[e.Model] = e.ModelVersion
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("read the models in force: %w", err)
	}
	i.unread = unread
	i.set.Store(set)
	return nil
}

// change runs fn as one change and takes it over at once, so that whoever made it
// sees it.
func (i *Inventory) change(ctx context.Context, fn func(*store.Tx) error) error {
	if err := i.c.DB.Change(ctx, fn); err != nil {
		return err
	}
	return i.refresh(context.WithoutCancel(ctx))
}

// record writes the journal row of an act on a version.
func record(tx *store.Tx, by fengsui.Actor, act string, e *entry) error {
	return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "model", ID: fengsui.ID(e.Model)}, Act: act, By: by, Why: e.Why, Sector: e.Sector, After: versioned{e.Version, e.State, e.Hash}})
}

// versioned is what the journal says of a model.
type versioned struct {
	Version int                `json:"version"`
	State   fengsui.ModelState `json:"state"`
	Hash    string             `json:"hash"`
}

// newEntry is what a text says of itself.
func newEntry(m *Model, text string) entry {
	sum := sha256.Sum256([]byte(text))
	var e entry
	e.Model, e.Version, e.Sector, e.Kind, e.Grading = m.ID, m.Version, m.Sector, string(m.Kind), m.Grading
	e.Title = fengsui.Bilingual{Zh: m.Text["zh"].Title, En: m.Text["en"].Title}
	e.Text, e.Hash = text, hex.EncodeToString(sum[:])
	return e
}

func insert(tx *store.Tx, e *entry) error {
	hands, err := json.Marshal(e.hands)
	if err != nil {
		return err
	}
	e.Revision = 1
	a := e.signature()
	_, err = tx.Exec(sqlInsertModel, e.Model, e.Version, e.State, e.Sector, e.Kind, e.Title.Zh, e.Title.En, e.Grading, e.Text, e.Hash,
		e.Author.User, e.Author.Name, e.Author.Role, e.Author.At, string(hands), a.User, a.Name, a.Role, a.At, e.Why, e.set)
	return err
}

// move writes a version's new state, and who brought it there.
func move(tx *store.Tx, e *entry) error {
	hands, err := json.Marshal(e.hands)
	if err != nil {
		return err
	}
	a := e.signature()
	n, err := tx.Exec(sqlMoveModel, e.State, string(hands), a.User, a.Name, a.Role, a.At, e.Why, e.set, e.Model, e.Version, e.Revision)
	if err == nil && n == 0 {
		return errChanged
	}
	return err
}

// ship takes over what the program comes with, live and by the platform: what is
// new, and a newer version of what nobody changed. A model that it comes with no
// more is retired unless a person changed it.
func (i *Inventory) ship(ctx context.Context) error {
	shipped := map[string]entry{}
	for _, text := range i.c.Shipped {
		m, err := i.read(text)
		if err != nil {
			return err
		}
		e := newEntry(&m, text)
		if _, ok := shipped[m.ID]; ok {
			return fengsui.Errorf(fengsui.Invalid, "model_twice", "two models are called %q: give one of them another id", m.ID)
		}
		shipped[m.ID] = e
	}
	known := map[string][]entry{}
	err := i.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT DISTINCT id FROM risk_model`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			known[id] = nil
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for id := range known {
			if known[id], err = versions(tx, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	by := fengsui.Platform("risk")
	at := fengsui.At(time.Now())
	var come, leave []entry
	for id, e := range shipped {
		list := known[id]
		live := in(list, fengsui.ModelLive)
		e.State, e.Author, e.Why = fengsui.ModelLive, fengsui.Signature{Name: by.Name, At: at}, "shipped with the program"
		e.Approver = &e.Author
		switch {
		case len(list) == 0:
			come = append(come, e)
		case live == nil || live.Author.User != "" || in(list, fengsui.ModelDraft, fengsui.ModelSubmitted) != nil && live.Version < e.Version:
			if list[0].Version < e.Version {
				i.c.Logger.Warn("people changed this model: the newer version that the program comes with is not taken over", "model", id, "version", e.Version)
			}
		case live.Version == e.Version && live.Hash != e.Hash:
			i.c.Logger.Error("the program comes with another text of this model under the same version: the one in force stays", "model", id, "version", e.Version)
		case list[0].Version < e.Version:
			old := *live
			old.State, old.Why = fengsui.ModelRetired, fmt.Sprintf("version %d came with the program", e.Version)
			come, leave = append(come, e), append(leave, old)
		case live.Version < e.Version:
			i.c.Logger.Warn("the number of the version that the program comes with is taken: it is not taken over", "model", id, "version", e.Version)
		}
	}
	for id, list := range known {
		live := in(list, fengsui.ModelLive)
		if _, ok := shipped[id]; !ok && live != nil && live.Author.User == "" {
			old := *live
			old.State, old.Why = fengsui.ModelRetired, "the program comes with it no more"
			leave = append(leave, old)
		}
	}
	if len(come)+len(leave) == 0 {
		return nil
	}
	byID := func(a, b entry) int { return strings.Compare(a.Model, b.Model) }
	slices.SortFunc(come, byID)
	slices.SortFunc(leave, byID)
	return i.c.DB.Change(ctx, func(tx *store.Tx) error {
		number, err := tx.Next("risk_model_set")
		if err != nil {
			return err
		}
		for k := range leave {
			leave[k].set = number
			if err := errors.Join(move(tx, &leave[k]), record(tx, by, "retired", &leave[k])); err != nil {
				return err
			}
		}
		for k := range come {
			come[k].set = number
			if err := errors.Join(insert(tx, &come[k]), record(tx, by, "released", &come[k])); err != nil {
				return err
			}
		}
		return nil
	})
}

// read reads a text as a model that may be kept.
func (i *Inventory) read(text string) (Model, error) {
	bad := func(format string, args ...any) error {
		return fengsui.Errorf(fengsui.Invalid, "model_invalid", format, args...)
	}
	if len(text) > MaxText {
		return Model{}, bad("the model has %d bytes: at most %d are kept", len(text), MaxText)
	}
	m, err := Parse([]byte(text))
	if err != nil {
		return m, err
	}
	d := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	var first, second yaml.Node
	switch {
	case d.Decode(&first) != nil || d.Decode(&second) != io.EOF:
		return m, bad("the text holds more than one model: write one")
	case !modelID.MatchString(m.ID):
		return m, bad("the model's id is %q: write a small letter, then small letters, digits and _, at most 64", m.ID)
	case m.Sector != "" && len(i.c.Sectors) > 0 && !slices.Contains(i.c.Sectors, m.Sector):
		return m, bad("there is no sector %q; leave it out for a model of every sector", m.Sector)
	}
	return m, nil
}

var modelScope = store.Columns{Sector: "sector"}

// visible is the condition of what may be read: what lies in the scope, and the
// models of every sector that judge or judged.
func visible(s fengsui.Scope, args []any) (string, []any) {
	cond, args := store.Scoped(s, modelScope, args)
	if cond == "" {
		return "", args
	}
	return " AND ((1=1" + cond + ") OR (sector = '' AND state NOT IN ('draft', 'submitted', 'refused')))", args
}

// reaches reports whether a scope holds the models of a sector; those of every
// sector belong to whoever sees the whole district.
func reaches(s fengsui.Scope, sector fengsui.Sector) bool {
	return s.Sees("", "", sector, fengsui.None)
}

// Models lists versions of models, by model and newest version first, without
// their texts.
func (i *Inventory) Models(ctx context.Context, s fengsui.Scope, f fengsui.ModelFilter, p fengsui.Page) (list []fengsui.ModelVersion, total int, err error) {
	if err := s.Allow(fengsui.ActModels, fengsui.None); err != nil {
		return nil, 0, err
	}
	where, args := visible(s, nil)
	for _, x := range []struct{ column, value string }{{"state", string(f.State)}, {"sector", string(f.Sector)}, {"id", f.Model}} {
		if x.value != "" {
			args = append(args, x.value)
			where += fmt.Sprintf(" AND %s = $%d", x.column, len(args))
		}
	}
	err = i.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM risk_model WHERE 1=1`+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT `+modelColumns+` FROM risk_model WHERE 1=1`+where+fmt.Sprintf(` ORDER BY id, version DESC LIMIT %d OFFSET %d`, limited(p), p.Offset), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e entry
			if err := e.scan(rows); err != nil {
				return err
			}
			list = append(list, e.ModelVersion)
		}
		return rows.Err()
	})
	return list, total, err
}

// limited bounds a page.
func limited(p fengsui.Page) int {
	if p.Limit <= 0 || p.Limit > 500 {
		return 500
	}
	return p.Limit
}

var errNoModel = fengsui.Errorf(fengsui.NotFound, "no_model", "there is no such model, or it is not yours to see")

// Model is a model with its versions and what was done with it.
func (i *Inventory) Model(ctx context.Context, s fengsui.Scope, id string) (d fengsui.ModelDetail, err error) {
	if err := s.Allow(fengsui.ActModels, fengsui.None); err != nil {
		return d, err
	}
	d = fengsui.ModelDetail{Model: id, Versions: []fengsui.ModelVersion{}, History: []fengsui.ModelAct{}}
	err = i.c.DB.View(ctx, func(tx *store.Tx) error {
		all, err := versions(tx, id)
		if err != nil {
			return err
		}
		d.Next = next(all)
		for _, e := range all {
			if len(d.Versions) < maxVersions && sees(s, &e) {
				d.Versions = append(d.Versions, e.ModelVersion)
			}
		}
		return nil
	})
	if err != nil {
		return d, err
	}
	if len(d.Versions) == 0 {
		return d, errNoModel
	}
	// What was done is shown as far as what it was done with is seen.
	entries, _, err := i.c.DB.Entries(ctx, fengsui.Everything(), store.Filter{Object: fengsui.ID(id), Kind: "model", Newest: true, Limit: maxHistory})
	for _, x := range entries {
		var v versioned
		if err := json.Unmarshal(x.After, &v); err != nil {
			return d, fmt.Errorf("read the history of model %s: %w", id, err)
		}
		if !slices.ContainsFunc(d.Versions, func(m fengsui.ModelVersion) bool { return m.Version == v.Version }) {
			continue
		}
		d.History = append(d.History, fengsui.ModelAct{Signature: fengsui.Signature{User: x.By.User, Name: x.By.Name, Role: x.By.Role, At: x.At}, Act: x.Act, Version: v.Version, Why: x.Why})
	}
	return d, err
}

// sees is visible for one version.
func sees(s fengsui.Scope, e *entry) bool {
	open := e.State == fengsui.ModelDraft || e.State == fengsui.ModelSubmitted || e.State == fengsui.ModelRefused
	return reaches(s, e.Sector) || e.Sector == "" && !open
}

// Check says what is wrong with a text, without keeping it.
func (i *Inventory) Check(ctx context.Context, s fengsui.Scope, text string) (c fengsui.ModelCheck, err error) {
	if err := s.Allow(fengsui.ActDraft, fengsui.None); err != nil {
		return c, err
	}
	c = fengsui.ModelCheck{Problems: []fengsui.ModelProblem{}, Notes: []string{}}
	m, err := i.read(text)
	c.Formula = m.Formula.weighed()
	if err != nil {
		c.Problems = problems(text, err)
		// Of a formula people hear while they still write the rest.
		if m.Formula != nil && c.Formula == nil {
			if own := m.Formula.Compile(); own != nil {
				for _, p := range problems(text, own) {
					if !slices.ContainsFunc(c.Problems, func(x fengsui.ModelProblem) bool { return x.Path == p.Path && x.Line == p.Line && x.Column == p.Column }) {
						c.Problems = append(c.Problems, p)
					}
				}
			}
		}
		e := newEntry(&m, text)
		e.Text = ""
		c.Read = e.ModelVersion
		return c, nil
	}
	e := newEntry(&m, text)
	err = i.c.DB.View(ctx, func(tx *store.Tx) error {
		all, err := versions(tx, m.ID)
		if err != nil {
			return err
		}
		if err := i.fits(tx, s, all, &e); err != nil {
			c.Problems = problems(text, err)
		}
		if note, err := ungraded(tx, e.Grading); err != nil {
			return err
		} else if note != nil {
			c.Notes = append(c.Notes, note.Error())
		}
		return nil
	})
	e.Text = ""
	c.Read, c.OK = e.ModelVersion, len(c.Problems) == 0
	return c, err
}

// fits says why a text may not become the open version of its model, or nil.
func (i *Inventory) fits(tx *store.Tx, s fengsui.Scope, all []entry, e *entry) error {
	if len(all) > 0 && !slices.ContainsFunc(all, func(x entry) bool { return sees(s, &x) }) {
		return fengsui.Errorf(fengsui.Conflict, "model_taken", "the id %q is taken by a model that you do not see: choose another", e.Model)
	}
	if !reaches(s, e.Sector) || len(all) > 0 && !reaches(s, all[0].Sector) {
		return errSector
	}
	want := next(all)
	if x := in(all, fengsui.ModelDraft, fengsui.ModelSubmitted); x != nil {
		want = x.Version
	}
	if e.Version != want {
		return fengsui.Errorf(fengsui.Invalid, "model_version", "the text says version %d: write version: %d, which comes next", e.Version, want)
	}
	if e.Grading == "" {
		return nil
	}
	key, version := gradingOf(e.Grading)
	var n int
	err := tx.QueryRow(`SELECT 1 FROM risk_grading WHERE key = $1 AND version = $2`, key, version).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return fengsui.Errorf(fengsui.Invalid, "no_grading", "there is no grading standard %s: draft it first, or leave grading out", e.Grading)
	}
	return err
}
