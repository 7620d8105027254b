package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/adapter/push"
	"fengsui/api"
)

// faultBinary builds the program with the tag fault: one binary, in which
// FENGSUI_FAULT chooses the fault that is on; without it there is none.
func faultBinary(t *testing.T) string {
	t.Helper()
	path, err := builtWithFaults()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// builtWithFaults builds once: tests that run side by side run the same file.
var builtWithFaults = sync.OnceValues(func() (string, error) {
	path, err := filepath.Abs("../bin/fengsui-fault")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err != nil {
		return "", err
	}
	if out, err := exec.Command("go", "build", "-tags", "fault", "-o", path, "../cmd/fengsui").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build with the tag fault: %w\n%s", err, out)
	}
	return path, nil
})

// siege is a platform under load that things happen to. Whatever it acknowledged
// is kept here, outside it.
type siege struct {
	t        testing.TB
	ctx      context.Context // ends with the test
	dir      string
	c        Config
	file     string // c as the platform reads it
	binary   string // empty: the platform runs in this process
	fault    string
	wrap     []string      // a command that the platform is run by
	patience time.Duration // how long a story waits for one thing
	senders  int           // enterprises that send batches, BULK0 on
	batch    int           // points of each, and samples in its batch

	fleet *fleet // the processes that share the platform; nil: it is one process

	p              *Platform // in this process, while it runs
	historyStarted func(pid int)
	proc           *process
	started        time.Duration // how long the newest start took

	// The platform's life: it begins when it listens and ends when it is killed.
	lifeMu sync.Mutex
	life   context.Context
	end    context.CancelFunc
	born   chan struct{} // closed when life begins

	ear     *ear
	feed    *feedEar
	people  map[string]*person
	web     *http.Client // for people, plain HTTP
	device  *http.Client // for pushes, TLS
	bulk    []*push.Client
	plant   *push.Client
	answers map[int]*atomic.Int64 // to pushes, by status

	samples, acts atomic.Int64 // acknowledged
	onAnswer      atomic.Pointer[func()]

	mu         sync.Mutex
	deliveries map[string]uint64 // acknowledged: key -> digest of its samples
	acted      map[actKey]int64  // acknowledged: user and key -> place in the journal
	refused    map[string]int    // acts, by reason
	wrong      []string          // what must not have happened
	nextKey    int
}

type actKey struct {
	user fengsui.ID
	key  string
}

// besiege makes a platform's configuration: the law and the model of
// testdata/kill, receivers in this process.
func besiege(t testing.TB, dir string) *siege {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	s := &siege{
		t: t, ctx: ctx, dir: dir, file: filepath.Join(dir, "fengsui.yaml"), born: make(chan struct{}), patience: longestWait, senders: 4, batch: bulkBatch,
		deliveries: map[string]uint64{}, acted: map[actKey]int64{}, refused: map[string]int{}, people: map[string]*person{},
		answers: map[int]*atomic.Int64{200: {}, 429: {}, 503: {}, 0: {}},
	}
	s.ear = newEar(t)
	s.feed = newFeedEar()
	testdata, err := filepath.Abs("testdata/kill")
	if err != nil {
		t.Fatal(err)
	}
	s.c = Defaults()
	s.c.Data, s.c.MasterKeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "master.key")
	s.c.HTTP, s.c.HTTPS = freeAddress(t), freeAddress(t)
	s.c.BaseURL = "http://" + s.c.HTTP
	s.c.Policy, s.c.Models = filepath.Join(testdata, "policy.yaml"), filepath.Join(testdata, "models")
	s.c.History.On = false
	s.c.Canary.Every = 0 // what is counted is what the stories sent
	// One machine is everybody here, and nobody has an authenticator.
	s.c.Accounts.TOTP, s.c.Accounts.Sessions = nil, 1000
	s.c.Limits.Address, s.c.Limits.Caller, s.c.Limits.SignIn = api.Rate{PerSecond: 1e6, Burst: 1e6}, api.Rate{PerSecond: 1e6, Burst: 1e6}, api.Rate{PerSecond: 1e6, Burst: 1e6}
	s.c.Webhook.SecretFile = filepath.Join(dir, "webhook.key")
	s.c.Municipal.URL, s.c.Municipal.Format = s.ear.url+"/sj", "json"
	s.web = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	t.Cleanup(s.web.CloseIdleConnections)
	return s
}

