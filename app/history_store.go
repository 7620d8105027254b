package app

import (
	"context"
	"strings"
	"time"

	"fengsui"
	"fengsui/series"
	"fengsui/series/remote"
	"fengsui/series/victoria"
)

// historyStore is an engine as the history role feeds it.
type historyStore interface {
	series.Engine
	Write(ctx context.Context, list []fengsui.Sample) error
	WritePositions(ctx context.Context, list []fengsui.Position) error
	// Lost reports whether something written since it was asked last may be gone.
	Lost(ctx context.Context) (bool, error)
	// tell fills in what a State says about the engine.
	tell(s *series.State)
	Close()
}

// open opens the engine of the configuration.
func (c *HistoryConfig) open() (historyStore, error) {
	if c.Server.URL != "" {
		e, err := remote.Open(c.Server)
		if err != nil {
			return nil, err
		}
		return historyServer{e}, nil
	}
	e, err := victoria.Open(c.engine())
	if err != nil {
		return nil, err
	}
	return historyInside{e}, nil
}

// historyInside is the engine inside the history process: what it loses it loses with
// its process.
type historyInside struct{ *victoria.Engine }

func (e historyInside) Write(_ context.Context, list []fengsui.Sample) error {
	return e.Engine.Write(list)
}

func (e historyInside) WritePositions(_ context.Context, list []fengsui.Position) error {
	return e.Engine.WritePositions(list)
}

func (historyInside) Lost(context.Context) (bool, error) { return false, nil }

func (e historyInside) tell(s *series.State) {
	s.Full = e.Full()
	s.Refused = e.Stats().Refused
	s.Used, s.Free, _ = e.Disk()
}

// historyServer is an engine in a server.
type historyServer struct{ *remote.Engine }

func (e historyServer) tell(s *series.State) {
	seen := e.Seen()
	s.Full = s.Full || seen.Full
	s.Refused = e.Refused()
	s.Used, s.Free = seen.Used, seen.Free
}

// server is the history's server as the configuration names it; without one its URL is
// empty.
func (c *Config) historyServer() (remote.Config, error) {
	h := c.History
	r := remote.Config{URL: h.URL, WriteURL: h.WriteURL, User: h.User, Retention: c.Retention.History}
	if h.URL == "" {
		return r, nil
	}
	secret, err := optional(h.SecretFile)
	if err != nil {
		return r, err
	}
	r.Secret = strings.TrimSpace(string(secret))
	r.CA, err = optional(h.CAFile)
	return r, err
}

// ask is a client of a history's server in whatever process: of several that share a
// platform one feeds it. What only the child knows, how far it has come, it is asked for
// where it is; elsewhere the state says how the server is.
func (c *HistoryConfig) ask(child *series.Client) (*series.Client, error) {
	e, err := remote.Open(c.Server)
	if err != nil {
		return nil, err
	}
	state := func() series.State {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s, err := child.Ready(ctx)
		if err == nil {
			return s
		}
		if _, err := e.Look(ctx); err != nil {
			s.Why = err.Error()
		}
		historyServer{e}.tell(&s)
		return s
	}
	return series.NewClient(series.ClientConfig{Handler: series.Handler(series.HandlerConfig{Engine: e, State: state})}), nil
}
