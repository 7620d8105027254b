// Package seal proves that nothing in the journal was removed or altered (A10, A25).
//
// Each journal row is a leaf of a Merkle tree (RFC 6962), so one hash, the root,
// stands for all rows up to it. A head is that root with its size and time, signed
// by a key that lies outside the data. Whoever keeps a head (discipline inspection,
// the municipal platform) can show later that what it signed is still there, or
// that it is not: that holds against everybody, the machine's administrators too.
// What they do before a head leaves the machine only the heads before show.
//
// The reader follows the journal by position and seals what it finds within a
// second: leaves, tree, the newest head and the reader's place are one transaction,
// so a kill costs nothing. No writer waits for it longer than for another writer.
// One head in about a thousand rows is kept, and the first of each day, which is
// also written to heads/<day>.note in the blob store.
//
// Leaves hold salted hashes of what may be personal. Erase takes it out of the
// journal and the leaf goes on proving the rest; who erased it and why is a row of
// its own. What Verify finds and what Prove hands out need no server and no key of
// ours; docs/seal.md is written for who wants to check with a program of his own.
//
// When the sealed rows do not fit the newest head the reader stops, for a seal on
// top would hide it; Ready says so.
//
// The whole is verified from time to time, as Verify does it; the result is kept, is a
// row of the journal and, when something was altered, Ready's complaint.
//
// Run owns three goroutines, the reader, the clerk who hands heads out and the one who
// verifies, and waits for all.
package seal

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what the seal keeps: nobody's acts, so it is kept without a journal.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "seal", FS: sub, Kept: []string{"seal_leaf", "seal_hash", "seal_head", "seal_key", "seal_check"}}
}

// Blob takes the heads that are handed out.
type Blob interface {
	Put(ctx context.Context, key string, r io.Reader) (size int64, sha256 string, err error)
}

// HeadsDir is where in Blob the head of each day is handed out, as <day>.note.
const HeadsDir = "heads/"

// Config plugs the seal into the platform.
type Config struct {
	DB   *store.DB
	Blob Blob
	Key  []byte // seed of an Ed25519 key, 32 bytes
	Log  *slog.Logger

	Every  time.Duration                           // between two verifications of the whole; 0: none
	Handed func(context.Context) ([]Signed, error) // heads that were handed out, to verify against; nil: none
}

// Sealer seals the journal.
type Sealer struct {
	c      Config
	signer *signer
}

// New checks the configuration.
func New(c Config) (*Sealer, error) {
	if c.DB == nil || c.Blob == nil {
		return nil, errors.New("seal: DB and Blob are needed")
	}
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	s, err := newSigner(c.Key)
	if err != nil {
		return nil, err
	}
	return &Sealer{c, s}, nil
}

const (
	reader = "seal" // our name among the journal's readers

	// rest is how long the reader waits for more once it has seen the newest row, so
	// that a trickle is not sealed row by row.
	rest = 500 * time.Millisecond

	// most is how many rows are sealed at once; the journal is handed out in smaller
	// lots, so it matters only for rows that a lost place passed over.
	most = 1000

	// keepEvery is how many rows lie between heads that are kept, about: a head is
	// what narrows down where something was altered together with its hashes.
	keepEvery = 1000

	// look is how often the clerk looks for a new day.
	look = time.Minute

	// late is from when on Ready complains.
	late = time.Minute
)

var errBroken = errors.New("seal: the sealed rows do not fit the newest head, so nothing more is sealed: fengsui admin verify says what was altered")

// Run seals until ctx ends or the store fails.
func (s *Sealer) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wait sync.WaitGroup
	for _, loop := range []func(context.Context) error{s.follow, s.clerk, s.watch} {
		wait.Go(func() { stop(loop(ctx)) })
	}
	wait.Wait()
	return context.Cause(ctx)
}

// Public is the public key as it is handed out.
func (s *Sealer) Public() string { return s.signer.pub }

// follow seals what the journal hands out.
func (s *Sealer) follow(ctx context.Context) error {
	read := func(ctx context.Context, rows []store.Entry) (func(*store.Tx) error, error) {
		last := rows[len(rows)-1].Pos
		if last == s.c.DB.Head() {
			pause := time.NewTimer(rest)
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
				return nil, context.Cause(ctx)
			}
		}
		return s.seal(ctx, last)
	}
	return s.c.DB.Follow(ctx, store.Reader{Name: reader, Log: s.c.Log, Read: read, Kept: func() {}})
}

