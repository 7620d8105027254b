package app

import (
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"fengsui"
	"fengsui/notify"
	"fengsui/risk"
	"fengsui/store"
)

// The canary (自检信号; decision 0012) is a signal of the platform's own that goes the
// whole way of a warning again and again. This file is what it is to each stage; the walk
// and the alarm are in canary_walk.go.
const (
	canaryName             = fengsui.KindCanary // of its model, quantity, kind of party and channel, and kind of journal row
	canaryCode             = "canary"           // of its enterprise and point: codes that the platform gives are of capital letters
	canaryParty fengsui.ID = "canary"
	// canaryNum is its enterprise's and its point's. The registry counts from 1; -1 stands
	// for a point that nobody knows.
	canaryNum int64 = -2
	// canaryLimit is between the two values that it sends.
	canaryLimit = 0.5
)

//go:embed canary.yaml
var canaryModel []byte

// canary is what the stages are given so that they know it, and what they make of it.
type canary struct {
	p          *Platform
	key        string // of its push key, which is made at each start and kept nowhere
	secret     []byte
	model      risk.Model
	party      *fengsui.Party
	enterprise *fengsui.Enterprise
	point      *fengsui.Point

	mu       sync.Mutex
	base     *fengsui.District // guarded by mu: of which district is
	district *fengsui.District // guarded by mu
	set      *risk.ModelSet    // guarded by mu: of which models is
	models   *risk.ModelSet    // guarded by mu
	failed   string            // guarded by mu: the finding that the warning stage did not take
	failedAt fengsui.Millis    // guarded by mu: of its sample
	why      error             // guarded by mu: what the stage said
}

func (p *Platform) newCanary() (*canary, error) {
	m, err := risk.Parse(canaryModel)
	if err != nil {
		return nil, err
	}
	limit := canaryLimit
	c := &canary{p: p, key: rand.Text(), secret: make([]byte, 32), model: m,
		party: &fengsui.Party{ID: canaryParty, Kind: canaryName, Code: canaryCode, Name: canaryName,
			Contacts: []fengsui.Contact{{Name: canaryName, Channels: []fengsui.Channel{{Kind: canaryName, Address: canaryName}}}}},
		enterprise: &fengsui.Enterprise{ID: canaryParty, Num: canaryNum, Code: canaryCode, Name: canaryName, ShortName: canaryName, Sector: canaryName},
		point: &fengsui.Point{ID: canaryParty, Num: canaryNum, Enterprise: canaryParty, Code: canaryCode, Name: canaryName, Quantity: canaryName, Unit: "1",
			RangeHigh: 1, H: &limit, Every: fengsui.SpanOf(24 * time.Hour)},
	}
	_, err = rand.Read(c.secret)
	return c, err
}

// watchedDistrict is the district with the canary in it, for the stages that it passes;
// people's lists, the history's inspection and the API have the registry's own.
func (p *Platform) watchedDistrict() *fengsui.District {
	base := p.Registry.District()
	if p.canary == nil || base == nil {
		return base
	}
	c := p.canary
	c.mu.Lock()
	defer c.mu.Unlock()
	if base != c.base {
		// One snapshot for one of the registry's: stages see by the pointer what changed.
		c.base = base
		c.district = base.With([]*fengsui.Party{c.party}, []fengsui.Holdings{{Enterprise: c.enterprise, Points: []*fengsui.Point{c.point}}})
	}
	return c.district
}

// watchedModels are the models in force and the canary's.
func (p *Platform) watchedModels() *risk.ModelSet {
	base := p.Models.Set()
	if p.canary == nil {
		return base
	}
	c := p.canary
	c.mu.Lock()
	defer c.mu.Unlock()
	if base != c.set {
		with := *base
		with.Models = slices.DeleteFunc(slices.Clone(base.Models), func(m risk.Model) bool { return m.ID == c.model.ID })
		with.Models = append(with.Models, c.model)
		slices.SortFunc(with.Models, func(a, b risk.Model) int { return cmp.Compare(a.ID, b.ID) })
		c.set, c.models = base, &with
	}
	return c.models
}

// pushKeys are the registry's push keys and the canary's.
type pushKeys struct{ p *Platform }

