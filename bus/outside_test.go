package bus

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"fengsui"
)

// urlEnv names the variable with the URL of so many servers, which children inherit.
func urlEnv(servers int) string { return fmt.Sprint("BUS_TEST_NATS_", servers) }

// servers are real NATS servers that scripts/nats.sh runs.
type servers struct {
	t   testing.TB
	dir string
	n   int
	url string
}

// startServers starts servers of their own for a test, which end with it.
func startServers(t testing.TB, n int) *servers {
	t.Helper()
	s := &servers{t: t, dir: filepath.Join(t.TempDir(), "nats"), n: n}
	t.Cleanup(func() { s.script("stop") })
	s.start()
	if t, ok := t.(*testing.T); ok {
		t.Setenv(urlEnv(n), s.url)
	}
	return s
}

func (s *servers) script(act string, args ...string) string {
	s.t.Helper()
	cmd := exec.Command("../scripts/nats.sh", append([]string{act, s.dir}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		why := ""
		if e, ok := err.(*exec.ExitError); ok {
			why = string(e.Stderr)
		}
		s.t.Fatalf("nats.sh %s %v: %v\n%s", act, args, err, why)
	}
	return strings.TrimSpace(string(out))
}

// start starts the servers that do not run.
func (s *servers) start() {
	s.t.Helper()
	s.url = s.script("start", fmt.Sprint(s.n))
}

func (s *servers) kill(i int) {
	s.t.Helper()
	s.script("kill", fmt.Sprint(i))
}

func (s *servers) signal(i int, sig syscall.Signal) {
	s.t.Helper()
	pid, err := strconv.Atoi(s.script("pid", fmt.Sprint(i)))
	if err == nil {
		err = syscall.Kill(pid, sig)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// leader is which server leads the newest segment of a log, counted from 1, once all have
// what it has: a second server that goes before the first is back stops any cluster.
func (s *servers) leader(l *Log) int {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		l.mu.Lock()
		newest, o := l.segs[len(l.segs)-1].name, l.eng
		l.mu.Unlock()
		if o == nil {
			continue // it is being started again
		}
		stream, err := o.(*outside).js.Stream(s.t.Context(), newest)
		if err != nil {
			continue
		}
		c := stream.CachedInfo().Cluster
		behind := func(p *jetstream.PeerInfo) bool { return p.Offline || !p.Current }
		if c.Leader == "" || len(c.Replicas) != s.n-1 || slices.ContainsFunc(c.Replicas, behind) {
			continue
		}
		var i int
		if _, err := fmt.Sscanf(c.Leader, "n%d", &i); err != nil {
			s.t.Fatal(err)
		}
		return i
	}
	s.t.Fatal("the servers do not come together")
	return 0
}

// emptyOnce deletes what servers keep when dir has not been seen before.
func emptyOnce(ctx context.Context, c Config, dir string) error {
	seen := filepath.Join(dir, "seen")
	if _, err := os.Stat(seen); err == nil {
		return nil
	}
	nc, err := nats.Connect(c.URL)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if _, err = js.AccountInfo(ctx); err == nil {
			break
		}
		if time.Now().After(end) {
			return err
		}
	}
	names := js.StreamNames(ctx)
	for name := range names.Name() {
		if err := js.DeleteStream(ctx, name); err != nil {
			return err
		}
	}
	if err := names.Err(); err != nil {
		return err
	}
	return os.WriteFile(seen, nil, 0o600)
}

// openShared opens a log on servers.
func openShared(t testing.TB, s *servers, c Config) *Log {
	t.Helper()
	c.URL, c.Replicas = s.url, s.n
	l, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// whole reads a log from its oldest message to end, and checks that places rise.
func whole(t *testing.T, l *Log, end fengsui.Place) (records []string, at map[string]fengsui.Place) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r := l.Reader(fengsui.Place{})
	defer r.Close()
	at = map[string]fengsui.Place{}
	for last := (fengsui.Place{}); last.Less(end); {
		b, err := r.Next(ctx)
		if err != nil {
			t.Fatalf("Next after %v: %v", last, err)
		}
		if want := last.Seq + 1; b.Seq != want || b.First != 0 {
			t.Fatalf("message %d+%d where %d should be", b.Seq, b.First, want)
		}
		for i, rec := range b.Records {
			word, _, _ := strings.Cut(string(rec), " ")
			if _, ok := at[word]; ok {
				t.Errorf("%s is in the log twice", word)
			}
			records, at[word] = append(records, word), fengsui.Place{Seq: b.Seq, Index: uint32(i)}
		}
		last = b.Last()
	}
	return records, at
}

// load appends to logs from several writers each until stop is closed, again what was
// refused, and returns what was acknowledged where.
type load struct {
	stop  chan struct{}
	once  sync.Once
	wg    sync.WaitGroup
	mu    sync.Mutex
	acked map[string]fengsui.Place
	again int           // appends that were refused
	gap   time.Duration // the longest between two acknowledgements
	last  time.Time
}

func startLoad(t *testing.T, writers, size int, logs ...*Log) *load {
	d := &load{stop: make(chan struct{}), acked: map[string]fengsui.Place{}, last: time.Now()}
	t.Cleanup(d.halt)
	for k, l := range logs {
		for w := range writers {
			d.wg.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-d.stop:
						return
					default:
					}
					word := fmt.Sprintf("%d-%d-%d", k, w, i)
					p, err := l.Append(t.Context(), []byte(word+" "+strings.Repeat("x", size)))
					d.mu.Lock()
					if err != nil {
						if fengsui.CodeOf(err) != fengsui.Unavailable && t.Context().Err() == nil {
							t.Errorf("Append: %v", err)
						}
						d.again++ // what was refused is in doubt; it gets a new word
					} else {
						d.acked[word] = p
						d.gap = max(d.gap, time.Since(d.last))
						d.last = time.Now()
					}
					d.mu.Unlock()
					if err != nil {
						time.Sleep(20 * time.Millisecond)
					}
				}
			})
		}
	}
	return d
}

