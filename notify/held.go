package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fengsui"
	"fengsui/store"
)

// A platform that was restored from a backup goes on where the copy was: what it would
// tell may have been told already, under keys that nobody knows any more. So nothing
// leaves it until an officer has looked (docs/decisions/0010). Models and clocks run
// meanwhile: what falls due is written and waits, or nobody could see it.
//
// That it is held is a row of the journal, and so is the release: a kill changes nothing.

// restoredRef is what those rows are about.
var restoredRef = fengsui.Ref{Kind: "restore", ID: "restore"}

const (
	actRestored = "restored"
	actReleased = "restore_released"
	actPicked   = "restore_picked" // pushes were withheld, or let go again

	maxPicked = 500 // pushes in one act
)

const (
	sqlRestored = `SELECT pos, at, act, after FROM journal WHERE object = $1 AND kind = $2 AND act IN ('restored', 'restore_released') ORDER BY pos DESC LIMIT 1`
	sqlRestore  = `SELECT pos, at, after FROM journal WHERE object = $1 AND kind = $2 AND act = 'restored' ORDER BY pos DESC LIMIT 1`

	// Pushes of which something waits or is withheld, with the row that they tell of.
	sqlHeldPushes = `SELECT p.id, p.key, p.pos, p.step, p.kind, p.number, p.warning, p.party, p.capacities, p.level, p.at, p.message, j.after, j.tell,
		(SELECT COUNT(*) FROM notify_delivery d WHERE d.push = p.id AND d.state = 'waiting'), (SELECT COUNT(*) FROM notify_delivery d WHERE d.push = p.id AND d.state = 'withheld')
		FROM notify_push p JOIN journal j ON j.pos = p.pos
		WHERE EXISTS (SELECT 1 FROM notify_delivery d WHERE d.push = p.id AND d.state IN ('waiting', 'withheld')) AND p.pos > $1`

	sqlWithhold = `UPDATE notify_delivery SET state = 'withheld' WHERE push = $1 AND state = 'waiting'`
	sqlLetGo    = `UPDATE notify_delivery SET state = 'waiting', held_until = 0, fails = 0 WHERE push = $1 AND state = 'withheld'`
	sqlLines    = `SELECT DISTINCT address FROM notify_delivery WHERE push = $1 AND state = 'waiting'`
)

// Hold writes that the records are an older copy: from this commit on nothing leaves.
func Hold(tx *store.Tx, by fengsui.Actor, r fengsui.Restored) error {
	return tx.Record(fengsui.Change{Of: restoredRef, Act: actRestored, By: by, After: r})
}

// holds says whether nothing may leave. A release is asked for once: another restore
// comes with another start.
func (n *Notifier) holds(tx *store.Tx) (bool, error) {
	if n.out.Load() {
		return false, nil
	}
	held, _, _, err := restored(tx, sqlRestored)
	n.out.Store(err == nil && !held)
	return held, err
}

// restored reads the newest restore, or with sqlRestored whether it is still held.
func restored(tx *store.Tx, query string) (held bool, r *fengsui.Restored, since fengsui.Millis, err error) {
	var pos int64
	var act, after string
	to := []any{&pos, &since, &after}
	if query == sqlRestored {
		to = []any{&pos, &since, &act, &after}
	}
	err = tx.QueryRow(query, restoredRef.ID, restoredRef.Kind).Scan(to...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil, 0, nil
	}
	if err != nil {
		return false, nil, 0, err
	}
	if query == sqlRestored {
		return act == actRestored, nil, since, nil
	}
	r = new(fengsui.Restored)
	return false, r, since, json.Unmarshal([]byte(after), r)
}

// heldPush is a push that waits or is withheld.
type heldPush struct {
	fengsui.HeldPush
	pos               int64
	waiting, withheld int
	body              string
	due               fengsui.Millis // the earliest of what its row tells
	period            int            // of its warning's level
	at                fengsui.Millis // own time of the signal that it tells of; 0: of none
}

