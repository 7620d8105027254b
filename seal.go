package fengsui

// Head (封印) is a signed statement of what the journal held at a moment: whoever
// keeps one can show later whether anything before it was altered or removed.
type Head struct {
	At   Millis `json:"at"`
	Size int64  `json:"size"`          // sealed journal rows
	Day  string `json:"day,omitempty"` // handed out as this day's, YYYY-MM-DD
	Note string `json:"note"`          // what is signed, and the signature; docs/seal.md
}
