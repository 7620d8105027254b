package seal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"fengsui"
)

// Check says what is verified against what.
type Check struct {
	Place string   // of the store, as store.Open knows it
	Heads []Signed // heads that were kept elsewhere
	Keys  []string // public keys that are trusted; none: those that the database itself names
}

// Signed is a head as it was handed out, with a name for the report.
type Signed struct{ Name, Note string }

// Report is what Verify looked at.
type Report struct {
	Rows     int64 // sealed and compared
	Erased   int64 // of these
	Unsealed int64 // written after the newest leaf, the first of them at UnsealedAt
	Heads    int64 // signed by a key that is trusted, and compared
	Beyond   int64 // heads that do not fit, after the first
	Keys     []string
	Faults   int64

	UnsealedAt fengsui.Millis
}

// The kinds of a Fault.
const (
	Altered   = "altered"   // the row is not what was sealed
	Removed   = "removed"   // a sealed row is gone
	Inserted  = "inserted"  // the row was never sealed, but later ones were
	Moved     = "moved"     // the row was sealed at another position
	Destroyed = "destroyed" // erased, and no row says by whom and why; or filled in again
	Tree      = "tree"      // the seal's own tables were altered
	BadHead   = "head"      // a head is forged, or what it signed is not there any more
)

// Fault is something that was altered or removed.
type Fault struct {
	Kind    string
	Pos, To int64    // journal positions, both included; To is 0 for one row, Pos is 0 for none
	Was     int64    // of a moved row: where it was sealed
	Columns []string // of an altered row, when that can be known
	Why     string
}

func (f Fault) String() string {
	s := f.Kind
	if f.Pos != 0 {
		s += fmt.Sprintf(": position %d", f.Pos)
	}
	if f.Pos > 0 && f.To > f.Pos {
		s += fmt.Sprintf(" to %d", f.To)
	}
	if f.Was > 0 {
		s += fmt.Sprintf(" holds the row that was sealed as %d", f.Was)
	}
	if len(f.Columns) > 0 {
		s += ": " + strings.Join(f.Columns, ", ")
	}
	if f.Why != "" {
		s += ": " + f.Why
	}
	return s
}

// suspects bounds how many rows are compared with each other to find out which were
// moved; beyond it a moved row is called altered, inserted or removed.
const suspects = 256

// Verify goes once through the journal, the leaves, the tree and the heads, in the
// memory of some hundred rows, and tells each fault. It reads one snapshot: a
// platform may run meanwhile, but its store's log grows until we are through.
func Verify(ctx context.Context, c Check, tell func(Fault)) (Report, error) {
	v := verifier{tell: tell}
	err := viewPlace(ctx, c.Place, func(q query) error {
		v.q = q
		return v.run(c)
	})
	return v.Report, err
}

type verifier struct {
	Report
	q    query
	tell func(Fault)
	coder
	tree

	keys  note.Verifiers
	kept  []known // heads from elsewhere, smallest first
	heads cursor[ownHead]
	nodes cursor[node]
	last  int64 // position of the leaf before
	holey bool  // a node is missing: roots cannot be compared any more
	good  int64 // size of the largest head that fits
	bad   bool  // a head does not fit

	rows    []stranger // rows without the leaf that they should have
	missing []leaf     // leaves without the row that they should have
}

// known is a head with its name.
type known struct {
	name string
	head
}

// stranger is a row that does not fit: place is the leaf of its position, if there is
// one. A fresh one may be too new to have been sealed.
type stranger struct {
	row
	place *leaf
	fresh bool
}

type node struct {
	id   int64
	hash []byte
}

type ownHead struct {
	at, size int64
	note     string
}

func (v *verifier) fault(f Fault) {
	v.Faults++
	v.tell(f)
}

