package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fengsui"
	"fengsui/fault"
	"fengsui/store"
)

const (
	sqlDoubt = `UPDATE notify_delivery SET in_doubt = in_doubt + 1, flying = 0 WHERE flying = 1`

	sqlLine = `SELECT id, channel, address, party, contact, fails, dead_since, next_at FROM notify_address WHERE next_at > 0 ORDER BY next_at, id LIMIT $1`

	// The oldest that is neither held nor behind a held one of the same warning. What is
	// not before its time is behind nobody and before nobody.
	sqlHead = `SELECT d.id, d.push, d.contact, d.place, d.seq, d.pos, d.ord, d.rest, d.fails, d.rounds, d.not_before, p.message, p.party, p.warning, p.enterprise, p.zone, p.sector, p.peak
	FROM notify_delivery d JOIN notify_push p ON p.id = d.push
	WHERE d.address = $1 AND d.state = 'waiting' AND d.held_until <= $2 AND d.not_before <= $2 AND NOT EXISTS (
		SELECT 1 FROM notify_delivery h JOIN notify_push q ON q.id = h.push
		WHERE h.address = $1 AND h.state = 'waiting' AND h.held_until > 0 AND h.held_until > $2
		AND q.warning = p.warning AND p.warning <> '' AND (h.pos < d.pos OR h.pos = d.pos AND h.ord < d.ord))
	ORDER BY d.pos, d.ord LIMIT 1`

	sqlBegin = `UPDATE notify_delivery SET attempts = attempts + 1, flying = $3, state = $4, last_at = $2, first_at = CASE WHEN first_at = 0 THEN $2 ELSE first_at END WHERE id = $1`

	sqlAnswer = `UPDATE notify_delivery SET state = $2, answer = $3, flying = 0, last_at = $4 WHERE id = $1`

	sqlHold = `UPDATE notify_delivery SET answer = $2, flying = 0, last_at = $3, fails = fails + 1, held_until = $4 WHERE id = $1`

	sqlRelease = `UPDATE notify_delivery SET fails = 0, held_until = 0 WHERE address = $1 AND state = 'waiting' AND held_until > 0`

	// The address takes messages: nobody is held for the sake of turns any longer.
	sqlOpen = `UPDATE notify_delivery SET held_until = CASE WHEN fails <= 1 THEN CAST($2 AS BIGINT) ELSE CAST($3 AS BIGINT) END
	WHERE address = $1 AND state = 'waiting' AND held_until > 0 AND held_until > $3`

	// Nothing is to be tried until the first that is held, or before its time, may be.
	sqlIdle = `UPDATE notify_address SET next_at = COALESCE((SELECT MIN(CASE WHEN d.held_until > d.not_before THEN d.held_until ELSE d.not_before END) FROM notify_delivery d
	WHERE d.address = notify_address.id AND d.state = 'waiting' AND (d.held_until > $2 OR d.not_before > $2)), 0) WHERE id = $1`

	// How many warnings have something waiting at an address.
	sqlCases = `SELECT COUNT(DISTINCT p.warning) FROM notify_delivery d JOIN notify_push p ON p.id = d.push WHERE d.address = $1 AND d.state = 'waiting'`

	// What was taken is sent again, while nobody confirms.
	sqlAgain = `UPDATE notify_delivery SET answer = $2, receipt = $3, flying = 0, last_at = $4, fails = 0, held_until = 0, rounds = rounds + 1, not_before = $5
	WHERE id = $1 AND rounds < $6 AND EXISTS (SELECT 1 FROM notify_push p WHERE p.id = notify_delivery.push AND p.confirmed_at = 0)`

	sqlReceipt = `UPDATE notify_delivery SET receipt = $2 WHERE id = $1`

	// The line goes on with the next that waits, or is idle.
	sqlTurn = `UPDATE notify_address SET fails = $2, dead_since = $3, probe_at = $4, answer = $5,
	next_at = CASE WHEN EXISTS (SELECT 1 FROM notify_delivery d WHERE d.address = notify_address.id AND d.state = 'waiting') THEN CAST($6 AS BIGINT) ELSE 0 END WHERE id = $1`

	sqlWaiting = `SELECT d.id, d.push, p.party, d.contact, d.place, d.seq, d.pos, d.ord, d.rest, d.not_before FROM notify_delivery d JOIN notify_push p ON p.id = d.push
	WHERE d.address = $1 AND d.state = 'waiting' ORDER BY d.pos, d.ord`

	sqlLeft = `UPDATE notify_delivery SET state = $2, answer = $3 WHERE id = $1`
)

