package ingest

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"math/bits"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"

	"fengsui"
)

// chapter is a part of the book that does not change any more: a file, mapped into
// memory, so that a week of keys costs the heap nothing; or a page in that form.
type chapter struct {
	first, last    uint64         // the numbers of the turns in it
	oldest, newest fengsui.Millis // turned
	place          fengsui.Place
	entries        []byte // by hash, entryBytes each
	answers        []byte
	nonces         []byte // nonceBytes each
}

// entry is a key in a chapter. answer is the number of items accepted; with
// longAnswer set it is where in answers the answer lies, behind its length.
type entry struct {
	hash   uint64
	body   uint32
	answer uint32
}

const (
	longAnswer = 1 << 31
	maxBook    = 2 << 30 // bytes: so far reaches the place of an answer
	entryBytes = 16
	nonceBytes = 16
)

// A chapter's file: magic, numbers, times, place, counts, entries, answers,
// nonces, CRC-32C of all that; little-endian.
const (
	magic     = "fengsui answers 1\n"
	headBytes = len(magic) + 8*4 + 8 + 4 + 3*8
	fileForm  = "answers-%016x-%016x"
)

var (
	castagnoli    = crc32.MakeTable(crc32.Castagnoli)
	errChapter    = errors.New("the file is damaged")
	errUnreadable = fengsui.Errorf(fengsui.Unavailable, "answers_away", "what was answered before cannot be read from the disk; send it again later under the same idempotency key")
)

// newChapter is a page in the form of a chapter.
func newChapter(page map[uint64]answered, used []nonce, place fengsui.Place, now fengsui.Millis, number uint64) *chapter {
	c := &chapter{first: number, last: number, oldest: now, newest: now, place: place}
	for _, n := range used {
		c.nonces = n.append(c.nonces)
	}
	list := make([]entry, 0, len(page))
	for hash, a := range page {
		n, used := binary.Uvarint(a.answer)
		// An answer without errors is a number alone.
		if used != len(a.answer) || n >= longAnswer {
			n = longAnswer | uint64(len(c.answers))
			c.answers = binary.AppendUvarint(c.answers, uint64(len(a.answer)))
			c.answers = append(c.answers, a.answer...)
		}
		list = append(list, entry{hash, uint32(a.body), uint32(n)})
	}
	slices.SortFunc(list, func(x, y entry) int { return cmp.Compare(x.hash, y.hash) })
	c.entries = make([]byte, 0, len(list)*entryBytes)
	for _, e := range list {
		c.entries = e.append(c.entries)
	}
	return c
}

func (e entry) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, e.hash)
	b = binary.LittleEndian.AppendUint32(b, e.body)
	return binary.LittleEndian.AppendUint32(b, e.answer)
}

func (n nonce) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, n.hash)
	return binary.LittleEndian.AppendUint64(b, uint64(n.at))
}

// recent are the chapter's nonces.
func (c *chapter) recent() iter.Seq[nonce] {
	return func(yield func(nonce) bool) {
		for b := c.nonces; len(b) > 0; b = b[nonceBytes:] {
			if !yield(nonce{binary.LittleEndian.Uint64(b), fengsui.Millis(binary.LittleEndian.Uint64(b[8:]))}) {
				return
			}
		}
	}
}

func (c *chapter) count() int        { return len(c.entries) / entryBytes }
func (c *chapter) hash(i int) uint64 { return binary.LittleEndian.Uint64(c.entries[i*entryBytes:]) }
func (c *chapter) weight() int64     { return int64(len(c.entries)+len(c.answers)) + 1024 }
func (c *chapter) name() string      { return fmt.Sprintf(fileForm, c.first, c.last) }

func (c *chapter) at(i int) entry {
	b := c.entries[i*entryBytes:]
	return entry{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint32(b[12:])}
}

// find looks for a key. Hashes are spread evenly, so it begins where the key should
// lie: in a chapter of a million that is a page or two of the file.
func (c *chapter) find(hash uint64) (answered, bool) {
	n := c.count()
	guess, _ := bits.Mul64(hash, uint64(n))
	low, high := int(guess), int(guess)
	for step := 64; low > 0 && c.hash(low) > hash; step *= 2 {
		low, high = max(low-step, 0), low
	}
	for step := 64; high < n && c.hash(high) <= hash; step *= 2 {
		low, high = high, min(high+step, n)
	}
	for low < high {
		switch middle := (low + high) / 2; cmp.Compare(c.hash(middle), hash) {
		case 0:
			e := c.at(middle)
			return answered{uint64(e.body), c.answer(e)}, true
		case -1:
			low = middle + 1
		default:
			high = middle
		}
	}
	return answered{}, false
}

// answer is of its own memory: the mapping may go.
func (c *chapter) answer(e entry) []byte {
	if e.answer&longAnswer == 0 {
		return binary.AppendUvarint(nil, uint64(e.answer))
	}
	b := c.long(e)
	_, used := binary.Uvarint(b)
	return bytes.Clone(b[used:])
}

// long is the answer of an entry that has a long one, with its length.
func (c *chapter) long(e entry) []byte {
	b := c.answers[e.answer&^longAnswer:]
	n, used := binary.Uvarint(b)
	return b[:used+int(n)]
}

// merged are the entries of several chapters, by hash, each with the chapter that has
// it. Of equal hashes the later chapter's stays.
func merged(parts shelf) iter.Seq2[*chapter, entry] {
	return func(yield func(*chapter, entry) bool) {
		next := make([]int, len(parts))
		for {
			least := -1
			var hash uint64
			for i, c := range parts {
				if next[i] == c.count() {
					continue
				}
				h := c.hash(next[i])
				if least >= 0 && h == hash {
					next[least]++
				}
				if least < 0 || h <= hash {
					least, hash = i, h
				}
			}
			if least < 0 || !yield(parts[least], parts[least].at(next[least])) {
				return
			}
			next[least]++
		}
	}
}

