package rest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// Lists and objects have an entity tag. A client that sends it gets 304 until something changes in the
// course. Other forms of the response have other tags.
func TestUnchangedResponses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newTestServer(t, s)
		users := c.createStudents(t, "Ada", "Bob")
		c.insertResults(t, c.result(users[0], 1))
		account := fmt.Sprintf("/lti/api/account/%d/", c.account.MomotorID)
		course := account + "course/1001/"
		results := course + "assignment/501/result/"
		for _, path := range []string{
			"/lti/api/account/", account, account + "course/", course, course + "assignment/", results, results + "9001/",
			results + "9001/attempt/", course + "user/9001/", course + "user/9001/result/", account + "course/9999/assignment/",
		} {
			full := c.request(t, "GET", path)
			tag := full.header.Get("ETag")
			if full.status != 200 || !strings.HasPrefix(tag, `"`) || full.header.Get("Cache-Control") != "private, no-cache" ||
				full.header.Get("Vary") != "Accept, Cookie, Authorization" {
				t.Errorf("GET %s = %d %v", path, full.status, full.header)
			}
			for _, method := range []string{"GET", "HEAD"} {
				if r := c.request(t, method, path, "If-None-Match: W/"+tag); r.status != 304 || r.body != "" || r.header.Get("ETag") != tag {
					t.Errorf("%s %s with its tag = %d %q, want 304", method, path, r.status, r.body)
				}
			}
			if r := c.request(t, "GET", path, "If-None-Match: *"); r.status != 200 || r.body != full.body {
				t.Errorf("GET %s with If-None-Match: * = %d", path, r.status)
			}
			if r := c.request(t, "GET", path, "If-None-Match: "+tag, "Accept: application/json; indent=4"); r.status != 200 || r.header.Get("ETag") == tag {
				t.Errorf("GET %s with the tag of another form = %d %s", path, r.status, r.header.Get("ETag"))
			}
		}
		tag := c.request(t, "GET", results).header.Get("ETag")
		c.insertResults(t, c.result(users[1], 1))
		if r := c.request(t, "GET", results, "If-None-Match: "+tag); r.status != 200 || !strings.Contains(r.body, "Bob") {
			t.Errorf("after a new result: %d %s", r.status, r.body)
		}
		if r := c.request(t, "GET", results+"7777/"); r.status != 404 || r.header.Get("ETag") != "" || r.header.Get("Vary") != "Accept, Cookie" {
			t.Errorf("a missing result is %d %v", r.status, r.header)
		}
	})
}

// The tag of an assignment is its version, which If-Match needs. If-None-Match has no effect there.
func TestAssignmentKeepsVersionTag(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newTestServer(t, s)
		path := fmt.Sprintf("/lti/api/account/%d/course/1001/assignment/501/", c.account.MomotorID)
		tag := c.request(t, "GET", path).header.Get("ETag")
		if r := c.request(t, "GET", path, "If-None-Match: "+tag); r.status != 200 || r.header.Get("Cache-Control") != "no-store" {
			t.Errorf("an assignment with its tag is %d, %s", r.status, r.header.Get("Cache-Control"))
		}
	})
}
