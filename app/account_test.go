package app

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"crypto/tls"
)

// Whatever is asked for, a browser that came by TLS is told to come by TLS from then on,
// and no answer is put into a frame or taken for another type (N08).
func TestStrict(t *testing.T) {
	h := strict(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for _, secure := range []bool{false, true} {
		r := httptest.NewRequest(http.MethodGet, "/healthz", nil)
		if secure {
			r.TLS = &tls.ConnectionState{}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); (got != "") != secure {
			t.Errorf("by TLS %v: Strict-Transport-Security is %q", secure, got)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("the headers are %v", w.Header())
		}
	}
}

// What cannot work in accounts and limits is said before anything starts.
func TestAccountSettings(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"idle":     func(c *Config) { c.Accounts.Idle = 0 },
		"absolute": func(c *Config) { c.Accounts.Absolute = c.Accounts.Idle / 2 },
		"sessions": func(c *Config) { c.Accounts.Sessions = 0 },
		"length":   func(c *Config) { c.Accounts.PasswordLength = 6 },
		"kinds":    func(c *Config) { c.Accounts.PasswordKinds = 5 },
		"age":      func(c *Config) { c.Accounts.PasswordAge = 0 },
		"kept":     func(c *Config) { c.Accounts.PasswordKept = 100 },
		"totp":     func(c *Config) { c.Accounts.TOTP = append(c.Accounts.TOTP, "king") },
		"rate":     func(c *Config) { c.Limits.SignIn.PerSecond = 0 },
		"burst":    func(c *Config) { c.Limits.Caller.Burst = 0 },
	} {
		c := Defaults()
		if errs := c.checkAccounts(); len(errs) > 0 {
			t.Fatalf("the defaults: %v", errs)
		}
		change(&c)
		if errs := c.checkAccounts(); len(errs) != 1 {
			t.Errorf("%s: %v", name, errs)
		}
	}
}
