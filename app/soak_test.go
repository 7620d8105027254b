package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"fengsui"
	"fengsui/adapter/jt808"
	"fengsui/adapter/push"
	"fengsui/series/victoria"
	"fengsui/sim"
)

// TestSoak runs the real program for an hour at half of the load that make bench found
// it to sustain, with acts, warnings raised and ended, vehicle terminals and gateways
// beside: memory, goroutines and files of both processes stay flat, and what was
// acknowledged is in the log, was judged and is in the history, exactly (N01). It is
// run with FENGSUI_SOAK=1; FENGSUI_SOAK_FOR says how long [1h], FENGSUI_SOAK_RATE how
// many samples a second [half of bench/latest.json].
func TestSoak(t *testing.T) {
	if os.Getenv("FENGSUI_SOAK") == "" {
		t.Skip("takes an hour: make soak")
	}
	k := &soak{lasts: time.Hour, senders: 40, batch: soakBatch, tolerance: 0.1, slack: 1}
	if d, err := time.ParseDuration(os.Getenv("FENGSUI_SOAK_FOR")); err == nil {
		k.lasts = d
	}
	k.rate = halfLoad(t)
	if r, err := strconv.ParseFloat(os.Getenv("FENGSUI_SOAK_RATE"), 64); err == nil {
		k.rate = r
	}
	v := k.run(t, "")
	t.Log(k.table())
	v.report(t)
}

// TestSoakCatchesLeaks plants a leak of each kind: the judgement of TestSoak must find
// it, and find nothing where there is none. Minutes are seconds here, in which a
// platform still grows into its work: it may grow by half. How long it takes is said by
// the deliveries that leak, so that a slow machine sees as many.
func TestSoakCatchesLeaks(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, run by make test: takes half a minute")
	}
	binary := faultBinary(t)
	for fault, want := range map[string]string{"": "", "leak-memory": ownMemory, "leak-goroutines": ownGoroutines, "leak-files": ownFiles} {
		t.Run("with "+want, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			k := &soak{lasts: 12 * time.Second, senders: 4, batch: bulkBatch, tolerance: 0.5, slack: 4, rate: 50 * bulkBatch, least: 600 * bulkBatch}
			v := k.runWith(t, binary, fault)
			t.Log(k.table())
			found := v[want]
			delete(v, want)
			if want != "" && len(found) == 0 {
				t.Errorf("%s is not caught", fault)
			}
			v.report(t) // beside the planted leak nothing is wrong
		})
	}
}

// halfLoad is half of the samples a second that the last whole make bench sustained.
func halfLoad(t *testing.T) float64 {
	b, err := os.ReadFile("../bench/latest.json")
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Rows []struct {
			Name   string
			Figure float64
		}
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Rows {
		if x.Name == "samples sustained, compact, batches of 500" {
			return x.Figure / 2
		}
	}
	t.Fatal("bench/latest.json does not say how many samples are sustained: run make bench, or set FENGSUI_SOAK_RATE")
	return 0
}

// soak is a siege that nothing happens to, and what it is found to use.
type soak struct {
	lasts     time.Duration
	least     int64   // samples; it goes on until they came
	rate      float64 // samples a second, of all senders
	senders   int     // enterprises with batch points each
	batch     int     // samples
	tolerance float64 // by which share a use may grow after the warm-up
	slack     float64 // how often that of each use

	s        *siege
	fleet    *sim.Fleet
	muffled  atomic.Bool  // terminals fall silent
	readings atomic.Int64 // of gateways, acknowledged

	took  time.Duration // the load
	rows  []usage
	told  platformCounts
	facts *facts
	stood stored
}

const (
	soakBatch     = 500 // samples, as make bench sends them
	soakTerminals = 20
	soakGateways  = 3               // each sends as many readings a second as it has points
	soakReadings  = 20              // points of a gateway
	soakLooks     = 5               // a row of the table is the median of so many
	soakStory     = 2 * time.Second // from one warning to the next
)

// usage is what the two processes use at a moment.
type usage struct {
	at     time.Duration
	values [len(uses)]float64
}

