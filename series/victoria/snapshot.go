package victoria

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/storage"
)

// Snapshot holds on to the history as it is: what is in memory is written, and every
// file stays, under another name, until Drop. It costs no room but that of files that
// are merged meanwhile. Files lists them by their place in a history of their own.
func (e *Engine) Snapshot() (name string, err error) {
	err = e.use(func(db *storage.Storage) error {
		if db.IsReadOnly() {
			return ErrFull
		}
		name = db.MustCreateSnapshot()
		return nil
	})
	return name, err
}

// Drop lets go of a snapshot.
func (e *Engine) Drop(name string) error {
	return e.use(func(db *storage.Storage) error { return db.DeleteSnapshot(name) })
}

// DropAll lets go of every snapshot: who asked for them is gone.
func (e *Engine) DropAll() error {
	return e.use(func(db *storage.Storage) error {
		for _, name := range db.MustListSnapshots() {
			if err := db.DeleteSnapshot(name); err != nil {
				return err
			}
		}
		return nil
	})
}

// Files are the files of a snapshot in the history directory dir: each one's place in a
// history that is made of them, and where it is now. Without a name they are those of a
// history that nobody has open.
func Files(dir, name string) (map[string]string, error) {
	root := dir
	if name != "" {
		root = filepath.Join(dir, "snapshots", name)
	}
	files := map[string]string{}
	var walk func(at, as string) error
	walk = func(at, as string) error {
		at, err := filepath.EvalSymlinks(at) // a snapshot leads to its parts by links
		if err != nil {
			return err
		}
		list, err := os.ReadDir(at)
		if err != nil {
			return err
		}
		for _, e := range list {
			path, name := filepath.Join(at, e.Name()), filepath.Join(as, e.Name())
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			switch {
			case !info.IsDir():
				if e.Name() != "flock.lock" {
					files[filepath.ToSlash(name)] = path
				}
			case e.Name() == "snapshots" || as == "" && (e.Name() == "cache" || strings.HasPrefix(e.Name(), "tmp")):
			default:
				if err := walk(path, name); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk(root, ""); err != nil {
		return nil, fmt.Errorf("list history files: %w", err)
	}
	return files, nil
}
