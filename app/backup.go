package app

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"fengsui"
	"fengsui/backup"
	"fengsui/blob"
	"fengsui/bus"
	"fengsui/store"
)

// VaultFlags say which backups, and with which key.
type VaultFlags struct {
	Key        string `name:"key-file" help:"File with the backup key: 32 random bytes as hex. Keep a copy of it elsewhere: without it a backup is worth nothing." optional:""`
	Passphrase string `name:"passphrase-file" help:"File with a passphrase, in the place of a key." type:"existingfile" optional:""`
}

func (f *VaultFlags) key(dir string, apart ...string) (backup.Key, error) {
	file := cmp.Or(f.Key, f.Passphrase)
	if file == "" || f.Key != "" && f.Passphrase != "" {
		return backup.Key{}, errors.New("name either --key-file or --passphrase-file")
	}
	for _, d := range append(apart, dir) {
		if d != "" && inside(file, d) {
			return backup.Key{}, fmt.Errorf("the key %s lies inside %s: who finds the copy must not find its key beside it", file, d)
		}
	}
	if f.Key != "" {
		return backup.ReadKey(f.Key)
	}
	return backup.ReadPassphrase(f.Passphrase)
}

// BackupCommand makes a backup.
type BackupCommand struct {
	VaultFlags
	Config string `help:"Configuration file." type:"existingfile" optional:""`
	To     string `help:"Directory of the backups, on another disk." required:"" type:"path"`
	Keep   int    `help:"How many backups stay; 0: all."`
}

// Run makes it and says what it did.
func (c *BackupCommand) Run(ctx context.Context) error { return c.backUp(ctx, os.Stdout) }

// backedUp is what a backup says about itself.
type backedUp struct {
	Layout  string         `json:"layout"` // of the data directory
	Master  string         `json:"master"` // tells whether a master key is the one that sealed the secrets
	Records store.Contents `json:"records"`
	Log     string         `json:"log"`     // key of the part of the log that no archive held; empty: none
	History *fengsui.Place `json:"history"` // behind it lies what the history may lack; nil: no history is in it
}

// saving is one backup under way.
type saving struct {
	c    Config
	v    *backup.Vault
	w    *backup.Writer
	from live
	out  io.Writer

	about backedUp
	began time.Time // of the step
	bytes int64     // written before the step
	count int
}

func (c *BackupCommand) backUp(ctx context.Context, out io.Writer) (err error) {
	conf, err := Load(c.Config)
	if err != nil {
		return err
	}
	if inside(c.To, conf.Data) {
		return fmt.Errorf("--to: %s lies inside the data %s; what takes the data would take the backups", c.To, conf.Data)
	}
	key, err := c.key(c.To, conf.Data)
	if err != nil {
		return err
	}
	v, err := backup.Open(c.To, key, conf.AtRest.suite())
	if err != nil {
		return err
	}
	from, err := conf.attach(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	began := time.Now()
	w, err := v.Begin(began)
	if err != nil {
		return err
	}
	defer w.Close()
	if w.Before != nil {
		fmt.Fprintf(out, "the backup before cannot be used, everything is copied: %v\n", w.Before)
	}
	s := &saving{c: conf, v: v, w: w, from: from, out: out}
	m, err := s.run(ctx)
	if err != nil {
		return err
	}
	gone, freed, err := w.Prune(c.Keep)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "backup %s in %s: %d things, %d of them copied, %s written, read back and compared, in %s\n",
		m.Name, c.To, len(m.Things), w.New, size(w.Bytes), time.Since(began).Round(time.Millisecond))
	if gone > 0 || freed > 0 {
		fmt.Fprintf(out, "%d older backups removed, %s freed\n", gone, size(freed))
	}
	fmt.Fprintln(out, "not in it, keep copies elsewhere: the configuration, the master key, the seal key, the backup key")
	return from.done(ctx, backupDone{Name: m.Name, Things: len(m.Things), Copied: w.New, Bytes: w.Bytes})
}

