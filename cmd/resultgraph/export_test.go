package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// An export is imported into an empty store of either database, and into no other. Exports of both are equal.
func TestExportCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "manifest.jsonl"), `{"type":"account","canvas_guid":"guid","base_url":"https://canvas.example.edu","name":"School"}`)
	do := func(code int, want string, args ...string) {
		t.Helper()
		var out bytes.Buffer
		err := run(t.Context(), args, emptyEnvironment, &out, &out)
		if err != nil {
			out.WriteString(err.Error())
		}
		if exitCode(err) != code || !strings.Contains(out.String(), want) {
			t.Fatalf("%q exits with %d and %s, want %d and %q", args, exitCode(err), out.String(), code, want)
		}
	}
	data, other, folder := filepath.Join(dir, "data"), filepath.Join(dir, "other"), filepath.Join(dir, "export")
	location := dbtest.MigratedPostgres(t)
	do(0, "", "import", dir, "--data", data)
	do(0, "Exported 4 lines", "export", folder, "--data", data)
	do(0, "account", "import", folder, "--data", other, "--database", location)
	do(0, "Exported 4 lines", "export", folder+" 2", "--data", other, "--database", location)
	if first, second := readFile(t, folder), readFile(t, folder+" 2"); first != second {
		t.Errorf("the exports are\n%s\nand\n%s", first, second)
	}
	do(1, "only into an empty store", "import", folder, "--data", data)
	do(1, "is not the folder of an export", "export", dir, "--data", data)
	do(2, "<dir>", "export", "--data", data)
}

// readFile returns the manifest of a folder.
func readFile(t *testing.T, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Only an import opens a store that has a part of an export.
func TestPartOfExport(t *testing.T) {
	t.Parallel()
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := dbtest.Open(t, location)
		if err := s.BeginExportImport(t.Context(), "export"); err != nil {
			t.Fatal(err)
		}
		dbtest.NewFixture(t, s)
		for _, args := range [][]string{{"serve"}, {"apikey", "list"}, {"export", t.TempDir()}} {
			var out bytes.Buffer
			err := run(t.Context(), append(args, "--data", t.TempDir(), "--database", location), emptyEnvironment, &out, &out)
			if exitCode(err) != exitFailed || !strings.Contains(err.Error(), "was interrupted: run “resultgraph import”") {
				t.Errorf("%q = %v, want a message about the import", args, err)
			}
		}
		if err := s.EndExportImport(t.Context()); err != nil {
			t.Fatal(err)
		}
		if is, err := s.IsPartOfExport(t.Context()); is || err != nil {
			t.Errorf("IsPartOfExport = %v, %v after the end", is, err)
		}
	})
}
