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

// RowSeal (封存状态) says how one journal row stands under the seal.
type RowSeal struct {
	State SealState `json:"state" enum:"unsealed,sealed,erased,altered"`
	Leaf  int64     `json:"leaf"`          // number in the tree, from 0; of a sealed one
	Head  Head      `json:"head"`          // the first that the platform keeps of those that cover it, without its note
	Day   string    `json:"day,omitempty"` // the first day whose head, which was handed out, covers it
}

// SealState is a row's own: whether it is what its leaf says. Whether the leaves are those
// that were signed is for a SealCheck to say.
type SealState string

// What a row can be.
const (
	SealNone    SealState = "unsealed" // written within the last second, or the seal stands still
	SealWhole   SealState = "sealed"
	SealErased  SealState = "erased" // by rule; what stands open is as it was sealed
	SealAltered SealState = "altered"
)
