package fengsui

import (
	"math"
	"testing"
)

// TestFromGCJ02 holds the conversion to a pair that open implementations publish,
// and to the way there and back over all of the box.
func TestFromGCJ02(t *testing.T) {
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	// coordtransform (MIT), README: wgs84togcj02(116.404, 39.915).
	if lon, lat := FromGCJ02(116.41024449916938, 39.91640428150164); !near(lon, 116.404) || !near(lat, 39.915) {
		t.Errorf("got %.10f, %.10f, want 116.404, 39.915", lon, lat)
	}
	for lon := 73.0; lon < 137; lon += 0.37 {
		for lat := 1.0; lat < 55; lat += 0.41 {
			dx, dy := gcj02Shift(lon, lat)
			if x, y := FromGCJ02(lon+dx, lat+dy); !near(x, lon) || !near(y, lat) {
				t.Fatalf("there and back: got %.10f, %.10f, want %.10f, %.10f", x, y, lon, lat)
			}
		}
	}
	for _, p := range [][2]float64{{2.35, 48.85}, {0, 0}, {math.NaN(), math.NaN()}, {-117, 39}} {
		if lon, lat := FromGCJ02(p[0], p[1]); lon != p[0] && !math.IsNaN(lon) || lat != p[1] && !math.IsNaN(lat) {
			t.Errorf("outside the box: got %g, %g, want %g, %g", lon, lat, p[0], p[1])
		}
	}
}
