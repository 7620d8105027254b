package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fengsui"
	"fengsui/store"
)

// Approval (双人复核) is a grave act that one person proposed and another approves or
// refuses. The proposer then carries it out: as who they are, with the rights that they
// have by then.
type Approval struct {
	ID      fengsui.ID     `json:"id"`
	Act     string         `json:"act"`     // the route: method and path
	Path    string         `json:"path"`    // what is called
	Shown   string         `json:"shown"`   // its body without secrets, JSON
	Subject fengsui.ID     `json:"subject"` // the account that it is about; empty: none
	Name    string         `json:"name"`    // of that account
	Why     string         `json:"why"`
	By      fengsui.ID     `json:"by"`
	ByName  string         `json:"byName"`
	ByRole  fengsui.Role   `json:"byRole"`
	At      fengsui.Millis `json:"at"`
	Until   fengsui.Millis `json:"until"` // then it is void, approved or not
	State   ApprovalState  `json:"state"`

	DecidedBy   fengsui.ID     `json:"decidedBy,omitempty"`
	DecidedName string         `json:"decidedName,omitempty"`
	DecidedAt   fengsui.Millis `json:"decidedAt,omitempty"`
	Reason      string         `json:"reason,omitempty"`
}

// ApprovalState is how far an approval is.
type ApprovalState string

// Until its time is over an approval is proposed or approved; it ends in one of the others.
const (
	Proposed  ApprovalState = "proposed"
	Approved  ApprovalState = "approved"
	Refused   ApprovalState = "refused"
	Withdrawn ApprovalState = "withdrawn"
	Done      ApprovalState = "done"
	Expired   ApprovalState = "expired" // never kept: it follows from the time
)

// Proposal is what a person proposes.
type Proposal struct {
	Act, Path string
	Body      []byte
	Shown     string // the body without its secrets
	Subject   fengsui.ID
	Why       string
	For       time.Duration // then it is void
}

const approvalColumns = `a.id, a.act, a.path, a.shown, a.subject, COALESCE(u.name, ''), a.why, a.by_user, a.by_name, a.by_role, a.at, a.until, a.state, a.decided_by, a.decided_name, a.decided_at, a.reason`

const approvalFrom = ` FROM account_approval a LEFT JOIN account_user u ON u.id = a.subject`

func scanApproval(row scanner, p *Approval, more ...any) error {
	err := row.Scan(append([]any{&p.ID, &p.Act, &p.Path, &p.Shown, &p.Subject, &p.Name, &p.Why, &p.By, &p.ByName, &p.ByRole, &p.At, &p.Until, &p.State, &p.DecidedBy, &p.DecidedName, &p.DecidedAt, &p.Reason}, more...)...)
	if (p.State == Proposed || p.State == Approved) && now() >= p.Until {
		p.State = Expired
	}
	return err
}

var errNoApproval = fengsui.Errorf(fengsui.NotFound, "no_approval", "there is no such approval, or it is not yours to see")

// approval reads one, and its sealed body.
func approval(tx *store.Tx, id fengsui.ID) (p Approval, sealed []byte, err error) {
	err = scanApproval(tx.QueryRow(`SELECT `+approvalColumns+`, a.sealed`+approvalFrom+` WHERE a.id = $1`, id), &p, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoApproval
	}
	return p, sealed, err
}

func approvalAAD(id fengsui.ID) []byte { return []byte("approval " + string(id)) }

