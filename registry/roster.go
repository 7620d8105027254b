package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"fengsui"
	"fengsui/store"
)

const (
	sqlRosters = `SELECT body, version FROM roster`
	sqlRoster  = `SELECT body, version FROM roster WHERE party = $1`
	// The rosters that were touched after a position, themselves or by their contacts.
	sqlRostered    = `SELECT body, version FROM roster WHERE party IN (SELECT object FROM journal WHERE pos > $1 AND kind IN ('roster', 'party'))`
	sqlRosterWrite = `INSERT INTO roster (party, body, version) VALUES ($1,$2,$3) ON CONFLICT (party) DO UPDATE SET body = excluded.body, version = excluded.version`
	sqlRosterTouch = `INSERT INTO roster (party, body, version) VALUES ($1,$2,1) ON CONFLICT (party) DO UPDATE SET version = roster.version + 1`
)

func scanRoster(row scanner, r *fengsui.Roster) error {
	var body []byte
	var version int64
	if err := row.Scan(&body, &version); err != nil {
		return err
	}
	err := json.Unmarshal(body, r)
	r.Version, r.Shifts, r.Away = version, list(r.Shifts), list(r.Away)
	return err
}

// rosters are those that were touched after a position; after 0 all of them.
func rosters(tx *store.Tx, after int64) ([]fengsui.Roster, error) {
	if after == 0 {
		return query(tx, sqlRosters, scanRoster)
	}
	return query(tx, sqlRostered, scanRoster, after)
}

// Organisation is who of a party is told, by which channels and when.
type Organisation struct {
	Party    fengsui.Party // with its contacts, telephone numbers in full
	Roster   fengsui.Roster
	Channels []string // kinds that its people may enter
}

// Organisation reads the party of the one who asks; an administrator reads any.
func (r *Registry) Organisation(ctx context.Context, s fengsui.Scope, party fengsui.ID) (o Organisation, err error) {
	if err := mayRoster(s, party); err != nil {
		return o, err
	}
	err = r.c.DB.View(ctx, func(tx *store.Tx) error {
		o, err = organisation(tx, party)
		return err
	})
	for _, k := range r.data.Channels {
		if k.Own || s.Role == fengsui.RoleAdmin {
			o.Channels = append(o.Channels, k.Key)
		}
	}
	return o, err
}

// RevealRoster writes down that someone saw the numbers and addresses of an
// organisation's contacts.
func (r *Registry) RevealRoster(ctx context.Context, s fengsui.Scope, by fengsui.Actor, party fengsui.ID) error {
	if err := mayRoster(s, party); err != nil {
		return err
	}
	return r.c.DB.Change(ctx, func(tx *store.Tx) error {
		o, err := organisation(tx, party)
		if err != nil {
			return err
		}
		c := fengsui.Change{Of: fengsui.Ref{Kind: "contacts", ID: party}, Act: "seen", By: by}
		switch o.Party.Kind {
		case fengsui.Firm:
			c.Enterprise, c.Zone = party, o.Party.Parent
		case fengsui.Zone:
			c.Zone = party
		}
		return tx.Record(c)
	})
}

func mayRoster(s fengsui.Scope, party fengsui.ID) error {
	if s.Party != party && s.Role != fengsui.RoleAdmin {
		return errNoParty()
	}
	return s.Allow(fengsui.ActRoster, fengsui.None)
}

func errNoParty() error {
	return fengsui.Errorf(fengsui.NotFound, "no_party", "there is no such party, or it is not yours to see")
}

func organisation(tx *store.Tx, party fengsui.ID) (o Organisation, err error) {
	err = scanParty(tx.QueryRow(`SELECT `+partyColumns+` FROM party WHERE id = $1`, party), &o.Party)
	if errors.Is(err, sql.ErrNoRows) {
		return o, errNoParty()
	}
	if err != nil {
		return o, err
	}
	o.Roster = fengsui.Roster{Party: party, Shifts: []fengsui.Shift{}, Away: []fengsui.Absence{}}
	err = scanRoster(tx.QueryRow(sqlRoster, party), &o.Roster)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return o, err
}

