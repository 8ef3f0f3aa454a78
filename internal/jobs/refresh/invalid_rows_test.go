package refresh_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A rowChanger is a transport that changes the rows in responses to requests whose path ends in
// a suffix.
type rowChanger struct {
	suffix string
	change func(rows []row) []row
}

type row = map[string]any

func (c *rowChanger) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, c.suffix) {
		return resp, err
	}
	defer resp.Body.Close()
	var rows []row
	d := json.NewDecoder(resp.Body)
	d.UseNumber()
	if err := d.Decode(&rows); err != nil {
		return nil, err
	}
	text, err := json.Marshal(c.change(rows))
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return resp, err
}

// setTransport makes the handler send requests to Canvas through a transport.
func (fx *fixture) setTransport(t *testing.T, transport http.RoundTripper) {
	t.Helper()
	base, err := url.Parse(fx.URL)
	if err != nil {
		t.Fatal(err)
	}
	fx.clients.Canvas = canvas.New(base, canvastest.FixedToken(fx.Token()), canvas.WithTransport(transport), canvas.WithClock(fx.clock.Now, fx.clock.Sleep))
}

// A refresh skips only rows that the databases cannot store. It stores a row once if Canvas
// lists it twice.
func TestRefreshInvalidRows(t *testing.T) {
	duplicate := func(rows []row) []row { return append(rows, rows...) }
	changeEach := func(change func(row)) func([]row) []row {
		return func(rows []row) []row {
			for _, r := range rows {
				change(r)
			}
			return rows
		}
	}
	// addChangedCopy adds a changed copy of the first row.
	addChangedCopy := func(change func(row)) func([]row) []row {
		return func(rows []row) []row {
			var extra row
			text, err := json.Marshal(rows[0])
			if err = errors.Join(err, json.Unmarshal(text, &extra)); err != nil {
				panic(err)
			}
			change(extra)
			return append([]row{extra}, rows...)
		}
	}
	setField := func(name string, value any) func(row) { return func(r row) { r[name] = value } }
	setHistoryField := func(name string, value any) func(row) {
		return func(r row) {
			for _, h := range r["submission_history"].([]any) {
				h.(row)[name] = value
			}
		}
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for _, tt := range []struct {
			name, path string
			change     func([]row) []row
		}{
			{"submissions twice", "/submissions", duplicate},
			{"sections twice", "/sections", duplicate},
			{"enrollments twice", "/enrollments", duplicate},
			{"an enrollment without a user", "/enrollments", addChangedCopy(setField("user_id", nil))},
			{"an enrollment with a negative user id", "/enrollments", addChangedCopy(setField("user_id", "-5"))},
			{"a submission without a user", "/submissions", addChangedCopy(setField("user_id", nil))},
			{"a negative attempt number", "/submissions", addChangedCopy(setHistoryField("attempt", -1))},
			{"an attempt number above 32 bits", "/submissions", addChangedCopy(setHistoryField("attempt", 1<<31))},
			{"a section without an id", "/sections", addChangedCopy(setField("id", nil))},
			{"a negative section id", "/sections", addChangedCopy(setField("id", "-1"))},
			{"NUL in a section name", "/sections", changeEach(setField("name", "A\x00"))},
			{"NUL in user names", "/enrollments", changeEach(func(r row) {
				u := r["user"].(row)
				u["name"], u["sortable_name"], u["login_id"] = u["name"].(string)+"\x00", "\x00", "\x00x"
			})},
			{"NUL in a URL", "/submissions", changeEach(setHistoryField("preview_url", "https://canvas.example/\x00"))},
			{"a script URL", "/submissions", changeEach(setHistoryField("preview_url", "javascript:alert(1)"))},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				fx := newFixture(t, s, canvastest.Assignment{Name: "Loops", GroupCategory: 7})
				ids := fx.addStudents("A", "anna", "bob", "carl")
				fx.AddGroup(7, "Pair", ids[0], ids[1])
				fx.submit(ids[0], time.Hour, "a.py", "1")
				fx.submit(ids[2], time.Hour, "c.py", "2")
				fx.setTransport(t, &rowChanger{tt.path, tt.change})
				for range 2 {
					if err := fx.refresh(t); err != nil {
						t.Fatal(err)
					}
					fx.expectStore(t, "after a refresh", "2IP90 Programming", "Loops, active, published", "anna student in A", "bob student in A", "carl student in A",
						"anna 1 queued latest [a.py=1]", "carl 1 queued latest [c.py=2]")
				}
				preview := fx.queryLines(t, "SELECT coalesce(preview_url, '') FROM result WHERE course_id = $course")
				if slices.ContainsFunc(preview, func(p string) bool { return strings.HasPrefix(p, "javascript:") }) {
					t.Errorf("a script URL was stored: %q", preview)
				}
			})
		}
	})
}

