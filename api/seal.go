package api

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
)

// Seal proves that nothing in the journal was altered or removed (A10, A25).
type Seal interface {
	Public() string
	Latest(ctx context.Context, s fengsui.Scope) (fengsui.Head, error)
	Heads(ctx context.Context, s fengsui.Scope, p fengsui.Page) ([]fengsui.Head, int, error)
	Checked(ctx context.Context, s fengsui.Scope) (fengsui.SealCheck, error)
	Prove(ctx context.Context, s fengsui.Scope, warning fengsui.ID, w io.Writer) error
	States(ctx context.Context, s fengsui.Scope, positions []int64) (map[int64]fengsui.RowSeal, error)
	ProveFound(ctx context.Context, s fengsui.Scope, asked map[string]string, positions []int64, hide func(pos int64) bool, w io.Writer) error
}

// SealView is what discipline inspection keeps elsewhere: the newest head and those
// that the platform keeps, newest first. The note of Latest is empty before the
// first row is sealed, Checked absent before the platform has verified the whole.
type SealView struct {
	Key    string         `json:"key"` // public
	Latest fengsui.Head   `json:"latest"`
	Items  []fengsui.Head `json:"items" nullable:"false"`
	Total  int            `json:"total"`

	Checked *fengsui.SealCheck `json:"checked,omitempty"` // the platform's newest verification of the whole
}

func (a *API) sealRoutes() {
	get(a, "/seal", fengsui.ActAudit, "seal", "Signed heads of the journal, to be kept elsewhere", func(ctx context.Context, c call, in *pageInput) (SealView, error) {
		v := SealView{Key: a.c.Seal.Public()}
		var err error
		if v.Latest, err = a.c.Seal.Latest(ctx, c.scope); err != nil {
			return v, err
		}
		checked, err := a.c.Seal.Checked(ctx, c.scope)
		if err != nil {
			return v, err
		}
		if checked.At > 0 {
			v.Checked = &checked
		}
		v.Items, v.Total, err = a.c.Seal.Heads(ctx, c.scope, in.page())
		v.Items = list(v.Items)
		return v, err
	})

	r := Route{Method: http.MethodGet, Path: "/warnings/{id}/proof", Act: fengsui.ActSee}
	op := a.operation(r, "proof", "The proof of one case: a file that verifies without the platform", nil)
	op.Responses["200"] = &huma.Response{Description: "docs/seal.md says how it is checked", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}}}
	huma.Register(a.huma, op, func(ctx context.Context, in *byID) (*streamed, error) {
		c := ctx.Value(callKey{}).(call)
		of, err := a.mayWarning(ctx, c, in.ID, fengsui.ActSee)
		if err != nil {
			return nil, a.fail(r, err)
		}
		// The file itself is what the seal signed, letter for letter: only its name can
		// carry the mark.
		if _, err := a.exported(ctx, c, of, "proof"); err != nil {
			return nil, a.fail(r, err)
		}
		return &streamed{func(huma.Context) {
			a.proof(c, r, string(in.ID), func(w io.Writer) error { return a.c.Seal.Prove(ctx, c.scope, in.ID, w) })
		}}, nil
	})
}

// proof answers with the file of a proof, or with why there is none.
func (a *API) proof(c call, r Route, of string, prove func(io.Writer) error) {
	w := &lazy{ResponseWriter: c.writer, name: fmt.Sprintf("%s-proof-%s-%s.json", of, c.session.User.Login, time.Now().UTC().Format("20060102T150405Z"))}
	switch err := prove(w); {
	case err == nil:
	case w.begun:
		panic(http.ErrAbortHandler) // a cut proof must not look whole
	default:
		p, known := problemOf(err)
		if !known {
			a.failed(r, err)
		}
		writeProblem(c.writer, p)
	}
}

// lazy is a file that can still be refused until its first byte.
type lazy struct {
	http.ResponseWriter
	name  string
	begun bool
}

func (w *lazy) Write(b []byte) (int, error) {
	if !w.begun {
		w.begun = true
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": w.name}))
	}
	return w.ResponseWriter.Write(b)
}
