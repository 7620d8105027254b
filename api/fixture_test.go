package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui"
	"fengsui/account"
	"fengsui/registry"
	"fengsui/store"
	"fengsui/store/storetest"
)

const password = "correct horse battery"

var (
	admin    = fengsui.Scope{Role: fengsui.RoleAdmin, All: true}
	security = fengsui.Scope{Role: fengsui.RoleSecurity, All: true}
)

// fixture is the API over the real store, registry and accounts, with stages of
// its own: they keep to the scope that they are given and write down who called.
type fixture struct {
	t      testing.TB
	api    *API
	db     *store.DB
	reg    *registry.Registry
	acc    *account.Accounts
	log    bytes.Buffer
	users  map[fengsui.Role]fengsui.User
	cookie map[fengsui.Role]string

	mine, theirs things

	mu    sync.Mutex
	calls []string       // what the stages were asked to do, guarded by mu
	last  callSeen       // guarded by mu
	held  string         // by whom a warning is held since the last assign
	acted *fengsui.Acted // of the last act that may have one
	lost  fengsui.Stage
	fail  error // guarded by mu: what the stages answer instead
	keys  int   // of the requests so far
}

// callSeen is how a stage was called.
type callSeen struct {
	scope fengsui.Scope
	by    fengsui.Actor
}

// things are one enterprise and what hangs on it.
type things struct {
	enterprise *fengsui.Enterprise
	point      *fengsui.Point
	device     *fengsui.Device // of a vehicle
	fence      *fengsui.Fence
	warning    fengsui.Warning
	other      fengsui.Warning // a second one, blue
	orders     map[fengsui.OrderKind]fengsui.Order
	file       fengsui.File
	key        string
}

