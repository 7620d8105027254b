package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
	"fengsui/account"
)

type importInput struct {
	What    string `path:"what" enum:"enterprises,assets,devices,points,fences,contacts"`
	Dry     bool   `query:"dry" doc:"only say what would be done"`
	RawBody []byte `contentType:"text/csv"`
}

// NewUser is a new account.
type NewUser struct {
	Login    string        `json:"login" minLength:"2" maxLength:"80"`
	Name     string        `json:"name" minLength:"1" maxLength:"80"`
	Role     fengsui.Role  `json:"role"`
	Party    fengsui.ID    `json:"party" minLength:"1" maxLength:"64"`
	Least    fengsui.Level `json:"least,omitempty" enum:"none,blue,yellow,orange,red"`
	Lead     bool          `json:"lead,omitempty" doc:"answers for the accounts of the own organisation"`
	Password string        `json:"password,omitempty" maxLength:"200" doc:"empty: the person sets one by a link (POST /users/{id}/link)"`
}

// ChangedUser is what may be changed of an account.
type ChangedUser struct {
	Version  int64         `json:"version"`
	Name     string        `json:"name" minLength:"1" maxLength:"80"`
	Role     fengsui.Role  `json:"role"`
	Party    fengsui.ID    `json:"party" minLength:"1" maxLength:"64"`
	Least    fengsui.Level `json:"least,omitempty" enum:"none,blue,yellow,orange,red"`
	Disabled bool          `json:"disabled"`
	Lead     bool          `json:"lead,omitempty" doc:"answers for the accounts of the own organisation"`
}

// PasswordBody sets another's password.
type PasswordBody struct {
	Password string `json:"password" minLength:"1" maxLength:"200"`
}

// NewToken asks for an API token. It can do at most what its user can.
type NewToken struct {
	User     fengsui.ID     `json:"user" minLength:"1" maxLength:"64"`
	Name     string         `json:"name" minLength:"1" maxLength:"80"`
	Least    fengsui.Level  `json:"least,omitempty" enum:"none,blue,yellow,orange,red"`
	ReadOnly bool           `json:"readOnly"`
	Wall     bool           `json:"wall,omitempty" doc:"the link of a wall: opens that and nothing else; of a leader's account"`
	Until    fengsui.Millis `json:"until"`
}

// Tokens is a page of API tokens.
type Tokens struct {
	Items []account.Token `json:"items" nullable:"false"`
	Total int             `json:"total"`
}

type userQuery struct {
	Text string `query:"text" maxLength:"100" doc:"in the login or the name"`
	Paged
}

type newUserInput struct{ Body NewUser }
type newTokenInput struct{ Body NewToken }

func (a *API) adminRoutes() {
	add(a, Route{Method: http.MethodPost, Path: "/import/{what}", Act: fengsui.ActRegistry, Mutates: true}, "import",
		"Import a CSV file: all of it or nothing", a.imports, func(op *huma.Operation) {
			op.MaxBodyBytes = a.c.MaxSheet
			op.BodyReadTimeout = time.Minute
		})

	get(a, "/users", fengsui.ActAccounts, "users", "Accounts", func(ctx context.Context, c call, in *userQuery) (Users, error) {
		found, total, err := a.c.Accounts.Users(ctx, c.scope, in.Text, in.page())
		return Users{list(found), total, a.linkChannels()}, err
	})
	do(a, http.MethodPost, "/users", fengsui.ActAccounts, "createUser", "Create an account",
		func(ctx context.Context, c call, in *newUserInput) error {
			b := in.Body
			_, err := a.c.Accounts.CreateUser(ctx, c.scope, c.by, fengsui.User{Login: b.Login, Name: b.Name, Role: b.Role, Party: b.Party, Least: b.Least, Lead: b.Lead}, b.Password)
			return err
		})
	get(a, "/users/{id}", fengsui.ActAccounts, "user", "An account", func(ctx context.Context, c call, in *byID) (fengsui.User, error) {
		return a.c.Accounts.User(ctx, c.scope, in.ID)
	})
	do(a, http.MethodPost, "/users/{id}", fengsui.ActAccounts, "changeUser", "Change an account, or switch it off",
		func(ctx context.Context, c call, in *on[ChangedUser]) error {
			b := in.Body
			_, err := a.c.Accounts.ChangeUser(ctx, c.scope, c.by, fengsui.User{ID: in.ID, Name: b.Name, Role: b.Role, Party: b.Party, Least: b.Least, Disabled: b.Disabled, Lead: b.Lead, Version: b.Version})
			return err
		})
	do(a, http.MethodPost, "/users/{id}/password", fengsui.ActAccounts, "setPassword", "Set another's password; their sessions end",
		func(ctx context.Context, c call, in *on[PasswordBody]) error {
			return a.c.Accounts.SetPassword(ctx, c.scope, c.by, in.ID, in.Body.Password)
		})
	do(a, http.MethodPost, "/users/{id}/unlock", fengsui.ActAccounts, "unlockUser", "Unlock a login before its time",
		func(ctx context.Context, c call, in *byID) error {
			return a.c.Accounts.Unlock(ctx, c.scope, c.by, in.ID)
		})

	get(a, "/tokens", fengsui.ActAccounts, "tokens", "API tokens", func(ctx context.Context, c call, in *pageInput) (Tokens, error) {
		found, total, err := a.c.Accounts.Tokens(ctx, c.scope, in.page())
		return Tokens{list(found), total}, err
	})
	add(a, Route{Method: http.MethodPost, Path: "/tokens", Act: fengsui.ActAccounts, Mutates: true}, "issueToken", "Issue an API token; its secret is shown once",
		func(ctx context.Context, c call, in *newTokenInput) (IssuedToken, error) {
			var out IssuedToken
			var err error
			b := in.Body
			out.Done, err = a.once(ctx, c, func() error {
				_, secret, err := a.c.Accounts.IssueToken(ctx, c.scope, c.by, account.Token{User: b.User, Name: b.Name, Least: b.Least, ReadOnly: b.ReadOnly, Wall: b.Wall, Until: b.Until})
				out.Secret = secret
				return err
			})
			out.Token = out.Of.ID
			return out, err
		})
	do(a, http.MethodDelete, "/tokens/{id}", fengsui.ActAccounts, "revokeToken", "Revoke an API token",
		func(ctx context.Context, c call, in *byID) error {
			return a.c.Accounts.RevokeToken(ctx, c.scope, c.by, in.ID)
		})
}

func (a *API) imports(ctx context.Context, c call, in *importInput) (ImportReport, error) {
	if d, found, err := a.answered(ctx, c); err != nil || found {
		return importAgain(d), err
	}
	r, err := a.c.Registry.Import(ctx, c.scope, c.by, in.What, in.RawBody, in.Dry)
	return a.imported(ctx, c, r, err)
}
