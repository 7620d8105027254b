// Package risk turns the log into findings: it reads every record in order,
// judges the samples by the models of its library, and commits what it concludes
// together with the state that it concluded from (A04, A18, H17).
//
// Models are data, in library/<sector>/*.yaml; this package has the machines for
// the three kinds: a ladder of limits, silence, and the pace after an alarm.
// Whoever composes others adds a kind here. It decides nothing about people: who
// is told, when, and whether a warning ends is not its business; Apply is given
// the findings.
//
// Order and loss. Records are judged in the order of the log, samples of one
// point within a record by their own time. Findings, the state of the models and
// the place in the log are one transaction, guarded by an epoch: whoever opened
// the partition last holds it, and a former holder stops. Without findings the
// place is saved every 5 s, so a crash costs a replay of those seconds, whose
// findings carry the identities they had. Nothing is dropped: while the store is
// away evaluation waits with its place unmoved.
//
// Time. Models know time from ticks alone, and only as it passed in front of the
// platform: a gap between ticks (an outage, a clock set) counts as no time at
// all. Hence a replay sees what was seen.
//
// A subject has at most one finding per place. When one record or one tick says
// more than that, the highest level comes first and what holds afterwards comes
// with the next tick.
//
// Late samples (corrected own time more than 10 min behind receipt, or marked as
// sent again) never reach live state. They wait in memory and in risk_late until
// their device has been quiet for 30 s, 10 min at most, and are then judged in
// own-time order in fresh state (DESIGN §5.2). At 100,000 samples of a device or
// 1,000,000 in all they are judged early.
//
// Run is the one goroutine that judges; the package starts no other. Latest and
// Lag may be called from any.
package risk
