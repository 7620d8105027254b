package backup

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
)

// An encrypted file is fileForm, 32 random bytes, and chunks: 64 KiB of plaintext each,
// the last one shorter, each with its tag. The file's key is made of the vault's and the
// random bytes; a chunk's nonce is its number and whether it is the last (STREAM:
// Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its
// Nonce-Reuse Misuse-Resistance", 2015).
const (
	fileForm  = "fengsui backup file 1\n"
	saltBytes = 32
	chunk     = 64 << 10
	tag       = 16
)

// ErrBroken says that bytes are not what was written, or that the key is not theirs.
var ErrBroken = errors.New("it is damaged, or belongs to another key")

// gcm is the cipher of one file.
func gcm(key, salt []byte) (cipher.AEAD, error) {
	own, err := hkdf.Key(sha256.New, key, salt, fileForm, keyBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
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

// sealer encrypts what is written to it.
type sealer struct {
	w    io.Writer
	aead cipher.AEAD
	held []byte // plaintext not written yet
	out  []byte
	n    uint64
}

func newSealer(w io.Writer, key []byte) (*sealer, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	aead, err := gcm(key, salt)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(append([]byte(fileForm), salt...)); err != nil {
		return nil, err
	}
	return &sealer{w: w, aead: aead, held: make([]byte, 0, chunk)}, nil
}

func (s *sealer) Write(b []byte) (int, error) {
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

func (s *sealer) flush(last bool) error {
	s.out = s.aead.Seal(s.out[:0], nonce(s.n, last), s.held, nil)
	s.n++
	s.held = s.held[:0]
	_, err := s.w.Write(s.out)
	return err
}

// Close writes the last chunk.
func (s *sealer) Close() error { return s.flush(true) }

// opener deciphers what it reads. What it hands on is authentic and complete up to
// there; io.EOF comes behind the last chunk alone.
type opener struct {
	r    io.Reader
	aead cipher.AEAD
	buf  []byte // one chunk as it is in the file, and a byte of the next
	have int    // bytes in buf
	out  []byte // plaintext not handed on yet
	n    uint64
	err  error
}

func newOpener(r io.Reader, key []byte) (*opener, error) {
	head := make([]byte, len(fileForm)+saltBytes)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(fileForm)]) != fileForm {
		return nil, errors.Join(ErrBroken, ended(err))
	}
	aead, err := gcm(key, head[len(fileForm):])
	if err != nil {
		return nil, err
	}
	return &opener{r: r, aead: aead, buf: make([]byte, chunk+tag+1)}, nil
}

func (o *opener) Read(b []byte) (int, error) {
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

// next deciphers the next chunk.
func (o *opener) next() {
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
	plain, err := o.aead.Open(nil, nonce(o.n, last), o.buf[:size], nil)
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
