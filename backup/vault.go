package backup

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"golang.org/x/sys/unix"

	"fengsui"
	"fengsui/crypt"
)

// Vault is a directory of backups, opened with its key.
type Vault struct {
	dir string
	keys
}

const (
	headFile  = "fengsui-backup.json"
	pieceDir  = "pieces"
	tempName  = "tmp-*"
	nameForm  = "20060102T150405Z"
	headForm  = 1
	saltBytes = 32
	nameBytes = 20 // of a piece's name
)

var isName = regexp.MustCompile(`^\d{8}T\d{6}Z$`)

// head is what a vault says about itself in the open.
type head struct {
	Form  int         `json:"form"`
	Suite crypt.Suite `json:"suite,omitempty"` // empty: AES
	Salt  string      `json:"salt"`
	Check string      `json:"check"` // under the right key
}

// Open opens a vault. One that is not there is made with the suite that make names; with
// none it is not made. One that is there keeps the suite that it was made with.
func Open(dir string, key Key, make crypt.Suite) (*Vault, error) {
	v := &Vault{dir: dir}
	b, err := os.ReadFile(v.path(headFile))
	if errors.Is(err, os.ErrNotExist) && make != "" {
		return v, v.create(key, make)
	}
	if err != nil {
		return nil, fmt.Errorf("open backups: there are none in %s: %w", dir, err)
	}
	var h head
	if err := json.Unmarshal(b, &h); err != nil || h.Form != headForm {
		return nil, fmt.Errorf("open backups: %s is not of this program, or of a newer one", v.path(headFile))
	}
	salt, err := hex.DecodeString(h.Salt)
	if err == nil {
		v.keys, err = key.derive(cmp.Or(h.Suite, crypt.AES), salt)
	}
	if err != nil {
		return nil, fmt.Errorf("open backups %s: %w", dir, err)
	}
	if !hmac.Equal([]byte(v.fits()), []byte(h.Check)) {
		return nil, fmt.Errorf("open backups: the key is not the one that the backups in %s were made with", dir)
	}
	return v, nil
}

func (v *Vault) create(key Key, suite crypt.Suite) error {
	if err := os.MkdirAll(v.path(pieceDir), 0o700); err != nil {
		return fmt.Errorf("make backups: %w", err)
	}
	list, err := os.ReadDir(v.dir)
	if err != nil {
		return fmt.Errorf("make backups: %w", err)
	}
	for _, e := range list {
		if e.Name() != pieceDir {
			return fmt.Errorf("make backups: %s holds something else (%s): name a directory of its own", v.dir, e.Name())
		}
	}
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return err
	}
	if v.keys, err = key.derive(suite, salt); err != nil {
		return err
	}
	b, err := json.Marshal(head{headForm, suite, hex.EncodeToString(salt), v.fits()})
	if err != nil {
		return err
	}
	_, err = v.write(v.path(headFile), func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	})
	return err
}

// fits is what only who has the key can say.
func (v *Vault) fits() string {
	m := hmac.New(sha256.New, v.check)
	io.WriteString(m, "fits")
	return hex.EncodeToString(m.Sum(nil))
}

func (v *Vault) path(parts ...string) string {
	return filepath.Join(append([]string{v.dir}, parts...)...)
}

// lock takes the vault for one writer, until the file is closed.
func (v *Vault) lock() (*os.File, error) {
	f, err := os.OpenFile(v.path("LOCK"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another backup into %s is under way: wait until it has ended", v.dir)
	}
	return f, nil
}

// write puts a file into its place in one step, synced, and says how long it is.
func (v *Vault) write(path string, fn func(io.Writer) error) (int64, error) {
	f, err := os.CreateTemp(v.dir, tempName)
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name()) // after the rename there is nothing to remove
	defer f.Close()
	if err := fn(f); err != nil {
		return 0, err
	}
	return place(f, path)
}

// place syncs a temporary file and gives it its name.
func place(f *os.File, path string) (size int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if err := errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED), f.Close()); err != nil {
		return 0, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return 0, err
	}
	for _, dir := range []string{filepath.Dir(path), filepath.Dir(filepath.Dir(path))} {
		d, err := os.Open(dir)
		if err != nil {
			return 0, err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return 0, err
		}
	}
	return info.Size(), nil
}

