package ingest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fengsui"
	"fengsui/adapter"
)

// TestBook: over weeks of turns, with restarts, the book knows what a plain map
// knows, its files stay few, and what is older than 7 days goes.
func TestBook(t *testing.T) {
	const seed = 11
	r := rand.New(rand.NewPCG(seed, seed))
	dir := t.TempDir()
	open := func() *book {
		b, err := openBook(dir, 64<<20, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := open()
	type known struct {
		answered
		at fengsui.Millis
	}
	model := map[uint64]known{}
	var hashes []uint64
	now, place := noon, fengsui.Place{}
	for i := range 800 {
		now += fengsui.Millis(r.IntN(2 * 3600_000))
		for range r.IntN(40) {
			place.Seq++
			receipt := adapter.Receipt{Accepted: r.IntN(1000)}
			for range r.IntN(3) * r.IntN(3) {
				receipt.Errors = append(receipt.Errors, itemError(r.IntN(len(itemKinds)), r.IntN(5000), r.IntN(len(itemCodes)), r.IntN(2) == 0))
			}
			a := answered{r.Uint64(), appendAnswer(nil, &receipt)}
			hash := r.Uint64()
			c, old, err := b.claim(hash, a.body)
			if err != nil || old != nil || !c.mine {
				t.Fatalf("a new key: got %v, %v, %v", c, old, err)
			}
			b.settle(c, a.answer, place, nonce{})
			model[hash], hashes = known{a, now}, append(hashes, hash)
		}
		if err := b.turn(now); err != nil {
			t.Fatal(err)
		}
		if i%200 == 199 {
			b = open()
			if b.restored() != place {
				t.Fatalf("restored at %v, want %v", b.restored(), place)
			}
		}
		if files, _ := os.ReadDir(dir); len(files) > maxOpen {
			t.Fatalf("turn %d: %d files", i, len(files))
		}
		if i%50 == 0 && len(hashes) > 0 {
			for range 200 {
				hash := hashes[r.IntN(len(hashes))]
				want := model[hash]
				_, got, err := b.claim(hash, want.body)
				switch {
				case err != nil:
					t.Fatal(err)
				case got != nil && !bytes.Equal(got, want.answer):
					t.Fatalf("got answer %x, want %x", got, want.answer)
				case got == nil && now-want.at <= answerKeep:
					t.Fatalf("turn %d: a key of %d h ago is forgotten", i, (now-want.at)/3600_000)
				case got != nil && now-want.at > answerKeep+3*longSpan:
					t.Fatalf("turn %d: a key of %d h ago is still known", i, (now-want.at)/3600_000)
				case got == nil:
					// claimed: give it back
					b.mu.Lock()
					delete(b.flights, hash)
					b.mu.Unlock()
				}
				if now-want.at <= answerKeep {
					if _, _, err := b.claim(hash, want.body+1); fengsui.CodeOf(err) != fengsui.Conflict {
						t.Fatalf("another body: got %v, want Conflict", err)
					}
				}
			}
		}
	}
}

// TestBookIsBounded: beyond its bytes the oldest keys go, and are counted.
func TestBookIsBounded(t *testing.T) {
	var log bytes.Buffer
	dir := t.TempDir()
	b, err := openBook(dir, 1<<20, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	total := int64(0)
	var newest uint64
	for i := range 60 {
		for range 3000 {
			newest = r.Uint64()
			c, _, _ := b.claim(newest, 1)
			b.settle(c, []byte{1}, fengsui.Place{Seq: uint64(i + 1)}, nonce{})
			total++
		}
		if err := b.turn(noon + fengsui.Millis(i)); err != nil {
			t.Fatal(err)
		}
		on := int64(0)
		files, _ := os.ReadDir(dir)
		for _, f := range files {
			info, err := f.Info()
			if err != nil {
				t.Fatal(err)
			}
			on += info.Size()
		}
		if on > 1<<20+64<<10 {
			t.Fatalf("turn %d: %d bytes on disk in %d files", i, on, len(files))
		}
	}
	answers, forgotten := b.counts()
	if answers+forgotten != total || answers < 50_000 || forgotten == 0 || !strings.Contains(log.String(), "forgotten before their 7 days") {
		t.Errorf("of %d keys %d are known and %d forgotten, log %.100s", total, answers, forgotten, log.String())
	}
	if _, got, _ := b.claim(newest, 1); got == nil {
		t.Error("the newest key is forgotten")
	}
}

// TestBookFlightsHoldThePlace: a delivery that may be in the log and is on no
// page yet is read again after a kill.
func TestBookFlightsHoldThePlace(t *testing.T) {
	b, err := openBook(t.TempDir(), 1<<20, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	b.moved(fengsui.Place{Seq: 5})
	slow, _, _ := b.claim(100, 1)
	fast, _, _ := b.claim(200, 1)
	b.settle(fast, []byte{1}, fengsui.Place{Seq: 9}, nonce{})
	if err := b.turn(noon); err != nil {
		t.Fatal(err)
	}
	if got, want := b.restored(), (fengsui.Place{Seq: 5}); got != want {
		t.Errorf("with a flight since 5: saved %v, want %v", got, want)
	}
	b.settle(slow, []byte{1}, fengsui.Place{Seq: 7}, nonce{})
	if err := b.turn(noon); err != nil {
		t.Fatal(err)
	}
	if got, want := b.restored(), (fengsui.Place{Seq: 9}); got != want {
		t.Errorf("landed: saved %v, want %v", got, want)
	}
}

// TestBookCannotWrite: when the disk refuses, nothing is forgotten and the next
// turn makes up for it.
func TestBookCannotWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "answers")
	b, err := openBook(dir, 1<<20, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c, _, _ := b.claim(100, 1)
	b.settle(c, []byte{7}, fengsui.Place{Seq: 1}, nonce{hash: 5, at: noon})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := b.turn(noon); err == nil {
		t.Fatal("a turn without a directory worked")
	}
	if _, got, _ := b.claim(100, 1); !bytes.Equal(got, []byte{7}) || b.restored() != (fengsui.Place{}) {
		t.Errorf("after a turn that failed: got %v at %v", got, b.restored())
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := b.turn(noon); err != nil {
		t.Fatal(err)
	}
	b, err = openBook(dir, 1<<20, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, got, _ := b.claim(100, 1); !bytes.Equal(got, []byte{7}) || !reflect.DeepEqual(b.recent(), []nonce{{5, noon}}) {
		t.Errorf("after a restart: got %v and nonces %v", got, b.recent())
	}
}

// TestBookHalfMerged: a kill between a merger and the removal of its parts, and a
// file half written, do no harm.
func TestBookHalfMerged(t *testing.T) {
	dir, parts := t.TempDir(), t.TempDir()
	b, err := openBook(dir, 1<<20, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(2) {
		c, _, _ := b.claim(100+i, 1)
		b.settle(c, []byte{byte(i)}, fengsui.Place{Seq: i + 1}, nonce{})
		if err := b.turn(noon); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := os.CopyFS(parts, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.CopyFS(dir, os.DirFS(parts)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "answers-x.tmp"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err = openBook(dir, 1<<20, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(2) {
		if _, got, _ := b.claim(100+i, 1); !bytes.Equal(got, []byte{byte(i)}) {
			t.Errorf("key %d: got %v", i, got)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 || b.restored().Seq != 2 {
		t.Errorf("got %d files, restored at %v; want 1 and 2", len(files), b.restored())
	}
}

// TestBookDiskDies: pages that the disk does not give are an error for who asks, and
// not the end of the process.
func TestBookDiskDies(t *testing.T) {
	dir := t.TempDir()
	b, err := openBook(dir, 1<<20, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for hash := range uint64(4096) {
		c, _, _ := b.claim(hash<<52+1, 1)
		b.settle(c, []byte{1}, fengsui.Place{Seq: 1}, nonce{})
	}
	if err := b.turn(noon); err != nil {
		t.Fatal(err)
	}
	files, _ := os.ReadDir(dir)
	if err := os.Truncate(filepath.Join(dir, files[0].Name()), 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.claim(1<<60+1, 1); fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("got %v, want Unavailable", err)
	}
	if _, _, _, _, err := b.known(1<<60 + 1); fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("got %v, want Unavailable", err)
	}
	c, _, _ := b.claim(5, 1)
	if len(b.flights) != 0 && !c.mine {
		t.Errorf("%d flights stay", len(b.flights))
	}
	if err := b.turn(noon + 1); err != nil {
		t.Errorf("the next page: %v", err)
	}
}

// TestAnswer: a receipt survives its short form.
func TestAnswer(t *testing.T) {
	want := adapter.Receipt{Accepted: 70000}
	for kind := range itemKinds {
		for code := range itemCodes {
			want.Errors = append(want.Errors, itemError(kind, kind*1000+code, code, code%2 == 0))
		}
	}
	b := appendAnswer(nil, &want)
	if got, err := readAnswer(b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if len(b) > 4+4*len(want.Errors) {
		t.Errorf("%d errors take %d bytes", len(want.Errors), len(b))
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(appendAnswer(nil, &adapter.Receipt{Accepted: 5, Errors: []adapter.ItemError{itemError(1, 300, 2, true)}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := readAnswer(b)
		if err != nil {
			return
		}
		if again, err := readAnswer(appendAnswer(nil, &r)); err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("got %+v, %v, want %+v", again, err, r)
		}
	})
}

func FuzzChapter(f *testing.F) {
	long := appendAnswer(nil, &adapter.Receipt{Accepted: 5, Errors: []adapter.ItemError{itemError(1, 300, 2, true)}})
	c := newChapter(map[uint64]answered{1: {2, []byte{9}}, 5: {6, long}}, []nonce{{1, noon}}, fengsui.Place{Seq: 4, Index: 2}, noon, 3)
	f.Add(bytesOf(c))
	f.Add(bytesOf(newChapter(nil, nil, fengsui.Place{}, 0, 0)))
	f.Fuzz(func(t *testing.T, b []byte) {
		// The sum would stop nearly every change: it is made right again.
		for _, b := range [][]byte{b, resum(b)} {
			c, err := readChapter(b)
			if err != nil {
				continue
			}
			for i := range c.count() {
				if _, there := c.find(c.hash(i)); !there {
					t.Fatalf("entry %d of %d is not found", i, c.count())
				}
			}
			again, err := readChapter(bytesOf(c, c))
			if err != nil || again.count() != c.count() {
				t.Fatalf("read, put together with itself and read again: %v", err)
			}
		}
	})
}

// bytesOf is what the file of chapters put together holds.
func bytesOf(parts ...*chapter) []byte {
	var b bytes.Buffer
	if err := encode(&b, parts, noon); err != nil {
		panic(err) // of a buffer
	}
	return b.Bytes()
}

func resum(b []byte) []byte {
	if len(b) < 4 {
		return b
	}
	body := bytes.Clone(b[:len(b)-4])
	return binary.LittleEndian.AppendUint32(body, crc32.Checksum(body, castagnoli))
}
