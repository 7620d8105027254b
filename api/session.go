package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
	"fengsui/account"
)

type nothing struct{}

// byID is the input of what names one object and no more.
type byID struct {
	ID fengsui.ID `path:"id" maxLength:"64"`
}

// Paged is the part of a list's input that chooses the page.
type Paged struct {
	Offset int `query:"offset" minimum:"0" maximum:"10000000"`
	Limit  int `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

func (p Paged) page() fengsui.Page { return fengsui.Page{Offset: p.Offset, Limit: p.Limit} }

// SignIn is what a person signs in with.
type SignIn struct {
	Login    string `json:"login" minLength:"1" maxLength:"80"`
	Password string `json:"password" minLength:"1" maxLength:"200"`
	Code     string `json:"code,omitempty" maxLength:"40" doc:"of the second factor, or a recovery code; asked for by 401, code_needed"`
}

// NewPassword is a person's own change of password.
type NewPassword struct {
	Old string `json:"old" minLength:"1" maxLength:"200"`
	New string `json:"new" minLength:"1" maxLength:"200"`
}

// SignedOut is the empty answer to a sign-out.
type SignedOut struct{}

type signInInput struct{ Body SignIn }
type newPasswordInput struct{ Body NewPassword }

func (a *API) sessionRoutes() {
	add(a, Route{Method: http.MethodPost, Path: "/session", Open: true}, "signIn", "Sign in; sets the session cookie", a.signIn)
	add(a, Route{Method: http.MethodGet, Path: "/session", Act: fengsui.ActSee, Early: true}, "session", "Who is signed in and what they may do", a.me)
	add(a, Route{Method: http.MethodDelete, Path: "/session", Open: true}, "signOut", "Sign out", a.signOut, func(op *huma.Operation) {
		op.Security = []map[string][]string{{"session": {}}}
	})
	add(a, Route{Method: http.MethodPost, Path: "/session/password", Mutates: true, Early: true}, "changePassword", "Change one's own password",
		func(ctx context.Context, c call, in *newPasswordInput) (Done, error) {
			return a.once(ctx, c, func() error {
				return a.c.Accounts.ChangePassword(ctx, c.scope, c.by, c.secret, in.Body.Old, in.Body.New)
			})
		})
}

func (a *API) signIn(ctx context.Context, c call, in *signInInput) (Me, error) {
	secret, s, err := a.c.Accounts.SignIn(ctx, account.Credentials{Login: in.Body.Login, Password: in.Body.Password, Code: in.Body.Code,
		From: c.by.From, Agent: c.request.UserAgent(), Old: c.secret})
	if err != nil {
		return Me{}, err
	}
	http.SetCookie(c.writer, cookie(secret, c.tls))
	return a.meOf(s), nil
}

func (a *API) me(_ context.Context, c call, _ *nothing) (Me, error) { return a.meOf(c.session), nil }

func (a *API) signOut(ctx context.Context, c call, _ *nothing) (SignedOut, error) {
	if c.secret != "" {
		if err := a.c.Accounts.SignOut(ctx, c.secret); err != nil {
			return SignedOut{}, err
		}
	}
	gone := cookie("", c.tls)
	gone.MaxAge = -1
	http.SetCookie(c.writer, gone)
	return SignedOut{}, nil
}

// cookie holds a session. It ends with the browser; the server ends it earlier.
func cookie(secret string, tls bool) *http.Cookie {
	return &http.Cookie{Name: cookieName, Value: secret, Path: "/", HttpOnly: true, Secure: tls, SameSite: http.SameSiteStrictMode}
}

func (a *API) meOf(s account.Session) Me {
	m := Me{User: s.User, Party: partyView(&s.Party), ReadOnly: s.ReadOnly, Must: s.Must, Until: s.Until, IdleMs: a.c.Accounts.Idle().Milliseconds(), Acts: []fengsui.Act{},
		Scope: ScopeView{All: s.Scope.All, Enterprise: s.Scope.Enterprise, Zone: s.Scope.Zone, Sectors: list(s.Scope.Sectors), Least: s.Scope.Least, Name: s.Party.Name, NameEn: s.Party.NameEn}}
	m.Desk = a.c.Rules()
	for _, act := range fengsui.Acts {
		if s.Scope.May(act, fengsui.None) && (act != fengsui.ActPeople || s.User.Lead) {
			m.Acts = append(m.Acts, act)
		}
	}
	if p := a.c.Policy(""); p != nil {
		m.Policy, m.Scale = p.Key(), p.Scale
	}
	return m
}

// list is never null in JSON.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