// attach finds the running platform, or takes the data of one that does not run.
func (c *Config) attach(ctx context.Context) (live, error) {
	if r := dialRunning(c.Data); r != nil {
		return r, nil
	}
	if _, err := os.Stat(filepath.Join(c.Data, "VERSION")); err != nil {
		return nil, fmt.Errorf("%s is no data directory: %w", c.Data, err)
	}
	if c.Bus.URL != "" {
		return nil, fmt.Errorf("no process of the platform runs on %s: start it, a backup needs its log", c.Data)
	}
	data, err := openData(c.Data)
	if err != nil {
		return nil, err
	}
	files, err := c.openBlob(ctx)
	if err != nil {
		return nil, errors.Join(err, data.close())
	}
	log, err := bus.Open(ctx, bus.Config{Dir: data.file("bus"), Archive: files, MinFree: 1})
	if err != nil {
		return nil, errors.Join(err, data.close())
	}
	return &resting{data, log, c.History.On && c.History.URL == ""}, nil
}

// resting is a platform that does not run; we have its lock.
type resting struct {
	data  *dataDir
	bus   *bus.Log
	keeps bool // a history
}

func (r *resting) log(ctx context.Context, with func(string, func(io.Writer) error) error) error {
	key, write := r.bus.Rest()
	if key == "" {
		return nil
	}
	return with(key, func(w io.Writer) error { return write(ctx, w) })
}

func (r *resting) history(context.Context) (historySnapshot, error) {
	if !r.keeps {
		return historySnapshot{}, nil
	}
	b, err := os.ReadFile(r.data.file("history", "place"))
	if errors.Is(err, fs.ErrNotExist) {
		return historySnapshot{}, nil // it never ran
	}
	if err != nil {
		return historySnapshot{}, err
	}
	place, err := readPlace(b)
	return historySnapshot{Place: place}, err
}

func (r *resting) drop(context.Context, string) error     { return nil }
func (r *resting) done(context.Context, backupDone) error { return nil }
func (r *resting) close() error                           { return errors.Join(r.bus.Close(), r.data.close()) }

// step prints what was done since the last one.
func (s *saving) step(what, format string, args ...any) {
	fmt.Fprintf(s.out, "%-8s %s; %d copied, %s written, %s\n", what, fmt.Sprintf(format, args...),
		s.w.New-s.count, size(s.w.Bytes-s.bytes), time.Since(s.began).Round(time.Millisecond))
	s.began, s.bytes, s.count = time.Now(), s.w.Bytes, s.w.New
}

// run copies everything. The order makes it fit together: the history and the answers of
// the door are held at places of the log, the records at a later one, and the log is
// copied up to a later one still, so that each of them finds in it what it lacks. Files
// come after the records that name them.
func (s *saving) run(ctx context.Context) (m *backup.Manifest, err error) {
	s.began = time.Now()
	s.about.Layout = dataVersion
	if s.about.Master, err = masterSign(s.c.MasterKeyFile); err != nil {
		return nil, err
	}
	held, err := s.from.history(ctx)
	if err != nil {
		return nil, err
	}
	if held.Name != "" {
		defer func() {
			err = errors.Join(err, s.from.drop(context.WithoutCancel(ctx), held.Name))
		}()
	}
	if err := s.files(ctx); err != nil {
		return nil, err
	}
	if err := s.records(ctx); err != nil {
		return nil, err
	}
	if err := s.log(ctx); err != nil {
		return nil, err
	}
	if err := s.blobs(ctx); err != nil {
		return nil, err
	}
	if err := s.history(ctx, held); err != nil {
		return nil, err
	}
	return s.w.Finish(s.about)
}

// files copies what the platform keeps beside its engines: the answers of the door of
// the last seven days, and the CA that devices trust.
func (s *saving) files(ctx context.Context) error {
	tmp := filepath.Join(s.c.Data, "tmp")
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(tmp, "backup-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	total := 0
	for _, sub := range []string{"ingest", "tls"} {
		names, err := linkAll(filepath.Join(s.c.Data, sub), dir)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := s.copy(ctx, backup.File, sub+"/"+name, filepath.Join(dir, name)); err != nil {
				return err
			}
		}
		total += len(names)
	}
	s.step("files", "%d of the data directory", total)
	return nil
}

