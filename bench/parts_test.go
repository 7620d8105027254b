package bench

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// measured is one line of a package's own benchmarks: its name without the number
// of processors, and its figures by unit.
type measured struct {
	name    string
	figures map[string]float64
}

// models adds what the packages measure of themselves: each kind of model, a
// replay, the track of a day. They are run here, not written a second time.
func (l *lab) models(b testing.TB) {
	for _, m := range ofPackage(b, "fengsui/risk", "^BenchmarkKinds$", "1s") {
		l.add("model: "+strings.TrimPrefix(m.name, "BenchmarkKinds/"), m.figure(b, "signals/cpu-s"), "signals/cpu-s", nil, cost{}, "500 signals a batch, decoded and judged, one core")
	}
	for _, m := range ofPackage(b, "fengsui/risk", "^BenchmarkReplay$", "2s") {
		l.add("replay of a model over the log", m.figure(b, "samples/s"), "samples/s", nil, cost{}, "1,000 points, three models and the candidate on either side")
	}
	for _, m := range ofPackage(b, "fengsui/series/victoria", "^BenchmarkTrack$", "1s") {
		what := strings.TrimPrefix(m.name, "BenchmarkTrack/")
		l.add("track of a day, "+what, m.figure(b, "ns/op")/1e6, "ms", atMost(100), cost{}, "8,640 positions of one vehicle among 1,000, through the history's socket; %.2f bytes on disk a position", m.figure(b, "B/position"))
	}
}

func (m measured) figure(b testing.TB, unit string) float64 {
	v, ok := m.figures[unit]
	if !ok {
		b.Fatalf("%s says nothing of %s: %v", m.name, unit, m.figures)
	}
	return v
}

// ofPackage runs benchmarks of a package in a process of their own.
func ofPackage(b testing.TB, pkg, names, each string) (list []measured) {
	c := exec.CommandContext(b.Context(), "go", "test", "-run", "^$", "-bench", names, "-benchtime", each, "-timeout", "20m", pkg)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		b.Fatalf("benchmarks of %s: %v\n%s", pkg, err, out)
	}
	for line := range strings.Lines(string(out)) {
		if m, ok := readMeasured(line); ok {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		b.Fatalf("benchmarks of %s: nothing was measured\n%s", pkg, out)
	}
	return list
}

// readMeasured reads "BenchmarkX/y-2  100  12.3 ns/op  4 things/s".
func readMeasured(line string) (m measured, ok bool) {
	f := strings.Fields(line)
	if len(f) < 4 || len(f)%2 != 0 || !strings.HasPrefix(f[0], "Benchmark") {
		return m, false
	}
	if i := strings.LastIndexByte(f[0], '-'); i > 0 {
		if _, err := strconv.Atoi(f[0][i+1:]); err == nil {
			f[0] = f[0][:i]
		}
	}
	m = measured{strings.ReplaceAll(f[0], "_", " "), map[string]float64{}}
	for i := 2; i < len(f); i += 2 {
		v, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return m, false
		}
		m.figures[f[i+1]] = v
	}
	return m, true
}

func TestReadMeasured(t *testing.T) {
	for line, want := range map[string]string{
		"BenchmarkKinds/fence_of_200_corners-2   	    1234	    987.5 ns/op	  5000 signals/cpu-s\n": "BenchmarkKinds/fence of 200 corners 987.5 5000",
		"BenchmarkReplay 	 3	 12 ns/op	  5 signals/cpu-s":                                          "BenchmarkReplay 12 5",
		"ok  	fengsui/risk	3.2s":     "",
		"PASS":                       "",
		"BenchmarkX-2 10 many ns/op": "",
		"BenchmarkX-2 10 1 ns/op 2":  "",
	} {
		got := ""
		if m, ok := readMeasured(line); ok {
			got = fmt.Sprintf("%s %v %v", m.name, m.figures["ns/op"], m.figures["signals/cpu-s"])
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}
