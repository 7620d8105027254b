package fengsui

import (
	"errors"
	"math"
	"testing"
)

// square is a fence of a side of about 1 km round 117.7, 39.
func square() *Fence {
	return &Fence{Code: "F1", Rule: KeepIn, Ring: [][2]float64{{117.7, 39}, {117.7116, 39}, {117.7116, 39.009}, {117.7, 39.009}, {117.7, 39}}}
}

func TestFenceCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Fence)
		want   string
	}{
		"good":             {func(*Fence) {}, ""},
		"circle":           {func(f *Fence) { f.Ring, f.Centre, f.Radius = nil, [2]float64{117.7, 39}, 500 }, ""},
		"slow":             {func(f *Fence) { f.Rule, f.SpeedLimit = Slow, 40 }, ""},
		"rule":             {func(f *Fence) { f.Rule = "stay" }, "fence_rule"},
		"no limit":         {func(f *Fence) { f.Rule = Slow }, "fence_speed"},
		"NaN limit":        {func(f *Fence) { f.Rule, f.SpeedLimit = Slow, math.NaN() }, "fence_speed"},
		"limit of another": {func(f *Fence) { f.SpeedLimit = 40 }, "fence_speed"},
		"no shape":         {func(f *Fence) { f.Ring = nil }, "fence_shape"},
		"two shapes":       {func(f *Fence) { f.Radius = 5 }, "fence_shape"},
		"open":             {func(f *Fence) { f.Ring = f.Ring[:4] }, "fence_ring"},
		"two corners":      {func(f *Fence) { f.Ring = [][2]float64{{1, 1}, {2, 2}, {1, 1}} }, "fence_ring"},
		"line":             {func(f *Fence) { f.Ring = [][2]float64{{1, 1}, {2, 2}, {3, 3}, {1, 1}} }, "fence_ring"},
		"twice":            {func(f *Fence) { f.Ring = append(f.Ring[:1:1], f.Ring...) }, "fence_ring"},
		"too many":         {func(f *Fence) { f.Ring = make([][2]float64, MaxRing+1) }, "fence_ring"},
		"lat first":        {func(f *Fence) { f.Ring[1] = [2]float64{39, 117.7} }, "fence_place"},
		"NaN":              {func(f *Fence) { f.Ring[1][0] = math.NaN() }, "fence_place"},
		"bow tie":          {func(f *Fence) { f.Ring[1], f.Ring[2] = f.Ring[2], f.Ring[1] }, "fence_crossed"},
		"touches itself":   {func(f *Fence) { f.Ring = [][2]float64{{0, 0}, {4, 0}, {4, 4}, {2, 0}, {0, 4}, {0, 0}} }, "fence_crossed"},
		"radius":           {func(f *Fence) { f.Ring, f.Radius = nil, 1e6 }, "fence_radius"},
		"below zero":       {func(f *Fence) { f.Ring, f.Radius = nil, -5 }, "fence_radius"},
		"centre":           {func(f *Fence) { f.Ring, f.Radius, f.Centre = nil, 5, [2]float64{0, 91} }, "fence_place"},
	} {
		f := square()
		c.change(f)
		got := ""
		if e, ok := errors.AsType[*Error](f.Check()); ok {
			got = e.Reason
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestFenceContains(t *testing.T) {
	// A U that opens to the north, and a circle.
	u := &Fence{Ring: [][2]float64{{0, 0}, {3, 0}, {3, 3}, {2, 3}, {2, 1}, {1, 1}, {1, 3}, {0, 3}, {0, 0}}}
	round := &Fence{Centre: [2]float64{117.7, 39}, Radius: 500}
	if err := (&Fence{Code: "U", Rule: KeepIn, Ring: u.Ring}).Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f        *Fence
		lon, lat float64
		want     bool
	}{
		{u, 0.5, 2, true}, {u, 2.5, 2.9, true}, {u, 1.5, 0.5, true}, {u, 1.5, 2, false}, {u, -0.1, 1, false}, {u, 3.1, 1, false}, {u, 1.5, 3.5, false},
		{u, 0.5, 1, true}, {u, -1, 3, false}, {u, -1, 0, false}, // level with corners
		{u, math.NaN(), 1, false}, {round, math.NaN(), 1, false},
		{round, 117.7, 39.0044, true}, {round, 117.7, 39.0046, false}, {round, 117.7057, 39, true}, {round, 117.7059, 39, false},
	} {
		if got := c.f.Contains(c.lon, c.lat); got != c.want {
			t.Errorf("%g, %g: got %t, want %t", c.lon, c.lat, got, c.want)
		}
	}
}

// TestMetres holds distances to lengths of a degree on WGS-84 (NIMA TR8350.2): at
// 39 degrees a minute of latitude is 1850.34 m, one of longitude 1444.0 m.
func TestMetres(t *testing.T) {
	for _, c := range []struct{ lon, lat, want float64 }{
		{0, 1.0 / 60, 1850.3}, {1.0 / 60, 0, 1444.0}, {0, 0, 0},
	} {
		if got := Metres(117.7, 39-c.lat/2, 117.7+c.lon, 39+c.lat/2); math.Abs(got-c.want) > 0.5 {
			t.Errorf("%g, %g: got %.2f m, want %.1f", c.lon, c.lat, got, c.want)
		}
	}
	f := square()
	for _, c := range []struct{ lon, lat, want float64 }{
		{117.7058, 39.001, 111.0}, {117.7058, 38.999, 111.0}, {117.699, 39.0045, 86.6},
		{117.699, 38.999, math.Hypot(111.0, 86.6)}, // from the corner
	} {
		if got := f.Distance(c.lon, c.lat); math.Abs(got-c.want) > 0.5 {
			t.Errorf("%g, %g: got %.2f m from the edge, want %.1f", c.lon, c.lat, got, c.want)
		}
	}
	round := &Fence{Centre: [2]float64{117.7, 39}, Radius: 500}
	for lat, want := range map[float64]float64{39: 500, 39.001: 389, 39.01: 610.1} {
		if got := round.Distance(117.7, lat); math.Abs(got-want) > 0.5 {
			t.Errorf("%g: got %.2f m from the edge of the circle, want %.1f", lat, got, want)
		}
	}
}

func TestFenceWatches(t *testing.T) {
	truck := &Asset{ID: "a1", Enterprise: "e1", Attrs: map[string]string{"class": "hazmat"}}
	for _, c := range []struct {
		f    Fence
		want bool
	}{
		{Fence{}, true}, {Fence{Enterprise: "e1"}, true}, {Fence{Enterprise: "e2"}, false},
		{Fence{Classes: []string{"tractor", "hazmat"}}, true}, {Fence{Classes: []string{"tractor"}}, false},
		{Fence{Assets: []ID{"a1"}}, true}, {Fence{Assets: []ID{"a2"}}, false}, {Fence{Classes: []string{"hazmat"}, Assets: []ID{"a2"}}, false},
	} {
		if got := c.f.Watches(truck); got != c.want {
			t.Errorf("%+v: got %t, want %t", c.f, got, c.want)
		}
	}
}
