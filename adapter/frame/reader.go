// Package frame reads bytes that come from outside: with an offset, within
// bounds, without panics and without copies. The protocol packages beside it
// share it, since all of them parse what a stranger may have written.
//
// Integers are big-endian, as in JT/T 808 and its family. Texts are GBK, read as
// its superset GB 18030.
package frame

import (
	"encoding/binary"
	"fmt"
)

// Error says what is wrong with bytes from outside, and where. A frame with an
// Error is counted and left; the session goes on.
type Error struct {
	Offset int // bytes from the start of what was being read
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason) }

// Reader takes values from the front of a slice. The first error sticks: from
// then on every method returns zero values, so that a message is read straight
// through and Err is asked once. Slices it returns share the memory of its input.
type Reader struct {
	b   []byte
	at  int
	err *Error
}

// NewReader reads b from its first byte.
func NewReader(b []byte) Reader { return Reader{b: b} }

// Err is the first error, nil while all is well.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// Fail makes the reader fail here, unless it has failed before.
func (r *Reader) Fail(reason string) {
	if r.err == nil {
		r.err = &Error{r.at, reason}
	}
}

// Offset is how many bytes were taken.
func (r *Reader) Offset() int { return r.at }

// Len is how many bytes are left, 0 after an error.
func (r *Reader) Len() int {
	if r.err != nil {
		return 0
	}
	return len(r.b) - r.at
}

// Bytes takes n bytes, nil when there are fewer.
func (r *Reader) Bytes(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.b)-r.at {
		r.short(n)
		return nil
	}
	b := r.b[r.at : r.at+n : r.at+n]
	r.at += n
	return b
}

func (r *Reader) short(n int) {
	if r.err == nil {
		r.Fail(fmt.Sprintf("%d bytes are needed, %d are left", n, len(r.b)-r.at))
	}
}

// Rest takes all that is left.
func (r *Reader) Rest() []byte { return r.Bytes(r.Len()) }

// U8 takes a byte.
func (r *Reader) U8() uint8 {
	if b := r.Bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// U16 takes two bytes.
func (r *Reader) U16() uint16 {
	if b := r.Bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// U32 takes four bytes.
func (r *Reader) U32() uint32 {
	if b := r.Bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// Text takes a text of n bytes, see Text.
func (r *Reader) Text(n int) string { return Text(r.Bytes(n)) }

// BCD reads one byte as two decimal digits (8421 code), 0-99. It says false when
// a half is no digit.
func BCD(b byte) (int, bool) {
	hi, lo := int(b>>4), int(b&15)
	return hi*10 + lo, hi < 10 && lo < 10
}

// ToBCD is the byte for a number of 0-99.
func ToBCD(n int) byte { return byte(n/10<<4 | n%10) }
