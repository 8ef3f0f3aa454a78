package canvas_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// upload uploads grades and waits for the end of the job.
func (sc *fixture) upload(t *testing.T, section *canvas.ID, assignment canvas.ID, grades map[canvas.ID]canvas.Grade) canvas.Progress {
	t.Helper()
	p, err := sc.UpdateGrades(t.Context(), sc.course, section, assignment, grades)
	if err != nil {
		t.Fatal(err)
	}
	if p.ID == 0 || p.State != canvas.Queued || p.Done() {
		t.Fatalf("UpdateGrades = %+v, want a queued job", p)
	}
	for range 5 {
		if p, err = sc.Progress(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		if p.Done() {
			return p
		}
	}
	t.Fatalf("the job does not end: %+v", p)
	return p
}

// gradeState returns the grade, state and comments of a student in the fake.
func (sc *fixture) gradeState(student, assignment canvas.ID) string {
	g := sc.Grade(int64(student), int64(assignment))
	score := "none"
	if g.Score != nil {
		score = canvas.FormatPoints(*g.Score)
	}
	return fmt.Sprintf("%s %s %s excused=%v changed=%d %q", score, g.Text, g.State, g.Excused, g.Changes, g.Comments)
}

func TestUpdateGrades(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		assignment canvastest.Assignment
		before     string // graded manually
		grade      canvas.Grade
		want       string
	}{
		{"points", canvastest.Assignment{Points: 10}, "", canvas.Grade{Posted: canvas.FormatPoints(7.25)}, `7.25 7.25 graded excused=false changed=1 []`},
		{"above the maximum", canvastest.Assignment{Points: 10}, "", canvas.Grade{Posted: "12"}, `12 12 graded excused=false changed=1 []`},
		{"percentage", canvastest.Assignment{Points: 20, Grading: "percent"}, "", canvas.Grade{Posted: "40%"}, `8 40% graded excused=false changed=1 []`},
		{"unchanged", canvastest.Assignment{Points: 10}, "7", canvas.Grade{Posted: "7.0"}, `7 7 graded excused=false changed=1 []`},
		{"only a comment", canvastest.Assignment{Points: 10}, "7", canvas.Grade{Comment: "Well & done: 100%"}, `7 7 graded excused=false changed=1 ["Well & done: 100%"]`},
		{"cleared", canvastest.Assignment{Points: 10}, "7", canvas.Grade{Clear: true}, `none  unsubmitted excused=false changed=2 []`},
		{"excused", canvastest.Assignment{Points: 10}, "7", canvas.Grade{Excuse: true, Posted: "3"}, `none  graded excused=true changed=2 []`},
		{"passed", canvastest.Assignment{Points: 2, Grading: "pass_fail"}, "", canvas.Grade{Posted: "pass"}, `2 complete graded excused=false changed=1 []`},
		{"passed by points", canvastest.Assignment{Points: 2, Grading: "pass_fail"}, "", canvas.Grade{Posted: "2"}, `2 complete graded excused=false changed=1 []`},
		{"failed", canvastest.Assignment{Points: 2, Grading: "pass_fail"}, "", canvas.Grade{Posted: "0"}, `0 incomplete graded excused=false changed=1 []`},
		{"partial points of pass_fail", canvastest.Assignment{Points: 2, Grading: "pass_fail"}, "pass", canvas.Grade{Posted: "1"}, `none  unsubmitted excused=false changed=2 []`},
		{"ungraded assignment", canvastest.Assignment{Points: 2, Grading: "not_graded"}, "", canvas.Grade{Posted: "1"}, `none  unsubmitted excused=false changed=0 []`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sc := newFixture(t)
			a := sc.add(c.assignment)
			if c.before != "" {
				sc.SetGrade(int64(sc.students[0]), int64(a), c.before)
			}
			p := sc.upload(t, nil, a, map[canvas.ID]canvas.Grade{sc.students[0]: c.grade})
			if p.State != canvas.Completed || p.Missing() != nil {
				t.Errorf("job = %+v, want completed", p)
			}
			if got := sc.gradeState(sc.students[0], a); got != c.want {
				t.Errorf("after UpdateGrades(%+v) the student has %s, want %s", c.grade, got, c.want)
			}
		})
	}
}