func (k pushKeys) Secret(enterprise, key string) ([]byte, fengsui.KeyState, bool) {
	if c := k.p.canary; c != nil && enterprise == canaryCode {
		if key != c.key {
			return nil, "", false
		}
		return c.secret, fengsui.KeyActive, true
	}
	return k.p.Registry.Secret(enterprise, key)
}

// canaryChannel takes every message: what reaches it went the whole way.
type canaryChannel struct{}

func (canaryChannel) Send(context.Context, notify.Message) (string, error) { return "", nil }

// canaryRow is what the journal keeps of it.
type canaryRow struct {
	At    fengsui.Millis `json:"at"` // of the sample
	Level fengsui.Level  `json:"level"`
}

// apply hands findings to the warning stage. The canary's are carried out there to the
// last statement and then taken back, so that no list, statistic, order or uplink ever
// has them; what stays is one row, which tells the canary's own party. People's findings
// come first, and never fail for the canary's sake more than once.
func (p *Platform) apply(ctx context.Context, tx *store.Tx, findings []fengsui.Finding) (err error) {
	if p.trace != nil {
		began := time.Now()
		defer func() { p.trace.findings(findings, began, err) }()
	}
	mine := func(f fengsui.Finding) bool { return f.Enterprise == canaryNum }
	if p.canary == nil || !slices.ContainsFunc(findings, mine) {
		return p.conclude(ctx, tx, findings)
	}
	if people := slices.DeleteFunc(slices.Clone(findings), mine); len(people) > 0 {
		if err := p.conclude(ctx, tx, people); err != nil {
			return err
		}
	}
	for i := range findings {
		// What models for everyone make of its point is nobody's business.
		if f := &findings[i]; mine(*f) && f.Model == p.canary.model.ID {
			if err := p.canary.rehearse(ctx, tx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// rehearse is apply for one finding of the canary.
func (c *canary) rehearse(ctx context.Context, tx *store.Tx, f *fengsui.Finding) error {
	c.mu.Lock()
	again := c.failed == f.Key()
	c.mu.Unlock()
	if again {
		return nil // it is lost; whoever waits for it sees that it does not come
	}
	if _, err := tx.Exec(`SAVEPOINT canary`); err != nil {
		return err
	}
	err := c.p.Warnings.Apply(ctx, tx, []fengsui.Finding{*f})
	if err != nil {
		if ctx.Err() == nil && fengsui.CodeOf(err) != fengsui.Unavailable {
			c.mu.Lock()
			c.failed, c.failedAt, c.why = f.Key(), f.At, err
			c.mu.Unlock()
		}
		return fmt.Errorf("canary: %w", err)
	}
	if _, err := tx.Exec(`ROLLBACK TO SAVEPOINT canary`); err != nil {
		return err
	}
	if _, err := tx.Exec(`RELEASE SAVEPOINT canary`); err != nil {
		return err
	}
	row := fengsui.Change{Of: fengsui.Ref{Kind: canaryName, ID: canaryParty}, Act: canaryName, By: fengsui.Platform(canaryName), After: canaryRow{f.At, f.Level}}
	// A restored platform holds its pushes: there it ends with the commit.
	if held, err := c.p.Notify.Holding(ctx); err == nil && !held {
		row.Tell = []fengsui.Step{{ID: fengsui.NewID(), Kind: canaryName, Number: 1, FiredAt: fengsui.At(time.Now()), To: []fengsui.Told{{Party: canaryParty, Capacities: []fengsui.Capacity{}}}}}
	}
	return tx.Record(row)
}

// refusal is what the warning stage said to the canary of a time, if it did not take it.
func (c *canary) refusal(at fengsui.Millis) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failedAt != at {
		return nil
	}
	return c.why
}

// passed finds the row that the canary of a time left in the journal.
func (c *canary) passed(ctx context.Context, after int64, at fengsui.Millis) (pos int64, told bool, err error) {
	rows, _, err := c.p.DB.Entries(ctx, fengsui.Everything(), store.Filter{Kind: canaryName, After: after})
	for _, e := range rows {
		var row canaryRow
		if json.Unmarshal(e.After, &row) == nil && row.At == at {
			return e.Pos, len(e.Tell) > 0, nil
		}
	}
	return 0, false, err
}
