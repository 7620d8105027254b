package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"fengsui"
	"fengsui/store"
)

var pushColumns = store.Columns{Enterprise: "p.enterprise", Zone: "p.zone", Sector: "p.sector", Peak: "p.peak"}

// Pushes lists what was sent about a warning, oldest first, with each delivery.
// Receivers are shown to those who may see them, otherwise masked.
func (n *Notifier) Pushes(ctx context.Context, s fengsui.Scope, warning fengsui.ID) (list []fengsui.Push, err error) {
	// All of a warning's pushes are seen by whoever sees the warning: also those
	// from before it rose to the level from which they see it.
	where, args := store.Scoped(s, pushColumns, []any{warning})
	where = ` FROM notify_push x WHERE x.warning = $1 AND x.warning <> '' AND EXISTS (SELECT 1 FROM notify_push p WHERE p.warning = $1 AND p.warning <> ''` + where + `)`
	at := map[fengsui.ID]int{}
	err = n.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT x.id, x.key, x.step, x.kind, x.number, x.warning, x.party, x.capacities, x.level, x.at, x.confirmed_at, x.confirmed_by, x.chase_at`+where+` ORDER BY x.pos, x.key`, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p fengsui.Push
			var capacities string
			if err := rows.Scan(&p.ID, &p.Key, &p.Step, &p.Kind, &p.Number, &p.Warning, &p.Party, &capacities, &p.Level, &p.At, &p.ConfirmedAt, &p.ConfirmedBy, &p.NextAt); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(capacities), &p.Capacities); err != nil {
				return err
			}
			at[p.ID] = len(list)
			list = append(list, p)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return deliveries(tx, where, args, func(push fengsui.ID, d fengsui.Delivery) {
			p := &list[at[push]]
			d.Address = n.resolve(d.Channel, d.Address)
			if !s.May(fengsui.ActPushes, p.Level) {
				d.Address, d.Contact = Mask(d.Address), maskName(d.Contact)
			}
			p.Deliveries = append(p.Deliveries, d)
		})
	})
	return list, err
}

// deliveryColumns are those of notify_delivery d beside notify_address a. While one
// waits, its next attempt is the latest of what it waits for.
const deliveryColumns = `d.push, d.id, d.contact, d.channel, COALESCE(a.address, ''), d.state, d.attempts, d.in_doubt, d.answer, d.first_at, d.last_at,
	CASE WHEN d.state <> 'waiting' THEN 0 WHEN d.not_before > d.held_until AND d.not_before > COALESCE(a.next_at, 0) THEN d.not_before
	WHEN d.held_until > COALESCE(a.next_at, 0) THEN d.held_until ELSE COALESCE(a.next_at, 0) END`

func scanDelivery(row interface{ Scan(...any) error }, push *fengsui.ID, d *fengsui.Delivery, more ...any) error {
	return row.Scan(append([]any{push, &d.ID, &d.Contact, &d.Channel, &d.Address, &d.State, &d.Attempts, &d.InDoubt, &d.Answer, &d.FirstAt, &d.LastAt, &d.NextAt}, more...)...)
}

func deliveries(tx *store.Tx, where string, args []any, each func(push fengsui.ID, d fengsui.Delivery)) error {
	rows, err := tx.Query(`SELECT `+deliveryColumns+` FROM notify_delivery d LEFT JOIN notify_address a ON a.id = d.address
		WHERE d.push IN (SELECT x.id`+where+`) ORDER BY d.pos, d.place, d.seq`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var push fengsui.ID
		var d fengsui.Delivery
		if err := scanDelivery(rows, &push, &d); err != nil {
			return err
		}
		each(push, d)
	}
	return rows.Err()
}

func maskName(name string) string {
	if name == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(name)
	return string(first) + "**"
}

// PushesTo counts a party's deliveries by state, inside a scope.
func (n *Notifier) PushesTo(ctx context.Context, s fengsui.Scope, party fengsui.ID) (map[fengsui.DeliveryState]int, error) {
	where, args := store.Scoped(s, pushColumns, []any{party})
	counts := map[fengsui.DeliveryState]int{}
	err := n.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT d.state, COUNT(*) FROM notify_delivery d JOIN notify_push p ON p.id = d.push WHERE p.party = $1`+where+` GROUP BY d.state`, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var state fengsui.DeliveryState
			var count int
			if err := rows.Scan(&state, &count); err != nil {
				return err
			}
			counts[state] = count
		}
		return rows.Err()
	})
	return counts, err
}

