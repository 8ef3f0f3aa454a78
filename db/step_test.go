package db_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/migrations"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/bundle"
)

// The migration gives existing steps the step ids that an import without a recipe gives them.
func TestMigrationOfStepIDs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
		item.Steps = nil
		for i, id := range []string{"run.0", "run.1.12", "lab1", "a.b", ".0", "..1", "x.", "x.1a", "1.2.3", "a.0.b.1", "0", ".1.2"} {
			item.Steps = append(item.Steps, &db.Step{Position: i, TaskID: id, StepID: "old"})
		}
		fx.UpsertResults(t, s, item)
		var files fs.FS = migrations.SQLite
		name := "sqlite/20261128000002_step.tx.up.sql"
		if s.IsPostgres() {
			files, name = migrations.Postgres, "postgres/20261128000002_step.tx.up.sql"
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, strings.Split(string(text), "--bun:split")[1])
		key := query.Key{item.Result.CourseID, item.Result.MomotorID}
		steps, err := db.ResultSteps.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{key}, query.Params{})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps[0] {
			if want := bundle.StepID(step.TaskID); step.StepID != want {
				t.Errorf("the step id of task %q is %q, want %q", step.TaskID, step.StepID, want)
			}
		}
		if len(steps[0]) != len(item.Steps) {
			t.Errorf("the result has %d steps, want %d", len(steps[0]), len(item.Steps))
		}
	})
}
