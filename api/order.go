package api

import (
	"context"
	"net/http"

	"fengsui"
)

type orderQuery struct {
	Kind       string     `query:"kind" enum:"supervise,routine,plan"`
	Warning    fengsui.ID `query:"warning" maxLength:"64"`
	Enterprise fengsui.ID `query:"enterprise" maxLength:"64"`
	Party      fengsui.ID `query:"party" maxLength:"64"`
	Open       bool       `query:"open"`
	Done       bool       `query:"done"`
	Paged
}

// ResultBody ends an order; acted as in AskBody.
type ResultBody struct {
	Version int64        `json:"version"`
	Result  string       `json:"result" minLength:"1" maxLength:"4000"`
	Files   []fengsui.ID `json:"files,omitempty" nullable:"false" maxItems:"20"`
	Acted   *ActedBody   `json:"acted,omitempty"`
}

// CheckBody ticks an item of a plan's checklist; acted as in AskBody.
type CheckBody struct {
	Version int64      `json:"version"`
	Item    string     `json:"item" minLength:"1" maxLength:"80"`
	Note    string     `json:"note,omitempty" maxLength:"2000"`
	Acted   *ActedBody `json:"acted,omitempty"`
}

// orderActs is who works on an order of a kind.
var orderActs = map[fengsui.OrderKind]fengsui.Act{
	fengsui.OrderSupervise: fengsui.ActOrder,
	fengsui.OrderRoutine:   fengsui.ActRoutine,
	fengsui.OrderPlan:      fengsui.ActPlan,
}

// mine reports whether an order is the caller's to carry out: their party's, or,
// for the bureau, anyone's (A08). The stage that owns it has the last word.
func mine(s fengsui.Scope, o fengsui.Order) bool {
	return s.May(orderActs[o.Kind], o.Level) && (o.Party == s.Party || s.Role == fengsui.RoleBureau)
}

func orderAct[B any](a *API, verb Verb, id, summary string, h func(context.Context, call, *on[B]) error) {
	// The right depends on the order's kind, so the route names the one of
	// supervision and the handler asks for the order's own.
	do(a, http.MethodPost, "/orders/{id}/"+string(verb), fengsui.ActOrder, id, summary,
		func(ctx context.Context, c call, in *on[B]) error {
			o, err := a.c.Orders.Order(ctx, c.scope, in.ID)
			if err != nil {
				return err
			}
			if verb == "assign" && c.scope.May(fengsui.ActAssign, o.Level) {
				return h(ctx, c, in)
			}
			if err := c.scope.Allow(orderActs[o.Kind], o.Level); err != nil {
				return err
			}
			return h(ctx, c, in)
		})
}

func (a *API) orderRoutes() {
	get(a, "/orders", fengsui.ActSee, "orders", "Orders", func(ctx context.Context, c call, in *orderQuery) (OrderList, error) {
		found, total, err := a.c.Orders.Orders(ctx, c.scope, fengsui.OrderFilter{Kind: fengsui.OrderKind(in.Kind), Warning: in.Warning,
			Enterprise: in.Enterprise, Party: in.Party, Open: in.Open, Done: in.Done}, in.page())
		return OrderList{a.orderViews(c, found), total}, err
	})
	get(a, "/orders/{id}", fengsui.ActSee, "order", "An order", func(ctx context.Context, c call, in *byID) (OrderView, error) {
		o, err := a.c.Orders.Order(ctx, c.scope, in.ID)
		if err != nil {
			return OrderView{}, err
		}
		return a.orderView(c, o), nil
	})
	orderAct(a, "assign", "assignOrder", "Say who carries an order out", func(ctx context.Context, c call, in *on[AssignBody]) error {
		return a.c.Orders.AssignOrder(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.To)
	})
	orderAct(a, "result", "orderResult", "Record an order's result: it ends", func(ctx context.Context, c call, in *on[ResultBody]) error {
		return a.c.Orders.OrderResult(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Result, in.Body.Files, in.Body.Acted.acted())
	})
	orderAct(a, "check", "checkOrder", "Tick an item of a plan's checklist", func(ctx context.Context, c call, in *on[CheckBody]) error {
		return a.c.Orders.TickPlan(ctx, c.scope, c.by, in.ID, in.Body.Version, in.Body.Item, in.Body.Note, in.Body.Acted.acted())
	})
}

func (a *API) orderViews(c call, found []fengsui.Order) []OrderView {
	views := make([]OrderView, len(found))
	for i, o := range found {
		views[i] = a.orderView(c, o)
	}
	return views
}

func (a *API) orderView(c call, o fengsui.Order) OrderView {
	v := OrderView{Order: o, PartyName: a.partyName(o.Party), Acts: []Verb{}}
	if e := a.c.Registry.District().Enterprises[o.Enterprise]; e != nil {
		v.EnterpriseName = name(e)
	}
	if o.DoneAt != 0 || c.session.ReadOnly {
		return v
	}
	own := mine(c.scope, o)
	if own || c.scope.May(fengsui.ActAssign, o.Level) {
		v.Acts = append(v.Acts, "assign")
	}
	if own {
		v.Acts = append(v.Acts, "result")
	}
	if own && len(o.Checklist) > 0 {
		v.Acts = append(v.Acts, "check")
	}
	return v
}
