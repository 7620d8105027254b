// Package adapter says what an adapter is: it turns the bytes of one protocol
// into Deliveries and hands them to the Sink. It acknowledges to the device only
// after Take has returned, so a crash costs a retransmission and never data, and
// a slow disk slows the sockets and not the memory.
package adapter

import (
	"context"

	"fengsui"
)

// Sink is the one door (ingest). Take returns when the delivery is on disk; then,
// and only then, may the adapter acknowledge. Errors are fengsui.Errors:
// Unavailable means "nothing was kept, send it again later".
type Sink interface {
	Take(ctx context.Context, d *Delivery) (Receipt, error)
}

// Delivery is what one frame or request carried, already decrypted, inflated and
// parsed, with the sender's own codes still in place.
//
// Whoever knows its sender by a key of its protocol alone (a terminal's telephone
// number) gives Key in the place of Enterprise and Device. What a key that nobody
// registered says is kept under that key, and the device waits in quarantine.
type Delivery struct {
	Adapter     string
	Enterprise  string // platform code, as authenticated
	Device      string // the enterprise's code of the gateway that sent it, may be empty
	Key         string // of the device in the adapter's protocol, at most 64 bytes
	KeyID       string
	Nonce       string
	Idempotency string
	BodyHash    uint64
	Received    fengsui.Millis
	Resent      bool
	ClockOffset fengsui.Span // receipt minus the sender's clock; stated or measured

	// Codes are the points' codes that samples name by index. One that begins with
	// "/" belongs to the device: its point has the device's code and this behind it.
	Codes   []string
	Spare   bool             // samples of codes that nobody registered are left out in silence: the delivery keeps what they say elsewhere
	Samples []fengsui.Sample // Point is the index into Codes; unused when Block is set
	Block   []byte           // the same as a validated sample block, to be copied as it is
	Events  []Event
	Sources []Source

	Positions []fengsui.Position // of the device; Device is not used

	// From and Raw are for whoever finds out what an unknown sender is: the address that
	// it came from, and what it came as or the beginning of it, decrypted, as long as Take
	// runs. Both may be empty.
	From string
	Raw  []byte
}

// Event is a fengsui.Event whose point is still a code.
type Event struct {
	Point string // empty: the device's own
	Code  string
	At    fengsui.Millis
	On    bool
	Text  string

	// Urgent: of an unknown device too the duty desk must hear at once. Events of
	// unknown points, and of unknown devices that come with their enterprise, are
	// urgent in any case, since nothing is known of them.
	Urgent bool
}

// Source is a fengsui.Presence whose device is still a code; empty means the
// delivering device or enterprise itself.
type Source struct {
	Device string
	At     fengsui.Millis
	Online bool
}

// Receipt says what was taken. Items that could not be taken are listed; the
// others are kept.
type Receipt struct {
	Accepted int         `json:"accepted"`
	Errors   []ItemError `json:"errors,omitempty"`
	Repeat   bool        `json:"-"` // this idempotency key was answered before; nothing was added
}

// ItemError names one item of a delivery that was not taken, or was taken with a
// mark.
type ItemError struct {
	Kind    string `json:"kind"` // sample, event, source
	Index   int    `json:"index"`
	Code    string `json:"code"` // unknown_point, out_of_range, wrong_clock, ...
	Message string `json:"message"`
	Kept    bool   `json:"kept"` // stored with a mark, or in quarantine
}
