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
	"strings"
	"sync"
	"time"

	"fengsui"
	"fengsui/account"
	"fengsui/adapter/jt808"
	"fengsui/adapter/mqtt"
	"fengsui/adapter/push"
	"fengsui/api"
	"fengsui/blob"
	"fengsui/bus"
	"fengsui/disposal"
	"fengsui/evidence"
	"fengsui/ingest"
	"fengsui/notify"
	"fengsui/registry"
	"fengsui/risk"
	"fengsui/seal"
	"fengsui/store"
	"fengsui/warning"
	"fengsui/web"
)

// Platform is one opened platform.
type Platform struct {
	c       Config
	log     *slog.Logger
	data    *dataDir
	started time.Time
	callKey []byte // of the master key: hashes what a call was

	Blob     *blob.Dir
	Bus      *bus.Log
	DB       *store.DB
	Registry *registry.Registry
	Accounts *account.Accounts
	Door     *ingest.Door
	Models   *risk.Inventory
	Risk     *risk.Evaluator
	Inspect  *risk.Inspector // nil: no history, nothing to inspect
	Warnings *warning.Engine
	Disposal *disposal.Desk
	Notify   *notify.Notifier
	Evidence *evidence.Keeper
	Seal     *seal.Sealer
	History  *HistoryChild // nil: off

	API  *api.API
	Push http.Handler

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
}

// WithNow sets the escalation's wall clock.
func WithNow(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithModels replaces the shipped models.
func WithModels(m []risk.Model) Option { return func(o *options) { o.models = m } }

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
	return []store.Tables{registry.Tables(), account.Tables(), ingest.Tables(), risk.Tables(), risk.InterferenceTables(), warning.Tables(), disposal.Tables(), notify.Tables(), evidence.Tables(), seal.Tables()}
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
	master, err := secretFile(c.MasterKeyFile, 32)
	if err != nil {
		return p, fmt.Errorf("master key: %w", err)
	}
	if p.callKey, err = hkdf.Key(sha256.New, master, nil, "call", 32); err != nil {
		return p, err
	}
	if p.Blob, err = blob.Open(p.data.file("blob")); err != nil {
		return p, err
	}
	readers := []string{"risk"}
	if c.History.On {
		readers = append(readers, "history")
	}
	p.Bus, err = bus.Open(ctx, bus.Config{
		Dir: p.data.file("bus"), SegmentBytes: c.Bus.SegmentBytes, SegmentAge: c.Bus.SegmentAge, Keep: c.Bus.Keep,
		Archive: p.Blob, ArchiveKeep: c.Bus.ArchiveKeep, MinFree: c.Disk.MinFree, Readers: readers, Log: log,
	})
	if err != nil {
		return p, err
	}
	if p.DB, err = store.Open(ctx, c.place(), tables()...); err != nil {
		return p, err
	}
	if p.Seal, err = p.openSeal(); err != nil {
		return p, err
	}
	if p.Registry, err = registry.Open(ctx, registry.Config{DB: p.DB, Master: master, Log: log}); err != nil {
		return p, err
	}
	district := p.Registry.District
	if p.Accounts, err = account.Open(ctx, account.Config{DB: p.DB, Party: func(id fengsui.ID) *fengsui.Party { return district().Parties[id] }, Log: log}); err != nil {
		return p, err
	}
	policies, err := c.policies()
	if err != nil {
		return p, err
	}
	p.Warnings, err = warning.New(warning.Config{
		DB: p.DB, District: district, Policies: policies, Now: o.now, Log: log,
		OnStep: func(tx *store.Tx, w fengsui.Warning, s fengsui.Step) error { return p.Disposal.OnStep(tx, w, s) },
	})
	if err != nil {
		return p, err
	}
	p.Disposal, err = disposal.New(disposal.Config{DB: p.DB, District: district, Blob: p.Blob, Warnings: p.Warnings, Policies: policies, Log: log})
	if err != nil {
		return p, err
	}
	if p.Models, err = p.openModels(ctx, o.models); err != nil {
		return p, err
	}
	p.Risk, err = risk.New(risk.Config{DB: p.DB, Log: riskLog{p.Bus}, District: district, Apply: p.Warnings.Apply, Set: p.Models.Set, Logger: log})
	if err != nil {
		return p, err
	}
	if p.Door, err = ingest.New(p.ingestConfig()); err != nil {
		return p, err
	}
	if p.Notify, err = p.openNotify(policies, o.channels); err != nil {
		return p, err
	}
	p.Push = push.New(p.pushConfig())
	if p.MQTT, err = p.openMQTT(); err != nil {
		return p, err
	}
	if p.JT808, err = p.openJT808(master); err != nil {
		return p, err
	}
	if c.History.On {
		if p.History, err = p.openHistory(); err != nil {
			return p, err
		}
		if p.Inspect, err = p.openInspector(); err != nil {
			return p, err
		}
	}
	if p.Evidence, err = p.openEvidence(); err != nil {
		return p, err
	}
	p.API = p.openAPI(policies)
	return p, nil
}

// Run runs every stage until ctx ends. A stage that fails is started again: a
// fault in one must not silence the others.
func (p *Platform) Run(ctx context.Context) error {
	stages := map[string]func(context.Context) error{
		"bus": p.Bus.Run, "registry": p.Registry.Run, "ingest": p.Door.Run, "risk": p.Risk.Run,
		"models": p.Models.Run, "warning": p.Warnings.Run, "notify": p.Notify.Run,
		"seal": p.Seal.Run,
	}
	if p.History != nil {
		stages["history"] = p.History.Run
		stages["evidence"] = p.Evidence.Run
		stages["interference"] = p.Inspect.Run
	}
	var all sync.WaitGroup
	for name, run := range stages {
		all.Go(func() { p.keep(ctx, name, run) })
	}
	all.Wait()
	return nil
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
func (p *Platform) Close() error {
	var errs []error
	if p.DB != nil {
		errs = append(errs, p.DB.Close())
	}
	if p.Bus != nil {
		errs = append(errs, p.Bus.Close())
	}
	if p.data != nil {
		errs = append(errs, p.data.close())
	}
	return errors.Join(errs...)
}

// handler is everything under one address: API, software interface, console.
func (p *Platform) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(api.Prefix+"/", p.API)
	mux.Handle("/push/v1/", p.Push)
	mux.HandleFunc("GET /healthz", p.healthz)
	mux.Handle("/", web.Handler())
	return mux
}

// policies are the district's law. A show's file is never among those of a real
// district, not even for warnings that began under it.
func (c *Config) policies() ([]*fengsui.Escalation, error) {
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
	return []*fengsui.Escalation{e}, nil
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
