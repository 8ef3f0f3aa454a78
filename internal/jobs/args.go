// Package jobs runs background jobs on River. Each kind of job has a handler in a folder of
// its own. A job is enqueued in the transaction of the change that requests it, so that
// neither is committed without the other.
package jobs

import (
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
)

// Args are the arguments of one kind of job. This file has the arguments of jobs that changes
// enqueue. The arguments of a periodic job are declared next to its handler.
type Args interface {
	river.JobArgs
	river.JobArgsWithInsertOpts
	// Timeout is how long one attempt may take.
	Timeout() time.Duration
}

// The queues. Jobs that call Canvas have a queue of their own, so that a Canvas that does not
// answer delays no other jobs.
const (
	QueueProcess = "process"
	QueueCanvas  = "canvas"
	QueueUpkeep  = "upkeep"
)

// ProcessResult sends a queued result to the engine and stores what the engine returns.
type ProcessResult struct {
	CourseID int64 `json:"course_id"`
	ResultID int64 `json:"result_id"`
	// Generation is the generation of a change.QueuedRun: a result that is queued again while
	// it is being processed gets a second job. Stored jobs use the JSON name, so it must not
	// change.
	Generation int64 `json:"turn"`
}

// ProcessResults returns a job for each queued result of a course.
func ProcessResults(courseID int64, queued []change.QueuedRun) []river.JobArgs {
	args := make([]river.JobArgs, len(queued))
	for i, q := range queued {
		args[i] = ProcessResult{CourseID: courseID, ResultID: q.ID, Generation: q.Generation}
	}
	return args
}

// Kind implements river.JobArgs.
func (ProcessResult) Kind() string { return "process" }

// InsertOpts implements Args.
func (ProcessResult) InsertOpts() river.InsertOpts {
	return UniqueInsertOpts(QueueProcess, maxJobAttempts)
}

// Timeout implements Args.
func (ProcessResult) Timeout() time.Duration { return time.Hour }

// RefreshAssignment reads an assignment, its course and the people of the course from Canvas.
type RefreshAssignment struct {
	CourseID     int64 `json:"course_id"`
	AssignmentID int64 `json:"assignment_id"`
	// Requested is when a caller requested the refresh, in Unix microseconds; 0 is a
	// scheduled refresh. A requested refresh must not equal a running one, because a Queue
	// skips equal jobs and the running job may have read Canvas before the request. Stored
	// jobs use the JSON name, so it must not change.
	Requested int64 `json:"asked,omitempty"`
}

// Kind implements river.JobArgs.
func (RefreshAssignment) Kind() string { return "refresh" }

// InsertOpts implements Args.
func (RefreshAssignment) InsertOpts() river.InsertOpts {
	return UniqueInsertOpts(QueueCanvas, maxJobAttempts)
}

// Timeout implements Args.
func (RefreshAssignment) Timeout() time.Duration { return 30 * time.Minute }

// Key is the key of the assignment.
func (r RefreshAssignment) Key() db.AssignmentKey {
	return db.AssignmentKey{CourseID: r.CourseID, ID: r.AssignmentID}
}

// UploadScores sends the scores of a row of the table upload to Canvas.
type UploadScores struct {
	CourseID int64 `json:"course_id"`
	UploadID int64 `json:"upload_id"`
}

// Kind implements river.JobArgs.
func (UploadScores) Kind() string { return "upload" }

// InsertOpts implements Args.
func (UploadScores) InsertOpts() river.InsertOpts {
	return UniqueInsertOpts(QueueCanvas, maxJobAttempts)
}

// Timeout implements Args.
func (UploadScores) Timeout() time.Duration { return 30 * time.Minute }

// maxJobAttempts is the maximum number of attempts of a job that processes, refreshes or uploads.
const maxJobAttempts = 10

// UniqueInsertOpts returns options for jobs of a queue: a job is not inserted while a job with
// the same arguments is unfinished, and it has maxAttempts attempts.
func UniqueInsertOpts(queue string, maxAttempts int) river.InsertOpts {
	return river.InsertOpts{Queue: queue, MaxAttempts: maxAttempts + db.ExtraAttempts, UniqueOpts: river.UniqueOpts{
		ByArgs: true,
		ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled,
		},
	}}
}
