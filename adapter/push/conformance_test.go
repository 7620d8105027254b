package push

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/adapter"
	"fengsui/adapter/adaptertest"
)

var update = flag.Bool("update", false, "write want.json of the golden cases")

// Items of a body, one by one as want.json has them.
type (
	deviceItem struct {
		Device string `json:"device"`
	}
	resentItem struct {
		Resent bool `json:"resent"`
	}
	sampleItem struct {
		Sample  string          `json:"sample"`
		At      fengsui.Millis  `json:"at,omitempty"`
		Value   float64         `json:"value"`
		Quality fengsui.Quality `json:"quality,omitempty"`
	}
	eventItem struct {
		Event string         `json:"event"`
		Point string         `json:"point,omitempty"`
		At    fengsui.Millis `json:"at,omitempty"`
		On    bool           `json:"on"`
		Text  string         `json:"text,omitempty"`
	}
	sourceItem struct {
		Source string         `json:"source"`
		At     fengsui.Millis `json:"at,omitempty"`
		Online bool           `json:"online"`
	}
)

// readItems reads a body. What the door refuses by item is an error.
func readItems(b []byte, compact bool) []any {
	var d adapter.Delivery
	if _, err := (&Body{}).Read(b, compact, &d); err != nil {
		return []any{err}
	}
	v := adaptertest.Clone(&d)
	var items []any
	if v.Device != "" {
		items = append(items, deviceItem{v.Device})
	}
	if v.Resent {
		items = append(items, resentItem{true})
	}
	for i, s := range v.Samples {
		if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) || s.Quality == badQuality {
			items = append(items, fmt.Errorf("sample %d: its value or quality is none", i))
			continue
		}
		items = append(items, sampleItem{v.Codes[s.Point], s.At, s.Value, s.Quality})
	}
	for _, e := range v.Events {
		items = append(items, eventItem{e.Code, e.Point, e.At, e.On, e.Text})
	}
	for _, s := range v.Sources {
		items = append(items, sourceItem{s.Device, s.At, s.Online})
	}
	return items
}

// writeItems writes items as a body.
func writeItems(items []any, compact bool) ([]byte, error) {
	var b Batch
	for _, x := range items {
		switch x := x.(type) {
		case deviceItem:
			b.Device = x.Device
		case resentItem:
			b.Resent = true
		case sampleItem:
			b.Samples = append(b.Samples, Sample{x.Sample, x.At, x.Value, x.Quality})
		case eventItem:
			b.Events = append(b.Events, adapter.Event{Code: x.Event, Point: x.Point, At: x.At, On: x.On, Text: x.Text})
		case sourceItem:
			b.Sources = append(b.Sources, adapter.Source{Device: x.Source, At: x.At, Online: x.Online})
		default:
			return nil, fmt.Errorf("there is nothing to write of %v", x)
		}
	}
	if compact {
		return AppendCompact(nil, &b), nil
	}
	return AppendJSON(nil, &b), nil
}

func isCompact(c *adaptertest.Case) bool { return strings.HasPrefix(c.Name, "compact") }

// serveHTTP serves a Handler as the platform does, whose time-outs these are.
func serveHTTP(ctx context.Context, l net.Listener, sink adapter.Sink) error {
	seen := &door{}
	s := &http.Server{
		Handler:           New(Config{Sink: sink, Keys: ring{"E1/k1": secret}, Seen: seen}),
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-ctx.Done()
		stop, end := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer end()
		if s.Shutdown(stop) != nil {
			s.Close()
		}
	}()
	err := s.Serve(l)
	<-done
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// requestBytes is a request as it travels, its nonce new.
func requestBytes(t testing.TB, n int) []byte {
	body := AppendJSON(nil, &Batch{Samples: []Sample{{Code: "TI-101", At: 1790000000000 + fengsui.Millis(n), Value: float64(n)}}})
	r, err := client().Request(context.Background(), "key-"+strconv.Itoa(n), TypeJSON, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "platform.example"
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func describe(t testing.TB) adaptertest.Adapter {
	a := adaptertest.Adapter{
		Cases:    os.DirFS("testdata"),
		Read:     func(c *adaptertest.Case) []any { return readItems(c.Frame, isCompact(c)) },
		NoStream: "HTTP frames a body and its signature covers it; TestEnvelope and TestSizes hold that a part of one is refused",
		Garbage:  [][]byte{[]byte("\xff\xff"), []byte("}"), []byte("x")},
		Encode:   func(c *adaptertest.Case, items []any) ([]byte, error) { return writeItems(items, isCompact(c)) },
		Session: &adaptertest.Session{
			Run:   serveHTTP,
			Frame: func(n int) []byte { return requestBytes(t, n) },
			Answers: func(b []byte) (n int) {
				for r := bufio.NewReader(bytes.NewReader(b)); ; {
					answer, err := http.ReadResponse(r, nil)
					if err != nil {
						return n
					}
					if answer.StatusCode == http.StatusOK {
						n++
					}
					io.Copy(io.Discard, answer.Body)
				}
			},
			Begun: func() []byte { b := requestBytes(t, 0); return b[:len(b)-10] },
			Idle:  30 * time.Second, IdleMost: 31 * time.Second, // Config.BodyTime
		},
	}
	if *update {
		a.Update = func(name string, b []byte) error { return os.WriteFile(filepath.Join("testdata", name), b, 0o644) }
	}
	return a
}

// TestConformance is the suite of all adapters (H16).
func TestConformance(t *testing.T) { adaptertest.Run(t, describe(t)) }

// TestUnreadBody: nor does a body live on that is refused before it is read.
func TestUnreadBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := describe(t).Session
		f := s.Start(t, &adaptertest.Sink{})
		c := f.Dial(true)
		c.Write([]byte("POST " + Path + " HTTP/1.1\r\nHost: platform.example\r\nContent-Length: 100\r\n\r\nabc"))
		time.Sleep(s.Idle - time.Second)
		if c.Closed() {
			t.Error("closed before its time")
		}
		time.Sleep(2 * time.Second)
		if got := c.Received(); !c.Closed() || !bytes.HasPrefix(got, []byte("HTTP/1.1 400 ")) {
			t.Errorf("after %s: got closed %t and %q, want 400 and the end", s.Idle, c.Closed(), got)
		}
		f.Stop()
	})
}

// FuzzDecode: whatever a body holds, what is read of it can be written and is then
// read again.
func FuzzDecode(f *testing.F) { adaptertest.Fuzz(f, describe(f)) }
