package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fengsui"
	"fengsui/adapter"
	"fengsui/registry"
)

// vehicle registers a vehicle and its terminal:
//
//	vehicle ENT1 V-1 hazmat 013900000001
func (s *storyteller) vehicle(w []string) error {
	scope := fengsui.Everything()
	scope.Role = fengsui.RoleAdmin
	device, err := s.p.Registry.Adopt(context.Background(), scope, fengsui.Actor{Name: "story"}, registry.Adoption{Protocol: "jt808", Key: w[4],
		Device: fengsui.Device{Enterprise: s.p.Registry.District().EnterpriseByCode(w[1]).ID, Code: "T-" + w[2], Name: w[2]},
		Asset:  &fengsui.Asset{Code: w[2], Kind: "vehicle", Name: w[2], Attrs: map[string]string{"plate": "津" + w[2], "class": w[3]}}})
	s.codes[fengsui.SubjectOf("device", device.Num)] = w[2]
	s.terminals[w[2]] = w[4]
	return err
}

// move lets a vehicle say where it is, and its terminal what is the matter; or where
// it was at each step of a stretch that it kept for want of a network:
//
//	V-1 at 117.70 39.00 60 [+CODE] [-CODE]
//	V-1 kept 117.72 39.00 98 00:30:00 00:30:30 10s
func (s *storyteller) move(w []string) error {
	now := fengsui.At(time.Now())
	x := fengsui.Position{At: now, Lon: number(s.t, w[2]), Lat: number(s.t, w[3]), Speed: number(s.t, w[4]), Fix: true}
	d := &adapter.Delivery{Adapter: "jt808", Key: s.terminals[w[0]], Received: now}
	switch w[1] {
	case "at":
		d.Positions = append(d.Positions, x)
		for _, e := range w[5:] {
			d.Events = append(d.Events, adapter.Event{Code: e[1:], At: now, On: e[0] == '+'})
		}
	case "kept":
		d.Resent = true
		step, err := time.ParseDuration(w[7])
		if err != nil {
			return err
		}
		for at := offset(s.t, w[5]); at <= offset(s.t, w[6]); at += step {
			x.At = fengsui.At(s.zero.Add(at))
			d.Positions = append(d.Positions, x)
		}
	}
	s.nonce++
	d.Idempotency = fmt.Sprintf("story-%d", s.nonce)
	r, err := s.p.Door.Take(context.Background(), d)
	if err == nil && len(r.Errors) > 0 {
		err = fmt.Errorf("%+v", r.Errors)
	}
	return err
}

// where says where a vehicle is, as the map would.
func (s *storyteller) where(code string) {
	for _, d := range s.p.Registry.District().Devices {
		if s.codes[fengsui.SubjectOf("device", d.Num)] != code {
			continue
		}
		now := s.clock(fengsui.At(time.Now()))
		x, received, level, ok := s.p.Risk.LatestPosition(d.Num)
		if !ok {
			s.seen = append(s.seen, fmt.Sprintf("%s %s is nowhere", now, code))
			return
		}
		s.seen = append(s.seen, fmt.Sprintf("%s %s is at %.4f %.4f, %g km/h, %s, heard %s", now, code, x.Lon, x.Lat, x.Speed, level, s.clock(received)))
		return
	}
	s.t.Fatalf("there is no vehicle %q", code)
}

