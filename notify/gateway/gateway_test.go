package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"fengsui"
	"fengsui/notify"
)

const secret = "SEC-hidden-0123456789"

var message = notify.Message{Key: "step/party", Kind: "push", Level: fengsui.Red, Address: "138 0000 1234", Link: "https://f.cn/w?a=1&b=2",
	Texts: map[string]notify.Text{"zh": {Title: "【红色预警】甲公司 \"T*1~1\" 液位", Body: "...", Next: "立即核实处置"}}}

// peer is a provider on a real socket: it checks the request by its own reading of the
// provider's document and answers as told.
type peer struct {
	*httptest.Server
	check  func(r *http.Request, body string) error
	status int
	answer string
	last   string // body
}

func newPeer(t *testing.T) *peer {
	p := &peer{status: 200}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err == nil && p.check != nil {
			err = p.check(r, string(b))
		}
		if err != nil {
			t.Errorf("%s %s: %v; the body is %s", r.Method, r.URL, err, b)
		}
		p.last = string(b)
		w.WriteHeader(p.status)
		io.WriteString(w, p.answer)
	}))
	t.Cleanup(p.Close)
	return p
}

// open opens a provider's channel; the settings that it needs besides are made up.
func open(t *testing.T, name, key string, settings map[string]string) *Channel {
	t.Helper()
	p, err := LoadProvider(Shipped(), name)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Provider: p, Settings: map[string]string{}, Secret: notify.NewSecret(key)}
	for s, value := range p.Settings {
		if value == "" {
			c.Settings[s] = "my-" + s
		}
	}
	for s, value := range settings {
		c.Settings[s] = value
	}
	ch, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func sum(key, text string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return h.Sum(nil)
}

// fresh refuses a time that is not now.
func fresh(seconds int64) error {
	if d := time.Now().Unix() - seconds; d < -60 || d > 60 {
		return fmt.Errorf("the time is %d s off", d)
	}
	return nil
}

