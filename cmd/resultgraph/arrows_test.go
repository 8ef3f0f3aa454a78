package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/momotor/resultgraph/"

// arrows says which of our packages each of them may import: the drawing in
// ARCHITECTURE.md. What is not listed imports none of ours.
var arrows = map[string][]string{
	"cmd/resultgraph": {
		"db", "graph", "graph/exec", "rest", "web", "internal/access", "internal/blob", "internal/bundle", "internal/canvas",
		"internal/demo", "internal/engine", "internal/importer", "internal/jobs", "internal/seal",
	},
	"rest":           {"internal/access", "internal/rowcodec", "internal/fault", "internal/form", "internal/bundle", "internal/blob"},
	"graph":          {"db", "db/change", "db/query", "graph/exec", "graph/fastpath", "graph/scalar", "internal/access", "internal/blob", "internal/bundle", "internal/fault", "internal/form", "internal/jobs"},
	"graph/fastpath": {"db", "db/query", "graph/scalar", "internal/rowcodec"},
	"graph/exec":     {"db", "db/change", "db/query", "graph/scalar"},
	"graph/scalar":   {"db", "internal/fault"},
	"db/query":       {"internal/access", "internal/fault"},
	"db":             {"db/migrations", "db/query", "internal/access", "internal/fault"},
	"db/ingest":      {"db", "db/query", "internal/fault"},
	"db/change":      {"db", "db/ingest", "db/query", "internal/fault"},
	"db/dbtest":      {"db", "db/change", "db/ingest", "db/query", "internal/access"},
	"internal/jobs": {
		"db", "db/change", "db/ingest", "internal/blob", "internal/bundle", "internal/canvas", "internal/engine", "internal/fault", "internal/importer", "internal/seal",
	},
	"internal/engine":            {"internal/engine/brokerpb"},
	"internal/engine/enginetest": {"internal/engine/brokerpb"},
	"internal/importer": {
		"db", "db/ingest", "internal/access", "internal/blob", "internal/bundle", "internal/fault",
	},
}

// The arrows between the packages point as ARCHITECTURE.md draws them. Tests may import
// what they like.
func TestArrows(t *testing.T) {
	root := os.DirFS("../..")
	seen := 0
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "node_modules" || d.Name() == "testdata"):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		seen++
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if ours, ok := strings.CutPrefix(imported, module); ok && !slices.Contains(arrows[path.Dir(name)], ours) {
				t.Errorf("%s imports %s: there is no arrow from %s to it", name, ours, path.Dir(name))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Errorf("only %d files were looked at", seen)
	}
}
