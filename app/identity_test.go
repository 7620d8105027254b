package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// ca is a CA in a directory of the test, made by the command.
type ca struct {
	t   *testing.T
	dir string
	authority
}

func newCA(t *testing.T, name string) *ca {
	t.Helper()
	a := &ca{t: t, dir: t.TempDir()}
	a.Dir = filepath.Join(a.dir, name)
	if err := (&CAInitCommand{authority: a.authority, Name: name, Days: 3650, Offline: true}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

// sealedCA is one whose key has a passphrase, which takes its time.
func sealedCA(t *testing.T, name string) *ca {
	t.Helper()
	a := &ca{t: t, dir: t.TempDir()}
	word := filepath.Join(a.dir, "passphrase")
	if err := os.WriteFile(word, []byte("a long passphrase\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.authority = authority{Dir: filepath.Join(a.dir, name), PassphraseFile: word}
	if err := (&CAInitCommand{authority: a.authority, Name: name, Days: 3650}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *ca) out(name string) string { return filepath.Join(a.dir, name) }

func (a *ca) issuing(name string) issuing {
	return issuing{authority: a.authority, Out: a.out(name), Replace: true}
}

func (a *ca) server(name string, days int, hosts ...string) {
	a.t.Helper()
	if err := (&CAServerCommand{issuing: a.issuing(name), Host: hosts, Days: days}).Run(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
}

// openssl is an independent peer of what we issue.
func openssl(t *testing.T, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is missing; scripts/need.sh installs it")
	}
	out, err := exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput()
	return string(out), err
}

// What the CA issues is what openssl takes it for, and its key is one that openssl reads
// with the passphrase alone (N08).
func TestCA(t *testing.T) {
	a := sealedCA(t, "ca")
	a.server("server", 398, "fs.example", "10.0.0.1")
	if err := (&CAGatewayCommand{issuing: a.issuing("gateway"), Enterprise: "BH-1", Name: "GW-7", Days: 825}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := (&CAClientCommand{issuing: a.issuing("client"), Name: "city", Days: 30}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := func(ok bool, want string, args ...string) {
		t.Helper()
		out, err := openssl(t, args...)
		if (err == nil) != ok || !strings.Contains(out, want) {
			t.Errorf("openssl %s: %v\n%s\nwant %q", strings.Join(args, " "), err, out, want)
		}
	}
	root := a.file("ca.pem")
	f(true, "OK", "verify", "-x509_strict", "-CAfile", root, "-purpose", "sslserver", "-verify_hostname", "fs.example", a.out("server.pem"))
	f(true, "OK", "verify", "-x509_strict", "-CAfile", root, "-purpose", "sslserver", "-verify_ip", "10.0.0.1", a.out("server.pem"))
	f(false, "ostname mismatch", "verify", "-CAfile", root, "-verify_hostname", "other.example", a.out("server.pem"))
	f(false, "purpose", "verify", "-CAfile", root, "-purpose", "sslclient", a.out("server.pem"))
	for _, name := range []string{"gateway", "client"} {
		f(true, "OK", "verify", "-x509_strict", "-CAfile", root, "-purpose", "sslclient", a.out(name+".pem"))
		f(false, "purpose", "verify", "-CAfile", root, "-purpose", "sslserver", a.out(name+".pem"))
	}
	f(true, "BH-1", "x509", "-noout", "-subject", "-in", a.out("gateway.pem"))
	f(true, "prime256v1", "pkey", "-noout", "-text", "-in", a.file("ca.key"), "-passin", "file:"+a.PassphraseFile)
	f(false, "", "pkey", "-noout", "-text", "-in", a.file("ca.key"), "-passin", "pass:another passphrase")
	for name, mode := range map[string]os.FileMode{a.file("ca.key"): 0o600, a.out("server.key"): 0o600, root: 0o644, a.out("server.pem"): 0o644} {
		if i, err := os.Stat(name); err != nil || i.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v, want %v", name, i.Mode(), err, mode)
		}
	}

	// A key that openssl encrypted is read here.
	f(true, "", "pkcs8", "-topk8", "-in", a.file("ca.key"), "-passin", "file:"+a.PassphraseFile, "-out", a.out("again.key"), "-passout", "pass:from openssl itself")
	if err := os.Rename(a.out("again.key"), a.file("ca.key")); err != nil {
		t.Fatal(err)
	}
	refused := func(want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	server := &CAServerCommand{issuing: a.issuing("server"), Host: []string{"x"}, Days: 1}
	refused("does not open", server.Run(t.Context()))
	if err := os.WriteFile(a.PassphraseFile, []byte("from openssl itself\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := server.Run(t.Context()); err != nil {
		t.Error(err)
	}
	server.Replace = false
	refused("--replace", server.Run(t.Context()))
	server.Replace, server.Days = true, 399
	refused("between 1 and 398", server.Run(t.Context()))
	server.Days, server.Host = 1, []string{"https://x"}
	refused("leave out https://", server.Run(t.Context()))
	server.Host, server.PassphraseFile = []string{"x"}, ""
	refused("--passphrase-file", server.Run(t.Context()))
	init := &CAInitCommand{authority: a.authority, Name: "again", Days: 1}
	refused("there is a CA", init.Run(t.Context()))
	init.Dir, init.PassphraseFile = a.out("new"), ""
	refused("--offline", init.Run(t.Context()))
	refused("end within 30 days", (&CAListCommand{Dir: a.Dir, Days: 30}).Run(t.Context()))
	if err := (&CAListCommand{Dir: a.Dir}).Run(t.Context()); err != nil {
		t.Error(err)
	}
	short := &CAInitCommand{authority: authority{Dir: a.out("short")}, Name: "short", Days: 10, Offline: true}
	if err := short.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.authority = short.authority
	server.Days = 30
	refused("the CA itself ends", server.Run(t.Context()))
}

// fileIdentity is an identity from files of a test, with a log of its own.
func fileIdentity(a *ca, log *bytes.Buffer) *identity {
	return &identity{certFile: a.out("server.pem"), keyFile: a.out("server.key"), log: slog.New(slog.NewTextHandler(log, nil)), now: time.Now,
		told: map[string]int{}, peers: map[string]time.Time{}}
}

// serial is what a server shows to a new connection.
func serial(t *testing.T, address string, roots *x509.CertPool) string {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Text(16)
}

// A changed file is taken by listeners that run, whose connections go on; a broken one
// leaves the old at work and says so, once (N08).
func TestCertificateReload(t *testing.T) {
	a := newCA(t, "ca")
	a.server("server", 300, "localhost")
	roots, err := trusted(a.file("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	d := fileIdentity(a, &log)
	if err := d.Look(); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	s.TLS, s.EnableHTTP2 = d.Web(), true
	s.StartTLS()
	defer s.Close()
	address := s.Listener.Addr().String()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost"}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	get := func() string {
		t.Helper()
		resp, err := client.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return string(b)
	}
	if got := get(); got != "HTTP/2.0" {
		t.Errorf("the listener speaks %s", got)
	}
	first := serial(t, address, roots)
	a.server("server", 300, "localhost")
	if got := serial(t, address, roots); got != first {
		t.Error("a new certificate was shown before anybody looked")
	}
	if err := d.Look(); err != nil {
		t.Fatal(err)
	}
	second := serial(t, address, roots)
	if second == first {
		t.Error("the new certificate is not shown")
	}
	get() // the connection of before goes on

	key, err := os.ReadFile(a.out("server.key"))
	if err != nil {
		t.Fatal(err)
	}
	expired := func() {
		cert, caKey, err := a.open()
		if err != nil {
			t.Fatal(err)
		}
		c := serverCertificate("localhost", []string{"localhost"})
		c.NotAfter = time.Now().Add(-time.Minute)
		if _, _, err := makePair(a.out("server.pem"), a.out("server.key"), c, cert, caKey, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for what, spoil := range map[string]func(){
		"rubbish": func() {
			os.WriteFile(a.out("server.pem"), []byte("-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n"), 0o644)
		},
		"an empty file":  func() { os.WriteFile(a.out("server.pem"), nil, 0o644) },
		"another's key":  func() { a.server("other", 300, "localhost"); os.Rename(a.out("other.pem"), a.out("server.pem")) },
		"no file":        func() { os.Remove(a.out("server.pem")) },
		"an expired one": expired,
	} {
		spoil()
		if err := d.Look(); err == nil {
			t.Errorf("%s was taken", what)
		}
		if err := d.Look(); err != nil && what != "" {
			t.Errorf("%s is told again and again: %v", what, err)
		}
		if err := d.Ready(); err == nil || !strings.Contains(err.Error(), "the old ones stay at work") {
			t.Errorf("%s: the health says %v", what, err)
		}
		if got := serial(t, address, roots); got != second {
			t.Errorf("%s took the place of the old one", what)
		}
		if err := os.WriteFile(a.out("server.key"), key, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a.server("server", 300, "localhost")
	if err := d.Look(); err != nil || d.Ready() != nil {
		t.Errorf("a whole one after that: %v, %v", err, d.Ready())
	}
	if got := serial(t, address, roots); got == second {
		t.Error("a whole one after broken ones is not shown")
	}
	if strings.Contains(log.String(), "PRIVATE") {
		t.Error("the log holds a key")
	}
}

// The end of a certificate is told 30, 14, 7 and 1 days ahead, each once, and as long as
// it is near the platform's state says so (A41).
func TestCertificateEnds(t *testing.T) {
	a := newCA(t, "ca")
	a.server("server", 100, "localhost")
	var log bytes.Buffer
	d := fileIdentity(a, &log)
	now := time.Now()
	d.now = func() time.Time { return now }
	if err := d.Look(); err != nil {
		t.Fatal(err)
	}
	end := d.live.Load().ends[0].at
	var told []int
	for left := 40; left >= -1; left-- {
		now = end.Add(-time.Duration(left)*24*time.Hour - time.Minute)
		for range 3 {
			before := strings.Count(log.String(), "nears its end")
			d.tell()
			if strings.Count(log.String(), "nears its end") > before {
				told = append(told, left)
			}
		}
		if err := d.Ready(); (err != nil) != (left <= 30) {
			t.Errorf("%d days ahead the state is %v", left, err)
		}
	}
	if want := []int{30, 14, 7, 1}; !slices.Equal(told, want) {
		t.Errorf("told %v days ahead, want %v", told, want)
	}
	if err := d.Ready(); err == nil || !strings.Contains(err.Error(), "expired on") {
		t.Errorf("afterwards the state says %v", err)
	}
}

// A client's certificate is verified when it is shown, asked for where it must be, and
// its end is told (N08).
func TestClientCertificates(t *testing.T) {
	a, stranger := newCA(t, "ca"), newCA(t, "stranger")
	a.server("server", 300, "localhost")
	roots, err := trusted(a.file("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []*ca{a, stranger} {
		if err := (&CAGatewayCommand{issuing: x.issuing("gateway"), Enterprise: "BH-1", Name: "GW-7", Days: 20}).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	d := fileIdentity(a, &log)
	d.clientCAFile = a.file("ca.pem")
	if err := d.Look(); err != nil {
		t.Fatal(err)
	}
	for _, must := range []bool{false, true} {
		l, err := tls.Listen("tcp", "127.0.0.1:0", d.Socket(must))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				if c.(*tls.Conn).Handshake() == nil {
					io.WriteString(c, "in")
				}
				c.Close()
			}
		}()
		for _, x := range []struct {
			who *ca
			in  bool
		}{{a, true}, {stranger, false}, {nil, !must}} {
			conf := &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{"mqtt"}}
			if x.who != nil {
				pair, err := tls.LoadX509KeyPair(x.who.out("gateway.pem"), x.who.out("gateway.key"))
				if err != nil {
					t.Fatal(err)
				}
				conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
			}
			c, err := tls.Dial("tcp", l.Addr().String(), conf)
			said := ""
			if err == nil {
				b, _ := io.ReadAll(c)
				said = string(b)
				c.Close()
			}
			if (said == "in") != x.in {
				t.Errorf("must %v, %+v: %q, %v", must, x.who, said, err)
			}
		}
		l.Close()
		<-done
	}
	if err := d.Ready(); err == nil || !strings.Contains(err.Error(), "the certificate of BH-1/GW-7 expires in 19 days") {
		t.Errorf("the state says %v", err)
	}

	// The software interface, which shares its listener with people.
	door := mustShow(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for what, x := range map[string]struct {
		from string
		tls  *tls.ConnectionState
		want int
	}{
		"shown":           {"10.1.2.3:4", &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{}}}, http.StatusNoContent},
		"not shown":       {"10.1.2.3:4", &tls.ConnectionState{}, http.StatusUnauthorized},
		"on this machine": {"127.0.0.1:4", nil, http.StatusNoContent},
	} {
		r := httptest.NewRequest(http.MethodPost, "/push/v1/x", nil)
		r.RemoteAddr, r.TLS = x.from, x.tls
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		if w.Code != x.want {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
}

// The platform's own certificate is made anew while it runs: before its end, and when the
// machine goes by another name (N08).
func TestOwnCertificate(t *testing.T) {
	dir, err := openData(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.close()
	now, hosts := time.Now(), []string{"localhost"}
	d := fileIdentity(newCA(t, "none"), new(bytes.Buffer))
	d.certFile, d.ownCAFile = "", dir.file("tls", "ca.pem")
	d.now = func() time.Time { return now }
	d.own = func(now time.Time) (tls.Certificate, error) { return certificates(dir, hosts, now) }
	look := func() *x509.Certificate {
		t.Helper()
		if err := d.Look(); err != nil {
			t.Fatal(err)
		}
		if err := d.Ready(); err != nil {
			t.Errorf("the state says %v", err)
		}
		return d.live.Load().web.Certificates[0].Leaf
	}
	first := look()
	if now = now.Add(300 * 24 * time.Hour); !look().Equal(first) {
		t.Error("a certificate with 98 days left was made anew")
	}
	now = now.Add(69 * 24 * time.Hour)
	second := look()
	if second.Equal(first) || second.NotAfter.Before(now.Add(390*24*time.Hour)) {
		t.Errorf("with 29 days left the certificate is %v", second.NotAfter)
	}
	hosts = append(hosts, "fs.example", "10.0.0.9")
	if third := look(); third.VerifyHostname("fs.example") != nil || third.VerifyHostname("10.0.0.9") != nil {
		t.Errorf("another name is not in it: %v %v", third.DNSNames, third.IPAddresses)
	}
	now = now.Add(caLife - 380*24*time.Hour)
	if err := d.Look(); err != nil {
		t.Fatal(err)
	}
	if err := d.Ready(); err == nil || !strings.Contains(err.Error(), "own CA") {
		t.Errorf("near the end of the own CA the state says %v", err)
	}
}

// Run looks every ten seconds and ends with its context.
func TestIdentityRun(t *testing.T) {
	d := fileIdentity(newCA(t, "ca"), new(bytes.Buffer))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("over"))
	if err := d.Run(ctx); err != nil {
		t.Error(err)
	}
	if _, err := d.Web().GetConfigForClient(&tls.ClientHelloInfo{Conn: &net.TCPConn{}}); err == nil {
		t.Error("a listener without a certificate shakes hands")
	}
}