// pushes gives what waits or is withheld, oldest first, some hundred at a time: a flood
// may wait.
func (n *Notifier) heldPushes(ctx context.Context, s fengsui.Scope, f fengsui.HeldFilter, r *fengsui.Restored, each func(*heldPush) error) error {
	const lot = 200
	for after, more := int64(0), true; more; {
		var list []*heldPush
		err := n.c.DB.View(ctx, func(tx *store.Tx) error {
			where, args := store.Scoped(s, pushColumns, []any{after})
			if f.Party != "" {
				args = append(args, f.Party)
				where += fmt.Sprintf(` AND p.party = $%d`, len(args))
			}
			rows, err := tx.Query(sqlHeldPushes+where+fmt.Sprintf(` ORDER BY p.pos, p.key LIMIT %d`, lot), args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				p, err := scanHeld(rows)
				if err != nil {
					return err
				}
				list = append(list, p)
			}
			return rows.Err()
		})
		if err != nil {
			return err
		}
		if more = len(list) == lot; more {
			// All pushes of one row come together.
			last := list[lot-1].pos
			k := lot
			for k > 0 && list[k-1].pos == last {
				k--
			}
			if k > 0 {
				list = list[:k]
			}
		}
		for _, p := range list {
			if p.Earlier, err = n.earlier(ctx, p, r); err != nil {
				return err
			}
			if f.Earlier && !p.Earlier {
				continue
			}
			if err := each(p); err != nil {
				return err
			}
		}
		if len(list) > 0 {
			after = list[len(list)-1].pos
		}
	}
	return nil
}

func scanHeld(rows *sql.Rows) (*heldPush, error) {
	p := new(heldPush)
	var capacities, after, tell string
	err := rows.Scan(&p.ID, &p.Key, &p.pos, &p.Step, &p.Kind, &p.Number, &p.Warning, &p.Party, &capacities, &p.Level, &p.At, &p.body, &after, &tell, &p.waiting, &p.withheld)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(capacities), &p.Capacities); err != nil {
		return nil, err
	}
	p.Withheld = p.waiting == 0
	p.Deliveries = []fengsui.Delivery{}
	var seen struct {
		At fengsui.Millis `json:"at"`
	}
	if after != "" && json.Unmarshal([]byte(after), &seen) == nil { // others' rows may have another shape
		p.at = seen.At
	}
	var steps []fengsui.Step
	if err := json.Unmarshal([]byte(tell), &steps); err != nil {
		return nil, err
	}
	for _, s := range steps { // an uplink falls due with what it passes on
		if s.DueAt > 0 && (p.due == 0 || s.DueAt < p.due) {
			p.due, p.period = s.DueAt, s.Period
		}
	}
	return p, nil
}

// earlier says whether a push tells of something that the lost platform knew of: then it
// may have gone out before. It waited in the copy; or its signal was in the log; or it
// fell due while that platform lived.
func (n *Notifier) earlier(ctx context.Context, p *heldPush, r *fengsui.Restored) (bool, error) {
	if r == nil {
		return false, nil
	}
	if p.pos <= r.Head {
		return true, nil
	}
	if p.at > 0 && p.Warning != "" {
		learnt, err := n.learnt(ctx, p.Warning, p.at)
		if err != nil || learnt > 0 {
			return learnt <= r.Heard, err
		}
	}
	if p.due == 0 {
		return false, nil
	}
	later, err := n.again(ctx, p, r)
	return p.due <= r.Heard.Add(later), err
}

func (n *Notifier) learnt(ctx context.Context, warning fengsui.ID, at fengsui.Millis) (fengsui.Millis, error) {
	if n.c.Learnt == nil {
		return 0, nil
	}
	return n.c.Learnt(ctx, warning, at)
}

// again is by how much later than on the lost platform the clock of a push began: a
// level that was judged again begins with our commit, as it did there when the signal
// came.
func (n *Notifier) again(ctx context.Context, p *heldPush, r *fengsui.Restored) (fengsui.Span, error) {
	if p.Warning == "" || p.period == 0 {
		return 0, nil
	}
	rows, _, err := n.c.DB.Entries(ctx, fengsui.Everything(), store.Filter{Warning: p.Warning, After: r.Head})
	if err != nil {
		return 0, err
	}
	for _, e := range rows {
		var after struct {
			Period int            `json:"period"`
			At     fengsui.Millis `json:"at"`
		}
		if e.Act != "raised" && e.Act != "upgraded" || json.Unmarshal(e.After, &after) != nil || after.Period != p.period {
			continue
		}
		learnt, err := n.learnt(ctx, p.Warning, after.At)
		if err != nil || learnt == 0 || learnt > r.Heard {
			return 0, err
		}
		return max(0, fengsui.Span(e.At-learnt)), nil
	}
	return 0, nil
}

// restore reads the newest restore and whether it is held.
func (n *Notifier) restore(ctx context.Context) (held bool, r *fengsui.Restored, since fengsui.Millis, err error) {
	err = n.c.DB.View(ctx, func(tx *store.Tx) error {
		if held, _, _, err = restored(tx, sqlRestored); err != nil {
			return err
		}
		_, r, since, err = restored(tx, sqlRestore)
		return err
	})
	return held, r, since, err
}

// Holding says whether nothing leaves the platform because it was restored.
func (n *Notifier) Holding(ctx context.Context) (bool, error) {
	if n.out.Load() {
		return false, nil
	}
	held, _, _, err := n.restore(ctx)
	return held, err
}

