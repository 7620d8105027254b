package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fengsui"
)

// Writer makes one backup. It belongs to one goroutine and ends with Close.
type Writer struct {
	v    *Vault
	lock *os.File
	m    Manifest
	old  map[[2]string]Thing // of the backup before, by kind and name

	New    int   // things that were copied
	Bytes  int64 // of pieces that were written
	Before error // why nothing of the backup before could be used; nil: it could, or there is none
}

// Begin begins a backup.
func (v *Vault) Begin(at time.Time) (*Writer, error) {
	lock, err := v.lock()
	if err != nil {
		return nil, err
	}
	w := &Writer{v: v, lock: lock, old: map[[2]string]Thing{}}
	w.m.Name, w.m.At = at.UTC().Format(nameForm), fengsui.At(at)
	if err := w.recall(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// recall learns what the backup before has.
func (w *Writer) recall() error {
	left, err := filepath.Glob(w.v.path(tempName))
	if err != nil {
		return err
	}
	for _, name := range left { // of a backup that was killed: we have the lock
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	names, err := w.v.Names()
	if err != nil || len(names) == 0 {
		return err
	}
	if names[len(names)-1] >= w.m.Name {
		return fmt.Errorf("the newest backup is called %s, and this one would be %s: wait a second, or set the clock right", names[len(names)-1], w.m.Name)
	}
	m, err := w.v.Read("")
	if err != nil {
		w.Before = err // everything is copied again
		return nil
	}
	for _, t := range m.Things {
		w.old[[2]string{t.Kind, t.Name}] = t
	}
	return nil
}

// Close lets the vault go; without Finish nothing counts.
func (w *Writer) Close() error { return w.lock.Close() }

// Same takes over from the backup before what did not change since: a thing of the same
// kind, name, size and time whose piece is there in full.
func (w *Writer) Same(kind, name string, size int64, at fengsui.Millis) bool {
	t, ok := w.old[[2]string{kind, name}]
	if !ok || t.Size != size || t.At != at || at == 0 {
		return false
	}
	path, err := w.v.piecePath(t.Piece)
	if err != nil {
		return false
	}
	if info, err := os.Stat(path); err != nil || info.Size() != t.Stored {
		return false
	}
	w.m.Things = append(w.m.Things, t)
	return true
}

// Add copies a thing: fn writes it. It is read back before Add returns.
func (w *Writer) Add(ctx context.Context, kind, name string, at fengsui.Millis, fn func(io.Writer) error) error {
	if err := w.add(ctx, Thing{Kind: kind, Name: name, At: at}, fn); err != nil {
		return fmt.Errorf("back up %s %s: %w", kind, name, err)
	}
	return nil
}

func (w *Writer) add(ctx context.Context, t Thing, fn func(io.Writer) error) error {
	f, err := os.CreateTemp(w.v.dir, tempName)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	s, err := w.v.seal(f)
	if err != nil {
		return err
	}
	sum, size := sha256.New(), counter(0)
	if err := fn(io.MultiWriter(s, sum, &size)); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	t.Size, t.Sum, t.Piece = int64(size), hex.EncodeToString(sum.Sum(nil)), w.v.pieceName(sum.Sum(nil))
	path, err := w.v.piecePath(t.Piece)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil {
		t.Stored = info.Size()
		if w.v.Copy(ctx, io.Discard, &t) == nil { // the same content under another name
			w.m.Things = append(w.m.Things, t)
			return nil
		}
	}
	if t.Stored, err = place(f, path); err != nil {
		return err
	}
	if err := w.v.Copy(ctx, io.Discard, &t); err != nil {
		return fmt.Errorf("read back what was written: %w", err)
	}
	w.New++
	w.Bytes += t.Stored
	w.m.Things = append(w.m.Things, t)
	return nil
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// Finish makes it a backup: the manifest is written and read back.
func (w *Writer) Finish(about any) (*Manifest, error) {
	b, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	w.m.About = b
	text, err := json.Marshal(w.m)
	if err != nil {
		return nil, err
	}
	size, err := w.v.write(w.v.path(w.m.Name), func(to io.Writer) error {
		s, err := w.v.seal(to)
		if err != nil {
			return err
		}
		if _, err := io.Copy(s, bytes.NewReader(text)); err != nil {
			return err
		}
		return s.Close()
	})
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	w.Bytes += size
	return w.v.Read(w.m.Name)
}

// Prune removes all backups but the newest n (0: none), and the pieces that none needs.
// It says how many backups and bytes went. When a manifest that stays cannot be read, no
// piece is removed: it might be needed.
func (w *Writer) Prune(n int) (gone int, freed int64, err error) {
	names, err := w.v.Names()
	if err != nil {
		return 0, 0, err
	}
	for n > 0 && len(names) > n {
		if err := os.Remove(w.v.path(names[0])); err != nil {
			return gone, 0, err
		}
		names = names[1:]
		gone++
	}
	need := map[string]bool{}
	for _, name := range names {
		m, err := w.v.Read(name)
		if err != nil {
			return gone, 0, fmt.Errorf("nothing is cleared away: %w", err)
		}
		for i := range m.Things {
			need[m.Things[i].Piece] = true
		}
	}
	err = filepath.WalkDir(w.v.path(pieceDir), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || need[e.Name()] || strings.HasPrefix(e.Name(), ".") {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		freed += info.Size()
		return os.Remove(path)
	})
	return gone, freed, err
}

// Last is the thing that was added last.
func (w *Writer) Last() *Thing { return &w.m.Things[len(w.m.Things)-1] }
