package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"fengsui"
	"fengsui/store"
)

// A platform that runs is handed over to other engines by "fengsui admin move". The
// command copies while it runs and then asks it, by its socket in run/, to stand still:
// it ends its stages, closes its engines and leaves its data directory to the command,
// while its doors answer "send it again" (503). The connection is the whole agreement.
// When it ends, however it does, the platform goes on: with the new configuration when
// the file MOVED says that it was moved, and otherwise with its own.

// movePath is where the platform is asked to stand still.
const movePath = "/move"

const (
	// movingRetry is what senders are told to wait.
	movingRetry = 2 * time.Second
	// handOverPatience is how long calls that are under way may take to end.
	handOverPatience = 5 * time.Second
)

// handOver ends a platform's run: the platform is to go on elsewhere.
type handOver struct {
	conn net.Conn // of the command
	next Config
}

func (h *handOver) Error() string { return "the platform is handed over to other engines" }

// asked is what the command says.
type asked struct {
	To string `json:"to"` // the new configuration's file
}

// answerMove begins a hand-over.
func (p *Platform) answerMove(w http.ResponseWriter, r *http.Request) {
	h, err := p.mayLeave(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	h.conn = conn
	p.log.Warn("the platform stands still while it is moved to other engines")
	p.gate.shut()
	p.leave(h)
}

// mayLeave says whether the platform can be handed over, and notes that it is.
func (p *Platform) mayLeave(r *http.Request) (*handOver, error) {
	if p.leave == nil {
		return nil, errors.New("only a platform that \"fengsui serve\" runs is handed over while it runs: stop it first")
	}
	if !p.c.Roles.whole() {
		return nil, errors.New("this process has a part of the roles, so others share the platform: stop all of them first")
	}
	var a asked
	if err := json.NewDecoder(io.LimitReader(r.Body, 4<<10)).Decode(&a); err != nil {
		return nil, err
	}
	next, err := Load(a.To)
	if err != nil {
		return nil, fmt.Errorf("the platform cannot use the new configuration: %w", err)
	}
	return &handOver{next: next}, p.DB.Change(r.Context(), func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "platform", ID: fengsui.NewID()}, Act: "handed_over", By: fengsui.Actor{Name: "admin command"}, After: a})
	})
}

// stand tells the command that nobody works in the data directory, and waits until it is
// through or gone, or ctx ends.
func (h *handOver) stand(ctx context.Context) {
	defer context.AfterFunc(ctx, func() { h.conn.Close() })()
	if _, err := io.WriteString(h.conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); err == nil {
		io.Copy(io.Discard, h.conn)
	}
}

// choose says with which configuration the platform goes on, once its data directory is
// free.
func (h *handOver) choose(ctx context.Context, c Config, log *slog.Logger) Config {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		d, err := openData(c.Data) // a command that was killed has it for a moment still
		if err == nil {
			d.close()
			break
		}
		sleepCtx(ctx, 50*time.Millisecond)
	}
	if e, ok := errors.AsType[*fengsui.Error](c.notMoved()); ok && e.Reason == "moved" {
		log.Info("the platform was moved, and goes on with its new configuration")
		return h.next
	}
	log.Warn("the platform was not moved, and goes on as it was")
	return c
}

// serves tells the command what became of the platform.
func (h *handOver) serves(err error) {
	said := "serves"
	if err != nil {
		said = err.Error()
	}
	io.WriteString(h.conn, said)
	h.conn.Close()
}

// gate lets requests in until it is shut, and counts those that are inside.
type gate struct {
	mu     sync.Mutex
	closed bool // guarded by mu
	inside sync.WaitGroup
}

func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.inside.Add(1)
	}
	return !g.closed
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// empty waits until nobody is inside, for a while: the calls' contexts have ended.
func (g *gate) empty(most time.Duration) {
	done := make(chan struct{})
	go func() { defer close(done); g.inside.Wait() }()
	select {
	case <-done:
	case <-time.After(most):
	}
}

// before puts the gate before a handler. Who is not let in is told to come again.
func (g *gate) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.enter() {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Retry-After", strconv.Itoa(int(movingRetry.Seconds())))
			w.WriteHeader(http.StatusServiceUnavailable)
			json.NewEncoder(w).Encode(map[string]any{"code": fengsui.Unavailable, "reason": "moving", "message": "the platform is moving to other servers; nothing was kept, send it again in a few seconds", "time": fengsui.At(time.Now())})
			return
		}
		defer g.inside.Done()
		next.ServeHTTP(w, r)
	})
}

// standing is a platform that stands still for a command.
type standing struct {
	conn *net.UnixConn
}

// standStill asks a platform to stand still for the move to a configuration.
func standStill(ctx context.Context, data, to string) (*standing, error) {
	to, err := filepath.Abs(to)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(asked{to})
	if err != nil {
		return nil, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://platform"+movePath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", filepath.Join(data, "run", backupSocket))
	if err != nil {
		return nil, fmt.Errorf("ask the running platform: %w", err)
	}
	give := func(err error) (*standing, error) {
		conn.Close()
		return nil, fmt.Errorf("ask the running platform to stand still: %w", err)
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := q.Write(conn); err != nil {
		return give(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), q)
	if err != nil {
		return give(err)
	}
	if answer.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
		return give(fmt.Errorf("it says: %s", bytes.TrimSpace(b)))
	}
	return &standing{conn.(*net.UnixConn)}, nil
}

// still is an error when the platform does not stand still any more: it ended, and may
// have been started again.
func (s *standing) still() error {
	s.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := s.conn.Read(make([]byte, 1))
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return nil
	}
	return errors.New("the platform that stood still for the move has ended meanwhile")
}

// goOn lets the platform go on and waits until it serves again.
func (s *standing) goOn(ctx context.Context) error {
	defer s.conn.Close()
	defer context.AfterFunc(ctx, func() { s.conn.Close() })()
	s.conn.SetReadDeadline(time.Time{})
	if err := s.conn.CloseWrite(); err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(s.conn, 4<<10))
	if err == nil && string(b) != "serves" {
		err = fmt.Errorf("%s", b)
	}
	if err != nil {
		return fmt.Errorf("the platform does not serve: %w", err)
	}
	return nil
}
