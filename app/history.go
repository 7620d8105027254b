package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"fengsui"
	"fengsui/bus"
	"fengsui/series"
	"fengsui/series/remote"
	"fengsui/series/victoria"
)

const (
	// historyReplay is how far back the saved place lies: the engine loses at most the
	// last ten seconds when it is killed, and has no call that says "on disk".
	historyReplay = time.Minute
	// historyMarkEvery is how fine the places are remembered, historySaveEvery how often the
	// newest of them that is old enough is written down.
	historyMarkEvery = time.Second
	historySaveEvery = 5 * time.Second
	// historyFullRetry is how often a full disk is tried again.
	historyFullRetry = time.Second
	// historyClosing is how long the child may take to end; then it is cut off. What it
	// had not written it reads again.
	historyClosing = 20 * time.Second
	// historyPipe is the number of the file by which a parent holds the child.
	historyPipe    = 3
	historyPipeEnv = "FENGSUI_HISTORY_PIPE"
)

// HistoryConfig says how the history role works. Of a child only Dir and Log are
// asked of the command line: the rest comes from the parent, over the pipe.
type HistoryConfig struct {
	Dir       string        `json:"-"` // the platform's data directory
	Log       *slog.Logger  `json:"-"`
	Retention time.Duration `json:"retention"` // 0: five years
	Memory    int64         `json:"memory"`    // bytes, caches and heap; 0: 1 GiB
	Server    remote.Config `json:"server"`    // keeps the history in the place of this process; without a URL: none
	MinFree   int64         `json:"minFree"`   // bytes below which nothing is written; 0: the smaller of 6 % and 2.5 GiB, so that history stops before intake must
	Token     string        `json:"token"`     // opens the log's socket and ours
}

// Validate fills in the defaults and says what cannot work.
func (c *HistoryConfig) Validate() error {
	if c.Dir == "" {
		return errors.New("history: no data directory is given")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Retention == 0 {
		c.Retention = 5 * 365 * 24 * time.Hour
	}
	if c.Memory == 0 {
		c.Memory = 1 << 30
	}
	if c.MinFree == 0 {
		var s unix.Statfs_t
		if err := unix.Statfs(c.Dir, &s); err != nil {
			return fmt.Errorf("history: ask how big the disk of %s is: %w", c.Dir, err)
		}
		c.MinFree = min(int64(s.Blocks)*int64(s.Bsize)*6/100, 5<<29)
	}
	if c.Server.URL != "" {
		c.Server.Retention = c.Retention
		return c.Server.Validate()
	}
	return c.engine().Validate()
}

// engine is the engine's share of the configuration. Half of the memory bounds
// its caches, part of which lie outside the Go heap; three quarters are the
// heap's limit (GOMEMLIMIT), which the parent sets.
func (c *HistoryConfig) engine() victoria.Config {
	return victoria.Config{Dir: c.path("history", "series"), Retention: c.Retention, Memory: c.Memory / 2, MinFree: c.MinFree}
}

func (c *HistoryConfig) path(parts ...string) string {
	return filepath.Join(append([]string{c.Dir}, parts...)...)
}

var (
	errParentGone    = errors.New("the platform that started the history has ended")
	errHistoryAnswer = errors.New("history: answer questions")
	errHistoryLost   = errors.New("history: the server was started again")
)

// History is the history role: it reads the log by itself, feeds the engine, its own or
// a server, and answers questions on run/history.sock. It runs in a process of its own,
// because the engine inside it ends its process when the disk is full. It ends with ctx, or when
// the parent's end of the pipe closes, whichever way the parent dies.
//
// It promises that every good sample of the log is in the history, once, and so is
// every position that a known device had by satellite, as long as the log keeps what
// it has not read: a kill at any moment costs a replay of a minute. It owns all
// goroutines that it starts.
func History(ctx context.Context, c HistoryConfig) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	defer work.Wait()

	if os.Getenv(historyPipeEnv) != strconv.Itoa(historyPipe) {
		return errors.New("history: it is started by the platform (fengsui serve), not by hand")
	}
	// Not blocking, or Close would not end a read that waits.
	if err := unix.SetNonblock(historyPipe, true); err != nil {
		return fmt.Errorf("history: open the parent's pipe: %w", err)
	}
	unix.CloseOnExec(historyPipe)
	pipe := os.NewFile(historyPipe, "pipe")
	in := bufio.NewReader(pipe)
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &c)
	}
	if err != nil {
		pipe.Close()
		return fmt.Errorf("history: read what the parent says: %w", err)
	}
	work.Go(func() {
		in.ReadByte() // the parent says no more: this is its end, or ours
		cancel(errParentGone)
	})
	over := make(chan struct{})
	defer close(over)
	work.Go(func() {
		<-ctx.Done()
		select {
		case <-over:
		case <-time.After(historyClosing):
			os.Exit(1) // a disk that hangs must not keep the next one from the lock
		}
	})
	defer pipe.Close() // ends the read above, and with it ctx
	if err := c.Validate(); err != nil {
		return err
	}
	defer func() { c.Log.Info("history ended", "err", context.Cause(ctx)) }()
	if err := giveWay(); err != nil {
		c.Log.Warn("history: it has the priority of the platform itself", "err", err)
	}
	for _, sub := range []string{"history", "run"} {
		if err := os.MkdirAll(c.path(sub), 0o700); err != nil {
			return fmt.Errorf("history: %w", err)
		}
	}
	// The one before us may still be writing its last parts.
	lock, err := waitLock(ctx, c.path("history", "LOCK"))
	if err != nil {
		return err
	}
	defer lock.Close()

	e, err := c.open()
	if err != nil {
		return err
	}
	h := &historian{c: c, engine: e}
	h.load()
	ln, err := listenUnix(c.path("run", "history.sock"))
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	srv := &http.Server{
		Handler:           h.withSnapshots(series.Handler(series.HandlerConfig{Engine: e, State: h.State, Token: c.Token})),
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}
	work.Go(func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			cancel(errors.Join(errHistoryAnswer, err))
		}
	})
	c.Log.Info("history started", "seq", h.saved.Seq)

	err = h.run(ctx)
	srv.Close()
	e.Close()
	if _, inside := e.(historyInside); inside {
		// Everything is on disk: the next start need not replay anything.
		h.save(h.place)
	}
	return err
}

