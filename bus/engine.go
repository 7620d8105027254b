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

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"fengsui"
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

// engine keeps the segments of a log: streams of a NATS server with JetStream. One
// value is one life of it.
type engine interface {
	// segments are what there is, oldest first.
	segments(ctx context.Context) ([]segment, error)
	// create opens a new segment whose messages count from first.
	create(ctx context.Context, first uint64) (segment, error)
	remove(ctx context.Context, name string) error
	// append adds one message and returns its number once it is synced. id is its
	// alone. Unless last is anything, errMoved says that it was not the last before.
	append(ctx context.Context, s segment, id string, last uint64, data []byte) (uint64, error)
	// fetch reads messages of a segment from seq on: at least one, or an error.
	fetch(ctx context.Context, name string, seq uint64) ([]message, error)
	stop()
}

// streams is what both engines have in common: they speak to JetStream.
type streams struct {
	js jetstream.JetStream
	// The server answers a read inside the connection that asked. Reads have a
	// connection of their own, so that no append waits behind them.
	write, read *nats.Conn
}

// connect makes the two connections.
func (e *streams) connect(url string, log *slog.Logger, options ...nats.Option) (err error) {
	options = append(options, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		log.Debug("log engine", "err", err)
	}))
	for _, c := range []**nats.Conn{&e.write, &e.read} {
		if *c, err = nats.Connect(url, options...); err != nil {
			return fmt.Errorf("connect to log engine: %w", err)
		}
	}
	if e.js, err = jetstream.New(e.write, jetstream.WithDefaultTimeout(answerTime)); err != nil {
		return fmt.Errorf("connect to log engine: %w", err)
	}
	return nil
}

func (e *streams) disconnect() {
	for _, c := range []*nats.Conn{e.write, e.read} {
		if c != nil {
			c.Close()
		}
	}
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
	ended       bool           // closed, though no next one is there yet
}

const segmentPrefix = "log-"

func segmentName(first uint64) string { return fmt.Sprintf(segmentPrefix+"%020d", first) }

// subject of a segment's messages; one each, so that streams do not overlap.
func (s *segment) subject() string { return strings.Replace(s.name, "-", ".", 1) }

// names are those of the streams that are segments, oldest first. They come from
// one place and are complete, which a list of streams with their states is not
// when one of a cluster's servers does not answer.
func (e *streams) names(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var list []string
	names := e.js.StreamNames(ctx)
	for name := range names.Name() {
		if strings.HasPrefix(name, segmentPrefix) {
			list = append(list, name)
		}
	}
	if err := names.Err(); err != nil {
		return nil, fmt.Errorf("list log segments: %w", err)
	}
	slices.Sort(list)
	return list, nil
}

// state reads what a segment holds.
func (e *streams) state(ctx context.Context, name string) (segment, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	stream, err := e.js.Stream(ctx, name)
	if err != nil {
		return segment{}, fmt.Errorf("look at log segment %s: %w", name, err)
	}
	return stateOf(stream.CachedInfo()), nil
}

func stateOf(info *jetstream.StreamInfo) segment {
	s := segment{
		name: info.Config.Name, first: info.State.FirstSeq, last: info.State.LastSeq, bytes: int64(info.State.Bytes),
		opened: fengsui.At(info.Created), written: fengsui.At(info.State.LastTime),
	}
	if info.State.Msgs == 0 {
		s.first = max(info.Config.FirstSeq, info.State.LastSeq+1, 1)
		s.last = s.first - 1
		s.written = s.opened
	}
	return s
}

// segmentConfig is what both engines' streams have in common.
func segmentConfig(first uint64) jetstream.StreamConfig {
	s := segment{name: segmentName(first)}
	return jetstream.StreamConfig{
		Name:        s.name,
		Subjects:    []string{s.subject()},
		FirstSeq:    first,
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		AllowDirect: true,
		DenyDelete:  true,
		DenyPurge:   true,
	}
}

func (e *streams) remove(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if err := e.js.DeleteStream(ctx, name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("delete log segment %s: %w", name, err)
	}
	return nil
}

// anything is a condition that is none.
const anything = ^uint64(0)

var (
	// errMoved says that another process appended before.
	errMoved = errors.New("the log has moved on")
	// errNobody says that no server has a segment, or not yet.
	errNobody = errors.New("no server answers for it")
)

// errHole says that a segment lacks a message that it should have.
var errHole = errors.New("the log has a hole")

// ask reads what one server has of a segment from seq on: at least one message, or
// an error.
func (e *streams) ask(ctx context.Context, name string, seq uint64) ([]message, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	inbox := e.read.NewInbox()
	sub, err := e.read.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	defer sub.Unsubscribe()
	what := fmt.Sprintf(`{"seq":%d,"batch":%d,"max_bytes":%d}`, seq, maxFetchMessages, maxFetch)
	if err := e.read.PublishRequest("$JS.API.DIRECT.GET."+name, inbox, []byte(what)); err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	var list []message
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if errors.Is(err, nats.ErrNoResponders) {
			err = fmt.Errorf("segment %s: %w", name, errNobody)
		}
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

func now() fengsui.Millis { return fengsui.At(time.Now()) }
