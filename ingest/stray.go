package ingest

import (
	"cmp"
	"context"
	"embed"
	"encoding/hex"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"fengsui"
	"fengsui/adapter"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what ingest keeps in the store: the quarantine.
func Tables() store.Tables {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the directory is embedded
	}
	return store.Tables{Stage: "ingest", FS: sub, Kept: []string{"stray"}}
}

const (
	maxStrayCode = 128  // bytes of a code that is remembered
	maxStrayFrom = 64   // bytes of an address
	maxStrayRaw  = 256  // bytes of what came
	maxPending   = 4096 // codes between two flushes; others are counted together as otherCodes
	maxStrays    = 1000 // codes of one enterprise in the store; the same
	maxAlarms    = 256  // alarms waiting to be told; those beyond are told together as one
	alarmEvery   = 10 * time.Minute
	maxToldOf    = 10_000 // alarms remembered as told; forgotten all at once when more
	maxAlarmsOf  = 20     // alarms of one sender in alarmEvery; those beyond are told together
	maxSenders   = 10_000 // senders whose alarms are counted; forgotten all at once when more

	// otherCodes stands for all codes for which there is no room: a sender that
	// invents codes must not fill the store.
	otherCodes = "…"
	// noCode stands for what names neither point nor device.
	noCode = "?"
)

// stray is one item from a point or device that nobody knows.
type stray struct {
	code   string
	at     fengsui.Millis
	value  float64
	event  string // the event's code; empty for samples
	raised bool
}

// alarms reports whether the duty desk has to hear of it.
func (s stray) alarms() bool { return s.event != "" && s.raised }

// strayText puts the code of an unknown point in front of its event's text, so
// that the log has it; strayOf takes it apart again.
func strayText(point, text string) string { return adapter.Cut(point, maxStrayCode) + ": " + text }

func strayOf(e *fengsui.Event, received fengsui.Millis) stray {
	code, _, _ := strings.Cut(e.Text, ": ")
	return stray{code: code, at: received, event: e.Code, raised: e.On}
}

// quarantine collects strays until they are in the store, and alarms until they
// are told.
type quarantine struct {
	wake chan struct{} // 1: an alarm waits

	told, lost atomic.Int64

	mu      sync.Mutex
	pending map[strayKey]*fengsui.Stray // guarded by mu
	alarms  []alarm                     // guarded by mu; oldest first
	toldOf  map[alarmKey]time.Time      // guarded by mu
	senders map[senderKey]*budget       // guarded by mu
}

// alarm is one that waits to be told, and what brings it back after a kill.
type alarm struct {
	fengsui.Stray
	untold *hold
}

// senderKey is who raises alarms: anyone may invent devices, but hardly addresses.
type senderKey struct {
	enterprise fengsui.ID
	host       string
}

// budget is how many alarms a sender raised since a moment.
type budget struct {
	since time.Time
	n     int
}

// over counts an alarm of a sender, and reports whether it had its share.
func (q *quarantine) over(k senderKey, now time.Time) bool {
	b := q.senders[k]
	if b == nil || now.Sub(b.since) >= alarmEvery {
		if q.senders == nil || len(q.senders) >= maxSenders {
			q.senders = map[senderKey]*budget{}
		}
		b = &budget{since: now}
		q.senders[k] = b
	}
	b.n++
	return b.n > maxAlarmsOf
}

type strayKey struct {
	enterprise fengsui.ID
	code       string
}

type alarmKey struct {
	strayKey
	event string
}