// Kinds of things in a backup.
const (
	Records = "records" // an export of the store
	Log     = "log"     // what no archive of the log held, as an archive; its name is the key
	Blob    = "blob"    // by its key
	History = "history" // a file of the time series, relative to their directory
	File    = "file"    // a file of the data directory, relative to it
)

// Thing is one thing of a backup.
type Thing struct {
	Kind   string         `json:"kind"`
	Name   string         `json:"name"`
	Size   int64          `json:"size"`
	At     fengsui.Millis `json:"at"`  // when it was last written, where that is known
	Sum    string         `json:"sum"` // SHA-256, hex
	Piece  string         `json:"piece"`
	Stored int64          `json:"stored"` // bytes of the piece
}

// Manifest says what a backup is made of. About is app's.
type Manifest struct {
	Name   string          `json:"name"`
	At     fengsui.Millis  `json:"at"`
	About  json.RawMessage `json:"about"`
	Things []Thing         `json:"things"`
}

// Names are the backups there are, oldest first.
func (v *Vault) Names() ([]string, error) {
	list, err := os.ReadDir(v.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range list {
		if isName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// Read reads the manifest of a backup; the newest when no name is given.
func (v *Vault) Read(name string) (*Manifest, error) {
	if name == "" {
		names, err := v.Names()
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("there is no backup in %s", v.dir)
		}
		name = names[len(names)-1]
	}
	if !isName.MatchString(name) {
		return nil, fmt.Errorf("%q is no name of a backup: they are called like 20261127T150405Z", name)
	}
	f, err := os.Open(v.path(name))
	if err != nil {
		return nil, fmt.Errorf("read backup %s: %w", name, err)
	}
	defer f.Close()
	o, err := v.open(f)
	if err != nil {
		return nil, fmt.Errorf("read backup %s: %w", name, err)
	}
	m := new(Manifest)
	if err := json.NewDecoder(o).Decode(m); err != nil {
		return nil, fmt.Errorf("read backup %s: %w", name, err)
	}
	if m.Name != name {
		return nil, fmt.Errorf("read backup %s: it says that it is %q", name, m.Name)
	}
	return m, nil
}

// piecePath is where a piece lies.
func (v *Vault) piecePath(id string) (string, error) {
	if b, err := hex.DecodeString(id); err != nil || len(b) != nameBytes {
		return "", fmt.Errorf("%q names no piece", id)
	}
	return v.path(pieceDir, id[:2], id), nil
}

// pieceName is the name of a piece with a content: who sees it learns nothing.
func (v *Vault) pieceName(sum []byte) string {
	m := hmac.New(sha256.New, v.names)
	m.Write(sum)
	return hex.EncodeToString(m.Sum(nil)[:nameBytes])
}

// Copy writes a thing to w. What was written is the thing only when there is no error:
// its sum is compared at the end.
func (v *Vault) Copy(ctx context.Context, w io.Writer, t *Thing) error {
	fail := func(err error) error {
		return fmt.Errorf("read %s %s of the backup: %w", t.Kind, t.Name, err)
	}
	path, err := v.piecePath(t.Piece)
	if err != nil {
		return fail(err)
	}
	f, err := os.Open(path)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	o, err := v.open(f)
	if err != nil {
		return fail(err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), reader{ctx, o})
	if err != nil {
		return fail(err)
	}
	if n != t.Size || hex.EncodeToString(sum.Sum(nil)) != t.Sum {
		return fail(ErrBroken)
	}
	return nil
}

// Check reads everything of a backup.
func (v *Vault) Check(ctx context.Context, m *Manifest) error {
	read := map[string]bool{}
	for i := range m.Things {
		t := &m.Things[i]
		if read[t.Piece+t.Sum] {
			continue
		}
		if err := v.Copy(ctx, io.Discard, t); err != nil {
			return err
		}
		read[t.Piece+t.Sum] = true
	}
	return nil
}

// reader ends with its context.
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
