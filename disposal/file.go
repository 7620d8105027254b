package disposal

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/store"
)

//go:embed files.yaml
var fileTypes []byte

// fileRules says what may be uploaded: data, see files.yaml.
type fileRules struct {
	Max   int64      `yaml:"max"` // bytes
	Types []fileType `yaml:"types"`
}

// fileType is a media type and the bytes by which it is known.
type fileType struct {
	Type  string `yaml:"type"`
	Magic []struct {
		At  int    `yaml:"at"`
		Hex string `yaml:"hex"`
	} `yaml:"magic"` // all must fit; none: readable text
	parts [][]byte
}

// sniffed is how many of a file's first bytes decide its type.
const sniffed = 4096

func loadFileRules(b []byte) (fileRules, error) {
	var r fileRules
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("file types: %w", err)
	}
	for i := range r.Types {
		t := &r.Types[i]
		for _, m := range t.Magic {
			part, err := hex.DecodeString(m.Hex)
			if err != nil || m.At < 0 {
				return r, fmt.Errorf("file types: %s: %q at %d cannot be a mark", t.Type, m.Hex, m.At)
			}
			t.parts = append(t.parts, part)
		}
	}
	if r.Max <= 0 || len(r.Types) == 0 {
		return r, errors.New("file types: max and types are needed")
	}
	return r, nil
}

// sniff is the media type of what begins with head, empty for one that may not be
// uploaded. What the sender claims does not count.
func (r *fileRules) sniff(head []byte) string {
	for i := range r.Types {
		if r.Types[i].fits(head) {
			return r.Types[i].Type
		}
	}
	return ""
}

func (t *fileType) fits(head []byte) bool {
	if len(t.parts) == 0 {
		return readable(head)
	}
	for i, part := range t.parts {
		at := t.Magic[i].At
		if at > len(head) || !bytes.HasPrefix(head[at:], part) {
			return false
		}
	}
	return true
}

// readable reports whether head is UTF-8 text; a rune cut off at the end of the
// window is no fault.
func readable(head []byte) bool {
	for len(head) > 0 {
		c, n := utf8.DecodeRune(head)
		if c == utf8.RuneError && n <= 1 {
			return !utf8.FullRune(head)
		}
		if c == 0x7f || c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
		head = head[n:]
	}
	return true
}

// fileName is a name that is safe to show and to save under.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError || unicode.Is(unicode.Cf, c) || strings.ContainsRune(`"<>|:*?/`, c) {
			return -1
		}
		return c
	}, name)
	if runes := []rune(name); len(runes) > 120 {
		// The end carries the extension.
		name = string(runes[:100]) + string(runes[len(runes)-20:])
	}
	if name = strings.Trim(name, ". "); name == "" {
		return "file"
	}
	return name
}

// bounded reads at most left bytes and remembers that there was more.
type bounded struct {
	r    io.Reader
	left int64
	over bool
}

var errTooLarge = errors.New("file too large")

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		b.over = true
		return 0, errTooLarge
	}
	return n, err
}