// TestGradesReadBack asserts that Grades reads the grades and comments in Canvas.
func TestGradesReadBack(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	uploaded := map[canvas.ID]canvas.Grade{}
	for i, s := range sc.students {
		uploaded[s] = canvas.Grade{Posted: canvas.FormatPoints(float64(i) / 2), Comment: "Number " + s.String()}
	}
	sc.upload(t, nil, sc.assignment, uploaded)
	seen := 0
	for s, err := range sc.Grades(t.Context(), sc.course, nil, sc.assignment) {
		must(t, err)
		seen++
		if s.Score == nil || canvas.FormatPoints(*s.EnteredScore) != uploaded[s.UserID].Posted || len(s.Comments) != 1 ||
			s.Comments[0].Comment != uploaded[s.UserID].Comment || s.GraderID == 0 || !s.GradedAt.Equal(noon) || s.History != nil {
			t.Errorf("Grades = %+v, want %+v", s, uploaded[s.UserID])
		}
	}
	if seen != len(uploaded) {
		t.Errorf("Grades lists %d submissions, want %d", seen, len(uploaded))
	}
	// The second upload duplicates the comment and does not change the grade.
	sc.upload(t, nil, sc.assignment, uploaded)
	if g := sc.Grade(int64(sc.students[1]), int64(sc.assignment)); len(g.Comments) != 2 || g.Changes != 1 {
		t.Errorf("after two uploads: %+v, want two comments and one change", g)
	}
}

// TestSameGradeForNewAttempt asserts that an equal grade after a new attempt remains a grade of
// the old attempt.
func TestSameGradeForNewAttempt(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	student, assignment := int64(sc.students[0]), int64(sc.assignment)
	sc.Submit(student, assignment, noon)
	sc.SetGrade(student, assignment, "7")
	sc.Submit(student, assignment, noon)
	for _, c := range []struct {
		posted string
		stale  bool
	}{{"7", true}, {"8", false}} {
		sc.upload(t, nil, sc.assignment, map[canvas.ID]canvas.Grade{sc.students[0]: {Posted: c.posted}})
		for s, err := range sc.Grades(t.Context(), sc.course, nil, sc.assignment) {
			must(t, err)
			if s.UserID == sc.students[0] && s.GradeMatchesCurrentSubmission == c.stale {
				t.Errorf("after %s: GradeMatchesCurrentSubmission = %v", c.posted, s.GradeMatchesCurrentSubmission)
			}
		}
	}
}

// TestMissingStudents asserts that a job that does not find a student fails, but grades the
// others.
func TestMissingStudents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		section bool
		missing func(sc *fixture) []canvas.ID
	}{
		{"unenrolled and unknown", false, func(sc *fixture) []canvas.ID { return []canvas.ID{sc.students[0], 99_999_999_999_999_999} }},
		{"outside of the section", true, func(sc *fixture) []canvas.ID { return sc.students[3:] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sc := newFixture(t)
			grades := map[canvas.ID]canvas.Grade{sc.students[2]: {Posted: "3"}}
			for _, m := range c.missing(sc) {
				grades[m] = canvas.Grade{Posted: "4"}
			}
			var section *canvas.ID
			if c.section {
				section = &sc.sections[0]
			} else {
				sc.Unenroll(int64(sc.students[0]), int64(sc.course))
			}
			p := sc.upload(t, section, sc.assignment, grades)
			if want := c.missing(sc); p.State != canvas.Failed || !slices.Equal(p.Missing(), want) {
				t.Errorf("job = %s, Missing() = %v, want failed, %v", p.State, p.Missing(), want)
			}
			if got, want := sc.gradeState(sc.students[2], sc.assignment), `3 3 graded excused=false changed=1 []`; got != want {
				t.Errorf("the other student has %s, want %s", got, want)
			}
		})
	}
}

func TestGroupGrades(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		individually bool
		grade        canvas.Grade
		want         []string // the student, a member of the same group, an excused member
	}{
		{"whole group", false, canvas.Grade{Posted: "5", Comment: "Yes"}, []string{
			`5 5 graded excused=false changed=1 ["Yes"]`, `5 5 graded excused=false changed=1 []`, `none  graded excused=true changed=1 []`,
		}},
		{"individual grades", true, canvas.Grade{Posted: "5"}, []string{
			`5 5 graded excused=false changed=1 []`, `none  unsubmitted excused=false changed=0 []`, `none  graded excused=true changed=1 []`,
		}},
		{"an excuse", false, canvas.Grade{Excuse: true}, []string{
			`none  graded excused=true changed=1 []`, `none  unsubmitted excused=false changed=0 []`, `none  graded excused=true changed=1 []`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sc := newFixture(t)
			a := sc.add(canvastest.Assignment{Points: 10, GroupCategory: 3, Individually: c.individually})
			sc.AddGroup(3, "The three", int64(sc.students[0]), int64(sc.students[1]), int64(sc.students[2]))
			sc.Excuse(int64(sc.students[2]), int64(a))
			sc.upload(t, nil, a, map[canvas.ID]canvas.Grade{sc.students[0]: c.grade})
			var got []string
			for _, s := range sc.students[:3] {
				got = append(got, sc.gradeState(s, a))
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("the group has\n%q, want\n%q", got, c.want)
			}
			for s, err := range sc.Grades(t.Context(), sc.course, nil, a) {
				must(t, err)
				if in := slices.Contains(sc.students[:3], s.UserID); in != (s.Group.Name == "The three") || in != (s.Group.ID != 0) {
					t.Errorf("group of %d = %+v", s.UserID, s.Group)
				}
			}
		})
	}
}

