package push

import "fengsui/adapter"

// Body reads bodies of the software interface for those who carry them another
// way, as adapter/mqtt does. It is used again for the next body.
type Body struct{ b batch }

// Read fills d with what a body says, JSON or compact; it is good until the next
// Read. It counts the fields that it does not know.
func (x *Body) Read(body []byte, compact bool, d *adapter.Delivery) (ignored int, err error) {
	b := &x.b
	if compact {
		err = b.readCompact(body)
	} else {
		err = b.readJSON(body)
	}
	d.Device, d.Resent = b.device, b.resent
	d.Codes, d.Samples, d.Block, d.Events, d.Sources = b.codes, b.samples, b.block, b.events, b.sources
	return b.ignored, err
}
