package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file")

// TestOpenAPI keeps openapi.json what the routes say: the console's typed client
// is generated from it.
func TestOpenAPI(t *testing.T) {
	a := New(Config{})
	got, err := json.MarshalIndent(a.huma.OpenAPI(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("openapi.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("openapi.json is not what the routes say: run go test ./api -run TestOpenAPI -update")
	}
}