func newFixture(t testing.TB, change ...func(*Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, users: map[fengsui.Role]fengsui.User{}, cookie: map[fengsui.Role]string{}}
	var err error
	if f.db, err = store.Open(t.Context(), storetest.Place(t, filepath.Join(t.TempDir(), "t.db")), registry.Tables(), account.Tables()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.db.Close() })
	if f.reg, err = registry.Open(t.Context(), registry.Config{DB: f.db, Master: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	if err := f.reg.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.acc, err = account.Open(t.Context(), account.Config{DB: f.db, Master: make([]byte, 32), Cost: account.Cost{Memory: 64, Passes: 1, Lanes: 1},
		Party: func(id fengsui.ID) *fengsui.Party { return f.reg.District().Parties[id] }})
	if err != nil {
		t.Fatal(err)
	}
	f.mine = f.plant("MINE-1", "我方运输", "91120116MA00000011", "vehicles", "120116401")
	f.theirs = f.plant("THEIRS-1", "别家仓储", "91120116MA0000002X", "fire", "120116001")
	seats := map[fengsui.Role]fengsui.PartyKind{fengsui.RoleDuty: fengsui.Operator, fengsui.RoleShift: fengsui.Operator, fengsui.RoleBureau: fengsui.Bureau,
		fengsui.RoleCommittee: fengsui.Committee, fengsui.RoleLeader: fengsui.Bureau, fengsui.RoleDiscipline: fengsui.Discipline, fengsui.RoleAdmin: fengsui.Operator,
		fengsui.RoleSecurity: fengsui.Operator, fengsui.RoleAuditor: fengsui.Discipline}
	for _, role := range fengsui.Roles {
		party := f.mine.enterprise.ID
		switch role {
		case fengsui.RoleEnterprise:
		case fengsui.RoleZone:
			party = f.mine.enterprise.Zone
		case fengsui.RoleRegulator:
			party = f.party("jyj")
		default:
			party = f.reg.District().Kind(seats[role])[0].ID
		}
		u, err := f.acc.CreateUser(t.Context(), security, fengsui.Platform("test"), fengsui.User{Login: "u-" + string(role), Name: "Name " + string(role), Role: role, Party: party}, password)
		if err != nil {
			t.Fatal(err)
		}
		f.users[role] = u
	}

	c := Config{DB: f.db, Registry: f.reg, Accounts: f.acc, Warnings: f, Desk: f, Room: room{f}, Rules: deskRules, Clock: f, Disposal: f, Orders: f, Outages: leave{f}, Complaints: letters{f}, Plans: f, Files: f, Curves: f, Pushes: f, Held: hold{f}, History: f, Inventory: stock{f}, Seal: wax{f}, Quality: scale{f}, Past: f, Wall: f, Figures: deeds{f}, Asked: deeds{f}, Silences: func() []string { return []string{"silence"} },
		Latest: func(p int64) (fengsui.Latest, bool) {
			return fengsui.Latest{Point: p, Value: 7}, p == f.mine.point.Num
		},
		Where: func(d int64) (fengsui.Position, fengsui.Millis, fengsui.Level, bool) {
			return fengsui.Position{Device: d, At: 5, Lon: 117.7, Lat: 39, Speed: 40, Fix: true}, 7, fengsui.Yellow, d == f.mine.device.Num
		},
		Policies: func() []*fengsui.Escalation { return []*fengsui.Escalation{policy()} },
		Policy: func(key string) *fengsui.Escalation {
			if p := policy(); key == "" || key == p.Key() {
				return p
			}
			return nil
		},
		CallKey: make([]byte, 32),
		Rates:   Rates{Address: Rate{1e6, 1e6}, Caller: Rate{1e6, 1e6}, SignIn: Rate{1e6, 1e6}, Public: Rate{1e6, 1e6}},
		Models:  func() []fengsui.ModelCard { return []fengsui.ModelCard{{Key: "tank-level", Version: 1}} },
		Health:  func(context.Context) []fengsui.Health { return []fengsui.Health{{Name: "bus", OK: true}} },
		Loop:    func() fengsui.Loop { return fengsui.Loop{OK: f.lost == "", Lost: f.lost} },
		Operates: func(context.Context) fengsui.Operation {
			return fengsui.Operation{Process: "p1", Loop: fengsui.Loop{OK: true}}
		},
		Faults: ward{f},
		Strays: func(_ context.Context, s fengsui.Scope, _ fengsui.Page) ([]fengsui.Stray, int, error) {
			f.saw("Strays", s, fengsui.Actor{})
			return []fengsui.Stray{{Enterprise: f.mine.enterprise.ID, Code: "X1"}}, 1, nil
		},
		Log: slog.New(slog.NewTextHandler(&f.log, nil)),
	}
	for _, g := range change {
		g(&c)
	}
	f.api = New(c)
	return f
}

func policy() *fengsui.Escalation {
	p := &fengsui.Escalation{Name: "test", Version: 3, Source: "draft", Rules: map[fengsui.Level]*fengsui.Rule{}}
	for l := fengsui.Blue; l <= fengsui.Red; l++ {
		r := &fengsui.Rule{Article: "Article x", Tell: []fengsui.Capacity{fengsui.AsEnterprise}, Verdict: fengsui.AsRegulator}
		r.Notice.After, r.Notice.Every = 1800_000, 1800_000
		r.Supervise.After = 7200_000
		p.Rules[l] = r
	}
	return p
}

func (f *fixture) party(code string) fengsui.ID {
	for _, p := range f.reg.District().Parties {
		if p.Code == code {
			return p.ID
		}
	}
	f.t.Fatalf("there is no party %s", code)
	return ""
}

func (f *fixture) plant(code, name, credit string, sector fengsui.Sector, zone string) things {
	for c := range strings.SplitSeq("0123456789ABCDEFGHJKLMNPQRTUWXY", "") {
		if fengsui.CheckCreditCode(credit[:17]+c) == nil {
			credit = credit[:17] + c
			break
		}
	}
	for _, s := range [][2]string{
		{"enterprises", "credit_code,name,sector,zone,code,lon,lat\n" + credit + "," + name + "," + string(sector) + "," + zone + "," + code + ",117.7,39\n"},
		{"assets", "enterprise,code,kind,name,attr:plate,attr:class,lon,lat\n" + code + ",T1,tank,罐 " + code + ",,,117.71,39\n" + code + ",V1,vehicle,车 " + code + ",津A-" + code + ",hazmat,,\n"},
		{"devices", "enterprise,code,name,asset,key:jt808\n" + code + ",G1,网关 " + code + ",,\n" + code + ",D1,终端 " + code + ",V1," + code + "\n"},
		{"fences", "enterprise,code,name,rule,centre,radius\n" + code + ",F1,围栏 " + code + ",keep_in,117.7 39,500\n"},
		{"points", "enterprise,code,name,quantity,unit,range_low,range_high,asset,device\n" + code + ",P1,测点 " + code + ",level,m,0,10,T1,G1\n"},
		{"contacts", "party,name,duty,phone,channels\n" + code + ",联系 " + code + ",principal,13800001234,email:x@example.cn\n"},
	} {
		rep, err := f.reg.Import(f.t.Context(), admin, fengsui.Platform("test"), s[0], []byte(s[1]), false)
		if err != nil || len(rep.Errors) > 0 {
			f.t.Fatal(s[0], rep, err)
		}
	}
	var x things
	d := f.reg.District()
	x.enterprise = d.EnterpriseByCode(code)
	x.point = d.PointByCode(x.enterprise.Num, "P1")
	x.device = d.DeviceByCode(x.enterprise.Num, "D1")
	for _, fence := range d.Fences {
		if fence.Enterprise == x.enterprise.ID {
			x.fence = fence
		}
	}
	k, _, err := f.reg.Issue(f.t.Context(), admin, fengsui.Platform("test"), x.enterprise.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	x.key = k.ID
	x.warning = fengsui.Warning{ID: fengsui.NewID(), Enterprise: x.enterprise.ID, Zone: x.enterprise.Zone, Sector: sector, Subject: fengsui.SubjectOf("point", x.point.Num),
		Model: "tank-level", Policy: "test@3", Level: fengsui.Red, Peak: fengsui.Red, Measured: fengsui.Red, Condition: fengsui.Active, Work: fengsui.New,
		RaisedAt: 1000, Period: 1, Since: 1000, Clock: fengsui.Clock{Anchor: 1000}, Version: 1}
	x.other = x.warning
	x.other.ID, x.other.Level, x.other.Peak = fengsui.NewID(), fengsui.Blue, fengsui.Blue
	x.orders = map[fengsui.OrderKind]fengsui.Order{}
	for _, k := range []fengsui.OrderKind{fengsui.OrderSupervise, fengsui.OrderRoutine, fengsui.OrderPlan} {
		x.orders[k] = fengsui.Order{ID: fengsui.NewID(), Kind: k, Warning: x.warning.ID, Enterprise: x.enterprise.ID, Zone: x.enterprise.Zone, Sector: sector, Level: fengsui.Red, Party: x.enterprise.ID, Version: 1}
	}
	x.file = fengsui.File{ID: fengsui.NewID(), Name: "photo " + code + ".jpg", Type: "image/jpeg", Size: 5}
	// A journal row of each, as the stages write them.
	err = f.db.Change(f.t.Context(), func(tx *store.Tx) error {
		for _, w := range []fengsui.Warning{x.warning, x.other} {
			if err := tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: w.ID}, Act: "raised", By: fengsui.Platform("warning"), Why: "why " + code,
				Warning: w.ID, Enterprise: w.Enterprise, Zone: w.Zone, Sector: w.Sector, Level: w.Peak,
				Tell: []fengsui.Step{{ID: fengsui.NewID(), Warning: w.ID, Kind: fengsui.StepPush, To: []fengsui.Told{{Party: w.Enterprise}}}}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return x
}

// saw writes down how a stage was called and returns what it shall answer.
func (f *fixture) saw(name string, s fengsui.Scope, by fengsui.Actor) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name)
	f.last = callSeen{s, by}
	return f.fail
}

// ward are the platform's faults: there is the one called "broken".
type ward struct{ *fixture }

func (f ward) Faults(_ context.Context, s fengsui.Scope, _ bool, _ fengsui.Page) ([]fengsui.Fault, int, error) {
	return []fengsui.Fault{{ID: "broken", Part: "history"}}, 1, f.saw("Faults", s, fengsui.Actor{})
}

func (f ward) Settle(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ string) error {
	if err := s.Allow(fengsui.ActHealth, fengsui.None); err != nil {
		return err
	}
	return f.act(ctx, "settle", s, by, fengsui.Ref{Kind: "fault", ID: id}, fengsui.Warning{}, id == "broken")
}

func errTheirs() error {
	return fengsui.Errorf(fengsui.NotFound, "not_here", "there is no such thing, or it is not yours to see")
}

// act carries out an act on what belongs to a warning: found in the scope, then a
// journal row.
func (f *fixture) act(ctx context.Context, name string, s fengsui.Scope, by fengsui.Actor, of fengsui.Ref, w fengsui.Warning, found bool) error {
	if err := f.saw(name, s, by); err != nil {
		return err
	}
	if !found || !s.Sees(w.Enterprise, w.Zone, w.Sector, w.Peak) {
		return errTheirs()
	}
	return f.db.Change(ctx, func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: of, Act: name, By: by, Warning: w.ID, Enterprise: w.Enterprise, Zone: w.Zone, Sector: w.Sector, Level: w.Peak})
	})
}

