// Package adaptertest is the suite that every adapter passes. An adapter describes
// itself in an Adapter and calls Run from its TestConformance, and Fuzz from its
// FuzzDecode; what does not apply to it says why, and the reason is in the log.
//
// Of its decoder: golden cases and the round trip; where it reads a stream, the stream
// cut at every byte, byte by byte, two frames glued, garbage before a frame and
// truncation at every byte; where something else frames its bodies, as HTTP and MQTT
// do, a body cut at every byte and with garbage before and behind it. Of its
// sessions, under a fake clock and over a pipe: no acknowledgement before Take has
// returned, none when Take fails, the same delivery taken afterwards, the stop that
// is prompt, also while Take hangs, and the end of a silent connection.
//
// A golden case is a txtar file: a comment with the source (standard, edition,
// clause) and the origin of the frame, then the files
//
//	frame.hex   what the field sends, in hexadecimal (or frame.txt, as it is)
//	want.json   what is read from it: one JSON value an item
//
// and whatever else the adapter wants to know.
package adaptertest
