package gateway

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"fengsui/notify"
)

//go:embed providers/*.yaml
var shipped embed.FS

// Shipped are the providers that come with the platform.
func Shipped() fs.FS {
	sub, _ := fs.Sub(shipped, "providers")
	return sub
}

// Provider is what one provider's interface wants, see providers/generic-sms.yaml,
// where every key is explained. All texts are templates (text/template) over face.
type Provider struct {
	Name     string            `yaml:"-"`
	For      []string          `yaml:"for"`      // kinds of channels
	Source   string            `yaml:"source"`   // where this was read
	Check    string            `yaml:"check"`    // what is to be checked against the provider's document; empty: nothing
	Settings map[string]string `yaml:"settings"` // name -> default; empty: the operator must say
	Text     string            `yaml:"text"`     // what a person reads or hears
	TextMax  int               `yaml:"text_max"` // characters of it
	Request  Request           `yaml:"request"`
	Sign     Sign              `yaml:"sign"`
	Answer   []Rule            `yaml:"answer"`  // the first that fits counts; none: held
	Receipt  string            `yaml:"receipt"` // path of the provider's name for the message; empty: it gives none
	Report   *Reports          `yaml:"report"`

	parsed *template.Template
}

// Request is how a message is handed over.
type Request struct {
	Method  string            `yaml:"method"`
	URL     string            `yaml:"url"`
	Headers map[string]string `yaml:"headers"`
	Fields  map[string]string `yaml:"fields"` // sent as As says; empty: Body
	As      string            `yaml:"as"`     // form, query or json
	Body    string            `yaml:"body"`
}

// Sign is how a request proves whose it is.
type Sign struct {
	Scheme   string   `yaml:"scheme"` // none, hmac-sha256, hmac-sha1, sha256 or md5
	Optional bool     `yaml:"optional"`
	Text     string   `yaml:"text"`   // what is signed
	Keys     []string `yaml:"keys"`   // of an HMAC; of several each is signed under the one before, the last signs Text
	Encode   string   `yaml:"encode"` // hex, HEX or base64
	Field    string   `yaml:"field"`  // where it goes: a field,
	Header   string   `yaml:"header"` // a header,
	Value    string   `yaml:"value"`  // with this value [the signature],
	Query    string   `yaml:"query"`  // or this behind the URL
}

// Rule says what an answer means by the value at a path, or by a pattern over all of it.
type Rule struct {
	Path  string      `yaml:"path"` // a.b.0.c
	Is    []string    `yaml:"is"`
	Match string      `yaml:"match"`
	Fate  notify.Fate `yaml:"fate"` // taken, refused or held
	Why   string      `yaml:"why"`

	match *regexp.Regexp
}

// Reports is how a provider reports later.
type Reports struct {
	List    string  `yaml:"list"`    // path of the list of reports; empty: the body is one, or a list of them
	Receipt string  `yaml:"receipt"` // paths below a report
	Words   string  `yaml:"words"`
	States  []State `yaml:"states"` // the first that fits counts; none: it says nothing to us
	Answer  string  `yaml:"answer"` // what the provider wants to hear
}

// State says what a report means.
type State struct {
	Path    string         `yaml:"path"`
	Is      []string       `yaml:"is"`
	Outcome notify.Outcome `yaml:"outcome"`
}

// LoadProvider reads one provider and proves it: every template runs.
func LoadProvider(fsys fs.FS, name string) (*Provider, error) {
	b, err := fs.ReadFile(fsys, name+".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		files, _ := fs.Glob(fsys, "*.yaml")
		for i := range files {
			files[i] = strings.TrimSuffix(path.Base(files[i]), ".yaml")
		}
		return nil, fmt.Errorf("there is no provider %q; there are %s", name, strings.Join(files, ", "))
	}
	if err != nil {
		return nil, err
	}
	p := &Provider{Name: name}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("provider %s: %w", name, err)
	}
	if err := p.prepare(); err != nil {
		return nil, fmt.Errorf("provider %s: %w", name, err)
	}
	return p, nil
}

// Serves reports whether the provider is for a kind of channel.
func (p *Provider) Serves(kind string) bool { return slices.Contains(p.For, kind) }

// functions are what templates may use beside the language's own.
var functions = template.FuncMap{
	"json": func(v any) (string, error) { // a value as JSON, letters as they are
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		err := e.Encode(v)
		return strings.TrimSpace(b.String()), err
	},
	"percent": percent,
	"sha256":  func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) },
	"md5":     func(s string) string { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) },
	"lower":   strings.ToLower,
	"line":    func(s string) string { return strings.Join(strings.Fields(s), " ") },
	"host": func(s string) string {
		u, err := url.Parse(s)
		if err != nil {
			return ""
		}
		return u.Host
	},
}

