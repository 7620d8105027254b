package risk

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"fengsui"
)

const (
	// maxRaised bounds what one side of a replay keeps (about 50 MB); at it the
	// replay ends early and says so.
	maxRaised = 200_000
	// maxListed is how many of a list a report shows.
	maxListed = 200
	// workTime is how long a replay works before it rests.
	workTime = 10 * time.Millisecond
	// busyTime is between two looks whether the platform has time for a replay.
	busyTime = 500 * time.Millisecond
	// progressEvery is how many records lie between two reports of progress.
	progressEvery = 10_000
)

// Past is the log as a replay reads it.
type Past interface {
	Reader(from fengsui.Place) Reader
	Before(at fengsui.Millis) fengsui.Place // lies before every record received at the moment or later
	Tail() fengsui.Place
}

// ReplayConfig is what a replay needs. All but the last five must be set.
type ReplayConfig struct {
	Log       Past
	District  *fengsui.District
	Live      []Model // the models as they are, by ID
	Candidate Model   // judges in the place of the one of its ID, or beside the others
	From, To  fengsui.Millis

	Warm     fengsui.Span                              // judging begins so long before From, so that states are warm [1 h]
	Share    float64                                   // of one core [0.5]
	Busy     func() bool                               // while it is true the replay rests
	Progress func(at fengsui.Millis, n, samples int64) // from time to time
	Found    func(candidate bool, f *fengsui.Finding)  // each finding between From and To
}

// Replay judges the records received from From up to To, exclusive, with the models
// as they are and with a candidate among them, and reports what differs (A18). It
// ends at the end of the log as it was when it began. Both sides judge by the
// district as it is now and begin with no state, at least Warm before From where the
// log reaches so far back.
func Replay(ctx context.Context, c ReplayConfig) (fengsui.Replay, error) {
	if c.Warm == 0 {
		c.Warm = fengsui.SpanOf(time.Hour)
	}
	if c.Share <= 0 || c.Share > 1 {
		c.Share = 0.5
	}
	quiet := slog.New(slog.DiscardHandler) // what is wrong with a record was logged when it came
	live := newOpinion(newJudge(0, slices.Clone(c.Live), c.District, quiet))
	candidate := newOpinion(newJudge(0, with(c.Live, c.Candidate), c.District, quiet))
	r := fengsui.Replay{Model: c.Candidate.ID, Version: c.Candidate.Version, From: c.From, To: c.To, Models: []fengsui.ReplayModel{}}
	r.New, r.Missing, r.Changed, r.Firms.Items = raisedList(nil), raisedList(nil), changedList(nil), []fengsui.ReplayFirm{}
	tail := c.Log.Tail()
	log := c.Log.Reader(c.Log.Before(c.From.Add(-c.Warm)))
	defer log.Close()
	pace := pacer{share: c.Share, busy: c.Busy, began: time.Now()}
	for place := (fengsui.Place{}); place.Less(tail) && r.At < c.To && !r.Cut; {
		b, err := log.Next(ctx)
		if err != nil {
			return r, err
		}
		for i := range b.Records {
			place = fengsui.Place{Seq: b.Seq, Index: b.First + uint32(i)}
			one := Batch{Seq: place.Seq, First: place.Index, Records: b.Records[i : i+1]}
			before := live.judge.stats
			live.judge.take(one)
			r.At = live.judge.received
			if r.Since == 0 {
				r.Since = r.At
			}
			if r.At >= c.To {
				break
			}
			candidate.judge.take(one)
			inside := r.At >= c.From
			if after := live.judge.stats; inside {
				r.Records += after.Records - before.Records
				r.Samples += after.Samples - before.Samples
				if c.Progress != nil && after.Records != before.Records && r.Records%progressEvery == 0 {
					c.Progress(r.At, r.Records, r.Samples)
				}
			}
			live.collect(inside, false, c.Found)
			candidate.collect(inside, true, c.Found)
		}
		r.Cut = len(live.raised) >= maxRaised || len(candidate.raised) >= maxRaised
		if err := pace.rest(ctx); err != nil {
			return r, err
		}
	}
	r.At = min(r.At, c.To)
	compare(&r, live, candidate)
	return r, nil
}

