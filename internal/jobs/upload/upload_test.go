package upload_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// An uploadCase is an upload with its expected outcomes.
type uploadCase struct {
	name       string
	assignment canvastest.Assignment
	request    change.UploadRequest
	section    int // from 1; 0 is all sections
	prepare    func(t *testing.T, fx *fixture)
	state      string
	want       string // the outcomes
	grades     string
	posts      int
}

// An upload records an outcome for each score, and Canvas has the grades that were sent.
func TestUpload(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for _, tt := range uploadCases() {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				tt.run(t, s)
			})
		}
	})
}

func (tt uploadCase) run(t *testing.T, s *db.Store) {
	fx := newFixture(t, s, tt.assignment)
	tt.prepare(t, fx)
	if tt.section > 0 {
		tt.request.Section = &fx.sections[tt.section-1].CanvasID
	}
	args := fx.startUpload(t, tt.request)
	fx.runJob(t, args)
	fx.runJob(t, args) // an ended upload does nothing
	if got := fx.uploadState(t, args); got != tt.state {
		t.Errorf("the upload is %q, want %q", got, tt.state)
	}
	if got := fx.outcomes(t, args); got != tt.want {
		t.Errorf("the outcomes are\n%s\nwant\n%s", got, tt.want)
	}
	if got := fx.canvasGrades(t); got != tt.grades {
		t.Errorf("Canvas has %s, want %s", got, tt.grades)
	}
	if got := fx.countPosts(t); got != tt.posts {
		t.Errorf("grades were sent %d times, want %d", got, tt.posts)
	}
	bySection := tt.section > 0 && tt.assignment.GroupCategory == 0
	for _, r := range fx.Requests("/submissions") {
		if strings.Contains(r.Path, "/sections/") != bySection {
			t.Errorf("the request %s has the wrong section", r.Path)
		}
	}
	if contacts := fx.clients.Contacts(); len(contacts) != 1 || errors.Is(contacts[0], canvas.ErrUnauthorized) != (tt.name == "revoked token") {
		t.Errorf("the recorded contacts are %v", contacts)
	}
}