// freeAddress is a loopback address that nobody has. It lies below the ports that
// the system and scripts/nats.sh give out: between two lives nobody else takes it.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := "127.0.0.1:" + strconv.Itoa(20_000+rand.IntN(8_000))
		if _, given := givenAddresses.LoadOrStore(address, true); given {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no free port between 20,000 and 28,000")
	return ""
}

// givenAddresses are those that a test of this process has: one that is killed does not
// listen for a while.
var givenAddresses sync.Map

func (s *siege) blame(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

func (s *siege) key(what string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextKey++
	return fmt.Sprintf("%s-%06d", what, s.nextKey)
}

// process is one life of the platform in a process of its own.
type process struct {
	cmd       *exec.Cmd
	began     time.Time
	arm       *os.File
	stands    chan string   // at a point, waiting to be killed
	listening chan struct{} // closed once it listens
	gone      chan struct{} // closed once it has ended
	err       error         // of its end, after gone

	mu     sync.Mutex
	tail   []string // its last words
	leases []string // what it said of leases
}

// begin starts the platform; it need not listen yet.
func (s *siege) begin() *process {
	s.t.Helper()
	return s.spawn(append(append([]string{}, s.wrap...), s.binary, "serve", "--config", s.file)...)
}

// spawn starts a process of the platform.
func (s *siege) spawn(args ...string) *process {
	s.t.Helper()
	p := &process{cmd: exec.Command(args[0], args[1:]...), began: time.Now(), stands: make(chan string, 1), listening: make(chan struct{}), gone: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "FENGSUI_FAULT="+s.fault, "FENGSUI_POINTS=1")
	armed, arm, err1 := os.Pipe()
	stand, stands, err2 := os.Pipe()
	said, say, err3 := os.Pipe()
	if err := errors.Join(err1, err2, err3); err != nil {
		s.t.Fatal(err)
	}
	p.arm = arm
	p.cmd.ExtraFiles = []*os.File{armed, stands}
	p.cmd.Stderr = say
	err := p.cmd.Start()
	for _, f := range []*os.File{armed, stands, say} {
		f.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		defer stand.Close()
		lines := bufio.NewScanner(stand)
		for lines.Scan() {
			select {
			case p.stands <- lines.Text():
			default: // nobody armed a second one
			}
		}
	})
	all.Go(func() {
		defer said.Close()
		lines := bufio.NewScanner(said)
		lines.Buffer(nil, 1<<20)
		up := false
		for lines.Scan() {
			if !up && strings.Contains(lines.Text(), "msg=listening") {
				up = true
				close(p.listening)
			}
			if line := lines.Text(); strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
				s.blame("the platform said %q", line)
			}
			p.mu.Lock()
			if strings.Contains(lines.Text(), " lease=") {
				p.leases = append(p.leases, lines.Text())
			}
			p.tail = append(p.tail[max(0, len(p.tail)-60):], lines.Text())
			p.mu.Unlock()
		}
	})
	go func() {
		p.err = p.cmd.Wait()
		all.Wait()
		arm.Close()
		close(p.gone)
	}()
	s.t.Cleanup(p.kill)
	return p
}

// lastWords are the last lines that it logged.
func (p *process) lastWords() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.tail, "\n")
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.gone
}

