package notify

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fengsui"
	"fengsui/store"
)

// Steps about the way from a signal to a person itself (DESIGN §5.9). The platform's own
// canary, of which nobody is told, goes that way as a step of kind canary.
const (
	StepDisk  fengsui.StepKind = "disk_soon"  // a disk will be full soon
	StepLost  fengsui.StepKind = "loop_lost"  // the canary did not come round
	StepWhole fengsui.StepKind = "loop_whole" // it does again
)

const (
	sqlSentStep = `SELECT d.last_at FROM notify_push p JOIN notify_delivery d ON d.push = p.id WHERE p.party = $1 AND p.pos = $2 AND d.place >= 0 AND d.state = 'sent'`

	sqlForgetDeliveries = `DELETE FROM notify_delivery WHERE push IN (SELECT id FROM notify_push WHERE party = $1 AND at < $2) AND flying = 0`
	sqlForgetPushes     = `DELETE FROM notify_push WHERE party = $1 AND at < $2 AND NOT EXISTS (SELECT 1 FROM notify_delivery d WHERE d.push = notify_push.id)`
)

// Went says whether what the journal row at pos tells a party was taken by a channel.
func (n *Notifier) Went(ctx context.Context, party fengsui.ID, pos int64) (went bool, err error) {
	err = n.c.DB.View(ctx, func(tx *store.Tx) error {
		var at fengsui.Millis
		return tx.QueryRow(sqlSentStep, party, pos).Scan(&at)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Forget removes the pushes to a party that are older: those of the canary, which nobody
// ever looks at.
func (n *Notifier) Forget(ctx context.Context, party fengsui.ID, before fengsui.Millis) error {
	return n.c.DB.Keep(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(sqlForgetDeliveries, party, before); err != nil {
			return err
		}
		_, err := tx.Exec(sqlForgetPushes, party, before)
		return err
	})
}

// directWait bounds one attempt of Direct.
const directWait = 15 * time.Second

// Direct tells a step to its parties here and now, without journal, store and queue: for
// when one of these is what is broken. Each contact is told by the first of its channels
// that takes it; nothing is recorded and nothing is tried again. It says how many contacts
// took it. What is for the console alone, the store would have to carry.
func (n *Notifier) Direct(ctx context.Context, c fengsui.Change, step fengsui.Step) (told int, err error) {
	list, err := n.messages(ctx, store.Entry{At: step.FiredAt, Act: c.Act, Why: c.Why, Tell: []fengsui.Step{step}})
	if err != nil {
		return 0, err
	}
	var errs []error
	for i := range list {
		for _, contact := range n.reachable(&list[i]) {
			ok := false
			for _, ch := range contact.Channels {
				m := list[i].Message
				m.Contact, m.Address = contact.Name, ch.Address
				try, cancel := context.WithTimeout(ctx, directWait)
				_, failed := n.c.Channels[ch.Kind].Send(try, m)
				cancel()
				if failed == nil {
					ok = true
					break
				}
				errs = append(errs, fmt.Errorf("%s: %s", ch.Kind, words("", failed, ch.Address)))
			}
			if ok {
				told++
			}
		}
	}
	return told, errors.Join(errs...)
}

const sqlBacklog = `SELECT COALESCE((SELECT MAX(pos) FROM journal), 0) - COALESCE((SELECT pos FROM journal_place WHERE reader = 'notify'), 0),
	(SELECT COUNT(*) FROM notify_delivery WHERE state = 'waiting'),
	(SELECT COALESCE(SUM(in_doubt), 0) FROM notify_delivery WHERE state = 'waiting' OR flying = 1),
	(SELECT COUNT(*) FROM notify_address WHERE dead_since > 0)`

// Backlog is what notify has before it.
type Backlog struct {
	Behind  int64 // rows of the journal
	Waiting int64 // deliveries
	InDoubt int64 // attempts at these whose answer was lost
	Dead    int64 // addresses
}

// Backlog counts what waits.
func (n *Notifier) Backlog(ctx context.Context) (b Backlog, err error) {
	err = n.c.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(sqlBacklog).Scan(&b.Behind, &b.Waiting, &b.InDoubt, &b.Dead)
	})
	return b, err
}
