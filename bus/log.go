package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"fengsui"
	"fengsui/blob"
)

const (
	maxCommit  = 256 << 10         // bytes put together in one message; a larger record is a message of its own
	maxRecord  = fengsui.MaxRecord // bytes of one record
	maxMessage = maxRecord + 1<<10 // bytes of one message, with room for lengths
	maxWaiting = 64 << 20          // bytes waiting to be committed; above it Append waits
	maxRecent  = 16 << 20          // bytes of the newest messages kept in memory for readers at the end
)

// Config says where the log is and how long it is kept.
type Config struct {
	Dir          string
	SegmentBytes int64         // 0: 2 GiB
	SegmentAge   time.Duration // 0: 1 h
	Keep         time.Duration // how long a closed segment stays at least, while there is room; 0: 3 days
	Archive      *blob.Dir     // nil: closed segments are not archived
	ArchiveKeep  time.Duration // 0: 90 days
	MinFree      int64         // bytes free on the disk below which Append refuses; 0: the smaller of 5 % and 2 GiB
	// Readers names those whose Passed a segment waits for. One that has not yet
	// reported since Open counts as having read nothing.
	Readers []string
	Log     *slog.Logger
}

// Validate refuses what cannot be meant.
func (c Config) Validate() error {
	if c.Dir == "" {
		return fengsui.Errorf(fengsui.Invalid, "bad_config", "the log needs a directory")
	}
	if c.SegmentBytes < 0 || c.SegmentAge < 0 || c.Keep < 0 || c.ArchiveKeep < 0 || c.MinFree < 0 {
		return fengsui.Errorf(fengsui.Invalid, "bad_config", "sizes and times of the log must not be negative")
	}
	return nil
}

// risk is the reader that no shortage of room may cut off.
const risk = "risk"

// Log is an open log.
type Log struct {
	c       Config
	minFree int64
	log     *slog.Logger
	// free says how many bytes the disk has free, and in all.
	free func() (free, total int64, err error)
	// keepRecent is maxRecent; the newest message stays in any case.
	keepRecent int

	life sync.Mutex // held while an engine is started or stopped; taken before mu

	wake   chan struct{} // 1: a batch waits
	broken chan struct{} // 1: the engine must be started again
	tidied chan struct{} // 1: the archiver has something to do
	quit   chan struct{} // closed by Close
	done   chan struct{} // closed when the committer has ended

	mu       sync.Mutex // guards all below; not held across I/O
	eng      *engine    // nil: none runs
	away     bool       // it must not be written
	segs     []segment  // oldest first; the last one is written
	archives []archive  // oldest first
	tail     fengsui.Place
	recent   []message     // the newest messages, without a hole up to tail
	recentN  int           // their bytes
	moved    chan struct{} // closed when tail moves, the engine comes back or the log closes
	queue    []*batch
	waiting  int           // bytes in queue
	room     chan struct{} // closed when waiting shrinks; nil: nobody waits
	usual    int           // bytes of the batch before, as a guess at the next
	closing  bool
	passed   map[string]fengsui.Place
}

// message is one message of the log: records, each behind its length.
type message struct {
	seq  uint64
	data []byte
}

// batch is what is committed together.
type batch struct {
	data    []byte
	records uint32
	done    chan struct{} // closed once seq or err is set
	seq     uint64
	err     error
}

