package app

import (
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fengsui"
	"fengsui/series"
)

// TestOutsideTLS reaches a bucket and a history by TLS with certificates of the district's
// own CA (fengsui admin ca), and trusts nobody else's (N08). The history lies behind the
// paths of a VictoriaMetrics cluster, where one side is written and another read: a proxy
// in front of a single node keeps to them.
func TestOutsideTLS(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, run by make test: starts servers")
	}
	a := newCA(t, "district")
	a.server("server", 30, "127.0.0.1")
	roots := filepath.Join(a.Dir, "ca.pem")
	c := Defaults()
	c.Data, c.MasterKeyFile = filepath.Join(a.dir, "data"), filepath.Join(a.dir, "master.key")
	if err := os.Mkdir(c.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := secretFile(c.MasterKeyFile, 32); err != nil {
		t.Fatal(err)
	}
	secret := func(name, text string) string {
		t.Helper()
		path := a.out(name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}

	dir, port := serverDir(t, "s3.sh"), freePort(t)
	t.Setenv("S3_CERT", a.out("server.pem"))
	t.Setenv("S3_KEY", a.out("server.key"))
	c.Blob.URL = "s3://fengsui/district?endpoint=" + runScript(t, "s3.sh", "start", dir, "fengsui", port)
	c.Blob.KeyFile = secret("s3.keys", "fengsui\nfengsui-test-secret\n")
	if _, err := c.openBlob(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a bucket whose CA nobody named opens with %v", err)
	}
	c.Blob.CAFile = roots
	files, err := c.openBlob(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte("beacon"), 100_000)
	if _, _, err := files.Put(t.Context(), "evidence/x", bytes.NewReader(want)); err != nil {
		t.Fatal(err)
	}
	r, err := files.Get(t.Context(), "evidence/x")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	r.Close()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file comes back with %d bytes, %v", len(got), err)
	}

	const read, write = "/select/7/prometheus", "/insert/7/prometheus"
	dir, port = serverDir(t, "victoria.sh"), freePort(t)
	node, err := url.Parse(runScript(t, "victoria.sh", "start", dir, port))
	if err != nil {
		t.Fatal(err)
	}
	var reads, writes, strays atomic.Int64
	proxy := httputil.NewSingleHostReverseProxy(node)
	cert, err := tls.LoadX509KeyPair(a.out("server.pem"), a.out("server.key"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	front := &http.Server{
		ReadHeaderTimeout: 10 * time.Second, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}, ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, word, _ := r.BasicAuth()
			path, reading := strings.CutPrefix(r.URL.Path, read)
			path, writing := strings.CutPrefix(path, write)
			switch {
			case user != "fengsui" || word != "word":
				http.Error(w, "who are you", http.StatusUnauthorized)
				return
			case reading:
				reads.Add(1)
			case writing && path == "/api/v1/write":
				writes.Add(1)
			default:
				strays.Add(1)
				http.NotFound(w, r)
				return
			}
			r.URL.Path = path
			proxy.ServeHTTP(w, r)
		}),
	}
	done := make(chan struct{})
	go func() { defer close(done); front.ServeTLS(l, "", "") }()
	t.Cleanup(func() { front.Close(); <-done })
	base := "https://" + l.Addr().String()
	c.History.URL, c.History.WriteURL = base+read, base+write
	c.History.User, c.History.SecretFile = "fengsui", secret("history.word", "word\n")
	now := fengsui.At(time.Now().Truncate(time.Second))
	put := func() (wholeHistory, error) {
		h, err := c.openHistoryWhole()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(h.Close)
		return h, h.Put(t.Context(), []series.Stored{{Key: series.Key{Num: 5}, Values: []series.Value{{At: now, Value: 1.5}}}})
	}
	if _, err := put(); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a history whose CA nobody named takes values: %v", err)
	}
	c.History.CAFile = roots
	h, err := put()
	if err != nil {
		t.Fatal(err)
	}
	var list []series.Stored
	until(t, func() string { return "the value can be read" }, func() bool {
		list, err = collect(t.Context(), h, now-1000, now+1000)
		return err == nil && len(list) == 1
	})
	if list[0].Num != 5 || len(list[0].Values) != 1 || list[0].Values[0] != (series.Value{At: now, Value: 1.5}) {
		t.Errorf("what is read is %+v", list)
	}
	if reads.Load() == 0 || writes.Load() == 0 || strays.Load() > 0 {
		t.Errorf("%d reads, %d writes and %d calls beside the cluster's paths", reads.Load(), writes.Load(), strays.Load())
	}
}
