package canvastest

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// send sends one request with an HTTP client.
func send(t *testing.T, s *Server, method, path, body, accept string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Token())
	r.Header.Set("Accept", accept)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// TestResponses compares responses of the fake with those of Canvas: each row is a request and a
// pattern of the response.
func TestResponses(t *testing.T) {
	t.Parallel()
	s := New(t, WithFirstID(100), WithPageSize(1), WithClock(NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)).Now))
	s.AddCourse(Course{ID: 1, Name: "One"})
	s.AddSection(1, Section{ID: 11, Name: "A"})
	s.AddStudent(11, User{ID: 21, Name: "Ann Lee"})
	s.AddStudent(11, User{ID: 22, Name: "Bob Ray"})
	s.AddAssignment(1, Assignment{ID: 31, Points: 5})
	s.AddAssignment(1, Assignment{ID: 32, Points: 5, Unpublished: true})
	s.Submit(22, 31, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), File{Name: "a.py"})

	const all, submissions, update = "/api/v1/courses/1/students/submissions?student_ids[]=all&", "/api/v1/courses/1/assignments/31/submissions", "/update_grades"
	for _, c := range []struct {
		name, method, path, body, accept string
		status                           int
		want                             string // of the body
		link                             string
	}{
		{name: "ids are numbers", path: "/api/v1/courses/1", status: 200, want: `"id":1,`},
		{name: "ids are strings", path: "/api/v1/courses/1", accept: "application/json+canvas-string-ids", status: 200, want: `"id":"1"`},
		{name: "sortable names", path: "/api/v1/courses/1/users?per_page=100", status: 200, want: `"sortable_name":"Lee, Ann"`, link: `users\?page=2&per_page=1>; rel="next".*rel="last"`},
		{name: "bookmark pages", path: "/api/v1/courses/1/enrollments", status: 200, want: `"user":{`, link: `page=bookmark%3A[\w-]+&per_page=1>; rel="next",[^,]*rel="first"$`},
		{name: "no pages with visibility", path: submissions + "?include[]=visibility", status: 200, want: `"user_id":21.*"user_id":22`},
		{name: "submitted since a time", path: all + "assignment_ids[]=31&submitted_since=2026-02-28T00:00:00Z", status: 200, want: `^\[\{[^{]*"attachments.*"user_id":22`},
		{name: "nothing submitted since a time", path: all + "submitted_since=2026-03-02T00:00:00Z", status: 200, want: `^\[\]$`},
		{name: "without grade_data", method: "POST", path: submissions + update, body: "x=1", status: 400, want: `'grade_data' parameter required`},
		{name: "unpublished assignment", method: "POST", path: "/api/v1/courses/1/assignments/32/submissions" + update, body: "grade_data[21][posted_grade]=1", status: 403, want: `"status": "unauthorized"`},
		{name: "unknown assignment", method: "POST", path: "/api/v1/courses/1/assignments/99/submissions" + update, body: "grade_data[21][posted_grade]=1", status: 400, want: `{"error":"Some assignments could not be found: \( `},
		{name: "upload job", method: "POST", path: submissions + update, body: "grade_data[21][posted_grade]=1", status: 200, want: `"tag":"submissions_update".*"workflow_state":"queued"`},
		{name: "unknown course", path: "/api/v1/courses/2", status: 404, want: `The specified resource does not exist\.`},
	} {
		resp, body := send(t, s, c.method, c.path, c.body, c.accept)
		if resp.StatusCode != c.status || !regexp.MustCompile(c.want).MatchString(body) {
			t.Errorf("%s: %s %s = %d %s, want %d and %s", c.name, c.method, c.path, resp.StatusCode, body, c.status, c.want)
		}
		if link := resp.Header.Get("Link"); !regexp.MustCompile(c.link).MatchString(link) {
			t.Errorf("%s: the link is %s, want %s", c.name, link, c.link)
		}
	}
}

// TestBucket asserts that requests fill the bucket and that it leaks ten units per second.
func TestBucket(t *testing.T) {
	t.Parallel()
	clock := NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	s := New(t, WithClock(clock.Now))
	s.AddCourse(Course{ID: 1})
	s.SetRequestCost(100)
	for i, want := range []string{"500", "400", "300", "200", "100", "0", "0.0", "0"} {
		if i == 7 {
			clock.Advance(10 * time.Second)
		}
		resp, body := send(t, s, "GET", "/api/v1/courses/1", "", "")
		if got := resp.Header.Get("X-Rate-Limit-Remaining"); got != want {
			t.Errorf("after request %d the remaining quota is %q, want %s", i+1, got, want)
		}
		if throttled := body == "403 Forbidden (Rate Limit Exceeded)\n"; throttled != (i == 6) || throttled != (resp.Header.Get("X-Request-Cost") == "") {
			t.Errorf("request %d: %d %s", i+1, resp.StatusCode, body)
		}
	}
}

// TestFailures asserts that a fake without a test returns failures.
func TestFailures(t *testing.T) {
	t.Parallel()
	s := New(nil)
	defer s.Close()
	s.AddCourse(Course{ID: 1})
	s.AddSection(1, Section{ID: 2})
	u := s.AddStudent(2, User{Name: "Ann Lee"})
	a := s.AddAssignment(1, Assignment{})
	s.Submit(u, a, time.Now(), File{Name: "a.py", Content: []byte("1")})
	_, body := send(t, s, "GET", "/api/v1/courses/1/assignments/"+strconv.FormatInt(a, 10)+"/submissions", "", "")
	url := regexp.MustCompile(`"url":"` + s.URL + `([^"]*)"`).FindStringSubmatch(body)
	if url == nil {
		t.Fatal(body)
	}
	// The standard client sends the token to another port of the same host.
	if _, text := send(t, s, "GET", strings.ReplaceAll(url[1], `\u0026`, "&"), "", ""); text != "1" || len(s.Failures()) != 1 {
		t.Errorf("the file is %q, failures %q; want one failure", text, s.Failures())
	}
}
