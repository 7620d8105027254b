package api

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"fengsui"
	"fengsui/account"
)

// Some grave acts are done by two people (双人复核, N08): one proposes the act as it would
// be called, another approves or refuses, the first carries it out. The act goes in at its
// own route each time, with the proposer's session: proposed, it passes every check but is
// kept and not done; approved, it is done once, under a key of the approval.

//go:embed approvals.json
var pairsJSON []byte

// Pair is a line of the list of acts that two people do.
type Pair struct {
	Act     string         `json:"act"`             // the route
	Roles   []fengsui.Role `json:"roles,omitempty"` // only when the account that it makes or is about has one of these; none: always
	Approve []fengsui.Role `json:"approve"`         // who may decide on it
	Why     string         `json:"why"`
}

// ReadPairs reads such a list; nil: the shipped one. Whoever may approve must not be made
// by one person alone, so the roles that approve belong to those that an account act is
// about.
func ReadPairs(b []byte) (list []Pair, err error) {
	if b == nil {
		b = pairsJSON
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("the list of acts that two people do: %w", err)
	}
	for _, p := range list {
		if grave[p.Act] == "" || strings.HasPrefix(p.Act, http.MethodGet) {
			return nil, fmt.Errorf("the list of acts that two people do: %q is no grave act", p.Act)
		}
		if len(p.Approve) == 0 || p.Why == "" {
			return nil, fmt.Errorf("the list of acts that two people do: %q must say who approves it, and why", p.Act)
		}
		for _, r := range slices.Concat(p.Approve, p.Roles) {
			if !slices.Contains(fengsui.Roles, r) {
				return nil, fmt.Errorf("the list of acts that two people do: there is no role %q", r)
			}
		}
	}
	return list, nil
}

// replayed says why a call comes from ourselves. It travels in the context.
type replayed struct {
	propose  bool // keep it, and do not do it
	by       fengsui.Actor
	why      string
	done     bool // it was kept
	approved bool // another person approved it
}

type replayKey struct{}

var (
	errSecond   = fengsui.Errorf(fengsui.Forbidden, "second_person", "two people do this: propose it (POST /approvals), and carry it out when another has approved it")
	errNoSecond = fengsui.Errorf(fengsui.Invalid, "no_second", "this needs no second person: do it as it is")
)

