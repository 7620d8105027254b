package store

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
)

// clerk is a reader that keeps the rows it got in place, and counts.
type clerk struct {
	batches []int
	kept    int
	fail    error // of the next keep, once
}

func (c *clerk) reader() Reader {
	return Reader{Name: "clerk", Log: slog.New(slog.DiscardHandler), Kept: func() { c.kept++ },
		Read: func(_ context.Context, rows []Entry) (func(*Tx) error, error) {
			c.batches = append(c.batches, len(rows))
			return func(tx *Tx) error {
				for _, e := range rows {
					if _, err := tx.Exec(`INSERT INTO place (id, pos) VALUES ($1, $2)`, e.Of.ID+fengsui.ID(e.Act), e.Pos); err != nil {
						return err
					}
				}
				fail := c.fail
				c.fail = nil
				return fail
			}, nil
		}}
}

// bubble is a place for a test under fake time, whose clock stands still while anything
// waits for the network.
func bubble(place string) string {
	if IsURL(place) {
		return place + "&listen=off"
	}
	return place
}

// A reader gets every row in order, in batches, and keeps each once;
// what it keeps and its place are there together or not at all; it goes on from
// there after a restart and after the store was away (DESIGN §5.1).
func testFollow(t *testing.T, place string) {
	place = bubble(place)
	synctest.Test(t, func(t *testing.T) {
		d, err := Open(t.Context(), place, shelf)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		n := 0
		write := func(rows int) {
			for range rows {
				n++
				if err := d.Change(t.Context(), func(tx *Tx) error { return tx.Record(row(time.Duration(n).String())) }); err != nil {
					t.Fatal(err)
				}
			}
		}
		have := func() (count int, place int64) {
			if err := d.View(t.Context(), func(tx *Tx) error {
				return tx.QueryRow(`SELECT COUNT(*), COALESCE((SELECT pos FROM journal_place WHERE reader = 'clerk'), 0) FROM place`).Scan(&count, &place)
			}); err != nil {
				t.Fatal(err)
			}
			return count, place
		}
		check := func(when string) {
			t.Helper()
			if count, place := have(); count != n || place != int64(n) {
				t.Errorf("%s: %d rows kept and the place is %d, want %d", when, count, place, n)
			}
		}
		c := &clerk{}
		ended := make(chan error)
		start := func() (stop func() error) {
			ctx, cancel := context.WithCancel(t.Context())
			go func() { ended <- d.Follow(ctx, c.reader()) }()
			synctest.Wait()
			return func() error { cancel(); return <-ended }
		}

		write(batch + 1)
		start()
		check("from the beginning")
		if len(c.batches) != 2 || c.batches[0] != batch || c.kept != 2 {
			t.Errorf("batches of %v, %d told of; want %d and 1, 2", c.batches, c.kept, batch)
		}
		write(1)
		synctest.Wait()
		check("as it comes")

		// A failure that is the reader's own ends it, and leaves nothing behind.
		want := errors.New("no")
		c.fail = want
		write(1)
		if err := <-ended; !errors.Is(err, want) {
			t.Errorf("a reader that fails ends with %v, want %v", err, want)
		}
		if count, place := have(); count != n-1 || place != int64(n-1) {
			t.Errorf("after a failure: %d rows kept and the place is %d, want %d", count, place, n-1)
		}

		stop := start()
		check("after a restart")
		c.fail = errAway
		write(1)
		synctest.Wait()
		if count, _ := have(); count != n-1 {
			t.Errorf("%d rows kept while the store was away, want %d", count, n-1)
		}
		time.Sleep(awayPause)
		synctest.Wait()
		check("after the store was away")
		if err := stop(); !errors.Is(err, context.Canceled) {
			t.Errorf("it was stopped and ends with %v", err)
		}
	})
}
