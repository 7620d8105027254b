// Package complaint takes in complaints, reports and leads (投诉举报、问题线索, A42) from
// the public, without an account, and from officers who take one down; hands them to a
// party, keeps its answer, closes them.
//
// Who reported something is sealed and stands in no list, no journal row and no message;
// an officer who must know asks for it, and each look is journalled; it can be erased, and
// the complaint stays. What comes over the
// public page carries no address. A receipt's secret is made of the complaint's own id and
// a key, so that it is kept nowhere and a repeated call hears the same one.
//
// Everyone whose work it is sees all of them, a zone or a regulator those that were handed
// to it, an enterprise none: it may be the one that is complained about. The journal keeps
// what was done with which number, never the words of the report, but their hash.
//
// The rules are data, policy/*.yaml. The package owns no goroutines.
package complaint

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed policy/*.yaml
var policies embed.FS

// Tables is what this stage keeps; all of it changes by acts.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "complaint", FS: sub}
}

// Config plugs complaints into the platform.
type Config struct {
	DB       *store.DB
	District func() *fengsui.District
	Rules    *fengsui.ComplaintRules // [the shipped ones]
	Seal     cipher.AEAD             // of reporters; its nonce is its own matter (NonceSize 0)
	Secret   []byte                  // 32 bytes: makes the secrets of receipts
}

// Desk keeps the complaints.
type Desk struct{ c Config }

// New checks the rules and makes a Desk.
func New(c Config) (*Desk, error) {
	if c.DB == nil || c.District == nil || c.Seal == nil || c.Seal.NonceSize() != 0 || len(c.Secret) != 32 {
		return nil, errors.New("complaint: DB, District, a Seal that makes its own nonces and a Secret of 32 bytes are needed")
	}
	if c.Rules == nil {
		b, err := policies.ReadFile("policy/binhai.yaml")
		if err != nil {
			return nil, err
		}
		if c.Rules, err = Parse(b); err != nil {
			return nil, err
		}
	}
	return &Desk{c}, nil
}

// Parse reads rules and says what is wrong with them.
func Parse(b []byte) (*fengsui.ComplaintRules, error) {
	r := new(fengsui.ComplaintRules)
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("complaint rules: %w", err)
	}
	if r.Name == "" || r.Version <= 0 || r.Source == "" || min(r.Text, r.Place, r.Contact, r.Daily) <= 0 || min(r.Assign, r.Answer, r.Close) <= 0 || len(r.Topics) == 0 || len(r.Outcomes) == 0 {
		return nil, errors.New("complaint rules: name, version, source, sizes, daily, times, topics and outcomes are needed")
	}
	for _, list := range [][]fengsui.ComplaintTopic{r.Topics, r.Outcomes} {
		keys := map[string]bool{}
		for _, x := range list {
			if x.Key == "" || keys[x.Key] || x.Text.Zh == "" || x.Text.En == "" {
				return nil, fmt.Errorf("complaint rules: %q needs a key of its own and a text in zh and en", x.Key)
			}
			keys[x.Key] = true
		}
	}
	return r, nil
}

// Rules are the rules in force.
func (d *Desk) Rules() *fengsui.ComplaintRules { return d.c.Rules }

// Kinds of steps by which the parties hear of a complaint; no message says what it is.
const (
	StepNew      fengsui.StepKind = "complaint_new"      // the bureau
	StepAssigned fengsui.StepKind = "complaint_assigned" // the party that is to deal with it
	StepAnswered fengsui.StepKind = "complaint_answered" // the bureau
)

const (
	maxText = 4000 // of an officer, characters

	sqlInsert = `INSERT INTO complaint (id, number, at, via, topic, state, party, due, body, reporter, version) VALUES ($1,$2,$3,$4,$5,$6,'',$7,$8,$9,$10)`
	sqlErase  = `UPDATE complaint SET reporter = $2 WHERE id = $1`
	sqlSave   = `UPDATE complaint SET state = $3, party = $4, due = $5, body = $6, version = version + 1 WHERE id = $1 AND version = $2`
)

var (
	errStale     = fengsui.Errorf(fengsui.Conflict, "stale", "someone changed this meanwhile: load it again and repeat what is still right")
	errNone      = fengsui.Errorf(fengsui.NotFound, "no_complaint", "there is no such complaint, or it is not yours to see")
	errNoReceipt = fengsui.Errorf(fengsui.NotFound, "no_receipt", "number and code of the receipt do not belong together: type both as they stand on it")
	errClosed    = fengsui.Errorf(fengsui.Conflict, "complaint_state", "the complaint does not stand so any more that this could be done: load it again")
)

func now() fengsui.Millis { return fengsui.At(time.Now()) }

// said checks a text.
func said(text string, most int, must bool) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case must && text == "":
		return "", fengsui.Errorf(fengsui.Invalid, "text_missing", "write what was found or done: the text must not be empty")
	case !utf8.ValidString(text) || utf8.RuneCountInString(text) > most:
		return "", fengsui.Errorf(fengsui.Invalid, "text_too_long", "the text must be readable and at most %d characters long", most)
	}
	return text, nil
}

// Report takes in what the public page sends. key is the call's Idempotency-Key and call
// its hash: a repeat is the store's Repeated, and Again finds its receipt.
func (d *Desk) Report(ctx context.Context, key, call string, in fengsui.Intake) (fengsui.Receipt, error) {
	return d.take(ctx, fengsui.Actor{Name: "public", Key: key, Call: call}, "public", in)
}

// TakeDown takes down what came by telephone, letter or in person.
func (d *Desk) TakeDown(ctx context.Context, s fengsui.Scope, by fengsui.Actor, in fengsui.Intake) (fengsui.Receipt, error) {
	if err := s.Allow(fengsui.ActIntake, fengsui.None); err != nil {
		return fengsui.Receipt{}, err
	}
	return d.take(ctx, by, "desk", in)
}

func (d *Desk) take(ctx context.Context, by fengsui.Actor, via string, in fengsui.Intake) (fengsui.Receipt, error) {
	r := d.c.Rules
	c := fengsui.Complaint{ID: fengsui.NewID(), Kind: in.Kind, Topic: in.Topic, Via: via, At: now(), State: fengsui.ComplaintNew, Version: 1}
	var err1, err2, err3 error
	c.Text, err1 = said(in.Text, r.Text, true)
	c.Place, err2 = said(in.Place, r.Place, false)
	in.Contact, err3 = said(in.Contact, r.Contact, false)
	if err := cmpErr(err1, err2, err3); err != nil {
		return fengsui.Receipt{}, err
	}
	if !slices.Contains([]string{"complaint", "report", "lead"}, c.Kind) {
		return fengsui.Receipt{}, fengsui.Errorf(fengsui.Invalid, "complaint_kind", "choose whether it is a complaint, a report or a lead")
	}
	if !slices.ContainsFunc(r.Topics, func(t fengsui.ComplaintTopic) bool { return t.Key == c.Topic }) {
		return fengsui.Receipt{}, fengsui.Errorf(fengsui.Invalid, "complaint_topic", "choose from the list what it is about")
	}
	if via == "desk" {
		c.Taken = fengsui.Signature{User: by.User, Name: by.Name, Role: by.Role, At: c.At}
	}
	reporter := []byte{}
	if c.Reachable = in.Contact != ""; c.Reachable {
		reporter = d.c.Seal.Seal(nil, nil, []byte(in.Contact), []byte(c.ID))
	}
	c.Due = r.DueOf(&c)
	err := d.c.DB.Change(ctx, func(tx *store.Tx) error {
		if via == "public" {
			n := 0
			if err := tx.QueryRow(`SELECT COUNT(*) FROM complaint WHERE via = 'public' AND at > $1`, c.At.Add(-fengsui.SpanOf(24*time.Hour))).Scan(&n); err != nil {
				return err
			}
			if n >= r.Daily {
				return fengsui.Errorf(fengsui.Unavailable, "complaints_full", "this page has taken in as much as it may in a day; report by telephone, or come back tomorrow")
			}
		}
		year := c.At.Time().In(fengsui.Civil).Year()
		n, err := tx.Next(fmt.Sprintf("complaint/%d", year))
		if err != nil {
			return err
		}
		c.Number = fmt.Sprintf("C%d-%04d", year, n)
		b, err := json.Marshal(c)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(sqlInsert, c.ID, c.Number, c.At, c.Via, c.Topic, c.State, c.Due, string(b), reporter, c.Version); err != nil {
			return err
		}
		return d.record(tx, by, "complaint_taken_in", "", c, StepNew, d.c.District().Kind(fengsui.Bureau)...)
	})
	return fengsui.Receipt{Number: c.Number, Secret: d.secret(c.ID)}, err
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// secret is what a receipt has beside its number: 80 bits in four groups, read aloud
// without a mistake.
func (d *Desk) secret(id fengsui.ID) string {
	m := hmac.New(sha256.New, d.c.Secret)
	m.Write([]byte("receipt/" + string(id)))
	text := base32.StdEncoding.EncodeToString(m.Sum(nil)[:10])
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}

// Again is the receipt of a complaint whose first answer got lost on its way; the caller
// knows it by the first call's key.
func (d *Desk) Again(ctx context.Context, id fengsui.ID) (fengsui.Receipt, error) {
	c, err := d.read(ctx, fengsui.Everything(), id)
	return fengsui.Receipt{Number: c.Number, Secret: d.secret(id)}, err
}

// Look is how a complaint stands, for who has its receipt. It says who deals with it and
// what was answered, and names no person.
func (d *Desk) Look(ctx context.Context, r fengsui.Receipt) (fengsui.Complaint, error) {
	var c fengsui.Complaint
	err := d.c.DB.View(ctx, func(tx *store.Tx) (err error) {
		c, err = scan(tx.QueryRow(`SELECT body FROM complaint WHERE number = $1`, strings.ToUpper(strings.TrimSpace(r.Number))))
		return err
	})
	plain := func(text string) []byte {
		return []byte(strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(text)))
	}
	if errors.Is(err, sql.ErrNoRows) || err == nil && !hmac.Equal(plain(r.Secret), plain(d.secret(c.ID))) {
		return fengsui.Complaint{}, errNoReceipt
	}
	return c, err
}

func scan(r interface{ Scan(...any) error }) (c fengsui.Complaint, err error) {
	var b string
	if err = r.Scan(&b); err == nil {
		err = json.Unmarshal([]byte(b), &c)
	}
	return c, err
}

// scoped is the condition that keeps a query to what a person may see: all, or what was
// handed to their own party.
func scoped(s fengsui.Scope, args []any) (string, []any) {
	return store.Scoped(fengsui.Scope{All: s.All, Zone: s.Party}, store.Columns{Zone: "party"}, args)
}

func read(tx *store.Tx, s fengsui.Scope, id fengsui.ID) (fengsui.Complaint, error) {
	where, args := scoped(s, []any{id})
	c, err := scan(tx.QueryRow(`SELECT body FROM complaint WHERE id = $1`+where, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return c, errNone
	}
	return c, err
}

func (d *Desk) read(ctx context.Context, s fengsui.Scope, id fengsui.ID) (c fengsui.Complaint, err error) {
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		c, err = read(tx, s, id)
		return err
	})
	return c, err
}

// Complaint reads one.
func (d *Desk) Complaint(ctx context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Complaint, error) {
	c, err := d.read(ctx, s, id)
	if err != nil {
		return c, err
	}
	return c, s.Allow(fengsui.ActComplaints, fengsui.None)
}

// Complaints lists them, what falls due first on top, then those closed, newest first.
func (d *Desk) Complaints(ctx context.Context, s fengsui.Scope, f fengsui.ComplaintFilter, p fengsui.Page) (list []fengsui.Complaint, total int, err error) {
	if err := s.Allow(fengsui.ActComplaints, fengsui.None); err != nil {
		return nil, 0, err
	}
	where, args := scoped(s, nil)
	is := func(cond string, v any, set bool) {
		if set {
			args = append(args, v)
			where += fmt.Sprintf(" AND "+cond, len(args))
		}
	}
	is("state = $%d", f.State, f.State != "")
	is("topic = $%d", f.Topic, f.Topic != "")
	is("party = $%d", f.Party, f.Party != "")
	is("due < $%d AND due > 0", now(), f.Overdue)
	if f.Open {
		where += " AND due > 0"
	}
	n := p.Limit
	if n <= 0 {
		n = 50
	}
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM complaint WHERE 1=1`+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT body FROM complaint WHERE 1=1`+where+fmt.Sprintf(` ORDER BY CASE WHEN due > 0 THEN 0 ELSE 1 END, due, at DESC, id LIMIT %d OFFSET %d`, min(n, 500), max(p.Offset, 0)), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			c, err := scan(rows)
			if err != nil {
				return err
			}
			list = append(list, c)
		}
		return rows.Err()
	})
	return list, total, err
}

// Assign hands a complaint to the party that is to deal with it, anew where another one
// had it or its answer is not enough; enterprise is the one that it is about, if it is.
func (d *Desk) Assign(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, party, enterprise fengsui.ID, text string) error {
	district := d.c.District()
	to := district.Parties[party]
	if to == nil || !slices.Contains([]fengsui.PartyKind{fengsui.Bureau, fengsui.Regulator, fengsui.Zone, fengsui.Discipline}, to.Kind) {
		return fengsui.Errorf(fengsui.Invalid, "complaint_party", "choose the bureau, a regulator, a zone or the discipline inspection: nobody else deals with complaints")
	}
	if enterprise != "" && district.Enterprises[enterprise] == nil {
		return fengsui.Errorf(fengsui.Invalid, "no_enterprise", "there is no such enterprise: choose it from the list")
	}
	return d.act(ctx, s, by, id, version, text, fengsui.ActDispatch, func(_ *store.Tx, c *fengsui.Complaint, w *fengsui.Said) (string, fengsui.StepKind, []*fengsui.Party, error) {
		if c.State == fengsui.ComplaintClosed {
			return "", "", nil, errClosed
		}
		c.State, c.Party, c.Enterprise, c.Assigned = fengsui.ComplaintAssigned, party, enterprise, w
		return "complaint_assigned", StepAssigned, []*fengsui.Party{to}, nil
	})
}

// Answer is what the party that deals with it answers; the reporter reads it.
func (d *Desk) Answer(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, text string) error {
	return d.act(ctx, s, by, id, version, text, fengsui.ActRespond, func(_ *store.Tx, c *fengsui.Complaint, w *fengsui.Said) (string, fengsui.StepKind, []*fengsui.Party, error) {
		switch {
		case c.State != fengsui.ComplaintAssigned:
			return "", "", nil, errClosed
		case c.Party != s.Party:
			return "", "", nil, fengsui.Errorf(fengsui.Forbidden, "not_your_complaint", "it was handed to another body: only that one answers")
		}
		c.State, c.Answered = fengsui.ComplaintAnswered, w
		return "complaint_answered", StepAnswered, d.c.District().Kind(fengsui.Bureau), nil
	})
}

// Close ends a complaint with an outcome: an answered one, or a new one that is not taken
// up.
func (d *Desk) Close(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, outcome, text string) error {
	if !slices.ContainsFunc(d.c.Rules.Outcomes, func(t fengsui.ComplaintTopic) bool { return t.Key == outcome }) {
		return fengsui.Errorf(fengsui.Invalid, "complaint_outcome", "choose the outcome from the list")
	}
	return d.act(ctx, s, by, id, version, text, fengsui.ActDispatch, func(_ *store.Tx, c *fengsui.Complaint, w *fengsui.Said) (string, fengsui.StepKind, []*fengsui.Party, error) {
		if c.State != fengsui.ComplaintAnswered && !(c.State == fengsui.ComplaintNew && outcome == "not_accepted") {
			return "", "", nil, fengsui.Errorf(fengsui.Conflict, "complaint_unanswered", "it is closed once it was answered; one that is not taken up is closed before it is handed on")
		}
		c.State, c.Outcome, c.Closed = fengsui.ComplaintClosed, outcome, w
		return "complaint_closed", "", nil, nil
	})
}

// Reveal says who reported something; each look is journalled.
func (d *Desk) Reveal(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, why string) error {
	why, err := said(why, maxText, true)
	if err != nil {
		return err
	}
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		c, err := read(tx, s, id)
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActReporter, fengsui.None); err != nil {
			return err
		}
		return d.record(tx, by, "reporter_seen", why, c, "")
	})
}

// Reporter opens what Reveal has journalled.
func (d *Desk) Reporter(ctx context.Context, s fengsui.Scope, id fengsui.ID) (r fengsui.Reporter, err error) {
	if err := s.Allow(fengsui.ActReporter, fengsui.None); err != nil {
		return r, err
	}
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := read(tx, s, id); err != nil {
			return err
		}
		var b []byte
		if err := tx.QueryRow(`SELECT reporter FROM complaint WHERE id = $1`, id).Scan(&b); err != nil || len(b) == 0 {
			return err
		}
		plain, err := d.c.Seal.Open(nil, nil, b, []byte(id))
		r.Contact = string(plain)
		return err
	})
	return r, err
}

// Erase takes out who reported something, for good: at their own wish, or when nothing
// needs them any more (PIPL, article 47). The complaint stays, and that it was erased, by
// whom and why; what was copied before, backups and an officer's notes, is not reached.
func (d *Desk) Erase(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, why string) error {
	return d.act(ctx, s, by, id, version, why, fengsui.ActDispatch, func(tx *store.Tx, c *fengsui.Complaint, w *fengsui.Said) (string, fengsui.StepKind, []*fengsui.Party, error) {
		if !c.Reachable {
			return "", "", nil, fengsui.Errorf(fengsui.Conflict, "no_reporter", "nothing is kept of who reported it: there is nothing to erase")
		}
		c.Reachable, c.Erased = false, w
		_, err := tx.Exec(sqlErase, c.ID, []byte{})
		return "reporter_erased", "", nil, err
	})
}

// act runs one act on a complaint of the version that the person saw.
func (d *Desk) act(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, text string, right fengsui.Act,
	do func(*store.Tx, *fengsui.Complaint, *fengsui.Said) (act string, tell fengsui.StepKind, to []*fengsui.Party, err error)) error {
	text, err := said(text, maxText, true)
	if err != nil {
		return err
	}
	return d.c.DB.Change(ctx, func(tx *store.Tx) error {
		c, err := read(tx, s, id)
		if err != nil {
			return err
		}
		if err := s.Allow(right, fengsui.None); err != nil {
			return err
		}
		if c.Version != version {
			return errStale
		}
		act, tell, to, err := do(tx, &c, &fengsui.Said{Signature: fengsui.Signature{User: by.User, Name: by.Name, Role: by.Role, At: now()}, Party: s.Party, Text: text})
		if err != nil {
			return err
		}
		c.Version, c.Due = c.Version+1, d.c.Rules.DueOf(&c)
		b, err := json.Marshal(c)
		if err != nil {
			return err
		}
		n, err := tx.Exec(sqlSave, c.ID, version, c.State, c.Party, c.Due, string(b))
		if err == nil && n == 0 {
			err = errStale
		}
		if err != nil {
			return err
		}
		return d.record(tx, by, act, text, c, tell, to...)
	})
}

// trace is what the journal keeps of a complaint: which it is and how it stands, and of
// the words their hash.
type trace struct {
	Number  string                 `json:"number"`
	Kind    string                 `json:"kind"`
	Topic   string                 `json:"topic"`
	State   fengsui.ComplaintState `json:"state"`
	Party   fengsui.ID             `json:"party,omitempty"`
	Outcome string                 `json:"outcome,omitempty"`
	SHA256  string                 `json:"sha256"` // of Text
}

// record writes an act down. The row belongs to no enterprise and no sector: whoever sees
// all complaints sees it, and a zone what was handed to it.
func (d *Desk) record(tx *store.Tx, by fengsui.Actor, act, why string, c fengsui.Complaint, kind fengsui.StepKind, to ...*fengsui.Party) error {
	sum := sha256.Sum256([]byte(c.Text))
	row := fengsui.Change{Of: fengsui.Ref{Kind: "complaint", ID: c.ID}, Act: act, By: by, Why: why,
		After: trace{c.Number, c.Kind, c.Topic, c.State, c.Party, c.Outcome, hex.EncodeToString(sum[:])}}
	if p := d.c.District().Parties[c.Party]; p != nil && p.Kind == fengsui.Zone {
		row.Zone = p.ID
	}
	if kind != "" && len(to) > 0 {
		step := fengsui.Step{ID: fengsui.NewID(), Kind: kind, Number: 1, FiredAt: now(), Article: "10"}
		capacity := map[fengsui.PartyKind]fengsui.Capacity{fengsui.Bureau: fengsui.AsBureau, fengsui.Regulator: fengsui.AsRegulator, fengsui.Zone: fengsui.AsZone}
		for _, p := range to {
			told := fengsui.Told{Party: p.ID}
			if as := capacity[p.Kind]; as != "" {
				told.Capacities = []fengsui.Capacity{as}
			}
			step.To = append(step.To, told)
		}
		row.Tell = []fengsui.Step{step}
	}
	return tx.Record(row)
}
