package risk

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"fengsui"
	"fengsui/store"
)

// History is what the Inspector reads; everything received until Reached is in it.
type History interface {
	Range(ctx context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Sample, error)
	Reached(ctx context.Context) (fengsui.Millis, error)
}

// InspectorConfig is what an Inspector needs. All but Every and Logger must be set.
type InspectorConfig struct {
	DB       *store.DB
	Log      Log
	District func() *fengsui.District
	History  History
	Apply    func(context.Context, *store.Tx, []fengsui.Finding) error
	// Warned says whether a warning of a subject was open at a time.
	Warned func(ctx context.Context, e *fengsui.Enterprise, s fengsui.Subject, at fengsui.Millis) (bool, error)
	Signs  *Signs
	Every  time.Duration // between two runs; 0: 1 h
	Logger *slog.Logger
}

// Inspector looks for interference (A25): once an hour it reads the last days of
// every enterprise's key points from history, the late uploads and the clocks of
// the hour from the log, the changed settings from the journal, and hands on what
// it suspects as findings, once each.
//
// It is in nobody's way: it reads beside the evaluator, holds one enterprise at a
// time, spreads its work over half the time between two runs and stops at the
// bounds of its Signs. While history is away it waits and says so. What it has
// read of clocks is in memory alone: after a restart it sees only what comes then.
//
// An upload is compared with what stood at its moment in the log within
// altered.search of that moment, and else with history, which keeps the larger of
// two values: there an upload that raised a value passes unseen.
type Inspector struct {
	c InspectorConfig

	// Only Run touches these.
	done    fengsui.Millis // the end of the last run that was completed
	end     fengsui.Millis // of the run under way
	passed  int64          // num of the enterprise that the run has done
	place   fengsui.Place  // the log is read up to there
	marks   []mark
	fresh   int // marks among them that are not kept yet
	lates   map[moment][]upload
	late    int
	lags    map[lateKey][]lag
	settled int64 // journal position up to which no change has to be looked at again
	records int   // of the log, in the run under way
}

// mark says where in the log a time is.
type mark struct {
	received fengsui.Millis
	place    fengsui.Place
}

// markEvery is how far apart marks are.
const markEvery = 10 * 60_000

// inspection is the partition in the identity of the Inspector's findings, which
// have no place in the log: the sequence of their place is the second in which the
// run ended.
const inspection = -1

// NewInspector makes an Inspector. It starts nothing.
func NewInspector(c InspectorConfig) (*Inspector, error) {
	if c.DB == nil || c.Log == nil || c.District == nil || c.History == nil || c.Apply == nil || c.Warned == nil || c.Signs == nil {
		return nil, errors.New("risk: the inspector needs DB, Log, District, History, Apply, Warned and Signs")
	}
	c.Every = cmp.Or(c.Every, time.Hour)
	if c.Every < time.Minute {
		return nil, errors.New("risk: the inspector runs at most once a minute")
	}
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	return &Inspector{c: c, lates: map[moment][]upload{}, lags: map[lateKey][]lag{}}, nil
}

// Models are the signs as models, for what people read about them.
func (v *Inspector) Models() []Model { return v.c.Signs.Models() }

// Run inspects until ctx ends.
func (v *Inspector) Run(ctx context.Context) error {
	away := ""
	for loaded := false; ; {
		var err error
		if !loaded {
			err = v.load(ctx)
			loaded = err == nil
		}
		wait := v.c.Every
		if err == nil {
			now := fengsui.At(time.Now())
			every := fengsui.Millis(v.c.Every.Milliseconds())
			// Of several runs that were missed one looks at what they would have.
			if end := now - now%every; end > v.done {
				err = v.round(ctx, end)
			}
			wait = time.Until((now - now%every + every).Time())
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			if away != err.Error() {
				v.c.Logger.Warn("the inspection for interference waits and is tried again", "err", err)
			}
			away, wait = err.Error(), time.Minute
		case away != "":
			v.c.Logger.Info("the inspection for interference goes on")
			away = ""
		}
		if err := pause(ctx, max(wait, time.Second)); err != nil {
			return err
		}
	}
}

