package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/access"
)

// A keyedServer serves all routes from a store with keys.
type keyedServer struct {
	*server
	handler  http.Handler
	requests int
}

func newKeyedServer(t *testing.T, location string) *keyedServer {
	t.Helper()
	s := newTestServer(t)
	s = newServerWith(s.settings, dbtest.Open(t, location), s.blobs)
	h, err := s.routes()
	if err != nil {
		t.Fatal(err)
	}
	return &keyedServer{server: s, handler: h}
}

// newKey stores a new key.
func (s *keyedServer) newKey(t *testing.T) access.Key {
	t.Helper()
	k, err := access.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	err = s.store.CreateAPIKey(t.Context(), &db.APIKeyItem{Key: db.APIKey{Prefix: k.Prefix(), HashedKey: k.Hash(), Name: "test", CreatedAt: time.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// send sends a request with a key from an address of its own, because wrong keys are limited by address.
func (s *keyedServer) send(t *testing.T, newRequest func() *http.Request, key string) *httptest.ResponseRecorder {
	t.Helper()
	s.requests++
	r := newRequest()
	r.Header.Set("Authorization", "Api-Key "+key)
	r.Header.Set("X-Request-Id", "same")
	r.RemoteAddr = fmt.Sprintf("198.51.%d.%d:1", s.requests/250, s.requests%250)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// keyedRequests returns requests that need a key, by their names: at least one for each route, and one for
// each way through the GraphQL server.
func keyedRequests(t *testing.T, h http.Handler) map[string]func() *http.Request {
	t.Helper()
	all := map[string]func() *http.Request{}
	add := func(name string, newRequest func() *http.Request) { all[name] = newRequest }
	for _, r := range requestsOfAllRoutes(t, h) {
		if r.URL.Path == "/graphql" || strings.HasPrefix(r.URL.Path, "/bundles/") {
			add(r.Method+" "+r.URL.Path, func() *http.Request { return httptest.NewRequest(r.Method, r.URL.Path, http.NoBody) })
		}
	}
	for _, path := range documentedPaths(t) {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "PATCH", "PUT", "POST", "DELETE"} {
			add(method+" "+path, func() *http.Request {
				r := httptest.NewRequest(method, path, strings.NewReader(`{"published": true}`))
				r.Header.Set("Content-Type", "application/json")
				return r
			})
		}
	}
	add("bad parameter", func() *http.Request { return httptest.NewRequest("GET", "/lti/api/account/x/course/", http.NoBody) })
	for name, body := range map[string]string{
		"no statement":        `{"query": "{ __typename }"}`,
		"introspection":       `{"query": "{ __schema { types { name } } }"}`,
		"statement":           `{"query": "{ accounts { nodes { name } } }"}`,
		"viewer":              `{"query": "{ viewer { name readOnly } }"}`,
		"viewer with courses": `{"query": "{ viewer { name courses { nodes { name } } } }"}`,
		"no keys":             `{"query": "{ nodes(ids: []) { __typename } }"}`,
		"mixed":               `{"query": "{ __schema { types { name } } accounts { nodes { name } } }"}`,
		"argument":            `{"query": "{ accounts(first: -1) { nodes { name } } }"}`,
		"mutation":            `{"query": "mutation { refreshAssignment(assignment: {path: {accountMomotorId: 1, courseCanvasId: 1, canvasId: 1}}) { assignment { name } } }"}`,
		"invalid":             `{"query": "{ nothing }"}`,
		"no JSON":             `{`,
	} {
		add(name, func() *http.Request {
			r := httptest.NewRequest("POST", "/graphql", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			return r
		})
	}
	add("not acceptable", func() *http.Request {
		r := httptest.NewRequest("GET", "/graphql?query={__typename}", http.NoBody)
		r.Header.Set("Accept", "image/png")
		return r
	})
	add("form", func() *http.Request {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		_ = form.WriteField("operations", `{"query": "{ __typename }"}`)
		_ = form.WriteField("map", `{}`)
		_ = form.Close()
		r := httptest.NewRequest("POST", "/graphql", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("GraphQL-Require-Preflight", "1")
		return r
	})
	return all
}

// documentedPaths returns the paths of the REST API with 1 for each parameter.
func documentedPaths(t *testing.T) (paths []string) {
	t.Helper()
	text, err := os.ReadFile("../../rest/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ Paths map[string]any }
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	for path := range document.Paths {
		paths = append(paths, parameter.ReplaceAllString(path, "1"))
	}
	if len(paths) < 20 {
		t.Fatalf("only %d paths", len(paths))
	}
	return paths
}

// A key that was valid at the previous request is rejected like a wrong key as soon as it is revoked, has
// expired or has another secret, whatever it requests.
func TestRevokedKeyIsRejectedAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := newKeyedServer(t, location)
		past := time.Now().Add(-time.Hour)
		changes := []func(prefix string) error{
			func(prefix string) error { return s.store.RevokeAPIKey(t.Context(), prefix) },
			func(prefix string) error {
				return s.store.UpdateAPIKey(t.Context(), prefix, db.APIKeyChange{ExpiresAt: &past})
			},
			func(prefix string) error {
				_, err := s.store.SQL().ExecContext(t.Context(), "UPDATE api_key SET hashed_key = 'sha512$$' WHERE prefix = '"+prefix+"'")
				return err
			},
		}
		requests := keyedRequests(t, s.handler)
		for i, name := range slices.Sorted(maps.Keys(requests)) {
			newRequest, k := requests[name], s.newKey(t)
			wrong := s.send(t, newRequest, "abcdefgh.secret")
			for range 2 { // paths below /user/ are for people, and reject all keys
				if w := s.send(t, newRequest, k.Reveal()); isSame(w, wrong) && w.Code != http.StatusNotFound && !strings.Contains(name, "/user/") {
					t.Errorf("%s with a valid key = %d %s", name, w.Code, w.Body)
				}
			}
			if err := changes[i%len(changes)](k.Prefix()); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if w := s.send(t, newRequest, k.Reveal()); !isSame(w, wrong) {
					t.Errorf("%s after change %d = %d %v %s, want %d %v %s", name, i%len(changes), w.Code, w.Header(), w.Body, wrong.Code, wrong.Header(), wrong.Body)
				}
			}
		}
	})
}

// A key that lost a course or became read-only gets the responses of a key that never had these rights, with
// its next request.
func TestLostRightsHoldAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := newKeyedServer(t, location)
		course := addOnes(t, s.store)
		for loss, lose := range map[string]func(prefix string) error{
			"course": func(prefix string) error {
				return s.store.UpdateAPIKey(t.Context(), prefix, db.APIKeyChange{Courses: []int64{}})
			},
			"changes": func(prefix string) error {
				_, err := s.store.SQL().ExecContext(t.Context(), "UPDATE api_key SET read_only = TRUE WHERE prefix = '"+prefix+"'")
				return err
			},
		} {
			newKey := func() access.Key {
				k := s.newKey(t)
				if err := s.store.UpdateAPIKey(t.Context(), k.Prefix(), db.APIKeyChange{Courses: []int64{course}}); err != nil {
					t.Fatal(err)
				}
				return k
			}
			changed := 0
			for name, newRequest := range keyedRequests(t, s.handler) {
				k, never := newKey(), newKey()
				s.send(t, newRequest, k.Reveal())
				before := s.send(t, newRequest, k.Reveal())
				if err := errors.Join(lose(k.Prefix()), lose(never.Prefix())); err != nil {
					t.Fatal(err)
				}
				got, want := s.send(t, newRequest, k.Reveal()), s.send(t, newRequest, never.Reveal())
				if got.Code != want.Code || !bytes.Equal(got.Body.Bytes(), want.Body.Bytes()) {
					t.Errorf("%s after the loss of %s = %d %s, want %d %s", name, loss, got.Code, got.Body, want.Code, want.Body)
				}
				if before.Code != got.Code || !bytes.Equal(before.Body.Bytes(), got.Body.Bytes()) {
					changed++
				}
			}
			if changed < 4 {
				t.Errorf("the loss of %s changes only %d responses", loss, changed)
			}
		}
	})
}

