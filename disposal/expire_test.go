package disposal

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/blob"
	"fengsui/store"
)

// TestExpire: a file goes its time after its upload and its warning's end, and not
// before; its record stays, with a journal row (A41).
func TestExpire(t *testing.T) {
	const days = 2 * time.Hour // of the story: each hour of it costs a look
	synctest.Test(t, func(t *testing.T) {
		h := build(t)
		h.c.Keep = fengsui.SpanOf(100 * days)
		h.c.Warning = func(_ context.Context, id fengsui.ID) (fengsui.Warning, error) { return *h.w.list[id], nil }
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-done; err != context.Canceled {
				t.Errorf("Run ended with %v", err)
			}
		}()

		up := func(name string) fengsui.File {
			f, err := h.Upload(t.Context(), firm, by(firm), name, "", strings.NewReader(name))
			ok(t, "upload "+name, err)
			return f
		}
		wait := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		there := func(f fengsui.File) bool {
			t.Helper()
			_, r, err := h.File(t.Context(), firm, f.ID)
			if err == nil {
				r.Close()
				return true
			}
			refused(t, "open "+f.Name, err, fengsui.NotFound, "file_gone")
			return false
		}
		loose, tied := up("loose"), up("tied")
		w := h.raise(fengsui.Red)
		ok(t, "verify", h.Verify(t.Context(), firm, by(firm), w.ID, 1, "true", "seen", []fengsui.ID{tied.ID}, nil))

		wait(99 * days)
		if !there(loose) || !there(tied) {
			t.Error("a file is gone before its time")
		}
		wait(2 * days)
		if there(loose) || !there(tied) {
			t.Error("after its time the one that nothing refers to is there, or that of an open warning is gone")
		}
		w.End, w.EndedAt = fengsui.Cleared, now()
		wait(99 * days)
		if !there(tied) {
			t.Error("a file is gone before its warning was over for long enough")
		}
		wait(2 * days)
		if there(tied) {
			t.Error("it is there after its time")
		}
		if items, err := h.c.Blob.(*blob.Dir).List(t.Context(), ""); err != nil || len(items) != 0 {
			t.Errorf("on disk: %v, %v", items, err)
		}
		wait(10 * days)
		rows, _, err := h.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "file"})
		expired := 0
		for _, r := range rows {
			if r.Act == "file_expired" {
				expired++
			}
		}
		if err != nil || expired != 2 || rows[len(rows)-1].Warning != w.ID || rows[len(rows)-1].Enterprise != "firm" {
			t.Errorf("%d rows say that a file went, %v, the last: %+v", expired, err, rows[len(rows)-1])
		}
	})
}
