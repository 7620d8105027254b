package warning

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	selectLaw    = `SELECT body FROM law`
	selectPolicy = `SELECT body FROM law WHERE key=$1`
	keepPolicy   = `INSERT INTO law (key, kept_at, body) VALUES ($1,$2,$3) ON CONFLICT (key) DO UPDATE SET kept_at=excluded.kept_at, body=excluded.body`
)

// Law keeps the district's policy among the records, and gives with it those before it,
// the district's last: a warning keeps the version it began under, whatever file is named
// now. The policy of a show is never among those of a real district, nor the other way
// round. When one that open warnings began under is not there, it says so.
func Law(ctx context.Context, db *store.DB, district *fengsui.Escalation) ([]*fengsui.Escalation, error) {
	body, err := json.Marshal(district)
	if err != nil {
		return nil, err
	}
	var list []*fengsui.Escalation
	var missing []string
	known := false
	err = db.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(selectLaw)
		if err != nil {
			return err
		}
		kept, err := all(rows, scanPolicy)
		if err != nil {
			return err
		}
		for _, p := range kept {
			switch {
			case p.Key() == district.Key():
				is, err := json.Marshal(p)
				if err != nil {
					return err
				}
				known = bytes.Equal(is, body)
			case oneDistrict(p, district):
				list = append(list, p)
			}
		}
		slices.SortFunc(list, func(a, b *fengsui.Escalation) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
		})
		list = append(list, district)
		open, err := openUnder(tx)
		for _, key := range open {
			if find(list, key) == nil {
				missing = append(missing, key)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the policies: %w", err)
	}
	if len(missing) > 0 {
		return nil, fengsui.Errorf(fengsui.Conflict, "policy_missing",
			"open warnings began under policy %[1]s, and their clocks cannot go on under %[2]s: name the file of %[1]s as policy and start once, so that it is kept, then %[2]s; if one of the two is a show's, start on another data directory",
			strings.Join(missing, ", "), district.Key())
	}
	if known {
		return list, nil
	}
	// A file that was changed without a new version takes the place of what was kept; the
	// journal has both.
	err = db.Change(ctx, func(tx *store.Tx) error {
		now := fengsui.At(time.Now())
		if _, err := tx.Exec(keepPolicy, district.Key(), now, string(body)); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "policy", ID: fengsui.ID(district.Key())}, Act: "policy_kept", By: fengsui.Platform(stage), At: now, After: district})
	})
	if err != nil {
		return nil, fmt.Errorf("keep policy %s: %w", district.Key(), err)
	}
	return list, nil
}

// oneDistrict says whether two policies may be those of one district: both are a show's, or none.
func oneDistrict(p, q *fengsui.Escalation) bool { return (p.Scale == "") == (q.Scale == "") }

// find is the policy of a key, nil when it is not there.
func find(list []*fengsui.Escalation, key string) *fengsui.Escalation {
	for _, p := range list {
		if p.Key() == key {
			return p
		}
	}
	return nil
}

// openUnder are the keys of the policies that open warnings began under.
func openUnder(tx *store.Tx) ([]string, error) {
	rows, err := tx.Query(openPolicies)
	if err != nil {
		return nil, err
	}
	return all(rows, func(r scanner) (key string, err error) { return key, r.Scan(&key) })
}

func scanPolicy(r scanner) (*fengsui.Escalation, error) {
	var body string
	if err := r.Scan(&body); err != nil {
		return nil, err
	}
	p := new(fengsui.Escalation)
	if err := json.Unmarshal([]byte(body), p); err != nil {
		return nil, fmt.Errorf("read a kept policy: %w", err)
	}
	return p, Validate(p)
}

// law are the policies that an engine knows, the district's last.
type law struct {
	mu   sync.Mutex
	list []*fengsui.Escalation // guarded by mu; replaced, never changed
}

func (l *law) all() []*fengsui.Escalation {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list
}

// of is the policy of a key. While processes are replaced one after the other, another
// one may raise warnings under a policy that this one does not know yet: then it is read
// from the records. Without a transaction only what is known is found.
func (l *law) of(tx *store.Tx, key string) (*fengsui.Escalation, error) {
	list := l.all()
	if p := find(list, key); p != nil {
		return p, nil
	}
	missing := fengsui.Errorf(fengsui.NotFound, "policy_missing", "warnings began under policy %s, which is not among the records", key)
	if tx == nil {
		return nil, missing
	}
	p, err := scanPolicy(tx.QueryRow(selectPolicy, key))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !oneDistrict(p, list[len(list)-1]) {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if find(l.list, key) == nil {
		l.list = append([]*fengsui.Escalation{p}, l.list...)
	}
	return p, nil
}

// inForce is the policy for what begins now: the district's, or until its date comes the
// newest before it of the same name.
func (l *law) inForce(now fengsui.Millis) *fengsui.Escalation {
	today := now.Time().In(fengsui.Civil).Format(time.DateOnly)
	list := l.all()
	district := list[len(list)-1]
	first := district
	for _, p := range slices.Backward(list) {
		if p.Name != district.Name || p.Version > district.Version {
			continue
		}
		if p.Since <= today {
			return p
		}
		first = p
	}
	return first
}

// Policy finds a policy by the key that a warning keeps; an empty key means the
// one in force. It gives nil when there is none.
func (e *Engine) Policy(key string) *fengsui.Escalation {
	if key == "" {
		return e.law.inForce(e.clock.read().now)
	}
	p, _ := e.law.of(nil, key)
	return p
}

// Policies are those that warnings began under, the one in force last.
func (e *Engine) Policies() []*fengsui.Escalation {
	now := e.Policy("")
	list := slices.DeleteFunc(slices.Clone(e.law.all()), func(p *fengsui.Escalation) bool { return p == now })
	return append(list, now)
}
