package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fengsui"
	"fengsui/backup"
	"fengsui/blob"
	"fengsui/bus"
	"fengsui/lease"
	"fengsui/notify"
	"fengsui/risk"
	"fengsui/store"
)

// RestoreCommand makes a platform from a backup.
type RestoreCommand struct {
	VaultFlags
	Config string `help:"Configuration file of the platform to be; its data key is what --data says." type:"existingfile" optional:""`
	From   string `help:"Directory of the backups." required:"" type:"existingdir"`
	Backup string `help:"Name of one; the newest otherwise."`
	Data   string `help:"Data directory to be made; it must be empty or absent." required:"" type:"path"`
	Log    string `help:"Data directory of the lost platform, as far as its log is left: what it heard after the backup is judged again." type:"existingdir" optional:""`
}

// Run restores and says what it did, and what is lost.
func (c *RestoreCommand) Run(ctx context.Context) error { return c.restore(ctx, os.Stdout) }

// restoring is one restore under way.
type restoring struct {
	c     Config
	v     *backup.Vault
	m     *backup.Manifest
	about *backedUp
	data  *dataDir
	out   io.Writer
	began time.Time // of the step

	unsealed bool // the key that seals files is not there
}

func (c *RestoreCommand) restore(ctx context.Context, out io.Writer) (err error) {
	conf, err := Load(c.Config)
	if err != nil {
		return err
	}
	conf.Data = c.Data
	if err := conf.Validate(); err != nil {
		return err
	}
	key, err := c.key(c.From)
	if err != nil {
		return err
	}
	v, err := backup.Open(c.From, key, "")
	if err != nil {
		return err
	}
	m, about, err := readBackup(v, c.Backup)
	if err != nil {
		return err
	}
	if err := empty(c.Data); err != nil {
		return err
	}
	began := time.Now()
	r := &restoring{c: conf, v: v, m: m, about: about, out: out, began: began}
	if r.unsealed = !r.keyThere(); r.unsealed {
		r.c.AtRest.Files = notSealed // what another master key sealed would not open under that of the lost platform
	}
	if r.data, err = openData(c.Data); err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, r.data.close()); err != nil {
			err = fmt.Errorf("%w\nnothing can start on %s as it is: remove it, and restore again", err, c.Data)
		}
	}()
	version := r.data.file("VERSION")
	if err := replaceFile(version, []byte(halfRestored)); err != nil { // nothing starts on it, even after a kill
		return err
	}
	if err := r.run(ctx, c.Log); err != nil {
		return err
	}
	if err := replaceFile(version, []byte(dataVersion+"\n")); err != nil {
		return err
	}
	fmt.Fprintf(out, "restored in %s; start it with \"fengsui serve\": it begins held, and nothing leaves it until an officer releases it\n", time.Since(began).Round(time.Millisecond))
	return r.master()
}

// empty refuses a directory that holds anything.
func empty(dir string) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(list) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%s is not empty (it holds %s): a restore overwrites nothing; name a new directory", dir, list[0].Name())
}

func (r *restoring) step(what, format string, args ...any) {
	fmt.Fprintf(r.out, "%-8s %s; %s\n", what, fmt.Sprintf(format, args...), time.Since(r.began).Round(time.Millisecond))
	r.began = time.Now()
}

func (r *restoring) run(ctx context.Context, lost string) error {
	fmt.Fprintf(r.out, "backup %s of %s\n", r.m.Name, civilTime(r.m.At))
	r.began = time.Now()
	if err := r.files(ctx); err != nil {
		return err
	}
	if err := r.blobs(ctx); err != nil {
		return err
	}
	if err := r.records(ctx); err != nil {
		return err
	}
	tail, heard, err := r.log(ctx, lost)
	if err != nil {
		return err
	}
	return r.hold(ctx, tail, heard)
}

// files puts back the files of the data directory and of the history.
func (r *restoring) files(ctx context.Context) error {
	n := 0
	for i := range r.m.Things {
		t := &r.m.Things[i]
		root := r.data.path
		switch t.Kind {
		case backup.History:
			root = (&HistoryConfig{Dir: r.data.path}).engine().Dir
		case backup.File:
		default:
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(t.Name)) {
			return fmt.Errorf("the backup names the file %q, which would lie elsewhere", t.Name)
		}
		if err := r.put(ctx, t, filepath.Join(root, filepath.FromSlash(t.Name))); err != nil {
			return err
		}
		n++
	}
	if r.about.History != nil {
		if err := replaceFile(r.data.file("history", "place"), appendPlace(nil, *r.about.History)); err != nil {
			return err
		}
	}
	r.step("files", "%d", n)
	return nil
}

