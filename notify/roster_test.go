package notify

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

// at sleeps until a civil time of the bubble's second day (its clock begins at 08:00
// of 2000-01-01), then lets everything settle.
func (p *post) at(clock string) {
	p.t.Helper()
	at, err := time.ParseInLocation(time.DateTime, "2000-01-02 "+clock, fengsui.Civil)
	if err != nil {
		p.t.Fatal(err)
	}
	time.Sleep(time.Until(at))
	synctest.Wait()
}

// roster gives the firm contacts and a roster, and says whose users are which.
func (p *post) roster(r *fengsui.Roster, contacts ...fengsui.Contact) {
	d := district()
	d.Parties["firm"].Contacts = contacts
	if r != nil {
		r.Party = "firm"
		d = d.WithRosters([]*fengsui.Roster{r})
	}
	p.c.District = func() *fengsui.District { return d }
	p.c.PartyOf = func(_ context.Context, user fengsui.ID) (fengsui.ID, error) {
		return map[fengsui.ID]fengsui.ID{"wang": "firm", "qian": "zone"}[user], nil
	}
	for _, kind := range []string{"sms", "voice"} {
		p.c.Channels[kind] = p.wire
	}
}

// heard is every message that was taken: when in civil time, where, the last of its key.
func (p *post) heard() (list []string) {
	p.wire.mu.Lock()
	defer p.wire.mu.Unlock()
	for _, c := range p.wire.calls {
		if c.ok {
			list = append(list, c.at.In(fengsui.Civil).Format("02 15:04:05")+" "+c.address)
		}
	}
	slices.Sort(list)
	return list
}

// level tells the firm of a warning at a level.
func (p *post) level(id fengsui.ID, l fengsui.Level, kind fengsui.StepKind) {
	p.t.Helper()
	p.w.Store(id, fengsui.Warning{ID: id, Enterprise: "firm", Zone: "zone", Sector: "hazchem", Subject: fengsui.SubjectOf("point", 7), Level: l, Peak: l, Policy: "binhai@1"})
	p.tell(fengsui.Step{ID: fengsui.NewID(), Warning: id, Kind: kind, Number: 1, Level: l, FiredAt: now(), To: []fengsui.Told{{Party: "firm", Capacities: []fengsui.Capacity{fengsui.AsEnterprise}}}})
}

// act is something that a person does on a warning.
func (p *post) act(user, warning fengsui.ID) {
	p.t.Helper()
	if err := p.db.Change(p.t.Context(), func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: warning}, Act: "verified", By: fengsui.Actor{User: user, Name: string(user)},
			Warning: warning, Enterprise: "firm", Zone: "zone", Sector: "hazchem", Level: fengsui.Red})
	}); err != nil {
		p.t.Fatal(err)
	}
	synctest.Wait()
}

func mail(name string) fengsui.Contact {
	return fengsui.Contact{Name: name, Channels: []fengsui.Channel{{Kind: "email", Address: strings.ToLower(name) + "@f.cn"}}}
}

// TestQuietHours: blue, and of yellow and orange what the regulation does not order, waits
// for the morning to the second, and for one person only as long as theirs; what it orders
// goes at once, as does red, which takes along what waits of its own warning, in order; a
// restart forgets nothing (A21, A22, A23).
func TestQuietHours(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		p := open(t, path, newWire())
		late := mail("Li")
		late.Quiet = &fengsui.Quiet{From: 22 * 60, To: 9 * 60, Upto: fengsui.Orange}
		p.roster(&fengsui.Roster{Quiet: &fengsui.Quiet{From: 22 * 60, To: 7 * 60, Upto: fengsui.Yellow}}, mail("Wang"), late)
		p.start()
		defer p.close()
		p.at("01:00:00")
		p.level("a", fengsui.Blue, fengsui.StepPush)
		p.level("b", fengsui.Blue, fengsui.StepPush)
		p.level("d", fengsui.Yellow, fengsui.StepLowered)
		p.at("02:00:00")
		p.level("c", fengsui.Orange, fengsui.StepPush)
		p.at("02:10:00")
		p.level("e", fengsui.Yellow, fengsui.StepNotice)
		p.at("02:20:00")
		p.level("f", fengsui.Yellow, fengsui.StepSupervise)
		synctest.Wait()
		var next []string
		for _, d := range p.pushes("a")[0].Deliveries[1:] {
			next = append(next, d.Contact+" "+d.NextAt.Time().In(fengsui.Civil).Format(time.TimeOnly))
		}
		same(t, "when they are to go", next, []string{"Wang 07:00:00", "Li 09:00:00"})
		p.stop()
		p.start()
		p.at("03:00:00")
		p.level("a", fengsui.Red, fengsui.StepPush)
		p.at("12:00:00")
		same(t, "heard", p.heard(), []string{
			"02 02:00:00 li@f.cn", "02 02:00:00 wang@f.cn", // the push of orange
			"02 02:10:00 li@f.cn", "02 02:10:00 wang@f.cn", // the notice of yellow
			"02 02:20:00 li@f.cn", "02 02:20:00 wang@f.cn", // its supervision
			"02 03:00:00 li@f.cn", "02 03:00:00 li@f.cn", // red, and what waited before it
			"02 03:00:00 wang@f.cn", "02 03:00:00 wang@f.cn",
			"02 07:00:00 wang@f.cn", "02 07:00:00 wang@f.cn", // b and d in the morning
			"02 09:00:00 li@f.cn", "02 09:00:00 li@f.cn",
		})
		a := p.pushes("a")
		p.wire.mu.Lock()
		var order []string
		for _, c := range p.wire.calls {
			if c.address == "li@f.cn" && (c.key == a[0].Key || c.key == a[1].Key) {
				order = append(order, c.key)
			}
		}
		p.wire.mu.Unlock()
		if !slices.Equal(order, []string{a[0].Key, a[1].Key}) {
			t.Errorf("blue and red of one warning came as %v", order)
		}
	})
}

