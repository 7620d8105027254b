// Package api is the platform's HTTP interface: every route with its Go types
// (the OpenAPI 3.1 document comes from them), sign-in, the live feed, files.
//
// It is the only place that knows HTTP: a fengsui.Error becomes a status here and
// nowhere else, everything else is logged in full and shown as one sentence. It
// decides nothing about warnings: each act goes to the stage that owns it with
// the caller's Scope and Actor. What lies outside the scope is 404, what lies
// inside without the right is 403.
//
// Every mutation carries an Idempotency-Key; a repeat is answered with the first
// answer and carried out once, and the key of another call is refused. The feed carries the journal rows inside the
// reader's scope in journal order; it may end at any time and is resumed by
// position, so nothing is lost.
//
// An address and a caller may call so often and no more (rate.go); a grave act asks for
// password or code again (grave.go); what is refused is counted, and journalled where it
// looks like an attack (refusal.go).
//
// The handler owns no goroutines; a feed lives in its request's goroutine.
package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"fengsui"
	"fengsui/account"
	"fengsui/registry"
	"fengsui/store"
)

// Prefix is where the API lives.
const Prefix = "/api/v1"

// Warnings is what the API asks of the warning stage.
type Warnings interface {
	Warning(ctx context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Warning, error)
	Warnings(ctx context.Context, s fengsui.Scope, f fengsui.WarningFilter, p fengsui.Page) ([]fengsui.Warning, int, error)
	Counts(ctx context.Context, s fengsui.Scope) (fengsui.WarningCounts, error)
	Periods(ctx context.Context, s fengsui.Scope, id fengsui.ID) ([]fengsui.Period, error)
	Steps(ctx context.Context, s fengsui.Scope, id fengsui.ID) ([]fengsui.Step, error)
	Parts(ctx context.Context, s fengsui.Scope, id fengsui.ID) ([]fengsui.Part, error)
}

