package bus

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"

	"fengsui"
)

// An archive is the messages of a closed segment, one behind the other, each
// behind its length as a uvarint, zstd-compressed. Its key says which they are.
const (
	archivePrefix = "log/"
	archiveKey    = archivePrefix + "%020d-%020d.zst"
)

// maxWindow bounds the memory that reading an archive takes; ours need 4 MiB.
const maxWindow = 32 << 20

type archive struct {
	first, last uint64
	at          fengsui.Millis // when it was written
}

func (a archive) key() string { return fmt.Sprintf(archiveKey, a.first, a.last) }

// listArchives are the archives that there are, oldest first.
func (l *Log) listArchives(ctx context.Context) ([]archive, error) {
	if l.c.Archive == nil {
		return nil, nil
	}
	items, err := l.c.Archive.List(ctx, archivePrefix)
	if err != nil {
		return nil, err
	}
	var list []archive
	for _, i := range items {
		a := archive{at: i.At}
		if _, err := fmt.Sscanf(i.Key, archiveKey, &a.first, &a.last); err == nil && a.key() == i.Key {
			list = append(list, a)
		}
	}
	return list, nil
}

// archived reports whether one archive holds all of a segment. mu is held.
func (l *Log) archived(s segment) bool {
	for _, a := range l.archives {
		if a.first <= s.first && s.last <= a.last {
			return true
		}
	}
	return false
}

// archive writes a closed segment to the archive and reads it back.
func (l *Log) archive(ctx context.Context, s segment) error {
	a := archive{first: s.first, last: s.last, at: now()}
	r, w := io.Pipe()
	sum := sha256.New()
	done := make(chan error, 1)
	go func() {
		err := l.writeArchive(ctx, w, sum, a)
		w.CloseWithError(err)
		done <- err
	}()
	_, _, err := l.c.Archive.Put(ctx, a.key(), r)
	r.CloseWithError(err)
	if werr := <-done; err == nil {
		err = werr
	}
	if err != nil {
		return fmt.Errorf("archive log segment %s: %w", s.name, err)
	}
	if err := l.verifyArchive(ctx, sum, a); err != nil {
		return fmt.Errorf("verify archive of log segment %s: %w", s.name, errors.Join(err, l.c.Archive.Delete(ctx, a.key())))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.archives = append(l.archives, a)
	return nil
}

func (l *Log) writeArchive(ctx context.Context, w io.Writer, sum hash.Hash, a archive) error {
	// Concurrency 1: the archiver takes at most one core from the intake, and
	// has no goroutines of its own.
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	f := feed{l: l, next: a.first}
	defer f.close()
	to := io.MultiWriter(z, sum)
	var size []byte
	for f.next <= a.last {
		m, err := f.message(ctx)
		if err != nil {
			return err
		}
		// The archive of an outside log lies elsewhere, and makes room there.
		if free, _, err := l.free(); !l.shared() && (err != nil || free < l.minFree/4) {
			return errors.Join(errLow, err)
		}
		size = binary.AppendUvarint(size[:0], uint64(len(m.data)))
		if _, err := to.Write(size); err != nil {
			return err
		}
		if _, err := to.Write(m.data); err != nil {
			return err
		}
	}
	return z.Close()
}

func (l *Log) verifyArchive(ctx context.Context, sum hash.Hash, a archive) error {
	r, err := l.c.Archive.Get(ctx, a.key())
	if err != nil {
		return err
	}
	defer r.Close()
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return err
	}
	defer z.Close()
	got := sha256.New()
	if _, err := io.Copy(got, z); err != nil {
		return err
	}
	if string(got.Sum(nil)) != string(sum.Sum(nil)) {
		return errors.New("what is read differs from what was written")
	}
	return nil
}

// archiveReader reads the messages of an archive.
type archiveReader struct {
	archive
	next   uint64
	closer io.Closer
	z      *zstd.Decoder
	r      *bufio.Reader
}

// openArchive opens an archive at message seq.
func (l *Log) openArchive(ctx context.Context, a archive, seq uint64) (*archiveReader, error) {
	file, err := l.c.Archive.Get(ctx, a.key())
	if err != nil {
		return nil, fmt.Errorf("read log archive: %w", err)
	}
	r, err := readArchive(file, a)
	if err != nil {
		return nil, err
	}
	for r.next < seq {
		if ctx.Err() != nil {
			r.close()
			return nil, context.Cause(ctx)
		}
		if err := r.skip(); err != nil {
			r.close()
			return nil, err
		}
	}
	return r, nil
}

func readArchive(file io.ReadCloser, a archive) (*archiveReader, error) {
	z, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("read log archive %s: %w", a.key(), err)
	}
	return &archiveReader{archive: a, next: a.first, closer: file, z: z, r: bufio.NewReaderSize(z, 64<<10)}, nil
}

func (r *archiveReader) close() {
	r.z.Close()
	r.closer.Close()
}

// size reads the length of the next message; io.EOF behind the last one.
func (r *archiveReader) size() (int, error) {
	if r.next > r.last {
		return 0, io.EOF
	}
	size, err := binary.ReadUvarint(r.r)
	if err == nil && size > maxMessage {
		err = errMessage
	}
	if err != nil {
		return 0, r.broken(err)
	}
	return int(size), nil
}

func (r *archiveReader) message() (message, error) {
	size, err := r.size()
	if err != nil {
		return message{}, err
	}
	m := message{r.next, make([]byte, size)}
	if _, err := io.ReadFull(r.r, m.data); err != nil {
		return message{}, r.broken(err)
	}
	r.next++
	return m, nil
}

func (r *archiveReader) skip() error {
	size, err := r.size()
	if err != nil {
		return err
	}
	if _, err := r.r.Discard(size); err != nil {
		return r.broken(err)
	}
	r.next++
	return nil
}

func (r *archiveReader) broken(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read log archive %s at message %d: %w", r.key(), r.next, err)
}
