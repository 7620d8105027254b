package series

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"fengsui"
)

// Engine is a store of series that a Handler serves. Ranges are [from, to).
type Engine interface {
	Range(ctx context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Sample, error)
	Thin(ctx context.Context, num int64, from, to fengsui.Millis, buckets int) ([]Bucket, error)
	Track(ctx context.Context, device int64, from, to fengsui.Millis) ([]fengsui.Position, error)
	Count(ctx context.Context, from, to fengsui.Millis) (Totals, error)
}

// HandlerConfig is what a Handler needs.
type HandlerConfig struct {
	Engine Engine
	State  func() State
	Token  string        // what callers must show; empty: nothing
	At     int           // questions answered at the same time; 0: 4. More wait.
	Wait   time.Duration // how long they wait for their turn; 0: 2 s
	Most   time.Duration // how long one may take; 0: 30 s
}

const (
	samplesType = "application/x-fengsui-samples" // fengsui.AppendSamples with nums
	farFuture   = fengsui.Millis(1 << 42)         // the year 2109: where an open range ends
)

// Handler answers GET /range, /thin, /track, /count and /ready. /ready is answered even
// while the others wait.
func Handler(c HandlerConfig) http.Handler {
	if c.At == 0 {
		c.At = 4
	}
	if c.Wait == 0 {
		c.Wait = 2 * time.Second
	}
	if c.Most == 0 {
		c.Most = 30 * time.Second
	}
	// A place for each question that runs; when all are taken the next waits
	// c.Wait and is then refused as "history_busy".
	turns := make(chan struct{}, c.At)
	ask := func(of string, answer func(context.Context, http.ResponseWriter, question) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			q, err := readQuestion(r.URL.Query())
			if err == nil && of != "all" && q.num == 0 {
				err = fengsui.Errorf(fengsui.Invalid, "bad_question", "p must name a %s by its num", of)
			}
			if err != nil {
				refuse(w, err)
				return
			}
			wait := time.NewTimer(c.Wait)
			defer wait.Stop()
			select {
			case turns <- struct{}{}:
			case <-wait.C:
				refuse(w, fengsui.Errorf(fengsui.Unavailable, "history_busy", "the history has too many questions at the moment, please ask again"))
				return
			case <-r.Context().Done():
				return
			}
			defer func() { <-turns }()
			ctx, cancel := context.WithTimeout(r.Context(), c.Most)
			defer cancel()
			if err := answer(ctx, w, q); err != nil {
				refuse(w, err)
			}
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /range", ask("point", func(ctx context.Context, w http.ResponseWriter, q question) error {
		list, err := c.Engine.Range(ctx, q.num, q.from, q.to)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", samplesType)
		w.Write(fengsui.AppendSamples(nil, list))
		return nil
	}))
	mux.HandleFunc("GET /thin", ask("point", func(ctx context.Context, w http.ResponseWriter, q question) error {
		list, err := c.Engine.Thin(ctx, q.num, q.from, q.to, q.buckets)
		if err != nil {
			return err
		}
		return reply(w, list)
	}))
	mux.HandleFunc("GET /track", ask("device", func(ctx context.Context, w http.ResponseWriter, q question) error {
		list, err := c.Engine.Track(ctx, q.num, q.from, q.to)
		if err != nil {
			return err
		}
		if q.points > 0 {
			list = ThinTrack(list, q.points)
		}
		w.Header().Set("Content-Type", trackType)
		w.Write(appendTrack(nil, list))
		return nil
	}))
	mux.HandleFunc("GET /count", ask("all", func(ctx context.Context, w http.ResponseWriter, q question) error {
		n, err := c.Engine.Count(ctx, q.from, q.to)
		if err != nil {
			return err
		}
		return reply(w, n)
	}))
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		if err := reply(w, c.State()); err != nil {
			refuse(w, err)
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(bearer(c.Token))) != 1 {
			refuse(w, fengsui.Errorf(fengsui.Forbidden, "history_token", "the history answers only to the platform that started it"))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func bearer(token string) string {
	if token == "" {
		return ""
	}
	return "Bearer " + token
}

// question is what a caller asked for.
type question struct {
	num      int64 // of a point or a device
	from, to fengsui.Millis
	buckets  int
	points   int // of a track; 0: all
}

func readQuestion(v url.Values) (question, error) {
	q := question{to: farFuture, buckets: 1000}
	num := func(name string, into *int64, least, most int64) error {
		text := v.Get(name)
		if text == "" {
			return nil
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < least || n > most {
			return fengsui.Errorf(fengsui.Invalid, "bad_question", "%s must be a whole number from %d to %d", name, least, most)
		}
		*into = n
		return nil
	}
	from, to, buckets, points := int64(q.from), int64(q.to), int64(q.buckets), int64(0)
	err := errors.Join(
		num("p", &q.num, 1, 1<<62),
		num("from", &from, 0, int64(farFuture)),
		num("to", &to, 0, int64(farFuture)),
		num("buckets", &buckets, 1, MaxBuckets),
		num("points", &points, 2, MaxTrack))
	q.from, q.to, q.buckets, q.points = fengsui.Millis(from), fengsui.Millis(to), int(buckets), int(points)
	if err == nil && q.from >= q.to {
		err = fengsui.Errorf(fengsui.Invalid, "bad_question", "from must be before to")
	}
	return q, err
}

// refusal is how an error travels.
type refusal struct {
	Code    fengsui.Code `json:"code"`
	Reason  string       `json:"reason"`
	Message string       `json:"message"`
}

func refuse(w http.ResponseWriter, err error) {
	e, ok := errors.AsType[*fengsui.Error](err)
	if !ok {
		e = fengsui.Errorf(fengsui.Internal, "history_failed", "the history could not answer: %v", err)
	}
	status := http.StatusInternalServerError
	switch e.Code {
	case fengsui.Invalid:
		status = http.StatusBadRequest
	case fengsui.Forbidden:
		status = http.StatusForbidden
	case fengsui.Unavailable:
		status = http.StatusServiceUnavailable
	}
	b, _ := json.Marshal(refusal{Code: e.Code, Reason: e.Reason, Message: e.Message})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b)
}

func reply(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b)
	return nil
}
