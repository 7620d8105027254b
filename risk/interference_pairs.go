package risk

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"

	"fengsui"
)

// slots is into how many parts the day is cut to ask whether points were calm at
// the same time.
const slots = 48

// face is what is kept of one point's day while the other points of its enterprise
// are read.
type face struct {
	p      *fengsui.Point
	period fengsui.Millis
	from   fengsui.Millis // of grid[0]
	grid   []float64      // the noise on an even grid of period; empty: it does not show
	calm   [slots]bool
	calms  []calm // suspected unless the points beside it excuse them
	moves  bool   // it has noise of its own, so that its calm says something
}

// face draws a trace's face; the judged day is [from, from + s.Day).
func (s *Signs) face(t *trace, from fengsui.Millis, calms []calm) *face {
	f := &face{p: t.p, period: t.period, calms: calms, moves: t.usual > t.step/4}
	wide := fengsui.Millis(s.Day) / slots
	for i, a := 0, t.day; i < slots; i++ {
		b := a
		for b < len(t.at) && t.at[b] < from+fengsui.Millis(i+1)*wide {
			b++
		}
		f.calm[i] = b > a && (t.changed(a, b) == 0 || t.noise(a, b) < t.usual/2)
		a = b
	}
	a := max(t.day, len(t.v)-s.Copied.Samples)
	if t.step == 0 || t.noisy < s.Repeated.Show*t.step {
		return f
	}
	f.from, f.grid = t.at[a], make([]float64, s.Copied.Samples)
	end := 0
	for i := a; i < len(t.v); i++ {
		at := int((t.at[i] - f.from + t.period/2) / t.period)
		if at >= len(f.grid) {
			break
		}
		f.grid[at], end = t.third[i], at+1
	}
	f.grid = f.grid[:end]
	return f
}

// compare runs the detectors that need all points of an enterprise; the day begins
// at from. Of more points than can be paired at once it takes others in each turn.
func (s *Signs) compare(faces []*face, from fengsui.Millis, turn int64) (list []Suspicion) {
	for _, f := range faces {
		for _, c := range f.calms {
			if !s.excused(faces, f, c, from) {
				list = append(list, c.Suspicion)
			}
		}
	}
	return append(list, s.copied(faces, turn)...)
}

// excused reports whether the points beside a calm one were calm with it: an honest
// standstill. Points that die in the same moment are none.
func (s *Signs) excused(faces []*face, f *face, c calm, from fengsui.Millis) bool {
	if c.dead {
		died, moving := 0, 0
		for _, o := range faces {
			if o.moves {
				moving++
			}
			if slices.ContainsFunc(o.calms, func(x calm) bool {
				return x.dead && max(x.From-c.From, c.From-x.From) <= 2*max(o.period, f.period)
			}) {
				died++
			}
		}
		if died >= s.Together && float64(died) >= 0.8*float64(moving) {
			return false
		}
	}
	beside := func(o *face) bool { return o != f && o.moves && o.p.Asset == f.p.Asset && o.p.Asset != "" }
	if !slices.ContainsFunc(faces, beside) {
		beside = func(o *face) bool { return o != f && o.moves }
	}
	wide := fengsui.Millis(s.Day) / slots
	calmed, others := 0, 0
	for _, o := range faces {
		if !beside(o) {
			continue
		}
		others++
		quiet, all := 0, 0
		for i := range slots {
			if at := from + fengsui.Millis(i)*wide; at+wide > c.From && at < c.To {
				if all++; o.calm[i] {
					quiet++
				}
			}
		}
		if 2*quiet >= all && all > 0 {
			calmed++
		}
	}
	return others > 0 && float64(calmed) >= s.Neighbours*float64(others)
}

