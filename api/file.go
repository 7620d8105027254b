package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
)

func (a *API) fileRoutes() {
	up := Route{Method: http.MethodPost, Path: "/files", Act: fengsui.ActUpload, Mutates: true}
	op := a.operation(up, "upload", "Upload a piece of evidence: multipart/form-data with one part, file", nil)
	huma.Register(a.huma, op, func(ctx context.Context, _ *nothing) (*body[fengsui.File], error) {
		f, err := a.upload(ctx, called(ctx))
		if err != nil {
			return nil, a.fail(up, err)
		}
		return &body[fengsui.File]{f}, nil
	})
	// Only for the document: huma would read the body itself.
	a.huma.OpenAPI().Paths[up.Path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject,
		Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}}}}}}

	down := Route{Method: http.MethodGet, Path: "/files/{id}", Act: fengsui.ActSee}
	op = a.operation(down, "file", "A piece of evidence", nil)
	op.Responses["200"] = &huma.Response{Description: "The file", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	huma.Register(a.huma, op, func(ctx context.Context, in *byID) (*streamed, error) {
		c := called(ctx)
		f, r, err := a.c.Files.File(ctx, c.scope, in.ID)
		if err != nil {
			return nil, a.fail(down, err)
		}
		return &streamed{func(huma.Context) {
			defer r.Close()
			sendFile(c.writer, f, r)
		}}, nil
	})
}

// upload streams the part "file" of a form to whoever keeps evidence; nothing of
// it waits in memory. The form's boundary is new each time it is sent, so a
// repeat is known by the file's own hash, not by the body's.
func (a *API) upload(ctx context.Context, c call) (fengsui.File, error) {
	first, found, err := a.answered(ctx, c)
	if err != nil {
		return fengsui.File{}, err
	}
	deadline := time.Now().Add(a.c.FileTime)
	if err := http.NewResponseController(c.writer).SetReadDeadline(deadline); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fengsui.File{}, err
	}
	c.request.Body = http.MaxBytesReader(c.writer, c.request.Body, a.c.MaxFile+formOverhead)
	form, err := c.request.MultipartReader()
	if err != nil {
		return fengsui.File{}, errForm
	}
	for {
		part, err := form.NextPart()
		if _, ok := errors.AsType[textproto.ProtocolError](err); ok {
			err = errForm
		}
		if err != nil {
			return fengsui.File{}, formError(err)
		}
		if part.FormName() != "file" {
			continue
		}
		name := part.FileName()
		if name == "" || len(name) > 200 || name == "." || name == ".." || strings.ContainsFunc(name, unicode.IsControl) {
			return fengsui.File{}, fengsui.Errorf(fengsui.Invalid, "file_name", "the file needs a name of at most 200 bytes, without control characters")
		}
		sum := sha256.New()
		if found {
			if _, err := io.Copy(sum, part); err != nil {
				return fengsui.File{}, formError(err)
			}
			return a.fileOf(ctx, c, first.Of.ID, sum.Sum(nil))
		}
		f, err := a.c.Files.Upload(ctx, c.scope, c.by, name, mediaType(part), io.TeeReader(part, sum))
		if repeated(err) {
			if first, _, err = a.answered(ctx, c); err != nil {
				return f, err
			}
			return a.fileOf(ctx, c, first.Of.ID, sum.Sum(nil))
		}
		return f, formError(err)
	}
}

const (
	// formOverhead is what a form may weigh besides its file.
	formOverhead = 64 << 10
)

var errForm = fengsui.Errorf(fengsui.Invalid, "bad_form", "send the file as multipart/form-data, in a part named file")

func formError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fengsui.Errorf(fengsui.Invalid, "too_large", "the file is too large")
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return fengsui.Errorf(fengsui.Invalid, "too_slow", "the file did not come to its end in time")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errForm
	}
	return err
}

// fileOf is the file that was kept under the call's key, if it is the one that
// came again.
func (a *API) fileOf(ctx context.Context, c call, id fengsui.ID, sum []byte) (fengsui.File, error) {
	f, r, err := a.c.Files.File(ctx, c.scope, id)
	if err != nil {
		return f, err
	}
	r.Close()
	if f.SHA256 != hex.EncodeToString(sum) {
		return fengsui.File{}, errReused
	}
	return f, nil
}

// shown are the media types that a page may show in place; a browser is told to
// save every other.
var shown = map[string]bool{"image/jpeg": true, "image/png": true, "image/webp": true, "image/gif": true}

func mediaType(p *multipart.Part) string {
	t, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
	if err != nil || len(t) > 100 {
		return "application/octet-stream"
	}
	return t
}

func sendFile(w http.ResponseWriter, f fengsui.File, r io.Reader) {
	kind, how := "application/octet-stream", "attachment"
	if shown[f.Type] {
		kind, how = f.Type, "inline"
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": f.Name}))
	if _, err := io.Copy(w, r); err != nil {
		panic(http.ErrAbortHandler) // a cut file must not look whole
	}
}
