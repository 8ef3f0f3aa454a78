package change_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

var (
	// outcomeColumns are the columns of a result that come from its results bundle.
	outcomeColumns = []string{"accepted", "has_error", "secret", "score", "score_reviewer", "label", "summary"}
	// runColumns are the columns that describe the processing. The columns that are neither in
	// outcomeColumns nor in runColumns describe the submission, and processing does not change them.
	runColumns = []string{"state", "progress", "queued_at", "started_at", "processed_at", "revision", "sequence_id", "is_latest"}
	// requeuedColumns are the columns of the outcome that are not null after a result was queued
	// again: a secret result stays secret, and the label names the state.
	requeuedColumns = []string{"secret", "label"}
)

// Processing stores the whole outcome and keeps the columns of the submission, and queuing a
// result again clears its outcome.
func TestProcessingWritesOutcomeColumns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		before, item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
		fillColumns(t, &before.Result, 1)
		fillColumns(t, &item.Result, 2)
		item.Bundles = item.Bundles[1:] // without the product
		before.Result.State, before.Result.Revision = db.StateProcessing, nil
		fx.UpsertResults(t, s, before)
		submitted := readResult(t, s, before.Result.MomotorID, fx)
		run := &change.Run{
			CourseID: fx.Course.MomotorID, ResultID: submitted.MomotorID, AssignmentID: fx.PublishedAssignment.MomotorID,
			Generation: submitted.QueuedAt.UnixMicro(), Revision: 1,
		}
		outcome := item.Result
		if err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error { return tx.FinishRun(ctx, run, item) }); err != nil {
			t.Fatal(err)
		}
		done := readResult(t, s, submitted.MomotorID, fx)
		requeue := change.Evaluation{Results: []int64{submitted.MomotorID}}
		if err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
			_, err := tx.QueueResults(ctx, fx.PublishedAssignment.Key(), requeue)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		requeued := readResult(t, s, submitted.MomotorID, fx)
		for column, index := range resultColumns() {
			value := func(r *db.Result) any { return reflect.ValueOf(r).Elem().FieldByIndex(index).Interface() }
			switch {
			case slices.Contains(runColumns, column):
			case !slices.Contains(outcomeColumns, column):
				if !query.EqualValues(value(submitted), value(done)) || !query.EqualValues(value(submitted), value(requeued)) {
					t.Errorf("processing changes column %s of a result: copy it in copyUnchanged of processing.go, or name it in outcomeColumns", column)
				}
			case !query.EqualValues(value(&outcome), value(done)):
				t.Errorf("processing does not store column %s of the outcome: do not copy it in copyUnchanged of processing.go, or remove it from outcomeColumns", column)
			case !slices.Contains(requeuedColumns, column) && !reflect.ValueOf(value(requeued)).IsZero():
				t.Errorf("a queued result keeps column %s of its last outcome: clear it in requeue of evaluate.go", column)
			}
		}
	})
}

// resultColumns returns the indexes of the fields of a result by column, without computed columns.
func resultColumns() map[string][]int {
	columns := map[string][]int{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[db.Result]()) {
		column, options, _ := strings.Cut(f.Tag.Get("bun"), ",")
		if column != "" && column != "-" && len(f.Index) == 1 && !f.Anonymous && !strings.Contains(options, "scanonly") {
			columns[column] = f.Index
		}
	}
	return columns
}

// fillColumns sets every column of a result that can be null to a value that depends on n.
func fillColumns(t *testing.T, r *db.Result, n int) {
	t.Helper()
	for column, index := range resultColumns() {
		field := reflect.ValueOf(r).Elem().FieldByIndex(index)
		switch field.Interface().(type) {
		case *bool:
			field.Set(reflect.ValueOf(new(n%2 == 0)))
		case *int:
			field.Set(reflect.ValueOf(&n))
		case *float64:
			field.Set(reflect.ValueOf(new(float64(n) / 4)))
		case *string:
			field.Set(reflect.ValueOf(new(fmt.Sprintf("https://%s.example/%d", strings.ReplaceAll(column, "_", "-"), n))))
		case *time.Time:
			field.Set(reflect.ValueOf(new(dbtest.Noon.Add(time.Duration(n) * time.Hour))))
		default:
			if field.Kind() == reflect.Pointer {
				t.Errorf("fillColumns has no value for column %s of type %s", column, field.Type())
			}
		}
	}
}

func readResult(t *testing.T, s *db.Store, id int64, fx *dbtest.Fixture) *db.Result {
	t.Helper()
	rows, err := db.ResultByID.Load(t.Context(), s.DB(), query.SystemScope(), []query.Key{{fx.Course.MomotorID, id}}, query.Params{})
	if err != nil || len(rows[0]) != 1 {
		t.Fatalf("read result %d: %v, %v", id, rows, err)
	}
	return rows[0][0]
}
