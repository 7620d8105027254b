package bus

import (
	"encoding/binary"

	"fengsui"
)

// maxPrefix is the longest length before a record of maxRecord bytes.
const maxPrefix = 4

var errMessage = fengsui.Errorf(fengsui.Internal, "bad_message", "a message of the log cannot be read")

// join appends a record to a message, behind its length.
func join(message, record []byte) []byte {
	message = binary.AppendUvarint(message, uint64(len(record)))
	return append(message, record...)
}

// split takes a message apart; the records point into it.
func split(message []byte) ([][]byte, error) {
	var records [][]byte
	for len(message) > 0 {
		size, n := binary.Uvarint(message)
		if n <= 0 || size == 0 || size > uint64(len(message)-n) {
			return nil, errMessage
		}
		end := n + int(size)
		records = append(records, message[n:end:end])
		message = message[end:]
	}
	if len(records) == 0 {
		return nil, errMessage
	}
	return records, nil
}

// count is how many records a message holds; one when it cannot be read.
func (m message) count() uint32 {
	n, rest := uint32(0), m.data
	for len(rest) > 0 {
		size, k := binary.Uvarint(rest)
		if k <= 0 || size > uint64(len(rest)-k) {
			break
		}
		rest = rest[k+int(size):]
		n++
	}
	return max(n, 1)
}

// Batch is what one message holds, or the rest of it. Record i has the place
// (Seq, First+i). The records are shared: they must not be changed.
type Batch struct {
	Seq     uint64
	First   uint32
	Records [][]byte
}

// Last is the place of the batch's last record.
func (b Batch) Last() fengsui.Place {
	return fengsui.Place{Seq: b.Seq, Index: b.First + uint32(len(b.Records)) - 1}
}

// after makes a batch of what lies strictly after from; none when nothing does.
func (m message) after(from fengsui.Place) (Batch, error) {
	records, err := split(m.data)
	if err != nil {
		return Batch{}, err
	}
	b := Batch{Seq: m.seq}
	if m.seq == from.Seq {
		b.First = uint32(min(uint64(from.Index)+1, uint64(len(records))))
	}
	b.Records = records[b.First:]
	return b, nil
}
