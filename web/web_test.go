package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

var console = fstest.MapFS{
	".gitkeep":             {Data: nil},
	"index.html":           {Data: []byte("<!doctype html>" + strings.Repeat("console ", 100))},
	"icon.svg":             {Data: []byte("<svg/>")},
	"assets/index-1a2b.js": {Data: []byte(strings.Repeat("let a = 1;", 100))},
}

func ask(t *testing.T, h http.Handler, method, path, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		body = z
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHandler(t *testing.T) {
	h := handler(console)
	for _, c := range []struct {
		method, path, encoding string
		status                 int
		kind, cache, has       string
	}{
		{"GET", "/", "", 200, "text/html; charset=utf-8", "no-cache", "console"},
		{"GET", "/", "gzip, br", 200, "text/html; charset=utf-8", "no-cache", "console"},
		{"GET", "/warnings/0190a3", "", 200, "text/html; charset=utf-8", "no-cache", "console"}, // an address of the page
		{"GET", "/assets/index-1a2b.js", "gzip", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "let a"},
		{"GET", "/assets/index-gone.js", "", 404, "text/plain; charset=utf-8", "no-store", ""}, // never the page in the place of a script
		{"GET", "/icon.svg", "", 200, "image/svg+xml", "no-cache", "<svg"},
		{"GET", "/.gitkeep", "", 200, "text/html; charset=utf-8", "no-cache", "console"},
		{"GET", "/assets/../../etc/passwd", "", 404, "text/plain; charset=utf-8", "no-store", ""},
		{"HEAD", "/", "", 200, "text/html; charset=utf-8", "no-cache", ""},
		{"POST", "/", "", 405, "text/plain; charset=utf-8", "", "only read"},
	} {
		r := ask(t, h, c.method, c.path, c.encoding)
		if r.StatusCode != c.status || r.Header.Get("Content-Type") != c.kind || r.Header.Get("Cache-Control") != c.cache {
			t.Errorf("%s %s: got %d %q %q, want %d %q %q", c.method, c.path, r.StatusCode, r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"), c.status, c.kind, c.cache)
		}
		got := text(t, r)
		if !strings.Contains(got, c.has) || c.method == "HEAD" && got != "" {
			t.Errorf("%s %s: got %q, want %q in it", c.method, c.path, got, c.has)
		}
		if c.status == 200 && r.Header.Get("Content-Security-Policy") != Policy {
			t.Errorf("%s %s: got policy %q", c.method, c.path, r.Header.Get("Content-Security-Policy"))
		}
	}
}

func TestNotBuilt(t *testing.T) {
	r := ask(t, handler(fstest.MapFS{".gitkeep": {}}), "GET", "/watch", "gzip")
	if got := text(t, r); r.StatusCode != 200 || !strings.Contains(got, "make web") {
		t.Errorf("got %d %q, want the way to build it", r.StatusCode, got)
	}
	if got := r.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("got cache %q, want no-store: the console may be there after a restart", got)
	}
}

// TestEmbedded serves what is really embedded, built or not.
func TestEmbedded(t *testing.T) {
	if r := ask(t, Handler(), "GET", "/", ""); r.StatusCode != 200 || !strings.Contains(text(t, r), "<!doctype html>") {
		t.Errorf("got %d", r.StatusCode)
	}
}
