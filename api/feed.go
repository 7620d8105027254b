package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
	"fengsui/store"
)

type feedInput struct {
	Last string `header:"Last-Event-ID" maxLength:"20" doc:"resume after this position"`
}

type streamed struct {
	Body func(huma.Context)
}

const (
	// feedPage is how many rows a feed reads at a time.
	feedPage = 500
	// feedBehind is how far back a feed resumes: a page that was away longer
	// fetches everything anyway.
	feedBehind = 5000
	// feedWrite is how long a write may take. A reader slower than that is cut off;
	// it comes back and resumes.
	feedWrite = 10 * time.Second
)

func (a *API) feedRoutes() {
	a.feedRoute(Route{Method: http.MethodGet, Path: "/journal/feed", Act: fengsui.ActSee}, "feed", "The live feed: server-sent events 'change' and 'beat'")
}

func (a *API) feedRoute(r Route, id, summary string) {
	op := a.operation(r, id, summary, nil)
	op.Responses["200"] = &huma.Response{Description: "Events: 'change' (FeedChange) for each journal row in scope, 'beat' (FeedBeat) every 10 s. id is pos.",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{OneOf: []*huma.Schema{
			{Ref: "#/components/schemas/FeedChange"}, {Ref: "#/components/schemas/FeedBeat"}}}}}}
	huma.Register(a.huma, op, func(ctx context.Context, in *feedInput) (*streamed, error) {
		c := ctx.Value(callKey{}).(call)
		select {
		case a.feeds <- struct{}{}:
		default:
			return nil, a.fail(r, fengsui.Errorf(fengsui.Unavailable, "feeds_full", "too many live feeds are open; close a page and try again"))
		}
		return &streamed{func(huma.Context) {
			defer func() { <-a.feeds }()
			if err := a.feed(ctx, c, in.Last); err != nil && ctx.Err() == nil && !errors.Is(err, errFeedOver) {
				a.c.Log.Warn("feed ended", "remote", c.by.From, "err", err)
			}
		}}, nil
	})
}

var errFeedOver = errors.New("feed: the session ended")

// feed writes journal rows inside the scope until the reader leaves, is too slow
// or its session ends.
func (a *API) feed(ctx context.Context, c call, last string) error {
	head := a.c.DB.Head()
	seen, err := strconv.ParseInt(last, 10, 64) // every row up to it was looked at
	if err != nil || seen < 0 || seen > head || head-seen > feedBehind {
		seen = head // the page sees that prev is not its own last and fetches
	}
	h := c.writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	c.writer.WriteHeader(http.StatusOK)
	out := newFeedWriter(c.writer, seen)
	if err := out.beat(seen, a.lost()); err != nil {
		return err
	}
	without := []string{fengsui.KindLook}
	if !c.watch {
		without = append(without, fengsui.KindCanary)
	}
	next := time.Now().Add(a.c.Beat)
	for {
		head := a.c.DB.Head() // before the snapshot, which holds at least that much
		entries, _, err := a.c.DB.Entries(ctx, c.scope, store.Filter{After: seen, Without: without, Limit: feedPage})
		if err != nil {
			return err
		}
		for i := range entries {
			seen = entries[i].Pos
			if c.wall {
				if entries[i].Warning == "" {
					continue
				}
				entries[i].By.Name = ""
			}
			if err := out.change(&entries[i]); err != nil {
				return err
			}
		}
		if err := out.flush(); err != nil {
			return err
		}
		if len(entries) == feedPage {
			continue
		}
		seen = max(seen, head)
		wait, cancel := context.WithDeadline(ctx, next)
		_, err = a.c.DB.Wait(wait, seen)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && time.Now().Before(next) {
			continue
		}
		// Session or token is asked at each beat, without making a session last longer.
		if c.alive != nil && !c.alive(ctx) {
			return errFeedOver
		}
		if err := out.beat(seen, a.lost()); err != nil {
			return err
		}
		next = time.Now().Add(a.c.Beat)
	}
}

// feedWriter writes server-sent events. Its buffer is all that waits for a slow
// reader.
type feedWriter struct {
	w    *bufio.Writer
	rc   *http.ResponseController
	prev int64
}

func newFeedWriter(w http.ResponseWriter, prev int64) *feedWriter {
	return &feedWriter{w: bufio.NewWriterSize(w, 16<<10), rc: http.NewResponseController(w), prev: prev}
}

func (f *feedWriter) change(e *store.Entry) error {
	return f.event("change", e.Pos, FeedChange{Pos: e.Pos, Prev: f.prev, At: e.At, Of: e.Of, Act: e.Act, By: e.By.Name,
		Warning: e.Warning, Enterprise: e.Enterprise, Peak: e.Peak})
}

func (f *feedWriter) beat(pos int64, lost fengsui.Stage) error {
	if err := f.event("beat", pos, FeedBeat{pos, f.prev, now(), lost}); err != nil {
		return err
	}
	return f.flush()
}

func (f *feedWriter) event(kind string, pos int64, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := f.deadline(); err != nil {
		return err
	}
	f.prev = pos
	_, err = fmt.Fprintf(f.w, "event: %s\nid: %d\ndata: %s\n\n", kind, pos, b)
	return err
}

func (f *feedWriter) flush() error {
	if err := f.deadline(); err != nil {
		return err
	}
	if err := f.w.Flush(); err != nil {
		return err
	}
	return f.rc.Flush()
}

// deadline bounds the writes that follow. A recorder in a test has none.
func (f *feedWriter) deadline() error {
	if err := f.rc.SetWriteDeadline(time.Now().Add(feedWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// feedSchemas are the events for the OpenAPI document: they are no route's body.
func feedSchemas() map[string]*huma.Schema {
	whole := func() *huma.Schema { return &huma.Schema{Type: huma.TypeInteger, Format: "int64"} }
	text := func() *huma.Schema { return &huma.Schema{Type: huma.TypeString} }
	return map[string]*huma.Schema{
		"FeedBeat": {Type: huma.TypeObject, Required: []string{"pos", "prev", "at"},
			Properties: map[string]*huma.Schema{"pos": whole(), "prev": whole(), "at": whole(), "lost": text()}},
		"FeedChange": {Type: huma.TypeObject, Required: []string{"pos", "prev", "at", "of", "act", "by", "peak"},
			Properties: map[string]*huma.Schema{"pos": whole(), "prev": whole(), "at": whole(), "of": {Ref: "#/components/schemas/Ref"},
				"act": text(), "by": text(), "warning": text(), "enterprise": text(), "peak": text()}},
	}
}
