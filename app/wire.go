package app

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/adapter/jt808"
	"fengsui/adapter/mqtt"
	"fengsui/adapter/push"
	"fengsui/api"
	"fengsui/bus"
	"fengsui/evidence"
	"fengsui/ingest"
	"fengsui/notify"
	"fengsui/notify/email"
	"fengsui/notify/municipal"
	"fengsui/notify/webhook"
	"fengsui/risk"
	"fengsui/seal"
	"fengsui/series"
	"fengsui/store"
)

// Where two stages meet, one of them has declared a small interface; what does
// not fit it to the letter is fitted here.

// riskLog is the log as the evaluator wants it.
type riskLog struct{ *bus.Log }

func (l riskLog) Reader(from fengsui.Place) risk.Reader { return riskReader{l.Log.Reader(from)} }

type riskReader struct{ *bus.Reader }

func (r riskReader) Next(ctx context.Context) (risk.Batch, error) {
	b, err := r.Reader.Next(ctx)
	return risk.Batch(b), err
}

func (p *Platform) ingestConfig() ingest.Config {
	c := ingest.Config{
		Log: p.Bus, District: p.watchedDistrict, DB: p.DB, Dir: p.data.file("ingest"), StrayKeep: p.c.Retention.Strays, Lag: p.lag, Ticks: func() bool { return p.holds(leaseTick) }, Alarm: p.strayAlarm, Logger: p.log,
	}
	if p.c.Bus.URL != "" {
		c.After = p.Bus.AppendAfter
	}
	if p.trace != nil {
		traced := tracedLog{p.Bus}
		c.Log = traced
		if c.After != nil {
			c.After = traced.AppendAfter
		}
	}
	return c
}

// strayAlarm tells the duty desk of an event of an unknown point at once: it may
// be the one that matters (DESIGN §5.5).
func (p *Platform) strayAlarm(ctx context.Context, s fengsui.Stray) error {
	step := fengsui.Step{ID: fengsui.NewID(), Kind: "stray_alarm", Number: 1, FiredAt: fengsui.At(time.Now())}
	d := p.Registry.District()
	for _, party := range d.Kind(fengsui.Operator) {
		step.To = append(step.To, fengsui.Told{Party: party.ID, Capacities: []fengsui.Capacity{fengsui.AsDuty}})
	}
	c := fengsui.Change{Of: fengsui.Ref{Kind: "stray", ID: fengsui.NewID()}, Act: "stray_alarm", By: fengsui.Platform("ingest"), After: s, Tell: []fengsui.Step{step}}
	if e := d.Enterprises[s.Enterprise]; e != nil {
		c.Enterprise, c.Zone, c.Sector = e.ID, e.Zone, e.Sector
	}
	return p.DB.Change(ctx, func(tx *store.Tx) error { return tx.Record(c) })
}

// openSeal opens the seal with its key, which lies outside the data.
func (p *Platform) openSeal() (*seal.Sealer, error) {
	key, err := secretFile(p.c.sealKeyFile(), 32)
	if err != nil {
		return nil, fmt.Errorf("seal key: %w", err)
	}
	return seal.New(seal.Config{DB: p.DB, Blob: p.Blob, Key: key, Log: p.log, Every: p.c.SealVerify, Handed: p.handedHeads})
}

func (p *Platform) pushConfig() push.Config {
	return push.Config{Sink: p.sink(), Keys: pushKeys{p}, Seen: p.Door, Ready: p.Door.Ready, Log: p.log}
}

