package exporter_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/transfer"
)

// carried says which part of an export has the rows of a table. The tables of package transfer have lines of
// their own.
var carried = map[string]string{
	"account": "type account", "course": "type course", "section": "type section", "user": "type user", "enrollment": "type enrollment",
	"assignment": "type assignment", "api_key": "type api_key", "api_key_course": "field courses of api_key",
	"result": "type result", "result_member": "field group of result", "step": "field steps of result",
}

// leftOut says why an export does not have the rows of a table.
var leftOut = map[string]string{
	"result_count":       "counted by the import",
	"task_count":         "counted by the import",
	"canvas_access":      "tokens are sealed with a key that is not in the store; check names the accounts without a token",
	"session":            "people sign in again",
	"lti_key":            "sealed; a new key is created when it is needed",
	"store":              "the new store has an id of its own, and its files no history",
	"released_blob":      "an export has only files that bundles refer to",
	"worker_instance":    "the instances of the old store",
	"migration":          "the schema of the new store",
	"migration_lock":     "the schema of the new store",
	"river_migration":    "the schema of the new store",
	"river_leader":       "the instances of the old store",
	"river_client":       "not used by River yet",
	"river_queue":        "the instances of the old store",
	"river_notification": "messages between the instances of the old store",
	"river_client_queue": "not used by River yet",
}

// tables returns the columns of all tables of a store, by table.
func tables(t testing.TB, s *db.Store) map[string][]string {
	t.Helper()
	catalog := `SELECT tbl.name AS "table", col.name AS "column" FROM sqlite_schema AS tbl JOIN pragma_table_info(tbl.name) AS col
		WHERE tbl.type = 'table' AND tbl.name NOT LIKE 'sqlite_%'`
	if s.IsPostgres() {
		catalog = `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns WHERE table_schema = 'public'`
	}
	var rows []struct{ Table, Column string }
	if err := s.DB().NewRaw(catalog).Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, r := range rows {
		columns[r.Table] = append(columns[r.Table], r.Column)
	}
	if len(columns) < 30 {
		t.Fatalf("the store has %d tables", len(columns))
	}
	return columns
}

// carriedTables returns the tables whose rows an export has.
func carriedTables() (names []string) {
	for name := range carried {
		names = append(names, name)
	}
	for _, table := range transfer.Tables() {
		names = append(names, table.Name)
	}
	slices.Sort(names)
	return names
}

// Every table of the schema is in the export, or has a reason why not.
func TestEveryTableIsExported(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		known := carriedTables()
		if len(slices.Compact(slices.Clone(known))) != len(known) {
			t.Errorf("a table is carried twice: %q", known)
		}
		for name := range tables(t, s) {
			isCarried, reason := slices.Contains(known, name), leftOut[name]
			if isCarried == (reason != "") {
				t.Errorf("the table %s is neither or both in the export and left out: add it to package transfer, or to leftOut with the reason", name)
			}
		}
	})
}

// rows returns the rows of tables as text, in the notation of the database.
func rows(t testing.TB, s *db.Store, tables []string) (lines []string) {
	t.Helper()
	for _, table := range tables {
		found, err := s.SQL().QueryContext(t.Context(), fmt.Sprintf(`SELECT * FROM %q`, table))
		if err != nil {
			t.Fatal(err)
		}
		defer found.Close()
		columns, _ := found.Columns()
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for found.Next() {
			if err := found.Scan(into...); err != nil {
				t.Fatal(err)
			}
			line := table
			for i, v := range values {
				line += fmt.Sprintf(" %s=%q", columns[i], fmt.Sprint(v))
			}
			lines = append(lines, line)
		}
		if err := found.Err(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(lines)
	return lines
}

// The store of the tests has a value in every column that an export must carry, so that a column that is
// forgotten makes TestRoundTrip fail.
func TestFilledSiteHasAllColumns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		newFilledSite(t, s)
		columns := tables(t, s)
		for _, table := range carriedTables() {
			for _, column := range columns[table] {
				var n int
				err := s.DB().NewRaw(fmt.Sprintf("SELECT count(%q) FROM %q", column, table)).Scan(t.Context(), &n)
				if err != nil || n == 0 {
					t.Errorf("no row of %s has a value in %s (%v): add one to fillEmptyColumns", table, column, err)
				}
			}
		}
	})
}

// difference describes the first difference of two lists.
func difference(got, want []string) string {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return fmt.Sprintf("%d and %d lines; line %d is\n%s\nwant\n%s", len(got), len(want), i,
				strings.Join(got[min(i, len(got)):min(i+1, len(got))], ""), strings.Join(want[min(i, len(want)):min(i+1, len(want))], ""))
		}
	}
	return ""
}
