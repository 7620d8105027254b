package push

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"fengsui"
	"fengsui/adapter"
)

// The field numbers of push.proto.
const (
	batchDevice  = 1
	batchResent  = 2
	batchCodes   = 3
	batchSamples = 4
	batchEvents  = 5
	batchSources = 6

	samplesPoint   = 1
	samplesBase    = 2
	samplesDelta   = 3
	samplesValue   = 4
	samplesQuality = 5

	eventCode  = 1
	eventPoint = 2
	eventAt    = 3
	eventOn    = 4
	eventText  = 5

	sourceDevice = 1
	sourceAt     = 2
	sourceOnline = 3
)

// readCompact reads a compact body. The samples are checked and, when they are
// clean, handed on as the block that they are (a part of b); values that are not
// finite make it take them apart, so that the door can refuse them by item.
func (d *batch) readCompact(b []byte) error {
	d.reset(b)
	var samples []byte
	d.scratch = d.scratch[:0]
	ends := d.ends[:0]
	err := d.message(b, func(num protowire.Number, typ protowire.Type, v field) error {
		switch {
		case num == batchDevice && typ == protowire.BytesType:
			d.device = d.text(v.bytes).text
		case num == batchResent && typ == protowire.VarintType:
			d.resent = v.n != 0
		case num == batchCodes && typ == protowire.BytesType:
			d.scratch = append(d.scratch, v.bytes...)
			ends = append(ends, len(d.scratch))
			return d.count(len(ends), maxCodes)
		case num == batchSamples && typ == protowire.BytesType:
			// Two messages in one place would be merged by the rules of
			// protobuf; for columns that has no meaning.
			if samples != nil {
				return &bodyError{v.at, "samples come twice"}
			}
			samples = v.bytes
		case num == batchEvents && typ == protowire.BytesType:
			return d.compactEvent(v)
		case num == batchSources && typ == protowire.BytesType:
			return d.compactSource(v)
		default:
			d.ignored++
		}
		return nil
	})
	// One string for all codes: looking each up among those that are known would
	// cost more than all else in here.
	codes, from := string(d.scratch), 0
	for _, end := range ends {
		d.codes = append(d.codes, codes[from:end])
		d.garbled = d.garbled || !utf8.ValidString(codes[from:end])
		from = end
	}
	d.ends = ends
	if err == nil && d.garbled {
		err = &bodyError{0, "a text is not UTF-8"}
	}
	if err != nil || len(samples) == 0 {
		return err
	}
	if err := d.count(valuesIn(samples), maxCodes); err != nil {
		return err
	}
	d.points, err = fengsui.ReadSamples(d.points[:0], samples, nil)
	clean := err == nil
	if !clean {
		if d.points, err = readColumns(d.points[:0], samples); err != nil {
			return err
		}
	}
	for i := range d.points {
		if uint64(d.points[i].Point) >= uint64(len(d.codes)) {
			return &bodyError{0, "a sample names a point that is not in codes"}
		}
	}
	if clean {
		d.block = samples
	} else {
		d.samples = append(d.samples, d.points...)
	}
	return nil
}

func (d *batch) compactEvent(v field) error {
	e := adapter.Event{On: true}
	err := d.message(v.bytes, func(num protowire.Number, typ protowire.Type, v field) error {
		switch {
		case num == eventCode && typ == protowire.BytesType:
			e.Code = d.text(v.bytes).text
		case num == eventPoint && typ == protowire.BytesType:
			e.Point = d.text(v.bytes).text
		case num == eventAt && typ == protowire.VarintType:
			e.At = moment(v.n)
		case num == eventOn && typ == protowire.VarintType:
			e.On = v.n != 0
		case num == eventText && typ == protowire.BytesType:
			e.Text = d.text(v.bytes).text
		default:
			d.ignored++
		}
		return nil
	})
	d.events = append(d.events, e)
	if err == nil {
		err = d.count(len(d.events), maxEvents)
	}
	return err
}

func (d *batch) compactSource(v field) error {
	s := adapter.Source{Online: true}
	err := d.message(v.bytes, func(num protowire.Number, typ protowire.Type, v field) error {
		switch {
		case num == sourceDevice && typ == protowire.BytesType:
			s.Device = d.text(v.bytes).text
		case num == sourceAt && typ == protowire.VarintType:
			s.At = moment(v.n)
		case num == sourceOnline && typ == protowire.VarintType:
			s.Online = v.n != 0
		default:
			d.ignored++
		}
		return nil
	})
	d.sources = append(d.sources, s)
	if err == nil {
		err = d.count(len(d.sources), maxEvents)
	}
	return err
}

func moment(zigzag uint64) fengsui.Millis {
	ms := protowire.DecodeZigZag(zigzag)
	if ms <= 0 || ms >= latest {
		return 0
	}
	return fengsui.Millis(ms)
}

// field is one field's value: bytes, or n for numbers.
type field struct {
	at    int // how far into its message
	bytes []byte
	n     uint64
}

// message walks a message.
func (d *batch) message(b []byte, each func(protowire.Number, protowire.Type, field) error) error {
	for rest := b; len(rest) > 0; {
		at := len(b) - len(rest)
		num, typ, n := protowire.ConsumeTag(rest)
		if n < 0 {
			return &bodyError{at, "a protobuf tag is broken"}
		}
		rest = rest[n:]
		v := field{at: at}
		switch typ {
		case protowire.VarintType:
			v.n, n = protowire.ConsumeVarint(rest)
		case protowire.BytesType:
			v.bytes, n = protowire.ConsumeBytes(rest)
		default:
			n = protowire.ConsumeFieldValue(num, typ, rest)
		}
		if n < 0 {
			return &bodyError{at, "a protobuf field is broken or cut off"}
		}
		rest = rest[n:]
		if err := each(num, typ, v); err != nil {
			return err
		}
	}
	return nil
}

