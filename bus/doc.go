// Package bus is the durable log between intake and everything behind it
// (DESIGN §3): records go in once, in one order, and every reader gets them in
// that order from wherever it left off.
//
// Append returns after the record is synced to disk; what it acknowledged
// survives a kill at any moment. A record whose Append failed, or was given up
// by its context, may be in the log nevertheless: callers repeat it under their
// own idempotency key. Records that wait are committed together as one message
// of at most 256 KiB, one message in flight, so the order of acknowledgements is
// the order of the log. A record's Place is (message, index in it); messages
// count from 1 without a hole and never again.
//
// The log is kept in segments: streams of an embedded NATS server that listens
// nowhere. A closed segment is archived, compressed, in a blob.Dir; it is
// deleted once every reader that the Config names has passed it and Keep is
// over, or earlier when the disk runs low, but never while the reader "risk" has
// not passed it. A Reader finds what it asks for in memory, segment or archive
// without the caller noticing; what is in none of them is an error that names
// the gap.
//
// ServeSocket gives another process of this machine the same readers, over a
// unix socket (Dial): it sees neither segments nor the engine's restarts, and
// can change nothing.
//
// When the disk has less than MinFree, Append refuses ("disk_low") before the
// engine meets a full disk, and resumes by itself. When a write fails, appends
// are refused ("log_away") while Run starts the engine again; readers wait
// meanwhile and go on.
//
// A Log owns the goroutines of the embedded server and the one that commits;
// Close ends and waits for them. Run owns the archiver. A Reader has none.
package bus
