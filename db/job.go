package db

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A Job is a background job of a course: a row in the table of River, the job queue. River deletes
// it at least a day after its end.
type Job struct {
	bun.BaseModel `bun:"table:river_job,alias:job"`
	query.RowMeta

	// MomotorID is the id of the job in River.
	MomotorID int64    `bun:"id,pk"`
	CourseID  int64    `bun:"course_id"`
	Kind      JobKind  `bun:"kind"`
	State     JobState `bun:"state"`
	// Progress is 0..1; nil if it is unknown.
	Progress *float64 `bun:"progress"`
	// Attempt is the number of attempts so far, at most MaxAttempts.
	Attempt     int        `bun:"attempt"`
	MaxAttempts int        `bun:"max_attempts"`
	CreatedAt   time.Time  `bun:"created_at"`
	AttemptedAt *time.Time `bun:"attempted_at"`
	ScheduledAt time.Time  `bun:"scheduled_at"`
	EndedAt     *time.Time `bun:"ended_at"`
	// Failure is the error of the last failed attempt.
	Failure *string `bun:"failure"`
	// The objects that the job processes. An id is 0 if the job has no such object.
	ResultID     int64 `bun:"result_id"`
	AssignmentID int64 `bun:"assignment_id"`
	UploadID     int64 `bun:"upload_id"`
}

// ExtraAttempts is how much the maximum number of attempts in River is higher than Job.MaxAttempts.
// So River never discards a job silently: package jobs enforces Job.MaxAttempts and reports the
// failure.
const ExtraAttempts = 1000

// A JobKind is the kind of a job.
type JobKind string

// The kinds of jobs.
const (
	JobProcess JobKind = "process"
	JobRefresh JobKind = "refresh"
	JobUpload  JobKind = "upload"
)

// A JobState is the state of a job.
type JobState string

// The states of a job.
const (
	JobWaiting   JobState = "waiting"
	JobPostponed JobState = "postponed"
	JobRetrying  JobState = "retrying"
	JobRunning   JobState = "running"
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
)

// jobState maps the states of River to a JobState. River distinguishes permanent errors from
// exhausted attempts; both are failed here.
const jobState = `CASE job.state
	WHEN 'scheduled' THEN 'postponed' WHEN 'retryable' THEN 'retrying' WHEN 'running' THEN 'running'
	WHEN 'completed' THEN 'done' WHEN 'cancelled' THEN 'failed' WHEN 'discarded' THEN 'failed' ELSE 'waiting' END`

func (*Job) PrimaryKey() []string   { return []string{"id"} }
func (*Job) OrderColumns() []string { return []string{"id"} }

// ColumnExpr computes the columns from River's columns. Some of River's columns are JSON. It
// hides texts from callers with pseudonyms.
func (*Job) ColumnExpr(column string, sc query.Scope, pg bool) query.Clause {
	switch column {
	case "id":
		if pg { // an expression, so that PostgreSQL does not scan the primary key to sort the jobs of a course
			return query.SQL("job.id + 0")
		}
	case "state":
		return query.SQL(jobState)
	case "course_id", "result_id", "upload_id":
		return query.SQL("coalesce(" + jobArgument(column) + ", 0)")
	case "assignment_id":
		return query.SQL("coalesce(" + jobAssignment + ", 0)")
	case "failure":
		if sc.Pseudonyms.Exist() {
			return freeText(sc)
		}
		last := "job.errors ->> '$[#-1].error'"
		if pg {
			last = "job.errors[cardinality(job.errors)] ->> 'error'"
		}
		return query.SQL("replace(" + last + ", 'JobCancelError: ', '')") // River adds this prefix
	case "progress":
		return query.SQL("CAST(" + jobProgress + " AS double precision)")
	case "max_attempts":
		return query.SQL("job.max_attempts - ?", ExtraAttempts)
	case "created_at", "attempted_at", "scheduled_at":
		return jobTime("job."+column, pg)
	case "ended_at":
		return jobTime("job.finalized_at", pg)
	}
	return query.Clause{}
}

