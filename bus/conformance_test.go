package bus

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui"
	"fengsui/blob"
)

// engineCase is a log that TestConformance runs over: how to open one that keeps
// its data in dir. Opened again, it is the same log.
type engineCase struct {
	name    string
	servers int // of NATS outside; 0: the embedded one
	open    func(ctx context.Context, dir string) (*Log, error)
}

var engines = []engineCase{
	{"embedded", 0, openCase(0)},
	{"outside", 1, openCase(1)},
	{"cluster", 3, openCase(3)},
}

// openCase opens a log of one of the engines. An outside one is emptied when dir is new.
func openCase(servers int) func(context.Context, string) (*Log, error) {
	return func(ctx context.Context, dir string) (*Log, error) {
		blobs, err := blob.Open(filepath.Join(dir, "blob"))
		if err != nil {
			return nil, err
		}
		c := Config{Dir: filepath.Join(dir, "bus"), MinFree: 1, SegmentBytes: 4 << 20, Archive: blobs, Keep: time.Nanosecond}
		if servers > 0 {
			c.URL, c.Replicas = os.Getenv(urlEnv(servers)), servers
			if err := emptyOnce(ctx, c, dir); err != nil {
				return nil, err
			}
		}
		return Open(ctx, c)
	}
}

func TestConformance(t *testing.T) {
	cases := []struct {
		name string
		run  func(*testing.T, func(*testing.T) *Log)
	}{
		{"what is appended is read, in order", readsInOrder},
		{"a reader begins strictly after its place", beginsAfter},
		{"places go on after a restart", goesOn},
		{"many appenders", manyAppenders},
		{"a reader waits at the end", waitsAtEnd},
		{"a record has a size", recordSizes},
		{"an ended context ends an append and a read", endedContext},
	}
	for _, e := range engines {
		if e.servers > 0 {
			startServers(t, e.servers)
		}
		for _, c := range cases {
			t.Run(e.name+"/"+c.name, func(t *testing.T) {
				dir := t.TempDir()
				c.run(t, func(t *testing.T) *Log {
					l, err := e.open(t.Context(), dir)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { l.Close() })
					return l
				})
			})
		}
		t.Run(e.name+"/kill -9", func(t *testing.T) { killed(t, e) })
	}
}

func add(t *testing.T, l *Log, record string) fengsui.Place {
	t.Helper()
	p, err := l.Append(t.Context(), []byte(record))
	if err != nil {
		t.Fatalf("Append(%.20q): %v", record, err)
	}
	return p
}

// nexter is a Reader or a RemoteReader.
type nexter interface {
	Next(context.Context) (Batch, error)
}

// take reads n records and checks that their places rise.
func take(t *testing.T, r nexter, n int) (records []string, places []fengsui.Place) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for len(records) < n {
		b, err := r.Next(ctx)
		if err != nil {
			t.Fatalf("Next after %d of %d records: %v", len(records), n, err)
		}
		for i, rec := range b.Records {
			p := fengsui.Place{Seq: b.Seq, Index: b.First + uint32(i)}
			if len(places) > 0 && !places[len(places)-1].Less(p) {
				t.Fatalf("place %v follows %v", p, places[len(places)-1])
			}
			records, places = append(records, string(rec)), append(places, p)
		}
	}
	if len(records) != n {
		t.Fatalf("read %d records, want %d", len(records), n)
	}
	return records, places
}

func readsInOrder(t *testing.T, open func(*testing.T) *Log) {
	l := open(t)
	var want []string
	var places []fengsui.Place
	for i := range 300 {
		want = append(want, fmt.Sprintf("record %d %s", i, strings.Repeat("x", i*i)))
		places = append(places, add(t, l, want[i]))
	}
	if got := l.Tail(); got != places[299] {
		t.Errorf("Tail = %v, want %v", got, places[299])
	}
	r := l.Reader(fengsui.Place{})
	defer r.Close()
	got, at := take(t, r, 300)
	if !slices.Equal(got, want) || !slices.Equal(at, places) {
		t.Error("what was read is not what was appended")
	}
}

