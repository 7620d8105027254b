package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/csv"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// CACommand makes certificates for networks that no public CA reaches. Nothing of it
// needs a platform: the directory of the CA belongs on another machine, or a medium.
type CACommand struct {
	Init    CAInitCommand    `cmd:"" help:"Make a CA."`
	Server  CAServerCommand  `cmd:"" help:"Issue the certificate of a server: tls.cert_file and tls.key_file of a platform."`
	Gateway CAGatewayCommand `cmd:"" help:"Issue the certificate of an enterprise's gateway."`
	Client  CAClientCommand  `cmd:"" help:"Issue the certificate of another client, a system that calls the platform for example."`
	List    CAListCommand    `cmd:"" help:"List what was issued, and what soon ends."`
}

// authority is a CA's directory: ca.pem, which everybody gets, ca.key, and issued.csv.
type authority struct {
	Dir            string `help:"Directory of the CA." required:""`
	PassphraseFile string `help:"File whose first line encrypts the CA's key." type:"existingfile" optional:""`
}

func (a *authority) file(name string) string { return filepath.Join(a.Dir, name) }

// passphrase reads the first line of the file that was named; empty: none was.
func (a *authority) passphrase() ([]byte, error) {
	if a.PassphraseFile == "" {
		return nil, nil
	}
	b, err := os.ReadFile(a.PassphraseFile)
	if err != nil {
		return nil, err
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	if line = bytes.TrimRight(line, "\r"); len(line) < 12 {
		return nil, fmt.Errorf("the first line of %s is the passphrase; it must have 12 bytes or more", a.PassphraseFile)
	}
	return line, nil
}

// open reads the CA.
func (a *authority) open() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	cert, err := readCertificate(a.file("ca.pem"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("there is no CA in %s; make one with fengsui admin ca init", a.Dir)
	}
	if err != nil {
		return nil, nil, err
	}
	b, err := os.ReadFile(a.file("ca.key"))
	if err != nil {
		return nil, nil, fmt.Errorf("the CA's key: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, nil, fmt.Errorf("%s holds no key", a.file("ca.key"))
	}
	der := block.Bytes
	if block.Type == encryptedKey {
		word, err := a.passphrase()
		if err != nil {
			return nil, nil, err
		}
		if word == nil {
			return nil, nil, errors.New("the CA's key is encrypted: name the file with its passphrase by --passphrase-file")
		}
		if der, err = decryptKey(der, word); err != nil {
			return nil, nil, err
		}
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", a.file("ca.key"), err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(cert.PublicKey) {
		return nil, nil, fmt.Errorf("%s is not the key of %s", a.file("ca.key"), a.file("ca.pem"))
	}
	return cert, key, nil
}

// CAInitCommand makes a CA.
type CAInitCommand struct {
	authority
	Name    string `help:"The CA's name, as certificates show it." default:"fengsui CA"`
	Days    int    `help:"How long it lives." default:"3650"`
	Offline bool   `help:"Leave the key unencrypted: the directory lies on a medium that is kept under lock."`
}

// Run makes it.
func (c *CAInitCommand) Run(context.Context) error {
	word, err := c.passphrase()
	switch {
	case err != nil:
		return err
	case word == nil && !c.Offline:
		return errors.New("whoever has the CA's key can speak as everybody: name a file with a passphrase by --passphrase-file, or say --offline when the directory is kept under lock, away from any network")
	case word != nil && c.Offline:
		return errors.New("give --passphrase-file or --offline, not both")
	case c.Days < 1 || c.Days > 20*366:
		return errors.New("--days: a CA lives between 1 day and 20 years")
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"ca.pem", "ca.key"} {
		if _, err := os.Lstat(c.file(name)); err == nil {
			return fmt.Errorf("there is a CA in %s already; everything that it issued would be void with a new one. Take another directory", c.Dir)
		}
	}
	now := time.Now()
	cert, key, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: c.Name}, NotAfter: now.AddDate(0, 0, c.Days),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil, nil, now)
	if err != nil {
		return err
	}
	block, err := keyBlock(key, word)
	if err != nil {
		return err
	}
	if err := replace(c.file("ca.key"), pem.EncodeToMemory(block), 0o600); err != nil {
		return err
	}
	if err := replace(c.file("ca.pem"), pemOf(cert), 0o644); err != nil {
		return err
	}
	if err := c.note("ca", cert); err != nil {
		return err
	}
	fmt.Printf("The CA %q is in %s until %s.\nGive %s to everybody who shall trust it; keep %s to yourself.\n", c.Name, c.Dir, day(cert.NotAfter), c.file("ca.pem"), c.file("ca.key"))
	return nil
}

// keyBlock is a key as PEM, encrypted when there is a passphrase.
func keyBlock(key *ecdsa.PrivateKey, passphrase []byte) (*pem.Block, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if passphrase == nil {
		return &pem.Block{Type: "PRIVATE KEY", Bytes: der}, nil
	}
	if der, err = encryptKey(der, passphrase); err != nil {
		return nil, err
	}
	return &pem.Block{Type: encryptedKey, Bytes: der}, nil
}

// issuing is what every kind of certificate asks for.
type issuing struct {
	authority
	Out     string `help:"The files OUT.pem and OUT.key are written." required:""`
	Replace bool   `help:"Take the place of files that are there: a platform takes them within 10 s."`
}