func (f *fixture) find(id fengsui.ID) (fengsui.Warning, bool) {
	for _, w := range []fengsui.Warning{f.mine.warning, f.mine.other, f.theirs.warning, f.theirs.other} {
		if w.ID == id {
			return w, true
		}
	}
	return fengsui.Warning{}, false
}

func (f *fixture) onWarning(ctx context.Context, name string, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	w, ok := f.find(id)
	return f.act(ctx, name, s, by, fengsui.Ref{Kind: "warning", ID: id}, w, ok)
}

func (f *fixture) Warning(_ context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Warning, error) {
	w, ok := f.find(id)
	if err := f.saw("Warning", s, fengsui.Actor{}); err != nil {
		return w, err
	}
	if !ok || !s.Sees(w.Enterprise, w.Zone, w.Sector, w.Peak) {
		return fengsui.Warning{}, errTheirs()
	}
	return w, nil
}

func (f *fixture) Warnings(_ context.Context, s fengsui.Scope, q fengsui.WarningFilter, _ fengsui.Page) (list []fengsui.Warning, total int, err error) {
	for _, w := range []fengsui.Warning{f.mine.warning, f.mine.other, f.theirs.warning, f.theirs.other} {
		if s.Sees(w.Enterprise, w.Zone, w.Sector, w.Peak) && (q.Enterprise == "" || q.Enterprise == w.Enterprise) && (len(q.Levels) == 0 || slices.Contains(q.Levels, w.Level)) {
			list = append(list, w)
		}
	}
	return list, len(list), f.saw("Warnings", s, fengsui.Actor{})
}

