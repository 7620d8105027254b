package risk

import (
	"math"
	"slices"

	"fengsui"
)

// calm is a stretch that is far calmer than is usual. Whether an honest standstill
// excuses it, the points beside it say.
type calm struct {
	Suspicion
	dead bool // without any change
}

// flat finds stretches without any change where the calmest of the days before
// would have changed often.
func (s *Signs) flat(t *trace) (list []calm) {
	for a := t.day; a < len(t.v); {
		b := a + 1
		for b < len(t.v) && t.changes[b+1] == t.changes[b] {
			b++
		}
		if b-a >= s.Flat.Samples && t.at[b-1]-t.at[a] >= fengsui.Millis(s.Flat.Hold) && !t.resting(s, t.v[a]) {
			n := min(b-a, t.day/3) // of a very long stretch less counts
			least := math.Inf(1)
			if n >= s.Flat.Samples && t.before(n, func(a, b int) { least = min(least, t.changed(a, b)) }) && least >= s.Flat.Changes {
				x := t.suspect(signFlat, suspected, a, b, least*math.Log10E, map[string]float64{
					"value": t.v[a], "samples": float64(b - a), "usual_changes": least, "usual_noise": t.usual,
				})
				x.usual = t.usual
				list = append(list, calm{x, true})
			}
		}
		a = b
	}
	return list
}

// smoothed finds stretches that move, but whose noise is far below the calmest of
// the days before: filtered, interpolated or computed.
func (s *Signs) smoothed(t *trace) (list []calm) {
	n := s.Smoothed.Samples
	if t.usual == 0 || t.usual < s.Visible*t.step {
		return nil
	}
	var at stretch
	flush := func() {
		if at.b > at.a && t.at[at.b-1]-t.at[at.a] >= fengsui.Millis(s.Smoothed.Hold) {
			noise := t.noise(at.a, at.b)
			score := float64(at.b-at.a) * math.Log10(t.usual/max(noise, t.usual/100))
			x := t.suspect(signSmoothed, suspected, at.a, at.b, score, map[string]float64{
				"noise": noise, "usual_noise": t.usual, "samples": float64(at.b - at.a),
			})
			x.usual = t.usual
			list = append(list, calm{x, false})
		}
		at = stretch{}
	}
	for a := t.day; a+n <= len(t.v); a += max(n/4, 1) {
		b := a + n
		moves := t.changed(a, b) > 0 && !t.resting(s, t.v[a]) && !t.resting(s, t.v[a+n/2]) && !t.resting(s, t.v[b-1])
		whole := t.at[b-1]-t.at[a] <= fengsui.Millis(3*n/2)*t.period
		switch {
		case !moves || !whole || t.noise(a, b) >= s.Smoothed.Ratio*t.usual:
		case at.b >= a && at.b > at.a:
			at.b = b
		default:
			flush()
			at = stretch{a, b}
		}
	}
	flush()
	return list
}

// side is one limit of a point. Values are looked at as sign × value, so that
// every limit is an upper one.
type side struct {
	rung  string
	sign  float64
	limit float64 // sign × the limit
}

func sides(p *fengsui.Point) (list []side) {
	for _, l := range []struct {
		rung string
		sign float64
		at   *float64
	}{{"H", 1, p.H}, {"HH", 1, p.HH}, {"L", -1, p.L}, {"LL", -1, p.LL}} {
		if l.at != nil {
			list = append(list, side{l.rung, l.sign, l.sign * *l.at})
		}
	}
	return list
}

// clipped finds values that pile up just inside a limit, with none beyond it.
func (s *Signs) clipped(t *trace) (list []Suspicion) {
	if t.noisy == 0 || t.noisy < s.Visible*t.step {
		return nil
	}
	// Two values of the grid and more: what is held may tremble.
	wide := max(2*t.step, t.noisy/2)
	for _, l := range sides(t.p) {
		top := math.Inf(-1)
		for _, v := range t.v[t.day:] {
			top = max(top, l.sign*v)
		}
		if room := l.limit - top; room < 0 || room > max(s.Clipped.Near*t.span(), 3*t.noisy) {
			continue
		}
		at, below, from, to := 0, 0, -1, -1
		for i := t.day; i < len(t.v); i++ {
			switch down := top - l.sign*t.v[i]; {
			case down < wide-t.step/2:
				if at++; from < 0 {
					from = i
				}
				to = i + 1
			case down < 5*wide-t.step/2:
				below++
			}
		}
		times := float64(at) / max(float64(below)/4, 1)
		if at >= s.Clipped.Samples && times >= s.Clipped.Times {
			list = append(list, t.suspect(signClipped, suspected, from, to, float64(at)*math.Log10(times), map[string]float64{
				"at": l.sign * top, "limit": l.sign * l.limit, "samples": float64(at), "below": float64(below), "noise": t.noisy,
			}))
		}
	}
	return list
}

