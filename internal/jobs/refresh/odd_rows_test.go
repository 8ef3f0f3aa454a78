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

// A meddler lets answers through whose path does not end like this; the rows of others it
// changes.
type meddler struct {
	path   string
	change func(rows []row) []row
}

type row = map[string]any

func (m *meddler) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, m.path) {
		return resp, err
	}
	defer resp.Body.Close()
	var rows []row
	d := json.NewDecoder(resp.Body)
	d.UseNumber()
	if err := d.Decode(&rows); err != nil {
		return nil, err
	}
	text, err := json.Marshal(m.change(rows))
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return resp, err
}

// through sends all that is asked of Canvas another way.
func (v *village) through(t *testing.T, way http.RoundTripper) {
	t.Helper()
	base, err := url.Parse(v.URL)
	if err != nil {
		t.Fatal(err)
	}
	v.canvases.Canvas = canvas.New(base, canvastest.FixedToken(v.Token()), canvas.WithTransport(way), canvas.WithClock(v.clock.Now, v.clock.Sleep))
}

// Rows that no database takes are left out, and nothing else is; rows that come twice count
// once.
func TestRefreshOddRows(t *testing.T) {
	double := func(rows []row) []row { return append(rows, rows...) }
	each := func(change func(row)) func([]row) []row {
		return func(rows []row) []row {
			for _, r := range rows {
				change(r)
			}
			return rows
		}
	}
	// more adds a copy of the first row with something in it changed.
	more := func(change func(row)) func([]row) []row {
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
	set := func(name string, value any) func(row) { return func(r row) { r[name] = value } }
	history := func(name string, value any) func(row) {
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
			{"submissions twice", "/submissions", double},
			{"sections twice", "/sections", double},
			{"enrollments twice", "/enrollments", double},
			{"an enrollment of nobody", "/enrollments", more(set("user_id", nil))},
			{"an enrollment of less than nobody", "/enrollments", more(set("user_id", "-5"))},
			{"a submission of nobody", "/submissions", more(set("user_id", nil))},
			{"an attempt before the first", "/submissions", more(history("attempt", -1))},
			{"more attempts than can be counted", "/submissions", more(history("attempt", 1<<31))},
			{"no section", "/sections", more(set("id", nil))},
			{"a section before the first", "/sections", more(set("id", "-1"))},
			{"NUL in a section", "/sections", each(set("name", "A\x00"))},
			{"NUL in a name", "/enrollments", each(func(r row) {
				u := r["user"].(row)
				u["name"], u["sortable_name"], u["login_id"] = u["name"].(string)+"\x00", "\x00", "\x00x"
			})},
			{"NUL in an address", "/submissions", each(history("preview_url", "https://canvas.example/\x00"))},
			{"an address for no browser", "/submissions", each(history("preview_url", "javascript:alert(1)"))},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				v := newVillage(t, s, canvastest.Assignment{Name: "Loops", GroupCategory: 7})
				ids := v.students("A", "anna", "bob", "carl")
				v.AddGroup(7, "Pair", ids[0], ids[1])
				v.hands(ids[0], time.Hour, "a.py", "1")
				v.hands(ids[2], time.Hour, "c.py", "2")
				v.through(t, &meddler{tt.path, tt.change})
				for range 2 {
					if err := v.refresh(t); err != nil {
						t.Fatal(err)
					}
					v.expect(t, "after a refresh", "2IP90 Programming", "Loops, active, published", "anna student in A", "bob student in A", "carl student in A",
						"anna 1 queued latest [a.py=1]", "carl 1 queued latest [c.py=2]")
				}
				preview := v.rows(t, "SELECT coalesce(preview_url, '') FROM result WHERE course_id = $course")
				if slices.ContainsFunc(preview, func(p string) bool { return strings.HasPrefix(p, "javascript:") }) {
					t.Errorf("browsers are sent to %q", preview)
				}
			})
		}
	})
}

