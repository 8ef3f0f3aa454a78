package rest

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/demo"
)

// The document is generated from the routes, their operations, the schema, the contract and the
// demo data. The flag -update writes it.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	m := &openAPIBuilder{
		t: t, operations: newAPI(t).operations, schema: exec.NewExecutableSchema(exec.Config{}).Schema(), fetch: newDemoClient(t),
	}
	text, err := m.document().indented()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, want := strings.Split(string(openAPIDocument), "\n"), strings.Split(string(text), "\n")
	for i, line := range want {
		if i >= len(got) || got[i] != line {
			t.Fatalf("openapi.json:%d is not current, want %q: run make generate", i+1, line)
		}
	}
	if len(got) > len(want) {
		t.Errorf("openapi.json has lines after %d: run make generate", len(want))
	}
}

// newDemoClient serves a small demo and returns a function that requests a documented path from it.
func newDemoClient(t *testing.T) func(path, accept string) string {
	t.Helper()
	folder, s := t.TempDir(), openStore(t)
	var archive bytes.Buffer
	if err := demo.WriteZip(t.Context(), &archive, demo.Options{Seed: 1, Results: 300}); err != nil {
		t.Fatal(err)
	}
	files, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(folder, files); err != nil {
		t.Fatal(err)
	}
	server := serveRecordedData(t, s, folder)
	key := createKeyForAllCourses(t, s)
	return func(path, accept string) string {
		t.Helper()
		rt := route{path: path}
		path = basePath + examplePath(path)
		raw := rawRequest("GET", path, key, "Accept: "+accept)
		if rt.personOnly() {
			raw = rawRequest("GET", path, "", sessionHeaders(server.token)...)
		}
		got := sendRaw(t, server.address(), "GET", raw)
		if got.status != 200 {
			t.Fatalf("GET %s = %d %s", path, got.status, got.text)
		}
		return strings.ReplaceAll(got.text, "http://lti.example.edu/", "https://resultgraph.example/")
	}
}

// createKeyForAllCourses creates a key for every course of a store.
func createKeyForAllCourses(t *testing.T, s *db.Store) string {
	t.Helper()
	key, err := access.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	courses, err := s.ListCourseIDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	item := &db.APIKeyItem{Courses: courses, Key: db.APIKey{
		Prefix: key.Prefix(), HashedKey: key.Hash(), Name: "test", CreatedAt: noon,
	}}
	if err := s.CreateAPIKey(t.Context(), item); err != nil {
		t.Fatal(err)
	}
	return key.Reveal()
}
