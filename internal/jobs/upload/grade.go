package upload

import (
	"fmt"
	"math"
	"strconv"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

// The grades that pass_fail assignments have.
const gradeComplete, gradeIncomplete = "complete", "incomplete"

// gradeOf is the grade to send for a result, or why there is none. It is made of the
// learner's score alone.
func gradeOf(a canvas.Assignment, s *db.UploadScore) (grade, why string) {
	switch {
	case s.Secret != nil && *s.Secret:
		return "", "The result is secret: its score is not for students."
	case a.GradingType == canvas.PassFail && *s.Accepted:
		return gradeComplete, ""
	case a.GradingType == canvas.PassFail:
		return gradeIncomplete, ""
	case s.Score == nil:
		return "", "The result has no score."
	case math.IsNaN(*s.Score) || math.IsInf(*s.Score, 0): // Canvas would clear the grade
		return "", "The score is no number that Canvas takes."
	case byShare(a.GradingType) && (a.PointsPossible == nil || *a.PointsPossible <= 0):
		return "", "The assignment has no points in Canvas of which the score could be a part."
	}
	return canvas.FormatPoints(*s.Score), ""
}

// byShare tells of ways to grade that say how much of the possible points a score is.
func byShare(t canvas.GradingType) bool {
	return t == canvas.Percent || t == canvas.LetterGrade || t == canvas.GPAScale
}

// A standing is what Canvas has of a student for an assignment.
type standing struct {
	student canvas.ID
	group   canvas.ID // 0 for none
	excused bool
	score   *float64
	grade   string
}

// standingOf reads a submission. What was entered is what somebody posted; the score is what
// Canvas' policy for late work leaves of it.
func standingOf(s canvas.Submission) standing {
	st := standing{student: s.UserID, group: s.Group.ID, excused: s.Excused, score: s.EnteredScore, grade: s.EnteredGrade}
	if st.score == nil && st.grade == "" {
		st.score, st.grade = s.Score, s.Grade
	}
	return st
}

// graded tells whether there is a grade.
func (s standing) graded() bool { return s.score != nil || s.grade != "" }

// has tells whether the grade that is there is what posting a grade would make. Numbers are
// compared as numbers: Canvas writes them in another way than we do.
func (s standing) has(posted string) bool {
	switch posted {
	case gradeComplete:
		return s.grade == gradeComplete || s.grade == "pass"
	case gradeIncomplete:
		return s.grade == gradeIncomplete || s.grade == "fail"
	}
	score, err := strconv.ParseFloat(posted, 64)
	return err == nil && s.score != nil && math.Abs(score-*s.score) <= noise*max(1, math.Abs(score))
}

// noise is how much a score may change on its way through decimals.
const noise = 1e-9

// text is the grade as people know it from Canvas.
func (s standing) text() string {
	if s.grade != "" {
		return s.grade
	}
	return canvas.FormatPoints(*s.score)
}

func (s standing) keptReason() string {
	return fmt.Sprintf("Canvas has the grade %s already, which was not to be replaced.", s.text())
}

// Why a score is not sent, for people.
const (
	whyExcused = "The student is excused in Canvas."
	whyMate    = "Another member of the group has a grade in Canvas already, which this one would replace."
	whyThere   = "Canvas had this grade already."
	whyAbsent  = "Canvas does not have the student in this course, or section."
	whyAgain   = "There is something newer to be processed first: its score can be sent then."
	whyGone    = "There is no result any more of which this is the score."
)
