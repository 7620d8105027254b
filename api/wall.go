package api

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"fengsui"
)

// Walls is what the warning stage tells for the wall.
type Walls interface {
	Wall(ctx context.Context, s fengsui.Scope, now fengsui.Millis) (fengsui.WallWarnings, error)
	OnTime(ctx context.Context, s fengsui.Scope, now fengsui.Millis) (fengsui.OnTime, error)
}

// Wall (大屏) is the state of a scope at one moment, for a screen that is only looked at
// (console-ux §3.9). It names no person.
type Wall struct {
	At     fengsui.Millis   `json:"at"`  // everything is as of then
	Pos    int64            `json:"pos"` // the journal up to here is in it
	Name   string           `json:"name"`
	NameEn string           `json:"nameEn,omitempty"`
	Scale  string           `json:"scale,omitempty"` // set when this is a show
	Rules  fengsui.WallRule `json:"rules"`

	Open        map[fengsui.Level]int `json:"open"`
	Unconfirmed map[fengsui.Level]int `json:"unconfirmed"`
	Apart       int                   `json:"apart"` // open ones that are in no counter: shelved, behind another, out of use with leave
	Curve       fengsui.WallCurve     `json:"curve"` // of all that stood, those apart included
	Oldest      *WallWarning          `json:"oldest,omitempty"`
	Newest      []WallWarning         `json:"newest" nullable:"false"`
	Grave       []WallWarning         `json:"grave" nullable:"false"` // open red and orange ones, the gravest and newest first
	Graves      int                   `json:"graves"`                 // how many there are, of which at most 200 are listed
	Raised      map[fengsui.Level]int `json:"raised"`                 // since midnight, by the highest level that they reached
	Firms       map[fengsui.Level]int `json:"firms"`                  // enterprises by the gravest that is open there; none: nothing is

	OnTime fengsui.OnTime `json:"onTime"` // share of clocks: met of met and late; neither: nothing to tell
	Online WallOnline     `json:"online"`
}

// WallOnline counts points as they are now. Those out of use with leave are in no other
// number (A36).
type WallOnline struct {
	Points   int `json:"points"`
	Online   int `json:"online"` // a value came within the periods that may be missed
	Declared int `json:"declared"`
}

// WallWarning is what the wall shows of a warning.
type WallWarning struct {
	ID             fengsui.ID        `json:"id"`
	Enterprise     fengsui.ID        `json:"enterprise"`
	EnterpriseName string            `json:"enterpriseName"`
	SubjectName    string            `json:"subjectName"`
	Place          string            `json:"place"`
	Spot           *[2]float64       `json:"spot,omitempty"` // longitude and latitude, WGS-84; absent: nobody said where
	Level          fengsui.Level     `json:"level"`
	Condition      fengsui.Condition `json:"condition"`
	Work           fengsui.Work      `json:"work"`
	End            fengsui.End       `json:"end"`
	Rung           string            `json:"rung"`
	Value          float64           `json:"value"`
	Limit          float64           `json:"limit"`
	Unit           string            `json:"unit"`
	RaisedAt       fengsui.Millis    `json:"raisedAt"`
	Period         int               `json:"period"` // number of the level period that runs
	Since          fengsui.Millis    `json:"since"`  // when it began
	ConfirmedAt    fengsui.Millis    `json:"confirmedAt,omitempty"`
	ShelvedUntil   fengsui.Millis    `json:"shelvedUntil,omitempty"`
	MergedInto     fengsui.ID        `json:"mergedInto,omitempty"`
	NextStep       *NextStep         `json:"nextStep,omitempty"`
	Latest         *fengsui.Latest   `json:"latest,omitempty"`
}

// OpenWall is the secret of a wall's link.
type OpenWall struct {
	Secret string `json:"secret" minLength:"1" maxLength:"200"`
}

// WallOpened says that this browser may show the wall from now on.
type WallOpened struct {
	Until fengsui.Millis `json:"until"`
}

type openWallInput struct{ Body OpenWall }

const (
	// wallCookie holds the secret of a wall's link. No page can read it, and the browser
	// shows it to the routes of the wall alone.
	wallCookie = "fengsui_wall"
	wallPath   = "/wall"

	// wallFresh is how long everybody with the same scope hears the same answer, and
	// clocksFresh how long the clocks of a month in it stay: a month changes slowly.
	wallFresh   = 2 * time.Second
	clocksFresh = time.Minute
)