// seal makes leaves of the rows behind the newest leaf, up to last: what the reader's
// place says is not trusted, and the rows are read again with every column.
func (s *Sealer) seal(ctx context.Context, last int64) (keep func(*store.Tx) error, err error) {
	var t tree
	var leaves []leaf
	var hashes []tlog.Hash
	first := int64(0) // of the hashes
	err = s.c.DB.View(ctx, func(tx *store.Tx) error {
		pos, err := load(tx.Query, &t)
		if err != nil {
			return err
		}
		first = tlog.StoredHashCount(t.size)
		var fresh []row
		err = each(tx.Query, func(r *row) error {
			fresh = append(fresh, r.clone())
			return nil
		}, `SELECT `+sqlColumns+` FROM journal WHERE pos > $1 AND pos <= $2 ORDER BY pos LIMIT $3`, pos, last, most)
		if err != nil {
			return err
		}
		salts := make([]byte, 2*saltSize*len(fresh))
		if _, err := rand.Read(salts); err != nil {
			return err
		}
		var c coder
		nth := map[string]int64{}
		for i := range fresh {
			r := &fresh[i]
			l := leaf{n: t.size, pos: r.number(colPos), salt: salts[2*saltSize*i : 2*saltSize*(i+1)]}
			if w := string(r[colWarning]); w != "" {
				if _, known := nth[w]; !known {
					if nth[w], err = one[int64](tx.Query, sqlNth, w, l.pos); err != nil {
						return err
					}
				}
				nth[w]++
				l.nth = nth[w]
			}
			l.hint = c.hints(l.salt, r)
			t.add(c.hash(&l, r), func(_ int, h tlog.Hash) tlog.Hash {
				hashes = append(hashes, h)
				return h
			})
			leaves = append(leaves, l)
		}
		return nil
	})
	if err != nil || len(leaves) == 0 {
		return func(*store.Tx) error { return nil }, err
	}
	return func(tx *store.Tx) error {
		for _, l := range leaves {
			if _, err := tx.Exec(`INSERT INTO seal_leaf (leaf, pos, nth, salt, origin, content, hint) VALUES ($1,$2,$3,$4,$5,$5,$6)`,
				l.n, l.pos, l.nth, l.salt, []byte{}, l.hint); err != nil {
				return err
			}
		}
		for i, h := range hashes {
			if _, err := tx.Exec(`INSERT INTO seal_hash (id, hash) VALUES ($1,$2)`, first+int64(i), h[:]); err != nil {
				return err
			}
		}
		return s.sign(tx, head{size: t.size, root: t.root()}, "")
	}, nil
}

const sqlNth = `SELECT COALESCE((SELECT l.nth FROM journal j JOIN seal_leaf l ON l.pos = j.pos WHERE j.warning = $1 AND j.warning <> '' AND j.pos < $2 ORDER BY j.pos DESC LIMIT 1), 0)`

// load reads the tree as it was sealed and the position of its last row, and
// compares it with the newest head.
func load(q query, t *tree) (pos int64, err error) {
	var n int64
	switch err := scan(q, []any{&n, &pos}, `SELECT leaf, pos FROM seal_leaf ORDER BY leaf DESC LIMIT 1`); {
	case err == nil:
		t.size = n + 1
	case !errors.Is(err, sql.ErrNoRows):
		return 0, err
	}
	for _, id := range edges(t.size) {
		h, err := hash(q, id)
		if errors.Is(err, sql.ErrNoRows) {
			return 0, errBroken
		}
		if err != nil {
			return 0, err
		}
		t.edge = append(t.edge, h)
	}
	signed, err := one[string](q, `SELECT note FROM seal_head ORDER BY at DESC LIMIT 1`)
	if errors.Is(err, sql.ErrNoRows) {
		// Neither a head nor a leaf, or one of them was taken away.
		if t.size == 0 {
			return 0, nil
		}
		return 0, errBroken
	}
	if err != nil {
		return 0, err
	}
	if h, err := bodyOf(signed); err != nil || h.size != t.size || h.root != t.root() {
		return 0, errBroken
	}
	return pos, nil
}