// copied finds points whose noise is another's: no two sensors share it.
func (s *Signs) copied(faces []*face, turn int64) (list []Suspicion) {
	groups := map[fengsui.Quantity][]*face{}
	for _, f := range faces {
		if len(f.grid) >= s.Copied.Block*s.Copied.Blocks {
			groups[f.p.Quantity] = append(groups[f.p.Quantity], f)
		}
	}
	most := int(math.Sqrt(2*float64(s.Copied.Pairs))) + 1 // points of so many pairs
	pairs := 0
	for _, quantity := range slices.Sorted(maps.Keys(groups)) {
		group := groups[quantity]
		if len(group) < 2 {
			continue
		}
		slices.SortFunc(group, func(a, b *face) int { return cmp.Compare(a.p.Num, b.p.Num) })
		if len(group) > most {
			rand.New(rand.NewPCG(uint64(turn), 0)).Shuffle(len(group), func(i, j int) { group[i], group[j] = group[j], group[i] })
			group = group[:most]
		}
		size := 1
		for size < 2*s.Copied.Samples {
			size *= 2
		}
		spectra := make([][]complex128, len(group))
		for i, f := range group {
			spectra[i] = make([]complex128, size)
			for k, v := range f.grid {
				spectra[i][k] = complex(v, 0)
			}
			transform(spectra[i], false)
		}
		product := make([]complex128, size)
		for i, a := range group {
			for j := i + 1; j < len(group) && pairs < s.Copied.Pairs; j++ {
				b := group[j]
				if d := a.period - b.period; max(d, -d)*100 > a.period {
					continue
				}
				pairs++
				for k := range product {
					product[k] = cmplx.Conj(spectra[i][k]) * spectra[j][k]
				}
				transform(product, true)
				lag := 0
				for k := range product {
					if math.Abs(real(product[k])) > math.Abs(real(product[lag])) {
						lag = k
					}
				}
				if lag > size/2 {
					lag -= size
				}
				if x, ok := s.same(a, b, lag); ok {
					list = append(list, x)
				}
			}
		}
	}
	return list
}

// same reports whether b's noise is a's, lag grid steps later, over enough blocks
// in a row.
func (s *Signs) same(a, b *face, lag int) (x Suspicion, ok bool) {
	n := s.Copied.Block
	run, best, from := 0, 0, 0
	sign := 0.0
	low := max(0, -lag)
	for i := low; i+n <= len(a.grid) && i+lag+n <= len(b.grid); i += n {
		var ab, aa, bb float64
		for k := i; k < i+n; k++ {
			ab, aa, bb = ab+a.grid[k]*b.grid[k+lag], aa+a.grid[k]*a.grid[k], bb+b.grid[k+lag]*b.grid[k+lag]
		}
		if r := ab / math.Sqrt(aa*bb); math.Abs(r) >= s.Copied.Alike && (run == 0 || r*sign > 0) {
			run, sign = run+1, r
		} else {
			run = 0
		}
		if run > best {
			best, from = run, i-(run-1)*n
		}
	}
	if best < s.Copied.Blocks {
		return x, false
	}
	// What came later is the copy; at the same time nobody can say.
	of, as := a, b
	at := fengsui.Millis(from + lag)
	shift := b.from - a.from + fengsui.Millis(lag)*b.period
	if shift < 0 {
		of, as, at, shift = b, a, fengsui.Millis(from), -shift
	}
	begin := as.from + at*as.period
	samples := float64(best * n)
	return Suspicion{
		Kind: signCopied, Subject: fengsui.SubjectOf("point", as.p.Num), Rung: suspected,
		From: begin, To: begin + fengsui.Millis(best*n)*as.period,
		Score:   math.Round(10*min(-samples/2*math.Log10(1-s.Copied.Alike*s.Copied.Alike), 99)) / 10,
		Numbers: map[string]float64{"samples": samples, "later_s": seconds(shift), "of_point": float64(of.p.Num)},
		Cites:   []string{fmt.Sprintf("point/%d", of.p.Num)},
	}, true
}

// transform is the discrete Fourier transform of a power of two of values, in
// place; back leaves out the division, which no comparison needs.
func transform(x []complex128, back bool) {
	n := len(x)
	for i, j := 1, 0; i < n; i++ {
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		if j ^= bit; i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	turn := -2 * math.Pi
	if back {
		turn = -turn
	}
	for size := 2; size <= n; size *= 2 {
		step := cmplx.Rect(1, turn/float64(size))
		for i := 0; i < n; i += size {
			w := complex(1, 0)
			for k := i; k < i+size/2; k++ {
				u, v := x[k], x[k+size/2]*w
				x[k], x[k+size/2] = u+v, u-v
				w *= step
			}
		}
	}
}
