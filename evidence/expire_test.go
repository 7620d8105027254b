package evidence

import (
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/store"
)

// TestExpire: a curve goes its time after the warning's end and not before; that it was
// there stays, with its hash and a journal row (A41).
func TestExpire(t *testing.T) {
	const days = 2 * time.Hour // of the story: each hour of it costs a look
	bubble(t, func(t *testing.T, o *office) {
		end := func(id fengsui.ID) {
			o.mu.Lock()
			defer o.mu.Unlock()
			w := o.warnings[id]
			w.End, w.EndedAt = fengsui.Cleared, now()
			o.warnings[id] = w
		}
		open := func(id fengsui.ID) error {
			r, err := o.Open(t.Context(), fengsui.Everything(), id, before)
			if err == nil {
				r.Close()
			}
			return err
		}
		over, stands := o.raise("point/200"), o.raise("point/201")
		o.until(10 * days)
		end(over)
		o.until(100 * days)
		if err := open(over); err != nil {
			t.Errorf("without a time of its own it is gone: %v", err)
		}
		o.restart(func() { o.c.Keep = fengsui.SpanOf(110 * days) })
		o.until(119 * days)
		if err := open(over); err != nil {
			t.Errorf("it is gone before its time: %v", err)
		}
		o.until(121 * days)
		if err := open(over); fengsui.CodeOf(err) != fengsui.NotFound || err == nil || !strings.Contains(err.Error(), "retention.evidence") {
			t.Errorf("it is there after its time: %v", err)
		}
		if err := open(stands); err != nil {
			t.Errorf("the curve of an open warning is gone: %v", err)
		}
		same(t, "files", o.files(), []string{blobKey(stands, after), blobKey(stands, before)})
		list, err := o.Curve(t.Context(), fengsui.Everything(), over)
		if err != nil || len(list) != 2 || len(list[0].SHA256) != 64 || list[0].Size == 0 {
			t.Errorf("what is left of it: %+v, %v", list, err)
		}
		o.until(125 * days)
		rows, _, err := o.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "curve"})
		if err != nil || len(rows) != 1 || rows[0].Act != "curve_expired" || rows[0].Warning != over || rows[0].Enterprise != "firm" {
			t.Errorf("the journal has %+v, %v, want one row", rows, err)
		}
		end(stands)
		o.until(125*days + 111*days)
		if files := o.files(); len(files) != 0 {
			t.Errorf("left: %v", files)
		}
	})
}
