package rest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
)

// The name of the file has the course and the assignment, in ASCII for old clients too, and no
// character that a file system or a header does not allow.
func TestTableFileName(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newTestServer(t, s)
		for _, tt := range []struct{ code, assignment, want string }{
			{"2IP90", "Sorting", `filename="2IP90 Sorting.csv"`},
			{"2IP90", "Übung 1/2", `filename="2IP90 _bung 1_2.csv"; filename*=UTF-8''2IP90%20%C3%9Cbung%201_2.csv`},
			{"", `..\C:\"x";` + "\r\n\u202e", `filename="_C___x_;.csv"`},
			{"", "", `filename="results.csv"`},
			{"2IP90", strings.Repeat("x", 255), `filename="` + strings.Repeat("x", 196) + `.csv"`},
		} {
			c.course.Code, c.assignment.Name = tt.code, tt.assignment
			c.must(t)(ingest.UpsertCourses(t.Context(), s, []*db.Course{c.course}))
			if _, err := ingest.UpsertAssignment(t.Context(), s, c.assignment, nil, nil, noon); err != nil {
				t.Fatal(err)
			}
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				res := c.send(t, method, "csv/")
				if got, want := res.header.Get("Content-Disposition"), "attachment; "+tt.want; res.status != 200 || got != want {
					t.Errorf("%s csv/ of %q, %q = %d, Content-Disposition %s, want %s", method, tt.code, tt.assignment, res.status, got, want)
				}
			}
		}
	})
}

// A byte order mark is the first character of the table, if the request has bom=1.
func TestTableByteOrderMark(t *testing.T) {
	t.Parallel()
	c := newTestServer(t, openStore(t))
	c.insertResults(t, c.createResults(t)...)
	plain := c.send(t, http.MethodGet, "csv/").body
	for query, want := range map[string]string{
		"?bom=1": "\ufeff" + plain, "?bom=true": "\ufeff" + plain, "?bom=0": plain, "?bom=": plain, "?bom=1&bom=0": plain,
		"?bom=2": `{"bom":["Must be a valid boolean."]}`,
	} {
		if res := c.send(t, http.MethodGet, "csv/"+query); res.body != want || (res.status == 200) != strings.HasSuffix(want, plain) {
			t.Errorf("GET csv/%s = %d %q, want %q", query, res.status, res.body, want)
		}
	}
}
