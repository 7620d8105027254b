package bench

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	linked   = regexp.MustCompile(`(?:src|href)="/(assets/[^"]+)"`)
	imported = regexp.MustCompile(`(?:from|import)\s*["']\./([^"']+\.js)["']`)
	lazy     = regexp.MustCompile(`assets/(?:SignIn|Watch)-[\w-]+\.(?:js|css)`)
)

// console measures what a browser loads, zipped, until the duty desk's page is
// there: the page, what it links and what that imports, the sign-in and the watch.
func (l *lab) console(b testing.TB) {
	total, files := 0, 0
	seen := map[string]bool{}
	var load func(name string) error
	load = func(name string) error {
		if seen[name] {
			return nil
		}
		seen[name] = true
		text, n, err := fetch(l.server.Plain+"/"+name, name != "")
		if err != nil {
			return err
		}
		total, files = total+n, files+1
		var next []string
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			next = append(next, m[1])
		}
		if strings.HasSuffix(name, ".js") {
			for _, m := range imported.FindAllStringSubmatch(text, -1) {
				next = append(next, path.Join(path.Dir(name), m[1]))
			}
			next = append(next, lazy.FindAllString(text, -1)...)
		}
		for _, name := range next {
			if err := load(name); err != nil {
				return err
			}
		}
		return nil
	}
	if err := load(""); err != nil {
		if errors.Is(err, errNoConsole) {
			l.add("console: first view", 0, "KB gzip", nil, cost{}, "the console is not built: make web")
			return
		}
		b.Fatal(err)
	}
	l.add("console: first view", float64(total)/1000, "KB gzip", atMost(350), cost{}, "%d files; page, sign-in and watch with all that they import; its time is for a browser to tell", files)
}

var errNoConsole = errors.New("the console is not built")

// fetch gives a file's text and how many bytes came over the line.
func fetch(url string, asset bool) (text string, n int, err error) {
	q, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return "", 0, err
	}
	q.Header.Set("Accept-Encoding", "gzip")
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return "", 0, err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		return "", 0, fmt.Errorf("%s: %s %w", url, r.Status, err)
	}
	n = len(b)
	if r.Header.Get("Content-Encoding") == "gzip" {
		if b, err = unzip(b); err != nil {
			return "", 0, err
		}
	}
	if !asset && !strings.Contains(string(b), "assets/") {
		return "", 0, errNoConsole
	}
	return string(b), n, nil
}

func unzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
