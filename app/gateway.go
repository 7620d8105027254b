package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"fengsui"
	"fengsui/notify"
	"fengsui/notify/gateway"
)

// gatewayPrefix is where providers report what became of a message: <prefix><kind>.
const gatewayPrefix = "/gateway/v1/"

// GatewayConfig is a provider of short messages or voice calls.
type GatewayConfig struct {
	Provider   string            `yaml:"provider"` // name of a shipped one, or a .yaml file of its shape; empty: none
	Settings   map[string]string `yaml:"settings"` // the provider's own
	SecretFile string            `yaml:"secret_file"`
	CAFile     string            `yaml:"ca_file"`
}

// gatewayChannels are the channels that go through providers' HTTP interfaces, and who
// takes their reports.
func (p *Platform) gatewayChannels() (map[string]notify.Channel, http.Handler, error) {
	channels := map[string]notify.Channel{}
	token, err := optional(p.c.Gateway.TokenFile)
	if err != nil {
		return nil, nil, err
	}
	reports := &gateway.Handler{Prefix: gatewayPrefix, Token: notify.NewSecret(strings.TrimSpace(string(token))), Providers: map[string]*gateway.Provider{}, Log: p.log,
		Take: func(ctx context.Context, kind string, r notify.Report) error { return p.Notify.Reported(ctx, kind, r) }}
	for kind, c := range map[string]GatewayConfig{"sms": p.c.Gateway.SMS, "voice": p.c.Gateway.Voice} {
		if c.Provider == "" {
			continue
		}
		ch, provider, err := openGateway(kind, c)
		if err != nil {
			return nil, nil, fmt.Errorf("gateway.%s: %w", kind, err)
		}
		channels[kind], reports.Providers[kind] = ch, provider
	}
	secrets, err := addressSecrets(p.c.Gateway.RobotSecretsFile)
	if err != nil {
		return nil, nil, err
	}
	for _, kind := range p.c.Gateway.Robots {
		provider, err := gateway.LoadProvider(gateway.Shipped(), kind)
		if err == nil {
			channels[kind], err = gateway.New(gateway.Config{Provider: provider, Secrets: secrets})
		}
		if err != nil {
			return nil, nil, fmt.Errorf("gateway.robots: %w", err)
		}
	}
	return channels, reports, nil
}

func openGateway(kind string, c GatewayConfig) (*gateway.Channel, *gateway.Provider, error) {
	fsys, name := gateway.Shipped(), c.Provider
	if file, ok := strings.CutSuffix(c.Provider, ".yaml"); ok {
		fsys, name = os.DirFS(filepath.Dir(file)), filepath.Base(file)
	}
	provider, err := gateway.LoadProvider(fsys, name)
	if err != nil {
		return nil, nil, err
	}
	if !provider.Serves(kind) {
		return nil, nil, fmt.Errorf("the provider %s is for %s", name, strings.Join(provider.For, ", "))
	}
	secret, err := optional(c.SecretFile)
	if err != nil {
		return nil, nil, err
	}
	roots, err := trusted(c.CAFile)
	if err != nil {
		return nil, nil, err
	}
	ch, err := gateway.New(gateway.Config{Provider: provider, Settings: c.Settings, Secret: notify.NewSecret(strings.TrimSpace(string(secret))), Roots: roots})
	return ch, provider, err
}

// addressSecrets reads a file of lines "address secret".
func addressSecrets(file string) (map[string]notify.Secret, error) {
	b, err := optional(file)
	if err != nil {
		return nil, err
	}
	secrets := map[string]notify.Secret{}
	for i, line := range strings.Split(string(b), "\n") {
		w := strings.Fields(line)
		if len(w) == 0 || strings.HasPrefix(w[0], "#") {
			continue
		}
		if len(w) != 2 {
			return nil, fmt.Errorf("gateway.robot_secrets_file: line %d must be an address and a secret", i+1)
		}
		secrets[w[0]] = notify.NewSecret(w[1])
	}
	return secrets, nil
}

// partyOf is the party of one who acted, empty when the account is gone.
func (p *Platform) partyOf(ctx context.Context, user fengsui.ID) (fengsui.ID, error) {
	s := fengsui.Everything()
	s.Role = fengsui.RoleSecurity // who may look accounts up
	u, err := p.Accounts.User(ctx, s, user)
	if fengsui.CodeOf(err) == fengsui.NotFound {
		return "", nil
	}
	return u.Party, err
}
