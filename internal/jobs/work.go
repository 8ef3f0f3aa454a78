// Package jobs does what takes longer than a request, in the background, on River: it
// hands results to the engine, brings courses up to date with Canvas, sends scores to
// Canvas and purges old bundles. Work is put in the transaction of the change that asks
// for it, so that neither is ever without the other.
package jobs

// Process hands a queued result to the engine and stores what comes back.
type Process struct {
	CourseID int64 `json:"course_id" river:"unique"`
	ResultID int64 `json:"result_id" river:"unique"`
}

// Kind names the work in River's tables.
func (Process) Kind() string { return "process" }

// Refresh brings an assignment, and its course's people, up to date with Canvas.
type Refresh struct {
	CourseID     int64 `json:"course_id" river:"unique"`
	AssignmentID int64 `json:"assignment_id" river:"unique"`
}

// Kind names the work in River's tables.
func (Refresh) Kind() string { return "refresh" }

// Upload sends scores to Canvas, as the row of the table upload says.
type Upload struct {
	CourseID int64 `json:"course_id" river:"unique"`
	UploadID int64 `json:"upload_id" river:"unique"`
}

// Kind names the work in River's tables.
func (Upload) Kind() string { return "upload" }

// Purge removes bundles that are older than they are to be kept.
type Purge struct{}

// Kind names the work in River's tables.
func (Purge) Kind() string { return "purge" }
