package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"
	"golang.org/x/tools/txtar"

	"fengsui"
	"fengsui/adapter"
	"fengsui/notify"
	"fengsui/registry"
	"fengsui/risk"
	"fengsui/store"
)

var update = flag.Bool("update", false, "write the stories' results anew; read the difference as you would read code")

// TestStory tells the regulation in stories, one file each under testdata/story,
// named by the requirement's ID. The whole platform runs on the real log and the
// real store under fake time; what people and the municipal platform were told,
// and when to the second, must be what the story says.
func TestStory(t *testing.T) {
	ats.Register() // the log's server keeps a clock of its own: before any bubble
	files, err := filepath.Glob("testdata/story/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories found (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got string
			synctest.Test(t, func(t *testing.T) { got = play(t, section(a, "field"), section(a, "story")) })
			if want := section(a, "want"); got != want {
				if *update {
					setSection(a, "want", got)
					if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				t.Errorf("the story went\n%s\nit should have gone\n%s", got, want)
			}
		})
	}
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func setSection(a *txtar.Archive, name, text string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(text)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
}

// storyteller runs one story.
type storyteller struct {
	t       *testing.T
	c       Config
	p       *Platform
	cancel  context.CancelFunc
	done    chan struct{}
	zero    time.Time // the story's 00:00:00
	jump    time.Duration
	models  []risk.Model
	shipped []string // ids of the shipped models that are on
	codes   map[fengsui.Subject]string
	nonce   int

	terminals map[string]string // of vehicles: the keys of their terminals
	seen      []string          // what people looked up
	person    fengsui.ID        // the account of whoever acts for the enterprise, see organise

	mu    sync.Mutex // guards what the municipal platform and the telephones heard and what was delivered
	city  []string
	heard []string
	past  map[int64][]fengsui.Sample
}

// line is one thing that happens.
type line struct {
	at   time.Duration
	text string
}

func play(t *testing.T, field, story string) string {
	s := &storyteller{t: t, codes: map[fengsui.Subject]string{}, past: map[int64][]fengsui.Sample{}, terminals: map[string]string{}}
	first, rest, _ := strings.Cut(field, "\n")
	if w := strings.Fields(first); len(w) > 0 && w[0] == "models" {
		s.shipped, field = w[1:], rest
	}
	s.open(tempOnMemory(t))
	defer s.stop()
	s.furnish(field)
	// The story begins on a full second; the intake's ticks count from there.
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(2 * time.Second)))
	s.zero = time.Now()
	for _, l := range s.lines(story) {
		time.Sleep(time.Until(s.zero.Add(l.at)))
		synctest.Wait()
		s.do(l)
		synctest.Wait()
	}
	return s.result()
}

// open starts the platform on a summer morning: the synthetic clock begins in a
// year in which the policy was not yet in force.
func (s *storyteller) open(dir string) {
	time.Sleep(time.Until(time.Date(2026, 7, 1, 8, 0, 0, 0, fengsui.Civil)))
	s.c = Defaults()
	s.c.Data = filepath.Join(dir, "data")
	s.c.MasterKeyFile = filepath.Join(dir, "master.key")
	s.c.History.On = false
	s.c.Disk.MinFree = 1
	s.c.Retention.Log = time.Minute
	s.c.Retention.Archive = time.Minute
	s.start()
}

