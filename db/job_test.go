package db_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/refresh"
	"github.com/momotor/resultgraph/internal/jobs/retention"
)

// ask puts work into the queue.
func ask(t *testing.T, s *db.Store, work ...river.JobArgs) {
	t.Helper()
	q, err := jobs.NewQueue(s)
	if err != nil {
		t.Fatal(err)
	}
	err = change.InTx(t.Context(), s, dbtest.Noon, func(ctx context.Context, c *change.Tx) error { return q.Insert(ctx, c.SQLTx(), work...) })
	if err != nil {
		t.Fatal(err)
	}
}

func jobsOf(t *testing.T, s *db.Store, sc query.Scope, course int64, f *db.JobFilter) []*db.Job {
	t.Helper()
	rows, err := db.CourseJobs.Load(t.Context(), s.DB(), sc, []query.Key{{course}}, query.Params{Filter: f.Clauses(), Order: query.Order{Desc: true}})
	if err != nil {
		t.Fatal(err)
	}
	return rows[0]
}

// Those who review a course see its jobs, and nobody else does.
func TestScopeJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		course, other := w.Course.MomotorID, w.OtherCourse.MomotorID
		ask(t, s, jobs.ProcessResult{CourseID: course, ResultID: 1}, jobs.RefreshAssignment{CourseID: course, AssignmentID: w.Published.MomotorID},
			jobs.UploadScores{CourseID: other, UploadID: 1}, refresh.Schedule{}, retention.Purge{})
		for _, tt := range []struct {
			who   string
			grant access.Grant
			want  int
		}{
			{"a teacher", access.Grant{CourseID: course, Roles: access.Teacher}, 2},
			{"a teaching assistant", access.Grant{CourseID: course, Roles: access.TA}, 2},
			{"a designer", access.Grant{CourseID: course, Roles: access.Designer}, 0},
			{"a student", access.Grant{CourseID: course, Roles: access.Student}, 0},
			{"a teacher elsewhere", access.Grant{CourseID: other, Roles: access.Teacher}, 0},
		} {
			if got := jobsOf(t, s, dbtest.Scope(w.Anna.MomotorID, tt.grant), course, nil); len(got) != tt.want {
				t.Errorf("%s sees %d jobs, want %d", tt.who, len(got), tt.want)
			}
		}
	})
}

// What River writes reads as the columns of a job.
func TestJobColumns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		w.UpsertResults(t, s, dbtest.Result(w.Published, w.Anna, 1))
		course := w.Course.MomotorID
		results, err := db.CourseResults.Load(t.Context(), s.DB(), w.Reviewer(), []query.Key{{course}}, query.Params{})
		if err != nil {
			t.Fatal(err)
		}
		id := results[0][0].MomotorID
		start := time.Now().Add(-time.Second)
		ask(t, s, jobs.ProcessResult{CourseID: course, ResultID: id})
		got := jobsOf(t, s, w.Reviewer(), course, nil)[0]
		if got.Kind != db.JobProcess || got.State != db.JobWaiting || got.ResultID != id || got.AssignmentID != w.Published.MomotorID || got.UploadID != 0 ||
			got.Attempt != 0 || got.MaxAttempts < 2 || got.Failure != nil || got.AttemptedAt != nil || got.EndedAt != nil || got.CreatedAt.Before(start) || got.ScheduledAt.Before(start) {
			t.Errorf("a new job is %+v", got)
		}
		for state, want := range map[string]db.JobState{
			"available": db.JobWaiting, "pending": db.JobWaiting, "scheduled": db.JobPostponed, "retryable": db.JobRetrying,
			"running": db.JobRunning, "completed": db.JobDone, "cancelled": db.JobFailed, "discarded": db.JobFailed,
		} {
			ended := map[bool]string{true: "'2026-03-01 12:00:01.5'", false: "NULL"}[want == db.JobDone || want == db.JobFailed]
			dbtest.Exec(t, s, fmt.Sprintf("UPDATE river_job SET state = '%s', finalized_at = %s, attempted_at = '2026-03-01 12:00:00'", state, ended))
			all := jobsOf(t, s, w.Reviewer(), course, &db.JobFilter{State: []db.JobState{want, "none"}, Kind: []db.JobKind{db.JobProcess}})
			if len(all) != 1 || all[0].State != want || !all[0].AttemptedAt.Equal(dbtest.Noon) || (all[0].EndedAt != nil) != (ended != "NULL") {
				t.Errorf("River's %s reads as %+v, want %s", state, all, want)
			}
			if all[0].EndedAt != nil && !all[0].EndedAt.Equal(dbtest.Noon.Add(1500*time.Millisecond)) {
				t.Errorf("EndedAt = %s", all[0].EndedAt)
			}
		}
		dbtest.Exec(t, s, "UPDATE river_job SET state = 'running', finalized_at = NULL")
		if n := len(jobsOf(t, s, w.Reviewer(), course, &db.JobFilter{State: []db.JobState{db.JobWaiting}})); n != 0 {
			t.Errorf("%d jobs that run are found among those that wait", n)
		}
		failed := `'[{"error":"first","at":"2026-03-01T12:00:00Z"},{"error":"JobCancelError: last \"one\"","at":"2026-03-01T12:00:01Z"}]'`
		if s.IsPostgres() {
			dbtest.Exec(t, s, "UPDATE river_job SET errors = ARRAY(SELECT jsonb_array_elements("+failed+"))")
		} else {
			dbtest.Exec(t, s, "UPDATE river_job SET errors = jsonb("+failed+")")
		}
		if got := jobsOf(t, s, w.Reviewer(), course, nil)[0].Failure; got == nil || *got != `last "one"` {
			t.Errorf("Failure = %v", got)
		}
	})
}

