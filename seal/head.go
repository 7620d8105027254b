package seal

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"fengsui"
)

// name is the log's name in its heads and keys.
const name = "fengsui"

// signer signs heads: the key is Ed25519, the form that of signed notes.
type signer struct {
	note.Verifier
	key ed25519.PrivateKey
	pub string
}

func newSigner(seed []byte) (*signer, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("seal: a key has %d bytes, not %d", ed25519.SeedSize, len(seed))
	}
	s := &signer{key: ed25519.NewKeyFromSeed(seed)}
	var err error
	if s.pub, err = note.NewEd25519VerifierKey(name, s.key.Public().(ed25519.PublicKey)); err != nil {
		return nil, err
	}
	s.Verifier, err = note.NewVerifier(s.pub)
	return s, err
}

// Sign makes a note.Signer of it.
func (s *signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// head is what a note says: this tree stood at that time.
type head struct {
	at   fengsui.Millis
	size int64
	root tlog.Hash
}

const headTime = "2006-01-02T15:04:05.000Z"

// text is the head's body, a checkpoint (C2SP tlog-checkpoint) with the time as its
// extension line.
func (h head) text() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s\n", name, h.size, h.root, h.at.Time().Format(headTime))
}

func (s *signer) head(h head) (string, error) {
	b, err := note.Sign(&note.Note{Text: h.text()}, s)
	return string(b), err
}

var errHead = errors.New("it is no head of this log")

func parseHead(text string) (h head, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[0] != name {
		return h, errHead
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(h.root) {
		return h, errHead
	}
	copy(h.root[:], root)
	if h.size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || h.size < 1 {
		return h, errHead
	}
	at, err := time.Parse("time "+headTime, lines[3])
	h.at = fengsui.At(at)
	if err != nil || h.text() != text {
		return h, errHead
	}
	return h, nil
}

// openHead checks a signed head.
func openHead(signed string, keys note.Verifiers) (head, error) {
	n, err := note.Open([]byte(signed), keys)
	if err != nil {
		if _, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
			err = errors.New("none of the known keys has signed it")
		}
		return head{}, err
	}
	return parseHead(n.Text)
}

// bodyOf is what an own head says, without a look at its signature.
func bodyOf(signed string) (head, error) {
	text, _, _ := strings.Cut(signed, "\n\n")
	return parseHead(text + "\n")
}

// verifiers reads public keys as they are handed out: name+hash+key.
func verifiers(keys []string) (note.Verifiers, error) {
	seen := map[string]bool{}
	var list []note.Verifier
	for _, k := range keys {
		if k = strings.TrimSpace(k); seen[k] {
			continue
		}
		seen[k] = true
		v, err := note.NewVerifier(k)
		if err != nil || v.Name() != name {
			return nil, fmt.Errorf("%q is no public key of a seal: it looks like %s+0123abcd+base64", k, name)
		}
		list = append(list, v)
	}
	return note.VerifierList(list...), nil
}
