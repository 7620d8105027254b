package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"fengsui"
	"fengsui/crypt"
)

// sealedPart is under what sealed blobs lie in the store below: a list tells by it what is
// sealed without opening anything, and blobs of before stay readable beside them.
const sealedPart = "sealed/"

// fileForm begins every sealed blob; behind it stands which key and suite it has.
const fileForm = "fengsui file 1 "

// Key seals blobs with a suite. It prints as stars.
type Key struct {
	Suite  crypt.Suite
	Secret []byte // crypt.KeyBytes
}

func (Key) String() string   { return "***" }
func (Key) GoString() string { return "***" }

// Sealed is a store whose blobs cannot be read without a key. What was put before it was
// sealed, or under a former key, is read as well, and is put anew by Reseal.
type Sealed struct {
	inner Store
	with  *Key            // nil: what is put from now on is not sealed
	keys  map[string]*Key // by form
	form  string          // of with
	clear []string
}

// Seal seals what is put into a store with a key; nil: it is not sealed any more. Former
// are the keys that may have sealed what is there. What begins with one of clear is
// never sealed.
func Seal(inner Store, with *Key, former []Key, clear ...string) (*Sealed, error) {
	s := &Sealed{inner: inner, with: with, keys: map[string]*Key{}, clear: clear}
	add := func(k Key) (string, error) {
		if len(k.Secret) != crypt.KeyBytes {
			return "", fmt.Errorf("seal blobs: a key must have %d bytes, it has %d", crypt.KeyBytes, len(k.Secret))
		}
		id, err := k.Suite.Key(k.Secret, nil, fileForm+string(k.Suite), 8)
		if err != nil {
			return "", fmt.Errorf("seal blobs: %w", err)
		}
		form := fileForm + hex.EncodeToString(id) + "\n"
		s.keys[form] = &k
		return form, nil
	}
	for _, k := range former {
		if _, err := add(k); err != nil {
			return nil, err
		}
	}
	if with != nil {
		form, err := add(*with)
		if err != nil {
			return nil, err
		}
		s.form = form
	}
	return s, nil
}

// formBytes is the length of every form.
const formBytes = len(fileForm) + 16 + 1

// seals reports whether a key's blob is sealed when it is put.
func (s *Sealed) seals(key string) bool {
	return s.with != nil && !slices.ContainsFunc(s.clear, func(p string) bool { return strings.HasPrefix(key, p) })
}

// Place is under which key the store below has a blob that is put now.
func (s *Sealed) Place(key string) string {
	if s.seals(key) {
		return sealedPart + key
	}
	return key
}

func own(key string) error {
	if strings.HasPrefix(key, sealedPart) {
		return fengsui.Errorf(fengsui.Invalid, "bad_key", "%q is not a name for a file here: what begins with %s is the platform's own", key, sealedPart)
	}
	return check(key)
}

// Put stores what r yields under key. Size and sum are those of the plaintext.
func (s *Sealed) Put(ctx context.Context, key string, r io.Reader) (size int64, sum string, err error) {
	if err := own(key); err != nil {
		return 0, "", err
	}
	if !s.seals(key) {
		if size, sum, err = s.inner.Put(ctx, key, r); err != nil {
			return 0, "", err
		}
		return size, sum, absentIsFine(s.inner.Delete(ctx, sealedPart+key))
	}
	h := sha256.New()
	from := &sealing{r: io.TeeReader(r, h)}
	if from.w, err = s.with.Suite.NewWriter(&from.out, s.form, s.with.Secret, []byte(key)); err != nil {
		return 0, "", fmt.Errorf("put blob %s: %w", key, err)
	}
	if _, _, err = s.inner.Put(ctx, sealedPart+key, from); err != nil {
		return 0, "", err
	}
	return from.n, hex.EncodeToString(h.Sum(nil)), absentIsFine(s.inner.Delete(ctx, key))
}

func absentIsFine(err error) error {
	if err != nil && fengsui.CodeOf(err) == fengsui.NotFound {
		return nil
	}
	return err
}

// sealing reads as what r yields, sealed.
type sealing struct {
	r   io.Reader
	w   *crypt.Writer
	out bytes.Buffer
	n   int64
	in  [32 << 10]byte
	err error
}

func (s *sealing) Read(b []byte) (int, error) {
	for s.out.Len() == 0 {
		if s.err != nil {
			return 0, s.err
		}
		n, err := s.r.Read(s.in[:])
		s.n += int64(n)
		if _, werr := s.w.Write(s.in[:n]); werr != nil {
			return 0, werr
		}
		if s.err = err; errors.Is(err, io.EOF) {
			if werr := s.w.Close(); werr != nil {
				return 0, werr
			}
		}
	}
	return s.out.Read(b)
}

