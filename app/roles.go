package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"fengsui"
	"fengsui/lease"
	"fengsui/store"
)

// Roles are what a process of a platform does. One process has them all; over an
// outside store and an outside log several share them (decision 0009).
const (
	roleIntake   = "intake"   // adapters and the door; any number
	roleEvaluate = "evaluate" // models and the escalation clock; one at a time, others stand by
	roleAPI      = "api"      // console and API; any number
	roleHistory  = "history"  // the history, curves of warnings, signs of interference; one at a time
	roleNotify   = "notify"   // pushes and the seal; one at a time each
)

var allRoles = []string{roleIntake, roleEvaluate, roleAPI, roleHistory, roleNotify}

// Leases: what one process at a time does.
const (
	leaseTick     = "tick" // the models' clock in the log: two of them would run twice as fast
	leaseEvaluate = "evaluate/0"
	leaseHistory  = "history"
	leaseNotify   = "notify"
	leaseSeal     = "seal"
)

// Roles is a list of roles, as the command line and the configuration have it.
type Roles []string

// has says whether a process has a role; an empty list is all of them.
func (r Roles) has(role string) bool { return len(r) == 0 || slices.Contains(r, role) }

// whole says that one process does everything.
func (r Roles) whole() bool {
	return !slices.ContainsFunc(allRoles, func(role string) bool { return !r.has(role) })
}

// validate says which role there is not.
func (r Roles) validate() error {
	for _, role := range r {
		if !slices.Contains(allRoles, role) {
			return fmt.Errorf("there is no role %q; there are %s", role, strings.Join(allRoles, ", "))
		}
	}
	return nil
}

// rolesFit says why a process cannot have the roles that it was given.
func (c *Config) rolesFit() error {
	if err := c.Roles.validate(); err != nil {
		return err
	}
	if !c.Roles.whole() && (c.Store.URL == "" || c.Bus.URL == "") {
		return errors.New("a process that has a part of the roles needs store.url and bus.url: the others must reach the same records and the same log")
	}
	return nil
}

// posts are the leases of a process, and what it knows of the others'. Where the
// records are in our own data directory nobody else can be, and there are none.
type posts struct {
	watch *lease.Watch // nil: nobody else
	of    map[string]*lease.Lease
}

// openPosts refuses another platform's database and makes the leases.
func (p *Platform) openPosts(ctx context.Context) error {
	p.posts = posts{of: map[string]*lease.Lease{}}
	if p.c.Store.URL == "" {
		return nil
	}
	id, err := p.data.id()
	if err != nil {
		return err
	}
	log := "of data directory " + id
	if p.c.Bus.URL != "" {
		log = p.Bus.ID()
	}
	if err := lease.Belong(ctx, p.DB, log); err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	p.posts.watch = lease.NewWatch(p.DB)
	for name, note := range map[string]func() string{leaseTick: nil, leaseEvaluate: p.lagNote, leaseHistory: nil, leaseNotify: nil, leaseSeal: nil} {
		l, err := lease.New(lease.Config{DB: p.DB, Name: name, Holder: id + "@" + host, Note: note, Log: p.log})
		if err != nil {
			return err
		}
		p.posts.of[name] = l
	}
	return nil
}

// holds says whether this process does what one at a time does.
func (p *Platform) holds(name string) bool {
	l := p.posts.of[name]
	return l == nil || l.Holds()
}

// stages are what Run runs, each under the lease that it needs; idle is what a process
// does that waits for it.
type stages struct {
	free   map[string]func(context.Context) error
	leased map[string]map[string]func(context.Context) error
	idle   map[string]func(context.Context)
}

