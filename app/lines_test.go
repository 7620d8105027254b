package app

import (
	"slices"
	"testing"

	"fengsui"
	"fengsui/assess"
	"fengsui/outage"
)

// TestOfflineLines: the days without data that have consequences (Articles 29 to 31)
// stand in the rules of declared outages and in those of data quality; they are the same.
func TestOfflineLines(t *testing.T) {
	quality, err := assess.Load("binhai")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := outage.Load("binhai")
	if err != nil {
		t.Fatal(err)
	}
	var days []int
	for _, l := range rules.Lines {
		days = append(days, int(l.Over/fengsui.Day))
	}
	if !slices.Equal(days, quality.Offline.Days) {
		t.Errorf("outages name %v days, data quality %v", days, quality.Offline.Days)
	}
}
