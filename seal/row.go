package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// What a leaf says, in its first and so far only form; docs/seal.md gives it to
// others to the byte. A row has three parts. The frame stands open in the leaf. The
// origin and the content stand there as salted hashes, so that either can be
// withheld or erased and the leaf still proves the rest.
const form = "fengsui journal 1\n"

var (
	frame   = []string{"pos", "at", "kind", "object", "act", "by_role", "warning", "enterprise", "zone", "sector", "peak"}
	origin  = []string{"by_user", "by_from", "key", "call"}
	content = []string{"by_name", "why", "before", "after", "tell"}
	columns = append(append(append([]string(nil), frame...), origin...), content...)
)

const (
	saltSize = 16 // of a part
	hintSize = 4  // of a column

	sqlColumns = `pos, at, kind, object, act, by_role, warning, enterprise, zone, sector, peak, by_user, by_from, key, call, by_name, why, before, after, tell`
)

// The columns that we look at.
const (
	colPos     = 0
	colAt      = 1
	colKind    = 2
	colObject  = 3
	colAct     = 4
	colWarning = 6
	colOrigin  = 11
	colContent = 15
	colName    = 15
	colWhy     = 16
	colEnd     = 20
)

// row is a journal row as bytes, in the order of columns; numbers are decimal.
type row [colEnd][]byte

func (r *row) number(col int) int64 {
	n, _ := strconv.ParseInt(string(r[col]), 10, 64)
	return n
}

// leaf is what the seal keeps of a row beside its hash.
type leaf struct {
	n, pos, nth     int64
	salt            []byte // empty: erased
	origin, content []byte
	hint            []byte
}

func (l *leaf) erased() bool { return len(l.salt) == 0 }

// sound says whether the parts have the lengths that they can have.
func (l *leaf) sound() bool {
	if l.erased() {
		return len(l.origin) == sha256.Size && len(l.content) == sha256.Size
	}
	return len(l.salt) == 2*saltSize
}

// coder makes leaves. It keeps a buffer and belongs to one goroutine.
type coder struct{ buf []byte }

func field[T string | []byte](b []byte, name string, value T) []byte {
	b = append(b, name...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(len(value)), 10)
	b = append(b, ' ')
	b = append(b, value...)
	return append(b, '\n')
}

func (c *coder) fields(salt []byte, names []string, values [][]byte) [sha256.Size]byte {
	c.buf = append(c.buf[:0], salt...)
	for i, name := range names {
		c.buf = field(c.buf, name, values[i])
	}
	return sha256.Sum256(c.buf)
}

// parts are the hashes of origin and content.
func (c *coder) parts(l *leaf, r *row) (o, t [sha256.Size]byte) {
	if l.erased() {
		return [sha256.Size]byte(l.origin), [sha256.Size]byte(l.content)
	}
	return c.fields(l.salt[:saltSize], origin, r[colOrigin:colContent]), c.fields(l.salt[saltSize:], content, r[colContent:])
}

// hash is the leaf's hash (RFC 6962, clause 2.1); l is sound.
func (c *coder) hash(l *leaf, r *row) tlog.Hash {
	o, t := c.parts(l, r)
	return c.sum(l.nth, r[:colOrigin], o, t)
}

func (c *coder) sum(nth int64, open [][]byte, o, t [sha256.Size]byte) tlog.Hash {
	var text [2 * sha256.Size]byte
	b := append(c.buf[:0], 0) // RFC 6962: before a leaf; 1 is before a node
	b = append(b, form...)
	for i, name := range frame {
		b = field(b, name, open[i])
	}
	b = field(b, "nth", strconv.AppendInt(text[:0], nth, 10))
	hex.Encode(text[:], o[:])
	b = field(b, "origin", text[:])
	hex.Encode(text[:], t[:])
	b = field(b, "content", text[:])
	c.buf = b
	return sha256.Sum256(b)
}

// hints are short salted hashes of each column. They prove nothing: they say which
// column was altered once the leaf says that one was.
func (c *coder) hints(salt []byte, r *row) []byte {
	out := make([]byte, 0, hintSize*colEnd)
	for i := range columns {
		h := c.fields(salt, columns[i:i+1], r[i:i+1])
		out = append(out, h[:hintSize]...)
	}
	return out
}

// altered names the columns that do not fit their hints; nil when nobody knows.
func (c *coder) altered(l *leaf, r *row) (names []string) {
	if l.erased() || len(l.hint) != hintSize*colEnd {
		return nil
	}
	now := c.hints(l.salt, r)
	for i, name := range columns {
		if string(now[i*hintSize:(i+1)*hintSize]) != string(l.hint[i*hintSize:(i+1)*hintSize]) {
			names = append(names, name)
		}
	}
	if len(names) == len(columns) {
		return nil // the salt itself, or all of it
	}
	return names
}