// What is looked at. A use that has a slack is judged: growth below it is chance.
const (
	ownMemory     = "platform, own memory"
	ownGoroutines = "platform, goroutines"
	ownFiles      = "platform, open files"
)

var uses = [...]struct {
	name, unit string
	slack      float64
}{
	{ownMemory, "MiB", 16},
	{"history, own memory", "MiB", 16},
	{ownGoroutines, "", 10},
	{ownFiles, "", 10},
	// Fifteen parts of a size are merged into one, and a part has three files: as the data
	// grows threefold after the first third, those of one size more may stand unmerged.
	{"history, open files", "", 45},
	{"history, threads", "", 5},
	// Not judged: the kernel counts pages of files here that it would give back, and
	// what is stored grows as it should.
	{"platform, resident", "MiB", 0},
	{"history, resident", "MiB", 0},
	{"data on disk", "MiB", 0},
}

// platformCounts is what the platform's own counters say.
type platformCounts struct{ samples, positions, judged, written, refused int64 }

// stored is what the history has.
type stored struct{ samples, positions int64 }

func (k *soak) run(t *testing.T, fault string) verdict { return k.runWith(t, faultBinary(t), fault) }

func (k *soak) runWith(t *testing.T, binary, fault string) verdict {
	s := besiege(t, mkdir(t, "soak"))
	k.s, s.binary, s.fault = s, binary, fault
	s.senders, s.batch = k.senders, k.batch
	s.c.History.On = true
	s.c.MQTT.Plain, s.c.JT808.Address = freeAddress(t), freeAddress(t)
	// Segments come, are archived and go while it runs.
	s.c.Bus.SegmentBytes, s.c.Retention.Log = 512<<20, max(k.lasts/12, time.Second)
	stories := int(k.lasts/soakStory) + 1
	s.furnish(stories)
	k.furnish()
	history := 0
	until(t, func() string { return "a history process" }, func() bool {
		history = childOf(s.proc.cmd.Process.Pid)
		return history != 0
	})

	load, end := context.WithCancel(s.ctx)
	defer end()
	follow, deaf := context.WithCancel(s.ctx)
	defer deaf()
	drive, park := context.WithCancel(s.ctx)
	defer park()
	var sending, driving, following sync.WaitGroup
	following.Go(func() { s.follow(follow) })
	driving.Go(func() { k.fleet.Run(drive) })
	began := time.Now()
	for i := range s.senders {
		sending.Go(func() { k.send(load, i, began) })
	}
	for i := range soakGateways {
		sending.Go(func() { k.gateway(load, i) })
	}
	x := &tale{s: s, kinds: plot(killSeed(t), stories, "red", "red", "upgraded", "blue", "false")}
	look := min(time.Minute, k.lasts/12) / soakLooks
	var looks []usage
	for i := 0; time.Since(began) < k.lasts || s.samples.Load() < k.least; i++ {
		wait(s.ctx, time.Until(began.Add(time.Duration(i+1)*look)))
		if want := int(time.Since(began) / soakStory); want > x.next {
			x.release(want - x.next)
		}
		u, err := k.look(s.proc.cmd.Process.Pid, history)
		if err != nil {
			t.Fatalf("%v\n%s", err, s.proc.lastWords())
		}
		u.at = time.Since(began)
		if looks = append(looks, u); len(looks) == soakLooks {
			k.rows, looks = append(k.rows, median(looks)), looks[:0]
		}
	}
	end()
	sending.Wait()
	k.took = time.Since(began)
	x.all.Wait()
	k.muffled.Store(true)
	s.quiet()
	until(t, func() string {
		return fmt.Sprintf("as much judged and stored as was acknowledged: %+v, of %d samples and %d positions", k.told, k.samples(), k.fleet.Counts().Answered)
	}, func() bool {
		k.told = k.counters()
		return k.told.positions == k.fleet.Counts().Answered && k.told.judged >= k.told.samples && k.told.written >= k.told.samples+k.told.positions
	})
	park()
	driving.Wait()
	deaf()
	following.Wait()
	s.stop()
	k.facts = s.facts()
	k.stood = k.history()
	return k.judge()
}