// secondPerson lets an act pass that one person does, or that another has approved.
func (a *API) secondPerson(ctx context.Context, c call, r Route) error {
	again, _ := ctx.Value(replayKey{}).(*replayed)
	if again != nil && again.approved {
		return nil
	}
	p := a.pairs[r.Method+" "+r.Path]
	proposing := again != nil && again.propose
	if p == nil {
		if proposing {
			return errNoSecond
		}
		return nil
	}
	if _, found, err := a.answered(ctx, c); !proposing && (found || err != nil) {
		return err // the handler gives the first answer
	}
	about := subject(r.Path, c.request.URL.Path)
	needed, err := a.pairNeeded(ctx, p, about, c.raw.Bytes())
	if err != nil {
		return err
	}
	if needed {
		if needed, err = a.c.Accounts.Second(ctx, p.Approve, c.by.User); err == nil && !needed && !proposing {
			return a.c.Accounts.Alone(ctx, c.by, p.Act, c.request.URL.Path)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case !needed && proposing:
		return errNoSecond
	case !needed:
		return nil
	case !proposing:
		return errSecond
	}
	_, err = a.c.Accounts.Propose(ctx, again.by, account.Proposal{Act: p.Act, Path: strings.TrimPrefix(c.request.URL.Path, Prefix), Body: c.raw.Bytes(), Shown: unsecret(c.raw.Bytes()),
		Subject: about, Why: again.why, For: a.c.PairTime})
	again.done = err == nil
	return err
}

// subject is the account that a call is about.
func subject(route, path string) fengsui.ID {
	if !strings.HasPrefix(route, "/users/{id}") && !strings.HasPrefix(route, "/people/{id}") {
		return ""
	}
	return fengsui.ID(strings.Split(strings.TrimPrefix(path, Prefix), "/")[2])
}

// pairNeeded reports whether an act is one of those of a line, by the role that an account
// has or would have.
func (a *API) pairNeeded(ctx context.Context, p *Pair, about fengsui.ID, body []byte) (bool, error) {
	if len(p.Roles) == 0 {
		return true, nil
	}
	var would struct{ Role fengsui.Role }
	if len(body) > 0 {
		if err := json.Unmarshal(body, &would); err != nil {
			return false, fengsui.Errorf(fengsui.Invalid, "bad_request", "the body is no JSON object")
		}
	}
	if slices.Contains(p.Roles, would.Role) || about == "" {
		return slices.Contains(p.Roles, would.Role), nil
	}
	has, err := a.c.Accounts.RoleOf(ctx, about)
	return slices.Contains(p.Roles, has), err
}

// secrets are the members of a body that the one who decides is not shown.
var secrets = []string{"password", "secret", "code", "old", "new"}

// unsecret is a body without its secrets.
func unsecret(body []byte) string {
	var m map[string]any
	if json.Unmarshal(body, &m) != nil {
		return "{}"
	}
	for k := range m {
		if slices.Contains(secrets, strings.ToLower(k)) {
			m[k] = "***"
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		return "{}"
	}
	return string(b)
}

// replay sends a call in at its own route with the session of the one who calls now.
func (a *API) replay(c call, as *replayed, method, path, key string, body []byte) *reply {
	ctx := context.WithValue(c.request.Context(), replayKey{}, as)
	out := &reply{header: http.Header{}, status: http.StatusOK}
	req, err := http.NewRequestWithContext(ctx, method, Prefix+path, bytes.NewReader(body))
	if err != nil {
		out.status = http.StatusUnprocessableEntity
		return out
	}
	req.Header = c.request.Header.Clone()
	req.Header.Set(keyHeader, key)
	req.Header.Set("Content-Type", "application/json")
	if len(body) == 0 {
		req.Header.Del("Content-Type")
	}
	req.RemoteAddr, req.TLS, req.Host = c.request.RemoteAddr, c.request.TLS, c.request.Host
	a.mux.ServeHTTP(&written{ResponseWriter: out, by: c.by}, req)
	return out
}

// reply keeps an answer.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *reply) Header() http.Header         { return w.header }
func (w *reply) WriteHeader(status int)      { w.status = status }
func (w *reply) Write(b []byte) (int, error) { return w.body.Write(b) }

// SetReadDeadline is asked for by who reads bodies from a connection; this one has none.
func (w *reply) SetReadDeadline(time.Time) error { return nil }

// err is the refusal that was answered; nil: it was none.
func (w *reply) err() error {
	if w.status < 300 {
		return nil
	}
	p := &Problem{}
	if json.Unmarshal(w.body.Bytes(), p) != nil || p.Status == 0 {
		return fengsui.Errorf(fengsui.Invalid, "bad_request", "there is no such act")
	}
	return p
}

// Proposing is a grave act for a second person: as it would be called.
type Proposing struct {
	Method string         `json:"method" enum:"POST,PUT,DELETE"`
	Path   string         `json:"path" minLength:"1" maxLength:"200" doc:"without the prefix of the interface"`
	Body   map[string]any `json:"body,omitempty" doc:"of that call; absent: it has none"`
	Why    string         `json:"why" minLength:"1" maxLength:"500"`
}

// Deciding approves or refuses.
type Deciding struct {
	Approve bool   `json:"approve"`
	Reason  string `json:"reason" minLength:"1" maxLength:"500"`
}

// ApprovalView is an approval, and what the reader may do with it now.
type ApprovalView struct {
	account.Approval
	Acts []string `json:"acts" nullable:"false" enum:"decide,withdraw,carry_out"`
}

// ApprovalList is a part of what one proposed and may decide on.
type ApprovalList struct {
	Items []ApprovalView `json:"items" nullable:"false"`
	Total int            `json:"total"`
}

// CarriedOut is what the act itself answered.
type CarriedOut struct {
	Done
	Secret string         `json:"secret,omitempty" doc:"of an act that shows one, this once"`
	Sent   string         `json:"sent,omitempty" doc:"where it was sent instead, masked"`
	Why    string         `json:"why,omitempty" doc:"why it was not sent"`
	Kind   string         `json:"kind,omitempty"`
	Until  fengsui.Millis `json:"until,omitempty"`
}

type approvalQuery struct {
	Open bool `query:"open" doc:"only those that are not over"`
	Paged
}

type proposeInput struct{ Body Proposing }

// mayApprove are the acts that a role may decide on.
func (a *API) mayApprove(r fengsui.Role) (acts []string) {
	for _, p := range a.c.Pairs {
		if slices.Contains(p.Approve, r) {
			acts = append(acts, p.Act)
		}
	}
	return acts
}

func (a *API) approvalRoutes() {
	get(a, "/approvals", "", "approvals", "Grave acts that one proposed, or may decide on, newest first", func(ctx context.Context, c call, in *approvalQuery) (ApprovalList, error) {
		may := a.mayApprove(c.by.Role)
		found, total, err := a.c.Accounts.Approvals(ctx, c.scope, may, in.Open, in.page())
		out := ApprovalList{[]ApprovalView{}, total}
		for _, p := range found {
			v := ApprovalView{p, []string{}}
			switch {
			case p.By != c.by.User && p.State == account.Proposed && slices.Contains(may, p.Act):
				v.Acts = append(v.Acts, "decide")
			case p.By == c.by.User && p.State == account.Proposed:
				v.Acts = append(v.Acts, "withdraw")
			case p.By == c.by.User && p.State == account.Approved:
				v.Acts = append(v.Acts, "carry_out", "withdraw")
			}
			out.Items = append(out.Items, v)
		}
		return out, err
	})
	do(a, http.MethodPost, "/approvals", "", "propose", "Propose a grave act to a second person", func(ctx context.Context, c call, in *proposeInput) error {
		b := in.Body
		if !slices.ContainsFunc(a.c.Pairs, func(p Pair) bool { return ofRoute(p.Act, b.Method, b.Path) }) {
			return errNoSecond
		}
		var body []byte
		if b.Body != nil {
			var err error
			if body, err = json.Marshal(b.Body); err != nil {
				return err
			}
		}
		as := &replayed{propose: true, by: c.by, why: b.Why}
		answer := a.replay(c, as, b.Method, b.Path, c.by.Key, body)
		if as.done {
			return nil
		}
		if err := answer.err(); err != nil {
			return err
		}
		return errNoSecond
	})
	do(a, http.MethodPost, "/approvals/{id}/decide", "", "decideApproval", "Approve what another proposed, or refuse it", func(ctx context.Context, c call, in *on[Deciding]) error {
		return a.c.Accounts.Decide(ctx, c.scope, c.by, a.mayApprove(c.by.Role), in.ID, in.Body.Approve, in.Body.Reason)
	})
	do(a, http.MethodPost, "/approvals/{id}/withdraw", "", "withdrawApproval", "Take back what one proposed", func(ctx context.Context, c call, in *byID) error {
		return a.c.Accounts.Withdraw(ctx, c.scope, c.by, in.ID)
	})
	add(a, Route{Method: http.MethodPost, Path: "/approvals/{id}/carry-out", Mutates: true}, "carryOut", "Do what another has approved; it answers as the act does", a.carryOut)
}

// ofRoute reports whether a call is one of a route.
func ofRoute(act, method, path string) bool {
	m, route, _ := strings.Cut(act, " ")
	want, have := strings.Split(route, "/"), strings.Split(path, "/")
	if m != method || len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && want[i] != "{id}" || have[i] == ".." || strings.ContainsAny(have[i], "?#%") {
			return false
		}
	}
	return true
}

func (a *API) carryOut(ctx context.Context, c call, in *byID) (out CarriedOut, err error) {
	d, found, err := a.answered(ctx, c)
	if found || err != nil {
		return CarriedOut{Done: d}, err
	}
	p, body, err := a.c.Accounts.Approved(ctx, c.scope, in.ID)
	if err != nil {
		return out, err
	}
	method, _, _ := strings.Cut(p.Act, " ")
	// The key is the approval's: whatever is repeated or cut off, the act is done once.
	answer := a.replay(c, &replayed{approved: true}, method, p.Path, "approval-"+string(p.ID), body)
	if err := answer.err(); err != nil {
		return out, err
	}
	if err := json.Unmarshal(answer.body.Bytes(), &out); err != nil {
		return out, fmt.Errorf("answer of %s: %w", p.Act, err)
	}
	return out, a.c.Accounts.CarriedOut(ctx, c.by, p.ID)
}
