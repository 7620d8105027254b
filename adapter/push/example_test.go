package push_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter"
	"fengsui/adapter/push"
)

// keys and shelf are the smallest platform that a client can talk to.
type keys struct{ secret []byte }

func (k keys) Secret(enterprise, key string) ([]byte, fengsui.KeyState, bool) {
	return k.secret, fengsui.KeyActive, enterprise == "E001" && key == "k1"
}

type shelf struct {
	mu    sync.Mutex
	taken []adapter.Delivery
}

func (s *shelf) Take(_ context.Context, d *adapter.Delivery) (adapter.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	samples, err := fengsui.ReadSamples(append([]fengsui.Sample(nil), d.Samples...), d.Block, nil)
	if err != nil {
		return adapter.Receipt{}, err
	}
	s.taken = append(s.taken, adapter.Delivery{ClockOffset: d.ClockOffset, Codes: append([]string(nil), d.Codes...), Samples: samples})
	return adapter.Receipt{Accepted: len(samples) + len(d.Events) + len(d.Sources)}, nil
}

func (s *shelf) Nonce(context.Context, string, string, fengsui.Millis) error { return nil }

func platform(secret []byte) (*httptest.Server, *shelf) {
	s := &shelf{}
	return httptest.NewTLSServer(push.New(push.Config{Sink: s, Keys: keys{secret}, Seen: s})), s
}

// A gateway sends two samples and an alarm.
func ExampleClient() {
	secret, err := push.ParseSecret("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc")
	if err != nil {
		log.Fatal(err)
	}
	server, _ := platform(secret)
	defer server.Close()

	c := push.Client{URL: server.URL, Enterprise: "E001", Key: "k1", Secret: secret, Compact: true, Gzip: true, HTTP: server.Client()}
	now := fengsui.At(time.Now())
	receipt, err := c.Send(context.Background(), "batch-0001", &push.Batch{
		Device: "GW1",
		Samples: []push.Sample{
			{Code: "TI-101", At: now, Value: 21.5},
			{Code: "LI-7", At: now, Value: 10.4, Quality: fengsui.Uncertain},
		},
		Events: []adapter.Event{{Point: "LI-7", Code: "H", At: now, On: true}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("accepted", receipt.Accepted, "errors", len(receipt.Errors))
	// Output: accepted 3 errors 0
}

// TestPython: the Python client of the documents pushes to a real TLS listener,
// with a right and with a wrong clock.
func TestPython(t *testing.T) {
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", "import cryptography").CombinedOutput(); err != nil {
		t.Fatalf("the Python example cannot run: apt-get install python3 python3-cryptography (%v: %s)", err, out)
	}
	secret := bytes.Repeat([]byte{7}, push.SecretBytes)
	server, s := platform(secret)
	defer server.Close()
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca := write("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	sec := write("secret.txt", []byte("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc\n"))
	run := func(more ...string) string {
		t.Helper()
		cmd := exec.Command(python, append([]string{filepath.Join("..", "..", "docs", "examples", "push.py"), "--url", server.URL, "--ca", ca,
			"--enterprise", "E001", "--key", "k1", "--secret-file", sec, "--point", "TI-101", "--value", "21.5"}, more...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Sprintf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	for _, more := range [][]string{nil, {"--clock-error", "-7200"}} {
		if got, want := run(more...), `{"accepted": 1}`; got != want {
			t.Fatalf("push.py %v: got %s, want %s", more, got, want)
		}
	}
	if got := run("--key", "k2"); !strings.Contains(got, "refused: 401 key") {
		t.Errorf("push.py with an unknown key: got %s", got)
	}
	if len(s.taken) != 2 {
		t.Fatalf("the platform took %d deliveries, want 2", len(s.taken))
	}
	for i, d := range s.taken {
		if len(d.Samples) != 1 || d.Codes[0] != "TI-101" || d.Samples[0].Value != 21.5 {
			t.Errorf("delivery %d: got %+v", i, d)
		}
	}
	if off := s.taken[0].ClockOffset; off != 0 {
		t.Errorf("with a right clock the offset is %d, want 0", off)
	}
	if off := s.taken[1].ClockOffset.Duration(); off < 2*time.Hour-time.Minute || off > 2*time.Hour+time.Minute {
		t.Errorf("with a clock two hours slow the offset is %v, want 2 h", off)
	}
}
