package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

const (
	caLife     = 10 * 365 * 24 * time.Hour
	serverLife = 398 * 24 * time.Hour // what clients accept at most
	renewAhead = 30 * 24 * time.Hour
)

// certificates gives the server's certificate from the data directory. At first
// start it makes a CA of our own, whose tls/ca.pem clients trust by file, and a
// server certificate under it; one that is about to expire is made anew.
func certificates(d *dataDir, hosts []string, now time.Time) (tls.Certificate, error) {
	ca, caKey, err := loadPair(d.file("tls", "ca.pem"), d.file("tls", "ca.key"))
	if errors.Is(err, os.ErrNotExist) {
		ca, caKey, err = makePair(d.file("tls", "ca.pem"), d.file("tls", "ca.key"), &x509.Certificate{
			Subject: pkix.Name{CommonName: "fengsui own CA"}, NotAfter: now.Add(caLife),
			IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		}, nil, nil, now)
	}
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("own CA: %w", err)
	}
	certFile, keyFile := d.file("tls", "server.pem"), d.file("tls", "server.key")
	old, _, err := loadPair(certFile, keyFile)
	if err != nil || now.Add(renewAhead).After(old.NotAfter) {
		c := &x509.Certificate{
			Subject: pkix.Name{CommonName: "fengsui"}, NotAfter: now.Add(serverLife),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
		for _, h := range hosts {
			if ip := net.ParseIP(h); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else if h != "" {
				c.DNSNames = append(c.DNSNames, h)
			}
		}
		if _, _, err := makePair(certFile, keyFile, c, ca, caKey, now); err != nil {
			return tls.Certificate{}, fmt.Errorf("server certificate: %w", err)
		}
	}
	return tls.LoadX509KeyPair(certFile, keyFile)
}

// makePair signs c with the CA (itself when there is none) and writes both files.
func makePair(certFile, keyFile string, c, ca *x509.Certificate, caKey *ecdsa.PrivateKey, now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return nil, nil, err
	}
	c.NotBefore = now.Add(-time.Hour) // a gateway's clock may trail
	if ca == nil {
		ca, caKey = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, nil, err
	}
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}), 0o600); err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}

func loadPair(certFile, keyFile string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	if _, err := os.Stat(keyFile); err != nil {
		return nil, nil, err
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, nil, err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, nil, fmt.Errorf("%s is no EC key", keyFile)
	}
	return pair.Leaf, key, nil
}
