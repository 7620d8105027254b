package seal

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"

	"fengsui"
	"fengsui/store"
)

// The forms of the file; docs/seal.md gives them to others.
const (
	caseForm  = "fengsui case 1"
	foundForm = "fengsui rows 1"
)

// Case is the proof of one warning's journal rows as a file: every row with the path
// from its leaf to one signed head. In its other form it proves rows that somebody
// looked for, whatever they belong to.
type Case struct {
	Form    string            `json:"form"`
	Warning fengsui.ID        `json:"warning,omitempty"` // absent: rows that were looked for
	Asked   map[string]string `json:"asked,omitempty"`   // how they were; nothing proves that these are all
	Key     string            `json:"key"`               // public key of the head
	Head    string            `json:"head"`              // signed note
	Later   int64             `json:"later"`             // rows that the head does not cover yet
	Rows    []CaseRow         `json:"rows"`
}

// CaseRow is one row. A part that is withheld or erased stands in Hashes, the others
// in Row with their salt in Salts; all bytes are hex.
type CaseRow struct {
	Leaf   int64             `json:"leaf"`
	Nth    int64             `json:"nth"`
	Row    map[string]string `json:"row"`
	Salts  map[string]string `json:"salts,omitempty"`
	Hashes map[string]string `json:"hashes,omitempty"`
	Path   []string          `json:"path"` // leaf to root
}

const (
	partOrigin  = "origin"
	partContent = "content"

	// provePage is how many rows are read in one snapshot: a slow reader of the file
	// must hold none.
	provePage = 100
)

var places = store.Columns{Enterprise: "j.enterprise", Zone: "j.zone", Sector: "j.sector"}

// Prove writes the Case of a warning as JSON. It is seen with the warning and by
// whom the warning is seen by; the reader's address, account and key, the origin,
// are only in it for who may read the journal (ActAudit).
func (s *Sealer) Prove(ctx context.Context, scope fengsui.Scope, warning fengsui.ID, w io.Writer) error {
	return prove(func(fn func(query) error) error {
		return s.c.DB.View(ctx, func(tx *store.Tx) error { return fn(tx.Query) })
	}, scope, warning, w)
}

// ProvePlace is Prove on the store at a place, whether a platform runs on it or not.
func ProvePlace(ctx context.Context, place string, warning fengsui.ID, w io.Writer) error {
	scope := fengsui.Everything()
	scope.Role = fengsui.RoleDiscipline
	return prove(func(fn func(query) error) error { return viewPlace(ctx, place, fn) }, scope, warning, w)
}

