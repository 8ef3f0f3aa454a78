package lti_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/session"
)

// installTool installs the site in a Canvas with the custom fields of its configuration, and registers it by hand.
func (s *site) installTool(t *testing.T, c *canvastest.Server) canvastest.Tool {
	t.Helper()
	var conf struct {
		CustomFields map[string]string `json:"custom_fields"`
	}
	if err := json.Unmarshal([]byte(s.get(t, "/lti/config.json").body), &conf); err != nil {
		t.Fatal(err)
	}
	tool := c.InstallTool(canvastest.Tool{TargetLinkURI: siteURL + "/lti/launch", RedirectURIs: []string{siteURL + "/lti/launch"}, Custom: conf.CustomFields})
	p := &db.Platform{
		Issuer: canvastest.LTIIssuer, ClientID: tool.ClientID, AuthURL: c.URL + "/api/lti/authorize_redirect", TokenURL: c.URL + "/token",
		JWKSURL: c.URL + "/api/lti/security/jwks", AwaitsDeployment: true, CreatedAt: s.clock.Now(),
	}
	if err := s.store.AddPlatform(t.Context(), p, nil); err != nil {
		t.Fatal(err)
	}
	return tool
}

// A teacher who acts as a student, or as the test student of Student View, is that person here, marked with the
// teacher's id. Nobody becomes another person, and no role moves.
func TestActingUsers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newSite(t, store)
		c := canvastest.New(t, canvastest.WithClock(s.clock.Now))
		tool := s.installTool(t, c)
		course := c.AddCourse(canvastest.Course{Name: "Programming", Code: "2IP90"})
		section := c.AddSection(course, canvastest.Section{Name: "A"})
		teacher, student := c.AddUser(canvastest.User{Name: "Tess Teacher"}), c.AddStudent(section, canvastest.User{Name: "Eve Example"})
		c.EnrollAs(teacher, section, canvastest.Teacher)
		test := c.AddTestStudent(section)
		for _, l := range []struct{ actor, user int64 }{{0, teacher}, {teacher, student}, {teacher, test}, {0, student}, {teacher, student}} {
			if r := s.enter(t, c, c.LaunchAs(tool, l.actor, l.user, course, 0)); r.status != http.StatusSeeOther {
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
