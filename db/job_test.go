package db_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/refresh"
	"github.com/momotor/resultgraph/internal/jobs/retention"
)

// insertJobs inserts jobs into the queue.
func insertJobs(t *testing.T, s *db.Store, args ...river.JobArgs) {
	t.Helper()
	q, err := jobs.NewQueue(s)
	if err != nil {
		t.Fatal(err)
	}
	err = change.InTx(t.Context(), s, dbtest.Noon, func(ctx context.Context, tx *change.Tx) error { return q.Insert(ctx, tx.SQLTx(), args...) })
	if err != nil {
		t.Fatal(err)
	}
}

// loadJobs returns the jobs of a course that are visible in a scope, the newest first.
func loadJobs(t *testing.T, s *db.Store, sc query.Scope, course int64, f *db.JobFilter) []*db.Job {
	t.Helper()
	rows, err := db.CourseJobs.Load(t.Context(), s.DB(), sc, []query.Key{{course}}, query.Params{Filter: f.Clauses(), Order: query.Order{Desc: true}})
	if err != nil {
		t.Fatal(err)
	}
	return rows[0]
}

// Only reviewers see the jobs of a course.
func TestScopeJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		course, other := fx.Course.MomotorID, fx.OtherCourse.MomotorID
		insertJobs(t, s, jobs.ProcessResult{CourseID: course, ResultID: 1}, jobs.RefreshAssignment{CourseID: course, AssignmentID: fx.PublishedAssignment.MomotorID},
			jobs.UploadScores{CourseID: other, UploadID: 1}, refresh.Schedule{}, retention.Purge{})
		for _, tt := range []struct {
			caller string
			grant  access.Grant
			want   int
		}{
			{"a teacher", access.Grant{CourseID: course, Roles: access.Teacher}, 2},
			{"a teaching assistant", access.Grant{CourseID: course, Roles: access.TA}, 2},
			{"a designer", access.Grant{CourseID: course, Roles: access.Designer}, 0},
			{"a student", access.Grant{CourseID: course, Roles: access.Student}, 0},
			{"a teacher of another course", access.Grant{CourseID: other, Roles: access.Teacher}, 0},
		} {
			if got := loadJobs(t, s, dbtest.Scope(fx.Anna.MomotorID, tt.grant), course, nil); len(got) != tt.want {
				t.Errorf("%s sees %d jobs, want %d", tt.caller, len(got), tt.want)
			}
		}
	})
}

// The columns of a job have the values of River's columns.
func TestJobColumns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		fx.UpsertResults(t, s, dbtest.Result(fx.PublishedAssignment, fx.Anna, 1))
		course := fx.Course.MomotorID
		results, err := db.CourseResults.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{course}}, query.Params{})
		if err != nil {
			t.Fatal(err)
		}
		id := results[0][0].MomotorID
		start := time.Now().Add(-time.Second)
		insertJobs(t, s, jobs.ProcessResult{CourseID: course, ResultID: id})
		got := loadJobs(t, s, fx.Reviewer(), course, nil)[0]
		if got.Kind != db.JobProcess || got.State != db.JobWaiting || got.ResultID != id || got.AssignmentID != fx.PublishedAssignment.MomotorID || got.UploadID != 0 ||
			got.Attempt != 0 || got.MaxAttempts < 2 || got.Failure != nil || got.AttemptedAt != nil || got.EndedAt != nil || got.CreatedAt.Before(start) || got.ScheduledAt.Before(start) {
			t.Errorf("new job = %+v", got)
		}
		for state, want := range map[string]db.JobState{
			"available": db.JobWaiting, "pending": db.JobWaiting, "scheduled": db.JobPostponed, "retryable": db.JobRetrying,
			"running": db.JobRunning, "completed": db.JobDone, "cancelled": db.JobFailed, "discarded": db.JobFailed,
		} {
			ended := map[bool]string{true: "'2026-03-01 12:00:01.5'", false: "NULL"}[want == db.JobDone || want == db.JobFailed]
			dbtest.Exec(t, s, fmt.Sprintf("UPDATE river_job SET state = '%s', finalized_at = %s, attempted_at = '2026-03-01 12:00:00'", state, ended))
			all := loadJobs(t, s, fx.Reviewer(), course, &db.JobFilter{State: []db.JobState{want, "unknown"}, Kind: []db.JobKind{db.JobProcess}})
			if len(all) != 1 || all[0].State != want || !all[0].AttemptedAt.Equal(dbtest.Noon) || (all[0].EndedAt != nil) != (ended != "NULL") {
				t.Errorf("River's state %s: jobs = %+v, want one with the state %s", state, all, want)
			}
			if all[0].EndedAt != nil && !all[0].EndedAt.Equal(dbtest.Noon.Add(1500*time.Millisecond)) {
				t.Errorf("EndedAt = %s", all[0].EndedAt)
			}
		}
		dbtest.Exec(t, s, "UPDATE river_job SET state = 'running', finalized_at = NULL")
		if n := len(loadJobs(t, s, fx.Reviewer(), course, &db.JobFilter{State: []db.JobState{db.JobWaiting}})); n != 0 {
			t.Errorf("the filter for waiting jobs selects %d running jobs", n)
		}
		failed := `'[{"error":"first","at":"2026-03-01T12:00:00Z"},{"error":"JobCancelError: last \"one\"","at":"2026-03-01T12:00:01Z"}]'`
		if s.IsPostgres() {
			dbtest.Exec(t, s, "UPDATE river_job SET errors = ARRAY(SELECT jsonb_array_elements("+failed+"))")
		} else {
			dbtest.Exec(t, s, "UPDATE river_job SET errors = jsonb("+failed+")")
		}
		if got := loadJobs(t, s, fx.Reviewer(), course, nil)[0].Failure; got == nil || *got != `last "one"` {
			t.Errorf("Failure = %v", got)
		}
	})
}

