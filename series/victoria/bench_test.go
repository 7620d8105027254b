package victoria

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"fengsui"
)

// BenchmarkWrite: blocks of 8,192 samples over 100,000 points, in the order in
// which points report. One operation is one block.
func BenchmarkWrite(b *testing.B) {
	const points, size = 100_000, 8192
	e := open(b, limits(b.TempDir()))
	at := fengsui.At(time.Now()) - 30*day
	num := int64(0)
	list := make([]fengsui.Sample, size)
	fill := func() {
		for i := range list {
			list[i] = fengsui.Sample{Point: num + 1, At: at, Value: float64(num%1000) + float64(at/10_000%10)/10}
			if num++; num == points {
				num, at = 0, at+10_000
			}
		}
	}
	for range points/size + 1 { // the points are known before the clock starts
		fill()
		write(b, e, list)
	}
	flush(b, e, false)
	b.ReportAllocs()
	spent := time.Duration(0)
	n := 0
	for b.Loop() {
		b.StopTimer()
		fill()
		b.StartTimer()
		begin := time.Now()
		write(b, e, list)
		spent += time.Since(begin)
		n += size
	}
	b.ReportMetric(float64(n)/spent.Seconds(), "samples/s")
}

// BenchmarkDisk: bytes on disk a sample, index included, for points that report
// every 10 s as a plant's do, after everything is merged. Wanted: 1.5 (DESIGN
// §11).
func BenchmarkDisk(b *testing.B) {
	for _, c := range []struct {
		name   string
		jitter int // of the own time, ms
		value  func(r *rand.Rand, last float64, i int) float64
	}{
		// A tank that fills and drains, read to 1 mm: mostly a step or none.
		{"level", 0, func(r *rand.Rand, _ float64, i int) float64 {
			return math.Round(1000*(6+4*math.Sin(float64(i)/3000))+r.NormFloat64()*0.3) / 1000
		}},
		// A gas detector: zero, now and then a whiff.
		{"gas", 0, func(r *rand.Rand, last float64, _ int) float64 {
			if r.IntN(2000) == 0 {
				return math.Round(r.Float64() * 10)
			}
			return math.Floor(last / 2)
		}},
		// A temperature read to 0.1 that wanders.
		{"temperature", 0, func(r *rand.Rand, last float64, _ int) float64 {
			if r.IntN(4) > 0 {
				return last
			}
			return math.Round(10*last+float64(r.IntN(3)-1)) / 10
		}},
		// The same by a gateway whose clock reads stagger.
		{"temperature jitter 20 ms", 20, func(r *rand.Rand, last float64, _ int) float64 {
			if r.IntN(4) > 0 {
				return last
			}
			return math.Round(10*last+float64(r.IntN(3)-1)) / 10
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(bytesPerSample(b, c.jitter, c.value), "B/sample")
			}
		})
	}
}

func bytesPerSample(b *testing.B, jitter int, value func(*rand.Rand, float64, int) float64) float64 {
	const points, days = 100, 4
	e := open(b, limits(b.TempDir()))
	r := rand.New(rand.NewPCG(5, 6))
	begin := fengsui.At(time.Now()) - (days+1)*day
	last := make([]float64, points)
	for i := range last {
		last[i] = 20
	}
	n := 0
	list := make([]fengsui.Sample, 0, points)
	for i := range days * 8640 {
		list = list[:0]
		for p := range points {
			last[p] = value(r, last[p], i+p*37)
			at := begin + fengsui.Millis(i)*10_000
			if jitter > 0 {
				at += fengsui.Millis(r.IntN(2*jitter) - jitter)
			}
			list = append(list, fengsui.Sample{Point: int64(p + 1), At: at, Value: last[p]})
		}
		write(b, e, list)
		n += len(list)
	}
	flush(b, e, true)
	e.Close()
	used, _, err := e.Disk()
	if err != nil {
		b.Fatal(err)
	}
	return float64(used) / float64(n)
}

// BenchmarkRead: a day of one point among 1,000, as a trend and as samples.
func BenchmarkRead(b *testing.B) {
	e := open(b, limits(b.TempDir()))
	begin := fengsui.At(time.Now()) - 2*day
	list := make([]fengsui.Sample, 0, 1000)
	for i := range 8640 {
		list = list[:0]
		for p := range 1000 {
			list = append(list, fengsui.Sample{Point: int64(p + 1), At: begin + fengsui.Millis(i)*10_000, Value: float64((i + p) % 100)})
		}
		write(b, e, list)
	}
	flush(b, e, true)
	b.Run("range", func(b *testing.B) {
		for b.Loop() {
			if got, err := e.Range(b.Context(), 7, begin, begin+day); err != nil || len(got) != 8640 {
				b.Fatal(len(got), err)
			}
		}
	})
	b.Run("thin", func(b *testing.B) {
		for b.Loop() {
			if got, err := e.Thin(b.Context(), 7, begin, begin+day, 600); err != nil || len(got) != 600 {
				b.Fatal(len(got), err)
			}
		}
	})
}

// BenchmarkTrack: a day of one vehicle among 1,000, every 10 s, as the platform asks
// for it: through client, socket and handler. Wanted: 100 ms. It also prints the bytes
// on disk of a position.
func BenchmarkTrack(b *testing.B) {
	s := serve(b, limits(b.TempDir()))
	begin := fengsui.At(time.Now()) - 2*day
	r := rand.New(rand.NewPCG(9, 10))
	at := make([]fengsui.Position, 1000)
	for i := range at {
		at[i] = fengsui.Position{Device: int64(i + 1), Lon: 117.5 + r.Float64()/2, Lat: 38.8 + r.Float64()/2, Fix: true}
	}
	for i := range 8640 {
		for d := range at {
			p := &at[d]
			p.At = begin + fengsui.Millis(i)*10_000
			if (i/360+d)%3 == 0 { // an hour of three on the road
				p.Speed = math.Round(r.Float64()*800) / 10
				p.Heading = math.Round(math.Mod(p.Heading+r.Float64()*20+350, 360)*10) / 10
				p.Lon += p.Speed / 36e3 * math.Sin(p.Heading*math.Pi/180) // 10 s of it
				p.Lat += p.Speed / 40e3 * math.Cos(p.Heading*math.Pi/180)
			} else {
				p.Speed = 0
			}
		}
		if err := s.engine.WritePositions(at); err != nil {
			b.Fatal(err)
		}
	}
	flush(b, s.engine, true)
	used, _, err := s.engine.Disk()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name         string
		points, want int
	}{{"whole", 0, 8640}, {"thinned", 1000, 1000}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if got, err := s.Track(b.Context(), 7, begin, begin+day, c.points); err != nil || len(got) > c.want || len(got) < c.want*9/10 {
					b.Fatal(len(got), err)
				}
			}
			b.ReportMetric(float64(used)/8640e3, "B/position")
		})
	}
}
