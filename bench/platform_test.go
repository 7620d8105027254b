package bench

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"fengsui"
	"fengsui/api"
	"fengsui/app"
	"fengsui/risk"
)

// place is where a platform keeps its data and listens.
type place struct {
	Dir           string
	Plain, Secure string // addresses; port 0: any
	Terminals     string // the same for vehicle terminals; empty: none

	Store, Log string   // URLs of engines outside; empty: inside the process
	Roles      []string // of the process; empty: all
}

// does says whether the process has a role.
func (p place) does(role string) bool { return len(p.Roles) == 0 || slices.Contains(p.Roles, role) }

func (p place) data(name ...string) string {
	return filepath.Join(append([]string{p.Dir, "data"}, name...)...)
}

func (p place) config() app.Config {
	c := app.Defaults()
	c.Data, c.MasterKeyFile = p.data(), filepath.Join(p.Dir, "master.key")
	c.HTTP, c.HTTPS, c.LogLevel = p.Plain, p.Secure, "warn"
	c.JT808.Address, c.JT808.PerAddress = p.Terminals, c.JT808.Connections
	c.Store.URL, c.Bus.URL, c.Roles = p.Store, p.Log, p.Roles
	// One address is everybody here.
	c.Limits.Address, c.Limits.Caller, c.Limits.SignIn = api.Rate{PerSecond: 1e6, Burst: 1e6}, api.Rate{PerSecond: 1e6, Burst: 1e6}, api.Rate{PerSecond: 1e6, Burst: 1e6}
	return c
}

// models are three ladders; each point has all four limits, so each is judged by
// three models. Only the first has no hold time, and only it is ever red.
func models() []risk.Model {
	text := risk.Text{Title: "t", Cause: "c", Consequence: "c", Action: "a", Response: "r"}
	ladder := func(id string, hold fengsui.Span, rungs ...risk.Rung) risk.Model {
		for i := range rungs {
			rungs[i].Hold = hold
		}
		return risk.Model{
			ID: id, Version: 1, Kind: risk.Ladder, Ladder: rungs, DeadBand: risk.DeadBand{Percent: 1}, Off: hold, Evidence: 4,
			Source: []risk.Source{{Standard: "none"}}, Text: map[string]risk.Text{"zh": text, "en": text},
		}
	}
	minute := fengsui.SpanOf(time.Minute)
	return []risk.Model{
		ladder("at_once", 0, risk.Rung{Name: "LL", Level: fengsui.Red}, risk.Rung{Name: "HH", Level: fengsui.Red}),
		ladder("with_hold", minute, risk.Rung{Name: "L", Level: fengsui.Yellow}, risk.Rung{Name: "H", Level: fengsui.Yellow}),
		ladder("with_long_hold", 5*minute, risk.Rung{Name: "L", Level: fengsui.Blue}, risk.Rung{Name: "LL", Level: fengsui.Orange},
			risk.Rung{Name: "H", Level: fengsui.Blue}, risk.Rung{Name: "HH", Level: fengsui.Orange}),
	}
}

// listening is what the platform announces.
type listening struct{ Plain, Secure, Control, Terminals string }

// progress is how far the platform has come with its log; of a process that does not
// judge, or has no history, the places are zero.
type progress struct {
	Tail, Risk, History fengsui.Place
	Samples             int64 // judged since it began
	Positions           int64 // kept since it began
	HistoryError        string
}

// platform is what `fengsui serve` does, with our models, and one more listener
// that says how far it is.
func platform(ctx context.Context, args []string) (err error) {
	var at place
	if len(args) != 1 {
		return errors.New("it wants one argument")
	}
	if err := json.Unmarshal([]byte(args[0]), &at); err != nil {
		return err
	}
	ctx = orphaned(ctx)
	c := at.config()
	log, err := c.Logger()
	if err != nil {
		return err
	}
	p, err := app.Open(ctx, c, log, app.WithModels(models()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/progress", func(w http.ResponseWriter, r *http.Request) {
		now := progress{Tail: p.Bus.Tail(), Positions: p.Door.Counts().Positions}
		if at.does("evaluate") {
			now.Risk, now.Samples = p.Risk.Done(), p.Risk.Stats().Samples
		}
		if p.History != nil {
			state, err := p.History.Client().Ready(r.Context())
			now.History = state.Place
			if err != nil {
				now.HistoryError = err.Error()
			}
		}
		json.NewEncoder(w).Encode(now)
	})
	mux.HandleFunc("/memory", func(w http.ResponseWriter, _ *http.Request) {
		// Twice: a stack shrinks when its goroutine is scanned, pools are empty after two.
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		json.NewEncoder(w).Encode(m.HeapAlloc + m.StackInuse)
	})
	server := &http.Server{Handler: mux}
	go server.Serve(control)
	defer server.Close()
	return p.ListenAndRun(ctx, func(plain, secure string) {
		announce(listening{"http://" + plain, "https://" + secure, "http://" + control.Addr().String(), p.TerminalsAt})
	})
}

