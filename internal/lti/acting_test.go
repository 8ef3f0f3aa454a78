package lti_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/session"
)

// A teacher who acts as a student, or as the test student of Student View, is that person here, marked with the
// teacher's id. Nobody becomes another person, and no role moves.
func TestActingUsers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newSite(t, store)
		c := newClass(t, s)
		teacher := c.AddUser(canvastest.User{Name: "Tess Teacher"})
		c.EnrollAs(teacher, c.section, canvastest.Teacher)
		test := c.AddTestStudent(c.section)
		for _, l := range []struct{ actor, user int64 }{{0, teacher}, {teacher, c.student}, {teacher, test}, {0, c.student}, {teacher, c.student}} {
			if r := s.enter(t, c.Server, c.LaunchAs(c.tool, l.actor, l.user, c.course, 0)); r.status != http.StatusSeeOther {
				t.Fatalf("the launch of %d by %d = %d %s\n%s", l.user, l.actor, r.status, r.body, s.log)
			}
		}
		acting := fmt.Sprintf(" acted by %d", teacher)
		want := []string{"Eve Example", "Eve Example" + acting, "Eve Example" + acting, "Tess Teacher", "Test Student" + acting + " in Student View"}
		if got := s.people(t); !slices.Equal(got, want) {
			t.Errorf("the sessions are %q, want %q", got, want)
		}
		if n := count(t, store, `"user"`); n != 3 || count(t, store, "lti_subject") != 3 {
			t.Errorf("three people are %d people and %d subjects", n, count(t, store, "lti_subject"))
		}
		for role, want := range map[string]int{"teacher": 1, "student": 2, "ta": 0} {
			if n := count(t, store, "enrollment WHERE role = '"+role+"'"); n != want {
				t.Errorf("%d people have the role %s, want %d", n, role, want)
			}
		}
	})
}

// people describes the people of the sessions, in alphabetical order.
func (s *site) people(t *testing.T) (all []string) {
	t.Helper()
	sessions, err := s.store.ListSessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range sessions {
		p, err := session.ParseData(row.Data)
		if err != nil {
			t.Fatal(err)
		}
		text := row.UserName
		if p.ActingUser != "" {
			text += " acted by " + p.ActingUser
		}
		if p.IsStudentView {
			text += " in Student View"
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}
