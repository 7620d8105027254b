package webhook

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/notify"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// TestSign holds the signature to the published example of Standard Webhooks.
func TestSign(t *testing.T) {
	got, err := sign(notify.NewSecret(secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("signature %s, %v; want %s", got, err, want)
	}
}

func message(address string) notify.Message {
	return notify.Message{Key: "step/party", Kind: fengsui.StepNotice, Number: 2, Level: fengsui.Red, At: 1656633920000, Address: address, Contact: "Wang",
		Texts: map[string]notify.Text{"zh": {Title: "标题"}}}
}

// TestSend: what a receiver gets over a real socket, and what it may answer.
func TestSend(t *testing.T) {
	var status int
	var body string
	var got []*http.Request
	var sent []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, sent = append(got, r), append(sent, string(b))
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	c, err := New(Config{Secret: notify.NewSecret(secret), Roots: roots, Secrets: map[string]notify.Secret{server.URL + "/own": notify.NewSecret("0123456789abcdef")}})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		status int
		body   string
		ok     bool
		answer string
	}{
		{200, "fine", true, "200 OK fine"},
		{202, "", true, "202 Accepted"},
		{204, "", true, "204 No Content"},
		{302, "", false, "302 Found"},
		{400, "bad", false, "400 Bad Request bad"},
		{429, "", false, "429 Too Many Requests"},
		{500, "", false, "500 Internal Server Error"},
		{200, strings.Repeat("x", 1<<20), true, "200 OK " + strings.Repeat("x", 4<<10)},
	} {
		status, body = x.status, x.body
		answer, err := c.Send(t.Context(), message(server.URL+"/hook"))
		if (err == nil) != x.ok || answer != x.answer {
			t.Errorf("%d: %.60q, %v; want %v %.60q", x.status, answer, err, x.ok, x.answer)
		}
	}
	if len(got) != 8 {
		t.Errorf("%d requests arrived, want 8: no redirect is followed", len(got))
	}
	r := got[0]
	stamp := r.Header.Get("Webhook-Timestamp")
	want, _ := sign(notify.NewSecret(secret), "step/party", stamp, []byte(sent[0]))
	if r.Method != http.MethodPost || r.Header.Get("Idempotency-Key") != "step/party" || r.Header.Get("Webhook-Id") != "step/party" || r.Header.Get("Webhook-Signature") != want {
		t.Errorf("headers %v, want the key and the signature %s", r.Header, want)
	}
	var m notify.Message
	if err := json.Unmarshal([]byte(sent[0]), &m); err != nil || m.Key != "step/party" || m.Level != fengsui.Red || m.Texts["zh"].Title != "标题" {
		t.Errorf("body %s, %v", sent[0], err)
	}
	if sent[0] != sent[3] {
		t.Error("a repeat carries another body than the first attempt")
	}
	if strings.Contains(sent[0], "Wang") || strings.Contains(sent[0], server.URL) {
		t.Errorf("the body names the receiver: %s", sent[0])
	}
	status, body = 200, ""
	if _, err := c.Send(t.Context(), message(server.URL+"/own")); err != nil {
		t.Fatal(err)
	}
	r = got[len(got)-1]
	own, _ := sign(notify.NewSecret("0123456789abcdef"), "step/party", r.Header.Get("Webhook-Timestamp"), []byte(sent[len(sent)-1]))
	if r.Header.Get("Webhook-Signature") != own {
		t.Error("a receiver's own secret was not used")
	}
	strange, err := New(Config{Secret: notify.NewSecret(secret)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := strange.Send(t.Context(), message(server.URL+"/hook")); err == nil {
		t.Error("a certificate that nobody vouches for was trusted")
	}
}

// TestRefused: addresses that would carry the message in the clear, and errors
// that would show a token.
func TestRefused(t *testing.T) {
	c, err := New(Config{Secret: notify.NewSecret(secret)})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"http://example.cn/hook", "ftp://example.cn", "hook", "", "https://", "http://127.0.0.1.example.cn/", ":"} {
		if err := notify.CheckAddress(address); err == nil {
			t.Errorf("%q was taken", address)
		}
		if _, err := c.Send(t.Context(), message(address)); err == nil {
			t.Errorf("a message went to %q", address)
		}
	}
	for _, address := range []string{"https://example.cn/hook", "http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/"} {
		if err := notify.CheckAddress(address); err != nil {
			t.Errorf("%q was refused: %v", address, err)
		}
	}
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL + "/token-in-the-path"
	server.Close()
	_, err = c.Send(t.Context(), message(address))
	if err == nil || strings.Contains(err.Error(), "token") {
		t.Errorf("nobody there: %v; want an error without the address", err)
	}
	for _, s := range []string{"", "short", "whsec_!!"} {
		if _, err := New(Config{Secret: notify.NewSecret(s)}); err == nil {
			t.Errorf("the secret %q was taken", s)
		} else if s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
	if s := fmt.Sprintf("%+v %#v", c, c.c); strings.Contains(s, "MfKQ") {
		t.Errorf("the secret prints: %s", s)
	}
}

// TestCancel: an attempt ends with its context.
func TestCancel(t *testing.T) {
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer server.Close()
	defer close(stop)
	c, err := New(Config{Secret: notify.NewSecret(secret)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Send(ctx, message(server.URL)); err == nil {
		t.Error("a receiver that never answered counts as a yes")
	}
}
