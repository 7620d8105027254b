package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"fengsui"
)

// Cost is what one argon2id hash costs.
type Cost struct {
	Memory uint32 // KiB
	Passes uint32
	Lanes  uint8
}

const (
	saltSize = 16
	hashSize = 32

	// hashes is how many passwords are checked at once; the others wait, at most
	// hashWait, so that a storm of sign-ins takes neither memory nor the machine.
	hashes   = 2
	hashWait = 5 * time.Second

	// A hash in the store must not cost more than this, whoever wrote it.
	maxMemory = 1 << 20 // KiB
	maxPasses = 32
)

// hash is the password's argon2id in the PHC text form.
func (c Cost) hash(password string) string {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return c.text(salt, argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, c.Lanes, hashSize))
}

// decoy costs what a hash costs to check, and is of no password: nothing is computed
// for it, so that a start need not wait.
func (c Cost) decoy() string {
	salt, hash := make([]byte, saltSize), make([]byte, hashSize)
	rand.Read(salt)
	rand.Read(hash)
	return c.text(salt, hash)
}

func (c Cost) text(salt, hash []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, c.Lanes, b64.EncodeToString(salt), b64.EncodeToString(hash))
}

// parse takes a PHC text apart.
func parse(text string) (c Cost, salt, hash []byte, err error) {
	parts := strings.Split(text, "$")
	bad := fmt.Errorf("account: a stored password is not an argon2id hash")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, bad
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Passes, &c.Lanes); n != 3 || err != nil {
		return c, nil, nil, bad
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	hash, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(hash) < 16 || len(hash) > 128 || c.Passes < 1 || c.Passes > maxPasses || c.Lanes < 1 || c.Memory > maxMemory || c.text(salt, hash) != text {
		return c, nil, nil, bad
	}
	return c, salt, hash, nil
}

// matches checks a password against a hash. again says that the hash should be
// made anew at today's cost.
func (a *Accounts) matches(ctx context.Context, text, password string) (ok, again bool, err error) {
	c, salt, hash, err := parse(text)
	if err != nil {
		return false, false, err
	}
	if err := a.slot(ctx); err != nil {
		return false, false, err
	}
	defer func() { <-a.slots }()
	got := argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, c.Lanes, uint32(len(hash)))
	return subtle.ConstantTimeCompare(got, hash) == 1, c != a.c.Cost, nil
}

// newHash hashes a new password.
func (a *Accounts) newHash(ctx context.Context, password string) (string, error) {
	if err := a.slot(ctx); err != nil {
		return "", err
	}
	defer func() { <-a.slots }()
	return a.c.Cost.hash(password), nil
}

func (a *Accounts) slot(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case a.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fengsui.Errorf(fengsui.Unavailable, "busy", "too many people are signing in at this moment; please try again")
	}
}

// newSecret is what a session or token is known by: 256 bits.
func newSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// digest is how a secret stands in the store.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
