package sim

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
)

// Receiver stands for those whom a platform tells: the municipal platform and the
// parties' webhooks. It answers yes and remembers what it heard, each idempotency
// key once.
type Receiver struct {
	Log *slog.Logger

	mu    sync.Mutex
	heard map[string]int // guarded by mu: path -> distinct messages
	keys  map[string]bool
}

// maxKeys bounds what a Receiver remembers; a show never comes near it.
const maxKeys = 1 << 20

// ServeHTTP takes one message.
func (c *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || r.Method != http.MethodPost {
		http.Error(w, "send one message by POST", http.StatusBadRequest)
		return
	}
	key := r.URL.Path + " " + r.Header.Get("Idempotency-Key")
	c.mu.Lock()
	if c.heard == nil || len(c.keys) >= maxKeys {
		c.heard, c.keys = map[string]int{}, map[string]bool{}
	}
	if !c.keys[key] {
		c.keys[key] = true
		c.heard[r.URL.Path]++
	}
	n := c.heard[r.URL.Path]
	c.mu.Unlock()
	c.Log.Debug("message received", "remote", r.URL.Path, "bytes", len(b))
	fmt.Fprintf(w, "received, %d in all\n", n)
}

// Heard is how many distinct messages came to a path.
func (c *Receiver) Heard(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard[path]
}
