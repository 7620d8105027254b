package notify

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"fengsui"
	"fengsui/store"
)

const (
	sqlPush = `INSERT INTO notify_push (id, key, pos, step, kind, number, warning, party, capacities, level, at, message, enterprise, zone, sector, peak)
	VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16) ON CONFLICT (key) DO NOTHING`

	sqlEarlier = `SELECT key, at FROM notify_push WHERE warning = $1 AND party = $2 ORDER BY pos, key`

	sqlDelivery = `INSERT INTO notify_delivery (id, push, contact, place, seq, channel, address, rest, pos, ord, state, attempts, in_doubt, flying, answer, first_at, last_at, not_before)
	VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,0,0,0,$12,$13,$13,$14)`

	sqlAddress = `INSERT INTO notify_address (id, channel, address, party, contact, fails, dead_since, probe_at, next_at, answer)
	VALUES ($1,$2,$3,$4,$5,0,0,0,0,'') ON CONFLICT (channel, address) DO UPDATE SET address = excluded.address RETURNING id, dead_since, probe_at, answer`

	sqlDue = `UPDATE notify_address SET next_at = CASE WHEN next_at = 0 OR next_at > $2 THEN $2 ELSE next_at END WHERE id = $1`
)

// push is a message that is not written yet.
type push struct {
	Message
	entry     *store.Entry
	step      *fengsui.Step
	party     fengsui.ID
	contacts  []fengsui.Contact
	roster    *fengsui.Roster
	municipal bool
}

// read turns journal rows into pushes.
func (n *Notifier) read(ctx context.Context) error {
	return n.c.DB.Follow(ctx, store.Reader{Name: "notify", Log: n.c.Log, Read: n.take, Kept: n.stir})
}

// take makes the pushes of a batch of journal rows. A person's act on a warning
// confirms what their party was told of it before.
func (n *Notifier) take(ctx context.Context, rows []store.Entry) (func(*store.Tx) error, error) {
	type row struct {
		acted  *acted
		pushes []push
	}
	list := make([]row, len(rows))
	for i, e := range rows {
		var err error
		if list[i].acted, err = n.acted(ctx, e); err != nil {
			return nil, err
		}
		if list[i].pushes, err = n.messages(ctx, e); err != nil {
			return nil, err
		}
	}
	return func(tx *store.Tx) error {
		for i := range list {
			if err := list[i].acted.confirm(tx); err != nil {
				return err
			}
			for j := range list[i].pushes {
				if err := n.write(tx, &list[i].pushes[j]); err != nil {
					return err
				}
			}
		}
		return nil
	}, nil
}

// stir tells the sender that something may be due.
func (n *Notifier) stir() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// write keeps a push and its deliveries, unless its key is there already.
func (n *Notifier) write(tx *store.Tx, p *push) error {
	if p.municipal && p.step.Warning != "" {
		if err := p.refer(tx); err != nil {
			return err
		}
	}
	body, err1 := json.Marshal(&p.Message)
	capacities, err2 := json.Marshal(p.To.Capacities)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	id := fengsui.NewID()
	e := p.entry
	fresh, err := tx.Exec(sqlPush, id, p.Key, e.Pos, p.step.ID, p.Kind, p.Number, p.step.Warning, p.party, string(capacities), p.Level, p.At, string(body),
		e.Enterprise, e.Zone, e.Sector, e.Peak)
	if err != nil || fresh == 0 {
		return err
	}
	// Whoever signs in for the party sees it there from this commit on.
	if _, err := tx.Exec(sqlDelivery, fengsui.NewID(), id, "", -1, 0, "console", "", "[]", e.Pos, 0, fengsui.Sent, "", now(), 0); err != nil {
		return err
	}
	if ours(p.Kind) {
		return nil
	}
	at := now()
	first, rest := p.roster.Tell(n.reachable(p), p.Level, at)
	w := wave{n: n, tx: tx, q: queued{push: id, party: p.party, pos: e.Pos}, warning: p.step.Warning, level: p.Level, ordered: ordered(p.Kind, p.Level), roster: p.roster, at: at, used: map[place]bool{}}
	reached := false
	for _, c := range first {
		ok, err := w.reach(c)
		if err != nil {
			return err
		}
		reached = reached || ok
	}
	for ; !reached && len(rest) > 0; rest = rest[1:] {
		if reached, err = w.reach(rest[0]); err != nil {
			return err
		}
	}
	switch {
	case !reached:
		_, err = tx.Exec(sqlDelivery, fengsui.NewID(), id, "", -2, 0, "", "", "[]", e.Pos, 0, fengsui.NotReached, "", 0, 0)
	case len(rest) > 0 && chased(p.Kind) && p.roster.Chase.After > 0 && p.Level >= p.roster.Chase.Least:
		_, err = tx.Exec(sqlChase, id, at.Add(p.roster.Chase.After), 0)
	}
	return err
}

