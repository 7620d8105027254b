package app

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/api"
	"fengsui/crypt"
	"fengsui/series/remote"
	"fengsui/store"
)

// Config is all that an operator sets; docs/fengsui.yaml explains every key. What
// changes daily (limits, contacts, accounts) is data in the store and not here.
type Config struct {
	Data          string        `yaml:"data"`            // directory of everything that is kept
	MasterKeyFile string        `yaml:"master_key_file"` // seals secrets; must lie outside Data
	SealVerify    time.Duration `yaml:"seal_verify"`     // between two verifications of the whole journal; 0: none
	SealKeyFile   string        `yaml:"seal_key_file"`   // signs the journal's heads; must lie outside Data; empty: seal.key beside MasterKeyFile
	HTTP          string        `yaml:"http"`            // console and API, plain; a loopback address
	HTTPS         string        `yaml:"https"`           // the same and the software interface
	BaseURL       string        `yaml:"base_url"`        // the console's address as people reach it
	Policy        string        `yaml:"policy"`          // the district's law: binhai or demo, or a .yaml file of another district
	Models        string        `yaml:"models"`          // directory of risk models in the place of the shipped ones; empty: those
	LogLevel      string        `yaml:"log_level"`
	Roles         Roles         `yaml:"roles"` // what this process does; empty: everything

	TLS struct {
		CertFile     string   `yaml:"cert_file"` // taken anew when it changes; empty: an own CA in Data makes them
		KeyFile      string   `yaml:"key_file"`
		ClientCAFile string   `yaml:"client_ca_file"` // of clients' certificates; empty: none are asked for
		ClientsMust  []string `yaml:"clients_must"`   // doors whose clients must have one: push, mqtt, jt808
	} `yaml:"tls"`
	Store struct {
		URL string `yaml:"url"` // of PostgreSQL; empty: SQLite in Data
	} `yaml:"store"`
	Bus struct {
		URL             string        `yaml:"url"`              // of NATS servers outside, with commas between; empty: inside this process
		Replicas        int           `yaml:"replicas"`         // how many of them keep each record
		CredentialsFile string        `yaml:"credentials_file"` // says to them who we are; empty: nobody
		CAFile          string        `yaml:"ca_file"`          // empty: the machine's
		CertFile        string        `yaml:"cert_file"`        // ours, for servers that ask for one
		KeyFile         string        `yaml:"key_file"`
		SegmentBytes    int64         `yaml:"segment_bytes"`
		SegmentAge      time.Duration `yaml:"segment_age"`
	} `yaml:"bus"`
	Retention struct {
		Log      time.Duration `yaml:"log"`      // segments at hand, after every reader passed them
		Archive  time.Duration `yaml:"archive"`  // of the log
		History  time.Duration `yaml:"history"`  // samples and positions
		Evidence time.Duration `yaml:"evidence"` // curves, after their warning's end; 0: always
		Files    time.Duration `yaml:"files"`    // pictures and other uploads, the same
		Strays   time.Duration `yaml:"strays"`   // codes that nobody registered, since they were last heard; 0: always
	} `yaml:"retention"`
	Accounts struct {
		Idle           time.Duration  `yaml:"idle"`     // a session ends when unused so long
		Absolute       time.Duration  `yaml:"absolute"` // and in any case after this
		Sessions       int            `yaml:"sessions"` // of one person at once
		Failures       int            `yaml:"failures"` // of one login before it is locked
		Lock           time.Duration  `yaml:"lock"`     // for how long
		Fresh          time.Duration  `yaml:"fresh"`    // a grave act needs password or code given within it
		PasswordLength int            `yaml:"password_length"`
		PasswordLong   int            `yaml:"password_long"`  // from so many characters on no kinds are asked for; -1: always
		PasswordKinds  int            `yaml:"password_kinds"` // of lower case, upper case, digits and the rest
		PasswordKept   int            `yaml:"password_kept"`  // so many of before may not come again; -1: all may
		PasswordAge    time.Duration  `yaml:"password_age"`   // then it must be changed; -1s: never
		TOTP           []fengsui.Role `yaml:"totp"`           // roles that must have a second factor
		Pairs          string         `yaml:"pairs"`          // acts that two people do: shipped, none, or the path of a list
		PairTime       time.Duration  `yaml:"pair_time"`      // then a proposal is void
	} `yaml:"accounts"`
	Limits struct {
		Address api.Rate `yaml:"address"` // calls of one address
		Caller  api.Rate `yaml:"caller"`  // calls of one person or token
		SignIn  api.Rate `yaml:"sign_in"` // sign-ins of one address
		Public  api.Rate `yaml:"public"`  // complaints that one address sends without an account
	} `yaml:"limits"`
	Disk struct {
		MinFree  int64 `yaml:"min_free"`
		WarnDays int   `yaml:"warn_days"` // the duty desk is told so long before the disk is full; 0: it is not
	} `yaml:"disk"`
	MQTT struct {
		TLS    string `yaml:"tls"`    // address of the broker; empty: none
		Plain  string `yaml:"plain"`  // the same without TLS; a loopback address
		Tables string `yaml:"tables"` // directory of topic tables in the place of the shipped ones; empty: those
	} `yaml:"mqtt"`
	JT808 struct {
		Address     string        `yaml:"address"`     // for vehicle terminals; empty: none
		TLS         bool          `yaml:"tls"`         // with the certificate of https
		Datum       string        `yaml:"datum"`       // of the terminals' coordinates: wgs84 or gcj02
		Unknown     string        `yaml:"unknown"`     // terminals that nobody registered: quarantine or refuse
		Idle        time.Duration `yaml:"idle"`        // without a frame for so long a terminal is lost
		Connections int           `yaml:"connections"` // at most
		PerAddress  int           `yaml:"per_address"` // of one IP address
		Unread      int           `yaml:"unread"`      // messages that are not read, kept as they came, of one terminal in one day
	} `yaml:"jt808"`
	Devices struct {
		Silent time.Duration `yaml:"silent"` // one not heard for so long is listed as silent
	} `yaml:"devices"`
	History struct {
		On          bool   `yaml:"on"`
		MemoryBytes int64  `yaml:"memory_bytes"`
		URL         string `yaml:"url"`         // of a VictoriaMetrics server; empty: inside our own history process
		WriteURL    string `yaml:"write_url"`   // of a cluster's side that is written; empty: URL
		User        string `yaml:"user"`        // empty: the secret is a bearer token
		SecretFile  string `yaml:"secret_file"` // empty: the server asks for none
		CAFile      string `yaml:"ca_file"`
	} `yaml:"history"`
	Blob struct {
		URL     string `yaml:"url"`      // of an S3-compatible store, see blob.ParseS3; empty: a directory in Data
		KeyFile string `yaml:"key_file"` // its access key and its secret key, a line each
		CAFile  string `yaml:"ca_file"`
	} `yaml:"blob"`
	AtRest       AtRest `yaml:"at_rest"`
	Interference struct {
		Every time.Duration `yaml:"every"`
	} `yaml:"interference"`
	Mail struct {
		Host         string `yaml:"host"` // empty: no mail
		Port         int    `yaml:"port"`
		From         string `yaml:"from"`
		User         string `yaml:"user"`
		PasswordFile string `yaml:"password_file"`
		TLS          string `yaml:"tls"`
	} `yaml:"mail"`
	Gateway struct {
		SMS              GatewayConfig `yaml:"sms"`
		Voice            GatewayConfig `yaml:"voice"`
		Robots           []string      `yaml:"robots"`             // kinds of group robots that are spoken to: wecom, dingtalk, feishu
		RobotSecretsFile string        `yaml:"robot_secrets_file"` // lines "address secret", of robots that are signed to
		TokenFile        string        `yaml:"token_file"`         // what providers show who report; empty: nothing is taken
	} `yaml:"gateway"`
	Webhook struct {
		SecretFile string `yaml:"secret_file"` // signs outgoing webhooks; empty: none are sent
	} `yaml:"webhook"`
	Canary struct {
		Every  time.Duration `yaml:"every"`  // a signal of our own goes the whole way; 0: none
		Within time.Duration `yaml:"within"` // it must be round by then
	} `yaml:"canary"`
	Heartbeat struct {
		URL       string        `yaml:"url"` // told while the canary comes round; empty: nobody is
		Method    string        `yaml:"method"`
		Every     time.Duration `yaml:"every"`
		TokenFile string        `yaml:"token_file"`
		CAFile    string        `yaml:"ca_file"`
	} `yaml:"heartbeat"`
	Metrics struct {
		TokenFile string `yaml:"token_file"` // empty: this machine alone is answered
	} `yaml:"metrics"`
	Trace struct {
		URL       string  `yaml:"url"`   // of a collector that takes OTLP over HTTP; empty: no traces
		Share     float64 `yaml:"share"` // of the deliveries that are followed
		TokenFile string  `yaml:"token_file"`
		CAFile    string  `yaml:"ca_file"`
	} `yaml:"trace"`
	Municipal struct {
		URL       string `yaml:"url"` // the municipal platform's door; empty: uplinks are kept until there is one
		Format    string `yaml:"format"`
		TokenFile string `yaml:"token_file"`
		CAFile    string `yaml:"ca_file"`
	} `yaml:"municipal"`
}