// samples is how many the platform said it has.
func (k *soak) samples() int64 { return k.s.samples.Load() + k.readings.Load() }

// furnish brings in what sends beside the plants.
func (k *soak) furnish() {
	s := k.s
	admin := s.signIn("admin")
	var sheet strings.Builder
	sheet.WriteString("enterprise,code,name,quantity,unit,range_low,range_high,ll,l,h,hh\n")
	for i := range soakGateways {
		for j := range soakReadings {
			fmt.Fprintf(&sheet, "BULK%d,GW%02[2]d,GW%02[2]d,level,m,0,15,1,2,12,13.5\n", i, j)
		}
	}
	s.imports(admin, "points", sheet.String())
	list, err := sim.GenerateVehicles(&sim.District{Seed: 1, Firms: []*sim.Firm{{Code: "PLANT", Lon: 117.6, Lat: 39}}}, 0, soakTerminals)
	if err != nil {
		s.t.Fatal(err)
	}
	sheet.Reset()
	sheet.WriteString("enterprise,code,name,key:" + jt808.Adapter + "\n")
	for _, v := range list {
		fmt.Fprintf(&sheet, "PLANT,%s,%s,%s\n", v.Code(), v.Code(), v.Number)
	}
	s.imports(admin, "devices", sheet.String())
	k.fleet = &sim.Fleet{Vehicles: list, Every: 5 * time.Second, Quiet: true, Log: slog.New(slog.DiscardHandler), Dial: func(ctx context.Context) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.c.JT808.Address)
		return muffle{conn, &k.muffled}, err
	}}
}

// muffle is a terminal's line: muffled, what it says is not heard, and it hears the
// answers to what it said before.
type muffle struct {
	net.Conn
	on *atomic.Bool
}

func (m muffle) Write(b []byte) (int, error) {
	if m.on.Load() {
		return len(b), nil
	}
	return m.Conn.Write(b)
}

// send sends batches of one enterprise at its share of the rate until ctx ends. What it
// is late with it makes up for, but not more than a second's worth.
func (k *soak) send(ctx context.Context, i int, began time.Time) {
	every := time.Duration(float64(k.batch*k.senders) / k.rate * float64(time.Second))
	due := began.Add(every * time.Duration(i) / time.Duration(k.senders))
	b := &push.Batch{Samples: make([]push.Sample, k.batch)}
	for j := range b.Samples {
		b.Samples[j].Code = fmt.Sprintf("B%02d", j)
	}
	last := fengsui.Millis(0)
	for n := 0; wait(ctx, time.Until(due)); n++ {
		last = max(last+1, fengsui.At(time.Now()))
		for j := range b.Samples {
			b.Samples[j].At, b.Samples[j].Value = last, math.Round(100*(6+3*math.Sin(float64(n+37*j)/300)))/100
		}
		if k.s.push(k.s.bulk[i], fmt.Sprintf("soak-%d-%d", i, n), b) != nil {
			return
		}
		due = due.Add(every)
		if late := time.Now().Add(-time.Second); due.Before(late) {
			due = late
		}
	}
}

// gateway sends readings of one enterprise over MQTT until ctx ends: by 5.0, by 3.1.1,
// and by a plain topic.
func (k *soak) gateway(ctx context.Context, i int) {
	c := k.s.bulk[i]
	g := sim.GatewayOf([]int{0, 4, 4}[i], 1, true)
	g.Enterprise, g.Key, g.Secret = c.Enterprise, c.Key, c.Secret
	g.Dial = func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", k.s.c.MQTT.Plain)
	}
	defer g.Close()
	list := make([]sim.Reading, soakReadings)
	for n := 0; wait(ctx, time.Second); n++ {
		now := time.Now()
		for j := range list {
			list[j] = sim.Reading{Code: fmt.Sprintf("GW%02d", j), At: now, Value: 5 + math.Sin(float64(n+j))}
		}
		// One that was begun is brought to its end.
		if err := g.Send(k.s.ctx, fmt.Sprint("GW", i), false, list); err != nil {
			k.s.blame("gateway %d: %v", i, err)
			return
		}
		k.readings.Add(soakReadings)
	}
}

