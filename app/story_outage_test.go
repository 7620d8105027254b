package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fengsui"
	"fengsui/store"
)

// outageVerbs are acts on declared outages, by the number without its year:
//
//	enterprise declares ENT1 LI-1,LI-2 breakdown HH:MM:SS HH:MM:SS
//	bureau examines 1 "found" | bureau grants 1 HH:MM:SS "why" | bureau refuses 1 "why"
//	enterprise withdraws 1 "why" | enterprise ends 1 "why" | bureau shortens 1 HH:MM:SS "why"
//	bureau sorts LI-1 CLASS "why"
//	bureau counts-offline ENT1                what the page of undeclared ones says
var outageVerbs = map[string]func(s *storyteller, who string, w []string) error{
	"declares": func(s *storyteller, who string, w []string) error {
		d := s.p.Registry.District()
		e := d.EnterpriseByCode(w[0])
		scope, by := s.actor(who, fengsui.Warning{Enterprise: e.ID})
		o := fengsui.Outage{Reason: w[2], From: fengsui.At(s.zero.Add(offset(s.t, w[3]))), To: fengsui.At(s.zero.Add(offset(s.t, w[4]))), Why: "a story", Measures: "rounds", Permit: "P-1"}
		for code := range strings.SplitSeq(w[1], ",") {
			o.Targets = append(o.Targets, fengsui.OutageTarget{Kind: "point", ID: d.PointByCode(e.Num, code).ID})
		}
		_, err := s.p.Outages.Ask(context.Background(), scope, by, o, nil)
		return err
	},
	"examines": func(s *storyteller, who string, w []string) error {
		o, scope, by := s.outage(who, w[0])
		return s.p.Outages.Verify(context.Background(), scope, by, o.ID, o.Version, w[1], nil)
	},
	"grants": func(s *storyteller, who string, w []string) error {
		o, scope, by := s.outage(who, w[0])
		return s.p.Outages.Decide(context.Background(), scope, by, o.ID, o.Version, fengsui.At(s.zero.Add(offset(s.t, w[1]))), w[2])
	},
	"refuses": func(s *storyteller, who string, w []string) error {
		o, scope, by := s.outage(who, w[0])
		return s.p.Outages.Decide(context.Background(), scope, by, o.ID, o.Version, 0, w[1])
	},
	"withdraws": func(s *storyteller, who string, w []string) error {
		o, scope, by := s.outage(who, w[0])
		return s.p.Outages.Cancel(context.Background(), scope, by, o.ID, o.Version, w[1])
	},
	"ends": func(s *storyteller, who string, w []string) error {
		o, scope, by := s.outage(who, w[0])
		return s.p.Outages.End(context.Background(), scope, by, o.ID, o.Version, 0, w[1])
	},
	"shortens": func(s *storyteller, who string, w []string) error {
		o, scope, by := s.outage(who, w[0])
		return s.p.Outages.End(context.Background(), scope, by, o.ID, o.Version, fengsui.At(s.zero.Add(offset(s.t, w[1]))), w[2])
	},
	"sorts": func(s *storyteller, who string, w []string) error {
		wn := s.warning(w[0])
		scope, by := s.actor(who, wn)
		return s.p.Outages.Sort(context.Background(), scope, by, wn.ID, w[1], w[2], nil)
	},
	"counts-offline": func(s *storyteller, who string, w []string) error {
		scope, _ := s.actor(who, fengsui.Warning{})
		list, _, err := s.p.Outages.Offline(context.Background(), scope, fengsui.Page{})
		if err != nil {
			return err
		}
		e := s.p.Registry.District().EnterpriseByCode(w[0])
		line := "nothing undeclared"
		if i := slices.IndexFunc(list, func(o fengsui.Offline) bool { return o.Enterprise == e.ID }); i >= 0 {
			o := list[i]
			var keys []string
			for _, l := range o.Lines {
				keys = append(keys, l.Key)
			}
			line = fmt.Sprintf("%d of %d silent, longest %s, beyond [%s]", o.Silent, o.Points, o.Longest.Duration().Round(time.Minute), strings.Join(keys, " "))
		}
		s.seen = append(s.seen, fmt.Sprintf("%s %s: %s", s.clock(fengsui.At(time.Now())), w[0], line))
		return nil
	},
}

// outage finds a declared outage and who acts on it.
func (s *storyteller) outage(who, number string) (fengsui.Outage, fengsui.Scope, fengsui.Actor) {
	list, _, err := s.p.Outages.Outages(context.Background(), fengsui.Everything(), fengsui.OutageFilter{}, fengsui.Page{Limit: 500})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range list {
		if strings.HasSuffix(o.Number, fmt.Sprintf("-%04s", number)) {
			scope, by := s.actor(who, fengsui.Warning{Enterprise: o.Enterprise, Zone: o.Zone})
			return o, scope, by
		}
	}
	s.t.Fatalf("there is no outage %s", number)
	return fengsui.Outage{}, fengsui.Scope{}, fengsui.Actor{}
}

// outageLine is what the journal says of an outage: an act with who is told, or what was
// held back for it.
func (s *storyteller) outageLine(e store.Entry) string {
	var after struct {
		Subject fengsui.Subject
		Rung    string
	}
	if err := json.Unmarshal(e.After, &after); err != nil {
		s.t.Fatal(err)
	}
	line := fmt.Sprintf("%s %s", s.clock(e.At), e.Act)
	if after.Subject != "" {
		line += " " + s.codes[after.Subject]
	}
	if !strings.HasPrefix(e.By.Name, "platform/") {
		line += " by " + e.By.Name
	}
	for _, st := range e.Tell {
		var to []string
		for _, t := range st.To {
			to = append(to, partyName(s.p.Registry.District(), t.Party))
		}
		slices.Sort(to)
		line += fmt.Sprintf("\n             %s -> %s", st.Kind, strings.Join(to, ", "))
	}
	return line
}
