package app

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
)

// The CA's key is encrypted as PKCS #8 says, by PBES2 (RFC 8018, clause 6.2) with
// PBKDF2-HMAC-SHA-256 and AES-256-CBC: what openssl writes and reads, so that no key
// depends on this program.

const (
	encryptedKey = "ENCRYPTED PRIVATE KEY"

	// keyPasses are the rounds of PBKDF2 (OWASP Password Storage Cheat Sheet, 2023).
	keyPasses = 600_000

	// keyPassesMost bounds what a file may make us do.
	keyPassesMost = 10_000_000
)

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9} // HMAC with it
	oidAES256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}

	errPassphrase = errors.New("the CA's key does not open: the passphrase is another, or the file is damaged")
)

type encryptedInfo struct {
	Algorithm struct {
		ID     asn1.ObjectIdentifier
		Params struct {
			KDF struct {
				ID     asn1.ObjectIdentifier
				Params struct {
					Salt   []byte
					Passes int
					Length int `asn1:"optional"`
					PRF    pkix.AlgorithmIdentifier
				}
			}
			Cipher struct {
				ID asn1.ObjectIdentifier
				IV []byte
			}
		}
	}
	Data []byte
}

func encryptKey(der, passphrase []byte) ([]byte, error) {
	var x encryptedInfo
	p := &x.Algorithm.Params
	salt, iv := make([]byte, 16), make([]byte, aes.BlockSize)
	rand.Read(salt)
	rand.Read(iv)
	x.Algorithm.ID, p.KDF.ID, p.Cipher.ID, p.Cipher.IV = oidPBES2, oidPBKDF2, oidAES256, iv
	p.KDF.Params.Salt, p.KDF.Params.Passes = salt, keyPasses
	p.KDF.Params.PRF = pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}
	block, err := keyCipher(passphrase, salt, keyPasses)
	if err != nil {
		return nil, err
	}
	pad := aes.BlockSize - len(der)%aes.BlockSize
	x.Data = append([]byte{}, der...)
	for range pad {
		x.Data = append(x.Data, byte(pad))
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(x.Data, x.Data)
	return asn1.Marshal(x)
}

func decryptKey(b, passphrase []byte) ([]byte, error) {
	var x encryptedInfo
	rest, err := asn1.Unmarshal(b, &x)
	p := &x.Algorithm.Params
	k := &p.KDF.Params
	if err != nil || len(rest) > 0 || !x.Algorithm.ID.Equal(oidPBES2) || !p.KDF.ID.Equal(oidPBKDF2) || !k.PRF.Algorithm.Equal(oidSHA256) || !p.Cipher.ID.Equal(oidAES256) ||
		len(p.Cipher.IV) != aes.BlockSize || k.Length != 0 && k.Length != 32 || k.Passes < 1 || k.Passes > keyPassesMost || len(x.Data) == 0 || len(x.Data)%aes.BlockSize != 0 {
		return nil, errors.New("the CA's key is encrypted in a way that is not read here; what is read: openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256")
	}
	block, err := keyCipher(passphrase, k.Salt, k.Passes)
	if err != nil {
		return nil, err
	}
	cipher.NewCBCDecrypter(block, p.Cipher.IV).CryptBlocks(x.Data, x.Data)
	pad := int(x.Data[len(x.Data)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, errPassphrase
	}
	for _, c := range x.Data[len(x.Data)-pad:] {
		if int(c) != pad {
			return nil, errPassphrase
		}
	}
	der := x.Data[:len(x.Data)-pad]
	var seq asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &seq); err != nil || len(rest) > 0 {
		return nil, errPassphrase
	}
	return der, nil
}

func keyCipher(passphrase, salt []byte, passes int) (cipher.Block, error) {
	key, err := pbkdf2.Key(sha256.New, string(passphrase), salt, passes, 32)
	if err != nil {
		return nil, err
	}
	return aes.NewCipher(key)
}