// Desk are the acts of the duty desk on a warning.
type Desk interface {
	Confirm(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error
	Assign(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, to string, holder fengsui.ID) error
	Shelve(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, until fengsui.Millis, why string) error
	Unshelve(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error
	Merge(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, into fengsui.ID) error
}

// Clock is the escalation clock, which an officer may have to release.
type Clock interface {
	Held() (held bool, why string)
	Release(ctx context.Context, s fengsui.Scope, by fengsui.Actor, why string) error
}

// Disposal are the acts of those who deal with a warning.
type Disposal interface {
	Verify(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, finding, why string, files []fengsui.ID, acted *fengsui.Acted) error
	Handle(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, why string, files []fengsui.ID, acted *fengsui.Acted) error
	Report(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, why string, files []fengsui.ID, acted *fengsui.Acted) error
	Ask(ctx context.Context, s fengsui.Scope, by fengsui.Actor, v fengsui.Verdict, acted *fengsui.Acted) error
	Asks(ctx context.Context, s fengsui.Scope, warning fengsui.ID) ([]fengsui.Ask, error)
	Decide(ctx context.Context, s fengsui.Scope, by fengsui.Actor, v fengsui.Verdict) error
	Accident(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, plan, why string) error
	Note(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, kind, why string, acted *fengsui.Acted) error
	Remind(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, why string) error
}

// Orders are the orders that people must carry out.
type Orders interface {
	Orders(ctx context.Context, s fengsui.Scope, f fengsui.OrderFilter, p fengsui.Page) ([]fengsui.Order, int, error)
	Order(ctx context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Order, error)
	AssignOrder(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, to string) error
	OrderResult(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, result string, files []fengsui.ID, acted *fengsui.Acted) error
	TickPlan(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, item, note string, acted *fengsui.Acted) error
}

// Plans are the emergency plans that an accident may start (A19).
type Plans interface {
	Plans() []fengsui.Plan
	PlanFor(w fengsui.Warning) *fengsui.Plan
}

// Files keeps evidence.
type Files interface {
	Upload(ctx context.Context, s fengsui.Scope, by fengsui.Actor, name, mediaType string, r io.Reader) (fengsui.File, error)
	File(ctx context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.File, io.ReadCloser, error)
}

// Curves opens what a warning's values did: the part before it or after, as CSV.
type Curves interface {
	Open(ctx context.Context, s fengsui.Scope, warning fengsui.ID, part string) (io.ReadCloser, error)
}

// Pushes shows what was sent for a warning, and where nobody answers.
type Pushes interface {
	Pushes(ctx context.Context, s fengsui.Scope, warning fengsui.ID) ([]fengsui.Push, error)
	Dead(ctx context.Context, s fengsui.Scope) ([]fengsui.DeadChannel, error)
	Troubles(ctx context.Context, s fengsui.Scope, f fengsui.TroubleFilter, p fengsui.Page) ([]fengsui.Trouble, int, error)
	Resend(ctx context.Context, s fengsui.Scope, by fengsui.Actor, delivery fengsui.ID, why string) error
	Receive(ctx context.Context, s fengsui.Scope, by fengsui.Actor, warning fengsui.ID) error
}

// Links sends one-time links to passwords.
type Links interface {
	LinkChannels() []string
	SendLink(ctx context.Context, channel, name, address, secret string, until fengsui.Millis) (masked string, err error)
}

// History answers for what was measured, at most buckets long, and for where a device
// was, in at most so many points.
type History interface {
	Track(ctx context.Context, device int64, from, to fengsui.Millis, points int) ([]fengsui.Position, error)
	Trend(ctx context.Context, point int64, from, to fengsui.Millis, buckets int) ([]fengsui.Bucket, error)
}

// Config plugs the API into the platform.
type Config struct {
	DB         *store.DB
	Accounts   *account.Accounts
	Registry   *registry.Registry
	Warnings   Warnings
	Desk       Desk
	Room       Room
	Clock      Clock
	Disposal   Disposal
	Orders     Orders
	Outages    Outages
	Complaints Complaints
	Plans      Plans
	Files      Files
	Curves     Curves
	Pushes     Pushes
	Held       Held
	Links      Links // nil: links are shown, never sent
	History    History
	Inventory  Inventory
	Seal       Seal
	Quality    Quality
	Past       Past
	Wall       Walls
	Figures    Figures
	Asked      Asked

	Latest   func(point int64) (fengsui.Latest, bool)
	Where    func(device int64) (p fengsui.Position, received fengsui.Millis, level fengsui.Level, ok bool) // newest
	Rules    func() fengsui.DeskRules                                                                       // of the duty room
	Policy   func(key string) *fengsui.Escalation                                                           // nil where it is not known; of an empty key the one in force
	Policies func() []*fengsui.Escalation                                                                   // newest in force last
	Models   func() []fengsui.ModelCard
	Silences func() []string // models that watch for silence
	Strays   func(ctx context.Context, s fengsui.Scope, p fengsui.Page) ([]fengsui.Stray, int, error)
	Health   func(context.Context) []fengsui.Health
	Loop     func() fengsui.Loop // whether the platform's own signal comes round; nil: it has none
	Operates func(context.Context) fengsui.Operation
	Faults   Faults
	Log      *slog.Logger

	CallKey  []byte        // 32 bytes; under it what a call was is hashed beside its Idempotency-Key
	Trust    bool          // behind a proxy on this machine that sets X-Forwarded-For and -Proto
	Beat     time.Duration // of the live feed [10 s]
	Feeds    int           // live feeds at once [1,000]
	Silent   time.Duration // a device not heard for so long is listed as silent [10 min: a step of the model vehicle_offline, whose warning comes later]
	MaxFile  int64         // bytes of an evidence file [20 MiB]
	MaxSheet int64         // bytes of a CSV file [16 MiB]
	BodyTime time.Duration // for a body to come to its end [5 s]
	FileTime time.Duration // the same for an evidence file, over a telephone's poor link [5 min]
	Rates    Rates

	Pairs    []Pair        // grave acts that two people do, see ReadPairs; none: one does all
	PairTime time.Duration // then a proposal is void [24 h]
}

// API is the platform's HTTP interface.
type API struct {
	c      Config
	mux    *http.ServeMux
	huma   huma.API
	routes []Route
	feeds  chan struct{} // one slot a live feed; full: 503

	pairs map[string]*Pair // by route

	walls  kept[Wall]           // by scope
	clocks kept[fengsui.OnTime] // by scope

	refusals                                refusals
	byAddress, byCaller, bySignIn, byPublic *buckets
}

// Route is one route as it is declared: what the scope test walks.
type Route struct {
	Method  string
	Path    string      // without Prefix
	Act     fengsui.Act // the right it asks for; empty: none beyond being signed in
	Open    bool        // needs no sign-in
	Mutates bool        // needs an Idempotency-Key
	Early   bool        // for those too who have to set up password or second factor first
	Wall    bool        // the link of a wall opens it too, and no other
}

// New declares every route.
func New(c Config) *API {
	if c.Beat == 0 {
		c.Beat = 10 * time.Second
	}
	if c.Feeds == 0 {
		c.Feeds = 1000
	}
	if c.Silent == 0 {
		c.Silent = 10 * time.Minute
	}
	if c.MaxFile == 0 {
		c.MaxFile = 20 << 20
	}
	if c.MaxSheet == 0 {
		c.MaxSheet = 16 << 20
	}
	if c.BodyTime == 0 {
		c.BodyTime = 5 * time.Second
	}
	if c.FileTime == 0 {
		c.FileTime = 5 * time.Minute
	}
	c.Rates.defaults()
	if c.PairTime == 0 {
		c.PairTime = 24 * time.Hour
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{c: c, mux: http.NewServeMux(), feeds: make(chan struct{}, c.Feeds),
		byAddress: newBuckets(c.Rates.Address), byCaller: newBuckets(c.Rates.Caller), bySignIn: newBuckets(c.Rates.SignIn), byPublic: newBuckets(c.Rates.Public)}
	a.pairs = map[string]*Pair{}
	for i := range c.Pairs {
		a.pairs[c.Pairs[i].Act] = &c.Pairs[i]
	}
	a.refusals.db, a.refusals.counts, a.refusals.noted = c.DB, map[string]int64{}, map[[2]string]refusalSeen{}
	a.refusals.say = func(err error) { a.c.Log.Warn("refusal not journalled", "err", err) }
	a.huma = humago.NewWithPrefix(a.mux, Prefix, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "fengsui", Version: "1", Description: "Times are UTC milliseconds. Levels are words: none, blue, yellow, orange, red."},
			Servers: []*huma.Server{{URL: Prefix}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"session": {Type: "apiKey", In: "cookie", Name: cookieName},
					"token":   {Type: "http", Scheme: "bearer"},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{problems},
	})
	a.sessionRoutes()
	a.factorRoutes()
	a.activationRoutes()
	a.warningRoutes()
	a.momentRoutes()
	a.orderRoutes()
	a.outageRoutes()
	a.complaintRoutes()
	a.enterpriseRoutes()
	a.processRoutes()
	a.qualityRoutes()
	a.deviceRoutes()
	a.placeRoutes()
	a.fenceRoutes()
	a.districtRoutes()
	a.adminRoutes()
	a.approvalRoutes()
	a.bookRoutes()
	a.takeoutRoutes()
	a.feedRoutes()
	a.wallRoutes()
	a.fileRoutes()
	a.curveRoutes()
	a.sealRoutes()
	a.auditRoutes()
	a.performanceRoutes()
	a.heldRoutes()
	a.modelRoutes()
	a.rosterRoutes()
	a.watchRoutes()
	a.healthRoutes()
	a.describe()
	document, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		panic(err) // the routes are the program's own
	}
	a.mux.HandleFunc("GET "+Prefix+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Write(document)
	})
	a.mux.HandleFunc(Prefix+"/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, fengsui.Errorf(fengsui.NotFound, "no_route", "there is no such address in the API: %s %s", r.Method, r.URL.Path))
	})
	return a
}