// jobArgument returns the SQL of a number in the arguments of a job, which is NULL if the job has no
// such argument.
func jobArgument(name string) string { return "CAST(job.args ->> '" + name + "' AS bigint)" }

// jobAssignment is the SQL of the id of the assignment that a job processes, or to which its result
// or upload belongs.
var jobAssignment = `CASE job.kind
	WHEN 'process' THEN (SELECT res.assignment_id FROM result AS res
		WHERE res.course_id = ` + jobArgument("course_id") + ` AND res.id = ` + jobArgument("result_id") + `)
	WHEN 'upload' THEN (SELECT upl.assignment_id FROM upload AS upl
		WHERE upl.course_id = ` + jobArgument("course_id") + ` AND upl.id = ` + jobArgument("upload_id") + `)
	ELSE ` + jobArgument("assignment_id") + ` END`

// jobProgress is the SQL of the progress of a job. It is the progress of the result that the job
// processes, the share of an upload's scores that are not pending, or the progress in the job's
// metadata: see SetJobProgress.
var jobProgress = `CASE WHEN job.state = 'completed' THEN 1 WHEN job.kind = 'process' THEN (SELECT res.progress FROM result AS res
		WHERE res.course_id = ` + jobArgument("course_id") + ` AND res.id = ` + jobArgument("result_id") + `)
	WHEN job.kind = 'upload' THEN (SELECT avg(CASE upo.state WHEN 'pending' THEN 0.0 ELSE 1.0 END) FROM upload_outcome AS upo
		WHERE upo.course_id = ` + jobArgument("course_id") + ` AND upo.upload_id = ` + jobArgument("upload_id") + `)
	ELSE CAST(job.metadata ->> 'progress' AS double precision) END`

// jobTime returns the SQL of a time of River, in the format of the other tables.
func jobTime(column string, pg bool) query.Clause {
	if pg {
		return query.SQL(column)
	}
	return query.SQL("replace(strftime('%Y-%m-%d %H:%M:%f', " + column + "), '.000', '') || '+00:00'")
}

// CourseJobs is the edge from a course to its jobs, which only reviewers may see. The column
// parent.k0 is the id of the course: see query.Edge.
var CourseJobs = query.Edge[Job]{
	Path: "course.jobs", KeyWidth: 1,
	On:         isCourseJob + " AND " + jobArgument("course_id") + " = parent.k0",
	OnPostgres: isCourseJob + " AND job.args @> jsonb_build_object('course_id', parent.k0)", // can use River's index
	Visible:    func(sc query.Scope) query.Clause { return visibleToReviewers(sc, parentCourse) },
}

const isCourseJob = "job.kind IN ('process', 'refresh', 'upload')"

// A JobFilter selects jobs. Nil conditions select all.
type JobFilter struct {
	Kind  []JobKind
	State []JobState
}

// Clauses returns the conditions of the filter; a nil filter has none.
func (f *JobFilter) Clauses() []query.Clause {
	if f == nil {
		return nil
	}
	var cs query.Conditions
	if f.Kind != nil {
		cs.Add(query.AnyOf("job.kind", f.Kind))
	}
	if f.State != nil {
		cs.Add(query.AnyOf("("+jobState+")", f.State))
	}
	return cs
}

// SetJobProgress stores the progress, from 0 to 1, of a running job.
func (s *Store) SetJobProgress(ctx context.Context, id int64, progress float64) error {
	set := "jsonb_set(metadata, '$.progress', ?)"
	if query.IsPostgres(s.db) {
		set = "metadata || jsonb_build_object('progress', ?::float8)"
	}
	_, err := s.db.Write(ctx, s.db.NewRaw("UPDATE river_job SET metadata = "+set+" WHERE id = ? AND state = 'running'", progress, id))
	if err != nil {
		return fmt.Errorf("store the progress of job %d: %w", id, err)
	}
	return nil
}