// halt ends the writers.
func (d *load) halt() {
	d.once.Do(func() { close(d.stop) })
	d.wg.Wait()
}

func (d *load) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.acked)
}

// more waits until n more appends are acknowledged.
func (d *load) more(t *testing.T, n int) {
	t.Helper()
	want := d.count() + n
	for end := time.Now().Add(time.Minute); d.count() < want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("within a minute %d of %d appends were acknowledged", d.count()-want+n, n)
		}
	}
}

// end stops the load and looks for everything that was acknowledged in each log.
func (d *load) end(t *testing.T, logs ...*Log) {
	t.Helper()
	d.halt()
	last := fengsui.Place{}
	for _, p := range d.acked {
		if last.Less(p) {
			last = p
		}
	}
	var first []string
	for i, l := range logs {
		records, at := whole(t, l, last)
		lost := 0
		for word, p := range d.acked {
			if at[word] != p {
				lost++
				if lost < 4 {
					t.Errorf("log %d: %s was acknowledged at %v and is at %v", i, word, p, at[word])
				}
			}
		}
		if lost > 0 {
			t.Errorf("log %d: %d of %d acknowledged records are lost", i, lost, len(d.acked))
		}
		if i == 0 {
			first = records
		} else if !slices.Equal(records, first) {
			t.Errorf("log %d has another order than log 0", i)
		}
	}
	t.Logf("%d acknowledged, %d in the log, %d refused, the longest pause %v", len(d.acked), len(first), d.again, d.gap)
}

// TestTwoAppend: two processes append to one log at once, and close its segments as they
// like: both see one order, each record once, and one sees live what the other appends.
func TestTwoAppend(t *testing.T) {
	s := startServers(t, 1)
	c := Config{SegmentBytes: 20_000} // so that one closes what the other appends to
	a, b := openShared(t, s, c), openShared(t, s, c)
	run(t, a)
	run(t, b)
	live := b.Reader(fengsui.Place{})
	defer live.Close()
	d := startLoad(t, 8, 1000, a, b)
	take(t, live, 1)
	d.more(t, 1000)
	d.end(t, a, b)
	if n := len(segments(a)); n < 5 || d.again > 0 {
		t.Errorf("there are %d segments, and %d appends were refused", n, d.again)
	}
	if a.ID() == "" || a.ID() != b.ID() {
		t.Errorf("the log calls itself %q and %q", a.ID(), b.ID())
	}
	p := add(t, a, "last")
	if got, _ := take(t, b.Reader(fengsui.Place{Seq: p.Seq - 1, Index: unknown}), 1); got[0] != "last" {
		t.Errorf("the other process reads %.20q", got[0])
	}
}

