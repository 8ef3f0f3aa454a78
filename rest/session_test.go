package rest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/session"
)

// newSessions returns the manager of the sessions in a store, with the cookies of HTTPS.
func newSessions(s *db.Store) *session.Manager {
	return session.New(session.Config{
		Store: s, Lifetime: time.Hour, Idle: time.Hour, IsHTTPS: func(*http.Request) bool { return true }, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}

// signIn signs in as a new person with roles in the course with a Canvas id, and returns the token of the
// session.
func signIn(t testing.TB, s *db.Store, courseCanvasID int64, roles ...db.Role) (token string) {
	t.Helper()
	var course db.Course
	if err := s.DB().NewSelect().Model(&course).Column("id", "account_id").Where("canvas_id = ?", courseCanvasID).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	people, err := s.DB().NewSelect().Table("user").Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u := &db.User{AccountID: course.AccountID, CanvasID: int64(900_000 + people), Name: "Person", SortableName: "Person"}
	if _, err := ingest.UpsertUsers(t.Context(), s, []*db.User{u}); err != nil {
		t.Fatal(err)
	}
	for _, role := range roles {
		e := &db.Enrollment{CourseID: course.MomotorID, UserID: u.MomotorID, Role: role}
		if _, err := ingest.InsertEnrollments(t.Context(), s, []*db.Enrollment{e}); err != nil {
			t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	if err := newSessions(s).SignIn(w, httptest.NewRequest(http.MethodPost, "/", http.NoBody), session.Person{UserID: u.MomotorID}); err != nil {
		t.Fatal(err)
	}
	return w.Result().Cookies()[0].Value
}

// syncedStates returns the states of people as of the last synchronization.
type syncedStates struct{ *db.Store }

func (s syncedStates) State(ctx context.Context, _ int64, k db.MemberKey) (*db.CanvasState, error) {
	return s.SyncedState(ctx, k)
}

// sessionHeaders are the headers of a request by a session, with the proof that a page of the server sends it.
func sessionHeaders(token string) []string {
	return []string{"Cookie: " + sessionCookie + "=" + token + "; csrftoken=abc", "X-CSRFToken: abc"}
}

const (
	prefsURL = "/lti/api/account/1/course/1001/user/prefs/"
	stateURL = "/lti/api/account/1/course/1001/user/state/"
)

// sendAs sends a request of a session with a body of JSON.
func (s *recordedServer) sendAs(t *testing.T, token, method, path, body string) *wireResponse {
	t.Helper()
	headers := append(sessionHeaders(token), "Content-Type: application/json", "Content-Length: "+strconv.Itoa(len(body)))
	raw := rawRequest(method, path, "", headers...)
	return sendRaw(t, s.address(), method, append(raw, body...))
}

// Reviewers keep an object for each course, which is empty at first and replaced as a whole.
func TestPreferences(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := serveRecordedData(t, store, "testdata/wire")
		other := signIn(t, store, 1001, db.RoleTA)
		for _, step := range []struct{ token, method, body, want string }{
			{s.token, "GET", "", `{}`},
			{s.token, "POST", `{"b": [1.50, "<é>"], "a": {"x": null}, "a": 12345678901234567890}`, `{"a":12345678901234567890,"b":[1.50,"<é>"]}`},
			{s.token, "GET", "", `{"a":12345678901234567890,"b":[1.50,"<é>"]}`},
			{other, "GET", "", `{}`},
			{other, "POST", `{"mine":true}`, `{"mine":true}`},
			{s.token, "POST", `{"c":1}`, `{"c":1}`},
			{s.token, "GET", "", `{"c":1}`},
			{other, "GET", "", `{"mine":true}`},
			{s.token, "POST", `{}`, `{}`},
			{s.token, "GET", "", `{}`},
		} {
			got := s.sendAs(t, step.token, step.method, prefsURL, step.body)
			if got.status != 200 || got.text != step.want {
				t.Errorf("%s %s = %d %s, want 200 %s", step.method, step.body, got.status, got.text, step.want)
			}
			if tag := got.header.Get("ETag"); tag != "" {
				t.Errorf("%s has the ETag %s, which would not change with the preferences", step.method, tag)
			}
		}
		elsewhere := strings.Replace(prefsURL, "1001", "1002", 1)
		if got := s.sendAs(t, s.token, "GET", elsewhere, ""); got.status != 404 {
			t.Errorf("preferences of a course of others = %d %s, want 404", got.status, got.text)
		}
	})
}

// Invalid preferences are rejected with a message, and change nothing.
func TestInvalidPreferences(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	s := serveRecordedData(t, store, "testdata/wire")
	if got := s.sendAs(t, s.token, "POST", prefsURL, `{"kept":1}`); got.status != 200 {
		t.Fatalf("POST = %d %s", got.status, got.text)
	}
	large := `{"a":"` + strings.Repeat("x", db.MaxPreferencesBytes-len(`{"a":""}`)) + `"}`
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	for _, tt := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"no body", "", 400, `{"non_field_errors":["No data provided"]}`},
		{"null", "null", 400, `{"non_field_errors":["No data provided"]}`},
		{"list", "[1]", 400, `{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`},
		{"text", `"x"`, 400, `but got str."]}`},
		{"bad JSON", `{"a":`, 400, `{"detail":"JSON parse error - `},
		{"NaN", `{"a": NaN}`, 400, `{"detail":"JSON parse error - `},
		{"two values", `{} {}`, 400, `{"detail":"JSON parse error - `},
		{"not UTF-8", "{\"a\": \"\xff\"}", 400, `{"detail":"JSON parse error - `},
		{"deep", `{"a":` + deep + `}`, 400, `{"detail":"JSON parse error - it nests deeper than 100 levels"}`},
		{"absurdly deep", strings.Repeat("[", 500_000), 400, `{"detail":"JSON parse error - it nests deeper than 100 levels"}`},
		{"too large", strings.Replace(large, "x", "xy", 1), 413, `{"detail":"Preferences may have at most 65536 bytes of JSON, and these have 65537: keep less."}`},
		{"huge", `{"a":"` + strings.Repeat("x", 2<<20) + `"}`, 413, `{"detail":"The request is larger than 1048576 bytes."}`},
	} {
		if got := s.sendAs(t, s.token, "POST", prefsURL, tt.body); got.status != tt.status || !strings.Contains(got.text, tt.want) {
			t.Errorf("%s = %d %.200s, want %d %s", tt.name, got.status, got.text, tt.status, tt.want)
		}
		if got := s.sendAs(t, s.token, "GET", prefsURL, ""); got.text != `{"kept":1}` {
			t.Fatalf("after %s the preferences are %s", tt.name, got.text)
		}
	}
	text := append(sessionHeaders(s.token), "Content-Type: text/plain", "Content-Length: 3")
	if got := sendRaw(t, s.address(), "POST", append(rawRequest("POST", prefsURL, "", text...), "a=1"...)); got.status != 415 {
		t.Errorf("text/plain = %d %s, want 415", got.status, got.text)
	}
	for _, body := range []string{large, deep} {
		if got := s.sendAs(t, s.token, "POST", prefsURL, body); got.status != 200 {
			t.Errorf("POST of the maximum = %d %.100s, want 200", got.status, got.text)
		}
	}
}