// Defaults is the configuration of a fresh machine.
func Defaults() Config {
	var c Config
	c.Data = "var/fengsui"
	c.MasterKeyFile = "var/master.key"
	c.SealVerify = 24 * time.Hour
	c.HTTP = "127.0.0.1:8080"
	c.HTTPS = ":8443"
	c.BaseURL = "http://127.0.0.1:8080"
	c.Policy = "binhai"
	c.LogLevel = "info"
	c.Roles = Roles{}
	c.TLS.ClientsMust = []string{}
	c.Bus.Replicas = 1
	c.AtRest.Files, c.AtRest.FormerKeyFiles = string(crypt.AES), []string{}
	c.Bus.SegmentBytes = 2 << 30
	c.Bus.SegmentAge = time.Hour
	c.Retention.Log = 72 * time.Hour
	c.Retention.Archive = 365 * 24 * time.Hour
	c.Retention.History = 5 * 365 * 24 * time.Hour
	c.Retention.Strays = 90 * 24 * time.Hour
	c.Disk.WarnDays = 30
	c.Accounts.Idle = 30 * time.Minute
	c.Accounts.Absolute = 12 * time.Hour
	c.Accounts.Sessions = 10
	c.Accounts.Failures = 5
	c.Accounts.Pairs, c.Accounts.PairTime = pairsShipped, 24*time.Hour
	c.Accounts.Lock = 15 * time.Minute
	c.Accounts.Fresh = 10 * time.Minute
	c.Accounts.PasswordLength = 10
	c.Accounts.PasswordLong = 16
	c.Accounts.PasswordKinds = 3
	c.Accounts.PasswordKept = 5
	c.Accounts.PasswordAge = 90 * 24 * time.Hour
	c.Accounts.TOTP = []fengsui.Role{fengsui.RoleAdmin, fengsui.RoleSecurity, fengsui.RoleAuditor}
	c.Limits.Address = api.Rate{PerSecond: 200, Burst: 2000}
	c.Limits.Caller = api.Rate{PerSecond: 100, Burst: 1000}
	c.Limits.SignIn = api.Rate{PerSecond: 1, Burst: 60}
	c.Limits.Public = api.Rate{PerSecond: 0.1, Burst: 20}
	c.JT808.Datum = "wgs84"
	c.JT808.Unknown = "quarantine"
	c.JT808.Idle = 3 * time.Minute
	c.JT808.Connections = 20_000
	c.JT808.PerAddress = 2000
	c.JT808.Unread = 50
	c.Devices.Silent = 10 * time.Minute
	c.History.On = true
	c.History.MemoryBytes = 1 << 30
	c.Interference.Every = time.Hour
	c.Mail.Port = 587
	c.Mail.TLS = "required"
	c.Municipal.Format = "cap"
	c.Trace.Share = 1
	c.Canary.Every = 30 * time.Second
	c.Canary.Within = 15 * time.Second
	c.Heartbeat.Method = "POST"
	c.Heartbeat.Every = time.Minute
	c.Gateway.SMS.Settings, c.Gateway.Voice.Settings, c.Gateway.Robots = map[string]string{}, map[string]string{}, []string{}
	return c
}

