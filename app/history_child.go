package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"fengsui/bus"
	"fengsui/series"
)

const (
	historyFirstRestart = 100 * time.Millisecond
	historyLastRestart  = 10 * time.Second
	// historySettled is how long a child must have run for its end to count as a new
	// trouble.
	historySettled = 30 * time.Second
)

// HistoryChild keeps a history process at work beside the platform: it starts
// it, lets it read the log, and starts it again when it dies. Whatever becomes of
// it, nobody else waits.
type HistoryChild struct {
	c       HistoryConfig
	bus     *bus.Log
	command []string
	stderr  io.Writer
	env     []string
	started func(pid int)  // for tests; nil: nobody asks
	asks    *series.Client // of the child, or of the server that it feeds
}

// NewHistoryChild makes a HistoryChild; Run starts the process. The log must name
// "history" among its readers.
func NewHistoryChild(c HistoryConfig, log *bus.Log) (*HistoryChild, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("history: find our own program: %w", err)
	}
	c.Token = rand.Text()
	h := &HistoryChild{c: c, bus: log, command: []string{exe, "history", "--data", c.Dir}, stderr: os.Stderr}
	h.asks = series.NewClient(series.ClientConfig{Address: c.path("run", "history.sock"), Token: c.Token})
	if c.Server.URL != "" {
		if h.asks, err = c.ask(h.asks); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Client asks the child, or the server that it feeds. It may be used before, during and
// after any of its lives, and is one for all who ask: each of its own would keep a
// connection open for a minute after every question.
func (h *HistoryChild) Client() *series.Client { return h.asks }

// historyBegins is how long those who read past values wait for the first answer: what is
// not there by then is told like any other outage.
const historyBegins = 30 * time.Second

// after has a stage begin when past values can be read: the child's first life begins a
// moment after ours, and nobody wants to be told so.
func (h *HistoryChild) after(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for until := time.Now().Add(historyBegins); ctx.Err() == nil && time.Now().Before(until); sleepCtx(ctx, 100*time.Millisecond) {
			if _, err := h.Client().Ready(ctx); err == nil {
				break
			}
		}
		return run(ctx)
	}
}

// Run keeps the child at work until ctx ends, then ends it and waits for it.
func (h *HistoryChild) Run(ctx context.Context) error {
	if err := os.MkdirAll(h.c.path("run"), 0o700); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	var work sync.WaitGroup
	defer work.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work.Go(func() { h.serveLog(ctx) })
	wait := historyFirstRestart
	for ctx.Err() == nil {
		begin := time.Now()
		err := h.once(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(begin) >= historySettled {
			wait = historyFirstRestart
		}
		h.c.Log.Error("history process ended, it is started again; warnings do not depend on it", "in", wait, "err", err)
		sleepCtx(ctx, wait)
		wait = min(2*wait, historyLastRestart)
	}
	return nil
}

// serveLog lets the child read the log.
func (h *HistoryChild) serveLog(ctx context.Context) {
	for ctx.Err() == nil {
		if err := h.bus.ServeSocket(ctx, h.c.path("run", "bus.sock"), h.c.Token); err != nil {
			h.c.Log.Error("history cannot reach the log", "err", err)
			sleepCtx(ctx, historyLastRestart)
		}
	}
}

// once is one life of the child.
func (h *HistoryChild) once(ctx context.Context) error {
	hello, err := json.Marshal(h.c)
	if err != nil {
		return err
	}
	theirs, ours, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make pipe: %w", err)
	}
	// Our end closes with this process, however it dies; the child ends then.
	defer ours.Close()
	cmd := exec.Command(h.command[0], h.command[1:]...)
	cmd.Stderr = h.stderr
	cmd.ExtraFiles = []*os.File{theirs} // becomes historyPipe
	cmd.Env = append(append(os.Environ(), h.env...), historyPipeEnv+"="+strconv.Itoa(historyPipe), "GOMEMLIMIT="+strconv.FormatInt(h.c.Memory/4*3, 10))
	// Not in our terminal's group: its Ctrl-C is for us, the child hears by the
	// pipe and ends after us.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return fmt.Errorf("start %s: %w", h.command[0], err)
	}
	h.c.Log.Info("history process started", "pid", cmd.Process.Pid)
	if h.started != nil {
		h.started(cmd.Process.Pid)
	}
	over := make(chan error, 1) // its one value never waits
	go func() { over <- cmd.Wait() }()
	if _, err := ours.Write(append(hello, '\n')); err != nil {
		return fmt.Errorf("it did not listen: %w", <-over)
	}
	select {
	case err := <-over:
		if err == nil {
			err = errors.New("it ended by itself")
		}
		return err
	case <-ctx.Done():
	}
	ours.Close()
	select {
	case err := <-over:
		return err
	case <-time.After(historyClosing + 5*time.Second):
		h.c.Log.Error("history process does not end and is killed", "pid", cmd.Process.Pid)
		cmd.Process.Kill()
		return <-over
	}
}

func sleepCtx(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
