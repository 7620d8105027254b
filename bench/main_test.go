package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"syscall"
	"testing"

	"log/slog"

	"fengsui/app"
)

// TestMain is also the way into the other processes: the program is started again
// with a role as its first argument.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		roles := map[string]func(context.Context, []string) error{"history": history, "platform": platform, "store": bareStore}
		if role := roles[os.Args[1]]; role != nil {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			err := role(ctx, os.Args[2:])
			stop()
			if err != nil {
				fmt.Fprintf(os.Stderr, "bench %s: %v\n", os.Args[1], err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	all = here()
	code := m.Run()
	if err := all.finish(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		code = 1
	}
	os.Exit(code)
}

// all is the report of this run: every benchmark adds its rows.
var all Report

// parts are what a whole run has.
var parts = []string{"push", "vehicles", "disk", "models", "processes", "users"}

const profileEnv = "FENGSUI_BENCH_PROFILE"

// long reports whether a run may take its time.
func long() bool { return os.Getenv("FENGSUI_BENCH_LONG") != "" }

// history is what `fengsui history --data DIR` is.
func history(ctx context.Context, args []string) error {
	if len(args) != 2 || args[0] != "--data" {
		return fmt.Errorf("unexpected arguments %q", args)
	}
	if dir := os.Getenv(profileEnv); dir != "" {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("history-%d.pprof", os.Getpid())))
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return app.History(ctx, app.HistoryConfig{Dir: args[1], Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
}

// announce tells the parent where this process listens.
func announce(v any) error { return json.NewEncoder(os.Stdout).Encode(v) }

// orphaned ends with ctx or when the parent does.
func orphaned(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		var b [1]byte
		os.Stdin.Read(b[:]) // the parent never writes
		cancel()
	}()
	return ctx
}