// historyNice is how far this process steps back behind the platform: a busy processor
// first judges and warns, and of what is left a quarter at least keeps.
const historyNice = 5

// giveWay lowers the priority of this process. On Linux that belongs to each thread, and
// a new one has its maker's, so it goes on until it meets none that it does not know.
func giveWay() error {
	had, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return fmt.Errorf("give way: %w", err)
	}
	nice := min(20-had+historyNice, 19) // the call answers 20 less the nice value
	for told := map[string]bool{}; ; {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("give way: %w", err)
		}
		before := len(told)
		for _, th := range threads {
			if told[th.Name()] {
				continue
			}
			told[th.Name()] = true
			id, err := strconv.Atoi(th.Name())
			if err == nil {
				err = unix.Setpriority(unix.PRIO_PROCESS, id, nice)
			}
			if err != nil && !errors.Is(err, unix.ESRCH) { // it ended meanwhile
				return fmt.Errorf("give way: thread %s: %w", th.Name(), err)
			}
		}
		if len(told) == before {
			return nil
		}
	}
}

// waitLock takes a lock that dies with its holder.
func waitLock(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("history: open lock: %w", err)
	}
	try := time.NewTicker(20 * time.Millisecond)
	defer try.Stop()
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			f.Close()
			return nil, fmt.Errorf("history: take lock: %w", err)
		}
		select {
		case <-try.C:
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("history: wait for the lock: %w", context.Cause(ctx))
		}
	}
}

// historian writes the log into the engine.
type historian struct {
	c      HistoryConfig
	engine historyStore
	marks  []historyMark // places not old enough to be saved, oldest first; at most historyReplay/historyMarkEvery
	lastly time.Time     // a place was saved
	looked time.Time     // the engine was asked whether it lost something
	buf    []fengsui.Sample
	track  []fengsui.Position

	mu    sync.Mutex // guards what State reads
	state series.State
	place fengsui.Place // written
	saved fengsui.Place // on disk
}

type historyMark struct {
	at    time.Time
	place fengsui.Place
}

