// Package registry knows who and what there is: the tree of parties, enterprises
// with their contacts, assets, devices, points, fences, and the keys by which enterprises
// push. Article 6 and A12 are its data (binhai.yaml); CSV sheets bring in the
// rest, all of a sheet or nothing.
//
// Every change is a journal row. What others need is one immutable
// fengsui.District, swapped after each change: readers ask memory and never wait
// for the store. A change costs what it touched: a key its enterprise's keys, an
// import its enterprises. Run follows the journal, so that a change made elsewhere, a
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

	late   sync.Mutex // one look at a time for keys that are not known
	lateAt time.Time  // when the last one began; guarded by late

	secrets sync.Map // platform code -> map[string]secret by key id, never changed once stored
	retired sync.Map // num -> *fengsui.Point, only ever more
	fleet   atomic.Pointer[fleet]
}

// snapshot is who and what there is at one journal position.
type snapshot struct {
	pos      int64
	district *fengsui.District
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
	r.now.Store(&snapshot{district: fengsui.NewDistrict(nil, nil, nil, nil, nil)})
	return r, r.refresh(ctx)
}

// District is who and what there is now.
func (r *Registry) District() *fengsui.District { return r.now.Load().district }

// Retired finds a point whose code was given to another, nil if there is none.
func (r *Registry) Retired(num int64) *fengsui.Point {
	p, _ := r.retired.Load(num)
	point, _ := p.(*fengsui.Point)
	return point
}

// Sectors are the district's sectors.
func (r *Registry) Sectors() []SectorName { return slices.Clone(r.data.Sectors) }

// Run follows the journal and takes changes over until ctx ends. When the store
// is away it keeps what it has and tries again.
func (r *Registry) Run(ctx context.Context) error {
	for {
		_, err := r.c.DB.Wait(ctx, r.now.Load().pos)
		if err == nil {
			err = r.refresh(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			r.c.Log.Warn("registry cannot be read, keeping what is known", "err", err)
			select {
			case <-time.After(retry):
			case <-ctx.Done():
			}
		}
	}
}

// retry is how long Run waits when the store is away.
const retry = 500 * time.Millisecond

// change runs fn as one change and takes it over at once, so that whoever made it
// sees it.
func (r *Registry) change(ctx context.Context, fn func(*store.Tx) error) error {
	if err := r.c.DB.Change(ctx, fn); err != nil {
		return err
	}
	if err := r.refresh(context.WithoutCancel(ctx)); err != nil {
		r.c.Log.Warn("registry cannot be read, keeping what is known", "err", err) // Run tries again
	}
	return nil
}
