// Package app puts the platform together: it opens the engines, plugs the stages
// into each other and runs them. It alone sees them all; no rule lives here.
//
// Every goroutine of the platform is started by Run or Listen and ended before
// they return.
package app

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fengsui"
	"fengsui/account"
	"fengsui/adapter/jt808"
	"fengsui/adapter/mqtt"
	"fengsui/adapter/push"
	"fengsui/api"
	"fengsui/assess"
	"fengsui/blob"
	"fengsui/bus"
	"fengsui/complaint"
	"fengsui/disposal"
	"fengsui/evidence"
	"fengsui/health"
	"fengsui/ingest"
	"fengsui/lease"
	"fengsui/notify"
	"fengsui/outage"
	"fengsui/registry"
	"fengsui/risk"
	"fengsui/seal"
	"fengsui/series"
	"fengsui/store"
	"fengsui/warning"
	"fengsui/watch"
	"fengsui/web"
)

// Platform is one opened platform.
type Platform struct {
	c       Config
	log     *slog.Logger
	data    *dataDir
	posts   posts
	started time.Time
	callKey []byte // of the master key: hashes what a call was

	identity *identity                         // of what listens by TLS
	canary   *canary                           // nil: off
	walk     *walk                             // nil: off
	measures atomic.Pointer[[]fengsui.Measure] // nil: not read yet

	trace   *tracer // nil: off
	gate    gate
	movable bool            // whoever runs it goes on after a hand-over
	leave   func(*handOver) // ends the run for one; nil: there is none
	ended   sync.Once       // of Close

	Blob       *blob.Sealed
	Bus        *bus.Log
	DB         *store.DB
	Registry   *registry.Registry
	Accounts   *account.Accounts
	Door       *ingest.Door
	Models     *risk.Inventory
	Risk       *risk.Evaluator
	Inspect    *risk.Inspector // nil: no history, nothing to inspect
	Warnings   *warning.Engine
	Disposal   *disposal.Desk
	Outages    *outage.Desk
	Complaints *complaint.Desk
	Room       *watch.Room
	Notify     *notify.Notifier
	Evidence   *evidence.Keeper
	Assess     *assess.Assessor
	Seal       *seal.Sealer
	asks       *series.Client // of the history, whichever process has it; nil: none is reached
	History    *HistoryChild  // nil: off

	Faults  *health.Stage
	API     *api.API
	Push    *push.Handler
	Reports http.Handler // of the gateways

	MQTT     *mqtt.Broker // nil: off
	BrokerAt string       // its address with TLS, once ListenAndRun is ready

	JT808       *jt808.Server // nil: off
	TerminalsAt string        // its address, once ListenAndRun is ready
}

// Option changes how a platform is opened; tests use them.
type Option func(*options)

type options struct {
	now      func() time.Time // the wall clock of the escalation
	models   []risk.Model
	channels map[string]notify.Channel
	door     func(*ingest.Config)
}

