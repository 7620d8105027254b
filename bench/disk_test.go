package bench

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui"
	"fengsui/blob"
	"fengsui/bus"
	"fengsui/series/victoria"
)

// disk measures how many bytes a stored sample takes: four kinds of points that
// report every 10 s, by turns, in the series after everything is merged; and the
// same deliveries in the log and in its archive.
func (l *lab) disk(b *testing.B) {
	const each = 100 // points of a kind
	days := 2
	if long() {
		days = 8
	}
	kinds := []func(r *rand.Rand, last float64, i int) float64{
		// A tank that fills and drains, read to 1 mm.
		func(r *rand.Rand, _ float64, i int) float64 {
			return math.Round(1000*(6+4*math.Sin(float64(i)/3000))+r.NormFloat64()*0.3) / 1000
		},
		// A gas detector: zero, now and then a whiff.
		func(r *rand.Rand, last float64, _ int) float64 {
			if r.IntN(2000) == 0 {
				return math.Round(r.Float64() * 10)
			}
			return math.Floor(last / 2)
		},
		// A temperature read to 0.1 that wanders.
		func(r *rand.Rand, last float64, _ int) float64 {
			if r.IntN(4) > 0 {
				return last
			}
			return math.Round(10*last+float64(r.IntN(3)-1)) / 10
		},
		// A pressure read to 0.01 that flutters.
		func(r *rand.Rand, last float64, _ int) float64 {
			return math.Round(100*(1.6+0.9*(last-1.6)+r.NormFloat64()*0.02)) / 100
		},
	}
	dir := b.TempDir()
	m := measure(nil)
	e, err := victoria.Open(victoria.Config{Dir: filepath.Join(dir, "series"), Retention: 365 * 24 * time.Hour, Memory: 256 << 20, MinFree: 1})
	if err != nil {
		b.Fatal(err)
	}
	archive, err := blob.Open(filepath.Join(dir, "blob"))
	if err != nil {
		b.Fatal(err)
	}
	log, err := bus.Open(b.Context(), bus.Config{Dir: filepath.Join(dir, "bus"), SegmentBytes: 8 << 20, Archive: archive, MinFree: 1})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { log.Run(ctx) })

	r := rand.New(rand.NewPCG(5, 6))
	last := make([]float64, each*len(kinds))
	for i := range last {
		last[i] = 20
	}
	begin := fengsui.At(time.Now().Add(-time.Duration(days+1) * 24 * time.Hour))
	steps := days * 8640
	logged, samples := 0, 0
	list := make([]fengsui.Sample, len(last))
	var wait sync.WaitGroup
	room := make(chan struct{}, 64) // appends under way
	for i := range steps {
		at := begin + fengsui.Millis(i)*10_000
		for p := range last {
			last[p] = kinds[p%len(kinds)](r, last[p], i+p*37)
			list[p] = fengsui.Sample{Point: int64(p + 1), At: at + fengsui.Millis(r.IntN(20)), Value: last[p]}
		}
		if err := e.Write(list); err != nil {
			b.Fatal(err)
		}
		samples += len(list)
		if logged+len(list) > 4_000_000 {
			continue
		}
		logged += len(list)
		record := delivery(i, list)
		room <- struct{}{}
		wait.Go(func() {
			if _, err := log.Append(ctx, record); err != nil {
				b.Error(err)
			}
			<-room
		})
	}
	wait.Wait()
	if err := e.Flush(true); err != nil {
		b.Fatal(err)
	}
	e.Close()
	used, _, err := e.Disk()
	if err != nil {
		b.Fatal(err)
	}
	var zipped, whole int64
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		zipped, whole = archived(b, archive, log)
		if whole > 0 && whole >= int64(log.Tail().Seq)/2 {
			break
		}
	}
	inLog := float64(sizeOf(filepath.Join(dir, "bus"))) / float64(logged)
	inArchive := float64(zipped) / float64(logged) * float64(log.Tail().Seq) / float64(whole)
	cancel()
	running.Wait()
	if err := log.Close(); err != nil {
		b.Fatal(err)
	}
	c := m.stop()
	l.add("series on disk", float64(used)/float64(samples), "bytes/sample", atMost(1.5), c, "%s samples of %d points every 10 s, own times staggered by up to 20 ms, index included, merged", short(float64(samples)), len(last))
	l.add("log on disk", inLog, "bytes/sample", nil, cost{}, "the same in batches of %d, as the door writes them", len(last))
	if whole > 0 {
		l.add("archive of the log", inArchive, "bytes/sample", nil, cost{}, "of closed segments")
	}
}

// delivery is the record that the door writes for a batch.
func delivery(i int, list []fengsui.Sample) []byte {
	nums := make([]int64, len(list))
	indexed := make([]fengsui.Sample, len(list))
	for j, s := range list {
		nums[j] = s.Point
		indexed[j] = s
		indexed[j].Point = int64(j)
	}
	return fengsui.AppendRecord(nil, &fengsui.Record{
		Received: list[0].At + 40, Adapter: "push", Enterprise: 7, Device: 3, KeyID: "K7H2M4PQ", Nonce: fmt.Sprintf("%032x", uint64(i)*0x9e3779b97f4a7c15),
		Idempotency: "run-" + fmt.Sprint(i), BodyHash: uint64(i) * 0x9e3779b97f4a7c15, Points: nums, Block: fengsui.AppendSamples(nil, indexed), Answer: []byte{1, 200, 3},
	})
}

// archived is how many bytes the archive has, and how many messages they are of.
func archived(b testing.TB, d *blob.Dir, l *bus.Log) (size, messages int64) {
	items, err := d.List(b.Context(), "log/")
	if err != nil {
		b.Fatal(err)
	}
	for _, i := range items {
		var first, last int64
		if _, err := fmt.Sscanf(strings.TrimPrefix(i.Key, "log/"), "%d-%d.zst", &first, &last); err != nil {
			b.Fatalf("archive %s: %v", i.Key, err)
		}
		size += i.Size
		messages += last - first + 1
	}
	return size, messages
}
