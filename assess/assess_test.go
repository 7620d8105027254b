package assess

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

const minute = fengsui.Millis(60_000)

// past is a history of values by point.
type past struct {
	values  map[int64][]fengsui.Millis
	reached fengsui.Millis
	away    error
	asked   int
}

func (h *past) Heard(_ context.Context, point int64, from, to fengsui.Millis, n int) ([]bool, error) {
	h.asked++
	if n < 1 || (to-from)%fengsui.Millis(n) != 0 {
		return nil, fmt.Errorf("%d stretches of [%d, %d)", n, from, to)
	}
	list := make([]bool, n)
	for _, at := range h.values[point] {
		if at >= from && at < to {
			list[int64(at-from)*int64(n)/int64(to-from)] = true
		}
	}
	return list, h.away
}

func (h *past) Reached(context.Context) (fengsui.Millis, error) { return h.reached, h.away }

// every adds values of a point in [from, to).
func (h *past) every(point int64, span, from, to fengsui.Millis) {
	for at := from; at < to; at += span {
		h.values[point] = append(h.values[point], at)
	}
}

type lab struct {
	*Assessor
	past *past
	now  fengsui.Millis
	d    *fengsui.District
	t    *testing.T
}

// noon of a civil day.
var noon = fengsui.At(time.Date(2026, 3, 4, 12, 0, 0, 0, fengsui.Civil))

func newLab(t *testing.T) *lab {
	db, err := store.Open(t.Context(), storetest.Place(t, filepath.Join(t.TempDir(), "t.db")), Tables())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	policy, err := Load("binhai")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, now: noon, past: &past{values: map[int64][]fengsui.Millis{}}}
	span := fengsui.Span(10_000)
	point := func(num int64, e fengsui.ID, every fengsui.Span) *fengsui.Point {
		return &fengsui.Point{ID: fengsui.ID(fmt.Sprintf("p%d", num)), Num: num, Enterprise: e, Code: fmt.Sprintf("P%d", num), Every: every}
	}
	l.d = fengsui.NewDistrict(nil, []*fengsui.Enterprise{
		{ID: "good", Num: 1, Code: "E1", Zone: "z1", Sector: "fire"}, {ID: "bad", Num: 2, Code: "E2", Zone: "z2", Sector: "hazchem"},
	}, nil, nil, []*fengsui.Point{point(11, "good", span), point(12, "good", fengsui.Span(30*minute)), point(21, "bad", span), point(22, "bad", span)})
	l.Assessor = New(Config{DB: db, District: func() *fengsui.District { return l.d }, History: l.past, Policy: policy, Now: func() time.Time { return l.now.Time() }})
	return l
}

