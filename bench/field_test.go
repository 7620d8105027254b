package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"fengsui"
	"fengsui/adapter/push"
	"fengsui/app"
	"fengsui/registry"
	"fengsui/sim"
)

// The field: 200 enterprises with 500 points each send, and few more with points
// of their own wait for the measurement of the feed.
const (
	plants      = 200
	points      = 500 // of a plant: one batch
	probePlants = 20
	probePoints = 40
	batch       = 500
)

// key opens the door for an enterprise.
type key struct {
	Code, ID   string
	Secret     []byte
	Enterprise fengsui.ID
}

const (
	login    = "duty"
	password = "beacon-tower-2026"
)

func everything() fengsui.Scope {
	s := fengsui.Everything()
	s.Role = fengsui.RoleAdmin
	return s
}

// size is how large a field is: the smoke test takes a small one.
type size struct{ plants, points, probes int }

// furnish makes a platform's data: registry, keys and an account. The platform is
// not running.
func furnish(ctx context.Context, at place, n size) (keys []key, err error) {
	c := at.config()
	c.History.On = false
	p, err := app.Open(ctx, c, slog.New(slog.DiscardHandler), app.WithModels(models()))
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if err := p.Registry.Seed(ctx); err != nil {
		return nil, err
	}
	scope, by := everything(), fengsui.Actor{Name: "bench"}
	put := func(b registry.Batch) error {
		r, err := p.Registry.Put(ctx, scope, by, &b)
		if err == nil && len(r.Errors) > 0 {
			err = fmt.Errorf("%+v", r.Errors[0])
		}
		return err
	}
	names, err := sim.Generate(1, n.plants+n.probes, 10*(n.plants+n.probes), fengsui.SpanOf(10*time.Second))
	if err != nil {
		return nil, err
	}
	zones := map[string]fengsui.ID{}
	for _, z := range p.Registry.District().Kind(fengsui.Zone) {
		zones[z.Code] = z.ID
	}
	var b registry.Batch
	for _, f := range names.Firms[:n.plants+n.probes] {
		b.Enterprises = append(b.Enterprises, fengsui.Enterprise{
			Code: f.Code, CreditCode: f.CreditCode, Name: f.Name, ShortName: f.Short, Sector: f.Sector, Zone: zones[f.Zone],
		})
	}
	if err := put(b); err != nil {
		return nil, fmt.Errorf("enterprises: %w", err)
	}
	ll, l, h, hh := 5.0, 10.0, 80.0, 90.0
	for i, f := range names.Firms[:n.plants+n.probes] {
		e := p.Registry.District().EnterpriseByCode(f.Code)
		id, secret, err := p.Registry.Issue(ctx, scope, fengsui.Actor{Name: "bench", Key: rand.Text()}, e.ID)
		if err != nil {
			return nil, fmt.Errorf("key of %s: %w", f.Code, err)
		}
		keys = append(keys, key{f.Code, id.ID, secret, e.ID})
		count := n.points
		if i >= n.plants {
			count = probePoints
		}
		for j := range count {
			b.Points = append(b.Points, fengsui.Point{
				Enterprise: e.ID, Code: code(j), Name: "Temperature " + strconv.Itoa(j+1), Quantity: fengsui.Temperature, Unit: "°C",
				RangeHigh: 100, LL: &ll, L: &l, H: &h, HH: &hh, Every: fengsui.SpanOf(10 * time.Second),
			})
		}
	}
	b.Enterprises = nil
	if err := put(b); err != nil {
		return nil, fmt.Errorf("points: %w", err)
	}
	scope.Role = fengsui.RoleSecurity
	_, err = p.Accounts.CreateUser(ctx, scope, by, fengsui.User{Login: login, Name: login, Role: fengsui.RoleDuty, Party: p.Registry.District().Kind(fengsui.Operator)[0].ID}, password)
	return keys, err
}

func code(point int) string { return fmt.Sprintf("TI-%04d.PV", point+1) }

// plant is one enterprise that sends. One goroutine at a time uses it.
type plant struct {
	number int
	push.Client
	codes  []string
	tenths []int32 // the points' values, in tenths
	seed   uint64
	at     fengsui.Millis // of the newest sample
	run    string
	sent   int
	out    push.Batch
}

