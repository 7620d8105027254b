package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"time"
)

// Account is a login that a simulated person uses.
type Account struct{ Login, Password string }

// People answer the incidents that the script lets be answered, by the same API
// that the console uses.
type People struct {
	URL        string // of the platform, without a slash at its end
	Client     *http.Client
	Enterprise func(firm int) (Account, bool)
	Regulator  Account // lowers
	Zone       Account // ends what is yellow by then
	Log        *slog.Logger
}

// Run answers until ctx ends, one goroutine an answered incident.
func (p *People) Run(ctx context.Context, d *District, sc Script) error {
	begin := time.Now()
	done := make(chan struct{})
	n := 0
	for i := range sc.Incidents {
		in := &sc.Incidents[i]
		if in.Answer == nil {
			continue
		}
		n++
		go func() {
			defer func() { done <- struct{}{} }()
			for round := 0.0; ctx.Err() == nil; round++ {
				at := begin.Add(seconds(round*sc.Round + in.After))
				if err := p.answer(ctx, d.Firms[in.Firm], in, at); err != nil && ctx.Err() == nil {
					p.Log.Warn("the simulated people could not answer", "enterprise", d.Firms[in.Firm].Code, "err", err)
				}
				if sc.Round <= 0 || !sleepUntil(ctx, begin.Add(seconds((round+1)*sc.Round))) {
					return
				}
			}
		}()
	}
	for range n {
		<-done
	}
	return nil
}

func (p *People) answer(ctx context.Context, f *Firm, in *Incident, began time.Time) error {
	who, ok := p.Enterprise(in.Firm)
	if !ok {
		return fmt.Errorf("no account for %s", f.Code)
	}
	plant := &session{p: p, account: who}
	regulator := &session{p: p, account: p.Regulator}
	zone := &session{p: p, account: p.Zone}
	for _, act := range []struct {
		at   float64
		by   *session
		path string
		body map[string]any
	}{
		{in.Answer.Verify, plant, "verify", map[string]any{"finding": "true", "why": in.Answer.Words.Verify}},
		{in.Answer.Handle, plant, "handle", map[string]any{"why": in.Answer.Words.Handle}},
		{in.Answer.Report, plant, "report", map[string]any{"why": in.Answer.Words.Report}},
		{in.Answer.Lower, regulator, "decide", map[string]any{"to": "yellow", "end": "open", "why": in.Answer.Words.Lower}},
		{in.Answer.Clear, zone, "decide", map[string]any{"to": "none", "end": "cleared", "why": in.Answer.Words.Clear}},
	} {
		if !sleepUntil(ctx, began.Add(seconds(act.at))) {
			return nil
		}
		w, err := act.by.newest(ctx, f.Short)
		if err != nil {
			return fmt.Errorf("%s: %w", act.path, err)
		}
		act.body["version"] = w.Version
		if err := act.by.call(ctx, "POST", "/api/v1/warnings/"+w.ID+"/"+act.path, act.body, nil); err != nil {
			return fmt.Errorf("%s: %w", act.path, err)
		}
	}
	return nil
}

type warning struct {
	ID      string
	Version int64
}

// session is one person signed in.
type session struct {
	p       *People
	account Account
	client  *http.Client
}

// newest is the open warning of a firm with the highest level.
func (s *session) newest(ctx context.Context, firm string) (warning, error) {
	var page struct{ Items []warning }
	err := s.call(ctx, "GET", "/api/v1/warnings?queue=true&open=true&limit=1&text="+url.QueryEscape(firm), nil, &page)
	if err == nil && len(page.Items) == 0 {
		err = fmt.Errorf("%s has no open warning", firm)
	}
	if err != nil {
		return warning{}, err
	}
	return page.Items[0], nil
}

func (s *session) call(ctx context.Context, method, path string, in, out any) error {
	if s.client == nil {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return err
		}
		c := *s.p.Client
		c.Jar = jar
		s.client = &c
		if err := s.do(ctx, "POST", "/api/v1/session", map[string]any{"login": s.account.Login, "password": s.account.Password}, nil); err != nil {
			s.client = nil
			return fmt.Errorf("sign in as %s: %w", s.account.Login, err)
		}
	}
	return s.do(ctx, method, path, in, out)
}

func (s *session) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.p.URL+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", fmt.Sprintf("sim-%d", time.Now().UnixNano()))
	resp, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s answered %s: %s", method, path, resp.Status, b)
	}
	if out != nil {
		return json.Unmarshal(b, out)
	}
	return nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func sleepUntil(ctx context.Context, at time.Time) bool {
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