func (a *API) wallRoutes() {
	add(a, Route{Method: http.MethodPost, Path: wallPath + "/open", Open: true}, "openWall", "Let this browser show the wall, by the secret of a link; sets a cookie for it", a.openWall)
	add(a, Route{Method: http.MethodGet, Path: wallPath, Act: fengsui.ActSee, Wall: true}, "wall", "The state of the district at one glance, at most seconds old", a.wall)
	a.feedRoute(Route{Method: http.MethodGet, Path: wallPath + "/feed", Act: fengsui.ActSee, Wall: true}, "wallFeed", "The live feed of what concerns warnings, without names")
	// The numbers of a place are never null, and there are two.
	p := a.huma.OpenAPI().Components.Schemas.Map()["WallWarning"].Properties["spot"]
	two := 2
	p.MinItems, p.MaxItems = &two, &two
}

// openWall takes the link's secret out of the page and into a cookie.
func (a *API) openWall(ctx context.Context, c call, in *openWallInput) (WallOpened, error) {
	s, err := a.c.Accounts.OpenWall(ctx, c.by, in.Body.Secret)
	if err != nil {
		return WallOpened{}, err
	}
	http.SetCookie(c.writer, &http.Cookie{Name: wallCookie, Value: in.Body.Secret, Path: Prefix + wallPath, Expires: s.Until.Time(),
		HttpOnly: true, Secure: c.tls, SameSite: http.SameSiteStrictMode})
	return WallOpened{s.Until}, nil
}

// wallLink is the secret of a wall's link, where a route is one of the wall's; "" without.
func wallLink(req *http.Request, r Route) string {
	cookie, err := req.Cookie(wallCookie)
	if !r.Wall || err != nil {
		return ""
	}
	return cookie.Value
}

func (a *API) wall(ctx context.Context, c call, _ *nothing) (Wall, error) {
	w, err := a.walls.of(ctx, scopeKey(c.scope), wallFresh, func(ctx context.Context) (Wall, error) { return a.readWall(ctx, c) })
	w.Name, w.NameEn = c.session.Party.Name, c.session.Party.NameEn
	return w, err
}

// readWall reads what every caller with the same scope is shown.
func (a *API) readWall(ctx context.Context, c call) (Wall, error) {
	w := Wall{At: now(), Pos: a.c.DB.Head(), Rules: a.c.Rules().Wall, Newest: []WallWarning{}, Grave: []WallWarning{}}
	if p := a.c.Policy(""); p != nil {
		w.Scale = p.Scale
	}
	x, err := a.c.Wall.Wall(ctx, c.scope, w.At)
	if err != nil {
		return w, err
	}
	counts, err := a.c.Warnings.Counts(ctx, c.scope)
	if err == nil {
		err = a.apart(ctx, c, &counts)
	}
	if err != nil {
		return w, err
	}
	w.OnTime, err = a.clocks.of(ctx, scopeKey(c.scope), clocksFresh, func(ctx context.Context) (fengsui.OnTime, error) {
		return a.c.Wall.OnTime(ctx, c.scope, w.At)
	})
	if err != nil {
		return w, err
	}
	w.Open, w.Unconfirmed, w.Curve, w.Graves, w.Raised = counts.Open, counts.Unconfirmed, x.Curve, x.Graves, x.Raised
	for l := fengsui.Blue; l <= fengsui.Red; l++ {
		w.Apart += x.Open[l] - counts.Open[l]
	}
	w.Apart = max(0, w.Apart) // the two were not read at the same instant
	if x.Oldest != nil {
		v := a.wallWarning(c, *x.Oldest)
		w.Oldest = &v
	}
	for _, v := range x.Newest {
		w.Newest = append(w.Newest, a.wallWarning(c, v))
	}
	for _, v := range x.Grave {
		w.Grave = append(w.Grave, a.wallWarning(c, v))
	}
	w.Firms = map[fengsui.Level]int{}
	for l := fengsui.None; l <= fengsui.Red; l++ {
		w.Firms[l] = 0
	}
	d, cover, away := a.c.Registry.District(), a.cover(ctx), &a.c.Quality.Policy().Offline
	for _, e := range d.Enterprises {
		if !c.scope.Sees(e.ID, e.Zone, e.Sector, fengsui.None) {
			continue
		}
		w.Firms[x.Worst[e.ID]]++
		for _, p := range d.PointsOf(e.Num) {
			if cover[fengsui.SubjectOf("point", p.Num)] != nil {
				w.Online.Declared++
				continue
			}
			w.Online.Points++
			if l, ok := a.c.Latest(p.Num); ok && fengsui.Span(w.At-l.Received) <= away.Away(p) {
				w.Online.Online++
			}
		}
	}
	return w, nil
}

