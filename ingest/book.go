package ingest

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"fengsui"
)

// book remembers what was answered under which idempotency key for 7 days.
//
// What is new is in a map. Every turn writes it as a chapter: a file of sorted
// 16-byte entries, of which the kernel keeps in memory what is looked at. Chapters
// of similar size are put together, so there are few, and each entry is written
// again only a few times. The newest chapter names the place of the log behind
// which its keys are not in any chapter.
type book struct {
	dir   string
	bytes int64 // for all chapters, at most maxBook; the oldest go beyond it
	log   *slog.Logger

	turns sync.Mutex // held by turn; taken before mu

	unreadable atomic.Bool // a chapter could not be read, and it was said

	mu        sync.Mutex // guards all below; not held across I/O
	page      map[uint64]answered
	turning   map[uint64]answered // the page being written; nil most of the time
	chapters  shelf               // never changed, only exchanged
	flights   map[uint64]*flight
	holds     map[*hold]struct{}
	nonces    []nonce       // of the page
	place     fengsui.Place // newest that the log gave us
	stepped   chan struct{} // closed when place moves; nil: nobody waits
	saved     fengsui.Place // of the newest chapter
	next      uint64        // number of the next chapter
	forgotten int64         // entries given up for want of room
}

// answered is what was told under a key.
type answered struct {
	body   uint64
	answer []byte
}

// shelf is chapters, oldest first.
type shelf []*chapter

// hold keeps the place that is saved from going on: what lies behind it would not be
// read again after a kill.
type hold struct {
	from  fengsui.Place
	users atomic.Int32
}

// flight is a delivery under way.
type flight struct {
	body uint64
	from fengsui.Place // book.place when it began: its own place lies behind
	done chan struct{}
}

// claimed is a flight as one caller has it.
type claimed struct {
	*flight
	hash uint64
	mine bool
}

const (
	answerKeep = 7 * 24 * 3600_000 // ms
	longSpan   = 24 * 3600_000     // ms; chapters are not put together beyond it, so that they can go when old
	maxOpen    = 24                // chapters; above it they are put together in any case
)

// claim finds the answer under a key; or, when there is none, the flight that is
// going to give one. mine says that the caller is to fly it, and must settle or
// abandon it.
func (b *book) claim(hash, body uint64) (claimed, []byte, error) {
	b.mu.Lock()
	a, there, old := b.look(hash)
	f := b.flights[hash]
	mine := !there && f == nil
	if mine {
		f = &flight{body: body, from: b.place, done: make(chan struct{})}
		b.flights[hash] = f
	}
	b.mu.Unlock()
	c := claimed{f, hash, mine}
	if mine {
		// Who asks for the same meanwhile waits for the flight, and then asks again.
		var err error
		if a, there, err = b.search(old, hash); there || err != nil {
			b.abandon(c)
		}
		if err != nil {
			return claimed{}, nil, err
		}
	}
	switch {
	// Chapters keep half of the body's hash: enough to notice a mistake.
	case there && uint32(a.body) != uint32(body), !there && f.body != body:
		return claimed{}, nil, errReused
	case there:
		return claimed{}, a.answer, nil
	}
	return c, nil, nil
}

// settle ends a flight whose delivery is in the log.
func (b *book) settle(c claimed, answer []byte, place fengsui.Place, n nonce) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.enter(c.hash, answered{c.body, answer}, place, n)
	delete(b.flights, c.hash)
	close(c.done)
}

// abandon ends a flight whose delivery was not kept.
func (b *book) abandon(c claimed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.flights, c.hash)
	close(c.done)
}

// restore enters what a record of the log says.
func (b *book) restore(hash, body uint64, answer []byte, place fengsui.Place, n nonce) {
	b.mu.Lock()
	_, there, old := b.look(hash)
	b.mu.Unlock()
	if !there {
		// What cannot be read is entered once more: the record says the same.
		_, there, _ = b.search(old, hash)
	}
	if there {
		hash = 0 // the first answer stays; the record only moves the place
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.enter(hash, answered{body, answer}, place, n)
}

// enter is for settle and restore. mu is held. No key has the hash 0 but by a
// chance of 2^-64, and is then not remembered.
func (b *book) enter(hash uint64, a answered, place fengsui.Place, n nonce) {
	if hash != 0 {
		b.page[hash] = a
	}
	if n.hash != 0 {
		b.nonces = append(b.nonces, n)
	}
	b.move(place)
}

// moved notes how far the log has come.
func (b *book) moved(place fengsui.Place) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.move(place)
}

