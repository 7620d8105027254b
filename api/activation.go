package api

import (
	"context"
	"net/http"

	"fengsui"
	"fengsui/account"
)

// IssuedLink is a one-time link to a password. Its secret is shown this once; a page of
// the console takes it: /activate#secret.
type IssuedLink struct {
	Done
	Secret string         `json:"secret,omitempty" doc:"missing when the call is repeated"`
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
	add(a, Route{Method: http.MethodPost, Path: "/users/{id}/link", Act: fengsui.ActAccounts, Mutates: true}, "linkUser", "A one-time link by which a person sets a password; shown once",
		func(ctx context.Context, c call, in *byID) (IssuedLink, error) {
			return a.link(ctx, c, in.ID, a.c.Accounts.Invite)
		})
	get(a, "/people", fengsui.ActPeople, "people", "The accounts of one's own organisation, for the one who answers for them", func(ctx context.Context, c call, in *pageInput) (Users, error) {
		found, total, err := a.c.Accounts.People(ctx, c.scope, in.page())
		return Users{list(found), total}, err
	})
	add(a, Route{Method: http.MethodPost, Path: "/people/{id}/link", Act: fengsui.ActPeople, Mutates: true}, "linkPerson", "The same for a person of one's own organisation",
		func(ctx context.Context, c call, in *byID) (IssuedLink, error) {
			return a.link(ctx, c, in.ID, a.c.Accounts.InvitePeer)
		})
}

// link makes a link, once for its key.
func (a *API) link(ctx context.Context, c call, id fengsui.ID, make func(context.Context, fengsui.Scope, fengsui.Actor, fengsui.ID) (string, account.Link, error)) (IssuedLink, error) {
	var out IssuedLink
	var err error
	out.Done, err = a.once(ctx, c, func() error {
		secret, l, err := make(ctx, c.scope, c.by, id)
		out.Secret, out.Kind, out.Until = secret, l.Kind, l.Until
		return err
	})
	return out, err
}
