package app

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestSampleKeys: every key of the configuration is in the sample, with words before it or
// before a neighbour of it. That the sample has no other Load sees to.
func TestSampleKeys(t *testing.T) {
	b, err := os.ReadFile("../docs/fengsui.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var sample map[string]any
	if err := yaml.Unmarshal(b, &sample); err != nil {
		t.Fatal(err)
	}
	n := 0
	var walk func(at string, of reflect.Type, there map[string]any)
	walk = func(at string, of reflect.Type, there map[string]any) {
		for i := range of.NumField() {
			f := of.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			v, ok := there[name]
			if name == "" || !ok {
				t.Errorf("docs/fengsui.yaml lacks %s%s", at, name)
				continue
			}
			n++
			if f.Type.Kind() == reflect.Struct {
				below, _ := v.(map[string]any)
				walk(at+name+".", f.Type, below)
			}
		}
	}
	walk("", reflect.TypeFor[Config](), sample)
	if n < 50 {
		t.Errorf("only %d keys were looked at", n)
	}
}

// TestPackaged: the configurations of the Debian package and of the container load, keep
// keys apart from data, and the units let the platform write where it must.
func TestPackaged(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join("../dist", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	says := func(unit, key string) []string {
		var all []string
		for _, m := range regexp.MustCompile(`(?m)^`+key+`=(.*)$`).FindAllStringSubmatch(unit, -1) {
			all = append(all, strings.Fields(m[1])...)
		}
		return all
	}
	c, err := Load("../dist/debian/fengsui.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const file = "/etc/fengsui/fengsui.yaml"
	serve, nightly := read("systemd/fengsui.service"), read("systemd/fengsui-backup.service")
	for name, unit := range map[string]string{"fengsui": serve, "fengsui-backup": nightly} {
		if run := says(unit, "ExecStart"); !slices.Contains(run, file) || run[0] != "/usr/bin/fengsui" {
			t.Errorf("%s.service runs %q", name, run)
		}
		if user := says(unit, "User"); !slices.Equal(user, []string{"fengsui"}) {
			t.Errorf("%s.service runs as %q", name, user)
		}
	}
	if state := says(serve, "StateDirectory"); len(state) != 1 || "/var/lib/"+state[0] != c.Data {
		t.Errorf("fengsui.service may write to %q, and data is %s", state, c.Data)
	}
	run := says(nightly, "ExecStart")
	to := run[slices.Index(run, "--to")+1]
	key := run[slices.Index(run, "--key-file")+1]
	if may := says(nightly, "ReadWritePaths"); !slices.Contains(may, c.Data) || !slices.Contains(may, to) {
		t.Errorf("fengsui-backup.service may write to %q, not to %s and %s", may, c.Data, to)
	}
	if inside(key, to) || inside(key, c.Data) {
		t.Errorf("the key of backups, %s, lies in what it encrypts", key)
	}
	made := strings.Fields(read("debian/postinst"))
	for _, dir := range []string{filepath.Dir(c.MasterKeyFile), filepath.Dir(key), to} {
		if !slices.ContainsFunc(made, func(w string) bool { return strings.TrimRight(w, ";") == dir }) {
			t.Errorf("installing does not make %s", dir)
		}
	}
	if _, err := Load("../dist/container.yaml"); err != nil {
		t.Error(err)
	}
}
