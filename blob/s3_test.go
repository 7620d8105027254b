package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/minio/minio-go/v7"

	"fengsui"
)

// s3Server is a real server, in a process of its own.
type s3Server struct {
	dir, address string
	prefixes     atomic.Int64
}

const s3Script = "../scripts/s3.sh"

func startS3(t testing.TB) *s3Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "fengsui-s3-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { exec.Command(s3Script, "stop", dir).Run() })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	s := &s3Server{dir: dir}
	s.start(t, port)
	return s
}

func (s *s3Server) start(t testing.TB, port string) {
	t.Helper()
	cmd := exec.Command(s3Script, "start", s.dir, "fengsui", port)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", s3Script, err, said.String())
	}
	s.address = strings.TrimSpace(string(out))
}

// config is a place of its own in the server.
func (s *s3Server) config(t testing.TB) S3Config {
	t.Helper()
	c, err := ParseS3(fmt.Sprintf("s3://fengsui/test/%d?endpoint=%s", s.prefixes.Add(1), s.address))
	if err != nil {
		t.Fatal(err)
	}
	c.AccessKey, c.SecretKey = "fengsui", "fengsui-test-secret"
	return c
}

func (s *s3Server) open(t testing.TB, c S3Config) *S3 {
	t.Helper()
	store, err := OpenS3(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// TestS3 is what only a server can do wrong.
func TestS3(t *testing.T) {
	server := startS3(t)
	t.Run("two prefixes do not meet", func(t *testing.T) {
		one, two := server.open(t, server.config(t)), server.open(t, server.config(t))
		put(t, one, "a/b", "one")
		put(t, two, "a/b", "two")
		if got := get(t, one, "a/b"); got != "one" {
			t.Errorf("got %q", got)
		}
		if items, err := two.List(t.Context(), ""); err != nil || len(items) != 1 || items[0].Key != "a/b" {
			t.Errorf("got %v, %v, want a/b alone", items, err)
		}
	})
	t.Run("a list has pages", func(t *testing.T) {
		c := server.config(t)
		c.page = 3
		s := server.open(t, c)
		for i := range 10 {
			put(t, s, fmt.Sprintf("k/%02d", i), "x")
		}
		items, err := s.List(t.Context(), "k/")
		if err != nil || len(items) != 10 || items[9].Key != "k/09" {
			t.Errorf("got %v, %v, want all ten", items, err)
		}
	})
	t.Run("a put that failed leaves nothing behind", func(t *testing.T) {
		s := server.open(t, server.config(t))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		source := sourceFunc(func(b []byte) (int, error) {
			if n += len(b); n > partSize+1<<20 {
				cancel() // after the first part was sent
			}
			return len(b), nil
		})
		if _, _, err := s.Put(ctx, "big", source); !errors.Is(err, context.Canceled) {
			t.Errorf("Put = %v, want canceled", err)
		}
		for u := range s.core.Client.ListIncompleteUploads(t.Context(), s.bucket, s.prefix, true) {
			t.Errorf("an upload is left: %+v", u)
		}
	})
	t.Run("what is altered in the store is not read", func(t *testing.T) {
		s := server.open(t, server.config(t))
		put(t, s, "x", "what was put")
		// Somebody with the key exchanges the bytes and keeps what is said about them.
		info, err := s.core.StatObject(t.Context(), s.bucket, s.prefix+"x", minio.StatObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.core.Client.PutObject(t.Context(), s.bucket, s.prefix+"x", strings.NewReader("what was Put"), 12, minio.PutObjectOptions{UserMetadata: map[string]string{sumKey: info.UserMetadata[sumKey]}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Get(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if b, err := io.ReadAll(r); err == nil || !strings.Contains(err.Error(), "differs") {
			t.Errorf("got %q, %v, want it refused", b, err)
		}
	})
	t.Run("what is altered on the way is not kept", func(t *testing.T) {
		c := server.config(t)
		mark := bytes.Repeat([]byte("fengsui!"), 64)
		c.Endpoint = alter(t, c.Endpoint, mark)
		s := server.open(t, c)
		put(t, s, "x", "old")
		if _, _, err := s.Put(t.Context(), "x", bytes.NewReader(mark)); err == nil {
			t.Error("altered bytes were taken")
		}
		if got := get(t, s, "x"); got != "old" {
			t.Errorf("after a refused put: %q, want old", got)
		}
	})
	t.Run("wrong keys and no bucket", func(t *testing.T) {
		c := server.config(t)
		c.SecretKey = "hidden"
		if _, err := OpenS3(t.Context(), c); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("a wrong secret: %v", err)
		}
		c = server.config(t)
		c.Bucket = "none"
		if _, err := OpenS3(t.Context(), c); code(err) != fengsui.NotFound {
			t.Errorf("no bucket: %v, want it not found", err)
		}
	})
	// The last one: it ends the server.
	t.Run("a server that is killed is away, and what it acknowledged is there afterwards", func(t *testing.T) {
		c := server.config(t)
		s := server.open(t, c)
		put(t, s, "x", "kept")
		if err := exec.Command(s3Script, "kill", server.dir).Run(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), "x"); code(err) != fengsui.Unavailable {
			t.Errorf("Get = %v, want it unavailable", err)
		}
		if _, _, err := s.Put(t.Context(), "y", strings.NewReader("y")); code(err) != fengsui.Unavailable {
			t.Errorf("Put = %v, want it unavailable", err)
		}
		_, port, _ := net.SplitHostPort(c.Endpoint)
		server.start(t, port)
		if got := get(t, s, "x"); got != "kept" {
			t.Errorf("got %q", got)
		}
	})
}

type sourceFunc func([]byte) (int, error)

func (f sourceFunc) Read(b []byte) (int, error) { return f(b) }

// alter is a way to a server that changes one bit of each mark that goes there.
func alter(t *testing.T, to string, mark []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				return
			}
			t.Cleanup(func() { in.Close(); out.Close() })
			all.Go(func() { io.Copy(in, out); in.Close() })
			all.Go(func() {
				defer out.Close()
				b := make([]byte, 64<<10)
				for {
					n, err := in.Read(b)
					if i := bytes.Index(b[:n], mark[:8]); i >= 0 {
						b[i] ^= 1
					}
					if _, werr := out.Write(b[:n]); err != nil || werr != nil {
						return
					}
				}
			})
		}
	})
	return l.Addr().String()
}

func TestParseS3(t *testing.T) {
	c, err := ParseS3("s3://b/x/y/?endpoint=https://s3.example:9000&region=cn-north-1&lookup=dns")
	if want := (S3Config{Endpoint: "s3.example:9000", TLS: true, Region: "cn-north-1", Bucket: "b", Prefix: "x/y", DNS: true}); err != nil || c != want {
		t.Errorf("got %+v, %v, want %+v", c, err, want)
	}
	for _, text := range []string{"", "http://b", "s3:///x?endpoint=https://h", "s3://b", "s3://b?endpoint=h:1", "s3://b?endpoint=ftp://h", "s3://b?endpoint=https://h/x", "s3://b/../x?endpoint=https://h",
		"s3://b?endpoint=https://h&key=hidden", "s3://hidden:hidden@b?endpoint=https://h", "s3://b?endpoint=https://hidden:hidden@h", "s3://b?endpoint=https://h&lookup=x", "s3://b?%zz"} {
		if _, err := ParseS3(text); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
