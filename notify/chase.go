package notify

import (
	"context"
	"errors"
	"slices"

	"fengsui"
	"fengsui/store"
)

const (
	sqlChase = `UPDATE notify_push SET chase_at = $2, chased = $3 WHERE id = $1`

	sqlChased = `SELECT id, party, warning, kind, pos, level, chase_at, chased FROM notify_push WHERE chase_at > 0 AND chase_at <= $1 ORDER BY chase_at, id LIMIT 100`

	sqlChaseNext = `SELECT COALESCE(MIN(chase_at), 0) FROM notify_push WHERE chase_at > 0`

	sqlToldSoFar = `SELECT d.contact, d.place, d.channel, COALESCE(a.address, '') FROM notify_delivery d LEFT JOIN notify_address a ON a.id = d.address WHERE d.push = $1`

	// What waits for the morning goes with what does not, in order.
	sqlWake = `UPDATE notify_delivery SET not_before = 0 WHERE address IN (SELECT id FROM notify_address WHERE channel = $1 AND address = $2)
	AND state = 'waiting' AND not_before > 0 AND rounds = 0 AND push IN (SELECT id FROM notify_push WHERE warning = $3 AND warning <> '')`

	sqlConfirm = `UPDATE notify_push SET confirmed_at = $4, confirmed_by = $5, chase_at = 0 WHERE warning = $1 AND warning <> '' AND party = $2 AND pos < $3 AND confirmed_at = 0`

	// Nobody is called again who has confirmed.
	sqlHangUp = `UPDATE notify_delivery SET state = 'sent' WHERE state = 'waiting' AND rounds > 0
	AND push IN (SELECT id FROM notify_push WHERE warning = $1 AND warning <> '' AND party = $2 AND confirmed_at > 0)`
)

// chased reports whether a step asks its parties to do something, so that it matters
// that somebody hears of it.
func chased(k fengsui.StepKind) bool {
	return slices.Contains([]fengsui.StepKind{fengsui.StepPush, fengsui.StepNotice, fengsui.StepSupervise, fengsui.StepRemind}, k)
}

// ordered reports whether the regulation has a step told at once, whatever the hour: the
// push, the notices and the supervision of yellow and above (A21-A23), and a reminder of
// them. Quiet hours do not hold it.
func ordered(k fengsui.StepKind, l fengsui.Level) bool { return l >= fengsui.Yellow && chased(k) }

// place is where a channel leads.
type place struct{ kind, address string }

// wave tells contacts of a push, each address once.
type wave struct {
	n       *Notifier
	tx      *store.Tx
	q       queued // its place is the next contact's
	warning fengsui.ID
	level   fengsui.Level
	ordered bool // it goes in quiet hours too
	roster  *fengsui.Roster
	at      fengsui.Millis
	used    map[place]bool
}

// reach puts the push in the line of a contact's first channel that no other contact
// has. It reports whether there was one.
func (w *wave) reach(c fengsui.Contact) (bool, error) {
	w.q.contact = c.Name
	defer func() { w.q.place++; w.q.ord++ }()
	channels := slices.DeleteFunc(slices.Clone(c.Channels), func(ch fengsui.Channel) bool { return w.used[place{ch.Kind, ch.Address}] })
	if len(channels) == 0 {
		return false, nil // another contact of the party has the same address
	}
	w.used[place{channels[0].Kind, channels[0].Address}] = true
	quiet := c.Quiet
	if quiet == nil && w.roster != nil {
		quiet = w.roster.Quiet
	}
	w.q.notBefore = 0
	if until := quiet.Until(w.level, w.at); until > w.at && !w.ordered {
		w.q.notBefore = until
	} else if quiet != nil {
		if _, err := w.tx.Exec(sqlWake, channels[0].Kind, channels[0].Address, w.warning); err != nil {
			return false, err
		}
	}
	return true, w.n.enqueue(w.tx, w.q, channels)
}

