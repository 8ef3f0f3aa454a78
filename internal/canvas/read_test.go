package canvas_test

import (
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

func TestCourse(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	c, err := sc.Course(t.Context(), sc.course)
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != sc.course || c.Name != "Programming" || c.CourseCode != "2IP90" || c.Term.Name != "Default Term" || !c.StartAt.IsZero() {
		t.Errorf("Course = %+v", c)
	}
	if got := sc.Requests()[0].Accept; got != "application/json+canvas-string-ids, application/json" {
		t.Errorf("the request accepts %q", got)
	}
	sc.DeleteCourse(int64(sc.course))
	_, err = sc.Course(t.Context(), sc.course)
	wantKind(t, "Course of a deleted course", err, canvas.ErrNotFound)
}

func TestAssignment(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	id := sc.add(canvastest.Assignment{Name: "In groups", Points: 2.5, Grading: "pass_fail", GroupCategory: 1, Unpublished: true})
	a, err := sc.Assignment(t.Context(), sc.course, id)
	if err != nil {
		t.Fatal(err)
	}
	if a.ID != id || a.CourseID != sc.course || a.PointsPossible == nil || *a.PointsPossible != 2.5 ||
		a.GradingType != canvas.PassFail || a.Published || !a.ByGroup() || !a.DueAt.IsZero() {
		t.Errorf("Assignment = %+v", a)
	}
	a, err = sc.Assignment(t.Context(), sc.course, sc.assignment)
	if err != nil || !a.Published || a.ByGroup() || !a.DueAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("Assignment = %+v, %v", a, err)
	}
}

// TestLists asserts that lists are complete with all four kinds of pagination. Pages have one
// row.
func TestLists(t *testing.T) {
	t.Parallel()
	sc := newFixture(t, canvastest.WithPageSize(1))
	sc.EnrollAs(sc.AddUser(canvastest.User{Name: "Tea Cher"}), int64(sc.sections[0]), canvastest.Teacher)
	sc.Invite(sc.AddUser(canvastest.User{Name: "Not Yet"}), int64(sc.sections[0]))

	var sections, enrolled, users, submitters, ofSection []canvas.ID
	for s, err := range sc.Sections(t.Context(), sc.course) {
		sections = append(sections, s.ID)
		must(t, err)
	}
	for e, err := range sc.Enrollments(t.Context(), sc.course) {
		enrolled = append(enrolled, e.User.ID)
		must(t, err)
	}
	for u, err := range sc.Users(t.Context(), sc.course) {
		users = append(users, u.ID)
		must(t, err)
	}
	for s, err := range sc.Submissions(t.Context(), sc.course, sc.assignment) {
		submitters = append(submitters, s.UserID)
		must(t, err)
	}
	for s, err := range sc.SectionSubmissions(t.Context(), sc.sections[1], sc.assignment) {
		ofSection = append(ofSection, s.UserID)
		must(t, err)
	}
	for _, c := range []struct {
		name      string
		got, want []canvas.ID
	}{
		{"Sections", sections, sc.sections[:]},
		{"Enrollments", enrolled, sc.students},
		{"Users", users, sc.students},
		{"Submissions", submitters, sc.students},
		{"SectionSubmissions", ofSection, sc.students[3:]},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	for e, err := range sc.Enrollments(t.Context(), sc.course, canvas.TeacherEnrollment, canvas.TaEnrollment) {
		must(t, err)
		if e.User.Name != "Tea Cher" || e.Type != canvas.TeacherEnrollment || e.CourseSectionID != sc.sections[0] {
			t.Errorf("Enrollments of teachers = %+v", e)
		}
	}
}

func TestSubmissionHistory(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	late, none := sc.students[0], sc.students[1]
	file := canvastest.File{Name: "sort.py", Type: "text/x-python", Content: []byte("sorted()")}
	sc.Submit(int64(late), int64(sc.assignment), noon, file)
	sc.SetGrade(int64(late), int64(sc.assignment), "7.5")
	sc.Submit(int64(late), int64(sc.assignment), noon.Add(2*time.Hour), file, file)

	got := map[canvas.ID]canvas.Submission{}
	for s, err := range sc.Submissions(t.Context(), sc.course, sc.assignment) {
		must(t, err)
		got[s.UserID] = s
	}
	s := got[none]
	if s.Attempt != 0 || s.WorkflowState != "unsubmitted" || !s.SubmittedAt.IsZero() || s.Score != nil || len(s.History) != 1 || len(s.Attempts()) != 0 {
		t.Errorf("submission without attempts = %+v", s)
	}
	s = got[late]
	if s.Attempt != 2 || !s.Late || s.WorkflowState != "submitted" || s.GradeMatchesCurrentSubmission || *s.Score != 7.5 || s.User.Name != "Student 1.1" {
		t.Errorf("submission = %+v", s)
	}
	attempts := s.Attempts()
	if len(attempts) != 2 || attempts[0].Attempt != 1 || attempts[0].Late || len(attempts[0].Attachments) != 1 || !attempts[0].GradeMatchesCurrentSubmission ||
		attempts[1].Attempt != 2 || len(attempts[1].Attachments) != 2 {
		t.Fatalf("Attempts = %+v", attempts)
	}
	want := sc.URL + "/courses/" + sc.course.String() + "/assignments/" + sc.assignment.String() + "/submissions/" + late.String() + "?preview=1&version=1"
	if attempts[0].PreviewURL != want {
		t.Errorf("PreviewURL = %q, want %q", attempts[0].PreviewURL, want)
	}
	if f := attempts[0].Attachments[0]; f.DisplayName != "sort.py" || f.ContentType != "text/x-python" || f.Size != 8 {
		t.Errorf("attachment = %+v", f)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
