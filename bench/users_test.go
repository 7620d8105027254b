package bench

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter/push"
	"fengsui/api"
	"fengsui/app"
)

// The users of BenchmarkHundredUsers, and what is raised before them.
const (
	usersAtOnce    = 100
	raisedPerSec   = 20
	raisingPlants  = 40
	raisingPoints  = 50
	raisedAtOnceOf = raisingPlants * raisingPoints // each point raises once
)

// BenchmarkHundredUsers has a hundred people of eight roles signed in, each with a live
// feed open (N02), while twenty red warnings a second are raised by the software
// interface: how long it takes from a warning's row, by the row's own time, which lies
// before its commit, to each feed that is to tell it. What a feed told is held against
// what its user's list shows.
func BenchmarkHundredUsers(b *testing.B) { part(b, "users", hundredUsers) }

func hundredUsers(b *testing.B) {
	at := place{Dir: filepath.Join(b.TempDir(), "users"), Plain: "127.0.0.1:0", Secure: "127.0.0.1:0"}
	keys, err := furnish(b.Context(), at, size{raisingPlants, raisingPoints, 0})
	if err != nil {
		b.Fatal(err)
	}
	names, err := furnishUsers(b.Context(), at, usersAtOnce)
	if err != nil {
		b.Fatal(err)
	}
	s, err := launch(at)
	if err != nil {
		b.Fatal(err)
	}
	defer s.kill()
	var list []*plant
	for i, k := range keys {
		p := newPlant(i, k, raisingPoints)
		p.toward(s, true)
		list = append(list, p)
	}
	for _, p := range list {
		if err := p.post(b.Context(), raisingPoints); err != nil {
			b.Fatal(err)
		}
	}
	crowd, err := enterUsers(b.Context(), s, names)
	if err != nil {
		b.Fatal(err)
	}
	defer leaveUsers(crowd)
	if err := s.drain(); err != nil {
		b.Fatal(err)
	}
	settle(30*time.Second, s)

	n := min(raisedPerSec*int(seconds(20)/time.Second), raisedAtOnceOf)
	m := measure(s)
	done := s.profile("users", int(seconds(15)/time.Second))
	if err := raise(b.Context(), list, n); err != nil {
		b.Fatal(err)
	}
	if err := toldAll(b.Context(), s, crowd, n); err != nil {
		b.Fatal(err)
	}
	c := m.stop()
	if err := done(); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	fewest, most := n, 0
	for _, u := range crowd {
		took = append(took, u.took...)
		fewest, most = min(fewest, len(u.took)), max(most, len(u.took))
	}
	slices.Sort(took)
	note := fmt.Sprintf("%d users of 8 roles, %d warnings at %d a second, of which a user sees %d to %d; %s told, none missing", len(crowd), n, raisedPerSec, fewest, most, short(float64(len(took))))
	all.add("a hundred users: warning recorded → on the page's feed, median", ms(percentile(took, 50)), "ms", nil, c, "%s", note).spread(took)
	all.add("a hundred users: warning recorded → on the page's feed, p99", ms(percentile(took, 99)), "ms", atMost(300), cost{}, "of the same")
	if err := s.end(); err != nil {
		b.Errorf("the platform ended with %v", err)
	}
}

// TestHundredUsers runs the users' apparatus once with a few, so that it does not rot.
func TestHundredUsers(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	at := place{Dir: t.TempDir(), Plain: "127.0.0.1:0", Secure: "127.0.0.1:0"}
	keys, err := furnish(t.Context(), at, size{2, 5, 0})
	if err != nil {
		t.Fatal(err)
	}
	names, err := furnishUsers(t.Context(), at, 8)
	if err != nil {
		t.Fatal(err)
	}
	s, err := launch(at)
	if err != nil {
		t.Fatal(err)
	}
	defer s.kill()
	var list []*plant
	for i, k := range keys {
		p := newPlant(i, k, 5)
		p.toward(s, true)
		list = append(list, p)
	}
	crowd, err := enterUsers(t.Context(), s, names)
	if err != nil {
		t.Fatal(err)
	}
	defer leaveUsers(crowd)
	if err := raise(t.Context(), list, 6); err != nil {
		t.Fatal(err)
	}
	if err := toldAll(t.Context(), s, crowd, 6); err != nil {
		t.Fatal(err)
	}
	scopes := map[int]bool{}
	for _, u := range crowd {
		scopes[len(u.took)] = true
	}
	if len(scopes) < 2 {
		t.Errorf("every user was told the same number of warnings: %v", scopes)
	}
	if err := s.end(); err != nil {
		t.Errorf("the platform ended with %v", err)
	}
}

