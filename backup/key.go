package backup

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/crypto/argon2"

	"fengsui/crypt"
)

// Key opens a vault. It prints as stars.
type Key struct {
	secret     []byte
	passphrase bool
}

func (Key) String() string   { return "***" }
func (Key) GoString() string { return "***" }

const (
	keyBytes = crypt.KeyBytes
	// leastPhrase is how many bytes a passphrase must have: nothing slows down who
	// tries it at home but its length and Argon2id.
	leastPhrase = 16
)

// ReadKey reads a file with 32 random bytes as hex.
func ReadKey(path string) (Key, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Key{}, fmt.Errorf("there is no backup key %s: make one with \"openssl rand -hex 32 > %s\" and keep a copy of it where neither this machine nor the backups are", path, path)
	}
	if err != nil {
		return Key{}, err
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(secret) != keyBytes {
		return Key{}, fmt.Errorf("the backup key %s must be 32 bytes as hex", path)
	}
	return Key{secret: secret}, nil
}

// ReadPassphrase reads a file whose first line is a passphrase.
func ReadPassphrase(path string) (Key, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Key{}, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	line = strings.TrimRight(line, "\r")
	if len(line) < leastPhrase {
		return Key{}, fmt.Errorf("the passphrase in %s must have at least %d bytes", path, leastPhrase)
	}
	return Key{secret: []byte(line), passphrase: true}, nil
}

// derive makes a vault's keys. A passphrase is stretched as RFC 9106, clause 4, says
// first: 2 GiB would not fit small machines, so its second choice: 64 MiB, 3 passes.
func (k Key) derive(suite crypt.Suite, salt []byte) (keys, error) {
	secret := k.secret
	if k.passphrase {
		secret = argon2.IDKey(k.secret, salt, 3, 64<<10, 4, keyBytes)
	}
	out := keys{suite: suite}
	var errs []error
	for _, x := range []struct {
		into *[]byte
		of   string
	}{{&out.files, "files"}, {&out.names, "names"}, {&out.check, "check"}} {
		b, err := suite.Key(secret, salt, "fengsui backup "+x.of, keyBytes)
		*x.into = b
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

// keys are a vault's: of its files, of the names of its pieces, and one that only tells
// whether the key is the right one.
type keys struct {
	suite               crypt.Suite
	files, names, check []byte
}

// Every encrypted file begins with the form of its suite.
var fileForm = map[crypt.Suite]string{crypt.AES: "fengsui backup file 1\n", crypt.SM: "fengsui backup file sm\n"}

// ErrBroken says that bytes are not what was written, or that the key is not theirs.
var ErrBroken = crypt.ErrBroken

func (k keys) seal(w io.Writer) (*crypt.Writer, error) {
	return k.suite.NewWriter(w, fileForm[k.suite], k.files, nil)
}

func (k keys) open(r io.Reader) (*crypt.Reader, error) {
	return k.suite.NewReader(r, fileForm[k.suite], k.files, nil)
}