// add notes what came astray. Of an unknown point nothing is known, so every
// raised event counts as an emergency; the same one is told every 10 minutes at
// most, and what is beyond a sender's share as one. A device that is known by a key
// alone may be of no enterprise: nil.
func (q *quarantine) add(e *fengsui.Enterprise, v *adapter.Delivery, list []stray, untold *hold) {
	now := time.Now()
	host := v.From
	if port := strings.LastIndexByte(host, ':'); port > 0 {
		host = host[:port]
	}
	from, raw := adapter.Cut(v.From, maxStrayFrom), readable(v.Raw)
	var of fengsui.ID
	if e != nil {
		of = e.ID
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range list {
		key := strayKey{of, adapter.Cut(s.code, maxStrayCode)}
		p := q.place(key, s.at)
		p.Count++
		p.Last = max(p.Last, s.at)
		p.From, p.Raw = cmp.Or(from, p.From), cmp.Or(raw, p.Raw)
		if s.event == "" {
			p.LastValue = s.value
			continue
		}
		p.LastEvent = s.event
		if !s.raised {
			continue
		}
		a := alarmKey{strayKey{of, adapter.Cut(s.code, maxStrayCode)}, s.event}
		if last, ok := q.toldOf[a]; ok && now.Sub(last) < alarmEvery {
			continue
		}
		if q.over(senderKey{of, host}, now) {
			a = alarmKey{strayKey{of, otherCodes}, ""}
			if last, ok := q.toldOf[a]; ok && now.Sub(last) < alarmEvery {
				continue
			}
		}
		if n := len(q.alarms); n >= maxAlarms {
			q.lost.Add(1)
			if n > maxAlarms {
				continue // the last one says so
			}
			a = alarmKey{strayKey{"", otherCodes}, ""} // of whichever enterprise
		}
		if q.toldOf == nil || len(q.toldOf) >= maxToldOf {
			q.toldOf = map[alarmKey]time.Time{}
		}
		q.toldOf[a] = now
		untold.users.Add(1)
		q.alarms = append(q.alarms, alarm{fengsui.Stray{Enterprise: a.enterprise, Code: a.code, First: s.at, Last: s.at, Count: 1, LastEvent: s.event, From: from, Raw: raw}, untold})
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
}

// place is where what came from a code is counted until it is stored. mu is held.
func (q *quarantine) place(key strayKey, first fengsui.Millis) *fengsui.Stray {
	p := q.pending[key]
	if p == nil && len(q.pending) >= maxPending {
		key.code = otherCodes
		p = q.pending[key]
	}
	if p == nil {
		if q.pending == nil {
			q.pending = map[strayKey]*fengsui.Stray{}
		}
		p = &fengsui.Stray{Enterprise: key.enterprise, Code: key.code, First: first}
		q.pending[key] = p
	}
	return p
}

// readable is the beginning of what came, as a person can look at it and every store
// keeps it: text, or hexadecimal behind 0x.
func readable(raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	text := adapter.Cut(string(raw[:min(len(raw), maxStrayRaw+utf8.UTFMax)]), maxStrayRaw)
	if utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) {
		return text
	}
	return "0x" + hex.EncodeToString(raw[:min(len(raw), maxStrayRaw)])
}

// take takes what is pending.
func (q *quarantine) take() map[strayKey]*fengsui.Stray {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.pending
	q.pending = nil
	return p
}

// back puts back what could not be stored.
func (q *quarantine) back(list map[strayKey]*fengsui.Stray) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for key, old := range list {
		p := q.place(key, old.First)
		if p.Count == 0 {
			p.LastValue = old.LastValue
		}
		p.First, p.Last, p.Count = min(p.First, old.First), max(p.Last, old.Last), p.Count+old.Count
		p.LastEvent, p.From, p.Raw = cmp.Or(p.LastEvent, old.LastEvent), cmp.Or(p.From, old.From), cmp.Or(p.Raw, old.Raw)
	}
}

// alarm tells the duty desk, one alarm after the other, each until it is told.
func (d *Door) alarm(ctx context.Context) {
	q := &d.strays
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		}
		for wait := time.Second; ; {
			q.mu.Lock()
			if len(q.alarms) == 0 {
				q.mu.Unlock()
				break
			}
			a := q.alarms[0]
			s := a.Stray
			q.mu.Unlock()
			if d.c.Alarm != nil {
				if err := d.c.Alarm(ctx, s); err != nil {
					d.log.Error("alarm of an unknown point not told yet", "enterprise", s.Enterprise, "point", s.Code, "err", err)
					select {
					case <-ctx.Done():
						return
					case <-time.After(wait):
					}
					wait = min(2*wait, 30*time.Second)
					continue
				}
			}
			wait = time.Second
			q.told.Add(1)
			q.mu.Lock()
			q.alarms = q.alarms[1:]
			q.mu.Unlock()
			d.book.letGo(a.untold)
		}
	}
}

// flush stores the quarantine from time to time, and once more at the end.
func (d *Door) flush(ctx context.Context) {
	t := time.NewTicker(flushEvery)
	defer t.Stop()
	failing, tidied := false, time.Now()
	for open := true; open; {
		write := ctx
		select {
		case <-ctx.Done():
			open = false
			var cancel context.CancelFunc
			write, cancel = context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
		case <-t.C:
		}
		err := d.store(write)
		if err == nil && time.Since(tidied) >= tidyEvery {
			tidied = time.Now()
			err = d.tidy(write)
		}
		if (err != nil) != failing {
			if failing = err != nil; failing {
				d.log.Error("quarantine cannot be stored, it is counted in memory", "err", err)
			} else {
				d.log.Info("quarantine is stored again")
			}
		}
	}
}