// A processing job has the progress of its result, and an upload job the share of its scores that are
// done. A running job of another kind has the progress that SetJobProgress stored.
func TestJobProgress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		halfDone := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
		halfDone.Result.State, halfDone.Result.Progress = db.StateProcessing, new(0.5)
		fx.UpsertResults(t, s, halfDone)
		if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: fx.Account.MomotorID, Token: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		course := fx.Course.MomotorID
		var uploadID int64
		err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
			upload, _, err := tx.StartUpload(ctx, fx.PublishedAssignment.Key(), change.UploadRequest{})
			if err != nil {
				return err
			}
			uploadID = upload.MomotorID
			return tx.UpsertScoreOutcomes(ctx, []*db.ScoreOutcome{
				{CourseID: course, UploadID: uploadID, UserID: fx.Anna.MomotorID, State: db.ScorePending},
				{CourseID: course, UploadID: uploadID, UserID: fx.Bob.MomotorID, State: db.ScoreSent},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		// Requested makes the arguments of the two refreshes different: River does not insert a job
		// that equals another unfinished job.
		insertJobs(t, s, jobs.ProcessResult{CourseID: course, ResultID: halfDone.Result.MomotorID}, jobs.UploadScores{CourseID: course, UploadID: uploadID},
			jobs.RefreshAssignment{CourseID: course, AssignmentID: fx.PublishedAssignment.MomotorID}, jobs.RefreshAssignment{CourseID: course, AssignmentID: fx.PublishedAssignment.MomotorID, Requested: 1})
		all := loadJobs(t, s, fx.Reviewer(), course, nil)                             // in descending order
		if err := s.SetJobProgress(t.Context(), all[0].MomotorID, 0.75); err != nil { // has no effect: the job is not running
			t.Fatal(err)
		}
		dbtest.Exec(t, s, "UPDATE river_job SET state = 'running'")
		if err := s.SetJobProgress(t.Context(), all[1].MomotorID, 0.25); err != nil {
			t.Fatal(err)
		}
		for round, want := range []string{"- 0.25 0.5 0.5", "1 1 1 1"} {
			var got []string
			for _, j := range loadJobs(t, s, fx.Reviewer(), course, nil) {
				if j.Progress == nil {
					got = append(got, "-")
				} else {
					got = append(got, fmt.Sprint(*j.Progress))
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("round %d: progress = %v, want %s", round, got, want)
			}
			dbtest.Exec(t, s, "UPDATE river_job SET state = 'completed', finalized_at = '2026-03-01 12:00:01.5'")
		}
	})
}

// PostgreSQL uses River's index of arguments to find the jobs of a course.
func TestJobsPlan(t *testing.T) {
	s := dbtest.NewPostgres(t)
	fx := dbtest.NewFixture(t, s)
	insertJobs(t, s, jobs.RefreshAssignment{CourseID: fx.Course.MomotorID, AssignmentID: 1})
	page := query.Params{Order: query.Order{Desc: true}, Page: &query.Page{First: new(20)}}
	q := db.CourseJobs.Select(s.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID}}, page)
	err := s.DB().RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
		// PostgreSQL prefers to scan the few rows of this test.
		if _, err := tx.ExecContext(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
			return err
		}
		var lines []string
		err := tx.NewRaw("EXPLAIN "+q.String()).Scan(ctx, &lines)
		if plan := strings.Join(lines, "\n"); err == nil && !strings.Contains(plan, "river_job_args_index") {
			t.Errorf("the plan does not use the index:\n%s", plan)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
