package watch

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"fengsui"
	"fengsui/store"
)

const (
	columns = `id, party, state, from_at, to_at, turn, by_user, by_name, taker, taker_name, signed_at, note, answer, open, numbers, version`

	insertHandover = `INSERT INTO watch_handover (` + columns + `, upto) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,
		(SELECT COALESCE(MAX(pos), 0) FROM journal)) ON CONFLICT DO NOTHING`
	signHandover   = `UPDATE watch_handover SET state = $3, signed_at = $4, answer = $5, version = version + 1 WHERE id = $1 AND version = $2`
	selectHandover = `SELECT ` + columns + ` FROM watch_handover WHERE `
	selectBefore   = `SELECT to_at, upto FROM watch_handover WHERE party = $1 AND state = 'signed' ORDER BY to_at DESC, id DESC LIMIT 1`
	selectFirst    = `SELECT at FROM journal ORDER BY pos LIMIT 1`

	insertItem = `INSERT INTO watch_item (handover, place, warning, enterprise, zone, sector, peak, level, subject, model, work, raised_at, due_at, confirmed_at, assigned_to, shelved_until, merged_into, last)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,0)`
	// The last word of a person about each; a journal row never changes, so its place
	// is enough.
	wordItems = `UPDATE watch_item SET last = COALESCE((SELECT MAX(j.pos) FROM journal j
		WHERE j.warning = watch_item.warning AND j.warning <> '' AND j.by_user <> '' AND j.why <> ''), 0) WHERE handover = $1`
	fromItems = ` FROM watch_item i LEFT JOIN journal j ON j.pos = i.last WHERE i.handover = $1`
	readItems = `SELECT i.warning, i.enterprise, i.level, i.subject, i.model, i.work, i.raised_at, i.due_at, i.confirmed_at, i.assigned_to, i.shelved_until, i.merged_into,
		COALESCE(j.act, ''), COALESCE(j.by_name, ''), COALESCE(j.at, 0), COALESCE(j.why, '')`

	lastWord = `SELECT act, by_name, at, why FROM journal WHERE warning = $1 AND warning <> '' AND by_user <> '' AND why <> '' ORDER BY pos DESC LIMIT 1`

	countActs = `SELECT act, peak, COUNT(*) FROM journal WHERE kind = 'warning' AND pos > $1 AND at >= $2 GROUP BY act, peak`
)

var itemColumns = store.Columns{Enterprise: "i.enterprise", Zone: "i.zone", Sector: "i.sector", Peak: "i.peak"}

var (
	errNone   = fengsui.Errorf(fengsui.NotFound, "no_handover", "there is no such handover in your part of the district")
	errOpen   = fengsui.Errorf(fengsui.Conflict, "handover_open", "a handover waits for its signature already: have it signed, or send it back first")
	errClosed = fengsui.Errorf(fengsui.Conflict, "handover_closed", "this handover was signed or sent back meanwhile: load it again")
)

// sees lets in who may see handovers: those of the own organisation, or all of them for
// who oversees.
func sees(s fengsui.Scope) (where string, args []any, err error) {
	if err := s.Allow(fengsui.ActWatch, fengsui.None); err != nil {
		return "", nil, err
	}
	switch {
	case !s.All:
		return "", nil, errNone
	case s.May(fengsui.ActHandover, fengsui.None):
		return `party = $1`, []any{s.Party}, nil
	}
	return `party <> $1`, []any{""}, nil
}

type scanner interface{ Scan(...any) error }

