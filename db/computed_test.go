package db_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

var update = flag.Bool("update", false, "write testdata/computed_columns.txt from the values that PostgreSQL computes")

const recordedColumns = "testdata/computed_columns.txt"

// A rowReader reads the rows of one row type of a fixture, with all their columns.
type rowReader struct {
	name string
	read func(t *testing.T, s *db.Store, sc query.Scope, f *columnFixture) columnValues
	// computed has the columns with an expression; the value tells whether the column can be null.
	computed map[string]bool
}

// columnValues are the values of the rows of one type by column.
type columnValues map[string][]string

// rowReaders has a reader for each row type.
var rowReaders = []rowReader{
	newRowReader(db.Accounts, func(*columnFixture) []query.Key { return []query.Key{{}} }),
	newRowReader(db.AccountCourses, func(f *columnFixture) []query.Key { return []query.Key{{f.Account.MomotorID}} }),
	newRowReader(db.CourseSections, (*columnFixture).courses),
	newRowReader(db.EnrolledUsers, (*columnFixture).courses),
	newRowReader(db.CourseAssignments, (*columnFixture).courses),
	newRowReader(db.CourseResults, (*columnFixture).courses),
	newRowReader(db.CoursePreferences, (*columnFixture).courses),
	newRowReader(db.CourseJobs, (*columnFixture).courses),
	newRowReader(db.ResultMembers, (*columnFixture).results),
	newRowReader(db.ResultSteps, (*columnFixture).results),
	newRowReader(db.ResultBundles, (*columnFixture).results),
	newRowReader(db.AssignmentUploads, func(f *columnFixture) []query.Key {
		return []query.Key{{f.Course.MomotorID, f.PublishedAssignment.MomotorID}, {f.Course.MomotorID, f.UnpublishedAssignment.MomotorID}}
	}),
	newRowReader(db.UploadOutcomes, func(f *columnFixture) []query.Key { return []query.Key{{f.Course.MomotorID, f.uploadID}} }),
}

// newRowReader returns the reader of the rows of an edge. The function keys returns the parents.
func newRowReader[T any](edge query.Edge[T], keys func(*columnFixture) []query.Key) rowReader {
	computed := map[string]bool{}
	for column, field := range columnsOf(reflect.TypeFor[T]()) {
		for _, sc := range append(slices.Collect(maps.Values(callerScopes(1, 1, 2))), query.SystemScope()) {
			record := any(new(T)).(query.Record)
			if record.ColumnExpr(column, sc, false).SQL != "" || record.ColumnExpr(column, sc, true).SQL != "" {
				computed[column] = field.Type.Kind() == reflect.Pointer
			}
		}
	}
	read := func(t *testing.T, s *db.Store, sc query.Scope, f *columnFixture) columnValues {
		t.Helper()
		byParent, err := edge.Load(t.Context(), s.DB(), sc, keys(f), query.Params{})
		if err != nil {
			t.Fatal(err)
		}
		values := columnValues{}
		for _, row := range slices.Concat(byParent...) {
			for column, field := range columnsOf(reflect.TypeFor[T]()) {
				if column == "sequence_id" { // SQLite's triggers raise the source of these numbers more often
					continue
				}
				values[column] = append(values[column], formatValue(t, reflect.ValueOf(row).Elem().FieldByIndex(field.Index)))
			}
		}
		return values
	}
	return rowReader{reflect.TypeFor[T]().Name(), read, computed}
}

// columnsOf returns the fields of a row type by column.
func columnsOf(row reflect.Type) map[string]reflect.StructField {
	columns := map[string]reflect.StructField{}
	for _, field := range reflect.VisibleFields(row) {
		if name, _, _ := strings.Cut(field.Tag.Get("bun"), ","); len(field.Index) == 1 && name != "" && !field.Anonymous {
			columns[name] = field
		}
	}
	return columns
}

