package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// additive marks a migration beside which programs go on that do not know it: it adds
// tables, columns with a default or indexes, and changes nothing that is there.
const additive = "-- +additive"

// Least is the newest migration of the stage that is not marked additive: what a program
// must know at least to work with the tables as this one leaves them.
func (t Tables) Least() (least int64) {
	for n, file := range t.migrations() {
		if n > least && !marked(t.FS, file) {
			least = n
		}
	}
	return least
}

func marked(from fs.FS, file string) bool {
	f, err := from.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.TrimSpace(lines.Text()) == additive {
			return true
		}
	}
	return false
}

var errUsed = errors.New("other processes of the platform work with the records, and the upgrade changes what they read: end them all, then start this one")

// Readers say of each stage of a database what a program must know of it at least, as far
// as the programs said that worked on it. As with Look nothing is made or written.
func Readers(ctx context.Context, place string) (least map[string]int64, err error) {
	err = Look(ctx, place, func(tx *Tx) error {
		least, err = tx.readers()
		return err
	})
	return least, err
}

func (t *Tx) readers() (map[string]int64, error) {
	least := map[string]int64{}
	list, err := t.db.shape(t.ctx, t.tx)
	if err != nil || !slices.ContainsFunc(list, func(x table) bool { return x.Name == "reader" }) {
		return least, err
	}
	rows, err := t.Query(`SELECT stage, least FROM reader`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var stage string
		var n int64
		if err := rows.Scan(&stage, &n); err != nil {
			return nil, err
		}
		least[stage] = n
	}
	return least, rows.Err()
}

// upgrade brings the tables to their newest version. A database is refused that a newer program has changed so that it would be read
// wrongly. A stage that is not among those known is for the caller to judge.
func (d *DB) upgrade(ctx context.Context, stages []Tables) error {
	var of, least map[string]int64
	look := func() error {
		return d.View(ctx, func(tx *Tx) (err error) {
			if of, err = tx.versions(); err == nil {
				least, err = tx.readers()
			}
			return err
		})
	}
	// changes says that there is something to be made beside which nobody goes on.
	changes := func() bool {
		return len(of) > 0 && slices.ContainsFunc(stages, func(t Tables) bool { return of[t.Stage] < t.Least() })
	}
	if err := look(); err != nil {
		return err
	}
	for _, t := range stages {
		is, known := of[t.Stage], t.Newest()
		if is <= known {
			continue
		}
		if n, noted := least[t.Stage]; !noted || n > known {
			return fmt.Errorf("the records were written by a newer fengsui: %s is at version %d and this program knows %d; start the newer program, or restore what was kept before the upgrade", t.Stage, is, known)
		}
	}
	if changes() {
		release, err := d.alone(ctx)
		if errors.Is(err, errUsed) {
			// They may have made it: several new ones were started together.
			if again := look(); again != nil || changes() {
				return errors.Join(err, again)
			}
		} else if err != nil {
			return err
		} else {
			defer release()
		}
	}
	return d.migrate(ctx, stages, nil)
}

// note writes down which programs can read the tables as they are now.
func (d *DB) note(ctx context.Context, stages []Tables) error {
	var of, least map[string]int64
	err := d.View(ctx, func(tx *Tx) (err error) {
		if of, err = tx.versions(); err == nil {
			least, err = tx.readers()
		}
		return err
	})
	if err != nil {
		return err
	}
	news := slices.DeleteFunc(slices.Clone(stages), func(t Tables) bool {
		n, noted := least[t.Stage]
		return of[t.Stage] > t.Newest() || noted && n >= t.Least()
	})
	if len(news) == 0 {
		return nil
	}
	return d.Keep(ctx, func(tx *Tx) error {
		for _, t := range news {
			if _, err := tx.Exec(`INSERT INTO reader (stage, least) VALUES ($1, $2) ON CONFLICT (stage) DO UPDATE SET least = excluded.least WHERE reader.least < excluded.least`, t.Stage, t.Least()); err != nil {
				return err
			}
		}
		return nil
	})
}
