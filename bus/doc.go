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
// The log is kept in segments: streams of a NATS server with JetStream, which is embedded
// in this process and listens nowhere, or an outside server or cluster (Config.URL). A
// closed segment is archived, compressed, in a blob.Store; it is deleted once every reader
// that the Config names has passed it and Keep is over, or earlier when the disk runs low,
// but never while the reader "risk" has not passed it. A Reader finds what it asks for in
// memory, segment or archive without the caller noticing; what is in none of them is an
// error that names the gap.
//
// Many processes may share an outside log: they append at once, in one order, and each
// reads what the others append within milliseconds (docs/decisions/0008). One of them
// archives and deletes (Config.Tidy), by the places that readers of all processes
// reported. When the server that leads dies, appends wait for the next one up to 5 s, then
// are refused until it is there; nothing acknowledged is lost, and an answer that was lost
// is asked for again, so that the record is there once.
//
// ServeSocket gives another process of this machine the same readers, over a
// unix socket (Dial): it sees neither segments nor the engine's restarts, and
// can change nothing.
//
// When the disk has less than MinFree (an outside one: the account's limit leaves less, or
// the server says that it has no room), Append refuses ("disk_low") before the engine
// meets a full disk, and resumes by itself. When a write fails, appends are refused
// ("log_away") while Run starts the engine, or the connection to it, again; readers wait
// meanwhile and go on.
//
// A Log owns the goroutines of the embedded server or of the connection, the one that
// commits and the one that follows others; Close ends and waits for them. Run owns the archiver. A Reader has none.
package bus
