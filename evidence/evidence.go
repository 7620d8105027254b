// Package evidence keeps what a warning's measured values did before and after
// it was raised, so that each warning tells what raised it (A18) when history no
// longer can (A25).
//
// It follows the journal by position: a warning about a point becomes two copies,
// kept in the same transaction as the place. The part before (30 minutes up to
// the signal) is copied within a minute, the part after (30 minutes from there) at
// minute 31, from history to one blob each, with the other points of the same
// asset. A copy waits until history has all that was received by then, however
// long that takes, and is tried again until it is there; there is one file per
// part, whatever is read twice or killed when. A silent point is no reason to
// wait: its part is then empty, and says so. What arrives after a part was copied
// is not in it.
//
// No warning waits for this package, and it judges nothing. The samples that
// decided lie in the warning's own transaction and not here.
//
// Copies go with Config.Keep, each with a journal row; that they were there, how large
// and with which hash, stays.
//
// Run owns three goroutines, the reader, the copier and the one that deletes, and waits
// for them; when one fails it ends, and goes on from the store when it is run again.
package evidence

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what evidence keeps: nobody's acts, so it is kept without a journal.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "evidence", FS: sub, Kept: []string{"evidence_curve"}}
}

// Blob keeps the files.
type Blob interface {
	Put(ctx context.Context, key string, r io.Reader) (size int64, sha256 string, err error)
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	Delete(ctx context.Context, key string) error
}

// History is what is copied from. Everything received until Reached is in it.
type History interface {
	Range(ctx context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Sample, error)
	Reached(ctx context.Context) (fengsui.Millis, error)
}

// Config plugs evidence into the platform.
type Config struct {
	DB       *store.DB
	Blob     Blob
	District func() *fengsui.District
	Warning  func(context.Context, fengsui.ID) (fengsui.Warning, error)
	History  History
	Keep     fengsui.Span // curves go so long after their warning's end; 0: never
	Log      *slog.Logger
}

// Keeper copies and shows the curves of warnings.
type Keeper struct {
	c    Config
	wake chan struct{} // holds one: there are new copies to make; more say nothing new
}

// New checks the configuration.
func New(c Config) (*Keeper, error) {
	if c.DB == nil || c.Blob == nil || c.District == nil || c.Warning == nil || c.History == nil {
		return nil, errors.New("evidence: DB, Blob, District, Warning and History are needed")
	}
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return &Keeper{c: c, wake: make(chan struct{}, 1)}, nil
}

// Run reads and copies until ctx ends or the store fails.
func (k *Keeper) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wait sync.WaitGroup
	for _, loop := range []func(context.Context) error{k.read, k.copy, k.expire} {
		wait.Go(func() { stop(loop(ctx)) })
	}
	wait.Wait()
	return context.Cause(ctx)
}

// The two parts of a curve.
const (
	before = "before"
	after  = "after"
)

const (
	span  = fengsui.Millis(30 * 60_000) // of a part
	dueAt = fengsui.Millis(31 * 60_000) // the part after, from the raise on

	// lag is how far behind the log history usually is.
	lag = fengsui.Millis(5_000)

	// settle is how long history may take to show what it has written: 10 s were
	// measured for a point that is new to it.
	settle = 20 * time.Second
)

// blobKey is where a part lies.
func blobKey(warning fengsui.ID, part string) string {
	return "evidence/curve/" + string(warning) + "/" + part + ".csv.gz"
}

func now() fengsui.Millis { return fengsui.At(time.Now()) }