// count counts at a moment up to which the history has come.
func (l *lab) count(now fengsui.Millis) {
	l.t.Helper()
	l.now, l.past.reached = now, now
	if err := l.Count(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) points(f fengsui.QualityFilter) map[int64]string {
	l.t.Helper()
	if f.To == 0 {
		f.To = math.MaxInt64
	}
	list, total, err := l.Points(l.t.Context(), fengsui.Everything(), f, fengsui.Page{})
	if err != nil || total != len(list) {
		l.t.Fatal(list, total, err)
	}
	got := map[int64]string{}
	for _, c := range list {
		got[c.Point] = fmt.Sprintf("%d/%d", c.Heard, c.Stretches)
	}
	return got
}

// A29: a stretch without a value is offline, a point's own period is not, and what was
// before the first value is not invented.
func TestCount(t *testing.T) {
	l := newLab(t)
	begin := noon - 60*minute
	l.past.every(11, 10_000, begin, noon)            // without a gap
	l.past.every(12, 30*minute, begin, noon)         // each half hour: as its period says
	l.past.every(21, 10_000, begin, begin+30*minute) // then silence
	l.past.every(21, 10_000, begin+52*minute, noon)  // and back again
	l.count(noon + minute)                           // 22 never sent
	want := map[int64]string{11: "12/12", 12: "12/12", 21: "8/12"}
	if got := l.points(fengsui.QualityFilter{}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}

	// Counting goes on from where it was, and the point that never sent counts now.
	asked := l.past.asked
	l.count(noon + minute)
	if l.past.asked != asked {
		t.Errorf("what is counted is asked for again: %d questions", l.past.asked-asked)
	}
	l.past.every(11, 10_000, noon, noon+10*minute)
	l.count(noon + 11*minute)
	want = map[int64]string{11: "14/14", 12: "14/14", 21: "8/14", 22: "0/2"}
	if got := l.points(fengsui.QualityFilter{}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("ten minutes later: got %v, want %v", got, want)
	}

	// A point with a period of 30 min is offline once three of them are missed.
	l.past.every(11, 10_000, noon+10*minute, noon+180*minute)
	l.count(noon + 181*minute)
	// Its last value came at 11:30; until 12:59 it is there, at 15:00 for 24 stretches not.
	if got := l.points(fengsui.QualityFilter{})[12]; got != "24/48" {
		t.Errorf("three periods missed: %s", got)
	}

	list, total, err := l.Firms(t.Context(), fengsui.Everything(), fengsui.QualityFilter{To: math.MaxInt64}, fengsui.Page{})
	if err != nil || total != 2 || list[0].Enterprise != "bad" || len(list[0].Days) != 1 || list[0].Days[0].Points != 2 {
		t.Fatal(list, total, err)
	}
	if d := list[0].Days[0]; d.Day != fengsui.DayOf(noon) || d.Offline != 1-float64(d.Heard)/float64(d.Stretches) || list[0].Offline != d.Offline {
		t.Errorf("got %+v", list[0])
	}
	if over, n, err := l.Firms(t.Context(), fengsui.Everything(), fengsui.QualityFilter{To: math.MaxInt64, Over: true, Sector: "fire"}, fengsui.Page{}); err != nil || n != 1 || over[0].Enterprise != "good" {
		t.Errorf("25 %% lies above the line: %v %v", over, err)
	}
}

// A device whose clock leads has sent in its first stretch, under later times: it is not
// offline there. One whose first value comes when no clock leads so far was silent.
func TestClockAhead(t *testing.T) {
	l := newLab(t)
	l.count(noon + 2*minute)                                       // nobody has sent yet: counted from noon
	l.past.every(21, 10_000, noon+5*minute+90_000, noon+90*minute) // from 12:05 on, by a clock 90 s ahead
	l.past.every(22, 10_000, noon+15*minute, noon+90*minute)
	l.past.every(11, 10_000, noon+4*minute, noon+90*minute)
	l.count(noon + 6*minute)
	want := map[int64]string{11: "1/1", 12: "0/1", 22: "0/1"}
	if got := l.points(fengsui.QualityFilter{}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("six minutes later: got %v, want %v", got, want)
	}
	l.count(noon + 31*minute)
	want = map[int64]string{11: "6/6", 12: "0/6", 21: "5/5", 22: "3/6"}
	if got := l.points(fengsui.QualityFilter{}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("half an hour later: got %v, want %v", got, want)
	}
}

// What comes late within a day counts when the day is settled, and never after.
func TestSettle(t *testing.T) {
	l := newLab(t)
	midnight := fengsui.DayOf(noon) + fengsui.Millis(fengsui.Day)
	l.past.every(11, 10_000, noon, midnight+120*minute)
	l.past.every(21, 10_000, noon, noon+60*minute)
	l.count(midnight + 121*minute)
	today := fengsui.QualityFilter{From: fengsui.DayOf(noon), To: midnight}
	if got := l.points(today)[21]; got != "12/144" {
		t.Fatalf("before: %s", got)
	}
	if got := l.points(fengsui.QualityFilter{From: midnight})[11]; got != "24/24" {
		t.Errorf("the new day: %s", got)
	}
	l.past.every(21, 10_000, noon+60*minute, midnight) // kept back, sent now
	l.count(midnight + 130*minute)
	if got := l.points(today)[21]; got != "12/144" {
		t.Errorf("not settled yet: %s", got)
	}
	l.count(midnight + fengsui.Millis(fengsui.Day))
	if got := l.points(today)[21]; got != "144/144" {
		t.Errorf("settled: %s", got)
	}
	l.past.values[21] = nil
	l.count(midnight + 2*fengsui.Millis(fengsui.Day))
	if got := l.points(today)[21]; got != "144/144" {
		t.Errorf("counted after it was settled: %s", got)
	}
	// The daily mean weighs days alike, however much of them was counted.
	list, _, err := l.Firms(t.Context(), fengsui.Everything(), fengsui.QualityFilter{From: fengsui.DayOf(noon), To: midnight + fengsui.Millis(fengsui.Day), Enterprise: "good"}, fengsui.Page{})
	if err != nil || len(list) != 1 || len(list[0].Days) != 2 {
		t.Fatal(list, err)
	}
	if mean := (list[0].Days[0].Offline + list[0].Days[1].Offline) / 2; math.Abs(list[0].Offline-mean) > 1e-9 {
		t.Errorf("the mean is %v, want %v", list[0].Offline, mean)
	}
	l.count(midnight + 500*fengsui.Millis(fengsui.Day))
	if got := l.points(today); len(got) != 0 {
		t.Errorf("counts are kept for ever: %v", got)
	}
}

// While the history is away or behind nothing is counted as missing.
func TestAway(t *testing.T) {
	l := newLab(t)
	l.past.every(11, 10_000, noon-60*minute, noon)
	l.count(noon + minute)
	l.past.away = errors.New("away")
	l.now = noon + 60*minute
	if err := l.Count(t.Context()); err == nil {
		t.Fatal("it counted without a history")
	}
	l.past.away = nil
	if err := l.Count(t.Context()); err != nil { // it is there, and has not come further
		t.Fatal(err)
	}
	if got := l.points(fengsui.QualityFilter{})[11]; got != "12/12" {
		t.Errorf("got %s", got)
	}
	l.past.every(11, 10_000, noon, noon+60*minute)
	l.count(noon + 61*minute)
	if got := l.points(fengsui.QualityFilter{})[11]; got != "24/24" {
		t.Errorf("afterwards: %s", got)
	}
}

// A36: where a point was out of use with leave nobody waited for a value; one that came
// counts all the same.
func TestExcused(t *testing.T) {
	l := newLab(t)
	l.c.Excused = func(_ context.Context, p *fengsui.Point, _, _ fengsui.Millis) ([]fengsui.Stretch, error) {
		if p.Num != 21 {
			return nil, nil
		}
		return []fengsui.Stretch{{From: noon - 40*minute, To: noon - 10*minute}}, nil
	}
	for _, point := range []int64{11, 21} {
		l.past.every(point, 10_000, noon-60*minute, noon-30*minute)
		l.past.every(point, 10_000, noon-5*minute, noon)
	}
	l.count(noon + minute)
	want := map[int64]string{11: "7/12", 21: "7/8"}
	if got := l.points(fengsui.QualityFilter{}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A05: nobody sees another's counts.
func TestScope(t *testing.T) {
	l := newLab(t)
	l.past.every(11, 10_000, noon-60*minute, noon)
	l.past.every(21, 10_000, noon-60*minute, noon)
	l.count(noon + minute)
	for _, s := range []fengsui.Scope{{Enterprise: "good"}, {Zone: "z1"}, {Sectors: []fengsui.Sector{"fire"}}} {
		firms, n, err := l.Firms(t.Context(), s, fengsui.QualityFilter{To: math.MaxInt64}, fengsui.Page{})
		if err != nil || n != 1 || firms[0].Enterprise != "good" {
			t.Errorf("%+v sees %v %v", s, firms, err)
		}
		points, n, err := l.Points(t.Context(), s, fengsui.QualityFilter{To: math.MaxInt64, Enterprise: "bad"}, fengsui.Page{})
		if err != nil || n != 0 || len(points) != 0 {
			t.Errorf("%+v sees points of another: %v %v", s, points, err)
		}
	}
	if list, n, err := l.Firms(t.Context(), fengsui.Scope{}, fengsui.QualityFilter{To: math.MaxInt64}, fengsui.Page{}); err != nil || n != 0 || len(list) != 0 {
		t.Error("nobody sees", list, err)
	}
}

func TestPolicy(t *testing.T) {
	p, err := Load("binhai")
	if err != nil || p.Offline.Line != 0.05 || !slices.Equal(p.Offline.Days, []int{2, 5}) || len(p.Inferred) == 0 {
		t.Fatal(p, err) // A29, A30: 5 %, over 2 days; A31: over 5 days
	}
	b, err := policies.ReadFile("policy/binhai.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{"line: 0.05", "line: 5"}, {"[2, 5]", "[5, 2]"}, {"[2, 5]", "[]"}, {"stretch: 5m", "stretch: 7m"}, {"missed: 3", "missed: 0"}, {"ahead: 10m", "ahead: 7m"}, {"keep: 9600h", "keep: 1h"}, {"version: 1", "version: 0"}, {"name: binhai", "nom: x"}} {
		text := strings.Replace(string(b), change[0], change[1], 1)
		if text == string(b) {
			t.Fatalf("the file has no %q", change[0])
		}
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s is taken", change[1])
		}
	}
}
