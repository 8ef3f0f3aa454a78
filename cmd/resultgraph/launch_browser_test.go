package main

import (
	"flag"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

var inBrowser = flag.Bool("browser", false, "launch from a fake Canvas in a browser (needs Node, and Chromium)")

// The servers of the launch in a browser, which resolves their names to this computer. Canvas shows the tool, which
// is of another site, in a frame; the frame of its storage has the origin of the authentication requests.
const (
	browserTool    = "https://tool.example.org"
	browserCanvas  = "https://canvas.example.edu" // the account of dbtest.Fixture
	browserStorage = "https://sso.example.edu"
)

// TestLaunchInBrowser runs web/e2e/launch.mjs: launches with and without cookies.
func TestLaunchInBrowser(t *testing.T) {
	if !*inBrowser {
		t.Skip("without -browser")
	}
	s := newPeopleServer(t, dbtest.NewSQLite(t))
	dbtest.Exec(t, s.store, fmt.Sprintf("UPDATE account SET canvas_guid = '%s'", canvastest.GUID))
	c := canvastest.New(t)
	tool := s.installInCanvas(t, c)
	course := c.AddCourse(canvastest.Course{ID: s.Course.CanvasID, Name: s.Course.Name, Code: s.Course.Code})
	section := c.AddSection(course, canvastest.Section{ID: s.Section.CanvasID, Name: s.Section.Name})
	student := c.AddStudent(section, canvastest.User{ID: s.Anna.CanvasID, Name: s.Anna.Name})
	assignment := c.AddAssignment(course, canvastest.Assignment{ID: s.PublishedAssignment.CanvasID, Name: s.PublishedAssignment.Name})

	canvas := http.NewServeMux()
	canvas.HandleFunc("GET /course", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, coursePage, browserStorage)
	})
	canvas.HandleFunc("GET /launch", func(w http.ResponseWriter, _ *http.Request) {
		writeLaunchForm(w, c.Launch(tool, student, course, assignment))
	})
	storage := http.NewServeMux()
	storage.HandleFunc("GET /storage", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, storagePage) })
	canvasURL, err := url.Parse(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	storage.Handle("/api/lti/", httputil.NewSingleHostReverseProxy(canvasURL))
	runBrowser(t, "launch.mjs", map[string]http.Handler{browserTool: s.handler, browserCanvas: canvas, browserStorage: storage})
}

// installInCanvas registers the server and a fake Canvas with each other.
func (s *peopleServer) installInCanvas(t *testing.T, c *canvastest.Server) canvastest.Tool {
	t.Helper()
	s.settings.PublicURL = browserTool
	s.start(t)
	target := browserTool + "/lti/launch"
	var conf struct {
		CustomFields map[string]string `json:"custom_fields"`
	}
	parse(t, s.send(visit{method: "GET", path: "/lti/config.json"}).Body.Bytes(), &conf)
	tool := c.InstallTool(canvastest.Tool{TargetLinkURI: target, RedirectURIs: []string{target}, Custom: conf.CustomFields})
	p := &db.Platform{
		Issuer: canvastest.LTIIssuer, ClientID: tool.ClientID, CreatedAt: time.Now(),
		AuthURL: browserStorage + "/api/lti/authorize_redirect", TokenURL: c.URL + "/token", JWKSURL: c.URL + "/api/lti/security/jwks",
	}
	d := &db.Deployment{DeploymentID: tool.DeploymentID, AccountID: s.Account.MomotorID}
	if err := s.store.AddPlatform(t.Context(), p, []*db.Deployment{d}); err != nil {
		t.Fatal(err)
	}
	return tool
}

// coursePage is a page of a course in Canvas with the tool in a frame. It opens the tool in a new window on request.
// The parameters are the storage's origin.
const coursePage = `<!DOCTYPE html><html lang="en"><title>Canvas</title>
<iframe name="post_message_forwarding" title="Storage" src="%s/storage"></iframe>
<iframe name="tool" title="Tool" width="800" height="600"></iframe>
<script>
document.querySelector("[name=post_message_forwarding]").onload = () => { document.querySelector("[name=tool]").src = "/launch" }
addEventListener("message", ({ data }) => { if (data.subject === "requestFullWindowLaunch" && data.data) open("/launch") })
</script>`

// storagePage is the storage of a platform: https://www.imsglobal.org/spec/lti-pm-s/v0p1.
const storagePage = `<!DOCTYPE html><title>Storage</title>
<script>
const values = new Map()
addEventListener("message", ({ data, origin, source }) => {
  const { subject, message_id, key } = data
  if (subject === "lti.put_data") values.set(origin + key, data.value)
  source.postMessage({ subject: subject + ".response", message_id, key, value: values.get(origin + key) }, origin)
})
</script>`

// writeLaunchForm writes the form that starts a launch.
func writeLaunchForm(w http.ResponseWriter, login url.Values) {
	fmt.Fprintf(w, `<!DOCTYPE html><body onload="document.forms[0].submit()"><form method="post" action="%s/lti/login">`, browserTool)
	for name := range login {
		fmt.Fprintf(w, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(login.Get(name)))
	}
	fmt.Fprint(w, "</form></body>")
}

// runBrowser runs a browser test of web/e2e. It serves the handlers with a certificate of this test, and says in HOSTS
// where their names are: rules for the resolver of Chromium.
func runBrowser(t *testing.T, script string, handlers map[string]http.Handler) {
	t.Helper()
	var rules []string
	for _, origin := range slices.Sorted(maps.Keys(handlers)) {
		srv := httptest.NewTLSServer(handlers[origin])
		t.Cleanup(srv.Close)
		rules = append(rules, fmt.Sprintf("MAP %s %s", strings.TrimPrefix(origin, "https://"), srv.Listener.Addr()))
	}
	cmd := exec.CommandContext(t.Context(), "node", "e2e/"+script)
	cmd.Dir = "../../web"
	cmd.Env = append(os.Environ(), "HOSTS="+strings.Join(rules, ","))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("%s failed: %v", script, err)
	}
}