// encode writes the chapter that comes of parts, without holding it in memory. Nonces
// that cannot come again by now are left out.
func encode(to io.Writer, parts shelf, now fengsui.Millis) error {
	var nonces []byte
	for _, c := range parts {
		for n := range c.recent() {
			if now-n.at <= nonceKeep {
				nonces = n.append(nonces)
			}
		}
	}
	entries, answers := 0, 0
	for c, e := range merged(parts) {
		entries++
		if e.answer&longAnswer != 0 {
			answers += len(c.long(e))
		}
	}
	first, last := parts[0], parts[len(parts)-1]

	w := bufio.NewWriterSize(to, 1<<16)
	sum := crc32.New(castagnoli)
	both := io.MultiWriter(w, sum)
	b := make([]byte, 0, headBytes)
	put := func(v uint64) { b = binary.LittleEndian.AppendUint64(b, v) }
	// What is put is written when some has come together; the error is the writer's, which
	// keeps it for its Flush.
	spill := func(most int) {
		if len(b) > most {
			both.Write(b)
			b = b[:0]
		}
	}
	b = append(b, magic...)
	put(first.first)
	put(last.last)
	put(uint64(first.oldest))
	put(uint64(last.newest))
	put(last.place.Seq)
	b = binary.LittleEndian.AppendUint32(b, last.place.Index)
	put(uint64(entries))
	put(uint64(answers))
	put(uint64(len(nonces) / nonceBytes))
	answers = 0
	for c, e := range merged(parts) {
		if e.answer&longAnswer != 0 {
			n := len(c.long(e))
			e.answer = longAnswer | uint32(answers)
			answers += n
		}
		b = e.append(b)
		spill(1 << 12)
	}
	for c, e := range merged(parts) {
		if e.answer&longAnswer != 0 {
			b = append(b, c.long(e)...)
			spill(1 << 12)
		}
	}
	b = append(b, nonces...)
	spill(0)
	w.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return w.Flush()
}

// writeChapter puts parts, oldest first, where a kill cannot take them, as one chapter,
// whole or not at all. Of an error nothing is left.
func writeChapter(dir string, parts shelf, now fengsui.Millis) (*chapter, error) {
	path := filepath.Join(dir, fmt.Sprintf(fileForm, parts[0].first, parts[len(parts)-1].last))
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if err = reading(func() error { return encode(f, parts, now) }); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(path+".tmp"))
	}
	if err = syncDir(dir); err == nil {
		var c *chapter
		if c, err = openChapter(path); err == nil {
			return c, nil
		}
	}
	return nil, errors.Join(err, os.Remove(path))
}

// openChapter maps the file of a chapter and reads it through.
func openChapter(path string) (*chapter, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < int64(headBytes) || info.Size() > 2*maxBook {
		return nil, errChapter
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	var c *chapter
	if err := reading(func() (err error) { c, err = readChapter(b); return err }); err != nil {
		return nil, errors.Join(err, syscall.Munmap(b))
	}
	// Who still looks at the chapter has it; then the mapping goes, as memory would.
	runtime.AddCleanup(c, func(b []byte) { syscall.Munmap(b) }, b)
	return c, nil
}

// reading runs what looks at a mapping. A disk that does not give what is there is an
// error, as it is of a file, and not the end of the process.
func reading(f func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		switch r := recover(); fault := r.(type) {
		case nil:
		case interface{ Addr() uintptr }: // runtime.Error says so
			err = fmt.Errorf("%w (%v)", errUnreadable, fault)
		default:
			panic(r)
		}
	}()
	return f()
}

// readChapter reads the form of a file. The chapter looks at b from then on.
func readChapter(b []byte) (*chapter, error) {
	if len(b) < headBytes+4 || !bytes.HasPrefix(b, []byte(magic)) ||
		crc32.Checksum(b[:len(b)-4], castagnoli) != binary.LittleEndian.Uint32(b[len(b)-4:]) {
		return nil, errChapter
	}
	b = b[len(magic) : len(b)-4]
	word := func() uint64 {
		v := binary.LittleEndian.Uint64(b)
		b = b[8:]
		return v
	}
	c := &chapter{}
	c.first, c.last = word(), word()
	c.oldest, c.newest = fengsui.Millis(word()), fengsui.Millis(word())
	c.place.Seq = word()
	c.place.Index = binary.LittleEndian.Uint32(b)
	b = b[4:]
	entries, answers, nonces := word(), word(), word()
	room := uint64(len(b))
	if entries > room/entryBytes || answers > room || nonces > room/nonceBytes || entries*entryBytes+answers+nonces*nonceBytes != room {
		return nil, errChapter
	}
	c.entries, b = b[:entries*entryBytes:entries*entryBytes], b[entries*entryBytes:]
	c.answers, b = b[:answers:answers], b[answers:]
	for i := range c.count() {
		e := c.at(i)
		if i > 0 && e.hash <= c.hash(i-1) {
			return nil, errChapter
		}
		if e.answer&longAnswer != 0 {
			at := uint64(e.answer &^ longAnswer)
			if at >= answers {
				return nil, errChapter
			}
			if n, used := binary.Uvarint(c.answers[at:]); used <= 0 || n > answers-at-uint64(used) {
				return nil, errChapter
			}
		}
	}
	c.nonces = b
	return c, nil
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