// Routes lists every route.
func (a *API) Routes() []Route { return a.routes }

// ServeHTTP answers everything under Prefix.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.guard(w, r) }

// describe finishes the OpenAPI document: what the Go types cannot say.
func (a *API) describe() {
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for name, s := range problemSchemas() {
		schemas[name] = s
	}
	for name, s := range feedSchemas() {
		schemas[name] = s
	}
	words := func(list ...fmt.Stringer) []any {
		out := make([]any, len(list))
		for i, w := range list {
			out[i] = w.String()
		}
		return out
	}
	levels := words(fengsui.None, fengsui.Blue, fengsui.Yellow, fengsui.Orange, fengsui.Red)
	roles := make([]any, len(fengsui.Roles))
	for i, r := range fengsui.Roles {
		roles[i] = string(r)
	}
	enums := map[string][]any{
		"User.role": roles, "NewUser.role": roles, "ChangedUser.role": roles,
		"level": levels, "peak": levels, "measured": levels, "holdMeasured": levels, "least": levels, "upto": levels, "worst": levels, "Latest.state": levels,
		"byRole":    roles,
		"condition": words(fengsui.Active, fengsui.Returned),
		"work":      words(fengsui.New, fengsui.Verified, fengsui.Handling, fengsui.Reported),
		"end":       words(fengsui.Open, fengsui.Cleared, fengsui.FalseAlarm),
	}
	for name, s := range schemas {
		for prop, p := range s.Properties {
			words, ok := enums[name+"."+prop]
			if !ok {
				words, ok = enums[prop]
			}
			if ok && p.Type == huma.TypeString && len(p.Enum) == 0 {
				p.Enum = words
				p.PrecomputeMessages()
			}
		}
	}
}

func host(remote string) string {
	if i := strings.LastIndexByte(remote, ':'); i > 0 {
		return strings.Trim(remote[:i], "[]")
	}
	return remote
}
