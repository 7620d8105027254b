package warning

import (
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"

	"fengsui"
	"fengsui/fault"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables are the stage's tables: warning, period, step, finding, hold, law.
func Tables() store.Tables {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the path is a constant
	}
	if fault.On(fault.NoUnique) {
		sub = without{sub, "002_unique.sql"}
	}
	return store.Tables{Stage: "warning", FS: sub}
}

// without hides one file: the fault "no unique index".
type without struct {
	fs.FS
	name string
}

func (f without) ReadDir(dir string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(f.FS, dir)
	return slices.DeleteFunc(list, func(e fs.DirEntry) bool { return e.Name() == f.name }), err
}

// row is a warning as it is stored.
type row struct {
	fengsui.Warning
	name    string // lower case, what a search looks in
	wake    fengsui.Millis
	uplinks int
	verdict *cite // the one that holds
}

// cite is a verdict as later steps cite it.
type cite struct {
	At  fengsui.Millis `json:"at"`
	By  string         `json:"by"`
	Why string         `json:"why"`
	To  fengsui.Level  `json:"to"`
	End fengsui.End    `json:"end"`
}

const columns = `id, enterprise, zone, sector, subject, model, model_version, occurrence, after_id, policy, name,
	level, peak, measured, condition, work, ending, late, rung, value, bound, unit, signal_at, raised_at, ended_at,
	period, since, anchor, noticed, supervised, due_at, wake, hold_until, hold_measured, verdict,
	confirmed_at, confirmed_by, assigned_to, shelved_until, merged_into, uplinks, version, holder`

const insertWarning = `INSERT INTO warning (` + columns + `) VALUES
	($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,
	$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42,$43) ON CONFLICT DO NOTHING`

const updateWarning = `UPDATE warning SET level=$1, peak=$2, measured=$3, condition=$4, work=$5, ending=$6, late=$7,
	rung=$8, value=$9, bound=$10, ended_at=$11, period=$12, since=$13, anchor=$14, noticed=$15, supervised=$16,
	due_at=$17, wake=$18, hold_until=$19, hold_measured=$20, verdict=$21, confirmed_at=$22, confirmed_by=$23,
	assigned_to=$24, shelved_until=$25, merged_into=$26, uplinks=$27, version=$28, holder=$29 WHERE id=$30 AND version=$31`

// updateClock is for what a step alone changes.
const updateClock = `UPDATE warning SET noticed=$1, supervised=$2, due_at=$3, wake=$4, uplinks=$5 WHERE id=$6 AND version=$7`