// put writes a thing into a file, synced.
func (r *restoring) put(ctx context.Context, t *backup.Thing, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = r.v.Copy(ctx, f, t)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	at := t.At.Time()
	return os.Chtimes(path, at, at)
}

// blobs puts back files by key, and the rest of the log among its archives.
func (r *restoring) blobs(ctx context.Context) error {
	files, err := r.c.openBlob(ctx)
	if err != nil {
		return err
	}
	there, err := files.List(ctx, "")
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return fmt.Errorf("blob.url: there are files already, such as %s: name a prefix of its own", there[0].Key)
	}
	n, bytes := 0, int64(0)
	for i := range r.m.Things {
		t := &r.m.Things[i]
		if t.Kind != backup.Blob && t.Kind != backup.Log {
			continue
		}
		if err := r.blob(ctx, files, t); err != nil {
			return err
		}
		n, bytes = n+1, bytes+t.Size
	}
	r.step("blob", "%d files, %s, the archives of the log among them", n, size(bytes))
	return nil
}

func (r *restoring) blob(ctx context.Context, files *blob.Sealed, t *backup.Thing) error {
	from, to := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := r.v.Copy(ctx, to, t)
		to.CloseWithError(err) // a thing that is damaged is not put
		sent <- err
	}()
	_, _, err := files.Put(ctx, t.Name, from)
	from.CloseWithError(err)
	if err := errors.Join(err, <-sent); err != nil {
		return err
	}
	if r.c.Blob.URL != "" || t.At == 0 {
		return nil
	}
	at := t.At.Time() // archives go by their age
	return os.Chtimes(r.data.file("blob", filepath.FromSlash(files.Place(t.Name))), at, at)
}

func (r *restoring) records(ctx context.Context) error {
	i := slices.IndexFunc(r.m.Things, func(t backup.Thing) bool { return t.Kind == backup.Records })
	if i < 0 {
		return errors.New("the backup holds no records")
	}
	there, err := copied(ctx, r.v, &r.m.Things[i], func(in io.Reader) (store.Contents, error) {
		return store.Import(ctx, r.c.place(), in, tables()...)
	})
	if err != nil {
		return err
	}
	if !slices.Equal(there.Tables, r.about.Records.Tables) {
		return errors.New("the records that came in are not those that were backed up")
	}
	r.step("records", "%d rows of %d tables, journal up to %d (%s)", there.Rows(), len(there.Tables), there.Head, civilTime(there.Newest))
	return nil
}