// Held says what waits inside a scope, by receiver, at most 500 of them.
func (n *Notifier) Held(ctx context.Context, s fengsui.Scope) (fengsui.Held, error) {
	h := fengsui.Held{Receivers: []fengsui.HeldReceiver{}}
	var err error
	if h.Held, h.Restored, h.Since, err = n.restore(ctx); err != nil || h.Restored == nil {
		return h, err
	}
	at := map[fengsui.ID]int{}
	err = n.heldPushes(ctx, s, fengsui.HeldFilter{}, h.Restored, func(p *heldPush) error {
		if !h.Held && !p.Withheld {
			return nil // on its way
		}
		i, ok := at[p.Party]
		if !ok && len(h.Receivers) < 500 {
			i, ok = len(h.Receivers), true
			at[p.Party] = i
			h.Receivers = append(h.Receivers, fengsui.HeldReceiver{Party: p.Party})
		}
		var one fengsui.HeldReceiver
		switch {
		case p.Withheld:
			one.Withheld = 1
		case p.Earlier:
			one.Pushes, one.Earlier = 1, 1
		default:
			one.Pushes = 1
		}
		h.Pushes, h.Earlier, h.Withheld = h.Pushes+one.Pushes, h.Earlier+one.Earlier, h.Withheld+one.Withheld
		if ok {
			x := &h.Receivers[i]
			x.Pushes, x.Earlier, x.Withheld = x.Pushes+one.Pushes, x.Earlier+one.Earlier, x.Withheld+one.Withheld
		}
		return nil
	})
	return h, err
}

// mayRelease refuses who may not, or sees a part alone: what is decided here is
// everybody's.
func mayRelease(s fengsui.Scope) error {
	if err := s.Allow(fengsui.ActRelease, fengsui.None); err != nil {
		return err
	}
	if !s.All {
		return fengsui.Errorf(fengsui.Forbidden, "district_only", "what a restored platform holds is released by those who see the whole district")
	}
	return nil
}

