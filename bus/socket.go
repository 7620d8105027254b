package bus

import (
	"bufio"
	"context"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"

	"fengsui"
)

// The socket's protocol. Who connects says in lines of text: the token; then
// either "read SEQ INDEX", or "report" and any number of "passed NAME SEQ INDEX".
// The answer is frames of
//
//	kind(1) message number(8, big endian) length(4, big endian) bytes
//
// where the kind is 'k' once the token was right, 'm' for a message of the log,
// and 'e' for a last word, a fengsui.Error as JSON. The server pushes messages as
// fast as they are read; a slow reader holds up nobody else.
const (
	frameHead    = 13
	helloTime    = 5 * time.Second
	maxLine      = 256
	maxRedial    = 5 * time.Second
	firstRedial  = 50 * time.Millisecond
	socketBuffer = 256 << 10
)

// ServeSocket serves the log to other processes of this machine on a unix socket
// at path, to those who know the token, until ctx ends. What lies at path is
// replaced.
func (l *Log) ServeSocket(ctx context.Context, path, token string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("serve log: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("serve log: %w", err)
	}
	// The directory, 0700, protects the moment before.
	if err := os.Chmod(path, 0o600); err != nil {
		ln.Close()
		return fmt.Errorf("serve log: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	defer ln.Close()
	var conns sync.WaitGroup
	defer conns.Wait()
	for {
		conn, err := ln.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("serve log: %w", err)
		}
		conns.Go(func() {
			if err := l.serve(ctx, conn, token); err != nil && ctx.Err() == nil {
				l.log.Debug("log connection ended", "err", err)
			}
		})
	}
}

func (l *Log) serve(ctx context.Context, conn net.Conn, token string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()

	conn.SetReadDeadline(time.Now().Add(helloTime))
	lines := bufio.NewReaderSize(conn, maxLine)
	line := func() (string, error) {
		b, err := lines.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		return string(b[:len(b)-1]), nil
	}
	if got, err := line(); err != nil || subtle.ConstantTimeCompare([]byte(got), []byte(token)) != 1 {
		return errors.Join(errors.New("a stranger asked for the log"), err)
	}
	ask, err := line()
	if err != nil {
		return err
	}
	conn.SetReadDeadline(time.Time{})
	w := bufio.NewWriterSize(conn, frameHead+maxCommit)
	if err := writeFrame(w, 'k', message{}); err != nil {
		return err
	}
	if ask == "report" {
		for {
			s, err := line()
			if err != nil {
				return err
			}
			var name string
			var p fengsui.Place
			if _, err := fmt.Sscanf(s, "passed %s %d %d", &name, &p.Seq, &p.Index); err != nil {
				return fmt.Errorf("unknown word %q: %w", s, err)
			}
			l.Passed(name, p)
		}
	}
	var from fengsui.Place
	if _, err := fmt.Sscanf(ask, "read %d %d", &from.Seq, &from.Index); err != nil {
		return fmt.Errorf("unknown word %q: %w", ask, err)
	}
	var watch sync.WaitGroup
	defer watch.Wait()
	defer conn.Close()
	watch.Go(func() {
		io.Copy(io.Discard, lines) // ends when the other side does
		cancel()
	})
	f := feed{l: l, next: from.Seq, start: from.Seq}
	defer f.close()
	for {
		m, err := f.message(ctx)
		if err != nil {
			if ctx.Err() == nil {
				e, ok := errors.AsType[*fengsui.Error](err)
				if !ok {
					e = fengsui.Errorf(fengsui.Internal, "log_unreadable", "%v", err)
				}
				b, _ := json.Marshal(e)
				writeFrame(w, 'e', message{data: b})
			}
			return err
		}
		if err := writeFrame(w, 'm', m); err != nil {
			return err
		}
	}
}

func writeFrame(w *bufio.Writer, kind byte, m message) error {
	var head [frameHead]byte
	head[0] = kind
	binary.BigEndian.PutUint64(head[1:], m.seq)
	binary.BigEndian.PutUint32(head[9:], uint32(len(m.data)))
	w.Write(head[:]) // Flush tells
	w.Write(m.data)
	return w.Flush()
}

// readFrame reads a frame; an 'e' is returned as its error.
func readFrame(r io.Reader) (kind byte, m message, err error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, m, err
	}
	size := binary.BigEndian.Uint32(head[9:])
	if size > maxMessage {
		return 0, m, errMessage
	}
	m = message{binary.BigEndian.Uint64(head[1:]), make([]byte, size)}
	if _, err := io.ReadFull(r, m.data); err != nil {
		return 0, m, err
	}
	if head[0] == 'e' {
		e := new(fengsui.Error)
		if err := json.Unmarshal(m.data, e); err != nil {
			return 0, m, errMessage
		}
		return 'e', m, e
	}
	return head[0], m, nil
}