func formatValue(t *testing.T, v reflect.Value) string {
	t.Helper()
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if at, ok := v.Interface().(time.Time); ok {
		return at.UTC().Format(time.RFC3339Nano)
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// callerScopes returns scopes in which the values or rows differ, by the kind of the caller.
func callerScopes(student, course, otherCourse int64) map[string]query.Scope {
	both := func(roles access.Roles) query.Scope {
		return dbtest.Scope(student, access.Grant{CourseID: course, Roles: roles}, access.Grant{CourseID: otherCourse, Roles: roles})
	}
	return map[string]query.Scope{"reviewer": both(access.TA), "designer": both(access.Designer), "student": both(access.Student)}
}

// readColumns fills an empty store and returns the values of all columns of all row types, by a
// name such as "Result.score for a student".
func readColumns(t *testing.T, s *db.Store) columnValues {
	t.Helper()
	f := newColumnFixture(t, s)
	scopes := callerScopes(f.Anna.MomotorID, f.Course.MomotorID, f.OtherCourse.MomotorID)
	scopes["system"] = query.SystemScope()
	all := columnValues{}
	for _, reader := range rowReaders {
		for caller, sc := range scopes {
			for column, values := range reader.read(t, s, sc, f) {
				all[reader.name+"."+column+" for "+caller] = values
			}
		}
	}
	return all
}

// computedColumns returns the columns with an expression, such as "Result.score". The value tells
// whether the column can be null.
func computedColumns() map[string]bool {
	all := map[string]bool{}
	for _, reader := range rowReaders {
		for column, nullable := range reader.computed {
			all[reader.name+"."+column] = nullable
		}
	}
	return all
}

// SQLite and PostgreSQL compute the same values from the same rows. If PostgreSQL is not installed,
// the values of SQLite are compared with the values of PostgreSQL that are recorded in testdata.
func TestComputedColumns(t *testing.T) {
	t.Parallel()
	sqlite := readColumns(t, dbtest.NewSQLite(t))
	t.Run("postgres", func(t *testing.T) {
		postgres := readColumns(t, dbtest.NewPostgres(t))
		if *update {
			writeRecordedLines(t, postgres)
		}
		for _, name := range slices.Sorted(maps.Keys(postgres)) {
			if !slices.Equal(sqlite[name], postgres[name]) {
				t.Errorf("%s:\n\tSQLite     %v\n\tPostgreSQL %v", name, sqlite[name], postgres[name])
			}
		}
		if len(sqlite) != len(postgres) {
			t.Errorf("SQLite has rows for %d columns, PostgreSQL for %d", len(sqlite), len(postgres))
		}
	})
	t.Run("recorded", func(t *testing.T) {
		want := readRecordedLines(t)
		for name, line := range recordedLines(sqlite) {
			if _, ok := want[name]; !ok {
				t.Errorf("%s has no line in db/%s: run go test ./db -run TestComputedColumns -update with PostgreSQL installed", name, recordedColumns)
			} else if line != want[name] {
				t.Errorf("%s on SQLite:\n\tgot  %s\n\twant %s", name, line, want[name])
			}
			delete(want, name)
		}
		for name := range want {
			t.Errorf("db/%s has a line for %s, which has no rows", recordedColumns, name)
		}
	})
	t.Run("varied values", func(t *testing.T) { requireVariedValues(t, sqlite) })
}

// requireVariedValues fails for a computed column that has fewer than two different values, or that
// is never null although it can be. Such rows could hide a difference between the databases.
func requireVariedValues(t *testing.T, all columnValues) {
	t.Helper()
	for column, nullable := range computedColumns() {
		distinct := map[string]bool{}
		for name, values := range all {
			if strings.HasPrefix(name, column+" for ") {
				for _, v := range values {
					distinct[v] = true
				}
			}
		}
		null := distinct["null"]
		if delete(distinct, "null"); len(distinct) < 2 {
			t.Errorf("%s has fewer than two different values: add rows to newColumnFixture", column)
		}
		if nullable && !null {
			t.Errorf("%s is never null: add a row to newColumnFixture", column)
		}
	}
}

// recordedLines returns the values of the computed columns, one line each.
func recordedLines(all columnValues) map[string]string {
	computed, lines := computedColumns(), map[string]string{}
	for name, values := range all {
		column, _, _ := strings.Cut(name, " for ")
		if _, ok := computed[column]; ok {
			lines[name] = strings.Join(values, " ")
		}
	}
	return lines
}

func writeRecordedLines(t *testing.T, all columnValues) {
	t.Helper()
	lines := recordedLines(all)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&text, "%s: %s\n", name, lines[name])
	}
	if err := os.WriteFile(recordedColumns, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readRecordedLines(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(recordedColumns)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, values, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		lines[name] = values
	}
	return lines
}

// SQLite and PostgreSQL compute the exact difference of two times, to the microsecond.
func TestSecondsBetween(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := newColumnFixture(t, s)
		got := make(map[int64]*float64)
		var rows []struct {
			ID      int64    `bun:"id"`
			Seconds *float64 `bun:"seconds"`
		}
		err := s.DB().NewRaw("SELECT res.id, ? AS seconds FROM result AS res", query.SecondsBetween("res.started_at", "res.processed_at")).Scan(t.Context(), &rows)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			got[row.ID] = row.Seconds
		}
		for i, p := range periods() {
			var want *float64
			if p.start != nil && p.end != nil {
				want = new(float64(p.end.Sub(*p.start).Microseconds()) / 1e6)
			}
			if seconds := got[f.items[i].Result.MomotorID]; !query.EqualValues(seconds, want) {
				t.Errorf("from %s to %s: %s seconds, want %s", formatPointer(p.start), formatPointer(p.end), formatPointer(seconds), formatPointer(want))
			}
		}
	})
}

// figureRows are the row types with figures about several rows, which package graph compares with naive figures.
var figureRows = []string{"ResultGroupKeyValue", "StepStats"}

// Each row type has a reader in rowReaders, so that TestComputedColumns compares its columns.
func TestEveryRowTypeHasReader(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			method, ok := d.(*ast.FuncDecl)
			if !ok || method.Name.Name != "ColumnExpr" || method.Recv == nil {
				continue
			}
			name := method.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
			if slices.Contains(figureRows, name) {
				continue
			}
			if !slices.ContainsFunc(rowReaders, func(r rowReader) bool { return r.name == name }) {
				t.Errorf("row type %s has no reader in rowReaders, so that nothing compares its columns", name)
			}
		}
	}
}
