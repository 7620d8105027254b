package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"fengsui"
	"fengsui/adapter/jt808"
	"fengsui/adapter/push"
	"fengsui/registry"
	"fengsui/sim"
)

// Demo is the platform with a simulated district beside it. The district speaks
// to it by the software interface over TLS and MQTT and by the API, like anyone else.
type Demo struct {
	Dir         string // emptied at the start; empty: var/demo
	HTTP, HTTPS string // loopback addresses
	JT808       string // the same, for vehicle terminals
	MQTT        string // the same, for gateways; empty: every enterprise pushes
	Enterprises int
	Points      int
	Vehicles    int
	Seed        uint64
	Out         io.Writer
	Quiet       bool   // nothing goes wrong by itself
	Unattended  bool   // the simulated people do not answer
	Accounts    string // file that gets the accounts as JSON; empty: none
	Cert, Key   string // of HTTPS and MQTT, the CA behind it in the same file; empty: an own CA makes them
}

// demoAccounts are printed at the start: one of each role.
var demoAccounts = []struct {
	role  fengsui.Role
	login string
	name  string
}{
	{fengsui.RoleDuty, "duty", "Duty officer"},
	{fengsui.RoleShift, "shift", "Shift leader"},
	{fengsui.RoleZone, "zone", "Zone officer"},
	{fengsui.RoleRegulator, "regulator", "Traffic regulator"},
	{fengsui.RoleBureau, "bureau", "Bureau officer"},
	{fengsui.RoleCommittee, "committee", "Committee officer"},
	{fengsui.RoleLeader, "leader", "Leader"},
	{fengsui.RoleDiscipline, "discipline", "Discipline inspector"},
	{fengsui.RoleAdmin, "admin", "System administrator"},
	{fengsui.RoleSecurity, "security", "Security administrator"},
	{fengsui.RoleAuditor, "auditor", "Audit administrator"},
}

const demoPassword = "beacon-tower-2026"

