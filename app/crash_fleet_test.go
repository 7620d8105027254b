package app

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui/store/storetest"
)

// fleet is a platform of several processes over PostgreSQL and NATS servers, with a
// balancer in front of those that have doors, as an operator would put one there.
type fleet struct {
	s        *siege
	postgres *storetest.Server
	logs     string // directory of the NATS servers
	members  []*member
	doors    sync.WaitGroup
}

// member is one process of it.
type member struct {
	name  string
	c     Config
	file  string
	wrap  []string // a command that it is run by
	roles string   // empty: all
	bin   string   // the program; empty: the siege's
	door  bool     // the balancer sends to it

	proc *process

	up    atomic.Bool
	mu    sync.Mutex
	conns map[net.Conn]bool // guarded by mu: through the balancer
}

// found makes a fleet of n processes with all roles, and the servers that they need.
// servers is how many NATS servers keep the log.
func found(t *testing.T, s *siege, n, servers int) *fleet {
	t.Helper()
	f := &fleet{s: s, postgres: storetest.Start(t, "../scripts/postgres.sh"), logs: filepath.Join(s.dir, "nats")}
	t.Cleanup(func() {
		if err := f.postgres.Stop(); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
	})
	t.Cleanup(func() { exec.Command("../scripts/nats.sh", "stop", f.logs).Run() })
	s.fleet = f
	s.c.Store.URL = f.postgres.Database(t, "fengsui")
	s.c.Bus.URL, s.c.Bus.Replicas = f.startLog(servers), servers
	for i := range n {
		f.join(fmt.Sprint("p", i+1), i)
	}
	return f
}

// open opens the balancer, before the doors.
func (f *fleet) open() {
	t, s := f.s.t, f.s
	t.Helper()
	for _, d := range []struct {
		address string
		of      func(*member) string
	}{{s.c.HTTP, func(m *member) string { return m.c.HTTP }}, {s.c.HTTPS, func(m *member) string { return m.c.HTTPS }}} {
		l, err := net.Listen("tcp", d.address)
		if err != nil {
			t.Fatal(err)
		}
		f.doors.Go(func() { f.balance(l, d.of) })
		t.Cleanup(func() { l.Close() })
	}
	f.doors.Go(f.look)
}

