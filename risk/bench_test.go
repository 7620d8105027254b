package risk

import (
	"fmt"
	"math"
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
				e.take(batch)
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

// busy is a judge of n points in memory, and the records of one round.
func busy(models []Model, n, size int, swing float64) (*judge, [][]byte) {
	points := make([]*fengsui.Point, n)
	for i := range points {
		points[i] = keyPoint(int64(i+1), 10*sec, "d9")
	}
	d := testDistrict(points...)
	e := newJudge(0, models, d, nil)
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
			e.take(Batch{Seq: 1, Records: records})
			now := t0
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				now += 1
				e.take(Batch{Seq: uint64(i + 2), Records: [][]byte{fengsui.AppendRecord(nil, &fengsui.Record{Tick: true, Received: now})}})
			}
		})
	}
}

// BenchmarkRedistrict measures a new snapshot in which nothing changed.
func BenchmarkRedistrict(b *testing.B) {
	e, records := busy([]Model{bare(Ladder, nil), bare(Silence, nil), bare(Pace, nil)}, 50_000, 500, 0)
	e.take(Batch{Seq: 1, Records: records})
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

// BenchmarkCommit measures the commit of a finding, and a checkpoint of which
// every point has changed since the last: how long judging stands still for it,
// how long its parts take to write, how long the last, and its size.
func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{5000, 50_000, 100_000} {
		b.Run(fmt.Sprint(n, " points"), func(b *testing.B) {
			j, records := busy([]Model{bare(Ladder, nil), bare(Silence, nil), bare(Pace, nil)}, n, 500, 0)
			e := &Evaluator{judge: j, c: Config{DB: openStore(b), Log: newMemLog(), Apply: new(found).apply, Logger: strictLog(b)}}
			if err := e.c.DB.Keep(b.Context(), func(tx *store.Tx) error { _, err := tx.Exec(sqlTake, 0); return err }); err != nil {
				b.Fatal(err)
			}
			e.epoch = 1
			for i := range 10 {
				e.take(Batch{Seq: uint64(i + 1), Records: records})
			}
			var still, written, last time.Duration
			size := 0
			for i := 0; b.Loop(); i++ {
				e.out = append(e.out, fengsui.Finding{Place: fengsui.Place{Seq: uint64(i)}, Model: "m", Subject: "point/1"})
				if err := e.commit(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				for k := range shards {
					e.shards[k].dirty = true
				}
				used := cpu() // other load on the machine does not count
				e.snapshot()
				still += cpu() - used
				c, began := e.under, time.Now()
				if err := e.part(b.Context(), func(tx *store.Tx) error { return e.writeParts(tx, c.generation, c.shards, nil) }); err != nil {
					b.Fatal(err)
				}
				written += time.Since(began)
				began = time.Now()
				c.done <- e.part(b.Context(), func(tx *store.Tx) error { return e.flip(tx, c) })
				last += time.Since(began)
				if err := e.collect(true); err != nil {
					b.Fatal(err)
				}
				size = 0
				for k := range shards {
					size += len(e.blobs[k])
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(still.Microseconds())/1000/float64(b.N), "cpu-ms-still")
			b.ReportMetric(float64(written.Microseconds())/1000/float64(b.N), "ms-written")
			b.ReportMetric(float64(last.Microseconds())/1000/float64(b.N), "ms-flip")
			b.ReportMetric(float64(size)/float64(n), "B/point")
		})
	}
}

// BenchmarkKinds measures what one signal costs by the kind of model that judges
// it: a sample of 500 points of 250 assets, a position or an event of 500 devices.
func BenchmarkKinds(b *testing.B) {
	relation := bare(Relation, func(m *Model) {
		m.Op, m.Window, m.Inputs, m.Ladder = Difference, fengsui.Span(minute), []Role{{Quantity: fengsui.LevelOf, Suffix: "a"}, {Quantity: fengsui.LevelOf, Suffix: "b"}}, []Rung{on("H", fengsui.Yellow, 50)}
	})
	formula := bare(FormulaOf, func(m *Model) {
		m.Window, m.Inputs, m.Ladder = fengsui.Span(minute), []Role{{Code: "a", Suffix: "a"}, {Code: "b", Suffix: "b"}}, []Rung{on("H", fengsui.Yellow, 50)}
		m.Formula = &Formula{Expr: "a - b + sqrt(a * b)", Inputs: []Input{{Code: "a", Zh: "甲", En: "a"}, {Code: "b", Zh: "乙", En: "b"}}}
	})
	if err := formula.Check(); err != nil {
		b.Fatal(err)
	}
	fence := bare(Fenced, func(m *Model) { m.Scope.Devices, m.Ladder = true, []Rung{on("H", fengsui.Yellow, 50)} })
	for _, c := range []struct {
		name  string
		model Model
		put   func(rec *fengsui.Record, n int64, i int)
	}{
		{"ladder", bare(Ladder, nil), nil},
		{"rate", rateModel(nil), nil},
		{"stuck", bare(Stuck, func(m *Model) { m.Ladder = []Rung{on("H", fengsui.Blue, 600)} }), nil},
		{"relation", relation, nil},
		{"formula", formula, nil},
		{"event", eventModel(nil), func(rec *fengsui.Record, n int64, i int) {
			rec.Device = n
			rec.Events = append(rec.Events, fengsui.Event{Code: "fatigue", At: rec.Received, On: i%2 == 0})
		}},
		{"count", countModel(nil), func(rec *fengsui.Record, n int64, i int) {
			rec.Device = n
			rec.Events = append(rec.Events, fengsui.Event{Code: "fatigue", At: rec.Received, On: true})
		}},
		{"speed", speedModel(nil), where},
		{"fence of 200 corners", fence, where},
		{"entries, each sample one", entriesModel(nil), swing},
		{"neighbours, each sample one", neighboursModel(func(m *Model) { m.Scope = Scope{} }), swing},
		{"index, nothing changes", indexModel(nil), nil},
		{"index, each sample a change", indexModel(nil), swing},
	} {
		b.Run(c.name, func(b *testing.B) {
			models := []Model{c.model}
			if c.model.Kind.derived() {
				models = append(models, bare(Ladder, nil))
			}
			j := newJudge(0, models, manyDistrict(500), strictLog(b))
			now, seq := t0, uint64(0)
			next := func(i int) Batch {
				seq++
				now += sec
				batch := Batch{Seq: seq, Records: [][]byte{fengsui.AppendRecord(nil, &fengsui.Record{Tick: true, Received: now})}}
				rec := fengsui.Record{Received: now, Enterprise: 1}
				var s []fengsui.Sample
				for n := range int64(500) {
					if c.put == nil {
						s = append(s, fengsui.Sample{Point: n + 1, At: now, Value: 5 + float64(i%7)/10})
						continue
					}
					if c.model.Kind.derived() {
						s = append(s, fengsui.Sample{Point: n + 1, At: now, Value: float64(5 + i%2*6)})
						continue
					}
					if c.put(&rec, n+1, i); len(rec.Events) > 0 {
						batch.Records = append(batch.Records, fengsui.AppendRecord(nil, &rec))
						rec.Events = rec.Events[:0]
					}
				}
				if s != nil {
					rec.Block = fengsui.AppendSamples(nil, s)
				}
				if s != nil || rec.Positions != nil {
					batch.Records = append(batch.Records, fengsui.AppendRecord(nil, &rec))
				}
				return batch
			}
			used, n := time.Duration(0), 0
			for i := 0; b.Loop(); i++ {
				batch := next(i)
				began := cpu()
				j.take(batch)
				used += cpu() - began
				n += 500
				j.out = j.out[:0]
			}
			b.ReportMetric(float64(n)/used.Seconds(), "signals/cpu-s")
		})
	}
}

// swing has the values go over their limits and back, a sample each.
func swing(*fengsui.Record, int64, int) {}

func where(rec *fengsui.Record, n int64, i int) {
	rec.Positions = append(rec.Positions, fengsui.Position{Device: n, At: rec.Received, Lon: 117.5 + float64(n)/1e4, Lat: 39 + float64(i%100)/1e4, Speed: float64(50 + i%40), Fix: true})
}

// manyDistrict has n points, two on an asset, and n terminals, one on an asset, with
// a fence for all.
func manyDistrict(n int) *fengsui.District {
	ent := &fengsui.Enterprise{ID: "e1", Num: 1, Code: "E1"}
	var assets []*fengsui.Asset
	var devices []*fengsui.Device
	var points []*fengsui.Point
	for i := range n {
		id := fengsui.ID(fmt.Sprint(i / 2))
		if i%2 == 0 {
			assets = append(assets, &fengsui.Asset{ID: id, Enterprise: "e1", Code: string(id), Kind: "vehicle", Attrs: map[string]string{"class": "hazmat"}})
		}
		p := levelPoint(int64(i + 1))
		p.ID, p.Enterprise, p.Asset, p.Code = fengsui.ID(fmt.Sprint("p", i)), "e1", id, fmt.Sprintf("%06d%c", i/2, 'a'+i%2)
		points = append(points, p)
		devices = append(devices, &fengsui.Device{ID: fengsui.ID(fmt.Sprint("d", i)), Num: int64(i + 1), Enterprise: "e1", Code: fmt.Sprint("d", i), Asset: id})
	}
	fence := &fengsui.Fence{ID: "f", Code: "F", Rule: fengsui.KeepIn}
	for i := range 201 {
		a := 2 * math.Pi * float64(i%200) / 200
		fence.Ring = append(fence.Ring, [2]float64{117.52 + 0.1*math.Cos(a), 39 + 0.1*math.Sin(a)})
	}
	return fengsui.NewDistrict(nil, []*fengsui.Enterprise{ent}, assets, devices, points).WithFences([]*fengsui.Fence{fence}, nil)
}
