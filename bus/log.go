package bus

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

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
	Dir          string        // of the embedded server
	URL          string        // of an outside server, or several with commas between; empty: the embedded one
	Replicas     int           // of an outside log: 1, 3 or 5; 0: 1
	Credentials  string        // a file that says to the outside server who we are; empty: nobody
	CA           string        // a file that the outside server's certificate is checked with; empty: the machine's
	Cert, Key    string        // files of our certificate for it; empty: none
	SegmentBytes int64         // 0: 2 GiB
	SegmentAge   time.Duration // 0: 1 h
	Keep         time.Duration // how long a closed segment stays at least, while there is room; 0: 3 days
	Archive      blob.Store    // nil: closed segments are not archived
	ArchiveKeep  time.Duration // 0: 90 days
	MinFree      int64         // bytes free on the disk below which Append refuses; 0: the smaller of 5 % and 2 GiB
	// Readers names those whose Passed a segment waits for. One that has not yet
	// reported since Open counts as having read nothing.
	Readers []string
	// Tidy is asked before each look at what can be archived and deleted, whether this
	// process does it: of those that share an outside log exactly one. Nil: it does.
	Tidy func() bool
	Log  *slog.Logger
}

// Validate refuses what cannot be meant.
func (c Config) Validate() error {
	if c.Dir == "" && c.URL == "" {
		return fengsui.Errorf(fengsui.Invalid, "bad_config", "the log needs a directory")
	}
	if !slices.Contains([]int{0, 1, 3, 5}, c.Replicas) {
		return fengsui.Errorf(fengsui.Invalid, "bad_config", "the log is kept once, three or five times, not %d times", c.Replicas)
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
	// following is held while it is read what others appended; taken before mu.
	following sync.Mutex
	writer    string // names this life of this log among those that append
	said      uint64 // messages that it appended; the committer's alone

	wake   chan struct{}  // 1: a batch waits
	broken chan struct{}  // 1: the engine must be started again
	tidied chan struct{}  // 1: the archiver has something to do
	hints  chan struct{}  // 1: another process appended
	stale  chan struct{}  // 1: another process may have deleted
	quit   chan struct{}  // closed by Close
	owned  sync.WaitGroup // the committer and the follower

	mu       sync.Mutex // guards all below; not held across I/O
	eng      engine     // nil: none runs
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
	cut      uint64 // a segment with this message or an older one takes no more
	passed   map[string]fengsui.Place
	reports  map[string]fengsui.Place // what readers of this process passed; of an outside log
	others   uint64                   // the newest message that another process appended, as far as is known
}

// message is one message of the log: records, each behind its length.
type message struct {
	seq  uint64
	data []byte
}

// mark reports whether the message is none, but the end of its segment.
func (m message) mark() bool { return len(m.data) == 0 }

// batch is what is committed together.
type batch struct {
	data    []byte
	records uint32
	seen    []uint64      // of each record, what AppendAfter said, or anything; nil: nothing was said
	done    chan struct{} // closed once what follows is set
	seq     uint64
	at      []uint32 // of each record, its index in the message, or unknown: refused; nil: in order
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
	if c.URL == "" {
		if err := os.MkdirAll(c.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("open log: %w", err)
		}
	}
	l := &Log{
		c: c, log: c.Log, minFree: c.MinFree, writer: rand.Text(),
		keepRecent: maxRecent,
		wake:       make(chan struct{}, 1),
		broken:     make(chan struct{}, 1),
		tidied:     make(chan struct{}, 1),
		hints:      make(chan struct{}, 1),
		stale:      make(chan struct{}, 1),
		quit:       make(chan struct{}),
		moved:      make(chan struct{}),
		passed:     map[string]fengsui.Place{},
		reports:    map[string]fengsui.Place{},
	}
	l.free = l.space
	if err := l.start(ctx); err != nil {
		return nil, err
	}
	if l.minFree == 0 {
		_, total, err := l.free()
		if err != nil {
			l.eng.stop()
			return nil, fmt.Errorf("open log: %w", err)
		}
		l.minFree = min(total/20, 2<<30)
	}
	l.owned.Go(l.commitAll)
	if l.shared() {
		l.owned.Go(l.followAll)
	}
	return l, nil
}

// Stored is how many bytes of messages the segments at hand hold, and since when: the
// oldest of them was opened then.
func (l *Log) Stored() (bytes int64, since fengsui.Millis) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segs {
		bytes += s.bytes
	}
	if len(l.segs) > 0 {
		since = l.segs[0].opened
	}
	return bytes, since
}

