// Package warning keeps warnings: it is the only writer of a Warning, of its
// level periods and of its Steps (A18-A23, A44).
//
// Findings come in by Apply, inside the caller's transaction; people's acts come
// in by Decide, Progress, Annotate (in the caller's transaction) and Confirm,
// Assign, Shelve, Unshelve, Merge, Release. A model only raises the level and
// sets the condition; only a Verdict lowers the level or ends (DESIGN §7). Run is
// the clock: it sleeps until the earliest due time in the store and carries out
// what fell due.
//
// Order: findings are applied in the order of the slice. What was due for a
// warning before its level changes is carried out in the same transaction, so the
// outcome does not depend on how quickly the loop is. Loss: none; every due time
// is a row, and after an outage each warning gets one late notice that says its
// number and how many were missed. Once: identity of findings, open warnings and
// steps is held by unique indexes; the engine inserts and lets them decide.
//
// Several processes may have an Engine over one store. Whoever runs Run must be the only
// one (package lease); people's acts and Follow, which takes up what the others say of
// the clock, run in each.
//
// Whom a step names is written into the journal row of the same transaction
// (Change.Tell): this package delivers nothing. It opens no orders either: it
// calls Config.OnStep, in the same transaction, for on-site supervision and
// routine items.
//
// The law is data: policy/*.yaml, read by Load. The package owns no goroutines;
// Run is one that app starts and waits for.
package warning