// with is a set of models with one in the place of that of its ID, by ID.
func with(models []Model, m Model) []Model {
	list := slices.DeleteFunc(slices.Clone(models), func(x Model) bool { return x.ID == m.ID })
	list = append(list, m)
	slices.SortFunc(list, func(a, b Model) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// pacer keeps a replay to its share of a core and out of the way of a platform
// that has no time.
type pacer struct {
	share float64
	busy  func() bool
	began time.Time
}

func (p *pacer) rest(ctx context.Context) error {
	worked := time.Since(p.began)
	if worked < workTime {
		return context.Cause(ctx)
	}
	if err := pause(ctx, time.Duration(float64(worked)*(1/p.share-1))); err != nil {
		return err
	}
	for p.busy != nil && p.busy() {
		if err := pause(ctx, busyTime); err != nil {
			return err
		}
	}
	p.began = time.Now()
	return nil
}

// opinion is what one set of models says in a replay.
type opinion struct {
	judge  *judge
	open   map[toldKey]standing
	raised []fengsui.Raised
	counts map[string]*fengsui.ReplayCount // by model
}

// standing is a subject that is in a model's finding.
type standing struct {
	at    int // in raised; -1 when it was raised before the time asked for
	level fengsui.Level
}

func newOpinion(j *judge) *opinion {
	return &opinion{judge: j, open: map[toldKey]standing{}, counts: map[string]*fengsui.ReplayCount{}}
}

// collect takes what the judge concluded from a record.
func (s *opinion) collect(inside, candidate bool, found func(bool, *fengsui.Finding)) {
	for i := range s.judge.out {
		f := &s.judge.out[i]
		if inside {
			n := s.count(f.Model)
			n.Findings++
			if f.Late {
				n.Late++
			}
			if found != nil {
				found(candidate, f)
			}
		}
		s.follow(f, inside)
	}
	clear(s.judge.out) // lets go of the evidence
	s.judge.out, s.judge.lateRows, s.judge.lateBytes = s.judge.out[:0], nil, 0
}

func (s *opinion) count(model string) *fengsui.ReplayCount {
	n := s.counts[model]
	if n == nil {
		n = &fengsui.ReplayCount{Levels: map[fengsui.Level]int{}}
		s.counts[model] = n
	}
	return n
}

// follow puts findings together to stretches of time. What rises inside the time
// asked for, from a level of before, is raised there.
func (s *opinion) follow(f *fengsui.Finding, inside bool) {
	key := toldKey{f.Model, f.Subject}
	now, stands := s.open[key]
	switch {
	case f.Level == fengsui.None:
		if stands && now.at >= 0 {
			s.raised[now.at].To = f.At
		}
		delete(s.open, key)
	case stands && f.Level <= now.level:
	case stands && now.at >= 0:
		r := &s.raised[now.at]
		r.Level, r.Rung, r.Value, r.Limit = f.Level, f.Rung, f.Value, f.Limit
		s.open[key] = standing{now.at, f.Level}
	case inside:
		s.open[key] = standing{len(s.raised), f.Level}
		s.raised = append(s.raised, fengsui.Raised{Model: f.Model, Subject: f.Subject, Enterprise: f.Enterprise, Level: f.Level, Rung: f.Rung,
			From: f.At, Late: f.Late, Value: f.Value, Limit: f.Limit, Unit: f.Unit})
	default:
		s.open[key] = standing{-1, f.Level}
	}
}

// compare reports where two sides differ. What two sides raised is the same matter
// where model and subject are one and the times meet.
func compare(r *fengsui.Replay, live, candidate *opinion) {
	byMatter := func(a, b fengsui.Raised) int {
		return cmp.Or(strings.Compare(a.Model, b.Model), strings.Compare(string(a.Subject), string(b.Subject)), cmp.Compare(a.From, b.From))
	}
	slices.SortStableFunc(live.raised, byMatter)
	slices.SortStableFunc(candidate.raised, byMatter)
	models := map[string]*fengsui.ReplayModel{}
	model := func(id string) *fengsui.ReplayModel {
		m := models[id]
		if m == nil {
			m = &fengsui.ReplayModel{Model: id, Live: *live.count(id), Candidate: *candidate.count(id), Days: []fengsui.ReplayDay{}}
			models[id] = m
		}
		return m
	}
	model(r.Model) // in any case
	firms := map[firmKey]*fengsui.ReplayFirm{}
	firm := func(x *fengsui.Raised) *fengsui.ReplayFirm {
		k := firmKey{x.Model, x.Enterprise}
		f := firms[k]
		if f == nil {
			f = newFirm(x.Enterprise)
			firms[k] = f
		}
		return f
	}
	for _, s := range []*opinion{live, candidate} {
		for i := range s.raised {
			x := &s.raised[i]
			model(x.Model)
			s.count(x.Model).Levels[x.Level]++
			if f := firm(x); s == live {
				f.Live[x.Level]++
			} else {
				f.Candidate[x.Level]++
			}
		}
	}
	var fresh, missing []fengsui.Raised
	var changed []fengsui.ReplayChange
	a, b := live.raised, candidate.raised
	for len(a) > 0 || len(b) > 0 {
		order := 0
		switch {
		case len(a) == 0:
			order = 1
		case len(b) == 0:
			order = -1
		case a[0].Model != b[0].Model || a[0].Subject != b[0].Subject:
			order = byMatter(a[0], b[0])
		case a[0].To != 0 && a[0].To < b[0].From:
			order = -1
		case b[0].To != 0 && b[0].To < a[0].From:
			order = 1
		}
		switch {
		case order < 0:
			model(a[0].Model).Missing++
			firm(&a[0]).Missing++
			missing, a = append(missing, a[0]), a[1:]
		case order > 0:
			model(b[0].Model).New++
			firm(&b[0]).New++
			fresh, b = append(fresh, b[0]), b[1:]
		default:
			if x, y := a[0], b[0]; x.Level == y.Level && x.Rung == y.Rung && x.From == y.From && x.To == y.To {
				model(x.Model).Same++
				firm(&x).Same++
			} else {
				model(x.Model).Changed++
				firm(&x).Changed++
				changed = append(changed, fengsui.ReplayChange{Live: x, Candidate: y})
			}
			a, b = a[1:], b[1:]
		}
	}
	r.New, r.Missing, r.Changed = raisedList(fresh), raisedList(missing), changedList(changed)
	for id, m := range models {
		if id == r.Model || m.New+m.Missing+m.Changed > 0 {
			m.Days = days(id, live.raised, candidate.raised)
			r.Models = append(r.Models, *m)
		} else {
			delete(models, id)
		}
	}
	maps.DeleteFunc(firms, func(k firmKey, _ *fengsui.ReplayFirm) bool { return models[k.model] == nil })
	r.Firms = firmsOf(firms)
	slices.SortFunc(r.Models, func(a, b fengsui.ReplayModel) int {
		switch r.Model { // the candidate comes first
		case a.Model:
			return -1
		case b.Model:
			return 1
		}
		return strings.Compare(a.Model, b.Model)
	})
}

// firmKey is an enterprise by one model.
type firmKey struct {
	model string
	num   int64
}

func newFirm(num int64) *fengsui.ReplayFirm {
	return &fengsui.ReplayFirm{Enterprise: num, Live: map[fengsui.Level]int{}, Candidate: map[fengsui.Level]int{}}
}

// firmsOf adds up what the models raised for each enterprise. Those for which most would
// be otherwise come first, then those with the most warnings.
func firmsOf(by map[firmKey]*fengsui.ReplayFirm) fengsui.FirmsReplayed {
	sums := map[int64]*fengsui.ReplayFirm{}
	for k, f := range by {
		s := sums[k.num]
		if s == nil {
			s = newFirm(k.num)
			sums[k.num] = s
		}
		for l, n := range f.Live {
			s.Live[l] += n
		}
		for l, n := range f.Candidate {
			s.Candidate[l] += n
		}
		s.New, s.Missing, s.Changed, s.Same = s.New+f.New, s.Missing+f.Missing, s.Changed+f.Changed, s.Same+f.Same
	}
	list := make([]fengsui.ReplayFirm, 0, len(sums))
	for _, s := range sums {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b fengsui.ReplayFirm) int {
		return cmp.Or(cmp.Compare(b.New+b.Missing+b.Changed, a.New+a.Missing+a.Changed), cmp.Compare(b.Same, a.Same), cmp.Compare(a.Enterprise, b.Enterprise))
	})
	return fengsui.FirmsReplayed{Items: list[:min(len(list), maxListed)], Total: len(list)}
}

// byGravity has the highest level first, then the earliest.
func byGravity(a, b fengsui.Raised) int {
	return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(a.From, b.From), strings.Compare(string(a.Subject), string(b.Subject)))
}

