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

// An uploadCase is an upload and what becomes of it.
type uploadCase struct {
	name     string
	in       canvastest.Assignment
	order    change.UploadRequest
	section  int // from 1; 0 is none
	before   func(t *testing.T, c *campus)
	state    string
	want     string // outcomes
	books    string
	sendings int
}

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
	c := newCampus(t, s, tt.in)
	tt.before(t, c)
	if tt.section > 0 {
		tt.order.Section = &c.sections[tt.section-1].CanvasID
	}
	w := c.order(t, tt.order)
	c.upload(t, w)
	c.upload(t, w) // when it is over, nothing is done
	if got := c.state(t, w); got != tt.state {
		t.Errorf("the upload is %q, want %q", got, tt.state)
	}
	if got := c.outcomes(t, w); got != tt.want {
		t.Errorf("what became of the scores:\n%s\nwant:\n%s", got, tt.want)
	}
	if got := c.inBooks(t); got != tt.books {
		t.Errorf("Canvas has %s, want %s", got, tt.books)
	}
	if got := c.sendings(t); got != tt.sendings {
		t.Errorf("grades were sent %d times, want %d", got, tt.sendings)
	}
	bySection := tt.section > 0 && tt.in.GroupCategory == 0
	for _, r := range c.Requests("/submissions") {
		if strings.Contains(r.Path, "/sections/") != bySection {
			t.Errorf("asked %s", r.Path)
		}
	}
	if heard := c.canvases.Contacts(); len(heard) != 1 || errors.Is(heard[0], canvas.ErrUnauthorized) != (tt.name == "revoked") {
		t.Errorf("of Canvas was heard %v", heard)
	}
}

