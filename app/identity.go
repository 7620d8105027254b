package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// identityEvery is how often the certificates' files are looked at. They are read,
	// not only stat'ed: they may be links that were turned over, or come with the time
	// of those before.
	identityEvery = 10 * time.Second

	// peersMost is how many certificates of others that soon expire are remembered.
	peersMost = 1000

	// peersPast is how long one that has expired is still told of.
	peersPast = 30 * 24 * time.Hour
)

// daysAhead are the days before its end at which a certificate is spoken of, each once.
var daysAhead = []int{30, 14, 7, 1}

// Doors that may ask clients for a certificate.
const (
	doorPush  = "push"
	doorMQTT  = "mqtt"
	doorJT808 = "jt808"
)

// identity is who the platform's TLS listeners are, and whom they believe. Its files
// are taken anew when they change; a new one that is broken leaves the old at work and
// says so.
type identity struct {
	certFile, keyFile string                                   // empty: own makes them
	clientCAFile      string                                   // empty: clients have none
	own               func(time.Time) (tls.Certificate, error) // under the platform's own CA
	ownCAFile         string
	hosts             []string
	log               *slog.Logger
	now               func() time.Time

	live atomic.Pointer[shown]

	mu    sync.Mutex
	seen  [sha256.Size]byte    // of the files that were looked at last, guarded by mu
	why   string               // why those were not taken, guarded by mu
	told  map[string]int       // days at which it was spoken of, by certificate, guarded by mu
	peers map[string]time.Time // ends of others' certificates that are near, guarded by mu
}

// shown is what the listeners show now.
type shown struct {
	web, socket, must *tls.Config // with HTTP's protocols, without, and without for clients that must have a certificate
	ends              []certEnd
}

// certEnd is when a certificate ends.
type certEnd struct {
	what string
	at   time.Time
}

func (p *Platform) newIdentity() *identity {
	c := p.c.TLS
	hosts := p.c.hosts()
	return &identity{
		certFile: c.CertFile, keyFile: c.KeyFile, clientCAFile: c.ClientCAFile, hosts: hosts, log: p.log, now: time.Now,
		own:       func(now time.Time) (tls.Certificate, error) { return certificates(p.data, hosts, now) },
		ownCAFile: p.data.file("tls", "ca.pem"),
		told:      map[string]int{}, peers: map[string]time.Time{},
	}
}

// Web is the TLS of HTTP listeners.
func (d *identity) Web() *tls.Config {
	return d.config(func(s *shown) *tls.Config { return s.web })
}

// Socket is the TLS of other listeners; must says that clients need a certificate.
func (d *identity) Socket(must bool) *tls.Config {
	return d.config(func(s *shown) *tls.Config {
		if must {
			return s.must
		}
		return s.socket
	})
}

func (d *identity) config(of func(*shown) *tls.Config) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		s := d.live.Load()
		if s == nil {
			return nil, errors.New("there is no certificate yet")
		}
		return of(s), nil
	}}
}

// Run looks at the files until ctx ends.
func (d *identity) Run(ctx context.Context) error {
	t := time.NewTicker(identityEvery)
	defer t.Stop()
	for {
		d.tell()
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := d.Look(); err != nil {
				d.log.Error("new certificates were not taken, the old ones stay at work", "err", err)
			}
		}
	}
}

// Look takes the certificates of the files when those changed. The error is of the first
// look at something that cannot be taken; what was at work stays.
func (d *identity) Look() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	pair, cas, sum, err := d.read()
	if sum == d.seen && d.live.Load() != nil {
		return nil
	}
	first := d.live.Load() == nil
	d.seen, d.why = sum, ""
	if err == nil {
		err = d.take(pair, cas)
	}
	if err != nil {
		d.why = err.Error()
		return err
	}
	if !first {
		leaf := d.live.Load().ends[0]
		d.log.Info("new certificates are at work", "until", leaf.at.UTC().Format(time.RFC3339))
	}
	return nil
}

