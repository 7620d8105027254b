package api

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
	"fengsui/registry"
)

// bookType is the media type of a workbook (.xlsx).
const bookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

type bookInput struct {
	Dry     bool   `query:"dry" doc:"only say what would be done"`
	RawBody []byte `contentType:"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"`
}

func (a *API) bookRoutes() {
	add(a, Route{Method: http.MethodPost, Path: "/import", Act: fengsui.ActRegistry, Mutates: true}, "importBook",
		"Import a workbook (.xlsx) with a sheet for each table: all of it or nothing", a.importBook, func(op *huma.Operation) {
			op.MaxBodyBytes = a.c.MaxSheet
			op.BodyReadTimeout = time.Minute
		})
	out := Route{Method: http.MethodGet, Path: "/export/registry", Act: fengsui.ActRegistry}
	op := a.operation(out, "exportRegistry", "The whole registry as a workbook that POST /import takes again; journalled", nil)
	op.Responses["200"] = &huma.Response{Description: "The workbook", Content: map[string]*huma.MediaType{bookType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	huma.Register(a.huma, op, func(ctx context.Context, _ *nothing) (*streamed, error) {
		c := called(ctx)
		if err := c.scope.Allow(out.Act, fengsui.None); err != nil {
			return nil, a.fail(out, err)
		}
		return &streamed{func(huma.Context) {
			at := time.Now()
			h := c.writer.Header()
			h.Set("Content-Type", bookType)
			h.Set("Content-Disposition", attachment("registry", at, "xlsx"))
			if err := a.c.Registry.Export(ctx, c.scope, c.by, mark(c, at), c.writer); err != nil {
				a.c.Log.Error("export broke off", "what", "registry", "err", err)
				panic(http.ErrAbortHandler) // a cut file must not look whole
			}
		}}, nil
	})
}

// attachment names a file that leaves the platform.
func attachment(what string, at time.Time, suffix string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": fmt.Sprintf("fengsui-%s-%s.%s", what, at.In(fengsui.Civil).Format("20060102-1504"), suffix)})
}

// mark says who took something out of the platform, when and from where.
func mark(c call, at time.Time) string {
	return fmt.Sprintf("%s %s (%s) %s", at.UTC().Format(time.RFC3339), c.session.User.Login, c.session.Party.Code, c.by.From)
}

func (a *API) importBook(ctx context.Context, c call, in *bookInput) (ImportReport, error) {
	if d, found, err := a.answered(ctx, c); err != nil || found {
		return importAgain(d), err
	}
	r, err := a.c.Registry.ImportBook(ctx, c.scope, c.by, in.RawBody, in.Dry)
	return a.imported(ctx, c, r, err)
}

// importAgain answers the repeat of an import: that it was done, and where.
func importAgain(d Done) ImportReport {
	return ImportReport{Done: d, Errors: []RowError{}, Sheets: []registry.SheetReport{}, Changes: []registry.RowChange{}}
}

// imported answers an import.
func (a *API) imported(ctx context.Context, c call, r registry.Report, err error) (ImportReport, error) {
	if err != nil && !repeated(err) {
		return importAgain(Done{}), err
	}
	out := ImportReport{Rows: r.Rows, Created: r.Created, Changed: r.Changed, Same: r.Same, Dry: r.Dry, More: r.More, Errors: make([]RowError, len(r.Errors)),
		Sheets: list(r.Sheets), Changes: list(r.Changes), MoreChanges: r.MoreChanges}
	for i, e := range r.Errors {
		out.Errors[i] = RowError(e)
	}
	out.Done, _, err = a.answered(ctx, c)
	return out, err
}
