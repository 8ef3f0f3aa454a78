package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// hostileParameters are percent-encoded values of parameters that a database may not be able to
// store or compare.
var hostileParameters = []string{
	"%00", "a%00b", "%ff", "%ed%a0%80", "%ef%bf%bf", "-1", "0", "2147483648", "9223372036854775807", "9223372036854775808", "1e400", "NaN",
	"%27%20OR%201%3d1", "..", "%2e%2e%2f", strings.Repeat("x", 5000), strings.Repeat("9", 5000),
}

// personPath begins the routes that are open to people only, not to keys.
const personPath = "/lti/api/account/{account_pk}/course/{course_canvas_id}/user/"

// hostileBodies are values of a field of a JSON body.
var hostileBodies = []string{`"\u0000"`, `"\ud800"`, `""`, `9223372036854775808`, `1e400`, `-1`, `{}`, `[]`, `[{}]`, `["\u0000"]`, `[9223372036854775808]`, `null`, `true`}

// Whatever the parameters and the body of a request contain, the error is the client's, on both
// databases.
func TestHostileParameters(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		address := serveRecordedData(t, s, "testdata/wire").Listener.Addr().String()
		docs := contractRoutes(t)
		expectClientError := func(method, path string, headers ...string) (status int) {
			t.Helper()
			got := sendRaw(t, address, method, rawRequest(method, path, sampleKey, headers...))
			if got.status >= 500 {
				t.Errorf("%s %.200s %.200q = %d %s, want a status below 500", method, path, headers, got.status, got.text)
			}
			return got.status
		}
		for _, rt := range routes() {
			doc, ok := docs.find(rt)
			if !ok {
				continue // TestRoutesRespond reports it
			}
			user := "9001"
			path := exampleURL(doc.Path, user)
			if doc.Method == http.MethodGet && !strings.HasPrefix(doc.Path, personPath) {
				if expectClientError(doc.Method, path) == http.StatusNotFound { // this user lacks the bundle, and that of the other one is purged
					user = "9002"
					path = exampleURL(doc.Path, user)
				}
				if status := expectClientError(doc.Method, path); status >= 400 && status != http.StatusGone {
					t.Errorf("GET %s = %d without hostile values, want success or 410", path, status)
				}
			}
			for _, at := range pathParameter.FindAllStringSubmatchIndex(doc.Path, -1) {
				before, after := doc.Path[:at[4]-len("{")], doc.Path[at[5]+len("}"):]
				for _, value := range hostileParameters {
					expectClientError(doc.Method, exampleURL(before+value+after, user))
				}
			}
			for _, q := range doc.Query {
				for _, value := range hostileParameters {
					expectClientError(doc.Method, path+"?"+q.path+"="+value)
				}
			}
			if doc.Method == http.MethodGet {
				continue
			}
			expectClientError(doc.Method, path, "If-Match: \"\xff\"")
			for _, f := range doc.Request {
				for _, value := range hostileBodies {
					expectClientErrorOfBody(t, address, doc.Method, path, fmt.Sprintf("{%q: %s}", f.path, value))
				}
			}
		}
	})
}

// expectClientErrorOfBody sends a JSON body, whose status must be below 500.
func expectClientErrorOfBody(t *testing.T, address, method, path, body string) {
	t.Helper()
	headers := []string{"Content-Type: application/json", fmt.Sprint("Content-Length: ", len(body))}
	got := sendRaw(t, address, method, append(rawRequest(method, path, sampleKey, headers...), body...))
	if got.status >= 500 {
		t.Errorf("%s %s %s = %d %s, want a status below 500", method, path, body, got.status, got.text)
	}
}