// addOnes writes an account, a course, an assignment and a student, all with the id 1 in requests, and returns
// the course.
func addOnes(t *testing.T, s *db.Store) (courseID int64) {
	t.Helper()
	account := &db.Account{MomotorID: 1, CanvasGUID: "guid", BaseURL: "https://canvas.example.edu", Name: "Example"}
	course := &db.Course{AccountID: 1, CanvasID: 1, Code: "C1", Name: "One"}
	user := &db.User{AccountID: 1, CanvasID: 1, Name: "Anna", SortableName: "Anna"}
	_, accountErr := ingest.UpsertAccounts(t.Context(), s, []*db.Account{account})
	_, courseErr := ingest.UpsertCourses(t.Context(), s, []*db.Course{course})
	_, userErr := ingest.UpsertUsers(t.Context(), s, []*db.User{user})
	enrollment := &db.Enrollment{CourseID: course.MomotorID, UserID: user.MomotorID, Role: db.RoleStudent}
	_, enrollmentErr := ingest.InsertEnrollments(t.Context(), s, []*db.Enrollment{enrollment})
	assignment := &db.Assignment{CourseID: course.MomotorID, CanvasID: 1, Name: "Assignment", Published: true}
	_, assignmentErr := ingest.UpsertAssignment(t.Context(), s, assignment, dbtest.File("recipe.zip"), nil, dbtest.Noon)
	if err := errors.Join(accountErr, courseErr, userErr, enrollmentErr, assignmentErr); err != nil {
		t.Fatal(err)
	}
	result := dbtest.Result(assignment, user, 1)
	if _, err := ingest.UpsertResults(t.Context(), s, []*ingest.ResultItem{result}, dbtest.Noon); err != nil {
		t.Fatal(err)
	}
	return course.MomotorID
}

// isSame reports whether two responses have the same status, header and body.
func isSame(a, b *httptest.ResponseRecorder) bool {
	same := func(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }
	return a.Code == b.Code && maps.EqualFunc(a.Header(), b.Header(), same) && bytes.Equal(a.Body.Bytes(), b.Body.Bytes())
}

// The rejection of a key does not make later requests see an old state of the store. Another instance
// revokes the keys.
func TestRejectionEndsSnapshot(t *testing.T) {
	t.Parallel()
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := newKeyedServer(t, location)
		other := dbtest.Open(t, location)
		newRequest := func() *http.Request {
			r := httptest.NewRequest("POST", "/graphql", strings.NewReader(`{"query": "{ accounts { nodes { name } } }"}`))
			r.Header.Set("Content-Type", "application/json")
			return r
		}
		first, second := s.newKey(t), s.newKey(t)
		for _, k := range []access.Key{first, second} {
			if w := s.send(t, newRequest, k.Reveal()); w.Code != http.StatusOK {
				t.Fatalf("a valid key = %d %s", w.Code, w.Body)
			}
		}
		for _, k := range []access.Key{first, second} {
			if err := other.RevokeAPIKey(t.Context(), k.Prefix()); err != nil {
				t.Fatal(err)
			}
			if w := s.send(t, newRequest, k.Reveal()); w.Code != http.StatusUnauthorized {
				t.Errorf("a revoked key = %d %s", w.Code, w.Body)
			}
		}
	})
}
