package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
	"fengsui/registry"
)

// maxRoster is the largest body of contacts and roster, in bytes: full ones fit.
const maxRoster = 512 << 10

// RosterView is who of an organisation is told, by which channels and when.
type RosterView struct {
	Party    PartyView         `json:"party"`
	Contacts []fengsui.Contact `json:"contacts" nullable:"false"` // numbers and addresses masked, but after POST /roster/look
	Roster   fengsui.Roster    `json:"roster"`
	Channels []string          `json:"channels" nullable:"false"` // kinds that the reader may enter
	OnDuty   []string          `json:"onDuty" nullable:"false"`   // names of contacts, now
}

// RosterBody is what contacts and roster are to be, both at once.
type RosterBody struct {
	Party    fengsui.ID        `json:"party,omitempty" maxLength:"64" doc:"of an administrator's choice; absent: one's own"`
	Version  int64             `json:"version" doc:"of the roster that its author saw"`
	Contacts []fengsui.Contact `json:"contacts" nullable:"false" maxItems:"50"`
	Shifts   []fengsui.Shift   `json:"shifts" nullable:"false" maxItems:"200"`
	Away     []fengsui.Absence `json:"away" nullable:"false" maxItems:"500"`
	Quiet    *fengsui.Quiet    `json:"quiet,omitempty"`
	Chase    fengsui.Chase     `json:"chase"`
}

// RosterInFull is a roster with its numbers and addresses as they are.
type RosterInFull struct {
	Done
	RosterView
}

// RosterOf names a roster.
type RosterOf struct {
	Party fengsui.ID `json:"party,omitempty" maxLength:"64" doc:"of an administrator's choice; absent: one's own"`
}

type rosterLook struct{ Body RosterOf }

type rosterQuery struct {
	Party fengsui.ID `query:"party" maxLength:"64" doc:"of an administrator's choice; absent: one's own"`
}

type rosterInput struct{ Body RosterBody }

// Troubles is a page of deliveries that did not arrive, the latest first.
type Troubles struct {
	Items []TroubleView `json:"items" nullable:"false"`
	Total int           `json:"total"`
}

// TroubleView is one with its names.
type TroubleView struct {
	fengsui.Trouble
	PartyName      string `json:"partyName"`
	EnterpriseName string `json:"enterpriseName,omitempty"`
}

type troubleQuery struct {
	State string `query:"state" enum:"refused,gave_up,held" doc:"absent: all three"`
	Paged
}