// TestChase: who is on duty is told at once; when nobody of the party confirms, the
// next contact after five minutes and everybody after ten, to the second; an act on
// the warning by one of the party ends it, one by somebody else does not (A11).
func TestChase(t *testing.T) {
	contacts := []fengsui.Contact{mail("Wang"), mail("Li"), mail("Zhao"), mail("Sun"), {Name: "Li again", Channels: mail("Li").Channels}}
	night := []fengsui.Shift{{From: 20 * 60, To: 8 * 60, Who: []string{"Zhao"}}}
	chase := fengsui.Chase{After: 300_000, Least: fengsui.Orange}
	f := func(name string, r *fengsui.Roster, l fengsui.Level, act func(p *post), want ...string) {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, path string) {
				p := open(t, path, newWire())
				p.roster(r, contacts...)
				p.start()
				defer p.close()
				p.at("03:00:00")
				p.level("w", l, fengsui.StepPush)
				synctest.Wait()
				if act != nil {
					act(p)
				}
				p.at("06:00:00")
				same(t, "heard", p.heard(), want)
			})
		})
	}
	f("nobody confirms", &fengsui.Roster{Shifts: night, Chase: chase}, fengsui.Red, nil,
		"02 03:00:00 zhao@f.cn", "02 03:05:00 wang@f.cn", "02 03:10:00 li@f.cn", "02 03:10:00 sun@f.cn")
	f("a restart in between", &fengsui.Roster{Shifts: night, Chase: chase}, fengsui.Red, func(p *post) {
		p.stop()
		p.at("03:07:00")
		p.start()
	}, "02 03:00:00 zhao@f.cn", "02 03:07:00 wang@f.cn", "02 03:10:00 li@f.cn", "02 03:10:00 sun@f.cn")
	f("confirmed at once", &fengsui.Roster{Shifts: night, Chase: chase}, fengsui.Red, func(p *post) {
		p.act("wang", "w")
		if x := p.pushes("w")[0]; x.ConfirmedBy != "wang" || x.ConfirmedAt == 0 || x.NextAt != 0 {
			p.t.Errorf("the push is %+v, want it confirmed by wang", x)
		}
	}, "02 03:00:00 zhao@f.cn")
	f("confirmed by the second", &fengsui.Roster{Shifts: night, Chase: chase}, fengsui.Red, func(p *post) {
		p.at("03:06:00")
		p.act("wang", "w")
	}, "02 03:00:00 zhao@f.cn", "02 03:05:00 wang@f.cn")
	f("another party's act", &fengsui.Roster{Shifts: night, Chase: chase}, fengsui.Orange, func(p *post) { p.act("qian", "w") },
		"02 03:00:00 zhao@f.cn", "02 03:05:00 wang@f.cn", "02 03:10:00 li@f.cn", "02 03:10:00 sun@f.cn")
	f("too light", &fengsui.Roster{Shifts: night, Chase: chase}, fengsui.Yellow, nil, "02 03:00:00 zhao@f.cn")
	f("in quiet hours", &fengsui.Roster{Shifts: night, Chase: fengsui.Chase{After: 300_000, Least: fengsui.Yellow}, Quiet: &fengsui.Quiet{From: 22 * 60, To: 7 * 60, Upto: fengsui.Orange}}, fengsui.Yellow, nil,
		"02 03:00:00 zhao@f.cn", "02 03:05:00 wang@f.cn", "02 03:10:00 li@f.cn", "02 03:10:00 sun@f.cn")
	f("no shifts", &fengsui.Roster{Chase: chase}, fengsui.Red, nil,
		"02 03:00:00 wang@f.cn", "02 03:05:00 li@f.cn", "02 03:10:00 sun@f.cn", "02 03:10:00 zhao@f.cn")
	f("no roster", nil, fengsui.Red, nil, "02 03:00:00 li@f.cn", "02 03:00:00 sun@f.cn", "02 03:00:00 wang@f.cn", "02 03:00:00 zhao@f.cn")
	f("on duty without a channel", &fengsui.Roster{Shifts: []fengsui.Shift{{From: 0, To: 0, Who: []string{"Mute"}}}}, fengsui.Red, nil,
		"02 03:00:00 li@f.cn", "02 03:00:00 sun@f.cn", "02 03:00:00 wang@f.cn", "02 03:00:00 zhao@f.cn")
}

