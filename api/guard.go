package api

import (
	"fmt"
	"net/http"
	"runtime/debug"
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

// guard is around every call: headers, no caching, and a panic that costs one
// request.
func (a *API) guard(w http.ResponseWriter, r *http.Request) {
	Headers(w.Header())
	w.Header().Set("Cache-Control", "no-store")
	g := &written{ResponseWriter: w}
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

// written remembers whether the answer has begun.
type written struct {
	http.ResponseWriter
	begun bool
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
