package app

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"

	"fengsui/complaint"
)

// openComplaints opens the complaints (A42). Who reported something, and the codes of
// receipts, lie under keys of the master key.
func (p *Platform) openComplaints(master []byte) (*complaint.Desk, error) {
	key, err := hkdf.Key(sha256.New, master, nil, "complaint/reporter", 32)
	if err != nil {
		return nil, err
	}
	secret, err := hkdf.Key(sha256.New, master, nil, "complaint/receipt", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return complaint.New(complaint.Config{DB: p.DB, District: p.Registry.District, Seal: box, Secret: secret})
}
