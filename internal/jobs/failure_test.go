package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
)

// Reviewers read the stored error of a job. An error of Canvas, of the engine or of this API is
// stored without the errors that wrap it, and another permanent error with its whole text. Any
// other error may contain internals, so its text is only in the log.
func TestPublicError(t *testing.T) {
	const internal = "internal error: see the log of the server"
	canvasErr, exception := &canvas.Error{Op: "read course 7", Kind: canvas.ErrForbidden}, &engine.Exception{}
	faultErr := fault.New(fault.NotFound, "The assignment does not exist.")
	tests := []struct {
		err  error
		want string
	}{
		{jobs.Permanent(errors.New("the assignment was deleted")), "the assignment was deleted"},
		{fmt.Errorf("upload 1: %w", jobs.Permanent(errors.New("no grades"))), "upload 1: no grades"},
		{jobs.Permanent(fmt.Errorf("SELECT 1: %w", canvasErr)), canvasErr.Error()},
		{jobs.Permanent(fmt.Errorf("SELECT 1: %w", exception)), exception.Error()},
		{jobs.Permanent(fmt.Errorf("SELECT 1: %w", faultErr)), faultErr.Error()},
		{fmt.Errorf("SELECT 1: %w", canvasErr), canvasErr.Error()},
		{fmt.Errorf("SELECT 1: %w", context.DeadlineExceeded), "the job exceeded its time limit"},
		{errors.New("SELECT 1: syntax error"), internal},
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		const courseID = 1
		q := jobstest.Open(t, s)
		done := make(chan bool, len(tests))
		r := q.Start(t, registerFunc(func(_ context.Context, args jobs.UploadScores) error {
			done <- true
			return tests[args.UploadID].err
		}))
		for i := range tests {
			q.Enqueue(t, jobs.UploadScores{CourseID: courseID, UploadID: int64(i)})
		}
		for range tests {
			jobstest.Receive(t, done)
		}
		q.Stop(t, r)
		reviewer := query.ScopeOf(&access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: courseID, Roles: access.Teacher}}})
		rows, err := db.CourseJobs.Load(t.Context(), s.DB(), reviewer, []query.Key{{courseID}}, query.Params{})
		if err != nil || len(rows[0]) != len(tests) {
			t.Fatalf("the jobs are %v, %v, want %d", rows, err, len(tests))
		}
		for _, job := range rows[0] {
			tt := tests[job.UploadID]
			if job.Failure == nil {
				t.Errorf("the job with the error %q has no failure", tt.err)
			} else if *job.Failure != tt.want {
				t.Errorf("the stored failure of %q is %q, want %q", tt.err, *job.Failure, tt.want)
			}
		}
	})
}
