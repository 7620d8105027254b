package notify

import (
	"context"
	"database/sql"
	"errors"

	"fengsui"
	"fengsui/store"
)

// Outcome is what a gateway reports of a message that it took.
type Outcome string

const (
	Delivered Outcome = "delivered" // at the person's device
	Failed    Outcome = "failed"    // it will not get there
	Answered  Outcome = "answered"  // the person pressed the key that confirms
)

// Report is a gateway's report on one message.
type Report struct {
	Receipt string // the gateway's own name for it
	Outcome Outcome
	Words   string
}

const (
	sqlReported = `SELECT d.id, d.push, d.state, d.contact, d.place, d.seq, d.pos, d.ord, d.rest, p.party, p.warning, p.enterprise, p.zone, p.sector, p.peak
	FROM notify_delivery d JOIN notify_push p ON p.id = d.push WHERE d.receipt = $1 AND d.receipt <> '' AND d.channel = $2`

	sqlWords = `UPDATE notify_delivery SET answer = $2 WHERE id = $1`

	sqlConfirmOne = `UPDATE notify_push SET confirmed_at = $2, confirmed_by = $3, chase_at = 0 WHERE id = $1 AND confirmed_at = 0`

	sqlHangUpOne = `UPDATE notify_delivery SET state = 'sent' WHERE push = $1 AND state = 'waiting' AND rounds > 0`
)

// Reported takes over what a gateway reports of its channel. A person who answered
// confirms the push, which is an act and stands in the journal; what will not get there
// goes over to the contact's next channel. A receipt that nobody knows is no error: the
// gateway may serve others too, and would only repeat it.
func (n *Notifier) Reported(ctx context.Context, channel string, r Report) error {
	run := n.c.DB.Keep
	if r.Outcome == Answered {
		run = n.c.DB.Change
	}
	err := run(ctx, func(tx *store.Tx) error {
		var w waiting
		var b about
		var state fengsui.DeliveryState
		var rest string
		err := tx.QueryRow(sqlReported, r.Receipt, channel).Scan(&w.delivery, &w.push, &state, &w.contact, &w.place, &w.seq, &w.pos, &w.ord, &rest, &w.party,
			&b.warning, &b.enterprise, &b.zone, &b.sector, &b.peak)
		if errors.Is(err, sql.ErrNoRows) {
			return errUnknownReceipt
		}
		if err != nil {
			return err
		}
		said := words(r.Words, nil, "")
		switch r.Outcome {
		case Answered:
			confirmed, err := tx.Exec(sqlConfirmOne, w.push, now(), w.contact)
			if err != nil {
				return err
			}
			if confirmed == 0 {
				return errUnknownReceipt // someone was before; nothing is to be recorded
			}
			if _, err := tx.Exec(sqlHangUpOne, w.push); err != nil {
				return err
			}
			return tx.Record(b.change(fengsui.Change{Of: fengsui.Ref{Kind: "push", ID: w.push}, Act: "push_answered", By: fengsui.Platform("notify"), Why: said,
				After: Resent{Delivery: w.delivery, Contact: w.contact, Channel: channel, State: fengsui.Sent}}))
		case Failed:
			if state != fengsui.Sent {
				break // it is called again anyway, or was given up before
			}
			if err := w.further(rest); err != nil {
				return err
			}
			state = fengsui.GaveUp
			if len(w.rest) > 0 {
				state = fengsui.FellOver
			}
			if err := n.onward(tx, w); err != nil {
				return err
			}
			_, err := tx.Exec(sqlLeft, w.delivery, state, said)
			return err
		}
		_, err = tx.Exec(sqlWords, w.delivery, said)
		return err
	})
	if errors.Is(err, errUnknownReceipt) {
		err = nil
	}
	n.stir()
	return err
}

var errUnknownReceipt = errors.New("notify: nothing is known under this receipt, or nothing is left to do")
