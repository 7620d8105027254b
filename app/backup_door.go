package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"fengsui"
	"fengsui/store"
)

// The door for backups is a socket in run/, which only the owner of the data can reach:
// through it the commands "fengsui admin backup" and "fengsui admin move", in processes of
// their own, get what only the running platform has.

const (
	backupSocket = "backup.sock"
	// logKey is the header with the key of what GET /log answers.
	logKey = "Fengsui-Log"
)

// backupDone is what the journal keeps of a backup.
type backupDone struct {
	Name   string `json:"name"`
	Things int    `json:"things"`
	Copied int    `json:"copied"` // of them; the others were there from the backup before
	Bytes  int64  `json:"bytes"`  // written
}

// serveBackups answers at the door until ctx ends.
func (p *Platform) serveBackups(ctx context.Context) error {
	l, err := listenUnix(p.data.file("run", backupSocket))
	if err != nil {
		return fmt.Errorf("serve backups: %w", err)
	}
	s := &http.Server{Handler: p.backupDoor(), ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(l); ctx.Err() == nil {
		return fmt.Errorf("serve backups: %w", err)
	}
	return nil
}

func (p *Platform) backupDoor() http.Handler {
	mux := http.NewServeMux()
	answer := func(pattern string, do func(r *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			v, err := do(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			}
			json.NewEncoder(w).Encode(v)
		})
	}
	mux.HandleFunc("GET /log", func(w http.ResponseWriter, r *http.Request) {
		key, write := p.Bus.Rest()
		w.Header().Set(logKey, key)
		if key == "" {
			return
		}
		if err := write(r.Context(), w); err != nil {
			p.log.Warn("the log is not backed up", "err", err)
			panic(http.ErrAbortHandler) // a part must not look whole
		}
	})
	answer("POST /history", func(r *http.Request) (any, error) {
		if p.History == nil || p.c.History.URL != "" { // a server outside has backups of its own
			return historySnapshot{}, nil
		}
		return p.History.Snapshot(r.Context())
	})
	answer("GET /history", func(r *http.Request) (any, error) {
		if p.History == nil {
			return nil, errHistoryOff
		}
		s, err := p.History.Client().Ready(r.Context())
		return historySnapshot{Place: s.Saved}, err
	})
	answer("POST /archive", func(r *http.Request) (any, error) {
		return struct{}{}, p.Bus.ArchiveSoFar(r.Context())
	})
	mux.HandleFunc("POST "+movePath, p.answerMove)
	answer("DELETE /history", func(r *http.Request) (any, error) {
		return struct{}{}, p.History.Drop(r.Context(), r.FormValue("name"))
	})
	answer("POST /done", func(r *http.Request) (any, error) {
		var done backupDone
		if err := json.NewDecoder(io.LimitReader(r.Body, 4<<10)).Decode(&done); err != nil {
			return nil, err
		}
		return struct{}{}, p.DB.Change(r.Context(), func(tx *store.Tx) error {
			return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "backup", ID: fengsui.ID(done.Name)}, Act: "backed_up", By: fengsui.Actor{Name: "admin command"}, After: done})
		})
	})
	return mux
}

// live is a platform that gives a backup what only it has.
type live interface {
	// log writes what no archive of the log holds, as an archive with the key; an empty
	// key: there is nothing.
	log(ctx context.Context, with func(key string, write func(io.Writer) error) error) error
	// history holds on to the history's files until drop; an empty name: they lie still.
	history(ctx context.Context) (historySnapshot, error)
	drop(ctx context.Context, name string) error
	done(ctx context.Context, d backupDone) error
	close() error
}

// running is a platform behind its door.
type running struct {
	http *http.Client
}

// dialRunning finds a platform at work on a data directory; nil when none is.
func dialRunning(data string) *running {
	path := filepath.Join(data, "run", backupSocket)
	c, err := net.DialTimeout("unix", path, 5*time.Second)
	if err != nil {
		return nil
	}
	c.Close()
	return &running{&http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}}
}

func (r *running) ask(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, method, "http://platform"+path, body)
	if err != nil {
		return nil, err
	}
	answer, err := r.http.Do(q)
	if err != nil {
		return nil, fmt.Errorf("ask the running platform: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
		answer.Body.Close()
		return nil, fmt.Errorf("the running platform says: %s", b)
	}
	return answer, nil
}

func (r *running) log(ctx context.Context, with func(string, func(io.Writer) error) error) error {
	answer, err := r.ask(ctx, http.MethodGet, "/log", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	key := answer.Header.Get(logKey)
	if key == "" {
		return nil
	}
	return with(key, func(w io.Writer) error {
		_, err := io.Copy(w, answer.Body)
		return err
	})
}

func (r *running) history(ctx context.Context) (s historySnapshot, err error) {
	answer, err := r.ask(ctx, http.MethodPost, "/history", nil)
	if err != nil {
		return s, err
	}
	defer answer.Body.Close()
	return s, json.NewDecoder(answer.Body).Decode(&s)
}

// place is where the log is read from again when the history, as it is now, is all that
// is left of it.
func (r *running) place(ctx context.Context) (fengsui.Place, error) {
	answer, err := r.ask(ctx, http.MethodGet, "/history", nil)
	if err != nil {
		return fengsui.Place{}, err
	}
	defer answer.Body.Close()
	var s historySnapshot
	err = json.NewDecoder(answer.Body).Decode(&s)
	return s.Place, err
}

// archive waits until the log of up to now is archived.
func (r *running) archive(ctx context.Context) error {
	answer, err := r.ask(ctx, http.MethodPost, "/archive", nil)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

func (r *running) drop(ctx context.Context, name string) error {
	answer, err := r.ask(ctx, http.MethodDelete, "/history?name="+name, nil)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

func (r *running) done(ctx context.Context, d backupDone) error {
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	answer, err := r.ask(ctx, http.MethodPost, "/done", bytes.NewReader(b))
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

func (r *running) close() error {
	r.http.CloseIdleConnections()
	return nil
}
