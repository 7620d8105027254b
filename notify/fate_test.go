package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

// TestFate holds the shipped table to what it must say of a 4xx (A44).
func TestFate(t *testing.T) {
	table, err := LoadRetry(shippedRetry)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"municipal", "webhook"} {
		r := table[kind]
		for status := 300; status < 600; status++ {
			want, pause := Held, status == 429 || status == 503
			switch status {
			case 400, 406, 413, 415, 422, 431, 451:
				want = Refused
			}
			if wait, all := r.after(NotTaken{Status: status, After: 3600_000}); wait != 300_000 || all != pause {
				t.Errorf("%s: %d with a Retry-After of an hour: %d ms, for all %v; want 5 min, %v", kind, status, wait, all, pause)
			}
			if got := r.fate(fmt.Errorf("post: %w", NotTaken{Status: status})); got != want {
				t.Errorf("%s: %d means %s, want %s", kind, status, got, want)
			}
		}
		if got := r.fate(errDown); got != Waits {
			t.Errorf("%s: no answer means %s, want %s", kind, got, Waits)
		}
	}
	for _, file := range []string{`{fate: taken, why: x}`, `{fate: refused}`, `{why: x}`, `{fate: no, why: x}`} {
		if m, err := LoadRetry([]byte("x: {delays: [1s], probe: 1m, timeout: 1s, answers: {400: " + file + "}}")); err == nil {
			t.Errorf("the answer %s was taken as %v", file, m)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	f := func(text string, want fengsui.Span) {
		t.Helper()
		if got := retryAfter(text, now); got != want {
			t.Errorf("Retry-After %q is %d ms, want %d", text, got, want)
		}
	}
	f("120", 120_000)
	f("0", 0)
	f("", 0)
	f("-5", 0)
	f("soon", 0)
	f("18446744073709551615", 24*3600_000)
	f("99999999999999999999999", 0)
	f("Wed, 01 Jul 2026 00:01:30 GMT", 90_000)
	f("Tue, 30 Jun 2026 23:00:00 GMT", 0)
	f("Fri, 01 Jul 2050 00:00:00 GMT", 24*3600_000)
}

// poster is a channel over a real socket.
type poster struct{ *Client }

func (p poster) Send(ctx context.Context, m Message) (string, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	return p.Post(ctx, m.Address, m.Key, http.Header{}, body)
}

// city is a municipal platform on a real socket that answers by warning.
type city struct {
	*httptest.Server
	mu    sync.Mutex
	says  map[fengsui.ID]int // guarded by mu, like taken: status by warning, 200 for others
	taken []string           // keys answered with 200
	tries map[string]int     // by key
	came  chan string        // keys that were taken; room for all of a test
}

func newCity(t *testing.T) *city {
	c := &city{says: map[fengsui.ID]int{}, tries: map[string]int{}, came: make(chan string, 100)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m Message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || m.Key != r.Header.Get("Idempotency-Key") {
			t.Errorf("got a message with the key %q and the header %q (%v)", m.Key, r.Header.Get("Idempotency-Key"), err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.tries[m.Key]++
		if status := c.says[m.Case.ID]; status != 0 {
			w.WriteHeader(status)
			io.WriteString(w, "no")
			return
		}
		c.taken = append(c.taken, m.Key)
		c.came <- m.Key
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *city) say(warning fengsui.ID, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.says[warning] = status
}

func (c *city) await(t *testing.T, want ...string) {
	t.Helper()
	for _, key := range want {
		select {
		case got := <-c.came:
			if got != key {
				t.Fatalf("%s came, want %s", got, key)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s did not come", key)
		}
	}
}

// awaitAct waits for a journal row.
func (p *post) awaitAct(act string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	for head := int64(0); !slices.Contains(p.acts(), act); {
		var err error
		if head, err = p.db.Wait(ctx, head); err != nil {
			p.t.Fatalf("waited for %s in %v: %v", act, p.acts(), err)
		}
	}
}

// TestNoHoldsNobody: over a real socket, a message that the municipal platform
// refuses for good is recorded and told of once; one whose credentials it does not
// take holds its own warning alone, in order, until someone has mended that (A44).
func TestNoHoldsNobody(t *testing.T) {
	c := newCity(t)
	p := open(t, filepath.Join(t.TempDir(), "f.db"), newWire())
	p.c.Channels = map[string]Channel{"municipal": poster{NewClient(nil)}}
	r := p.c.Retry["municipal"]
	r.Delays, r.Probe = []fengsui.Span{20, 20, 20}, 20
	p.c.Retry = map[string]Retry{"municipal": r}
	p.locate(c.URL)
	c.say("bad", 422)
	c.say("shut", 401)
	raise := func(id fengsui.ID) string { return string(p.raise(id, fengsui.StepUplink, "city")) + "/city" }
	bad := raise("bad")
	first := raise("shut")
	ok := raise("ok")
	second := raise("shut")
	other := raise("other")
	p.start()
	c.await(t, ok, other)
	p.awaitAct("push_refused")
	p.awaitAct("push_held")
	later := raise("ok") // behind two that are not taken
	c.await(t, later)
	c.say("shut", 0)
	c.await(t, first, second)
	last := raise("last") // read and sent after all that was told so far
	c.await(t, last)
	p.stop()

	for warning, want := range map[fengsui.ID]string{"bad": "refused", "shut": "sent", "ok": "sent", "other": "sent"} {
		for _, push := range p.pushes(warning) {
			if push.Kind != fengsui.StepUplink {
				continue // what the duty desk is told of it
			}
			if d := push.Deliveries[1]; string(d.State) != want || want == "refused" && d.Answer != "422 Unprocessable Entity no: not taken" {
				t.Errorf("%s is %s with %q, want %s", warning, d.State, d.Answer, want)
			}
		}
	}
	if c.tries[bad] != 1 || c.tries[second] != 1 || c.tries[first] < 4 {
		t.Errorf("the refused one was tried %d times, the one behind the held one %d times, that %d times; want 1, 1 and 4 at least", c.tries[bad], c.tries[second], c.tries[first])
	}
	rows, _, err := p.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "push"})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range rows {
		told = append(told, fmt.Sprintf("%s of %s to %s: %s", e.Act, e.Warning, e.Tell[0].To[0].Party, e.Why))
		if e.Enterprise != "firm" || e.Zone != "zone" || e.Peak != fengsui.Red {
			t.Errorf("the row %+v does not belong where its warning does", e)
		}
	}
	same(t, "told of messages", told, []string{"push_refused of bad to desk: 422 Unprocessable Entity no: not taken", "push_held of shut to desk: 401 Unauthorized no: not taken"})
	if acts := p.acts(); slices.Contains(acts, "channel_dead") {
		t.Errorf("journal %v: a channel that takes others is not dead", acts)
	}
	defer p.db.Close()
	for _, warning := range []fengsui.ID{"bad", "shut"} {
		kind := map[fengsui.ID]fengsui.StepKind{"bad": StepRefused, "shut": StepHeld}[warning]
		if n := len(slices.DeleteFunc(p.pushes(warning), func(push fengsui.Push) bool {
			return push.Kind != kind || push.Party != "desk" || len(push.Deliveries) != 1 || push.Deliveries[0].Channel != "console"
		})); n != 1 {
			t.Errorf("the duty desk has %d entries %s on its console, want 1", n, kind)
		}
	}
}

// says is a channel that answers by key, or by address.
type says struct {
	*wire
	status func(m Message) int
	after  fengsui.Span // its Retry-After
}

func (s says) Send(ctx context.Context, m Message) (string, error) {
	answer, err := s.wire.Send(ctx, m)
	if status := s.status(m); err == nil && status != 0 {
		s.mu.Lock()
		s.calls[len(s.calls)-1].ok = false
		s.mu.Unlock()
		return http.StatusText(status), NotTaken{Status: status, After: s.after}
	}
	return answer, err
}

// TestShutForAll: wrong credentials are one fault of the channel, told of once and
// not once a message; each message waits, and when they are right everything goes
// out, each warning in its order (A44).
func TestShutForAll(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		p := open(t, path, w)
		shut := true
		p.c.Channels = map[string]Channel{"municipal": says{w, func(Message) int {
			if shut {
				return 401
			}
			return 0
		}, 0}}
		p.locate("https://m.cn")
		const warnings, each = 20, 3
		want := map[int][]string{}
		for range each {
			for i := range warnings {
				want[i] = append(want[i], string(p.raise(fengsui.ID(fmt.Sprint("w", i)), fengsui.StepUplink, "city"))+"/city")
			}
		}
		p.start()
		defer p.close()
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := w.got("https://m.cn"); len(got) != 0 {
			t.Fatalf("%d arrived without credentials", len(got))
		}
		if n := w.tries("https://m.cn"); n > 70 {
			t.Errorf("%d attempts in an hour, want the first five and one a minute", n)
		}
		shut = false
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		got := w.got("https://m.cn")
		if len(got) != warnings*each {
			t.Errorf("%d arrived, want %d", len(got), warnings*each)
		}
		for i, keys := range want {
			same(t, fmt.Sprint("order of w", i), slices.DeleteFunc(slices.Clone(got), func(k string) bool { return !slices.Contains(keys, k) }), keys)
		}
		acts := slices.DeleteFunc(p.acts(), func(a string) bool { return a == "raised" })
		same(t, "told of", acts, []string{"channel_dead", "channel_back"})
	})
}

// TestRefusedGoesOn: a message that a receiver refuses for good goes to the
// contact's next channel; so does one that it does not take again and again, though
// others get through.
func TestRefusedGoesOn(t *testing.T) {
	for _, c := range []struct {
		status, tries int
	}{{413, 1}, {404, 4}} {
		bubble(t, func(t *testing.T, path string) {
			w := newWire()
			p := open(t, path, w)
			var key string
			d := district()
			d.Parties["zone"].Contacts = []fengsui.Contact{{Name: "Qian", Channels: []fengsui.Channel{{Kind: "webhook", Address: "https://z.cn"}, {Kind: "email", Address: "q@z.cn"}}}}
			p.c.District = func() *fengsui.District { return d }
			p.c.Channels = map[string]Channel{"email": w, "webhook": says{w, func(m Message) int {
				if m.Key == key {
					return c.status
				}
				return 0
			}, 0}}
			key = string(p.raise("w1", fengsui.StepPush, "zone")) + "/zone"
			p.raise("w2", fengsui.StepPush, "zone")
			p.start()
			defer p.close()
			time.Sleep(time.Hour)
			synctest.Wait()
			same(t, "the refused one", lines(p.pushes("w1")[0]), []string{"console sent 0/0", fmt.Sprintf("Qian webhook refused %d/0", c.tries), "Qian email sent 1/0"})
			same(t, "the other one", lines(p.pushes("w2")[0]), []string{"console sent 0/0", "Qian webhook sent 1/0"})
			same(t, "journal", p.acts(), []string{"raised", "raised", "push_refused"})
		})
	}
}

// TestOneCaseHoldsNoOther: a receiver that answers one case with a 5xx, or with a 429
// for good, gets the others in the meantime, however many such cases there are; each
// case keeps its order; and when nothing else gets through because the line counts as
// dead, the probes go round (A44).
func TestOneCaseHoldsNoOther(t *testing.T) {
	for _, c := range []struct {
		status int
		after  fengsui.Span
		within time.Duration // the good ones are there by then
	}{{500, 0, time.Second}, {429, 60_000, 15 * time.Minute}, {503, 3600_000, time.Hour}} {
		bubble(t, func(t *testing.T, path string) {
			w := newWire()
			p := open(t, path, w)
			poison := map[fengsui.ID]bool{}
			p.c.Channels = map[string]Channel{"municipal": says{w, func(m Message) int {
				if poison[m.Case.ID] {
					return c.status
				}
				return 0
			}, c.after}}
			p.locate("https://m.cn")
			// Three before the good one, which are not enough to make the line dead.
			var want []string
			for i := range 3 {
				id := fengsui.ID(fmt.Sprint("bad", i))
				poison[id] = true
				p.raise(id, fengsui.StepUplink, "city")
			}
			for range 2 {
				want = append(want, string(p.raise("good", fengsui.StepUplink, "city"))+"/city")
			}
			p.start()
			defer p.close()
			time.Sleep(c.within)
			synctest.Wait()
			same(t, fmt.Sprintf("%d, Retry-After %d ms: arrived", c.status, c.after), w.got("https://m.cn"), want)

			// Ten at once are a dead line; one that can be taken gets there all the same.
			for i := range 10 {
				id := fengsui.ID(fmt.Sprint("worse", i))
				poison[id] = true
				p.raise(id, fengsui.StepUplink, "city")
			}
			want = append(want, string(p.raise("late", fengsui.StepUplink, "city"))+"/city")
			time.Sleep(3 * time.Hour)
			synctest.Wait()
			same(t, fmt.Sprintf("%d, Retry-After %d ms: arrived behind ten", c.status, c.after), w.got("https://m.cn"), want)
			clear(poison)
			time.Sleep(2 * time.Hour)
			synctest.Wait()
			if got := len(w.got("https://m.cn")); got != 16 {
				t.Errorf("%d arrived in the end, want all 16", got)
			}
		})
	}
}

// TestRetryAfterIsKept: a receiver that asks us to wait is not asked before, by nothing
// that goes there, and not much later.
func TestRetryAfterIsKept(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		w := newWire()
		p := open(t, path, w)
		began := time.Now()
		p.c.Channels = map[string]Channel{"municipal": says{w, func(Message) int {
			if time.Since(began) < 90*time.Second {
				return 429
			}
			return 0
		}, 90_000}}
		p.locate("https://m.cn")
		for i := range 4 {
			p.raise(fengsui.ID(fmt.Sprint("w", i)), fengsui.StepUplink, "city")
		}
		p.start()
		defer p.close()
		time.Sleep(time.Minute)
		p.raise("w9", fengsui.StepUplink, "city") // it does not jump the queue
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		var at []time.Duration
		for _, c := range w.calls {
			at = append(at, c.at.Sub(began).Truncate(time.Second))
		}
		same(t, "attempts", at, []time.Duration{0, 90 * time.Second, 90 * time.Second, 90 * time.Second, 90 * time.Second, 92 * time.Second})
	})
}
