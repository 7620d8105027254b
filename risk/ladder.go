package risk

import "fengsui"

// gone stands in track.told for a rung that the model no longer has.
const gone = -2

// track is what one model knows about one point, or about a source. The first
// part is resolved from model and point, the second is state.
type track struct {
	m      *Model
	limits []limit
	lo, hi float64 // inside them nothing begins

	cur  int8 // the rung measured, -1 for none
	told int8 // the rung that the last finding said, -1 for none
	on   uint8
	wait uint8 // a bit for each rung that is about to change
	// since and own say when it began to be about to change, by the models' time
	// and by the samples' own. The longer of the two counts: a device that sends
	// five minutes at once is judged by its samples, one that says nothing more by
	// the ticks.
	since, own [4]fengsui.Millis

	// What a late batch said about the point, as long as no live value is newer.
	lateTo  fengsui.Millis
	lateCur int8
	lateVal float64

	g *gauge // how the number comes about; nil for kinds that judge samples as they are

	stood fengsui.Millis // since when it has been in a finding without a break, the models' time; 0: it is not

	orphan bool          // no longer judged; told is still to be taken back
	queued bool          // in the record under way: in judge.touched
	noted  bool          // likewise in judge.moved
	place  fengsui.Place // of the last finding
}

func newTrack(m *Model) track { return track{m: m, cur: -1, told: -1, lateCur: -1} }

// orphan only knows that something was told, for the next tick to take back.
func orphan(m *Model, told int8) track {
	t := newTrack(m)
	t.told, t.orphan, t.lo, t.hi = told, true, negInf, posInf
	return t
}

// step judges one value; it reports whether the measured rung changed.
//
// A limit is entered above (below) it, strictly: "exactly at the limit is no
// breach" (REQUIREMENTS, reading 高于 and 超过). risk-models §5 and §6 have >=;
// the regulation's reading wins. It is left at or inside the dead band.
func (t *track) step(v float64, own, now fengsui.Millis) bool {
	if t.on|t.wait == 0 && v <= t.hi && v >= t.lo {
		return false
	}
	for i := range t.limits {
		l, bit := &t.limits[i], uint8(1)<<i
		var change bool
		delay := l.hold
		switch {
		case t.on&bit != 0:
			delay = t.m.Off
			change = l.high && v <= l.back || !l.high && v >= l.back
		case l.high:
			change = v > l.at
		default:
			change = v < l.at
		}
		t.turn(i, change, delay, own, now)
	}
	return t.settle()
}

// signal judges an event: want has a bit for each rung that is said to be on.
func (t *track) signal(want uint8, own, now fengsui.Millis) bool {
	for i := range t.limits {
		bit, delay := uint8(1)<<i, t.limits[i].hold
		if t.on&bit != 0 {
			delay = t.m.Off
		}
		t.turn(i, (t.on^want)&bit != 0, delay, own, now)
	}
	return t.settle()
}

// turn takes one rung on or off once what changes it has lasted for the delay.
func (t *track) turn(i int, change bool, delay fengsui.Span, own, now fengsui.Millis) {
	bit := uint8(1) << i
	if !change {
		t.wait &^= bit
		return
	}
	if t.wait&bit == 0 {
		t.wait |= bit
		t.since[i], t.own[i] = now, own
	}
	if now-t.since[i] >= fengsui.Millis(delay) || own-t.own[i] >= fengsui.Millis(delay) {
		t.on ^= bit
		t.wait &^= bit
	}
}

// unusable says that a sample came which is no value: it ends no pending alarm,
// and nothing returns on the word of a sensor that has failed since.
func (t *track) unusable() { t.wait &^= t.on }

// elapse completes what was about to change and had its time; at is the own time
// by which that was so.
func (t *track) elapse(now fengsui.Millis) (at fengsui.Millis, changed bool) {
	for i := range t.limits {
		bit := uint8(1) << i
		if t.wait&bit == 0 {
			continue
		}
		delay := fengsui.Millis(t.limits[i].hold)
		if t.on&bit != 0 {
			delay = fengsui.Millis(t.m.Off)
		}
		if now-t.since[i] >= delay {
			t.on ^= bit
			t.wait &^= bit
			at = max(at, t.own[i]+delay)
		}
	}
	return at, t.settle()
}

// settle puts cur to the gravest rung that is on.
func (t *track) settle() bool {
	cur := int8(-1)
	for i := range t.limits {
		if t.on&(1<<i) != 0 && (cur < 0 || t.m.Ladder[i].Level >= t.m.Ladder[cur].Level) {
			cur = int8(i)
		}
	}
	changed := cur != t.cur
	t.cur = cur
	return changed
}

// stands is the rung that holds as far as is known: the live one, or that of a
// late batch which is newer than the last live value. A rung without a level is
// none.
func (t *track) stands(live fengsui.Millis) int8 {
	r := t.cur
	if t.lateTo > t.asOf(live) {
		r = t.lateCur
	}
	if t.m.level(r) == fengsui.None {
		return -1
	}
	return r
}

// retarget moves state onto newly resolved limits: what the point no longer has
// is off.
func (t *track) retarget(limits []limit) {
	t.limits = limits
	t.lo, t.hi = negInf, posInf
	has := uint8(0)
	for i, l := range limits {
		switch {
		case l.at != l.at: // NaN
			continue
		case l.high:
			t.hi = min(t.hi, l.at)
		default:
			t.lo = max(t.lo, l.at)
		}
		has |= 1 << i
	}
	t.on &= has
	t.wait &= has
	t.settle()
}