func (v *verifier) run(c Check) error {
	if err := v.know(c); err != nil {
		return err
	}
	least := int64(math.MinInt64)
	journal := list(v.q, `SELECT `+sqlColumns+` FROM journal WHERE pos > $1 ORDER BY pos`,
		func(r *row) (dest []any) {
			for i := range r {
				dest = append(dest, &r[i])
			}
			return dest
		}, func(r *row) []any { return []any{r.number(colPos)} }, least)
	leaves := list(v.q, `SELECT leaf, pos, nth, salt, origin, content, hint FROM seal_leaf WHERE leaf > $1 ORDER BY leaf`,
		func(l *leaf) []any { return []any{&l.n, &l.pos, &l.nth, &l.salt, &l.origin, &l.content, &l.hint} },
		func(l *leaf) []any { return []any{l.n} }, least)
	v.nodes = list(v.q, `SELECT id, hash FROM seal_hash WHERE id > $1 ORDER BY id`,
		func(n *node) []any { return []any{&n.id, &n.hash} }, func(n *node) []any { return []any{n.id} }, least)
	v.heads = list(v.q, `SELECT at, size, note FROM seal_head WHERE (size, at) > ($1, $2) ORDER BY size, at`,
		func(h *ownHead) []any { return []any{&h.at, &h.size, &h.note} }, func(h *ownHead) []any { return []any{h.size, h.at} }, least, least)

	err := errors.Join(journal.next(), leaves.next(), v.nodes.next(), v.heads.next())
	for ; err == nil && leaves.ok; err = leaves.next() {
		l := &leaves.v
		if l.n < v.size || l.pos <= v.last || !l.sound() {
			v.fault(Fault{Kind: Tree, Pos: l.pos, Why: "its leaf is not in order"})
			continue
		}
		for v.size < l.n { // leaves that are gone; their hashes may be there
			v.fault(Fault{Kind: Tree, Pos: v.last + 1, To: l.pos - 1, Why: fmt.Sprintf("leaf %d is gone: what was sealed there cannot be compared", v.size)})
			if err := v.grow(nil, v.last+1); err != nil {
				return err
			}
			if v.holey {
				v.size = l.n
			}
		}
		for ; err == nil && journal.ok && journal.v.number(colPos) < l.pos; err = journal.next() {
			v.stranger(&journal.v, nil)
		}
		if err != nil {
			return err
		}
		here := journal.ok && journal.v.number(colPos) == l.pos
		var h *tlog.Hash
		if here {
			x := v.hash(l, &journal.v)
			h = &x
		}
		sealed, found, err := v.stored()
		if err != nil {
			return err
		}
		v.Rows++
		switch {
		case !here:
			v.lost(l)
		case found && *h != sealed:
			v.stranger(&journal.v, l)
		case l.erased():
			if err := v.erased(&journal.v); err != nil {
				return err
			}
		}
		if err := v.grow(h, l.pos); err != nil {
			return err
		}
		if here {
			if err := journal.next(); err != nil {
				return err
			}
		}
		v.last = l.pos
	}
	if err != nil {
		return err
	}
	for ; err == nil && journal.ok; err = journal.next() {
		if v.Unsealed++; v.Unsealed == 1 {
			v.UnsealedAt = fengsui.Millis(journal.v.number(colAt))
		}
		if len(v.missing) > 0 && len(v.rows) < suspects { // it may be one of them
			v.rows = append(v.rows, stranger{row: journal.v.clone(), fresh: true})
		}
	}
	if err != nil {
		return err
	}
	v.sort()
	return v.end()
}

// know reads the keys and the heads that were kept elsewhere.
func (v *verifier) know(c Check) error {
	v.Keys = c.Keys
	if len(c.Keys) == 0 {
		var err error
		if v.Keys, err = storedKeys(v.q); err != nil {
			return err
		}
	}
	var err error
	if v.keys, err = verifiers(v.Keys); err != nil {
		return err
	}
	for _, s := range c.Heads {
		h, err := openHead(s.Note, v.keys)
		if err != nil {
			v.fault(Fault{Kind: BadHead, Why: s.Name + ": " + err.Error()})
			continue
		}
		v.kept = append(v.kept, known{s.Name, h})
	}
	slices.SortFunc(v.kept, func(a, b known) int { return cmp.Compare(a.size, b.size) })
	return nil
}

