// Package watch is what a duty room keeps beside the warnings: who has the watch by
// the roster, how it is handed over (交接班, A11), and the views of lists that each
// person keeps.
//
// A handover holds what was open at its moment, with the last word about each, and
// what the shift did since the handover before; it is written once, in one
// transaction with its journal row, and only its signature comes later. The one who
// hands over signs by offering it, the one who takes over by signing; it may be sent
// back with a reason, and another is offered. An organisation has one open at a time,
// which a unique index holds.
//
// The package changes no warning and stops no clock. It owns no goroutines.
package watch
