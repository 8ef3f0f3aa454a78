package canvas_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// faults are transient failures of Canvas.
var faults = []struct {
	name string
	canvastest.Fault
}{
	{"500", canvastest.Fault{Kind: canvastest.ServerError}},
	{"500 after execution", canvastest.Fault{Kind: canvastest.ServerError, Executed: true}},
	{"502 from a proxy", canvastest.Fault{Kind: canvastest.BadGateway}},
	{"502 after execution", canvastest.Fault{Kind: canvastest.BadGateway, Executed: true}},
	{"reset", canvastest.Fault{Kind: canvastest.Reset}},
	{"reset in the response", canvastest.Fault{Kind: canvastest.Reset, Executed: true}},
	{"stall", canvastest.Fault{Kind: canvastest.Stall}},
	{"stall after execution", canvastest.Fault{Kind: canvastest.Stall, Executed: true}},
	{"truncated JSON", canvastest.Fault{Kind: canvastest.Truncated}},
}

// clientWithFault returns a client with a timeout that is short enough for a stalled request.
func (sc *fixture) clientWithFault(t *testing.T, f canvastest.Fault) *canvas.Client {
	if f.Kind == canvastest.Stall {
		return sc.client(t, canvas.WithTimeout(300*time.Millisecond))
	}
	return sc.Client
}

// TestReadsRetry asserts that a list that fails on its second page continues there, without
// missing or duplicate rows.
func TestReadsRetry(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			sc := newFixture(t, canvastest.WithPageSize(2))
			sc.InjectFault(canvastest.Match{Path: "/submissions", Query: "page=2", Times: 2}, f.Fault)
			var got []canvas.ID
			for s, err := range sc.clientWithFault(t, f.Fault).Submissions(t.Context(), sc.course, sc.assignment) {
				must(t, err)
				got = append(got, s.UserID)
			}
			if !slices.Equal(got, sc.students) {
				t.Errorf("Submissions = %v, want %v", got, sc.students)
			}
			if n := len(sc.Requests("/submissions")); n != 5 {
				t.Errorf("%d requests, want 5: three pages and two failures", n)
			}
			if sc.clock.Slept() < 500*time.Millisecond {
				t.Errorf("waited %v in total, want at least 500 ms", sc.clock.Slept())
			}
		})
	}
}

func TestReadsGiveUp(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			sc := newFixture(t)
			sc.InjectFault(canvastest.Match{Times: -1}, f.Fault)
			_, err := sc.clientWithFault(t, f.Fault).Course(t.Context(), sc.course)
			wantKind(t, "Course", err, canvas.ErrUnreachable)
			if n := len(sc.Requests()); n != 4 {
				t.Errorf("%d requests, want 4", n)
			}
		})
	}
}

// TestUpdateGradesIsSentOnce asserts that update_grades is not repeated after a lost request or
// response.
func TestUpdateGradesIsSentOnce(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			sc := newFixture(t)
			sc.InjectFault(canvastest.Match{Method: "POST"}, f.Fault)
			_, err := sc.clientWithFault(t, f.Fault).UpdateGrades(t.Context(), sc.course, nil, sc.assignment, map[canvas.ID]canvas.Grade{
				sc.students[0]: {Posted: "6", Comment: "Nearly"},
			})
			wantKind(t, "UpdateGrades", err, canvas.ErrOutcomeUnknown)
			if n := len(sc.Requests("update_grades")); n != 1 {
				t.Errorf("update_grades was sent %d times, want once", n)
			}
			executed := f.Executed || f.Kind == canvastest.Truncated
			if jobs := sc.UnfinishedJobs(); jobs != map[bool]int{true: 1, false: 0}[executed] {
				t.Errorf("%d jobs, executed = %v", jobs, executed)
			}
			sc.RunJobs()
			if n := len(sc.Grade(int64(sc.students[0]), int64(sc.assignment)).Comments); n > 1 {
				t.Errorf("the student has %d comments", n)
			}
		})
	}
}

