package api

import (
	"context"
	"net/http"

	"fengsui"
	"fengsui/account"
)

// Proof is password or code, given once more before a grave act; a code wins.
type Proof struct {
	Password string `json:"password,omitempty" maxLength:"200"`
	Code     string `json:"code,omitempty" maxLength:"40"`
}

// CodeBody is a code of an authenticator.
type CodeBody struct {
	Code string `json:"code" minLength:"1" maxLength:"40"`
}

// NewFactor is a second factor to be. Its secret is shown this once; a repeat of the
// call is answered without it.
type NewFactor struct {
	Done
	Secret string `json:"secret,omitempty"` // base32
	URI    string `json:"uri,omitempty"`    // otpauth://, what a QR code for the authenticator holds
}

// RecoveryCodes are shown this once; a repeat of the call is answered without them.
type RecoveryCodes struct {
	Done
	Codes []string `json:"codes" nullable:"false"`
}

// Sessions is a page of one's own sessions.
type Sessions struct {
	Items []account.SignedIn `json:"items" nullable:"false"`
	Total int                `json:"total"`
}

type proofInput struct{ Body Proof }
type codeInput struct{ Body CodeBody }

// factorRoutes are what a person does about their own sign-in. They need no right, and
// some are open to those who have to set something up first.
func (a *API) factorRoutes() {
	early := func(method, path string) Route {
		return Route{Method: method, Path: path, Early: true, Mutates: method != http.MethodGet}
	}
	act := func(ctx context.Context, c call, f func() error) (Done, error) { return a.once(ctx, c, f) }

	add(a, early(http.MethodPost, "/session/proof"), "prove", "Give password or code once more, for grave acts",
		func(ctx context.Context, c call, in *proofInput) (Done, error) {
			return act(ctx, c, func() error { return a.c.Accounts.Prove(ctx, c.scope, c.by, c.secret, in.Body.Password, in.Body.Code) })
		})

	add(a, early(http.MethodGet, "/session/totp"), "factor", "How one's own second factor stands", func(ctx context.Context, c call, _ *nothing) (account.Factor, error) {
		return a.c.Accounts.Factor(ctx, c.scope)
	})
	add(a, early(http.MethodPost, "/session/totp"), "beginTotp", "Begin a second factor (TOTP, RFC 6238); its secret is shown once",
		func(ctx context.Context, c call, _ *nothing) (out NewFactor, err error) {
			var e account.Enrolment
			out.Done, err = act(ctx, c, func() error {
				e, err = a.c.Accounts.BeginTOTP(ctx, c.scope, c.by, c.secret)
				return err
			})
			out.Secret, out.URI = e.Secret, e.URI
			return out, err
		})
	add(a, early(http.MethodPost, "/session/totp/confirm"), "confirmTotp", "Switch the second factor on by its first code; recovery codes are shown once",
		func(ctx context.Context, c call, in *codeInput) (out RecoveryCodes, err error) {
			out.Done, err = act(ctx, c, func() error {
				out.Codes, err = a.c.Accounts.ConfirmTOTP(ctx, c.scope, c.by, c.secret, in.Body.Code)
				return err
			})
			out.Codes = list(out.Codes)
			return out, err
		})
	add(a, Route{Method: http.MethodPost, Path: "/session/totp/recovery", Mutates: true}, "recoveryCodes", "Make new recovery codes, shown once; those of before count no more",
		func(ctx context.Context, c call, _ *nothing) (out RecoveryCodes, err error) {
			out.Done, err = act(ctx, c, func() error {
				out.Codes, err = a.c.Accounts.RecoveryCodes(ctx, c.scope, c.by, c.secret)
				return err
			})
			out.Codes = list(out.Codes)
			return out, err
		})
	do(a, http.MethodDelete, "/session/totp", "", "removeTotp", "Switch one's own second factor off", func(ctx context.Context, c call, _ *nothing) error {
		return a.c.Accounts.RemoveTOTP(ctx, c.scope, c.by, c.secret)
	})
	do(a, http.MethodDelete, "/users/{id}/totp", fengsui.ActAccounts, "resetTotp", "Reset another's second factor: their telephone is lost; their sessions end",
		func(ctx context.Context, c call, in *byID) error {
			return a.c.Accounts.ResetTOTP(ctx, c.scope, c.by, in.ID)
		})

	get(a, "/sessions", "", "sessions", "One's own sessions: where and when", func(ctx context.Context, c call, in *pageInput) (Sessions, error) {
		found, total, err := a.c.Accounts.Sessions(ctx, c.scope, c.session.ID, in.page())
		return Sessions{list(found), total}, err
	})
	do(a, http.MethodDelete, "/sessions/{id}", "", "endSession", "End one of one's own sessions", func(ctx context.Context, c call, in *byID) error {
		return a.c.Accounts.EndSession(ctx, c.scope, c.by, in.ID)
	})
	do(a, http.MethodDelete, "/sessions", "", "endOthers", "End all of one's own sessions but this one", func(ctx context.Context, c call, _ *nothing) error {
		return a.c.Accounts.EndOthers(ctx, c.scope, c.by, c.secret)
	})
}