// round is one run, which looks at the time before end.
func (v *Inspector) round(ctx context.Context, end fengsui.Millis) error {
	reached, err := v.c.History.Reached(ctx)
	if err != nil {
		return err
	}
	if reached < end {
		return fengsui.Errorf(fengsui.Unavailable, "history_behind", "the history has not come as far as the inspection looks")
	}
	if end != v.end {
		v.end, v.passed, v.records = end, 0, 0
	}
	d := v.c.District()
	if err := v.readLog(ctx); err != nil {
		return err
	}
	found := map[int64][]Suspicion{} // by enterprise
	if err := v.uploads(ctx, d, found); err != nil {
		return err
	}
	v.clocks(d, found)
	settled, err := v.settings(ctx, d, found)
	if err != nil {
		return err
	}
	list := slices.SortedFunc(maps.Values(d.Enterprises), func(a, b *fengsui.Enterprise) int { return cmp.Compare(a.Num, b.Num) })
	rest := v.c.Every / 2 / time.Duration(max(len(list), 1))
	for _, e := range list {
		if e.Num <= v.passed {
			continue
		}
		if err := v.enterprise(ctx, d, e, found[e.Num]); err != nil {
			return err
		}
		v.passed = e.Num
		if err := pause(ctx, rest); err != nil {
			return err
		}
	}
	return v.save(ctx, settled)
}

// enterprise looks at one enterprise and hands on what is new.
func (v *Inspector) enterprise(ctx context.Context, d *fengsui.District, e *fengsui.Enterprise, found []Suspicion) error {
	s := v.c.Signs
	from := v.end - fengsui.Millis(s.Day)
	points := slices.DeleteFunc(d.PointsOf(e.Num), func(p *fengsui.Point) bool { return !p.Key })
	turn := int64(v.end) / v.c.Every.Milliseconds()
	if n := len(points); n > s.Points {
		first := int(turn * int64(s.Points) % int64(n))
		points = append(points[first:], points[:first]...)[:s.Points]
	}
	var faces []*face
	noise := map[fengsui.Subject]float64{} // of the points that could be judged
	for _, p := range points {
		samples, err := v.samples(ctx, p.Num)
		if err != nil {
			return err
		}
		t := s.newTrace(p, samples, from)
		if t == nil {
			continue
		}
		noise[fengsui.SubjectOf("point", p.Num)] = t.noise(t.day, len(t.v))
		list, calms := s.look(t)
		found = append(found, list...)
		faces = append(faces, s.face(t, from, calms))
	}
	return v.handOn(ctx, d, e, append(found, s.compare(faces, from, turn)...), noise)
}

// samples reads a point's window; of a point that is too dense for it, less.
func (v *Inspector) samples(ctx context.Context, num int64) ([]fengsui.Sample, error) {
	for window := fengsui.Millis(v.c.Signs.Window); ; window /= 2 {
		list, err := v.c.History.Range(ctx, num, v.end-window, v.end)
		if fengsui.CodeOf(err) == fengsui.Invalid && err != nil && window > 60_000 {
			continue
		}
		if err != nil {
			return nil, err
		}
		return list[max(len(list)-v.c.Signs.Samples, 0):], nil
	}
}

