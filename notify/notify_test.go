package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

var errDown = errors.New("connection refused")

// wire stands in for the world outside: it answers as it is told and remembers.
type wire struct {
	mu     sync.Mutex
	down   map[string]bool // guarded by mu, like all below: addresses that refuse
	hold   map[string]bool // addresses that never answer
	delay  func() time.Duration
	calls  []call // every attempt, in the order in which it ended
	flying map[string]int
	most   int // attempts at once
	twice  bool
	left   int // calls until full is closed
	full   chan struct{}
}

type call struct {
	key, address string
	ok           bool
	at           time.Time
}

func newWire() *wire {
	return &wire{down: map[string]bool{}, hold: map[string]bool{}, flying: map[string]int{}}
}

func (w *wire) set(address string, down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down[address] = down
}

func (w *wire) Send(ctx context.Context, m Message) (string, error) {
	w.mu.Lock()
	w.flying[m.Address]++
	w.twice = w.twice || w.flying[m.Address] > 1
	total := 0
	for _, n := range w.flying {
		total += n
	}
	w.most = max(w.most, total)
	hold, delay := w.hold[m.Address], time.Duration(0)
	if w.delay != nil {
		delay = w.delay()
	}
	w.mu.Unlock()
	if hold {
		<-ctx.Done()
	} else if delay > 0 {
		time.Sleep(delay) // it may arrive although we have stopped waiting
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flying[m.Address]--
	down := w.down[m.Address] || hold
	w.calls = append(w.calls, call{m.Key, m.Address, !down, time.Now()})
	if w.delay != nil && ctx.Err() != nil {
		return "", context.Cause(ctx) // taken, and the answer is lost
	}
	if w.left--; w.left == 0 {
		close(w.full)
	}
	if down {
		return "", fmt.Errorf("dial %s: %w", m.Address, errDown)
	}
	return "250 ok", nil
}

// got are the keys that an address has taken, in order.
func (w *wire) got(address string) (keys []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if c.ok && c.address == address {
			keys = append(keys, c.key)
		}
	}
	return keys
}

func (w *wire) tries(address string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if c.address == address {
			n++
		}
	}
	return n
}

func district() *fengsui.District {
	ch := func(kind, address string) fengsui.Channel { return fengsui.Channel{Kind: kind, Address: address} }
	parties := []*fengsui.Party{
		{ID: "bureau", Kind: fengsui.Bureau, Code: "b", Name: "区应急局", Contacts: []fengsui.Contact{{Name: "Zhao", Channels: []fengsui.Channel{ch("email", "zhao@b.cn")}}}},
		{ID: "zone", Kind: fengsui.Zone, Code: "z", Name: "经开区", Contacts: []fengsui.Contact{{Name: "Qian", Channels: []fengsui.Channel{ch("webhook", "https://z.cn/hook/secret")}}}},
		{ID: "desk", Kind: fengsui.Operator, Code: "o", Name: "运营公司", Contacts: []fengsui.Contact{{Name: "Desk", Channels: []fengsui.Channel{ch("email", "desk@o.cn")}}}},
		{ID: "reg", Kind: fengsui.Regulator, Code: "r", Name: "监管", Contacts: []fengsui.Contact{{Name: "Nobody", Phone: "1"}}},
		{ID: "city", Kind: fengsui.Municipal, Code: "m", Name: "市级监测预警系统"},
		{ID: "firm", Kind: fengsui.Firm, Code: "120116001", Name: "甲公司", Contacts: []fengsui.Contact{
			{Name: "Wang", Duty: "principal", Channels: []fengsui.Channel{ch("email", "wang@f.cn"), ch("sms", "138"), ch("webhook", "https://f.cn/hook")}},
			{Name: "Li", Duty: "safety_head", Channels: []fengsui.Channel{ch("email", "li@f.cn")}},
			{Name: "Wang again", Channels: []fengsui.Channel{ch("email", "wang@f.cn")}},
		}},
	}
	return fengsui.NewDistrict(parties,
		[]*fengsui.Enterprise{{ID: "firm", Num: 1, Code: "120116001", CreditCode: "91120116MA00000000", Name: "甲公司", Sector: "hazchem", Zone: "zone", Lon: 117.7, Lat: 39}},
		[]*fengsui.Asset{{ID: "tank", Enterprise: "firm", Code: "T1", Name: "T-101", Place: "罐区"}}, nil,
		[]*fengsui.Point{{ID: "p", Num: 7, Enterprise: "firm", Asset: "tank", Code: "LT1", Name: "T-101 液位", Quantity: fengsui.LevelOf, Unit: "m"}})
}

type post struct {
	*Notifier
	t    *testing.T
	db   *store.DB
	wire *wire
	w    *sync.Map // the warnings that are known, by ID
	stop func()
}

