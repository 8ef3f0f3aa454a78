package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/spool"
)

var update = flag.Bool("update", false, "write the files of testdata that tests compare with")

// The columns of a table of one page come from its rows if all rows have the same tasks, and
// otherwise from the store.
func TestTableColumns(t *testing.T) {
	t.Parallel()
	steps := func(ids ...string) string { return `[[` + strings.Join(ids, `],[`) + `]]` }
	task := func(id string) string {
		return `{"id":"` + id + `","score":1.0,"outcome":"pass","accepted":true,"has_error":false}`
	}
	a, b, sameStep := task("a"), task("b"), task("a")+`,`+task("b")
	for _, test := range []struct {
		rows         []string
		readsColumns bool
	}{
		{[]string{"[]", "[]"}, false},
		{[]string{"[]", steps(a, b), "[]", steps(a, b)}, false},
		{[]string{steps(a, b), steps(a)}, true},
		{[]string{steps(a), steps(a, b)}, true},
		{[]string{steps(b, a), steps(a, b)}, true},
		{[]string{steps(sameStep), steps(a, b)}, true},
	} {
		e := &fakeExecutor{rows: len(test.rows), rowsBeforeError: len(test.rows), steps: test.rows, tasks: []string{"a", "b"}}
		s := e.newWriter()
		w := httptest.NewRecorder()
		if err := errors.Join(s.start(t.Context()), s.writeTable(t.Context(), w)); err != nil || e.columnsRead != test.readsColumns {
			t.Errorf("steps %q: columnsRead = %t, %v, want %t", test.rows, e.columnsRead, err, test.readsColumns)
		}
		if lines := strings.Split(w.Body.String(), "\r\n"); len(lines) != len(test.rows)+2 {
			t.Errorf("steps %q: the table has %d lines, want %d", test.rows, len(lines), len(test.rows)+2)
		}
	}
}

// The CSV of three students equals the golden file. It has values in all columns, and a student has
// two attempts.
func TestTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newTestServer(t, s)
		c.insertResults(t, c.createResults(t)...)
		res := c.send(t, http.MethodGet, "csv/", "Accept: text/csv")
		if res.status != 200 || res.err != nil {
			t.Fatalf("GET csv/ = %d %s, %v, want 200", res.status, res.body, res.err)
		}
		const golden = "testdata/results.csv"
		if *update {
			if err := os.WriteFile(golden, []byte(res.body), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if res.body != string(want) {
			t.Errorf("GET csv/ =\n%s\nwant\n%s", res.body, want)
		}
		c.noFastPath = true
		c.serve(t)
		if resolved := c.send(t, http.MethodGet, "csv/"); resolved.body != res.body {
			t.Errorf("GET csv/ without the fast path =\n%s\nwant\n%s", resolved.body, res.body)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": `attachment; filename="2IP90 Sorting.csv"`, "Cache-Control": "no-store",
		} {
			if got := res.header.Get(name); got != want {
				t.Errorf("header %s = %s, want %s", name, got, want)
			}
		}
	})
}

// createResults adds three students and returns their results.
func (c *testServer) createResults(t *testing.T) []*ingest.ResultItem {
	t.Helper()
	users := c.createStudents(t, "Zoë Åström", `=HYPERLINK("http://evil")`, "Bob, the\n\"Builder\"")
	login, yes, no := "zoe", true, false
	users[0].LoginID = &login
	c.must(t)(ingest.UpsertUsers(t.Context(), c.store, users))
	sections := []*db.Section{{CanvasID: 12, Name: "B"}, {CanvasID: 11, Name: "A"}}
	for _, section := range sections {
		section.AccountID, section.CourseID = c.account.MomotorID, c.course.MomotorID
	}
	c.must(t)(ingest.UpsertSections(t.Context(), c.store, sections))
	for _, section := range sections {
		c.must(t)(ingest.InsertEnrollments(t.Context(), c.store, []*db.Enrollment{
			{CourseID: c.course.MomotorID, UserID: users[0].MomotorID, Role: db.RoleStudent, SectionID: &section.MomotorID},
		}))
	}
	first, done, failed, queued := c.result(users[0], 1), c.result(users[0], 2), c.result(users[1], 1), c.result(users[2], 7)
	d := &done.Result
	d.State, d.Accepted, d.HasError, d.IsLate, d.Score, d.ScoreReviewer = db.StateDone, &yes, &no, true, new(10.0), new(9.5)
	d.QueuedAt, d.StartedAt, d.ProcessedAt = afterNoon(time.Second), afterNoon(1500*time.Millisecond), afterNoon(time.Minute)
	d.Label, d.Summary = new("Accepted"), new("-3 for style,\r\nthe rest is \"fine\"")
	skip, pass := db.OutcomeSkip, db.OutcomePass
	done.Steps = []*db.Step{
		{Position: 0, TaskID: "compile", StepID: "compile", Outcome: &pass, Accepted: true},
		{Position: 1, Task: 0, TaskID: "run.0", StepID: "run", Accepted: true, Score: new(-1.0)},
		{Position: 1, Task: 1, TaskID: "run.1", StepID: "run", Outcome: &skip, Score: new(1e-7)},
		{Position: 2, TaskID: "@finalize", StepID: "@finalize", Score: new(1e16), Secret: &yes},
	}
	r := &failed.Result
	r.State, r.Accepted, r.HasError, r.Label, r.Summary = db.StateDone, &no, &yes, new("Recipe error"), new("\t+1")
	failed.Steps = []*db.Step{
		{Position: 1, TaskID: "run.0", StepID: "run", HasError: &yes},
		{Position: 2, TaskID: "@finalize", StepID: "@finalize", Outcome: &skip, HasError: &yes},
	}
	return []*ingest.ResultItem{first, done, failed, queued}
}