// State is what /ready answers.
func (h *historian) State() series.State {
	h.mu.Lock()
	s := h.state
	s.Place, s.Saved = h.place, h.saved
	h.mu.Unlock()
	h.engine.tell(&s)
	s.Written -= s.Refused
	if s.Received > 0 {
		s.Behind = max(0, fengsui.Span(fengsui.At(time.Now())-s.Received))
	}
	return s
}

// run follows the log until ctx ends.
func (h *historian) run(ctx context.Context) error {
	log, err := h.dial(ctx)
	if err != nil {
		return ended(ctx, err)
	}
	defer log.Close()
	log.Passed("history", h.saved)
	if err := h.look(ctx); err != nil {
		return ended(ctx, err)
	}
	err = h.follow(ctx, log, h.saved)
	for errors.Is(err, errHistoryLost) {
		// The server may have lost its last seconds, and nothing from before saved.
		h.c.Log.Warn("history server was started again, what it may have lost is written again", "seq", h.saved.Seq)
		h.marks = h.marks[:0]
		err = h.follow(ctx, log, h.saved)
	}
	if e, ok := errors.AsType[*fengsui.Error](err); ok && (e.Reason == "log_gap" || e.Reason == "log_end") && ctx.Err() == nil {
		// What it had not read is gone, or this is another log. Gaps are always
		// before what is kept: segments and archives go oldest first.
		h.c.Log.Error("history goes on at the oldest record that the log still has", "seq", h.place.Seq, "err", e)
		h.forget()
		err = h.follow(ctx, log, fengsui.Place{})
	}
	return ended(ctx, err)
}

// ended makes of the end of ctx no error, unless it was ours.
func ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if cause := context.Cause(ctx); errors.Is(cause, errHistoryAnswer) {
		return cause
	}
	return nil
}

