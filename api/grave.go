package api

import (
	"net/http"
	"time"

	"fengsui"
)

// grave are the acts that cannot be taken back by the next one, or that change what
// others may do: a person gives password or code for them again, unless they did not
// long ago (account.Config.Fresh), and a token does none of them. One line a route.
var grave = map[string]string{
	"POST /clock/release": "held clocks run on",
	"POST /held/release":  "the pushes of a restored platform go out",
	"POST /held/pushes":   "some of them do, or never will",

	"POST /enterprises/{id}/keys":         "an enterprise can send in its name",
	"POST /enterprises/{id}/keys/rotate":  "the same, by a new key",
	"DELETE /enterprises/{id}/keys/{key}": "an enterprise is cut off",

	"POST /users":                 "a new person has rights",
	"POST /users/{id}":            "rights change",
	"POST /users/{id}/password":   "a person is shut out, and whoever has the new password is in",
	"POST /users/{id}/link":       "whoever has the link becomes that person",
	"POST /people/{id}/link":      "the same",
	"DELETE /users/{id}/totp":     "a password alone lets in",
	"POST /approvals/{id}/decide": "another may carry out such an act",
	"POST /tokens":                "a program has a person's rights",
	"DELETE /tokens/{id}":         "a program is cut off",

	"POST /session/totp":          "a telephone becomes a key to the account",
	"DELETE /session/totp":        "a password alone lets in",
	"POST /session/totp/recovery": "paper becomes a key to the account",

	"GET /export/registry": "everything of the registry leaves the platform, telephone numbers too",
	"GET /export/journal":  "what everybody did leaves it",
	"GET /journal/proof":   "the same, with its proof",
	"GET /export/warnings": "a whole list leaves it",
	"GET /export/steps":    "the same",
	"GET /export/orders":   "the same",

	"POST /inventory/{id}/release": "a model begins to raise warnings",
	"POST /inventory/{id}/retire":  "a model raises none any more",
	"POST /gradings/{id}/guide":    "what counts as grave changes for a sector",
}

var (
	errStepUp = fengsui.Errorf(fengsui.Forbidden, "step_up", "this is a grave act: give your password or a code again (POST /session/proof), and repeat it as it was")
	errGraver = fengsui.Errorf(fengsui.Forbidden, "not_by_token", "a token cannot do this; sign in")
	errMust   = map[string]*fengsui.Error{
		"password": fengsui.Errorf(fengsui.Forbidden, "must_password", "change your password first: another person set it, or it is too old"),
		"totp":     fengsui.Errorf(fengsui.Forbidden, "must_totp", "set up your second factor first: your role needs one"),
	}
)

// mayNow says why a call has to wait for something that the person must do first.
func (a *API) mayNow(c call, r Route) error {
	if c.session.Must != "" && !r.Early {
		return errMust[string(c.session.Must)]
	}
	if _, ok := grave[r.Method+" "+r.Path]; !ok {
		return nil
	}
	if c.session.Token != "" {
		return errGraver
	}
	if fengsui.At(time.Now()) >= c.session.ProvedAt.Add(fengsui.SpanOf(a.c.Accounts.Fresh())) {
		return errStepUp
	}
	return nil
}

// secure are the headers that only an answer by TLS may carry.
func secure(h http.Header) {
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
}
