package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"fengsui"
	"fengsui/account"
)

const (
	cookieName = "fengsui_session"
	keyHeader  = "Idempotency-Key"
	userHeader = "Fengsui-Account"

	// maxBody is the largest JSON body, in bytes: the longest texts and lists of
	// the bodies fit several times.
	maxBody = 64 << 10
)

// call is who calls, and as what.
type call struct {
	session account.Session
	secret  string // of the session; empty for a token
	by      fengsui.Actor
	scope   fengsui.Scope
	tls     bool
	request *http.Request
	writer  http.ResponseWriter
	sum     hash.Hash     // of the call, as far as its body was read; nil for reads
	raw     *bytes.Buffer // its body, as far as it was read, where a second person may have to see it; else nil
	watch   bool          // the platform's own watchman: its feed carries canaries
	forged  string        // "token" or "session": what was shown is not known

	alive func(context.Context) bool // whether session or token is still there
	wall  bool                       // by the link of a wall: its feed is of warnings alone, and names nobody
}

// callKey is under what a call stands in the request's context: the signed-in
// user is one of the two things a context may carry.
type callKey struct{}

// called is the call that ctx belongs to. Its body was read before its handler
// runs, so what the call was is known from here on.
func called(ctx context.Context) call {
	c := ctx.Value(callKey{}).(call)
	if c.sum != nil {
		c.by.Call = hex.EncodeToString(c.sum.Sum(nil))
	}
	return c
}

// hashed adds a body to a hash while it is read.
type hashed struct {
	io.ReadCloser
	sum io.Writer
}

func (h hashed) Read(b []byte) (int, error) {
	n, err := h.ReadCloser.Read(b)
	h.sum.Write(b[:n])
	return n, err
}

// body wraps what a handler answers.
type body[O any] struct {
	Body O
}

// add declares a route that answers with a body.
func add[I, O any](a *API, r Route, id, summary string, h func(context.Context, call, *I) (O, error), change ...func(*huma.Operation)) {
	huma.Register(a.huma, a.operation(r, id, summary, change), func(ctx context.Context, in *I) (*body[O], error) {
		c := called(ctx)
		if err := a.secondPerson(ctx, c, r); err != nil {
			return nil, a.fail(r, err)
		}
		out, err := h(ctx, c, in)
		if err != nil {
			return nil, a.fail(r, err)
		}
		return &body[O]{out}, nil
	})
}

// get declares a read. Every role that may do act at all is let in; what it sees
// is for the scope to say.
func get[I, O any](a *API, path string, act fengsui.Act, id, summary string, h func(context.Context, call, *I) (O, error)) {
	add(a, Route{Method: http.MethodGet, Path: path, Act: act}, id, summary, h)
}

// do declares an act: it is carried out once for its Idempotency-Key and answered
// with its place in the journal.
func do[I any](a *API, method, path string, act fengsui.Act, id, summary string, h func(context.Context, call, *I) error) {
	add(a, Route{Method: method, Path: path, Act: act, Mutates: true}, id, summary, func(ctx context.Context, c call, in *I) (Done, error) {
		return a.once(ctx, c, func() error { return h(ctx, c, in) })
	})
}

// once carries out an act unless its key stands in the journal already, and
// answers with the journal row that carries the key.
func (a *API) once(ctx context.Context, c call, act func() error) (Done, error) {
	d, found, err := a.answered(ctx, c)
	if found || err != nil {
		return d, err
	}
	if err := act(); err != nil && !repeated(err) {
		return Done{}, err
	}
	d, found, err = a.answered(ctx, c)
	if err == nil && !found {
		err = errNoRow
	}
	return d, err
}

// errReused: a key names one call for ever. 422 is what the IETF's draft on the
// header says (draft-ietf-httpapi-idempotency-key-header, clause 2.7) for a key
// that comes with another payload; 409 there is for a first call still under way.
var errReused = fengsui.Errorf(fengsui.Invalid, "key_reused", "this Idempotency-Key was used for another call, and nothing was done; send a new act under a new key, and a repeat letter for letter as it was")

