package graph_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/form"
)

// uploadServer serves forms, within a quota.
type uploadServer struct{ *graph.Server }

// send sends a form with a body, as a caller with roles in a course.
func (s uploadServer) send(t *testing.T, caller *access.Principal, body io.Reader, length int64) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(access.WithPrincipal(t.Context(), caller), http.MethodPost, "/graphql", body)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	r.Header.Set("GraphQL-Require-Preflight", "true")
	r.ContentLength = length
	w := httptest.NewRecorder()
	s.ServeCaller(w, r)
	return w
}

func newUploadServer(t *testing.T, quota int64) uploadServer {
	t.Helper()
	return uploadServer{graph.NewServer(graph.Config{
		Store: dbtest.NewSQLite(t), Log: slog.New(slog.DiscardHandler),
		Limits: graph.Limits{BodyBytes: 1 << 10, UploadBytes: 1 << 10, Uploads: form.NewQuota(quota)},
	})}
}

func caller(id int64, roles access.Roles) *access.Principal {
	return &access.Principal{Kind: access.APIKey, KeyID: id, Grants: []access.Grant{{CourseID: 1, Roles: roles}}}
}

const queryForm = "--b\r\nContent-Disposition: form-data; name=operations\r\n\r\n{\"query\": \"{ __typename }\"}\r\n" +
	"--b\r\nContent-Disposition: form-data; name=map\r\n\r\n{}\r\n--b--\r\n"

// unreadBody fails the test when it is read.
type unreadBody struct{ *testing.T }

func (b unreadBody) Read([]byte) (int, error) {
	b.Error("the body is read")
	return 0, io.EOF
}

// A caller that may change nothing, and a body that is too large, are rejected before the body is
// read.
func TestUnreadForms(t *testing.T) {
	t.Parallel()
	s := newUploadServer(t, 1<<20)
	readOnly := caller(1, access.Teacher)
	readOnly.ReadOnly = true
	for name, tt := range map[string]struct {
		caller *access.Principal
		length int64
		status int
		code   string
	}{
		"read-only key": {readOnly, 100, 403, `This API key is read-only; use a key that can change data.","extensions":{"code":"FORBIDDEN"`},
		"student":       {caller(1, access.Student), 100, 403, `You do not have permission to do this.","extensions":{"code":"FORBIDDEN"`},
		"TA":            {caller(1, access.TA), -1, 403, `You do not have permission to do this.","extensions":{"code":"FORBIDDEN"`},
		"too large":     {caller(1, access.Teacher), 1 << 20, 413, "BAD_USER_INPUT"},
	} {
		w := s.send(t, tt.caller, unreadBody{t}, tt.length)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.code) {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, w.Body, tt.status, tt.code)
		}
	}
	for _, role := range []access.Roles{access.Teacher, access.Designer} {
		if w := s.send(t, caller(1, role), strings.NewReader(queryForm), -1); w.Code != 200 {
			t.Errorf("role %d: %d %s, want 200", role, w.Code, w.Body)
		}
	}
}

// Forms that are being received take space of their caller and of the server, until they are done.
func TestFormsHaveQuota(t *testing.T) {
	t.Parallel()
	s := newUploadServer(t, 150<<10) // a form of unknown length takes 102 KiB
	body, sender := io.Pipe()
	first := make(chan int)
	go func() { first <- s.send(t, caller(1, access.Teacher), body, -1).Code }()
	if _, err := io.WriteString(sender, queryForm[:1]); err != nil { // returns when the form is being read
		t.Fatal(err)
	}
	check := func(id, length int64, status int) {
		t.Helper()
		w := s.send(t, caller(id, access.Teacher), strings.NewReader(queryForm), length)
		if w.Code != status || (status == 200) != (w.Header().Get("Retry-After") == "") || (status == 200) == strings.Contains(w.Body.String(), "retryAfter") {
			t.Errorf("form of caller %d = %d, Retry-After %q, %s; want %d", id, w.Code, w.Header().Get("Retry-After"), w.Body, status)
		}
	}
	check(1, int64(len(queryForm)), 429)
	check(2, int64(len(queryForm)), 200)
	check(2, -1, 503)
	io.WriteString(sender, queryForm[1:])
	sender.Close()
	if status := <-first; status != 200 {
		t.Errorf("the first form = %d, want 200", status)
	}
	check(1, int64(len(queryForm)), 200)
	check(2, -1, 200)
}

// A form with files is validated before its operation runs.
func TestMultipartRequest(t *testing.T) {
	ms := newMutationServer(t, dbtest.NewSQLite(t))
	const part = "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n"
	const file = "--b\r\nContent-Disposition: form-data; name=\"0\"; filename=\"f\"\r\n\r\nx\r\n"
	op := `{"query": "query($f: String) { node(id: $f) { id } }", "variables": {"f": null, "l": [null], "s": "x"}}`
	for _, tt := range []struct {
		name, operations, paths string
		status                  int
	}{
		{"no map", op, "", 400},
		{"no operations", "", `{"0": ["variables.f"]}`, 400},
		{"an unknown file", op, `{"1": ["variables.f"]}`, 400},
		{"an unknown variable", op, `{"0": ["variables.g"]}`, 400},
		{"a variable that is not null", op, `{"0": ["variables.s"]}`, 400},
		{"an index after the end of a list", op, `{"0": ["variables.l.1"]}`, 400},
		{"a path outside of the variables", op, `{"0": ["query"]}`, 400},
		{"a variable that is not an upload", op, `{"0": ["variables.f"]}`, 200},
		{"a file without a path", op, `{}`, 200},
	} {
		body := fmt.Sprintf(part, "operations", tt.operations) + fmt.Sprintf(part, "map", tt.paths) + file + "--b--\r\n"
		if got := ms.send(t, ms.teacher(), "multipart/form-data; boundary=b", strings.NewReader(body)); got.status != tt.status {
			t.Errorf("%s: %d %+v, want %d", tt.name, got.status, got.Errors, tt.status)
		}
	}
}
