package adaptertest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"fengsui"
	"fengsui/adapter"
)

// The suite is tried on a protocol of one line a frame: "$code value", answered
// "ok", with garbage before "$" passed over.

type lines struct{ rest []byte }

// fault is what is wrong with the adapter, set by TestCatches for a process of its
// own.
var fault = os.Getenv("ADAPTERTEST_FAULT")

func (l *lines) Feed(b []byte) (items []any) {
	if fault == "hoards" && l.rest == nil {
		l.rest = b[:len(b):len(b)]
	} else {
		l.rest = append(l.rest, b...)
	}
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if fault == "hurries" && len(line) > 0 {
			whole = true
		}
		if !whole {
			return items
		}
		l.rest = rest
		i := bytes.LastIndexByte(line, '$')
		if fault == "trips" && i > 0 {
			i = -1
		}
		var s reading
		if i < 0 {
			continue
		}
		if n, _ := fmt.Sscanf(string(line[i+1:]), "%s %g", &s.Code, &s.Value); n != 2 {
			items = append(items, errors.New("the line has no code and value"))
			continue
		}
		items = append(items, s)
	}
}

type reading struct {
	Code  string  `json:"code"`
	Value float64 `json:"value"`
}

// serve serves lines; the time of silence is 30 s.
func serve(ctx context.Context, l net.Listener, sink adapter.Sink) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	if fault != "deaf" {
		context.AfterFunc(ctx, func() { l.Close() })
	} else {
		context.AfterFunc(ctx, func() { time.Sleep(time.Minute); l.Close() })
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			cancel()
			all.Wait()
			return nil
		}
		all.Go(func() {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			defer conn.Close()
			s, b := &lines{}, bufio.NewReader(conn)
			for {
				if fault != "eternal" {
					conn.SetDeadline(time.Now().Add(30 * time.Second))
				}
				line, err := b.ReadBytes('\n')
				if err != nil {
					return
				}
				for _, x := range s.Feed(line) {
					r, ok := x.(reading)
					if !ok {
						continue
					}
					d := &adapter.Delivery{Codes: []string{r.Code}, Samples: []fengsui.Sample{{Value: r.Value}}}
					if fault == "early" {
						conn.Write([]byte("ok\n"))
					}
					if _, err := sink.Take(ctx, d); err != nil && fault != "lies" {
						return
					}
					if fault == "early" {
						continue
					}
					if _, err := conn.Write([]byte("ok\n")); err != nil {
						return
					}
				}
			}
		})
	}
}

func describe() Adapter {
	return Adapter{
		Cases: fstest.MapFS{
			"two.txtar": {Data: []byte("Source: this test.\nOrigin: by hand.\n-- frame.txt --\n$A 1\n$B 2.5\n\n-- want.json --\n{\"code\":\"A\",\"value\":1}\n{\"code\": \"B\", \"value\": 2.5}\n")},
			"bad.txtar": {Data: []byte("Source: this test.\nOrigin: by hand.\n-- frame.hex --\n24 41 0a 24 43 20\n33 0a\n-- want.json --\n{\"error\":\"the line has no code and value\"}\n{\"code\":\"C\",\"value\":3}\n")},
		},
		Open:    func(*Case) Stream { return &lines{} },
		Garbage: [][]byte{[]byte("noise"), []byte("\n\n"), []byte("$half")},
		Encode: func(_ *Case, items []any) ([]byte, error) {
			var b bytes.Buffer
			for _, x := range items {
				r := x.(reading)
				if fault == "rounds" {
					r.Value = math.Round(r.Value)
				}
				fmt.Fprintf(&b, "$%s %g\n", r.Code, r.Value)
			}
			return b.Bytes(), nil
		},
		Session: &Session{
			Run: serve, Frame: func(n int) []byte { return fmt.Appendf(nil, "$A %d\n", n) },
			Answers: func(b []byte) int { return strings.Count(string(b), "ok\n") },
			Idle:    30 * time.Second, IdleMost: 31 * time.Second,
		},
	}
}

// readBody reads a body "code value;code value." as a protocol does that frames it
// itself.
func readBody(c *Case) (items []any) {
	text, whole := strings.CutSuffix(string(c.Frame), ".")
	if !whole && fault != "guesses" {
		return []any{errors.New("the body has no end")}
	}
	for one := range strings.SplitSeq(text, ";") {
		var s reading
		if fault == "lenient" {
			one = strings.Trim(one, "! ")
		}
		if n, _ := fmt.Sscanf(one+"$", "%s %g$", &s.Code, &s.Value); n != 2 || strings.ContainsAny(one, "!.") {
			return append(items, errors.New("the item has no code and value"))
		}
		items = append(items, s)
	}
	return items
}

func describeBody() Adapter {
	return Adapter{
		Cases: fstest.MapFS{
			"two.txtar": {Data: []byte("Source: this test.\nOrigin: by hand.\n-- frame.txt --\nA 1;B 25.\n-- want.json --\n{\"code\":\"A\",\"value\":1}\n{\"code\": \"B\", \"value\": 25}\n")},
		},
		Read: readBody, NoStream: "something else frames it", Garbage: [][]byte{[]byte("!! ")}, NoEncode: "nobody writes it", NoSession: "something else has it",
	}
}

// TestConformance: an adapter that is right passes.
func TestConformance(t *testing.T) { Run(t, describe()) }

// TestBodies: so does one whose bodies something else frames.
func TestBodies(t *testing.T) { Run(t, describeBody()) }

// TestCatches: an adapter that is wrong does not pass, and the check that is for it
// says so.
func TestCatches(t *testing.T) {
	for name, where := range map[string]string{
		"hoards": "TestConformance/stream/two.txtar", "hurries": "TestConformance/stream/two.txtar", "trips": "TestConformance/stream/garbage", "rounds": "TestConformance/round_trip",
		"early": "TestConformance/session/no_acknowledgement_before_Take", "lies": "TestConformance/session/none_when_Take_fails",
		"guesses": "TestBodies/body/cut", "lenient": "TestBodies/body/garbage",
		"deaf": "TestConformance/session/stop_while_a_device_is_silent", "eternal": "TestConformance/session/idle",
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^(TestConformance|TestBodies)$")
		cmd.Env = append(os.Environ(), "ADAPTERTEST_FAULT="+name)
		if out, err := cmd.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("--- FAIL: "+where+" ")) {
			t.Errorf("%s: got %v, want a failure of %s\n%s", name, err, where, out)
		}
	}
}

func FuzzDecode(f *testing.F) { Fuzz(f, describe()) }
