package rest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/rowcodec"
)

// table replies with the latest results of the assignment at the path, one a row and
// oldest first, as CSV after RFC 4180 in UTF-8. Its columns are resultColumns and then
// score and outcome of every task that a result has, in the order of the recipe.
//
// The rows come page after page, so that a table of any length takes the memory of one
// page. It is no snapshot: who hands in while it is sent may stand in it once more,
// further down, with the new result.
func table(path string) reply {
	return func(c *call, w http.ResponseWriter, r *http.Request) error {
		s := &sheet{run: c.run, operation: c.operation, path: path, vars: c.vars, raw: c.conf.CSVRaw}
		return s.reply(c, w, r)
	}
}

// How many rows a page has: fewer when there are many tasks, since what takes the memory
// is the tasks.
const (
	mostRows  = 500
	mostTasks = 10_000
)

// A sheet is a table that is being sent.
type sheet struct {
	run       func(ctx context.Context, operation string, v vars) (json.RawMessage, error)
	operation string // asks for the columns, and with Rows behind its name for rows
	path      string // of what has the columns or the rows
	vars      vars   // those of the assignment
	raw       bool   // cells may be formulas

	first int      // rows of a page
	tasks columns  // those of the tasks, behind the others
	cells [][]byte // the row at hand
	page  page     // the page at hand
	out   []byte   // what waits to be sent
	whole bool     // that is the whole table
}

// reply sends the table, or returns why it cannot begin.
func (s *sheet) reply(c *call, w http.ResponseWriter, r *http.Request) error {
	if err := s.open(r.Context()); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv")
	h.Set("Content-Disposition", disposition("attachment", "results.csv"))
	h.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return nil
	}
	if err := s.send(r.Context(), w); err != nil {
		c.abort(r, "a table was broken off", err)
	}
	return nil
}

// open asks for the first rows. After it the table can begin. On a table of one page of
// which all rows have the same tasks, the rows tell the columns; else they are asked for.
func (s *sheet) open(ctx context.Context) error {
	s.first = mostRows
	if err := s.turn(ctx, nil); err != nil {
		return err
	}
	if !s.page.more {
		if s.whole = s.guess(); s.whole {
			return s.page.err
		}
	}
	data, err := s.run(ctx, s.operation, s.vars)
	if err != nil {
		return err
	}
	found := at(data, s.path+".taskIds")
	if found == nil {
		return fault.NotFound
	}
	var tasks []string
	if err := json.Unmarshal(found, &tasks); err != nil {
		return err
	}
	s.begin(tasks)
	s.first = min(max(mostTasks/(len(tasks)+1), 1), mostRows)
	return nil
}

// guess writes the table of the only page with the columns that its first tasks tell, and
// returns false if a row has others. If all rows have the same tasks in the same steps,
// these are the assignment's taskIds in their order: each row has its tasks by step and
// number, so where all agree on what comes first, the least of their places do.
func (s *sheet) guess() bool {
	start := s.page
	tasks := start.firstTasks()
	s.out = make([]byte, 0, len(start.data)/3) // without the names it is about that
	s.begin(taskIDs(tasks))
	for s.page.row(s.cells) {
		if len(s.page.tasks) > 0 && !sameTasks(s.page.tasks, tasks) {
			s.page, s.out = start, s.out[:0]
			return false
		}
		s.add()
	}
	return true
}

// begin writes the line of the columns' names.
func (s *sheet) begin(tasks []string) {
	s.tasks, s.cells = newColumns(tasks), s.cells[:0]
	for _, name := range resultColumns {
		s.cells = append(s.cells, []byte(name))
	}
	for _, id := range tasks {
		s.cells = append(s.cells, []byte(id+" score"), []byte(id+" outcome"))
	}
	s.out = appendRow(s.out, s.cells, s.raw)
}

// turn asks for the page after a cursor.
func (s *sheet) turn(ctx context.Context, after []byte) error {
	v := maps.Clone(s.vars)
	v["first"] = s.first
	if after != nil {
		v["after"] = string(after)
	}
	data, err := s.run(rowcodec.WithAccept(ctx), s.operation+"Rows", v)
	if err != nil {
		return err
	}
	rows, ok := pageAt(data, s.path)
	if !ok {
		return fault.NotFound
	}
	s.page = rows
	return s.page.open()
}

// send writes all rows, and lets the client have them a page at a time.
func (s *sheet) send(ctx context.Context, w http.ResponseWriter) error {
	if s.whole {
		return s.flush(w)
	}
	conn := http.NewResponseController(w)
	for {
		if err := s.rows(w); err != nil {
			return err
		}
		if !s.page.more {
			return nil
		}
		_ = conn.Flush() // a writer that cannot is one of a test
		if err := s.turn(ctx, s.page.end); err != nil {
			return err
		}
	}
}

// rows writes the rows of the page at hand.
func (s *sheet) rows(w io.Writer) error {
	const enough = 32 << 10
	for s.page.row(s.cells) {
		if s.add(); len(s.out) < enough {
			continue
		}
		if err := s.flush(w); err != nil {
			return err
		}
	}
	return errors.Join(s.page.err, s.flush(w))
}

// add writes the row at hand.
func (s *sheet) add() {
	s.tasks.place(s.page.tasks, s.cells[len(resultColumns):])
	s.out = appendRow(s.out, s.cells, s.raw)
}

func (s *sheet) flush(w io.Writer) error {
	_, err := w.Write(s.out)
	s.out = s.out[:0]
	return err
}
