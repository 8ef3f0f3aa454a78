package canvas

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// A Grade is a change of one student's grade. The zero value changes nothing.
type Grade struct {
	// Posted is points (see FormatPoints), a percentage like "40%", a letter, or pass, fail,
	// complete or incomplete; empty keeps the grade. Canvas accepts more than the points
	// possible. A text that is invalid for the grading type of the assignment clears the
	// grade without an error.
	Posted string
	// Clear removes the grade. It overrides Posted.
	Clear bool
	// Excuse excuses the student, which removes the grade. In a group assignment it applies
	// only to this student. It overrides Posted and Clear.
	Excuse bool
	// Comment is added to the submission each time it is sent: never send it again if the
	// first request may have arrived.
	Comment string
}

// FormatPoints formats a score for Grade.Posted.
func FormatPoints(score float64) string { return strconv.FormatFloat(score, 'f', -1, 64) }

// UpdateGrades uploads grades for students of an assignment in one request, and returns the
// Canvas job that applies them later; see Progress. With a section, students outside of it
// count as missing.
//
// Canvas ignores a score that is equal to the current one, so grades may be sent twice. It
// ignores it even if the student has submitted again since; GradeMatchesCurrentSubmission then
// stays false. Comments must not be sent twice: see Grade.Comment. The error is
// ErrOutcomeUnknown, without another attempt, if the request may have arrived. It is
// ErrForbidden for an unpublished assignment.
//
// In a group assignment a grade applies to the whole group (see Assignment.ByGroup), except
// for excused members. A comment applies to one student.
func (c *Client) UpdateGrades(ctx context.Context, course ID, section *ID, assignment ID, grades map[ID]Grade) (Progress, error) {
	q := call{
		op:   fmt.Sprintf("send %d grades for assignment %d", len(grades), assignment),
		url:  c.api(append(pathPrefix(course, section), "assignments", assignment.String(), "submissions", "update_grades")...),
		form: url.Values{},
	}
	for _, user := range slices.Sorted(maps.Keys(grades)) {
		grades[user].encode(q.form, "grade_data["+user.String()+"]")
	}
	if len(q.form) == 0 {
		return Progress{}, &Error{Op: q.op, Kind: ErrRejected, Message: "there is no grade and no comment to send"}
	}
	p, err := fetchOne[Progress](ctx, c, q)
	if err == nil && p.ID == 0 {
		err = publicError(invalidResponse(q, http.StatusOK, "the response has no job"))
	}
	return p, err
}

func (g Grade) encode(form url.Values, student string) {
	switch {
	case g.Excuse:
		form.Set(student+"[excuse]", "true")
	case g.Clear:
		form.Set(student+"[posted_grade]", "")
	case g.Posted != "":
		form.Set(student+"[posted_grade]", g.Posted)
	}
	if g.Comment != "" {
		form.Set(student+"[text_comment]", g.Comment)
	}
}
