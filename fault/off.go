//go:build !fault

// Package fault plants the faults that the kill tests must catch. In a normal
// build every question is answered with a constant no and the compiler removes
// the branch; with the build tag "fault" the environment variable FENGSUI_FAULT
// names the one fault that is on.
package fault

// The faults that exist.
const (
	EarlyAnswer = "early-answer" // ingest answers before the log has acknowledged
	EarlyPuback = "early-puback" // mqtt acknowledges before Take has returned
	EarlyPlace  = "early-place"  // risk saves its state and place before its findings
	EarlySent   = "early-sent"   // notify marks a push sent before sending it
	NoUnique    = "no-unique"    // the unique indexes on warnings and steps are missing
	NoSync      = "no-sync"      // the log and the store do not sync

	LeakMemory     = "leak-memory"     // something of every delivery is kept for good
	LeakGoroutines = "leak-goroutines" // the same of goroutines
	LeakFiles      = "leak-files"      // and of open files
)

// The points at which a process can be stopped, to be killed there.
const (
	InChange    = "in-change"    // store: everything written, nothing committed
	AfterChange = "after-change" // store: committed, and nobody has been told
)

// On reports whether a fault is planted: never in this build.
func On(string) bool { return false }

// Point does nothing in this build.
func Point(string) {}

// Leak keeps nothing in this build.
func Leak() {}
