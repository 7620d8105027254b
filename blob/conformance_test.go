package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"fengsui"
)

// engine opens a new, empty store.
type engine struct {
	name string
	open func(t *testing.T) Store
}

func engines(t *testing.T) []engine {
	server := startS3(t)
	return []engine{
		{"dir", func(t *testing.T) Store {
			d, err := Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			return d
		}},
		{"s3", func(t *testing.T) Store { return server.open(t, server.config(t)) }},
		{"sealed dir", func(t *testing.T) Store {
			d, err := Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			return seal(t, d, aesKey)
		}},
		{"sealed s3", func(t *testing.T) Store { return seal(t, server.open(t, server.config(t)), smKey) }},
	}
}

func TestConformance(t *testing.T) {
	cases := []struct {
		name string
		run  func(*testing.T, Store)
	}{
		{"what is put can be read", roundTrip},
		{"a later put replaces", replace},
		{"a failed put changes nothing", failedPut},
		{"an ended context ends a put", endedPut},
		{"what is absent is not found", absent},
		{"bad keys are refused", badKeys},
		{"a list is by prefix and in order", list},
		{"many at once", many},
	}
	for _, e := range engines(t) {
		for _, c := range cases {
			t.Run(e.name+"/"+c.name, func(t *testing.T) { c.run(t, e.open(t)) })
		}
	}
}

func put(t *testing.T, e Store, key, text string) {
	t.Helper()
	if _, _, err := e.Put(t.Context(), key, strings.NewReader(text)); err != nil {
		t.Fatalf("Put(%s): %v", key, err)
	}
}

func get(t *testing.T, e Store, key string) string {
	t.Helper()
	r, err := e.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("Get(%s): %v", key, err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return string(b)
}

func code(err error) fengsui.Code {
	if err == nil {
		return ""
	}
	return fengsui.CodeOf(err)
}

func roundTrip(t *testing.T, e Store) {
	for _, size := range []int{0, 1, 4096, 3 << 20, partSize, 2*partSize + 5} {
		want := bytes.Repeat([]byte{7, 0, 255}, size/3+1)[:size]
		sum := sha256.Sum256(want)
		key := fmt.Sprintf("a/b-%d/c_d.bin", size)
		n, s, err := e.Put(t.Context(), key, bytes.NewReader(want))
		if err != nil || n != int64(size) || s != hex.EncodeToString(sum[:]) {
			t.Errorf("Put of %d bytes = %d, %s, %v; want its size and %x", size, n, s, err, sum)
		}
		if got := get(t, e, key); got != string(want) {
			t.Errorf("Get of %d bytes gives %d other ones", size, len(got))
		}
	}
}

func replace(t *testing.T, e Store) {
	put(t, e, "x", "one, which is longer")
	put(t, e, "x", "two")
	if got := get(t, e, "x"); got != "two" {
		t.Errorf("after a second put: %q, want two", got)
	}
}

func failedPut(t *testing.T, e Store) {
	put(t, e, "k/x", "old")
	broken := io.MultiReader(strings.NewReader("new"), iotest.ErrReader(errors.New("source broke")))
	if _, _, err := e.Put(t.Context(), "k/x", broken); err == nil || !strings.Contains(err.Error(), "source broke") {
		t.Errorf("Put from a broken source: %v, want its error", err)
	}
	far := io.MultiReader(io.LimitReader(zeros{}, 2*partSize+1), iotest.ErrReader(errors.New("source broke")))
	if _, _, err := e.Put(t.Context(), "k/x", far); err == nil || !strings.Contains(err.Error(), "source broke") {
		t.Errorf("Put from a source that breaks late: %v, want its error", err)
	}
	if _, _, err := e.Put(t.Context(), "k/y", iotest.ErrReader(errors.New("source broke"))); err == nil {
		t.Error("Put from a broken source succeeded")
	}
	if got := get(t, e, "k/x"); got != "old" {
		t.Errorf("after a failed put: %q, want old", got)
	}
	items, err := e.List(t.Context(), "")
	if err != nil || len(items) != 1 {
		t.Errorf("after a failed put the list is %v, %v; want k/x alone", items, err)
	}
}

// zeros never end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func endedPut(t *testing.T, e Store) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	go func() {
		w.Write([]byte("some"))
		cancel()
		w.Write([]byte("more"))
		w.Close()
	}()
	_, _, err := e.Put(ctx, "x", r)
	r.Close()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Put = %v, want canceled", err)
	}
}

