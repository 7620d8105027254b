package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
)

type curveInput struct {
	ID   fengsui.ID `path:"id" maxLength:"64"`
	Part string     `path:"part" enum:"before,after"`
}

func (a *API) curveRoutes() {
	r := Route{Method: http.MethodGet, Path: "/warnings/{id}/curve/{part}", Act: fengsui.ActSee}
	op := a.operation(r, "curve", "What the values did in the 30 minutes before or after a warning's signal", nil)
	op.Responses["200"] = &huma.Response{Description: "Lines with # say what it is, then time, point, value, quality", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}
	huma.Register(a.huma, op, func(ctx context.Context, in *curveInput) (*streamed, error) {
		c := ctx.Value(callKey{}).(call)
		w, err := a.mayWarning(ctx, c, in.ID, fengsui.ActSee)
		if err != nil {
			return nil, a.fail(r, err)
		}
		curve, err := a.c.Curves.Open(ctx, c.scope, in.ID, in.Part)
		if err != nil {
			return nil, a.fail(r, err)
		}
		mark, err := a.exported(ctx, c, w, "curve "+in.Part)
		if err != nil {
			curve.Close()
			return nil, a.fail(r, err)
		}
		return &streamed{func(huma.Context) {
			defer curve.Close()
			h := c.writer.Header()
			h.Set("Content-Type", "text/csv; charset=utf-8")
			h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": string(in.ID) + "-" + in.Part + ".csv"}))
			if _, err := io.Copy(c.writer, io.MultiReader(strings.NewReader("# exported "+mark+"\n"), curve)); err != nil {
				panic(http.ErrAbortHandler) // a cut curve must not look whole
			}
		}}, nil
	})
}
