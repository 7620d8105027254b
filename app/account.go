package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fengsui"
	"fengsui/account"
	"fengsui/api"
)

// openAccounts opens the accounts; the master key seals second factors.
func (p *Platform) openAccounts(ctx context.Context, master []byte) (*account.Accounts, error) {
	c, district := p.c.Accounts, p.Registry.District
	return account.Open(ctx, account.Config{
		DB: p.DB, Master: master, Party: func(id fengsui.ID) *fengsui.Party { return district().Parties[id] }, Log: p.log,
		Idle: c.Idle, Absolute: c.Absolute, Sessions: c.Sessions, Failures: c.Failures, Lock: c.Lock, Fresh: c.Fresh, TOTP: c.TOTP,
		Rules: account.Rules{Length: c.PasswordLength, Long: c.PasswordLong, Kinds: c.PasswordKinds, Kept: c.PasswordKept, Age: c.PasswordAge},
	})
}

// checkAccounts says what cannot work in accounts and limits.
func (c *Config) checkAccounts() (errs []error) {
	a := c.Accounts
	if a.Idle < time.Minute || a.Absolute < a.Idle || a.Fresh < time.Minute || a.Lock < time.Minute {
		errs = append(errs, errors.New("accounts: idle, fresh and lock must be at least 1m, absolute no shorter than idle"))
	}
	if a.Sessions < 1 || a.Failures < 2 {
		errs = append(errs, errors.New("accounts: sessions must be at least 1, failures at least 2"))
	}
	if a.PasswordLength < 8 || a.PasswordLength > 64 || a.PasswordKinds < 1 || a.PasswordKinds > 4 || a.PasswordLong == 0 || a.PasswordKept == 0 || a.PasswordAge == 0 {
		errs = append(errs, errors.New("accounts: password_length must be 8 to 64, password_kinds 1 to 4; password_long, password_kept and password_age are -1, -1 and -1s for none, never 0"))
	}
	if a.PairTime < time.Minute {
		errs = append(errs, errors.New("accounts: pair_time must be at least 1m, for another person has to look at what was proposed"))
	}
	if _, err := c.pairs(); err != nil {
		errs = append(errs, err)
	}
	if a.PasswordKept > 24 {
		errs = append(errs, errors.New("accounts: password_kept is at most 24, for each is compared"))
	}
	for _, r := range a.TOTP {
		if !slices.Contains(fengsui.Roles, r) {
			errs = append(errs, fmt.Errorf("accounts.totp: there is no role %q", r))
		}
	}
	for _, r := range []struct {
		name       string
		per, burst float64
	}{{"address", c.Limits.Address.PerSecond, c.Limits.Address.Burst}, {"caller", c.Limits.Caller.PerSecond, c.Limits.Caller.Burst}, {"sign_in", c.Limits.SignIn.PerSecond, c.Limits.SignIn.Burst}, {"public", c.Limits.Public.PerSecond, c.Limits.Public.Burst}} {
		if r.per <= 0 || r.burst < 1 {
			errs = append(errs, fmt.Errorf("limits.%s: per_second must be above 0, burst at least 1", r.name))
		}
	}
	return errs
}

const (
	pairsShipped = "shipped"
	pairsNone    = "none"
)

// pairs is the list of acts that two people do.
func (c *Config) pairs() ([]api.Pair, error) {
	switch c.Accounts.Pairs {
	case pairsNone:
		return nil, nil
	case pairsShipped:
		return api.ReadPairs(nil)
	}
	b, err := os.ReadFile(filepath.Clean(c.Accounts.Pairs))
	if err != nil {
		return nil, fmt.Errorf("accounts.pairs: it is shipped, none or the path of a list: %w", err)
	}
	list, err := api.ReadPairs(b)
	if err != nil {
		return nil, fmt.Errorf("accounts.pairs %s: %w", c.Accounts.Pairs, err)
	}
	return list, nil
}

// securityScope is the scope of who makes accounts from the machine's own command line.
func securityScope() fengsui.Scope {
	s := fengsui.Everything()
	s.Role = fengsui.RoleSecurity
	return s
}

// strict is around everything under one address: what every answer carries, whatever
// it is. A browser that came by TLS once comes by TLS from then on.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}
