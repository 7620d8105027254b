package registry

import (
	"fengsui"
)

// Report is what an import did, or would have done when it was a dry run.
type Report struct {
	Rows    int        `json:"rows"`
	Created int        `json:"created"`
	Changed int        `json:"changed"`
	Same    int        `json:"same"`
	Dry     bool       `json:"dry"`
	Errors  []RowError `json:"errors" nullable:"false"`
	More    int        `json:"more"` // errors beyond the first 1,000, not listed
}

// RowError is what is wrong with one cell.
type RowError struct {
	Row     int    `json:"row"` // 1 is the header
	Column  string `json:"column"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// SectorName names a sector for people.
type SectorName struct {
	Key fengsui.Sector `json:"key" yaml:"key"`
	Zh  string         `json:"zh" yaml:"zh"`
	En  string         `json:"en" yaml:"en"`
}
