package lease

import (
	"context"
	"sync"
	"time"

	"fengsui/store"
)

// watchEvery is how often a Watch looks.
const watchEvery = time.Second

// Watch knows who holds which lease, and what the holders say.
type Watch struct {
	db *store.DB

	mu   sync.Mutex
	seen map[string]sight // guarded by mu
}

type sight struct {
	row
	moved time.Time // when it was first seen so; monotonic
}

// State is a lease as it was seen last.
type State struct {
	Holder string // empty: nobody's
	Note   string
	Still  time.Duration // since when nothing was heard of its holder, by our own clock
}

// NewWatch makes a Watch that has seen nothing.
func NewWatch(db *store.DB) *Watch { return &Watch{db: db, seen: map[string]sight{}} }

// Run looks until ctx ends. A store that is away tells nothing, and Still grows.
func (w *Watch) Run(ctx context.Context) error {
	look := time.NewTicker(watchEvery)
	defer look.Stop()
	for {
		try, cancel := context.WithTimeout(ctx, 5*time.Second)
		all, err := states(try, w.db)
		cancel()
		if err == nil {
			w.mu.Lock()
			for name, r := range all {
				if s, ok := w.seen[name]; !ok || s.row != r {
					w.seen[name] = sight{r, time.Now()}
				}
			}
			w.mu.Unlock()
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// State is what was seen of a lease; false: nobody ever took it.
func (w *Watch) State(name string) (State, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.seen[name]
	return State{s.holder, s.note, time.Since(s.moved)}, ok
}