func prove(view func(func(query) error) error, scope fengsui.Scope, warning fengsui.ID, w io.Writer) error {
	// Its rows belong where the warning belongs, at whatever level it stood then.
	within, args := store.Scoped(scope, places, []any{warning})
	c := Case{Form: caseForm, Warning: warning}
	var h head
	err := view(func(q query) error {
		total, err := one[int64](q, `SELECT COUNT(*) FROM journal j WHERE j.warning = $1 AND j.warning <> ''`+within, args...)
		if err != nil {
			return err
		}
		if c.Head, err = one[string](q, `SELECT note FROM seal_head ORDER BY at DESC LIMIT 1`); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if c.Head != "" {
			if c.Key, h, err = signedBy(q, c.Head); err != nil {
				return err
			}
		}
		sealed, err := one[int64](q, `SELECT COUNT(*) FROM journal j JOIN seal_leaf l ON l.pos = j.pos WHERE j.warning = $1 AND j.warning <> ''`+within, args...)
		if err == nil && total == 0 {
			err = fengsui.Errorf(fengsui.NotFound, "no_warning", "there is no such warning")
		}
		if err == nil && sealed == 0 {
			err = fengsui.Errorf(fengsui.Unavailable, "not_sealed", "nothing of this warning is sealed yet: try again in a second")
		}
		c.Later = total - sealed
		return err
	})
	if err != nil {
		return err
	}
	if err := begin(w, c); err != nil {
		return err
	}
	origin := scope.May(fengsui.ActAudit, fengsui.None)
	args = append(args, h.size, int64(-1), provePage)
	n := len(args)
	text := `SELECT j.pos, l.leaf, l.nth, l.salt, l.origin, l.content FROM journal j JOIN seal_leaf l ON l.pos = j.pos WHERE j.warning = $1 AND j.warning <> ''` + within +
		fmt.Sprintf(" AND l.leaf < $%d AND l.leaf > $%d ORDER BY j.pos LIMIT $%d", n-2, n-1, n)
	lines := caseLines{w: w, separator: "\n"}
	for more := true; more; {
		err := view(func(q query) error {
			lines.page.Reset()
			leaves, err := readLeaves(q, text, args...)
			if err != nil {
				return err
			}
			more = len(leaves) == provePage
			for i := range leaves {
				r, err := caseRow(q, &leaves[i], h.size, origin, true)
				if err != nil {
					return err
				}
				if err := lines.add(r); err != nil {
					return err
				}
				args[n-2] = leaves[i].n
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := lines.flush(); err != nil {
			return err
		}
	}
	return lines.end()
}

// MaxFound is how many rows a proof of what somebody looked for holds.
const MaxFound = 5000

// ProveFound writes the Case of journal rows that somebody looked for as JSON; asked says
// how. Rows that the scope does not see are left out; hide says of which the content is
// withheld. What those rows are is proved, and not that there are no others.
func (s *Sealer) ProveFound(ctx context.Context, scope fengsui.Scope, asked map[string]string, positions []int64, hide func(pos int64) bool, w io.Writer) error {
	switch {
	case len(positions) == 0:
		return fengsui.Errorf(fengsui.NotFound, "nothing_found", "nothing was found, so there is nothing to prove: search for something else")
	case len(positions) > MaxFound:
		return fengsui.Errorf(fengsui.Invalid, "too_many", "a proof holds %d rows and %d were found: choose a shorter time, a person or an enterprise", MaxFound, len(positions))
	}
	positions = slices.Sorted(slices.Values(positions))
	c := Case{Form: foundForm, Asked: asked}
	var h head
	var leaves []leaf
	err := s.c.DB.View(ctx, func(tx *store.Tx) (err error) {
		if c.Head, err = one[string](tx.Query, `SELECT note FROM seal_head ORDER BY at DESC LIMIT 1`); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if c.Head == "" {
			return errNotSealed
		}
		if c.Key, h, err = signedBy(tx.Query, c.Head); err != nil {
			return err
		}
		for _, pos := range positions {
			cond, args := store.Scoped(scope, places, []any{pos})
			found, err := readLeaves(tx.Query, `SELECT j.pos, COALESCE(l.leaf, -1), COALESCE(l.nth, 0), l.salt, l.origin, l.content FROM journal j LEFT JOIN seal_leaf l ON l.pos = j.pos WHERE j.pos = $1`+cond, args...)
			switch {
			case err != nil:
				return err
			case len(found) == 0:
			case found[0].n < 0 || found[0].n >= h.size:
				c.Later++
			default:
				leaves = append(leaves, found[0])
			}
		}
		if len(leaves) == 0 {
			return errNotSealed
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := begin(w, c); err != nil {
		return err
	}
	// In the order of the tree, which is that of the journal.
	slices.SortFunc(leaves, func(a, b leaf) int { return cmp.Compare(a.n, b.n) })
	lines := caseLines{w: w, separator: "\n"}
	origin := scope.May(fengsui.ActAudit, fengsui.None)
	for page := range slices.Chunk(leaves, provePage) {
		err := s.c.DB.View(ctx, func(tx *store.Tx) error {
			lines.page.Reset()
			for i := range page {
				r, err := caseRow(tx.Query, &page[i], h.size, origin, !hide(page[i].pos))
				if err != nil {
					return err
				}
				if err := lines.add(r); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			err = lines.flush()
		}
		if err != nil {
			return err
		}
	}
	return lines.end()
}

var errNotSealed = fengsui.Errorf(fengsui.Unavailable, "not_sealed", "nothing of this is sealed yet: try again in a second")

// begin writes everything but the rows, which are written as they are read.
func begin(w io.Writer, c Case) error {
	start, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = w.Write(append(bytes.TrimSuffix(start, []byte("null}")), '['))
	return err
}

// caseLines are the rows of a Case, a page at a time.
type caseLines struct {
	w         io.Writer
	page      bytes.Buffer
	separator string
}

func (l *caseLines) add(r CaseRow) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	l.page.WriteString(l.separator)
	l.page.Write(line)
	l.separator = ",\n"
	return nil
}

func (l *caseLines) flush() error {
	_, err := l.w.Write(l.page.Bytes())
	return err
}

func (l *caseLines) end() error {
	_, err := io.WriteString(l.w, "\n]}\n")
	return err
}

// signedBy finds the key that signed a head among those of the database.
func signedBy(q query, signed string) (key string, h head, err error) {
	keys, err := storedKeys(q)
	if err != nil {
		return "", h, err
	}
	for _, k := range keys {
		v, err := verifiers([]string{k})
		if err != nil {
			continue
		}
		if h, err := openHead(signed, v); err == nil {
			return k, h, nil
		}
	}
	return "", h, errBroken
}

func storedKeys(q query) (keys []string, err error) {
	rows, err := q(`SELECT key FROM seal_key ORDER BY since`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k string
		if err := rows.Scan(&k); err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

func readLeaves(q query, text string, args ...any) (leaves []leaf, err error) {
	rows, err := q(text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l leaf
		if err := rows.Scan(&l.pos, &l.n, &l.nth, &l.salt, &l.origin, &l.content); err != nil {
			return nil, err
		}
		leaves = append(leaves, l)
	}
	return leaves, rows.Err()
}

func caseRow(q query, l *leaf, size int64, withOrigin, withContent bool) (CaseRow, error) {
	out := CaseRow{Leaf: l.n, Nth: l.nth, Row: map[string]string{}, Salts: map[string]string{}, Hashes: map[string]string{}}
	var r row
	if err := each(q, func(x *row) error { r = x.clone(); return nil }, `SELECT `+sqlColumns+` FROM journal WHERE pos = $1`, l.pos); err != nil {
		return out, err
	}
	sealed, err := hash(q, tlog.StoredHashIndex(0, l.n))
	if err != nil {
		return out, err
	}
	var c coder
	if !l.sound() || c.hash(l, &r) != sealed {
		return out, fengsui.Errorf(fengsui.Conflict, "altered", "journal row %d is not what was sealed, so it cannot be proved: fengsui admin verify says more", l.pos)
	}
	show := func(from, to int) error {
		for i := from; i < to; i++ {
			if !utf8.Valid(r[i]) {
				return fmt.Errorf("column %s of journal row %d is no text and does not fit into a file of JSON", columns[i], l.pos)
			}
			out.Row[columns[i]] = string(r[i])
		}
		return nil
	}
	o, t := c.parts(l, &r)
	if err := show(0, colOrigin); err != nil {
		return out, err
	}
	if l.erased() || !withOrigin {
		out.Hashes[partOrigin] = hex.EncodeToString(o[:])
	} else {
		out.Salts[partOrigin] = hex.EncodeToString(l.salt[:saltSize])
		if err := show(colOrigin, colContent); err != nil {
			return out, err
		}
	}
	if l.erased() || !withContent {
		out.Hashes[partContent] = hex.EncodeToString(t[:])
	} else {
		out.Salts[partContent] = hex.EncodeToString(l.salt[saltSize:])
		if err := show(colContent, colEnd); err != nil {
			return out, err
		}
	}
	path, err := tlog.ProveRecord(size, l.n, hashes(q))
	out.Path = make([]string, len(path))
	for i, h := range path {
		out.Path[i] = hex.EncodeToString(h[:])
	}
	return out, err
}

// maxCase is how large a file CheckCase reads, in bytes: some ten thousand rows.
const maxCase = 256 << 20

// CheckCase reads a Case and checks it without any database: the head by its
// signature, each row by its path, and of a warning's that no row before the last one
// shown is left out. at is the head's time. Without keys the file's own key is believed: who needs
// more compares it with the one he was given.
func CheckCase(r io.Reader, keys ...string) (c Case, at fengsui.Millis, err error) {
	b, err := io.ReadAll(io.LimitReader(r, maxCase+1))
	if err != nil {
		return c, 0, err
	}
	if len(b) > maxCase {
		return c, 0, fmt.Errorf("the file is larger than %d bytes", maxCase)
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, 0, fmt.Errorf("the file is no case: %w", err)
	}
	if c.Form != caseForm && c.Form != foundForm {
		return c, 0, fmt.Errorf("the file has the form %q, and only %q and %q are known here", c.Form, caseForm, foundForm)
	}
	if len(keys) == 0 {
		keys = []string{c.Key}
	}
	v, err := verifiers(keys)
	if err != nil {
		return c, 0, err
	}
	h, err := openHead(c.Head, v)
	if err != nil {
		return c, 0, fmt.Errorf("head: %w", err)
	}
	if len(c.Rows) == 0 {
		return c, 0, errors.New("the file shows no row")
	}
	before := int64(-1)
	for i := range c.Rows {
		if err := c.check(i, h, before); err != nil {
			return c, 0, fmt.Errorf("row %d of the file (position %s): %w", i+1, c.Rows[i].Row[columns[colPos]], err)
		}
		before = c.Rows[i].Leaf
	}
	return c, h.at, nil
}

func (c *Case) check(i int, h head, before int64) error {
	r := &c.Rows[i]
	switch {
	case c.Form == caseForm && r.Row[columns[colWarning]] != string(c.Warning):
		return errors.New("it is of another warning")
	case c.Form == caseForm && r.Nth != int64(i)+1:
		return fmt.Errorf("it is row %d of its warning: rows are left out", r.Nth)
	case r.Leaf <= before || r.Leaf >= h.size:
		return errors.New("its leaf is out of order, or later than the head")
	}
	var values row
	for j, name := range columns {
		values[j] = []byte(r.Row[name])
	}
	var k coder
	o, err := r.part(&k, partOrigin, origin, values[colOrigin:colContent])
	if err != nil {
		return err
	}
	t, err := r.part(&k, partContent, content, values[colContent:])
	if err != nil {
		return err
	}
	path := make(tlog.RecordProof, len(r.Path))
	for j, p := range r.Path {
		if path[j], err = unhex(p); err != nil {
			return err
		}
	}
	if tlog.CheckRecord(path, h.size, h.root, r.Leaf, k.sum(r.Nth, values[:colOrigin], o, t)) != nil {
		return errors.New("it does not lead to the head: the row or its path was altered")
	}
	return nil
}

// part is a part's hash: computed when it is shown, taken when it is not.
func (r *CaseRow) part(k *coder, part string, names []string, values [][]byte) ([sha256.Size]byte, error) {
	if salt, shown := r.Salts[part]; shown {
		b, err := hex.DecodeString(salt)
		if err != nil || len(b) != saltSize {
			return [sha256.Size]byte{}, fmt.Errorf("the salt of its %s is not %d bytes as hex", part, saltSize)
		}
		return k.fields(b, names, values), nil
	}
	for _, name := range names { // what no hash covers must not look proved
		if _, there := r.Row[name]; there {
			return [sha256.Size]byte{}, fmt.Errorf("it shows %s without a salt", name)
		}
	}
	h, err := unhex(r.Hashes[part])
	return h, err
}

func unhex(s string) (h tlog.Hash, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, errors.New("a hash is not 32 bytes as hex")
	}
	return tlog.Hash(b), nil
}

// Line is a row as one line for people.
func (r *CaseRow) Line() string {
	ms, _ := strconv.ParseInt(r.Row[columns[colAt]], 10, 64)
	who := r.Row[columns[colName]]
	if r.Salts[partContent] == "" {
		who = "(erased)"
	}
	return fmt.Sprintf("%8s  %s  %-12s %s %s", r.Row[columns[colPos]], fengsui.Millis(ms).Time().In(fengsui.Civil).Format(time.DateTime),
		r.Row[columns[colAct]], who, r.Row[columns[colWhy]])
}
