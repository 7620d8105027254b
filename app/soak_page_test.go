package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter/push"
)

// TestSoakPage has a browser on the duty desk's page of the real program while 10,000
// warnings are open and one of them changes every 100 ms (web/soak): CPU of a frame while
// scrolling, and memory. FENGSUI_PAGE_FOR says how long [10m].
func TestSoakPage(t *testing.T) {
	if os.Getenv("FENGSUI_SOAK") == "" {
		t.Skip("takes a quarter of an hour: make soak")
	}
	lasts := 10 * time.Minute
	if d, err := time.ParseDuration(os.Getenv("FENGSUI_PAGE_FOR")); err == nil {
		lasts = d
	}
	const firms = 20
	s := besiege(t, mkdir(t, "page"))
	s.binary, s.senders, s.batch = faultBinary(t), firms, soakBatch
	s.c.Policy = "binhai" // hours are hours: nothing falls due meanwhile
	s.furnish(0)
	db := s.open()
	defer db.Close()
	began := time.Now()
	for i := range firms {
		b := &push.Batch{}
		for j := range soakBatch {
			b.Samples = append(b.Samples, s.reading(i, j, 0))
		}
		if err := s.push(s.bulk[i], s.key("raise"), b); err != nil {
			t.Fatal(err)
		}
	}
	const open = firms * soakBatch
	n := 0
	until(t, func() string { return fmt.Sprintf("%d warnings raised: %d", open, n) }, func() bool { n = opened(db); return n == open })
	t.Logf("%d warnings were raised in %s", n, time.Since(began).Round(100*time.Millisecond))
	s.quiet()

	ctx, cancel := context.WithCancel(s.ctx)
	var all sync.WaitGroup
	all.Go(func() { s.change(ctx, firms) })
	accounts, err := json.Marshal([]map[string]string{{"login": "duty", "password": siegePassword, "role": string(fengsui.RoleDuty)}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(s.ctx, "npx", "--no-install", "playwright", "test", "-c", "soak/playwright.config.ts")
	cmd.Dir = "../web"
	cmd.Env = append(os.Environ(), "FENGSUI_URL=http://"+s.c.HTTP, "FENGSUI_ACCOUNTS="+string(accounts),
		"FENGSUI_PAGE_OPEN="+strconv.Itoa(open), "FENGSUI_PAGE_MS="+strconv.FormatInt(lasts.Milliseconds(), 10))
	out, err := cmd.CombinedOutput()
	cancel()
	all.Wait()
	s.stop()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("the walk ended with %v", err)
	}
	for _, text := range s.wrong {
		t.Error(text)
	}
}

func opened(db *sql.DB) (n int) {
	if err := db.QueryRow(`SELECT COUNT(*) FROM warning WHERE ending = 0`).Scan(&n); err != nil {
		return -1
	}
	return n
}

// reading is what a point measures after so many changes: it never stays at what it was.
func (s *siege) reading(firm, point, changes int) push.Sample {
	values := []float64{1.5, 0.5, 12.5, 14, 5} // blue, yellow, orange, red, returned
	value := values[(point+changes)%4]
	if changes > 0 && changes%2 == 1 {
		value = values[4]
	}
	return push.Sample{Code: fmt.Sprintf("B%02d", point), At: fengsui.At(time.Now()), Value: value}
}

// change has one point after the other measure something else, every 100 ms.
func (s *siege) change(ctx context.Context, firms int) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := firms * soakBatch; ctx.Err() == nil; i++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		firm, round := i%firms, i/(firms*soakBatch)
		b := &push.Batch{Samples: []push.Sample{s.reading(firm, i/firms%soakBatch, round)}}
		if s.push(s.bulk[firm], s.key("change"), b) != nil {
			return
		}
	}
}