func newPlant(number int, k key, count int) *plant {
	p := &plant{number: number, seed: uint64(number)*0x9e3779b97f4a7c15 + 1, run: rand.Text()[:8]}
	p.Enterprise, p.Key, p.Secret = k.Code, k.ID, k.Secret
	for i := range count {
		p.codes, p.tenths = append(p.codes, code(i)), append(p.tenths, 300+int32(i%200))
	}
	return p
}

// toward points the plant at a platform.
func (p *plant) toward(s *running, compact bool) {
	p.URL, p.HTTP, p.Compact = s.Secure, s.http, compact
}

// next is the next reading of n of the points: values wander by tenths, times
// never repeat.
func (p *plant) next(n int) *push.Batch {
	p.at = max(p.at+1, fengsui.At(time.Now()))
	p.out.Samples = p.out.Samples[:0]
	for range n {
		i := 0
		if n == len(p.codes) {
			i = len(p.out.Samples)
			if i%100 == 99 {
				p.at++ // a gateway does not read all at one moment
			}
		} else {
			i = p.sent % len(p.codes)
		}
		p.seed ^= p.seed << 13
		p.seed ^= p.seed >> 7
		p.seed ^= p.seed << 17
		if p.seed&3 == 0 {
			if p.tenths[i] += int32(p.seed>>2&2) - 1; p.tenths[i] < 200 || p.tenths[i] > 600 {
				p.tenths[i] = 400
			}
		}
		p.out.Samples = append(p.out.Samples, push.Sample{Code: p.codes[i], At: p.at, Value: float64(p.tenths[i]) / 10})
	}
	p.sent++
	return &p.out
}

// key is the idempotency key of the batch that next made.
func (p *plant) key() string { return p.run + "-" + strconv.Itoa(p.sent) }

// post sends n samples and waits for the answer.
func (p *plant) post(ctx context.Context, n int) error {
	b := p.next(n)
	r, err := p.Send(ctx, p.key(), b)
	if err == nil && (r.Accepted != n || len(r.Errors) > 0) {
		err = fmt.Errorf("%s: %d of %d samples were accepted: %+v", p.Enterprise, r.Accepted, n, r.Errors)
	}
	return err
}

// flood has workers send as fast as they are answered until the time is over. Each
// plant belongs to one worker. It gives the number of answers and how long each
// took.
func flood[P any](workers int, d time.Duration, list []P, post func(context.Context, P) error) (took []time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	workers = min(workers, len(list))
	all := make([][]time.Duration, workers)
	var wg sync.WaitGroup
	end := time.Now().Add(d)
	for w := range workers {
		wg.Go(func() {
			for i := w; ctx.Err() == nil; i += workers {
				if i >= len(list) {
					i = w
				}
				begin := time.Now()
				if begin.After(end) {
					return
				}
				if err := post(ctx, list[i]); err != nil {
					cancel(err)
					return
				}
				all[w] = append(all[w], time.Since(begin))
			}
		})
	}
	wg.Wait()
	for _, some := range all {
		took = append(took, some...)
	}
	return took, context.Cause(ctx)
}

// pace sends at a rate, whatever the answers do, until stop: a plant that is not
// answered yet is waited for. It gives how long after its time each was answered.
func pace(perSecond float64, workers int, list []*plant, stop <-chan struct{}) (took []time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	all := make([][]time.Duration, workers)
	var wg sync.WaitGroup
	var next atomic.Int64
	locks := make([]sync.Mutex, len(list))
	begin := time.Now()
	for w := range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := next.Add(1) - 1
				due := begin.Add(time.Duration(float64(i) / perSecond * float64(time.Second)))
				select {
				case <-stop:
					return
				case <-time.After(time.Until(due)):
				}
				n := int(i) % len(list)
				locks[n].Lock()
				err := list[n].post(ctx, batch)
				locks[n].Unlock()
				if err != nil {
					cancel(err)
					return
				}
				all[w] = append(all[w], time.Since(due))
			}
		})
	}
	wg.Wait()
	for _, some := range all {
		took = append(took, some...)
	}
	return took, context.Cause(ctx)
}