// openMQTT makes the broker when it has an address.
func (p *Platform) openMQTT() (*mqtt.Broker, error) {
	if !p.c.Roles.has(roleIntake) || p.c.MQTT.TLS == "" && p.c.MQTT.Plain == "" {
		return nil, nil
	}
	tables, err := p.c.topics()
	if err != nil {
		return nil, err
	}
	return mqtt.New(mqtt.Config{
		Sink: p.sink(), Keys: p.Registry, Ready: p.Door.Ready, Tables: tables, Log: p.log,
		Device: func(enterprise, key string) string {
			district := p.Registry.District()
			device, e := district.DeviceByKey(mqtt.Adapter, key), district.EnterpriseByCode(enterprise)
			if device == nil || e == nil || device.Enterprise != e.ID {
				return "" // a key speaks for devices of its own enterprise alone
			}
			return device.Code
		},
	}), nil
}

// openJT808 makes the vehicle terminals' server when it has an address. Terminals'
// codes are made with a secret of the master key.
func (p *Platform) openJT808(master []byte) (*jt808.Server, error) {
	c := p.c.JT808
	if !p.c.Roles.has(roleIntake) || c.Address == "" {
		return nil, nil
	}
	secret, err := hkdf.Key(sha256.New, master, nil, "jt808", 32)
	if err != nil {
		return nil, err
	}
	return jt808.New(jt808.Config{
		Sink: p.sink(), Secret: secret, Datum: jt808.Datum(c.Datum), Refuse: c.Unknown == "refuse",
		Idle: c.Idle, Connections: c.Connections, PerAddress: c.PerAddress, Unread: cmp.Or(c.Unread, -1), Log: p.log,
		Registered: func(terminal string) (string, error) {
			if err := p.Door.Ready(); err != nil {
				return "", err
			}
			// People write a number as they have it or as its frames do: with zeros in
			// front, to 12 digits until 2013 and to 20 since 2019.
			district := p.Registry.District()
			for _, width := range []int{0, 12, 20} {
				key := strings.Repeat("0", max(width-len(terminal), 0)) + terminal
				if district.DeviceByKey(jt808.Adapter, key) != nil {
					return key, nil
				}
			}
			return "", nil
		},
	})
}

// topics are the tables of third parties' MQTT topics.
func (c *Config) topics() ([]*mqtt.Table, error) {
	if c.MQTT.Tables == "" {
		return mqtt.Library()
	}
	list, err := mqtt.Load(os.DirFS(c.MQTT.Tables))
	if err == nil && len(list) == 0 {
		err = errors.New("there is no table; they lie in *.yaml in it")
	}
	if err != nil {
		return nil, fmt.Errorf("mqtt.tables %q: %w", c.MQTT.Tables, err)
	}
	return list, nil
}

func (p *Platform) openHistory() (*HistoryChild, error) {
	server, err := p.c.historyServer()
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	return NewHistoryChild(HistoryConfig{
		Dir: p.c.Data, Log: p.log, Server: server, Retention: p.c.Retention.History, Memory: p.c.History.MemoryBytes, MinFree: p.c.Disk.MinFree,
	}, p.Bus)
}

