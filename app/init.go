package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"fengsui"
)

// InitCommand makes a new platform ready: keys, district, and the link by which the first
// administrator makes an account.
type InitCommand struct {
	Config string `help:"Configuration file." type:"existingfile" optional:""`
	Again  bool   `help:"Give another link in the place of one that was lost."`
}

// Run makes it ready. The platform must not run.
func (c *InitCommand) Run(ctx context.Context) error {
	conf, err := Load(c.Config)
	if err != nil {
		return err
	}
	conf.History.On = false // its process is of no use here
	made := madeKeys(&conf)
	p, err := Open(ctx, conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.Registry.Seed(ctx); err != nil {
		return err
	}
	secret, link, err := p.Accounts.First(ctx, c.Again)
	if err != nil {
		return err
	}
	for _, line := range made() {
		fmt.Println(line)
	}
	d := p.Registry.District()
	fmt.Printf("The district has %d parties.\n\n", len(d.Parties))
	sayFirst(os.Stdout, conf.BaseURL, secret, link.Until)
	return nil
}

// madeKeys tells which keys there were not, once they are made.
func madeKeys(c *Config) func() []string {
	var fresh []string
	for _, k := range [][2]string{{c.MasterKeyFile, "seals the platform's secrets"}, {c.sealKeyFile(), "signs the journal"}} {
		if _, err := os.Stat(k[0]); errors.Is(err, os.ErrNotExist) {
			fresh = append(fresh, fmt.Sprintf("%s %s: keep a copy of it apart from the data and its backups.", k[0], k[1]))
		}
	}
	return func() []string { return fresh }
}

// activationURL is a link as people open it. The secret stands behind the #, which no
// browser sends: it comes into no log on the way.
func activationURL(base, secret string) string {
	return strings.TrimRight(base, "/") + "/activate#" + secret
}

func sayFirst(w io.Writer, base, secret string, until fengsui.Millis) {
	fmt.Fprintf(w, "Open this link in a browser, once, before %s, and choose login name and password of\nthe first security administrator, who makes the accounts of everybody else:\n\n  %s\n\n",
		until.Time().In(fengsui.Civil).Format("2006-01-02 15:04 -07:00"), activationURL(base, secret))
}

// firstLinkFile is where a platform that was started without init leaves the link: its
// log is no place for it.
const firstLinkFile = "FIRST-LINK"

// firstStart gives a platform without accounts the link of its first administrator, and
// takes the file away when it is of no more use.
func (p *Platform) firstStart(ctx context.Context, out *os.File) error {
	file := p.data.file(firstLinkFile)
	empty, err := p.Accounts.Empty(ctx)
	if err != nil {
		return err
	}
	if !empty {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	secret, link, err := p.Accounts.First(ctx, false)
	if fengsui.CodeOf(err) == fengsui.Conflict {
		p.log.Info("nobody has an account yet, and the first administrator's link waits to be used")
		return nil
	}
	if err != nil {
		return err
	}
	var text strings.Builder
	sayFirst(&text, p.c.BaseURL, secret, link.Until)
	if err := replace(file, []byte(text.String()), 0o600); err != nil {
		return err
	}
	p.log.Info("first start: the link of the first administrator lies in a file", "file", file, "until", time.UnixMilli(int64(link.Until)).UTC().Format(time.RFC3339))
	if at, err := out.Stat(); err == nil && at.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprint(out, "\n", text.String())
	}
	return nil
}