// read reads what there is; sum tells one content from another, what cannot be read
// by its error.
func (d *identity) read() (pair tls.Certificate, cas []byte, sum [sha256.Size]byte, err error) {
	var all bytes.Buffer
	if d.certFile == "" {
		if pair, err = d.own(d.now()); err == nil {
			all.Write(pair.Certificate[0])
		}
	} else {
		cert, err1 := os.ReadFile(d.certFile)
		key, err2 := os.ReadFile(d.keyFile)
		fmt.Fprintf(&all, "%d %s %d %s ", len(cert), cert, len(key), key)
		if err = errors.Join(err1, err2); err == nil {
			if pair, err = tls.X509KeyPair(cert, key); err != nil {
				err = fmt.Errorf("%s and %s: %w", d.certFile, d.keyFile, err)
			}
		}
	}
	if d.clientCAFile != "" {
		var err1 error
		cas, err1 = os.ReadFile(d.clientCAFile)
		all.Write(cas)
		err = errors.Join(err, err1)
	}
	if err != nil {
		all.WriteString(err.Error())
	}
	return pair, cas, sha256.Sum256(all.Bytes()), err
}

// take puts a pair and the clients' CA to work, unless that would make things worse.
func (d *identity) take(pair tls.Certificate, cas []byte) error {
	now := d.now()
	name := d.certFile
	if name == "" {
		name = "the own server certificate"
	}
	s := &shown{}
	for i, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		what := "the server certificate (" + name + ")"
		if i > 0 {
			what = fmt.Sprintf("certificate %d of the chain in %s", i+1, name)
		}
		s.ends = append(s.ends, certEnd{what, c.NotAfter})
	}
	leaf := pair.Leaf
	if d.live.Load() != nil && d.live.Load().ends[0].at.After(now) {
		switch { // at the start even an expired one is better than none
		case !leaf.NotAfter.After(now):
			return fmt.Errorf("%s expired on %s", name, day(leaf.NotAfter))
		case leaf.NotBefore.After(now):
			return fmt.Errorf("%s is not valid before %s", name, leaf.NotBefore.UTC().Format(time.RFC3339))
		}
	}
	if d.certFile == "" {
		if c, err := readCertificate(d.ownCAFile); err == nil {
			s.ends = append(s.ends, certEnd{"the platform's own CA (" + d.ownCAFile + ")", c.NotAfter})
		}
	}
	s.socket = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	if d.clientCAFile != "" {
		pool, ends, err := authorities(d.clientCAFile, cas)
		if err != nil {
			return err
		}
		s.ends = append(s.ends, ends...)
		s.socket.ClientCAs, s.socket.ClientAuth, s.socket.VerifyConnection = pool, tls.VerifyClientCertIfGiven, d.met
	}
	s.must, s.web = s.socket.Clone(), s.socket.Clone()
	s.must.ClientAuth = tls.RequireAndVerifyClientCert
	s.web.NextProtos = []string{"h2", "http/1.1"}
	d.live.Store(s)
	return nil
}

// authorities reads the CAs of a file. One that has expired is left out of nothing: the
// handshake refuses its certificates, and Ready tells.
func authorities(file string, b []byte) (*x509.CertPool, []certEnd, error) {
	pool := x509.NewCertPool()
	var ends []certEnd
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, nil, fmt.Errorf("tls.client_ca_file %s: %w", file, err)
		}
		pool.AddCert(c)
		ends = append(ends, certEnd{"the CA of clients, " + c.Subject.CommonName + " (" + file + ")", c.NotAfter})
	}
	if len(ends) == 0 {
		return nil, nil, fmt.Errorf("tls.client_ca_file %s holds no certificate", file)
	}
	return pool, ends, nil
}

func readCertificate(file string) (*x509.Certificate, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return x509.ParseCertificate(block.Bytes)
}