// TestLeaderKilled: the server that leads the log is killed under load, and comes back:
// appends wait or are refused, everything acknowledged is there once and in order.
func TestLeaderKilled(t *testing.T) {
	s := startServers(t, 3)
	c := Config{SegmentBytes: 1 << 20}
	a, b := openShared(t, s, c), openShared(t, s, c)
	run(t, a)
	run(t, b)
	d := startLoad(t, 8, 500, a, b)
	rounds := 1
	if os.Getenv("FENGSUI_SOAK") != "" {
		rounds = 20
	}
	for round := range rounds {
		d.more(t, 500)
		i := s.leader(a)
		since := time.Now()
		if round%3 == 1 {
			s.signal(i, syscall.SIGSTOP)
		} else {
			s.kill(i)
		}
		d.more(t, 500)
		t.Logf("server %d, which led, is away; 500 appends after %v", i, time.Since(since))
		if round%3 == 1 {
			s.signal(i, syscall.SIGCONT)
		} else {
			s.start()
		}
	}
	d.more(t, 500)
	d.end(t, a, b)
}

// TestServerKilled: so it is with a single server, which is away for a while.
func TestServerKilled(t *testing.T) {
	s := startServers(t, 1)
	a := openShared(t, s, Config{SegmentBytes: 1 << 20})
	run(t, a)
	d := startLoad(t, 8, 500, a)
	for range 2 {
		d.more(t, 500)
		s.kill(1)
		time.Sleep(200 * time.Millisecond)
		s.start()
	}
	d.more(t, 500)
	d.end(t, a)
}

// TestAppendAfter: of two processes that append one thing one succeeds; the other is told
// to look first. What it appended itself does not hold it up.
func TestAppendAfter(t *testing.T) {
	s := startServers(t, 1)
	a, b := openShared(t, s, Config{}), openShared(t, s, Config{})
	start := add(t, a, "start")
	take(t, b.Reader(fengsui.Place{}), 1)
	if _, err := a.AppendAfter(t.Context(), []byte("a1"), start); err != nil {
		t.Fatalf("nobody else appended: %v", err)
	}
	if _, err := a.AppendAfter(t.Context(), []byte("a2"), start); err != nil {
		t.Fatalf("only itself appended: %v", err)
	}
	if _, err := b.AppendAfter(t.Context(), []byte("b1"), start); fengsui.CodeOf(err) != fengsui.Conflict {
		t.Fatalf("another appended: %v, want conflict", err)
	}
	// Both at once, again and again: what is appended under a key is there once.
	var wg sync.WaitGroup
	var twice atomic.Int64
	for _, l := range []*Log{a, b} {
		wg.Go(func() {
			r, seen := l.Reader(fengsui.Place{}), fengsui.Place{}
			defer r.Close()
			known := map[string]bool{}
			read := func() {
				for seen.Less(l.Tail()) {
					got, err := r.Next(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					for _, rec := range got.Records {
						known[string(rec)] = true
					}
					seen = got.Last()
				}
			}
			for key := range 200 {
				if l == b {
					key = 199 - key
				}
				for word := fmt.Sprint("key-", key); ; {
					read()
					if known[word] {
						break
					}
					_, err := l.AppendAfter(t.Context(), []byte(word), seen)
					if err == nil {
						break
					}
					if fengsui.CodeOf(err) != fengsui.Conflict {
						t.Errorf("AppendAfter: %v", err)
						return
					}
					twice.Add(1)
				}
			}
		})
	}
	wg.Wait()
	end := add(t, a, "end")
	records, _ := whole(t, b, end)
	if want := 200 + 4; len(records) != want {
		t.Errorf("%d records are there, want %d", len(records), want)
	}
	if twice.Load() == 0 {
		t.Error("the two never met")
	}
}

// TestShare: one of two processes trims, and drops nothing that risk in the other has not
// passed, before and after a restart; the other finds what was dropped in the archive.
func TestShare(t *testing.T) {
	s := startServers(t, 1)
	c := Config{SegmentBytes: 10_000, Archive: openBlobs(t), Keep: time.Nanosecond, Readers: []string{"risk"}}
	a := forgetful(openShared(t, s, c))
	c.Tidy = func() bool { return false }
	b := forgetful(openShared(t, s, c))
	var want []string
	for i := range 14 {
		want = append(want, fmt.Sprint(i)+strings.Repeat("x", 2400))
		add(t, a, want[i])
	}
	reached := func(l *Log, want uint64) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); l.Reached("risk").Seq != want; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("risk is known to have passed %v, want %d", l.Reached("risk"), want)
			}
		}
	}
	check := func(why string, l *Log, segs ...string) {
		t.Helper()
		l.tidy(t.Context())
		if got := segments(l); !slices.Equal(got, segs) {
			t.Errorf("%s: segments are %v, want %v", why, got, segs)
		}
	}
	check("risk has passed nothing", a, "1-4", "5-8", "9-12", "13-14")
	b.Passed("risk", fengsui.Place{Seq: 9})
	reached(a, 9)
	check("risk has passed two", a, "9-12", "13-14")
	r := b.Reader(fengsui.Place{})
	if got, _ := take(t, r, 14); !slices.Equal(got, want) {
		t.Error("the other process does not read what was dropped from the archive")
	}
	r.Close()
	a.Close()
	b.Passed("risk", fengsui.Place{Seq: 13})
	b.Close()
	a = openShared(t, s, c)
	check("opened again", a, "9-12", "13-14")
	reached(a, 13)
	check("what was reported at the end is known", a, "13-14")
	a.Passed("risk", fengsui.Place{Seq: 5}) // of records that were put back
	reached(openShared(t, s, c), 5)
}