const (
	selectWarning  = `SELECT ` + columns + ` FROM warning WHERE `
	selectLast     = selectWarning + `model=$1 AND subject=$2 ORDER BY occurrence DESC LIMIT 1`
	selectWake     = selectWarning + `level=$1 AND wake>0 ORDER BY wake LIMIT 500` // batchSize; a bound limit makes SQLite prepare twice
	selectEarliest = `WITH l(n) AS (VALUES (1),(2),(3),(4)) SELECT n, COALESCE((SELECT MIN(wake) FROM warning WHERE level=n AND wake>0),0) FROM l
		UNION ALL SELECT measured, MIN(until) FROM hold WHERE until>0 GROUP BY measured`

	insertPeriod = `INSERT INTO period (warning, number, level, began, ended, anchor, noticed, supervised, why) VALUES ($1,$2,$3,$4,0,0,0,0,$5)`
	endPeriod    = `UPDATE period SET ended=$1, anchor=$2, noticed=$3, supervised=$4 WHERE warning=$5 AND number=$6`
	selectPeriod = `SELECT number, level, began, ended, anchor, noticed, supervised, why FROM period WHERE warning=$1 ORDER BY number`

	insertStep = `INSERT INTO step (id, warning, period, kind, number, level, due_at, fired_at, missed, article, told, clock) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) ON CONFLICT DO NOTHING`
	selectStep = `SELECT id, warning, period, kind, number, level, due_at, fired_at, missed, article, told, clock FROM step WHERE warning=$1
		ORDER BY fired_at, period, CASE kind WHEN 'notice' THEN 1 WHEN 'supervise' THEN 2 WHEN 'ended' THEN 3 WHEN 'uplink' THEN 4 ELSE 0 END, number, kind`
	selectTold = `SELECT DISTINCT told FROM step WHERE warning=$1 AND kind<>'uplink' ORDER BY told`

	insertFinding = `INSERT INTO finding (id, partition, seq, place, model, subject, version, warning, level, at, learnt, late, gap_from, gap_to, rung, value, bound, unit, evidence, parts) VALUES ($1,$2,$3,$4,$5,$6,$7,'',$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19) ON CONFLICT DO NOTHING`
	joinFinding   = `UPDATE finding SET warning=$1 WHERE id=$2`
	selectParts   = `SELECT parts FROM finding WHERE warning=$1 AND warning<>'' AND parts<>'' ORDER BY learnt DESC, seq DESC, place DESC LIMIT 1`
	selectFinding = `SELECT partition, seq, place, model, subject, version, level, at, learnt, late, gap_from, gap_to, rung, value, bound, unit, evidence, parts FROM finding WHERE warning=$1 AND warning<>'' ORDER BY learnt, seq, place LIMIT $2 OFFSET $3`

	holdColumns   = `model, subject, warning, held, until, measured, at, rung, value, bound, unit, verdict`
	selectHold    = `SELECT ` + holdColumns + ` FROM hold WHERE model=$1 AND subject=$2`
	selectHoldDue = `SELECT ` + holdColumns + ` FROM hold WHERE until>0 AND until<=$1 AND measured>=$2 ORDER BY measured DESC, until LIMIT 500`
	replaceHold   = `INSERT INTO hold (` + holdColumns + `) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) ON CONFLICT (model, subject) DO UPDATE SET warning=$3, held=$4, until=$5, measured=$6, at=$7, rung=$8, value=$9, bound=$10, unit=$11, verdict=$12`
	deleteHold    = `DELETE FROM hold WHERE model=$1 AND subject=$2`
	putOffHold    = `UPDATE hold SET until=$1 WHERE model=$2 AND subject=$3`
	putOffWarning = `UPDATE warning SET wake=$1 WHERE id=$2`
	openPolicies  = `SELECT DISTINCT policy FROM warning WHERE ended_at=0`
	selectMerged  = selectWarning + `merged_into=$1 AND merged_into<>'' AND ended_at=0`
)

// lastPeriod is the clock with which a level was left last, after $3, in a warning or in
// those before it.
const lastPeriod = `WITH RECURSIVE past (id, after_id) AS (SELECT id, after_id FROM warning WHERE id=$1
	UNION ALL SELECT w.id, w.after_id FROM past JOIN warning w ON w.id=past.after_id WHERE w.ended_at>=$3)
	SELECT p.anchor, p.noticed, p.supervised FROM past JOIN period p ON p.warning=past.id
	WHERE p.level=$2 AND p.ended>=$3 AND p.ended>0 ORDER BY p.ended DESC, p.number DESC LIMIT 1`

// held is a row of the table hold.
type held struct {
	model    string
	subject  fengsui.Subject
	warning  fengsui.ID
	held     fengsui.Level
	until    fengsui.Millis
	measured fengsui.Level
	at       fengsui.Millis
	rung     string
	value    float64
	bound    float64
	unit     string
	verdict  *cite
}

type scanner interface{ Scan(...any) error }

// longer is a row with a column more than the one that is read from it.
type longer struct {
	scanner
	last *string
}

func (l longer) Scan(dst ...any) error { return l.scanner.Scan(append(dst, l.last)...) }

func scanHeld(r scanner) (*held, error) {
	var h held
	var verdict string
	err := r.Scan(&h.model, &h.subject, &h.warning, &h.held, &h.until, &h.measured, &h.at, &h.rung, &h.value, &h.bound, &h.unit, &verdict)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h.verdict, err = readCite(verdict)
	return &h, err
}

func saveHeld(tx *store.Tx, h *held) error {
	_, err := tx.Exec(replaceHold, h.model, h.subject, h.warning, h.held, h.until, h.measured, h.at, h.rung, h.value, h.bound, h.unit, citeText(h.verdict))
	return err
}

