package store

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
)

// Writers get their turn in order of arrival, and whoever waits too long
// is told so instead of waiting for as long as others do.
func testTurn(t *testing.T, place string) {
	place = bubble(place)
	synctest.Test(t, func(t *testing.T) {
		d, err := Open(t.Context(), place, shelf)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		record := func(tx *Tx) error { return tx.Record(fengsui.Change{Act: "test"}) }
		release := make(chan struct{})
		held := make(chan error)
		go func() {
			held <- d.Change(t.Context(), func(tx *Tx) error { <-release; return record(tx) })
		}()
		synctest.Wait()
		began := time.Now()
		if err := d.Change(t.Context(), record); fengsui.CodeOf(err) != fengsui.Unavailable || time.Since(began) != patience {
			t.Errorf("a writer waited %s and was told %v, want unavailable after %s", time.Since(began), err, patience)
		}
		const writers = 20
		var order []int // of their turns, which come one at a time
		done := make(chan error)
		for i := range writers {
			go func() {
				done <- d.Change(t.Context(), func(tx *Tx) error { order = append(order, i); return record(tx) })
			}()
			synctest.Wait()
		}
		close(release)
		if err := <-held; err != nil {
			t.Error(err)
		}
		for range writers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if len(order) != writers || !slices.IsSorted(order) {
			t.Errorf("turns came as %v, want the order of arrival", order)
		}
	})
}
