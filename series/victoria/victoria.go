// Package victoria is the history on one machine: VictoriaMetrics' storage
// library inside our process, one series v{p="<num>"} for each point, and four
// series pos{d="<num>",k="lat|lon|speed|heading"} for each device that moves: see
// WritePositions.
//
// Write hands samples over. They can be read after a few seconds and are on disk
// after at most ten; a killed process loses those of the last ten seconds, so who
// writes keeps his place 60 s back and writes again from there. Writing the same
// again is harmless: of equal times one is kept, the one with the larger value.
// Samples may come in any order, years late. Those older than the retention or
// more than two days ahead are refused, and counted.
//
// Traps of the library, and how they are met: a disk without room ends the whole
// process, whoever filled it, so this package runs in a child process of its own
// and MinFree stops writing before; settings are process-wide (flags on
// flag.CommandLine, which nobody else here uses, and package setters), so one
// process opens engines with one set of limits only; defaults are not ours (one
// month, 60 % of memory, no de-duplication), so all are set in Open. The future
// limit of two days is fixed in this version of the library.
//
// The library owns its goroutines; Close ends them. This package starts none.
package victoria

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/bytesutil"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/memory"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/prompb"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/storage"

	"fengsui"
	"fengsui/series"
)

// FutureLimit is how far ahead of our clock a sample's own time may be.
const FutureLimit = 48 * time.Hour

const (
	dedup = time.Millisecond
	// block is how many rows the library takes at once.
	block = 8000
	// window is how much of a long range is in memory at a time: at one sample
	// a second 43 MB.
	window = fengsui.Millis(31 * 24 * time.Hour / time.Millisecond)
	// exact keeps all 64 bits of a value's decimal.
	exact = 64
)

// Config says where and within which limits. All must be given.
type Config struct {
	Dir       string
	Retention time.Duration // at least a day; older samples are refused and removed
	Memory    int64         // bytes for the library's caches and unsorted data
	MinFree   int64         // bytes that must be free on the disk, or Write refuses
}

// Validate says what is wrong with c.
func (c Config) Validate() error {
	switch {
	case c.Dir == "":
		return errors.New("history: no directory is given")
	case c.Retention < 24*time.Hour:
		return fmt.Errorf("history: the retention is %s, it must be at least 24h", c.Retention)
	case c.Memory < 16<<20:
		return fmt.Errorf("history: the memory is %d bytes, it must be at least 16 MiB", c.Memory)
	case c.MinFree < 1:
		return fmt.Errorf("history: the minimum of free disk is %d bytes, it must be given", c.MinFree)
	}
	return nil
}

// Engine is an open history. Its methods may be used by many goroutines.
type Engine struct {
	dir       string
	retention fengsui.Millis

	// life is held for reading by each call and for writing by Close, because
	// the library must not be closed under a call.
	life sync.RWMutex
	db   *storage.Storage // guarded by life; nil after Close

	refused atomic.Int64 // positions outside the limits

	scratch sync.Pool // of *scratch
}

// scratch is what one Write needs.
type scratch struct {
	rows  []storage.MetricRow
	names []byte
}

// Open opens or creates the history in c.Dir. Another process that has it open
// ends this one: take a lock of your own first.
func Open(c Config) (*Engine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"memory.allowedBytes": strconv.FormatInt(c.Memory, 10),
		"loggerLevel":         "WARN",
	} {
		if err := flag.Set(name, value); err != nil {
			return nil, fmt.Errorf("set -%s=%s: %w", name, value, err)
		}
	}
	if !flag.Parsed() {
		// The library insists on parsed flags. They are its own: our commands
		// read theirs from another set.
		if err := flag.CommandLine.Parse(nil); err != nil {
			return nil, err
		}
	}
	if got := int64(memory.Allowed()); got != c.Memory {
		return nil, fmt.Errorf("history: this process has opened a history with %d bytes of memory before", got)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make history directory: %w", err)
	}
	storage.SetDedupInterval(dedup)
	storage.SetFreeDiskSpaceLimit(c.MinFree)
	db := storage.MustOpenStorage(c.Dir, storage.OpenOptions{
		Retention: c.Retention,
		// A district's points stay for years: an index of who was there on
		// which day would only repeat the same list each day.
		DisablePerDayIndex: true,
	})
	return &Engine{dir: c.Dir, retention: fengsui.Millis(c.Retention.Milliseconds()), db: db}, nil
}

var errClosed = fengsui.Errorf(fengsui.Unavailable, "history_away", "the history is closed")

// use gives fn the open library.
func (e *Engine) use(fn func(*storage.Storage) error) error {
	e.life.RLock()
	defer e.life.RUnlock()
	if e.db == nil {
		return errClosed
	}
	return fn(e.db)
}