// Propose keeps an act until another person has decided on it. What it says is sealed.
func (a *Accounts) Propose(ctx context.Context, by fengsui.Actor, x Proposal) (p Approval, err error) {
	if by.User == "" {
		return p, errByToken
	}
	if x.Why = strings.TrimSpace(x.Why); x.Why == "" {
		return p, fengsui.Errorf(fengsui.Invalid, "approval_why", "say why, for the one who decides")
	}
	t := now()
	p = Approval{ID: fengsui.NewID(), Act: x.Act, Path: x.Path, Shown: x.Shown, Subject: x.Subject, Why: x.Why, By: by.User, ByName: by.Name, ByRole: by.Role,
		At: t, Until: t.Add(fengsui.SpanOf(x.For)), State: Proposed}
	return p, a.c.DB.Change(ctx, func(tx *store.Tx) error {
		// What was said in acts that came to nothing is not kept.
		if _, err := tx.Exec(`UPDATE account_approval SET sealed = $1 WHERE until <= $2 AND sealed <> $1`, []byte{}, t); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO account_approval (id, act, path, sealed, shown, subject, why, by_user, by_name, by_role, at, until, state) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)`,
			p.ID, p.Act, p.Path, a.sealer.Seal(nil, nil, x.Body, approvalAAD(p.ID)), p.Shown, p.Subject, p.Why, p.By, p.ByName, p.ByRole, p.At, p.Until, p.State); err != nil {
			return err
		}
		return record(tx, by, "approval", p.ID, "proposed", nil, p)
	})
}

// Approvals lists what a person proposed and what they may decide on (the acts in may),
// newest first, and how many there are; open leaves out what is over.
func (a *Accounts) Approvals(ctx context.Context, s fengsui.Scope, may []string, open bool, p fengsui.Page) (list []Approval, total int, err error) {
	where, args := ` WHERE (a.by_user = $1`, []any{s.User}
	for _, act := range may {
		args = append(args, act)
		where += fmt.Sprintf(` OR a.act = $%d`, len(args))
	}
	where += `)`
	if open {
		args = append(args, now())
		where += fmt.Sprintf(` AND a.state IN ('proposed','approved') AND a.until > $%d`, len(args))
	}
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*)`+approvalFrom+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT `+approvalColumns+approvalFrom+where+` ORDER BY a.at DESC, a.id DESC`+limit(p), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var x Approval
			if err := scanApproval(rows, &x); err != nil {
				return err
			}
			list = append(list, x)
		}
		return rows.Err()
	})
	return list, total, err
}

// Decide approves what another person proposed, or refuses it. may are the acts that this
// person may decide on. Nobody decides on what they proposed.
func (a *Accounts) Decide(ctx context.Context, s fengsui.Scope, by fengsui.Actor, may []string, id fengsui.ID, approve bool, reason string) error {
	state := Refused
	if approve {
		state = Approved
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return fengsui.Errorf(fengsui.Invalid, "approval_reason", "say why you decide so")
	}
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		p, _, err := approval(tx, id)
		switch {
		case err != nil:
			return err
		case p.By == s.User:
			return fengsui.Errorf(fengsui.Forbidden, "approval_own", "another person must decide on what you propose")
		case !slices.Contains(may, p.Act):
			return errNoApproval
		case p.State != Proposed:
			return approvalOver(p)
		}
		return a.settle(tx, by, p, state, reason)
	})
}

// approvalOver says why nothing can be done with an approval any more.
func approvalOver(p Approval) error {
	return fengsui.Errorf(fengsui.Conflict, "approval_over", "this can no longer be done: it is %s", p.State)
}

// settle moves an approval on. The act's body goes as soon as nobody needs it.
func (a *Accounts) settle(tx *store.Tx, by fengsui.Actor, p Approval, state ApprovalState, reason string) error {
	was := p
	p.State = state
	if state == Approved || state == Refused {
		p.DecidedBy, p.DecidedName, p.DecidedAt, p.Reason = by.User, by.Name, now(), reason
	}
	n, err := tx.Exec(`UPDATE account_approval SET state = $1, decided_by = $2, decided_name = $3, decided_at = $4, reason = $5 WHERE id = $6 AND state = $7`,
		p.State, p.DecidedBy, p.DecidedName, p.DecidedAt, p.Reason, p.ID, was.State)
	if err != nil || n != 1 {
		return errors.Join(err, checkOne(n))
	}
	if state != Approved {
		if _, err := tx.Exec(`UPDATE account_approval SET sealed = $1 WHERE id = $2`, []byte{}, p.ID); err != nil {
			return err
		}
	}
	return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "approval", ID: p.ID}, Act: string(state), By: by, Why: reason, Before: was, After: p})
}

// Withdraw takes back what one proposed.
func (a *Accounts) Withdraw(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		p, _, err := approval(tx, id)
		switch {
		case err != nil:
			return err
		case p.By != s.User:
			return errNoApproval
		case p.State != Proposed && p.State != Approved:
			return approvalOver(p)
		}
		return a.settle(tx, by, p, Withdrawn, "")
	})
}

// Approved is an act that its proposer may carry out now, and its body.
func (a *Accounts) Approved(ctx context.Context, s fengsui.Scope, id fengsui.ID) (p Approval, body []byte, err error) {
	var sealed []byte
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		p, sealed, err = approval(tx, id)
		return err
	})
	switch {
	case err != nil:
		return p, nil, err
	case p.By != s.User:
		return p, nil, errNoApproval
	case p.State == Proposed:
		return p, nil, fengsui.Errorf(fengsui.Conflict, "approval_waits", "nobody has approved it yet")
	case p.State != Approved:
		return p, nil, approvalOver(p)
	}
	if body, err = a.sealer.Open(nil, nil, sealed, approvalAAD(id)); err != nil {
		return p, nil, fengsui.Errorf(fengsui.Conflict, "approval_sealed", "what was proposed does not open under this master key: withdraw it, and propose it again")
	}
	return p, body, nil
}

// CarriedOut writes down that an approved act was carried out.
func (a *Accounts) CarriedOut(ctx context.Context, by fengsui.Actor, id fengsui.ID) error {
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		p, _, err := approval(tx, id)
		if err != nil {
			return err
		}
		p.State = Approved // it was when the act began, even if its time is over now
		return a.settle(tx, by, p, Done, "")
	})
}

// Second reports whether there is anybody but one person who could approve an act: an
// account of one of the roles that is switched on and whose person has set a password.
func (a *Accounts) Second(ctx context.Context, roles []fengsui.Role, but fengsui.ID) (found bool, err error) {
	where, args := ``, []any{but, neverSet}
	for i, r := range roles {
		if i > 0 {
			where += `,`
		}
		args = append(args, r)
		where += fmt.Sprintf(`$%d`, len(args))
	}
	if where == "" {
		return false, nil
	}
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		var n int
		err := tx.QueryRow(`SELECT COUNT(*) FROM account_user WHERE id <> $1 AND password_at <> $2 AND disabled = 0 AND role IN (`+where+`)`, args...).Scan(&n)
		found = n > 0
		return err
	})
	return found, err
}

// Alone writes down that one person begins a grave act, because there is no other who
// could approve it.
func (a *Accounts) Alone(ctx context.Context, by fengsui.Actor, act, path string) error {
	by.Key, by.Call = "", "" // the act itself has them
	return a.c.DB.Change(ctx, func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "approval", ID: by.User}, Act: "alone", By: by, Why: "begun without a second person: there is no other account that could approve it", After: map[string]string{"act": act, "path": path}})
	})
}

// RoleOf is the role that an account has; empty when there is no such account.
func (a *Accounts) RoleOf(ctx context.Context, id fengsui.ID) (r fengsui.Role, err error) {
	err = a.c.DB.View(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(`SELECT role FROM account_user WHERE id = $1`, id).Scan(&r)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return r, err
}