func (f *fixture) Counts(_ context.Context, s fengsui.Scope) (fengsui.WarningCounts, error) {
	c := fengsui.WarningCounts{Open: map[fengsui.Level]int{}, Unconfirmed: map[fengsui.Level]int{}}
	for _, w := range []fengsui.Warning{f.mine.warning, f.mine.other, f.theirs.warning, f.theirs.other} {
		if s.Sees(w.Enterprise, w.Zone, w.Sector, w.Peak) {
			c.Open[w.Level]++
		}
	}
	return c, f.saw("Counts", s, fengsui.Actor{})
}

func (f *fixture) Periods(ctx context.Context, s fengsui.Scope, id fengsui.ID) ([]fengsui.Period, error) {
	_, err := f.Warning(ctx, s, id)
	return []fengsui.Period{{Warning: id, Number: 1}}, err
}

func (f *fixture) Steps(ctx context.Context, s fengsui.Scope, id fengsui.ID) ([]fengsui.Step, error) {
	w, err := f.Warning(ctx, s, id)
	return []fengsui.Step{{Warning: id, Kind: fengsui.StepPush, To: []fengsui.Told{{Party: w.Enterprise}}}}, err
}

func (f *fixture) Parts(ctx context.Context, s fengsui.Scope, id fengsui.ID) ([]fengsui.Part, error) {
	_, err := f.Warning(ctx, s, id)
	return []fengsui.Part{{Term: fengsui.TermBase, Weight: 6, Score: 6, Share: 1}}, err
}

