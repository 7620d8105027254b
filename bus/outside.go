package bus

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"fengsui"
)

const (
	// tryTime is how long one try of an append waits for its answer, which a leader
	// that died never gives.
	tryTime  = time.Second
	pauseTry = 50 * time.Millisecond
	// openTime is how long servers may take to agree on who leads them.
	openTime  = 15 * time.Second
	pauseOpen = 200 * time.Millisecond
	// duplicateTime is how far back the server knows what was appended under which
	// id: far longer than an append is tried.
	duplicateTime = 2 * time.Minute
	// lowTime is how long the server is not asked again after it said that it has no
	// room.
	lowTime   = 2 * time.Second
	unbounded = int64(1) << 62

	movedSubject = "log.moved"
	placeStream  = "places"
	placeSubject = "place."
	idKey        = "fengsui-log"
	endSuffix    = ".end"
)

// outside is a NATS server or cluster that other processes use too.
//
// A segment ends with a mark: a message without bytes. What one server put behind it
// into the same stream is not part of the log, and whoever appended it appends it
// again to the next segment, whose messages count from the mark's number on: numbers
// have no hole, and no lock is held between processes.
type outside struct {
	streams
	replicas int
	id       string // of this log among those that servers keep

	mu          sync.Mutex // guards what follows
	free, total int64      // of the account, when it was asked last
	lowUntil    time.Time  // the server said that it has no room
}

// connectOutside connects to the servers of a URL. moved is called with the number of
// a message that somebody appended.
func connectOutside(ctx context.Context, c Config, log *slog.Logger, moved func(seq uint64)) (*outside, error) {
	o := &outside{replicas: max(c.Replicas, 1), free: unbounded, total: unbounded}
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	if err := o.connect(c.URL, log, options...); err != nil {
		o.stop()
		return nil, err
	}
	if got := o.write.MaxPayload(); got < maxMessage {
		o.stop()
		return nil, fengsui.Errorf(fengsui.Invalid, "bad_config", "the log server takes messages of %d bytes at most; set max_payload to %d there", got, maxMessage)
	}
	if _, err := o.read.Subscribe(movedSubject, func(m *nats.Msg) {
		var seq uint64
		if _, err := fmt.Sscan(string(m.Data[:min(len(m.Data), 20)]), &seq); err == nil {
			moved(seq)
		}
	}); err != nil {
		o.stop()
		return nil, fmt.Errorf("follow log: %w", err)
	}
	if err := o.open(ctx); err != nil {
		o.stop()
		return nil, err
	}
	return o, nil
}

// options are how the servers are reached.
func (c Config) options() ([]nats.Option, error) {
	list := []nats.Option{
		nats.Name("fengsui"),
		nats.Timeout(2 * time.Second),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(200 * time.Millisecond),
		// What cannot be sent now fails now, and is sent again by whom it belongs to.
		nats.ReconnectBufSize(-1),
		// A server that hangs is left after 6 s.
		nats.PingInterval(2 * time.Second),
		nats.MaxPingsOutstanding(2),
		// The URL names all servers: what a server says of others could lead away
		// from this machine without TLS.
		nats.IgnoreDiscoveredServers(),
	}
	if strings.HasPrefix(c.URL, "tls:") {
		list = append(list, nats.Secure())
	}
	if c.CA != "" {
		list = append(list, nats.RootCAs(c.CA))
	}
	if c.Cert != "" {
		list = append(list, nats.ClientCert(c.Cert, c.Key))
	}
	if c.Credentials != "" {
		who, err := credentials(c.Credentials)
		if err != nil {
			return nil, err
		}
		list = append(list, who)
	}
	return list, nil
}