// percent is percent-encoding as RFC 3986 has it: a space is %20.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func (p *Provider) prepare() error {
	r, s := &p.Request, &p.Sign
	switch {
	case p.Source == "":
		return errors.New("it must say its source")
	case len(p.For) == 0:
		return errors.New("for: name the kinds of channels that it serves")
	case r.Method != http.MethodPost && r.Method != http.MethodGet:
		return fmt.Errorf("request.method is GET or POST, not %q", r.Method)
	case len(r.Fields) > 0 && !slices.Contains([]string{"form", "query", "json"}, r.As):
		return fmt.Errorf("request.as is form, query or json, not %q", r.As)
	case len(r.Fields) > 0 && r.Body != "":
		return errors.New("request has fields or a body, not both")
	case !slices.Contains([]string{"none", "hmac-sha256", "hmac-sha1", "sha256", "md5"}, s.Scheme):
		return fmt.Errorf("sign.scheme %q is not known", s.Scheme)
	case s.Scheme != "none" && !slices.Contains([]string{"hex", "HEX", "base64"}, s.Encode):
		return fmt.Errorf("sign.encode is hex, HEX or base64, not %q", s.Encode)
	case strings.HasPrefix(s.Scheme, "hmac") != (len(s.Keys) > 0):
		return errors.New("an HMAC has keys, and nothing else has")
	case p.TextMax <= 0:
		return errors.New("text_max must be above zero")
	}
	taken := false
	for i := range p.Answer {
		a := &p.Answer[i]
		taken = taken || a.Fate == notify.Taken
		if a.Fate != notify.Taken && a.Fate != notify.Refused && a.Fate != notify.Held {
			return fmt.Errorf("answer %d: the fate is taken, refused or held, not %q", i+1, a.Fate)
		}
		if (a.Path == "") == (a.Match == "") || a.Path != "" && len(a.Is) == 0 {
			return fmt.Errorf("answer %d has a path with values, or a match", i+1)
		}
		if a.Match != "" {
			var err error
			if a.match, err = regexp.Compile(a.Match); err != nil {
				return fmt.Errorf("answer %d: %w", i+1, err)
			}
		}
	}
	if !taken {
		return errors.New("no answer means that a message was taken")
	}
	if x := p.Report; x != nil {
		if p.Receipt == "" || x.Receipt == "" {
			return errors.New("reports need the path of the receipt, in the answer and in the report")
		}
		for _, st := range x.States {
			if !slices.Contains([]notify.Outcome{notify.Delivered, notify.Failed, notify.Answered}, st.Outcome) {
				return fmt.Errorf("report: the outcome %q is not known", st.Outcome)
			}
		}
	}
	p.parsed = template.New("").Funcs(functions).Option("missingkey=error")
	for name, text := range p.templates() {
		if _, err := p.parsed.New(name).Parse(text); err != nil {
			return err
		}
	}
	// One run, so that a mistyped name shows now.
	f := &face{Set: map[string]string{}}
	for name := range p.Settings {
		f.Set[name] = "x"
	}
	if _, err := p.text(f); err != nil {
		return err
	}
	_, err := p.request(f)
	return err
}

// templates are all of them by name.
func (p *Provider) templates() map[string]string {
	list := map[string]string{"text": p.Text, "url": p.Request.URL, "body": p.Request.Body, "sign": p.Sign.Text, "value": p.Sign.Value, "query": p.Sign.Query}
	for k, v := range p.Request.Headers {
		list["header."+k] = v
	}
	for k, v := range p.Request.Fields {
		list["field."+k] = v
	}
	for i, v := range p.Sign.Keys {
		list[fmt.Sprint("key.", i)] = v
	}
	return list
}

func (p *Provider) run(name string, f *face) (string, error) {
	var b strings.Builder
	err := p.parsed.ExecuteTemplate(&b, name, f)
	return strings.TrimSpace(b.String()), err
}

// text is what a person reads, cut to what the provider takes.
func (p *Provider) text(f *face) (string, error) {
	text, err := p.run("text", f)
	if utf8.RuneCountInString(text) > p.TextMax {
		text = string([]rune(text)[:p.TextMax-1]) + "…"
	}
	return text, err
}

// request makes the request for a message: the fields, the signature over them or over
// the body, and the signature's place.
func (p *Provider) request(f *face) (r request, err error) {
	run := func(name string) string {
		text, failed := p.run(name, f)
		err = errors.Join(err, failed)
		return text
	}
	r = request{method: p.Request.Method, header: http.Header{}}
	fields := map[string]string{}
	for name := range p.Request.Fields {
		fields[name] = run("field." + name)
	}
	f.sum(fields)
	body := func() {
		switch {
		case len(p.Request.Fields) == 0:
			f.Content = run("body")
		case p.Request.As == "json":
			b, failed := json.Marshal(fields) // sorted by name
			f.Content, err = string(b), errors.Join(err, failed)
		case p.Request.As == "form":
			f.Content = f.Sorted
		}
	}
	body()
	signed := p.Sign.Scheme != "none" && !(p.Sign.Optional && f.Secret == "")
	if signed {
		if err := p.sign(f, run); err != nil {
			return r, err
		}
		if p.Sign.Field != "" {
			fields[p.Sign.Field] = f.Signature
			f.sum(fields)
		}
		if p.Sign.Field != "" || len(p.Request.Fields) == 0 {
			body() // a body of one's own names the signature itself
		}
	}
	r.url, r.body = run("url"), f.Content
	if p.Request.As == "query" {
		r.url += separator(r.url) + f.Sorted
	}
	if signed && p.Sign.Query != "" {
		r.url += separator(r.url) + run("query")
	}
	for name := range p.Request.Headers {
		r.header.Set(name, run("header."+name))
	}
	if signed && p.Sign.Header != "" {
		value := f.Signature
		if p.Sign.Value != "" {
			value = run("value")
		}
		r.header.Set(p.Sign.Header, value)
	}
	if p.Request.As == "form" {
		r.header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r, err
}

func separator(address string) string {
	if strings.Contains(address, "?") {
		return "&"
	}
	return "?"
}

// sum writes the fields out as signatures want them.
func (f *face) sum(fields map[string]string) {
	var coded, plain []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		coded = append(coded, percent(name)+"="+percent(fields[name]))
		plain = append(plain, name+"="+fields[name])
	}
	f.Sorted, f.Joined = strings.Join(coded, "&"), strings.Join(plain, "&")
}