func scanHandover(r scanner) (*fengsui.Handover, error) {
	var h fengsui.Handover
	var turn, open, numbers string
	err := r.Scan(&h.ID, &h.Party, &h.State, &h.From, &h.To, &turn, &h.By.User, &h.By.Name, &h.Taker.User, &h.Taker.Name, &h.Taker.At, &h.Note, &h.Answer, &open, &numbers, &h.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h.By.At = h.To
	return &h, errors.Join(json.Unmarshal([]byte(turn), &h.Turn), json.Unmarshal([]byte(open), &h.Open), json.Unmarshal([]byte(numbers), &h.Numbers))
}

// newest is an organisation's last handover of a state, nil when there is none.
func newest(tx *store.Tx, party fengsui.ID, state fengsui.HandoverState) (*fengsui.Handover, error) {
	return scanHandover(tx.QueryRow(selectHandover+`party = $1 AND state = $2 ORDER BY to_at DESC, id DESC LIMIT 1`, party, state))
}

// find reads one that the caller may see.
func find(tx *store.Tx, s fengsui.Scope, id fengsui.ID) (*fengsui.Handover, error) {
	where, args, err := sees(s)
	if err != nil {
		return nil, err
	}
	h, err := scanHandover(tx.QueryRow(selectHandover+where+` AND id = $2`, append(args, id)...))
	if err == nil && h == nil {
		err = errNone
	}
	return h, err
}

// Handovers lists them, newest first, and how many there are.
func (r *Room) Handovers(ctx context.Context, s fengsui.Scope, p fengsui.Page) (list []fengsui.Handover, total int, err error) {
	where, args, err := sees(s)
	if err != nil {
		return nil, 0, err
	}
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM watch_handover WHERE `+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(selectHandover+where+` ORDER BY to_at DESC, id DESC`+part(p), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			h, err := scanHandover(rows)
			if err != nil {
				return err
			}
			list = append(list, *h)
		}
		return rows.Err()
	})
	return list, total, err
}

// Handover reads one.
func (r *Room) Handover(ctx context.Context, s fengsui.Scope, id fengsui.ID) (h fengsui.Handover, err error) {
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		found, err := find(tx, s, id)
		if err == nil {
			h = *found
		}
		return err
	})
	return h, err
}

// HandoverItems lists what was open at a handover, the most urgent first, and how many
// of it the caller sees.
func (r *Room) HandoverItems(ctx context.Context, s fengsui.Scope, id fengsui.ID, p fengsui.Page) (list []fengsui.HandoverItem, total int, err error) {
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := find(tx, s, id); err != nil {
			return err
		}
		cond, args := store.Scoped(s, itemColumns, []any{id})
		if err := tx.QueryRow(`SELECT COUNT(*)`+fromItems+cond, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(readItems+fromItems+cond+` ORDER BY i.place`+part(p), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var i fengsui.HandoverItem
			var last fengsui.Word
			if err := rows.Scan(&i.Warning, &i.Enterprise, &i.Level, &i.Subject, &i.Model, &i.Work, &i.RaisedAt, &i.DueAt, &i.ConfirmedAt, &i.AssignedTo, &i.ShelvedUntil, &i.MergedInto,
				&last.Act, &last.By, &last.At, &last.Why); err != nil {
				return err
			}
			if last.At != 0 {
				i.Last = &last
			}
			list = append(list, i)
		}
		return rows.Err()
	})
	return list, total, err
}

// Offer hands the watch over: what is open and what was done is written down as it is
// at this moment, and the offer is the signature of the one who makes it.
func (r *Room) Offer(ctx context.Context, s fengsui.Scope, by fengsui.Actor, taker fengsui.Colleague, note string) error {
	if err := s.Allow(fengsui.ActHandover, fengsui.None); err != nil {
		return err
	}
	note, err := said(note, maxText, false)
	switch {
	case err != nil:
		return err
	case taker.ID == s.User:
		return fengsui.Errorf(fengsui.Invalid, "taker_self", "the watch goes to another person: both sign")
	case !taker.Takes:
		return fengsui.Errorf(fengsui.Invalid, "taker_role", "%s may not take the watch over: choose an officer of the duty room", taker.Name)
	}
	return r.c.DB.Change(ctx, func(tx *store.Tx) error {
		h, open, err := r.draft(tx, s, by)
		if err != nil {
			return err
		}
		h.Note, h.Taker = note, fengsui.Signatory{User: taker.ID, Name: taker.Name}
		if err := insert(tx, &h); err != nil {
			return err
		}
		for i, w := range open {
			if _, err := tx.Exec(insertItem, h.ID, i, w.ID, w.Enterprise, w.Zone, w.Sector, w.Peak, w.Level, w.Subject, w.Model, w.Work, w.RaisedAt, w.DueAt,
				w.ConfirmedAt, w.AssignedTo, w.ShelvedUntil, w.MergedInto); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(wordItems, h.ID); err != nil {
			return err
		}
		return record(tx, by, "handover_offered", note, nil, h)
	})
}

// draft is the handover that the caller would offer now, and what is open.
func (r *Room) draft(tx *store.Tx, s fengsui.Scope, by fengsui.Actor) (fengsui.Handover, []fengsui.Warning, error) {
	at := now()
	turn := r.c.District().Rosters[s.Party].TurnAt(at)
	h := fengsui.Handover{ID: fengsui.NewID(), Party: s.Party, State: fengsui.HandoverOffered, To: at, Turn: turn.Who, Version: 1,
		By: fengsui.Signatory{User: s.User, Name: by.Name, At: at}, Open: map[fengsui.Level]int{}}
	for l := fengsui.Blue; l <= fengsui.Red; l++ {
		h.Open[l] = 0
	}
	upto, err := begin(tx, &h, turn)
	if err != nil {
		return h, nil, err
	}
	// The watch is the whole of it, whatever the person has chosen to be shown.
	open, err := r.c.Warnings.OpenNow(tx, fengsui.Everything())
	if err != nil {
		return h, nil, err
	}
	for _, w := range open {
		h.Open[w.Level]++
	}
	h.Numbers, err = numbers(tx, upto, h.From)
	return h, open, err
}

// Draft is what the caller would hand over now, with a page of what is open: to be read
// before it is signed. It has no identity yet.
func (r *Room) Draft(ctx context.Context, s fengsui.Scope, by fengsui.Actor, p fengsui.Page) (h fengsui.Handover, list []fengsui.HandoverItem, err error) {
	if err := s.Allow(fengsui.ActHandover, fengsui.None); err != nil {
		return h, nil, err
	}
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		var open []fengsui.Warning
		if h, open, err = r.draft(tx, s, by); err != nil {
			return err
		}
		h.ID = ""
		limit, offset := bounds(p)
		open = open[min(offset, len(open)):]
		for _, w := range open[:min(limit, len(open))] {
			i := fengsui.HandoverItem{Warning: w.ID, Enterprise: w.Enterprise, Level: w.Level, Subject: w.Subject, Model: w.Model, Work: w.Work, RaisedAt: w.RaisedAt,
				DueAt: w.DueAt, ConfirmedAt: w.ConfirmedAt, AssignedTo: w.AssignedTo, ShelvedUntil: w.ShelvedUntil, MergedInto: w.MergedInto}
			var last fengsui.Word
			err := tx.QueryRow(lastWord, w.ID).Scan(&last.Act, &last.By, &last.At, &last.Why)
			switch {
			case err == nil:
				i.Last = &last
			case !errors.Is(err, sql.ErrNoRows):
				return err
			}
			list = append(list, i)
		}
		return nil
	})
	return h, list, err
}

// begin finds since when the shift counts: the handover before, of the first the turn
// by the roster, and without one all that there is.
func begin(tx *store.Tx, h *fengsui.Handover, turn fengsui.Turn) (upto int64, err error) {
	err = tx.QueryRow(selectBefore, h.Party).Scan(&h.From, &upto)
	if !errors.Is(err, sql.ErrNoRows) {
		return upto, err
	}
	if h.From = turn.From; h.From > 0 {
		return 0, nil
	}
	if err = tx.QueryRow(selectFirst).Scan(&h.From); errors.Is(err, sql.ErrNoRows) {
		h.From, err = h.To, nil
	}
	return 0, err
}

func numbers(tx *store.Tx, upto int64, from fengsui.Millis) (fengsui.HandoverNumbers, error) {
	n := fengsui.HandoverNumbers{Raised: map[fengsui.Level]int{}, Acts: map[string]int{}}
	for l := fengsui.Blue; l <= fengsui.Red; l++ {
		n.Raised[l] = 0
	}
	// What stands after the handover before counts whatever its time is: the wall clock
	// may have been set back.
	if upto > 0 {
		from = 0
	}
	rows, err := tx.Query(countActs, upto, from)
	if err != nil {
		return n, err
	}
	defer rows.Close()
	for rows.Next() {
		var act string
		var peak fengsui.Level
		var count int
		if err := rows.Scan(&act, &peak, &count); err != nil {
			return n, err
		}
		if act == "raised" {
			n.Raised[peak] += count
		} else {
			n.Acts[act] += count
		}
	}
	return n, rows.Err()
}

// insert reports a conflict when the unique index knows an open one already.
func insert(tx *store.Tx, h *fengsui.Handover) error {
	text := func(v any) string {
		b, _ := json.Marshal(v) // lists of names and numbers cannot fail
		return string(b)
	}
	n, err := tx.Exec(insertHandover, h.ID, h.Party, h.State, h.From, h.To, text(h.Turn), h.By.User, h.By.Name, h.Taker.User, h.Taker.Name, h.Taker.At, h.Note, h.Answer, text(h.Open), text(h.Numbers), h.Version)
	if err == nil && n == 0 {
		err = errOpen
	}
	return err
}

// Sign takes the watch over: the second signature.
func (r *Room) Sign(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, answer string) error {
	answer, err := said(answer, maxText, false)
	if err != nil {
		return err
	}
	return r.close(ctx, s, by, id, version, fengsui.HandoverSigned, answer)
}

// Return sends a handover back: the one who was asked does not take over, or the one
// who offered it takes it back.
func (r *Room) Return(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, why string) error {
	why, err := said(why, maxText, true)
	if err != nil {
		return err
	}
	return r.close(ctx, s, by, id, version, fengsui.HandoverReturned, why)
}

func (r *Room) close(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, to fengsui.HandoverState, answer string) error {
	return r.c.DB.Change(ctx, func(tx *store.Tx) error {
		h, err := find(tx, s, id)
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActHandover, fengsui.None); err != nil {
			return err
		}
		switch {
		case h.State != fengsui.HandoverOffered || h.Version != version:
			return errClosed
		case s.User != h.Taker.User && (to == fengsui.HandoverSigned || s.User != h.By.User):
			return fengsui.Errorf(fengsui.Forbidden, "not_the_taker", "this handover was offered to %s: nobody else signs it", h.Taker.Name)
		}
		before := *h
		h.State, h.Answer = to, answer
		if to == fengsui.HandoverSigned {
			h.Taker.At = now()
		}
		n, err := tx.Exec(signHandover, id, version, to, h.Taker.At, answer)
		if err == nil && n != 1 {
			err = errClosed
		}
		if err != nil {
			return err
		}
		h.Version++
		return record(tx, by, "handover_"+string(to), answer, before, *h)
	})
}

func record(tx *store.Tx, by fengsui.Actor, act, why string, before any, h fengsui.Handover) error {
	return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "handover", ID: h.ID}, Act: act, By: by, Why: why, Before: before, After: h})
}