// Organise sets a party's contacts and roster, both at once: a roster names contacts.
// The roster's version is the one that its author saw.
func (r *Registry) Organise(ctx context.Context, s fengsui.Scope, by fengsui.Actor, contacts []fengsui.Contact, roster fengsui.Roster) error {
	if err := mayRoster(s, roster.Party); err != nil {
		return err
	}
	roster.Shifts, roster.Away = list(roster.Shifts), list(roster.Away)
	if err := roster.Check(contacts); err != nil {
		return err
	}
	return r.change(ctx, func(tx *store.Tx) error {
		was, err := organisation(tx, roster.Party)
		if err != nil {
			return err
		}
		if was.Roster.Version != roster.Version {
			return fengsui.Errorf(fengsui.Conflict, "changed", "contacts or roster have changed since you opened them; look at them again, then repeat")
		}
		if s.Role != fengsui.RoleAdmin {
			if err := r.data.checkOwn(was.Party.Contacts, contacts); err != nil {
				return err
			}
		}
		w := &writer{r: r, tx: tx, by: by, scope: s}
		if _, column, err := w.contacts(&PartyContacts{Party: roster.Party, Contacts: contacts}); err != nil {
			if e, ok := errors.AsType[*fengsui.Error](err); ok && column != "" && e.Code == fengsui.Invalid {
				err = fengsui.Errorf(e.Code, e.Reason, "%s: %s", column, e.Message)
			}
			return err
		}
		roster.Version++
		body, err := json.Marshal(roster)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(sqlRosterWrite, roster.Party, string(body), roster.Version); err != nil {
			return err
		}
		c := fengsui.Change{Of: fengsui.Ref{Kind: "roster", ID: roster.Party}, Act: "changed", By: by, Before: was.Roster, After: roster}
		switch was.Party.Kind {
		case fengsui.Firm:
			c.Enterprise, c.Zone = was.Party.ID, was.Party.Parent
		case fengsui.Zone:
			c.Zone = was.Party.ID
		}
		return tx.Record(c)
	})
}

// touch says to whoever has a party's contacts before them that they have changed.
func touch(tx *store.Tx, party fengsui.ID) error {
	body, err := json.Marshal(fengsui.Roster{Party: party, Shifts: []fengsui.Shift{}, Away: []fengsui.Absence{}})
	if err != nil {
		return err
	}
	_, err = tx.Exec(sqlRosterTouch, party, string(body))
	return err
}

// channelKind is a kind of channel, see channels.yaml.
type channelKind struct {
	Key   string `yaml:"key"`
	Own   bool   `yaml:"own"`
	Shape string `yaml:"shape"`

	shape *regexp.Regexp
}

func (d *data) channel(kind string) *channelKind {
	for i := range d.Channels {
		if d.Channels[i].Key == kind {
			return &d.Channels[i]
		}
	}
	return nil
}

// checkChannel refuses what is no address.
func (d *data) checkChannel(ch fengsui.Channel) error {
	k := d.channel(ch.Kind)
	if k == nil {
		var keys []string
		for _, k := range d.Channels {
			keys = append(keys, k.Key)
		}
		return fengsui.Errorf(fengsui.Invalid, "unknown_channel", "there is no channel %q; use one of %s", ch.Kind, strings.Join(keys, ", "))
	}
	if !k.shape.MatchString(ch.Address) || len(ch.Address) > 500 {
		return fengsui.Errorf(fengsui.Invalid, "bad_address", "%q is no address for %s", ch.Address, ch.Kind)
	}
	if ch.Least > fengsui.Red {
		return fengsui.Errorf(fengsui.Invalid, "bad_address", "%s is used from a level on that there is not", ch.Kind)
	}
	return nil
}

// checkOwn refuses channels that an organisation does not enter itself, unless they
// were there.
func (d *data) checkOwn(was, now []fengsui.Contact) error {
	for _, c := range now {
		for _, ch := range c.Channels {
			k := d.channel(ch.Kind)
			if k == nil || k.Own {
				continue
			}
			there := slices.ContainsFunc(was, func(c fengsui.Contact) bool {
				return slices.ContainsFunc(c.Channels, func(x fengsui.Channel) bool { return x.Kind == ch.Kind && x.Address == ch.Address })
			})
			if !there {
				return fengsui.Errorf(fengsui.Forbidden, "channel_admin", "a channel %s is entered by an administrator; ask one, or use another channel", ch.Kind)
			}
		}
	}
	return nil
}