// tempOnMemory is a directory whose syncs cost nothing: a story is about time,
// not about disks.
func tempOnMemory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "story")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (s *storyteller) start() {
	log := slog.New(slog.NewTextHandler(testWriter{s.t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	models := s.models
	if models == nil {
		models = s.library()
		s.models = models
	}
	ctx, cancel := context.WithCancel(context.Background())
	p, err := Open(ctx, s.c, log, WithModels(models), WithNow(func() time.Time { return time.Now().Add(s.jump) }), WithChannel("municipal", s), WithChannel("sms", phones{s}))
	if err != nil {
		s.t.Fatal(err)
	}
	s.p, s.cancel, s.done = p, cancel, make(chan struct{})
	inspect := func(context.Context) error { return nil }
	if slices.Contains(s.shipped, "interference") {
		inspect = s.inspector().Run
	}
	go func() {
		defer close(s.done)
		var all sync.WaitGroup
		all.Go(func() { p.Run(ctx) })
		all.Go(func() { inspect(ctx) })
		all.Wait()
	}()
	synctest.Wait()
}

// library is the story's own model and those shipped ones that the field names.
func (s *storyteller) library() []risk.Model {
	models, err := risk.Load(os.DirFS("testdata/story"))
	if err != nil {
		s.t.Fatal(err)
	}
	shipped, err := risk.Library()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range shipped {
		if slices.Contains(s.shipped, m.ID) {
			models = append(models, m)
		}
	}
	return models
}

// inspector is the one that looks for interference, over what was delivered in the
// history's place.
func (s *storyteller) inspector() *risk.Inspector {
	signs, err := risk.ShippedSigns()
	if err != nil {
		s.t.Fatal(err)
	}
	v, err := risk.NewInspector(risk.InspectorConfig{
		DB: s.p.DB, Log: riskLog{s.p.Bus}, District: s.p.Registry.District, History: delivered{s}, Apply: s.p.Warnings.Apply, Warned: s.p.warned, Signs: signs,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// delivered is what a story delivered, as a history: a story has no child process.
type delivered struct{ s *storyteller }

func (h delivered) Range(_ context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Sample, error) {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	var list []fengsui.Sample
	for _, x := range h.s.past[num] {
		if x.At >= from && x.At < to {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, func(a, b fengsui.Sample) int { return cmp.Compare(a.At, b.At) })
	return list, nil
}

func (h delivered) Reached(context.Context) (fengsui.Millis, error) {
	return fengsui.At(time.Now()), nil
}

func (s *storyteller) stop() {
	if s.p == nil {
		return
	}
	s.cancel()
	<-s.done
	if err := s.p.Close(); err != nil {
		s.t.Errorf("close: %v", err)
	}
	s.p = nil
}

// Send is the municipal platform: it hears and answers yes.
func (s *storyteller) Send(_ context.Context, m notify.Message) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.city = append(s.city, fmt.Sprintf("%s city heard %s %d", s.clock(fengsui.At(time.Now())), m.Kind, m.Number))
	return "yes", nil
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// furnish makes the parties, enterprises and points that the story names:
//
//	models silence pace                          shipped models that are on (first line)
//	enterprise ENT1 hazchem 120116400
//	point ENT1 LI-1 level m 0 15 LL=1 L=2 H=12 HH=13.5 [key 10s]
//	vehicle ENT1 V-1 hazmat 013900000001         its class, its terminal's number
//	fence SCHOOL keep_out 117.70 39.00 300       a circle: lon, lat, metres
func (s *storyteller) furnish(field string) {
	ctx, by := context.Background(), fengsui.Actor{Name: "story"}
	scope := fengsui.Everything()
	scope.Role = fengsui.RoleAdmin
	must := func(err error) {
		if err != nil {
			s.t.Fatal(err)
		}
	}
	must(s.p.Registry.Seed(ctx))
	put := func(b registry.Batch) {
		r, err := s.p.Registry.Put(ctx, scope, by, &b)
		if err != nil || len(r.Errors) > 0 {
			s.t.Fatalf("furnish: %v %+v", err, r.Errors)
		}
	}
	for i, text := range strings.Split(strings.TrimSpace(field), "\n") {
		w := strings.Fields(text)
		d := s.p.Registry.District()
		switch {
		case len(w) == 0:
		case w[0] == "enterprise":
			put(registry.Batch{Enterprises: []fengsui.Enterprise{{
				Code: w[1], CreditCode: storyCredit(i), Name: w[1], ShortName: w[1], Sector: fengsui.Sector(w[2]), Zone: zoneOf(d, w[3]),
			}}})
		case w[0] == "point":
			p := fengsui.Point{
				Enterprise: d.EnterpriseByCode(w[1]).ID, Code: w[2], Name: w[2], Quantity: fengsui.Quantity(w[3]), Unit: w[4],
				RangeLow: number(s.t, w[5]), RangeHigh: number(s.t, w[6]), Every: fengsui.SpanOf(5 * time.Minute),
			}
			for j, x := range w[7:] {
				name, v, ok := strings.Cut(x, "=")
				switch {
				case ok:
					n := number(s.t, v)
					*map[string]**float64{"LL": &p.LL, "L": &p.L, "H": &p.H, "HH": &p.HH}[name] = &n
				case x == "key":
					d, err := time.ParseDuration(w[7+j+1])
					must(err)
					p.Key, p.Every = true, fengsui.SpanOf(d)
				}
			}
			put(registry.Batch{Points: []fengsui.Point{p}})
		case w[0] == "vehicle":
			must(s.vehicle(w))
		case w[0] == "fence":
			put(registry.Batch{Fences: []fengsui.Fence{{Code: w[1], Name: w[1], Rule: fengsui.FenceRule(w[2]), Centre: [2]float64{number(s.t, w[3]), number(s.t, w[4])}, Radius: number(s.t, w[5])}}})
		default:
			if known, err := s.organise(w); err != nil || !known {
				s.t.Fatalf("furnish: %q is not understood (%v)", text, err)
			}
		}
	}
	for _, p := range s.p.Registry.District().Points {
		s.codes[fengsui.SubjectOf("point", p.Num)] = p.Code
	}
	for _, e := range s.p.Registry.District().Enterprises {
		s.codes[fengsui.SubjectOf("enterprise", e.Num)] = e.Code
	}
}

func storyCredit(i int) string {
	body := fmt.Sprintf("91120116MA%07d", i)
	for _, c := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
		if code := body + string(c); fengsui.CheckCreditCode(code) == nil {
			return code
		}
	}
	panic("a credit code always has a check digit")
}

func zoneOf(d *fengsui.District, code string) fengsui.ID {
	for _, z := range d.Kind(fengsui.Zone) {
		if z.Code == code {
			return z.ID
		}
	}
	return ""
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// lines reads "HH:MM:SS[.mmm] what"; "HH:MM:SS..HH:MM:SS/step what" repeats.
func (s *storyteller) lines(story string) []line {
	var list []line
	for _, text := range strings.Split(strings.TrimSpace(story), "\n") {
		when, what, ok := strings.Cut(strings.TrimSpace(text), " ")
		if !ok || strings.HasPrefix(when, "#") {
			continue
		}
		from, rest, many := strings.Cut(when, "..")
		if !many {
			list = append(list, line{offset(s.t, when), what})
			continue
		}
		to, every, _ := strings.Cut(rest, "/")
		step, err := time.ParseDuration(every)
		if err != nil {
			s.t.Fatal(err)
		}
		for at := offset(s.t, from); at <= offset(s.t, to); at += step {
			list = append(list, line{at, what})
		}
	}
	slices.SortStableFunc(list, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	return list
}

func offset(t *testing.T, s string) time.Duration {
	t.Helper()
	var h, m int
	var sec float64
	neg := strings.HasPrefix(s, "-")
	if _, err := fmt.Sscanf(strings.TrimPrefix(s, "-"), "%d:%d:%g", &h, &m, &sec); err != nil {
		t.Fatalf("%q is no time: %v", s, err)
	}
	d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec*float64(time.Second))
	if neg {
		return -d
	}
	return d
}

// do carries out one line:
//
//	ENT1 LI-1 = 14 [at HH:MM:SS] [resent]      a value arrives
//	ENT1 LI-1=14 LI-2=3                        several in one delivery
//	enterprise|zone|bureau|duty|CODE VERB SUBJECT [args] "text" [-> reason]
//	V-1 at 117.70 39.00 60 ...                 a vehicle says where it is, see move
//	where V-1
//	officer drafts-model ...                   see modelVerbs
//	platform stops | platform starts | clock +6h
//	end
func (s *storyteller) do(l line) {
	w := words(l.text)
	switch {
	case w[0] == "end":
	case w[0] == "platform" && w[1] == "stops":
		s.stop()
	case w[0] == "platform" && w[1] == "starts":
		s.start()
	case w[0] == "clock":
		j, err := time.ParseDuration(w[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.jump += j
	case s.p.Registry.District().EnterpriseByCode(w[0]) != nil:
		s.deliver(w)
	case s.terminals[w[0]] != "":
		if err := s.move(w); err != nil {
			s.t.Fatalf("%s: %v", l.text, err)
		}
	case w[0] == "where":
		s.where(w[1])
	default:
		want := ""
		if n := len(w); n > 2 && w[n-2] == "->" {
			want, w = w[n-1], w[:n-2]
		}
		err := s.act(w)
		got := ""
		if e, ok := errors.AsType[*fengsui.Error](err); ok {
			got = e.Reason
		} else if err != nil {
			got = err.Error()
		}
		if got != want {
			s.t.Fatalf("%s: %v (%q), want %q", l.text, err, got, want)
		}
	}
}

// words splits at blanks; text in quotes is one word.
func words(s string) []string {
	var list []string
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}

func (s *storyteller) deliver(w []string) {
	d := &adapter.Delivery{Adapter: "push", Enterprise: w[0], Received: fengsui.At(time.Now())}
	at := time.Now()
	rest := w[1:]
	for i := 0; i < len(rest); i++ {
		switch x := rest[i]; {
		case x == "at":
			i++
			at = s.zero.Add(offset(s.t, rest[i]))
		case x == "resent":
			d.Resent = true
		default:
			code, v, ok := strings.Cut(x, "=")
			if !ok {
				code, v = x, rest[i+2]
				i += 2
			}
			d.Codes = append(d.Codes, code)
			d.Samples = append(d.Samples, fengsui.Sample{Point: int64(len(d.Codes) - 1), Value: number(s.t, v)})
		}
	}
	for i := range d.Samples {
		d.Samples[i].At = fengsui.At(at)
	}
	s.mu.Lock()
	for _, x := range d.Samples {
		if p := s.p.Registry.District().PointByCode(s.p.Registry.District().EnterpriseByCode(w[0]).Num, d.Codes[x.Point]); p != nil {
			s.past[p.Num] = append(s.past[p.Num], fengsui.Sample{Point: p.Num, At: x.At, Value: x.Value})
		}
	}
	s.mu.Unlock()
	s.nonce++
	d.Idempotency = fmt.Sprintf("story-%d", s.nonce)
	r, err := s.p.Door.Take(context.Background(), d)
	if err != nil || len(r.Errors) > 0 {
		s.t.Fatalf("deliver %v: %v %+v", w, err, r.Errors)
	}
}

// actor finds the scope of the story's person and the open or newest warning.
func (s *storyteller) actor(who string, w fengsui.Warning) (fengsui.Scope, fengsui.Actor) {
	d := s.p.Registry.District()
	role, party, user := fengsui.RoleRegulator, (*fengsui.Party)(nil), fengsui.ID("")
	switch who {
	case "enterprise":
		role, party, user = fengsui.RoleEnterprise, d.Parties[w.Enterprise], s.person
	case "zone":
		role, party = fengsui.RoleZone, d.Parties[w.Zone]
	case "bureau":
		role, party = fengsui.RoleBureau, d.Kind(fengsui.Bureau)[0]
	case "duty":
		role, party = fengsui.RoleDuty, d.Kind(fengsui.Operator)[0]
	case "officer":
		role, party = fengsui.RoleShift, d.Kind(fengsui.Operator)[0]
	default:
		for _, p := range d.Parties {
			if p.Code == who {
				party = p
			}
		}
		if party == nil {
			s.t.Fatalf("there is no %q", who)
		}
	}
	s.nonce++
	return fengsui.ScopeOf(user, role, party, fengsui.None), fengsui.Actor{User: user, Name: who, Role: role, Key: fmt.Sprintf("act-%d", s.nonce)}
}

func (s *storyteller) warning(code string) fengsui.Warning {
	list, _, err := s.p.Warnings.Warnings(context.Background(), fengsui.Everything(), fengsui.WarningFilter{}, fengsui.Page{Limit: 500})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, open := range []bool{true, false} {
		for _, w := range list {
			if s.codes[w.Subject] == code && (w.End == fengsui.Open) == open {
				return w
			}
		}
	}
	s.t.Fatalf("%s has no warning", code)
	return fengsui.Warning{}
}

func (s *storyteller) act(w []string) error {
	ctx := context.Background()
	who, verb := w[0], w[1]
	if verb == "releases" {
		scope, by := s.actor(who, fengsui.Warning{})
		return s.p.Warnings.Release(ctx, scope, by, w[2])
	}
	if f := modelVerbs[verb]; f != nil {
		scope, by := s.actor(who, fengsui.Warning{})
		scope.User, by.User = fengsui.ID(who), fengsui.ID(who)
		return f(s, scope, by, w[2:])
	}
	if f := outageVerbs[verb]; f != nil {
		return f(s, who, w[2:])
	}
	wn := s.warning(w[2])
	scope, by := s.actor(who, wn)
	dis := s.p.Disposal
	text := w[len(w)-1]
	lower := func(end fengsui.End) fengsui.Verdict {
		v := fengsui.Verdict{Warning: wn.ID, Version: wn.Version, End: end, Why: text}
		if end == fengsui.Open {
			if err := v.To.UnmarshalText([]byte(w[3])); err != nil {
				s.t.Fatal(err)
			}
		}
		return v
	}
	switch verb {
	case "verifies":
		return dis.Verify(ctx, scope, by, wn.ID, wn.Version, w[3], text, nil, nil)
	case "handles":
		return dis.Handle(ctx, scope, by, wn.ID, wn.Version, text, nil, nil)
	case "reports":
		return dis.Report(ctx, scope, by, wn.ID, wn.Version, text, nil, nil)
	case "asks":
		return dis.Ask(ctx, scope, by, lower(fengsui.Open), nil)
	case "lowers":
		return dis.Decide(ctx, scope, by, lower(fengsui.Open))
	case "clears":
		return dis.Decide(ctx, scope, by, lower(fengsui.Cleared))
	case "denies":
		return dis.Decide(ctx, scope, by, lower(fengsui.FalseAlarm))
	case "declares-accident":
		return dis.Accident(ctx, scope, by, wn.ID, wn.Version, w[3], text)
	case "reminds":
		return dis.Remind(ctx, scope, by, wn.ID, text)
	case "confirms":
		return s.p.Warnings.Confirm(ctx, scope, by, wn.ID)
	case "shelves":
		d, err := time.ParseDuration(w[3])
		if err != nil {
			s.t.Fatal(err)
		}
		return s.p.Warnings.Shelve(ctx, scope, by, wn.ID, wn.Version, fengsui.At(time.Now().Add(d)), text)
	case "finishes": // finishes LI-1 supervise "result"
		orders, err := dis.OrdersOf(ctx, fengsui.Everything(), wn.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, o := range orders {
			if string(o.Kind) == w[3] && o.DoneAt == 0 {
				return dis.OrderResult(ctx, scope, by, o.ID, o.Version, text, nil, nil)
			}
		}
		return fmt.Errorf("no open %s order", w[3])
	case "ticks": // ticks LI-1 ITEM "note"
		orders, err := dis.OrdersOf(ctx, fengsui.Everything(), wn.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, o := range orders {
			if o.Kind == fengsui.OrderPlan {
				return dis.TickPlan(ctx, scope, by, o.ID, o.Version, o.Checklist[int(number(s.t, w[3]))].Item, text, nil)
			}
		}
		return errors.New("no plan runs")
	}
	s.t.Fatalf("%q is no act", verb)
	return nil
}

func (s *storyteller) clock(m fengsui.Millis) string {
	d := m.Time().Sub(s.zero)
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%02d:%02d:%06.3f", sign, int(d.Hours()), int(d.Minutes())%60, d.Seconds()-float64(int(d.Minutes())*60))
}

// result is everything that people were told and must do, in time order: the
// journal of warnings and orders, with the pushes that followed each row.
func (s *storyteller) result() string {
	ctx := context.Background()
	d := s.p.Registry.District()
	entries, _, err := s.p.DB.Entries(ctx, fengsui.Everything(), store.Filter{Limit: 100_000})
	if err != nil {
		s.t.Fatal(err)
	}
	list, _, err := s.p.Warnings.Warnings(ctx, fengsui.Everything(), fengsui.WarningFilter{}, fengsui.Page{Limit: 500})
	if err != nil {
		s.t.Fatal(err)
	}
	name := map[fengsui.ID]string{}
	told := map[fengsui.ID][]string{}
	for _, w := range list {
		name[w.ID] = fmt.Sprintf("%s#%d", s.codes[w.Subject], w.Occurrence)
		pushes, err := s.p.Notify.Pushes(ctx, fengsui.Everything(), w.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, p := range pushes {
			who := partyName(d, p.Party)
			var as []string
			for _, c := range p.Capacities {
				as = append(as, string(c))
			}
			if as := strings.Join(as, "+"); as != who {
				who += "(" + as + ")"
			}
			told[p.Step] = append(told[p.Step], who)
		}
	}
	var out []string
	for _, e := range entries {
		if e.Of.Kind == "model" || e.Of.Kind == "grading" {
			if !e.At.Time().Before(s.zero) {
				out = append(out, fmt.Sprintf("%s %s %s by %s", s.clock(e.At), e.Of.ID, e.Act, e.By.Name))
			}
			continue
		}
		if e.Of.Kind == "outage" {
			out = append(out, s.outageLine(e))
			continue
		}
		if e.Of.Kind != "warning" && e.Of.Kind != "order" && e.Of.Kind != "clock" || e.At.Time().Before(s.zero) {
			continue
		}
		head := fmt.Sprintf("%s %s %s", s.clock(e.At), cmp.Or(name[e.Warning], "-"), e.Act)
		if e.Of.Kind == "order" {
			head += orderKind(e)
		} else if e.Of.Kind == "warning" {
			head += levelOf(e)
		}
		if !strings.HasPrefix(e.By.Name, "platform/") {
			head += " by " + e.By.Name
		}
		out = append(out, head)
		for _, st := range e.Tell {
			if st.Kind == fengsui.StepUplink {
				out = append(out, fmt.Sprintf("             city uplink %d", st.Number))
				continue
			}
			slices.Sort(told[st.ID])
			missed := ""
			if st.Missed > 0 {
				missed = fmt.Sprintf(" (%d missed)", st.Missed)
			}
			out = append(out, fmt.Sprintf("             %s %d%s -> %s", st.Kind, st.Number, missed, strings.Join(told[st.ID], ", ")))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.heard) // two telephones ring at once in no order
	out = slices.Concat(out, s.city, s.heard, s.seen)
	return strings.Join(out, "\n") + "\n"
}

func partyName(d *fengsui.District, id fengsui.ID) string {
	p := d.Parties[id]
	switch {
	case p == nil:
		return string(id)
	case p.Kind == fengsui.Firm, p.Kind == fengsui.Zone, p.Kind == fengsui.Bureau, p.Kind == fengsui.Municipal:
		return string(p.Kind)
	case p.Kind == fengsui.Operator:
		return "duty"
	}
	return p.Code
}

func levelOf(e store.Entry) string {
	var after struct{ Level string }
	if bytes.Contains(e.After, []byte(`"level"`)) && json.Unmarshal(e.After, &after) == nil {
		return " " + after.Level
	}
	return ""
}

func orderKind(e store.Entry) string {
	var after struct{ Kind string }
	if json.Unmarshal(e.After, &after) == nil && after.Kind != "" {
		return " " + after.Kind
	}
	return ""
}