// line is an address with what is known of it.
type line struct {
	id      fengsui.ID
	channel string
	address string
	party   fengsui.ID
	contact string
	fails   int
	dead    fengsui.Millis
	next    fengsui.Millis
}

// attempt is one try to deliver a message of a line.
type attempt struct {
	line
	waiting
	tries   int // how often it was held before
	rounds  int // how often it was taken before
	message Message
	about   store.Entry // where the push belongs
	answer  string
	receipt string // by which a gateway reports on it
	err     error
	lost    bool // we stopped before we knew the answer
}

// waiting is a delivery that is to be made.
type waiting struct {
	queued
	delivery fengsui.ID
	rest     []fengsui.Channel // for when it cannot be made here
}

// send tries what is due, at most one attempt a line and Workers in all, and
// sleeps until the next is due. It alone writes attempts and answers.
func (n *Notifier) send(ctx context.Context) error {
	if err := n.c.DB.Keep(ctx, func(tx *store.Tx) error { _, err := tx.Exec(sqlDoubt); return err }); err != nil {
		return err
	}
	busy := map[fengsui.ID]bool{}
	answers := make(chan attempt, n.c.Workers) // a place for each attempt: none waits to report
	var done []attempt                         // answered, not recorded
	flight, ground := context.WithCancel(ctx)
	defer func() {
		// Whatever makes us stop, what was answered is recorded; what was not is
		// in doubt at the next start.
		ground()
		for range busy {
			if a := <-answers; !a.lost {
				done = append(done, a)
			}
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, err := n.turn(last, &done, nil); err != nil {
			n.c.Log.Warn("answers could not be recorded: their attempts are in doubt", "count", len(done), "err", err)
		}
	}()
	for {
		begun := begin{busy: busy, free: n.c.Workers - len(busy)}
		next, err := n.turn(ctx, &done, &begun)
		switch {
		case err == nil:
		case len(done) > 0 && fengsui.CodeOf(err) == fengsui.Unavailable:
			// Who said yes is not asked again because of our trouble.
			n.c.Log.Warn("answers wait for the store", "count", len(done), "err", err)
			next = now().Add(1000)
		default:
			return err
		}
		for _, a := range begun.list {
			busy[a.id] = true
			go func() { answers <- n.try(flight, a) }()
		}
		var timer <-chan time.Time
		if next > 0 {
			timer = time.After(time.Until(next.Time()))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-n.wake:
		case <-timer:
		case a := <-answers:
			delete(busy, a.id)
			done = append(done, a)
			for more := true; more; {
				select {
				case a := <-answers:
					delete(busy, a.id)
					done = append(done, a)
				default:
					more = false
				}
			}
		}
	}
}

// begin is what may be begun, and was.
type begin struct {
	busy map[fengsui.ID]bool
	free int
	list []attempt
}

// turn records answers and begins what is due, in one transaction. What the duty
// desk is to hear of goes before, in a transaction of its own that tells of it.
// What is recorded is taken out of done. It says when the next is due: 0 when an
// answer or a new push must come first.
func (n *Notifier) turn(ctx context.Context, done *[]attempt, b *begin) (next fengsui.Millis, err error) {
	var plain []attempt
	for i, a := range *done {
		o := n.outcome(&a)
		if len(o.tell) == 0 {
			plain = append(plain, a)
			continue
		}
		if err := n.c.DB.Change(ctx, func(tx *store.Tx) error { return n.tell(tx, &a, o) }); err != nil {
			*done = append(plain, (*done)[i:]...)
			return 0, err
		}
	}
	*done = plain
	if len(plain) == 0 && b == nil {
		return 0, nil
	}
	err = n.c.DB.Keep(ctx, func(tx *store.Tx) error {
		for i := range plain {
			if err := n.answer(tx, &plain[i], n.outcome(&plain[i])); err != nil {
				return err
			}
		}
		if b == nil {
			return nil
		}
		next, err = n.begin(tx, b)
		return err
	})
	if err != nil {
		if b != nil {
			b.list = nil
		}
		return 0, err
	}
	*done = nil
	return next, nil
}

// begin records the attempts that are due, as far as there are workers.
func (n *Notifier) begin(tx *store.Tx, b *begin) (next fengsui.Millis, err error) {
	if held, err := n.holds(tx); held || err != nil {
		b.list = nil
		return 0, err // the release wakes us
	}
	at := now()
	later, err := n.chase(tx, at)
	if err != nil {
		return 0, err
	}
	due, next, err := n.due(tx, b, at)
	if err != nil {
		return 0, err
	}
	if next == 0 || later > 0 && later < next {
		next = later
	}
	b.list = nil
	for _, l := range due {
		l.address = n.resolve(l.channel, l.address)
		a := attempt{line: l}
		var body, rest string
		w, e := &a.waiting, &a.about
		err := tx.QueryRow(sqlHead, l.id, at).Scan(&w.delivery, &w.push, &w.queued.contact, &w.place, &w.seq, &w.pos, &w.ord, &rest, &a.tries, &a.rounds, &w.notBefore,
			&body, &w.party, &e.Warning, &e.Enterprise, &e.Zone, &e.Sector, &e.Peak)
		if errors.Is(err, sql.ErrNoRows) {
			if _, err := tx.Exec(sqlIdle, l.id, at); err != nil {
				return 0, err
			}
			next = at // others may be behind it
			continue
		}
		if err != nil {
			return 0, err
		}
		if err := errors.Join(json.Unmarshal([]byte(body), &a.message), json.Unmarshal([]byte(rest), &w.rest)); err != nil {
			return 0, err
		}
		a.message.Contact, a.message.Address = w.queued.contact, l.address
		if a.rounds > 0 { // another message for the receiver, which would not take the same twice
			a.message.Key = fmt.Sprintf("%s/%d", a.message.Key, a.rounds+1)
		}
		flying, state := 1, fengsui.Waiting
		if fault.On(fault.EarlySent) {
			flying, state = 0, fengsui.Sent
		}
		if _, err := tx.Exec(sqlBegin, a.delivery, at, flying, state); err != nil {
			return 0, err
		}
		b.list = append(b.list, a)
	}
	return next, nil
}

// due are the lines whose time has come, as many as there are workers free, and
// when the next one's comes.
func (n *Notifier) due(tx *store.Tx, b *begin, at fengsui.Millis) (list []line, next fengsui.Millis, err error) {
	if b.free <= 0 {
		return nil, 0, nil
	}
	rows, err := tx.Query(sqlLine, n.c.Workers+1)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var l line
		if err := rows.Scan(&l.id, &l.channel, &l.address, &l.party, &l.contact, &l.fails, &l.dead, &l.next); err != nil {
			return nil, 0, err
		}
		switch {
		case b.busy[l.id]:
		case l.next > at:
			return list, l.next, nil
		case len(list) < b.free:
			list = append(list, l)
		}
	}
	return list, 0, rows.Err()
}

