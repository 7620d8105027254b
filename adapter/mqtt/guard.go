package mqtt

import (
	"errors"
	"net"

	"fengsui/adapter"
)

const (
	packetConnect = 0x10     // the first byte of a CONNECT (MQTT 5.0, 3.1.1)
	maxConnect    = 32 << 10 // bytes of a CONNECT: nobody is known yet
	largePacket   = 8 << 10  // from here on a packet's memory is asked for
)

var (
	errNotConnect = errors.New("the first packet is no CONNECT")
	errTooLarge   = errors.New("the packet is too large")
	errLength     = errors.New("the packet's length has more than four bytes")
	errMemory     = errors.New("too many large packets are under way")
)

// frames follows the packets of a stream by their fixed headers (MQTT 5.0, 2.1),
// before the broker reads them: the broker believes a header and makes room for
// all that it claims.
type frames struct {
	most   int // bytes of a packet
	memory *adapter.Budget

	begun  bool // a first packet has come
	kind   byte
	digits int // of the length read so far; -1 while in a body
	length int
	left   int // of the body
	held   int64
	done   int64 // held for packets that have come to their end
}

// scan follows what was read. What it returns is the end of the connection.
func (f *frames) scan(b []byte) error {
	for len(b) > 0 {
		if f.digits < 0 {
			n := min(f.left, len(b))
			b, f.left = b[n:], f.left-n
			if f.left == 0 {
				f.end()
			}
			continue
		}
		c := b[0]
		b = b[1:]
		if f.kind == 0 {
			if !f.begun && c != packetConnect {
				return errNotConnect
			}
			// Type 0 is reserved: the broker refuses it.
			f.kind = max(c, 1)
			continue
		}
		f.length |= int(c&0x7f) << (7 * f.digits)
		f.digits++
		if c&0x80 != 0 {
			if f.digits == 4 {
				return errLength
			}
			continue
		}
		if f.length > f.most || !f.begun && f.length > maxConnect {
			return errTooLarge
		}
		f.begun = true
		if f.length >= largePacket {
			n := 2 * int64(f.length) // the broker copies it
			if !f.memory.Take(n) {
				return errMemory
			}
			f.held = n
		}
		if f.left, f.digits = f.length, -1; f.left == 0 {
			f.end()
		}
	}
	return nil
}

func (f *frames) end() {
	f.done += f.held
	f.kind, f.digits, f.length, f.held = 0, 0, 0, 0
}

// worked gives back the memory of packets that have come to their end. The broker
// asks for more bytes only when it is through with those that it has.
func (f *frames) worked() {
	f.memory.Give(f.done)
	f.done = 0
}

func (f *frames) close() {
	f.worked()
	f.memory.Give(f.held)
	f.held = 0
}

// link is one connection: what the broker reads passes its frames. What is known
// of the client lies here too.
type link struct {
	net.Conn
	frames frames

	client     string // its id, within all enterprises
	enterprise string // platform code; empty: not known
	keyID      string
	will       *will // what is to be said when it is lost
}

// Read is called by the broker's one reader of this connection.
func (l *link) Read(p []byte) (int, error) {
	l.frames.worked()
	n, err := l.Conn.Read(p)
	if bad := l.frames.scan(p[:n]); bad != nil {
		return 0, bad
	}
	return n, err
}