// TestDuplicateDelivery asserts that a request that a proxy delivers twice adds two comments and
// one grade.
func TestDuplicateDelivery(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	sc.InjectFault(canvastest.Match{Method: "POST"}, canvastest.Fault{Kind: canvastest.ExecutedTwice})
	sc.upload(t, nil, sc.assignment, map[canvas.ID]canvas.Grade{sc.students[0]: {Posted: "6", Comment: "Nearly"}})
	want := `6 6 graded excused=false changed=1 ["Nearly" "Nearly"]`
	if got := sc.gradeState(sc.students[0], sc.assignment); got != want {
		t.Errorf("the student has %s, want %s", got, want)
	}
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	sc.Close()
	_, err := sc.Course(t.Context(), sc.course)
	wantKind(t, "Course", err, canvas.ErrUnreachable)
	_, err = sc.UpdateGrades(t.Context(), sc.course, nil, sc.assignment, map[canvas.ID]canvas.Grade{1: {Posted: "1"}})
	wantKind(t, "UpdateGrades", err, canvas.ErrUnreachable)
	if errors.Is(err, canvas.ErrOutcomeUnknown) {
		t.Errorf("UpdateGrades = %v, but nothing was sent", err)
	}
}

// TestCancelled asserts that a cancelled write has an unknown outcome.
func TestCancelled(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	sc.InjectFault(canvastest.Match{Times: -1}, canvastest.Fault{Kind: canvastest.Stall})
	callAndCancel := func(call func(context.Context) error) error {
		ctx, cancel := context.WithCancel(t.Context())
		response := make(chan error)
		before := len(sc.Requests())
		go func() { response <- call(ctx) }()
		waitUntil(t, func() bool { return len(sc.Requests()) > before })
		cancel()
		return <-response
	}
	err := callAndCancel(func(ctx context.Context) error {
		_, err := sc.Course(ctx, sc.course)
		return err
	})
	wantKind(t, "Course", err, context.Canceled)
	err = callAndCancel(func(ctx context.Context) error {
		_, err := sc.UpdateGrades(ctx, sc.course, nil, sc.assignment, map[canvas.ID]canvas.Grade{1: {Posted: "1"}})
		return err
	})
	wantKind(t, "UpdateGrades", err, context.Canceled)
	wantKind(t, "UpdateGrades", err, canvas.ErrOutcomeUnknown)
	if n := len(sc.Requests()); n != 2 {
		t.Errorf("%d requests, want 2: no retry after the cancellation", n)
	}
}

// TestInvalidPageLinks asserts that lists stay on the same host, and end.
func TestInvalidPageLinks(t *testing.T) {
	t.Parallel()
	sc := newFixture(t, canvastest.WithPageSize(1))
	sc.InjectFault(canvastest.Match{Path: "/users", Times: -1}, canvastest.Fault{Kind: canvastest.ForeignLink})
	rows, err := drain(sc.Users(t.Context(), sc.course))
	wantKind(t, "Users with a link to another host", err, canvas.ErrUnreachable)
	if rows != 1 || !strings.Contains(err.Error(), "leads to another host") {
		t.Errorf("Users = %d rows, %v", rows, err)
	}
	rows, err = drain(sc.client(t, canvas.WithMaxPages(3)).Submissions(t.Context(), sc.course, sc.assignment))
	wantKind(t, "Submissions of five pages with a limit of three", err, canvas.ErrUnreachable)
	if rows != 3 {
		t.Errorf("Submissions = %d rows, want 3", rows)
	}
}

func drain[T any](list func(func(T, error) bool)) (rows int, last error) {
	for _, err := range list {
		if err != nil {
			return rows, err
		}
		rows++
	}
	return rows, nil
}

// TestNotCanvas asserts that responses of other servers are errors without a retry.
func TestNotCanvas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		response http.HandlerFunc
	}{
		{"a login page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>Log in")) }},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }},
		{"404 page", func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }},
		{"410 page", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>gone", http.StatusGone) }},
		{"404 of a proxy in JSON", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"message":"no Route matched with those values"}`))
		}},
		{"a list instead of a course", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`["a"]`))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requests := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests++
				c.response(w, r)
			}))
			t.Cleanup(server.Close)
			base, err := url.Parse(server.URL)
			must(t, err)
			_, err = canvas.New(base, canvastest.FixedToken("x")).Course(t.Context(), 1)
			wantKind(t, "Course", err, canvas.ErrUnreachable)
			if requests != 1 {
				t.Errorf("%d requests, want 1", requests)
			}
		})
	}
}

// waitUntil waits until other goroutines make done true.
func waitUntil(t *testing.T, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-t.Context().Done():
			t.Fatal("the condition did not become true")
		case <-time.After(time.Millisecond):
		}
	}
}
