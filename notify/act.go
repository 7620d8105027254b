package notify

import (
	"context"
	"database/sql"
	"errors"

	"fengsui"
	"fengsui/store"
)

const (
	sqlOver = `SELECT d.push, d.state, d.address, d.contact, d.channel, d.answer, COALESCE(a.address, ''), p.warning, p.enterprise, p.zone, p.sector, p.peak
	FROM notify_delivery d JOIN notify_push p ON p.id = d.push LEFT JOIN notify_address a ON a.id = d.address WHERE d.id = $1`

	// It goes nowhere further: what comes after it has been tried.
	sqlReopen = `UPDATE notify_delivery SET state = 'waiting', rest = '[]', fails = 0, held_until = 0, not_before = 0 WHERE id = $1 AND state IN ('refused', 'gave_up', 'fell_over')`

	sqlPushed = `SELECT p.id, p.enterprise, p.zone, p.sector, p.peak FROM notify_push p WHERE p.warning = $1 AND p.warning <> '' AND p.party = $2 AND p.confirmed_at = 0`
)

// about is where a push belongs, for its journal row.
type about struct {
	warning, enterprise, zone fengsui.ID
	sector                    fengsui.Sector
	peak                      fengsui.Level
}

func (a *about) change(c fengsui.Change) fengsui.Change {
	c.Warning, c.Enterprise, c.Zone, c.Sector, c.Level = a.warning, a.enterprise, a.zone, a.sector, a.peak
	return c
}

// Resent is what the journal keeps of a delivery that is sent again.
type Resent struct {
	Delivery fengsui.ID            `json:"delivery"`
	Contact  string                `json:"contact"`
	Channel  string                `json:"channel"`
	Address  string                `json:"address"` // masked
	State    fengsui.DeliveryState `json:"state"`
	Answer   string                `json:"answer,omitempty"`
}

// Resend sends again what a receiver refused, or what was given up or went over to
// another channel: at once, to the same address, under the same key.
func (n *Notifier) Resend(ctx context.Context, s fengsui.Scope, by fengsui.Actor, delivery fengsui.ID, why string) error {
	err := n.c.DB.Change(ctx, func(tx *store.Tx) error {
		var push, line fengsui.ID
		var b about
		where, args := store.Scoped(s, pushColumns, []any{delivery})
		x := Resent{Delivery: delivery}
		err := tx.QueryRow(sqlOver+where, args...).Scan(&push, &x.State, &line, &x.Contact, &x.Channel, &x.Answer, &x.Address, &b.warning, &b.enterprise, &b.zone, &b.sector, &b.peak)
		if errors.Is(err, sql.ErrNoRows) {
			return fengsui.Errorf(fengsui.NotFound, "no_delivery", "there is no such delivery, or it is not yours to see")
		}
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActResend, b.peak); err != nil {
			return err
		}
		n2, err := tx.Exec(sqlReopen, delivery)
		if err != nil {
			return err
		}
		if n2 == 0 || line == "" {
			return fengsui.Errorf(fengsui.Conflict, "not_over", "only what was refused or given up can be sent again; this one is not (%s)", x.State)
		}
		x.Address = Mask(n.resolve(x.Channel, x.Address))
		before := x
		x.State, x.Answer = fengsui.Waiting, ""
		// A dead address is tried now, whenever its next turn is.
		if _, err := tx.Exec(sqlDue, line, now()); err != nil {
			return err
		}
		return tx.Record(b.change(fengsui.Change{Of: fengsui.Ref{Kind: "push", ID: push}, Act: "push_resent", By: by, Why: why, Before: before, After: x}))
	})
	n.stir()
	return err
}

// Receive says that a person's party has got what it was told of a warning (签收): it
// need not be told further. Any other act of theirs on the warning says so too.
func (n *Notifier) Receive(ctx context.Context, s fengsui.Scope, by fengsui.Actor, warning fengsui.ID) error {
	return n.c.DB.Change(ctx, func(tx *store.Tx) error {
		b := about{warning: warning}
		var push fengsui.ID
		where, args := store.Scoped(s, pushColumns, []any{warning, s.Party})
		err := tx.QueryRow(sqlPushed+where+` ORDER BY p.pos DESC LIMIT 1`, args...).Scan(&push, &b.enterprise, &b.zone, &b.sector, &b.peak)
		if errors.Is(err, sql.ErrNoRows) {
			return fengsui.Errorf(fengsui.Conflict, "nothing_to_receive", "your organisation has nothing to confirm here: it was not told, or somebody has confirmed it")
		}
		if err != nil {
			return err
		}
		if err := s.Allow(fengsui.ActReceive, b.peak); err != nil {
			return err
		}
		return tx.Record(b.change(fengsui.Change{Of: fengsui.Ref{Kind: "push", ID: push}, Act: "received", By: by}))
	})
}
