package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fengsui"
	"fengsui/blob"
	"fengsui/seal"
)

// VerifyCommand verifies a journal.
type VerifyCommand struct {
	Config  string   `help:"The platform's configuration file: it says where records are, and the heads that were handed out." type:"existingfile" optional:""`
	Data    string   `help:"Without a configuration the data directory, or a copy of it." type:"existingdir" optional:""`
	Store   string   `help:"Where the records are when they are not there: store.url of the configuration."`
	Against []string `help:"Heads that were kept elsewhere: files, or directories with *.note." type:"path"`
	Key     []string `help:"Public key that was handed out; without one those in the data are believed."`
}

// Run prints what it finds and fails when something was altered.
func (c *VerifyCommand) Run(ctx context.Context) error { return c.verify(ctx, os.Stdout) }

func (c *VerifyCommand) verify(ctx context.Context, out io.Writer) error {
	if err := recordsURL(c.Store); err != nil {
		return fmt.Errorf("--store: %w", err)
	}
	if (c.Config == "") == (c.Data == "") {
		return errors.New("name either --config or --data")
	}
	// Those that were handed out lie among the files as well.
	var handed []seal.Signed
	place := cmp.Or(c.Store, recordsFile(c.Data))
	if c.Config != "" {
		conf, err := Load(c.Config)
		if err != nil {
			return err
		}
		place = cmp.Or(c.Store, conf.place())
		files, err := conf.openBlob(ctx)
		if err != nil {
			return err
		}
		if handed, err = headsIn(ctx, files); err != nil {
			return fmt.Errorf("heads: %w", err)
		}
	} else {
		heads, err := signedHeads(filepath.Join(c.Data, "blob", "heads"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("heads: %w", err)
		}
		handed = heads
	}
	check := seal.Check{Place: place, Keys: c.Key}
	for _, path := range c.Against {
		heads, err := signedHeads(path)
		if err == nil && len(heads) == 0 {
			err = errors.New("there is no *.note in it")
		}
		if err != nil {
			return fmt.Errorf("heads %s: %w", path, err)
		}
		check.Heads = append(check.Heads, heads...)
	}
	check.Heads = append(check.Heads, handed...)
	began := time.Now()
	r, err := seal.Verify(ctx, check, func(f seal.Fault) { fmt.Fprintln(out, f) })
	if err != nil {
		return err
	}
	took := time.Since(began)
	fmt.Fprintf(out, "%d sealed rows compared, %d of them erased by rule, with %d heads, in %s (%.0f rows/s)\n",
		r.Rows, r.Erased, r.Heads, took.Round(time.Millisecond), float64(r.Rows)/took.Seconds())
	if r.Beyond > 0 {
		fmt.Fprintf(out, "%d later heads do not fit either\n", r.Beyond)
	}
	if r.Unsealed > 0 {
		fmt.Fprintf(out, "%d rows from %s on are not sealed yet: a platform that runs seals them within a second\n", r.Unsealed, r.UnsealedAt.Time().In(fengsui.Civil).Format(time.DateTime))
	}
	whose := "given"
	if len(c.Key) == 0 {
		whose = "found in the data: compare it with the one that was handed out"
	}
	for _, k := range r.Keys {
		fmt.Fprintf(out, "key %s (%s)\n", k, whose)
	}
	if len(c.Against) == 0 {
		fmt.Fprintln(out, "no head from elsewhere was given: who can write the data and has the key could have made all this anew")
	}
	if r.Faults > 0 {
		return fmt.Errorf("the journal is not what was sealed: %d faults", r.Faults)
	}
	return nil
}

// maxHead is the largest file that is read as a head, in bytes.
const maxHead = 64 << 10

// signedHeads reads one head, or those of a directory.
func signedHeads(path string) ([]seal.Signed, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	files := []string{path}
	if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(path, "*.note")); err != nil {
			return nil, err
		}
	}
	var list []seal.Signed
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(f, maxHead))
		f.Close()
		if err != nil {
			return nil, err
		}
		list = append(list, seal.Signed{Name: name, Note: string(b)})
	}
	return list, nil
}

// handedHeads reads the heads that the platform handed out into its blob store.
func (p *Platform) handedHeads(ctx context.Context) ([]seal.Signed, error) {
	return headsIn(ctx, p.Blob)
}

// headsIn reads the heads that were handed out into a store of files.
func headsIn(ctx context.Context, files blob.Store) (list []seal.Signed, err error) {
	items, err := files.List(ctx, seal.HeadsDir)
	if err != nil {
		return nil, err
	}
	for _, x := range items {
		if !strings.HasSuffix(x.Key, ".note") {
			continue
		}
		r, err := files.Get(ctx, x.Key)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(r, maxHead))
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
		list = append(list, seal.Signed{Name: x.Key, Note: string(b)})
	}
	return list, nil
}

// ProofCommand writes a case.
type ProofCommand struct {
	Data    string `help:"The platform's data directory." type:"existingdir" required:""`
	Store   string `help:"Where its records are when they are not there: store.url of its configuration."`
	Warning string `help:"Id of the warning." required:""`
}

// Run writes it to standard output.
func (c *ProofCommand) Run(ctx context.Context) error {
	if err := recordsURL(c.Store); err != nil {
		return fmt.Errorf("--store: %w", err)
	}
	return seal.ProvePlace(ctx, cmp.Or(c.Store, recordsFile(c.Data)), fengsui.ID(c.Warning), os.Stdout)
}

// CheckProofCommand checks a case.
type CheckProofCommand struct {
	File string   `arg:"" help:"File of a case." type:"existingfile"`
	Key  []string `help:"Public key that was handed out; without one that of the file is believed."`
}

// Run prints the rows and fails when they are not proved.
func (c *CheckProofCommand) Run() error { return c.check(os.Stdout) }

func (c *CheckProofCommand) check(out io.Writer) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	proved, at, err := seal.CheckCase(f, c.Key...)
	if err != nil {
		return fmt.Errorf("%s proves nothing: %w", c.File, err)
	}
	for i := range proved.Rows {
		fmt.Fprintln(out, proved.Rows[i].Line())
	}
	when := at.Time().In(fengsui.Civil).Format(time.DateTime)
	if proved.Warning != "" {
		fmt.Fprintf(out, "%d rows of warning %s are what was sealed by %s, and none is left out between them\n", len(proved.Rows), proved.Warning, when)
	} else {
		fmt.Fprintf(out, "%d rows are what was sealed by %s; that they are all that was looked for is not proved\n", len(proved.Rows), when)
	}
	if proved.Later > 0 {
		fmt.Fprintf(out, "%d later rows were not sealed yet\n", proved.Later)
	}
	if len(c.Key) == 0 {
		fmt.Fprintf(out, "key %s (the file's own: compare it with the one that was handed out)\n", proved.Key)
	}
	return nil
}

// EraseCommand erases the personal part of journal rows.
type EraseCommand struct {
	Config string  `help:"Configuration file." type:"existingfile" optional:""`
	Pos    []int64 `help:"Positions of the rows." required:""`
	Why    string  `help:"The reason; it stays." required:""`
	By     string  `help:"Who orders it; it stays." required:""`
}

// Run erases on a platform that does not run.
func (c *EraseCommand) Run(ctx context.Context) error {
	conf, err := Load(c.Config)
	if err != nil {
		return err
	}
	conf.History.On = false
	p, err := Open(ctx, conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	err = p.Seal.Erase(ctx, adminScope(), fengsui.Actor{Name: strings.TrimSpace(c.By), From: "admin command"}, c.Why, c.Pos...)
	return errors.Join(err, p.Close())
}
