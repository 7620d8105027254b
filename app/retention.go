package app

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui"
)

//go:embed retention.yaml
var retentionLaw []byte

// keptKind is one row of retention.yaml.
type keptKind struct {
	Kind   string `yaml:"kind"`
	Key    string `yaml:"key"`
	Within string `yaml:"within"`
	Law    []struct {
		Zh    string       `yaml:"zh"`
		En    string       `yaml:"en"`
		Keep  fengsui.Span `yaml:"keep"`
		Check bool         `yaml:"check"`
	} `yaml:"law"`
}

// retentions are how long this platform keeps each kind of data, and how long it must.
func (c *Config) retentions() ([]fengsui.Retention, error) {
	var kinds []keptKind
	d := yaml.NewDecoder(bytes.NewReader(retentionLaw))
	d.KnownFields(true)
	if err := d.Decode(&kinds); err != nil {
		return nil, fmt.Errorf("retention.yaml: %w", err)
	}
	files := c.Blob.URL == ""
	here := map[string]bool{"log": c.Bus.URL == "", "archive": files, "evidence": files, "files": files, "other": files,
		"history": c.History.URL == "" && c.History.On, "records": c.Store.URL == ""}
	set := map[string]time.Duration{"retention.log": c.Retention.Log, "retention.archive": c.Retention.Archive, "retention.history": c.Retention.History,
		"retention.evidence": c.Retention.Evidence, "retention.files": c.Retention.Files, "retention.strays": c.Retention.Strays, "accounts.absolute": c.Accounts.Absolute}
	list := make([]fengsui.Retention, len(kinds))
	for i, k := range kinds {
		r := fengsui.Retention{Kind: k.Kind, Within: k.Within, Key: k.Key, Here: here[k.Kind] || here[k.Within], Law: make([]fengsui.Least, len(k.Law))}
		keep, ok := set[k.Key]
		if k.Key != "" && !ok {
			return nil, fmt.Errorf("retention.yaml: there is no key %q in the configuration", k.Key)
		}
		r.Keep = fengsui.SpanOf(keep)
		for j, l := range k.Law {
			r.Law[j] = fengsui.Least{Source: fengsui.Bilingual{Zh: l.Zh, En: l.En}, Keep: l.Keep, Check: l.Check}
			r.Least = max(r.Least, l.Keep)
		}
		list[i] = r
	}
	return list, nil
}

// checkRetention says what cannot be meant.
func (c *Config) checkRetention() (errs []error) {
	r := c.Retention
	if r.Log <= 0 || r.Archive <= 0 || r.History < 24*time.Hour {
		errs = append(errs, errors.New("retention: log and archive must be above 0, history at least 24h"))
	}
	if r.Evidence < 0 || r.Files < 0 || r.Strays < 0 {
		errs = append(errs, errors.New("retention: evidence, files and strays are 0 (always) or more"))
	}
	if c.Disk.WarnDays < 0 {
		errs = append(errs, errors.New("disk.warn_days: give the days ahead, or 0 for no word"))
	}
	return errs
}

// lawful refuses a configuration file that keeps less than the law asks for.
func (c *Config) lawful() error {
	list, err := c.retentions()
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range list {
		for _, l := range r.Law {
			if r.Key != "" && r.Keep > 0 && r.Keep < l.Keep {
				check := ""
				if l.Check {
					check = "; its edition and article are to be checked (app/retention.yaml)"
				}
				errs = append(errs, fmt.Errorf("%s: %s is less than the %s that must be kept: %s%s. Set it to %s or more", r.Key, r.Keep.Duration(), l.Keep.Duration(), l.Source.En, check, l.Keep.Duration()))
			}
		}
	}
	return errors.Join(errs...)
}

// moved are keys of before by what they are now.
var moved = map[string]map[string]string{
	"bus":     {"keep": "retention.log", "archive_keep": "retention.archive"},
	"history": {"retention": "retention.history"},
}

// movedKeys says where keys of an older configuration went.
func movedKeys(text []byte) error {
	var sections map[string]any
	if yaml.Unmarshal(text, &sections) != nil {
		return nil // the other reader says what is wrong
	}
	var errs []error
	for section, keys := range moved {
		m, _ := sections[section].(map[string]any)
		for old, now := range keys {
			if _, ok := m[old]; ok {
				errs = append(errs, fmt.Errorf("%s.%s is %s now: move it there", section, old, now))
			}
		}
	}
	return errors.Join(errs...)
}
