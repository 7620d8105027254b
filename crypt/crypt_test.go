package crypt

import (
	"bytes"
	"crypto/hkdf"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

const form = "test form\n"

var key = bytes.Repeat([]byte{7}, KeyBytes)

func sealed(t testing.TB, s Suite, plain, aad []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := s.NewWriter(&b, form, key, aad)
	if err != nil {
		t.Fatal(err)
	}
	for part := range slices.Chunk(plain, 10_000) {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(s Suite, b, k, aad []byte) ([]byte, error) {
	r, err := s.NewReader(bytes.NewReader(b), form, k, aad)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// What is sealed opens again, under its own key, suite and name alone, and its length can
// be told without opening it.
func TestRoundTrip(t *testing.T) {
	for _, s := range Suites {
		for _, n := range []int{0, 1, chunk - 1, chunk, chunk + 1, 3*chunk + 5} {
			plain := bytes.Repeat([]byte("beacon "), n/7+1)[:n]
			b := sealed(t, s, plain, []byte("a/b"))
			if got, err := opened(s, b, key, []byte("a/b")); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s, %d bytes: %d come back, %v", s, n, len(got), err)
			}
			if got := Size(form, int64(n)); got != int64(len(b)) {
				t.Errorf("%s: Size(%d) = %d, it has %d", s, n, got, len(b))
			}
			if got := Plain(form, int64(len(b))); got != int64(n) {
				t.Errorf("%s: Plain(%d) = %d, want %d", s, len(b), got, n)
			}
			if n > 7 && bytes.Contains(b, []byte("beacon ")) {
				t.Errorf("%s: the plaintext is in what was sealed", s)
			}
		}
		b := sealed(t, s, []byte("text"), []byte("a/b"))
		if _, err := opened(s, b, bytes.Repeat([]byte{8}, KeyBytes), []byte("a/b")); !errors.Is(err, ErrBroken) {
			t.Errorf("%s under another key: %v", s, err)
		}
		if _, err := opened(s, b, key, []byte("a/c")); !errors.Is(err, ErrBroken) {
			t.Errorf("%s as another thing: %v", s, err)
		}
		for _, other := range Suites {
			if _, err := opened(other, b, key, []byte("a/b")); other != s && !errors.Is(err, ErrBroken) {
				t.Errorf("%s opened as %s: %v", s, other, err)
			}
		}
	}
	if n := Plain(form, 10); n != -1 {
		t.Errorf("ten bytes hold %d", n)
	}
}

// Whatever was done to a stream is seen (8.1.4.7 b).
func TestTamper(t *testing.T) {
	for _, s := range Suites {
		whole := sealed(t, s, bytes.Repeat([]byte("0123456789abcdef"), 20_000), nil) // 5 chunks
		head, part := len(form)+saltBytes, chunk+tag
		cases := map[string][]byte{
			"empty": {}, "half a head": whole[:head/2], "no chunk": whole[:head], "a chunk cut": whole[:head+part], "a byte cut": whole[:len(whole)-1],
			"a byte more": append(slices.Clone(whole), 0),
			"swapped":     slices.Concat(whole[:head], whole[head+part:head+2*part], whole[head:head+part], whole[head+2*part:]),
			"doubled":     slices.Concat(whole[:head+part], whole[head:]),
			"left out":    slices.Concat(whole[:head+part], whole[head+2*part:]),
		}
		r := rand.New(rand.NewPCG(1, 2))
		for range 40 {
			b := slices.Clone(whole)
			i := r.IntN(len(b))
			b[i] ^= byte(1 << r.IntN(8))
			cases["byte "+hex.EncodeToString([]byte{byte(i >> 16), byte(i >> 8), byte(i)})] = b
		}
		for name, b := range cases {
			if _, err := opened(s, b, key, nil); !errors.Is(err, ErrBroken) {
				t.Errorf("%s, %s: %v", s, name, err)
			}
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSM3 is GB/T 32905-2016, appendix A: examples 1 and 2.
func TestSM3(t *testing.T) {
	for _, c := range [][2]string{
		{"616263", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
		{"61626364616263646162636461626364616263646162636461626364616263646162636461626364616263646162636461626364616263646162636461626364", "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"},
	} {
		if got := sm3.Sum(unhex(t, c[0])); hex.EncodeToString(got[:]) != c[1] {
			t.Errorf("SM3(%s) = %x, want %s", c[0], got, c[1])
		}
	}
}

// TestSM4 is GB/T 32907-2016, appendix A: one block, and one encrypted 1,000,000 times.
func TestSM4(t *testing.T) {
	k := unhex(t, "0123456789abcdeffedcba9876543210")
	block, err := sm4.NewCipher(k)
	if err != nil {
		t.Fatal(err)
	}
	b := slices.Clone(k)
	block.Encrypt(b, b)
	if got := hex.EncodeToString(b); got != "681edf34d206965e86b3e94f536e4246" {
		t.Errorf("one block: %s", got)
	}
	for range 999_999 {
		block.Encrypt(b, b)
	}
	if got := hex.EncodeToString(b); got != "595298c7c6fd271f0402f804c33d3f66" {
		t.Errorf("1,000,000 times: %s", got)
	}
}

// TestSM4GCM is RFC 8998, appendix A.1; its cipher is made as AEAD makes it, but for the
// key, which AEAD derives.
func TestSM4GCM(t *testing.T) {
	aead, err := gcm(SM, unhex(t, "0123456789abcdeffedcba9876543210"))
	if err != nil {
		t.Fatal(err)
	}
	plain := unhex(t, "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa")
	got := aead.Seal(nil, unhex(t, "00001234567800000000abcd"), plain, unhex(t, "feedfacedeadbeeffeedfacedeadbeefabaddad2"))
	want := "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d" + "83de3541e4c2b58177e065a9bf7b62ec"
	if hex.EncodeToString(got) != want {
		t.Errorf("got  %x\nwant %s", got, want)
	}
}

// Key is HKDF (RFC 5869) over the suite's own hash.
func TestKey(t *testing.T) {
	want, err := hkdf.Key(sm3.New, key, []byte("salt"), "purpose", 16)
	if err != nil {
		t.Fatal(err)
	}
	got, err := SM.Key(key, []byte("salt"), "purpose", 16)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%x, %v; want %x", got, err, want)
	}
	if aes, err := AES.Key(key, []byte("salt"), "purpose", 16); err != nil || bytes.Equal(aes, got) {
		t.Errorf("both suites make %x, %v", aes, err)
	}
	if _, err := Suite("des").Key(key, nil, "purpose", 16); err == nil {
		t.Error("a suite that there is not made a key")
	}
}

// FuzzReader: no bytes panic, and none but ours are handed on.
func FuzzReader(f *testing.F) {
	f.Add(sealed(f, AES, []byte("text"), nil))
	f.Add([]byte(form))
	f.Fuzz(func(t *testing.T, in []byte) {
		if out, err := opened(AES, in, key, nil); err == nil && string(out) != "text" {
			t.Errorf("%q came out", out)
		}
	})
}

func BenchmarkWriter(b *testing.B) {
	plain := make([]byte, 1<<20)
	for _, s := range Suites {
		b.Run(string(s), func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			for b.Loop() {
				w, err := s.NewWriter(io.Discard, form, key, nil)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := w.Write(plain); err != nil {
					b.Fatal(err)
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
