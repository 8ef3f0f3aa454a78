package rest

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"

	"github.com/momotor/resultgraph/internal/deadline"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/rowcodec"
	"github.com/momotor/resultgraph/internal/spool"
)

// csvTable responds with the latest results of the assignment at the path, one per row and
// oldest first, as CSV (RFC 4180) in UTF-8. The columns are resultColumns, and then score and
// outcome of every task of the results, in recipe order.
//
// It reads and writes page by page, so a table of any length needs the memory of one page.
// The table is not a snapshot: a student who submits during the request can have a second row with
// the new result at the end.
func csvTable(path string) responder {
	return func(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
		s := &csvWriter{keep: ar.keepWhenPossible, run: ar.run, operation: ar.operation, path: path, vars: ar.variables, allowFormulas: ar.conf.CSVRaw}
		return s.respond(ar, w, r)
	}
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
	path          string    // path of the assignment in the data
	vars          variables // variables of the operation
	allowFormulas bool      // do not escape formulas

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
		setCSVHeaders(w.Header())
		return nil
	}
	first, err := s.keepPage(ar.keep)
	if err != nil {
		return err
	}
	setCSVHeaders(w.Header())
	if err := s.writeAll(r.Context(), w, first); err != nil {
		ar.abort(r, "CSV response interrupted", err)
	}
	return nil
}

func setCSVHeaders(h http.Header) {
	h.Set("Content-Type", "text/csv")
	h.Set("Content-Disposition", contentDisposition("attachment", "results.csv"))
	h.Set("Cache-Control", "no-store")
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
	found := valueAt(data, s.path+".taskIds")
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

// writeHeader writes the column names.
func (s *csvWriter) writeHeader(tasks []string) {
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
	v["first"] = s.pageSize
	if after != nil {
		v["after"] = string(after)
	}
	data, err := s.run(rowcodec.WithAccept(ctx), s.operation+"Rows", v)
	if err != nil {
		return err
	}
	rows, ok := findPage(data, s.path)
	if !ok {
		return fault.NotFound
	}
	s.page = rows
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
	s.page = csvPage{hasNext: s.page.hasNext, endCursor: s.page.endCursor}
	return body, err
}

// writeRow writes the current row.
func (s *csvWriter) writeRow() {
	s.columns.fillRow(s.page.tasks, s.row[len(resultColumns):])
	s.buffer = appendRow(s.buffer, s.row, s.allowFormulas)
}
