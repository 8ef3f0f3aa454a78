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

// Grade is what is to be written for one student. The zero value writes nothing.
type Grade struct {
	// Posted is points (see FormatPoints), a percentage like "40%", a letter, or pass,
	// fail, complete or incomplete; empty leaves the grade as it is. Canvas takes more
	// than the points possible. What it cannot read for the assignment's grading type
	// clears the grade, without an error.
	Posted string
	// Clear takes the grade away. It goes before Posted.
	Clear bool
	// Excuse excuses the student, which takes the grade away. In a group assignment it
	// is for this student alone. It goes before Posted and Clear.
	Excuse bool
	// Comment is added to the submission, once more each time it is sent: never send it
	// again when the first sending may have arrived.
	Comment string
}

// FormatPoints writes a score for Grade.Posted.
func FormatPoints(score float64) string { return strconv.FormatFloat(score, 'f', -1, 64) }

// UpdateGrades sends grades for students of an assignment in one request, and gives the
// job that Canvas does it in: nothing is written yet, and Progress tells when it is. With
// a section, students outside of it count as missing.
//
// A score that is the same already is not graded again, so grades may be sent twice; nor
// is it when the student has handed in since, whose GradeMatchesCurrentSubmission stays
// false then. Comments may not be sent twice: see Grade.Comment. When it is not known whether the request arrived,
// the error is ErrUnsure and nothing was tried again. An unpublished assignment is
// ErrForbidden.
//
// In a group assignment a grade is for the whole group (see Assignment.ByGroup), except
// for members who are excused; a comment is for the one student.
func (c *Client) UpdateGrades(ctx context.Context, course ID, section *ID, assignment ID, grades map[ID]Grade) (Progress, error) {
	q := call{
		op:   fmt.Sprintf("send %d grades for assignment %d", len(grades), assignment),
		url:  c.api(append(scope(course, section), "assignments", assignment.String(), "submissions", "update_grades")...),
		form: url.Values{},
	}
	for _, user := range slices.Sorted(maps.Keys(grades)) {
		grades[user].put(q.form, "grade_data["+user.String()+"]")
	}
	if len(q.form) == 0 {
		return Progress{}, &Error{Op: q.op, Kind: ErrRefused, Message: "there is no grade and no comment to send"}
	}
	p, err := one[Progress](ctx, c, q)
	if err == nil && p.ID == 0 {
		err = plain(garbled(q, http.StatusOK, "the answer names no job"))
	}
	return p, err
}

func (g Grade) put(form url.Values, student string) {
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