// openNotify opens the channels that the configuration has what they need for.
func (p *Platform) openNotify(more map[string]notify.Channel) (*notify.Notifier, error) {
	channels := map[string]notify.Channel{}
	if p.c.Mail.Host != "" {
		password, err := optional(p.c.Mail.PasswordFile)
		if err != nil {
			return nil, err
		}
		channels["email"], err = email.New(email.Config{
			Host: p.c.Mail.Host, Port: p.c.Mail.Port, From: p.c.Mail.From, User: p.c.Mail.User,
			Password: notify.NewSecret(strings.TrimSpace(string(password))), TLS: p.c.Mail.TLS,
		})
		if err != nil {
			return nil, err
		}
	}
	if p.c.Webhook.SecretFile != "" {
		secret, err := secretFile(p.c.Webhook.SecretFile, 32)
		if err != nil {
			return nil, fmt.Errorf("webhook secret: %w", err)
		}
		channels["webhook"], err = webhook.New(webhook.Config{Secret: notify.NewSecret(hex.EncodeToString(secret))})
		if err != nil {
			return nil, err
		}
	}
	token, err := optional(p.c.Municipal.TokenFile)
	if err != nil {
		return nil, err
	}
	roots, err := trusted(p.c.Municipal.CAFile)
	if err != nil {
		return nil, err
	}
	channels["municipal"], err = municipal.New(municipal.Config{
		URL: p.c.Municipal.URL, Format: p.c.Municipal.Format, Token: notify.NewSecret(strings.TrimSpace(string(token))), Roots: roots,
		Head: func(ctx context.Context) string {
			h, err := p.Seal.Latest(ctx, fengsui.Everything())
			if err != nil { // the message does not wait for it: the next one carries a head
				p.log.Warn("an uplink goes without the head of the seal", "err", err)
			}
			return h.Note
		},
	})
	if err != nil {
		return nil, err
	}
	outside, reports, err := p.gatewayChannels()
	if err != nil {
		return nil, err
	}
	p.Reports = reports
	maps.Copy(channels, outside)
	maps.Copy(channels, more)
	channels[canaryName] = canaryChannel{}
	c := notify.Config{
		DB: p.DB, District: p.watchedDistrict, Policy: p.Warnings.Policy, Channels: channels, BaseURL: p.c.BaseURL, Log: p.log, PartyOf: p.partyOf,
		Warning: func(ctx context.Context, id fengsui.ID) (fengsui.Warning, error) {
			return p.Warnings.Warning(ctx, fengsui.Everything(), id)
		},
		Learnt: p.Warnings.Learnt, Caught: p.caughtUp,
	}
	if p.trace != nil {
		c.Sent = p.pushed
	}
	return notify.New(c)
}