// A refresh stops requesting files when Canvas does not answer.
func TestRefreshUnreachableCanvas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, canvastest.Assignment{Name: "Loops"})
		ids := fx.addStudents("A", strings.Fields(strings.Repeat("student ", 60))...)
		for _, id := range ids {
			fx.submit(id, time.Hour, "a.py", "1")
		}
		fx.Server.InjectFault(canvastest.Match{Path: "/files/", Times: -1}, canvastest.Fault{Kind: canvastest.Reset})
		if err := fx.refresh(t); !errors.Is(err, canvas.ErrUnreachable) {
			t.Errorf("Do = %v, want %v", err, canvas.ErrUnreachable)
		}
		if n := len(fx.Requests("/files/")); n > 40 {
			t.Errorf("an unreachable Canvas got %d requests", n)
		}
		if contacts := fx.clients.Contacts(); len(contacts) != 1 || !errors.Is(contacts[0], canvas.ErrUnreachable) {
			t.Errorf("the recorded contacts are %v, want one that did not answer", contacts)
		}
	})
}

// If a file cannot be downloaded, a refresh still creates the other results. Each refresh
// requests the file again.
func TestRefreshMissingFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, canvastest.Assignment{Name: "Loops"})
		var names []string
		for i := range 60 { // more than one batch
			names = append(names, "student "+strconv.Itoa(100+i))
		}
		ids := fx.addStudents("A", names...)
		for i, id := range ids {
			fx.submit(id, time.Duration(len(ids)-i)*time.Minute, "a.py", names[i])
		}
		missing := fx.filePath(t, ids[0])
		fx.Server.InjectFault(canvastest.Match{Path: missing, Times: -1}, canvastest.Fault{Kind: canvastest.ServerError})
		for range 2 {
			if err := fx.refresh(t); !errors.Is(err, canvas.ErrUnreachable) || errors.Is(err, jobs.ErrPermanent) {
				t.Errorf("Do = %v, want an error that is retried", err)
			}
			fx.expectFiles(t, names[1:])
		}
		fx.submit(ids[0], 0, "a.py", "better")
		if err := fx.refresh(t); !errors.Is(err, canvas.ErrUnreachable) {
			t.Errorf("Do = %v, want an error that is retried", err)
		}
		fx.expectFiles(t, append([]string{"better"}, names[1:]...))
		if contacts := fx.clients.Contacts(); slices.ContainsFunc(contacts, func(err error) bool { return err != nil }) {
			t.Errorf("the recorded contacts are %v, want no errors", contacts)
		}
		fx.ClearFaults()
		if err := fx.refresh(t); err != nil {
			t.Fatal(err)
		}
		fx.expectFiles(t, append([]string{"better"}, names...))
		if got := fx.queryLines(t, `SELECT attempt || ' ' || is_latest FROM result AS res JOIN "user" AS usr ON usr.id = res.user_id WHERE res.course_id = $course AND usr.name = 'student 100' AND is_latest`); len(got) != 1 || got[0][0] != '2' {
			t.Errorf("the latest attempts of the first student are %q, want attempt 2", got)
		}
	})
}

// filePath returns the part of the URL that identifies the file of a student's only attempt.
func (fx *fixture) filePath(t *testing.T, student int64) string {
	t.Helper()
	for sub, err := range fx.clients.Canvas.Submissions(t.Context(), canvas.ID(fx.course), canvas.ID(fx.assignment)) {
		if err != nil {
			t.Fatal(err)
		}
		if sub.UserID == canvas.ID(student) {
			return "/signed/" + sub.History[0].Attachments[0].ID.String()
		}
	}
	t.Fatal("the student submitted nothing")
	return ""
}

// expectFiles fails the test unless the files of all results have the given texts.
func (fx *fixture) expectFiles(t *testing.T, want []string) {
	t.Helper()
	var got []string
	for _, digest := range fx.queryLines(t, "SELECT sha256 FROM bundle WHERE course_id = $course AND kind = 'PRODUCT'") {
		got = append(got, strings.TrimSuffix(strings.TrimPrefix(fx.readProduct(t, digest), "[a.py="), "]"))
	}
	slices.Sort(got)
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		t.Errorf("the files of the results have %q, want %q", got, want)
	}
}

// A page that Canvas sends instead of a file is not stored as a submission.
func TestRefreshLoginPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, canvastest.Assignment{Name: "Loops"})
		ids := fx.addStudents("A", "anna", "bob")
		fx.submit(ids[0], time.Hour, "a.py", "1")
		fx.submit(ids[1], time.Hour, "a.py", "2")
		path := fx.filePath(t, ids[0])
		fx.setTransport(t, bodyReplacer{path, "<html>Log in"})
		if err := fx.refresh(t); !errors.Is(err, canvas.ErrUnreachable) {
			t.Errorf("Do = %v, want an error that is retried", err)
		}
		fx.expectFiles(t, []string{"2"})
	})
}

// A bodyReplacer is a transport that replaces the body of responses with a path.
type bodyReplacer struct{ path, text string }

func (b bodyReplacer) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && r.URL.Path == b.path {
		resp.Body.Close()
		resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(b.text)), int64(len(b.text))
	}
	return resp, err
}