func (f *fixture) Confirm(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	return f.onWarning(ctx, "confirm", s, by, id)
}
func (f *fixture) Assign(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, to string, holder fengsui.ID) error {
	f.held = to + " " + string(holder)
	return f.onWarning(ctx, "assign", s, by, id)
}
func (f *fixture) Shelve(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ fengsui.Millis, _ string) error {
	return f.onWarning(ctx, "shelve", s, by, id)
}
func (f *fixture) Unshelve(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	return f.onWarning(ctx, "unshelve", s, by, id)
}
func (f *fixture) Merge(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ fengsui.ID) error {
	return f.onWarning(ctx, "merge", s, by, id)
}
func (f *fixture) Held() (bool, string) { return true, "the clock jumped" }
func (f *fixture) Release(ctx context.Context, s fengsui.Scope, by fengsui.Actor, _ string) error {
	return f.act(ctx, "release", s, by, fengsui.Ref{Kind: "clock", ID: "clock"}, fengsui.Warning{}, true)
}
func (f *fixture) Verify(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _, _ string, _ []fengsui.ID, acted *fengsui.Acted) error {
	f.acted = acted
	return f.onWarning(ctx, "verify", s, by, id)
}
func (f *fixture) Handle(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ string, _ []fengsui.ID, acted *fengsui.Acted) error {
	f.acted = acted
	return f.onWarning(ctx, "handle", s, by, id)
}
func (f *fixture) Report(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ string, _ []fengsui.ID, acted *fengsui.Acted) error {
	f.acted = acted
	return f.onWarning(ctx, "report", s, by, id)
}
func (f *fixture) Ask(ctx context.Context, s fengsui.Scope, by fengsui.Actor, v fengsui.Verdict, acted *fengsui.Acted) error {
	f.acted = acted
	return f.onWarning(ctx, "ask", s, by, v.Warning)
}
func (f *fixture) Asks(ctx context.Context, s fengsui.Scope, id fengsui.ID) ([]fengsui.Ask, error) {
	w, err := f.Warning(ctx, s, id)
	return []fengsui.Ask{{Warning: id, Party: w.Enterprise}}, err
}
func (f *fixture) Decide(ctx context.Context, s fengsui.Scope, by fengsui.Actor, v fengsui.Verdict) error {
	return f.onWarning(ctx, "decide", s, by, v.Warning)
}
func (f *fixture) Accident(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _, _ string) error {
	return f.onWarning(ctx, "accident", s, by, id)
}
func (f *fixture) Note(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _, _ string, acted *fengsui.Acted) error {
	f.acted = acted
	return f.onWarning(ctx, "note", s, by, id)
}
func (f *fixture) Remind(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ string) error {
	return f.onWarning(ctx, "remind", s, by, id)
}
func (f *fixture) Plans() []fengsui.Plan                 { return []fengsui.Plan{{Key: "fire"}} }
func (f *fixture) PlanFor(fengsui.Warning) *fengsui.Plan { return &fengsui.Plan{Key: "fire"} }

func (f *fixture) Orders(_ context.Context, s fengsui.Scope, q fengsui.OrderFilter, _ fengsui.Page) (list []fengsui.Order, total int, err error) {
	for _, x := range []things{f.mine, f.theirs} {
		for _, o := range x.orders {
			if s.Sees(o.Enterprise, o.Zone, o.Sector, o.Level) && (q.Warning == "" || q.Warning == o.Warning) {
				list = append(list, o)
			}
		}
	}
	return list, len(list), f.saw("Orders", s, fengsui.Actor{})
}

