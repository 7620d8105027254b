package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"
)

// Logger writes to stderr at the configured level.
func (c *Config) Logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("log_level: %w", err)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})), nil
}

// Serve opens the platform, listens and runs until ctx ends. Over a hand-over to other
// engines it goes on, with the configuration that holds then.
func Serve(ctx context.Context, c Config) error {
	log, err := c.Logger()
	if err != nil {
		return err
	}
	var over *handOver // the one before; nil: none
	for {
		err := serveOnce(ctx, c, log, over)
		next, ok := errors.AsType[*handOver](err)
		if !ok {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		over, c = next, next.choose(ctx, c, log)
		if log, err = c.Logger(); err != nil {
			return err
		}
	}
}

// serveOnce serves on the engines of one configuration; a handOver says that others are
// to follow.
func serveOnce(ctx context.Context, c Config, log *slog.Logger, over *handOver) (err error) {
	if over != nil {
		defer func() { over.serves(err) }() // unless it was told before
	}
	p, err := Open(ctx, c, log)
	if err != nil {
		return err
	}
	if err := p.Registry.Seed(ctx); err != nil {
		return errors.Join(err, p.Close())
	}
	if p.c.Roles.has(roleAPI) {
		if err := p.firstStart(ctx, os.Stdout); err != nil {
			return errors.Join(err, p.Close())
		}
	}
	p.c.atRestLog(log)
	ready := func(plain, secure string) {
		log.Info("listening", "http", plain, "https", secure)
		if over != nil {
			over.serves(nil)
		}
	}
	p.movable = true
	return errors.Join(p.ListenAndRun(ctx, ready), p.Close())
}

// ListenAndRun runs the stages and the listeners until ctx ends or a listener
// fails; ready is called once both listen. For a hand-over it closes the platform, and
// its doors answer until that is through.
func (p *Platform) ListenAndRun(ctx context.Context, ready func(plain, secure string)) error {
	outer := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if p.movable {
		p.leave = func(h *handOver) { cancel(h) }
	}
	var servers []*http.Server
	var doors, all sync.WaitGroup
	var addrs [2]string
	listen := func(i int, address string, conf *tls.Config) error {
		if address == "" {
			return nil
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", address, err)
		}
		addrs[i] = l.Addr().String()
		s := &http.Server{
			Handler: p.handler(), TLSConfig: conf, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
			MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
			BaseContext: func(net.Listener) context.Context { return ctx },
		}
		servers = append(servers, s)
		doors.Go(func() {
			var err error
			if conf != nil {
				err = s.ServeTLS(l, "", "")
			} else {
				err = s.Serve(l)
			}
			if !errors.Is(err, http.ErrServerClosed) {
				cancel(fmt.Errorf("serve on %s: %w", address, err))
			}
		})
		return nil
	}
	err := listen(0, p.c.HTTP, nil)
	secure := p.c.HTTPS != "" || p.c.MQTT.TLS != "" || p.c.JT808.TLS
	if err == nil && secure {
		err = p.identity.Look()
	}
	if err == nil {
		err = listen(1, p.c.HTTPS, p.identity.Web())
	}
	must := func(door string) bool { return slices.Contains(p.c.TLS.ClientsMust, door) }
	var brokers []net.Listener
	if err == nil {
		brokers, err = p.listenMQTT(p.identity.Socket(must(doorMQTT)))
	}
	var terminals []net.Listener
	if err == nil {
		terminals, err = p.listenJT808(ctx, p.identity.Socket(must(doorJT808)))
	}
	if err == nil {
		all.Go(func() { p.Run(ctx) })
		if secure {
			all.Go(func() { p.keep(ctx, "certificates", p.identity.Run) })
		}
		if p.MQTT != nil {
			all.Go(func() {
				if err := p.MQTT.Run(ctx, brokers...); err != nil {
					cancel(err)
				}
			})
		}
		if p.JT808 != nil {
			all.Go(func() {
				if err := p.JT808.Run(ctx, terminals...); err != nil {
					cancel(err)
				}
			})
		}
		all.Go(func() { p.keep(ctx, "backup", p.serveBackups) })
		all.Go(func() { p.watchman(ctx, p.ownDoor(addrs[0], addrs[1])) })
		if ready != nil {
			ready(addrs[0], addrs[1])
		}
		<-ctx.Done()
	} else {
		cancel(err)
		for _, l := range brokers {
			l.Close()
		}
	}
	if over, ok := errors.AsType[*handOver](context.Cause(ctx)); ok {
		all.Wait()
		p.gate.empty(handOverPatience)
		if err := p.Close(); err != nil {
			p.log.Error("the platform did not end in order", "err", err)
		}
		over.stand(outer)
	}
	// Live feeds end with their context; others get a moment to finish.
	stop, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	for _, s := range servers {
		if s.Shutdown(stop) != nil {
			s.Close()
		}
	}
	doors.Wait()
	all.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// listenMQTT opens the broker's addresses.
func (p *Platform) listenMQTT(conf *tls.Config) (list []net.Listener, err error) {
	if p.MQTT == nil {
		return nil, nil
	}
	for _, address := range []string{p.c.MQTT.TLS, p.c.MQTT.Plain} {
		if address == "" {
			continue
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			for _, l := range list {
				l.Close()
			}
			return nil, fmt.Errorf("listen on %s: %w", address, err)
		}
		if address == p.c.MQTT.TLS {
			p.BrokerAt = l.Addr().String()
			l = tls.NewListener(l, conf)
		}
		list = append(list, l)
	}
	return list, nil
}

// listenJT808 opens the address of vehicle terminals.
func (p *Platform) listenJT808(ctx context.Context, conf *tls.Config) ([]net.Listener, error) {
	c := p.c.JT808
	if p.JT808 == nil {
		return nil, nil
	}
	// No keep-alive: terminals have heartbeats, and pay for what their network carries.
	l, err := (&net.ListenConfig{KeepAlive: -1}).Listen(ctx, "tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", c.Address, err)
	}
	p.TerminalsAt = l.Addr().String()
	if c.TLS {
		l = tls.NewListener(l, conf)
	}
	return []net.Listener{l}, nil
}

// hosts are the names in the server's certificate.
func (c *Config) hosts() []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	if h, err := os.Hostname(); err == nil {
		names = append(names, h)
	}
	if u, err := url.Parse(c.BaseURL); err == nil {
		names = append(names, u.Hostname())
	}
	return names
}