// TestByLevel: a channel that is for red alone is used for red, and the next one for
// the rest.
func TestByLevel(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		p := open(t, path, newWire())
		p.roster(nil, fengsui.Contact{Name: "Wang", Channels: []fengsui.Channel{{Kind: "voice", Address: "138", Least: fengsui.Red}, {Kind: "sms", Address: "138"}}})
		p.c.Retry["voice"] = Retry{Delays: p.c.Retry["voice"].Delays, Probe: 60_000, Timeout: 10_000}
		p.start()
		defer p.close()
		p.level("a", fengsui.Orange, fengsui.StepPush)
		p.level("b", fengsui.Red, fengsui.StepPush)
		synctest.Wait()
		same(t, "orange", lines(p.pushes("a")[0]), []string{"console sent 0/0", "Wang sms sent 1/0"})
		same(t, "red", lines(p.pushes("b")[0]), []string{"console sent 0/0", "Wang voice sent 1/0"})
	})
}

// exchange is a voice gateway: it takes every call and gives it a receipt.
type exchange struct{ *wire }

func (x exchange) SendReceipted(ctx context.Context, m Message) (string, string, error) {
	answer, err := x.Send(ctx, m)
	return answer, "call-" + m.Key, err
}

// TestCallAgain: a call that was taken is made again every two minutes, three times at
// most, each under a key of its own, until the person presses the key; that confirms
// the push, is journalled, and ends the chase.
func TestCallAgain(t *testing.T) {
	f := func(name string, do func(p *post, key string), want []string, acts []string) {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, path string) {
				p := open(t, path, newWire())
				p.roster(&fengsui.Roster{Chase: fengsui.Chase{After: 600_000}},
					fengsui.Contact{Name: "Wang", Channels: []fengsui.Channel{{Kind: "voice", Address: "138"}, {Kind: "email", Address: "wang@f.cn"}}}, mail("Li"))
				p.c.Channels["voice"] = exchange{p.wire}
				p.start()
				defer p.close()
				p.at("03:00:00")
				p.level("w", fengsui.Red, fengsui.StepPush)
				synctest.Wait()
				do(p, "call-"+p.pushes("w")[0].Key)
				p.at("05:00:00")
				same(t, "heard", p.heard(), want)
				same(t, "journal", p.acts(), acts)
				keys := p.wire.got("138")
				for i, key := range keys {
					suffix := ""
					if i > 0 {
						suffix = fmt.Sprint("/", i+1)
					}
					if key != p.pushes("w")[0].Key+suffix {
						t.Errorf("call %d has the key %s", i, key)
					}
				}
				for _, d := range p.pushes("w")[0].Deliveries {
					if d.State == fengsui.Waiting {
						t.Errorf("%+v still waits", d)
					}
				}
			})
		})
	}
	report := func(p *post, receipt string, o Outcome) {
		p.t.Helper()
		if err := p.Reported(p.t.Context(), "voice", Report{Receipt: receipt, Outcome: o, Words: "pressed 1"}); err != nil {
			p.t.Error(err)
		}
		synctest.Wait()
	}
	f("nobody answers", func(*post, string) {}, []string{"02 03:00:00 138", "02 03:02:00 138", "02 03:04:00 138", "02 03:06:00 138", "02 03:10:00 li@f.cn"}, []string{"raised"})
	f("pressed at the second", func(p *post, key string) {
		p.at("03:03:00")
		report(p, key, Answered) // under the first call's name it is not known any more
		report(p, key+"/2", Answered)
		report(p, key+"/2", Answered)
		if x := p.pushes("w")[0]; x.ConfirmedBy != "Wang" {
			p.t.Errorf("confirmed by %q, want Wang", x.ConfirmedBy)
		}
	}, []string{"02 03:00:00 138", "02 03:02:00 138"}, []string{"raised", "push_answered"})
	f("somebody acts", func(p *post, _ string) { p.act("wang", "w") }, []string{"02 03:00:00 138"}, []string{"raised", "verified"})
	f("a number that is not there", func(p *post, key string) {
		p.at("03:07:00")
		report(p, key+"/4", Failed)
		report(p, "nobody's", Failed)
	}, []string{"02 03:00:00 138", "02 03:02:00 138", "02 03:04:00 138", "02 03:06:00 138", "02 03:07:00 wang@f.cn", "02 03:10:00 li@f.cn"}, []string{"raised"})
}

