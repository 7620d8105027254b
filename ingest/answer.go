package ingest

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"

	"fengsui"
	"fengsui/adapter"
)

// A receipt is remembered and logged in a few bytes: how many items were
// accepted, and of each error its kind, whether it was kept, its index and its
// code. The messages are constants.
//
//	accepted(uvarint) { kind and kept(1) code(1) index(uvarint) }

const keptBit = 1 << 7

var errAnswer = fengsui.Errorf(fengsui.Internal, "bad_answer", "a remembered answer cannot be read")

func appendAnswer(dst []byte, r *adapter.Receipt) []byte {
	dst = binary.AppendUvarint(dst, uint64(r.Accepted))
	for i := range r.Errors {
		e := &r.Errors[i]
		kind := byte(slices.Index(itemKinds[:], e.Kind))
		if e.Kept {
			kind |= keptBit
		}
		code := slices.IndexFunc(itemCodes[:], func(c struct{ code, message string }) bool { return c.code == e.Code })
		dst = append(dst, kind, byte(code))
		dst = binary.AppendUvarint(dst, uint64(e.Index))
	}
	return dst
}

func readAnswer(b []byte) (r adapter.Receipt, err error) {
	accepted, n := binary.Uvarint(b)
	if n <= 0 || accepted > fengsui.MaxRecord {
		return r, errAnswer
	}
	r.Accepted = int(accepted)
	for b = b[n:]; len(b) > 0; {
		if len(b) < 3 {
			return r, errAnswer
		}
		kind, code := int(b[0]&^keptBit), int(b[1])
		index, n := binary.Uvarint(b[2:])
		if n <= 0 || index > fengsui.MaxRecord || kind >= len(itemKinds) || code >= len(itemCodes) {
			return r, errAnswer
		}
		r.Errors = append(r.Errors, itemError(kind, int(index), code, b[0]&keptBit != 0))
		b = b[2+n:]
	}
	return r, nil
}

// keyHash is what an idempotency key is remembered by. Only who knows another
// enterprise's keys could look for a key that collides with one of them.
func keyHash(adapter string, enterprise int64, key string) uint64 {
	return hashOf("k", adapter, strconv.FormatInt(enterprise, 10), key)
}

func nonceHash(keyID, nonce string) uint64 { return hashOf("n", keyID, nonce) }

func hashOf(parts ...string) uint64 {
	b := make([]byte, 0, 256)
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	sum := sha256.Sum256(b)
	return binary.LittleEndian.Uint64(sum[:])
}