func afterNoon(d time.Duration) *time.Time { return new(noon.Add(d)) }

// An unknown assignment or format is a 404. HEAD responds like GET, without a body.
func TestTableNotFound(t *testing.T) {
	t.Parallel()
	c := newTestServer(t, openStore(t))
	for path, want := range map[string]int{
		"csv/": 200, "csv/?after=x&first=a&columns=1": 200, "csv/?format=csv": 404,
		"../../502/result/csv/": 404, "../../x/result/csv/": 404,
	} {
		res := c.send(t, http.MethodGet, path)
		if res.status != want || want == 200 && res.body != strings.Join(resultColumns[:], ",")+"\r\n" {
			t.Errorf("GET %s = %d %s, want %d", path, res.status, res.body, want)
		}
		if head := c.send(t, http.MethodHead, path); head.status != want || head.body != "" || head.header.Get("Content-Type") != res.header.Get("Content-Type") {
			t.Errorf("HEAD %s = %d %q, headers %v, want %d, no body and the Content-Type of GET", path, head.status, head.body, head.header, want)
		}
	}
}

// A table of one page takes three statements: for course and assignment, the results with their
// students, and the steps.
func TestTableRoundTrips(t *testing.T) {
	t.Parallel()
	proxy := dbtest.NewProxy(t, dbtest.Postgres(t))
	c := newTestServer(t, dbtest.Open(t, proxy.Location))
	c.insertResults(t, c.createResults(t)[:2]...)
	for range 3 { // the key is remembered, and the statements are prepared
		c.send(t, http.MethodGet, "csv/")
	}
	before := proxy.RoundTrips()
	c.send(t, http.MethodGet, "csv/")
	if got := proxy.RoundTrips() - before; got > 3 {
		t.Errorf("GET csv/ takes %d round trips, want at most 3", got)
	}
}

// A table of many pages has each student once, in the order of submission.
func TestTableOfManyPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		const students = 2*maxPageRows + 1
		c := newTestServer(t, s)
		items := make([]*ingest.ResultItem, students)
		for i, u := range c.createStudents(t, make([]string, students)...) {
			items[i] = c.result(u, 1)
		}
		c.insertResults(t, items...)
		lines := strings.Split(c.send(t, http.MethodGet, "csv/").body, "\r\n")
		if len(lines) != students+2 {
			t.Fatalf("GET csv/ = %d lines, want %d", len(lines), students+2)
		}
		for i, line := range lines[1 : students+1] {
			if want := fmt.Sprintf("%d,", 9001+i); !strings.HasPrefix(line, want) {
				t.Fatalf("line %d = %s, want %s…", i, line, want)
			}
		}
	})
}

// A fakeExecutor returns a table of rows. It fails after rowsBeforeError rows if the table has more
// rows.
type fakeExecutor struct {
	rows, rowsBeforeError int
	tasks                 []string
	beforePage            func(page int) // called before every page
	pages                 int            // number of pages read
	steps                 []string       // steps of each row as JSON, nil for the same steps in all rows
	columnsRead           bool           // the columns were read from the store
	pageSize              int            // the requested size of the last page
}