func at0(v any, path ...any) any {
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

// said is a verdict in short: taken with its receipt, or the fate.
func said(receipt string, err error) string {
	if err == nil {
		return "taken " + receipt
	}
	if j, ok := errors.AsType[notify.Judged](err); ok {
		return string(j.Fate)
	}
	if n, ok := errors.AsType[notify.NotTaken](err); ok {
		return fmt.Sprint(n.Status)
	}
	return err.Error()
}

// TestProviders: what each shipped provider's channel sends is what the provider's
// document asks for, signature included, and each answer means what its table says.
func TestProviders(t *testing.T) {
	const text = `【红色预警】甲公司 "T*1~1" 液位`
	type answer struct {
		status     int
		text, want string
	}
	f := func(name string, settings func(url string) map[string]string, address func(url string) string, check func(r *http.Request, body string, v any) error, answers ...answer) {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.check = func(r *http.Request, body string) error {
				var v any
				if r.Method == http.MethodPost {
					if err := json.Unmarshal([]byte(body), &v); err != nil {
						return err
					}
				}
				return check(r, body, v)
			}
			ch := open(t, name, secret, settings(p.URL+"/"))
			m := message
			m.Address = address(p.URL)
			for _, a := range answers {
				p.status, p.answer = a.status, a.text
				words, receipt, err := ch.SendReceipted(t.Context(), m)
				if got := said(receipt, err); got != a.want {
					t.Errorf("%d %s means %q, want %q", a.status, a.text, got, a.want)
				}
				if strings.Contains(words, secret) || strings.Contains(fmt.Sprint(err), secret) {
					t.Errorf("the secret shows in %q, %v", words, err)
				}
			}
		})
	}
	none := func(string) map[string]string { return nil }
	number := func(string) string { return "138 0000 1234" }
	own := func(r *http.Request, body string) error {
		stamp, nonce := r.Header.Get("X-Time"), r.Header.Get("X-Nonce")
		if want := hex.EncodeToString(sum(secret, stamp+"\n"+nonce+"\n"+body)); r.Header.Get("X-Signature") != want || len(nonce) != 32 {
			return fmt.Errorf("the signature is %q, want %s", r.Header.Get("X-Signature"), want)
		}
		var seconds int64
		fmt.Sscan(stamp, &seconds)
		return fresh(seconds)
	}
	f("generic-sms", func(url string) map[string]string { return map[string]string{"url": url} }, number, func(r *http.Request, body string, v any) error {
		if at0(v, "to") != "+8613800001234" || at0(v, "text") != text+"。立即核实处置" || at0(v, "key") != "step/party" || at0(v, "urgent") != true || r.Header.Get("Idempotency-Key") != "step/party" {
			return errors.New("it does not say what it should")
		}
		return own(r, body)
	}, answer{200, `{"code":"0","id":"m1"}`, "taken m1"}, answer{200, `{"code":0,"id":7}`, "taken 7"}, answer{200, `{"code":"blocked"}`, "refused"}, answer{200, `{"code":"busy"}`, "held"},
		answer{200, `{"code":"what"}`, "held"}, answer{200, `<html>`, "held"}, answer{200, ``, "held"}, answer{500, `oops`, "500"}, answer{429, `{"code":"0"}`, "429"},
		answer{200, `{"code":"busy","echo":"` + secret + `"}`, "held"}, answer{400, `{"code":"balance"}`, "held"})
	f("generic-voice", func(url string) map[string]string { return map[string]string{"url": url} }, number, func(r *http.Request, body string, v any) error {
		if at0(v, "to") != "+8613800001234" || !strings.HasSuffix(fmt.Sprint(at0(v, "say")), "收到请按1。") || at0(v, "from") != "my-show" || at0(v, "confirm") != "1" {
			return errors.New("it does not say what it should")
		}
		return own(r, body)
	}, answer{200, `{"code":"0","id":"c1"}`, "taken c1"}, answer{200, `{"code":"number"}`, "refused"})
	f("aliyun-sms", func(url string) map[string]string { return map[string]string{"endpoint": url} }, number, func(r *http.Request, _ string, _ any) error {
		q := r.URL.Query()
		if q.Get("PhoneNumbers") != "13800001234" || q.Get("Action") != "SendSms" || q.Get("AccessKeyId") != "my-access_key_id" || q.Get("TemplateParam") == "" || q.Get("OutId") != "step/party" {
			return errors.New("it does not say what it should")
		}
		at, err := time.Parse("2006-01-02T15:04:05Z", q.Get("Timestamp"))
		if err != nil {
			return err
		}
		signature := q.Get("Signature")
		q.Del("Signature")
		canonical := strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(q.Encode()) // sorted by name
		h := hmac.New(sha1.New, []byte(secret+"&"))
		io.WriteString(h, "GET&%2F&"+url.QueryEscape(canonical))
		if want := base64.StdEncoding.EncodeToString(h.Sum(nil)); want != signature {
			return fmt.Errorf("the signature is %s, want %s", signature, want)
		}
		return fresh(at.Unix())
	}, answer{200, `{"Code":"OK","Message":"OK","BizId":"900619746936498440^0","RequestId":"F655"}`, "taken 900619746936498440^0"}, answer{200, `{"Code":"isv.MOBILE_NUMBER_ILLEGAL"}`, "refused"},
		answer{200, `{"Code":"isv.BUSINESS_LIMIT_CONTROL"}`, "held"}, answer{400, `{"Code":"Throttling.User"}`, "held"}, answer{403, `{"Code":"SignatureDoesNotMatch"}`, "held"}, answer{502, ``, "502"})
	f("tencent-sms", func(url string) map[string]string { return map[string]string{"endpoint": url} }, number, func(r *http.Request, body string, v any) error {
		var seconds int64
		fmt.Sscan(r.Header.Get("X-TC-Timestamp"), &seconds)
		date := time.Unix(seconds, 0).UTC().Format(time.DateOnly)
		if at0(v, "PhoneNumberSet", 0) != "+8613800001234" || at0(v, "TemplateParamSet", 0) == "" || r.Header.Get("X-TC-Action") != "SendSms" {
			return errors.New("it does not say what it should")
		}
		hash := sha256.Sum256([]byte(body))
		canonical := "POST\n/\n\ncontent-type:" + r.Header.Get("Content-Type") + "\nhost:" + r.Host + "\n\ncontent-type;host\n" + hex.EncodeToString(hash[:])
		hash = sha256.Sum256([]byte(canonical))
		key := sum(string(sum(string(sum("TC3"+secret, date)), "sms")), "tc3_request")
		want := "TC3-HMAC-SHA256 Credential=my-secret_id/" + date + "/sms/tc3_request, SignedHeaders=content-type;host, Signature=" +
			hex.EncodeToString(sum(string(key), "TC3-HMAC-SHA256\n"+r.Header.Get("X-TC-Timestamp")+"\n"+date+"/sms/tc3_request\n"+hex.EncodeToString(hash[:])))
		if got := r.Header.Get("Authorization"); got != want {
			return fmt.Errorf("the authorization is %s, want %s", got, want)
		}
		return fresh(seconds)
	}, answer{200, `{"Response":{"SendStatusSet":[{"SerialNo":"5000:1045","PhoneNumber":"+8613800001234","Fee":1,"Code":"Ok","Message":"send success"}],"RequestId":"a"}}`, "taken 5000:1045"},
		answer{200, `{"Response":{"SendStatusSet":[{"SerialNo":"","Code":"InvalidParameterValue.IncorrectPhoneNumber"}]}}`, "refused"},
		answer{200, `{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"x"}}}`, "held"})
	robot := func(path string) func(string) string { return func(url string) string { return url + path } }
	f("wecom", none, robot("/cgi-bin/webhook/send?key=k"), func(r *http.Request, _ string, v any) error {
		if at0(v, "msgtype") != "text" || at0(v, "text", "content") != text+"\n立即核实处置\nhttps://f.cn/w?a=1&b=2" || at0(v, "text", "mentioned_list", 0) != "@all" || r.URL.Query().Get("key") != "k" {
			return errors.New("it does not say what it should")
		}
		return nil
	}, answer{200, `{"errcode":0,"errmsg":"ok"}`, "taken "}, answer{200, `{"errcode":45009,"errmsg":"api freq out of limit"}`, "held"}, answer{200, `{"errcode":40058}`, "refused"}, answer{200, `{"errcode":99}`, "held"})
	f("dingtalk", none, robot("/robot/send?access_token=k"), func(r *http.Request, _ string, v any) error {
		q := r.URL.Query()
		want := base64.StdEncoding.EncodeToString(sum(secret, q.Get("timestamp")+"\n"+secret))
		if q.Get("sign") != want || q.Get("access_token") != "k" {
			return fmt.Errorf("the signature is %q, want %s", q.Get("sign"), want)
		}
		if at0(v, "msgtype") != "text" || at0(v, "at", "isAtAll") != true || !strings.HasPrefix(fmt.Sprint(at0(v, "text", "content")), text) {
			return errors.New("it does not say what it should")
		}
		var ms int64
		fmt.Sscan(q.Get("timestamp"), &ms)
		return fresh(ms / 1000)
	}, answer{200, `{"errcode":0,"errmsg":"ok"}`, "taken "}, answer{200, `{"errcode":310000,"errmsg":"sign not match"}`, "held"})
	f("feishu", none, robot("/open-apis/bot/v2/hook/k"), func(_ *http.Request, _ string, v any) error {
		stamp := fmt.Sprint(at0(v, "timestamp"))
		want := base64.StdEncoding.EncodeToString(sum(stamp+"\n"+secret, ""))
		if at0(v, "sign") != want {
			return fmt.Errorf("the signature is %v, want %s", at0(v, "sign"), want)
		}
		if at0(v, "msg_type") != "text" || !strings.HasPrefix(fmt.Sprint(at0(v, "content", "text")), text) {
			return errors.New("it does not say what it should")
		}
		var seconds int64
		fmt.Sscan(stamp, &seconds)
		return fresh(seconds)
	}, answer{200, `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`, "taken "}, answer{200, `{"code":19021,"msg":"sign match fail"}`, "held"}, answer{200, `{"code":9499}`, "refused"})
}