// stages are this process's, by its roles.
func (p *Platform) stages() stages {
	type runs = map[string]func(context.Context) error
	s := stages{runs{"bus": p.Bus.Run, "registry": p.Registry.Run, "models": p.Models.Run}, map[string]runs{}, map[string]func(context.Context){}}
	shared, roles := p.posts.watch != nil, p.c.Roles
	if shared {
		s.free["leases"], s.free["clock"] = p.posts.watch.Run, p.Warnings.Follow
	}
	if roles.has(roleIntake) {
		s.free["ingest"] = p.Door.Run
		s.leased[leaseTick] = runs{}
	}
	switch {
	case roles.has(roleEvaluate):
		s.leased[leaseEvaluate] = runs{"risk": p.Risk.Run, "warning": p.Warnings.Run, "outage": p.Outages.Run}
		s.idle[leaseEvaluate] = p.Risk.Follow
	case roles.has(roleAPI):
		s.free["latest"] = func(ctx context.Context) error { p.Risk.Follow(ctx); return context.Cause(ctx) }
	}
	if roles.has(roleNotify) {
		s.leased[leaseNotify] = runs{"notify": p.Notify.Run}
		s.leased[leaseSeal] = runs{"seal": p.Seal.Run, "files": p.Disposal.Run}
	}
	if roles.has(roleHistory) && p.History != nil {
		s.leased[leaseHistory] = runs{"history": p.History.Run, "evidence": p.Evidence.Run, "assess": p.History.after(p.Assess.Run), "interference": p.History.after(p.Inspect.Run)}
	}
	return s
}

// Run runs every stage until ctx ends. A stage that fails is started again: a
// fault in one must not silence the others.
func (p *Platform) Run(ctx context.Context) error {
	s := p.stages()
	var all sync.WaitGroup
	for name, run := range s.free {
		all.Go(func() { p.keep(ctx, name, run) })
	}
	for name, group := range s.leased {
		work := func(ctx context.Context) {
			var all sync.WaitGroup
			for name, run := range group {
				all.Go(func() { p.keep(ctx, name, run) })
			}
			<-ctx.Done()
			all.Wait()
		}
		l := p.posts.of[name]
		if l == nil {
			all.Go(func() { work(ctx) })
			continue
		}
		all.Go(func() {
			l.Run(ctx, func(ctx context.Context) { work(store.Guarded(ctx, l.Held)) }, s.idle[name])
		})
	}
	all.Wait()
	return nil
}

// lagSaid is what the evaluator's holder says of itself to the other processes.
type lagSaid struct {
	Samples int64 `json:"samples"`
	Behind  int64 `json:"behindMs"`
}

func (p *Platform) lagNote() string {
	samples, behind := p.Risk.Lag()
	b, err := json.Marshal(lagSaid{samples, behind.Milliseconds()})
	if err != nil {
		return ""
	}
	return string(b)
}

// heardEvery is how often a holder that lives is heard of: what is longer is lag.
const heardEvery = 5 * time.Second

// lag is how far the evaluator is behind, in whichever process it is. One that is not
// heard of falls behind by the second.
func (p *Platform) lag() (samples int64, behind time.Duration) {
	if p.holds(leaseEvaluate) && p.c.Roles.has(roleEvaluate) {
		return p.Risk.Lag()
	}
	state, taken := p.posts.watch.State(leaseEvaluate)
	if !taken {
		return 0, 0 // nobody ever judged: the log keeps it
	}
	var said lagSaid
	if json.Unmarshal([]byte(state.Note), &said) != nil {
		said = lagSaid{} // it was just taken, or nobody has it: Still says for how long
	}
	return said.Samples, time.Duration(said.Behind)*time.Millisecond + max(0, state.Still-heardEvery)
}

// id is the data directory's own name, given once. A copy of the directory has it
// too: that is the same platform, somewhere else.
func (d *dataDir) id() (string, error) {
	b, err := os.ReadFile(d.file("ID"))
	if errors.Is(err, fs.ErrNotExist) {
		id := string(fengsui.NewID())
		return id, os.WriteFile(d.file("ID"), []byte(id+"\n"), 0o600)
	}
	if err == nil && strings.TrimSpace(string(b)) == "" {
		err = fmt.Errorf("%s is empty: restore it, or remove it when this data directory is new", d.file("ID"))
	}
	return strings.TrimSpace(string(b)), err
}