func absent(t *testing.T, e Store) {
	put(t, e, "a/b", "x")
	for _, key := range []string{"none", "a", "a/b/c", "a/c"} {
		if _, err := e.Get(t.Context(), key); code(err) != fengsui.NotFound {
			t.Errorf("Get(%s) = %v, want not found", key, err)
		}
		if err := e.Delete(t.Context(), key); code(err) != fengsui.NotFound {
			t.Errorf("Delete(%s) = %v, want not found", key, err)
		}
	}
	if err := e.Delete(t.Context(), "a/b"); err != nil {
		t.Errorf("Delete(a/b) = %v", err)
	}
	if _, err := e.Get(t.Context(), "a/b"); code(err) != fengsui.NotFound {
		t.Errorf("Get after Delete = %v, want not found", err)
	}
}

func badKeys(t *testing.T, e Store) {
	for _, key := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.b", ".tmp/x", "a\\b", "a b", "a\x00b", "烽", "a\nb", strings.Repeat("a", 201), strings.Repeat("a/", 300) + "a"} {
		if _, _, err := e.Put(t.Context(), key, strings.NewReader("x")); code(err) != fengsui.Invalid {
			t.Errorf("Put(%q) = %v, want invalid", key, err)
		}
		if _, err := e.Get(t.Context(), key); code(err) != fengsui.Invalid {
			t.Errorf("Get(%q) = %v, want invalid", key, err)
		}
		if err := e.Delete(t.Context(), key); code(err) != fengsui.Invalid {
			t.Errorf("Delete(%q) = %v, want invalid", key, err)
		}
	}
}

func list(t *testing.T, e Store) {
	for _, key := range []string{"log/2", "log/10", "logs/1", "file/a/b", "log/sub/3", "log-a/4"} {
		put(t, e, key, key)
	}
	for _, c := range []struct {
		prefix string
		want   []string
	}{
		{"", []string{"file/a/b", "log-a/4", "log/10", "log/2", "log/sub/3", "logs/1"}},
		{"log", []string{"log-a/4", "log/10", "log/2", "log/sub/3", "logs/1"}},
		{"log/", []string{"log/10", "log/2", "log/sub/3"}},
		{"log/s", []string{"log/sub/3"}},
		{"file/a/", []string{"file/a/b"}},
		{"none/", nil},
	} {
		items, err := e.List(t.Context(), c.prefix)
		if err != nil {
			t.Errorf("List(%s): %v", c.prefix, err)
		}
		var got []string
		for _, i := range items {
			got = append(got, i.Key)
			if i.Size != int64(len(i.Key)) {
				t.Errorf("%s has size %d, want %d", i.Key, i.Size, len(i.Key))
			}
			if age := time.Since(i.At.Time()); age < -time.Minute || age > time.Hour {
				t.Errorf("%s was put %v ago", i.Key, age)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("List(%q) = %v, want %v", c.prefix, got, c.want)
		}
	}
}

func many(t *testing.T, e Store) {
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			key := fmt.Sprintf("deep/%d/file", i%4)
			if _, _, err := e.Put(t.Context(), key, strings.NewReader(strings.Repeat("x", 10_000))); err != nil {
				t.Errorf("Put(%s): %v", key, err)
			}
		})
	}
	wg.Wait()
	items, err := e.List(t.Context(), "deep/")
	if err != nil || len(items) != 4 {
		t.Errorf("List = %v, %v; want 4", items, err)
	}
}

// TestLeftovers: temporary files of a dead process go, those that a living one
// may be writing stay, and neither is listed.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	old, fresh := filepath.Join(dir, tempDir, "put-1"), filepath.Join(dir, tempDir, "put-2")
	for _, f := range []string{old, fresh} {
		if err := os.WriteFile(f, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-2*stale)); err != nil {
		t.Fatal(err)
	}
	if d, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old leftover is still there: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("the fresh one is gone: %v", err)
	}
	if items, err := d.List(t.Context(), ""); err != nil || len(items) != 0 {
		t.Errorf("List = %v, %v; want none", items, err)
	}
}
