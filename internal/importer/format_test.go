package importer

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
)

// importedFields returns the names of the fields that the importer reads: the literals in
// calls of required and optional.
func importedFields(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			function, _ := call.Fun.(*ast.Ident)
			literal, ok := call.Args[1].(*ast.BasicLit)
			if ok && function != nil && (function.Name == "required" || function.Name == "optional") {
				field, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, field)
			}
			return true
		})
	}
	if len(names) < 40 {
		t.Fatalf("the importer reads %d fields, want at least 40", len(names))
	}
	return names
}

// docs/import.md names every field that the importer reads, and no others.
func TestFormatPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, match := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, match[1])
	}
	fields := importedFields(t)
	for _, name := range fields {
		if !slices.Contains(listed, name) {
			t.Errorf("docs/import.md lacks the field %s", name)
		}
	}
	others := append([]string{"type", "full", "created_at", "sha256"}, lineTypes()...) // types, values and columns
	for _, name := range listed {
		if !slices.Contains(fields, name) && !slices.Contains(others, name) {
			t.Errorf("docs/import.md names %s, which the importer does not read", name)
		}
	}
}

// notImported are the columns that no field of the import format sets by its name, with the
// reason.
var notImported = map[string]string{
	"account_id":    "from the reference to the account",
	"course_id":     "from the reference to the course",
	"section_id":    "from the reference to the section",
	"assignment_id": "from the reference to the assignment",
	"user_id":       "from the reference to the user",
	"result_id":     "from the line of the result",

	"Step.position": "the position in the list of steps",
	"Step.task":     "the position in the list of tasks",
	"Step.task_id":  "the field id",
}

// Every column of an imported table is a field of the import format, or has a reason why not.
func TestEveryColumnIsImported(t *testing.T) {
	t.Parallel()
	fields := importedFields(t)
	for _, row := range []any{db.Account{}, db.Course{}, db.Section{}, db.User{}, db.Enrollment{}, db.Assignment{}, db.Result{}, db.Step{}} {
		table := reflect.TypeOf(row)
		for _, f := range reflect.VisibleFields(table) {
			column, options, _ := strings.Cut(f.Tag.Get("bun"), ",")
			if column == "" || column == "-" || strings.HasPrefix(column, "table:") || strings.Contains(options, "scanonly") || slices.Contains(fields, column) {
				continue
			}
			if notImported[column] == "" && notImported[table.Name()+"."+column] == "" {
				t.Errorf("column %s.%s is not imported: read it in the importer, or name it in notImported with the reason", table.Name(), column)
			}
		}
	}
}