// running is a platform in a process of its own, or the one with the doors of several.
type running struct {
	*child
	listening
	place place
	http  *http.Client // trusts its CA

	others  []*running // that share the platform
	engines []int      // process ids of its store and log, where they are outside
}

func launch(at place) (*running, error) {
	args, err := json.Marshal(at)
	if err != nil {
		return nil, err
	}
	c, err := start("platform", string(args))
	if err != nil {
		return nil, err
	}
	s := &running{child: c, place: at}
	if err := c.hello(&s.listening); err != nil {
		return nil, err
	}
	if at.Secure == "" {
		return s, nil
	}
	s.http, err = trusting(at.data("tls", "ca.pem"))
	if err != nil {
		c.kill()
	}
	return s, err
}

// trusting is the client of every HTTPS measurement, rivals' too.
func trusting(ca string) (*http.Client, error) {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", ca)
	}
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 512, IdleConnTimeout: 5 * time.Minute,
	}}, nil
}

func (s *running) progress() (p progress, err error) {
	r, err := http.Get(s.Control + "/progress")
	if err != nil {
		return p, err
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		return p, err
	}
	for _, o := range s.others {
		q, err := o.progress()
		if err != nil {
			return p, err
		}
		if p.Risk.Less(q.Risk) {
			p.Risk = q.Risk
		}
		if p.History.Less(q.History) {
			p.History = q.History
		}
		p.Samples, p.Positions, p.HistoryError = p.Samples+q.Samples, p.Positions+q.Positions, p.HistoryError+q.HistoryError
	}
	return p, nil
}

// cpu is what all of its processes and the engines outside have used, and what those
// under them did.
func (s *running) cpu() (own, under time.Duration) {
	own, under = s.child.cpu()
	for _, o := range s.others {
		a, b := o.cpu()
		own, under = own+a, under+b
	}
	for _, pid := range s.engines {
		a, b := cpuOf(pid)
		own += a + b
	}
	return own, under
}

// end lets all of its processes end, the one with the doors first.
func (s *running) end() error {
	err := s.child.end()
	for _, o := range s.others {
		err = errors.Join(err, o.end())
	}
	return err
}

// kill is kill -9 of all of its processes.
func (s *running) kill() {
	s.child.kill()
	for _, o := range s.others {
		o.kill()
	}
}

// drain waits until evaluator and history have all that the log has now.
func (s *running) drain() error {
	first, err := s.progress()
	for end := time.Now().Add(5 * time.Minute); err == nil && time.Now().Before(end); {
		var p progress
		if p, err = s.progress(); err == nil && !p.Risk.Less(first.Tail) && !p.History.Less(first.Tail) {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err == nil {
		err = errors.New("the platform does not catch up")
	}
	return err
}

// profile writes a CPU profile of the next seconds, if that was asked for; the
// result waits until it is there.
func (s *running) profile(name string, seconds int) (wait func() error) {
	dir := os.Getenv(profileEnv)
	if dir == "" {
		return func() error { return nil }
	}
	done := make(chan error, 1) // its one value never waits
	go func() {
		done <- func() error {
			r, err := http.Get(fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", s.Control, seconds))
			if err != nil {
				return err
			}
			defer r.Body.Close()
			f, err := os.Create(filepath.Join(dir, name+".pprof"))
			if err != nil {
				return err
			}
			_, err = io.Copy(f, r.Body)
			return errors.Join(err, f.Close())
		}()
	}()
	return func() error { return <-done }
}
