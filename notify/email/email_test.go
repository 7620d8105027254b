package email

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/notify"
)

// server is a mail server that nobody here wrote (aiosmtpd), on a real socket.
type server struct {
	port  int
	lines *bufio.Scanner
}

type taken struct {
	From string   `json:"from"`
	To   []string `json:"to"`
	TLS  bool     `json:"tls"`
	User string   `json:"user"`
	Data string   `json:"data"`
}

func serve(t *testing.T, args ...string) *server {
	t.Helper()
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import aiosmtpd").Run(); err != nil {
		t.Fatal("this test needs a mail server: run apt-get install python3-aiosmtpd")
	}
	cmd := exec.CommandContext(t.Context(), python, append([]string{"testdata/smtp.py"}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() && errs.Len() > 0 {
			t.Logf("the mail server said: %s", errs.String())
		}
	})
	s := &server{lines: bufio.NewScanner(out)}
	s.lines.Buffer(nil, 1<<20)
	if !s.lines.Scan() {
		t.Fatalf("the mail server did not start: %s", errs.String())
	}
	if s.port, err = strconv.Atoi(s.lines.Text()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *server) next(t *testing.T) (m taken, msg *mail.Message, body string) {
	t.Helper()
	if !s.lines.Scan() {
		t.Fatal("no mail came")
	}
	if err := json.Unmarshal(s.lines.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	msg, err := mail.ReadMessage(strings.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil {
		t.Fatal(err)
	}
	return m, msg, strings.ReplaceAll(string(b), "\r\n", "\n")
}

func message(address string) notify.Message {
	return notify.Message{Key: "0190-step/0190-party", Level: fengsui.Red, At: 1656633920000, Contact: "王伟", Address: address, Case: &notify.Case{ID: "0190-warning"},
		Texts: map[string]notify.Text{
			"zh": {Title: "【红色预警】甲公司 T-101 液位", Body: "级别：红色\n.一行以点开头\n下一步：处置"},
			"en": {Title: "[RED warning] T-101", Body: "Level: RED"},
		}}
}

// TestSend: the mail as a server gets it, with subject, thread and both languages.
func TestSend(t *testing.T) {
	s := serve(t, "plain")
	c, err := New(Config{Host: "127.0.0.1", Port: s.port, From: "烽燧 <fengsui@binhai.example>", TLS: "none"})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Send(t.Context(), message("wang@f.example"))
	if err != nil || !strings.Contains(answer, "queued as X1") {
		t.Fatalf("answer %q, %v; want the server's", answer, err)
	}
	m, msg, body := s.next(t)
	if m.From != "fengsui@binhai.example" || len(m.To) != 1 || m.To[0] != "wang@f.example" {
		t.Errorf("envelope %s to %v", m.From, m.To)
	}
	decode := func(name string) string {
		text, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get(name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return text
	}
	for name, want := range map[string]string{
		"Message-ID":      "<0190-step.0190-party@binhai.example>",
		"Idempotency-Key": "0190-step/0190-party",
		"Subject":         "【红色预警】甲公司 T-101 液位",
		"Date":            "Fri, 01 Jul 2022 08:05:20 +0800",
		"References":      "<0190-warning@binhai.example>",
		"Auto-Submitted":  "auto-generated",
		"To":              `"王伟" <wang@f.example>`,
		"From":            `"烽燧" <fengsui@binhai.example>`,
	} {
		if got := decode(name); strings.ReplaceAll(got, `"`, "") != strings.ReplaceAll(want, `"`, "") {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if want := "级别：红色\n.一行以点开头\n下一步：处置\n\n----\n\n[RED warning] T-101\nLevel: RED\n"; strings.TrimRight(body, "\n") != strings.TrimRight(want, "\n") {
		t.Errorf("body:\n%q\nwant\n%q", body, want)
	}
}

// TestRefused: what a server refuses is a no with its words; nothing of it counts
// as sent.
func TestRefused(t *testing.T) {
	s := serve(t, "plain")
	c, err := New(Config{Host: "127.0.0.1", Port: s.port, From: "fengsui@binhai.example", TLS: "none"})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{"busy@f.example": "451", "nobody@f.example": "550", "no mailbox": "no mailbox", "": "no mailbox", "a@b.example\r\nRCPT TO:<x@y>": "no mailbox"} {
		if answer, err := c.Send(t.Context(), message(address)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want an error with %q", address, answer, err, want)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	gone, err := New(Config{Host: "127.0.0.1", Port: port, From: "fengsui@binhai.example", TLS: "none"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gone.Send(t.Context(), message("wang@f.example")); err == nil {
		t.Error("a server that is not there counts as a yes")
	}
}

// TestLost: a mail that was taken while the answer was lost is sent again under
// the same Message-ID, so that a mailbox knows it for the same (DESIGN §5.1).
func TestLost(t *testing.T) {
	s := serve(t, "plain")
	c, err := New(Config{Host: "127.0.0.1", Port: s.port, From: "fengsui@binhai.example", TLS: "none"})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for range 2 {
		if answer, err := c.Send(t.Context(), message("lost@f.example")); err == nil {
			t.Fatalf("an answer that was lost counts as a yes: %q", answer)
		}
		_, msg, _ := s.next(t)
		ids = append(ids, msg.Header.Get("Message-ID"))
	}
	if ids[0] != ids[1] || ids[0] == "" {
		t.Errorf("Message-IDs %v, want the same twice", ids)
	}
}

// TestTLS: STARTTLS and TLS from the start, with sign-in; a server that we do not
// know is not told anything.
func TestTLS(t *testing.T) {
	cert, key, roots := certificate(t)
	for _, x := range []struct {
		tls  string
		args []string
	}{{"required", []string{cert, key}}, {"implicit", []string{cert, key, "implicit"}}} {
		s := serve(t, x.args...)
		config := Config{Host: "127.0.0.1", Port: s.port, From: "fengsui@binhai.example", TLS: x.tls, Roots: roots, User: "fengsui", Password: notify.NewSecret("hunter2hunter2")}
		c, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Send(t.Context(), message("wang@f.example")); err != nil {
			t.Fatalf("%s: %v", x.tls, err)
		}
		if m, _, _ := s.next(t); !m.TLS && x.tls == "required" || m.User != "fengsui" {
			t.Errorf("%s: the mail came with tls %v as %q", x.tls, m.TLS, m.User)
		}
		wrong := config
		wrong.Password = notify.NewSecret("hunter3hunter3")
		strange := config
		strange.Roots = x509.NewCertPool()
		for what, config := range map[string]Config{"a wrong password": wrong, "an unknown server": strange} {
			c, err := New(config)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Send(t.Context(), message("wang@f.example"))
			if err == nil {
				t.Errorf("%s: %s was no obstacle", x.tls, what)
			} else if strings.Contains(err.Error(), "hunter") {
				t.Errorf("the error shows the password: %v", err)
			}
		}
		if s := fmt.Sprintf("%+v", c.c); strings.Contains(s, "hunter") {
			t.Errorf("the password prints: %s", s)
		}
	}
	plain := serve(t, "plain")
	c, err := New(Config{Host: "127.0.0.1", Port: plain.port, From: "fengsui@binhai.example"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), message("wang@f.example")); err == nil {
		t.Error("a server without TLS was told the message though TLS is required")
	}
	if c, err = New(Config{Host: "127.0.0.1", Port: plain.port, From: "fengsui@binhai.example", TLS: "opportunistic"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), message("wang@f.example")); err != nil {
		t.Errorf("opportunistic, server without TLS: %v", err)
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []Config{{}, {Host: "mail.example"}, {Host: "mail.example", From: "nobody"}, {Host: "mail.example", From: "a@b.example", TLS: "none"}, {Host: "localhost", From: "a@b.example", TLS: "perhaps"}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

func certificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP("127.0.0.1")}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(cert)
	return certFile, keyFile, roots
}
