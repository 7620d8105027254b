package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"fengsui"
)

// Entry is one journal row as it was written.
type Entry struct {
	Pos        int64           `json:"pos"`
	At         fengsui.Millis  `json:"at"`
	Of         fengsui.Ref     `json:"of"`
	Act        string          `json:"act"`
	By         fengsui.Actor   `json:"by"`
	Why        string          `json:"why,omitempty"`
	Before     json.RawMessage `json:"before,omitempty"`
	After      json.RawMessage `json:"after,omitempty"`
	Tell       []fengsui.Step  `json:"tell,omitempty"`
	Warning    fengsui.ID      `json:"warning,omitempty"`
	Enterprise fengsui.ID      `json:"enterprise,omitempty"`
	Zone       fengsui.ID      `json:"zone,omitempty"`
	Sector     fengsui.Sector  `json:"sector,omitempty"`
	Peak       fengsui.Level   `json:"peak,omitempty"`
}

// Repeated is the error of a Change whose Idempotency-Key is in the journal
// already: the first call was carried out, ask ByKey for it.
var Repeated = fengsui.Errorf(fengsui.Conflict, "repeated", "this call was carried out before")

// sqlRecord gives the next position. Writers run one at a time, so positions are the
// order of commits and have no holes, in either engine.
const sqlRecord = `INSERT INTO journal (pos, at, kind, object, act, by_user, by_name, by_role, by_from, why, before, after, tell, warning, enterprise, zone, sector, peak, key, call)
	VALUES ((SELECT COALESCE(MAX(pos),0) + 1 FROM journal),$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19) RETURNING pos`

// sqlRecorded finds a row that was recorded. The position alone does not name it: when
// the database lost the one, another's row may stand there.
const sqlRecorded = `SELECT COUNT(*) FROM journal WHERE pos = $1 AND at = $2 AND kind = $3 AND object = $4 AND act = $5 AND by_user = $6 AND why = $7 AND before = $8 AND after = $9 AND tell = $10`

// Record writes the journal row of a change.
func (t *Tx) Record(c fengsui.Change) error {
	if !t.journal {
		return errors.New("store: Record outside Change")
	}
	before, err := jsonText(c.Before)
	if err != nil {
		return err
	}
	after, err := jsonText(c.After)
	if err != nil {
		return err
	}
	tell := ""
	if len(c.Tell) > 0 {
		if tell, err = jsonText(c.Tell); err != nil {
			return err
		}
	}
	if c.At == 0 {
		c.At = nowMillis()
	}
	key, call := c.By.Key, c.By.Call
	if t.pos != 0 {
		key, call = "", "" // the call's first row carries its key
	}
	pos := int64(0)
	err = t.QueryRow(sqlRecord,
		c.At, c.Of.Kind, c.Of.ID, c.Act, c.By.User, c.By.Name, c.By.Role, c.By.From, c.Why, before, after, tell,
		c.Warning, c.Enterprise, c.Zone, c.Sector, c.Level, key, call).Scan(&pos)
	if err != nil {
		if key != "" && Unique(err) {
			return Repeated
		}
		return fmt.Errorf("write journal: %w", err)
	}
	t.pos = pos
	t.row = []any{pos, c.At, c.Of.Kind, c.Of.ID, c.Act, c.By.User, c.Why, before, after, tell}
	return nil
}

