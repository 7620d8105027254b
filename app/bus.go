package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"fengsui/blob"
	"fengsui/bus"
)

// busConfig is how the log is opened, over dir when it is an embedded one. readers are
// those that a segment waits for, of whatever process; tidy says whether this process
// archives and deletes at the moment, nil: it does.
func (c *Config) busConfig(dir string, archive blob.Store, readers []string, tidy func() bool, log *slog.Logger) bus.Config {
	return bus.Config{
		Dir: dir, URL: c.Bus.URL, Replicas: c.Bus.Replicas,
		Credentials: c.Bus.CredentialsFile, CA: c.Bus.CAFile, Cert: c.Bus.CertFile, Key: c.Bus.KeyFile,
		SegmentBytes: c.Bus.SegmentBytes, SegmentAge: c.Bus.SegmentAge, Keep: c.Retention.Log, ArchiveKeep: c.Retention.Archive,
		Archive: archive, MinFree: c.Disk.MinFree, Readers: readers, Tidy: tidy, Log: log,
	}
}

// checkBus says what is wrong with how an outside log is reached.
func (c *Config) checkBus() error {
	if err := logURL(c.Bus.URL); err != nil {
		return fmt.Errorf("bus.url: %w", err)
	}
	if r := c.Bus.Replicas; r != 1 && r != 3 && r != 5 {
		return fmt.Errorf("bus.replicas: %d is neither 1, 3 nor 5", r)
	}
	if (c.Bus.CertFile == "") != (c.Bus.KeyFile == "") {
		return errors.New("bus: cert_file and key_file belong together")
	}
	return nil
}

// logURL says what is wrong with the address of NATS servers. It never repeats it: it
// may hold a password.
func logURL(text string) error {
	if text == "" {
		return nil
	}
	scheme := ""
	for one := range strings.SplitSeq(text, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Scheme != "nats" && u.Scheme != "tls" || u.Hostname() == "" || u.Port() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			return errors.New("write nats://host:port or tls://host:port, several with commas between")
		}
		if u.User != nil {
			return errors.New("a name or password does not belong into it: put user:password into a file that only the platform may read, and name that in bus.credentials_file")
		}
		if u.Scheme != "tls" && !loopback(u.Host) {
			return errors.New("a server that is not on this machine is reached by TLS alone: tls://host:port, with bus.ca_file for an own CA")
		}
		if scheme != "" && scheme != u.Scheme {
			return errors.New("reach all servers by tls:// or all by nats://")
		}
		scheme = u.Scheme
	}
	return nil
}