// furnishUsers makes accounts of eight roles by turns, those with a part of the district
// by turns in all of its parts, and gives their logins. The platform is not running.
func furnishUsers(ctx context.Context, at place, n int) (logins []string, err error) {
	c := at.config()
	c.History.On = false
	p, err := app.Open(ctx, c, slog.New(slog.DiscardHandler), app.WithModels(models()))
	if err != nil {
		return nil, err
	}
	defer p.Close()
	scope, district := everything(), p.Registry.District()
	scope.Role = fengsui.RoleSecurity
	var firms []fengsui.ID
	for id := range district.Enterprises {
		firms = append(firms, id)
	}
	slices.Sort(firms)
	seats := []struct {
		role fengsui.Role
		kind fengsui.PartyKind
	}{
		{fengsui.RoleDuty, fengsui.Operator}, {fengsui.RoleEnterprise, fengsui.Firm}, {fengsui.RoleZone, fengsui.Zone}, {fengsui.RoleRegulator, fengsui.Regulator},
		{fengsui.RoleShift, fengsui.Operator}, {fengsui.RoleBureau, fengsui.Bureau}, {fengsui.RoleCommittee, fengsui.Committee}, {fengsui.RoleLeader, fengsui.Bureau},
	}
	for i := range n {
		seat, turn := seats[i%len(seats)], i/len(seats)
		u := fengsui.User{Login: fmt.Sprintf("user-%03d", i), Name: fmt.Sprint("User ", i), Role: seat.role}
		if seat.kind == fengsui.Firm {
			u.Party = firms[turn%len(firms)]
		} else {
			list := district.Kind(seat.kind)
			u.Party = list[turn%len(list)].ID
		}
		if _, err := p.Accounts.CreateUser(ctx, scope, fengsui.Actor{Name: "bench"}, u, password); err != nil {
			return nil, fmt.Errorf("%s, %s: %w", u.Login, u.Role, err)
		}
		logins = append(logins, u.Login)
	}
	return logins, nil
}

// onlooker is a user with a live feed open.
type onlooker struct {
	login string
	session
	*stream

	mu   sync.Mutex
	took []time.Duration // guarded by mu: from a warning's row to here
}

func (u *onlooker) hear(c api.FeedChange, now time.Time) {
	if c.Act != "raised" {
		return
	}
	u.mu.Lock()
	u.took = append(u.took, now.Sub(c.At.Time()))
	u.mu.Unlock()
}

func (u *onlooker) told() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.took)
}

// enterUsers signs users in and opens their feeds.
func enterUsers(ctx context.Context, s *running, logins []string) (list []*onlooker, err error) {
	for _, login := range logins {
		u := &onlooker{login: login}
		if u.session, err = s.signIn(login); err == nil {
			u.stream, err = s.listen(ctx, u.session, u.hear)
		}
		if err != nil {
			leaveUsers(list)
			return nil, err
		}
		list = append(list, u)
	}
	return list, nil
}

func leaveUsers(list []*onlooker) {
	for _, u := range list {
		u.close()
	}
}

// raise raises n red warnings, evenly over time, each on a point of its own.
func raise(ctx context.Context, list []*plant, n int) error {
	errs := make(chan error, n)
	begin := time.Now()
	for i := range n {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / raisedPerSec)))
		p, point := list[i%len(list)], i/len(list)
		go func() {
			one := &push.Batch{Samples: []push.Sample{{Code: p.codes[point], At: fengsui.At(time.Now()), Value: 95}}}
			r, err := p.Send(ctx, fmt.Sprintf("%s-raise-%d", p.run, i), one)
			if err == nil && r.Accepted != 1 {
				err = fmt.Errorf("%s: %+v", p.Enterprise, r)
			}
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

// toldAll waits until every feed told as many warnings as its user's list shows, and the
// duty desk's n.
func toldAll(ctx context.Context, s *running, crowd []*onlooker, n int) error {
	for i, u := range crowd {
		want := n
		if i > 0 {
			var page struct{ Total int }
			if err := s.call(ctx, u.session, "GET", "/warnings?limit=1", nil, &page); err != nil {
				return err
			}
			want = page.Total
		}
		for end := time.Now().Add(time.Minute); u.told() < want; time.Sleep(10 * time.Millisecond) {
			select {
			case err := <-u.ended:
				return fmt.Errorf("the feed of %s ended: %w", u.login, err)
			default:
			}
			if time.Now().After(end) {
				return fmt.Errorf("the feed of %s told %d warnings, want %d", u.login, u.told(), want)
			}
		}
		if got := u.told(); got != want {
			return fmt.Errorf("the feed of %s told %d warnings, want %d", u.login, got, want)
		}
	}
	return nil
}
