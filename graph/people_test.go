package graph_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

// fakeStates is a Canvas whose answers name the course and the person.
type fakeStates struct{ asked atomic.Int32 }

func (f *fakeStates) State(_ context.Context, account int64, k db.MemberKey) (*db.CanvasState, error) {
	f.asked.Add(1)
	return &db.CanvasState{Course: &db.CanvasCourse{CanvasID: k.CourseID, Name: fmt.Sprint(account)}, Person: &db.CanvasPerson{CanvasID: k.UserID},
		Enrollments: []*db.CanvasEnrollment{{Type: "TaEnrollment"}}, Sections: []*db.CanvasSection{}, Age: new(7)}, nil
}

// A peopleFixture is a server, with people in the courses of a dbtest.Fixture.
type peopleFixture struct {
	*dbtest.Fixture
	server *graph.Server
	states fakeStates
}

func newPeopleFixture(t *testing.T, s *db.Store) *peopleFixture {
	t.Helper()
	fx := &peopleFixture{Fixture: dbtest.NewFixture(t, s)}
	fx.server = graph.NewServer(graph.Config{Store: s, Log: slog.New(slog.DiscardHandler), States: &fx.states})
	return fx
}

// person returns a person with roles in the first course.
func (fx *peopleFixture) person(u *db.User, roles access.Roles) *access.Principal {
	return &access.Principal{Kind: access.User, UserID: u.MomotorID, Grants: []access.Grant{{CourseID: fx.Course.MomotorID, Roles: roles}}}
}

// Each reviewer has preferences of their own for each course.
func TestPreferences(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newPeopleFixture(t, s)
		teacher, ta := fx.person(fx.Teacher, access.Teacher), fx.person(fx.Anna, access.TA|access.Student)
		teacher.Grants = append(teacher.Grants, access.Grant{CourseID: fx.OtherCourse.MomotorID, Roles: access.Teacher})
		key := &access.Principal{Kind: access.APIKey, KeyID: 1, Grants: teacher.Grants}
		course, other := fmt.Sprintf("{id: %q}", fx.Course.ID()), fmt.Sprintf("{path: {accountMomotorId: %d, canvasId: 1002}}", fx.Account.MomotorID)
		read := func(ref string) string { return "{ viewer { preferences(course: " + ref + ") } }" }
		write := func(ref, value string) string {
			return "mutation { setPreferences(course: " + ref + ", value: " + value + ") { value } }"
		}
		for _, step := range []struct {
			caller          *access.Principal
			operation, want string
		}{
			{teacher, read(course), `{"data":{"viewer":{"preferences":{}}}}`},
			{teacher, write(course, `{b: [1.5, "<"], a: {c: null}}`), `{"data":{"setPreferences":{"value":{"a":{"c":null},"b":[1.5,"<"]}}}}`},
			{teacher, read(course), `{"data":{"viewer":{"preferences":{"a":{"c":null},"b":[1.5,"<"]}}}}`},
			{teacher, read(other), `{"data":{"viewer":{"preferences":{}}}}`},
			{ta, read(course), `{"data":{"viewer":{"preferences":{}}}}`},
			{ta, write(course, `{mine: true}`), `"mine":true`},
			{teacher, write(course, `{}`), `"value":{}`},
			{ta, read(course), `{"mine":true}`},
			{ta, read(other), `"code":"NOT_FOUND"`},
			{ta, write(other, `{}`), `"code":"NOT_FOUND"`},
			{ta, read(`{id: "nonsense"}`), `"code":"NOT_FOUND"`},
			{fx.person(fx.Bob, access.Student), read(course), `Only teachers and teaching assistants of a course have preferences there."`},
			{fx.person(fx.Bob, access.Designer), read(course), `"code":"FORBIDDEN"`},
			{fx.person(fx.Bob, access.Designer), write(course, `{}`), `"code":"FORBIDDEN"`},
			{key, read(course), `API keys have none."`},
			{key, write(course, `{}`), `"code":"FORBIDDEN"`},
			{teacher, write(course, `[1]`), `Preferences must be a JSON object."`},
			{teacher, write(course, `null`), `GRAPHQL_VALIDATION_FAILED`},
			{teacher, write(course, `{a: "`+strings.Repeat("x", db.MaxPreferencesBytes)+`"}`), `Preferences may have at most 65536 bytes of JSON`},
			{teacher, write(course, strings.Repeat("{a: ", 101)+"1"+strings.Repeat("}", 101)), `"code":"`},
			{teacher, read(course), `{"preferences":{}}`},
		} {
			if got, _ := execute(t, fx.server, step.caller, step.operation); !strings.Contains(string(got), step.want) {
				t.Errorf("%.200s = %.300s, want %s", step.operation, got, step.want)
			}
		}
	})
}