func (f *fixture) Order(_ context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Order, error) {
	if err := f.saw("Order", s, fengsui.Actor{}); err != nil {
		return fengsui.Order{}, err
	}
	for _, x := range []things{f.mine, f.theirs} {
		for _, o := range x.orders {
			if o.ID == id && s.Sees(o.Enterprise, o.Zone, o.Sector, o.Level) {
				return o, nil
			}
		}
	}
	return fengsui.Order{}, errTheirs()
}

func (f *fixture) onOrder(ctx context.Context, name string, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	o, err := f.Order(ctx, s, id)
	if err != nil {
		return err
	}
	w, _ := f.find(o.Warning)
	return f.act(ctx, name, s, by, fengsui.Ref{Kind: "order", ID: id}, w, true)
}

func (f *fixture) AssignOrder(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ string) error {
	return f.onOrder(ctx, "assign order", s, by, id)
}
func (f *fixture) OrderResult(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ string, _ []fengsui.ID, acted *fengsui.Acted) error {
	f.acted = acted
	return f.onOrder(ctx, "order result", s, by, id)
}
func (f *fixture) TickPlan(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _, _ string, acted *fengsui.Acted) error {
	f.acted = acted
	return f.onOrder(ctx, "tick", s, by, id)
}

func (f *fixture) Upload(ctx context.Context, s fengsui.Scope, by fengsui.Actor, name, mediaType string, r io.Reader) (fengsui.File, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return fengsui.File{}, err
	}
	sum := sha256.Sum256(b)
	file := fengsui.File{ID: f.mine.file.ID, Name: name, Type: mediaType, Size: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}
	f.mine.file.SHA256 = file.SHA256
	return file, f.act(ctx, "upload", s, by, fengsui.Ref{Kind: "file", ID: file.ID}, f.mine.warning, true)
}

func (f *fixture) File(_ context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.File, io.ReadCloser, error) {
	if err := f.saw("File", s, fengsui.Actor{}); err != nil {
		return fengsui.File{}, nil, err
	}
	for _, x := range []things{f.mine, f.theirs} {
		if e := x.enterprise; x.file.ID == id && s.Sees(e.ID, e.Zone, e.Sector, fengsui.None) {
			return x.file, io.NopCloser(strings.NewReader("bytes")), nil
		}
	}
	return fengsui.File{}, nil, errTheirs()
}

func (f *fixture) Open(ctx context.Context, s fengsui.Scope, id fengsui.ID, part string) (io.ReadCloser, error) {
	w, err := f.Warning(ctx, s, id)
	return io.NopCloser(strings.NewReader("part,enterprise\n" + part + "," + string(w.Enterprise) + "\n")), err
}

func (f *fixture) Pushes(ctx context.Context, s fengsui.Scope, id fengsui.ID) ([]fengsui.Push, error) {
	w, err := f.Warning(ctx, s, id)
	return []fengsui.Push{{Warning: id, Party: w.Enterprise, At: 500, Deliveries: []fengsui.Delivery{{Address: "x@example.cn"}}}}, err
}

func (f *fixture) Dead(_ context.Context, s fengsui.Scope) (list []fengsui.DeadChannel, err error) {
	for _, x := range []things{f.mine, f.theirs} {
		if s.All || s.Party == x.enterprise.ID {
			list = append(list, fengsui.DeadChannel{Party: x.enterprise.ID})
		}
	}
	return list, f.saw("Dead", s, fengsui.Actor{})
}

func (f *fixture) Troubles(_ context.Context, s fengsui.Scope, _ fengsui.TroubleFilter, _ fengsui.Page) (list []fengsui.Trouble, total int, err error) {
	for _, x := range []things{f.mine, f.theirs} {
		if e := x.enterprise; s.Sees(e.ID, e.Zone, e.Sector, fengsui.Red) {
			list = append(list, fengsui.Trouble{Push: fengsui.Push{Warning: x.warning.ID, Party: e.ID}, Enterprise: e.ID})
		}
	}
	return list, len(list), f.saw("Troubles", s, fengsui.Actor{})
}

