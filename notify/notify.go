// Package notify brings what the journal says to those who must hear it (A04,
// A21-A23, A44): one push per step and party, recorded with every receiver,
// attempt and answer.
//
// It reads the journal by position; push rows and the place are one transaction
// and a push is unique by its key, so none is lost and none is doubled, whatever
// is killed when. A push is on the console at once. Outward each contact is told
// by its first channel; when that is dead, by the next; and when the last one is
// dead the push is given up there and the duty desk is told, once per dead
// channel. The municipal platform is never given up. A message that its receiver
// answers with a no does not hold others: it is refused for good or tried again by
// itself, as the channel's table says, and the duty desk is told once.
//
// A party's roster says who of it hears first (fengsui.Roster); when nobody of it acts
// on the warning, or answers a call, the next contact hears, then all of them. Quiet
// hours hold blue, and up to their level what the regulation does not order of yellow and
// orange (ordered), until they end, and nothing behind it. All of that is rows with a
// time, so that a restart forgets none. A party without a roster has every
// contact told at once. What was refused or given up an officer sends again.
//
// Delivery outward is at least once, under one key that every attempt carries: an
// attempt is recorded before it begins and its answer after it, and one whose
// answer was lost is repeated and counted as in doubt. Messages to one address go
// one at a time in journal order, those of one warning always; different addresses
// do not wait for each other.
// Whoever decides what is told to whom is not here: that is in Change.Tell.
//
// Run owns two goroutines (the reader and the sender) and at most Workers
// attempts; it waits for all of them.
package notify

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed retry.yaml
var shippedRetry []byte

// Tables is what notify keeps: nobody's acts, so it is kept without a journal.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "notify", FS: sub, Kept: []string{"notify_push", "notify_address", "notify_delivery"}}
}

// Channel carries a message to one address. A nil error means that the receiver
// said yes; answer is what it said. It may be asked to send the same message
// again and then sends it under the same key.
type Channel interface {
	Send(ctx context.Context, m Message) (answer string, err error)
}

// Receipted is a channel whose gateway names what it took, to report on it later.
type Receipted interface {
	SendReceipted(ctx context.Context, m Message) (answer, receipt string, err error)
}

// Retry says how a channel is tried, see retry.yaml.
type Retry struct {
	Delays     []fengsui.Span `yaml:"delays"`      // after each failure but the last
	Probe      fengsui.Span   `yaml:"probe"`       // a dead one is tried again after it
	Timeout    fengsui.Span   `yaml:"timeout"`     // of one attempt
	RetryAfter fengsui.Span   `yaml:"retry_after"` // a receiver that asks for more than it is tried again after it
	Forever    bool           `yaml:"forever"`     // kept until answered, never given up
	Repeat     Repeat         `yaml:"repeat"`
	Answers    map[int]Answer `yaml:"answers"` // by HTTP status
}

// Repeat is how what was taken is sent again until the person confirms: a telephone
// that rings is not yet one that is answered.
type Repeat struct {
	Every fengsui.Span `yaml:"every"`
	Times int          `yaml:"times"` // beyond the first; 0: never
}

// Config plugs notify into the platform.
type Config struct {
	DB       *store.DB
	District func() *fengsui.District
	Warning  func(context.Context, fengsui.ID) (fengsui.Warning, error)
	Learnt   func(ctx context.Context, warning fengsui.ID, at fengsui.Millis) (fengsui.Millis, error) // when the platform had the signal of that time, 0: there is none; nil: nobody knows
	PartyOf  func(ctx context.Context, user fengsui.ID) (fengsui.ID, error)                           // of who acts, empty for one who is gone; nil: nobody's acts confirm a push
	Caught   func(context.Context, fengsui.Restored) error                                            // why what a restored platform missed is not all judged again yet; nil: it is
	Policy   func(key string) *fengsui.Escalation                                                     // nil where it is not known; of an empty key the one in force: a show's scale is in every message
	Channels map[string]Channel                                                                       // by kind: email, webhook, municipal; others are passed over
	Retry    map[string]Retry                                                                         // [the shipped ones]
	Texts    *Texts                                                                                   // [the shipped ones]
	BaseURL  string                                                                                   // of the console, for links
	Sent     func(channel string, m *Message, began time.Time, err error)                             // told of each attempt after it; nil: nobody is
	Workers  int                                                                                      // attempts at once [16]
	Log      *slog.Logger
}

// Notifier is the reader and the sender.
type Notifier struct {
	c    Config
	out  atomic.Bool   // nothing holds the pushes; a restore happens before the start
	wake chan struct{} // holds one: there are new deliveries; more say nothing new
}

// New checks the configuration.
func New(c Config) (*Notifier, error) {
	if c.DB == nil || c.District == nil || c.Warning == nil || c.Policy == nil {
		return nil, errors.New("notify: DB, District, Warning and Policy are needed")
	}
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	c.Workers = cmp.Or(c.Workers, 16)
	var err error
	if c.Texts == nil {
		if c.Texts, err = LoadTexts(shippedTexts); err != nil {
			return nil, err
		}
	}
	if c.Retry == nil {
		if c.Retry, err = LoadRetry(shippedRetry); err != nil {
			return nil, err
		}
	}
	for kind := range c.Channels {
		if _, ok := c.Retry[kind]; !ok {
			return nil, fmt.Errorf("notify: nothing says how channel %s is retried", kind)
		}
	}
	return &Notifier{c: c, wake: make(chan struct{}, 1)}, nil
}

// LoadRetry reads how channels are tried.
func LoadRetry(b []byte) (map[string]Retry, error) {
	var m map[string]Retry
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("retry: %w", err)
	}
	for kind, r := range m {
		if r.Probe <= 0 || r.Timeout <= 0 {
			return nil, fmt.Errorf("retry: %s needs a probe and a timeout above zero", kind)
		}
		if r.RetryAfter < 0 || r.Repeat.Times < 0 || r.Repeat.Times > 0 && r.Repeat.Every <= 0 {
			return nil, fmt.Errorf("retry: %s: retry_after and repeat must not be below zero, and what is repeated needs an every", kind)
		}
		for status, a := range r.Answers {
			if err := a.check(); err != nil {
				return nil, fmt.Errorf("retry: %s, answer %d: %w", kind, status, err)
			}
		}
		for _, d := range r.Delays {
			if d <= 0 {
				return nil, fmt.Errorf("retry: %s has a delay that is not above zero", kind)
			}
		}
	}
	return m, nil
}

// Run reads and sends until ctx ends. A store that is away is waited for.
func (n *Notifier) Run(ctx context.Context) error {
	var wait sync.WaitGroup
	wait.Go(func() { n.persist(ctx, "read the journal", n.read) })
	wait.Go(func() { n.persist(ctx, "send", n.send) })
	wait.Wait()
	return context.Cause(ctx)
}

// persist runs f again, after a pause, whenever it fails: f goes on from what is
// in the store.
func (n *Notifier) persist(ctx context.Context, what string, f func(context.Context) error) {
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		began := time.Now()
		err := f(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > time.Minute {
			pause = time.Second
		}
		n.c.Log.Error("notify stopped and begins again: "+what, "err", err, "pause", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

func now() fengsui.Millis { return fengsui.At(time.Now()) }