// TestPublished compares the signature with the one in the provider's own document,
// which nobody here computed (阿里云 短信服务, 签名机制).
func TestPublished(t *testing.T) {
	p, err := LoadProvider(Shipped(), "aliyun-sms")
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{"AccessKeyId": "testId", "Action": "SendSms", "Format": "XML", "OutId": "123", "PhoneNumbers": "15300000001", "RegionId": "cn-hangzhou",
		"SignName": "阿里云短信测试专用", "SignatureMethod": "HMAC-SHA1", "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466", "SignatureVersion": "1.0", "TemplateCode": "SMS_71390007",
		"TemplateParam": `{"customer":"test"}`, "Timestamp": "2017-07-12T02:42:19Z", "Version": "2017-05-25"}
	x := &face{Secret: "testSecret"}
	x.sum(fields)
	if err := p.sign(x, func(name string) string { s, _ := p.run(name, x); return s }); err != nil || x.Signature != "zJDF+Lrzhj/ThnlvIToysFRq6t4=" {
		t.Errorf("signed %s, %v", x.Signature, err)
	}
}

// TestUnsigned: a robot without a secret is spoken to without a signature; one with a
// secret of its own is signed with that.
func TestUnsigned(t *testing.T) {
	p := newPeer(t)
	p.answer = `{"errcode":0}`
	signed := 0
	p.check = func(r *http.Request, _ string) error {
		if sign := r.URL.Query().Get("sign"); sign != "" {
			signed++
			if want := base64.StdEncoding.EncodeToString(sum("own", r.URL.Query().Get("timestamp")+"\nown")); sign != want {
				return fmt.Errorf("signed %s, want %s", sign, want)
			}
		}
		return nil
	}
	ding, _ := LoadProvider(Shipped(), "dingtalk")
	ch, err := New(Config{Provider: ding, Secrets: map[string]notify.Secret{p.URL + "/b?x=1": notify.NewSecret("own")}})
	if err != nil {
		t.Fatal(err)
	}
	m := message
	for _, address := range []string{"/a?x=1", "/b?x=1"} {
		m.Address = p.URL + address
		if _, err := ch.Send(t.Context(), m); err != nil {
			t.Error(err)
		}
	}
	if signed != 1 {
		t.Errorf("%d were signed, want the one with a secret", signed)
	}
}