// move is moved with mu held.
func (b *book) move(place fengsui.Place) {
	if !b.place.Less(place) {
		return
	}
	b.place = place
	if b.stepped != nil {
		close(b.stepped)
		b.stepped = nil
	}
}

// known is the answer under a key, if the log has one up to seen; stepped is closed
// when more of it is known.
func (b *book) known(hash uint64) (seen fengsui.Place, stepped <-chan struct{}, a answered, there bool, err error) {
	b.mu.Lock()
	if b.stepped == nil {
		b.stepped = make(chan struct{})
	}
	seen, stepped = b.place, b.stepped
	a, there, old := b.look(hash)
	b.mu.Unlock()
	if !there {
		a, there, err = b.search(old, hash)
	}
	return seen, stepped, a, there, err
}

// look looks for what is new, and says where else to look, without mu: that may have to
// wait for the disk. mu is held.
func (b *book) look(hash uint64) (a answered, there bool, old shelf) {
	if a, there = b.page[hash]; !there {
		a, there = b.turning[hash]
	}
	return a, there, b.chapters
}

// search looks on a shelf. What cannot be read is told once.
func (b *book) search(old shelf, hash uint64) (a answered, there bool, err error) {
	a, there, err = old.find(hash)
	if err != nil && !b.unreadable.Swap(true) {
		b.log.Error("answers cannot be read from the disk; deliveries under a key are refused until they can", "dir", b.dir, "err", err)
	}
	return a, there, err
}

// find looks in the chapters, newest first.
func (s shelf) find(hash uint64) (a answered, there bool, err error) {
	err = reading(func() error {
		for i := len(s) - 1; i >= 0 && !there; i-- {
			a, there = s[i].find(hash)
		}
		return nil
	})
	return a, there, err
}

// hold keeps the place to be saved where it is now, until all users have let go.
func (b *book) hold() *hold {
	h := &hold{}
	h.users.Store(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	h.from = b.place
	b.holds[h] = struct{}{}
	return h
}

func (b *book) letGo(h *hold) {
	if h.users.Add(-1) == 0 {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.holds, h)
	}
}

// restored is the place behind which the log knows more than the chapters.
func (b *book) restored() fengsui.Place {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.saved
}

// recent are the nonces that the chapters hold.
func (b *book) recent() []nonce {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []nonce
	for _, c := range b.chapters {
		list = slices.AppendSeq(list, c.recent())
	}
	return list
}

func (b *book) counts() (answers, forgotten int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	answers = int64(len(b.page) + len(b.turning))
	for _, c := range b.chapters {
		answers += int64(c.count())
	}
	return answers, b.forgotten
}

