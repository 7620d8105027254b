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
	"path/filepath"
	"slices"
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
	if err != nil || now.Add(renewAhead).After(old.NotAfter) || !named(old, hosts) {
		c := serverCertificate("fengsui", hosts)
		c.NotAfter = now.Add(serverLife)
		if _, _, err := makePair(certFile, keyFile, c, ca, caKey, now); err != nil {
			return tls.Certificate{}, fmt.Errorf("server certificate: %w", err)
		}
	}
	return tls.LoadX509KeyPair(certFile, keyFile)
}

// serverCertificate is one for a server with some names and addresses.
func serverCertificate(name string, hosts []string) *x509.Certificate {
	c := &x509.Certificate{
		Subject:  pkix.Name{CommonName: name},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else if h != "" {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	return c
}

// named reports whether a certificate has all the names that a server goes by.
func named(c *x509.Certificate, hosts []string) bool {
	want := serverCertificate("", hosts)
	has := func(ip net.IP) bool { return slices.ContainsFunc(c.IPAddresses, ip.Equal) }
	return !slices.ContainsFunc(want.DNSNames, func(h string) bool { return !slices.Contains(c.DNSNames, h) }) &&
		!slices.ContainsFunc(want.IPAddresses, func(ip net.IP) bool { return !has(ip) })
}

// sign signs c, which gets a new key, with the CA; itself when there is none.
func sign(c, ca *x509.Certificate, caKey *ecdsa.PrivateKey, now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
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
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}

// makePair signs c with the CA (itself when there is none) and writes both files.
func makePair(certFile, keyFile string, c, ca *x509.Certificate, caKey *ecdsa.PrivateKey, now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	cert, key, err := sign(c, ca, caKey, now)
	if err != nil {
		return nil, nil, err
	}
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	if err := replace(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}), 0o600); err != nil {
		return nil, nil, err
	}
	return cert, key, replace(certFile, pemOf(cert), 0o644)
}

func pemOf(list ...*x509.Certificate) (b []byte) {
	for _, c := range list {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return b
}

// replace puts a file in the place of what is there, in one step and after it is on
// the disk.
func replace(path string, b []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
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
