package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter/mqtt"
	"fengsui/adapter/push"
	"fengsui/bus"
)

const clientDir = "../adapter/mqtt/testdata/client"

// flock is a number of MQTT clients that send samples to a platform under siege.
// Sender k's nth message has the time base + 8n + k, the value n mod 10, and is
// numbered by what it was acknowledged as.
type flock struct {
	s    *siege
	base fengsui.Millis
	ca   string

	mu    sync.Mutex
	acked map[fengsui.Millis]bool // by the sample's time
}

func (f *flock) at(k, n int) fengsui.Millis { return f.base + fengsui.Millis(8*n+k) }

func (f *flock) ack(k, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acked[f.at(k, n)] = true
}

func (f *flock) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.acked)
}

// args are mosquitto's for reaching the broker as an enterprise.
func (f *flock) args(c *push.Client, secure bool) []string {
	list := []string{"-u", c.Enterprise + "/" + c.Key, "-P", hex.EncodeToString(c.Secret), "-h", "127.0.0.1"}
	if secure {
		_, port, _ := net.SplitHostPort(f.s.c.MQTT.TLS)
		return append(list, "-p", port, "--cafile", f.ca)
	}
	_, port, _ := net.SplitHostPort(f.s.c.MQTT.Plain)
	return append(list, "-p", port)
}

// mosquitto runs one of its programs. It is given ten seconds: when the platform
// dies at a bad moment it may wait for ever.
func (f *flock) mosquitto(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	return string(out), err
}

// pour sends message after message by mosquitto_pub, each until it is acknowledged:
// then, and not before, the program ends with 0 and says nothing.
func (f *flock) pour(ctx context.Context, k int, topic, format string, secure bool, more ...string) {
	c := f.s.bulk[k%len(f.s.bulk)]
	for n := 0; ctx.Err() == nil; n++ {
		body := fmt.Sprintf(format, f.at(k, n), n%10)
		for f.s.ctx.Err() == nil {
			args := append(append(f.args(c, secure), more...), "-t", topic, "-m", body)
			out, err := f.mosquitto(f.s.ctx, "mosquitto_pub", args...)
			if err == nil && out == "" {
				f.ack(k, n)
				break
			}
			wait(f.s.ctx, tryPause)
		}
	}
}

// burst runs the npm client as sender k until ctx ends and it has heard all of its
// acknowledgements.
func (f *flock) burst(ctx context.Context, t *testing.T, k int) {
	c := f.s.bulk[k%len(f.s.bulk)]
	cmd := exec.CommandContext(f.s.ctx, "node", "burst.mjs", "mqtts://"+f.s.c.MQTT.TLS, c.Enterprise+"/"+c.Key, hex.EncodeToString(c.Secret), f.ca,
		"fengsui/v1/"+c.Enterprise+"/GW5", "B05", strconv.FormatInt(int64(f.at(k, 0)), 10), "8")
	cmd.Dir = clientDir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil || cmd.Start() != nil {
		t.Errorf("the npm client does not start: %v, %v", err1, err2)
		return
	}
	stop := context.AfterFunc(ctx, func() { in.Close() })
	defer stop()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Errorf("the npm client said %q", lines.Text())
		}
		f.ack(k, n)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the npm client ended with %v: %s", err, stderr.String())
	}
}