// issue signs a certificate and writes it with the CA's behind it, and its key.
func (c *issuing) issue(kind string, leaf *x509.Certificate, days, most int) error {
	if days < 1 || days > most {
		return fmt.Errorf("--days: such a certificate lives between 1 and %d days", most)
	}
	certFile, keyFile := c.Out+".pem", c.Out+".key"
	for _, name := range []string{certFile, keyFile} {
		if _, err := os.Lstat(name); err == nil && !c.Replace {
			return fmt.Errorf("%s is there already; say --replace to put a new one in its place", name)
		}
	}
	ca, caKey, err := c.open()
	if err != nil {
		return err
	}
	now := time.Now()
	leaf.NotAfter = now.AddDate(0, 0, days)
	if leaf.NotAfter.After(ca.NotAfter) {
		return fmt.Errorf("the CA itself ends on %s: take fewer days, or make a new CA", day(ca.NotAfter))
	}
	cert, key, err := sign(leaf, ca, caKey, now)
	if err != nil {
		return err
	}
	block, err := keyBlock(key, nil)
	if err != nil {
		return err
	}
	if err := c.note(kind, cert); err != nil {
		return err
	}
	// The key first: whoever reads between the two finds a pair that does not fit, and
	// keeps the old one.
	if err := replace(keyFile, pem.EncodeToMemory(block), 0o600); err != nil {
		return err
	}
	if err := replace(certFile, pemOf(cert), 0o644); err != nil {
		return err
	}
	fmt.Printf("%s and %s: %s, until %s\n", certFile, keyFile, subject(cert), day(cert.NotAfter))
	return nil
}

func subject(c *x509.Certificate) string {
	if len(c.Subject.Organization) > 0 {
		return c.Subject.Organization[0] + "/" + c.Subject.CommonName
	}
	return c.Subject.CommonName
}

// CAServerCommand issues the certificate of a server.
type CAServerCommand struct {
	issuing
	Host []string `help:"Name or address by which clients call it; several with commas between, or given again." required:""`
	Days int      `help:"How long it lives; browsers take no more than 398." default:"398"`
}

// Run issues it.
func (c *CAServerCommand) Run(context.Context) error {
	for _, h := range c.Host {
		if h = strings.TrimSpace(h); h == "" || strings.ContainsAny(h, "/ @") {
			return fmt.Errorf("--host: %q is neither a name nor an address; leave out https:// and the port", h)
		}
	}
	return c.issue("server", serverCertificate(c.Host[0], c.Host), c.Days, 398)
}

// CAGatewayCommand issues the certificate of a gateway.
type CAGatewayCommand struct {
	issuing
	Enterprise string `help:"Platform code of the enterprise." required:""`
	Name       string `help:"The gateway's code at the enterprise." required:""`
	Days       int    `help:"How long it lives." default:"825"`
}

// Run issues it.
func (c *CAGatewayCommand) Run(context.Context) error {
	leaf := clientCertificate(c.Name)
	leaf.Subject.Organization = []string{c.Enterprise}
	return c.issue("gateway", leaf, c.Days, 5*366)
}

// CAClientCommand issues the certificate of another client.
type CAClientCommand struct {
	issuing
	Name string `help:"Who it is." required:""`
	Days int    `help:"How long it lives." default:"398"`
}

// Run issues it.
func (c *CAClientCommand) Run(context.Context) error {
	return c.issue("client", clientCertificate(c.Name), c.Days, 5*366)
}

func clientCertificate(name string) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
}

// note writes down what is issued, before it is handed out.
func (a *authority) note(kind string, c *x509.Certificate) error {
	f, err := os.OpenFile(a.file("issued.csv"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	w.Write([]string{kind, subject(c), c.SerialNumber.Text(16), c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339)})
	w.Flush()
	return errors.Join(w.Error(), f.Sync(), f.Close())
}

// CAListCommand lists what was issued.
type CAListCommand struct {
	Dir  string `help:"Directory of the CA." type:"existingdir" required:""`
	Days int    `help:"Only what ends within so many days; 0: everything. With something found the command ends with status 1, for a timer that sends mail." default:"0"`
}

// Run lists it, the next to end first, of one name only the newest.
func (c *CAListCommand) Run(context.Context) error {
	f, err := os.Open(filepath.Join(c.Dir, "issued.csv"))
	if err != nil {
		return fmt.Errorf("what was issued: %w", err)
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReader(f))
	r.FieldsPerRecord = 5
	rows, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("what was issued: %w", err)
	}
	type issued struct {
		kind, name, serial string
		until              time.Time
	}
	newest := map[[2]string]issued{}
	for _, row := range rows {
		until, err := time.Parse(time.RFC3339, row[4])
		if err != nil {
			return fmt.Errorf("what was issued: %w", err)
		}
		newest[[2]string{row[0], row[1]}] = issued{row[0], row[1], row[2], until}
	}
	var list []issued
	now := time.Now()
	for _, i := range newest {
		if c.Days == 0 || daysTo(i.until, now) <= c.Days {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b issued) int {
		if n := a.until.Compare(b.until); n != 0 {
			return n
		}
		return strings.Compare(a.kind+a.name, b.kind+b.name)
	})
	for _, i := range list {
		left := fmt.Sprintf("%d days left", daysTo(i.until, now))
		if i.until.Before(now) {
			left = "expired"
		}
		fmt.Printf("%-8s %s  until %s, %s (serial %s)\n", i.kind, i.name, day(i.until), left, i.serial)
	}
	if c.Days > 0 && len(list) > 0 {
		return fmt.Errorf("%d certificates end within %d days or have ended", len(list), c.Days)
	}
	return nil
}