// The quarantine's SQL. A code beyond an enterprise's share is counted under
// otherCodes.
const (
	sqlStrayUpdate = `UPDATE stray SET zone = $3, sector = $4, last_at = $5, count = count + $6, last_value = $7,
		last_event = CASE WHEN $8 = '' THEN last_event ELSE $8 END, remote = CASE WHEN $9 = '' THEN remote ELSE $9 END,
		raw = CASE WHEN $10 = '' THEN raw ELSE $10 END WHERE enterprise = $1 AND code = $2`
	sqlStrayCount  = `SELECT COUNT(*) FROM stray WHERE enterprise = $1`
	sqlStrayInsert = `INSERT INTO stray (enterprise, code, zone, sector, last_at, count, last_value, last_event, remote, raw, first_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	sqlStrayDelete = `DELETE FROM stray WHERE enterprise = $1 AND code = $2`
	sqlStrayOld    = `DELETE FROM stray WHERE last_at < $1`
)

var strayColumns = store.Columns{Enterprise: "enterprise", Zone: "zone", Sector: "sector"}

// store writes what is pending.
func (d *Door) store(ctx context.Context) error {
	list := d.strays.take()
	if len(list) == 0 {
		return nil
	}
	district := d.c.District()
	err := d.c.DB.Keep(ctx, func(tx *store.Tx) error {
		rows := map[fengsui.ID]int{} // of the enterprises that have a new code
		for _, s := range list {
			var zone fengsui.ID
			var sector fengsui.Sector
			if district != nil {
				if e := district.Enterprises[s.Enterprise]; e != nil {
					zone, sector = e.Zone, e.Sector
				}
			}
			code := s.Code
			for {
				n, err := tx.Exec(sqlStrayUpdate, s.Enterprise, code, zone, sector, s.Last, s.Count, s.LastValue, s.LastEvent, s.From, s.Raw)
				if err != nil {
					return err
				}
				if n > 0 {
					break
				}
				have, counted := rows[s.Enterprise]
				if !counted {
					if err := tx.QueryRow(sqlStrayCount, s.Enterprise).Scan(&have); err != nil {
						return err
					}
					rows[s.Enterprise] = have
				}
				if have >= maxStrays && code != otherCodes {
					code = otherCodes
					continue
				}
				rows[s.Enterprise]++
				if _, err := tx.Exec(sqlStrayInsert, s.Enterprise, code, zone, sector, s.Last, s.Count, s.LastValue, s.LastEvent, s.From, s.Raw, s.First); err != nil {
					return err
				}
				break
			}
		}
		return nil
	})
	if err != nil {
		d.strays.back(list)
	}
	return err
}

// tidy lets go of what has been registered since, and of what was not heard of for
// longer than it is kept.
func (d *Door) tidy(ctx context.Context) error {
	district := d.c.District()
	if district == nil {
		return nil
	}
	return d.c.DB.Keep(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT enterprise, code FROM stray`)
		if err != nil {
			return err
		}
		defer rows.Close()
		var known []strayKey
		for rows.Next() {
			var k strayKey
			if err := rows.Scan(&k.enterprise, &k.code); err != nil {
				return err
			}
			protocol, key, _ := strings.Cut(k.code, ":")
			e := district.Enterprises[k.enterprise]
			if e != nil && (district.PointByCode(e.Num, k.code) != nil || district.DeviceByCode(e.Num, k.code) != nil) ||
				k.enterprise == "" && district.DeviceByKey(protocol, key) != nil {
				known = append(known, k)
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		rows.Close()
		if d.c.StrayKeep > 0 {
			if _, err := tx.Exec(sqlStrayOld, fengsui.At(time.Now().Add(-d.c.StrayKeep))); err != nil {
				return err
			}
		}
		for _, k := range known {
			if _, err := tx.Exec(sqlStrayDelete, k.enterprise, k.code); err != nil {
				return err
			}
		}
		return nil
	})
}

// Strays reads the quarantine inside a scope, those that raised an alarm before the
// others, newest first, and how much there is in all.
func (d *Door) Strays(ctx context.Context, s fengsui.Scope, p fengsui.Page) (list []fengsui.Stray, total int, err error) {
	where, args := store.Scoped(s, strayColumns, nil)
	err = d.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM stray WHERE 1=1`+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT enterprise, code, first_at, last_at, count, last_value, last_event, remote, raw FROM stray WHERE 1=1`+where+
			` ORDER BY CASE WHEN last_event IN ('', 'device') THEN 1 ELSE 0 END, last_at DESC, enterprise, code LIMIT `+strconv.Itoa(p.Limit)+` OFFSET `+strconv.Itoa(p.Offset), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var x fengsui.Stray
			if err := rows.Scan(&x.Enterprise, &x.Code, &x.First, &x.Last, &x.Count, &x.LastValue, &x.LastEvent, &x.From, &x.Raw); err != nil {
				return err
			}
			list = append(list, x)
		}
		return rows.Err()
	})
	return list, total, err
}
