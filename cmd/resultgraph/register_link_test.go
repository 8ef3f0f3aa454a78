package main

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// A browser keeps cookies, and submits the forms that pages submit themselves.
type browser struct{ *http.Client }

func newBrowser(t *testing.T) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return browser{&http.Client{Jar: jar}}
}

// read returns the status, the final path and the body of a response.
func read(t *testing.T, res *http.Response, err error) (status int, path, body string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Request.URL.Path, string(text)
}

var formField = regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`)

var formAction = regexp.MustCompile(`action="([^"]*)"`)

// launch opens a tool as by a click in Canvas, and returns the page where the person lands.
func (b browser) launch(t *testing.T, tool canvastest.Tool, start url.Values) (status int, path, body string) {
	t.Helper()
	start.Del("lti_storage_target")
	res, err := b.PostForm(tool.LoginURL, start)
	if status, path, body = read(t, res, err); status != http.StatusOK || !strings.Contains(body, "onload") {
		return status, path, body
	}
	form := url.Values{}
	for _, m := range formField.FindAllStringSubmatch(body, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	res, err = b.PostForm(html.UnescapeString(formAction.FindStringSubmatch(body)[1]), form)
	return read(t, res, err)
}

// An administrator registers the server in a Canvas by a link and by hand, as docs/lti.md says, and people come
// in by the program as it is.
func TestRegistrationsOfGuide(t *testing.T) {
	t.Parallel()
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		settings := []string{"--data", t.TempDir(), "--database", location}
		command := func(args ...string) string {
			t.Helper()
			out, err := call(t, append(args, settings...)...)
			if err != nil {
				t.Fatalf("%v = %v", args, err)
			}
			return out
		}
		if strings.HasPrefix(location, "postgres") {
			command("migrate", "up")
		}
		p := start(t, append([]string{"serve", "--jobs", "off", "--listen", "127.0.0.1:0", "--lti-private-host", "127.0.0.1"}, settings...)...)
		base := p.await(t, `GraphiQL +(http://\S+)/graphiql\n`)
		c := canvastest.New(t, canvastest.WithOwnIssuer())
		course := c.AddCourse(canvastest.Course{Name: "Programming", Code: "2IP90"})
		student := c.AddStudent(c.AddSection(course, canvastest.Section{Name: "A"}), canvastest.User{Name: "Eve Example"})

		link, _, _ := strings.Cut(command("platform", "register-link", "--issuer", c.URL, "--public-url", base), "\n")
		token, opened := c.StartRegistration(link)
		res, err := http.Get(opened)
		if status, _, body := read(t, res, err); status != http.StatusOK || !strings.Contains(body, "The tool is registered") {
			t.Fatalf("the registration = %d %s\n%s", status, body, p.err.String())
		}
		byLink, _ := c.RegisteredTool(token)

		var conf struct {
			LoginURL     string            `json:"oidc_initiation_url"`
			RedirectURLs []string          `json:"redirect_uris"`
			TargetLink   string            `json:"target_link_uri"`
			CustomFields map[string]string `json:"custom_fields"`
		}
		res, err = http.Get(base + "/lti/config.json")
		_, _, body := read(t, res, err)
		parse(t, []byte(body), &conf)
		byHand := c.InstallTool(canvastest.Tool{LoginURL: conf.LoginURL, RedirectURIs: conf.RedirectURLs, TargetLinkURI: conf.TargetLink, Custom: conf.CustomFields})
		command("platform", "add", "--issuer", c.URL, "--client-id", byHand.ClientID)
		if list := command("platform", "list"); strings.Count(list, "(awaits the first launch)") != 2 || !strings.Contains(list, byLink.ClientID) || !strings.Contains(list, byHand.ClientID) {
			t.Errorf("platform list = %s", list)
		}

		for name, tool := range map[string]canvastest.Tool{"link": byLink, "hand": byHand} {
			b := newBrowser(t)
			if status, path, body := b.launch(t, tool, c.Launch(tool, student, course, 0)); status != http.StatusOK || path != "/app" {
				t.Errorf("the launch of the tool by %s = %d %s %s\n%s", name, status, path, body, p.err.String())
			}
			res, err := b.Get(base + "/graphql?query={viewer{name,courses{nodes{code}}}}")
			if _, _, body := read(t, res, err); !strings.Contains(body, "Eve Example") || !strings.Contains(body, "2IP90") {
				t.Errorf("after the launch of the tool by %s the viewer is %s", name, body)
			}
		}
		if list := command("session", "list"); strings.Count(list, "Eve Example") != 2 {
			t.Errorf("session list = %s", list)
		}
		if list := command("platform", "list"); strings.Contains(list, "awaits") {
			t.Errorf("after the launches platform list = %s", list)
		}
		p.shutdown(t)
	})
}

// register-link rejects values that are out of range.
func TestRegisterLinkRejects(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ issuer, base, valid, want string }{
		{"canvas.example.edu", "https://tool.example.edu", "1h", "--issuer"},
		{"http://canvas.example.edu", "https://tool.example.edu", "1h", "must be https"},
		{"https://canvas.example.edu", "http://tool.example.edu", "1h", "--public-url"},
		{"https://canvas.example.edu", "https://tool.example.edu", "0s", "--valid"},
		{"https://canvas.example.edu", "https://tool.example.edu", "169h", "--valid"},
	} {
		_, err := call(t, "platform", "register-link", "--data", t.TempDir(), "--issuer", tt.issuer, "--public-url", tt.base, "--valid", tt.valid)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("register-link %v = %v, want %s", tt, err, tt.want)
		}
	}
}

// The tests that the certification table of docs/lti.md names exist.
func TestCertificationTable(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/lti.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, folder := range []string{".", "../../internal/lti"} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), "_test.go") {
				text, err := os.ReadFile(folder + "/" + e.Name())
				if err != nil {
					t.Fatal(err)
				}
				tests.Write(text)
			}
		}
	}
	_, table, _ := strings.Cut(string(page), "## Certification")
	names := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(table, -1)
	if len(names) < 30 {
		t.Errorf("docs/lti.md names only %d tests", len(names))
	}
	for _, m := range names {
		if !strings.Contains(tests.String(), "\nfunc "+m[1]+"(t *testing.T)") {
			t.Errorf("docs/lti.md names %s, which does not exist", m[1])
		}
	}
}