// start starts the platform and waits until it listens.
func (s *siege) start() {
	s.t.Helper()
	if s.fleet != nil {
		s.fleet.start()
		s.beginLife(func() {})
		return
	}
	if s.binary != "" {
		s.live(s.begin())
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	log := slog.New(slog.NewTextHandler(testLog{s.t}, &slog.HandlerOptions{Level: slog.LevelError}))
	p, err := Open(ctx, s.c, log)
	if err == nil {
		err = p.Registry.Seed(ctx)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if p.History != nil {
		p.History.command = []string{os.Args[0], "-test.run=^TestHistoryRole$"}
		p.History.env = []string{historyTestDir + "=" + s.c.Data}
		p.History.started = s.historyStarted
	}
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- p.ListenAndRun(ctx, func(string, string) { close(ready) }) }()
	select {
	case <-ready:
	case err := <-done:
		s.t.Fatal(err)
	}
	s.p = p
	s.beginLife(func() {
		cancel()
		if err := errors.Join(<-done, p.Close()); err != nil {
			s.t.Errorf("the platform ended with %v", err)
		}
	})
}

// live waits until a process listens; its life begins.
func (s *siege) live(p *process) {
	s.t.Helper()
	select {
	case <-p.listening:
	case <-p.gone:
		s.t.Fatalf("the platform did not start: %v\n%s", p.err, p.lastWords())
	case <-time.After(longestWait):
		s.t.Fatalf("the platform does not listen after %s\n%s", longestWait, p.lastWords())
	}
	s.proc, s.started = p, time.Since(p.began)
	s.beginLife(func() {})
}

func (s *siege) beginLife(end func()) {
	life, cancel := context.WithCancel(s.ctx)
	s.lifeMu.Lock()
	defer s.lifeMu.Unlock()
	s.life, s.end = life, sync.OnceFunc(func() { cancel(); end() })
	close(s.born)
}

// endLife makes everyone wait for the next life.
func (s *siege) endLife() {
	s.lifeMu.Lock()
	s.born = make(chan struct{})
	end := s.end
	s.lifeMu.Unlock()
	end()
	s.web.CloseIdleConnections()
	if s.device != nil {
		s.device.CloseIdleConnections()
	}
}

// alive waits for a life. Its end is the end of every call that is under way.
func (s *siege) alive() (context.Context, error) {
	for {
		s.lifeMu.Lock()
		born, life := s.born, s.life
		s.lifeMu.Unlock()
		select {
		case <-born:
			if life != nil && life.Err() == nil {
				return life, nil
			}
			return nil, context.Canceled
		default:
		}
		select {
		case <-born:
		case <-s.ctx.Done():
			return nil, context.Cause(s.ctx)
		}
	}
}

// stop ends the platform in order.
func (s *siege) stop() {
	s.t.Helper()
	s.endLife()
	if s.fleet != nil {
		s.fleet.stop()
	}
	if s.proc != nil {
		s.endProcess(s.proc)
	}
}

// endProcess ends a process in order.
func (s *siege) endProcess(p *process) {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.gone:
		if p.err != nil {
			s.blame("the platform ended with %v\n%s", p.err, p.lastWords())
		}
	case <-time.After(30 * time.Second):
		p.kill()
		s.blame("the platform does not end 30 s after SIGTERM\n%s", p.lastWords())
	}
}

// person is an account at work, signed in.
type person struct {
	s      *siege
	login  string
	id     fengsui.ID
	cookie string
}

const (
	siegePassword = "beacon-tower-2026"
	siegeInitial  = "first-beacon-tower" // of those whom another person made; they change it
)

