package fengsui

import "fmt"

// Level is the colour of a warning (预警级别), Article 18. Zero is no warning.
type Level uint8

const (
	None   Level = 0
	Blue   Level = 1 // 蓝 低
	Yellow Level = 2 // 黄 一般
	Orange Level = 3 // 橙 较大
	Red    Level = 4 // 红 重大
)

// Condition says whether what raised a warning still holds.
type Condition uint8

const (
	Active   Condition = 1 // at the measured level
	Returned Condition = 2 // the measured value is back in its limits
)

// Work is how far the handling has come.
type Work uint8

const (
	New      Work = 1 // nobody has looked
	Verified Work = 2 // 已核实
	Handling Work = 3 // 处置中
	Reported Work = 4 // 已反馈
)

// End says how a warning ended.
type End uint8

const (
	Open       End = 0
	Cleared    End = 1 // 消警
	FalseAlarm End = 2 // 误报
)

var (
	levelText     = []string{"none", "blue", "yellow", "orange", "red"}
	conditionText = []string{"", "active", "returned"}
	workText      = []string{"", "new", "verified", "handling", "reported"}
	endText       = []string{"open", "cleared", "false_alarm"}
)

func (l Level) String() string     { return text(levelText, l) }
func (c Condition) String() string { return text(conditionText, c) }
func (w Work) String() string      { return text(workText, w) }
func (e End) String() string       { return text(endText, e) }

func (l Level) MarshalText() ([]byte, error)     { return []byte(l.String()), nil }
func (c Condition) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
func (w Work) MarshalText() ([]byte, error)      { return []byte(w.String()), nil }
func (e End) MarshalText() ([]byte, error)       { return []byte(e.String()), nil }

func (l *Level) UnmarshalText(b []byte) error     { return fromText(levelText, l, b) }
func (c *Condition) UnmarshalText(b []byte) error { return fromText(conditionText, c, b) }
func (w *Work) UnmarshalText(b []byte) error      { return fromText(workText, w, b) }
func (e *End) UnmarshalText(b []byte) error       { return fromText(endText, e, b) }

func text[T ~uint8](words []string, v T) string {
	if int(v) < len(words) {
		return words[v]
	}
	return fmt.Sprintf("%d", v)
}

func fromText[T ~uint8](words []string, v *T, b []byte) error {
	for i, w := range words {
		if w == string(b) {
			*v = T(i)
			return nil
		}
	}
	return Errorf(Invalid, "unknown_word", "%q is not one of %v", b, words)
}