// The routes for people reject others as the original API does.
func TestPeopleOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := serveRecordedData(t, store, "testdata/wire")
		student, designer := signIn(t, store, 1001, db.RoleStudent), signIn(t, store, 1001, db.RoleDesigner)
		ta, stranger := signIn(t, store, 1001, db.RoleTA, db.RoleStudent), signIn(t, store, 1002, db.RoleTeacher)
		const (
			noPermission  = `{"detail":"You do not have permission to perform this action."}`
			noCredentials = `{"detail":"Authentication credentials were not provided."}`
			notFound      = `{"detail":"Not found."}`
		)
		for _, tt := range []struct {
			name, token, method, path, body string
			status                          int
			want                            string
		}{
			{"a student", student, "GET", prefsURL, "", 403, noPermission},
			{"a student with a bad body", student, "POST", prefsURL, "{", 403, noPermission},
			{"a designer", designer, "GET", prefsURL, "", 403, noPermission},
			{"a teaching assistant who is a student", ta, "POST", prefsURL, `{"a":1}`, 200, `{"a":1}`},
			{"a person of another course", stranger, "GET", prefsURL, "", 404, notFound},
			{"a person of another course with a bad body", stranger, "POST", prefsURL, "{", 404, notFound},
			{"nobody", strings.Repeat("a", 43), "GET", prefsURL, "", 403, noCredentials},
			{"another method", s.token, "PUT", prefsURL, "{}", 405, `"PUT\" not allowed`},
			{"a student", student, "GET", stateURL, "", 200, `"enrollments":[{"section_canvas_id":null,"state":null,"type":"StudentEnrollment"}]`},
			{"a designer", designer, "GET", stateURL, "", 200, `"DesignerEnrollment"`},
			{"a person of another course", stranger, "GET", stateURL, "", 404, notFound},
			{"a change of the state", s.token, "POST", stateURL, "{}", 405, "not allowed"},
		} {
			got := s.sendAs(t, tt.token, tt.method, tt.path, tt.body)
			if got.status != tt.status || !strings.Contains(got.text, tt.want) {
				t.Errorf("%s: %s %s = %d %s, want %d %s", tt.name, tt.method, tt.path, got.status, got.text, tt.status, tt.want)
			}
		}
		for _, method := range []string{"GET", "POST", "PUT", "OPTIONS"} {
			got := sendRaw(t, s.address(), method, rawRequest(method, prefsURL, sampleKey))
			if got.status != 403 || got.text != noCredentials {
				t.Errorf("%s with a key = %d %s, want 403 %s", method, got.status, got.text, noCredentials)
			}
		}
		if got := s.sendAs(t, s.token, "OPTIONS", prefsURL, ""); got.status != 200 || !strings.Contains(got.text, "Get preferences for current user") {
			t.Errorf("OPTIONS = %d %s", got.status, got.text)
		}
	})
}

// A role that ends is gone with the next request.
func TestEndOfRole(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := serveRecordedData(t, store, "testdata/wire")
		const results = "/lti/api/account/1/course/1001/assignment/501/result/"
		if got := s.sendAs(t, s.token, "GET", results, ""); got.status != 200 || got.text == "[]" {
			t.Fatalf("the results of a teacher = %d %s", got.status, got.text)
		}
		dbtest.Exec(t, store, "DELETE FROM enrollment WHERE role = 'teacher'")
		for path, want := range map[string]int{prefsURL: 404, stateURL: 404} {
			if got := s.sendAs(t, s.token, "GET", path, ""); got.status != want {
				t.Errorf("without the role GET %s = %d %s, want %d", path, got.status, got.text, want)
			}
		}
		if got := s.sendAs(t, s.token, "GET", results, ""); got.text != "[]" {
			t.Errorf("without the role the results are %s", got.text)
		}
	})
}
