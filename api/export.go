package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fengsui"
	"fengsui/store"
)

// exported journals that something about a warning left the platform as a file, and
// says by whom and when it did: the mark that the file carries. The row names the
// warning as what was exported and does not belong to it, or the proof of a case would
// differ each time it is asked for.
func (a *API) exported(ctx context.Context, c call, w fengsui.Warning, what string) (mark string, err error) {
	at := fengsui.At(time.Now())
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "export", ID: w.ID}, Act: "exported", By: c.by, At: at,
			After: map[string]string{"what": what}, Enterprise: w.Enterprise, Zone: w.Zone, Sector: w.Sector, Level: w.Peak})
	})
	return fmt.Sprintf("%s %s (%s) %s", time.UnixMilli(int64(at)).UTC().Format(time.RFC3339), c.session.User.Login, c.session.Party.Code, c.by.From), err
}

// hideContacts masks the contacts in what a journal row says of before and after: who
// reads the journal has no need to call them, and a look at a number is an act of its
// own (POST /enterprises/{id}/contacts). What cannot be read stays as it is.
func hideContacts(raw json.RawMessage) json.RawMessage {
	if !namesContacts(raw) {
		return raw
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return raw
	}
	hideIn(v)
	out, err := json.Marshal(v)
	if err != nil {
		return raw
	}
	return out
}

func namesContacts(raw json.RawMessage) bool { return bytes.Contains(raw, []byte(`"contacts"`)) }

func hideIn(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			hideIn(x)
		}
	case map[string]any:
		contacts, _ := v["contacts"].([]any)
		for _, x := range contacts {
			if contact, ok := x.(map[string]any); ok {
				if phone, ok := contact["phone"].(string); ok {
					contact["phone"] = maskPhone(phone)
				}
				delete(contact, "channels")
			}
		}
		for _, x := range v {
			hideIn(x)
		}
	}
}