// TestResend: what was refused for good, or given up, is sent again by an officer: at
// once, under the same key, on the record; what was not is not (A44).
func TestResend(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		p := open(t, path, w)
		status := 422
		p.c.Channels["webhook"] = says{w, func(Message) int { return status }, 0}
		officer := fengsui.Scope{User: "u", Role: fengsui.RoleShift, Party: "desk", All: true}
		by := fengsui.Actor{User: "u", Name: "Officer"}
		p.start()
		defer p.close()
		p.raise("a", fengsui.StepPush, "zone")
		synctest.Wait()
		refused := p.pushes("a")[0].Deliveries[1]
		if refused.State != fengsui.Refused {
			t.Fatalf("the delivery is %s", refused.State)
		}
		resend := func(s fengsui.Scope, id fengsui.ID) string {
			err := p.Resend(t.Context(), s, by, id, "they mended it")
			synctest.Wait()
			if e, ok := err.(*fengsui.Error); ok {
				return e.Reason
			}
			return fmt.Sprint(err)
		}
		list, total, err := p.Troubles(t.Context(), officer, fengsui.TroubleFilter{}, fengsui.Page{Limit: 10})
		if err != nil || total != 1 || len(list) != 1 || list[0].Delivery.ID != refused.ID || list[0].Push.Warning != "a" || list[0].Enterprise != "firm" {
			t.Errorf("troubles %+v (%d), %v", list, total, err)
		}
		firm := fengsui.Scope{User: "f", Role: fengsui.RoleEnterprise, Party: "firm", Enterprise: "firm"}
		other := fengsui.Scope{User: "f", Role: fengsui.RoleEnterprise, Party: "other", Enterprise: "other"}
		if got := resend(other, refused.ID); got != "no_delivery" {
			t.Errorf("another enterprise: %s", got)
		}
		if got := resend(firm, refused.ID); got != "may_not" {
			t.Errorf("without the right: %s", got)
		}
		if _, n, err := p.Troubles(t.Context(), other, fengsui.TroubleFilter{}, fengsui.Page{}); n != 0 || err != nil {
			t.Errorf("another enterprise sees %d troubles, %v", n, err)
		}
		if got := resend(officer, refused.ID); got != "<nil>" { // refused again
			t.Errorf("the officer: %s", got)
		}
		status = 0
		if got := resend(officer, refused.ID); got != "<nil>" {
			t.Errorf("the officer again: %s", got)
		}
		if got := resend(officer, refused.ID); got != "not_over" {
			t.Errorf("what arrived was sent again: %s", got)
		}
		same(t, "deliveries", lines(p.pushes("a")[0]), []string{"console sent 0/0", "Qian webhook sent 3/0"})
		same(t, "journal", p.acts(), []string{"raised", "push_refused", "push_resent", "push_refused", "push_resent"})
		keys := map[string]bool{}
		for _, c := range w.calls {
			keys[c.key] = true
		}
		if len(keys) != 1 {
			t.Errorf("it went out under the keys %v", keys)
		}
		if rows, _, _ := p.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "push", Newest: true}); len(rows) == 0 || strings.Contains(string(rows[0].After), "secret") || rows[0].By.Name != "Officer" || rows[0].Why != "they mended it" {
			t.Errorf("the row is %+v", rows)
		}

		// A dead channel is tried again at once, and goes nowhere twice.
		status = http.StatusOK
		p.c.Channels["webhook"] = w
		w.set("https://z.cn/hook/secret", true)
		p.raise("b", fengsui.StepPush, "zone")
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		gone := p.pushes("b")[0].Deliveries[1]
		if gone.State != fengsui.GaveUp {
			t.Fatalf("the delivery is %s", gone.State)
		}
		if got := resend(officer, gone.ID); got != "<nil>" {
			t.Errorf("of a dead channel: %s", got)
		}
		if d := p.pushes("b")[0].Deliveries[1]; d.State != fengsui.GaveUp || d.Attempts != gone.Attempts+1 {
			t.Errorf("it is %+v, want one attempt more and given up", d)
		}
		// Nor does one whose next channel has it already.
		d := district()
		d.Parties["zone"].Contacts = []fengsui.Contact{{Name: "Qian", Channels: []fengsui.Channel{{Kind: "webhook", Address: "https://z.cn/hook/secret"}, {Kind: "email", Address: "q@z.cn"}}}}
		p.c.District = func() *fengsui.District { return d }
		p.raise("c", fengsui.StepPush, "zone")
		synctest.Wait()
		over := p.pushes("c")[0].Deliveries[1]
		if got := resend(officer, over.ID); got != "<nil>" || over.State != fengsui.FellOver {
			t.Errorf("of one that went over to another channel (%s): %s", over.State, got)
		}
		same(t, "one that fell over", lines(p.pushes("c")[0]), []string{"console sent 0/0", fmt.Sprintf("Qian webhook gave_up %d/0", over.Attempts+1), "Qian email sent 1/0"})
		w.set("https://z.cn/hook/secret", false)
		if got := resend(officer, gone.ID); got != "<nil>" {
			t.Errorf("of a channel that is back: %s", got)
		}
		if d := p.pushes("b")[0].Deliveries[1]; d.State != fengsui.Sent {
			t.Errorf("it is %s", d.State)
		}
	})
}