// readLog reads what came since the last run: late uploads, clocks, and where in
// the log what time is.
func (v *Inspector) readLog(ctx context.Context) error {
	tail := v.c.Log.Tail()
	if !v.place.Less(tail) {
		return nil
	}
	r := v.c.Log.Reader(v.place)
	defer func() { r.Close() }()
	var samples []fengsui.Sample
	for v.place.Less(tail) {
		b, err := r.Next(ctx)
		if fengsui.CodeOf(err) == fengsui.NotFound && err != nil {
			v.c.Logger.Warn("a part of the log is gone before its uploads could be compared", "seq", v.place.Seq, "err", err)
			v.place = tail
			return nil
		}
		if err != nil {
			return err
		}
		for i, raw := range b.Records {
			before := v.place
			v.place = fengsui.Place{Seq: b.Seq, Index: b.First + uint32(i)}
			v.records++
			rec, err := fengsui.ReadRecord(raw)
			if err != nil {
				continue // the evaluator has said so
			}
			if n := len(v.marks); n == 0 || rec.Received-v.marks[n-1].received >= markEvery {
				v.marks, v.fresh = append(v.marks, mark{rec.Received, before}), v.fresh+1
			}
			if rec.Tick || len(rec.Block) == 0 {
				continue
			}
			if samples, err = rec.Samples(samples[:0]); err != nil || len(samples) == 0 {
				continue
			}
			v.hear(&rec, samples)
		}
		if v.records >= v.c.Signs.Records {
			v.c.Logger.Warn("the log has more than one inspection reads, the next one goes on from here", "seq", v.place.Seq)
			break
		}
	}
	return nil
}

// hear takes one delivery.
func (v *Inspector) hear(rec *fengsui.Record, samples []fengsui.Sample) {
	newest := samples[0].At
	for i := range samples {
		s := &samples[i]
		newest = max(newest, s.At)
		own := owned(s, rec.Received, rec.ClockOffset)
		if !usable(s.Quality) || !rec.Resent && rec.Received-own <= lateAfter {
			continue
		}
		if v.late++; v.late > v.c.Signs.Late {
			if v.late == v.c.Signs.Late+1 {
				v.c.Logger.Warn("more late samples came than one inspection compares, the others are not compared", "enterprise", rec.Enterprise)
			}
			continue
		}
		m := moment{s.Point, s.At}
		v.lates[m] = append(v.lates[m], upload{s.Value, v.place})
	}
	if !rec.Resent {
		k := lateKey{rec.Enterprise, rec.Device}
		v.lags[k] = v.c.Signs.sent(v.lags[k], rec.Received, rec.Received-newest.Add(rec.ClockOffset))
	}
}

