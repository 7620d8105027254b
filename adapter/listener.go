package adapter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// The reasons for which a Listener takes no connection.
const (
	Full    = "full"    // there are as many as may be
	Address = "address" // so many have come from this address
)

// Listener takes an adapter's connections: at most so many, each in a goroutine of
// its own. When it stops it ends them all and waits for them.
type Listener struct {
	Name       string                             // of the adapter
	Most       int                                // connections
	PerAddress int                                // from one IP address; 0: as many as Most
	Refused    func(reason string, conn net.Conn) // a connection is not taken, and is closed after
	Log        *slog.Logger

	mu        sync.Mutex
	open      map[net.Conn]struct{} // guarded by mu
	addresses map[string]int        // guarded by mu; connections by IP address
}

// Open is how many connections there are.
func (l *Listener) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// Run takes connections from the listeners, which it closes, until ctx ends or one
// of them fails, which is its error. TLS is the listeners'. serve has a connection
// until it returns; its context ends when Run does. part, if it is not nil, may tell
// those who are connected before Run closes them. Run returns when every connection
// has ended.
func (l *Listener) Run(ctx context.Context, serve func(context.Context, net.Conn), part func(open []net.Conn), listeners ...net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for _, from := range listeners {
		all.Go(func() {
			if err := l.accept(ctx, from, serve, &all); err != nil {
				cancel(fmt.Errorf("%s on %s: %w", l.Name, from.Addr(), err))
			}
		})
	}
	<-ctx.Done()
	for _, from := range listeners {
		from.Close()
	}
	l.mu.Lock()
	var open []net.Conn // no more come: admit sees that ctx has ended
	for conn := range l.open {
		open = append(open, conn)
	}
	l.mu.Unlock()
	if part != nil {
		part(open)
	}
	for _, conn := range open {
		conn.Close()
	}
	all.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// accept takes connections until the listener is closed.
func (l *Listener) accept(ctx context.Context, from net.Listener, serve func(context.Context, net.Conn), all *sync.WaitGroup) error {
	for {
		conn, err := from.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil { // no files left, or hung up already
			l.Log.Warn("connection not accepted", "err", err)
			Rest(ctx, 100*time.Millisecond)
			continue
		}
		if reason := l.admit(ctx, conn); reason != "" {
			l.Refused(reason, conn)
			conn.Close()
			continue
		}
		all.Go(func() {
			defer l.leave(conn)
			serve(ctx, conn)
		})
	}
}

// admit counts a connection, or says why it is not taken.
func (l *Listener) admit(ctx context.Context, conn net.Conn) (reason string) {
	host := host(conn)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case len(l.open) >= l.Most || ctx.Err() != nil:
		return Full
	case l.PerAddress > 0 && l.addresses[host] >= l.PerAddress:
		return Address
	}
	if l.open == nil {
		l.open, l.addresses = map[net.Conn]struct{}{}, map[string]int{}
	}
	l.open[conn] = struct{}{}
	l.addresses[host]++
	return ""
}

// leave ends a connection.
func (l *Listener) leave(conn net.Conn) {
	conn.Close()
	host := host(conn)
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, conn)
	if l.addresses[host]--; l.addresses[host] <= 0 {
		delete(l.addresses, host)
	}
}

// host is the address that a connection counts for.
func host(c net.Conn) string {
	h, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return c.RemoteAddr().String()
	}
	return h
}

// Rest waits, or less when ctx ends.
func Rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
