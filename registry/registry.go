// Package registry knows who and what there is: the tree of parties, enterprises
// with their contacts, assets, devices, points, and the keys by which enterprises
// push. Article 6 and A12 are its data (binhai.yaml); CSV sheets bring in the
// rest, all of a sheet or nothing.
//
// Every change is a journal row. What others need is one immutable
// fengsui.District, swapped after each change: readers ask memory and never wait
// for the store. Run follows the journal, so that a change made elsewhere, a
// revoked key above all, is there within a second.
//
// A num is given once and never again. When a code of a point comes to stand for
// another quantity, unit or asset, it becomes another point with another num; the
// old one is retired, and its history stays its own.
//
// Secrets of push keys are sealed with AES-256-GCM under the master key and are
// shown once. registry judges no signal and knows no HTTP. It owns no goroutines
// beside the caller of Run.
package registry

import (
	"context"
	"crypto/cipher"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what registry keeps.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "registry", FS: sub}
}

// Config plugs registry into the platform.
type Config struct {
	DB     *store.DB
	Master []byte // 32 bytes, kept apart from data and backups
	Log    *slog.Logger
}

// Registry is the district's parties and things.
type Registry struct {
	c      Config
	sealer cipher.AEAD
	data   *data
	now    atomic.Pointer[snapshot]
	load   sync.Mutex // one load at a time, so that an older never replaces a newer
}

// snapshot is everything at one journal position.
type snapshot struct {
	pos      int64
	district *fengsui.District
	retired  map[int64]*fengsui.Point
	secrets  map[string]map[string]secret // platform code -> key id
}

// Open reads the registry.
func Open(ctx context.Context, c Config) (*Registry, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	sealer, err := newSealer(c.Master)
	if err != nil {
		return nil, err
	}
	d, err := readData()
	if err != nil {
		return nil, err
	}
	r := &Registry{c: c, sealer: sealer, data: d}
	return r, r.reload(ctx)
}

// District is who and what there is now.
func (r *Registry) District() *fengsui.District { return r.now.Load().district }

// Retired finds a point whose code was given to another, nil if there is none.
func (r *Registry) Retired(num int64) *fengsui.Point { return r.now.Load().retired[num] }

// Sectors are the district's sectors.
func (r *Registry) Sectors() []SectorName { return slices.Clone(r.data.Sectors) }

// kinds are the journal's kinds that are registry's.
var kinds = map[string]bool{"party": true, "enterprise": true, "asset": true, "device": true, "point": true, "push_key": true}

// Run follows the journal and takes changes over until ctx ends. When the store
// is away it keeps what it has and tries again.
func (r *Registry) Run(ctx context.Context) error {
	pos := r.now.Load().pos
	for {
		head, err := r.c.DB.Wait(ctx, pos)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = r.follow(ctx, pos)
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			r.c.Log.Warn("registry cannot be read, keeping what is known", "err", err)
			select {
			case <-time.After(retry):
			case <-ctx.Done():
			}
			continue
		}
		pos = head
	}
}

// retry is how long Run waits when the store is away.
const retry = 500 * time.Millisecond

// follow reloads when a row after pos is registry's and not yet known.
func (r *Registry) follow(ctx context.Context, pos int64) error {
	const page = 500
	for pos < r.c.DB.Head() {
		list, _, err := r.c.DB.Entries(ctx, fengsui.Everything(), store.Filter{After: pos, Limit: page})
		if err != nil {
			return err
		}
		for _, e := range list {
			pos = e.Pos
			if kinds[e.Of.Kind] && e.Pos > r.now.Load().pos {
				return r.reload(ctx)
			}
		}
		if len(list) < page {
			return nil
		}
	}
	return nil
}

// reload puts the registry of now in place.
func (r *Registry) reload(ctx context.Context) error {
	r.load.Lock()
	defer r.load.Unlock()
	var s snapshot
	err := r.c.DB.View(ctx, func(tx *store.Tx) error { return r.read(tx, &s) })
	if err != nil {
		return fmt.Errorf("read registry: %w", err)
	}
	r.now.Store(&s)
	return nil
}

// change runs fn as one change and takes it over at once, so that whoever made it
// sees it.
func (r *Registry) change(ctx context.Context, fn func(*store.Tx) error) error {
	if err := r.c.DB.Change(ctx, fn); err != nil {
		return err
	}
	if err := r.reload(context.WithoutCancel(ctx)); err != nil {
		r.c.Log.Warn("registry cannot be read, keeping what is known", "err", err) // Run tries again
	}
	return nil
}
