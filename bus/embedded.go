package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sys/unix"

	"fengsui/fault"
)

// embedded is a server in this process that listens nowhere: nobody else appends.
type embedded struct {
	streams
	srv *server.Server
	dir string
}

func startEmbedded(dir string, log *slog.Logger) (*embedded, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName:         "fengsui",
		DontListen:         true,
		NoSigs:             true,
		NoLog:              true,
		JetStream:          true,
		StoreDir:           dir,
		SyncAlways:         !fault.On(fault.NoSync),
		JetStreamMaxStore:  1 << 60, // MinFree is the bound
		JetStreamMaxMemory: 64 << 20,
		MaxPayload:         maxMessage,
	})
	if err != nil {
		return nil, fmt.Errorf("start log engine: %w", err)
	}
	srv.SetLoggerV2(natsLog{log}, false, false, false)
	srv.Start()
	e := &embedded{srv: srv, dir: dir}
	if !srv.JetStreamEnabled() {
		e.stop()
		return nil, errors.New("start log engine: its store did not open")
	}
	if err := e.connect("", log, nats.InProcessServer(srv), nats.NoReconnect()); err != nil {
		e.stop()
		return nil, err
	}
	return e, nil
}

// stop ends the server cleanly, so that opening it again is quick.
func (e *embedded) stop() {
	e.disconnect()
	e.srv.Shutdown()
	e.srv.WaitForShutdown()
}

func (e *embedded) segments(ctx context.Context) ([]segment, error) {
	names, err := e.names(ctx)
	if err != nil {
		return nil, err
	}
	var list []segment
	for _, name := range names {
		s, err := e.state(ctx, name)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func (e *embedded) create(ctx context.Context, first uint64) (segment, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	c := segmentConfig(first)
	c.Replicas = 1
	// The engine reads this much of every stream when it opens it. We never ask it
	// to find duplicates; this is its least.
	c.Duplicates = 100 * time.Millisecond
	s := segment{name: c.Name, first: first, last: first - 1, opened: now()}
	if _, err := e.js.CreateStream(ctx, c); err != nil {
		return s, fmt.Errorf("open log segment %s: %w", s.name, err)
	}
	return s, e.sync(s.name)
}

// sync makes the directory of a new segment outlive a power cut: the server syncs
// the files in it alone.
func (e *embedded) sync(name string) error {
	dir := filepath.Join(e.dir, "jetstream", "$G", "streams", name)
	for _, d := range []string{filepath.Join(dir, "msgs"), dir, filepath.Dir(dir), filepath.Dir(filepath.Dir(dir)), e.dir} {
		f, err := os.Open(d)
		if err == nil {
			err = errors.Join(f.Sync(), f.Close())
		}
		if err != nil {
			return fmt.Errorf("sync log segment %s: %w", name, err)
		}
	}
	return nil
}

// append asks no condition, since nobody else appends, and does not ask again: an engine that does not answer is started again.
func (e *embedded) append(ctx context.Context, s segment, _ string, _ uint64, data []byte) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	ack, err := e.js.Publish(ctx, s.subject(), data, jetstream.WithRetryAttempts(0))
	if err != nil {
		return 0, fmt.Errorf("append to log: %w", err)
	}
	return ack.Sequence, nil
}

func (e *embedded) fetch(ctx context.Context, name string, seq uint64) ([]message, error) {
	return e.ask(ctx, name, seq)
}

func diskFree(dir string) (free, total int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("ask how full the disk of %s is: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}

// natsLog passes the server's complaints on.
type natsLog struct{ log *slog.Logger }

func (n natsLog) Noticef(string, ...any) {}
func (n natsLog) Debugf(string, ...any)  {}
func (n natsLog) Tracef(string, ...any)  {}

func (n natsLog) Warnf(format string, v ...any) {
	if strings.HasPrefix(format, "Maximum payloads over") {
		return // at every start; the largest record is ours to choose
	}
	n.log.Warn("log engine", "err", fmt.Sprintf(format, v...))
}

func (n natsLog) Errorf(format string, v ...any) {
	n.log.Error("log engine", "err", fmt.Sprintf(format, v...))
}

func (n natsLog) Fatalf(format string, v ...any) { n.Errorf(format, v...) }