// chase tells further contacts of what nobody has confirmed in time: the next one
// first, then all of them. It says when the next is due, 0 for never.
func (n *Notifier) chase(tx *store.Tx, at fengsui.Millis) (next fengsui.Millis, err error) {
	type late struct {
		id, party, warning fengsui.ID
		kind               fengsui.StepKind
		pos                int64
		level              fengsui.Level
		due                fengsui.Millis
		times              int
	}
	var list []late
	rows, err := tx.Query(sqlChased, at)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var l late
		if err := rows.Scan(&l.id, &l.party, &l.warning, &l.kind, &l.pos, &l.level, &l.due, &l.times); err != nil {
			return 0, err
		}
		list = append(list, l)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	d := n.c.District()
	for _, l := range list {
		w := wave{n: n, tx: tx, q: queued{push: l.id, party: l.party, pos: l.pos}, warning: l.warning, level: l.level, ordered: ordered(l.kind, l.level), roster: d.Rosters[l.party], at: at, used: map[place]bool{}}
		var further []fengsui.Contact
		if p := d.Parties[l.party]; p != nil {
			if further, err = w.untold(n.usable(p.Contacts, l.level)); err != nil {
				return 0, err
			}
		}
		// A roster that was taken away meanwhile leaves nobody untold.
		after := fengsui.Span(0)
		if w.roster != nil {
			after = w.roster.Chase.After
		}
		one := l.times == 0 && after > 0
		for len(further) > 0 {
			ok, err := w.reach(further[0])
			if err != nil {
				return 0, err
			}
			if further = further[1:]; ok && one {
				break
			}
		}
		then := fengsui.Millis(0)
		if len(further) > 0 {
			then = max(l.due.Add(after), at+1)
		}
		if _, err := tx.Exec(sqlChase, l.id, then, l.times+1); err != nil {
			return 0, err
		}
	}
	err = tx.QueryRow(sqlChaseNext).Scan(&next)
	return next, err
}

// untold are the contacts that have not heard of the push, and notes what has been
// used for it.
func (w *wave) untold(contacts []fengsui.Contact) ([]fengsui.Contact, error) {
	rows, err := w.tx.Query(sqlToldSoFar, w.q.push)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	told := map[string]bool{}
	for rows.Next() {
		var name string
		var at int
		var p place
		if err := rows.Scan(&name, &at, &p.kind, &p.address); err != nil {
			return nil, err
		}
		told[name], w.used[p] = true, true
		w.q.place = max(w.q.place, at+1)
	}
	w.q.ord = w.q.place
	return slices.DeleteFunc(contacts, func(c fengsui.Contact) bool { return told[c.Name] }), errors.Join(rows.Err(), rows.Close())
}

// acted is a person's act on a warning, as far as it says that their party knows.
type acted struct {
	warning, party fengsui.ID
	pos            int64
	at             fengsui.Millis
	by             string
}

// acted finds whose act a journal row is, nil when it is nobody's.
func (n *Notifier) acted(ctx context.Context, e store.Entry) (*acted, error) {
	if e.Warning == "" || e.By.User == "" || n.c.PartyOf == nil {
		return nil, nil
	}
	party, err := n.c.PartyOf(ctx, e.By.User)
	switch {
	case err == nil:
	case ctx.Err() != nil || fengsui.CodeOf(err) == fengsui.Unavailable:
		return nil, err // it is read again
	default: // no push waits for the account of somebody who acted
		n.c.Log.Warn("it is not known whose act confirms a push", "warning", e.Warning, "err", err)
	}
	if party == "" {
		return nil, nil
	}
	return &acted{e.Warning, party, e.Pos, e.At, e.By.Name}, nil
}

// confirm ends the wait for what the party was told before.
func (a *acted) confirm(tx *store.Tx) error {
	if a == nil {
		return nil
	}
	confirmed, err := tx.Exec(sqlConfirm, a.warning, a.party, a.pos, a.at, a.by)
	if err != nil || confirmed == 0 {
		return err
	}
	_, err = tx.Exec(sqlHangUp, a.warning, a.party)
	return err
}