func open(t *testing.T, path string, w *wire) *post {
	t.Helper()
	db, err := store.Open(t.Context(), storetest.Place(t, path), Tables())
	if err != nil {
		t.Fatal(err)
	}
	d := district()
	p := &post{t: t, db: db, wire: w, w: new(sync.Map)}
	p.Notifier, err = New(Config{DB: db, District: func() *fengsui.District { return d }, BaseURL: "https://fengsui.example/", Log: slog.New(slog.DiscardHandler),
		Warning: func(_ context.Context, id fengsui.ID) (fengsui.Warning, error) {
			w, ok := p.w.Load(id)
			if !ok {
				return fengsui.Warning{}, fengsui.Errorf(fengsui.NotFound, "no_warning", "no such warning")
			}
			return w.(fengsui.Warning), nil
		},
		Policy: func(key string) *fengsui.Escalation {
			return map[string]*fengsui.Escalation{"binhai@1": {}, "": {Scale: "一分钟代表一小时"}}[key]
		},
		Channels: map[string]Channel{"email": w, "webhook": w, "municipal": w}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// start runs the notifier until stop, which waits for it.
func (p *post) start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := p.Run(ctx); !errors.Is(err, context.Canceled) {
			p.t.Errorf("Run ended with %v", err)
		}
	}()
	p.stop = func() {
		cancel()
		<-done
	}
}

// locate says from now on where the city is.
func (p *post) locate(address string) {
	d := district()
	d.Parties["city"].Contacts = []fengsui.Contact{{Name: "City desk", Channels: []fengsui.Channel{{Kind: "municipal", Address: address}}}}
	p.c.District = func() *fengsui.District { return d }
}

func (p *post) close() {
	p.stop()
	p.db.Close()
}

// raise makes a warning known and tells of it.
func (p *post) raise(id fengsui.ID, kind fengsui.StepKind, to ...fengsui.ID) fengsui.ID {
	p.t.Helper()
	w := fengsui.Warning{ID: id, Enterprise: "firm", Zone: "zone", Sector: "hazchem", Subject: fengsui.SubjectOf("point", 7), Model: "tank", Level: fengsui.Red, Peak: fengsui.Red,
		Condition: fengsui.Active, Work: fengsui.New, Rung: "HH", Value: 11.2345678, Limit: 11, Unit: "m", Policy: "binhai@1", SignalAt: now(), RaisedAt: now()}
	p.w.Store(id, w)
	s := fengsui.Step{ID: fengsui.NewID(), Warning: id, Kind: kind, Number: 1, Level: fengsui.Red, Article: "23", FiredAt: now()}
	for _, party := range to {
		s.To = append(s.To, fengsui.Told{Party: party, Capacities: []fengsui.Capacity{fengsui.AsEnterprise}})
	}
	p.tell(s)
	return s.ID
}

func (p *post) tell(steps ...fengsui.Step) {
	p.t.Helper()
	err := p.db.Change(p.t.Context(), func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: steps[0].Warning}, Act: "raised", By: fengsui.Platform("warning"), Tell: steps,
			Warning: steps[0].Warning, Enterprise: "firm", Zone: "zone", Sector: "hazchem", Level: steps[0].Level})
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) pushes(id fengsui.ID) []fengsui.Push {
	p.t.Helper()
	list, err := p.Pushes(p.t.Context(), desk, id)
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

// lines are a push's deliveries in short: contact channel state attempts/doubt.
func lines(p fengsui.Push) (list []string) {
	for _, d := range p.Deliveries {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s %d/%d", d.Contact, d.Channel, d.State, d.Attempts, d.InDoubt)))
	}
	return list
}

func (p *post) acts() (list []string) {
	p.t.Helper()
	rows, _, err := p.db.Entries(p.t.Context(), fengsui.Everything(), store.Filter{})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range rows {
		list = append(list, e.Act)
	}
	return list
}

var desk = fengsui.Scope{User: "u", Role: fengsui.RoleDuty, Party: "desk", All: true}

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func bubble(t *testing.T, f func(t *testing.T, path string)) {
	path := filepath.Join(t.TempDir(), "f.db")
	synctest.Test(t, func(t *testing.T) { f(t, path) })
}

// TestPush: one push a party, on the console at once, each contact by its first
// channel (A04, A23).
func TestPush(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		p := open(t, path, newWire())
		p.start()
		defer p.close()
		step := p.raise("w", fengsui.StepPush, "firm", "zone", "reg")
		synctest.Wait()
		list := p.pushes("w")
		if len(list) != 3 {
			t.Fatalf("%d pushes, want 3", len(list))
		}
		for _, x := range list {
			if want := string(step) + "/" + string(x.Party); x.Key != want || x.Step != step || x.Level != fengsui.Red || x.Kind != fengsui.StepPush {
				t.Errorf("push %+v, want the key %s", x, want)
			}
			want := map[fengsui.ID][]string{
				"firm": {"console sent 0/0", "Wang email sent 1/0", "Li email sent 1/0"}, // the third contact has Wang's address
				"zone": {"console sent 0/0", "Qian webhook sent 1/0"},
				"reg":  {"not_reached 0/0", "console sent 0/0"},
			}[x.Party]
			same(t, "deliveries to "+string(x.Party), lines(x), want)
			for _, d := range x.Deliveries {
				if d.State == fengsui.Sent && d.Channel != "console" && (d.Answer != "250 ok" || d.FirstAt == 0 || d.LastAt != d.FirstAt || d.NextAt != 0) {
					t.Errorf("delivery %+v lacks its proof", d)
				}
			}
		}
		counts, err := p.PushesTo(t.Context(), desk, "firm")
		if err != nil || !maps.Equal(counts, map[fengsui.DeliveryState]int{fengsui.Sent: 3}) {
			t.Errorf("counts of firm %v, %v; want 3 sent", counts, err)
		}
	})
}

