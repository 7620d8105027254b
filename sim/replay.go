package sim

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Replay plays a CSV file against a platform: a header line, then time, code and
// value a row, in time order. Time is RFC 3339 or Unix milliseconds; rows of one
// time go in one delivery. With speed 1 it keeps the file's pace, with 10 it plays
// ten times as fast, with 0 as fast as the platform takes it. Own times are moved
// so that the first row is now, unless asIs: then the rows are sent as resent, in
// their own time.
func Replay(ctx context.Context, file io.Reader, to Sender, speed float64, asIs bool) (rows int, err error) {
	r := csv.NewReader(file)
	r.FieldsPerRecord = 3
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		return 0, fmt.Errorf("read the header: %w", err)
	}
	begin := time.Now()
	var first, at time.Time
	var batch []Reading
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		into := at.Sub(first)
		if speed > 0 {
			into = time.Duration(float64(into) / speed)
			if !sleepUntil(ctx, begin.Add(into)) {
				return context.Cause(ctx)
			}
		}
		if !asIs {
			for i := range batch {
				batch[i].At = time.Now()
			}
		}
		if err := to.Send(ctx, "", asIs, batch); err != nil {
			return fmt.Errorf("line %d: %w", rows+1, err)
		}
		batch = batch[:0]
		return nil
	}
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, flush()
		}
		if err != nil {
			return rows, err
		}
		t, err := instant(rec[0])
		if err != nil {
			return rows, fmt.Errorf("line %d: %w", rows+2, err)
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(rec[2]), 64)
		if err != nil {
			return rows, fmt.Errorf("line %d: %q is no number", rows+2, rec[2])
		}
		if first.IsZero() {
			first, at = t, t
		}
		if t.Before(at) {
			return rows, fmt.Errorf("line %d: its time lies before that of the line above; sort the file by time", rows+2)
		}
		if !t.Equal(at) || len(batch) == maxBatch {
			if err := flush(); err != nil {
				return rows, err
			}
			at = t
		}
		batch = append(batch, Reading{strings.TrimSpace(rec[1]), t, v})
		rows++
	}
}

func instant(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.UnixMilli(ms), nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fmt.Errorf("%q is neither Unix milliseconds nor RFC 3339", s)
	}
	return t, nil
}