// mqttRecords reads what the log has of the broker.
func (s *siege) mqttRecords() (list []fengsui.Record) {
	s.t.Helper()
	archive, err := s.c.openBlob(s.ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	log, err := bus.Open(s.ctx, bus.Config{Dir: filepath.Join(s.c.Data, "bus"), MinFree: 1, Archive: archive})
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	r := log.Reader(fengsui.Place{})
	defer r.Close()
	for tail := log.Tail(); ; {
		b, err := r.Next(s.ctx)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, raw := range b.Records {
			rec, err := fengsui.ReadRecord(bytes.Clone(raw))
			if err != nil {
				s.t.Fatalf("a record of the log: %v", err)
			}
			if rec.Adapter == mqtt.Adapter {
				list = append(list, rec)
			}
		}
		if !b.Last().Less(tail) {
			return list
		}
	}
}

// TestMosquitto: Debian's mosquitto clients and an npm client of MQTT 5 talk to the
// broker of the real program, which is killed again and again in the middle: what
// was acknowledged is in the log, once, and as it was sent (H16, DESIGN §5.1).
func TestMosquitto(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	if _, err := os.Stat(filepath.Join(clientDir, "node_modules", "mqtt")); err != nil {
		t.Fatal("the npm client is missing: run scripts/need.sh")
	}
	for _, program := range []string{"mosquitto_pub", "mosquitto_sub"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing: run scripts/need.sh", program)
		}
	}
	seed := killSeed(t)
	r := rand.New(rand.NewPCG(seed, 4))
	s := besiege(t, mkdir(t, "mqtt"))
	s.binary = faultBinary(t)
	t.Parallel() // most of it is waiting
	s.c.MQTT.TLS, s.c.MQTT.Plain = freeAddress(t), freeAddress(t)
	s.furnish(1)
	s.imports(s.signIn("admin"), "devices", "enterprise,code,name\nBULK3,GW3,gateway 3\n")
	f := &flock{s: s, base: fengsui.At(time.Now()), ca: filepath.Join(s.c.Data, "tls", "ca.pem"), acked: map[fengsui.Millis]bool{}}

	t.Run("receipt", func(t *testing.T) { f.receipt(t) })
	t.Run("denied", func(t *testing.T) { f.denied(t) })
	t.Run("will", func(t *testing.T) { f.will(t) })

	ctx, cancel := context.WithCancel(s.ctx)
	var all sync.WaitGroup
	own := `{"samples":[{"code":"B0%d","at":%%d,"value":%%d}]}`
	all.Go(func() {
		f.pour(ctx, 0, "fengsui/v1/BULK0/GW0", fmt.Sprintf(own, 0), true, "-q", "1", "-V", "mqttv311")
	})
	all.Go(func() {
		f.pour(ctx, 1, "fengsui/v1/BULK1/GW1", fmt.Sprintf(own, 1), true, "-q", "1", "-V", "mqttv5")
	})
	all.Go(func() {
		f.pour(ctx, 2, "fengsui/v1/BULK2/GW2", fmt.Sprintf(own, 2), false, "-q", "2", "-V", "mqttv311")
	})
	all.Go(func() {
		f.pour(ctx, 3, "gateway/GW3/data", `{"readings":[{"code":"B03","time":%d,"value":%d}]}`, false, "-q", "2", "-V", "mqttv5")
	})
	all.Go(func() { f.burst(ctx, t, 5) })

	const kills, quota = 6, 200
	for i := range kills {
		had := f.count()
		until(t, func() string { return fmt.Sprintf("acknowledged before kill %d: %d", i+1, f.count()-had) }, func() bool { return f.count() >= had+quota })
		wait(s.ctx, time.Duration(r.IntN(200))*time.Millisecond)
		s.proc.cmd.Process.Kill()
		s.endLife()
		<-s.proc.gone
		s.live(s.begin())
	}
	had := f.count()
	until(t, func() string { return fmt.Sprintf("acknowledged after the last kill: %d", f.count()-had) }, func() bool { return f.count() >= had+quota })
	cancel()
	all.Wait()
	s.stop()

	in := map[fengsui.Millis]int{}
	var by [8]int
	lostGateways := 0
	for _, rec := range s.mqttRecords() {
		for _, p := range rec.Presences {
			if !p.Online {
				lostGateways++
			}
		}
		samples, err := rec.Samples(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range samples {
			in[x.At]++
			if n := int(x.At-f.base) / 8; x.At < f.base || x.Value != float64(n%10) {
				t.Errorf("message %d of sender %d is in the log with the value %g", n, int(x.At-f.base)%8, x.Value)
			}
		}
	}
	lost, twice := 0, 0
	for at := range f.acked {
		by[int(at-f.base)%8]++
		switch in[at] {
		case 0:
			lost++
		case 1:
		default:
			twice++
		}
	}
	if lost > 0 || twice > 0 {
		t.Errorf("of %d acknowledged messages %d are lost and %d are in the log more than once", len(f.acked), lost, twice)
	}
	for at := range in {
		if !f.acked[at] {
			t.Errorf("sender %d's message %d is in the log and was never acknowledged, though its sender went on until it was", int(at-f.base)%8, int(at-f.base)/8)
		}
	}
	if lostGateways != 1 {
		t.Errorf("%d gateways were told lost, want 1", lostGateways)
	}
	for _, text := range s.wrong {
		t.Error(text)
	}
	t.Logf("%d kills; acknowledged by sender: %v", kills, by)
}

// listen is mosquitto_sub, which says at once what it hears and when it is subscribed.
func (f *flock) listen(ctx context.Context, c *push.Client, secure bool, more ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "stdbuf", append(append([]string{"-oL", "mosquitto_sub", "-d"}, f.args(c, secure)...), more...)...)
}