// credentials reads a file that says who we are: what nsc writes (.creds), an nkey's
// seed, or one line user:password.
func credentials(path string) (nats.Option, error) {
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("read the log server's credentials: %w", err)
	}
	text := strings.TrimSpace(string(b))
	switch user, password, ok := strings.Cut(text, ":"); {
	case strings.HasPrefix(text, "-----BEGIN NATS USER JWT"):
		return nats.UserCredentials(path), nil
	case strings.HasPrefix(text, "SU"):
		o, err := nats.NkeyOptionFromSeed(path)
		if err != nil {
			return nil, fmt.Errorf("the log server's credentials %s: it is no nkey seed of a user", path)
		}
		return o, nil
	case ok && user != "" && !strings.Contains(text, "\n"):
		return nats.UserInfo(user, password), nil
	}
	return nil, fengsui.Errorf(fengsui.Invalid, "bad_config", "the log server's credentials %s: write a .creds file, an nkey's seed, or one line user:password", path)
}

// open makes the stream of the readers' places, which carries the log's id too. Servers that were started just now need
// a moment before they do so.
func (o *outside) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	for {
		try, end := context.WithTimeout(ctx, answerTime)
		stream, err := o.js.CreateStream(try, jetstream.StreamConfig{
			Name: placeStream, Subjects: []string{placeSubject + "*"}, Storage: jetstream.FileStorage,
			MaxMsgsPerSubject: 1, AllowDirect: true, Replicas: o.replicas,
			Metadata: map[string]string{idKey: rand.Text()},
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // with the name that it got first
			stream, err = o.js.Stream(try, placeStream)
		}
		end()
		if err == nil {
			o.id = stream.CachedInfo().Config.Metadata[idKey]
			return o.measure(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("open the log readers' places: %w", err)
		case <-time.After(pauseOpen):
		}
	}
}

func (o *outside) stop() { o.disconnect() }

// segments finds where each ends by where the next begins, and the newest by its mark.
func (o *outside) segments(ctx context.Context) ([]segment, error) {
	names, err := o.names(ctx)
	if err != nil {
		return nil, err
	}
	var list []segment
	for i, name := range names {
		var s segment
		if i < len(names)-1 {
			s, err = o.state(ctx, name)
		} else {
			s, err = o.newest(ctx, name)
		}
		if err != nil {
			return nil, err
		}
		if s.last >= s.first && i < len(names)-1 {
			var next uint64
			if _, err := fmt.Sscanf(names[i+1], segmentPrefix+"%d", &next); err != nil || next <= s.first {
				return nil, fmt.Errorf("the log has a stream %s that is no segment", names[i+1])
			}
			s.last = next - 1
		}
		list = append(list, s)
	}
	return list, nil
}

// look asks for a segment's state, and how many marks it has, again when there is no
// answer: a leader that died gives none, and the next one comes within seconds. One
// answer says both: where one server is behind, what it says fits together.
func (o *outside) look(ctx context.Context, name string) (s segment, marks uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	end := (&segment{name: name}).subject() + endSuffix
	for {
		try, done := context.WithTimeout(ctx, tryTime)
		var info *jetstream.StreamInfo
		stream, err := o.js.Stream(try, name)
		if err == nil {
			info, err = stream.Info(try, jetstream.WithSubjectFilter(end))
		}
		done()
		if err == nil {
			return stateOf(info), info.State.Subjects[end], nil
		}
		if errors.Is(err, jetstream.ErrStreamNotFound) || ctx.Err() != nil {
			return s, 0, fmt.Errorf("look at log segment %s: %w", name, err)
		}
		time.Sleep(pauseTry)
	}
}

func (o *outside) state(ctx context.Context, name string) (segment, error) {
	s, _, err := o.look(ctx, name)
	return s, err
}

// newest is state, and looks for the mark.
func (o *outside) newest(ctx context.Context, name string) (segment, error) {
	s, marks, err := o.look(ctx, name)
	if err != nil || marks == 0 {
		return s, err
	}
	end := s.subject() + endSuffix
	m, err := o.leader(ctx, name, fmt.Sprintf(`{"seq":%d,"next_by_subj":%q}`, s.first, end))
	if err != nil {
		return s, err
	}
	s.last, s.ended = m.seq-1, true
	return s, nil
}

func (o *outside) create(ctx context.Context, first uint64) (segment, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	c := segmentConfig(first)
	s := segment{name: c.Name, first: first, last: first - 1, opened: now()}
	c.Subjects = append(c.Subjects, s.subject()+endSuffix)
	c.Replicas = o.replicas
	c.Duplicates = duplicateTime
	stream, err := o.js.CreateStream(ctx, c)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // with other settings; another process made it
		stream, err = o.js.Stream(ctx, c.Name)
	}
	if err != nil {
		return s, o.explain(fmt.Errorf("open log segment %s: %w", s.name, err))
	}
	if stream.CachedInfo().State.Msgs > 0 {
		return s, nil
	}
	// A process that slept while the segment came and went must not begin it anew.
	names, err := o.names(ctx)
	if err == nil && len(names) > 0 && names[len(names)-1] > s.name {
		err = errors.Join(fmt.Errorf("open log segment %s: the log is far beyond it", s.name), o.remove(ctx, s.name))
	}
	return s, err
}

