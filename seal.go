package fengsui

// Head (封印) is a signed statement of what the journal held at a moment: whoever
// keeps one can show later whether anything before it was altered or removed.
type Head struct {
	At   Millis `json:"at"`
	Size int64  `json:"size"`          // sealed journal rows
	Day  string `json:"day,omitempty"` // handed out as this day's, YYYY-MM-DD
	Note string `json:"note"`          // what is signed, and the signature; docs/seal.md
}

// SealCheck (校验) is a verification of the whole journal that the platform made itself:
// every sealed row, the tree and the heads.
type SealCheck struct {
	At     Millis `json:"at"`     // it began
	Took   Span   `json:"took"`   // ms
	Rows   int64  `json:"rows"`   // sealed and compared
	Erased int64  `json:"erased"` // of these, by rule
	Heads  int64  `json:"heads"`  // compared, those that were handed out among them
	Faults int64  `json:"faults"`
	First  string `json:"first,omitempty"` // of the faults
}
