package jt808

import (
	"context"
	"net"
	"time"

	"fengsui"
	"fengsui/adapter"
)

// Code is the authentication code that the server gives a terminal.
func (s *Server) Code(terminal string, e Edition) AuthCode { return s.code(terminal, e) }

// Held is how many bytes of messages in fragments the server holds.
func (s *Server) Held() int64 { return s.fragments.Load() }

// Reader reads a terminal's stream as its session does after the authentication,
// each frame for itself.
type Reader struct {
	k session
	w work
}

// NewReader begins a stream.
func NewReader(s *Server, known Edition) *Reader {
	ours, theirs := net.Pipe()
	theirs.Close()
	return &Reader{k: session{s: s, conn: ours, known: known}}
}

// Feed takes the next bytes and calls back for each frame: with the delivery, valid
// until then, and the result it is answered by; a frame that cannot be read is an
// error.
func (r *Reader) Feed(b []byte, now time.Time, each func(*adapter.Delivery, Result, error)) {
	for len(b) > 0 {
		n := copy(r.k.dec.Space(), b)
		r.k.dec.Filled(n)
		b = b[n:]
		for {
			f, ok, err := r.k.dec.Next()
			if err != nil {
				each(nil, 0, err)
				continue
			}
			if !ok {
				break
			}
			r.k.terminal = f.Phone.Terminal()
			r.w.answers = r.w.answers[:0]
			r.k.frame(context.Background(), &r.w, f, fengsui.At(now))
			var result Result
			for _, a := range r.w.answers {
				result = a.result
			}
			each(&r.w.signals.d, result, nil)
			r.w.signals.reset()
		}
	}
}
