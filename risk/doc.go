// Package risk turns the log into findings: it reads every record in order,
// judges samples, events and positions by the models of its library, and hands on
// what it concludes (A04, A18, H17, V04, V11).
//
// Models are data, in library/<sector>/*.yaml. There are three machines: a ladder of
// limits, silence, and the pace after an alarm. The ladder judges a point's values by
// the point's limits, and what every measure says (measure.go, vehicle.go) by the
// model's: rate, stuck, relation, formula, event, count, speed, fence. Entries and
// neighbours (crowd.go) and an enterprise's index (index.go) judge what was told by
// others; nothing judges an index. It decides nothing about people: who
// is told, when, and whether a warning ends is not its business; Apply is given
// the findings.
//
// Order and loss. Records are judged in the order of the log, samples of one
// point within a record by their own time. Findings are applied at once, in one
// transaction with the place they are complete up to and what they told; the state
// of the models follows in a checkpoint, every 5 s, when the district changes and
// on leaving. After a crash the log is judged again from the checkpoint on: mutely
// up to the applied place, where the store says what was told, and then as usual.
// So a finding comes once (decision 0005). All of it is guarded by an epoch:
// whoever opened the partition last holds it, and a former holder stops. Nothing is
// dropped: while the store is away evaluation waits with its place unmoved.
//
// Time. Models know time from ticks alone, and only as it passed in front of the
// platform: a gap between ticks (an outage, a clock set) counts as no time at
// all. Hence a replay sees what was seen.
//
// A subject has at most one finding per place. When one record or one tick says
// more than that, the highest level comes first and what holds afterwards comes
// with the next tick.
//
// Late samples, events and positions (corrected own time more than 10 min behind
// receipt, or marked as sent again) never reach live state. They wait in memory and in
// risk_late until their device has been quiet for 30 s, 10 min at most, and are then
// judged in own-time order in fresh state (DESIGN §5.2); with an event that a model
// puts at red among them nothing is waited for. At 100,000 of a device or 1,000,000 in
// all they are judged early. What judges what others find judges nothing late, nor does
// a relation of which an input came from elsewhere.
//
// Where several processes share a platform, those that do not hold the partition may
// Follow: they judge along for Latest and LatestPosition and write nothing.
//
// judge is all of judging and knows no store; Evaluator feeds it from the log and
// keeps what it concludes. Run is the goroutine that judges; it starts one other,
// which writes a checkpoint, and waits for it. Latest and Lag may be called from
// any.
package risk