// uploads compares the late uploads with what stood at their moments.
func (v *Inspector) uploads(ctx context.Context, d *fengsui.District, found map[int64][]Suspicion) error {
	if len(v.lates) == 0 {
		return nil
	}
	firsts, err := v.firsts(ctx)
	if err != nil {
		return err
	}
	byPoint := map[int64][]moment{}
	for m := range v.lates {
		byPoint[m.point] = append(byPoint[m.point], m)
	}
	for _, num := range slices.Sorted(maps.Keys(byPoint)) {
		p, moments := d.Point(num), byPoint[num]
		if p == nil {
			continue
		}
		slices.SortFunc(moments, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
		var list []conflict
		var open []moment // of which the log says nothing
		for _, m := range moments {
			first, there := firsts[m]
			if !there {
				open = append(open, m)
				first = v.lates[m][0]
			}
			for _, u := range v.lates[m] {
				list = append(list, conflict{m.at, first, u})
			}
		}
		if len(open) > 0 {
			kept, err := v.c.History.Range(ctx, num, open[0].at, open[len(open)-1].at+1)
			if err != nil && fengsui.CodeOf(err) != fengsui.Invalid { // too many: the log has said what it can
				return err
			}
			for i := range kept {
				if k, there := slices.BinarySearchFunc(open, kept[i].At, func(m moment, at fengsui.Millis) int { return cmp.Compare(m.at, at) }); there {
					list = append(list, conflict{open[k].at, upload{value: kept[i].Value}, v.lates[open[k]][0]})
				}
			}
		}
		if x, ok := v.c.Signs.altered(p, list); ok {
			if e := d.Enterprises[p.Enterprise]; e != nil {
				found[e.Num] = append(found[e.Num], x)
			}
		}
	}
	return nil
}

// firsts reads from the log what was uploaded first for the moments of late uploads.
func (v *Inspector) firsts(ctx context.Context) (map[moment]upload, error) {
	firsts := map[moment]upload{}
	times := make([]fengsui.Millis, 0, len(v.lates))
	for m := range v.lates {
		times = append(times, m.at)
	}
	slices.Sort(times)
	search := fengsui.Millis(v.c.Signs.Altered.Search)
	at := fengsui.Place{} // read up to there
	var samples []fengsui.Sample
	for i := 0; i < len(times); {
		until := times[i] + search
		begin := times[i] - search
		for ; i < len(times) && times[i]-search <= until; i++ {
			until = times[i] + search
		}
		k, _ := slices.BinarySearchFunc(v.marks, begin+1, func(m mark, at fengsui.Millis) int { return cmp.Compare(m.received, at) })
		if k == 0 && (len(v.marks) == 0 || v.marks[0].received > until) {
			continue // before all that is marked
		}
		if from := v.marks[max(k-1, 0)].place; at.Less(from) {
			at = from
		}
		err := func() error {
			r := v.c.Log.Reader(at)
			defer r.Close()
			for at.Less(v.place) {
				b, err := r.Next(ctx)
				if err != nil {
					return err
				}
				for i, raw := range b.Records {
					at = fengsui.Place{Seq: b.Seq, Index: b.First + uint32(i)}
					v.records++
					rec, err := fengsui.ReadRecord(raw)
					if err != nil {
						continue
					}
					if rec.Received > until || v.records > 2*v.c.Signs.Records {
						return nil
					}
					if samples, err = rec.Samples(samples[:0]); err != nil {
						continue
					}
					for k := range samples {
						m := moment{samples[k].Point, samples[k].At}
						if late := v.lates[m]; len(late) > 0 && at.Less(late[0].place) && usable(samples[k].Quality) {
							if _, there := firsts[m]; !there {
								firsts[m] = upload{samples[k].Value, at}
							}
						}
					}
				}
			}
			return nil
		}()
		if err != nil && fengsui.CodeOf(err) != fengsui.NotFound { // gone: history may know
			return nil, err
		}
	}
	return firsts, nil
}

// clocks looks at the clocks of all that sent.
func (v *Inspector) clocks(d *fengsui.District, found map[int64][]Suspicion) {
	for _, k := range slices.SortedFunc(maps.Keys(v.lags), func(a, b lateKey) int {
		return cmp.Or(cmp.Compare(a.enterprise, b.enterprise), cmp.Compare(a.device, b.device))
	}) {
		subject := fengsui.SubjectOf("enterprise", k.enterprise)
		if k.device != 0 {
			subject = fengsui.SubjectOf("device", k.device)
		}
		if x, ok := v.c.Signs.slid(subject, v.lags[k], v.end-fengsui.Millis(v.c.Signs.Day)); ok && d.Enterprise(k.enterprise) != nil {
			found[k.enterprise] = append(found[k.enterprise], x)
		}
	}
}

// settings looks at the changed settings in the journal until the time after them
// is known; settled is up to where it is.
func (v *Inspector) settings(ctx context.Context, d *fengsui.District, found map[int64][]Suspicion) (settled int64, err error) {
	s := v.c.Signs
	settled = v.settled
	open := false // a row was met whose time after is not over
	for after, rows := v.settled, 0; rows < 20*s.Points; {
		list, _, err := v.c.DB.Entries(ctx, fengsui.Everything(), store.Filter{After: after, Kind: "point", Limit: 500})
		if err != nil || len(list) == 0 {
			return settled, err
		}
		rows += len(list)
		for _, row := range list {
			after = row.Pos
			open = open || row.At.Add(s.Setting.After) > v.end
			if !open {
				settled = row.Pos
			}
			was, now, ok := settings(row)
			e := d.Enterprises[row.Enterprise]
			if !ok || e == nil || row.At > v.end {
				continue
			}
			around, err := v.c.History.Range(ctx, now.Num, row.At.Add(-s.Setting.Before), min(row.At.Add(s.Setting.After), v.end))
			if err != nil && fengsui.CodeOf(err) != fengsui.Invalid {
				return settled, err
			}
			warned, err := v.c.Warned(ctx, e, fengsui.SubjectOf("point", now.Num), row.At)
			if err != nil {
				return settled, err
			}
			if x, ok := s.setting(row, &was, &now, around, warned); ok {
				found[e.Num] = append(found[e.Num], x)
			}
		}
	}
	return settled, nil
}

// stood is a suspicion that was handed on and has not returned.
type stood struct {
	rung  string
	until fengsui.Millis
	usual float64
}

type standingKey struct {
	model   string
	subject fengsui.Subject
}

// handOn turns what was found into findings: what is new, what rose, and what has
// returned because a later day is clean.
func (v *Inspector) handOn(ctx context.Context, d *fengsui.District, e *fengsui.Enterprise, found []Suspicion, noise map[fengsui.Subject]float64) error {
	s := v.c.Signs
	now := map[standingKey]Suspicion{}
	for _, x := range found {
		k := standingKey{x.Kind, x.Subject}
		if o, there := now[k]; !there || cmp.Or(cmp.Compare(s.level(x.Kind, x.Rung), s.level(o.Kind, o.Rung)), cmp.Compare(x.To, o.To)) > 0 {
			now[k] = x
		}
	}
	stand, err := v.standing(ctx, e.Num)
	if err != nil {
		return err
	}
	keys := slices.Collect(maps.Keys(now))
	for k := range stand {
		if _, there := now[k]; !there {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b standingKey) int {
		return cmp.Or(cmp.Compare(a.model, b.model), cmp.Compare(a.subject, b.subject))
	})
	var findings []fengsui.Finding
	var told, longer, gone []standingKey
	for _, k := range keys {
		x, suspected := now[k]
		o, stood := stand[k]
		f := fengsui.Finding{
			Partition: inspection, Place: fengsui.Place{Seq: uint64(v.end / 1000)}, Model: k.model, Version: s.Version,
			Subject: k.subject, Enterprise: e.Num, At: v.end, Learnt: v.end,
		}
		switch {
		case suspected && stood && x.From <= o.until && s.level(k.model, x.Rung) <= s.level(k.model, o.rung):
			if x.To > o.until {
				longer = append(longer, k)
			}
		case suspected:
			f.Level, f.Rung, f.At, f.GapFrom, f.GapTo, f.Value, f.Evidence = s.level(k.model, x.Rung), x.Rung, x.To, x.From, x.To, x.Score, x.proof
			findings, told = append(findings, f), append(told, k)
		case v.returned(d, k, o, noise):
			findings, gone = append(findings, f), append(gone, k)
		}
	}
	if len(findings) == 0 && len(longer) == 0 {
		return nil
	}
	write := func(tx *store.Tx) error {
		for _, k := range append(slices.Clone(told), longer...) {
			x := now[k]
			usual := max(x.usual, stand[k].usual)
			if _, err := tx.Exec(sqlStand, k.model, k.subject, s.Version, e.Num, x.Rung, x.To, usual); err != nil {
				return err
			}
		}
		for _, k := range gone {
			if _, err := tx.Exec(sqlReturned, k.model, k.subject); err != nil {
				return err
			}
		}
		return nil
	}
	if len(findings) == 0 {
		return v.c.DB.Keep(ctx, write)
	}
	return v.c.DB.Change(ctx, func(tx *store.Tx) error {
		for i := range findings {
			f := &findings[i]
			c := fengsui.Change{
				Of: fengsui.Ref{Kind: "interference", ID: fengsui.ID(f.Key())}, Act: "returned", By: fengsui.Platform("risk"),
				Enterprise: e.ID, Zone: e.Zone, Sector: e.Sector, Level: f.Level,
			}
			if f.Level != fengsui.None {
				c.Act, c.After = "suspected", now[standingKey{f.Model, f.Subject}]
			}
			if err := tx.Record(c); err != nil {
				return err
			}
		}
		if err := v.c.Apply(ctx, tx, findings); err != nil {
			return err
		}
		return write(tx)
	})
}

// returned reports whether a suspicion that is not found any more is over: a later
// day is clean, and noise that had gone shows again.
func (v *Inspector) returned(d *fengsui.District, k standingKey, o stood, noise map[fengsui.Subject]float64) bool {
	if v.end-o.until < fengsui.Millis(v.c.Signs.Day) {
		return false
	}
	kind, num := k.subject.Split()
	if p := d.Point(num); kind != "point" || p == nil || !p.Key {
		return true
	}
	switch k.model {
	case signAltered, signSetting:
		return true
	}
	n, judged := noise[k.subject]
	return judged && n >= o.usual/2
}

const (
	sqlStanding = `SELECT model, subject, rung, until, usual FROM interference_standing WHERE enterprise = $1`
	sqlStand    = `INSERT INTO interference_standing (model, subject, version, enterprise, rung, until, usual) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (model, subject) DO UPDATE SET version = excluded.version, rung = excluded.rung, until = excluded.until, usual = excluded.usual`
	sqlReturned  = `DELETE FROM interference_standing WHERE model = $1 AND subject = $2`
	sqlPlaces    = `SELECT name, seq, idx FROM interference_place`
	sqlSaveWhere = `INSERT INTO interference_place (name, seq, idx) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, idx = excluded.idx`
	sqlMarks     = `SELECT received, seq, idx FROM interference_mark ORDER BY received`
	sqlMark      = `INSERT INTO interference_mark (received, seq, idx) VALUES ($1, $2, $3) ON CONFLICT (received) DO NOTHING`
	sqlDropMarks = `DELETE FROM interference_mark WHERE received < $1`
)

func (v *Inspector) standing(ctx context.Context, enterprise int64) (map[standingKey]stood, error) {
	all := map[standingKey]stood{}
	return all, v.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(sqlStanding, enterprise)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k standingKey
			var o stood
			if err := rows.Scan(&k.model, &k.subject, &o.rung, &o.until, &o.usual); err != nil {
				return err
			}
			all[k] = o
		}
		return rows.Err()
	})
}