func TestUpdateGradesRejected(t *testing.T) {
	t.Parallel()
	grades := func(sc *fixture) map[canvas.ID]canvas.Grade {
		return map[canvas.ID]canvas.Grade{sc.students[0]: {Posted: "1"}}
	}
	for _, c := range []struct {
		name    string
		options []canvastest.Option
		before  func(sc *fixture)
		want    error
	}{
		{"unpublished", nil, func(sc *fixture) {
			sc.UpdateAssignment(int64(sc.assignment), func(a *canvastest.Assignment) { a.Unpublished = true })
		}, canvas.ErrForbidden},
		{"no permission", nil, func(sc *fixture) { sc.SetForbidden(int64(sc.course), true) }, canvas.ErrForbidden},
		{"no permission, older Canvas", []canvastest.Option{canvastest.With401ForForbidden()}, func(sc *fixture) { sc.SetForbidden(int64(sc.course), true) }, canvas.ErrForbidden},
		{"deleted", nil, func(sc *fixture) { sc.DeleteAssignment(int64(sc.assignment)) }, canvas.ErrNotFound},
		{"revoked", nil, func(sc *fixture) { sc.RevokeToken() }, canvas.ErrUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sc := newFixture(t, c.options...)
			c.before(sc)
			_, err := sc.UpdateGrades(t.Context(), sc.course, nil, sc.assignment, grades(sc))
			wantKind(t, "UpdateGrades", err, c.want)
			if n := len(sc.Requests("update_grades")); n != 1 {
				t.Errorf("update_grades was sent %d times, want once", n)
			}
		})
	}
	sc := newFixture(t)
	_, err := sc.UpdateGrades(t.Context(), sc.course, nil, sc.assignment, map[canvas.ID]canvas.Grade{sc.students[0]: {}})
	wantKind(t, "UpdateGrades without changes", err, canvas.ErrRejected)
}

// TestAssignmentUnpublishedBeforeJob asserts that the job does not grade an unpublished
// assignment.
func TestAssignmentUnpublishedBeforeJob(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	p, err := sc.UpdateGrades(t.Context(), sc.course, nil, sc.assignment, map[canvas.ID]canvas.Grade{sc.students[0]: {Posted: "1"}})
	must(t, err)
	sc.UpdateAssignment(int64(sc.assignment), func(a *canvastest.Assignment) { a.Unpublished = true })
	sc.RunJobs()
	p, err = sc.Progress(t.Context(), p.ID)
	want := "Some assignments are either not published or deleted and can not be graded '" + sc.assignment.String() + "'"
	if err != nil || p.State != canvas.Failed || p.Message != want || p.Missing() != nil {
		t.Errorf("Progress = %+v, %v, want failed with %q", p, err, want)
	}
}

// TestJobsOfCourseRunInOrder asserts that the second upload for a course begins after the end of
// the first.
func TestJobsOfCourseRunInOrder(t *testing.T) {
	t.Parallel()
	sc := newFixture(t, canvastest.WithJobDuration(time.Minute))
	send := func(points string) canvas.Progress {
		p, err := sc.UpdateGrades(t.Context(), sc.course, nil, sc.assignment, map[canvas.ID]canvas.Grade{sc.students[0]: {Posted: points}})
		must(t, err)
		return p
	}
	first, second := send("1"), send("2")
	sc.clock.Advance(time.Minute)
	first, err := sc.Progress(t.Context(), first.ID)
	if err != nil || first.State != canvas.Completed {
		t.Errorf("first job after a minute = %+v, %v, want completed", first, err)
	}
	if got := sc.gradeState(sc.students[0], sc.assignment); got[:2] != "1 " {
		t.Errorf("after the first job the student has %s", got)
	}
	sc.clock.Advance(time.Minute)
	second, err = sc.Progress(t.Context(), second.ID)
	if err != nil || second.State != canvas.Completed {
		t.Errorf("second job after two minutes = %+v, %v, want completed", second, err)
	}
	if got := sc.gradeState(sc.students[0], sc.assignment); got[:2] != "2 " {
		t.Errorf("after the second job the student has %s", got)
	}
}
