package ingest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"fengsui"
	"fengsui/adapter"
)

// listed is a district of one enterprise with n points, whose nums begin after
// from, and their codes.
func listed(n int, from int64) (*fengsui.District, []string) {
	e := &fengsui.Enterprise{ID: "e1", Num: 1, Code: "E1"}
	var points []*fengsui.Point
	var codes []string
	for i := range n {
		code := fmt.Sprintf("TI-%03d", i)
		codes = append(codes, code)
		points = append(points, &fengsui.Point{ID: fengsui.ID(code), Num: from + int64(i), Enterprise: "e1", Code: code, RangeHigh: 100})
	}
	return fengsui.NewDistrict(nil, []*fengsui.Enterprise{e}, nil, nil, points), codes
}

// A list of codes that was sent before names the points of the district as it is,
// whatever else the device sends and whoever sends at the same time.
func TestCodeLists(t *testing.T) {
	d, codes := listed(3*fewCodes, 100)
	log := &memory{}
	door, _ := newDoor(t, Config{Log: log, District: func() *fengsui.District { return d }})
	take := func(codes []string) []int64 {
		t.Helper()
		v := &adapter.Delivery{Adapter: "push", Enterprise: "E1", Received: noon, Codes: codes, Samples: []fengsui.Sample{{Point: int64(len(codes) - 1), At: noon, Value: 1}}}
		if _, err := door.Take(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		return log.last(t).Points
	}
	nums := func(codes []string) (list []int64) {
		for _, c := range codes {
			num := int64(0)
			if p := d.PointByCode(1, c); p != nil {
				num = p.Num
			}
			list = append(list, num)
		}
		return list
	}
	a, b := codes[:fewCodes], codes[fewCodes:]
	swapped := slices.Clone(a)
	swapped[1], swapped[2] = swapped[2], swapped[1]
	strange := slices.Clone(a)
	strange[3] = "nobody's"
	for round := range 3 {
		for _, list := range [][]string{a, b, a, swapped, strange, a, a[:2], swapped} {
			if got, want := take(list), nums(list); !slices.Equal(got, want) {
				t.Errorf("round %d, %q: nums %v, want %v", round, list, got, want)
			}
		}
	}
	if got, want := len(door.codes.lists), 2; got != want { // a and swapped are one device's in turn
		t.Errorf("%d lists are remembered, want %d", got, want)
	}
	d, _ = listed(3*fewCodes, 900)
	if got, want := take(a), nums(a); !slices.Equal(got, want) || want[0] != 900 {
		t.Errorf("in another district: nums %v, want %v", got, want)
	}
	if got := len(door.codes.lists); got != 1 {
		t.Errorf("%d lists are remembered of the new district, want 1", got)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			v := &adapter.Delivery{Adapter: "push", Enterprise: "E1", Received: noon, Codes: [][]string{a, swapped}[i%2], Samples: []fengsui.Sample{{At: noon, Value: 1}}}
			for range 50 {
				if _, err := door.Take(t.Context(), v); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	for _, r := range log.kept()[len(log.kept())-400:] {
		if !slices.Equal(r.Points, nums(a)) && !slices.Equal(r.Points, nums(swapped)) {
			t.Fatalf("at the same time: nums %v", r.Points)
		}
	}
}

// The memory of lists is bounded, whatever is sent.
func TestCodeListsAreBounded(t *testing.T) {
	var c codeLists
	d, _ := listed(1, 1)
	list := codeList{make([]string, 1000), make([]bound, 1000), make([]int64, 1000)}
	for i := range 2000 {
		c.put(d, listKey{1, int64(i), "", 1000}, list)
		if n := 1000 * len(c.lists); n > maxCodes || n != c.codes {
			t.Fatalf("%d codes are remembered and %d counted, want at most %d", n, c.codes, maxCodes)
		}
	}
	for range 2000 {
		c.put(d, listKey{1, 1, "", 1000}, list)
	}
	if n := 1000 * len(c.lists); n != c.codes {
		t.Errorf("%d codes are remembered, %d counted", n, c.codes)
	}
	c.put(d, listKey{1, 1, "", maxCodes + 1}, codeList{codes: make([]string, maxCodes+1)})
	if n := 1000 * len(c.lists); n != c.codes {
		t.Errorf("%d codes are remembered, %d counted", n, c.codes)
	}
}