// load reads where the last run was. The first one of a platform begins with the
// oldest of log and journal.
func (v *Inspector) load(ctx context.Context) error {
	found := map[string]fengsui.Place{}
	var marks []mark
	err := v.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(sqlPlaces)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var p fengsui.Place
			if err := rows.Scan(&name, &p.Seq, &p.Index); err != nil {
				return err
			}
			found[name] = p
		}
		if err := rows.Err(); err != nil {
			return err
		}
		more, err := tx.Query(sqlMarks)
		if err != nil {
			return err
		}
		defer more.Close()
		for more.Next() {
			var m mark
			if err := more.Scan(&m.received, &m.place.Seq, &m.place.Index); err != nil {
				return err
			}
			marks = append(marks, m)
		}
		return more.Err()
	})
	if err != nil {
		return err
	}
	v.marks = marks
	v.done = fengsui.Millis(found["hour"].Seq) * 1000
	v.place, v.settled = found["log"], int64(found["journal"].Seq)
	return nil
}

// save notes that a run is complete.
func (v *Inspector) save(ctx context.Context, settled int64) error {
	old := v.end - fengsui.Millis(v.c.Signs.Window)
	err := v.c.DB.Keep(ctx, func(tx *store.Tx) error {
		for name, p := range map[string]fengsui.Place{"hour": {Seq: uint64(v.end / 1000)}, "log": v.place, "journal": {Seq: uint64(settled)}} {
			if _, err := tx.Exec(sqlSaveWhere, name, int64(p.Seq), p.Index); err != nil {
				return err
			}
		}
		for _, m := range v.marks[len(v.marks)-v.fresh:] {
			if _, err := tx.Exec(sqlMark, m.received, int64(m.place.Seq), m.place.Index); err != nil {
				return err
			}
		}
		_, err := tx.Exec(sqlDropMarks, old)
		return err
	})
	if err != nil {
		return err
	}
	v.done, v.settled, v.fresh = v.end, settled, 0
	v.marks = slices.DeleteFunc(v.marks, func(m mark) bool { return m.received < old })
	v.late = 0
	clear(v.lates)
	return nil
}

// Interference reports whether a finding's or a warning's model is a sign of
// interference.
func Interference(model string) bool { return strings.HasPrefix(model, "interference.") }
