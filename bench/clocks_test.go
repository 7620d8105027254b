package bench

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"fengsui"
	"fengsui/app"
	"fengsui/store"
)

const (
	openClocks = 100_000
	dueAtOnce  = 5_000
)

// clocks measures the escalation clock on the real store, orders opened by
// disposal. The engine's wall clock is moved; nothing else of the platform runs.
// 5,000 red warnings fall due within one second while 95,000 of all levels wait;
// then comes an outage after which all are overdue.
func (l *lab) clocks(b testing.TB, at place) {
	base := time.Now().Add(time.Hour)
	var opened time.Time
	var shift time.Duration
	var stands time.Time // set: the clock stands there
	now := func() time.Time {
		if !stands.IsZero() {
			return stands
		}
		return base.Add(shift).Add(time.Since(opened))
	}
	open := func(after time.Duration) *app.Platform {
		opened, shift = time.Now(), after
		c := at.config()
		c.History.On = false
		p, err := app.Open(b.Context(), c, slog.New(slog.DiscardHandler), app.WithNow(now), app.WithModels(models()))
		if err != nil {
			b.Fatal(err)
		}
		return p
	}
	shut := func(p *app.Platform) {
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
	}
	// run lets the clock run until done, and gives how long that took after from.
	run := func(p *app.Platform, from time.Time, done func() bool) time.Duration {
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Warnings.Run(ctx) }()
		for end := time.Now().Add(2 * time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				b.Fatal("the clock does not get done")
			}
		}
		took := time.Since(from)
		cancel()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		return took
	}
	count := func(p *app.Platform, query string, args ...any) (n int64) {
		if err := p.DB.View(b.Context(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }); err != nil {
			b.Fatal(err)
		}
		return n
	}

	// The 5,000 begin within one second; the engine's clock stands while each
	// transaction of them is made.
	p := open(0)
	d := p.Registry.District()
	var subjects []*fengsui.Point
	for _, k := range l.keys[:plants] {
		subjects = append(subjects, d.PointsOf(d.EnterpriseByCode(k.Code).Num)...)
	}
	const together = 500
	raise := func(from, to int, level func(i int) fengsui.Level) {
		for ; from < to; from += together {
			var list []fengsui.Finding
			at := fengsui.At(now())
			for i := from; i < min(from+together, to); i++ {
				s := subjects[i]
				list = append(list, fengsui.Finding{
					Place: fengsui.Place{Seq: uint64(i + 1)}, Model: "at_once", Version: 1, Subject: fengsui.SubjectOf("point", s.Num),
					Enterprise: d.Enterprises[s.Enterprise].Num, Level: level(i), At: at, Learnt: at, Rung: "HH", Value: 95, Limit: 90, Unit: s.Unit,
					Evidence: []fengsui.Sample{{Point: s.Num, At: at, Value: 95}},
				})
			}
			if err := p.DB.Change(b.Context(), func(tx *store.Tx) error { return p.Warnings.Apply(b.Context(), tx, list) }); err != nil {
				b.Fatal(err)
			}
		}
	}
	for from := 0; from < dueAtOnce; from += together {
		stands = base.Add(time.Second * time.Duration(from) / dueAtOnce)
		raise(from, from+together, func(int) fengsui.Level { return fengsui.Red })
	}
	stands = time.Time{}
	shut(p)

	p = open(20 * time.Minute)
	m := measure(nil)
	raise(dueAtOnce, openClocks, func(i int) fengsui.Level {
		return []fengsui.Level{fengsui.Yellow, fengsui.Orange, fengsui.Yellow, fengsui.Red}[i%4]
	})
	c := m.stop()
	l.add("warnings raised, 500 a transaction", (openClocks-dueAtOnce)/c.wall.Seconds(), "warnings/s", nil, c, "on the way to 100,000 open clocks")
	shut(p)

	// Red is due after 30 minutes; everything else waits.
	p = open(30*time.Minute - time.Second)
	head := p.DB.Head()
	m = measure(nil)
	took := run(p, opened.Add(time.Second), func() bool { return p.DB.Head() >= head+dueAtOnce })
	l.add("5,000 clocks due within one second: all fired", took.Seconds(), "s after the second began", atMost(2), m.stop(),
		"of %s open", short(float64(count(p, "SELECT COUNT(*) FROM warning WHERE ending=0 AND wake>0"))))
	if n := count(p, "SELECT COUNT(*) FROM journal WHERE pos>$1 AND act='notice'", head); n != dueAtOnce {
		b.Fatalf("%d notices were written, want %d", n, dueAtOnce)
	}
	shut(p)

	p = open(31 * time.Hour)
	defer shut(p)
	limit := fengsui.At(now())
	overdue := count(p, "SELECT COUNT(*) FROM warning WHERE wake>0 AND wake<=$1", limit)
	head = p.DB.Head()
	m = measure(nil)
	looked := time.Now()
	took = run(p, looked, func() bool {
		if time.Since(looked) < 100*time.Millisecond { // looking costs, too
			return false
		}
		looked = time.Now()
		return count(p, "SELECT EXISTS (SELECT 1 FROM warning WHERE wake>0 AND wake<=$1)", limit) == 0
	})
	order := "red first"
	last := count(p, "SELECT MAX(pos) FROM journal WHERE pos>$1 AND act='notice' AND peak=4", head)
	if first := count(p, "SELECT MIN(pos) FROM journal WHERE pos>$1 AND act='notice' AND peak<4", head); first < last {
		order = "NOT red first"
	}
	l.add("100,000 clocks overdue after an outage: all fired", took.Seconds(), "s", atMost(30), m.stop(), "%s overdue, %s, orders opened", short(float64(overdue)), order)
}
