// Package crypt seals streams of bytes: what lies on a disk can then be read by who has
// the key and by nobody else, and a byte that was altered, cut off, doubled or moved is an
// error before it is handed on (N08).
//
// A sealed stream is its form, 32 random bytes, and chunks: 64 KiB of plaintext each, the
// last one shorter, each with its tag. The stream's own key is made of the given one and
// the random bytes; a chunk's nonce is its number and whether it is the last (STREAM:
// Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its
// Nonce-Reuse Misuse-Resistance", 2015).
//
// There are two suites: AES, that is AES-256-GCM under keys made by HKDF-SHA256, and SM,
// that is SM4-GCM (GB/T 32907-2016, RFC 8998) under keys made by HKDF over SM3 (GB/T
// 32905-2016). A form says which suite a stream has; it is the caller's word, so that the
// streams of two callers are never taken for each other.
//
// It owns no goroutines and keeps nothing.
package crypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// Suite names a family of algorithms.
type Suite string

// The suites.
const (
	AES Suite = "aes"
	SM  Suite = "sm"
)

// Suites lists every suite, the default first.
var Suites = []Suite{AES, SM}

// KeyBytes is the length of a key given to this package.
const KeyBytes = 32

const (
	saltBytes = 32
	chunk     = 64 << 10
	tag       = 16
	sm4Key    = 16
)

// ErrBroken says that bytes are not what was written, or that the key is not theirs.
var ErrBroken = errors.New("it is damaged, or belongs to another key")

// Key makes a key of n bytes for one purpose out of another key.
func (s Suite) Key(secret, salt []byte, purpose string, n int) ([]byte, error) {
	switch s {
	case AES:
		return hkdf.Key(sha256.New, secret, salt, purpose, n)
	case SM:
		return hkdf.Key(sm3.New, secret, salt, purpose, n)
	}
	return nil, fmt.Errorf("crypt: there is no suite %q", s)
}

// AEAD is the suite's cipher under a key for one purpose.
func (s Suite) AEAD(secret, salt []byte, purpose string) (cipher.AEAD, error) {
	n := KeyBytes
	if s == SM {
		n = sm4Key
	}
	key, err := s.Key(secret, salt, purpose, n)
	if err != nil {
		return nil, err
	}
	return gcm(s, key)
}

func gcm(s Suite, key []byte) (cipher.AEAD, error) {
	var block cipher.Block
	var err error
	if s == SM {
		block, err = sm4.NewCipher(key)
	} else {
		block, err = aes.NewCipher(key)
	}
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Size is how long a stream of so many bytes is once it is sealed under a form.
func Size(form string, plain int64) int64 {
	return int64(len(form)) + saltBytes + plain + tag*max(1, (plain+chunk-1)/chunk)
}

// Plain is how many bytes a sealed stream of a length holds; -1 when there is no such.
func Plain(form string, sealed int64) int64 {
	rest := sealed - int64(len(form)) - saltBytes
	if rest < tag {
		return -1
	}
	chunks := (rest + chunk + tag - 1) / (chunk + tag)
	plain := rest - chunks*tag
	if plain < 0 || Size(form, plain) != sealed {
		return -1
	}
	return plain
}

// nonce is that of chunk n.
func nonce(n uint64, last bool) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint64(b[3:], n)
	if last {
		b[11] = 1
	}
	return b
}

// Writer seals what is written to it.
type Writer struct {
	w    io.Writer
	aead cipher.AEAD
	aad  []byte
	held []byte // plaintext not written yet
	out  []byte
	n    uint64
}

// NewWriter begins a sealed stream. Only who names the same aad opens it: it says which
// thing the stream is, so that one is not put in the place of another.
func (s Suite) NewWriter(w io.Writer, form string, key, aad []byte) (*Writer, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	aead, err := s.AEAD(key, salt, form)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(append([]byte(form), salt...)); err != nil {
		return nil, err
	}
	return &Writer{w: w, aead: aead, aad: aad, held: make([]byte, 0, chunk)}, nil
}

// Write seals more.
func (s *Writer) Write(b []byte) (int, error) {
	all := len(b)
	for len(b) > 0 {
		if len(s.held) == chunk { // more follows: it is not the last
			if err := s.flush(false); err != nil {
				return 0, err
			}
		}
		n := min(len(b), chunk-len(s.held))
		s.held = append(s.held, b[:n]...)
		b = b[n:]
	}
	return all, nil
}

func (s *Writer) flush(last bool) error {
	s.out = s.aead.Seal(s.out[:0], nonce(s.n, last), s.held, s.aad)
	s.n++
	s.held = s.held[:0]
	_, err := s.w.Write(s.out)
	return err
}

// Close writes the last chunk.
func (s *Writer) Close() error { return s.flush(true) }

// Reader opens what it reads. What it hands on is authentic and complete up to there;
// io.EOF comes behind the last chunk alone.
type Reader struct {
	r    io.Reader
	aead cipher.AEAD
	aad  []byte
	buf  []byte // one chunk as it is in the stream, and a byte of the next
	have int    // bytes in buf
	out  []byte // plaintext not handed on yet
	n    uint64
	err  error
}

// NewReader opens a stream that begins with form.
func (s Suite) NewReader(r io.Reader, form string, key, aad []byte) (*Reader, error) {
	head := make([]byte, len(form)+saltBytes)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(form)]) != form {
		return nil, errors.Join(ErrBroken, ended(err))
	}
	aead, err := s.AEAD(key, head[len(form):], form)
	if err != nil {
		return nil, err
	}
	return &Reader{r: r, aead: aead, aad: aad, buf: make([]byte, chunk+tag+1)}, nil
}

// Read hands on what was opened.
func (o *Reader) Read(b []byte) (int, error) {
	for len(o.out) == 0 {
		if o.err != nil {
			return 0, o.err
		}
		o.next()
	}
	n := copy(b, o.out)
	o.out = o.out[n:]
	return n, nil
}

// next opens the next chunk.
func (o *Reader) next() {
	n, err := io.ReadFull(o.r, o.buf[o.have:])
	o.have += n
	last := err == io.EOF || err == io.ErrUnexpectedEOF
	if err != nil && !last {
		o.err = err
		return
	}
	size := chunk + tag
	if last {
		size = o.have
	}
	plain, err := o.aead.Open(nil, nonce(o.n, last), o.buf[:size], o.aad)
	if err != nil {
		o.err = ErrBroken
		return
	}
	o.n++
	o.out = plain
	o.have = copy(o.buf, o.buf[size:o.have])
	if last {
		o.err = io.EOF
	}
}

// ended makes of an early end none of its own: ErrBroken says it.
func ended(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}
