package graph_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
)

// get sends a query by GET, with headers in pairs of name and value, and returns the response and its body.
func (c *client) get(t testing.TB, query string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"?query="+url.QueryEscape(query), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Api-Key "+c.key)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// A conditionalFixture is a server with two courses, and a key for both.
type conditionalFixture struct {
	*client
	store  *db.Store
	f      *dbtest.Fixture
	course string // the query of the results of the course
}

func newConditionalFixture(t *testing.T, s *db.Store) *conditionalFixture {
	t.Helper()
	f := dbtest.NewFixture(t, s)
	f.UpsertResults(t, s, dbtest.Result(f.PublishedAssignment, f.Anna, 1))
	c := startServer(t, s).withKey(t, s, f.Course.MomotorID, f.OtherCourse.MomotorID)
	return &conditionalFixture{c, s, f, `{ account(canvasGuid: "guid") { name course(canvasId: 1001) { name results { nodes { score user { name } bundles { url } } } } } }`}
}

// upsert writes an attempt of Anna.
func (c *conditionalFixture) upsert(t *testing.T, a *db.Assignment, attempt int) {
	t.Helper()
	c.f.UpsertResults(t, c.store, dbtest.Result(a, c.f.Anna, attempt))
}

// A client that sends the tag of an answer gets 304 as long as the answer is the same, and a new answer with
// a new tag after a change.
func TestUnchangedAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newConditionalFixture(t, s)
		res, body := c.get(t, c.course)
		tag := res.Header.Get("ETag")
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(tag, `"`) || res.Header.Get("Cache-Control") != "private, no-cache" ||
			res.Header.Get("Vary") != "Accept, Authorization, Cookie" || !strings.Contains(body, "Anna") {
			t.Fatalf("the answer is %d %v %s", res.StatusCode, res.Header, body)
		}
		for _, condition := range []string{tag, "W/" + tag, `"other", ` + tag} {
			res, body := c.get(t, c.course, "If-None-Match", condition)
			if res.StatusCode != http.StatusNotModified || body != "" || res.Header.Get("ETag") != tag ||
				res.Header.Get("Cache-Control") != "private, no-cache" || res.Header.Get("Vary") != "Accept, Authorization, Cookie" {
				t.Errorf("with If-None-Match: %s: %d %v %q, want 304", condition, res.StatusCode, res.Header, body)
			}
		}
		if res, same := c.get(t, c.course, "If-None-Match", "*"); res.StatusCode != http.StatusOK || same != body || res.Header.Get("ETag") != tag {
			t.Errorf("with If-None-Match: *: %d %q", res.StatusCode, same)
		}
		c.upsert(t, c.f.OtherPublishedAssignment, 1)
		if res, _ := c.get(t, c.course, "If-None-Match", tag); res.StatusCode != http.StatusNotModified {
			t.Errorf("after a change of another course: %d, want 304", res.StatusCode)
		}
		for name, change := range map[string]func() error{
			"a result": func() error { c.upsert(t, c.f.PublishedAssignment, 2); return nil },
			"the name of a person": func() error {
				_, err := ingest.UpsertUsers(t.Context(), s, []*db.User{{AccountID: c.f.Account.MomotorID, CanvasID: 1, Name: "Anna B.", SortableName: "Anna"}})
				return err
			},
			"the name of the account": func() error {
				_, err := ingest.UpsertAccounts(t.Context(), s, []*db.Account{{CanvasGUID: "guid", BaseURL: "https://canvas.example.edu", Name: "New"}})
				return err
			},
		} {
			res, before := c.get(t, c.course)
			if err := change(); err != nil {
				t.Fatal(err)
			}
			res, after := c.get(t, c.course, "If-None-Match", res.Header.Get("ETag"))
			if res.StatusCode != http.StatusOK || after == before || res.Header.Get("ETag") == tag {
				t.Errorf("after a change of %s: %d %s", name, res.StatusCode, after)
			}
		}
	})
}

// The tag of an answer is of no use for another caller, another question or another form of the answer.
func TestTagsOfOtherAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newConditionalFixture(t, s)
		res, _ := c.get(t, c.course)
		tag := res.Header.Get("ETag")
		other := c.client.withKey(t, s, c.f.Course.MomotorID)
		for name, get := range map[string]func() (*http.Response, string){
			"another key":   func() (*http.Response, string) { return other.get(t, c.course, "If-None-Match", tag) },
			"another query": func() (*http.Response, string) { return c.get(t, c.course+" ", "If-None-Match", tag) },
			"another media type": func() (*http.Response, string) {
				return c.get(t, c.course, "If-None-Match", tag, "Accept", "application/graphql-response+json")
			},
		} {
			if res, body := get(); res.StatusCode != http.StatusOK || res.Header.Get("ETag") == tag || res.Header.Get("ETag") == "" || body == "" {
				t.Errorf("%s gets %d with the tag %s", name, res.StatusCode, res.Header.Get("ETag"))
			}
		}
	})
}

// A client that makes up a tag with the version of a course learns nothing about a course that it may not see:
// not whether the course exists, and not when it changes.
func TestTagsDoNotRevealVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newConditionalFixture(t, s)
		key := c.client.withKey(t, s, c.f.Course.MomotorID)
		res, _ := key.get(t, c.course)
		tag, err := base64.RawURLEncoding.DecodeString(strings.Trim(res.Header.Get("ETag"), `"`))
		if err != nil {
			t.Fatal(err)
		}
		var version int64
		if err := s.DB().NewRaw("SELECT version FROM course_version WHERE course_id = ?", c.f.OtherCourse.MomotorID).Scan(t.Context(), &version); err != nil {
			t.Fatal(err)
		}
		tag = binary.AppendUvarint(tag, uint64(c.f.OtherCourse.MomotorID-c.f.Course.MomotorID))
		tag = binary.AppendUvarint(tag, uint64(version))
		if res, _ := key.get(t, c.course, "If-None-Match", `"`+base64.RawURLEncoding.EncodeToString(tag)+`"`); res.StatusCode != http.StatusOK {
			t.Errorf("a tag with the right version of another course gets %d, want 200", res.StatusCode)
		}
	})
}

