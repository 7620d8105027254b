package gateway

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// hashes are what the schemes of providers are made of. MD5 and SHA-1 are what some of
// them ask for; nothing of ours rests on them.
var hashes = map[string]func() hash.Hash{"hmac-sha256": sha256.New, "hmac-sha1": sha1.New, "sha256": sha256.New, "md5": md5.New}

// sign makes the signature of a request.
func (p *Provider) sign(f *face, run func(string) string) error {
	s := &p.Sign
	text, h := run("sign"), hashes[s.Scheme]
	var sum []byte
	if len(s.Keys) == 0 {
		d := h()
		d.Write([]byte(text))
		sum = d.Sum(nil)
	} else {
		key := []byte(run("key.0"))
		for i := range s.Keys[1:] {
			key = mac(h, key, run(fmt.Sprint("key.", i+1)))
		}
		sum = mac(h, key, text)
	}
	switch s.Encode {
	case "base64":
		f.Signature = base64.StdEncoding.EncodeToString(sum)
	case "HEX":
		f.Signature = strings.ToUpper(hex.EncodeToString(sum))
	default:
		f.Signature = hex.EncodeToString(sum)
	}
	return nil
}

func mac(h func() hash.Hash, key []byte, text string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