// TestForm: a provider that signs a form's fields with MD5, and one that answers in no
// JSON, are files too.
func TestForm(t *testing.T) {
	p := newPeer(t)
	p.answer = "000,ok"
	p.check = func(r *http.Request, body string) error {
		q, err := url.ParseQuery(body)
		if err != nil {
			return err
		}
		h := md5.Sum([]byte("content=" + q.Get("content") + "&mobile=" + q.Get("mobile") + "&user=me" + secret))
		if want := strings.ToUpper(hex.EncodeToString(h[:])); q.Get("sign") != want || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || q.Get("content") != message.Texts["zh"].Title {
			return fmt.Errorf("signed %s, want %s", q.Get("sign"), want)
		}
		return nil
	}
	file := `
for: [sms]
source: test
settings: {url: ""}
text: "{{.Title}}"
text_max: 100
request:
  method: POST
  url: "{{.Set.url}}"
  as: form
  fields: {user: me, mobile: "{{.Phone}}", content: "{{.Text}}"}
sign: {scheme: md5, text: "{{.Joined}}{{.Secret}}", encode: HEX, field: sign}
answer:
  - {match: '^000,', fate: taken}
  - {match: '^1\d\d,', fate: refused, why: no}
`
	provider, err := LoadProvider(fstest.MapFS{"old.yaml": {Data: []byte(file)}}, "old")
	if err != nil {
		t.Fatal(err)
	}
	ch, err := New(Config{Provider: provider, Settings: map[string]string{"url": p.URL}, Secret: notify.NewSecret(secret)})
	if err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]string{"000,ok": "taken ", "101,no": "refused", "200": "held"} {
		p.answer = answer
		if _, receipt, err := ch.SendReceipted(t.Context(), message); said(receipt, err) != want {
			t.Errorf("%s means %s, want %s", answer, said(receipt, err), want)
		}
	}

	// What is wrong with a file is said when it is read.
	for want, change := range map[string][2]string{
		"no answer means":   {"fate: taken", "fate: held"},
		"request.method":    {"method: POST", "method: FETCH"},
		"sign.scheme":       {"md5", "rot13"},
		"sign.encode":       {"HEX", "octal"},
		"can't evaluate":    {"{{.Title}}", "{{.Titel}}"},
		"map has no entry":  {"{{.Set.url}}", "{{.Set.uri}}"},
		"source":            {"source: test", ""},
		"not found in type": {"text_max", "text_most"},
		"missing closing":   {`'^000,'`, `'^(000,'`},
		"the fate is":       {"fate: refused", "fate: eaten"},
		"fields or a body":  {"as: form", "as: form\n  body: x"},
	} {
		_, err := LoadProvider(fstest.MapFS{"old.yaml": {Data: []byte(strings.Replace(file, change[0], change[1], 1))}}, "old")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with %q the error is %v, want one with %q", change[1], err, want)
		}
	}
}