// try makes one attempt.
func (n *Notifier) try(flight context.Context, a attempt) attempt {
	ch := n.c.Channels[a.channel]
	if ch == nil {
		a.err = fmt.Errorf("this platform has no channel %s any more", a.channel)
		return a
	}
	ctx, cancel := context.WithTimeout(flight, n.c.Retry[a.channel].Timeout.Duration())
	defer cancel()
	if n.c.Sent != nil {
		began := time.Now()
		defer func() { n.c.Sent(a.channel, &a.message, began, a.err) }()
	}
	if r, ok := ch.(Receipted); ok {
		a.answer, a.receipt, a.err = r.SendReceipted(ctx, a.message)
	} else {
		a.answer, a.err = ch.Send(ctx, a.message)
	}
	a.lost = a.err != nil && flight.Err() != nil
	return a
}

// answer records what came of an attempt and when the line goes on.
func (n *Notifier) answer(tx *store.Tx, a *attempt, o outcome) (err error) {
	r, at := n.c.Retry[a.channel], now()
	said := words(a.answer, a.err, a.address)
	fails, dead, probe, next := a.fails, a.dead, fengsui.Millis(0), at
	switch {
	case o.fate == Taken:
		err = n.taken(tx, a, said)
	case o.gone:
		if err = n.onward(tx, a.waiting); err == nil {
			_, err = tx.Exec(sqlAnswer, a.delivery, fengsui.Refused, said, at)
		}
	case o.fate == Held:
		var until fengsui.Millis
		if until, err = n.until(tx, a, o, at); err == nil {
			_, err = tx.Exec(sqlHold, a.delivery, said, at, until)
		}
	default:
		_, err = tx.Exec(sqlAnswer, a.delivery, fengsui.Waiting, said, at)
	}
	if err != nil {
		return err
	}
	switch {
	case o.fate == Taken || o.fate == Refused:
		fails, dead = 0, 0
	case o.fate == Waits || a.tries == 0:
		fails++
	}
	if o.back {
		if _, err := tx.Exec(sqlRelease, a.line.id); err != nil {
			return err
		}
	}
	if o.fate == Taken && a.fails > 0 && !o.back && len(r.Delays) > 0 {
		if _, err := tx.Exec(sqlOpen, a.line.id, at.Add(r.Delays[0]), at.Add(r.Probe)); err != nil {
			return err
		}
	}
	if o.dies {
		dead = at
	}
	switch {
	case dead > 0:
		next = at.Add(r.Probe)
		if !r.Forever {
			if err := n.leave(tx, a, said); err != nil {
				return err
			}
		}
	case o.fate == Waits:
		next = at.Add(r.Delays[a.fails])
	}
	if o.all {
		next = max(next, at.Add(o.wait))
	}
	if next > at {
		probe = next
	}
	_, err = tx.Exec(sqlTurn, a.line.id, fails, dead, probe, said, next)
	return err
}

