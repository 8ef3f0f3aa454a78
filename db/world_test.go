package db_test

import (
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
)

// A world is two courses in one account: course 1001 with an assignment that has a
// published and an unpublished twin, and course 1002 that nobody here may see.
type world struct {
	account                  *db.Account
	course, other            *db.Course
	published, unpublished   *db.Assignment
	elsewhere                *db.Assignment
	anna, bob, carl, teacher *db.User
	section                  *db.Section
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func check(t testing.TB, changes []ingest.Change, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t testing.TB, s *db.Store) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{account: &db.Account{CanvasGUID: "guid", BaseURL: "https://canvas.example.edu", Name: "Example"}}
	must := func(changes []ingest.Change, err error) { t.Helper(); check(t, changes, err) }
	must(ingest.UpsertAccounts(ctx, s, []*db.Account{w.account}))
	id := w.account.MomotorID
	w.course = &db.Course{AccountID: id, CanvasID: 1001, Code: "C1", Name: "One"}
	w.other = &db.Course{AccountID: id, CanvasID: 1002, Code: "C2", Name: "Two"}
	must(ingest.UpsertCourses(ctx, s, []*db.Course{w.course, w.other}))
	w.anna = &db.User{AccountID: id, CanvasID: 1, Name: "Anna", SortableName: "Anna"}
	w.bob = &db.User{AccountID: id, CanvasID: 2, Name: "Bob", SortableName: "Bob"}
	w.carl = &db.User{AccountID: id, CanvasID: 3, Name: "Carl", SortableName: "Carl"}
	w.teacher = &db.User{AccountID: id, CanvasID: 4, Name: "Teacher", SortableName: "Teacher"}
	must(ingest.UpsertUsers(ctx, s, []*db.User{w.anna, w.bob, w.carl, w.teacher}))
	w.section = &db.Section{AccountID: id, CourseID: w.course.MomotorID, CanvasID: 11, Name: "Section"}
	must(ingest.UpsertSections(ctx, s, []*db.Section{w.section}))
	var es []*db.Enrollment
	for _, u := range []*db.User{w.anna, w.bob, w.carl} {
		es = append(es, &db.Enrollment{CourseID: w.course.MomotorID, UserID: u.MomotorID, Role: db.RoleStudent, SectionID: &w.section.MomotorID})
	}
	es = append(es, &db.Enrollment{CourseID: w.course.MomotorID, UserID: w.teacher.MomotorID, Role: db.RoleTeacher})
	must(ingest.InsertEnrollments(ctx, s, es))
	w.published = w.assignment(t, s, w.course, 501, true)
	w.unpublished = w.assignment(t, s, w.course, 502, false)
	w.elsewhere = w.assignment(t, s, w.other, 601, true)
	return w
}

func (w *world) assignment(t testing.TB, s *db.Store, c *db.Course, canvasID int64, published bool) *db.Assignment {
	t.Helper()
	g := &db.Assignment{CourseID: c.MomotorID, CanvasID: canvasID, Name: "Assignment", Published: published}
	if _, err := ingest.UpsertAssignment(t.Context(), s, g, file("recipe.zip"), nil, noon); err != nil {
		t.Fatal(err)
	}
	return g
}

// file is a bundle with some content that only its name decides.
func file(name string) *db.Bundle {
	sha := []byte("0000000000000000000000000000000000000000000000000000000000000000")
	copy(sha, name)
	return &db.Bundle{Name: name, Format: db.FormatZip, SHA256: ptr(string(sha)), Size: 1}
}

// result is a done result with a plain, a secret and a hidden step, and two bundles.
func result(g *db.Assignment, u *db.User, attempt int) *ingest.ResultItem {
	product, full := file("product.zip"), file("result.zip")
	product.Kind, full.Kind = db.BundleProduct, db.BundleFull
	return &ingest.ResultItem{
		Result: db.Result{
			CourseID: g.CourseID, AssignmentID: g.MomotorID, UserID: u.MomotorID, Attempt: attempt,
			State: db.StateDone, SubmittedAt: noon.Add(time.Duration(attempt) * time.Hour),
			Accepted: ptr(true), HasError: ptr(false), Score: ptr(5.0), ScoreReviewer: ptr(6.0), Label: ptr("Accepted"),
		},
		Steps: []*db.Step{
			{Position: 0, TaskID: "plain", Details: []byte(`{"b":1.0,"a":1e-07}`)},
			{Position: 1, TaskID: "secret", Secret: ptr(true)},
			{Position: 2, TaskID: "hidden", Hidden: true},
		},
		Bundles: []*db.Bundle{product, full},
	}
}

func (w *world) put(t testing.TB, s *db.Store, items ...*ingest.ResultItem) []ingest.Change {
	t.Helper()
	changes, err := ingest.UpsertResults(t.Context(), s, items, noon)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}
