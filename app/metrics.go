package app

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fengsui"
)

// metrics answers in Prometheus' text format: to whoever shows the token, and without one
// to this machine alone, where plain HTTP stays. What came through a proxy is not of this
// machine.
func (p *Platform) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), gauges{p})
	h := promhttp.HandlerFor(r, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.mayScrape(r) {
			http.Error(w, "metrics are for this machine, or for who shows the token of metrics.token_file", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (p *Platform) mayScrape(r *http.Request) bool {
	if token, err := optional(p.c.Metrics.TokenFile); err == nil && len(token) > 0 {
		shown, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if ok && subtle.ConstantTimeCompare([]byte(shown), []byte(strings.TrimSpace(string(token)))) == 1 {
			return true
		}
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	proxied := r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-For") != ""
	return p.c.Metrics.TokenFile == "" && ip != nil && ip.IsLoopback() && r.TLS == nil && !proxied
}

// gauges reads what the stages count when it is asked.
type gauges struct{ p *Platform }

// Describe says nothing beforehand: which rows there are depends on what is on.
func (gauges) Describe(chan<- *prometheus.Desc) {}

func (g gauges) Collect(out chan<- prometheus.Metric) {
	p := g.p
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	send := func(kind prometheus.ValueType, name, help string, v float64, labels ...string) {
		var names, values []string
		for i := 0; i+1 < len(labels); i += 2 {
			names, values = append(names, labels[i]), append(values, labels[i+1])
		}
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc("fengsui_"+name, help, names, nil), kind, v, values...)
	}
	gauge := func(name, help string, v float64, labels ...string) {
		send(prometheus.GaugeValue, name, help, v, labels...)
	}
	counter := func(name, help string, v int64, labels ...string) {
		send(prometheus.CounterValue, name, help, float64(v), labels...)
	}
	truth := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}

	gauge("start_time_seconds", "When this process was started, in seconds since 1970.", float64(p.started.UnixMilli())/1000)
	for _, h := range p.Health(ctx) {
		gauge("part_ok", "Whether a part of the platform works.", truth(h.OK), "part", h.Name)
	}
	g.loop(gauge, truth)

	for _, c := range p.intakeCounts() {
		counter("intake_total", "What came through the door, by kind.", c.N, "kind", c.Name)
	}
	for _, c := range p.refusedCounts() {
		counter("intake_refused_total", "What the door did not take, by kind.", c.N, "kind", c.Name)
	}
	counter("intake_ticks_total", "Ticks of the models' clock that this process wrote.", p.Door.Counts().Ticks)
	by := func(name, help string, m map[string]int64) {
		for reason, n := range m {
			counter(name, help, n, "reason", reason)
		}
	}
	pushed := p.Push.Counts()
	counter("push_taken_total", "Requests of the software interface that were taken.", pushed.Taken)
	by("push_refused_total", "Requests of the software interface that were refused.", pushed.Refused)
	if p.MQTT != nil {
		c := p.MQTT.Counts()
		gauge("mqtt_clients", "Clients of the MQTT broker.", float64(c.Clients))
		counter("mqtt_taken_total", "Publications that were taken.", c.Taken)
		by("mqtt_refused_total", "Publications and clients that were refused.", c.Refused)
	}
	if p.JT808 != nil {
		c := p.JT808.Counts()
		gauge("terminals", "Vehicle terminals that are authenticated.", float64(c.Terminals))
		counter("terminal_frames_total", "Frames of vehicle terminals.", c.Frames)
		by("terminal_refused_total", "What was refused of vehicle terminals.", c.Refused)
	}
	by("api_refused_total", "Calls of the API that were refused.", p.API.Refused())

	samples, behind := p.lag()
	gauge("evaluator_behind_seconds", "Age of the newest record judged, while there are newer ones.", behind.Seconds())
	gauge("evaluator_waiting_samples", "Samples that wait for evaluation, estimated.", float64(samples))
	judged := p.Risk.Stats()
	counter("judged_records_total", "Records judged since the start.", judged.Records)
	counter("judged_samples_total", "Samples judged since the start.", judged.Samples)
	counter("judged_late_total", "Of these, late ones.", judged.Late)
	counter("findings_total", "Findings since the start.", judged.Findings)

	tail := p.Bus.Tail().Seq
	counter("log_messages", "Number of the newest message of the log.", int64(tail))
	gauge("log_unread", "Messages of the log that the evaluator's saved state lies behind.", float64(max(0, int64(tail)-int64(p.Bus.Reached("risk").Seq))), "reader", "risk")
	counter("journal_position", "Newest position of the journal.", p.DB.Head())

	if p.History != nil {
		if s, err := p.History.Client().Ready(ctx); err == nil {
			gauge("history_behind_seconds", "Age of the newest record in the history.", s.Behind.Duration().Seconds())
			counter("history_written_total", "Samples and positions written to the history since its start.", s.Written)
			counter("history_refused_total", "Samples outside retention or future limit.", s.Refused)
			gauge("history_used_bytes", "Size of the history.", float64(s.Used))
		}
	}
	if b, err := p.Notify.Backlog(ctx); err == nil {
		gauge("notify_behind_rows", "Rows of the journal that are not turned into pushes yet.", float64(b.Behind))
		gauge("notify_waiting", "Deliveries that wait to be sent.", float64(b.Waiting))
		gauge("notify_in_doubt", "Attempts at what waits whose answer was lost.", float64(b.InDoubt))
		gauge("channels_dead", "Addresses that do not answer.", float64(b.Dead))
	}
	if kept, d, err := p.storage(); err == nil {
		gauge("disk_free_bytes", "Free on the disk of the data directory.", float64(d.Free), "disk", d.Name)
		gauge("disk_size_bytes", "Its size.", float64(d.Size), "disk", d.Name)
		gauge("disk_least_bytes", "Below it intake refuses.", float64(d.Least), "disk", d.Name)
		gauge("disk_full_days", "In so many days it is full at the pace of the last seven; 0: it is not, or it is too early to tell.", d.FullDays, "disk", d.Name)
		for _, k := range kept {
			if k.At > 0 {
				gauge("kept_bytes", "Size of a kind of data, measured each hour.", float64(k.Bytes), "kind", k.Kind)
				gauge("kept_per_day_bytes", "What comes in of it a day.", float64(k.PerDay), "kind", k.Kind)
			}
		}
	}
	for _, c := range p.certificatesShown() {
		gauge("certificate_until_seconds", "When a certificate ends, in seconds since 1970.", float64(c.Until)/1000, "certificate", c.Name)
	}
}

// loop is the canary.
func (g gauges) loop(gauge func(string, string, float64, ...string), truth func(bool) float64) {
	l := g.p.Loop()
	gauge("loop_ok", "Whether the platform's own signal comes round.", truth(l.OK))
	gauge("loop_took_seconds", "How long it took the last time.", l.Took.Duration().Seconds())
	if l.Last > 0 {
		gauge("loop_age_seconds", "How long ago the newest that came round was sent.", time.Since(l.Last.Time()).Seconds())
	}
	for _, s := range fengsui.Stages {
		gauge("loop_lost", "1 at the stage where it stays.", truth(!l.OK && l.Lost == s), "stage", string(s))
	}
}
