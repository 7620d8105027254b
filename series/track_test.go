package series

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"fengsui"
)

// drive is a day of a vehicle that reports every 10 s: it drives along streets at
// right angles, and stands for an hour now and then.
func drive(n int) []fengsui.Position {
	r := rand.New(rand.NewPCG(7, 8))
	list := make([]fengsui.Position, n)
	lon, lat, heading, stands := 117.7, 39.0, 0.0, 0
	for i := range list {
		switch {
		case stands > 0:
			stands--
		case r.IntN(2000) == 0:
			stands = 360
		case r.IntN(60) == 0:
			heading = float64(r.IntN(4)) * 90
		}
		p := fengsui.Position{Device: 9, At: fengsui.Millis(i) * 10_000, Heading: heading, Fix: true}
		if stands == 0 {
			p.Speed = 40 + float64(r.IntN(400))/10
			step := p.Speed / 3.6 * 10 / 111_000
			lon += step * math.Sin(heading*math.Pi/180) / math.Cos(lat*math.Pi/180)
			lat += step * math.Cos(heading*math.Pi/180)
		}
		p.Lon, p.Lat = math.Round(lon*1e6)/1e6, math.Round(lat*1e6)/1e6
		list[i] = p
	}
	return list
}

// TestThinTrack: never more than asked for, first and last always, and what stays out
// lies near the line between what stays, nearer than if positions had been left out
// evenly.
func TestThinTrack(t *testing.T) {
	day := drive(8640)
	off := func(thin []fengsui.Position) (worst float64) {
		for i := 1; i < len(thin); i++ {
			from := slices.IndexFunc(day, func(p fengsui.Position) bool { return p.At == thin[i-1].At })
			to := slices.IndexFunc(day, func(p fengsui.Position) bool { return p.At == thin[i].At })
			worst = max(worst, legOf(day, from, to).off)
		}
		return worst
	}
	for _, n := range []int{2, 3, 100, 1000, 5000} {
		thin := ThinTrack(day, n)
		if len(thin) > n || !same(thin[0], day[0]) || !same(thin[len(thin)-1], day[8639]) {
			t.Fatalf("%d: got %d positions from %v to %v", n, len(thin), thin[0], thin[len(thin)-1])
		}
		even := make([]fengsui.Position, n)
		for i := range even {
			even[i] = day[i*8639/(n-1)]
		}
		got, want := off(thin), off(even)
		t.Logf("%d positions: %.0f m off at most, left out evenly %.0f m", len(thin), got, want)
		if n >= 100 && got >= want/2 {
			t.Errorf("%d: got %.0f m off, want less than half of %.0f m", n, got, want)
		}
	}
	// What changes nothing is left out, and a stop keeps its begin and its end.
	p := func(minute int, lon float64) fengsui.Position {
		return fengsui.Position{At: fengsui.Millis(minute) * 60_000, Lon: lon, Lat: 39}
	}
	thin := ThinTrack([]fengsui.Position{p(0, 1), p(1, 2), p(2, 3), p(3, 3), p(4, 3), p(5, 3), p(6, 4), p(7, 5)}, 7)
	want := []fengsui.Position{p(0, 1), p(2, 3), p(5, 3), p(7, 5)}
	if !slices.EqualFunc(thin, want, same) {
		t.Errorf("a stop: got %v, want %v", thin, want)
	}
	if got := ThinTrack(nil, 5); len(got) != 0 {
		t.Errorf("nothing: got %v", got)
	}
	long := drive(MaxSamples)
	begin := time.Now()
	thin = ThinTrack(long, MaxTrack)
	if len(thin) != MaxTrack || !same(thin[MaxTrack-1], long[MaxSamples-1]) {
		t.Errorf("the longest: got %d positions", len(thin))
	}
	t.Logf("the longest took %s", time.Since(begin))
}

func same(a, b fengsui.Position) bool {
	return a.Device == b.Device && a.At == b.At && a.Lon == b.Lon && a.Lat == b.Lat && a.Speed == b.Speed && a.Heading == b.Heading && a.Fix == b.Fix
}

func TestTrackTrip(t *testing.T) {
	want := append(drive(100), fengsui.Position{Device: 9, At: 1 << 41, Lon: -180, Lat: 90, Speed: 10_000, Heading: 360, Fix: true})
	cl := NewClient(ClientConfig{Address: serve(t, HandlerConfig{Engine: fixed{track: want}})})
	defer cl.Close()
	if got, err := cl.Track(t.Context(), 9, 1, 2, 0); err != nil || !slices.EqualFunc(got, want, same) {
		t.Errorf("whole: got %d positions, %v, want %d", len(got), err, len(want))
	}
	if got, err := cl.Track(t.Context(), 9, 1, 2, 10); err != nil || len(got) != 10 || !same(got[9], want[100]) {
		t.Errorf("thinned: got %v, %v, want 10", got, err)
	}
	for _, points := range []int{1, MaxTrack + 1} {
		if _, err := cl.Track(t.Context(), 9, 1, 2, points); reason(err) != "invalid bad_question" {
			t.Errorf("%d points: got %v", points, err)
		}
	}
	if _, err := cl.Track(t.Context(), 0, 1, 2, 0); reason(err) != "invalid bad_question" {
		t.Errorf("no device: got %v", err)
	}
}

func FuzzTrack(f *testing.F) {
	f.Add(appendTrack(nil, drive(3)))
	f.Add([]byte{2, 0, 0, 0})
	f.Add([]byte{1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := readTrack(b, 9)
		if err != nil {
			return
		}
		again, err := readTrack(appendTrack(nil, list), 9)
		if err != nil || !slices.EqualFunc(again, list, same) {
			t.Errorf("got %v, %v, want %v again", again, err, list)
		}
	})
}
