package registry

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/store"
)

//go:embed binhai.yaml
var binhai []byte

//go:embed sheets.yaml
var sheets []byte

//go:embed channels.yaml
var channels []byte

// SectorName names a sector for people.
type SectorName struct {
	Key fengsui.Sector `yaml:"key"`
	Zh  string         `yaml:"zh"`
	En  string         `yaml:"en"`
}

// data is what the files in this directory hold.
type data struct {
	District struct {
		Code, Zh, En string
	} `yaml:"district"`
	Sectors []SectorName                 `yaml:"sectors"`
	Parties []seedParty                  `yaml:"parties"`
	Sheets  map[string][]column          `yaml:"sheets"`
	Titles  map[string]string            `yaml:"titles"` // of the sheets of a workbook
	Attrs   map[string][]attribute       `yaml:"attrs"`  // by the asset's kind
	Words   map[string]map[string]string `yaml:"words"`

	Channels []channelKind `yaml:"channels"`
}

type seedParty struct {
	Kind    fengsui.PartyKind `yaml:"kind"`
	Code    string            `yaml:"code"`
	Name    string            `yaml:"name"`
	NameEn  string            `yaml:"nameEn"`
	Parent  string            `yaml:"parent"` // code
	Sectors []fengsui.Sector  `yaml:"sectors"`
}

// column is one column of a sheet.
type column struct {
	Key    string `yaml:"key"`
	Zh     string `yaml:"zh"`
	Must   bool   `yaml:"must"`
	Number bool   `yaml:"number"`
}

// attribute is one thing that an asset of a kind says about itself.
type attribute struct {
	column `yaml:",inline"`
	Words  map[string]string `yaml:"words"` // what people write -> what is kept
}

func readData() (*data, error) {
	d := new(data)
	for _, file := range [][]byte{binhai, sheets, channels} {
		dec := yaml.NewDecoder(bytes.NewReader(file))
		dec.KnownFields(true)
		if err := dec.Decode(d); err != nil {
			return nil, fmt.Errorf("read the district's data: %w", err)
		}
	}
	for i := range d.Channels {
		var err error
		if d.Channels[i].shape, err = regexp.Compile(d.Channels[i].Shape); err != nil {
			return nil, fmt.Errorf("shape of the channel %s: %w", d.Channels[i].Key, err)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(d.Attrs)) {
		for _, a := range d.Attrs[kind] {
			c := column{Key: "attr:" + a.Key, Zh: a.Zh, Number: a.Number} // of its kind alone it is a must
			if !slices.Contains(d.Sheets["assets"], c) {
				d.Sheets["assets"] = append(d.Sheets["assets"], c)
			}
		}
	}
	return d, nil
}

// Seed brings the district's own parties to what binhai.yaml says. Contacts, and
// parties that it does not name, are left alone. Nothing new, nothing written.
func (r *Registry) Seed(ctx context.Context) error {
	ids := map[string]fengsui.ID{}
	old := map[string]*fengsui.Party{}
	for _, p := range r.District().Parties {
		if p.Kind != fengsui.Firm {
			ids[p.Code], old[p.Code] = p.ID, p
		}
	}
	var changed []fengsui.Party
	for _, s := range r.data.Parties {
		if s.Parent != "" && ids[s.Parent] == "" {
			return fmt.Errorf("seed: party %s names the parent %s, which does not stand before it", s.Code, s.Parent)
		}
		p := fengsui.Party{ID: ids[s.Code], Kind: s.Kind, Code: s.Code, Name: s.Name, NameEn: s.NameEn, Parent: ids[s.Parent], Sectors: s.Sectors}
		if p.ID == "" {
			p.ID = fengsui.NewID()
			ids[s.Code] = p.ID
		}
		if was := old[s.Code]; was != nil {
			if was.Kind == p.Kind && was.Name == p.Name && was.NameEn == p.NameEn && was.Parent == p.Parent && slices.Equal(was.Sectors, p.Sectors) {
				continue
			}
			p.Contacts = was.Contacts
		}
		changed = append(changed, p)
	}
	if len(changed) == 0 {
		return nil
	}
	return r.change(ctx, func(tx *store.Tx) error {
		for _, p := range changed {
			if err := putParty(tx, fengsui.Platform("registry"), old[p.Code], p, "binhai.yaml"); err != nil {
				return err
			}
		}
		return nil
	})
}
