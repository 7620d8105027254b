package api

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"fengsui"
)

// Headers are the security headers of everything that the platform serves.
// Styles may be inline: the console's components set them.
func Headers(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
}

// hashes are what a caller that nobody knows makes us hash a password by.
var hashes = map[string]bool{"/session": true, "/activation": true, "/activation/look": true}

// guard is around every call: headers, no caching, the rate of an address, an end to
// the wait for a body, a count of what was refused, and a panic that costs one request.
func (a *API) guard(w http.ResponseWriter, r *http.Request) {
	Headers(w.Header())
	w.Header().Set("Cache-Control", "no-store")
	remote, tls := a.origin(r)
	if tls {
		secure(w.Header())
	}
	g := &written{ResponseWriter: w, by: fengsui.Actor{From: remote}}
	defer func() {
		if g.reason != "" {
			a.refusals.note(r.Context(), g.reason, g.by)
		}
	}()
	wait := a.byAddress.take(remote)
	if wait == 0 && r.Method == http.MethodPost && hashes[strings.TrimPrefix(r.URL.Path, Prefix)] {
		wait = a.bySignIn.take(remote)
	}
	if wait == 0 && r.Method == http.MethodPost && publicCalls[strings.TrimPrefix(r.URL.Path, Prefix)] {
		wait = a.byPublic.take(remote)
	}
	if wait > 0 {
		writeProblem(g, tooMany(wait))
		return
	}
	if r.ContentLength != 0 {
		// For calls that take no body; the others set their own. It only fails where
		// nothing is read from a connection.
		_ = http.NewResponseController(g).SetReadDeadline(time.Now().Add(a.c.BodyTime))
	}
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler {
			panic(p)
		}
		a.c.Log.Error("call panicked", "method", r.Method, "path", r.URL.Path, "err", fmt.Sprint(p), "stack", string(debug.Stack()))
		if g.begun {
			panic(http.ErrAbortHandler) // the answer is half out: cut the connection
		}
		writeProblem(w, fmt.Errorf("panic: %v", p))
	}()
	a.mux.ServeHTTP(g, r)
}

// written remembers whether the answer has begun, and why the call was refused.
type written struct {
	http.ResponseWriter
	begun  bool
	reason string        // empty: it was not
	by     fengsui.Actor // as far as it is known
}

// refusedBy writes down why a call is refused, unless something said so before.
func refusedBy(w http.ResponseWriter, reason string) {
	if g, ok := w.(*written); ok && g.reason == "" {
		g.reason = reason
	}
}

func (w *written) WriteHeader(status int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *written) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *written) Unwrap() http.ResponseWriter { return w.ResponseWriter }
