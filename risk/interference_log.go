package risk

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"fengsui"
	"fengsui/store"
)

// upload is one late sample, or the one that stood at its moment before.
type upload struct {
	value float64
	place fengsui.Place // of the record it came in
}

// moment is a point at its own time.
type moment struct {
	point int64
	at    fengsui.Millis
}

// conflict is a moment for which two uploads differ.
type conflict struct {
	at          fengsui.Millis
	stood, sent upload
}

// altered judges the moments of one point at which a late upload differs from what
// stood there. One that brings a value back inside a limit is enough.
func (s *Signs) altered(p *fengsui.Point, list []conflict) (x Suspicion, ok bool) {
	least := s.Altered.Tolerance * (p.RangeHigh - p.RangeLow)
	hidden, biggest := 0, 0.0
	var cites []string
	list = slices.DeleteFunc(slices.Clone(list), func(c conflict) bool { return math.Abs(c.sent.value-c.stood.value) <= least })
	slices.SortFunc(list, func(a, b conflict) int { return cmp.Compare(a.at, b.at) })
	for _, c := range list {
		biggest = max(biggest, math.Abs(c.sent.value-c.stood.value))
		for _, l := range sides(p) {
			if l.sign*c.stood.value > l.limit && l.sign*c.sent.value <= l.limit {
				hidden++
				break
			}
		}
		for _, u := range []upload{c.stood, c.sent} {
			if cite := fmt.Sprintf("log/%d/%d", u.place.Seq, u.place.Index); len(cites) < 16 && !slices.Contains(cites, cite) {
				cites = append(cites, cite)
			}
		}
	}
	if len(list) < s.Altered.Samples && hidden == 0 {
		return x, false
	}
	x = Suspicion{
		Kind: signAltered, Subject: fengsui.SubjectOf("point", p.Num), From: list[0].at, To: list[len(list)-1].at, Rung: suspected, Score: 99,
		Numbers: map[string]float64{"samples": float64(len(list)), "brought_inside": float64(hidden), "largest": biggest}, Cites: cites,
	}
	for _, c := range list[:min(len(list), 32)] {
		x.proof = append(x.proof, fengsui.Sample{Point: p.Num, At: c.at, Value: c.stood.value}, fengsui.Sample{Point: p.Num, At: c.at, Value: c.sent.value})
	}
	return x, true
}

// lag is a run of deliveries whose own times were off by about the same.
type lag struct {
	from, to fengsui.Millis // received
	off      fengsui.Millis // receipt minus own time
	n        int
}

// maxLags is how many runs are remembered of one sender.
const maxLags = 16

// sent takes one delivery of a sender into its runs.
func (s *Signs) sent(lags []lag, received, off fengsui.Millis) []lag {
	near := func(l *lag) bool {
		right := fengsui.Millis(s.Clock.Least)
		return max(l.off-off, off-l.off) <= fengsui.Millis(s.Clock.Steady) || max(l.off, -l.off) < right && max(off, -off) < right
	}
	n := len(lags)
	if n > 1 && lags[n-1].n < s.Clock.Records && near(&lags[n-2]) {
		lags, n = lags[:n-1], n-1 // what lay between was no run
	}
	if n > 0 && near(&lags[n-1]) {
		lags[n-1].to = received
		lags[n-1].n++
		return lags
	}
	if n == maxLags {
		lags = slices.Delete(lags, 0, 1)
	}
	return append(lags, lag{received, received, off, 1})
}

// slid finds a clock that was off by a constant for a while and right before and
// after.
func (s *Signs) slid(subject fengsui.Subject, lags []lag, since fengsui.Millis) (x Suspicion, ok bool) {
	for i := 1; i+1 < len(lags); i++ {
		l := lags[i]
		far := max(l.off, -l.off)
		right := func(l lag) bool { return l.n >= s.Clock.Records && max(l.off, -l.off) < fengsui.Millis(s.Clock.Least) }
		if l.to >= since && l.n >= s.Clock.Records && far >= fengsui.Millis(s.Clock.Least) && far <= fengsui.Millis(s.Clock.Most) && right(lags[i-1]) && right(lags[i+1]) {
			x, ok = Suspicion{
				Kind: signClock, Subject: subject, From: l.from, To: l.to, Rung: suspected, Score: 99,
				Numbers: map[string]float64{"off_s": seconds(l.off), "deliveries": float64(l.n)},
			}, true
		}
	}
	return x, ok
}

// loosened says what a change of a point's settings made blind, as far as values
// can tell: beyond reports whether a value lay beyond the old limit.
func loosened(was, now *fengsui.Point) (list []string, moved []side) {
	after := sides(now)
	for _, l := range sides(was) {
		i := slices.IndexFunc(after, func(x side) bool { return x.rung == l.rung })
		if i < 0 || after[i].limit > l.limit {
			list, moved = append(list, "limit "+l.rung), append(moved, l)
		}
	}
	if was.RangeLow != now.RangeLow || was.RangeHigh != now.RangeHigh {
		list = append(list, "range")
	}
	if now.Every > was.Every {
		list = append(list, "rate")
	}
	if was.Key && !now.Key {
		list = append(list, "key")
	}
	return list, moved
}

// settings reads a journal row about a point; ok is false for one that changed no
// setting of interest.
func settings(e store.Entry) (was, now fengsui.Point, ok bool) {
	if e.Of.Kind != "point" || e.Act != "changed" || json.Unmarshal(e.Before, &was) != nil || json.Unmarshal(e.After, &now) != nil {
		return was, now, false
	}
	list, _ := loosened(&was, &now)
	return was, now, len(list) > 0
}

// setting judges a change of settings by the values around it and by whether a
// warning of the point was open.
func (s *Signs) setting(e store.Entry, was, now *fengsui.Point, around []fengsui.Sample, warned bool) (x Suspicion, ok bool) {
	what, moved := loosened(was, now)
	x = Suspicion{
		Kind: signSetting, Subject: fengsui.SubjectOf("point", now.Num), From: e.At, To: e.At, Rung: suspected, Score: 99,
		Numbers: map[string]float64{}, Cites: append([]string{fmt.Sprintf("journal/%d", e.Pos), "by " + e.By.Name}, what...),
	}
	beyond := 0.0
	for i := range around {
		for _, l := range moved {
			if usable(around[i].Quality) && l.sign*around[i].Value > l.limit {
				if beyond++; len(x.proof) < 64 {
					x.proof = append(x.proof, around[i])
				}
				break
			}
		}
	}
	for _, l := range moved {
		x.Numbers["was_"+l.rung] = l.sign * l.limit
		for _, n := range sides(now) {
			if n.rung == l.rung {
				x.Numbers["now_"+l.rung] = n.sign * n.limit
			}
		}
	}
	x.Numbers["beyond_before"] = beyond
	if warned {
		x.Numbers["warnings_open"] = 1
	}
	return x, warned || beyond > 0
}
