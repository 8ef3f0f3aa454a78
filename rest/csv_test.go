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
)

var update = flag.Bool("update", false, "write the files of testdata that tests compare with")

// A table of one page has the columns taskIds, whether they come from the rows or the store.
func TestTableColumns(t *testing.T) {
	t.Parallel()
	steps := func(ids ...string) string { return `[[` + strings.Join(ids, `],[`) + `]]` }
	task := func(id string) string {
		return `{"id":"` + id + `","score":1.0,"outcome":"pass","accepted":true,"has_error":false}`
	}
	a, b, both := task("a"), task("b"), task("a")+`,`+task("b")
	for _, test := range []struct {
		rows         []string
		readsColumns bool
	}{
		{[]string{"[]", "[]"}, false},
		{[]string{"[]", steps(a, b), "[]", steps(a, b)}, false},
		{[]string{steps(a, b), steps(a)}, true},
		{[]string{steps(a), steps(a, b)}, true},
		{[]string{steps(b, a), steps(a, b)}, true},
		{[]string{steps(both), steps(a, b)}, true},
	} {
		h := &fakeExecutor{rows: len(test.rows), rowsBeforeError: len(test.rows), steps: test.rows, tasks: []string{"a", "b"}}
		s := h.newWriter()
		w := httptest.NewRecorder()
		if err := errors.Join(s.start(t.Context()), s.writeAll(t.Context(), w)); err != nil || h.columnsRead != test.readsColumns {
			t.Errorf("the table of %q reads its columns: %t, %v, want %t", test.rows, h.columnsRead, err, test.readsColumns)
		}
		if lines := strings.Split(w.Body.String(), "\r\n"); len(lines) != len(test.rows)+2 {
			t.Errorf("the table of %q has %d lines", test.rows, len(lines))
		}
	}
}

