package sim

import (
	"context"
	"crypto/rand"
	"fmt"

	"fengsui"
	"fengsui/adapter/push"
)

// Pusher sends by the software interface.
type Pusher struct{ Client *push.Client }

// Send delivers one batch. Items that the platform refused are an error: the
// simulated field knows all its points.
func (p Pusher) Send(ctx context.Context, device string, resent bool, batch []Reading) error {
	b := push.Batch{Device: device, Resent: resent}
	for _, r := range batch {
		b.Samples = append(b.Samples, push.Sample{Code: r.Code, At: fengsui.At(r.At), Value: r.Value})
	}
	receipt, err := p.Client.Send(ctx, rand.Text(), &b)
	if err == nil && receipt.Accepted < len(batch) {
		err = fmt.Errorf("%d of %d samples were taken; the first refused: %+v", receipt.Accepted, len(batch), receipt.Errors[0])
	}
	return err
}