// Close writes everything to disk and lets go.
func (e *Engine) Close() {
	e.life.Lock()
	defer e.life.Unlock()
	if e.db != nil {
		e.db.MustClose()
		e.db = nil
	}
}

// Full reports whether too little disk is free to write. It is looked at every
// second.
func (e *Engine) Full() bool {
	full := false
	e.use(func(db *storage.Storage) error { full = db.IsReadOnly(); return nil })
	return full
}

// ErrFull is series.ErrFull.
var ErrFull = series.ErrFull

// Write hands samples over; Point is the num. Values that are not finite are
// left out. Either all of them are taken or ErrFull says that none was.
func (e *Engine) Write(list []fengsui.Sample) error {
	return e.use(func(db *storage.Storage) error {
		if db.IsReadOnly() {
			return ErrFull
		}
		b, _ := e.scratch.Get().(*scratch)
		if b == nil {
			b = &scratch{rows: make([]storage.MetricRow, 0, block), names: make([]byte, 0, 24*block)}
		}
		defer e.scratch.Put(b)
		rows, names := b.rows, b.names
		var num []byte
		labels := []prompb.Label{{Name: "", Value: series.PointName}, {Name: series.PointLabel}}
		for len(list) > 0 {
			part := list[:min(block, len(list))]
			list = list[len(part):]
			rows, names = rows[:0], names[:0]
			for i, s := range part {
				if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
					continue
				}
				row := storage.MetricRow{Timestamp: int64(s.At), Value: s.Value}
				if n := len(rows); i > 0 && part[i-1].Point == s.Point && n > 0 {
					row.MetricNameRaw = rows[n-1].MetricNameRaw
				} else {
					num = strconv.AppendInt(num[:0], s.Point, 10)
					labels[1].Value = bytesutil.ToUnsafeString(num)
					begin := len(names)
					// When names grows, rows before keep the old array: its
					// bytes do not change any more.
					names = storage.MarshalMetricNameRaw(names, labels)
					row.MetricNameRaw = names[begin:len(names):len(names)]
				}
				rows = append(rows, row)
			}
			db.AddRows(rows, exact)
		}
		b.names = names
		return nil
	})
}

// Range reads a point's samples in [from, to).
func (e *Engine) Range(ctx context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Sample, error) {
	var list []fengsui.Sample
	err := e.walk(ctx, num, from, to, func(part []series.Value) error {
		if len(list)+len(part) > series.MaxSamples {
			return series.ErrRange
		}
		for _, v := range part {
			list = append(list, fengsui.Sample{Point: num, At: v.At, Value: v.Value})
		}
		return nil
	})
	return list, err
}

// Thin sums up a point's samples in [from, to) by equal stretches.
func (e *Engine) Thin(ctx context.Context, num int64, from, to fengsui.Millis, buckets int) ([]series.Bucket, error) {
	if from >= to || buckets < 1 || buckets > series.MaxBuckets {
		return nil, fengsui.Errorf(fengsui.Invalid, "bad_question", "from must be before to, and buckets from 1 to %d", series.MaxBuckets)
	}
	t := series.NewThinner(from, to, buckets)
	err := e.walk(ctx, num, from, to, func(part []series.Value) error {
		for _, v := range part {
			t.Add(v.At, v.Value)
		}
		return nil
	})
	return t.Buckets(), err
}

// walk gives fn a point's samples in time order, a stretch at a time.
func (e *Engine) walk(ctx context.Context, num int64, from, to fengsui.Millis, fn func([]series.Value) error) error {
	if num < 1 {
		return fengsui.Errorf(fengsui.Invalid, "bad_question", "%d is no point's num", num)
	}
	from, to = e.within(from, to)
	var part []series.Value
	for ; from < to; from += window {
		part = part[:0]
		err := e.search(ctx, point(num), from, min(to, from+window), func(_ []byte, at []int64, value []float64) error {
			part = appendValues(part, at, value)
			return nil
		})
		if err != nil {
			return err
		}
		if part = series.Order(part); len(part) > 0 {
			if err := fn(part); err != nil {
				return err
			}
		}
	}
	return nil
}

func appendValues(list []series.Value, at []int64, value []float64) []series.Value {
	for i := range at {
		list = append(list, series.Value{At: fengsui.Millis(at[i]), Value: value[i]})
	}
	return list
}

// within cuts a range to where samples can be.
func (e *Engine) within(from, to fengsui.Millis) (fengsui.Millis, fengsui.Millis) {
	now := fengsui.At(time.Now())
	return max(from, 0, now-e.retention), min(to, now.Add(fengsui.SpanOf(FutureLimit+time.Minute)))
}

