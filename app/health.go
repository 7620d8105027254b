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
	"time"

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
		select { // the first look too: what is still starting is no fault
		case <-look.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		note, cancel := context.WithTimeout(ctx, 2*faultEvery)
		if err := p.Faults.Note(note, process, p.Health(note)); err != nil && ctx.Err() == nil {
			p.log.Warn("faults were not noted", "err", err)
		}
		if err := p.tellDisk(note); err != nil && ctx.Err() == nil {
			p.log.Warn("the duty desk was not told of the disk", "err", err)
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
		Engines: []fengsui.Engine{{Name: "log", Outside: p.c.Bus.URL != ""}, {Name: "store", Outside: p.c.Store.URL != ""}, {Name: "blob", Outside: p.c.Blob.URL != "", Sealed: p.c.AtRest.sealedBy()}},
		Loop:    p.Loop(), Disks: []fengsui.Disk{}, Kept: []fengsui.Kept{}, Doors: p.doors(), Intake: p.intakeCounts(), Refused: p.refusedCounts(), Certs: p.certificatesShown(),
		Goroutines: runtime.NumGoroutine(), Memory: int64(mem.Sys), Files: openFiles(),
	}
	if e := p.Warnings.Policy(""); e != nil {
		o.Policy = e.Key()
	}
	if kept, d, err := p.storage(); err == nil {
		o.Kept, o.Disks = kept, append(o.Disks, d)
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

// doors are the protocols that this program speaks to those who send, and how each is
// used; none where this process takes nothing in.
func (p *Platform) doors() []fengsui.Door {
	if !p.c.Roles.has(roleIntake) {
		return []fengsui.Door{}
	}
	sum := func(m map[string]int64) (n int64) {
		for _, x := range m {
			n += x
		}
		return n
	}
	pushed := p.Push.Counts()
	list := []fengsui.Door{{Protocol: "push", Address: p.c.HTTPS, Taken: pushed.Taken, Refused: sum(pushed.Refused)}, {Protocol: "mqtt"}, {Protocol: "jt808"}}
	if p.MQTT != nil {
		c := p.MQTT.Counts()
		list[1] = fengsui.Door{Protocol: "mqtt", Address: strings.Trim(p.c.MQTT.TLS+" "+p.c.MQTT.Plain, " "), Clients: &c.Clients, Taken: c.Taken, Refused: sum(c.Refused)}
	}
	if p.JT808 != nil {
		c := p.JT808.Counts()
		list[2] = fengsui.Door{Protocol: "jt808", Address: p.c.JT808.Address, Clients: &c.Terminals, Taken: c.Frames, Refused: sum(c.Refused)}
	}
	return list
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

// checkWatch says what cannot work in canary, heartbeat and metrics.
func (c *Config) checkWatch() (errs []error) {
	if k := c.Canary; k.Every < 0 || k.Every > 0 && (k.Within <= 0 || k.Within > k.Every) {
		errs = append(errs, errors.New("canary: every must be 0 (none) or more, within above 0 and no longer than every"))
	} else if k.Every+k.Within > time.Minute {
		errs = append(errs, errors.New("canary: every and within together are at most 1m, so that the duty desk knows in time"))
	}
	return append(errs, c.checkHeartbeat()...)
}
