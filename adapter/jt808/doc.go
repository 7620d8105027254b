// Package jt808 speaks the language of vehicle terminals (V06): JT/T 808-2011,
// -2013 and -2019, terminal to platform over TCP (not over UDP). A terminal connects
// to us, registers once, authenticates on each connect, then sends heartbeats and
// positions.
//
// Read and written are: general answers (0x0001, 0x8001), heartbeat (0x0002),
// logout (0x0003), time (0x0004, 0x8004), requests for fragments (0x8003, 0x0005),
// registration (0x0100, 0x8100), authentication (0x0102), position (0x0200) with the
// additional items of JT/T 808 and JT/T 1078-2016, and batches of positions (0x0704).
// Every other message is Other and answered "not supported", and so are encrypted
// bodies; what is not read is kept as it came, as an event of its terminal, so many
// a day (Config.Unread). Frames of other families on the same port, and senders that do not escape
// their marks, are not read.
//
// The text of the 2019 edition was not at hand: its header, its registration and
// authentication and the two-byte count of 0x8003 follow frames of terminals and
// other implementations. The tables name message and edition and no clauses,
// since the numbering differs from edition to edition.
//
// Losing nothing that can be kept is the rule. A frame that cannot be read costs
// itself, never the next; an item without its form never costs the position; an
// unknown item, bit or message keeps its bytes. What this package cannot read it
// says with a *frame.Error, to be counted.
//
// Values keep the units they travel in. Times are Beijing time (fengsui.Civil);
// coordinates are 10^-6 degree in the terminal's datum, WGS-84 for most.
//
// A frame's Body, and all that is read from it without copying, is valid until
// the Decoder's next Space.
//
// Server is the sessions. A terminal is answered when what it sent is on disk: what
// was read at once is one delivery, answered in one write. Fragments are answered as
// they come, the one that completes a message after its delivery. When the door is
// away nothing is answered and the connection ends; new ones wait two seconds. Order
// is kept per terminal, across a change of its connection too. Positions, changes of
// bits (Events) and numbers (Samples) of what a batch calls resent are deliveries of
// their own. An unknown terminal is admitted and its data quarantined, or refused.
//
// The protocol has no security: whoever knows a terminal's number can register as
// it and speak for it, in the clear. The authentication code keeps out only those who
// do not; TLS (the listener's) and the operators' private networks do the rest.
//
// Run owns a goroutine a connection and those that tell presences, and waits for all.
package jt808