// gaps finds data that stop on the way over a limit, or beyond it, and come back
// inside: more often than gaps fall there by chance.
func (s *Signs) gaps(t *trace) (list []Suspicion) {
	least := max(fengsui.Millis(s.Gap.Periods*float64(t.period)), fengsui.Millis(s.Gap.Least))
	var gaps []int // indices of the value after
	for i := 1; i < len(t.v); i++ {
		if t.at[i]-t.at[i-1] > least {
			gaps = append(gaps, i)
		}
	}
	if len(gaps) < s.Gap.Times || gaps[len(gaps)-1] < t.day {
		return nil
	}
	best := Suspicion{}
	for _, l := range sides(t.p) {
		k, long := 0, fengsui.Millis(0)
		first, last := 0, 0
		for _, i := range gaps {
			if l.sign*t.v[i] < l.limit && s.crossing(t, l, i-1, t.at[i]-t.at[i-1]) {
				if k++; k == 1 {
					first = i - 1
				}
				last, long = i, max(long, t.at[i]-t.at[i-1])
			}
		}
		if k < s.Gap.Times || last < t.day {
			continue
		}
		there := 1.0
		for i := range t.v {
			if s.crossing(t, l, i, long) {
				there++
			}
		}
		p := tail(len(gaps), k, there/float64(len(t.v)+2))
		if p > s.Gap.Chance {
			continue
		}
		x := t.suspect(signGap, l.rung, first, last+1, -math.Log10(p), map[string]float64{
			"gaps": float64(len(gaps)), "on_crossing": float64(k), "limit": l.sign * l.limit, "last_before": t.v[last-1], "first_after": t.v[last],
			"longest_s": seconds(long),
		})
		if s.level(signGap, x.Rung) > s.level(signGap, best.Rung) || best.Kind == "" {
			best = x
		}
	}
	if best.Kind != "" {
		list = append(list, best)
	}
	return list
}

// crossing reports whether value i is beyond a limit, or near it and rising so that
// it is there within a time.
func (s *Signs) crossing(t *trace, l side, i int, within fengsui.Millis) bool {
	v := l.sign * t.v[i]
	if v >= l.limit {
		return true
	}
	from := max(i-5, 0)
	if v < l.limit-s.Gap.Near*t.span() || i == 0 || t.at[i] == t.at[from] {
		return false
	}
	rise := (v - l.sign*t.v[from]) / float64(t.at[i]-t.at[from])
	return rise > 0 && v+rise*float64(within) >= l.limit
}

// tail is the chance of k or more of n at p each.
func tail(n, k int, p float64) (sum float64) {
	for i := k; i <= n; i++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(i + 1))
		c, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return max(min(sum, 1), 1e-99)
}

// repeated finds a stretch of the judged day that was there before, value by value
// or shifted by a constant.
func (s *Signs) repeated(t *trace) []Suspicion {
	if t.step == 0 || len(t.v) < 2*s.Repeated.Window {
		return nil
	}
	d := make([]int64, len(t.v)) // d[i]: v[i] minus the value before, in steps
	for i := 1; i < len(d); i++ {
		d[i] = int64(math.Round((t.v[i] - t.v[i-1]) / t.step))
	}
	const base = 0x9e3779b97f4a7c15 // odd, so that no bit is lost
	k, oldest := s.Repeated.Window, uint64(1)
	for range k {
		oldest *= base
	}
	seen := make(map[uint64]int32, len(d)) // hash of the k differences up to an index
	var best Suspicion
	bits := 0.0
	hash, skip := uint64(0), 0
	for i := 1; i < len(d); i++ {
		hash = hash*base + uint64(d[i])
		if i <= k {
			continue
		}
		hash -= oldest * uint64(d[i-k])
		if t.changed(i-k+1, i+1) < float64(k)/2 {
			continue
		}
		j, there := seen[hash]
		if !there {
			seen[hash] = int32(i)
			continue
		}
		if i < skip || i-k < t.day || int(j) > i-k {
			continue
		}
		a, b, lag := i-k, i+1, i-int(j) // the values [a, b) stood lag earlier
		for b < len(d) && d[b] == d[b-lag] && b-lag < a {
			b++
		}
		if !slices.Equal(d[a+1:b], d[a+1-lag:b-lag]) {
			continue // two stretches of one hash
		}
		skip = b
		if b-a < s.Repeated.Samples || t.noise(a+2, b) < s.Repeated.Show*t.step {
			continue
		}
		if now := surprise(d[a+1 : b]); now >= s.Repeated.Bits && now > bits {
			bits = now
			best = t.suspect(signRepeated, suspected, a, b, (bits-2*math.Log2(float64(len(d))))*math.Log10(2), map[string]float64{
				"samples": float64(b - a), "bits": math.Round(bits), "earlier_s": seconds(t.at[a] - t.at[a-lag]), "shifted_by": t.v[a] - t.v[a-lag],
			})
		}
	}
	if best.Kind == "" {
		return nil
	}
	return []Suspicion{best}
}

// surprise is how many bits it takes to come upon the same differences again by
// chance: by how often two of them, and two pairs in a row, are the same.
func surprise(d []int64) float64 {
	one, two := map[int64]float64{}, map[[2]int64]float64{}
	for i := range d {
		one[d[i]]++
		if i > 0 {
			two[[2]int64{d[i-1], d[i]}]++
		}
	}
	same := func(n float64, sum float64) float64 { return -math.Log2(sum / (n * n)) }
	var a, b float64
	for _, c := range one {
		a += c * c
	}
	for _, c := range two {
		b += c * c
	}
	n := float64(len(d))
	return n * min(same(n, a), same(n-1, b)/2)
}