// HeldPushes lists what waits or is withheld inside a scope, oldest first, and how many
// there are.
func (n *Notifier) HeldPushes(ctx context.Context, s fengsui.Scope, f fengsui.HeldFilter, page fengsui.Page) (list []fengsui.HeldPush, total int, err error) {
	held, r, _, err := n.restore(ctx)
	if err != nil || r == nil {
		return nil, 0, err
	}
	err = n.heldPushes(ctx, s, f, r, func(p *heldPush) error {
		if !held && !p.Withheld {
			return nil
		}
		if total++; total <= page.Offset || len(list) >= page.Limit {
			return nil
		}
		if err := n.describe(ctx, p); err != nil {
			return err
		}
		list = append(list, p.HeldPush)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, n.addressed(ctx, s, list)
}

// describe says what a push is about.
func (n *Notifier) describe(ctx context.Context, p *heldPush) error {
	var m Message
	if err := json.Unmarshal([]byte(p.body), &m); err != nil {
		return err
	}
	p.Title = m.Texts["zh"].Title
	if p.Warning == "" {
		return nil
	}
	w, err := n.c.Warning(ctx, p.Warning)
	if fengsui.CodeOf(err) == fengsui.NotFound {
		return nil
	}
	p.Model, p.Subject, p.Occurrence = w.Model, w.Subject, int(w.Occurrence)
	return err
}

// addressed adds the deliveries of pushes that are listed.
func (n *Notifier) addressed(ctx context.Context, s fengsui.Scope, list []fengsui.HeldPush) error {
	return n.c.DB.View(ctx, func(tx *store.Tx) error {
		for i := range list {
			p := &list[i]
			err := deliveries(tx, ` FROM notify_push x WHERE x.id = $1`, []any{p.ID}, func(_ fengsui.ID, d fengsui.Delivery) {
				d.Address = n.resolve(d.Channel, d.Address)
				if !s.May(fengsui.ActPushes, p.Level) {
					d.Address, d.Contact = Mask(d.Address), maskName(d.Contact)
				}
				p.Deliveries = append(p.Deliveries, d)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// picked is what the journal keeps of pushes that an officer withheld or let go, and of
// a release.
type picked struct {
	Send     bool                `json:"send"`
	Which    fengsui.HeldRelease `json:"which,omitempty"`
	Pushes   []fengsui.ID        `json:"pushes,omitempty"`
	Sent     int                 `json:"sent"`     // that go out
	Withheld int                 `json:"withheld"` // that do not
}

var errNotRestored = fengsui.Errorf(fengsui.Conflict, "not_restored", "this platform was not restored from a backup: nothing is held")

// Pick withholds pushes, or lets them go again: while all are held they wait for the
// release, afterwards they go out at once.
func (n *Notifier) Pick(ctx context.Context, s fengsui.Scope, by fengsui.Actor, pushes []fengsui.ID, send bool, why string) error {
	if err := mayRelease(s); err != nil {
		return err
	}
	if len(pushes) == 0 || len(pushes) > maxPicked {
		return fengsui.Errorf(fengsui.Invalid, "how_many", "name from 1 to %d pushes", maxPicked)
	}
	err := n.c.DB.Change(ctx, func(tx *store.Tx) error {
		if _, r, _, err := restored(tx, sqlRestore); err != nil || r == nil {
			return errors.Join(err, errNotRestored)
		}
		held, _, _, err := restored(tx, sqlRestored)
		if err != nil {
			return err
		}
		if !held && !send {
			return fengsui.Errorf(fengsui.Conflict, "released", "the pushes were released already: what was on its way is gone")
		}
		done := picked{Send: send, Pushes: pushes}
		for _, id := range pushes {
			query := sqlWithhold
			if send {
				query = sqlLetGo
			}
			k, err := tx.Exec(query, id)
			if err != nil {
				return err
			}
			if k == 0 {
				return fengsui.Errorf(fengsui.NotFound, "not_held", "the push %s is not among those that are held", id)
			}
			if send {
				done.Sent++
				if err := dueNow(tx, id); err != nil {
					return err
				}
			} else {
				done.Withheld++
			}
		}
		return tx.Record(fengsui.Change{Of: restoredRef, Act: actPicked, By: by, Why: why, After: done})
	})
	n.stir()
	return err
}

// dueNow has the lines of a push tried.
func dueNow(tx *store.Tx, push fengsui.ID) error {
	var lines []fengsui.ID
	rows, err := tx.Query(sqlLines, push)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id fengsui.ID
		if err := rows.Scan(&id); err != nil {
			return err
		}
		lines = append(lines, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, id := range lines {
		if _, err := tx.Exec(sqlDue, id, now()); err != nil {
			return err
		}
	}
	return nil
}

// Release lets the pushes out: all that are not withheld, or only those that tell of
// what came after the restore; the others are withheld then, and can be sent one by one.
func (n *Notifier) Release(ctx context.Context, s fengsui.Scope, by fengsui.Actor, which fengsui.HeldRelease, why string) error {
	if err := mayRelease(s); err != nil {
		return err
	}
	if which != fengsui.ReleaseAll && which != fengsui.ReleaseLater {
		return fengsui.Errorf(fengsui.Invalid, "which", "say which pushes go out: all, or later")
	}
	held, r, _, err := n.restore(ctx)
	if err != nil {
		return err
	}
	if !held {
		return fengsui.Errorf(fengsui.Conflict, "not_held", "nothing is held: there is nothing to release")
	}
	if err := n.caughtUp(ctx, *r); err != nil {
		return err
	}
	done := picked{Send: true, Which: which}
	var back []fengsui.ID
	err = n.heldPushes(ctx, fengsui.Everything(), fengsui.HeldFilter{}, r, func(p *heldPush) error {
		switch {
		case p.Withheld:
			done.Withheld++
		case which == fengsui.ReleaseLater && p.Earlier:
			done.Withheld++
			back = append(back, p.ID)
		default:
			done.Sent++
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = n.c.DB.Change(ctx, func(tx *store.Tx) error {
		if still, _, _, err := restored(tx, sqlRestored); err != nil || !still {
			return errors.Join(err, fengsui.Errorf(fengsui.Conflict, "not_held", "nothing is held: somebody released it"))
		}
		for _, id := range back {
			if _, err := tx.Exec(sqlWithhold, id); err != nil {
				return err
			}
		}
		return tx.Record(fengsui.Change{Of: restoredRef, Act: actReleased, By: by, Why: why, After: done})
	})
	n.stir()
	return err
}

// caughtUp refuses a release while the past is still being judged again: what is found
// afterwards could not be told from what is new.
func (n *Notifier) caughtUp(ctx context.Context, r fengsui.Restored) error {
	if n.c.Caught != nil {
		if err := n.c.Caught(ctx, r); err != nil {
			return err
		}
	}
	head := n.c.DB.Head()
	for wait := time.Now().Add(3 * time.Second); ; {
		place := int64(0)
		err := n.c.DB.View(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT COALESCE((SELECT pos FROM journal_place WHERE reader = 'notify'), 0)`).Scan(&place)
		})
		if err != nil || place >= head {
			return err
		}
		if time.Now().After(wait) {
			return fengsui.Errorf(fengsui.Unavailable, "still_judging", "the pushes of %d journal rows are still being made: release them when all can be seen, in some seconds", head-place)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