// WithNow sets the escalation's wall clock.
func WithNow(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithModels replaces the shipped models.
func WithModels(m []risk.Model) Option { return func(o *options) { o.models = m } }

// WithDoor changes what the door stands on.
func WithDoor(change func(*ingest.Config)) Option { return func(o *options) { o.door = change } }

// WithChannel puts a channel in the place of the configured one of its kind.
func WithChannel(kind string, c notify.Channel) Option {
	return func(o *options) {
		if o.channels == nil {
			o.channels = map[string]notify.Channel{}
		}
		o.channels[kind] = c
	}
}

// tables are every stage's.
func tables() []store.Tables {
	return []store.Tables{registry.Tables(), account.Tables(), ingest.Tables(), risk.Tables(), risk.InterferenceTables(), warning.Tables(), watch.Tables(), disposal.Tables(), outage.Tables(), complaint.Tables(), notify.Tables(), evidence.Tables(), assess.Tables(), seal.Tables(), lease.Tables(), health.Tables()}
}

// Open opens the platform on its data directory. Nothing runs yet.
func Open(ctx context.Context, c Config, log *slog.Logger, opts ...Option) (p *Platform, err error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	p = &Platform{c: c, log: log, started: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
			p = nil
		}
	}()
	if p.data, err = openData(c.Data); err != nil {
		return p, err
	}
	p.identity = p.newIdentity()
	if err := c.notMoved(); err != nil {
		return p, err
	}
	master, err := secretFile(c.MasterKeyFile, 32)
	if err != nil {
		return p, fmt.Errorf("master key: %w", err)
	}
	if p.callKey, err = hkdf.Key(sha256.New, master, nil, "call", 32); err != nil {
		return p, err
	}
	if p.Blob, err = c.openBlob(ctx); err != nil {
		return p, err
	}
	readers := []string{"risk"}
	if c.History.On {
		readers = append(readers, "history")
	}
	if p.Bus, err = bus.Open(ctx, c.busConfig(p.data.file("bus"), p.Blob, readers, func() bool { return p.holds(leaseEvaluate) }, log)); err != nil {
		return p, err
	}
	if p.trace, err = p.openTrace(ctx); err != nil {
		return p, err
	}
	if p.DB, err = p.openStore(ctx); err != nil {
		return p, err
	}
	if err := p.openPosts(ctx); err != nil {
		return p, err
	}
	if p.Seal, err = p.openSeal(); err != nil {
		return p, err
	}
	if p.Registry, err = registry.Open(ctx, registry.Config{DB: p.DB, Master: master, Log: log}); err != nil {
		return p, err
	}
	if c.Canary.Every > 0 {
		if p.canary, err = p.newCanary(); err != nil {
			return p, err
		}
		p.walk = p.newWalk()
	}
	district := p.Registry.District
	if p.Accounts, err = p.openAccounts(ctx, master); err != nil {
		return p, err
	}
	policy, err := c.policy()
	if err != nil {
		return p, err
	}
	policies, err := warning.Law(ctx, p.DB, policy)
	if err != nil {
		return p, err
	}
	p.Warnings, err = warning.New(warning.Config{
		DB: p.DB, District: p.watchedDistrict, Policies: policies, Now: o.now, Log: log,
		OnStep: func(tx *store.Tx, w fengsui.Warning, s fengsui.Step) error { return p.Disposal.OnStep(tx, w, s) },
	})
	if err != nil {
		return p, err
	}
	if p.Room, err = watch.New(watch.Config{DB: p.DB, District: district, Warnings: p.Warnings}); err != nil {
		return p, err
	}
	p.Disposal, err = disposal.New(disposal.Config{DB: p.DB, District: district, Blob: p.Blob, Warnings: p.Warnings, Policy: p.Warnings.Policy, Acted: p.Warnings.Desk().Acted, Log: log,
		Keep: fengsui.SpanOf(c.Retention.Files), Over: p.over,
	})
	if err != nil {
		return p, err
	}
	if p.Models, err = p.openModels(ctx, o.models); err != nil {
		return p, err
	}
	if p.Outages, err = p.openOutages(); err != nil {
		return p, err
	}
	if p.Complaints, err = p.openComplaints(master); err != nil {
		return p, err
	}
	p.Risk, err = risk.New(risk.Config{DB: p.DB, Log: p.judged(), District: p.watchedDistrict, Apply: p.apply, Set: p.watchedModels, Logger: log})
	if err != nil {
		return p, err
	}
	door := p.ingestConfig()
	if o.door != nil {
		o.door(&door)
	}
	if p.Door, err = ingest.New(door); err != nil {
		return p, err
	}
	if p.Notify, err = p.openNotify(o.channels); err != nil {
		return p, err
	}
	p.Push = push.New(p.pushConfig())
	if p.MQTT, err = p.openMQTT(); err != nil {
		return p, err
	}
	if p.JT808, err = p.openJT808(master); err != nil {
		return p, err
	}
	if c.History.On && (c.Roles.has(roleHistory) || c.History.URL != "") {
		if p.History, err = p.openHistory(); err != nil {
			return p, err
		}
		p.asks = p.History.Client()
		if p.Inspect, err = p.openInspector(); err != nil {
			return p, err
		}
	}
	if p.Evidence, err = p.openEvidence(); err != nil {
		return p, err
	}
	if p.Assess, err = p.openAssess(); err != nil {
		return p, err
	}
	p.Faults = health.New(p.DB)
	if p.API, err = p.openAPI(); err != nil {
		return p, err
	}
	return p, nil
}

// keep runs one stage until ctx ends, again after a failure, with a pause that
// grows to 10 s.
func (p *Platform) keep(ctx context.Context, name string, run func(context.Context) error) {
	pause := 100 * time.Millisecond
	for {
		began := time.Now()
		err := run(ctx)
		if ctx.Err() != nil {
			return
		}
		p.log.Error("stage ended, starts again", "stage", name, "err", err)
		if time.Since(began) > time.Minute {
			pause = 100 * time.Millisecond
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
		pause = min(2*pause, 10*time.Second)
	}
}

// Close closes what Open opened. Run must have returned.
func (p *Platform) Close() (err error) {
	p.ended.Do(func() {
		p.trace.close(p.log)
		if p.DB != nil {
			err = errors.Join(err, p.DB.Close())
		}
		if p.Bus != nil {
			err = errors.Join(err, p.Bus.Close())
		}
		if p.data != nil {
			err = errors.Join(err, p.data.close())
		}
	})
	return err
}

// handler is everything under one address: API, software interface, console, as far as
// this process's roles go.
func (p *Platform) handler() http.Handler {
	mux := http.NewServeMux()
	if p.c.Roles.has(roleAPI) {
		mux.Handle(api.Prefix+"/", p.API)
		mux.Handle(gatewayPrefix, p.Reports)
		mux.Handle("/", web.Handler())
	}
	if p.c.Roles.has(roleIntake) {
		var door http.Handler = p.Push
		if slices.Contains(p.c.TLS.ClientsMust, doorPush) {
			door = mustShow(door)
		}
		mux.Handle("/push/v1/", door)
	}
	mux.HandleFunc("GET /healthz", p.healthz)
	mux.Handle("GET /metrics", p.metrics())
	return strict(p.gate.before(mux))
}

// policy is the district's law.
func (c *Config) policy() (*fengsui.Escalation, error) {
	var e *fengsui.Escalation
	var err error
	if strings.HasSuffix(c.Policy, ".yaml") {
		var b []byte
		if b, err = os.ReadFile(filepath.Clean(c.Policy)); err == nil {
			e, err = warning.Parse(b)
		}
	} else {
		e, err = warning.Load(c.Policy)
	}
	if err != nil {
		return nil, fmt.Errorf("policy %q: %w", c.Policy, err)
	}
	return e, nil
}

// models are the texts of the risk models that the district begins with.
func (c *Config) models() ([]string, error) {
	if c.Models == "" {
		return risk.Shipped()
	}
	list, err := risk.Texts(os.DirFS(c.Models))
	if err == nil && len(list) == 0 {
		err = errors.New("there is no model; they lie in <sector>/*.yaml below it")
	}
	if err != nil {
		return nil, fmt.Errorf("models %q: %w", c.Models, err)
	}
	return list, nil
}

// optional reads a secret's file when it is named.
func optional(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	return b, nil
}
