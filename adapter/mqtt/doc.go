// Package mqtt is a broker for those who speak MQTT (H16, N10): the software
// interface of package push over MQTT, and third-party gateways by tables. Read
// are MQTT 3.1.1 (OASIS, 2014; ISO/IEC 20922) and 5.0 (OASIS, 2019). Clients
// connect to us, over TLS; plain connections are for the machine itself.
//
// Who: the user name is "<enterprise code>/<key id>", the password the key's
// secret as text. The connection stands for push's envelope: TLS encrypts it, the
// secret signs it, so a body is plain. MQTT 3.1.1 has nowhere to put an envelope.
// A revoked key acts no more from the next packet on.
//
// What: a body as push has it, JSON (its first byte is "{", or the content type of
// MQTT 5 says so) or compact, on fengsui/v1/<enterprise>/<device> or
// fengsui/v1/<enterprise>. Every other topic is looked up in the tables: data, not
// code (tables/*.yaml). A will is a Presence: when the client is lost the device
// of the will's topic is; what else it says is not read.
//
// Acknowledged means kept: PUBACK and PUBREC are sent after the Sink has returned.
// When it fails nothing is acknowledged and the connection is closed, so that the
// client sends again. QoS 0 is taken and is as good as the line: nobody is told.
// A message that cannot be read is kept in part as an event "refused" of its
// device and then answered: PUBACK in 3.1.1, reason 0x99 in 5.0. The retain flag is
// ignored.
//
// Twice: a message that states a key (user property Idempotency-Key, or the id that
// its table names) is kept once in 7 days. Without one its topic and bytes are its
// key, if everything in it has its own time: the same bytes are then the same
// data. A reading without its own time is taken at least once: a packet id is used
// again too soon to tell a repeat by it.
//
// Nothing reaches in (A26): no client hears another. A client may subscribe to the
// receipts of its enterprise alone, fengsui/v1/<enterprise>/<device>/receipt, where
// items that were not taken are named.
//
// Bounded are: a packet, the memory of all large ones together (a header's length
// is believed only up to it), connections, sessions of an enterprise, its messages
// a second (beyond them its sockets slow down), messages in flight. Sessions
// outlive their connection by up to 10 minutes, in memory: after our restart a
// client that asks for its session hears that there is none, and must send again
// what was not acknowledged.
//
// Order is kept per connection. Run owns every goroutine but the broker's own, and
// ends them before it returns.
package mqtt