func uploadCases() []uploadCase {
	allScores := change.UploadRequest{Passed: true, Failed: true}
	replaceGrades := change.UploadRequest{Passed: true, Failed: true, ReplaceExisting: true}
	points := canvastest.Assignment{}
	groupAssignment := canvastest.Assignment{GroupCategory: 3}
	addResults := func(t *testing.T, fx *fixture) {
		fx.addResult(t, "anna", 7.5)
		fx.addResult(t, "bob", -2)
		fx.addResult(t, "carl", 10)
		fx.addResult(t, "dora", 0.1)
	}
	setGrade := func(fx *fixture, name, grade string) {
		fx.SetGrade(fx.people[name].CanvasID, fx.assignment.CanvasID, grade)
	}
	excuse := func(fx *fixture, name string) { fx.Excuse(fx.people[name].CanvasID, fx.assignment.CanvasID) }
	addGroup := func(fx *fixture, members ...string) {
		var ids []int64
		for _, m := range members {
			ids = append(ids, fx.people[m].CanvasID)
		}
		fx.AddGroup(3, "Group", ids...)
	}
	withMembers := func(members ...string) func(fx *fixture) func(*ingest.ResultItem) {
		return func(fx *fixture) func(*ingest.ResultItem) {
			return func(r *ingest.ResultItem) {
				for _, m := range members {
					r.Group = append(r.Group, fx.people[m].MomotorID)
				}
			}
		}
	}
	annaBobCarl := withMembers("anna", "bob", "carl")
	return []uploadCase{
		{
			name: "points", assignment: points, request: allScores, prepare: addResults, state: "done",
			want:   "anna sent 7.5\nbob sent 2\ncarl sent 10\ndora sent 0.1",
			grades: "anna 7.5, bob 2, carl 10, dora 0.1", posts: 1,
		},
		{
			name: "passed only", assignment: points, request: change.UploadRequest{Passed: true}, prepare: addResults, state: "done",
			want: "anna sent 7.5\ncarl sent 10\ndora sent 0.1", grades: "anna 7.5, bob -, carl 10, dora 0.1", posts: 1,
		},
		{
			name: "failed only", assignment: points, request: change.UploadRequest{Failed: true}, prepare: addResults, state: "done",
			want: "bob sent 2", grades: "anna -, bob 2, carl -, dora -", posts: 1,
		},
		{name: "neither passed nor failed", assignment: points, request: change.UploadRequest{ReplaceExisting: true}, prepare: addResults, state: "done", grades: "anna -, bob -, carl -, dora -"},
		{
			name: "percent", assignment: canvastest.Assignment{Grading: "percent", Points: 20}, request: allScores, prepare: addResults, state: "done",
			want:   "anna sent 7.5\nbob sent 2\ncarl sent 10\ndora sent 0.1",
			grades: "anna 37.5%, bob 10%, carl 50%, dora 0.5%", posts: 1,
		},
		{
			name: "letter grades", assignment: canvastest.Assignment{Grading: "letter_grade"}, request: allScores, prepare: addResults, state: "done",
			want:   "anna sent 7.5\nbob sent 2\ncarl sent 10\ndora sent 0.1",
			grades: "anna C, bob F, carl A, dora F", posts: 1,
		},
		{
			name: "percent without possible points", assignment: canvastest.Assignment{Grading: "percent"}, request: allScores,
			prepare: func(t *testing.T, fx *fixture) {
				fx.addResult(t, "anna", 7.5)
				fx.UpdateAssignment(fx.assignment.CanvasID, func(a *canvastest.Assignment) { a.Points = 0 })
			},
			state: "done", want: "anna refused - (The assignment has no possible points in Canvas, which its grading type needs.)",
			grades: "anna -, bob -, carl -, dora -",
		},
		{
			name: "pass or fail", assignment: canvastest.Assignment{Grading: "pass_fail"}, request: allScores,
			prepare: func(t *testing.T, fx *fixture) {
				addResults(t, fx)
				fx.addResult(t, "dora", 1, func(r *ingest.ResultItem) { r.Result.Score = nil })
				setGrade(fx, "anna", "fail")
				setGrade(fx, "carl", "pass")
			},
			state: "done",
			want: "anna kept - (Canvas already has the grade incomplete, which must not be replaced.)\nbob sent incomplete\n" +
				"carl sent complete (Canvas already had this grade.)\ndora sent complete",
			grades: "anna incomplete, bob incomplete, carl complete, dora complete", posts: 1,
		},
		{
			name: "existing grades kept", assignment: points, request: allScores, prepare: func(t *testing.T, fx *fixture) {
				addResults(t, fx)
				setGrade(fx, "anna", "7.50")
				setGrade(fx, "bob", "3")
				excuse(fx, "carl")
			},
			state: "done",
			want: "anna sent 7.5 (Canvas already had this grade.)\nbob kept - (Canvas already has the grade 3, which must not be replaced.)\n" +
				"carl kept - (The student is excused in Canvas.)\ndora sent 0.1",
			grades: "anna 7.5, bob 3, carl x, dora 0.1", posts: 1,
		},
		{
			name: "existing grades replaced", assignment: points, request: replaceGrades, prepare: func(t *testing.T, fx *fixture) {
				addResults(t, fx)
				setGrade(fx, "anna", "7.50")
				setGrade(fx, "bob", "3")
				excuse(fx, "carl")
			},
			state:  "done",
			want:   "anna sent 7.5 (Canvas already had this grade.)\nbob sent 2\ncarl kept - (The student is excused in Canvas.)\ndora sent 0.1",
			grades: "anna 7.5, bob 2, carl x, dora 0.1", posts: 1,
		},
		{
			name: "one section", assignment: points, request: allScores, section: 2, prepare: addResults, state: "done",
			want: "carl sent 10\ndora sent 0.1", grades: "anna -, bob -, carl 10, dora 0.1", posts: 1,
		},
		{
			name: "only the score of the latest done result", assignment: points, request: allScores, prepare: func(t *testing.T, fx *fixture) {
				fx.addResult(t, "anna", 9)
				fx.addResult(t, "anna", 4, func(r *ingest.ResultItem) { r.Result.Attempt = 2 })
				fx.addResult(t, "bob", 9)
				fx.addResult(t, "bob", 4, func(r *ingest.ResultItem) { r.Result.Attempt, r.Result.State = 2, db.StateQueued })
				fx.addResult(t, "carl", 9, func(r *ingest.ResultItem) { *r.Result.HasError = true })
				fx.addResult(t, "dora", 9, func(r *ingest.ResultItem) { secret := true; r.Result.Secret = &secret })
				fx.addResult(t, "eve", 9)
			},
			state: "done",
			want: "anna sent 4\ndora refused - (The result is secret: students may not see its score.)\n" +
				"eve refused - (The student is not in this course or section in Canvas.)",
			grades: "anna 4, bob -, carl -, dora -", posts: 1,
		},
		{
			name: "no score", assignment: points, request: allScores, prepare: func(t *testing.T, fx *fixture) {
				fx.addResult(t, "anna", 9, func(r *ingest.ResultItem) { r.Result.Score = nil })
			},
			state: "done", want: "anna refused - (The result has no score.)", grades: "anna -, bob -, carl -, dora -",
		},
		{
			name: "by group", assignment: groupAssignment, request: allScores, prepare: func(t *testing.T, fx *fixture) {
				addGroup(fx, "anna", "bob", "carl")
				excuse(fx, "anna")
				fx.addResult(t, "anna", 8, annaBobCarl(fx))
			},
			state: "done", want: "anna kept - (The student is excused in Canvas.)\nbob sent 8\ncarl sent 8",
			grades: "anna x, bob 8, carl 8, dora -", posts: 1,
		},
		{
			name: "by group, with a later result of one member", assignment: groupAssignment, request: allScores, prepare: func(t *testing.T, fx *fixture) {
				addGroup(fx, "anna", "bob")
				fx.addResult(t, "anna", 8, withMembers("anna", "bob")(fx))
				fx.addResult(t, "bob", 6, func(r *ingest.ResultItem) { r.Result.Attempt = 2 })
				fx.addResult(t, "dora", 5)
			},
			state: "done", want: "anna sent 6\nbob sent 6\ndora sent 5", grades: "anna 6, bob 6, carl -, dora 5", posts: 1,
		},
		{
			name: "by group, one member has a grade", assignment: groupAssignment, request: allScores, prepare: func(t *testing.T, fx *fixture) {
				setGrade(fx, "bob", "3") // before the group was made
				addGroup(fx, "anna", "bob", "carl")
				fx.addResult(t, "anna", 8, annaBobCarl(fx))
			},
			state: "done",
			want: "anna kept - (Another member of the group has a grade in Canvas. Sending this student's grade would replace it.)\n" +
				"bob kept - (Canvas already has the grade 3, which must not be replaced.)\n" +
				"carl kept - (Another member of the group has a grade in Canvas. Sending this student's grade would replace it.)",
			grades: "anna -, bob 3, carl -, dora -",
		},
		{
			name: "by group, existing grades replaced, one section", assignment: groupAssignment, request: replaceGrades, section: 2, prepare: func(t *testing.T, fx *fixture) {
				setGrade(fx, "bob", "3")
				addGroup(fx, "anna", "bob", "carl")
				fx.addResult(t, "anna", 8, annaBobCarl(fx))
			},
			state: "done", want: "anna sent 8\nbob sent 8\ncarl sent 8", grades: "anna 8, bob 8, carl 8, dora -", posts: 1,
		},
		{
			name: "by group, one member joined later", assignment: groupAssignment, request: allScores, prepare: func(t *testing.T, fx *fixture) {
				addGroup(fx, "anna", "bob", "dora")
				fx.addResult(t, "anna", 8, withMembers("anna", "bob")(fx))
			},
			state: "done", want: "anna sent 8\nbob sent 8\ndora sent 8", grades: "anna 8, bob 8, carl -, dora 8", posts: 1,
		},
		{
			name: "by group, graded individually", assignment: canvastest.Assignment{GroupCategory: 3, Individually: true}, request: allScores,
			prepare: func(t *testing.T, fx *fixture) {
				setGrade(fx, "bob", "3")
				addGroup(fx, "anna", "bob", "carl", "dora")
				fx.addResult(t, "anna", 8, annaBobCarl(fx))
			},
			state:  "done",
			want:   "anna sent 8\nbob kept - (Canvas already has the grade 3, which must not be replaced.)\ncarl sent 8",
			grades: "anna 8, bob 3, carl 8, dora -", posts: 1,
		},
		{
			name: "unpublished", assignment: canvastest.Assignment{Unpublished: true}, request: allScores, prepare: addResults,
			state:  "failed: The assignment is not published in Canvas, which accepts grades for published assignments only.",
			grades: "anna -, bob -, carl -, dora -",
		},
		{
			name: "not graded", assignment: canvastest.Assignment{Grading: "not_graded"}, request: allScores, prepare: addResults,
			state: "failed: The assignment is not graded in Canvas.", grades: "anna -, bob -, carl -, dora -",
		},
		{
			name: "deleted", assignment: points, request: allScores, prepare: func(t *testing.T, fx *fixture) {
				addResults(t, fx)
				fx.DeleteAssignment(fx.assignment.CanvasID)
			},
			state:  "failed: The assignment, its course or its section is no longer in Canvas.",
			grades: "anna -, bob -, carl -, dora -",
		},
		{
			name: "missing scope", assignment: points, request: allScores, prepare: func(t *testing.T, fx *fixture) {
				addResults(t, fx)
				fx.InjectFault(canvastest.Match{Path: "update_grades"}, canvastest.Fault{Kind: canvastest.MissingScopes})
			},
			state:  "failed: Canvas does not permit the upload (Insufficient scopes on access token. Add the scope to the developer key in Canvas.).",
			grades: "anna -, bob -, carl -, dora -", posts: 1,
		},
		{
			name: "revoked token", assignment: points, request: allScores, prepare: func(_ *testing.T, fx *fixture) { fx.RevokeToken() },
			state:  "failed: Canvas does not accept the token of the account any more: an administrator must set a new one.",
			grades: "anna -, bob -, carl -, dora -",
		},
	}
}
