package lti_test

import (
	"encoding/json"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// A class is a Canvas with a course with a student, where a site is installed.
type class struct {
	*canvastest.Server
	tool                     canvastest.Tool
	course, section, student int64
}

// newClass returns a class whose registration at the site waits for its deployment.
func newClass(t *testing.T, s *site) *class {
	t.Helper()
	c := &class{Server: canvastest.New(t, canvastest.WithClock(s.clock.Now))}
	c.course = c.AddCourse(canvastest.Course{Name: "Programming", Code: "2IP90"})
	c.section = c.AddSection(c.course, canvastest.Section{Name: "A"})
	c.student = c.AddStudent(c.section, canvastest.User{Name: "Eve Example"})
	c.tool = s.installTool(t, c.Server)
	return c
}

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
