package app

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"

	"fengsui"
	"fengsui/adapter"
	"fengsui/registry"
)

// TestStoryFlood: 600 points go over HH in one delivery (A23): 600 warnings, each
// with its own clock and each pushed to everyone of Article 23 once; half an hour
// later 600 notices, at their second.
func TestStoryFlood(t *testing.T) {
	ats.Register()
	synctest.Test(t, func(t *testing.T) {
		const n = 600
		s := &storyteller{t: t, codes: map[fengsui.Subject]string{}}
		s.open(tempOnMemory(t))
		defer s.stop()
		s.furnish("enterprise ENT1 hazchem 120116400")
		ctx := context.Background()
		e := s.p.Registry.District().EnterpriseByCode("ENT1")
		hh := 50.0
		var b registry.Batch
		d := &adapter.Delivery{Adapter: "push", Enterprise: "ENT1", Idempotency: "flood"}
		for i := range n {
			code := fmt.Sprintf("GT-%03d", i)
			b.Points = append(b.Points, fengsui.Point{
				Enterprise: e.ID, Code: code, Name: code, Quantity: fengsui.Combustible, Unit: "%LEL", RangeHigh: 100, HH: &hh, Every: fengsui.SpanOf(time.Minute),
			})
			d.Codes = append(d.Codes, code)
			d.Samples = append(d.Samples, fengsui.Sample{Point: int64(i), At: fengsui.At(time.Now()), Value: 60})
		}
		if r, err := s.p.Registry.Put(ctx, adminScope(), fengsui.Actor{Name: "story"}, &b); err != nil || len(r.Errors) > 0 {
			t.Fatalf("put: %v %+v", err, r.Errors)
		}
		d.Received = fengsui.At(time.Now())
		if r, err := s.p.Door.Take(ctx, d); err != nil || r.Accepted != n {
			t.Fatalf("Take = %+v, %v, want %d samples taken", r, err, n)
		}
		raised := time.Now()
		synctest.Wait()
		time.Sleep(time.Until(raised.Add(31 * time.Minute)))
		synctest.Wait()

		pushes, notices := 0, 0
		for offset := 0; offset < n; offset += 200 {
			list, total, err := s.p.Warnings.Warnings(ctx, fengsui.Everything(), fengsui.WarningFilter{Open: true}, fengsui.Page{Offset: offset, Limit: 200})
			if err != nil || total != n {
				t.Fatalf("%d open warnings (%v), want %d", total, err, n)
			}
			for _, w := range list {
				if w.Level != fengsui.Red || w.Clock.Noticed != 1 {
					t.Fatalf("%s is %v with %d notices, want red with 1", w.Subject, w.Level, w.Clock.Noticed)
				}
				steps, err := s.p.Warnings.Steps(ctx, fengsui.Everything(), w.ID)
				if err != nil {
					t.Fatal(err)
				}
				for _, st := range steps {
					if st.Kind == fengsui.StepNotice {
						notices++
						if got := st.FiredAt - w.RaisedAt; got != fengsui.Millis(30*60*1000) {
							t.Errorf("%s: notice after %d ms, want 30 min", w.Subject, got)
						}
					}
				}
				sent, err := s.p.Notify.Pushes(ctx, fengsui.Everything(), w.ID)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range sent {
					if p.Kind == fengsui.StepPush {
						pushes++
					}
				}
			}
		}
		// Bureau (regulator of hazchem too), zone and enterprise: three pushes each.
		if notices != n || pushes != 3*n {
			t.Errorf("%d notices and %d pushes, want %d and %d", notices, pushes, n, 3*n)
		}
	})
}