func uploadCases() []uploadCase {
	all := change.UploadRequest{Passed: true, Failed: true}
	replacing := change.UploadRequest{Passed: true, Failed: true, ReplaceExisting: true}
	points := canvastest.Assignment{}
	together := canvastest.Assignment{GroupCategory: 3}
	four := func(t *testing.T, c *campus) {
		c.grade(t, "anna", 7.5)
		c.grade(t, "bob", -2)
		c.grade(t, "carl", 10)
		c.grade(t, "dora", 0.1)
	}
	hand := func(c *campus, name, grade string) { c.SetGrade(c.people[name].CanvasID, c.assignment.CanvasID, grade) }
	excuse := func(c *campus, name string) { c.Excuse(c.people[name].CanvasID, c.assignment.CanvasID) }
	group := func(c *campus, members ...string) {
		var ids []int64
		for _, m := range members {
			ids = append(ids, c.people[m].CanvasID)
		}
		c.AddGroup(3, "Group", ids...)
	}
	with := func(members ...string) func(c *campus) func(*ingest.ResultItem) {
		return func(c *campus) func(*ingest.ResultItem) {
			return func(r *ingest.ResultItem) {
				for _, m := range members {
					r.Group = append(r.Group, c.people[m].MomotorID)
				}
			}
		}
	}
	trio := with("anna", "bob", "carl")
	return []uploadCase{
		{
			name: "points", in: points, order: all, before: four, state: "done",
			want:  "anna sent 7.5\nbob sent 2\ncarl sent 10\ndora sent 0.1",
			books: "anna 7.5, bob 2, carl 10, dora 0.1", sendings: 1,
		},
		{
			name: "passed alone", in: points, order: change.UploadRequest{Passed: true}, before: four, state: "done",
			want: "anna sent 7.5\ncarl sent 10\ndora sent 0.1", books: "anna 7.5, bob -, carl 10, dora 0.1", sendings: 1,
		},
		{
			name: "failed alone", in: points, order: change.UploadRequest{Failed: true}, before: four, state: "done",
			want: "bob sent 2", books: "anna -, bob 2, carl -, dora -", sendings: 1,
		},
		{name: "neither", in: points, order: change.UploadRequest{ReplaceExisting: true}, before: four, state: "done", books: "anna -, bob -, carl -, dora -"},
		{
			name: "percent", in: canvastest.Assignment{Grading: "percent", Points: 20}, order: all, before: four, state: "done",
			want:  "anna sent 7.5\nbob sent 2\ncarl sent 10\ndora sent 0.1",
			books: "anna 37.5%, bob 10%, carl 50%, dora 0.5%", sendings: 1,
		},
		{
			name: "letters", in: canvastest.Assignment{Grading: "letter_grade"}, order: all, before: four, state: "done",
			want:  "anna sent 7.5\nbob sent 2\ncarl sent 10\ndora sent 0.1",
			books: "anna C, bob F, carl A, dora F", sendings: 1,
		},
		{
			name: "a part of nothing", in: canvastest.Assignment{Grading: "percent"}, order: all,
			before: func(t *testing.T, c *campus) {
				c.grade(t, "anna", 7.5)
				c.UpdateAssignment(c.assignment.CanvasID, func(a *canvastest.Assignment) { a.Points = 0 })
			},
			state: "done", want: "anna refused - (The assignment has no possible points in Canvas, which its grading type needs.)",
			books: "anna -, bob -, carl -, dora -",
		},
		{
			name: "pass or fail", in: canvastest.Assignment{Grading: "pass_fail"}, order: all,
			before: func(t *testing.T, c *campus) {
				four(t, c)
				c.grade(t, "dora", 1, func(r *ingest.ResultItem) { r.Result.Score = nil })
				hand(c, "anna", "fail")
				hand(c, "carl", "pass")
			},
			state: "done",
			want: "anna kept - (Canvas already has the grade incomplete, which must not be replaced.)\nbob sent incomplete\n" +
				"carl sent complete (Canvas already had this grade.)\ndora sent complete",
			books: "anna incomplete, bob incomplete, carl complete, dora complete", sendings: 1,
		},
		{
			name: "grades that are there", in: points, order: all, before: func(t *testing.T, c *campus) {
				four(t, c)
				hand(c, "anna", "7.50")
				hand(c, "bob", "3")
				excuse(c, "carl")
			},
			state: "done",
			want: "anna sent 7.5 (Canvas already had this grade.)\nbob kept - (Canvas already has the grade 3, which must not be replaced.)\n" +
				"carl kept - (The student is excused in Canvas.)\ndora sent 0.1",
			books: "anna 7.5, bob 3, carl x, dora 0.1", sendings: 1,
		},
		{
			name: "grades that are replaced", in: points, order: replacing, before: func(t *testing.T, c *campus) {
				four(t, c)
				hand(c, "anna", "7.50")
				hand(c, "bob", "3")
				excuse(c, "carl")
			},
			state: "done",
			want:  "anna sent 7.5 (Canvas already had this grade.)\nbob sent 2\ncarl kept - (The student is excused in Canvas.)\ndora sent 0.1",
			books: "anna 7.5, bob 2, carl x, dora 0.1", sendings: 1,
		},
		{
			name: "one section", in: points, order: all, section: 2, before: four, state: "done",
			want: "carl sent 10\ndora sent 0.1", books: "anna -, bob -, carl 10, dora 0.1", sendings: 1,
		},
		{
			name: "what counts", in: points, order: all, before: func(t *testing.T, c *campus) {
				c.grade(t, "anna", 9)
				c.grade(t, "anna", 4, func(r *ingest.ResultItem) { r.Result.Attempt = 2 })
				c.grade(t, "bob", 9)
				c.grade(t, "bob", 4, func(r *ingest.ResultItem) { r.Result.Attempt, r.Result.State = 2, db.StateQueued })
				c.grade(t, "carl", 9, func(r *ingest.ResultItem) { *r.Result.HasError = true })
				c.grade(t, "dora", 9, func(r *ingest.ResultItem) { secret := true; r.Result.Secret = &secret })
				c.grade(t, "eve", 9)
			},
			state: "done",
			want: "anna sent 4\ndora refused - (The result is secret: students may not see its score.)\n" +
				"eve refused - (The student is not in this course or section in Canvas.)",
			books: "anna 4, bob -, carl -, dora -", sendings: 1,
		},
		{
			name: "no score", in: points, order: all, before: func(t *testing.T, c *campus) {
				c.grade(t, "anna", 9, func(r *ingest.ResultItem) { r.Result.Score = nil })
			},
			state: "done", want: "anna refused - (The result has no score.)", books: "anna -, bob -, carl -, dora -",
		},
		{
			name: "by group", in: together, order: all, before: func(t *testing.T, c *campus) {
				group(c, "anna", "bob", "carl")
				excuse(c, "anna")
				c.grade(t, "anna", 8, trio(c))
			},
			state: "done", want: "anna kept - (The student is excused in Canvas.)\nbob sent 8\ncarl sent 8",
			books: "anna x, bob 8, carl 8, dora -", sendings: 1,
		},
		{
			name: "by group, with one's own later work", in: together, order: all, before: func(t *testing.T, c *campus) {
				group(c, "anna", "bob")
				c.grade(t, "anna", 8, with("anna", "bob")(c))
				c.grade(t, "bob", 6, func(r *ingest.ResultItem) { r.Result.Attempt = 2 })
				c.grade(t, "dora", 5)
			},
			state: "done", want: "anna sent 6\nbob sent 6\ndora sent 5", books: "anna 6, bob 6, carl -, dora 5", sendings: 1,
		},
		{
			name: "by group, one has a grade", in: together, order: all, before: func(t *testing.T, c *campus) {
				hand(c, "bob", "3") // before the group was made
				group(c, "anna", "bob", "carl")
				c.grade(t, "anna", 8, trio(c))
			},
			state: "done",
			want: "anna kept - (Another member of the group has a grade in Canvas, which this one would replace.)\n" +
				"bob kept - (Canvas already has the grade 3, which must not be replaced.)\n" +
				"carl kept - (Another member of the group has a grade in Canvas, which this one would replace.)",
			books: "anna -, bob 3, carl -, dora -",
		},
		{
			name: "by group, replacing, of one section", in: together, order: replacing, section: 2, before: func(t *testing.T, c *campus) {
				hand(c, "bob", "3")
				group(c, "anna", "bob", "carl")
				c.grade(t, "anna", 8, trio(c))
			},
			state: "done", want: "anna sent 8\nbob sent 8\ncarl sent 8", books: "anna 8, bob 8, carl 8, dora -", sendings: 1,
		},
		{
			name: "by group, with one who joined later", in: together, order: all, before: func(t *testing.T, c *campus) {
				group(c, "anna", "bob", "dora")
				c.grade(t, "anna", 8, with("anna", "bob")(c))
			},
			state: "done", want: "anna sent 8\nbob sent 8\ndora sent 8", books: "anna 8, bob 8, carl -, dora 8", sendings: 1,
		},
		{
			name: "in groups, one by one", in: canvastest.Assignment{GroupCategory: 3, Individually: true}, order: all,
			before: func(t *testing.T, c *campus) {
				hand(c, "bob", "3")
				group(c, "anna", "bob", "carl", "dora")
				c.grade(t, "anna", 8, trio(c))
			},
			state: "done",
			want:  "anna sent 8\nbob kept - (Canvas already has the grade 3, which must not be replaced.)\ncarl sent 8",
			books: "anna 8, bob 3, carl 8, dora -", sendings: 1,
		},
		{
			name: "unpublished", in: canvastest.Assignment{Unpublished: true}, order: all, before: four,
			state: "failed: The assignment is not published in Canvas, which accepts grades for published assignments only.",
			books: "anna -, bob -, carl -, dora -",
		},
		{
			name: "not graded", in: canvastest.Assignment{Grading: "not_graded"}, order: all, before: four,
			state: "failed: The assignment is not graded in Canvas.", books: "anna -, bob -, carl -, dora -",
		},
		{
			name: "deleted", in: points, order: all, before: func(t *testing.T, c *campus) {
				four(t, c)
				c.DeleteAssignment(c.assignment.CanvasID)
			},
			state: "failed: The assignment, its course or its section is no longer in Canvas.",
			books: "anna -, bob -, carl -, dora -",
		},
		{
			name: "without a scope", in: points, order: all, before: func(t *testing.T, c *campus) {
				four(t, c)
				c.InjectFault(canvastest.Match{Path: "update_grades"}, canvastest.Fault{Kind: canvastest.MissingScopes})
			},
			state: "failed: Canvas does not permit the upload (Insufficient scopes on access token. Add the scope to the developer key in Canvas.).",
			books: "anna -, bob -, carl -, dora -", sendings: 1,
		},
		{
			name: "revoked", in: points, order: all, before: func(_ *testing.T, c *campus) { c.RevokeToken() },
			state: "failed: Canvas does not accept the token of the account any more: an administrator must set a new one.",
			books: "anna -, bob -, carl -, dora -",
		},
	}
}
