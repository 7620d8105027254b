package warning

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"fengsui"
	"fengsui/store"
)

// fill opens an engine on disk, its clock standing still, with count open
// warnings of the four levels in turn.
func fill(b *testing.B, count int, levels ...fengsui.Level) *lab {
	l := &lab{t: b, ctx: b.Context(), district: testDistrict(), t0: time.Now(), path: filepath.Join(b.TempDir(), "bench.db")}
	p, err := Load("binhai")
	if err != nil {
		b.Fatal(err)
	}
	l.config = Config{Policies: []*fengsui.Escalation{p}, Log: slog.New(slog.DiscardHandler), District: func() *fengsui.District { return l.district }}
	l.openStill()
	for i := 0; i < count; {
		var list []fengsui.Finding
		for ; i < count && len(list) < 500; i++ {
			list = append(list, l.finding(int64(i+1), levels[i%len(levels)]))
		}
		l.apply(list...)
	}
	return l
}

// age moves every clock back, as if the warnings were older.
func (l *lab) age(back string) {
	err := l.db.Change(l.ctx, func(tx *store.Tx) error {
		if err := tx.Record(fengsui.Change{Act: "shift"}); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE warning SET anchor = anchor - ` + back + `, due_at = due_at - ` + back + `, wake = wake - ` + back + ` WHERE wake > 0`)
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

// BenchmarkDue carries out what is due for many warnings at once: 5,000 within
// one second (DESIGN §11: in 2 s) and 100,000 after an outage of five hours (in
// 30 s).
func BenchmarkDue(b *testing.B) {
	for _, c := range []struct {
		count  int
		levels []fengsui.Level
		back   string
	}{
		{5_000, []fengsui.Level{orange}, "3600000"},
		{5_000, []fengsui.Level{red}, "1800000"},
		{100_000, []fengsui.Level{red, orange, yellow, yellow}, "18000000"},
	} {
		b.Run(fmt.Sprintf("%d_%s", c.count, c.levels[0]), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				l := fill(b, c.count, c.levels...)
				l.age(c.back)
				var before, after int
				count := func(n *int) {
					err := l.db.View(l.ctx, func(tx *store.Tx) error {
						return tx.QueryRow(`SELECT COUNT(*) FROM step WHERE kind = 'notice'`).Scan(n)
					})
					if err != nil {
						b.Fatal(err)
					}
				}
				count(&before)
				b.StartTimer()
				if _, _, err := l.e.tick(l.ctx); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if count(&after); after-before != c.count {
					b.Fatalf("%d notices, want %d", after-before, c.count)
				}
				l.stop()
				b.StartTimer()
			}
			b.ReportMetric(float64(c.count)*float64(b.N)/b.Elapsed().Seconds(), "warnings/s")
		})
	}
}

// BenchmarkFlood raises 600 red warnings in one transaction.
func BenchmarkFlood(b *testing.B) {
	l := fill(b, 1, red)
	defer l.stop()
	next := int64(1000)
	for b.Loop() {
		var list []fengsui.Finding
		for range 600 {
			next++
			list = append(list, l.finding(next, red))
		}
		l.apply(list...)
	}
}

// BenchmarkQueue reads a page of the duty desk's queue, and its counters, with
// 100,000 warnings open.
func BenchmarkQueue(b *testing.B) {
	l := fill(b, 100_000, red, orange, yellow, blue)
	defer l.stop()
	b.Run("queue", func(b *testing.B) {
		for b.Loop() {
			if list, n, err := l.e.Warnings(l.ctx, l.duty(), fengsui.WarningFilter{Queue: true}, fengsui.Page{Limit: 50}); err != nil || n != 100_000 || len(list) != 50 {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := l.e.Counts(l.ctx, l.duty()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
