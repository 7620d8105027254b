package app

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter"
	"fengsui/bus"
	"fengsui/ingest"
	"fengsui/registry"
	"fengsui/store"
)

// TestAdopt: a terminal that nobody knows lies in quarantine under its key; adopted
// from there as a vehicle's, its next delivery is the enterprise's own (V03, V06).
func TestAdopt(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), registry.Tables(), ingest.Tables())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	reg, err := registry.Open(t.Context(), registry.Config{DB: db, Master: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	if err := reg.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	admin, by := fengsui.Scope{Role: fengsui.RoleAdmin, All: true}, fengsui.Platform("test")
	rep, err := reg.Import(t.Context(), admin, by, "enterprises", []byte("credit_code,name,sector,zone,code\n91120116MA0000008R,Haulage,vehicles,120116401,HAUL001\n"), false)
	if err != nil || rep.Created != 1 {
		t.Fatal(rep, err)
	}
	log, err := bus.Open(t.Context(), bus.Config{Dir: t.TempDir(), MinFree: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	dir := t.TempDir()
	// report lets a door take one position of the terminal, and ends the door, which
	// then stores its quarantine.
	report := func() fengsui.Record {
		t.Helper()
		door, err := ingest.New(ingest.Config{Log: log, District: reg.District, DB: db, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- door.Run(ctx) }()
		now := fengsui.At(time.Now())
		_, err = door.Take(ctx, &adapter.Delivery{Adapter: "jt808", Key: "013900000009", Received: now,
			Positions: []fengsui.Position{{At: now, Lon: 117.7, Lat: 39, Speed: 40, Fix: true}}})
		cancel()
		if ended := <-done; err != nil || ended != nil {
			t.Fatal(err, ended)
		}
		r := log.Reader(fengsui.Place{})
		defer r.Close()
		var last fengsui.Record
		for place := (fengsui.Place{}); place != log.Tail(); {
			b, err := r.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			place = b.Last()
			for _, raw := range b.Records {
				x, err := fengsui.ReadRecord(raw)
				if err != nil {
					t.Fatal(err)
				}
				if !x.Tick {
					last = x
				}
			}
		}
		return last
	}
	if x := report(); x.Enterprise != 0 || x.Device != 0 || x.Sender != "013900000009" || len(x.Positions) != 1 {
		t.Errorf("unknown: the log has %+v", x)
	}
	door, err := ingest.New(ingest.Config{Log: log, District: reg.District, DB: db, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	strays, total, err := door.Strays(t.Context(), admin, fengsui.Page{Limit: 10})
	if err != nil || total != 1 || strays[0].Code != "jt808:013900000009" || strays[0].Enterprise != "" {
		t.Fatalf("quarantine: got %+v, %v, want the terminal's key", strays, err)
	}
	e := reg.District().EnterpriseByCode("HAUL001")
	v, err := reg.Adopt(t.Context(), admin, by, registry.Adoption{Protocol: "jt808", Key: "013900000009",
		Device: fengsui.Device{Enterprise: e.ID, Code: "T-9", Name: "Terminal"},
		Asset:  &fengsui.Asset{Code: "V-9", Kind: "vehicle", Name: "Truck", Attrs: map[string]string{"plate": "津A9", "class": "hazmat"}}})
	if err != nil {
		t.Fatal(err)
	}
	if x := report(); x.Enterprise != e.Num || x.Device != v.Num || len(x.Positions) != 1 || x.Positions[0].Device != v.Num {
		t.Errorf("adopted: the log has %+v, want the enterprise %d and the device %d", x, e.Num, v.Num)
	}
}
