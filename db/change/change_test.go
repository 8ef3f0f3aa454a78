package change_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

// configure applies a configuration to an assignment and returns the ids of the queued results.
func configure(t testing.TB, s *db.Store, assignment *db.Assignment, conf change.Configuration) (queued []int64, err error) {
	t.Helper()
	err = dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
		all, err := tx.Configure(ctx, assignment.Key(), conf)
		queued = resultIDs(all)
		return err
	})
	return queued, err
}

func resultIDs(all []change.QueuedRun) (ids []int64) {
	for _, q := range all {
		ids = append(ids, q.ID)
	}
	return ids
}

// queueResults queues results and returns their ids.
func queueResults(t testing.TB, s *db.Store, assignment *db.Assignment, ev change.Evaluation) (queued []int64, err error) {
	t.Helper()
	err = dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
		all, err := tx.QueueResults(ctx, assignment.Key(), ev)
		queued = resultIDs(all)
		return err
	})
	return queued, err
}

// readAsTeacher reads an assignment and its results in the scope of a teacher.
func readAsTeacher(t testing.TB, s *db.Store, assignment *db.Assignment) (*db.Assignment, []*db.Result) {
	t.Helper()
	sc := query.ScopeOf(&access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: assignment.CourseID, Roles: access.Teacher}}})
	key := []query.Key{{assignment.CourseID, assignment.MomotorID}}
	rows, err := db.AssignmentByID.Load(t.Context(), s.DB(), sc, key, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	results, err := db.AssignmentResults.Load(t.Context(), s.DB(), sc, key, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	return rows[0][0], results[0]
}

// Only one of a hundred concurrent calls of StartRefresh succeeds.
func TestConcurrentRefresh(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		first := dbtest.Open(t, location)
		fx := dbtest.NewFixture(t, first)
		second := dbtest.Open(t, location) // like another instance
		errs := make([]error, 100)
		var all sync.WaitGroup
		for i := range errs {
			s := []*db.Store{first, second}[i%2]
			all.Go(func() {
				errs[i] = change.InTx(t.Context(), s, dbtest.Noon, func(ctx context.Context, tx *change.Tx) error {
					return tx.StartRefresh(ctx, fx.PublishedAssignment.Key())
				})
			})
		}
		all.Wait()
		succeeded := 0
		for _, err := range errs {
			var limited *fault.Error
			switch {
			case err == nil:
				succeeded++
			case !errors.As(err, &limited) || limited.Kind != fault.RateLimited:
				t.Errorf("StartRefresh = %v, want %v", err, fault.RateLimited)
			case limited.RetryAfter < change.MinRefreshInterval-time.Minute || limited.RetryAfter > change.MinRefreshInterval:
				t.Errorf("RetryAfter = %s, want nearly %s", limited.RetryAfter, change.MinRefreshInterval)
			}
		}
		if succeeded != 1 {
			t.Errorf("%d of %d calls succeeded, want 1", succeeded, len(errs))
		}
		if assignment, _ := readAsTeacher(t, first, fx.PublishedAssignment); assignment.RefreshedAt == nil {
			t.Error("RefreshedAt is nil")
		}
	})
}

// StartRefresh succeeds again after MinRefreshInterval, and fails in a read-only course. It also
// fails for an active assignment: students can submit to it, so it is refreshed automatically.
func TestRepeatedRefresh(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		start := func(assignment *db.Assignment) error {
			return dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error { return tx.StartRefresh(ctx, assignment.Key()) })
		}
		expireInterval := map[bool]string{
			true:  "UPDATE assignment SET refreshed_at = now() - interval '901 seconds'",
			false: "UPDATE assignment SET refreshed_at = strftime('%Y-%m-%d %H:%M:%f+00:00', 'now', '-901 seconds')",
		}[s.IsPostgres()]
		if err := start(fx.PublishedAssignment); err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, expireInterval)
		if err := start(fx.PublishedAssignment); err != nil {
			t.Errorf("StartRefresh after 901 seconds = %v", err)
		}
		if err := start(fx.PublishedAssignment); !errors.Is(err, fault.RateLimited) {
			t.Errorf("StartRefresh within the interval = %v, want %v", err, fault.RateLimited)
		}
		dbtest.Exec(t, s, "UPDATE assignment SET active = TRUE, refreshed_at = NULL")
		if err := start(fx.UnpublishedAssignment); !errors.Is(err, fault.Conflict) {
			t.Errorf("StartRefresh of an active assignment = %v, want %v", err, fault.Conflict)
		}
		dbtest.Exec(t, s, "UPDATE course SET readonly = TRUE")
		if err := start(fx.UnpublishedAssignment); !errors.Is(err, fault.Forbidden) {
			t.Errorf("StartRefresh in a read-only course = %v, want %v", err, fault.Forbidden)
		}
	})
}

