package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// heartbeatWait bounds one heartbeat.
const heartbeatWait = 15 * time.Second

// beat says to a machine elsewhere that warnings get through, again and again, and says
// nothing while they do not: what never comes is noticed there, whatever is the matter
// here (a dead man's switch, DESIGN §5.9).
func (p *Platform) beat(ctx context.Context) error {
	h := p.c.Heartbeat
	token, err := optional(h.TokenFile)
	if err != nil {
		return err
	}
	roots, err := trusted(h.CAFile)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: heartbeatWait, Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}}
	every := time.NewTicker(h.Every)
	defer every.Stop()
	silent := false
	for {
		if why := p.unwell(ctx); why != nil {
			if !silent {
				p.log.Error("the heartbeat falls silent", "err", why)
			}
			silent = true
		} else {
			silent = false
			if err := heartbeat(ctx, client, h.Method, h.URL, strings.TrimSpace(string(token))); err != nil && ctx.Err() == nil {
				p.log.Warn("heartbeat not taken", "err", err)
			}
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// unwell is why nobody elsewhere may think that all is well: the canary is lost, or there
// is none and door or records do not work; and a restored platform tells nobody anything.
func (p *Platform) unwell(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := errors.Join(p.loopReady(), p.held(ctx)); err != nil {
		return err
	}
	if p.walk == nil {
		return errors.Join(p.Door.Ready(), p.Bus.Ready(), p.DB.Ready(ctx))
	}
	return nil
}

// heartbeat sends one.
func heartbeat(ctx context.Context, client *http.Client, method, url, token string) error {
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return errors.New("heartbeat.url is no address") // it may hold a secret
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(r)
	if err != nil {
		return bare(err)
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode >= 300 {
		return fmt.Errorf("answered %s", answer.Status)
	}
	return nil
}

// bare is an error of a request without its address, whose path is often the secret.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

func (c *Config) checkHeartbeat() []error {
	h := c.Heartbeat
	if h.URL == "" {
		return nil
	}
	var errs []error
	u, err := url.Parse(h.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		errs = append(errs, errors.New("heartbeat.url: write https://host/path"))
	case u.Scheme == "http" && u.Hostname() != "localhost" && !loopback(u.Hostname()+":0") && h.TokenFile != "":
		errs = append(errs, errors.New("heartbeat.url: a token is sent by https alone, or to this machine"))
	}
	if h.Method != http.MethodPost && h.Method != http.MethodGet {
		errs = append(errs, fmt.Errorf("heartbeat.method: %q is neither POST nor GET", h.Method))
	}
	if h.Every < time.Second {
		errs = append(errs, errors.New("heartbeat.every must be at least 1s"))
	}
	return errs
}