// scanWarning reads a row, nil when there is none.
func scanWarning(r scanner) (*row, error) {
	var w row
	var verdict string
	err := r.Scan(&w.ID, &w.Enterprise, &w.Zone, &w.Sector, &w.Subject, &w.Model, &w.ModelVersion, &w.Occurrence, &w.After, &w.Policy, &w.name,
		&w.Level, &w.Peak, &w.Measured, &w.Condition, &w.Work, &w.End, &w.Late, &w.Rung, &w.Value, &w.Limit, &w.Unit, &w.SignalAt, &w.RaisedAt, &w.EndedAt,
		&w.Period, &w.Since, &w.Clock.Anchor, &w.Clock.Noticed, &w.Clock.Supervised, &w.DueAt, &w.wake, &w.HoldUntil, &w.HoldMeasured, &verdict,
		&w.ConfirmedAt, &w.ConfirmedBy, &w.AssignedTo, &w.ShelvedUntil, &w.MergedInto, &w.uplinks, &w.Version, &w.Holder)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w.verdict, err = readCite(verdict)
	return &w, err
}

// insert reports false when the unique index knows an open warning already.
func (w *row) insert(tx *store.Tx) (bool, error) {
	n, err := tx.Exec(insertWarning, w.ID, w.Enterprise, w.Zone, w.Sector, w.Subject, w.Model, w.ModelVersion, w.Occurrence, w.After, w.Policy, w.name,
		w.Level, w.Peak, w.Measured, w.Condition, w.Work, w.End, bit(w.Late), w.Rung, w.Value, w.Limit, w.Unit, w.SignalAt, w.RaisedAt, w.EndedAt,
		w.Period, w.Since, w.Clock.Anchor, w.Clock.Noticed, bit(w.Clock.Supervised), w.DueAt, w.wake, w.HoldUntil, w.HoldMeasured, citeText(w.verdict),
		w.ConfirmedAt, w.ConfirmedBy, w.AssignedTo, w.ShelvedUntil, w.MergedInto, w.uplinks, w.Version, w.Holder)
	return n == 1, err
}

// update writes what may change. version is the one that was read.
func (w *row) update(tx *store.Tx, version int64) error {
	n, err := tx.Exec(updateWarning, w.Level, w.Peak, w.Measured, w.Condition, w.Work, w.End, bit(w.Late), w.Rung, w.Value, w.Limit,
		w.EndedAt, w.Period, w.Since, w.Clock.Anchor, w.Clock.Noticed, bit(w.Clock.Supervised), w.DueAt, w.wake, w.HoldUntil, w.HoldMeasured, citeText(w.verdict),
		w.ConfirmedAt, w.ConfirmedBy, w.AssignedTo, w.ShelvedUntil, w.MergedInto, w.uplinks, w.Version, w.Holder, w.ID, version)
	if err == nil && n != 1 {
		return errChanged
	}
	return err
}

// sameButClock reports whether nothing but the clock moved.
func (w *row) sameButClock(old *row) bool {
	same := *w
	same.Clock, same.DueAt, same.wake, same.uplinks = old.Clock, old.DueAt, old.wake, old.uplinks
	return same == *old
}

func (w *row) updateClock(tx *store.Tx, version int64) error {
	n, err := tx.Exec(updateClock, w.Clock.Noticed, bit(w.Clock.Supervised), w.DueAt, w.wake, w.uplinks, w.ID, version)
	if err == nil && n != 1 {
		return errChanged
	}
	return err
}

func scanStep(r scanner) (fengsui.Step, error) {
	var s fengsui.Step
	var told string
	err := r.Scan(&s.ID, &s.Warning, &s.Period, &s.Kind, &s.Number, &s.Level, &s.DueAt, &s.FiredAt, &s.Missed, &s.Article, &told)
	if err == nil {
		err = json.Unmarshal([]byte(told), &s.To)
	}
	return s, err
}

func scanTimedStep(r scanner) (fengsui.Step, error) {
	var clock string
	s, err := scanStep(longer{r, &clock})
	s.Clock = clock
	return s, err
}

func citeText(c *cite) string {
	if c == nil {
		return ""
	}
	b, _ := json.Marshal(c) // plain strings and numbers cannot fail
	return string(b)
}

func readCite(text string) (*cite, error) {
	if text == "" {
		return nil, nil
	}
	c := new(cite)
	return c, json.Unmarshal([]byte(text), c)
}

// bit is a bool as both engines store it.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