// until is how long a message is held that was not taken. Where the address takes one
// attempt at a time, because it counts as dead or asked us to wait, the other warnings
// have their turns before this one has its next.
func (n *Notifier) until(tx *store.Tx, a *attempt, o outcome, at fengsui.Millis) (fengsui.Millis, error) {
	r := n.c.Retry[a.channel]
	pause, turn := r.Probe, fengsui.Span(0)
	if a.tries < len(r.Delays) {
		pause = r.Delays[a.tries]
	}
	if o.all {
		turn = o.wait
	}
	if a.dead > 0 || o.dies {
		pause, turn = 0, max(r.Probe, turn)
	}
	if turn > 0 {
		cases := 0
		if err := tx.QueryRow(sqlCases, a.line.id).Scan(&cases); err != nil {
			return 0, err
		}
		pause += turn * fengsui.Span(cases)
	}
	return at.Add(max(pause, o.wait)), nil
}

// taken records a yes: the delivery is done, unless its channel repeats what nobody
// has confirmed.
func (n *Notifier) taken(tx *store.Tx, a *attempt, said string) error {
	r, at := n.c.Retry[a.channel], now()
	if r.Repeat.Times > 0 {
		again, err := tx.Exec(sqlAgain, a.delivery, said, a.receipt, at, at.Add(r.Repeat.Every), r.Repeat.Times)
		if err != nil || again > 0 {
			return err
		}
	}
	if a.receipt != "" {
		if _, err := tx.Exec(sqlReceipt, a.delivery, a.receipt); err != nil {
			return err
		}
	}
	_, err := tx.Exec(sqlAnswer, a.delivery, fengsui.Sent, said, at)
	return err
}

