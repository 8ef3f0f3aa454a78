package rest

import "bytes"

// resultColumns are the fixed columns, with the names and in the order of the operation's
// fields. The columns of the student come first.
var resultColumns = [...]string{
	"canvas_id", "name", "sortable_name", "login_id", "sections",
	"attempt", "state", "accepted", "has_error", "score", "is_late",
	"submitted_at", "queued_at", "started_at", "processed_at", "label", "summary",
}

// userColumnCount is the number of columns of the student.
const userColumnCount = 5

// A csvPage reads one page of rows from the response to the operation: rowcodec from the fast
// path, JSON from the resolvers.
type csvPage struct {
	scanner
	names     []string // of the course and the assignment, on the first page
	hasNext   bool
	endCursor []byte // the cursor of the last row
	// tasks are the tasks of the last row.
	tasks []csvTask
}

// A csvTask is the result of a task in a row.
type csvTask struct {
	id, score, outcome []byte
	// startsStep says that it is the first task of its step.
	startsStep bool
}

// csvPath are the objects around the rows, with the field for the name of the file.
var csvPath = [...]struct{ object, name string }{{"account", ""}, {"course", "code"}, {"assignment", "name"}}

// readPath reads the beginning of the objects around the rows, with their names if the page has names.
// It returns false if an object is null, and after an error.
func (p *csvPage) readPath(hasNames bool) bool {
	p.expect(`{`)
	for _, level := range csvPath {
		p.expectName(level.object)
		if !p.beginNullable() {
			return false
		}
		if hasNames && level.name != "" {
			p.expectName(level.name)
			p.names = append(p.names, string(p.readScalar()))
			p.expect(`,`)
		}
	}
	return p.err == nil
}

// readHeader reads the page information, up to the first row.
func (p *csvPage) readHeader() error {
	p.expect(`"results":{"page":{"more":`)
	p.hasNext = string(p.readScalar()) == "true"
	p.expect(`,"end":`)
	p.endCursor = bytes.Clone(p.readScalar())
	if p.hasNext && len(p.endCursor) == 0 {
		p.fail("a cursor") // without a cursor the first page would repeat forever
	}
	p.expect(`},"nodes":[`)
	return p.err
}

// readRow reads the next row: resultColumns into cells, and the tasks. Cells and tasks are slices
// of the page. It returns false at the end of the page and after an error.
func (p *csvPage) readRow(cells [][]byte) bool {
	if !p.nextItem(']') {
		return false
	}
	clear(cells)
	p.expect(`{"user":`)
	p.beginObject()
	p.readFields(resultColumns[:userColumnCount], cells)
	cells[userColumnCount-1] = joinWithSemicolons(cells[userColumnCount-1])
	p.expect(`},`)
	p.readFields(resultColumns[userColumnCount:], cells[userColumnCount:])
	p.expect(`,"steps":[`)
	p.tasks = p.tasks[:0]
	for p.nextItem(']') {
		p.expect(`[`)
		for startsStep := true; p.nextItem(']'); startsStep = false {
			p.readTask(startsStep)
		}
	}
	p.expect(`}`)
	return p.err == nil
}

// readFields reads scalar fields with these names.
func (p *csvPage) readFields(names []string, cells [][]byte) {
	for i, name := range names {
		if i > 0 {
			p.expect(`,`)
		}
		p.expectName(name)
		cells[i] = p.readScalar()
	}
}

var taskFields = [...]string{"id", "score", "outcome", "accepted", "has_error"}

func (p *csvPage) readTask(startsStep bool) {
	var f [len(taskFields)][]byte
	p.expect(`{`)
	p.readFields(taskFields[:], f[:])
	p.expect(`}`)
	p.tasks = append(p.tasks, csvTask{f[0], f[1], taskOutcome(f[2], f[3], f[4]), startsStep})
}

// taskOutcome returns the outcome of a task from the results bundle. If the bundle has no outcome,
// taskOutcome derives it from accepted and hasError.
func taskOutcome(outcome, accepted, hasError []byte) []byte {
	switch {
	case len(outcome) > 0:
		return outcome
	case string(hasError) == "true":
		return []byte("error")
	case string(accepted) == "true":
		return []byte("pass")
	}
	return []byte("fail")
}