// sign writes a head as the newest; a day makes it that day's. The one before goes
// unless it is kept.
func (s *Sealer) sign(tx *store.Tx, h head, day string) error {
	var at fengsui.Millis
	var size, kept int64
	err := scan(tx.Query, []any{&at, &size, &kept}, `SELECT at, size, kept FROM seal_head ORDER BY at DESC LIMIT 1`)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	keep := 0
	if err != nil || day != "" || h.size/keepEvery != size/keepEvery {
		keep = 1
	}
	if err == nil && kept == 0 {
		if _, err := tx.Exec(`DELETE FROM seal_head WHERE at = $1`, at); err != nil {
			return err
		}
	}
	h.at = max(fengsui.At(time.Now()), at+1) // heads are in order, whatever the clock does
	signed, err := s.signer.head(h)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO seal_key (key, since) VALUES ($1,$2) ON CONFLICT (key) DO NOTHING`, s.signer.pub, h.at); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO seal_head (at, size, note, day, given, kept) VALUES ($1,$2,$3,$4,0,$5)`, h.at, h.size, signed, day, keep)
	return err
}

// clerk hands out a head for each day on which the platform runs.
func (s *Sealer) clerk(ctx context.Context) error {
	told := false
	for {
		err := s.handOut(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// A full disk here must not stop the sealing.
		if err != nil && !told {
			s.c.Log.Warn("a head could not be handed out and is tried again each minute", "err", err)
		}
		told = err != nil
		next := time.NewTimer(look)
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return context.Cause(ctx)
		}
	}
}

func (s *Sealer) handOut(ctx context.Context) error {
	today := time.Now().In(fengsui.Civil).Format(time.DateOnly)
	var t tree
	fresh := false
	err := s.c.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := load(tx.Query, &t); err != nil {
			return err
		}
		n, err := one[int64](tx.Query, `SELECT COUNT(*) FROM seal_head WHERE day <> '' AND day = $1`, today)
		fresh = n == 0 && t.size > 0
		return err
	})
	if err != nil {
		return err
	}
	if fresh {
		err := s.c.DB.Keep(ctx, func(tx *store.Tx) error {
			// The reader may have sealed more meanwhile.
			t = tree{}
			if _, err := load(tx.Query, &t); err != nil {
				return err
			}
			return s.sign(tx, head{size: t.size, root: t.root()}, today)
		})
		if err != nil {
			return err
		}
	}
	var day, signed string
	for {
		err := s.c.DB.View(ctx, func(tx *store.Tx) error {
			return scan(tx.Query, []any{&day, &signed}, `SELECT day, note FROM seal_head WHERE day <> '' AND given = 0 ORDER BY day LIMIT 1`)
		})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, _, err := s.c.Blob.Put(ctx, HeadsDir+day+".note", bytes.NewReader([]byte(signed))); err != nil {
			return err
		}
		err = s.c.DB.Keep(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE seal_head SET given = 1 WHERE day <> '' AND day = $1`, day)
			return err
		})
		if err != nil {
			return err
		}
	}
}

// Latest is the newest head, with an empty Note while there is none.
func (s *Sealer) Latest(ctx context.Context, scope fengsui.Scope) (fengsui.Head, error) {
	list, _, err := s.heads(ctx, scope, `ORDER BY at DESC LIMIT 1`)
	if err != nil || len(list) == 0 {
		return fengsui.Head{}, err
	}
	return list[0], nil
}

// Heads lists the heads that are kept, newest first, and how many there are. They
// are the whole district's: a narrower scope sees none.
func (s *Sealer) Heads(ctx context.Context, scope fengsui.Scope, p fengsui.Page) ([]fengsui.Head, int, error) {
	return s.heads(ctx, scope, `WHERE kept = 1 ORDER BY at DESC LIMIT $1 OFFSET $2`, p.Limit, p.Offset)
}

func (s *Sealer) heads(ctx context.Context, scope fengsui.Scope, which string, args ...any) (list []fengsui.Head, total int, err error) {
	if !scope.All {
		return nil, 0, nil
	}
	err = s.c.DB.View(ctx, func(tx *store.Tx) error {
		if total, err = one[int](tx.Query, `SELECT COUNT(*) FROM seal_head WHERE kept = 1`); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT at, size, day, note FROM seal_head `+which, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var h fengsui.Head
			if err := rows.Scan(&h.At, &h.Size, &h.Day, &h.Note); err != nil {
				return err
			}
			list = append(list, h)
		}
		return rows.Err()
	})
	return list, total, err
}