func (a *API) rosterRoutes() {
	get(a, "/roster", fengsui.ActRoster, "roster", "Contacts and roster of one's own organisation, numbers and addresses masked", a.roster)
	add(a, Route{Method: http.MethodPost, Path: "/roster/look", Act: fengsui.ActRoster, Mutates: true}, "lookRoster", "The same in full, to change it; each look is journalled",
		func(ctx context.Context, c call, in *rosterLook) (out RosterInFull, err error) {
			party := own(c, in.Body.Party)
			if out.Done, err = a.once(ctx, c, func() error { return a.c.Registry.RevealRoster(ctx, c.scope, c.by, party) }); err != nil {
				return out, err
			}
			o, err := a.c.Registry.Organisation(ctx, c.scope, party)
			out.RosterView = rosterView(o)
			return out, err
		})
	add(a, Route{Method: http.MethodPut, Path: "/roster", Act: fengsui.ActRoster, Mutates: true}, "changeRoster", "Set contacts and roster of one's own organisation",
		func(ctx context.Context, c call, in *rosterInput) (Done, error) {
			return a.once(ctx, c, func() error {
				b := in.Body
				if masks(b.Contacts) {
					return fengsui.Errorf(fengsui.Invalid, "masked", "a number or address is masked with *: look at the roster in full (POST /roster/look), and change that")
				}
				r := fengsui.Roster{Party: own(c, b.Party), Shifts: b.Shifts, Away: b.Away, Quiet: b.Quiet, Chase: b.Chase, Version: b.Version}
				return a.c.Registry.Organise(ctx, c.scope, c.by, b.Contacts, r)
			})
		}, func(op *huma.Operation) { op.MaxBodyBytes = maxRoster })

	get(a, "/pushes/trouble", fengsui.ActPushes, "troubles", "Deliveries that were refused, given up, or not taken so far", func(ctx context.Context, c call, in *troubleQuery) (Troubles, error) {
		found, total, err := a.c.Pushes.Troubles(ctx, c.scope, fengsui.TroubleFilter{State: in.State}, in.page())
		out := Troubles{Items: make([]TroubleView, len(found)), Total: total}
		for i, t := range found {
			t.Push.Capacities, t.Push.Deliveries = list(t.Push.Capacities), []fengsui.Delivery{}
			out.Items[i] = TroubleView{t, a.partyName(t.Push.Party), a.partyName(t.Enterprise)}
		}
		return out, err
	})
	do(a, http.MethodPost, "/deliveries/{id}/resend", fengsui.ActResend, "resend", "Send a push again that was refused or given up, under its own key",
		func(ctx context.Context, c call, in *on[WhyBody]) error {
			return a.c.Pushes.Resend(ctx, c.scope, c.by, in.ID, in.Body.Why)
		})
	do(a, http.MethodPost, "/warnings/{id}/receive", fengsui.ActReceive, "receive", "Say that one's organisation has got what it was told: nobody further of it is told",
		func(ctx context.Context, c call, in *byID) error {
			if _, err := a.mayWarning(ctx, c, in.ID, fengsui.ActReceive); err != nil {
				return err
			}
			return a.c.Pushes.Receive(ctx, c.scope, c.by, in.ID)
		})
}

// own is the party that somebody means who names none.
func own(c call, party fengsui.ID) fengsui.ID {
	if party == "" {
		return c.scope.Party
	}
	return party
}

func (a *API) roster(ctx context.Context, c call, in *rosterQuery) (RosterView, error) {
	o, err := a.c.Registry.Organisation(ctx, c.scope, own(c, in.Party))
	if err != nil {
		return RosterView{}, err
	}
	v := rosterView(o)
	for i := range v.Contacts {
		contact := &v.Contacts[i]
		contact.Phone = maskPhone(contact.Phone)
		contact.Channels = slices.Clone(contact.Channels)
		for k := range contact.Channels {
			contact.Channels[k].Address = maskAddress(contact.Channels[k].Address)
		}
	}
	return v, nil
}

// maskAddress hides who is behind an address, as numbers are: a mailbox keeps its first
// letter and its domain, a URL its host.
func maskAddress(address string) string {
	if scheme, rest, ok := strings.Cut(address, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		return scheme + "://" + host[strings.LastIndexByte(host, '@')+1:] + "/***"
	}
	if name, domain, ok := strings.Cut(address, "@"); ok && name != "" {
		first, _ := utf8.DecodeRuneInString(name)
		return string(first) + "***@" + domain
	}
	return maskPhone(address)
}

// masks says whether what is to be kept was masked.
func masks(contacts []fengsui.Contact) bool {
	return slices.ContainsFunc(contacts, func(c fengsui.Contact) bool {
		return strings.Contains(c.Phone, "*") || slices.ContainsFunc(c.Channels, func(ch fengsui.Channel) bool { return strings.Contains(ch.Address, "**") })
	})
}

func rosterView(o registry.Organisation) RosterView {
	p := o.Party
	for i := range p.Contacts {
		p.Contacts[i].Channels = list(p.Contacts[i].Channels)
	}
	return RosterView{
		Party:    PartyView{ID: p.ID, Kind: p.Kind, Code: p.Code, Name: p.Name, NameEn: p.NameEn, Parent: p.Parent, Sectors: list(p.Sectors)},
		Contacts: list(p.Contacts), Roster: o.Roster, Channels: list(o.Channels), OnDuty: list(o.Roster.OnDuty(now())),
	}
}
