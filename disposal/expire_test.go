package disposal

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/blob"
	"fengsui/store"
)

// TestExpire: a file goes its time after its upload and the end of its warning or outage,
// and not before; its record stays, with a journal row (A41), and nothing cites it any
// more.
func TestExpire(t *testing.T) {
	const days = 2 * time.Hour // of the story: each hour of it costs a look
	synctest.Test(t, func(t *testing.T) {
		h := build(t)
		h.c.Keep = fengsui.SpanOf(100 * days)
		outage := fengsui.Millis(0) // when it was over
		h.c.Over = func(_ context.Context, id fengsui.ID) (fengsui.Millis, fengsui.Level, error) {
			switch w := h.w.list[id]; {
			case w != nil:
				return w.EndedAt, w.Peak, nil
			case id == "outage":
				return outage, fengsui.None, nil
			}
			return 0, fengsui.None, errNoFile
		}
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
		loose, tied, declared, other := up("loose"), up("tied"), up("declared"), up("other")
		for to, f := range map[fengsui.ID]fengsui.File{"outage": declared, "another stage's": other} {
			ok(t, "attach "+f.Name, h.db.Change(t.Context(), func(tx *store.Tx) error {
				_, err := h.Attach(tx, firm, to, "firm", "zone", "hazchem", []fengsui.ID{f.ID})
				return errors.Join(err, tx.Record(fengsui.Change{Act: "attached", By: by(firm)}))
			}))
		}
		w := h.raise(fengsui.Red)
		ok(t, "verify", h.Verify(t.Context(), firm, by(firm), w.ID, 1, "true", "seen", []fengsui.ID{tied.ID}, nil))

		wait(99 * days)
		if !there(loose) || !there(tied) {
			t.Error("a file is gone before its time")
		}
		wait(2 * days)
		if there(loose) || !there(tied) || !there(declared) {
			t.Error("after its time the one that nothing refers to is there, or that of an open warning or outage is gone")
		}
		refused(t, "cite what is gone", h.Handle(t.Context(), firm, by(firm), w.ID, w.Version, "done", []fengsui.ID{loose.ID}, nil), fengsui.NotFound, "file_gone")
		outage = now()
		w.End, w.EndedAt = fengsui.Cleared, now()
		wait(99 * days)
		if !there(tied) || !there(declared) {
			t.Error("a file is gone before its warning or outage was over for long enough")
		}
		wait(2 * days)
		if there(tied) || there(declared) {
			t.Error("it is there after its time")
		}
		if !there(other) {
			t.Error("a file is gone of which nobody knows whether it is needed")
		}
		if items, err := h.c.Blob.(*blob.Dir).List(t.Context(), ""); err != nil || len(items) != 1 {
			t.Errorf("on disk: %v, %v; want the other one", items, err)
		}
		wait(10 * days)
		rows, _, err := h.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "file"})
		expired := map[fengsui.ID]fengsui.ID{} // enterprises by what the file was laid to
		for _, r := range rows {
			if r.Act == "file_expired" {
				expired[r.Warning] = r.Enterprise
			}
		}
		if want := map[fengsui.ID]fengsui.ID{"": "", w.ID: "firm", "outage": "firm"}; err != nil || !maps.Equal(expired, want) {
			t.Errorf("rows say that files went of %v, %v; want %v", expired, err, want)
		}
	})
}

// hooked is a store of bytes that calls before it deletes.
type hooked struct {
	Blob
	before func() error
}

func (b *hooked) Delete(ctx context.Context, key string) error {
	if err := b.before(); err != nil {
		return err
	}
	return b.Blob.Delete(ctx, key)
}

// TestExpireMeetsAnAct: a file that an act refers to while it expires is kept, or the act
// is refused; never does an act stand whose file is lost. What the store of bytes did not
// delete at once it deletes the next time.
func TestExpireMeetsAnAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := build(t)
		ctx := t.Context()
		h.c.Keep = fengsui.SpanOf(time.Hour)
		up := func(name string) fengsui.ID {
			f, err := h.Upload(ctx, firm, by(firm), name, "", strings.NewReader(name))
			ok(t, "upload "+name, err)
			return f.ID
		}
		lay := func(f, to fengsui.ID) error {
			return h.db.Change(ctx, func(tx *store.Tx) error {
				_, err := h.Attach(tx, firm, to, "firm", "zone", "hazchem", []fengsui.ID{f})
				return errors.Join(err, tx.Record(fengsui.Change{Act: "attached", By: by(firm)}))
			})
		}
		tied, loose := up("tied"), up("loose")
		ok(t, "lay it to what is over", lay(tied, "over"))
		time.Sleep(2 * time.Hour)

		h.c.Over = func(_ context.Context, id fengsui.ID) (fengsui.Millis, fengsui.Level, error) {
			if id == "open" {
				return 0, fengsui.None, nil
			}
			return 1, fengsui.None, lay(tied, "open") // after its cases were read
		}
		disk := h.c.Blob.(*blob.Dir)
		away := fengsui.Errorf(fengsui.Unavailable, "blob_away", "later")
		h.c.Blob = &hooked{disk, func() error {
			refused(t, "lay it to a case while its bytes go", lay(loose, "open"), fengsui.NotFound, "file_gone")
			return away
		}}
		if err := h.expire(ctx); !errors.Is(err, away) {
			t.Fatalf("got %v, want %v", err, away)
		}
		h.c.Blob = disk
		ok(t, "expire", h.expire(ctx))
		_, r, err := h.File(ctx, firm, tied)
		ok(t, "open what an act refers to", err)
		r.Close()
		if items, err := disk.List(ctx, ""); err != nil || len(items) != 1 {
			t.Errorf("on disk: %v, %v; want the tied one alone", items, err)
		}
	})
}