var errStore = errors.New("the store does not respond")

// run returns the columns for the operation Table, and a page of rows for TableRows.
func (e *fakeExecutor) run(_ context.Context, operation string, v variables) (json.RawMessage, error) {
	if operation == "Table" {
		e.columnsRead = true
		columns, err := json.Marshal(append([]string{}, e.tasks...))
		return fmt.Appendf(nil, `{"account":{"course":{"assignment":{"taskIds":%s}}}}`, columns), err
	}
	from := 0
	if after, ok := v["after"].(string); ok {
		fmt.Sscan(after, &from)
	}
	if e.beforePage != nil {
		e.beforePage(e.pages)
	}
	e.pages++
	if e.pageSize = v["first"].(int); e.rowsBeforeError < e.rows && from >= e.rowsBeforeError {
		return nil, errStore
	}
	end := min(from+e.pageSize, e.rows)
	code, name := "", ""
	if v["names"].(bool) {
		code, name = `"code":"C",`, `"name":"A",`
	}
	b := fmt.Appendf(nil, `{"account":{"course":{%s"assignment":{%s"results":{"page":{"more":%t,"end":"%d"},"nodes":[`, code, name, end < e.rows, end)
	for i := from; i < end; i++ {
		if i > from {
			b = append(b, ',')
		}
		steps := `[[{"id":"a","score":1.0,"outcome":null,"accepted":true,"has_error":false}],[]]`
		if e.steps != nil {
			steps = e.steps[i]
		}
		b = fmt.Appendf(b, `{"user":{"canvas_id":%d,"name":"N","sortable_name":"N","login_id":null,"sections":[1,2]}`+
			`,"attempt":1,"state":"done","accepted":true,"has_error":false,"score":1.0,"is_late":false,"submitted_at":"2026-03-01T12:00:00Z"`+
			`,"queued_at":null,"started_at":null,"processed_at":null,"label":"Accepted","summary":"a\nb","steps":%s}`, i, steps)
	}
	return append(b, "]}}}}}"...), nil
}

// newWriter returns a writer of the table.
func (e *fakeExecutor) newWriter() *csvWriter {
	return &csvWriter{keep: (&apiRequest{conf: &Config{}}).keepWhenPossible, run: e.run, operation: "Table", vars: variables{}}
}

// writeTable writes the table after start.
func (s *csvWriter) writeTable(ctx context.Context, w http.ResponseWriter) error {
	first, err := s.keepPage((&apiRequest{conf: &Config{}}).keep)
	if err != nil {
		return err
	}
	return s.writeAll(ctx, w, first)
}

// An error after the first page ends the connection.
func TestTableInterrupted(t *testing.T) {
	t.Parallel()
	log := new(logBuffer)
	ar := &apiRequest{conf: &Config{Log: slog.New(slog.NewTextHandler(log, nil))}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &fakeExecutor{rows: 2000, rowsBeforeError: maxPageRows}
		t.Errorf("respond = %v, want a panic that ends the connection", e.newWriter().respond(ar, w, r))
	}))
	t.Cleanup(srv.Close)
	res, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if lines := bytes.Count(body, []byte("\r\n")); !errors.Is(err, io.ErrUnexpectedEOF) || lines != maxPageRows+1 {
		t.Errorf("ReadAll = %d lines, %v, want %d lines, %v", lines, err, maxPageRows+1, io.ErrUnexpectedEOF)
	}
	if !strings.Contains(log.String(), errStore.Error()) {
		t.Errorf("log = %q, want the error %q", log, errStore)
	}
}

// HEAD reads only the first page.
func TestTableHead(t *testing.T) {
	t.Parallel()
	e := &fakeExecutor{rows: 2000, rowsBeforeError: 2000}
	w := httptest.NewRecorder()
	if err := e.newWriter().respond(new(apiRequest), w, httptest.NewRequest(http.MethodHead, "/", http.NoBody)); err != nil {
		t.Fatal(err)
	}
	if w.Body.Len() > 0 || e.pages != 1 {
		t.Errorf("HEAD = %d bytes, %d pages read, want 0 bytes, 1 page read", w.Body.Len(), e.pages)
	}
}

// An error before the first byte is an error response.
func TestTableError(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	err := (&fakeExecutor{rows: 1}).newWriter().respond(new(apiRequest), w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if !errors.Is(err, errStore) || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("respond = %v, body %q, headers %v, want %v, no body, no headers", err, w.Body, w.Header(), errStore)
	}
}

