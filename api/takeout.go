package api

import (
	"context"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
	"fengsui/book"
	"fengsui/store"
)

// Lists leave the platform whole, as files: read page by page and written as they are
// read, inside the caller's scope, with a line that says who took them when, and with a
// journal row.

//go:embed takeout.json
var takeoutJSON []byte

const (
	// takeoutPage is how many rows are read at a time.
	takeoutPage = 500

	// takeoutMost is how many rows a file holds; a workbook has no room for more.
	takeoutMost = 1_000_000

	// takeoutWrite is how long the reader may take over a page.
	takeoutWrite = time.Minute

	// takeoutCell is how many characters of a text a cell holds.
	takeoutCell = book.MaxCell
)

type takeoutInput struct {
	Format   string `query:"format" enum:"csv,xlsx" default:"csv"`
	Language string `query:"language" enum:"zh,en" default:"zh" doc:"of the header"`
	From     int64  `query:"from" minimum:"0" doc:"UTC milliseconds, inclusive; of the raise, or of the row"`
	To       int64  `query:"to" minimum:"0" doc:"exclusive; 0: until now"`
}

// rowWriter takes the rows of a file.
type rowWriter interface {
	row(cells []any) error
	end() error
}

// takeout lists something, row by row by column key, until put fails.
type takeout func(ctx context.Context, c call, in *takeoutInput, put func(map[string]any) error) error

func (a *API) takeoutRoutes() {
	var columns map[string][][3]string
	if err := json.Unmarshal(takeoutJSON, &columns); err != nil {
		panic(err) // the file is the program's own
	}
	for _, x := range []struct {
		what string
		act  fengsui.Act
		list takeout
	}{{"warnings", fengsui.ActSee, a.takeWarnings}, {"steps", fengsui.ActSee, a.takeSteps}, {"orders", fengsui.ActSee, a.takeOrders}, {"journal", fengsui.ActAudit, a.takeJournal}} {
		r := Route{Method: http.MethodGet, Path: "/export/" + x.what, Act: x.act}
		op := a.operation(r, "export"+strings.ToUpper(x.what[:1])+x.what[1:], "The "+x.what+" in the caller's scope as a file; journalled", nil)
		binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
		op.Responses["200"] = &huma.Response{Description: "First a line that says who took it when, then a header, then the rows",
			Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}, bookType: {Schema: binary}}}
		huma.Register(a.huma, op, func(ctx context.Context, in *takeoutInput) (*streamed, error) {
			c := called(ctx)
			at := time.Now()
			if in.To == 0 {
				in.To = at.UnixMilli()
			}
			m := mark(c, at)
			err := a.c.DB.Change(ctx, func(tx *store.Tx) error {
				return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "export", ID: fengsui.ID(x.what)}, Act: "exported", By: c.by,
					After: map[string]any{"what": x.what, "format": in.Format, "from": in.From, "to": in.To}, Enterprise: c.scope.Enterprise, Zone: c.scope.Zone})
			})
			if err != nil {
				return nil, a.fail(r, err)
			}
			return &streamed{func(huma.Context) {
				if err := a.takeOut(ctx, c, in, x.what, columns[x.what], m, at, x.list); err != nil {
					a.c.Log.Warn("export broke off", "what", x.what, "err", err)
					panic(http.ErrAbortHandler) // a cut file must not look whole
				}
			}}, nil
		})
	}
}

func (a *API) takeOut(ctx context.Context, c call, in *takeoutInput, what string, columns [][3]string, m string, at time.Time, list takeout) error {
	h := c.writer.Header()
	h.Set("Content-Disposition", attachment(what, at, in.Format))
	var w rowWriter
	if in.Format == "xlsx" {
		h.Set("Content-Type", bookType)
		b := &bookRows{book.NewWriter(), c.writer}
		defer b.w.Close()
		if err := b.w.Sheet(what, 2); err != nil {
			return err
		}
		w = b
	} else {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		io.WriteString(c.writer, "\ufeff") // or a spreadsheet takes it for another encoding
		w = csvRows{csv.NewWriter(c.writer)}
	}
	if err := w.row([]any{"fengsui", what, m}); err != nil {
		return err
	}
	header := make([]any, len(columns))
	for i, x := range columns {
		header[i] = x[1]
		if in.Language == "en" {
			header[i] = x[2]
		}
	}
	if err := w.row(header); err != nil {
		return err
	}
	rc, n := http.NewResponseController(c.writer), 0
	err := list(ctx, c, in, func(cells map[string]any) error {
		if n%takeoutPage == 0 {
			_ = rc.SetWriteDeadline(time.Now().Add(takeoutWrite)) // fails where nothing is written to a connection
		}
		if n++; n > takeoutMost {
			return fmt.Errorf("more than %d rows; take a shorter time", takeoutMost)
		}
		line := make([]any, len(columns))
		for i, x := range columns {
			line[i] = cells[x[0]]
		}
		return w.row(line)
	})
	if err != nil {
		return err
	}
	_ = rc.SetWriteDeadline(time.Now().Add(takeoutWrite))
	err = w.end()
	_ = rc.SetWriteDeadline(time.Time{}) // or it would stand for the connection's next call
	return err
}

// csvRows writes CSV. A text that a spreadsheet would take for a formula gets a ' before
// it.
type csvRows struct{ w *csv.Writer }

func (x csvRows) row(cells []any) error {
	line := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case nil:
		case string:
			if line[i] = c; c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				line[i] = "'" + c
			}
		case float64:
			line[i] = strconv.FormatFloat(c, 'f', -1, 64)
		default:
			line[i] = fmt.Sprint(c)
		}
	}
	return x.w.Write(line)
}