// linkAll holds on to the files of a directory as they are at one moment: files are
// written whole and never changed, but the platform puts several together meanwhile.
func linkAll(from, to string) ([]string, error) {
	list := func() (names []string, err error) {
		entries, err := os.ReadDir(from)
		for _, e := range entries {
			if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") && !strings.HasSuffix(e.Name(), ".tmp") {
				names = append(names, e.Name())
			}
		}
		return names, err
	}
	for range 20 {
		before, err := list()
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, name := range before {
			err = os.Link(filepath.Join(from, name), filepath.Join(to, name))
			if errors.Is(err, fs.ErrExist) {
				err = nil
			}
			if err != nil {
				break
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if after, again := list(); err == nil && again == nil && slices.Equal(before, after) {
			return before, nil
		}
	}
	return nil, fmt.Errorf("the files of %s change faster than they can be held", from)
}

// copy adds a file unless it is the one of the backup before.
func (s *saving) copy(ctx context.Context, kind, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	at := fengsui.At(info.ModTime())
	if s.w.Same(kind, name, info.Size(), at) {
		return nil
	}
	return s.w.Add(ctx, kind, name, at, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

const recordsName = "records.zst"

// records exports the store, and opens and counts the copy.
func (s *saving) records(ctx context.Context) error {
	err := s.w.Add(ctx, backup.Records, recordsName, 0, func(w io.Writer) (err error) {
		s.about.Records, err = exportRecords(ctx, s.c.place(), w)
		return err
	})
	if err != nil {
		return err
	}
	there, err := copied(ctx, s.v, s.w.Last(), store.CheckExport)
	if err != nil {
		return err
	}
	if !slices.Equal(there.Tables, s.about.Records.Tables) {
		return errors.New("the copy of the records is not what was exported")
	}
	r := &s.about.Records
	s.step("records", "%d rows of %d tables, journal up to %d (%s), opened and counted", r.Rows(), len(r.Tables), r.Head, civilTime(r.Newest))
	return nil
}

// exportRecords writes an export, compressed.
func exportRecords(ctx context.Context, place string, w io.Writer) (store.Contents, error) {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return store.Contents{}, err
	}
	c, err := store.Export(ctx, place, z)
	return c, errors.Join(err, z.Close())
}

// copied gives fn the records of a backup as they were exported. What fn made of them
// counts only without an error.
func copied(ctx context.Context, v *backup.Vault, t *backup.Thing, fn func(io.Reader) (store.Contents, error)) (c store.Contents, err error) {
	r, w := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := v.Copy(ctx, w, t)
		w.CloseWithError(err)
		sent <- err
	}()
	c, err = readRecords(r, fn)
	r.CloseWithError(err)
	return c, errors.Join(err, <-sent)
}

// log copies what no archive holds.
func (s *saving) log(ctx context.Context) error {
	err := s.from.log(ctx, func(key string, write func(io.Writer) error) error {
		s.about.Log = key
		return s.w.Add(ctx, backup.Log, key, 0, write)
	})
	if err != nil {
		return err
	}
	s.step("log", "%s", cmp.Or(s.about.Log, "all of it is archived"))
	return nil
}

// blobs copies evidence, archives of the log and what else there is, by key.
func (s *saving) blobs(ctx context.Context) error {
	files, err := s.c.openBlob(ctx)
	if err != nil {
		return err
	}
	list, err := files.List(ctx, "")
	if err != nil {
		return err
	}
	var total int64
	for _, i := range list {
		total += i.Size
		if s.w.Same(backup.Blob, i.Key, i.Size, i.At) {
			continue
		}
		err := s.blob(ctx, files, i)
		if fengsui.CodeOf(err) == fengsui.NotFound {
			continue // an archive that grew too old meanwhile
		}
		if err != nil {
			return err
		}
	}
	s.step("blob", "%d files, %s", len(list), size(total))
	return nil
}

func (s *saving) blob(ctx context.Context, files blob.Store, i blob.Item) error {
	r, err := files.Get(ctx, i.Key)
	if err != nil {
		return err
	}
	defer r.Close()
	return s.w.Add(ctx, backup.Blob, i.Key, i.At, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
}

// history copies the files of the snapshot. They are parts that never change, so most of
// them are in the backup before.
func (s *saving) history(ctx context.Context, held historySnapshot) error {
	if held == (historySnapshot{}) {
		s.step("history", "%s", "none here")
		return nil
	}
	list, err := historyFiles(s.c.Data, held.Name)
	if err != nil {
		return err
	}
	var total int64
	for _, name := range slices.Sorted(maps.Keys(list)) {
		info, err := os.Stat(list[name])
		if err != nil {
			return err
		}
		total += info.Size()
		if err := s.copy(ctx, backup.History, name, list[name]); err != nil {
			return err
		}
	}
	s.about.History = &held.Place
	s.step("history", "%d files, %s", len(list), size(total))
	return nil
}

// masterSign tells master keys apart and says nothing about them.
func masterSign(path string) (string, error) {
	master, err := secretFile(path, 32)
	if err != nil {
		return "", fmt.Errorf("master key: %w", err)
	}
	b, err := hkdf.Key(sha256.New, master, nil, "backup", 8)
	return hex.EncodeToString(b), err
}

// size is bytes as people read them.
func size(n int64) string {
	const step = 1024
	if n < step {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/step, 0
	for f >= step && unit < 3 {
		f /= step
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", f, "KMGT"[unit])
}

func civilTime(m fengsui.Millis) string {
	return m.Time().In(fengsui.Civil).Format(time.DateTime)
}

// CheckBackupCommand reads a backup.
type CheckBackupCommand struct {
	VaultFlags
	From   string `help:"Directory of the backups." required:"" type:"existingdir"`
	Backup string `help:"Name of one; the newest otherwise."`
}

// Run reads everything of it and says what it holds.
func (c *CheckBackupCommand) Run(ctx context.Context) error { return c.check(ctx, os.Stdout) }

func (c *CheckBackupCommand) check(ctx context.Context, out io.Writer) error {
	key, err := c.key(c.From)
	if err != nil {
		return err
	}
	v, err := backup.Open(c.From, key, "")
	if err != nil {
		return err
	}
	names, err := v.Names()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "backups:", strings.Join(names, " "))
	m, about, err := readBackup(v, c.Backup)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := v.Check(ctx, m); err != nil {
		return err
	}
	var total int64
	for i := range m.Things {
		total += m.Things[i].Size
	}
	fmt.Fprintf(out, "%s is whole: %d things, %s, records up to %s; read in %s\n", m.Name, len(m.Things), size(total), civilTime(about.Records.Newest), time.Since(began).Round(time.Millisecond))
	return nil
}

// readBackup reads what a backup says about itself.
func readBackup(v *backup.Vault, name string) (*backup.Manifest, *backedUp, error) {
	m, err := v.Read(name)
	if err != nil {
		return nil, nil, err
	}
	about := new(backedUp)
	if err := json.Unmarshal(m.About, about); err != nil {
		return nil, nil, fmt.Errorf("read backup %s: %w", m.Name, err)
	}
	if about.Layout != dataVersion {
		return nil, nil, fmt.Errorf("backup %s has layout %s and this program knows %s: restore it with the program that made it, or a newer one", m.Name, about.Layout, dataVersion)
	}
	return m, about, nil
}

// readRecords gives fn a compressed export as it was before.
func readRecords(r io.Reader, fn func(io.Reader) (store.Contents, error)) (store.Contents, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(32<<20))
	if err != nil {
		return store.Contents{}, err
	}
	defer z.Close()
	c, err := fn(z)
	if err == nil {
		_, err = io.Copy(io.Discard, z) // to the end, where its sum is compared
	}
	return c, err
}

// freeAt is how many bytes are free on the disk of a directory.
func freeAt(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("ask how full the disk of %s is: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