// TestAsleep: a process that slept while its segment was closed, archived and dropped,
// and that wakes with the log far ahead, appends behind what others appended.
func TestAsleep(t *testing.T) {
	s := startServers(t, 1)
	c := Config{SegmentBytes: 10_000, Archive: openBlobs(t), Keep: time.Nanosecond}
	a, b := openShared(t, s, c), openShared(t, s, c)
	run(t, b)
	add(t, b, "first "+strings.Repeat("x", 8000))
	take(t, a.Reader(fengsui.Place{}), 1)
	b.following.Lock() // what it does not hear of
	for i := range 10 {
		add(t, a, fmt.Sprint(i)+" "+strings.Repeat("x", 8000))
	}
	a.tidy(t.Context())
	if got := segments(a); !slices.Equal(got, []string{"11-11"}) {
		t.Fatalf("segments are %v, want the newest alone", got)
	}
	b.following.Unlock()
	var p fengsui.Place
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var err error
		if p, err = b.Append(t.Context(), []byte("awake")); err == nil {
			break
		}
		if fengsui.CodeOf(err) != fengsui.Unavailable || time.Now().After(end) {
			t.Fatalf("Append: %v", err)
		}
	}
	if p.Seq < 12 {
		t.Errorf("the record of the one that slept is at %v, want it behind 11", p)
	}
	for _, l := range []*Log{a, b} {
		records, _ := whole(t, l, p)
		if n := len(records); n != 12 || records[0] != "first" || records[11] != "awake" {
			t.Errorf("the log has %q", records)
		}
	}
}

