package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fengsui/blob"
	"fengsui/crypt"
)

// AtRest says what of the data is sealed where it lies, and with which key (N08;
// docs/decisions/0016).
type AtRest struct {
	Files          string   `yaml:"files"`            // none, aes or sm
	KeyFile        string   `yaml:"key_file"`         // must lie outside Data; empty: a key of the master key
	FormerKeyFiles []string `yaml:"former_key_files"` // open what they sealed, until it is sealed anew
}

const notSealed = "none"

func (a AtRest) check(data string) (errs []error) {
	if a.Files != notSealed && !slices.Contains(crypt.Suites, crypt.Suite(a.Files)) {
		errs = append(errs, fmt.Errorf("at_rest.files: %q is none of none, aes and sm", a.Files))
	}
	for _, f := range append([]string{a.KeyFile}, a.FormerKeyFiles...) {
		if f != "" && inside(f, data) {
			errs = append(errs, fmt.Errorf("at_rest: the key %s lies inside data %s; a copy of the data must not carry the key", f, data))
		}
	}
	return errs
}

// suite is what backups are made with: the one of the files, for who chose it there means it.
func (a AtRest) suite() crypt.Suite {
	if a.Files == notSealed {
		return crypt.AES
	}
	return crypt.Suite(a.Files)
}

// sealedBy is the suite that files are sealed with; empty: none.
func (a AtRest) sealedBy() string {
	if a.Files == notSealed {
		return ""
	}
	return a.Files
}

func first[A, B any](a A, _ B) A { return a }

// handedOut are the files that are not sealed: heads are signed and handed out, and whoever
// checks them has no key of ours.
var handedOut = []string{"heads/"}

// sealed puts the seal of the configuration around a store of files.
func (c *Config) sealed(inner blob.Store) (*blob.Sealed, error) {
	secrets, err := c.atRestSecrets()
	if err != nil {
		return nil, err
	}
	var with *blob.Key
	if c.AtRest.Files != notSealed {
		with = &blob.Key{Suite: crypt.Suite(c.AtRest.Files), Secret: secrets[0]}
	}
	var all []blob.Key
	for _, s := range secrets {
		for _, suite := range crypt.Suites {
			all = append(all, blob.Key{Suite: suite, Secret: s})
		}
	}
	return blob.Seal(inner, with, all, handedOut...)
}

// atRestSecrets are the keys of what lies in the data: the one that seals, then those
// that only open. That of the master key always opens.
func (c *Config) atRestSecrets() (list [][]byte, err error) {
	for _, path := range append([]string{c.AtRest.KeyFile}, c.AtRest.FormerKeyFiles...) {
		if path == "" {
			continue
		}
		key, err := readSecret(path, crypt.KeyBytes)
		if err != nil {
			return nil, fmt.Errorf("at_rest: %w", err)
		}
		list = append(list, key)
	}
	master, err := readSecret(c.MasterKeyFile, 32)
	if errors.Is(err, os.ErrNotExist) && (c.AtRest.KeyFile != "" || c.AtRest.Files == notSealed) {
		return list, nil
	}
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	own, err := crypt.AES.Key(master, nil, "at rest", crypt.KeyBytes)
	if err != nil {
		return nil, err
	}
	if c.AtRest.KeyFile == "" {
		return append([][]byte{own}, list...), nil
	}
	return append(list, own), nil
}

// readSecret reads a secret of n bytes kept as hex; one that is not there is not made.
func readSecret(path string, n int) ([]byte, error) {
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) != n {
		return nil, fmt.Errorf("%s must hold %d bytes as hex", path, n)
	}
	return key, nil
}

// ResealCommand seals what lies in the data as the configuration says now.
type ResealCommand struct {
	Config string `help:"Configuration file." type:"existingfile" optional:""`
}

// Run seals while nobody works in the data.
func (c *ResealCommand) Run(ctx context.Context) error { return c.reseal(ctx, os.Stdout) }

func (c *ResealCommand) reseal(ctx context.Context, out io.Writer) error {
	conf, err := Load(c.Config)
	if err != nil {
		return err
	}
	data, err := openData(conf.Data)
	if err != nil {
		return err
	}
	defer data.close()
	files, err := conf.openBlob(ctx)
	if err != nil {
		return err
	}
	done, err := files.Reseal(ctx)
	fmt.Fprintf(out, "%d files were put anew", done)
	if err != nil {
		fmt.Fprintln(out, "; the rest was not: begin again when what was wrong is mended")
		return err
	}
	if conf.AtRest.Files == notSealed {
		fmt.Fprintln(out, "; none is sealed any more")
		return nil
	}
	fmt.Fprintf(out, "; all are sealed (%s) with the key that the configuration names, so at_rest.former_key_files may be empty now\n", conf.AtRest.Files)
	return nil
}

// atRestLog says at the start what is not sealed by us and lies on a disk in the open.
func (c *Config) atRestLog(log *slog.Logger) {
	if state, device := diskSealed(c.Data); state == diskOpen {
		log.Warn("records, log and history are not sealed by the platform and lie on a disk that is not encrypted: see docs/security.md", "device", device)
	}
}