// log takes over what is left of the lost platform's log, and says where the log ends and
// when its last record was received.
func (r *restoring) log(ctx context.Context, lost string) (tail fengsui.Place, heard fengsui.Millis, err error) {
	if r.c.Bus.URL != "" && lost != "" {
		return tail, 0, errors.New("--log: the log is at bus.url, where it was: it is read from there")
	}
	if lost != "" {
		if err := r.takeLog(ctx, lost); err != nil {
			return tail, 0, err
		}
	}
	files, err := r.c.openBlob(ctx)
	if err != nil {
		return tail, 0, err
	}
	c := r.c
	c.Disk.MinFree = 1
	log, err := bus.Open(ctx, c.busConfig(r.data.file("bus"), files, nil, func() bool { return false }, slog.New(slog.DiscardHandler)))
	if err != nil {
		return tail, 0, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	tail = log.Tail()
	if heard, err = lastReceived(ctx, log); err != nil {
		return tail, 0, err
	}
	heard = max(heard, r.about.Records.Newest)
	r.step("log", "up to message %d, received %s", tail.Seq, civilTime(heard))
	return tail, heard, nil
}

// takeLog copies the log of a platform that has ended, however it did.
func (r *restoring) takeLog(ctx context.Context, lost string) error {
	lock, err := openData(lost)
	if err != nil {
		return fmt.Errorf("--log: %w", err)
	}
	defer lock.close()
	if err := os.CopyFS(r.data.file("bus", "jetstream"), os.DirFS(filepath.Join(lost, "bus", "jetstream"))); err != nil {
		return fmt.Errorf("--log: %w", err)
	}
	files, err := r.c.openBlob(ctx)
	if err != nil {
		return err
	}
	have, err := files.List(ctx, "log/")
	if err != nil {
		return err
	}
	dir, err := blob.Open(filepath.Join(lost, "blob"))
	if err != nil {
		return fmt.Errorf("--log: %w", err)
	}
	old, err := r.c.sealed(dir)
	if err != nil {
		return fmt.Errorf("--log: %w", err)
	}
	list, err := old.List(ctx, "log/")
	if err != nil {
		return fmt.Errorf("--log: %w", err)
	}
	for _, i := range list {
		if slices.ContainsFunc(have, func(h blob.Item) bool { return h.Key == i.Key }) {
			continue
		}
		f, err := old.Get(ctx, i.Key)
		if err != nil {
			return fmt.Errorf("--log: %w", err)
		}
		_, _, err = files.Put(ctx, i.Key, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// lastReceived is when the newest record of the log was received: ticks are written each
// second, so a platform that died was alive until then.
func lastReceived(ctx context.Context, log *bus.Log) (fengsui.Millis, error) {
	tail := log.Tail()
	if tail.Seq == 0 {
		return 0, nil
	}
	reader := log.Reader(fengsui.Place{Seq: tail.Seq - 1, Index: ^uint32(0)})
	defer reader.Close()
	b, err := reader.Next(ctx)
	if err != nil {
		return 0, err
	}
	at := fengsui.Millis(0)
	for _, raw := range b.Records {
		if rec, err := fengsui.ReadRecord(raw); err == nil {
			at = max(at, rec.Received)
		}
	}
	return at, nil
}

// hold writes into the journal that the records are an older copy: from then on notify
// holds everything that would leave. What was given a number after the backup is gone,
// while the log names it still, so numbers go on far behind.
func (r *restoring) hold(ctx context.Context, tail fengsui.Place, heard fengsui.Millis) error {
	db, err := store.Open(ctx, r.c.place(), tables()...)
	if err != nil {
		return err
	}
	rec := &r.about.Records
	restored := fengsui.Restored{Backup: r.m.Name, Head: rec.Head, Newest: rec.Newest, Heard: heard, Tail: int64(tail.Seq)}
	err = db.Change(ctx, func(tx *store.Tx) error {
		if err := tx.Leap(); err != nil {
			return err
		}
		return notify.Hold(tx, fengsui.Actor{Name: "admin command"}, restored)
	})
	if err == nil {
		err = lease.Forget(ctx, db) // of the lost platform's processes and log
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	r.step("held", "journal row %d says so", rec.Head+1)
	fmt.Fprintf(r.out, "what people did after %s is not in the backup and is lost: it must be done again\n", civilTime(rec.Newest))
	if heard > rec.Newest {
		fmt.Fprintf(r.out, "what devices said until %s is in the log and is judged again from where the backup was\n", civilTime(heard))
	}
	return nil
}

// keyThere reports whether the files can be sealed with a key that stays.
func (r *restoring) keyThere() bool {
	if r.c.AtRest.KeyFile != "" || r.c.AtRest.Files == notSealed {
		return true
	}
	if _, err := os.Stat(r.c.MasterKeyFile); err != nil {
		return false
	}
	sign, err := masterSign(r.c.MasterKeyFile)
	return err == nil && sign == r.about.Master
}

// master says whether the master key is the one that sealed the secrets.
func (r *restoring) master() error {
	if r.unsealed {
		defer fmt.Fprintln(r.out, "the files are not sealed: once the master key is in its place, \"fengsui admin reseal\" seals them")
	}
	if _, err := os.Stat(r.c.MasterKeyFile); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(r.out, "put the master key of the lost platform at %s before the start, or every push key must be issued anew\n", r.c.MasterKeyFile)
		return nil
	}
	sign, err := masterSign(r.c.MasterKeyFile)
	if err == nil && sign != r.about.Master {
		fmt.Fprintf(r.out, "the master key %s is not the one of the lost platform: put that one there before the start, or every push key must be issued anew\n", r.c.MasterKeyFile)
	}
	return err
}

// keepRecords keeps the records as they are before an upgrade changes them, beside the
// data, the newest three (docs/operate.md).
func (p *Platform) keepRecords(ctx context.Context) error {
	place := p.c.place()
	if !store.IsURL(place) {
		if _, err := os.Stat(place); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	is, err := store.Versions(ctx, place)
	if err != nil {
		return err
	}
	least, err := store.Readers(ctx, place)
	if err != nil {
		return err
	}
	pending, err := upgrade(is, least, tables())
	if err != nil || pending == "" {
		return err
	}
	need, err := store.Size(ctx, place)
	if err != nil {
		return err
	}
	free, err := freeAt(p.data.path)
	if err != nil {
		return err
	}
	if least := 2*need + p.c.Disk.MinFree; free < least {
		return fmt.Errorf("upgrade of %s: the records take %s and the disk of %s has %s free, where %s are needed to keep them before they are changed and to change them: make room, nothing was changed",
			pending, size(need), p.data.path, size(free), size(least))
	}
	began := time.Now()
	name, err := p.writeRecords(ctx, place)
	if err != nil {
		return fmt.Errorf("keep the records before the upgrade of %s: %w; nothing was changed", pending, err)
	}
	p.log.Info("records kept before an upgrade", "file", name, "of", pending, "took", time.Since(began).Round(time.Millisecond))
	return nil
}

// upgrade says what a database lacks that this program knows; empty: nothing, or it is
// new. A database with stages that this program does not know is refused, unless least says
// that a program need not know them.
func upgrade(is, least map[string]int64, stages []store.Tables) (pending string, err error) {
	if len(is) == 0 {
		return "", nil
	}
	known := map[string]bool{"store": true}
	var list []string
	for _, t := range stages {
		known[t.Stage] = true
		switch n := t.Newest(); {
		case is[t.Stage] < n:
			list = append(list, fmt.Sprintf("%s from %d to %d", t.Stage, is[t.Stage], n))
		case is[t.Stage] > n: // store.Open refuses it with a sentence; nothing is kept before
			return "", nil
		}
	}
	for stage := range is {
		if n, noted := least[stage]; !known[stage] && (!noted || n > 0) {
			return "", fmt.Errorf("the records were written by a newer fengsui: it keeps %q, which this program does not know; start the newer program, or restore what was kept before the upgrade", stage)
		}
	}
	return strings.Join(list, ", "), nil
}

const (
	upgradeDir  = "upgrade"
	keptRecords = 3
	recordsExt  = ".records.zst"
)

// writeRecords writes an export, reads it back, and removes those that are too many.
func (p *Platform) writeRecords(ctx context.Context, place string) (name string, err error) {
	dir := p.data.file(upgradeDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	name = filepath.Join(dir, time.Now().UTC().Format("20060102T150405Z")+recordsExt)
	f, err := os.OpenFile(name+".tmp", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	c, err := exportRecords(ctx, place, f)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return "", err
	}
	there, err := readRecords(f, store.CheckExport)
	if err == nil && !slices.Equal(there.Tables, c.Tables) {
		err = errors.New("what was written is not what was exported")
	}
	if err == nil {
		err = os.Rename(name+".tmp", name)
	}
	if err != nil {
		return "", err
	}
	old, err := filepath.Glob(filepath.Join(dir, "*"+recordsExt))
	for ; err == nil && len(old) > keptRecords; old = old[1:] {
		err = os.Remove(old[0])
	}
	return name, err
}

// openStore opens the records, and keeps a copy of them first when an upgrade is due.
func (p *Platform) openStore(ctx context.Context) (*store.DB, error) {
	if err := p.keepRecords(ctx); err != nil {
		return nil, err
	}
	return store.Open(ctx, p.c.place(), tables()...)
}

// RecordsCommand takes up records that were kept before an upgrade.
type RecordsCommand struct {
	Config string `help:"Configuration file: its store.url, or its data directory, gets the records." type:"existingfile" optional:""`
	From   string `help:"File that was kept: data/upgrade/*.records.zst." required:"" type:"existingfile"`
}

// Run fills an empty store; the older program then starts on it.
func (c *RecordsCommand) Run(ctx context.Context) error { return c.run(ctx, os.Stdout) }

func (c *RecordsCommand) run(ctx context.Context, out io.Writer) error {
	conf, err := Load(c.Config)
	if err != nil {
		return err
	}
	data, err := openData(conf.Data)
	if err != nil {
		return err
	}
	defer data.close()
	if place := conf.place(); !store.IsURL(place) {
		if _, err := os.Stat(place); err == nil {
			return fmt.Errorf("%s is there: move it and %s-wal away first", place, place)
		}
	}
	f, err := os.Open(c.From)
	if err != nil {
		return err
	}
	defer f.Close()
	there, err := readRecords(f, func(r io.Reader) (store.Contents, error) { return store.Import(ctx, conf.place(), r, tables()...) })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d rows of %d tables, journal up to %d (%s): the records are as they were before the upgrade; start the program of that time\n", there.Rows(), len(there.Tables), there.Head, civilTime(there.Newest))
	return nil
}

// caughtUp refuses to let the pushes of a restored platform out while the log is still
// being judged again from where the backup was, or something is overdue.
func (p *Platform) caughtUp(ctx context.Context, r fengsui.Restored) error {
	at, err := risk.Reached(ctx, p.DB)
	if err != nil {
		return err
	}
	if at < r.Tail {
		return fengsui.Errorf(fengsui.Unavailable, "still_judging", "the log is still being judged again (%d of %d messages): release the pushes when all can be seen, in some seconds", at, r.Tail)
	}
	due, err := p.Warnings.Overdue(ctx)
	if err == nil && due {
		err = fengsui.Errorf(fengsui.Unavailable, "still_judging", "steps that fell due are still being carried out: release the pushes when all can be seen; a clock that is held must be released first")
	}
	return err
}

// held is the platform's health in this respect.
func (p *Platform) held(ctx context.Context) error {
	held, err := p.Notify.Holding(ctx)
	if err == nil && held {
		err = errors.New("this platform was restored from a backup: no push, notice or uplink leaves it until an officer releases them")
	}
	return err
}
