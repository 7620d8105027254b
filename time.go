package fengsui

import "time"

// Millis is a moment: UTC milliseconds since 1970. Zero means "never".
type Millis int64

// At turns a time.Time into Millis.
func At(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time is the moment in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// Add moves the moment by a span.
func (m Millis) Add(s Span) Millis { return m + Millis(s) }

// Span is a length of time in milliseconds. In policy files it is written as Go
// writes durations: 30m, 24h.
type Span int64

// SpanOf turns a time.Duration into a Span.
func SpanOf(d time.Duration) Span { return Span(d.Milliseconds()) }

// Duration is the span as a time.Duration.
func (s Span) Duration() time.Duration { return time.Duration(s) * time.Millisecond }

// UnmarshalText reads "30m".
func (s *Span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil {
		return err
	}
	*s = SpanOf(d)
	return nil
}

// MarshalText writes "30m0s".
func (s Span) MarshalText() ([]byte, error) { return []byte(s.Duration().String()), nil }

// Civil is the district's civil time: China Standard Time, fixed at +08:00.
var Civil = time.FixedZone("CST", 8*3600)