// look reads what both processes use now.
func (k *soak) look(platform, history int) (u usage, err error) {
	own, err := usedBy(platform)
	if err != nil {
		return u, err
	}
	child, err := usedBy(history)
	if err != nil {
		return u, err
	}
	m, err := k.metrics()
	if err != nil {
		return u, err
	}
	const mib = 1 << 20
	u.values = [...]float64{own.anon / mib, child.anon / mib, m["go_goroutines"], own.files, child.files, child.threads,
		own.resident / mib, child.resident / mib, float64(sizeOf(k.s.c.Data)) / mib}
	return u, nil
}

// processUse is what the kernel says of a process; memory in bytes.
type processUse struct{ anon, resident, files, threads float64 }

func usedBy(pid int) (u processUse, err error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		to := map[string]*float64{"RssAnon": &u.anon, "VmRSS": &u.resident, "Threads": &u.threads}[name]
		if to == nil {
			continue
		}
		if _, err := fmt.Sscan(value, to); err != nil {
			return u, fmt.Errorf("%s of process %d: %w", name, pid, err)
		}
		if name != "Threads" {
			*to *= 1024
		}
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	u.files = float64(len(files))
	return u, err
}

// childOf is the history process of a platform; 0: there is none yet.
func childOf(pid int) (child int) {
	// The kernel lists a child by the thread that started it.
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, name := range lists {
		text, err := os.ReadFile(name)
		if _, bad := fmt.Sscan(string(text), &child); err == nil && bad == nil {
			return child
		}
	}
	return 0
}

// metrics is what the platform says of itself, by name with labels.
func (k *soak) metrics() (map[string]float64, error) {
	r, err := k.s.web.Get("http://" + k.s.c.HTTP + "/metrics")
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	m := map[string]float64{}
	lines := bufio.NewScanner(r.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil && name != "#" {
			m[name] = v
		}
	}
	return m, lines.Err()
}

func (k *soak) counters() (c platformCounts) {
	m, err := k.metrics()
	if err != nil {
		k.s.t.Fatal(err)
	}
	of := func(name string) int64 { return int64(m["fengsui_"+name]) }
	return platformCounts{of(`intake_total{kind="samples"}`), of(`intake_total{kind="positions"}`), of("judged_samples_total"), of("history_written_total"),
		of("history_refused_total") + of(`intake_refused_total{kind="items"}`)}
}

// history counts what the stopped platform's history has.
func (k *soak) history() (n stored) {
	s := k.s
	e, err := victoria.Open(victoria.Config{Dir: filepath.Join(s.c.Data, "history", "series"), Retention: s.c.Retention.History, Memory: 256 << 20, MinFree: 1})
	if err != nil {
		s.t.Fatal(err)
	}
	defer e.Close()
	from, to := fengsui.At(time.Now().Add(-k.lasts-24*time.Hour)), fengsui.At(time.Now().Add(time.Hour))
	total, err := e.Count(s.ctx, from, to)
	if err != nil {
		s.t.Fatal(err)
	}
	n.samples = total.Samples
	db := s.open()
	defer db.Close()
	each(s.t, db, `SELECT num FROM device`, 1, func(row []string) {
		num, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		track, err := e.Track(s.ctx, num, from, to)
		if err != nil {
			s.t.Fatal(err)
		}
		n.positions += int64(len(track))
	})
	return n
}

