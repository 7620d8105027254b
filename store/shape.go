package store

import (
	"cmp"
	"context"
	"database/sql"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// What tables there are, as the databases themselves say it: one query an engine with
// the rows (table, column, declared type, place in the primary key or 0), and one with
// the rows (table, table that it refers to).
const (
	sqlShapeSQLite = `SELECT m.name, c.name, LOWER(c.type), c.pk FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY m.name, c.cid`
	sqlRefersSQLite = `SELECT DISTINCT m.name, f."table" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`

	sqlShapePostgres = `SELECT c.relname, a.attname, format_type(a.atttypid, -1), COALESCE(array_position(i.indkey::int2[], a.attnum), -1) + 1
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname, a.attnum`
	sqlRefersPostgres = `SELECT DISTINCT c.relname, f.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
		WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace`
)

// versions is before the name of a stage: the table in which goose keeps what was done.
const versions = "version_"

// table is one table of a database.
type table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`

	types []string // as declared, lower case
	key   []string // columns of the primary key, in its order
}

// shape reads which tables there are, those that others refer to first.
func shape(ctx context.Context, tx *sql.Tx, columns, refers string) ([]table, error) {
	var list []table
	type part struct {
		column string
		nth    int
	}
	keys := map[string][]part{}
	err := scan(ctx, tx, columns, func(scan func(...any) error) error {
		var name, column, kind string
		var key int
		if err := scan(&name, &column, &kind, &key); err != nil {
			return err
		}
		if n := len(list); n == 0 || list[n-1].Name != name {
			list = append(list, table{Name: name})
		}
		t := &list[len(list)-1]
		t.Columns, t.types = append(t.Columns, column), append(t.types, kind)
		if key > 0 {
			keys[name] = append(keys[name], part{column, key})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		parts := keys[list[i].Name]
		slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.nth, b.nth) })
		for _, p := range parts {
			list[i].key = append(list[i].key, p.column)
		}
	}
	needs := map[string][]string{}
	err = scan(ctx, tx, refers, func(scan func(...any) error) error {
		var from, to string
		err := scan(&from, &to)
		if from != to {
			needs[from] = append(needs[from], to)
		}
		return err
	})
	return parentsFirst(list, needs), err
}

func scan(ctx context.Context, tx *sql.Tx, query string, row func(scan func(...any) error) error) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// parentsFirst puts tables behind those that they need; of a ring it keeps the order.
func parentsFirst(list []table, needs map[string][]string) []table {
	at := map[string]table{}
	for _, t := range list {
		at[t.Name] = t
	}
	out, seen := make([]table, 0, len(list)), map[string]bool{}
	var put func(string)
	put = func(name string) {
		t, ok := at[name]
		if !ok || seen[name] {
			return
		}
		seen[name] = true
		for _, n := range needs[name] {
			put(n)
		}
		out = append(out, t)
	}
	for _, t := range list {
		put(t.Name)
	}
	return out
}

// Newest is the number of the stage's newest migration.
func (t Tables) Newest() (newest int64) {
	for n := range t.migrations() {
		newest = max(newest, n)
	}
	return newest
}

// migrations are the stage's files by their numbers.
func (t Tables) migrations() map[int64]string {
	files, _ := fs.Glob(t.FS, "*.sql")
	by := make(map[int64]string, len(files))
	for _, f := range files {
		number, _, _ := strings.Cut(f, "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			by[n] = f
		}
	}
	return by
}

// Versions are the newest migrations of a database by stage; none when it is new. As
// with Look nothing is made or written.
func Versions(ctx context.Context, place string) (of map[string]int64, err error) {
	err = Look(ctx, place, func(tx *Tx) error {
		of, err = tx.versions()
		return err
	})
	return of, err
}

func (t *Tx) versions() (map[string]int64, error) {
	list, err := t.db.shape(t.ctx, t.tx)
	if err != nil {
		return nil, err
	}
	of := map[string]int64{}
	for _, x := range list {
		stage, ok := strings.CutPrefix(x.Name, versions)
		if !ok {
			continue
		}
		var n int64
		if err := t.QueryRow(`SELECT COALESCE(MAX(version_id), 0) FROM ` + x.Name).Scan(&n); err != nil {
			return nil, err
		}
		of[stage] = n
	}
	return of, nil
}

// Size is how many bytes a database takes on its disk.
func Size(ctx context.Context, place string) (n int64, err error) {
	err = Look(ctx, place, func(tx *Tx) error {
		text := `SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)`
		if IsURL(place) {
			text = `SELECT pg_database_size(current_database())`
		}
		return tx.QueryRow(text).Scan(&n)
	})
	return n, err
}
