package db

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A Job is work in the background that waits, is being done or was done for a course. It
// is a row of River's, which removes it a day or more after its end.
type Job struct {
	bun.BaseModel `bun:"table:river_job,alias:job"`
	query.RowMeta

	MomotorID int64    `bun:"id,pk"`
	CourseID  int64    `bun:"course_id"`
	Kind      JobKind  `bun:"kind"`
	State     JobState `bun:"state"`
	// Progress is 0..1; nil is not known.
	Progress *float64 `bun:"progress"`
	// Attempt counts the goes at it, of which there are at most MaxAttempts.
	Attempt     int        `bun:"attempt"`
	MaxAttempts int        `bun:"max_attempts"`
	CreatedAt   time.Time  `bun:"created_at"`
	AttemptedAt *time.Time `bun:"attempted_at"`
	ScheduledAt time.Time  `bun:"scheduled_at"`
	EndedAt     *time.Time `bun:"ended_at"`
	// Failure is how the last go failed that did.
	Failure *string `bun:"failure"`
	// What the work is about; 0 is nothing of the kind.
	ResultID     int64 `bun:"result_id"`
	AssignmentID int64 `bun:"assignment_id"`
	UploadID     int64 `bun:"upload_id"`
}

// ExtraAttempts are more than River may count of a job before it gives it up by itself,
// which nobody would learn of: so it gives none up.
const ExtraAttempts = 1000

// A JobKind says what a job does.
type JobKind string

// The kinds of jobs.
const (
	JobProcess JobKind = "process"
	JobRefresh JobKind = "refresh"
	JobUpload  JobKind = "upload"
)

// A JobState says how far a job has come.
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

// jobState is the state in words of ours. River tells work that is pointless from work that
// failed too often; both are given up.
const jobState = `CASE job.state
	WHEN 'scheduled' THEN 'postponed' WHEN 'retryable' THEN 'retrying' WHEN 'running' THEN 'running'
	WHEN 'completed' THEN 'done' WHEN 'cancelled' THEN 'failed' WHEN 'discarded' THEN 'failed' ELSE 'waiting' END`

func (*Job) PrimaryKey() []string   { return []string{"id"} }
func (*Job) OrderColumns() []string { return []string{"id"} }
func (*Job) KeyColumns() []string {
	return []string{"course_id", "result_id", "assignment_id", "upload_id"}
}

// ColumnExpr spells the columns that River keeps in JSON or in words and forms of its own.
func (*Job) ColumnExpr(column string, _ query.Scope, pg bool) query.Clause {
	switch column {
	case "id":
		if pg { // no order of the index: it would be read through for the work of one course
			return query.SQL("job.id + 0")
		}
	case "state":
		return query.SQL(jobState)
	case "course_id", "result_id", "upload_id":
		return query.SQL("coalesce(" + jobArgument(column) + ", 0)")
	case "assignment_id":
		return query.SQL("coalesce(" + jobAssignment + ", 0)")
	case "failure":
		last := "job.errors ->> '$[#-1].error'"
		if pg {
			last = "job.errors[cardinality(job.errors)] ->> 'error'"
		}
		return query.SQL("replace(" + last + ", 'JobCancelError: ', '')") // which River puts before what ends work
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

// jobArgument is a number in the arguments of a job, or null, for either database.
func jobArgument(name string) string { return "CAST(job.args ->> '" + name + "' AS bigint)" }

// jobAssignment is the assignment of whatever a job is about.
var jobAssignment = `CASE job.kind
	WHEN 'process' THEN (SELECT res.assignment_id FROM result AS res
		WHERE res.course_id = ` + jobArgument("course_id") + ` AND res.id = ` + jobArgument("result_id") + `)
	WHEN 'upload' THEN (SELECT upl.assignment_id FROM upload AS upl
		WHERE upl.course_id = ` + jobArgument("course_id") + ` AND upl.id = ` + jobArgument("upload_id") + `)
	ELSE ` + jobArgument("assignment_id") + ` END`

// jobProgress is how much of a job is done: what is told of its result, how many of its
// scores are settled, or what was noted of it.
var jobProgress = `CASE WHEN job.state = 'completed' THEN 1 WHEN job.kind = 'process' THEN (SELECT res.progress FROM result AS res
		WHERE res.course_id = ` + jobArgument("course_id") + ` AND res.id = ` + jobArgument("result_id") + `)
	WHEN job.kind = 'upload' THEN (SELECT avg(CASE upo.state WHEN 'pending' THEN 0.0 ELSE 1.0 END) FROM upload_outcome AS upo
		WHERE upo.course_id = ` + jobArgument("course_id") + ` AND upo.upload_id = ` + jobArgument("upload_id") + `)
	ELSE CAST(job.metadata ->> 'progress' AS double precision) END`

// jobTime is a time that River wrote, in the form of our own columns.
func jobTime(column string, pg bool) query.Clause {
	if pg {
		return query.SQL(column)
	}
	return query.SQL("replace(strftime('%Y-%m-%d %H:%M:%f', " + column + "), '.000', '') || '+00:00'")
}

// CourseJobs is the edge from a course to the work for it, which reviewers see.
var CourseJobs = query.Edge[Job]{
	Path: "course.jobs", KeyWidth: 1,
	On:         isCourseJob + " AND " + jobArgument("course_id") + " = parent.k0",
	OnPostgres: isCourseJob + " AND job.args @> jsonb_build_object('course_id', parent.k0)", // which has an index
	Visible:    func(sc query.Scope) query.Clause { return visibleUploads(sc, parentCourse) },
}

const isCourseJob = "job.kind IN ('process', 'refresh', 'upload')"

// A JobFilter narrows jobs; a nil condition does not.
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

// SetJobProgress notes how much of a job is done, from 0 to 1, while somebody is at it.
func (s *Store) SetJobProgress(ctx context.Context, id int64, progress float64) error {
	set := "jsonb_set(metadata, '$.progress', ?)"
	if query.IsPostgres(s.db) {
		set = "metadata || jsonb_build_object('progress', ?::float8)"
	}
	_, err := s.db.NewRaw("UPDATE river_job SET metadata = "+set+" WHERE id = ? AND state = 'running'", progress, id).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note how much of job %d is done: %w", id, query.WrapError(err))
	}
	return nil
}
