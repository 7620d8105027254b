package api

import (
	"context"
	"net/http"
	"slices"

	"fengsui"
	"fengsui/account"
)

// IssuedLink is a one-time link to a password. Its secret is shown this once; a page of
// the console takes it: /activate#secret.
type IssuedLink struct {
	Done
	Secret string         `json:"secret,omitempty" doc:"missing when the call is repeated, or the link was sent"`
	Sent   string         `json:"sent,omitempty" doc:"where it was sent, masked"`
	Why    string         `json:"why,omitempty" doc:"why it was not sent: hand it over yourself"`
	Kind   string         `json:"kind,omitempty"`
	Until  fengsui.Millis `json:"until,omitempty"`
}

// LinkBody shows a link.
type LinkBody struct {
	Secret string `json:"secret" minLength:"1" maxLength:"200"`
}

// ActivateBody uses a link.
type ActivateBody struct {
	LinkBody
	Login    string `json:"login,omitempty" maxLength:"80" doc:"of the first administrator, who has none yet"`
	Name     string `json:"name,omitempty" maxLength:"80" doc:"the same"`
	Password string `json:"password" minLength:"1" maxLength:"200"`
}

// Activated is what signs in now.
type Activated struct {
	Login string `json:"login"`
}

// LinkTo says where a link is to be sent, in the place of being shown.
type LinkTo struct {
	Channel string `json:"channel" minLength:"1" maxLength:"40"`
	Address string `json:"address" minLength:"1" maxLength:"200"`
}

type linkTo struct {
	ID   fengsui.ID `path:"id" maxLength:"64"`
	Body *LinkTo    `doc:"absent: the link is shown"`
}

type linkInput struct{ Body LinkBody }
type activateInput struct{ Body ActivateBody }

func (a *API) activationRoutes() {
	add(a, Route{Method: http.MethodPost, Path: "/activation/look", Open: true}, "lookActivation", "Whose a one-time link is; it is not used by it",
		func(ctx context.Context, _ call, in *linkInput) (account.Link, error) {
			return a.c.Accounts.Look(ctx, in.Body.Secret)
		})
	add(a, Route{Method: http.MethodPost, Path: "/activation", Open: true}, "activate", "Set one's password by a one-time link; then sign in",
		func(ctx context.Context, c call, in *activateInput) (Activated, error) {
			b := in.Body
			x := account.Activation{Secret: b.Secret, Login: b.Login, Name: b.Name, Password: b.Password}
			if list := a.c.Registry.District().Kind(fengsui.Operator); len(list) > 0 {
				x.Party = list[0].ID // the first administrator sits at the operator's
			}
			u, err := a.c.Accounts.Activate(ctx, x, c.by.From)
			return Activated{u.Login}, err
		})
	add(a, Route{Method: http.MethodPost, Path: "/users/{id}/link", Act: fengsui.ActAccounts, Mutates: true}, "linkUser", "A one-time link by which a person sets a password; shown once, or sent",
		func(ctx context.Context, c call, in *linkTo) (IssuedLink, error) {
			return a.link(ctx, c, in, a.c.Accounts.Invite)
		})
	get(a, "/people", fengsui.ActPeople, "people", "The accounts of one's own organisation, for the one who answers for them", func(ctx context.Context, c call, in *pageInput) (Users, error) {
		found, total, err := a.c.Accounts.People(ctx, c.scope, in.page())
		return Users{list(found), total, a.linkChannels()}, err
	})
	add(a, Route{Method: http.MethodPost, Path: "/people/{id}/link", Act: fengsui.ActPeople, Mutates: true}, "linkPerson", "The same for a person of one's own organisation",
		func(ctx context.Context, c call, in *linkTo) (IssuedLink, error) {
			return a.link(ctx, c, in, a.c.Accounts.InvitePeer)
		})
}

// link makes a link, once for its key, and sends it where it is to go. One that could not
// be sent is shown: the person must not wait for it.
func (a *API) link(ctx context.Context, c call, in *linkTo, make func(context.Context, fengsui.Scope, fengsui.Actor, fengsui.ID) (string, account.Link, error)) (IssuedLink, error) {
	var out IssuedLink
	var err error
	if to := in.Body; to != nil && !slices.Contains(a.linkChannels(), to.Channel) {
		return out, fengsui.Errorf(fengsui.Invalid, "link_channel", "links are not sent by %q here; leave the body out, and hand the link over", to.Channel)
	}
	out.Done, err = a.once(ctx, c, func() error {
		secret, l, err := make(ctx, c.scope, c.by, in.ID)
		if err != nil {
			return err
		}
		out.Secret, out.Kind, out.Until = secret, l.Kind, l.Until
		if in.Body == nil {
			return nil
		}
		masked, failed := a.c.Links.SendLink(ctx, in.Body.Channel, l.Name, in.Body.Address, secret, l.Until)
		if failed == nil {
			out.Secret, out.Sent = "", masked
		} else {
			out.Why = failed.Error()
		}
		return a.c.Accounts.LinkSent(ctx, c.by, in.ID, in.Body.Channel, masked, failed)
	})
	return out, err
}

func (a *API) linkChannels() []string {
	if a.c.Links == nil {
		return []string{}
	}
	return a.c.Links.LinkChannels()
}