// Open opens or creates the log. Its engine runs and Append works from here on;
// Run does the rest.
func Open(ctx context.Context, c Config) (*Log, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.SegmentBytes == 0 {
		c.SegmentBytes = 2 << 30
	}
	if c.SegmentAge == 0 {
		c.SegmentAge = time.Hour
	}
	if c.Keep == 0 {
		c.Keep = 72 * time.Hour
	}
	if c.ArchiveKeep == 0 {
		c.ArchiveKeep = 90 * 24 * time.Hour
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l := &Log{
		c: c, log: c.Log, minFree: c.MinFree,
		free:       func() (int64, int64, error) { return diskFree(c.Dir) },
		keepRecent: maxRecent,
		wake:       make(chan struct{}, 1),
		broken:     make(chan struct{}, 1),
		tidied:     make(chan struct{}, 1),
		quit:       make(chan struct{}),
		done:       make(chan struct{}),
		moved:      make(chan struct{}),
		passed:     map[string]fengsui.Place{},
	}
	if l.minFree == 0 {
		_, total, err := l.free()
		if err != nil {
			return nil, fmt.Errorf("open log: %w", err)
		}
		l.minFree = min(total/20, 2<<30)
	}
	if err := l.findArchives(ctx); err != nil {
		return nil, err
	}
	if err := l.start(ctx); err != nil {
		return nil, err
	}
	go l.commitAll()
	return l, nil
}

// start starts an engine and takes over what it has on disk. life is held, or
// nobody else knows l yet.
func (l *Log) start(ctx context.Context) error {
	e, err := startEngine(l.c.Dir, l.log)
	if err != nil {
		return err
	}
	segs, tail, err := l.load(ctx, e)
	if err != nil {
		e.stop()
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.eng, l.away, l.segs, l.tail = e, false, segs, tail
	l.recent, l.recentN = nil, 0
	l.notify()
	return nil
}

// load reads which segments there are and where the log ends.
func (l *Log) load(ctx context.Context, e *engine) ([]segment, fengsui.Place, error) {
	tail := fengsui.Place{}
	all, err := e.segments(ctx)
	if err != nil {
		return nil, tail, err
	}
	var segs []segment
	for i, s := range all {
		if s.last < s.first && i < len(all)-1 {
			// A deletion that a kill cut short.
			if err := e.remove(ctx, s.name); err != nil {
				return nil, tail, err
			}
			continue
		}
		segs = append(segs, s)
	}
	for i := len(segs) - 1; i >= 0 && tail.Seq == 0; i-- {
		if s := segs[i]; s.last >= s.first {
			m, err := e.fetch(ctx, s.name, s.last)
			if err != nil {
				return nil, tail, err
			}
			records, err := split(m[0].data)
			if err != nil {
				return nil, tail, err
			}
			tail = fengsui.Place{Seq: s.last, Index: uint32(len(records) - 1)}
		}
	}
	if len(segs) > 0 && tail.Seq < segs[len(segs)-1].first-1 {
		tail = fengsui.Place{Seq: segs[len(segs)-1].first - 1, Index: unknown}
	}
	l.mu.Lock()
	archived := uint64(0)
	if n := len(l.archives); n > 0 {
		archived = l.archives[n-1].last
	}
	l.mu.Unlock()
	if len(segs) == 0 || tail.Seq < archived {
		if archived > 0 {
			l.log.Error("the log ends before its archives do; it goes on behind them", "tail", tail.Seq, "archived", archived)
			tail = fengsui.Place{Seq: archived, Index: unknown}
		}
		s, err := e.create(ctx, tail.Seq+1)
		if err == nil {
			err = l.syncSegment(s.name)
		}
		if err != nil {
			return nil, tail, err
		}
		segs = append(segs, s)
	}
	return segs, tail, nil
}

// unknown is the index of the last record of a message that is not there any
// more to be counted.
const unknown = ^uint32(0)

// syncSegment makes the directory of a new segment outlive a power cut: the
// engine syncs the files in it alone.
func (l *Log) syncSegment(name string) error {
	dir := filepath.Join(l.c.Dir, "jetstream", "$G", "streams", name)
	for _, d := range []string{filepath.Join(dir, "msgs"), dir, filepath.Dir(dir), filepath.Dir(filepath.Dir(dir)), l.c.Dir} {
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

// Close commits what waits, refuses what comes, and ends the engine cleanly. Run
// has ended before, and nobody reads any more.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return nil
	}
	l.closing = true
	l.mu.Unlock()
	close(l.quit)
	<-l.done
	l.life.Lock()
	defer l.life.Unlock()
	l.mu.Lock()
	e := l.eng
	l.eng, l.away = nil, true
	l.notify()
	l.mu.Unlock()
	if e != nil {
		e.stop()
	}
	return nil
}

// notify wakes whoever waits for the log to move. mu is held.
func (l *Log) notify() {
	close(l.moved)
	l.moved = make(chan struct{})
}

// poke wakes the one goroutine that listens, or finds it awake already.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

var (
	errClosed = fengsui.Errorf(fengsui.Unavailable, "log_closed", "the platform is stopping; send it again in a minute")
	errAway   = fengsui.Errorf(fengsui.Unavailable, "log_away", "the log cannot be written at the moment; nothing was acknowledged, send it again later")
	errLow    = fengsui.Errorf(fengsui.Unavailable, "disk_low", "the platform's disk is nearly full; nothing was taken, send it again after room was made")
)

// Append writes one record and returns its place once it is synced. record may
// be reused after Append returned.
//
// When ctx ends first, or the answer is Unavailable, the record may be in the log
// or not.
func (l *Log) Append(ctx context.Context, record []byte) (fengsui.Place, error) {
	if len(record) == 0 || len(record) > maxRecord {
		return fengsui.Place{}, fengsui.Errorf(fengsui.Invalid, "record_size", "a log record has between 1 and %d bytes, this one has %d; split it", maxRecord, len(record))
	}
	b, index, err := l.enqueue(ctx, record)
	if err != nil {
		return fengsui.Place{}, err
	}
	select {
	case <-b.done:
		if b.err != nil {
			return fengsui.Place{}, b.err
		}
		return fengsui.Place{Seq: b.seq, Index: index}, nil
	case <-ctx.Done():
		return fengsui.Place{}, context.Cause(ctx)
	}
}

// enqueue puts a record into the newest batch that has room for it.
func (l *Log) enqueue(ctx context.Context, record []byte) (*batch, uint32, error) {
	for {
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		l.mu.Lock()
		if l.closing {
			l.mu.Unlock()
			return nil, 0, errClosed
		}
		if l.waiting == 0 || l.waiting+len(record)+maxPrefix <= maxWaiting {
			break
		}
		if l.room == nil {
			l.room = make(chan struct{})
		}
		room := l.room
		l.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
	}
	defer l.mu.Unlock()
	var b *batch
	if n := len(l.queue); n > 0 && len(l.queue[n-1].data)+len(record)+maxPrefix <= maxCommit {
		b = l.queue[n-1]
	} else {
		b = &batch{data: make([]byte, 0, max(len(record)+maxPrefix, l.usual)), done: make(chan struct{})}
		l.queue = append(l.queue, b)
		poke(l.wake)
	}
	before := len(b.data)
	b.data = join(b.data, record)
	l.waiting += len(b.data) - before
	b.records++
	return b, b.records - 1, nil
}

// commitAll commits one batch after the other until the log closes and nothing
// waits.
func (l *Log) commitAll() {
	defer close(l.done)
	for {
		l.mu.Lock()
		if len(l.queue) == 0 {
			closing := l.closing
			l.mu.Unlock()
			if closing {
				return
			}
			select {
			case <-l.wake:
			case <-l.quit:
			}
			continue
		}
		b := l.queue[0]
		l.queue[0] = nil
		l.queue = l.queue[1:]
		l.mu.Unlock()
		b.err = l.commit(b)
		close(b.done)
		l.mu.Lock()
		l.waiting -= len(b.data)
		l.usual = min(len(b.data), maxCommit)
		if l.room != nil {
			close(l.room)
			l.room = nil
		}
		l.mu.Unlock()
	}
}

// commit appends a batch as one message.
func (l *Log) commit(b *batch) error {
	if err := l.roomLeft(); err != nil {
		return err
	}
	l.mu.Lock()
	e := l.eng
	if l.away {
		l.mu.Unlock()
		return errAway
	}
	seg := l.segs[len(l.segs)-1]
	l.mu.Unlock()

	if full := seg.bytes+int64(len(b.data)) > l.c.SegmentBytes || now() >= seg.opened.Add(fengsui.SpanOf(l.c.SegmentAge)); full && seg.last >= seg.first {
		next, err := e.create(context.Background(), seg.last+1)
		if err == nil {
			err = l.syncSegment(next.name)
		}
		if err != nil {
			return l.failed(err)
		}
		seg = next
		l.mu.Lock()
		l.segs = append(l.segs, seg)
		l.mu.Unlock()
		poke(l.tidied)
	}
	seq, err := e.publish(seg.subject(), b.data)
	if err == nil && seq != seg.last+1 {
		err = fmt.Errorf("append to log: message %d was given the number %d", seg.last+1, seq)
	}
	if err != nil {
		return l.failed(err)
	}
	b.seq = seq

	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.segs[len(l.segs)-1]
	s.last, s.written, s.bytes = seq, now(), s.bytes+int64(len(b.data))
	l.tail = fengsui.Place{Seq: seq, Index: b.records - 1}
	l.recent = append(l.recent, message{seq, b.data})
	l.recentN += cap(b.data)
	for len(l.recent) > 1 && l.recentN > l.keepRecent {
		l.recentN -= cap(l.recent[0].data)
		l.recent[0].data = nil
		l.recent = l.recent[1:]
	}
	l.notify()
	return nil
}

// failed takes the engine out of use after a write that went wrong: on a full
// disk it does not recover by itself. Run starts it again.
func (l *Log) failed(err error) error {
	l.log.Error("log write failed, the engine is started again", "err", err)
	l.mu.Lock()
	l.away = true
	l.mu.Unlock()
	poke(l.broken)
	return errAway
}

// restart ends the engine and starts it again on the same data, until it works,
// ctx ends or the log closes.
func (l *Log) restart(ctx context.Context) {
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		if err := l.startAgain(ctx); err == nil {
			return
		} else {
			l.log.Error("log engine did not start", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (l *Log) startAgain(ctx context.Context) error {
	l.life.Lock()
	defer l.life.Unlock()
	l.mu.Lock()
	e, closing := l.eng, l.closing
	l.eng, l.away = nil, true
	l.mu.Unlock()
	if e != nil {
		e.stop()
	}
	if closing {
		return nil
	}
	if err := l.start(ctx); err != nil {
		return err
	}
	l.log.Info("log engine started again", "tail", l.Tail().Seq)
	return nil
}

// Run archives and deletes closed segments and starts the engine again after a
// failed write, until ctx ends.
func (l *Log) Run(ctx context.Context) error {
	var keeper sync.WaitGroup
	keeper.Go(func() { l.keep(ctx) })
	defer keeper.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.broken:
			l.restart(ctx)
		}
	}
}

// Tail is the place of the newest record.
func (l *Log) Tail() fengsui.Place {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail
}

// Ready says whether Append works: nil, or why not.
func (l *Log) Ready() error {
	l.mu.Lock()
	closing, away := l.closing, l.away
	l.mu.Unlock()
	if closing {
		return errClosed
	}
	if err := l.roomLeft(); err != nil {
		return err
	}
	if away {
		return errAway
	}
	return nil
}

// Passed says that a reader needs nothing up to and including p any more: it has
// saved p where a kill cannot take it. It is kept in memory; readers report again
// after every start.
func (l *Log) Passed(reader string, p fengsui.Place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.passed[reader].Less(p) {
		l.passed[reader] = p
	}
}

// Reached is the last place that a reader said it passed since Open.
func (l *Log) Reached(reader string) fengsui.Place {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passed[reader]
}

func (l *Log) roomLeft() error {
	free, _, err := l.free()
	if err != nil {
		return errors.Join(errAway, err)
	}
	if free < l.minFree {
		poke(l.tidied)
		return errLow
	}
	return nil
}

func diskFree(dir string) (free, total int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("ask how full the disk of %s is: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
