package api

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

// TestCanaryHidden: people's feeds and the journal's list leave out what the platform's
// own signal leaves behind, the watchman's feed has it, and each beat says where it stays.
func TestCanaryHidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.signIn(fengsui.RoleDuty)
		f.signIn(fengsui.RoleAuditor)
		canary := func() {
			err := f.db.Change(t.Context(), func(tx *store.Tx) error {
				return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: fengsui.KindCanary, ID: "canary"}, Act: "canary", By: fengsui.Platform("canary")})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		own, stop := context.WithCancel(t.Context())
		ear := &recorded{head: http.Header{}}
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.api.Watch(own, ear)
		}()
		synctest.Wait()
		canary()
		synctest.Wait()
		f.raise(f.mine.warning, "raised")
		time.Sleep(11 * time.Second)
		stop()
		<-done
		if text := ear.text.String(); strings.Count(text, `"kind":"canary"`) != 1 || strings.Count(text, "event: change") != 2 {
			t.Errorf("the watchman's feed shows\n%s", text)
		}

		f.lost = fengsui.AtRisk
		begin := time.Now()
		var beats, changes int
		for _, e := range f.listen(fengsui.RoleDuty, "", func(n int) bool {
			if n == 1 {
				canary()
				f.raise(f.mine.warning, "again")
			}
			return time.Since(begin) > 25*time.Second
		}) {
			switch {
			case e.Kind == "beat" && e.Lost == fengsui.AtRisk:
				beats++
			case e.Kind == "change":
				changes++
			}
		}
		if beats < 2 || changes != 1 {
			t.Errorf("the feed had %d beats that say where the signal stays and %d changes, want 2 and 1", beats, changes)
		}
		list := answer[Audit](t, f.do(fengsui.RoleAuditor, http.MethodGet, "/journal?limit=100", ""))
		for _, e := range list.Items {
			if e.Of.Kind == fengsui.KindCanary {
				t.Error("the journal's list has a canary")
			}
		}
		if named := answer[Audit](t, f.do(fengsui.RoleAuditor, http.MethodGet, "/journal?kind=canary", "")); named.Total != 2 {
			t.Errorf("asked for by name there are %d canaries, want 2", named.Total)
		}
	})
}

// recorded keeps what is written to it.
type recorded struct {
	head http.Header
	text bytes.Buffer
}

func (r *recorded) Header() http.Header         { return r.head }
func (r *recorded) WriteHeader(int)             {}
func (r *recorded) Flush()                      {}
func (r *recorded) Write(b []byte) (int, error) { return r.text.Write(b) }
