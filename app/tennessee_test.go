package app

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter/push"
	"fengsui/registry"
	"fengsui/risk"
	"fengsui/sim"
)

const tennessee = "../../shared/data/tennessee-eastman"

// TestTennessee sends published process data (a chemical plant with faults that
// begin after row 160 of 960) through the real door: limits mean ± 6σ of the
// normal run, no hold time, one row a delivery, in order. A18.
func TestTennessee(t *testing.T) {
	if testing.Short() {
		t.Skip("sends 5,760 deliveries")
	}
	if _, err := os.Stat(tennessee); err != nil {
		t.Skipf("the data set is not there (%v)", err)
	}
	normal := transpose(readTable(t, "d00.dat"))
	mean, sigma := moments(normal)
	model, err := risk.Parse([]byte(tennesseeModel))
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, WithModels([]risk.Model{model}))
	for fault, name := range map[int]string{0: "d00_te.dat", 1: "d01_te.dat", 2: "d02_te.dat", 4: "d04_te.dat", 6: "d06_te.dat", 14: "d14_te.dat"} {
		rows := readTable(t, name)
		if len(rows) != 960 {
			t.Fatalf("%s has %d rows, want 960", name, len(rows))
		}
		code := fmt.Sprintf("TE%02d", fault)
		e := s.enterprise(t, code, fault)
		var points []fengsui.Point
		for i := range mean {
			l, h := mean[i]-6*sigma[i], mean[i]+6*sigma[i]
			points = append(points, fengsui.Point{
				Enterprise: e.ID, Code: variable(i), Name: variable(i), Quantity: fengsui.Other, Unit: "1", Every: fengsui.SpanOf(5 * time.Minute),
				RangeLow: mean[i] - 1e6, RangeHigh: mean[i] + 1e6, L: &l, H: &h,
			})
		}
		s.put(t, registry.Batch{Points: points})
		sender := s.sender(t, code)
		first := 0
		early := 0
		for row, values := range rows {
			batch := make([]sim.Reading, len(values))
			for i, v := range values {
				batch[i] = sim.Reading{Code: variable(i), At: time.Now(), Value: v}
			}
			if err := sender.Send(context.Background(), "", false, batch); err != nil {
				t.Fatalf("%s row %d: %v", name, row+1, err)
			}
			if row+1 == 160 || row+1 == 220 || row+1 == 960 {
				s.settle(t)
				n := s.raised(t, e.ID)
				switch row + 1 {
				case 160:
					early = n
				case 220:
					first = n - early
				}
			}
		}
		all := s.raised(t, e.ID)
		t.Logf("fault %2d: %d warnings in rows 1-160, %d in rows 161-220, %d in all", fault, early, first, all)
		if fault == 0 {
			if all > 1 {
				t.Errorf("the normal run raised %d warnings, want at most 1", all)
			}
			continue
		}
		if early != 0 {
			t.Errorf("fault %d: %d warnings before the fault began", fault, early)
		}
		if first == 0 {
			t.Errorf("fault %d: nothing raised within 60 rows", fault)
		}
	}
}

const tennesseeModel = `
id: tennessee
version: 1
kind: ladder
scope: {}
ladder:
  - {rung: L, level: orange}
  - {rung: H, level: orange}
evidence: 4
source: [{standard: Tennessee Eastman, clause: mean and 6 sigma of the normal run}]
text:
  zh: {title: 过程变量越限, cause: 无, consequence: 无, action: 无, response: 无}
  en: {title: process variable beyond its limit, cause: none, consequence: none, action: none, response: none}
`

func variable(i int) string { return fmt.Sprintf("V%02d", i+1) }

func readTable(t *testing.T, name string) [][]float64 {
	t.Helper()
	f, err := os.Open(filepath.Join(tennessee, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows [][]float64
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var row []float64
		for _, w := range strings.Fields(sc.Text()) {
			v, err := strconv.ParseFloat(w, 64)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, v)
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func transpose(m [][]float64) [][]float64 {
	out := make([][]float64, len(m[0]))
	for i := range out {
		for j := range m {
			out[i] = append(out[i], m[j][i])
		}
	}
	return out
}

func moments(rows [][]float64) (mean, sigma []float64) {
	n := float64(len(rows))
	mean, sigma = make([]float64, len(rows[0])), make([]float64, len(rows[0]))
	for _, r := range rows {
		for i, v := range r {
			mean[i] += v / n
		}
	}
	for _, r := range rows {
		for i, v := range r {
			sigma[i] += (v - mean[i]) * (v - mean[i]) / (n - 1)
		}
	}
	for i := range sigma {
		sigma[i] = math.Sqrt(sigma[i])
	}
	return mean, sigma
}

// server is a whole platform in this process behind real sockets.
type server struct {
	p      *Platform
	url    string
	plain  string
	client *push.Client
}

// startServer opens a platform in a directory of its own, listens on loopback
// and ends it with the test.
func startServer(t *testing.T, opts ...Option) *server {
	t.Helper()
	dir := t.TempDir()
	c := Defaults()
	c.Data, c.MasterKeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "master.key")
	c.HTTP, c.HTTPS = "127.0.0.1:0", "127.0.0.1:0"
	c.History.On = false
	c.Canary.Every = 0
	ctx, cancel := context.WithCancel(context.Background())
	p, err := Open(ctx, c, slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})), opts...)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Registry.Seed(ctx); err != nil {
		t.Fatal(err)
	}
	ready, done := make(chan [2]string, 1), make(chan error, 1)
	go func() { done <- p.ListenAndRun(ctx, func(a, b string) { ready <- [2]string{a, b} }) }()
	s := &server{p: p}
	select {
	case at := <-ready:
		s.plain, s.url = "http://"+at[0], "https://"+at[1]
	case err := <-done:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the platform ended with %v", err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func (s *server) put(t *testing.T, b registry.Batch) {
	t.Helper()
	r, err := s.p.Registry.Put(context.Background(), adminScope(), fengsui.Actor{Name: "test"}, &b)
	if err != nil || len(r.Errors) > 0 {
		t.Fatalf("put: %v %+v", err, r.Errors)
	}
}

func (s *server) enterprise(t *testing.T, code string, i int) *fengsui.Enterprise {
	t.Helper()
	d := s.p.Registry.District()
	s.put(t, registry.Batch{Enterprises: []fengsui.Enterprise{{
		Code: code, CreditCode: storyCredit(i), Name: code, ShortName: code, Sector: "hazchem", Zone: zoneOf(d, "120116400"),
	}}})
	return s.p.Registry.District().EnterpriseByCode(code)
}

// sender pushes as an enterprise, through TLS.
func (s *server) sender(t *testing.T, code string) sim.Pusher {
	t.Helper()
	id, secret, err := s.p.issue(context.Background(), code)
	if err != nil {
		t.Fatal(err)
	}
	client, _, err := s.p.trustingClient()
	if err != nil {
		t.Fatal(err)
	}
	return sim.Pusher{Client: &push.Client{URL: s.url, Enterprise: code, Key: id, Secret: secret, HTTP: client, Compact: true}}
}

// settle waits until the evaluator has judged all that intake took.
func (s *server) settle(t *testing.T) {
	t.Helper()
	tail := s.p.Bus.Tail()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if !s.p.Risk.Done().Less(tail) {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	t.Fatal("the evaluator does not catch up")
}

// raised is how many warnings an enterprise ever had.
func (s *server) raised(t *testing.T, e fengsui.ID) int {
	t.Helper()
	_, n, err := s.p.Warnings.Warnings(context.Background(), fengsui.Everything(), fengsui.WarningFilter{Enterprise: e}, fengsui.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
