// Package web serves the console: a single page whose built files lie inside the
// program. Its source is beside it (src/); `make web` builds it into dist/.
//
// Addresses of the console are the page's own business, so every address without
// a file is answered with the page. Built files carry a hash in their name and
// are kept by browsers for good; the page itself is asked for anew each time, and
// a file that is no longer there is 404, so that an old page notices a new
// version.
//
// A program that was built without the console says how to build it. The package
// owns no goroutines.
package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var built embed.FS

// Policy is the Content-Security-Policy of the page: everything comes from its own
// host. Pictures may also be made by the page itself (photos before they are sent).
const Policy = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const missing = `<!doctype html><html lang="en"><meta charset="utf-8"><title>fengsui</title>
<h1>The console is not in this program</h1>
<p>It was built without it. Build it with <code>make web</code> (Node 20.19 or later), then build the program again: <code>make build</code>. The API works without it.</p>
<p lang="zh-CN">本程序未包含控制台。请先运行 <code>make web</code>（需要 Node 20.19 以上），再运行 <code>make build</code>。接口不受影响。</p></html>
`

// page is one built file as it is sent.
type page struct {
	body, zipped []byte // zipped is nil where it saves nothing
	kind         string
}

// Handler serves the console that was built into the program.
func Handler() http.Handler {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // a constant path
	}
	return handler(dist)
}

func handler(dist fs.FS) http.Handler {
	files := map[string]page{}
	err := fs.WalkDir(dist, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			return err
		}
		b, err := fs.ReadFile(dist, name)
		files["/"+name] = page{body: b, zipped: zip(b), kind: kindOf(name)}
		return err
	})
	if err != nil {
		panic(err) // what is embedded can be read
	}
	index, ok := files["/index.html"]
	if !ok {
		index = page{body: []byte(missing), kind: "text/html; charset=utf-8"}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "the console is only read", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		f, found := files[path.Clean(r.URL.Path)]
		switch {
		case found && strings.HasPrefix(r.URL.Path, "/assets/"):
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		case found:
			h.Set("Cache-Control", "no-cache")
		case strings.HasPrefix(r.URL.Path, "/assets/"):
			h.Set("Cache-Control", "no-store")
			http.NotFound(w, r)
			return
		default:
			f = index
			h.Set("Cache-Control", "no-cache")
			if !ok {
				h.Set("Cache-Control", "no-store")
			}
		}
		send(w, r, f)
	})
}

func send(w http.ResponseWriter, r *http.Request, f page) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	body := f.body
	if f.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = f.zipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		w.Write(body)
	}
}

// kindOf does not ask the machine's own table, which differs from place to place.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func zip(b []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // a constant level
	}
	z.Write(b)
	z.Close()
	if out.Len() > len(b)*9/10 {
		return nil
	}
	return out.Bytes()
}
