package app

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"

	"fengsui"
)

// TestModelReleased: on the whole platform a changed model is drafted at the desk,
// tried over the log and its archives beside the models in force, released by the
// bureau, and judges from the next record on, without a restart and after one (A18,
// A35).
func TestModelReleased(t *testing.T) {
	ats.Register()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 7, 1, 8, 0, 0, 0, fengsui.Civil)))
		s := &storyteller{t: t, codes: map[fengsui.Subject]string{}, past: map[int64][]fengsui.Sample{}}
		dir := tempOnMemory(t)
		s.c = Defaults()
		s.c.Data, s.c.MasterKeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "master.key")
		s.c.History.On, s.c.Disk.MinFree = false, 1
		s.c.Retention.Log, s.c.Bus.SegmentAge = time.Minute, 10*time.Minute
		s.start()
		defer func() { s.stop() }()
		s.furnish("enterprise ENT1 hazchem 120116400\npoint ENT1 LI-1 level m 0 15 LL=1 L=2 H=12 HH=13.5")
		s.zero = time.Now()
		say := func(values ...string) {
			for _, v := range values {
				s.do(line{text: "ENT1 LI-1 = " + v})
				time.Sleep(time.Minute)
			}
		}
		from := fengsui.At(time.Now())
		for range 6 { // into several segments
			say("5", "12.5", "5", "5", "14", "5")
		}
		to := fengsui.At(time.Now())
		time.Sleep(time.Hour)
		if s.p.Bus.Before(to).Seq == 0 {
			t.Fatal("no segment was closed: the test shows nothing")
		}

		// 12.5 is orange by version 1.
		judged := func(what string, want fengsui.Level) {
			t.Helper()
			say("12.5")
			synctest.Wait()
			d := s.p.Registry.District()
			latest, ok := s.p.Risk.Latest(d.PointByCode(d.EnterpriseByCode("ENT1").Num, "LI-1").Num)
			if !ok || latest.State != want {
				t.Errorf("%s: 12.5 is %s, want %s", what, latest.State, want)
			}
		}
		judged("before", fengsui.Orange)

		person := func(name string, role fengsui.Role) (fengsui.Scope, fengsui.Actor) {
			return fengsui.Scope{User: fengsui.ID(name), Role: role, All: true}, fengsui.Actor{User: fengsui.ID(name), Name: name, Role: role}
		}
		shift, zhao := person("zhao", fengsui.RoleShift)
		bureau, qian := person("qian", fengsui.RoleBureau)
		ctx := context.Background()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		d, err := s.p.Models.Model(ctx, shift, "story")
		must(err)
		text := strings.Replace(strings.Replace(d.Versions[0].Text, "version: 1", "version: 2", 1), "level: orange", "level: red", 1)
		if text == d.Versions[0].Text {
			t.Fatalf("the text is not as the test thinks:\n%s", text)
		}
		must(s.p.Models.Draft(ctx, shift, zhao, "story", 0, text))
		must(s.p.Models.StartReplay(ctx, shift, zhao, "story", 1, from, to))
		time.Sleep(time.Minute)
		r, err := s.p.Models.ReplayOf(ctx, bureau, "story")
		must(err)
		if r.State != fengsui.ReplayDone || r.Samples != 36 || r.Changed.Total != 6 || r.New.Total+r.Missing.Total != 0 || r.Models[0].Same != 6 || r.Models[0].Live.Levels[fengsui.Red] != 6 {
			t.Fatalf("the replay is %+v", r)
		}
		must(s.p.Models.Submit(ctx, shift, zhao, "story", 1))
		must(s.p.Models.Release(ctx, bureau, qian, "story", 2, "what is orange here burns"))

		judged("after the release", fengsui.Red)
		s.stop()
		s.start()
		judged("after a restart", fengsui.Red)
		card := s.p.cards()[0]
		if card.Version != 2 || card.Author != "zhao" || card.Approver != "qian" || card.Rungs[2].Level != fengsui.Red {
			t.Errorf("the card says %+v", card)
		}
	})
}
