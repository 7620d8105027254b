package store

import (
	"context"
	"errors"
	"testing"

	"fengsui"
)

// What is called under a guarded context writes only while it is held, whoever calls
// it; what comes with another context does not ask (N01).
func TestGuarded(t *testing.T) {
	for _, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			d := open(t, p.place(t), shelf)
			lost := errors.New("somebody else's")
			var answer error
			asked := 0
			mine := Guarded(t.Context(), func(tx *Tx) error {
				asked++
				if _, err := tx.Exec(`INSERT INTO place (id, pos) VALUES ('asked', 1) ON CONFLICT (id) DO UPDATE SET pos = place.pos + 1`); err != nil {
					return err
				}
				return answer
			})
			keep := func(ctx context.Context) error {
				return d.Keep(ctx, func(tx *Tx) error {
					_, err := tx.Exec(`INSERT INTO place (id, pos) VALUES ($1, 0)`, fengsui.NewID())
					return err
				})
			}
			change := func(ctx context.Context) error {
				return d.Change(ctx, func(tx *Tx) error {
					return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "x", ID: "x"}, Act: "done", By: fengsui.Platform("test")})
				})
			}
			for _, f := range []func(context.Context) error{keep, change} {
				for _, answer = range []error{nil, lost} {
					if err := f(mine); !errors.Is(err, answer) {
						t.Errorf("got %v, want %v", err, answer)
					}
				}
				if err := f(context.WithoutCancel(mine)); !errors.Is(err, lost) {
					t.Errorf("a derived context gives %v, want %v", err, lost)
				}
				if err := f(t.Context()); err != nil {
					t.Errorf("another context gives %v", err)
				}
			}
			rows, marked := 0, 0
			err := d.View(t.Context(), func(tx *Tx) error {
				return errors.Join(tx.QueryRow(`SELECT (SELECT COUNT(*) FROM place WHERE id <> 'asked') + (SELECT COUNT(*) FROM journal)`).Scan(&rows),
					tx.QueryRow(`SELECT pos FROM place WHERE id = 'asked'`).Scan(&marked))
			})
			if err != nil || rows != 4 || asked != 6 || marked != 2 {
				t.Errorf("%d rows are there, %d of %d questions left a mark, %v; want 4, 2 of 6", rows, marked, asked, err)
			}
		})
	}
}
