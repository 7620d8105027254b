package fengsui

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// ID names an object for people, the API and SQL: a UUIDv7 (RFC 9562) in its
// canonical text. Empty means none.
type ID string

// NewID makes an ID that sorts by the millisecond it was made in.
func NewID() ID {
	var b [16]byte
	if _, err := rand.Read(b[6:]); err != nil {
		panic(err) // the kernel has no randomness: nothing sound can go on
	}
	var ts [8]byte
	binary.BigEndian.PutUint64(ts[:], uint64(time.Now().UnixMilli()))
	copy(b[:6], ts[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	var t [36]byte
	hex.Encode(t[0:8], b[0:4])
	t[8] = '-'
	hex.Encode(t[9:13], b[4:6])
	t[13] = '-'
	hex.Encode(t[14:18], b[6:8])
	t[18] = '-'
	hex.Encode(t[19:23], b[8:10])
	t[23] = '-'
	hex.Encode(t[24:36], b[10:16])
	return ID(t[:])
}