// Concurrent changes of different columns do not undo each other.
func TestConcurrentConfigure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		for round := range 20 {
			enabled := round%2 == 0
			confs := []change.Configuration{{Published: &enabled}, {Paused: &enabled}, {Recipe: dbtest.File(string(rune('a'+round)) + ".zip")}, {Config: dbtest.File(string(rune('A'+round)) + ".xml")}}
			var all sync.WaitGroup
			for _, conf := range confs {
				all.Go(func() {
					if _, err := configure(t, s, fx.UnpublishedAssignment, conf); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			assignment, _ := readAsTeacher(t, s, fx.UnpublishedAssignment)
			if assignment.Published != enabled || assignment.Paused != enabled || *assignment.Revision != 3+2*round {
				t.Fatalf("round %d: published %t, paused %t, revision %d, want %t, %t, %d", round, assignment.Published, assignment.Paused, *assignment.Revision, enabled, enabled, 3+2*round)
			}
		}
	})
}

// The first recipe queues the paused results. A file that is already stored creates no revision.
// Configure changes nothing if IfVersion is not the current version. A version is the revision and
// the flags published and paused. A caller sends the version that it has read, so that it does not
// overwrite a change that another caller made since (optimistic locking).
func TestConfigure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		assignment := &db.Assignment{CourseID: fx.Course.MomotorID, CanvasID: 503, Name: "New"}
		if _, err := ingest.UpsertAssignment(t.Context(), s, assignment, nil, nil, dbtest.Noon); err != nil {
			t.Fatal(err)
		}
		waiting := dbtest.Result(assignment, fx.Anna, 1)
		waiting.Result.State = db.StatePaused
		fx.UpsertResults(t, s, waiting, dbtest.Result(assignment, fx.Bob, 1))
		for _, tt := range []struct {
			name     string
			conf     change.Configuration
			queued   int
			revision int
			version  string
		}{
			{"a config without a recipe", change.Configuration{Config: dbtest.File("c.xml")}, 0, 1, "1"},
			{"the first recipe", change.Configuration{Recipe: dbtest.File("r.zip")}, 1, 2, "2"},
			{"the same recipe", change.Configuration{Recipe: dbtest.File("r.zip")}, 0, 2, "2"},
			{"another recipe", change.Configuration{Recipe: dbtest.File("s.zip"), Paused: new(true), IfVersion: new("2")}, 0, 3, "3-paused"},
		} {
			queued, err := configure(t, s, assignment, tt.conf)
			if err != nil || len(queued) != tt.queued {
				t.Errorf("%s: queued %v, %v, want %d", tt.name, queued, err, tt.queued)
			}
			if current, _ := readAsTeacher(t, s, assignment); current.Revision == nil || *current.Revision != tt.revision || current.Version != tt.version {
				t.Errorf("%s: revision %v and version %s, want %d and %s", tt.name, current.Revision, current.Version, tt.revision, tt.version)
			}
		}
		if _, err := configure(t, s, assignment, change.Configuration{Published: new(true), IfVersion: new("2")}); !errors.Is(err, fault.Outdated) {
			t.Errorf("Configure with an old version = %v, want %v", err, fault.Outdated)
		}
		if current, _ := readAsTeacher(t, s, assignment); current.Published {
			t.Error("Configure with an old version changed the assignment")
		}
	})
}

// QueueResults queues all selected results, with the next sequence ids. For an invalid selection it
// queues no results.
func TestQueueResults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		waiting := dbtest.Result(fx.PublishedAssignment, fx.Carl, 1)
		waiting.Result.State = db.StatePaused
		items := []*ingest.ResultItem{dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Bob, 1), waiting, dbtest.Result(fx.UnpublishedAssignment, fx.Anna, 1)}
		fx.UpsertResults(t, s, items...)
		if _, err := configure(t, s, fx.PublishedAssignment, change.Configuration{Recipe: dbtest.File("new.zip")}); err != nil {
			t.Fatal(err)
		}
		fx.UpsertResults(t, s, dbtest.Result(fx.PublishedAssignment, fx.Anna, 2)) // processed with the new recipe
		ids := func(indexes ...int) (ids []int64) {
			for _, i := range indexes {
				ids = append(ids, items[i].Result.MomotorID)
			}
			return ids
		}
		for _, ev := range []change.Evaluation{{Results: ids(0, 3)}, {Results: []int64{-1}}} {
			if queued, err := queueResults(t, s, fx.PublishedAssignment, ev); !errors.Is(err, fault.BadInput) {
				t.Errorf("QueueResults(%v) = %v, %v, want %v", ev, queued, err, fault.BadInput)
			}
		}
		_, results := readAsTeacher(t, s, fx.PublishedAssignment)
		if slices.ContainsFunc(results, func(r *db.Result) bool { return r.State == db.StateQueued }) {
			t.Error("an invalid selection queued a result")
		}
		before := results[len(results)-1].SequenceID
		for _, tt := range []struct {
			ev   change.Evaluation
			want []int64
		}{
			{change.Evaluation{Scope: new(change.EvaluatePaused)}, ids(2)},
			{change.Evaluation{Scope: new(change.EvaluateOutdated)}, ids(1)},
			{change.Evaluation{Results: ids(0)}, ids(0)},
			{change.Evaluation{Results: []int64{}}, ids()},
		} {
			queued, err := queueResults(t, s, fx.PublishedAssignment, tt.ev)
			if err != nil || !slices.Equal(queued, tt.want) {
				t.Errorf("QueueResults(%v) = %v, %v, want %v", tt.ev, queued, err, tt.want)
			}
		}
		if queued, err := queueResults(t, s, fx.PublishedAssignment, change.Evaluation{Scope: new(change.EvaluateLatest)}); err != nil || len(queued) != 3 {
			t.Errorf("QueueResults(latest) = %v, %v, want 3", queued, err)
		}
		_, results = readAsTeacher(t, s, fx.PublishedAssignment)
		seen := map[int64]bool{}
		for _, r := range results {
			cleared := r.Accepted == nil && r.HasError == nil && r.Score == nil && r.Revision == nil && r.ProcessedAt == nil
			if r.State != db.StateQueued || *r.Label != "Queued" || !r.QueuedAt.Equal(dbtest.Noon) || !cleared {
				t.Errorf("result %d is %s %q since %v, cleared: %t", r.MomotorID, r.State, *r.Label, r.QueuedAt, cleared)
			}
			if r.SequenceID <= before || seen[r.SequenceID] {
				t.Errorf("result %d has the sequence id %d", r.MomotorID, r.SequenceID)
			}
			seen[r.SequenceID] = true
		}
	})
}

