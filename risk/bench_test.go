package risk

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"fengsui"
	"fengsui/store"
)

// BenchmarkJudge measures one sample through decoding and its models: 5,000
// points, batches of 500, four in five inside the limits.
func BenchmarkJudge(b *testing.B) {
	library, err := Library()
	if err != nil {
		b.Fatal(err)
	}
	hold := bare(Ladder, func(m *Model) {
		m.ID, m.Off = "hold", fengsui.Span(minute)
		for i := range m.Ladder {
			m.Ladder[i].Hold = fengsui.Span(minute)
		}
	})
	plain := bare(Ladder, func(m *Model) { m.Evidence = 0 })
	for _, c := range []struct {
		name   string
		models []Model
		swing  float64
	}{
		{"threshold", []Model{plain}, 0},
		{"threshold with evidence", []Model{bare(Ladder, nil)}, 0},
		{"hold time, one in five beyond", []Model{hold}, 6},
		{"silence", []Model{bare(Silence, nil)}, 0},
		{"pace", []Model{bare(Pace, nil)}, 0},
		{"three models", []Model{bare(Ladder, nil), bare(Silence, nil), bare(Pace, nil)}, 0},
		{"three ladders", []Model{plain, bare(Ladder, func(m *Model) { m.ID = "second" }), hold}, 0},
		{"library", library, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			e, records := busy(c.models, 5000, 500, c.swing)
			samples := 0
			b.ReportAllocs()
			began := cpu()
			for i := 0; b.Loop(); i++ {
				batch := Batch{Seq: uint64(i + 1), Records: records[i%len(records) : i%len(records)+1]}
				e.judge(batch)
				samples += 500
				if len(e.out) > 10_000 {
					e.out = e.out[:0]
				}
			}
			used := cpu() - began // other load on the machine does not count
			b.ReportMetric(float64(used)/float64(samples), "cpu-ns/sample")
			b.ReportMetric(float64(samples)/used.Seconds(), "samples/cpu-s")
		})
	}
}

// cpu is the processor time that the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// busy is an evaluator for n points in memory, and the records of one round.
func busy(models []Model, n, size int, swing float64) (*Evaluator, [][]byte) {
	points := make([]*fengsui.Point, n)
	for i := range points {
		points[i] = keyPoint(int64(i+1), 10*sec, "d9")
	}
	d := testDistrict(points...)
	e := &Evaluator{c: Config{District: func() *fengsui.District { return d }}, models: models}
	e.reset()
	var records [][]byte
	for from := 0; from < n; from += size {
		var s []fengsui.Sample
		for i := range size {
			v := 5 + float64(i%7)/10
			if i%5 == 0 {
				v += swing
			}
			s = append(s, fengsui.Sample{Point: int64(from + i + 1), At: t0, Value: v})
		}
		records = append(records, fengsui.AppendRecord(nil, &fengsui.Record{Received: t0, Adapter: "push", Enterprise: 1, Device: 9, Block: fengsui.AppendSamples(nil, s)}))
	}
	return e, records
}

// BenchmarkTick measures a second of quiet.
func BenchmarkTick(b *testing.B) {
	for _, n := range []int{5000, 50_000} {
		b.Run(fmt.Sprint(n, " points"), func(b *testing.B) {
			e, records := busy([]Model{bare(Ladder, nil), bare(Silence, nil), bare(Pace, nil)}, n, 500, 0)
			e.judge(Batch{Seq: 1, Records: records})
			now := t0
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				now += 1
				e.judge(Batch{Seq: uint64(i + 2), Records: [][]byte{fengsui.AppendRecord(nil, &fengsui.Record{Tick: true, Received: now})}})
			}
		})
	}
}

// BenchmarkRedistrict measures a new snapshot in which nothing changed.
func BenchmarkRedistrict(b *testing.B) {
	e, records := busy([]Model{bare(Ladder, nil), bare(Silence, nil), bare(Pace, nil)}, 50_000, 500, 0)
	e.judge(Batch{Seq: 1, Records: records})
	var next [2]*fengsui.District
	for i := range next {
		points := make([]*fengsui.Point, 50_000)
		for j := range points {
			points[j] = keyPoint(int64(j+1), 10*sec, "d9")
		}
		next[i] = testDistrict(points...)
	}
	for i := 0; b.Loop(); i++ {
		e.redistrict(next[i%2])
	}
}

// BenchmarkCommit measures one commit with a finding while every point has
// changed since the last, and the size of the state.
func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{5000, 50_000} {
		b.Run(fmt.Sprint(n, " points"), func(b *testing.B) {
			e, records := busy([]Model{bare(Ladder, nil), bare(Silence, nil), bare(Pace, nil)}, n, 500, 0)
			e.c.DB, e.c.Log, e.c.Apply, e.c.Logger = openStore(b), newMemLog(), new(found).apply, strictLog(b)
			if err := e.c.DB.Keep(b.Context(), func(tx *store.Tx) error { _, err := tx.Exec(sqlTake, 0); return err }); err != nil {
				b.Fatal(err)
			}
			e.epoch = 1
			for i := range 10 {
				e.judge(Batch{Seq: uint64(i + 1), Records: records})
			}
			size := 0
			for k := range shards {
				size += len(e.appendState(nil, k))
			}
			for i := 0; b.Loop(); i++ {
				for k := range shards {
					e.shards[k].dirty = true
				}
				e.out = append(e.out, fengsui.Finding{Place: fengsui.Place{Seq: uint64(i)}, Model: "m", Subject: "point/1"})
				if err := e.commit(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)/float64(n), "B/point")
		})
	}
}