// TestShipped: every shipped file is whole, says where it was read, and what of it is
// to be checked.
func TestShipped(t *testing.T) {
	files, err := fs.Glob(Shipped(), "*.yaml")
	if err != nil || len(files) != 7 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		p, err := LoadProvider(Shipped(), strings.TrimSuffix(file, ".yaml"))
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Check == "" && !strings.HasPrefix(p.Source, "fengsui:") {
			t.Errorf("%s is another's interface and says of nothing that it is to be checked", file)
		}
	}
	if _, err := LoadProvider(Shipped(), "none"); err == nil || !strings.Contains(err.Error(), "generic-sms") {
		t.Errorf("a provider that there is not: %v", err)
	}
	sms, _ := LoadProvider(Shipped(), "generic-sms")
	for want, c := range map[string]Config{
		"needs the setting account": {Settings: map[string]string{"url": "https://x"}, Secret: notify.NewSecret("x")},
		"no setting \"acount\"":     {Settings: map[string]string{"acount": "x"}},
		"needs a secret":            {Settings: map[string]string{"url": "https://x", "account": "x"}},
	} {
		c.Provider = sms
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
}

// TestNoPlain: nothing goes out in the clear, and an error shows no address.
func TestNoPlain(t *testing.T) {
	ch := open(t, "generic-sms", secret, map[string]string{"url": "http://sms.example.cn/token"})
	if _, err := ch.Send(t.Context(), message); err == nil || strings.Contains(err.Error(), "token") {
		t.Errorf("plain HTTP: %v", err)
	}
}

// TestHandler: reports are taken with the right token alone, are bounded, and are
// answered after they are kept.
func TestHandler(t *testing.T) {
	voice, _ := LoadProvider(Shipped(), "generic-voice")
	aliyun, _ := LoadProvider(Shipped(), "aliyun-sms")
	wecom, _ := LoadProvider(Shipped(), "wecom")
	var got []string
	var fail error
	h := &Handler{Prefix: "/gateway/v1/", Token: notify.NewSecret("token-0123"), Providers: map[string]*Provider{"voice": voice, "sms": aliyun, "wecom": wecom}, Log: slog.New(slog.DiscardHandler),
		Take: func(_ context.Context, kind string, r notify.Report) error {
			got = append(got, fmt.Sprint(kind, " ", r.Receipt, " ", r.Outcome))
			return fail
		}}
	f := func(method, path, token, body string, status int, want ...string) {
		t.Helper()
		got = nil
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != status || strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%s %s %.60s: %d %s with %v, want %d with %v", method, path, body, w.Code, w.Body, got, status, want)
		}
	}
	f("POST", "/gateway/v1/voice", "token-0123", `{"id":"c1","pressed":"1","state":"ended"}`, 200, "voice c1 answered")
	f("POST", "/gateway/v1/voice?token=token-0123", "", `[{"id":"c1","state":"no_answer"},{"id":"c2","state":"unreachable"},{"id":"c3","state":"else"},{"state":"ended"},7]`, 200, "voice c1 delivered", "voice c2 failed")
	f("POST", "/gateway/v1/sms", "token-0123", `[{"phone_number":"138","success":true,"err_code":"DELIVERED","biz_id":"b1","out_id":"k"},{"success":false,"biz_id":"b2"}]`, 200, "sms b1 delivered", "sms b2 failed")
	f("POST", "/gateway/v1/voice", "token-0124", `{"id":"c1","pressed":"1"}`, 401)
	f("POST", "/gateway/v1/voice", "", `{"id":"c1","pressed":"1"}`, 401)
	f("POST", "/gateway/v1/wecom", "token-0123", `{}`, 404)
	f("POST", "/gateway/v1/x", "token-0123", `{}`, 404)
	f("GET", "/gateway/v1/voice", "token-0123", ``, 405)
	f("POST", "/gateway/v1/voice", "token-0123", `"`+strings.Repeat("x", maxReport)+`"`, 413)
	for _, garbage := range []string{``, `{`, `null`, `[[[]]]`, `{"id":{"id":1},"pressed":"1"}`, "\xff\x00"} {
		f("POST", "/gateway/v1/voice", "token-0123", garbage, 200)
	}
	fail = errors.New("away")
	f("POST", "/gateway/v1/voice", "token-0123", `{"id":"c1","pressed":"1"}`, 503, "voice c1 answered")
	h.Token = notify.Secret{}
	f("POST", "/gateway/v1/voice", "", `{"id":"c1","pressed":"1"}`, 401)
}

func FuzzReports(f *testing.F) {
	voice, err := LoadProvider(Shipped(), "generic-voice")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`[{"id":"c1","state":"no_answer"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := len(voice.reports(b)); n > maxReports {
			t.Errorf("%d reports", n)
		}
		voice.judge(b)
	})
}