// TestSecured: a server is reached by TLS with credentials alone, and neither shows in
// what is said when it is not.
func TestSecured(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca, cert, key := testCertificate(t)
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, _ := pair.PublicKey()
	seed, _ := pair.Seed()
	caFile := file("ca.pem", ca)
	t.Setenv("NATS_CONF", file("conf", fmt.Sprintf(`
tls { cert_file: %q, key_file: %q }
accounts { F {
  jetstream { max_file: 300KB }
  users: [ { user: fengsui, password: open-sesame }, { nkey: %s } ]
} }
`, file("cert.pem", cert), file("key.pem", key), public)))
	s := startServers(t, 1)
	c := Config{URL: strings.Replace(s.url, "nats:", "tls:", 1), CA: caFile, Credentials: file("password", "fengsui:open-sesame\n"), MinFree: 1}
	for why, bad := range map[string]func(*Config){
		"without credentials":   func(c *Config) { c.Credentials = "" },
		"with a wrong password": func(c *Config) { c.Credentials = file("wrong", "fengsui:open-barley") },
		"without its CA":        func(c *Config) { c.CA = "" },
		"with no credentials":   func(c *Config) { c.Credentials = file("none", "open-barley") },
		"with a broken seed":    func(c *Config) { c.Credentials = file("seed", "SUopen-barley") },
	} {
		c := c
		bad(&c)
		l, err := Open(t.Context(), c)
		if err == nil {
			l.Close()
			t.Errorf("%s the log opens", why)
		} else if strings.Contains(err.Error(), "open-") {
			t.Errorf("%s the secret is told: %v", why, err)
		}
	}
	l, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	add(t, l, "by password")
	l.Close()
	c.Credentials = file("nkey", string(seed))
	c.SegmentBytes, c.Keep, c.Readers = 50_000, time.Nanosecond, []string{"risk"}
	if l, err = Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	defer l.Close()

	// The account's room ends before a disk does.
	var last fengsui.Place
	for i := 0; ; i++ {
		p, err := l.Append(t.Context(), make([]byte, 10_000))
		if err == nil && i < 100 {
			last = p
			continue
		}
		if e, ok := err.(*fengsui.Error); !ok || e.Reason != "disk_low" {
			t.Fatalf("append %d to a full account: %v, want disk_low", i, err)
		}
		break
	}
	if e, ok := l.Ready().(*fengsui.Error); !ok || e.Reason != "disk_low" {
		t.Errorf("Ready = %v, want disk_low", l.Ready())
	}
	run(t, l)
	l.Passed("risk", last) // room is made of what it has passed
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, err := l.Append(t.Context(), []byte("more")); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatalf("with room again: %v", err)
		}
	}
}

// testCertificate is a certificate of 127.0.0.1 under a CA of its own, in PEM.
func testCertificate(t *testing.T) (ca, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	text := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return text("CERTIFICATE", der), text("CERTIFICATE", der), text("PRIVATE KEY", secret)
}

// deafProxy lets a client speak to a server, and hear it only while it is not deaf.
type deafProxy struct {
	ln   net.Listener
	to   string
	deaf atomic.Bool
	wg   sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

func startProxy(t *testing.T, to string) *deafProxy {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &deafProxy{ln: ln, to: to}
	p.wg.Go(func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", p.to)
			if err != nil {
				in.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			p.wg.Go(func() { io.Copy(out, in); out.Close() })
			p.wg.Go(func() {
				defer in.Close()
				buf := make([]byte, 64<<10)
				for {
					n, err := out.Read(buf)
					if err != nil {
						return
					}
					if !p.deaf.Load() {
						in.Write(buf[:n])
					}
				}
			})
		}
	})
	t.Cleanup(func() { ln.Close(); p.cut(); p.wg.Wait() })
	return p
}

// cut ends all connections.
func (p *deafProxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// TestLostAnswer: the answer to an append is lost with the connection: the record is in
// the log once, and acknowledged where it is.
func TestLostAnswer(t *testing.T) {
	s := startServers(t, 1)
	p := startProxy(t, strings.TrimPrefix(s.url, "nats://"))
	b := openShared(t, s, Config{})
	away := *s
	away.url = "nats://" + p.ln.Addr().String()
	a := openShared(t, &away, Config{})
	add(t, a, "start")
	live := b.Reader(fengsui.Place{})
	defer live.Close()
	take(t, live, 1)
	for word, say := range map[string]func(word string) (fengsui.Place, error){
		"plain":       func(word string) (fengsui.Place, error) { return a.Append(t.Context(), []byte(word)) },
		"conditioned": func(word string) (fengsui.Place, error) { return a.AppendAfter(t.Context(), []byte(word), a.Tail()) },
	} {
		p.deaf.Store(true)
		var got fengsui.Place
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			got, err = say(word)
		}()
		records, places := take(t, live, 1) // it is kept, and its answer is lost
		p.cut()
		p.deaf.Store(false)
		<-done
		if err != nil || records[0] != word || got != places[0] {
			t.Errorf("%s: acknowledged at %v, %v; %s is at %v", word, got, err, records[0], places[0])
		}
	}
	end := add(t, b, "end")
	if records, _ := whole(t, b, end); len(records) != 4 {
		t.Errorf("the log has %q", records)
	}
}