func jsonText(v any) (string, error) {
	if v == nil {
		return "", nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

const entryColumns = `pos, at, kind, object, act, by_user, by_name, by_role, by_from, why, before, after, tell, warning, enterprise, zone, sector, peak`

var journalColumns = Columns{Enterprise: "enterprise", Zone: "zone", Sector: "sector", Peak: "peak"}

// Filter chooses journal rows. Zero fields choose all.
type Filter struct {
	After   int64 // positions above it
	Upto    int64 // positions up to it, so that what is written meanwhile moves no page
	Pos     []int64
	Warning fengsui.ID
	Object  fengsui.ID
	Firm    fengsui.ID // enterprise that it belongs to
	Kind    string
	Act     string
	Without []string // kinds that are left out
	User    fengsui.ID
	Person  string // in the name of the person who acted
	From    fengsui.Millis
	To      fengsui.Millis // exclusive
	Newest  bool           // newest first
	Offset  int
	Limit   int // 0: 500
}

// Entries reads journal rows inside a scope, oldest first unless asked
// otherwise, and how many there are in all when f.Limit is set and f.After is
// not.
func (d *DB) Entries(ctx context.Context, s fengsui.Scope, f Filter) (list []Entry, total int, err error) {
	where, args := Scoped(s, journalColumns, nil)
	add := func(cond string, v any) {
		args = append(args, v)
		where += fmt.Sprintf(" AND "+cond, len(args))
	}
	if f.After > 0 {
		add("pos > $%d", f.After)
	}
	if f.Upto > 0 {
		add("pos <= $%d", f.Upto)
	}
	if len(f.Pos) > 0 {
		in := make([]string, len(f.Pos))
		for i, pos := range f.Pos {
			args = append(args, pos)
			in[i] = fmt.Sprintf("$%d", len(args))
		}
		where += " AND pos IN (" + strings.Join(in, ",") + ")"
	}
	if f.Warning != "" {
		add("warning <> '' AND warning = $%d", f.Warning)
	}
	if f.Object != "" {
		add("object = $%d", f.Object)
	}
	if f.Firm != "" {
		add("enterprise = $%d", f.Firm)
	}
	if f.Kind != "" {
		add("kind = $%d", f.Kind)
	}
	if f.Act != "" {
		add("act = $%d", f.Act)
	}
	for _, kind := range f.Without {
		add("kind <> $%d", kind)
	}
	if f.User != "" {
		add("by_user <> '' AND by_user = $%d", f.User)
	}
	if f.Person != "" {
		add(`by_user <> '' AND LOWER(by_name) LIKE $%d ESCAPE '\'`, Like(f.Person))
	}
	if f.From > 0 {
		add("at >= $%d", f.From)
	}
	if f.To > 0 {
		add("at < $%d", f.To)
	}
	order := " ORDER BY pos"
	if f.Newest {
		order += " DESC"
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 500
	}
	err = d.View(ctx, func(t *Tx) error {
		if f.Limit > 0 && f.After == 0 {
			if err := t.QueryRow(`SELECT COUNT(*) FROM journal WHERE 1=1`+where, args...).Scan(&total); err != nil {
				return err
			}
		}
		rows, err := t.Query(`SELECT `+entryColumns+` FROM journal WHERE 1=1`+where+order+fmt.Sprintf(" LIMIT %d OFFSET %d", limit, f.Offset), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			e, err := scanEntry(rows)
			if err != nil {
				return err
			}
			list = append(list, e)
		}
		return rows.Err()
	})
	return list, total, err
}

// ByKey finds the journal row that a call with this Idempotency-Key wrote; its
// actor's Call tells which call that was, empty for a row older than migration 002.
func (d *DB) ByKey(ctx context.Context, user fengsui.ID, key string) (e Entry, found bool, err error) {
	err = d.View(ctx, func(t *Tx) error {
		var call string
		e, err = scanEntry(t.QueryRow(`SELECT `+entryColumns+`, call FROM journal WHERE by_user = $1 AND key = $2 AND key <> ''`, user, key), &call)
		e.By.Key, e.By.Call = key, call
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, false, nil
	}
	return e, err == nil, err
}

// Newest is the time of the newest journal row, 0 when there is none.
func (d *DB) Newest(ctx context.Context) (at fengsui.Millis, err error) {
	err = d.View(ctx, func(t *Tx) error {
		return t.QueryRow(`SELECT COALESCE((SELECT at FROM journal ORDER BY pos DESC LIMIT 1),0)`).Scan(&at)
	})
	return at, err
}

func scanEntry(r interface{ Scan(...any) error }, more ...any) (Entry, error) {
	var e Entry
	var before, after, tell string
	err := r.Scan(append([]any{&e.Pos, &e.At, &e.Of.Kind, &e.Of.ID, &e.Act, &e.By.User, &e.By.Name, &e.By.Role, &e.By.From, &e.Why,
		&before, &after, &tell, &e.Warning, &e.Enterprise, &e.Zone, &e.Sector, &e.Peak}, more...)...)
	if err != nil {
		return e, err
	}
	e.Before, e.After = json.RawMessage(before), json.RawMessage(after)
	if tell != "" {
		err = json.Unmarshal([]byte(tell), &e.Tell)
	}
	return e, err
}
