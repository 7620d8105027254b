package adapter_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/adapter"
)

type sink func(*adapter.Delivery) error

func (f sink) Take(_ context.Context, d *adapter.Delivery) (adapter.Receipt, error) {
	return adapter.Receipt{}, f(d)
}

// TestNewsRefused: what the door did not take now is asked again; what it will never take
// is not, and somebody hears of it.
func TestNewsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, told, refused []string
		away := true
		n := adapter.NewNews(sink(func(d *adapter.Delivery) error {
			asked = append(asked, d.Key)
			switch {
			case d.Key == "gone":
				return fengsui.Errorf(fengsui.Forbidden, "unknown_enterprise", "nobody registered it")
			case away:
				away = false
				return fengsui.Errorf(fengsui.Unavailable, "log_full", "later")
			}
			return nil
		}), 10, func(d *adapter.Delivery) { told = append(told, d.Key) },
			func(d *adapter.Delivery, err error) { refused = append(refused, d.Key+" "+string(fengsui.CodeOf(err))) })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			n.Run(ctx)
		}()
		n.Put("gone", adapter.Delivery{Key: "gone"}, time.Now())
		synctest.Wait()
		n.Put("there", adapter.Delivery{Key: "there"}, time.Now())
		time.Sleep(time.Minute)
		cancel()
		<-done
		for what, x := range map[string]struct{ got, want []string }{
			"asked": {asked, []string{"gone", "there", "there"}}, "told": {told, []string{"there"}}, "refused": {refused, []string{"gone forbidden"}},
		} {
			if !slices.Equal(x.got, x.want) {
				t.Errorf("%s: got %q, want %q", what, x.got, x.want)
			}
		}
	})
}
