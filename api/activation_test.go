package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"fengsui"
	"fengsui/account"
	"fengsui/store"
)

// sender brings links, or does not.
type sender struct {
	got  []string
	fail error
}

func (s *sender) LinkChannels() []string { return []string{"email"} }

func (s *sender) SendLink(_ context.Context, channel, name, address, secret string, until fengsui.Millis) (string, error) {
	s.got = append(s.got, fmt.Sprint(channel, " ", name, " ", address, " ", until > now()), secret)
	return "n***@f.cn", s.fail
}

// A link that is sent is shown to nobody else; one that could not be sent is shown, with
// the reason. The journal says where it went, and never the link (N08).
func TestLinkSent(t *testing.T) {
	f := newFixture(t)
	u := fmt.Sprintf(`{"login":"new","name":"New","role":"enterprise","party":%q}`, f.mine.enterprise.ID)
	made := answer[Done](t, f.do(fengsui.RoleSecurity, http.MethodPost, "/users", u))
	path, body := "/users/"+string(made.Of.ID)+"/link", `{"channel":"email","address":"new@f.cn"}`
	refused(t, "without a channel", f.do(fengsui.RoleSecurity, http.MethodPost, path, body), http.StatusUnprocessableEntity, "link_channel")
	if list := answer[Users](t, f.do(fengsui.RoleSecurity, http.MethodGet, "/users", "")).Links; len(list) != 0 {
		t.Errorf("without a channel links go by %v", list)
	}
	links := &sender{}
	f.api.c.Links = links
	if list := answer[Users](t, f.do(fengsui.RoleSecurity, http.MethodGet, "/users", "")).Links; fmt.Sprint(list) != "[email]" {
		t.Errorf("links go by %v", list)
	}
	refused(t, "another channel", f.do(fengsui.RoleSecurity, http.MethodPost, path, `{"channel":"fax","address":"1"}`), http.StatusUnprocessableEntity, "link_channel")
	if len(links.got) != 0 {
		t.Fatalf("sent: %v", links.got)
	}
	req := f.as(fengsui.RoleSecurity, http.MethodPost, path, body)
	key := req.Header.Get(keyHeader)
	l := answer[IssuedLink](t, f.send(req))
	if l.Secret != "" || l.Sent != "n***@f.cn" || l.Why != "" || l.Until == 0 || l.Kind != account.LinkNew || len(links.got) != 2 || links.got[0] != "email New new@f.cn true" {
		t.Fatalf("got %+v, sent %v", l, links.got)
	}
	req = f.as(fengsui.RoleSecurity, http.MethodPost, path, body)
	req.Header.Set(keyHeader, key)
	if again := answer[IssuedLink](t, f.send(req)); again.Pos != l.Pos || len(links.got) != 2 {
		t.Errorf("a repeat is sent again: %+v, %v", again, links.got)
	}
	if w := f.send(f.request(http.MethodPost, "/activation/look", fmt.Sprintf(`{"secret":%q}`, links.got[1]))); w.Code != http.StatusOK {
		t.Errorf("the link that was sent: %d %s", w.Code, w.Body)
	}
	links.fail = errors.New("nobody is at home")
	l = answer[IssuedLink](t, f.do(fengsui.RoleSecurity, http.MethodPost, path, body))
	if l.Secret == "" || l.Secret != links.got[3] || l.Sent != "" || l.Why != "nobody is at home" {
		t.Errorf("one that was not sent: %+v", l)
	}
	entries, _, err := f.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Object: made.Of.ID})
	var acts []string
	for _, e := range entries {
		acts = append(acts, e.Act)
		for _, secret := range []string{links.got[1], links.got[3], "new@f.cn"} {
			if strings.Contains(string(e.After)+e.Why, secret) {
				t.Errorf("the journal tells %s: %+v", secret, e)
			}
		}
	}
	if got := strings.Join(acts, " "); err != nil || !strings.HasSuffix(got, "link_made link_sent link_made link_not_sent") {
		t.Errorf("the journal has %s, %v", got, err)
	}
	if strings.Contains(f.log.String(), links.got[1]) || strings.Contains(f.log.String(), links.got[3]) {
		t.Error("the log holds a link")
	}
}

