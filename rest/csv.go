package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/momotor/resultgraph/internal/deadline"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/filename"
	"github.com/momotor/resultgraph/internal/rowcodec"
	"github.com/momotor/resultgraph/internal/spool"
)

// csvTable responds with the latest results of the assignment, one per row and oldest first, as CSV
// (RFC 4180) in UTF-8. The columns are resultColumns, and then score and outcome of every task of
// the results, in recipe order. With the query parameter bom=1 the table starts with a byte order
// mark, without which Excel reads another encoding.
//
// It reads and writes page by page, so a table of any length needs the memory of one page.
// The table is not a snapshot: a student who submits during the request can have a second row with
// the new result at the end.
func csvTable(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
	byteOrderMark, err := booleanParam(r.URL.RawQuery, "bom")
	if err != nil {
		return err
	}
	s := &csvWriter{
		keep: ar.keepWhenPossible, run: ar.run, operation: ar.operation, vars: ar.variables,
		allowFormulas: ar.conf.CSVRaw, byteOrderMark: byteOrderMark,
	}
	return s.respond(ar, w, r)
}

// The maximum size of a page. Assignments with many tasks have fewer rows per page, because the
// tasks take most of the memory.
const (
	maxPageRows  = 500
	maxPageTasks = 10_000
)

// A csvWriter writes one table.
type csvWriter struct {
	run           runner
	keep          func(ctx context.Context, parts ...[]byte) (*spool.Body, error)
	operation     string    // returns the columns; the operation with the suffix Rows returns rows
	vars          variables // variables of the operation
	allowFormulas bool      // do not escape formulas
	byteOrderMark bool      // start with a byte order mark

	pageSize int         // maximum number of rows
	columns  taskColumns // columns of the tasks, after resultColumns
	row      [][]byte    // the current row
	page     csvPage     // the current page
	buffer   []byte      // output that is not written yet
	complete bool        // buffer has the complete table
}

// respond writes the table. It returns an error only before the first byte.
func (s *csvWriter) respond(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
	if err := s.start(r.Context()); err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		s.setHeaders(w.Header())
		return nil
	}
	first, err := s.keepPage(ar.keep)
	if err != nil {
		return err
	}
	s.setHeaders(w.Header())
	if err := s.writeAll(r.Context(), w, first); err != nil {
		ar.abort(r, "CSV response interrupted", err)
	}
	return nil
}

func (s *csvWriter) setHeaders(h http.Header) {
	h.Set("Content-Type", csvType+"; charset=utf-8")
	h.Set("Content-Disposition", contentDisposition("attachment", csvFileName(s.page.names)))
	h.Set("Cache-Control", "no-store")
}

// csvFileName returns the name of the file with a table, from the names of course and assignment.
func csvFileName(names []string) string {
	name := strings.TrimSpace(strings.Join(names, " "))
	name = strings.NewReplacer("/", "_", `\`, "_").Replace(name) // a name has no folders
	return filename.Sanitize(cmp.Or(name, "results") + ".csv")
}

// start reads the first page and finds the columns. If there is only one page and all its rows
// have the same tasks, the columns are these tasks. Otherwise start reads the columns from the store.
func (s *csvWriter) start(ctx context.Context) error {
	s.pageSize = maxPageRows
	if err := s.nextPage(ctx, nil); err != nil {
		return err
	}
	if !s.page.hasNext {
		if s.complete = s.writeSinglePage(); s.complete {
			return s.page.err
		}
	}
	data, err := s.run(ctx, s.operation, s.vars)
	if err != nil {
		return err
	}
	found := valueAt(data, assignmentData+".taskIds")
	if found == nil {
		return fault.NotFound
	}
	var tasks []string
	if err := json.Unmarshal(found, &tasks); err != nil {
		return err
	}
	s.writeHeader(tasks)
	s.pageSize = min(max(maxPageTasks/(len(tasks)+1), 1), maxPageRows)
	return nil
}

// writeSinglePage writes a table of one page with the tasks of its first row as columns. It
// returns false if another row has different tasks. If all rows have the same tasks in the same
// steps, these tasks are the assignment's taskIds in order, because every row is sorted by step and
// number.
func (s *csvWriter) writeSinglePage() bool {
	start := s.page
	tasks := start.firstTasks()
	s.buffer = make([]byte, 0, len(start.data)/3) // CSV is about a third of the JSON, which has names
	s.writeHeader(taskIDs(tasks))
	for s.page.readRow(s.row) {
		if len(s.page.tasks) > 0 && !sameTasks(s.page.tasks, tasks) {
			s.page, s.buffer = start, s.buffer[:0]
			return false
		}
		s.writeRow()
	}
	return true
}

// writeHeader writes the byte order mark, if there is one, and the column names.
func (s *csvWriter) writeHeader(tasks []string) {
	if s.byteOrderMark {
		s.buffer = append(s.buffer, "\ufeff"...)
	}
	s.columns, s.row = newColumns(tasks), s.row[:0]
	for _, name := range resultColumns {
		s.row = append(s.row, []byte(name))
	}
	for _, id := range tasks {
		s.row = append(s.row, []byte(id+" score"), []byte(id+" outcome"))
	}
	s.buffer = appendRow(s.buffer, s.row, s.allowFormulas)
}

// nextPage reads the page after a cursor, the first page for nil.
func (s *csvWriter) nextPage(ctx context.Context, after []byte) error {
	v := maps.Clone(s.vars)
	v["first"], v["names"] = s.pageSize, after == nil
	if after != nil {
		v["after"] = string(after)
	}
	data, err := s.run(rowcodec.WithAccept(ctx), s.operation+"Rows", v)
	if err != nil {
		return err
	}
	s.page = csvPage{scanner: newScanner(data)}
	if found := s.page.readPath(after == nil); !found && s.page.err == nil {
		return fault.NotFound
	}
	return s.page.readHeader()
}

// writeAll writes the first page and then the other pages, and flushes after each.
func (s *csvWriter) writeAll(ctx context.Context, w http.ResponseWriter, page *spool.Body) error {
	conn := http.NewResponseController(w)
	for {
		if err := page.Send(writeTo(w)); err != nil || !s.page.hasNext {
			return err
		}
		_ = conn.Flush() // only writers in tests cannot flush
		err := retryRefused(ctx, func() error { return s.nextPage(deadline.Start(ctx), s.page.endCursor) })
		if err != nil {
			return err
		}
		page, err = s.keepPage(func(parts ...[]byte) (*spool.Body, error) { return s.keep(ctx, parts...) })
		if err != nil {
			return err
		}
	}
}

// keepPage keeps the rows of the current page as CSV, and drops the page.
func (s *csvWriter) keepPage(keep func(parts ...[]byte) (*spool.Body, error)) (*spool.Body, error) {
	for !s.complete && s.page.readRow(s.row) {
		s.writeRow()
	}
	if s.page.err != nil {
		return nil, s.page.err
	}
	body, err := keep(s.buffer)
	s.buffer, s.row = nil, make([][]byte, len(s.row))
	s.page = csvPage{names: s.page.names, hasNext: s.page.hasNext, endCursor: s.page.endCursor}
	return body, err
}

// writeRow writes the current row.
func (s *csvWriter) writeRow() {
	s.columns.fillRow(s.page.tasks, s.row[len(resultColumns):])
	s.buffer = appendRow(s.buffer, s.row, s.allowFormulas)
}
