package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is bench/latest.json.
type Report struct {
	Date    time.Time `json:"date"`
	Machine string    `json:"machine"`
	Cores   int       `json:"cores"`
	Memory  string    `json:"memory"`
	Go      string    `json:"go"`
	Load    [2]string `json:"load"` // /proc/loadavg before and after
	Long    bool      `json:"long"`
	Took    string    `json:"took"`
	Rows    []Row     `json:"rows"`

	ran []string // parts that came to their end
}

// finish prints the table, and writes the file when the run was a whole one.
func (r *Report) finish() error {
	if len(r.Rows) == 0 {
		return nil
	}
	r.Load[1], r.Took = loadavg(), time.Since(r.Date).Round(time.Second).String()
	r.table(os.Stdout)
	for _, part := range parts {
		if !slices.Contains(r.ran, part) {
			return nil
		}
	}
	return r.write("latest.json")
}

// Row is one figure. Seconds are CPU-seconds.
type Row struct {
	Name    string  `json:"name"`
	Figure  float64 `json:"figure"`
	Unit    string  `json:"unit"`
	Aim     string  `json:"aim"`
	Reached *bool   `json:"reached,omitempty"` // absent where there is no aim
	P50     float64 `json:"p50Ms,omitempty"`
	P99     float64 `json:"p99Ms,omitempty"`
	Most    float64 `json:"maxMs,omitempty"`
	Server  float64 `json:"serverCPUSeconds,omitempty"`
	History float64 `json:"historyCPUSeconds,omitempty"`
	Client  float64 `json:"clientCPUSeconds,omitempty"`
	Wall    float64 `json:"seconds,omitempty"`
	Foreign float64 `json:"foreignCores"` // used by others meanwhile
	Notes   string  `json:"notes,omitempty"`
}

// aim is what a figure should reach.
type aim struct {
	at   float64
	most bool // at most, not at least
}

func atLeast(v float64) *aim { return &aim{v, false} }
func atMost(v float64) *aim  { return &aim{v, true} }

func (r *Report) add(name string, figure float64, unit string, want *aim, c cost, notes string, args ...any) *Row {
	row := Row{
		Name: name, Figure: digits(figure), Unit: unit, Server: digits(c.server.Seconds()), History: digits(c.history.Seconds()), Client: digits(c.client.Seconds()),
		Wall: digits(c.wall.Seconds()), Notes: fmt.Sprintf(notes, args...),
	}
	if c.wall > 0 {
		row.Foreign = digits(c.foreign())
	}
	if want != nil {
		reached := figure >= want.at
		row.Aim = "≥ " + short(want.at)
		if want.most {
			reached = figure <= want.at
			row.Aim = "≤ " + short(want.at)
		}
		row.Reached = &reached
	}
	r.Rows = append(r.Rows, row)
	return &r.Rows[len(r.Rows)-1]
}

// spread adds how long single things took.
func (r *Row) spread(took []time.Duration) {
	if len(took) > 0 {
		slices.Sort(took)
		r.P50, r.P99, r.Most = ms(percentile(took, 50)), ms(percentile(took, 99)), ms(took[len(took)-1])
	}
}

// percentile is the smallest value that p percent do not exceed; took is sorted.
func percentile(took []time.Duration, p int) time.Duration {
	return took[max(0, (len(took)*p+99)/100-1)]
}

func ms(d time.Duration) float64 { return digits(float64(d) / float64(time.Millisecond)) }

// digits keeps three digits, or whole numbers.
func digits(v float64) float64 {
	if v >= 100 || v <= -100 {
		v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'f', 0, 64), 64)
		return v
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return v
}

// short writes 500000 as 500,000.
func short(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	whole, part, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if part != "" {
		whole += "." + part
	}
	return whole
}

func (r *Report) table(w io.Writer) {
	fmt.Fprintf(w, "\n%s, %d cores, %s, %s, load %s before and %s after\n\n", r.Machine, r.Cores, r.Memory, r.Go, r.Load[0], r.Load[1])
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tfigure\tunit\taim\t\tp50/p99/max ms\tCPU s server+history/client\tforeign\tnotes")
	for _, x := range r.Rows {
		reached, spread, used := "", "", ""
		if x.Reached != nil {
			reached = map[bool]string{true: "ok", false: "MISSED"}[*x.Reached]
		}
		if x.Most > 0 {
			spread = fmt.Sprintf("%s/%s/%s", short(x.P50), short(x.P99), short(x.Most))
		}
		if x.Wall > 0 {
			used = fmt.Sprintf("%s+%s/%s in %s", short(x.Server), short(x.History), short(x.Client), short(x.Wall))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.Name, short(x.Figure), x.Unit, x.Aim, reached, spread, used, short(x.Foreign), x.Notes)
	}
	t.Flush()
}

func (r *Report) write(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// here describes the machine.
func here() Report {
	r := Report{Date: time.Now().UTC().Truncate(time.Second), Cores: runtime.NumCPU(), Go: runtime.Version() + " " + runtime.GOARCH, Long: long()}
	field := func(path, name string) string {
		b, _ := os.ReadFile(path)
		for line := range strings.Lines(string(b)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
				return strings.TrimSpace(value)
			}
		}
		return "unknown"
	}
	r.Machine, r.Memory = field("/proc/cpuinfo", "model name"), field("/proc/meminfo", "MemTotal")
	r.Load[0] = loadavg()
	return r
}

func loadavg() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}
