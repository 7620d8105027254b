// Package blob keeps files that are written once and read whole: evidence,
// archives of the log, reports. Dir keeps them in a directory, S3 in an S3-compatible
// store; nobody but who opens it knows which of the two it is.
//
// Put returns after the bytes and their name are synced (in S3: acknowledged); a Put
// that fails, or is killed, leaves what was under the key before. A key is a slash path of ASCII
// letters, digits, '.', '_' and '-', no part of it beginning with a dot, so that
// it fits a directory and an S3-compatible store alike.
//
// Sealed, around either of them, makes blobs unreadable without a key.
//
// blob does not expire or count, and owns no goroutines. A Store may be
// used by many goroutines and processes at once.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"fengsui"
)

const (
	maxKey  = 512
	tempDir = ".tmp"
	// stale is the age above which a temporary file belongs to a process that
	// died: no Put takes that long.
	stale = 24 * time.Hour
)

// Store keeps blobs: a Dir, an S3 or a Sealed around one, which all do what
// TestConformance asks.
type Store interface {
	Put(ctx context.Context, key string, r io.Reader) (size int64, sum string, err error)
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	Delete(ctx context.Context, key string) error
	List(ctx context.Context, prefix string) ([]Item, error)
}

// Dir is a directory of blobs.
type Dir struct{ path string }

// Item is one blob in a list.
type Item struct {
	Key  string
	Size int64
	At   fengsui.Millis // when it was put
}

// Open opens or creates the directory, and removes what Puts of dead processes
// left behind.
func Open(dir string) (*Dir, error) {
	temp := filepath.Join(dir, tempDir)
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return nil, fmt.Errorf("open blobs %s: %w", dir, err)
	}
	left, err := os.ReadDir(temp)
	if err != nil {
		return nil, fmt.Errorf("open blobs %s: %w", dir, err)
	}
	for _, e := range left {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > stale {
			os.Remove(filepath.Join(temp, e.Name()))
		}
	}
	return &Dir{path: dir}, nil
}

// Put stores what r yields under key, instead of what was there, and says its
// size and SHA-256 in hex.
func (d *Dir) Put(ctx context.Context, key string, r io.Reader) (size int64, sum string, err error) {
	name, err := d.name(key)
	if err != nil {
		return 0, "", err
	}
	f, err := os.CreateTemp(filepath.Join(d.path, tempDir), "put-")
	if err != nil {
		return 0, "", full(fmt.Errorf("put blob %s: %w", key, err))
	}
	defer os.Remove(f.Name()) // after the rename there is nothing to remove
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, h), reader{ctx, r})
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = d.makeDir(filepath.Dir(name))
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	if err != nil {
		return 0, "", full(fmt.Errorf("put blob %s: %w", key, err))
	}
	return size, hex.EncodeToString(h.Sum(nil)), nil
}

// Get opens a blob; the caller closes it.
func (d *Dir) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	name, err := d.name(key)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	f, err := os.Open(name)
	if err == nil {
		var info fs.FileInfo
		if info, err = f.Stat(); err == nil && !info.IsDir() {
			return f, nil
		}
		f.Close()
		if err == nil {
			err = fs.ErrNotExist // a directory is a prefix, not a blob
		}
	}
	return nil, gone(key, err)
}

// Delete removes a blob; NotFound when there is none.
func (d *Dir) Delete(ctx context.Context, key string) error {
	name, err := d.name(key)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if info, err := os.Lstat(name); err != nil || info.IsDir() {
		return gone(key, errors.Join(err, fs.ErrNotExist))
	}
	if err := os.Remove(name); err != nil {
		return gone(key, err)
	}
	return syncDir(filepath.Dir(name))
}

// List lists the blobs whose key begins with prefix, in the order of their keys.
func (d *Dir) List(ctx context.Context, prefix string) ([]Item, error) {
	var list []Item
	err := filepath.WalkDir(d.path, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if path == d.path {
			return nil
		}
		rel, err := filepath.Rel(d.path, path)
		if err != nil {
			return err
		}
		key := filepath.ToSlash(rel)
		if e.IsDir() {
			if strings.HasPrefix(e.Name(), ".") || !strings.HasPrefix(key+"/", prefix) && !strings.HasPrefix(prefix, key+"/") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasPrefix(key, prefix) || check(key) != nil {
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		list = append(list, Item{Key: key, Size: info.Size(), At: fengsui.At(info.ModTime())})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list blobs %q: %w", prefix, err)
	}
	slices.SortFunc(list, func(a, b Item) int { return strings.Compare(a.Key, b.Key) })
	return list, nil
}

// date says that a blob was put at a time.
func (d *Dir) date(key string, at fengsui.Millis) error {
	name, err := d.name(key)
	if err != nil {
		return err
	}
	return os.Chtimes(name, at.Time(), at.Time())
}

func (d *Dir) name(key string) (string, error) {
	if err := check(key); err != nil {
		return "", err
	}
	return filepath.Join(d.path, filepath.FromSlash(key)), nil
}

// check refuses what could leave the directory or would not be the same key in
// another store.
func check(key string) error {
	bad := key == "" || len(key) > maxKey
	for part := range strings.SplitSeq(key, "/") {
		bad = bad || part == "" || part[0] == '.' || len(part) > 200
		for _, c := range []byte(part) {
			bad = bad || !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-')
		}
	}
	if bad {
		return fengsui.Errorf(fengsui.Invalid, "bad_key", "%q is not a name for a file here: use parts of letters, digits, '.', '_' and '-', separated by '/'", key)
	}
	return nil
}

// makeDir makes dir and syncs the name of each directory it had to make.
func (d *Dir) makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if err := d.makeDir(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func gone(key string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return fengsui.Errorf(fengsui.NotFound, "no_file", "there is no file %s", key)
	}
	return fmt.Errorf("open blob %s: %w", key, err)
}

func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errors.Join(fengsui.Errorf(fengsui.Unavailable, "disk_full", "the disk is full; nothing was stored, please make room and try again"), err)
	}
	return err
}

// reader ends with its context, so that a Put from a slow source can be ended.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(b)
}
