package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"fengsui"
	"fengsui/store"
)

// Problem is a refusal (RFC 9457 media type, our own members).
type Problem struct {
	Status  int             `json:"status"`
	Code    fengsui.Code    `json:"code"`
	Reason  string          `json:"reason"`  // stable: the console finds the sentence in the reader's language by it
	Message string          `json:"message"` // the English sentence
	Details []ProblemDetail `json:"details,omitempty"`

	after int // seconds to wait; 0: as its status has it
}

// ProblemDetail names one thing that is wrong with a request.
type ProblemDetail struct {
	Where   string `json:"where"`
	Message string `json:"message"`
}

// The two methods by which huma knows an error with a status of its own.
func (p *Problem) Error() string             { return p.Message }
func (p *Problem) GetStatus() int            { return p.Status }
func (p *Problem) ContentType(string) string { return problemType }

const (
	problemType = "application/problem+json"

	// What a client is asked to wait, in seconds: when something is away, and when
	// the client itself was too eager.
	retryAway  = 2
	retryEager = 60
)

var (
	errSignIn = fengsui.Errorf(fengsui.Forbidden, "sign_in", "please sign in")
	// Reasons whose status is not the one of their code.
	statusOf = map[string]int{
		"sign_in":      http.StatusUnauthorized,
		"wall_over":    http.StatusUnauthorized,
		"session":      http.StatusUnauthorized,
		"other_person": http.StatusUnauthorized,
		"wrong_login":  http.StatusUnauthorized,
		"slow_down":    http.StatusTooManyRequests,
		"locked":       http.StatusTooManyRequests,
		"code_needed":  http.StatusUnauthorized,
		"wrong_code":   http.StatusUnauthorized,
		"too_large":    http.StatusRequestEntityTooLarge,
		"too_slow":     http.StatusRequestTimeout,
	}
)

// errEnding is what a call hears that the end of this process cut off.
var errEnding = fengsui.Errorf(fengsui.Unavailable, "ending", "this part of the platform is being stopped; whether it was done is not known, try again under the same key")

// problemOf turns any error into what the caller is shown. known is false for
// what must be logged in full.
func problemOf(err error) (p *Problem, known bool) {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p, true
	}
	e, ok := errors.AsType[*fengsui.Error](err)
	if !ok && errors.Is(err, context.Canceled) {
		// Who went away hears nothing; everybody else was cut off by our own end.
		e, ok = errEnding, true
	}
	if !ok {
		return &Problem{Status: http.StatusInternalServerError, Code: fengsui.Internal, Reason: "internal",
			Message: "something went wrong on our side; it is in the platform's log"}, false
	}
	p = &Problem{Code: e.Code, Reason: e.Reason, Message: e.Message}
	switch e.Code {
	case fengsui.Invalid:
		p.Status = http.StatusUnprocessableEntity
	case fengsui.NotFound:
		p.Status = http.StatusNotFound
	case fengsui.Conflict:
		p.Status = http.StatusConflict
	case fengsui.Forbidden:
		p.Status = http.StatusForbidden
	case fengsui.Unavailable:
		p.Status = http.StatusServiceUnavailable
	default:
		p.Status, p.Code = http.StatusInternalServerError, fengsui.Internal
		return p, false
	}
	if s, ok := statusOf[e.Reason]; ok {
		p.Status = s
	}
	return p, true
}

// failed logs an error that is nobody's fault but ours. A caller who went away is
// no failure.
func (a *API) failed(r Route, err error) {
	level := slog.LevelError
	if errors.Is(err, context.Canceled) {
		level = slog.LevelDebug
	}
	a.c.Log.Log(context.Background(), level, "call failed", "method", r.Method, "path", r.Path, "err", err)
}

// fail is what a handler returns for an error: huma writes it.
func (a *API) fail(r Route, err error) error {
	p, known := problemOf(err)
	if !known {
		a.failed(r, err)
	}
	if after := p.retryAfter(); after != "" {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {after}})
	}
	return p
}

func (p *Problem) retryAfter() string {
	if p.after > 0 {
		return strconv.Itoa(p.after)
	}
	switch p.Status {
	case http.StatusServiceUnavailable:
		return strconv.Itoa(retryAway)
	case http.StatusTooManyRequests:
		return strconv.Itoa(retryEager)
	}
	return ""
}

// problems turns huma's own refusals (a body that does not fit its schema) into
// Problems.
func problems(ctx huma.Context, _ string, v any) (any, error) {
	_, w := humago.Unwrap(ctx)
	if p, ok := v.(*Problem); ok {
		refusedBy(w, p.Reason)
	}
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &Problem{Status: e.Status, Code: fengsui.Invalid, Reason: "bad_request", Message: e.Detail}
	switch e.Status {
	case http.StatusRequestEntityTooLarge:
		p.Reason, p.Message = "too_large", "the body is too large"
	case http.StatusRequestTimeout:
		p.Reason, p.Message = "too_slow", "the body did not come to its end in time"
	case http.StatusInternalServerError:
		p.Code, p.Reason, p.Message = fengsui.Internal, "internal", "something went wrong on our side; it is in the platform's log"
	}
	for _, d := range e.Errors {
		if d != nil {
			p.Details = append(p.Details, ProblemDetail{d.Location, d.Message})
		}
	}
	refusedBy(w, p.Reason)
	return p, nil
}

// writeProblem answers outside huma.
func writeProblem(w http.ResponseWriter, err error) {
	p, _ := problemOf(err)
	refusedBy(w, p.Reason)
	if after := p.retryAfter(); after != "" {
		w.Header().Set("Retry-After", after)
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

// problemSchemas are Problem and ProblemDetail for the OpenAPI document.
func problemSchemas() map[string]*huma.Schema {
	text := func() *huma.Schema { return &huma.Schema{Type: huma.TypeString} }
	return map[string]*huma.Schema{
		"ProblemDetail": {Type: huma.TypeObject, Required: []string{"where", "message"},
			Properties: map[string]*huma.Schema{"where": text(), "message": text()}},
		"Problem": {Type: huma.TypeObject, Required: []string{"status", "code", "reason", "message"},
			Properties: map[string]*huma.Schema{
				"status": {Type: huma.TypeInteger}, "reason": text(), "message": text(),
				"code":    {Type: huma.TypeString, Enum: []any{fengsui.Invalid, fengsui.NotFound, fengsui.Conflict, fengsui.Forbidden, fengsui.Unavailable, fengsui.Internal}},
				"details": {Type: huma.TypeArray, Items: &huma.Schema{Ref: "#/components/schemas/ProblemDetail"}},
			}},
	}
}

func repeated(err error) bool { return errors.Is(err, store.Repeated) }