// answered finds the first answer to a call's key.
func (a *API) answered(ctx context.Context, c call) (Done, bool, error) {
	e, found, err := a.c.DB.ByKey(ctx, c.by.User, c.by.Key)
	if err != nil || !found {
		return Done{}, false, err
	}
	if e.By.Call != "" && e.By.Call != c.by.Call {
		return Done{}, false, errReused
	}
	return Done{e.Pos, e.Of}, true, nil
}

func (a *API) operation(r Route, id, summary string, change []func(*huma.Operation)) huma.Operation {
	a.routes = append(a.routes, r)
	op := huma.Operation{
		Method: r.Method, Path: r.Path, OperationID: id, Summary: summary, MaxBodyBytes: maxBody, BodyReadTimeout: a.c.BodyTime,
		Metadata:    map[string]any{"route": r},
		Middlewares: huma.Middlewares{a.enter},
		Responses: map[string]*huma.Response{"default": {
			Description: "Refused",
			Content:     map[string]*huma.MediaType{problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}},
		}},
	}
	if !r.Open {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	if r.Mutates {
		least, most, longest := 8, 80, 64
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: keyHeader, In: "header", Required: true,
			Description: "Chosen by the caller, new for each act. A repeat under the same key is carried out once and hears the first answer; the key of another call is refused with 422, key_reused.",
			Schema:      &huma.Schema{Type: huma.TypeString, MinLength: &least, MaxLength: &most},
		}, &huma.Param{
			Name: userHeader, In: "header",
			Description: "The account that the page believes to be signed in. When the session is another's, because somebody else signed in with the same browser, nothing is done and the answer is 401, other_person.",
			Schema:      &huma.Schema{Type: huma.TypeString, MaxLength: &longest},
		})
	}
	for _, f := range change {
		f(&op)
	}
	return op
}

var (
	errNoRow = fengsui.Errorf(fengsui.Internal, "no_row", "the act was carried out without its key in the journal")
	errKey   = fengsui.Errorf(fengsui.Invalid, "idempotency_key", "an act needs the header Idempotency-Key, 8 to 80 characters, new for each act")
	errOther = fengsui.Errorf(fengsui.Forbidden, "other_person", "somebody else has signed in with this browser since; nothing was done")
	errCross = fengsui.Errorf(fengsui.Forbidden, "cross_site", "this request came from another site's page and was not carried out")
)

// enter lets a call in: who is it, does the act come from our own page, may the
// role do it at all, has it a key.
func (a *API) enter(ctx huma.Context, next func(huma.Context)) {
	r := ctx.Operation().Metadata["route"].(Route)
	req, w := humago.Unwrap(ctx)
	c, err := a.caller(req, r)
	if g, ok := w.(*written); ok {
		g.by = c.by
		if c.forged != "" {
			g.reason = c.forged
		}
	}
	if err != nil {
		p, known := problemOf(err)
		if !known {
			a.failed(r, err)
		}
		writeProblem(w, p)
		return
	}
	c.request, c.writer = req, w
	if r.Mutates {
		// Under a key of ours, for a body may hold a password that a plain hash
		// would let others guess.
		c.sum = hmac.New(sha256.New, a.c.CallKey)
		io.WriteString(c.sum, req.Method+" "+req.URL.RequestURI()+"\n")
		// net/http looks at its own body to see whether the connection can go on: what
		// was not read of this one must not be taken for the next call.
		defer func(own io.ReadCloser) { req.Body = own }(req.Body)
		var to io.Writer = c.sum
		if a.pairs[r.Method+" "+r.Path] != nil {
			c.raw = new(bytes.Buffer)
			to = io.MultiWriter(c.sum, c.raw)
		}
		req.Body = hashed{req.Body, to}
	}
	next(huma.WithValue(ctx, callKey{}, c))
}

