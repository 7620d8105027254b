package fengsui

// WallWarnings is what the wall (大屏) shows of the warnings inside a scope, all read at
// one moment. What a row of today is hidden by, shelving and merging, hides none of them.
type WallWarnings struct {
	Open   map[Level]int // by level
	Worst  map[ID]Level  // of each enterprise with an open one, the gravest
	Curve  WallCurve
	Oldest *Warning  // of the open ones; nil: none
	Newest []Warning // whatever became of them, newest first
	Grave  []Warning // open red and orange ones, the gravest and newest first; at most MaxGrave
	Graves int       // how many there are
	Raised map[Level]int
}

// MaxGrave is how many red and orange warnings the wall can show: a map holds no more.
const MaxGrave = 200

// WallCurve counts the warnings that stood open: at From, and each Every after it.
type WallCurve struct {
	From  Millis          `json:"from"`
	Every Span            `json:"every"`
	Open  map[Level][]int `json:"open"`
}

// OnTime (按时处置率) counts the level periods with a limit that one civil month decided.
// A period is in time when it was left, by lowering or ending, before its clock sent the
// first notice (警示通报: A21 1 h, A22 1 h, A23 30 min); late when the clock had sent one,
// whether it was left or runs still. A period that was left for a higher level before its
// first notice decides nothing, nor does one that runs within its limit, nor blue, which
// has no limit. Its month is the one in which it was left; late ones that run are of now.
type OnTime struct {
	Month string `json:"month"` // 2026-11
	Met   int    `json:"met"`
	Late  int    `json:"late"`
}
