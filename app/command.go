package app

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"fengsui"
	"fengsui/adapter/push"
	"fengsui/sim"
)

// The commands of the program: flags, and the call that they stand for.

// ServeCommand runs the platform.
type ServeCommand struct {
	Config string   `help:"Configuration file; docs/fengsui.yaml explains every key." type:"existingfile" optional:""`
	Roles  []string `help:"What this process does: intake, evaluate, api, history, notify. Without it what the configuration says, or everything."`
}

// Run serves until ctx ends.
func (c *ServeCommand) Run(ctx context.Context) error {
	conf, err := Load(c.Config)
	if err != nil {
		return err
	}
	if len(c.Roles) > 0 {
		conf.Roles = c.Roles
		if err := conf.Validate(); err != nil {
			return err
		}
	}
	return Serve(ctx, conf)
}

// DemoCommand runs the show.
type DemoCommand struct {
	Dir         string `help:"Directory of the show; emptied at each start." default:"var/demo"`
	HTTP        string `help:"Address of the console." default:"127.0.0.1:8080"`
	HTTPS       string `help:"Address for devices." default:"127.0.0.1:8443"`
	Enterprises int    `help:"Simulated enterprises." default:"200"`
	Points      int    `help:"Simulated points." default:"5000"`
	Vehicles    int    `help:"Simulated vehicles." default:"60"`
	JT808       string `name:"jt808" help:"Address for vehicle terminals; port 0: a free one." default:"127.0.0.1:0"`
	MQTT        string `name:"mqtt" help:"Address for gateways; port 0: a free one." default:"127.0.0.1:0"`
	Seed        uint64 `help:"The same seed makes the same district." default:"1"`
	Quiet       bool   `help:"Nothing goes wrong in the district by itself."`
	Unattended  bool   `help:"The simulated people do not answer: people at the console do."`
	Accounts    string `help:"File that gets the accounts as JSON." optional:""`
	Cert        string `help:"Certificate for devices and telephones (fengsui admin ca server), of its address and of 127.0.0.1; the CA's behind it." type:"existingfile" optional:""`
	Key         string `help:"Its key." type:"existingfile" optional:""`
}

// Run shows until ctx ends.
func (c *DemoCommand) Run(ctx context.Context) error {
	return Demo{
		Dir: c.Dir, HTTP: c.HTTP, HTTPS: c.HTTPS, JT808: c.JT808, MQTT: c.MQTT, Enterprises: c.Enterprises, Points: c.Points, Vehicles: c.Vehicles, Seed: c.Seed, Quiet: c.Quiet, Unattended: c.Unattended, Accounts: c.Accounts, Cert: c.Cert, Key: c.Key, Out: os.Stdout,
	}.Run(ctx)
}

// Access is how a client of the software interface reaches a platform.
type Access struct {
	URL        string `help:"The platform's HTTPS address." required:""`
	CA         string `help:"File with the platform's CA." type:"existingfile" optional:""`
	Enterprise string `help:"Platform code." required:""`
	Key        string `help:"Key id." required:""`
	SecretFile string `help:"File with the key's secret." type:"existingfile" required:""`
}

func (a *Access) client() (*push.Client, error) {
	b, err := os.ReadFile(a.SecretFile)
	if err != nil {
		return nil, err
	}
	secret, err := push.ParseSecret(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, err
	}
	roots, err := trusted(a.CA)
	if err != nil {
		return nil, err
	}
	return &push.Client{URL: strings.TrimRight(a.URL, "/"), Enterprise: a.Enterprise, Key: a.Key, Secret: secret, Gzip: true, HTTP: outward(roots)}, nil
}

// SimCommand sends data to any platform.
type SimCommand struct {
	Replay   ReplayCommand   `cmd:"" help:"Play a CSV file (time,code,value) as one enterprise."`
	Vehicles VehiclesCommand `cmd:"" help:"Drive vehicles whose terminals speak JT/T 808."`
	Gateways GatewaysCommand `cmd:"" help:"Send values as gateways that speak MQTT."`
}

// VehiclesCommand drives vehicles.
type VehiclesCommand struct {
	To    string        `help:"Address of the platform's vehicle door, HOST:PORT." required:""`
	CA    string        `help:"File with the platform's CA; the connections are TLS then." type:"existingfile" optional:""`
	Count int           `help:"How many." default:"2000"`
	First int           `help:"Number of the first: those of a show begin at 0." default:"100000"`
	Every time.Duration `help:"Between two reports while driving." default:"10s"`
	Seed  uint64        `help:"The same seed makes the same vehicles." default:"1"`
	Quiet bool          `help:"Nothing goes wrong by itself."`
}