func (a *API) caller(req *http.Request, r Route) (call, error) {
	remote, tls := a.origin(req)
	c := call{tls: tls, by: fengsui.Actor{From: remote}}
	bearer, isToken := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	if r.Method != http.MethodGet && !isToken && !sameSite(req) {
		return c, errCross
	}
	if r.Open {
		if cookie, err := req.Cookie(cookieName); err == nil {
			c.secret = cookie.Value
		}
		return c, nil
	}
	var err error
	shown := "token"
	cookie, missing := req.Cookie(cookieName)
	if isToken {
		c.session, err = a.c.Accounts.Bearer(req.Context(), bearer)
		c.alive = stillThere(a.c.Accounts.Bearer, bearer)
	} else if link := wallLink(req, r); link != "" {
		c.session, err = a.c.Accounts.Wall(req.Context(), link)
		c.alive, c.wall = stillThere(a.c.Accounts.Wall, link), true
	}
	if !isToken && (!c.wall || err != nil && missing == nil) { // a link that is over shuts out nobody who is signed in
		if missing != nil {
			return c, errSignIn
		}
		shown, c.wall, c.secret = "session", false, cookie.Value
		c.session, err = a.c.Accounts.Session(req.Context(), cookie.Value)
		c.alive = func(ctx context.Context) bool { return a.c.Accounts.Alive(ctx, cookie.Value) }
	}
	if err != nil {
		if fengsui.CodeOf(err) == fengsui.Forbidden {
			c.forged = shown
		}
		return c, err
	}
	caller := c.session.User.ID
	if c.session.Token != "" {
		caller = c.session.Token
	}
	if wait := a.byCaller.take(string(caller)); wait > 0 {
		return c, tooMany(wait)
	}
	c.scope = c.session.Scope
	c.by.User, c.by.Name, c.by.Role = c.session.User.ID, c.session.User.Name, c.session.User.Role
	// What belongs to one object is looked for inside the scope first: there the
	// handler asks for the right, and what is another's is 404.
	if r.Act != "" && !strings.Contains(r.Path, "{id}") {
		if err := c.scope.Allow(r.Act, fengsui.None); err != nil {
			return c, err
		}
	}
	if r.Mutates {
		// A page that was open before, or kept its acts while it had no link, must not
		// act in another's name.
		if user := req.Header.Get(userHeader); user != "" && user != string(c.session.User.ID) {
			return c, errOther
		}
		c.by.Key = req.Header.Get(keyHeader)
		if len(c.by.Key) < 8 || len(c.by.Key) > 80 {
			return c, errKey
		}
		if c.session.ReadOnly {
			return c, fengsui.Errorf(fengsui.Forbidden, "read_only", "this token may only look")
		}
	}
	return c, a.mayNow(c, r)
}

// stillThere asks again for a token. When the store cannot say, it is there.
func stillThere(find func(context.Context, string) (account.Session, error), secret string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		_, err := find(ctx, secret)
		return err == nil || fengsui.CodeOf(err) != fengsui.Forbidden
	}
}

// origin is where a request comes from, and whether it came by TLS.
func (a *API) origin(r *http.Request) (remote string, tls bool) {
	remote, tls = host(r.RemoteAddr), r.TLS != nil
	if a.c.Trust {
		if list := r.Header.Values("X-Forwarded-For"); len(list) > 0 {
			last := list[len(list)-1]
			remote = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		}
		tls = tls || r.Header.Get("X-Forwarded-Proto") == "https"
	}
	return remote, tls
}

// sameSite reports whether a mutation was sent by our own page or by a program.
// Every browser of today sends Sec-Fetch-Site; Origin serves the others.
func sameSite(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // no browser sends a mutation without one of the two
	}
	_, after, ok := strings.Cut(origin, "://")
	return ok && after == r.Host
}
