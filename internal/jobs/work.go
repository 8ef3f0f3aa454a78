// Package jobs does what takes longer than a request, in the background, on River: it
// hands results to the engine, brings courses up to date with Canvas, sends scores to
// Canvas and purges old bundles. Work is put in the transaction of the change that asks
// for it, so that neither is ever without the other.
package jobs

import (
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
)

// Work waits in queues. That for Canvas has one of its own, so that a Canvas that is away
// holds nothing else up.
const queueProcess, queueCanvas, queueUpkeep = "process", "canvas", "upkeep"

// Process hands a queued result to the engine and stores what comes back.
type Process struct {
	CourseID int64 `json:"course_id"`
	ResultID int64 `json:"result_id"`
	// Turn is that of change.QueuedRun: a result that is queued once more while it is being
	// processed is work of its own.
	Turn int64 `json:"turn"`
}

// ProcessAll is the work of processing results of a course.
func ProcessAll(course int64, results []change.QueuedRun) []river.JobArgs {
	work := make([]river.JobArgs, len(results))
	for i, q := range results {
		work[i] = Process{CourseID: course, ResultID: q.ID, Turn: q.Generation}
	}
	return work
}

// Kind names the work in River's tables.
func (Process) Kind() string { return "process" }

// InsertOpts says how the work waits.
func (Process) InsertOpts() river.InsertOpts { return once(queueProcess, 10) }

// Refresh brings an assignment, and its course's people, up to date with Canvas.
type Refresh struct {
	CourseID     int64 `json:"course_id"`
	AssignmentID int64 `json:"assignment_id"`
	// Asked is when somebody asked for it, in Unix microseconds: what is under way then may
	// have looked already, so it is work of its own. 0 is on schedule.
	Asked int64 `json:"asked,omitempty"`
}

// Kind names the work in River's tables.
func (Refresh) Kind() string { return "refresh" }

// InsertOpts says how the work waits.
func (Refresh) InsertOpts() river.InsertOpts { return once(queueCanvas, 10) }

// Key is the key of the assignment.
func (w Refresh) Key() db.AssignmentKey {
	return db.AssignmentKey{CourseID: w.CourseID, ID: w.AssignmentID}
}

// Upload sends scores to Canvas, as the row of the table upload says.
type Upload struct {
	CourseID int64 `json:"course_id"`
	UploadID int64 `json:"upload_id"`
}

// Kind names the work in River's tables.
func (Upload) Kind() string { return "upload" }

// InsertOpts says how the work waits.
func (Upload) InsertOpts() river.InsertOpts { return once(queueCanvas, 10) }

// Sync asks for a Refresh of every assignment that is to be kept up to date with Canvas.
type Sync struct{}

// Kind names the work in River's tables.
func (Sync) Kind() string { return "sync" }

// InsertOpts says how the work waits.
func (Sync) InsertOpts() river.InsertOpts { return once(queueUpkeep, 3) }

// Purge removes bundles that are older than they are to be kept.
type Purge struct{}

// Kind names the work in River's tables.
func (Purge) Kind() string { return "purge" }

// InsertOpts says how the work waits.
func (Purge) InsertOpts() river.InsertOpts { return once(queueUpkeep, 3) }

// How long one go at work of a kind may take. Work that is under way for unwindTime longer
// is River's to rescue, though its program is still there.
var limits = map[string]time.Duration{
	Process{}.Kind(): time.Hour, Refresh{}.Kind(): 30 * time.Minute, Upload{}.Kind(): 30 * time.Minute,
	Sync{}.Kind(): 5 * time.Minute, Purge{}.Kind(): 30 * time.Minute,
}

// once lets work wait in a queue, unless the same work waits there or is being done, for
// so many goes at it.
func once(queue string, goes int) river.InsertOpts {
	return river.InsertOpts{Queue: queue, MaxAttempts: goes + db.ExtraAttempts, UniqueOpts: river.UniqueOpts{
		ByArgs: true,
		ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled,
		},
	}}
}