// TestReplay: a journal that is read again doubles nothing (DESIGN §5.1).
func TestReplay(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		p := open(t, path, w)
		p.start()
		for i := range 7 {
			p.raise(fengsui.ID(fmt.Sprint("w", i)), fengsui.StepPush, "firm", "zone", "city")
		}
		synctest.Wait()
		p.stop()
		before := len(w.calls)
		if want := 7 * 4; before != want {
			t.Fatalf("%d messages went out, want %d", before, want)
		}
		for _, place := range []int{0, 3} {
			if err := p.db.Keep(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE journal_place SET pos = $1`, place)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			p.start()
			synctest.Wait()
			p.stop()
		}
		if got := len(w.calls); got != before {
			t.Errorf("reading the journal again sent %d more messages", got-before)
		}
		if got := len(p.pushes("w0")); got != 3 {
			t.Errorf("%d pushes of w0, want 3", got)
		}
		p.db.Close()
	})
}

// TestFallOver: a dead channel goes over to the contact's next one, and is told
// of once; the next message does not wait for it; one that comes back is used
// again.
func TestFallOver(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		w.down["wang@f.cn"] = true
		p := open(t, path, w)
		p.start()
		defer p.close()
		began := time.Now()
		p.raise("w1", fengsui.StepPush, "firm")
		time.Sleep(160*time.Second - time.Millisecond) // 10 s + 30 s + 2 min
		synctest.Wait()
		same(t, "before the last attempt", lines(p.pushes("w1")[0]), []string{"console sent 0/0", "Wang email waiting 3/0", "Li email sent 1/0"})
		if next := p.pushes("w1")[0].Deliveries[1].NextAt; next != fengsui.At(began.Add(160*time.Second)) {
			t.Errorf("next attempt at %v, want %v", next.Time(), began.Add(160*time.Second))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		same(t, "after it", lines(p.pushes("w1")[0]), []string{"console sent 0/0", "Wang email fell_over 4/0", "Wang webhook sent 1/0", "Li email sent 1/0"})
		same(t, "journal", p.acts(), []string{"raised", "channel_dead"})
		if got := w.tries("desk@o.cn"); got != 0 {
			t.Errorf("the desk was told of a dead channel by mail %d times: that stays on the console", got)
		}
		dead, err := p.Dead(t.Context(), desk)
		if err != nil || len(dead) != 1 || dead[0].Address != "wang@f.cn" || dead[0].Contact != "Wang" || dead[0].Answer != "dial w***@f.cn: connection refused" {
			t.Errorf("dead channels %+v, %v; want Wang's mailbox", dead, err)
		}

		p.raise("w2", fengsui.StepPush, "firm")
		synctest.Wait()
		same(t, "while it is dead", lines(p.pushes("w2")[0]), []string{"console sent 0/0", "Wang email fell_over 0/0", "Wang webhook sent 1/0", "Li email sent 1/0"})

		time.Sleep(5 * time.Minute)
		p.raise("w3", fengsui.StepPush, "firm")
		synctest.Wait()
		same(t, "tried again after a while", lines(p.pushes("w3")[0]), []string{"console sent 0/0", "Wang email fell_over 1/0", "Wang webhook sent 1/0", "Li email sent 1/0"})

		time.Sleep(5 * time.Minute)
		w.set("wang@f.cn", false)
		p.raise("w4", fengsui.StepPush, "firm")
		synctest.Wait()
		same(t, "back again", lines(p.pushes("w4")[0]), []string{"console sent 0/0", "Wang email sent 1/0", "Li email sent 1/0"})
		same(t, "journal", p.acts(), []string{"raised", "channel_dead", "raised", "raised", "raised", "channel_back"})
		if dead, _ := p.Dead(t.Context(), desk); len(dead) != 0 {
			t.Errorf("%d channels are dead after the answer, want none", len(dead))
		}
	})
}

// TestGaveUp: where the last channel is dead the push is given up there; the duty
// desk is told once, whatever follows.
func TestGaveUp(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		w.down["li@f.cn"], w.down["desk@o.cn"] = true, true
		p := open(t, path, w)
		p.start()
		defer p.close()
		for i := range 4 {
			p.raise(fengsui.ID(fmt.Sprint("w", i)), fengsui.StepPush, "firm", "desk")
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		for i := range 4 {
			list := p.pushes(fengsui.ID(fmt.Sprint("w", i)))
			attempts := 0
			if i == 0 {
				attempts = 4
			}
			same(t, "firm", lines(list[1]), []string{"console sent 0/0", "Wang email sent 1/0", fmt.Sprintf("Li email gave_up %d/0", attempts)})
			same(t, "desk", lines(list[0]), []string{"console sent 0/0", fmt.Sprintf("Desk email gave_up %d/0", attempts)})
		}
		// Later ones wait for a probe, fail, and tell nobody again.
		p.raise("w9", fengsui.StepPush, "firm")
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		same(t, "later", lines(p.pushes("w9")[0]), []string{"console sent 0/0", "Wang email sent 1/0", "Li email gave_up 1/0"})
		acts := p.acts()
		if n := len(slices.DeleteFunc(acts, func(a string) bool { return a != "channel_dead" })); n != 2 {
			t.Errorf("%d dead channels were told of, want 2", n)
		}
	})
}

// TestMunicipal: the uplink is kept and retried until it is answered, in order,
// and never given up (A44).
func TestMunicipal(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		w.down[""] = true
		p := open(t, path, w)
		p.start()
		var want []string
		for i := range 5 {
			step := p.raise("w", fengsui.StepUplink, "city")
			want = append(want, string(step)+"/city")
			time.Sleep(time.Duration(i) * time.Hour)
		}
		p.stop() // a restart in between changes nothing
		p.db.Close()
		again := open(t, path, w)
		again.w = p.w
		again.start()
		defer again.close()
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := w.got(""); len(got) != 0 {
			t.Fatalf("%d messages arrived at a platform that is down", len(got))
		}
		dead, err := again.Dead(t.Context(), desk)
		if err != nil || len(dead) != 1 || dead[0].Waiting != 5 {
			t.Errorf("dead channels %+v, %v; want the uplink with 5 that wait", dead, err)
		}
		w.set("", false)
		time.Sleep(time.Minute)
		synctest.Wait()
		same(t, "arrived", w.got(""), want)
		for i, push := range again.pushes("w") {
			if d := push.Deliveries[1]; d.State != fengsui.Sent || d.Channel != "municipal" {
				t.Errorf("uplink %d is %s, want sent", i, d.State)
			}
		}
		if acts := again.acts(); acts[len(acts)-1] != "channel_back" || len(acts) != 7 {
			t.Errorf("journal %v, want one channel_dead and one channel_back", acts)
		}
	})
}

// TestMunicipalAddress: what was kept while nobody knew where the city is goes
// there, in order, once someone has entered it.
func TestMunicipalAddress(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		w.down[""] = true
		p := open(t, path, w)
		p.start()
		var want []string
		for range 3 {
			want = append(want, string(p.raise("w", fengsui.StepUplink, "city"))+"/city")
			time.Sleep(time.Hour)
		}
		p.stop()
		p.locate("https://city.example/in")
		p.start()
		defer p.close()
		want = append(want, string(p.raise("w", fengsui.StepUplink, "city"))+"/city")
		time.Sleep(time.Hour)
		synctest.Wait()
		same(t, "arrived", w.got("https://city.example/in"), want)
		if d := p.pushes("w")[0].Deliveries[1]; d.State != fengsui.Sent || d.Address != "https://city.example/in" {
			t.Errorf("delivery %+v, want it sent to the city", d)
		}
	})
}

// TestReferences: a later message to the city names the first and the last one.
func TestReferences(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		p := open(t, path, newWire())
		p.start()
		defer p.close()
		var keys []string
		for range 4 {
			keys = append(keys, string(p.raise("w", fengsui.StepUplink, "city"))+"/city")
			time.Sleep(time.Second)
		}
		p.raise("other", fengsui.StepUplink, "city")
		synctest.Wait()
		var got []string
		err := p.db.View(t.Context(), func(tx *store.Tx) error {
			rows, err := tx.Query(`SELECT message FROM notify_push ORDER BY pos`)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var body string
				var m Message
				if err := errors.Join(rows.Scan(&body), json.Unmarshal([]byte(body), &m)); err != nil {
					return err
				}
				var refs []string
				for _, r := range m.References {
					refs = append(refs, r.Key)
				}
				got = append(got, strings.Join(refs, " "))
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "references", got, []string{"", keys[0], keys[0] + " " + keys[1], keys[0] + " " + keys[2], ""})
	})
}

// TestOrder: however slow and shaky the world is, each address hears in journal
// order, one at a time, and no more than Workers attempts fly at once.
func TestOrder(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		const seed = 1
		r, out := rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed, 1))
		w := newWire()
		w.delay = func() time.Duration { return time.Duration(out.IntN(3000)) * time.Millisecond } // under the wire's lock
		p := open(t, path, w)
		p.c.Workers = 3
		p.start()
		defer p.close()
		want := map[string][]string{}
		addresses := map[fengsui.ID][]string{"firm": {"wang@f.cn", "li@f.cn"}, "zone": {"https://z.cn/hook/secret"}, "bureau": {"zhao@b.cn"}, "desk": {"desk@o.cn"}, "city": {""}}
		for i := range 40 {
			step := p.raise(fengsui.ID(fmt.Sprint("w", i)), fengsui.StepPush, slices.Collect(maps.Keys(addresses))...)
			for party, list := range addresses {
				for _, a := range list {
					want[a] = append(want[a], string(step)+"/"+string(party))
				}
			}
			if i%10 == 5 {
				w.set("zhao@b.cn", i%20 == 5) // away for a while, shorter than its patience
			}
			time.Sleep(time.Duration(r.IntN(4)) * time.Second)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		for a, keys := range want {
			same(t, fmt.Sprintf("seed %d: heard at %q", seed, a), w.got(a), keys)
		}
		if w.twice {
			t.Error("two attempts to one address were under way at once")
		}
		if w.most != 3 {
			t.Errorf("%d attempts at once, want 3: as many as there are workers and no more", w.most)
		}
	})
}

// TestInDoubt: an attempt whose answer was lost is repeated under its key and
// counted (DESIGN §5.1); what was answered is not sent again.
func TestInDoubt(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		w.hold["li@f.cn"] = true
		p := open(t, path, w)
		p.start()
		step := p.raise("w", fengsui.StepPush, "firm")
		time.Sleep(time.Second)
		synctest.Wait()
		same(t, "under way", lines(p.pushes("w")[0]), []string{"console sent 0/0", "Wang email sent 1/0", "Li email waiting 1/0"})
		p.stop()
		p.db.Close()
		w.mu.Lock()
		w.hold["li@f.cn"] = false
		w.mu.Unlock()
		again := open(t, path, w)
		again.w = p.w
		again.start()
		defer again.close()
		synctest.Wait()
		same(t, "after the restart", lines(again.pushes("w")[0]), []string{"console sent 0/0", "Wang email sent 1/0", "Li email sent 2/1"})
		same(t, "keys at Li", w.got("li@f.cn"), []string{string(step) + "/firm"})
		if got := w.tries("wang@f.cn"); got != 1 {
			t.Errorf("Wang was sent the same %d times", got)
		}
	})
}

// TestRestarts: stopped at any moment, again and again, it loses and doubles no
// push, and every receiver hears of each (DESIGN §5.1).
func TestRestarts(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		const seed = 7
		r, out := rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed, 1))
		w := newWire()
		w.delay = func() time.Duration { return time.Duration(out.IntN(400)) * time.Millisecond } // under the wire's lock
		var p *post
		known := new(sync.Map)
		want := map[string]bool{}
		stops := 0
		for i := range 120 {
			if p == nil {
				p = open(t, path, w)
				p.w = known
				p.start()
			}
			id := p.raise(fengsui.ID(fmt.Sprint("w", i)), fengsui.StepPush, "firm", "zone", "city")
			for _, to := range []string{"/firm wang@f.cn", "/firm li@f.cn", "/zone https://z.cn/hook/secret", "/city "} {
				want[string(id)+to] = true
			}
			time.Sleep(time.Duration(r.IntN(700)) * time.Millisecond)
			if r.IntN(3) == 0 {
				p.close()
				p, stops = nil, stops+1
			}
		}
		if p == nil {
			p = open(t, path, w)
			p.w = known
			p.start()
		}
		defer p.close()
		time.Sleep(time.Hour)
		synctest.Wait()
		got := map[string]bool{}
		for _, c := range w.calls {
			if c.ok {
				got[c.key+" "+c.address] = true
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("seed %d, %d stops: %d receivers heard, want %d", seed, stops, len(got), len(want))
		}
		doubt, sent := 0, 0
		for i := range 120 {
			list := p.pushes(fengsui.ID(fmt.Sprint("w", i)))
			if len(list) != 3 {
				t.Errorf("seed %d: %d pushes of w%d, want 3", seed, len(list), i)
			}
			for _, x := range list {
				for _, d := range x.Deliveries {
					doubt += d.InDoubt
					if d.State == fengsui.Sent {
						sent++
					}
				}
			}
		}
		if sent != 120*7 || doubt == 0 || stops < 20 {
			t.Errorf("seed %d: %d deliveries sent, %d in doubt, %d stops; want %d sent and some of each", seed, sent, doubt, stops, 120*7)
		}
	})
}

// noticing is a log that says when a message came by.
type noticing struct {
	slog.Handler
	text string
	seen chan struct{} // holds one
}

func (h noticing) Enabled(context.Context, slog.Level) bool { return true }

func (h noticing) Handle(_ context.Context, r slog.Record) error {
	if r.Message == h.text {
		select {
		case h.seen <- struct{}{}:
		default:
		}
	}
	return nil
}

// gate lets a message through when it is told to.
type gate struct {
	came, pass chan struct{}
	calls      atomic.Int64
}

func (g *gate) Send(ctx context.Context, _ Message) (string, error) {
	g.calls.Add(1)
	g.came <- struct{}{}
	<-g.pass
	return "yes", nil
}

// TestStoreAway: an answer that cannot be recorded, because the store is locked,
// is kept until it can; the receiver is not asked again for it.
func TestStoreAway(t *testing.T) {
	if storetest.OnServer() {
		t.Skip("it locks the SQLite file itself, which a server does not have: shown by the run without FENGSUI_TEST_STORE")
	}
	path := filepath.Join(t.TempDir(), "f.db")
	p := open(t, path, newWire())
	g := &gate{came: make(chan struct{}), pass: make(chan struct{})}
	log := noticing{slog.DiscardHandler, "answers wait for the store", make(chan struct{}, 1)}
	p.c.Channels, p.c.Log = map[string]Channel{"webhook": g}, slog.New(log)
	p.start()
	p.raise("w1", fengsui.StepPush, "zone")
	<-g.came
	p.raise("w2", fengsui.StepPush, "zone")
	other, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	g.pass <- struct{}{}
	<-log.seen
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	<-g.came // the line goes on only after the first answer is recorded
	if got := lines(p.pushes("w1")[0]); !slices.Equal(got, []string{"console sent 0/0", "Qian webhook sent 1/0"}) {
		t.Errorf("after the store is back: %v, want one attempt, sent, not in doubt", got)
	}
	g.pass <- struct{}{}
	p.close()
	if got := g.calls.Load(); got != 2 {
		t.Errorf("%d messages went out, want 2", got)
	}
}

// TestTimeout: a receiver that never answers is given its time and tried again.
func TestTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		w.hold["li@f.cn"] = true
		p := open(t, path, w)
		p.start()
		defer p.close()
		p.raise("w", fengsui.StepPush, "firm")
		time.Sleep(30*time.Second + 5*time.Second)
		synctest.Wait()
		d := p.pushes("w")[0].Deliveries[2]
		if d.Attempts != 1 || d.State != fengsui.Waiting || !strings.Contains(d.Answer, "refused") || d.InDoubt != 0 {
			t.Errorf("delivery %+v, want one failed attempt", d)
		}
	})
}

// TestFlood: 600 warnings at once, every party of Article 23, on the real store.
func TestFlood(t *testing.T) {
	p := open(t, filepath.Join(t.TempDir(), "f.db"), newWire())
	for i := range 600 {
		p.raise(fengsui.ID(fmt.Sprint("w", i)), fengsui.StepPush, "firm", "zone", "bureau", "reg", "city")
	}
	p.wire.full = make(chan struct{})
	p.wire.left = 600 * 5
	began := time.Now()
	p.start()
	<-p.wire.full
	took := time.Since(began)
	p.stop() // records what was answered
	for party, want := range map[fengsui.ID]int{"firm": 3, "zone": 2, "bureau": 2, "reg": 1, "city": 2} {
		c, err := p.PushesTo(t.Context(), desk, party)
		if err != nil || c[fengsui.Sent] != want*600 {
			t.Errorf("%s: %v, %v; want %d sent", party, c, err, want*600)
		}
	}
	t.Logf("600 warnings: 3,000 pushes, 3,000 messages out by 5 addresses in %v", took.Round(time.Millisecond))
	p.db.Close()
}

func TestScope(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		p := open(t, path, newWire())
		p.start()
		defer p.close()
		p.raise("w", fengsui.StepPush, "firm", "zone")
		synctest.Wait()
		mine := fengsui.Scope{Role: fengsui.RoleEnterprise, Party: "firm", Enterprise: "firm"}
		for _, c := range []struct {
			what    string
			s       fengsui.Scope
			pushes  int
			address string
			contact string
		}{
			{"zero", fengsui.Scope{}, 0, "", ""},
			{"another enterprise", fengsui.Scope{Role: fengsui.RoleEnterprise, Party: "x", Enterprise: "x"}, 0, "", ""},
			{"another zone", fengsui.Scope{Role: fengsui.RoleZone, Party: "x", Zone: "x"}, 0, "", ""},
			{"another sector", fengsui.Scope{Role: fengsui.RoleRegulator, Sectors: []fengsui.Sector{"fire"}}, 0, "", ""},
			{"the enterprise", mine, 2, "w***@f.cn", "W**"},
			{"the zone", fengsui.Scope{Role: fengsui.RoleZone, Party: "zone", Zone: "zone"}, 2, "wang@f.cn", "Wang"},
			{"the regulator", fengsui.Scope{Role: fengsui.RoleRegulator, Sectors: []fengsui.Sector{"hazchem"}}, 2, "wang@f.cn", "Wang"},
			{"a leader", fengsui.Scope{Role: fengsui.RoleLeader, All: true, Least: fengsui.Red}, 2, "w***@f.cn", "W**"},
		} {
			list, err := p.Pushes(t.Context(), c.s, "w")
			if err != nil || len(list) != c.pushes {
				t.Errorf("%s sees %d pushes, %v; want %d", c.what, len(list), err, c.pushes)
				continue
			}
			counts, err := p.PushesTo(t.Context(), c.s, "firm")
			if err != nil || (counts[fengsui.Sent] > 0) != (c.pushes > 0) {
				t.Errorf("%s counts %v, %v", c.what, counts, err)
			}
			if c.pushes > 0 {
				if d := list[0].Deliveries[1]; d.Address != c.address || d.Contact != c.contact {
					t.Errorf("%s sees the receiver %s %s, want %s %s", c.what, d.Contact, d.Address, c.contact, c.address)
				}
			}
		}
		if dead, err := p.Dead(t.Context(), fengsui.Scope{}); err != nil || len(dead) != 0 {
			t.Errorf("dead channels for nobody: %v, %v", dead, err)
		}
	})
}

// TestTexts: every kind of step, level and capacity has its words in both
// languages, and each message says what A21-A23 need.
func TestTexts(t *testing.T) {
	texts, err := LoadTexts(shippedTexts)
	if err != nil {
		t.Fatal(err)
	}
	d := district()
	w := fengsui.Warning{ID: "w", Enterprise: "firm", Zone: "zone", Sector: "hazchem", Subject: "point/7", Level: fengsui.Orange, Peak: fengsui.Red, Condition: fengsui.Active,
		Work: fengsui.Handling, Rung: "HH", Value: 11.23456, Limit: 11, Unit: "m", SignalAt: 1656633909000, RaisedAt: 1656633910000, Late: true}
	kinds := append(slices.Clone(Kinds), "no_regulator", "unheard_of")
	for _, kind := range kinds {
		for _, level := range levels {
			for _, capacity := range capacities {
				for _, scale := range []string{"", "一分钟代表一小时"} {
					m := Message{Kind: kind, Number: 3, Missed: 2, Level: level, Article: "23", At: 1656633920000, Act: "verified", By: "Zhou", Why: "阀门已关", Scale: scale,
						Link: "https://x/warnings/w", Case: caseOf(d, w), To: Receiver{Name: "n", Capacities: []fengsui.Capacity{capacity, fengsui.AsBureau}},
						Dead: &fengsui.DeadChannel{Channel: "email", Contact: "Wang", Address: "w***@f.cn", Since: 1656633920000, Answer: "550"}}
					list, err := texts.render(&m)
					if err != nil {
						t.Fatal(err)
					}
					for lang, x := range list {
						all := x.Title + "\n" + x.Body
						want := []string{m.Link, "23", "2022-07-01 08:05:20", x.Next, scale}
						if !slices.Contains([]fengsui.StepKind{StepDead, StepBack, "clock_held", StepLost, StepWhole, StepDisk, StepLink,
							"outage_asked", "outage_decided", "outage_ended", "complaint_new", "complaint_assigned", "complaint_answered"}, kind) {
							want = append(want, "甲公司", "T-101 液位")
							want = append(want, "11.235 m", "11 m", "HH", "罐区", "2022-07-01 08:05:09")
							want = append(want, texts.list[lang].Levels[level])
						}
						if scale != "" && !strings.Contains(x.Title, scale) {
							t.Errorf("%s %s: the title %q does not say that this is a show", lang, kind, x.Title)
						}
						for _, s := range want {
							if s == "" && scale == "" {
								continue
							}
							if !strings.Contains(all, s) {
								t.Errorf("%s %s: %q is not said in:\n%s", lang, kind, s, all)
							}
						}
						for _, bad := range []string{"<no value>", "{{", "%!", "\n\n\n", "\r"} {
							if strings.Contains(all, bad) {
								t.Errorf("%s %s: %q in:\n%s", lang, kind, bad, all)
							}
						}
						if x.Next == "" || strings.Contains(x.Title, "\n") {
							t.Errorf("%s %s: title %q, next %q", lang, kind, x.Title, x.Next)
						}
					}
					if list["zh"].Body == list["en"].Body {
						t.Errorf("%s: both languages say the same", kind)
					}
				}
			}
		}
	}
	// A step that ran by the monotonic clock says so (DESIGN §5.4).
	for lang, says := range map[string]string{"zh": "按单调时钟计时", "en": "by the monotonic clock"} {
		for _, clock := range []string{"", fengsui.Monotonic} {
			list, err := texts.render(&Message{Kind: fengsui.StepNotice, Level: fengsui.Red, At: 1656633920000, Clock: clock, Case: caseOf(d, w)})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(list[lang].Body, says); got != (clock != "") {
				t.Errorf("%s, clock %q: says the monotonic clock: %v:\n%s", lang, clock, got, list[lang].Body)
			}
		}
	}
	if got := texts.list["zh"].face(&Message{Kind: "no_regulator"}).Lacking; got != "行业监管部门" {
		t.Errorf("no_regulator lacks %q", got)
	}
}

// TestPaperTexts: who is told of a declared outage reads which one, of whom, what and when
// (A36); who is told of a complaint reads its number and no word of it (A42).
func TestPaperTexts(t *testing.T) {
	p := open(t, filepath.Join(t.TempDir(), "f.db"), newWire())
	defer p.db.Close()
	const at = fengsui.Millis(1656633920000)
	row := func(kind, act string, step fengsui.StepKind, after any, to fengsui.ID, as fengsui.Capacity) Message {
		t.Helper()
		b, err := json.Marshal(after)
		if err != nil {
			t.Fatal(err)
		}
		e := store.Entry{At: at, After: b, Of: fengsui.Ref{Kind: kind, ID: "x1"}, Act: act, Why: "仪表检修，联系李四 13800001234", By: fengsui.Actor{User: "u", Name: "张三"}}
		e.Tell = []fengsui.Step{{ID: "s", Kind: step, Number: 1, FiredAt: at, Article: "25", To: []fengsui.Told{{Party: to, Capacities: []fengsui.Capacity{as}}}}}
		list, err := p.messages(t.Context(), e)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %d messages, %v", step, len(list), err)
		}
		return list[0].Message
	}
	says := func(m Message, lang string, want ...string) {
		t.Helper()
		all := m.Texts[lang].Title + "\n" + m.Texts[lang].Body
		for _, s := range want {
			if !strings.Contains(all, s) {
				t.Errorf("%s %s: %q is not said in:\n%s", m.Kind, lang, s, all)
			}
		}
	}
	o := fengsui.Outage{ID: "x1", Number: "2026-0012", Enterprise: "firm", Zone: "zone", From: at, To: at + 7200_000, State: fengsui.OutageAsked,
		Targets: []fengsui.OutageTarget{{Kind: "point", ID: "p"}, {Kind: "asset", ID: "tank"}, {Kind: "point", ID: "gone"}, {Kind: "point", ID: "p2"}}}
	m := row("outage", "outage_asked", "outage_asked", o, "bureau", fengsui.AsBureau)
	says(m, "zh", "停用申报", "2026-0012", "甲公司（经开区）", "T-101 液位、T-101、gone等", "共 4 项", "2022-07-01 08:05:20 至 2022-07-01 10:05:20", "仪表检修", "核实后在平台书面答复", "https://fengsui.example/outages/x1")
	says(m, "en", "2026-0012", "T-101, gone and others", "4 in all", "verify and answer in writing")
	o.State, o.Until = fengsui.OutageApproved, at+3600_000
	m = row("outage", "outage_approved", "outage_decided", o, "firm", fengsui.AsEnterprise)
	says(m, "zh", "停用申报获批", "至 2022-07-01 09:05:20", "张三")
	says(m, "en", "declared outage approved", "keep the declared measures up")
	o.Ended = &fengsui.Said{Signature: fengsui.Signature{At: at + 60_000}}
	says(row("outage", "outage_ended", "outage_ended", o, "zone", fengsui.AsZone), "zh", "停用提前结束", "停用截止：2022-07-01 08:06:20")

	for _, step := range []fengsui.StepKind{"complaint_new", "complaint_assigned", "complaint_answered"} {
		m := row("complaint", string(step), step, map[string]string{"number": "C2026-0003", "topic": "danger"}, "bureau", fengsui.AsBureau)
		says(m, "zh", "C2026-0003", "https://fengsui.example/complaints/x1")
		says(m, "en", "C2026-0003")
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"张三", "李四", "1380", "检修", "danger"} {
			if strings.Contains(string(b), secret) {
				t.Errorf("%s says %q: %s", step, secret, b)
			}
		}
	}
}

// TestTextsRefused: a file that lacks something does not load.
func TestTextsRefused(t *testing.T) {
	read := func(name string) string {
		b, err := shippedTexts.ReadFile("texts/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	zh, en := read("zh.yaml"), read("en.yaml")
	for what, file := range map[string]string{
		"a level missing":    strings.Replace(en, ", red: RED (grave)", "", 1),
		"a kind missing":     strings.Replace(en, "  remind:\n", "  reminded:\n", 1),
		"a mistyped field":   strings.Replace(en, "{{.Subject}}", "{{.Subjekt}}", 1),
		"an open template":   strings.Replace(en, "{{.Subject}}", "{{.Subject", 1),
		"an unknown key":     en + "\ncolour: red\n",
		"no next step":       strings.Replace(en, "next: {other: take note}", "next: {}", 1),
		"nothing":            "",
		"broken yaml":        "kinds: [",
		"a capacity missing": strings.Replace(en, ", municipal: municipal platform", "", 1),
	} {
		if file == en {
			t.Errorf("%s: the case changes nothing", what)
		}
		if _, err := LoadTexts(fstest.MapFS{"zh.yaml": {Data: []byte(zh)}, "en.yaml": {Data: []byte(file)}}); err == nil {
			t.Errorf("texts with %s were taken", what)
		}
	}
	if _, err := LoadTexts(fstest.MapFS{"zh.yaml": {Data: []byte(zh)}}); err == nil {
		t.Error("texts without English were taken")
	}
}

func TestRetryRefused(t *testing.T) {
	for _, file := range []string{"email: {delays: [10s], probe: 5m}", "email: {delays: [10s], timeout: 5m}", "email: {delays: [0s], probe: 1m, timeout: 1s}", "email: {wait: 1m}", "["} {
		if m, err := LoadRetry([]byte(file)); err == nil {
			t.Errorf("%q was taken as %v", file, m)
		}
	}
}

func TestSecret(t *testing.T) {
	s := NewSecret("hunter2")
	b, err := json.Marshal(struct{ S Secret }{s})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "in", struct{ S Secret }{s}, "p", &s)
	for _, printed := range []string{string(b), fmt.Sprint(s), fmt.Sprintf("%s %v %+v %#v %q %x %d", s, s, s, s, s, s, s), fmt.Sprintf("%+v %#v", struct{ S Secret }{s}, &struct{ S *Secret }{&s}), fmt.Errorf("no: %v", s).Error(), log.String(),
		fmt.Sprintf("%+v %#v", struct{ hidden Secret }{s}, &struct{ hidden Secret }{s})} {
		if strings.Contains(printed, "hunter") || strings.Contains(printed, fmt.Sprintf("%x", "hunter2")) || !strings.Contains(printed, "***") && !strings.Contains(printed, "0x") {
			t.Errorf("the secret prints as %s", printed)
		}
	}
	if s.Reveal() != "hunter2" {
		t.Error("the secret is lost")
	}
}

// FuzzDecode: whatever a receiver answers or an address looks like, what is kept
// is short, readable and does not show the address.
func FuzzDecode(f *testing.F) {
	f.Add("550 no such user wang@f.cn\r\n", "wang@f.cn")
	f.Add("Post \"https://a.cn/hook/token\": EOF", "https://a.cn/hook/token")
	f.Add("\xff\x00", "@")
	f.Fuzz(func(t *testing.T, answer, address string) {
		kept := words(answer, errDown, address)
		if len([]rune(kept)) > 300 || strings.ContainsAny(kept, "\r\n") {
			t.Errorf("kept %q", kept)
		}
		if m := Mask(address); len(address) > 12 && !strings.Contains(m, "***") {
			t.Errorf("%q is shown as %q", address, m)
		}
	})
}

// TestPlaceMoves: a database from before the journal's readers were one goes on
// where it was.
func TestPlaceMoves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.db")
	first, err := migrations.ReadFile("migrations/001_notify.sql")
	if err != nil {
		t.Fatal(err)
	}
	old, err := store.Open(t.Context(), path, store.Tables{Stage: "notify", FS: fstest.MapFS{"001_notify.sql": {Data: first}}, Kept: []string{"notify_place"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Keep(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO notify_place (reader, pos) VALUES ('push', 42)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), path, Tables())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var pos int
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT pos FROM journal_place WHERE reader = 'notify'`).Scan(&pos)
	}); err != nil || pos != 42 {
		t.Errorf("the place is %d (%v), want 42", pos, err)
	}
}
