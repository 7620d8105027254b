package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strings"

	"fengsui"
)

// An export is all tables of a store at one moment, in a form that belongs to neither
// engine:
//
//	exportForm
//	prelude, JSON behind its length
//	for each table: its rows, each behind a byte 1, and a byte 0 behind the last
//	Contents, JSON behind its length
//
// A row is its values in the order of the columns; a value is a byte for its kind and
// what follows it. Lengths are uvarints. Rows come in the order of the primary key, so
// that the exports of two stores that hold the same are the same.
const exportForm = "fengsui records 1\n"

const (
	isNull  = 'n' // nothing follows
	isInt   = 'i' // varint
	isFloat = 'f' // 8 bytes, IEEE 754, big endian
	isText  = 't' // length and bytes
	isBytes = 'b' // the same
)

// maxPrelude bounds the JSON of an export, in bytes; maxValue one value.
const (
	maxPrelude = 4 << 20
	maxValue   = 1 << 30
)

// prelude is what comes before the rows.
type prelude struct {
	Versions map[string]int64 `json:"versions"` // newest migration of each stage
	Tables   []table          `json:"tables"`
}

// Contents is what an export holds.
type Contents struct {
	Versions map[string]int64 `json:"versions"`
	Head     int64            `json:"head"`   // newest journal position
	Newest   fengsui.Millis   `json:"newest"` // its time; 0 for none
	Tables   []Content        `json:"tables"`
}

// Content is one table of it. Two tables with the same sum are equal row by row.
type Content struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
	Sum  string `json:"sum"` // SHA-256 of the rows, hex
}

// Rows is how many rows there are in all.
func (c *Contents) Rows() (n int64) {
	for _, t := range c.Tables {
		n += t.Rows
	}
	return n
}

// Export writes one snapshot of every table of the store at a place, which may be in
// use: its writers wait for nothing. In SQLite its log grows until the export is
// through; in PostgreSQL dead rows stay as long.
func Export(ctx context.Context, place string, w io.Writer) (c Contents, err error) {
	err = Look(ctx, place, func(tx *Tx) error {
		c, err = tx.export(w)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("export records: %w", err)
	}
	return c, nil
}

// exporter writes an export.
type exporter struct {
	w   *bufio.Writer
	sum hash.Hash
	buf []byte
}

func (t *Tx) export(w io.Writer) (Contents, error) {
	var c Contents
	if err := t.db.unhurried(t.ctx, t.tx); err != nil {
		return c, err
	}
	list, err := t.db.shape(t.ctx, t.tx)
	if err != nil {
		return c, err
	}
	list = slices.DeleteFunc(list, func(x table) bool { return strings.HasPrefix(x.Name, versions) })
	if !slices.ContainsFunc(list, func(x table) bool { return x.Name == "journal" }) {
		return c, errors.New("there is no journal: this is no store of fengsui")
	}
	if c.Versions, err = t.versions(); err != nil {
		return c, err
	}
	err = t.QueryRow(`SELECT COALESCE(MAX(pos), 0), COALESCE((SELECT at FROM journal ORDER BY pos DESC LIMIT 1), 0) FROM journal`).Scan(&c.Head, &c.Newest)
	if err != nil {
		return c, err
	}
	e := exporter{w: bufio.NewWriterSize(w, 256<<10), sum: sha256.New()}
	e.w.WriteString(exportForm)
	if err := e.json(prelude{c.Versions, list}); err != nil {
		return c, err
	}
	for _, x := range list {
		n, err := e.table(t.ctx, t.tx, x)
		if err != nil {
			return c, fmt.Errorf("table %s: %w", x.Name, err)
		}
		c.Tables = append(c.Tables, n)
	}
	if err := e.json(c); err != nil {
		return c, err
	}
	return c, e.w.Flush()
}

func (e *exporter) json(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	e.w.Write(binary.AppendUvarint(nil, uint64(len(b))))
	_, err = e.w.Write(b)
	return err
}

func (e *exporter) table(ctx context.Context, tx *sql.Tx, t table) (Content, error) {
	c := Content{Name: t.Name}
	order := t.key
	if len(order) == 0 {
		order = t.Columns
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+quoted(t.Columns)+` FROM `+quote(t.Name)+` ORDER BY `+quoted(order))
	if err != nil {
		return c, err
	}
	defer rows.Close()
	values := make([]any, len(t.Columns))
	to := make([]any, len(values))
	for i := range values {
		to[i] = &values[i]
	}
	e.sum.Reset()
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return c, err
		}
		e.buf = append(e.buf[:0], 1)
		for i, v := range values {
			if e.buf, err = appendValue(e.buf, v); err != nil {
				return c, fmt.Errorf("column %s: %w", t.Columns[i], err)
			}
		}
		e.sum.Write(e.buf[1:])
		if _, err := e.w.Write(e.buf); err != nil {
			return c, err
		}
		c.Rows++
	}
	if err := rows.Err(); err != nil {
		return c, err
	}
	c.Sum = hex.EncodeToString(e.sum.Sum(nil))
	return c, e.w.WriteByte(0)
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoted(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = quote(n)
	}
	return strings.Join(list, ",")
}

