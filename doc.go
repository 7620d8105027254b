// Package fengsui holds the values of a district's safety platform and the
// rules that are pure: no I/O, no goroutines, no clock of its own.
//
// Eight nouns carry the system. A Signal is what the field said (Sample, Event,
// Presence). A Record (台账) is what a person entered. A Finding is what a model
// or a check concluded. A Warning (预警) is what someone must deal with, in four
// colours. A Step is what falls due by the clock of the regulation. An Order is
// what a person must do. A Verdict is what a person decided. A Score is how well
// an enterprise did.
//
// Time inside is Millis, UTC milliseconds; civil time only through Civil.
// Engines (bus, series, store, blob) import this package; stages (ingest, risk,
// warning, disposal, notify, registry, account, api) import this package and
// engines, never each other; app alone sees them all.
package fengsui