// A person is made without a password and sets one by a link, which is shown once; the
// one who answers for an organisation hands links to its others (N08, A05).
func TestActivation(t *testing.T) {
	f := newFixture(t)
	u := fmt.Sprintf(`{"login":"new","name":"New","role":"enterprise","party":%q}`, f.mine.enterprise.ID)
	made := answer[Done](t, f.do(fengsui.RoleSecurity, http.MethodPost, "/users", u))
	req := f.as(fengsui.RoleSecurity, http.MethodPost, "/users/"+string(made.Of.ID)+"/link", "")
	key := req.Header.Get(keyHeader)
	l := answer[IssuedLink](t, f.send(req))
	if l.Secret == "" || l.Kind != account.LinkNew || l.Until == 0 {
		t.Fatalf("the link is %+v", l)
	}
	req = f.as(fengsui.RoleSecurity, http.MethodPost, "/users/"+string(made.Of.ID)+"/link", "")
	req.Header.Set(keyHeader, key)
	if again := answer[IssuedLink](t, f.send(req)); again.Secret != "" || again.Pos != l.Pos {
		t.Errorf("a repeat answers %+v", again)
	}
	use := func(body string) (int, string) {
		w := f.send(f.request(http.MethodPost, "/activation", body))
		return w.Code, w.Body.String()
	}
	if w := f.send(f.request(http.MethodPost, "/activation/look", fmt.Sprintf(`{"secret":%q}`, l.Secret))); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"login":"new"`) {
		t.Errorf("a look: %d %s", w.Code, w.Body)
	}
	if code, text := use(fmt.Sprintf(`{"secret":%q,"password":"short"}`, l.Secret)); code != http.StatusUnprocessableEntity {
		t.Errorf("a weak password: %d %s", code, text)
	}
	if code, text := use(fmt.Sprintf(`{"secret":%q,"password":%q}`, l.Secret, password)); code != http.StatusOK || !strings.Contains(text, `"new"`) {
		t.Fatalf("using the link: %d %s", code, text)
	}
	if code, text := use(fmt.Sprintf(`{"secret":%q,"password":%q}`, l.Secret, password)); code != http.StatusNotFound {
		t.Errorf("using it again: %d %s", code, text)
	}
	w := f.send(f.request(http.MethodPost, "/session", fmt.Sprintf(`{"login":"new","password":%q}`, password)))
	if me := answer[Me](t, w); me.Must != "" || me.User.ID != made.Of.ID {
		t.Errorf("signed in as %+v", me)
	}
	if strings.Contains(f.log.String(), l.Secret) {
		t.Error("the log holds the secret")
	}

	// Only who was named for it.
	refused(t, "people, not named", f.do(fengsui.RoleEnterprise, http.MethodGet, "/people", ""), http.StatusForbidden, "not_lead")
	if me := answer[Me](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/session", "")); strings.Contains(fmt.Sprint(me.Acts), "people") {
		t.Errorf("who was not named is told that they may: %v", me.Acts)
	}
	lead := f.users[fengsui.RoleEnterprise]
	change := fmt.Sprintf(`{"version":%d,"name":%q,"role":"enterprise","party":%q,"disabled":false,"lead":true}`, lead.Version, lead.Name, lead.Party)
	if w := f.do(fengsui.RoleSecurity, http.MethodPost, "/users/"+string(lead.ID), change); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	people := answer[Users](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/people", ""))
	if people.Total != 2 {
		t.Errorf("the people are %+v", people)
	}
	if me := answer[Me](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/session", "")); !strings.Contains(fmt.Sprint(me.Acts), "people") {
		t.Errorf("who was named is not told: %v", me.Acts)
	}
	if l := answer[IssuedLink](t, f.do(fengsui.RoleEnterprise, http.MethodPost, "/people/"+string(made.Of.ID)+"/link", "")); l.Secret == "" || l.Kind != account.LinkReset {
		t.Errorf("a colleague's link is %+v", l)
	}
	refused(t, "a stranger's link", f.do(fengsui.RoleEnterprise, http.MethodPost, "/people/"+string(f.users[fengsui.RoleZone].ID)+"/link", ""), http.StatusNotFound, "no_user")
	entries, _, err := f.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Object: made.Of.ID, Newest: true, Limit: 1})
	if err != nil || len(entries) != 1 || entries[0].Act != "link_made" || entries[0].By.User != lead.ID {
		t.Errorf("the journal says %+v, %v", entries, err)
	}
}
