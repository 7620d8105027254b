package adapter

import (
	"bytes"
	"log/slog"
	"maps"
	"strings"
	"testing"
)

// TestRefusals: each is counted by its reason, one that nobody listed too, and is in the
// log once a minute.
func TestRefusals(t *testing.T) {
	var log bytes.Buffer
	r := NewRefusals("door", slog.New(slog.NewTextHandler(&log, nil)), "late", "large")
	for _, reason := range []string{"late", "late", "odd"} {
		r.Add(slog.LevelWarn, reason)
	}
	if got, want := r.Counts(), map[string]int64{"late": 2, "large": 0, "unlisted": 1}; !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	if text := log.String(); strings.Count(text, "reason=late") != 1 || strings.Count(text, "reason=odd") != 1 {
		t.Errorf("the log says\n%s", text)
	}
}
