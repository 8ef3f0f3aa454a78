package dbtest

import (
	"context"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// A Fixture is two courses in one account: course 1001 with an assignment that has a
// published and an unpublished twin, and course 1002.
type Fixture struct {
	Account                  *db.Account
	Course, OtherCourse      *db.Course
	Published, Unpublished   *db.Assignment
	OtherPublished           *db.Assignment // in the other course
	Anna, Bob, Carl, Teacher *db.User
	Section                  *db.Section
}

// Noon is the time at which everything of a Fixture is written.
var Noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// NewFixture writes a Fixture to a store.
func NewFixture(t testing.TB, s *db.Store) *Fixture {
	t.Helper()
	ctx := t.Context()
	w := &Fixture{Account: &db.Account{CanvasGUID: "guid", BaseURL: "https://canvas.example.edu", Name: "Example"}}
	must := func(_ []ingest.Change, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(ingest.UpsertAccounts(ctx, s, []*db.Account{w.Account}))
	id := w.Account.MomotorID
	w.Course = &db.Course{AccountID: id, CanvasID: 1001, Code: "C1", Name: "One"}
	w.OtherCourse = &db.Course{AccountID: id, CanvasID: 1002, Code: "C2", Name: "Two"}
	must(ingest.UpsertCourses(ctx, s, []*db.Course{w.Course, w.OtherCourse}))
	w.Anna = &db.User{AccountID: id, CanvasID: 1, Name: "Anna", SortableName: "Anna"}
	w.Bob = &db.User{AccountID: id, CanvasID: 2, Name: "Bob", SortableName: "Bob"}
	w.Carl = &db.User{AccountID: id, CanvasID: 3, Name: "Carl", SortableName: "Carl"}
	w.Teacher = &db.User{AccountID: id, CanvasID: 4, Name: "Teacher", SortableName: "Teacher"}
	must(ingest.UpsertUsers(ctx, s, []*db.User{w.Anna, w.Bob, w.Carl, w.Teacher}))
	w.Section = &db.Section{AccountID: id, CourseID: w.Course.MomotorID, CanvasID: 11, Name: "Section"}
	must(ingest.UpsertSections(ctx, s, []*db.Section{w.Section}))
	var es []*db.Enrollment
	for _, u := range []*db.User{w.Anna, w.Bob, w.Carl} {
		es = append(es, &db.Enrollment{CourseID: w.Course.MomotorID, UserID: u.MomotorID, Role: db.RoleStudent, SectionID: &w.Section.MomotorID})
	}
	es = append(es, &db.Enrollment{CourseID: w.Course.MomotorID, UserID: w.Teacher.MomotorID, Role: db.RoleTeacher})
	must(ingest.InsertEnrollments(ctx, s, es))
	w.Published = w.assignment(t, s, w.Course, 501, true)
	w.Unpublished = w.assignment(t, s, w.Course, 502, false)
	w.OtherPublished = w.assignment(t, s, w.OtherCourse, 601, true)
	return w
}

func (w *Fixture) assignment(t testing.TB, s *db.Store, c *db.Course, canvasID int64, published bool) *db.Assignment {
	t.Helper()
	g := &db.Assignment{CourseID: c.MomotorID, CanvasID: canvasID, Name: "Assignment", Published: published}
	if _, err := ingest.UpsertAssignment(t.Context(), s, g, File("recipe.zip"), nil, Noon); err != nil {
		t.Fatal(err)
	}
	return g
}

// File is a bundle with some content that only its name decides.
func File(name string) *db.Bundle {
	sha := []byte("0000000000000000000000000000000000000000000000000000000000000000")
	copy(sha, name)
	return &db.Bundle{Name: name, Format: db.FormatZip, SHA256: new(string(sha)), Size: 1}
}

// Result is a done result with a plain, a secret and a hidden step, and two bundles.
func Result(g *db.Assignment, u *db.User, attempt int) *ingest.ResultItem {
	product, full := File("product.zip"), File("result.zip")
	product.Kind, full.Kind = db.BundleProduct, db.BundleFull
	return &ingest.ResultItem{
		Result: db.Result{
			CourseID: g.CourseID, AssignmentID: g.MomotorID, UserID: u.MomotorID, Attempt: attempt,
			State: db.StateDone, SubmittedAt: Noon.Add(time.Duration(attempt) * time.Hour),
			Accepted: new(true), HasError: new(false), Score: new(5.0), ScoreReviewer: new(6.0), Label: new("Accepted"),
		},
		Steps: []*db.Step{
			{Position: 0, TaskID: "plain", StepID: "plain", Details: []byte(`{"b":1.0,"a":1e-07}`)},
			{Position: 1, TaskID: "secret", StepID: "secret", Secret: new(true)},
			{Position: 2, TaskID: "hidden", StepID: "hidden", Hidden: true},
		},
		Bundles: []*db.Bundle{product, full},
	}
}

// UpsertResults writes results at Noon.
func (w *Fixture) UpsertResults(t testing.TB, s *db.Store, items ...*ingest.ResultItem) []ingest.Change {
	t.Helper()
	changes, err := ingest.UpsertResults(t.Context(), s, items, Noon)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// Reviewer is the scope of a caller who reviews Course.
func (w *Fixture) Reviewer() query.Scope {
	return Scope(0, access.Grant{CourseID: w.Course.MomotorID, Roles: access.TA})
}

// Scope is the scope of a user with some grants.
func Scope(user int64, grants ...access.Grant) query.Scope {
	return query.ScopeOf(&access.Principal{Kind: access.User, UserID: user, Grants: grants})
}

// InTx runs f in one transaction at Noon.
func InTx(t testing.TB, s *db.Store, f func(ctx context.Context, tx *change.Tx) error) error {
	t.Helper()
	return change.InTx(t.Context(), s, Noon, f)
}

func With(item *ingest.ResultItem, change func(*ingest.ResultItem)) *ingest.ResultItem {
	change(item)
	return item
}