// stored is the hash of the next leaf as it was sealed.
func (v *verifier) stored() (h tlog.Hash, found bool, err error) {
	id := tlog.StoredHashIndex(0, v.size)
	for v.nodes.ok && v.nodes.v.id < id && err == nil {
		err = v.nodes.next()
	}
	if err != nil || !v.nodes.ok || v.nodes.v.id != id || len(v.nodes.v.hash) != sha256.Size {
		return h, false, err
	}
	return tlog.Hash(v.nodes.v.hash), true, nil
}

// grow adds the next leaf to the tree and compares each node that it completes with
// what was sealed. It goes on with what was sealed, so that a fault is told where it
// is and not again at every level and head above. With neither a row nor a hash the
// tree ends here.
func (v *verifier) grow(h *tlog.Hash, pos int64) error {
	sealed, found, err := v.stored()
	if err != nil {
		return err
	}
	if h == nil && !found && !v.holey {
		v.holey, v.edge = true, nil
		v.fault(Fault{Kind: Tree, Pos: pos, Why: "neither the row nor its sealed hash is there: heads after it cannot be compared"})
	}
	if v.holey {
		v.size++
		return v.compare()
	}
	if h != nil {
		sealed = *h
	}
	n, id := v.size, tlog.StoredHashIndex(0, v.size)
	v.add(sealed, func(level int, h tlog.Hash) tlog.Hash {
		for v.nodes.ok && v.nodes.v.id < id && err == nil {
			err = v.nodes.next()
		}
		there := v.nodes.ok && v.nodes.v.id == id && len(v.nodes.v.hash) == sha256.Size
		id++
		if !there {
			v.fault(Fault{Kind: Tree, Pos: pos, Why: fmt.Sprintf("the sealed hash of level %d at leaf %d is gone", level, n)})
			return h
		}
		stored := tlog.Hash(v.nodes.v.hash)
		if stored != h && level > 0 {
			v.fault(Fault{Kind: Tree, Pos: pos, Why: fmt.Sprintf("the sealed hashes of leaves %d to %d do not fit each other", n+1-1<<level, n)})
		}
		return stored
	})
	if err != nil {
		return err
	}
	return v.compare()
}

// compare compares the tree with the heads of its size.
func (v *verifier) compare() error {
	for len(v.kept) > 0 && v.kept[0].size <= v.size {
		v.fits(v.kept[0].name, v.kept[0].head)
		v.kept = v.kept[1:]
	}
	for v.heads.ok && v.heads.v.size <= v.size {
		v.own(&v.heads.v)
		if err := v.heads.next(); err != nil {
			return err
		}
	}
	return nil
}

// own compares a head of the database.
func (v *verifier) own(o *ownHead) {
	name := "head of " + fengsui.Millis(o.at).Time().Format(headTime)
	h, err := openHead(o.note, v.keys)
	if err == nil && (h.size != o.size || int64(h.at) != o.at) {
		err = errors.New("it was signed for another time or size")
	}
	if err != nil {
		v.fault(Fault{Kind: BadHead, Why: name + ": " + err.Error()})
		return
	}
	v.fits(name, h)
}

func (v *verifier) fits(name string, h head) {
	if v.holey {
		return
	}
	v.Heads++
	switch {
	case h.size > v.size:
		v.fault(Fault{Kind: Removed, Pos: v.last + 1, To: v.last + h.size - v.size,
			Why: fmt.Sprintf("%s signed %d rows, and only %d are sealed", name, h.size, v.size)})
	case h.size == v.size && h.root == v.root():
		v.good = v.size
	case v.bad:
		v.Beyond++
	default:
		v.bad = true
		v.fault(Fault{Kind: BadHead, Pos: v.good + 1, To: h.size,
			Why: name + " signed another journal: in these rows something was altered, removed or inserted, and the sealed hashes with it"})
	}
}

