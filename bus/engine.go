package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"fengsui"
	"fengsui/fault"
)

const (
	// answerTime bounds every question to the engine. On a full disk it never
	// answers.
	answerTime = 5 * time.Second
	// maxFetch bounds what a reader holds of the log: so many bytes and messages
	// a question, plus one message.
	maxFetch         = 2 << 20
	maxFetchMessages = 512
)

// engine is one life of the embedded server.
type engine struct {
	srv *server.Server
	js  jetstream.JetStream
	// The server answers a read inside the connection that asked. Reads have a
	// connection of their own, so that no append waits behind them.
	write, read *nats.Conn
}

func startEngine(dir string, log *slog.Logger) (*engine, error) {
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
	e := &engine{srv: srv}
	if !srv.JetStreamEnabled() {
		e.stop()
		return nil, errors.New("start log engine: its store did not open")
	}
	for _, c := range []**nats.Conn{&e.write, &e.read} {
		if *c, err = nats.Connect("", nats.InProcessServer(srv), nats.NoReconnect(), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Debug("log engine", "err", err)
		})); err != nil {
			e.stop()
			return nil, fmt.Errorf("connect to log engine: %w", err)
		}
	}
	if e.js, err = jetstream.New(e.write, jetstream.WithDefaultTimeout(answerTime)); err != nil {
		e.stop()
		return nil, fmt.Errorf("connect to log engine: %w", err)
	}
	return e, nil
}

// stop ends the server cleanly, so that opening it again is quick.
func (e *engine) stop() {
	for _, c := range []*nats.Conn{e.write, e.read} {
		if c != nil {
			c.Close()
		}
	}
	e.srv.Shutdown()
	e.srv.WaitForShutdown()
}

// segment is a stream: the messages first to last. It is empty when last is
// first-1.
type segment struct {
	name        string
	first, last uint64
	bytes       int64
	opened      fengsui.Millis
	written     fengsui.Millis // the last message
	going       bool           // being deleted: no longer read
}

func segmentName(first uint64) string { return fmt.Sprintf("log-%020d", first) }

// subject of a segment's messages; one each, so that streams do not overlap.
func (s *segment) subject() string { return strings.Replace(s.name, "-", ".", 1) }

// segments lists the streams, oldest first.
func (e *engine) segments(ctx context.Context) ([]segment, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var list []segment
	streams := e.js.ListStreams(ctx)
	for info := range streams.Info() {
		if !strings.HasPrefix(info.Config.Name, "log-") {
			continue
		}
		s := segment{
			name: info.Config.Name, first: info.State.FirstSeq, last: info.State.LastSeq, bytes: int64(info.State.Bytes),
			opened: fengsui.At(info.Created), written: fengsui.At(info.State.LastTime),
		}
		if info.State.Msgs == 0 {
			s.first = max(info.Config.FirstSeq, info.State.LastSeq+1, 1)
			s.last = s.first - 1
			s.written = s.opened
		}
		list = append(list, s)
	}
	if err := streams.Err(); err != nil {
		return nil, fmt.Errorf("list log segments: %w", err)
	}
	slices.SortFunc(list, func(a, b segment) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

// create opens a new segment whose messages count from first.
func (e *engine) create(ctx context.Context, first uint64) (segment, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	s := segment{name: segmentName(first), first: first, last: first - 1, opened: now()}
	_, err := e.js.CreateStream(ctx, jetstream.StreamConfig{
		Name:        s.name,
		Subjects:    []string{s.subject()},
		FirstSeq:    first,
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		AllowDirect: true,
		DenyDelete:  true,
		DenyPurge:   true,
		Replicas:    1,
		// The engine reads this much of every stream when it opens it. We never
		// ask it to find duplicates; this is its least.
		Duplicates: 100 * time.Millisecond,
	})
	if err != nil {
		return s, fmt.Errorf("open log segment %s: %w", s.name, err)
	}
	return s, nil
}

func (e *engine) remove(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if err := e.js.DeleteStream(ctx, name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("delete log segment %s: %w", name, err)
	}
	return nil
}

// publish appends one message and returns its number once it is synced.
func (e *engine) publish(subject string, data []byte) (uint64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	ack, err := e.js.Publish(ctx, subject, data, jetstream.WithRetryAttempts(0))
	if err != nil {
		return 0, fmt.Errorf("append to log: %w", err)
	}
	return ack.Sequence, nil
}

// errHole says that a segment lacks a message that it should have.
var errHole = errors.New("the log has a hole")

// fetch reads messages of a segment from seq on: at least one, or an error.
func (e *engine) fetch(ctx context.Context, name string, seq uint64) ([]message, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	inbox := e.read.NewInbox()
	sub, err := e.read.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	defer sub.Unsubscribe()
	ask := fmt.Sprintf(`{"seq":%d,"batch":%d,"max_bytes":%d}`, seq, maxFetchMessages, maxFetch)
	if err := e.read.PublishRequest("$JS.API.DIRECT.GET."+name, inbox, []byte(ask)); err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	var list []message
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, fmt.Errorf("read log: %w", err)
		}
		if status := m.Header.Get("Status"); status != "" {
			if len(list) > 0 {
				return list, nil
			}
			if status == "404" {
				return nil, fmt.Errorf("message %d: %w", seq, errHole)
			}
			return nil, fmt.Errorf("read log: %s %s", status, m.Header.Get("Description"))
		}
		got, err := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read log: %w", err)
		}
		if got != seq { // what comes first after a hole
			if len(list) > 0 {
				return list, nil
			}
			return nil, fmt.Errorf("message %d, %d is there: %w", seq, got, errHole)
		}
		list = append(list, message{seq, m.Data})
		seq++
	}
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

func now() fengsui.Millis { return fengsui.At(time.Now()) }
