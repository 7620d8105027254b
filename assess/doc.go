// Package assess counts how well an enterprise's data come: of each point and day, in
// how many stretches of time a value was there (在线率). Articles 24 and 29-31 hang
// interviews and lists on it (A29-A31); their figures are values of policy/*.yaml.
//
// What is counted is what the history holds, by the sample's own time. A stretch is
// heard when a value lies in it, or in as many before it as the point's own period
// lets it stay away. A point is counted from its first stored value, or else from when
// it was first looked for: what was before is not known and is not invented. A clock may
// lead (policy: ahead), so that the first value lies in a later stretch than the one it
// was sent in: the count begins there. A day is counted once more some time after its
// end, so that what was sent late counts, and is settled then.
//
// Run counts on; while the history is away nothing is counted, nothing is lost, and
// Upto says how far it has come. A stretch without a value in which the point was out of
// use with leave (A36) counts in neither number.
//
// Not here yet: the notices, interviews and lists themselves, and video (A29-A31).
//
// The package judges nobody, raises nothing and owns no goroutines.
package assess