// A scope skips done results without a product: they keep their outcome.
func TestQueueSkipsResultsWithoutProduct(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		with, without := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Bob, 1)
		without.Bundles = without.Bundles[1:]
		fx.UpsertResults(t, s, with, without)
		queued, err := queueResults(t, s, fx.PublishedAssignment, change.Evaluation{Scope: new(change.EvaluateLatest)})
		if err != nil || !slices.Equal(queued, []int64{with.Result.MomotorID}) {
			t.Errorf("QueueResults(latest) = %v, %v, want only result %d, which has a product", queued, err, with.Result.MomotorID)
		}
		if kept := readResult(t, s, without.Result.MomotorID, fx); kept.State != db.StateDone || kept.Score == nil {
			t.Errorf("the result without a product is %s with the score %v, want its outcome", kept.State, kept.Score)
		}
	})
}

// StartUpload creates no upload if an equal upload is waiting, or if the account's Canvas is not
// set up or not reachable.
func TestStartUpload(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		start := func(request change.UploadRequest) (upload *db.ScoreUpload, isNew bool, err error) {
			err = change.InTx(t.Context(), s, dbtest.Noon, func(ctx context.Context, tx *change.Tx) (err error) {
				upload, isNew, err = tx.StartUpload(ctx, fx.PublishedAssignment.Key(), request)
				return err
			})
			return upload, isNew, err
		}
		if _, _, err := start(change.UploadRequest{}); !errors.Is(err, fault.Unavailable) {
			t.Errorf("StartUpload without Canvas access = %v, want %v", err, fault.Unavailable)
		}
		if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: fx.Account.MomotorID, Token: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		if err := s.RecordCanvasAvailability(t.Context(), fx.Account.MomotorID, dbtest.Noon, "no answer"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := start(change.UploadRequest{}); !errors.Is(err, fault.Unavailable) {
			t.Errorf("StartUpload after a failed request = %v, want %v", err, fault.Unavailable)
		}
		if err := s.RecordCanvasAvailability(t.Context(), fx.Account.MomotorID, dbtest.Noon, ""); err != nil {
			t.Fatal(err)
		}
		if _, _, err := start(change.UploadRequest{Section: new(int64(99))}); !errors.Is(err, fault.BadInput) {
			t.Errorf("StartUpload with an unknown section = %v, want %v", err, fault.BadInput)
		}
		dbtest.Exec(t, s, "UPDATE course SET readonly = TRUE")
		if _, _, err := start(change.UploadRequest{}); !errors.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("StartUpload in a read-only course = %v, want %v", err, fault.Unavailable)
		}
		dbtest.Exec(t, s, "UPDATE course SET readonly = FALSE")
		var all sync.WaitGroup
		ids, isNew := make([]int64, 20), make([]bool, 20)
		for i := range ids {
			all.Go(func() {
				upload, created, err := start(change.UploadRequest{Passed: true, Section: []*int64{nil, &fx.Section.CanvasID}[i%2]})
				if err != nil {
					t.Error(err)
					return
				}
				ids[i], isNew[i] = upload.MomotorID, created
			})
		}
		all.Wait()
		slices.Sort(ids)
		newCount := 0
		for _, created := range isNew {
			newCount += map[bool]int{true: 1}[created]
		}
		if distinct := slices.Compact(ids); len(distinct) != 2 || newCount != 2 {
			t.Errorf("twenty requests for two different uploads return the ids %v and create %d uploads, want 2 of each", distinct, newCount)
		}
	})
}
