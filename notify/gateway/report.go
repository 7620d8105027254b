package gateway

import (
	"context"
	"crypto/subtle"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"fengsui/notify"
)

// Limits of one call with reports.
const (
	maxReport  = 64 << 10 // bytes
	maxReports = 1000
)

// reports reads what a provider reports, at most maxReports of it.
func (p *Provider) reports(body []byte) (list []notify.Report) {
	x := p.Report
	v := read(body)
	if x.List != "" {
		v = find(v, x.List)
	}
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	for _, item := range items[:min(len(items), maxReports)] {
		r := notify.Report{Receipt: at(item, x.Receipt), Words: at(item, x.Words)}
		for _, s := range x.States {
			for _, is := range s.Is {
				if r.Outcome == "" && at(item, s.Path) == is {
					r.Outcome = s.Outcome
				}
			}
		}
		if r.Receipt != "" && r.Outcome != "" {
			list = append(list, r)
		}
	}
	return list
}

// Handler takes providers' reports at <prefix><kind>: POST, JSON, with the token as a
// bearer token or, for providers that can set no header, in the query.
type Handler struct {
	Prefix    string
	Token     notify.Secret // zero: nothing is taken
	Providers map[string]*Provider
	Take      func(ctx context.Context, kind string, r notify.Report) error
	Log       *slog.Logger
}

// ServeHTTP takes the reports of one call. It says yes after all of them are kept;
// after a no the provider sends them again.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token = r.URL.Query().Get("token")
	}
	want := h.Token.Reveal()
	if want == "" || subtle.ConstantTimeCompare([]byte(token), []byte(want)) != 1 {
		http.Error(w, "the token is missing or wrong", http.StatusUnauthorized)
		return
	}
	kind := strings.TrimPrefix(r.URL.Path, h.Prefix)
	p := h.Providers[kind]
	if p == nil || p.Report == nil {
		http.Error(w, "nobody reports here", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodPost {
		http.Error(w, "send reports by POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReport))
	if err != nil {
		http.Error(w, "the reports are too long, or did not arrive whole", http.StatusRequestEntityTooLarge)
		return
	}
	for _, report := range p.reports(body) {
		if err := h.Take(r.Context(), kind, report); err != nil {
			h.Log.Warn("a gateway's report could not be kept: it is asked to send it again", "channel", kind, "err", err)
			w.Header().Set("Retry-After", "5")
			http.Error(w, "the report could not be kept; send it again", http.StatusServiceUnavailable)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, p.Report.Answer)
}
