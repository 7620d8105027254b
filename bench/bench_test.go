package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// TestLoop runs the measuring apparatus once on a small field, so that it does not
// rot between runs: what is sent is judged and stored, and the numbers add up.
func TestLoop(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	at := place{Dir: t.TempDir(), Plain: "127.0.0.1:0", Secure: "127.0.0.1:0"}
	keys, err := furnish(t.Context(), at, size{plants: 2, points: 20, probes: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := launch(at)
	if err != nil {
		t.Fatal(err)
	}
	defer s.kill()
	var list []*plant
	for i, k := range keys[:2] {
		p := newPlant(i, k, 20)
		p.toward(s, i == 0)
		list = append(list, p)
	}
	m := measure(s)
	took, err := flood(4, 300*time.Millisecond, list, func(ctx context.Context, p *plant) error { return p.post(ctx, 20) })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.drain(); err != nil {
		t.Fatal(err)
	}
	c := m.stop()
	p, err := s.progress()
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(20 * len(took)); p.Samples != want || want == 0 {
		t.Errorf("got %d samples judged, want %d", p.Samples, want)
	}
	if c.server <= 0 || c.client <= 0 {
		t.Errorf("got CPU time %+v, want some of server and client", c)
	}
	for _, door := range []string{"block", "write"} {
		r, err := startRival(door, filepath.Join(t.TempDir(), door), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			if err := r.post(t.Context(), p); err != nil {
				t.Errorf("%s: %v", door, err)
			}
		}
		if err := r.end(); err != nil {
			t.Errorf("%s ended with %v", door, err)
		}
	}
	if err := s.end(); err != nil {
		t.Errorf("the platform ended with %v", err)
	}
}

func TestPercentile(t *testing.T) {
	list := []time.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, c := range []struct {
		p    int
		want time.Duration
	}{{50, 5}, {99, 10}, {90, 9}, {1, 1}} {
		if got := percentile(list, c.p); got != c.want {
			t.Errorf("percentile %d: got %d, want %d", c.p, got, c.want)
		}
	}
}

func TestRow(t *testing.T) {
	var r Report
	r.add("a", 499_999.6, "x", atLeast(500_000), cost{}, "%d", 1)
	r.add("b", 1.4999, "x", atMost(1.5), cost{}, "")
	r.add("c", 1, "x", nil, cost{}, "")
	b, err := json.Marshal(r.Rows)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"name":"a","figure":500000,"unit":"x","aim":"≥ 500,000","reached":false,"foreignCores":0,"notes":"1"},` +
		`{"name":"b","figure":1.5,"unit":"x","aim":"≤ 1.5","reached":true,"foreignCores":0},{"name":"c","figure":1,"unit":"x","aim":"","foreignCores":0}]`
	if got := fmt.Sprint(string(b)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
