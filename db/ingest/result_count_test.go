package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/migrations"
)

// After any writes the kept counts are those that a new migration would count.
func TestCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		random := rand.New(rand.NewPCG(1, 2))
		for range 5 {
			for range 8 {
				fx.UpsertResults(t, s, randomItems(random, fx)...)
			}
			kept := loadCounts(t, s)
			runMigration(t, s, "down")
			runMigration(t, s, "up")
			if counted := loadCounts(t, s); kept != counted {
				t.Fatalf("kept counts:\n%s\ncounted:\n%s", kept, counted)
			}
		}
		if n := strings.Count(loadCounts(t, s), "\n"); n < 8 {
			t.Errorf("the store has only %d counts", n)
		}
	})
}

// randomItems returns a batch of up to four results, each with some of the steps of two recipes.
func randomItems(random *rand.Rand, fx *dbtest.Fixture) (items []*ingest.ResultItem) {
	for i := range 1 + random.IntN(4) {
		item := dbtest.Result(fx.PublishedAssignment, []*db.User{fx.Anna, fx.Bob, fx.Carl, fx.Teacher}[i], 1+random.IntN(4))
		if random.IntN(3) == 0 {
			item.Result.AssignmentID = fx.UnpublishedAssignment.MomotorID
		}
		recipe := random.IntN(2)
		item.Steps = slices.DeleteFunc(item.Steps, func(st *db.Step) bool {
			st.TaskID, st.Position = fmt.Sprint(st.TaskID, recipe), st.Position+recipe
			return random.IntN(3) == 0
		})
		items = append(items, item)
	}
	return items
}

// loadCounts returns the kept counts, with a line for each row that is not 0.
func loadCounts(t *testing.T, s *db.Store) string {
	t.Helper()
	var lines []string
	err := s.DB().NewRaw(`SELECT CAST(assignment_id AS text) || ': ' || total || ' results, ' || latest || ' latest' AS line FROM result_count
		UNION ALL SELECT assignment_id || ': task ' || position || ' ' || task || ' ' || task_id || ' in ' || latest FROM task_count WHERE latest <> 0
		ORDER BY line`).Scan(t.Context(), &lines)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n") + "\n"
}

// runMigration runs the migration that creates the counts.
func runMigration(t *testing.T, s *db.Store, direction string) {
	t.Helper()
	files, folder := migrations.SQLite, "sqlite"
	if s.IsPostgres() {
		files, folder = migrations.Postgres, "postgres"
	}
	sql, err := files.ReadFile(folder + "/20261129000011_result_count.tx." + direction + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, s, string(sql))
}
