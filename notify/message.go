package notify

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fengsui"
	"fengsui/store"
)

// Kinds of steps that notify itself causes; they stay on the console, so that a
// channel in trouble never talks about itself through itself.
const (
	StepDead    fengsui.StepKind = "channel_dead"
	StepBack    fengsui.StepKind = "channel_back"
	StepRefused fengsui.StepKind = "push_refused" // a receiver does not take this message
	StepHeld    fengsui.StepKind = "push_held"    // it did not so far
)

func ours(k fengsui.StepKind) bool {
	return k == StepDead || k == StepBack || k == StepRefused || k == StepHeld
}

// Message is a push as its receivers get it, and the JSON that goes to machines.
// It is made once; every attempt carries the same.
type Message struct {
	Key        string               `json:"key"` // idempotency key
	Kind       fengsui.StepKind     `json:"kind"`
	Number     int                  `json:"number"`
	Missed     int                  `json:"missed,omitempty"` // notices that an outage swallowed before this one
	Level      fengsui.Level        `json:"level"`
	Article    string               `json:"article,omitempty"`
	DueAt      fengsui.Millis       `json:"dueAt,omitempty"`
	At         fengsui.Millis       `json:"at"`
	Clock      string               `json:"clock,omitempty"` // by which the step was timed, see fengsui.Step
	To         Receiver             `json:"to"`
	Case       *Case                `json:"warning,omitempty"`
	Act        string               `json:"act"`          // what the journal calls the change
	By         string               `json:"by,omitempty"` // the person whose act it tells
	Why        string               `json:"why,omitempty"`
	Scale      string               `json:"scale,omitempty"` // set when this is a show
	Link       string               `json:"link,omitempty"`
	Texts      map[string]Text      `json:"texts"`                // by language
	References []Reference          `json:"references,omitempty"` // earlier messages of the warning to this party: the first and the last
	Dead       *fengsui.DeadChannel `json:"channel,omitempty"`
	Outage     *Outage              `json:"outage,omitempty"`
	Complaint  *Complaint           `json:"complaint,omitempty"`

	Contact string `json:"-"` // who is reached, set for the attempt
	Address string `json:"-"`
}

// Receiver is the party that is told, with its capacities.
type Receiver struct {
	Code       string             `json:"code"`
	Name       string             `json:"name"`
	Capacities []fengsui.Capacity `json:"capacities"`
}

// Reference points to an earlier message.
type Reference struct {
	Key string         `json:"key"`
	At  fengsui.Millis `json:"at"`
}

// Case is the warning as it stood when the message was made.
type Case struct {
	ID           fengsui.ID        `json:"id"`
	Level        fengsui.Level     `json:"level"`
	Peak         fengsui.Level     `json:"peak"`
	Condition    fengsui.Condition `json:"condition"`
	Work         fengsui.Work      `json:"work"`
	End          fengsui.End       `json:"end"`
	Late         bool              `json:"late"`
	Model        string            `json:"model"`
	ModelVersion int               `json:"modelVersion"`
	Sector       fengsui.Sector    `json:"sector"`
	Subject      string            `json:"subject"` // name of the point, device or enterprise
	Place        string            `json:"place,omitempty"`
	Quantity     fengsui.Quantity  `json:"quantity,omitempty"`
	Rung         string            `json:"rung,omitempty"`
	Value        float64           `json:"value"`
	Limit        float64           `json:"limit"`
	Unit         string            `json:"unit,omitempty"`
	SignalAt     fengsui.Millis    `json:"signalAt"`
	RaisedAt     fengsui.Millis    `json:"raisedAt"`
	EndedAt      fengsui.Millis    `json:"endedAt,omitempty"`

	Enterprise struct {
		Code       string  `json:"code"`
		CreditCode string  `json:"creditCode"`
		Name       string  `json:"name"`
		Address    string  `json:"address,omitempty"`
		Lon        float64 `json:"lon,omitempty"` // degrees, WGS-84; both zero: not known
		Lat        float64 `json:"lat,omitempty"`
	} `json:"enterprise"`
	Zone struct {
		Code string `json:"code"`
		Name string `json:"name"`
	} `json:"zone"`
}

