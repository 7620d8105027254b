package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"fengsui"
)

// faultEvery is how often the parts are looked at for the list of faults (A41).
const faultEvery = 10 * time.Second

// keepFaults notes which parts do not work, until ctx ends. While the store is away there
// is nowhere to note it; the fault is taken down when it is back, if it still stands.
func (p *Platform) keepFaults(ctx context.Context) error {
	look := time.NewTicker(faultEvery)
	defer look.Stop()
	process := p.process()
	for {
		p.disk.note(p.c.Data)
		select { // the first look too: what is still starting is no fault
		case <-look.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		note, cancel := context.WithTimeout(ctx, 2*faultEvery)
		if err := p.Faults.Note(note, process, p.Health(note)); err != nil && ctx.Err() == nil {
			p.log.Warn("faults were not noted", "err", err)
		}
		cancel()
	}
}

// process names this process among several of one platform; empty: there is one.
func (p *Platform) process() string {
	if p.posts.watch == nil {
		return ""
	}
	id, _ := p.data.id()
	host, _ := os.Hostname()
	return id[:min(8, len(id))] + "@" + host
}

// loopReady says where the canary stays.
func (p *Platform) loopReady() error {
	l := p.Loop()
	if l.OK {
		return nil
	}
	return fmt.Errorf("the platform's own signal was lost at %s: %s", l.Lost, l.Why)
}

// healthz answers whether this process can do its part: what a load balancer asks. Which
// parts work is for those alone who show a token with the right to see it.
func (p *Platform) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	answer := struct {
		OK    bool             `json:"ok"`
		Parts []fengsui.Health `json:"parts,omitempty"`
	}{OK: true}
	switch {
	case p.c.Roles.has(roleIntake):
		answer.OK = p.Door.Ready() == nil // it needs no store
	default:
		answer.OK = p.DB.Ready(ctx) == nil
	}
	if p.mayLook(ctx, r) {
		answer.Parts = p.Health(ctx)
	}
	status := http.StatusOK
	if !answer.OK {
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

// mayLook says whether a request shows an API token whose owner may see how the platform
// runs.
func (p *Platform) mayLook(ctx context.Context, r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	s, err := p.Accounts.Bearer(ctx, token)
	return err == nil && s.Scope.All && s.Scope.May(fengsui.ActHealth, fengsui.None)
}

// operation is what this process knows of itself (A41).
func (p *Platform) operation(ctx context.Context) fengsui.Operation {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	o := fengsui.Operation{
		Process: p.process(), Roles: append([]string{}, p.c.Roles...), Started: fengsui.At(p.started), Version: version(), Go: runtime.Version(),
		Engines: []fengsui.Engine{{Name: "log", Outside: p.c.Bus.URL != ""}, {Name: "store", Outside: p.c.Store.URL != ""}, {Name: "blob", Outside: p.c.Blob.URL != ""}},
		Loop:    p.Loop(), Disks: []fengsui.Disk{}, Intake: p.intakeCounts(), Refused: p.refusedCounts(), Certs: p.certificatesShown(),
		Goroutines: runtime.NumGoroutine(), Memory: int64(mem.Sys), Files: openFiles(),
	}
	if e := p.Warnings.Policy(""); e != nil {
		o.Policy = e.Key()
	}
	if d, err := p.disk.of(p.c.Data, p.c.Disk.MinFree); err == nil {
		o.Disks = append(o.Disks, d)
	}
	samples, behind := p.lag()
	o.Lag = fengsui.Lag{Samples: samples, Behind: fengsui.SpanOf(behind)}
	if p.History != nil {
		o.Engines = append(o.Engines, fengsui.Engine{Name: "history", Outside: p.c.History.URL != ""})
		if s, err := p.History.Client().Ready(ctx); err == nil {
			o.Lag.History = s.Behind
		}
	}
	return o
}

// intakeCounts are the door's counters that say what came in.
func (p *Platform) intakeCounts() []fengsui.Count {
	c := p.Door.Counts()
	return []fengsui.Count{
		{Name: "deliveries", N: c.Deliveries}, {Name: "samples", N: c.Samples}, {Name: "events", N: c.Events}, {Name: "positions", N: c.Positions}, {Name: "presences", N: c.Presences},
		{Name: "repeats", N: c.Repeats}, {Name: "marked", N: c.Marked}, {Name: "strays", N: c.Strayed}, {Name: "alarms", N: c.Alarms},
	}
}

// refusedCounts are those that say what did not.
func (p *Platform) refusedCounts() []fengsui.Count {
	c := p.Door.Counts()
	return []fengsui.Count{{Name: "items", N: c.Refused}, {Name: "conflicts", N: c.Conflicts}, {Name: "away", N: c.Away}, {Name: "ticks", N: c.NoTicks}, {Name: "alarms", N: c.AlarmsLost}, {Name: "forgotten", N: c.Forgotten}}
}

// certificatesShown are those that the listeners use, with their ends.
func (p *Platform) certificatesShown() []fengsui.Certificate {
	list := []fengsui.Certificate{}
	if live := p.identity.live.Load(); live != nil {
		for _, e := range live.ends {
			list = append(list, fengsui.Certificate{Name: e.what, Until: fengsui.At(e.at)})
		}
	}
	return list
}

// version is the program's, as far as the build knows it.
func version() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	v := b.Main.Version
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return v
}

// openFiles counts the process's open files, -1 where the machine does not say.
func openFiles() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(list) - 1 // the directory itself
}

const (
	paceEvery = 10 * time.Minute
	paceMost  = 24 * 6 // a day
	paceLeast = time.Hour
)

// diskPace remembers a day of what was free, to say when a disk will be full.
type diskPace struct {
	mu   sync.Mutex
	seen []diskFree // guarded by mu; oldest first
}

type diskFree struct {
	at   time.Time
	free int64
}

// note takes down what is free, now and then.
func (d *diskPace) note(dir string) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if n := len(d.seen); n > 0 && now.Sub(d.seen[n-1].at) < paceEvery {
		return
	}
	if len(d.seen) == paceMost {
		d.seen = d.seen[:copy(d.seen, d.seen[1:])]
	}
	d.seen = append(d.seen, diskFree{now, int64(s.Bavail) * s.Bsize})
}

// of says how full a directory's disk is; least 0 stands for the log's default.
func (d *diskPace) of(dir string, least int64) (fengsui.Disk, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return fengsui.Disk{}, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	x := fengsui.Disk{Name: "data", Free: int64(s.Bavail) * s.Bsize, Size: int64(s.Blocks) * s.Bsize, Least: least}
	if x.Least == 0 {
		x.Least = min(x.Size/20, 2<<30)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.seen) == 0 {
		return x, nil
	}
	past := time.Since(d.seen[0].at)
	if lost := d.seen[0].free - x.Free; past >= paceLeast && lost > 0 {
		x.FullDays = float64(max(0, x.Free-x.Least)) / float64(lost) * past.Hours() / 24
	}
	return x, nil
}

// checkWatch says what cannot work in canary, heartbeat and metrics.
func (c *Config) checkWatch() (errs []error) {
	if k := c.Canary; k.Every < 0 || k.Every > 0 && (k.Within <= 0 || k.Within > k.Every) {
		errs = append(errs, errors.New("canary: every must be 0 (none) or more, within above 0 and no longer than every"))
	} else if k.Every+k.Within > time.Minute {
		errs = append(errs, errors.New("canary: every and within together are at most 1m, so that the duty desk knows in time"))
	}
	return append(errs, c.checkHeartbeat()...)
}