// append asks again under the same id when there was no answer, as when the leader
// died: the server keeps one. What it put behind the segment's mark is not in the log;
// the caller looks.
func (o *outside) append(ctx context.Context, s segment, id string, last uint64, data []byte) (uint64, error) {
	options := []jetstream.PublishOpt{jetstream.WithMsgID(id)}
	if last != anything {
		options = append(options, jetstream.WithExpectLastSequence(last))
	}
	return o.publish(ctx, s.name, s.subject(), data, options...)
}

// shut puts the mark behind what a segment holds. The first mark counts.
func (o *outside) shut(ctx context.Context, s segment) error {
	_, err := o.publish(ctx, s.name, s.subject()+endSuffix, nil, jetstream.WithMsgID("end"))
	return err
}

func (o *outside) publish(ctx context.Context, name, subject string, data []byte, options ...jetstream.PublishOpt) (uint64, error) {
	options = append(options, jetstream.WithExpectStream(name), jetstream.WithRetryAttempts(0))
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	for {
		try, end := context.WithTimeout(ctx, tryTime)
		ack, err := o.js.Publish(try, subject, data, options...)
		end()
		if err == nil {
			return ack.Sequence, nil
		}
		if err := o.explain(err); errors.Is(err, errLow) {
			return 0, err
		}
		if errors.Is(err, jetstream.ErrNoStreamResponse) {
			// Its leader died, and another comes; or it is gone.
			if _, gone := o.js.Stream(ctx, name); errors.Is(gone, jetstream.ErrStreamNotFound) {
				return 0, fmt.Errorf("append to log segment %s: %w", name, gone)
			}
		}
		if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
			return 0, errMoved
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("append to log: %w", err)
		case <-time.After(pauseTry):
		}
	}
}

// The server's words for "no room": codes of JetStream's API.
var noRoom = []jetstream.ErrorCode{
	10002, // resource limits exceeded for account
	10023, // insufficient resources
	10047, // insufficient storage resources available
	10077, // a message could not be stored
}

