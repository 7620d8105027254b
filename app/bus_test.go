package app

import (
	"strings"
	"testing"
)

// TestLogURL: an outside log (N01) is reached by TLS, but for one on this machine, and its
// address holds no secret.
func TestLogURL(t *testing.T) {
	for _, ok := range []string{"", "nats://127.0.0.1:4222", "nats://localhost:4222,nats://[::1]:4223", "tls://nats1:4222,tls://nats2:4222, tls://10.0.0.3:4222"} {
		if err := logURL(ok); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for bad, want := range map[string]string{
		"nats1:4222":                           "nats://host:port",
		"http://localhost:4222":                "nats://host:port",
		"nats://localhost":                     "nats://host:port",
		"nats://localhost:4222/x":              "nats://host:port",
		"nats://localhost:4222?tls=no":         "nats://host:port",
		"nats://localhost:4222,":               "nats://host:port",
		"nats://nats1:4222":                    "TLS alone",
		"nats://localhost:4222,nats://n2:4222": "TLS alone",
		"tls://u:hidden@nats1:4222":            "credentials_file",
		"tls://hidden@nats1:4222":              "credentials_file",
		"tls://nats1:4222,nats://localhost:42": "all by",
	} {
		if err := logURL(bad); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%q: %v, want %q", bad, err, want)
		}
	}
	for why, change := range map[string]func(*Config){
		"replicas":  func(c *Config) { c.Bus.Replicas = 2 },
		"key_file":  func(c *Config) { c.Bus.CertFile = "cert.pem" },
		"cert_file": func(c *Config) { c.Bus.KeyFile = "key.pem" },
		"bus.url":   func(c *Config) { c.Bus.URL = "nats://nats1:4222" },
	} {
		c := Defaults()
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", why, err)
		}
	}
}
