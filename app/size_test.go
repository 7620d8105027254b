package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/notify"
	"fengsui/store"
)

// TestSize: every kind of data is measured where it is, the duty desk hears once that the
// disk will be full, and fengsui admin size says what takes it while the platform runs
// (A41).
func TestSize(t *testing.T) {
	ctx := t.Context()
	file, c := initial(t)
	c.Canary.Every = 0
	p, err := Open(ctx, c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Registry.Seed(ctx); err != nil {
		t.Fatal(err)
	}
	if err := (&SizeCommand{Config: file}).Run(ctx); err == nil || !strings.Contains(err.Error(), "nothing was measured") {
		t.Errorf("before anything was measured: %v", err)
	}

	for key, n := range map[string]int{"log/00000000000000000001-00000000000000000002.zst": 1000, "evidence/curve/w/before.csv.gz": 200, "evidence/0199": 30, "heads/2026-01-01.note": 4} {
		if _, _, err := p.Blob.Put(ctx, key, bytes.NewReader(make([]byte, n))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Bus.Append(ctx, bytes.Repeat([]byte("x"), 5000)); err != nil {
		t.Fatal(err)
	}
	measuring, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- p.keepMeasures(measuring) }()
	until(t, func() string { return "measured" }, func() bool { return p.measures.Load() != nil })
	stop()
	<-done
	kept, d, err := p.storage()
	if err != nil || d.FullDays != 0 || d.Free <= 0 {
		t.Errorf("disk %+v, %v, want no word about its end yet", d, err)
	}
	sizes := map[string]fengsui.Kept{}
	for _, k := range kept {
		sizes[k.Kind] = k
	}
	items, err := p.Blob.List(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]int64{} // as the engine keeps them
	for _, i := range items {
		first, _, _ := strings.Cut(i.Key, "/")
		if strings.HasPrefix(i.Key, "evidence/curve/") {
			first = "curve"
		}
		stored[first] += i.Size
	}
	for kind, want := range map[string]int64{"archive": stored["log"], "evidence": stored["curve"], "files": stored["evidence"], "other": stored["heads"]} {
		if k := sizes[kind]; k.Bytes != want || want == 0 || k.At == 0 {
			t.Errorf("%s: %+v, want %d bytes", kind, k, want)
		}
	}
	if k := sizes["log"]; k.Bytes < 5000 || k.Keep != fengsui.SpanOf(c.Retention.Log) {
		t.Errorf("log: %+v", k)
	}
	if k := sizes["records"]; k.Bytes < 100_000 || k.Keep != 0 || len(k.Law) == 0 {
		t.Errorf("records: %+v", k)
	}
	if k := sizes["positions"]; k.Within != "history" || k.Least == 0 {
		t.Errorf("positions: %+v", k)
	}

	// Six days of it that use up what is free in ten more.
	room := d.Free - d.Least
	pace := func(perDay int64) {
		t.Helper()
		if err := p.DB.Keep(ctx, func(tx *store.Tx) error { _, err := tx.Exec(`DELETE FROM health_measure`); return err }); err != nil {
			t.Fatal(err)
		}
		now := fengsui.At(time.Now())
		for _, days := range []int64{6, 0} {
			at := now.Add(-fengsui.Span(days * 24 * time.Hour.Milliseconds()))
			list := []fengsui.Measure{{Kind: "records", At: at, Bytes: 7*perDay - days*perDay, Came: -1}, {Kind: fengsui.MeasureFree, At: at, Bytes: d.Free + days*perDay, Came: -1}}
			if err := p.Faults.Measured(ctx, "", list); err != nil {
				t.Fatal(err)
			}
		}
		list, err := p.Faults.Measures(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		p.measures.Store(&list)
		for range 2 { // told once, however often it is looked at
			if err := p.tellDisk(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	acts := func() (list []string) {
		t.Helper()
		rows, _, err := p.DB.Entries(ctx, fengsui.Everything(), store.Filter{Kind: "disk"})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			list = append(list, fmt.Sprint(r.Act, " ", len(r.Tell)))
			if len(r.Tell) > 0 && (r.Tell[0].Kind != notify.StepDisk || len(r.Tell[0].To) == 0 || len(r.Why) != len(time.DateOnly)) {
				t.Errorf("the duty desk hears %+v because of %q", r.Tell, r.Why)
			}
		}
		return list
	}
	part := func() string {
		for _, h := range p.Health(ctx) {
			if h.Name == "disk" {
				return h.Why
			}
		}
		return "there is no such part"
	}
	pace(room / 100)
	if got := acts(); len(got) != 0 || part() != "" {
		t.Errorf("100 days ahead: %v, %q", got, part())
	}
	pace(room / 10)
	if got := acts(); len(got) != 1 || got[0] != "disk_soon 1" || !strings.Contains(part(), "full in 10 days") {
		t.Errorf("10 days ahead: %v, %q", got, part())
	}
	var out bytes.Buffer
	if err := (&SizeCommand{Config: file, Out: &out}).Run(ctx); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"in 10 days, on 20", "retention.archive", "365 days", "in history", "GB/T 35658-2017", "to be checked", "not measured"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("admin size does not say %q:\n%s", want, out.String())
		}
	}
	pace(room / 40) // above the limit, but not by much
	pace(room / 10)
	if got := acts(); len(got) != 1 {
		t.Errorf("around the limit: %v, want one word", got)
	}
	pace(room / 100)
	pace(room / 10)
	if got := strings.Join(acts(), ", "); got != "disk_soon 1, disk_room 0, disk_soon 1" {
		t.Errorf("after there was room again: %s", got)
	}
}
