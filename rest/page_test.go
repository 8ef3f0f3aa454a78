package rest

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/graph/exec"
)

// The page has every documented route, and says of each what it answers.
func TestPage(t *testing.T) {
	t.Parallel()
	api, err := New(Config{Schema: exec.NewExecutableSchema(exec.Config{}).Schema()})
	if err != nil {
		t.Fatal(err)
	}
	page, err := api.Page()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest("GET", "/lti/api-doc", nil))
	text := w.Body.String()
	if rows := strings.Count(text, "<tr"); rows != 36 {
		t.Errorf("the page has %d routes, want 36", rows)
	}
	for _, r := range routes() {
		if !strings.Contains(text, "<code>"+base+r.path+"</code><br>") {
			t.Errorf("the page lacks %s", r.path)
		}
	}
	if strings.Contains(text, "<br></td>") {
		t.Error("a route has no description")
	}
}
