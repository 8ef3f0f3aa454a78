package db_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/migrations"
)

// A rowStruct is a struct for the rows of a table.
type rowStruct struct {
	name, table string
	columns     []string // without computed columns
}

// rowStructs returns the structs of db and its packages that are bound to a table.
func rowStructs(t *testing.T) (structs []rowStruct) {
	t.Helper()
	for _, pattern := range []string{"*.go", "*/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			ast.Inspect(parseFile(t, path), func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok {
					if body, ok := spec.Type.(*ast.StructType); ok {
						structs = append(structs, rowStructOf(spec.Name.Name, body))
					}
				}
				return true
			})
		}
	}
	// The columns of a job are computed from the columns of River's table.
	return slices.DeleteFunc(structs, func(s rowStruct) bool { return s.table == "" || s.table == "river_job" })
}

func parseFile(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func rowStructOf(name string, body *ast.StructType) rowStruct {
	s := rowStruct{name: name}
	for _, field := range body.Fields.List {
		if field.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(field.Tag.Value)
		column, options, _ := strings.Cut(reflect.StructTag(tag).Get("bun"), ",")
		if table, ok := strings.CutPrefix(column, "table:"); ok {
			s.table = table
		} else if column != "" && column != "-" && !strings.Contains(options, "scanonly") {
			s.columns = append(s.columns, column)
		}
	}
	return s
}

// The migrations of each database create all columns of the structs.
func TestColumnsHaveMigrations(t *testing.T) {
	structs := rowStructs(t)
	if len(structs) < 12 {
		t.Fatalf("only %d structs are bound to a table", len(structs))
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		folder, columnNames := "sqlite", "SELECT name FROM pragma_table_info(?)"
		if s.IsPostgres() {
			folder, columnNames = "postgres", "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?"
		}
		for _, row := range structs {
			var stored []string
			if err := s.DB().NewRaw(columnNames, row.table).Scan(t.Context(), &stored); err != nil {
				t.Fatal(err)
			}
			for _, column := range row.columns {
				if !slices.Contains(stored, column) {
					t.Errorf("table %s has no column %s, which the struct %s has: add it in a migration in db/migrations/%s", row.table, column, row.name, folder)
				}
			}
		}
	})
}

// SQLite and PostgreSQL have the same migrations, and each migration can be reverted.
func TestMigrationsArePaired(t *testing.T) {
	t.Parallel()
	fileNames := func(folder string, files fs.FS) []string {
		names, err := fs.Glob(files, folder+"/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			names[i] = filepath.Base(name)
		}
		return names
	}
	sqlite, postgres := fileNames("sqlite", migrations.SQLite), fileNames("postgres", migrations.Postgres)
	requireFiles := func(folder string, have, want []string) {
		for _, name := range want {
			if !slices.Contains(have, name) {
				t.Errorf("db/migrations/%s has no file %s", folder, name)
			}
		}
	}
	requireFiles("sqlite", sqlite, postgres)
	requireFiles("postgres", postgres, sqlite)
	for _, up := range sqlite {
		if name, ok := strings.CutSuffix(up, ".up.sql"); ok && !slices.Contains(sqlite, name+".down.sql") {
			t.Errorf("db/migrations has no %s.down.sql, which reverts %s", name, up)
		}
	}
}

// edgesWithoutHotPlan are the edges to large tables without a plan in hotPlans, with the reason.
var edgesWithoutHotPlan = map[string]string{
	"ResultByID":       "finds rows by their primary key",
	"StepByID":         "finds rows by their primary key",
	"BundleByID":       "finds rows by their primary key",
	"AssignmentRecipe": "finds rows by their primary key",
	"AssignmentConfig": "finds rows by their primary key",
	"ResultMembers":    "finds rows by a prefix of their primary key",
}

// Every edge to a large table has a plan in hotPlans, which TestHotPlansOfPostgreSQL and TestHotPlansOfSQLite check.
func TestEdgesToLargeTablesHaveHotPlans(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("index_test.go")
	if err != nil {
		t.Fatal(err)
	}
	edges := map[string]bool{}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		for _, d := range parseFile(t, path).Decls {
			if decl, ok := d.(*ast.GenDecl); ok && decl.Tok == token.VAR && !strings.HasSuffix(path, "_test.go") {
				addLargeEdges(edges, decl)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(edges)) {
		if hasHotPlan := strings.Contains(string(text), "read(&db."+name+","); hasHotPlan == (edgesWithoutHotPlan[name] != "") {
			t.Errorf("edge %s leads to a large table: add a plan to hotPlans in db/index_test.go, or name the edge in edgesWithoutHotPlan with the reason", name)
		}
	}
	if len(edges) < 8 {
		t.Errorf("only %d edges lead to large tables", len(edges))
	}
}

// addLargeEdges adds the edges to large tables that a declaration defines.
func addLargeEdges(edges map[string]bool, decl *ast.GenDecl) {
	for _, s := range decl.Specs {
		spec := s.(*ast.ValueSpec)
		for i, value := range spec.Values {
			literal, ok := value.(*ast.CompositeLit)
			if !ok {
				continue
			}
			edge, ok := literal.Type.(*ast.IndexExpr)
			if !ok {
				continue
			}
			row, _ := edge.Index.(*ast.Ident)
			if row != nil && slices.Contains([]string{"Result", "Step", "Bundle", "Member"}, row.Name) {
				edges[spec.Names[i].Name] = true
			}
		}
	}
}
