package app

import (
	"bufio"
	"context"
	"fmt"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter/push"
)

// TestSynced looks at the platform's system calls: no answer to a push or an act
// leaves before the write that it acknowledges was synced (DESIGN §5.1). With
// syncing off, and with answers that do not wait for the log, it must see that.
func TestSynced(t *testing.T) {
	if testing.Short() {
		t.Skip("traces a process three times")
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is needed: apt-get install strace")
	}
	binary := faultBinary(t)
	t.Parallel() // most of it is waiting
	for _, c := range []struct {
		fault        string
		pushes, acts bool // these answers wait for their sync
	}{{"", true, true}, {"no-sync", false, false}, {"early-answer", false, true}} {
		t.Run("fault="+c.fault, func(t *testing.T) {
			pushes, acts := trace(t, binary, c.fault)
			for _, x := range []struct {
				what string
				list []answer
				want bool
			}{{"pushes", pushes, c.pushes}, {"acts", acts, c.acts}} {
				for _, a := range x.list {
					if strings.HasPrefix(a.why, unclear) {
						t.Errorf("%s: %s", a.key, a.why)
					}
				}
				early := slices.DeleteFunc(slices.Clone(x.list), func(a answer) bool { return a.why == "" })
				t.Logf("%d answers to %s, %d left before their synced write", len(x.list), x.what, len(early))
				if len(x.list) < tracedCalls {
					t.Errorf("only %d answers to %s were seen", len(x.list), x.what)
				}
				if x.want && len(early) > 0 {
					t.Errorf("%s: %d answers left early, such as %+v", x.what, len(early), early[0])
				}
				if !x.want && len(early) == 0 {
					t.Errorf("the fault is not seen among %s", x.what)
				}
			}
		})
	}
}

const tracedCalls = 25 // of each kind

// unclear begins what the trace cannot decide.
const unclear = "the trace does not show it: "

// answer is what the trace says about one call: why it left early, or nothing.
type answer struct{ key, why string }

// trace runs a platform under strace, makes calls one after the other and judges
// each answer.
func trace(t *testing.T, binary, fault string) (pushes, acts []answer) {
	s := besiege(t, mkdir(t, "traced"))
	s.binary, s.fault = binary, fault
	s.furnish(1)
	s.stop()
	file := filepath.Join(s.dir, "trace")
	// -D: the platform stays our child, strace is beside it.
	s.wrap = []string{"strace", "-D", "-f", "-yy", "-s", "16384", "-o", file, "-e", "trace=read,write,writev,pwrite64,pwritev,recvfrom,sendto,sendmsg,fsync,fdatasync,sync_file_range,sync"}
	s.start()

	// key -> our end of the connection, once it has carried a call: on a new one the
	// server also writes what belongs to its handshake.
	from := map[string]string{}
	traced := func(key string) context.Context {
		life, err := s.alive()
		if err != nil {
			t.Fatal(err)
		}
		return httptrace.WithClientTrace(life, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
			if i.Reused {
				from[key] = i.Conn.LocalAddr().String()
			}
		}})
	}
	var keys [2][]string
	for i := range tracedCalls + 1 {
		key := fmt.Sprintf("traced-push-%04d", i)
		v := 5.0
		if i == 0 {
			v = 14
		}
		b := &push.Batch{Samples: []push.Sample{{Code: storyPoint(0), At: fengsui.At(time.Now()), Value: v}}}
		if _, err := s.plant.Send(traced(key), key, b); err != nil {
			t.Fatal(err)
		}
		if from[key] != "" {
			keys[0] = append(keys[0], key)
		}
	}
	var list struct{ Items []struct{ ID string } }
	until(t, func() string { return "a warning is there" }, func() bool {
		s.must(s.people["duty"], "GET", "/warnings", "", nil, &list)
		return len(list.Items) == 1
	})
	for i := range tracedCalls {
		key := fmt.Sprintf("traced-act-%04d", i)
		status, said, err := s.send(traced(key), s.people["duty"], "POST", "/warnings/"+list.Items[0].ID+"/note", key, "application/json", []byte(`{"kind":"note","why":"traced"}`))
		if err != nil || status != 200 {
			t.Fatalf("%d %s (%v)", status, said, err)
		}
		if from[key] != "" {
			keys[1] = append(keys[1], key)
		}
	}
	s.stop()
	calls := readTrace(t, file)
	for _, key := range keys[0] {
		pushes = append(pushes, answer{key, early(calls, key, from[key], ".blk")})
	}
	for _, key := range keys[1] {
		acts = append(acts, answer{key, early(calls, key, from[key], "fengsui.db-wal")})
	}
	return pushes, acts
}