// The state is that of the caller. Only operations that ask for it wait for Canvas.
func TestViewerState(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	fx := newPeopleFixture(t, s)
	student := fx.person(fx.Anna, access.Student)
	course := fmt.Sprintf("course: {id: %q}", fx.Course.ID())
	state := "state(" + course + ") { course { canvasId name } person { canvasId } enrollments { type } sections { name } asOf age failure }"
	want := fmt.Sprintf(`{"course":{"canvasId":%d,"name":"%d"},"person":{"canvasId":%d},"enrollments":[{"type":"TaEnrollment"}],"sections":[],"asOf":null,"age":7,"failure":null}`,
		fx.Course.MomotorID, fx.Account.MomotorID, fx.Anna.MomotorID)
	for _, tt := range []struct {
		caller          *access.Principal
		operation, want string
		asked           int32
	}{
		{student, "{ viewer { " + state + " } }", `{"data":{"viewer":{"state":` + want + `}}}`, 1},
		{student, "{ viewer { name b: " + state + " a: " + state + " } second: viewer { " + state + " } }", `"a":` + want, 1},
		{student, "{ viewer { name ... @skip(if: true) { " + state + " } } }", `{"data":{"viewer":{"name":""}}}`, 0},
		{student, "{ viewer { courses { nodes { name } } } }", `"One"`, 0},
		{student, fmt.Sprintf("{ viewer { state(course: {id: %q}) { age } } }", fx.OtherCourse.ID()), `"code":"NOT_FOUND"`, 0},
		{&access.Principal{Kind: access.APIKey, KeyID: 1, Grants: student.Grants}, "{ viewer { " + state + " } }", `"code":"FORBIDDEN"`, 0},
	} {
		fx.states.asked.Store(0)
		got, _ := execute(t, fx.server, tt.caller, tt.operation)
		if asked := fx.states.asked.Load(); !strings.Contains(string(got), tt.want) || asked != tt.asked {
			t.Errorf("%s = %s after %d questions to Canvas, want %s after %d", tt.operation, got, asked, tt.want, tt.asked)
		}
	}
	without := graph.NewServer(graph.Config{Store: s, Log: slog.New(slog.DiscardHandler)})
	if got, _ := execute(t, without, student, "{ viewer { "+state+" } }"); !strings.Contains(string(got), "This server has no access to Canvas.") {
		t.Errorf("without access to Canvas: %s", got)
	}
}

// The roles of the caller are those in the course.
func TestViewerRoles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newPeopleFixture(t, s)
		p := fx.person(fx.Anna, access.TA|access.Student)
		p.Grants = append(p.Grants, access.Grant{CourseID: fx.OtherCourse.MomotorID, Roles: access.Designer | access.Teacher})
		const operation = "{ viewer { courses { nodes { canvasId viewerRoles } } } }"
		const want = `{"data":{"viewer":{"courses":{"nodes":[{"canvasId":1001,"viewerRoles":["STUDENT","TA"]},{"canvasId":1002,"viewerRoles":["DESIGNER","TEACHER"]}]}}}}`
		if got, _ := execute(t, fx.server, p, operation); string(got) != want {
			t.Errorf("%s = %s, want %s", operation, got, want)
		}
	})
}