// Run drives until ctx ends and says every ten seconds what was done.
func (c *VehiclesCommand) Run(ctx context.Context) error {
	district, err := sim.Generate(c.Seed, 200, 0, fengsui.SpanOf(c.Every))
	if err != nil {
		return err
	}
	list, err := sim.GenerateVehicles(district, c.First, c.Count)
	if err != nil {
		return err
	}
	roots, err := trusted(c.CA)
	if err != nil {
		return err
	}
	f := &sim.Fleet{Vehicles: list, Every: c.Every, Quiet: c.Quiet, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Dial: dialer(c.To, roots)}
	return tell(ctx, f.Run, func() {
		n := f.Counts()
		fmt.Printf("%d connected, %d reports, %d answered, %d refused, %d connects\n", n.Connected, n.Reports, n.Answered, n.Refused, n.Connects)
	})
}

// tell runs something and says every ten seconds what was done.
func tell(ctx context.Context, run func(context.Context) error, say func()) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		t := time.NewTicker(10 * time.Second)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				say()
			}
		}
	})
	err := run(ctx)
	cancel()
	all.Wait()
	return err
}

// GatewaysCommand sends values as gateways.
type GatewaysCommand struct {
	To     string        `help:"Address of the platform's broker, HOST:PORT." required:""`
	CA     string        `help:"File with the platform's CA; without it the connections are plain." type:"existingfile" optional:""`
	Keys   string        `help:"File with a line for each key: enterprise code, key id and secret, with spaces between. The gateways take them in turn." type:"existingfile" required:""`
	Count  int           `help:"How many." default:"100"`
	Points int           `help:"Of each gateway." default:"25"`
	Every  time.Duration `help:"Between two messages of a gateway." default:"10s"`
	Seed   uint64        `help:"The same seed makes the same gateways." default:"1"`
	Quiet  bool          `help:"Nothing goes wrong by itself."`
}

// Run sends until ctx ends and says every ten seconds what was done.
func (c *GatewaysCommand) Run(ctx context.Context) error {
	keys, err := readKeys(c.Keys)
	if err != nil {
		return err
	}
	district, err := sim.Generate(c.Seed, c.Count, c.Count*c.Points, fengsui.SpanOf(c.Every))
	if err != nil {
		return err
	}
	roots, err := trusted(c.CA)
	if err != nil {
		return err
	}
	counts := &sim.GatewayCounts{}
	f := &sim.Field{District: district, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	for i := range district.Firms {
		g, k := sim.GatewayOf(i, c.Seed, c.Quiet), keys[i%len(keys)]
		g.Dial, g.Counts = dialer(c.To, roots), counts
		g.Enterprise, g.Key, g.Secret = k.enterprise, k.id, k.secret
		f.Senders = append(f.Senders, g)
	}
	return tell(ctx, f.Run, func() {
		sent, failed := f.Counts()
		fmt.Printf("%d values sent, %d failed, %d messages, %d repeats, %d cuts, %d refused, %d connects\n", sent, failed,
			counts.Messages.Load(), counts.Repeats.Load(), counts.Cuts.Load(), counts.Refused.Load(), counts.Connects.Load())
	})
}

// key is an enterprise's, to send with.
type key struct {
	enterprise, id string
	secret         []byte
}

// readKeys reads a file of keys; lines that are empty or begin with # say nothing.
func readKeys(name string) (list []key, err error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) != 3 {
			return nil, fmt.Errorf("%s, line %d: give enterprise code, key id and secret", name, n)
		}
		secret, err := push.ParseSecret(words[2])
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, n, err)
		}
		list = append(list, key{words[0], words[1], secret})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s holds no key", name)
	}
	return list, nil
}

