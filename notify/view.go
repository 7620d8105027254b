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
		rows, err := tx.Query(`SELECT x.id, x.key, x.step, x.kind, x.number, x.warning, x.party, x.capacities, x.level, x.at`+where+` ORDER BY x.pos, x.key`, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p fengsui.Push
			var capacities string
			if err := rows.Scan(&p.ID, &p.Key, &p.Step, &p.Kind, &p.Number, &p.Warning, &p.Party, &capacities, &p.Level, &p.At); err != nil {
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

func deliveries(tx *store.Tx, where string, args []any, each func(push fengsui.ID, d fengsui.Delivery)) error {
	rows, err := tx.Query(`SELECT d.push, d.contact, d.channel, COALESCE(a.address, ''), d.state, d.attempts, d.in_doubt, d.answer, d.first_at, d.last_at,
		CASE WHEN d.state <> 'waiting' THEN 0 WHEN d.held_until > COALESCE(a.next_at, 0) THEN d.held_until ELSE COALESCE(a.next_at, 0) END
		FROM notify_delivery d LEFT JOIN notify_address a ON a.id = d.address WHERE d.push IN (SELECT x.id`+where+`) ORDER BY d.pos, d.place, d.seq`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var push fengsui.ID
		var d fengsui.Delivery
		if err := rows.Scan(&push, &d.Contact, &d.Channel, &d.Address, &d.State, &d.Attempts, &d.InDoubt, &d.Answer, &d.FirstAt, &d.LastAt, &d.NextAt); err != nil {
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