// end compares the heads of more rows than there are.
func (v *verifier) end() error {
	for v.heads.ok {
		v.own(&v.heads.v)
		if err := v.heads.next(); err != nil {
			return err
		}
	}
	for _, k := range v.kept {
		v.fits(k.name, k.head)
	}
	if v.good < v.size && !v.bad && !v.holey {
		v.fault(Fault{Kind: BadHead, Pos: v.good + 1, To: v.last, Why: "no head that is trusted covers these rows"})
	}
	return nil
}

// erased checks that a row was erased by rule: nothing is left, and a row says why.
func (v *verifier) erased(r *row) error {
	v.Erased++
	pos := r.number(colPos)
	for i := colOrigin; i < colEnd; i++ {
		if len(r[i]) > 0 {
			v.fault(Fault{Kind: Destroyed, Pos: pos, Columns: columns[i : i+1], Why: "it was erased, and something was written in its place"})
		}
	}
	n, err := one[int64](v.q, `SELECT COUNT(*) FROM journal WHERE object = $1 AND kind = $2 AND act = $3`, string(r[colPos]), kindRow, actErased)
	if err == nil && n == 0 {
		v.fault(Fault{Kind: Destroyed, Pos: pos, Why: "no row says who erased it and why"})
	}
	return err
}

// stranger notes a row that does not fit; l is the leaf of its position.
func (v *verifier) stranger(r *row, l *leaf) {
	if len(v.rows) == suspects {
		v.strange(r, l)
		return
	}
	s := stranger{row: r.clone()}
	if l != nil {
		c := *l
		s.place = &c
		if len(v.missing) < suspects {
			v.missing = append(v.missing, c)
		}
	}
	v.rows = append(v.rows, s)
}

func (v *verifier) strange(r *row, l *leaf) {
	f := Fault{Kind: Inserted, Pos: r.number(colPos)}
	if l != nil {
		f.Kind, f.Columns = Altered, v.altered(l, r)
		if f.Columns == nil {
			f.Why = "what differs cannot be told"
		}
	}
	v.fault(f)
}

// lost notes a leaf without its row.
func (v *verifier) lost(l *leaf) {
	if len(v.missing) == suspects {
		v.fault(Fault{Kind: Removed, Pos: l.pos})
		return
	}
	v.missing = append(v.missing, *l)
}

// sort finds out which of the rows that do not fit were sealed elsewhere, and tells
// about the others.
func (v *verifier) sort() {
	from := map[int64]bool{} // positions whose sealed row stands elsewhere now
	was := make([]int64, len(v.rows))
	for i := range v.rows {
		for j := range v.missing {
			l := &v.missing[j]
			r := v.rows[i].row
			if l.erased() || l.pos == r.number(colPos) || from[l.pos] {
				continue
			}
			r[colPos] = fmt.Append(nil, l.pos)
			// A moved row fits its old salt in every column but the position.
			if moved := v.hints(l.salt, &r); slices.Equal(moved, l.hint) {
				was[i], from[l.pos] = l.pos, true
				break
			}
		}
	}
	here := map[int64]bool{} // positions whose own row is there, if altered
	for i := range v.rows {
		s := &v.rows[i]
		pos := s.row.number(colPos)
		switch {
		case was[i] > 0:
			v.fault(Fault{Kind: Moved, Pos: pos, Was: was[i]})
		case s.fresh:
		case from[pos]:
			v.strange(&s.row, nil)
		default:
			here[pos] = true
			v.strange(&s.row, s.place)
		}
	}
	for i := range v.missing {
		if pos := v.missing[i].pos; !from[pos] && !here[pos] {
			v.fault(Fault{Kind: Removed, Pos: pos})
		}
	}
}
