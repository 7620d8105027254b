package watch

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"fengsui"
	"fengsui/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is what this stage keeps.
func Tables() store.Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return store.Tables{Stage: "watch", FS: sub}
}

// Warnings reads what is open, the most urgent first, in the caller's transaction.
type Warnings interface {
	OpenNow(tx *store.Tx, s fengsui.Scope) ([]fengsui.Warning, error)
}

// Config plugs the stage into the platform.
type Config struct {
	DB       *store.DB
	District func() *fengsui.District
	Warnings Warnings
}

// Room is the duty room.
type Room struct{ c Config }

// New makes a Room.
func New(c Config) (*Room, error) {
	if c.DB == nil || c.District == nil || c.Warnings == nil {
		return nil, errors.New("watch: DB, District and Warnings are needed")
	}
	return &Room{c}, nil
}

// What a person's text may be at most, in runes.
const (
	maxText = 4000
	maxName = 40
)

// said checks a person's text; must says that it may not be missing.
func said(text string, most int, must bool) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case must && text == "":
		return "", fengsui.Errorf(fengsui.Invalid, "text_missing", "write something: the text must not be empty")
	case !utf8.ValidString(text) || utf8.RuneCountInString(text) > most:
		return "", fengsui.Errorf(fengsui.Invalid, "text_too_long", "the text must be readable and at most %d characters long", most)
	}
	return text, nil
}

func now() fengsui.Millis { return fengsui.At(time.Now()) }

// bounds are how many rows a page has at most, and how many come before it.
func bounds(p fengsui.Page) (limit, offset int) {
	n := p.Limit
	if n <= 0 {
		n = 50
	}
	return min(n, 500), max(p.Offset, 0)
}

// part is a page of a list, as SQL has it.
func part(p fengsui.Page) string {
	limit, offset := bounds(p)
	return fmt.Sprintf(" LIMIT %d OFFSET %d", limit, offset)
}

// Watch is who of the caller's organisation has the watch now, by its roster, and how
// its last handover stands.
func (r *Room) Watch(ctx context.Context, s fengsui.Scope) (w fengsui.Watch, err error) {
	if err := s.Allow(fengsui.ActHandover, fengsui.None); err != nil {
		return w, err
	}
	roster := r.c.District().Rosters[s.Party]
	w.Turn, w.Next = roster.TurnAt(now()), []string{}
	if w.Turn.To > 0 {
		w.Next = append(w.Next, roster.OnDuty(w.Turn.To)...)
	}
	err = r.c.DB.View(ctx, func(tx *store.Tx) (err error) {
		if w.Last, err = newest(tx, s.Party, fengsui.HandoverSigned); err == nil {
			w.Open, err = newest(tx, s.Party, fengsui.HandoverOffered)
		}
		return err
	})
	return w, err
}