// A Canvas that is away in the middle is not asked for every file that there is.
func TestRefreshLostCanvas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		v := newVillage(t, s, canvastest.Assignment{Name: "Loops"})
		ids := v.students("A", strings.Fields(strings.Repeat("student ", 60))...)
		for _, id := range ids {
			v.hands(id, time.Hour, "a.py", "1")
		}
		v.Server.InjectFault(canvastest.Match{Path: "/files/", Times: -1}, canvastest.Fault{Kind: canvastest.Reset})
		if err := v.refresh(t); !errors.Is(err, canvas.ErrUnreachable) {
			t.Errorf("Do = %v, want %v", err, canvas.ErrUnreachable)
		}
		if n := len(v.Requests("/files/")); n > 40 {
			t.Errorf("a Canvas that is away was asked %d times", n)
		}
		if heard := v.canvases.Contacts(); len(heard) != 1 || !errors.Is(heard[0], canvas.ErrUnreachable) {
			t.Errorf("of Canvas was heard %v, want that it does not answer", heard)
		}
	})
}

// A file that can never be had keeps nobody else from their results, and is asked for again
// each time.
func TestRefreshLostFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		v := newVillage(t, s, canvastest.Assignment{Name: "Loops"})
		var names []string
		for i := range 60 { // more than one batch
			names = append(names, "student "+strconv.Itoa(100+i))
		}
		ids := v.students("A", names...)
		for i, id := range ids {
			v.hands(id, time.Duration(len(ids)-i)*time.Minute, "a.py", names[i])
		}
		lost := v.fileOf(t, ids[0])
		v.Server.InjectFault(canvastest.Match{Path: lost, Times: -1}, canvastest.Fault{Kind: canvastest.ServerError})
		for range 2 {
			if err := v.refresh(t); !errors.Is(err, canvas.ErrUnreachable) || errors.Is(err, jobs.ErrPermanent) {
				t.Errorf("Do = %v, want it tried again", err)
			}
			v.taken(t, names[1:])
		}
		v.hands(ids[0], 0, "a.py", "better")
		if err := v.refresh(t); !errors.Is(err, canvas.ErrUnreachable) {
			t.Errorf("Do = %v, want it tried again", err)
		}
		v.taken(t, append([]string{"better"}, names[1:]...))
		if heard := v.canvases.Contacts(); slices.ContainsFunc(heard, func(err error) bool { return err != nil }) {
			t.Errorf("of Canvas was heard %v, though it answered", heard)
		}
		v.ClearFaults()
		if err := v.refresh(t); err != nil {
			t.Fatal(err)
		}
		v.taken(t, append([]string{"better"}, names...))
		if got := v.rows(t, `SELECT attempt || ' ' || is_latest FROM result AS r JOIN "user" AS u ON u.id = r.user_id WHERE r.course_id = $course AND u.name = 'student 100' AND is_latest`); len(got) != 1 || got[0][0] != '2' {
			t.Errorf("the latest attempts of the first student are %q", got)
		}
	})
}

// fileOf is the part of its address that tells the file of a student's only attempt apart.
func (v *village) fileOf(t *testing.T, student int64) string {
	t.Helper()
	for sub, err := range v.canvases.Canvas.Submissions(t.Context(), canvas.ID(v.course), canvas.ID(v.assignment)) {
		if err != nil {
			t.Fatal(err)
		}
		if sub.UserID == canvas.ID(student) {
			return "/signed/" + sub.History[0].Attachments[0].ID.String()
		}
	}
	t.Fatal("nothing was handed in")
	return ""
}

// taken fails the test unless the files of results have these texts.
func (v *village) taken(t *testing.T, want []string) {
	t.Helper()
	var got []string
	for _, digest := range v.rows(t, "SELECT sha256 FROM bundle WHERE course_id = $course AND kind = 'PRODUCT'") {
		got = append(got, strings.TrimSuffix(strings.TrimPrefix(v.unpack(t, digest), "[a.py="), "]"))
	}
	slices.Sort(got)
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		t.Errorf("taken in are %q, want %q", got, want)
	}
}

// A page in the place of a file is no work of a student.
func TestRefreshOtherFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		v := newVillage(t, s, canvastest.Assignment{Name: "Loops"})
		ids := v.students("A", "anna", "bob")
		v.hands(ids[0], time.Hour, "a.py", "1")
		v.hands(ids[1], time.Hour, "a.py", "2")
		path := v.fileOf(t, ids[0])
		v.through(t, instead{path, "<html>Log in"})
		if err := v.refresh(t); !errors.Is(err, canvas.ErrUnreachable) {
			t.Errorf("Do = %v, want it tried again", err)
		}
		v.taken(t, []string{"2"})
	})
}

// instead answers with another text in place of a file.
type instead struct{ path, text string }

func (in instead) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && r.URL.Path == in.path {
		resp.Body.Close()
		resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(in.text)), int64(len(in.text))
	}
	return resp, err
}