func (x csvRows) end() error {
	x.w.Flush()
	return x.w.Error()
}

type bookRows struct {
	w   *book.Writer
	out io.Writer
}

func (x *bookRows) row(cells []any) error {
	for i, c := range cells {
		if s, ok := c.(string); ok && len(s) > takeoutCell {
			cells[i] = strings.ToValidUTF8(s[:takeoutCell], "") + "…"
		}
	}
	return x.w.Row(cells...)
}

func (x *bookRows) end() error {
	_, err := x.w.WriteTo(x.out)
	return err
}

func moment(t fengsui.Millis) any {
	if t == 0 {
		return nil
	}
	return t.Time().In(fengsui.Civil).Format("2006-01-02 15:04:05.000 -07:00")
}

// eachWarning walks the warnings that were raised in a time, newest first: its end is
// fixed, so that none comes in between two pages.
func (a *API) eachWarning(ctx context.Context, c call, in *takeoutInput, put func(fengsui.Warning) error) error {
	f := fengsui.WarningFilter{From: fengsui.Millis(in.From), To: fengsui.Millis(in.To)}
	for p := (fengsui.Page{Limit: takeoutPage}); ; p.Offset += p.Limit {
		list, total, err := a.c.Warnings.Warnings(ctx, c.scope, f, p)
		if err != nil {
			return err
		}
		for _, w := range list {
			if err := put(w); err != nil {
				return err
			}
		}
		if len(list) == 0 || p.Offset+len(list) >= total {
			return ctx.Err()
		}
	}
}

func (a *API) takeWarnings(ctx context.Context, c call, in *takeoutInput, put func(map[string]any) error) error {
	return a.eachWarning(ctx, c, in, func(w fengsui.Warning) error {
		return put(map[string]any{"id": string(w.ID), "enterprise": a.partyName(w.Enterprise), "zone": a.partyName(w.Zone), "sector": string(w.Sector), "subject": a.warningView(c, w).SubjectName,
			"model": w.Model, "level": w.Level.String(), "peak": w.Peak.String(), "condition": w.Condition.String(), "work": w.Work.String(), "end": w.End.String(),
			"value": w.Value, "limit": w.Limit, "unit": w.Unit, "signal_at": moment(w.SignalAt), "raised_at": moment(w.RaisedAt),
			"confirmed_at": moment(w.ConfirmedAt), "confirmed_by": w.ConfirmedBy, "ended_at": moment(w.EndedAt)})
	})
}

func (a *API) takeSteps(ctx context.Context, c call, in *takeoutInput, put func(map[string]any) error) error {
	return a.eachWarning(ctx, c, in, func(w fengsui.Warning) error {
		steps, err := a.c.Warnings.Steps(ctx, c.scope, w.ID)
		if err != nil {
			return err
		}
		for _, s := range steps {
			var to []string
			for _, t := range s.To {
				to = append(to, a.partyName(t.Party))
			}
			err := put(map[string]any{"warning": string(w.ID), "enterprise": a.partyName(w.Enterprise), "kind": string(s.Kind), "number": s.Number, "level": s.Level.String(),
				"due_at": moment(s.DueAt), "fired_at": moment(s.FiredAt), "missed": s.Missed, "article": s.Article, "to": strings.Join(to, "; ")})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// takeOrders walks the orders. They move while they are read, for what is done sorts
// elsewhere: none stands there twice.
func (a *API) takeOrders(ctx context.Context, c call, in *takeoutInput, put func(map[string]any) error) error {
	seen := map[fengsui.ID]bool{}
	for p := (fengsui.Page{Limit: takeoutPage}); ; p.Offset += p.Limit {
		list, total, err := a.c.Orders.Orders(ctx, c.scope, fengsui.OrderFilter{}, p)
		if err != nil {
			return err
		}
		for _, o := range list {
			if seen[o.ID] || o.OpenedAt < fengsui.Millis(in.From) || o.OpenedAt >= fengsui.Millis(in.To) {
				continue
			}
			seen[o.ID] = true
			err := put(map[string]any{"id": string(o.ID), "kind": string(o.Kind), "warning": string(o.Warning), "enterprise": a.partyName(o.Enterprise), "party": a.partyName(o.Party),
				"level": o.Level.String(), "assignee": o.Assignee, "opened_at": moment(o.OpenedAt), "done_at": moment(o.DoneAt), "result": o.Result})
			if err != nil {
				return err
			}
		}
		if len(list) == 0 || p.Offset+len(list) >= total {
			return ctx.Err()
		}
	}
}

func (a *API) takeJournal(ctx context.Context, c call, in *takeoutInput, put func(map[string]any) error) error {
	f := store.Filter{From: fengsui.Millis(in.From), To: fengsui.Millis(in.To), Limit: takeoutPage}
	for {
		entries, _, err := a.c.DB.Entries(ctx, c.scope, f)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			err := put(map[string]any{"pos": e.Pos, "at": moment(e.At), "kind": e.Of.Kind, "object": string(e.Of.ID), "act": e.Act, "by": e.By.Name, "role": string(e.By.Role), "from": e.By.From,
				"why": e.Why, "warning": string(e.Warning), "enterprise": a.partyName(e.Enterprise), "before": string(hideContacts(e.Before)), "after": string(hideContacts(e.After))})
			if err != nil {
				return err
			}
		}
		f.After = entries[len(entries)-1].Pos
	}
}