// Get opens a blob; the caller closes it. One that was altered, or whose key is not
// there, ends with an error that is crypt.ErrBroken, never with other bytes.
func (s *Sealed) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := own(key); err != nil {
		return nil, err
	}
	f, err := s.inner.Get(ctx, sealedPart+key)
	if err != nil {
		if fengsui.CodeOf(err) == fengsui.NotFound {
			return s.inner.Get(ctx, key)
		}
		return nil, err
	}
	o, err := s.open(key, f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open blob %s: %w", key, err)
	}
	return o, nil
}

// open opens a sealed blob under the key that it names.
func (s *Sealed) open(key string, f io.ReadCloser) (io.ReadCloser, error) {
	form := make([]byte, formBytes)
	if _, err := io.ReadFull(f, form); err != nil {
		return nil, errors.Join(crypt.ErrBroken, err)
	}
	k := s.keys[string(form)]
	if k == nil {
		return nil, fmt.Errorf("%w: none of the keys that the configuration names has sealed it (at_rest.key_file, at_rest.former_key_files)", crypt.ErrBroken)
	}
	r, err := k.Suite.NewReader(io.MultiReader(bytes.NewReader(form), f), string(form), k.Secret, []byte(key))
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{r, f}, nil
}

// Delete removes a blob; NotFound when there is none.
func (s *Sealed) Delete(ctx context.Context, key string) error {
	if err := own(key); err != nil {
		return err
	}
	// The plain one first: a copy of before must not come to light when the sealed one
	// is gone and this is cut off.
	plain := s.inner.Delete(ctx, key)
	if absentIsFine(plain) != nil {
		return plain
	}
	err := s.inner.Delete(ctx, sealedPart+key)
	if plain == nil {
		return absentIsFine(err)
	}
	return err
}

// List lists the blobs whose key begins with prefix, in the order of their keys. Sizes
// are those of the plaintext.
func (s *Sealed) List(ctx context.Context, prefix string) ([]Item, error) {
	list, err := s.inner.List(ctx, sealedPart+prefix)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	form := strings.Repeat("x", formBytes)
	for i := range list {
		list[i].Key = strings.TrimPrefix(list[i].Key, sealedPart)
		list[i].Size = max(crypt.Plain(form, list[i].Size), 0) // what was cut off has none, and says so when it is read
		seen[list[i].Key] = true
	}
	plain, err := s.inner.List(ctx, prefix)
	if err != nil {
		return nil, err
	}
	for _, i := range plain {
		if !strings.HasPrefix(i.Key, sealedPart) && !seen[i.Key] {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b Item) int { return strings.Compare(a.Key, b.Key) })
	return list, nil
}

// Reseal puts every blob anew that is not sealed as Put would: those of before, and those
// of former keys. It says how many it did. It can be ended and begun again; nobody else
// may write meanwhile. In a directory a blob keeps the time at which it was put.
func (s *Sealed) Reseal(ctx context.Context) (done int, err error) {
	list, err := s.List(ctx, "")
	if err != nil {
		return 0, err
	}
	for _, i := range list {
		as, err := s.as(ctx, i.Key)
		if err != nil {
			return done, err
		}
		if want := s.form; as == want || as == "" && !s.seals(i.Key) {
			continue
		}
		if err := s.again(ctx, i.Key, i.At); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// as is the form that a blob has; empty: it is not sealed.
func (s *Sealed) as(ctx context.Context, key string) (string, error) {
	f, err := s.inner.Get(ctx, sealedPart+key)
	if err != nil {
		return "", absentIsFine(err)
	}
	defer f.Close()
	form := make([]byte, formBytes)
	if _, err := io.ReadFull(f, form); err != nil {
		return "", fmt.Errorf("open blob %s: %w", key, errors.Join(crypt.ErrBroken, err))
	}
	return string(form), nil
}

func (s *Sealed) again(ctx context.Context, key string, at fengsui.Millis) error {
	f, err := s.Get(ctx, key)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, _, err := s.Put(ctx, key, f); err != nil {
		return fmt.Errorf("seal blob %s: %w", key, err)
	}
	if d, ok := s.inner.(*Dir); ok { // archives go by their age; in S3 they begin anew
		return d.date(s.Place(key), at)
	}
	return nil
}