// labels choose series: the name under "", and what else they must carry.
type labels []prompb.Label

func point(num int64) labels {
	if num == 0 {
		return labels{{Name: "", Value: series.PointName}} // every point
	}
	return labels{{Name: "", Value: series.PointName}, {Name: series.PointLabel, Value: strconv.FormatInt(num, 10)}}
}

// search gives fn the name and the rows of each stored block of [from, to), a
// series' blocks one after the other.
func (e *Engine) search(ctx context.Context, of labels, from, to fengsui.Millis, fn func(name []byte, at []int64, value []float64) error) error {
	return e.use(func(db *storage.Storage) error {
		filter := storage.NewTagFilters()
		for _, l := range of {
			key := []byte(l.Name)
			if l.Name == "" {
				key = nil // the name of the series
			}
			if err := filter.Add(key, []byte(l.Value), false, false); err != nil {
				return err
			}
		}
		most := math.MaxInt32
		if len(of) > 1 {
			// A point is one series and a device four, but each month's index may
			// know them under ids of its own.
			most = 10_000
		}
		deadline := time.Now().Add(time.Minute)
		if d, ok := ctx.Deadline(); ok {
			deadline = d
		}
		tr := storage.TimeRange{MinTimestamp: int64(from), MaxTimestamp: int64(to) - 1}
		var s storage.Search
		s.Init(nil, db, []*storage.TagFilters{filter}, tr, most, uint64(deadline.Unix()+1))
		defer s.MustClose()
		var b storage.Block
		var at []int64
		var value []float64
		for s.NextMetricBlock() {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			s.MetricBlockRef.BlockRef.MustReadBlock(&b)
			if err := b.UnmarshalData(); err != nil {
				return fmt.Errorf("read history block: %w", err)
			}
			at, value = b.AppendRowsWithTimeRangeFilter(at[:0], value[:0], tr)
			if err := fn(s.MetricBlockRef.MetricName, at, value); err != nil {
				return err
			}
		}
		return s.Error()
	})
}

// hash is FNV-1a: it tells one series' blocks from the next one's.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// Count counts what is stored in [from, to). It reads all of it.
func (e *Engine) Count(ctx context.Context, from, to fengsui.Millis) (series.Totals, error) {
	var n series.Totals
	from, to = e.within(from, to)
	if from >= to {
		return n, nil
	}
	points := map[uint64]struct{}{}
	last := uint64(0)
	var times []int64
	flush := func() {
		slices.Sort(times)
		n.Samples += int64(len(slices.Compact(times)))
		times = times[:0]
	}
	err := e.search(ctx, point(0), from, to, func(name []byte, at []int64, _ []float64) error {
		if len(at) == 0 {
			return nil
		}
		if id := hash(name); id != last {
			flush()
			last = id
			points[id] = struct{}{}
		}
		times = append(times, at...)
		return nil
	})
	flush()
	n.Points = int64(len(points))
	return n, err
}

// Stats are the engine's own counters.
type Stats struct {
	Refused int64 // samples and positions outside the retention or the future limit
	Rows    int64 // stored samples; copies not merged yet count twice
	Bytes   int64 // of their blocks, without the index
}

// Stats reads the counters since Open.
func (e *Engine) Stats() Stats {
	var s Stats
	e.use(func(db *storage.Storage) error {
		var m storage.Metrics
		db.UpdateMetrics(&m)
		t := &m.TableMetrics
		s = Stats{
			Refused: int64(m.TooSmallTimestampRows+m.TooBigTimestampRows) + e.refused.Load(),
			Rows:    int64(t.TotalRowsCount()),
			Bytes:   int64(t.InmemorySizeBytes + t.SmallSizeBytes + t.BigSizeBytes),
		}
		return nil
	})
	return s
}

// Flush makes what was written readable at once, and with merge puts it on disk
// in its final form. It is slow: for tests and measurements.
func (e *Engine) Flush(merge bool) error {
	return e.use(func(db *storage.Storage) error {
		db.DebugFlush()
		if merge {
			return db.ForceMergePartitions("")
		}
		return nil
	})
}

// Disk reads how many bytes the history uses and how many are free beside it.
func (e *Engine) Disk() (used, free int64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(e.dir, &st); err != nil {
		return 0, 0, fmt.Errorf("read free disk of %s: %w", e.dir, err)
	}
	err = filepath.WalkDir(e.dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // merged away meanwhile
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			used += info.Size()
		}
		return err
	})
	return used, int64(st.Bavail) * int64(st.Bsize), err
}
