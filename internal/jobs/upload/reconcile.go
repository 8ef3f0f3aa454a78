package upload

import (
	"fmt"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

// sentOutcome returns the outcome of a score that was sent, from the grade that Canvas has
// now. job is the last known state of the Canvas job; its id is 0 if Canvas lost the job.
func sentOutcome(upload *db.ScoreUpload, pending *db.KnownOutcome, grade canvasGrade, job canvas.Progress) *db.ScoreOutcome {
	o := &db.ScoreOutcome{CourseID: upload.CourseID, UploadID: upload.MomotorID, UserID: pending.UserID, Grade: pending.Grade}
	var reason string
	switch {
	case pending.Grade != nil && grade.equals(*pending.Grade):
		o.State = db.ScoreSent
		return o
	case grade.excused:
		o.State, o.Grade, reason = db.ScoreKept, nil, reasonExcused
	default:
		o.State, reason = db.ScoreRefused, refusalReason(canvas.ID(pending.UserCanvasID), grade, job)
	}
	o.Reason = &reason
	return o
}

// refusalReason says why Canvas does not have a grade that was sent.
func refusalReason(student canvas.ID, grade canvasGrade, job canvas.Progress) string {
	switch {
	case slices.Contains(job.Missing(), student), grade.student == 0:
		return reasonAbsent
	case grade.exists():
		return fmt.Sprintf("Canvas has another grade instead: %s.", grade.text())
	case job.ID == 0:
		return "Canvas lost the job with the grade, and does not have the grade."
	case job.State == canvas.Failed && job.Message != "":
		return "Canvas refused the grade: " + job.Message
	case !job.Done():
		return fmt.Sprintf("Canvas did not write the grade within %s.", canvasJobTimeout)
	}
	return "Canvas refused the grade."
}

// pendingOutcomes returns the outcomes of scores that may have been sent.
func pendingOutcomes(known []*db.KnownOutcome) (pending []*db.KnownOutcome) {
	for _, k := range known {
		if k.State == db.ScorePending {
			pending = append(pending, k)
		}
	}
	return pending
}

// sameStudents reports whether two lists of outcomes have the same students. Both lists must
// be in the order of the students.
func sameStudents(a, b []*db.KnownOutcome) bool {
	return slices.EqualFunc(a, b, func(a, b *db.KnownOutcome) bool { return a.UserID == b.UserID })
}
