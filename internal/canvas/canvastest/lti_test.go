package canvastest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

const launchURI = "https://tool.example.edu/lti/launch"

// A class is a Canvas with a tool, a student in two sections and an assignment.
type class struct {
	*canvastest.Server
	clock                       *canvastest.Clock
	tool                        canvastest.Tool
	student, course, assignment int64
}

func newClass(t *testing.T) *class {
	t.Helper()
	c := &class{clock: canvastest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	c.Server = canvastest.New(t, canvastest.WithClock(c.clock.Now))
	c.course = c.AddCourse(canvastest.Course{Name: "Programming", Code: "2IP90"})
	c.student = c.AddStudent(c.AddSection(c.course, canvastest.Section{Name: "A"}), canvastest.User{Name: "Anna Bell"})
	c.EnrollAs(c.student, c.AddSection(c.course, canvastest.Section{Name: "B"}), canvastest.TA)
	c.assignment = c.AddAssignment(c.course, canvastest.Assignment{Name: "Loops"})
	c.tool = c.InstallTool(canvastest.Tool{
		LoginURL: "https://tool.example.edu/lti/login", TargetLinkURI: launchURI, RedirectURIs: []string{launchURI},
		Custom: map[string]string{"user": "$Canvas.user.id", "assignment": "$Canvas.assignment.id", "roles": "$Canvas.membership.roles", "unknown": "$Canvas.unknown"},
	})
	return c
}

// authorize sends the authentication request of a tool after a login, with some values changed.
// It returns the status and the fields of the returned form.
func (c *class) authorize(t *testing.T, login url.Values, change ...string) (int, map[string]string) {
	t.Helper()
	q := url.Values{
		"scope": {"openid"}, "response_type": {"id_token"}, "response_mode": {"form_post"}, "prompt": {"none"}, "client_id": {login.Get("client_id")},
		"redirect_uri": {launchURI}, "login_hint": {login.Get("login_hint")}, "lti_message_hint": {login.Get("lti_message_hint")},
		"nonce": {"n-1"}, "state": {`<s">`},
	}
	for i := 0; i < len(change); i += 2 {
		q.Set(change[i], change[i+1])
	}
	page := c.get(t, "/api/lti/authorize_redirect?"+q.Encode())
	fields := map[string]string{}
	for _, m := range regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(page.body, -1) {
		fields[m[1]] = m[2]
	}
	return page.status, fields
}

type page struct {
	status int
	body   string
}

func (c *class) get(t *testing.T, path string) page {
	t.Helper()
	res, err := http.Get(c.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{res.StatusCode, string(body)}
}

// verify verifies a token with the published keys and returns its claims, or nil.
func (c *class) verify(t *testing.T, token string) (claims map[string]any) {
	t.Helper()
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(c.get(t, "/api/lti/security/jwks").body), &keys); err != nil {
		t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys.Key(signed.Signatures[0].Header.KeyID) {
		if !k.IsPublic() {
			t.Fatal("a private key is published")
		}
		text, err := signed.Verify(k)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &claims); err != nil {
			t.Fatal(err)
		}
	}
	return claims
}

// TestLaunch asserts that the published keys verify the token of a launch, also after a rotation,
// and checks its claims.
func TestLaunch(t *testing.T) {
	c := newClass(t)
	login := c.Launch(c.tool, c.student, c.course, c.assignment)
	if login.Get("iss") != canvastest.LTIIssuer || login.Get("target_link_uri") != launchURI || login.Get("deployment_id") != c.tool.DeploymentID {
		t.Errorf("the login is %v", login)
	}
	status, form := c.authorize(t, login)
	if status != 200 || form["state"] != "&lt;s&#34;&gt;" || form["error"] != "" {
		t.Fatalf("authorize = %d %v", status, form)
	}
	claims := c.verify(t, form["id_token"])
	const lti = "https://purl.imsglobal.org/spec/lti/claim/"
	now := float64(c.clock.Now().Unix())
	for name, want := range map[string]any{
		"iss": canvastest.LTIIssuer, "aud": c.tool.ClientID, "nonce": "n-1", "iat": now, "exp": now + 3600, "name": "Anna Bell",
		lti + "version": "1.3.0", lti + "message_type": "LtiResourceLinkRequest", lti + "deployment_id": c.tool.DeploymentID,
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	custom := claims[lti+"custom"].(map[string]any)
	if custom["unknown"] != "$Canvas.unknown" || custom["roles"] != "StudentEnrollment,TaEnrollment" || custom["user"].(float64) != float64(c.student) {
		t.Errorf("the custom fields are %v", custom)
	}
	if roles := claims[lti+"roles"].([]any); len(roles) != 4 || !slices.ContainsFunc(roles, func(r any) bool { return strings.HasSuffix(r.(string), "#Learner") }) {
		t.Errorf("the roles are %v", roles)
	}
	c.RotateKeys()
	if c.verify(t, form["id_token"]) == nil {
		t.Error("after a rotation the previous key is not published")
	}
	c.RotateKeys()
	if c.verify(t, form["id_token"]) != nil {
		t.Error("after two rotations the first key is still published")
	}
}

// TestLaunchRejects asserts that invalid authentication requests are rejected, in the form, or
// without one if the redirect URI is unknown.
func TestLaunchRejects(t *testing.T) {
	c := newClass(t)
	other := c.InstallTool(canvastest.Tool{RedirectURIs: []string{launchURI}})
	for name, tt := range map[string]struct {
		change []string
		status int
		want   string
	}{
		"another redirect":        {[]string{"redirect_uri", launchURI + "/"}, 400, ""},
		"an unknown tool":         {[]string{"client_id", "1"}, 400, ""},
		"another tool":            {[]string{"client_id", other.ClientID}, 200, "unauthorized_client"},
		"no message hint":         {[]string{"lti_message_hint", ""}, 200, "invalid_request_object"},
		"no nonce":                {[]string{"nonce", ""}, 200, "invalid_request_object"},
		"with a prompt":           {[]string{"prompt", "login"}, 200, "invalid_request_object"},
		"another user":            {[]string{"login_hint", "other"}, 200, "login_required"},
		"an unknown message hint": {[]string{"lti_message_hint", "x"}, 200, "launch_no_longer_valid"},
		"valid":                   {nil, 200, ""},
	} {
		login := c.Launch(c.tool, c.student, c.course, 0)
		status, form := c.authorize(t, login, tt.change...)
		if status != tt.status || form["error"] != tt.want || (form["id_token"] == "") != (tt.change != nil) {
			t.Errorf("%s = %d %v, want %d %q", name, status, form, tt.status, tt.want)
		}
		if tt.change == nil {
			if _, repeated := c.authorize(t, login); repeated["error"] != "launch_no_longer_valid" {
				t.Errorf("the second request for a launch = %v", repeated)
			}
		}
	}
	late := c.Launch(c.tool, c.student, c.course, 0)
	c.clock.Advance(10 * time.Minute)
	if _, form := c.authorize(t, late); form["error"] != "launch_no_longer_valid" {
		t.Errorf("a launch after ten minutes = %v", form)
	}
}