// Upload keeps a piece of evidence. It can be opened by who uploaded it until an
// act refers to it; then by whoever sees that act's warning. The media type is the
// one that the bytes show, not the one that is claimed.
func (d *Desk) Upload(ctx context.Context, s fengsui.Scope, by fengsui.Actor, name, mediaType string, r io.Reader) (fengsui.File, error) {
	var f fengsui.File
	if err := s.Allow(fengsui.ActUpload, fengsui.None); err != nil {
		return f, err
	}
	b := bufio.NewReaderSize(r, sniffed)
	head, err := b.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return f, fengsui.Errorf(fengsui.Invalid, "file_broken", "the file broke off while it was read: send it again")
	}
	if len(head) == 0 {
		return f, fengsui.Errorf(fengsui.Invalid, "file_empty", "the file is empty")
	}
	f = fengsui.File{ID: fengsui.NewID(), Name: fileName(name), Type: d.files.sniff(head), At: now(), By: by.Name}
	if f.Type == "" {
		return fengsui.File{}, fengsui.Errorf(fengsui.Invalid, "file_type", "a file of this kind (%.60q) is not taken as evidence: send a picture, a PDF, an MP4 clip or a text", mediaType)
	}
	in := &bounded{r: b, left: d.files.Max}
	f.Size, f.SHA256, err = d.c.Blob.Put(ctx, blobKey(f.ID), in)
	if in.over {
		return fengsui.File{}, fengsui.Errorf(fengsui.Invalid, "file_too_large", "the file is larger than %d MiB", d.files.Max>>20)
	}
	if err != nil {
		return fengsui.File{}, fmt.Errorf("keep evidence: %w", err)
	}
	err = d.c.DB.Change(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO disposal_file (id, name, type, size, sha256, at, by_user, by_name) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
			f.ID, f.Name, f.Type, f.Size, f.SHA256, f.At, s.User, f.By); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "file", ID: f.ID}, Act: "uploaded", By: by, After: f, Enterprise: s.Enterprise, Zone: s.Zone})
	})
	if err != nil {
		// Nothing refers to the bytes, so nobody misses them.
		if err := d.c.Blob.Delete(context.WithoutCancel(ctx), blobKey(f.ID)); err != nil {
			d.c.Log.Warn("evidence without a record stays on disk", "file", f.ID, "err", err)
		}
		return fengsui.File{}, err
	}
	return f, nil
}

func blobKey(id fengsui.ID) string { return "evidence/" + string(id) }

// File opens a piece of evidence that something in scope refers to, or that the
// same user uploaded. The caller closes the reader.
func (d *Desk) File(ctx context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.File, io.ReadCloser, error) {
	var f fengsui.File
	err := d.c.DB.View(ctx, func(tx *store.Tx) (err error) {
		f, err = file(tx, s, id)
		return err
	})
	if err != nil {
		return f, nil, err
	}
	r, err := d.c.Blob.Get(ctx, blobKey(id))
	return f, r, err
}

// file is one that the person can open; one whose bytes are gone is refused.
func file(tx *store.Tx, s fengsui.Scope, id fengsui.ID) (f fengsui.File, err error) {
	var gone fengsui.Millis
	where, args := store.Scoped(s, caseColumns, []any{id, s.User})
	err = tx.QueryRow(`SELECT f.id, f.name, f.type, f.size, f.sha256, f.at, f.by_name, f.gone_at FROM disposal_file f WHERE f.id = $1 AND (f.by_user = $2 AND $2 <> ''
		OR EXISTS (SELECT 1 FROM disposal_evidence v JOIN disposal_case c ON c.warning = v.warning WHERE v.file = f.id`+where+`))`, args...).
		Scan(&f.ID, &f.Name, &f.Type, &f.Size, &f.SHA256, &f.At, &f.By, &gone)
	if errors.Is(err, sql.ErrNoRows) {
		return f, errNoFile
	}
	if err == nil && gone > 0 {
		err = fengsui.Errorf(fengsui.NotFound, "file_gone", "this file was deleted on %s: the time for which files are kept (retention.files) was over", gone.Time().In(fengsui.Civil).Format(time.DateOnly))
	}
	return f, err
}

// usable are the files that an act may refer to: those that the person can open.
func usable(tx *store.Tx, s fengsui.Scope, ids []fengsui.ID) ([]fengsui.File, error) {
	if len(ids) > maxFiles {
		return nil, fengsui.Errorf(fengsui.Invalid, "too_many_files", "at most %d files go with one act", maxFiles)
	}
	var list []fengsui.File
	for _, id := range ids {
		f, err := file(tx, s, id)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// attach makes files visible to whoever sees the warning.
func attach(tx *store.Tx, warning fengsui.ID, ids []fengsui.ID) error {
	for _, id := range ids {
		if _, err := tx.Exec(`INSERT INTO disposal_evidence (file, warning) VALUES ($1,$2) ON CONFLICT (file, warning) DO NOTHING`, id, warning); err != nil {
			return err
		}
	}
	return nil
}