// Run shows until ctx ends.
func (d Demo) Run(ctx context.Context) error {
	c := Defaults()
	c.Data, c.MasterKeyFile = filepath.Join(d.Dir, "data"), filepath.Join(d.Dir, "master.key")
	c.HTTP, c.HTTPS, c.BaseURL = d.HTTP, d.HTTPS, "http://"+d.HTTP
	c.Policy = "demo"
	c.LogLevel = "warn"
	// Whoever looks at the show has no authenticator at hand, and many look at once.
	c.Accounts.TOTP, c.Accounts.Sessions, c.Limits.SignIn.PerSecond = nil, 200, 20
	c.Webhook.SecretFile = filepath.Join(d.Dir, "webhook.key")
	if d.Vehicles > 0 {
		c.JT808.Address, c.JT808.PerAddress = d.JT808, c.JT808.Connections // all come from this machine
	}
	c.MQTT.TLS = d.MQTT
	c.TLS.CertFile, c.TLS.KeyFile = d.Cert, d.Key
	for _, a := range []string{c.HTTPS, c.JT808.Address, c.MQTT.TLS} {
		if a != "" && !loopback(a) {
			return fmt.Errorf("the show listens on loopback only; %s is not", a)
		}
	}
	// Every show begins on an empty platform, so that its script begins with it.
	if err := emptyData(c.Data); err != nil {
		return fmt.Errorf("empty %s: %w", c.Data, err)
	}
	log, err := c.Logger()
	if err != nil {
		return err
	}
	district, err := sim.Generate(d.Seed, d.Enterprises, d.Points, fengsui.SpanOf(10*time.Second))
	if err != nil {
		return err
	}
	script, err := sim.DemoScript()
	if err != nil {
		return err
	}
	if d.Quiet {
		script = sim.Script{}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel(nil)

	receiver := &sim.Receiver{Log: log}
	hooks, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: receiver, ReadHeaderTimeout: 10 * time.Second}
	all.Go(func() { server.Serve(hooks) })
	defer server.Close()
	c.Municipal.URL, c.Municipal.Format = "http://"+hooks.Addr().String()+"/city", "cap"

	p, err := Open(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { p.Close() }()

	client, roots, err := p.trustingClient()
	if err != nil {
		return err
	}
	field := &sim.Field{District: district, Script: script, Log: log}
	if err := furnishEnterprises(ctx, p, district); err != nil {
		return err
	}
	// Keys before points: each key takes the registry over anew.
	for i, f := range district.Firms {
		key, secret, err := p.issue(ctx, f.Code)
		if err != nil {
			return err
		}
		if d.MQTT != "" && i%gatewayEvery == gatewayEvery-1 {
			g := sim.GatewayOf(i/gatewayEvery, d.Seed, d.Quiet)
			g.Enterprise, g.Key, g.Secret = f.Code, key, secret
			g.Dial = func(ctx context.Context) (net.Conn, error) { return dialer(p.BrokerAt, roots)(ctx) }
			field.Senders = append(field.Senders, g)
			continue
		}
		field.Senders = append(field.Senders, sim.Pusher{Client: &push.Client{
			URL: "https://" + c.HTTPS, Enterprise: f.Code, Key: key, Secret: secret, Compact: len(field.Senders)%2 == 0, Gzip: true, HTTP: client,
		}})
	}
	fleet := &sim.Fleet{Quiet: d.Quiet, Log: log}
	if fleet.Vehicles, err = sim.GenerateVehicles(district, 0, d.Vehicles); err != nil {
		return err
	}
	people, err := p.demoUsers(ctx, district)
	if err != nil {
		return err
	}
	if d.Accounts != "" {
		b, err := json.Marshal(people)
		if err == nil {
			err = os.WriteFile(d.Accounts, b, 0o600)
		}
		if err != nil {
			return fmt.Errorf("write accounts: %w", err)
		}
	}
	if err := furnishField(ctx, p, district, "http://"+hooks.Addr().String()); err != nil {
		return err
	}
	if err := furnishDesk(ctx, p, district, "http://"+hooks.Addr().String()); err != nil {
		return err
	}
	if err := furnishVehicles(ctx, p, fleet.Vehicles); err != nil {
		return err
	}
	crowd := &sim.People{
		URL: c.BaseURL, Client: &http.Client{Timeout: 10 * time.Second}, Log: log,
		Enterprise: func(i int) (sim.Account, bool) {
			return sim.Account{Login: district.Firms[i].Code, Password: demoPassword}, i < demoPlants
		},
		Regulator: sim.Account{Login: "bureau", Password: demoPassword}, // of hazardous chemicals
		Zone:      sim.Account{Login: "zone", Password: demoPassword},
	}
	return p.ListenAndRun(ctx, func(string, string) {
		all.Go(func() { field.Run(ctx) })
		if d.Vehicles > 0 {
			fleet.Dial = dialer(p.TerminalsAt, nil)
			all.Go(func() { fleet.Run(ctx) })
		}
		if !d.Unattended {
			all.Go(func() { crowd.Run(ctx, district, script) })
		}
		d.announce(c, people, p)
	})
}

// gatewayEvery is of how many enterprises one sends over MQTT and not by push.
const gatewayEvery = 20

// demoPlants is how many enterprises have an account: those of the script.
const demoPlants = 12

func (d Demo) announce(c Config, people []demoPerson, p *Platform) {
	var b strings.Builder
	fmt.Fprintf(&b, "\nfengsui: a simulated district, %d enterprises, %d points, %d vehicles.\n", d.Enterprises, d.Points, d.Vehicles)
	fmt.Fprintf(&b, "\n  console   %s\n  devices   https://%s/push/v1/ (CA: %s)\n", c.BaseURL, c.HTTPS, p.caFile())
	if p.BrokerAt != "" {
		fmt.Fprintf(&b, "  gateways  %s (MQTT over TLS, the same CA)\n", p.BrokerAt)
	}
	if p.TerminalsAt != "" {
		fmt.Fprintf(&b, "  vehicles  %s (JT/T 808)\n", p.TerminalsAt)
	}
	b.WriteString("\n")
	fmt.Fprintf(&b, "  accounts, all with the password %s\n", demoPassword)
	for _, a := range people {
		fmt.Fprintf(&b, "    %-12s %-13s %s\n", a.Login, a.Role, a.Party)
	}
	fmt.Fprintf(&b, "\nMinutes count as hours here, and every page says so. End with Ctrl-C.\n")
	io.WriteString(d.Out, b.String())
}

// demoPerson is an account of the show.
type demoPerson struct {
	Login    string       `json:"login"`
	Password string       `json:"password"`
	Role     fengsui.Role `json:"role"`
	Party    string       `json:"party"`
}

// demoUsers makes an account of every role and one for each plant of the script.
func (p *Platform) demoUsers(ctx context.Context, district *sim.District) ([]demoPerson, error) {
	scope, by := securityScope(), fengsui.Actor{Name: "demo"}
	dist := p.Registry.District()
	first := func(k fengsui.PartyKind) *fengsui.Party { return dist.Kind(k)[0] }
	parties := map[fengsui.Role]*fengsui.Party{
		fengsui.RoleDuty: first(fengsui.Operator), fengsui.RoleShift: first(fengsui.Operator), fengsui.RoleAdmin: first(fengsui.Operator), fengsui.RoleSecurity: first(fengsui.Operator), fengsui.RoleAuditor: first(fengsui.Discipline),
		// Of vehicles, of which the show has warnings; hazardous chemicals are the bureau's own.
		fengsui.RoleRegulator: dist.Holders(fengsui.AsRegulator, nil, "vehicles")[0],
		fengsui.RoleBureau:    first(fengsui.Bureau), fengsui.RoleLeader: first(fengsui.Bureau),
		fengsui.RoleCommittee: first(fengsui.Committee), fengsui.RoleDiscipline: first(fengsui.Discipline),
		fengsui.RoleZone: dist.Parties[dist.EnterpriseByCode(district.Firms[0].Code).Zone],
	}
	var list []demoPerson
	add := func(login, name string, role fengsui.Role, party *fengsui.Party) error {
		_, err := p.Accounts.CreateUser(ctx, scope, by, fengsui.User{Login: login, Name: name, Role: role, Party: party.ID}, demoPassword)
		list = append(list, demoPerson{login, demoPassword, role, party.Name})
		return err
	}
	for _, a := range demoAccounts {
		if err := add(a.login, a.name, a.role, parties[a.role]); err != nil {
			return nil, fmt.Errorf("account %s: %w", a.login, err)
		}
	}
	for _, f := range district.Firms[:min(demoPlants, len(district.Firms))] {
		e := dist.EnterpriseByCode(f.Code)
		if err := add(f.Code, f.Short, fengsui.RoleEnterprise, dist.Parties[e.ID]); err != nil {
			return nil, fmt.Errorf("account %s: %w", f.Code, err)
		}
	}
	return list, nil
}

func adminScope() fengsui.Scope {
	s := fengsui.Everything()
	s.Role = fengsui.RoleAdmin
	return s
}

// put brings a batch into the registry as an administrator would.
func (p *Platform) put(ctx context.Context, b registry.Batch) error {
	r, err := p.Registry.Put(ctx, adminScope(), fengsui.Actor{Name: "demo"}, &b)
	if err == nil && len(r.Errors) > 0 {
		err = fmt.Errorf("row %d, %s: %s", r.Errors[0].Row, r.Errors[0].Column, r.Errors[0].Message)
	}
	return err
}

// furnishEnterprises brings the simulated enterprises in.
func furnishEnterprises(ctx context.Context, p *Platform, d *sim.District) error {
	if err := p.Registry.Seed(ctx); err != nil {
		return err
	}
	zones := map[string]fengsui.ID{}
	for _, z := range p.Registry.District().Kind(fengsui.Zone) {
		zones[z.Code] = z.ID
	}
	var b registry.Batch
	for _, f := range d.Firms {
		b.Enterprises = append(b.Enterprises, fengsui.Enterprise{
			Code: f.Code, CreditCode: f.CreditCode, Name: f.Name, ShortName: f.Short, Sector: f.Sector, Zone: zones[f.Zone], Lon: f.Lon, Lat: f.Lat,
		})
	}
	if err := p.put(ctx, b); err != nil {
		return fmt.Errorf("enterprises: %w", err)
	}
	return nil
}

// furnishField brings in what the enterprises have; hooks is where the parties
// hear.
func furnishField(ctx context.Context, p *Platform, d *sim.District, hooks string) error {
	dist := p.Registry.District()
	var b registry.Batch
	hook := func(party *fengsui.Party) {
		b.Contacts = append(b.Contacts, registry.PartyContacts{Party: party.ID, Contacts: []fengsui.Contact{{
			Name: party.Name, Duty: "duty_desk", Channels: []fengsui.Channel{{Kind: "webhook", Address: hooks + "/" + party.Code}},
		}}})
	}
	for _, k := range []fengsui.PartyKind{fengsui.Bureau, fengsui.Regulator, fengsui.Zone} {
		for _, party := range dist.Kind(k) {
			hook(party)
		}
	}
	for _, f := range d.Firms {
		e := dist.EnterpriseByCode(f.Code)
		for _, a := range f.Assets {
			b.Assets = append(b.Assets, fengsui.Asset{Enterprise: e.ID, Code: a.Code, Kind: a.Kind, Name: a.Name, Lon: a.Lon, Lat: a.Lat, Attrs: a.Attrs})
		}
		b.Devices = append(b.Devices, fengsui.Device{Enterprise: e.ID, Code: f.Gateway, Name: f.Gateway})
		pc := registry.PartyContacts{Party: e.ID}
		for _, c := range f.Contacts {
			pc.Contacts = append(pc.Contacts, fengsui.Contact{Name: c.Name, Duty: c.Duty, Phone: c.Phone, Channels: []fengsui.Channel{{Kind: "webhook", Address: hooks + "/" + f.Code}}})
		}
		b.Contacts = append(b.Contacts, pc)
	}
	if err := p.put(ctx, b); err != nil {
		return fmt.Errorf("assets, devices, contacts: %w", err)
	}
	dist = p.Registry.District()
	assets := map[fengsui.ID]map[string]fengsui.ID{}
	for _, a := range dist.Assets {
		if assets[a.Enterprise] == nil {
			assets[a.Enterprise] = map[string]fengsui.ID{}
		}
		assets[a.Enterprise][a.Code] = a.ID
	}
	b = registry.Batch{}
	for _, f := range d.Firms {
		e := dist.EnterpriseByCode(f.Code)
		gateway := dist.DeviceByCode(e.Num, f.Gateway)
		for _, sp := range f.Points {
			point := sp.Point
			point.Enterprise, point.Asset, point.Device = e.ID, assets[e.ID][sp.AssetCode], gateway.ID
			b.Points = append(b.Points, point)
		}
	}
	if err := p.put(ctx, b); err != nil {
		return fmt.Errorf("points: %w", err)
	}
	return nil
}

// furnishDesk brings in the people of the control room and their shifts, as an
// administrator does on the page of the roster.
func furnishDesk(ctx context.Context, p *Platform, d *sim.District, hooks string) error {
	desk := p.Registry.District().Kind(fengsui.Operator)[0]
	var contacts []fengsui.Contact
	for _, c := range d.Desk {
		contacts = append(contacts, fengsui.Contact{Name: c.Name, Duty: c.Duty, Phone: c.Phone, Channels: []fengsui.Channel{{Kind: "webhook", Address: hooks + "/" + desk.Code}}})
	}
	roster := fengsui.Roster{Party: desk.ID, Shifts: d.Shifts}
	if err := p.Registry.Organise(ctx, adminScope(), fengsui.Actor{Name: "demo"}, contacts, roster); err != nil {
		return fmt.Errorf("roster of the control room: %w", err)
	}
	return nil
}

// furnishVehicles brings vehicles and their terminals in.
func furnishVehicles(ctx context.Context, p *Platform, list []*sim.Vehicle) error {
	if len(list) == 0 {
		return nil
	}
	dist := p.Registry.District()
	var b registry.Batch
	for _, v := range list {
		b.Assets = append(b.Assets, fengsui.Asset{
			Enterprise: dist.EnterpriseByCode(v.Firm.Code).ID, Code: v.Code(), Kind: "vehicle", Name: v.Plate + " " + v.Name,
			Attrs: map[string]string{"plate": v.Plate, "plate_colour": v.Colour, "class": v.Class, "speed_limit": strconv.FormatFloat(v.Limit, 'f', -1, 64)},
		})
	}
	if err := p.put(ctx, b); err != nil {
		return fmt.Errorf("vehicles: %w", err)
	}
	dist = p.Registry.District()
	assets := map[string]*fengsui.Asset{}
	for _, a := range dist.Assets {
		if a.Kind == "vehicle" {
			assets[a.Code] = a
		}
	}
	b = registry.Batch{}
	for _, v := range list {
		a := assets[v.Code()]
		b.Devices = append(b.Devices, fengsui.Device{
			Enterprise: a.Enterprise, Code: "T-" + v.Code(), Name: v.Plate, Asset: a.ID, Keys: map[string]string{jt808.Adapter: v.Number},
		})
	}
	if err := p.put(ctx, b); err != nil {
		return fmt.Errorf("terminals: %w", err)
	}
	return nil
}

// issue makes a push key for an enterprise.
func (p *Platform) issue(ctx context.Context, code string) (id string, secret []byte, err error) {
	e := p.Registry.District().EnterpriseByCode(code)
	if e == nil {
		return "", nil, errors.New("there is no enterprise " + code)
	}
	key, secret, err := p.Registry.Issue(ctx, adminScope(), fengsui.Actor{Name: "demo", Key: rand.Text()}, e.ID)
	return key.ID, secret, err
}

// caFile is where the CA stands that the platform's certificate is of.
func (p *Platform) caFile() string { return cmp.Or(p.c.TLS.CertFile, p.data.file("tls", "ca.pem")) }

// trustingClient trusts the CA of the platform's certificate.
func (p *Platform) trustingClient() (*http.Client, *x509.CertPool, error) {
	if p.c.TLS.CertFile == "" {
		if _, err := certificates(p.data, p.c.hosts(), time.Now()); err != nil {
			return nil, nil, err
		}
	}
	roots, err := trusted(p.caFile())
	if err != nil {
		return nil, nil, err
	}
	return &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 256, IdleConnTimeout: 2 * time.Minute,
		},
	}, roots, nil
}