// dial waits for the log's socket.
func (h *historian) dial(ctx context.Context) (*bus.Remote, error) {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		log, err := bus.Dial(h.c.path("run", "bus.sock"), h.c.Token)
		if err == nil {
			return log, nil
		}
		h.c.Log.Debug("history waits for the log", "err", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// look waits until the engine says how it is: what it loses from here on shows.
func (h *historian) look(ctx context.Context) error {
	for {
		_, err := h.engine.Lost(ctx)
		h.stands(err)
		if err == nil {
			return nil
		}
		h.c.Log.Warn("history waits for its server", "err", err)
		select {
		case <-time.After(historyFullRetry):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// follow writes what comes after from until something fails.
func (h *historian) follow(ctx context.Context, log *bus.Remote, from fengsui.Place) error {
	r := log.Reader(from)
	defer r.Close()
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return err
		}
		received, unreadable := h.decode(b.Records)
		if err := h.write(ctx); err != nil {
			return err
		}
		h.mu.Lock()
		h.place = b.Last()
		h.state.Received = max(h.state.Received, received)
		h.state.Written += int64(len(h.buf) + len(h.track))
		h.state.Unreadable += unreadable
		h.mu.Unlock()
		if unreadable > 0 {
			h.c.Log.Error("records of the log cannot be read and are not in the history", "seq", b.Seq, "count", unreadable)
		}
		moved, err := h.mark(ctx, time.Now())
		if err != nil {
			return err
		}
		if moved {
			log.Passed("history", h.saved)
		}
	}
}

// decode puts the samples of records into buf: bad ones are left out, and those
// whose own time is unusable stand where they were received. Positions go into track:
// the last known place of a receiver without a fix is none, and neither is one of
// nobody.
func (h *historian) decode(records [][]byte) (received fengsui.Millis, unreadable int64) {
	h.buf, h.track = h.buf[:0], h.track[:0]
	for _, b := range records {
		r, err := fengsui.ReadRecord(b)
		n := len(h.buf)
		if err == nil {
			received = max(received, r.Received)
			h.buf, err = r.Samples(h.buf)
		}
		if err != nil {
			h.buf = h.buf[:n]
			unreadable++
			continue
		}
		kept := h.buf[:n]
		for _, s := range h.buf[n:] {
			if s.Quality.Trust() == fengsui.Bad {
				continue
			}
			if s.Quality&fengsui.WrongClock != 0 {
				s.At = r.Received
			}
			kept = append(kept, s)
		}
		h.buf = kept
		for _, p := range r.Positions {
			if p.Device != 0 && p.Fix {
				h.track = append(h.track, p)
			}
		}
	}
	return received, unreadable
}

// write hands buf and track to the engine, and waits while it takes nothing: its disk
// is full, or its server away.
func (h *historian) write(ctx context.Context) error {
	for told := false; ; {
		err := h.engine.Write(ctx, h.buf)
		if err == nil {
			err = h.engine.WritePositions(ctx, h.track)
		}
		if fengsui.CodeOf(err) != fengsui.Unavailable {
			if told && err == nil {
				h.stands(nil)
				h.c.Log.Info("history is written again and goes on")
			}
			return err
		}
		if !told {
			told = true
			h.stands(err)
			h.c.Log.Error("history stands still: it takes nothing", "min_free", h.c.MinFree, "err", err)
		}
		// The engine may not bring to disk what it holds: nothing grows old.
		h.marks = h.marks[:0]
		select {
		case <-time.After(historyFullRetry):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// stands notes why nothing is written at the moment; nil: it is.
func (h *historian) stands(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.Why, h.state.Full = "", errors.Is(err, series.ErrFull)
	if err != nil {
		h.state.Why = err.Error()
	}
}

// mark remembers where it is at now, and saves the newest place that is old
// enough, when nothing behind it can have been lost; it says whether it did.
func (h *historian) mark(ctx context.Context, now time.Time) (bool, error) {
	if n := len(h.marks); n == 0 || now.Sub(h.marks[n-1].at) >= historyMarkEvery {
		h.marks = append(h.marks, historyMark{now, h.place})
	}
	if now.Sub(h.lastly) < historySaveEvery {
		return false, nil
	}
	if now.Sub(h.looked) >= historySaveEvery {
		lost, err := h.engine.Lost(ctx)
		if lost {
			return false, errHistoryLost
		}
		if err != nil { // it is asked again with the next batch; until then nothing is saved
			h.c.Log.Debug("history cannot ask its server how it is", "err", err)
			return false, nil
		}
		h.looked = now
	}
	old := 0
	for old < len(h.marks) && now.Sub(h.marks[old].at) >= historyReplay {
		old++
	}
	if old == 0 {
		return false, nil
	}
	h.lastly = now
	place := h.marks[old-1].place
	h.marks = append(h.marks[:0], h.marks[old:]...)
	return h.save(place), nil
}

// forget drops the places that the log no longer has.
func (h *historian) forget() {
	h.marks = h.marks[:0]
	h.mu.Lock()
	h.place, h.saved = fengsui.Place{}, fengsui.Place{}
	h.mu.Unlock()
	h.save(fengsui.Place{})
}

func (h *historian) placeFile() string { return h.c.path("history", "place") }

// load reads the saved place. Without one everything that the log has is read:
// writing the same again does no harm.
func (h *historian) load() {
	b, err := os.ReadFile(h.placeFile())
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var p fengsui.Place
	if err == nil {
		p, err = readPlace(b)
	}
	if err != nil {
		h.c.Log.Warn("history reads the whole log again: its saved place cannot be read", "err", err)
		return
	}
	h.place, h.saved = p, p
}

// save writes a place down so that a kill leaves the old one or the new one. A
// full disk is not the end: the old place is good too.
func (h *historian) save(p fengsui.Place) bool {
	err := replaceFile(h.placeFile(), appendPlace(nil, p))
	if err != nil {
		h.c.Log.Warn("history cannot save its place, a restart reads more than a minute again", "err", err)
		return false
	}
	h.mu.Lock()
	h.saved = p
	h.mu.Unlock()
	return true
}

func appendPlace(dst []byte, p fengsui.Place) []byte {
	return fmt.Appendf(dst, "history %d %d\n", p.Seq, p.Index)
}

func readPlace(b []byte) (fengsui.Place, error) {
	var p fengsui.Place
	if _, err := fmt.Sscanf(string(b), "history %d %d\n", &p.Seq, &p.Index); err != nil || string(appendPlace(nil, p)) != string(b) {
		return fengsui.Place{}, fmt.Errorf("%.40q is no place", b)
	}
	return p, nil
}

// replaceFile puts b at path, synced, in one step.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