// outward is the client by which we speak to others: no redirects, an end to
// every wait.
func outward(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout: 20 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// trusted is a pool with the CA of a file; nil, the system's, without one.
func trusted(file string) (*x509.CertPool, error) {
	b, err := optional(file)
	if err != nil || b == nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return pool, nil
}

// openModels opens the inventory of risk models with those of a test, or else those
// of the configuration.
func (p *Platform) openModels(ctx context.Context, models []risk.Model) (*risk.Inventory, error) {
	var texts []string
	var err error
	if models == nil {
		texts, err = p.c.models()
	}
	for i := range models {
		b, failed := yaml.Marshal(models[i])
		texts, err = append(texts, string(b)), errors.Join(err, failed)
	}
	if err != nil {
		return nil, err
	}
	var sectors []fengsui.Sector
	for _, s := range p.Registry.Sectors() {
		sectors = append(sectors, s.Key)
	}
	return risk.OpenInventory(ctx, risk.InventoryConfig{
		DB: p.DB, Shipped: texts, Sectors: sectors, Log: riskLog{p.Bus}, District: p.Registry.District, Logger: p.log,
		Busy: func() bool {
			_, behind := p.lag()
			return behind > time.Second
		},
	})
}

func (p *Platform) openAPI() (*api.API, error) {
	pairs, err := p.c.pairs()
	if err != nil {
		return nil, err
	}
	return api.New(api.Config{
		DB: p.DB, Accounts: p.Accounts, Registry: p.Registry,
		Warnings: p.Warnings, Desk: p.Warnings, Clock: p.Warnings, Room: p.Room, Rules: p.Warnings.Desk,
		Disposal: p.Disposal, Orders: p.Disposal, Outages: p.Outages, Complaints: p.Complaints, Plans: p.Disposal, Files: p.Disposal,
		Pushes: p.Notify, Held: p.Notify, Links: p.Notify, History: trends{p.asks, p.c.History.On}, Curves: p.Evidence, Inventory: p.Models, Seal: p.Seal, Quality: p.Assess, Past: p.Warnings, Wall: p.Warnings, Figures: p.Warnings, Asked: p.Warnings,
		Latest: p.Risk.Latest,
		Where:  p.Risk.LatestPosition,
		Policy: p.Warnings.Policy, Policies: p.Warnings.Policies,
		Models:   p.cards,
		Silences: p.silences,
		Strays:   p.Door.Strays,
		Silent:   p.c.Devices.Silent,
		Health:   p.Health,
		Loop:     p.Loop,
		Operates: p.operation,
		Faults:   p.Faults,
		CallKey:  p.callKey,
		Rates:    api.Rates{Address: p.c.Limits.Address, Caller: p.c.Limits.Caller, SignIn: p.c.Limits.SignIn, Public: p.c.Limits.Public},
		Log:      p.log,
		Pairs:    pairs,
		PairTime: p.c.Accounts.PairTime,
	}), nil
}

// cards are what people read about the models in force and the signs of
// interference.
func (p *Platform) cards() []fengsui.ModelCard {
	set := p.Models.Set()
	list := make([]fengsui.ModelCard, len(set.Models))
	for i := range set.Models {
		list[i] = card(&set.Models[i])
		signed := set.Signed[set.Models[i].ID]
		list[i].Author = signed.Author.Name
		if signed.Approver != nil {
			list[i].Approver = signed.Approver.Name
		}
	}
	if p.Inspect != nil {
		signs := p.Inspect.Models()
		for i := range signs {
			list = append(list, card(&signs[i]))
		}
	}
	return list
}

// card is what people read about a model.
func card(m *risk.Model) fengsui.ModelCard {
	c := fengsui.ModelCard{Key: m.ID, Version: m.Version, Sector: m.Sector, Rungs: []fengsui.Rung{}}
	for _, r := range m.Ladder {
		c.Rungs = append(c.Rungs, fengsui.Rung{Name: r.Name, Level: r.Level})
	}
	var sources []string
	for _, s := range m.Source {
		sources = append(sources, strings.TrimSpace(s.Standard+" "+s.Clause))
	}
	c.Source = strings.Join(sources, "; ")
	zh, en := m.Text["zh"], m.Text["en"]
	c.Name = fengsui.Bilingual{Zh: zh.Title, En: en.Title}
	c.Advice = fengsui.Advice{
		Cause:       fengsui.Bilingual{Zh: zh.Cause, En: en.Cause},
		Consequence: fengsui.Bilingual{Zh: zh.Consequence, En: en.Consequence},
		Action:      fengsui.Bilingual{Zh: zh.Action, En: en.Action},
		Response:    fengsui.Bilingual{Zh: zh.Response, En: en.Response},
	}
	return c
}

// trends asks the history; without one there is nothing to show.
type trends struct {
	c  *series.Client // nil: this process reaches none
	on bool           // the platform has one
}

func (t trends) missing() error {
	if t.on {
		return errHistoryElsewhere
	}
	return errHistoryOff
}

func (t trends) Trend(ctx context.Context, point int64, from, to fengsui.Millis, buckets int) ([]fengsui.Bucket, error) {
	if t.c == nil {
		return nil, t.missing()
	}
	thin, err := t.c.Thin(ctx, point, from, to, buckets)
	list := make([]fengsui.Bucket, 0, len(thin))
	for _, b := range thin {
		list = append(list, fengsui.Bucket{At: b.Last.At, Min: b.Min.Value, Max: b.Max.Value, Last: b.Last.Value})
	}
	return list, err
}

func (t trends) Track(ctx context.Context, device int64, from, to fengsui.Millis, points int) ([]fengsui.Position, error) {
	if t.c == nil {
		return nil, t.missing()
	}
	return t.c.Track(ctx, device, from, to, points)
}

var (
	errHistoryElsewhere = fengsui.Errorf(fengsui.Unavailable, "history_elsewhere", "the history is in another process of this platform: set history.url in the configuration, so that all of them reach it")

	errHistoryOff = fengsui.Errorf(fengsui.Unavailable, "history_off", "this platform keeps no history: its configuration has history.on set to false")
)

// curves is the history as the evidence copies it; nil: off.
type curves struct{ *series.Client }

// Reached is up to when the history holds what was received.
func (c curves) Reached(ctx context.Context) (fengsui.Millis, error) {
	s, err := c.Ready(ctx)
	return s.Received, err
}

// openEvidence opens what keeps the curves of warnings. Without a history it shows
// what was copied and is not run.
func (p *Platform) openEvidence() (*evidence.Keeper, error) {
	var c curves
	if p.asks != nil {
		c.Client = p.asks
	}
	return evidence.New(evidence.Config{
		DB: p.DB, Blob: p.Blob, District: p.Registry.District, History: c, Log: p.log, Keep: fengsui.SpanOf(p.c.Retention.Evidence),
		Warning: func(ctx context.Context, id fengsui.ID) (fengsui.Warning, error) {
			return p.Warnings.Warning(ctx, fengsui.Everything(), id)
		},
	})
}

// openInspector opens what looks for interference (A25) in history, log and journal.
func (p *Platform) openInspector() (*risk.Inspector, error) {
	signs, err := risk.ShippedSigns()
	if err != nil {
		return nil, err
	}
	return risk.NewInspector(risk.InspectorConfig{
		DB: p.DB, Log: riskLog{p.Bus}, District: p.Registry.District, History: curves{p.asks}, Apply: p.Warnings.Apply,
		Warned: p.warned, Signs: signs, Every: p.c.Interference.Every, Logger: p.log,
	})
}

// warned says whether a warning of a subject was open at a time; one about
// interference does not count.
func (p *Platform) warned(ctx context.Context, e *fengsui.Enterprise, s fengsui.Subject, at fengsui.Millis) (bool, error) {
	page := fengsui.Page{Limit: 1000}
	for {
		list, total, err := p.Warnings.Warnings(ctx, fengsui.Everything(), fengsui.WarningFilter{Enterprise: e.ID, To: at + 1}, page)
		if err != nil {
			return false, err
		}
		for i := range list {
			w := &list[i]
			if w.Subject == s && (w.EndedAt == 0 || w.EndedAt > at) && !risk.Interference(w.Model) {
				return true, nil
			}
		}
		if page.Offset += len(list); len(list) == 0 || page.Offset >= total {
			return false, nil
		}
	}
}

// Health says what works (A41).
func (p *Platform) Health(ctx context.Context) []fengsui.Health {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var list []fengsui.Health
	add := func(name string, err error) {
		h := fengsui.Health{Name: name, OK: err == nil}
		if err != nil {
			h.Why = err.Error()
		}
		list = append(list, h)
	}
	add("loop", p.loopReady())
	add("log", p.Bus.Ready())
	add("store", p.DB.Ready(ctx))
	if p.History != nil {
		s, err := p.History.Client().Ready(ctx)
		if err == nil && s.Why != "" {
			err = errors.New(s.Why)
		}
		add("history", err)
	}
	add("models", p.Models.Ready())
	samples, behind := p.lag()
	var err error
	if behind > 10*time.Second {
		err = fmt.Errorf("the evaluator is %s (%d samples) behind", behind.Round(time.Second), samples)
	}
	add("evaluator", err)
	add("clock", p.Warnings.Ready())
	dead, err := p.Notify.Dead(ctx, fengsui.Everything())
	if err == nil && len(dead) > 0 {
		err = fmt.Errorf("%d channels do not answer", len(dead))
	}
	add("channels", err)
	if p.JT808 != nil {
		err = nil
		if c := p.JT808.Counts(); c.Connections >= int64(p.c.JT808.Connections) {
			err = fmt.Errorf("all %d connections for vehicle terminals are taken; %d were sent away since the start", c.Connections, c.Refused["full"])
		}
		add("terminals", err)
	}
	_, d, err := p.storage()
	if err == nil {
		err = p.c.soonFull(d)
	}
	add("disk", err)
	add("certificates", p.identity.Ready())
	add("seal", p.Seal.Ready(ctx))
	add("restore", p.held(ctx))
	return list
}