// Resend knows a delivery by its warning's ID.
func (f *fixture) Resend(ctx context.Context, s fengsui.Scope, by fengsui.Actor, delivery fengsui.ID, _ string) error {
	w, ok := f.find(delivery)
	if ok && s.Sees(w.Enterprise, w.Zone, w.Sector, w.Peak) {
		if err := s.Allow(fengsui.ActResend, w.Peak); err != nil {
			return err
		}
	}
	return f.onWarning(ctx, "resend", s, by, delivery)
}

func (f *fixture) Receive(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	return f.onWarning(ctx, "receive", s, by, id)
}

func (f *fixture) Trend(_ context.Context, point int64, from, to fengsui.Millis, buckets int) ([]fengsui.Bucket, error) {
	return []fengsui.Bucket{{At: from, Last: float64(point)}}, nil
}

func (f *fixture) Track(_ context.Context, device int64, from, _ fengsui.Millis, _ int) ([]fengsui.Position, error) {
	return []fengsui.Position{{Device: device, At: from, Lon: 117.7, Lat: 39, Speed: 40, Heading: 90, Fix: true}}, nil
}

func (f *fixture) Standing(_ context.Context, s fengsui.Scope, at fengsui.Millis, _ fengsui.Page) (list []fengsui.Stood, total int, err error) {
	for _, w := range []fengsui.Warning{f.mine.warning, f.mine.other, f.theirs.warning, f.theirs.other} {
		if s.Sees(w.Enterprise, w.Zone, w.Sector, w.Peak) && w.RaisedAt <= at {
			list = append(list, fengsui.Stood{ID: w.ID, Enterprise: w.Enterprise, Subject: w.Subject, Level: w.Level, RaisedAt: w.RaisedAt})
		}
	}
	return list, len(list), f.saw("Standing", s, fengsui.Actor{})
}

func (f *fixture) Months(_ context.Context, s fengsui.Scope, enterprise fengsui.ID, _ fengsui.Millis, n int) ([]fengsui.WarningMonth, error) {
	return make([]fengsui.WarningMonth, n), f.saw("Months", s, fengsui.Actor{})
}

// Wall has what is open, of which nothing was raised today.
func (f *fixture) Wall(_ context.Context, s fengsui.Scope, at fengsui.Millis) (fengsui.WallWarnings, error) {
	x := fengsui.WallWarnings{Open: map[fengsui.Level]int{}, Worst: map[fengsui.ID]fengsui.Level{}, Raised: map[fengsui.Level]int{},
		Curve: fengsui.WallCurve{From: at, Every: 1000, Open: map[fengsui.Level][]int{fengsui.Red: {0, 1}}}}
	for _, w := range []fengsui.Warning{f.mine.warning, f.mine.other, f.theirs.warning, f.theirs.other} {
		if !s.Sees(w.Enterprise, w.Zone, w.Sector, w.Peak) {
			continue
		}
		x.Open[w.Level]++
		x.Worst[w.Enterprise] = max(x.Worst[w.Enterprise], w.Level)
		x.Newest = append(x.Newest, w)
		if x.Oldest == nil {
			x.Oldest = &w
		}
		if w.Level >= fengsui.Orange {
			x.Grave = append(x.Grave, w)
			x.Graves++
		}
	}
	return x, f.saw("Wall", s, fengsui.Actor{})
}

func (f *fixture) OnTime(_ context.Context, s fengsui.Scope, _ fengsui.Millis) (fengsui.OnTime, error) {
	return fengsui.OnTime{Month: "2026-11", Met: 3, Late: 1}, f.saw("OnTime", s, fengsui.Actor{})
}

// scale counts data: half of each enterprise's is missing.
type scale struct{ *fixture }