// startLog starts the NATS servers, or those of them that are dead, and gives their URL.
func (f *fleet) startLog(servers int) string {
	f.s.t.Helper()
	out, err := exec.Command("../scripts/nats.sh", "start", f.logs, fmt.Sprint(servers)).Output()
	if err != nil {
		f.s.t.Fatalf("start NATS: %v %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// join adds a process. The first one's files of blobs and certificates are everybody's.
func (f *fleet) join(name string, i int) *member {
	t := f.s.t
	t.Helper()
	m := &member{name: name, c: f.s.c, file: filepath.Join(f.s.dir, name+".yaml"), door: true, conns: map[net.Conn]bool{}}
	m.c.HTTP, m.c.HTTPS = freeAddress(t), freeAddress(t)
	first := f.s.c.Data
	if i > 0 {
		m.c.Data = filepath.Join(f.s.dir, name)
	} else {
		m.file = f.s.file
	}
	for _, sub := range []string{"blob", "tls"} {
		if err := os.MkdirAll(filepath.Join(first, sub), 0o700); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			continue
		}
		if err := os.MkdirAll(m.c.Data, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(first, sub), filepath.Join(m.c.Data, sub)); err != nil {
			t.Fatal(err)
		}
	}
	f.members = append(f.members, m)
	return m
}

// begin starts a member.
func (f *fleet) begin(m *member) {
	t := f.s.t
	t.Helper()
	b, err := yaml.Marshal(m.c)
	if err == nil {
		err = os.WriteFile(m.file, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	args := append(append([]string{}, m.wrap...), cmp.Or(m.bin, f.s.binary), "serve", "--config", m.file)
	if m.roles != "" {
		args = append(args, "--roles", m.roles)
	}
	m.proc = f.s.spawn(args...)
}

// live waits until a member listens.
func (f *fleet) live(m *member) {
	t := f.s.t
	t.Helper()
	select {
	case <-m.proc.listening:
		f.s.started = time.Since(m.proc.began)
	case <-m.proc.gone:
		t.Fatalf("%s did not start: %v\n%s", m.name, m.proc.err, m.proc.lastWords())
	case <-time.After(longestWait):
		t.Fatalf("%s does not listen after %s\n%s", m.name, longestWait, m.proc.lastWords())
	}
}

// start starts them all, one after the other: the first makes what all have.
func (f *fleet) start() {
	f.s.t.Helper()
	f.open()
	for _, m := range f.members {
		f.begin(m)
		f.live(m)
	}
	until(f.s.t, func() string { return "every door open" }, func() bool {
		for _, m := range f.members {
			if m.door && !m.up.Load() {
				return false
			}
		}
		return true
	})
}

func (f *fleet) stop() {
	var all sync.WaitGroup
	for _, m := range f.members {
		all.Go(func() { f.s.endProcess(m.proc) })
	}
	all.Wait()
}

// kill kills a member with -9.
func (f *fleet) kill(m *member) {
	m.proc.kill()
	m.down()
}

// holder is the member that has a lease, as the store says.
func (f *fleet) holder(name string) *member {
	t := f.s.t
	t.Helper()
	db := f.s.open()
	defer db.Close()
	id := ""
	if err := db.QueryRow(`SELECT holder FROM lease WHERE name = $1`, name).Scan(&id); err != nil && err != sql.ErrNoRows {
		return nil // the store is away: who asks asks again
	}
	id, _, _ = strings.Cut(id, "@")
	for _, m := range f.members {
		own, err := os.ReadFile(filepath.Join(m.c.Data, "ID"))
		if err == nil && id != "" && strings.TrimSpace(string(own)) == id {
			return m
		}
	}
	return nil
}

// held waits until a member has a lease.
func (f *fleet) held(name string) (m *member) {
	f.s.t.Helper()
	until(f.s.t, func() string { return "somebody holds " + name }, func() bool { m = f.holder(name); return m != nil })
	return m
}

// look finds out which doors answer, as a balancer does.
func (f *fleet) look() {
	ask := http.Client{Timeout: time.Second}
	defer ask.CloseIdleConnections()
	var all sync.WaitGroup
	for _, m := range f.members {
		all.Go(func() {
			for wait(f.s.ctx, 200*time.Millisecond) {
				if !m.door {
					continue
				}
				r, err := ask.Get("http://" + m.c.HTTP + "/healthz")
				if err == nil {
					r.Body.Close()
					m.up.Store(true)
				} else {
					m.down()
				}
			}
		})
	}
	all.Wait()
}

// down cuts what goes through the balancer to a member.
func (m *member) down() {
	m.up.Store(false)
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.conns {
		c.Close()
	}
	clear(m.conns)
}

// balance sends each connection to the next member whose door answers.
func (f *fleet) balance(l net.Listener, of func(*member) string) {
	next := 0
	var all sync.WaitGroup
	defer all.Wait()
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		first := next
		next++
		all.Go(func() { f.through(in, first, of) })
	}
}

func (f *fleet) through(in net.Conn, first int, of func(*member) string) {
	defer in.Close()
	for tries := 0; tries < 200 && f.s.ctx.Err() == nil; tries++ {
		m := f.members[(first+tries)%len(f.members)]
		if m.up.Load() {
			out, err := net.DialTimeout("tcp", of(m), time.Second)
			if err == nil {
				m.mu.Lock()
				m.conns[out], m.conns[in] = true, true
				m.mu.Unlock()
				join(f.s.ctx, in, out)
				m.mu.Lock()
				delete(m.conns, out)
				delete(m.conns, in)
				m.mu.Unlock()
				return
			}
		}
		if tries%len(f.members) == len(f.members)-1 {
			wait(f.s.ctx, tryPause)
		}
	}
}

// join carries bytes both ways until one side ends, or ctx.
func join(ctx context.Context, a, b net.Conn) {
	end := func() { a.Close(); b.Close() }
	defer context.AfterFunc(ctx, end)()
	var all sync.WaitGroup
	for _, p := range [][2]net.Conn{{a, b}, {b, a}} {
		all.Go(func() {
			io.Copy(p[0], p[1])
			end()
		})
	}
	all.Wait()
}

// island is a network of its own, with one line to this one that can be cut.
type island struct {
	t        *testing.T
	name     string
	line     string // our end
	far      string // our address, as it is seen there
	forwards sync.WaitGroup
}

// forwardFrom and forwardTo are what a forwarder of the island is told.
const forwardEnv = "FENGSUI_TEST_FORWARD"

// newIsland makes one. Only root may.
func newIsland(t *testing.T) *island {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("only root may make a network namespace: run this test as root, as scripts/need.sh is run, or leave it out with -short")
	}
	n := os.Getpid() % 60
	l := &island{t: t, name: fmt.Sprintf("fengsui%d", os.Getpid()), line: fmt.Sprintf("fs%dh", os.Getpid()), far: fmt.Sprintf("10.211.%d.1", n)}
	t.Cleanup(func() {
		exec.Command("ip", "netns", "del", l.name).Run()
		exec.Command("ip", "link", "del", l.line).Run()
		l.forwards.Wait()
	})
	there := fmt.Sprintf("fs%dn", os.Getpid())
	l.ip("netns", "add", l.name)
	l.ip("link", "add", l.line, "type", "veth", "peer", "name", there, "netns", l.name)
	l.ip("addr", "add", l.far+"/30", "dev", l.line)
	l.ip("link", "set", l.line, "up")
	l.ip("-n", l.name, "addr", "add", fmt.Sprintf("10.211.%d.2/30", n), "dev", there)
	l.ip("-n", l.name, "link", "set", there, "up")
	l.ip("-n", l.name, "link", "set", "lo", "up")
	return l
}

func (l *island) ip(args ...string) {
	l.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		l.t.Fatalf("ip %s: %v %s", strings.Join(args, " "), err, out)
	}
}

func (l *island) cut()  { l.t.Helper(); l.ip("link", "set", l.line, "down") }
func (l *island) heal() { l.t.Helper(); l.ip("link", "set", l.line, "up") }

// reach lets the island reach a server of ours at an address of its own.
func (l *island) reach(ctx context.Context, at, network, address string) {
	l.t.Helper()
	in, err := net.Listen("tcp", l.far+":0")
	if err != nil {
		l.t.Fatal(err)
	}
	l.forwards.Go(func() { forward(ctx, in, network, address) })
	l.t.Cleanup(func() { in.Close() })
	cmd := exec.Command("ip", "netns", "exec", l.name, os.Args[0], "-test.run=^TestForward$")
	cmd.Env = append(os.Environ(), forwardEnv+"="+at+" "+in.Addr().String())
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
}

// forward carries every connection on.
func forward(ctx context.Context, l net.Listener, network, address string) {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		all.Go(func() {
			defer in.Close()
			out, err := net.DialTimeout(network, address, 5*time.Second)
			if err == nil {
				join(ctx, in, out)
			}
		})
	}
}

// TestForward is the island's end of a line; by itself it has nothing to do.
func TestForward(t *testing.T) {
	at, to, ok := strings.Cut(os.Getenv(forwardEnv), " ")
	if !ok {
		t.Skip("it carries connections for TestTakeover")
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	forward(context.Background(), l, "tcp", to)
}
