package fengsui

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floor is one row of the house's table: which of our own packages a directory
// may import ("*" all), which guarded standard packages and which third-party
// modules. The table is policy: it is not edited to make a build pass.
type floor struct {
	own, std, modules string
}

const guarded = "net os flag database/sql reflect unsafe log"

var house = map[string]floor{
	".":     {},
	"fault": {std: "os"},

	"bus":                 {own: "fengsui fault blob", std: "os net", modules: "github.com/nats-io github.com/klauspost/compress golang.org/x/sys"},
	"series":              {own: "fengsui", std: "net os"},
	"series/victoria":     {own: "fengsui series", std: "net os flag", modules: "github.com/VictoriaMetrics"},
	"series/remote":       {own: "fengsui series", std: "net", modules: "github.com/klauspost/compress"},
	"store":               {own: "fengsui fault", std: "database/sql os net", modules: "modernc.org/sqlite github.com/pressly/goose github.com/jackc/pgx golang.org/x/sys"},
	"store/storetest":     {std: "os", modules: "github.com/jackc/pgx"},
	"health":              {own: "fengsui store", std: "database/sql"},
	"lease":               {own: "fengsui store", std: "database/sql"},
	"crypt":               {modules: "github.com/emmansun/gmsm"},
	"backup":              {own: "fengsui crypt", std: "os", modules: "golang.org/x/crypto golang.org/x/sys"},
	"blob":                {own: "fengsui crypt", std: "os net", modules: "github.com/minio/minio-go"},
	"adapter":             {own: "fengsui", std: "net"},
	"adapter/frame":       {own: "fengsui", modules: "golang.org/x/text"},
	"adapter/jt808":       {own: "fengsui adapter adapter/frame", std: "net", modules: "golang.org/x/text"},
	"adapter/adaptertest": {own: "fengsui adapter", std: "net", modules: "golang.org/x/tools"},
	"adapter/mqtt":        {own: "fengsui adapter adapter/push fault", std: "net", modules: "github.com/mochi-mqtt/server gopkg.in/yaml.v3"},
	"adapter/push":        {own: "fengsui adapter", std: "net os", modules: "google.golang.org/protobuf"},
	"ingest":              {own: "fengsui adapter bus store blob fault", std: "os"},
	"book":                {own: "fengsui", modules: "github.com/xuri/excelize"},
	"registry":            {own: "fengsui store book", std: "database/sql", modules: "gopkg.in/yaml.v3"},
	"account":             {own: "fengsui store", std: "database/sql", modules: "golang.org/x/crypto"},
	"risk":                {own: "fengsui bus store series fault", std: "database/sql", modules: "gopkg.in/yaml.v3 github.com/google/cel-go"},
	"warning":             {own: "fengsui store fault", std: "database/sql", modules: "gopkg.in/yaml.v3"},
	"watch":               {own: "fengsui store", std: "database/sql"},
	"disposal":            {own: "fengsui store blob", std: "database/sql", modules: "gopkg.in/yaml.v3"},
	"assess":              {own: "fengsui store", std: "database/sql", modules: "gopkg.in/yaml.v3"},
	"outage":              {own: "fengsui store", std: "database/sql", modules: "gopkg.in/yaml.v3"},
	"complaint":           {own: "fengsui store", std: "database/sql", modules: "gopkg.in/yaml.v3"},
	"evidence":            {own: "fengsui store blob", std: "database/sql"},
	"notify":              {own: "fengsui store fault", std: "database/sql net", modules: "gopkg.in/yaml.v3"},
	"notify/email":        {own: "fengsui notify", std: "net", modules: "github.com/wneessen/go-mail"},
	"notify/webhook":      {own: "fengsui notify", std: "net"},
	"notify/municipal":    {own: "fengsui notify", std: "net"},
	"notify/gateway":      {own: "fengsui notify", std: "net", modules: "gopkg.in/yaml.v3"},
	"seal":                {own: "fengsui store", std: "database/sql", modules: "golang.org/x/mod"},
	"api":                 {own: "fengsui store account registry blob book", std: "net", modules: "github.com/danielgtaylor/huma"},
	"web":                 {std: "net"},
	"app":                 {own: "*", std: guarded, modules: "*"},
	"sim":                 {own: "fengsui adapter adapter/push adapter/jt808 adapter/mqtt", std: "net os", modules: "github.com/mochi-mqtt/server"},
	"bench":               {own: "*", std: guarded, modules: "*"},
	"cmd/fengsui":         {own: "app sim", std: "os", modules: "github.com/alecthomas/kong"},
}

// TestLayout keeps the house: every directory with Go code has its row, and
// imports nothing that the row does not allow (DESIGN §4).
func TestLayout(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		if e.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		row, ok := house[dir]
		if !ok {
			t.Errorf("%s has no row in the layout table", dir)
			return nil
		}
		seen[dir] = true
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imp := strings.Trim(spec.Path.Value, `"`)
			if why := refuse(dir, row, imp, strings.HasSuffix(name, "_test.go")); why != "" {
				t.Errorf("%s imports %s: %s", path, imp, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range house {
		if !seen[dir] {
			t.Errorf("the layout table has a row for %s, which is not there", dir)
		}
	}
}

// refuse says why a directory may not import something, or nothing. Tests obey
// the same rows for our own packages, but may see what lies below their directory; the
// standard library is open to them.
func refuse(dir string, row floor, imp string, test bool) string {
	in := func(list, name string) bool { return list == "*" || slices.Contains(strings.Fields(list), name) }
	if imp == "fengsui" || strings.HasPrefix(imp, "fengsui/") {
		name := strings.TrimPrefix(imp, "fengsui/")
		if name == dir || in(row.own, name) || test && (imp == "fengsui" || name == "adapter/adaptertest" || name == "store/storetest" || strings.HasPrefix(name, dir+"/")) {
			return ""
		}
		return "our own packages it may import are: " + row.own
	}
	if first, _, _ := strings.Cut(imp, "/"); strings.Contains(first, ".") {
		for _, m := range strings.Fields(row.modules) {
			if m == "*" || imp == m || strings.HasPrefix(imp, m+"/") {
				return ""
			}
		}
		return "third-party modules it may import are: " + row.modules
	}
	for _, g := range strings.Fields(guarded) {
		if (imp == g || strings.HasPrefix(imp, g+"/")) && imp != "net/url" && imp != "log/slog" && !test {
			for _, ok := range strings.Fields(row.std) {
				if imp == ok || strings.HasPrefix(imp, ok+"/") {
					return ""
				}
			}
			return "guarded packages of the standard library it may import are: " + row.std
		}
	}
	return ""
}