// reachable are the party's contacts with the channels that this platform has.
// A municipal platform is one line, wherever it is at the moment: what was kept
// while nobody had entered its address goes there, in order, once someone has
// (A44).
func (n *Notifier) reachable(p *push) []fengsui.Contact {
	if p.municipal && n.c.Channels[uplink] != nil {
		return []fengsui.Contact{{Name: p.To.Name, Channels: []fengsui.Channel{{Kind: uplink, Address: placeOf + string(p.party)}}}}
	}
	return n.usable(p.contacts, p.Level)
}

// usable are contacts with the channels that this platform has and that are for the
// level.
func (n *Notifier) usable(contacts []fengsui.Contact, l fengsui.Level) []fengsui.Contact {
	list := slices.Clone(contacts)
	for i := range list {
		list[i].Channels = slices.DeleteFunc(slices.Clone(list[i].Channels), func(ch fengsui.Channel) bool { return n.c.Channels[ch.Kind] == nil || l < ch.Least })
	}
	return list
}

const (
	uplink  = "municipal" // the kind of channel
	placeOf = "party/"    // before a party's ID: the address that its contacts name now
)

// resolve is where a line leads now, empty when nobody has said.
func (n *Notifier) resolve(channel, address string) string {
	id, ok := strings.CutPrefix(address, placeOf)
	if !ok {
		return address
	}
	if p := n.c.District().Parties[fengsui.ID(id)]; p != nil {
		for _, c := range p.Contacts {
			for _, ch := range c.Channels {
				if ch.Kind == channel {
					return ch.Address
				}
			}
		}
	}
	return ""
}

// refer names the first and the last earlier message of the warning to the party.
func (p *push) refer(tx *store.Tx) error {
	rows, err := tx.Query(sqlEarlier, p.step.Warning, p.party)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r Reference
		if err := rows.Scan(&r.Key, &r.At); err != nil {
			return err
		}
		if len(p.References) == 2 {
			p.References = p.References[:1]
		}
		p.References = append(p.References, r)
	}
	return rows.Err()
}

// queued is a push on its way to one contact.
type queued struct {
	push    fengsui.ID
	party   fengsui.ID
	contact string
	place   int // of the contact in its party
	seq     int // of the channel at the contact
	pos     int64
	ord     int

	notBefore fengsui.Millis // quiet hours end then
}

// enqueue puts a push in the line of the first channel; a channel known to be
// dead is passed over while it need not be tried again and there is another.
func (n *Notifier) enqueue(tx *store.Tx, q queued, channels []fengsui.Channel) error {
	for ; ; q.seq++ {
		ch, rest := channels[0], channels[1:]
		var address fengsui.ID
		var dead, probe fengsui.Millis
		var answer string
		if err := tx.QueryRow(sqlAddress, fengsui.NewID(), ch.Kind, ch.Address, q.party, q.contact).Scan(&address, &dead, &probe, &answer); err != nil {
			return err
		}
		state, at := fengsui.Waiting, now()
		pass := dead > 0 && at < probe && len(rest) > 0 && !n.c.Retry[ch.Kind].Forever
		if pass {
			state = fengsui.FellOver
		} else {
			answer = ""
		}
		after, err := json.Marshal(rest)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(sqlDelivery, fengsui.NewID(), q.push, q.contact, q.place, q.seq, ch.Kind, address, string(after), q.pos, q.ord, state, answer, 0, q.notBefore); err != nil {
			return err
		}
		if !pass {
			_, err := tx.Exec(sqlDue, address, max(at, probe, q.notBefore))
			return err
		}
		channels = rest
	}
}