// judge says what is wrong.
func (k *soak) judge() verdict {
	v := verdict{}
	k.s.acknowledged(v, k.facts)
	acked, seen := k.samples(), k.fleet.Counts().Answered
	for what, got := range map[string][2]int64{
		"let in": {k.told.samples, k.told.positions}, "in the log": {k.facts.samples, k.facts.positions}, "in the history": {k.stood.samples, k.stood.positions},
	} {
		if got != [2]int64{acked, seen} {
			v.add(what, "%d samples and %d positions, acknowledged were %d and %d", got[0], got[1], acked, seen)
		}
	}
	if k.told.judged != acked {
		v.add("judged", "%d samples, acknowledged were %d", k.told.judged, acked)
	}
	if k.told.written != acked+seen {
		v.add("written to the history", "%d samples and positions, acknowledged were %d and %d", k.told.written, acked, seen)
	}
	if k.told.refused != 0 {
		v.add("refused", "%d items", k.told.refused)
	}
	if told := len(k.s.feed.byStory); told != len(k.facts.warnings) {
		v.add("warnings", "%d are there, the feed told of %d", len(k.facts.warnings), told)
	}
	for i, u := range uses {
		if by, share := k.growth(i); u.slack > 0 && by > k.slack*u.slack && share > k.tolerance {
			v.add(u.name, "grew by %.1f %s, %.1f %%, after the first third; it may by %.0f %%", by, u.unit, 100*share, 100*k.tolerance)
		}
	}
	return v
}

// growth is by how much a use grew after the first third, along a line through all that
// was seen since then, and which share that is of what the line begins with.
func (k *soak) growth(use int) (by, share float64) {
	rows := k.rows[len(k.rows)/3:]
	n := float64(len(rows))
	var x, y float64
	for _, r := range rows {
		x, y = x+r.at.Seconds()/n, y+r.values[use]/n
	}
	var xx, xy float64
	for _, r := range rows {
		dx := r.at.Seconds() - x
		xx, xy = xx+dx*dx, xy+dx*(r.values[use]-y)
	}
	if xx == 0 {
		return 0, 0
	}
	begin, end := rows[0].at.Seconds(), rows[len(rows)-1].at.Seconds()
	by = xy / xx * (end - begin)
	return by, by / max(y+xy/xx*(begin-x), 1)
}

// median is the middle of each use.
func median(looks []usage) usage {
	u := looks[len(looks)/2]
	for i := range u.values {
		var list []float64
		for _, l := range looks {
			list = append(list, l.values[i])
		}
		slices.Sort(list)
		u.values[i] = list[len(list)/2]
	}
	return u
}

// table is what was seen, every row, and what came of it.
func (k *soak) table() string {
	var b strings.Builder
	acked, seen := k.samples(), k.fleet.Counts().Answered
	fmt.Fprintf(&b, "%s of load: %.0f samples a second were to come, %.0f were acknowledged\n\n", k.took.Round(time.Second), k.rate, float64(acked)/k.took.Seconds())
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "after\t")
	for _, u := range uses {
		fmt.Fprint(w, u.name, "\t")
	}
	fmt.Fprintln(w)
	for _, r := range k.rows {
		fmt.Fprint(w, r.at.Round(100*time.Millisecond), "\t")
		for i, x := range r.values {
			fmt.Fprintf(w, "%.*f %s\t", map[bool]int{true: 1}[uses[i].unit != ""], x, uses[i].unit)
		}
		fmt.Fprintln(w)
	}
	for _, line := range []string{"grew after a third", "share", "may be"} {
		fmt.Fprint(w, line, "\t")
		for i, u := range uses {
			by, share := k.growth(i)
			switch {
			case line == "grew after a third":
				fmt.Fprintf(w, "%.1f %s\t", by, u.unit)
			case line == "share":
				fmt.Fprintf(w, "%.1f %%\t", 100*share)
			case u.slack > 0:
				fmt.Fprintf(w, "%.0f %% or %.0f %s\t", 100*k.tolerance, k.slack*u.slack, u.unit)
			default:
				fmt.Fprint(w, "not judged\t")
			}
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%d samples and %d positions acknowledged; %d and %d let in, %d and %d in the log, %d samples judged, %d and %d in the history (%d written)\n",
		acked, seen, k.told.samples, k.told.positions, k.facts.samples, k.facts.positions, k.told.judged, k.stood.samples, k.stood.positions, k.told.written)
	fmt.Fprintf(&b, "%d deliveries and %d acts acknowledged; %d warnings, %d pushes\n", len(k.s.deliveries), len(k.s.acted), len(k.facts.warnings), len(k.facts.pushes))
	return b.String()
}

// sizeOf is how many bytes the files below a directory have.
func sizeOf(dir string) (n int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}