// How much of a job is done is told by what it is about, or by who is at it.
func TestJobProgress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		half := dbtest.Result(w.Published, w.Anna, 1)
		half.Result.State, half.Result.Progress = db.StateProcessing, new(0.5)
		w.UpsertResults(t, s, half)
		if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: w.Account.MomotorID, Token: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		course := w.Course.MomotorID
		var upload int64
		err := dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
			x, _, err := c.StartUpload(ctx, w.Published.Key(), change.UploadRequest{})
			if err != nil {
				return err
			}
			upload = x.MomotorID
			return c.UpsertScoreOutcomes(ctx, []*db.ScoreOutcome{
				{CourseID: course, UploadID: upload, UserID: w.Anna.MomotorID, State: db.ScorePending},
				{CourseID: course, UploadID: upload, UserID: w.Bob.MomotorID, State: db.ScoreSent},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		ask(t, s, jobs.ProcessResult{CourseID: course, ResultID: half.Result.MomotorID}, jobs.UploadScores{CourseID: course, UploadID: upload},
			jobs.RefreshAssignment{CourseID: course, AssignmentID: w.Published.MomotorID}, jobs.RefreshAssignment{CourseID: course, AssignmentID: w.Published.MomotorID, Requested: 1})
		all := jobsOf(t, s, w.Reviewer(), course, nil)                                // the last one first
		if err := s.SetJobProgress(t.Context(), all[0].MomotorID, 0.75); err != nil { // nobody is at it
			t.Fatal(err)
		}
		dbtest.Exec(t, s, "UPDATE river_job SET state = 'running'")
		if err := s.SetJobProgress(t.Context(), all[1].MomotorID, 0.25); err != nil {
			t.Fatal(err)
		}
		for round, want := range []string{"- 0.25 0.5 0.5", "1 1 1 1"} {
			var got []string
			for _, j := range jobsOf(t, s, w.Reviewer(), course, nil) {
				if j.Progress == nil {
					got = append(got, "-")
				} else {
					got = append(got, fmt.Sprint(*j.Progress))
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("round %d: the progress is %v, want %s", round, got, want)
			}
			dbtest.Exec(t, s, "UPDATE river_job SET state = 'completed', finalized_at = '2026-03-01 12:00:01.5'")
		}
	})
}

// PostgreSQL finds the jobs of a course by River's index of arguments.
func TestJobsPlan(t *testing.T) {
	s := dbtest.Open(t, dbtest.Postgres(t))
	w := dbtest.NewFixture(t, s)
	ask(t, s, jobs.RefreshAssignment{CourseID: w.Course.MomotorID, AssignmentID: 1})
	page := query.Params{Order: query.Order{Desc: true}, Page: &query.Page{First: new(20)}}
	plan := explain(t, s, db.CourseJobs.Select(s.DB(), w.Reviewer(), []query.Key{{w.Course.MomotorID}}, page))
	if !strings.Contains(plan, "river_job_args_index") {
		t.Errorf("the plan is\n%s", plan)
	}
}