// valuesIn is how many values a block says it has, before there is memory for them.
func valuesIn(b []byte) (n int) {
	for len(b) > 0 {
		num, typ, tag := protowire.ConsumeTag(b)
		if tag < 0 {
			break
		}
		size := protowire.ConsumeFieldValue(num, typ, b[tag:])
		if size < 0 {
			break
		}
		if num == samplesValue {
			n += size / 8
		}
		b = b[tag+size:]
	}
	return n
}

// readColumns reads a sample message column by column, values that are not
// finite included.
func readColumns(dst []fengsui.Sample, b []byte) ([]fengsui.Sample, error) {
	broken := &bodyError{0, "the columns of samples are broken or of different lengths"}
	var cols [samplesQuality + 1][]byte
	at := int64(0)
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return dst, broken
		}
		b = b[n:]
		switch {
		case num == samplesBase && typ == protowire.VarintType:
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return dst, broken
			}
			at, b = protowire.DecodeZigZag(v), b[n:]
		case num <= samplesQuality && typ == protowire.BytesType:
			v, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return dst, broken
			}
			cols[num], b = v, b[n:]
		default:
			return dst, broken
		}
	}
	next := func(col int) (uint64, bool) {
		v, n := protowire.ConsumeVarint(cols[col])
		if n < 0 {
			return 0, false
		}
		cols[col] = cols[col][n:]
		return v, true
	}
	qualities := cols[samplesQuality] != nil
	for len(cols[samplesValue]) >= 8 {
		point, ok := next(samplesPoint)
		delta, ok2 := next(samplesDelta)
		quality, ok3 := uint64(0), true
		if qualities {
			quality, ok3 = next(samplesQuality)
		}
		if !ok || !ok2 || !ok3 || quality > 255 {
			return dst, broken
		}
		at += protowire.DecodeZigZag(delta)
		value := math.Float64frombits(binary.LittleEndian.Uint64(cols[samplesValue]))
		cols[samplesValue] = cols[samplesValue][8:]
		dst = append(dst, fengsui.Sample{Point: int64(point), At: fengsui.Millis(at), Value: value, Quality: fengsui.Quality(quality)})
	}
	for _, c := range cols {
		if len(c) > 0 {
			return dst, broken
		}
	}
	return dst, nil
}

// Batch is one delivery as a client has it: what the platform is to take.
type Batch struct {
	Device  string // the enterprise's code of the gateway, may be empty
	Resent  bool   // kept back while the line was down, and sent again
	Samples []Sample
	Events  []adapter.Event
	Sources []adapter.Source
}

// Sample is one value of the point that the enterprise calls Code.
type Sample struct {
	Code    string
	At      fengsui.Millis // own time
	Value   float64        // in the point's unit
	Quality fengsui.Quality
}

// AppendCompact appends a batch as a compact body.
func AppendCompact(dst []byte, b *Batch) []byte {
	text := func(num protowire.Number, s string) {
		if s != "" {
			dst = protowire.AppendString(protowire.AppendTag(dst, num, protowire.BytesType), s)
		}
	}
	text(batchDevice, b.Device)
	if b.Resent {
		dst = protowire.AppendVarint(protowire.AppendTag(dst, batchResent, protowire.VarintType), 1)
	}
	index := make(map[string]int64, len(b.Samples))
	samples := make([]fengsui.Sample, len(b.Samples))
	for i, s := range b.Samples {
		p, ok := index[s.Code]
		if !ok {
			p = int64(len(index))
			index[s.Code] = p
			dst = protowire.AppendString(protowire.AppendTag(dst, batchCodes, protowire.BytesType), s.Code)
		}
		samples[i] = fengsui.Sample{Point: p, At: s.At, Value: s.Value, Quality: s.Quality}
	}
	if len(samples) > 0 {
		dst = protowire.AppendTag(dst, batchSamples, protowire.BytesType)
		dst = protowire.AppendBytes(dst, fengsui.AppendSamples(nil, samples))
	}
	var m []byte
	part := func(num protowire.Number, typ protowire.Type) { m = protowire.AppendTag(m, num, typ) }
	flag := func(num protowire.Number, v bool) {
		part(num, protowire.VarintType)
		m = protowire.AppendVarint(m, protowire.EncodeBool(v))
	}
	name := func(num protowire.Number, s string) {
		if s != "" {
			part(num, protowire.BytesType)
			m = protowire.AppendString(m, s)
		}
	}
	time := func(num protowire.Number, at fengsui.Millis) {
		part(num, protowire.VarintType)
		m = protowire.AppendVarint(m, protowire.EncodeZigZag(int64(at)))
	}
	for _, e := range b.Events {
		m = m[:0]
		name(eventCode, e.Code)
		name(eventPoint, e.Point)
		time(eventAt, e.At)
		flag(eventOn, e.On)
		name(eventText, e.Text)
		dst = protowire.AppendBytes(protowire.AppendTag(dst, batchEvents, protowire.BytesType), m)
	}
	for _, s := range b.Sources {
		m = m[:0]
		name(sourceDevice, s.Device)
		time(sourceAt, s.At)
		flag(sourceOnline, s.Online)
		dst = protowire.AppendBytes(protowire.AppendTag(dst, batchSources, protowire.BytesType), m)
	}
	return dst
}