// Outage is a declared outage as it stood when the message was made.
type Outage struct {
	ID         fengsui.ID          `json:"id"`
	Number     string              `json:"number"`
	Enterprise string              `json:"enterprise"`
	Zone       string              `json:"zone,omitempty"`
	What       []string            `json:"what"` // names of what is out of use, at most maxNamed
	Total      int                 `json:"total"`
	From       fengsui.Millis      `json:"from"`
	To         fengsui.Millis      `json:"to"` // as asked for; of an approved one when it ends
	State      fengsui.OutageState `json:"state"`
}

// maxNamed is how many things a message names: it is read on a telephone.
const maxNamed = 3

// Complaint is which complaint a message is about, and no word of what it says.
type Complaint struct {
	ID     fengsui.ID `json:"id"`
	Number string     `json:"number"`
}

// outageOf describes a declared outage by what the district knows.
func outageOf(d *fengsui.District, o fengsui.Outage) *Outage {
	x := &Outage{ID: o.ID, Number: o.Number, Total: len(o.Targets), What: []string{}, From: o.From, To: o.To, State: o.State}
	if o.State == fengsui.OutageApproved {
		x.To = o.End()
	}
	if e := d.Enterprises[o.Enterprise]; e != nil {
		x.Enterprise = e.Name
	}
	if z := d.Parties[o.Zone]; z != nil {
		x.Zone = z.Name
	}
	for _, t := range o.Targets[:min(len(o.Targets), maxNamed)] {
		name := string(t.ID)
		switch t.Kind {
		case "point":
			if p := d.Points[t.ID]; p != nil {
				name = p.Name
			}
		case "device":
			if v := d.Devices[t.ID]; v != nil {
				name = v.Name
			}
		case "asset":
			if a := d.Assets[t.ID]; a != nil {
				name = a.Name
			}
		}
		x.What = append(x.What, name)
	}
	return x
}

// tell adds what a row about a declared outage or a complaint says. Of a complaint the
// receivers hear the number: what was reported, by whom and what officers wrote about it
// stays on the platform.
func (m *Message) tell(d *fengsui.District, e *store.Entry, base string) error {
	switch e.Of.Kind {
	case "outage":
		var o fengsui.Outage
		if err := json.Unmarshal(e.After, &o); err != nil {
			return err
		}
		m.Outage, m.Link = outageOf(d, o), base+"/outages/"+string(o.ID)
	case "complaint":
		m.Complaint = &Complaint{ID: e.Of.ID}
		if err := json.Unmarshal(e.After, m.Complaint); err != nil {
			return err
		}
		m.By, m.Why, m.Link = "", "", base+"/complaints/"+string(e.Of.ID)
	}
	return nil
}

// caseOf describes a warning by what the district knows.
func caseOf(d *fengsui.District, w fengsui.Warning) *Case {
	c := &Case{ID: w.ID, Level: w.Level, Peak: w.Peak, Condition: w.Condition, Work: w.Work, End: w.End, Late: w.Late,
		Model: w.Model, ModelVersion: w.ModelVersion, Sector: w.Sector, Subject: string(w.Subject),
		Rung: w.Rung, Value: w.Value, Limit: w.Limit, Unit: w.Unit, SignalAt: w.SignalAt, RaisedAt: w.RaisedAt, EndedAt: w.EndedAt}
	if e := d.Enterprises[w.Enterprise]; e != nil {
		c.Enterprise.Code, c.Enterprise.CreditCode, c.Enterprise.Name = e.Code, e.CreditCode, e.Name
		c.Enterprise.Address, c.Enterprise.Lon, c.Enterprise.Lat = e.Address, e.Lon, e.Lat
	}
	if z := d.Parties[w.Zone]; z != nil {
		c.Zone.Code, c.Zone.Name = z.Code, z.Name
	}
	var asset fengsui.ID
	switch kind, num := w.Subject.Split(); kind {
	case "point":
		if p := d.Point(num); p != nil {
			c.Subject, c.Quantity, asset = p.Name, p.Quantity, p.Asset
		}
	case "device":
		if v := d.Device(num); v != nil {
			c.Subject = v.Name
		}
	case "enterprise":
		if e := d.Enterprise(num); e != nil {
			c.Subject = e.Name
		}
	}
	if a := d.Assets[asset]; a != nil {
		c.Place = strings.TrimSpace(a.Name + " " + a.Place)
	}
	return c
}