// space is how many bytes there are where the log is, free and in all.
func (l *Log) space() (free, total int64, err error) {
	if !l.shared() {
		return diskFree(l.c.Dir)
	}
	if o := l.outside(); o != nil {
		free, total = o.room()
		return free, total, nil
	}
	return unbounded, unbounded, nil // what is away is refused for that
}

// start starts an engine and takes over what it has on disk. life is held, or
// nobody else knows l yet.
func (l *Log) start(ctx context.Context) error {
	// What others deleted, they archived before.
	archives, err := l.listArchives(ctx)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	e, err := l.startEngine(ctx)
	if err != nil {
		return err
	}
	segs, tail, err := l.load(ctx, e, archives)
	if had := l.Tail().Seq; err == nil && l.shared() && tail.Seq < had {
		err = fmt.Errorf("the log server ends at message %d, and had %d: it is behind, or has lost messages; when it has, start the platform again", tail.Seq, had)
	}
	if err != nil {
		e.stop()
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.eng, l.away, l.segs, l.archives, l.tail = e, false, segs, archives, tail
	l.recent, l.recentN = nil, 0
	l.others = tail.Seq // whose it was is not known
	l.notify()
	return nil
}

func (l *Log) startEngine(ctx context.Context) (engine, error) {
	if l.shared() {
		return connectOutside(ctx, l.c, l.log, l.hint)
	}
	return startEmbedded(l.c.Dir, l.log)
}

// load reads which segments there are and where the log ends.
func (l *Log) load(ctx context.Context, e engine, archives []archive) ([]segment, fengsui.Place, error) {
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
	archived := uint64(0)
	if n := len(archives); n > 0 {
		archived = archives[n-1].last
	}
	if n := len(segs); n == 0 || tail.Seq < archived || segs[n-1].ended {
		if archived > tail.Seq {
			l.log.Error("the log ends before its archives do; it goes on behind them", "tail", tail.Seq, "archived", archived)
			tail = fengsui.Place{Seq: archived, Index: unknown}
		}
		s, err := e.create(ctx, tail.Seq+1)
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
	l.owned.Wait()
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
	errBehind = fengsui.Errorf(fengsui.Conflict, "log_moved", "another process has appended to the log; look at what it was and try again")
	errLow    = fengsui.Errorf(fengsui.Unavailable, "disk_low", "the platform's disk is nearly full; nothing was taken, send it again after room was made")
)

// Append writes one record and returns its place once it is synced. record may
// be reused after Append returned.
//
// When ctx ends first, or the answer is Unavailable, the record may be in the log
// or not.
func (l *Log) Append(ctx context.Context, record []byte) (fengsui.Place, error) {
	return l.appendAfter(ctx, record, anything)
}

// AppendAfter is Append, refused with Conflict "log_moved" when another process that
// shares the log appended anything behind seen: the caller reads that and tries again.
// What this process appended itself does not count.
func (l *Log) AppendAfter(ctx context.Context, record []byte, seen fengsui.Place) (fengsui.Place, error) {
	if !l.shared() {
		return l.Append(ctx, record)
	}
	return l.appendAfter(ctx, record, seen.Seq)
}

func (l *Log) appendAfter(ctx context.Context, record []byte, seen uint64) (fengsui.Place, error) {
	if len(record) == 0 || len(record) > maxRecord {
		return fengsui.Place{}, fengsui.Errorf(fengsui.Invalid, "record_size", "a log record has between 1 and %d bytes, this one has %d; split it", maxRecord, len(record))
	}
	b, index, err := l.enqueue(ctx, record, seen)
	if err != nil {
		return fengsui.Place{}, err
	}
	select {
	case <-b.done:
		if b.err != nil {
			return fengsui.Place{}, b.err
		}
		if b.at != nil {
			index = b.at[index]
		}
		if index == unknown {
			return fengsui.Place{}, errBehind
		}
		return fengsui.Place{Seq: b.seq, Index: index}, nil
	case <-ctx.Done():
		return fengsui.Place{}, context.Cause(ctx)
	}
}

// enqueue puts a record into the newest batch that has room for it.
func (l *Log) enqueue(ctx context.Context, record []byte, seen uint64) (*batch, uint32, error) {
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
	if seen != anything && b.seen == nil {
		b.seen = slices.Repeat([]uint64{anything}, int(b.records))
	}
	if b.seen != nil {
		b.seen = append(b.seen, seen)
	}
	b.data = join(b.data, record)
	l.waiting += len(b.data) - before
	b.records++
	return b, b.records - 1, nil
}

// commitAll commits one batch after the other until the log closes and nothing
// waits.
func (l *Log) commitAll() {
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
		size := len(b.data)
		b.err = l.commit(b)
		close(b.done)
		l.mu.Lock()
		l.waiting -= size
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
	l.mu.Unlock()
	ctx := context.Background() // the engine bounds each question
	l.said++
	id := fmt.Sprint(l.writer, "-", l.said)
	for end := time.Now().Add(answerTime); ; {
		seg, err := l.open(ctx, e, len(b.data))
		if err != nil {
			return l.failed(e, err)
		}
		last, err := l.condition(b)
		if err != nil {
			return l.failed(e, err)
		}
		if len(b.data) == 0 {
			return nil // each record of it is refused
		}
		seq, err := e.append(ctx, seg, id, last, b.data)
		if errors.Is(err, errMoved) && time.Now().Before(end) {
			if seq, err = l.moveOn(ctx, e, last, b.data, end); seq == 0 && err == nil {
				continue
			}
		}
		if err != nil {
			return l.failed(e, err)
		}
		in, err := l.settle(ctx, e, seg, message{seq, b.data})
		if err != nil {
			return l.failed(e, err)
		}
		if in {
			b.seq = seq
			return nil
		}
		// Another process had closed the segment before.
	}
}

// condition refuses the records of a batch whose callers do not know what others
// appended, and is the message behind which the rest may come; anything when nothing
// was said.
func (l *Log) condition(b *batch) (last uint64, err error) {
	if b.seen == nil {
		return anything, nil
	}
	l.mu.Lock()
	last, others := l.tail.Seq, l.others
	l.mu.Unlock()
	return last, b.refuse(others)
}

// refuse takes those records out of a batch whose callers have not seen a message.
func (b *batch) refuse(message uint64) error {
	records, err := split(b.data)
	if err != nil || !slices.ContainsFunc(b.seen, func(seen uint64) bool { return seen < message }) {
		return err
	}
	if b.at == nil {
		b.at = make([]uint32, len(b.seen))
		for i := range b.at {
			b.at[i] = uint32(i)
		}
	}
	var rest []byte
	n := uint32(0)
	for i, at := range b.at {
		switch {
		case at == unknown:
		case b.seen[i] < message:
			b.at[i] = unknown
		default:
			rest = join(rest, records[at])
			b.at[i] = n
			n++
		}
	}
	b.data, b.records = rest, n
	return nil
}

// moveOn reads what stands where a message should have come, behind last. Its number
// when it is the message itself: an answer was lost.
func (l *Log) moveOn(ctx context.Context, e engine, last uint64, data []byte, end time.Time) (seq uint64, err error) {
	o, ok := e.(*outside)
	if !ok {
		return 0, errMoved
	}
	if err := l.keepUp(ctx, o, end); err != nil {
		return 0, err
	}
	l.mu.Lock()
	there := l.tail.Seq > last
	var got []message
	if n := len(l.recent); there && n > 0 && l.recent[0].seq <= last+1 {
		got = l.recent[last+1-l.recent[0].seq:][:1]
	}
	seg := l.segmentOf(last + 1)
	l.mu.Unlock()
	if !there {
		time.Sleep(time.Millisecond) // a mark, or the server that was asked is behind
		return 0, nil
	}
	if got == nil {
		if got, err = o.fetch(ctx, seg, last+1); err != nil {
			return 0, err
		}
	}
	if bytes.Equal(got[0].data, data) {
		return last + 1, nil
	}
	return 0, nil
}

// open is the segment that the next message of a size goes to: the newest, or when
// that is full a new one.
func (l *Log) open(ctx context.Context, e engine, size int) (segment, error) {
	l.mu.Lock()
	seg := l.segs[len(l.segs)-1]
	cut := l.cut >= seg.first
	l.mu.Unlock()
	full := cut || seg.bytes+int64(size) > l.c.SegmentBytes || now() >= seg.opened.Add(fengsui.SpanOf(l.c.SegmentAge))
	if !full || seg.last < seg.first {
		return seg, nil
	}
	return l.roll(ctx, e, seg)
}

// roll closes the newest segment and opens the next.
func (l *Log) roll(ctx context.Context, e engine, seg segment) (segment, error) {
	defer poke(l.tidied)
	if o, ok := e.(*outside); ok {
		return l.rollShared(ctx, o, seg)
	}
	next, err := e.create(ctx, seg.last+1)
	if err != nil {
		return next, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segs = append(l.segs, next)
	return next, nil
}

// settle takes a message that was appended to a segment into what is known of the log,
// behind all that others appended before it. When the segment was closed before it, it
// is not in the log.
func (l *Log) settle(ctx context.Context, e engine, seg segment, m message) (in bool, err error) {
	for end := time.Now().Add(answerTime); ; {
		l.mu.Lock()
		known := l.eng == e
		i := slices.IndexFunc(l.segs, func(s segment) bool { return s.name == seg.name })
		last := len(l.segs) - 1
		switch {
		case !known || i < 0:
			l.mu.Unlock()
			return false, errAway
		case i < last && m.seq > l.segs[i].last:
			l.mu.Unlock()
			return false, nil
		case m.seq == l.tail.Seq+1:
			l.add(m)
			l.mu.Unlock()
			if o, ok := e.(*outside); ok {
				o.tell(m.seq)
			}
			return true, nil
		case m.seq <= l.tail.Seq:
			l.mu.Unlock()
			return true, nil
		}
		l.mu.Unlock()
		o, ok := e.(*outside)
		if !ok {
			return false, fmt.Errorf("append to log: message %d was given the number %d", l.Tail().Seq+1, m.seq)
		}
		if time.Now().After(end) {
			return false, fmt.Errorf("append to log: what lies before message %d is not seen", m.seq)
		}
		if err := l.keepUp(ctx, o, end); err != nil {
			return false, err
		}
		if l.Tail().Seq+1 < m.seq {
			time.Sleep(time.Millisecond) // the server that was asked is behind
		}
	}
}

// add puts the next message behind the tail. mu is held.
func (l *Log) add(m message) {
	s := &l.segs[len(l.segs)-1]
	s.last, s.written, s.bytes = m.seq, now(), s.bytes+int64(len(m.data))
	l.tail = fengsui.Place{Seq: m.seq, Index: m.count() - 1}
	l.recent = append(l.recent, m)
	l.recentN += cap(m.data)
	for len(l.recent) > 1 && l.recentN > l.keepRecent {
		l.recentN -= cap(l.recent[0].data)
		l.recent[0].data = nil
		l.recent = l.recent[1:]
	}
	l.notify()
}

// failed takes the engine out of use after a write that went wrong: on a full
// disk the embedded one does not recover by itself. Run starts it again.
func (l *Log) failed(e engine, err error) error {
	if errors.Is(err, errLow) {
		poke(l.tidied)
		return errLow // it said so itself, and works
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.eng != e {
		return errAway // it is being started again already
	}
	l.log.Error("log write failed, the engine is started again", "err", err)
	l.away = true
	poke(l.broken)
	return errAway
}

// restart ends the engine and starts it again on the same data, until it works,
// ctx ends or the log closes.
func (l *Log) restart(ctx context.Context) {
	first, longest := time.Second, 30*time.Second
	if l.shared() {
		first, longest = pauseOpen, 2*time.Second // it opens in no time
	}
	for wait := first; ; wait = min(2*wait, longest) {
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

// ID names an outside log among others; empty for the embedded one.
func (l *Log) ID() string {
	if o := l.outside(); o != nil {
		return o.id
	}
	return ""
}

// Passed says that a reader needs nothing up to and including p any more: it has
// saved p where a kill cannot take it. It is kept in memory, and readers report again
// after every start; of an outside log it is kept there, within a second, for whichever
// process trims, and a report of a smaller place, after a start, counts.
func (l *Log) Passed(reader string, p fengsui.Place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.passed[reader].Less(p) {
		l.passed[reader] = p
	}
	if l.reports[reader].Less(p) {
		l.reports[reader] = p
	}
}

// Reached is the last place that a reader said it passed since Open; of an outside log
// that one of any process said, a second ago or two.
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
