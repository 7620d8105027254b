package app

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// dataVersion is the layout of the data directory.
const dataVersion = "1"

// halfRestored stands in the place of the layout while a restore is under way.
const halfRestored = "half a restore\n"

// dataDir is the platform's directory: bus/ history/ fengsui.db (unless store.url
// names another place) blob/ ingest/ run/ tmp/ tls/ VERSION LOCK, readable by its owner
// alone.
type dataDir struct {
	path string
	lock *os.File
}

// openData makes or opens the directory and takes its lock, so that two
// platforms never write to one place.
func openData(path string) (*dataDir, error) {
	for _, sub := range []string{"", "bus", "history", "blob", "ingest", "run", "tmp", "tls"} {
		if err := os.MkdirAll(filepath.Join(path, sub), 0o700); err != nil {
			return nil, fmt.Errorf("make data directory: %w", err)
		}
	}
	lock, err := os.OpenFile(filepath.Join(path, "LOCK"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("another fengsui works in %s; stop it first, or name another data directory", path)
	}
	d := &dataDir{path, lock}
	b, err := os.ReadFile(d.file("VERSION"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		err = os.WriteFile(d.file("VERSION"), []byte(dataVersion+"\n"), 0o600)
	case err == nil && string(b) == halfRestored:
		err = fmt.Errorf("%s is half of a restore that did not come to its end: remove it, and restore again", path)
	case err == nil && strings.TrimSpace(string(b)) != dataVersion:
		err = fmt.Errorf("%s was written by another version (layout %s, this program has %s)", path, strings.TrimSpace(string(b)), dataVersion)
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	return d, nil
}

// emptyData empties a data directory that nobody works in.
func emptyData(path string) error {
	d, err := openData(path)
	if err != nil {
		return err
	}
	defer d.close()
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == "LOCK" {
			continue
		}
		if err := os.RemoveAll(d.file(e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (d *dataDir) file(parts ...string) string {
	return filepath.Join(append([]string{d.path}, parts...)...)
}

func (d *dataDir) close() error { return d.lock.Close() }

// secretFile reads a secret of n bytes kept as hex, and makes it at first start.
func secretFile(path string, n int) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		key := make([]byte, n)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		return key, os.WriteFile(path, []byte(hex.EncodeToString(key)+"\n"), 0o600)
	}
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) != n {
		return nil, fmt.Errorf("%s must hold %d bytes as hex", path, n)
	}
	return key, nil
}

// listenUnix listens on a socket of the data directory, in the place of one that a
// killed process left.
func listenUnix(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil { // run/ is 0700 already
		l.Close()
		return nil, err
	}
	return l, nil
}