// messages are the pushes of one journal row, in order.
func (n *Notifier) messages(ctx context.Context, e store.Entry) (list []push, err error) {
	d, base := n.c.District(), strings.TrimSuffix(n.c.BaseURL, "/")
	for i := range e.Tell {
		s := &e.Tell[i]
		m := Message{Kind: s.Kind, Number: s.Number, Missed: s.Missed, Level: s.Level, Article: s.Article, DueAt: s.DueAt, At: s.FiredAt, Clock: s.Clock, Act: e.Act, Why: e.Why}
		if m.At == 0 {
			m.At = e.At
		}
		if e.By.User != "" {
			m.By = e.By.Name
		}
		policy := ""
		if s.Warning != "" {
			w, err := n.c.Warning(ctx, s.Warning)
			switch {
			case err == nil:
				m.Case = caseOf(d, w)
				policy = w.Policy
			case fengsui.CodeOf(err) != fengsui.NotFound:
				return nil, err
			}
			m.Link = base + "/warnings/" + string(s.Warning)
		} else if err := m.tell(d, &e, base); err != nil {
			return nil, err
		}
		if ours(s.Kind) {
			m.Dead = new(fengsui.DeadChannel)
			if err := json.Unmarshal(e.After, m.Dead); err != nil {
				return nil, err
			}
		}
		m.Scale = n.scale(policy)
		for _, to := range s.To {
			m := m
			m.Key = string(s.ID) + "/" + string(to.Party)
			m.To.Capacities = to.Capacities
			p := push{Message: m, entry: &e, step: s, party: to.Party}
			if party := d.Parties[to.Party]; party != nil {
				p.To.Code, p.To.Name = party.Code, party.Name
				p.contacts, p.municipal = party.Contacts, party.Kind == fengsui.Municipal
			}
			if !p.municipal {
				p.roster = d.Rosters[to.Party]
			}
			if p.Texts, err = n.c.Texts.render(&p.Message); err != nil {
				return nil, err
			}
			list = append(list, p)
		}
	}
	return list, nil
}

// scale is what counts for what when this is a show, empty otherwise.
func (n *Notifier) scale(policy string) string {
	p := n.c.Policy(policy)
	if p == nil {
		p = n.c.Policy("")
	}
	return p.Scale
}

// civil is a moment as people write it here.
func civil(m fengsui.Millis) string {
	if m == 0 {
		return ""
	}
	return m.Time().In(fengsui.Civil).Format(time.DateTime)
}

// number is a measured value to three decimals, without an exponent.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
}

// words makes a receiver's answer fit to be kept: short, readable, and without
// the address, which not everyone may see.
func words(answer string, err error, address string) string {
	if err != nil {
		if answer != "" {
			answer += ": "
		}
		answer += reason(err)
	}
	if address != "" {
		answer = strings.ReplaceAll(answer, address, Mask(address))
	}
	answer = strings.Join(strings.Fields(strings.ToValidUTF8(answer, "?")), " ")
	if utf8.RuneCountInString(answer) > 300 {
		answer = string([]rune(answer)[:300])
	}
	return answer
}

func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return err.Error()
}

// Mask hides who is behind an address: a mailbox keeps its first letter and its
// domain, a URL its host.
func Mask(address string) string {
	if scheme, rest, ok := strings.Cut(address, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		if i := strings.LastIndexByte(host, '@'); i >= 0 {
			host = host[i+1:]
		}
		return scheme + "://" + host + "/***"
	}
	if name, domain, ok := strings.Cut(address, "@"); ok && name != "" {
		first, _ := utf8.DecodeRuneInString(name)
		return string(first) + "***@" + domain
	}
	if address == "" {
		return ""
	}
	return "***"
}
