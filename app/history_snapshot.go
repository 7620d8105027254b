package app

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"fengsui"
	"fengsui/series/victoria"
)

// A backup copies files of the history that stay as they are while it copies: the child
// makes a snapshot when the platform asks for one, and lets it go when it is told to.

// snapshotPath is where the child is asked for snapshots, beside the questions.
const snapshotPath = "/snapshot"

// withSnapshots adds to the child's answers those to the platform that makes a backup.
func (h *historian) withSnapshots(questions http.Handler) http.Handler {
	inside, ok := h.engine.(historyInside)
	if !ok {
		return questions // a server outside has backups of its own
	}
	e := inside.Engine
	mux := http.NewServeMux()
	mux.Handle("/", questions)
	answer := func(do func(r *http.Request) (any, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+h.c.Token)) != 1 {
				http.Error(w, "the history answers only to the platform that started it", http.StatusForbidden)
				return
			}
			v, err := do(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			}
			json.NewEncoder(w).Encode(v)
		}
	}
	mux.HandleFunc("POST "+snapshotPath, answer(func(*http.Request) (any, error) {
		s := historySnapshot{Place: h.State().Saved} // before: what is not in the snapshot lies behind it
		var err error
		if err = e.DropAll(); err == nil { // of a backup that was killed
			s.Name, err = e.Snapshot()
		}
		return s, err
	}))
	mux.HandleFunc("DELETE "+snapshotPath, answer(func(r *http.Request) (any, error) {
		return struct{}{}, e.Drop(r.FormValue("name"))
	}))
	return mux
}

// historySnapshot is a snapshot, and a place of the log behind which is all that may not
// be in it.
type historySnapshot struct {
	Name  string        `json:"name"`
	Place fengsui.Place `json:"place"`
}

// historyFiles are the files of a snapshot by their place in the history's directory;
// without a name, of a history that does not run.
func historyFiles(data, name string) (map[string]string, error) {
	return victoria.Files((&HistoryConfig{Dir: data}).engine().Dir, name)
}

// Snapshot asks the child for a snapshot.
func (h *HistoryChild) Snapshot(ctx context.Context) (s historySnapshot, err error) {
	return s, h.ask(ctx, http.MethodPost, "", &s)
}

// Drop lets a snapshot go.
func (h *HistoryChild) Drop(ctx context.Context, name string) error {
	return h.ask(ctx, http.MethodDelete, "?name="+name, &struct{}{})
}

func (h *HistoryChild) ask(ctx context.Context, method, query string, out any) error {
	client := &http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", h.c.path("run", "history.sock"))
		},
	}}
	r, err := http.NewRequestWithContext(ctx, method, "http://history"+snapshotPath+query, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+h.c.Token)
	answer, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("ask the history for a snapshot: %w", err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("ask the history for a snapshot: %s", b)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(b, out)
}