func beginsAfter(t *testing.T, open func(*testing.T) *Log) {
	l := open(t)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() { l.Append(t.Context(), []byte(fmt.Sprintf("record %d", i))) })
	}
	wg.Wait()
	for range 2 { // from memory, then from the disk
		r := l.Reader(fengsui.Place{})
		all, places := take(t, r, 200)
		r.Close()
		for _, i := range []int{0, 1, 50, 120, 198} {
			r := l.Reader(places[i])
			if got, _ := take(t, r, 199-i); !slices.Equal(got, all[i+1:]) {
				t.Errorf("after %v come %d records that differ", places[i], len(got))
			}
			r.Close()
		}
		l.Close()
		l = open(t)
	}
	if _, err := l.Reader(fengsui.Place{Seq: l.Tail().Seq + 1}).Next(t.Context()); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("a place after the end: %v, want not found", err)
	}
}

func goesOn(t *testing.T, open func(*testing.T) *Log) {
	var want []string
	var last fengsui.Place
	for i := range 5 {
		l := open(t)
		if got := l.Tail(); got != last {
			t.Fatalf("opened again, Tail = %v, want %v", got, last)
		}
		for j := range 20 {
			want = append(want, fmt.Sprint(i, j))
			p := add(t, l, want[len(want)-1])
			if p.Seq != last.Seq+1 {
				t.Fatalf("message %d follows %d", p.Seq, last.Seq)
			}
			last = p
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(t.Context(), []byte("late")); fengsui.CodeOf(err) != fengsui.Unavailable {
			t.Errorf("Append to a closed log: %v, want unavailable", err)
		}
	}
	r := open(t).Reader(fengsui.Place{})
	defer r.Close()
	if got, _ := take(t, r, len(want)); !slices.Equal(got, want) {
		t.Error("what was read is not what was appended")
	}
}

func manyAppenders(t *testing.T, open func(*testing.T) *Log) {
	const writers, each = 64, 100
	l := open(t)
	live := l.Reader(fengsui.Place{})
	defer live.Close()
	places := make([]map[string]fengsui.Place, writers)
	var wg sync.WaitGroup
	for w := range writers {
		places[w] = map[string]fengsui.Place{}
		wg.Go(func() {
			last := fengsui.Place{}
			for i := range each {
				rec := fmt.Sprintf("%d/%d %s", w, i, strings.Repeat("y", 1000))
				p, err := l.Append(t.Context(), []byte(rec))
				if err != nil || last.Seq >= p.Seq {
					t.Errorf("Append = %v, %v after %v", p, err, last)
				}
				places[w][rec], last = p, p
			}
		})
	}
	got, at := take(t, live, writers*each)
	wg.Wait()
	old := l.Reader(fengsui.Place{})
	defer old.Close()
	again, _ := take(t, old, writers*each)
	if !slices.Equal(got, again) {
		t.Error("the live reader and a later one differ")
	}
	for i, rec := range got {
		var w int
		fmt.Sscanf(rec, "%d/", &w)
		if places[w][rec] != at[i] {
			t.Fatalf("%.10s was acknowledged at %v and read at %v", rec, places[w][rec], at[i])
		}
	}
	if m := at[len(at)-1].Seq; m > writers*each/4 {
		t.Errorf("%d records made %d messages: they are not put together", writers*each, m)
	}
}

func waitsAtEnd(t *testing.T, open func(*testing.T) *Log) {
	l := open(t)
	next, last := make(chan Batch), fengsui.Place{}
	go func() {
		r := l.Reader(fengsui.Place{})
		defer r.Close()
		for range 200 {
			b, err := r.Next(t.Context())
			if err != nil {
				t.Errorf("Next: %v", err)
			}
			next <- b
		}
		close(next)
	}()
	for i := range 200 {
		last = add(t, l, fmt.Sprint(i))
		if b := <-next; b.Last() != last || string(b.Records[0]) != fmt.Sprint(i) {
			t.Fatalf("read %v %q, want %v %d", b.Last(), b.Records, last, i)
		}
	}
	<-next
}

func recordSizes(t *testing.T, open func(*testing.T) *Log) {
	l := open(t)
	want := []string{"x"}
	add(t, l, "x")
	for _, size := range []int{maxCommit - 1, maxCommit, maxCommit + 1, 5 << 20, maxRecord} {
		want = append(want, strings.Repeat(string(rune('a'+len(want))), size))
		add(t, l, want[len(want)-1])
	}
	for _, size := range []int{0, maxRecord + 1} {
		if _, err := l.Append(t.Context(), make([]byte, size)); fengsui.CodeOf(err) != fengsui.Invalid {
			t.Errorf("Append of %d bytes: %v, want invalid", size, err)
		}
	}
	for range 2 { // from memory, then from the disk
		r := l.Reader(fengsui.Place{})
		if got, _ := take(t, r, len(want)); !slices.Equal(got, want) {
			t.Error("what was read is not what was appended")
		}
		r.Close()
		l.Close()
		l = open(t)
	}
}

func endedContext(t *testing.T, open func(*testing.T) *Log) {
	l := open(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the caller went away")
	read := make(chan error)
	go func() {
		_, err := l.Reader(fengsui.Place{}).Next(ctx)
		read <- err
	}()
	cancel(why)
	if err := <-read; !errors.Is(err, why) {
		t.Errorf("Next = %v, want %v", err, why)
	}
	if _, err := l.Append(ctx, []byte("x")); !errors.Is(err, why) {
		t.Errorf("Append = %v, want %v", err, why)
	}
}

const (
	childEnv  = "BUS_TEST_CHILD" // engine name and directory of a child to be killed
	childKill = 6                // times
)

// killed kills a process that appends, several times, and looks for everything
// that it said was acknowledged.
func killed(t *testing.T, e engineCase) {
	name, open, rounds := e.name, e.open, childKill
	if e.servers > 0 {
		rounds = 2 // what is killed is not what keeps it
	}
	dir := t.TempDir()
	acked := map[fengsui.Place]string{}
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.timeout=60s")
		cmd.Env = append(os.Environ(), childEnv+"="+name+" "+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		before := len(acked)
		for lines.Scan() {
			var p fengsui.Place
			var rec string
			if n, _ := fmt.Sscanf(lines.Text(), "ok %d %d %s", &p.Seq, &p.Index, &rec); n == 3 {
				acked[p] = rec
			}
			if len(acked) == before+2000+500*round {
				cmd.Process.Kill() // the lines written before it are still read
			}
		}
		cmd.Wait()
		if len(acked) < before+2000 {
			t.Fatalf("the child acknowledged %d records only", len(acked)-before)
		}
	}
	l, err := open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := l.Reader(fengsui.Place{})
	defer r.Close()
	found, last, next := 0, fengsui.Place{}, uint64(1)
	for last != l.Tail() {
		b, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b.Seq != next || b.First != 0 {
			t.Fatalf("message %d+%d where %d should be", b.Seq, b.First, next)
		}
		for i, rec := range b.Records {
			word, rest, ok := strings.Cut(string(rec), " ")
			if !ok || rest != childFill(word) {
				t.Fatalf("half a record: %.40q, %d bytes", rec, len(rec))
			}
			if want, ok := acked[fengsui.Place{Seq: b.Seq, Index: uint32(i)}]; ok {
				if word != want {
					t.Fatalf("at %d/%d stands %s, acknowledged was %s", b.Seq, i, word, want)
				}
				found++
			}
		}
		last, next = b.Last(), b.Seq+1
	}
	if found != len(acked) {
		t.Errorf("%d of %d acknowledged records are there", found, len(acked))
	}
}

func childFill(word string) string { return strings.Repeat(word, 20+len(word)*30) }

// TestChild is not a test but the process that killed kills.
func TestChild(t *testing.T) {
	name, dir, ok := strings.Cut(os.Getenv(childEnv), " ")
	if !ok {
		t.Skip("only as a child of TestConformance")
	}
	i := slices.IndexFunc(engines, func(e engineCase) bool { return e.name == name })
	l, err := engines[i].open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	wg.Go(func() { l.Run(t.Context()) }) // so that kills meet archiving and deletion too
	for w := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				word := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, i)
				p, err := l.Append(t.Context(), []byte(word+" "+childFill(word)))
				if err != nil {
					t.Error(err)
					return
				}
				out.Lock()
				fmt.Printf("ok %d %d %s\n", p.Seq, p.Index, word)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}