func (a *API) wallWarning(c call, w fengsui.Warning) WallWarning {
	v := a.warningView(c, w)
	return WallWarning{ID: w.ID, Enterprise: w.Enterprise, EnterpriseName: v.EnterpriseName, SubjectName: v.SubjectName, Place: v.Place, Spot: a.spot(w),
		Level: w.Level, Condition: w.Condition, Work: w.Work, End: w.End, Rung: w.Rung, Value: w.Value, Limit: w.Limit, Unit: w.Unit, RaisedAt: w.RaisedAt, Period: w.Period, Since: w.Since,
		ConfirmedAt: w.ConfirmedAt, ShelvedUntil: w.ShelvedUntil, MergedInto: w.MergedInto, NextStep: v.NextStep, Latest: v.Latest}
}

// spot is where a warning is: its device, the asset that it is about, or else its
// enterprise; nil where nobody said.
func (a *API) spot(w fengsui.Warning) *[2]float64 {
	d := a.c.Registry.District()
	var asset *fengsui.Asset
	switch kind, num := w.Subject.Split(); kind {
	case "point":
		if p := d.Point(num); p != nil {
			asset = d.Assets[p.Asset]
		}
	case "device":
		if p, _, _, ok := a.c.Where(num); ok && (p.Lon != 0 || p.Lat != 0) {
			return &[2]float64{p.Lon, p.Lat}
		}
		if v := d.Device(num); v != nil {
			asset = d.Assets[v.Asset]
		}
	}
	if asset != nil && (asset.Lon != 0 || asset.Lat != 0) {
		return &[2]float64{asset.Lon, asset.Lat}
	}
	if e := d.Enterprises[w.Enterprise]; e != nil && (e.Lon != 0 || e.Lat != 0) {
		return &[2]float64{e.Lon, e.Lat}
	}
	return nil
}

// scopeKey names what a scope sees: who looks is not in it.
func scopeKey(s fengsui.Scope) string {
	return fmt.Sprintf("%v %q %q %q %d", s.All, s.Enterprise, s.Zone, s.Sectors, s.Least)
}

// kept keeps answers for a while, by key, so that many who look cost one reading.
type kept[T any] struct {
	mu    sync.Mutex
	byKey map[string]*keptOne[T] // guarded by mu
}

type keptOne[T any] struct {
	at   time.Time
	done chan struct{} // closed when v and err are there
	v    T
	err  error
}

// of is the answer under a key, read anew when it is older than fresh. Who comes while it
// is being read waits for it; a failure is kept for nobody.
func (k *kept[T]) of(ctx context.Context, key string, fresh time.Duration, read func(context.Context) (T, error)) (v T, err error) {
	t := time.Now()
	old := func(o *keptOne[T]) bool {
		select {
		case <-o.done:
			return t.Sub(o.at) >= fresh
		default:
			return false // it is being read
		}
	}
	k.mu.Lock()
	one := k.byKey[key]
	mine := one == nil || old(one)
	if mine {
		if k.byKey == nil {
			k.byKey = map[string]*keptOne[T]{}
		}
		maps.DeleteFunc(k.byKey, func(_ string, o *keptOne[T]) bool { return old(o) })
		one = &keptOne[T]{at: t, done: make(chan struct{})}
		k.byKey[key] = one
	}
	k.mu.Unlock()
	if mine {
		// Whoever asked first may leave: the others wait for what was begun.
		k.fill(key, one, func() (T, error) { return read(context.WithoutCancel(ctx)) })
	}
	select {
	case <-one.done:
		return one.v, one.err
	case <-ctx.Done():
		return v, context.Cause(ctx)
	}
}

func (k *kept[T]) fill(key string, one *keptOne[T], read func() (T, error)) {
	one.err = fengsui.Errorf(fengsui.Internal, "unread", "it could not be read") // stays after a panic
	defer func() {
		if one.err != nil {
			k.mu.Lock()
			delete(k.byKey, key)
			k.mu.Unlock()
		}
		close(one.done)
	}()
	one.v, one.err = read()
}
