package upload

import (
	"fmt"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

// verdict says what became of a score that was sent, by what Canvas has after it. Job is as
// it was last seen; one that Canvas does not tell of is without an id.
func verdict(x *db.ScoreUpload, k *db.KnownOutcome, st standing, job canvas.Progress) *db.ScoreOutcome {
	o := &db.ScoreOutcome{CourseID: x.CourseID, UploadID: x.MomotorID, UserID: k.UserID, Grade: k.Grade}
	var why string
	switch {
	case k.Grade != nil && st.has(*k.Grade):
		o.State = db.ScoreSent
		return o
	case st.excused:
		o.State, o.Grade, why = db.ScoreKept, nil, whyExcused
	default:
		o.State, why = db.ScoreRefused, refusedReason(canvas.ID(k.UserCanvasID), st, job)
	}
	o.Reason = &why
	return o
}

// refusedReason says why Canvas does not have a grade, as well as one can know.
func refusedReason(student canvas.ID, st standing, job canvas.Progress) string {
	switch {
	case slices.Contains(job.Missing(), student), st.student == 0:
		return whyAbsent
	case st.graded():
		return fmt.Sprintf("Canvas has another grade instead: %s.", st.text())
	case job.ID == 0: // it vanished
		return "Canvas does not tell what became of the grade, and does not have it."
	case job.State == canvas.Failed && job.Message != "":
		return "Canvas did not take the grade: " + job.Message
	case !job.Done():
		return fmt.Sprintf("Canvas did not write the grade within %s.", jobLimit)
	}
	return "Canvas did not take the grade."
}

// pendingOf are the outcomes of scores that may be on their way.
func pendingOf(known []*db.KnownOutcome) (pending []*db.KnownOutcome) {
	for _, k := range known {
		if k.State == db.ScorePending {
			pending = append(pending, k)
		}
	}
	return pending
}

// sameStudents tells whether two lists of outcomes are of the same students; both are in
// the order of the students.
func sameStudents(a, b []*db.KnownOutcome) bool {
	return slices.EqualFunc(a, b, func(a, b *db.KnownOutcome) bool { return a.UserID == b.UserID })
}