// explain recognises that the server has no room.
func (o *outside) explain(err error) error {
	api, ok := errors.AsType[*jetstream.APIError](err)
	if !ok || !slices.Contains(noRoom, api.ErrorCode) {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lowUntil = time.Now().Add(lowTime)
	return errors.Join(errLow, err)
}

// room is what the account's limit leaves. Without a limit only the server knows, and
// says so when it refuses.
func (o *outside) room() (free, total int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if time.Now().Before(o.lowUntil) {
		return 0, o.total
	}
	return o.free, o.total
}

// measure asks what the account's limit leaves.
func (o *outside) measure(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	info, err := o.js.AccountInfo(ctx)
	if err != nil {
		return fmt.Errorf("ask the log server for room: %w", err)
	}
	tier := info.Tier
	if t, ok := info.Tiers[fmt.Sprintf("R%d", o.replicas)]; ok {
		tier = t
	}
	free, total := unbounded, unbounded
	if tier.Limits.MaxStore > 0 {
		total = tier.Limits.MaxStore
		free = max(total-int64(tier.Store), 0)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.free, o.total = free, total
	return nil
}

// fetch asks any server that has the segment, and when that one lacks the message,
// which may be because it is behind, the one that leads.
func (o *outside) fetch(ctx context.Context, name string, seq uint64) ([]message, error) {
	list, err := o.try(ctx, name, seq)
	if errors.Is(err, errHole) {
		list, err = o.confirm(ctx, name, seq, err)
	}
	return before(list), err
}

// try asks any server, and when that one does not answer, as one that hangs, the one
// that leads.
func (o *outside) try(ctx context.Context, name string, seq uint64) ([]message, error) {
	short, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	list, err := o.ask(short, name, seq)
	if err == nil || short.Err() == nil {
		return list, err
	}
	m, err := o.leader(ctx, name, fmt.Sprintf(`{"seq":%d}`, seq))
	if err != nil {
		return nil, err
	}
	return []message{m}, nil
}

// before cuts a list at its mark.
func before(list []message) []message {
	if i := slices.IndexFunc(list, message.mark); i >= 0 {
		return list[:i]
	}
	return list
}

// confirm asks the segment's leader for a message that another server lacks.
func (o *outside) confirm(ctx context.Context, name string, seq uint64, hole error) ([]message, error) {
	m, err := o.leader(ctx, name, fmt.Sprintf(`{"seq":%d}`, seq))
	if err == nil {
		return []message{m}, nil
	}
	if !errors.Is(err, errHole) {
		return nil, err
	}
	s, err := o.state(ctx, name)
	if err != nil {
		return nil, err
	}
	if s.last < seq {
		return nil, fmt.Errorf("message %d is not there yet", seq)
	}
	return nil, hole
}

// leader asks the server that leads a segment for one message.
func (o *outside) leader(ctx context.Context, name, what string) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	m, err := o.read.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+name, []byte(what))
	if err != nil {
		return message{}, fmt.Errorf("read log: %w", err)
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Seq  uint64 `json:"seq"`
			Data []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return message{}, fmt.Errorf("read log: %w", err)
	}
	if answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
		return message{}, errHole
	}
	if answer.Error != nil {
		return message{}, fmt.Errorf("read log: %w", answer.Error)
	}
	return message{answer.Message.Seq, answer.Message.Data}, nil
}

// news reads what follows in the newest segment from seq on; none when there is
// nothing. ended says that the segment's mark is behind the last.
func (o *outside) news(ctx context.Context, name string, seq uint64) (list []message, ended bool, err error) {
	list, err = o.try(ctx, name, seq)
	if errors.Is(err, errHole) || errors.Is(err, errNobody) {
		return nil, false, nil // it was made just now, or is gone, which refresh finds
	}
	n := len(list)
	list = before(list)
	return list, len(list) < n, err
}

// tell says to the other processes that the log has a message more. When it does not
// get through they ask by themselves.
func (o *outside) tell(seq uint64) {
	o.write.Publish(movedSubject, fmt.Append(nil, seq))
}

// report keeps the place that a reader has passed.
func (o *outside) report(ctx context.Context, reader string, p fengsui.Place) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if _, err := o.js.Publish(ctx, placeSubject+reader, fmt.Appendf(nil, "%d %d", p.Seq, p.Index), jetstream.WithRetryAttempts(0)); err != nil {
		return fmt.Errorf("report the place of log reader %s: %w", reader, err)
	}
	return nil
}

// reported is the place that a reader, of whatever process, reported last; zero when
// it never did.
func (o *outside) reported(ctx context.Context, reader string) (p fengsui.Place, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	m, err := o.read.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+placeStream+"."+placeSubject+reader, nil)
	if err == nil && m.Header.Get("Status") == "404" {
		return p, nil
	}
	if err == nil {
		_, err = fmt.Sscanf(string(m.Data[:min(len(m.Data), 40)]), "%d %d", &p.Seq, &p.Index)
	}
	if err != nil {
		return fengsui.Place{}, fmt.Errorf("ask for the place of log reader %s: %w", reader, err)
	}
	return p, nil
}
