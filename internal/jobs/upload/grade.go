package upload

import (
	"fmt"
	"math"
	"strconv"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

// The grades of pass_fail assignments.
const gradeComplete, gradeIncomplete = "complete", "incomplete"

// gradeToSend returns the grade for a score, or the reason why there is none.
// A result may have two scores: one for students, and one that only reviewers see. s.Score is the
// score for students, and only this one is sent.
func gradeToSend(a canvas.Assignment, s *db.UploadScore) (grade, reason string) {
	switch {
	case s.Secret != nil && *s.Secret:
		return "", "The result is secret: students may not see its score."
	case a.GradingType == canvas.PassFail && *s.Accepted:
		return gradeComplete, ""
	case a.GradingType == canvas.PassFail:
		return gradeIncomplete, ""
	case s.Score == nil:
		return "", "The result has no score."
	case math.IsNaN(*s.Score) || math.IsInf(*s.Score, 0): // Canvas would clear the grade
		return "", "The score is not a finite number."
	case isRelative(a.GradingType) && (a.PointsPossible == nil || *a.PointsPossible <= 0):
		return "", "The assignment has no possible points in Canvas, which its grading type needs."
	}
	return canvas.FormatPoints(*s.Score), ""
}

// isRelative reports whether grades of a type are a share of the possible points.
func isRelative(t canvas.GradingType) bool {
	return t == canvas.Percent || t == canvas.LetterGrade || t == canvas.GPAScale
}

// A canvasGrade is the grade of a student in Canvas.
type canvasGrade struct {
	student canvas.ID
	group   canvas.ID // 0 is none
	excused bool
	score   *float64
	grade   string
}

// newCanvasGrade returns the grade of a submission. It prefers the entered grade, because the
// policy for late submissions may have changed the final one.
func newCanvasGrade(s canvas.Submission) canvasGrade {
	g := canvasGrade{student: s.UserID, group: s.Group.ID, excused: s.Excused, score: s.EnteredScore, grade: s.EnteredGrade}
	if g.score == nil && g.grade == "" {
		g.score, g.grade = s.Score, s.Grade
	}
	return g
}

// exists reports whether the student has a grade.
func (g canvasGrade) exists() bool { return g.score != nil || g.grade != "" }

// equals reports whether g is the same grade as posted. It compares numbers by value, because
// Canvas formats them differently.
func (g canvasGrade) equals(posted string) bool {
	switch posted {
	case gradeComplete:
		return g.grade == gradeComplete || g.grade == "pass"
	case gradeIncomplete:
		return g.grade == gradeIncomplete || g.grade == "fail"
	}
	score, err := strconv.ParseFloat(posted, 64)
	return err == nil && g.score != nil && math.Abs(score-*g.score) <= tolerance*max(1, math.Abs(score))
}

// tolerance is how much the conversion to decimals may change a score.
const tolerance = 1e-9

// text returns the grade in the form that Canvas shows.
func (g canvasGrade) text() string {
	if g.grade != "" {
		return g.grade
	}
	return canvas.FormatPoints(*g.score)
}

func (g canvasGrade) keptReason() string {
	return fmt.Sprintf("Canvas already has the grade %s, which must not be replaced.", g.text())
}

// The reasons why a score is not sent, for users.
const (
	reasonExcused        = "The student is excused in Canvas."
	reasonMemberHasGrade = "Another member of the group has a grade in Canvas. Sending this student's grade would replace it."
	reasonUnchanged      = "Canvas already had this grade."
	reasonAbsent         = "The student is not in this course or section in Canvas."
	reasonUnfinished     = "A newer result must be processed first. Its score can be sent then."
	reasonNoResult       = "The result with this score does not exist any more."
)