// The CSV of values in all columns and a student with two attempts equals the golden file.
func TestTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newTestServer(t, s)
		c.insertResults(t, c.createResults(t)...)
		a := c.get(t, http.MethodGet, "csv/", "Accept: text/csv")
		if a.status != 200 || a.err != nil {
			t.Fatalf("GET csv/ = %d %s, %v, want 200", a.status, a.body, a.err)
		}
		const golden = "testdata/results.csv"
		if *update {
			if err := os.WriteFile(golden, []byte(a.body), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if a.body != string(want) {
			t.Errorf("GET csv/ =\n%s\nwant\n%s", a.body, want)
		}
		c.noFastPath = true
		c.serve(t)
		if slow := c.get(t, http.MethodGet, "csv/"); slow.body != a.body {
			t.Errorf("GET csv/ without the fast path =\n%s\nwant\n%s", slow.body, a.body)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/csv", "Content-Disposition": `attachment; filename="results.csv"`, "Cache-Control": "no-store",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s = %s, want %s", name, got, want)
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
	for _, z := range sections {
		z.AccountID, z.CourseID = c.account.MomotorID, c.course.MomotorID
	}
	c.must(t)(ingest.UpsertSections(t.Context(), c.store, sections))
	for _, z := range sections {
		c.must(t)(ingest.InsertEnrollments(t.Context(), c.store, []*db.Enrollment{
			{CourseID: c.course.MomotorID, UserID: users[0].MomotorID, Role: db.RoleStudent, SectionID: &z.MomotorID},
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

// An unknown assignment is a 404, and the response to HEAD has no body.
func TestTableNotFound(t *testing.T) {
	t.Parallel()
	c := newTestServer(t, openStore(t))
	for path, want := range map[string]int{
		"csv/": 200, "csv/?after=x&first=a&columns=1": 200, "csv/?format=csv": 404,
		"../../502/result/csv/": 404, "../../x/result/csv/": 404,
	} {
		a := c.get(t, http.MethodGet, path)
		if a.status != want || want == 200 && a.body != strings.Join(resultColumns[:], ",")+"\r\n" {
			t.Errorf("GET %s = %d %s, want %d", path, a.status, a.body, want)
		}
		if h := c.get(t, http.MethodHead, path); h.status != want || h.body != "" || h.header.Get("Content-Type") != a.header.Get("Content-Type") {
			t.Errorf("HEAD %s = %d %s %s, want %d as GET", path, h.status, h.body, h.header, want)
		}
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
		lines := strings.Split(c.get(t, http.MethodGet, "csv/").body, "\r\n")
		if len(lines) != students+2 {
			t.Fatalf("%d lines, want %d", len(lines), students+2)
		}
		for i, line := range lines[1 : students+1] {
			if want := fmt.Sprintf("%d,", 9001+i); !strings.HasPrefix(line, want) {
				t.Fatalf("line %d = %s, want %s…", i, line, want)
			}
		}
	})
}

// A fakeExecutor returns a table of rows, and fails after rowsBeforeError rows if the table has more.
type fakeExecutor struct {
	rows, rowsBeforeError int
	tasks                 []string
	beforePage            func(page int) // called before every page
	pages                 int
	steps                 []string // of each row, if they differ
	columnsRead           bool     // the columns were read from the store
	pageSize              int      // the requested size of the last page
}

var errStore = errors.New("the store is gone")

func (h *fakeExecutor) run(_ context.Context, operation string, v variables) (json.RawMessage, error) {
	if operation == "Table" {
		h.columnsRead = true
		columns, err := json.Marshal(append([]string{}, h.tasks...))
		return fmt.Appendf(nil, `{"assignment":{"taskIds":%s}}`, columns), err
	}
	from := 0
	if after, ok := v["after"].(string); ok {
		fmt.Sscan(after, &from)
	}
	if h.beforePage != nil {
		h.beforePage(h.pages)
	}
	h.pages++
	if h.pageSize = v["first"].(int); h.rowsBeforeError < h.rows && from >= h.rowsBeforeError {
		return nil, errStore
	}
	end := min(from+h.pageSize, h.rows)
	b := fmt.Appendf(nil, `{"assignment":{"results":{"page":{"more":%t,"end":"%d"},"nodes":[`, end < h.rows, end)
	for i := from; i < end; i++ {
		if i > from {
			b = append(b, ',')
		}
		steps := `[[{"id":"a","score":1.0,"outcome":null,"accepted":true,"has_error":false}],[]]`
		if h.steps != nil {
			steps = h.steps[i]
		}
		b = fmt.Appendf(b, `{"user":{"canvas_id":%d,"name":"N","sortable_name":"N","login_id":null,"sections":[1,2]}`+
			`,"attempt":1,"state":"done","accepted":true,"has_error":false,"score":1.0,"is_late":false,"submitted_at":"2026-03-01T12:00:00Z"`+
			`,"queued_at":null,"started_at":null,"processed_at":null,"label":"Accepted","summary":"a\nb","steps":%s}`, i, steps)
	}
	return append(b, "]}}}"...), nil
}

func (h *fakeExecutor) newWriter() *csvWriter {
	return &csvWriter{run: h.run, operation: "Table", path: "assignment", vars: variables{}}
}

// An error after the first page ends the connection.
func TestTableInterrupted(t *testing.T) {
	t.Parallel()
	log := new(logBuffer)
	ar := &apiRequest{conf: &Config{Log: slog.New(slog.NewTextHandler(log, nil))}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := &fakeExecutor{rows: 2000, rowsBeforeError: maxPageRows}
		t.Errorf("respond = %v, want a broken connection", h.newWriter().respond(ar, w, r))
	}))
	t.Cleanup(srv.Close)
	res, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if lines := bytes.Count(body, []byte("\r\n")); !errors.Is(err, io.ErrUnexpectedEOF) || lines != maxPageRows+1 {
		t.Errorf("reading = %d lines, %v, want %d and a broken connection", lines, err, maxPageRows+1)
	}
	if !strings.Contains(log.String(), errStore.Error()) {
		t.Errorf("the log is %q, want the error", log)
	}
}

// HEAD does not read all pages.
func TestTableHead(t *testing.T) {
	t.Parallel()
	h := &fakeExecutor{rows: 2000, rowsBeforeError: 2000}
	w := httptest.NewRecorder()
	if err := h.newWriter().respond(new(apiRequest), w, httptest.NewRequest(http.MethodHead, "/", http.NoBody)); err != nil {
		t.Fatal(err)
	}
	if w.Body.Len() > 0 || h.pages != 1 {
		t.Errorf("the head = %d bytes after %d pages, want none after 1", w.Body.Len(), h.pages)
	}
}

// An error before the first byte is an error response.
func TestTableError(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	err := (&fakeExecutor{rows: 1}).newWriter().respond(new(apiRequest), w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if !errors.Is(err, errStore) || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("respond = %v after %q and %v, want %v after nothing", err, w.Body, w.Header(), errStore)
	}
}

// The server reads no more pages after the client is gone.
func TestTableClientGone(t *testing.T) {
	t.Parallel()
	h := &fakeExecutor{rows: 5000, rowsBeforeError: 5000}
	s := h.newWriter()
	err := errors.Join(s.start(t.Context()), s.writeAll(t.Context(), closedWriter{httptest.NewRecorder()}))
	if !errors.Is(err, io.ErrClosedPipe) || h.pages != 1 {
		t.Errorf("a closed connection = %v after %d pages, want %v after 1", err, h.pages, io.ErrClosedPipe)
	}
}

// A closedWriter is the response writer of a client that is gone.
type closedWriter struct{ http.ResponseWriter }

func (closedWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Pages after the first have about maxPageTasks tasks at most.
func TestTablePages(t *testing.T) {
	t.Parallel()
	for tasks, want := range map[int]int{0: 500, 9: 500, 99: 100, 9_999: 1, 1_000_000: 1} {
		h := &fakeExecutor{rows: maxPageRows + 1, rowsBeforeError: maxPageRows + 1, tasks: make([]string, tasks)}
		s := h.newWriter()
		if err := errors.Join(s.start(t.Context()), s.writeAll(t.Context(), httptest.NewRecorder())); err != nil || h.pageSize != want {
			t.Errorf("pages of a table of %d tasks have %d rows, %v, want %d", tasks, h.pageSize, err, want)
		}
	}
}

// A table of 200,000 rows takes no more memory than one of 20,000. The test is not parallel because
// it measures the memory of the process.
func TestTableMemory(t *testing.T) {
	heapBytes := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early, late uint64
	h := &fakeExecutor{rows: 200_000, rowsBeforeError: 200_000, tasks: []string{"a"}}
	h.beforePage = func(page int) {
		switch page {
		case 40:
			early = heapBytes()
		case 399:
			late = heapBytes()
		}
	}
	s := h.newWriter()
	w := &lineCounter{ResponseWriter: httptest.NewRecorder()}
	if err := errors.Join(s.start(t.Context()), s.writeAll(t.Context(), w)); err != nil || w.lines != 200_001 {
		t.Fatalf("the table = %d lines, %v, want 200001", w.lines, err)
	}
	if late > early+256<<10 || early == 0 {
		t.Errorf("a table holds %d bytes near its end and %d near its start, want as many", late, early)
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

func BenchmarkTable(b *testing.B) {
	page, err := (&fakeExecutor{rows: maxPageRows, rowsBeforeError: maxPageRows}).run(b.Context(), "TableRows", variables{"first": maxPageRows})
	if err != nil {
		b.Fatal(err)
	}
	run := func(_ context.Context, operation string, _ variables) (json.RawMessage, error) {
		if operation == "Table" {
			return []byte(`{"assignment":{"taskIds":["a"]}}`), nil
		}
		return page, nil
	}
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		s := &csvWriter{run: run, operation: "Table", path: "assignment", vars: variables{}}
		if err := errors.Join(s.start(b.Context()), s.writePage(io.Discard)); err != nil {
			b.Fatal(err)
		}
	}
}