func appendValue(b []byte, v any) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return append(b, isNull), nil
	case int64:
		return binary.AppendVarint(append(b, isInt), x), nil
	case float64:
		return binary.BigEndian.AppendUint64(append(b, isFloat), math.Float64bits(x)), nil
	case string:
		return append(binary.AppendUvarint(append(b, isText), uint64(len(x))), x...), nil
	case []byte:
		return append(binary.AppendUvarint(append(b, isBytes), uint64(len(x))), x...), nil
	}
	return b, fmt.Errorf("a value of type %T has no form in an export", v)
}

// reading reads an export. Bytes that are none are an error, and nothing is allocated
// by a length that they name before as many bytes came.
type reading struct {
	prelude
	r   *bufio.Reader
	sum hash.Hash
	raw []byte // the row that was read last
}

var errForm = errors.New("these are no records as fengsui exports them, or they were cut off")

func readExport(r io.Reader) (*reading, error) {
	e := &reading{r: bufio.NewReaderSize(r, 256<<10), sum: sha256.New()}
	form := make([]byte, len(exportForm))
	if _, err := io.ReadFull(e.r, form); err != nil || string(form) != exportForm {
		return nil, errors.Join(errForm, err)
	}
	if err := e.json(&e.prelude); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *reading) json(v any) error {
	n, err := binary.ReadUvarint(e.r)
	if err != nil || n > maxPrelude {
		return errors.Join(errForm, err)
	}
	b, err := e.bytes(nil, int(n))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return errors.Join(errForm, err)
	}
	return nil
}

// bytes appends the next n bytes to b.
func (e *reading) bytes(b []byte, n int) ([]byte, error) {
	w := bytes.NewBuffer(b)
	if _, err := io.CopyN(w, e.r, int64(n)); err != nil {
		return nil, errors.Join(errForm, err)
	}
	return w.Bytes(), nil
}

// rows gives the rows of the next table. The values are new each time.
func (e *reading) rows(t table, row func(values []any) error) (Content, error) {
	c := Content{Name: t.Name}
	e.sum.Reset()
	for {
		more, err := e.r.ReadByte()
		if err != nil || more > 1 {
			return c, errors.Join(errForm, err)
		}
		if more == 0 {
			c.Sum = hex.EncodeToString(e.sum.Sum(nil))
			return c, nil
		}
		values := make([]any, len(t.Columns))
		for i := range values {
			if values[i], err = e.value(); err != nil {
				return c, fmt.Errorf("table %s, row %d, column %s: %w", t.Name, c.Rows+1, t.Columns[i], err)
			}
		}
		if row != nil {
			if err := row(values); err != nil {
				return c, err
			}
		}
		c.Rows++
	}
}

// value reads one value and adds it to the sum.
func (e *reading) value() (any, error) {
	kind, err := e.r.ReadByte()
	if err != nil {
		return nil, errors.Join(errForm, err)
	}
	var v any
	switch kind {
	case isNull:
	case isInt:
		v, err = binary.ReadVarint(e.r)
	case isFloat:
		var b []byte
		if b, err = e.bytes(nil, 8); err == nil {
			v = math.Float64frombits(binary.BigEndian.Uint64(b))
		}
	case isText, isBytes:
		var n uint64
		if n, err = binary.ReadUvarint(e.r); err == nil && n > maxValue {
			err = errForm
		}
		var b []byte
		if err == nil {
			b, err = e.bytes(nil, int(n))
		}
		if kind == isText {
			v = string(b)
		} else {
			v = b[:len(b):len(b)]
		}
	default:
		err = errForm
	}
	if err != nil {
		return nil, errors.Join(errForm, err)
	}
	if x, ok := v.([]byte); ok && x == nil {
		v = []byte{}
	}
	if e.raw, err = appendValue(e.raw[:0], v); err != nil {
		return nil, err
	}
	e.sum.Write(e.raw)
	return v, nil
}

// end reads what stands behind the rows and compares it with what was read.
func (e *reading) end(read []Content) (Contents, error) {
	var c Contents
	if err := e.json(&c); err != nil {
		return c, err
	}
	if !slices.Equal(c.Tables, read) {
		return c, errors.New("the rows of the export are not those that it says it holds")
	}
	return c, nil
}

// CheckExport reads an export to its end and says what it holds. It needs no database.
func CheckExport(r io.Reader) (Contents, error) {
	e, err := readExport(r)
	if err != nil {
		return Contents{}, err
	}
	var read []Content
	for _, t := range e.Tables {
		c, err := e.rows(t, nil)
		if err != nil {
			return Contents{}, err
		}
		read = append(read, c)
	}
	return e.end(read)
}