// A table whose first page finds no space is an error response at once.
func TestTableWithoutSpace(t *testing.T) {
	t.Parallel()
	pool := spool.NewPool(t.TempDir(), 1, 0, slog.New(slog.DiscardHandler))
	ar := &apiRequest{conf: &Config{Spools: pool}}
	e := &fakeExecutor{rows: 5000, rowsBeforeError: 5000, tasks: make([]string, 300)}
	w := httptest.NewRecorder()
	err := e.newWriter().respond(ar, w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if !errors.Is(err, spool.ErrFull) || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("respond = %v, body of %d bytes, headers %v, want %v, no body, no headers", err, w.Body.Len(), w.Header(), spool.ErrFull)
	}
}

// The server reads no more pages after the client closed the connection.
func TestTableConnectionClosed(t *testing.T) {
	t.Parallel()
	e := &fakeExecutor{rows: 5000, rowsBeforeError: 5000}
	s := e.newWriter()
	err := errors.Join(s.start(t.Context()), s.writeTable(t.Context(), closedWriter{httptest.NewRecorder()}))
	if !errors.Is(err, io.ErrClosedPipe) || e.pages != 1 {
		t.Errorf("writeAll to a closed connection = %v, %d pages read, want %v, 1 page read", err, e.pages, io.ErrClosedPipe)
	}
}

// A closedWriter is the response writer of a closed connection.
type closedWriter struct{ http.ResponseWriter }

func (closedWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// After the first page, the number of rows times tasks of a page is limited to maxPageTasks. A page
// has at least one row.
func TestTablePages(t *testing.T) {
	t.Parallel()
	for tasks, want := range map[int]int{0: 500, 9: 500, 99: 100, 9_999: 1, 20_000: 1} {
		e := &fakeExecutor{rows: maxPageRows + 1, rowsBeforeError: maxPageRows + 1, tasks: make([]string, tasks)}
		s := e.newWriter()
		if err := errors.Join(s.start(t.Context()), s.writeTable(t.Context(), httptest.NewRecorder())); err != nil || e.pageSize != want {
			t.Errorf("%d tasks: pageSize = %d, %v, want %d", tasks, e.pageSize, err, want)
		}
	}
}

// A table of 200,000 rows needs no more memory than a table of 20,000 rows. The test is not parallel
// because it measures the memory of the process.
func TestTableMemory(t *testing.T) {
	heapBytes := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early, late uint64
	e := &fakeExecutor{rows: 200_000, rowsBeforeError: 200_000, tasks: []string{"a"}}
	e.beforePage = func(page int) {
		switch page {
		case 40:
			early = heapBytes()
		case 399:
			late = heapBytes()
		}
	}
	s := e.newWriter()
	w := &lineCounter{ResponseWriter: httptest.NewRecorder()}
	if err := errors.Join(s.start(t.Context()), s.writeTable(t.Context(), w)); err != nil || w.lines != 200_001 {
		t.Fatalf("writeAll = %d lines, %v, want 200001 lines", w.lines, err)
	}
	if late > early+256<<10 || early == 0 {
		t.Errorf("heap = %d bytes before page 399, %d before page 40, want a difference of at most 256 KiB", late, early)
	}
}

// A lineCounter counts lines and discards them.
type lineCounter struct {
	http.ResponseWriter
	lines int
}

func (c *lineCounter) Write(b []byte) (int, error) {
	c.lines += bytes.Count(b, []byte("\r\n"))
	return len(b), nil
}
func (*lineCounter) Flush() {}

// BenchmarkTable writes one page.
func BenchmarkTable(b *testing.B) {
	page, err := (&fakeExecutor{rows: maxPageRows, rowsBeforeError: maxPageRows}).run(b.Context(), "TableRows", variables{"first": maxPageRows, "names": true})
	if err != nil {
		b.Fatal(err)
	}
	run := func(_ context.Context, operation string, _ variables) (json.RawMessage, error) {
		if operation == "Table" {
			return []byte(`{"account":{"course":{"assignment":{"taskIds":["a"]}}}}`), nil
		}
		return page, nil
	}
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		s := &csvWriter{keep: (&apiRequest{conf: &Config{}}).keepWhenPossible, run: run, operation: "Table", vars: variables{}}
		if err := errors.Join(s.start(b.Context()), s.writeTable(b.Context(), httptest.NewRecorder())); err != nil {
			b.Fatal(err)
		}
	}
}
