package app

import (
	"context"
	"fmt"
	"time"

	"fengsui"
	"fengsui/notify"
)

// phones are the telephones of a story's contacts: they hear and answer yes.
type phones struct{ s *storyteller }

func (p phones) Send(_ context.Context, m notify.Message) (string, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.heard = append(p.s.heard, fmt.Sprintf("%s %s heard %s %d %s", p.s.clock(fengsui.At(time.Now())), m.Contact, m.Kind, m.Number, m.Level))
	return "yes", nil
}

// organise makes an enterprise's contacts and roster:
//
//	contact ENT1 Wang 13800000001     reached by short messages
//	shift ENT1 20:00 08:00 Zhao       who is on duty
//	quiet ENT1 22:00 07:00 yellow
//	chase ENT1 5m orange
//	person ENT1 wang                  the account of whoever acts for the enterprise
func (s *storyteller) organise(w []string) (known bool, err error) {
	ctx := context.Background()
	e := s.p.Registry.District().EnterpriseByCode(w[1])
	scope := fengsui.Everything()
	scope.Role = fengsui.RoleAdmin
	if w[0] == "person" {
		scope.Role = fengsui.RoleSecurity
		u, err := s.p.Accounts.CreateUser(ctx, scope, fengsui.Actor{Name: "story"}, fengsui.User{Login: w[2], Name: w[2], Role: fengsui.RoleEnterprise, Party: e.ID}, "Long enough 4 a story")
		s.person = u.ID
		return true, err
	}
	o, err := s.p.Registry.Organisation(ctx, scope, e.ID)
	if err != nil {
		return false, err
	}
	c, r := o.Party.Contacts, o.Roster
	day := func(text string) (d fengsui.DayTime) {
		if err := d.UnmarshalText([]byte(text)); err != nil {
			s.t.Fatal(err)
		}
		return d
	}
	level := func(text string) (l fengsui.Level) {
		if err := l.UnmarshalText([]byte(text)); err != nil {
			s.t.Fatal(err)
		}
		return l
	}
	switch w[0] {
	case "contact":
		c = append(c, fengsui.Contact{Name: w[2], Duty: "contact", Channels: []fengsui.Channel{{Kind: "sms", Address: w[3]}}})
	case "shift":
		r.Shifts = append(r.Shifts, fengsui.Shift{From: day(w[2]), To: day(w[3]), Who: w[4:]})
	case "quiet":
		r.Quiet = &fengsui.Quiet{From: day(w[2]), To: day(w[3]), Upto: level(w[4])}
	case "chase":
		if err := r.Chase.After.UnmarshalText([]byte(w[2])); err != nil {
			s.t.Fatal(err)
		}
		r.Chase.Least = level(w[3])
	default:
		return false, nil
	}
	return true, s.p.Registry.Organise(ctx, scope, fengsui.Actor{Name: "story"}, c, r)
}