// Remote is the log of another process, reached through its socket. It connects
// again by itself when that process comes back.
type Remote struct {
	path, token string

	mu   sync.Mutex // guards conn, held while a report is written
	conn net.Conn   // for reports; nil: none
}

// Dial connects to the socket of a log.
func Dial(path, token string) (*Remote, error) {
	r := &Remote{path: path, token: token}
	var err error
	if r.conn, _, err = r.dial("report"); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Remote) dial(ask string) (net.Conn, *bufio.Reader, error) {
	conn, err := net.DialTimeout("unix", r.path, helloTime)
	if err != nil {
		return nil, nil, fmt.Errorf("connect to log: %w", err)
	}
	conn.SetDeadline(time.Now().Add(helloTime))
	in := bufio.NewReaderSize(conn, socketBuffer)
	_, err = io.WriteString(conn, r.token+"\n"+ask+"\n")
	if err == nil {
		var kind byte
		if kind, _, err = readFrame(in); err == nil && kind != 'k' {
			err = errMessage
		}
	}
	if err != nil {
		conn.Close()
		return nil, nil, fmt.Errorf("connect to log: %w", err)
	}
	conn.SetDeadline(time.Time{})
	return conn, in, nil
}

// Passed is Log.Passed. A report that does not get through is lost; the next one
// makes up for it.
func (r *Remote) Passed(reader string, p fengsui.Place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range 2 {
		if r.conn == nil {
			conn, _, err := r.dial("report")
			if err != nil {
				return
			}
			r.conn = conn
		}
		r.conn.SetWriteDeadline(time.Now().Add(helloTime))
		if _, err := fmt.Fprintf(r.conn, "passed %s %d %d\n", reader, p.Seq, p.Index); err == nil {
			return
		}
		r.conn.Close()
		r.conn = nil
	}
}

// Close ends the connection for reports. Readers are closed by themselves.
func (r *Remote) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == nil {
		return nil
	}
	err := r.conn.Close()
	r.conn = nil
	return err
}

// RemoteReader is a Reader over the socket.
type RemoteReader struct {
	r    *Remote
	from fengsui.Place
	conn net.Conn // nil: none
	in   *bufio.Reader
}

// Reader is Log.Reader.
func (r *Remote) Reader(from fengsui.Place) *RemoteReader {
	return &RemoteReader{r: r, from: from}
}

// Next is Reader.Next. When the connection is lost it is made again, until ctx
// ends.
func (r *RemoteReader) Next(ctx context.Context) (Batch, error) {
	for wait := firstRedial; ; {
		b, err := r.next(ctx)
		if err == nil && len(b.Records) > 0 {
			r.from = b.Last()
			return b, nil
		}
		if err == nil {
			continue
		}
		r.Close()
		if ctx.Err() != nil {
			return Batch{}, context.Cause(ctx)
		}
		if e, ok := errors.AsType[*fengsui.Error](err); ok && e.Code != fengsui.Unavailable {
			return Batch{}, err
		}
		select {
		case <-ctx.Done():
			return Batch{}, context.Cause(ctx)
		case <-time.After(wait):
			wait = min(2*wait, maxRedial)
		}
	}
}

func (r *RemoteReader) next(ctx context.Context) (Batch, error) {
	if r.conn == nil {
		conn, in, err := r.r.dial(fmt.Sprintf("read %d %d", r.from.Seq, r.from.Index))
		if err != nil {
			return Batch{}, err
		}
		r.conn, r.in = conn, in
	}
	conn := r.conn
	stop := context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	kind, m, err := readFrame(r.in)
	if err != nil {
		return Batch{}, err
	}
	if kind != 'm' {
		return Batch{}, errMessage
	}
	return m.after(r.from)
}

// Close ends the reader's connection.
func (r *RemoteReader) Close() {
	if r.conn != nil {
		r.conn.Close()
		r.conn, r.in = nil, nil
	}
}
