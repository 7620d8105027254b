package seal

import (
	"context"
	"database/sql"
	"errors"

	"golang.org/x/mod/sumdb/tlog"

	"fengsui"
	"fengsui/store"
)

// States says of journal rows how they stand under the seal, each compared with its leaf.
// Rows that the scope does not see are not among them. A page of a list is asked for at
// once; a row costs three reads by key.
func (s *Sealer) States(ctx context.Context, scope fengsui.Scope, positions []int64) (map[int64]fengsui.RowSeal, error) {
	states := map[int64]fengsui.RowSeal{}
	err := s.c.DB.View(ctx, func(tx *store.Tx) error {
		for _, pos := range positions {
			cond, args := store.Scoped(scope, places, []any{pos})
			switch seen, err := one[int64](tx.Query, `SELECT COUNT(*) FROM journal j WHERE j.pos = $1`+cond, args...); {
			case err != nil:
				return err
			case seen == 0:
				continue
			}
			st, err := stateOf(tx.Query, pos)
			if err != nil {
				return err
			}
			states[pos] = st
		}
		return nil
	})
	return states, err
}

func stateOf(q query, pos int64) (st fengsui.RowSeal, err error) {
	st.State = fengsui.SealNone
	leaves, err := readLeaves(q, `SELECT pos, leaf, nth, salt, origin, content FROM seal_leaf WHERE pos = $1`, pos)
	if err != nil || len(leaves) == 0 {
		return st, err
	}
	l := &leaves[0]
	st.Leaf = l.n
	if st.State, err = compare(q, l); err != nil {
		return st, err
	}
	// A head covers a leaf whose number is below its size.
	err = scan(q, []any{&st.Head.At, &st.Head.Size}, `SELECT at, size FROM seal_head WHERE size > $1 ORDER BY size, at LIMIT 1`, l.n)
	if errors.Is(err, sql.ErrNoRows) {
		st.State, err = fengsui.SealAltered, nil // the newest head was taken away
	}
	if err != nil {
		return st, err
	}
	st.Day, err = one[string](q, `SELECT day FROM seal_head WHERE size > $1 AND day <> '' ORDER BY size, at LIMIT 1`, l.n)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return st, err
}

// compare says whether a row is what its leaf says.
func compare(q query, l *leaf) (fengsui.SealState, error) {
	sealed, err := hash(q, tlog.StoredHashIndex(0, l.n))
	if errors.Is(err, sql.ErrNoRows) {
		return fengsui.SealAltered, nil
	}
	if err != nil {
		return "", err
	}
	var r row
	if err := each(q, func(x *row) error { r = x.clone(); return nil }, `SELECT `+sqlColumns+` FROM journal WHERE pos = $1`, l.pos); err != nil {
		return "", err
	}
	var c coder
	switch {
	case !l.sound() || c.hash(l, &r) != sealed:
		return fengsui.SealAltered, nil
	case l.erased():
		return fengsui.SealErased, nil
	}
	return fengsui.SealWhole, nil
}