// receipt: who sends something that nobody registered hears it.
func (f *flock) receipt(t *testing.T) {
	c := f.s.bulk[0]
	ctx, cancel := context.WithTimeout(f.s.ctx, 20*time.Second)
	defer cancel()
	sub := f.listen(ctx, c, true, "-C", "1", "-t", "fengsui/v1/BULK0/+/receipt")
	out, err := sub.StdoutPipe()
	if err == nil {
		err = sub.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "Subscribed") {
			if out, err := f.mosquitto(ctx, "mosquitto_pub", append(f.args(c, true), "-q", "1", "-t", "fengsui/v1/BULK0/GW9", "-m", `{"samples":[{"code":"NOBODY","value":1}]}`)...); err != nil || out != "" {
				t.Fatalf("mosquitto_pub: %v %s", err, out)
			}
		}
		if strings.HasPrefix(lines.Text(), "{") {
			got = lines.Text()
		}
	}
	if err := sub.Wait(); err != nil || !strings.Contains(got, `"code":"unknown_point"`) || !strings.Contains(got, `"topic":"fengsui/v1/BULK0/GW9"`) {
		t.Errorf("got %q, %v, want a receipt with unknown_point", got, err)
	}
}

// denied: nobody hears more than receipts, and nobody comes in with a wrong secret
// (A26, N10).
func (f *flock) denied(t *testing.T) {
	c := f.s.bulk[0]
	if out, _ := f.mosquitto(f.s.ctx, "mosquitto_sub", append(f.args(c, true), "-C", "1", "-t", "#", "-t", "fengsui/v1/BULK1/+/receipt")...); !strings.Contains(out, "denied") {
		t.Errorf("a subscription to everything: got %q, want that it is denied", out)
	}
	wrong := push.Client{Enterprise: c.Enterprise, Key: c.Key, Secret: bytes.Repeat([]byte{1}, push.SecretBytes)}
	if out, err := f.mosquitto(f.s.ctx, "mosquitto_pub", append(f.args(&wrong, true), "-q", "1", "-t", "fengsui/v1/BULK0/GW9", "-m", "{}")...); err == nil || !strings.Contains(strings.ToLower(out), "not authorised") {
		t.Errorf("a wrong secret: got %v %q, want that it is not authorised", err, out)
	}
	if out, err := f.mosquitto(f.s.ctx, "mosquitto_pub", append(f.args(c, true), "-q", "1", "-t", "fengsui/v1/BULK1/GW9", "-m", "{}", "-V", "mqttv5")...); err == nil && out == "" {
		t.Error("another enterprise's topic was written to")
	}
}

// will: a client that dies leaves word in the log that its gateway is lost.
func (f *flock) will(t *testing.T) {
	ctx, cancel := context.WithTimeout(f.s.ctx, 20*time.Second)
	defer cancel()
	sub := f.listen(ctx, f.s.bulk[3], false, "-t", "fengsui/v1/BULK3/GW3/receipt", "--will-topic", "fengsui/v1/BULK3/GW3", "--will-payload", "gone")
	out, err := sub.StdoutPipe()
	if err == nil {
		err = sub.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "Subscribed") {
			sub.Process.Kill()
		}
	}
	sub.Wait()
}