// Load reads a configuration file over the defaults. A key that is not known
// refuses to start: a mistyped key must not look like a set one.
func Load(path string) (Config, error) {
	c := Defaults()
	if path == "" {
		return c, c.Validate()
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("read configuration: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("configuration %s: %w", path, cmp.Or(movedKeys(b), err))
	}
	return c, errors.Join(c.Validate(), c.lawful())
}

// Validate says what cannot work.
func (c *Config) Validate() error {
	var errs []error
	if c.Data == "" {
		errs = append(errs, errors.New("data: name the directory where everything is kept"))
	}
	if inside(c.MasterKeyFile, c.Data) {
		errs = append(errs, fmt.Errorf("master_key_file: %s lies inside data %s; a copy of the data must not carry the key", c.MasterKeyFile, c.Data))
	}
	if inside(c.sealKeyFile(), c.Data) {
		errs = append(errs, fmt.Errorf("seal_key_file: %s lies inside data %s; who may write the data must not be able to sign for it", c.sealKeyFile(), c.Data))
	}
	if c.SealVerify < 0 {
		errs = append(errs, errors.New("seal_verify: it is a time such as 24h, or 0 for never"))
	}
	if err := recordsURL(c.Store.URL); err != nil {
		errs = append(errs, fmt.Errorf("store.url: %w", err))
	}
	if err := c.rolesFit(); err != nil {
		errs = append(errs, fmt.Errorf("roles: %w", err))
	}
	if err := c.blobURL(); err != nil {
		errs = append(errs, fmt.Errorf("blob: %w", err))
	}
	if h := c.History; h.On && h.URL != "" {
		if err := (remote.Config{URL: h.URL, WriteURL: h.WriteURL, Retention: c.Retention.History}).Validate(); err != nil {
			errs = append(errs, fmt.Errorf("history.url: %w", err))
		}
	}
	if _, err := url.Parse(c.BaseURL); err != nil || c.BaseURL == "" {
		errs = append(errs, fmt.Errorf("base_url: %q is no address", c.BaseURL))
	}
	if c.HTTP != "" && !loopback(c.HTTP) {
		errs = append(errs, fmt.Errorf("http: %s is not a loopback address; plain HTTP stays on the machine, use https", c.HTTP))
	}
	if c.MQTT.Plain != "" && !loopback(c.MQTT.Plain) {
		errs = append(errs, fmt.Errorf("mqtt.plain: %s is not a loopback address; plain MQTT stays on the machine, use mqtt.tls", c.MQTT.Plain))
	}
	if j := c.JT808; j.Datum != "wgs84" && j.Datum != "gcj02" {
		errs = append(errs, fmt.Errorf("jt808.datum: %q is neither wgs84 nor gcj02", j.Datum))
	} else if j.Unknown != "quarantine" && j.Unknown != "refuse" {
		errs = append(errs, fmt.Errorf("jt808.unknown: %q is neither quarantine nor refuse", j.Unknown))
	} else if j.Idle < 10*time.Second || j.Connections < 1 || j.PerAddress < 1 {
		errs = append(errs, errors.New("jt808: idle must be at least 10s, connections and per_address at least 1"))
	} else if j.Unread < 0 {
		errs = append(errs, errors.New("jt808.unread: it is a number of messages, or 0 to keep none"))
	}
	if c.Devices.Silent < time.Minute {
		errs = append(errs, fmt.Errorf("devices.silent: %s is too short to tell a device that is silent from one that rests; give at least 1m", c.Devices.Silent))
	}
	errs = append(errs, c.checkAccounts()...)
	errs = append(errs, c.AtRest.check(c.Data)...)
	errs = append(errs, c.checkRetention()...)
	errs = append(errs, c.checkTrace()...)
	errs = append(errs, c.checkWatch()...)
	errs = append(errs, c.checkTLS()...)
	if c.Interference.Every < time.Minute {
		errs = append(errs, fmt.Errorf("interference.every: %s is too often; at least 1m lies between two inspections", c.Interference.Every))
	}
	if c.Municipal.Format != "cap" && c.Municipal.Format != "json" {
		errs = append(errs, fmt.Errorf("municipal.format: %q is neither cap nor json", c.Municipal.Format))
	}
	if err := c.checkBus(); err != nil {
		errs = append(errs, err)
	}
	if c.Bus.SegmentAge < time.Minute || c.Bus.SegmentBytes < 1<<20 {
		errs = append(errs, errors.New("bus: segments must be at least one minute and 1 MiB"))
	}
	return errors.Join(errs...)
}

// place is where the records are, as store.Open knows it.
func (c *Config) place() string {
	return cmp.Or(c.Store.URL, recordsFile(c.Data))
}

// recordsFile is the database of a data directory.
func recordsFile(data string) string { return filepath.Join(data, "fengsui.db") }

// recordsURL says what is wrong with the address of PostgreSQL. It never repeats it: it
// may hold a password.
func recordsURL(text string) error {
	if text == "" {
		return nil
	}
	if !store.IsURL(text) {
		return errors.New("it must begin with postgres:// or be empty")
	}
	_, rest, _ := strings.Cut(text, "://")
	authority, _, _ := strings.Cut(rest, "/")
	user, _, named := strings.Cut(authority, "@")
	if named && strings.Contains(user, ":") || strings.Contains(rest, "password=") {
		return errors.New("a password does not belong into it: put it in a file of libpq's shape that only the platform may read, and name that with passfile=")
	}
	conf, err := pgx.ParseConfig(text)
	if err != nil {
		return errors.New("it is not what PostgreSQL understands: postgres://user@host:port/database?key=value, and the files that it names must be there")
	}
	safe := func(host string, c *tls.Config) bool {
		return strings.HasPrefix(host, "/") || loopback(net.JoinHostPort(host, "0")) ||
			c != nil && (!c.InsecureSkipVerify || c.VerifyPeerCertificate != nil)
	}
	ok := safe(conf.Host, conf.TLSConfig)
	for _, f := range conf.Fallbacks {
		ok = ok && safe(f.Host, f.TLSConfig)
	}
	if !ok {
		return errors.New("a server that is not on this machine is reached by TLS alone: sslmode=verify-full, with sslrootcert= for an own CA")
	}
	return nil
}

func (c *Config) sealKeyFile() string {
	return cmp.Or(c.SealKeyFile, filepath.Join(filepath.Dir(c.MasterKeyFile), "seal.key"))
}

func inside(file, dir string) bool {
	f, err1 := filepath.Abs(file)
	d, err2 := filepath.Abs(dir)
	return err1 != nil || err2 != nil || f == d || strings.HasPrefix(f, d+string(filepath.Separator))
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
