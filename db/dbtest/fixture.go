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

// A Fixture is an account with two courses. Course has the assignments PublishedAssignment and
// UnpublishedAssignment, the students Anna, Bob and Carl, who are in Section, and Teacher, who is
// not in a section. OtherCourse has the assignment OtherPublishedAssignment.
type Fixture struct {
	Account                                    *db.Account
	Course, OtherCourse                        *db.Course // with the Canvas ids 1001 and 1002
	PublishedAssignment, UnpublishedAssignment *db.Assignment
	OtherPublishedAssignment                   *db.Assignment
	Anna, Bob, Carl, Teacher                   *db.User
	Section                                    *db.Section
}

// Noon is the time of all changes that this package makes.
var Noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// NewFixture writes a Fixture to a store.
func NewFixture(t testing.TB, s *db.Store) *Fixture {
	t.Helper()
	ctx := t.Context()
	f := &Fixture{Account: &db.Account{CanvasGUID: "guid", BaseURL: "https://canvas.example.edu", Name: "Example"}}
	must := func(_ []ingest.Change, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(ingest.UpsertAccounts(ctx, s, []*db.Account{f.Account}))
	id := f.Account.MomotorID
	f.Course = &db.Course{AccountID: id, CanvasID: 1001, Code: "C1", Name: "One"}
	f.OtherCourse = &db.Course{AccountID: id, CanvasID: 1002, Code: "C2", Name: "Two"}
	must(ingest.UpsertCourses(ctx, s, []*db.Course{f.Course, f.OtherCourse}))
	f.Anna = &db.User{AccountID: id, CanvasID: 1, Name: "Anna", SortableName: "Anna"}
	f.Bob = &db.User{AccountID: id, CanvasID: 2, Name: "Bob", SortableName: "Bob"}
	f.Carl = &db.User{AccountID: id, CanvasID: 3, Name: "Carl", SortableName: "Carl"}
	f.Teacher = &db.User{AccountID: id, CanvasID: 4, Name: "Teacher", SortableName: "Teacher"}
	must(ingest.UpsertUsers(ctx, s, []*db.User{f.Anna, f.Bob, f.Carl, f.Teacher}))
	f.Section = &db.Section{AccountID: id, CourseID: f.Course.MomotorID, CanvasID: 11, Name: "Section"}
	must(ingest.UpsertSections(ctx, s, []*db.Section{f.Section}))
	var enrollments []*db.Enrollment
	for _, u := range []*db.User{f.Anna, f.Bob, f.Carl} {
		enrollments = append(enrollments, &db.Enrollment{CourseID: f.Course.MomotorID, UserID: u.MomotorID, Role: db.RoleStudent, SectionID: &f.Section.MomotorID})
	}
	enrollments = append(enrollments, &db.Enrollment{CourseID: f.Course.MomotorID, UserID: f.Teacher.MomotorID, Role: db.RoleTeacher})
	must(ingest.InsertEnrollments(ctx, s, enrollments))
	f.PublishedAssignment = f.assignment(t, s, f.Course, 501, true)
	f.UnpublishedAssignment = f.assignment(t, s, f.Course, 502, false)
	f.OtherPublishedAssignment = f.assignment(t, s, f.OtherCourse, 601, true)
	return f
}

// assignment writes an assignment with a recipe.
func (f *Fixture) assignment(t testing.TB, s *db.Store, c *db.Course, canvasID int64, published bool) *db.Assignment {
	t.Helper()
	assignment := &db.Assignment{CourseID: c.MomotorID, CanvasID: canvasID, Name: "Assignment", Published: published}
	if _, err := ingest.UpsertAssignment(t.Context(), s, assignment, File("recipe.zip"), nil, Noon); err != nil {
		t.Fatal(err)
	}
	return assignment
}

// File returns a bundle whose SHA-256 is derived from its name.
func File(name string) *db.Bundle {
	sha := []byte("0000000000000000000000000000000000000000000000000000000000000000")
	copy(sha, name)
	return &db.Bundle{Name: name, Format: db.FormatZip, SHA256: new(string(sha)), Size: 1}
}

// Result returns a done result with a plain, a secret and a hidden step, a product and a results
// bundle. Its submission time is the number of the attempt in hours after Noon.
func Result(assignment *db.Assignment, u *db.User, attempt int) *ingest.ResultItem {
	product, full := File("product.zip"), File("result.zip")
	product.Kind, full.Kind = db.BundleProduct, db.BundleFull
	return &ingest.ResultItem{
		Result: db.Result{
			CourseID: assignment.CourseID, AssignmentID: assignment.MomotorID, UserID: u.MomotorID, Attempt: attempt,
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

// UpsertResults writes results with the time Noon.
func (f *Fixture) UpsertResults(t testing.TB, s *db.Store, items ...*ingest.ResultItem) []ingest.Change {
	t.Helper()
	changes, err := ingest.UpsertResults(t.Context(), s, items, Noon)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// Reviewer returns the scope of a teaching assistant of Course.
func (f *Fixture) Reviewer() query.Scope {
	return Scope(0, access.Grant{CourseID: f.Course.MomotorID, Roles: access.TA})
}

// Scope returns the scope of a user with grants.
func Scope(user int64, grants ...access.Grant) query.Scope {
	return query.ScopeOf(&access.Principal{Kind: access.User, UserID: user, Grants: grants})
}

// InTx runs f in one transaction whose changes have the time Noon.
func InTx(t testing.TB, s *db.Store, f func(ctx context.Context, tx *change.Tx) error) error {
	t.Helper()
	return change.InTx(t.Context(), s, Noon, f)
}

// Modify applies a change to item and returns item.
func Modify(item *ingest.ResultItem, change func(*ingest.ResultItem)) *ingest.ResultItem {
	change(item)
	return item
}
