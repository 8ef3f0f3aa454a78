package rest

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
)

// A privateServer serves a course whose people are marked.
type privateServer struct {
	*testServer
	people *dbtest.People
}

func newPrivateServer(t *testing.T, s *db.Store) *privateServer {
	t.Helper()
	dbtest.StartIDs(t, s)
	c := newTestServer(t, s)
	users := c.createStudents(t, "Ada", "Bob")
	var enrollments []*db.Enrollment
	for _, u := range users {
		enrollments = append(enrollments, &db.Enrollment{CourseID: c.course.MomotorID, UserID: u.MomotorID, Role: db.RoleStudent})
		item := c.result(u, 1)
		item.Result.State = db.StateDone
		item.Steps = []*db.Step{{StepID: "compile", TaskID: "compile"}}
		item.Bundles = []*db.Bundle{
			c.storeBundle(t, db.BundleProduct, "product.zip", newZip(t, "a.txt", u.Name)),
			c.storeBundle(t, db.BundleFull, "result.zip", newZip(t, "result.xml", "unmistakable")),
			c.storeBundle(t, db.BundleBasic, "basic.zip", newZip(t, "result.xml", "unmistakable")),
		}
		c.insertResults(t, item)
	}
	c.must(t)(ingest.InsertEnrollments(t.Context(), s, enrollments))
	recipe := c.storeBundle(t, db.BundleRecipe, "recipe.zip", newZip(t, "recipe.xml", "unmistakable"))
	if _, err := ingest.UpsertAssignment(t.Context(), s, c.assignment, recipe, nil, noon); err != nil {
		t.Fatal(err)
	}
	c.serve(t)
	return &privateServer{c, dbtest.MarkPeople(t, s, c.account.MomotorID)}
}

// respond requests all routes that read, with an id of a person, and calls check with the responses.
func (c *privateServer) respond(t *testing.T, person int64, check func(rt route, res response)) {
	t.Helper()
	for _, rt := range routes() {
		if rt.method != http.MethodGet || rt.personOnly() {
			continue
		}
		path := strings.NewReplacer("/account/1/", "/account/"+strconv.FormatInt(c.account.MomotorID, 10)+"/", "9001", strconv.FormatInt(person, 10), "/attempt/2/", "/attempt/1/").
			Replace(exampleURL(basePath+rt.path, "9001"))
		check(rt, c.request(t, http.MethodGet, path))
	}
}

// isFile reports whether a route responds with a bundle or a part of it.
func (rt *route) isFile() bool { return rt.extraTypes == bundleTypes || rt.extraTypes == anyType }

// No route responds to a pseudonymous key with a text that names a person. The key finds people by their
// pseudonyms, and no files.
func TestPseudonymsHidePeople(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newPrivateServer(t, s)
		open := ""
		c.respond(t, c.people.CanvasIDs[0], func(rt route, res response) {
			if res.status != http.StatusOK {
				t.Errorf("%s = %d %s, want 200 for a key without pseudonyms", rt.path, res.status, res.body)
			}
			open += res.body
		})
		if found := c.people.MarksIn(open); len(found) < 1+len(c.people.CanvasIDs) {
			t.Errorf("the responses to a key without pseudonyms have only the marks %q", found)
		}
		key := c.createKeyOf(t, func(row *db.APIKey) { row.Pseudonymous = true })
		table := c.send(t, http.MethodGet, "csv/").body
		number, err := strconv.ParseInt(strings.Split(strings.Split(table, "\r\n")[1], ",")[0], 10, 64)
		if err != nil || !strings.Contains(table, "Student "+strconv.FormatInt(number, 10)) {
			t.Fatalf("the table of %s is %q, want pseudonyms", key, table)
		}
		c.respond(t, number, func(rt route, res response) {
			want := map[bool]int{true: http.StatusNotFound, false: http.StatusOK}[rt.isFile()]
			if found := c.people.MarksIn(res.body); res.status != want || found != nil {
				t.Errorf("%s = %d %s, want %d without %q", rt.path, res.status, res.body, want, found)
			}
		})
		for _, id := range c.people.CanvasIDs {
			if res := c.send(t, http.MethodGet, strconv.FormatInt(id, 10)+"/"); res.status != http.StatusNotFound {
				t.Errorf("the result of a Canvas id = %d %s, want 404", res.status, res.body)
			}
		}
	})
}

// A key that may read only figures is refused each route that responds with results, people or files.
func TestFiguresOnlyRefusesRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newPrivateServer(t, s)
		c.createKeyOf(t, func(row *db.APIKey) { row.MinGroup = new(5) })
		c.respond(t, c.people.CanvasIDs[0], func(rt route, res response) {
			want := http.StatusForbidden
			if strings.HasPrefix(rt.operation, "Account") || strings.HasPrefix(rt.operation, "Course") || strings.HasPrefix(rt.operation, "Assignment") {
				want = http.StatusOK
			}
			if found := c.people.MarksIn(res.body); res.status != want || found != nil {
				t.Errorf("%s = %d %s, want %d without %q", rt.path, res.status, res.body, want, found)
			}
		})
	})
}
