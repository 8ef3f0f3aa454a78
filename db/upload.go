package db

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A ScoreUpload is a request to send scores of an assignment to Canvas.
type ScoreUpload struct {
	bun.BaseModel `bun:"table:upload,alias:upl"`
	query.RowMeta

	CourseID     int64 `bun:"course_id,pk"`
	MomotorID    int64 `bun:"id,pk"`
	AssignmentID int64 `bun:"assignment_id"`
	// SectionID is the section whose students' scores are sent; nil means all students.
	SectionID *int64 `bun:"section_id"`
	// Passed selects the scores of accepted results, and Failed selects the scores of rejected
	// results. Failed does not describe the upload: see State and Failure.
	Passed bool `bun:"passed"`
	Failed bool `bun:"failed"`
	// ReplaceExisting is set when the upload may replace existing grades in Canvas.
	ReplaceExisting bool        `bun:"replace_existing"`
	State           UploadState `bun:"state"`
	// Failure is the reason why the upload failed; nil if it did not fail.
	Failure *string `bun:"failure"`
	// CanvasJobID is the id of the job in Canvas that stores the grades (a Progress object in the
	// API of Canvas); nil while the id is unknown.
	CanvasJobID *string    `bun:"canvas_progress"`
	CreatedAt   time.Time  `bun:"created_at"`
	StartedAt   *time.Time `bun:"started_at"`
	EndedAt     *time.Time `bun:"ended_at"`
}

// An UploadState is the state of an upload.
type UploadState string

// The states of an upload, in their order.
const (
	UploadWaiting UploadState = "waiting"
	UploadRunning UploadState = "running"
	UploadDone    UploadState = "done"
	UploadFailed  UploadState = "failed"
)

// ID is the upload's global id.
func (u *ScoreUpload) ID() string {
	return NodeID{Type: "ScoreUpload", Key: query.Key{u.CourseID, u.MomotorID}}.String()
}

// IsNode makes an upload a Node of the schema.
func (*ScoreUpload) IsNode() {}

func (*ScoreUpload) PrimaryKey() []string   { return []string{"course_id", "id"} }
func (*ScoreUpload) OrderColumns() []string { return []string{"id"} }

// ColumnExpr hides texts from callers with pseudonyms.
func (*ScoreUpload) ColumnExpr(column string, sc query.Scope, _ bool) query.Clause {
	if column == "failure" {
		return freeText(sc)
	}
	return query.Clause{}
}

// The edges to uploads, which only reviewers may see.
var (
	AssignmentUploads = query.Edge[ScoreUpload]{
		Path: "assignment.uploads", KeyWidth: 2, Visible: visibleUpload,
		On: "upl.course_id = parent.k0 AND upl.assignment_id = parent.k1",
	}
	UploadByID = query.Edge[ScoreUpload]{Path: "upload", KeyWidth: 2, On: "upl.course_id = parent.k0 AND upl.id = parent.k1", Visible: visibleUpload}
)

// visibleUpload selects rows of upload AS upl.
func visibleUpload(sc query.Scope) query.Clause { return visibleToReviewers(sc, "upl.course_id") }

// UploadSection is the edge from an upload to its section.
var UploadSection = query.Edge[Section]{
	Path: "upload.section", KeyWidth: 2, Visible: visibleSection,
	On: "sec.course_id = parent.k0 AND sec.id = (SELECT upl.section_id FROM upload AS upl WHERE upl.course_id = parent.k0 AND upl.id = parent.k1)",
}

// A ScoreOutcome is the outcome of an upload for the score of one student.
type ScoreOutcome struct {
	bun.BaseModel `bun:"table:upload_outcome,alias:upo"`
	query.RowMeta

	CourseID int64 `bun:"course_id,pk"`
	UploadID int64 `bun:"upload_id,pk"`
	UserID   int64 `bun:"user_id,pk"`
	// PublicUserID is UserID, or the pseudonym in its place.
	PublicUserID int64      `bun:"public_user_id,scanonly"`
	State        ScoreState `bun:"state"`
	// Grade is the grade that was sent, in the format of Canvas; nil when none was.
	Grade *string `bun:"grade"`
	// Reason explains why the score was not sent or not accepted; nil if that is unknown.
	Reason *string `bun:"reason"`
}

// A ScoreState is the state of a score.
type ScoreState string

// The states of a score.
const (
	ScorePending ScoreState = "pending" // may have been sent; the outcome is unknown
	ScoreSent    ScoreState = "sent"    // accepted by Canvas
	ScoreRefused ScoreState = "refused" // not stored in Canvas, or unknown: the reason says why
	ScoreKept    ScoreState = "kept"    // Canvas has a grade that must not be replaced
)

func (*ScoreOutcome) PrimaryKey() []string   { return []string{"course_id", "upload_id", "user_id"} }
func (*ScoreOutcome) OrderColumns() []string { return []string{"public_user_id"} }

// ColumnExpr hides people and texts from callers with pseudonyms.
func (*ScoreOutcome) ColumnExpr(column string, sc query.Scope, _ bool) query.Clause {
	switch column {
	case "public_user_id":
		return personID(sc, "upo.user_id")
	case "reason":
		return freeText(sc)
	}
	return query.Clause{}
}

// UploadOutcomes is the edge from an upload to the outcomes of its scores.
var UploadOutcomes = query.Edge[ScoreOutcome]{
	Path: "upload.outcomes", KeyWidth: 2,
	On:      "upo.course_id = parent.k0 AND upo.upload_id = parent.k1",
	Visible: func(sc query.Scope) query.Clause { return visibleToReviewers(sc, "upo.course_id") },
}
