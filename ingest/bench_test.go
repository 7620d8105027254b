package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"

	"fengsui"
	"fengsui/adapter"
	"fengsui/bus"
)

// void is a log that keeps nothing.
type void struct{}

func (void) Append(context.Context, []byte) (fengsui.Place, error) {
	return fengsui.Place{Seq: 1}, nil
}
func (void) Reader(fengsui.Place) *bus.Reader { panic("this log has no past") }
func (void) Tail() fengsui.Place              { return fengsui.Place{} }

// BenchmarkTake is the door alone: 500 samples of 500 points, or one.
func BenchmarkTake(b *testing.B) {
	for _, c := range []struct {
		name  string
		n     int
		block bool
	}{{"block500", 500, true}, {"samples500", 500, false}, {"one", 1, true}} {
		b.Run(c.name, func(b *testing.B) {
			e := &fengsui.Enterprise{ID: "e1", Num: 1, Code: "E1"}
			var points []*fengsui.Point
			v := &adapter.Delivery{Adapter: "push", Enterprise: "E1", KeyID: "k1", Received: noon, Nonce: "n"}
			for i := range c.n {
				code := fmt.Sprintf("TI-%04d.PV", i)
				points = append(points, &fengsui.Point{ID: fengsui.ID(code), Num: int64(i + 1), Enterprise: "e1", Code: code, RangeHigh: 1000})
				v.Codes = append(v.Codes, code)
				v.Samples = append(v.Samples, fengsui.Sample{Point: int64(i), At: noon, Value: float64(i)})
			}
			if c.block {
				v.Block, v.Samples = fengsui.AppendSamples(nil, v.Samples), nil
			}
			x := fengsui.NewDistrict(nil, []*fengsui.Enterprise{e}, nil, nil, points)
			d, stop := newDoor(b, Config{Log: void{}, District: func() *fengsui.District { return x }})
			defer stop()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				v.Idempotency = fmt.Sprint(i)
				if r, err := d.Take(b.Context(), v); err != nil || r.Accepted != c.n {
					b.Fatal(r, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.n), "ns/sample")
		})
	}
}

// BenchmarkClaim asks a full book, 8 million keys in its chapters, for keys that
// it does not have.
func BenchmarkClaim(b *testing.B) {
	dir := b.TempDir()
	book, err := openBook(dir, 256<<20, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for n := 4 << 20; n > 1000; n /= 2 {
		page := map[uint64]answered{}
		for range n {
			page[r.Uint64()] = answered{1, []byte{1}}
		}
		c, err := writeChapter(dir, []*chapter{newChapter(page, nil, fengsui.Place{}, noon, uint64(n))}, noon)
		if err != nil {
			b.Fatal(err)
		}
		book.chapters = append(book.chapters, c)
	}
	for b.Loop() {
		c, _, _ := book.claim(r.Uint64(), 1)
		book.abandon(c)
	}
}