// modelVerbs are acts on a model or a grading standard, by its id:
//
//	officer drafts-model ID [after TEXT] "old text" "new text"   the newest version with one text for another
//	officer tries-model ID HH:MM:SS HH:MM:SS            replayed over what was received then
//	officer submits-model ID | bureau releases-model ID "why" | bureau refuses-model ID "why"
//	officer drafts-grading KEY SECTOR red "..." blue "..."
//	CODE guides-grading KEY yes|no "guidance"
var modelVerbs = map[string]func(*storyteller, fengsui.Scope, fengsui.Actor, []string) error{
	"drafts-model": func(s *storyteller, scope fengsui.Scope, by fengsui.Actor, w []string) error {
		v, err := s.newest(scope, w[0])
		if err != nil {
			return err
		}
		text := strings.Replace(v.Text, fmt.Sprintf("version: %d", v.Version), fmt.Sprintf("version: %d", v.Version+1), 1)
		revision := int64(0)
		if v.State == fengsui.ModelDraft {
			text, revision = v.Text, v.Revision
		}
		if !strings.Contains(text, w[1]) {
			s.t.Fatalf("%s does not say %q:\n%s", w[0], w[1], text)
		}
		return s.p.Models.Draft(context.Background(), scope, by, w[0], revision, strings.Replace(text, w[1], strings.ReplaceAll(w[2], `\n`, "\n"), 1))
	},
	"tries-model": func(s *storyteller, scope fengsui.Scope, by fengsui.Actor, w []string) error {
		v, err := s.newest(scope, w[0])
		if err != nil {
			return err
		}
		from, to := fengsui.At(s.zero.Add(offset(s.t, w[1]))), fengsui.At(s.zero.Add(offset(s.t, w[2])))
		if err := s.p.Models.StartReplay(context.Background(), scope, by, w[0], v.Revision, from, to); err != nil {
			return err
		}
		time.Sleep(time.Minute)
		r, err := s.p.Models.ReplayOf(context.Background(), scope, w[0])
		if err == nil {
			s.seen = append(s.seen, fmt.Sprintf("%s %s version %d replayed: %s, %d samples; same %d, other level %d, new %d, missing %d",
				s.clock(fengsui.At(time.Now())), w[0], v.Version, r.State, r.Samples, r.Models[0].Same, r.Changed.Total, r.New.Total, r.Missing.Total))
		}
		return err
	},
	"submits-model": func(s *storyteller, scope fengsui.Scope, by fengsui.Actor, w []string) error {
		v, err := s.newest(scope, w[0])
		if err != nil {
			return err
		}
		return s.p.Models.Submit(context.Background(), scope, by, w[0], v.Revision)
	},
	"releases-model": func(s *storyteller, scope fengsui.Scope, by fengsui.Actor, w []string) error {
		v, err := s.newest(scope, w[0])
		if err != nil {
			return err
		}
		return s.p.Models.Release(context.Background(), scope, by, w[0], v.Revision, w[1])
	},
	"refuses-model": func(s *storyteller, scope fengsui.Scope, by fengsui.Actor, w []string) error {
		v, err := s.newest(scope, w[0])
		if err != nil {
			return err
		}
		return s.p.Models.Refuse(context.Background(), scope, by, w[0], v.Revision, w[1])
	},
	"drafts-grading": func(s *storyteller, scope fengsui.Scope, by fengsui.Actor, w []string) error {
		g := fengsui.Grading{Key: w[0], Sector: fengsui.Sector(w[1]), Title: fengsui.Bilingual{Zh: w[0], En: w[0]}, Source: "a story"}
		if old, err := s.grading(scope, w[0]); err == nil && old.State == fengsui.GradingDraft {
			g.Revision = old.Revision
		}
		for i := 2; i+1 < len(w); i += 2 {
			var row fengsui.GradingRow
			if err := row.Level.UnmarshalText([]byte(w[i])); err != nil {
				s.t.Fatal(err)
			}
			row.Criterion = fengsui.Bilingual{Zh: w[i+1], En: w[i+1]}
			g.Rows = append(g.Rows, row)
		}
		return s.p.Models.DraftGrading(context.Background(), scope, by, g)
	},
	"guides-grading": func(s *storyteller, scope fengsui.Scope, by fengsui.Actor, w []string) error {
		g, err := s.grading(scope, w[0])
		if err != nil {
			return err
		}
		return s.p.Models.GuideGrading(context.Background(), scope, by, w[0], g.Revision, w[1] == "yes", w[2])
	},
}

func (s *storyteller) newest(scope fengsui.Scope, id string) (fengsui.ModelVersion, error) {
	d, err := s.p.Models.Model(context.Background(), scope, id)
	if err != nil {
		return fengsui.ModelVersion{}, err
	}
	return d.Versions[0], nil
}

func (s *storyteller) grading(scope fengsui.Scope, key string) (fengsui.Grading, error) {
	list, _, err := s.p.Models.Gradings(context.Background(), scope, fengsui.GradingFilter{Key: key}, fengsui.Page{Limit: 1})
	if err != nil || len(list) == 0 {
		return fengsui.Grading{}, fmt.Errorf("no grading standard %q (%w)", key, err)
	}
	return list[0], nil
}
