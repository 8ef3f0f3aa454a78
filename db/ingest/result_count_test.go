package ingest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/migrations"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
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

// Writers of the same assignments do not disturb each other's counts.
func TestCountsOfConcurrentWriters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		var writers sync.WaitGroup
		for writer := range uint64(4) {
			writers.Go(func() {
				random := rand.New(rand.NewPCG(3, writer))
				for range 10 {
					if _, err := ingest.UpsertResults(t.Context(), s, randomItems(random, fx), dbtest.Noon); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		kept := loadCounts(t, s)
		runMigration(t, s, "down")
		runMigration(t, s, "up")
		if counted := loadCounts(t, s); kept != counted {
			t.Errorf("kept counts:\n%s\ncounted:\n%s", kept, counted)
		}
	})
}

// Every caller gets the number of the results that the caller sees, and the tasks of their steps.
func TestCountsAreThoseOfVisibleRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		random := rand.New(rand.NewPCG(4, 5))
		callers := map[string]query.Scope{
			"system": query.SystemScope(), "reviewer": fx.Reviewer(), "reviewer of no course": dbtest.Scope(0),
			"learner": dbtest.Scope(fx.Anna.MomotorID, access.Grant{CourseID: fx.Course.MomotorID, Roles: access.Student}),
		}
		for range 10 {
			items := randomItems(random, fx)
			for _, item := range items {
				item.Result.Secret, item.Result.HasError = new(random.IntN(3) == 0), new(random.IntN(3) == 0)
				for _, st := range item.Steps {
					st.Secret, st.Hidden = new(random.IntN(3) == 0), random.IntN(3) == 0
				}
			}
			fx.UpsertResults(t, s, items...)
			_, err := s.DB().NewRaw("UPDATE assignment SET published = NOT published").Exec(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for name, sc := range callers {
				compareCounts(t, s, name, sc, fx.PublishedAssignment)
			}
		}
	})
}

// compareCounts compares the counts of a caller with the rows of the caller.
func compareCounts(t *testing.T, s *db.Store, caller string, sc query.Scope, of *db.Assignment) {
	t.Helper()
	course, assignment := query.Key{of.CourseID}, query.Key{of.CourseID, of.MomotorID, of.CanvasID}
	for _, filter := range []*db.ResultFilter{nil, {Latest: new(true)}, {Latest: new(false)}} {
		p := query.Params{Filter: filter.Clauses(sc)}
		for edge, key := range map[*query.Edge[db.Result]]query.Key{&db.CourseResults: course, &db.AssignmentResults: assignment} {
			counts, err := edge.Count(t.Context(), s.DB(), sc, []query.Key{key}, p)
			if err != nil {
				t.Fatal(err)
			}
			if rows := load(t, s, edge, sc, key, p); counts[0] != int64(len(rows)) {
				t.Errorf("%s: the count of %s is %d, want %d", caller, edge.Path, counts[0], len(rows))
			}
		}
	}
	want := map[string]bool{}
	for _, r := range load(t, s, &db.AssignmentResults, sc, assignment, query.Params{Filter: (&db.ResultFilter{Latest: new(true)}).Clauses(sc)}) {
		for _, st := range load(t, s, &db.ResultSteps, sc, query.Key{r.CourseID, r.MomotorID}, query.Params{}) {
			want[st.TaskID] = true
		}
	}
	for _, a := range load(t, s, &db.AssignmentByID, sc, query.Key{of.CourseID, of.MomotorID}, query.Params{Columns: []string{"task_ids"}}) {
		got := slices.Sorted(slices.Values(a.TaskIDs))
		if !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
			t.Errorf("%s: the tasks are %q, want those of %v", caller, got, want)
		}
	}
}

func load[T any](t *testing.T, s *db.Store, edge *query.Edge[T], sc query.Scope, key query.Key, p query.Params) []*T {
	t.Helper()
	rows, err := edge.Load(t.Context(), s.DB(), sc, []query.Key{key}, p)
	if err != nil {
		t.Fatal(err)
	}
	return rows[0]
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