// TestReceive: a person says that their party has got it, and no act beyond that.
func TestReceive(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		p := open(t, path, newWire())
		p.roster(&fengsui.Roster{Chase: fengsui.Chase{After: 300_000}}, mail("Wang"), mail("Li"))
		p.start()
		defer p.close()
		p.raise("w", fengsui.StepPush, "firm", "zone")
		synctest.Wait()
		firm := fengsui.Scope{User: "wang", Role: fengsui.RoleEnterprise, Party: "firm", Enterprise: "firm"}
		by := fengsui.Actor{User: "wang", Name: "Wang"}
		if err := p.Receive(t.Context(), firm, by, "w"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, x := range p.pushes("w") {
			if want := map[fengsui.ID]string{"firm": "Wang"}[x.Party]; x.ConfirmedBy != want {
				t.Errorf("the push to %s is confirmed by %q, want %q", x.Party, x.ConfirmedBy, want)
			}
		}
		if err := p.Receive(t.Context(), firm, by, "w"); fengsui.CodeOf(err) != fengsui.Conflict {
			t.Errorf("a second time: %v", err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := p.wire.got("li@f.cn"); len(got) != 0 {
			t.Errorf("Li was told %v", got)
		}
	})
}

// TestTroublePages: the list is paged and its total is the whole.
func TestTroublePages(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		p := open(t, path, w)
		p.c.Channels["webhook"] = says{w, func(m Message) int {
			if m.Case.ID == "held" {
				return 401
			}
			return 422
		}, 0}
		p.start()
		defer p.close()
		for i := range 5 {
			p.raise(fengsui.ID(fmt.Sprint("w", i)), fengsui.StepPush, "zone")
			time.Sleep(time.Second)
		}
		p.raise("held", fengsui.StepPush, "zone")
		time.Sleep(time.Second)
		synctest.Wait()
		var got []string
		for offset := 0; offset < 6; offset += 2 {
			list, total, err := p.Troubles(t.Context(), desk, fengsui.TroubleFilter{}, fengsui.Page{Offset: offset, Limit: 2})
			if err != nil || total != 6 {
				t.Fatalf("total %d, %v", total, err)
			}
			for _, x := range list {
				got = append(got, string(x.Push.Warning))
			}
		}
		same(t, "newest first", got, []string{"held", "w4", "w3", "w2", "w1", "w0"})
		for state, want := range map[string]int{"refused": 5, "held": 1, "gave_up": 0} {
			if list, total, err := p.Troubles(t.Context(), desk, fengsui.TroubleFilter{State: state}, fengsui.Page{}); total != want || len(list) != want || err != nil {
				t.Errorf("%s: %d of %d, %v; want %d", state, len(list), total, err, want)
			}
		}
		if _, _, err := p.Troubles(t.Context(), desk, fengsui.TroubleFilter{State: "x"}, fengsui.Page{}); fengsui.CodeOf(err) != fengsui.Invalid {
			t.Errorf("a state that is none: %v", err)
		}
	})
}