// turn writes the page as a chapter, puts chapters together and forgets those
// that are too old or too many.
func (b *book) turn(now fengsui.Millis) error {
	b.turns.Lock()
	defer b.turns.Unlock()

	b.mu.Lock()
	place := b.place
	for _, f := range b.flights {
		if f.from.Less(place) {
			place = f.from // it may be in the log already, and is on no page yet
		}
	}
	for h := range b.holds {
		if h.from.Less(place) {
			place = h.from
		}
	}
	if len(b.page) == 0 && len(b.nonces) == 0 && place == b.saved {
		b.mu.Unlock()
		return nil
	}
	page, used, chapters := b.page, b.nonces, slices.Clone(b.chapters)
	b.page, b.turning, b.nonces = map[uint64]answered{}, page, nil
	number := b.next
	b.next++
	b.mu.Unlock()

	parts := shelf{newChapter(page, used, place, now, number)}
	var stale shelf
	gone := 0
	// A chapter is given up as a whole, so none may be most of the book.
	weight := parts[0].weight()
	for n := len(chapters); n > 0 && chapters[n-1].weight() <= 2*weight && now-chapters[n-1].oldest < longSpan &&
		chapters[n-1].weight()+weight <= max(b.bytes/8, 1<<14); n = len(chapters) {
		parts = slices.Insert(parts, 0, chapters[n-1])
		weight += chapters[n-1].weight()
		chapters = chapters[:n-1]
	}
	c, err := writeChapter(b.dir, parts, now)
	if err == nil {
		stale = append(stale, parts[:len(parts)-1]...)
		chapters = append(chapters, c)
		for len(chapters) > maxOpen {
			i := lightest(chapters)
			var both *chapter
			if both, err = writeChapter(b.dir, chapters[i:i+2], now); err != nil {
				break
			}
			stale = append(stale, chapters[i:i+2]...)
			chapters = slices.Replace(chapters, i, i+2, both)
		}
		for len(chapters) > 1 {
			old, full := now-chapters[0].newest > answerKeep, size(chapters) > b.bytes
			if !old && !full {
				break
			}
			if !old {
				gone += chapters[0].count()
				b.log.Warn("idempotency keys are forgotten before their 7 days: there are too many", "count", chapters[0].count(), "until", chapters[0].newest.Time())
			}
			stale = append(stale, chapters[0])
			chapters = chapters[1:]
		}
	}

	b.mu.Lock()
	b.turning = nil
	if c != nil {
		b.chapters, b.saved = chapters, place
		b.forgotten += int64(gone)
	} else {
		// Nothing was written: the page goes on where it was.
		for hash, a := range page {
			b.page[hash] = a
		}
		b.nonces = append(used, b.nonces...)
	}
	b.mu.Unlock()
	for _, x := range stale {
		err = errors.Join(err, os.Remove(filepath.Join(b.dir, x.name())))
	}
	return err
}

// lightest is the index of the first of the two neighbours that weigh least.
func lightest(list shelf) int {
	least := 0
	for i := range list[:len(list)-1] {
		if list[i].weight()+list[i+1].weight() < list[least].weight()+list[least+1].weight() {
			least = i
		}
	}
	return least
}

func size(list shelf) (n int64) {
	for _, c := range list {
		n += c.weight()
	}
	return n
}

// openBook reads the chapters of a directory. A damaged one is set aside, and
// the log is read again from before it.
func openBook(dir string, limit int64, log *slog.Logger) (*book, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open answers: %w", err)
	}
	b := &book{dir: dir, bytes: limit, log: log, page: map[uint64]answered{}, flights: map[uint64]*flight{}, holds: map[*hold]struct{}{}, next: 1}
	files, err := os.ReadDir(dir) // in order of name, so of first number
	if err != nil {
		return nil, fmt.Errorf("open answers: %w", err)
	}
	damaged := false
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		if filepath.Ext(f.Name()) == ".tmp" {
			if err := os.Remove(path); err != nil {
				return nil, fmt.Errorf("open answers: %w", err)
			}
			continue
		}
		var first, last uint64
		if n, _ := fmt.Sscanf(f.Name(), fileForm, &first, &last); n != 2 || fmt.Sprintf(fileForm, first, last) != f.Name() {
			continue
		}
		b.next = max(b.next, last+1)
		c, err := openChapter(path)
		if err == nil && (c.first != first || c.last != last) {
			err = errChapter
		}
		if err != nil && !errors.Is(err, errChapter) {
			return nil, fmt.Errorf("open answers: %w", err)
		}
		if err != nil {
			log.Error("a file of answers is set aside, the log is read again from before it", "file", f.Name(), "err", err)
			damaged = true
			if err := os.Rename(path, path+".damaged"); err != nil {
				return nil, fmt.Errorf("open answers: %w", err)
			}
			continue
		}
		// A kill between a merger and the removal of its parts leaves both.
		b.chapters = slices.DeleteFunc(b.chapters, func(x *chapter) bool {
			part := c.first <= x.first && x.last <= c.last
			if part {
				err = errors.Join(err, os.Remove(filepath.Join(dir, x.name())))
			}
			return part
		})
		if n := len(b.chapters); n > 0 && c.last <= b.chapters[n-1].last {
			err = errors.Join(err, os.Remove(path))
		} else {
			b.chapters = append(b.chapters, c)
			if !damaged {
				b.saved = c.place
			}
		}
		if err != nil {
			return nil, fmt.Errorf("open answers: %w", err)
		}
	}
	b.place = b.saved
	return b, nil
}
