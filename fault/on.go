//go:build fault

// Package fault plants the faults that the kill tests must catch.
package fault

import "os"

// The faults that exist.
const (
	EarlyAnswer = "early-answer"
	EarlyPlace  = "early-place"
	EarlySent   = "early-sent"
	NoUnique    = "no-unique"
	NoSync      = "no-sync"
)

// On reports whether FENGSUI_FAULT names the fault.
func On(name string) bool { return os.Getenv("FENGSUI_FAULT") == name }