// Ready says why rows are not sealed at the moment, or what the last verification of
// the whole found (A41).
func (s *Sealer) Ready(ctx context.Context) error {
	err := s.c.DB.View(ctx, func(tx *store.Tx) error {
		var t tree
		pos, err := load(tx.Query, &t)
		if err != nil {
			return err
		}
		at, err := one[fengsui.Millis](tx.Query, `SELECT COALESCE((SELECT at FROM journal WHERE pos > $1 ORDER BY pos LIMIT 1), 0)`, pos)
		if err == nil && at > 0 && fengsui.At(time.Now())-at > fengsui.Millis(late.Milliseconds()) {
			err = fmt.Errorf("the seal is %d journal rows behind", s.c.DB.Head()-pos)
		}
		return err
	})
	if err != nil {
		return err
	}
	c, err := s.Checked(ctx, fengsui.Everything())
	if err == nil && c.Faults > 0 {
		err = fmt.Errorf("the verification of %s found %d faults, the first %s: fengsui admin verify names them all", c.At.Time().In(fengsui.Civil).Format(time.DateTime), c.Faults, c.First)
	}
	return err
}

// Erase takes the personal part out of sealed journal rows: who did it from where,
// the reason, and what it was before and after. Time, object, act, role and place
// stay, and the leaf with them. The reason of the erasing is a journal row, without
// which Verify takes the row for destroyed.
func (s *Sealer) Erase(ctx context.Context, scope fengsui.Scope, by fengsui.Actor, why string, positions ...int64) error {
	if !scope.All {
		return fengsui.Errorf(fengsui.NotFound, "no_entry", "there is no such journal row")
	}
	if why == "" || len(positions) == 0 {
		return fengsui.Errorf(fengsui.Invalid, "no_reason", "say which journal rows are erased, and why")
	}
	return s.c.DB.Change(ctx, func(tx *store.Tx) error {
		for _, pos := range positions {
			if err := erase(tx, by, why, pos); err != nil {
				return err
			}
		}
		return nil
	})
}

// What an erasing is called in the journal.
const (
	kindRow   = "journal"
	actErased = "erased"
)

func erase(tx *store.Tx, by fengsui.Actor, why string, pos int64) error {
	var l leaf
	err := scan(tx.Query, []any{&l.n, &l.pos, &l.nth, &l.salt}, `SELECT leaf, pos, nth, salt FROM seal_leaf WHERE pos = $1`, pos)
	if errors.Is(err, sql.ErrNoRows) {
		return fengsui.Errorf(fengsui.NotFound, "not_sealed", "journal row %d is not there or not sealed yet", pos)
	}
	if err != nil {
		return err
	}
	if l.erased() {
		return fengsui.Errorf(fengsui.Conflict, "erased", "journal row %d was erased before", pos)
	}
	var r row
	if err := each(tx.Query, func(x *row) error { r = x.clone(); return nil }, `SELECT `+sqlColumns+` FROM journal WHERE pos = $1`, pos); err != nil {
		return err
	}
	if string(r[colKind]) == kindRow && string(r[colAct]) == actErased {
		return fengsui.Errorf(fengsui.Invalid, "erasing", "journal row %d says what was erased and why; it stays", pos)
	}
	sealed, err := hash(tx.Query, tlog.StoredHashIndex(0, l.n))
	if err != nil {
		return err
	}
	var c coder
	if !l.sound() || r[colPos] == nil || c.hash(&l, &r) != sealed {
		return fengsui.Errorf(fengsui.Conflict, "altered", "journal row %d is not what was sealed: erasing it would hide that; fengsui admin verify says more", pos)
	}
	o, t := c.parts(&l, &r)
	if _, err := tx.Exec(`UPDATE seal_leaf SET salt = $1, origin = $2, content = $3, hint = $1 WHERE leaf = $4`, []byte{}, o[:], t[:], l.n); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE journal SET by_user='', by_from='', key='', call='', by_name='', why='', before='', after='', tell='' WHERE pos = $1`, pos); err != nil {
		return err
	}
	change := fengsui.Change{Of: fengsui.Ref{Kind: kindRow, ID: fengsui.ID(strconv.FormatInt(pos, 10))}, Act: actErased, By: by, Why: why,
		Warning: fengsui.ID(r[colWarning]), Enterprise: fengsui.ID(r[colWarning+1]), Zone: fengsui.ID(r[colWarning+2]),
		Sector: fengsui.Sector(r[colWarning+3]), Level: fengsui.Level(r.number(colWarning + 4))}
	return tx.Record(change)
}