// Dead lists the dead channels, longest dead first, at most 500: of the whole
// district for those who see it, otherwise the party's own.
func (n *Notifier) Dead(ctx context.Context, s fengsui.Scope) (list []fengsui.DeadChannel, err error) {
	where, args := "", []any(nil)
	if !s.All {
		where, args = " AND a.party = $1", []any{s.Party}
	}
	err = n.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(fmt.Sprintf(`SELECT a.id, a.channel, a.address, a.party, a.contact, a.dead_since, a.answer,
			(SELECT COUNT(*) FROM notify_delivery d WHERE d.address = a.id AND d.state = 'waiting')
			FROM notify_address a WHERE a.dead_since > 0%s ORDER BY a.dead_since, a.id LIMIT 500`, where), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d fengsui.DeadChannel
			if err := rows.Scan(&d.ID, &d.Channel, &d.Address, &d.Party, &d.Contact, &d.Since, &d.Answer, &d.Waiting); err != nil {
				return err
			}
			d.Address = n.resolve(d.Channel, d.Address)
			if !s.May(fengsui.ActPushes, fengsui.None) {
				d.Address, d.Contact = Mask(d.Address), maskName(d.Contact)
			}
			list = append(list, d)
		}
		return rows.Err()
	})
	return list, err
}

// troubled are the conditions of the partial indexes, so that they serve the lists.
var troubled = map[string]string{
	"refused": "d.state = 'refused'",
	"gave_up": "d.state = 'gave_up'",
	"held":    "d.state = 'waiting' AND d.held_until > 0",
	"":        "(d.state IN ('refused', 'gave_up') OR d.state = 'waiting' AND d.held_until > 0)",
}

// Troubles lists what did not arrive, the latest first, and how many there are: what a
// receiver does not take or has not taken so far, and what was given up. Receivers are
// shown to those who may see them, otherwise masked.
func (n *Notifier) Troubles(ctx context.Context, s fengsui.Scope, f fengsui.TroubleFilter, p fengsui.Page) (list []fengsui.Trouble, total int, err error) {
	cond, ok := troubled[f.State]
	if !ok {
		return nil, 0, fengsui.Errorf(fengsui.Invalid, "bad_state", "the state is refused, gave_up or held, not %q", f.State)
	}
	where, args := store.Scoped(s, pushColumns, nil)
	where = ` FROM notify_delivery d JOIN notify_push p ON p.id = d.push LEFT JOIN notify_address a ON a.id = d.address WHERE ` + cond + where
	limit := p.Limit
	if limit <= 0 || limit > 500 {
		limit = 500
	}
	err = n.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*)`+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(fmt.Sprintf(`SELECT %s, p.key, p.step, p.kind, p.number, p.warning, p.party, p.capacities, p.level, p.at, p.confirmed_at, p.confirmed_by, p.enterprise%s
			ORDER BY d.last_at DESC, d.id DESC LIMIT %d OFFSET %d`, deliveryColumns, where, limit, max(p.Offset, 0)), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var t fengsui.Trouble
			var capacities string
			x, d := &t.Push, &t.Delivery
			if err := scanDelivery(rows, &x.ID, d, &x.Key, &x.Step, &x.Kind, &x.Number, &x.Warning, &x.Party, &capacities, &x.Level, &x.At, &x.ConfirmedAt, &x.ConfirmedBy, &t.Enterprise); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(capacities), &x.Capacities); err != nil {
				return err
			}
			d.Address = n.resolve(d.Channel, d.Address)
			if !s.May(fengsui.ActPushes, x.Level) {
				d.Address, d.Contact = Mask(d.Address), maskName(d.Contact)
			}
			list = append(list, t)
		}
		return rows.Err()
	})
	return list, total, err
}
