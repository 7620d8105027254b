package fengsui

// QualityPolicy is Articles 29-31 as far as they speak of data that do not come. It is
// loaded from assess/policy/*.yaml.
type QualityPolicy struct {
	Name     string      `yaml:"name" json:"name"`
	Version  int         `yaml:"version" json:"version"`
	Source   string      `yaml:"source" json:"source"`
	Offline  OfflineRule `yaml:"offline" json:"offline"`
	Inferred []string    `yaml:"inferred" json:"inferred" nullable:"false"` // where the law is silent, what was taken
}

// OfflineRule says what counts as offline (离线), and from where on it has consequences.
type OfflineRule struct {
	Line    float64 `yaml:"line" json:"line"`                  // share of the daily mean above which a notice goes out, 0 to 1
	Days    []int   `yaml:"days" json:"days" nullable:"false"` // without data, rising: an interview is arranged beyond each
	Stretch Span    `yaml:"stretch" json:"stretch"`            // a day is cut into them
	Missed  int     `yaml:"missed" json:"missed"`              // periods of a point that may be missed
	Settle  Span    `yaml:"settle" json:"settle"`              // so long after its end a day is counted for the last time
	Back    Span    `yaml:"back" json:"back"`                  // how far the first count of a point looks back
	Ahead   Span    `yaml:"ahead" json:"ahead"`                // how far a clock may lead: a first value up to so much later begins the count
	Keep    Span    `yaml:"keep" json:"keep"`                  // counts stay so long
}

// Away is how long a point may say nothing before it is offline.
func (o *OfflineRule) Away(p *Point) Span { return max(o.Stretch, Span(o.Missed)*p.Every) }

// Beyond counts which of the numbers of days a silence goes beyond: 0 for none.
func (o *OfflineRule) Beyond(silence Span) int {
	n := 0
	for n < len(o.Days) && silence > Span(o.Days[n])*Day {
		n++
	}
	return n
}

// Day is a civil day.
const Day Span = 24 * 3600 * 1000

// DayOf is when the civil day of a moment began.
func DayOf(at Millis) Millis {
	const offset = 8 * 3600 * 1000 // Civil
	return at - (at+offset)%Millis(Day)
}

// QualityFilter chooses counted days.
type QualityFilter struct {
	From, To   Millis // days that begin in [From, To)
	Enterprise ID
	Zone       ID
	Sector     Sector
	Over       bool // only those whose daily mean lies above the policy's line
}

// FirmQuality (数据质量) is how the data of an enterprise came.
type FirmQuality struct {
	Enterprise ID           `json:"enterprise"`
	Offline    float64      `json:"offline"` // mean of the days, 0 to 1
	Days       []DayQuality `json:"days" nullable:"false"`
	Upto       Millis       `json:"upto"` // counted so far
}

// DayQuality is one civil day of it. A day of which nothing is counted is not there.
type DayQuality struct {
	Day       Millis  `json:"day"` // when it began
	Points    int     `json:"points"`
	Stretches int     `json:"stretches"` // counted, over all points
	Heard     int     `json:"heard"`     // of them with a value
	Offline   float64 `json:"offline"`   // share of those without, 0 to 1
}

// PointQuality is how the data of a point came in the days asked for.
type PointQuality struct {
	Point     int64   `json:"point"` // num
	Offline   float64 `json:"offline"`
	Stretches int     `json:"stretches"`
	Heard     int     `json:"heard"`
	Since     Millis  `json:"since"` // counted from here
	Upto      Millis  `json:"upto"`  // to here
}

// Stood is a warning as it was at some moment of the past.
type Stood struct {
	ID         ID      `json:"id"`
	Enterprise ID      `json:"enterprise"`
	Subject    Subject `json:"subject"`
	Model      string  `json:"model"`
	Level      Level   `json:"level"` // at that moment
	RaisedAt   Millis  `json:"raisedAt"`
}

// WarningMonth counts what was raised for an enterprise in a civil month.
type WarningMonth struct {
	Month  string        `json:"month"`  // 2026-11
	Raised map[Level]int `json:"raised"` // by the highest level that it reached
	False  int           `json:"false"`  // of them false alarms
}
