package push

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"fengsui"
)

// The headers of a request. Idempotency-Key, Content-Type and Content-Encoding
// keep their common names; Content-Encoding says how the body was packed before
// it was sealed.
const (
	HeaderEnterprise  = "Fengsui-Enterprise"   // platform code
	HeaderKey         = "Fengsui-Key"          // key id
	HeaderTime        = "Fengsui-Time"         // server time, UTC ms; the answer carries ours
	HeaderNonce       = "Fengsui-Nonce"        // 16 or more random bytes, base64url
	HeaderSignature   = "Fengsui-Signature"    // hex
	HeaderOffset      = "Fengsui-Clock-Offset" // server time minus the sender's clock, ms; absent: 0
	HeaderIgnored     = "Fengsui-Ignored"      // in the answer: how many unknown fields were skipped
	HeaderRepeat      = "Fengsui-Repeat"       // in the answer: true when the key was answered before
	HeaderIdempotency = "Idempotency-Key"

	TypeJSON    = "application/json"
	TypeCompact = "application/x-protobuf"

	// Path is the one address that takes data.
	Path = "/push/v1/data"

	// SecretBytes is the length of a key's secret.
	SecretBytes = 32

	ivBytes  = 12
	tagBytes = 16
	macBytes = sha256.Size
)

// envelope is what a request says about itself: everything that is signed
// besides the body.
type envelope struct {
	enterprise, key, time, nonce, idempotency, contentType string

	offset string // empty: none is stated
}

// appendAAD appends the text that is authenticated with the body: method, path,
// enterprise code, key id, time, nonce, idempotency key and content type, each
// on a line of its own that ends with a line feed. No header can hold one. A
// clock offset moves every sample in time, so it is signed as well: it is a ninth
// line where it is stated. A header that is added, changed or taken away on the
// way then breaks the signature, and a sender that states none needs no change.
func (e *envelope) appendAAD(dst []byte) []byte {
	dst = append(dst, "POST\n"+Path+"\n"...)
	for _, s := range [...]string{e.enterprise, e.key, e.time, e.nonce, e.idempotency, e.contentType} {
		dst = append(dst, s...)
		dst = append(dst, '\n')
	}
	if e.offset != "" {
		dst = append(dst, e.offset...)
		dst = append(dst, '\n')
	}
	return dst
}

// sealer holds what a secret opens: the two keys derived from it.
type sealer struct {
	secret [SecretBytes]byte
	aead   cipher.AEAD
	sign   [macBytes]byte
}

// newSealer derives the keys by HKDF-SHA256 without salt, info "enc" and "sig".
func newSealer(secret []byte) (*sealer, error) {
	if len(secret) != SecretBytes {
		return nil, fmt.Errorf("push: a secret has %d bytes, not %d", SecretBytes, len(secret))
	}
	s := &sealer{}
	copy(s.secret[:], secret)
	enc, err := hkdf.Key(sha256.New, secret, nil, "enc", 32)
	if err != nil {
		return nil, err
	}
	sig, err := hkdf.Key(sha256.New, secret, nil, "sig", macBytes)
	if err != nil {
		return nil, err
	}
	copy(s.sign[:], sig)
	block, err := aes.NewCipher(enc)
	if err != nil {
		return nil, err
	}
	s.aead, err = cipher.NewGCM(block)
	return s, err
}

// mac is HMAC-SHA256 over the AAD and the body as it travels.
func (s *sealer) mac(dst, aad, body []byte) []byte {
	h := hmac.New(sha256.New, s.sign[:])
	h.Write(aad)
	h.Write(body)
	return h.Sum(dst)
}

// seal encrypts plain; the random IV goes in front.
func (s *sealer) seal(dst, plain, aad []byte) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, ivBytes)...)
	rand.Read(dst[start:])
	return s.aead.Seal(dst, dst[start:start+ivBytes], plain, aad)
}

// open decrypts in place.
func (s *sealer) open(body, aad []byte) ([]byte, error) {
	if len(body) < ivBytes+tagBytes {
		return nil, io.ErrUnexpectedEOF
	}
	return s.aead.Open(body[ivBytes:ivBytes], body[:ivBytes], body[ivBytes:], aad)
}

// sealers remembers derived keys, because deriving costs as much as a small
// request. Entries are checked against the secret of the moment, so a revoked
// or changed key is never found here.
type sealers struct {
	mu   sync.RWMutex
	byID map[string]*sealer // guarded by mu; at most maxSealers, emptied when full
}

const maxSealers = 1 << 14

func (c *sealers) of(id string, secret []byte) (*sealer, error) {
	c.mu.RLock()
	s := c.byID[id]
	c.mu.RUnlock()
	if s != nil && subtle.ConstantTimeCompare(s.secret[:], secret) == 1 {
		return s, nil
	}
	s, err := newSealer(secret)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil || len(c.byID) >= maxSealers {
		c.byID = map[string]*sealer{}
	}
	c.byID[strings.Clone(id)] = s
	return s, nil
}

// ParseSecret reads a secret as the platform shows it: base64, of either
// alphabet, or 64 hexadecimal digits.
func ParseSecret(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	b, err := hex.DecodeString(text)
	if len(text) != 2*SecretBytes {
		b, err = base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "=")))
	}
	if err != nil || len(b) != SecretBytes {
		return nil, fengsui.Errorf(fengsui.Invalid, "bad_secret", "a secret is %d bytes as base64 or hexadecimal text", SecretBytes)
	}
	return b, nil
}

func newNonce() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// goodNonce reports whether s is the base64url text of 16 to 64 bytes.
func goodNonce(s string) bool {
	var b [64]byte
	s = strings.TrimRight(s, "=")
	if n := base64.RawURLEncoding.DecodedLen(len(s)); n < 16 || n > len(b) {
		return false
	}
	_, err := base64.RawURLEncoding.Decode(b[:], []byte(s))
	return err == nil
}

func millisText(m fengsui.Millis) string { return strconv.FormatInt(int64(m), 10) }

var (
	errBomb    = fmt.Errorf("the body inflates beyond the limit")
	errTrailer = fmt.Errorf("bytes follow the gzip member")
)

// inflate unpacks one gzip member into dst, which grows by doubling up to limit
// bytes; grow asks for leave before each step.
func inflate(dst []byte, zr *gzip.Reader, src *bytes.Reader, limit int, grow func(n int) error) ([]byte, error) {
	if err := zr.Reset(src); err != nil {
		return dst, err
	}
	zr.Multistream(false)
	dst = dst[:0]
	for {
		if len(dst) == cap(dst) {
			if len(dst) > limit {
				return dst, errBomb
			}
			n := min(max(2*cap(dst), 16<<10), limit+1)
			if err := grow(n - cap(dst)); err != nil {
				return dst, err
			}
			bigger := make([]byte, len(dst), n)
			copy(bigger, dst)
			dst = bigger
		}
		n, err := zr.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if len(dst) > limit {
			return dst, errBomb
		}
		if err == io.EOF {
			if src.Len() > 0 {
				return dst, errTrailer
			}
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}
