package fengsui

// Sample (采样值) is one value of one point at its own time.
type Sample struct {
	Point   int64   // the point's num; in a compact body the index into its codes
	At      Millis  // own time, as the sender's clock had it
	Value   float64 // in the point's unit; never NaN or infinite
	Quality Quality
}

// Quality is a sample's quality: the lower two bits say how far to trust it, the
// rest why.
type Quality uint8

const (
	Good      Quality = 0
	Uncertain Quality = 1
	Bad       Quality = 2 // never judged as a value: a missing sensor is a risk, not a safe state

	OutOfRange Quality = 1 << 2 // beyond the range by more than 2 % of the span (risk-models §5)
	WrongClock Quality = 1 << 3 // own time unusable: judged by receipt
	Manual     Quality = 1 << 4 // entered by hand
)

// Trust is the quality without its reasons.
func (q Quality) Trust() Quality { return q & 3 }

// Event (事件) is something a device said in a code of its standard: an alarm
// bit, a fault, a reset.
type Event struct {
	Point int64  // the point's num, 0 when the event is the device's
	Code  string // the code of the table in use, at most 64 bytes
	At    Millis
	On    bool // raised, or gone again
	Text  string
}

// Presence (在线状态) says that a data source of a gateway is there or lost. Lost
// makes every point of the device stale at once.
type Presence struct {
	Device int64 // the device's num, 0 for the sender itself
	At     Millis
	Online bool
}

// Position (位置) is where a moving device was at its own time. The log keeps
// coordinates to 1e-7 degree and the other numbers to a tenth of their unit.
type Position struct {
	Device   int64   // the device's num
	At       Millis  // own time, as the sender's clock had it
	Lon, Lat float64 // degrees, WGS-84
	Altitude float64 // m
	Speed    float64 // km/h, never negative
	Heading  float64 // degrees clockwise from north, 0 to 360
	Fix      bool    // the receiver had a fix; without one this is the last place it knew
	Extra    []byte  // what the protocol sent beside it, as it came; its adapter reads it
}

// Check says whether a position can be one: on the globe, with numbers that are
// finite and not beyond 100 km of height or 10,000 km/h.
func (p *Position) Check() error {
	in := func(v, low, high float64) bool { return v >= low && v <= high } // never for a NaN
	if in(p.Lon, -180, 180) && in(p.Lat, -90, 90) && in(p.Altitude, -maxAltitude, maxAltitude) && in(p.Speed, 0, maxSpeed) && in(p.Heading, 0, 360) {
		return nil
	}
	return Errorf(Invalid, "bad_position", "the position %g, %g at %g m, %g km/h, %g degrees is none", p.Lon, p.Lat, p.Altitude, p.Speed, p.Heading)
}

// Place is where a record's signal lies in the log. Places order everything the
// evaluator does.
type Place struct {
	Seq   uint64 // the log message
	Index uint32 // the record in it
}

// Less reports whether p lies before q.
func (p Place) Less(q Place) bool {
	return p.Seq < q.Seq || p.Seq == q.Seq && p.Index < q.Index
}

// Record is one entry of the log: a delivery by the field, or a tick of the
// intake clock.
type Record struct {
	Tick     bool   // the intake's clock, once a second; all but Received is zero
	Received Millis // when the platform had it

	Adapter     string // "push"
	Enterprise  int64  // num
	Device      int64  // num of the gateway or device that sent it, 0 for the enterprise itself
	Sender      string // key of the device in the adapter's protocol, where it is known by one
	KeyID       string
	Nonce       string
	Idempotency string
	BodyHash    uint64 // of the body under Idempotency, to tell a repeat from a reuse
	Resent      bool   // the sender says: kept back and sent again
	ClockOffset Span   // receipt minus the sender's clock, where the protocol carries one
	Answer      []byte // what the sender was told, so that a repeat hears the same

	// Points maps the indices used in Block to nums; 0 means "do not take".
	// Empty: Block holds nums itself.
	Points    []int64
	Block     []byte // samples, see AppendSamples
	Events    []Event
	Presences []Presence
	Positions []Position
}