// sysCall is one system call: when it was entered and left, as line numbers.
type sysCall struct {
	in, out int
	name    string
	on      string // what the descriptor is
	text    string // arguments and result
}

var (
	whole     = regexp.MustCompile(`^(\d+) +(\w+)\((.*)$`)
	resumed   = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)$`)
	onWhat    = regexp.MustCompile(`^\d+<(.*?)>(?:,|\)| <unfinished)`)
	succeeded = regexp.MustCompile(`\) += ([1-9]\d*|0)[^=]*$`)
	readSome  = regexp.MustCompile(`\) += [1-9]\d*[^=]*$`)
)

func readTrace(t *testing.T, file string) (list []*sysCall) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 8<<20)
	pending := map[string]*sysCall{}
	for n := 1; lines.Scan(); n++ {
		if m := whole.FindStringSubmatch(lines.Text()); m != nil {
			c := &sysCall{in: n, out: n, name: m[2], text: m[3]}
			if on := onWhat.FindStringSubmatch(m[3]); on != nil {
				c.on = on[1]
			}
			list = append(list, c)
			if strings.HasSuffix(m[3], "<unfinished ...>") {
				c.out = 1 << 60
				pending[m[1]] = c
			}
		} else if m := resumed.FindStringSubmatch(lines.Text()); m != nil && pending[m[1]] != nil {
			pending[m[1]].out, pending[m[1]].text = n, pending[m[1]].text+m[3]
			delete(pending, m[1])
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// early says why the answer to a call left before its synced write, or nothing:
// the request was read, its key was written to a file with the given end, that
// file was synced, the answer was written; in this order.
func early(calls []*sysCall, key, from, file string) string {
	first := func(after int, ok func(*sysCall) bool) *sysCall {
		for _, c := range calls {
			if c.in > after && ok(c) {
				return c
			}
		}
		return nil
	}
	written := first(0, func(c *sysCall) bool {
		return strings.Contains(c.name, "write") && strings.HasSuffix(c.on, file) && strings.Contains(c.text, key) && succeeded.MatchString(c.text)
	})
	if written == nil {
		return unclear + "it was never written"
	}
	asked := 0
	for _, c := range calls {
		if c.out < written.in && (c.name == "read" || c.name == "recvfrom") && strings.Contains(c.on, from+"]") && readSome.MatchString(c.text) {
			asked = c.out
		}
	}
	if asked == 0 {
		return unclear + "its request was not seen"
	}
	synced := first(written.out, func(c *sysCall) bool {
		return (c.name == "fsync" || c.name == "fdatasync") && c.on == written.on && succeeded.MatchString(c.text)
	})
	told := first(asked, func(c *sysCall) bool {
		return (strings.HasPrefix(c.name, "write") || strings.HasPrefix(c.name, "send")) && strings.Contains(c.on, from+"]")
	})
	switch {
	case told == nil:
		return unclear + "its answer was not seen"
	case synced == nil:
		return "it was never synced"
	case told.in < synced.out:
		return fmt.Sprintf("answered at %d, written %d to %d, synced %d to %d", told.in, written.in, written.out, synced.in, synced.out)
	}
	return ""
}