// met remembers whose certificate soon ends, and forgets it when it was renewed.
func (d *identity) met(s tls.ConnectionState) error {
	if len(s.VerifiedChains) == 0 {
		return nil
	}
	c := s.PeerCertificates[0]
	name := c.Subject.CommonName
	if len(c.Subject.Organization) > 0 {
		name = c.Subject.Organization[0] + "/" + name
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if daysTo(c.NotAfter, d.now()) > daysAhead[0] {
		delete(d.peers, name)
	} else if _, known := d.peers[name]; known || len(d.peers) < peersMost {
		d.peers[name] = c.NotAfter
	}
	return nil
}

// Ready says which certificates soon end, or were not taken.
func (d *identity) Ready() error {
	s := d.live.Load()
	if s == nil {
		return nil // nothing listens by TLS
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	var list []string
	if d.why != "" {
		list = append(list, "new certificates were not taken, the old ones stay at work: "+d.why)
	}
	for _, e := range s.ends {
		if daysTo(e.at, now) <= daysAhead[0] {
			list = append(list, ending(e, now)+"; put a new one in its place")
		}
	}
	maps.DeleteFunc(d.peers, func(_ string, at time.Time) bool { return now.Sub(at) > peersPast })
	names := slices.SortedFunc(maps.Keys(d.peers), func(a, b string) int { return d.peers[a].Compare(d.peers[b]) })
	for i, name := range names {
		if i == 5 {
			list = append(list, fmt.Sprintf("and %d more certificates of clients", len(names)-i))
			break
		}
		list = append(list, ending(certEnd{"the certificate of " + name, d.peers[name]}, now)+"; issue a new one")
	}
	if len(list) == 0 {
		return nil
	}
	return errors.New(strings.Join(list, ". "))
}

func ending(e certEnd, now time.Time) string {
	switch n := daysTo(e.at, now); {
	case n < 0:
		return fmt.Sprintf("%s expired on %s", e.what, day(e.at))
	case n == 0:
		return fmt.Sprintf("%s expires today, at %s", e.what, e.at.UTC().Format(time.RFC3339))
	default:
		return fmt.Sprintf("%s expires in %d days, on %s", e.what, n, day(e.at))
	}
}

// daysTo are the whole days until t; below zero: it is past.
func daysTo(t, now time.Time) int {
	if t.Before(now) {
		return -1
	}
	return int(t.Sub(now) / (24 * time.Hour))
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// tell writes a line for each certificate that came a step of daysAhead nearer its end.
func (d *identity) tell() {
	s := d.live.Load()
	if s == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	for _, e := range s.ends {
		step, left := 0, daysTo(e.at, now)
		for i, n := range daysAhead {
			if left <= n {
				step = i + 1
			}
		}
		key := e.what + " " + day(e.at)
		if step > d.told[key] {
			d.log.Warn("certificate nears its end", "certificate", e.what, "days", left, "until", day(e.at))
		}
		d.told[key] = step
	}
	maps.DeleteFunc(d.told, func(key string, _ int) bool {
		return !slices.ContainsFunc(s.ends, func(e certEnd) bool { return key == e.what+" "+day(e.at) })
	})
}

// mustShow refuses who shows no certificate at a door where clients must have one.
// What runs on this machine needs none: it may use plain HTTP as well.
func mustShow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		ip := net.ParseIP(host)
		if (ip == nil || !ip.IsLoopback()) && (r.TLS == nil || len(r.TLS.VerifiedChains) == 0) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintln(w, `{"code":"client_certificate","message":"this door asks for a client certificate of the platform's CA; show one"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkTLS says what cannot work in tls.
func (c *Config) checkTLS() (errs []error) {
	t := c.TLS
	if (t.CertFile == "") != (t.KeyFile == "") {
		errs = append(errs, errors.New("tls: cert_file and key_file belong together; both empty: an own CA"))
	}
	for _, door := range t.ClientsMust {
		if !slices.Contains([]string{doorPush, doorMQTT, doorJT808}, door) {
			errs = append(errs, fmt.Errorf("tls.clients_must: there is no door %q; there are push, mqtt and jt808", door))
		}
	}
	if len(t.ClientsMust) > 0 && t.ClientCAFile == "" {
		errs = append(errs, errors.New("tls.clients_must: name the CA whose certificates count in client_ca_file"))
	}
	return errs
}