func raisedList(list []fengsui.Raised) fengsui.RaisedList {
	slices.SortStableFunc(list, byGravity)
	return fengsui.RaisedList{Items: append([]fengsui.Raised{}, list[:min(len(list), maxListed)]...), Total: len(list)}
}

func changedList(list []fengsui.ReplayChange) fengsui.ChangedList {
	slices.SortStableFunc(list, func(a, b fengsui.ReplayChange) int { return byGravity(a.Live, b.Live) })
	return fengsui.ChangedList{Items: append([]fengsui.ReplayChange{}, list[:min(len(list), maxListed)]...), Total: len(list)}
}

// days counts what was raised by a model on each day.
func days(model string, live, candidate []fengsui.Raised) []fengsui.ReplayDay {
	by := map[string]*fengsui.ReplayDay{}
	on := func(at fengsui.Millis) *fengsui.ReplayDay {
		day := at.Time().In(fengsui.Civil).Format(time.DateOnly)
		if by[day] == nil {
			by[day] = &fengsui.ReplayDay{Day: day, Live: map[fengsui.Level]int{}, Candidate: map[fengsui.Level]int{}}
		}
		return by[day]
	}
	for _, x := range live {
		if x.Model == model {
			on(x.From).Live[x.Level]++
		}
	}
	for _, x := range candidate {
		if x.Model == model {
			on(x.From).Candidate[x.Level]++
		}
	}
	list := []fengsui.ReplayDay{}
	for _, d := range by {
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b fengsui.ReplayDay) int { return strings.Compare(a.Day, b.Day) })
	return list
}