// A key that loses rights gets no 304 for what it has seen before.
func TestUnchangedAnswerOfChangedKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newConditionalFixture(t, s)
		prefix, _, _ := strings.Cut(c.key, ".")
		res, _ := c.get(t, c.course)
		tag := res.Header.Get("ETag")
		if err := s.UpdateAPIKey(t.Context(), prefix, db.APIKeyChange{Courses: []int64{c.f.OtherCourse.MomotorID}}); err != nil {
			t.Fatal(err)
		}
		res, body := c.get(t, c.course, "If-None-Match", tag)
		if res.StatusCode != http.StatusOK || strings.Contains(body, "Anna") {
			t.Errorf("without the course: %d %s", res.StatusCode, body)
		}
		if err := s.UpdateAPIKey(t.Context(), prefix, db.APIKeyChange{Courses: []int64{c.f.Course.MomotorID}}); err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, "UPDATE api_key SET min_group = 5")
		if res, body := c.get(t, c.course, "If-None-Match", tag); res.StatusCode == http.StatusNotModified || strings.Contains(body, "Anna") {
			t.Errorf("when it may read only figures: %d %s", res.StatusCode, body)
		}
		if err := s.RevokeAPIKey(t.Context(), prefix); err != nil {
			t.Fatal(err)
		}
		if res, _ := c.get(t, c.course, "If-None-Match", res.Header.Get("ETag")); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("after the revocation: %d, want 401", res.StatusCode)
		}
	})
}

// Answers that can change without a new version, answers with errors, and changes have no tag.
func TestAnswersWithoutTag(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newConditionalFixture(t, s)
		assignment := db.NodeID{Type: "Assignment", Key: [4]int64{c.f.Course.MomotorID, c.f.PublishedAssignment.MomotorID}}
		for query, tagged := range map[string]bool{
			`{ account(canvasGuid: "guid") { course(canvasId: 1001) { assignments { nodes { name } } } } }`:                                   true,
			`{ account(canvasGuid: "guid") { course(canvasId: 1001) { results { stats { count } } } } }`:                                      true,
			`{ account(canvasGuid: "guid") { course(canvasId: 9999) { name } } }`:                                                             true,
			`{ account(canvasGuid: "guid") { course(canvasId: 1001) { account { courses { nodes { assignments { nodes { name } } } } } } } }`: true,
			`{ accounts { nodes { courses { nodes { name } } } } }`:                                                                           true,
			`{ viewer { name courses { nodes { name results { nodes { score } } } } } }`:                                                      true,
			`{ node(id: "` + assignment.String() + `") { ... on Assignment { name } } }`:                                                      true,
			`{ account(canvasGuid: "unknown") { name } }`:                                                                                     false,
			`{ account(canvasGuid: "guid") { course(canvasId: 1001) { jobs { nodes { kind } } } } }`:                                          false,
			`{ account(canvasGuid: "guid") { course(canvasId: 1001) { assignments { nodes { uploads { nodes { state } } } } } } }`:            false,
			`{ viewer { courses { nodes { viewerRoles } } } }`:                                                                                true,
			`{ viewer { name courses { nodes { name } } preferences(course: {id: "` + c.f.Course.ID() + `"}) } }`:                             false,
			`{ viewer { name courses { nodes { name } } state(course: {id: "` + c.f.Course.ID() + `"}) { age } } }`:                           false,
			`{ __typename }`: false,
			`{ account(canvasGuid: "guid") { course(canvasId: 1001) { results(first: -1) { nodes { score } } } } }`: false,
			`{ nonsense }`: false,
		} {
			res, body := c.get(t, query)
			if (res.Header.Get("ETag") != "") != tagged || (res.Header.Get("Cache-Control") == "no-store") == tagged {
				t.Errorf("%s has the tag %q and Cache-Control %q: %s", query, res.Header.Get("ETag"), res.Header.Get("Cache-Control"), body)
			}
			if !tagged {
				continue
			}
			if res, _ := c.get(t, query, "If-None-Match", res.Header.Get("ETag")); res.StatusCode != http.StatusNotModified {
				t.Errorf("%s is %d with its own tag, want 304", query, res.StatusCode)
			}
		}
		if status, _ := c.post(t, c.course, nil); status != http.StatusOK {
			t.Errorf("POST = %d", status)
		}
	})
}

// An answer that is read while a change is not committed yet has the tag of the state before the change.
func TestTagOfOverlappingChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newConditionalFixture(t, s)
		var tag string
		err := s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := ingest.WriteResults(ctx, s, tx, []*ingest.ResultItem{dbtest.Result(c.f.PublishedAssignment, c.f.Bob, 1)}, dbtest.Noon)
			res, body := c.get(t, c.course)
			if tag = res.Header.Get("ETag"); strings.Contains(body, "Bob") {
				t.Error("the answer has a result that is not committed")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		res, body := c.get(t, c.course, "If-None-Match", tag)
		if res.StatusCode != http.StatusOK || !strings.Contains(body, "Bob") {
			t.Errorf("after the commit: %d %s", res.StatusCode, body)
		}
	})
}
