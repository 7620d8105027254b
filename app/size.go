package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"fengsui"
	"fengsui/health"
	"fengsui/notify"
	"fengsui/series"
	"fengsui/store"
)

// How much there is of each kind of data, and when the disk will be full (A41). The rules
// are fengsui.Forecast and retention.yaml; here it is measured, and told.

// measureEvery is how often everything is measured.
const measureEvery = time.Hour

// measuring bounds one measurement: a list of all files may be long.
const measuring = 5 * time.Minute

// keepMeasures measures until ctx ends. What was measured before is known at once.
func (p *Platform) keepMeasures(ctx context.Context) error {
	for {
		list, err := p.Faults.Measures(ctx, p.process())
		if err != nil {
			return err
		}
		wait := time.Duration(0)
		if n := len(list); n > 0 {
			wait = measureEvery - time.Since(list[n-1].At.Time())
		}
		if wait <= 0 {
			if err := p.measure(ctx, list); err != nil {
				return err
			}
			continue
		}
		p.measures.Store(&list)
		select {
		case <-time.After(min(wait, measureEvery)): // a clock that was put back must not stop it
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// measure takes down how much there is. An engine that is away is measured the next time.
func (p *Platform) measure(ctx context.Context, before []fengsui.Measure) error {
	ctx, cancel := context.WithTimeout(ctx, measuring)
	defer cancel()
	now := fengsui.At(time.Now())
	since := now
	if len(before) > 0 {
		since = before[0].At
	}
	var list []fengsui.Measure
	add := func(kind string, bytes, came int64, err error) {
		if err != nil {
			p.log.Warn("a kind of data was not measured", "kind", kind, "err", err)
			return
		}
		list = append(list, fengsui.Measure{Kind: kind, At: now, Bytes: bytes, Came: came})
	}
	bytes, opened := p.Bus.Stored()
	add("log", bytes, perDay(bytes, max(fengsui.Span(now-opened), fengsui.PaceLeast)), nil)
	sizes, fresh, err := p.blobSizes(ctx, since)
	for _, kind := range []string{"archive", "evidence", "files", "other"} {
		came := int64(-1)
		if past := fengsui.Span(now - since); past >= fengsui.PaceLeast {
			came = perDay(fresh[kind], past)
		}
		add(kind, sizes[kind], came, err)
	}
	if p.History != nil {
		var s series.State
		s, err = p.History.Client().Ready(ctx)
		add("history", s.Used, -1, err)
	}
	bytes, err = p.DB.Size(ctx)
	add("records", bytes, -1, err)
	d, err := diskOf(p.c.Data, p.c.Disk.MinFree)
	add(fengsui.MeasureFree, d.Free, -1, err)
	return p.Faults.Measured(ctx, p.process(), list)
}

func perDay(bytes int64, past fengsui.Span) int64 {
	return int64(float64(bytes) * float64(24*time.Hour.Milliseconds()) / float64(past))
}

// blobKinds are the beginnings of keys by kind of data, the longer before the shorter.
var blobKinds = []struct{ prefix, kind string }{{"log/", "archive"}, {"evidence/curve/", "evidence"}, {"evidence/", "files"}, {"", "other"}}

// blobSizes are how much there is of each kind of files, and how much of it was put since
// a time.
func (p *Platform) blobSizes(ctx context.Context, since fengsui.Millis) (sizes, fresh map[string]int64, err error) {
	items, err := p.Blob.List(ctx, "")
	sizes, fresh = map[string]int64{}, map[string]int64{}
	for _, i := range items {
		for _, k := range blobKinds {
			if !strings.HasPrefix(i.Key, k.prefix) {
				continue
			}
			sizes[k.kind] += i.Size
			if i.At >= since {
				fresh[k.kind] += i.Size
			}
			break
		}
	}
	return sizes, fresh, err
}

// diskOf says how full a directory's disk is; least 0 stands for the log's default.
func diskOf(dir string, least int64) (fengsui.Disk, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return fengsui.Disk{}, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	x := fengsui.Disk{Name: "data", Free: int64(s.Bavail) * s.Bsize, Size: int64(s.Blocks) * s.Bsize, Least: least}
	if x.Least == 0 {
		x.Least = min(x.Size/20, 2<<30)
	}
	x.Sealed, _ = diskSealed(dir)
	return x, nil
}

// storage is what there is and will be of each kind of data, and the disk with the day on
// which it will be full.
func (p *Platform) storage() ([]fengsui.Kept, fengsui.Disk, error) {
	var measures []fengsui.Measure
	if list := p.measures.Load(); list != nil {
		measures = *list
	}
	d, err := diskOf(p.c.Data, p.c.Disk.MinFree)
	if err != nil {
		return nil, d, err
	}
	rules, err := p.c.retentions()
	if err != nil {
		return nil, d, err
	}
	kept := forecast(&d, rules, measures)
	return kept, d, nil
}

func forecast(d *fengsui.Disk, rules []fengsui.Retention, measures []fengsui.Measure) (kept []fengsui.Kept) {
	kept, d.FullDays = fengsui.Forecast(rules, measures, d.Free-d.Least)
	if d.FullDays > 0 && d.FullDays < 100*365 {
		d.FullAt = fengsui.At(time.Now()).Add(fengsui.Span(d.FullDays * float64(24*time.Hour.Milliseconds())))
	}
	return kept
}

// soonFull says that the disk will be full within the days that the configuration names.
func (c *Config) soonFull(d fengsui.Disk) error {
	if d.FullDays == 0 || d.FullDays >= float64(c.Disk.WarnDays) {
		return nil
	}
	return fmt.Errorf("the disk of the data directory will be full in %.0f days, on %s, at the pace of the last days: give it room, or keep data for less long (fengsui admin size says what takes it)", d.FullDays, civilDay(d.FullAt))
}

func civilDay(at fengsui.Millis) string { return at.Time().In(fengsui.Civil).Format(time.DateOnly) }

// The duty desk hears of a disk once, and again after it had room for twice as long.
const (
	actDiskSoon = "disk_soon"
	actDiskRoom = "disk_room"
)

// tellDisk tells the duty desk when the disk will soon be full. What was told is in the
// journal, so that no restart tells it twice.
func (p *Platform) tellDisk(ctx context.Context) error {
	_, d, err := p.storage()
	if err != nil || p.c.Disk.WarnDays == 0 {
		return err
	}
	soon, room := p.c.soonFull(d) != nil, d.FullDays == 0 || d.FullDays >= 2*float64(p.c.Disk.WarnDays)
	if !soon && !room || p.measures.Load() == nil {
		return nil
	}
	of := fengsui.Ref{Kind: "disk", ID: fengsui.ID(cmp.Or(p.process(), d.Name))}
	rows, _, err := p.DB.Entries(ctx, fengsui.Everything(), store.Filter{Kind: of.Kind, Object: of.ID, Newest: true, Limit: 1})
	if err != nil {
		return err
	}
	if told := len(rows) > 0 && rows[0].Act == actDiskSoon; told == soon {
		return nil
	}
	c := fengsui.Change{Of: of, Act: actDiskRoom, By: fengsui.Platform("health"), After: d}
	if soon {
		step := fengsui.Step{ID: fengsui.NewID(), Kind: notify.StepDisk, Number: 1, Level: fengsui.Yellow, FiredAt: fengsui.At(time.Now()), To: []fengsui.Told{}}
		for _, party := range p.Registry.District().Kind(fengsui.Operator) {
			step.To = append(step.To, fengsui.Told{Party: party.ID, Capacities: []fengsui.Capacity{fengsui.AsDuty}})
		}
		c.Act, c.Why, c.Tell = actDiskSoon, civilDay(d.FullAt), []fengsui.Step{step}
	}
	return p.DB.Change(ctx, func(tx *store.Tx) error { return tx.Record(c) })
}

// SizeCommand says what takes the disk.
type SizeCommand struct {
	Config string    `help:"Configuration file." type:"existingfile" optional:""`
	Out    io.Writer `kong:"-"`
}

// Run prints what was measured last, whether the platform runs or not.
func (c *SizeCommand) Run(ctx context.Context) error {
	conf, err := Load(c.Config)
	if err != nil {
		return err
	}
	rules, err := conf.retentions()
	if err != nil {
		return err
	}
	of := map[string][]fengsui.Measure{}
	err = store.Look(ctx, conf.place(), func(tx *store.Tx) error {
		processes, err := health.Measuring(tx)
		for _, name := range processes {
			var list []fengsui.Measure
			if list, err = health.Measures(tx, name); err != nil {
				return err
			}
			of[name] = list
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(of) == 0 {
		return errors.New("nothing was measured in the last seven days: the platform does it each hour while it runs")
	}
	out := c.Out
	if out == nil {
		out = os.Stdout
	}
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		// Of another machine's disk is known what was measured; of ours what is.
		d, err := diskOf(conf.Data, conf.Disk.MinFree)
		if err != nil {
			return err
		}
		for _, m := range of[name] {
			if m.Kind == fengsui.MeasureFree && name != "" {
				d.Free = m.Bytes
			}
		}
		if name != "" {
			fmt.Fprintf(out, "process %s\n", name)
		}
		if err := printSizes(out, forecast(&d, rules, of[name]), d); err != nil {
			return err
		}
	}
	return nil
}

func printSizes(out io.Writer, kept []fengsui.Kept, d fengsui.Disk) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "kind\tnow\ta day\tkept\tat full time\tmust be kept\tset by")
	for _, k := range kept {
		now, day, full := sizeText(k.Bytes), sizeText(k.PerDay), sizeText(k.Full)
		switch {
		case k.Within != "":
			now, day, full = "in "+k.Within, "", ""
		case k.At == 0:
			now, day, full = "not measured", "", ""
		case k.Keep == 0:
			full = "grows"
		}
		key := cmp.Or(k.Key, "-")
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Kind, now, day, daysText(k.Keep, "always"), full, daysText(k.Least, "-"), key)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\ndisk of data: %s free of %s; intake refuses below %s\n", sizeText(d.Free), sizeText(d.Size), sizeText(d.Least))
	if d.FullDays > 0 {
		at := "in more than a hundred years"
		if d.FullAt > 0 {
			at = fmt.Sprintf("in %.0f days, on %s", d.FullDays, civilDay(d.FullAt))
		}
		fmt.Fprintf(out, "at this pace it is full %s\n", at)
	} else {
		fmt.Fprintln(out, "at this pace it does not fill up, or it is too early to tell: that takes an hour of measurements")
	}
	fmt.Fprintln(out, "\nmust be kept, by:")
	for _, k := range kept {
		for _, l := range k.Law {
			check := ""
			if l.Check {
				check = " (to be checked against the text)"
			}
			fmt.Fprintf(out, "  %s  %s: %s%s\n", k.Kind, daysText(l.Keep, ""), l.Source.En, check)
		}
	}
	return nil
}

func daysText(s fengsui.Span, none string) string {
	switch day := fengsui.SpanOf(24 * time.Hour); {
	case s == 0:
		return none
	case s%day == 0:
		return fmt.Sprintf("%d days", s/day)
	default:
		return s.Duration().String()
	}
}

func sizeText(n int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB", "PB"}
	v, i := float64(n), 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}