// dialer dials as the field does, over TLS when there are roots.
func dialer(to string, roots *x509.CertPool) func(context.Context) (net.Conn, error) {
	plain := &net.Dialer{Timeout: 10 * time.Second}
	if roots == nil {
		return func(ctx context.Context) (net.Conn, error) { return plain.DialContext(ctx, "tcp", to) }
	}
	secure := &tls.Dialer{NetDialer: plain, Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return func(ctx context.Context) (net.Conn, error) { return secure.DialContext(ctx, "tcp", to) }
}

// ReplayCommand plays a file.
type ReplayCommand struct {
	Access
	File  string  `arg:"" help:"CSV file with the header time,code,value." type:"existingfile"`
	Speed float64 `help:"1 keeps the file's pace, 10 is ten times as fast, 0 as fast as it goes." default:"1"`
	AsIs  bool    `help:"Keep the file's own times and say that they are sent late."`
}

// Run plays the file.
func (c *ReplayCommand) Run(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := sim.Replay(ctx, bufio.NewReader(f), sim.Pusher{Client: client}, c.Speed, c.AsIs)
	fmt.Printf("%d rows taken\n", n)
	return err
}

// AdminCommand works on the data directory of a platform: to change something, of
// one that does not run.
type AdminCommand struct {
	Init        InitCommand        `cmd:"" help:"Make a new platform's keys and district, and the link by which its first administrator signs up."`
	CA          CACommand          `cmd:"" name:"ca" help:"Make a CA and certificates for networks that no public CA reaches."`
	User        UserCommand        `cmd:"" help:"Create an account; the first security administrator of a new platform, for example, who makes the others."`
	Reset       ResetCommand       `cmd:"" help:"Set the password of an account whose person nobody else can let in, and switch its second factor off."`
	Size        SizeCommand        `cmd:"" help:"Say what takes the disk, when it will be full, and how long what must be kept; the platform may run."`
	Verify      VerifyCommand      `cmd:"" help:"Say whether anything in the journal was altered or removed; the platform may run."`
	Proof       ProofCommand       `cmd:"" help:"Write the proof of one case to standard output; the platform may run."`
	CheckProof  CheckProofCommand  `cmd:"" help:"Check the proof of a case; neither a platform nor its data is needed."`
	Backup      BackupCommand      `cmd:"" help:"Copy everything into a directory of backups, encrypted; the platform may run."`
	CheckBackup CheckBackupCommand `cmd:"" help:"Read a backup to its end and say what it holds."`
	Restore     RestoreCommand     `cmd:"" help:"Make a data directory from a backup; the platform then starts held."`
	Records     RecordsCommand     `cmd:"" help:"Take up the records that were kept before an upgrade."`
	Move        MoveCommand        `cmd:"" help:"Carry a platform over to other engines, or back, while it runs or not, and compare everything."`
	Reseal      ResealCommand      `cmd:"" help:"Seal the files of a platform that does not run as at_rest in the configuration says now: after it was switched on or off, or its key was exchanged."`
	Erase       EraseCommand       `cmd:"" help:"Erase the personal part of journal rows; that it was done, and why, stays."`
}

// UserCommand creates an account.
type UserCommand struct {
	Config   string `help:"Configuration file." type:"existingfile" optional:""`
	Login    string `required:""`
	Name     string `required:""`
	Role     string `help:"duty, shift_leader, enterprise, zone, regulator, bureau, committee, leader, discipline, admin (keeps the system), security (gives rights) or auditor (reads the journal)." required:""`
	Party    string `help:"Code of the account's party, as in the registry." default:"yygs"`
	Password string `help:"File with the password; otherwise it is read from standard input." type:"existingfile" optional:""`
}

// Run creates the account.
func (c *UserCommand) Run(ctx context.Context) error {
	conf, err := Load(c.Config)
	if err != nil {
		return err
	}
	password, err := askPassword(c.Password)
	if err != nil {
		return err
	}
	conf.History.On = false
	p, err := Open(ctx, conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.Registry.Seed(ctx); err != nil {
		return err
	}
	for _, party := range p.Registry.District().Parties {
		if party.Code == c.Party {
			_, err := p.Accounts.CreateUser(ctx, securityScope(), fengsui.Actor{Name: "admin command"}, fengsui.User{
				Login: c.Login, Name: c.Name, Role: fengsui.Role(c.Role), Party: party.ID,
			}, password)
			return err
		}
	}
	return fmt.Errorf("there is no party with the code %q", c.Party)
}

// HistoryCommand is the history role.
type HistoryCommand struct {
	Data string `required:""`
}

// Run answers until its parent ends.
func (c *HistoryCommand) Run(ctx context.Context) error {
	return History(ctx, HistoryConfig{Dir: c.Data, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
}