// further reads the channels that are left.
func (w *waiting) further(rest string) error { return json.Unmarshal([]byte(rest), &w.rest) }

// onward gives what is not delivered here to the contact's next channel, if there
// is one.
func (n *Notifier) onward(tx *store.Tx, w waiting) error {
	if len(w.rest) == 0 {
		return nil
	}
	w.seq++
	return n.enqueue(tx, w.queued, w.rest)
}

// leave takes everything out of a dead line: over to the contact's next channel,
// or given up where there is none.
func (n *Notifier) leave(tx *store.Tx, a *attempt, said string) error {
	var list []waiting
	rows, err := tx.Query(sqlWaiting, a.line.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var w waiting
		var rest string
		if err := rows.Scan(&w.delivery, &w.push, &w.party, &w.contact, &w.place, &w.seq, &w.pos, &w.ord, &rest, &w.notBefore); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(rest), &w.rest); err != nil {
			return err
		}
		list = append(list, w)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, w := range list {
		state := fengsui.GaveUp
		if len(w.rest) > 0 {
			state = fengsui.FellOver
		}
		if err := n.onward(tx, w); err != nil {
			return err
		}
		if _, err := tx.Exec(sqlLeft, w.delivery, state, said); err != nil {
			return err
		}
	}
	return nil
}

// tell records an attempt after which a line is dead or back, or a message refused
// or not taken for long, and tells the duty desk, once: the state is in the same
// transaction.
func (n *Notifier) tell(tx *store.Tx, a *attempt, o outcome) error {
	if err := n.answer(tx, a, o); err != nil {
		return err
	}
	for _, kind := range o.tell {
		if err := n.report(tx, a, kind); err != nil {
			return err
		}
	}
	return nil
}

// report is the journal row of one such thing: of the channel, or of the push.
func (n *Notifier) report(tx *store.Tx, a *attempt, kind fengsui.StepKind) error {
	at := now()
	step := fengsui.Step{ID: fengsui.NewID(), Kind: kind, Number: 1, DueAt: at, FiredAt: at, To: []fengsui.Told{}}
	d := n.c.District()
	for _, p := range d.Kind(fengsui.Operator) {
		step.To = append(step.To, fengsui.Told{Party: p.ID, Capacities: []fengsui.Capacity{fengsui.AsDuty}})
	}
	said := words(a.answer, a.err, a.address)
	after := fengsui.DeadChannel{ID: a.line.id, Channel: a.channel, Address: Mask(a.address), Party: a.line.party, Contact: a.line.contact, Since: at, Answer: said}
	c := fengsui.Change{Act: string(kind), By: fengsui.Platform("notify"), At: at, Why: said}
	switch kind {
	case StepRefused, StepHeld:
		step.Warning, step.Level = a.about.Warning, a.message.Level
		c.Of = fengsui.Ref{Kind: "push", ID: a.push}
		c.Warning, c.Enterprise, c.Zone, c.Sector, c.Level = a.about.Warning, a.about.Enterprise, a.about.Zone, a.about.Sector, a.about.Peak
	default:
		if kind == StepBack {
			after.Since = a.dead
		}
		c.Of = fengsui.Ref{Kind: "channel", ID: a.line.id}
		if e := d.Enterprises[a.line.party]; e != nil {
			c.Enterprise, c.Zone, c.Sector = e.ID, e.Zone, e.Sector
		}
	}
	c.After, c.Tell = after, []fengsui.Step{step}
	n.c.Log.Warn("a delivery is in trouble, or was", "state", string(kind), "channel", a.channel, "address", Mask(a.address), "err", a.err)
	return tx.Record(c)
}
