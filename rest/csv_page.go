package rest

import (
	"bytes"
	"strings"

	"github.com/momotor/resultgraph/internal/rowcodec"
)

// resultColumns are the columns that every table of results has, by their names in the
// operation and in its order. Those of the student come first.
var resultColumns = [...]string{
	"canvas_id", "name", "sortable_name", "login_id", "sections",
	"attempt", "state", "accepted", "has_error", "score", "is_late",
	"submitted_at", "queued_at", "started_at", "processed_at", "label", "summary",
}

// userColumns is how many columns are of the student.
const userColumns = 5

// A page is one page of rows as the operation of a table answers it: as cells, or as JSON
// where the resolvers answer.
type page struct {
	scanner
	more bool
	end  []byte // the cursor of the last row
	// tasks are those of the row that was read last.
	tasks []task
}

// A task is what a row has of one.
type task struct {
	id, score, outcome []byte
	// begins tells that it is the first of its step.
	begins bool
}

// pageAt finds the page in an answer, under the assignment at a path. It returns false
// when there is no assignment.
func pageAt(answer []byte, path string) (page, bool) {
	r, ok := rowcodec.NewReader(answer)
	if !ok {
		rows := at(answer, path+".results")
		return page{scanner: scanner{data: rows}}, rows != nil
	}
	for range strings.SplitSeq(path, ".") {
		if !r.Present() {
			return page{}, r.Err() != nil // which open will say
		}
	}
	return page{scanner: scanner{values: r, bare: true}}, true
}

// open reads up to the first row.
func (p *page) open() error {
	p.expect(`{"page":{"more":`)
	p.more = string(p.scalar()) == "true"
	p.expect(`,"end":`)
	p.end = bytes.Clone(p.scalar())
	if p.more && len(p.end) == 0 {
		p.fail("a cursor") // without it the same page would come for ever
	}
	p.expect(`},"nodes":[`)
	return p.err
}

// row reads the next row: the columns that every table has into cells, and the tasks. They
// stay valid as long as the page. It returns false at the end of the page and at what is
// no row.
func (p *page) row(cells [][]byte) bool {
	if !p.item(']') {
		return false
	}
	clear(cells)
	p.expect(`{"user":`)
	p.object()
	p.fields(resultColumns[:userColumns], cells)
	cells[userColumns-1] = semicolons(cells[userColumns-1])
	p.expect(`},`)
	p.fields(resultColumns[userColumns:], cells[userColumns:])
	p.expect(`,"steps":[`)
	p.tasks = p.tasks[:0]
	for p.item(']') {
		p.expect(`[`)
		for begins := true; p.item(']'); begins = false {
			p.task(begins)
		}
	}
	p.expect(`}`)
	return p.err == nil
}

// fields reads scalars with these names.
func (p *page) fields(names []string, cells [][]byte) {
	for i, name := range names {
		if i > 0 {
			p.expect(`,`)
		}
		p.name(name)
		cells[i] = p.scalar()
	}
}

var taskFields = [...]string{"id", "score", "outcome", "accepted", "has_error"}

func (p *page) task(begins bool) {
	var f [len(taskFields)][]byte
	p.expect(`{`)
	p.fields(taskFields[:], f[:])
	p.expect(`}`)
	p.tasks = append(p.tasks, task{f[0], f[1], outcome(f[2], f[3], f[4]), begins})
}

// outcome is what the results bundle states, or what a result without one comes to.
func outcome(stated, accepted, hasError []byte) []byte {
	switch {
	case len(stated) > 0:
		return stated
	case string(hasError) == "true":
		return []byte("error")
	case string(accepted) == "true":
		return []byte("pass")
	}
	return []byte("fail")
}