// furnish makes the platform's district by the doors that an operator has: the
// admin command, then the API. It ends with the platform running.
func (s *siege) furnish(stories int) {
	t := s.t
	t.Helper()
	c := s.c
	if s.fleet != nil {
		c = s.fleet.members[0].c
	}
	b, err := yaml.Marshal(c)
	if err == nil {
		err = os.WriteFile(s.file, b, 0o600)
	}
	password := filepath.Join(s.dir, "password")
	if err = errors.Join(err, os.WriteFile(password, []byte(siegePassword), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"admin", "security"} {
		if s.binary != "" {
			cmd := exec.CommandContext(s.ctx, s.binary, "admin", "user", "--config", s.file, "--login", role, "--name", role, "--role", role, "--password", password)
			cmd.Env = append(os.Environ(), "FENGSUI_FAULT="+s.fault)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		} else if err := (&UserCommand{Config: s.file, Login: role, Name: role, Role: role, Party: "yygs", Password: password}).Run(s.ctx); err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	roots, err := trusted(filepath.Join(s.c.Data, "tls", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	s.device = outward(roots)
	s.device.Timeout = 30 * time.Second
	s.device.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	s.device.Transport = counted{s.device.Transport, s.answers}
	t.Cleanup(s.device.CloseIdleConnections)

	admin := s.signIn("admin")
	var sheet strings.Builder
	sheet.WriteString("code,credit_code,name,sector,zone\n")
	for i := range 1 + s.senders {
		code := "PLANT"
		if i > 0 {
			code = fmt.Sprint("BULK", i-1)
		}
		fmt.Fprintf(&sheet, "%s,%s,%s,hazchem,120116400\n", code, storyCredit(i), code)
	}
	s.imports(admin, "enterprises", sheet.String())
	sheet.Reset()
	sheet.WriteString("enterprise,code,name,quantity,unit,range_low,range_high,ll,l,h,hh\n")
	for i := range stories {
		fmt.Fprintf(&sheet, "PLANT,%[1]s,%[1]s,level,m,0,15,1,2,12,13.5\n", storyPoint(i))
	}
	for i := range s.senders {
		for j := range s.batch {
			fmt.Fprintf(&sheet, "BULK%[1]d,B%02[2]d,B%[1]d%02[2]d,level,m,0,15,1,2,12,13.5\n", i, j)
		}
	}
	s.imports(admin, "points", sheet.String())
	sheet.Reset()
	sheet.WriteString("party,name,duty,channels\n")
	for _, code := range []string{"PLANT", "yjj", "120116400"} {
		fmt.Fprintf(&sheet, "%[1]s,%[1]s,duty_desk,webhook:%[2]s/%[1]s\n", code, s.ear.url)
	}
	s.imports(admin, "contacts", sheet.String())

	var parties struct {
		Items []struct {
			ID   fengsui.ID
			Code string
		}
	}
	s.must(admin, "GET", "/parties", "", nil, &parties)
	var firms struct {
		Items []struct {
			ID   fengsui.ID
			Code string
		}
	}
	s.must(admin, "GET", "/enterprises?limit=100", "", nil, &firms)
	id := map[string]fengsui.ID{}
	for _, p := range append(parties.Items, firms.Items...) {
		id[p.Code] = p.ID
	}
	security := s.signIn("security")
	for login, of := range map[string]struct {
		role  fengsui.Role
		party string
	}{"duty": {fengsui.RoleDuty, "yygs"}, "firm": {fengsui.RoleEnterprise, "PLANT"}, "zone": {fengsui.RoleZone, "120116400"}, "bureau": {fengsui.RoleBureau, "yjj"}} {
		s.must(security, "POST", "/users", s.key("user"), map[string]any{"login": login, "name": login, "role": of.role, "party": id[of.party], "password": siegeInitial}, nil)
		s.people[login] = s.signInBy(login, siegeInitial)
		s.must(s.people[login], "POST", "/session/password", s.key("password"), map[string]any{"old": siegeInitial, "new": siegePassword}, nil)
	}
	client := func(code string) *push.Client {
		var issued struct{ Key, Secret string }
		s.must(admin, "POST", "/enterprises/"+string(id[code])+"/keys", s.key("issue"), nil, &issued)
		secret, err := push.ParseSecret(issued.Secret)
		if err != nil {
			t.Fatal(err)
		}
		return &push.Client{URL: "https://" + s.c.HTTPS, Enterprise: code, Key: issued.Key, Secret: secret, Compact: true, HTTP: s.device}
	}
	s.plant = client("PLANT")
	s.plant.Compact, s.plant.Gzip = false, true
	for i := range s.senders {
		s.bulk = append(s.bulk, client(fmt.Sprintf("BULK%d", i)))
	}
}

func storyPoint(i int) string { return fmt.Sprintf("S%04d", i) }

// counted counts the answers of the platform by status.
type counted struct {
	http.RoundTripper
	by map[int]*atomic.Int64
}

func (c counted) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	n := c.by[answer.StatusCode]
	if n == nil || answer.StatusCode == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") == "" {
		n = c.by[0]
	}
	n.Add(1)
	return answer, nil
}

// CloseIdleConnections reaches the transport inside.
func (c counted) CloseIdleConnections() { c.RoundTripper.(*http.Transport).CloseIdleConnections() }

func (s *siege) signIn(login string) *person {
	s.t.Helper()
	return s.signInBy(login, siegePassword)
}

func (s *siege) signInBy(login, password string) *person {
	s.t.Helper()
	jar, _ := cookiejar.New(nil)
	client := *s.web
	client.Jar = jar
	var me struct{ User struct{ ID fengsui.ID } }
	body, _ := json.Marshal(map[string]string{"login": login, "password": password})
	var r *http.Response
	var err error
	until(s.t, func() string { return fmt.Sprintf("an answer to the sign-in as %s: %v", login, err) }, func() bool {
		// A balancer may take a slow door for a dead one, and cut the line.
		r, err = client.Post(s.c.BaseURL+"/api/v1/session", "application/json", bytes.NewReader(body))
		return err == nil
	})
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(answer, &me)
	}
	if err != nil || r.StatusCode != http.StatusOK || len(r.Cookies()) != 1 {
		s.t.Fatalf("sign in as %s: %d %s (%v)", login, r.StatusCode, answer, err)
	}
	return &person{s, login, me.User.ID, r.Cookies()[0].String()}
}

func (s *siege) imports(admin *person, what, sheet string) {
	s.t.Helper()
	life, err := s.alive()
	if err != nil {
		s.t.Fatal(err)
	}
	status, answer, err := s.send(life, admin, "POST", "/import/"+what, s.key("import"), "text/csv", []byte(sheet))
	var report struct{ Errors []any }
	if err == nil {
		err = json.Unmarshal(answer, &report)
	}
	if err != nil || status != http.StatusOK || len(report.Errors) > 0 {
		s.t.Fatalf("import of %s: %d %.300s (%v)", what, status, answer, err)
	}
}

// must makes one call that has to succeed.
func (s *siege) must(p *person, method, path, key string, body, out any) {
	s.t.Helper()
	life, err := s.alive()
	if err != nil {
		s.t.Fatal(err)
	}
	b, _ := json.Marshal(body)
	if body == nil {
		b = nil
	}
	status, answer, err := s.send(life, p, method, path, key, "application/json", b)
	if err == nil && out != nil {
		err = json.Unmarshal(answer, out)
	}
	if err != nil || status != http.StatusOK {
		s.t.Fatalf("%s %s: %d %.300s (%v)", method, path, status, answer, err)
	}
}

// send makes one call.
func (s *siege) send(ctx context.Context, p *person, method, path, key, kind string, body []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, s.c.BaseURL+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.GetBody = nil // it is repeated here or nowhere
	cookie, _, _ := strings.Cut(p.cookie, ";")
	r.Header.Set("Cookie", cookie)
	if len(body) > 0 {
		r.Header.Set("Content-Type", kind)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	a, err := s.web.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	answer, err = io.ReadAll(a.Body)
	return a.StatusCode, answer, err
}