func (f scale) Policy() *fengsui.QualityPolicy {
	return &fengsui.QualityPolicy{Name: "test", Offline: fengsui.OfflineRule{Line: 0.05, Days: []int{2, 5}, Stretch: 300_000, Missed: 3}}
}

func (f scale) Firms(_ context.Context, s fengsui.Scope, q fengsui.QualityFilter, _ fengsui.Page) (list []fengsui.FirmQuality, total int, err error) {
	for _, x := range []things{f.mine, f.theirs} {
		if e := x.enterprise; s.Sees(e.ID, e.Zone, e.Sector, fengsui.None) {
			list = append(list, fengsui.FirmQuality{Enterprise: e.ID, Offline: 0.5, Days: []fengsui.DayQuality{{Day: q.From, Points: 1, Stretches: 2, Heard: 1, Offline: 0.5}}})
		}
	}
	return list, len(list), f.saw("FirmQuality", s, fengsui.Actor{})
}

func (f scale) Points(_ context.Context, s fengsui.Scope, q fengsui.QualityFilter, _ fengsui.Page) (list []fengsui.PointQuality, total int, err error) {
	for _, x := range []things{f.mine, f.theirs} {
		if e := x.enterprise; s.Sees(e.ID, e.Zone, e.Sector, fengsui.None) && q.Enterprise == e.ID {
			list = append(list, fengsui.PointQuality{Point: x.point.Num, Offline: 0.5, Stretches: 2, Heard: 1})
		}
	}
	return list, len(list), f.saw("PointQuality", s, fengsui.Actor{})
}

// signIn signs a role in, once.
func (f *fixture) signIn(role fengsui.Role) string {
	f.t.Helper()
	if f.cookie[role] == "" {
		w := f.send(f.request(http.MethodPost, "/session", fmt.Sprintf(`{"login":"u-%s","password":%q}`, role, password)))
		if w.Code != http.StatusOK {
			f.t.Fatalf("signing in as %s: %d %s", role, w.Code, w.Body)
		}
		f.cookie[role] = w.Result().Cookies()[0].Value
	}
	return f.cookie[role]
}

func (f *fixture) request(method, path, body string) *http.Request {
	r := httptest.NewRequestWithContext(f.t.Context(), method, Prefix+path, strings.NewReader(body))
	r.RemoteAddr = "10.1.2.3:4567"
	if body == "" {
		r.Body = http.NoBody
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// as is a request of a role with a key of its own.
func (f *fixture) as(role fengsui.Role, method, path, body string) *http.Request {
	r := f.request(method, path, body)
	r.AddCookie(&http.Cookie{Name: cookieName, Value: f.signIn(role)})
	if method != http.MethodGet {
		f.keys++
		r.Header.Set(keyHeader, fmt.Sprintf("test-key-%d", f.keys))
	}
	return r
}

func (f *fixture) send(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.api.ServeHTTP(w, r)
	return w
}

// do sends a role's request.
func (f *fixture) do(role fengsui.Role, method, path, body string) *httptest.ResponseRecorder {
	f.t.Helper()
	return f.send(f.as(role, method, path, body))
}

// answer reads a JSON answer.
func answer[T any](t testing.TB, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return v
}

// refused checks a refusal: status, reason and a sentence.
func refused(t testing.TB, what string, w *httptest.ResponseRecorder, status int, reason string) {
	t.Helper()
	var p Problem
	json.Unmarshal(w.Body.Bytes(), &p)
	if w.Code != status || p.Reason != reason || p.Message == "" || p.Status != status || w.Header().Get("Content-Type") != problemType {
		t.Errorf("%s: got %d %s (%s), want %d %s with a sentence", what, w.Code, w.Body, w.Header().Get("Content-Type"), status, reason)
	}
}

// flushed is an answer that is read while it is written: it calls on at each
// flush.
type flushed struct {
	*httptest.ResponseRecorder
	on func()
}

func (w *flushed) FlushError() error {
	w.ResponseRecorder.Flush()
	w.on()
	return nil
}

func (w *flushed) SetWriteDeadline(time.Time) error { return nil }
